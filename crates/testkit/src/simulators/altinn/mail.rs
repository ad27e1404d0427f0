//! Mail that another sender puts into somebody's inbox, for tests of receiving.

use std::sync::Arc;

use bytes::Bytes;
use sakarkiv_core::identity::Timestamp;
use uuid::Uuid;

use super::{
    letter::{AttachmentStatus, Intake, Letter, MessageStatus},
    request::{Base, Content, Described},
    settings::{Resource, ResourceKind},
    text,
    world::World,
};

/// A message from somebody else.
#[derive(Debug, Clone)]
pub struct Mail {
    resource: String,
    sender: String,
    recipient: String,
    base: Base,
    files: Vec<(String, Bytes)>,
    days: Option<i64>,
}

impl Mail {
    /// A message to an organisation (nine digits), a person (eleven digits) or any URN, under a resource. A resource that the
    /// simulator does not have is made, for ordinary mail and owned by the sender.
    #[must_use]
    pub fn new(resource: impl Into<String>, recipient: impl AsRef<str>, title: impl Into<String>) -> Self {
        let recipient = recipient.as_ref();
        let recipient = match recipient.len() {
            9 => format!("{}{recipient}", text::ORGANISATION),
            11 => format!("{}{recipient}", text::PERSON),
            _ => recipient.to_owned(),
        };
        let content = Content {
            language: Some("nb".to_owned()),
            message_title: Some(title.into()),
            message_summary: Some(String::new()),
            message_body: Some("Se vedlegg.".to_owned()),
            attachments: None,
        };
        let base = Base { content: Some(content), senders_reference: Some("avsender-1".to_owned()), ..Base::default() };
        Self {
            resource: resource.into(),
            sender: "991825827".to_owned(),
            recipient,
            base,
            files: Vec::new(),
            days: None,
        }
    }

    /// From this organisation. Without: from the Digitalisation Agency. Counts only for a resource that is made with it.
    #[must_use]
    pub fn from(mut self, organisation: impl Into<String>) -> Self {
        self.sender = organisation.into();
        self
    }

    /// Under the sender's own name for itself.
    #[must_use]
    pub fn signed(mut self, name: impl Into<String>) -> Self {
        self.base.message_sender = Some(name.into());
        self
    }

    /// With this body, as Markdown.
    #[must_use]
    pub fn saying(mut self, body: impl Into<String>) -> Self {
        if let Some(content) = &mut self.base.content {
            content.message_body = Some(body.into());
        }
        self
    }

    /// With the sender's reference.
    #[must_use]
    pub fn referring(mut self, reference: impl Into<String>) -> Self {
        self.base.senders_reference = Some(reference.into());
        self
    }

    /// With one more attachment.
    #[must_use]
    pub fn with_file(mut self, name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.files.push((name.into(), bytes.into()));
        self
    }

    /// Its attachments can be had for so many days after it was published.
    #[must_use]
    pub const fn expiring_after(mut self, days: i64) -> Self {
        self.days = Some(days);
        self
    }

    /// With a property.
    #[must_use]
    pub fn with_property(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.base.property_list.get_or_insert_default().insert(key.into(), value.into());
        self
    }

    /// The sender wants a confirmation by this time.
    #[must_use]
    pub const fn to_confirm_by(mut self, due: Timestamp) -> Self {
        self.base.is_confirmation_needed = true;
        self.base.due_date_time = Some(due);
        self
    }

    /// Not before this time.
    #[must_use]
    pub const fn not_before(mut self, at: Timestamp) -> Self {
        self.base.requested_publish_time = Some(at);
        self
    }
}

impl World {
    /// Puts mail in. It is published at once, or when its time has come.
    pub(crate) fn put(&mut self, mail: Mail, now: Timestamp) -> Uuid {
        let made = || Resource::ordinary(mail.resource.clone(), mail.sender.clone());
        let resource = self.resources.entry(mail.resource.clone()).or_insert_with(made).clone();
        let mut base = mail.base;
        base.is_confidential = resource.kind == ResourceKind::Confidential;
        let mut attachments = Vec::new();
        for (name, bytes) in &mail.files {
            let described = Described {
                file_name: Some(name.clone()),
                display_name: Some(name.clone()),
                senders_reference: base.senders_reference.clone(),
                expiration_in_days: mail.days,
                ..Described::default()
            };
            let id = self.attach(&described, &resource.id, &resource.owner, now);
            attachments.push(id);
            let mut intake = Intake::new(self.settings.keep_bytes);
            let kept = intake.push(bytes).is_ok();
            if let Some(attachment) = self.attachments.get_mut(&id).filter(|_| kept) {
                let stored = intake.finish();
                attachment.checksum = Some(stored.checksum.clone());
                attachment.stored = Some(stored);
                attachment.enter(now, AttachmentStatus::Published, "Published");
            }
        }
        let id = self.new_id(now);
        let publish_time = base.requested_publish_time.unwrap_or(now);
        for attachment in &attachments {
            self.set_expiry(*attachment, publish_time.max(now));
        }
        let mut letter = Letter {
            id,
            resource: resource.id,
            caller: resource.owner.clone(),
            owner: resource.owner,
            recipient: mail.recipient,
            base: Arc::new(base),
            publish_time,
            created: now,
            key: None,
            attachments,
            history: Vec::new(),
            dialog: Some(Uuid::from_u128(id.as_u128() ^ 1)),
            transmission: false,
            confirming: false,
            forwarded_to: Vec::new(),
        };
        letter.enter(now, MessageStatus::Initialized, "Initialized", None);
        letter.enter(now, MessageStatus::ReadyForPublish, "ReadyForPublish", None);
        self.add(letter);
        if publish_time <= now {
            self.publish(id, now);
        }
        id
    }
}
