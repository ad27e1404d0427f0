//! Takes a correspondence in: reads it, judges it, and only then keeps it.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{FromRequest, Multipart, Request, State},
    response::Response,
};
use http::HeaderMap;
use http_body_util::{BodyExt, Limited};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    AltinnSim,
    access::{Caller, Policy, content_type},
    form,
    letter::{Attachment, AttachmentStatus, Letter, MessageStatus, Stored},
    notices,
    problems::{Stop, invalid, invalid_field, refuse},
    progress::Job,
    request::{self, Described, Initialize},
    rules::{Plan, file_for},
    settings::Verdict,
    text,
    world::World,
};
use crate::{
    doubles::after,
    simulators::gate::{Noted, json_answer},
};

/// The most bytes of a JSON body.
const JSON_LIMIT: usize = 30_000_000;

/// A file that came with a form.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) stored: Stored,
}

/// `POST /correspondence`.
pub(crate) async fn initialize(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/json")?;
    content_type(&headers, "application/json")?;
    let body = json_body(request).await?;
    sim.take(&noted, &caller, body, &[])
}

/// `POST /correspondence/upload`.
pub(crate) async fn initialize_upload(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Sender, "application/json")?;
    content_type(&headers, "multipart/form-data")?;
    let unreadable = |_| invalid_field("", "the form cannot be read");
    let mut form = Multipart::from_request(request, &()).await.map_err(unreadable)?;
    let keep = sim.world().settings.keep_bytes;
    let (body, files) = form::read(&mut form, keep).await?;
    sim.take(&noted, &caller, body, &files)
}

/// A JSON body, read to its end.
pub(crate) async fn json_body(request: Request) -> Result<Value, Stop> {
    let unreadable = || invalid_field("$", "the body is not JSON of the right shape");
    let bytes = Limited::new(request.into_body(), JSON_LIMIT).collect().await.map_err(|_| unreadable())?.to_bytes();
    serde_json::from_slice(&bytes).map_err(|_| unreadable())
}

impl AltinnSim {
    /// From here to the end nothing waits, so that a request is taken wholly or not at all.
    fn take(&self, noted: &Noted, caller: &Caller, body: Value, files: &[File]) -> Result<Response, Stop> {
        let body = request::canonical(body);
        if let Some(reference) = body.pointer("/correspondence/sendersReference").and_then(Value::as_str) {
            noted.reference(reference);
        }
        let request = Initialize::read(body.clone()).map_err(|error| invalid_field("$", &error))?;
        let problems = request::problems(&request);
        if !problems.is_empty() {
            return Err(invalid(&problems));
        }
        notices::check_template(&request.base())?;
        let now = self.inner.gate.now();
        let mut world = self.world();
        world.catch_up(now);
        let plan = world.judge(caller, &request, files, now)?;
        let attachments = world.upload_all(&request, &plan, files, now)?;
        let answer = world.keep(caller, &request, &plan, &attachments, now, after(now, noted.delay));
        world.accepted.push(body);
        noted.effect();
        Ok(json_answer(&answer))
    }
}

impl World {
    /// Keeps the files. One whose checksum does not fit ends it; those before it stay behind.
    fn upload_all(
        &mut self,
        request: &Initialize,
        plan: &Plan,
        files: &[File],
        now: Timestamp,
    ) -> Result<Vec<Uuid>, Stop> {
        let base = request.base();
        let described = base.content.as_ref().and_then(|content| content.attachments.clone()).unwrap_or_default();
        let mut kept = Vec::new();
        for (index, description) in described.iter().enumerate() {
            let Some(file) = file_for(description, index, files) else { continue };
            let id = self.attach(description, &plan.resource.id, &plan.resource.owner, now);
            kept.push(id);
            if let Err(stop) = self.uploaded(id, file.stored.clone(), now) {
                for id in &kept {
                    if let Some(attachment) = self.attachments.get_mut(id) {
                        attachment.enter(now, AttachmentStatus::Failed, "Upload failed");
                    }
                }
                return Err(stop);
            }
        }
        Ok(kept)
    }

    /// Makes room for an attachment.
    pub(crate) fn attach(&mut self, described: &Described, resource: &str, owner: &str, now: Timestamp) -> Uuid {
        let id = self.new_id(now);
        let mut attachment = Attachment {
            id,
            resource: resource.to_owned(),
            owner: owner.to_owned(),
            file_name: described.file_name.clone().unwrap_or_default(),
            display_name: described.display_name.clone(),
            senders_reference: described.senders_reference.clone().unwrap_or_default(),
            encrypted: described.is_encrypted,
            checksum: described.checksum.clone(),
            expiration_days: described.expiration_in_days,
            expires: None,
            created: now,
            history: Vec::new(),
            stored: None,
            letters: Vec::new(),
        };
        attachment.enter(now, AttachmentStatus::Initialized, "Initialized");
        self.attachments.insert(id, attachment);
        id
    }

    /// The bytes of an attachment are there: compared with what was declared, then scanned.
    pub(crate) fn uploaded(&mut self, id: Uuid, stored: Stored, now: Timestamp) -> Result<(), Stop> {
        let scan = self.settings.scan;
        let Some(attachment) = self.attachments.get_mut(&id) else { return Err(refuse(2001)) };
        let unscanned = self.resources.get(&attachment.resource).is_some_and(|resource| resource.unscanned);
        let verdict = self.verdicts.get(&attachment.file_name).copied().unwrap_or(Verdict::Clean);
        if attachment.status() == AttachmentStatus::Initialized {
            attachment.enter(now, AttachmentStatus::UploadProcessing, "UploadProcessing");
        }
        if attachment.checksum.as_ref().is_some_and(|declared| *declared != stored.checksum) {
            attachment.enter(now, AttachmentStatus::Failed, "Checksum mismatch");
            return Err(refuse(2008));
        }
        attachment.checksum = Some(stored.checksum.clone());
        attachment.stored = Some(stored);
        if unscanned {
            attachment.enter(now, AttachmentStatus::Published, "Published");
        } else if let Some(wait) = scan {
            self.schedule(after(now, wait), Job::Scan(id, verdict));
        }
        Ok(())
    }

    /// One letter for each recipient.
    fn keep(
        &mut self,
        caller: &Caller,
        request: &Initialize,
        plan: &Plan,
        fresh: &[Uuid],
        now: Timestamp,
        effect: Timestamp,
    ) -> Value {
        let base = Arc::new(request.base());
        let attachments: Vec<Uuid> = request.existing_attachments.iter().flatten().chain(fresh).copied().collect();
        let publish_time = base.requested_publish_time.unwrap_or(now);
        for id in &attachments {
            self.set_expiry(*id, publish_time.max(now));
        }
        let mut initialized = Vec::new();
        for recipient in &plan.recipients {
            let id = self.new_id(now);
            let mut letter = Letter {
                id,
                resource: plan.resource.id.clone(),
                caller: caller.organisation.clone(),
                owner: plan.resource.owner.clone(),
                recipient: recipient.clone(),
                base: Arc::clone(&base),
                publish_time,
                created: effect,
                key: request.idempotent_key,
                attachments: attachments.clone(),
                history: Vec::new(),
                dialog: plan.dialog,
                transmission: plan.dialog.is_some(),
                confirming: false,
                forwarded_to: Vec::new(),
            };
            letter.enter(effect, MessageStatus::Initialized, "Initialized", None);
            if fresh.is_empty() {
                letter.enter(effect, MessageStatus::ReadyForPublish, "ReadyForPublish", None);
            }
            let reserved = text::is_person(recipient) && self.facts(recipient).reserved;
            if reserved && base.ignore_reservation != Some(true) {
                letter.enter(effect, MessageStatus::Reserved, "Reserved", None);
            }
            initialized.push(json!({
                "correspondenceId": id, "status": letter.status().word(), "recipient": recipient, "notifications": null,
            }));
            if effect > now {
                self.schedule(effect, Job::Late(Box::new(letter)));
            } else {
                self.add(letter);
            }
        }
        json!({"correspondences": initialized, "attachmentIds": attachments})
    }

    /// The days until expiry count from publication, for each use anew.
    pub(crate) fn set_expiry(&mut self, id: Uuid, from: Timestamp) {
        let Some(attachment) = self.attachments.get_mut(&id) else { return };
        let Some(days) = attachment.expiration_days.and_then(|days| u64::try_from(days).ok()) else { return };
        let expires = after(from, std::time::Duration::from_secs(days * 86_400));
        let expires = attachment.expires.map_or(expires, |known| known.max(expires));
        attachment.expires = Some(expires);
        self.schedule(expires, Job::Expire(id));
    }
}
