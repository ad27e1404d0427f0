//! The addresses of the platform.

use axum::{Router, extract::DefaultBodyLimit, routing::MethodFilter};

use super::{AltinnSim, access, attachments, initialize, lookups, recipient, registry};
use crate::simulators::operation::Operation as O;

/// Every address, without an answer for the others.
pub(crate) fn routes(sim: &AltinnSim) -> Router {
    let mut router = correspondence(sim, Router::new());
    router = attachment(sim, router);
    router = platform(sim, router);
    // A file may be of any size; what is read of it is bounded where it is read.
    router.layer(DefaultBodyLimit::disable()).with_state(sim.clone())
}

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const DELETE: MethodFilter = MethodFilter::DELETE;

fn correspondence(sim: &AltinnSim, router: Router<AltinnSim>) -> Router<AltinnSim> {
    let gate = &sim.inner.gate;
    let all = "/correspondence/api/v1/correspondence";
    let one = "/correspondence/api/v1/correspondence/{id}";
    let at = |last: &str| format!("{one}/{last}");
    let reminders = "/correspondence/api/v1/confidential-reminders";
    let mut router = gate.route(router, POST, all, O::Initialize, initialize::initialize);
    router = gate.route(router, POST, &format!("{all}/upload"), O::InitializeUpload, initialize::initialize_upload);
    router = gate.route(router, GET, all, O::Correspondences, lookups::list);
    router = gate.route(router, GET, one, O::Overview, lookups::overview);
    router = gate.route(router, GET, &at("details"), O::Details, lookups::details);
    router = gate.route(router, GET, &at("content"), O::ReadContent, lookups::content);
    router = gate.route(router, POST, &at("markasread"), O::MarkAsRead, recipient::mark_as_read);
    router = gate.route(router, POST, &at("confirm"), O::Confirm, recipient::confirm);
    router = gate.route(router, DELETE, &at("purge"), O::Purge, recipient::purge);
    router = gate.route(router, POST, &at("forward"), O::Forward, recipient::forward);
    let download = at("attachment/{attachment}/download");
    router = gate.route(router, GET, &download, O::DownloadAttachment, recipient::download);
    router = gate.route(router, GET, &at("attachments/downloadall"), O::DownloadAttachment, recipient::download_all);
    gate.route(router, GET, reminders, O::ConfidentialReminders, recipient::confidential_reminders)
}

fn attachment(sim: &AltinnSim, router: Router<AltinnSim>) -> Router<AltinnSim> {
    let gate = &sim.inner.gate;
    let all = "/correspondence/api/v1/attachment";
    let one = "/correspondence/api/v1/attachment/{id}";
    let at = |last: &str| format!("{one}/{last}");
    let scans = "/correspondence/api/v1/webhooks/malwarescanresults";
    let mut router = gate.route(router, POST, all, O::CreateAttachment, attachments::create);
    router = gate.route(router, POST, &at("upload"), O::UploadAttachment, attachments::upload);
    router = gate.route(router, GET, one, O::AttachmentStatus, attachments::overview);
    router = gate.route(router, GET, &at("details"), O::AttachmentStatus, attachments::details);
    router = gate.route(router, GET, &at("download"), O::AttachmentStatus, attachments::download);
    router = gate.route(router, DELETE, one, O::DeleteAttachment, attachments::delete);
    gate.route(router, POST, scans, O::ScanResult, attachments::scan_result)
}

fn platform(sim: &AltinnSim, router: Router<AltinnSim>) -> Router<AltinnSim> {
    let gate = &sim.inner.gate;
    let exchange = "/authentication/api/v1/exchange/maskinporten";
    let resources = "/resourceregistry/api/v1/resource";
    let people = "/accessmanagement/api/v1/enduser";
    let events = "/events/api/v1/subscriptions";
    let mut router = gate.route(router, GET, exchange, O::TokenExchange, access::exchange);
    router = gate.route(router, GET, &format!("{resources}/resourcelist"), O::Resources, registry::list);
    router = gate.route(router, POST, &format!("{resources}/bysubjects"), O::Resources, registry::by_subjects);
    router = gate.route(router, GET, &format!("{resources}/{{id}}"), O::Resources, registry::one);
    router = gate.route(router, GET, &format!("{resources}/{{id}}/policy/rights"), O::Resources, registry::rights);
    let parties = format!("{people}/authorizedparties");
    router = gate.route(router, GET, &parties, O::AccessManagement, registry::authorized_parties);
    let packages = format!("{people}/connections/accesspackages");
    router = gate.route(router, GET, &packages, O::AccessManagement, registry::package_holders);
    let services = format!("{people}/connections/resources");
    router = gate.route(router, GET, &services, O::AccessManagement, registry::resource_holders);
    router = gate.route(router, POST, events, O::Subscriptions, registry::subscribe);
    router = gate.route(router, GET, events, O::Subscriptions, registry::subscriptions);
    router = gate.route(router, GET, &format!("{events}/{{id}}"), O::Subscriptions, registry::subscription);
    gate.route(router, DELETE, &format!("{events}/{{id}}"), O::Subscriptions, registry::unsubscribe)
}
