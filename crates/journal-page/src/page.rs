use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, TenantId, Timestamp},
    ports::{Blobs, Clock, JournalPublisher, PortError, PortErrorKind, Published, PublisherCapabilities},
    publication::ClearedRecord,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::{
    journal::Journal,
    settings::PageSettings,
    store::{PageStore, PageStoreError, StoredEntry},
};

/// A tenant's public journal page: takes what the office publishes, shows it to readers by [`router`](Self::router) and
/// [`export`](Self::export).
///
/// Readers are answered from memory, some 3 kB for each entry. Copies share it. Needs a tokio runtime.
#[derive(Debug, Clone)]
pub struct JournalPage(Arc<Inner>);

/// What a journal page needs from outside.
#[derive(Debug, Clone)]
pub struct PagePorts {
    /// Where published entries are kept.
    pub store: Arc<dyn PageStore>,
    /// Where the bytes of documents are.
    pub blobs: Arc<dyn Blobs>,
    /// Time: it decides what is shown and open.
    pub clock: Arc<dyn Clock>,
}

#[derive(Debug)]
struct Inner {
    tenant: TenantId,
    settings: PageSettings,
    ports: PagePorts,
    journal: RwLock<Journal>,
    /// Held by whoever changes what is published, to the end even when the caller has gone: else a late write could bring
    /// back what was withdrawn after it.
    turn: Arc<Mutex<()>>,
    /// Held by whoever exports.
    exporting: Arc<Mutex<()>>,
}

/// How many entries one look at what is published shows.
const PUBLISHED_PAGE: usize = 500;

impl JournalPage {
    /// Opens a tenant's page with everything its store keeps.
    ///
    /// # Errors
    /// [`PageStoreError`] of the store.
    pub async fn open(tenant: TenantId, settings: PageSettings, ports: PagePorts) -> Result<Self, PageStoreError> {
        let page = Self(Arc::new(Inner {
            tenant,
            settings,
            ports,
            journal: RwLock::default(),
            turn: Arc::default(),
            exporting: Arc::default(),
        }));
        page.reload().await?;
        Ok(page)
    }

    /// Reads the store anew: for a process that shows what another one publishes.
    ///
    /// # Errors
    /// [`PageStoreError`] of the store; then what was shown before still is.
    pub async fn reload(&self) -> Result<(), PageStoreError> {
        self.in_turn(|inner| {
            let entries = inner.ports.store.all()?;
            let own = |entry: &StoredEntry| entry.record.as_ref().is_none_or(|record| record.tenant == inner.tenant);
            let journal = Journal::of(entries.into_iter().filter(own));
            inner.change(|kept| *kept = journal);
            Ok(())
        })
        .await
    }

    pub(crate) fn settings(&self) -> &PageSettings {
        &self.0.settings
    }

    pub(crate) fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    pub(crate) fn blobs(&self) -> &dyn Blobs {
        &*self.0.ports.blobs
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.ports.clock.now()
    }

    pub(crate) fn journal(&self) -> RwLockReadGuard<'_, Journal> {
        self.0.journal()
    }

    /// The turn to export.
    pub(crate) async fn exporting(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.0.exporting).lock_owned().await
    }

    /// Does one change after another, where it may block.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, PageStoreError> + Send + 'static,
    ) -> Result<T, PageStoreError> {
        let turn: OwnedMutexGuard<()> = Arc::clone(&self.0.turn).lock_owned().await;
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&inner)
        });
        done.await.map_err(|stopped| PageStoreError::Io(std::io::Error::other(stopped)))?
    }
}

impl Inner {
    fn publish(&self, stored: StoredEntry) -> Result<(), PageStoreError> {
        if !self.journal().is_news(stored.entry, stored.revision) {
            return Ok(());
        }
        self.ports.store.put(&stored)?;
        self.change(|journal| journal.take(stored));
        Ok(())
    }

    /// Takes an entry out and forgets what it said.
    fn withdraw(&self, entry: EntryId, now: Timestamp) -> Result<(), PageStoreError> {
        let Some(revision) = self.journal().revision(entry) else { return Ok(()) };
        let stored = StoredEntry::withdrawn(entry, revision, now);
        // Kept first: a withdrawal that failed must be tried again, and what is still shown tells that.
        self.ports.store.put(&stored)?;
        self.change(|journal| journal.take(stored));
        Ok(())
    }

    fn journal(&self) -> RwLockReadGuard<'_, Journal> {
        self.journal.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Journal)) {
        change(&mut self.journal.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[async_trait]
impl JournalPublisher for JournalPage {
    fn capabilities(&self) -> PublisherCapabilities {
        let mut capabilities = PublisherCapabilities::new(PUBLISHED_PAGE);
        capabilities.documents = true;
        capabilities
    }

    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError> {
        const OPERATION: &str = "journal_page.publish";
        let record = record.record();
        if record.tenant != self.0.tenant {
            let detail = "the entry is another tenant's; each tenant has a journal page of its own";
            return Err(PortError::new(PortErrorKind::Rejected, OPERATION, detail));
        }
        let stored = StoredEntry::published(record.clone(), self.now());
        self.in_turn(move |inner| inner.publish(stored)).await.map_err(|error| failed(OPERATION, error))
    }

    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError> {
        let now = self.now();
        let done = self.in_turn(move |inner| inner.withdraw(entry, now)).await;
        done.map_err(|error| failed("journal_page.withdraw", error))
    }

    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError> {
        let journal = self.journal();
        let published = journal.after(after).take(PUBLISHED_PAGE).map(|item| Published {
            entry: item.record().entry,
            remote_id: item.record().entry.to_string(),
            revision: item.record().revision,
            changed: Some(item.changed),
        });
        Ok(published.collect())
    }
}

fn failed(operation: &'static str, error: PageStoreError) -> PortError {
    let kind = match error {
        PageStoreError::Io(_) => PortErrorKind::Transient,
        PageStoreError::Damaged { .. } | PageStoreError::Form(_) => PortErrorKind::Rejected,
    };
    PortError::new(kind, operation, error.to_string()).with_source(error)
}
