//! SQLite's types: words that say what is meant (the affinity follows from them), and values as SQL.

use crate::error::Result;
use crate::schema::ColumnType;
use crate::sql::ddl_standard::{hex, quoted, unquotable};
use crate::value::{Value, format_date, format_date_time, format_time};

/// A type as `CREATE TABLE` spells it.
pub(super) fn name(ty: &ColumnType) -> String {
    let word = match ty {
        ColumnType::SmallInteger => "smallint",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger | ColumnType::Duration => "bigint",
        ColumnType::PositiveSmallInteger => "smallint unsigned",
        ColumnType::PositiveInteger => "integer unsigned",
        ColumnType::PositiveBigInteger => "bigint unsigned",
        ColumnType::Boolean => "bool",
        ColumnType::Varchar(Some(length)) => return format!("varchar({length})"),
        ColumnType::Varchar(None) => "varchar",
        ColumnType::Text | ColumnType::Json => "text",
        ColumnType::Float => "real",
        ColumnType::Decimal(_) => "decimal",
        ColumnType::Date => "date",
        ColumnType::DateTime => "datetime",
        ColumnType::Time => "time",
        ColumnType::Uuid => "char(32)",
        ColumnType::Binary => "BLOB",
        ColumnType::IpAddress => "char(39)",
        ColumnType::Other(words) => words,
    };
    word.to_owned()
}

/// The type of the catalogue's words, which are our own.
pub(super) fn parse(words: &str) -> ColumnType {
    let lower = words.to_ascii_lowercase();
    if let Some(length) = lower
        .strip_prefix("varchar(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return ColumnType::Varchar(length.trim().parse().ok());
    }
    match lower.as_str() {
        "smallint" => ColumnType::SmallInteger,
        "integer" => ColumnType::Integer,
        "bigint" => ColumnType::BigInteger,
        "smallint unsigned" => ColumnType::PositiveSmallInteger,
        "integer unsigned" => ColumnType::PositiveInteger,
        "bigint unsigned" => ColumnType::PositiveBigInteger,
        "bool" => ColumnType::Boolean,
        "varchar" => ColumnType::Varchar(None),
        "text" => ColumnType::Text,
        "real" => ColumnType::Float,
        "decimal" => ColumnType::Decimal(None),
        "date" => ColumnType::Date,
        "datetime" => ColumnType::DateTime,
        "time" => ColumnType::Time,
        "char(32)" => ColumnType::Uuid,
        "blob" => ColumnType::Binary,
        "char(39)" => ColumnType::IpAddress,
        _ => ColumnType::Other(words.to_owned()),
    }
}

/// A value as SQL, in the form in which rows hold it.
pub(super) fn literal(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(value) => i32::from(*value).to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) | Value::Json(text) | Value::Inet(text) | Value::Decimal(text) => {
            quoted(text)
        }
        Value::Bytes(bytes) => format!("X'{}'", hex(bytes)),
        Value::Date(days) => quoted(&format_date(*days)),
        Value::Time(micros) => quoted(&format_time(*micros)),
        Value::DateTime(micros) => quoted(&format_date_time(*micros)),
        Value::Uuid(bytes) => quoted(&hex(bytes)),
        Value::List(..) => return Err(unquotable()),
    })
}
