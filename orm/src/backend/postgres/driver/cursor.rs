//! A row of PostgreSQL, read in place from the bytes that arrived.
//!
//! All columns come in binary. A cell is the bytes together with the type that the server declared; each reader takes
//! every type whose values it can give without loss, and names the type that it found otherwise.

use std::net::{Ipv4Addr, Ipv6Addr};

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Kind, Type};

use super::numeric;
use super::value::{DAY_MICROS, EPOCH_DAYS, EPOCH_MICROS};
use crate::driver::RowCursor;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, ValueType, parse_uuid};

/// A row under the cursor.
pub(super) struct Cursor<'r>(pub(super) &'r Row);

/// The undecoded bytes of a column of any type.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl<'r> Cursor<'r> {
    fn cell(&self, column: usize) -> Result<Option<Cell<'r>>> {
        let (Some(meta), Ok(raw)) = (
            self.0.columns().get(column),
            self.0.try_get::<_, Option<Raw<'r>>>(column),
        ) else {
            let found = format!("a row of {} columns", self.0.len());
            return Err(self.mismatch(column, "a column at this position", found));
        };
        Ok(raw.map(|Raw(raw)| Cell {
            kind: meta.type_(),
            raw,
        }))
    }

    fn read<T>(
        &self,
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

    fn mismatch(&self, column: usize, expected: &str, found: String) -> Error {
        let name = self.0.columns().get(column).map(|c| c.name().to_owned());
        Error::new(ErrorKind::Decode {
            column: name.unwrap_or_else(|| (column + 1).to_string()),
            expected: expected.to_owned(),
            found,
        })
    }
}

impl RowCursor for Cursor<'_> {
    fn width(&self) -> usize {
        self.0.len()
    }

    fn column_name(&self, column: usize) -> &str {
        self.0.columns().get(column).map_or("", |c| c.name())
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
        self.read(column, ValueType::Json, |cell| {
            cell.json().map(str::to_owned)
        })
    }

    fn inet(&mut self, column: usize) -> Result<Option<String>> {
        self.read(column, ValueType::Inet, |cell| cell.inet(false))
    }

    fn value(&mut self, column: usize) -> Result<Value> {
        let Some(cell) = self.cell(column)? else {
            let kind = self.0.columns().get(column).map(|c| value_type(c.type_()));
            return Ok(Value::Null(kind.flatten().unwrap_or(ValueType::Text)));
        };
        cell.value().map_err(|found| {
            self.mismatch(
                column,
                "a type that has a value here (cast it in the SQL: `::text`)",
                found,
            )
        })
    }
}

/// What a reader gives: the value, or what it found in the place of one.
type Read<T> = Result<T, String>;

/// The bytes of one value and their type.
#[derive(Clone, Copy)]
struct Cell<'r> {
    kind: &'r Type,
    raw: &'r [u8],
}

impl<'r> Cell<'r> {
    fn other<T>(self) -> Read<T> {
        Err(format!("a column of type {}", self.kind))
    }

    fn fixed<const N: usize>(self) -> Read<[u8; N]> {
        self.raw
            .try_into()
            .map_err(|_| format!("{} bytes as {}", self.raw.len(), self.kind))
    }

    fn utf8(self) -> Read<&'r str> {
        std::str::from_utf8(self.raw).map_err(|_| "text that is not UTF-8".to_owned())
    }

    fn bool(self) -> Read<bool> {
        match *self.kind {
            Type::BOOL => Ok(self.fixed::<1>()?[0] != 0),
            _ => match self.int() {
                Ok(value @ (0 | 1)) => Ok(value == 1),
                _ => self.other(),
            },
        }
    }

    fn int(self) -> Read<i64> {
        match *self.kind {
            Type::INT8 => Ok(i64::from_be_bytes(self.fixed()?)),
            Type::INT4 => Ok(i32::from_be_bytes(self.fixed()?).into()),
            Type::INT2 => Ok(i16::from_be_bytes(self.fixed()?).into()),
            Type::OID => Ok(u32::from_be_bytes(self.fixed()?).into()),
            // What SUM makes of bigint.
            Type::NUMERIC => {
                let text = self.numeric()?;
                let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
                let integral = fraction.bytes().all(|digit| digit == b'0');
                let whole = whole.parse().ok().filter(|_| integral);
                whole.ok_or_else(|| "a numeric that is no 64-bit integer".to_owned())
            }
            _ => self.other(),
        }
    }

    fn float(self) -> Read<f64> {
        match *self.kind {
            Type::FLOAT8 => Ok(f64::from_be_bytes(self.fixed()?)),
            Type::FLOAT4 => Ok(f32::from_be_bytes(self.fixed()?).into()),
            Type::NUMERIC => self.numeric()?.parse().or_else(|_| self.other()),
            #[allow(clippy::cast_precision_loss)] // a float was asked for
            Type::INT8 | Type::INT4 | Type::INT2 => Ok(self.int()? as f64),
            _ => self.other(),
        }
    }

    fn text(self) -> Read<&'r str> {
        match is_text(self.kind) {
            true => self.utf8(),
            false => self.other(),
        }
    }

    fn bytes(self) -> Read<&'r [u8]> {
        match *self.kind {
            Type::BYTEA => Ok(self.raw),
            _ => self.other(),
        }
    }

    fn date(self) -> Read<i32> {
        match *self.kind {
            Type::DATE => {
                let days = i32::from_be_bytes(self.fixed()?);
                let finite = days != i32::MAX && days != i32::MIN;
                let days = days.checked_add(EPOCH_DAYS).filter(|_| finite);
                days.ok_or_else(|| "infinity".to_owned())
            }
            _ => self.other(),
        }
    }

    fn time(self) -> Read<i64> {
        match *self.kind {
            Type::TIME => Ok(i64::from_be_bytes(self.fixed()?)),
            _ => self.other(),
        }
    }

    fn date_time(self) -> Read<i64> {
        match *self.kind {
            // A timestamp without time zone is read as UTC, which every session here is in.
            Type::TIMESTAMPTZ | Type::TIMESTAMP => {
                let micros = i64::from_be_bytes(self.fixed()?);
                let finite = micros != i64::MAX && micros != i64::MIN;
                let micros = micros.checked_add(EPOCH_MICROS).filter(|_| finite);
                micros.ok_or_else(|| "infinity".to_owned())
            }
            _ => self.other(),
        }
    }

    fn duration(self) -> Read<i64> {
        match *self.kind {
            Type::INTERVAL => {
                let raw = self.fixed::<16>()?;
                let [micros, day_and_month] = halves(raw);
                let (days, months) = (day_and_month >> 32, day_and_month & 0xFFFF_FFFF);
                if months != 0 {
                    return Err("an interval with months, which have no fixed length".to_owned());
                }
                let days = days.checked_mul(DAY_MICROS);
                let sum = days.and_then(|days| micros.checked_add(days));
                sum.ok_or_else(|| "an interval beyond 292,000 years".to_owned())
            }
            _ => self.int().or_else(|_| self.other()),
        }
    }

    fn numeric(self) -> Read<String> {
        numeric::to_text(self.raw).ok_or_else(|| "a malformed numeric".to_owned())
    }

    fn decimal(self) -> Read<String> {
        match *self.kind {
            Type::NUMERIC => {
                let text = self.numeric()?;
                match is_finite(&text) {
                    true => Ok(text),
                    false => Err(text),
                }
            }
            Type::INT8 | Type::INT4 | Type::INT2 => Ok(self.int()?.to_string()),
            _ => self.text().map(str::to_owned),
        }
    }

    fn uuid(self) -> Read<[u8; 16]> {
        match *self.kind {
            Type::UUID => self.fixed(),
            Type::BYTEA => self.fixed(),
            _ => parse_uuid(self.text()?).ok_or_else(|| "text that is no UUID".to_owned()),
        }
    }

    fn json(self) -> Read<&'r str> {
        match *self.kind {
            Type::JSON => self.utf8(),
            // The first byte is the version of the format.
            Type::JSONB => match self.raw.split_first() {
                Some((1, raw)) => Cell { raw, ..self }.utf8(),
                _ => self.other(),
            },
            _ => self.text(),
        }
    }

    /// Family, prefix length, whether it is a network, count of bytes, and the address.
    fn inet(self, with_prefix: bool) -> Read<String> {
        if !matches!(*self.kind, Type::INET | Type::CIDR) {
            return self.text().map(str::to_owned);
        }
        let (address, full) = match *self.raw {
            [_, _, _, 4, ref address @ ..] => (
                address
                    .try_into()
                    .ok()
                    .map(|a: [u8; 4]| Ipv4Addr::from(a).to_string()),
                32,
            ),
            [_, _, _, 16, ref address @ ..] => (
                address
                    .try_into()
                    .ok()
                    .map(|a: [u8; 16]| Ipv6Addr::from(a).to_string()),
                128,
            ),
            _ => (None, 0),
        };
        match (address, self.raw.get(1)) {
            (Some(address), Some(prefix)) if with_prefix && *prefix != full => {
                Ok(format!("{address}/{prefix}"))
            }
            (Some(address), _) => Ok(address),
            (None, _) => Err("a malformed address".to_owned()),
        }
    }

    fn value(self) -> Read<Value> {
        if let Kind::Array(members) = self.kind.kind() {
            return self.array(members);
        }
        match value_type(self.kind) {
            Some(ValueType::Bool) => self.bool().map(Value::Bool),
            Some(ValueType::Int) => self.int().map(Value::Int),
            Some(ValueType::Float) => self.float().map(Value::Float),
            Some(ValueType::Text) => self.text().map(Value::from),
            Some(ValueType::Bytes) => self.bytes().map(|bytes| Value::Bytes(bytes.to_owned())),
            Some(ValueType::Date) => self.date().map(Value::Date),
            Some(ValueType::Time) => self.time().map(Value::Time),
            Some(ValueType::DateTime) => self.date_time().map(Value::DateTime),
            Some(ValueType::Duration) => self.duration().map(Value::Duration),
            Some(ValueType::Decimal) => {
                let text = self.numeric()?;
                match is_finite(&text) {
                    true => Ok(Value::Decimal(text)),
                    false => self.float().map(Value::Float),
                }
            }
            Some(ValueType::Uuid) => self.uuid().map(Value::Uuid),
            Some(ValueType::Json) => self.json().map(|text| Value::Json(text.to_owned())),
            Some(ValueType::Inet) => self.inet(true).map(Value::Inet),
            None => self.other(),
        }
    }

    /// Dimensions, a flag, the members' type, then length and first index of each dimension, then the members.
    fn array(self, members: &'r Type) -> Read<Value> {
        let malformed = || "a malformed array".to_owned();
        let members_type = value_type(members).ok_or_else(|| format!("an array of {members}"))?;
        let mut rest = self.raw;
        let mut word = || {
            let (word, tail) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
            rest = tail;
            Ok::<_, String>(i32::from_be_bytes(*word))
        };
        let (dimensions, _flags, _type) = (word()?, word()?, word()?);
        match dimensions {
            0 => return Ok(Value::List(members_type, Vec::new())),
            1 => {}
            _ => return Err(format!("an array of {dimensions} dimensions")),
        }
        let (count, _first) = (word()?, word()?);
        let mut values = Vec::new();
        for _ in 0..count {
            let (length, tail) = rest.split_first_chunk::<4>().ok_or_else(malformed)?;
            rest = tail;
            let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
                values.push(Value::Null(members_type));
                continue;
            };
            let (raw, tail) = rest.split_at_checked(length).ok_or_else(malformed)?;
            rest = tail;
            values.push(Cell { kind: members, raw }.value()?);
        }
        Ok(Value::List(members_type, values))
    }
}

fn halves(raw: [u8; 16]) -> [i64; 2] {
    let whole = u128::from_be_bytes(raw);
    #[allow(clippy::cast_possible_truncation)] // each is one half
    [(whole >> 64) as u64, whole as u64].map(u64::cast_signed)
}

fn is_finite(number: &str) -> bool {
    !number.ends_with(['N', 'y'])
}

/// Whether a type's binary form is its text.
fn is_text(kind: &Type) -> bool {
    match *kind {
        // What a function without a result gives is the empty text.
        Type::VOID
        | Type::TEXT
        | Type::VARCHAR
        | Type::BPCHAR
        | Type::NAME
        | Type::UNKNOWN
        | Type::XML => true,
        _ => matches!(kind.kind(), Kind::Enum(_)) || kind.name() == "citext",
    }
}

/// The type of value that a PostgreSQL type is read as where nobody asks for another.
fn value_type(kind: &Type) -> Option<ValueType> {
    Some(match *kind {
        Type::BOOL => ValueType::Bool,
        Type::INT8 | Type::INT4 | Type::INT2 | Type::OID => ValueType::Int,
        Type::FLOAT8 | Type::FLOAT4 => ValueType::Float,
        Type::BYTEA => ValueType::Bytes,
        Type::DATE => ValueType::Date,
        Type::TIME => ValueType::Time,
        Type::TIMESTAMPTZ | Type::TIMESTAMP => ValueType::DateTime,
        Type::INTERVAL => ValueType::Duration,
        Type::NUMERIC => ValueType::Decimal,
        Type::UUID => ValueType::Uuid,
        Type::JSONB | Type::JSON => ValueType::Json,
        Type::INET | Type::CIDR => ValueType::Inet,
        _ if is_text(kind) => ValueType::Text,
        _ => return None,
    })
}
