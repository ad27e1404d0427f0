//! Where access is asked for, given, reviewed and taken away (R2.4–R2.9).

mod archive;
mod judge;
mod people;
mod register;
mod reviews;

use sakarkiv_core::{
    access::{
        AccessKey, AccessRecord, Duty, DutyKind, DutyPermit, EmergencyError, FeedError, GrantError, RequestError,
        ReviewError,
    },
    audit::AuditEvent,
    journal::EntryError,
    ports::{Audience, Notice, Op, PortError, StoreError, Subject as About, new_uuid},
    screening::Private,
};
use thiserror::Error;
use uuid::Uuid;

pub use self::{
    judge::{Judgement, Wish},
    people::PeopleReport,
    register::Holder,
};
use super::{Desk, DeskError};
use crate::{notices::notice, rights};

/// The part of a desk where rights are handled. What is done here is stored in one transaction with its event in the log and
/// the notices that people get of it.
#[derive(Debug, Clone, Copy)]
pub struct AccessDesk<'d, 'a> {
    desk: &'d Desk<'a>,
}

/// Why something about access was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// Not there, not allowed, or not stored.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// The request does not allow it.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The grant does not allow it.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The review does not allow it.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Emergency access was not given.
    #[error(transparent)]
    Emergency(#[from] EmergencyError),
    /// The people feed was not taken.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// Nobody changes their own rights.
    #[error("nobody changes their own rights: let another administrator do it")]
    OwnRights,
    /// A record for another tenant than the desk's.
    #[error("the record belongs to another tenant: nothing crosses from one to another")]
    OtherTenant,
    /// A consultant's agreement is not in the archive.
    #[error("the signed non-disclosure agreement is not in the archive: register it first, then name its entry (R2.6)")]
    NoAgreement,
    /// The tenant has no place for extended requests and their decisions.
    #[error("request and decision cannot be archived: name a unit for them with `TenantSetup::access_archive` (R2.5)")]
    NoArchive,
    /// The archived request or decision is not valid.
    #[error("request and decision cannot be archived: {0}")]
    Entry(#[from] EntryError),
    /// The text of request or decision could not be put into the store.
    #[error("request and decision cannot be archived: {0}")]
    Content(#[from] PortError),
}

impl From<StoreError> for AccessError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

impl<'d, 'a> AccessDesk<'d, 'a> {
    pub(crate) const fn new(desk: &'d Desk<'a>) -> Self {
        Self { desk }
    }

    async fn permit(&self, duty: DutyKind) -> Result<DutyPermit, DeskError> {
        self.desk.permit(Duty::General(duty)).await
    }

    /// Any of some duties; the refusal names the first.
    async fn permit_any(&self, duties: &[DutyKind]) -> Result<(), DeskError> {
        let subject = self.desk.subject().await?;
        let may = |duty: &DutyKind| subject.may(Duty::General(*duty)).permit().is_some();
        match duties.first() {
            Some(first) if !duties.iter().any(may) => {
                self.desk.permit_of(&subject, Duty::General(*first)).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }

    async fn record(&self, key: &AccessKey) -> Result<AccessRecord, DeskError> {
        self.desk.office.store.access(&self.desk.tenant.id, key).await?.ok_or(DeskError::NotFound)
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<(), AccessError> {
        self.desk.commit(ops).await?;
        self.desk.tenant.notices.raise();
        self.desk.tenant.register.raise();
        Ok(())
    }

    fn notice(&self, audience: Audience, about: About, text: String) -> Notice {
        notice(self.desk.office, &self.desk.tenant.id, self.desk.now(), audience, about, text)
    }

    fn uuid(&self) -> Uuid {
        new_uuid(self.desk.now(), &*self.desk.office.entropy)
    }

    async fn policy(&self) -> Result<sakarkiv_core::access::AccessPolicy, StoreError> {
        rights::policy(self.desk.office, self.desk.tenant).await
    }
}

/// A reason beside an event; it may hold personal data, so it stands where it can be erased.
fn because(event: AuditEvent, reason: &Private<String>) -> AuditEvent {
    event.with_detail("reason", reason.expose().clone())
}
