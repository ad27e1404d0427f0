use std::time::Duration;

use sakarkiv_core::ports::Entropy;
use sakarkiv_testkit::doubles::SeededEntropy;

/// Everything random of one town, from its seed.
#[derive(Debug)]
pub(crate) struct Chance(SeededEntropy);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub(crate) fn below(&self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % end as u64).unwrap()
    }

    pub(crate) fn one_in(&self, odds: usize) -> bool {
        self.below(odds) == 0
    }

    pub(crate) fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// From one minute to so many.
    pub(crate) fn minutes(&self, most: usize) -> Duration {
        Duration::from_secs(60 * (1 + self.below(most) as u64))
    }
}
