//! Values as parameters of MySQL's and MariaDB's statements.
//!
//! The forms are Django's: a UUID is 32 hexadecimal digits, a duration a number of microseconds, a decimal number, JSON
//! and an address their text. Dates and times are UTC, as the session is.

use mysql_async::Value as Wire;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Value, ValueType, civil_from_days, hex};

/// The microseconds of a day.
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// The value in the driver's form; its text and bytes are moved, not copied.
pub(super) fn to_wire(value: Value) -> Result<Wire> {
    Ok(match value {
        Value::Null(_) => Wire::NULL,
        Value::Bool(value) => Wire::Int(value.into()),
        Value::Int(value) | Value::Duration(value) => Wire::Int(value),
        Value::Float(value) if value.is_finite() => Wire::Double(value),
        Value::Float(value) => {
            return Err(unfit(
                ValueType::Float,
                format!("there is no {value} in MySQL and MariaDB"),
            ));
        }
        Value::Text(text) | Value::Decimal(text) | Value::Json(text) | Value::Inet(text) => {
            Wire::Bytes(text.into_bytes())
        }
        Value::Bytes(bytes) => Wire::Bytes(bytes),
        Value::Date(days) => date_time(days, 0)?,
        Value::DateTime(micros) => {
            let days = i32::try_from(micros.div_euclid(DAY_MICROS)).unwrap_or(i32::MAX);
            date_time(days, micros.rem_euclid(DAY_MICROS))?
        }
        Value::Time(micros) => {
            let [hour, minute, second] = clock(micros);
            Wire::Time(false, 0, hour, minute, second, fraction(micros))
        }
        Value::Uuid(bytes) => Wire::Bytes(hex(&bytes).into_bytes()),
        Value::List(..) => {
            return Err(unfit(
                ValueType::Text,
                "a list takes one placeholder for each member",
            ));
        }
    })
}

fn unfit(value_type: ValueType, why: impl Into<String>) -> Error {
    Error::new(ErrorKind::Encode {
        what: value_type.as_str().to_owned(),
        why: why.into(),
    })
}

fn date_time(days: i32, micros: i64) -> Result<Wire> {
    let (year, month, day) = civil_from_days(days);
    let year = u16::try_from(year).ok().filter(|year| *year <= 9999);
    let why = "MySQL and MariaDB take the years 0 to 9999";
    let year = year.ok_or_else(|| unfit(ValueType::DateTime, why))?;
    let [hour, minute, second] = clock(micros);
    let fraction = fraction(micros);
    Ok(Wire::Date(
        year,
        narrow(month),
        narrow(day),
        hour,
        minute,
        second,
        fraction,
    ))
}

/// Hour, minute and second of microseconds since midnight.
fn clock(micros: i64) -> [u8; 3] {
    let seconds = micros / 1_000_000;
    [seconds / 3600, seconds / 60 % 60, seconds % 60].map(narrow)
}

fn fraction(micros: i64) -> u32 {
    narrow(micros % 1_000_000)
}

/// Narrows what is in range by construction.
fn narrow<T: Default, N: TryInto<T>>(number: N) -> T {
    number.try_into().unwrap_or_default()
}
