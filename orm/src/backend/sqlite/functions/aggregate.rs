//! Aggregates: spreads, bits, and sums in decimals. NULLs do not count.

use rusqlite::functions::{Aggregate, Context, WindowAggregate};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

use super::decimal::Decimal;
use super::{flags, float, wrong};

/// Two sets of bits made one.
type Joined = fn(i64, i64) -> i64;

pub(super) fn register(connection: &Connection) -> Result<()> {
    for (name, sample, root) in [
        ("nuages_stddev_pop", false, true),
        ("nuages_stddev_samp", true, true),
        ("nuages_var_pop", false, false),
        ("nuages_var_samp", true, false),
    ] {
        connection.create_aggregate_function(name, 1, flags(), Spread { sample, root })?;
    }
    let bits: [(&str, Joined); 3] = [
        ("nuages_bit_and", |a, b| a & b),
        ("nuages_bit_or", |a, b| a | b),
        ("nuages_bit_xor", |a, b| a ^ b),
    ];
    for (name, join) in bits {
        connection.create_aggregate_function(name, 1, flags(), Bits(join))?;
    }
    connection.create_window_function(
        "nuages_decimal_sum",
        1,
        flags(),
        Decimals { mean: false },
    )?;
    connection.create_window_function("nuages_decimal_avg", 1, flags(), Decimals { mean: true })
}

/// A variance, or its root, by Welford's method: one pass, and no difference of great numbers.
struct Spread {
    sample: bool,
    root: bool,
}

#[derive(Default)]
struct Seen {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Aggregate<Seen, Value> for Spread {
    fn init(&self, _: &mut Context<'_>) -> Result<Seen> {
        Ok(Seen::default())
    }

    fn step(&self, context: &mut Context<'_>, seen: &mut Seen) -> Result<()> {
        if context.get_raw(0) == ValueRef::Null {
            return Ok(());
        }
        let value = float(context.get_raw(0))?;
        seen.count += 1.0;
        let from_old = value - seen.mean;
        seen.mean += from_old / seen.count;
        seen.squares += from_old * (value - seen.mean);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<Seen>) -> Result<Value> {
        let seen = seen.unwrap_or_default();
        let degrees = seen.count - if self.sample { 1.0 } else { 0.0 };
        if degrees < 0.5 {
            return Ok(Value::Null);
        }
        let variance = seen.squares / degrees;
        Ok(Value::Real(if self.root {
            variance.sqrt()
        } else {
            variance
        }))
    }
}

struct Bits(Joined);

impl Aggregate<Option<i64>, Option<i64>> for Bits {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<i64>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, joined: &mut Option<i64>) -> Result<()> {
        if let Some(bits) = context.get::<Option<i64>>(0)? {
            *joined = Some(joined.map_or(bits, |joined| (self.0)(joined, bits)));
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, joined: Option<Option<i64>>) -> Result<Option<i64>> {
        Ok(joined.flatten())
    }
}

/// A sum, or a mean.
struct Decimals {
    mean: bool,
}

impl Aggregate<(Decimal, i64), Value> for Decimals {
    fn init(&self, _: &mut Context<'_>) -> Result<(Decimal, i64)> {
        Ok((Decimal::ZERO, 0))
    }

    fn step(&self, context: &mut Context<'_>, (sum, count): &mut (Decimal, i64)) -> Result<()> {
        if context.get_raw(0) != ValueRef::Null {
            *sum = sum.add(Decimal::read(context.get_raw(0))?)?;
            *count += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, seen: Option<(Decimal, i64)>) -> Result<Value> {
        self.of(seen)
    }
}

impl WindowAggregate<(Decimal, i64), Value> for Decimals {
    fn value(&self, seen: Option<&mut (Decimal, i64)>) -> Result<Value> {
        self.of(seen.copied())
    }

    fn inverse(&self, context: &mut Context<'_>, (sum, count): &mut (Decimal, i64)) -> Result<()> {
        if context.get_raw(0) != ValueRef::Null {
            *sum = sum.add(Decimal::read(context.get_raw(0))?.negative())?;
            *count -= 1;
        }
        Ok(())
    }
}

impl Decimals {
    fn of(&self, seen: Option<(Decimal, i64)>) -> Result<Value> {
        let Some((sum, count)) = seen.filter(|(_, count)| 0 < *count) else {
            return Ok(Value::Null);
        };
        if !self.mean {
            return sum.write();
        }
        let mean = sum.divide(Decimal::whole(count))?;
        mean.ok_or_else(|| wrong("a mean of nothing".to_owned()))?
            .write()
    }
}
