use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    identity::{SourceId, TenantId},
    intake::{Consignment, DocumentFacts, FileFacts, Rejection},
    journal::DocumentRole,
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId, PortError, PortErrorKind, SourceCapabilities, Waiting},
};

use super::{PostFault, lock};

/// Something that a specialist system has ready for the archive.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Ware {
    /// What it hands in, without the files of its entries.
    pub consignment: Consignment,
    /// The files of each entry, by name: the first is the main document.
    pub files: Vec<Vec<(String, Bytes)>>,
    /// It cannot be read, for this reason.
    pub faulty: Option<Rejection>,
    /// Its list entry cannot be read.
    pub odd_entry: bool,
    /// How often it was fetched.
    pub fetched: u32,
    /// What the source was told about it, in order.
    pub answers: Vec<Answer>,
}

impl Ware {
    /// A consignment with one file for each of its entries.
    #[must_use]
    pub fn new(consignment: Consignment) -> Self {
        let file = |n: usize| vec![(format!("dokument-{n}.pdf"), content(&consignment, n))];
        let files = (1..=consignment.entries.len()).map(file).collect();
        Self { consignment, files, faulty: None, odd_entry: false, fetched: 0, answers: Vec::new() }
    }

    /// The same with other files of its first entry.
    #[must_use]
    pub fn with_files(mut self, files: Vec<(String, Bytes)>) -> Self {
        if let Some(first) = self.files.first_mut() {
            *first = files;
        }
        self
    }

    /// The same, but it cannot be read.
    #[must_use]
    pub fn faulty(mut self, rejection: Rejection) -> Self {
        self.faulty = Some(rejection);
        self
    }

    fn is_waiting(&self) -> bool {
        !self.answers.iter().any(|answer| matches!(answer, Answer::Received(_) | Answer::Rejected(_)))
    }
}

fn content(consignment: &Consignment, n: usize) -> Bytes {
    Bytes::from(format!("%PDF-1.4 {} {n}", consignment.key))
}

/// The other side of a [`MemorySource`]: the specialist system.
#[derive(Debug, Clone, Default)]
pub struct Warehouse(Arc<Mutex<Stock>>);

#[derive(Debug, Default)]
struct Stock {
    wares: BTreeMap<ItemId, Ware>,
    faults: VecDeque<PostFault>,
}

impl Warehouse {
    /// Makes something ready, and gives the id it has in the list.
    pub fn offer(&self, ware: Ware) -> ItemId {
        let mut stock = lock(&self.0);
        let id = ItemId(format!("item-{:06}", stock.wares.len().saturating_add(1)));
        stock.wares.insert(id.clone(), ware);
        id
    }

    /// One ware as it stands there now.
    #[must_use]
    pub fn ware(&self, id: &ItemId) -> Option<Ware> {
        lock(&self.0).wares.get(id).cloned()
    }

    /// Changes one ware.
    pub fn change(&self, id: &ItemId, change: impl FnOnce(&mut Ware)) {
        if let Some(ware) = lock(&self.0).wares.get_mut(id) {
            change(ware);
        }
    }

    /// Ids of everything that was ever ready.
    #[must_use]
    pub fn ids(&self) -> Vec<ItemId> {
        lock(&self.0).wares.keys().cloned().collect()
    }

    /// Ids of what still waits.
    #[must_use]
    pub fn waiting(&self) -> Vec<ItemId> {
        let stock = lock(&self.0);
        stock.wares.iter().filter(|(_, ware)| ware.is_waiting()).map(|(id, _)| id.clone()).collect()
    }

    /// Spoils the next call; several are taken in turn.
    pub fn arm(&self, fault: PostFault) {
        lock(&self.0).faults.push_back(fault);
    }

    /// The fault armed for this call: fails it before the effect, or says that the answer will be lost after it.
    fn stumble(&self, operation: &'static str) -> Result<bool, PortError> {
        let next = lock(&self.0).faults.pop_front();
        let (kind, detail) = match next {
            None => return Ok(false),
            Some(PostFault::DropAnswer) => return Ok(true),
            Some(PostFault::DropRequest) => (PortErrorKind::Transient, "no answer"),
            Some(PostFault::Busy(wait)) => {
                return Err(PortError::new(PortErrorKind::Transient, operation, "busy").with_retry_after(wait));
            }
            Some(PostFault::Refuse) => (PortErrorKind::Rejected, "the answer cannot be read"),
            Some(PostFault::Unauthorised) => (PortErrorKind::Unauthorised, "credentials refused"),
        };
        Err(PortError::new(kind, operation, detail))
    }
}

/// A [`ConsignmentSource`] before a [`Warehouse`] that does exactly what the contract says.
#[derive(Debug, Clone)]
pub struct MemorySource {
    id: SourceId,
    warehouse: Warehouse,
    capabilities: SourceCapabilities,
}

impl MemorySource {
    /// A source under a name.
    #[must_use]
    pub const fn new(id: SourceId, warehouse: Warehouse) -> Self {
        let capabilities = SourceCapabilities::new(Duration::from_secs(60), Duration::from_secs(300));
        Self { id, warehouse, capabilities }
    }

    /// The same with other capabilities.
    #[must_use]
    pub const fn with_capabilities(mut self, capabilities: SourceCapabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// The other side.
    #[must_use]
    pub const fn warehouse(&self) -> &Warehouse {
        &self.warehouse
    }
}

#[async_trait]
impl ConsignmentSource for MemorySource {
    fn id(&self) -> &SourceId {
        &self.id
    }

    fn capabilities(&self) -> SourceCapabilities {
        self.capabilities.clone()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        if self.warehouse.stumble("memory.list")? {
            return Err(PortError::new(PortErrorKind::Transient, "memory.list", "no answer"));
        }
        let stock = lock(&self.warehouse.0);
        let waiting = stock.wares.iter().filter(|(_, ware)| ware.is_waiting()).map(|(id, ware)| {
            if ware.odd_entry {
                Waiting::unreadable(id.clone(), "the entry cannot be read")
            } else {
                Waiting::new(id.clone(), None)
            }
        });
        Ok(waiting.take(self.capabilities.list_cap.unwrap_or(usize::MAX)).collect())
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<Fetched, PortError> {
        if self.warehouse.stumble("memory.fetch")? {
            return Err(PortError::new(PortErrorKind::Transient, "memory.fetch", "no answer"));
        }
        let ware = self.warehouse.ware(id).filter(Ware::is_waiting);
        let ware =
            ware.ok_or_else(|| PortError::new(PortErrorKind::Rejected, "memory.fetch", "no such item is waiting"))?;
        self.warehouse.change(id, |ware| ware.fetched = ware.fetched.saturating_add(1));
        if let Some(rejection) = ware.faulty {
            return Ok(Fetched::Faulty(rejection));
        }
        let mut consignment = ware.consignment;
        for (entry, files) in consignment.entries.iter_mut().zip(ware.files) {
            for (name, content) in files {
                let blob = put(&*blobs, tenant, content).await?;
                let main = entry.documents.is_empty();
                let role = if main { DocumentRole::Main } else { DocumentRole::Attachment };
                let file = FileFacts::new(FileName::sanitize(&name), MediaType::pdf(), blob);
                entry.documents.push(DocumentFacts::new(role, file));
            }
        }
        Ok(Fetched::Consignment(Box::new(consignment)))
    }

    async fn answer(&self, id: &ItemId, answer: &Answer) -> Result<(), PortError> {
        let answer_lost = self.warehouse.stumble("memory.answer")?;
        self.warehouse.change(id, |ware| ware.answers.push(answer.clone()));
        if answer_lost {
            return Err(PortError::new(PortErrorKind::Transient, "memory.answer", "no answer"));
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), PortError> {
        match self.warehouse.stumble("memory.check")? {
            true => Err(PortError::new(PortErrorKind::Transient, "memory.check", "no answer")),
            false => Ok(()),
        }
    }
}

async fn put(blobs: &dyn Blobs, tenant: &TenantId, content: Bytes) -> Result<BlobRef, PortError> {
    let size = content.len() as u64;
    blobs.put(tenant, stream::iter([Ok(content)]).boxed(), size).await
}
