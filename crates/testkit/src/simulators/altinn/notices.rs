//! Notifications: what a sender must say for them, what is ordered at publication, and what goes out.

use std::time::Duration;

use sakarkiv_core::identity::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    events::{Event, Kind},
    letter::{Letter, MessageStatus},
    problems::{Stop, json_string, refuse},
    progress::Job,
    request::{self, Base, CustomRecipient, Notification},
    text,
    world::World,
};
use crate::doubles::after;

/// A notification that was ordered for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// Its id.
    pub id: Uuid,
    /// The message it tells of.
    pub message: Uuid,
    /// When it was ordered.
    pub ordered: Timestamp,
    /// It is the reminder.
    pub reminder: bool,
    /// The channel, in the service's words.
    pub channel: String,
    /// E-mail addresses, mobile numbers and parties that it is for.
    pub recipients: Vec<String>,
    /// Subject and text of the e-mail.
    pub email: (String, String),
    /// The text message.
    pub sms: String,
    /// When it went out.
    pub sent: Option<Timestamp>,
    /// When its condition was found not to be met any more: unpublished, purged, or read before the reminder.
    pub withheld: Option<Timestamp>,
}

/// Refuses a template that does not exist, before anything else is asked.
pub(crate) fn check_template(base: &Base) -> Result<(), Stop> {
    let template = base.notification.as_ref().and_then(|notification| notification.notification_template.as_ref());
    match template.filter(|template| !template.is_null()) {
        Some(template) if request::word(template, &request::TEMPLATES).is_none() => {
            Err(json_string(http::StatusCode::BAD_REQUEST, "Invalid notification template"))
        }
        _ => Ok(()),
    }
}

/// The custom recipients, whichever way they were given.
pub(crate) fn custom_recipients(notification: &Notification) -> Vec<CustomRecipient> {
    let old = notification.custom_notification_recipients.as_ref().and_then(|all| all.first());
    notification
        .custom_recipients
        .clone()
        .or_else(|| notification.custom_recipient.clone().map(|one| vec![one]))
        .or_else(|| old.and_then(|first| first.recipients.clone()))
        .unwrap_or_default()
}

/// The rules for notifications, in the order in which the service asks them.
pub(crate) fn check(notification: &Notification, recipients: usize) -> Result<(), Stop> {
    let custom = custom_recipients(notification);
    if notification.override_registered_contact_information
        && notification.custom_recipients.as_ref().is_none_or(Vec::is_empty)
    {
        return Err(refuse(3022));
    }
    if !custom.is_empty() && recipients > 1 {
        return Err(refuse(3017));
    }
    custom.iter().try_for_each(|one| check_custom(one, notification))?;
    if is_generic(notification) {
        return Ok(());
    }
    check_texts(notification)
}

fn check_custom(one: &CustomRecipient, notification: &Notification) -> Result<(), Stop> {
    let given = [&one.email_address, &one.mobile_number, &one.organization_number, &one.national_identity_number];
    let given = given.iter().filter(|identifier| identifier.as_ref().is_some_and(|text| !text.is_empty())).count();
    match given {
        0 => return Err(refuse(3019)),
        1 => {}
        _ => return Err(refuse(3018)),
    }
    let texts = [
        &notification.email_subject,
        &notification.email_body,
        &notification.sms_body,
        &notification.reminder_email_subject,
        &notification.reminder_email_body,
        &notification.reminder_sms_body,
    ];
    let direct = one.email_address.is_some() || one.mobile_number.is_some();
    if direct && texts.into_iter().flatten().any(|text| text.contains("$recipientName$")) {
        return Err(refuse(3015));
    }
    if one.email_address.as_ref().is_some_and(|address| !text::is_email(address)) {
        return Err(refuse(3011));
    }
    if one.mobile_number.as_ref().is_some_and(|number| !text::is_mobile(number)) {
        return Err(refuse(3012));
    }
    Ok(())
}

fn check_texts(notification: &Notification) -> Result<(), Stop> {
    let there = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let main = (there(&notification.email_subject) && there(&notification.email_body), there(&notification.sms_body));
    let reminder = (
        there(&notification.reminder_email_subject) && there(&notification.reminder_email_body),
        there(&notification.reminder_sms_body),
    );
    let missing = |channel: &str, (email, sms): (bool, bool), codes: [u16; 4]| match channel {
        "Email" if !email => Some(codes[0]),
        "Sms" if !sms => Some(codes[1]),
        "EmailPreferred" | "SmsPreferred" if !(email && sms) => Some(codes[2]),
        "EmailAndSms" if !(email && sms) => Some(codes[3]),
        _ => None,
    };
    let found = missing(channel(notification), main, [3002, 3004, 3006, 3024]).or_else(|| {
        let asked = notification.send_reminder;
        asked.then(|| missing(reminder_channel(notification), reminder, [3003, 3005, 3007, 3025])).flatten()
    });
    found.map_or(Ok(()), |code| Err(refuse(code)))
}

fn channel(notification: &Notification) -> &'static str {
    notification
        .notification_channel
        .as_ref()
        .and_then(|given| request::word(given, &request::CHANNELS))
        .unwrap_or("Email")
}

fn reminder_channel(notification: &Notification) -> &'static str {
    let given = notification.reminder_notification_channel.as_ref();
    given.and_then(|given| request::word(given, &request::CHANNELS)).unwrap_or_else(|| channel(notification))
}

fn is_generic(notification: &Notification) -> bool {
    let template = notification.notification_template.as_ref();
    template.and_then(|given| request::word(given, &request::TEMPLATES)) == Some("GenericAltinnMessage")
}

impl World {
    /// Orders what the sender asked for, at publication.
    pub(crate) fn order_notifications(&mut self, id: Uuid, at: Timestamp) {
        let Some(letter) = self.letter(id) else { return };
        let Some(notification) = letter.base.notification.clone() else { return };
        let letter = letter.clone();
        let reminders: &[bool] = if notification.send_reminder { &[false, true] } else { &[false] };
        for reminder in reminders {
            let order = self.order(&letter, &notification, *reminder, at);
            let wait = Duration::from_secs(20);
            let send = if *reminder { after(at, self.settings.reminder_after() + wait) } else { after(at, wait) };
            let index = self.orders.len();
            let owner = format!("{}{}", text::ORGANISATION, letter.owner);
            self.emit(Event::new(at, Kind::NotificationCreated, letter.resource.clone(), order.id, owner));
            self.orders.push(order);
            self.schedule(send, Job::Notify(id, index));
        }
    }

    fn order(&mut self, letter: &Letter, notification: &Notification, reminder: bool, at: Timestamp) -> Order {
        let fill = |text: Option<&String>| self.filled(text.map(String::as_str).unwrap_or_default(), letter);
        let (mut email, mut sms) = if reminder {
            let subject = fill(notification.reminder_email_subject.as_ref());
            ((subject, fill(notification.reminder_email_body.as_ref())), fill(notification.reminder_sms_body.as_ref()))
        } else {
            let subject = fill(notification.email_subject.as_ref());
            ((subject, fill(notification.email_body.as_ref())), fill(notification.sms_body.as_ref()))
        };
        if is_generic(notification) {
            let standard = self.filled("Du har fått en melding fra $sendersName$. Logg inn i Altinn.", letter);
            email = (standard.clone(), format!("{standard} {}", email.1));
            sms = format!("{standard} {sms}");
        }
        let channel = if reminder { reminder_channel(notification) } else { channel(notification) };
        let recipients = self.notified(letter, notification);
        Order {
            id: self.new_id(at),
            message: letter.id,
            ordered: at,
            reminder,
            channel: channel.to_owned(),
            recipients,
            email,
            sms,
            sent: None,
            withheld: None,
        }
    }

    /// Registered contact points and custom recipients, each once.
    fn notified(&self, letter: &Letter, notification: &Notification) -> Vec<String> {
        let facts = self.facts(&letter.recipient);
        let registered = [facts.email, facts.mobile].into_iter().flatten();
        let mut recipients: Vec<String> =
            if notification.override_registered_contact_information { Vec::new() } else { registered.collect() };
        for one in custom_recipients(notification) {
            let given = [one.email_address, one.mobile_number, one.organization_number, one.national_identity_number];
            recipients.extend(given.into_iter().flatten());
        }
        let mut seen = std::collections::BTreeSet::new();
        recipients.retain(|recipient| seen.insert(recipient.to_lowercase()));
        recipients
    }

    /// The words that stand for facts, replaced.
    fn filled(&self, text: &str, letter: &Letter) -> String {
        let sender = letter.base.message_sender.clone().unwrap_or_else(|| self.facts(&letter.owner).name);
        let resource = self.resource(&letter.resource).map(|resource| resource.title.clone()).unwrap_or_default();
        text.replace("$sendersName$", &sender)
            .replace("$correspondenceRecipientName$", &self.facts(&letter.recipient).name)
            .replace("$resourceName$", &resource)
            .replace("$messageTitle$", letter.title())
    }

    /// Sends what was ordered if its condition is still met.
    pub(crate) fn notify(&mut self, id: Uuid, order: usize, at: Timestamp) {
        let Some(letter) = self.letter(id) else { return };
        let published = letter.has(MessageStatus::Published) && !letter.has(MessageStatus::Failed);
        let (purged, read) = (letter.is_purged(), letter.has(MessageStatus::Read));
        let Some(order) = self.orders.get_mut(order) else { return };
        if !published || purged || (order.reminder && read) {
            order.withheld = Some(at);
            return;
        }
        order.sent = Some(at);
        let kind = if order.reminder { Kind::NotificationReminderDelivered } else { Kind::NotificationDelivered };
        self.emit_for(at, kind, id);
    }

    /// What the overview tells of notifications.
    pub(crate) fn short_notices(&self, id: Uuid) -> Value {
        let orders = self.orders.iter().filter(|order| order.message == id);
        orders.map(|order| json!({"notificationOrderId": order.id, "isReminder": order.reminder})).collect()
    }

    /// What the details tell of notifications.
    pub(crate) fn long_notices(&self, letter: &Letter) -> Value {
        let orders = self.orders.iter().filter(|order| order.message == letter.id);
        orders.map(|order| self.long_notice(order, letter)).collect()
    }

    fn long_notice(&self, order: &Order, letter: &Letter) -> Value {
        let (state, email, sms, at) = match (order.sent, order.withheld) {
            (Some(at), _) => ("Order_Completed", "Email_Delivered", "SMS_Delivered", at),
            (None, Some(at)) => ("Order_SendConditionNotMet", "Email_New", "SMS_New", at),
            (None, None) => ("Order_Registered", "Email_New", "SMS_New", order.ordered),
        };
        let moment = self.moment(at);
        let deliveries = |mails: bool, status: &str| -> Vec<Value> {
            let concerned = order.recipients.iter().filter(|recipient| recipient.contains('@') == mails);
            concerned
                .map(|recipient| {
                    let member = if mails { "emailAddress" } else { "mobileNumber" };
                    json!({
                        "id": order.id,
                        "succeeded": order.sent.is_some(),
                        "recipient": {member: recipient},
                        "sendStatus": {"status": status, "description": status, "lastUpdate": moment},
                    })
                })
                .collect()
        };
        let by_mail = order.channel != "Sms" && order.channel != "SmsPreferred";
        let by_phone = order.channel != "Email" && order.channel != "EmailPreferred";
        let emails = if by_mail { deliveries(true, email) } else { Vec::new() };
        let smses = if by_phone { deliveries(false, sms) } else { Vec::new() };
        let mut details = json!({"emails": emails, "smses": smses});
        for (name, list) in [("email", &emails), ("sms", &smses)] {
            if let (Some(first), Some(members)) = (list.first(), details.as_object_mut()) {
                members.insert(name.to_owned(), first.clone());
            }
        }
        json!({
            "id": order.id.to_string(),
            "sendersReference": format!("corr-{}", letter.base.senders_reference.clone().unwrap_or_default()),
            "creator": letter.owner,
            "created": self.moment(order.ordered),
            "isReminder": order.reminder,
            "notificationChannel": order.channel,
            "ignoreReservation": letter.base.ignore_reservation.unwrap_or(false),
            "resourceId": letter.resource,
            "processingStatus": {"status": state, "description": state, "lastUpdate": moment},
            "notificationStatusDetails": details,
        })
    }
}
