//! Functions of numbers.

use rusqlite::functions::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::decimal::Decimal;
use super::{flags, float, scalar, text, wrong};

/// A function of one number.
type OfOne = fn(f64) -> f64;
/// A function of two numbers.
type OfTwo = fn(f64, f64) -> f64;

pub(super) fn register(connection: &Connection) -> Result<()> {
    let of_one: [(&str, OfOne); 15] = [
        ("nuages_acos", f64::acos),
        ("nuages_asin", f64::asin),
        ("nuages_atan", f64::atan),
        ("nuages_cos", f64::cos),
        ("nuages_cot", |x| 1.0 / x.tan()),
        ("nuages_degrees", f64::to_degrees),
        ("nuages_exp", f64::exp),
        ("nuages_ln", f64::ln),
        ("nuages_radians", f64::to_radians),
        ("nuages_sin", f64::sin),
        ("nuages_sqrt", f64::sqrt),
        ("nuages_tan", f64::tan),
        ("nuages_ceil", f64::ceil),
        ("nuages_floor", f64::floor),
        ("nuages_sign", |x| if x == 0.0 { 0.0 } else { x.signum() }),
    ];
    for (name, function) in of_one {
        scalar(connection, name, 1, move |context| {
            Ok(finite(function(float(context.get_raw(0))?)))
        })?;
    }
    let of_two: [(&str, OfTwo); 3] = [
        ("nuages_atan2", f64::atan2),
        ("nuages_fmod", |a, b| a % b),
        ("nuages_log", |base, x| x.ln() / base.ln()),
    ];
    for (name, function) in of_two {
        scalar(connection, name, 2, move |context| {
            Ok(finite(function(
                float(context.get_raw(0))?,
                float(context.get_raw(1))?,
            )))
        })?;
    }
    scalar(connection, "nuages_power", 2, power)?;
    scalar(connection, "nuages_decimal", 3, |context| {
        let (a, b) = (
            Decimal::read(context.get_raw(1))?,
            Decimal::read(context.get_raw(2))?,
        );
        match &*text(context, 0) {
            "+" => a.add(b)?.write(),
            "-" => a.add(b.negative())?.write(),
            "*" => a.multiply(b)?.write(),
            "/" => a.divide(b)?.map_or(Ok(Value::Null), Decimal::write),
            "%" => a.remainder(b)?.map_or(Ok(Value::Null), Decimal::write),
            other => Err(wrong(format!("no operator `{other}`"))),
        }
    })?;
    connection.create_scalar_function("nuages_round", 2, flags(), round)
}

/// A float, or NULL for what is none.
fn finite(number: f64) -> Value {
    if number.is_finite() {
        Value::Real(number)
    } else {
        Value::Null
    }
}

fn power(context: &Context<'_>) -> Result<Value> {
    let (base, exponent) = (context.get_raw(0), context.get_raw(1));
    if let (ValueRef::Integer(base), ValueRef::Integer(exponent)) = (base, exponent) {
        let exact = u32::try_from(exponent)
            .ok()
            .and_then(|exponent| base.checked_pow(exponent));
        if let Some(exact) = exact {
            return Ok(Value::Integer(exact));
        }
    }
    Ok(finite(float(base)?.powf(float(exponent)?)))
}

fn round(context: &Context<'_>) -> Result<Value> {
    let number = context.get_raw(0);
    if number == ValueRef::Null {
        return Ok(Value::Null);
    }
    // So great a float has no digits behind the point.
    if let ValueRef::Real(float) = number
        && 1e15 <= float.abs()
    {
        return Ok(Value::Real(float));
    }
    let number = Decimal::read(number)?;
    match context.get::<Option<i64>>(1)? {
        Some(places) => number.round(places)?.write(),
        None => number.write(),
    }
}
