//! When a source of consignments is looked into, and how fast what it has is worked off.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures_util::{FutureExt as _, StreamExt, stream};
use sakarkiv_core::{
    identity::{SourceId, TenantId, Timestamp},
    intake::Rejection,
    ports::{
        Audience, ConsignmentSource, Op, PortError, SourceCapabilities, StoreError, Subject, Transaction, Waiting,
    },
};

use super::{
    item::{Settled, Work, finish},
    live::integrated,
};
use crate::{
    activity::SourceActivity,
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    polled::{Polled, poll_loop},
    schedule::Turn,
    signal::Halt,
};

/// One source of one tenant.
#[derive(Debug)]
pub(crate) struct Supplier {
    pub(crate) tenant: TenantId,
    pub(crate) source: Arc<dyn ConsignmentSource>,
    pub(crate) id: SourceId,
    pub(crate) capabilities: SourceCapabilities,
    pub(crate) polled: Polled,
}

impl Supplier {
    pub(crate) fn new(tenant: TenantId, source: Arc<dyn ConsignmentSource>) -> Self {
        Self { tenant, id: source.id().clone(), capabilities: source.capabilities(), source, polled: Polled::default() }
    }

    pub(crate) fn activity(&self) -> SourceActivity {
        SourceActivity {
            tenant: self.tenant.clone(),
            source: self.id.clone(),
            next_poll: self.polled.next_poll(),
            failures: self.polled.failures(),
        }
    }
}

/// Looks into one source at its poll interval.
pub(crate) async fn supplier_loop(
    office: &Office,
    tenant: &Tenant,
    supplier: &Supplier,
    halt: &Halt,
    turn: Turn,
) -> bool {
    poll_loop(office, &supplier.polled, halt, turn, || look(office, tenant, supplier, halt, turn).boxed()).await
}

/// Looks into the source and says when to look again.
async fn look(office: &Office, tenant: &Tenant, supplier: &Supplier, halt: &Halt, turn: Turn) -> Timestamp {
    let interval = later(office.clock.now(), supplier.capabilities.poll_interval);
    // What is not live is not even asked.
    let at = match integrated(office, tenant, &supplier.id, None).await {
        Ok(Ok(at)) => at,
        Ok(Err(rejection)) => {
            tracing::info!(source = %supplier.id, %rejection, "the source is not looked into");
            told_of(supplier, tell_not_live(office, tenant, supplier, &rejection).await);
            return interval;
        }
        Err(error) => {
            tracing::warn!(source = %supplier.id, %error, "the source waits for the store");
            return office.store_retry(supplier.polled.failed());
        }
    };
    told_of(supplier, forget_not_live(office, tenant, supplier).await);
    let limit = office.policy.call_timeout;
    let items = match question(&*office.clock, limit, "source.list", supplier.source.list()).await {
        Ok(items) => items,
        Err(error) => {
            tracing::warn!(source = %supplier.id, %error, "the source cannot be listed");
            refused(office, tenant, supplier, &error).await;
            return office.outside_retry(supplier.polled.failed()).min(interval);
        }
    };
    supplier.polled.answered(|id| items.iter().any(|item| item.id == *id));
    let capped = supplier.capabilities.list_cap.is_some_and(|cap| items.len() >= cap);
    let work = Work { at, supplier };
    let settled = work_off(&work, items, halt, turn).await;
    finish(&work, halt).await;
    // What was worked off made room for more.
    if capped && settled > 0 { office.clock.now() } else { interval }
}

/// Works the items off and says how many were newly settled. A few at once, with a breath after each, so that mail goes on
/// beside a night's bulk of thousands.
async fn work_off(work: &Work<'_>, items: Vec<Waiting>, halt: &Halt, turn: Turn) -> usize {
    if work.supplier.capabilities.in_order {
        return in_order(work, items, halt, turn).await;
    }
    let policy = &work.at.desk.office.policy;
    let each = items.into_iter().enumerate().map(async |(place, item)| {
        if halt.is_asked() {
            return (item, Settled::Before);
        }
        let settled = work.take(&item, false).await;
        breathe(work, place, turn).await;
        (item, settled)
    });
    let all: Vec<(Waiting, Settled)> = stream::iter(each).buffered(policy.consignment_concurrency).collect().await;
    let mut settled = count(&all);
    let mut waiting: Vec<Waiting> = early(all);
    // What waited for another of this look is tried again, as long as that brings any of them on.
    while !waiting.is_empty() && !halt.is_asked() {
        let before = waiting.len();
        let mut again = Vec::with_capacity(before);
        for (place, item) in waiting.into_iter().enumerate() {
            let outcome = work.take(&item, false).await;
            breathe(work, place, turn).await;
            again.push((item, outcome));
        }
        settled += count(&again);
        waiting = early(again);
        if waiting.len() == before {
            break;
        }
    }
    for item in waiting {
        if !halt.is_asked() {
            work.take(&item, true).await;
        }
    }
    settled
}

/// One after the other; none passes one that waits.
async fn in_order(work: &Work<'_>, items: Vec<Waiting>, halt: &Halt, turn: Turn) -> usize {
    let mut settled = 0;
    for (place, item) in items.into_iter().enumerate() {
        if halt.is_asked() {
            break;
        }
        match work.take(&item, true).await {
            Settled::Now => settled += 1,
            Settled::Before => {}
            Settled::Early | Settled::Later => break,
        }
        breathe(work, place, turn).await;
    }
    settled
}

fn count(all: &[(Waiting, Settled)]) -> usize {
    all.iter().filter(|(_, settled)| *settled == Settled::Now).count()
}

fn early(all: Vec<(Waiting, Settled)>) -> Vec<Waiting> {
    all.into_iter().filter(|(_, settled)| *settled == Settled::Early).map(|(item, _)| item).collect()
}

/// Lets the other loops have a turn, and after each batch a pause.
async fn breathe(work: &Work<'_>, place: usize, turn: Turn) {
    let mut given = false;
    poll_fn(|context| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    let office = work.at.desk.office;
    let batch = office.policy.consignment_batch;
    if turn == Turn::Forever && batch > 0 && (place + 1).is_multiple_of(batch) {
        office.clock.sleep_until(later(office.clock.now(), office.policy.consignment_pause)).await;
    }
}

/// Tells once, until it is live, that what a source hands in waits (R10.1). By a mark: going live may take weeks, and the
/// process may be started often meanwhile.
async fn tell_not_live(
    office: &Office,
    tenant: &Tenant,
    supplier: &Supplier,
    why: &Rejection,
) -> Result<(), StoreError> {
    let (now, name, id) = (office.clock.now(), not_live(&supplier.id), &supplier.id);
    if office.store.mark(&tenant.id, &name).await?.is_some() {
        return Ok(());
    }
    let why = why.faults().next().map_or_else(String::new, |fault| format!(", as {}", fault.detail));
    let text = format!(
        "nothing that source {id} hands in is taken in{why}: let it go live in the register of integrations, or take it \
         out of the set-up"
    );
    let notice =
        notice(office, &tenant.id, now, Audience::Operations, Subject::SourceNotLive { source: id.clone() }, text);
    let told = Op::PutMark { name, value: Some(now.to_rfc3339()) };
    office.commit(Transaction::new(tenant.id.clone()).with(told).with(Op::AddNotice(notice))).await?;
    tenant.notices.raise();
    Ok(())
}

/// A source that is live is told of again when it is so no more.
async fn forget_not_live(office: &Office, tenant: &Tenant, supplier: &Supplier) -> Result<(), StoreError> {
    let name = not_live(&supplier.id);
    if office.store.mark(&tenant.id, &name).await?.is_some() {
        let forgotten = Op::PutMark { name, value: None };
        office.commit(Transaction::new(tenant.id.clone()).with(forgotten)).await?;
    }
    Ok(())
}

fn not_live(source: &SourceId) -> String {
    format!("source-not-live:{source}")
}

fn told_of(supplier: &Supplier, told: Result<(), StoreError>) {
    if let Err(error) = told {
        tracing::warn!(source = %supplier.id, %error, "whether the source is live could not be told");
    }
}

/// Tells once that the other side does not let us in.
pub(crate) async fn refused(office: &Office, tenant: &Tenant, supplier: &Supplier, error: &PortError) {
    let told = supplier.polled.refused(office, tenant, ("source", supplier.id.as_str()), error).await;
    if let Err(error) = told {
        tracing::warn!(source = %supplier.id, %error, "that the source refuses us could not be recorded");
    }
}
