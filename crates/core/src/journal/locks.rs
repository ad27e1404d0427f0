use super::{EntryKind, EntryStatus};

/// A part of a journal entry, for telling what is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the entry's accessors")]
pub enum EntryField {
    Number,
    Kind,
    Title,
    PublicTitle,
    DocumentDate,
    Received,
    Sent,
    JournalDate,
    Due,
    Assessed,
    Unit,
    CaseHandler,
    Parties,
    Documents,
    SignOffs,
    Screening,
    AccessGroup,
    ExternalKeys,
}

impl EntryField {
    /// Every field.
    pub const ALL: [Self; 18] = [
        Self::Number,
        Self::Kind,
        Self::Title,
        Self::PublicTitle,
        Self::DocumentDate,
        Self::Received,
        Self::Sent,
        Self::JournalDate,
        Self::Due,
        Self::Assessed,
        Self::Unit,
        Self::CaseHandler,
        Self::Parties,
        Self::Documents,
        Self::SignOffs,
        Self::Screening,
        Self::AccessGroup,
        Self::ExternalKeys,
    ];
}

/// The rule of the standard that locks a field of an entry, by its kind and status; nothing when it may be changed.
///
/// What is about access (screening, public title, access group) may always be corrected: a leak must never stay because of a
/// lock.
///
/// ```
/// use sakarkiv_core::journal::{EntryField, EntryKind, EntryStatus, lock};
///
/// assert_eq!(lock(EntryKind::Outgoing, EntryStatus::Journaled, EntryField::Title), Some("krav 3.2.24"));
/// assert_eq!(lock(EntryKind::Incoming, EntryStatus::Journaled, EntryField::Title), None);
/// ```
#[must_use]
pub const fn lock(kind: EntryKind, status: EntryStatus, field: EntryField) -> Option<&'static str> {
    use EntryField as F;
    use EntryStatus as S;
    if matches!(field, F::Screening | F::AccessGroup | F::PublicTitle | F::Assessed | F::ExternalKeys) {
        return None;
    }
    if matches!(status, S::Void) {
        return Some("status Utgår");
    }
    if matches!(status, S::Archived) {
        match field {
            F::Title => return Some("krav 3.2.14"),
            F::Documents => return Some("krav 3.2.17"),
            F::JournalDate => return Some("M101"),
            _ => {}
        }
    }
    let archived = matches!(status, S::Archived);
    if !status.is_settled() {
        return None;
    }
    match (kind.is_own(), field) {
        (false, F::Number | F::Received) => Some("krav 3.2.22"),
        (false, F::Kind | F::DocumentDate | F::Parties) if archived => Some("krav 3.2.23"),
        (true, F::Number | F::Kind | F::DocumentDate | F::Sent | F::CaseHandler | F::Unit | F::Title | F::Parties) => {
            Some("krav 3.2.24")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The matrix as archivists know it: a line for each field, a column for incoming M, S, J, A and own R, F, G, J, E, A.
    /// `x` is locked.
    const MATRIX: &[(EntryField, &str, &str)] = &[
        (EntryField::Number, "..xx", "...xxx"),
        (EntryField::Kind, "...x", "...xxx"),
        (EntryField::Title, "...x", "...xxx"),
        (EntryField::PublicTitle, "....", "......"),
        (EntryField::DocumentDate, "...x", "...xxx"),
        (EntryField::Received, "..xx", "......"),
        (EntryField::Sent, "....", "...xxx"),
        (EntryField::JournalDate, "...x", ".....x"),
        (EntryField::Due, "....", "......"),
        (EntryField::Assessed, "....", "......"),
        (EntryField::Unit, "....", "...xxx"),
        (EntryField::CaseHandler, "....", "...xxx"),
        (EntryField::Parties, "...x", "...xxx"),
        (EntryField::Documents, "...x", ".....x"),
        (EntryField::SignOffs, "....", "......"),
        (EntryField::Screening, "....", "......"),
        (EntryField::AccessGroup, "....", "......"),
        (EntryField::ExternalKeys, "....", "......"),
    ];

    fn row(kind: EntryKind, statuses: &str, field: EntryField) -> String {
        let status = |c: char| EntryStatus::from_noark(&c.to_string()).unwrap();
        statuses.chars().map(|c| if lock(kind, status(c), field).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn the_locks_are_those_of_the_matrix() {
        assert_eq!(MATRIX.iter().map(|(field, ..)| *field).collect::<Vec<_>>(), EntryField::ALL);
        for (field, incoming, own) in MATRIX {
            assert_eq!(row(EntryKind::Incoming, "MSJA", *field), *incoming, "incoming {field:?}");
            for kind in EntryKind::ALL.iter().filter(|kind| kind.is_own()) {
                assert_eq!(row(*kind, "RFGJEA", *field), *own, "{kind:?} {field:?}");
            }
        }
    }

    #[test]
    fn a_void_entry_keeps_everything_but_what_the_public_may_see() {
        for field in EntryField::ALL {
            let open = matches!(
                field,
                EntryField::Screening
                    | EntryField::AccessGroup
                    | EntryField::PublicTitle
                    | EntryField::Assessed
                    | EntryField::ExternalKeys
            );
            assert_eq!(lock(EntryKind::Incoming, EntryStatus::Void, field).is_none(), open);
        }
    }
}
