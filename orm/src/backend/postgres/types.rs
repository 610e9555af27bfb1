//! PostgreSQL's types: how they are spelled, how the catalogue spells them, and values as SQL.

use crate::error::Result;
use crate::schema::ColumnType;
use crate::sql::ddl_standard::{hex, quoted, unquotable};
use crate::value::{Value, format_date, format_date_time, format_time};

/// A type as `CREATE TABLE` spells it.
pub(super) fn name(ty: &ColumnType) -> String {
    let word = match ty {
        ColumnType::SmallInteger | ColumnType::PositiveSmallInteger => "smallint",
        ColumnType::Integer | ColumnType::PositiveInteger => "integer",
        ColumnType::BigInteger | ColumnType::PositiveBigInteger => "bigint",
        ColumnType::Boolean => "boolean",
        ColumnType::Varchar(Some(length)) => return format!("varchar({length})"),
        ColumnType::Varchar(None) => "varchar",
        ColumnType::Text => "text",
        ColumnType::Float => "double precision",
        ColumnType::Decimal(Some((digits, places))) => {
            return format!("numeric({digits}, {places})");
        }
        ColumnType::Decimal(None) => "numeric",
        ColumnType::Date => "date",
        ColumnType::DateTime => "timestamp with time zone",
        ColumnType::Time => "time",
        ColumnType::Duration => "interval",
        ColumnType::Uuid => "uuid",
        ColumnType::Json => "jsonb",
        ColumnType::Binary => "bytea",
        ColumnType::IpAddress => "inet",
        ColumnType::Other(words) => words,
    };
    word.to_owned()
}

/// The type of the catalogue's words (`format_type`) or of our own.
pub(super) fn parse(words: &str) -> ColumnType {
    let (word, arguments) = match words.split_once('(') {
        Some((word, rest)) => (word.trim(), rest.trim_end_matches(')')),
        None => (words, ""),
    };
    let numbers: Vec<u32> = arguments
        .split(',')
        .filter_map(|number| number.trim().parse().ok())
        .collect();
    match word {
        "smallint" => ColumnType::SmallInteger,
        "integer" => ColumnType::Integer,
        "bigint" => ColumnType::BigInteger,
        "boolean" => ColumnType::Boolean,
        "varchar" | "character varying" => ColumnType::Varchar(numbers.first().copied()),
        "text" => ColumnType::Text,
        "double precision" => ColumnType::Float,
        "numeric" => ColumnType::Decimal(numbers.first().copied().zip(numbers.get(1).copied())),
        "date" => ColumnType::Date,
        "timestamp with time zone" => ColumnType::DateTime,
        "time" | "time without time zone" => ColumnType::Time,
        "interval" => ColumnType::Duration,
        "uuid" => ColumnType::Uuid,
        "jsonb" => ColumnType::Json,
        "bytea" => ColumnType::Binary,
        "inet" => ColumnType::IpAddress,
        _ => ColumnType::Other(words.to_owned()),
    }
}

/// A value as SQL.
pub(super) fn literal(value: &Value) -> Result<String> {
    Ok(match value {
        Value::Null(_) => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) | Value::Json(text) | Value::Inet(text) => quoted(text),
        Value::Bytes(bytes) => format!("'\\x{}'::bytea", hex(bytes)),
        Value::Date(days) => quoted(&format_date(*days)),
        Value::Time(micros) => quoted(&format_time(*micros)),
        Value::DateTime(micros) => quoted(&format!("{}+00:00", format_date_time(*micros))),
        Value::Duration(micros) => quoted(&interval(*micros)),
        Value::Decimal(digits) => digits.clone(),
        Value::Uuid(bytes) => quoted(&dashed(&hex(bytes))),
        Value::List(..) => return Err(unquotable()),
    })
}

fn interval(micros: i64) -> String {
    let (sign, total) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (days, rest) = (total / 86_400_000_000, total % 86_400_000_000);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    format!(
        "{sign}{days} days {sign}{:02}:{:02}:{:02}.{fraction:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn dashed(hex: &str) -> String {
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
