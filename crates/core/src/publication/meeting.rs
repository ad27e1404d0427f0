use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Held, LeakReport, PublicArchive, PublicDocument, PublicFile, PublicText, PublicUnit, Release};
use crate::{
    case::CaseNumber,
    identity::{DocumentId, EntryId, MeetingId, MeetingItemId, TenantId, Timestamp},
};

/// All that the public may read of a meeting of a committee (møtemappe) and of what was treated in it: the neutral form that
/// every publisher makes its own of (R7.9). Plain data. JSON form: the fields' names.
///
/// A publisher that has one place for a text which has two forms here shows the searchable one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMeeting {
    /// Whose meeting it is.
    pub tenant: TenantId,
    /// The meeting; publishing it again updates it.
    pub meeting: MeetingId,
    /// Grows with every change, so that a late repeat of an older one changes nothing.
    pub revision: u64,
    /// The revision of the policy it was made under.
    pub policy: u32,
    /// The archive (arkiv) and series (arkivdel) it stands in.
    pub archive: PublicArchive,
    /// Its number among the committee's meetings (møtenummer, M008), for example `2026/4`.
    pub number: String,
    /// The committee (utvalg, M370).
    pub committee: PublicUnit,
    /// Its title.
    pub title: PublicText,
    /// When it begins (møtedato, M102).
    pub starts: Timestamp,
    /// Where it is held (møtested, M371).
    pub place: Option<String>,
    /// The address of its recording.
    pub video: Option<String>,
    /// The moment from which it may be shown.
    pub accessible_after: Timestamp,
    /// Its own documents: invitation, minutes.
    pub documents: Vec<PublicMeetingDocument>,
    /// What it treats, in the order of the list (sakskart).
    pub items: Vec<PublicMeetingItem>,
}

/// A document of the meeting itself (møtedokument).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMeetingDocument {
    /// System id.
    pub id: MeetingItemId,
    /// What kind of document.
    pub kind: MeetingDocumentKind,
    /// Its title.
    pub title: PublicText,
    /// What it consists of, main document first.
    pub documents: Vec<PublicDocument>,
}

/// A case that a meeting treats (møtesak).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicMeetingItem {
    /// System id.
    pub id: MeetingItemId,
    /// What kind of case.
    pub kind: MeetingItemKind,
    /// Its number among the committee's cases of the year, once it has one.
    pub number: Option<CaseNumber>,
    /// Its title.
    pub title: PublicText,
    /// The address of the recording of this case.
    pub video: Option<String>,
    /// Its documents, main document first.
    pub documents: Vec<PublicDocument>,
    /// What was found out before the meeting.
    pub report: Option<PublicReport>,
    /// What is proposed to the committee (innstilling), where it stands by itself.
    pub recommendation: Option<PublicText>,
    /// What the committee decided.
    pub decision: Option<PublicDecision>,
}

/// What was found out about a case before the meeting (utredning).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicReport {
    /// The description of the case (saksbeskrivelse).
    pub description: PublicText,
    /// What is proposed (innstilling).
    pub recommendation: PublicText,
    /// The documents of the report.
    pub documents: Vec<PublicDocument>,
}

/// What a committee decided (vedtak).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicDecision {
    /// The text of the decision (vedtakstekst).
    pub text: PublicText,
    /// The day of the decision.
    pub date: NaiveDate,
    /// What was said and proposed (behandlingsprotokoll).
    pub proceedings: Option<PublicText>,
    /// Who voted what (votering).
    pub votes: Vec<PublicVote>,
    /// The documents of the decision.
    pub documents: Vec<PublicDocument>,
}

/// One vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicVote {
    /// The voter's number in the committee; the same in each of its votes.
    pub voter: u32,
    /// Who voted (møtedeltaker).
    pub name: PublicText,
    /// What the voter is in the committee, for example its leader.
    pub function: Option<String>,
    /// What was voted.
    pub cast: VoteCast,
}

/// What somebody voted (stemme).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteCast {
    /// Yes (ja).
    Yes,
    /// No (nei).
    No,
    /// Blank (blankt).
    Blank,
}

/// What kind of document of a meeting (møtedokumenttype).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MeetingDocumentKind {
    /// Invitation with the list of cases (innkalling).
    Invitation,
    /// A later addition to it (tilleggsinnkalling).
    FurtherInvitation,
    /// Minutes (protokoll).
    Minutes,
    /// Anything else (annet).
    Other,
}

/// What kind of case of a meeting (møtesakstype).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MeetingItemKind {
    /// A political case (politisk sak).
    Political,
    /// A case decided by delegation (delegert sak).
    Delegated,
    /// A question to the mayor (interpellasjon).
    Interpellation,
    /// An approval, such as that of the minutes (godkjenning).
    Approval,
    /// An orientation (orientering).
    Orientation,
    /// A case for information only (referat).
    ForInformation,
    /// A case about the meeting itself (møte).
    Meeting,
    /// Anything else (annet).
    Other,
}

/// A meeting that may leave the office: the leak check found nothing in it that nobody has released.
///
/// Only [`clear_meeting`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearedMeeting(PublicMeeting);

/// Lets a meeting leave when its leak report is empty but for what has been released, as [`clear`](super::clear) does for an
/// entry. Report and releases name the meeting's [subject](PublicMeeting::subject).
///
/// # Errors
/// [`Held`] with the findings that stand against it.
pub fn clear_meeting(
    meeting: PublicMeeting,
    report: &LeakReport,
    releases: &[Release],
) -> Result<ClearedMeeting, Held> {
    if (report.entry, report.revision) != (meeting.subject(), meeting.revision) {
        return Err(Held::OtherRevision);
    }
    let open = report.open(releases);
    if open.is_empty() { Ok(ClearedMeeting(meeting)) } else { Err(Held::Findings(open)) }
}

impl ClearedMeeting {
    /// The meeting.
    #[must_use]
    pub const fn meeting(&self) -> &PublicMeeting {
        &self.0
    }

    /// The meeting, no longer marked as cleared.
    #[must_use]
    pub fn into_meeting(self) -> PublicMeeting {
        self.0
    }
}

impl PublicMeeting {
    /// The id under which findings about it and releases of them are kept, beside those of entries.
    #[must_use]
    pub const fn subject(&self) -> EntryId {
        EntryId::from_uuid(self.meeting.uuid())
    }

    /// A report on it that found nothing.
    #[must_use]
    pub const fn clean_report(&self) -> LeakReport {
        LeakReport { entry: self.subject(), revision: self.revision, findings: Vec::new() }
    }

    /// Whether it says the same as another, whatever their revisions.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let other = Self { revision: self.revision, policy: self.policy, ..other.clone() };
        *self == other
    }

    /// Every document in it: of the meeting, of its cases, of their reports and decisions.
    pub fn all_documents(&self) -> impl Iterator<Item = &PublicDocument> {
        let own = self.documents.iter().flat_map(|document| &document.documents);
        let of_items = self.items.iter().flat_map(|item| {
            let reports = item.report.iter().flat_map(|report| &report.documents);
            let decisions = item.decision.iter().flat_map(|decision| &decision.documents);
            item.documents.iter().chain(reports).chain(decisions)
        });
        own.chain(of_items)
    }

    /// The files in it, each with its document.
    pub fn files(&self) -> impl Iterator<Item = (DocumentId, &PublicFile)> {
        self.all_documents().filter_map(|document| Some((document.id, document.file.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        document::ContentHash,
        identity::{ActorId, UnitId},
        publication::{Finding, Fingerprint, Leak, Place},
    };

    fn meeting() -> PublicMeeting {
        PublicMeeting {
            tenant: TenantId::new("bodo").unwrap(),
            meeting: MeetingId::from_uuid(Uuid::from_u128(7)),
            revision: 3,
            policy: 1,
            archive: PublicArchive { title: "Sakarkiv".to_owned(), series: None, series_title: None, class: None },
            number: "2026/4".to_owned(),
            committee: PublicUnit { id: UnitId::new("formannskap").unwrap(), name: None },
            title: PublicText::nameless("Formannskapets møte"),
            starts: Timestamp::UNIX_EPOCH,
            place: None,
            video: None,
            accessible_after: Timestamp::UNIX_EPOCH,
            documents: Vec::new(),
            items: Vec::new(),
        }
    }

    #[test]
    fn a_meeting_leaves_only_with_a_clean_report_of_its_own_revision() {
        let meeting = meeting();
        assert!(clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).is_ok());
        let newer = PublicMeeting { revision: 4, ..meeting.clone() };
        assert_eq!(clear_meeting(newer, &meeting.clean_report(), &[]), Err(Held::OtherRevision));
        let other = PublicMeeting { meeting: MeetingId::from_uuid(Uuid::from_u128(8)), ..meeting.clone() };
        assert_eq!(clear_meeting(other, &meeting.clean_report(), &[]), Err(Held::OtherRevision));
    }

    #[test]
    fn a_finding_holds_a_meeting_back_until_somebody_releases_it() {
        let meeting = meeting();
        let fingerprint = Fingerprint::parse(&ContentHash::new([5; 32]).to_string()).unwrap();
        let finding = Finding { place: Place::MeetingTitle, leak: Leak::IdentityNumber, span: None, fingerprint };
        let report = LeakReport { findings: vec![finding.clone()], ..meeting.clean_report() };
        assert_eq!(clear_meeting(meeting.clone(), &report, &[]), Err(Held::Findings(vec![finding])));
        let by = ActorId::new("arkivar").unwrap();
        let release = Release { entry: meeting.subject(), fingerprint, by, at: Timestamp::UNIX_EPOCH };
        assert!(clear_meeting(meeting, &report, &[release]).is_ok());
    }

    #[test]
    fn a_revision_alone_says_nothing_new() {
        let meeting = meeting();
        assert!(meeting.says_the_same(&PublicMeeting { revision: 9, policy: 2, ..meeting.clone() }));
        assert!(!meeting.says_the_same(&PublicMeeting { number: "2026/5".to_owned(), ..meeting.clone() }));
    }
}
