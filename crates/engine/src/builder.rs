//! Putting an office together.

use std::{collections::BTreeMap, sync::Arc};

use sakarkiv_audit::{AuditLog, CheckpointSigner, CheckpointSink};
use sakarkiv_core::{
    identity::{AccountId, ActorId, ChannelId, InboxId, SourceId, TenantId},
    ports::{Clock, Entropy, NodeId, Notifier, Store},
    unopened::LimitsError,
};
use thiserror::Error;

use crate::{
    log_keeping::{Keeping, Witnessing},
    office::{Office, RecordsOffice},
    policy::Policy,
    signal::Tally,
    tenant_setup::{TenantSetup, tenant},
};

/// Puts a [`RecordsOffice`] together.
#[derive(Debug, Default)]
#[must_use]
pub struct OfficeBuilder {
    store: Option<Arc<dyn Store>>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    notifier: Option<Arc<dyn Notifier>>,
    node: Option<String>,
    actor: Option<ActorId>,
    policy: Policy,
    log: Option<(Arc<dyn AuditLog>, String)>,
    witness: Option<Witnessing>,
    tenants: Vec<TenantSetup>,
}

/// What is wrong with the set-up of an office.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A part that every office needs was not given.
    #[error("the office has no {0}: give one to the builder")]
    Missing(&'static str),
    /// The same tenant was given twice.
    #[error("tenant `{0}` was given twice: set each tenant up once")]
    TenantTwice(TenantId),
    /// The same channel was given twice to one tenant.
    #[error("channel `{channel}` was given twice to tenant `{tenant}`: give it once, with all its accounts")]
    ChannelTwice {
        /// The tenant.
        tenant: TenantId,
        /// The channel.
        channel: ChannelId,
    },
    /// A channel without accounts can send nothing.
    #[error("channel `{channel}` of tenant `{tenant}` has no accounts: name at least one")]
    NoAccounts {
        /// The tenant.
        tenant: TenantId,
        /// The channel.
        channel: ChannelId,
    },
    /// The same account was named twice on one channel.
    #[error("account `{account}` was named twice on channel `{channel}` of tenant `{tenant}`: name it once")]
    AccountTwice {
        /// The tenant.
        tenant: TenantId,
        /// The channel.
        channel: ChannelId,
        /// The account.
        account: AccountId,
    },
    /// The same inbox was given twice to one tenant.
    #[error("inbox `{inbox}` was given twice to tenant `{tenant}`: give it once")]
    InboxTwice {
        /// The tenant.
        tenant: TenantId,
        /// The inbox.
        inbox: InboxId,
    },
    /// The same publisher was given twice to one tenant.
    #[error("publisher `{publisher}` was given twice to tenant `{tenant}`: give it once")]
    PublisherTwice {
        /// The tenant.
        tenant: TenantId,
        /// The publisher.
        publisher: ChannelId,
    },
    /// The limits for unopened mail contradict each other.
    #[error("the follow-up of tenant `{tenant}` cannot work: {source}")]
    Limits {
        /// The tenant.
        tenant: TenantId,
        /// What is wrong.
        source: LimitsError,
    },
    /// Reminders are sent by an account that no channel of the tenant has.
    #[error("reminders of tenant `{tenant}` go by account `{account}`, which no channel has: name one that is set up")]
    ReminderAccount {
        /// The tenant.
        tenant: TenantId,
        /// The account.
        account: AccountId,
    },
    /// The same source was given twice to one tenant.
    #[error("source `{source_id}` was given twice to tenant `{tenant}`: give it once")]
    SourceTwice {
        /// The tenant.
        tenant: TenantId,
        /// The source.
        source_id: SourceId,
    },
    /// A time or limit of the policy makes no sense.
    #[error("`{0}` of the policy must not be zero")]
    ZeroInPolicy(&'static str),
}

impl OfficeBuilder {
    /// The archive's memory. Required.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// The time. Required.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where identifiers and jitter come from. Required.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = Some(entropy);
        self
    }

    /// Who tells people. Required.
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifier = Some(notifier);
        self
    }

    /// The name of this process among those that share the store. The same name after a restart, never the same name in
    /// two processes at once. Required.
    pub fn node(mut self, name: impl Into<String>) -> Self {
        self.node = Some(name.into());
        self
    }

    /// As whom the office itself stands in the log; `records-office` when left out.
    pub fn actor(mut self, actor: ActorId) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Times and limits; the defaults fit a municipality.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// The log as the store keeps it, mostly the store itself, and the name of this installation that the origins of its
    /// logs begin with, for ever: an address without its scheme is best. Without it the log is written all the same, and
    /// cannot be searched, exported or pruned here.
    pub fn audit_log(mut self, log: Arc<dyn AuditLog>, archive: impl Into<String>) -> Self {
        self.log = Some((log, archive.into()));
        self
    }

    /// Who signs checkpoints of the log and who takes them, outside the reach of the database. Without them nobody can tell
    /// that the end of a log was cut off (R3.6). They are made of what [`audit_log`](Self::audit_log) gives.
    pub fn checkpoints(
        mut self,
        signer: Arc<dyn CheckpointSigner>,
        sinks: impl IntoIterator<Item = Arc<dyn CheckpointSink>>,
    ) -> Self {
        self.witness = Some(Witnessing { signer, sinks: sinks.into_iter().collect() });
        self
    }

    /// Adds a tenant.
    pub fn tenant(mut self, tenant: TenantSetup) -> Self {
        self.tenants.push(tenant);
        self
    }

    /// Checks the set-up and makes the office. Nothing is done before it is run.
    ///
    /// # Errors
    /// [`SetupError`] says what is wrong.
    pub fn build(self) -> Result<RecordsOffice, SetupError> {
        check_policy(&self.policy)?;
        let mut tenants = BTreeMap::new();
        for setup in self.tenants {
            let tenant = tenant(setup)?;
            if let Some(twice) = tenants.insert(tenant.id.clone(), tenant) {
                return Err(SetupError::TenantTwice(twice.id));
            }
        }
        if self.witness.is_some() && self.log.is_none() {
            return Err(SetupError::Missing("audit log, which checkpoints are made of"));
        }
        let node = self.node.filter(|name| !name.is_empty()).ok_or(SetupError::Missing("node name"))?;
        let office = Office {
            store: self.store.ok_or(SetupError::Missing("store"))?,
            clock: self.clock.ok_or(SetupError::Missing("clock"))?,
            entropy: self.entropy.ok_or(SetupError::Missing("entropy"))?,
            notifier: self.notifier.ok_or(SetupError::Missing("notifier"))?,
            node: NodeId(node),
            actor: match self.actor {
                Some(actor) => actor,
                None => ActorId::new("records-office").map_err(|_| SetupError::Missing("actor"))?,
            },
            policy: self.policy,
            keeping: self.log.map(|(log, archive)| Keeping { log, archive, witness: self.witness }),
            tenants,
            resting: Tally::default(),
            running: Tally::default(),
        };
        Ok(RecordsOffice { office: Arc::new(office) })
    }
}

fn check_policy(policy: &Policy) -> Result<(), SetupError> {
    let times = [
        ("back_off_first", policy.back_off_first),
        ("back_off_cap", policy.back_off_cap),
        ("look_up_first", policy.look_up_first),
        ("look_up_cap", policy.look_up_cap),
        ("follow_up_first", policy.follow_up_first),
        ("follow_up_cap", policy.follow_up_cap),
        ("life_time", policy.life_time),
        ("call_timeout", policy.call_timeout),
        ("lease_margin", policy.lease_margin),
        ("max_sleep", policy.max_sleep),
        ("breaker_first", policy.breaker_first),
        ("breaker_cap", policy.breaker_cap),
        ("fetch_retry_first", policy.fetch_retry_first),
        ("fetch_retry_cap", policy.fetch_retry_cap),
    ];
    if let Some((name, _)) = times.into_iter().find(|(_, time)| time.is_zero()) {
        return Err(SetupError::ZeroInPolicy(name));
    }
    if policy.breaker_threshold == 0 {
        return Err(SetupError::ZeroInPolicy("breaker_threshold"));
    }
    if policy.fetch_concurrency == 0 {
        return Err(SetupError::ZeroInPolicy("fetch_concurrency"));
    }
    if policy.consignment_concurrency == 0 {
        return Err(SetupError::ZeroInPolicy("consignment_concurrency"));
    }
    Ok(())
}
