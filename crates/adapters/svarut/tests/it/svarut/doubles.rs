//! A wire with a script, tokens, documents and clocks.

use std::{
    collections::{BTreeMap, VecDeque},
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response};
use sakarkiv_core::{
    document::BlobRef,
    identity::{AccountId, ChannelId, TenantId, Timestamp},
    ports::{Blobs, ByteStream, Clock, Entropy, PortError, PortErrorKind},
};
use sakarkiv_http::{AccessToken, Body, HttpError, HttpService, TokenRequest, TokenSource};
use sakarkiv_svarut::{Surroundings, SvarUtChannel, SvarUtConfig};
use serde_json::{Value, json};

pub(super) const KONTO: &str = "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11";
pub(super) const SHIPMENT: &str = "2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";

/// What the other side does with one request.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Response<Body>),
    NoConnection,
    LostAnswer,
    Silence,
}

pub(super) fn answer(status: u16, body: impl Into<Body>) -> Reply {
    Reply::Answer(Response::builder().status(status).body(body.into()).unwrap())
}

pub(super) fn ok(body: &Value) -> Reply {
    answer(200, body.to_string())
}

pub(super) fn accepted() -> Reply {
    ok(&json!({"id": SHIPMENT, "nytt": {"felt": 1}}))
}

/// What was sent, read whole.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) length: Option<u64>,
    pub(super) body: Bytes,
}

impl Sent {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The parts of a multipart body: head and content of each.
    pub(super) fn parts(&self) -> Vec<(String, Vec<u8>)> {
        let content_type = self.headers["content-type"].to_str().unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let bytes = &self.body[..];
        let mark = format!("--{boundary}").into_bytes();
        let starts = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(&mark)).collect::<Vec<_>>();
        assert_eq!(&bytes[*starts.last().unwrap() + mark.len()..], b"--\r\n");
        starts
            .windows(2)
            .map(|pair| {
                let part = &bytes[pair[0] + mark.len() + 2..pair[1] - 2];
                let end = (0..part.len()).find(|at| part[*at..].starts_with(b"\r\n\r\n")).unwrap();
                (String::from_utf8(part[..end].to_vec()).unwrap(), part[end + 4..].to_vec())
            })
            .collect()
    }

    /// The metadata of a shipment.
    pub(super) fn metadata(&self) -> Value {
        serde_json::from_slice(&self.parts()[0].1).unwrap()
    }
}

/// Plays a script: each request must be the next one of it.
#[derive(Debug, Default)]
pub(super) struct Wire {
    script: Mutex<VecDeque<(String, Reply)>>,
    sent: Mutex<Vec<Sent>>,
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: Request<Body>) -> Result<Response<Body>, HttpError> {
        let (head, body) = request.into_parts();
        let line = format!("{} {}", head.method, head.uri.path_and_query().unwrap());
        assert_eq!(head.uri.host(), Some("test.svarut.ks.no"));
        let (expected, reply) = self.script.lock().unwrap().pop_front().unwrap_or_else(|| panic!("unexpected {line}"));
        assert_eq!(line, expected);
        if matches!(reply, Reply::NoConnection) {
            return Err(HttpError::connect("refused"));
        }
        let length = body.exact_length();
        let body = body.collect_limited(1 << 22).await.map_err(HttpError::interrupted)?;
        self.sent.lock().unwrap().push(Sent { line, headers: head.headers, length, body });
        match reply {
            Reply::Answer(response) => Ok(response),
            Reply::LostAnswer => Err(HttpError::interrupted("reset")),
            Reply::NoConnection | Reply::Silence => pending().await,
        }
    }
}

/// Tokens by the organisation that they act for, a new one after each refusal.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    refused: AtomicU64,
    fails: Mutex<Option<PortErrorKind>>,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, PortError> {
        if let Some(kind) = *self.fails.lock().unwrap() {
            return Err(PortError::new(kind, "maskinporten.token", "refused"));
        }
        assert_eq!(request.scope(), "ks:fiks");
        let own = *request == TokenRequest::scopes(["ks:fiks"]);
        let refused = self.refused.load(Ordering::Relaxed);
        Ok(AccessToken::new(format!("{}-{refused}", if own { "own" } else { "delegated" })))
    }

    async fn invalidate(&self, _: &TokenRequest, _: &AccessToken) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }
}

/// A clock that a test sets. Waiting either never ends or ends soon.
#[derive(Debug)]
pub(super) struct TestClock {
    now: Mutex<Timestamp>,
    hasty: bool,
}

impl TestClock {
    pub(super) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep_until(&self, _: Timestamp) {
        if !self.hasty {
            pending::<()>().await;
        }
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
    }
}

#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Documents by hash; one that is not there is refused, one that is spoilt breaks off.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) documents: BTreeMap<[u8; 32], Vec<u8>>,
    pub(super) spoilt: bool,
}

#[async_trait]
impl Blobs for Shelf {
    async fn put(&self, _: &TenantId, _: ByteStream, _: u64) -> Result<BlobRef, PortError> {
        Err(PortError::unsupported("shelf.put"))
    }

    async fn open(&self, _: &TenantId, blob: &BlobRef) -> Result<ByteStream, PortError> {
        let missing = || PortError::new(PortErrorKind::Rejected, "shelf.open", "no such document");
        let bytes = self.documents.get(blob.hash.bytes()).ok_or_else(missing)?;
        let mut chunks = bytes.chunks(7).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>();
        if self.spoilt {
            chunks.pop();
            chunks.push(Err(PortError::new(PortErrorKind::Transient, "shelf.open", "hash differs")));
        }
        Ok(stream::iter(chunks).boxed())
    }
}

/// A channel and what surrounds it.
pub(super) struct Desk {
    pub(super) channel: SvarUtChannel,
    pub(super) wire: Arc<Wire>,
    pub(super) clock: Arc<TestClock>,
    pub(super) tokens: Arc<Tokens>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut Value)) -> Self {
        Self::build(change, false)
    }

    pub(super) fn hasty() -> Self {
        Self::build(|_| {}, true)
    }

    fn build(change: impl FnOnce(&mut Value), hasty: bool) -> Self {
        let mut config = json!({
            "base_url": "https://test.svarut.ks.no/api",
            "integration_id": "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2",
            "sending_system": "sakarkiv 0.1",
            "accounts": {
                "byplan": {"konto": KONTO, "print": "print_when_unopened", "dialogue": true, "signing": true},
                "skole": {"konto": KONTO},
            },
        });
        change(&mut config);
        let config = serde_json::from_value::<SvarUtConfig>(config).unwrap();
        let (wire, tokens) = (Arc::<Wire>::default(), Arc::<Tokens>::default());
        let now = Timestamp::from_timestamp(1_789_459_200, 0).unwrap();
        let clock = Arc::new(TestClock { now: Mutex::new(now), hasty });
        let surroundings = Surroundings {
            service: Arc::clone(&wire) as _,
            tokens: Arc::clone(&tokens) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::new(Counting::default()),
        };
        let id = ChannelId::new("svarut").unwrap();
        let channel = SvarUtChannel::new(id, config, "hemmelig-passord".into(), surroundings).unwrap();
        Self { channel, wire, clock, tokens }
    }

    /// Adds to the script. Lines are under the interface's base but for those that begin with a slash after the method.
    pub(super) fn expect(&self, line: &str, reply: Reply) -> &Self {
        let line = line.replace("{konto}", KONTO).replace("{id}", SHIPMENT).replacen(' ', " /api/", 1);
        self.wire.script.lock().unwrap().push_back((line.replacen("/api//", "/", 1), reply));
        self
    }

    /// What was sent; the script must be over.
    pub(super) fn sent(&self) -> Vec<Sent> {
        assert!(self.wire.script.lock().unwrap().is_empty(), "not all that was expected was sent");
        std::mem::take(&mut self.wire.sent.lock().unwrap())
    }

    pub(super) fn tokens_fail(&self, kind: PortErrorKind) {
        *self.tokens.fails.lock().unwrap() = Some(kind);
    }
}

pub(super) fn byplan() -> AccountId {
    AccountId::new("byplan").unwrap()
}
