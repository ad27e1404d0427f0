//! The addresses of SvarUt, and those of its calls that send.

use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Multipart, Path, State},
    response::Response,
    routing::MethodFilter,
};
use futures_util::future::BoxFuture;
use http::HeaderMap;

use super::{SvarUtSim, lookups, shipment::Endpoint};
use crate::simulators::{
    gate::{Noted, Refusal},
    operation::Operation,
};

type Answer = Result<Response, Refusal>;

/// Every address, without an answer for the others.
pub(crate) fn routes(sim: &SvarUtSim) -> Router {
    const GET: MethodFilter = MethodFilter::GET;
    const POST: MethodFilter = MethodFilter::POST;
    let gate = &sim.inner.gate;
    let account = "/api/v3/kontoer/{konto}/forsendelser";
    let account_v2 = "/api/v2/kontoer/{konto}/forsendelser";
    let one = "/api/v2/forsendelser/{id}";
    let mut router = Router::new();
    for (last, operation, handler) in [
        ("person", Operation::SendPerson, Endpoint::Person),
        ("organisasjon", Operation::SendOrganisation, Endpoint::Organisation),
        ("nhn", Operation::SendHealthNetwork, Endpoint::HealthNetwork),
        ("print", Operation::SendPrint, Endpoint::Print),
    ] {
        router = gate.route(router, POST, &format!("{account}/{last}"), operation, sending_to(Some(handler)));
    }
    router = gate.route(router, POST, account_v2, Operation::SendV2, sending_to(None));
    router = gate.route(router, POST, &format!("{account}/status/sok"), Operation::Status, lookups::status);
    router = gate.route(router, POST, &format!("{account_v2}/status-sok"), Operation::StatusV2, lookups::status_v2);
    router = gate.route(router, GET, account_v2, Operation::Find, lookups::find);
    router = gate.route(
        router,
        GET,
        &format!("{account_v2}/metadata"),
        Operation::FindWithMetadata,
        lookups::find_with_metadata,
    );
    router = gate.route(router, GET, &format!("{one}/hendelser"), Operation::History, lookups::history);
    let signing = format!("{one}/signeringshendelser");
    router = gate.route(router, GET, &signing, Operation::SigningHistory, lookups::signing_history);
    router = gate.route(router, GET, &format!("{one}/metadata"), Operation::Metadata, lookups::metadata);
    router = gate.route(router, POST, &format!("{one}/lest"), Operation::MarkRead, lookups::mark_read);
    let documents = format!("{one}/dokumenter");
    router =
        gate.route(router, MethodFilter::DELETE, &documents, Operation::DeleteDocuments, lookups::delete_documents);
    router = gate.route(router, GET, "/api/v2/forsendelsestyper", Operation::MessageTypes, lookups::message_types);
    router = gate.route(router, GET, "/api/v2/mottakersystem", Operation::ReceiverSystems, lookups::receiver_systems);
    let reply = "/api/v1/mottaker/forsendelser/{id}/svar-metadata";
    router = gate.route(router, GET, reply, Operation::ReplyMetadata, lookups::reply_metadata);
    router = gate.route(router, GET, "/forsendelse/publickey/hent", Operation::Certificate, lookups::certificate);
    let migrate = "/svarut-konfigurasjon/api/v1/migrering/integrasjoner";
    router = gate.route(router, POST, migrate, Operation::Migrate, lookups::migrate);
    // A letter may be of any size; what is read of it is bounded where it is read.
    router.layer(DefaultBodyLimit::disable()).with_state(sim.clone())
}

/// The handler of one sending address.
fn sending_to(
    endpoint: Option<Endpoint>,
) -> impl Fn(State<SvarUtSim>, Extension<Noted>, Path<String>, HeaderMap, Multipart) -> BoxFuture<'static, Answer>
+ Clone
+ Send
+ Sync
+ 'static {
    move |State(sim), Extension(noted), Path(account), headers, form| {
        Box::pin(async move { sim.send(&noted, &headers, &account, form, endpoint).await })
    }
}
