use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ExternalReference, Message, Notification, ReplyLink, SigningOrder};
use crate::{
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, EntryId, LetterId, NationalIdentityNumber, OrganisationNumber, PostalAddress,
        TenantId, Timestamp, UnitId,
    },
    screening::Private,
    sensitivity::SensitivityClass,
};

/// Who gets a letter (mottaker).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Recipient {
    /// An organisation with a number in Enhetsregisteret.
    Organisation {
        /// Its number.
        number: OrganisationNumber,
        /// Its name.
        name: Private<String>,
        /// Its postal address; secures delivery on paper.
        address: Option<PostalAddress>,
    },
    /// A person with a national identity number.
    Person {
        /// The number.
        number: NationalIdentityNumber,
        /// The name.
        name: Private<String>,
        /// The postal address; secures delivery on paper.
        address: Option<PostalAddress>,
    },
    /// Somebody of whom only name and address are known: paper is the only way.
    Addressee {
        /// The name.
        name: Private<String>,
        /// The postal address.
        address: PostalAddress,
    },
}

impl Recipient {
    /// The name.
    #[must_use]
    pub const fn name(&self) -> &Private<String> {
        match self {
            Self::Organisation { name, .. } | Self::Person { name, .. } | Self::Addressee { name, .. } => name,
        }
    }

    /// The postal address, if known.
    #[must_use]
    pub const fn address(&self) -> Option<&PostalAddress> {
        match self {
            Self::Organisation { address, .. } | Self::Person { address, .. } => address.as_ref(),
            Self::Addressee { address, .. } => Some(address),
        }
    }
}

/// Who a letter is from, as the recipient sees it and answers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The account it is sent by, one for each unit that sends (R4.1).
    pub account: AccountId,
    /// The unit.
    pub unit: UnitId,
    /// The name shown.
    pub name: String,
    /// The organisation number that answers go to.
    pub organisation: OrganisationNumber,
    /// The postal address that answers go to.
    pub address: PostalAddress,
}

/// One document of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterDocument {
    /// Its name as the recipient sees it.
    pub file_name: FileName,
    /// Its format.
    pub media_type: MediaType,
    /// Its bytes.
    pub blob: BlobRef,
    /// Warns the recipient of sensitive personal data.
    pub sensitive_personal_data: bool,
}

/// In what order waiting letters leave when they cannot all leave at once; the order of the contingency plan (R9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Health and care.
    Health,
    /// Mayor and chief executive.
    Leadership,
    /// Crisis management.
    Crisis,
    /// Building cases.
    Building,
    /// Child welfare and municipal attorney.
    ChildWelfare,
    /// Personnel.
    Personnel,
    /// General mail with a deadline.
    Deadline,
    /// Everything else.
    General,
}

impl Priority {
    /// From first to last.
    pub const ALL: [Self; 8] = [
        Self::Health,
        Self::Leadership,
        Self::Crisis,
        Self::Building,
        Self::ChildWelfare,
        Self::Personnel,
        Self::Deadline,
        Self::General,
    ];
}

/// What the sender may choose about a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LetterOptions {
    /// Never on paper. The channel then gives no guarantee of delivery.
    #[serde(default)]
    pub digital_only: bool,
    /// The person who is to read it, at an organisation or the recipient itself, is known to us well enough to share a
    /// document with (R5.2).
    #[serde(default)]
    pub known_person: bool,
    /// Offers the recipient an answer by eDialog.
    #[serde(default)]
    pub dialogue_reply: bool,
    /// Prints on both sides, if printed.
    #[serde(default)]
    pub duplex: bool,
    /// The message type (forsendelsestype), one of those the channel knows.
    #[serde(default)]
    pub message_type: Option<String>,
    /// Groups letters (korrelasjonsid).
    #[serde(default)]
    pub correlation: Option<String>,
    /// The channel's id of the message that this one answers.
    #[serde(default)]
    pub answers: Option<String>,
    /// Billing group (konteringskode).
    #[serde(default)]
    pub billing_code: Option<String>,
    /// Keeps the order of letters that share this key: the next leaves when the one before has been accepted or has ended.
    #[serde(default)]
    pub order_key: Option<String>,
    /// What the recipient sees beside the documents; the channel's own text when nothing is said.
    #[serde(default)]
    pub message: Option<Message>,
    /// How the recipient is told of it; as the channel usually does when nothing is said.
    #[serde(default)]
    pub notification: Option<Notification>,
    /// When the recipient must have dealt with it (frist).
    #[serde(default)]
    pub due: Option<Timestamp>,
    /// The recipient must confirm having got it. Needs [`due`](Self::due).
    #[serde(default)]
    pub confirmation_needed: bool,
    /// When the recipient gets to see it; at once when nothing is said. Never sooner: a channel that cannot wait with it gets
    /// the letter only then, and whatever waits for the letter by its [`order_key`](Self::order_key) waits too.
    #[serde(default)]
    pub publish_at: Option<Timestamp>,
    /// Reaches also a person who has opted out of digital mail (reservert i kontakt- og reservasjonsregisteret). Only where
    /// the law lets the sender do so.
    #[serde(default)]
    pub ignore_reservation: bool,
    /// Lets the recipient forward it by e-mail. Never for sensitive letters.
    #[serde(default)]
    pub allow_forwarding: bool,
    /// Tells the recipient neither the numbers of the case nor of the entry, which a channel gives by itself otherwise
    /// (metadataFraAvleverendeSystem). For a letter that must not show which case it belongs to.
    #[serde(default)]
    pub without_case_numbers: bool,
    /// Names and values that the recipient's system finds it by. More people may see them than the letter.
    #[serde(default)]
    pub properties: BTreeMap<String, Private<String>>,
    /// What it belongs to elsewhere.
    #[serde(default)]
    pub external_references: Vec<ExternalReference>,
    /// Links by which the recipient can answer.
    #[serde(default)]
    pub reply_links: Vec<ReplyLink>,
    /// After how many days the channel may remove the documents; never when nothing is said.
    #[serde(default)]
    pub documents_expire_days: Option<u16>,
    /// Has one of the documents signed (R4.4).
    #[serde(default)]
    pub signing: Option<SigningOrder>,
}

impl Default for LetterOptions {
    fn default() -> Self {
        Self {
            digital_only: false,
            known_person: false,
            dialogue_reply: false,
            duplex: true,
            message_type: None,
            correlation: None,
            answers: None,
            billing_code: None,
            order_key: None,
            message: None,
            notification: None,
            due: None,
            confirmation_needed: false,
            publish_at: None,
            ignore_reservation: false,
            allow_forwarding: false,
            without_case_numbers: false,
            properties: BTreeMap::new(),
            external_references: Vec::new(),
            reply_links: Vec::new(),
            documents_expire_days: None,
            signing: None,
        }
    }
}

/// One letter to one recipient. Immutable once accepted; what changes is its [`Delivery`](super::Delivery).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Identifies it.
    pub id: LetterId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The case it belongs to.
    pub case: CaseId,
    /// The journal entry it dispatches.
    pub entry: EntryId,
    /// Who handed it in.
    pub submitted_by: ActorId,
    /// When it was accepted from the caller.
    pub submitted: Timestamp,
    /// Who it is from.
    pub sender: Sender,
    /// Who gets it.
    pub recipient: Recipient,
    /// The subject the recipient sees.
    pub title: Private<String>,
    /// How sensitive it is (R1.5).
    pub sensitivity: SensitivityClass,
    /// When it leaves among others.
    pub priority: Priority,
    /// The sender's choices.
    pub options: LetterOptions,
    /// The documents, main document first.
    pub documents: Vec<LetterDocument>,
}

/// Our reference of a letter in a channel: globally unique, the same for every attempt, at most 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reference(String);

impl Reference {
    /// The reference of a letter. Made from its id alone, so it says nothing about the case.
    ///
    /// ```
    /// use sakarkiv_core::{delivery::Reference, identity::LetterId};
    ///
    /// let id: LetterId = "0198f3c0-0000-7000-8000-000000000001".parse()?;
    /// assert_eq!(Reference::of(id).as_str(), "sakarkiv-0198f3c0-0000-7000-8000-000000000001");
    /// # Ok::<(), sakarkiv_core::identity::IdError>(())
    /// ```
    #[must_use]
    pub fn of(letter: LetterId) -> Self {
        Self(format!("sakarkiv-{letter}"))
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The letter that a reference names; nothing for one that is not of ours.
    ///
    /// ```
    /// use sakarkiv_core::{delivery::Reference, identity::LetterId};
    ///
    /// let id: LetterId = "0198f3c0-0000-7000-8000-000000000001".parse()?;
    /// assert_eq!(Reference::letter_of(Reference::of(id).as_str()), Some(id));
    /// assert_eq!(Reference::letter_of("sak-2026-417"), None);
    /// # Ok::<(), sakarkiv_core::identity::IdError>(())
    /// ```
    #[must_use]
    pub fn letter_of(text: &str) -> Option<LetterId> {
        text.strip_prefix("sakarkiv-")?.parse().ok()
    }
}

/// A channel's id of a letter that it has taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RemoteId(pub String);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{Language, NotificationRecipient, Reminder};

    #[test]
    fn a_letter_stored_before_an_option_was_known_has_its_default() {
        let stored = r#"{"digital_only": true, "duplex": true}"#;
        let read = serde_json::from_str::<LetterOptions>(stored).unwrap();
        assert_eq!(read, LetterOptions { digital_only: true, ..LetterOptions::default() });
    }

    #[test]
    fn options_survive_being_stored_and_show_nothing_personal() {
        let options = LetterOptions {
            message: Some(Message {
                language: Language::Nynorsk,
                summary: Some("Samandrag om Kari".into()),
                body: "Hei Kari".into(),
            }),
            notification: Some(Notification {
                recipients: vec![NotificationRecipient::Email("kari@eksempel.example".into())],
                only_these: true,
                reminder: Some(Reminder::default()),
                ..Notification::default()
            }),
            properties: BTreeMap::from([("navn".to_owned(), "Kari".into())]),
            ..LetterOptions::default()
        };
        let stored = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<LetterOptions>(&stored).unwrap(), options);
        let shown = format!("{options:?}");
        assert!(!shown.contains("Kari") && !shown.contains("kari"), "{shown}");
    }
}
