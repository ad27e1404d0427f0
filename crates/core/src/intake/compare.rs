//! What a consignment says differently from an entry that is registered.

use super::{ArchiveFacts, kept};
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
        .filter(|wanted| !stored.documents().iter().any(|ours| same_bytes(&ours.document, &wanted.document)))
        .collect();
    if unknown.iter().any(|wanted| wanted.role == DocumentRole::Main) && !stored.documents().is_empty() {
        return Difference::Content;
    }
    let mut changes = metadata(stored, new);
    changes.extend(parties(stored, new));
    changes.extend(
        pairs(stored, new).into_iter().filter_map(|(ours, wanted)| redescribed(ours, wanted)).map(Change::Document),
    );
    changes.extend(unknown.into_iter().map(|wanted| Change::Attach {
        document: wanted.clone(),
        at: facts.now,
        by: facts.by.clone(),
    }));
    if changes.is_empty() { Difference::None } else { Difference::Changes(changes) }
}

/// Whether the source wants a screening of the entry or of one of its documents that is there and says otherwise.
pub(super) fn wants_other_screening(stored: &JournalEntry, new: &NewEntry) -> bool {
    let of_documents = pairs(stored, new).into_iter().map(|(ours, wanted)| (ours.screening(), wanted.screening()));
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

/// Whether changes would do so with a title of an entry or of one of its documents. `wanted` is the screening that the source
/// wants for the entry.
pub(super) fn retitling_shows_more(
    stored: &JournalEntry,
    changes: &[Change],
    amended: &JournalEntry,
    wanted: Option<&Screening>,
) -> bool {
    let shows = |titles| shows_more(stored.screening(), wanted, titles);
    changes.iter().any(|change| match change {
        Change::Title(_) | Change::PublicTitle(_) => shows((stored.public_title(), amended.public_title())),
        Change::Document(new) => {
            stored.document(new.id()).filter(|ours| ours.title() != new.title()).is_some_and(|ours| {
                shows((stored.public_document_title(ours), amended.public_document_title(new)))
                    || shows_more(ours.screening(), None, (ours.public_title(), new.public_title()))
            })
        }
        _ => false,
    })
}

/// The documents that are there, each once, with what the source says of the same bytes.
fn pairs<'a>(stored: &'a JournalEntry, new: &'a NewEntry) -> Vec<(&'a Document, &'a Document)> {
    let mut left: Vec<&Document> = stored.documents().iter().map(|attached| &attached.document).collect();
    let paired = |NewDocument { document: wanted, .. }: &'a NewDocument| {
        let place = left.iter().position(|ours| same_bytes(ours, wanted))?;
        Some((left.remove(place), wanted))
    };
    new.documents.iter().filter_map(paired).collect()
}

/// Whether a document has all the bytes of another.
pub(super) fn same_bytes(ours: &Document, wanted: &Document) -> bool {
    let has = |content| ours.versions().iter().any(|version| version.content == content);
    wanted.versions().iter().all(|version| has(version.content))
}

/// A document that is there, where the source says more or otherwise of it: another title, a first screening, further marks.
fn redescribed(ours: &Document, wanted: &Document) -> Option<Document> {
    let changed = kept::as_hidden_as(ours, wanted.clone());
    let changed = ours.clone().marked(changed.marks()).screened(changed.screening().cloned());
    let named = wanted.versions().iter().all(|version| version.file_name.as_str() != wanted.title().expose());
    let title = if named { wanted.title() } else { ours.title() };
    changed.titled(title.clone()).ok().filter(|changed| changed != ours)
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
    let keys = new.external_keys.iter().filter(|key| !stored.external_keys().contains(key));
    let all: Vec<_> = stored.external_keys().iter().chain(keys).cloned().collect();
    if all.len() > stored.external_keys().len() {
        changes.push(Change::ExternalKeys(all));
    }
    changes
}

/// Parties that are the same keep their id and what the source says nothing about, and a name that is kept from the public
/// stays so.
fn parties(stored: &JournalEntry, new: &NewEntry) -> Vec<Change> {
    if new.parties.is_empty() {
        return Vec::new();
    }
    let mut left: Vec<&Party> = stored.parties().iter().collect();
    let wished = kept::parties(stored.parties(), &new.parties);
    let again = wished.into_iter().map(|wish| {
        let same = |ours: &Party| ours.role() == wish.role() && kept::is_known_as(ours, &wish);
        let nothing_new = |ours: &Party| same(ours) && only_hides(ours, &wish.clone().known_before(ours));
        let place = left.iter().position(|ours| nothing_new(ours)).or_else(|| left.iter().position(|ours| same(ours)));
        match place {
            Some(place) => wish.clone().known_before(left.remove(place)),
            None => wish,
        }
    });
    let again: Vec<Party> = again.collect();
    let ours = |party: &Party| stored.parties().iter().find(|ours| ours.id() == party.id());
    if left.is_empty() && again.iter().all(|party| ours(party).is_some_and(|ours| only_hides(ours, party))) {
        let newly = again.iter().filter(|party| party.is_screened() && !ours(party).is_some_and(Party::is_screened));
        return newly.map(|party| Change::ScreenParty(party.id(), true)).collect();
    }
    vec![Change::Parties(again)]
}

/// Whether nothing is new of a party, but perhaps that its name is kept from the public.
fn only_hides(ours: &Party, again: &Party) -> bool {
    again.clone().screened(ours.is_screened()) == *ours
}
