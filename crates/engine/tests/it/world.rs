use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use crate::{
    consignments::world::{Slow, school, school_integration, school_rules, school_service},
    doubt::{DoubtfulStore, Doubts},
    log::{Witness, signer},
    moody::Moody,
};
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::{Actor, ChannelRight, Role, RoleScope, User, UserKind},
    audit::Activity,
    case::{CaseKind, NewCase},
    delivery::{Delivery, LetterDocument, LetterOptions, Priority, Recipient, Sender},
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, InboxId, LetterId, OrganisationNumber, PartyId, PostalAddress, TenantId, Timestamp,
        UnitId,
    },
    intake::RuleBook,
    journal::{EntryKind, EntryStatus, NewEntry},
    party::{Party, PartyRole},
    ports::{AccessCoverage, AuditRecord, Clock, Directory, Store},
    screening::Private,
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{
    Desk, Dispatches, FollowUp, InboxTarget, OfficeBuilder, RecordsOffice, ReportSink, Submission, TenantSetup,
};
use sakarkiv_testkit::{
    conformance::company,
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{MailRoom, MemoryDisk, MemoryInbox, MemorySource, MemoryStore, PostOffice, Warehouse},
};
use uuid::Uuid;

/// One tenant with two channels and an inbox, and everything on the other side of them.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) disk: MemoryDisk,
    pub(crate) notifier: Arc<RecordingNotifier>,
    pub(crate) svarut: Arc<Moody>,
    pub(crate) print: Arc<Moody>,
    pub(crate) room: MailRoom,
    pub(crate) inbox: MemoryInbox,
    pub(crate) office: RecordsOffice,
    pub(crate) doubts: Arc<Doubts>,
    pub(crate) witness: Arc<Witness>,
    /// What a school system has ready; it is set up, and live, where its service user is among the founders.
    pub(crate) warehouse: Warehouse,
    entropy: Arc<SeededEntropy>,
    founders: Vec<User>,
    extras: Extras,
}

/// What a world may have beside the usual.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    pub(crate) people: Vec<User>,
    pub(crate) follow_up: Option<FollowUp>,
    pub(crate) sink: Option<Arc<dyn ReportSink>>,
    pub(crate) coverage: Option<Arc<dyn AccessCoverage>>,
    pub(crate) directory: Option<Arc<dyn Directory>>,
    /// Another tenant that shares everything but its records.
    pub(crate) neighbour: Option<TenantId>,
    /// Other rules for the school system.
    pub(crate) rules: Option<RuleBook>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|inbox| inbox)
    }

    pub(crate) fn with(inbox: impl FnOnce(MemoryInbox) -> MemoryInbox) -> Self {
        Self::build(inbox, Extras::default())
    }

    /// A world in which these people work beside the head archivist.
    pub(crate) fn of(people: impl IntoIterator<Item = User>) -> Self {
        Self::build(|inbox| inbox, Extras { people: people.into_iter().collect(), ..Extras::default() })
    }

    pub(crate) fn build(inbox: impl FnOnce(MemoryInbox) -> MemoryInbox, extras: Extras) -> Self {
        let founders: Vec<User> = extras.people.iter().cloned().chain([head_archivist()]).collect();
        let witness = Arc::<Witness>::default();
        let clock = ManualClock::new(morning());
        let disk = MemoryDisk::default();
        let notifier = Arc::new(RecordingNotifier::new());
        let accounts = || [account("byplan"), account("skole")];
        let svarut = Arc::new(Moody::new("svarut", PostOffice::with_accounts(accounts())));
        let print = Arc::new(Moody::new("print", PostOffice::with_accounts(accounts())));
        let room = MailRoom::default();
        let inbox = inbox(MemoryInbox::new(InboxId::new("svarinn").unwrap(), room.clone()));
        let entropy = Arc::new(SeededEntropy::new(7));
        let doubts = Arc::new(Doubts::default());
        let warehouse = Warehouse::default();
        let (ways_in, people) = ((&inbox, &warehouse), (founders.as_slice(), &witness, &extras));
        let office = office(&clock, (&disk, &doubts), &notifier, (&svarut, &print), ways_in, &entropy, people);
        Self {
            warehouse,
            witness,
            doubts,
            clock,
            disk,
            notifier,
            svarut,
            print,
            room,
            inbox,
            office,
            entropy,
            founders,
            extras,
        }
    }

    /// The process dies and another starts.
    pub(crate) fn restart(&mut self) {
        let (channels, disk) = ((&self.svarut, &self.print), (&self.disk, &self.doubts));
        self.office = office(
            &self.clock,
            disk,
            &self.notifier,
            channels,
            (&self.inbox, &self.warehouse),
            &self.entropy,
            (&self.founders, &self.witness, &self.extras),
        );
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        self.office.as_user(&archivist()).unwrap()
    }

    pub(crate) fn case(&self) -> CaseId {
        let case = NewCase::new(CaseKind::Building, "Storgata 1: ny garasje".into(), unit(), archivist().id);
        self.run(self.desk().open_case(case)).unwrap().0
    }

    /// A letter under a key, to a company, by one account.
    pub(crate) fn letter(&self, key: &str, by: &str, class: SensitivityClass) -> Submission {
        self.letter_to(key, by, class, company(1))
    }

    pub(crate) fn letter_to(&self, key: &str, by: &str, class: SensitivityClass, to: Recipient) -> Submission {
        let mut entry = NewEntry::new(EntryKind::Outgoing, "Svar på søknad".into(), archivist().id);
        entry.status = EntryStatus::Finished;
        let recipient = PartyId::from_uuid(Uuid::from_u128(1));
        entry.parties = vec![Party::new(recipient, PartyRole::Recipient, to.name().clone()).unwrap()];
        let case = self.case();
        Submission {
            key: key.to_owned(),
            dispatches: Dispatches::NewEntry { case, entry },
            sender: Sender {
                account: account(by),
                unit: unit(),
                name: "Byplan".to_owned(),
                organisation: OrganisationNumber::parse("310000027").unwrap(),
                address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
            },
            recipient: to,
            title: Private::new("Svar på søknad".to_owned()),
            sensitivity: class,
            priority: Priority::General,
            options: LetterOptions::default(),
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("vedtak.pdf"),
                media_type: MediaType::pdf(),
                blob: self.document(b"%PDF vedtak"),
                sensitive_personal_data: false,
            }],
        }
    }

    pub(crate) fn submit(&self, key: &str) -> LetterId {
        let submission = self.letter(key, "byplan", SensitivityClass::Open);
        self.run(self.desk().submit(submission)).unwrap().letter
    }

    fn document(&self, content: &'static [u8]) -> BlobRef {
        let stream = stream::iter([Ok(bytes::Bytes::from_static(content))]).boxed();
        self.run(self.desk().put_document(stream, 1000)).unwrap()
    }

    pub(crate) fn state(&self, letter: LetterId) -> &'static str {
        self.delivery(letter).state.name()
    }

    pub(crate) fn delivery(&self, letter: LetterId) -> Delivery {
        self.run(self.desk().delivery(letter)).unwrap()
    }

    /// Does what is due now.
    pub(crate) fn idle(&self) {
        self.run(self.office.run_until_idle());
    }

    /// Lets the office run for a while.
    pub(crate) fn pass(&self, time: Duration) {
        let end = self.clock.now() + time;
        self.run(self.office.run(self.clock.sleep_until(end)));
    }

    /// Lets the office run for a while and then crash: whatever is under way is dropped.
    pub(crate) fn crash_after(&self, time: Duration) {
        let end = self.clock.now() + time;
        let office = self.office.clone();
        let run = pin!(office.run(std::future::pending()));
        let sleep = pin!(self.clock.sleep_until(end));
        self.run(futures_util::future::select(run, sleep));
    }

    pub(crate) fn store(&self) -> MemoryStore {
        MemoryStore::open(&self.disk)
    }

    pub(crate) fn log(&self) -> Vec<AuditRecord> {
        let store = self.store();
        let tenant = tenant();
        self.run(store.audit_log(&tenant, 0, 100_000)).unwrap()
    }

    /// The states that the log tells a letter went through.
    pub(crate) fn logged_states(&self, letter: LetterId) -> Vec<String> {
        let object = sakarkiv_core::audit::ObjectRef::Letter(letter);
        let log = self.log();
        let changes = log.iter().filter(|record| record.event.object == object);
        let changes = changes.filter(|record| record.event.activity == Activity::DeliveryChanged);
        let mut states = vec!["queued".to_owned()];
        for record in changes {
            let details = record.event.details.expose();
            assert_eq!(states.last(), details.get("from"), "a change is missing in the log");
            states.push(details["to"].clone());
        }
        states
    }

    /// Runs a future for so many steps, and tells whether it came to its end.
    pub(crate) fn steps(&self, future: impl Future<Output = ()>, steps: usize) -> bool {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut future = pin!(future);
        for _ in 0..steps {
            if future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                return true;
            }
            if !woken.0.swap(false, Ordering::SeqCst) {
                assert!(self.clock.advance_to_next_wake().is_some(), "the office waits for nothing");
            }
        }
        false
    }

    /// Runs a future, jumping on in time whenever it waits.
    pub(crate) fn run<T>(&self, future: impl Future<Output = T>) -> T {
        drive(&self.clock, future)
    }
}

/// Runs a future, jumping on in time whenever it waits.
pub(crate) fn drive<T>(clock: &ManualClock, future: impl Future<Output = T>) -> T {
    let never = AtomicBool::new(false);
    drive_until(clock, &never, future).unwrap()
}

/// As [`drive`], until the flag is up; then the future is dropped as it stands.
pub(crate) fn drive_until<T>(clock: &ManualClock, killed: &AtomicBool, future: impl Future<Output = T>) -> Option<T> {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    while !killed.load(Ordering::SeqCst) {
        if woken.0.swap(false, Ordering::SeqCst) {
            if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return Some(done);
            }
        } else {
            assert!(clock.advance_to_next_wake().is_some(), "the office waits for nothing");
        }
    }
    None
}

/// A point at which a process can be stopped, as there is around every real call.
pub(crate) async fn breath() {
    let mut taken = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut taken, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn office(
    clock: &Arc<ManualClock>,
    (disk, doubts): (&MemoryDisk, &Arc<Doubts>),
    notifier: &Arc<RecordingNotifier>,
    (svarut, print): (&Arc<Moody>, &Arc<Moody>),
    (inbox, warehouse): (&MemoryInbox, &Warehouse),
    entropy: &Arc<SeededEntropy>,
    (founders, witness, extras): (&[User], &Arc<Witness>, &Extras),
) -> RecordsOffice {
    let (svarut, print) = (Arc::clone(svarut), Arc::clone(print));
    let mut setup = TenantSetup::new(tenant())
        .channel(Arc::clone(&svarut) as _, [account("byplan"), account("skole")])
        .channel(print, [account("byplan")])
        .inbox(Arc::new(inbox.clone()), InboxTarget::new(unit()))
        .access_archive(unit())
        .intake_rules(extras.rules.clone().unwrap_or_else(school_rules));
    if founders.iter().any(|user| user.id == school_service().id) {
        let source = Slow(MemorySource::new(school(), warehouse.clone()));
        setup = setup.source(Arc::new(source)).integration(school_integration());
    }
    if let Some(follow_up) = &extras.follow_up {
        setup = setup.follow_up(follow_up.clone());
    }
    if let Some(sink) = &extras.sink {
        setup = setup.reports(Arc::clone(sink));
    }
    if let Some(directory) = &extras.directory {
        setup = setup.directory(Arc::clone(directory));
    }
    if let Some(coverage) = &extras.coverage {
        setup = setup.coverage(Arc::clone(coverage));
    }
    let neighbour = extras.neighbour.iter().map(|id| {
        let user = User { tenant: id.clone(), ..head_archivist() };
        let setup = TenantSetup::new(id.clone())
            .channel(Arc::clone(&svarut) as _, [account("byplan"), account("skole")])
            .user(user);
        let setup = extras.follow_up.iter().cloned().fold(setup, TenantSetup::follow_up);
        extras.sink.iter().cloned().fold(setup, TenantSetup::reports)
    });
    let office = RecordsOffice::builder()
        .store(Arc::new(DoubtfulStore::new(MemoryStore::open(disk), doubts)))
        .clock(Arc::<ManualClock>::clone(clock))
        .entropy(Arc::<SeededEntropy>::clone(entropy))
        .notifier(Arc::<RecordingNotifier>::clone(notifier))
        .node("n1")
        .audit_log(Arc::new(MemoryStore::open(disk)), "arkiv.test")
        .checkpoints(signer(), [Arc::clone(witness) as _])
        .tenant(founders.iter().cloned().fold(setup, TenantSetup::user));
    neighbour.fold(office, OfficeBuilder::tenant).build().unwrap()
}

/// When everything begins.
pub(crate) fn morning() -> Timestamp {
    "2026-09-14T08:00:00Z".parse().unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

pub(crate) fn unit() -> UnitId {
    UnitId::new("byplan").unwrap()
}

pub(crate) fn archivist() -> Actor {
    person("arkivar-1")
}

pub(crate) fn person(id: &str) -> Actor {
    Actor::new(tenant(), ActorId::new(id).unwrap())
}

/// Somebody who works in the unit, without any role.
pub(crate) fn employee(id: &str) -> User {
    User::founding(tenant(), ActorId::new(id).unwrap(), UserKind::Employee).since(morning()).in_unit(unit())
}

pub(crate) fn head_archivist() -> User {
    let user = employee("arkivar-1").with_role(Role::HeadArchivist, RoleScope::Tenant);
    ["byplan", "skole"].into_iter().fold(user, |user, name| user.with_account(account(name), ChannelRight::Operate))
}

pub(crate) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(crate) const fn hours(count: u64) -> Duration {
    minutes(count * 60)
}

pub(crate) fn subjects(world: &World) -> Vec<&'static str> {
    use sakarkiv_core::ports::Subject;
    let told = world.notifier.told();
    told.iter()
        .map(|notice| match &notice.subject {
            Subject::MailSetAside { .. } => "mail set aside",
            Subject::InboxFull { .. } => "inbox full",
            Subject::SourceNotLive { .. } => "source not live",
            Subject::LetterFailed { .. } => "letter failed",
            Subject::AccountStopped { .. } => "account stopped",
            Subject::ConnectorFault { .. } => "connector fault",
            Subject::ReconciliationDifference { .. } => "difference",
            _ => "another",
        })
        .collect()
}

pub(crate) fn now(world: &World) -> Timestamp {
    world.clock.now()
}
