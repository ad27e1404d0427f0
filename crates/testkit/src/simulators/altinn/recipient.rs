//! What recipients do with correspondence, and how both sides delete it.

use std::{io::Read, time::Duration};

use axum::{
    Extension,
    body::Body,
    extract::{Path, Query, Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use sakarkiv_core::identity::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    AltinnSim,
    access::{Caller, Policy, content_type},
    events::Kind,
    initialize::json_body,
    letter::{Attachment, AttachmentStatus, Letter, MessageStatus, Stored},
    lookups::{Standing, check_visible, guid},
    problems::{Stop, bare, refuse},
    progress::Job,
    request::canonical,
    settings::REMINDER_RESOURCE,
    text,
    world::World,
};
use crate::{
    doubles::after,
    simulators::gate::{Noted, json_answer},
};

impl World {
    /// A letter that the call may read and that its recipient sees: 1001, 4001, 1001.
    fn received(&self, caller: &Caller, id: Uuid) -> Result<&Letter, Stop> {
        let (letter, standing) = self.standing(caller, id)?;
        if !standing.reads {
            return Err(refuse(4001));
        }
        check_visible(letter, Standing { writes: false, ..standing })?;
        Ok(letter)
    }
}

/// `POST /correspondence/{id}/markasread`.
pub(crate) async fn mark_as_read(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Recipient, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let letter = world.received(&caller, id)?;
    if !letter.has(MessageStatus::Fetched) {
        return Err(refuse(1024));
    }
    if letter.has(MessageStatus::Read) {
        return Err(refuse(1040));
    }
    world.mark_read(id, now, &caller.holder);
    noted.effect();
    Ok(json_answer(&json!(id)))
}

/// `POST /correspondence/{id}/confirm`: answered at once, of effect a moment later.
pub(crate) async fn confirm(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Recipient, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    let letter = world.received(&caller, id)?;
    if !letter.has(MessageStatus::Fetched) {
        return Err(refuse(1025));
    }
    if letter.has(MessageStatus::Confirmed) {
        return Err(refuse(1041));
    }
    world.plan_confirmation(id, now, &caller.holder);
    noted.effect();
    Ok(json_answer(&json!(id)))
}

impl World {
    pub(crate) fn plan_confirmation(&mut self, id: Uuid, now: Timestamp, by: &super::settings::Holder) {
        let at = after(now, self.settings.confirm);
        let Some(letter) = self.letter_mut(id).filter(|letter| !letter.confirming) else { return };
        letter.confirming = true;
        self.schedule(at, Job::Confirm(id, now, by.clone()));
    }

    fn purge(&mut self, caller: &Caller, id: Uuid, now: Timestamp) -> Result<(), Stop> {
        let letter = self.letter(id).ok_or_else(|| refuse(1001))?;
        if letter.transmission {
            return Err(refuse(1043));
        }
        let (letter, standing) = self.standing(caller, id)?;
        let as_sender = standing.writes && (caller.is_sender() || !standing.reads);
        let status = letter.status();
        if status.is_purged() {
            return Err(refuse(1014));
        }
        let purged = if as_sender {
            use MessageStatus as S;
            if !matches!(status, S::Initialized | S::ReadyForPublish | S::Failed) {
                return Err(refuse(1013));
            }
            S::PurgedByAltinn
        } else {
            check_visible(letter, Standing { writes: false, ..standing })?;
            if letter.base.is_confirmation_needed && !letter.has(MessageStatus::Confirmed) {
                return Err(refuse(1026));
            }
            MessageStatus::PurgedByRecipient
        };
        let attachments = letter.attachments.clone();
        self.enter(id, now, purged, purged.word(), (!as_sender).then(|| caller.holder.clone()));
        self.emit_for(now, Kind::Purged, id);
        attachments.into_iter().for_each(|attachment| self.release(attachment, now));
        Ok(())
    }

    /// Deletes an attachment that no letter needs any more.
    fn release(&mut self, id: Uuid, now: Timestamp) {
        let Some(attachment) = self.attachments.get(&id) else { return };
        let needed =
            attachment.letters.iter().filter_map(|letter| self.letter(*letter)).any(|letter| !letter.is_purged());
        if !needed {
            self.delete_bytes(id, now, AttachmentStatus::Purged);
        }
    }
}

/// `DELETE /correspondence/{id}/purge`.
pub(crate) async fn purge(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Either, "application/json")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    world.purge(&caller, id, now)?;
    noted.effect();
    Ok(json_answer(&json!(id)))
}

/// `GET /correspondence/{id}/attachment/{attachmentId}/download`.
pub(crate) async fn download(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path((id, attachment)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Download, "application/octet-stream")?;
    let (id, attachment) = (guid(&id)?, guid(&attachment)?);
    let (mut world, now) = sim.now();
    let letter = world.letter(id).ok_or_else(|| refuse(1001))?;
    let attachment = letter.attachments.contains(&attachment).then(|| world.attachments.get(&attachment)).flatten();
    let attachment = attachment.ok_or_else(|| refuse(2001))?;
    let stored = world.downloadable(&caller, letter, attachment)?;
    check_visible(letter, Standing { reads: true, writes: false, recipient: true })?;
    let name = attachment.file_name.clone();
    let text = format!("Attachment {name} downloaded");
    world.enter(id, now, MessageStatus::AttachmentsDownloaded, text, Some(caller.holder));
    noted.effect();
    Ok(file_answer(&name, &stored))
}

impl World {
    /// The bytes of an attachment that the call may have: 4001, 2019, 2020.
    fn downloadable(&self, caller: &Caller, letter: &Letter, attachment: &Attachment) -> Result<Stored, Stop> {
        if !self.reads(caller, letter, &letter.resource) || !self.reads(caller, letter, &attachment.resource) {
            return Err(refuse(4001));
        }
        match attachment.status() {
            AttachmentStatus::Purged => Err(refuse(2019)),
            AttachmentStatus::Expired => Err(refuse(2020)),
            _ => attachment.stored.clone().ok_or_else(|| refuse(2001)),
        }
    }
}

/// `GET /correspondence/{id}/attachments/downloadall`.
pub(crate) async fn download_all(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Download, "application/zip")?;
    let id = guid(&id)?;
    let (mut world, now) = sim.now();
    if !world.settings.download_all {
        return Err(bare(StatusCode::NOT_FOUND));
    }
    let letter = world.letter(id).ok_or_else(|| refuse(1001))?;
    if !world.reads(&caller, letter, &letter.resource) {
        return Err(refuse(4001));
    }
    if letter.attachments.is_empty() {
        return Err(refuse(2001));
    }
    check_visible(letter, Standing { reads: true, writes: false, recipient: true })?;
    let mut files = Vec::new();
    for attachment in world.attachments_of(letter) {
        files.push((attachment.file_name.clone(), world.downloadable(&caller, letter, attachment)?));
    }
    if files.iter().map(|(_, stored)| stored.size).sum::<u64>() > world.settings.archive_limit {
        return Err(refuse(2023));
    }
    let name = archive_name(letter.title());
    let archive = archive(&files).map_err(|_| refuse(2002))?;
    world.enter(id, now, MessageStatus::AttachmentsDownloaded, "All attachments downloaded", Some(caller.holder));
    noted.effect();
    let disposition = format!("attachment; filename=\"{name}.zip\"");
    let kind = [(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((kind, archive).into_response())
}

/// The files stored uncompressed, with names that do not clash.
fn archive(files: &[(String, Stored)]) -> std::io::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (index, (name, stored)) in files.iter().enumerate() {
        let before = files.iter().take(index).filter(|(other, _)| other == name).count();
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let unique = if before == 0 { name.clone() } else { format!("{stem}({before}).{extension}") };
        archive.start_file(unique, options)?;
        std::io::copy(&mut stored.content.reader()?, &mut archive)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn archive_name(title: &str) -> String {
    let lower = title.to_lowercase().replace(' ', "-");
    let name: String = lower.chars().filter(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')).take(100).collect();
    if name.is_empty() { "correspondence-attachments".to_owned() } else { name }
}

/// A file in pieces, under its name.
pub(crate) fn file_answer(name: &str, stored: &Stored) -> Response {
    let inline = ["pdf", "png", "jpg", "jpeg", "gif", "bmp"].contains(&text::extension(name).as_str());
    let place = if inline { "inline" } else { "attachment" };
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    let Ok(reader) = stored.content.reader() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let pieces = futures_util::stream::unfold(reader, |mut reader| async move {
        let mut buffer = vec![0; 64 * 1024];
        match reader.read(&mut buffer) {
            Ok(0) => None,
            Ok(read) => {
                buffer.truncate(read);
                Some((Ok(Bytes::from(buffer)), reader))
            }
            Err(error) => Some((Err(error), reader)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, text::download_type(name).to_owned()),
        (header::CONTENT_LENGTH, stored.size.to_string()),
        (header::CONTENT_DISPOSITION, format!("{place}; filename*=UTF-8''{encoded}")),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// `POST /correspondence/{id}/forward`.
pub(crate) async fn forward(
    State(sim): State<AltinnSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Recipient, "application/json")?;
    content_type(&headers, "application/json")?;
    let id = guid(&id)?;
    let body = canonical(json_body(request).await?);
    let member = |name: &str| body.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (address, words) = (member("forwardTo"), member("forwardingText"));
    let (mut world, now) = sim.now();
    let letter = world.received(&caller, id)?;
    let address_lower = address.to_lowercase();
    let found = [
        (!text::is_email(&address), 3011),
        (address.chars().count() > 1000, 3027),
        (!letter.base.allow_forwarding, 1063),
        (words.chars().count() > 200, 1066),
        (!text::is_plain(&words), 1067),
        (!letter.has(MessageStatus::Read), 1065),
        (letter.forwarded_to.contains(&address_lower), 1064),
    ];
    if let Some((_, code)) = found.iter().find(|(wrong, _)| *wrong) {
        return Err(refuse(*code));
    }
    let event = world.new_id(now);
    if let Some(letter) = world.letter_mut(id) {
        letter.forwarded_to.push(address_lower);
    }
    world.schedule(after(now, Duration::from_secs(60)), Job::Forwarded(id));
    noted.effect();
    Ok(json_answer(&json!(event)))
}

/// `GET /confidential-reminders`: that something waits, without access to it.
pub(crate) async fn confidential_reminders(
    State(sim): State<AltinnSim>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let caller = sim.admit(&headers, Policy::Recipient, "text/plain")?;
    let language = query.iter().find(|(name, _)| name.eq_ignore_ascii_case("languageCode"));
    let language = language.map_or("nb", |(_, code)| code.as_str());
    let (world, now) = sim.now();
    let party = format!("{}{}", text::ORGANISATION, caller.organisation);
    let resource = super::settings::Resource::ordinary(REMINDER_RESOURCE, "991825827");
    if !world.may_read(&caller.organisation, &caller.holder, &resource, &party, None) {
        return Err(refuse(4001));
    }
    let old = world.settings.confidential_reminder_after();
    let lines: Vec<String> = world
        .unread_confidential(&party)
        .filter(|letter| after(letter.publish_time, old) < now)
        .enumerate()
        .map(|(index, letter)| format!("{}. {}", index + 1, world.reminder_line(letter)))
        .collect();
    if lines.is_empty() {
        return Err(refuse(1062));
    }
    let (before, behind) = match language {
        "en" => ("Your organisation has unread confidential mail.", "Give somebody access to the service to open it."),
        "nn" => ("Verksemda har ulesen teiepliktig post.", "Gje nokon tilgang til tenesta for å opne han."),
        _ => ("Virksomheten har ulest taushetsbelagt post.", "Gi noen tilgang til tjenesten for å åpne den."),
    };
    let body = format!("{before}\n\n{}\n\n{behind}", lines.join("\n\n"));
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response())
}

impl World {
    /// What the reminder tells of a letter: from whom, when, under which service. Never its title.
    pub(crate) fn reminder_line(&self, letter: &Letter) -> String {
        let sender = letter.base.message_sender.clone().unwrap_or_else(|| self.facts(&letter.owner).name);
        let service =
            self.resource(&letter.resource).map_or(letter.resource.as_str(), |resource| resource.title.as_str());
        format!("{sender}, {}, {service}", letter.publish_time.format("%d.%m.%Y"))
    }
}
