//! Texts within Altinn's limits. Lengths are counted in UTF-16 units, as the other side counts them.

/// The text without blanks around it, cut after `limit` units at a character's border, with an ellipsis where it was cut.
/// Nothing when it is blank.
pub(crate) fn cut(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if units(text) <= limit {
        return Some(text.to_owned());
    }
    let mut left = limit.saturating_sub(1);
    let fits = |c: &char| match left.checked_sub(c.len_utf16()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let kept = text.chars().take_while(fits).collect::<String>();
    Some(format!("{}…", kept.trim_end()))
}

/// The text when it fits whole and is not blank.
pub(crate) fn whole(text: &str, limit: usize) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && units(text) <= limit).then_some(text)
}

pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text that neither a reader of Markdown nor one of HTML would change, which is what Altinn asks of titles and of senders'
/// names: characters that mean something there become others that look the same or close. Titles hold such characters in
/// earnest: screened words are written `*****`.
pub(crate) fn plain(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '*' => made.push('∗'),
            '<' => made.push('‹'),
            '>' => made.push('›'),
            '[' => made.push('('),
            ']' => made.push(')'),
            '`' => made.push('\''),
            '\\' => made.push('/'),
            '_' => made.push('-'),
            '~' => made.push('-'),
            '|' => made.push('/'),
            '#' if made.is_empty() => made.push_str("nr. "),
            '+' if made.is_empty() => made.push('-'),
            '&' => made.push_str("og"),
            c if c.is_control() => made.push(' '),
            c => made.push(c),
        }
    }
    // A line of the same sign alone would be a rule or the mark of a heading.
    if made.chars().all(|c| matches!(c, '-' | '=' | ' ')) { "Brev".to_owned() } else { made }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("  blåbær ", 6).as_deref(), Some("blåbær"));
        assert_eq!(cut("blåbærtur", 6).as_deref(), Some("blåbæ…"));
        assert_eq!(cut("😀😀😀", 4).as_deref(), Some("😀…"));
        assert_eq!(cut(" \t", 6), None);
        assert_eq!((whole(" abc ", 3), whole("abcd", 3), whole(" ", 3)), (Some("abc"), None, None));
    }

    #[test]
    fn titles_with_meaning_in_markdown_become_plain() {
        for (given, made) in [
            ("Klage fra ***** om <b>støy</b>", "Klage fra ∗∗∗∗∗ om ‹b›støy‹/b›"),
            ("[se her](http://x)", "(se her)(http://x)"),
            ("# 5 på lista", "nr.  5 på lista"),
            ("Sak 12/34 - vedtak", "Sak 12/34 - vedtak"),
            ("---", "Brev"),
            ("Ola & Kari", "Ola og Kari"),
            ("linje\nskift", "linje skift"),
        ] {
            assert_eq!(plain(given), made);
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_plain_and_stays_so(text in "\\PC{0,200}") {
            let made = plain(&text);
            prop_assert!(!made.contains(['*', '<', '>', '[', ']', '`', '\\', '_', '~', '|', '&']));
            prop_assert_eq!(plain(&made), made.trim());
            if let Some(short) = cut(&made, 20) {
                prop_assert!((1..=20).contains(&units(&short)));
            }
        }
    }
}
