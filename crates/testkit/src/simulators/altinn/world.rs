//! Everything the simulated Altinn knows.

use std::collections::{BTreeMap, VecDeque};

use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{
    events::{Event, Kind, Subscription},
    letter::{Attachment, AttachmentStatus, Letter, MessageStatus, Stored},
    notices::Order,
    progress::Job,
    readers::Grant,
    settings::{Holder, PartyFacts, Resource, Settings, Verdict},
    text,
};
use crate::{doubles::after, simulators::svarut::Opens};

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) parties: BTreeMap<String, PartyFacts>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) opens: BTreeMap<String, Opens>,
    /// What the next scans find, by file name.
    pub(crate) verdicts: BTreeMap<String, Verdict>,
    pub(crate) letters: Vec<Letter>,
    by_id: BTreeMap<Uuid, usize>,
    pub(crate) attachments: BTreeMap<Uuid, Attachment>,
    /// The bytes of attachments that were deleted after somebody could read them: the evidence outlives them.
    pub(crate) gone: BTreeMap<Uuid, Stored>,
    pub(crate) keys: BTreeMap<Uuid, Uuid>,
    /// Dialogs made elsewhere: id, owner organisation, party.
    pub(crate) dialogs: BTreeMap<Uuid, (String, String)>,
    pub(crate) events: Vec<Event>,
    pub(crate) subscriptions: BTreeMap<u32, Subscription>,
    pub(crate) undelivered: VecDeque<(u32, usize)>,
    pub(crate) orders: Vec<Order>,
    pub(crate) reminders: Vec<Reminder>,
    /// Requests to send that the service took, as JSON in the interface's own spelling.
    pub(crate) accepted: Vec<serde_json::Value>,
    pub(crate) jobs: BTreeMap<(Timestamp, u64), Job>,
    counter: u64,
    /// Tokens issued before this moment are refused.
    pub(crate) tokens_since: Option<Timestamp>,
}

/// A dialog by which Altinn itself reminded a recipient of unread confidential mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reminder {
    /// When.
    pub at: Timestamp,
    /// The recipient's URN.
    pub recipient: String,
    /// When the last unread message was opened.
    pub withdrawn: Option<Timestamp>,
}

impl World {
    /// Resource facts; nothing for one the registry does not have.
    pub(crate) fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id)
    }

    /// What is known of a party, by URN or number.
    pub(crate) fn facts(&self, party: &str) -> PartyFacts {
        self.parties.get(text::key_of(party)).cloned().unwrap_or_default()
    }

    pub(crate) fn letter(&self, id: Uuid) -> Option<&Letter> {
        self.letters.get(*self.by_id.get(&id)?)
    }

    pub(crate) fn letter_mut(&mut self, id: Uuid) -> Option<&mut Letter> {
        self.letters.get_mut(*self.by_id.get(&id)?)
    }

    pub(crate) fn attachments_of(&self, letter: &Letter) -> Vec<&Attachment> {
        letter.attachments.iter().filter_map(|id| self.attachments.get(id)).collect()
    }

    /// A time-ordered identifier (version 7), the same in every run.
    pub(crate) fn new_id(&mut self, now: Timestamp) -> Uuid {
        self.counter += 1;
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let mut bytes = [0; 10];
        let spread = self.counter.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
        bytes.iter_mut().zip(spread).for_each(|(byte, value)| *byte = value);
        uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
    }

    pub(crate) fn schedule(&mut self, at: Timestamp, job: Job) {
        self.counter += 1;
        self.jobs.insert((at, self.counter), job);
    }

    /// Keeps a letter from now on.
    pub(crate) fn add(&mut self, letter: Letter) {
        let (id, created) = (letter.id, letter.created);
        if let Some(key) = letter.key {
            self.keys.insert(key, id);
        }
        for attachment in &letter.attachments {
            if let Some(attachment) = self.attachments.get_mut(attachment) {
                attachment.letters.push(id);
            }
        }
        self.by_id.insert(id, self.letters.len());
        let reserved = letter.has(MessageStatus::Reserved);
        self.letters.push(letter);
        if !reserved {
            self.emit_for(created, Kind::Initialized, id);
        }
        self.schedule(after(created, std::time::Duration::from_secs(1)), Job::Prepare(id));
    }

    /// An event about a letter, to its sender or its recipient as the kind of event has it.
    pub(crate) fn emit_for(&mut self, at: Timestamp, kind: Kind, letter: Uuid) {
        let Some(letter) = self.letter(letter) else { return };
        let owner = format!("{}{}", text::ORGANISATION, letter.owner);
        let subject = if kind.is_for_recipient() { letter.recipient.clone() } else { owner };
        let (instance, resource) = (letter.id, letter.resource.clone());
        self.emit(Event::new(at, kind, resource, instance, subject));
    }

    pub(crate) fn emit_for_attachment(&mut self, at: Timestamp, kind: Kind, attachment: Uuid) {
        let Some(attachment) = self.attachments.get(&attachment) else { return };
        let subject = format!("{}{}", text::ORGANISATION, attachment.owner);
        let (instance, resource) = (attachment.id, attachment.resource.clone());
        self.emit(Event::new(at, kind, resource, instance, subject));
    }

    pub(crate) fn emit(&mut self, event: Event) {
        let index = self.events.len();
        let concerned = self.subscriptions.values().filter(|subscription| subscription.wants(&event));
        let concerned: Vec<u32> = concerned.map(|subscription| subscription.id).collect();
        self.events.push(event);
        self.undelivered.extend(concerned.into_iter().map(|id| (id, index)));
    }

    /// Something somebody of the recipient's did with a letter.
    pub(crate) fn enter(
        &mut self,
        id: Uuid,
        at: Timestamp,
        status: MessageStatus,
        text: impl Into<String>,
        by: Option<Holder>,
    ) {
        if let Some(letter) = self.letter_mut(id) {
            letter.enter(at, status, text, by);
        }
    }

    /// Deletes the bytes of an attachment. The evidence keeps them.
    pub(crate) fn delete_bytes(&mut self, id: Uuid, at: Timestamp, status: AttachmentStatus) {
        let Some(attachment) = self.attachments.get_mut(&id) else { return };
        attachment.enter(at, status, status.word());
        if let Some(stored) = attachment.stored.take() {
            self.gone.insert(id, stored);
        }
    }

    /// Marks as read, once, and tells the sender.
    pub(crate) fn mark_read(&mut self, id: Uuid, at: Timestamp, by: &Holder) {
        if self.letter(id).is_none_or(|letter| letter.has(MessageStatus::Read)) {
            return;
        }
        self.enter(id, at, MessageStatus::Read, "Read", Some(by.clone()));
        self.emit_for(at, Kind::ReceiverRead, id);
        let Some(recipient) = self.letter(id).map(|letter| letter.recipient.clone()) else { return };
        let unread = self.unread_confidential(&recipient).next().is_some();
        for reminder in self.reminders.iter_mut().filter(|reminder| reminder.recipient == recipient && !unread) {
            reminder.withdrawn.get_or_insert(at);
        }
    }

    /// Confidential messages to a recipient that were published and never read, oldest publication first.
    pub(crate) fn unread_confidential<'a>(&'a self, recipient: &'a str) -> impl Iterator<Item = &'a Letter> {
        let mut found: Vec<&Letter> = self
            .letters
            .iter()
            .filter(|letter| letter.recipient == recipient && letter.base.is_confidential)
            .filter(|letter| letter.has(MessageStatus::Published) && !letter.has(MessageStatus::Read))
            .collect();
        found.sort_by_key(|letter| letter.publish_time);
        found.into_iter()
    }
}
