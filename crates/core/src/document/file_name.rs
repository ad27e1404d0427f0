use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

/// The name of a file, never a path.
///
/// Safe to hand to a file system or a channel as it is: at most 226 bytes of UTF-8 in composed form (NFC), no folders, no
/// control characters, none of `* : " \ / < > | ?`, no name that Windows reserves, no dot or blank at the ends. 226 is what
/// the strictest channel takes (SvarUt), in bytes so that file systems with 255 bytes take it as well.
///
/// Names from outside go through [`sanitize`](Self::sanitize), which always finds a usable name; names we make ourselves and
/// names read back go through [`parse`](Self::parse), which refuses.
///
/// A file name may tell who a document is about, so `Debug` shows the extension alone.
///
/// ```
/// use sakarkiv_core::document::FileName;
///
/// assert_eq!(FileName::sanitize("../../etc/passwd").as_str(), "passwd");
/// assert_eq!(FileName::sanitize("Søknad: a/b?.pdf").as_str(), "b.pdf");
/// assert!(FileName::parse("a/b.pdf").is_err());
/// assert_eq!(FileName::parse("vedtak.PDF")?.extension(), Some("PDF"));
/// # Ok::<(), sakarkiv_core::document::FileNameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileName(Box<str>);

/// A text that is not a plain file name. The text itself is not part of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the file name is empty, too long, reserved or has characters that file systems refuse; use `FileName::sanitize`"
)]
pub struct FileNameError;

impl FileName {
    /// The longest name, in bytes.
    pub const MAX_BYTES: usize = 226;

    /// Takes a name that already is as it must be.
    ///
    /// # Errors
    /// [`FileNameError`] for anything [`sanitize`](Self::sanitize) would change.
    pub fn parse(text: &str) -> Result<Self, FileNameError> {
        let clean = Self::sanitize(text);
        if clean.as_str() == text { Ok(clean) } else { Err(FileNameError) }
    }

    /// Makes a file name of any text: keeps the last part of a path, drops what is not allowed, keeps the extension when the
    /// name must be cut, and answers `dokument` when nothing is left. Sanitizing twice changes nothing more.
    #[must_use]
    pub fn sanitize(text: &str) -> Self {
        let composed: String = text.nfc().collect();
        // Both separators: the sender's system may be either kind.
        let last = composed.rsplit(['/', '\\']).find(|part| !tidy(part).is_empty()).unwrap_or_default();
        let name = within(&tidy(last), Self::MAX_BYTES);
        let name = if is_reserved(&name) { within(&format!("_{name}"), Self::MAX_BYTES) } else { name };
        Self(if name.is_empty() { FALLBACK.into() } else { name.into() })
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the last dot, as written; nothing when there is no dot or no text before it.
    #[must_use]
    pub fn extension(&self) -> Option<&str> {
        split(&self.0).1
    }

    /// What precedes the extension.
    #[must_use]
    pub fn stem(&self) -> &str {
        split(&self.0).0
    }

    /// The `n`th variant of the name, `vedtak (2).pdf`, for documents that would share one.
    #[must_use]
    pub fn numbered(&self, n: u32) -> Self {
        let mark = format!(" ({n})");
        let (stem, extension) = split(&self.0);
        let tail = extension.map_or_else(|| mark.clone(), |e| format!("{mark}.{e}"));
        Self::sanitize(&format!("{}{tail}", cut(stem, Self::MAX_BYTES.saturating_sub(tail.len()))))
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileName(*.{})", self.extension().unwrap_or_default())
    }
}

impl FromStr for FileName {
    type Err = FileNameError;
    fn from_str(text: &str) -> Result<Self, FileNameError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for FileName {
    type Error = FileNameError;
    fn try_from(text: String) -> Result<Self, FileNameError> {
        Self::parse(&text)
    }
}

impl From<FileName> for String {
    fn from(name: FileName) -> Self {
        name.0.into()
    }
}

const FALLBACK: &str = "dokument";

/// The longest extension that is kept when a name is cut; what is longer is no extension.
const MAX_EXTENSION: usize = 16;

/// Without what is not allowed inside or at the ends.
fn tidy(text: &str) -> String {
    let kept: String = text.chars().filter(|c| is_allowed(*c)).collect();
    // Composed again: dropping a character may have put a letter and its accent side by side.
    let kept: String = kept.nfc().collect();
    // Blanks before the extension are dropped too, since a cut name may end in one.
    kept.trim_matches(|c: char| c == '.' || c.is_whitespace()).to_owned()
}

fn is_allowed(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !c.is_control() && !invisible && !matches!(c, '*' | ':' | '"' | '\\' | '/' | '<' | '>' | '|' | '?')
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !extension.is_empty() => (stem, Some(extension)),
        _ => (name, None),
    }
}

/// At most `max` bytes, cut in the stem so that the extension stays.
fn within(name: &str, max: usize) -> String {
    if name.len() <= max {
        return name.to_owned();
    }
    match split(name) {
        (stem, Some(extension)) if extension.len() <= MAX_EXTENSION => {
            let stem = cut(stem, max.saturating_sub(extension.len() + 1));
            tidy(&format!("{}.{extension}", tidy(stem)))
        }
        _ => tidy(cut(name, max)),
    }
}

/// The longest beginning of at most `max` bytes that ends between characters.
fn cut(text: &str, max: usize) -> &str {
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= max).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Names that Windows keeps for devices, with any extension.
fn is_reserved(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = ["COM", "LPT"].iter().any(|device| {
        base.strip_prefix(device)
            .is_some_and(|n| matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
    });
    numbered || matches!(base.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clean(text: &str) -> String {
        FileName::sanitize(text).as_str().to_owned()
    }

    #[test]
    fn a_path_leaves_only_its_last_part() {
        assert_eq!(clean("../../etc/passwd"), "passwd");
        assert_eq!(clean(r"C:\Users\x\brev.docx"), "brev.docx");
        assert_eq!(clean("mappe/"), "mappe");
        assert_eq!(clean("/"), "dokument");
        assert_eq!(clean(".."), "dokument");
        assert_eq!(clean("...//.."), "dokument");
    }

    #[test]
    fn what_file_systems_refuse_is_dropped() {
        assert_eq!(clean("a\0b\u{1b}[31m.pdf"), "ab[31m.pdf");
        assert_eq!(clean(r#"a*b:c"d<e>f|g?.pdf"#), "abcdefg.pdf");
        assert_eq!(clean("  brev.pdf . "), "brev.pdf");
        assert_eq!(clean("fdp.\u{202e}exe"), "fdp.exe");
        assert_eq!(clean(".htaccess"), "htaccess");
        assert_eq!(clean("nul"), "_nul");
        assert_eq!(clean("Com1.pdf"), "_Com1.pdf");
        assert_eq!(clean("console.pdf"), "console.pdf");
    }

    #[test]
    fn decomposed_norwegian_letters_are_composed() {
        assert_eq!(clean("Bodo\u{308} a\u{30a}rsmelding.pdf"), "Bodö årsmelding.pdf");
        assert!(FileName::parse("a\u{30a}.pdf").is_err());
        assert!(FileName::parse("å.pdf").is_ok());
    }

    #[test]
    fn a_long_name_is_cut_between_letters_and_keeps_its_extension() {
        let name = clean(&format!("{}.pdf", "ø".repeat(300)));
        assert!(name.len() <= FileName::MAX_BYTES && name.len() > FileName::MAX_BYTES - 3, "{}", name.len());
        assert!(name.ends_with("ø.pdf"));
        assert_eq!(clean(&"x".repeat(300)).len(), FileName::MAX_BYTES);
        assert_eq!(clean(&format!("a.{}", "x".repeat(300))).len(), FileName::MAX_BYTES);
    }

    #[test]
    fn documents_that_would_share_a_name_are_numbered() {
        assert_eq!(FileName::sanitize("vedtak.pdf").numbered(2).as_str(), "vedtak (2).pdf");
        assert_eq!(FileName::sanitize("vedtak").numbered(3).as_str(), "vedtak (3)");
        let long = FileName::sanitize(&format!("{}.pdf", "x".repeat(300))).numbered(12);
        assert!(long.as_str().ends_with(" (12).pdf") && long.as_str().len() <= FileName::MAX_BYTES);
    }

    #[test]
    fn debug_tells_the_extension_alone() {
        assert_eq!(format!("{:?}", FileName::sanitize("Kari Testperson.pdf")), "FileName(*.pdf)");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_safe_name_that_parses(text in "(?s).{0,300}") {
            let name = FileName::sanitize(&text);
            prop_assert!(!name.as_str().is_empty() && name.as_str().len() <= FileName::MAX_BYTES);
            prop_assert!(name.as_str().chars().all(is_allowed));
            prop_assert_ne!(name.as_str(), "..");
            prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            let json = serde_json::to_string(&name).unwrap();
            prop_assert_eq!(serde_json::from_str::<FileName>(&json).unwrap(), name);
        }

        #[test]
        fn hostile_looking_text_becomes_a_safe_name_that_parses(
            text in "([./\\\\ a-c\u{30a}\u{308}\u{0}\u{202e}:*?\u{a0}]|nul|com1|\\.pdf|øøøø){0,120}",
            n in 2u32..2000,
        ) {
            let name = FileName::sanitize(&text);
            prop_assert_eq!(FileName::parse(name.as_str()), Ok(name.clone()));
            let other = name.numbered(n);
            prop_assert_eq!(FileName::parse(other.as_str()), Ok(other.clone()));
            prop_assert_ne!(other, name);
        }
    }
}
