//! The rules for a new correspondence, asked one after the other: the first that fails is the answer.

use std::time::Duration;

use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{
    access::Caller,
    initialize::File,
    letter::AttachmentStatus,
    notices,
    problems::{Stop, refuse},
    request::{self, Base, Content, Described, Initialize},
    settings::{Resource, ResourceKind},
    text,
    world::World,
};
use crate::doubles::after;

/// What was learnt of a request on the way.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) resource: Resource,
    pub(crate) recipients: Vec<String>,
    /// Belongs to a dialog that exists.
    pub(crate) dialog: Option<Uuid>,
}

impl World {
    pub(crate) fn judge(
        &self,
        caller: &Caller,
        request: &Initialize,
        files: &[File],
        now: Timestamp,
    ) -> Result<Plan, Stop> {
        let base = request.base();
        let (recipients, repeated) = request::recipients(request);
        self.check_key(request, recipients.len())?;
        let resource = self.check_resource(caller, &base)?;
        if repeated {
            return Err(refuse(1006));
        }
        self.check_recipients(&base, &recipients)?;
        self.check_dates(&base, now)?;
        check_content(base.content.as_ref())?;
        if base.message_sender.as_ref().is_some_and(|sender| !text::is_plain(sender)) {
            return Err(refuse(1039));
        }
        let dialog = self.check_references(&base, &recipients, &resource)?;
        self.check_attachments(request, &base, files, &resource, now)?;
        for option in base.reply_options.iter().flatten() {
            if !option.link_url.as_ref().is_some_and(|link| text::is_https(link)) {
                return Err(refuse(1035));
            }
        }
        if let Some(notification) = &base.notification {
            notices::check(notification, recipients.len())?;
        }
        Ok(Plan { resource, recipients, dialog })
    }

    fn check_key(&self, request: &Initialize, recipients: usize) -> Result<(), Stop> {
        let Some(key) = request.idempotent_key else { return Ok(()) };
        if recipients > 1 {
            return Err(refuse(1047));
        }
        if self.keys.contains_key(&key) { Err(refuse(1034)) } else { Ok(()) }
    }

    fn check_resource(&self, caller: &Caller, base: &Base) -> Result<Resource, Stop> {
        let id = base.resource_id.as_deref().and_then(text::resource_id).unwrap_or_default();
        let resource = self.resource(id).ok_or_else(|| refuse(1036))?.clone();
        if !self.writes(caller, &resource) {
            return Err(refuse(4001));
        }
        let of_app = resource.resource_type == "AltinnApp";
        let transmission = dialog_of(base).is_some();
        if resource.resource_type != "CorrespondenceService" && !(of_app && transmission) {
            return Err(refuse(4010));
        }
        if !self.facts(&caller.organisation).exists {
            return Err(refuse(4002));
        }
        match resource.kind {
            _ if of_app => {}
            ResourceKind::Confidential if !base.is_confidential => return Err(refuse(1060)),
            ResourceKind::Ordinary if base.is_confidential => return Err(refuse(1061)),
            _ => {}
        }
        if base.allow_forwarding && resource.level > 0 {
            return Err(refuse(1068));
        }
        Ok(resource)
    }

    fn check_recipients(&self, base: &Base, recipients: &[String]) -> Result<(), Stop> {
        if recipients.iter().any(|recipient| !self.facts(recipient).exists) {
            return Err(refuse(1029));
        }
        let lacks_role = |recipient: &&String| text::is_organisation(recipient) && !self.has_key_role(recipient);
        if base.is_confidential && recipients.iter().any(|recipient| lacks_role(&recipient)) {
            return Err(refuse(1044));
        }
        if base.is_confirmation_needed && base.due_date_time.is_none() {
            return Err(refuse(1016));
        }
        let people: Vec<&String> = recipients.iter().filter(|recipient| text::is_person(recipient)).collect();
        if base.ignore_reservation == Some(true) || people.is_empty() {
            return Ok(());
        }
        if self.settings.reservations_unreachable {
            return Err(refuse(1032));
        }
        let reserved = people.iter().any(|person| self.facts(person).reserved);
        if reserved && recipients.len() == 1 { Err(refuse(1030)) } else { Ok(()) }
    }

    fn check_dates(&self, base: &Base, now: Timestamp) -> Result<(), Stop> {
        match base.due_date_time {
            Some(due) if due < now => Err(refuse(1008)),
            Some(due) if base.requested_publish_time.is_some_and(|publish| due < publish) => Err(refuse(1009)),
            _ => Ok(()),
        }
    }

    /// External references, and with them the dialog that the letter is to be part of.
    fn check_references(&self, base: &Base, recipients: &[String], resource: &Resource) -> Result<Option<Uuid>, Stop> {
        let kinds =
            || base.external_references.iter().flatten().filter_map(|reference| reference.reference_type.as_ref());
        let types = kinds()
            .filter(|kind| request::word(kind, &request::REFERENCE_TYPES) == Some("DialogportenTransmissionType"));
        let types = types.count();
        if types > 1 {
            return Err(refuse(1052));
        }
        let Some(dialog) = dialog_of(base) else {
            return if types > 0 { Err(refuse(1053)) } else { Ok(None) };
        };
        let id = Uuid::try_parse(&dialog).map_err(|_| refuse(1048))?;
        if recipients.len() > 1 {
            return Err(refuse(1045));
        }
        if base.reply_options.as_ref().is_some_and(|options| !options.is_empty()) || base.is_confirmation_needed {
            return Err(refuse(1051));
        }
        let known = self.dialogs.get(&id).cloned().or_else(|| {
            let letter = self.letters.iter().find(|letter| letter.dialog == Some(id))?;
            Some((letter.owner.clone(), letter.recipient.clone()))
        });
        match known {
            Some((owner, _)) if owner != resource.owner => Err(refuse(1050)),
            Some((_, party)) if recipients.first() != Some(&party) => Err(refuse(1046)),
            Some(_) => Ok(Some(id)),
            None => Err(refuse(1054)),
        }
    }

    fn check_attachments(
        &self,
        request: &Initialize,
        base: &Base,
        files: &[File],
        resource: &Resource,
        now: Timestamp,
    ) -> Result<(), Stop> {
        let existing = request.existing_attachments.clone().unwrap_or_default();
        let known: Vec<_> = existing.iter().filter_map(|id| self.attachments.get(id)).collect();
        if known.iter().any(|attachment| attachment.owner != resource.owner) {
            return Err(refuse(1017));
        }
        if known.len() < existing.len() {
            return Err(refuse(1007));
        }
        let described = base.content.as_ref().and_then(|content| content.attachments.clone()).unwrap_or_default();
        if described.len() + existing.len() > 100 {
            return Err(refuse(1038));
        }
        if known.iter().any(|attachment| attachment.status() != AttachmentStatus::Published) {
            return Err(refuse(1018));
        }
        let bytes: u64 =
            known.iter().filter_map(|attachment| attachment.stored.as_ref()).map(|stored| stored.size).sum();
        let bytes = bytes + files.iter().map(|file| file.stored.size).sum::<u64>();
        if base.allow_forwarding && bytes > 10_000_000 {
            return Err(refuse(1069));
        }
        for attachment in &described {
            check_file_name(attachment)?;
        }
        match_files(&described, files)?;
        if files.iter().any(|file| file.stored.size == 0 || file.stored.size > self.settings.form_file_limit) {
            return Err(refuse(2004));
        }
        for attachment in &described {
            self.check_expiration(attachment)?;
        }
        let margin = after(now, Duration::from_secs(6 * 3600));
        if known.iter().any(|attachment| attachment.expires.is_some_and(|expires| expires < margin)) {
            return Err(refuse(1055));
        }
        Ok(())
    }

    pub(crate) fn check_expiration(&self, described: &Described) -> Result<(), Stop> {
        let short = described.expiration_in_days.is_some_and(|days| days < self.settings.least_expiration());
        if short { Err(refuse(2017)) } else { Ok(()) }
    }
}

pub(crate) fn check_file_name(described: &Described) -> Result<(), Stop> {
    let fault = text::file_name_fault(described.file_name.as_deref().unwrap_or_default());
    fault.map_or(Ok(()), |code| Err(refuse(code)))
}

fn check_content(content: Option<&Content>) -> Result<(), Stop> {
    let content = content.ok_or_else(|| refuse(1019))?;
    let title = content.message_title.as_deref().unwrap_or_default();
    let body = content.message_body.as_deref().unwrap_or_default();
    let summary = content.message_summary.as_deref().unwrap_or_default();
    let language = content.language.as_deref().unwrap_or("nb").to_lowercase();
    let long = |text: &str, most: usize| text.chars().count() > most;
    // That the summary is plain text is looked at, but nothing comes of it.
    let found = [
        (title.trim().is_empty(), 1020),
        (!text::is_plain(title), 1002),
        (long(title, 255), 1037),
        (long(summary, 255), 1042),
        (!text::is_markdown(body), 1003),
        (body.is_empty(), 1021),
        (long(body, 30_000), 1022),
        (!["nb", "nn", "en"].contains(&language.as_str()), 1023),
    ];
    found.iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, code)| Err(refuse(*code)))
}

/// Each file belongs to the description at its place, or to the only one of its name.
fn match_files(described: &[Described], files: &[File]) -> Result<(), Stop> {
    if described.len() != files.len() {
        return Err(refuse(1005));
    }
    for (index, attachment) in described.iter().enumerate() {
        if file_for(attachment, index, files).is_none() {
            return Err(refuse(1005));
        }
    }
    Ok(())
}

/// The file of a description.
pub(crate) fn file_for<'a>(described: &Described, index: usize, files: &'a [File]) -> Option<&'a File> {
    let name = described.file_name.as_deref().unwrap_or_default();
    if let Some(file) = files.get(index).filter(|file| file.name == name) {
        return Some(file);
    }
    let mut named = files.iter().filter(|file| file.name == name);
    named.next().filter(|_| named.next().is_none())
}

fn dialog_of(base: &Base) -> Option<String> {
    let reference = base.external_references.iter().flatten().find(|reference| {
        let kind = reference.reference_type.as_ref().and_then(|kind| request::word(kind, &request::REFERENCE_TYPES));
        kind == Some("DialogportenDialogId")
    });
    reference.and_then(|reference| reference.reference_value.clone())
}
