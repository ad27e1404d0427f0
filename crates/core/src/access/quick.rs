use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

use crate::case::CaseKind;

/// A map whose keys come from the register of one tenant, never from outside, so that a short hash will do.
pub(super) type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set of such keys.
pub(super) type QuickSet<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// A hash of a few multiplications: several times faster than the standard one on short keys, and without its protection
/// against chosen keys.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Quick(u64);

impl Quick {
    const fn mix(&mut self, word: u64) {
        let word = self.0.rotate_left(5) ^ word;
        // The ends of a time-ordered id differ in their highest bits: these must reach the lowest.
        let mixed = (word ^ (word >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(last));
    }

    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }

    fn write_isize(&mut self, number: isize) {
        self.mix(number.cast_unsigned() as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

/// Something for each kind of case, at hand without a look-up.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByKind<T>([T; CaseKind::ALL.len()]);

impl<T: Copy> ByKind<T> {
    pub(super) fn new(of: impl Fn(CaseKind) -> T) -> Self {
        Self(CaseKind::ALL.map(of))
    }

    /// The thing of a kind: that at its place in the list of kinds.
    pub(super) const fn of(&self, kind: CaseKind) -> T {
        let [ordinary, personnel, pupil, child, recruitment, building, meeting] = self.0;
        match kind {
            CaseKind::Ordinary => ordinary,
            CaseKind::PersonnelFile => personnel,
            CaseKind::PupilFile => pupil,
            CaseKind::ChildFile => child,
            CaseKind::Recruitment => recruitment,
            CaseKind::Building => building,
            CaseKind::Meeting => meeting,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, Hash};

    use super::*;

    fn hash(key: &(impl Hash + ?Sized)) -> u64 {
        BuildHasherDefault::<Quick>::default().hash_one(key)
    }

    /// How many of the lowest ten bits, which choose the place in a map, tell keys apart.
    fn spread(hashes: impl Iterator<Item = u64>) -> usize {
        hashes.map(|hash| hash & 1_023).collect::<HashSet<_>>().len()
    }

    #[test]
    fn keys_that_differ_little_are_spread_widely() {
        // A thousand keys thrown at random would fill some 640 of 1,024 places.
        assert!(spread((0..1_024).map(|n| hash(&format!("u{n}")))) > 550);
        assert!(spread((0..1_024_u128).map(|n| hash(&uuid::Uuid::from_u128(n)))) > 550);
        assert!(spread((0..1_024_u128).map(|n| hash(&uuid::Uuid::from_u128(n << 64)))) > 550);
        assert!(spread((0..=255_u8).map(|n| hash(&n))) > 180);
        assert!(spread((0..1_024_usize).map(|n| hash(&n))) > 550);
        assert!(spread((0..1_024_isize).map(|n| hash(&n))) > 550);
        let all: HashSet<u64> = (0..100_000).map(|n| hash(&format!("byplan-og-byggesak-{n}"))).collect();
        assert!(all.len() > 99_990);
    }

    #[test]
    fn every_kind_has_its_own() {
        let own = ByKind::new(|kind| kind);
        assert!(CaseKind::ALL.into_iter().all(|kind| own.of(kind) == kind));
    }
}
