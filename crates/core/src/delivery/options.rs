//! What a sender may choose about a letter for channels that show it a message, set deadlines and notify (R6.1). Named by
//! what they mean, not by the channel: one that does not have a choice leaves it out, unless a letter would then be less
//! safe than its sender asked for.

use serde::{Deserialize, Serialize};

use crate::{
    identity::{NationalIdentityNumber, OrganisationNumber},
    screening::Private,
};

/// The language that a message is written in (språk).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Language {
    /// Bokmål.
    #[default]
    #[serde(rename = "nb")]
    Bokmaal,
    /// Nynorsk.
    #[serde(rename = "nn")]
    Nynorsk,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The code of ISO 639-1.
    ///
    /// ```
    /// use sakarkiv_core::delivery::Language;
    ///
    /// assert_eq!(Language::Nynorsk.code(), "nn");
    /// ```
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bokmaal => "nb",
            Self::Nynorsk => "nn",
            Self::English => "en",
        }
    }
}

/// The text that a recipient sees beside the documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its language.
    #[serde(default)]
    pub language: Language,
    /// A line or two shown in lists, where more people may see it than the letter itself. Plain text.
    #[serde(default)]
    pub summary: Option<Private<String>>,
    /// The text, in Markdown without HTML.
    pub body: Private<String>,
}

/// How somebody is told that there is a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationChannel {
    /// By e-mail only.
    Email,
    /// By text message only.
    Sms,
    /// By e-mail where there is an address, else by text message.
    #[default]
    EmailPreferred,
    /// By text message where there is a number, else by e-mail.
    SmsPreferred,
    /// By both.
    EmailAndSms,
}

impl NotificationChannel {
    /// Whether it may need an e-mail's texts.
    #[must_use]
    pub const fn uses_email(self) -> bool {
        !matches!(self, Self::Sms)
    }

    /// Whether it may need a text message's text.
    #[must_use]
    pub const fn uses_sms(self) -> bool {
        !matches!(self, Self::Email)
    }
}

/// What a notification says. Read by whoever holds the address or the telephone, so it must reveal nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NotificationText {
    /// The e-mail's subject.
    pub email_subject: Option<Private<String>>,
    /// The e-mail's text.
    pub email_body: Option<Private<String>>,
    /// Whether the e-mail's text is HTML rather than plain.
    pub email_is_html: bool,
    /// The text message.
    pub sms: Option<Private<String>>,
}

/// A second notification, sent when the letter has not been opened after some days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reminder {
    /// How; as the first when nothing is said.
    pub channel: Option<NotificationChannel>,
    /// What it says; the channel's own general text when nothing is said.
    pub text: Option<NotificationText>,
}

/// Somebody to be notified who is not the recipient as registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationRecipient {
    /// An e-mail address.
    Email(Private<String>),
    /// A mobile number, with its country code.
    Mobile(Private<String>),
    /// The registered addresses of an organisation.
    Organisation(OrganisationNumber),
    /// The registered address of a person.
    Person(NationalIdentityNumber),
}

/// A notification ordered together with a letter (varsling).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    /// How.
    pub channel: NotificationChannel,
    /// What it says; the channel's own general text when nothing is said.
    pub text: Option<NotificationText>,
    /// The reminder, if there is to be one.
    pub reminder: Option<Reminder>,
    /// Others to be notified.
    pub recipients: Vec<NotificationRecipient>,
    /// Notifies only the `recipients`, and not the addresses that the letter's recipient has registered.
    pub only_these: bool,
}

/// Something elsewhere that a letter belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalReference {
    /// What kind of reference, in the channel's word; `Generic` where none fits.
    pub kind: String,
    /// The reference.
    pub value: String,
}

/// A link by which the recipient can answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ReplyLink {
    /// Where it leads: an absolute `https` address.
    pub url: String,
    /// What it is called.
    #[serde(default)]
    pub text: Option<String>,
}
