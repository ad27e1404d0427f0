use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{
        Blobs, Clock, JournalPublisher, MeetingPublisher, PortError, PortErrorKind, Published, PublishedMeeting,
        PublisherCapabilities,
    },
    publication::{ClearedMeeting, ClearedRecord},
};
use tokio::sync::{Mutex, Notify, OwnedMutexGuard};

use crate::{
    journal::Journal,
    ledger::Standing,
    lists::LastLists,
    settings::PageSettings,
    store::{PageStore, PageStoreError, StoredEntry, StoredMeeting},
};

/// A tenant's public journal page: takes what the office publishes, shows it to readers by [`router`](Self::router) and
/// [`export`](Self::export).
///
/// Readers are answered from memory. Copies share it. Needs a tokio runtime.
#[derive(Debug, Clone)]
pub struct JournalPage(Arc<Inner>);

/// What a journal page needs from outside.
#[derive(Debug, Clone)]
pub struct PagePorts {
    /// Where published entries and meetings are kept.
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
    lists: LastLists,
    /// Held by whoever changes what is published, to the end even when the caller has gone: else a late write could bring
    /// back what was withdrawn after it.
    turn: Arc<Mutex<()>>,
    /// Held by whoever exports.
    exporting: Arc<Mutex<()>>,
    /// Something that was shown has gone, or says something else.
    taken_away: Notify,
}

/// How many entries or meetings one look at what is published shows.
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
            lists: LastLists::default(),
            turn: Arc::default(),
            exporting: Arc::default(),
            taken_away: Notify::new(),
        }));
        page.read_store().await?;
        Ok(page)
    }

    /// Reads the store anew: for a process that shows what another one publishes. What this process shows or hides and could not
    /// keep stays so.
    ///
    /// # Errors
    /// [`PageStoreError`] of the store; then what was shown before still is.
    pub async fn reload(&self) -> Result<(), PageStoreError> {
        self.read_store().await?;
        self.0.taken_away.notify_one();
        Ok(())
    }

    /// Waits until something that was shown has gone from the page or was corrected, since this was last waited for. Whoever
    /// keeps a copy by [`export`](Self::export) makes it anew then: it still shows what was taken away. For one who waits.
    pub async fn taken_away(&self) {
        self.0.taken_away.notified().await;
    }

    async fn read_store(&self) -> Result<(), PageStoreError> {
        self.in_turn(|inner| {
            let entries = inner.ports.store.all()?;
            let own = |entry: &StoredEntry| entry.record.as_ref().is_none_or(|record| record.tenant == inner.tenant);
            let mut journal = Journal::of(entries.into_iter().filter(own));
            for kept in inner.ports.store.all_meetings()? {
                if kept.record.as_ref().is_none_or(|meeting| meeting.tenant == inner.tenant) {
                    journal.meetings_mut().take(kept, Standing::Kept);
                }
            }
            inner.change(|shown| {
                journal.keep_doubts_of(shown);
                *shown = journal;
            });
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

    pub(crate) fn last_lists(&self) -> &LastLists {
        &self.0.lists
    }

    /// The turn to export.
    pub(crate) async fn exporting(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.0.exporting).lock_owned().await
    }

    /// Demands that what is to be published is the page's own tenant's.
    fn own(&self, tenant: &TenantId, operation: &'static str) -> Result<(), PortError> {
        if *tenant == self.0.tenant {
            return Ok(());
        }
        let detail = "it is another tenant's; each tenant has a journal page of its own";
        Err(PortError::new(PortErrorKind::Rejected, operation, detail))
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
        if !self.journal().ledger().is_news(stored.entry, stored.revision) {
            return Ok(());
        }
        let kept = self.ports.store.put(&stored);
        let corrects = self.journal().holds(stored.entry);
        // Shown in any case: it is cleared, and what it hides must be hidden though the disk is full.
        self.change(|journal| journal.take(stored, standing(&kept)));
        if corrects {
            self.taken_away.notify_one();
        }
        kept
    }

    /// Takes an entry out and forgets what it said.
    fn withdraw(&self, entry: EntryId, now: Timestamp) -> Result<(), PageStoreError> {
        let Some(revision) = self.journal().ledger().published(entry) else { return Ok(()) };
        let stored = StoredEntry::withdrawn(entry, revision, now);
        let kept = self.ports.store.put(&stored);
        // Hidden in any case; one that was not kept is kept when it is repeated.
        self.change(|journal| journal.take(stored, standing(&kept)));
        self.taken_away.notify_one();
        kept
    }

    fn publish_meeting(&self, stored: StoredMeeting) -> Result<(), PageStoreError> {
        if !self.journal().meetings().ledger().is_news(stored.meeting, stored.revision) {
            return Ok(());
        }
        let kept = self.ports.store.put_meeting(&stored);
        let corrects = self.journal().meetings().holds(stored.meeting);
        self.change(|journal| journal.meetings_mut().take(stored, standing(&kept)));
        if corrects {
            self.taken_away.notify_one();
        }
        kept
    }

    fn withdraw_meeting(&self, meeting: MeetingId, now: Timestamp) -> Result<(), PageStoreError> {
        let Some(revision) = self.journal().meetings().ledger().published(meeting) else { return Ok(()) };
        let stored = StoredMeeting::withdrawn(meeting, revision, now);
        let kept = self.ports.store.put_meeting(&stored);
        self.change(|journal| journal.meetings_mut().take(stored, standing(&kept)));
        self.taken_away.notify_one();
        kept
    }

    fn journal(&self) -> RwLockReadGuard<'_, Journal> {
        self.journal.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Journal)) {
        let mut journal = self.journal.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut journal);
        // While nobody reads, so that no list of before is made afterwards.
        self.lists.forget();
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
        self.own(&record.tenant, OPERATION)?;
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

#[async_trait]
impl MeetingPublisher for JournalPage {
    async fn publish_meeting(&self, meeting: &ClearedMeeting) -> Result<(), PortError> {
        const OPERATION: &str = "journal_page.publish_meeting";
        let meeting = meeting.meeting();
        self.own(&meeting.tenant, OPERATION)?;
        let stored = StoredMeeting::published(meeting.clone(), self.now());
        self.in_turn(move |inner| inner.publish_meeting(stored)).await.map_err(|error| failed(OPERATION, error))
    }

    async fn withdraw_meeting(&self, meeting: MeetingId) -> Result<(), PortError> {
        let now = self.now();
        let done = self.in_turn(move |inner| inner.withdraw_meeting(meeting, now)).await;
        done.map_err(|error| failed("journal_page.withdraw_meeting", error))
    }

    async fn published_meetings(&self, after: Option<MeetingId>) -> Result<Vec<PublishedMeeting>, PortError> {
        let journal = self.journal();
        let published = journal.meetings().after(after).take(PUBLISHED_PAGE).map(|held| PublishedMeeting {
            meeting: held.meeting.meeting,
            remote_id: held.meeting.meeting.to_string(),
            revision: held.meeting.revision,
            changed: Some(held.changed),
        });
        Ok(published.collect())
    }
}

fn standing(kept: &Result<(), PageStoreError>) -> Standing {
    if kept.is_ok() { Standing::Kept } else { Standing::Doubtful }
}

fn failed(operation: &'static str, error: PageStoreError) -> PortError {
    let kind = match error {
        PageStoreError::Io(_) => PortErrorKind::Transient,
        PageStoreError::Stale(_) => PortErrorKind::Misconfigured,
        PageStoreError::Damaged { .. } | PageStoreError::Form(_) => PortErrorKind::Rejected,
    };
    PortError::new(kind, operation, error.to_string()).with_source(error)
}
