//! PostgreSQL's binary `numeric`, printed in plain digits, exactly and at any length.
//!
//! The wire has a count of base-10000 digits, the weight of the first one (a power of 10000), a sign word, the number of
//! decimals to show, and the digits.

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// Prints a number; `NaN` and the infinities by name. `None` where the bytes are not a `numeric`.
pub(super) fn to_text(raw: &[u8]) -> Option<String> {
    let word = |at: usize| {
        Some(u16::from_be_bytes(
            raw.get(at * 2..at * 2 + 2)?.try_into().ok()?,
        ))
    };
    let (count, weight, sign, scale) = (word(0)?, word(1)?.cast_signed(), word(2)?, word(3)?);
    match sign {
        NAN => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        _ => {}
    }
    // Digits before the first and behind the last one are zeros that are not sent.
    let digit = |power: i32| {
        let at = usize::try_from(i32::from(weight) - power).ok();
        match at.filter(|at| *at < usize::from(count)) {
            Some(at) => word(4 + at),
            None => Some(0),
        }
    };
    let mut text = String::with_capacity(usize::from(count) * 4 + usize::from(scale) + 3);
    if sign == NEGATIVE {
        text.push('-');
    }
    let first = i32::from(weight).max(0);
    text.push_str(&digit(first)?.to_string());
    for power in (0..first).rev() {
        push_padded(&mut text, digit(power)?);
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + usize::from(scale);
        let mut power = -1;
        while text.len() < end {
            push_padded(&mut text, digit(power)?);
            power -= 1;
        }
        text.truncate(end);
    }
    Some(text)
}

fn push_padded(text: &mut String, digit: u16) {
    for divisor in [1000, 100, 10, 1] {
        text.push(char::from(
            b'0' + u8::try_from(digit / divisor % 10).unwrap_or_default(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::to_text;

    fn wire(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> Vec<u8> {
        let count = u16::try_from(digits.len()).unwrap();
        let words = [count, weight.cast_unsigned(), sign, scale];
        words
            .iter()
            .chain(digits)
            .flat_map(|word| word.to_be_bytes())
            .collect()
    }

    #[test]
    fn numbers_print_in_plain_digits() {
        for (weight, sign, scale, digits, expected) in [
            (0, 0, 0, &[][..], "0"),
            (0, 0, 2, &[], "0.00"),
            (0, 0x4000, 2, &[12, 5000], "-12.50"),
            (-1, 0, 4, &[1], "0.0001"),
            (-2, 0, 8, &[1], "0.00000001"),
            (2, 0, 0, &[1], "100000000"),
            (1, 0, 1, &[1, 20, 3000], "10020.3"),
            (0, 0xC000, 0, &[], "NaN"),
        ] {
            assert_eq!(
                to_text(&wire(weight, sign, scale, digits)).as_deref(),
                Some(expected)
            );
        }
    }

    #[test]
    fn bytes_that_end_early_are_refused() {
        let whole = wire(0, 0, 2, &[12, 5000]);
        assert_eq!(to_text(&whole[..whole.len() - 1]), None);
        assert_eq!(to_text(&[]), None);
    }
}
