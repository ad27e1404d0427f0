use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime};
use sakarkiv_core::identity::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

#[derive(Debug, Deserialize)]
pub(crate) struct Initialized {
    pub(crate) correspondences: Vec<InitializedOne>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InitializedOne {
    pub(crate) correspondence_id: Uuid,
}

/// Each id is read by itself, so that an odd one hides no other.
#[derive(Debug, Deserialize)]
pub(crate) struct Ids {
    pub(crate) ids: Vec<Value>,
}

/// A message, with or without its history. Only the id must be there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    pub(crate) correspondence_id: Uuid,
    #[serde(default, deserialize_with = "word")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) status_text: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) status_changed: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) created: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) published: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) read: Option<Timestamp>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) due_date_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) resource_id: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) sender: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) message_sender: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) recipient: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) senders_reference: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) is_confirmation_needed: bool,
    #[serde(default, deserialize_with = "careful_flag")]
    pub(crate) is_confidential: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) content: Option<MessageContent>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) property_list: Option<BTreeMap<String, Value>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) external_references: Option<Vec<ExternalReference>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) status_history: Option<Vec<StatusEvent>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) notifications: Option<Vec<NotificationLine>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageContent {
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) message_title: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) message_summary: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) message_body: Option<String>,
    #[serde(default)]
    pub(crate) attachments: Option<Vec<AttachmentLine>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachmentLine {
    pub(crate) id: Uuid,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) file_name: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) checksum: Option<String>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) data_type: Option<String>,
    #[serde(default, deserialize_with = "word")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) is_encrypted: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalReference {
    #[serde(default, deserialize_with = "word")]
    pub(crate) reference_type: String,
    #[serde(default, deserialize_with = "word")]
    pub(crate) reference_value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusEvent {
    #[serde(default, deserialize_with = "word")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) status_text: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) status_changed: Option<Timestamp>,
}

/// A notification order, as far as its fate is told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotificationLine {
    #[serde(default, deserialize_with = "flag")]
    pub(crate) is_reminder: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) processing_status: Option<Processing>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) notification_status_details: Option<SendDetails>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Processing {
    #[serde(default, deserialize_with = "word")]
    pub(crate) status: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SendDetails {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) emails: Option<Vec<SendLine>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) smses: Option<Vec<SendLine>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SendLine {
    #[serde(default, deserialize_with = "flag")]
    pub(crate) succeeded: bool,
}

/// An attachment as its sender sees it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttachmentOverview {
    #[serde(default, deserialize_with = "word")]
    pub(crate) status: String,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) status_text: Option<String>,
}

/// A moment: RFC 3339, or without a zone, as older servers write it, and then in UTC.
pub(crate) fn read_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|moment| moment.and_utc())
}

/// A moment that cannot be read is as good as none.
fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Value::deserialize(from)?.as_str().and_then(read_moment))
}

/// A word of an enumeration: by its name, or by its number where an answer has that.
fn word<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// A text that says something.
fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Value::deserialize(from)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(from)?.as_bool().unwrap_or(false))
}

/// A flag that counts as set unless it clearly is not.
fn careful_flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(!matches!(Value::deserialize(from)?, Value::Null | Value::Bool(false)))
}

/// Something that is nice to have: what cannot be read is left out.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_with_and_without_a_zone_and_with_any_fraction() {
        let expected = read_moment("2026-08-31T11:02:05Z").unwrap();
        for text in [
            "2026-08-31T11:02:05+00:00",
            "2026-08-31T13:02:05.0000000+02:00",
            "2026-08-31T11:02:05",
            "2026-08-31T11:02:05.0",
        ] {
            assert_eq!(read_moment(text), Some(expected), "{text}");
        }
        for junk in ["", "31.08.2026", "2026-08-31", "0001-01-01T"] {
            assert_eq!(read_moment(junk), None, "{junk}");
        }
    }

    #[test]
    fn an_overview_of_any_age_is_read_and_only_the_id_must_be_there() {
        let id = "0198f0ab-2222-7abc-8def-000000000002";
        let bare = serde_json::from_str::<Overview>(&format!(r#"{{"correspondenceId": "{id}"}}"#)).unwrap();
        assert_eq!((bare.status.as_str(), bare.published, bare.read), ("", None, None));
        let odd = serde_json::json!({
            "correspondenceId": id, "status": 2, "published": "2026-09-01T06:00:03.4", "read": 7, "content": "x",
            "isConfidential": "ja", "statusHistory": [{"status": "Published"}, {}], "messageSender": "", "nytt": {},
        });
        let odd = serde_json::from_value::<Overview>(odd).unwrap();
        assert_eq!((odd.status.as_str(), odd.published.is_some(), odd.read), ("2", true, None));
        assert!(odd.is_confidential && odd.content.is_none());
        assert_eq!(odd.status_history.unwrap().len(), 2);
        assert!(serde_json::from_str::<Overview>(r#"{"correspondenceId": "brev"}"#).is_err());
    }
}
