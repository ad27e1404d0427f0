use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What stands in the place of screened text. Of fixed length, so that it does not tell how long the text was.
pub const MASK: &str = "*****";

/// How a screened text is found in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whole {
    /// Wherever it occurs, also inside a longer word; the whole word is masked. For words that somebody marked as screened.
    No,
    /// Only as whole words, the genitive -s included. For names, whose parts may be everyday words.
    Yes,
}

/// Replaces screened texts in other texts. The one implementation that the public title, the public journal and every
/// interface share.
///
/// Texts are compared without regard to case, accents, width, invisible characters and the kind of blank, so that no way of
/// writing slips through. What is left never contains a text that was added with [`Whole::No`].
///
/// ```
/// use sakarkiv_core::screening::{Mask, Whole};
///
/// let mask = Mask::new().with("Testperson", Whole::No);
/// assert_eq!(mask.apply("Klage fra TESTPERSONS advokat"), "Klage fra ***** advokat");
/// ```
#[derive(Clone, Default)]
pub struct Mask {
    needles: Vec<(Vec<char>, Whole)>,
}

impl Mask {
    /// A mask that hides nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hides a word or phrase too. A text without any letter or digit is left out, because it would hide nothing or
    /// everything; see [`is_maskable`](Self::is_maskable).
    #[must_use]
    pub fn with(mut self, text: &str, whole: Whole) -> Self {
        if Self::is_maskable(text) {
            let needle = fold(text.trim()).into_iter().map(|folded| folded.letter).collect();
            self.needles.push((needle, whole));
        }
        self
    }

    /// Whether a text has anything that can be hidden: a letter or a digit.
    #[must_use]
    pub fn is_maskable(text: &str) -> bool {
        fold(text).iter().any(|folded| folded.letter.is_alphanumeric())
    }

    /// The text with every hidden one replaced by [`MASK`], one for each run of hidden words; otherwise unchanged.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let mut shown = text.to_owned();
        // A replacement may put text side by side that together is screened again. Each round takes away at least one
        // letter or digit and adds none, so the rounds end.
        while let Some(masked) = self.round(&shown) {
            shown = masked;
        }
        shown
    }

    /// Whether a text contains something hidden.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.round(text).is_some()
    }

    fn round(&self, text: &str) -> Option<String> {
        let folded = fold(text);
        let hidden: Vec<(usize, usize)> =
            self.needles.iter().flat_map(|(needle, whole)| hits(&folded, needle, *whole)).collect();
        if hidden.is_empty() { None } else { Some(replace(text, hidden)) }
    }
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({} texts)", self.needles.len())
    }
}

/// One letter as it is compared, and the bytes of the text it comes from.
#[derive(Clone, Copy)]
struct Folded {
    letter: char,
    start: usize,
    end: usize,
}

/// Compatibility-decomposed, without case, accents and invisible characters, runs of blanks as one. Works letter by letter,
/// so that each result knows where it comes from.
fn fold(text: &str) -> Vec<Folded> {
    let mut folded: Vec<Folded> = Vec::with_capacity(text.len());
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        let letters = std::iter::once(c)
            .nfkd()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .collect::<String>()
            .nfkd()
            .collect::<String>();
        for letter in letters.chars() {
            let letter = if letter.is_whitespace() { ' ' } else { letter };
            match folded.last_mut() {
                Some(last) if is_mark(letter) || (letter == ' ' && last.letter == ' ') => last.end = end,
                None if is_mark(letter) => {}
                _ => folded.push(Folded { letter, start, end }),
            }
        }
    }
    folded
}

fn is_mark(c: char) -> bool {
    is_combining_mark(c)
        || c == '\u{ad}'
        || (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Where a needle stands, in bytes of the text, widened to whole words.
fn hits(text: &[Folded], needle: &[char], whole: Whole) -> Vec<(usize, usize)> {
    let is_word = |at: Option<&Folded>| at.is_some_and(|f| f.letter.is_alphanumeric());
    let mut found = Vec::new();
    for (first, window) in text.windows(needle.len().max(1)).enumerate() {
        if !window.iter().map(|f| f.letter).eq(needle.iter().copied()) {
            continue;
        }
        let before = |at: usize| at.checked_sub(1).and_then(|at| text.get(at));
        let mut after = first + window.len();
        if whole == Whole::Yes {
            let genitive = text.get(after).is_some_and(|f| f.letter == 's') && !is_word(text.get(after + 1));
            if is_word(before(first)) || (is_word(text.get(after)) && !genitive) {
                continue;
            }
        }
        let mut start = first;
        while is_word(text.get(start)) && is_word(before(start)) {
            start -= 1;
        }
        while is_word(before(after)) && is_word(text.get(after)) {
            after += 1;
        }
        if let (Some(from), Some(to)) = (text.get(start), before(after)) {
            found.push((from.start, to.end));
        }
    }
    found
}

fn replace(text: &str, mut hidden: Vec<(usize, usize)>) -> String {
    hidden.sort_unstable();
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    let mut masked_to = None;
    for (from, to) in hidden {
        if masked_to.is_some_and(|end| from < end) {
            done = done.max(to);
        } else {
            shown.push_str(text.get(done..from).unwrap_or_default());
            shown.push_str(MASK);
            done = to;
        }
        masked_to = Some(done);
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(text: &str, word: &str) -> String {
        Mask::new().with(word, Whole::No).apply(text)
    }

    fn comparable(text: &str) -> String {
        fold(text).into_iter().map(|f| f.letter).collect()
    }

    #[test]
    fn case_accents_width_and_hidden_characters_do_not_help() {
        for way in ["Åse", "ÅSE", "åse", "A\u{30a}se", "Å\u{ad}se", "Å\u{200b}se", "Ａ\u{30a}ｓｅ", "Ase"] {
            assert_eq!(masked(&format!("Brev til {way} i dag"), "åse"), "Brev til ***** i dag", "{way}");
        }
        assert_eq!(masked("STRASSE 1", "straße"), "***** 1");
        assert_eq!(masked("fra Kari\u{a0}  Testperson", "kari testperson"), "fra *****");
    }

    #[test]
    fn the_whole_word_is_masked() {
        assert_eq!(masked("Olas sak", "Ola"), "***** sak");
        assert_eq!(masked("barnevernssak", "barnevern"), "*****");
        assert_eq!(masked("Kari-Ola", "Ola"), "Kari-*****");
    }

    #[test]
    fn names_are_found_as_whole_words_only() {
        let mask = Mask::new().with("Bo", Whole::Yes);
        assert_eq!(mask.apply("Bo bor i Bodø, Bos hus"), "***** bor i Bodø, ***** hus");
    }

    #[test]
    fn text_brought_together_by_masking_is_masked_too() {
        let mask = Mask::new().with("x", Whole::No).with("a ***** b", Whole::No);
        assert_eq!(mask.apply("a x b"), "*****");
    }

    #[test]
    fn a_text_without_letters_hides_nothing() {
        assert!(!Mask::is_maskable(" - \u{301}"));
        assert_eq!(masked("a - b", "-"), "a - b");
    }

    proptest! {
        #[test]
        fn what_is_screened_never_remains(
            text in "[abcåøAÅ \u{30a}\u{ad}*ßs-]{0,40}",
            words in proptest::collection::vec("[abcåøAÅ \u{30a}*ßs-]{1,4}", 1..4),
        ) {
            let mask = words.iter().fold(Mask::new(), |mask, word| mask.with(word, Whole::No));
            let shown = comparable(&mask.apply(&text));
            for word in words.iter().filter(|word| Mask::is_maskable(word)) {
                prop_assert!(!shown.contains(&comparable(word.trim())), "{word:?} remains in {shown:?}");
            }
        }

        #[test]
        fn any_text_and_word_are_answered(text in "\\PC{0,60}", word in "\\PC{1,5}") {
            let shown = comparable(&masked(&text, &word));
            prop_assert!(!Mask::is_maskable(&word) || !shown.contains(&comparable(word.trim())));
        }

        #[test]
        fn text_without_anything_screened_is_unchanged(text in "[a-m ]{0,40}") {
            prop_assert_eq!(masked(&text, "z"), text);
        }
    }
}
