//! Dates and times in MySQL and MariaDB: instants are stored in UTC, without a zone.

use crate::ast::{DatePart, Expr, Temporal, TemporalOp, TruncUnit};
use crate::error::Result;
use crate::sql::{Clock, Moment, Writer};

/// A number of a date or a time.
pub(super) fn extract(w: &mut Writer<'_>, part: DatePart, moment: &Moment<'_>) -> Result<()> {
    let (before, after) = match part {
        DatePart::Year => ("EXTRACT(YEAR FROM ", ")"),
        // Mode 3 is ISO 8601's.
        DatePart::IsoYear => ("(YEARWEEK(", ", 3) DIV 100)"),
        DatePart::Quarter => ("QUARTER(", ")"),
        DatePart::Month => ("MONTH(", ")"),
        DatePart::Week => ("WEEK(", ", 3)"),
        DatePart::WeekDay => ("DAYOFWEEK(", ")"),
        DatePart::IsoWeekDay => ("(WEEKDAY(", ") + 1)"),
        DatePart::Day => ("DAYOFMONTH(", ")"),
        DatePart::Hour => ("HOUR(", ")"),
        DatePart::Minute => ("MINUTE(", ")"),
        DatePart::Second => ("SECOND(", ")"),
    };
    w.push(before);
    local(w, moment)?;
    w.push(after);
    Ok(())
}

/// A date or a time cut down.
pub(super) fn truncate(w: &mut Writer<'_>, unit: TruncUnit, moment: &Moment<'_>) -> Result<()> {
    let zone = moment
        .zone_beyond_utc()
        .filter(|_| moment.kind == Temporal::DateTime);
    w.push(if zone.is_some() {
        "CONVERT_TZ(CAST("
    } else {
        "CAST("
    });
    let formatted = |w: &mut Writer<'_>, format: &str| -> Result<()> {
        let function = if moment.kind == Temporal::Time {
            "TIME_FORMAT("
        } else {
            "DATE_FORMAT("
        };
        w.push(function);
        local(w, moment)?;
        w.push(", '");
        w.push(format);
        w.push("')");
        Ok(())
    };
    match (unit, moment.kind) {
        (TruncUnit::Year, _) => formatted(w, "%Y-01-01")?,
        (TruncUnit::Month, _) => formatted(w, "%Y-%m-01")?,
        (TruncUnit::Day, _) => formatted(w, "%Y-%m-%d")?,
        (TruncUnit::Hour, Temporal::Time) => formatted(w, "%H:00:00")?,
        (TruncUnit::Minute, Temporal::Time) => formatted(w, "%H:%i:00")?,
        (TruncUnit::Second, Temporal::Time) => formatted(w, "%H:%i:%s")?,
        (TruncUnit::Hour, _) => formatted(w, "%Y-%m-%d %H:00:00")?,
        (TruncUnit::Minute, _) => formatted(w, "%Y-%m-%d %H:%i:00")?,
        (TruncUnit::Second, _) => formatted(w, "%Y-%m-%d %H:%i:%s")?,
        (TruncUnit::Quarter, _) => {
            w.push("MAKEDATE(YEAR(");
            local(w, moment)?;
            w.push("), 1) + INTERVAL (QUARTER(");
            local(w, moment)?;
            w.push(") - 1) QUARTER");
        }
        (TruncUnit::Week, _) => {
            w.push("DATE(");
            local(w, moment)?;
            w.push(") - INTERVAL WEEKDAY(");
            local(w, moment)?;
            w.push(") DAY");
        }
    }
    w.push(match moment.kind {
        Temporal::Date => " AS DATE)",
        Temporal::Time => " AS TIME(6))",
        Temporal::DateTime => " AS DATETIME(6))",
    });
    if let Some(zone) = zone {
        w.push(", ");
        w.string(zone);
        w.push(", '+00:00')");
    }
    Ok(())
}

/// The day or the time of day of an instant.
pub(super) fn clock(w: &mut Writer<'_>, half: Clock, moment: &Moment<'_>) -> Result<()> {
    w.push(match half {
        Clock::Date => "DATE(",
        Clock::Time => "TIME(",
    });
    local(w, moment)?;
    w.push(")");
    Ok(())
}

/// Arithmetic with dates and times; durations are microseconds. A time of day stays within its day.
pub(super) fn arithmetic(
    w: &mut Writer<'_>,
    op: TemporalOp,
    left: &Moment<'_>,
    right: &Expr,
) -> Result<()> {
    let template = match (op, left.kind) {
        (TemporalOp::Add, Temporal::Time) => {
            "TIME(TIMESTAMP('2000-01-01', {0}) + INTERVAL {1} MICROSECOND)"
        }
        (TemporalOp::Subtract, Temporal::Time) => {
            "TIME(TIMESTAMP('2000-01-01', {0}) - INTERVAL {1} MICROSECOND)"
        }
        (TemporalOp::Difference, Temporal::Time) => {
            "TIMESTAMPDIFF(MICROSECOND, TIMESTAMP('2000-01-01', {1}), TIMESTAMP('2000-01-01', {0}))"
        }
        (TemporalOp::Add, _) => "{0} + INTERVAL {1} MICROSECOND",
        (TemporalOp::Subtract, _) => "{0} - INTERVAL {1} MICROSECOND",
        (TemporalOp::Difference, _) => "TIMESTAMPDIFF(MICROSECOND, {1}, {0})",
    };
    w.template(template, &[left.expr, right])
}

/// A date or a time as it is seen in its zone. Zones with names need the server's tables of them to be filled; without
/// them CONVERT_TZ is NULL.
fn local(w: &mut Writer<'_>, moment: &Moment<'_>) -> Result<()> {
    let Some(zone) = moment
        .zone_beyond_utc()
        .filter(|_| moment.kind == Temporal::DateTime)
    else {
        return w.expr(moment.expr);
    };
    w.push("CONVERT_TZ(");
    w.expr(moment.expr)?;
    w.push(", '+00:00', ");
    w.string(zone);
    w.push(")");
    Ok(())
}
