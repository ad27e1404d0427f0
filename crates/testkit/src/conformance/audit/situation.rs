use std::future::Future;

use sakarkiv_audit::{AuditCursor, AuditQuery, Frontier, KeptCheckpoint, LogState, SealedEntry, SearchOrder};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, LogClass, ObjectRef},
    identity::{ActorId, TenantId, Timestamp},
    ports::{Op, StoreError, Transaction},
};

use super::harness::{AuditHarness, Audited};
use crate::conformance::{
    report::{Violation, demand_eq, granted, violated},
    samples::{MOMENT, known},
};

/// A tenant whose log is looked at.
pub(super) struct Situation<'a> {
    harness: &'a dyn AuditHarness,
    pub(super) audited: Audited,
    pub(super) tenant: TenantId,
}

impl<'a> Situation<'a> {
    pub(super) async fn new(harness: &'a dyn AuditHarness) -> Self {
        Self { harness, audited: harness.fresh().await, tenant: known(TenantId::new("proeve")) }
    }

    /// Lets the process die and starts another.
    pub(super) async fn restart(self) -> Self {
        let Self { harness, audited, tenant } = self;
        Self { harness, audited: harness.reopen(audited).await, tenant }
    }

    /// The same store as another tenant has it.
    pub(super) fn of_tenant(self, tenant: TenantId) -> Self {
        Self { tenant, ..self }
    }

    /// An event so many seconds after the first moment.
    pub(super) fn event(&self, activity: Activity, seconds: i64) -> AuditEvent {
        let actor = known(ActorId::new("saksbehandler-1"));
        AuditEvent::new(second(seconds), self.tenant.clone(), actor, activity, ObjectRef::Tenant)
    }

    pub(super) async fn try_write(&self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        let ops = events.into_iter().map(Op::Audit).collect();
        self.audited.store.commit(Transaction { tenant: self.tenant.clone(), ops }).await.map(drop)
    }

    pub(super) async fn write(&self, events: Vec<AuditEvent>) -> Result<(), Violation> {
        granted("commit", self.try_write(events).await)
    }

    /// Writes as many events of the channel's log, a second apart, from this second on.
    pub(super) async fn fill(&self, seconds: std::ops::Range<i64>) -> Result<(), Violation> {
        let event = |second| self.event(Activity::Sent, second).with_detail("nr", second.to_string());
        self.write(seconds.map(event).collect()).await
    }

    pub(super) async fn state(&self, class: LogClass) -> Result<LogState, Violation> {
        granted("state", self.audited.log.state(&self.tenant, class).await)
    }

    pub(super) async fn sealed(&self, class: LogClass) -> Result<Vec<SealedEntry>, Violation> {
        granted("sealed", self.audited.log.sealed(&self.tenant, class, 0, usize::MAX).await)
    }

    /// The last entry of a log.
    pub(super) async fn last(&self, class: LogClass) -> Result<SealedEntry, Violation> {
        self.sealed(class).await?.pop().ok_or_else(|| violated("an entry", "none"))
    }

    /// Keeps a checkpoint of the log as it is.
    pub(super) async fn checkpoint(&self, class: LogClass) -> Result<KeptCheckpoint, Violation> {
        let state = self.state(class).await?;
        let kept = KeptCheckpoint { size: state.size(), root: state.root(), note: format!("note {}", state.size()) };
        granted("keep_checkpoint", self.audited.log.keep_checkpoint(&self.tenant, class, kept.clone()).await)?;
        Ok(kept)
    }

    /// All that a query finds, in pages of so many.
    pub(super) async fn found(
        &self,
        query: &AuditQuery,
        order: SearchOrder,
        limit: usize,
    ) -> Result<Vec<AuditEvent>, Violation> {
        let (mut all, mut after): (_, Option<AuditCursor>) = (Vec::new(), None);
        loop {
            let page = granted("search", self.audited.log.search(&self.tenant, query, order, after, limit).await)?;
            demand_eq("a page no longer than asked for:", &(page.entries.len() <= limit), &true)?;
            for found in page.entries {
                all.push(found.entry.event().map_err(|error| violated("a known object", error))?);
            }
            match page.next {
                Some(next) if after != Some(next) => after = Some(next),
                Some(_) => return Err(violated("a search that goes on", "the same place again")),
                None => return Ok(all),
            }
        }
    }

    /// Demands that what is there of a log hangs together: entries, frontier, proofs of each, and consistency with the cut.
    pub(super) async fn is_sound(&self, class: LogClass) -> Result<(), Violation> {
        let (state, entries) = (self.state(class).await?, self.sealed(class).await?);
        let mut frontier: Frontier = state.cut.clone();
        for (entry, sequence) in entries.iter().zip(state.first()..) {
            demand_eq("the entry's sequence is", &entry.header.sequence, &sequence)?;
            granted("a check of the entry", entry.check())?;
            frontier.append(entry.leaf);
        }
        demand_eq("the frontier over the entries is", &frontier, &state.frontier)?;
        let log = &self.audited.log;
        for entry in &entries {
            let sequence = entry.header.sequence;
            let proof = granted("inclusion", log.inclusion(&self.tenant, class, sequence, state.size()).await)?;
            granted("the proof", proof.verify(entry.leaf, state.root()))?;
        }
        let from = state.first();
        let proof = granted("consistency", log.consistency(&self.tenant, class, from, state.size()).await)?;
        granted("the proof of the whole from the cut on", proof.verify(state.cut.root(), state.root()))
    }
}

pub(super) fn second(seconds: i64) -> Timestamp {
    MOMENT.checked_add_signed(chrono::Duration::seconds(seconds)).unwrap_or(MOMENT)
}

/// Demands an error of the store that this check accepts.
pub(super) async fn refused<T>(
    what: &str,
    outcome: impl Future<Output = Result<T, StoreError>>,
    fits: fn(&StoreError) -> bool,
) -> Result<(), Violation> {
    match outcome.await {
        Err(error) if fits(&error) => Ok(()),
        Err(error) => Err(violated(what, error)),
        Ok(_) => Err(violated(what, "success")),
    }
}

pub(super) fn is_invalid(error: &StoreError) -> bool {
    matches!(error, StoreError::Invalid(_))
}

pub(super) fn is_not_found(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound { .. })
}
