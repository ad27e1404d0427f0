//! What every call passes on its way in and out: the log, the armed faults, the error body.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    handler::Handler,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{HeaderMap, StatusCode, header};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    calls::{Call, CallLog, Outcome},
    faults::{Answer, AnswerBody, ErrorJson, Fault, Faults},
    operation::Operation,
    server::Connection,
    tamper,
};
use crate::doubles::{SeededEntropy, after};

/// What the parts of one simulator share.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) faults: Faults,
    pub(crate) log: CallLog,
    entropy: SeededEntropy,
    stalled: AtomicUsize,
    errors: ErrorStyle,
}

/// Whose error body a simulator speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorStyle {
    Fiks,
    OAuth,
    /// Problem documents with a numeric `errorCode`; no body at all for a refusal without code and message.
    Altinn,
    /// `type` and `message`.
    EInnsyn,
}

/// Marks a response that must not reach the client: the connection breaks instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutOff;

/// A call as its handler sees it: where it notes what the log shall tell, and what an armed fault asks of it.
#[derive(Debug, Clone)]
pub(crate) struct Noted {
    gate: Arc<Gate>,
    index: usize,
    /// How much later than now the effect comes.
    pub(crate) delay: Duration,
    /// How far back in time a status answer looks.
    pub(crate) lag: Duration,
}

impl Noted {
    pub(crate) fn effect(&self) {
        self.gate.log.change(self.index, |call| call.effect = true);
    }

    pub(crate) fn reference(&self, reference: &str) {
        self.gate.log.change(self.index, |call| call.reference = Some(reference.to_owned()));
    }

    pub(crate) fn account(&self, account: &str) {
        self.gate.log.change(self.index, |call| call.account = Some(account.to_owned()));
    }
}

/// A call turned away; the gate writes the error body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
    pub(crate) message: String,
    pub(crate) error_json: ErrorJson,
    /// Further members of the error body.
    pub(crate) extra: Map<String, Value>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: None, message: message.into(), error_json: ErrorJson::Null, extra: Map::new() }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// One address of a simulator.
#[derive(Debug, Clone)]
struct Route {
    gate: Arc<Gate>,
    operation: Operation,
    template: Option<Arc<str>>,
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>, seed: u64, errors: ErrorStyle) -> Arc<Self> {
        Arc::new(Self {
            clock,
            faults: Faults::default(),
            log: CallLog::default(),
            entropy: SeededEntropy::new(seed),
            stalled: AtomicUsize::new(0),
            errors,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many calls wait on the clock at present.
    pub(crate) fn stalled(&self) -> usize {
        self.stalled.load(Ordering::SeqCst)
    }

    /// A random identifier (version 4), repeatable in the order of the calls.
    pub(crate) fn uuid(&self) -> Uuid {
        let high = u128::from(self.entropy.next_u64());
        let low = u128::from(self.entropy.next_u64());
        uuid::Builder::from_random_bytes(((high << 64) | low).to_be_bytes()).into_uuid()
    }

    /// Adds an address, with and without a trailing slash.
    pub(crate) fn route<S, H, T>(
        self: &Arc<Self>,
        router: Router<S>,
        method: MethodFilter,
        path: &str,
        operation: Operation,
        handler: H,
    ) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
        H: Handler<T, S>,
        T: 'static,
    {
        let route = Route { gate: Arc::clone(self), operation, template: Some(path.into()) };
        let method = on(method, handler).route_layer(middleware::from_fn_with_state(route, pass));
        router.route(path, method.clone()).route(&format!("{path}/"), method)
    }

    /// Closes the router: whatever it does not have is 404 and stands in the log.
    pub(crate) fn close(self: &Arc<Self>, router: Router) -> Router {
        let route = Route { gate: Arc::clone(self), operation: Operation::Unrecognised, template: None };
        let unknown = || async { Refusal::new(StatusCode::NOT_FOUND, "adressen finnes ikke") };
        let not_allowed = || async { Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "metoden finnes ikke her") };
        let layer = middleware::from_fn_with_state(route, pass);
        router
            .fallback_service(on(MethodFilter::GET, unknown).fallback(unknown).layer(layer))
            .method_not_allowed_fallback(not_allowed)
    }
}

/// The whole way of one call.
async fn pass(State(route): State<Route>, mut request: Request, next: Next) -> Response {
    let gate = &route.gate;
    let account = account_of(&request, gate.errors);
    let fault = gate.faults.strike(route.operation, account.as_deref(), gate.now());
    let entry = Entry::open(&route, &request, account, fault.is_some());
    let path = request.uri().path().to_owned();
    let connection = Connection::of(request.extensions()).cloned();
    let mut noted = Noted { gate: Arc::clone(gate), index: entry.index, delay: Duration::ZERO, lag: Duration::ZERO };
    match &fault {
        Some(Fault::LateEffect(delay)) => noted.delay = *delay,
        Some(Fault::Stale(lag)) => noted.lag = *lag,
        _ => {}
    }
    request.extensions_mut().insert(noted);

    let response = match fault {
        None | Some(Fault::Stale(_)) => next.run(request).await,
        Some(Fault::StallBefore(wait)) => {
            gate.stall(wait).await;
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "tidsavbrudd").into_response()
        }
        Some(Fault::StallAfter(wait)) => {
            let response = next.run(request).await;
            gate.stall(wait).await;
            response
        }
        Some(Fault::Slow(wait)) => {
            gate.stall(wait).await;
            next.run(request).await
        }
        Some(Fault::DropBefore) => cut_off(),
        Some(Fault::LateEffect(_)) if !route.operation.is_send() => cut_off(),
        Some(Fault::DropAfter | Fault::LateEffect(_)) => {
            next.run(request).await;
            cut_off()
        }
        Some(Fault::Answer(answer)) => gate.instead(&answer, &path),
        Some(Fault::AnswerAfter(answer)) => {
            next.run(request).await;
            gate.instead(&answer, &path)
        }
        Some(Fault::Tamper(tamper)) => tamper::apply(&tamper, next.run(request).await).await,
    };
    let response = gate.with_error_body(response, &path);
    if response.extensions().get::<CutOff>().is_some() {
        if let Some(connection) = connection {
            connection.cut();
        }
        entry.close(Outcome::Dropped);
    } else {
        entry.close(Outcome::Answered(response.status().as_u16()));
    }
    response
}

impl Gate {
    async fn stall(&self, wait: Duration) {
        let _one_more = Counted::new(&self.stalled);
        self.clock.sleep_until(after(self.now(), wait)).await;
    }

    fn instead(&self, answer: &Answer, path: &str) -> Response {
        let mut response = match answer.body {
            AnswerBody::Empty => answer.status.into_response(),
            AnswerBody::Html => {
                let page = format!("<html><body><h1>{}</h1><p>Vi jobber med saken.</p></body></html>", answer.status);
                (answer.status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
            }
            AnswerBody::Error(error_json) => self.with_error_body(
                Refusal {
                    status: answer.status,
                    code: answer.code.clone(),
                    message: "feil bestilt av testen".to_owned(),
                    error_json,
                    extra: Map::new(),
                }
                .into_response(),
                path,
            ),
        };
        if let Some(wait) = answer.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        response
    }

    /// Writes the error body for a refusal; other responses pass.
    fn with_error_body(&self, mut response: Response, path: &str) -> Response {
        let Some(refusal) = response.extensions_mut().remove::<Arc<Refusal>>() else {
            return response;
        };
        if self.errors == ErrorStyle::Altinn {
            return self.problem(&refusal);
        }
        let body = match self.errors {
            ErrorStyle::Altinn | ErrorStyle::Fiks => self.fiks_error(&refusal, path),
            ErrorStyle::EInnsyn => einnsyn_error(&refusal, path),
            ErrorStyle::OAuth => json!({
                "error": refusal.code.as_deref().unwrap_or("temporarily_unavailable"),
                "error_description": refusal.message,
            }),
        };
        let mut response =
            (refusal.status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
        if refusal.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }

    /// A problem document (RFC 9457) as Altinn writes it. Turned away without a word, as by its middleware, is just a status.
    fn problem(&self, refusal: &Refusal) -> Response {
        let status = refusal.status;
        let unauthorised = status == StatusCode::UNAUTHORIZED;
        if refusal.code.is_none() && refusal.message.is_empty() && refusal.extra.is_empty() {
            let mut response = status.into_response();
            if unauthorised {
                let bearer = header::HeaderValue::from_static("Bearer error=\"invalid_token\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
            }
            return response;
        }
        let mut body = Map::new();
        body.insert(
            "type".to_owned(),
            json!(format!("https://tools.ietf.org/html/rfc9110#section-{}", section(status))),
        );
        body.insert("title".to_owned(), json!(status.canonical_reason().unwrap_or("Error")));
        body.insert("status".to_owned(), json!(status.as_u16()));
        if !refusal.message.is_empty() {
            body.insert("detail".to_owned(), json!(refusal.message));
        }
        if let Some(number) = refusal.code.as_ref().and_then(|code| code.parse::<u16>().ok()) {
            body.insert("code".to_owned(), json!(format!("CORR-{number:05}")));
            body.insert("errorCode".to_owned(), json!(number));
        }
        let trace = self.uuid().simple().to_string();
        body.insert("traceId".to_owned(), json!(format!("00-{trace}-0102030405060708-01")));
        body.extend(refusal.extra.clone());
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Value::Object(body).to_string()).into_response()
    }

    fn fiks_error(&self, refusal: &Refusal, path: &str) -> Value {
        let mut body = json!({
            "timestamp": self.now().timestamp_millis(),
            "status": refusal.status.as_u16(),
            "error": refusal.status.canonical_reason().unwrap_or("Error"),
            "errorId": self.uuid(),
            "path": path,
            "originalPath": null,
            "message": refusal.message,
            "errorCode": refusal.code,
        });
        let error_json = match refusal.error_json {
            ErrorJson::Absent => return body,
            ErrorJson::Null => Value::Null,
            ErrorJson::Text => json!("{\"detalj\":\"tekst\"}"),
            ErrorJson::Object => json!({"detalj": {"felt": "verdi"}}),
        };
        if let Some(members) = body.as_object_mut() {
            members.insert("errorJson".to_owned(), error_json);
        }
        body
    }
}

/// The log entry of a call under way. Dropped unclosed: the client has left.
struct Entry {
    gate: Arc<Gate>,
    index: usize,
    closed: bool,
}

impl Entry {
    fn open(route: &Route, request: &Request, account: Option<String>, fault: bool) -> Self {
        let path = route.template.as_deref().unwrap_or(request.uri().path()).to_owned();
        let index = route.gate.log.push(Call {
            at: route.gate.now(),
            operation: route.operation,
            method: request.method().to_string(),
            path,
            account,
            reference: None,
            outcome: Outcome::Open,
            effect: false,
            fault,
        });
        Self { gate: Arc::clone(&route.gate), index, closed: false }
    }

    fn close(mut self, outcome: Outcome) {
        self.closed = true;
        self.gate.log.change(self.index, |call| call.outcome = outcome);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.closed {
            self.gate.log.change(self.index, |call| call.outcome = Outcome::Abandoned);
        }
    }
}

struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn cut_off() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(CutOff);
    response
}

/// The account in the path (`kontoer/{id}`), else the user name of Basic authentication; at Altinn the organisation that the
/// token speaks for.
fn account_of(request: &Request, style: ErrorStyle) -> Option<String> {
    if style == ErrorStyle::Altinn {
        return organisation_of(request.headers());
    }
    let mut segments = request.uri().path().split('/');
    if segments.any(|segment| segment == "kontoer") {
        return segments.next().map(str::to_owned);
    }
    basic_credentials(request.headers()).map(|(user, _)| user)
}

/// Where HTTP itself describes a status.
fn section(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "15.5.1",
        401 => "15.5.2",
        403 => "15.5.4",
        404 => "15.5.5",
        408 => "15.5.9",
        409 => "15.5.10",
        422 => "15.5.21",
        502 => "15.6.3",
        _ => "15.6.1",
    }
}

/// The organisation of a bearer token, which nobody has verified yet.
fn organisation_of(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?).ok()?;
    let claim = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
    let number = claim("/authorization_details/0/systemuser_org/ID").or_else(|| claim("/consumer/ID"))?;
    Some(number.strip_prefix("0192:").unwrap_or(number).to_owned())
}

/// User name and password of Basic authentication.
pub(crate) fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let encoded = value.strip_prefix("Basic ")?.trim();
    let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The error body of eInnsyn. What it does not have is told by its path.
fn einnsyn_error(refusal: &Refusal, path: &str) -> Value {
    let kind = match refusal.status.as_u16() {
        400 => "badRequest",
        401 => "authenticationError",
        403 => "authorizationError",
        404 => "notFound",
        409 => "conflict",
        429 => "tooManyRequests",
        502 => "networkError",
        _ => "internalServerError",
    };
    let message = if kind == "notFound" { format!("No handler found: {path}") } else { refusal.message.clone() };
    json!({"type": refusal.code.as_deref().unwrap_or(kind), "message": message})
}

/// A JSON answer.
pub(crate) fn json_answer(value: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], value.to_string()).into_response()
}

/// A moment as the JSON interfaces write it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
