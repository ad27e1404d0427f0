//! Ready-made public records and meetings: synthetic and harmless, because they are cleared without a look.

use chrono::NaiveDate;
use sakarkiv_core::{
    case::CaseNumber,
    document::{BlobRef, FileFormat, FileName, MediaType, Variant},
    identity::{CaseId, DocumentId, MeetingId, MeetingItemId, PartyId, Timestamp, UnitId},
    journal::{DocumentRole, EntryKind, EntryNumber},
    party::PartyRole,
    publication::{
        ClearedMeeting, ClearedRecord, LeakReport, MeetingDocumentKind, MeetingItemKind, PublicArchive, PublicCase,
        PublicDecision, PublicDocument, PublicEntry, PublicFile, PublicMeeting, PublicMeetingDocument,
        PublicMeetingItem, PublicParty, PublicRecord, PublicReport, PublicScreening, PublicText, PublicUnit,
        PublicVote, VoteCast, clear, clear_meeting,
    },
};

use super::samples::{Samples, known};

impl Samples {
    /// A public record of the nth entry of a case, with two parties and a document, shown since the beginning of time.
    #[must_use]
    pub fn public_record(&mut self, case: CaseId, number: u32) -> PublicRecord {
        let case_number = known(CaseNumber::new(2026, 318));
        let entry = self.entry_id();
        let party = |id, role, name: &str, searchable: &str| PublicParty {
            id,
            role,
            name: PublicText { shown: name.to_owned(), searchable: searchable.to_owned() },
            unit: None,
        };
        let parties = vec![
            party(PartyId::from_uuid(self.entry_id().uuid()), PartyRole::Sender, "Ola Testperson", "*****"),
            party(PartyId::from_uuid(self.entry_id().uuid()), PartyRole::Recipient, "Proevedal AS", "Proevedal AS"),
        ];
        PublicRecord {
            tenant: self.tenant().clone(),
            entry,
            revision: 1,
            policy: 1,
            archive: archive(),
            case: PublicCase {
                id: case,
                number: case_number,
                title: PublicText::nameless("Proeveveien 1: garasje"),
                date: day(),
                unit: unit(),
                screening: None,
            },
            journal: PublicEntry {
                number: known(EntryNumber::new(case_number, number, 2026, 4000 + number)),
                kind: EntryKind::Incoming,
                title: PublicText {
                    shown: format!("Soeknad {number} fra Ola Testperson"),
                    searchable: format!("Soeknad {number} fra *****"),
                },
                journal_date: day(),
                document_date: Some(day()),
                unit: unit(),
                screening: Some(PublicScreening { code: "UO".to_owned(), legal_basis: "offl. § 13".to_owned() }),
                accessible_after: Timestamp::UNIX_EPOCH,
                bare: false,
            },
            parties,
            documents: vec![self.public_document(1, "Soeknad om garasje")],
            // Names may be found: nothing of a sample is old.
            names_searchable_until: NaiveDate::MAX,
        }
    }

    /// A document without a file.
    #[must_use]
    pub fn public_document(&mut self, number: u32, title: &str) -> PublicDocument {
        PublicDocument {
            id: DocumentId::from_uuid(self.entry_id().uuid()),
            number,
            role: if number == 1 { DocumentRole::Main } else { DocumentRole::Attachment },
            kind: "Soeknad".to_owned(),
            title: PublicText::nameless(title),
            screening: None,
            file: None,
        }
    }

    /// A meeting with an invitation and one case that was decided.
    #[must_use]
    pub fn public_meeting(&mut self) -> PublicMeeting {
        let mut id = || MeetingItemId::from_uuid(self.entry_id().uuid());
        let (invitation, item) = (id(), id());
        let vote = |voter, name: &str, cast| PublicVote {
            voter,
            name: PublicText::nameless(name),
            function: Some("Medlem".to_owned()),
            cast,
        };
        PublicMeeting {
            tenant: self.tenant().clone(),
            meeting: MeetingId::from_uuid(self.entry_id().uuid()),
            revision: 1,
            policy: 1,
            archive: archive(),
            number: "2026/4".to_owned(),
            committee: PublicUnit { id: known(UnitId::new("formannskapet")), name: Some("Formannskapet".to_owned()) },
            title: PublicText::nameless("Formannskapets fjerde moete"),
            starts: Timestamp::UNIX_EPOCH + chrono::Duration::days(20_000),
            place: Some("Raadhuset".to_owned()),
            video: None,
            accessible_after: Timestamp::UNIX_EPOCH,
            documents: vec![PublicMeetingDocument {
                id: invitation,
                kind: MeetingDocumentKind::Invitation,
                title: PublicText::nameless("Innkalling"),
                documents: vec![self.public_document(1, "Innkalling til moetet")],
            }],
            items: vec![PublicMeetingItem {
                id: item,
                kind: MeetingItemKind::Political,
                number: Some(known(CaseNumber::new(2026, 12))),
                title: PublicText::nameless("Reguleringsplan for Proeveveien"),
                video: None,
                documents: vec![self.public_document(1, "Saksframlegg")],
                report: Some(PublicReport {
                    description: PublicText::nameless("Planen gjelder garasjer"),
                    recommendation: PublicText::nameless("Planen vedtas"),
                    documents: vec![self.public_document(1, "Utredning av planen")],
                }),
                recommendation: Some(PublicText::nameless("Raadet vedtar planen")),
                decision: Some(PublicDecision {
                    text: PublicText::nameless("Planen er vedtatt"),
                    date: day(),
                    proceedings: Some(PublicText::nameless("Ingen hadde merknader")),
                    votes: vec![vote(1, "Leder", VoteCast::Yes), vote(2, "Nestleder", VoteCast::Blank)],
                    documents: vec![self.public_document(1, "Protokoll for saken")],
                }),
            }],
        }
    }
}

/// The file of a sample document, open from a moment on.
pub(super) fn public_file(open: Timestamp) -> PublicFile {
    PublicFile {
        name: FileName::sanitize("2026-318-1-1.pdf"),
        variant: Variant::Archive,
        media_type: MediaType::pdf(),
        format: FileFormat::unknown(),
        content: BlobRef::of(b"%PDF-1.7 proeve"),
        accessible_after: open,
    }
}

/// A record that the check let through.
pub(super) fn cleared(record: &PublicRecord) -> ClearedRecord {
    known(clear(record.clone(), &LeakReport::clean(record), &[]))
}

/// A meeting that the check let through.
pub(super) fn cleared_meeting(meeting: &PublicMeeting) -> ClearedMeeting {
    known(clear_meeting(meeting.clone(), &meeting.clean_report(), &[]))
}

fn archive() -> PublicArchive {
    PublicArchive {
        title: "Sakarkiv".to_owned(),
        series: Some("bygg".to_owned()),
        series_title: Some("Byggesaker".to_owned()),
        class: None,
    }
}

fn unit() -> PublicUnit {
    PublicUnit { id: known(UnitId::new("byggesak")), name: Some("Byggesak".to_owned()) }
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, 1).unwrap_or_default()
}
