//! What is published in the public journal (offentlig journal, R7), and why.
//!
//! The rules are values: a [`PublicationPolicy`] is the tenant's data, and what it makes of an entry, of each of its documents
//! and of each name is a total function from finite facts to a [`Decision`] with its reasons ([`EntryFacts::decide`],
//! [`DocumentFacts::decide`], [`NameFacts::decide`]). [`plan_with`] puts them together: the [`PublicRecord`] that would be
//! shown, and what is held back for which reason. A [`DryRun`] is a day's plans before anything leaves.
//!
//! Nothing leaves unchecked: a publisher takes a [`ClearedRecord`], which only [`clear`] makes, from a record and a
//! [`LeakReport`] without findings that nobody has released. Meetings of committees (R7.9) leave the same way, as a
//! [`ClearedMeeting`] by [`clear_meeting`].

mod codes;
mod decide;
mod dry_run;
mod facts;
mod leak;
mod meeting;
mod outcomes;
mod plan;
mod policy;
mod record;
mod secrets;
#[cfg(test)]
mod tests;

pub use codes::{CodeRule, CodeRules, CodeShows};
pub use decide::Decision;
pub use dry_run::DryRun;
pub use facts::{
    CodeFact, DocumentFacts, EntryFacts, Files, FullText, Hidden, KindFact, NameFacts, NameSort, RecordState, SortFact,
};
pub use leak::{ClearedRecord, Finding, Fingerprint, Held, Leak, LeakReport, Place, Release, Span, clear};
pub use meeting::{
    ClearedMeeting, MeetingDocumentKind, MeetingItemKind, PublicDecision, PublicMeeting, PublicMeetingDocument,
    PublicMeetingItem, PublicReport, PublicVote, VoteCast, clear_meeting,
};
pub use outcomes::{DocumentOutcome, EntryOutcome, NameOutcome};
pub use plan::{DocumentPlan, Holds, PartyPlan, PublicationPlan, Step, plan, plan_with};
pub use policy::{DayCount, Delay, OldNames, PolicyFormat, PublicationPolicy, UnitPolicy, UnknownCode};
pub use record::{
    PublicArchive, PublicCase, PublicDocument, PublicEntry, PublicFile, PublicParty, PublicRecord, PublicScreening,
    PublicText, PublicUnit,
};
pub use secrets::{Secret, SecretKind, Secrets, SecretsId};

use crate::{case::CaseKind, reason::Reason};

/// The answer to whether a kind of case may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is not published.
    Withhold,
    /// This rule does not stand against publishing. Others may.
    MayPublish,
}

/// Whether cases of a kind, and their entries, are published at all: everything but personnel, child and pupil files (R7.3).
///
/// ```
/// use sakarkiv_core::{case::CaseKind, publication::{Outcome, may_publish_kind}};
///
/// assert_eq!(may_publish_kind(CaseKind::Building).outcome, Outcome::MayPublish);
/// let decision = may_publish_kind(CaseKind::PupilFile);
/// assert_eq!((decision.outcome, decision.reasons[0].code), (Outcome::Withhold, "pupil_file"));
/// ```
pub fn may_publish_kind(kind: CaseKind) -> Decision<Outcome> {
    let withhold =
        |code, text| Decision { outcome: Outcome::Withhold, reasons: vec![Reason { code, text, source: "R7.3" }] };
    match kind {
        CaseKind::PersonnelFile => withhold("personnel_file", "personnel files are never published"),
        CaseKind::ChildFile => withhold("child_file", "child files are never published"),
        CaseKind::PupilFile => withhold("pupil_file", "pupil files are never published"),
        CaseKind::Ordinary | CaseKind::Recruitment | CaseKind::Building | CaseKind::Meeting => Decision {
            outcome: Outcome::MayPublish,
            reasons: vec![Reason { code: "published_kind", text: "cases of this kind are published", source: "R7.3" }],
        },
    }
}
