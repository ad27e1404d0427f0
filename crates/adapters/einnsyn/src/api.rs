use std::{fmt, sync::Arc, time::Duration};

use futures_util::lock::Mutex;
use http::{HeaderValue, Method, Request, StatusCode, header};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, PortError, PortErrorKind, Store},
};
use sakarkiv_http::{BaseUrl, Body, Client, Effect, HttpService, Operation};
use serde_json::Value;

use crate::{config::EInnsynConfig, error::refusal, guard::first_number};

/// The parts of an office that the adapter works with.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The network.
    pub service: Arc<dyn HttpService>,
    /// The clock, for time-outs and pauses.
    pub clock: Arc<dyn Clock>,
    /// Where it is kept what was published and which requests were taken in.
    pub store: Arc<dyn Store>,
}

/// Calls to eInnsyn with the unit's key.
///
/// Every call may be repeated: what is made has an id of ours, so that a second making is seen as such. A lost answer is
/// therefore a failure that passes, also of a call that changes something.
pub(crate) struct Api {
    client: Client,
    clock: Arc<dyn Clock>,
    base: BaseUrl,
    key: HeaderValue,
    acting_as: Option<HeaderValue>,
    timeout: Duration,
    pause: Duration,
    pace: Mutex<Pace>,
}

/// When the next call may begin.
#[derive(Debug)]
struct Pace {
    next: Timestamp,
    /// eInnsyn asked to be left alone until then.
    blocked: Timestamp,
}

/// What came of a change.
#[derive(Clone)]
pub(crate) enum Outcome {
    /// It happened; the object as it is now.
    Done(Value),
    /// What it was about is not there.
    Gone,
    /// There is one with the same id already.
    Conflict,
}

impl Api {
    pub(crate) fn new(config: &EInnsynConfig, key: HeaderValue, surroundings: &Surroundings) -> Self {
        let Surroundings { service, clock, .. } = surroundings;
        let acting_as = config.acting_as.as_ref().and_then(|id| HeaderValue::from_str(id).ok());
        Self {
            client: Client::new(Arc::clone(service), Arc::clone(clock)),
            clock: Arc::clone(clock),
            base: config.base_url.clone(),
            key,
            acting_as,
            timeout: config.call(),
            pause: config.pause(),
            pace: Mutex::new(Pace { next: Timestamp::MIN_UTC, blocked: Timestamp::MIN_UTC }),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// One object or list; nothing when it is not there.
    pub(crate) async fn get(
        &self,
        name: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<Value>, PortError> {
        let uri = self.base.endpoint(path, query).map_err(|_| unusable(name))?;
        match self.call(name, Method::GET, uri, None).await? {
            Outcome::Done(value) => Ok(Some(value)),
            Outcome::Gone => Ok(None),
            Outcome::Conflict => {
                Err(PortError::new(PortErrorKind::Transient, name, "server answered 409 to a question"))
            }
        }
    }

    /// The page after one, by the link that it gave.
    pub(crate) async fn follow(&self, name: &'static str, link: &str) -> Result<Value, PortError> {
        let uri = self.base.resolve(link).map_err(|error| {
            PortError::new(PortErrorKind::Transient, name, "the link to the next page is unusable").with_source(error)
        })?;
        match self.call(name, Method::GET, uri, None).await? {
            Outcome::Done(value) => Ok(value),
            Outcome::Gone | Outcome::Conflict => Err(unusable(name)),
        }
    }

    /// Makes, changes or takes away something.
    pub(crate) async fn change(
        &self,
        name: &'static str,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Outcome, PortError> {
        if let Some(member) = body.and_then(first_number) {
            let detail = format!("`{member}` reads as if it held a national identity number; mend the text");
            return Err(PortError::new(PortErrorKind::Rejected, name, detail));
        }
        let uri = self.base.endpoint(path, &[]).map_err(|_| unusable(name))?;
        self.call(name, method, uri, body).await
    }

    async fn call(
        &self,
        name: &'static str,
        method: Method,
        uri: http::Uri,
        body: Option<&Value>,
    ) -> Result<Outcome, PortError> {
        let operation = Operation { name, effect: Effect::None, timeout: self.timeout };
        self.wait(name).await?;
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("API-KEY", self.key.clone())
            .header(header::ACCEPT, "application/json");
        if let Some(unit) = &self.acting_as {
            request = request.header("ACTING-AS", unit.clone());
        }
        let request = match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let answer = self.client.call(&operation, request.map_err(|_| unusable(name))?).await?;
        if answer.is_success() {
            // Where there is nothing, eInnsyn now and then answers with nothing.
            let empty = answer.body.iter().all(u8::is_ascii_whitespace);
            return if empty { Ok(Outcome::Done(Value::Null)) } else { answer.json(&operation).map(Outcome::Done) };
        }
        match answer.status {
            StatusCode::NOT_FOUND if is_own(&answer.body, "notFound") => Ok(Outcome::Gone),
            StatusCode::CONFLICT => Ok(Outcome::Conflict),
            _ => {
                let error = refusal(&answer, &operation);
                if let Some(wait) = error.retry_after() {
                    self.pace.lock().await.blocked = self.now() + wait;
                }
                Err(error)
            }
        }
    }

    /// Keeps the pause between calls, and makes none while eInnsyn wants to be left alone.
    async fn wait(&self, name: &'static str) -> Result<(), PortError> {
        let now = self.now();
        let begin = {
            let mut pace = self.pace.lock().await;
            if let Ok(wait) = (pace.blocked - now).to_std()
                && !wait.is_zero()
            {
                let error =
                    PortError::new(PortErrorKind::Transient, name, "eInnsyn asked to be left alone for a while");
                return Err(error.with_retry_after(wait));
            }
            let begin = pace.next.max(now);
            pace.next = begin + self.pause;
            begin
        };
        if begin > now {
            self.clock.sleep_until(begin).await;
        }
        Ok(())
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base).finish_non_exhaustive()
    }
}

/// Whether an error body is eInnsyn's own and of this type: a page that is not found by a proxy says nothing of an object.
fn is_own(body: &[u8], kind: &str) -> bool {
    let body: Option<Value> = serde_json::from_slice(body).ok();
    body.is_some_and(|body| body.get("type").and_then(Value::as_str) == Some(kind))
}

fn unusable(name: &'static str) -> PortError {
    PortError::new(PortErrorKind::Misconfigured, name, "the answer is not that of eInnsyn; check the base address")
}
