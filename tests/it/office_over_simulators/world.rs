use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::{Actor, ChannelRight, Role, RoleScope, User, UserKind},
    case::{CaseKind, NewCase},
    delivery::{Delivery, Language, LetterDocument, LetterOptions, Priority, Recipient, Reference, Sender},
    document::{FileName, MediaType},
    identity::{ActorId, InboxId, LetterId, OrganisationNumber, PostalAddress, TenantId, UnitId},
    journal::{EntryKind, EntryStatus, JournalEntry, NewEntry},
    ports::{Blobs, Intake, IntakeState, ItemId, Notice, Store, Subject},
    screening::Private,
    sensitivity::SensitivityClass,
    unopened::ReportSchedule,
};
use sakarkiv_engine::{
    Desk, Dispatches, FollowUp, InboxTarget, RecordsOffice, ReminderLetters, Submission, TenantSetup,
};
use sakarkiv_sqlite::SqliteStore;
use sakarkiv_svarut::svarinn::Protocol;
use sakarkiv_testkit::{
    doubles::{RecordingNotifier, SeededEntropy},
    simulators::{Call, ShipmentRecord},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::outside::{Municipality, Outside, PROVEDAL, account, monday};

/// An office with its municipalities, and everything outside it.
pub(super) struct World {
    pub(super) outside: Outside,
    pub(super) notifier: Arc<RecordingNotifier>,
    municipalities: Vec<Municipality>,
    entropy: Arc<SeededEntropy>,
    keys: AtomicU32,
    folder: TempDir,
    process: Option<Process>,
}

/// What ends with the office's process.
struct Process {
    office: RecordsOffice,
    store: Arc<SqliteStore>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(Outside::new(monday(), &[PROVEDAL]), vec![PROVEDAL])
    }

    pub(super) fn with(outside: Outside, municipalities: Vec<Municipality>) -> Self {
        let mut world = Self {
            outside,
            notifier: Arc::new(RecordingNotifier::new()),
            municipalities,
            entropy: Arc::new(SeededEntropy::new(3)),
            keys: AtomicU32::new(0),
            folder: tempfile::tempdir().unwrap(),
            process: None,
        };
        world.restart();
        world
    }

    /// The process ends, if there is one, without a word, and another starts on the same folder.
    pub(super) fn restart(&mut self) {
        self.process = None;
        let store = Arc::new(SqliteStore::open(self.folder.path()).unwrap());
        let mut builder = RecordsOffice::builder()
            .store(Arc::clone(&store) as _)
            .clock(self.outside.clock.port())
            .entropy(Arc::clone(&self.entropy) as _)
            .notifier(Arc::clone(&self.notifier) as _)
            .node("office-1");
        for municipality in &self.municipalities {
            let channel = self.outside.channel(municipality);
            let inbox = self.outside.inbox(municipality, Protocol::V2);
            builder = builder.tenant(
                TenantSetup::new(tenant(municipality))
                    .channel(Arc::new(channel), municipality.accounts.iter().map(|(name, _)| account(name)))
                    .inbox(Arc::new(inbox), InboxTarget::new(unit()))
                    .follow_up(follow_up(municipality))
                    .user(head_archivist(municipality)),
            );
        }
        self.process = Some(Process { office: builder.build().unwrap(), store });
    }

    pub(super) fn office(&self) -> &RecordsOffice {
        &self.process.as_ref().unwrap().office
    }

    pub(super) fn store(&self) -> &SqliteStore {
        &self.process.as_ref().unwrap().store
    }

    pub(super) fn desk(&self, municipality: &Municipality) -> Desk<'_> {
        self.office().as_user(&archivist(municipality)).unwrap()
    }

    /// Lets the office do everything that is due. Calls that wait for the clock at the services get what they wait for.
    pub(super) async fn idle(&self) {
        let mut work = pin!(self.office().run_until_idle());
        loop {
            tokio::select! {
                biased;
                () = &mut work => return,
                () = self.stall() => self.next_wake(),
            }
        }
    }

    /// Lets the office work until one of its calls waits for the clock at a service, and then kills it.
    pub(super) async fn kill_at_stall(&mut self) {
        self.until_stall(self.office().run_until_idle(), || ()).await;
        self.process = None;
    }

    /// Lets the office do everything that is due; `meanwhile` happens while one of its calls waits for the clock at a service.
    pub(super) async fn idle_with(&self, meanwhile: impl FnOnce()) {
        let mut work = pin!(self.office().run_until_idle());
        self.until_stall(&mut work, meanwhile).await;
        loop {
            tokio::select! {
                biased;
                () = &mut work => return,
                () = self.stall() => self.next_wake(),
            }
        }
    }

    async fn until_stall(&self, work: impl Future<Output = ()>, then: impl FnOnce()) {
        tokio::select! {
            biased;
            () = work => panic!("nothing waited for the clock"),
            () = self.stall() => then(),
        }
    }

    async fn stall(&self) {
        let mut looks = 0_u32;
        while self.outside.stalled() == 0 {
            tokio::task::yield_now().await;
            looks += 1;
            assert!(looks < MANY_LOOKS, "the office waits for something that never comes: {}", self.standstill());
        }
    }

    /// What can be said about an office that does not go on.
    fn standstill(&self) -> String {
        let calls: Vec<_> = self.outside.svarut.calls().into_iter().rev().take(3).collect();
        let clock = &self.outside.clock;
        format!("{:?}, {} sleepers, last calls {calls:?}", self.office().activity(), clock.sleepers())
    }

    fn next_wake(&self) {
        let next = self.outside.clock.next_wake().unwrap();
        let now = sakarkiv_core::ports::Clock::now(self.outside.clock.as_ref());
        self.outside.pass((next - now).to_std().unwrap_or_default());
    }

    /// Lets the office run for a while, looking at the clock every so often.
    pub(super) async fn pass(&self, time: Duration, step: Duration) {
        let mut left = time;
        while !left.is_zero() {
            let now = step.min(left);
            self.outside.pass(now);
            left -= now;
            self.idle().await;
        }
    }

    /// Lets the office run for a few hours.
    pub(super) async fn hours(&self, count: u32) {
        self.pass(minutes(60) * count, minutes(5)).await;
    }

    /// Hands in a letter of the first municipality's unit byplan.
    pub(super) async fn submit(&self, to: Recipient, class: SensitivityClass) -> LetterId {
        self.submit_with(&PROVEDAL, to, class, |_| ()).await
    }

    pub(super) async fn submit_with(
        &self,
        by: &Municipality,
        to: Recipient,
        class: SensitivityClass,
        change: impl FnOnce(&mut LetterOptions),
    ) -> LetterId {
        let key = self.key();
        // No two letters are the same: SvarUt would take the second for the first.
        self.hand_in((by, &key.clone()), key, to, class, change).await
    }

    /// Hands in an open letter that says this and nothing else.
    pub(super) async fn submit_saying(&self, words: &str, to: Recipient) -> LetterId {
        self.hand_in((&PROVEDAL, words), self.key(), to, SensitivityClass::Open, |_| ()).await
    }

    fn key(&self) -> String {
        format!("letter-{}", self.keys.fetch_add(1, Ordering::SeqCst))
    }

    async fn hand_in(
        &self,
        (by, words): (&Municipality, &str),
        key: String,
        to: Recipient,
        class: SensitivityClass,
        change: impl FnOnce(&mut LetterOptions),
    ) -> LetterId {
        let desk = self.desk(by);
        let case = NewCase::new(CaseKind::Building, "Storgata 1: ny garasje".into(), unit(), archivist(by).id);
        let case = desk.open_case(case).await.unwrap().0;
        let mut entry = NewEntry::new(EntryKind::Outgoing, "Svar på søknad".into(), archivist(by).id);
        entry.status = EntryStatus::Finished;
        let mut options = LetterOptions::default();
        change(&mut options);
        let content = format!("%PDF-1.7 {words}").into_bytes();
        let limit = content.len() as u64;
        let content = stream::iter([Ok(bytes::Bytes::from(content))]).boxed();
        let submission = Submission {
            dispatches: Dispatches::NewEntry { case, entry },
            sender: sender(by, "Byplan"),
            recipient: to,
            title: Private::new(format!("Svar på søknad {words}")),
            sensitivity: class,
            priority: Priority::General,
            options,
            documents: vec![LetterDocument {
                file_name: FileName::sanitize("vedtak.pdf"),
                media_type: MediaType::pdf(),
                blob: self.store().put(&tenant(by), content, limit).await.unwrap(),
                sensitive_personal_data: class >= SensitivityClass::Confidential,
            }],
            key,
        };
        desk.submit(submission).await.unwrap().letter
    }

    pub(super) async fn delivery(&self, letter: LetterId) -> Delivery {
        self.desk(&PROVEDAL).delivery(letter).await.unwrap()
    }

    pub(super) async fn state(&self, letter: LetterId) -> &'static str {
        self.delivery(letter).await.state.name()
    }

    /// What SvarUt has of a letter, those turned away left out.
    pub(super) fn sent(&self, letter: LetterId) -> Vec<ShipmentRecord> {
        let shipments = self.outside.svarut.sent_under(Reference::of(letter).as_str());
        shipments.into_iter().filter(|shipment| !shipment.status.is_rejected()).collect()
    }

    /// The calls by which a letter was sent.
    pub(super) fn attempts(&self, letter: LetterId) -> Vec<Call> {
        let reference = Reference::of(letter);
        let calls = self.outside.svarut.calls().into_iter();
        calls.filter(|call| call.operation.is_send() && call.reference.as_deref() == Some(reference.as_str())).collect()
    }

    pub(super) async fn intake(&self, municipality: &Municipality, mail: Uuid) -> Option<Intake> {
        let inbox = InboxId::new("svarinn").unwrap();
        self.store().intake(&tenant(municipality), &inbox, &ItemId(mail.to_string())).await.unwrap()
    }

    /// The entries of the case to which a mail went that was taken in and acknowledged.
    pub(super) async fn filed(&self, municipality: &Municipality, mail: Uuid) -> Vec<JournalEntry> {
        let intake = self.intake(municipality, mail).await.expect("the mail is known");
        let IntakeState::Acknowledged { case, .. } = intake.state else { panic!("{intake:?}") };
        self.store().entries(&tenant(municipality), case).await.unwrap()
    }

    /// What people were told of one kind.
    pub(super) fn told(&self, about: fn(&Subject) -> bool) -> Vec<Notice> {
        self.notifier.told().into_iter().filter(|notice| about(&notice.subject)).collect()
    }
}

pub(crate) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(crate) fn tenant(municipality: &Municipality) -> TenantId {
    TenantId::new(municipality.name).unwrap()
}

pub(crate) fn unit() -> UnitId {
    UnitId::new("byplan").unwrap()
}

fn sender(municipality: &Municipality, name: &str) -> Sender {
    Sender {
        account: account("byplan"),
        unit: unit(),
        name: name.to_owned(),
        organisation: OrganisationNumber::parse(municipality.organisation).unwrap(),
        address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
    }
}

/// Reminders when somebody asks for them, and no reports.
fn follow_up(municipality: &Municipality) -> FollowUp {
    let mut follow_up = FollowUp::default();
    follow_up.schedule = ReportSchedule::Off;
    follow_up.reminders = Some(ReminderLetters {
        sender: sender(municipality, "Prøvedal kommune"),
        contact: "55 00 00 00".to_owned(),
        language: Language::Bokmaal,
        by_itself: false,
    });
    follow_up
}

pub(crate) fn archivist(municipality: &Municipality) -> Actor {
    Actor::new(tenant(municipality), ActorId::new("arkivar-1").unwrap())
}

pub(crate) fn head_archivist(municipality: &Municipality) -> User {
    let actor = archivist(municipality);
    let user = User::founding(actor.tenant, actor.id, UserKind::Employee)
        .since("2026-09-01T00:00:00Z".parse().unwrap())
        .with_role(Role::HeadArchivist, RoleScope::Tenant);
    let accounts = municipality.accounts.iter().map(|(name, _)| account(name));
    accounts.fold(user, |user, account| user.with_account(account, ChannelRight::Operate))
}

/// More turns of the executor than anything here takes that goes on at all.
const MANY_LOOKS: u32 = 2_000_000;
