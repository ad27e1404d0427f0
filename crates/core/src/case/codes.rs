use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    journal::{AttachedDocument, EntryStatus, JournalEntry},
    noark::noark_list,
};

/// What kind of case it is; decides sensitivity (R1.5) and publication (R7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Ordinary case (sak).
    #[default]
    Ordinary,
    /// Personnel file (personalsak).
    PersonnelFile,
    /// Pupil file (elevsak).
    PupilFile,
    /// Child file (barnesak): kindergarten, child welfare and the like.
    ChildFile,
    /// Recruitment case (ansettelsessak).
    Recruitment,
    /// Building case (byggesak).
    Building,
    /// Meeting case (møtesak).
    Meeting,
}

impl CaseKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Ordinary,
        Self::PersonnelFile,
        Self::PupilFile,
        Self::ChildFile,
        Self::Recruitment,
        Self::Building,
        Self::Meeting,
    ];

    /// The Norwegian name.
    #[must_use]
    pub const fn norwegian_name(self) -> &'static str {
        match self {
            Self::Ordinary => "Sak",
            Self::PersonnelFile => "Personalsak",
            Self::PupilFile => "Elevsak",
            Self::ChildFile => "Barnesak",
            Self::Recruitment => "Ansettelsessak",
            Self::Building => "Byggesak",
            Self::Meeting => "Møtesak",
        }
    }
}

noark_list! {
    /// How far a case has come (saksstatus, M052).
    CaseStatus {
        /// Opened by the case handler, not yet confirmed by the archive.
        Reserved = "R", "Opprettet av saksbehandler";
        /// Under processing.
        Open = "B", "Under behandling";
        /// Kept out of process control.
        Exempt = "P", "Unntatt prosesstyring";
        /// Done, says the case handler.
        HandlerDone = "F", "Ferdig fra saksbehandler";
        /// Closed by the case handler; the archive has yet to check.
        HandlerClosed = "S", "Avsluttet av saksbehandler";
        /// Closed.
        Closed = "A", "Avsluttet";
        /// Void; kept so that its number is accounted for.
        Void = "U", "Utgår";
    }
}

/// What is in a case, as far as its life cycle asks. The store counts it in the transaction that changes the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaseContents {
    /// It has a class (krav 3.2.6).
    pub has_class: bool,
    /// Entries that are neither archived nor void.
    pub unsettled_entries: u64,
    /// Entries that are not void.
    pub live_entries: u64,
    /// Entries that wait for an answer (restanse).
    pub outstanding: u64,
    /// Documents without a file in an approved archive format.
    pub unfit_documents: u64,
}

/// What keeps a case from another status. Each names the rule of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum CaseObstacle {
    /// No such step in the life cycle.
    #[error("a case cannot go from `{}` to `{}`", from.norwegian_name(), to.norwegian_name())]
    NoSuchStep {
        /// From.
        from: CaseStatus,
        /// To.
        to: CaseStatus,
    },
    /// No class (krav 3.2.6).
    #[error("the case has no class; give it one before it is closed (krav 3.2.6)")]
    NoClass,
    /// Entries that are not archived (krav 3.2.7).
    #[error("the case has entries that are neither archived nor void; settle them first (krav 3.2.7)")]
    Unsettled,
    /// Documents in other formats (krav 3.2.8).
    #[error("the case has documents without an archive format; convert them first (krav 3.2.8)")]
    UnfitDocuments,
    /// Unanswered entries (krav 3.2.9).
    #[error("the case has entries that wait for an answer; sign them off first (krav 3.2.9)")]
    Outstanding,
    /// Entries that are not void.
    #[error("the case has entries that are not void; a case becomes void only with all its entries")]
    LiveEntries,
}

impl CaseStatus {
    /// Whether a case may take the step, given its contents. Total: every pair has an answer. The standard names states and
    /// conditions; the steps between them follow common practice.
    ///
    /// # Errors
    /// The first [`CaseObstacle`].
    pub const fn step(self, to: Self, contents: &CaseContents) -> Result<(), CaseObstacle> {
        match (self, to) {
            (Self::Reserved, Self::Open)
            | (Self::Open, Self::Exempt | Self::HandlerDone | Self::HandlerClosed)
            | (Self::Exempt, Self::Open | Self::HandlerDone | Self::HandlerClosed)
            | (Self::HandlerDone, Self::Open | Self::HandlerClosed)
            | (Self::HandlerClosed, Self::Open)
            // Reopening (krav 3.2.11).
            | (Self::Closed, Self::Open) => Ok(()),
            (Self::Open | Self::Exempt | Self::HandlerDone | Self::HandlerClosed, Self::Closed) => contents.closable(),
            (Self::Reserved | Self::Open, Self::Void) if contents.live_entries == 0 => Ok(()),
            (Self::Reserved | Self::Open, Self::Void) => Err(CaseObstacle::LiveEntries),
            (from, to) => Err(CaseObstacle::NoSuchStep { from, to }),
        }
    }

    /// Whether new entries may be registered (krav 3.2.4).
    #[must_use]
    pub const fn takes_entries(self) -> bool {
        !matches!(self, Self::Closed | Self::Void)
    }
}

impl CaseContents {
    /// Counts what is in a case; whether it has a class is for the case itself to say.
    #[must_use]
    pub fn count<'e>(entries: impl IntoIterator<Item = &'e JournalEntry>) -> Self {
        let mut contents = Self::default();
        for entry in entries.into_iter().filter(|entry| entry.status() != EntryStatus::Void) {
            contents.live_entries += 1;
            contents.unsettled_entries += u64::from(entry.status() != EntryStatus::Archived);
            contents.outstanding += u64::from(entry.is_outstanding());
            let fit = |attached: &&AttachedDocument| {
                attached.document.versions().iter().any(|version| version.format.is_archive_format())
            };
            let unfit = entry.documents().iter().filter(|attached| !fit(attached)).count();
            contents.unfit_documents =
                contents.unfit_documents.saturating_add(u64::try_from(unfit).unwrap_or(u64::MAX));
        }
        contents
    }

    const fn closable(&self) -> Result<(), CaseObstacle> {
        if !self.has_class {
            Err(CaseObstacle::NoClass)
        } else if self.outstanding > 0 {
            Err(CaseObstacle::Outstanding)
        } else if self.unsettled_entries > 0 {
            Err(CaseObstacle::Unsettled)
        } else if self.unfit_documents > 0 {
            Err(CaseObstacle::UnfitDocuments)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: CaseContents =
        CaseContents { has_class: true, unsettled_entries: 0, live_entries: 3, outstanding: 0, unfit_documents: 0 };

    #[test]
    fn the_steps_are_those_of_the_table_and_no_others() {
        let empty = CaseContents { live_entries: 0, ..READY };
        let steps: Vec<String> = CaseStatus::ALL
            .iter()
            .flat_map(|from| CaseStatus::ALL.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| from.step(*to, &empty).is_ok())
            .map(|(from, to)| format!("{}{}", from.code(), to.code()))
            .collect();
        assert_eq!(steps.join(" "), "RB RU BP BF BS BA BU PB PF PS PA FB FS FA SB SA AB");
    }

    #[test]
    fn a_case_closes_only_when_nothing_is_left_to_do() {
        let close = |contents| CaseStatus::Open.step(CaseStatus::Closed, &contents);
        assert_eq!(close(READY), Ok(()));
        assert_eq!(close(CaseContents { has_class: false, ..READY }), Err(CaseObstacle::NoClass));
        assert_eq!(close(CaseContents { unsettled_entries: 1, ..READY }), Err(CaseObstacle::Unsettled));
        assert_eq!(close(CaseContents { unfit_documents: 1, ..READY }), Err(CaseObstacle::UnfitDocuments));
        assert_eq!(close(CaseContents { outstanding: 1, ..READY }), Err(CaseObstacle::Outstanding));
    }

    #[test]
    fn a_case_with_live_entries_does_not_become_void() {
        assert_eq!(CaseStatus::Open.step(CaseStatus::Void, &READY), Err(CaseObstacle::LiveEntries));
    }

    #[test]
    fn every_kind_has_a_stable_json_name() {
        let json = r#"["ordinary","personnel_file","pupil_file","child_file","recruitment","building","meeting"]"#;
        assert_eq!(serde_json::to_string(&CaseKind::ALL).unwrap(), json);
    }
}
