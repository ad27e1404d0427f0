//! One shipment (forsendelse): what was sent, what became of it, and what a test may see of it.

use bytes::Bytes;
use sakarkiv_core::{identity::Timestamp, routing::MailboxKind};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::upload::Received;
use crate::simulators::svarinn::Content;

/// A status of SvarUt v3.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShipmentStatus {
    /// `MOTTATT`
    Received,
    /// `AKSEPTERT`
    Accepted,
    /// `AVVIST`
    Rejected,
    /// `FEILET_UNDER_MOTTAK`
    FailedOnReceipt,
    /// `KLAR_FOR_MOTTAK`
    ReadyForReceiverSystem,
    /// `SENDT_ALTINN`, once `VARSLET`
    SentToAltinn,
    /// `LEVERT_ALTINN`
    DeliveredInAltinn,
    /// `SENDT_SDP`
    SentToMailbox,
    /// `LEVERT_SDP`
    DeliveredInMailbox,
    /// `SENDT_NHN_MOTTAKER`
    SentToHealthNetwork,
    /// `LEVERT_NHN_MOTTAKER`
    DeliveredInHealthNetwork,
    /// `SENDT_DIGITALT`
    SentDigitally,
    /// `IKKE_LEVERT`
    NotDelivered,
    /// `SENDT_PRINT`
    SentToPrint,
    /// `PRINTET`
    Printed,
    /// `LEST`
    Read,
    /// `MANUELT_HANDTERT`
    HandledManually,
    /// `SLETTET`
    Deleted,
    /// Any other word.
    Other(String),
}

impl ShipmentStatus {
    /// The word of v3.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Received => "MOTTATT",
            Self::Accepted => "AKSEPTERT",
            Self::Rejected => "AVVIST",
            Self::FailedOnReceipt => "FEILET_UNDER_MOTTAK",
            Self::ReadyForReceiverSystem => "KLAR_FOR_MOTTAK",
            Self::SentToAltinn => "SENDT_ALTINN",
            Self::DeliveredInAltinn => "LEVERT_ALTINN",
            Self::SentToMailbox => "SENDT_SDP",
            Self::DeliveredInMailbox => "LEVERT_SDP",
            Self::SentToHealthNetwork => "SENDT_NHN_MOTTAKER",
            Self::DeliveredInHealthNetwork => "LEVERT_NHN_MOTTAKER",
            Self::SentDigitally => "SENDT_DIGITALT",
            Self::NotDelivered => "IKKE_LEVERT",
            Self::SentToPrint => "SENDT_PRINT",
            Self::Printed => "PRINTET",
            Self::Read => "LEST",
            Self::HandledManually => "MANUELT_HANDTERT",
            Self::Deleted => "SLETTET",
            Self::Other(word) => word,
        }
    }

    /// The word of v2, which lacks some. What the real one shows for those is not known.
    pub(crate) fn word_v2(&self) -> &str {
        match self {
            Self::FailedOnReceipt => "AVVIST",
            Self::SentToAltinn | Self::DeliveredInAltinn => "VARSLET",
            Self::SentToHealthNetwork | Self::DeliveredInHealthNetwork => "SENDT_DIGITALT",
            Self::Deleted => "MANUELT_HANDTERT",
            other => other.word(),
        }
    }

    /// Turned away: the recipient has and gets nothing from this shipment.
    #[must_use]
    pub const fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected | Self::FailedOnReceipt)
    }
}

/// Which way a shipment was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// To a person.
    Person,
    /// To an organisation.
    Organisation,
    /// Into the health network.
    HealthNetwork,
    /// Straight to paper.
    Print,
}

/// A place a shipment landed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landing {
    /// What kind of place.
    pub mailbox: MailboxKind,
    /// When.
    pub at: Timestamp,
}

/// A shipment as the other side saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShipmentRecord {
    /// The id that the sender got.
    pub id: Uuid,
    /// The sender account.
    pub account: Uuid,
    /// Which way it was sent.
    pub endpoint: Endpoint,
    /// The sender's reference.
    pub reference: Option<String>,
    /// What groups it with others.
    pub correlation: Option<String>,
    /// The recipient's name; for the health network the patient's number stands in `recipient_number`.
    pub recipient_name: Option<String>,
    /// The recipient's national identity or organisation number.
    pub recipient_number: Option<String>,
    /// Title.
    pub title: String,
    /// When it came, or will come into effect.
    pub received: Timestamp,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// Every status it has had, with its beginning.
    pub history: Vec<(Timestamp, ShipmentStatus)>,
    /// Where it landed, in order: Altinn and then paper, for example.
    pub landings: Vec<Landing>,
    /// When it was opened.
    pub opened: Option<Timestamp>,
    /// Its documents.
    pub files: Vec<FileRecord>,
    /// Its documents came encrypted.
    pub encrypted: bool,
    /// It asks for security level 4.
    pub highest_level: bool,
    /// It was marked as confidential mail.
    pub confidential: bool,
    /// It must not be printed.
    pub digital_only: bool,
    /// The numbers of the sender's case and entry, where it told them.
    pub sender_case: Option<Map<String, Value>>,
    /// Why it was turned away.
    pub problems: Vec<String>,
}

/// A document as the other side got it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileRecord {
    /// File name.
    pub name: String,
    /// Declared media type.
    pub media_type: String,
    /// SHA-256 of the decrypted bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Length of the decrypted bytes.
    pub size: u64,
    /// The bytes, when they are not more than the configured cap.
    pub content: Option<Bytes>,
}

/// The metadata of a sending, of any kind, in the form of v3.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Sending {
    pub(crate) tittel: String,
    pub(crate) mottaker: Option<Party>,
    pub(crate) avgivende_system: Option<String>,
    pub(crate) kun_digital_levering: Option<bool>,
    pub(crate) kryptert: Option<bool>,
    pub(crate) sikkerhetsniva: Option<String>,
    pub(crate) svar_sendes_til: Option<Party>,
    pub(crate) svar_pa_forsendelse_id: Option<Uuid>,
    pub(crate) dokumenter: Option<Vec<Document>>,
    pub(crate) forsendelsestype: Option<String>,
    pub(crate) ekstern_referanse: Option<String>,
    pub(crate) korrelasjonsid: Option<String>,
    pub(crate) kan_svare_via_edialog: Option<bool>,
    pub(crate) taushetsbelagt_post: Option<bool>,
    pub(crate) metadata_fra_avleverende_system: Option<Map<String, Value>>,
    pub(crate) metadata_for_import: Option<Map<String, Value>>,
    pub(crate) eksponert_for: Option<Vec<String>>,
    pub(crate) signering: Option<Signing>,
    pub(crate) mottakertype: Option<String>,
    pub(crate) mottaker_her_id: Option<i64>,
    pub(crate) pasient: Option<Patient>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Party {
    pub(crate) navn: String,
    pub(crate) digital_id: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) adresse: Option<Address>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    pub(crate) adresselinje1: Option<String>,
    pub(crate) postnummer: Option<String>,
    pub(crate) poststed: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Document {
    pub(crate) filnavn: String,
    pub(crate) mime_type: String,
    pub(crate) dokument_type: Option<String>,
    pub(crate) giroark_side: Option<i64>,
    pub(crate) giroark_sider: Option<Vec<i64>>,
    pub(crate) skal_signeres: Option<bool>,
    pub(crate) skal_ekskluderes_fra_utskrift: Option<bool>,
    pub(crate) ekstra_metadata: Option<Value>,
    pub(crate) inneholder_personsensitiv_informasjon: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signing {
    pub(crate) signering_utloper: Timestamp,
    pub(crate) signatur_type: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Patient {
    pub(crate) fodselsnummer: String,
}

impl Sending {
    pub(crate) fn documents(&self) -> &[Document] {
        self.dokumenter.as_deref().unwrap_or_default()
    }

    pub(crate) fn digital_only(&self) -> bool {
        self.kun_digital_levering == Some(true)
    }

    pub(crate) fn encrypted(&self) -> bool {
        self.kryptert == Some(true)
    }

    pub(crate) fn highest_level(&self) -> bool {
        self.sikkerhetsniva.as_deref() == Some("HOYESTE")
    }

    pub(crate) fn confidential(&self) -> bool {
        self.taushetsbelagt_post == Some(true)
    }

    /// The number of whoever gets it.
    pub(crate) fn recipient_number(&self) -> Option<&str> {
        let recipient = self.mottaker.as_ref().and_then(|party| party.digital_id.as_deref());
        recipient.or(self.pasient.as_ref().map(|patient| patient.fodselsnummer.as_str()))
    }
}

/// A shipment with all that the simulator needs to go on with it.
#[derive(Debug)]
pub(crate) struct Shipment {
    pub(crate) id: Uuid,
    pub(crate) account: Uuid,
    pub(crate) endpoint: Endpoint,
    pub(crate) sending: Sending,
    pub(crate) files: Vec<Received>,
    pub(crate) received: Timestamp,
    pub(crate) history: Vec<(Timestamp, ShipmentStatus)>,
    pub(crate) landings: Vec<Landing>,
    pub(crate) opened: Option<Timestamp>,
    pub(crate) events: Vec<(Timestamp, String)>,
    pub(crate) signing: Vec<(Timestamp, &'static str, String)>,
    pub(crate) problems: Vec<String>,
    /// The receiver system it waits for, by user name at the simulated SvarInn.
    pub(crate) receiver: Option<String>,
    /// Documents were deleted by the sender.
    pub(crate) documents_deleted: bool,
}

impl Shipment {
    /// Where it stands, and since when.
    pub(crate) fn standing(&self) -> (Timestamp, &ShipmentStatus) {
        match self.history.last() {
            Some((since, status)) => (*since, status),
            None => (self.received, &ShipmentStatus::Received),
        }
    }

    pub(crate) fn status(&self) -> &ShipmentStatus {
        self.standing().1
    }

    /// Where it stood at a moment; nothing when it had not come yet.
    pub(crate) fn standing_at(&self, at: Timestamp) -> Option<(Timestamp, &ShipmentStatus)> {
        self.history.iter().rev().find(|(since, _)| *since <= at).map(|(since, status)| (*since, status))
    }

    pub(crate) fn enter(&mut self, at: Timestamp, status: ShipmentStatus, event: impl Into<String>) {
        self.history.push((at, status));
        self.events.push((at, event.into()));
    }

    pub(crate) fn record(&self) -> ShipmentRecord {
        let sending = &self.sending;
        ShipmentRecord {
            id: self.id,
            account: self.account,
            endpoint: self.endpoint,
            reference: sending.ekstern_referanse.clone(),
            correlation: sending.korrelasjonsid.clone(),
            recipient_name: sending.mottaker.as_ref().map(|party| party.navn.clone()),
            recipient_number: sending.recipient_number().map(str::to_owned),
            title: sending.tittel.clone(),
            received: self.received,
            status: self.status().clone(),
            history: self.history.clone(),
            landings: self.landings.clone(),
            opened: self.opened,
            files: self.file_records(),
            encrypted: sending.encrypted(),
            highest_level: sending.highest_level(),
            confidential: sending.confidential(),
            digital_only: sending.digital_only(),
            sender_case: sending.metadata_fra_avleverende_system.clone(),
            problems: self.problems.clone(),
        }
    }

    fn file_records(&self) -> Vec<FileRecord> {
        let documents = self.sending.documents();
        let described = self.files.iter().enumerate().map(|(index, file)| FileRecord {
            name: file.name.clone(),
            media_type: documents.get(index).map_or_else(|| "application/pdf".to_owned(), |d| d.mime_type.clone()),
            sha256: file.facts.hash.clone(),
            size: file.facts.size,
            content: match &file.facts.content {
                Some(Content::Bytes(bytes)) if file.facts.inspectable => Some(bytes.clone()),
                _ => None,
            },
        });
        described.collect()
    }
}
