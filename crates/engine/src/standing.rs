//! Whether a journal entry may leave: asked when a letter is handed in, and again when it is sent (I10).

use sakarkiv_core::journal::{EntryKind, EntryStatus, JournalEntry};

/// Why an entry may not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hindrance {
    /// A stable code, as those of routing.
    pub(crate) code: &'static str,
    /// What to do.
    pub(crate) text: &'static str,
}

/// Why a registered entry may not leave now, if it may not.
pub(crate) fn hindrance(entry: &JournalEntry) -> Option<Hindrance> {
    hinders(entry.kind(), entry.status())
}

/// Total over kinds and statuses. Only what its handler has finished leaves; taking that back stops what still waits.
const fn hinders(kind: EntryKind, status: EntryStatus) -> Option<Hindrance> {
    if !matches!(kind, EntryKind::Outgoing) {
        return Some(Hindrance { code: "entry_not_outgoing", text: "only outgoing entries (U) are sent" });
    }
    match status {
        EntryStatus::Finished
        | EntryStatus::Approved
        | EntryStatus::Journaled
        | EntryStatus::Dispatched
        | EntryStatus::Archived => None,
        EntryStatus::Void => {
            Some(Hindrance { code: "entry_void", text: "the entry is void (utgår): nothing of it is sent" })
        }
        EntryStatus::Reserved | EntryStatus::Temporary | EntryStatus::HandlerRegistered => Some(Hindrance {
            code: "entry_not_finished",
            text: "the entry is still being written: finish or approve it first",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_outgoing_entries_leave() {
        for kind in EntryKind::ALL {
            for status in EntryStatus::ALL {
                let leaves = hinders(*kind, *status).is_none();
                let finished = !matches!(
                    status,
                    EntryStatus::Void | EntryStatus::Reserved | EntryStatus::Temporary | EntryStatus::HandlerRegistered
                );
                assert_eq!(leaves, *kind == EntryKind::Outgoing && finished, "{kind:?} {status:?}");
            }
        }
    }
}
