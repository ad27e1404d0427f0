//! Letters and their deliveries: what is sent, to whom, and how far it has come (R4.1, R4.5; design of the delivery
//! engine). The rules by which a delivery moves are the engine's; its states are part of the vocabulary because stores
//! keep them and reports show them.

mod options;
mod signing;
mod trouble;

use std::collections::BTreeMap;

pub use options::{
    ExternalReference, Language, Message, Notification, NotificationChannel, NotificationRecipient, NotificationText,
    Reminder, ReplyLink,
};
use serde::{Deserialize, Serialize};
pub use signing::{
    OrderOfReturn, SignatureStrength, Signing, SigningOrder, SigningStage, SigningStatus, order_of_return,
};
pub use trouble::{Trouble, TroubleKind, TroubleLimits, remedy_of, remedy_of_signing, trouble};

use crate::{
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, LetterId, NationalIdentityNumber, OrganisationNumber,
        PostalAddress, TenantId, Timestamp, UnitId,
    },
    ports::RemoteStatus,
    routing::{Explanation, MailboxKind, Refused},
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
    /// When the recipient gets to see it; at once when nothing is said.
    #[serde(default)]
    pub publish_at: Option<Timestamp>,
    /// Reaches also a person who has opted out of digital mail (reservert i kontakt- og reservasjonsregisteret). Only where
    /// the law lets the sender do so.
    #[serde(default)]
    pub ignore_reservation: bool,
    /// Lets the recipient forward it by e-mail. Never for sensitive letters.
    #[serde(default)]
    pub allow_forwarding: bool,
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
            properties: BTreeMap::new(),
            external_references: Vec::new(),
            reply_links: Vec::new(),
            documents_expire_days: None,
            signing: None,
        }
    }
}

/// One letter to one recipient. Immutable once accepted; what changes is its [`Delivery`].
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

/// Why a delivery ended without the recipient getting the letter through this channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "cause")]
#[non_exhaustive]
pub enum FailureCause {
    /// No mailbox is safe enough for it (R5.1); the reasons say why.
    NotCleared(Refused),
    /// The channel said no to this very letter.
    Rejected {
        /// Technical detail.
        detail: String,
        /// The channel's code or error id.
        remote_code: Option<String>,
    },
    /// The channel took it and then turned it away or could not deliver it.
    Returned {
        /// The channel's own status word.
        raw: String,
    },
    /// Its life time was over before the channel took it.
    Expired {
        /// The last failure, in technical words.
        last: String,
    },
    /// Content or record that it needs is missing from the store.
    Incomplete {
        /// What is missing.
        what: String,
    },
    /// A person stopped it.
    Stopped,
}

/// Where a delivery stands. Accepted, delivered and opened are different things and never mixed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum DeliveryState {
    /// Waits for its turn, or for [`Delivery::due`] after a failure.
    Queued,
    /// The intent to send is durable; the call may be under way or may have been cut off.
    Attempting {
        /// Since when.
        since: Timestamp,
    },
    /// It is not known whether the last attempt had its effect. Looked up by reference until `settles`.
    Unknown {
        /// Since when.
        since: Timestamp,
        /// When the channel's settle time is over.
        settles: Timestamp,
    },
    /// The channel has it.
    Accepted,
    /// It is in a mailbox, unopened.
    Delivered {
        /// What kind of mailbox.
        mailbox: MailboxKind,
    },
    /// It is at the printer.
    SentToPrint,
    /// The recipient opened it.
    Opened,
    /// It was printed and posted.
    Printed,
    /// The channel closed it without saying what the recipient got.
    Closed,
    /// It failed; the letter is kept and can be driven again by a person.
    Failed(FailureCause),
    /// It was taken back before the recipient opened it.
    Withdrawn,
}

/// What kind of work a delivery waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// To be sent, or looked up after an unknown outcome.
    Dispatch,
    /// To be asked for its status.
    FollowUp,
}

impl DeliveryState {
    /// A short stable name, for reports and indexes.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Attempting { .. } => "attempting",
            Self::Unknown { .. } => "unknown",
            Self::Accepted => "accepted",
            Self::Delivered { .. } => "delivered",
            Self::SentToPrint => "sent_to_print",
            Self::Opened => "opened",
            Self::Printed => "printed",
            Self::Closed => "closed",
            Self::Failed(_) => "failed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What the state asks of the engine, `None` at the end. [`Delivery::work`] also knows of signatures.
    #[must_use]
    pub const fn work(&self) -> Option<WorkKind> {
        match self {
            Self::Queued | Self::Attempting { .. } | Self::Unknown { .. } => Some(WorkKind::Dispatch),
            Self::Accepted | Self::Delivered { .. } | Self::SentToPrint => Some(WorkKind::FollowUp),
            Self::Opened | Self::Printed | Self::Closed | Self::Failed(_) | Self::Withdrawn => None,
        }
    }

    /// How far along a letter's life this is; a delivery's rank never falls, but for a person's re-drive and for
    /// `Attempting`/`Unknown` back to `Queued` (I7).
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Attempting { .. } => 1,
            Self::Unknown { .. } => 2,
            Self::Accepted => 3,
            Self::Delivered { .. } => 4,
            Self::SentToPrint => 5,
            Self::Opened | Self::Printed | Self::Closed | Self::Failed(_) | Self::Withdrawn => 6,
        }
    }
}

/// The changing side of a letter: what the engine and its store keep about getting it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Which letter.
    pub letter: LetterId,
    /// Whose.
    pub tenant: TenantId,
    /// The channel it is on.
    pub channel: ChannelId,
    /// The sender account it goes by.
    pub account: AccountId,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many times sending was begun.
    pub attempts: u32,
    /// Failures in a row since the last progress; drives back-off.
    pub failures: u32,
    /// When the engine has to look at it next; `None` when never.
    pub due: Option<Timestamp>,
    /// Its rank among what is due.
    pub priority: Priority,
    /// Keeps order with others of the same key.
    pub order_key: Option<String>,
    /// When it was queued.
    pub queued: Timestamp,
    /// When trying to send it ends.
    pub expires: Timestamp,
    /// The mailbox kind it was last cleared for.
    pub cleared_for: Option<MailboxKind>,
    /// Why it was cleared for that: the three questions, who answered them, and the reasons (R5.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation>>,
    /// The signing side, when a document is to be signed (R4.4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<Signing>,
    /// The channel's id, once it has one.
    pub remote_id: Option<RemoteId>,
    /// The channel's last status, raw word included.
    pub remote: Option<RemoteStatus>,
    /// When the channel took it.
    pub accepted: Option<Timestamp>,
    /// When it was first seen in a mailbox.
    pub delivered: Option<Timestamp>,
    /// When it ended: opened, printed, failed, withdrawn.
    pub ended: Option<Timestamp>,
    /// The last failure in technical words, free of personal data.
    pub last_error: Option<String>,
    /// Guards against lost updates: each stored change raises it by one.
    pub version: u64,
}

impl Delivery {
    /// The delivery of a letter that was just accepted from its caller.
    #[must_use]
    pub fn queue(letter: &Letter, channel: ChannelId, expires: Timestamp) -> Self {
        Self {
            letter: letter.id,
            tenant: letter.tenant.clone(),
            channel,
            account: letter.sender.account.clone(),
            state: DeliveryState::Queued,
            attempts: 0,
            failures: 0,
            due: Some(letter.submitted),
            priority: letter.priority,
            order_key: letter.options.order_key.clone(),
            queued: letter.submitted,
            expires,
            cleared_for: None,
            explanation: None,
            signing: letter.options.signing.as_ref().map(Signing::ordered),
            remote_id: None,
            remote: None,
            accepted: None,
            delivered: None,
            ended: None,
            last_error: None,
            version: 0,
        }
    }

    /// What the engine has to do: what its state asks for, or following up a signature that may still come.
    #[must_use]
    pub fn work(&self) -> Option<WorkKind> {
        self.state.work().or_else(|| self.awaits_signature().then_some(WorkKind::FollowUp))
    }

    /// Whether a signature may still come.
    #[must_use]
    pub fn awaits_signature(&self) -> bool {
        self.state.can_be_signed() && self.signing.as_ref().is_some_and(Signing::is_open)
    }

    /// Our reference in the channel.
    #[must_use]
    pub fn reference(&self) -> Reference {
        Reference::of(self.letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
