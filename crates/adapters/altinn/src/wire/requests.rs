use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Initialize {
    pub(crate) correspondence: Correspondence,
    pub(crate) recipients: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) existing_attachments: Vec<Uuid>,
    pub(crate) idempotent_key: Uuid,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Correspondence {
    pub(crate) resource_id: String,
    pub(crate) senders_reference: String,
    pub(crate) message_sender: String,
    pub(crate) content: Content,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_publish_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due_date_time: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_references: Vec<Reference>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) property_list: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) reply_options: Vec<ReplyOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notification: Option<Notification>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) ignore_reservation: bool,
    pub(crate) is_confirmation_needed: bool,
    pub(crate) is_confidential: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) allow_forwarding: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content {
    pub(crate) language: &'static str,
    pub(crate) message_title: String,
    pub(crate) message_summary: String,
    pub(crate) message_body: String,
    pub(crate) attachments: Vec<Attachment>,
}

/// An attachment that comes with its message.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment {
    pub(crate) data_location_type: &'static str,
    #[serde(flatten)]
    pub(crate) file: File,
}

/// An attachment that is uploaded by itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SharedAttachment {
    pub(crate) resource_id: String,
    /// No longer read, and still demanded by the published definition.
    pub(crate) sender: String,
    #[serde(flatten)]
    pub(crate) file: File,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File {
    pub(crate) file_name: String,
    pub(crate) display_name: String,
    pub(crate) senders_reference: String,
    pub(crate) is_encrypted: bool,
    pub(crate) checksum: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_in_days: Option<u16>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference {
    pub(crate) reference_type: String,
    pub(crate) reference_value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct ReplyOption {
    #[serde(rename = "linkURL")]
    pub(crate) link_url: String,
    #[serde(rename = "linkText", skip_serializing_if = "Option::is_none")]
    pub(crate) link_text: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    pub(crate) notification_template: &'static str,
    pub(crate) notification_channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reminder_notification_channel: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sms_body: Option<String>,
    pub(crate) send_reminder: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reminder_email_subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reminder_email_body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reminder_email_content_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reminder_sms_body: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) custom_recipients: Vec<CustomRecipient>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) override_registered_contact_information: bool,
}

/// Exactly one of the members.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomRecipient {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mobile_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) organization_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) national_identity_number: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
