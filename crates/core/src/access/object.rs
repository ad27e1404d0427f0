use crate::{
    access::RecordRef,
    case::{Case, CaseKind},
    document::{Document, DocumentMarks},
    identity::{ActorId, CaseId, EntryId, GroupId, TenantId, UnitId},
    journal::JournalEntry,
    party::Party,
    screening::{AccessCode, Hides, Screening},
    sensitivity::SensitivityClass,
};

/// All that the access decision asks about a record. Made from the record itself, with the class that
/// [`sensitivity`](crate::sensitivity) derived for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Whose record.
    pub tenant: TenantId,
    /// Which record.
    pub record: RecordRef,
    /// Its case; the case itself for a case.
    pub case: CaseId,
    /// The entry of a document, the entry itself for an entry, none for a case.
    pub entry: Option<EntryId>,
    /// The unit that is responsible for it; that of its case where the entry names none.
    pub unit: Option<UnitId>,
    /// Who is responsible for this very record.
    pub handler: Option<ActorId>,
    /// How sensitive it is.
    pub class: SensitivityClass,
    /// The access codes it is under, in capitals: its own and those of what it belongs to and holds.
    pub codes: Vec<AccessCode>,
    /// The kind of its case.
    pub kind: CaseKind,
    /// Its own access group; for a document that of its entry. Never that of the case, unless it is the case.
    pub group: Option<GroupId>,
    /// The series of its case.
    pub series: Option<String>,
    /// What screens it beside its case.
    pub screened_by: ScreenedBy,
    /// Its existence is kept from the public: everything of it, or of what it belongs to, is screened.
    pub hidden: bool,
}

/// What screens a record beside its case: what a grant on something above it must not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenedBy {
    /// Nothing of its own.
    Nothing,
    /// The entry it belongs to; for documents only.
    Entry,
    /// Itself: a screening, a screened party or a mark of its own, or of one of its documents.
    Itself,
}

impl Object {
    /// A case, with its class by [`sensitivity::of_case`](crate::sensitivity::of_case).
    #[must_use]
    pub fn of_case(case: &Case, class: SensitivityClass) -> Self {
        Self {
            tenant: case.tenant().clone(),
            record: RecordRef::Case(case.id()),
            case: case.id(),
            entry: None,
            unit: Some(case.unit().clone()),
            handler: case.case_handler().cloned(),
            class,
            codes: codes([case.screening()]),
            kind: case.kind(),
            group: case.access_group().cloned(),
            series: case.series().map(str::to_owned),
            screened_by: itself(case.screening().is_some()),
            hidden: is_hidden([case.screening()]),
        }
    }

    /// A journal entry, with its class by [`sensitivity::of_entry`](crate::sensitivity::of_entry). Case handler and group are
    /// its own, never those of its case (R2.3).
    #[must_use]
    pub fn of_entry(entry: &JournalEntry, case: &Case, class: SensitivityClass) -> Self {
        let documents = || entry.documents().iter().map(|attached| &attached.document);
        let screenings = [entry.screening(), case.screening()];
        Self {
            tenant: entry.tenant().clone(),
            record: RecordRef::Entry(entry.id()),
            case: entry.case(),
            entry: Some(entry.id()),
            unit: entry.unit().or_else(|| Some(case.unit())).cloned(),
            handler: entry.case_handler().cloned(),
            class,
            codes: codes(screenings.into_iter().chain(documents().map(Document::screening))),
            kind: case.kind(),
            group: entry.access_group().cloned(),
            series: case.series().map(str::to_owned),
            screened_by: itself(is_screened(entry) || documents().any(has_own_screening)),
            hidden: is_hidden(screenings),
        }
    }

    /// A document of an entry, with its class by [`sensitivity::of_document`](crate::sensitivity::of_document). Case handler
    /// and group are those of its entry.
    #[must_use]
    pub fn of_document(document: &Document, entry: &JournalEntry, case: &Case, class: SensitivityClass) -> Self {
        let screenings = [document.screening(), entry.screening(), case.screening()];
        let screened_by = if has_own_screening(document) {
            ScreenedBy::Itself
        } else if is_screened(entry) {
            ScreenedBy::Entry
        } else {
            ScreenedBy::Nothing
        };
        Self {
            record: RecordRef::Document(document.id()),
            codes: codes(screenings),
            screened_by,
            hidden: is_hidden(screenings),
            ..Self::of_entry(entry, case, class)
        }
    }
}

const fn itself(screened: bool) -> ScreenedBy {
    if screened { ScreenedBy::Itself } else { ScreenedBy::Nothing }
}

fn is_screened(entry: &JournalEntry) -> bool {
    entry.screening().is_some() || entry.parties().iter().any(Party::is_screened)
}

fn has_own_screening(document: &Document) -> bool {
    document.screening().is_some() || document.marks() != DocumentMarks::default()
}

fn codes<'a>(screenings: impl IntoIterator<Item = Option<&'a Screening>>) -> Vec<AccessCode> {
    let mut codes: Vec<AccessCode> =
        screenings.into_iter().flatten().map(|screening| screening.code().in_capitals()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn is_hidden<'a>(screenings: impl IntoIterator<Item = Option<&'a Screening>>) -> bool {
    screenings.into_iter().flatten().any(|screening| screening.marks().any(|mark| mark == Hides::Everything))
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
