//! The types of MySQL and MariaDB: how they are spelled, how the catalogue spells them, and values as SQL.

use super::Flavour;
use crate::error::Result;
use crate::schema::ColumnType;
use crate::sql::ddl_standard::{hex, unquotable};
use crate::value::{Value, format_date, format_date_time, format_time};

/// A type as `CREATE TABLE` spells it.
pub(super) fn name(flavour: Flavour, ty: &ColumnType) -> String {
    let word = match ty {
        ColumnType::SmallInteger => "smallint",
        ColumnType::Integer => "integer",
        ColumnType::BigInteger | ColumnType::Duration => "bigint",
        ColumnType::PositiveSmallInteger => "smallint UNSIGNED",
        ColumnType::PositiveInteger => "integer UNSIGNED",
        ColumnType::PositiveBigInteger => "bigint UNSIGNED",
        ColumnType::Boolean => "bool",
        ColumnType::Varchar(Some(length)) => return format!("varchar({length})"),
        ColumnType::Varchar(None) => "varchar",
        ColumnType::Text => "longtext",
        ColumnType::Float => "double precision",
        ColumnType::Decimal(Some((digits, places))) => {
            return format!("numeric({digits}, {places})");
        }
        ColumnType::Decimal(None) => "numeric",
        ColumnType::Date => "date",
        ColumnType::DateTime => "datetime(6)",
        ColumnType::Time => "time(6)",
        ColumnType::Uuid if flavour.has_uuid() => "uuid",
        ColumnType::Uuid => "char(32)",
        ColumnType::Json => "json",
        ColumnType::Binary => "longblob",
        ColumnType::IpAddress => "char(39)",
        ColumnType::Other(words) => words,
    };
    word.to_owned()
}

/// The type of the catalogue's words (`COLUMN_TYPE`) or of our own. MySQL drops the width of integers that MariaDB
/// still tells.
pub(super) fn parse(words: &str) -> ColumnType {
    let lower = words.to_ascii_lowercase();
    let unsigned = lower.ends_with(" unsigned");
    let bare = lower.trim_end_matches(" unsigned");
    let (word, arguments) = bare.split_once('(').unwrap_or((bare, ""));
    let numbers: Vec<u32> = arguments
        .trim_end_matches(')')
        .split(',')
        .filter_map(|n| n.trim().parse().ok())
        .collect();
    match (word, unsigned) {
        ("tinyint", false) if numbers == [1] => ColumnType::Boolean,
        ("bool", _) => ColumnType::Boolean,
        ("smallint", false) => ColumnType::SmallInteger,
        ("int" | "integer", false) => ColumnType::Integer,
        ("bigint", false) => ColumnType::BigInteger,
        ("smallint", true) => ColumnType::PositiveSmallInteger,
        ("int" | "integer", true) => ColumnType::PositiveInteger,
        ("bigint", true) => ColumnType::PositiveBigInteger,
        ("varchar", _) => ColumnType::Varchar(numbers.first().copied()),
        ("longtext", _) => ColumnType::Text,
        ("double" | "double precision", _) => ColumnType::Float,
        ("decimal" | "numeric", _) => {
            ColumnType::Decimal(numbers.first().copied().zip(numbers.get(1).copied()))
        }
        ("date", _) => ColumnType::Date,
        ("datetime", _) => ColumnType::DateTime,
        ("time", _) => ColumnType::Time,
        ("uuid", _) => ColumnType::Uuid,
        ("char", _) if numbers == [32] => ColumnType::Uuid,
        ("char", _) if numbers == [39] => ColumnType::IpAddress,
        ("json", _) => ColumnType::Json,
        ("longblob", _) => ColumnType::Binary,
        _ => ColumnType::Other(words.to_owned()),
    }
}

/// A name, quoted.
pub(super) fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// Text as a string literal; a backslash escapes here.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// A value as SQL.
pub(super) fn literal(flavour: Flavour, value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(value) => i32::from(*value).to_string(),
        Value::Int(value) | Value::Duration(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) | Value::Json(text) | Value::Inet(text) => quoted(text),
        Value::Bytes(bytes) => format!("X'{}'", hex(bytes)),
        Value::Date(days) => quoted(&format_date(*days)),
        Value::Time(micros) => quoted(&format_time(*micros)),
        Value::DateTime(micros) => quoted(&format_date_time(*micros)),
        Value::Decimal(digits) => digits.clone(),
        Value::Uuid(bytes) if flavour.has_uuid() => {
            let hex = hex(bytes);
            quoted(&format!(
                "{}-{}-{}-{}-{}",
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..]
            ))
        }
        Value::Uuid(bytes) => quoted(&hex(bytes)),
        Value::List(..) => return Err(unquotable()),
    })
}
