//! The instant of a write: the same for all its objects and all their `auto_now` fields.

use std::time::{SystemTime, UNIX_EPOCH};

use super::insert::set_value;
use crate::error::Result;
use crate::meta::{FieldKind, FieldMeta};
use crate::model::Model;
use crate::value::Value;

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// An instant, in microseconds since 1970, as columns hold them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(i64);

impl Moment {
    pub(super) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Moment(since.map_or(0, |since| {
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        }))
    }

    /// The instant as the value of a field.
    pub(super) fn value(self, field: &FieldMeta) -> Value {
        match field.kind {
            FieldKind::Date => {
                let days = i32::try_from(self.0.div_euclid(MICROS_OF_DAY));
                Value::Date(days.unwrap_or(i32::MAX))
            }
            FieldKind::Time => Value::Time(self.0.rem_euclid(MICROS_OF_DAY)),
            _ => Value::DateTime(self.0),
        }
    }

    /// Sets the fields that hold the time of the first save.
    pub(super) fn stamp_new<M: Model>(self, object: &mut M) -> Result<()> {
        self.stamp(object, |_, field| {
            field.options.auto_now || field.options.auto_now_add
        })
    }

    /// Sets the fields that hold the time of the last save, if they are among those that are written.
    pub(super) fn stamp_saved<M: Model>(self, object: &mut M, written: &[usize]) -> Result<()> {
        self.stamp(object, |position, field| {
            field.options.auto_now && written.contains(&position)
        })
    }

    fn stamp<M: Model>(
        self,
        object: &mut M,
        is_meant: impl Fn(usize, &FieldMeta) -> bool,
    ) -> Result<()> {
        for (position, field) in M::meta().columns() {
            if is_meant(position, field) {
                set_value(object, position, self.value(field))?;
            }
        }
        Ok(())
    }
}
