//! A delivery (leveranse): what one event at the recruitment system brings.

use chrono::NaiveDate;
use sakarkiv_core::{
    case::CaseNumber,
    document::{ContentHash, MediaType},
    identity::{NationalIdentityNumber, OrganisationNumber, Timestamp},
    screening::Private,
};

use super::{ApplicantStatus, Direction, DocumentKind, Event, Exemption, Gender};

/// A delivery of the contract `rekruttering-leveranse/v1`, read and sound in form.
///
/// A translator from a vendor's own interface makes one of these and writes it with [`to_json`](Self::to_json), or hands it
/// to a [`RecruitmentSource`](crate::source::RecruitmentSource) of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The sender's key (leveranseId), 1 to 128 characters: the same id with the same content is a repeat.
    pub id: String,
    /// What happened (hendelse).
    pub event: Event,
    /// Its number among the deliveries of the case (sekvens), from 1 without gaps.
    pub sequence: Option<u64>,
    /// When it happened (tidspunkt).
    pub at: Timestamp,
    /// Whose vacancy it is (virksomhet).
    pub employer: Employer,
    /// The vacancy (sak).
    pub vacancy: Vacancy,
    /// The applicants (soekere) as far as the delivery needs them.
    pub applicants: Vec<Applicant>,
    /// The documents (dokumenter).
    pub documents: Vec<DeliveredDocument>,
}

/// The employer (virksomhet).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    /// Organisation number.
    pub number: OrganisationNumber,
    /// The unit's code (enhetskode) in the archive.
    pub unit_code: Option<String>,
    /// The unit's name.
    pub unit_name: Option<String>,
}

/// The vacancy (sak).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vacancy {
    /// The sender's key of the case (eksternId), `stilling/<number>`.
    pub external_id: String,
    /// The reference (stillingsreferanse) that people know it by.
    pub reference: Option<String>,
    /// The position's title (stillingstittel).
    pub title: String,
    /// How many positions.
    pub positions: Option<u64>,
    /// Where (arbeidssted).
    pub workplace: Option<String>,
    /// The deadline (soeknadsfrist).
    pub deadline: VacancyDeadline,
    /// The first day of publication.
    pub published: Option<NaiveDate>,
    /// Who is responsible (saksansvarlig).
    pub responsible: Option<Responsible>,
    /// The archive's case number, when the sender knows it (arkivSaksnummer).
    pub case_number: Option<CaseNumber>,
}

/// The deadline as far as the delivery tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VacancyDeadline {
    /// Not told.
    Untold,
    /// Applications are taken all the time.
    Continuous,
    /// The last day.
    Day(NaiveDate),
}

/// Who is responsible for the recruitment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Responsible {
    /// The user name (brukernavn) in the archive.
    pub user: Option<String>,
    /// The name.
    pub name: Option<Private<String>>,
    /// The e-mail address.
    pub email: Option<Private<String>>,
}

/// An applicant (søker).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// The sender's id within the vacancy (soekerId).
    pub id: String,
    /// Name.
    pub name: Option<Private<String>>,
    /// National identity number.
    pub number: Option<NationalIdentityNumber>,
    /// Age in years.
    pub age: Option<u8>,
    /// Gender.
    pub gender: Gender,
    /// Present position (naavaerendeStilling).
    pub position: Option<Private<String>>,
    /// Municipality of residence or work (kommune).
    pub municipality: Option<Private<String>>,
    /// Whether the applicant is left out of the public list. Not told counts as not asked for.
    pub exemption: Exemption,
    /// How far the applicant has come.
    pub status: ApplicantStatus,
}

/// A document of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredDocument {
    /// The sender's id within the vacancy (dokumentId).
    pub id: String,
    /// The version, from 1.
    pub version: u64,
    /// Which earlier version it takes the place of (erstatterVersjon).
    pub replaces: Option<u64>,
    /// What it is.
    pub kind: DocumentKind,
    /// Its title, with names.
    pub title: Private<String>,
    /// A public title that the sender proposes.
    pub public_title: Option<Private<String>>,
    /// Where it goes.
    pub direction: Option<Direction>,
    /// The date on it.
    pub date: Option<NaiveDate>,
    /// The applicant it is about (soekerId).
    pub applicant: Option<String>,
    /// The document that it is attached to (hoveddokumentId).
    pub attached_to: Option<String>,
    /// The screening that the sender asks for.
    pub screening: Option<AskedScreening>,
    /// The file. None for a document that was withdrawn.
    pub file: Option<FileRef>,
}

/// A screening (skjerming) as the sender asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedScreening {
    /// Access code (tilgangskode).
    pub code: String,
    /// Legal basis (hjemmel).
    pub legal_basis: String,
    /// The last day (opphoerer).
    pub until: Option<NaiveDate>,
}

/// Where the bytes of a document are, and what they must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The name for people; never a path.
    pub name: Private<String>,
    /// The media type.
    pub media_type: MediaType,
    /// How many bytes.
    pub size: u64,
    /// Their SHA-256.
    pub hash: ContentHash,
    /// The part of the form that has them (push).
    pub part: Option<String>,
    /// Where they are fetched (pull).
    pub url: Option<String>,
}

impl Delivery {
    /// The applicant of an id.
    #[must_use]
    pub fn applicant(&self, id: &str) -> Option<&Applicant> {
        self.applicants.iter().find(|applicant| applicant.id == id)
    }

    /// The applicant a document is about, by itself or through the document it is attached to.
    #[must_use]
    pub fn applicant_of(&self, document: &DeliveredDocument) -> Option<&Applicant> {
        let own = document.applicant.as_deref();
        let of_main = || self.main_of(document)?.applicant.as_deref();
        self.applicant(own.or_else(of_main)?)
    }

    /// The document of this delivery that another one is attached to.
    #[must_use]
    pub fn main_of(&self, document: &DeliveredDocument) -> Option<&DeliveredDocument> {
        let main = document.attached_to.as_deref()?;
        self.documents.iter().find(|other| other.id == main)
    }
}
