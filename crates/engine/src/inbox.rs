//! When an inbox is looked into, and what is said about the inbox as a whole.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    identity::{ChannelId, InboxId, TenantId, Timestamp},
    ports::{Audience, Inbox, InboxCapabilities, ItemId, Op, PortError, StoreError, Subject, Transaction, Waiting},
};

use crate::{
    activity::InboxActivity,
    call::question,
    intake,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    registration::InboxTarget,
    schedule::{Turn, rest},
    signal::{Halt, Signal},
};

/// One inbox of one tenant.
#[derive(Debug)]
pub(crate) struct Letterbox {
    pub(crate) tenant: TenantId,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) id: InboxId,
    pub(crate) capabilities: InboxCapabilities,
    pub(crate) target: InboxTarget,
    /// Raised when it shall be looked into at once.
    pub(crate) look: Signal,
    live: Mutex<Live>,
}

#[derive(Debug, Default)]
pub(crate) struct Live {
    next_poll: Option<Timestamp>,
    failures: u32,
    /// People have been told that the inbox refuses us.
    told_refused: bool,
    /// Items that failed for passing reasons: how often, and when they are tried again.
    pub(crate) passing: BTreeMap<ItemId, (u32, Timestamp)>,
}

impl Letterbox {
    pub(crate) fn new(tenant: TenantId, inbox: Arc<dyn Inbox>, target: InboxTarget) -> Self {
        Self {
            tenant,
            id: inbox.id().clone(),
            capabilities: inbox.capabilities(),
            inbox,
            target,
            look: Signal::default(),
            live: Mutex::default(),
        }
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn activity(&self) -> InboxActivity {
        let live = self.live();
        InboxActivity {
            tenant: self.tenant.clone(),
            inbox: self.id.clone(),
            next_poll: live.next_poll,
            failures: live.failures,
        }
    }

    /// Looks into it at the next chance.
    pub(crate) fn look_now(&self) {
        self.live().next_poll = None;
        self.look.raise();
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
    let mut worked = false;
    loop {
        let mark = letterbox.look.mark();
        let due = letterbox.live().next_poll;
        let now = office.clock.now();
        if !halt.is_asked() && due.is_none_or(|due| due <= now) {
            worked = true;
            let next = look(office, tenant, letterbox, halt).await;
            letterbox.live().next_poll = Some(next);
            continue;
        }
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        rest(office, halt, &letterbox.look, mark, due.unwrap_or(now)).await;
    }
}

/// Looks into the inbox and says when to look again.
async fn look(office: &Office, tenant: &Tenant, letterbox: &Letterbox, halt: &Halt) -> Timestamp {
    let policy = &office.policy;
    let interval = later(office.clock.now(), letterbox.capabilities.poll_interval);
    let list = question(&*office.clock, policy.call_timeout, "inbox.list", letterbox.inbox.list()).await;
    let items = match list {
        Ok(items) => items,
        Err(error) => {
            let failures = {
                let mut live = letterbox.live();
                live.failures = live.failures.saturating_add(1);
                live.failures
            };
            tracing::warn!(inbox = %letterbox.id, %error, "the inbox cannot be listed");
            refused(office, tenant, letterbox, &error).await;
            return office.outside_retry(failures).min(interval);
        }
    };
    {
        let mut live = letterbox.live();
        live.failures = 0;
        live.told_refused = false;
        live.passing.retain(|id, _| items.iter().any(|item| item.id == *id));
    }
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
    if !error.kind().concerns_account() || letterbox.live().told_refused {
        return;
    }
    let Ok(channel) = ChannelId::new(letterbox.id.as_str()) else { return };
    let text = format!("inbox {} refuses us: renew its credentials or mend its configuration", letterbox.id);
    let subject = Subject::AccountStopped { channel };
    let notice = notice(office, &tenant.id, office.clock.now(), Audience::Operations, subject, text);
    let told = office.commit(Transaction::new(tenant.id.clone()).with(Op::AddNotice(notice))).await;
    if told.is_ok() {
        letterbox.live().told_refused = true;
        tenant.notices.raise();
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
