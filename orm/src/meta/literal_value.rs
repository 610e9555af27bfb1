//! What a literal means for a field: the value that its column holds.

use base64::Engine;

use super::{FieldKind, Literal};
use crate::error::{Error, Result};
use crate::value::{Value, parse_date, parse_date_time, parse_time};

/// The value that a literal is for a column of a kind.
///
/// # Errors
/// If it is none: the message says what was expected.
pub fn value_of(kind: FieldKind, literal: &Literal) -> Result<Value> {
    let wrong = |expected: &str| {
        Error::query(format!(
            "{} is no value of a {} field: it must be {expected}",
            json_of(literal),
            kind.as_str()
        ))
    };
    if kind == FieldKind::Json {
        return Ok(Value::Json(json_of(literal).to_string()));
    }
    let text = || literal.as_text();
    Ok(match kind {
        FieldKind::Boolean => match literal {
            Literal::Bool(value) => Value::Bool(*value),
            _ => return Err(wrong("true or false")),
        },
        FieldKind::Float => match literal {
            Literal::Float(value) => Value::Float(*value),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a whole number was written where a fraction may stand"
            )]
            Literal::Int(value) => Value::Float(*value as f64),
            _ => return Err(wrong("a number")),
        },
        FieldKind::Decimal => match literal {
            Literal::Text(digits) if is_decimal(digits) => Value::Decimal(digits.clone()),
            Literal::Int(value) => Value::Decimal(value.to_string()),
            Literal::Float(value) => Value::Decimal(value.to_string()),
            _ => return Err(wrong("digits in quotes")),
        },
        FieldKind::Date => Value::Date(
            text()
                .and_then(parse_date)
                .ok_or_else(|| wrong("a date such as 2026-03-01"))?,
        ),
        FieldKind::Time => Value::Time(
            text()
                .and_then(parse_time)
                .ok_or_else(|| wrong("a time such as 12:00:00"))?,
        ),
        FieldKind::DateTime => Value::DateTime(
            text()
                .and_then(parse_date_time)
                .ok_or_else(|| wrong("a time such as 2026-03-01T12:00:00Z"))?,
        ),
        FieldKind::Duration => Value::Duration(
            text()
                .and_then(parse_duration)
                .ok_or_else(|| wrong("a duration such as P1DT2H3M4.5S"))?,
        ),
        FieldKind::Uuid => Value::Uuid(text().and_then(parse_uuid).ok_or_else(|| wrong("a UUID"))?),
        FieldKind::Binary => {
            let bytes =
                text().and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
            Value::Bytes(bytes.ok_or_else(|| wrong("base64 text"))?)
        }
        FieldKind::GenericIpAddress => {
            Value::Inet(text().ok_or_else(|| wrong("an IP address"))?.to_owned())
        }
        kind if kind.is_text() => Value::Text(text().ok_or_else(|| wrong("text"))?.to_owned()),
        _ => match literal {
            Literal::Int(value) => Value::Int(*value),
            _ => return Err(wrong("a whole number")),
        },
    })
}

/// A literal as JSON.
fn json_of(literal: &Literal) -> serde_json::Value {
    match literal {
        Literal::Bool(value) => (*value).into(),
        Literal::Int(value) => (*value).into(),
        Literal::Float(value) => (*value).into(),
        Literal::Text(text) => text.as_str().into(),
        Literal::List(items) => items.iter().map(json_of).collect(),
        Literal::Json(value) => value.clone(),
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    !digits.is_empty()
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
        && digits.matches('.').count() <= 1
        && digits.chars().any(|c| c.is_ascii_digit())
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    let number = u128::from_str_radix(&hex, 16).ok()?;
    (hex.len() == 32).then(|| number.to_be_bytes())
}

/// The microseconds of `P1DT2H3M4.5S`; weeks too, months and years not, since they have no length.
fn parse_duration(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let text = text.strip_prefix('P')?;
    let (days, time) = text.split_once('T').unwrap_or((text, ""));
    let days = sum_of_units(days, &[('W', 604_800_000_000), ('D', 86_400_000_000)])?;
    let time = sum_of_units(
        time,
        &[('H', 3_600_000_000), ('M', 60_000_000), ('S', 1_000_000)],
    )?;
    Some(sign * (days + time))
}

fn sum_of_units(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = rest[end..].chars().next()?;
        let (_, micros) = units.iter().find(|(letter, _)| *letter == unit)?;
        sum += micros_of(&rest[..end], *micros)?;
        rest = &rest[end + 1..];
    }
    Some(sum)
}

fn micros_of(number: &str, unit: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let mut micros = whole.parse::<i64>().ok()?.checked_mul(unit)?;
    if !fraction.is_empty() {
        let digits = format!("{fraction:0<6}");
        micros += digits.get(..6)?.parse::<i64>().ok()? * (unit / 1_000_000);
    }
    Some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_iso_8601() {
        assert_eq!(parse_duration("P1DT2H3M4.5S"), Some(93_784_500_000));
        assert_eq!(parse_duration("-PT1.5S"), Some(-1_500_000));
        assert_eq!(parse_duration("P2W"), Some(1_209_600_000_000));
        assert_eq!(parse_duration("P1M"), None);
        assert_eq!(parse_duration("one day"), None);
    }

    #[test]
    fn a_literal_of_the_wrong_form_is_named() {
        let error = value_of(FieldKind::Date, &Literal::Text("tomorrow".into())).unwrap_err();
        assert!(error.to_string().contains("a date such as"), "{error}");
        assert_eq!(
            value_of(FieldKind::Decimal, &Literal::Text("-1.50".into())).unwrap(),
            Value::Decimal("-1.50".into())
        );
    }
}
