//! Made-up records and a bare executor: nothing here may need a runtime.

use std::{
    fs,
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, ObjectRef},
    case::{CaseKind, CaseNumber, NewCase},
    delivery::{Delivery, Letter, LetterDocument, LetterOptions, Priority, Recipient, Sender, WorkKind},
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, InboxId, LetterId, NoticeId, OrganisationNumber, PostalAddress,
        TenantId, Timestamp, UnitId,
    },
    journal::{EntryKind, EntryNumber, NewEntry},
    ports::{
        Assigned, Audience, Blobs, ByteStream, ClaimRequest, Intake, IntakeState, ItemId, NodeId, Notice, Op,
        PortError, Store, StoreError, Subject, Transaction,
    },
    sensitivity::SensitivityClass,
};
use sakarkiv_sqlite::{Options, SqliteStore};
use tempfile::TempDir;
use uuid::Uuid;

/// Runs a future with nothing but this thread.
pub(crate) fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// A store in a folder of its own.
pub(crate) struct Office {
    pub(crate) store: SqliteStore,
    pub(crate) folder: TempDir,
}

impl Office {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: open(folder.path()), folder }
    }

    /// Closes the store and opens it again.
    pub(crate) fn reopen(self) -> Self {
        let Self { store, folder } = self;
        drop(store);
        Self { store: open(folder.path()), folder }
    }

    /// Document files and what is still being written.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        files_below(&self.folder.path().join("documents"))
    }

    /// Those that no record names, kept for a while.
    pub(crate) fn set_aside(&self) -> Vec<PathBuf> {
        files_below(&self.folder.path().join("documents/.aside"))
    }

    /// Those at their places.
    pub(crate) fn documents(&self) -> Vec<PathBuf> {
        let aside = self.set_aside();
        self.files().into_iter().filter(|file| !aside.contains(file)).collect()
    }
}

pub(crate) fn open(folder: &Path) -> SqliteStore {
    let mut options = Options::default();
    options.flush_threads = 8;
    options.file_threads = 2;
    options.readers = 2;
    SqliteStore::open_with(folder, &options).unwrap()
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// Whether the long forms are asked for.
pub(crate) fn long() -> bool {
    std::env::var_os("SAKARKIV_LONG").is_some()
}

pub(crate) fn bodo() -> TenantId {
    TenantId::new("bodo").unwrap()
}

pub(crate) fn fire() -> TenantId {
    TenantId::new("salten:brann").unwrap()
}

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minutes)
}

pub(crate) fn uuid(number: u128) -> Uuid {
    Uuid::from_u128((1 << 100) | number)
}

pub(crate) fn case_id(number: u128) -> CaseId {
    CaseId::from_uuid(uuid(number))
}

pub(crate) fn entry_id(number: u128) -> EntryId {
    EntryId::from_uuid(uuid(number))
}

pub(crate) fn letter_id(number: u128) -> LetterId {
    LetterId::from_uuid(uuid(number))
}

pub(crate) fn svarut() -> ChannelId {
    ChannelId::new("svarut").unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::new("byggesak").unwrap()
}

pub(crate) fn inbox() -> InboxId {
    InboxId::new("svarinn").unwrap()
}

pub(crate) fn node(name: &str) -> NodeId {
    NodeId(name.to_owned())
}

pub(crate) fn item(name: &str) -> ItemId {
    ItemId(name.to_owned())
}

/// Bytes of a length that differ from those of another seed.
pub(crate) fn bytes(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut all: Vec<u8> = std::iter::repeat_with(&mut next).take(length.div_ceil(8)).flatten().collect();
    all.truncate(length);
    all.into()
}

/// A stream in pieces as a network would bring them.
pub(crate) fn stream_of(content: &Bytes) -> ByteStream {
    let pieces: Vec<Result<Bytes, PortError>> = (0..content.len())
        .step_by(8_000)
        .map(|from| Ok(content.slice(from..content.len().min(from + 8_000))))
        .collect();
    stream::iter(pieces).boxed()
}

pub(crate) async fn put(store: &SqliteStore, tenant: &TenantId, content: &Bytes) -> BlobRef {
    store.put(tenant, stream_of(content), u64::MAX).await.unwrap()
}

pub(crate) async fn read(store: &SqliteStore, tenant: &TenantId, blob: &BlobRef) -> Result<Vec<u8>, PortError> {
    let content = store.open(tenant, blob).await?;
    content
        .try_fold(Vec::new(), |mut all, chunk| async move {
            all.extend_from_slice(&chunk);
            Ok(all)
        })
        .await
}

pub(crate) fn clerk() -> ActorId {
    ActorId::new("saksbehandler-1").unwrap()
}

pub(crate) fn new_case() -> NewCase {
    NewCase::new(CaseKind::Ordinary, "Søknad".into(), UnitId::new("byggesak").unwrap(), clerk())
}

pub(crate) fn new_entry() -> NewEntry {
    NewEntry::new(EntryKind::Incoming, "Søknad om garasje".into(), clerk())
}

pub(crate) fn event(tenant: &TenantId, minutes: i64) -> AuditEvent {
    AuditEvent::new(at(minutes), tenant.clone(), clerk(), Activity::LogRead, ObjectRef::Log).with_detail("why", "test")
}

pub(crate) fn open_case(number: u128, year: i32) -> Op {
    Op::OpenCase { id: case_id(number), case: new_case(), year, at: at(0) }
}

pub(crate) fn add_entry(number: u128, case: u128, year: i32) -> Op {
    Op::AddEntry { id: entry_id(number), case: case_id(case), entry: new_entry(), year, at: at(0) }
}

/// A case and an entry, both number 1, that letters belong to.
pub(crate) async fn register(store: &SqliteStore, tenant: &TenantId) {
    let transaction = Transaction::new(tenant.clone()).with(open_case(1, 2026)).with(add_entry(1, 1, 2026));
    store.commit(transaction).await.unwrap();
}

pub(crate) fn case_number(assigned: &Assigned) -> CaseNumber {
    match assigned {
        Assigned::Case(number) => *number,
        other => panic!("no case number: {other:?}"),
    }
}

pub(crate) fn entry_number(assigned: &Assigned) -> EntryNumber {
    match assigned {
        Assigned::Entry(number) => *number,
        other => panic!("no entry number: {other:?}"),
    }
}

pub(crate) fn letter(tenant: &TenantId, number: u128, documents: &[BlobRef]) -> Letter {
    let address = || PostalAddress::new(["Prøveveien 1"], "8006", "Bodø").unwrap();
    Letter {
        id: letter_id(number),
        tenant: tenant.clone(),
        case: case_id(1),
        entry: entry_id(1),
        submitted_by: clerk(),
        submitted: at(0),
        sender: Sender {
            account: account(),
            unit: UnitId::new("byggesak").unwrap(),
            name: "Prøvekommunen".to_owned(),
            organisation: OrganisationNumber::parse("310000027").unwrap(),
            address: address(),
        },
        recipient: Recipient::Addressee { name: "Kari Testperson".into(), address: address() },
        title: "Svar på søknad".into(),
        sensitivity: SensitivityClass::Open,
        priority: Priority::General,
        options: LetterOptions::default(),
        documents: documents
            .iter()
            .map(|blob| LetterDocument {
                file_name: FileName::sanitize("brev.pdf"),
                media_type: MediaType::sanitize("application/pdf"),
                blob: *blob,
                sensitive_personal_data: false,
            })
            .collect(),
    }
}

pub(crate) fn queue(letter: &Letter) -> Delivery {
    Delivery::queue(letter, svarut(), at(10_000))
}

pub(crate) fn add_letter(letter: Letter) -> Op {
    let delivery = queue(&letter);
    Op::AddLetter { letter, delivery }
}

/// Accepts a letter without documents.
pub(crate) async fn accept(store: &SqliteStore, letter: Letter) {
    store.commit(Transaction::new(letter.tenant.clone()).with(add_letter(letter))).await.unwrap();
}

pub(crate) fn commit<'a>(
    store: &'a SqliteStore,
    tenant: &TenantId,
    op: Op,
) -> impl Future<Output = Result<Assigned, StoreError>> + use<'a> {
    let transaction = Transaction::new(tenant.clone()).with(op);
    async move { store.commit(transaction).await.map(|mut assigned| assigned.remove(0)) }
}

pub(crate) fn request(tenant: &TenantId, owner: &str, minute: i64, limit: usize) -> ClaimRequest {
    ClaimRequest {
        tenant: tenant.clone(),
        channel: svarut(),
        account: account(),
        work: WorkKind::Dispatch,
        owner: node(owner),
        now: at(minute),
        lease_until: at(minute + 5),
        limit,
    }
}

pub(crate) fn intake(tenant: &TenantId, name: &str, version: u64) -> Intake {
    Intake {
        tenant: tenant.clone(),
        inbox: inbox(),
        item: item(name),
        kind: None,
        seen: at(0),
        state: IntakeState::SetAside { problem: "no key fits".to_owned(), tries: 1, due: at(10) },
        version,
    }
}

pub(crate) fn notice(tenant: &TenantId, number: u128, minute: i64) -> Notice {
    Notice {
        id: NoticeId::from_uuid(uuid(number)),
        tenant: tenant.clone(),
        at: at(minute),
        audience: Audience::MailRoom,
        subject: Subject::InboxFull { inbox: inbox() },
        text: "the list is full".to_owned(),
    }
}
