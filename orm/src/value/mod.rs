//! Values on their way to and from a database, in one neutral form that no crate's types stand in.
//!
//! Days, microseconds and text are what every driver can take without loss; `chrono`, `uuid` and the like convert at
//! the edge (`model::field`). A NULL knows its type, because PostgreSQL must be told it.

mod calendar;
mod cursor;
mod hex;
mod one_value;
mod peek;

pub use calendar::{civil_from_days, days_from_civil, format_date, format_date_time, format_time};
pub use calendar::{parse_date, parse_date_time, parse_time};
pub use cursor::RowCursor;
pub use hex::{hex, parse_uuid};
pub use one_value::OneValue;
pub use peek::Peek;

/// A value for a statement's parameter, or one read by name.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// NULL of a type.
    Null(ValueType),
    /// A truth value.
    Bool(bool),
    /// Any integer; the column's width is checked when it is bound.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    Time(i64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    DateTime(i64),
    /// Microseconds.
    Duration(i64),
    /// A decimal number in plain digits: `-12.50`.
    Decimal(String),
    /// A UUID's sixteen bytes.
    Uuid([u8; 16]),
    /// A JSON document, printed.
    Json(String),
    /// An IP address, printed.
    Inet(String),
    /// Values of one type, for `in` and the like.
    List(ValueType, Vec<Value>),
}

/// The types of [`Value`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)] // each is the variant of `Value` of the same name
pub enum ValueType {
    Bool,
    Int,
    Float,
    Text,
    Bytes,
    Date,
    Time,
    DateTime,
    Duration,
    Decimal,
    Uuid,
    Json,
    Inet,
}

impl Value {
    /// The type of the value; of a list, that of its members.
    pub fn value_type(&self) -> ValueType {
        match self {
            Value::Null(value_type) | Value::List(value_type, _) => *value_type,
            Value::Bool(_) => ValueType::Bool,
            Value::Int(_) => ValueType::Int,
            Value::Float(_) => ValueType::Float,
            Value::Text(_) => ValueType::Text,
            Value::Bytes(_) => ValueType::Bytes,
            Value::Date(_) => ValueType::Date,
            Value::Time(_) => ValueType::Time,
            Value::DateTime(_) => ValueType::DateTime,
            Value::Duration(_) => ValueType::Duration,
            Value::Decimal(_) => ValueType::Decimal,
            Value::Uuid(_) => ValueType::Uuid,
            Value::Json(_) => ValueType::Json,
            Value::Inet(_) => ValueType::Inet,
        }
    }

    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }

    /// Whether it is the number zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Value::Int(number) => *number == 0,
            Value::Float(number) => *number == 0.0,
            Value::Decimal(digits) => !digits.bytes().any(|digit| matches!(digit, b'1'..=b'9')),
            _ => false,
        }
    }

    /// The value as a key of a map: floats by their bits, so that every value equals itself.
    pub fn into_key(self) -> ValueKey {
        ValueKey(self)
    }
}

/// A value as the key of a map: equality and hash go by content, floats by their bits.
#[derive(Debug, Clone)]
pub struct ValueKey(pub Value);

impl PartialEq for ValueKey {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        }
    }
}

impl Eq for ValueKey {}

impl std::hash::Hash for ValueKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Null(_) => state.write_u8(0),
            Value::Bool(v) => v.hash(state),
            Value::Int(v) | Value::Time(v) | Value::DateTime(v) | Value::Duration(v) => {
                v.hash(state);
            }
            Value::Float(v) => v.to_bits().hash(state),
            Value::Text(v) | Value::Decimal(v) | Value::Json(v) | Value::Inet(v) => v.hash(state),
            Value::Bytes(v) => v.hash(state),
            Value::Date(v) => v.hash(state),
            Value::Uuid(v) => v.hash(state),
            Value::List(_, values) => {
                for value in values {
                    ValueKey(value.clone()).hash(state);
                }
            }
        }
    }
}

impl ValueType {
    /// Every type.
    pub const ALL: [ValueType; 13] = [
        ValueType::Bool,
        ValueType::Int,
        ValueType::Float,
        ValueType::Text,
        ValueType::Bytes,
        ValueType::Date,
        ValueType::Time,
        ValueType::DateTime,
        ValueType::Duration,
        ValueType::Decimal,
        ValueType::Uuid,
        ValueType::Json,
        ValueType::Inet,
    ];

    /// The word for it in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            ValueType::Bool => "a truth value",
            ValueType::Int => "an integer",
            ValueType::Float => "a floating-point number",
            ValueType::Text => "text",
            ValueType::Bytes => "bytes",
            ValueType::Date => "a date",
            ValueType::Time => "a time",
            ValueType::DateTime => "a date and time",
            ValueType::Duration => "a duration",
            ValueType::Decimal => "a decimal number",
            ValueType::Uuid => "a UUID",
            ValueType::Json => "JSON",
            ValueType::Inet => "an IP address",
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Value::$variant(value.into())
            }
        })*
    };
}

from!(
    bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int,
    f32 => Float, f64 => Float, String => Text, &str => Text, Vec<u8> => Bytes,
);
