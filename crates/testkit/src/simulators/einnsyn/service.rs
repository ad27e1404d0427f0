//! The addresses of eInnsyn and what each does.

use axum::{
    Extension, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query as QueryPairs, RawPathParams, State},
    response::Response,
    routing::MethodFilter,
};
use futures_util::future::BoxFuture;
use http::{HeaderMap, Uri, header};
use serde_json::{Map, Value};

use super::{
    EInnsynSim,
    entity::{Action, Entity},
    paging::Query,
    problem::Problem,
    world::Caller,
};
use crate::simulators::{gate::Noted, operation::Operation};

/// The objects below an object: parent, last segment, kind, and whether they can be added and taken away there.
const BELOW: [(Entity, &str, Entity, &str); 32] = [
    (Entity::Arkiv, "arkivdel", Entity::Arkivdel, "la"),
    (Entity::Arkiv, "arkiv", Entity::Arkiv, "la"),
    (Entity::Arkivdel, "saksmappe", Entity::Saksmappe, "la"),
    (Entity::Arkivdel, "moetemappe", Entity::Moetemappe, "la"),
    (Entity::Arkivdel, "klasse", Entity::Klasse, "la"),
    (Entity::Arkivdel, "klassifikasjonssystem", Entity::Klassifikasjonssystem, "la"),
    (Entity::Klassifikasjonssystem, "klasse", Entity::Klasse, "la"),
    (Entity::Klasse, "klasse", Entity::Klasse, "la"),
    (Entity::Klasse, "saksmappe", Entity::Saksmappe, "l"),
    (Entity::Klasse, "moetemappe", Entity::Moetemappe, "l"),
    (Entity::Saksmappe, "journalpost", Entity::Journalpost, "la"),
    (Entity::Saksmappe, "matrikkelnummer", Entity::Matrikkelnummer, "la"),
    (Entity::Journalpost, "korrespondansepart", Entity::Korrespondansepart, "la"),
    (Entity::Journalpost, "dokumentbeskrivelse", Entity::Dokumentbeskrivelse, "lad"),
    (Entity::Journalpost, "matrikkelnummer", Entity::Matrikkelnummer, "la"),
    (Entity::Journalpost, "skjerming", Entity::Skjerming, "ad"),
    (Entity::Dokumentbeskrivelse, "dokumentobjekt", Entity::Dokumentobjekt, "a"),
    (Entity::Moetemappe, "moetesak", Entity::Moetesak, "la"),
    (Entity::Moetemappe, "moetedokument", Entity::Moetedokument, "la"),
    (Entity::Moetemappe, "matrikkelnummer", Entity::Matrikkelnummer, "la"),
    (Entity::Moetesak, "dokumentbeskrivelse", Entity::Dokumentbeskrivelse, "lad"),
    (Entity::Moetesak, "utredning", Entity::Utredning, "la"),
    (Entity::Moetesak, "vedtak", Entity::Vedtak, "la"),
    (Entity::Moetesak, "matrikkelnummer", Entity::Matrikkelnummer, "la"),
    (Entity::Moetedokument, "dokumentbeskrivelse", Entity::Dokumentbeskrivelse, "lad"),
    (Entity::Moetedokument, "matrikkelnummer", Entity::Matrikkelnummer, "la"),
    (Entity::Utredning, "utredningsdokument", Entity::Dokumentbeskrivelse, "lad"),
    (Entity::Vedtak, "votering", Entity::Votering, "la"),
    (Entity::Vedtak, "vedtaksdokument", Entity::Dokumentbeskrivelse, "lad"),
    (Entity::Enhet, "underenhet", Entity::Enhet, "la"),
    (Entity::Enhet, "apiKey", Entity::ApiKey, "la"),
    (Entity::Enhet, "arkiv", Entity::Arkiv, "l"),
];

/// The kinds that can be made without a parent in the address.
const AT_ROOT: [Entity; 5] =
    [Entity::Arkiv, Entity::Enhet, Entity::Skjerming, Entity::Moetesak, Entity::InnsynskravBestilling];

/// One address with one method.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Address {
    WhoAmI,
    Search,
    Requests,
    OrderRequests,
    Verify,
    List(Entity),
    Create(Entity),
    Get(Entity),
    Update(Entity),
    Delete(Entity),
    ListBelow(Entity, &'static str, Entity),
    AddBelow(Entity, &'static str, Entity),
    DeleteBelow(Entity, &'static str, Entity),
}

/// One call, taken apart.
pub(crate) struct Request {
    pub(crate) caller: Caller,
    /// The values in the path.
    pub(crate) values: Vec<String>,
    pub(crate) query: Query,
    pub(crate) body: Option<Value>,
}

pub(crate) type Answer = Result<Response, Problem>;

/// Every address, without an answer for the others.
pub(crate) fn routes(sim: &EInnsynSim) -> Router {
    const GET: MethodFilter = MethodFilter::GET;
    let mut all: Vec<(MethodFilter, String, Action, Address)> = vec![
        (GET, "/me".to_owned(), Action::WhoAmI, Address::WhoAmI),
        (GET, "/search".to_owned(), Action::Search, Address::Search),
        (GET, "/enhet/{id}/innsynskrav".to_owned(), Action::Requests, Address::Requests),
        (
            GET,
            "/innsynskravBestilling/{id}/innsynskrav".to_owned(),
            Action::List(Entity::Innsynskrav),
            Address::OrderRequests,
        ),
        (
            MethodFilter::PATCH,
            "/innsynskravBestilling/{id}/verify/{secret}".to_owned(),
            Action::Verify,
            Address::Verify,
        ),
    ];
    for entity in Entity::ALL {
        let (list, one) = (format!("/{}", entity.path()), format!("/{}/{{id}}", entity.path()));
        all.push((GET, list.clone(), Action::List(entity), Address::List(entity)));
        if AT_ROOT.contains(&entity) {
            all.push((MethodFilter::POST, list, Action::Create(entity), Address::Create(entity)));
        }
        all.push((GET, one.clone(), Action::Get(entity), Address::Get(entity)));
        all.push((MethodFilter::PATCH, one.clone(), Action::Update(entity), Address::Update(entity)));
        all.push((MethodFilter::DELETE, one, Action::Delete(entity), Address::Delete(entity)));
    }
    for (parent, last, child, methods) in BELOW {
        let path = format!("/{}/{{id}}/{last}", parent.path());
        if methods.contains('l') {
            all.push((GET, path.clone(), Action::List(child), Address::ListBelow(parent, last, child)));
        }
        if methods.contains('a') {
            let address = Address::AddBelow(parent, last, child);
            all.push((MethodFilter::POST, path.clone(), Action::Create(child), address));
        }
        if methods.contains('d') {
            let address = Address::DeleteBelow(parent, last, child);
            all.push((MethodFilter::DELETE, format!("{path}/{{child}}"), Action::Delete(child), address));
        }
    }
    let router = all.into_iter().fold(Router::new(), |router, (method, path, action, address)| {
        sim.inner.gate.route(router, method, &path, Operation::EInnsyn(action), answering(address))
    });
    router.layer(DefaultBodyLimit::disable()).with_state(sim.clone())
}

type Pairs = QueryPairs<Vec<(String, String)>>;

/// The handler of one address.
fn answering(
    address: Address,
) -> impl Fn(State<EInnsynSim>, Extension<Noted>, RawPathParams, Uri, Pairs, HeaderMap, Bytes) -> BoxFuture<'static, Answer>
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(sim), Extension(noted), params, uri, QueryPairs(pairs), headers, body| {
        Box::pin(async move {
            let now = sim.inner.gate.now();
            if uri.path().ends_with('/') {
                return Err(Problem::no_handler(uri.path()));
            }
            let mut world = sim.world();
            world.catch_up(now);
            let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
            let caller = world.caller(header("API-KEY"), header("ACTING-AS"), now)?;
            if let Some(unit) = &caller.unit {
                noted.account(unit);
            }
            let values = params.iter().map(|(_, value)| value.to_owned()).collect();
            let query = Query { pairs, path: uri.path().to_owned(), raw: uri.query().unwrap_or_default().to_owned() };
            let body = parsed(&headers, &body)?;
            if let Some(reference) = body.as_ref().and_then(|body| body.get("systemId")).and_then(Value::as_str) {
                noted.reference(reference);
            }
            let request = Request { caller, values, query, body };
            world.store.begin();
            let answer = world.answer(address, &request);
            match &answer {
                Ok(_) if address.changes() => noted.effect(),
                Ok(_) => {}
                Err(_) => world.store.roll_back(),
            }
            answer
        })
    }
}

impl Address {
    const fn changes(self) -> bool {
        matches!(
            self,
            Self::Verify
                | Self::Create(_)
                | Self::Update(_)
                | Self::Delete(_)
                | Self::AddBelow(..)
                | Self::DeleteBelow(..)
        )
    }
}

fn parsed(headers: &HeaderMap, body: &Bytes) -> Result<Option<Value>, Problem> {
    if body.is_empty() {
        return Ok(None);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/json") {
        return Err(Problem::media_type());
    }
    serde_json::from_slice(body).map(Some).map_err(|_| Problem::unreadable())
}

impl Request {
    /// The body, when it is an object.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, Problem> {
        self.body.as_ref().and_then(Value::as_object).ok_or_else(Problem::unreadable)
    }
}
