//! A row of MySQL or MariaDB, read from the values that the driver made of it.
//!
//! Numbers, dates and times come typed; everything else, decimals included, as bytes whose meaning the column's type
//! tells. Statements that cannot be prepared answer with text in every column, which is read as well.

use mysql_async::consts::{ColumnFlags, ColumnType};
use mysql_async::{Column, Row, Value as Wire};

use super::value::DAY_MICROS;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{RowCursor, Value, ValueType};
use crate::value::{days_from_civil, parse_date, parse_date_time, parse_time, parse_uuid};

/// The character set of bytes that are no text.
const BINARY: u16 = 63;

/// A row under the cursor.
pub(super) struct Cursor(pub(super) Row);

impl Cursor {
    fn cell(&self, column: usize) -> Result<Option<Cell<'_>>> {
        match (self.0.columns_ref().get(column), self.0.as_ref(column)) {
            (Some(_), Some(Wire::NULL)) => Ok(None),
            (Some(column), Some(value)) => Ok(Some(Cell { column, value })),
            (Some(_), None) => {
                let found = "a value that `string` gave away before".to_owned();
                Err(self.mismatch(column, "a value", found))
            }
            (None, _) => {
                let found = format!("a row of {} columns", self.0.len());
                Err(self.mismatch(column, "a column at this position", found))
            }
        }
    }

    fn read<'r, T>(
        &'r self,
        column: usize,
        expected: ValueType,
        reader: impl FnOnce(Cell<'r>) -> Read<T>,
    ) -> Result<Option<T>> {
        match self.cell(column)?.map(reader) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(found)) => Err(self.mismatch(column, expected.as_str(), found)),
        }
    }

    #[cold]
    fn mismatch(&self, column: usize, expected: &str, found: String) -> Error {
        let name = self.0.columns_ref().get(column);
        Error::new(ErrorKind::Decode {
            column: name.map_or_else(|| (column + 1).to_string(), |c| c.name_str().into_owned()),
            expected: expected.to_owned(),
            found,
        })
    }
}

impl RowCursor for Cursor {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn column_name(&self, column: usize) -> &str {
        let column = self.0.columns_ref().get(column);
        column
            .and_then(|column| std::str::from_utf8(column.name_ref()).ok())
            .unwrap_or("")
    }

    fn is_null(&mut self, column: usize) -> Result<bool> {
        Ok(self.cell(column)?.is_none())
    }

    fn bool(&mut self, column: usize) -> Result<Option<bool>> {
        self.read(column, ValueType::Bool, Cell::bool)
    }

    fn int(&mut self, column: usize) -> Result<Option<i64>> {
        self.read(column, ValueType::Int, Cell::int)
    }

    fn float(&mut self, column: usize) -> Result<Option<f64>> {
        self.read(column, ValueType::Float, Cell::float)
    }

    fn text(&mut self, column: usize) -> Result<Option<&str>> {
        self.read(column, ValueType::Text, Cell::text)
    }

    fn string(&mut self, column: usize) -> Result<Option<String>> {
        let meta = self.0.columns_ref().get(column);
        let is_text = meta.is_some_and(|meta| !is_number(meta.column_type()));
        if !is_text || !matches!(self.0.as_ref(column), Some(Wire::Bytes(_))) {
            return Ok(self.text(column)?.map(str::to_owned));
        }
        match self.0.take::<Vec<u8>, _>(column).map(String::from_utf8) {
            Some(Ok(text)) => Ok(Some(text)),
            _ => {
                let found = "text that is not UTF-8".to_owned();
                Err(self.mismatch(column, ValueType::Text.as_str(), found))
            }
        }
    }

    fn bytes(&mut self, column: usize) -> Result<Option<&[u8]>> {
        self.read(column, ValueType::Bytes, Cell::bytes)
    }

    fn date(&mut self, column: usize) -> Result<Option<i32>> {
        self.read(column, ValueType::Date, Cell::date)
    }

    fn time(&mut self, column: usize) -> Result<Option<i64>> {
        self.read(column, ValueType::Time, Cell::time)
    }

    fn date_time(&mut self, column: usize) -> Result<Option<i64>> {
        self.read(column, ValueType::DateTime, Cell::date_time)
    }

    fn duration(&mut self, column: usize) -> Result<Option<i64>> {
        self.read(column, ValueType::Duration, Cell::duration)
    }

    fn decimal(&mut self, column: usize) -> Result<Option<String>> {
        self.read(column, ValueType::Decimal, Cell::decimal)
    }

    fn uuid(&mut self, column: usize) -> Result<Option<[u8; 16]>> {
        self.read(column, ValueType::Uuid, Cell::uuid)
    }

    fn json(&mut self, column: usize) -> Result<Option<String>> {
        self.string(column)
    }

    fn inet(&mut self, column: usize) -> Result<Option<String>> {
        self.string(column)
    }

    fn value(&mut self, column: usize) -> Result<Value> {
        let Some(cell) = self.cell(column)? else {
            let kind = self.0.columns_ref().get(column).map(value_type);
            return Ok(Value::Null(kind.unwrap_or(ValueType::Text)));
        };
        let expected = value_type(cell.column);
        let value = cell.value(expected);
        value.map_err(|found| self.mismatch(column, expected.as_str(), found))
    }
}

/// What a reader gives: the value, or what it found in the place of one.
type Read<T> = Result<T, String>;

/// A value that is not NULL, and its column.
#[derive(Clone, Copy)]
struct Cell<'r> {
    column: &'r Column,
    value: &'r Wire,
}

impl<'r> Cell<'r> {
    fn other<T>(self) -> Read<T> {
        let name = format!("{:?}", self.column.column_type());
        let name = name.trim_start_matches("MYSQL_TYPE_").to_lowercase();
        Err(format!("a column of type {name}"))
    }

    fn utf8(self) -> Read<&'r str> {
        match self.value {
            Wire::Bytes(bytes) => {
                std::str::from_utf8(bytes).map_err(|_| "text that is not UTF-8".to_owned())
            }
            _ => self.other(),
        }
    }

    /// The digits of a number that came as text.
    fn digits(self) -> Read<&'r str> {
        match is_number(self.column.column_type()) {
            true => self.utf8(),
            false => self.other(),
        }
    }

    fn bool(self) -> Read<bool> {
        match self.int() {
            Ok(value @ (0 | 1)) => Ok(value == 1),
            _ => self.other(),
        }
    }

    fn int(self) -> Read<i64> {
        match *self.value {
            Wire::Int(value) => Ok(value),
            Wire::UInt(value) => {
                i64::try_from(value).map_err(|_| "an integer above 2⁶³".to_owned())
            }
            Wire::Bytes(ref bytes) if self.column.column_type() == ColumnType::MYSQL_TYPE_BIT => {
                let bits = bytes.iter().try_fold(0_i64, |sum, byte| {
                    sum.checked_mul(256)?.checked_add(i64::from(*byte))
                });
                bits.ok_or_else(|| "more than 63 bits".to_owned())
            }
            // What SUM makes of integers.
            Wire::Bytes(_) => {
                let digits = self.digits()?;
                let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let integral = fraction.bytes().all(|digit| digit == b'0');
                let whole = whole.parse().ok().filter(|_| integral);
                whole.ok_or_else(|| "a number that is no 64-bit integer".to_owned())
            }
            _ => self.other(),
        }
    }

    fn float(self) -> Read<f64> {
        match *self.value {
            Wire::Double(value) => Ok(value),
            Wire::Float(value) => Ok(value.into()),
            #[allow(clippy::cast_precision_loss)] // a float was asked for
            Wire::Int(value) => Ok(value as f64),
            #[allow(clippy::cast_precision_loss)]
            Wire::UInt(value) => Ok(value as f64),
            _ => self.digits()?.parse().or_else(|_| self.other()),
        }
    }

    fn text(self) -> Read<&'r str> {
        match is_number(self.column.column_type()) {
            true => self.other(),
            false => self.utf8(),
        }
    }

    fn bytes(self) -> Read<&'r [u8]> {
        match self.value {
            Wire::Bytes(bytes) if !is_number(self.column.column_type()) => Ok(bytes),
            _ => self.other(),
        }
    }

    fn date(self) -> Read<i32> {
        match *self.value {
            Wire::Date(year, month, day, 0, 0, 0, 0) => civil(year, month, day),
            Wire::Bytes(_) => {
                parse_date(self.text()?).ok_or_else(|| "text that is no date".to_owned())
            }
            _ => self.other(),
        }
    }

    fn time(self) -> Read<i64> {
        match *self.value {
            Wire::Time(..) => match self.duration()? {
                micros @ 0..DAY_MICROS => Ok(micros),
                _ => Err("a time beyond one day".to_owned()),
            },
            Wire::Bytes(_) => {
                parse_time(self.text()?).ok_or_else(|| "text that is no time".to_owned())
            }
            _ => self.other(),
        }
    }

    fn date_time(self) -> Read<i64> {
        match *self.value {
            Wire::Date(year, month, day, hour, minute, second, micros) => {
                let days = i64::from(civil(year, month, day)?);
                let seconds = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
                Ok(days * DAY_MICROS + seconds * 1_000_000 + i64::from(micros))
            }
            Wire::Bytes(_) => {
                let parsed = parse_date_time(self.text()?);
                parsed.ok_or_else(|| "text that is no date and time".to_owned())
            }
            _ => self.other(),
        }
    }

    fn duration(self) -> Read<i64> {
        match *self.value {
            Wire::Time(negative, days, hours, minutes, seconds, micros) => {
                let hours = i64::from(days) * 24 + i64::from(hours);
                let seconds = (hours * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
                let micros = seconds * 1_000_000 + i64::from(micros);
                Ok(if negative { -micros } else { micros })
            }
            _ => self.int().or_else(|_| self.other()),
        }
    }

    fn decimal(self) -> Read<String> {
        match *self.value {
            Wire::Int(value) => Ok(value.to_string()),
            Wire::UInt(value) => Ok(value.to_string()),
            _ => self.utf8().map(|digits| written(digits).to_owned()),
        }
    }

    fn uuid(self) -> Read<[u8; 16]> {
        let bytes = self.bytes()?;
        if let Ok(bytes) = bytes.try_into() {
            return Ok(bytes);
        }
        parse_uuid(self.utf8()?).ok_or_else(|| "text that is no UUID".to_owned())
    }

    fn value(self, expected: ValueType) -> Read<Value> {
        match expected {
            ValueType::Bool => self
                .bool()
                .map(Value::Bool)
                .or_else(|_| self.int().map(Value::Int)),
            ValueType::Int => self.int().map(Value::Int),
            ValueType::Float => self.float().map(Value::Float),
            ValueType::Bytes => self.bytes().map(|bytes| Value::Bytes(bytes.to_owned())),
            ValueType::Date => self.date().map(Value::Date),
            ValueType::DateTime => self.date_time().map(Value::DateTime),
            ValueType::Time => self
                .time()
                .map(Value::Time)
                .or_else(|_| self.duration().map(Value::Duration)),
            ValueType::Duration => self.duration().map(Value::Duration),
            ValueType::Decimal => self.decimal().map(Value::Decimal),
            ValueType::Uuid => self.uuid().map(Value::Uuid),
            ValueType::Json => self.utf8().map(|text| Value::Json(text.to_owned())),
            ValueType::Text | ValueType::Inet => self.utf8().map(Value::from),
        }
    }
}

fn civil(year: u16, month: u8, day: u8) -> Read<i32> {
    if month == 0 || day == 0 {
        return Err(format!(
            "the date {year:04}-{month:02}-{day:02}, which is none"
        ));
    }
    Ok(days_from_civil(year.into(), month.into(), day.into()))
}

fn is_number(kind: ColumnType) -> bool {
    use ColumnType::*;
    matches!(
        kind,
        MYSQL_TYPE_TINY
            | MYSQL_TYPE_SHORT
            | MYSQL_TYPE_INT24
            | MYSQL_TYPE_LONG
            | MYSQL_TYPE_LONGLONG
            | MYSQL_TYPE_YEAR
            | MYSQL_TYPE_FLOAT
            | MYSQL_TYPE_DOUBLE
            | MYSQL_TYPE_DECIMAL
            | MYSQL_TYPE_NEWDECIMAL
            | MYSQL_TYPE_BIT
    )
}

/// The type of value that a column is read as where nobody asks for another.
fn value_type(column: &Column) -> ValueType {
    use ColumnType::*;
    let one_wide = column.column_length() == 1;
    match column.column_type() {
        MYSQL_TYPE_TINY | MYSQL_TYPE_BIT if one_wide => ValueType::Bool,
        MYSQL_TYPE_FLOAT | MYSQL_TYPE_DOUBLE => ValueType::Float,
        MYSQL_TYPE_DECIMAL | MYSQL_TYPE_NEWDECIMAL => ValueType::Decimal,
        MYSQL_TYPE_DATE | MYSQL_TYPE_NEWDATE => ValueType::Date,
        MYSQL_TYPE_TIME | MYSQL_TYPE_TIME2 => ValueType::Time,
        MYSQL_TYPE_DATETIME
        | MYSQL_TYPE_DATETIME2
        | MYSQL_TYPE_TIMESTAMP
        | MYSQL_TYPE_TIMESTAMP2 => ValueType::DateTime,
        MYSQL_TYPE_JSON => ValueType::Json,
        kind if is_number(kind) => ValueType::Int,
        _ if column.character_set() == BINARY
            && column.flags().contains(ColumnFlags::BINARY_FLAG) =>
        {
            ValueType::Bytes
        }
        _ => ValueType::Text,
    }
}

/// A decimal without the zeros that nobody wrote: what is computed has thirty places and more, whatever went in.
fn written(digits: &str) -> &str {
    match digits.split_once('.') {
        Some((_, places)) if 30 <= places.len() => {
            digits.trim_end_matches('0').trim_end_matches('.')
        }
        _ => digits,
    }
}
