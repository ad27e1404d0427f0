//! A tenant whose page shows meetings of committees, the real leak check, and a process that can be killed.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{
    access::{Role, RoleScope},
    audit::Activity,
    case::{CaseKind, NewCase},
    document::{FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, ChannelId, DocumentId, MeetingId, MeetingItemId, PartyId, Timestamp, UnitId},
    journal::{DocumentRole, EntryKind, EntryStatus, NewEntry},
    party::{Party, PartyRole},
    ports::{
        Assigned, Audience, AuditRecord, Blobs, Clock, LeakCheck, Op, PortError, Store, StoreError, Subject,
        Transaction,
    },
    publication::{
        CodeRules, LeakReport, MeetingItemKind, PublicArchive, PublicDocument, PublicFile, PublicMeeting,
        PublicMeetingItem, PublicRecord, PublicText, PublicUnit, PublicationPolicy, Secrets,
    },
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_engine::{
    Desk, MeetingRelease, Publication, PublicationError, PublisherTarget, RecordsOffice, TenantSetup,
};
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker, LeakConfig};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{HookedStore, MemoryDisk, MemoryJournal, MemoryStore, NoticeBoard, StoreHook},
};
use uuid::Uuid;

use crate::world::{archivist, drive, drive_until, employee, head_archivist, morning, tenant, unit};

/// A tenant whose page shows meetings, and whose other journal does not.
pub(crate) struct Hall {
    pub(crate) clock: Arc<ManualClock>,
    disk: MemoryDisk,
    pub(crate) notifier: Arc<RecordingNotifier>,
    entropy: Arc<SeededEntropy>,
    pub(crate) death: Arc<Death>,
    pub(crate) page: NoticeBoard,
    pub(crate) other: NoticeBoard,
    policy: PublicationPolicy,
    pub(crate) office: RecordsOffice,
}

impl Hall {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new(morning());
        let policy = PublicationPolicy { codes: CodeRules::standard(), ..PublicationPolicy::default() };
        let (disk, notifier, death) = (MemoryDisk::default(), Arc::new(RecordingNotifier::new()), Arc::default());
        let (entropy, page, other) = (Arc::new(SeededEntropy::new(7)), NoticeBoard::default(), NoticeBoard::default());
        let parts = (&clock, &disk, &notifier, &entropy, &death);
        let office = office(parts, (&page, &other), &policy);
        Self { clock, disk, notifier, entropy, death, page, other, policy, office }
    }

    /// The process dies and another starts.
    pub(crate) fn restart(&mut self) {
        self.death.armed.store(false, Ordering::SeqCst);
        self.death.came.store(false, Ordering::SeqCst);
        let parts = (&self.clock, &self.disk, &self.notifier, &self.entropy, &self.death);
        self.office = office(parts, (&self.page, &self.other), &self.policy);
    }

    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        drive(&self.clock, future)
    }

    /// Does what is due now. Tells whether the process lived to the end of it.
    pub(crate) fn idle(&self) -> bool {
        drive_until(&self.clock, &self.death.came, self.office.run_until_idle()).is_some()
    }

    pub(crate) fn pass(&self, time: Duration) {
        let end = self.clock.now() + time;
        self.run(self.office.run(self.clock.sleep_until(end)));
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        self.office.as_user(&archivist()).unwrap()
    }

    pub(crate) fn store(&self) -> MemoryStore {
        MemoryStore::open(&self.disk)
    }

    /// A case with one entry from a party that is screened.
    pub(crate) fn case(&self) -> CaseId {
        let case = NewCase::new(CaseKind::Building, "Storgata 1: ny garasje".into(), unit(), archivist().id);
        let case = self.run(self.desk().open_case(case)).unwrap().0;
        self.run(self.desk().register(case, klage(Some(screening([Hides::PartyNames]))))).unwrap();
        case
    }

    pub(crate) fn publish(&self, meeting: &PublicMeeting, cases: &[CaseId]) -> Result<(), PublicationError> {
        self.release(meeting, cases, None)
    }

    pub(crate) fn release(
        &self,
        meeting: &PublicMeeting,
        cases: &[CaseId],
        release: Option<&MeetingRelease>,
    ) -> Result<(), PublicationError> {
        let cases: BTreeSet<CaseId> = cases.iter().copied().collect();
        self.run(self.desk().publication().publish_meeting(meeting.clone(), &cases, release))
    }

    pub(crate) fn withdraw(&self, meeting: &PublicMeeting) {
        self.run(self.desk().publication().withdraw_meeting(meeting.meeting, "Feil utvalg")).unwrap();
    }

    /// The revision and the title that hang on the page.
    pub(crate) fn shown(&self, meeting: &PublicMeeting) -> Option<(u64, String)> {
        self.page.meeting(meeting.meeting).map(|shown| (shown.revision, shown.title.shown))
    }

    pub(crate) fn log(&self) -> Vec<AuditRecord> {
        self.run(self.store().audit_log(&tenant(), 0, 100_000)).unwrap()
    }

    /// How often something was done.
    pub(crate) fn count(&self, activity: &Activity) -> usize {
        self.log().iter().filter(|record| record.event.activity == *activity).count()
    }

    pub(crate) fn told(&self) -> Vec<(Audience, Subject, String)> {
        self.notifier.told().into_iter().map(|notice| (notice.audience, notice.subject, notice.text)).collect()
    }

    /// A document with a file that opens at a moment.
    pub(crate) fn document(&self, text: &'static [u8], open: Timestamp) -> PublicDocument {
        use futures_util::{StreamExt, stream};
        let content = stream::iter([Ok(bytes::Bytes::from_static(text))]).boxed();
        let content = self.run(self.desk().put_document(content, 1000)).unwrap();
        PublicDocument {
            id: DocumentId::from_uuid(Uuid::from_u128(41)),
            number: 1,
            role: DocumentRole::Main,
            kind: "Saksframlegg".to_owned(),
            title: PublicText::nameless("Saksframlegg"),
            screening: None,
            file: Some(PublicFile {
                name: FileName::sanitize("sak-1.txt"),
                variant: Variant::Archive,
                media_type: MediaType::parse("text/plain").unwrap(),
                format: FileFormat::unknown(),
                content,
                accessible_after: open,
            }),
        }
    }
}

type Parts<'a> =
    (&'a Arc<ManualClock>, &'a MemoryDisk, &'a Arc<RecordingNotifier>, &'a Arc<SeededEntropy>, &'a Arc<Death>);

fn office(
    (clock, disk, notifier, entropy, death): Parts<'_>,
    (page, other): (&NoticeBoard, &NoticeBoard),
    policy: &PublicationPolicy,
) -> RecordsOffice {
    let journal = |board: &NoticeBoard| Arc::new(MemoryJournal::new(board.clone(), Arc::<ManualClock>::clone(clock)));
    let name = |name| ChannelId::new(name).unwrap();
    let publication = Publication::new(policy.clone(), Arc::new(Look::default()))
        .publisher(PublisherTarget::new(name("page"), journal(page)).meetings(journal(page)))
        .publisher(PublisherTarget::new(name("other"), journal(other)));
    let handler = employee("u1").with_role(Role::CaseHandler, RoleScope::Tenant);
    let setup = TenantSetup::new(tenant()).publication(publication).user(head_archivist()).user(handler);
    RecordsOffice::builder()
        .store(Arc::new(HookedStore::new(Arc::new(MemoryStore::open(disk)), Mortal(Arc::clone(death)))))
        .clock(Arc::<ManualClock>::clone(clock))
        .entropy(Arc::<SeededEntropy>::clone(entropy))
        .notifier(Arc::<RecordingNotifier>::clone(notifier))
        .node("n1")
        .tenant(setup)
        .build()
        .unwrap()
}

/// Kills the process when it is about to store that something was published.
#[derive(Debug, Default)]
pub(crate) struct Death {
    pub(crate) armed: AtomicBool,
    came: AtomicBool,
}

#[derive(Debug)]
struct Mortal(Arc<Death>);

#[async_trait]
impl StoreHook for Mortal {
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let tells = |op: &Op| matches!(op, Op::Audit(event) if event.activity == Activity::Published);
        if self.0.armed.load(Ordering::SeqCst) && transaction.ops.iter().any(tells) {
            self.0.came.store(true, Ordering::SeqCst);
            return std::future::pending().await;
        }
        inner.commit(transaction).await
    }
}

/// The real leak check, which reads files while the clock stands.
#[derive(Debug)]
struct Look(LeakChecker);

impl Default for Look {
    fn default() -> Self {
        Self(LeakChecker::new(LeakConfig::default(), FingerprintKey::new([7; 32])))
    }
}

#[async_trait]
impl LeakCheck for Look {
    async fn check(&self, record: &PublicRecord, _: &Arc<Secrets>, _: Arc<dyn Blobs>) -> Result<LeakReport, PortError> {
        Ok(LeakReport::clean(record))
    }

    async fn check_meeting(
        &self,
        meeting: &PublicMeeting,
        secrets: &[Arc<Secrets>],
        blobs: Arc<dyn Blobs>,
    ) -> Result<LeakReport, PortError> {
        let standing = tokio::runtime::Builder::new_current_thread().build().unwrap();
        standing.block_on(self.0.check_meeting(meeting, secrets, blobs))
    }
}

pub(crate) fn screening(hides: impl IntoIterator<Item = Hides>) -> Screening {
    Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", hides).unwrap()
}

pub(crate) fn klage(screening: Option<Screening>) -> NewEntry {
    let mut entry = NewEntry::new(EntryKind::Incoming, "Klage".into(), archivist().id);
    entry.status = EntryStatus::Journaled;
    entry.received = Some(morning());
    let party = PartyId::from_uuid(Uuid::from_u128(31));
    entry.parties = vec![Party::new(party, PartyRole::Sender, "Kari Anne Testperson".into()).unwrap()];
    entry.screening = screening;
    entry
}

pub(crate) fn meeting(title: &str) -> PublicMeeting {
    PublicMeeting {
        tenant: tenant(),
        meeting: MeetingId::from_uuid(Uuid::from_u128(21)),
        revision: 0,
        policy: 1,
        archive: PublicArchive { title: "Sakarkiv".to_owned(), series: None, series_title: None, class: None },
        number: "2026/4".to_owned(),
        committee: PublicUnit { id: UnitId::new("formannskapet").unwrap(), name: None },
        title: PublicText::nameless(title),
        starts: morning(),
        place: Some("Rådhuset".to_owned()),
        video: None,
        accessible_after: Timestamp::UNIX_EPOCH,
        documents: Vec::new(),
        items: Vec::new(),
    }
}

/// A meeting that treats a case by a document.
pub(crate) fn treating(document: PublicDocument) -> PublicMeeting {
    let item = PublicMeetingItem {
        id: MeetingItemId::from_uuid(Uuid::from_u128(22)),
        kind: MeetingItemKind::Political,
        number: None,
        title: PublicText::nameless("Klage på garasje"),
        video: None,
        documents: vec![document],
        report: None,
        recommendation: None,
        decision: None,
    };
    PublicMeeting { items: vec![item], ..meeting("Formannskapets fjerde møte") }
}
