/// SplitMix64: enough randomness for a simulation, and the same everywhere.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// A stream of its own for one purpose, so that what one does not draw shifts nothing of another.
    pub(super) fn stream(seed: u64, purpose: u64) -> Self {
        let mut mixed = Self(seed ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        Self(mixed.next())
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `from` up to, but not including, `to`.
    pub(super) const fn between(&mut self, from: u64, to: u64) -> u64 {
        let width = if to > from { to - from } else { 1 };
        from + self.next() % width
    }

    /// Happens so many times in a thousand.
    pub(super) const fn per_mille(&mut self, chance: u64) -> bool {
        self.next() % 1000 < chance
    }
}
