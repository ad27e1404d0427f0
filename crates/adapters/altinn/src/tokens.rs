//! Altinn's own tokens, had in exchange for Maskinporten's.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use http::{Method, Request, StatusCode, header};
use sakarkiv_core::ports::{Clock, PortError, PortErrorKind};
use sakarkiv_http::{
    AccessToken, Answer, BaseUrl, Body, Client, Effect, Fresh, HttpService, Operation, TokenCache, TokenRequest,
    TokenSource, kind_of,
};
use serde::Deserialize;

/// A [`TokenSource`] that exchanges Maskinporten's tokens for Altinn's, which hold for half an hour and are kept for that
/// long but a minute.
///
/// Channel, inbox and coverage may share one: what is asked for differs, and so do the tokens.
pub struct AltinnTokens {
    base: BaseUrl,
    maskinporten: Arc<dyn TokenSource>,
    client: Client,
    clock: Arc<dyn Clock>,
    cache: TokenCache,
}

impl AltinnTokens {
    /// Tokens for the Altinn at `base_url`, for example `https://platform.altinn.no`.
    #[must_use]
    pub fn new(
        base_url: BaseUrl,
        maskinporten: Arc<dyn TokenSource>,
        service: Arc<dyn HttpService>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let client = Client::new(service, Arc::clone(&clock)).with_answer_limit(ANSWER_LIMIT);
        Self { base: base_url, maskinporten, client, clock, cache: TokenCache::default() }
    }

    async fn exchange(&self, request: &TokenRequest) -> Result<Fresh, PortError> {
        let first = self.maskinporten.token(request).await?;
        let mut answer = self.ask(&first).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // It may have ended on its way: Altinn allows clocks no difference.
            self.maskinporten.invalidate(request, &first).await;
            let second = self.maskinporten.token(request).await?;
            answer = self.ask(&second).await?;
        }
        if !answer.is_success() {
            return Err(answer.refusal_as(kind(answer.status), &OPERATION));
        }
        let text = token_text(&answer).ok_or_else(|| {
            let detail = format!("the answer is no token ({})", answer.fingerprint());
            PortError::new(PortErrorKind::Transient, OPERATION.name, detail)
        })?;
        let until = self.clock.now() + kept_for(life_of(&text));
        Ok(Fresh { token: AccessToken::new(text), until })
    }

    async fn ask(&self, token: &AccessToken) -> Result<Answer, PortError> {
        let unusable = || PortError::new(PortErrorKind::Misconfigured, OPERATION.name, "the request cannot be written");
        let uri = self.base.endpoint(&EXCHANGE, &[]).map_err(|_| unusable())?;
        let request = Request::builder()
            .method(Method::GET)
            .uri(uri)
            .header(header::AUTHORIZATION, token.bearer().ok_or_else(unusable)?)
            .header(header::ACCEPT, "application/json, text/plain")
            .body(Body::empty())
            .map_err(|_| unusable())?;
        self.client.call(&OPERATION, request).await
    }
}

impl fmt::Debug for AltinnTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AltinnTokens").field("base", &self.base).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for AltinnTokens {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, PortError> {
        self.cache.get(request, self.clock.as_ref(), || self.exchange(request)).await
    }

    async fn invalidate(&self, request: &TokenRequest, token: &AccessToken) {
        self.cache.remove(request, token).await;
    }
}

/// A refusal of the exchange is one of the credentials, whatever its number, but where the address is wrong.
fn kind(status: StatusCode) -> PortErrorKind {
    match status.as_u16() {
        400 | 401 | 403 | 410 => PortErrorKind::Unauthorised,
        404 | 405 => PortErrorKind::Misconfigured,
        _ => match kind_of(status, Effect::None) {
            PortErrorKind::Rejected => PortErrorKind::Unauthorised,
            other => other,
        },
    }
}

/// The token of an answer: bare, or as a JSON string. It must look like one.
fn token_text(answer: &Answer) -> Option<String> {
    let text = std::str::from_utf8(&answer.body).ok()?.trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'=');
    (!bare.is_empty() && bare.bytes().all(plain)).then(|| bare.to_owned())
}

#[derive(Deserialize)]
struct Life {
    iat: Option<i64>,
    nbf: Option<i64>,
    exp: i64,
}

/// How long the token says it holds. Reckoned between its own two moments, so that our clock does not matter.
fn life_of(token: &str) -> Option<TimeDelta> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let life = serde_json::from_slice::<Life>(&claims).ok()?;
    let seconds = life.exp.checked_sub(life.iat.or(life.nbf)?)?;
    (seconds > 0).then(|| TimeDelta::seconds(seconds.min(LONGEST_LIFE)))
}

fn kept_for(life: Option<TimeDelta>) -> TimeDelta {
    let life = life.unwrap_or(TimeDelta::seconds(USUAL_LIFE));
    life - TimeDelta::seconds(MARGIN).min(life / 2)
}

const EXCHANGE: [&str; 5] = ["authentication", "api", "v1", "exchange", "maskinporten"];
const OPERATION: Operation = Operation { name: "altinn.token", effect: Effect::None, timeout: Duration::from_secs(30) };
const ANSWER_LIMIT: u64 = 256 * 1024;
/// Seconds.
const USUAL_LIFE: i64 = 30 * 60;
const LONGEST_LIFE: i64 = 60 * 60;
const MARGIN: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode("{}"), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_kept_for_its_own_life_but_a_minute() {
        for (claims, minutes) in [
            (r#"{"iat": 1000, "exp": 2800}"#, 29),
            (r#"{"nbf": 1000, "exp": 2800}"#, 29),
            (r#"{"exp": 2800}"#, 29),
            (r#"{"iat": 1000, "exp": 1120}"#, 1),
            (r#"{"iat": 0, "exp": 999999999}"#, 59),
            (r#"{"iat": 5, "exp": 5}"#, 29),
            ("ingen", 29),
        ] {
            assert_eq!(kept_for(life_of(&token(claims))), TimeDelta::minutes(minutes), "{claims}");
        }
        assert_eq!(life_of("ett.ord"), None);
        assert_eq!(life_of(""), None);
    }
}
