//! The addresses.

use axum::{
    Extension, Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::MethodFilter,
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::{JobbNorgeSim, receipts};
use crate::simulators::{
    gate::{Noted, Refusal, json_answer},
    operation::Operation,
};

type Pairs = Query<Vec<(String, String)>>;

/// Every address, without an answer for the others.
pub(super) fn routes(sim: &JobbNorgeSim) -> Router {
    let gate = &sim.inner.gate;
    let mut router = Router::new();
    router = gate.route(router, MethodFilter::GET, "/v1/jobs/count", Operation::Jobs, count);
    router = gate.route(router, MethodFilter::GET, "/v1/Jobs", Operation::Jobs, bare_v1);
    for path in ["/v2/Jobs", "/v2.0/Jobs"] {
        router = gate.route(router, MethodFilter::GET, path, Operation::Jobs, bare);
    }
    for path in ["/v3/Jobs", "/v3/jobs"] {
        router = gate.route(router, MethodFilter::GET, path, Operation::Jobs, wrapped);
    }
    router = gate.route(router, MethodFilter::GET, "/arkiv/v1/leveranser", Operation::Deliveries, deliveries);
    router = gate.route(router, MethodFilter::GET, "/arkiv/v1/filer/{id}", Operation::DeliveryFile, file);
    let receipt_of = "/arkiv/v1/leveranser/{id}/kvittering";
    router = gate.route(router, MethodFilter::POST, receipt_of, Operation::DeliveryReceipt, receipt);
    router.with_state(sim.clone())
}

/// The number of positions, not of postings.
async fn count(State(sim): State<JobbNorgeSim>) -> Response {
    let state = sim.lock();
    let positions =
        state.postings.iter().map(|posting| posting.get("positionCount").and_then(Value::as_u64).unwrap_or(1));
    json_answer(&json!(positions.sum::<u64>()))
}

async fn bare_v1(State(sim): State<JobbNorgeSim>, Query(query): Pairs) -> Result<Response, Refusal> {
    let mut postings = sim.found(&query)?;
    for posting in &mut postings {
        if let Some(object) = posting.as_object_mut() {
            let place = object.remove("locations").and_then(|places| Some(places.get(0)?.get("municipality")?.clone()));
            object.remove("publicationDate");
            object.extend(place.map(|place| ("location".to_owned(), place)));
        }
    }
    Ok(json_answer(&Value::Array(postings)))
}

async fn bare(State(sim): State<JobbNorgeSim>, Query(query): Pairs) -> Result<Response, Refusal> {
    Ok(json_answer(&Value::Array(sim.found(&query)?)))
}

async fn wrapped(State(sim): State<JobbNorgeSim>, Query(query): Pairs) -> Result<Response, Refusal> {
    let all = sim.lock().postings.clone();
    let employers: std::collections::BTreeSet<String> = all.iter().map(|one| one["employer"].to_string()).collect();
    let meta = json!({"jobCountTotal": all.len(), "employerCountTotal": employers.len()});
    Ok(json_answer(&json!({"jobs": sim.found(&query)?, "meta": meta})))
}

impl JobbNorgeSim {
    /// The postings that fit a query. What the interface does not know is refused, as is a page that is no number.
    fn found(&self, query: &[(String, String)]) -> Result<Vec<Value>, Refusal> {
        if query.iter().any(|(name, _)| !KNOWN.contains(&name.as_str())) {
            return Err(Refusal::bad("ukjent parameter"));
        }
        let number = |name: &str| {
            let value = query.iter().find(|(known, _)| known == name).map(|(_, value)| value.parse::<usize>());
            value.transpose().map_err(|_| Refusal::bad(format!("{name} må være et tall")))
        };
        let employers: Vec<&str> =
            query.iter().filter(|(name, _)| name == "employer").map(|(_, value)| value.as_str()).collect();
        let (results, page) = (number("results")?, number("page")?.unwrap_or(1).max(1));
        let state = self.lock();
        let fitting = state.postings.iter().filter(|posting| {
            let employer = posting.get("employerID").map(ToString::to_string).unwrap_or_default();
            employers.is_empty() || employers.contains(&employer.trim_matches('"'))
        });
        let results = results.unwrap_or(usize::MAX);
        Ok(fitting.skip(results.saturating_mul(page - 1)).take(results).cloned().collect())
    }

    fn login(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let told = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let known = told == Some(format!("Bearer {}", self.inner.token).as_str());
        if known { Ok(()) } else { Err(Refusal::new(StatusCode::UNAUTHORIZED, "ukjent nøkkel")) }
    }
}

const KNOWN: [&str; 12] = [
    "employer",
    "department",
    "county",
    "municipality",
    "category",
    "term",
    "orderBy",
    "period",
    "results",
    "page",
    "abroad",
    "language",
];

/// What waits, oldest first. The cursor is the number of the last one shown.
async fn deliveries(
    State(sim): State<JobbNorgeSim>,
    Query(query): Pairs,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    sim.login(&headers)?;
    let value = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let number = |text: &str| text.parse::<usize>().map_err(|_| Refusal::bad("etter og maks må være tall"));
    let most = value("maks").map_or(Ok(50), number)?;
    let after = value("etter").map_or(Ok(0), number)?;
    let state = sim.lock();
    let waiting = (1..).zip(&state.deliveries).filter(|(place, kept)| kept.waiting && *place > after);
    let shown: Vec<(usize, &Value)> = waiting.map(|(place, kept)| (place, &kept.body)).take(most + 1).collect();
    let more = shown.len() > most;
    let shown: Vec<(usize, &Value)> = shown.into_iter().take(most).collect();
    let next = shown.last().filter(|_| more).map(|(place, _)| place.to_string());
    let bodies: Vec<&Value> = shown.into_iter().map(|(_, body)| body).collect();
    Ok(json_answer(&json!({"leveranser": bodies, "neste": next})))
}

async fn file(
    State(sim): State<JobbNorgeSim>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    sim.login(&headers)?;
    let content = sim.lock().files.get(&format!("/arkiv/v1/filer/{id}")).cloned();
    content.map(IntoResponse::into_response).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "filen finnes ikke"))
}

async fn receipt(
    State(sim): State<JobbNorgeSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    sim.login(&headers)?;
    let receipt: Value = serde_json::from_slice(&body).map_err(|_| Refusal::bad("kvitteringen er ikke JSON"))?;
    if !receipts::is_sound(&receipt, &id) {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "kvitteringen følger ikke kontrakten"));
    }
    let mut state = sim.lock();
    let kept = state.deliveries.iter_mut().find(|kept| kept.id == id && kept.waiting);
    let kept = kept.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "leveransen finnes ikke"))?;
    kept.waiting = !receipts::ends(&receipt);
    kept.receipts.push(receipt);
    noted.effect();
    Ok(StatusCode::NO_CONTENT.into_response())
}
