//! Rows that are kept and read by name.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result, suggestion};
use crate::meta::FieldType;
use crate::value::{RowCursor, Value, ValueType};
use crate::value::{parse_date, parse_date_time, parse_time};

/// A row of a statement of one's own, read by the names of its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    /// Keeps a row; those of one statement share their names.
    pub(super) fn read(row: &mut dyn RowCursor, names: &mut Option<Arc<[String]>>) -> Result<Self> {
        let width = row.width();
        let names = names.get_or_insert_with(|| {
            (0..width)
                .map(|at| row.column_name(at).to_owned())
                .collect()
        });
        Ok(Row {
            names: names.clone(),
            values: (0..width).map(|at| row.value(at)).collect::<Result<_>>()?,
        })
    }

    /// A column as a value of a field's type; `Option` for one that may be NULL.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn get<T: FieldType>(&self, column: &str) -> Result<T> {
        let names = || self.names.iter().map(String::as_str);
        let Some(at) = names().position(|name| name == column) else {
            return Err(Error::query(format!(
                "the row has no column `{column}`{}",
                suggestion(column, names())
            )));
        };
        T::decode(&mut Kept(self), at)
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of the columns, as the database gave them.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// A kept row under a cursor. A database without types of its own for dates and the like gives them as text.
struct Kept<'a>(&'a Row);

impl Kept<'_> {
    fn found(&self, column: usize) -> &Value {
        &self.0.values[column]
    }

    fn mismatch(&self, column: usize, expected: ValueType) -> Error {
        Error::new(ErrorKind::Decode {
            column: self.0.names[column].clone(),
            expected: expected.as_str().to_owned(),
            found: self.found(column).value_type().as_str().to_owned(),
        })
    }
}

macro_rules! getters {
    ($($name:ident: $type:ty, $expected:ident, { $($pattern:pat => $value:expr),* $(,)? };)*) => {
        $(fn $name(&mut self, column: usize) -> Result<Option<$type>> {
            let value: Option<$type> = match self.found(column) {
                Value::Null(_) => return Ok(None),
                $($pattern => $value,)*
                _ => None,
            };
            value.map(Some).ok_or_else(|| self.mismatch(column, ValueType::$expected))
        })*
    };
}

impl RowCursor for Kept<'_> {
    fn width(&self) -> usize {
        self.0.values.len()
    }

    fn column_name(&self, column: usize) -> &str {
        &self.0.names[column]
    }

    fn is_null(&mut self, column: usize) -> Result<bool> {
        Ok(self.found(column).is_null())
    }

    fn value(&mut self, column: usize) -> Result<Value> {
        Ok(self.found(column).clone())
    }

    fn text(&mut self, column: usize) -> Result<Option<&str>> {
        match &self.0.values[column] {
            Value::Null(_) => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(self.mismatch(column, ValueType::Text)),
        }
    }

    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>> {
        match &self.0.values[column] {
            Value::Null(_) => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(self.mismatch(column, ValueType::Bytes)),
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "what reading an integer as a float means"
    )]
    fn float(&mut self, column: usize) -> Result<Option<f64>> {
        match self.found(column) {
            Value::Null(_) => Ok(None),
            Value::Float(value) => Ok(Some(*value)),
            Value::Int(value) => Ok(Some(*value as f64)),
            Value::Decimal(digits) => Ok(digits.parse().ok()),
            _ => Err(self.mismatch(column, ValueType::Float)),
        }
    }

    getters! {
        bool: bool, Bool, { Value::Bool(v) => Some(*v), Value::Int(v) => Some(*v != 0) };
        int: i64, Int, { Value::Int(v) => Some(*v), Value::Bool(v) => Some(i64::from(*v)) };
        date: i32, Date, { Value::Date(v) => Some(*v), Value::Text(t) => parse_date(t) };
        time: i64, Time, { Value::Time(v) => Some(*v), Value::Text(t) => parse_time(t) };
        date_time: i64, DateTime, { Value::DateTime(v) => Some(*v), Value::Text(t) => parse_date_time(t) };
        duration: i64, Duration, { Value::Duration(v) | Value::Int(v) => Some(*v) };
        decimal: String, Decimal, {
            Value::Decimal(v) | Value::Text(v) => Some(v.clone()),
            Value::Int(v) => Some(v.to_string()),
            Value::Float(v) => Some(v.to_string()),
        };
        uuid: [u8; 16], Uuid, {
            Value::Uuid(v) => Some(*v),
            Value::Bytes(v) => v.as_slice().try_into().ok(),
            Value::Text(t) => uuid(t),
        };
        json: String, Json, { Value::Json(v) | Value::Text(v) => Some(v.clone()) };
        inet: String, Inet, { Value::Inet(v) | Value::Text(v) => Some(v.clone()) };
    }
}

/// A UUID from 32 hexadecimal digits, with or without dashes.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let number = (digits.len() == 32).then(|| u128::from_str_radix(&digits, 16).ok())??;
    Some(number.to_be_bytes())
}
