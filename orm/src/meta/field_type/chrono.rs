//! `chrono`'s dates and times.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};

use super::{FieldType, KeyType, decode_error, encode_error};
use crate::error::Result;
use crate::meta::FieldKind;
use crate::value::{RowCursor, Value};

/// The days from the common era's first to 1970-01-01.
const EPOCH: i32 = 719_163;

#[diagnostic::do_not_recommend]
impl FieldType for DateTime<Utc> {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::DateTime;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::DateTime(self.timestamp_micros()))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(micros) = row.date_time(column)? else {
            return Ok(None);
        };
        DateTime::from_timestamp_micros(micros)
            .map(Some)
            .ok_or_else(|| {
                decode_error(row, column, "a date and time", "one out of chrono's range")
            })
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for NaiveDate {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Date;

    fn to_value(&self) -> Result<Value> {
        Ok(Value::Date(self.num_days_from_ce() - EPOCH))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(days) = row.date(column)? else {
            return Ok(None);
        };
        days.checked_add(EPOCH)
            .and_then(NaiveDate::from_num_days_from_ce_opt)
            .map(Some)
            .ok_or_else(|| decode_error(row, column, "a date", "one out of chrono's range"))
    }
}

impl KeyType for NaiveDate {}

#[diagnostic::do_not_recommend]
impl FieldType for NaiveTime {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Time;

    fn to_value(&self) -> Result<Value> {
        let seconds = i64::from(self.num_seconds_from_midnight());
        Ok(Value::Time(
            seconds * 1_000_000 + i64::from(self.nanosecond() / 1_000),
        ))
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        let Some(micros) = row.time(column)? else {
            return Ok(None);
        };
        let seconds = u32::try_from(micros.div_euclid(1_000_000)).ok();
        let nanos = u32::try_from(micros.rem_euclid(1_000_000) * 1_000).ok();
        seconds
            .zip(nanos)
            .and_then(|(s, n)| NaiveTime::from_num_seconds_from_midnight_opt(s, n))
            .map(Some)
            .ok_or_else(|| decode_error(row, column, "a time of day", format!("{micros} µs")))
    }
}

#[diagnostic::do_not_recommend]
impl FieldType for TimeDelta {
    type Base = Self;
    type Nullable = Option<Self>;
    const KIND: FieldKind = FieldKind::Duration;

    fn to_value(&self) -> Result<Value> {
        self.num_microseconds().map(Value::Duration).ok_or_else(|| {
            encode_error(
                format!("the duration {self}"),
                "it is longer than 292,000 years",
            )
        })
    }

    fn read(row: &mut dyn RowCursor, column: usize) -> Result<Option<Self>> {
        Ok(row.duration(column)?.map(TimeDelta::microseconds))
    }
}
