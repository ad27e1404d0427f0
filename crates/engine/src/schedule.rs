//! When what is done: the pool of one account that sends and looks up, and the waits that all loops share.

use std::{future::Future, pin::pin};

use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, select},
    stream::FuturesUnordered,
};
use sakarkiv_core::{
    delivery::WorkKind,
    identity::Timestamp,
    ports::{Claim, ClaimRequest},
};

use crate::{
    account::{Account, Health},
    breaker::Permit,
    call::question,
    dispatch,
    office::{Office, Tenant},
    policy::later,
    signal::{Halt, Signal},
};

/// Whether a loop goes on for ever or leaves when nothing is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Forever,
    Once,
}

type Flying<'a> = FuturesUnordered<BoxFuture<'a, ()>>;

/// Sends and looks up one account's letters, some at once. Tells whether there was anything to do.
pub(crate) async fn dispatch_pool(
    office: &Office,
    tenant: &Tenant,
    account: &Account,
    halt: &Halt,
    turn: Turn,
) -> bool {
    let mut flying = Flying::new();
    let (mut worked, mut trouble) = (false, 0);
    loop {
        let mark = account.work.mark();
        let mut plan = Plan::default();
        if !halt.is_asked() {
            plan = look(office, account, &mut flying, &mut trouble).await;
            worked |= !plan.claims.is_empty() || plan.check;
            if plan.check {
                flying.push(Box::pin(check(office, account)));
            }
            for claim in plan.claims.drain(..) {
                account.live().in_flight += 1;
                flying
                    .push(Box::pin(landed(account, dispatch::work(office, tenant, account, halt, claim, plan.lease))));
            }
        }
        if flying.is_empty() {
            if turn == Turn::Once || halt.is_asked() {
                return worked;
            }
            rest(office, halt, &account.work, mark, plan.until(office)).await;
            continue;
        }
        if halt.is_asked() || turn == Turn::Once {
            flying.next().await;
        } else {
            let pause = pin!(rest(office, halt, &account.work, mark, plan.until(office)));
            select(flying.next(), pause).await;
        }
        // What ended at the same time makes room for one larger claim instead of many small ones.
        while let Some(Some(())) = flying.next().now_or_never() {}
    }
}

/// Waits for a signal after `mark`, for shutdown, or until `moment`.
pub(crate) async fn rest(office: &Office, halt: &Halt, signal: &Signal, mark: u64, moment: Timestamp) {
    let _resting = office.resting.count();
    let halted = pin!(halt.asked());
    let called = select(signal.after(mark), halted);
    let sleep = pin!(office.clock.sleep_until(moment));
    select(called, sleep).await;
}

/// What a look at the account's queue gave.
struct Plan {
    claims: Vec<Claim>,
    /// When the claims end.
    lease: Timestamp,
    /// Its connection has to be checked first.
    check: bool,
    /// When to look again, if not woken before.
    again: Option<Timestamp>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { claims: Vec::new(), lease: Timestamp::MIN_UTC, check: false, again: None }
    }
}

impl Plan {
    fn until(&self, office: &Office) -> Timestamp {
        let limit = later(office.clock.now(), office.policy.max_sleep);
        self.again.map_or(limit, |again| again.min(limit))
    }
}

async fn look<'a>(office: &Office, account: &Account, flying: &mut Flying<'a>, trouble: &mut u32) -> Plan {
    let now = office.clock.now();
    let mut plan = Plan::default();
    let busy = account.live().in_flight;
    let room = match account.permit(now) {
        None => return plan,
        Some(Permit::Free) => account.capabilities.concurrency.max(1).saturating_sub(busy),
        Some(Permit::One) => 1_usize.saturating_sub(busy),
        Some(Permit::Check) => {
            plan.check = flying.is_empty();
            return plan;
        }
        Some(Permit::Wait(moment)) => {
            plan.again = Some(moment);
            return plan;
        }
    };
    if room == 0 {
        return plan;
    }
    let request = request(office, account, now, room);
    plan.lease = request.lease_until;
    match alongside(flying, office.store.claim(request.clone())).await {
        Ok(claims) => {
            *trouble = 0;
            if claims.is_empty() && busy == 0 {
                account.nothing_waits(now);
            }
            if claims.len() < room {
                plan.again = next_due(office, account, flying, &request).await;
            }
            plan.claims = claims;
        }
        Err(error) => {
            tracing::warn!(channel = %account.channel_id, account = %account.id, %error, "nothing can be claimed now");
            plan.again = Some(office.store_retry(*trouble));
            *trouble = trouble.saturating_add(1);
        }
    }
    plan
}

fn request(office: &Office, account: &Account, now: Timestamp, limit: usize) -> ClaimRequest {
    let policy = &office.policy;
    // Asking for ways, for coverage, and looking up each end within the time of one call.
    let longest = account.capabilities.send_timeout.saturating_add(policy.call_timeout.saturating_mul(3));
    ClaimRequest {
        tenant: account.tenant.clone(),
        channel: account.channel_id.clone(),
        account: account.id.clone(),
        work: WorkKind::Dispatch,
        owner: office.node.clone(),
        now,
        lease_until: later(now, longest.saturating_add(policy.lease_margin)),
        limit,
    }
}

async fn next_due<'a>(
    office: &Office,
    account: &Account,
    flying: &mut Flying<'a>,
    request: &ClaimRequest,
) -> Option<Timestamp> {
    let due = alongside(flying, office.store.next_due(request)).await.unwrap_or_else(|_| Some(office.store_retry(0)));
    account.live().next_due = due;
    // A moment that has passed although nothing could be claimed must not make the loop spin.
    due.map(|due| due.max(office.store_retry(0)))
}

/// Awaits `work` while the flying calls go on.
async fn alongside<T>(flying: &mut Flying<'_>, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if flying.is_empty() {
            return work.await;
        }
        match select(work.as_mut(), flying.next()).await {
            Either::Left((done, _)) => return done,
            Either::Right(_) => {}
        }
    }
}

/// Counts a piece of work out again, also when it is dropped.
async fn landed(account: &Account, work: impl Future<Output = ()>) {
    struct Landing<'a>(&'a Account);
    impl Drop for Landing<'_> {
        fn drop(&mut self) {
            let mut live = self.0.live();
            live.in_flight = live.in_flight.saturating_sub(1);
        }
    }
    let _landing = Landing(account);
    work.await;
}

/// Checks the connection of an account that did not work.
async fn check(office: &Office, account: &Account) {
    let began = office.clock.now();
    let call = account.channel.check(&account.id);
    let answer = question(&*office.clock, office.policy.call_timeout, "channel.check", call).await;
    match Health::of(&answer, false) {
        Health::Answered { .. } | Health::Silent => account.live().breaker.checked(),
        health => account.note(office, health, began),
    }
}
