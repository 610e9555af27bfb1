//! Dates and times as SQLite holds them: parts of text that sorts. SQLite's own functions round instants to
//! milliseconds, which could carry the last moment of a year into the next, so they are only asked about days.

use crate::ast::{DatePart, Expr, Temporal, TemporalOp, TruncUnit};
use crate::error::Result;
use crate::sql::{Clock, Moment, Writer};

const MINUTE_MICROS: i64 = 60_000_000;

/// A number of a date or a time.
pub(super) fn extract(w: &mut Writer<'_>, part: DatePart, moment: &Moment<'_>) -> Result<()> {
    let time_at = if moment.kind == Temporal::Time { 1 } else { 12 };
    let two = |w: &mut Writer<'_>, at: usize| -> Result<()> {
        w.push("CAST(SUBSTR(");
        local(w, moment)?;
        w.push(&format!(", {at}, 2) AS INTEGER)"));
        Ok(())
    };
    let (before, after) = match part {
        DatePart::Month => return two(w, 6),
        DatePart::Day => return two(w, 9),
        DatePart::Hour => return two(w, time_at),
        DatePart::Minute => return two(w, time_at + 3),
        DatePart::Second => return two(w, time_at + 6),
        DatePart::Year => ("CAST(SUBSTR(", ", 1, 4) AS INTEGER)"),
        DatePart::Quarter => ("((CAST(SUBSTR(", ", 6, 2) AS INTEGER) + 2) / 3)"),
        DatePart::WeekDay => ("(STRFTIME('%w', SUBSTR(", ", 1, 10)) + 1)"),
        DatePart::IsoWeekDay => ("((STRFTIME('%w', SUBSTR(", ", 1, 10)) + 6) % 7 + 1)"),
        // The ISO week belongs to the year of its Thursday.
        DatePart::IsoYear => (
            "CAST(STRFTIME('%Y', SUBSTR(",
            ", 1, 10), '-3 days', 'weekday 4') AS INTEGER)",
        ),
        DatePart::Week => (
            "((STRFTIME('%j', SUBSTR(",
            ", 1, 10), '-3 days', 'weekday 4') - 1) / 7 + 1)",
        ),
    };
    w.push(before);
    local(w, moment)?;
    w.push(after);
    Ok(())
}

/// A date or a time cut down.
pub(super) fn truncate(w: &mut Writer<'_>, unit: TruncUnit, moment: &Moment<'_>) -> Result<()> {
    let offset = moment
        .zone_beyond_utc()
        .and(moment.offset_minutes())
        .unwrap_or(0);
    w.push(if offset == 0 {
        "("
    } else {
        "NUAGES_DATE_TIME_ADD("
    });
    let end_of_time = if moment.kind == Temporal::Time { 0 } else { 11 };
    let cut = |w: &mut Writer<'_>, length: usize, rest: &str| -> Result<()> {
        w.push("SUBSTR(");
        local(w, moment)?;
        w.push(&format!(", 1, {length}){rest}"));
        Ok(())
    };
    match unit {
        TruncUnit::Year => cut(w, 4, " || '-01-01'")?,
        TruncUnit::Month => cut(w, 7, " || '-01'")?,
        TruncUnit::Day => cut(w, 10, "")?,
        TruncUnit::Hour => cut(w, end_of_time + 2, " || ':00:00'")?,
        TruncUnit::Minute => cut(w, end_of_time + 5, " || ':00'")?,
        TruncUnit::Second => cut(w, end_of_time + 8, "")?,
        TruncUnit::Quarter => {
            cut(w, 5, " || SUBSTR('01040710', (CAST(SUBSTR(")?;
            local(w, moment)?;
            w.push(", 6, 2) AS INTEGER) + 2) / 3 * 2 - 1, 2) || '-01'");
        }
        TruncUnit::Week => {
            w.push("DATE(");
            cut(w, 10, ", '-6 days', 'weekday 1')")?;
        }
    }
    if moment.kind == Temporal::DateTime && !unit.is_of_time() {
        w.push(" || ' 00:00:00'");
    }
    if offset != 0 {
        w.push(&format!(", {}", -offset * MINUTE_MICROS));
    }
    w.push(")");
    Ok(())
}

/// The day or the time of day of an instant.
pub(super) fn clock(w: &mut Writer<'_>, half: Clock, moment: &Moment<'_>) -> Result<()> {
    w.push("SUBSTR(");
    local(w, moment)?;
    w.push(match half {
        Clock::Date => ", 1, 10)",
        Clock::Time => ", 12)",
    });
    Ok(())
}

/// Arithmetic with dates and times; durations are microseconds.
pub(super) fn arithmetic(
    w: &mut Writer<'_>,
    op: TemporalOp,
    left: &Moment<'_>,
    right: &Expr,
) -> Result<()> {
    let template = match (op, left.kind) {
        (TemporalOp::Add, Temporal::Time) => "NUAGES_TIME_ADD({0}, {1})",
        (TemporalOp::Subtract, Temporal::Time) => "NUAGES_TIME_ADD({0}, -{1})",
        (TemporalOp::Add, _) => "NUAGES_DATE_TIME_ADD({0}, {1})",
        (TemporalOp::Subtract, _) => "NUAGES_DATE_TIME_ADD({0}, -{1})",
        (TemporalOp::Difference, _) => "NUAGES_MICROS({0}) - NUAGES_MICROS({1})",
    };
    w.template(template, &[left.expr, right])
}

/// The text of a date or a time as it is seen in its zone, which can only be an offset.
fn local(w: &mut Writer<'_>, moment: &Moment<'_>) -> Result<()> {
    match (moment.zone_beyond_utc(), moment.offset_minutes()) {
        (None, _) => w.atom(moment.expr),
        (Some(_), Some(minutes)) => {
            w.template("NUAGES_DATE_TIME_ADD({0}, ", &[moment.expr])?;
            w.push(&format!("{})", minutes * MINUTE_MICROS));
            Ok(())
        }
        (Some(zone), None) => {
            Err(w.unsupported(format!("the zone `{zone}` (only offsets like `+02:00`)")))
        }
    }
}
