//! Texts within the interface's limits. Lengths are counted in UTF-16 units, as the other side's Java counts them, which is
//! never less than the number of characters.

use std::collections::HashSet;

/// The text without blanks around it, cut after `limit` units at a character's border, with an ellipsis where it was cut.
/// Nothing when it is blank, because the interface refuses empty texts.
pub(super) fn cut(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if units(text) <= limit {
        return Some(text.to_owned());
    }
    let kept = first_units(text, limit.saturating_sub(1));
    Some(format!("{}…", kept.trim_end()))
}

/// The text without blanks around it, when it fits whole.
pub(super) fn whole(text: &str, limit: usize) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && units(text) <= limit).then_some(text)
}

/// File names that the interface takes: no folder, none of its forbidden characters, at most 226 units, and unique without
/// regard to case. The order stays; a name that clashes gets a number before its ending.
pub(super) fn file_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut taken = HashSet::new();
    names
        .into_iter()
        .map(|name| {
            let plain = plain_name(name);
            let (stem, ending) = split_ending(&plain);
            let mut candidate = shortened(stem, ending, "");
            let mut number = 1_u32;
            while !taken.insert(folded(&candidate)) {
                number += 1;
                candidate = shortened(stem, ending, &format!(" ({number})"));
            }
            candidate
        })
        .collect()
}

/// Without what would be a path or is forbidden.
fn plain_name(name: &str) -> String {
    let replaced = name.chars().map(|c| if c.is_control() || FORBIDDEN.contains(&c) { '_' } else { c });
    let replaced = replaced.collect::<String>();
    // Dots and blanks alone, or at the ends, are folders to some systems and lost on others.
    let plain = replaced.trim_matches(|c: char| c.is_whitespace() || c == '.');
    if plain.is_empty() { "dokument".to_owned() } else { plain.to_owned() }
}

/// A short ending with its dot, such as `.pdf`, apart from the rest.
fn split_ending(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 => {
            let (stem, ending) = name.split_at(at);
            if units(ending) <= LONGEST_ENDING { (stem, ending) } else { (name, "") }
        }
        _ => (name, ""),
    }
}

fn shortened(stem: &str, ending: &str, number: &str) -> String {
    let room = LONGEST_NAME - units(ending).min(LONGEST_ENDING) - units(number).min(LONGEST_ENDING);
    format!("{}{number}{ending}", first_units(stem, room).trim_end())
}

/// The same for names that differ in case only.
fn folded(name: &str) -> String {
    name.to_uppercase().to_lowercase()
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn first_units(text: &str, limit: usize) -> String {
    let mut left = limit;
    text.chars()
        .take_while(|c| match left.checked_sub(c.len_utf16()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .collect()
}

const FORBIDDEN: [char; 9] = ['*', ':', '"', '\\', '/', '<', '>', '|', '?'];
const LONGEST_NAME: usize = 226;
const LONGEST_ENDING: usize = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("  blåbær ", 6).as_deref(), Some("blåbær"));
        assert_eq!(cut("blåbærtur", 6).as_deref(), Some("blåbæ…"));
        assert_eq!(cut("😀😀😀", 4).as_deref(), Some("😀…"), "a character of two units is not halved");
        assert_eq!(cut(" \t", 6), None);
        assert_eq!(whole(" abc ", 3), Some("abc"));
        assert_eq!(whole("abcd", 3), None);
    }

    #[test]
    fn hostile_names_become_plain_ones() {
        let long = "ø".repeat(300);
        let names = file_names([
            "../../etc/passwd",
            "a\0b\r\nc.pdf",
            "..",
            "",
            "C:\\brev?.pdf",
            "\"; filename=\"x.pdf",
            &format!("{long}.pdf"),
            "årsmelding.pdf",
            "a\u{30a}rsmelding.pdf",
        ]);
        assert_eq!(
            &names[..6],
            ["_.._etc_passwd", "a_b__c.pdf", "dokument", "dokument (2)", "C__brev_.pdf", "_; filename=_x.pdf",]
        );
        assert_eq!(names[6], format!("{}.pdf", "ø".repeat(222)));
        assert_eq!(&names[7..], ["årsmelding.pdf", "a\u{30a}rsmelding.pdf"]);
    }

    #[test]
    fn names_that_differ_in_case_only_are_numbered_in_order() {
        let names = file_names(["Brev.pdf", "brev.PDF", "BREV.pdf", "brev (2).pdf", "ÆRLIG", "ærlig"]);
        assert_eq!(names, ["Brev.pdf", "brev (2).PDF", "BREV (3).pdf", "brev (2) (2).pdf", "ÆRLIG", "ærlig (2)"]);
    }

    proptest! {
        #[test]
        fn any_names_become_allowed_and_unique(names in proptest::collection::vec("\\PC{0,300}|[aA./]{0,4}", 0..8)) {
            let made = file_names(names.iter().map(String::as_str));
            prop_assert_eq!(made.len(), names.len());
            let mut folded_names = made.iter().map(|name| folded(name)).collect::<Vec<_>>();
            folded_names.sort();
            folded_names.dedup();
            prop_assert_eq!(folded_names.len(), names.len());
            for name in made {
                prop_assert!((1..=226).contains(&units(&name)));
                prop_assert!(!name.contains(|c: char| c.is_control() || FORBIDDEN.contains(&c)));
                prop_assert!(!matches!(name.as_str(), "." | ".."));
            }
        }
    }
}
