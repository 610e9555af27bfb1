//! Parts of instants as a zone's clocks show them.

use std::marker::PhantomData;

use super::expr::{HasDate, HasTime};
use super::{Expr, Node};
use crate::ast::{DatePart, TruncUnit};
use crate::meta::FieldType;
use crate::meta::field_type::Like;

/// An instant in a time zone, made by [`Expr::in_zone`]: take a part of it.
#[derive(Debug, Clone)]
#[must_use = "an instant in a zone is no expression: take a part of it"]
pub struct Zoned<O, T> {
    node: Node,
    types: PhantomData<fn() -> (O, T)>,
}

/// The parts under the names that they have in UTC.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident => $part:ident),* $(,)?) => {
        $($(#[$doc])*
        pub fn $name(self) -> Expr<O, Like<T, i32>> {
            Expr::new(Node::Extract(DatePart::$part, Box::new(self.node)))
        })*
    };
}

impl<O, T: FieldType> Zoned<O, T> {
    parts!(
        /// The year.
        year => Year,
        /// The year that the ISO week belongs to.
        iso_year => IsoYear,
        /// The quarter, 1 to 4.
        quarter => Quarter,
        /// The month, 1 to 12.
        month => Month,
        /// The day of the month.
        day => Day,
        /// The ISO week, 1 to 53.
        week => Week,
        /// The day of the week, from 1 (Sunday) to 7 (Saturday).
        week_day => WeekDay,
        /// The day of the week, from 1 (Monday) to 7 (Sunday).
        iso_week_day => IsoWeekDay,
        /// The hour, 0 to 23.
        hour => Hour,
        /// The minute.
        minute => Minute,
        /// The second, without its fraction.
        second => Second,
    );

    /// Cut down to the instant at which the zone's year, month, day, … began.
    pub fn trunc(self, unit: TruncUnit) -> Expr<O, T> {
        Expr::new(Node::Truncate(unit, Box::new(self.node)))
    }
}

impl<O, T: FieldType> Expr<O, T>
where
    T::Base: HasDate + HasTime,
{
    /// The instant as a zone's clocks show it: `p.created_at().in_zone("Europe/Paris").hour()`. A zone is a name
    /// (PostgreSQL; MySQL and MariaDB where their tables of zones are filled; `Unsupported` on SQLite) or an offset,
    /// `+02:00`, on every database.
    ///
    /// | PostgreSQL | MySQL, MariaDB |
    /// |---|---|
    /// | `… AT TIME ZONE 'Europe/Paris'` | `CONVERT_TZ(…, 'UTC', 'Europe/Paris')` |
    pub fn in_zone(self, zone: impl Into<String>) -> Zoned<O, T> {
        Zoned {
            node: Node::InZone(Box::new(self.node), zone.into()),
            types: PhantomData,
        }
    }
}

#[cfg(feature = "chrono")]
impl<O, T: FieldType> Zoned<O, T> {
    /// The day.
    pub fn date(self) -> Expr<O, Like<T, chrono::NaiveDate>> {
        Expr::new(Node::DateOf(Box::new(self.node)))
    }

    /// The time of day.
    pub fn time(self) -> Expr<O, Like<T, chrono::NaiveTime>> {
        Expr::new(Node::TimeOf(Box::new(self.node)))
    }
}
