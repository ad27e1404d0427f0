//! Everything that our Altinn says, against the published definition and what is known to have changed since.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use http::{Request, Response, header};
use sakarkiv_core::{
    delivery::{
        ExternalReference, Language, Letter, Message, Notification, NotificationChannel, NotificationRecipient,
        NotificationText, Reminder, ReplyLink,
    },
    identity::TenantId,
    ports::{AccessCoverage, Channel, Inbox, ItemId},
    routing::MailboxKind as M,
    sensitivity::SensitivityClass as C,
};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    conformance::{company, person},
    definitions::{Definition, Exchange, Interface},
    memory::MemoryStore,
    simulators::{InProcess, altinn::Mail},
};
use serde_json::{Map, Value, json};

use super::{
    channel::to,
    world::{Desk, INCOMING, INCOMING_CONFIDENTIAL, RECEIVER, World, byplan},
};
use crate::outside::drive;

/// One request as it went over the network.
#[derive(Debug, Clone)]
struct Recorded {
    method: String,
    path: String,
    query: Vec<String>,
    accept: String,
    form: bool,
    json: Option<Value>,
    status: u16,
}

/// A network that keeps what is said to Altinn.
#[derive(Debug)]
struct Recorder {
    network: InProcess,
    calls: Mutex<Vec<Recorded>>,
}

#[async_trait]
impl HttpService for Recorder {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let sent = body.collect_limited(1 << 24).await.unwrap();
        let named = |name: header::HeaderName| {
            head.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
        };
        let media_type = named(header::CONTENT_TYPE);
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=");
        let mut recorded = Recorded {
            method: head.method.as_str().to_lowercase(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().into_iter().flat_map(|query| query.split('&')).map(name_of).collect(),
            accept: named(header::ACCEPT),
            form: boundary.is_some(),
            json: match boundary {
                Some(boundary) => Some(form_as_json(&String::from_utf8_lossy(&sent), boundary)),
                None => (media_type == "application/json").then(|| serde_json::from_slice(&sent).unwrap()),
            },
            status: 0,
        };
        let altinn = head.uri.host() == Some("platform.altinn.test");
        let response = self.network.call(Request::from_parts(head, sent.into())).await?;
        recorded.status = response.status().as_u16();
        if altinn {
            self.calls.lock().unwrap().push(recorded);
        }
        Ok(response)
    }
}

fn name_of(pair: &str) -> String {
    pair.split('=').next().unwrap_or_default().to_owned()
}

/// The JSON that the fields of a form stand for. Documents are left out.
fn form_as_json(body: &str, boundary: &str) -> Value {
    let mut whole = Value::Null;
    for part in body.split(&format!("--{boundary}\r\n")).skip(1) {
        let (head, content) = part.split_once("\r\n\r\n").unwrap();
        let name = head.split("name=\"").nth(1).unwrap().split('"').next().unwrap();
        if head.contains("filename=") {
            assert_eq!(name, "attachments");
            continue;
        }
        let value = content.split("\r\n").next().unwrap();
        let value = match value {
            "true" | "false" => json!(value == "true"),
            number if name.ends_with("InDays") => json!(number.parse::<u32>().unwrap()),
            text => json!(text),
        };
        put(&mut whole, name, value);
    }
    whole
}

fn put(at: &mut Value, name: &str, value: Value) {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let (member, index) = match first.split_once('[') {
        Some((member, index)) => (member, Some(index.trim_end_matches(']').parse::<usize>().unwrap())),
        None => (first, None),
    };
    if at.is_null() {
        *at = Value::Object(Map::new());
    }
    let mut place = at.as_object_mut().unwrap().entry(member).or_insert(Value::Null);
    if let Some(index) = index {
        if place.is_null() {
            *place = json!([]);
        }
        let list = place.as_array_mut().unwrap();
        while list.len() <= index {
            list.push(Value::Null);
        }
        place = &mut list[index];
    }
    match rest {
        Some(rest) => put(place, rest, value),
        None => *place = value,
    }
}

/// Uses every option there is.
fn full(letter: &mut Letter) {
    let text = |what: &str| NotificationText {
        email_subject: Some(format!("{what} emne").into()),
        email_body: Some(format!("<p>{what}</p>").into()),
        email_is_html: true,
        sms: Some(what.into()),
    };
    let options = &mut letter.options;
    options.message = Some(Message {
        language: Language::Nynorsk,
        summary: Some("Kort *samandrag*".into()),
        body: "Sjå **vedlegg**.".into(),
    });
    options.notification = Some(Notification {
        channel: NotificationChannel::EmailAndSms,
        text: Some(text("Varsel")),
        reminder: Some(Reminder { channel: Some(NotificationChannel::Email), text: Some(text("Purring")) }),
        recipients: vec![
            NotificationRecipient::Email("post@eksempel.example".into()),
            NotificationRecipient::Mobile("+4799999999".into()),
        ],
        only_these: true,
    });
    options.due = Some("2026-12-01T08:00:00Z".parse().unwrap());
    options.publish_at = Some("2026-09-14T08:00:30Z".parse().unwrap());
    options.confirmation_needed = true;
    options.ignore_reservation = true;
    options.properties = (0..10).map(|n| (format!("saksnr_{n}"), "å".repeat(300).into())).collect();
    options.external_references =
        vec![ExternalReference { kind: "Generic".to_owned(), value: "arkiv:1".to_owned() }; 10];
    options.reply_links =
        vec![ReplyLink { url: "https://eksempel.example/svar?x=1".to_owned(), text: Some("Svar".to_owned()) }];
    options.documents_expire_days = Some(90);
    letter.title = format!("***** {}", "å".repeat(400)).into();
    letter.sender.name = format!("<{}>", "b".repeat(300));
    let again = letter.documents[0].clone();
    letter.documents.push(again);
}

async fn use_everything(world: &World, http: &Arc<Recorder>) {
    let service = || Arc::clone(http) as Arc<dyn HttpService>;
    let mut desk = Desk::new();
    let mut sent = Vec::new();
    for one_call_bytes in [25_000_000, 1] {
        let channel = world.channel_with(service(), |config| config["one_call_bytes"] = one_call_bytes.into());
        channel.check(&byplan()).await.unwrap();
        for recipient in [
            to(company(0), C::Open, M::OrganisationInbox),
            to(company(1), C::StrictlyConfidential, M::ConfidentialInbox),
            to(person(0), C::Confidential, M::CitizenMailbox),
        ] {
            for change in [(|_| ()) as fn(&mut Letter), full, |letter| letter.documents.clear()] {
                let dispatch = desk.letter(&recipient, b"%PDF-1.7 brev", change).await;
                let reference = dispatch.reference.clone();
                sent.push(channel.send(&byplan(), dispatch.clone()).await.unwrap().remote_id);
                channel.send(&byplan(), dispatch).await.unwrap();
                channel.find(&byplan(), &reference).await.unwrap();
            }
        }
        channel.withdraw(&byplan(), sent.last().unwrap()).await.unwrap();
        world.clock.advance(Duration::from_secs(120));
        channel.status(&byplan(), &sent).await.unwrap();
        for id in &sent {
            channel.history(&byplan(), id).await.unwrap();
            channel.details(&byplan(), id).await.unwrap();
        }
    }
    let inbox = world.inbox_with(service(), |config| config["on_behalf_of"] = true.into());
    let due = "2026-12-01T08:00:00Z".parse().unwrap();
    let mail = Mail::new(INCOMING, RECEIVER, "Vedtak").with_file("a.pdf", "%PDF").to_confirm_by(due);
    let id = ItemId(world.altinn.put(mail).to_string());
    inbox.check().await.unwrap();
    assert_eq!(inbox.list().await.unwrap().len(), 1);
    let secret = ItemId(world.altinn.put(Mail::new(INCOMING_CONFIDENTIAL, RECEIVER, "Hemmelig")).to_string());
    assert_eq!(
        inbox.unopened().await.unwrap().iter().map(|mail| mail.item.clone()).collect::<Vec<_>>(),
        [Some(secret)]
    );
    let tenant = TenantId::new("mottaker").unwrap();
    inbox.fetch(&tenant, &id, Arc::<MemoryStore>::default()).await.unwrap();
    inbox.acknowledge(&id).await.unwrap();
    let _ = inbox.unread_confidential(Language::English).await;
    world.coverage_over(service()).coverage(&RECEIVER.parse().unwrap()).await.unwrap();
}

#[test]
fn what_our_altinn_says_is_what_the_definition_says() {
    let Some(definition) = Definition::altinn_correspondence() else { return };
    let world = World::new();
    world.let_receiver_read();
    let recorder = Arc::new(Recorder { network: world.network.clone(), calls: Mutex::default() });
    drive(&world.clock, use_everything(&world, &recorder));
    let calls = recorder.calls.lock().unwrap().clone();
    let interface = Interface::of([Some(definition.clone())]);
    let mut seen = BTreeSet::new();
    for call in &calls {
        assert!(!call.accept.contains("/*") || call.accept == "*/*", "{call:?}");
        let exchange = Exchange {
            method: &call.method,
            path: &call.path,
            query: &call.query,
            request: call.json.as_ref().filter(|_| !call.form),
            status: 200,
            answer: None,
        };
        let Some(operation) = interface.operation(&exchange) else {
            seen.insert(format!("{} {}", call.method, call.path.split("/v1/").nth(1).unwrap()));
            continue;
        };
        // The simulator's answers are held to the definition by its own tests.
        let problems = interface.problems(&exchange);
        let ours = problems.iter().filter(|problem| !problem.contains("answer 200")).collect::<Vec<_>>();
        assert_eq!(ours, [""; 0].iter().collect::<Vec<_>>(), "{call:#?}");
        if let Some(json) = call.json.as_ref().filter(|_| call.form) {
            assert_eq!(definition.problems("InitializeCorrespondencesExt", json), [""; 0], "{json:#}");
        }
        seen.insert(operation.replace("/correspondence/api/v1/", ""));
    }
    let expected = [
        "delete correspondence/{correspondenceId}/purge",
        "get attachment/{attachmentId}",
        "get confidential-reminders",
        "get correspondence",
        "get correspondence/{correspondenceId}",
        "get correspondence/{correspondenceId}/attachment/{attachmentId}/download",
        "get correspondence/{correspondenceId}/details",
        "get enduser/authorizedparties",
        "get enduser/connections/accesspackages",
        "get exchange/maskinporten",
        "get resource/eksempel-taushetsbelagt/policy/rights",
        "post attachment",
        "post attachment/{attachmentId}/upload",
        "post correspondence",
        "post correspondence/upload",
        "post correspondence/{correspondenceId}/confirm",
        "post correspondence/{correspondenceId}/markasread",
    ];
    assert_eq!(seen, expected.map(str::to_owned).into());
    let refused = calls.iter().filter(|call| call.status == 400 || call.status == 406 || call.status == 415);
    assert_eq!(refused.count(), 0, "nothing that we say is malformed");
}
