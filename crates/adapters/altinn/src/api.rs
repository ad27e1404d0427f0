use std::{fmt, sync::Arc};

use async_trait::async_trait;
use http::{HeaderValue, Method, Request, StatusCode, header};
use sakarkiv_core::ports::{PortError, PortErrorKind};
use sakarkiv_http::{AccessToken, Answer, BaseUrl, Body, Client, Effect, Opened, Operation, TokenRequest, TokenSource};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::error::{Problem, refusal};

/// Calls to Altinn with one of its tokens.
pub(crate) struct Api {
    client: Client,
    base: BaseUrl,
    tokens: Arc<dyn TokenSource>,
    subscription_key: Option<SecretString>,
}

/// Which of the platform's services is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Correspondence,
    ResourceRegistry,
    AccessManagement,
}

impl Service {
    const fn root(self) -> [&'static str; 3] {
        match self {
            Self::Correspondence => ["correspondence", "api", "v1"],
            Self::ResourceRegistry => ["resourceregistry", "api", "v1"],
            Self::AccessManagement => ["accessmanagement", "api", "v1"],
        }
    }
}

/// A call without its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: Operation,
    method: &'a Method,
    service: Service,
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    accept: &'static str,
    page: Option<usize>,
}

/// The content of a request, made as often as it is sent.
#[async_trait]
pub(crate) trait Content: Sync {
    /// Makes it.
    async fn make(&self) -> Result<Made, PortError>;
}

/// Content ready to be sent.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) media_type: Option<String>,
    pub(crate) body: Body,
}

impl Api {
    pub(crate) fn new(
        client: Client,
        base: BaseUrl,
        tokens: Arc<dyn TokenSource>,
        subscription_key: Option<SecretString>,
    ) -> Self {
        Self { client, base, tokens, subscription_key }
    }

    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// A call without content, its successful answer read as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        wanted: &TokenRequest,
        call: &Call<'_>,
    ) -> Result<T, PortError> {
        let answer = self.ask(wanted, call, &Nothing).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, &call.operation));
        }
        answer.json(&call.operation)
    }

    /// A call whose answer is handed on whatever it is, but for a token that was refused: then it is made once more with a
    /// new one. "No access" comes as 401 too, with a number; a new token would not change that.
    pub(crate) async fn ask(
        &self,
        wanted: &TokenRequest,
        call: &Call<'_>,
        content: &dyn Content,
    ) -> Result<Answer, PortError> {
        let token = self.tokens.token(wanted).await?;
        let answer = self.client.call(&call.operation, self.request(call, &token, content.make().await?)?).await?;
        if !is_token_refused(&answer) {
            return Ok(answer);
        }
        self.tokens.invalidate(wanted, &token).await;
        let token = self.tokens.token(wanted).await?;
        self.client.call(&call.operation, self.request(call, &token, content.make().await?)?).await
    }

    /// As [`Api::ask`], for an answer of any size.
    pub(crate) async fn open(&self, wanted: &TokenRequest, call: &Call<'_>) -> Result<Opened, PortError> {
        let token = self.tokens.token(wanted).await?;
        let opened = self.client.open(&call.operation, self.request(call, &token, Made::nothing())?).await?;
        match opened {
            Opened::Refused(answer) if is_token_refused(&answer) => {
                self.tokens.invalidate(wanted, &token).await;
                let token = self.tokens.token(wanted).await?;
                self.client.open(&call.operation, self.request(call, &token, Made::nothing())?).await
            }
            other => Ok(other),
        }
    }

    fn request(&self, call: &Call<'_>, token: &AccessToken, content: Made) -> Result<Request<Body>, PortError> {
        let unusable = || unusable(&call.operation);
        let mut path = call.service.root().to_vec();
        path.extend_from_slice(call.path);
        let uri = self.base.endpoint(&path, call.query).map_err(|_| unusable())?;
        let mut request = Request::builder().method(call.method.clone()).uri(uri).header(header::ACCEPT, call.accept);
        if let Some(media_type) = content.media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        if let Some(page) = call.page {
            request = request.header("X-Page-Size", PAGE_SIZE).header("X-Page-Number", page);
        }
        if let Some(key) = &self.subscription_key {
            let mut key = HeaderValue::from_str(key.expose_secret()).map_err(|_| unusable())?;
            key.set_sensitive(true);
            request = request.header("Ocp-Apim-Subscription-Key", key);
        }
        let bearer = token.bearer().ok_or_else(unusable)?;
        request.header(header::AUTHORIZATION, bearer).body(content.body).map_err(|_| unusable())
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base).finish_non_exhaustive()
    }
}

impl<'a> Call<'a> {
    /// A call of the message service that answers in JSON.
    pub(crate) const fn new(operation: Operation, method: &'a Method, path: &'a [&'a str]) -> Self {
        let service = Service::Correspondence;
        Self { operation, method, service, path, query: &[], accept: JSON, page: None }
    }

    pub(crate) const fn of(mut self, service: Service) -> Self {
        self.service = service;
        self
    }

    pub(crate) const fn with_query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }

    /// Altinn refuses patterns such as `text/*`; what a call answers must be named.
    pub(crate) const fn accepting(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// One page of a list, the first being 1.
    pub(crate) const fn page(mut self, page: usize) -> Self {
        self.page = Some(page);
        self
    }
}

impl Made {
    pub(crate) fn nothing() -> Self {
        Self { media_type: None, body: Body::empty() }
    }
}

/// No content.
#[derive(Debug)]
pub(crate) struct Nothing;

#[async_trait]
impl Content for Nothing {
    async fn make(&self) -> Result<Made, PortError> {
        Ok(Made::nothing())
    }
}

/// Content in JSON.
#[derive(Debug)]
pub(crate) struct Json(pub(crate) Vec<u8>);

#[async_trait]
impl Content for Json {
    async fn make(&self) -> Result<Made, PortError> {
        Ok(Made { media_type: Some(JSON.to_owned()), body: Body::from(self.0.clone()) })
    }
}

fn is_token_refused(answer: &Answer) -> bool {
    answer.status == StatusCode::UNAUTHORIZED && Problem::of(answer).code.is_none()
}

/// Only what we have made ourselves can make a request unusable.
fn unusable(operation: &Operation) -> PortError {
    let kind = match operation.effect {
        Effect::None => PortErrorKind::Misconfigured,
        Effect::MayHaveHappened => PortErrorKind::Rejected,
    };
    PortError::new(kind, operation.name, "the request cannot be written; check ids and credentials")
}

const JSON: &str = "application/json";
/// How many elements a page of a list is asked to have.
pub(crate) const PAGE_SIZE: usize = 100;
