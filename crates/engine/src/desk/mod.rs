//! The desk at which one person or service works. Whatever is done there is decided first, with the rights of that moment,
//! and stands in the log.

mod access;
mod change;
mod documents;
mod integrations;
mod lists;
mod log;
mod meetings;
mod orders;
mod publication;
mod read;
mod service;
mod unopened;

use sakarkiv_core::{
    access::{Action, Actor, Decision, Duty, DutyPermit, Object, Outcome, RecordRef, Subject, View, decide},
    audit::{Activity, AuditEvent, AuditOutcome, ObjectRef},
    case::Case,
    identity::{CaseId, EntryId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::{Op, StoreError, Transaction},
    reason::Reason,
    sensitivity::{of_case, of_entry},
};
use thiserror::Error;

pub use self::{
    access::{AccessDesk, AccessError, Holder, Judgement, PeopleReport, Wish},
    change::ChangeError,
    documents::{DocumentError, OpenDocument, Purpose},
    integrations::{IntegrationDesk, IntegrationError, RegisterLine},
    lists::{CaseCard, EntryCard},
    log::{LogDesk, LogError},
    meetings::{MeetingRelease, MeetingStanding},
    orders::OrderError,
    publication::{HeldEntry, PublicationDesk, PublicationError, PublicationStanding, PublisherStanding},
    service::ServiceDesk,
    unopened::NotedContact,
};
use crate::{
    office::{Office, Tenant},
    rights,
};

/// Where one person or service works in one tenant. Everything done here is decided anew by the rights that the tenant's
/// register holds at that moment, and stands in the log under that name.
#[derive(Debug, Clone)]
pub struct Desk<'a> {
    pub(crate) office: &'a Office,
    pub(crate) tenant: &'a Tenant,
    pub(crate) actor: Actor,
}

/// Why something was not done at a desk.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// There is no such record, or the actor may not learn of it.
    #[error("there is no such record in this tenant, or none you may know of: check its id, or ask for access")]
    NotFound,
    /// The actor has no official need of it, or not the right.
    #[error("access refused: {}", .reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<'a> Desk<'a> {
    /// The tenant it is in.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant.id
    }

    /// Where access is asked for, given, reviewed and taken away (R2.4–R2.9).
    #[must_use]
    pub const fn access(&self) -> AccessDesk<'_, 'a> {
        AccessDesk::new(self)
    }

    /// Where the log is read, exported and kept (R3).
    #[must_use]
    pub const fn log(&self) -> LogDesk<'_, 'a> {
        LogDesk::new(self)
    }

    /// Where the public journal is looked after (R7.7).
    #[must_use]
    pub const fn publication(&self) -> PublicationDesk<'_, 'a> {
        PublicationDesk::new(self)
    }

    /// Where the register of integrations is kept (R10.1–R10.3).
    #[must_use]
    pub const fn integrations(&self) -> IntegrationDesk<'_, 'a> {
        IntegrationDesk::new(self)
    }

    /// What the actor may do now. Read from the register each time: a right that was taken away is gone at once.
    pub(crate) async fn subject(&self) -> Result<Subject, StoreError> {
        rights::subject(self.office, self.tenant, &self.actor).await
    }

    /// The permit for an act that is not about one record; a refusal is logged.
    pub(crate) async fn permit(&self, duty: Duty<'_>) -> Result<DutyPermit, DeskError> {
        let subject = self.subject().await?;
        self.permit_of(&subject, duty).await
    }

    pub(crate) async fn permit_of(&self, subject: &Subject, duty: Duty<'_>) -> Result<DutyPermit, DeskError> {
        let kind = duty.kind();
        let decision = subject.may(duty);
        let reasons = decision.reasons.clone();
        match decision.into_permit() {
            Some(permit) => Ok(permit),
            None => {
                let rule = reasons.first().map_or("no_duty", |reason| reason.code);
                let event =
                    self.event(Activity::AccessRefused, ObjectRef::Tenant).with_detail("duty", format!("{kind:?}"));
                self.refuse(event.under_rule(rule), reasons).await
            }
        }
    }

    /// Decides about a record. What the actor may not do is refused and logged; what the actor may not know of is not there.
    pub(crate) async fn allowed(
        &self,
        subject: &Subject,
        action: Action,
        object: &Object,
    ) -> Result<Decision, DeskError> {
        let decision = decide(subject, action, object);
        if decision.outcome == Outcome::Allowed {
            return Ok(decision);
        }
        let known = decision.view != View::None;
        let event = self.event(Activity::AccessRefused, object.record.into()).under_rule(decision.rule());
        let refused = self.refuse(event, decision.reasons).await;
        if known { refused } else { refused.map_err(unknown) }
    }

    /// As [`allowed`](Self::allowed), where only the answer counts.
    pub(crate) async fn require(&self, subject: &Subject, action: Action, object: &Object) -> Result<(), DeskError> {
        self.allowed(subject, action, object).await.map(drop)
    }

    /// Logs a refusal, and is one.
    pub(crate) async fn refuse<T>(&self, event: AuditEvent, reasons: Vec<Reason>) -> Result<T, DeskError> {
        self.commit([Op::Audit(event.ended(AuditOutcome::Refused))]).await?;
        Err(DeskError::Refused { reasons })
    }

    /// Logs that content of a record is about to be shown. Nothing is shown before this is durable.
    pub(crate) async fn log_reading(
        &self,
        activity: Activity,
        record: RecordRef,
        decision: &Decision,
    ) -> Result<(), DeskError> {
        let event = self.event(activity, record.into()).under_rule(decision.rule());
        self.commit([Op::Audit(event)]).await
    }

    /// An event of this desk at this moment.
    pub(crate) fn event(&self, activity: Activity, object: ObjectRef) -> AuditEvent {
        rights::event(&self.actor, activity, object, self.now())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.office.clock.now()
    }

    pub(crate) async fn commit(&self, ops: impl IntoIterator<Item = Op>) -> Result<(), DeskError> {
        let transaction = Transaction { tenant: self.tenant.id.clone(), ops: ops.into_iter().collect() };
        self.office.commit(transaction).await?;
        Ok(())
    }

    pub(crate) async fn stored_case(&self, id: CaseId) -> Result<Case, DeskError> {
        self.office.store.case(&self.tenant.id, id).await?.ok_or(DeskError::NotFound)
    }

    pub(crate) async fn stored_entry(&self, id: EntryId) -> Result<(JournalEntry, Case), DeskError> {
        let entry = self.office.store.entry(&self.tenant.id, id).await?.ok_or(DeskError::NotFound)?;
        let case = self.stored_case(entry.case()).await?;
        Ok((entry, case))
    }

    pub(crate) fn case_object(&self, case: &Case) -> Object {
        Object::of_case(case, of_case(case, &self.tenant.codes).class)
    }

    pub(crate) fn entry_object(&self, entry: &JournalEntry, case: &Case) -> Object {
        Object::of_entry(entry, case, of_entry(entry, case, &self.tenant.codes).class)
    }
}

fn unknown(error: DeskError) -> DeskError {
    match error {
        DeskError::Refused { .. } => DeskError::NotFound,
        other => other,
    }
}
