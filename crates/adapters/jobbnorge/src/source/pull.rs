use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _};
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use sakarkiv_core::{
    document::ContentHash,
    ports::{ByteStream, Clock, ItemId, PortError, PortErrorKind, Waiting},
};
use sakarkiv_http::{BaseUrl, Body, Client, Effect, HttpService, Opened, Operation};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{ReadDelivery, RecruitmentSource, folder::told_id};
use crate::contract::{Binding, Delivery, Fault, FaultCode, LARGEST_DELIVERY, Receipt};

/// Where a recruitment system that is asked is. TOML and JSON form: the field names.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestPullConfig {
    /// The address that `arkiv/v1/leveranser` lies under.
    pub base_url: BaseUrl,
    /// The bearer token.
    pub token: SecretString,
    /// How many deliveries to ask for at once.
    #[serde(default = "default_batch")]
    pub batch: usize,
    /// The longest a call may take, in seconds; of a file, the longest pause.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
}

const fn default_batch() -> usize {
    50
}

const fn default_timeout() -> u64 {
    60
}

impl fmt::Debug for RestPullConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestPullConfig").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// A recruitment system that is asked for its deliveries (pull).
///
/// | call | answer |
/// |---|---|
/// | `GET …/arkiv/v1/leveranser?maks=50&etter=<cursor>` | `{"leveranser": […], "neste": <cursor or null>}`: what has no receipt that ends it, oldest first |
/// | `GET <hentUrl>` | the bytes of a file, from the same host |
/// | `POST …/arkiv/v1/leveranser/{leveranseId}/kvittering` | takes the receipt |
///
/// The cursor counts within one look only; what is left is told by the receipts, so nothing has to be remembered here.
#[derive(Debug)]
pub struct RestPull {
    config: RestPullConfig,
    client: Client,
    authorization: HeaderValue,
    seen: Mutex<BTreeMap<String, Arc<Value>>>,
}

impl RestPull {
    /// A way in over a transport.
    ///
    /// # Errors
    /// `Misconfigured` when the token cannot stand in a header.
    pub fn new(config: RestPullConfig, http: Arc<dyn HttpService>, clock: Arc<dyn Clock>) -> Result<Self, PortError> {
        let mut authorization =
            HeaderValue::try_from(format!("Bearer {}", config.token.expose_secret())).map_err(|_| {
                PortError::new(PortErrorKind::Misconfigured, "jobbnorge.new", "the token has a strange letter")
            })?;
        authorization.set_sensitive(true);
        let client = Client::new(http, clock).with_answer_limit(LARGEST_BATCH);
        Ok(Self { config, client, authorization, seen: Mutex::default() })
    }

    /// One batch and the cursor of the next.
    async fn batch(&self, after: Option<&str>, operation: &Operation) -> Result<Batch, PortError> {
        let most = self.config.batch.clamp(1, 200).to_string();
        let mut query = vec![("maks", most.as_str())];
        query.extend(after.map(|after| ("etter", after)));
        let uri = self.config.base_url.endpoint(&["arkiv", "v1", "leveranser"], &query).map_err(|_| odd(operation))?;
        let answer = self.client.call(operation, self.request(Method::GET, uri, Body::empty(), operation)?).await?;
        if answer.is_success() { answer.json(operation) } else { Err(answer.refusal(operation)) }
    }

    /// Everything that waits, up to a bound.
    async fn refresh(&self, operation: &Operation) -> Result<Vec<String>, PortError> {
        let mut listed = Listed::default();
        let mut after: Option<String> = None;
        while !listed.is_full() {
            let batch = self.batch(after.as_deref(), operation).await?;
            let before = listed.order.len();
            batch.leveranser.into_iter().for_each(|delivery| listed.add(delivery));
            match batch.neste.filter(|next| !next.is_empty() && after.as_ref() != Some(next)) {
                // A source that tells nothing new would be asked for ever.
                Some(next) if listed.order.len() > before => after = Some(next),
                _ => break,
            }
        }
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = listed.found;
        Ok(listed.order)
    }

    async fn element(&self, id: &ItemId, operation: &Operation) -> Result<Arc<Value>, PortError> {
        let known = |seen: &Mutex<BTreeMap<String, Arc<Value>>>| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).get(&id.0).cloned()
        };
        if let Some(element) = known(&self.seen) {
            return Ok(element);
        }
        self.refresh(operation).await?;
        known(&self.seen)
            .ok_or_else(|| PortError::new(PortErrorKind::Rejected, operation.name, "no such delivery is waiting"))
    }

    /// The bytes of a file. The address must lie on the configured host: the token goes nowhere else.
    async fn file(
        &self,
        delivery: &Delivery,
        index: usize,
        operation: &Operation,
    ) -> Result<Result<ByteStream, Fault>, PortError> {
        let place = format!("/dokumenter/{index}/fil/hentUrl");
        let link = delivery.documents.get(index).and_then(|document| document.file.as_ref()?.url.as_deref());
        let Ok(uri) = self.config.base_url.resolve(link.unwrap_or_default()) else {
            return Ok(Err(Fault::invalid(place, "leads to another host than the agreed one, or nowhere")));
        };
        let request = self.request(Method::GET, uri, Body::empty(), operation)?;
        match self.client.open(operation, request).await? {
            Opened::Content(response) => {
                let name = operation.name;
                let chunks = response.into_body().into_stream();
                let broken = move |error| {
                    PortError::new(PortErrorKind::Transient, name, "the download broke off").with_source(error)
                };
                Ok(Ok(chunks.map_err(broken).boxed()))
            }
            Opened::Refused(answer) if matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) => {
                Ok(Err(Fault::new(FaultCode::FileMissing, place, "leads to nothing; send the file again")))
            }
            Opened::Refused(answer) => Err(answer.refusal(operation)),
        }
    }

    fn request(&self, method: Method, uri: Uri, body: Body, operation: &Operation) -> Result<Request<Body>, PortError> {
        Request::builder()
            .method(method)
            .uri(uri)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::ACCEPT, "application/json, */*")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .map_err(|_| odd(operation))
    }

    /// Every call may be repeated without harm.
    const fn operation(&self, name: &'static str) -> Operation {
        Operation { name, effect: Effect::None, timeout: Duration::from_secs(self.config.timeout_seconds) }
    }
}

#[async_trait]
impl RecruitmentSource for RestPull {
    fn binding(&self) -> Binding {
        Binding::Pull
    }

    async fn waiting(&self) -> Result<Vec<Waiting>, PortError> {
        let order = self.refresh(&self.operation("jobbnorge.list")).await?;
        Ok(order.into_iter().map(|id| Waiting::new(ItemId(id), None)).collect())
    }

    async fn delivery(&self, id: &ItemId) -> Result<ReadDelivery, PortError> {
        let element = self.element(id, &self.operation("jobbnorge.fetch")).await?;
        let bytes = element.to_string();
        if bytes.len() as u64 > LARGEST_DELIVERY {
            let fault = Fault::invalid("", format!("is larger than {LARGEST_DELIVERY} bytes; share it among several"));
            return Ok(ReadDelivery::Faulty { id: known_as(&element, id), faults: vec![fault] });
        }
        Ok(match Delivery::from_json(&element) {
            Ok(delivery) => ReadDelivery::Sound(Box::new(delivery)),
            Err(faults) => ReadDelivery::Faulty { id: known_as(&element, id), faults },
        })
    }

    async fn open(
        &self,
        _: &ItemId,
        delivery: &Delivery,
        documents: &[usize],
    ) -> Result<Vec<Result<ByteStream, Fault>>, PortError> {
        let operation = self.operation("jobbnorge.fetch");
        let mut opened = Vec::with_capacity(documents.len());
        for index in documents {
            opened.push(self.file(delivery, *index, &operation).await?);
        }
        Ok(opened)
    }

    async fn acknowledge(&self, id: &ItemId, receipt: &Receipt) -> Result<(), PortError> {
        let operation = self.operation("jobbnorge.answer");
        let segments = ["arkiv", "v1", "leveranser", receipt.delivery.as_str(), "kvittering"];
        let uri = self.config.base_url.endpoint(&segments, &[]).map_err(|_| odd(&operation))?;
        let body = Body::from(receipt.to_json().to_string());
        let answer = self.client.call(&operation, self.request(Method::POST, uri, body, &operation)?).await?;
        // A delivery that is not there any more needs no receipt.
        if answer.is_success() || matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE) {
            if receipt.state.ends() {
                self.seen.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.0);
            }
            return Ok(());
        }
        Err(answer.refusal(&operation))
    }

    async fn check(&self) -> Result<(), PortError> {
        self.batch(None, &self.operation("jobbnorge.check")).await.map(|_| ())
    }
}

/// A batch as the source tells it. The deliveries are read one by one, so that none hides another.
#[derive(Debug, Deserialize)]
struct Batch {
    leveranser: Vec<Value>,
    #[serde(default)]
    neste: Option<String>,
}

/// What one look keeps until the next.
#[derive(Debug, Default)]
struct Listed {
    /// The ids, in the order of the source.
    order: Vec<String>,
    found: BTreeMap<String, Arc<Value>>,
    /// The sum of the deliveries' lengths.
    bytes: usize,
}

impl Listed {
    /// Whether no more is taken: more are shown when these are done. The first is always taken.
    fn is_full(&self) -> bool {
        self.order.len() >= MOST_LISTED || self.bytes >= MOST_KEPT
    }

    fn add(&mut self, delivery: Value) {
        if self.is_full() {
            return;
        }
        let content = delivery.to_string();
        let id = item_id(&delivery, &content);
        if self.found.insert(id.clone(), Arc::new(delivery)).is_none() {
            self.bytes = self.bytes.saturating_add(content.len());
            self.order.push(id);
        }
    }
}

/// The sender's id where it is plain, and a fingerprint of the whole: a mended delivery is another item.
fn item_id(delivery: &Value, content: &str) -> String {
    let print: String = ContentHash::of(content.as_bytes()).to_string().chars().take(16).collect();
    let told = delivery.get("leveranseId").and_then(Value::as_str).unwrap_or_default();
    let plain =
        (1..=100).contains(&told.len()) && told.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if plain { format!("{told}.{print}") } else { print }
}

fn known_as(element: &Value, id: &ItemId) -> String {
    told_id(element.to_string().as_bytes()).unwrap_or_else(|| id.0.clone())
}

fn odd(operation: &Operation) -> PortError {
    PortError::new(PortErrorKind::Misconfigured, operation.name, "the parts make no address")
}

/// One batch, in bytes.
const LARGEST_BATCH: u64 = 64 * 1024 * 1024;

/// The most deliveries of one look.
const MOST_LISTED: usize = 1_000;

/// How many bytes of deliveries one look keeps; the delivery that reaches it is the last.
const MOST_KEPT: usize = 32 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_look_keeps_so_many_bytes_and_no_more_however_many_large_deliveries_wait() {
        let large = "x".repeat(MOST_KEPT / 4);
        let mut listed = Listed::default();
        for number in 0..20 {
            listed.add(json!({"leveranseId": format!("jn-{number}"), "fyll": large}));
        }
        assert_eq!((listed.order.len(), listed.found.len()), (4, 4));
        assert!(listed.is_full() && listed.bytes < MOST_KEPT + 1_000);
    }
}
