use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    case::CaseNumber,
    document::{BlobRef, FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, DocumentId, EntryId, PartyId, TenantId, Timestamp, UnitId},
    journal::{DocumentRole, EntryKind, EntryNumber},
    party::PartyRole,
    screening::MASK,
};

/// All that the public may read of one journal entry and of what it stands in: the neutral form that every publisher (eInnsyn,
/// a journal page) makes its own of. Plain data; every text in it has passed the publication rules. JSON form: the fields'
/// names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicRecord {
    /// Whose entry it is.
    pub tenant: TenantId,
    /// The entry; publishing it again updates it.
    pub entry: EntryId,
    /// Grows with every change, so that a late repeat of an older one changes nothing.
    pub revision: u64,
    /// The revision of the policy it was made under.
    pub policy: u32,
    /// The archive (arkiv) and series (arkivdel) it stands in.
    pub archive: PublicArchive,
    /// Its case.
    pub case: PublicCase,
    /// The journal entry itself.
    pub journal: PublicEntry,
    /// Its parties, in their order.
    pub parties: Vec<PublicParty>,
    /// Its documents, main document first.
    pub documents: Vec<PublicDocument>,
    /// The last day on which names of people in it can be found by search (R7.6).
    pub names_searchable_until: NaiveDate,
}

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicArchive {
    /// The archive's title (arkiv).
    pub title: String,
    /// The series (arkivdel), by its name in the cases; nothing when the case has none.
    pub series: Option<String>,
    /// The series' title.
    pub series_title: Option<String>,
    /// The class (klasse), when the policy shows it and no screening hides it.
    pub class: Option<String>,
}

/// What the public may read of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicCase {
    /// System id.
    pub id: CaseId,
    /// Its number (saksnummer).
    pub number: CaseNumber,
    /// Its title.
    pub title: PublicText,
    /// Its date (saksdato).
    pub date: NaiveDate,
    /// The responsible unit.
    pub unit: PublicUnit,
    /// Its screening, when it has one.
    pub screening: Option<PublicScreening>,
}

/// What the public may read of a journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicEntry {
    /// Its numbers.
    pub number: EntryNumber,
    /// Its kind.
    pub kind: EntryKind,
    /// Its title.
    pub title: PublicText,
    /// The journal date.
    pub journal_date: NaiveDate,
    /// The date on the document.
    pub document_date: Option<NaiveDate>,
    /// The unit that handles it.
    pub unit: PublicUnit,
    /// Its screening, when it has one.
    pub screening: Option<PublicScreening>,
    /// The moment from which it may be shown.
    pub accessible_after: Timestamp,
    /// Only numbers, dates and kind are shown.
    pub bare: bool,
}

/// A unit, as readers see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicUnit {
    /// The unit.
    pub id: UnitId,
    /// Its name, where the policy has one.
    pub name: Option<String>,
}

/// The screening of something, as readers see it: that something is kept back, and by which law.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicScreening {
    /// The access code (tilgangsrestriksjon).
    pub code: String,
    /// The legal basis (skjermingshjemmel).
    pub legal_basis: String,
}

/// What the public may read of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicParty {
    /// System id.
    pub id: PartyId,
    /// What the party is to the entry.
    pub role: PartyRole,
    /// Its name, or stars.
    pub name: PublicText,
    /// Its unit, when it is an internal one.
    pub unit: Option<PublicUnit>,
}

/// What the public may read of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicDocument {
    /// System id.
    pub id: DocumentId,
    /// Its place among the documents of the entry.
    pub number: u32,
    /// Main document or attachment.
    pub role: DocumentRole,
    /// What kind of document.
    pub kind: String,
    /// Its title.
    pub title: PublicText,
    /// Its own screening, when it has one.
    pub screening: Option<PublicScreening>,
    /// The file, when it is or will be open.
    pub file: Option<PublicFile>,
}

/// A document file that is or will be open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicFile {
    /// A name made of the entry's numbers; the file's own may tell who it is about.
    pub name: FileName,
    /// Which variant.
    pub variant: Variant,
    /// The format as a media type.
    pub media_type: MediaType,
    /// The format as a PRONOM id.
    pub format: FileFormat,
    /// The bytes.
    pub content: BlobRef,
    /// The moment from which it may be read (R7.5). A publisher that cannot hold a file back until then leaves it out.
    pub accessible_after: Timestamp,
}

/// A text in its two forms: as it is shown, and as it can be found by search for ever, which is without names of people
/// (offentlegforskrifta § 6; eInnsyn's pair of titles).
///
/// `Debug` shows neither: what the public may read is still no business of a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicText {
    /// As it is shown.
    pub shown: String,
    /// Without names of people; the same as shown when there are none.
    pub searchable: String,
}

impl PublicText {
    /// A text without names of people.
    #[must_use]
    pub fn nameless(text: impl Into<String>) -> Self {
        let shown = text.into();
        Self { searchable: shown.clone(), shown }
    }

    /// Stars.
    #[must_use]
    pub fn masked() -> Self {
        Self::nameless(MASK)
    }

    /// Both forms, the shown one first.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        [self.shown.as_str(), self.searchable.as_str()].into_iter()
    }
}

impl fmt::Debug for PublicText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicText(..)")
    }
}

impl PublicRecord {
    /// Whether it says the same as another, whatever their revisions.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        // The policy's revision is a note on how it came about, not something that is shown.
        let Self {
            revision: _,
            policy: _,
            tenant,
            entry,
            archive,
            case,
            journal,
            parties,
            documents,
            names_searchable_until,
        } = self;
        (tenant, entry, archive, case) == (&other.tenant, &other.entry, &other.archive, &other.case)
            && (journal, parties, documents) == (&other.journal, &other.parties, &other.documents)
            && *names_searchable_until == other.names_searchable_until
    }

    /// The same record as its next revision.
    #[must_use]
    pub const fn with_revision(mut self, revision: u64) -> Self {
        self.revision = revision;
        self
    }

    /// The files in it, each with its document.
    pub fn files(&self) -> impl Iterator<Item = (DocumentId, &PublicFile)> {
        self.documents.iter().filter_map(|document| Some((document.id, document.file.as_ref()?)))
    }
}
