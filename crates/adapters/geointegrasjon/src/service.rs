use std::{collections::BTreeMap, fmt, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, State},
    response::Response,
    routing::post,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sakarkiv_core::ports::{ArchiveDesk, Clock, Entropy};
use sakarkiv_xml::{Element, Limits, parse};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::{
    desk::Desk,
    fault::Trouble,
    soap::{Call, Login, is_twelve},
};

/// Where callers look for the service that shows.
pub const INNSYN_PATH: &str = "/ArkivInnsynService.svc/ArkivInnsynService";
/// Where callers look for the service that changes.
pub const OPPDATERING_PATH: &str = "/ArkivOppdateringService.svc/ArkivOppdateringService";

/// How the façade deals with calls.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GeoIntegrasjonSettings {
    /// The largest call, in bytes; files come inside calls. Default: 64 MiB.
    pub max_call: usize,
    /// The largest file shown inside an answer, in bytes; a larger one is left out of a list, and refused when it is asked for
    /// by itself. Default: 32 MiB.
    pub max_shown_file: u64,
    /// All files shown inside one answer together, in bytes; those that go beyond are left out. Default: 64 MiB.
    pub max_shown: u64,
}

impl Default for GeoIntegrasjonSettings {
    fn default() -> Self {
        Self { max_call: 64 << 20, max_shown_file: 32 << 20, max_shown: 64 << 20 }
    }
}

/// GeoIntegrasjon Arkiv 1.1 in front of the archive: a SOAP service to mount (R8.5).
///
/// Each user name has an [`ArchiveDesk`] of its own, which acts as that system's service user.
///
/// Calls carry no id. One that opens a case or registers an entry under a key of the caller's (`referanseEksternNoekkel`) may
/// be repeated: it is done once. Without a key each call counts by itself, as the interface has it.
#[derive(Clone)]
pub struct GeoIntegrasjon(Arc<Inner>);

/// Finds the desk of whom a gateway names in the headers of a call.
type Gateway = Box<dyn Fn(&HeaderMap) -> Option<Arc<dyn ArchiveDesk>> + Send + Sync>;

struct Inner {
    users: BTreeMap<String, User>,
    gateway: Option<Gateway>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: GeoIntegrasjonSettings,
}

#[derive(Clone)]
struct User {
    /// SHA-256 of the password: comparing these tells nothing of where two passwords differ.
    password: [u8; 32],
    desk: Arc<dyn ArchiveDesk>,
}

/// The façade while it is put together.
pub struct GeoIntegrasjonBuilder(Inner);

impl GeoIntegrasjonBuilder {
    /// Lets a system call under this name and password, as the service user of a desk.
    #[must_use]
    pub fn with_user(mut self, name: &str, password: &SecretString, desk: Arc<dyn ArchiveDesk>) -> Self {
        self.0.users.insert(name.to_owned(), User { password: digest(password), desk });
        self
    }

    /// Lets a gateway before the façade say who calls: `caller` finds the desk by the headers of a call. Passwords count no
    /// more then, neither those of the header nor those of the envelope. That no call comes past the gateway is for the service.
    #[must_use]
    pub fn with_gateway(
        mut self,
        caller: impl Fn(&HeaderMap) -> Option<Arc<dyn ArchiveDesk>> + Send + Sync + 'static,
    ) -> Self {
        self.0.gateway = Some(Box::new(caller));
        self
    }

    /// The façade.
    #[must_use]
    pub fn build(self) -> GeoIntegrasjon {
        GeoIntegrasjon(Arc::new(self.0))
    }
}

impl GeoIntegrasjon {
    /// A façade that nobody may call yet.
    #[must_use]
    pub const fn builder(
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: GeoIntegrasjonSettings,
    ) -> GeoIntegrasjonBuilder {
        GeoIntegrasjonBuilder(Inner { users: BTreeMap::new(), gateway: None, clock, entropy, settings })
    }

    /// The router to mount, with both services at their usual paths. The server it is mounted in does the TLS.
    pub fn router(&self) -> Router {
        Router::new()
            .route(INNSYN_PATH, post(call))
            .route(OPPDATERING_PATH, post(call))
            .layer(DefaultBodyLimit::max(self.0.settings.max_call))
            .with_state(self.clone())
    }

    /// Answers one call: the status and the envelope.
    pub async fn answer(&self, headers: &HeaderMap, body: &[u8]) -> (StatusCode, String) {
        let limits = Limits::default().with_bytes(self.0.settings.max_call);
        let envelope = match parse(body, &limits) {
            Ok(envelope) => envelope,
            Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, Trouble::Xml(error).envelope(false)),
        };
        let twelve = is_twelve(&envelope);
        match self.done(headers, envelope, twelve).await {
            Ok(envelope) => (StatusCode::OK, envelope),
            Err(trouble @ Trouble::Login) => (StatusCode::UNAUTHORIZED, trouble.envelope(twelve)),
            // SOAP over HTTP answers every fault so; 1.2 has 400 for those of the caller, which few callers expect.
            Err(trouble) => (StatusCode::INTERNAL_SERVER_ERROR, trouble.envelope(twelve)),
        }
    }

    async fn done(&self, headers: &HeaderMap, envelope: Element, twelve: bool) -> Result<String, Trouble> {
        let call = Call::read(headers, envelope)?;
        let inner = &self.0;
        let desk = match &inner.gateway {
            Some(caller) => caller(headers),
            None => self.user(call.login.as_ref()),
        };
        let desk = desk.ok_or(Trouble::Login)?;
        let (clock, entropy) = (inner.clock.as_ref(), inner.entropy.as_ref());
        let desk = Desk { desk: desk.as_ref(), clock, entropy, settings: &inner.settings };
        desk.answer(call.operation, &call.request, twelve).await
    }

    fn user(&self, login: Option<&Login>) -> Option<Arc<dyn ArchiveDesk>> {
        let login = login?;
        let user = self.0.users.get(&login.user)?;
        (user.password == digest(&login.password)).then(|| Arc::clone(&user.desk))
    }
}

async fn call(State(facade): State<GeoIntegrasjon>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, envelope) = facade.answer(&headers, &body).await;
    let twelve = envelope.contains(crate::names::SOAP_12);
    let mut response = Response::new(Body::from(envelope));
    *response.status_mut() = status;
    let media_type = if twelve { "application/soap+xml; charset=utf-8" } else { "text/xml; charset=utf-8" };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"arkiv\""));
    }
    response
}

fn digest(password: &SecretString) -> [u8; 32] {
    Sha256::digest(password.expose_secret()).into()
}

impl fmt::Debug for GeoIntegrasjon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeoIntegrasjon").field("users", &self.0.users.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for GeoIntegrasjonBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeoIntegrasjonBuilder").field("users", &self.0.users.len()).finish_non_exhaustive()
    }
}
