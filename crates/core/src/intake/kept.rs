//! What is kept from the public stays so when its source sends it again without saying so: only people loosen.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;

use super::compare::same_bytes;
use crate::{
    document::Document,
    journal::{DocumentRole, JournalEntry, NewDocument, NewEntry},
    party::Party,
    screening::{Hides, Private, Screening, ScreeningError},
};

/// The parties as they are wished for, the name of each kept from the public where it was. Whoever comes in the place of a
/// hidden one that is gone may be the same under another name, so the name stays hidden.
pub(super) fn parties(stored: &[Party], wished: &[Party]) -> Vec<Party> {
    let replaced = |sending: bool| {
        let gone = |party: &Party| !wished.iter().any(|wish| is_known_as(party, wish));
        stored.iter().any(|party| party.is_screened() && party.role().is_sender() == sending && gone(party))
    };
    let hidden = |wish: &Party| {
        let mut known = stored.iter().filter(|party| is_known_as(party, wish)).peekable();
        if known.peek().is_some() { known.any(Party::is_screened) } else { replaced(wish.role().is_sender()) }
    };
    wished.iter().map(|wish| wish.clone().screened(wish.is_screened() || hidden(wish))).collect()
}

/// Whether they are the same person or organisation, whatever they are to the entry. By name where a number is not known of
/// both: one name is written in several ways.
pub(super) fn is_known_as(one: &Party, other: &Party) -> bool {
    let folded =
        |party: &Party| party.name().expose().nfc().filter(|letter| !letter.is_whitespace()).collect::<String>();
    let same_name = || folded(one).to_lowercase() == folded(other).to_lowercase();
    one.id() == other.id()
        || one.identity().zip(other.identity()).map_or_else(same_name, |(number, another)| number == another)
}

/// The first, hiding also what the other hides, as long as either. A title that either hides whole stays hidden whole.
pub(super) fn joined(first: &Screening, other: &Screening) -> Result<Screening, ScreeningError> {
    let hides: BTreeSet<Hides> = first.marks().chain(other.marks()).collect();
    let whole = |screening: &&Screening| {
        screening.marks().any(|mark| mark == Hides::TitleWords) && screening.words().is_empty()
    };
    let mut words: Vec<&Private<String>> = Vec::new();
    if ![first, other].iter().any(whole) {
        for word in first.words().iter().chain(other.words()) {
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }
    let both = Screening::new(first.code().clone(), first.legal_basis(), hides)?;
    let both = both.with_words(words.into_iter().map(|word| word.expose().as_str()))?;
    let until = first.last_day().zip(other.last_day()).map(|(one, another)| one.max(another));
    Ok(until.map_or(both.clone(), |day| both.until(day)))
}

/// A newer entry beside the one that it renews, as little open to the public and to others here as that one.
pub(super) fn renewed(before: &JournalEntry, mut new: NewEntry) -> Result<NewEntry, ScreeningError> {
    new.parties = parties(before.parties(), &new.parties);
    new.screening = match (before.screening(), &new.screening) {
        (Some(ours), Some(wanted)) => Some(joined(ours, wanted)?),
        (ours, wanted) => ours.or(wanted.as_ref()).cloned(),
    };
    new.access_group = before.access_group().cloned().or(new.access_group);
    for NewDocument { role, document } in &mut new.documents {
        let renews = |ours: &Document| same_bytes(ours, document);
        let same = before.documents().iter().find(|attached| renews(&attached.document));
        let main = || before.documents().iter().find(|attached| [attached.role, *role] == [DocumentRole::Main; 2]);
        if let Some(ours) = same.or_else(main) {
            *document = as_hidden_as(&ours.document, document.clone());
        }
    }
    Ok(new)
}

/// A document with the screening that it had, if it had one, and all that was said about its content.
pub(super) fn as_hidden_as(before: &Document, document: Document) -> Document {
    let marks = document.marks().or(before.marks());
    let screening = before.screening().or(document.screening()).cloned();
    document.marked(marks).screened(screening)
}
