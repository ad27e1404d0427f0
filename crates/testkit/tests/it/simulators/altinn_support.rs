//! A small world for the tests of Altinn: a municipality that sends, one that receives, and a letter that is in order.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Method, Request};
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{
        InProcess, MaskinportenSim,
        altinn::{AltinnSim, MessageStatus, Resource},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::Reply;

pub(crate) const OWNER: &str = "314111222";
pub(crate) const RECEIVER: &str = "312000342";
pub(crate) const OTHER: &str = "312000008";
pub(crate) const PERSON: &str = "01819000553";
pub(crate) const ORDINARY: &str = "arkiv-brev";
pub(crate) const CONFIDENTIAL: &str = "arkiv-taushetsbelagt";
pub(crate) const READ: &str = "altinn:correspondence.read";
pub(crate) const WRITE: &str = "altinn:correspondence.write";
pub(crate) const ROOT: &str = "https://platform.altinn.test/correspondence/api/v1";

/// Everything, in one process, at a Monday morning.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) maskinporten: MaskinportenSim,
    pub(crate) altinn: AltinnSim,
    pub(crate) network: InProcess,
    /// By organisation and scope: making one takes a signature.
    tokens: Mutex<BTreeMap<(String, String), String>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let maskinporten = MaskinportenSim::new(clock.port());
        let altinn = AltinnSim::new(clock.port(), &maskinporten);
        altinn.configure(|settings| settings.token_life = Duration::from_secs(365 * 86_400));
        altinn.add_resource(Resource::ordinary(ORDINARY, OWNER));
        altinn.add_resource(Resource::confidential(CONFIDENTIAL, OWNER));
        let network = InProcess::hosts([("platform.altinn.test", altinn.router())]);
        Self { clock, maskinporten, altinn, network, tokens: Mutex::default() }
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Result<Reply, HttpError> {
        let (parts, body) = self.network.call(request).await?.into_parts();
        let bytes = body.collect_limited(64 << 20).await.map_err(HttpError::interrupted)?.to_vec();
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, bytes })
    }

    pub(crate) fn token(&self, who: &str, scope: &str) -> String {
        let mut tokens = self.tokens.lock().unwrap();
        tokens.entry((who.to_owned(), scope.to_owned())).or_insert_with(|| self.altinn.token_for(who, scope)).clone()
    }

    /// A call below the correspondence root with a token of the organisation.
    pub(crate) fn request(
        &self,
        who: &str,
        scope: &str,
        method: Method,
        path: &str,
        body: impl Into<Body>,
    ) -> Request<Body> {
        let uri = if path.starts_with("https:") { path.to_owned() } else { format!("{ROOT}{path}") };
        Request::builder()
            .method(method)
            .uri(uri)
            .header("Authorization", format!("Bearer {}", self.token(who, scope)))
            .header("Content-Type", "application/json")
            .body(body.into())
            .unwrap()
    }

    /// A look as the sender.
    pub(crate) async fn sent(&self, path: &str) -> Reply {
        self.call(self.request(OWNER, WRITE, Method::GET, path, Body::empty())).await.unwrap()
    }

    /// A look as the recipient.
    pub(crate) async fn got(&self, path: &str) -> Reply {
        self.call(self.request(RECEIVER, READ, Method::GET, path, Body::empty())).await.unwrap()
    }

    /// An act as the recipient.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        self.call(self.request(RECEIVER, READ, Method::POST, path, Body::empty())).await.unwrap()
    }

    pub(crate) async fn purge(&self, who: &str, scope: &str, id: Uuid) -> Reply {
        let path = format!("/correspondence/{id}/purge");
        self.call(self.request(who, scope, Method::DELETE, &path, Body::empty())).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(self.request(OWNER, WRITE, Method::POST, path, body.to_string())).await.unwrap()
    }

    pub(crate) async fn send(&self, letter: &Value) -> Reply {
        self.post("/correspondence", letter).await
    }

    /// Sends and gives the id of the first correspondence.
    pub(crate) async fn sent_id(&self, letter: &Value) -> Uuid {
        first_id(&self.send(letter).await)
    }

    /// Sends, waits for the publication, and gives the id.
    pub(crate) async fn published(&self, letter: &Value) -> Uuid {
        let id = self.sent_id(letter).await;
        self.pass(10);
        assert!(self.altinn.message(id).unwrap().published().is_some());
        id
    }

    pub(crate) async fn send_form(&self, letter: &Value, files: &[(&str, &[u8])]) -> Reply {
        self.call(self.form(letter, files)).await.unwrap()
    }

    pub(crate) fn form(&self, letter: &Value, files: &[(&str, &[u8])]) -> Request<Body> {
        let mut fields = Vec::new();
        flatten(letter, String::new(), &mut fields);
        let mut body = Vec::new();
        for (name, text) in fields {
            let part = format!("--snitt\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        for (name, bytes) in files {
            let head =
                format!("--snitt\r\nContent-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--snitt--\r\n");
        let mut request = self.request(OWNER, WRITE, Method::POST, "/correspondence/upload", body);
        request.headers_mut().insert("Content-Type", "multipart/form-data; boundary=snitt".parse().unwrap());
        request
    }

    /// Makes an attachment, uploads it and waits for its scan.
    pub(crate) async fn shared(&self, name: &str, bytes: &[u8]) -> Uuid {
        let id = self.made(name).await;
        assert_eq!(self.upload(id, bytes).await.status, 200);
        self.pass(10);
        id
    }

    pub(crate) async fn made(&self, name: &str) -> Uuid {
        let described = json!({"resourceId": ORDINARY, "fileName": name, "sendersReference": "vedlegg-1", "sender": "0192:314111222"});
        let reply = self.post("/attachment", &described).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json().as_str().unwrap().parse().unwrap()
    }

    pub(crate) async fn upload(&self, id: Uuid, bytes: &[u8]) -> Reply {
        let path = format!("/attachment/{id}/upload");
        let mut request = self.request(OWNER, WRITE, Method::POST, &path, bytes.to_vec());
        request.headers_mut().insert("Content-Type", "application/octet-stream".parse().unwrap());
        self.call(request).await.unwrap()
    }

    /// What the sender sees as status.
    pub(crate) async fn status(&self, id: Uuid) -> String {
        self.sent(&format!("/correspondence/{id}")).await.json()["status"].as_str().unwrap().to_owned()
    }

    pub(crate) fn history(&self, id: Uuid) -> Vec<MessageStatus> {
        self.altinn.message(id).unwrap().history.iter().map(|event| event.status).collect()
    }
}

/// The number of an error.
pub(crate) fn code(reply: &Reply) -> u64 {
    reply.json()["errorCode"].as_u64().unwrap_or_default()
}

pub(crate) fn first_id(reply: &Reply) -> Uuid {
    assert_eq!(reply.status, 200, "{}", reply.json());
    reply.json()["correspondences"][0]["correspondenceId"].as_str().unwrap().parse().unwrap()
}

/// A letter in order, to the receiving municipality.
pub(crate) fn letter() -> Value {
    json!({
        "correspondence": {
            "resourceId": ORDINARY,
            "sendersReference": "2026/417-3",
            "content": {
                "language": "nb", "messageTitle": "Svar på høring", "messageSummary": "Svar",
                "messageBody": "Hei.\n\nSe **vedlegg**.",
            },
        },
        "recipients": [format!("urn:altinn:organization:identifier-no:{RECEIVER}")],
    })
}

pub(crate) fn confidential() -> Value {
    let letter = with(letter(), "/correspondence/resourceId", json!(CONFIDENTIAL));
    with(letter, "/correspondence/isConfidential", json!(true))
}

/// The letter with files described.
pub(crate) fn with_files(names: &[&str]) -> Value {
    let described = names
        .iter()
        .map(|name| json!({"fileName": name, "displayName": "Vedlegg", "sendersReference": "2026/417-3-1"}));
    with(letter(), "/correspondence/content/attachments", described.collect())
}

/// The same JSON with one member set, by pointer; objects on the way are made.
pub(crate) fn with(mut letter: Value, pointer: &str, value: Value) -> Value {
    let mut place = &mut letter;
    for step in pointer.split('/').skip(1) {
        place = match step.parse::<usize>() {
            Ok(index) if place.is_array() => &mut place[index],
            _ => &mut place[step],
        };
    }
    *place = value;
    letter
}

fn flatten(value: &Value, path: String, fields: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| flatten(member, below(name), fields)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| flatten(item, format!("{path}[{index}]"), fields));
        }
        Value::String(text) => fields.push((path, text.clone())),
        Value::Null => {}
        other => fields.push((path, other.to_string())),
    }
}
