//! Offices that are wrong on purpose, to prove that the invariants notice. The office itself is the real one each time; what
//! it rests on is changed so that the whole does what a wrong engine would do.

use std::{
    collections::{BTreeMap, VecDeque},
    hash::{BuildHasher, Hasher, RandomState},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{
    audit::Activity,
    delivery::{DeliveryState, FailureCause, Reference, RemoteId},
    identity::{AccountId, ChannelId, InboxId, LetterId, TenantId, Timestamp},
    ports::{
        Accepted, Assigned, Blobs, Channel, ChannelCapabilities, Claim, ClaimRequest, Clock, Dispatch, Entropy, Fence,
        Found, HistoryLine, Inbox, InboxCapabilities, IntakeState, ItemId, NodeId, Op, PortError, PortErrorKind, Reach,
        ReachQuery, ReceivedMail, Refusal, Stage, StatusLine, Store, StoreError, Transaction, Waiting,
    },
    routing::MailboxKind,
};

use super::{
    kernel::{Kernel, Life},
    office::Desk,
    world::{Event, Sending, key_of},
};
use crate::memory::{HookedStore, StoreHook, lock};

macro_rules! wrongs {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)+) => {
        /// A way in which an office can be wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Wrong {
            $($(#[$doc])* $variant,)+
        }

        impl Wrong {
            /// Every way.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

wrongs! {
    /// Tells the caller that a letter is accepted before it is stored.
    AcknowledgesBeforeCommit = "acknowledges before commit";
    /// Leaves the log out.
    LosesAudit = "loses the audit event";
    /// Writes the log in a transaction of its own.
    AuditsApart = "audit event in its own transaction";
    /// Registers an entry in a transaction of its own, before what it belongs to.
    RecordsApart = "entry in its own transaction";
    /// A late receipt takes a letter back.
    GoesBack = "late receipt takes a letter back";
    /// A lease never ends.
    LeasesNeverEnd = "leases of the dead never end";
    /// A stale worker's writes are taken.
    IgnoresFences = "ignores fences";
    /// Letters of one key leave in any order.
    ForgetsOrder = "forgets the order of letters";
    /// People are not told.
    ForgetsNotices = "forgets to tell people";
    /// Gives up after five failures and tells nobody.
    GivesUpSilently = "gives up silently after five tries";
    /// Does not remember which mail it has registered.
    ForgetsIntakes = "forgets what it took in";
    /// Takes a time-out for a temporary failure and sends again.
    UnknownIsTransient = "time-out taken as temporary failure";
    /// Takes a time-out for a refusal.
    UnknownIsRejected = "time-out taken as refusal";
    /// Each attempt has a reference of its own.
    NewReferences = "new reference for each attempt";
    /// Uses the open inbox when the receiver system is gone.
    FallsBack = "falls back to the open inbox";
    /// Takes any status in the answer for its own.
    BelievesForeignStatus = "status of another letter believed";
    /// Takes a status word that it does not know for the last one.
    GuessesStatus = "unknown status word taken as opened";
    /// Takes a look-up without an answer for one without a hit.
    LookUpFailsOpen = "failed look-up taken as no hit";
    /// Decides once and for all what a recipient has.
    DecidesOnce = "decides once, not at sending";
    /// Says that a letter was taken before it was sent.
    SaysSentBeforeSending = "marks sent before sending";
    /// Its clock runs thirty times too fast, so it does not wait for the settle time.
    HurriesOn = "does not wait for the settle time";
    /// Draws random numbers that no seed gives.
    OwnRandomness = "randomness of its own";
    /// Acknowledges mail when it is fetched.
    AcknowledgesOnFetch = "acknowledges mail before registering it";
}

pub(super) fn store(desk: &Desk, inner: Arc<dyn Store>) -> Arc<dyn Store> {
    use Wrong as W;
    match desk.wrong {
        Some(
            wrong @ (W::AcknowledgesBeforeCommit
            | W::LosesAudit
            | W::AuditsApart
            | W::RecordsApart
            | W::GoesBack
            | W::LeasesNeverEnd
            | W::IgnoresFences
            | W::ForgetsOrder
            | W::ForgetsNotices
            | W::GivesUpSilently
            | W::ForgetsIntakes),
        ) => {
            let (kernel, life) = (Arc::clone(&desk.kernel), Arc::clone(&desk.life));
            let hook = WrongStore { wrong, kernel, life, late: Mutex::default(), fences: Mutex::default() };
            Arc::new(HookedStore::new(inner, hook))
        }
        _ => inner,
    }
}

pub(super) fn channel(wrong: Option<Wrong>, inner: Arc<dyn Channel>, kernel: &Arc<Kernel>) -> Arc<dyn Channel> {
    use Wrong as W;
    match wrong {
        Some(
            wrong @ (W::UnknownIsTransient
            | W::UnknownIsRejected
            | W::NewReferences
            | W::FallsBack
            | W::BelievesForeignStatus
            | W::GuessesStatus
            | W::LookUpFailsOpen
            | W::DecidesOnce
            | W::SaysSentBeforeSending),
        ) => Arc::new(WrongChannel {
            wrong,
            inner,
            kernel: Arc::clone(kernel),
            attempts: Mutex::default(),
            decided: Mutex::default(),
        }),
        _ => inner,
    }
}

pub(super) fn inbox(wrong: Option<Wrong>, inner: Arc<dyn Inbox>) -> Arc<dyn Inbox> {
    match wrong {
        Some(Wrong::AcknowledgesOnFetch) => Arc::new(EagerInbox(inner)),
        _ => inner,
    }
}

pub(super) fn clock(wrong: Option<Wrong>, inner: Arc<dyn Clock>) -> Arc<dyn Clock> {
    match wrong {
        Some(Wrong::HurriesOn) => Arc::new(FastClock { start: inner.now(), inner }),
        _ => inner,
    }
}

pub(super) fn entropy(wrong: Option<Wrong>, inner: Arc<dyn Entropy>) -> Arc<dyn Entropy> {
    match wrong {
        Some(Wrong::OwnRandomness) => Arc::new(OwnRandomness),
        _ => inner,
    }
}

#[derive(Debug)]
struct OwnRandomness;

impl Entropy for OwnRandomness {
    fn next_u64(&self) -> u64 {
        RandomState::new().build_hasher().finish()
    }
}

#[derive(Debug)]
struct WrongStore {
    wrong: Wrong,
    kernel: Arc<Kernel>,
    life: Arc<Life>,
    late: Mutex<VecDeque<Transaction>>,
    fences: Mutex<BTreeMap<LetterId, Fence>>,
}

impl WrongStore {
    /// Commits without some operations and answers for all of them.
    async fn commit_without(
        inner: &dyn Store,
        mut transaction: Transaction,
        unwanted: impl Fn(&Op) -> bool,
    ) -> Result<(Vec<Assigned>, Vec<Op>), StoreError> {
        let wanted: Vec<_> = transaction.ops.iter().map(|op| !unwanted(op)).collect();
        let (kept, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut transaction.ops).into_iter().partition(|op| !unwanted(op));
        transaction.ops = kept;
        let mut answers = inner.commit(transaction).await?.into_iter();
        let answers = wanted.into_iter().map(|kept| if kept { answers.next() } else { None });
        Ok((answers.map(|answer| answer.unwrap_or(Assigned::Nothing)).collect(), left))
    }
}

fn is_change(op: &Op) -> bool {
    matches!(op, Op::Audit(event) if event.activity == Activity::DeliveryChanged)
}

#[async_trait]
impl StoreHook for WrongStore {
    async fn commit(&self, inner: &dyn Store, mut transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let tenant = transaction.tenant.clone();
        match self.wrong {
            Wrong::AcknowledgesBeforeCommit => {
                loop {
                    let late = lock(&self.late).pop_front();
                    let Some(late) = late else { break };
                    inner.commit(late).await?;
                }
                if transaction.ops.iter().any(|op| matches!(op, Op::AddLetter { .. })) {
                    let answers = vec![Assigned::Nothing; transaction.ops.len()];
                    lock(&self.late).push_back(transaction);
                    return Ok(answers);
                }
            }
            Wrong::LosesAudit => return Ok(Self::commit_without(inner, transaction, is_change).await?.0),
            Wrong::AuditsApart => {
                let (answers, left) = Self::commit_without(inner, transaction, is_change).await?;
                if !left.is_empty() {
                    inner.commit(Transaction { tenant, ops: left }).await?;
                }
                return Ok(answers);
            }
            Wrong::RecordsApart => {
                let entry = |op: &Op| matches!(op, Op::OpenCase { .. } | Op::AddEntry { .. });
                let (first, rest): (Vec<_>, Vec<_>) = transaction.ops.into_iter().partition(entry);
                let mut answers = Vec::new();
                for ops in [first, rest].into_iter().filter(|ops| !ops.is_empty()) {
                    answers.extend(inner.commit(Transaction { tenant: tenant.clone(), ops }).await?);
                    self.kernel.point(&self.life, "between two records").await;
                }
                return Ok(answers);
            }
            Wrong::GoesBack => {
                for op in &mut transaction.ops {
                    if let Op::PutDelivery { delivery, .. } = op {
                        let stored = inner.delivery(&tenant, delivery.letter).await?;
                        if stored.is_some_and(|stored| matches!(stored.state, DeliveryState::Delivered { .. })) {
                            delivery.state = DeliveryState::Accepted;
                        }
                    }
                }
            }
            Wrong::ForgetsNotices => {
                let notice = |op: &Op| matches!(op, Op::AddNotice(_));
                return Ok(Self::commit_without(inner, transaction, notice).await?.0);
            }
            Wrong::ForgetsIntakes => {
                let registered = |op: &Op| matches!(op, Op::PutIntake(intake) if matches!(intake.state, IntakeState::Registered { .. }));
                return Ok(Self::commit_without(inner, transaction, registered).await?.0);
            }
            Wrong::IgnoresFences => {
                for op in &mut transaction.ops {
                    if let Op::PutDelivery { delivery, fence, .. } = op {
                        *fence = lock(&self.fences).get(&delivery.letter).copied().unwrap_or(*fence);
                        let stored = inner.delivery(&tenant, delivery.letter).await?;
                        delivery.version = stored.map_or(delivery.version, |stored| stored.version);
                    }
                }
            }
            Wrong::ForgetsOrder => {
                for op in &mut transaction.ops {
                    if let Op::AddLetter { delivery, .. } = op {
                        delivery.order_key = None;
                    }
                }
            }
            Wrong::GivesUpSilently if transaction.ops.iter().any(is_change) => {
                for op in &mut transaction.ops {
                    if let Op::PutDelivery { delivery, .. } = op
                        && delivery.state == DeliveryState::Queued
                        && delivery.failures >= 5
                    {
                        delivery.state = DeliveryState::Failed(FailureCause::Stopped);
                        delivery.due = None;
                    }
                }
            }
            _ => {}
        }
        inner.commit(transaction).await
    }

    async fn claim(&self, inner: &dyn Store, mut request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        if self.wrong == Wrong::LeasesNeverEnd {
            request.lease_until = Timestamp::MAX_UTC;
        }
        let claims = inner.claim(request).await?;
        lock(&self.fences).extend(claims.iter().map(|claim| (claim.delivery.letter, claim.fence)));
        Ok(claims)
    }

    async fn release_claims(&self, inner: &dyn Store, owner: &NodeId) -> Result<(), StoreError> {
        if self.wrong == Wrong::LeasesNeverEnd { Ok(()) } else { inner.release_claims(owner).await }
    }
}

#[derive(Debug)]
struct WrongChannel {
    wrong: Wrong,
    inner: Arc<dyn Channel>,
    kernel: Arc<Kernel>,
    attempts: Mutex<BTreeMap<LetterId, u128>>,
    decided: Mutex<BTreeMap<String, Reach>>,
}

impl WrongChannel {
    fn fall_back(&self, account: &AccountId, dispatch: &Dispatch) -> Accepted {
        let letter = dispatch.letter.get();
        self.kernel.with(|core| {
            let nth = core.world.sendings.len();
            core.world.sendings.push(Sending {
                channel: 0,
                account: account.clone(),
                letter: letter.id,
                reference: dispatch.reference.clone(),
                recipient: key_of(&letter.recipient),
                mailbox: MailboxKind::OrganisationInbox,
                sensitivity: letter.sensitivity,
                arrived: None,
            });
            core.happen(&Event::Arrive(nth));
            let arrived = core.world.sendings.get(nth).and_then(|sending| sending.arrived.clone());
            Accepted { remote_id: arrived.flatten().unwrap_or_else(|| RemoteId("r-nowhere".to_owned())) }
        })
    }
}

#[async_trait]
impl Channel for WrongChannel {
    fn id(&self) -> &ChannelId {
        self.inner.id()
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.inner.capabilities()
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        if self.wrong != Wrong::DecidesOnce {
            return self.inner.reach(account, query).await;
        }
        let key = key_of(&query.recipient);
        let decided = lock(&self.decided).get(&key).cloned();
        if let Some(decided) = decided {
            return Ok(decided);
        }
        let reach = self.inner.reach(account, query).await?;
        lock(&self.decided).insert(key, reach.clone());
        Ok(reach)
    }

    async fn send(&self, account: &AccountId, mut dispatch: Dispatch) -> Result<Accepted, PortError> {
        use PortErrorKind::{Rejected, Transient, Unknown};
        let letter = dispatch.letter.get().id;
        if self.wrong == Wrong::NewReferences {
            let nth = {
                let mut attempts = lock(&self.attempts);
                let nth = attempts.entry(letter).or_default();
                *nth += 1;
                *nth
            };
            let other = letter.uuid().as_u128().wrapping_add(nth << 80);
            dispatch.reference = Reference::of(LetterId::from_uuid(uuid::Uuid::from_u128(other)));
        }
        if self.wrong == Wrong::SaysSentBeforeSending {
            let _ = self.inner.send(account, dispatch).await;
            let place = self.kernel.with(|core| core.world.posted.len()).saturating_sub(1);
            return Ok(Accepted { remote_id: RemoteId(format!("r-{place}")) });
        }
        let copy = dispatch.clone();
        let outcome = self.inner.send(account, dispatch).await;
        let made = |error: &PortError, kind| PortError::new(kind, error.operation(), error.detail());
        match (self.wrong, outcome) {
            (Wrong::UnknownIsTransient, Err(error)) if error.kind() == Unknown => Err(made(&error, Transient)),
            (Wrong::UnknownIsRejected, Err(error)) if error.kind() == Unknown => Err(made(&error, Rejected)),
            (Wrong::FallsBack, Err(error)) if error.kind() == Rejected && error.remote_code().is_none() => {
                Ok(self.fall_back(account, &copy))
            }
            (_, outcome) => outcome,
        }
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        match self.inner.find(account, reference).await {
            Err(_) if self.wrong == Wrong::LookUpFailsOpen => Ok(Vec::new()),
            outcome => outcome,
        }
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        let mut lines = self.inner.status(account, ids).await?;
        for line in &mut lines {
            if self.wrong == Wrong::GuessesStatus && line.status.stage == Stage::Unrecognised {
                line.status.stage = Stage::Opened;
            }
        }
        if self.wrong == Wrong::BelievesForeignStatus
            && let Some(first) = lines.first().map(|line| line.status.clone())
        {
            lines.iter_mut().for_each(|line| line.status = first.clone());
        }
        Ok(lines)
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        self.inner.withdraw(account, id).await
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        self.inner.history(account, id).await
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        self.inner.check(account).await
    }
}

#[derive(Debug)]
struct EagerInbox(Arc<dyn Inbox>);

#[async_trait]
impl Inbox for EagerInbox {
    fn id(&self) -> &InboxId {
        self.0.id()
    }

    fn capabilities(&self) -> InboxCapabilities {
        self.0.capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.0.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        let mail = self.0.fetch(tenant, id, blobs).await?;
        self.0.acknowledge(id).await?;
        Ok(mail)
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        self.0.acknowledge(id).await
    }

    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        self.0.refuse(id, refusal).await
    }

    async fn check(&self) -> Result<(), PortError> {
        self.0.check().await
    }
}

#[derive(Debug)]
struct FastClock {
    start: Timestamp,
    inner: Arc<dyn Clock>,
}

const HURRY: i32 = 30;

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = self.inner.now().signed_duration_since(self.start);
        self.start.checked_add_signed(passed * HURRY).unwrap_or(self.start)
    }

    async fn sleep_until(&self, moment: Timestamp) {
        let wait = moment.signed_duration_since(self.start) / HURRY;
        let until = self.start.checked_add_signed(wait).unwrap_or(Timestamp::MAX_UTC);
        self.inner.sleep_until(until).await;
        // Rounding must not make a sleep end before its moment.
        while self.now() < moment {
            let next = self.inner.now().checked_add_signed(chrono::Duration::milliseconds(1));
            self.inner.sleep_until(next.unwrap_or(Timestamp::MAX_UTC)).await;
        }
    }
}
