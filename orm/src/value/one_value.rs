//! A value in hand, read as if it stood in a row.

use super::{RowCursor, Value, ValueType};
use crate::error::{Error, ErrorKind, Result};

/// A row of one column, whose value is in hand.
#[derive(Debug)]
pub struct OneValue(Value);

impl OneValue {
    /// A row of this value.
    pub fn new(value: Value) -> Self {
        OneValue(value)
    }

    #[cold]
    fn mismatch(&self, expected: ValueType) -> Error {
        Error::new(ErrorKind::Decode {
            column: "value".to_owned(),
            expected: expected.as_str().to_owned(),
            found: self.0.value_type().as_str().to_owned(),
        })
    }
}

macro_rules! getters {
    ($($name:ident: $type:ty, $expected:ident, { $($pattern:pat => $value:expr),* $(,)? };)*) => {
        $(fn $name(&mut self, _column: usize) -> Result<Option<$type>> {
            match &self.0 {
                Value::Null(_) => Ok(None),
                $($pattern => Ok(Some($value)),)*
                _ => Err(self.mismatch(ValueType::$expected)),
            }
        })*
    };
}

impl RowCursor for OneValue {
    fn width(&self) -> usize {
        1
    }

    fn column_name(&self, _column: usize) -> &str {
        "value"
    }

    fn is_null(&mut self, _column: usize) -> Result<bool> {
        Ok(self.0.is_null())
    }

    fn value(&mut self, _column: usize) -> Result<Value> {
        Ok(self.0.clone())
    }

    fn text(&mut self, _column: usize) -> Result<Option<&str>> {
        match &self.0 {
            Value::Null(_) => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.mismatch(ValueType::Text)),
        }
    }

    fn bytes(&mut self, _column: usize) -> Result<Option<&[u8]>> {
        match &self.0 {
            Value::Null(_) => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(self.mismatch(ValueType::Bytes)),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "an integer read as a float is as exact as a float can be"
    )]
    fn float(&mut self, _column: usize) -> Result<Option<f64>> {
        match &self.0 {
            Value::Null(_) => Ok(None),
            Value::Float(float) => Ok(Some(*float)),
            Value::Int(int) => Ok(Some(*int as f64)),
            _ => Err(self.mismatch(ValueType::Float)),
        }
    }

    getters! {
        bool: bool, Bool, { Value::Bool(v) => *v };
        int: i64, Int, { Value::Int(v) => *v };
        date: i32, Date, { Value::Date(v) => *v };
        time: i64, Time, { Value::Time(v) => *v };
        date_time: i64, DateTime, { Value::DateTime(v) => *v };
        duration: i64, Duration, { Value::Duration(v) => *v };
        decimal: String, Decimal, { Value::Decimal(v) => v.clone(), Value::Int(v) => v.to_string() };
        uuid: [u8; 16], Uuid, { Value::Uuid(v) => *v };
        json: String, Json, { Value::Json(v) => v.clone() };
        inet: String, Inet, { Value::Inet(v) => v.clone() };
    }
}
