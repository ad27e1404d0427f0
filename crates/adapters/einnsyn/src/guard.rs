//! The last look at a body before it leaves: eInnsyn refuses national identity numbers, and knows no synthetic ones.

use sakarkiv_core::identity::NationalIdentityNumber;
use serde_json::Value;

/// The name of the first member of a body, at any depth, in which a national identity number stands.
pub(crate) fn first_number(body: &Value) -> Option<&str> {
    match body {
        Value::Object(members) => members.iter().find_map(|(name, value)| match value {
            // Ids, digests and addresses are made of digits that mean nothing.
            _ if matches!(name.as_str(), "systemId" | "externalId" | "referanseDokumentfil" | "sjekksum") => None,
            Value::String(text) if holds_number(text) => Some(name.as_str()),
            other => first_number(other),
        }),
        Value::Array(items) => items.iter().find_map(first_number),
        _ => None,
    }
}

/// Whether eleven digits in one of the shapes that eInnsyn looks for make a number: together, as six and five, or as four,
/// two and five. Synthetic numbers count.
pub(crate) fn holds_number(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_');
    (0..chars.len()).filter(|at| at.checked_sub(1).is_none_or(|before| !word(chars.get(before)))).any(|at| {
        SHAPES.iter().any(|shape| {
            let Some((digits, end)) = taken(&chars, at, shape) else { return false };
            !word(chars.get(end)) && NationalIdentityNumber::parse(&digits).is_ok()
        })
    })
}

/// So many digits, and what may stand between them and the next group.
type Group = (usize, fn(char) -> bool);

const SHAPES: [&[Group]; 3] = [
    &[(11, |_| false)],
    &[(6, char::is_whitespace), (5, |_| false)],
    &[(4, |c| c == '.' || c == ' '), (2, |c| c == '.' || c == ' '), (5, |_| false)],
];

/// The digits of a shape at a place, and where it ends.
fn taken(chars: &[char], at: usize, shape: &[Group]) -> Option<(String, usize)> {
    let (mut digits, mut at) = (String::new(), at);
    for (n, (count, between)) in shape.iter().enumerate() {
        for _ in 0..*count {
            digits.push(*chars.get(at).filter(|c| c.is_ascii_digit())?);
            at += 1;
        }
        if n + 1 < shape.len() {
            chars.get(at).filter(|c| between(**c))?;
            at += 1;
        }
    }
    Some((digits, at))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_seen_in_every_shape_and_synthetic_ones_too() {
        for text in ["Om 01819000553", "018190 00553.", "(0181.90.00553)", "0181 90 00553", "å01819000553"] {
            assert!(holds_number(text), "{text}");
        }
        for text in ["101819000553", "a01819000553", "01819000554", "01819 000553", "2026/318", "", "018190"] {
            assert!(!holds_number(text), "{text}");
        }
    }

    #[test]
    fn the_member_is_named_wherever_it_stands_and_ids_are_left_alone() {
        let body = json!({"systemId": "01819000553", "a": [{"b": {"tittel": "01819000553"}}]});
        assert_eq!(first_number(&body), Some("tittel"));
        assert_eq!(first_number(&json!({"sjekksum": "01819000553", "n": 1_819_000_553})), None);
    }
}
