//! What happens by itself as the clock goes on.

use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{
    events::Kind,
    letter::{AttachmentStatus, Letter, MessageStatus},
    settings::{Holder, KEY_ROLES, ResourceKind, Verdict},
    text,
    world::{Reminder, World},
};
use crate::{doubles::after, simulators::svarut::Opens};

/// Something that comes at a moment.
#[derive(Debug, Clone)]
pub(crate) enum Job {
    /// A request whose effect comes late.
    Late(Box<Letter>),
    /// Dialog and notification order are made ready; then publication, or waiting for scans.
    Prepare(Uuid),
    Publish(Uuid),
    Scan(Uuid, Verdict),
    Confirm(Uuid, Timestamp, Holder),
    Due(Uuid),
    Expire(Uuid),
    Notify(Uuid, usize),
    ConfidentialReminder(Uuid),
    Open(Uuid),
    Forwarded(Uuid),
}

impl World {
    /// Does everything that is due, in the order in which it is due.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        while let Some(entry) = self.jobs.first_entry() {
            let (at, _) = *entry.key();
            if at > now {
                return;
            }
            let job = entry.remove();
            self.run(job, at);
        }
    }

    fn run(&mut self, job: Job, at: Timestamp) {
        match job {
            Job::Late(letter) => self.arrive_late(*letter, at),
            Job::Prepare(id) => self.prepare(id, at),
            Job::Publish(id) => self.publish(id, at),
            Job::Scan(id, verdict) => self.scanned(id, verdict, at),
            Job::Confirm(id, asked, by) => self.confirmed(id, asked, at, by),
            Job::Due(id) => self.due(id, at),
            Job::Expire(id) => self.expire(id, at),
            Job::Notify(id, order) => self.notify(id, order, at),
            Job::ConfidentialReminder(id) => self.remind(id, at),
            Job::Open(id) => self.open_by_habit(id, at),
            Job::Forwarded(id) => self.forwarded(id, at),
        }
    }

    /// A request that was under way all the time. Another with the same key may have come before it.
    fn arrive_late(&mut self, letter: Letter, at: Timestamp) {
        if letter.key.is_none_or(|key| !self.keys.contains_key(&key)) {
            let mut letter = letter;
            letter.created = at;
            letter.history.iter_mut().for_each(|event| event.at = at);
            self.add(letter);
        }
    }

    fn prepare(&mut self, id: Uuid, at: Timestamp) {
        let dialog = self.new_id(at);
        if let Some(letter) = self.letter_mut(id).filter(|letter| letter.waits()) {
            letter.dialog.get_or_insert(dialog);
            self.publish_when_ready(id, at);
        }
    }

    /// Plans the publication when every attachment is clean.
    pub(crate) fn publish_when_ready(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id).filter(|letter| letter.waits() && letter.dialog.is_some()) else { return };
        let mut attachments = self.attachments_of(letter).into_iter();
        if attachments.all(|attachment| attachment.status() == AttachmentStatus::Published) {
            let at = after(at.max(letter.publish_time), self.settings.publish);
            self.schedule(at, Job::Publish(id));
        }
    }

    pub(crate) fn publish(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id).filter(|letter| letter.waits()) else { return };
        if let Some(reason) = self.obstacle(letter) {
            if let Some(letter) = self.letter_mut(id) {
                letter.enter(at, MessageStatus::Failed, reason, None);
                letter.dialog = None;
            }
            return self.emit_for(at, Kind::PublishFailed, id);
        }
        let due = letter.base.due_date_time;
        let confidential = letter.base.is_confidential && text::is_organisation(&letter.recipient);
        let reminder = after(letter.publish_time, self.settings.confidential_reminder_after());
        let ready = letter.has(MessageStatus::ReadyForPublish);
        if let Some(letter) = self.letter_mut(id) {
            if !ready {
                letter.enter(at, MessageStatus::ReadyForPublish, "ReadyForPublish", None);
            }
            letter.enter(at, MessageStatus::Published, "Published", None);
        }
        self.emit_for(at, Kind::Published, id);
        self.order_notifications(id, at);
        if let Some(due) = due {
            self.schedule(due.max(at), Job::Due(id));
        }
        if confidential {
            self.schedule(reminder.max(at), Job::ConfidentialReminder(id));
        }
        self.plan_opening(id, at);
    }

    /// Why a letter cannot be published.
    fn obstacle(&self, letter: &Letter) -> Option<&'static str> {
        let facts = self.facts(&letter.recipient);
        if !facts.exists || !self.facts(&letter.owner).exists {
            return Some("Recipient or sender could not be found in the register");
        }
        if facts.reserved && text::is_person(&letter.recipient) && letter.base.ignore_reservation != Some(true) {
            return Some("Recipient has reserved themselves from digital communication");
        }
        let organisation = text::is_organisation(&letter.recipient);
        (letter.base.is_confidential && organisation && !self.has_key_role(&letter.recipient))
            .then_some("Recipient lacks the roles that confidential correspondence needs")
    }

    /// Whether an organisation, or its main unit, has somebody who could hand access on.
    pub(crate) fn has_key_role(&self, party: &str) -> bool {
        let facts = self.facts(party);
        let main = facts.main_unit.as_ref().map(|main| self.facts(main));
        let mut roles = facts.roles.iter().chain(main.iter().flat_map(|main| main.roles.iter()));
        roles.any(|role| KEY_ROLES.contains(&role.as_str()))
    }

    /// The scanner tells its verdict.
    pub(crate) fn scanned(&mut self, id: Uuid, verdict: Verdict, at: Timestamp) {
        let Some(attachment) = self.attachments.get_mut(&id) else { return };
        let scannable = matches!(attachment.status(), AttachmentStatus::UploadProcessing | AttachmentStatus::Published);
        if !scannable || verdict == Verdict::Never {
            return;
        }
        let letters = attachment.letters.clone();
        if verdict == Verdict::Clean {
            if attachment.status() == AttachmentStatus::UploadProcessing {
                attachment.enter(at, AttachmentStatus::Published, "Published");
                self.emit_for_attachment(at, Kind::AttachmentPublished, id);
            }
            return letters.into_iter().for_each(|letter| self.publish_when_ready(letter, at));
        }
        attachment.enter(at, AttachmentStatus::Failed, "Malware scan failed: Malicious");
        self.emit_for_attachment(at, Kind::AttachmentUploadFailed, id);
        for letter in letters {
            if self.letter(letter).is_some_and(|letter| !letter.has(MessageStatus::Failed)) {
                self.enter(letter, at, MessageStatus::Failed, format!("Malware scan failed for attachment {id}"), None);
            }
        }
    }

    fn confirmed(&mut self, id: Uuid, asked: Timestamp, at: Timestamp, by: Holder) {
        if let Some(letter) = self.letter_mut(id).filter(|letter| !letter.has(MessageStatus::Confirmed)) {
            letter.enter(asked, MessageStatus::Confirmed, "Confirmed", Some(by));
            letter.confirming = false;
            self.emit_for(at, Kind::ReceiverConfirmed, id);
        }
    }

    fn due(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id).filter(|letter| !letter.is_purged()) else { return };
        let unread = !letter.has(MessageStatus::Read);
        let unconfirmed = letter.base.is_confirmation_needed && !letter.has(MessageStatus::Confirmed);
        if unread {
            self.emit_for(at, Kind::ReceiverNeverRead, id);
        }
        if unconfirmed {
            self.emit_for(at, Kind::ReceiverNeverConfirmed, id);
        }
    }

    fn expire(&mut self, id: Uuid, at: Timestamp) {
        let Some(attachment) = self.attachments.get(&id) else { return };
        // A later use may have put it off.
        let due = attachment.expires.is_some_and(|expires| expires <= at);
        if due && attachment.status() == AttachmentStatus::Published {
            self.delete_bytes(id, at, AttachmentStatus::Expired);
            self.emit_for_attachment(at, Kind::AttachmentExpired, id);
        }
    }

    fn remind(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id) else { return };
        let unread = !letter.has(MessageStatus::Read) && !letter.is_purged();
        let recipient = letter.recipient.clone();
        let reminded = self.reminders.iter().any(|one| one.recipient == recipient && one.withdrawn.is_none());
        if unread && !reminded {
            self.reminders.push(Reminder { at, recipient, withdrawn: None });
        }
    }

    /// Plans when the recipient opens a published letter, as the test has set it.
    pub(crate) fn plan_opening(&mut self, id: Uuid, now: Timestamp) {
        let Some(letter) = self.letter(id) else { return };
        let published = letter.first(MessageStatus::Published);
        let habit = self.opens.get(text::key_of(&letter.recipient)).copied().unwrap_or_default();
        if let (Some(published), Opens::After(wait), false) = (published, habit, letter.has(MessageStatus::Read)) {
            self.schedule(after(published, wait).max(now), Job::Open(id));
        }
    }

    fn open_by_habit(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id) else { return };
        let Some(resource) = self.resource(&letter.resource) else { return };
        let by = if text::is_person(&letter.recipient) {
            Some(Holder::Person(text::key_of(&letter.recipient).to_owned()))
        } else if resource.kind == ResourceKind::Ordinary {
            Some(Holder::Anybody)
        } else {
            let number = text::key_of(&letter.recipient);
            Self::keys_to(resource, Some(id))
                .iter()
                .find_map(|access| self.holders_of(number, access).into_iter().next())
        };
        if let Some(by) = by {
            self.open(id, &by, at);
        }
    }

    /// Somebody opens a letter in the inbox. Tells whether that was possible.
    pub(crate) fn open(&mut self, id: Uuid, by: &Holder, at: Timestamp) -> bool {
        let Some(letter) = self.letter(id) else { return false };
        let Some(resource) = self.resource(&letter.resource) else { return false };
        let number = text::key_of(&letter.recipient).to_owned();
        let may = self.may_read(&number, by, resource, &letter.recipient, Some(id));
        if !may || letter.is_purged() || !letter.status().is_visible() || !letter.has(MessageStatus::Published) {
            return false;
        }
        self.enter(id, at, MessageStatus::Fetched, "Fetched", Some(by.clone()));
        self.mark_read(id, at, by);
        true
    }

    fn forwarded(&mut self, id: Uuid, at: Timestamp) {
        if self.letter(id).is_some_and(|letter| !letter.has(MessageStatus::Forwarded)) {
            self.enter(id, at, MessageStatus::Forwarded, "Forwarded", None);
        }
    }
}
