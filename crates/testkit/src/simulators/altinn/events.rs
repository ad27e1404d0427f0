//! Events as Altinn publishes them, and the subscriptions that ask for them.

use sakarkiv_core::identity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::text;

/// What an event tells of. Only those that the service really publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A shared attachment was made.
    AttachmentInitialized,
    /// The scan of an attachment found nothing.
    AttachmentPublished,
    /// The scan of an attachment found something, or failed.
    AttachmentUploadFailed,
    /// An attachment expired.
    AttachmentExpired,
    /// A message was made.
    Initialized,
    /// A message was published; its subject is the recipient.
    Published,
    /// A message could not be published.
    PublishFailed,
    /// A message was deleted, by either side.
    Purged,
    /// A message was read for the first time.
    ReceiverRead,
    /// A message was confirmed.
    ReceiverConfirmed,
    /// The due date passed without reading; its subject is the recipient.
    ReceiverNeverRead,
    /// The due date passed without a needed confirmation; its subject is the recipient.
    ReceiverNeverConfirmed,
    /// A notification was ordered.
    NotificationCreated,
    /// A notification was delivered.
    NotificationDelivered,
    /// The reminder of a notification was delivered.
    NotificationReminderDelivered,
}

impl Kind {
    /// The last part of the event's type.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::AttachmentInitialized => "attachmentinitialized",
            Self::AttachmentPublished => "attachmentpublished",
            Self::AttachmentUploadFailed => "attachmentuploadfailed",
            Self::AttachmentExpired => "attachmentexpired",
            Self::Initialized => "correspondenceinitialized",
            Self::Published => "correspondencepublished",
            Self::PublishFailed => "correspondencepublishfailed",
            Self::Purged => "correspondencepurged",
            Self::ReceiverRead => "correspondencereceiverread",
            Self::ReceiverConfirmed => "correspondencereceiverconfirmed",
            Self::ReceiverNeverRead => "correspondencereceiverneverread",
            Self::ReceiverNeverConfirmed => "correspondencereceiverneverconfirmed",
            Self::NotificationCreated => "notificationcreated",
            Self::NotificationDelivered => "correspondencenotificationdelivered",
            Self::NotificationReminderDelivered => "correspondencenotificationreminderdelivered",
        }
    }

    pub(crate) const fn is_for_recipient(self) -> bool {
        matches!(self, Self::Published | Self::ReceiverNeverRead | Self::ReceiverNeverConfirmed)
    }

    const fn source(self) -> &'static str {
        match self {
            Self::AttachmentInitialized
            | Self::AttachmentPublished
            | Self::AttachmentUploadFailed
            | Self::AttachmentExpired => "attachment",
            Self::NotificationCreated => "notification",
            _ => "correspondence",
        }
    }
}

/// An event, in the order in which things happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: Kind,
    /// The resource, without prefix.
    pub resource: String,
    /// The message, attachment or notification order.
    pub instance: Uuid,
    /// The party it is addressed to, as a URN.
    pub subject: String,
}

impl Event {
    pub(crate) const fn new(at: Timestamp, kind: Kind, resource: String, instance: Uuid, subject: String) -> Self {
        Self { at, kind, resource, instance, subject }
    }

    /// The event's type.
    #[must_use]
    pub fn type_name(&self) -> String {
        format!("no.altinn.correspondence.{}", self.kind.suffix())
    }

    /// The event as a CloudEvent, below the platform's address. `number` tells events apart.
    pub(crate) fn cloud_event(&self, base: &str, number: usize) -> Value {
        let number_of = text::key_of(&self.subject);
        let alternative = if text::is_organisation(&self.subject) { "organisation" } else { "person" };
        json!({
            "specversion": "1.0",
            "id": Uuid::from_u128((self.instance.as_u128() << 16) ^ number as u128),
            "type": self.type_name(),
            "time": self.at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "source": format!("{base}/correspondence/api/v1/{}", self.kind.source()),
            "resource": format!("{}{}", text::RESOURCE, self.resource),
            "resourceinstance": self.instance.to_string(),
            "subject": self.subject,
            "alternativesubject": format!("/{alternative}/{number_of}"),
        })
    }
}

/// Somebody who wants events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: u32,
    pub(crate) consumer: String,
    pub(crate) created: Timestamp,
    pub(crate) end_point: String,
    pub(crate) resource: String,
    pub(crate) subject: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) validated: bool,
}

impl Subscription {
    pub(crate) fn wants(&self, event: &Event) -> bool {
        self.validated
            && self.resource == format!("{}{}", text::RESOURCE, event.resource)
            && self.subject.as_ref().is_none_or(|subject| *subject == event.subject)
            && self.kind.as_ref().is_none_or(|kind| *kind == event.type_name())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "endPoint": self.end_point,
            "resourceFilter": self.resource,
            "sourceFilter": null,
            "subjectFilter": self.subject,
            "typeFilter": self.kind,
            "consumer": format!("/organisation/{}", self.consumer),
            "createdBy": format!("/organisation/{}", self.consumer),
            "created": self.created.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "validated": self.validated,
        })
    }

    /// The same wish again.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        (&self.consumer, &self.end_point, &self.resource, &self.subject, &self.kind)
            == (&other.consumer, &other.end_point, &other.resource, &other.subject, &other.kind)
    }
}
