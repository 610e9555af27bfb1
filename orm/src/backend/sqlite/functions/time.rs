//! Functions of dates and times, in the form that is stored.

use rusqlite::types::Value;
use rusqlite::{Connection, Result};

use super::{scalar, text, wrong};
use crate::value::{format_date_time, format_time, parse_date, parse_date_time, parse_time};

const DAY_MICROS: i64 = 86_400_000_000;

pub(super) fn register(connection: &Connection) -> Result<()> {
    scalar(connection, "nuages_date_time_add", 2, |context| {
        let moved = micros(&text(context, 0))?.checked_add(context.get(1)?);
        // Before the year 1 and after 9999, text would no longer sort.
        let moved = moved
            .filter(|micros| (-62_135_596_800_000_000..253_402_300_800_000_000).contains(micros));
        moved
            .map(|micros| Value::Text(format_date_time(micros)))
            .ok_or_else(|| {
                wrong(format!(
                    "`{}` is moved beyond the years 1 to 9999",
                    text(context, 0)
                ))
            })
    })?;
    scalar(connection, "nuages_time_add", 2, |context| {
        let moved = micros(&text(context, 0))?.saturating_add(context.get(1)?);
        Ok(Value::Text(format_time(moved.rem_euclid(DAY_MICROS))))
    })?;
    scalar(connection, "nuages_micros", 1, |context| {
        Ok(Value::Integer(micros(&text(context, 0))?))
    })
}

/// Microseconds since 1970, or of a time since midnight.
fn micros(text: &str) -> Result<i64> {
    let of_day = |text| parse_date(text).map(|days| i64::from(days) * DAY_MICROS);
    let micros = of_day(text)
        .or_else(|| parse_date_time(text))
        .or_else(|| parse_time(text));
    micros.ok_or_else(|| wrong(format!("`{text}` is no date and no time")))
}
