//! What is published in the public journal (R7).

use crate::{case::CaseKind, reason::Reason};

/// Whether something may be published, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Decision {
    /// The answer.
    pub outcome: Outcome,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
}

/// The answer to whether something may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// This rule does not stand against publishing. Others may.
    MayPublish,
    /// It is not published.
    Withhold,
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
pub fn may_publish_kind(kind: CaseKind) -> Decision {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_published_but_personnel_child_and_pupil_files() {
        let published: Vec<CaseKind> =
            CaseKind::ALL.into_iter().filter(|kind| may_publish_kind(*kind).outcome == Outcome::MayPublish).collect();
        assert_eq!(published, [CaseKind::Ordinary, CaseKind::Recruitment, CaseKind::Building, CaseKind::Meeting]);
        assert!(CaseKind::ALL.into_iter().all(|kind| !may_publish_kind(kind).reasons.is_empty()));
    }
}
