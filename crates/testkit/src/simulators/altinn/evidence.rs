//! What a test sees: who sent what, who received it, who opened it, and what became readable by whom.

use sakarkiv_core::{identity::Timestamp, routing::MailboxKind};
use uuid::Uuid;

use super::{
    letter::{Attachment, AttachmentStatus, Letter, MessageStatus, StatusRecord, Stored, contains},
    settings::{Holder, ResourceKind},
    text,
    world::World,
};

/// A correspondence as it stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MessageRecord {
    /// Its id.
    pub id: Uuid,
    /// The resource it was sent under, without prefix.
    pub resource: String,
    /// The organisation whose token sent it.
    pub sender: String,
    /// The resource's owner, which recipients see as sender.
    pub owner: String,
    /// The recipient's URN.
    pub recipient: String,
    /// The sender's reference.
    pub reference: Option<String>,
    /// The idempotency key.
    pub key: Option<Uuid>,
    /// The title.
    pub title: String,
    /// The body, as sent.
    pub body: String,
    /// Marked as confidential.
    pub confidential: bool,
    /// When it was taken.
    pub created: Timestamp,
    /// When it shall be published at the earliest.
    pub publish_time: Timestamp,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// What the service calls its status: the highest number ever, `Fetched` left out.
    pub status: MessageStatus,
    /// Everything that happened, in the order in which it took effect.
    pub history: Vec<StatusRecord>,
    /// Its attachments.
    pub attachments: Vec<AttachmentRecord>,
    /// The mailbox it was published into; nothing as long as it is not.
    pub mailbox: Option<MailboxKind>,
}

impl MessageRecord {
    /// When it was published.
    #[must_use]
    pub fn published(&self) -> Option<Timestamp> {
        self.first(MessageStatus::Published)
    }

    /// When it was first read.
    #[must_use]
    pub fn read(&self) -> Option<Timestamp> {
        self.first(MessageStatus::Read)
    }

    /// When it was confirmed.
    #[must_use]
    pub fn confirmed(&self) -> Option<Timestamp> {
        self.first(MessageStatus::Confirmed)
    }

    /// When it first got a status.
    #[must_use]
    pub fn first(&self, status: MessageStatus) -> Option<Timestamp> {
        self.history.iter().find(|event| event.status == status).map(|event| event.at)
    }

    /// Who saw any of it, each once.
    #[must_use]
    pub fn opened_by(&self) -> Vec<Holder> {
        use MessageStatus as S;
        let looks = |status| matches!(status, S::Fetched | S::Read | S::AttachmentsDownloaded);
        let mut holders: Vec<Holder> =
            self.history.iter().filter(|event| looks(event.status)).filter_map(|event| event.by.clone()).collect();
        holders.sort();
        holders.dedup();
        holders
    }
}

/// An attachment as it stands.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AttachmentRecord {
    /// Its id.
    pub id: Uuid,
    /// Its file name.
    pub name: String,
    /// What it is called beside.
    pub display_name: Option<String>,
    /// Its status.
    pub status: AttachmentStatus,
    /// Its size in bytes; 0 before anything was uploaded and after it was deleted.
    pub size: u64,
    /// MD5 in lower-case hexadecimal, as declared or as computed.
    pub checksum: Option<String>,
    /// The messages that use it.
    pub messages: Vec<Uuid>,
    stored: Option<Stored>,
}

impl AttachmentRecord {
    /// The bytes; nothing when there are none, or more than 64 MiB.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let stored = self.stored.as_ref().filter(|stored| stored.size <= 64 << 20)?;
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut stored.content.reader().ok()?, &mut bytes).ok()?;
        Some(bytes)
    }
}

/// Which part of a message was readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Title, senders' names and references: what lists of messages show.
    Heading,
    /// Summary, body, properties and links.
    Text,
    /// File name and display name of an attachment.
    FileName,
    /// The bytes of an attachment.
    File,
    /// Subject or text of a notification.
    Notification,
    /// Altinn's own reminder of unread confidential mail.
    Reminder,
}

/// Who could read something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Audience {
    /// Every holder of an ordinary role at the recipient organisation.
    Everybody,
    /// More people at the recipient than may open the message.
    Wider,
    /// Those who were given access; perhaps nobody.
    Holders(Vec<Holder>),
    /// The person it was sent to.
    Recipient,
    /// Whoever reads this e-mail address or mobile number.
    Outside(String),
}

/// Something that became readable, by whom, and since when.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Readable {
    /// The message.
    pub message: Uuid,
    /// The recipient's URN.
    pub recipient: String,
    /// The resource.
    pub resource: String,
    /// Which part of it.
    pub part: Part,
    /// By whom.
    pub audience: Audience,
    /// Since when.
    pub since: Timestamp,
    text: String,
    stored: Option<Stored>,
}

impl Readable {
    /// Whether these bytes are in it.
    #[must_use]
    pub fn contains(&self, needle: impl AsRef<[u8]>) -> bool {
        let needle = needle.as_ref();
        contains(self.text.as_bytes(), needle) || self.stored.as_ref().is_some_and(|stored| stored.contains(needle))
    }

    /// Readable by more than the person it was sent to, or those who were given access for their duties.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.audience, Audience::Everybody | Audience::Wider | Audience::Outside(_))
    }
}

impl World {
    pub(crate) fn record(&self, letter: &Letter) -> MessageRecord {
        let attachments = letter.attachments.iter().filter_map(|id| self.attachments.get(id));
        MessageRecord {
            id: letter.id,
            resource: letter.resource.clone(),
            sender: letter.caller.clone(),
            owner: letter.owner.clone(),
            recipient: letter.recipient.clone(),
            reference: letter.base.senders_reference.clone(),
            key: letter.key,
            title: letter.title().to_owned(),
            body: letter.content_text(|content| content.message_body.as_deref()).to_owned(),
            confidential: letter.base.is_confidential,
            created: letter.created,
            publish_time: letter.publish_time,
            due: letter.base.due_date_time,
            status: letter.status(),
            history: letter.history.clone(),
            attachments: attachments.map(Attachment::record).collect(),
            mailbox: letter.has(MessageStatus::Published).then(|| self.mailbox_kind(letter)),
        }
    }

    fn mailbox_kind(&self, letter: &Letter) -> MailboxKind {
        let kind = self.resource(&letter.resource).map(|resource| resource.kind);
        if !text::is_organisation(&letter.recipient) {
            MailboxKind::CitizenMailbox
        } else if kind == Some(ResourceKind::Ordinary) {
            MailboxKind::OrganisationInbox
        } else {
            MailboxKind::ConfidentialInbox
        }
    }

    /// Everything that ever became readable. What was published stays in it after it was deleted.
    pub(crate) fn readable(&self) -> Vec<Readable> {
        let mut found: Vec<Readable> = self.letters.iter().flat_map(|letter| self.readable_of(letter)).collect();
        for order in self.orders.iter().filter(|order| order.sent.is_some()) {
            let Some(letter) = self.letter(order.message) else { continue };
            let words = format!("{}\n{}\n{}", order.email.0, order.email.1, order.sms);
            let since = order.sent.unwrap_or(order.ordered);
            for recipient in &order.recipients {
                let audience = Audience::Outside(recipient.clone());
                found.push(readable(letter, Part::Notification, audience, since, words.clone()));
            }
        }
        for reminder in &self.reminders {
            let unread = self.letters.iter().filter(|letter| {
                letter.recipient == reminder.recipient
                    && letter.base.is_confidential
                    && letter.first(MessageStatus::Published).is_some_and(|at| at <= reminder.at)
                    && letter.first(MessageStatus::Read).is_none_or(|at| at > reminder.at)
            });
            found.extend(unread.map(|letter| {
                readable(letter, Part::Reminder, Audience::Everybody, reminder.at, self.reminder_line(letter))
            }));
        }
        found
    }

    fn readable_of(&self, letter: &Letter) -> Vec<Readable> {
        let Some(since) = letter.first(MessageStatus::Published) else { return Vec::new() };
        let (inner, outer) = match self.mailbox_kind(letter) {
            MailboxKind::CitizenMailbox => (Audience::Recipient, Audience::Recipient),
            MailboxKind::OrganisationInbox => (Audience::Everybody, Audience::Everybody),
            _ => (Audience::Holders(self.audience(letter)), Audience::Wider),
        };
        let base = &letter.base;
        let line = |texts: &[Option<&str>]| texts.iter().flatten().copied().collect::<Vec<_>>().join("\n");
        let heading = line(&[Some(letter.title()), base.message_sender.as_deref(), base.senders_reference.as_deref()]);
        let properties = base.property_list.iter().flatten().map(|(key, value)| format!("{key}: {value}"));
        let links = base.reply_options.iter().flatten();
        let links = links.map(|link| line(&[link.link_url.as_deref(), link.link_text.as_deref()]));
        let summary = letter.content_text(|content| content.message_summary.as_deref()).to_owned();
        let body = letter.content_text(|content| content.message_body.as_deref()).to_owned();
        let inside = [summary, body].into_iter().chain(properties).chain(links).collect::<Vec<_>>().join("\n");
        let mut found = vec![
            readable(letter, Part::Heading, outer, since, heading),
            readable(letter, Part::Text, inner.clone(), since, inside),
        ];
        for attachment in self.attachments_of(letter) {
            let names = line(&[Some(&attachment.file_name), attachment.display_name.as_deref()]);
            found.push(readable(letter, Part::FileName, inner.clone(), since, names));
            let mut file = readable(letter, Part::File, inner.clone(), since, String::new());
            file.stored = attachment.stored.clone().or_else(|| self.gone.get(&attachment.id).cloned());
            found.push(file);
        }
        found
    }
}

fn readable(letter: &Letter, part: Part, audience: Audience, since: Timestamp, text: String) -> Readable {
    Readable {
        message: letter.id,
        recipient: letter.recipient.clone(),
        resource: letter.resource.clone(),
        part,
        audience,
        since,
        text,
        stored: None,
    }
}

impl Attachment {
    pub(crate) fn record(&self) -> AttachmentRecord {
        AttachmentRecord {
            id: self.id,
            name: self.file_name.clone(),
            display_name: self.display_name.clone(),
            status: self.status(),
            size: self.stored.as_ref().map_or(0, |stored| stored.size),
            checksum: self.checksum.clone(),
            messages: self.letters.clone(),
            stored: self.stored.clone(),
        }
    }
}
