//! The two sides of the simulated store: the gate where trouble comes in, and the watch at what really happened.

use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{
        Assigned, ByteStream, Claim, ClaimRequest, NodeId, Op, PortError, PortErrorKind, Store, StoreError, Transaction,
    },
};

use super::{
    Fault, Scenario,
    kernel::{Kernel, Life, MINUTE},
    watch::steps,
    world::Event,
};
use crate::memory::StoreHook;

/// Between the office and its store: where processes die and commits fail.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) kernel: Arc<Kernel>,
    pub(super) life: Arc<Life>,
}

impl Gate {
    /// Of two processes, one may stand still in the middle of its work until the other has taken that over.
    fn may_stand_still(&self) {
        self.kernel.with(|core| {
            let two = core.plan.scenario == Scenario::TwoNodes;
            if two && core.strikes(Fault::StaleWorker, 15) {
                let (now, millis) = (core.now, core.rng.between(6 * MINUTE, 25 * MINUTE));
                core.world.schedule(now, Event::Pause { node: self.life.node, millis, counted: true });
            }
        });
    }

    /// Some calls take a little time, so that the loops of an office take turns.
    async fn lag(&self) {
        let wait = self.kernel.with(|core| core.rng.between(0, 8));
        if (1..4).contains(&wait) {
            self.kernel.wait(wait).await;
        }
    }
}

#[async_trait]
impl StoreHook for Gate {
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        self.kernel.point(&self.life, "store.commit").await;
        self.may_stand_still();
        self.lag().await;
        // A process that died while it waited has sent nothing.
        if self.life.is_dead() {
            std::future::pending::<()>().await;
        }
        if self.kernel.with(|core| core.strikes(Fault::CommitFails, 25)) {
            return Err(StoreError::Unavailable("no room left".to_owned()));
        }
        let writes: Vec<_> = transaction
            .ops
            .iter()
            .filter_map(|op| match op {
                Op::PutDelivery { delivery, fence, .. } => Some((delivery.letter, *fence)),
                _ => None,
            })
            .collect();
        let outcome = inner.commit(transaction).await;
        if outcome.is_ok() {
            self.kernel.with(|core| writes.into_iter().for_each(|(letter, fence)| core.watch.wrote(letter, fence)));
        }
        self.kernel.point(&self.life, "store.commit answered").await;
        if self.kernel.with(|core| core.strikes(Fault::CommitUnknown, 25)) {
            return Err(StoreError::Unknown("the connection was lost".to_owned()));
        }
        outcome
    }

    async fn claim(&self, inner: &dyn Store, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.kernel.point(&self.life, "store.claim").await;
        if self.kernel.with(|core| core.strikes(Fault::ReadFails, 15)) {
            return Err(StoreError::Unavailable("busy".to_owned()));
        }
        let claims = inner.claim(request).await?;
        if !claims.is_empty() {
            self.kernel.point(&self.life, "store.claim answered").await;
        }
        Ok(claims)
    }

    async fn release_claims(&self, inner: &dyn Store, owner: &NodeId) -> Result<(), StoreError> {
        self.kernel.point(&self.life, "store.release").await;
        inner.release_claims(owner).await
    }

    async fn before_reading(&self) -> Result<(), StoreError> {
        self.lag().await;
        // Nothing a reading process does can be seen from outside, so it dies elsewhere; a dead one reads nothing.
        if self.life.is_dead() {
            std::future::pending::<()>().await;
        }
        if self.kernel.with(|core| core.strikes(Fault::ReadFails, 8)) {
            return Err(StoreError::Unavailable("busy".to_owned()));
        }
        Ok(())
    }

    async fn put(
        &self,
        inner: &dyn Store,
        tenant: &TenantId,
        content: ByteStream,
        limit: u64,
    ) -> Result<BlobRef, PortError> {
        self.kernel.point(&self.life, "store.put").await;
        if self.kernel.with(|core| core.strikes(Fault::CommitFails, 10)) {
            return Err(PortError::new(PortErrorKind::Transient, "simulated.put", "no room left"));
        }
        inner.put(tenant, content, limit).await
    }
}

/// Right before the disk: sees what happens, and changes nothing.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) kernel: Arc<Kernel>,
    pub(super) node: usize,
}

#[async_trait]
impl StoreHook for Witness {
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let steps = steps(&transaction);
        let outcome = inner.commit(transaction).await;
        if outcome.is_ok() {
            self.kernel.with(|core| core.saw_commit(self.node, steps));
        }
        outcome
    }

    async fn claim(&self, inner: &dyn Store, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        let claims = inner.claim(request.clone()).await?;
        self.kernel.with(|core| core.saw_claims(&request, &claims));
        Ok(claims)
    }

    async fn release_claims(&self, inner: &dyn Store, owner: &NodeId) -> Result<(), StoreError> {
        inner.release_claims(owner).await?;
        self.kernel.with(|core| core.watch.released(owner));
        Ok(())
    }
}
