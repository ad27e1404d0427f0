use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    ArchiveFacts, Consignment, Earlier, EntryFacts, Fault, FaultCode, IntakeRules, Place, Receipt, Rejection, Remark,
    RemarkCode, content::content_faults,
};
use crate::{
    case::{Case, CaseAmendment, CaseChange, CaseNumber, CaseStatus, NewCase},
    identity::{ActorId, UnitId},
    journal::{Amendment, Change, EntryKind, JournalEntry, NewEntry},
    ports::{Entropy, new_uuid},
    reason::Reason,
    screening::{AccessCode, Screening},
    text::ExternalKey,
};

/// What is to be done with a consignment.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// Nothing: it was taken in before. This is what it was answered.
    Already(Box<Receipt>),
    /// This, all of it or nothing.
    Todo(Box<IntakePlan>),
}

/// What goes where, and why. Everything in it has been checked against the rules of the standard; only rights, and whether
/// the archive is still as it was, are left to whoever applies it.
#[derive(Debug, Clone, PartialEq)]
pub struct IntakePlan {
    /// What happens to the case.
    pub case: PlannedCase,
    /// What happens to each entry, in the order of the consignment.
    pub entries: Vec<PlannedEntry>,
    /// The status the case gets afterwards.
    pub finish: Option<CaseStatus>,
    /// Why, as far as it was not simply as the source says.
    pub notes: Vec<Note>,
    /// The version of the rules that were applied.
    pub rules_version: u32,
}

/// What happens to the case.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedCase {
    /// It is opened.
    Open(Box<NewCase>),
    /// It is there, and changed in these ways, if any.
    Use {
        /// The case as it was read.
        case: Box<Case>,
        /// Its changes.
        changes: Vec<CaseChange>,
    },
}

/// What happens to an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum PlannedEntry {
    /// It is registered.
    Register {
        /// The source's key of it.
        key: Option<ExternalKey>,
        /// The entry.
        entry: Box<NewEntry>,
        /// It stands beside an older one with the same key, whose documents are frozen.
        renews: bool,
    },
    /// It is there and changed.
    Amend {
        /// The source's key of it.
        key: Option<ExternalKey>,
        /// The entry as it was read.
        entry: Box<JournalEntry>,
        /// Its changes.
        changes: Vec<Change>,
    },
    /// It is there and stays as it is.
    Keep {
        /// The source's key of it.
        key: Option<ExternalKey>,
        /// The entry as it was read.
        entry: Box<JournalEntry>,
    },
}

/// Why something was planned as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Note {
    /// About what.
    pub place: Place,
    /// Why.
    pub reason: Reason,
}

/// What a consignment would become: for administrators who try out rules, and for vendors who test. No personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// The case first, then the entries. Nothing when it was taken in before.
    pub steps: Vec<Step>,
    /// The version of the rules.
    pub rules_version: u32,
    /// It was taken in before and would only be answered again.
    pub repeated: bool,
}

/// One thing that would be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// With what.
    pub place: Place,
    /// What.
    pub action: StepKind,
    /// The case number, where it is known.
    pub case: Option<CaseNumber>,
    /// The kind of case or entry, by its Norwegian name or code.
    pub kind: &'static str,
    /// The unit that gets it.
    pub unit: Option<UnitId>,
    /// The access code it is screened by.
    pub access_code: Option<AccessCode>,
    /// How many documents come with it.
    pub documents: usize,
    /// Why, as far as it was not simply as the source says.
    pub reasons: Vec<Reason>,
}

/// What would be done with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StepKind {
    OpenCase,
    UseCase,
    AmendCase,
    RegisterEntry,
    RenewEntry,
    AmendEntry,
    KeepEntry,
}

/// Works out what becomes of a consignment: pure and total. New ids are drawn from `ids`.
///
/// # Errors
/// A [`Rejection`] with every fault that was found.
pub fn plan(
    consignment: &Consignment,
    facts: &ArchiveFacts,
    rules: &IntakeRules,
    ids: &dyn Entropy,
) -> Result<Planned, Rejection> {
    if let Some(Earlier::Same(receipt)) = &facts.earlier {
        return Ok(Planned::Already(Box::new(receipt.clone().again())));
    }
    let mut planner = Planner::new(consignment, facts, rules, ids);
    planner.faults = content_faults(consignment, rules);
    planner.relation();
    let case = planner.case();
    let unit = case.as_ref().map(PlannedCase::unit).cloned();
    let entries: Vec<PlannedEntry> = consignment
        .entries
        .iter()
        .enumerate()
        .filter_map(|(n, entry)| planner.entry(n, entry, unit.as_ref()))
        .collect();
    let finish = case.as_ref().and_then(|case| planner.finish(case));
    let closed = case.as_ref().is_some_and(|case| !case.takes_entries());
    if closed && entries.iter().any(|entry| matches!(entry, PlannedEntry::Register { .. })) {
        planner.fault(FaultCode::CaseClosed, Place::Case);
    }
    match (Rejection::of(planner.faults), case) {
        (Some(rejection), _) => Err(rejection),
        (None, Some(case)) => {
            let (notes, rules_version) = (planner.notes, rules.version);
            Ok(Planned::Todo(Box::new(IntakePlan { case, entries, finish, notes, rules_version })))
        }
        // Without a case there is always a fault; this keeps the function total.
        (None, None) => Err(Rejection::new(FaultCode::UnknownCase, Place::Case)),
    }
}

/// Gathers faults and reasons while it plans.
pub(super) struct Planner<'a> {
    pub(super) consignment: &'a Consignment,
    pub(super) facts: &'a ArchiveFacts,
    pub(super) rules: &'a IntakeRules,
    ids: &'a dyn Entropy,
    faults: Vec<Fault>,
    notes: Vec<Note>,
}

impl<'a> Planner<'a> {
    fn new(
        consignment: &'a Consignment,
        facts: &'a ArchiveFacts,
        rules: &'a IntakeRules,
        ids: &'a dyn Entropy,
    ) -> Self {
        Self { consignment, facts, rules, ids, faults: Vec::new(), notes: Vec::new() }
    }

    pub(super) fn fault(&mut self, code: FaultCode, place: Place) {
        self.faults.push(Fault::new(code, place));
    }

    pub(super) fn invalid(&mut self, place: Place, error: impl std::fmt::Display) {
        self.faults.push(Fault::new(FaultCode::InvalidContent, place).because(error));
    }

    pub(super) fn locked(&mut self, place: Place, error: impl std::fmt::Display) {
        self.faults.push(Fault::new(FaultCode::Locked, place).because(error));
    }

    pub(super) fn note(&mut self, place: Place, reason: Reason) {
        self.notes.push(Note { place, reason });
    }

    pub(super) fn remark(&mut self, place: Place, code: RemarkCode) {
        self.note(place, code.reason());
    }

    pub(super) fn uuid(&self) -> uuid::Uuid {
        new_uuid(self.facts.now, self.ids)
    }

    /// Whether it corrects what was taken in before.
    pub(super) const fn corrects(&self) -> bool {
        matches!(self.facts.earlier, Some(Earlier::Changed(_))) || self.consignment.relation.is_correction()
    }

    fn relation(&mut self) {
        match &self.facts.earlier {
            Some(Earlier::Changed(_)) if !self.rules.corrects_by_key && !self.consignment.relation.is_correction() => {
                self.fault(FaultCode::KeyReused, Place::Consignment);
            }
            Some(Earlier::Changed(_)) => self.note(Place::Consignment, CORRECTION),
            None if self.consignment.relation.earlier().is_some() => {
                self.fault(FaultCode::UnknownConsignment, Place::Consignment);
            }
            _ => {}
        }
    }

    fn entry(&mut self, entry: usize, facts: &EntryFacts, unit: Option<&UnitId>) -> Option<PlannedEntry> {
        let new = self.new_entry(entry, facts, unit)?;
        self.settle(entry, facts, new)
    }

    /// Our unit of a source's code.
    pub(super) fn unit(&mut self, code: Option<&str>, otherwise: Option<&UnitId>, place: Place) -> Option<UnitId> {
        let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else { return otherwise.cloned() };
        if let Some(unit) = self.rules.unit_of(code) {
            return Some(unit);
        }
        if self.rules.lenient_units {
            self.note(place, UNIT_UNKNOWN);
        } else {
            self.fault(FaultCode::UnknownUnit, place);
        }
        otherwise.cloned()
    }

    /// Our user of a source's user name.
    pub(super) fn handler(&mut self, name: Option<&str>, otherwise: Option<&ActorId>, place: Place) -> Option<ActorId> {
        let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return otherwise.cloned() };
        if let Some(actor) = self.rules.handler_of(name) {
            return Some(actor);
        }
        self.note(place, HANDLER_UNKNOWN);
        otherwise.cloned()
    }
}

impl IntakeRules {
    /// Our unit of a source's code; the code itself where no codes are mapped.
    pub(super) fn unit_of(&self, code: &str) -> Option<UnitId> {
        let own = || UnitId::new(code.to_lowercase()).ok().filter(|_| self.units.is_empty());
        mapped(&self.units, code).cloned().or_else(own)
    }

    /// Our user of a source's user name; the name itself where no names are mapped.
    pub(super) fn handler_of(&self, name: &str) -> Option<ActorId> {
        let own = || ActorId::new(name.to_lowercase()).ok().filter(|_| self.handlers.is_empty());
        mapped(&self.handlers, name).cloned().or_else(own)
    }
}

/// Looks a code up without regard to case.
pub(super) fn mapped<'m, V>(map: &'m BTreeMap<String, V>, code: &str) -> Option<&'m V> {
    let code = code.trim();
    map.get(code).or_else(|| {
        let folded = code.to_lowercase();
        map.iter().find(|(known, _)| known.trim().to_lowercase() == folded).map(|(_, value)| value)
    })
}

impl PlannedCase {
    /// The unit that owns the case.
    #[must_use]
    pub fn unit(&self) -> &UnitId {
        match self {
            Self::Open(new) => &new.unit,
            Self::Use { case, .. } => case.unit(),
        }
    }

    fn takes_entries(&self) -> bool {
        match self {
            Self::Open(_) => true,
            Self::Use { case, .. } => case.status().takes_entries(),
        }
    }

    fn step(&self, reasons: Vec<Reason>) -> Step {
        let (action, number, kind, screening) = match self {
            Self::Open(new) => (StepKind::OpenCase, None, new.kind, new.screening.as_ref()),
            Self::Use { case, changes } => {
                let action = if changes.is_empty() { StepKind::UseCase } else { StepKind::AmendCase };
                (action, Some(case.number()), case.kind(), case.screening())
            }
        };
        Step {
            place: Place::Case,
            action,
            case: number,
            kind: kind.norwegian_name(),
            unit: Some(self.unit().clone()),
            access_code: screening.map(Screening::code).cloned(),
            documents: 0,
            reasons,
        }
    }
}

impl PlannedEntry {
    fn step(&self, place: Place, reasons: Vec<Reason>) -> Step {
        let about = |action, kind: EntryKind, unit: Option<&UnitId>, screening: Option<&Screening>, documents| Step {
            place,
            action,
            case: None,
            kind: kind.code(),
            unit: unit.cloned(),
            access_code: screening.map(Screening::code).cloned(),
            documents,
            reasons,
        };
        match self {
            Self::Register { entry, renews, .. } => {
                let action = if *renews { StepKind::RenewEntry } else { StepKind::RegisterEntry };
                about(action, entry.kind, entry.unit.as_ref(), entry.screening.as_ref(), entry.documents.len())
            }
            Self::Amend { entry, changes, .. } => {
                let new = changes.iter().filter(|change| matches!(change, Change::Attach { .. })).count();
                about(StepKind::AmendEntry, entry.kind(), entry.unit(), entry.screening(), new)
            }
            Self::Keep { entry, .. } => about(StepKind::KeepEntry, entry.kind(), entry.unit(), entry.screening(), 0),
        }
    }
}

impl Planned {
    /// What would be done, for people to look at.
    #[must_use]
    pub fn dry_run(&self) -> DryRun {
        match self {
            Self::Already(_) => DryRun { steps: Vec::new(), rules_version: 0, repeated: true },
            Self::Todo(plan) => {
                let why = |wanted: Place| plan.reasons_at(wanted);
                let mut steps = vec![plan.case.step(why(Place::Case))];
                steps.extend(plan.entries.iter().enumerate().map(|(entry, planned)| {
                    let place = Place::Entry { entry };
                    planned.step(place, why(place))
                }));
                DryRun { steps, rules_version: plan.rules_version, repeated: false }
            }
        }
    }
}

impl IntakePlan {
    /// What its receipt tells was left as it is here, each once.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        for note in &self.notes {
            let remark = RemarkCode::of(note.reason).map(|code| Remark { code, place: note.place });
            remarks.extend(remark.filter(|remark| !remarks.contains(remark)));
        }
        remarks
    }

    fn reasons_at(&self, place: Place) -> Vec<Reason> {
        self.notes.iter().filter(|note| note.place.record() == place).map(|note| note.reason).collect()
    }
}

impl Place {
    /// The record it is part of.
    const fn record(self) -> Self {
        match self {
            Self::Consignment | Self::Case => Self::Case,
            Self::Entry { entry }
            | Self::Party { entry, .. }
            | Self::Document { entry, .. }
            | Self::File { entry, .. } => Self::Entry { entry },
        }
    }
}

/// Checks changes of a case by making them.
pub(super) fn amended(case: &Case, changes: &[CaseChange]) -> Result<Case, crate::case::CaseAmendError> {
    let amendment = changes.iter().cloned().fold(None::<CaseAmendment>, |all, change| {
        Some(match all {
            None => CaseAmendment::new(change),
            Some(all) => all.and(change),
        })
    });
    amendment.map_or_else(|| Ok(case.clone()), |amendment| case.amend(amendment))
}

/// Checks changes of an entry by making them.
pub(super) fn amended_entry(
    entry: &JournalEntry,
    changes: &[Change],
) -> Result<JournalEntry, crate::journal::AmendError> {
    let amendment = changes.iter().cloned().fold(None::<Amendment>, |all, change| {
        Some(match all {
            None => change.into(),
            Some(all) => all.and(change),
        })
    });
    amendment.map_or_else(|| Ok(entry.clone()), |amendment| entry.amend(amendment))
}

const CORRECTION: Reason = Reason {
    code: "correction",
    text: "the same key came with other content and was taken as a correction",
    source: "R8.6",
};
const UNIT_UNKNOWN: Reason = Reason {
    code: "unit_unknown",
    text: "the unit's code is not known here, so it went to the unit of the rule",
    source: "R8.3",
};
const HANDLER_UNKNOWN: Reason =
    Reason { code: "handler_unknown", text: "the case handler is not known here and was left out", source: "R8.3" };
