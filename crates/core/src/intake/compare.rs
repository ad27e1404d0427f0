//! What a consignment says differently from an entry that is registered.

use super::ArchiveFacts;
use crate::{
    document::Document,
    journal::{Change, DocumentRole, JournalEntry, NewDocument, NewEntry},
    party::Party,
    screening::{MASK, Screening},
};

/// How an entry as handed in differs from the registered one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Difference {
    /// In nothing that the source has a say in.
    None,
    /// In the content of the main document, which is frozen.
    Content,
    /// In what can be amended.
    Changes(Vec<Change>),
}

/// What the source says nothing about stays, and so does what people decided here: unit, case handler, status, and a
/// screening once there is one.
pub(super) fn difference(stored: &JournalEntry, new: &NewEntry, facts: &ArchiveFacts) -> Difference {
    let unknown: Vec<_> = new
        .documents
        .iter()
        .filter(|wanted| !stored.documents().iter().any(|ours| holds(&ours.document, &wanted.document)))
        .collect();
    if unknown.iter().any(|wanted| wanted.role == DocumentRole::Main) && !stored.documents().is_empty() {
        return Difference::Content;
    }
    let mut changes = metadata(stored, new);
    changes.extend(parties(stored, new));
    changes.extend(pairs(stored, new).into_iter().filter_map(|(ours, wanted)| match (ours.screening(), wanted) {
        (None, Some(screening)) => Some(Change::Document(ours.clone().screened(Some(screening.clone())))),
        _ => None,
    }));
    changes.extend(unknown.into_iter().map(|wanted| Change::Attach {
        document: wanted.clone(),
        at: facts.now,
        by: facts.by.clone(),
    }));
    if changes.is_empty() { Difference::None } else { Difference::Changes(changes) }
}

/// Whether the source wants a screening of the entry or of one of its documents that is there and says otherwise.
pub(super) fn wants_other_screening(stored: &JournalEntry, new: &NewEntry) -> bool {
    let of_documents = pairs(stored, new).into_iter().map(|(ours, wanted)| (ours.screening(), wanted));
    let mut all = of_documents.chain([(stored.screening(), new.screening.as_ref())]);
    all.any(|(ours, wanted)| matches!((ours, wanted), (Some(ours), Some(wanted)) if ours != wanted))
}

/// Whether a changed title would show the public more than the screening that is there was made for. Its words are those of
/// the title before; that they suit another is certain only when the source wants the same ones kept and none beside them.
pub(super) fn shows_more(
    ours: Option<&Screening>,
    wanted: Option<&Screening>,
    (before, shown): (String, String),
) -> bool {
    let Some(ours) = ours else { return false };
    if shown == before || shown == MASK {
        return false;
    }
    let wants = |word| wanted.is_some_and(|wanted| wanted.words().contains(word));
    !ours.words().iter().all(wants) || wanted.is_some_and(|wanted| wanted.public_title(&shown) != shown)
}

/// The documents that are there, each once, with the screening that the source wants for what has the same bytes.
fn pairs<'a>(stored: &'a JournalEntry, new: &'a NewEntry) -> Vec<(&'a Document, Option<&'a Screening>)> {
    let mut left: Vec<&Document> = stored.documents().iter().map(|attached| &attached.document).collect();
    let paired = |NewDocument { document: wanted, .. }: &'a NewDocument| {
        let place = left.iter().position(|ours| holds(ours, wanted))?;
        Some((left.remove(place), wanted.screening()))
    };
    new.documents.iter().filter_map(paired).collect()
}

/// Whether a document has all the bytes of another.
fn holds(ours: &Document, wanted: &Document) -> bool {
    let has = |content| ours.versions().iter().any(|version| version.content == content);
    wanted.versions().iter().all(|version| has(version.content))
}

fn metadata(stored: &JournalEntry, new: &NewEntry) -> Vec<Change> {
    let mut changes = Vec::new();
    if new.title != *stored.title() {
        changes.push(Change::Title(new.title.clone()));
    }
    if new.public_title.is_some() {
        let change = Change::PublicTitle(new.public_title.clone());
        let differs = stored.amend(change.clone().into());
        if differs.is_ok_and(|other| other.public_title() != stored.public_title()) {
            changes.push(change);
        }
    }
    if new.document_date.is_some() && new.document_date != stored.document_date() {
        changes.push(Change::DocumentDate(new.document_date));
    }
    if new.sent.is_some() && new.sent != stored.sent() {
        changes.push(Change::Sent(new.sent));
    }
    if new.due.is_some() && new.due != stored.due() {
        changes.push(Change::Due(new.due));
    }
    if let (None, Some(screening)) = (stored.screening(), &new.screening) {
        changes.push(Change::Screening(Some(screening.clone())));
    }
    changes
}

/// Parties that are the same keep their id, and a name that is kept from the public stays so.
fn parties(stored: &JournalEntry, new: &NewEntry) -> Vec<Change> {
    if new.parties.is_empty() {
        return Vec::new();
    }
    let ours = |wanted: &Party| stored.parties().iter().find(|party| is_same(party, wanted));
    let same_people =
        new.parties.len() == stored.parties().len() && new.parties.iter().all(|party| ours(party).is_some());
    if same_people {
        let newly = new.parties.iter().filter(|party| party.is_screened()).filter_map(ours);
        return newly.filter(|party| !party.is_screened()).map(|party| Change::ScreenParty(party.id(), true)).collect();
    }
    let merged = new.parties.iter().map(|wanted| match ours(wanted) {
        Some(party) => party.clone().screened(party.is_screened() || wanted.is_screened()),
        None => wanted.clone(),
    });
    vec![Change::Parties(merged.collect())]
}

fn is_same(ours: &Party, wanted: &Party) -> bool {
    ours.role() == wanted.role()
        && ours.name() == wanted.name()
        && ours.identity() == wanted.identity()
        && ours.address() == wanted.address()
        && ours.contact() == wanted.contact()
}
