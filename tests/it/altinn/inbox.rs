//! Our Altinn held to the contract of an inbox.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sakarkiv_altinn::ServiceAccess;
use sakarkiv_core::{
    calendar::oslo_date,
    delivery::Language,
    identity::TenantId,
    ports::{Blobs, Inbox, ItemId, PortErrorKind},
    routing::Coverage,
};
use sakarkiv_testkit::{
    conformance::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail, run_inbox},
    doubles::ManualClock,
    memory::MemoryStore,
    simulators::{
        Fault, Operation, Tamper, Target, When,
        altinn::{Access, Holder, Mail, Resource},
    },
};
use serde_json::json;

use super::world::{INCOMING, INCOMING_CONFIDENTIAL, RECEIVER, World};
use crate::outside::{drive, monday};

/// Our Altinn before a simulator that is new for each case.
#[derive(Debug)]
struct AltinnHarness {
    clock: Arc<ManualClock>,
    world: Mutex<World>,
}

impl AltinnHarness {
    fn world(&self) -> World {
        self.world.lock().unwrap().clone()
    }
}

#[async_trait]
impl InboxHarness for AltinnHarness {
    fn name(&self) -> String {
        "AltinnInbox".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Inbox> {
        let world = World::at(Arc::clone(&self.clock));
        world.let_receiver_read();
        *self.world.lock().unwrap() = world.clone();
        // The suite wants the sender's documents and no more.
        Arc::new(world.inbox_with(world.http(), |config| config["message_as_document"] = false.into()))
    }

    async fn drop_in(&self, sample: &SampleMail) -> ItemId {
        let world = self.world();
        self.clock.advance(Duration::from_secs(1));
        let resource = if sample.confidential { INCOMING_CONFIDENTIAL } else { INCOMING };
        let mail = Mail::new(resource, RECEIVER, &sample.title).signed(&sample.sender);
        let documents = sample.documents.iter();
        let mail = documents.fold(mail, |mail, (name, _, content)| mail.with_file(name, content.clone()));
        let faults = world.altinn.faults();
        match sample.flaw {
            Some(SampleFlaw::Broken) => {
                faults.arm(Operation::DownloadAttachment, When::Next(1), Fault::Tamper(Tamper::Truncated));
            }
            Some(SampleFlaw::ListedTwice) => {
                faults.arm(Operation::Correspondences, When::Always, Fault::Tamper(Tamper::Duplicated));
            }
            Some(other) => panic!("{other:?} is not arranged here"),
            None => {}
        }
        ItemId(world.altinn.put(mail).to_string())
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerItem> {
        let message = self.world().altinn.message(id.0.parse().ok()?)?;
        let mut item = PeerItem::untouched();
        item.acknowledged = message.read().is_some();
        item.waiting = !item.acknowledged;
        Some(item)
    }

    fn offers_flaw(&self, flaw: SampleFlaw) -> bool {
        matches!(flaw, SampleFlaw::Broken | SampleFlaw::ListedTwice)
    }

    fn offers(&self, _: InboxFault) -> bool {
        true
    }

    async fn arm(&self, fault: InboxFault) {
        let world = self.world();
        let faults = world.altinn.faults();
        match fault {
            InboxFault::Down => faults.arm(Target::Any, When::Next(1), Fault::outage()),
            InboxFault::Unauthorised => faults.arm(Target::Any, When::Next(3), Fault::status(401)),
            InboxFault::GarbledList => {
                faults.arm(Operation::Correspondences, When::Next(1), Fault::Tamper(Tamper::Garbage))
            }
            InboxFault::DropAnswer => faults.arm(Operation::MarkAsRead, When::Next(1), Fault::DropAfter),
            other => panic!("{other:?} is not arranged here"),
        };
    }
}

#[test]
fn it_keeps_the_contract_of_an_inbox() {
    let clock = monday();
    let harness = AltinnHarness { world: Mutex::new(World::at(Arc::clone(&clock))), clock: Arc::clone(&clock) };
    let report = drive(&clock, run_inbox(&harness));
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 2, "there is no key to decrypt with, and a list has nothing but ids");
}

fn tenant() -> TenantId {
    TenantId::new("mottaker").unwrap()
}

fn open_world() -> World {
    let world = World::new();
    world.let_receiver_read();
    world
}

#[test]
fn the_text_of_a_message_is_kept_as_a_document_of_its_own() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        let mail = Mail::new(INCOMING, RECEIVER, "Vedtak").saying("Se **vedlegg**.").with_file("a.pdf", "%PDF-1.7");
        let id = ItemId(world.altinn.put(mail).to_string());
        let blobs = Arc::<MemoryStore>::default();
        let mail = inbox.fetch(&tenant(), &id, Arc::clone(&blobs) as Arc<dyn Blobs>).await.unwrap();
        let names = mail.documents.iter().map(|document| document.file_name.as_str()).collect::<Vec<_>>();
        assert_eq!(names, ["a.pdf", "melding.md"]);
        let chunks =
            blobs.open(&tenant(), &mail.documents[1].blob).await.unwrap().try_collect::<Vec<_>>().await.unwrap();
        assert_eq!(chunks.concat(), "Se **vedlegg**.".as_bytes());
        assert_eq!(mail.to.unwrap().as_str(), RECEIVER);
    });
}

#[test]
fn an_attachment_that_cannot_be_had_any_more_is_told_as_missing_and_the_rest_is_taken_in() {
    let world = open_world();
    let inbox = world.inbox_with(world.http(), |config| config["message_as_document"] = false.into());
    drive(&world.clock, async {
        let mail = Mail::new(INCOMING, RECEIVER, "Vedtak").saying("Se vedlegg.").with_file("a.pdf", "%PDF-1.7");
        let properties = (0..51).map(|n| (format!("k{n}"), "x"));
        let mail = properties.fold(mail.expiring_after(14), |mail, (key, value)| mail.with_property(key, value));
        let id = ItemId(world.altinn.put(mail).to_string());
        world.clock.advance(Duration::from_secs(15 * 86_400));
        let mail = inbox.fetch(&tenant(), &id, Arc::<MemoryStore>::default()).await.unwrap();
        let beyond = "properties or references beyond the first 50 were left out";
        assert_eq!(mail.missing, [beyond, "document 1 is missing: expired"]);
        assert!(mail.documents.is_empty() && mail.remarks.is_empty(), "{:?}", mail.remarks);
        let (name, text) = mail.extra.last().unwrap();
        assert_eq!((name.as_str(), text.expose().as_str()), ("altinn.message", "Se vedlegg."));
    });
}

#[test]
fn mail_that_somebody_has_read_in_the_browser_is_taken_in_all_the_same() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        let id = world.altinn.put(Mail::new(INCOMING, RECEIVER, "Vedtak"));
        assert!(world.altinn.open(id, &Holder::Anybody));
        let item = ItemId(id.to_string());
        let listed =
            |waiting: Vec<sakarkiv_core::ports::Waiting>| waiting.into_iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(listed(inbox.list().await.unwrap()), vec![item.clone()]);
        inbox.fetch(&tenant(), &item, Arc::<MemoryStore>::default()).await.unwrap();
        inbox.acknowledge(&item).await.unwrap();
        assert!(inbox.list().await.unwrap().is_empty());
        let afresh = world.inbox();
        assert_eq!(listed(afresh.list().await.unwrap()), vec![item.clone()], "a new start meets it once");
        afresh.acknowledge(&item).await.unwrap();
        assert!(afresh.list().await.unwrap().is_empty());
    });
}

#[test]
fn what_wants_to_be_confirmed_is_confirmed_and_read_only_when_it_is_acknowledged() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        let due = "2026-10-14T08:00:00Z".parse().unwrap();
        let id = world.altinn.put(Mail::new(INCOMING, RECEIVER, "Vedtak").to_confirm_by(due));
        let item = ItemId(id.to_string());
        inbox.fetch(&tenant(), &item, Arc::<MemoryStore>::default()).await.unwrap();
        let before = world.altinn.message(id).unwrap();
        assert!(before.read().is_none() && before.confirmed().is_none());
        inbox.acknowledge(&item).await.unwrap();
        let after = world.altinn.message(id).unwrap();
        assert!(after.read().is_some() && after.confirmed().is_some());
        // Another one that was never fetched by this process: it looks first, as Altinn demands.
        let other = world.altinn.put(Mail::new(INCOMING, RECEIVER, "Brev").to_confirm_by(due));
        inbox.acknowledge(&ItemId(other.to_string())).await.unwrap();
        assert!(world.altinn.message(other).unwrap().confirmed().is_some());
    });
}

#[test]
fn a_service_without_access_hides_no_other_and_is_told_of() {
    let world = World::new();
    world.altinn.delegate(RECEIVER, Access::ordinary(), Holder::OwnClient);
    let inbox = world.inbox();
    drive(&world.clock, async {
        let open = world.altinn.put(Mail::new(INCOMING, RECEIVER, "Vedtak"));
        let secret = world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig"));
        let listed = inbox.list().await.unwrap();
        assert_eq!(listed.iter().map(|one| one.id.0.as_str()).collect::<Vec<_>>(), [open.to_string()]);
        assert!(inbox.remarks()[0].contains(INCOMING_CONFIDENTIAL), "{:?}", inbox.remarks());
        let access = inbox.access().await.unwrap();
        let expected =
            [(INCOMING.to_owned(), ServiceAccess::Granted), (INCOMING_CONFIDENTIAL.to_owned(), ServiceAccess::Denied)];
        assert_eq!(access, expected);
        let tokens = world.altinn.tokens();
        let error = inbox.check().await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Unauthorised, Some("4001")));
        assert_eq!(world.altinn.tokens(), tokens, "a new token would not help and is not asked for");

        world.altinn.delegate(RECEIVER, Access::confidential(), Holder::OwnClient);
        let listed = inbox.list().await.unwrap();
        assert_eq!(listed.len(), 2);
        let item = ItemId(secret.to_string());
        let mail = inbox.fetch(&tenant(), &item, Arc::<MemoryStore>::default()).await.unwrap();
        assert!(mail.confidential);
        assert!(inbox.remarks().is_empty());
    });
}

#[test]
fn a_token_that_has_ended_is_replaced() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        inbox.check().await.unwrap();
        let tokens = world.altinn.tokens();
        world.altinn.expire_tokens();
        world.clock.advance(Duration::from_secs(1));
        inbox.check().await.unwrap();
        assert_eq!(world.altinn.tokens(), tokens + 1);
    });
}

#[test]
fn more_mail_than_one_list_shows_is_listed_all_the_same() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        for n in 0..2_500 {
            world.altinn.put(Mail::new(INCOMING, RECEIVER, format!("Brev {n}")));
            world.clock.advance(Duration::from_secs(30));
        }
        assert_eq!(inbox.list().await.unwrap().len(), 2_500);
        assert!(inbox.remarks().is_empty(), "{:?}", inbox.remarks());
    });
}

#[test]
fn unread_confidential_mail_is_told_of_without_access_to_it() {
    let world = World::new();
    world.altinn.delegate(
        RECEIVER,
        Access::Resource("digdir-reminder-unopened-confidential-correspondences".to_owned()),
        Holder::OwnClient,
    );
    let inbox = world.inbox();
    drive(&world.clock, async {
        assert_eq!(inbox.unread_confidential(Language::Bokmaal).await.unwrap(), None);
        world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig").signed("Statens innkrever"));
        world.altinn.put(Mail::new(INCOMING, RECEIVER, "Brev"));
        assert_eq!(inbox.unread_confidential(Language::Bokmaal).await.unwrap(), None, "not before a week has gone");
        world.clock.advance(Duration::from_secs(8 * 86_400));
        for language in [Language::Bokmaal, Language::Nynorsk, Language::English] {
            let unread = inbox.unread_confidential(language).await.unwrap().unwrap();
            assert_eq!(unread.messages.len(), 1);
            assert_eq!(unread.messages[0].published, chrono::NaiveDate::from_ymd_opt(2026, 9, 14));
            assert!(unread.messages[0].line.expose().contains("Statens innkrever"));
            assert!(!unread.text.expose().contains("Hemmelig"));
        }
    });
}

#[test]
fn unopened_mail_is_told_of_by_the_services_and_what_they_hide_by_the_reminder_and_nothing_twice() {
    let world = World::new();
    world.let_receiver_read();
    world.altinn.delegate(
        RECEIVER,
        Access::Resource("digdir-reminder-unopened-confidential-correspondences".to_owned()),
        Holder::OwnClient,
    );
    // One inbox reads the confidential service, the other knows nothing of it.
    let (open, blind) =
        (world.inbox(), world.inbox_with(world.http(), |config| config["services"] = json!([{"id": INCOMING}])));
    drive(&world.clock, async {
        let secret =
            world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig").signed("Statens innkrever"));
        let read = world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Lest"));
        world.altinn.put(Mail::new(INCOMING, RECEIVER, "Brev"));
        assert!(world.altinn.open(read, &Holder::OwnClient));
        let told = open.unopened().await.unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].item.as_ref().unwrap().0.clone(), told[0].access), (secret.to_string(), Coverage::Held));
        assert_eq!(told[0].from.as_ref().unwrap().name.expose(), "Statens innkrever");
        assert!(world.altinn.message(secret).unwrap().read().is_none(), "to ask opens nothing");
        assert!(blind.unopened().await.unwrap().is_empty(), "the reminder comes a week late");
        world.clock.advance(Duration::from_secs(8 * 86_400));
        assert_eq!(open.unopened().await.unwrap().len(), 1, "what the reminder tells too is told once");
        let told = blind.unopened().await.unwrap();
        assert_eq!((told.len(), told[0].item.as_ref(), told[0].access), (1, None, Coverage::Unknown));
        assert_eq!(oslo_date(told[0].arrived).to_string(), "2026-09-14");
    });
}

#[test]
fn an_inbox_that_lets_nobody_ask_says_so_rather_than_that_nothing_lies_there() {
    let world = World::new();
    let inbox = world.inbox();
    world.altinn.faults().arm(Operation::ConfidentialReminders, When::Always, Fault::status(401));
    drive(&world.clock, async {
        assert_eq!(inbox.unopened().await.unwrap_err().kind(), PortErrorKind::Unauthorised);
    });
}

#[test]
fn what_has_lain_unopened_longest_stays_told_of_when_the_reminder_may_not_be_asked_for() {
    let world = open_world();
    let inbox = world.inbox();
    world.altinn.faults().arm(Operation::ConfidentialReminders, When::Always, Fault::status(401));
    drive(&world.clock, async {
        let secret = world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig"));
        world.clock.advance(Duration::from_secs(40 * 86_400));
        let told = inbox.unopened().await.unwrap();
        assert_eq!(told.iter().map(|mail| mail.item.clone()).collect::<Vec<_>>(), [Some(ItemId(secret.to_string()))]);
    });
}

#[test]
fn a_confidential_service_without_access_is_hidden_by_no_other_that_lets_us_in() {
    let world = World::new();
    let denied = "statens-barnevern";
    world.altinn.add_resource(Resource::confidential(denied, "991825827"));
    let let_in = |id: &str| world.altinn.delegate(RECEIVER, Access::Resource(id.to_owned()), Holder::OwnClient);
    let_in(INCOMING_CONFIDENTIAL);
    let inbox = world.inbox_with(world.http(), |config| {
        config["services"] = json!([
            {"id": INCOMING_CONFIDENTIAL, "confidential": true}, {"id": denied, "confidential": true},
        ]);
    });
    world.altinn.faults().arm(Operation::ConfidentialReminders, When::Always, Fault::status(401));
    drive(&world.clock, async {
        world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig"));
        world.altinn.put(Mail::new(denied, RECEIVER, "Hemmeligst"));
        let error = inbox.unopened().await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Unauthorised, Some("4001")));
        let_in(denied);
        assert_eq!(inbox.unopened().await.unwrap().len(), 2);
    });
}

#[test]
fn more_unopened_mail_than_can_be_listed_is_said_and_not_left_out() {
    let world = open_world();
    let inbox = world.inbox();
    drive(&world.clock, async {
        // All of them at one moment, which no list can part.
        for n in 0..1_001 {
            world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, format!("Hemmelig {n}")));
        }
        world.clock.advance(Duration::from_secs(60));
        let error = inbox.unopened().await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Transient);
        assert!(error.detail().contains(INCOMING_CONFIDENTIAL), "{error}");
    });
}
