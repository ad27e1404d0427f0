use sakarkiv_core::{identity::Timestamp, ports::RemoteStatus, screening::Private};

use super::status::{confirmed, remote_status};
use crate::wire::{NotificationLine, Overview};

/// Everything that Altinn tells the sender of one message: evidence for reports (R5.3), and the confirmation, which a
/// delivery's state does not tell from being opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageDetails {
    /// How it stands.
    pub status: RemoteStatus,
    /// What Altinn says of it in words, such as why it failed.
    pub reason: Option<Private<String>>,
    /// When Altinn got it.
    pub created: Option<Timestamp>,
    /// When the recipient could first see it.
    pub published: Option<Timestamp>,
    /// When somebody at the recipient first read it.
    pub read: Option<Timestamp>,
    /// When the recipient confirmed it.
    pub confirmed: Option<Timestamp>,
    /// Whether the recipient must confirm it.
    pub confirmation_needed: bool,
    /// Whether it went as confidential mail.
    pub confidential: bool,
    /// When the recipient must have dealt with it.
    pub due: Option<Timestamp>,
    /// The notifications that were ordered with it.
    pub notifications: Vec<NotificationOutcome>,
}

/// What became of a notification. Whom it went to is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotificationOutcome {
    /// Whether it is the reminder.
    pub reminder: bool,
    /// Altinn's own word for the order, such as `Order_Completed`; empty when there is none yet.
    pub raw: String,
    /// To how many addresses it got through.
    pub delivered: usize,
    /// To how many it did not, so far.
    pub not_delivered: usize,
}

impl MessageDetails {
    pub(super) fn of(message: &Overview) -> Self {
        Self {
            status: remote_status(message),
            reason: message.status_text.clone().filter(|text| *text != message.status).map(Private::new),
            created: message.created,
            published: message.published,
            read: message.read.or_else(|| read(message)),
            confirmed: confirmed(message),
            confirmation_needed: message.is_confirmation_needed,
            confidential: message.is_confidential,
            due: message.due_date_time,
            notifications: message.notifications.iter().flatten().map(NotificationOutcome::of).collect(),
        }
    }
}

impl NotificationOutcome {
    fn of(line: &NotificationLine) -> Self {
        let details = line.notification_status_details.as_ref();
        let sent = details.into_iter().flat_map(|details| [&details.emails, &details.smses]).flatten().flatten();
        let (delivered, not_delivered) = sent.fold((0, 0), |(yes, no), line| match line.succeeded {
            true => (yes + 1, no),
            false => (yes, no + 1),
        });
        let raw = line.processing_status.as_ref().map(|status| status.status.clone()).unwrap_or_default();
        Self { reminder: line.is_reminder, raw, delivered, not_delivered }
    }
}

fn read(message: &Overview) -> Option<Timestamp> {
    message.status_history.iter().flatten().find(|event| event.status == "Read")?.status_changed
}
