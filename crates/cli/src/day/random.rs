//! Repeatable randomness for the plan of a day: the same seed makes the same day.

use sakarkiv::core::identity::{NationalIdentityNumber, OrganisationNumber};

/// SplitMix64: small, and good enough to spread a day's mail.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `low` up to but not including `high`.
    pub(crate) const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }

    pub(crate) const fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.next() % u64::try_from(from.len()).ok()?.max(1)).ok()?;
        from.get(index)
    }
}

/// The `n`th organisation number that is test data: it begins with 31, as no real one does.
pub(crate) fn test_organisation(n: u32) -> Option<OrganisationNumber> {
    (n..).take(20).find_map(|n| {
        (0..10).find_map(|check| OrganisationNumber::parse(&format!("31{:06}{check}", (n * 37) % 1_000_000)).ok())
    })
}

/// The `n`th synthetic national identity number (month + 80): no living person has one.
pub(crate) fn test_person(n: u32) -> Option<NationalIdentityNumber> {
    let (day, month, year) = (n % 28 + 1, n % 12 + 81, n % 40 + 60);
    (0..500).find_map(|individual| {
        (0..100).find_map(|check| {
            NationalIdentityNumber::parse(&format!("{day:02}{month:02}{year:02}{individual:03}{check:02}")).ok()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_people_and_organisations_are_valid_and_synthetic() {
        for n in 0..200 {
            assert!(test_organisation(n).is_some_and(|number| number.as_str().starts_with("31")), "{n}");
            assert!(test_person(n).is_some_and(|number| number.is_synthetic()), "{n}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_day() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        assert_eq!((0..50).map(|_| a.next()).collect::<Vec<_>>(), (0..50).map(|_| b.next()).collect::<Vec<_>>());
    }
}
