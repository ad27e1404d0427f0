//! Whether the service user may do all that a plan asks (R2.7). One thing it may not do, and nothing is done.

use sakarkiv_core::{
    access::{Action, Duty, Object},
    case::{Case, CaseNumber, NewCase},
    identity::{CaseId, EntryId},
    intake::{Fault, FaultCode, IntakePlan, Place, PlannedCase, PlannedEntry},
    journal::{EntryNumber, JournalEntry, NewEntry},
    ports::StoreError,
};
use uuid::Uuid;

use super::take::{IntakeError, registers};
use crate::{
    desk::{Desk, DeskError},
    registration::norwegian_year,
};

/// Decides every part of a plan; refusals are logged.
pub(crate) async fn decide_plan(desk: &Desk<'_>, plan: &IntakePlan) -> Result<(), IntakeError> {
    let subject = desk.subject().await?;
    let refused = |place: Place| move |error: DeskError| refusal(error, place);
    let case = match &plan.case {
        PlannedCase::Open(new) => {
            let duty = Duty::OpenCase { unit: &new.unit, series: new.series.as_deref(), kind: new.kind };
            desk.permit_of(&subject, duty).await.map_err(refused(Place::Case))?;
            preview_case(desk, new)?
        }
        PlannedCase::Use { case, .. } => Case::clone(case),
    };
    let changes_case = plan.finish.is_some()
        || matches!(&plan.case, PlannedCase::Use { changes, .. } if !changes.is_empty())
        || registers(plan);
    let action = if changes_case { Action::Write } else { Action::Read };
    desk.require(&subject, action, &desk.case_object(&case)).await.map_err(refused(Place::Case))?;
    for (place, planned) in plan.entries.iter().enumerate() {
        let place = Place::Entry { entry: place };
        let (action, object): (Action, Object) = match planned {
            PlannedEntry::Register { entry, .. } => {
                (Action::Write, desk.entry_object(&preview_entry(desk, &case, entry)?, &case))
            }
            PlannedEntry::Amend { entry, .. } => (Action::Write, desk.entry_object(entry, &case)),
            PlannedEntry::Keep { entry, .. } => (Action::Read, desk.entry_object(entry, &case)),
        };
        desk.require(&subject, action, &object).await.map_err(refused(place))?;
    }
    Ok(())
}

/// A case that the service user may not know of is not there for it.
fn refusal(error: DeskError, place: Place) -> IntakeError {
    match error {
        DeskError::Store(error) => IntakeError::Store(error),
        DeskError::NotFound if place == Place::Case => Fault::new(FaultCode::UnknownCase, place).into(),
        DeskError::NotFound => Fault::new(FaultCode::NotAllowed, place).into(),
        DeskError::Refused { reasons } => {
            let codes: Vec<&str> = reasons.iter().map(|reason| reason.code).collect();
            Fault::new(FaultCode::NotAllowed, place).because(codes.join(" ")).into()
        }
    }
}

/// The case as it will be, but for its number, which only the store gives.
fn preview_case(desk: &Desk<'_>, new: &NewCase) -> Result<Case, StoreError> {
    let (tenant, id) = (desk.tenant.id.clone(), CaseId::from_uuid(Uuid::nil()));
    let number = CaseNumber::new(year_of(desk), 1).map_err(invalid)?;
    new.clone().open(id, tenant, number, desk.now()).map_err(invalid)
}

fn preview_entry(desk: &Desk<'_>, case: &Case, new: &NewEntry) -> Result<JournalEntry, StoreError> {
    let id = EntryId::from_uuid(Uuid::nil());
    let number = EntryNumber::new(case.number(), 1, year_of(desk), 1).map_err(invalid)?;
    new.clone().register(id, desk.tenant.id.clone(), case.id(), number, desk.now()).map_err(invalid)
}

fn year_of(desk: &Desk<'_>) -> u16 {
    u16::try_from(norwegian_year(desk.now())).unwrap_or(u16::MAX)
}

fn invalid(error: impl std::fmt::Display) -> StoreError {
    StoreError::Invalid(error.to_string())
}
