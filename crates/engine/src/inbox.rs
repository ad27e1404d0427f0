//! When an inbox is looked into, and what is said about the inbox as a whole.

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt, stream};
use sakarkiv_core::{
    identity::{InboxId, TenantId, Timestamp},
    ports::{Audience, Inbox, InboxCapabilities, Op, PortError, StoreError, Subject, Transaction, Waiting},
};

use crate::{
    activity::InboxActivity,
    call::question,
    intake,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    polled::{Polled, poll_loop},
    registration::InboxTarget,
    schedule::Turn,
    signal::Halt,
};

/// One inbox of one tenant.
#[derive(Debug)]
pub(crate) struct Letterbox {
    pub(crate) tenant: TenantId,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) id: InboxId,
    pub(crate) capabilities: InboxCapabilities,
    pub(crate) target: InboxTarget,
    pub(crate) polled: Polled,
}

impl Letterbox {
    pub(crate) fn new(tenant: TenantId, inbox: Arc<dyn Inbox>, target: InboxTarget) -> Self {
        Self {
            tenant,
            id: inbox.id().clone(),
            capabilities: inbox.capabilities(),
            inbox,
            target,
            polled: Polled::default(),
        }
    }

    pub(crate) fn activity(&self) -> InboxActivity {
        InboxActivity {
            tenant: self.tenant.clone(),
            inbox: self.id.clone(),
            next_poll: self.polled.next_poll(),
            failures: self.polled.failures(),
        }
    }
}

/// Looks into one inbox at its poll interval.
pub(crate) async fn inbox_loop(
    office: &Office,
    tenant: &Tenant,
    letterbox: &Letterbox,
    halt: &Halt,
    turn: Turn,
) -> bool {
    poll_loop(office, &letterbox.polled, halt, turn, || look(office, tenant, letterbox, halt).boxed()).await
}

/// Looks into the inbox and says when to look again.
async fn look(office: &Office, tenant: &Tenant, letterbox: &Letterbox, halt: &Halt) -> Timestamp {
    let policy = &office.policy;
    let interval = later(office.clock.now(), letterbox.capabilities.poll_interval);
    let list = question(&*office.clock, policy.call_timeout, "inbox.list", letterbox.inbox.list()).await;
    let items = match list {
        Ok(items) => items,
        Err(error) => {
            tracing::warn!(inbox = %letterbox.id, %error, "the inbox cannot be listed");
            refused(office, tenant, letterbox, &error).await;
            return office.outside_retry(letterbox.polled.failed()).min(interval);
        }
    };
    letterbox.polled.answered(|id| items.iter().any(|item| item.id == *id));
    if letterbox.capabilities.list_cap.is_some_and(|cap| items.len() >= cap) {
        full(office, tenant, letterbox).await;
    }
    take_in_all(office, tenant, letterbox, halt, items).await;
    intake::finish(office, tenant, letterbox, halt).await;
    interval
}

async fn take_in_all(office: &Office, tenant: &Tenant, letterbox: &Letterbox, halt: &Halt, items: Vec<Waiting>) {
    let work =
        items.into_iter().filter(|_| !halt.is_asked()).map(|item| intake::take_in(office, tenant, letterbox, item));
    stream::iter(work).buffer_unordered(office.policy.fetch_concurrency).collect::<Vec<()>>().await;
}

/// Tells once that the other side does not let us in.
pub(crate) async fn refused(office: &Office, tenant: &Tenant, letterbox: &Letterbox, error: &PortError) {
    let told = letterbox.polled.refused(office, tenant, ("inbox", letterbox.id.as_str()), error).await;
    if let Err(error) = told {
        tracing::warn!(inbox = %letterbox.id, %error, "that the inbox refuses us could not be recorded");
    }
}

/// Tells, once a day, that newer mail may be hidden.
async fn full(office: &Office, tenant: &Tenant, letterbox: &Letterbox) {
    if let Err(error) = tell_full(office, tenant, letterbox).await {
        tracing::warn!(inbox = %letterbox.id, %error, "that the inbox is full could not be recorded");
    }
}

async fn tell_full(office: &Office, tenant: &Tenant, letterbox: &Letterbox) -> Result<(), StoreError> {
    let now = office.clock.now();
    let (name, today) = (format!("inbox-full:{}", letterbox.id), now.date_naive().to_string());
    if office.store.mark(&tenant.id, &name).await?.as_ref() == Some(&today) {
        return Ok(());
    }
    let text = format!("inbox {} shows no more than its cap: take care of what was set aside in it", letterbox.id);
    let subject = Subject::InboxFull { inbox: letterbox.id.clone() };
    let notice = notice(office, &tenant.id, now, Audience::MailRoom, subject, text);
    let told = Op::PutMark { name, value: Some(today) };
    office.commit(Transaction::new(tenant.id.clone()).with(told).with(Op::AddNotice(notice))).await?;
    tenant.notices.raise();
    Ok(())
}
