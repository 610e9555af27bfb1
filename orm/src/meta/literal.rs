//! Values that stand in states, defaults, conditions and migration files, and what computes a default.
//!
//! A literal has JSON's forms. Dates, times and durations are ISO 8601 text, decimals and UUIDs text, binary base64
//! text: the field that a literal belongs to says what it means.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, Result};
use crate::value::{Value, format_date, format_date_time, format_time};

/// A value written down.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN or infinite.
    Float(f64),
    /// Text, or what is written as text.
    Text(String),
    /// A list without nulls: the operand of `in` and `range`, or a JSON value.
    List(Vec<Literal>),
    /// A JSON value that no other form holds: an object, or anything with a null in it.
    Json(serde_json::Value),
}

impl Literal {
    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Literal::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// How a value is written down; NULL, infinite numbers and integers out of a column's reach are not.
impl TryFrom<Value> for Literal {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        Ok(match value {
            Value::Null(_) => return Err(not_written("NULL")),
            Value::Bool(value) => Literal::Bool(value),
            Value::Int(value) => Literal::Int(value),
            Value::Float(value) if value.is_finite() => Literal::Float(value),
            Value::Float(value) => return Err(not_written(&value.to_string())),
            Value::Text(text) | Value::Decimal(text) | Value::Inet(text) => Literal::Text(text),
            Value::Bytes(bytes) => Literal::Text(STANDARD.encode(bytes)),
            Value::Date(days) => Literal::Text(format_date(days)),
            Value::Time(micros) => Literal::Text(format_time(micros)),
            Value::DateTime(micros) => {
                Literal::Text(format_date_time(micros).replacen(' ', "T", 1) + "Z")
            }
            Value::Duration(micros) => Literal::Text(iso_duration(micros)),
            Value::Uuid(bytes) => Literal::Text(dashed(bytes)),
            Value::Json(text) => {
                let value: serde_json::Value = serde_json::from_str(&text)
                    .map_err(|error| not_written(&format!("{text} ({error})")))?;
                Literal::from_json_value(&value).map_err(|fault| Error::query(fault.to_string()))?
            }
            Value::List(_, values) => {
                let items = values.into_iter().map(Literal::try_from);
                Literal::List(items.collect::<Result<_>>()?)
            }
        })
    }
}

fn not_written(what: &str) -> Error {
    Error::query(format!(
        "{what} cannot be written down as a value; leave the default out, or use a condition on NULL"
    ))
}

/// `P1DT02H03M04.5S`.
fn iso_duration(micros: i64) -> String {
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let fraction = match fraction {
        0 => String::new(),
        fraction => format!(".{fraction:06}"),
    };
    format!(
        "{sign}P{}DT{:02}H{:02}M{:02}{fraction}S",
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// A UUID in its usual form, with dashes.
fn dashed(bytes: [u8; 16]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Literal::Bool(value)
    }
}

impl From<i64> for Literal {
    fn from(value: i64) -> Self {
        Literal::Int(value)
    }
}

impl From<i32> for Literal {
    fn from(value: i32) -> Self {
        Literal::Int(value.into())
    }
}

impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        Literal::Float(value)
    }
}

impl From<&str> for Literal {
    fn from(value: &str) -> Self {
        Literal::Text(value.to_owned())
    }
}

impl From<String> for Literal {
    fn from(value: String) -> Self {
        Literal::Text(value)
    }
}

/// What a field holds when nothing was given.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// A value.
    Value(Literal),
    /// A function that every tool can evaluate, once per row.
    Function(DefaultFunction),
    /// The path of a Rust function: opaque, compared by its path.
    Rust(String),
}

/// The functions that every tool can evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DefaultFunction {
    /// The time of the statement.
    Now,
    /// A random UUID.
    Uuid4,
}

impl DefaultFunction {
    /// The word for it: `now`, `uuid4`.
    pub const fn as_str(self) -> &'static str {
        match self {
            DefaultFunction::Now => "now",
            DefaultFunction::Uuid4 => "uuid4",
        }
    }

    /// The function of a word, if it is one.
    pub fn parse(word: &str) -> Option<DefaultFunction> {
        [DefaultFunction::Now, DefaultFunction::Uuid4]
            .into_iter()
            .find(|function| function.as_str() == word)
    }
}

impl<T: Into<Literal>> From<T> for DefaultValue {
    fn from(value: T) -> Self {
        DefaultValue::Value(value.into())
    }
}
