//! From a cleared letter to the message that carries it, with every rule of the interface checked before the first byte
//! leaves.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{SecondsFormat, TimeDelta};
use sakarkiv_core::{
    case::CaseNumber,
    delivery::{Language, Letter, LetterDocument, LetterOptions, Recipient},
    document::{BlobRef, FileName},
    identity::Timestamp,
    ports::{Dispatch, PortError},
    routing::{MailboxKind, RecipientKind},
    sensitivity::SensitivityClass,
};

use super::{notice, rejected};
use crate::{
    config::{AccountConfig, AltinnConfig, ConfidentialConfig, LONGEST_MESSAGE, ServiceConfig},
    text::{cut, plain, whole},
    wire,
};

/// A message ready to leave, but for its attachments.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) correspondence: wire::Correspondence,
    pub(super) recipient: String,
    pub(super) files: Vec<File>,
    pub(super) sender: String,
}

/// One document of a message.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: FileName,
    pub(super) display_name: String,
    pub(super) reference: String,
    pub(super) blob: BlobRef,
    pub(super) expires_days: Option<u16>,
}

impl Outgoing {
    /// Makes the message for the mailbox kind that the letter was cleared for.
    ///
    /// # Errors
    /// `Rejected` when the letter breaks a rule of the interface or of its clearance, or when the account has no service that
    /// is safe enough for it: that stops the letter, and none beside it.
    pub(super) fn of(
        dispatch: &Dispatch,
        config: &AltinnConfig,
        account: &AccountConfig,
        now: Timestamp,
    ) -> Result<Self, PortError> {
        let service = Chosen::of(dispatch, account)?;
        let letter = dispatch.letter.get();
        let files = files(dispatch, config.least_expiry_days)?;
        let case = (!letter.options.without_case_numbers).then(|| dispatch.entry.number().case());
        let maker = Maker { letter, options: &letter.options, case, config, account, service, now };
        Ok(Self {
            correspondence: maker.correspondence(dispatch.reference.as_str())?,
            recipient: recipient(&letter.recipient)?,
            files,
            sender: format!("{ORGANISATION}{}", letter.sender.organisation),
        })
    }

    /// The bytes of all documents.
    pub(super) fn size(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.blob.size))
    }
}

/// The service that a letter goes by.
#[derive(Debug, Clone, Copy)]
enum Chosen<'a> {
    Ordinary(&'a ServiceConfig),
    Confidential(&'a ConfidentialConfig),
}

impl<'a> Chosen<'a> {
    /// The second line of defence behind the clearance: a mailbox kind that does not fit the recipient, or a service that
    /// too many can open, is a fault somewhere before this, and nothing leaves because of it.
    fn of(dispatch: &Dispatch, account: &'a AccountConfig) -> Result<Self, PortError> {
        let letter = dispatch.letter.get();
        let (mailbox, protection) = (dispatch.letter.mailbox(), dispatch.letter.protection());
        let sensitive = letter.sensitivity >= SensitivityClass::Confidential;
        let chosen = match (mailbox, RecipientKind::from(&letter.recipient)) {
            (MailboxKind::OrganisationInbox, RecipientKind::Organisation) => {
                account.organisations.as_ref().map(Self::Ordinary)
            }
            (MailboxKind::ConfidentialInbox, RecipientKind::Organisation) => {
                account.confidential.as_ref().map(Self::Confidential)
            }
            (MailboxKind::CitizenMailbox, RecipientKind::Person) => account.persons.as_ref().map(Self::Ordinary),
            _ => {
                return Err(rejected(
                    "the letter was cleared for a mailbox kind that is not reached here; clear it anew",
                ));
            }
        };
        let chosen = chosen.ok_or_else(|| {
            rejected(
                "the account has no message service for the mailbox kind that the letter was cleared for; set one up, or \
                 choose another way",
            )
        })?;
        let to_organisation = mailbox != MailboxKind::CitizenMailbox;
        if (protection.confidential_service || (sensitive && to_organisation)) && !chosen.is_confidential() {
            return Err(rejected(
                "a sensitive letter to an organisation goes by a confidential service only; clear it anew",
            ));
        }
        if (protection.highest_level || sensitive) && !chosen.highest_level() {
            return Err(rejected(format!(
                "the letter needs a service that demands the highest login level, and `{}` is not set up as one \
                 (`highest_level`)",
                chosen.id()
            )));
        }
        Ok(chosen)
    }

    const fn is_confidential(&self) -> bool {
        matches!(self, Self::Confidential(_))
    }

    const fn highest_level(&self) -> bool {
        match self {
            Self::Ordinary(service) => service.highest_level,
            Self::Confidential(service) => service.highest_level,
        }
    }

    const fn id(&self) -> &str {
        match self {
            Self::Ordinary(service) => service.id.as_str(),
            Self::Confidential(service) => service.id.as_str(),
        }
    }
}

struct Maker<'a> {
    letter: &'a Letter,
    options: &'a LetterOptions,
    /// The case that it may be told to belong to.
    case: Option<CaseNumber>,
    config: &'a AltinnConfig,
    account: &'a AccountConfig,
    service: Chosen<'a>,
    now: Timestamp,
}

impl Maker<'_> {
    fn correspondence(&self, reference: &str) -> Result<wire::Correspondence, PortError> {
        let options = self.options;
        let sensitive = self.letter.sensitivity >= SensitivityClass::Confidential;
        if options.allow_forwarding && sensitive {
            return Err(rejected("a sensitive letter must not be forwarded by e-mail; take `allow_forwarding` away"));
        }
        let publish = options.publish_at.filter(|moment| *moment > self.now);
        Ok(wire::Correspondence {
            resource_id: self.service.id().to_owned(),
            senders_reference: reference.to_owned(),
            message_sender: self.sender()?,
            content: self.content()?,
            requested_publish_time: publish.map(written),
            due_date_time: self.due(publish)?.map(written),
            external_references: self.external_references()?,
            property_list: self.properties()?,
            reply_options: self.reply_options()?,
            notification: self.notification()?,
            ignore_reservation: options.ignore_reservation && matches!(self.letter.recipient, Recipient::Person { .. }),
            is_confirmation_needed: options.confirmation_needed,
            // True wherever the service is confidential: its policy demands it, or leaves the choice to the sender.
            is_confidential: self.service.is_confidential(),
            allow_forwarding: options.allow_forwarding,
        })
    }

    fn language(&self) -> Language {
        self.options.message.as_ref().map_or_else(Language::default, |message| message.language)
    }

    /// The sender's name in lists, which for confidential mail are shown to more people than the letter.
    fn sender(&self) -> Result<String, PortError> {
        let own = match self.service {
            Chosen::Confidential(service) => service.sender_name.as_deref().filter(|name| !name.trim().is_empty()),
            Chosen::Ordinary(_) => None,
        };
        let name = own.unwrap_or(&self.letter.sender.name);
        if name.trim().is_empty() {
            return Err(rejected("the sender's name is blank"));
        }
        Ok(cut(&plain(name), LONGEST_NAME).unwrap_or_default())
    }

    fn content(&self) -> Result<wire::Content, PortError> {
        let title = plain(self.letter.title.expose());
        if self.letter.title.expose().trim().is_empty() {
            return Err(rejected("the title is blank"));
        }
        let message = self.options.message.as_ref();
        let body = message.map_or(self.config.message.as_str(), |message| message.body.expose());
        let summary = message.and_then(|message| message.summary.as_ref()).map(|text| plain(text.expose()));
        let (heading, summary, body) = match self.service {
            // The letter's own title stands where only those see it who may open the letter.
            Chosen::Confidential(service) if !service.shows_titles => {
                (self.neutral_title(), None, format!("**{title}**\n\n{body}"))
            }
            _ => (title, summary, body.to_owned()),
        };
        let body = whole(&body, LONGEST_MESSAGE)
            .ok_or_else(|| rejected(format!("the message must have 1 to {LONGEST_MESSAGE} characters")))?;
        Ok(wire::Content {
            language: self.language().code(),
            // Cut where it is too long, because the documents hold it whole.
            message_title: cut(&heading, LONGEST_NAME).unwrap_or_default(),
            message_summary: summary.and_then(|text| cut(&text, LONGEST_NAME)).unwrap_or_default(),
            message_body: body.to_owned(),
            attachments: Vec::new(),
        })
    }

    /// Enough to hand the letter to whom it concerns, and nothing of what it is about.
    fn neutral_title(&self) -> String {
        let (mail, of) = match self.language() {
            Language::Bokmaal => ("Taushetsbelagt post", "i sak"),
            Language::Nynorsk => ("Teiepliktig post", "i sak"),
            Language::English => ("Confidential mail", "in case"),
        };
        self.case.map_or_else(|| mail.to_owned(), |case| format!("{mail} {of} {case}"))
    }

    /// The deadline asked for; for confidential mail, which would otherwise never be told of as unread, and for letters to
    /// be confirmed, which must have one, the usual one.
    fn due(&self, publish: Option<Timestamp>) -> Result<Option<Timestamp>, PortError> {
        let start = publish.unwrap_or(self.now);
        match self.options.due {
            Some(due) if due <= start => {
                Err(rejected("the letter's deadline lies before the recipient would get it; set another"))
            }
            Some(due) => Ok(Some(due)),
            None if self.service.is_confidential() || self.options.confirmation_needed => {
                let days = TimeDelta::days(i64::from(self.config.due_days));
                Ok(start.checked_add_signed(days))
            }
            None => Ok(None),
        }
    }

    fn notification(&self) -> Result<Option<wire::Notification>, PortError> {
        let asked = self.options.notification.as_ref();
        match self.service {
            Chosen::Confidential(service) => notice::confidential(asked, service, self.language()).map(Some),
            Chosen::Ordinary(_) => notice::ordinary(asked, self.account.notify),
        }
    }

    fn properties(&self) -> Result<BTreeMap<String, String>, PortError> {
        let properties = &self.options.properties;
        if properties.len() > MOST_LISTED {
            return Err(rejected(format!("a letter has at most {MOST_LISTED} properties; leave some out")));
        }
        let sound = |name: &str| {
            whole(name, 50).is_some_and(|whole| whole == name)
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
        };
        let take = |(name, value): (&String, &sakarkiv_core::screening::Private<String>)| {
            let value =
                whole(value.expose(), 300).filter(|_| sound(name)).map(|value| (name.clone(), value.to_owned()));
            value.ok_or_else(|| {
                rejected(
                    "a property has a name of 1 to 50 letters, digits, `_` or `-`, and a value of 1 to 300 characters",
                )
            })
        };
        properties.iter().map(take).collect()
    }

    fn external_references(&self) -> Result<Vec<wire::Reference>, PortError> {
        let references = &self.options.external_references;
        if references.len() > MOST_LISTED {
            return Err(rejected(format!("a letter has at most {MOST_LISTED} external references; leave some out")));
        }
        let take = |reference: &sakarkiv_core::delivery::ExternalReference| {
            if !REFERENCE_KINDS.contains(&reference.kind.as_str()) {
                let kinds = REFERENCE_KINDS.join(", ");
                return Err(rejected(format!("Altinn knows no such kind of reference; it takes {kinds}")));
            }
            if reference.value.trim().is_empty() {
                return Err(rejected("an external reference has no value; leave it out"));
            }
            Ok(wire::Reference { reference_type: reference.kind.clone(), reference_value: reference.value.clone() })
        };
        references.iter().map(take).collect()
    }

    fn reply_options(&self) -> Result<Vec<wire::ReplyOption>, PortError> {
        let take = |link: &sakarkiv_core::delivery::ReplyLink| {
            let sound = whole(&link.url, LONGEST_NAME)
                .is_some_and(|url| url == link.url && url.starts_with("https://") && url.parse::<http::Uri>().is_ok());
            if !sound {
                return Err(rejected("a reply link is an absolute `https` address of at most 255 characters"));
            }
            Ok(wire::ReplyOption { link_url: link.url.clone(), link_text: link.text.clone() })
        };
        self.options.reply_links.iter().map(take).collect()
    }
}

/// The documents under names that Altinn takes: of kinds it knows, and unique without regard to case.
fn files(dispatch: &Dispatch, least_expiry_days: u16) -> Result<Vec<File>, PortError> {
    let letter = dispatch.letter.get();
    if letter.documents.len() > MOST_DOCUMENTS {
        return Err(rejected(format!("a message has at most {MOST_DOCUMENTS} documents; split the letter")));
    }
    let mut taken = BTreeSet::new();
    let expires_days = letter.options.documents_expire_days;
    if expires_days.is_some_and(|days| days < least_expiry_days) {
        return Err(rejected(format!(
            "Altinn keeps documents for at least {least_expiry_days} days; give them as many"
        )));
    }
    letter
        .documents
        .iter()
        .enumerate()
        .map(|(n, document)| {
            check_document(n, document)?;
            let name = unique(&document.file_name, &mut taken);
            Ok(File {
                display_name: name.stem().to_owned(),
                reference: format!("{}-{}", dispatch.reference.as_str(), n + 1),
                blob: document.blob,
                name,
                expires_days,
            })
        })
        .collect()
}

fn check_document(n: usize, document: &LetterDocument) -> Result<(), PortError> {
    let number = n + 1;
    if document.blob.size == 0 {
        return Err(rejected(format!("document {number} is empty, which Altinn refuses; leave it out")));
    }
    let ending = document.file_name.extension().unwrap_or_default().to_ascii_lowercase();
    if !FILE_KINDS.contains(&ending.as_str()) {
        let detail =
            format!("document {number} is of a kind that Altinn does not take; convert it, to PDF if possible");
        return Err(rejected(detail));
    }
    Ok(())
}

fn unique(name: &FileName, taken: &mut BTreeSet<String>) -> FileName {
    let mut candidate = name.clone();
    let mut number = 1;
    while !taken.insert(candidate.as_str().to_lowercase()) {
        number += 1;
        candidate = name.numbered(number);
    }
    candidate
}

fn recipient(recipient: &Recipient) -> Result<String, PortError> {
    match recipient {
        Recipient::Organisation { number, .. } => Ok(format!("{ORGANISATION}{number}")),
        Recipient::Person { number, .. } => Ok(format!("{PERSON}{}", number.digits())),
        Recipient::Addressee { .. } => Err(rejected("the recipient has no number; only paper reaches it")),
    }
}

fn written(moment: Timestamp) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

const ORGANISATION: &str = "urn:altinn:organization:identifier-no:";
const PERSON: &str = "urn:altinn:person:identifier-no:";
const LONGEST_NAME: usize = 255;
const MOST_LISTED: usize = 10;
const MOST_DOCUMENTS: usize = 100;
/// The kinds of files that the interface takes.
const FILE_KINDS: [&str; 20] = [
    "doc", "xls", "docx", "xlsx", "ppt", "pps", "zip", "pdf", "html", "txt", "xml", "jpg", "jpeg", "gif", "bmp", "png",
    "json", "csv", "dcm", "dicom",
];
/// The kinds of references that a sender may give.
const REFERENCE_KINDS: [&str; 6] = [
    "Generic",
    "AltinnAppInstance",
    "AltinnBrokerFileTransfer",
    "DialogportenDialogId",
    "DialogportenProcessId",
    "DialogportenTransmissionType",
];
