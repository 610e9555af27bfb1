//! Parts of dates and times, and arithmetic with them.

/// What kind of date or time an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Temporal {
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// An instant, in UTC.
    DateTime,
}

/// A number that a date or a time has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DatePart {
    /// The year.
    Year,
    /// The year that the ISO week belongs to.
    IsoYear,
    /// 1 to 4.
    Quarter,
    /// 1 to 12.
    Month,
    /// The ISO week, 1 to 53.
    Week,
    /// 1 (Sunday) to 7 (Saturday).
    WeekDay,
    /// 1 (Monday) to 7 (Sunday).
    IsoWeekDay,
    /// 1 to 31.
    Day,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59, without the fraction.
    Second,
}

impl DatePart {
    /// Whether it is a part of a time of day, and not of a day.
    pub const fn is_of_time(self) -> bool {
        matches!(self, DatePart::Hour | DatePart::Minute | DatePart::Second)
    }
}

/// What a date or a time is cut down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TruncUnit {
    /// The first of January.
    Year,
    /// The first day of the quarter.
    Quarter,
    /// The first of the month.
    Month,
    /// The week's Monday.
    Week,
    /// Midnight.
    Day,
    /// The full hour.
    Hour,
    /// The full minute.
    Minute,
    /// The full second.
    Second,
}

impl TruncUnit {
    /// Whether it cuts the time of day, and not the day.
    pub const fn is_of_time(self) -> bool {
        matches!(
            self,
            TruncUnit::Hour | TruncUnit::Minute | TruncUnit::Second
        )
    }
}

/// Arithmetic with dates and times. A date plus a duration is an instant, as in Django.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemporalOp {
    /// A date or time plus a duration.
    Add,
    /// A date or time minus a duration.
    Subtract,
    /// The duration between two dates or times: the first minus the second.
    Difference,
}
