use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ConsignmentKey;
use crate::{
    case::{CaseKind, CaseNumber, CaseStatus},
    document::{
        BlobRef, ContentHash, DocumentMarks, DocumentName, DocumentType, FileFormat, FileName, MediaType, Variant,
    },
    identity::{CaseId, EntryId, PostalAddress, SourceId, Timestamp},
    journal::{DocumentRole, EntryKind, EntryStatus},
    party::{Contact, PartyIdentity, PartyRole},
    ports::CaseFilter,
    screening::{Hides, Private},
    text::ExternalKey,
};

/// What a source system hands in (leveranse): one case, with entries and their documents, taken in whole or not at all (R8.6).
///
/// The bytes of the documents are put into the archive first; the consignment names them. All fields but the source and the
/// key may be left out: the [rules](super::IntakeRules) of the source fill in what they can.
///
/// ```
/// use sakarkiv_core::{
///     identity::SourceId,
///     intake::{CaseWish, Consignment, ConsignmentKey},
/// };
///
/// let mut consignment = Consignment::new(SourceId::new("acos-interact")?, ConsignmentKey::new("KOMM0042/900123")?);
/// consignment.facts.title = Some("Søknad om barnehageplass".into());
/// assert_eq!(consignment.case, CaseWish::New);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Consignment {
    /// The system it comes from, as it is registered here.
    pub source: SourceId,
    /// The source's own id of it.
    pub key: ConsignmentKey,
    /// The name of the rules that the source asks for (`regel`); the source's usual ones when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it is to an earlier consignment.
    #[serde(default, skip_serializing_if = "Relation::is_first")]
    pub relation: Relation,
    /// Its place in a row of consignments that must be taken in order, if they must.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// Which case it goes to.
    #[serde(default)]
    pub case: CaseWish,
    /// What is known of the case: all of it counts for a new one, for an existing one only in a correction.
    #[serde(default)]
    pub facts: CaseFacts,
    /// The journal entries, in order. None when only a case is opened or finished.
    #[serde(default)]
    pub entries: Vec<EntryFacts>,
    /// The status the case gets afterwards: done or closed by its handler. The archive closes it for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<CaseStatus>,
}

/// What a consignment is to an earlier one of the same source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to", content = "key")]
#[non_exhaustive]
pub enum Relation {
    /// It stands by itself.
    #[default]
    First,
    /// It adds to the case of an earlier one.
    AddsTo(ConsignmentKey),
    /// It corrects an earlier one: what is the same stays, what is new is added, what changed is amended as far as the locks
    /// of the standard allow.
    Corrects(ConsignmentKey),
}

/// A place in a row of consignments of one source.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sequence {
    /// Which row, for example the source's key of the case.
    pub row: String,
    /// The number in the row, from 1 without gaps.
    pub number: u64,
}

/// Which case a consignment goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "wish", content = "name")]
#[non_exhaustive]
pub enum CaseWish {
    /// A new one. Refused when the case's first external key is taken already.
    #[default]
    New,
    /// The one of this name. Refused when there is none, or several.
    Existing(CaseName),
    /// The one of this name, else a new one. Refused when there are several: which is meant is never guessed.
    FindOrNew(CaseName),
}

/// How a case is named by another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "value")]
#[non_exhaustive]
pub enum CaseName {
    /// By our id.
    Id(CaseId),
    /// By its case number.
    Number(CaseNumber),
    /// By a key of another system.
    Key(ExternalKey),
    /// By what it is like.
    Like(Box<CaseFilter>),
}

/// How an entry is named by another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "value")]
#[non_exhaustive]
pub enum EntryName {
    /// By our id.
    Id(EntryId),
    /// By a key of another system.
    Key(ExternalKey),
    /// By its case's number and its own in it (journalpostnummer, M015).
    Number {
        /// The case's.
        case: CaseNumber,
        /// The entry's.
        number: u32,
    },
    /// By a document that stands in it.
    Document(DocumentName),
}

/// What is known of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CaseFacts {
    /// What kind of case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<CaseKind>,
    /// The title (tittel, M020).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Private<String>>,
    /// A public title (offentligTittel, M025) of its own wording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_title: Option<Private<String>>,
    /// The classes it should be filed under, the first that the rules take being its class; the others are kept as
    /// external keys of the system [`KEPT_CLASSES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<DesiredClass>,
    /// The series (arkivdel).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// The unit (administrativEnhet, M305), by the source's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The case handler (saksansvarlig, M306), by the source's own user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case_handler: Option<String>,
    /// The date of the case (saksdato, M100).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// The screening the source wants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening: Option<ScreeningWish>,
    /// Keys by which the source and others know it: the source's own first, then references such as property
    /// (matrikkel), map (kommunekart) and reporting (eKostra), see [`reference`](super::reference) (R8.4).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_keys: Vec<ExternalKey>,
}

/// A class that a source wants a case filed under (klassifikasjon).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DesiredClass {
    /// The system (klassifikasjonssystem), for example `KK` or `FNR`.
    pub system: String,
    /// The class id, which may be a birth number.
    pub value: Private<String>,
    /// Whether the id itself is kept from the public.
    #[serde(default)]
    pub screened: bool,
}

/// A screening as a source words it. The rules of the source turn it into a screening of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScreeningWish {
    /// The access code, in the source's own list.
    pub code: String,
    /// The legal basis (skjermingshjemmel, M501), if it says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// What is hidden, if it says so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hides: BTreeSet<Hides>,
    /// Words of the title that are screened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Private<String>>,
    /// The last day of the screening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

/// What is known of a journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryFacts {
    /// The source's own key of the entry. Without one it can be neither corrected nor recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ExternalKey>,
    /// What the source calls this kind of document, for example `utvidet-soekerliste`: chooses the rule for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// What kind of entry (journalposttype, M082).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EntryKind>,
    /// How far it has come (journalstatus, M053).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<EntryStatus>,
    /// The title (tittel, M020).
    pub title: Private<String>,
    /// A public title (offentligTittel, M025) of its own wording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_title: Option<Private<String>>,
    /// The date on the document (dokumentetsDato, M103).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_date: Option<NaiveDate>,
    /// When it was received (mottattDato, M104).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Timestamp>,
    /// When it was sent (sendtDato, M105).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// When it must be answered (forfallsdato, M109).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// The unit that handles it, by the source's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The case handler, by the source's own user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_handler: Option<String>,
    /// The parties (korrespondanseparter).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<PartyFacts>,
    /// The documents, in order. The main document is put first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentFacts>,
    /// The screening the source wants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<ScreeningWish>,
    /// Further keys by which others know it, beside [`key`](Self::key).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_keys: Vec<ExternalKey>,
}

/// What is known of a party of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartyFacts {
    /// What the party is to the entry (korrespondanseparttype, M087).
    pub role: PartyRole,
    /// The name (korrespondansepartNavn, M400).
    pub name: Private<String>,
    /// The number, if a valid one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<PartyIdentity>,
    /// The address, if a usable one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
    /// How the party is reached otherwise.
    #[serde(default)]
    pub contact: Contact,
    /// The unit of an internal party, by the source's own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The case handler of an internal party, by the source's own user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_handler: Option<String>,
    /// Whether the name is kept from the public.
    #[serde(default)]
    pub screened: bool,
}

/// What is known of a document (dokumentbeskrivelse).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DocumentFacts {
    /// Main document or attachment (M217).
    pub role: DocumentRole,
    /// The title (M020); the first file's name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Private<String>>,
    /// What kind of document (dokumenttype, M083).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<DocumentType>,
    /// What the source says about its content.
    #[serde(default)]
    pub marks: DocumentMarks,
    /// The screening the source wants for it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screening: Option<ScreeningWish>,
    /// Its files: one for each variant.
    pub files: Vec<FileFacts>,
}

/// What is known of a file (dokumentobjekt).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileFacts {
    /// Which rendering (variantformat, M700).
    pub variant: Variant,
    /// The name, made safe; never a path.
    pub name: FileName,
    /// The format as a media type.
    pub media_type: MediaType,
    /// The format as a PRONOM id (M701), if known.
    #[serde(default = "FileFormat::unknown")]
    pub format: FileFormat,
    /// The bytes, put into the archive.
    pub blob: BlobRef,
    /// The checksum that the source states, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_hash: Option<ContentHash>,
    /// The size that the source states, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_size: Option<u64>,
}

/// The system of external keys under which further classes of a case are kept; the kind is the classification system.
pub const KEPT_CLASSES: &str = "klasse";

impl Consignment {
    /// A consignment that opens a case; the rest is set by field.
    #[must_use]
    pub fn new(source: SourceId, key: ConsignmentKey) -> Self {
        Self {
            source,
            key,
            rule: None,
            relation: Relation::First,
            sequence: None,
            case: CaseWish::New,
            facts: CaseFacts::default(),
            entries: Vec::new(),
            finish: None,
        }
    }
}

impl Relation {
    /// Whether the consignment stands by itself.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        matches!(self, Self::First)
    }

    /// Whether the consignment says that it corrects an earlier one.
    #[must_use]
    pub const fn is_correction(&self) -> bool {
        matches!(self, Self::Corrects(_))
    }

    /// The earlier consignment, if it names one.
    #[must_use]
    pub const fn earlier(&self) -> Option<&ConsignmentKey> {
        match self {
            Self::First => None,
            Self::AddsTo(key) | Self::Corrects(key) => Some(key),
        }
    }
}

impl CaseWish {
    /// The name it goes by, if it names a case.
    #[must_use]
    pub const fn name(&self) -> Option<&CaseName> {
        match self {
            Self::New => None,
            Self::Existing(name) | Self::FindOrNew(name) => Some(name),
        }
    }
}

impl ScreeningWish {
    /// A screening by its code alone.
    #[must_use]
    pub fn new(code: impl Into<String>) -> Self {
        Self { code: code.into(), legal_basis: None, hides: BTreeSet::new(), words: Vec::new(), until: None }
    }
}

impl EntryFacts {
    /// An entry of which only the title is known; the rest is set by field.
    #[must_use]
    pub fn new(title: Private<String>) -> Self {
        Self {
            key: None,
            sort: None,
            kind: None,
            status: None,
            title,
            public_title: None,
            document_date: None,
            received: None,
            sent: None,
            due: None,
            unit: None,
            case_handler: None,
            parties: Vec::new(),
            documents: Vec::new(),
            screening: None,
            external_keys: Vec::new(),
        }
    }
}

impl PartyFacts {
    /// A party of which only the role and the name are known; the rest is set by field.
    #[must_use]
    pub fn new(role: PartyRole, name: Private<String>) -> Self {
        Self {
            role,
            name,
            identity: None,
            address: None,
            contact: Contact::default(),
            unit: None,
            case_handler: None,
            screened: false,
        }
    }
}

impl DocumentFacts {
    /// A document of one file.
    #[must_use]
    pub fn new(role: DocumentRole, file: FileFacts) -> Self {
        Self { role, title: None, kind: None, marks: DocumentMarks::default(), screening: None, files: vec![file] }
    }
}

impl FileFacts {
    /// A file as it was produced (produksjonsformat); the rest is set by field.
    #[must_use]
    pub fn new(name: FileName, media_type: MediaType, blob: BlobRef) -> Self {
        Self {
            variant: Variant::Production,
            name,
            media_type,
            format: FileFormat::unknown(),
            blob,
            stated_hash: None,
            stated_size: None,
        }
    }

    /// Whether the bytes are those that the source states, as far as it states anything of them.
    #[must_use]
    pub fn is_as_stated(&self) -> bool {
        self.stated_hash.is_none_or(|stated| stated == self.blob.hash)
            && self.stated_size.is_none_or(|stated| stated == self.blob.size)
    }
}
