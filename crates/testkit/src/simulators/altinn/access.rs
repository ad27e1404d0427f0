//! Tokens: the exchange of a Maskinporten token for one of Altinn's own, and what a call may do with either.

use aws_lc_rs::signature::KeyPair;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    AltinnSim,
    problems::{Stop, bare, problem, sentence},
    settings::Holder,
};
use crate::simulators::{
    gate::Noted,
    maskinporten::{Jwt, sign},
};

/// Who calls, as far as the token tells.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The organisation it speaks for: a system user's customer, else the consumer.
    pub(crate) organisation: String,
    /// The organisation the token was issued to.
    pub(crate) consumer: String,
    /// In what capacity.
    pub(crate) holder: Holder,
    scopes: Vec<String>,
    /// The token is Altinn's own, not Maskinporten's.
    exchanged: bool,
}

impl Caller {
    pub(crate) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|given| given == scope)
    }

    /// A token that may write counts as a sender's, whatever else it may.
    pub(crate) fn is_sender(&self) -> bool {
        self.has("altinn:correspondence.write")
    }

    fn of(claims: &Value, exchanged: bool) -> Option<Self> {
        let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
        let plain = |number: &str| number.strip_prefix("0192:").unwrap_or(number).to_owned();
        let consumer = plain(text("/consumer/ID")?);
        let customer = text("/authorization_details/0/systemuser_org/ID").map(plain);
        let reference = text("/authorization_details/0/externalRef").map(str::to_owned);
        Some(Self {
            holder: match &customer {
                // The reference of a system user that was given none is the customer's number.
                Some(customer) => Holder::SystemUser(reference.unwrap_or_else(|| customer.clone())),
                None => Holder::OwnClient,
            },
            organisation: customer.unwrap_or_else(|| consumer.clone()),
            consumer,
            scopes: text("/scope").unwrap_or_default().split(' ').map(str::to_owned).collect(),
            exchanged,
        })
    }
}

/// What an address asks of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    Sender,
    Recipient,
    Either,
    Download,
    /// A scope outside of correspondence, with Altinn's own token.
    Scope(&'static str),
}

impl AltinnSim {
    /// Lets a call in: token, then policy, then `Accept`.
    pub(crate) fn admit(&self, headers: &HeaderMap, policy: Policy, offers: &str) -> Result<Caller, Stop> {
        let caller = self.caller(headers, policy)?;
        permit(&caller, policy)?;
        accepts(headers, offers)?;
        Ok(caller)
    }

    fn caller(&self, headers: &HeaderMap, policy: Policy) -> Result<Caller, Stop> {
        let Some(token) = bearer(headers) else {
            // The download addresses send whoever shows no token to the login page.
            return Err(if policy == Policy::Download { login() } else { bare(StatusCode::UNAUTHORIZED) });
        };
        let claims = self.own_claims(token).map(|claims| (claims, true));
        let claims = claims.or_else(|| self.inner.maskinporten.verified(token).map(|claims| (claims, false)));
        let caller = claims.and_then(|(claims, exchanged)| Caller::of(&claims, exchanged));
        caller.ok_or_else(|| bare(StatusCode::UNAUTHORIZED))
    }

    /// The claims of one of our own tokens that is still good. No clock skew is granted.
    fn own_claims(&self, token: &str) -> Option<Value> {
        let jwt = Jwt::parse(token)?;
        jwt.verify(self.inner.signer.public_key().as_ref())?;
        let number = |name: &str| jwt.claims.get(name).and_then(Value::as_i64);
        let now = self.inner.gate.now().timestamp();
        let since = self.world().tokens_since.map_or(i64::MIN, |since| since.timestamp_millis());
        (number("exp")? > now && number("iat_ms")? >= since).then_some(jwt.claims)
    }

    /// A token of ours for the claims of one from Maskinporten.
    pub(crate) fn exchanged(&self, mut claims: Map<String, Value>) -> String {
        let now: Timestamp = self.inner.gate.now();
        let (issuer, life) = {
            let world = self.world();
            (world.settings.issuer(), world.settings.token_life.as_secs())
        };
        for dropped in ["aud", "iss", "client_amr", "sid"] {
            claims.remove(dropped);
        }
        let consumer = claims.get("consumer").and_then(|consumer| consumer.get("ID")).and_then(Value::as_str);
        let number = consumer.map(|id| id.strip_prefix("0192:").unwrap_or(id).to_owned()).unwrap_or_default();
        let owner =
            claims.get("scope").and_then(Value::as_str).is_some_and(|scope| scope.contains("altinn:serviceowner"));
        claims.extend([
            ("iss".to_owned(), json!(issuer)),
            ("sid".to_owned(), json!(self.inner.gate.uuid())),
            ("iat".to_owned(), json!(now.timestamp())),
            ("iat_ms".to_owned(), json!(now.timestamp_millis())),
            ("exp".to_owned(), json!(now.timestamp().saturating_add_unsigned(life))),
            ("urn:altinn:orgNumber".to_owned(), json!(number)),
            ("urn:altinn:authenticatemethod".to_owned(), json!("maskinporten")),
            ("urn:altinn:authlevel".to_owned(), json!("3")),
        ]);
        if owner {
            claims.insert("urn:altinn:org".to_owned(), json!(format!("org{number}")));
        }
        self.inner.noted_token();
        sign(&self.inner.signer, &json!({"alg": "RS256", "typ": "JWT", "kid": "altinn"}), &Value::Object(claims))
    }
}

/// `GET /authentication/api/v1/exchange/maskinporten`.
pub(crate) async fn exchange(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Query(_query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    if headers.contains_key("X-Altinn-EnterpriseUser-Authentication") {
        return Err(problem(StatusCode::GONE, "enterprise users are gone"));
    }
    let claims = bearer(&headers).and_then(|token| sim.inner.maskinporten.verified(token));
    let claims = claims.and_then(|claims| claims.as_object().cloned()).ok_or_else(|| bare(StatusCode::UNAUTHORIZED))?;
    let token = sim.exchanged(claims);
    noted.effect();
    let quoted = sim.world().settings.quoted_tokens;
    Ok(if quoted {
        ([(header::CONTENT_TYPE, "application/json; charset=utf-8")], json!(token).to_string()).into_response()
    } else {
        ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], token).into_response()
    })
}

fn permit(caller: &Caller, policy: Policy) -> Result<(), Stop> {
    let (read, write) = (caller.has("altinn:correspondence.read"), caller.has("altinn:correspondence.write"));
    let sends = write && (caller.exchanged || caller.has("altinn:serviceowner"));
    let allowed = match policy {
        Policy::Sender => sends,
        Policy::Recipient if !caller.exchanged => {
            return Err(problem(StatusCode::FORBIDDEN, "issuer validation failed: exchange the token first"));
        }
        Policy::Recipient => read,
        // A raw token that only reads passes here.
        Policy::Either => sends || read,
        Policy::Download => caller.exchanged && (read || caller.has("altinn:portal/enduser")),
        Policy::Scope(scope) => caller.exchanged && caller.has(scope),
    };
    if allowed { Ok(()) } else { Err(bare(StatusCode::FORBIDDEN)) }
}

/// One of the listed types must be the offered one or `*/*`.
fn accepts(headers: &HeaderMap, offers: &str) -> Result<(), Stop> {
    let mut given = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if given.peek().is_none() || offers.is_empty() {
        return Ok(());
    }
    let kinds = given.flat_map(|value| value.split(',')).filter_map(|kind| kind.split(';').next()).map(str::trim);
    if kinds.into_iter().any(|kind| kind == "*/*" || kind.eq_ignore_ascii_case(offers)) {
        return Ok(());
    }
    Err(sentence(StatusCode::NOT_ACCEPTABLE, "The Accept header names no media type that this address offers."))
}

/// The body must be of this type.
pub(crate) fn content_type(headers: &HeaderMap, wanted: &str) -> Result<(), Stop> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = given.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    Err(problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body is of another type"))
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

fn login() -> Stop {
    Stop::Answer(Box::new((StatusCode::FOUND, [(header::LOCATION, "https://login.test/authorize")]).into_response()))
}
