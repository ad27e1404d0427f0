//! From a cleared letter to the shipment (forsendelse) that carries it, with every rule of the interface checked before the
//! first byte leaves.

use sakarkiv_core::{
    delivery::{Letter, LetterDocument, Recipient, Sender},
    document::BlobRef,
    identity::{PostalAddress, Timestamp},
    ports::{Dispatch, PortError, PortErrorKind},
    routing::{MailboxKind, RecipientKind},
    sensitivity::SensitivityClass,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    metadata::noark_metadata,
    signing, text,
    wire::{
        Address, Addressed, Common, Level, Mailbox, OrganisationDocument, OrganisationShipment, PaperAddress,
        PaperDocument, PersonDocument, PersonShipment, PrintShipment, Printing, ReplyTo,
    },
};
use crate::config::{AccountConfig, Encrypt, SvarUtConfig};

/// A shipment ready to leave: where to, what it says, and which documents follow in which order.
#[derive(Debug)]
pub(super) struct Shipment {
    pub(super) endpoint: &'static str,
    pub(super) metadata: Vec<u8>,
    pub(super) files: Vec<File>,
    pub(super) encrypted: bool,
    /// The message type, when the interface has to know it.
    pub(super) message_type: Option<String>,
}

/// One document of a shipment.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) blob: BlobRef,
    sensitive: bool,
}

impl Shipment {
    /// Makes the shipment for the mailbox kind that the letter was cleared for.
    ///
    /// # Errors
    /// `Rejected` when the letter breaks a rule of the interface or of its clearance; `Misconfigured` when the account does
    /// not allow what the clearance needs.
    pub(super) fn of(
        dispatch: &Dispatch,
        config: &SvarUtConfig,
        account: &AccountConfig,
        now: Timestamp,
    ) -> Result<Self, PortError> {
        let letter = dispatch.letter.get();
        Clearance::of(dispatch, account).check()?;
        signing::check_endpoint(letter, dispatch.letter.mailbox())?;
        let files = files(&letter.documents)?;
        check_print_size(&files, dispatch, config)?;
        let maker = Maker { dispatch, config, account, letter, files: &files };
        let encrypted = maker.encrypted();
        let (endpoint, metadata) = match dispatch.letter.mailbox() {
            MailboxKind::Paper => ("print", json(&maker.paper()?)?),
            MailboxKind::CitizenMailbox => ("person", json(&maker.person(now)?)?),
            _ => ("organisasjon", json(&maker.organisation()?)?),
        };
        let message_type = (endpoint == "organisasjon").then(|| letter.options.message_type.clone()).flatten();
        Ok(Self { endpoint, metadata, files, encrypted, message_type })
    }
}

/// What the second line of defence looks at.
#[derive(Debug, Clone, Copy)]
struct Clearance {
    mailbox: MailboxKind,
    recipient: RecipientKind,
    sensitivity: SensitivityClass,
    digital_only: bool,
    paper_allowed: bool,
}

impl Clearance {
    fn of(dispatch: &Dispatch, account: &AccountConfig) -> Self {
        let letter = dispatch.letter.get();
        Self {
            mailbox: dispatch.letter.mailbox(),
            recipient: RecipientKind::from(&letter.recipient),
            sensitivity: letter.sensitivity,
            digital_only: dispatch.letter.protection().digital_only,
            paper_allowed: account.paper,
        }
    }

    /// The second line of defence behind the clearance: a mailbox kind that does not fit the recipient, or one that too
    /// many can open, is a fault somewhere before this, and nothing leaves because of it.
    fn check(self) -> Result<(), PortError> {
        let fits = match self.mailbox {
            MailboxKind::ReceiverSystem | MailboxKind::OrganisationInbox | MailboxKind::ConfidentialInbox => {
                self.recipient == RecipientKind::Organisation
            }
            MailboxKind::CitizenMailbox => self.recipient == RecipientKind::Person,
            MailboxKind::Paper => true,
            MailboxKind::HealthNetwork | MailboxKind::DocumentShare => false,
        };
        if !fits {
            return Err(rejected("the letter was cleared for a mailbox kind that is not reached here; clear it anew"));
        }
        if self.mailbox == MailboxKind::OrganisationInbox && self.sensitivity >= SensitivityClass::Confidential {
            return Err(rejected("a confidential letter must not go to an ordinary organisation inbox; clear it anew"));
        }
        if self.mailbox == MailboxKind::Paper && self.digital_only {
            return Err(rejected("the letter is digital-only and was cleared for paper; clear it anew"));
        }
        if self.mailbox == MailboxKind::Paper && !self.paper_allowed {
            let detail = "the account does not allow paper (`paper = false`); allow it or clear the letter anew";
            return Err(PortError::new(PortErrorKind::Misconfigured, SEND, detail));
        }
        Ok(())
    }
}

fn is_sensitive(letter: &Letter) -> bool {
    letter.sensitivity >= SensitivityClass::Confidential
}

pub(super) fn files(documents: &[LetterDocument]) -> Result<Vec<File>, PortError> {
    let names = text::file_names(documents.iter().map(|document| document.file_name.as_str()));
    documents
        .iter()
        .zip(names)
        .enumerate()
        .map(|(n, (document, name))| {
            if document.blob.size == 0 {
                return Err(rejected(format!("document {} is empty, which SvarUt refuses; leave it out", n + 1)));
            }
            let media_type = media_type(document.media_type.as_str());
            Ok(File { name, media_type, blob: document.blob, sensitive: document.sensitive_personal_data })
        })
        .collect()
}

/// The media type as it may stand in a header: PDF always in its plain form, since the printer knows no other.
fn media_type(text: &str) -> String {
    let essence = text.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(PDF) {
        return PDF.to_owned();
    }
    let plain = text.len() <= LONGEST_MEDIA_TYPE
        && essence.contains('/')
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if plain { text.trim().to_owned() } else { "application/octet-stream".to_owned() }
}

pub(super) fn is_pdf(file: &File) -> bool {
    file.media_type == PDF
}

/// SvarUt merges all PDFs of what it may print into one, which must be smaller than its limit.
fn check_print_size(files: &[File], dispatch: &Dispatch, config: &SvarUtConfig) -> Result<(), PortError> {
    if dispatch.letter.protection().digital_only {
        return Ok(());
    }
    let total = files.iter().filter(|file| is_pdf(file)).fold(0_u64, |sum, file| sum.saturating_add(file.blob.size));
    if total < config.print_limit_bytes {
        return Ok(());
    }
    let limit = config.print_limit_bytes;
    Err(rejected(format!(
        "{total} bytes of PDF are more than the {limit} that can be printed; split the letter or make it digital-only"
    )))
}

struct Maker<'a> {
    dispatch: &'a Dispatch,
    config: &'a SvarUtConfig,
    account: &'a AccountConfig,
    letter: &'a Letter,
    files: &'a [File],
}

impl<'a> Maker<'a> {
    fn person(&self, now: Timestamp) -> Result<PersonShipment<'a>, PortError> {
        let to_sign = self.letter.options.signing.as_ref().map(|order| order.document);
        let documents = self.files.iter().enumerate().map(|(place, file)| PersonDocument {
            filnavn: &file.name,
            mime_type: &file.media_type,
            to_sign: to_sign == Some(place),
            not_printed: self.not_printed(file),
        });
        Ok(PersonShipment {
            common: self.common()?,
            mailbox: self.mailbox()?,
            signering: signing::order(self.letter, self.files, self.account, now)?,
            dokumenter: documents.collect(),
        })
    }

    fn organisation(&self) -> Result<OrganisationShipment<'a>, PortError> {
        let documents = self.files.iter().map(|file| OrganisationDocument {
            filnavn: &file.name,
            mime_type: &file.media_type,
            not_printed: self.not_printed(file),
            sensitive: file.sensitive,
        });
        let confidential = self.dispatch.letter.protection().confidential_service
            || self.dispatch.letter.mailbox() == MailboxKind::ConfidentialInbox
            || is_sensitive(self.letter);
        let named = !self.letter.options.without_case_numbers;
        Ok(OrganisationShipment {
            common: self.common()?,
            mailbox: self.mailbox()?,
            forsendelsestype: self.letter.options.message_type.as_deref(),
            taushetsbelagt_post: confidential,
            metadata_fra_avleverende_system: named.then(|| noark_metadata(&self.dispatch.entry, self.letter)),
            dokumenter: documents.collect(),
        })
    }

    fn paper(&self) -> Result<PrintShipment<'a>, PortError> {
        if self.files.is_empty() || !self.files.iter().all(is_pdf) {
            return Err(rejected("a letter on paper needs documents, all of them PDF; convert the others"));
        }
        let name = text::whole(self.letter.recipient.name().expose(), LONGEST_NAME)
            .ok_or_else(|| rejected("the name on a paper letter must have 1 to 100 characters"))?;
        let address = self
            .letter
            .recipient
            .address()
            .ok_or_else(|| rejected("a letter on paper needs the recipient's postal address"))?;
        let documents =
            self.files.iter().map(|file| PaperDocument { filnavn: &file.name, mime_type: &file.media_type });
        Ok(PrintShipment {
            common: self.common()?,
            mottaker: PaperAddress { navn: name, adresse: postal(address)? },
            svar_sendes_til: reply_to(&self.letter.sender)?,
            dokumenter: documents.collect(),
        })
    }

    fn common(&self) -> Result<Common<'a>, PortError> {
        let title = self.letter.title.expose();
        common(self.dispatch, self.config, text::cut(title, LONGEST_TITLE), self.encrypted())
    }

    fn mailbox(&self) -> Result<Mailbox<'a>, PortError> {
        let number = match &self.letter.recipient {
            Recipient::Organisation { number, .. } => number.as_str(),
            Recipient::Person { number, .. } => number.digits(),
            Recipient::Addressee { .. } => return Err(rejected("the recipient has no number; only paper reaches it")),
        };
        let name = text::cut(self.letter.recipient.name().expose(), LONGEST_NAME)
            .ok_or_else(|| rejected("the recipient's name is blank"))?;
        Ok(Mailbox {
            mottaker: Addressed {
                navn: name,
                digital_id: number,
                adresse: self.letter.recipient.address().map(postal).transpose()?,
            },
            sikkerhetsniva: if self.highest_level() { Level::Hoyeste } else { Level::Betydelig },
            kun_digital_levering: self.dispatch.letter.protection().digital_only,
            dialogue: self.letter.options.dialogue_reply && self.account.dialogue,
            svar_sendes_til: reply_to(&self.letter.sender)?,
        })
    }

    fn highest_level(&self) -> bool {
        self.dispatch.letter.mailbox() != MailboxKind::Paper
            && (self.dispatch.letter.protection().highest_level || is_sensitive(self.letter))
    }

    fn encrypted(&self) -> bool {
        !self.files.is_empty()
            && (self.config.encrypt == Encrypt::Always || self.highest_level() || is_sensitive(self.letter))
    }

    /// What is no PDF must be kept from the printer, unless nothing is printed anyway.
    fn not_printed(&self, file: &File) -> bool {
        !is_pdf(file) && !self.dispatch.letter.protection().digital_only
    }
}

/// What every endpoint takes. Titles are cut where they are too long, because the documents hold them whole; what others
/// find things by is refused instead.
pub(super) fn common<'a>(
    dispatch: &'a Dispatch,
    config: &'a SvarUtConfig,
    title: Option<String>,
    encrypted: bool,
) -> Result<Common<'a>, PortError> {
    let letter = dispatch.letter.get();
    let options = &letter.options;
    let billing_code = options.billing_code.as_deref().map(|code| {
        text::whole(code, LONGEST_BILLING_CODE)
            .filter(|code| code.chars().all(is_billing_character))
            .ok_or_else(|| rejected("the billing code must have 1 to 20 letters, digits, `_`, `-` or `.`"))
    });
    let correlation = options.correlation.as_deref().map(|id| {
        text::whole(id, LONGEST_ID).ok_or_else(|| rejected("the correlation id must have 1 to 100 characters"))
    });
    let reference = text::whole(dispatch.reference.as_str(), LONGEST_ID)
        .ok_or_else(|| rejected("the reference must have 1 to 100 characters"))?;
    Ok(Common {
        tittel: title.ok_or_else(|| rejected("the title is blank"))?,
        avgivende_system: &config.sending_system,
        avgivende_system_aktor: letter.submitted_by.as_str(),
        konteringskode: billing_code.transpose()?,
        kryptert: encrypted,
        utskriftskonfigurasjon: Printing { tosidig: options.duplex },
        // Ids of other channels are no UUIDs and would be refused; without it the letter is the same.
        answers: options.answers.as_deref().and_then(|id| Uuid::parse_str(id).ok()).map(|id| id.to_string()),
        ekstern_referanse: reference,
        korrelasjonsid: correlation.transpose()?,
    })
}

fn reply_to(sender: &Sender) -> Result<ReplyTo<'_>, PortError> {
    Ok(ReplyTo {
        navn: text::cut(&sender.name, LONGEST_NAME).ok_or_else(|| rejected("the sender's name is blank"))?,
        kind: "ORGANISASJON",
        digital_id: sender.organisation.as_str(),
        adresse: postal(&sender.address)?,
    })
}

/// An address in the interface's form. No country means Norway. The parts are short enough by their own type, except for
/// characters of two units.
fn postal(address: &PostalAddress) -> Result<Address<'_>, PortError> {
    let part =
        |text| text::whole(text, LONGEST_ADDRESS_PART).ok_or_else(|| rejected("a part of the address is too long"));
    let mut lines = address.lines().iter();
    let first = lines.next().ok_or_else(|| rejected("the address has no line"))?;
    Ok(Address {
        adresselinje1: part(first)?,
        adresselinje2: lines.next().map(|line| part(line)).transpose()?,
        adresselinje3: lines.next().map(|line| part(line)).transpose()?,
        postnummer: address.postal_code(),
        poststed: part(address.city())?,
        landkode: Some(address.country()).filter(|country| !country.is_norway()).map(|country| country.as_str()),
    })
}

fn is_billing_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | 'ø' | 'æ' | 'å' | 'Ø' | 'Æ' | 'Å')
}

pub(super) fn json(shipment: &impl Serialize) -> Result<Vec<u8>, PortError> {
    serde_json::to_vec(shipment).map_err(|_| rejected("the letter's metadata cannot be written as JSON"))
}

pub(super) fn rejected(detail: impl Into<String>) -> PortError {
    PortError::new(PortErrorKind::Rejected, SEND, detail)
}

pub(super) const SEND: &str = "svarut.send";
pub(super) const LONGEST_TITLE: usize = 1000;
const PDF: &str = "application/pdf";
const LONGEST_MEDIA_TYPE: usize = 127;
const LONGEST_NAME: usize = 100;
const LONGEST_ID: usize = 100;
const LONGEST_BILLING_CODE: usize = 20;
const LONGEST_ADDRESS_PART: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;

    fn every_clearance() -> impl Iterator<Item = Clearance> {
        let mut all = Vec::new();
        for mailbox in MailboxKind::ALL {
            for recipient in RecipientKind::ALL {
                for sensitivity in SensitivityClass::ALL {
                    for (digital_only, paper_allowed) in [(false, false), (false, true), (true, false), (true, true)] {
                        all.push(Clearance { mailbox, recipient, sensitivity, digital_only, paper_allowed });
                    }
                }
            }
        }
        all.into_iter()
    }

    #[test]
    fn no_confidential_letter_gets_into_an_ordinary_inbox_whatever_it_was_cleared_for() {
        let mut passed = 0;
        for clearance in every_clearance() {
            let open = clearance.mailbox == MailboxKind::OrganisationInbox;
            let sensitive = clearance.sensitivity >= SensitivityClass::Confidential;
            if clearance.check().is_ok() {
                assert!(!(open && sensitive), "{clearance:?}");
                passed += 1;
            }
        }
        assert!(passed > 0);
    }

    #[test]
    fn a_letter_leaves_only_for_what_its_recipient_has() {
        for clearance in every_clearance().filter(|clearance| clearance.check().is_ok()) {
            let fits = match clearance.mailbox {
                MailboxKind::CitizenMailbox => clearance.recipient == RecipientKind::Person,
                MailboxKind::Paper => clearance.paper_allowed && !clearance.digital_only,
                MailboxKind::HealthNetwork | MailboxKind::DocumentShare => false,
                _ => clearance.recipient == RecipientKind::Organisation,
            };
            assert!(fits, "{clearance:?}");
        }
    }

    #[test]
    fn a_media_type_is_fit_for_a_header() {
        for (given, made) in [
            ("application/pdf", "application/pdf"),
            ("Application/PDF; version=1.7", "application/pdf"),
            ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
            ("application/pdf\r\nX-Evil: 1", "application/octet-stream"),
            ("text/plæin", "application/octet-stream"),
            ("pdf", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(media_type(given), made, "{given}");
        }
    }
}
