use sakarkiv_core::{
    delivery::{Delivery, WorkKind},
    identity::{LetterId, Timestamp},
    ports::{Claim, ClaimRequest, Fence, NodeId},
};

use super::tenant::TenantState;

/// Who holds a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) owner: NodeId,
    pub(super) fence: Fence,
    pub(super) until: Timestamp,
}

impl TenantState {
    /// Claims what is due, highest priority first, then longest due, then first accepted.
    pub(super) fn claim(&mut self, request: &ClaimRequest, next_fence: &mut u64) -> Vec<Claim> {
        let mut due: Vec<_> = self
            .waiting(request)
            .filter(|(_, at)| *at <= request.now)
            .filter(|(row, _)| !self.is_held(row.letter, request.now))
            .filter(|(row, _)| !self.must_wait(row, request.work))
            .map(|(row, at)| ((row.priority, at, self.arrival(row.letter)), row.letter))
            .collect();
        due.sort_unstable();
        due.truncate(request.limit);
        due.into_iter().filter_map(|(_, letter)| self.take(letter, request, next_fence)).collect()
    }

    /// When the next of a pool can be claimed. What is held can be when its lease ends, what waits for another of its key
    /// when that one can.
    pub(super) fn next_due(&self, request: &ClaimRequest) -> Option<Timestamp> {
        self.waiting(request)
            .filter(|(row, _)| !self.must_wait(row, request.work))
            .map(|(row, due)| match self.claims.get(&row.letter) {
                Some(held) => due.max(held.until),
                None => due,
            })
            .min()
    }

    pub(super) fn release(&mut self, owner: &NodeId) {
        let letters: Vec<_> =
            self.claims.rows().iter().filter(|(_, held)| held.owner == *owner).map(|(letter, _)| *letter).collect();
        for letter in letters {
            self.claims.remove(letter);
        }
        self.claims.keep();
    }

    fn take(&mut self, letter: LetterId, request: &ClaimRequest, next_fence: &mut u64) -> Option<Claim> {
        let delivery = self.deliveries.get(&letter)?.as_ref().clone();
        *next_fence = next_fence.saturating_add(1);
        let fence = Fence(*next_fence);
        self.claims.put(letter, Held { owner: request.owner.clone(), fence, until: request.lease_until });
        self.claims.keep();
        Some(Claim { delivery, fence })
    }

    fn waiting<'a>(&'a self, request: &'a ClaimRequest) -> impl Iterator<Item = (&'a Delivery, Timestamp)> {
        self.active.rows().keys().filter_map(|letter| self.deliveries.get(letter)).filter_map(|row| {
            let fits =
                row.work() == Some(request.work) && row.channel == request.channel && row.account == request.account;
            Some((row.as_ref(), row.due?)).filter(|_| fits)
        })
    }

    fn is_held(&self, letter: LetterId, now: Timestamp) -> bool {
        self.claims.get(&letter).is_some_and(|held| held.until > now)
    }

    /// Whether an earlier delivery of the same order key has still to be sent.
    fn must_wait(&self, row: &Delivery, work: WorkKind) -> bool {
        if work != WorkKind::Dispatch || row.order_key.is_none() {
            return false;
        }
        let turn = self.arrival(row.letter);
        self.active.rows().keys().filter_map(|letter| self.deliveries.get(letter)).any(|other| {
            other.order_key == row.order_key
                && other.state.work() == Some(WorkKind::Dispatch)
                && self.arrival(other.letter) < turn
        })
    }

    fn arrival(&self, letter: LetterId) -> u64 {
        self.arrivals.get(&letter).copied().unwrap_or(u64::MAX)
    }
}
