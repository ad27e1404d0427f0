//! What the office writes into the log: ids and states, nothing personal.

use sakarkiv_core::{
    access::Actor,
    audit::{Activity, AuditEvent, ObjectRef},
    delivery::{Delivery, DeliveryState, FailureCause, Letter, SigningStage},
    identity::{ActorId, CaseId, EntryId, InboxId, TenantId, Timestamp},
    ports::ItemId,
};

use crate::{account::Account, machine::Change, reconcile::Reconciliation, rights};

/// A delivery moved from one state to another: exactly one of these stands in the transaction that moves it (I8).
pub(crate) fn delivery_changed(delivery: &Delivery, change: Change, actor: &Actor, at: Timestamp) -> AuditEvent {
    let object = ObjectRef::Letter(delivery.letter);
    let mut event = rights::event(actor, Activity::DeliveryChanged, object, at)
        .with_detail("from", change.from)
        .with_detail("to", change.to)
        .with_detail("channel", delivery.channel.as_str())
        .with_detail("account", delivery.account.as_str())
        .with_detail("attempts", delivery.attempts.to_string());
    if let Some(id) = &delivery.remote_id {
        event = event.with_detail("remote_id", id.0.as_str());
    }
    if let Some(mailbox) = delivery.cleared_for {
        event = event.with_detail("cleared_for", format!("{mailbox:?}"));
    }
    if let DeliveryState::Failed(FailureCause::NotCleared(refused)) = &delivery.state {
        event = event.with_detail("reasons", refused.codes.join(" "));
    }
    if let Some(error) = &delivery.last_error {
        event = event.with_detail("error", error.as_str());
    }
    event
}

/// A signing order came further (R4.4).
pub(crate) fn signing_changed(delivery: &Delivery, stage: SigningStage, actor: &ActorId, at: Timestamp) -> AuditEvent {
    let object = ObjectRef::Letter(delivery.letter);
    let raw = delivery.signing.as_ref().and_then(|signing| signing.status.as_ref()).map(|status| status.raw.as_str());
    AuditEvent::new(at, delivery.tenant.clone(), actor.clone(), Activity::StatusChanged, object)
        .with_detail("signing", stage.name())
        .with_detail("raw", raw.unwrap_or_default())
}

/// A letter was accepted from its caller.
pub(crate) fn letter_accepted(letter: &Letter, actor: &Actor, at: Timestamp) -> AuditEvent {
    rights::event(actor, Activity::Accepted, ObjectRef::Letter(letter.id), at)
        .with_detail("entry", letter.entry.to_string())
        .with_detail("account", letter.sender.account.as_str())
}

/// A case was opened.
pub(crate) fn case_opened(tenant: &TenantId, case: CaseId, actor: &ActorId, at: Timestamp) -> AuditEvent {
    AuditEvent::new(at, tenant.clone(), actor.clone(), Activity::Created, ObjectRef::Case(case))
}

/// An entry was registered.
pub(crate) fn entry_registered(entry: EntryId, actor: &Actor, at: Timestamp) -> AuditEvent {
    rights::event(actor, Activity::Created, ObjectRef::Entry(entry), at)
}

/// An entry became dispatched because a channel took its letter over.
pub(crate) fn entry_dispatched(tenant: &TenantId, entry: EntryId, actor: &ActorId, at: Timestamp) -> AuditEvent {
    AuditEvent::new(at, tenant.clone(), actor.clone(), Activity::StatusChanged, ObjectRef::Entry(entry))
        .with_detail("to", "E")
}

/// Mail came in and was registered.
pub(crate) fn mail_received(
    tenant: &TenantId,
    entry: EntryId,
    (inbox, item): (&InboxId, &ItemId),
    actor: &ActorId,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent::new(at, tenant.clone(), actor.clone(), Activity::Received, ObjectRef::Entry(entry))
        .with_detail("inbox", inbox.as_str())
        .with_detail("item", item.0.as_str())
}

/// A request for access to documents came in and was registered.
pub(crate) fn request_received(
    tenant: &TenantId,
    entry: EntryId,
    (source, request): (&InboxId, &str),
    actor: &ActorId,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent::new(at, tenant.clone(), actor.clone(), Activity::Received, ObjectRef::Entry(entry))
        .with_detail("source", source.as_str())
        .with_detail("request", request)
}

/// Mail could not be taken in for now.
pub(crate) fn mail_set_aside(
    tenant: &TenantId,
    (inbox, item): (&InboxId, &ItemId),
    actor: &ActorId,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent::new(at, tenant.clone(), actor.clone(), Activity::SetAside, ObjectRef::Inbox(inbox.clone()))
        .with_detail("item", item.0.as_str())
}

/// An account's letters were compared with its channel's after an outage (R4.5).
pub(crate) fn reconciled(account: &Account, report: &Reconciliation, actor: &ActorId, at: Timestamp) -> AuditEvent {
    let object = ObjectRef::Channel(account.channel_id.clone());
    let activity = Activity::Other("reconciled".to_owned());
    AuditEvent::new(at, account.tenant.clone(), actor.clone(), activity, object)
        .with_detail("account", account.id.as_str())
        .with_detail("from", report.from.to_rfc3339())
        .with_detail("to", report.to.to_rfc3339())
        .with_detail("checked", report.checked.to_string())
        .with_detail("adopted", report.adopted.to_string())
        .with_detail("missing", report.missing.to_string())
        .with_detail("doubled", report.doubled.to_string())
        .with_detail("contradicted", report.contradicted.to_string())
}
