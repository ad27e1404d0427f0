use std::{collections::BTreeSet, iter, path::Path, sync::Arc};

use async_trait::async_trait;
use rusqlite::Connection;
use sakarkiv_core::{
    access::{AccessKey, AccessRecord},
    case::{Case, CaseNumber},
    delivery::{Delivery, Letter},
    document::{BlobRef, DocumentName},
    identity::{CaseId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    journal::JournalEntry,
    ports::{
        AccessFilter, Assigned, AuditRecord, Blobs, ByteStream, CaseFilter, Claim, ClaimRequest, DeliveryCount,
        DeliveryFilter, Entropy, Intake, ItemId, Kept, KeptFilter, NodeId, Notice, PortError, Remembered, Store,
        StoreError, Transaction,
    },
    text::ExternalKey,
};

use crate::{
    apply::{apply, documents},
    audit::{self, SystemEntropy},
    backup::{BackupSummary, back_up},
    codec::int,
    documents::{Content, Documents, Folder, Hold, Swept, open},
    error::{OpenError, closed, database},
    files::{FolderLock, is_new, lock_folder, open_reader, open_writer},
    records::{access, cases, claims, deliveries, entries, intakes, kept, letters, marks, notices},
    work::{Crew, Hands},
    writer::{Work, Writer},
};

/// How many threads a store has beside the one that writes, and where its randomness comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// Threads that read records, each with its own connection.
    pub readers: usize,
    /// Threads that read documents and write the beginnings of long ones.
    pub file_threads: usize,
    /// Threads that finish and flush documents. They mostly wait, and the more of them wait at the same time, the more
    /// flushes the file system joins.
    pub flush_threads: usize,
    /// Where the salts of the audit log come from. Anything but the operating system's generator is for tests alone.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Options {
    fn default() -> Self {
        Self { readers: 3, file_threads: 4, flush_threads: 16, entropy: Arc::new(SystemEntropy::default()) }
    }
}

/// A [`Store`] in one file and one folder, for one process at a time.
///
/// Works under any executor, with threads of its own. Dropping it waits for what is under way and ends them.
///
/// ```
/// use sakarkiv_sqlite::SqliteStore;
///
/// let folder = tempfile::tempdir()?;
/// let store = SqliteStore::open(folder.path())?;
/// assert!(SqliteStore::open(folder.path()).is_err(), "one process, one store");
/// drop(store);
/// SqliteStore::open(folder.path())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    // In the order in which they end: what gives work to others first, the lock last.
    files: Crew<()>,
    _flushers: Crew<()>,
    readers: Crew<Connection>,
    documents: Arc<Documents>,
    writer: Writer,
    entropy: Arc<dyn Entropy>,
    folder: Folder,
    _lock: FolderLock,
}

impl SqliteStore {
    /// Opens the store in a folder, or makes a new one there. Waits for the disk: not for an async task.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::open_with(folder, &Options::default())
    }

    /// As [`open`](Self::open), with other numbers of threads.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open_with(folder: impl AsRef<Path>, options: &Options) -> Result<Self, OpenError> {
        let path = folder.as_ref();
        let lock = lock_folder(path)?;
        let io = || OpenError::io(path);
        if is_new(path).map_err(io())? && Folder::has_documents(path).map_err(io())? {
            return Err(OpenError::NoDatabase(path.to_owned()));
        }
        let entropy = Arc::clone(&options.entropy);
        let pen = open_writer(path, entropy.as_ref())?;
        let folder = Folder::of_store(path).map_err(io())?;
        folder.clear_arrivals().map_err(io())?;
        let connections = iter::repeat_with(|| open_reader(path));
        let readers = connections.take(options.readers.max(1)).collect::<Result<Vec<_>, _>>()?;
        let lookups = [open_reader(path)?, open_reader(path)?, open_reader(path)?, open_reader(path)?];
        let threads = |count: usize| iter::repeat_n((), count.max(1));
        let files = Crew::start("sakarkiv-files", threads(options.file_threads)).map_err(io())?;
        let flushers = Crew::start("sakarkiv-flush", threads(options.flush_threads)).map_err(io())?;
        let readers = Crew::start("sakarkiv-reader", readers).map_err(io())?;
        let writer = Writer::start(pen).map_err(io())?;
        let documents = Documents::new(folder.clone(), lookups, files.hands().clone(), flushers.hands().clone());
        let store = Self {
            files,
            _flushers: flushers,
            readers,
            documents: Arc::new(documents),
            writer,
            entropy,
            folder,
            _lock: lock,
        };
        let documents = Arc::clone(&store.documents);
        documents.bring_back().map_err(OpenError::Documents)?;
        // Whatever cannot be swept now is swept after the next start.
        store.files.hands().post(move |()| drop(documents.sweep()));
        Ok(store)
    }

    /// Sets documents aside that a process put and no transaction came to name, because it died or gave up, and removes
    /// them after thirty days; a database that is put back finds those it names again. Done by itself after each start; what
    /// this process has put stays.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    pub async fn sweep(&self) -> Result<Swept, StoreError> {
        let documents = Arc::clone(&self.documents);
        self.files.hands().run(move |()| documents.sweep()).await.map_err(|_| closed())?
    }

    /// Copies the store into a folder in which there is none, as it is at one moment, while it goes on working. The copy is
    /// opened like any store. Documents of an earlier copy that lie in that folder are checked and used again, and every
    /// document is checked against its hash on the way.
    ///
    /// # Errors
    /// `Invalid` when the folder has a store; `Corrupt` when a document is damaged or missing; `Unavailable` when the folder
    /// cannot be written.
    pub async fn backup(&self, to: impl AsRef<Path>) -> Result<BackupSummary, StoreError> {
        let (from, to) = (self.folder.clone(), to.as_ref().to_owned());
        self.read(move |db| back_up(db, &from, &to)).await
    }

    /// Keeps the database file from growing beyond so many bytes, so that a full disk is noticed while there is still room
    /// to clean up; `None` lifts the limit. It holds until the store is closed, and never cuts what is there.
    ///
    /// # Errors
    /// `Unavailable`, `Unknown`.
    pub async fn limit_size(&self, bytes: Option<u64>) -> Result<(), StoreError> {
        self.writer.write(move |db: &Connection| set_limit(db, bytes)).await
    }

    pub(crate) const fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    pub(crate) async fn write<T: Send + 'static>(&self, work: impl Work<T> + Send + 'static) -> Result<T, StoreError> {
        self.writer.write(work).await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers: &Hands<Connection> = self.readers.hands();
        readers.run(move |db| query(db)).await.map_err(|_| closed())?
    }
}

fn set_limit(db: &Connection, bytes: Option<u64>) -> Result<(), StoreError> {
    const MOST_PAGES: i64 = 4_294_967_294;
    let page: i64 = db.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(database)?;
    let pages = bytes.map_or(MOST_PAGES, |bytes| int(bytes).checked_div(page).unwrap_or_default().clamp(1, MOST_PAGES));
    db.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(database)
}

/// A transaction and the documents it names.
struct Change {
    transaction: Transaction,
    named: Hold,
    entropy: Arc<dyn Entropy>,
}

impl Work<Vec<Assigned>> for Change {
    fn run(&self, db: &Connection) -> Result<Vec<Assigned>, StoreError> {
        let assigned = apply(db, &self.transaction, self.entropy.as_ref())?;
        self.named.enter(db)?;
        Ok(assigned)
    }

    fn committed(&self) {
        self.named.named();
    }
}

#[async_trait]
impl Blobs for SqliteStore {
    async fn put(&self, tenant: &TenantId, content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        self.documents.put(tenant, content, limit).await.map(BlobRef::from)
    }

    async fn open(&self, tenant: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        open(&self.documents, self.readers.hands(), tenant, Content::from(blob)).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let named: BTreeSet<Content> =
            transaction.ops.iter().flat_map(documents).map(|blob| Content::from(&blob)).collect();
        let named = self.documents.hold(&transaction.tenant, named);
        named.flushed().await?;
        self.writer.write(Change { transaction, named, entropy: Arc::clone(&self.entropy) }).await
    }

    async fn claim(&self, request: ClaimRequest) -> Result<Vec<Claim>, StoreError> {
        self.writer.write(move |db: &Connection| claims::claim(db, &request)).await
    }

    async fn next_due(&self, request: &ClaimRequest) -> Result<Option<Timestamp>, StoreError> {
        let request = request.clone();
        self.read(move |db| {
            // Several queries, one state.
            let snapshot = db.unchecked_transaction().map_err(database)?;
            claims::next_due(&snapshot, &request)
        })
        .await
    }

    async fn release_claims(&self, owner: &NodeId) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.writer.write(move |db: &Connection| claims::release(db, &owner)).await
    }

    async fn case(&self, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| cases::get(db, &tenant, id)).await
    }

    async fn case_by_number(&self, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| cases::by_number(db, &tenant, number)).await
    }

    async fn cases(
        &self,
        tenant: &TenantId,
        filter: &CaseFilter,
        after: Option<CaseNumber>,
        limit: usize,
    ) -> Result<Vec<Case>, StoreError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.read(move |db| cases::list(db, &tenant, &filter, after, limit)).await
    }

    async fn entry(&self, tenant: &TenantId, id: EntryId) -> Result<Option<JournalEntry>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| entries::get(db, &tenant, id)).await
    }

    async fn entries(&self, tenant: &TenantId, case: CaseId) -> Result<Vec<JournalEntry>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| entries::of_case(db, &tenant, case)).await
    }

    async fn entries_by_key(
        &self,
        tenant: &TenantId,
        key: &ExternalKey,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.read(move |db| entries::by_key(db, &tenant, &key, limit)).await
    }

    async fn entries_by_document(
        &self,
        tenant: &TenantId,
        document: DocumentName,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| entries::by_document(db, &tenant, document, limit)).await
    }

    async fn journal(
        &self,
        tenant: &TenantId,
        year: i32,
        after: u32,
        limit: usize,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| entries::of_year(db, &tenant, year, after, limit)).await
    }

    async fn letter(&self, tenant: &TenantId, id: LetterId) -> Result<Option<Letter>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| letters::get(db, &tenant, id)).await
    }

    async fn delivery(&self, tenant: &TenantId, letter: LetterId) -> Result<Option<Delivery>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| deliveries::get(db, &tenant, letter)).await
    }

    async fn deliveries(
        &self,
        tenant: &TenantId,
        filter: &DeliveryFilter,
        after: Option<LetterId>,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.read(move |db| deliveries::list(db, &tenant, &filter, after, limit)).await
    }

    async fn delivery_counts(&self, tenant: &TenantId) -> Result<Vec<DeliveryCount>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| deliveries::counts(db, &tenant)).await
    }

    async fn intake(&self, tenant: &TenantId, inbox: &InboxId, item: &ItemId) -> Result<Option<Intake>, StoreError> {
        let (tenant, inbox, item) = (tenant.clone(), inbox.clone(), item.clone());
        self.read(move |db| intakes::get(db, &tenant, &inbox, &item)).await
    }

    async fn intakes(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        after: Option<ItemId>,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        let (tenant, inbox) = (tenant.clone(), inbox.clone());
        self.read(move |db| intakes::list(db, &tenant, &inbox, after.as_ref(), limit)).await
    }

    async fn unacknowledged(
        &self,
        tenant: &TenantId,
        inbox: &InboxId,
        limit: usize,
    ) -> Result<Vec<Intake>, StoreError> {
        let (tenant, inbox) = (tenant.clone(), inbox.clone());
        self.read(move |db| intakes::unacknowledged(db, &tenant, &inbox, limit)).await
    }

    async fn remembered(&self, tenant: &TenantId, key: &str) -> Result<Option<Remembered>, StoreError> {
        let (tenant, key) = (tenant.clone(), key.to_owned());
        self.read(move |db| marks::remembered(db, &tenant, &key)).await
    }

    async fn mark(&self, tenant: &TenantId, name: &str) -> Result<Option<String>, StoreError> {
        let (tenant, name) = (tenant.clone(), name.to_owned());
        self.read(move |db| marks::get(db, &tenant, &name)).await
    }

    async fn kept(&self, tenant: &TenantId, kind: &str, key: &str) -> Result<Option<Kept>, StoreError> {
        let (tenant, kind, key) = (tenant.clone(), kind.to_owned(), key.to_owned());
        self.read(move |db| kept::get(db, &tenant, &kind, &key)).await
    }

    async fn kept_list(
        &self,
        tenant: &TenantId,
        filter: &KeptFilter,
        after: Option<String>,
        limit: usize,
    ) -> Result<Vec<Kept>, StoreError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.read(move |db| kept::list(db, &tenant, &filter, after.as_deref(), limit)).await
    }

    async fn open_notices(&self, tenant: &TenantId, limit: usize) -> Result<Vec<Notice>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| notices::open(db, &tenant, limit)).await
    }

    async fn access(&self, tenant: &TenantId, key: &AccessKey) -> Result<Option<AccessRecord>, StoreError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.read(move |db| access::get(db, &tenant, &key)).await
    }

    async fn access_list(
        &self,
        tenant: &TenantId,
        filter: &AccessFilter,
        after: Option<AccessKey>,
        limit: usize,
    ) -> Result<Vec<AccessRecord>, StoreError> {
        let (tenant, filter) = (tenant.clone(), filter.clone());
        self.read(move |db| access::list(db, &tenant, &filter, after.as_ref(), limit)).await
    }

    async fn access_history(&self, tenant: &TenantId, key: &AccessKey) -> Result<Vec<AccessRecord>, StoreError> {
        let (tenant, key) = (tenant.clone(), key.clone());
        self.read(move |db| access::history(db, &tenant, &key)).await
    }

    async fn audit_log(&self, tenant: &TenantId, after: u64, limit: usize) -> Result<Vec<AuditRecord>, StoreError> {
        let tenant = tenant.clone();
        self.read(move |db| audit::list(db, &tenant, after, limit)).await
    }
}
