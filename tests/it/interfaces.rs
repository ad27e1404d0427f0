//! Everything that our adapters say to the services, and everything that the simulated services answer, against the
//! published definitions: neither side may speak an interface of its own.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response, header};
use sakarkiv_core::{
    delivery::{Letter, Recipient, RemoteId},
    identity::NationalIdentityNumber,
    ports::{Channel, Inbox, ItemId, ReachQuery, Refusal},
    routing::MailboxKind as M,
    sensitivity::SensitivityClass as C,
};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_svarut::{
    Deletion, HealthContact, HealthDetails, HealthReceiver, SvarUtChannel,
    svarinn::{Protocol, SvarInn},
};
use sakarkiv_testkit::{
    conformance::{Samples, addressee, company, person},
    definitions::{Definition, Exchange, Interface},
    memory::MemoryStore,
    simulators::{Fault, InProcess, Mail, MailFile, Operation, Registration, Sender, When},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    outside::{MASKINPORTEN, Outbox, Outside, PROVEDAL, SVARUT, account, drive, monday},
    svarut_channel::number_of,
};

/// One call as it went over the network.
#[derive(Debug, Clone)]
struct Recorded {
    method: String,
    host: String,
    path: String,
    query: Vec<String>,
    request: Option<Value>,
    status: u16,
    answer: Option<Value>,
}

/// A network that keeps what passes.
#[derive(Debug)]
struct Recorder {
    network: InProcess,
    calls: Mutex<Vec<Recorded>>,
}

impl Recorder {
    fn over(outside: &Outside) -> Arc<Self> {
        Arc::new(Self { network: outside.network.clone(), calls: Mutex::default() })
    }

    fn calls(&self) -> Vec<Recorded> {
        self.calls.lock().unwrap().clone()
    }
}

#[async_trait]
impl HttpService for Recorder {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let sent = body.collect_limited(1 << 24).await.unwrap();
        let media_type = head.headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
        let mut recorded = Recorded {
            method: head.method.as_str().to_lowercase(),
            host: head.uri.host().unwrap().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().into_iter().flat_map(|query| query.split('&')).map(name_of).collect(),
            request: json_of(media_type.as_deref(), &sent),
            status: 0,
            answer: None,
        };
        let (head, body) = self.network.call(Request::from_parts(head, sent.into())).await?.into_parts();
        let answer = body.collect_limited(1 << 24).await.unwrap();
        recorded.status = head.status.as_u16();
        let media_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        recorded.answer = json_of(media_type, &answer);
        self.calls.lock().unwrap().push(recorded);
        Ok(Response::from_parts(head, answer.into()))
    }
}

fn name_of(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_owned()
}

/// The JSON of a body, or of the metadata part of a form.
fn json_of(media_type: Option<&str>, body: &Bytes) -> Option<Value> {
    let media_type = media_type?;
    if media_type.starts_with("application/json") {
        return Some(serde_json::from_slice(body).unwrap());
    }
    let boundary = media_type.strip_prefix("multipart/form-data")?.split_once("boundary=")?.1.trim_matches('"');
    let text = String::from_utf8_lossy(body);
    let first = text.split(&format!("--{boundary}")).nth(1).unwrap();
    let (head, content) = first.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("name=\"forsendelse\"") && head.contains("application/json"), "{head}");
    Some(serde_json::from_str(content).unwrap())
}

/// What KS publishes about SvarUt; below the base address `/api`.
fn svarut() -> Interface {
    Interface::of(
        [
            "fiks-svarut-specs/forsendelse-send-api-v3.json",
            "fiks-svarut-specs/forsendelse-status-api-v3.json",
            "fiks-svarut-specs/forsendelse-eksternref-api-v2.json",
            "fiks-svarut-klient/forsendelse-hendelser-api-v2.json",
            "fiks-svarut-klient/forsendelse-lest-api-v2.json",
            "fiks-svarut-klient/forsendelse-metadata-api-v2.json",
            "fiks-svarut-klient/forsendelse-slett-api-v2.json",
            "fiks-svarut-klient/forsendelse-typer-api-v2.json",
            "fiks-svarut-klient/mottakersystem-api-v2.json",
        ]
        .map(|file| Definition::published("svarut", file)),
    )
}

/// What is known of SvarInn; below the base address `/tjenester`. The links in the list of version 2 lead to the download of
/// version 1.
fn svarinn(versions: &[&str]) -> Interface {
    let files = versions.iter().map(|version| format!("own/svarinn-{version}.openapi.yaml"));
    Interface::of(files.map(|file| Definition::published("svarut", &file)))
}

/// Compares every call to a host and tells which operations there were. The certificate's address is in no definition.
fn operations(interface: &Interface, base: &str, host: &str, calls: &[Recorded]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    for call in calls.iter().filter(|call| call.host == host && call.path != "/forsendelse/publickey/hent") {
        let exchange = Exchange {
            method: &call.method,
            path: call.path.strip_prefix(base).unwrap_or_else(|| panic!("{} is not below {base}", call.path)),
            query: &call.query,
            request: call.request.as_ref(),
            status: call.status,
            answer: call.answer.as_ref(),
        };
        assert_eq!(interface.problems(&exchange), [""; 0], "{call:#?}");
        seen.extend(interface.operation(&exchange));
    }
    seen
}

/// Sends letters of every kind and asks everything that can be asked about them.
async fn use_svarut(outside: &Outside, channel: &SvarUtChannel) {
    let by = account("byplan");
    let mut outbox = Outbox::new();
    let mut sent = Vec::new();
    let full = |letter: &mut Letter| {
        letter.title = "å".repeat(1500).into();
        letter.options.duplex = true;
        letter.options.dialogue_reply = true;
        letter.options.correlation = Some("k".repeat(100));
        letter.options.answers = Some(Uuid::from_u128(5).to_string());
        letter.options.billing_code = Some("Ø_-.9".to_owned());
        letter.options.message_type = Some("byggesak.soknad".to_owned());
        letter.documents[0].file_name =
            sakarkiv_core::document::FileName::sanitize(&format!("{}.pdf", "ø".repeat(300)));
        let again = letter.documents[0].clone();
        letter.documents.push(again);
    };
    for to in [
        (company(0), C::Open, M::OrganisationInbox),
        (company(0), C::Confidential, M::ConfidentialInbox),
        (company(1), C::StrictlyConfidential, M::ReceiverSystem),
        (person(0), C::Restricted, M::CitizenMailbox),
        (person(1), C::Confidential, M::CitizenMailbox),
        (addressee(0), C::Confidential, M::Paper),
    ] {
        let query = ReachQuery { recipient: to.0.clone(), sensitivity: to.1, message_type: None };
        channel.reach(&by, &query).await.unwrap();
        for change in [(|_| ()) as fn(&mut Letter), full] {
            let dispatch = outbox.letter(to.clone(), b"%PDF-1.7 brev", change).await;
            let reference = dispatch.reference.clone();
            sent.push(channel.send(&by, dispatch).await.unwrap().remote_id);
            channel.find(&by, &reference).await.unwrap();
        }
    }
    let dispatch = outbox.letter((person(2), C::Confidential, M::HealthNetwork), b"%PDF-1.7 brev", |_| ()).await;
    sent.push(channel.send_to_health_network(&by, dispatch, &health_details()).await.unwrap().remote_id);
    let refused = outbox.letter((company(0), C::Open, M::OrganisationInbox), b"ingen PDF", |_| ()).await;
    channel.send(&by, refused).await.unwrap_err();
    outside.clock.advance(Duration::from_secs(3600));
    channel.status(&by, &sent).await.unwrap();
    channel.check(&by).await.unwrap();
    let Recipient::Person { number, .. } = person(0) else { panic!("a person") };
    for id in &sent {
        channel.history(&by, id).await.unwrap();
        channel.document_info(&by, id).await.unwrap();
        channel.signing_events(&by, id).await.unwrap();
        channel.mark_read(&by, id, &number, sakarkiv_core::ports::Clock::now(outside.clock.as_ref())).await.unwrap();
        channel.delete_documents(&by, id, Deletion::Everything).await.unwrap();
    }
    channel.history(&by, &RemoteId(Uuid::from_u128(9).to_string())).await.unwrap_err();
}

fn health_details() -> HealthDetails {
    let Recipient::Person { number, .. } = person(2) else { panic!("a person") };
    HealthDetails {
        receiver: HealthReceiver::GeneralPractitioner,
        patient_number: number,
        patient_given_name: "Kari".to_owned().into(),
        patient_family_name: "Testperson".to_owned().into(),
        contact: HealthContact {
            given_name: "Kim".to_owned().into(),
            family_name: "Prøve".to_owned().into(),
            telephone: "22222222".to_owned().into(),
        },
        description: Some("å".repeat(6000).into()),
    }
}

#[test]
fn what_is_said_between_our_svarut_and_the_simulator_is_what_the_definitions_say() {
    let interface = svarut();
    if interface.is_empty() {
        return;
    }
    let outside = Outside::new(monday(), &[PROVEDAL]);
    outside.svarinn.add_system("mottaker", "passord", &[]).unwrap();
    let everything = Registration::everything(Uuid::from_u128(1), "mottaker", number_of(&company(1)));
    outside.svarut.connect(&outside.svarinn, [everything]);
    let recorder = Recorder::over(&outside);
    let channel = outside.channel_over(&PROVEDAL, Arc::clone(&recorder) as _, (SVARUT, MASKINPORTEN));
    drive(&outside.clock, use_svarut(&outside, &channel));
    // Refusals of every kind are answers too.
    for status in [400, 401, 403, 409, 429, 503] {
        outside.svarut.faults().arm(Operation::Find, When::Next(2), Fault::status(status));
        drive(&outside.clock, channel.check(&account("byplan"))).unwrap_err();
        outside.svarut.faults().clear();
    }
    let seen = operations(&interface, "/api", "svarut.test", &recorder.calls());
    let expected = [
        "delete /v2/forsendelser/{forsendelseId}/dokumenter",
        "get /v2/forsendelser/{forsendelseId}/hendelser",
        "get /v2/forsendelser/{forsendelseId}/metadata",
        "get /v2/forsendelser/{forsendelseId}/signeringshendelser",
        "get /v2/forsendelsestyper",
        "get /v2/kontoer/{kontoId}/forsendelser",
        "get /v2/kontoer/{kontoId}/forsendelser/metadata",
        "get /v2/mottakersystem",
        "post /v2/forsendelser/{forsendelseId}/lest",
        "post /v3/kontoer/{kontoId}/forsendelser/nhn",
        "post /v3/kontoer/{kontoId}/forsendelser/organisasjon",
        "post /v3/kontoer/{kontoId}/forsendelser/person",
        "post /v3/kontoer/{kontoId}/forsendelser/print",
        "post /v3/kontoer/{kontoId}/forsendelser/status/sok",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Takes in mail of several kinds, acknowledges one and refuses another.
async fn use_svarinn(outside: &Outside, inbox: &SvarInn) {
    let child = NationalIdentityNumber::parse("01819000049").unwrap();
    let mut case = serde_json::Map::new();
    case.insert("saksaar".to_owned(), json!(2026));
    case.insert("sakssekvensnummer".to_owned(), json!(417));
    let mut letter =
        Mail::new("Uttalelse", PROVEDAL.organisation).with_file(MailFile::pdf("brev.pdf", "%PDF-1.7 brev"));
    letter.sender_case = case.clone();
    letter.our_case = case;
    letter.confidential = true;
    letter.highest_level = true;
    let dialogue = Mail::dialogue("Spørsmål", PROVEDAL.organisation, Sender::person("Kari Testperson", child.digits()));
    for mail in [letter, dialogue] {
        let item = ItemId(outside.svarinn.deliver(PROVEDAL.name, mail).to_string());
        inbox.list().await.unwrap();
        let blobs = Arc::new(MemoryStore::default());
        inbox.fetch(Samples::new("provedal").tenant(), &item, blobs).await.unwrap();
        for permanent in [false, true] {
            inbox.refuse(&item, &Refusal { reason: "prøve".to_owned(), permanent }).await.unwrap();
        }
        inbox.acknowledge(&item).await.unwrap();
    }
    inbox.check().await.unwrap();
}

#[test]
fn what_is_said_between_our_svarinn_and_the_simulator_is_what_the_definitions_say() {
    for (versions, protocol, expected) in [
        (
            &["v2", "v1"][..],
            Protocol::V2,
            vec![
                "get /svarinn/forsendelse/{forsendelseId}",
                "get /svarinn/v2/forsendelser",
                "patch /svarinn/v2/forsendelser/{forsendelseId}/status",
            ],
        ),
        (
            &["v1"][..],
            Protocol::V1,
            vec![
                "get /svarinn/forsendelse/{forsendelseId}",
                "get /svarinn/mottaker/hentNyeForsendelser",
                "post /svarinn/kvitterMottak/forsendelse/{forsendelseId}",
                "post /svarinn/mottakFeilet/forsendelse/{forsendelseId}",
            ],
        ),
    ] {
        let interface = svarinn(versions);
        if interface.is_empty() {
            continue;
        }
        let outside = Outside::new(monday(), &[PROVEDAL]);
        let recorder = Recorder::over(&outside);
        let inbox = outside.inbox_over(&PROVEDAL, protocol, Arc::clone(&recorder) as _);
        drive(&outside.clock, use_svarinn(&outside, &inbox));
        let seen = operations(&interface, "/tjenester", "svarinn.test", &recorder.calls());
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}
