use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{AccessRequest, AccessRequests, PortError, PortErrorKind, Requester, Wanted},
};

use super::{PostFault, lock};

/// The other side of [`MemoryRequests`]: where the public asks.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    requests: BTreeMap<String, AccessRequest>,
    sent: BTreeSet<String>,
    marked: BTreeSet<String>,
    faults: VecDeque<PostFault>,
}

impl Counter {
    /// Somebody asks. It is not sent on yet. Gives the id.
    pub fn ask(&self, email: &str, wanted: Vec<Wanted>, now: Timestamp) -> String {
        let mut asked = lock(&self.0);
        let id = format!("request-{:06}", asked.requests.len().saturating_add(1));
        let mut request = AccessRequest::new(id.clone(), now, wanted, Requester::by_email(email));
        request.order = Some(id.clone());
        asked.requests.insert(id.clone(), request);
        id
    }

    /// What was asked for is sent on.
    pub fn send(&self, id: &str, now: Timestamp) {
        let mut asked = lock(&self.0);
        if let Some(request) = asked.requests.get_mut(id) {
            request.sent = now;
            asked.sent.insert(id.to_owned());
        }
    }

    /// Ids of what was marked as registered.
    #[must_use]
    pub fn marked(&self) -> Vec<String> {
        lock(&self.0).marked.iter().cloned().collect()
    }

    /// Spoils the next listing; several faults are taken in turn.
    pub fn arm(&self, fault: PostFault) {
        lock(&self.0).faults.push_back(fault);
    }
}

/// [`AccessRequests`] before a [`Counter`] that do exactly what the contract says.
#[derive(Debug, Clone, Default)]
pub struct MemoryRequests {
    counter: Counter,
}

impl MemoryRequests {
    /// The requests of a counter.
    #[must_use]
    pub const fn new(counter: Counter) -> Self {
        Self { counter }
    }

    /// The other side.
    #[must_use]
    pub const fn counter(&self) -> &Counter {
        &self.counter
    }
}

#[async_trait]
impl AccessRequests for MemoryRequests {
    async fn list(&self) -> Result<Vec<String>, PortError> {
        let mut asked = lock(&self.counter.0);
        if let Some(fault) = asked.faults.pop_front() {
            let kind = match fault {
                PostFault::Unauthorised => PortErrorKind::Unauthorised,
                PostFault::Refuse => PortErrorKind::Rejected,
                PostFault::DropAnswer | PostFault::DropRequest | PostFault::Busy(_) => PortErrorKind::Transient,
            };
            return Err(PortError::new(kind, "memory.list", "as armed"));
        }
        let waiting = asked.sent.difference(&asked.marked).filter_map(|id| asked.requests.get(id));
        let mut waiting: Vec<_> = waiting.map(|request| (request.sent, request.id.clone())).collect();
        waiting.sort();
        Ok(waiting.into_iter().map(|(_, id)| id).collect())
    }

    async fn fetch(&self, id: &str) -> Result<AccessRequest, PortError> {
        let asked = lock(&self.counter.0);
        let waiting = asked.sent.contains(id) && !asked.marked.contains(id);
        let request = asked.requests.get(id).filter(|_| waiting).cloned();
        request.ok_or_else(|| PortError::new(PortErrorKind::Rejected, "memory.fetch", "no such request waits"))
    }

    async fn mark(&self, id: &str) -> Result<(), PortError> {
        lock(&self.counter.0).marked.insert(id.to_owned());
        Ok(())
    }
}
