//! A way in over HTTP, to mount in a service: whole deliveries as multipart requests, and forms as Acos Interact posts them.
//!
//! | call | does |
//! |---|---|
//! | `POST /leveranser` | takes in a delivery: first the part `manifest` ([`Manifest`]), then one part for each file, named by its path |
//! | `POST /leveranser?toerrkjoering=true` | tells what that would do, and does nothing; any other query but `toerrkjoering=false` is refused |
//! | `GET /leveranser/{leveranseId}` | what became of it; 404 when it was never taken in |
//! | `POST /acos/instances` | takes in a form |
//! | `GET /acos/instances/{instanceId}/case-info` | the case it became; 404 until it is archived |
//!
//! A delivery is answered when it is durable: `201` with case number, entry numbers and ids, or `200` when it had been taken
//! in before; `merknader` tells what of it was left as it is in the archive, and why. `422` says all that its sender has to
//! mend, `409` that the key stands for something else, `403` that the service user lacks a right, `503` with `Retry-After`
//! that the same request may be repeated. Repeating is always harmless. `sted` is a JSON Pointer into the manifest.
//!
//! Who calls is for the service to find out ([`Callers`]); what they may is decided by the archive.

pub(crate) mod answer;
mod forms;
mod upload;

use std::{fmt::Debug, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Multipart, Path, Query, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use sakarkiv_core::{
    intake::{Consignment, ConsignmentKey, Fault, FaultCode, Place, Rejection},
    ports::{ArchiveDesk, Clock},
};
use serde::Deserialize;

use self::answer::{Refusal, receipt};
use crate::{Manifest, forms::FormTables};

/// Finds out who calls.
pub trait Callers: Debug + Send + Sync {
    /// The archive as this caller's service user has it; nothing for whom nobody knows. A gateway or a layer before this
    /// router has checked certificate or token, and says in the headers who it is.
    fn desk(&self, headers: &HeaderMap) -> Option<Arc<dyn ArchiveDesk>>;
}

/// How much is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest file of a delivery, in bytes.
    pub file: u64,
    /// The largest form with its attachments, in bytes. It is held in memory.
    pub form: usize,
}

impl Default for Limits {
    /// Two gibibytes for a file, 64 mebibytes for a form.
    fn default() -> Self {
        Self { file: 2 << 30, form: 64 << 20 }
    }
}

/// The way in over HTTP.
#[derive(Debug, Clone)]
pub struct RestIntake {
    callers: Arc<dyn Callers>,
    clock: Arc<dyn Clock>,
    tables: Option<Arc<FormTables>>,
    limits: Limits,
}

impl RestIntake {
    /// A way in for whole deliveries.
    pub fn new(callers: Arc<dyn Callers>, clock: Arc<dyn Clock>) -> Self {
        Self { callers, clock, tables: None, limits: Limits::default() }
    }

    /// Takes forms too, mapped by these tables.
    #[must_use]
    pub fn with_forms(mut self, tables: Arc<FormTables>) -> Self {
        self.tables = Some(tables);
        self
    }

    /// Takes more, or less.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The router, to mount where the service likes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/leveranser", post(deliver))
            .route("/leveranser/{*key}", get(delivered))
            .route("/acos/instances", post(forms::take))
            .route("/acos/instances/{key}/case-info", get(forms::case_info))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::new(self))
    }

    fn desk(&self, headers: &HeaderMap) -> Result<Arc<dyn ArchiveDesk>, Refusal> {
        self.callers.desk(headers).ok_or(Refusal::Unknown)
    }
}

type Intake = State<Arc<RestIntake>>;

/// What a query may ask for, and nothing else: a test run that was misspelt must not register for real.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    toerrkjoering: bool,
}

async fn deliver(
    State(intake): Intake,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    let taken = async {
        let desk = intake.desk(&headers)?;
        let Query(Wanted { toerrkjoering: dry }) = wanted.map_err(|_| {
            fault("the query may be `toerrkjoering=true` or `toerrkjoering=false`, once, and nothing else")
        })?;
        let body = body.map_err(|_| fault("the request must be `multipart/form-data`"))?;
        let consignment = consignment(&intake, &*desk, body).await?;
        if dry {
            let run = desk.dry_run(&consignment).await.map_err(Refusal::Archive)?;
            return Ok(axum::Json(run).into_response());
        }
        let taken = desk.hand_in(&consignment).await.map_err(Refusal::Archive)?;
        let status = if taken.repeated { StatusCode::OK } else { StatusCode::CREATED };
        let place = format!("leveranser/{}", answer::encoded(consignment.key.as_str()));
        Ok((status, [(LOCATION, place)], axum::Json(receipt(&taken))).into_response())
    };
    taken.await.unwrap_or_else(|refusal: Refusal| refusal.answer())
}

async fn consignment(intake: &RestIntake, desk: &dyn ArchiveDesk, mut body: Multipart) -> Result<Consignment, Refusal> {
    let manifest = upload::manifest(&mut body).await?;
    let manifest = Manifest::parse(&manifest).map_err(Refusal::rejected)?;
    let files = upload::files(&manifest, body, desk, intake.limits.file).await?;
    manifest.consignment(desk.source(), &files).map_err(Refusal::rejected)
}

async fn delivered(State(intake): Intake, Path(key): Path<String>, headers: HeaderMap) -> Response {
    let found = async {
        let desk = intake.desk(&headers)?;
        let key = ConsignmentKey::new(&key).map_err(|_| Refusal::Missing)?;
        let found = desk.receipt(&key).await.map_err(Refusal::Archive)?.ok_or(Refusal::Missing)?;
        Ok(axum::Json(receipt(&found)).into_response())
    };
    found.await.unwrap_or_else(|refusal: Refusal| refusal.answer())
}

fn fault(detail: impl std::fmt::Display) -> Refusal {
    Refusal::rejected(Rejection::from(Fault::new(FaultCode::InvalidContent, Place::Consignment).because(detail)))
}

#[cfg(test)]
mod tests;
