//! Attachments by themselves: made, uploaded, looked at, deleted; and the scanner's verdict.

use axum::{
    Extension,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AltinnSim,
    access::{Caller, Policy, content_type},
    events::Kind,
    initialize::json_body,
    letter::{Attachment, AttachmentStatus, Intake, MessageStatus},
    lookups::guid,
    problems::{Stop, invalid, invalid_field, refuse, sentence},
    recipient::file_answer,
    request::{Described, attachment_problems},
    rules::check_file_name,
    settings::Verdict,
    text,
    world::World,
};
use crate::simulators::gate::{Noted, json_answer};

/// `POST /attachment`.
pub(crate) async fn create(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/json")?;
    content_type(&headers, "application/json")?;
    let described = Described::read(json_body(request).await?).map_err(|error| invalid_field("$", &error))?;
    let problems = attachment_problems(&described);
    if !problems.is_empty() {
        return Err(invalid(&problems));
    }
    let (mut world, now) = sim.now();
    let id = described.resource_id.as_deref().and_then(text::resource_id).unwrap_or_default();
    let resource = world.resource(id).ok_or_else(|| refuse(1036))?.clone();
    if !world.writes(&caller, &resource) {
        return Err(refuse(4001));
    }
    if !["CorrespondenceService", "GenericAccessResource"].contains(&resource.resource_type.as_str()) {
        return Err(refuse(4009));
    }
    check_file_name(&described)?;
    world.check_expiration(&described)?;
    let id = world.attach(&described, &resource.id, &resource.owner, now);
    world.emit_for_attachment(now, Kind::AttachmentInitialized, id);
    noted.effect();
    Ok(json_answer(&json!(id)))
}

impl World {
    /// An attachment that the call may handle as its sender: 2001, then 4001.
    fn own(&self, caller: &Caller, id: Uuid) -> Result<&Attachment, Stop> {
        let attachment = self.attachments.get(&id).ok_or_else(|| refuse(2001))?;
        let allowed = self.resource(&attachment.resource).is_some_and(|resource| self.writes(caller, resource));
        if allowed { Ok(attachment) } else { Err(refuse(4001)) }
    }

    fn fail_upload(&mut self, id: Uuid, now: sakarkiv_core::identity::Timestamp, code: u16) -> Stop {
        if let Some(attachment) = self.attachments.get_mut(&id) {
            attachment.enter(now, AttachmentStatus::Failed, "Upload failed");
        }
        refuse(code)
    }
}

/// `POST /attachment/{id}/upload`.
pub(crate) async fn upload(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/json")?;
    content_type(&headers, "application/octet-stream")?;
    let id = guid(&id)?;
    let (keep, limit) = {
        let (mut world, now) = sim.now();
        let attachment = world.own(&caller, id)?;
        if !attachment.letters.is_empty() {
            return Err(refuse(2003));
        }
        if attachment.status() != AttachmentStatus::Initialized {
            return Err(refuse(2005));
        }
        let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let limit = world.settings.upload_limit;
        if declared.is_some_and(|bytes| bytes == 0 || bytes > limit) {
            return Err(refuse(2004));
        }
        if let Some(attachment) = world.attachments.get_mut(&id) {
            attachment.enter(now, AttachmentStatus::UploadProcessing, "UploadProcessing");
        }
        (world.settings.keep_bytes, limit)
    };
    let mut intake = Intake::new(keep);
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        let written = frame.map(|frame| frame.into_data().unwrap_or_default());
        let kept = written.is_ok_and(|bytes| intake.push(&bytes).is_ok());
        if !kept || intake.size() > limit {
            let code = if kept { 2004 } else { 2002 };
            let (mut world, now) = sim.now();
            return Err(world.fail_upload(id, now, code));
        }
    }
    let (mut world, now) = sim.now();
    if intake.size() == 0 {
        return Err(world.fail_upload(id, now, 2004));
    }
    world.uploaded(id, intake.finish(), now)?;
    noted.effect();
    let attachment = world.attachments.get(&id).ok_or_else(|| refuse(2001))?;
    Ok(json_answer(&world.attachment(attachment, false)))
}

/// `GET /attachment/{id}`.
pub(crate) async fn overview(
    State(sim): State<AltinnSim>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    sim.own_attachment(&headers, &id, false)
}

/// `GET /attachment/{id}/details`.
pub(crate) async fn details(
    State(sim): State<AltinnSim>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    sim.own_attachment(&headers, &id, true)
}

impl AltinnSim {
    fn own_attachment(&self, headers: &HeaderMap, id: &str, history: bool) -> Result<Response, Stop> {
        let caller = self.admit(headers, Policy::Sender, "application/json")?;
        let (world, _) = self.now();
        let attachment = world.own(&caller, guid(id)?)?;
        Ok(json_answer(&world.attachment(attachment, history)))
    }
}

/// `GET /attachment/{id}/download`: the sender's own copy, until somebody can have received it.
pub(crate) async fn download(
    State(sim): State<AltinnSim>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/octet-stream")?;
    let (world, _) = sim.now();
    let attachment = world.own(&caller, guid(&id)?)?;
    let published = attachment.letters.iter().filter_map(|id| world.letter(*id));
    if published.into_iter().any(|letter| letter.has(MessageStatus::Published)) {
        return Err(refuse(2016));
    }
    match attachment.status() {
        AttachmentStatus::Purged => return Err(refuse(2019)),
        AttachmentStatus::Expired => return Err(refuse(2020)),
        _ => {}
    }
    let stored = attachment.stored.as_ref().ok_or_else(|| refuse(2001))?;
    Ok(file_answer(&attachment.file_name, stored))
}

/// `DELETE /attachment/{id}`.
pub(crate) async fn delete(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let attachment = world.own(&caller, id)?;
    match attachment.status() {
        AttachmentStatus::Purged => return Err(refuse(2006)),
        AttachmentStatus::Expired => return Err(refuse(2018)),
        _ if !attachment.letters.is_empty() => return Err(refuse(2007)),
        _ => {}
    }
    world.delete_bytes(id, now, AttachmentStatus::Purged);
    noted.effect();
    Ok(StatusCode::OK.into_response())
}

/// `POST /webhooks/malwarescanresults`: one object, or the first of a list.
pub(crate) async fn scan_result(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    request: Request,
) -> Result<Response, Stop> {
    let unknown = || sentence(StatusCode::BAD_REQUEST, "The event is not known.");
    let body = json_body(request).await.map_err(|_| unknown())?;
    let event = body.as_array().map_or(Some(&body), |all| all.first()).ok_or_else(unknown)?;
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    match text("/eventType") {
        Some("Microsoft.EventGrid.SubscriptionValidationEvent") => {
            Ok(json_answer(&json!({"validationResponse": text("/data/validationCode")})))
        }
        Some("Microsoft.Security.MalwareScanningResult") => {
            let place = text("/data/blobUri").and_then(|uri| uri.rsplit('/').next());
            let id = place.and_then(|id| Uuid::try_parse(id).ok()).ok_or_else(unknown)?;
            let clean = text("/data/scanResultType") == Some("No threats found");
            let (mut world, now) = sim.now();
            world.scanned(id, if clean { Verdict::Clean } else { Verdict::Malicious }, now);
            noted.effect();
            Ok(StatusCode::OK.into_response())
        }
        _ => Err(unknown()),
    }
}
