use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::{BoxFuture, Either, join_all, select},
    stream::FuturesUnordered,
};
use sakarkiv_core::{
    access::{AccessPolicy, Actor, User},
    audit::{Activity as Act, AuditOutcome, ObjectRef},
    identity::{AccountId, ActorId, ChannelId, SourceId, TenantId, Timestamp, UnitId},
    intake::RuleBook,
    integration::Integration,
    ports::{
        AccessCoverage, Assigned, ChannelCapabilities, Clock, Entropy, NodeId, Notifier, Op, Store, StoreError,
        Transaction,
    },
    routing::RoutingPolicy,
    sensitivity::CodeTable,
};
use thiserror::Error;

use crate::{
    access_upkeep::access_loop,
    account::Account,
    activity::Activity,
    builder::OfficeBuilder,
    consignments::{Supplier, supplier_loop},
    desk::{Desk, DeskError, ServiceDesk},
    document_requests::{RequestDesk, requests_loop},
    follow_up::follow_up_pool,
    inbox::{Letterbox, inbox_loop},
    log_keeping::{CHECKPOINT_ENTRIES, Keeping, log_loop},
    machine::Rules,
    notices::notice_loop,
    policy::{Policy, back_off, later},
    publishing::{Care, Publishing, changes_publication, editor_loop, publisher_loop},
    recipients::Register,
    reconcile::upkeep_loop,
    rights,
    schedule::{Turn, dispatch_pool},
    signal::{Halt, Signal, Tally},
    unopened::{FollowUp, ReportSink, report_loop},
};

/// The records office of all tenants of one process. Cheap to clone; all clones are one office.
#[derive(Debug, Clone)]
pub struct RecordsOffice {
    pub(crate) office: Arc<Office>,
}

/// The office does not work for this tenant.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the office does not know tenant `{0}`: add it to the builder")]
pub struct UnknownTenant(pub TenantId);

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Login {
    /// Somebody logged in.
    In,
    /// Somebody tried and failed.
    Failed,
    /// Somebody logged out.
    Out,
}

impl RecordsOffice {
    /// Starts putting an office together.
    pub fn builder() -> OfficeBuilder {
        OfficeBuilder::default()
    }

    /// The desk of one person or service in its tenant.
    ///
    /// # Errors
    /// [`UnknownTenant`] when the office does not work for that tenant.
    pub fn as_user(&self, actor: &Actor) -> Result<Desk<'_>, UnknownTenant> {
        let tenant = self.office.tenants.get(&actor.tenant).ok_or_else(|| UnknownTenant(actor.tenant.clone()))?;
        Ok(Desk { office: &self.office, tenant, actor: actor.clone() })
    }

    /// Where a specialist system works that calls the archive: as the service user of its integration, with that user's rights
    /// of each moment, and only while the integration is live. `client` says from where, for the log.
    ///
    /// # Errors
    /// [`UnknownTenant`] when the office does not work for that tenant.
    pub fn as_source(
        &self,
        tenant: &TenantId,
        source: &SourceId,
        client: Option<String>,
    ) -> Result<ServiceDesk, UnknownTenant> {
        if !self.office.tenants.contains_key(tenant) {
            return Err(UnknownTenant(tenant.clone()));
        }
        Ok(ServiceDesk::new(Arc::clone(&self.office), tenant.clone(), source.clone(), client))
    }

    /// Puts into the log that somebody logged in, failed to, or logged out: the embedding service authenticates, and tells
    /// (R3.1). For a name that is not a user's, give an actor of the service's choice and the name as `detail`, which can be
    /// erased.
    ///
    /// # Errors
    /// [`DeskError::NotFound`] for a tenant that the office does not work for; [`DeskError::Store`].
    pub async fn tell_login(&self, actor: &Actor, login: Login, detail: Option<String>) -> Result<(), DeskError> {
        let tenant = self.office.tenants.get(&actor.tenant).ok_or(DeskError::NotFound)?;
        let (activity, outcome) = match login {
            Login::In => (Act::LoggedIn, AuditOutcome::Done),
            Login::Failed => (Act::LoginFailed, AuditOutcome::Refused),
            Login::Out => (Act::LoggedOut, AuditOutcome::Done),
        };
        let object = ObjectRef::Actor(actor.id.clone());
        let mut event = rights::event(actor, activity, object, self.office.clock.now()).ended(outcome);
        if let Some(detail) = detail {
            event = event.with_detail("name", detail);
        }
        self.office.commit(Transaction::new(tenant.id.clone()).with(Op::Audit(event))).await?;
        Ok(())
    }

    /// Looks into all inboxes, sources and places where requests come in at once instead of at their next poll: for a button,
    /// a push message from the other side, a test.
    pub fn look_now(&self) {
        for requests in self.office.tenants.values().flat_map(|tenant| &tenant.requests) {
            requests.polled.look_now();
        }
        for letterbox in self.office.tenants.values().flat_map(|tenant| &tenant.letterboxes) {
            letterbox.polled.look_now();
        }
        for supplier in self.office.tenants.values().flat_map(|tenant| &tenant.suppliers) {
            supplier.polled.look_now();
        }
    }

    /// Runs the office until `shutdown` is ready: sends, follows up, takes in, reconciles and tells, each pool on its own.
    ///
    /// Claims of an earlier process under the same node name are ended first. After `shutdown` nothing new is begun;
    /// running calls get [`Policy::grace`] to finish, then they are dropped, which a later start treats as attempts of
    /// unknown outcome. Dropping the returned future is the same as a crash, and as harmless.
    ///
    /// Run an office once at a time.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let office = &*self.office;
        let halt = Halt::default();
        self.release_claims().await;
        {
            let all = pin!(office.loops(&halt, Turn::Forever).collect::<Vec<bool>>());
            let all = match select(pin!(shutdown), all).await {
                Either::Left(((), all)) => all,
                Either::Right((_, _)) => return,
            };
            halt.ask();
            let grace = pin!(office.clock.sleep_until(later(office.clock.now(), office.policy.grace)));
            select(all, grace).await;
        }
        self.release_claims().await;
    }

    /// Does everything that is due now, and what follows from it at once, and returns. For stepping through a simulated
    /// day, for jobs that run now and then, and for tests. Waits for calls that are under way.
    pub async fn run_until_idle(&self) {
        let office = &*self.office;
        let halt = Halt::default();
        self.release_claims().await;
        loop {
            let loops: Vec<BoxFuture<'_, bool>> = office.loops(&halt, Turn::Once).into_iter().collect();
            if !join_all(loops).await.into_iter().any(|worked| worked) {
                break;
            }
        }
    }

    /// What the office is doing at this moment.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let tenants = || self.office.tenants.values();
        Activity {
            awake: self.office.running.get().saturating_sub(self.office.resting.get()),
            accounts: tenants().flat_map(|tenant| tenant.accounts.iter().map(|account| account.activity())).collect(),
            inboxes: tenants().flat_map(|tenant| tenant.letterboxes.iter().map(Letterbox::activity)).collect(),
            sources: tenants().flat_map(|tenant| tenant.suppliers.iter().map(Supplier::activity)).collect(),
        }
    }

    async fn release_claims(&self) {
        if let Err(error) = self.office.store.release_claims(&self.office.node).await {
            tracing::warn!(%error, "claims are still held and end by themselves");
        }
    }
}

#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) notifier: Arc<dyn Notifier>,
    pub(crate) node: NodeId,
    /// As whom the office stands in the log.
    pub(crate) actor: ActorId,
    pub(crate) policy: Policy,
    pub(crate) keeping: Option<Keeping>,
    pub(crate) tenants: BTreeMap<TenantId, Tenant>,
    /// How many of the loops that run are waiting for something to do.
    pub(crate) resting: Tally,
    /// How many loops run.
    pub(crate) running: Tally,
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    /// In order of preference.
    pub(crate) accounts: Vec<Account>,
    pub(crate) letterboxes: Vec<Letterbox>,
    /// What the tenant's access codes mean.
    pub(crate) codes: CodeTable,
    pub(crate) coverage: Option<Arc<dyn AccessCoverage>>,
    /// Who knows recipients.
    pub(crate) directory: Option<Register>,
    /// How the tenant wants letters routed.
    pub(crate) routing: RoutingPolicy,
    /// Raised when there may be new notices.
    pub(crate) notices: Signal,
    /// Sources of consignments.
    pub(crate) suppliers: Vec<Supplier>,
    /// Integrations that count until the register has them.
    pub(crate) integrations: BTreeMap<SourceId, Integration>,
    /// Rules of sources that count until others are stored.
    pub(crate) rules: BTreeMap<SourceId, RuleBook>,
    /// Users that count until the register has them.
    pub(crate) founders: BTreeMap<ActorId, User>,
    /// The access policy that counts until the register has one.
    pub(crate) founding_policy: Option<AccessPolicy>,
    /// The unit of the case where extended requests for access are archived.
    pub(crate) access_archive: Option<UnitId>,
    /// What is published, when anything is.
    pub(crate) publishing: Option<Publishing>,
    /// Where requests for access to documents come in.
    pub(crate) requests: Vec<RequestDesk>,
    /// How what lies unopened is followed up; nothing when no reports are made.
    pub(crate) follow_up: Option<FollowUp>,
    /// Where reports go.
    pub(crate) report_sink: Option<Arc<dyn ReportSink>>,
    /// Raised when reports are to be looked at.
    pub(crate) reports: Signal,
    /// Raised when the register changed.
    pub(crate) register: Signal,
    /// Raised when the log grew much.
    pub(crate) log: Signal,
    /// How many events were written into the log since it was last looked at.
    pub(crate) unsigned: AtomicU64,
}

impl Tenant {
    pub(crate) fn account(&self, channel: &ChannelId, account: &AccountId) -> Option<&Account> {
        self.accounts.iter().find(|candidate| candidate.channel_id == *channel && candidate.id == *account)
    }

    pub(crate) fn access_policy(&self, office: &ActorId) -> AccessPolicy {
        let standard = || AccessPolicy::standard(self.id.clone(), office.clone(), Timestamp::UNIX_EPOCH);
        self.founding_policy.clone().unwrap_or_else(standard)
    }

    /// Wakes the pools of an account.
    pub(crate) fn wake(&self, channel: &ChannelId, account: &AccountId) {
        if let Some(account) = self.account(channel, account) {
            account.work.raise();
        }
    }
}

impl Office {
    /// The office itself, as it stands in a tenant's log.
    pub(crate) fn acting(&self, tenant: &TenantId) -> Actor {
        Actor::new(tenant.clone(), self.actor.clone())
    }

    /// Commits, and wakes whoever signs the log when much was written into it, and whoever publishes what changed.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let events = transaction.ops.iter().map(|op| u64::from(matches!(op, Op::Audit(_)))).sum();
        let publishable = transaction.ops.iter().any(|op| matches!(op, Op::Audit(event) if changes_publication(event)));
        let tenant = self.tenants.get(&transaction.tenant);
        let outcome = self.store.commit(transaction).await;
        if let Some(tenant) = tenant {
            if let Some(publishing) = tenant.publishing.as_ref().filter(|_| publishable) {
                publishing.editor.raise();
            }
            let before = tenant.unsigned.fetch_add(events, Ordering::SeqCst);
            if (before..before.saturating_add(events)).contains(&(CHECKPOINT_ENTRIES - 1)) {
                tenant.log.raise();
            }
        }
        outcome
    }

    pub(crate) fn rules(&self, capabilities: &ChannelCapabilities) -> Rules<'_> {
        Rules { policy: &self.policy, settle_time: capabilities.settle_time }
    }

    /// When to try the store again after so many failures.
    pub(crate) fn store_retry(&self, failures: u32) -> Timestamp {
        later(self.clock.now(), back_off(Duration::from_secs(1), Duration::from_secs(60), failures, 0))
    }

    /// When to try the other side again after so many failures.
    pub(crate) fn outside_retry(&self, failures: u32) -> Timestamp {
        let wait = back_off(
            self.policy.back_off_first,
            self.policy.back_off_cap,
            failures.saturating_sub(1),
            self.entropy.next_u64(),
        );
        later(self.clock.now(), wait)
    }

    pub(crate) fn wake_notices(&self, tenant: &TenantId) {
        if let Some(tenant) = self.tenants.get(tenant) {
            tenant.notices.raise();
        }
    }

    fn loops<'a>(&'a self, halt: &'a Halt, turn: Turn) -> FuturesUnordered<BoxFuture<'a, bool>> {
        let loops = FuturesUnordered::<BoxFuture<'a, bool>>::new();
        let start = |work: BoxFuture<'a, bool>| {
            let running = self.running.count();
            loops.push(Box::pin(async move {
                let _until_it_ends = running;
                work.await
            }));
        };
        for tenant in self.tenants.values() {
            for account in &tenant.accounts {
                start(Box::pin(upkeep_loop(self, tenant, account, halt, turn)));
                start(Box::pin(dispatch_pool(self, tenant, account, halt, turn)));
                start(Box::pin(follow_up_pool(self, tenant, account, halt, turn)));
            }
            for letterbox in &tenant.letterboxes {
                start(Box::pin(inbox_loop(self, tenant, letterbox, halt, turn)));
            }
            if let Some(publishing) = &tenant.publishing {
                for care in [Care::Removals, Care::Editions] {
                    start(Box::pin(editor_loop(self, tenant, care, halt, turn)));
                }
                for publisher in &publishing.publishers {
                    start(Box::pin(publisher_loop(self, tenant, publisher, halt, turn)));
                }
            }
            for supplier in &tenant.suppliers {
                start(Box::pin(supplier_loop(self, tenant, supplier, halt, turn)));
            }
            for requests in &tenant.requests {
                start(Box::pin(requests_loop(self, tenant, requests, halt, turn)));
            }
            start(Box::pin(notice_loop(self, tenant, halt, turn)));
            start(Box::pin(access_loop(self, tenant, halt, turn)));
            start(Box::pin(log_loop(self, tenant, halt, turn)));
            start(Box::pin(report_loop(self, tenant, halt, turn)));
        }
        loops
    }
}
