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

/// The type of the catalogue's words: our own, and those of others that store and compare in the same way.
pub(super) fn parse(words: &str) -> ColumnType {
    let lower = words.to_ascii_lowercase();
    let (word, numbers) = match lower.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.strip_suffix(')').unwrap_or_default()),
        None => (lower.as_str(), ""),
    };
    let mut numbers = numbers
        .split(',')
        .map(|number| number.trim().parse::<u32>());
    let first = numbers.next().and_then(Result::ok);
    let second = numbers.next().and_then(Result::ok);
    match (word, first) {
        ("char", Some(32)) => ColumnType::Uuid,
        ("char", Some(39)) => ColumnType::IpAddress,
        ("varchar" | "nvarchar" | "character varying", length) => ColumnType::Varchar(length),
        ("char" | "nchar" | "character", Some(length)) => ColumnType::Varchar(Some(length)),
        ("decimal" | "numeric", Some(digits)) => {
            ColumnType::Decimal(Some((digits, second.unwrap_or(0))))
        }
        ("decimal" | "numeric", None) => ColumnType::Decimal(None),
        ("real" | "double" | "double precision" | "float", _) => ColumnType::Float,
        ("smallint" | "int2", _) => ColumnType::SmallInteger,
        ("integer" | "int" | "int4", _) => ColumnType::Integer,
        ("bigint" | "int8", _) => ColumnType::BigInteger,
        ("datetime" | "timestamp", _) => ColumnType::DateTime,
        ("bool" | "boolean", None) => ColumnType::Boolean,
        ("smallint unsigned", None) => ColumnType::PositiveSmallInteger,
        ("integer unsigned", None) => ColumnType::PositiveInteger,
        ("bigint unsigned", None) => ColumnType::PositiveBigInteger,
        ("text", None) => ColumnType::Text,
        ("date", None) => ColumnType::Date,
        ("time", None) => ColumnType::Time,
        ("blob", None) => ColumnType::Binary,
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
