use std::{fmt, sync::Mutex};

use sakarkiv_core::ports::Entropy;

use crate::work::lock;

/// The operating system's generator, asked for some numbers at a time: an entry takes four for each of its fields.
#[derive(Default)]
pub(crate) struct SystemEntropy(Mutex<Vec<u64>>);

const AT_ONCE: usize = 64;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        let mut waiting = lock(&self.0);
        if waiting.is_empty() {
            let mut bytes = [0; AT_ONCE * size_of::<u64>()];
            // The generator of a running system does not fail; should it, guessable salts must not be written.
            if getrandom::fill(&mut bytes).is_err() {
                std::process::abort();
            }
            let (numbers, _) = bytes.as_chunks();
            waiting.extend(numbers.iter().map(|number| u64::from_ne_bytes(*number)));
        }
        waiting.pop().unwrap_or_else(|| std::process::abort())
    }
}

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemEntropy(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn numbers_do_not_come_twice() {
        let entropy = SystemEntropy::default();
        let drawn: BTreeSet<u64> = (0..10 * AT_ONCE).map(|_| entropy.next_u64()).collect();
        assert_eq!(drawn.len(), 10 * AT_ONCE);
        assert_eq!(format!("{entropy:?}"), "SystemEntropy(..)");
    }
}
