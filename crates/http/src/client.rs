use std::{fmt, future::Future, sync::Arc, time::Duration};

use aws_lc_rs::digest;
use bytes::Bytes;
use futures_util::{
    StreamExt,
    future::{self, Either},
    stream,
};
use http::{HeaderMap, Request, Response, StatusCode};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, PortError, PortErrorKind},
};
use serde::de::DeserializeOwned;

use crate::{Body, BodyError, Effect, HttpError, HttpService, kind_of, retry_after};

/// What is called, for errors and for the time-out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The port operation, `adapter.method`.
    pub name: &'static str,
    /// Whether it changes something on the other side.
    pub effect: Effect,
    /// The longest the whole call may take, the answer's body included.
    pub timeout: Duration,
}

/// HTTP calls with what every adapter needs around them: a time-out by the [`Clock`], answers of bounded size, and failures
/// as [`PortError`]s that tell what may have happened.
#[derive(Debug, Clone)]
pub struct Client {
    service: Arc<dyn HttpService>,
    clock: Arc<dyn Clock>,
    answer_limit: u64,
}

/// The largest answer taken when nothing else is set: 16 MiB, several times a full batch of statuses or mail.
pub const DEFAULT_ANSWER_LIMIT: u64 = 16 * 1024 * 1024;

impl Client {
    /// A client over a transport.
    #[must_use]
    pub fn new(service: Arc<dyn HttpService>, clock: Arc<dyn Clock>) -> Self {
        Self { service, clock, answer_limit: DEFAULT_ANSWER_LIMIT }
    }

    /// Takes answers of at most `bytes` into memory.
    #[must_use]
    pub const fn with_answer_limit(mut self, bytes: u64) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Makes a call and reads the whole answer, of whatever status.
    ///
    /// # Errors
    /// When there is no whole answer: `Transient` if certainly nothing was sent or nothing could happen, else `Unknown`.
    pub async fn call(&self, operation: &Operation, request: Request<Body>) -> Result<Answer, PortError> {
        let whole = async {
            let response = self.service.call(request).await.map_err(|error| no_answer(operation, error))?;
            self.read(operation, response).await
        };
        self.in_time(operation, whole).await?
    }

    /// Makes a call whose successful answer is content of any size. The time-out holds for the head, and then for each
    /// chunk, so that a large document may take long but not stand still.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub async fn open(&self, operation: &Operation, request: Request<Body>) -> Result<Opened, PortError> {
        let head = async {
            let response = self.service.call(request).await.map_err(|error| no_answer(operation, error))?;
            if response.status().is_success() {
                return Ok(Opened::Content(response));
            }
            self.read(operation, response).await.map(Opened::Refused)
        };
        match self.in_time(operation, head).await?? {
            Opened::Content(response) => {
                Ok(Opened::Content(response.map(|body| self.watched(body, operation.timeout))))
            }
            refused @ Opened::Refused(_) => Ok(refused),
        }
    }

    async fn read(&self, operation: &Operation, response: Response<Body>) -> Result<Answer, PortError> {
        let (head, body) = response.into_parts();
        match body.collect_limited(self.answer_limit).await {
            Ok(body) => Ok(Answer { status: head.status, headers: head.headers, body, received: self.now() }),
            // What a failed call says does not matter as much as that it failed, so the status decides.
            Err(_) if !head.status.is_success() => {
                Ok(Answer { status: head.status, headers: head.headers, body: Bytes::new(), received: self.now() })
            }
            Err(error) => {
                let detail = format!("the answer could not be read: {error}");
                Err(PortError::new(operation.effect.unclear(), operation.name, detail).with_source(error))
            }
        }
    }

    /// Ends `call` when the clock passes the operation's time-out.
    async fn in_time<T>(&self, operation: &Operation, call: impl Future<Output = T> + Send) -> Result<T, PortError> {
        let deadline = self.clock.now() + operation.timeout;
        match future::select(Box::pin(call), self.clock.sleep_until(deadline)).await {
            Either::Left((outcome, _)) => Ok(outcome),
            Either::Right(_) => {
                let detail = format!("no answer within {} s", operation.timeout.as_secs());
                Err(PortError::new(operation.effect.unclear(), operation.name, detail))
            }
        }
    }

    /// The body, ended with an error when no chunk comes for as long as `idle`.
    fn watched(&self, body: Body, idle: Duration) -> Body {
        let length = body.exact_length();
        let clock = Arc::clone(&self.clock);
        let chunks = stream::unfold(Some(body.into_stream()), move |stream| {
            let clock = Arc::clone(&clock);
            async move {
                let mut stream = stream?;
                let deadline = clock.now() + idle;
                match future::select(stream.next(), clock.sleep_until(deadline)).await {
                    Either::Left((None, _)) => None,
                    Either::Left((Some(Err(error)), _)) => Some((Err(error), None)),
                    Either::Left((Some(Ok(chunk)), _)) => Some((Ok(chunk), Some(stream))),
                    Either::Right(_) => {
                        let stalled = format!("no data for {} s", idle.as_secs());
                        Some((Err(BodyError::broken(stalled)), None))
                    }
                }
            }
        });
        match length {
            Some(length) => Body::from_sized_stream(chunks, length),
            None => Body::from_stream(chunks),
        }
    }
}

/// The answer to [`Client::open`].
#[derive(Debug)]
pub enum Opened {
    /// A success: the content is on its way.
    Content(Response<Body>),
    /// Any other status, read whole.
    Refused(Answer),
}

/// A whole answer of any status. `Debug` shows status and size, not the content, which may be personal data.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The content; empty when it was too large or broke off and the status was no success anyway.
    pub body: Bytes,
    /// When it had been read.
    pub received: Timestamp,
}

impl Answer {
    /// Whether the status is a success (2xx).
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// Reads the content as JSON.
    ///
    /// # Errors
    /// `Transient` for a reading call and `Unknown` for a changing one: an answer that cannot be read does not tell what
    /// happened. Says where the reading stopped, never what stood there.
    pub fn json<T: DeserializeOwned>(&self, operation: &Operation) -> Result<T, PortError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let category = match error.classify() {
                serde_json::error::Category::Eof => "is cut off",
                serde_json::error::Category::Data => "lacks a member or has one of another type",
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => "is not JSON",
            };
            let (line, column) = (error.line(), error.column());
            let detail = format!("the answer {category} at line {line}, column {column} ({})", self.fingerprint());
            PortError::new(operation.effect.unclear(), operation.name, detail)
        })
    }

    /// The error of an answer that is no success, after [`kind_of`], with `Retry-After`. Adapters that know the service's
    /// own error body add its code.
    #[must_use]
    pub fn refusal(&self, operation: &Operation) -> PortError {
        self.refusal_as(kind_of(self.status, operation.effect), operation)
    }

    /// As [`Answer::refusal`], with a kind that the adapter knows better.
    #[must_use]
    pub fn refusal_as(&self, kind: PortErrorKind, operation: &Operation) -> PortError {
        let error = PortError::new(kind, operation.name, format!("server answered {}", self.status.as_u16()));
        match retry_after(&self.headers, self.received) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }

    /// Size and the first half of the SHA-256 of the content: enough to tell answers apart in a log, and nothing of what
    /// they say.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let hash = digest::digest(&digest::SHA256, &self.body);
        let half = hash.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("{} bytes, sha256 {half}", self.body.len())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("length", &self.body.len()).finish_non_exhaustive()
    }
}

/// A call that brought no answer: only where certainly nothing was sent can it be repeated whatever it was.
fn no_answer(operation: &Operation, error: HttpError) -> PortError {
    let kind = if error.may_have_arrived() { operation.effect.unclear() } else { PortErrorKind::Transient };
    PortError::new(kind, operation.name, error.to_string()).with_source(error)
}
