use crate::noark::noark_list;

noark_list! {
    /// What kind of journal entry it is (journalposttype, M082).
    EntryKind {
        /// Incoming document (inngående).
        Incoming = "I", "Inngående dokument";
        /// Outgoing document (utgående).
        Outgoing = "U", "Utgående dokument";
        /// Internal document that somebody shall follow up.
        InternalFollowUp = "N", "Organinternt dokument for oppfølging";
        /// Internal document without follow-up.
        Internal = "X", "Organinternt dokument uten oppfølging";
        /// Proposal to a political body (saksframlegg).
        Proposal = "S", "Saksframlegg";
    }
}

noark_list! {
    /// How far a journal entry has come (journalstatus, M053).
    EntryStatus {
        /// Journaled: on record, locked as the standard says.
        Journaled = "J", "Journalført";
        /// Finished by the case handler.
        Finished = "F", "Ferdigstilt fra saksbehandler";
        /// Approved by the manager.
        Approved = "G", "Godkjent av leder";
        /// Dispatched.
        Dispatched = "E", "Ekspedert";
        /// Archived.
        Archived = "A", "Arkivert";
        /// Void; kept so that its number is accounted for.
        Void = "U", "Utgår";
        /// Incoming, registered for the time being.
        Temporary = "M", "Midlertidig registrering av innkommet dokument";
        /// Incoming, registered by the case handler.
        HandlerRegistered = "S", "Saksbehandler har registrert innkommet dokument";
        /// Reserved: a document is being written.
        Reserved = "R", "Reservert dokument";
    }
}

impl EntryKind {
    /// Whether the organisation wrote it itself. The standard does not name proposals in its rule for these; they are treated
    /// as own-produced.
    #[must_use]
    pub const fn is_own(self) -> bool {
        !matches!(self, Self::Incoming)
    }

    /// Whether it waits for an answer until it is signed off (restanse): incoming documents and internal ones for follow-up.
    #[must_use]
    pub const fn needs_sign_off(self) -> bool {
        matches!(self, Self::Incoming | Self::InternalFollowUp)
    }
}

impl EntryStatus {
    /// Whether entries of the kind ever have this status.
    #[must_use]
    pub const fn occurs_in(self, kind: EntryKind) -> bool {
        match self {
            Self::Temporary | Self::HandlerRegistered => !kind.is_own(),
            Self::Reserved | Self::Finished | Self::Approved => kind.is_own(),
            Self::Dispatched => matches!(kind, EntryKind::Outgoing),
            Self::Journaled | Self::Archived | Self::Void => true,
        }
    }

    /// Whether an entry of the kind may go from this status to the other. Total: every combination has an answer. The
    /// standard names states and locks; the steps between them follow common practice.
    ///
    /// ```
    /// use sakarkiv_core::journal::{EntryKind, EntryStatus};
    ///
    /// assert!(EntryStatus::Temporary.may_become(EntryStatus::Journaled, EntryKind::Incoming));
    /// assert!(!EntryStatus::Journaled.may_become(EntryStatus::Temporary, EntryKind::Incoming));
    /// ```
    #[must_use]
    pub const fn may_become(self, to: Self, kind: EntryKind) -> bool {
        let step = match self {
            Self::Temporary => matches!(to, Self::HandlerRegistered | Self::Journaled | Self::Void),
            Self::HandlerRegistered => matches!(to, Self::Journaled | Self::Void),
            Self::Reserved => matches!(to, Self::Finished | Self::Journaled | Self::Void),
            Self::Finished => {
                matches!(to, Self::Reserved | Self::Approved | Self::Journaled | Self::Dispatched | Self::Void)
            }
            Self::Approved => matches!(to, Self::Reserved | Self::Journaled | Self::Dispatched | Self::Void),
            Self::Journaled => matches!(to, Self::Dispatched | Self::Archived | Self::Void),
            Self::Dispatched => matches!(to, Self::Journaled | Self::Archived | Self::Void),
            Self::Archived | Self::Void => false,
        };
        step && self.occurs_in(kind) && to.occurs_in(kind)
    }

    /// Whether an entry may be registered with this status: not yet dispatched, archived or void.
    #[must_use]
    pub const fn begins(self, kind: EntryKind) -> bool {
        self.occurs_in(kind) && !matches!(self, Self::Dispatched | Self::Archived | Self::Void)
    }

    /// Whether the documents must be finished and the entry have a party (krav 3.2.30, 2.6.3): journaled, dispatched,
    /// archived.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Journaled | Self::Dispatched | Self::Archived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(kind: EntryKind) -> String {
        let mut steps: Vec<String> = EntryStatus::ALL
            .iter()
            .flat_map(|from| EntryStatus::ALL.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from.may_become(*to, kind))
            .map(|(from, to)| format!("{}{}", from.code(), to.code()))
            .collect();
        steps.sort();
        steps.join(" ")
    }

    #[test]
    fn the_steps_are_those_of_the_table_and_no_others() {
        assert_eq!(steps(EntryKind::Incoming), "JA JU MJ MS MU SJ SU");
        let own = "FG FJ FR FU GJ GR GU JA JU RF RJ RU";
        for kind in [EntryKind::InternalFollowUp, EntryKind::Internal, EntryKind::Proposal] {
            assert_eq!(steps(kind), own);
        }
        assert_eq!(steps(EntryKind::Outgoing), "EA EJ EU FE FG FJ FR FU GE GJ GR GU JA JE JU RF RJ RU");
    }

    #[test]
    fn nothing_leaves_archived_or_void_and_nothing_archived_was_not_on_record() {
        for kind in EntryKind::ALL {
            for status in EntryStatus::ALL {
                assert!(!EntryStatus::Archived.may_become(*status, *kind));
                assert!(!EntryStatus::Void.may_become(*status, *kind));
                if status.may_become(EntryStatus::Archived, *kind) {
                    assert!(matches!(status, EntryStatus::Journaled | EntryStatus::Dispatched));
                }
            }
        }
    }

    #[test]
    fn codes_and_names_are_those_of_the_standard() {
        assert_eq!(EntryKind::from_noark("x"), Some(EntryKind::Internal));
        assert_eq!(EntryStatus::from_noark("Journalført"), Some(EntryStatus::Journaled));
        assert_eq!(serde_json::to_string(&EntryStatus::HandlerRegistered).unwrap(), "\"handler_registered\"");
    }
}
