//! Texts as eInnsyn takes them.

use sakarkiv_core::screening::MASK;

/// The longest text of most members, in UTF-16 units, as the server counts.
pub(crate) const LONGEST: usize = 500;

/// A text that is not blank and no longer than eInnsyn takes; what is too long ends in an ellipsis, what is blank is stars.
pub(crate) fn fitted(text: &str, longest: usize) -> String {
    let text = text.trim();
    if text.is_empty() {
        return MASK.to_owned();
    }
    if text.encode_utf16().count() <= longest {
        return text.to_owned();
    }
    let mut units = 1;
    let kept = text.chars().take_while(|c| {
        units += c.len_utf16();
        units <= longest
    });
    let kept: String = kept.collect();
    format!("{}…", kept.trim_end())
}

/// As [`fitted`] for a member that may be missing: blank is missing.
pub(crate) fn fitted_some(text: Option<&str>, longest: usize) -> Option<String> {
    text.filter(|text| !text.trim().is_empty()).map(|text| fitted(text, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_as_the_server_counts_and_never_blank() {
        assert_eq!(fitted("  Klage \n", LONGEST), "Klage");
        assert_eq!(fitted(" ", LONGEST), MASK);
        let long = fitted(&"😀".repeat(400), LONGEST);
        assert!(long.ends_with('…') && long.encode_utf16().count() <= LONGEST && long.chars().count() == 250);
        assert_eq!(fitted(&"a".repeat(500), LONGEST).len(), 500);
        assert_eq!(fitted_some(Some(" "), 5), None);
    }
}
