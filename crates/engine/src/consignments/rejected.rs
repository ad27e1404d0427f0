//! Telling our own side that something was rejected: the owner of the integration, once for each new fault (R8.1).

use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, ObjectRef},
    identity::InboxId,
    intake::Rejection,
    ports::{Audience, Op, StoreError, Subject, Transaction},
};

use super::{
    ledger::{Found, Refused, keep_op, read, refused_of},
    live::Integrated,
};
use crate::notices::notice;

/// Stores that something was rejected, logs it and tells the owner, with `also` in the same transaction. The same rejection
/// again is logged and not told again.
pub(crate) async fn tell_rejected(
    at: &Integrated<'_>,
    what: &str,
    rejection: &Rejection,
    also: Vec<Op>,
) -> Result<(), StoreError> {
    let (office, tenant, source) = (at.desk.office, at.desk.tenant, &at.integration.source);
    let before = read::<Refused>(office, tenant, &refused_of(source), what).await?;
    let told = before.as_ref().is_some_and(|before| before.value.rejection == *rejection);
    let now = office.clock.now();
    let mut transaction = Transaction { tenant: tenant.id.clone(), ops: also };
    let event = event(at, what, rejection);
    transaction.ops.push(Op::Audit(event.clone()));
    if !told {
        let version = before.map_or(0, |Found { version, .. }| version);
        let refused = Refused { at: now, rejection: rejection.clone() };
        transaction.ops.push(keep_op(refused_of(source), what, &refused, version)?);
        let text = format!("consignment {what} of {source} was rejected; its sender was told: {rejection}");
        let subject = Subject::ConsignmentRejected { source: source.clone(), consignment: what.to_owned() };
        let owner = Audience::User(at.integration.owner.clone());
        transaction.ops.push(Op::AddNotice(notice(office, &tenant.id, now, owner, subject, text)));
    }
    match office.commit(transaction).await {
        Ok(_) => {}
        // Somebody else told it at this moment. That it was refused here too belongs in the log.
        Err(StoreError::Conflict { .. }) => log(at, event).await?,
        Err(error) => return Err(error),
    }
    tenant.notices.raise();
    Ok(())
}

/// Logs that a trial was rejected. Nobody is told: who tries asks.
pub(crate) async fn log_trial(at: &Integrated<'_>, what: &str, rejection: &Rejection) -> Result<(), StoreError> {
    log(at, event(at, what, rejection).with_detail("dry_run", "true")).await
}

fn event(at: &Integrated<'_>, what: &str, rejection: &Rejection) -> AuditEvent {
    let codes: Vec<&str> = rejection.faults().map(|fault| fault.code.code()).collect();
    let object = InboxId::new(at.integration.source.as_str()).map_or(ObjectRef::Tenant, ObjectRef::Inbox);
    let event = at.desk.event(Activity::Received, object).ended(AuditOutcome::Refused);
    event.with_detail("consignment", what).with_detail("faults", codes.join(" "))
}

async fn log(at: &Integrated<'_>, event: AuditEvent) -> Result<(), StoreError> {
    let transaction = Transaction::new(at.desk.tenant.id.clone()).with(Op::Audit(event));
    at.desk.office.commit(transaction).await.map(drop)
}
