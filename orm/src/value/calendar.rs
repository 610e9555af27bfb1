//! Dates and times as days and microseconds, and as the text that sorts: `2026-03-01 12:00:00.000001`.
//!
//! The conversion between days and civil dates is Howard Hinnant's (`chrono`-compatible low-level date algorithms).

use std::fmt::Write;

const DAY_MICROS: i64 = 86_400_000_000;

/// The year, month and day of a number of days since 1970-01-01.
pub fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (narrow(year), narrow(month), narrow(day))
}

/// The number of days since 1970-01-01 of a year, month and day.
pub fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    narrow(era * 146_097 + day_of_era - 719_468)
}

/// Narrows what the algorithms keep in range by construction.
fn narrow<T: TryFrom<i64> + Default>(value: i64) -> T {
    T::try_from(value).unwrap_or_default()
}

/// `2026-03-01`.
pub fn format_date(days: i32) -> String {
    let (year, month, day) = civil_from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `12:00:00`, with `.000001` where there is a fraction.
pub fn format_time(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let mut text = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction != 0 {
        let _ = write!(text, ".{fraction:06}");
    }
    text
}

/// `2026-03-01 12:00:00`, with `.000001` where there is a fraction: Django's form in SQLite.
pub fn format_date_time(micros: i64) -> String {
    let days = narrow::<i32>(micros.div_euclid(DAY_MICROS));
    format!(
        "{} {}",
        format_date(days),
        format_time(micros.rem_euclid(DAY_MICROS))
    )
}

/// The days of `2026-03-01`.
pub fn parse_date(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let days = days_from_civil(year, month, day);
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

/// The microseconds of `12:00`, `12:00:00` or `12:00:00.5`.
pub fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let (hours, minutes) = (
        parts.next()?.parse::<i64>().ok()?,
        parts.next()?.parse::<i64>().ok()?,
    );
    let (seconds, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    let seconds = seconds.parse::<i64>().ok()?;
    let in_range =
        (0..24).contains(&hours) && (0..60).contains(&minutes) && (0..60).contains(&seconds);
    in_range.then_some(())?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + parse_fraction(fraction)?)
}

fn parse_fraction(digits: &str) -> Option<i64> {
    if digits.is_empty() {
        return Some(0);
    }
    let digits = digits.get(..6).unwrap_or(digits);
    let exponent = u32::try_from(6 - digits.len()).ok()?;
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
    Some(digits.parse::<i64>().ok()? * 10_i64.pow(exponent))
}

/// The microseconds since the epoch of `2026-03-01 12:00:00.5`, `…T…`, with `Z`, `+02:00` or nothing (UTC) behind.
pub fn parse_date_time(text: &str) -> Option<i64> {
    let Some((date, rest)) = text.split_once([' ', 'T']) else {
        return Some(i64::from(parse_date(text)?) * DAY_MICROS);
    };
    let (time, offset) = split_offset(rest)?;
    Some(i64::from(parse_date(date)?) * DAY_MICROS + parse_time(time)? - offset)
}

/// A time and the offset behind it, in microseconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some((time, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (time, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    let hours = digits.get(..2)?.parse::<i64>().ok()?;
    let minutes = digits
        .get(2..4)
        .map_or(Some(0), |m| m.parse::<i64>().ok())?;
    Some((time, sign * (hours * 60 + minutes) * 60_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_civil_dates_agree() {
        assert_eq!(days_from_civil(1970, 1, 1), 0);
        assert_eq!(civil_from_days(-1), (1969, 12, 31));
        assert_eq!(format_date(days_from_civil(2024, 2, 29)), "2024-02-29");
        for days in (-800_000..800_000).step_by(97) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn text_reads_back() {
        let micros = parse_date_time("2026-03-01 12:34:56.000007").unwrap();
        assert_eq!(format_date_time(micros), "2026-03-01 12:34:56.000007");
        assert_eq!(
            parse_date_time("2026-03-01T14:34:56.000007+02:00"),
            Some(micros)
        );
        assert_eq!(parse_date_time("1969-12-31T23:59:59Z"), Some(-1_000_000));
        assert_eq!(format_date_time(-1_000_000), "1969-12-31 23:59:59");
        assert_eq!(parse_date("2025-02-29"), None);
        assert_eq!(parse_time("24:00:00"), None);
        assert_eq!(parse_time("12:30"), Some(45_000_000_000));
    }
}
