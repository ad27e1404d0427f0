//! The suites, with the simulator on the other side.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use http::Method;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{AccessRequests, Clock, JournalPublisher, MeetingPublisher},
    publication::{LeakReport, clear},
};
use sakarkiv_testkit::{
    conformance::{
        AskableEntry, JournalFault, JournalHarness, RequestsFault, RequestsHarness, ShownEntry, ShownMeeting,
        journal_cases, requests_cases, run_journal, run_requests,
    },
    doubles::ManualClock,
    simulators::{
        Fault, Target, When,
        einnsyn::{Action, Entity, Order},
    },
};
use serde_json::Value;

use super::world::{World, tenant, texts};
use crate::outside::{drive, monday};

#[derive(Debug)]
struct Harness {
    clock: Arc<ManualClock>,
    world: Mutex<Arc<World>>,
    entries: Mutex<Vec<AskableEntry>>,
    orders: Mutex<BTreeMap<String, Order>>,
}

impl Harness {
    fn new() -> Self {
        let clock = monday();
        let world = Mutex::new(Arc::new(World::at(Arc::clone(&clock), |_| {})));
        Self { clock, world, entries: Mutex::default(), orders: Mutex::default() }
    }

    fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.lock().unwrap())
    }

    fn renew(&self) -> Arc<World> {
        *self.world.lock().unwrap() = Arc::new(World::at(Arc::clone(&self.clock), |_| {}));
        self.world()
    }

    async fn remove(&self, entry: EntryId) {
        for kind in ["journalpost", "moetemappe"] {
            self.world().by_hand(Method::DELETE, &format!("/{kind}/{entry}"), None).await;
        }
    }
}

fn text(object: &Value, member: &str) -> String {
    object[member].as_str().unwrap_or_default().to_owned()
}

#[async_trait]
impl JournalHarness for Harness {
    fn name(&self) -> String {
        "EInnsynPublisher".to_owned()
    }

    fn tenant(&self) -> TenantId {
        tenant()
    }

    async fn fresh(&self) -> Arc<dyn JournalPublisher> {
        Arc::clone(&self.renew().publisher) as _
    }

    async fn fresh_for_meetings(&self) -> Option<Arc<dyn MeetingPublisher>> {
        Some(Arc::clone(&self.renew().publisher) as _)
    }

    fn shows_meetings(&self) -> bool {
        true
    }

    async fn shown(&self, entry: EntryId) -> Vec<ShownEntry> {
        let world = self.world();
        let id = entry.to_string();
        let all = world.einnsyn.public(Entity::Journalpost);
        let copies = all.iter().filter(|object| object["systemId"] == id.as_str()).map(|object| {
            let case = world.einnsyn.object(Entity::Saksmappe, object["saksmappe"].as_str().unwrap()).unwrap();
            let mut shown =
                ShownEntry::new(text(object, "offentligTittelSensitiv"), text(&case, "offentligTittelSensitiv"));
            shown.parties = texts(&object["korrespondansepart"], "korrespondansepartNavnSensitiv");
            shown.documents = texts(&object["dokumentbeskrivelse"], "tittelSensitiv");
            let documents = object["dokumentbeskrivelse"].as_array().map_or(&[][..], Vec::as_slice);
            shown.files = documents.iter().map(|one| texts(&one["dokumentobjekt"], "id").len()).sum();
            shown
        });
        copies.collect()
    }

    async fn shown_meeting(&self, meeting: MeetingId) -> Vec<ShownMeeting> {
        let id = meeting.to_string();
        let all = self.world().einnsyn.public(Entity::Moetemappe);
        let copies = all.iter().filter(|object| object["systemId"] == id.as_str()).map(|object| {
            let mut shown = ShownMeeting::new(text(object, "offentligTittelSensitiv"));
            shown.items = texts(&object["moetedokument"], "offentligTittelSensitiv");
            shown.items.extend(texts(&object["moetesak"], "offentligTittelSensitiv"));
            for item in object["moetesak"].as_array().map_or(&[][..], Vec::as_slice) {
                let decision = &item["vedtak"];
                if decision.is_object() {
                    shown.decisions.push(text(&decision["vedtakstekst"], "tekstInnhold"));
                }
                for vote in decision["votering"].as_array().map_or(&[][..], Vec::as_slice) {
                    shown.votes.push((text(&vote["moetedeltaker"], "moetedeltakerNavn"), text(vote, "stemme")));
                }
            }
            shown
        });
        copies.collect()
    }

    async fn everything(&self) -> String {
        self.world().einnsyn.public_text()
    }

    async fn take_out(&self, entry: EntryId) {
        self.remove(entry).await;
    }

    fn now(&self) -> Timestamp {
        Clock::now(&*self.clock)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn offers(&self, _: JournalFault) -> bool {
        true
    }

    async fn arm(&self, fault: JournalFault) {
        let world = self.world();
        let fault = match fault {
            JournalFault::DropAnswer => Fault::DropAfter,
            JournalFault::DropRequest => Fault::DropBefore,
            JournalFault::Busy(wait) => Fault::too_many_requests(wait),
            JournalFault::Refuse => Fault::status(400),
            _ => {
                world.einnsyn.revoke_key(&world.unit.key);
                return;
            }
        };
        world.einnsyn.faults().arm(Target::EInnsynWrites, When::Next(1), fault);
    }
}

#[async_trait]
impl RequestsHarness for Harness {
    fn name(&self) -> String {
        "EInnsynRequests".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn AccessRequests> {
        let world = self.renew();
        let mut samples = world.samples.clone();
        let mut entries = Vec::new();
        for number in 1..=3 {
            let record = samples.public_record(world.case, number);
            let cleared = clear(record.clone(), &LeakReport::clean(&record), &[]).unwrap();
            world.publisher.publish(&cleared).await.unwrap();
            entries.push(AskableEntry { entry: record.entry, case: record.case.number, number });
        }
        *self.entries.lock().unwrap() = entries;
        Arc::clone(&world.requests) as _
    }

    fn entries(&self) -> Vec<AskableEntry> {
        self.entries.lock().unwrap().clone()
    }

    async fn ask(&self, email: &str, entries: &[EntryId]) -> String {
        let ids: Vec<String> = entries.iter().map(ToString::to_string).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let order = self.world().einnsyn.place_order(email, &ids).unwrap();
        let id = order.id.clone();
        self.orders.lock().unwrap().insert(id.clone(), order);
        id
    }

    async fn send(&self, asked: &str) {
        let order = self.orders.lock().unwrap().get(asked).cloned().unwrap();
        self.world().einnsyn.verify_order(&order).unwrap();
    }

    async fn ask_by_numbers(&self, email: &str, entry: &AskableEntry) -> bool {
        let asked = self.ask(email, &[entry.entry]).await;
        self.send(&asked).await;
        let message = self.world().einnsyn.messages().pop().unwrap();
        let taken = self.world().requests.take_order(message.order_xml.as_bytes(), message.at).await.unwrap();
        assert!(taken.is_some_and(|id| id.starts_with(&asked)));
        true
    }

    async fn take_out(&self, entry: EntryId) {
        self.remove(entry).await;
    }

    fn now(&self) -> Timestamp {
        Clock::now(&*self.clock)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    fn offers(&self, _: RequestsFault) -> bool {
        true
    }

    async fn arm(&self, fault: RequestsFault) {
        let fault = match fault {
            RequestsFault::Down => Fault::DropBefore,
            _ => Fault::status(401),
        };
        self.world().einnsyn.faults().arm(Action::Requests, When::Next(1), fault);
    }
}

#[test]
fn our_publisher_keeps_the_whole_contract() {
    let harness = Harness::new();
    let report = drive(&harness.clock, run_journal(&harness));
    report.assert_conforms();
    assert_eq!(report.passed(), journal_cases().len(), "{report}");
}

#[test]
fn our_requests_keep_the_whole_contract() {
    let harness = Harness::new();
    let report = drive(&harness.clock, run_requests(&harness));
    report.assert_conforms();
    assert_eq!(report.passed(), requests_cases().len(), "{report}");
}
