use std::{fmt, sync::Arc};

use async_trait::async_trait;
use http::{HeaderValue, Method, Request, StatusCode, header, request};
use sakarkiv_core::ports::{PortError, PortErrorKind};
use sakarkiv_http::{AccessToken, Answer, BaseUrl, Body, Client, Effect, Operation, TokenRequest, TokenSource};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    config::{AccountConfig, SvarUtConfig, SvarUtConfigError},
    error::{NotFound, refusal},
};

/// Calls to SvarUt with its three credentials: a Maskinporten token and the integration's id and password.
pub(super) struct Api {
    client: Client,
    base: BaseUrl,
    integration: HeaderValue,
    password: SecretString,
    tokens: Arc<dyn TokenSource>,
    scope: String,
    resource: Option<String>,
}

/// A call without its body.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub(super) operation: Operation,
    pub(super) method: Method,
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) not_found: NotFound,
}

/// The content of a request, made as often as it is sent.
#[async_trait]
pub(super) trait Content: Sync {
    /// Makes it.
    async fn make(&self) -> Result<Made, PortError>;
}

/// Content ready to be sent.
pub(super) struct Made {
    pub(super) media_type: Option<String>,
    pub(super) body: Body,
}

/// An answer, or that the token was refused and has been given up: once more with a new one is worth it.
enum Attempt {
    Answered(Answer),
    TokenRefused(Answer),
}

impl Api {
    pub(super) fn new(
        client: Client,
        config: &SvarUtConfig,
        password: SecretString,
        tokens: Arc<dyn TokenSource>,
    ) -> Result<Self, SvarUtConfigError> {
        let sound = !password.expose_secret().is_empty() && HeaderValue::from_str(password.expose_secret()).is_ok();
        if !sound {
            return Err(SvarUtConfigError::Password);
        }
        let integration = HeaderValue::from_str(&config.integration_id.to_string());
        Ok(Self {
            client,
            base: config.base_url.clone(),
            integration: integration.map_err(|_| SvarUtConfigError::Password)?,
            password,
            tokens,
            scope: config.token.scope.clone(),
            resource: config.token.resource.clone(),
        })
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// A call with JSON or nothing as body, its successful answer read as JSON.
    pub(super) async fn json<T: DeserializeOwned>(
        &self,
        account: &AccountConfig,
        call: &Call<'_>,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<T, PortError> {
        self.plain(account, call, body).await?.json(&call.operation)
    }

    /// A call with JSON or nothing as body, for its success alone.
    pub(super) async fn plain(
        &self,
        account: &AccountConfig,
        call: &Call<'_>,
        body: Option<&(impl Serialize + Sync)>,
    ) -> Result<Answer, PortError> {
        let json = body.map(serde_json::to_vec).transpose().map_err(|_| unusable(&call.operation))?;
        self.call(account, call, &Json(json)).await
    }

    /// A call whose content is made anew when it has to be sent again, which happens only after a refused token.
    pub(super) async fn call(
        &self,
        account: &AccountConfig,
        call: &Call<'_>,
        content: &dyn Content,
    ) -> Result<Answer, PortError> {
        let answer = match self.attempt(account, call, content.make().await?).await? {
            Attempt::Answered(answer) => answer,
            Attempt::TokenRefused(_) => match self.attempt(account, call, content.make().await?).await? {
                Attempt::Answered(answer) | Attempt::TokenRefused(answer) => answer,
            },
        };
        if answer.is_success() { Ok(answer) } else { Err(refusal(&answer, &call.operation, call.not_found)) }
    }

    async fn attempt(&self, account: &AccountConfig, call: &Call<'_>, content: Made) -> Result<Attempt, PortError> {
        let wanted = self.token_request(account);
        let token = self.tokens.token(&wanted).await?;
        let request = self.request(call, &token, content)?;
        let answer = self.client.call(&call.operation, request).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.tokens.invalidate(&wanted, &token).await;
            return Ok(Attempt::TokenRefused(answer));
        }
        Ok(Attempt::Answered(answer))
    }

    fn token_request(&self, account: &AccountConfig) -> TokenRequest {
        let request = TokenRequest::scopes(self.scope.split_whitespace()).on_behalf_of(account.consumer_org.clone());
        match &self.resource {
            Some(resource) => request.for_resource(resource.clone()),
            None => request,
        }
    }

    fn request(&self, call: &Call<'_>, token: &AccessToken, content: Made) -> Result<Request<Body>, PortError> {
        let unusable = || unusable(&call.operation);
        let uri = self.base.endpoint(call.path, call.query).map_err(|_| unusable())?;
        let mut request = Request::builder().method(call.method.clone()).uri(uri);
        request = request.header(header::ACCEPT, "application/json");
        if let Some(content_type) = content.media_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        request = self.credentials(request, token).ok_or_else(unusable)?;
        request.body(content.body).map_err(|_| unusable())
    }

    fn credentials(&self, request: request::Builder, token: &AccessToken) -> Option<request::Builder> {
        let mut password = HeaderValue::from_str(self.password.expose_secret()).ok()?;
        password.set_sensitive(true);
        let request = request.header(header::AUTHORIZATION, token.bearer()?);
        Some(request.header("IntegrasjonId", self.integration.clone()).header("IntegrasjonPassord", password))
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").field("base", &self.base).finish_non_exhaustive()
    }
}

impl<'a> Call<'a> {
    pub(super) const fn new(operation: Operation, method: Method, path: &'a [&'a str]) -> Self {
        Self { operation, method, path, query: &[], not_found: NotFound::Configuration }
    }

    pub(super) const fn with_query(mut self, query: &'a [(&'a str, &'a str)]) -> Self {
        self.query = query;
        self
    }

    /// The path names a shipment, so that "not found" speaks of that one.
    pub(super) const fn of_shipment(mut self) -> Self {
        self.not_found = NotFound::Shipment;
        self
    }
}

/// JSON, or no content at all.
struct Json(Option<Vec<u8>>);

#[async_trait]
impl Content for Json {
    async fn make(&self) -> Result<Made, PortError> {
        Ok(match &self.0 {
            Some(json) => Made { media_type: Some("application/json".to_owned()), body: Body::from(json.clone()) },
            None => Made { media_type: None, body: Body::empty() },
        })
    }
}

/// A body of nothing, where the type of one must be named.
pub(super) const NOTHING: Option<&()> = None;

/// Only what we have made ourselves can make a request unusable.
fn unusable(operation: &Operation) -> PortError {
    let kind = match operation.effect {
        Effect::None => PortErrorKind::Misconfigured,
        Effect::MayHaveHappened => PortErrorKind::Rejected,
    };
    PortError::new(kind, operation.name, "the request cannot be written; check ids and credentials")
}
