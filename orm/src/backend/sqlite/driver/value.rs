//! Values as SQLite stores them, in Django's forms: dates and times as text that sorts, truth values as 0 and 1,
//! decimals as their digits, UUIDs as 32 hexadecimal digits, durations as microseconds, lists as JSON for `json_each`.

use std::ops::Range;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::driver::RowCursor;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::json_list;
use crate::value::{
    Value, ValueType, format_date, format_date_time, format_time, hex, parse_date, parse_date_time,
    parse_time,
};

/// A value on its way into a statement.
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::Value as Owned;
        Ok(match self.0 {
            Value::Null(_) => ToSqlOutput::Owned(Owned::Null),
            Value::Bool(value) => ToSqlOutput::Owned(Owned::Integer(i64::from(*value))),
            Value::Int(value) | Value::Duration(value) => {
                ToSqlOutput::Owned(Owned::Integer(*value))
            }
            Value::Float(value) => ToSqlOutput::Owned(Owned::Real(*value)),
            Value::Text(text) | Value::Decimal(text) | Value::Json(text) | Value::Inet(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Date(days) => ToSqlOutput::Owned(Owned::Text(format_date(*days))),
            Value::Time(micros) => ToSqlOutput::Owned(Owned::Text(format_time(*micros))),
            Value::DateTime(micros) => ToSqlOutput::Owned(Owned::Text(format_date_time(*micros))),
            Value::Uuid(bytes) => ToSqlOutput::Owned(Owned::Text(hex(bytes))),
            Value::List(_, values) => ToSqlOutput::Owned(Owned::Text(json_list(values))),
        })
    }
}

/// Refuses what would be stored as something else: NaN becomes NULL, and text of other years than these does not sort.
///
/// # Errors
/// `Encode`, which says what is refused.
pub(super) fn check(value: &Value) -> Result<()> {
    let micros_of_years = i64::from(YEARS.start) * DAY_MICROS..i64::from(YEARS.end) * DAY_MICROS;
    let (what, why) = match value {
        Value::Float(number) if number.is_nan() => ("a float", "there is no NaN in SQLite"),
        Value::Date(days) if !YEARS.contains(days) => {
            ("a date", "dates are of the years 0 to 9999")
        }
        Value::DateTime(micros) if !micros_of_years.contains(micros) => {
            ("a date and time", "instants are of the years 0 to 9999")
        }
        Value::List(_, values) => return values.iter().try_for_each(check),
        _ => return Ok(()),
    };
    Err(Error::new(ErrorKind::Encode {
        what: what.to_owned(),
        why: why.to_owned(),
    }))
}

/// The days of the years 0 to 9999.
const YEARS: Range<i32> = -719_528..2_932_897;
const DAY_MICROS: i64 = 86_400_000_000;

/// A row under rusqlite's statement.
pub(super) struct Row<'a, 's> {
    row: &'a rusqlite::Row<'s>,
    width: usize,
}

impl<'a, 's> Row<'a, 's> {
    pub(super) fn new(row: &'a rusqlite::Row<'s>) -> Self {
        let width = row.as_ref().column_count();
        Row { row, width }
    }

    fn get(&self, column: usize) -> Result<ValueRef<'a>> {
        self.row.get_ref(column).map_err(|_| {
            decode_error(
                format!("number {column}"),
                "a column",
                format!("a row of {}", self.width),
            )
        })
    }

    fn mismatch(&self, column: usize, expected: &str, found: ValueRef<'_>) -> Error {
        let found = match found {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(value) => format!("the integer {value}"),
            ValueRef::Real(value) => format!("the number {value}"),
            ValueRef::Text(text) => {
                let text = String::from_utf8_lossy(text);
                let start: String = text.chars().take(40).collect();
                format!("the text `{start}`")
            }
            ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
        };
        decode_error(self.column_name(column).to_owned(), expected, found)
    }

    /// Reads text by a function that knows its form.
    fn parse<T>(
        &self,
        column: usize,
        value_type: ValueType,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        let value = self.get(column)?;
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text)
                .ok()
                .and_then(read)
                .map(Some)
                .ok_or_else(|| self.mismatch(column, value_type.as_str(), value)),
            _ => Err(self.mismatch(column, value_type.as_str(), value)),
        }
    }
}

impl RowCursor for Row<'_, '_> {
    fn width(&self) -> usize {
        self.width
    }

    fn column_name(&self, column: usize) -> &str {
        self.row.as_ref().column_name(column).unwrap_or("?")
    }

    fn is_null(&mut self, column: usize) -> Result<bool> {
        Ok(matches!(self.get(column)?, ValueRef::Null))
    }

    fn bool(&mut self, column: usize) -> Result<Option<bool>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value != 0)),
            found => Err(self.mismatch(column, ValueType::Bool.as_str(), found)),
        }
    }

    fn int(&mut self, column: usize) -> Result<Option<i64>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            found => Err(self.mismatch(column, ValueType::Int.as_str(), found)),
        }
    }

    fn float(&mut self, column: usize) -> Result<Option<f64>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Real(value) => Ok(Some(value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "what reading an integer as a float means"
            )]
            ValueRef::Integer(value) => Ok(Some(value as f64)),
            ValueRef::Text(_) => self.parse(column, ValueType::Float, |text| text.parse().ok()),
            found @ ValueRef::Blob(_) => {
                Err(self.mismatch(column, ValueType::Float.as_str(), found))
            }
        }
    }

    fn text(&mut self, column: usize) -> Result<Option<&str>> {
        let value = self.get(column)?;
        match value {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => std::str::from_utf8(text)
                .map(Some)
                .map_err(|_| self.mismatch(column, "text in UTF-8", value)),
            found => Err(self.mismatch(column, ValueType::Text.as_str(), found)),
        }
    }

    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            found => Err(self.mismatch(column, ValueType::Bytes.as_str(), found)),
        }
    }

    fn date(&mut self, column: usize) -> Result<Option<i32>> {
        self.parse(column, ValueType::Date, parse_date)
    }

    fn time(&mut self, column: usize) -> Result<Option<i64>> {
        self.parse(column, ValueType::Time, parse_time)
    }

    fn date_time(&mut self, column: usize) -> Result<Option<i64>> {
        self.parse(column, ValueType::DateTime, parse_date_time)
    }

    fn duration(&mut self, column: usize) -> Result<Option<i64>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(micros) => Ok(Some(micros)),
            found => Err(self.mismatch(column, ValueType::Duration.as_str(), found)),
        }
    }

    fn decimal(&mut self, column: usize) -> Result<Option<String>> {
        match self.get(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value.to_string())),
            // The shortest digits that read back as the same number, never with an exponent.
            ValueRef::Real(value) if value.is_finite() => Ok(Some(value.to_string())),
            ValueRef::Text(_) => self.parse(column, ValueType::Decimal, |text| {
                is_decimal(text).then(|| text.to_owned())
            }),
            found => Err(self.mismatch(column, ValueType::Decimal.as_str(), found)),
        }
    }

    fn uuid(&mut self, column: usize) -> Result<Option<[u8; 16]>> {
        if let ValueRef::Blob(bytes) = self.get(column)?
            && let Ok(bytes) = bytes.try_into()
        {
            return Ok(Some(bytes));
        }
        self.parse(column, ValueType::Uuid, parse_uuid)
    }

    fn json(&mut self, column: usize) -> Result<Option<String>> {
        match self.get(column)? {
            ValueRef::Integer(value) => Ok(Some(value.to_string())),
            ValueRef::Real(value) => Ok(Some(value.to_string())),
            _ => self.parse(column, ValueType::Json, |text| Some(text.to_owned())),
        }
    }

    fn inet(&mut self, column: usize) -> Result<Option<String>> {
        self.parse(column, ValueType::Inet, |text| Some(text.to_owned()))
    }

    fn value(&mut self, column: usize) -> Result<Value> {
        let value = self.get(column)?;
        Ok(match value {
            ValueRef::Null => Value::Null(ValueType::Text),
            ValueRef::Integer(value) => Value::Int(value),
            ValueRef::Real(value) => Value::Float(value),
            ValueRef::Text(text) => Value::Text(
                std::str::from_utf8(text)
                    .map_err(|_| self.mismatch(column, "text in UTF-8", value))?
                    .to_owned(),
            ),
            ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
        })
    }
}

/// Whether a text is a decimal number in plain digits.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    are_digits(whole) && are_digits(fraction)
}

/// A UUID from 32 hexadecimal digits, with or without dashes.
fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut digits = text.chars().filter(|c| *c != '-');
    for byte in &mut bytes {
        let (high, low) = (digits.next()?.to_digit(16)?, digits.next()?.to_digit(16)?);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(bytes)
}

fn decode_error(column: String, expected: &str, found: String) -> Error {
    Error::new(ErrorKind::Decode {
        column,
        expected: expected.to_owned(),
        found,
    })
}
