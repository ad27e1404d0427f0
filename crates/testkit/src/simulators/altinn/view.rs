//! Correspondences and attachments as the interface shows them.

use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    letter::{Attachment, Letter, MessageStatus},
    request::{self, Base},
    text,
    world::World,
};

impl World {
    /// A moment as the interface writes it.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        if self.settings.zoneless_times {
            return at.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
        }
        at.to_rfc3339_opts(chrono::SecondsFormat::Micros, false)
    }

    fn optional(&self, at: Option<Timestamp>) -> Value {
        at.map_or(Value::Null, |at| json!(self.moment(at)))
    }

    /// The overview, as things stood at a moment. Whoever may not read it gets it without content once it is published.
    pub(crate) fn overview(&self, letter: &Letter, reads: bool, as_of: Timestamp) -> Map<String, Value> {
        let (status, changed, text) = letter.standing_at(as_of);
        let seen = |status| letter.first(status).filter(|at| *at <= as_of);
        let published = seen(MessageStatus::Published);
        let base = &letter.base;
        let mut body = self.base(letter, base);
        body.insert("content".to_owned(), self.content(letter, reads || published.is_none()));
        body.extend([
            ("correspondenceId".to_owned(), json!(letter.id)),
            ("recipient".to_owned(), json!(letter.recipient)),
            ("created".to_owned(), json!(self.moment(letter.created))),
            ("status".to_owned(), json!(status.word())),
            ("statusText".to_owned(), json!(text)),
            ("statusChanged".to_owned(), json!(self.moment(changed))),
            ("notifications".to_owned(), self.short_notices(letter.id)),
            ("altinn2CorrespondenceId".to_owned(), Value::Null),
            ("published".to_owned(), self.optional(published)),
            ("read".to_owned(), self.optional(seen(MessageStatus::Read))),
        ]);
        body
    }

    /// The details: the overview with the history. A sender is not told of purges.
    pub(crate) fn details(&self, letter: &Letter, reads: bool, sender: bool, as_of: Timestamp) -> Map<String, Value> {
        let mut body = self.overview(letter, reads, as_of);
        let hidden = |status: MessageStatus| status.is_purged() || status == MessageStatus::Archived;
        let seen = letter.history.iter().filter(|event| event.at <= as_of && !(sender && hidden(event.status)));
        let mut events: Vec<_> = seen.collect();
        events.sort_by_key(|event| event.at);
        let history = events.into_iter().map(|event| {
            json!({
                "status": event.status.word(), "statusText": event.text, "statusChanged": self.moment(event.at),
            })
        });
        body.insert("statusHistory".to_owned(), history.collect());
        body.insert("notifications".to_owned(), self.long_notices(letter));
        body.insert("systemLabel".to_owned(), json!("Default"));
        body
    }

    fn base(&self, letter: &Letter, base: &Base) -> Map<String, Value> {
        let mut references: Vec<Value> = base
            .external_references
            .iter()
            .flatten()
            .map(|reference| {
                let kind = reference.reference_type.as_ref();
                let kind = kind.and_then(|kind| request::word(kind, &request::REFERENCE_TYPES));
                json!({"referenceType": kind, "referenceValue": reference.reference_value})
            })
            .collect();
        if let Some(dialog) = letter.dialog.filter(|_| !letter.transmission) {
            references.push(json!({"referenceType": "DialogportenDialogId", "referenceValue": dialog.to_string()}));
        } else if letter.transmission {
            let id = letter.id.to_string();
            references.push(json!({"referenceType": "DialogportenTransmissionId", "referenceValue": id}));
        }
        let options = base.reply_options.iter().flatten();
        let options = options.map(|option| json!({"linkURL": option.link_url, "linkText": option.link_text}));
        Map::from_iter(
            [
                ("resourceId", json!(letter.resource)),
                ("sender", json!(format!("{}{}", text::ORGANISATION, letter.owner))),
                ("sendersReference", json!(base.senders_reference)),
                ("messageSender", json!(base.message_sender.clone().unwrap_or_default())),
                ("requestedPublishTime", json!(self.moment(letter.publish_time))),
                ("dueDateTime", self.optional(base.due_date_time)),
                ("externalReferences", Value::Array(references)),
                ("propertyList", json!(base.property_list.clone().unwrap_or_default())),
                ("replyOptions", options.collect()),
                ("notification", Value::Null),
                ("ignoreReservation", json!(base.ignore_reservation.unwrap_or(false))),
                ("isConfirmationNeeded", json!(base.is_confirmation_needed)),
                ("isConfidential", json!(base.is_confidential)),
                ("allowForwarding", json!(base.allow_forwarding)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        )
    }

    fn content(&self, letter: &Letter, open: bool) -> Value {
        if !open {
            return json!({
                "language": "no", "messageTitle": "", "messageSummary": "", "messageBody": "", "attachments": [],
            });
        }
        let language = letter.base.content.as_ref().and_then(|content| content.language.clone());
        let attachments = self.attachments_of(letter).into_iter().map(|attachment| self.bound(attachment));
        json!({
            "language": language.unwrap_or_else(|| "nb".to_owned()).to_lowercase(),
            "messageTitle": self.named(letter, letter.title()),
            "messageSummary": self.named(letter, letter.content_text(|content| content.message_summary.as_deref())),
            "messageBody": self.body(letter),
            "attachments": attachments.collect::<Vec<_>>(),
        })
    }

    /// The body, with more than three reply links written below it.
    pub(crate) fn body(&self, letter: &Letter) -> String {
        let mut body = self.named(letter, letter.content_text(|content| content.message_body.as_deref()));
        let options = letter.base.reply_options.as_deref().unwrap_or_default();
        if options.len() > 3 {
            for option in options {
                let link = option.link_url.as_deref().unwrap_or_default();
                body.push_str(&format!("\n\n[{}]({link})", option.link_text.as_deref().unwrap_or(link)));
            }
        }
        body
    }

    /// With the recipient's name where the sender asked for it.
    fn named(&self, letter: &Letter, text: &str) -> String {
        let name = self.facts(&letter.recipient).name.to_lowercase();
        let titled = name.split(' ').map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{}", characters.as_str())
        });
        text.replace("{{recipientName}}", &titled.collect::<Vec<_>>().join(" "))
    }

    /// An attachment as part of a correspondence.
    fn bound(&self, attachment: &Attachment) -> Value {
        let (changed, status, text) = attachment.standing();
        json!({
            "id": attachment.id,
            "fileName": attachment.file_name,
            "displayName": attachment.display_name,
            "sendersReference": attachment.senders_reference,
            "isEncrypted": attachment.encrypted,
            "checksum": attachment.checksum,
            "dataType": text::data_type(&attachment.file_name),
            "dataLocationType": "AltinnCorrespondenceAttachment",
            "status": status.word(),
            "statusText": text,
            "statusChanged": self.moment(changed),
            "created": self.moment(attachment.created),
            "expirationInDays": attachment.expiration_days,
            "expirationTime": self.optional(attachment.expires),
        })
    }

    /// An attachment by itself.
    pub(crate) fn attachment(&self, attachment: &Attachment, history: bool) -> Value {
        let (changed, status, text) = attachment.standing();
        let mut body = json!({
            "attachmentId": attachment.id,
            "resourceId": attachment.resource,
            "fileName": attachment.file_name,
            "displayName": attachment.display_name,
            "sender": format!("{}{}", text::ORGANISATION, attachment.owner),
            "sendersReference": attachment.senders_reference,
            "checksum": attachment.checksum,
            // Not mapped: always false, whatever was given.
            "isEncrypted": false,
            "expirationInDays": attachment.expiration_days,
            "status": status.word(),
            "statusText": text,
            "statusChanged": self.moment(changed),
            "correspondenceIds": attachment.letters,
            "dataType": text::data_type(&attachment.file_name),
        });
        if history {
            let events = attachment.history.iter().map(|(at, status, text)| {
                json!({"status": status.word(), "statusText": text, "statusChanged": self.moment(*at)})
            });
            if let Some(members) = body.as_object_mut() {
                members.insert("statusHistory".to_owned(), events.collect());
            }
        }
        body
    }
}
