//! A small world for the tests: one municipality that sends, one that receives, and a letter that is in order.

use std::{sync::Arc, time::Duration};

use http::{Method, Request};
use sakarkiv_cms::Identity;
use sakarkiv_http::{Body, HttpError, HttpService};
use sakarkiv_testkit::{
    doubles::ManualClock,
    simulators::{Account, InProcess, Integration, MaskinportenSim, Registration, SvarInnSim, SvarUtSim},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const ACCOUNT: Uuid = Uuid::from_u128(0xA1);
pub(crate) const OTHER_ACCOUNT: Uuid = Uuid::from_u128(0xA2);
pub(crate) const INTEGRATION: Uuid = Uuid::from_u128(0xB1);
pub(crate) const SENDER: &str = "314111222";
pub(crate) const RECEIVER: &str = "312000342";
pub(crate) const PERSON: &str = "01819000553";
pub(crate) const SVARUT: &str = "https://svarut.test";

/// Everything, in one process, at a Monday morning.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) maskinporten: MaskinportenSim,
    pub(crate) svarut: SvarUtSim,
    pub(crate) svarinn: SvarInnSim,
    pub(crate) network: InProcess,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("{} {}", self.status, String::from_utf8_lossy(&self.bytes)))
    }

    pub(crate) fn id(&self) -> Uuid {
        assert_eq!(self.status, 200, "{}", self.json());
        self.json()["id"].as_str().unwrap().parse().unwrap()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let maskinporten = MaskinportenSim::new(clock.port());
        maskinporten.set_token_life(Duration::from_secs(10 * 365 * 86_400));
        let svarut = SvarUtSim::new(clock.port(), &maskinporten);
        svarut.add_account(Account::new(ACCOUNT, "Prøvedal kommune, byplan", SENDER));
        svarut.add_account(Account::new(OTHER_ACCOUNT, "Prøvedal kommune, skole", SENDER));
        svarut.add_integration(Integration {
            id: INTEGRATION,
            password: "hemmelig".to_owned(),
            organisation: SENDER.to_owned(),
            accounts: vec![ACCOUNT],
        });
        let svarinn = SvarInnSim::new(clock.port());
        let network = InProcess::hosts([
            ("maskinporten.test", maskinporten.router()),
            ("svarut.test", svarut.router()),
            ("svarinn.test", svarinn.router()),
        ]);
        Self { clock, maskinporten, svarut, svarinn, network }
    }

    /// The receiving municipality's archive takes everything through SvarInn. Gives its key.
    pub(crate) fn with_receiver_system(&self) -> Identity {
        let identity = Identity::generate("Eksempelvik kommune arkiv").unwrap();
        self.svarinn.add_system("arkiv", "passord", &[identity.certificate_der()]).unwrap();
        self.svarut.connect(&self.svarinn, [Registration::everything(Uuid::from_u128(1), "arkiv", RECEIVER)]);
        identity
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) async fn call(&self, request: Request<Body>) -> Result<Reply, HttpError> {
        let (parts, body) = self.network.call(request).await?.into_parts();
        let bytes = body.collect_limited(64 << 20).await.map_err(HttpError::interrupted)?.to_vec();
        Ok(Reply { status: parts.status.as_u16(), headers: parts.headers, bytes })
    }

    /// A call to SvarUt with everything that authorises it.
    pub(crate) fn request(&self, method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(format!("{SVARUT}{path}"))
            .header("Authorization", format!("Bearer {}", self.maskinporten.token_for(SENDER)))
            .header("IntegrasjonId", INTEGRATION.to_string())
            .header("IntegrasjonPassord", "hemmelig")
            .body(body.into())
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(self.request(Method::GET, path, Body::empty())).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(self.request(Method::POST, path, body.to_string())).await.unwrap()
    }

    pub(crate) async fn send(&self, letter: &Letter) -> Reply {
        self.try_send(letter).await.unwrap()
    }

    pub(crate) async fn try_send(&self, letter: &Letter) -> Result<Reply, HttpError> {
        self.call(self.sending(letter)).await
    }

    pub(crate) fn sending(&self, letter: &Letter) -> Request<Body> {
        let mut request = self.request(Method::POST, &letter.path, letter.body());
        request.headers_mut().insert("Content-Type", "multipart/form-data; boundary=snitt".parse().unwrap());
        request
    }

    /// The status word of one shipment, through the interface.
    pub(crate) async fn status(&self, id: Uuid) -> String {
        let reply = self.post(&format!("/api/v3/kontoer/{ACCOUNT}/forsendelser/status/sok"), json!({"id": [id]})).await;
        assert_eq!(reply.status, 200, "{}", reply.json());
        reply.json()["statuser"][0]["status"].as_str().unwrap_or("none").to_owned()
    }
}

/// A letter that can be spoilt.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) path: String,
    pub(crate) metadata: Value,
    pub(crate) metadata_type: Option<String>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// The `Content-Disposition` of each file part, where it is not the usual one.
    pub(crate) disposition: Option<String>,
}

pub(crate) const PDF: &[u8] = b"%PDF-1.7 /Type /Page et brev";

impl Letter {
    fn new(kind: &str, metadata: Value) -> Self {
        Self {
            path: format!("/api/v3/kontoer/{ACCOUNT}/forsendelser/{kind}"),
            metadata,
            metadata_type: Some("application/json".to_owned()),
            files: vec![("brev.pdf".to_owned(), PDF.to_vec())],
            disposition: None,
        }
    }

    pub(crate) fn to_organisation() -> Self {
        let mut metadata = common("Svar på høring");
        metadata["mottaker"] = json!({"navn": "Eksempelvik kommune", "digitalId": RECEIVER, "adresse": address()});
        metadata["metadataFraAvleverendeSystem"] = json!({
            "saksaar": 2026, "sakssekvensnummer": 417, "journalaar": 2026, "journalpostnummer": 3,
            "journalposttype": "U", "journaldato": "2026-09-14T00:00:00+02:00", "tittel": "Svar på høring",
            "ekstraMetadata": [{"key": "planid", "value": "2026-04"}],
        });
        Self::new("organisasjon", metadata)
    }

    pub(crate) fn to_person() -> Self {
        let mut metadata = common("Vedtak");
        metadata["mottaker"] = json!({"navn": "Kari Testperson", "digitalId": PERSON, "adresse": address()});
        Self::new("person", metadata)
    }

    pub(crate) fn to_print() -> Self {
        let mut metadata = common("Innkalling");
        metadata["mottaker"] = json!({"navn": "Ola Testperson", "adresse": address()});
        Self::new("print", metadata)
    }

    pub(crate) fn to_health_network() -> Self {
        let mut metadata = common("Henvendelse");
        metadata["mottakertype"] = json!("FASTLEGE");
        metadata.as_object_mut().unwrap().remove("svarSendesTil");
        metadata["avsenderKontakt"] = json!({"fornavn": "Kim", "etternavn": "Prøve", "telefonnummer": "22222222"});
        metadata["pasient"] = json!({"fodselsnummer": PERSON, "fornavn": "Kari", "etternavn": "Testperson"});
        let mut letter = Self::new("nhn", metadata);
        letter.metadata.as_object_mut().unwrap().remove("dokumenter");
        letter
    }

    /// Sets a member, by JSON pointer to an existing object.
    pub(crate) fn with(mut self, pointer: &str, value: Value) -> Self {
        let (object, member) = pointer.rsplit_once('/').unwrap();
        let place = self.metadata.pointer_mut(object).unwrap_or_else(|| panic!("no {object}"));
        match place {
            Value::Array(items) => items[member.parse::<usize>().unwrap()] = value,
            place => place[member] = value,
        }
        self
    }

    /// One more document, with metadata.
    pub(crate) fn and_file(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Self {
        let documents = self.metadata["dokumenter"].as_array_mut().unwrap();
        documents.push(json!({"filnavn": name, "mimeType": media_type}));
        self.files.push((name.to_owned(), bytes.to_vec()));
        self
    }

    /// Other bytes for the first document.
    pub(crate) fn containing(mut self, bytes: &[u8]) -> Self {
        self.files[0].1 = bytes.to_vec();
        self
    }

    pub(crate) fn referring(self, reference: &str) -> Self {
        self.with("/eksternReferanse", json!(reference))
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let metadata_type =
            self.metadata_type.as_ref().map(|kind| format!("\r\nContent-Type: {kind}")).unwrap_or_default();
        body.extend_from_slice(
            format!(
                "--snitt\r\nContent-Disposition: form-data; name=\"x\"{metadata_type}\r\n\r\n{}\r\n",
                self.metadata
            )
            .as_bytes(),
        );
        for (index, (name, bytes)) in self.files.iter().enumerate() {
            let usual = format!("form-data; name=\"filer_{index}\"; filename=\"{name}\"");
            let disposition = self.disposition.as_ref().unwrap_or(&usual);
            body.extend_from_slice(
                format!("--snitt\r\nContent-Disposition: {disposition}\r\nContent-Type: application/pdf\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--snitt--\r\n");
        body
    }
}

fn common(title: &str) -> Value {
    json!({
        "tittel": title,
        "svarSendesTil":
            {"navn": "Prøvedal kommune", "type": "ORGANISASJON", "digitalId": SENDER, "adresse": address()},
        "eksternReferanse": "sak-2026-000417-jp-3",
        "avgivendeSystem": "sakarkiv",
        "dokumenter": [{"filnavn": "brev.pdf", "mimeType": "application/pdf"}],
    })
}

pub(crate) fn address() -> Value {
    json!({"adresselinje1": "Rådhusgata 2", "postnummer": "0151", "poststed": "Oslo"})
}
