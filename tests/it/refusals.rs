//! What every refusal of every endpoint means to the engine: one table for each way an endpoint is used.

use std::sync::Arc;

use sakarkiv_core::{
    delivery::{Reference, RemoteId},
    ports::{
        Channel, Inbox, ItemId, PortError,
        PortErrorKind::{self, Misconfigured, Rejected, Transient, Unauthorised, Unknown},
        ReachQuery, Refusal,
    },
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_svarut::{SvarUtChannel, svarinn::Protocol};
use sakarkiv_testkit::{
    conformance::{Samples, company, person},
    memory::MemoryStore,
    simulators::{Answer, AnswerBody, ErrorJson, Fault, Faults, Mail, MailFile, Operation, When},
};
use uuid::Uuid;

use crate::outside::{Outbox, Outside, PROVEDAL, account, drive, monday};

const STATUSES: [u16; 10] = [400, 401, 403, 404, 409, 413, 429, 500, 502, 503];

/// What each of [`STATUSES`] means; nothing where the call is a success all the same.
type Meanings = [Option<PortErrorKind>; 10];

const fn errors(kinds: [PortErrorKind; 10]) -> Meanings {
    let mut meanings = [None; 10];
    let mut n = 0;
    while n < kinds.len() {
        meanings[n] = Some(kinds[n]);
        n += 1;
    }
    meanings
}

const ASKING: Meanings = errors([
    Rejected,
    Unauthorised,
    Unauthorised,
    Misconfigured,
    Rejected,
    Rejected,
    Transient,
    Transient,
    Transient,
    Transient,
]);

/// Asking about one shipment or item: "not found" speaks of that one.
const ASKING_ABOUT_ONE: Meanings = errors([
    Rejected,
    Unauthorised,
    Unauthorised,
    Rejected,
    Rejected,
    Rejected,
    Transient,
    Transient,
    Transient,
    Transient,
]);

const SENDING: Meanings = errors([
    Rejected,
    Unauthorised,
    Unauthorised,
    Misconfigured,
    Unknown,
    Rejected,
    Unknown,
    Unknown,
    Unknown,
    Unknown,
]);

/// Whatever Maskinporten refuses is our own fault, but for "later".
const TOKEN: Meanings = errors([
    Unauthorised,
    Unauthorised,
    Unauthorised,
    Unauthorised,
    Unauthorised,
    Unauthorised,
    Transient,
    Transient,
    Transient,
    Transient,
]);

/// A repeated word about an item: whoever is gone has been told.
const TELLING: Meanings = [
    Some(Rejected),
    Some(Unauthorised),
    Some(Unauthorised),
    None,
    Some(Rejected),
    Some(Rejected),
    Some(Transient),
    Some(Transient),
    Some(Transient),
    Some(Transient),
];

/// The way an endpoint is used.
#[derive(Debug, Clone, Copy)]
enum Use {
    Reach,
    SendToOrganisation,
    SendToPerson,
    SendWithCertificate,
    SendWithMessageType,
    SendWithReceiverSystem,
    Find,
    Status,
    History,
    Check,
    List,
    Fetch,
    Acknowledge,
    Refuse,
}

impl Use {
    async fn of_channel(self, channel: &SvarUtChannel) -> Result<(), PortError> {
        let by = account("byplan");
        let id = RemoteId(Uuid::from_u128(7).to_string());
        let send = |class, mailbox, to, message_type: Option<&'static str>| async move {
            let change = |letter: &mut sakarkiv_core::delivery::Letter| {
                letter.options.message_type = message_type.map(str::to_owned);
            };
            let dispatch = Outbox::new().letter((to, class, mailbox), b"%PDF-1.7 brev", change).await;
            channel.send(&account("byplan"), dispatch).await.map(drop)
        };
        let (open, secret) = (SensitivityClass::Open, SensitivityClass::Confidential);
        match self {
            Self::Reach => {
                let query = ReachQuery { recipient: company(0), sensitivity: open, message_type: None };
                channel.reach(&by, &query).await.map(drop)
            }
            Self::SendToOrganisation => send(open, MailboxKind::OrganisationInbox, company(0), None).await,
            Self::SendToPerson => send(open, MailboxKind::CitizenMailbox, person(0), None).await,
            Self::SendWithCertificate => send(secret, MailboxKind::ConfidentialInbox, company(0), None).await,
            Self::SendWithMessageType => {
                send(open, MailboxKind::OrganisationInbox, company(0), Some("byggesak.soknad")).await
            }
            Self::SendWithReceiverSystem => send(secret, MailboxKind::ReceiverSystem, company(0), None).await,
            Self::Find => {
                let letter = Samples::new("provedal").letter_id();
                channel.find(&by, &Reference::of(letter)).await.map(drop)
            }
            Self::Status => channel.status(&by, &[id]).await.map(drop),
            Self::History => channel.history(&by, &id).await.map(drop),
            Self::Check => channel.check(&by).await,
            Self::List | Self::Fetch | Self::Acknowledge | Self::Refuse => panic!("that is asked of an inbox"),
        }
    }

    async fn of_inbox(self, inbox: &dyn Inbox, item: &ItemId) -> Result<(), PortError> {
        match self {
            Self::List => inbox.list().await.map(drop),
            Self::Fetch => {
                inbox.fetch(Samples::new("provedal").tenant(), item, Arc::new(MemoryStore::default())).await.map(drop)
            }
            Self::Acknowledge => inbox.acknowledge(item).await,
            Self::Refuse => inbox.refuse(item, &Refusal { reason: "ikke nå".to_owned(), permanent: false }).await,
            Self::Check => inbox.check().await,
            other => panic!("{other:?} is not asked of an inbox"),
        }
    }
}

/// Arms the same refusal for every call of an operation, once with the service's error body and once with a proxy's page.
fn arm(faults: &Faults, operation: Operation, status: u16, page: bool) {
    let body = if page { AnswerBody::Html } else { AnswerBody::Error(ErrorJson::Object) };
    faults.arm(operation, When::Always, Fault::Answer(Answer::new(status).with_body(body)));
}

fn assert_means(told: &str, outcome: Result<(), PortError>, meaning: Option<PortErrorKind>) {
    let kind = outcome.as_ref().err().map(PortError::kind);
    assert_eq!(kind, meaning, "{told}: {outcome:?}");
    if let Err(error) = outcome {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Proevebedriften") && !shown.contains("Testperson"), "{shown}");
    }
}

#[test]
fn every_refusal_of_svarut_and_maskinporten_means_what_the_engine_can_act_on() {
    use Operation as O;
    let table = [
        (Use::Reach, O::ReceiverSystems, ASKING),
        (Use::SendToOrganisation, O::SendOrganisation, SENDING),
        (Use::SendToPerson, O::SendPerson, SENDING),
        // Nothing has left while something is still being asked, so it is never unknown.
        (Use::SendWithCertificate, O::Certificate, ASKING),
        (Use::SendWithMessageType, O::MessageTypes, ASKING),
        (Use::SendWithReceiverSystem, O::ReceiverSystems, ASKING),
        (Use::Find, O::FindWithMetadata, ASKING),
        (Use::Status, O::Status, ASKING),
        (Use::History, O::History, ASKING_ABOUT_ONE),
        (Use::Check, O::Find, ASKING),
        (Use::Check, O::Token, TOKEN),
        (Use::SendToPerson, O::Token, TOKEN),
    ];
    for (used, operation, meanings) in table {
        for (status, meaning) in STATUSES.into_iter().zip(meanings) {
            for page in [false, true] {
                let outside = Outside::new(monday(), &[PROVEDAL]);
                let channel = outside.channel(&PROVEDAL);
                let of_token = operation == O::Token;
                let faults = if of_token { outside.maskinporten.faults() } else { outside.svarut.faults() };
                arm(faults, operation, status, page);
                let outcome = drive(&outside.clock, used.of_channel(&channel));
                assert_means(&format!("{used:?} {operation:?} {status}"), outcome, meaning);
                assert_eq!(outside.svarut.shipments().len(), 0, "{used:?} {status}");
            }
        }
    }
}

#[test]
fn every_refusal_of_svarinn_means_what_the_engine_can_act_on() {
    use Operation as O;
    for protocol in [Protocol::V2, Protocol::V1] {
        let refuse = if protocol == Protocol::V1 { O::Refuse } else { O::Acknowledge };
        let mut checking = ASKING;
        // What was asked is right beyond doubt, so it is not SvarInn that refuses it.
        for (meaning, status) in checking.iter_mut().zip(STATUSES) {
            if matches!(status, 400 | 409 | 413) {
                *meaning = Some(Misconfigured);
            }
        }
        let table = [
            (Use::List, O::List, ASKING),
            (Use::Check, O::List, checking),
            (Use::Fetch, O::Download, ASKING_ABOUT_ONE),
            (Use::Acknowledge, O::Acknowledge, TELLING),
            (Use::Refuse, refuse, TELLING),
        ];
        for (used, operation, meanings) in table {
            for (status, meaning) in STATUSES.into_iter().zip(meanings) {
                for page in [false, true] {
                    let outside = Outside::new(monday(), &[PROVEDAL]);
                    let mail =
                        Mail::new("Brev", PROVEDAL.organisation).with_file(MailFile::pdf("brev.pdf", "%PDF-1.7"));
                    let item = ItemId(outside.svarinn.deliver(PROVEDAL.name, mail).to_string());
                    let inbox = outside.inbox(&PROVEDAL, protocol);
                    arm(outside.svarinn.faults(), operation, status, page);
                    let outcome = drive(&outside.clock, used.of_inbox(&inbox, &item));
                    assert_means(&format!("{protocol:?} {used:?} {status}"), outcome, meaning);
                    assert_eq!(outside.svarinn.waiting(PROVEDAL.name), 1, "{used:?} {status}");
                }
            }
        }
    }
}

#[test]
fn clocks_that_differ_are_told_as_a_matter_of_credentials_and_not_of_the_letter() {
    // Ours runs behind or ahead of Maskinporten's: its tokens are refused before anything is sent.
    for minutes in [-10, 10] {
        let theirs = monday();
        let outside = Outside::new(Arc::clone(&theirs), &[PROVEDAL]);
        let ours = monday();
        ours.set(sakarkiv_core::ports::Clock::now(ours.as_ref()) + chrono::Duration::minutes(minutes));
        let here = Outside { clock: Arc::clone(&ours), ..outside.clone() };
        let channel = here.channel(&PROVEDAL);
        let outcome = drive(&ours, Use::SendToPerson.of_channel(&channel));
        assert_means(&format!("{minutes} minutes"), outcome, Some(Unauthorised));
        assert_eq!(outside.svarut.shipments().len(), 0);
        // Once the clock has been set, the same channel works.
        ours.set(sakarkiv_core::ports::Clock::now(theirs.as_ref()));
        drive(&ours, Use::SendToPerson.of_channel(&channel)).unwrap();
    }
    // A few seconds are nothing.
    let outside = Outside::new(monday(), &[PROVEDAL]);
    let ours = monday();
    ours.advance(std::time::Duration::from_secs(5));
    let here = Outside { clock: Arc::clone(&ours), ..outside };
    drive(&ours, Use::SendToPerson.of_channel(&here.channel(&PROVEDAL))).unwrap();
}
