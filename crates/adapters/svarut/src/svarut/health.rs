//! Letters into the health network (Norsk Helsenett). They need facts that a letter does not carry, so the general `reach`
//! and `send` do not offer them; whoever has the facts calls [`SvarUtChannel::send_to_health_network`].

use sakarkiv_core::{
    identity::{AccountId, NationalIdentityNumber},
    ports::{Accepted, Dispatch, PortError},
    routing::MailboxKind,
    screening::Private,
    sensitivity::SensitivityClass,
};

use super::{
    SvarUtChannel,
    shipment::{SEND, Shipment, common, files, is_pdf, json, rejected},
    text,
    wire::{Contact, HealthShipment, Patient},
};
use crate::config::Encrypt;

/// What a letter into the health network says beside itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthDetails {
    /// Who gets it.
    pub receiver: HealthReceiver,
    /// More about it, at most 5000 characters.
    pub description: Option<Private<String>>,
    /// Whom the receiver can call.
    pub contact: HealthContact,
    /// The patient's national identity number.
    pub patient_number: NationalIdentityNumber,
    /// The patient's given name, at most 30 characters.
    pub patient_given_name: Private<String>,
    /// The patient's family name, at most 30 characters.
    pub patient_family_name: Private<String>,
}

/// Who gets a letter in the health network (mottakertype).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthReceiver {
    /// The patient's general practitioner (FASTLEGE).
    GeneralPractitioner,
    /// A unit of the address register (HER_ID), from 1.
    Unit(u32),
}

/// The contact person at the sender (avsenderKontakt). Each part is needed; names have at most 30 characters, the telephone
/// number 20.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthContact {
    /// Given name.
    pub given_name: Private<String>,
    /// Family name.
    pub family_name: Private<String>,
    /// Telephone number.
    pub telephone: Private<String>,
}

impl SvarUtChannel {
    /// Sends a letter that was cleared for [`MailboxKind::HealthNetwork`]: one PDF of at most 18 MB.
    ///
    /// # Errors
    /// As [`Channel::send`](sakarkiv_core::ports::Channel::send).
    pub async fn send_to_health_network(
        &self,
        account: &AccountId,
        dispatch: Dispatch,
        details: &HealthDetails,
    ) -> Result<Accepted, PortError> {
        let sender = self.account(account, SEND)?;
        let shipment = self.health_shipment(&dispatch, details)?;
        self.ship(sender, &dispatch, &shipment).await
    }

    fn health_shipment(&self, dispatch: &Dispatch, details: &HealthDetails) -> Result<Shipment, PortError> {
        let letter = dispatch.letter.get();
        if dispatch.letter.mailbox() != MailboxKind::HealthNetwork {
            return Err(rejected("the letter was not cleared for the health network"));
        }
        let files = files(&letter.documents)?;
        let sound = match files.as_slice() {
            [] => true,
            [file] => is_pdf(file) && file.blob.size <= LARGEST_DOCUMENT,
            _ => false,
        };
        if !sound {
            return Err(rejected("a letter in the health network has at most one document, a PDF of at most 18 MB"));
        }
        let encrypted = !files.is_empty()
            && (self.config.encrypt == Encrypt::Always || letter.sensitivity >= SensitivityClass::Confidential);
        let (kind, unit) = match details.receiver {
            HealthReceiver::GeneralPractitioner => ("FASTLEGE", None),
            HealthReceiver::Unit(0) => return Err(rejected("the unit's number in the address register is 0")),
            HealthReceiver::Unit(number) => ("HER_ID", Some(number)),
        };
        let description = details.description.as_ref().and_then(|text| text::cut(text.expose(), LONGEST_DESCRIPTION));
        let metadata = HealthShipment {
            common: common(dispatch, &self.config, text::cut(letter.title.expose(), LONGEST_TITLE), encrypted)?,
            kun_digital_levering: dispatch.letter.protection().digital_only,
            beskrivelse: description,
            mottakertype: kind,
            mottaker_her_id: unit,
            avsender_kontakt: Contact {
                fornavn: name(&details.contact.given_name)?,
                etternavn: name(&details.contact.family_name)?,
                telefonnummer: text::whole(details.contact.telephone.expose(), LONGEST_TELEPHONE)
                    .ok_or_else(|| rejected("the contact's telephone number must have 1 to 20 characters"))?,
            },
            pasient: Patient {
                fodselsnummer: details.patient_number.digits(),
                fornavn: name(&details.patient_given_name)?,
                etternavn: name(&details.patient_family_name)?,
            },
        };
        let metadata = json(&metadata)?;
        Ok(Shipment { endpoint: "nhn", metadata, files, encrypted, message_type: None })
    }
}

fn name(part: &Private<String>) -> Result<&str, PortError> {
    text::whole(part.expose(), LONGEST_NAME)
        .ok_or_else(|| rejected("names in the health network must have 1 to 30 characters"))
}

const LARGEST_DOCUMENT: u64 = 18_000_000;
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 5000;
const LONGEST_NAME: usize = 30;
const LONGEST_TELEPHONE: usize = 20;
