//! Our SvarInn held to the contract of an inbox, before the simulator of SvarInn, in both versions of the interface.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sakarkiv_core::ports::{Inbox, ItemId};
use sakarkiv_svarut::svarinn::Protocol;
use sakarkiv_testkit::{
    conformance::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail, run_inbox},
    doubles::ManualClock,
    simulators::{Fault, Mail, MailFile, Oddity, Operation, Package, Sender, Tamper, Target, When},
};
use serde_json::json;
use uuid::Uuid;

use crate::outside::{Outside, PROVEDAL, drive, monday};

/// Our SvarInn before a simulator that is new for each case.
#[derive(Debug)]
struct SvarInnHarness {
    clock: Arc<ManualClock>,
    protocol: Protocol,
    outside: Mutex<Outside>,
}

impl SvarInnHarness {
    fn new(protocol: Protocol) -> Self {
        let clock = monday();
        let outside = Outside::new(Arc::clone(&clock), &[PROVEDAL]);
        Self { clock, protocol, outside: Mutex::new(outside) }
    }

    fn outside(&self) -> Outside {
        self.outside.lock().unwrap().clone()
    }
}

#[async_trait]
impl InboxHarness for SvarInnHarness {
    fn name(&self) -> String {
        format!("SvarInn ({:?})", self.protocol)
    }

    async fn fresh(&self) -> Arc<dyn Inbox> {
        let outside = Outside::new(Arc::clone(&self.clock), &[PROVEDAL]);
        *self.outside.lock().unwrap() = outside.clone();
        Arc::new(outside.inbox(&PROVEDAL, self.protocol))
    }

    async fn drop_in(&self, sample: &SampleMail) -> ItemId {
        let outside = self.outside();
        let id = Uuid::from_u128(0xE0 + outside.svarinn.records().len() as u128);
        let mut mail =
            Mail::new(&sample.title, PROVEDAL.organisation).sent_by(Sender::organisation(&sample.sender, "314111222"));
        mail.id = Some(id);
        mail.confidential = sample.confidential;
        mail.highest_level = sample.confidential;
        for (name, media_type, content) in &sample.documents {
            mail = mail.with_file(MailFile::new(name, media_type, content.clone()));
        }
        mail = match sample.flaw {
            Some(SampleFlaw::Undecryptable) => mail.packed(Package::WrongKey),
            Some(SampleFlaw::Broken) => mail.packed(Package::CutShort),
            Some(SampleFlaw::MalformedEntry) => {
                mail.odd(Oddity::Malformed(json!({"id": id, "filer": "ingen", "filmetadata": "ingen"})))
            }
            Some(SampleFlaw::ListedTwice) => mail.odd(Oddity::ListedTwice),
            Some(other) => panic!("{other:?} is not arranged here"),
            None => mail,
        };
        ItemId(outside.svarinn.deliver(PROVEDAL.name, mail).to_string())
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerItem> {
        let record = self.outside().svarinn.record(id.0.parse().ok()?)?;
        let mut item = PeerItem::untouched();
        item.waiting = record.waiting;
        item.acknowledged = !record.acknowledged.is_empty();
        item.refusals = record.failures.into_iter().map(|failure| failure.text).collect();
        Some(item)
    }

    fn offers_flaw(&self, _: SampleFlaw) -> bool {
        true
    }

    fn offers(&self, _: InboxFault) -> bool {
        true
    }

    async fn arm(&self, fault: InboxFault) {
        let outside = self.outside();
        let faults = outside.svarinn.faults();
        match fault {
            InboxFault::Down => faults.arm(Target::Any, When::Next(1), Fault::outage()),
            InboxFault::Unauthorised => faults.arm(Target::Any, When::Next(1), Fault::status(401)),
            InboxFault::GarbledList => faults.arm(Operation::List, When::Next(1), Fault::Tamper(Tamper::Garbage)),
            InboxFault::DropAnswer => faults.arm(Operation::Acknowledge, When::Next(1), Fault::DropAfter),
            other => panic!("{other:?} is not arranged here"),
        };
    }
}

fn keeps_the_contract(protocol: Protocol) {
    let harness = SvarInnHarness::new(protocol);
    let clock = Arc::clone(&harness.clock);
    let report = drive(&clock, run_inbox(&harness));
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 0);
}

#[test]
fn it_keeps_the_contract_of_an_inbox_in_version_2() {
    keeps_the_contract(Protocol::V2);
}

#[test]
fn it_keeps_the_contract_of_an_inbox_in_version_1() {
    keeps_the_contract(Protocol::V1);
}

#[test]
fn it_keeps_the_contract_of_an_inbox_where_the_version_is_found_out() {
    keeps_the_contract(Protocol::Auto);
}
