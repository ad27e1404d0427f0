//! Taking a consignment in: planned, decided, and done in one transaction or not at all (R8.6).

use sakarkiv_core::{
    audit::{Activity, ObjectRef},
    case::{Case, CaseAmendment, CaseChange},
    identity::{CaseId, EntryId},
    intake::{
        CaseOutcome, Consignment, DryRun, EntryOutcome, Fault, FaultCode, IntakePlan, IntakeRules, Place, Planned,
        PlannedCase, PlannedEntry, Receipt, Rejection, plan,
    },
    journal::{Amendment, Change, JournalEntry},
    ports::{Op, StoreError, Transaction, new_uuid},
};

use super::{
    gather::{Gathered, gather},
    ledger::{Row, TURN, Taken, TakenEntry, keep_op, receipt_of, refused_of, row_of, taken_of},
    live::Integrated,
    rights::decide_plan,
};
use crate::{desk::Desk, registration::norwegian_year};

/// Why a consignment was not taken in.
#[derive(Debug)]
pub(crate) enum IntakeError {
    /// Its sender has to mend it, or wait.
    Rejected(Rejection),
    /// The store could not do it.
    Store(StoreError),
}

impl From<StoreError> for IntakeError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Rejection> for IntakeError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Fault> for IntakeError {
    fn from(fault: Fault) -> Self {
        Self::Rejected(fault.into())
    }
}

/// Takes a consignment in, or answers what became of it before. `also` is stored with it; not when it was there before.
pub(crate) async fn take_in(
    at: &Integrated<'_>,
    consignment: &Consignment,
    also: &[Op],
) -> Result<Receipt, IntakeError> {
    let (office, tenant) = (at.desk.office, at.desk.tenant);
    for _ in 0..TRIES {
        let (gathered, planned) = planned(at, consignment).await?;
        let plan = match planned {
            Planned::Already(receipt) => return Ok(*receipt),
            Planned::Todo(plan) => plan,
        };
        decide_plan(&at.desk, &plan).await?;
        let mut transaction = carry_out(&at.desk, consignment, &plan, &gathered)?;
        transaction.ops.extend(also.iter().cloned());
        match office.commit(transaction).await {
            Ok(_) => return stored(at, consignment).await,
            // Somebody else was there in between: what is stored now is planned with.
            Err(StoreError::Conflict { .. } | StoreError::Duplicate { .. }) => {}
            Err(error @ StoreError::Unknown(_)) => {
                return match self::planned(at, consignment).await?.1 {
                    Planned::Already(mut receipt) => {
                        receipt.repeated = false;
                        Ok(*receipt)
                    }
                    Planned::Todo(_) => Err(error.into()),
                };
            }
            Err(StoreError::Invalid(problem)) => {
                return Err(Fault::new(FaultCode::InvalidContent, Place::Consignment).because(problem).into());
            }
            Err(StoreError::MissingBlob) => {
                return Err(Fault::new(FaultCode::FileMissing, Place::Consignment).into());
            }
            Err(error) => return Err(error.into()),
        }
        tracing::debug!(tenant = %tenant.id, source = %consignment.source, "a consignment is planned anew");
    }
    Err(StoreError::Conflict { what: "case" }.into())
}

/// What taking it in would do.
pub(crate) async fn dry_run(at: &Integrated<'_>, consignment: &Consignment) -> Result<DryRun, IntakeError> {
    let (_, planned) = planned(at, consignment).await?;
    if let Planned::Todo(plan) = &planned {
        decide_plan(&at.desk, plan).await?;
    }
    Ok(planned.dry_run())
}

async fn stored(at: &Integrated<'_>, consignment: &Consignment) -> Result<Receipt, IntakeError> {
    let receipt = receipt_of(at.desk.office, at.desk.tenant, &consignment.source, &consignment.key).await?;
    receipt.ok_or_else(|| StoreError::Corrupt("a consignment that was taken in is not there".to_owned()).into())
}

async fn planned(at: &Integrated<'_>, consignment: &Consignment) -> Result<(Gathered, Planned), IntakeError> {
    let Some(rules) = at.rules.pick(consignment.rule.as_deref()) else {
        return Err(Fault::new(FaultCode::UnknownRule, Place::Consignment).into());
    };
    let gathered = gather(&at.desk, consignment).await?;
    let planned = plan_of(at, consignment, rules, &gathered)?;
    let waits = matches!(planned, Planned::Todo(_)) && comes_too_early(consignment, &gathered);
    if waits {
        return Err(Fault::new(FaultCode::SequenceGap, Place::Consignment).into());
    }
    Ok((gathered, planned))
}

fn plan_of(
    at: &Integrated<'_>,
    consignment: &Consignment,
    rules: &IntakeRules,
    gathered: &Gathered,
) -> Result<Planned, IntakeError> {
    match plan(consignment, &gathered.facts, rules, &*at.desk.office.entropy) {
        // What an earlier one of its row will bring may be just what is missing.
        Err(_) if comes_too_early(consignment, gathered) => {
            Err(Fault::new(FaultCode::SequenceGap, Place::Consignment).into())
        }
        planned => Ok(planned?),
    }
}

fn comes_too_early(consignment: &Consignment, gathered: &Gathered) -> bool {
    let next = gathered.row.as_ref().map_or(u64::MAX, |row| row.value.next);
    consignment.sequence.as_ref().is_some_and(|sequence| sequence.number > next)
}

/// Everything that a plan changes, in one transaction, with its events and with what tells it from another.
fn carry_out(
    desk: &Desk<'_>,
    consignment: &Consignment,
    plan: &IntakePlan,
    gathered: &Gathered,
) -> Result<Transaction, StoreError> {
    let mut work = Work { desk, consignment, ops: Vec::new() };
    let (case, outcome) = work.case(plan)?;
    let entries = plan.entries.iter().map(|planned| work.entry(case, planned)).collect::<Result<_, _>>()?;
    if let Some(to) = plan.finish {
        work.ops.push(Op::MoveCase { id: case, to, by: desk.actor.id.clone(), at: desk.now() });
        work.log(Activity::StatusChanged, ObjectRef::Case(case), Some(("to", to.code().to_owned())));
    }
    let (digest, at, rules_version) = (gathered.digest, desk.now(), plan.rules_version);
    let taken = Taken { digest, at, case, outcome, entries, rules_version, remarks: plan.remarks() };
    let (source, key) = (&consignment.source, consignment.key.as_str());
    work.ops.push(keep_op(taken_of(source), key, &taken, gathered.taken)?);
    work.ops.push(Op::Discard { kind: refused_of(source), key: key.to_owned() });
    for (key, version) in &gathered.turns {
        work.ops.push(keep_op(TURN.to_owned(), key, &case, *version)?);
    }
    if let (Some(sequence), Some(row)) = (&consignment.sequence, &gathered.row)
        && sequence.number == row.value.next
    {
        let next = Row { next: sequence.number.saturating_add(1) };
        work.ops.push(keep_op(row_of(source), &sequence.row, &next, row.version)?);
    }
    Ok(Transaction { tenant: desk.tenant.id.clone(), ops: work.ops })
}

struct Work<'a> {
    desk: &'a Desk<'a>,
    consignment: &'a Consignment,
    ops: Vec<Op>,
}

impl Work<'_> {
    fn case(&mut self, plan: &IntakePlan) -> Result<(CaseId, CaseOutcome), StoreError> {
        match &plan.case {
            PlannedCase::Open(new) => {
                let at = self.desk.now();
                let id = CaseId::from_uuid(new_uuid(at, &*self.desk.office.entropy));
                self.ops.push(Op::OpenCase { id, case: (**new).clone(), year: norwegian_year(at), at });
                self.log(Activity::Created, ObjectRef::Case(id), None);
                Ok((id, CaseOutcome::Opened))
            }
            PlannedCase::Use { case, changes } if changes.is_empty() => {
                // Stored as it was read: a case that was closed meanwhile takes no entries any more.
                if registers(plan) {
                    self.ops.push(Op::PutCase(Case::clone(case)));
                }
                Ok((case.id(), CaseOutcome::Existing))
            }
            PlannedCase::Use { case, changes } => {
                self.ops.push(Op::PutCase(amended(case, changes)?));
                let fields: Vec<String> = changes.iter().map(|change| format!("{:?}", change.field())).collect();
                self.log(Activity::Changed, ObjectRef::Case(case.id()), Some(("fields", fields.join(" "))));
                Ok((case.id(), CaseOutcome::Amended))
            }
        }
    }

    fn entry(&mut self, case: CaseId, planned: &PlannedEntry) -> Result<TakenEntry, StoreError> {
        Ok(match planned {
            PlannedEntry::Register { key, entry, renews } => {
                let at = self.desk.now();
                let id = EntryId::from_uuid(new_uuid(at, &*self.desk.office.entropy));
                self.ops.push(Op::AddEntry { id, case, entry: (**entry).clone(), year: norwegian_year(at), at });
                self.log(Activity::Created, ObjectRef::Entry(id), None);
                let outcome = if *renews { EntryOutcome::Renewed } else { EntryOutcome::Registered };
                TakenEntry { key: key.clone(), id, outcome }
            }
            PlannedEntry::Amend { key, entry, changes } => {
                self.ops.push(Op::PutEntry(amended_entry(entry, changes)?));
                let fields: Vec<String> = changes.iter().map(|change| format!("{:?}", change.field())).collect();
                self.log(Activity::Changed, ObjectRef::Entry(entry.id()), Some(("fields", fields.join(" "))));
                TakenEntry { key: key.clone(), id: entry.id(), outcome: EntryOutcome::Amended }
            }
            PlannedEntry::Keep { key, entry } => {
                TakenEntry { key: key.clone(), id: entry.id(), outcome: EntryOutcome::Unchanged }
            }
        })
    }

    fn log(&mut self, activity: Activity, object: ObjectRef, detail: Option<(&str, String)>) {
        let mut event = self
            .desk
            .event(activity, object)
            .with_detail("source", self.consignment.source.as_str())
            .with_detail("consignment", self.consignment.key.as_str());
        if let Some((name, value)) = detail {
            event = event.with_detail(name, value);
        }
        self.ops.push(Op::Audit(event));
    }
}

/// Whether a plan puts new entries into the case.
pub(super) fn registers(plan: &IntakePlan) -> bool {
    plan.entries.iter().any(|entry| matches!(entry, PlannedEntry::Register { .. }))
}

/// The plan has made these changes before, so they are valid.
fn amended(case: &Case, changes: &[CaseChange]) -> Result<Case, StoreError> {
    let mut changes = changes.iter().cloned();
    let Some(first) = changes.next() else { return Ok(case.clone()) };
    let amendment = changes.fold(CaseAmendment::new(first), CaseAmendment::and);
    case.amend(amendment).map_err(|error| StoreError::Invalid(error.to_string()))
}

fn amended_entry(entry: &JournalEntry, changes: &[Change]) -> Result<JournalEntry, StoreError> {
    let mut changes = changes.iter().cloned();
    let Some(first) = changes.next() else { return Ok(entry.clone()) };
    let amendment = changes.fold(Amendment::new(first), Amendment::and);
    entry.amend(amendment).map_err(|error| StoreError::Invalid(error.to_string()))
}

/// How often a consignment is planned anew when somebody else worked on the same case at the same time.
const TRIES: usize = 8;
