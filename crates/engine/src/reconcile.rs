//! Outages and what comes after them (R4.5): every letter that was touched by one is looked up in the channel by our
//! reference, and the differences are recorded and told.

use sakarkiv_core::{
    delivery::{Delivery, DeliveryState},
    identity::{AccountId, ChannelId, LetterId, Timestamp},
    ports::{Audience, DeliveryFilter, Found, Op, StoreError, Subject, Transaction},
};
use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, Health},
    audit,
    breaker::Breaker,
    call::question,
    job::facts,
    journal,
    machine::{self, Event, Finding, Step},
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    schedule::{Turn, rest},
    signal::Halt,
};

/// What a comparison with a channel after an outage brought to light.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reconciliation {
    /// When the outage began: the start of the first call that failed.
    pub from: Timestamp,
    /// When the account worked again.
    pub to: Timestamp,
    /// When the comparison was done; nothing while it goes on.
    pub done: Option<Timestamp>,
    /// Letters that were looked up.
    pub checked: u64,
    /// Letters that the channel had though we did not know: now on record.
    pub adopted: u64,
    /// Letters on record as taken that the channel does not know; people have been told.
    pub missing: u64,
    /// Letters that the channel has more than once; people have been told.
    pub doubled: u64,
    /// Letters on record as failed that the channel has; people have been told.
    pub contradicted: u64,
    /// Letters that were not compared: somebody was working on them all the while, and records their outcome, or the channel
    /// answered for the account and for the others and not for them.
    pub left: u64,
}

/// The name of the mark that keeps the last report of an account.
pub(crate) fn report_mark(channel: &ChannelId, account: &AccountId) -> String {
    format!("reconciliation:{channel}:{account}")
}

/// An outage and how far the comparison after it has come. Kept as the mark `outage:<channel>:<account>` until done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outage {
    from: Timestamp,
    to: Option<Timestamp>,
    /// For want of credentials or configuration.
    stopped: bool,
    cursor: Option<LetterId>,
    /// How often the letter after the cursor could not be looked up though the account works.
    #[serde(default)]
    tries: u32,
    report: Reconciliation,
}

impl Outage {
    /// A new outage. One that begins before the last was reconciled includes it.
    pub(crate) fn begun(since: Timestamp, last: Option<&Self>, stopped: bool) -> Self {
        let from = last.map_or(since, |last| last.from.min(since));
        Self { from, to: None, stopped, cursor: None, tries: 0, report: Reconciliation::default() }
    }

    pub(crate) fn ended(self, now: Timestamp) -> Self {
        let report = Reconciliation { from: self.from, to: now, ..Reconciliation::default() };
        Self { to: Some(now), cursor: None, tries: 0, report, ..self }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.to.is_some()
    }

    fn mark(account: &Account) -> String {
        format!("outage:{}:{}", account.channel_id, account.id)
    }

    fn to_op(&self, account: &Account) -> Op {
        Op::PutMark { name: Self::mark(account), value: serde_json::to_string(self).ok() }
    }

    /// Goes on behind a letter.
    const fn pass(&mut self, letter: LetterId) {
        self.cursor = Some(letter);
        self.tries = 0;
    }

    fn count(&mut self, delivery: &Delivery, finding: Option<Finding>) {
        self.pass(delivery.letter);
        self.report.checked += 1;
        match finding {
            Some(Finding::Adopted) => self.report.adopted += 1,
            Some(Finding::Missing) => self.report.missing += 1,
            Some(Finding::Doubled) => self.report.doubled += 1,
            Some(Finding::Contradicts) => self.report.contradicted += 1,
            None => {}
        }
    }
}

/// Keeps an account's outage in the store and compares its letters when it is over.
pub(crate) async fn upkeep_loop(office: &Office, tenant: &Tenant, account: &Account, halt: &Halt, turn: Turn) -> bool {
    let (mut worked, mut trouble) = (false, 0);
    loop {
        let mark = account.upkeep.mark();
        let moment = match upkeep(office, tenant, account, halt, turn).await {
            Ok(did) => {
                (worked, trouble) = (worked || did, 0);
                Timestamp::MAX_UTC
            }
            Err(Trouble::Store(error)) => {
                tracing::warn!(channel = %account.channel_id, account = %account.id, %error, "upkeep waits for the store");
                trouble += 1;
                office.store_retry(trouble)
            }
            Err(Trouble::Channel | Trouble::Letter) => {
                trouble += 1;
                office.outside_retry(trouble)
            }
        };
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        let limit = later(office.clock.now(), office.policy.max_sleep.saturating_mul(60));
        rest(office, halt, &account.upkeep, mark, moment.min(limit)).await;
    }
}

enum Trouble {
    Store(StoreError),
    /// The channel does not answer for the account.
    Channel,
    /// It does, but not for one letter.
    Letter,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn upkeep(office: &Office, tenant: &Tenant, account: &Account, halt: &Halt, turn: Turn) -> Result<bool, Trouble> {
    let mut worked = load(office, account).await?;
    worked |= keep(office, tenant, account).await?;
    worked |= expire_overdue(office, tenant, account).await?;
    while let Some(outage) = over(account).filter(|_| !halt.is_asked()) {
        worked = true;
        if reconcile_page(office, tenant, account, (halt, turn), outage).await? == Page::Last {
            break;
        }
    }
    Ok(worked)
}

/// Reads what an earlier process knew of the account.
async fn load(office: &Office, account: &Account) -> Result<bool, StoreError> {
    if account.live().loaded {
        return Ok(false);
    }
    let mark = office.store.mark(&account.tenant, &Outage::mark(account)).await?;
    let outage: Option<Outage> = mark.and_then(|text| serde_json::from_str(&text).ok());
    {
        let mut live = account.live();
        if let Some(outage) = outage.as_ref().filter(|outage| !outage.is_over()) {
            live.breaker = Breaker::reopened(outage.from, outage.stopped, office.clock.now());
        }
        live.outage = outage;
        live.loaded = true;
    }
    account.work.raise();
    Ok(true)
}

/// Writes what must survive, with what people must be told.
async fn keep(office: &Office, tenant: &Tenant, account: &Account) -> Result<bool, StoreError> {
    let (outage, stopped, fault) = {
        let live = account.live();
        (live.dirty.then(|| live.outage.clone()).flatten(), live.tell_stopped, live.tell_fault)
    };
    if outage.is_none() && !stopped && !fault {
        return Ok(false);
    }
    let mut transaction = Transaction::new(tenant.id.clone());
    transaction.ops.extend(outage.as_ref().map(|outage| outage.to_op(account)));
    let (now, channel) = (office.clock.now(), account.channel_id.clone());
    if stopped {
        let text = format!("{channel} refuses account {}: renew its credentials or mend its configuration", account.id);
        let subject = Subject::AccountStopped { channel: channel.clone() };
        transaction.ops.push(Op::AddNotice(notice(office, &tenant.id, now, Audience::Operations, subject, text)));
    }
    if fault {
        let text = format!("the connector of {channel} panicked while sending: report it to its maker");
        let subject = Subject::ConnectorFault { channel };
        transaction.ops.push(Op::AddNotice(notice(office, &tenant.id, now, Audience::Operations, subject, text)));
    }
    office.commit(transaction).await?;
    let mut live = account.live();
    live.dirty &= live.outage != outage;
    live.tell_stopped &= !stopped;
    live.tell_fault &= !fault;
    drop(live);
    tenant.notices.raise();
    Ok(true)
}

/// While an account does not work nobody claims its letters; those whose life time ends meanwhile must still be told of.
async fn expire_overdue(office: &Office, tenant: &Tenant, account: &Account) -> Result<bool, StoreError> {
    let (mut cursor, mut worked) = (None, false);
    while account.is_out() {
        let mut filter = DeliveryFilter::default();
        filter.channel = Some(account.channel_id.clone());
        filter.account = Some(account.id.clone());
        filter.state = Some(DeliveryState::Queued.name());
        let page = office.store.deliveries(&tenant.id, &filter, cursor, PAGE).await?;
        let Some(last) = page.last() else { break };
        cursor = Some(last.letter);
        for delivery in page {
            worked |= expire(office, tenant, account, &delivery).await?;
        }
    }
    Ok(worked)
}

async fn expire(office: &Office, tenant: &Tenant, account: &Account, delivery: &Delivery) -> Result<bool, StoreError> {
    let rules = office.rules(&account.capabilities);
    let step = machine::step(delivery, Event::Expired, office.clock.now(), &rules, 0);
    if step.change.is_none() {
        return Ok(false);
    }
    let letter = office.store.letter(&tenant.id, delivery.letter).await?;
    let mut transaction = Transaction::new(tenant.id.clone()).with(Op::ForceDelivery(step.delivery.clone()));
    transaction.ops.extend(facts(office, &step, letter.as_ref()));
    match office.commit(transaction).await {
        Ok(_) => {
            tenant.notices.raise();
            Ok(true)
        }
        // Somebody works on it after all.
        Err(StoreError::Fenced | StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The outage whose letters are to be compared now.
fn over(account: &Account) -> Option<Outage> {
    account.live().outage.clone().filter(Outage::is_over)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    More,
    Last,
}

async fn reconcile_page(
    office: &Office,
    tenant: &Tenant,
    account: &Account,
    (halt, turn): (&Halt, Turn),
    mut outage: Outage,
) -> Result<Page, Trouble> {
    let mut filter = DeliveryFilter::default();
    filter.channel = Some(account.channel_id.clone());
    filter.account = Some(account.id.clone());
    filter.changed_since = Some(outage.from);
    let page = office.store.deliveries(&tenant.id, &filter, outage.cursor, PAGE).await?;
    if page.is_empty() {
        finish(office, tenant, account, outage).await?;
        return Ok(Page::Last);
    }
    for delivery in page {
        if halt.is_asked() || account.is_out() {
            return Ok(Page::Last);
        }
        let before = outage.clone();
        let compared = compare(office, tenant, account, delivery, &mut outage, turn).await;
        if !replace(account, &before, &outage) {
            return Ok(Page::Last);
        }
        compared?;
    }
    office.commit(Transaction::new(tenant.id.clone()).with(outage.to_op(account))).await?;
    Ok(Page::More)
}

/// Looks one letter up and records what differs. What is read before the look-up must still be stored when its answer is,
/// or the answer may be older than the record.
async fn compare(
    office: &Office,
    tenant: &Tenant,
    account: &Account,
    listed: Delivery,
    outage: &mut Outage,
    turn: Turn,
) -> Result<(), Trouble> {
    for tries in 0..TRIES {
        let stored = office.store.delivery(&tenant.id, listed.letter).await?;
        // What was never begun cannot be there, and what went over to another channel is that one's matter.
        let Some(delivery) = stored.filter(|d| d.attempts > 0 && d.channel == account.channel_id) else {
            outage.pass(listed.letter);
            return Ok(());
        };
        let hits = match look_up(office, account, &delivery).await {
            Err(Trouble::Letter) if outage.tries + 1 >= TRIES => break,
            Err(Trouble::Letter) => {
                outage.tries += 1;
                return Err(Trouble::Letter);
            }
            hits => hits?,
        };
        let rules = office.rules(&account.capabilities);
        let (now, jitter) = (office.clock.now(), office.entropy.next_u64());
        let step = machine::step(&delivery, Event::FoundHits(hits), now, &rules, jitter);
        let mut counted = outage.clone();
        counted.count(&delivery, step.finding);
        if step.delivery == delivery && step.alarm.is_none() {
            *outage = counted;
            return Ok(());
        }
        match record(office, tenant, (&delivery, &step), account, &counted).await {
            Ok(()) => {
                *outage = counted;
                account.moved_on(office);
                tenant.notices.raise();
                return Ok(());
            }
            // In a single turn the clock may stand still: whoever works on the letter records its outcome.
            Err(StoreError::Fenced | StoreError::Conflict { .. }) if turn == Turn::Once => break,
            Err(StoreError::Fenced | StoreError::Conflict { .. }) => {
                office.clock.sleep_until(office.store_retry(tries)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    outage.pass(listed.letter);
    outage.report.left += 1;
    Ok(())
}

async fn look_up(office: &Office, account: &Account, delivery: &Delivery) -> Result<Vec<Found>, Trouble> {
    let began = office.clock.now();
    let reference = delivery.reference();
    let call = account.channel.find(&account.id, &reference);
    let answer = question(&*office.clock, office.policy.call_timeout, "channel.find", call).await;
    // One letter that the channel does not answer for must not keep the others from being compared.
    if answer.is_err() && account.is_sound(office).await {
        return Err(Trouble::Letter);
    }
    account.note(office, Health::of(&answer, false), began);
    answer.map_err(|_| Trouble::Channel)
}

async fn record(
    office: &Office,
    tenant: &Tenant,
    (before, step): (&Delivery, &Step),
    account: &Account,
    outage: &Outage,
) -> Result<(), StoreError> {
    let mut transaction = Transaction::new(tenant.id.clone()).with(Op::ForceDelivery(step.delivery.clone()));
    transaction.ops.extend(facts(office, step, None));
    transaction.ops.extend(journal::dispatched(office, before, &step.delivery, None).await?);
    transaction.ops.push(outage.to_op(account));
    office.commit(transaction).await.map(drop)
}

/// Keeps the report, and forgets the outage.
async fn finish(office: &Office, tenant: &Tenant, account: &Account, outage: Outage) -> Result<(), StoreError> {
    let now = office.clock.now();
    let report = Reconciliation { done: Some(now), ..outage.report };
    let transaction = Transaction::new(tenant.id.clone())
        .with(Op::PutMark { name: Outage::mark(account), value: None })
        .with(Op::PutMark {
            name: report_mark(&account.channel_id, &account.id),
            value: serde_json::to_string(&report).ok(),
        })
        .with(Op::Audit(audit::reconciled(account, &report, &office.actor, now)));
    office.commit(transaction).await?;
    let mut live = account.live();
    if live.outage.as_ref() == Some(&outage) {
        live.outage = None;
    } else {
        // Another outage began meanwhile; its mark was just removed with the old one.
        live.dirty = true;
    }
    drop(live);
    tracing::info!(channel = %account.channel_id, account = %account.id, ?report, "letters were compared after an outage");
    Ok(())
}

/// Takes the progress over, unless another outage began meanwhile.
fn replace(account: &Account, before: &Outage, after: &Outage) -> bool {
    let mut live = account.live();
    let same = live.outage.as_ref() == Some(before);
    if same {
        live.outage = Some(after.clone());
    }
    same
}

const PAGE: usize = 50;
const TRIES: u32 = 4;
