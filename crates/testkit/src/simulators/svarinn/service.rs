//! The addresses of SvarInn.

use std::iter;

use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use futures_util::stream;
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Kept, ReportedFailure, SvarInnSim, entries::Entry, mail::Oddity, package};
use crate::simulators::{
    gate::{Noted, Refusal, basic_credentials, json_answer},
    operation::Operation,
};

/// The most entries one list shows.
const CAP: usize = 200;

/// Every address, without an answer for the others.
pub(crate) fn routes(sim: &SvarInnSim) -> Router {
    let gate = &sim.inner.gate;
    let mut router = Router::new();
    for base in ["/tjenester", "/api"] {
        let path = |rest: &str| format!("{base}/svarinn{rest}");
        router = gate.route(router, MethodFilter::GET, &path("/v2/forsendelser"), Operation::List, list_v2);
        router = gate.route(router, MethodFilter::GET, &path("/v2/forsendelser/{id}"), Operation::Download, download);
        let status = path("/v2/forsendelser/{id}/status");
        router = gate.route(router, MethodFilter::PATCH, &status, Operation::Acknowledge, update_status);
        router =
            gate.route(router, MethodFilter::GET, &path("/mottaker/hentNyeForsendelser"), Operation::List, list_v1);
        router = gate.route(router, MethodFilter::GET, &path("/forsendelse/{id}"), Operation::Download, download);
        let acknowledge = path("/kvitterMottak/forsendelse/{id}");
        router = gate.route(router, MethodFilter::POST, &acknowledge, Operation::Acknowledge, acknowledge_v1);
        let refuse = path("/mottakFeilet/forsendelse/{id}");
        router = gate.route(router, MethodFilter::POST, &refuse, Operation::Refuse, refuse_v1);
    }
    router.with_state(sim.clone())
}

async fn list_v1(State(sim): State<SvarInnSim>, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    sim.list(&headers, uri.path(), |entry| entry.v1())
}

async fn list_v2(State(sim): State<SvarInnSim>, uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    sim.list(&headers, uri.path(), |entry| entry.v2())
}

async fn download(
    State(sim): State<SvarInnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (user, id) = (sim.login(&headers)?, parse(&id)?);
    let parcel = {
        let mut state = sim.lock();
        let recipients = state.systems.get(&user).map(|system| system.recipients.clone()).unwrap_or_default();
        let kept = state.mail.get_mut(&id).filter(|kept| kept.record.system == user && kept.record.waiting);
        let kept = kept.ok_or_else(unknown)?;
        kept.record.downloads += 1;
        package::pack(&kept.mail, &recipients)
            .map_err(|_| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "innholdet kan ikke pakkes"))?
    };
    noted.effect();
    let disposition = format!("attachment; filename=\"{}\"", parcel.name);
    let headers = [(header::CONTENT_TYPE, parcel.media_type), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(stream::iter(parcel.pieces))).into_response())
}

async fn acknowledge_v1(
    State(sim): State<SvarInnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    sim.acknowledge(&sim.login(&headers)?, parse(&id)?)?;
    noted.effect();
    Ok(StatusCode::OK.into_response())
}

async fn refuse_v1(
    State(sim): State<SvarInnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let user = sim.login(&headers)?;
    let failure: Failure = read(&headers, &body)?;
    sim.refuse(&user, parse(&id)?, failure)?;
    noted.effect();
    Ok(StatusCode::OK.into_response())
}

async fn update_status(
    State(sim): State<SvarInnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (user, id) = (sim.login(&headers)?, parse(&id)?);
    match read(&headers, &body)? {
        Update { status: NewStatus::Mottatt, feil: None } => sim.acknowledge(&user, id)?,
        Update { status: NewStatus::Feilet, feil: Some(failure) } => sim.refuse(&user, id, failure)?,
        Update { status: NewStatus::Feilet, feil: None } => return Err(Refusal::bad("feil må være satt ved FEILET")),
        Update { status: NewStatus::Mottatt, feil: Some(_) } => return Err(Refusal::bad("feil hører til FEILET")),
    }
    noted.effect();
    Ok(StatusCode::OK.into_response())
}

#[derive(Debug, Deserialize)]
struct Update {
    status: NewStatus,
    feil: Option<Failure>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum NewStatus {
    Mottatt,
    Feilet,
}

#[derive(Debug, Deserialize)]
struct Failure {
    feilmelding: String,
    permanent: bool,
}

impl SvarInnSim {
    /// The user name, when the password is right.
    fn login(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let unauthorised = || Refusal::new(StatusCode::UNAUTHORIZED, "feil brukernavn eller passord");
        let (user, password) = basic_credentials(headers).ok_or_else(unauthorised)?;
        let known = self.lock().systems.get(&user).is_some_and(|system| system.password == password);
        if known { Ok(user) } else { Err(unauthorised()) }
    }

    fn list(&self, headers: &HeaderMap, path: &str, entry: fn(&Entry<'_>) -> Value) -> Result<Response, Refusal> {
        let user = self.login(headers)?;
        self.feed();
        let state = self.lock();
        let base = state.public_base.clone().unwrap_or_else(|| host_of(headers));
        let prefix = if path.starts_with("/api") { "/api" } else { "/tjenester" };
        let waiting = state.order.iter().filter_map(|id| state.mail.get(id));
        let entries: Vec<Value> = waiting
            .filter(|kept| kept.record.waiting && kept.record.system == user)
            .take(CAP)
            .flat_map(|kept| {
                let entry = entry(&Entry {
                    id: kept.record.id,
                    received: kept.record.received,
                    mail: &kept.mail,
                    files: &kept.files,
                    link: format!("{base}{prefix}/svarinn/forsendelse/{}", kept.record.id),
                });
                let times = if kept.mail.oddities.contains(&Oddity::ListedTwice) { 2 } else { 1 };
                iter::repeat_n(entry, times)
            })
            .collect();
        Ok(json_answer(&Value::Array(entries)))
    }

    fn acknowledge(&self, user: &str, id: Uuid) -> Result<(), Refusal> {
        let now = self.inner.gate.now();
        self.with_mail(user, id, |kept| {
            kept.record.waiting = false;
            kept.record.acknowledged.push(now);
        })
    }

    fn refuse(&self, user: &str, id: Uuid, failure: Failure) -> Result<(), Refusal> {
        if failure.feilmelding.is_empty() {
            return Err(Refusal::bad("feilmelding kan ikke være tom"));
        }
        let at = self.inner.gate.now();
        self.with_mail(user, id, |kept| {
            kept.record.waiting &= !failure.permanent;
            let reported = ReportedFailure { at, text: failure.feilmelding, permanent: failure.permanent };
            kept.record.failures.push(reported);
        })
    }

    fn with_mail(&self, user: &str, id: Uuid, change: impl FnOnce(&mut Kept)) -> Result<(), Refusal> {
        let mut state = self.lock();
        let kept = state.mail.get_mut(&id).filter(|kept| kept.record.system == user).ok_or_else(unknown)?;
        change(kept);
        Ok(())
    }
}

fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "forsendelsen finnes ikke")
}

fn parse(id: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(id).map_err(|_| Refusal::bad("id må være en UUID"))
}

fn read<'a, T: Deserialize<'a>>(headers: &HeaderMap, body: &'a [u8]) -> Result<T, Refusal> {
    let json = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !json.is_some_and(|value| value.starts_with("application/json")) {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "innholdet må være application/json"));
    }
    serde_json::from_slice(body).map_err(|_| Refusal::bad("innholdet har feil form"))
}

/// Where the client reached us. It must have said so: HTTP/1.1 demands the header.
fn host_of(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    let scheme = if host.starts_with("127.0.0.1") || host.starts_with("localhost") { "http" } else { "https" };
    format!("{scheme}://{host}")
}
