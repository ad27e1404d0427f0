use std::{collections::BTreeSet, ops::Range};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::PublicRecord;
use crate::{
    document::{ContentHash, ContentHashError},
    identity::{ActorId, DocumentId, EntryId, MeetingItemId, PartyId, Timestamp},
};

/// Where in a public record something was found. Tells the place, never the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Place {
    /// The archive's or series' title.
    Archive,
    /// The class.
    Class,
    /// The case's title as shown.
    CaseTitle,
    /// The case's title as found by search.
    CaseTitleSearch,
    /// The entry's title as shown.
    EntryTitle,
    /// The entry's title as found by search.
    EntryTitleSearch,
    /// The legal basis or code of a screening.
    Screening,
    /// The name of a unit.
    Unit,
    /// A party's name as shown.
    PartyName(PartyId),
    /// A party's name as found by search.
    PartyNameSearch(PartyId),
    /// A document's title as shown.
    DocumentTitle(DocumentId),
    /// A document's title as found by search.
    DocumentTitleSearch(DocumentId),
    /// The kind a document says it is.
    DocumentKind(DocumentId),
    /// The name of a document's file.
    FileName(DocumentId),
    /// The text of a document, as read out of its file.
    DocumentText(DocumentId),
    /// What a document's file says about itself: title, author, remarks, names of what is inside.
    DocumentData(DocumentId),
    /// A document's file as a whole.
    File(DocumentId),
    /// A meeting's title as shown.
    MeetingTitle,
    /// A meeting's title as found by search.
    MeetingTitleSearch,
    /// Number, place or recording of a meeting.
    MeetingData,
    /// The title of something in a meeting, as shown.
    MeetingItemTitle(MeetingItemId),
    /// The title of something in a meeting, as found by search.
    MeetingItemTitleSearch(MeetingItemId),
    /// A text of a case in a meeting as shown: report, recommendation, decision, proceedings.
    MeetingText(MeetingItemId),
    /// A text of a case in a meeting as found by search.
    MeetingTextSearch(MeetingItemId),
    /// Who voted, as shown.
    MeetingVoter(MeetingItemId),
    /// Who voted, as found by search.
    MeetingVoterSearch(MeetingItemId),
}

/// What was found, or could not be ruled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Leak {
    /// A national identity number: birth number or D-number, real or synthetic.
    IdentityNumber,
    /// A name that this entry or its case screens.
    ScreenedName,
    /// A name that another entry of the case screens.
    NameScreenedElsewhere,
    /// The name of one of the case's people who is no public party of this entry.
    CasePerson,
    /// The name of a person in a text that can be searched for ever.
    SearchableName,
    /// A word that this entry or its case screens.
    ScreenedWord,
    /// A word that another entry of the case screens.
    WordScreenedElsewhere,
    /// The address of a screened party.
    Address,
    /// A bank account number.
    BankAccount,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// The file could not be read to the end, so nobody knows what is in it.
    Unreadable,
    /// The file is of a kind whose text cannot be read.
    UnknownFormat,
    /// The file is encrypted.
    Encrypted,
    /// The file, or what it holds, is larger than is read.
    TooLarge,
    /// A page, or the whole file, is an image without text.
    ImageOnly,
    /// There are other files inside the file.
    Embedded,
}

/// One thing that keeps an entry from being published, until somebody releases it or the text changes.
///
/// Holds no content: what, where, and a fingerprint by which the same finding is known again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What.
    pub leak: Leak,
    /// Which bytes of the text in that place; the whole of it where nothing is told.
    pub span: Option<Span>,
    /// Knows the same finding again as long as the text is the same.
    pub fingerprint: Fingerprint,
}

/// Bytes of a text, from and up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Knows a finding again without telling what was found: a keyed digest of record, place, kind and text. JSON form: 64
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(ContentHash);

/// What a leak check found in one revision of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakReport {
    /// The entry; for a meeting its [subject](super::PublicMeeting::subject).
    pub entry: EntryId,
    /// The revision that was checked.
    pub revision: u64,
    /// What was found, in the order of the places.
    pub findings: Vec<Finding>,
}

/// An archivist's word that a finding may be published. Data, to be kept and logged (R7.7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The entry.
    pub entry: EntryId,
    /// The finding.
    pub fingerprint: Fingerprint,
    /// Who released it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
}

/// A record that may leave the office: the rules let it, and the leak check found nothing that nobody has released.
///
/// Only [`clear`] makes one, so there is no way to publish past the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearedRecord(PublicRecord);

/// Why a record may not leave.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Held {
    /// The leak check found something.
    #[error("the leak check holds the entry back for {} findings; mend the record or release them", .0.len())]
    Findings(Vec<Finding>),
    /// The report is about another record or another revision of it.
    #[error("the leak report is about another revision of the record; check this one")]
    OtherRevision,
}

/// Lets a record leave when its leak report is empty but for what has been released.
///
/// ```
/// use sakarkiv_core::publication::{Held, LeakReport, PublicRecord, clear};
///
/// # fn example(record: PublicRecord) -> Result<(), Held> {
/// let report = LeakReport::clean(&record);
/// let cleared = clear(record, &report, &[])?;
/// assert_eq!(cleared.record().revision, report.revision);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Held`] with the findings that stand against it.
pub fn clear(record: PublicRecord, report: &LeakReport, releases: &[Release]) -> Result<ClearedRecord, Held> {
    if (report.entry, report.revision) != (record.entry, record.revision) {
        return Err(Held::OtherRevision);
    }
    let open = report.open(releases);
    if open.is_empty() { Ok(ClearedRecord(record)) } else { Err(Held::Findings(open)) }
}

impl ClearedRecord {
    /// The record.
    #[must_use]
    pub const fn record(&self) -> &PublicRecord {
        &self.0
    }

    /// The record, no longer marked as cleared.
    #[must_use]
    pub fn into_record(self) -> PublicRecord {
        self.0
    }
}

impl LeakReport {
    /// A report that found nothing.
    #[must_use]
    pub const fn clean(record: &PublicRecord) -> Self {
        Self { entry: record.entry, revision: record.revision, findings: Vec::new() }
    }

    /// The findings that nobody has released.
    #[must_use]
    pub fn open(&self, releases: &[Release]) -> Vec<Finding> {
        let released: BTreeSet<Fingerprint> =
            releases.iter().filter(|release| release.entry == self.entry).map(|release| release.fingerprint).collect();
        self.findings.iter().filter(|finding| !released.contains(&finding.fingerprint)).cloned().collect()
    }
}

impl Leak {
    /// What was found, in words for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::IdentityNumber => "a national identity number",
            Self::ScreenedName => "a screened name",
            Self::NameScreenedElsewhere => "a name that another entry of the case screens",
            Self::CasePerson => "the name of one of the case's people",
            Self::SearchableName => "the name of a person in a text that can be searched for ever",
            Self::ScreenedWord => "a screened word",
            Self::WordScreenedElsewhere => "a word that another entry of the case screens",
            Self::Address => "the address of a screened party",
            Self::BankAccount => "a bank account number",
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
            Self::Unreadable => "a file that cannot be read to the end",
            Self::UnknownFormat => "a file of a kind whose text cannot be read",
            Self::Encrypted => "an encrypted file",
            Self::TooLarge => "a file larger than is read",
            Self::ImageOnly => "a page that is an image without text",
            Self::Embedded => "a file with other files inside",
        }
    }

    /// Whether it is a doubt about a file rather than something that was seen.
    #[must_use]
    pub const fn is_doubt(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::UnknownFormat
                | Self::Encrypted
                | Self::TooLarge
                | Self::ImageOnly
                | Self::Embedded
        )
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

impl Fingerprint {
    /// From the bytes of a keyed digest.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(ContentHash::new(digest))
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`ContentHashError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ContentHashError> {
        ContentHash::parse(text).map(Self)
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
