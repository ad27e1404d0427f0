//! Harnesses for the ports kept in memory: they prove the suites, and show a vendor what a harness looks like.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sakarkiv_core::{
    case::Case,
    delivery::{Recipient, Reference, RemoteId, SigningStage},
    document::BlobRef,
    identity::{AccountId, ChannelId, InboxId, OrganisationNumber, SourceId, TenantId, Timestamp, UnitId},
    intake::{CaseFacts, Consignment, ConsignmentKey, EntryFacts, FaultCode, IntakeRules, Place, Rejection},
    journal::JournalEntry,
    ports::{Answer, ArchiveDesk, Channel, ConsignmentSource, Inbox, ItemId, Stage, Store},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};

use super::{
    audit::{AuditHarness, Audited},
    channel::{ChannelFault, ChannelHarness, PeerLetter, SampleRecipient, SampleSigner},
    desk::{DeskHarness, HiddenCase},
    inbox::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail},
    samples::{MOMENT, addressee, company, known, person},
    source::{PeerConsignment, SampleConsignment, SourceFault, SourceHarness},
    store::StoreHarness,
};
use crate::{
    doubles::{MemoryDesk, StoppedClock},
    memory::{
        Flaw, MailRoom, MemoryChannel, MemoryDisk, MemoryInbox, MemorySource, MemoryStore, Parcel, PostFault,
        PostOffice, Ware, Warehouse, lock,
    },
};

/// The harness of [`MemoryChannel`].
#[derive(Debug)]
pub struct MemoryChannelHarness {
    office: Mutex<PostOffice>,
    wrap: fn(MemoryChannel) -> Arc<dyn Channel>,
}

impl MemoryChannelHarness {
    /// A harness whose adapters go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemoryChannel) -> Arc<dyn Channel>) -> Self {
        Self { office: Mutex::default(), wrap }
    }

    fn office(&self) -> PostOffice {
        lock(&self.office).clone()
    }
}

impl Default for MemoryChannelHarness {
    fn default() -> Self {
        Self::wrapped(|channel| Arc::new(channel))
    }
}

#[async_trait]
impl ChannelHarness for MemoryChannelHarness {
    fn name(&self) -> String {
        "MemoryChannel".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Channel> {
        let office = PostOffice::with_accounts([self.account()]);
        office.set_reach(&company(0), [MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]);
        office.set_reach(&company(1), [MailboxKind::ReceiverSystem, MailboxKind::ConfidentialInbox]);
        office.set_reach(&company(2), []);
        *lock(&self.office) = office.clone();
        (self.wrap)(MemoryChannel::new(known(ChannelId::new("minne")), office))
    }

    fn account(&self) -> AccountId {
        known(AccountId::new("byplan"))
    }

    fn recipients(&self) -> Vec<SampleRecipient> {
        use MailboxKind as M;
        use SensitivityClass as C;
        let to = |recipient, sensitivity, mailbox| SampleRecipient { recipient, sensitivity, mailbox };
        vec![
            to(company(0), C::Open, M::OrganisationInbox),
            to(company(0), C::Confidential, M::ConfidentialInbox),
            to(company(1), C::StrictlyConfidential, M::ReceiverSystem),
            to(person(0), C::Confidential, M::CitizenMailbox),
            to(addressee(0), C::Restricted, M::Paper),
        ]
    }

    fn unknown_recipient(&self) -> Option<Recipient> {
        Some(company(2))
    }

    async fn received(&self, reference: &Reference) -> Vec<PeerLetter> {
        let under = self.office().under(reference).into_iter();
        under
            .map(|letter| PeerLetter {
                effective: letter.is_effective(),
                readable: letter.is_effective() && !letter.withdrawn,
                remote_id: letter.remote_id,
                mailbox: letter.mailbox,
                documents: Some(letter.documents),
            })
            .collect()
    }

    async fn received_in_all(&self) -> usize {
        self.office().count()
    }

    fn offers(&self, fault: ChannelFault) -> bool {
        // Without a clock there is no way to be slow.
        fault != ChannelFault::Slow
    }

    async fn arm(&self, fault: ChannelFault) {
        let office = self.office();
        match fault {
            ChannelFault::DropAnswer => office.arm(PostFault::DropAnswer),
            ChannelFault::DropRequest => office.arm(PostFault::DropRequest),
            ChannelFault::Refuse => office.arm(PostFault::Refuse),
            ChannelFault::Busy(wait) => office.arm(PostFault::Busy(wait)),
            ChannelFault::Unauthorised => office.arm(PostFault::Unauthorised),
            ChannelFault::ReceiverSystemGone => {
                office.set_reach(&company(1), [MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]);
            }
            ChannelFault::Slow => {}
        }
    }

    fn stages(&self) -> Vec<Stage> {
        vec![
            Stage::Accepted,
            Stage::Delivered(Some(MailboxKind::OrganisationInbox)),
            Stage::SentToPrint,
            Stage::Printed,
            Stage::Opened,
            Stage::Rejected,
            Stage::Undeliverable,
            Stage::Closed,
            Stage::Unrecognised,
        ]
    }

    async fn bring_to(&self, id: &RemoteId, stage: Stage) {
        self.office().set_status(id, stage, &format!("{stage:?}").to_uppercase());
    }

    fn signer(&self) -> Option<SampleSigner> {
        let (sensitivity, mailbox) = (SensitivityClass::Open, MailboxKind::CitizenMailbox);
        let to = SampleRecipient { recipient: person(0), sensitivity, mailbox };
        Some(SampleSigner { to, expires: Timestamp::MAX_UTC })
    }

    fn signing_stages(&self) -> Vec<SigningStage> {
        SigningStage::ALL.to_vec()
    }

    async fn bring_signing_to(&self, id: &RemoteId, stage: SigningStage) {
        self.office().set_signing(id, stage, &stage.name().to_uppercase());
    }
}

/// The harness of [`MemoryInbox`].
#[derive(Debug)]
pub struct MemoryInboxHarness {
    room: Mutex<MailRoom>,
    wrap: fn(MemoryInbox) -> Arc<dyn Inbox>,
}

impl MemoryInboxHarness {
    /// A harness whose adapters go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemoryInbox) -> Arc<dyn Inbox>) -> Self {
        Self { room: Mutex::default(), wrap }
    }

    fn room(&self) -> MailRoom {
        lock(&self.room).clone()
    }
}

impl Default for MemoryInboxHarness {
    fn default() -> Self {
        Self::wrapped(|inbox| Arc::new(inbox))
    }
}

#[async_trait]
impl InboxHarness for MemoryInboxHarness {
    fn name(&self) -> String {
        "MemoryInbox".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Inbox> {
        let room = MailRoom::default();
        *lock(&self.room) = room.clone();
        let organisation = known(OrganisationNumber::parse("310000027"));
        (self.wrap)(MemoryInbox::new(known(InboxId::new("minne")), room).telling_unopened(organisation))
    }

    async fn drop_in(&self, mail: &SampleMail) -> ItemId {
        let mut parcel = Parcel::new(mail.title.clone(), "");
        parcel.sender.clone_from(&mail.sender);
        parcel.confidential = mail.confidential;
        parcel.documents = mail.documents.iter().map(|(name, _, content)| (name.clone(), content.clone())).collect();
        parcel.flaw = mail.flaw.map(|flaw| match flaw {
            SampleFlaw::Undecryptable => Flaw::Undecryptable,
            SampleFlaw::Broken => Flaw::Broken,
            SampleFlaw::MalformedEntry => Flaw::MalformedEntry,
            SampleFlaw::ListedTwice => Flaw::ListedTwice,
        });
        self.room().drop_in(parcel)
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerItem> {
        let room = self.room();
        let parcel = room.parcel(id)?;
        Some(PeerItem {
            waiting: room.waiting().contains(id),
            acknowledged: parcel.acknowledged > 0,
            refusals: parcel.refusals.into_iter().map(|refusal| refusal.reason).collect(),
        })
    }

    fn offers_flaw(&self, _: SampleFlaw) -> bool {
        true
    }

    fn offers(&self, _: InboxFault) -> bool {
        true
    }

    async fn arm(&self, fault: InboxFault) {
        self.room().arm(match fault {
            InboxFault::Down => PostFault::DropRequest,
            InboxFault::Unauthorised => PostFault::Unauthorised,
            InboxFault::GarbledList => PostFault::Refuse,
            InboxFault::DropAnswer => PostFault::DropAnswer,
        });
    }
}

/// The harness of [`MemoryStore`].
#[derive(Debug)]
pub struct MemoryStoreHarness {
    disk: Mutex<MemoryDisk>,
    wrap: fn(MemoryStore) -> Arc<dyn Store>,
}

impl MemoryStoreHarness {
    /// A harness whose stores go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemoryStore) -> Arc<dyn Store>) -> Self {
        Self { disk: Mutex::default(), wrap }
    }
}

impl Default for MemoryStoreHarness {
    fn default() -> Self {
        Self::wrapped(|store| Arc::new(store))
    }
}

#[async_trait]
impl StoreHarness for MemoryStoreHarness {
    fn name(&self) -> String {
        "MemoryStore".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Store> {
        let disk = MemoryDisk::default();
        *lock(&self.disk) = disk.clone();
        (self.wrap)(MemoryStore::open(&disk))
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        drop(store);
        let disk = lock(&self.disk).clone();
        (self.wrap)(MemoryStore::open(&disk))
    }

    async fn spoil(&self, tenant: &TenantId, blob: &BlobRef) -> bool {
        lock(&self.disk).spoil(tenant, blob);
        true
    }
}

#[async_trait]
impl AuditHarness for MemoryStoreHarness {
    fn name(&self) -> String {
        "MemoryStore".to_owned()
    }

    async fn fresh(&self) -> Audited {
        let disk = MemoryDisk::default();
        *lock(&self.disk) = disk.clone();
        Audited::new(MemoryStore::open(&disk))
    }

    async fn reopen(&self, store: Audited) -> Audited {
        drop(store);
        let disk = lock(&self.disk).clone();
        Audited::new(MemoryStore::open(&disk))
    }
}

/// The harness of [`MemorySource`].
#[derive(Debug)]
pub struct MemorySourceHarness {
    warehouse: Mutex<Warehouse>,
    wrap: fn(MemorySource) -> Arc<dyn ConsignmentSource>,
}

impl MemorySourceHarness {
    /// A harness whose adapters go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(MemorySource) -> Arc<dyn ConsignmentSource>) -> Self {
        Self { warehouse: Mutex::default(), wrap }
    }

    fn warehouse(&self) -> Warehouse {
        lock(&self.warehouse).clone()
    }
}

impl Default for MemorySourceHarness {
    fn default() -> Self {
        Self::wrapped(|source| Arc::new(source))
    }
}

#[async_trait]
impl SourceHarness for MemorySourceHarness {
    fn name(&self) -> String {
        "MemorySource".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn ConsignmentSource> {
        let warehouse = Warehouse::default();
        *lock(&self.warehouse) = warehouse.clone();
        (self.wrap)(MemorySource::new(known(SourceId::new("minne")), warehouse))
    }

    async fn offer(&self, sample: &SampleConsignment) -> ItemId {
        let mut consignment = Consignment::new(known(SourceId::new("minne")), known(ConsignmentKey::new(&sample.key)));
        consignment.facts = CaseFacts::default();
        consignment.facts.title = Some(sample.case_title.as_str().into());
        consignment.entries = vec![EntryFacts::new(sample.title.as_str().into())];
        let mut ware = Ware::new(consignment).with_files(sample.documents.clone());
        if sample.faulty {
            ware = ware.faulty(Rejection::new(FaultCode::InvalidContent, Place::Consignment));
        }
        self.warehouse().offer(ware)
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerConsignment> {
        let ware = self.warehouse().ware(id)?;
        let receipt = ware.answers.iter().find_map(|answer| match answer {
            Answer::Received(receipt) => Some(receipt.case.number.to_string()),
            _ => None,
        });
        let rejected = ware.answers.iter().any(|answer| matches!(answer, Answer::Rejected(_)));
        Some(PeerConsignment::new(self.warehouse().waiting().contains(id), receipt, rejected))
    }

    fn offers(&self, _fault: SourceFault) -> bool {
        true
    }

    async fn arm(&self, fault: SourceFault) {
        self.warehouse().arm(match fault {
            SourceFault::Down => PostFault::DropRequest,
            SourceFault::Unauthorised => PostFault::Unauthorised,
            SourceFault::DropAnswer => PostFault::DropAnswer,
        });
    }
}

/// The harness of [`MemoryDesk`], whose service user may know of everything.
#[derive(Debug)]
pub struct MemoryDeskHarness {
    desk: Mutex<Arc<MemoryDesk>>,
    wrap: fn(Arc<MemoryDesk>) -> Arc<dyn ArchiveDesk>,
}

impl MemoryDeskHarness {
    /// A harness whose desks go through `wrap` first, for testing wrappers.
    #[must_use]
    pub fn wrapped(wrap: fn(Arc<MemoryDesk>) -> Arc<dyn ArchiveDesk>) -> Self {
        Self { desk: Mutex::new(Self::new_desk()), wrap }
    }

    fn new_desk() -> Arc<MemoryDesk> {
        let mut rules = IntakeRules::for_unit(known(UnitId::new("proeve")));
        rules.corrects_by_key = true;
        Arc::new(MemoryDesk::new("minne", "proeve", Arc::new(StoppedClock::new(MOMENT))).with_rules(rules))
    }

    fn desk(&self) -> Arc<MemoryDesk> {
        Arc::clone(&lock(&self.desk))
    }
}

impl Default for MemoryDeskHarness {
    fn default() -> Self {
        Self::wrapped(|desk| desk)
    }
}

#[async_trait]
impl DeskHarness for MemoryDeskHarness {
    fn name(&self) -> String {
        "MemoryDesk".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn ArchiveDesk> {
        let desk = Self::new_desk();
        *lock(&self.desk) = Arc::clone(&desk);
        (self.wrap)(desk)
    }

    async fn records(&self) -> Vec<(Case, Vec<JournalEntry>)> {
        let desk = self.desk();
        let entries = desk.all_entries();
        let with_entries = |case: Case| {
            let of_case = entries.iter().filter(|entry| entry.case() == case.id()).cloned().collect();
            (case, of_case)
        };
        desk.all_cases().into_iter().map(with_entries).collect()
    }

    async fn hide(&self) -> Option<HiddenCase> {
        None
    }

    fn hides(&self) -> bool {
        false
    }

    fn take_away(&self, away: bool) -> bool {
        self.desk().fail_next(if away { usize::MAX } else { 0 });
        true
    }
}
