//! Telling our own side that something was rejected: the owner of the integration, once for each new fault (R8.1).

use sakarkiv_core::{
    audit::{Activity, AuditOutcome, ObjectRef},
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
    let codes: Vec<&str> = rejection.faults().map(|fault| fault.code.code()).collect();
    let object = InboxId::new(source.as_str()).map_or(ObjectRef::Tenant, ObjectRef::Inbox);
    let event = at.desk.event(Activity::Received, object).ended(AuditOutcome::Refused);
    let event = event.with_detail("consignment", what).with_detail("faults", codes.join(" "));
    transaction.ops.push(Op::Audit(event));
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
        // Somebody else told it at this moment.
        Ok(_) | Err(StoreError::Conflict { .. }) => {
            tenant.notices.raise();
            Ok(())
        }
        Err(error) => Err(error),
    }
}
