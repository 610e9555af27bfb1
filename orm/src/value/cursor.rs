//! One row, read where the driver has it.

use super::{Value, ValueType};
use crate::error::Result;

/// A row under a cursor: each getter reads one column by position, NULL as `None`.
///
/// Getters are lenient in width and form, strict in kind: `int` reads any integer column (and a truth value of a
/// database that stores those as integers), `text` any text. A value of another kind is a `Decode` error.
pub trait RowCursor {
    /// How many columns the row has.
    fn width(&self) -> usize;
    /// The name of a column, for messages and rows by name.
    fn column_name(&self, column: usize) -> &str;
    /// Whether the column is NULL.
    fn is_null(&mut self, column: usize) -> Result<bool>;
    /// A truth value.
    fn bool(&mut self, column: usize) -> Result<Option<bool>>;
    /// An integer of any width.
    fn int(&mut self, column: usize) -> Result<Option<i64>>;
    /// A floating-point number; integers and decimals are converted.
    fn float(&mut self, column: usize) -> Result<Option<f64>>;
    /// Text, borrowed from the row.
    fn text(&mut self, column: usize) -> Result<Option<&str>>;
    /// Text, owned; a driver that holds it as a `String` gives that away.
    fn string(&mut self, column: usize) -> Result<Option<String>> {
        Ok(self.text(column)?.map(str::to_owned))
    }
    /// Bytes.
    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>>;
    /// Days since 1970-01-01.
    fn date(&mut self, column: usize) -> Result<Option<i32>>;
    /// Microseconds since midnight.
    fn time(&mut self, column: usize) -> Result<Option<i64>>;
    /// Microseconds since the epoch, UTC.
    fn date_time(&mut self, column: usize) -> Result<Option<i64>>;
    /// Microseconds.
    fn duration(&mut self, column: usize) -> Result<Option<i64>>;
    /// A decimal number in plain digits (`-12.50`), from a decimal, integer or text column.
    fn decimal(&mut self, column: usize) -> Result<Option<String>>;
    /// A UUID's bytes, from a native column or its text with or without dashes.
    fn uuid(&mut self, column: usize) -> Result<Option<[u8; 16]>>;
    /// A JSON document, printed.
    fn json(&mut self, column: usize) -> Result<Option<String>>;
    /// An IP address, printed, without a prefix length.
    fn inet(&mut self, column: usize) -> Result<Option<String>>;
    /// The column as whatever value the database says it is, for rows by name.
    fn value(&mut self, column: usize) -> Result<Value>;
}

impl ValueType {
    /// A column as the neutral value of this type.
    ///
    /// # Errors
    /// Where the column holds something of another kind.
    pub fn read(self, row: &mut dyn RowCursor, column: usize) -> Result<Value> {
        let value = match self {
            ValueType::Bool => row.bool(column)?.map(Value::Bool),
            ValueType::Int => row.int(column)?.map(Value::Int),
            ValueType::Float => row.float(column)?.map(Value::Float),
            ValueType::Text => row.string(column)?.map(Value::Text),
            ValueType::Bytes => row.bytes(column)?.map(|bytes| Value::Bytes(bytes.to_vec())),
            ValueType::Date => row.date(column)?.map(Value::Date),
            ValueType::Time => row.time(column)?.map(Value::Time),
            ValueType::DateTime => row.date_time(column)?.map(Value::DateTime),
            ValueType::Duration => row.duration(column)?.map(Value::Duration),
            ValueType::Decimal => row.decimal(column)?.map(Value::Decimal),
            ValueType::Uuid => row.uuid(column)?.map(Value::Uuid),
            ValueType::Json => row.json(column)?.map(Value::Json),
            ValueType::Inet => row.inet(column)?.map(Value::Inet),
        };
        Ok(value.unwrap_or(Value::Null(self)))
    }
}
