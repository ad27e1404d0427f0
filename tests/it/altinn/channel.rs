//! Our Altinn held to the contract of a channel.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use http::{Method, Request};
use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId},
    document::BlobRef,
    identity::AccountId,
    ports::{Channel, PortErrorKind, Stage},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{Body, HttpService};
use sakarkiv_testkit::{
    conformance::{ChannelFault, ChannelHarness, PeerLetter, SampleRecipient, company, person, run_channel},
    doubles::ManualClock,
    simulators::{
        Fault, Operation, Tamper, Target, When,
        altinn::{Holder, MessageRecord, MessageStatus, PartyFacts, Verdict},
    },
};
use uuid::Uuid;

use super::world::{ALTINN, Desk, World, byplan};
use crate::{
    outside::{drive, monday},
    svarut_channel::number_of,
};

/// Our Altinn before a simulator that is new for each case.
#[derive(Debug)]
struct AltinnHarness {
    clock: Arc<ManualClock>,
    world: Mutex<World>,
    /// From how many bytes documents are uploaded and scanned before the message is created.
    one_call_bytes: u64,
}

impl AltinnHarness {
    fn new(one_call_bytes: u64) -> Self {
        let clock = monday();
        Self { world: Mutex::new(World::at(Arc::clone(&clock))), clock, one_call_bytes }
    }

    fn world(&self) -> World {
        self.world.lock().unwrap().clone()
    }
}

pub(super) fn to(recipient: Recipient, sensitivity: SensitivityClass, mailbox: MailboxKind) -> SampleRecipient {
    SampleRecipient { recipient, sensitivity, mailbox }
}

pub(super) fn openly() -> SampleRecipient {
    to(company(0), SensitivityClass::Open, MailboxKind::OrganisationInbox)
}

#[async_trait]
impl ChannelHarness for AltinnHarness {
    fn name(&self) -> String {
        format!("AltinnChannel (uploads beyond {} bytes)", self.one_call_bytes)
    }

    async fn fresh(&self) -> Arc<dyn Channel> {
        let world = World::at(Arc::clone(&self.clock));
        *self.world.lock().unwrap() = world.clone();
        Arc::new(world.channel_with(world.http(), |config| config["one_call_bytes"] = self.one_call_bytes.into()))
    }

    fn account(&self) -> AccountId {
        byplan()
    }

    fn recipients(&self) -> Vec<SampleRecipient> {
        use MailboxKind as M;
        use SensitivityClass as C;
        vec![
            openly(),
            to(company(0), C::Restricted, M::OrganisationInbox),
            to(company(0), C::Confidential, M::ConfidentialInbox),
            to(company(1), C::StrictlyConfidential, M::ConfidentialInbox),
            to(person(0), C::Open, M::CitizenMailbox),
            to(person(1), C::StrictlyConfidential, M::CitizenMailbox),
        ]
    }

    fn unknown_recipient(&self) -> Option<Recipient> {
        // Altinn says of nobody beforehand that it does not know them.
        None
    }

    async fn received(&self, reference: &Reference) -> Vec<PeerLetter> {
        // Long enough to be scanned and published, too short for anything else.
        self.clock.advance(Duration::from_secs(90));
        self.world().altinn.sent_under(reference.as_str()).iter().map(peer).collect()
    }

    async fn received_in_all(&self) -> usize {
        self.world().altinn.messages().len()
    }

    fn offers(&self, fault: ChannelFault) -> bool {
        fault != ChannelFault::ReceiverSystemGone
    }

    async fn arm(&self, fault: ChannelFault) {
        let world = self.world();
        let faults = world.altinn.faults();
        match fault {
            ChannelFault::DropAnswer => faults.arm(Target::Sends, When::Next(1), Fault::DropAfter),
            ChannelFault::DropRequest => faults.arm(Target::Sends, When::Next(1), Fault::DropBefore),
            ChannelFault::Refuse => faults.arm(Target::Sends, When::Next(1), Fault::status(400)),
            ChannelFault::Busy(wait) => faults.arm(Target::Any, When::Next(1), Fault::too_many_requests(wait)),
            // The call, and the exchange for a new token with each of two tokens of Maskinporten's.
            ChannelFault::Unauthorised => faults.arm(Target::Any, When::Next(3), Fault::status(401)),
            ChannelFault::Slow => {
                faults.arm(Target::Sends, When::Next(1), Fault::StallAfter(Duration::from_secs(7200)))
            }
            other => panic!("{other:?} is not arranged here"),
        };
    }

    fn stages(&self) -> Vec<Stage> {
        vec![
            Stage::Accepted,
            // Without any time going by, so that no other letter moves.
            Stage::Undeliverable,
            Stage::Delivered(Some(MailboxKind::OrganisationInbox)),
            Stage::Opened,
            Stage::Closed,
            Stage::Unrecognised,
        ]
    }

    async fn bring_to(&self, id: &RemoteId, stage: Stage) {
        let world = self.world();
        let message = world.altinn.message(id.0.parse().unwrap()).unwrap();
        match stage {
            Stage::Accepted => return,
            Stage::Undeliverable => return world.altinn.scan(message.attachments[0].id, Verdict::Malicious),
            _ => self.clock.advance(Duration::from_secs(60)),
        }
        match stage {
            Stage::Opened => assert!(world.altinn.open(message.id, &Holder::Anybody)),
            Stage::Closed => deleted_by_recipient(&world, message.id).await,
            Stage::Unrecognised => {
                let strange = Tamper::UnknownStatus("Teleportert".to_owned());
                world.altinn.faults().arm(Operation::Overview, When::Always, Fault::Tamper(strange));
            }
            _ => {}
        }
    }
}

fn peer(message: &MessageRecord) -> PeerLetter {
    let to_person = message.recipient.contains(":person:");
    let landing = match (to_person, message.confidential) {
        (true, _) => MailboxKind::CitizenMailbox,
        (false, true) => MailboxKind::ConfidentialInbox,
        (false, false) => MailboxKind::OrganisationInbox,
    };
    let mut letter = PeerLetter::new(RemoteId(message.id.to_string()), message.mailbox.unwrap_or(landing));
    let ended = |status| message.first(status).is_some();
    letter.effective = !ended(MessageStatus::Failed) && !ended(MessageStatus::PurgedByAltinn);
    letter.readable = letter.effective && !ended(MessageStatus::PurgedByRecipient);
    let bytes = message.attachments.iter().map(|attachment| attachment.bytes());
    letter.documents = bytes.map(|bytes| bytes.as_deref().map(BlobRef::of)).collect();
    letter
}

/// The recipient deletes a message for good.
pub(super) async fn deleted_by_recipient(world: &World, id: Uuid) {
    let number = number_of(&company(0));
    let token = world.altinn.token_for(&number, "altinn:correspondence.read");
    world.altinn.delegate(&number, sakarkiv_testkit::simulators::altinn::Access::ordinary(), Holder::OwnClient);
    let request = Request::builder()
        .method(Method::DELETE)
        .uri(format!("{ALTINN}/correspondence/api/v1/correspondence/{id}/purge"))
        .header("Authorization", format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let answer = world.network.call(request).await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn keeps_the_contract(one_call_bytes: u64) {
    let harness = AltinnHarness::new(one_call_bytes);
    let clock = Arc::clone(&harness.clock);
    let report = drive(&clock, run_channel(&harness));
    println!("{report}");
    report.assert_conforms();
    assert_eq!(
        report.not_applicable(),
        6,
        "all but somebody unknown, receiver systems, rejection on arrival and the following of signatures applies"
    );
}

#[test]
fn it_keeps_the_contract_of_a_channel_with_everything_in_one_call() {
    keeps_the_contract(25_000_000);
}

#[test]
fn it_keeps_the_contract_of_a_channel_with_documents_scanned_beforehand() {
    keeps_the_contract(1);
}

#[test]
fn a_letter_that_failed_is_created_anew_under_another_key_and_only_then() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        world.altinn.set_verdict("vedtak.pdf", Verdict::Malicious);
        let dispatch = desk.letter(&openly(), b"%PDF-1.7", |_| ()).await;
        let reference = dispatch.reference.clone();
        let first = channel.send(&byplan(), dispatch.clone()).await.unwrap();
        let again = channel.send(&byplan(), dispatch.clone()).await.unwrap();
        assert_eq!(first, again, "the same message while it may still arrive");
        world.clock.advance(Duration::from_secs(30));
        let status = channel.status(&byplan(), std::slice::from_ref(&first.remote_id)).await.unwrap();
        assert_eq!((status[0].status.stage, status[0].status.raw.as_str()), (Stage::Undeliverable, "Failed"));
        let reason = channel.details(&byplan(), &first.remote_id).await.unwrap().reason.unwrap();
        assert!(reason.expose().to_lowercase().contains("scan"), "{}", reason.expose());

        world.altinn.set_verdict("vedtak.pdf", Verdict::Clean);
        world.clock.advance(Duration::from_secs(1));
        let second = channel.send(&byplan(), dispatch.clone()).await.unwrap();
        assert_ne!(first, second);
        assert_eq!(channel.send(&byplan(), dispatch).await.unwrap(), second);
        let found = channel.find(&byplan(), &reference).await.unwrap();
        let seen = found.iter().map(|hit| (hit.remote_id.clone(), hit.is_effective())).collect::<Vec<_>>();
        assert_eq!(seen, [(second.remote_id, true), (first.remote_id, false)]);
        assert_eq!(world.altinn.effective_count(reference.as_str()), 1);
    });
}

#[test]
fn a_malicious_document_is_found_before_anything_is_created_and_leaves_nothing_behind() {
    let world = World::new();
    let channel = world.channel_with(world.http(), |config| config["one_call_bytes"] = 1.into());
    drive(&world.clock, async {
        let mut desk = Desk::new();
        world.altinn.set_verdict("vedtak.pdf", Verdict::Malicious);
        let dispatch = desk.letter(&openly(), b"%PDF-1.7", |_| ()).await;
        let error = channel.send(&byplan(), dispatch).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Rejected);
        assert!(error.to_string().contains("virus scan"), "{error}");

        world.altinn.set_verdict("vedtak.pdf", Verdict::Never);
        let dispatch = desk.letter(&openly(), b"%PDF-1.7 to", |_| ()).await;
        let error = channel.send(&byplan(), dispatch.clone()).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Transient, "{error}");
        assert!(world.altinn.messages().is_empty());
        assert!(
            world.altinn.attachments().iter().all(|attachment| attachment.size == 0 || attachment.bytes().is_none())
        );

        world.altinn.set_verdict("vedtak.pdf", Verdict::Clean);
        channel.send(&byplan(), dispatch).await.unwrap();
        assert_eq!(world.altinn.messages().len(), 1);
    });
}

#[test]
fn those_who_cannot_get_digital_mail_are_refused_at_once() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let confidential = to(company(0), SensitivityClass::Confidential, MailboxKind::ConfidentialInbox);
        let citizen = to(person(0), SensitivityClass::Open, MailboxKind::CitizenMailbox);
        for (recipient, facts, code) in [
            (&openly(), PartyFacts::unknown(), "1029"),
            (&confidential, PartyFacts::without_key_role(), "1044"),
            (&citizen, PartyFacts::reserved(), "1030"),
        ] {
            world.altinn.set_party(number_of(&recipient.recipient), facts);
            let dispatch = desk.letter(recipient, b"%PDF-1.7", |_| ()).await;
            let error = channel.send(&byplan(), dispatch).await.unwrap_err();
            assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Rejected, Some(code)), "{error}");
        }
        assert!(world.altinn.messages().is_empty());

        let lawful = desk.letter(&citizen, b"%PDF-1.7", |letter| letter.options.ignore_reservation = true).await;
        channel.send(&byplan(), lawful).await.unwrap();
        assert_eq!(world.altinn.messages().len(), 1);
    });
}

#[test]
fn confirmation_is_told_though_a_download_hides_it() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let wants = |letter: &mut sakarkiv_core::delivery::Letter| letter.options.confirmation_needed = true;
        let sent = channel.send(&byplan(), desk.letter(&openly(), b"%PDF-1.7", wants).await).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        let id = sent.remote_id.0.parse().unwrap();
        let before = channel.details(&byplan(), &sent.remote_id).await.unwrap();
        assert!(before.confirmation_needed && before.confirmed.is_none() && before.read.is_none());
        assert!(world.altinn.confirm(id, &Holder::Anybody));
        world.clock.advance(Duration::from_secs(60));
        let after = channel.details(&byplan(), &sent.remote_id).await.unwrap();
        assert!(after.confirmed.is_some() && after.read.is_some(), "{after:?}");
        assert_eq!((after.status.stage, after.status.raw.as_str()), (Stage::Opened, "Confirmed"));
    });
}

#[test]
fn a_message_can_be_taken_back_until_it_is_published() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let later = |letter: &mut sakarkiv_core::delivery::Letter| {
            letter.options.publish_at = Some("2026-09-20T08:00:00Z".parse().unwrap());
        };
        let waiting = channel.send(&byplan(), desk.letter(&openly(), b"%PDF-1.7", later).await).await.unwrap();
        world.clock.advance(Duration::from_secs(3600));
        channel.withdraw(&byplan(), &waiting.remote_id).await.unwrap();
        channel.withdraw(&byplan(), &waiting.remote_id).await.unwrap();
        let line = channel.status(&byplan(), std::slice::from_ref(&waiting.remote_id)).await.unwrap();
        assert_eq!((line[0].status.stage, line[0].status.raw.as_str()), (Stage::Closed, "PurgedByAltinn"));

        let published = channel.send(&byplan(), desk.letter(&openly(), b"%PDF-1.7 to", |_| ()).await).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        let error = channel.withdraw(&byplan(), &published.remote_id).await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Rejected, Some("1013")));
    });
}
