use std::fmt;

use serde::{Deserialize, Serialize};

use super::ConsignmentKey;
use crate::{
    case::CaseNumber,
    identity::{CaseId, DocumentId, EntryId, PartyId, SourceId, Timestamp},
    journal::EntryNumber,
    reason::Reason,
    text::ExternalKey,
};

/// Where in a consignment something is. Written as a JSON Pointer into it: `/entries/0/documents/1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "in")]
#[non_exhaustive]
pub enum Place {
    /// The consignment as a whole.
    Consignment,
    /// What it says about the case.
    Case,
    /// An entry, counted from 0.
    Entry {
        /// Which.
        entry: usize,
    },
    /// A party of an entry.
    Party {
        /// Which entry.
        entry: usize,
        /// Which of its parties.
        party: usize,
    },
    /// A document of an entry.
    Document {
        /// Which entry.
        entry: usize,
        /// Which of its documents.
        document: usize,
    },
    /// A file of a document.
    File {
        /// Which entry.
        entry: usize,
        /// Which of its documents.
        document: usize,
        /// Which of its files.
        file: usize,
    },
}

macro_rules! fault_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $norwegian:literal, $remedy:literal;)+) => {
        /// What is wrong with a consignment. The code is stable, for programs; the Norwegian one is for systems that were made to
        /// this project's own interchange forms.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum FaultCode {
            $($(#[$doc])* $variant,)+
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code, in `snake_case`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The code as Norwegian interchange forms write it.
            #[must_use]
            pub const fn norwegian_code(self) -> &'static str {
                match self { $(Self::$variant => $norwegian),+ }
            }

            /// What the sender has to mend.
            #[must_use]
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),+ }
            }
        }
    };
}

fault_codes! {
    /// A text is missing, too long, or the record would break a rule of the standard.
    InvalidContent = "invalid_content", "ugyldig-innhold", "mend the field and hand it in again";
    /// The source is not registered, or not live.
    UnknownSource = "unknown_source", "ukjent-fagsystem", "have the integration registered and made live";
    /// There are no rules of the name asked for.
    UnknownRule = "unknown_rule", "ukjent-regel", "ask for a rule that the archive has, or for none";
    /// It corrects or adds to a consignment that was never taken in.
    UnknownConsignment = "unknown_consignment", "ukjent-leveranse", "hand in the earlier consignment first";
    /// An earlier one of its row is missing.
    SequenceGap = "sequence_gap", "sekvensbrudd", "hand in the missing consignment; this one waits for it";
    /// The key stands for other content.
    KeyReused = "key_reused", "konflikt", "use a new key, or say that it is a correction";
    /// No such case.
    UnknownCase = "unknown_case", "ukjent-sak", "name a case that the archive has, or ask for a new one";
    /// Several cases fit.
    SeveralCases = "several_cases", "flere-saker", "name the case by its number or id";
    /// A new case is wanted under a key that a case has already.
    CaseExists = "case_exists", "sak-finnes", "ask for the existing case, or use a new key for the case";
    /// The case takes no entries any more.
    CaseClosed = "case_closed", "sak-avsluttet", "have the case reopened, or ask for a new one";
    /// The source may not open cases.
    MayNotOpen = "may_not_open", "ny-sak-ikke-tillatt", "name an existing case, or have the rule changed";
    /// The kind of case is not one that the source may open.
    KindNotTaken = "kind_not_taken", "sakstype-ikke-tillatt", "use a kind that the rule takes";
    /// Neither the sender nor the rule says the title.
    TitleMissing = "title_missing", "tittel-mangler", "give a title";
    /// The unit's code is unknown.
    UnknownUnit = "unknown_unit", "ukjent-enhet", "use a unit that the archive knows, or have the code mapped";
    /// Neither the sender nor the rule names a unit.
    UnitMissing = "unit_missing", "enhet-mangler", "name a unit, or have the rule name one";
    /// A screening is needed and not given.
    ScreeningMissing = "screening_missing", "skjerming-mangler", "give an access code and its legal basis";
    /// A screening is given for what the law wants open.
    ScreeningForbidden = "screening_forbidden", "skjerming-ikke-tillatt", "send it without screening, or as another sort";
    /// The access code is not in the list.
    UnknownAccessCode = "unknown_access_code", "ukjent-tilgangskode", "use a code of the archive's list, or have it mapped";
    /// An entry has no main document.
    MainDocumentMissing = "main_document_missing", "hoveddokument-mangler", "mark one document as the main one";
    /// An entry has several main documents.
    SeveralMainDocuments = "several_main_documents", "flere-hoveddokument", "mark one document as the main one, the others as attachments";
    /// Two files of an entry have the same name.
    EqualFileNames = "equal_file_names", "like-filnavn", "give each file of an entry a name of its own";
    /// Two entries of a consignment have the same key.
    EqualEntryKeys = "equal_entry_keys", "like-noekler", "give each entry a key of its own";
    /// A document without a file, or with a variant twice.
    FileMissing = "file_missing", "fil-mangler", "send the file that is named, each variant once";
    /// A file without bytes.
    EmptyFile = "empty_file", "tom-fil", "send the file with its content";
    /// A file is too large.
    FileTooLarge = "file_too_large", "fil-for-stor", "split the file, or have the limit raised";
    /// There are too many files, or they are too large together.
    TooMuch = "too_much", "leveranse-for-stor", "split the consignment";
    /// The media type is not taken.
    FormatNotTaken = "format_not_taken", "format-ikke-tillatt", "send the file in a format that is taken";
    /// The bytes are not those that were stated.
    ChecksumMismatch = "checksum_mismatch", "sjekksum-avvik", "send the file again, whole, or state its true checksum and size";
    /// Something harmful was found in a file.
    Harmful = "harmful", "virus", "clean the file and send it again";
    /// No such entry, or none of the case.
    UnknownEntry = "unknown_entry", "ukjent-journalpost", "name an entry that the archive has";
    /// The change meets a lock of the standard.
    Locked = "locked", "laast", "register a new entry instead, or ask the archive to correct it";
    /// The service user lacks the right.
    NotAllowed = "not_allowed", "ingen-tilgang", "have the service user given the right, or name another case";
}

impl FaultCode {
    /// Whether the same consignment may be taken later without any change by its sender.
    #[must_use]
    pub const fn may_pass(self) -> bool {
        matches!(self, Self::SequenceGap | Self::UnknownSource | Self::UnknownConsignment)
    }
}

/// One thing that is wrong with a consignment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Where.
    pub place: Place,
    /// Further words: a limit, a rule, a field. Never personal data.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// Why a consignment is not taken, in words that its sender can act on: every fault at once, and no personal data.
///
/// ```
/// use sakarkiv_core::intake::{FaultCode, Place, Rejection};
///
/// let rejection = Rejection::new(FaultCode::MainDocumentMissing, Place::Entry { entry: 0 });
/// assert_eq!(rejection.to_string(), "hoveddokument-mangler at /entries/0: mark one document as the main one");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    first: Fault,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    more: Vec<Fault>,
}

/// What became of a consignment: its case, its entries, and their numbers and ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// Where it came from.
    pub source: SourceId,
    /// The source's own id of it.
    pub key: ConsignmentKey,
    /// When it was taken in.
    pub at: Timestamp,
    /// Its case.
    pub case: CaseReceipt,
    /// Its entries, in its own order.
    pub entries: Vec<EntryReceipt>,
    /// It had been taken in before; nothing was done this time.
    #[serde(default)]
    pub repeated: bool,
    /// What of it was left as it is here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

/// Something that a source said and that changed nothing: the rest was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Remark {
    /// What.
    pub code: RemarkCode,
    /// Where.
    pub place: Place,
}

/// What was left as it is here, and why. The code is stable, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RemarkCode {
    /// The screening.
    ScreeningLeft,
    /// Other facts of a case or an entry.
    FactsLeft,
    /// An entry that the archive has voided.
    EntryVoid,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseReceipt {
    /// Our id (systemID, M001).
    pub id: CaseId,
    /// The case number.
    pub number: CaseNumber,
    /// Whether it was opened for this consignment.
    pub outcome: CaseOutcome,
}

/// Whether a case was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseOutcome {
    /// Opened (opprettet).
    Opened,
    /// It was there (eksisterende).
    Existing,
    /// It was there, and something of it was changed.
    Amended,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryReceipt {
    /// The source's key of it, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ExternalKey>,
    /// Our id (systemID, M001).
    pub id: EntryId,
    /// Its numbers.
    pub number: EntryNumber,
    /// What was done.
    pub outcome: EntryOutcome,
    /// Its documents in the order they have here.
    pub documents: Vec<DocumentId>,
    /// Its parties in the order they have here.
    pub parties: Vec<PartyId>,
}

/// What was done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryOutcome {
    /// Registered.
    Registered,
    /// Registered as a newer one beside the one with its key, which stays.
    Renewed,
    /// It was there and was changed.
    Amended,
    /// It was there and stays as it is.
    Unchanged,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consignment => f.write_str("/"),
            Self::Case => f.write_str("/case"),
            Self::Entry { entry } => write!(f, "/entries/{entry}"),
            Self::Party { entry, party } => write!(f, "/entries/{entry}/parties/{party}"),
            Self::Document { entry, document } => write!(f, "/entries/{entry}/documents/{document}"),
            Self::File { entry, document, file } => write!(f, "/entries/{entry}/documents/{document}/files/{file}"),
        }
    }
}

impl Fault {
    /// A fault without further words.
    #[must_use]
    pub const fn new(code: FaultCode, place: Place) -> Self {
        Self { code, place, detail: String::new() }
    }

    /// Adds further words, free of personal data.
    #[must_use]
    pub fn because(mut self, detail: impl fmt::Display) -> Self {
        self.detail = detail.to_string();
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.code.norwegian_code(), self.place, self.code.remedy())?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, " ({})", self.detail) }
    }
}

impl Rejection {
    /// A rejection for one fault without further words.
    #[must_use]
    pub const fn new(code: FaultCode, place: Place) -> Self {
        Self { first: Fault::new(code, place), more: Vec::new() }
    }

    /// A rejection for all these faults; nothing when there are none.
    #[must_use]
    pub fn of(faults: impl IntoIterator<Item = Fault>) -> Option<Self> {
        let mut faults = faults.into_iter();
        let first = faults.next()?;
        Some(Self { first, more: faults.collect() })
    }

    /// Every fault; there is at least one.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> + '_ {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// Whether a fault of this code is among them.
    #[must_use]
    pub fn has(&self, code: FaultCode) -> bool {
        self.faults().any(|fault| fault.code == code)
    }

    /// Whether the same consignment may be taken later without any change by its sender: every fault of it may pass.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        self.faults().all(|fault| fault.code.may_pass())
    }
}

impl From<Fault> for Rejection {
    fn from(first: Fault) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        self.more.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

impl std::error::Error for Rejection {}

impl RemarkCode {
    /// Every code.
    pub const ALL: [Self; 3] = [Self::ScreeningLeft, Self::FactsLeft, Self::EntryVoid];

    /// Code, words and source, as a dry run tells them too.
    #[must_use]
    pub const fn reason(self) -> Reason {
        let (code, text, source) = match self {
            Self::ScreeningLeft => {
                ("screening_left", "it is screened already; only people change a screening once it is there", "R2.1")
            }
            Self::FactsLeft => (
                "facts_left",
                "it is there already; not all that the source says otherwise of it is the source's to change",
                "R8.6",
            ),
            Self::EntryVoid => {
                ("entry_void", "the archive has voided the entry, and nothing of it came anew; it stays so", "M053")
            }
        };
        Reason { code, text, source }
    }

    /// The code as Norwegian interchange forms write it.
    #[must_use]
    pub const fn norwegian_code(self) -> &'static str {
        match self {
            Self::ScreeningLeft => "skjerming-beholdt",
            Self::FactsLeft => "opplysninger-beholdt",
            Self::EntryVoid => "journalpost-utgaatt",
        }
    }

    /// The code that a reason of a plan stands for, if it is one that a receipt tells.
    pub(super) fn of(reason: Reason) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.reason() == reason)
    }
}

impl Receipt {
    /// A receipt; for the archive, which alone knows the numbers.
    #[must_use]
    pub const fn new(
        source: SourceId,
        key: ConsignmentKey,
        at: Timestamp,
        case: CaseReceipt,
        entries: Vec<EntryReceipt>,
    ) -> Self {
        Self { source, key, at, case, entries, repeated: false, remarks: Vec::new() }
    }

    /// Tells also what was left as it is here.
    #[must_use]
    pub fn remarking(mut self, remarks: Vec<Remark>) -> Self {
        self.remarks = remarks;
        self
    }

    /// The same receipt, given once more.
    #[must_use]
    pub const fn again(mut self) -> Self {
        self.repeated = true;
        self
    }
}
