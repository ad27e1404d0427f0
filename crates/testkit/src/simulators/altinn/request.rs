//! The body of an initialisation: how it is read, and what the framework checks before any rule of the service is asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime};
use sakarkiv_core::identity::Timestamp;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::text;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Initialize {
    pub(crate) correspondence: Option<Base>,
    pub(crate) recipients: Option<Vec<String>>,
    pub(crate) existing_attachments: Option<Vec<Uuid>>,
    pub(crate) idempotent_key: Option<Uuid>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Base {
    pub(crate) resource_id: Option<String>,
    pub(crate) senders_reference: Option<String>,
    pub(crate) message_sender: Option<String>,
    pub(crate) content: Option<Content>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) requested_publish_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) due_date_time: Option<Timestamp>,
    pub(crate) external_references: Option<Vec<ExternalReference>>,
    pub(crate) property_list: Option<BTreeMap<String, String>>,
    pub(crate) reply_options: Option<Vec<ReplyOption>>,
    pub(crate) notification: Option<Notification>,
    pub(crate) ignore_reservation: Option<bool>,
    #[serde(default)]
    pub(crate) is_confirmation_needed: bool,
    #[serde(default)]
    pub(crate) is_confidential: bool,
    #[serde(default)]
    pub(crate) allow_forwarding: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content {
    pub(crate) language: Option<String>,
    pub(crate) message_title: Option<String>,
    pub(crate) message_summary: Option<String>,
    pub(crate) message_body: Option<String>,
    pub(crate) attachments: Option<Vec<Described>>,
}

/// An attachment as its sender describes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Described {
    pub(crate) resource_id: Option<String>,
    pub(crate) file_name: Option<String>,
    pub(crate) display_name: Option<String>,
    #[serde(default)]
    pub(crate) is_encrypted: bool,
    pub(crate) checksum: Option<String>,
    pub(crate) senders_reference: Option<String>,
    pub(crate) expiration_in_days: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalReference {
    pub(crate) reference_value: Option<String>,
    pub(crate) reference_type: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplyOption {
    #[serde(rename = "linkURL")]
    pub(crate) link_url: Option<String>,
    pub(crate) link_text: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    pub(crate) notification_template: Option<Value>,
    pub(crate) notification_channel: Option<Value>,
    pub(crate) reminder_notification_channel: Option<Value>,
    pub(crate) email_subject: Option<String>,
    pub(crate) email_body: Option<String>,
    pub(crate) sms_body: Option<String>,
    #[serde(default)]
    pub(crate) send_reminder: bool,
    pub(crate) reminder_email_subject: Option<String>,
    pub(crate) reminder_email_body: Option<String>,
    pub(crate) reminder_sms_body: Option<String>,
    pub(crate) custom_recipients: Option<Vec<CustomRecipient>>,
    pub(crate) custom_recipient: Option<CustomRecipient>,
    pub(crate) custom_notification_recipients: Option<Vec<OldCustomRecipient>>,
    #[serde(default)]
    pub(crate) override_registered_contact_information: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomRecipient {
    pub(crate) email_address: Option<String>,
    pub(crate) mobile_number: Option<String>,
    pub(crate) organization_number: Option<String>,
    pub(crate) national_identity_number: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OldCustomRecipient {
    pub(crate) recipients: Option<Vec<CustomRecipient>>,
}

pub(crate) const REFERENCE_TYPES: [&str; 7] = [
    "Generic",
    "AltinnAppInstance",
    "AltinnBrokerFileTransfer",
    "DialogportenDialogId",
    "DialogportenProcessId",
    "DialogportenTransmissionId",
    "DialogportenTransmissionType",
];
pub(crate) const CHANNELS: [&str; 5] = ["Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms"];
pub(crate) const TEMPLATES: [&str; 2] = ["CustomMessage", "GenericAltinnMessage"];

impl Initialize {
    /// Reads JSON whose member names are written in any case. Unknown members vanish without complaint.
    pub(crate) fn read(body: Value) -> Result<Self, String> {
        serde_json::from_value(canonical(body)).map_err(|error| error.to_string())
    }

    pub(crate) fn base(&self) -> Base {
        self.correspondence.clone().unwrap_or_default()
    }
}

impl Described {
    /// As [`Initialize::read`].
    pub(crate) fn read(body: Value) -> Result<Self, String> {
        serde_json::from_value(canonical(body)).map_err(|error| error.to_string())
    }
}

/// A value of an enumeration, given by name in any case or by number.
pub(crate) fn word<'a>(given: &Value, words: &[&'a str]) -> Option<&'a str> {
    match given {
        Value::Number(number) => words.get(usize::try_from(number.as_u64()?).ok()?).copied(),
        Value::String(name) => match name.parse::<usize>() {
            Ok(number) => words.get(number).copied(),
            Err(_) => words.iter().find(|word| word.eq_ignore_ascii_case(name)).copied(),
        },
        _ => None,
    }
}

/// A moment as the interface takes it: with an offset, or without and then in UTC.
pub(crate) fn read_moment(text: &str) -> Option<Timestamp> {
    let with_zone = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    with_zone.or_else(|| text.parse::<NaiveDateTime>().ok().map(|at| at.and_utc()))
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| read_moment(&text).ok_or_else(|| D::Error::custom("not a moment"))).transpose()
}

/// The names that the interface knows.
const NAMES: &[&str] = &[
    "correspondence",
    "recipients",
    "existingAttachments",
    "idempotentKey",
    "resourceId",
    "sendersReference",
    "messageSender",
    "content",
    "requestedPublishTime",
    "dueDateTime",
    "externalReferences",
    "propertyList",
    "replyOptions",
    "notification",
    "ignoreReservation",
    "isConfirmationNeeded",
    "isConfidential",
    "allowForwarding",
    "language",
    "messageTitle",
    "messageSummary",
    "messageBody",
    "attachments",
    "fileName",
    "displayName",
    "isEncrypted",
    "checksum",
    "expirationInDays",
    "dataLocationType",
    "referenceValue",
    "referenceType",
    "linkURL",
    "linkText",
    "notificationTemplate",
    "notificationChannel",
    "reminderNotificationChannel",
    "emailSubject",
    "emailBody",
    "emailContentType",
    "smsBody",
    "sendReminder",
    "reminderEmailSubject",
    "reminderEmailBody",
    "reminderEmailContentType",
    "reminderSmsBody",
    "customRecipients",
    "customRecipient",
    "customNotificationRecipients",
    "overrideRegisteredContactInformation",
    "emailAddress",
    "mobileNumber",
    "organizationNumber",
    "nationalIdentityNumber",
    "forwardTo",
    "forwardingText",
    "sender",
];

/// The interface's own spelling of a name.
pub(crate) fn spelling(name: &str) -> String {
    NAMES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// The same JSON with the interface's own spelling of every name.
pub(crate) fn canonical(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, member)| match spelling(&name) {
                    free if free == "propertyList" => (free, member),
                    name => (name, canonical(member)),
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        other => other,
    }
}

/// What is wrong with the shape of an initialisation, by dotted path.
pub(crate) fn problems(request: &Initialize) -> Vec<(String, String)> {
    let mut found = Found::default();
    let recipients = request.recipients.clone().unwrap_or_default();
    found.when(recipients.is_empty() || recipients.len() > 500, "Recipients", "1 to 500 recipients are needed");
    for (index, recipient) in recipients.iter().enumerate() {
        let path = format!("Recipients[{index}]");
        found.when(text::recipient(recipient).is_none(), &path, "not a recipient");
    }
    found.when(request.idempotent_key.is_some_and(|key| key.is_nil()), "IdempotentKey", "must not be empty");
    let Some(base) = &request.correspondence else {
        found.when(true, "Correspondence", "is required");
        return found.0;
    };
    let resource = base.resource_id.as_deref().and_then(text::resource_id);
    found.when(resource.is_none(), "Correspondence.ResourceId", "not a resource id");
    found.required("Correspondence.SendersReference", base.senders_reference.as_deref(), 4096);
    found.bounded("Correspondence.MessageSender", base.message_sender.as_deref(), 255);
    match &base.content {
        None => found.when(true, "Correspondence.Content", "is required"),
        Some(content) => found.content(content),
    }
    found.references(base);
    found.properties(base);
    if let Some(notification) = &base.notification {
        found.notification(notification);
    }
    found.0
}

/// What is wrong with the shape of an attachment made by itself.
pub(crate) fn attachment_problems(described: &Described) -> Vec<(String, String)> {
    let mut found = Found::default();
    let resource = described.resource_id.as_deref().and_then(text::resource_id);
    found.when(resource.is_none(), "ResourceId", "not a resource id");
    found.attachment("", described);
    found.0
}

#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn when(&mut self, wrong: bool, path: &str, text: &str) {
        if wrong {
            self.0.push((path.to_owned(), text.to_owned()));
        }
    }

    fn required(&mut self, path: &str, text: Option<&str>, most: usize) {
        self.when(text.is_none_or(str::is_empty), path, "is required");
        self.bounded(path, text, most);
    }

    fn bounded(&mut self, path: &str, text: Option<&str>, most: usize) {
        let long = text.is_some_and(|text| text.chars().count() > most);
        self.when(long, path, &format!("has more than {most} characters"));
    }

    fn content(&mut self, content: &Content) {
        let language = content.language.as_deref().unwrap_or("nb");
        self.when(language.chars().count() != 2, "Correspondence.Content.Language", "must have two characters");
        let title = "Correspondence.Content.MessageTitle";
        self.when(content.message_title.is_none(), title, "is required");
        let body = "Correspondence.Content.MessageBody";
        self.when(content.message_body.is_none(), body, "is required");
        for (index, attachment) in content.attachments.iter().flatten().enumerate() {
            self.attachment(&format!("Correspondence.Content.Attachments[{index}]."), attachment);
        }
    }

    fn attachment(&mut self, path: &str, described: &Described) {
        self.required(&format!("{path}FileName"), described.file_name.as_deref(), 255);
        self.bounded(&format!("{path}DisplayName"), described.display_name.as_deref(), 255);
        self.required(&format!("{path}SendersReference"), described.senders_reference.as_deref(), 4096);
        let digest = |text: &String| text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let odd = described.checksum.as_ref().is_some_and(|checksum| !digest(checksum));
        self.when(odd, &format!("{path}Checksum"), "must be MD5 in lower-case hexadecimal");
    }

    fn references(&mut self, base: &Base) {
        let path = "Correspondence.ExternalReferences";
        let references = base.external_references.clone().unwrap_or_default();
        self.when(references.len() > 10, path, "more than 10");
        for (index, reference) in references.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let kind = reference.reference_type.as_ref().and_then(|kind| word(kind, &REFERENCE_TYPES));
            self.when(kind.is_none(), &format!("{path}.ReferenceType"), "is not known");
            self.when(
                kind == Some("DialogportenTransmissionId"),
                &format!("{path}.ReferenceType"),
                "must not be given",
            );
            self.required(&format!("{path}.ReferenceValue"), reference.reference_value.as_deref(), usize::MAX);
        }
    }

    fn properties(&mut self, base: &Base) {
        let path = "Correspondence.PropertyList";
        let properties = base.property_list.clone().unwrap_or_default();
        self.when(properties.len() > 10, path, "more than 10");
        let long = |text: &str, most| text.chars().count() > most;
        self.when(properties.keys().any(|key| long(key, 50)), path, "a key has more than 50 characters");
        self.when(properties.values().any(|value| long(value, 300)), path, "a value has more than 300 characters");
    }

    fn notification(&mut self, notification: &Notification) {
        let path = "Correspondence.Notification";
        for (name, channel, needed) in [
            ("NotificationChannel", &notification.notification_channel, true),
            ("ReminderNotificationChannel", &notification.reminder_notification_channel, false),
        ] {
            let known = channel.as_ref().filter(|channel| !channel.is_null()).map(|channel| word(channel, &CHANNELS));
            let wrong = known.map_or(needed, |known| known.is_none());
            self.when(wrong, &format!("{path}.{name}"), "must be a channel");
        }
        for (name, text, most) in [
            ("EmailSubject", &notification.email_subject, 512),
            ("EmailBody", &notification.email_body, 10_000),
            ("SmsBody", &notification.sms_body, 2144),
            ("ReminderEmailSubject", &notification.reminder_email_subject, 512),
            ("ReminderEmailBody", &notification.reminder_email_body, 10_000),
            ("ReminderSmsBody", &notification.reminder_sms_body, 2144),
        ] {
            self.bounded(&format!("{path}.{name}"), text.as_deref(), most);
        }
    }
}

/// The recipients in the one form in which they are kept, and whether one is named twice.
pub(crate) fn recipients(request: &Initialize) -> (Vec<String>, bool) {
    let kept: Vec<String> = request.recipients.iter().flatten().filter_map(|given| text::recipient(given)).collect();
    let different: BTreeSet<&String> = kept.iter().collect();
    let repeated = different.len() < kept.len();
    (kept, repeated)
}
