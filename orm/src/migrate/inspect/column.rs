//! What a column's type, default and check say of its field.

use crate::meta::condition::Expression;
use crate::meta::kind::FieldKind;
use crate::meta::literal::{DefaultValue, Literal};
use crate::migrate::state::FieldState;
use crate::schema::ColumnType;

/// Whether a check only says that a column is not negative.
pub(super) fn is_sign_check(condition: &str, column: &str) -> bool {
    let bare = condition
        .replace(['(', ')', '"', '`', ' '], "")
        .to_lowercase();
    bare == format!("{}>=0", column.to_lowercase())
}

/// Whether a check says no more than that a column holds JSON.
pub(super) fn is_json_check(condition: &str, column: &str) -> bool {
    let bare = condition
        .replace(['(', ')', '"', '`', ' '], "")
        .to_lowercase();
    let column = column.to_lowercase();
    bare == format!("json_valid{column}") || bare == format!("json_valid{column}or{column}isnull")
}

pub(super) fn kind_of(ty: &ColumnType) -> FieldKind {
    match ty {
        ColumnType::SmallInteger => FieldKind::SmallInteger,
        ColumnType::Integer => FieldKind::Integer,
        ColumnType::BigInteger => FieldKind::BigInteger,
        ColumnType::PositiveSmallInteger => FieldKind::PositiveSmallInteger,
        ColumnType::PositiveInteger => FieldKind::PositiveInteger,
        ColumnType::PositiveBigInteger => FieldKind::PositiveBigInteger,
        ColumnType::Boolean => FieldKind::Boolean,
        ColumnType::Varchar(Some(_)) => FieldKind::Char,
        ColumnType::Varchar(None) | ColumnType::Text => FieldKind::Text,
        ColumnType::Float => FieldKind::Float,
        ColumnType::Decimal(_) => FieldKind::Decimal,
        ColumnType::Date => FieldKind::Date,
        ColumnType::DateTime => FieldKind::DateTime,
        ColumnType::Time => FieldKind::Time,
        ColumnType::Duration => FieldKind::Duration,
        ColumnType::Uuid => FieldKind::Uuid,
        ColumnType::Json => FieldKind::Json,
        ColumnType::Binary => FieldKind::Binary,
        ColumnType::IpAddress => FieldKind::GenericIpAddress,
        ColumnType::Other(words) => kind_of_words(&words.to_lowercase()),
    }
}

/// The nearest kind to a type of one vendor, by the words of its name.
fn kind_of_words(words: &str) -> FieldKind {
    let has = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    if has(&["[]", "enum", "set(", "interval", "point"]) {
        FieldKind::Text
    } else if has(&["int", "serial", "year"]) {
        FieldKind::BigInteger
    } else if has(&["real", "floa", "doub"]) {
        FieldKind::Float
    } else if has(&["timestamp", "datetime"]) {
        FieldKind::DateTime
    } else if has(&["blob", "binary"]) {
        FieldKind::Binary
    } else if has(&["json"]) {
        FieldKind::Json
    } else if has(&["bool"]) {
        FieldKind::Boolean
    } else {
        FieldKind::Text
    }
}

/// Whether a default is the moment of the insert, in any of the words for it.
pub(in crate::migrate) fn is_moment(sql: &str) -> bool {
    let bare = sql.replace(['(', ')', ' '], "").to_lowercase();
    [
        "now",
        "now6",
        "current_timestamp",
        "current_timestamp6",
        "statement_timestamp",
        "utc_timestamp",
        "utc_timestamp6",
        "strftime'%y-%m-%d%h:%m:%f000','now'",
        "strftime'%y-%m-%d%h:%m:%f','now'",
        "datetime'now'",
    ]
    .contains(&bare.as_str())
}

/// Puts a default into a field, if it is a plain value or the time of the statement.
pub(super) fn read_default(sql: &str, field: &mut FieldState) -> bool {
    let mut bare = sql.trim();
    while let Some(inner) = bare
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
    {
        bare = inner.trim();
    }
    let lower = bare.to_lowercase();
    if lower == "null" {
        return true;
    }
    if field.kind == FieldKind::DateTime && is_moment(&lower) {
        field.db_default = Some(Expression::Function {
            name: "now".to_owned(),
            args: Vec::new(),
        });
        return true;
    }
    let text = bare
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''))
        .map(|text| text.replace("''", "'"));
    let plain = text.as_deref().unwrap_or(bare);
    let literal = match field.kind {
        FieldKind::Boolean => match plain.to_lowercase().as_str() {
            "true" | "1" => Some(Literal::Bool(true)),
            "false" | "0" => Some(Literal::Bool(false)),
            _ => None,
        },
        FieldKind::Float => plain.parse().ok().map(Literal::Float),
        FieldKind::Char | FieldKind::Text => text.map(Literal::Text),
        FieldKind::SmallInteger
        | FieldKind::Integer
        | FieldKind::BigInteger
        | FieldKind::PositiveSmallInteger
        | FieldKind::PositiveInteger
        | FieldKind::PositiveBigInteger => plain.parse().ok().map(Literal::Int),
        _ => None,
    };
    field.default = literal.map(DefaultValue::Value);
    field.default.is_some()
}
