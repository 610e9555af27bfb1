//! Arithmetic in decimals. Stored, they are numbers of at most 15 digits, each of which a float holds exactly: a float
//! is read as the shortest digits that name it, computed with in digits, and written back as the float nearest.

use rusqlite::Result;
use rusqlite::types::{Value, ValueRef};

use super::{as_text, wrong};

/// How many digits a float holds, whatever they are.
const DIGITS: u32 = 15;

/// `mantissa / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: i128,
    scale: u32,
}

impl Decimal {
    pub(super) const ZERO: Decimal = Decimal {
        mantissa: 0,
        scale: 0,
    };

    /// A whole number.
    pub(super) fn whole(number: i64) -> Self {
        Decimal {
            mantissa: i128::from(number),
            scale: 0,
        }
    }

    /// Reads an argument.
    pub(super) fn read(value: ValueRef<'_>) -> Result<Self> {
        match value {
            ValueRef::Integer(number) => Ok(Decimal::whole(number)),
            other => {
                let text = as_text(other);
                Decimal::parse(text.trim())
                    .ok_or_else(|| wrong(format!("`{text}` is no decimal of 38 digits or less")))
            }
        }
    }

    /// Plain digits, or with an exponent.
    fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, places) = number.split_once('.').unwrap_or((number, ""));
        if places.starts_with(['+', '-']) {
            return None;
        }
        let mantissa: i128 = format!("{whole}{places}").parse().ok()?;
        let scale = i32::try_from(places.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) => Some(Decimal { mantissa, scale }),
            Err(_) => Some(Decimal {
                mantissa: mantissa.checked_mul(10i128.checked_pow(scale.unsigned_abs())?)?,
                scale: 0,
            }),
        }
    }

    /// The number as SQLite holds it.
    pub(super) fn write(self) -> Result<Value> {
        let mut short = self;
        while 0 < short.scale && short.mantissa % 10 == 0 {
            short.mantissa /= 10;
            short.scale -= 1;
        }
        if short.scale == 0
            && let Ok(integer) = i64::try_from(short.mantissa)
        {
            return Ok(Value::Integer(integer));
        }
        if 10u128.pow(DIGITS) <= short.mantissa.unsigned_abs() {
            return Err(wrong(format!(
                "a decimal of more than {DIGITS} digits does not fit: {}",
                short.digits()
            )));
        }
        short
            .digits()
            .parse()
            .map(Value::Real)
            .map_err(|_| overflow())
    }

    fn digits(self) -> String {
        format!("{}e-{}", self.mantissa, self.scale)
    }

    /// Both with the greater scale.
    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let widen = |number: Self| {
            number
                .mantissa
                .checked_mul(10i128.checked_pow(scale - number.scale)?)
        };
        Some((widen(self)?, widen(other)?, scale))
    }

    pub(super) fn negative(self) -> Self {
        Decimal {
            mantissa: -self.mantissa,
            scale: self.scale,
        }
    }

    pub(super) fn add(self, other: Self) -> Result<Self> {
        let sum = self.aligned(other).and_then(|(a, b, scale)| {
            let mantissa = a.checked_add(b)?;
            Some(Decimal { mantissa, scale })
        });
        sum.ok_or_else(overflow)
    }

    pub(super) fn multiply(self, other: Self) -> Result<Self> {
        let mantissa = self
            .mantissa
            .checked_mul(other.mantissa)
            .ok_or_else(overflow)?;
        let scale = self.scale + other.scale;
        Ok(Decimal { mantissa, scale })
    }

    /// The quotient to 15 digits; none by zero.
    pub(super) fn divide(self, other: Self) -> Result<Option<Self>> {
        let (a, b, _) = self.aligned(other).ok_or_else(overflow)?;
        if b == 0 {
            return Ok(None);
        }
        let (mut rest, divisor) = (a.unsigned_abs(), b.unsigned_abs());
        let mut mantissa = rest / divisor;
        let mut scale = 0;
        rest %= divisor;
        // One digit more than is kept, to round by.
        while rest != 0 && mantissa < 10u128.pow(DIGITS) && scale < 40 {
            rest = rest.checked_mul(10).ok_or_else(overflow)?;
            mantissa = mantissa * 10 + rest / divisor;
            rest %= divisor;
            scale += 1;
        }
        let mantissa = i128::try_from(mantissa).map_err(|_| overflow())?;
        let mantissa = if (a < 0) == (b < 0) {
            mantissa
        } else {
            -mantissa
        };
        let quotient = Decimal { mantissa, scale };
        let kept = i64::from(scale).saturating_sub(1);
        let is_long = 10u128.pow(DIGITS) <= mantissa.unsigned_abs() && 0 < scale;
        Ok(Some(if is_long {
            quotient.round(kept)?
        } else {
            quotient
        }))
    }

    /// The remainder, with the sign of the left side; none by zero.
    pub(super) fn remainder(self, other: Self) -> Result<Option<Self>> {
        let (a, b, scale) = self.aligned(other).ok_or_else(overflow)?;
        Ok((b != 0).then(|| Decimal {
            mantissa: a % b,
            scale,
        }))
    }

    /// With so many digits behind the point, halves away from zero; fewer than none round before it.
    pub(super) fn round(self, places: i64) -> Result<Self> {
        let cut = i64::from(self.scale).saturating_sub(places);
        let Some(cut) = u32::try_from(cut).ok().filter(|cut| 0 < *cut) else {
            return Ok(self);
        };
        let Some(unit) = 10i128.checked_pow(cut) else {
            return Ok(Decimal::ZERO);
        };
        let half = if self.mantissa < 0 {
            -unit / 2
        } else {
            unit / 2
        };
        let mantissa = self.mantissa.checked_add(half).ok_or_else(overflow)? / unit;
        match u32::try_from(places) {
            Ok(scale) => Ok(Decimal { mantissa, scale }),
            Err(_) => {
                let zeros = u32::try_from(places.unsigned_abs()).map_err(|_| overflow())?;
                let unit = 10i128.checked_pow(zeros).ok_or_else(overflow)?;
                let mantissa = mantissa.checked_mul(unit).ok_or_else(overflow)?;
                Ok(Decimal { mantissa, scale: 0 })
            }
        }
    }
}

fn overflow() -> rusqlite::Error {
    wrong("a decimal has more digits than can be computed with".to_owned())
}
