//! The endpoints of both versions.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderValue, Method, Request, Uri, header};
use sakarkiv_core::ports::{Clock, PortError, PortErrorKind, Refusal};
use sakarkiv_http::{Answer, BaseUrl, BaseUrlError, Body, Client, Effect, HttpService, Opened, Operation};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::{SvarInnConfig, SvarInnConfigError, json::clean, mail::cut};

/// A version of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// Makes the calls of one registration. Every one of them may be repeated without harm, so a lost answer is always only
/// temporary.
#[derive(Debug)]
pub(super) struct Endpoints {
    client: Client,
    base: BaseUrl,
    authorization: HeaderValue,
}

impl Endpoints {
    pub(super) fn new(
        config: &SvarInnConfig,
        http: Arc<dyn HttpService>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SvarInnConfigError> {
        let pair = format!("{}:{}", config.username, config.password.expose_secret());
        let mut authorization = HeaderValue::try_from(format!("Basic {}", BASE64_STANDARD.encode(pair)))
            .map_err(|_| SvarInnConfigError::Credentials)?;
        authorization.set_sensitive(true);
        let client = Client::new(http, clock).with_answer_limit(config.limits.list_bytes);
        Ok(Self { client, base: config.base_url.clone(), authorization })
    }

    pub(super) async fn list(&self, version: Version, operation: &Operation) -> Result<Answer, PortError> {
        let uri = match version {
            Version::V1 => self.endpoint(&["svarinn", "mottaker", "hentNyeForsendelser"], operation)?,
            Version::V2 => self.endpoint(&["svarinn", "v2", "forsendelser"], operation)?,
        };
        let request = self.request(Method::GET, uri, "application/json", Body::empty(), operation)?;
        self.client.call(operation, request).await
    }

    /// Follows the link that the list gave, which must lead to the configured host: credentials go nowhere else. Without a
    /// link, the published address.
    pub(super) async fn download(
        &self,
        version: Version,
        id: &str,
        link: Option<&str>,
        operation: &Operation,
    ) -> Result<Opened, PortError> {
        let uri = match (link, version) {
            (Some(link), _) => self.base.resolve(link).map_err(|error| refused_link(error, operation))?,
            (None, Version::V1) => self.endpoint(&["svarinn", "forsendelse", id], operation)?,
            (None, Version::V2) => self.endpoint(&["svarinn", "v2", "forsendelser", id], operation)?,
        };
        let request = self.request(Method::GET, uri, "*/*", Body::empty(), operation)?;
        self.client.open(operation, request).await
    }

    pub(super) async fn acknowledge(
        &self,
        version: Version,
        id: &str,
        operation: &Operation,
    ) -> Result<Answer, PortError> {
        match version {
            Version::V1 => {
                let uri = self.endpoint(&["svarinn", "kvitterMottak", "forsendelse", id], operation)?;
                let request = self.request(Method::POST, uri, "*/*", Body::empty(), operation)?;
                self.client.call(operation, request).await
            }
            Version::V2 => self.set_status(id, &json!({ "status": "MOTTATT" }), operation).await,
        }
    }

    /// Reports a failure. `permanent` is always written: what its absence means is not the same everywhere, and it may
    /// decide over paper.
    pub(super) async fn refuse(
        &self,
        version: Version,
        id: &str,
        refusal: &Refusal,
        operation: &Operation,
    ) -> Result<Answer, PortError> {
        let fault = json!({ "feilmelding": message(&refusal.reason), "permanent": refusal.permanent });
        match version {
            Version::V1 => {
                let uri = self.endpoint(&["svarinn", "mottakFeilet", "forsendelse", id], operation)?;
                self.send_json(Method::POST, uri, &fault, operation).await
            }
            Version::V2 => self.set_status(id, &json!({ "status": "FEILET", "feil": fault }), operation).await,
        }
    }

    async fn set_status(
        &self,
        id: &str,
        status: &serde_json::Value,
        operation: &Operation,
    ) -> Result<Answer, PortError> {
        let uri = self.endpoint(&["svarinn", "v2", "forsendelser", id, "status"], operation)?;
        self.send_json(Method::PATCH, uri, status, operation).await
    }

    async fn send_json(
        &self,
        method: Method,
        uri: Uri,
        content: &serde_json::Value,
        operation: &Operation,
    ) -> Result<Answer, PortError> {
        let mut request = self.request(method, uri, "*/*", Body::from(content.to_string()), operation)?;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.client.call(operation, request).await
    }

    fn endpoint(&self, segments: &[&str], operation: &Operation) -> Result<Uri, PortError> {
        self.base.endpoint(segments, &[]).map_err(|error| {
            PortError::new(PortErrorKind::Rejected, operation.name, "the id makes no address").with_source(error)
        })
    }

    fn request(
        &self,
        method: Method,
        uri: Uri,
        accept: &'static str,
        body: Body,
        operation: &Operation,
    ) -> Result<Request<Body>, PortError> {
        Request::builder()
            .method(method)
            .uri(uri)
            .header(header::AUTHORIZATION, &self.authorization)
            .header(header::ACCEPT, accept)
            .body(body)
            .map_err(|error| {
                PortError::new(PortErrorKind::Misconfigured, operation.name, "the address makes no request")
                    .with_source(error)
            })
    }
}

/// An operation of ours. Nothing SvarInn is asked for does harm when it is asked for twice.
pub(super) const fn operation(name: &'static str, timeout: std::time::Duration) -> Operation {
    Operation { name, effect: Effect::None, timeout }
}

fn refused_link(error: BaseUrlError, operation: &Operation) -> PortError {
    let detail = match error {
        BaseUrlError::OtherHost | BaseUrlError::Unencrypted => {
            "its download link leads to another host than the configured one, where no credentials are sent"
        }
        _ => "its download link is malformed",
    };
    PortError::new(PortErrorKind::Rejected, operation.name, detail)
}

/// One line for the sender's log, never empty: the definition asks for a text.
fn message(reason: &str) -> String {
    let text = cut(&clean(reason), LONGEST_MESSAGE);
    if text.is_empty() { "Forsendelsen kunne ikke tas imot".to_owned() } else { text }
}

/// No limit is published; a line that a person reads needs no more.
const LONGEST_MESSAGE: usize = 500;
