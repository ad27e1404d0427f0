//! Access tokens from Maskinporten by JWT grant (RFC 7523), with a cache.

mod key;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::TimeDelta;
use http::{Method, Request, StatusCode, header};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy, PortError, PortErrorKind, new_uuid},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

pub use self::key::{GrantKey, KeyError};
use crate::{
    AccessToken, Answer, BaseUrl, Body, Client, Effect, Fresh, HttpService, Operation, SystemUser, TokenCache,
    TokenRequest, TokenSource,
};

/// Where and as whom tokens are asked for.
///
/// ```
/// use sakarkiv_http::MaskinportenConfig;
///
/// let config: MaskinportenConfig = serde_json::from_str(
///     r#"{"token_url": "https://test.maskinporten.no/token", "audience": "https://test.maskinporten.no/",
///         "client_id": "5d1f0ac4-0000-4000-8000-000000000001"}"#,
/// )?;
/// assert_eq!(config.margin_seconds, 90);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskinportenConfig {
    /// The token endpoint.
    pub token_url: BaseUrl,
    /// The issuer's address, with the slash at its end.
    pub audience: String,
    /// The client, as registered with Digdir.
    pub client_id: String,
    /// How long before its end a token is renewed, in seconds. At most half of a token's life is given away.
    #[serde(default = "default_margin")]
    pub margin_seconds: u32,
    /// The longest that asking may take, in seconds.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
}

/// A [`TokenSource`] that asks Maskinporten, once for all who wait for the same token.
#[derive(Debug)]
pub struct Maskinporten {
    config: MaskinportenConfig,
    key: GrantKey,
    client: Client,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    cache: TokenCache,
}

impl Maskinporten {
    /// A source for one client. Several clients are several sources, each with its own cache.
    #[must_use]
    pub fn new(
        config: MaskinportenConfig,
        key: GrantKey,
        service: Arc<dyn HttpService>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let client = Client::new(service, Arc::clone(&clock)).with_answer_limit(ANSWER_LIMIT);
        Self { config, key, client, clock, entropy, cache: TokenCache::default() }
    }

    async fn ask(&self, request: &TokenRequest) -> Result<Fresh, PortError> {
        let asked = self.clock.now();
        // The trace handle by which Digdir finds the call; it goes into every error.
        let trace = new_uuid(asked, self.entropy.as_ref()).to_string();
        let assertion = self.assertion(request, asked, &trace)?;
        let form = SecretString::from(format!("grant_type={GRANT_TYPE}&assertion={}", assertion.expose_secret()));
        let call = Request::builder()
            .method(Method::POST)
            .uri(String::from(self.config.token_url.clone()))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Body::from(form.expose_secret().to_owned()))
            .map_err(|_| {
                PortError::new(PortErrorKind::Misconfigured, OPERATION, "token_url is not a usable address")
            })?;
        let operation = self.operation();
        let answer = self.client.call(&operation, call).await?;
        if !answer.is_success() {
            return Err(refusal(&answer, &operation, &trace));
        }
        let granted = answer.json::<Granted>(&operation)?;
        let token = AccessToken::new(granted.access_token);
        if token.bearer().is_none() {
            let detail = format!("the token has characters that no header carries (trace {trace})");
            return Err(PortError::new(PortErrorKind::Transient, OPERATION, detail));
        }
        Ok(Fresh { token, until: asked + self.kept_for(granted.expires_in) })
    }

    fn assertion(&self, request: &TokenRequest, now: Timestamp, trace: &str) -> Result<SecretString, PortError> {
        let claims = Claims {
            iss: &self.config.client_id,
            aud: &self.config.audience,
            scope: request.scope(),
            iat: now.timestamp(),
            exp: now.timestamp() + ASSERTION_SECONDS,
            jti: trace,
            consumer_org: request.consumer_org().map(|organisation| organisation.as_str()),
            resource: request.resource(),
            pid: request.person(),
            authorization_details: request.system_user().map(|user| [Details::of(user)]),
        };
        self.key.sign(&claims).map_err(|error| {
            PortError::new(PortErrorKind::Misconfigured, OPERATION, error.to_string()).with_source(error)
        })
    }

    fn kept_for(&self, expires_in: u32) -> TimeDelta {
        let life = expires_in.min(LONGEST_LIFE_SECONDS);
        TimeDelta::seconds(i64::from(life - self.config.margin_seconds.min(life / 2)))
    }

    fn operation(&self) -> Operation {
        let timeout = Duration::from_secs(self.config.timeout_seconds.into());
        Operation { name: OPERATION, effect: Effect::None, timeout }
    }
}

#[async_trait]
impl TokenSource for Maskinporten {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, PortError> {
        self.cache.get(request, self.clock.as_ref(), || self.ask(request)).await
    }

    async fn invalidate(&self, request: &TokenRequest, token: &AccessToken) {
        self.cache.remove(request, token).await;
    }
}

/// 4xx is our own fault and asking again is useless, but for the two that mean "later"; the rest passes.
fn refusal(answer: &Answer, operation: &Operation, trace: &str) -> PortError {
    let later = matches!(answer.status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let kind = match answer.status.as_u16() {
        301 | 307 | 308 | 407 => PortErrorKind::Misconfigured,
        400..=499 if !later => PortErrorKind::Unauthorised,
        _ => PortErrorKind::Transient,
    };
    let code = serde_json::from_slice::<Refused>(&answer.body).ok().map(|refused| refused.error);
    let plain = answer.refusal_as(kind, operation);
    let detail = format!("{} (trace {trace})", plain.detail());
    let mut error = PortError::new(kind, OPERATION, detail);
    if let Some(wait) = plain.retry_after() {
        error = error.with_retry_after(wait);
    }
    match code.filter(|code| is_code(code)) {
        Some(code) => error.with_remote_code(code),
        None => error,
    }
}

/// Error codes of RFC 6749 look like this; anything else may be text about somebody.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    scope: String,
    iat: i64,
    exp: i64,
    jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer_org: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_details: Option<[Details<'a>; 1]>,
}

/// Which system user the token is for.
#[derive(Serialize)]
struct Details<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    systemuser_org: Party,
    #[serde(rename = "externalRef", skip_serializing_if = "Option::is_none")]
    external_ref: Option<&'a str>,
}

#[derive(Serialize)]
struct Party {
    authority: &'static str,
    #[serde(rename = "ID")]
    id: String,
}

impl<'a> Details<'a> {
    fn of(user: &'a SystemUser) -> Self {
        let id = format!("0192:{}", user.organisation);
        Self {
            kind: "urn:altinn:systemuser",
            systemuser_org: Party { authority: "iso6523-actorid-upis", id },
            external_ref: user.reference.as_deref(),
        }
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// Seconds. A token that does not say how long it holds is used once.
    #[serde(default)]
    expires_in: u32,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

const OPERATION: &str = "maskinporten.token";
const GRANT_TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
/// The longest that Maskinporten lets an assertion hold.
const ASSERTION_SECONDS: i64 = 120;
/// No token is trusted for longer, whatever it says.
const LONGEST_LIFE_SECONDS: u32 = 24 * 60 * 60;
const ANSWER_LIMIT: u64 = 256 * 1024;

const fn default_margin() -> u32 {
    90
}

const fn default_timeout() -> u32 {
    10
}
