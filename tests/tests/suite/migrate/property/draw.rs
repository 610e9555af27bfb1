//! Chance from a seed, so that leaving one edit of a case out changes the others as little as can be.

/// Draws that follow from a seed.
#[derive(Debug, Clone)]
pub(super) struct Draw(u64);

/// Scatters the bits of a number (the finaliser of SplitMix64).
pub(super) const fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A number that hangs on a text only.
pub(super) fn number_of(text: &str) -> u64 {
    text.bytes()
        .fold(7, |hash, byte| scatter(hash ^ u64::from(byte)))
}

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Draw(scatter(seed))
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        scatter(self.0)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() >> 16).unwrap_or(0) % bound.max(1)
    }

    pub(super) fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    pub(super) fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// One of several things with names: the choice stays the same when another of them goes.
    pub(super) fn among<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Option<String> {
        let salt = self.number();
        names
            .into_iter()
            .min_by_key(|name| scatter(salt ^ number_of(name)))
            .cloned()
    }
}
