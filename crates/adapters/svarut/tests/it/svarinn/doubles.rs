//! A wire with canned answers, a shelf for documents, clocks that stand still, and shipments to receive.

use std::{
    collections::{BTreeMap, VecDeque},
    future,
    io::{Cursor, Write as _},
    sync::{Arc, Mutex, OnceLock},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Request, Response};
use sakarkiv_cms::{EncryptOptions, Identity, Keyring, Recipient, encrypt};
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::{InboxId, TenantId, Timestamp},
    ports::{Blobs, ByteStream, Clock, Inbox as _, ItemId, PortError, PortErrorKind, ReceivedMail},
};
use sakarkiv_http::{Body, BodyError, HttpError, HttpService};
use sakarkiv_svarut::svarinn::{SvarInn, SvarInnConfig};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::{ZipWriter, write::SimpleFileOptions};

pub(super) const BASE: &str = "https://test.svarut.ks.no/tjenester";
pub(super) const ID: &str = "2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";
pub(super) const OURS: &str = "310000027";
pub(super) const THEIRS: &str = "310000043";
pub(super) const PERSON: &str = "01819000553";
pub(super) const V2_LIST: &str = "GET /tjenester/svarinn/v2/forsendelser";
pub(super) const V1_LIST: &str = "GET /tjenester/svarinn/mottaker/hentNyeForsendelser";
pub(super) const DOWNLOAD: &str = "GET /tjenester/svarinn/forsendelse/2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";
pub(super) const PDF: &[u8] = b"%PDF-1.7 uttalelse";

/// One answer, or what comes in its place.
#[derive(Debug)]
pub(super) enum Canned {
    Answer(u16, HeaderMap, Vec<u8>),
    /// Status 200 and these bytes, and then the connection breaks.
    Broken(Vec<u8>),
    /// Nothing was sent.
    NoConnection,
    /// Nothing ever comes.
    Silence,
}

impl Canned {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(status, HeaderMap::new(), body.into())
    }

    pub(super) fn list(elements: &[Value]) -> Self {
        Self::new(200, Value::from(elements).to_string())
    }

    pub(super) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.insert(name, value.parse().unwrap());
                Self::Answer(status, headers, body)
            }
            other => other,
        }
    }
}

/// A request as it went out.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) line: String,
    pub(super) host: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

/// Answers each request with the next canned answer for its method and path; the last one stays. A request nobody expected
/// fails the test.
#[derive(Debug, Default)]
pub(super) struct Wire {
    canned: Mutex<BTreeMap<String, VecDeque<Canned>>>,
    sent: Mutex<Vec<Sent>>,
}

impl Wire {
    pub(super) fn answer(&self, line: &str, canned: Canned) -> &Self {
        self.canned.lock().unwrap().entry(line.to_owned()).or_default().push_back(canned);
        self
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.sent().into_iter().map(|sent| sent.line).collect()
    }

    fn next(&self, line: &str) -> Canned {
        let mut canned = self.canned.lock().unwrap();
        let queue = canned.get_mut(line).unwrap_or_else(|| panic!("nobody expected `{line}`"));
        let next = queue.pop_front().unwrap_or_else(|| panic!("`{line}` came once too often"));
        if let (Canned::Answer(status, headers, body), true) = (&next, queue.is_empty()) {
            queue.push_back(Canned::Answer(*status, headers.clone(), body.clone()));
        }
        next
    }
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let line = format!("{} {}", head.method, head.uri.path());
        let host = format!("{}://{}", head.uri.scheme_str().unwrap(), head.uri.authority().unwrap());
        let body = String::from_utf8(body.collect_limited(1 << 20).await.unwrap().to_vec()).unwrap();
        self.sent.lock().unwrap().push(Sent { line: line.clone(), host, headers: head.headers, body });
        let (status, headers, body) = match self.next(&line) {
            Canned::Answer(status, headers, body) => (status, headers, Body::from(body)),
            Canned::Broken(bytes) => {
                let chunks = [Ok(Bytes::from(bytes)), Err(BodyError::broken("closed"))];
                (200, HeaderMap::new(), Body::from_stream(stream::iter(chunks)))
            }
            Canned::NoConnection => return Err(HttpError::connect("refused")),
            Canned::Silence => future::pending().await,
        };
        let mut response = Response::builder().status(status).body(body).unwrap();
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// Documents by hash. Counts every byte that ever arrived.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<[u8; 32], Bytes>>);

impl Shelf {
    pub(super) fn content(&self, blob: &BlobRef) -> Bytes {
        self.0.lock().unwrap()[blob.hash.bytes()].clone()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

#[async_trait]
impl Blobs for Shelf {
    async fn put(&self, _: &TenantId, mut content: ByteStream, limit: u64) -> Result<BlobRef, PortError> {
        let mut whole = Vec::new();
        while let Some(chunk) = content.next().await {
            whole.extend_from_slice(&chunk?);
        }
        assert!(whole.len() as u64 <= limit);
        let hash = sha256(&whole);
        self.0.lock().unwrap().insert(hash, whole.clone().into());
        Ok(BlobRef { hash: ContentHash::new(hash), size: whole.len() as u64 })
    }

    async fn open(&self, _: &TenantId, _: &BlobRef) -> Result<ByteStream, PortError> {
        Err(PortError::unsupported("shelf.open"))
    }
}

/// A clock that stands still: nothing ever times out.
#[derive(Debug)]
pub(super) struct Still;

/// A clock on which every wait is over at once, so that whatever does not answer times out.
#[derive(Debug)]
pub(super) struct Hasty;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        "2026-09-15T09:00:00Z".parse().unwrap()
    }

    async fn sleep_until(&self, _: Timestamp) {
        future::pending().await
    }
}

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Timestamp {
        Still.now()
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

/// An inbox on a wire, with a shelf.
pub(super) struct Desk {
    pub(super) wire: Arc<Wire>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) inbox: SvarInn,
}

pub(super) fn config() -> SvarInnConfig {
    SvarInnConfig::new(BASE.parse().unwrap(), "arkiv", "hemmelig-passord".into())
}

pub(super) fn desk() -> Desk {
    desk_with(config(), keyring(), Arc::new(Still))
}

pub(super) fn desk_with(config: SvarInnConfig, keyring: Keyring, clock: Arc<dyn Clock>) -> Desk {
    let wire = Arc::new(Wire::default());
    let service: Arc<dyn HttpService> = Arc::clone(&wire) as _;
    let inbox = SvarInn::new(InboxId::new("svarinn").unwrap(), config, keyring, service, clock).unwrap();
    Desk { wire, shelf: Arc::default(), inbox }
}

impl Desk {
    pub(super) async fn fetch(&self) -> Result<ReceivedMail, PortError> {
        let tenant = TenantId::new("bodo").unwrap();
        self.inbox.fetch(&tenant, &item(), Arc::clone(&self.shelf) as _).await
    }

    /// The mail that a list element with one sound PDF becomes.
    pub(super) async fn mail_of(&self, element: Value) -> ReceivedMail {
        self.wire.answer(V2_LIST, Canned::list(&[element]));
        self.wire.answer(DOWNLOAD, Canned::new(200, encrypted(&zipped(&[("uttalelse.pdf", PDF)]))));
        self.fetch().await.unwrap()
    }

    /// What becomes of a shipment with this metadata of its files and this plaintext.
    pub(super) async fn opened(&self, files: Value, plain: &[u8]) -> Result<ReceivedMail, PortError> {
        self.wire.answer(V2_LIST, Canned::list(&[with(v2(), "filer", files)]));
        self.wire.answer(DOWNLOAD, Canned::new(200, encrypted(plain)));
        self.fetch().await
    }
}

pub(super) fn item() -> ItemId {
    ItemId(ID.to_owned())
}

pub(super) fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| Identity::generate("Mottak Eksempelvik").unwrap())
}

pub(super) fn keyring() -> Keyring {
    Keyring::new().with(identity().private_key_pem().as_bytes(), None).unwrap()
}

pub(super) fn encrypted(plain: &[u8]) -> Vec<u8> {
    let recipient = Recipient::from_certificate(identity().certificate_pem().as_bytes()).unwrap();
    let mut message = Vec::new();
    encrypt(plain, &[recipient], &mut message, &EncryptOptions::default()).unwrap();
    message
}

pub(super) fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        if name.ends_with('/') {
            zip.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Metadata of a file as V2 writes it.
pub(super) fn file(name: &str, content: &[u8]) -> Value {
    json!({"filnavn": name, "mimeType": "application/pdf", "hash": hex(content), "storrelse": content.len()})
}

pub(super) fn with(mut element: Value, name: &str, value: Value) -> Value {
    element[name] = value;
    element
}

pub(super) fn without(mut element: Value, name: &str) -> Value {
    element.as_object_mut().unwrap().remove(name);
    element
}

/// An element of the V2 list, with one document.
pub(super) fn v2() -> Value {
    json!({
        "id": ID,
        "avsender": {"organisasjonsnummer": THEIRS,
            "postadresse": {"navn": "Prøvedal kommune", "adresselinje1": "Postboks 10", "postnummer": "5003", "poststed": "Bergen"}},
        "mottaker": {"organisasjonsnummer": OURS, "postadresse": {"navn": "Eksempelvik kommune", "poststed": "Oslo"}},
        "tittel": "Uttalelse til reguleringsplan",
        "dato": "2026-09-15T08:00:00Z",
        "sikkerhetsniva": "HOYESTE",
        "taushetsbelagtPost": true,
        "metadataFraAvleverendeSystem": {
            "mappeId": {"saksaar": 2026, "sakssekvensnummer": 417},
            "journalpostId": {"journalaar": 2026, "journalpostnummer": 3},
            "journalposttype": "U", "tittel": "Uttalelse", "dokumentetsDato": "2026-09-14T00:00:00+02:00",
            "virksomhetsspesifikkeMetadata": [{"key": "planid", "value": "2026-04"}]},
        "metadataForImport": {"mappeId": {"saksaar": 2025, "sakssekvensnummer": 12}},
        "filer": [file("uttalelse.pdf", PDF)],
        "svarPaForsendelse": "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11",
        "eksternRef": "sak-2026-000417-jp-3",
        "lenker": [{"lenke": "https://example.no/kart", "tekst": "Kart"}],
        "nedlastingslenke": format!("{BASE}/svarinn/forsendelse/{ID}"),
        "avgivendeSystem": "sakarkiv 0.1"
    })
}

/// An element of the V1 list, with one document and the odd values that are usual there.
pub(super) fn v1() -> Value {
    json!({
        "id": ID,
        "tittel": "Uttalelse til reguleringsplan",
        "date": 1_789_459_200_000_i64,
        "status": "Klar for mottak",
        "niva": "3",
        "avsender": {"navn": "Prøvedal kommune", "adresselinje1": "", "adresselinje2": "", "adresselinje3": "",
            "postnr": "5003", "poststed": "Bergen"},
        "mottaker": {"navn": "Eksempelvik kommune", "adresse1": null, "adresse2": null, "adresse3": null,
            "postnr": "0151", "poststed": "Oslo", "land": null, "orgnr": OURS, "fnr": null},
        "svarSendesTil": {"navn": "Prøvedal kommune", "adresse1": "Postboks 10", "adresse2": null, "adresse3": null,
            "postnr": "5003", "poststed": "Bergen", "land": "", "orgnr": THEIRS, "fnr": null},
        "metadataFraAvleverendeSystem": {"sakssekvensnummer": 417, "saksaar": 2026, "journalaar": 2026,
            "journalsekvensnummer": 0, "journalpostnummer": null, "journalposttype": "U", "journalstatus": "F",
            "journaldato": 1_789_336_800_000_i64, "dokumentetsDato": null, "tittel": "Uttalelse", "saksBehandler": null,
            "ekstraMetadata": [{"key": "planid", "value": "2026-04"}]},
        "metadataForImport": {"sakssekvensnummer": 0, "saksaar": 0, "journalposttype": null, "journalstatus": null,
            "dokumentetsDato": null, "tittel": null},
        "filmetadata": [{"filnavn": "uttalelse.pdf", "mimetype": "application/pdf", "sha256hash": hex(PDF),
            "dokumentType": null, "size": 0}],
        "svarPaForsendelse": null, "forsendelseType": null, "eksternRef": "sak-2026-000417-jp-3", "lenker": [],
        "downloadUrl": format!("{BASE}/svarinn/forsendelse/{ID}")
    })
}

/// The kind of an error, after making sure that nothing personal is in it.
pub(super) fn kind<T: std::fmt::Debug>(outcome: Result<T, PortError>) -> PortErrorKind {
    let error = outcome.unwrap_err();
    let mut shown = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        shown = format!("{shown} {cause} {cause:?}");
        source = cause.source();
    }
    for personal in ["Uttalelse", "uttalelse", "Prøvedal", "Eksempelvik", "hemmelig", "YXJraXY", ".pdf", PERSON] {
        assert!(!shown.contains(personal), "`{personal}` in: {shown}");
    }
    error.kind()
}
