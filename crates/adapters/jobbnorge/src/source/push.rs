//! Push: a router that an embedding service mounts, for recruitment systems that deliver by themselves.
//!
//! `POST /rekruttering/v1/leveranser` takes a form (`multipart/form-data`) whose first part, `leveranse`, is the delivery and
//! whose others are its files, named by each file's `del`. It answers when everything is whole, checked and on disk:
//!
//! | answer | means |
//! |---|---|
//! | 202 with `Location` | taken; the receipt is at that address, `mottatt` until the office has taken it in |
//! | 200 with `Location` | the same delivery came before: its receipt |
//! | 409 | the same id with other content |
//! | 401, 403 | no or a wrong token; an organisation that is not set up |
//! | 413, 415, 422 | too large, no form, faults: all of them, with their places |
//! | 500 | ours; the same may be sent again |
//!
//! Every answer but 401 is a receipt (`rekruttering-kvittering/v1`).

mod form;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::MultipartRejection},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sakarkiv_core::{
    document::ContentHash,
    ports::{Clock, Entropy, PortError},
};
use sakarkiv_dropfolder::{DropError, DropFolder, Place, blocking};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use self::form::Form;
use super::FolderDrop;
use crate::{
    config::RecruitmentConfig,
    contract::{Binding, Delivery, DeliveryState, Fault, FaultCode, LARGEST_DELIVERY, Receipt},
};

/// What the router needs.
#[derive(Debug, Clone)]
pub struct PushSettings {
    /// How deliveries are taken; the same as for [`Recruitment`](super::Recruitment).
    pub config: RecruitmentConfig,
    /// The bearer tokens that may deliver: the present one, and the one before while it is being changed.
    pub tokens: Vec<SecretString>,
    /// The largest form, in bytes.
    pub form_bytes: usize,
    /// The longest a form may take to come.
    pub form_timeout: Duration,
}

impl PushSettings {
    /// Settings with the usual limits: 2 GiB and 30 minutes.
    #[must_use]
    pub const fn new(config: RecruitmentConfig, tokens: Vec<SecretString>) -> Self {
        Self { config, tokens, form_bytes: 2 << 30, form_timeout: Duration::from_secs(30 * 60) }
    }
}

/// The router. What it takes waits in the folder of `drop` for the [`Recruitment`](super::Recruitment) over it.
///
/// ```
/// use std::sync::Arc;
/// use sakarkiv_core::ports::{Clock, Entropy};
/// use sakarkiv_jobbnorge::source::{FolderDrop, push};
///
/// fn mount(
///     drop: &FolderDrop, settings: push::PushSettings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>,
/// ) -> axum::Router {
///     axum::Router::new().merge(push::router(drop, settings, clock, entropy))
/// }
/// ```
pub fn router(drop: &FolderDrop, settings: PushSettings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Router {
    let limit = DefaultBodyLimit::max(settings.form_bytes);
    let desk = Desk { folder: Arc::clone(drop.folder()), settings: Arc::new(settings), clock, entropy };
    Router::new()
        .route("/rekruttering/v1/leveranser", post(deliver).layer(limit))
        .route("/rekruttering/v1/leveranser/{id}", get(receipt))
        .with_state(desk)
}

#[derive(Debug, Clone)]
struct Desk {
    folder: Arc<DropFolder>,
    settings: Arc<PushSettings>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Why a form was not taken.
#[derive(Debug)]
enum Refused {
    /// The delivery or its files are at fault.
    Faults(String, Option<Box<Delivery>>, Vec<Fault>),
    /// The form is too large.
    TooLarge,
    /// It broke off, or is no form.
    NoForm,
    /// It did not come in time.
    TooSlow,
    /// Our own disk.
    Internal,
}

async fn deliver(
    State(desk): State<Desk>,
    headers: HeaderMap,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    if !desk.knows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Ok(form) = form else { return desk.refuse(&Refused::NoForm, StatusCode::UNSUPPORTED_MEDIA_TYPE) };
    let deadline = desk.clock.now() + desk.settings.form_timeout;
    let taking = Box::pin(desk.take(form));
    let outcome = match futures_util::future::select(taking, desk.clock.sleep_until(deadline)).await {
        futures_util::future::Either::Left((outcome, _)) => outcome,
        futures_util::future::Either::Right(_) => Err(Refused::TooSlow),
    };
    match outcome {
        Ok((status, id, receipt)) => answer(status, &receipt, Some(&id)),
        Err(Refused::Faults(id, delivery, faults)) => {
            let now = desk.clock.now();
            let receipt = match delivery {
                Some(delivery) => Receipt::refusing(&delivery, &faults, now),
                None => Receipt::refusing_unread(id, &faults, now),
            };
            let worst = receipt.fault.as_ref().map_or(422, |fault| fault.code.status());
            answer(StatusCode::from_u16(worst).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY), &receipt.to_json(), None)
        }
        Err(refused @ Refused::TooLarge) => desk.refuse(&refused, StatusCode::PAYLOAD_TOO_LARGE),
        Err(refused @ Refused::NoForm) => desk.refuse(&refused, StatusCode::UNPROCESSABLE_ENTITY),
        Err(refused @ Refused::TooSlow) => desk.refuse(&refused, StatusCode::REQUEST_TIMEOUT),
        Err(refused @ Refused::Internal) => desk.refuse(&refused, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

async fn receipt(State(desk): State<Desk>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !desk.knows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match desk.place(&id).await {
        Ok(Some(place)) => answer(StatusCode::OK, &desk.told(&id, &place), None),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(refused) => desk.refuse(&refused, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

impl Desk {
    /// Whether the caller has one of the tokens. Compared by their hashes, which tell nothing by the time it takes.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let told = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(told) = told.and_then(|value| value.strip_prefix("Bearer ")) else { return false };
        let told = ContentHash::of(told.as_bytes());
        self.settings.tokens.iter().any(|token| ContentHash::of(token.expose_secret().as_bytes()) == told)
    }

    async fn take(&self, mut form: Multipart) -> Result<(StatusCode, String, Value), Refused> {
        let manifest = form::manifest(&mut form, LARGEST_DELIVERY).await?;
        let told = super::folder::told_id(&manifest).unwrap_or_else(|| "ukjent".to_owned());
        let delivery = Delivery::read(&manifest).map_err(|faults| Refused::Faults(told, None, faults))?;
        if let Err(faults) = delivery.check(&self.settings.config, Binding::Push) {
            return Err(faulty(delivery, faults));
        }
        let id = delivery.id.clone();
        if let Some(place) = self.place(&id).await? {
            return self.repeated(delivery, &place, &manifest);
        }
        let mut staged = Form::new(Arc::clone(&self.folder), delivery, self.entropy.next_u64()).await?;
        staged.files(&mut form).await?;
        let (delivery, handed) = staged.hand_over(manifest.clone()).await?;
        if !handed {
            // What was sent is thrown away: only what lies there already may be answered for.
            let place = self.place(&id).await?.ok_or(Refused::Internal)?;
            return self.repeated(delivery, &place, &manifest);
        }
        let receipt = Receipt::new(id.clone(), DeliveryState::Received, self.clock.now()).to_json();
        Ok((StatusCode::ACCEPTED, id, receipt))
    }

    /// The answer to an id that came before.
    fn repeated(
        &self,
        delivery: Delivery,
        place: &Place,
        manifest: &[u8],
    ) -> Result<(StatusCode, String, Value), Refused> {
        if place.manifest == ContentHash::of(manifest) {
            return Ok((StatusCode::OK, delivery.id.clone(), self.told(&delivery.id, place)));
        }
        let message = "was used for other content; use a new id";
        Err(faulty(delivery, vec![Fault::new(FaultCode::Conflict, "/leveranseId", message)]))
    }

    /// The receipt as it stands.
    fn told(&self, id: &str, place: &Place) -> Value {
        let kept = place.answer.as_deref().and_then(|answer| serde_json::from_slice(answer).ok());
        kept.unwrap_or_else(|| Receipt::new(id.to_owned(), DeliveryState::Received, self.clock.now()).to_json())
    }

    async fn place(&self, id: &str) -> Result<Option<Place>, Refused> {
        let (folder, id) = (Arc::clone(&self.folder), id.to_owned());
        disk(blocking("jobbnorge.push", move || folder.place(&id)).await)
    }

    fn refuse(&self, refused: &Refused, status: StatusCode) -> Response {
        let (code, message) = match refused {
            Refused::TooLarge => (FaultCode::InvalidContent, "the form is too large; share the delivery among several"),
            Refused::NoForm => {
                (FaultCode::InvalidContent, "must be multipart/form-data, whole, with the part `leveranse` first")
            }
            Refused::TooSlow => (FaultCode::ArchiveUnavailable, "the form did not come in time; send it again"),
            Refused::Internal | Refused::Faults(..) => (FaultCode::Internal, "the fault is ours; send it again later"),
        };
        let receipt = Receipt::refusing_unread("ukjent".to_owned(), &[Fault::new(code, "", message)], self.clock.now());
        answer(status, &receipt.to_json(), None)
    }
}

fn faulty(delivery: Delivery, faults: Vec<Fault>) -> Refused {
    Refused::Faults(delivery.id.clone(), Some(Box::new(delivery)), faults)
}

/// Whether the disk did its part.
fn disk<T>(outcome: Result<Result<T, DropError>, PortError>) -> Result<T, Refused> {
    outcome.map_err(|_| Refused::Internal)?.map_err(|_| Refused::Internal)
}

fn answer(status: StatusCode, receipt: &Value, location: Option<&str>) -> Response {
    let mut response = (status, receipt.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(id) = location
        && let Ok(location) = HeaderValue::try_from(format!("/rekruttering/v1/leveranser/{}", encoded(id)))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An id as one segment of an address.
fn encoded(id: &str) -> String {
    use std::fmt::Write as _;
    id.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) || (byte == b'.' && id.len() > 2) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
