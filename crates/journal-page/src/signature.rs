//! A small mark of a text that tells for most searches that they will not find it, without a look at the text.

/// One bit for each group of three letters that stands in a text, of so many bits that few texts share many of them.
#[derive(Debug, Clone)]
pub(crate) struct Signature([u64; WORDS]);

const WORDS: usize = 16;
const GROUP: usize = 3;

impl Signature {
    pub(crate) fn of(text: &str) -> Self {
        let mut signature = Self([0; WORDS]);
        for (word, bit) in bits(text) {
            if let Some(word) = signature.0.get_mut(word) {
                *word |= bit;
            }
        }
        signature
    }

    /// Whether a text with this mark may hold another one. `false` is certain.
    pub(crate) fn may_hold(&self, term: &str) -> bool {
        bits(term).all(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// The bit of each group of bytes.
fn bits(text: &str) -> impl Iterator<Item = (usize, u64)> {
    text.as_bytes().windows(GROUP).map(|group| {
        let number = group.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        // The upper bits of a product with an odd number are spread well (Fibonacci hashing).
        let spread = number.wrapping_mul(0x9E37_79B1) >> 22;
        (usize::try_from(spread >> 6).unwrap_or_default(), 1 << (spread & 63))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_stands_in_a_text_is_never_denied(before in "\\PC{0,60}", term in "\\PC{0,20}", after in "\\PC{0,60}") {
            let text = [before, term.clone(), after].concat();
            prop_assert!(Signature::of(&text).may_hold(&term));
        }
    }

    #[test]
    fn most_of_what_does_not_stand_in_a_text_is_denied() {
        let text =
            "2026/318-1\nbyggesak\nstorgata 1: oppføring av garasje\nsøknad om tillatelse til tiltak\nprøvebygg as";
        let signature = Signature::of(text);
        for absent in ["skjenkebevilling", "barnehage", "reguleringsplan", "flomveier", "2019/77"] {
            assert!(!signature.may_hold(absent), "{absent}");
        }
    }
}
