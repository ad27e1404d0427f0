//! The office with Altinn alone, where one letter or one message cannot go as the others do.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    case::{CaseKind, NewCase},
    delivery::{DeliveryState, FailureCause, LetterDocument, LetterOptions, Priority, Recipient, Sender},
    document::{FileName, MediaType},
    identity::{InboxId, LetterId, OrganisationNumber, PostalAddress},
    journal::{EntryKind, EntryStatus, NewEntry},
    ports::{Audience, Blobs, Clock, Intake, IntakeState, ItemId, Notice, Store, Subject},
    screening::Private,
    sensitivity::SensitivityClass as C,
};
use sakarkiv_engine::{BreakerState, Desk, Dispatches, InboxTarget, RecordsOffice, Submission, TenantSetup};
use sakarkiv_testkit::{
    conformance::person,
    doubles::{RecordingNotifier, SeededEntropy},
    memory::MemoryStore,
    simulators::{Answer, Fault, Operation, When, altinn::Mail},
};
use serde_json::{Value, json};

use super::world::{INCOMING, RECEIVER, SENDER, World, byplan};
use crate::{
    office_over_simulators::world::{archivist, head_archivist, minutes, tenant, unit},
    outside::{PROVEDAL, drive},
};

struct Office {
    world: World,
    store: Arc<MemoryStore>,
    notifier: Arc<RecordingNotifier>,
    office: RecordsOffice,
}

impl Office {
    fn new(change: impl FnOnce(&mut Value)) -> Self {
        let world = World::new();
        world.let_receiver_read();
        let (store, notifier) = (Arc::<MemoryStore>::default(), Arc::new(RecordingNotifier::new()));
        let setup = TenantSetup::new(tenant(&PROVEDAL))
            .user(head_archivist(&PROVEDAL))
            .channel(Arc::new(world.channel_with(world.http(), change)), [byplan()])
            .inbox(Arc::new(world.inbox()), InboxTarget::new(unit()));
        let office = RecordsOffice::builder()
            .store(Arc::clone(&store) as _)
            .clock(world.clock.port())
            .entropy(Arc::new(SeededEntropy::new(5)))
            .notifier(Arc::clone(&notifier) as _)
            .node("office-1")
            .tenant(setup)
            .build()
            .unwrap();
        Self { world, store, notifier, office }
    }

    fn desk(&self) -> Desk<'_> {
        self.office.as_user(&archivist(&PROVEDAL)).unwrap()
    }

    fn submit(&self, key: &str, recipient: Recipient, sensitivity: C) -> LetterId {
        drive(&self.world.clock, async {
            let by = archivist(&PROVEDAL).id;
            let case = NewCase::new(CaseKind::Building, "Storgata 1: ny garasje".into(), unit(), by.clone());
            let case = self.desk().open_case(case).await.unwrap().0;
            let mut entry = NewEntry::new(EntryKind::Outgoing, "Svar på søknad".into(), by);
            entry.status = EntryStatus::Finished;
            let content = stream::iter([Ok(bytes::Bytes::from_static(b"%PDF-1.7"))]).boxed();
            let submission = Submission {
                key: key.to_owned(),
                dispatches: Dispatches::NewEntry { case, entry },
                sender: Sender {
                    account: byplan(),
                    unit: unit(),
                    name: "Byplan".to_owned(),
                    organisation: OrganisationNumber::parse(SENDER).unwrap(),
                    address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
                },
                recipient,
                title: Private::new("Svar på søknad".to_owned()),
                sensitivity,
                priority: Priority::General,
                options: LetterOptions::default(),
                documents: vec![LetterDocument {
                    file_name: FileName::sanitize("vedtak.pdf"),
                    media_type: MediaType::pdf(),
                    blob: self.store.put(&tenant(&PROVEDAL), content, 100).await.unwrap(),
                    sensitive_personal_data: sensitivity >= C::Confidential,
                }],
            };
            self.desk().submit(submission).await.unwrap().letter
        })
    }

    fn pass(&self, time: Duration) {
        let clock = &self.world.clock;
        drive(clock, self.office.run(clock.sleep_until(clock.now() + time)));
    }

    fn state(&self, letter: LetterId) -> DeliveryState {
        drive(&self.world.clock, self.desk().delivery(letter)).unwrap().state
    }

    fn intake(&self, item: &ItemId) -> Intake {
        let inbox = InboxId::new("altinn").unwrap();
        drive(&self.world.clock, self.store.intake(&tenant(&PROVEDAL), &inbox, item)).unwrap().unwrap()
    }

    fn breaker(&self) -> BreakerState {
        self.office.activity().accounts[0].breaker
    }

    fn told(&self) -> Vec<Notice> {
        self.notifier.told()
    }
}

#[test]
fn a_letter_that_the_service_is_not_safe_enough_for_fails_alone_and_stops_no_other() {
    let office = Office::new(|config| config["accounts"]["byplan"]["persons"]["highest_level"] = json!(false));
    let confidential = office.submit("confidential", person(0), C::Confidential);
    let open: Vec<_> = (0..5).map(|n| office.submit(&format!("open-{n}"), person(1), C::Open)).collect();
    office.pass(minutes(120));
    assert_eq!(office.breaker(), BreakerState::Closed);
    assert!(open.iter().all(|letter| !matches!(office.state(*letter), DeliveryState::Queued)));
    assert_eq!(office.world.altinn.messages().len(), open.len());
    let state = office.state(confidential);
    assert!(matches!(state, DeliveryState::Failed(FailureCause::NotCleared(_))), "{state:?}");
    let told = office.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(matches!(told[0].subject, Subject::LetterFailed { letter, .. } if letter == confidential), "{told:?}");
}

#[test]
fn mail_with_a_document_that_is_not_ours_to_read_is_set_aside_and_shuts_no_inbox() {
    let office = Office::new(|_| {});
    let altinn = &office.world.altinn;
    let no_access = Fault::Answer(Answer::new(401).with_code("4001"));
    altinn.faults().arm(Operation::DownloadAttachment, When::Later { skip: 1, strike: 1 }, no_access);
    let mail =
        Mail::new(INCOMING, RECEIVER, "Vedtak").with_file("a.pdf", "%PDF-1.7 a").with_file("b.pdf", "%PDF-1.7 b");
    let shut = ItemId(altinn.put(mail).to_string());
    let sound = ItemId(altinn.put(Mail::new(INCOMING, RECEIVER, "Brev")).to_string());
    drive(&office.world.clock, office.office.run_until_idle());
    assert!(matches!(office.intake(&shut).state, IntakeState::SetAside { .. }));
    assert!(matches!(office.intake(&sound).state, IntakeState::Acknowledged { .. }));
    let told = office.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].audience, Audience::MailRoom);
    assert!(told[0].text.contains("document 2 is of a resource"), "{}", told[0].text);
    // Somebody gave our system the access.
    office.pass(minutes(120));
    assert!(matches!(office.intake(&shut).state, IntakeState::Acknowledged { .. }));
}
