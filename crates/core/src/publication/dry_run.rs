use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{DocumentOutcome, LeakReport, PublicationPlan, Release};
use crate::{
    identity::{DocumentId, EntryId},
    reason::Reason,
};

/// What a publication would contain and what it would hold back, before anything leaves: tomorrow's publication, for those who
/// look over it today.
///
/// ```
/// use chrono::NaiveDate;
/// use sakarkiv_core::publication::DryRun;
///
/// let run = DryRun::new(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(), []);
/// assert!(run.shown().next().is_none() && run.held_by_reason().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    day: NaiveDate,
    plans: Vec<PublicationPlan>,
    doubts: BTreeMap<EntryId, LeakReport>,
}

impl DryRun {
    /// A dry run of plans for a day.
    #[must_use]
    pub fn new(day: NaiveDate, plans: impl IntoIterator<Item = PublicationPlan>) -> Self {
        Self { day, plans: plans.into_iter().collect(), doubts: BTreeMap::new() }
    }

    /// Adds what the leak check says about one of the records, less what has been released.
    pub fn add_report(&mut self, report: &LeakReport, releases: &[Release]) {
        let findings = report.open(releases);
        if findings.is_empty() {
            self.doubts.remove(&report.entry);
        } else {
            self.doubts.insert(report.entry, LeakReport { findings, ..report.clone() });
        }
    }

    /// The day it is for.
    #[must_use]
    pub const fn day(&self) -> NaiveDate {
        self.day
    }

    /// What would be shown.
    pub fn shown(&self) -> impl Iterator<Item = &PublicationPlan> {
        self.plans.iter().filter(|plan| plan.record.is_some() && !self.doubts.contains_key(&plan.entry))
    }

    /// What the rules hold back; its decision says why.
    pub fn held_by_rules(&self) -> impl Iterator<Item = &PublicationPlan> {
        self.plans.iter().filter(|plan| plan.record.is_none())
    }

    /// What the leak check holds back, with its findings.
    pub fn held_by_doubt(&self) -> impl Iterator<Item = (&PublicationPlan, &LeakReport)> {
        self.plans
            .iter()
            .filter(|plan| plan.record.is_some())
            .filter_map(|plan| Some((plan, self.doubts.get(&plan.entry)?)))
    }

    /// The documents that open on this very day.
    pub fn opening(&self) -> impl Iterator<Item = (EntryId, DocumentId)> {
        self.shown().flat_map(|plan| {
            let opening = plan.documents.iter().filter(|document| document.open_from == Some(self.day));
            opening.map(|document| (plan.entry, document.document))
        })
    }

    /// How many entries each reason holds back, or shows with less than all of it.
    #[must_use]
    pub fn held_by_reason(&self) -> BTreeMap<Reason, usize> {
        let entries = self.held_by_rules().flat_map(|plan| plan.decision.reasons.iter());
        let documents = self.shown().flat_map(|plan| {
            let held = plan.documents.iter().filter(|document| document.decision.outcome == DocumentOutcome::NoFile);
            held.flat_map(|document| document.decision.reasons.iter())
        });
        let mut counts = BTreeMap::new();
        for reason in entries.chain(documents) {
            *counts.entry(*reason).or_default() += 1;
        }
        counts
    }
}
