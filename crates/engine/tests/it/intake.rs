use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    access::{Role, RoleScope},
    case::{CaseContents, CaseNumber, CaseStatus},
    document::{BlobRef, DocumentMarks, DocumentType},
    identity::{InboxId, TenantId},
    journal::{DocumentRole, EntryKind, EntryStatus, JournalEntry},
    ports::{
        Audience, Blobs, Inbox, InboxCapabilities, Intake, IntakeState, ItemId, Op, PortError, ReceivedMail, Refusal,
        Store, Subject, Transaction, Waiting,
    },
    screening::{AccessCode, Hides, MASK, Screening},
};
use sakarkiv_engine::{DeskError, InboxTarget, RecordsOffice, TenantSetup};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{Flaw, MemoryInbox, Parcel, PostFault},
};

use crate::world::{World, archivist, employee, hours, minutes, now, person, subjects, tenant, unit};

fn intake(world: &World, item: &ItemId) -> Option<Intake> {
    let (store, inbox, tenant) = (world.store(), InboxId::new("svarinn").unwrap(), tenant());
    world.run(store.intake(&tenant, &inbox, item)).unwrap()
}

fn drop_in(world: &World, title: &str) -> ItemId {
    world.room.drop_in(Parcel::new(title, format!("%PDF {title}").into_bytes()))
}

#[test]
fn mail_is_registered_with_its_documents_and_then_acknowledged() {
    let world = World::new();
    let items = [drop_in(&world, "Søknad"), drop_in(&world, "Klage"), drop_in(&world, "Merknad")];
    world.idle();
    let mut cases = Vec::new();
    for item in &items {
        let intake = intake(&world, item).unwrap();
        let IntakeState::Acknowledged { case, entry } = intake.state else { panic!("{intake:?}") };
        let entry = world.run(world.desk().entry(entry)).unwrap();
        assert_eq!((entry.kind(), entry.status(), entry.case()), (EntryKind::Incoming, EntryStatus::Temporary, case));
        assert_eq!((entry.parties().len(), entry.documents().len()), (1, 1));
        assert_eq!(world.room.parcel(item).unwrap().acknowledged, 1);
        cases.push(case);
    }
    cases.dedup();
    assert_eq!(cases.len(), 1, "one distribution case for all");
    assert_eq!(world.run(world.desk().entries(cases[0])).unwrap().len(), 3);
}

#[test]
fn mail_goes_to_the_open_case_that_the_sender_names_and_to_no_closed_one() {
    let world = World::new();
    let case = world.run(world.desk().case(world.case())).unwrap();
    let answering = Answering { inner: world.inbox.clone(), case: case.number() };
    let office = office(&world, Arc::new(answering), InboxTarget::new(unit()));
    let goes_to = |title| {
        let item = drop_in(&world, title);
        world.clock.advance(hours(1));
        world.run(office.run_until_idle());
        match intake(&world, &item).unwrap().state {
            IntakeState::Acknowledged { case, .. } => case,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(goes_to("Svar"), case.id());
    let store = world.store();
    let contents = CaseContents { has_class: true, ..CaseContents::default() };
    let void = case.move_to(CaseStatus::Void, &contents, &archivist().id, now(&world)).unwrap();
    world.run(store.commit(Transaction::new(tenant()).with(Op::PutCase(void)))).unwrap();
    assert_ne!(goes_to("Enda et svar"), case.id());
}

#[test]
fn mail_that_comes_when_the_distribution_case_has_ended_goes_to_the_next() {
    let world = World::new();
    let goes_to = |title| {
        let item = drop_in(&world, title);
        world.clock.advance(hours(1));
        world.run(world.office.run_until_idle());
        match intake(&world, &item).unwrap().state {
            IntakeState::Acknowledged { case, .. } => case,
            other => panic!("{other:?}"),
        }
    };
    let first = goes_to("Brev");
    assert_eq!(goes_to("Enda et brev"), first);
    let store = world.store();
    let case = world.run(store.case(&tenant(), first)).unwrap().unwrap();
    let ended = case.move_to(CaseStatus::Void, &CaseContents::default(), &archivist().id, now(&world)).unwrap();
    world.run(store.commit(Transaction::new(tenant()).with(Op::PutCase(ended)))).unwrap();
    let next = goes_to("Et senere brev");
    assert_ne!(next, first);
    assert_eq!(goes_to("Og et til"), next);
}

/// Another office over the world's store, with this inbox.
fn office(world: &World, inbox: Arc<dyn Inbox>, target: InboxTarget) -> RecordsOffice {
    RecordsOffice::builder()
        .store(Arc::new(world.store()))
        .clock(Arc::<ManualClock>::clone(&world.clock))
        .entropy(Arc::new(SeededEntropy::new(3)))
        .notifier(Arc::new(RecordingNotifier::new()))
        .node("n2")
        .tenant(TenantSetup::new(tenant()).inbox(inbox, target))
        .build()
        .unwrap()
}

/// An inbox whose senders all answer one case of ours.
#[derive(Debug)]
struct Answering {
    inner: MemoryInbox,
    case: CaseNumber,
}

#[async_trait]
impl Inbox for Answering {
    fn id(&self) -> &InboxId {
        self.inner.id()
    }

    fn capabilities(&self) -> InboxCapabilities {
        self.inner.capabilities()
    }

    async fn list(&self) -> Result<Vec<Waiting>, PortError> {
        self.inner.list().await
    }

    async fn fetch(&self, tenant: &TenantId, id: &ItemId, blobs: Arc<dyn Blobs>) -> Result<ReceivedMail, PortError> {
        let mut mail = self.inner.fetch(tenant, id, blobs).await?;
        mail.our_case = Some(self.case);
        Ok(mail)
    }

    async fn acknowledge(&self, id: &ItemId) -> Result<(), PortError> {
        self.inner.acknowledge(id).await
    }

    async fn refuse(&self, id: &ItemId, refusal: &Refusal) -> Result<(), PortError> {
        self.inner.refuse(id, refusal).await
    }

    async fn check(&self) -> Result<(), PortError> {
        self.inner.check().await
    }
}

#[test]
fn mail_that_no_key_opens_is_set_aside_once_told_once_and_blocks_nothing() {
    let world = World::new();
    let bad = world.room.drop_in(Parcel::new("Hemmelig", "x").with_flaw(Flaw::Undecryptable));
    let malformed = world.room.drop_in(Parcel::new("Rar", "x").with_flaw(Flaw::MalformedEntry));
    let good = drop_in(&world, "Søknad");
    world.pass(hours(30));
    assert!(matches!(intake(&world, &good).unwrap().state, IntakeState::Acknowledged { .. }));
    for item in [&bad, &malformed] {
        assert!(matches!(intake(&world, item).unwrap().state, IntakeState::SetAside { tries, .. } if tries > 3));
        let refusals = world.room.parcel(item).unwrap().refusals;
        assert_eq!(refusals.len(), 1);
        assert!(!refusals[0].permanent);
    }
    assert_eq!(subjects(&world), ["mail set aside", "mail set aside"]);
    let tried = world.room.parcel(&bad).unwrap().fetched;
    assert!(tried < 20, "tried {tried} times");
    // A key is added: the mail comes in by itself.
    world.room.change(&bad, |parcel| parcel.flaw = None);
    world.pass(hours(12));
    assert!(matches!(intake(&world, &bad).unwrap().state, IntakeState::Acknowledged { .. }));
}

#[test]
fn passing_trouble_with_an_item_is_not_told() {
    let world = World::new();
    let item = drop_in(&world, "Søknad");
    world.run(world.office.run_until_idle());
    assert!(matches!(intake(&world, &item).unwrap().state, IntakeState::Acknowledged { .. }));
    let late = drop_in(&world, "Klage");
    world.clock.advance(minutes(10));
    // The list works, fetching does not.
    world.room.arm(PostFault::DropAnswer);
    world.pass(hours(1));
    assert!(matches!(intake(&world, &late).unwrap().state, IntakeState::Acknowledged { .. }));
    assert!(subjects(&world).is_empty());
}

#[test]
fn a_crash_between_registering_and_acknowledging_registers_nothing_twice() {
    let mut world = World::new();
    let item = drop_in(&world, "Søknad");
    world.idle();
    let IntakeState::Acknowledged { case, .. } = intake(&world, &item).unwrap().state else { panic!("not taken in") };
    // The other side forgot our word, as if it had never arrived.
    world.room.change(&item, |parcel| parcel.acknowledged = 0);
    world.restart();
    world.clock.advance(hours(1));
    world.idle();
    let parcel = world.room.parcel(&item).unwrap();
    assert_eq!((parcel.fetched, parcel.acknowledged), (1, 1));
    assert_eq!(world.run(world.desk().entries(case)).unwrap().len(), 1);
}

#[test]
fn mail_whose_acknowledgement_was_heard_but_not_noted_is_noted_though_it_is_listed_no_more() {
    let mut world = World::new();
    let item = drop_in(&world, "Søknad");
    world.idle();
    let noted = intake(&world, &item).unwrap();
    let IntakeState::Acknowledged { case, entry } = noted.state else { panic!("not taken in") };
    // As if the process had died between the other side's answer and our note of it.
    let forgotten = Intake { state: IntakeState::Registered { case, entry }, ..noted };
    world.run(world.store().commit(Transaction::new(tenant()).with(Op::PutIntake(forgotten)))).unwrap();
    world.restart();
    world.clock.advance(hours(1));
    world.idle();
    assert!(matches!(intake(&world, &item).unwrap().state, IntakeState::Acknowledged { .. }));
    assert_eq!(world.run(world.desk().entries(case)).unwrap().len(), 1);
}

#[test]
fn an_item_that_is_listed_twice_is_registered_once() {
    let world = World::new();
    let item = world.room.drop_in(Parcel::new("Dobbel", "x").with_flaw(Flaw::ListedTwice));
    world.idle();
    let IntakeState::Acknowledged { case, .. } = intake(&world, &item).unwrap().state else { panic!("not taken in") };
    assert_eq!(world.run(world.desk().entries(case)).unwrap().len(), 1);
}

#[test]
fn a_full_inbox_is_told_once_a_day() {
    let world = World::with(|inbox| {
        let mut capabilities = InboxCapabilities::new(Duration::from_secs(60), minutes(15));
        capabilities.list_cap = Some(3);
        inbox.with_capabilities(capabilities)
    });
    for _ in 0..5 {
        world.room.drop_in(Parcel::new("Ødelagt", "x").with_flaw(Flaw::Broken));
    }
    let good = drop_in(&world, "Søknad");
    world.pass(hours(12));
    assert_eq!(subjects(&world).iter().filter(|subject| **subject == "inbox full").count(), 1);
    world.pass(hours(24));
    assert_eq!(subjects(&world).iter().filter(|subject| **subject == "inbox full").count(), 2);
    assert!(intake(&world, &good).is_none(), "it is hidden behind what is broken");
}

#[test]
fn notices_are_told_until_somebody_has_heard() {
    let world = World::new();
    world.notifier.fail_next(3);
    world.room.drop_in(Parcel::new("Hemmelig", "x").with_flaw(Flaw::Undecryptable));
    world.pass(hours(2));
    assert_eq!((subjects(&world), world.notifier.calls()), (vec!["mail set aside"], 4));
}

/// The entry that an item became, as the store has it.
fn filed(world: &World, item: &ItemId) -> JournalEntry {
    let entry = match intake(world, item).unwrap().state {
        IntakeState::Acknowledged { entry, .. } => Some(entry),
        _ => None,
    };
    let (store, tenant) = (world.store(), tenant());
    world.run(store.entry(&tenant, entry.unwrap())).unwrap().unwrap()
}

fn documents(entry: &JournalEntry) -> Vec<(DocumentRole, &str)> {
    let documents = entry.documents().iter();
    documents.map(|attached| (attached.role, attached.document.title().expose().as_str())).collect()
}

#[test]
fn what_is_told_beside_the_documents_is_kept_with_them_and_said_to_be_missing_once() {
    let world = World::new();
    let mut parcel = Parcel::new("Søknad", "%PDF");
    parcel.extra = vec![("svarinn.lenke.1".to_owned(), "https://example.no/kart".to_owned())];
    parcel.missing = vec!["document 2 is missing".to_owned(), "document 3 is missing".to_owned()];
    let item = world.room.drop_in(parcel);
    world.pass(hours(12));
    let entry = filed(&world, &item);
    let kept = (DocumentRole::Attachment, "Opplysninger fra avsendersystemet");
    assert_eq!(documents(&entry), [(DocumentRole::Main, "brev.pdf"), kept]);
    let document = &entry.documents()[1].document;
    assert_eq!((document.kind(), document.marks()), (&DocumentType::SendersParticulars, DocumentMarks::default()));
    // The same words for the same mail, however often it is fetched.
    let words =
        "Mangler: document 2 is missing\nMangler: document 3 is missing\n\nsvarinn.lenke.1: https://example.no/kart";
    assert_eq!(document.current().unwrap().content, BlobRef::of(words.as_bytes()));
    let blob = document.current().unwrap().content;
    assert!(world.run(world.store().open(&tenant(), &blob)).is_ok());
    let told = world.notifier.told();
    let [notice] = &told[..] else { panic!("{told:?}") };
    let about = Subject::MailIncomplete { inbox: InboxId::new("svarinn").unwrap(), item: item.0, entry: entry.id() };
    assert_eq!((&notice.audience, &notice.subject), (&Audience::MailRoom, &about));
    assert!(notice.text.contains("document 2 is missing (2 in all)"), "{}", notice.text);
}

#[test]
fn mail_without_documents_of_which_something_is_told_has_that_as_its_document() {
    let world = World::new();
    let mut parcel = Parcel::new("Brev", "");
    parcel.documents.clear();
    parcel.extra = vec![("altinn.message".to_owned(), "Hei.".to_owned())];
    let item = world.room.drop_in(parcel);
    world.idle();
    let kept = (DocumentRole::Main, "Opplysninger fra avsendersystemet");
    assert_eq!(documents(&filed(&world, &item)), [kept]);
    assert!(subjects(&world).is_empty(), "nothing is missing");
}

#[test]
fn mail_marked_confidential_is_screened_by_itself_and_closed_to_ordinary_readers_even_without_documents() {
    let world = World::of([employee("leser").with_role(Role::Reader, RoleScope::Tenant)]);
    let mut bare = Parcel::new("Bekymringsmelding om Kari", "").confidential_since(now(&world));
    bare.documents.clear();
    let mut told = bare.clone();
    told.extra = vec![("svarinn.type".to_owned(), "Melding".to_owned())];
    let open = drop_in(&world, "Søknad");
    let reader = world.office.as_user(&person("leser")).unwrap();
    for item in [world.room.drop_in(bare), world.room.drop_in(told)] {
        world.clock.advance(hours(1));
        world.idle();
        let entry = filed(&world, &item);
        assert_eq!(entry.screening(), Some(&Screening::of_confidential_mail()));
        assert_eq!(entry.public_title(), MASK);
        assert!(entry.documents().iter().all(|attached| attached.document.marks().few_may_read));
        let read = world.run(reader.entry(entry.id()));
        assert!(matches!(read, Err(DeskError::NotFound | DeskError::Refused { .. })), "{read:?}");
        let cards = world.run(reader.entry_cards(entry.case())).unwrap();
        assert!(cards.iter().all(|card| !card.title.expose().contains("Kari")));
    }
    let entry = filed(&world, &open);
    assert!(entry.screening().is_none() && world.run(reader.entry(entry.id())).is_ok());
}

#[test]
fn a_unit_may_have_a_screening_of_its_own_for_confidential_mail() {
    let world = World::new();
    let own = Screening::new(AccessCode::new("13").unwrap(), "offl. § 13", [Hides::Everything]).unwrap();
    let target = InboxTarget { confidential: Some(own.clone()), ..InboxTarget::new(unit()) };
    let office = office(&world, Arc::new(world.inbox.clone()), target);
    let item = world.room.drop_in(Parcel::new("Melding", "%PDF").confidential_since(now(&world)));
    world.run(office.run_until_idle());
    assert_eq!(filed(&world, &item).screening(), Some(&own));
}
