//! An archive with one integration that is live.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use chrono::NaiveDate;
use sakarkiv_core::{
    access::{GrantRight, ServiceAllowance, ServiceRights, UnitScope, User, UserKind},
    audit::Activity,
    case::{Case, CaseKind},
    identity::{ActorId, SourceId, TenantId, Timestamp, UnitId},
    intake::{IntakeRules, RuleBook},
    integration::{Integration, Paper, TestRun},
    journal::JournalEntry,
    ports::{ArchiveDesk, AuditRecord, CaseFilter, ConsignmentSource, Notice, Store},
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{RecordsOffice, TenantSetup};
use sakarkiv_sqlite::SqliteStore;
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{MemoryDisk, MemoryStore},
};
use tempfile::TempDir;

/// A specialist system as the archive knows it: what it may open and write in its unit, and by which rules.
#[derive(Debug, Clone)]
pub(super) struct System {
    pub(super) id: SourceId,
    pub(super) unit: UnitId,
    pub(super) kind: CaseKind,
    pub(super) rules: RuleBook,
}

impl System {
    /// One whose rules file whatever it hands in with its unit.
    pub(super) fn new(id: &str, unit: &str, kind: CaseKind) -> Self {
        let (id, unit) = (SourceId::new(id).unwrap(), UnitId::new(unit).unwrap());
        let mut rules = IntakeRules::for_unit(unit.clone());
        rules.case.kind = kind;
        Self { rules: RuleBook::new(id.clone(), rules), id, unit, kind }
    }

    fn service(&self) -> ActorId {
        actor(&format!("svc-{}", self.id))
    }

    fn user(&self) -> User {
        let allowance = ServiceAllowance {
            right: GrantRight::Write,
            kinds: [self.kind].into(),
            units: UnitScope::Unit { unit: self.unit.clone(), with_sub_units: false },
            series: None,
            up_to: SensitivityClass::StrictlyConfidential,
        };
        let rights = ServiceRights {
            integration: self.id.to_string(),
            owner: owner(),
            records: vec![allowance],
            opens: [self.kind].into(),
        };
        User::founding(tenant(), self.service(), UserKind::Service(rights)).since(Timestamp::UNIX_EPOCH)
    }

    fn integration(&self) -> Integration {
        let date = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
        let mut it = Integration::new(self.id.clone(), owner(), self.service(), "Prøveleverandøren AS", "Prøve");
        it.risk_analysis = Some(Paper { date, until: None, entry: None });
        it.tests = vec![TestRun { date, by: owner(), what: "hele veien".to_owned(), passed: true }];
        it.go_live(&owner(), Timestamp::UNIX_EPOCH, date, None).unwrap()
    }
}

/// What survives the archive's process.
#[derive(Debug)]
enum Shelf {
    Memory(MemoryDisk),
    Disk(TempDir),
}

/// An archive with one specialist system. A new process can take over at any time.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) clock: Arc<ManualClock>,
    system: System,
    source: Option<Arc<dyn ConsignmentSource>>,
    notifier: Arc<RecordingNotifier>,
    entropy: Arc<SeededEntropy>,
    shelf: Shelf,
    process: Option<Process>,
}

#[derive(Debug)]
struct Process {
    office: RecordsOffice,
    store: Arc<dyn Store>,
}

impl Archive {
    /// One in memory and one on disk: what holds, holds over both.
    pub(super) fn both(system: &System) -> [Self; 2] {
        [Self::in_memory(system.clone()), Self::on_disk(system.clone())]
    }

    pub(super) fn in_memory(system: System) -> Self {
        Self::over(Shelf::Memory(MemoryDisk::default()), system)
    }

    pub(super) fn on_disk(system: System) -> Self {
        Self::over(Shelf::Disk(tempfile::tempdir().unwrap()), system)
    }

    fn over(shelf: Shelf, system: System) -> Self {
        let clock = ManualClock::at("2026-03-02T08:00:00Z");
        let (notifier, entropy) = (Arc::new(RecordingNotifier::new()), Arc::new(SeededEntropy::new(5)));
        let mut archive = Self { clock, system, source: None, notifier, entropy, shelf, process: None };
        archive.restart();
        archive
    }

    /// The same, asking this source.
    pub(super) fn asking(mut self, source: impl ConsignmentSource + 'static) -> Self {
        self.ask(source);
        self
    }

    /// Another process begins, which asks this source.
    pub(super) fn ask(&mut self, source: impl ConsignmentSource + 'static) {
        self.source = Some(Arc::new(source));
        self.restart();
    }

    /// The process ends without a word, and another one takes over.
    pub(super) fn restart(&mut self) {
        self.end();
        let store: Arc<dyn Store> = match &self.shelf {
            Shelf::Memory(disk) => Arc::new(MemoryStore::open(disk)),
            Shelf::Disk(folder) => Arc::new(SqliteStore::open(folder.path()).unwrap()),
        };
        let system = &self.system;
        let mut setup = TenantSetup::new(tenant())
            .user(system.user())
            .integration(system.integration())
            .intake_rules(system.rules.clone());
        if let Some(source) = &self.source {
            setup = setup.source(Arc::clone(source));
        }
        let office = RecordsOffice::builder()
            .store(Arc::clone(&store))
            .clock(self.clock.port())
            .entropy(Arc::clone(&self.entropy) as _)
            .notifier(Arc::clone(&self.notifier) as _)
            .node("arkiv-1")
            .tenant(setup)
            .build()
            .unwrap();
        self.process = Some(Process { office, store });
    }

    pub(super) fn end(&mut self) {
        self.process = None;
    }

    pub(super) fn office(&self) -> &RecordsOffice {
        &self.process.as_ref().unwrap().office
    }

    fn store(&self) -> &Arc<dyn Store> {
        &self.process.as_ref().unwrap().store
    }

    /// The desk of the specialist system.
    pub(super) fn desk(&self) -> Arc<dyn ArchiveDesk> {
        Arc::new(self.office().as_source(&tenant(), &self.system.id, None).unwrap())
    }

    /// Lets the office do what is due, now and whenever it has to wait, for so many hours.
    pub(super) async fn work(&self, hours: u32) {
        self.office().run_until_idle().await;
        for _ in 0..hours {
            self.clock.advance(Duration::from_secs(3600));
            self.office().look_now();
            self.office().run_until_idle().await;
        }
    }

    /// Every case with its entries, as they are stored.
    pub(super) async fn cases(&self) -> Vec<(Case, Vec<JournalEntry>)> {
        let cases = self.store().cases(&tenant(), &CaseFilter::default(), None, 100_000).await.unwrap();
        let mut all = Vec::with_capacity(cases.len());
        for case in cases {
            let entries = self.store().entries(&tenant(), case.id()).await.unwrap();
            all.push((case, entries));
        }
        all
    }

    /// The only case there is, with its entries.
    pub(super) async fn only_case(&self) -> (Case, Vec<JournalEntry>) {
        let mut cases = self.cases().await;
        assert_eq!(cases.len(), 1, "there is not one case");
        cases.remove(0)
    }

    /// The bytes of the document of an entry, by its place.
    pub(super) async fn content(&self, entry: &JournalEntry, place: usize) -> Vec<u8> {
        use futures_util::TryStreamExt as _;
        let version = entry.documents()[place].document.current().unwrap();
        let content = self.store().open(&tenant(), &version.content).await.unwrap();
        content.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    /// How often the log tells that a record was made or changed.
    pub(super) async fn changes(&self) -> usize {
        let told = [Activity::Created, Activity::Changed, Activity::StatusChanged];
        self.log().await.iter().filter(|record| told.contains(&record.event.activity)).count()
    }

    pub(super) async fn log(&self) -> Vec<AuditRecord> {
        self.store().audit_log(&tenant(), 0, 100_000).await.unwrap()
    }

    /// What people were told.
    pub(super) fn told(&self) -> Vec<Notice> {
        self.notifier.told()
    }
}

pub(super) fn tenant() -> TenantId {
    TenantId::new("provedal").unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

pub(super) fn owner() -> ActorId {
    actor("systemeier")
}

/// Polls a future so many times at most, then drops it, as the end of its process would. Tells whether it came to its end.
pub(super) async fn cut_off<T>(work: impl Future<Output = T>, after: usize) -> Option<T> {
    let mut work = pin!(work);
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        if polls > after {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}
