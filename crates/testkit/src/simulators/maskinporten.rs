//! Maskinporten: machine-to-machine tokens for signed assertions.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};
use axum::{
    Extension, Router,
    extract::{Query, State},
    response::Response,
    routing::MethodFilter,
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{StatusCode, Uri};
use sakarkiv_core::ports::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    calls::Call,
    der::public_key_of,
    faults::Faults,
    gate::{ErrorStyle, Gate, Noted, Refusal, json_answer},
    keys,
    operation::Operation,
};

/// A Maskinporten that checks assertions as strictly as the real one and issues signed tokens.
///
/// Checked: grant type, RS256 signature by a registered key (`kid`) or certificate (`x5c`), never both, audience, issuer,
/// a life of at most 120 seconds, a `jti` never seen before, scopes, and the right to act for `consumer_org`.
///
/// Cloning gives another handle to the same simulator.
#[derive(Debug, Clone)]
pub struct MaskinportenSim {
    inner: Arc<Inner>,
}

/// A client as registered with Digdir: who it is, with what keys it signs, what it may ask for.
#[derive(Clone)]
pub struct Client {
    id: String,
    organisation: String,
    scopes: BTreeSet<String>,
    keys: BTreeMap<String, Vec<u8>>,
    certificates: Vec<Vec<u8>>,
    acts_for: BTreeSet<String>,
    system_users: BTreeMap<(String, Option<String>), Uuid>,
}

impl Client {
    /// A client of an organisation, with the scope `ks:fiks` and no key yet.
    #[must_use]
    pub fn new(id: impl Into<String>, organisation: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            organisation: organisation.into(),
            scopes: BTreeSet::from(["ks:fiks".to_owned()]),
            keys: BTreeMap::new(),
            certificates: Vec::new(),
            acts_for: BTreeSet::new(),
            system_users: BTreeMap::new(),
        }
    }

    /// Registers a public RSA key under a key id, given as a certificate, a SubjectPublicKeyInfo or a PKCS#1 key, all DER.
    #[must_use]
    pub fn with_key(mut self, kid: impl Into<String>, key: &[u8]) -> Self {
        self.keys.insert(kid.into(), public_key_of(key).unwrap_or(key).to_vec());
        self
    }

    /// Accepts assertions that carry this enterprise certificate (virksomhetssertifikat), DER.
    #[must_use]
    pub fn with_certificate(mut self, certificate: &[u8]) -> Self {
        self.certificates.push(certificate.to_vec());
        self
    }

    /// Adds a scope it may ask for.
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.insert(scope.into());
        self
    }

    /// Lets it act for another organisation, as delegated in Altinn.
    #[must_use]
    pub fn acting_for(mut self, organisation: impl Into<String>) -> Self {
        self.acts_for.insert(organisation.into());
        self
    }

    /// Lets it speak as a system user (systembruker) that a customer has approved, told apart by the external reference when
    /// the customer approved several.
    #[must_use]
    pub fn with_system_user(mut self, customer: impl Into<String>, external_ref: Option<&str>, id: Uuid) -> Self {
        self.system_users.insert((customer.into(), external_ref.map(str::to_owned)), id);
        self
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

/// What a valid token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) organisation: String,
    pub(crate) scopes: Vec<String>,
}

struct Inner {
    gate: Arc<Gate>,
    issuer: String,
    signer: RsaKeyPair,
    state: Mutex<Tokens>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

struct Tokens {
    clients: BTreeMap<String, Client>,
    seen: BTreeSet<(String, String)>,
    valid: BTreeSet<String>,
    issued: usize,
    life: Duration,
}

impl MaskinportenSim {
    /// An empty Maskinporten with the issuer `https://maskinporten.test/`, whose tokens live 120 seconds.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_issuer(clock, "https://maskinporten.test/")
    }

    /// The same with another issuer, which is also the audience that assertions must name. Ends with a slash.
    ///
    /// # Panics
    /// When the machine cannot make RSA keys.
    #[must_use]
    #[expect(clippy::panic, reason = "a machine that cannot use its own keys cannot run the simulators at all")]
    pub fn with_issuer(clock: Arc<dyn Clock>, issuer: impl Into<String>) -> Self {
        let Ok(signer) = RsaKeyPair::from_pkcs8(keys::maskinporten().private_key_der()) else {
            panic!("the signing key made a moment ago is refused");
        };
        let state = Tokens {
            clients: BTreeMap::new(),
            seen: BTreeSet::new(),
            valid: BTreeSet::new(),
            issued: 0,
            life: Duration::from_secs(120),
        };
        let gate = Gate::new(clock, 0x6d61_736b, ErrorStyle::OAuth);
        Self { inner: Arc::new(Inner { gate, issuer: issuer.into(), signer, state: Mutex::new(state) }) }
    }

    /// The issuer, which is also the audience of assertions.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// Registers a client, in place of one with the same id.
    pub fn add_client(&self, client: Client) {
        self.lock().clients.insert(client.id.clone(), client);
    }

    /// How long new tokens live.
    pub fn set_token_life(&self, life: Duration) {
        self.lock().life = life;
    }

    /// Every token issued so far is refused from now on.
    pub fn revoke_all(&self) {
        self.lock().valid.clear();
    }

    /// How many tokens were issued.
    #[must_use]
    pub fn issued(&self) -> usize {
        self.lock().issued
    }

    /// A token with the scope `ks:fiks` without the detour of an assertion, for tests of other things.
    #[must_use]
    pub fn token_for(&self, organisation: &str) -> String {
        self.token_with(organisation, "ks:fiks")
    }

    /// A token with other scopes, separated by blanks, without the detour of an assertion.
    #[must_use]
    pub fn token_with(&self, organisation: &str, scopes: &str) -> String {
        self.issue("direct", organisation, None, scopes, None, None).0
    }

    /// The faults that can be armed; the operation is [`Operation::Token`].
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.gate.faults
    }

    /// Every request so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inner.gate.log.all()
    }

    /// How many calls wait on the clock at present.
    #[must_use]
    pub fn stalled(&self) -> usize {
        self.inner.gate.stalled()
    }

    /// The service: `POST /token`.
    pub fn router(&self) -> Router {
        let gate = &self.inner.gate;
        let router = gate.route(Router::new(), MethodFilter::POST, "/token", Operation::Token, token);
        gate.close(router.with_state(self.clone()))
    }

    /// What a bearer token is good for at present; nothing when it is foreign, expired or revoked.
    pub(crate) fn check(&self, token: &str) -> Option<Grant> {
        let claims: TokenClaims = serde_json::from_value(self.verified(token)?).ok()?;
        Some(Grant {
            organisation: claims.consumer.id.strip_prefix("0192:").unwrap_or(&claims.consumer.id).to_owned(),
            scopes: claims.scope.split(' ').map(str::to_owned).collect(),
        })
    }

    /// All claims of a bearer token; nothing when it is foreign, expired or revoked.
    pub(crate) fn verified(&self, token: &str) -> Option<Value> {
        let jwt = Jwt::parse(token)?;
        jwt.verify(self.inner.signer.public_key().as_ref())?;
        let life: TokenLife = serde_json::from_value(jwt.claims.clone()).ok()?;
        let alive = life.exp > self.inner.gate.now().timestamp() && self.lock().valid.contains(&life.jti);
        alive.then_some(jwt.claims)
    }

    fn issue(
        &self,
        client: &str,
        organisation: &str,
        supplier: Option<&str>,
        scope: &str,
        resource: Option<&str>,
        details: Option<Value>,
    ) -> (String, u64) {
        let jti = self.inner.gate.uuid().to_string();
        let issued = self.inner.gate.now().timestamp();
        let life = {
            let mut state = self.lock();
            state.valid.insert(jti.clone());
            state.issued += 1;
            state.life.as_secs()
        };
        let party = |number: &str| json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{number}")});
        let mut claims = json!({
            "iss": self.inner.issuer,
            "client_id": client,
            "client_amr": "private_key_jwt",
            "token_type": "Bearer",
            "aud": resource.unwrap_or("unspecified"),
            "scope": scope,
            "iat": issued,
            "exp": issued.saturating_add_unsigned(life),
            "jti": jti,
            "consumer": party(organisation),
        });
        if let (Some(supplier), Some(members)) = (supplier, claims.as_object_mut()) {
            members.insert("supplier".to_owned(), party(supplier));
        }
        if let (Some(details), Some(members)) = (details, claims.as_object_mut()) {
            members.insert("authorization_details".to_owned(), details);
        }
        (sign(&self.inner.signer, &json!({"alg": "RS256", "typ": "JWT", "kid": "simulator"}), &claims), life)
    }

    fn lock(&self) -> MutexGuard<'_, Tokens> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Deserialize)]
struct TokenClaims {
    scope: String,
    consumer: Consumer,
}

#[derive(Debug, Deserialize)]
struct TokenLife {
    jti: String,
    exp: i64,
}

#[derive(Debug, Deserialize)]
struct Consumer {
    #[serde(rename = "ID")]
    id: String,
}

#[derive(Debug, Deserialize)]
struct AssertionClaims {
    iss: String,
    aud: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
    consumer_org: Option<String>,
    resource: Option<String>,
    authorization_details: Option<Value>,
}

async fn token(
    State(sim): State<MaskinportenSim>,
    Extension(noted): Extension<Noted>,
    headers: http::HeaderMap,
    body: String,
) -> Result<Response, Refusal> {
    let form_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !form_type.is_some_and(|value| value.starts_with("application/x-www-form-urlencoded")) {
        return Err(refused("invalid_request", "the body must be a form"));
    }
    let form = form_of(&body).ok_or_else(|| refused("invalid_request", "the body is not a form"))?;
    if form.get("grant_type").map(String::as_str) != Some("urn:ietf:params:oauth:grant-type:jwt-bearer") {
        return Err(refused("unsupported_grant_type", "only the JWT grant is known"));
    }
    let assertion = form.get("assertion").ok_or_else(|| refused("invalid_request", "no assertion"))?;
    let jwt = Jwt::parse(assertion).ok_or_else(|| invalid("the assertion is not a JWT"))?;
    let claims: AssertionClaims = serde_json::from_value(jwt.claims.clone())
        .map_err(|_| invalid("iss, aud, scope, iat, exp and jti are needed, aud as one text"))?;
    noted.account(&claims.iss);
    let client = sim.lock().clients.get(&claims.iss).cloned();
    let client = client.ok_or_else(|| refused("invalid_client", "the client is not registered"))?;
    let key = signing_key(&jwt, &client)?;
    jwt.verify(&key).ok_or_else(|| invalid("the signature does not fit the key"))?;
    sim.judge(&claims, &client)?;
    let (consumer, supplier) = match &claims.consumer_org {
        Some(consumer) => (consumer.as_str(), Some(client.organisation.as_str())),
        None => (client.organisation.as_str(), None),
    };
    let details = claims.authorization_details.as_ref().map(|details| system_user(details, &client)).transpose()?;
    let (token, life) = sim.issue(&client.id, consumer, supplier, &claims.scope, claims.resource.as_deref(), details);
    noted.effect();
    Ok(json_answer(&json!({
        "access_token": token, "token_type": "Bearer", "expires_in": life, "scope": claims.scope
    })))
}

impl MaskinportenSim {
    fn judge(&self, claims: &AssertionClaims, client: &Client) -> Result<(), Refusal> {
        /// How far the clocks of two machines may be apart, in seconds.
        const LEEWAY: i64 = 10;
        let now = self.inner.gate.now().timestamp();
        if claims.aud != self.inner.issuer {
            return Err(invalid("aud must be the issuer of this environment"));
        }
        if claims.exp <= now || claims.iat > now + LEEWAY {
            return Err(invalid("the assertion is expired or not valid yet"));
        }
        if claims.exp - claims.iat > 120 || claims.exp - now > 120 + LEEWAY {
            return Err(invalid("the assertion lives longer than 120 seconds"));
        }
        let mut scopes = claims.scope.split(' ').filter(|scope| !scope.is_empty()).peekable();
        if scopes.peek().is_none() || scopes.any(|scope| !client.scopes.contains(scope)) {
            return Err(refused("invalid_scope", "the client has not been granted the scope"));
        }
        if claims.consumer_org.as_ref().is_some_and(|organisation| !client.acts_for.contains(organisation)) {
            return Err(invalid("consumer_org has not delegated the scope to the client"));
        }
        if claims.jti.is_empty() || !self.lock().seen.insert((client.id.clone(), claims.jti.clone())) {
            return Err(invalid("jti is missing or was used before"));
        }
        Ok(())
    }
}

/// The system user that an assertion names, as the token tells of it.
fn system_user(details: &Value, client: &Client) -> Result<Value, Refusal> {
    let unknown = || invalid("MP-303: the system user is not approved for this client");
    let one = details.as_array().filter(|all| all.len() == 1).and_then(|all| all.first()).ok_or_else(unknown)?;
    let text = |pointer: &str| one.pointer(pointer).and_then(Value::as_str);
    if text("/type") != Some("urn:altinn:systemuser") {
        return Err(unknown());
    }
    let party = text("/systemuser_org/ID").ok_or_else(unknown)?;
    let number = party.strip_prefix("0192:").ok_or_else(unknown)?;
    let reference = text("/externalRef").map(str::to_owned);
    let known = client.system_users.get(&(number.to_owned(), reference.clone())).ok_or_else(unknown)?;
    Ok(json!([{
        "type": "urn:altinn:systemuser",
        "systemuser_id": [known],
        "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": party},
        "system_id": format!("{}_sakarkiv", client.organisation),
        "externalRef": reference,
    }]))
}

fn signing_key(jwt: &Jwt<'_>, client: &Client) -> Result<Vec<u8>, Refusal> {
    let kid = jwt.header.get("kid").and_then(Value::as_str);
    let leaf = jwt.header.pointer("/x5c/0").and_then(Value::as_str);
    match (kid, leaf) {
        (Some(kid), None) => client.keys.get(kid).cloned().ok_or_else(|| invalid("no key is registered under the kid")),
        (None, Some(leaf)) => {
            let certificate = STANDARD.decode(leaf).map_err(|_| invalid("x5c must hold base64, not base64url"))?;
            if !client.certificates.contains(&certificate) {
                return Err(invalid("the certificate is not one of the organisation's"));
            }
            public_key_of(&certificate).map(<[u8]>::to_vec).ok_or_else(|| invalid("x5c holds no certificate"))
        }
        _ => Err(invalid("exactly one of kid and x5c is needed")),
    }
}

/// A JWT taken apart, not verified.
pub(crate) struct Jwt<'a> {
    header: Value,
    pub(crate) claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jwt<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        Some(Self {
            header: json(header)?,
            claims: json(claims)?,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    pub(crate) fn verify(&self, key: &[u8]) -> Option<()> {
        if self.header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return None;
        }
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(self.signed.as_bytes(), &self.signature).ok()
    }
}

#[expect(clippy::panic, reason = "a machine that cannot use its own keys cannot run the simulators at all")]
pub(crate) fn sign(key: &RsaKeyPair, header: &Value, claims: &Value) -> String {
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; key.public_modulus_len()];
    if key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).is_err() {
        panic!("the signing key is refused");
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The members of a form. A form is written like a query, so the query parser reads it.
fn form_of(body: &str) -> Option<HashMap<String, String>> {
    let address: Uri = format!("/?{body}").parse().ok()?;
    Query::try_from_uri(&address).ok().map(|Query(members)| members)
}

fn invalid(message: &str) -> Refusal {
    refused("invalid_grant", message)
}

fn refused(code: &str, message: &str) -> Refusal {
    let status = if code == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
    Refusal::new(status, message).with_code(code)
}
