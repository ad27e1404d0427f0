//! A small case to plan with.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use crate::{
    calendar,
    case::{Case, CaseKind, CaseNumber, NewCase},
    document::{BlobRef, Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, CaseId, DocumentId, EntryId, PartyId, TenantId, Timestamp, UnitId},
    journal::{EntryKind, EntryNumber, EntryStatus, JournalEntry, NewDocument, NewEntry},
    party::{Party, PartyRole},
    publication::{CodeRules, PublicationPolicy, UnitPolicy},
    screening::{AccessCode, Hides, Screening},
};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The same id for the same text.
fn id_of(text: &str) -> Uuid {
    let folded = text.bytes().fold(7_u128, |id, byte| id.wrapping_mul(0x0100_0193_0000_01b3).wrapping_add(byte.into()));
    Uuid::from_u128(folded)
}

/// A policy under which Byggesak publishes everything it may.
pub(super) struct World {
    pub(super) policy: PublicationPolicy,
    /// When entries are journaled.
    pub(super) journaled: Timestamp,
}

impl World {
    pub(super) fn new() -> Self {
        let unit = UnitPolicy { internal_entries: true, full_text: true, ..UnitPolicy::default() };
        let mut policy = PublicationPolicy { codes: CodeRules::standard(), ..PublicationPolicy::default() };
        policy.units.insert(UnitId::new("byggesak").unwrap(), unit);
        Self { policy, journaled: calendar::oslo_day_start(day("2026-03-02")) + TimeDelta::hours(9) }
    }

    pub(super) fn screening(&self, code: &str, hides: &[Hides], words: &[&str]) -> Screening {
        let code = AccessCode::new(code).unwrap();
        Screening::new(code, "offl. § 13 jf. fvl. § 13", hides.iter().copied()).unwrap().with_words(words).unwrap()
    }

    pub(super) fn case(&self, title: &str, screening: Option<Screening>) -> Case {
        let unit = UnitId::new("byggesak").unwrap();
        let mut new = NewCase::new(CaseKind::Building, title.into(), unit, ActorId::new("u1").unwrap());
        new.screening = screening;
        new.series = Some("bygg".to_owned());
        let id = CaseId::from_uuid(Uuid::from_u128(1));
        new.open(id, TenantId::new("bodo").unwrap(), CaseNumber::new(2026, 318).unwrap(), self.journaled).unwrap()
    }

    pub(super) fn party(&self, name: &str, screened: bool) -> Party {
        let id = PartyId::from_uuid(id_of(name));
        Party::new(id, PartyRole::Sender, name.into()).unwrap().screened(screened)
    }

    pub(super) fn document(&self, title: &str, variants: &[Variant]) -> Document {
        let id = DocumentId::from_uuid(id_of(title));
        let document = Document::new(id, title.into()).unwrap();
        let version = |variant: &Variant| DocumentVersion {
            number: 1,
            variant: *variant,
            format: FileFormat::new("fmt/95"),
            media_type: MediaType::pdf(),
            file_name: FileName::sanitize("Søknad Kari Testperson.PDF"),
            content: BlobRef::of(variant.code().as_bytes()),
            created: self.journaled,
            created_by: ActorId::new("u1").unwrap(),
        };
        variants.iter().map(version).fold(document, |d, version| d.with_version(version).unwrap()).finished()
    }

    pub(super) fn entry(&self, number: u32, change: impl FnOnce(&mut NewEntry)) -> JournalEntry {
        let mut new = NewEntry::new(EntryKind::Incoming, "Søknad om garasje".into(), ActorId::new("u1").unwrap());
        new.status = EntryStatus::Journaled;
        new.parties = vec![self.party("Testbygg AS", false)];
        change(&mut new);
        let id = EntryId::from_uuid(Uuid::from_u128(u128::from(number) + 100));
        let number = EntryNumber::new(CaseNumber::new(2026, 318).unwrap(), number, 2026, 4711).unwrap();
        let case = CaseId::from_uuid(Uuid::from_u128(1));
        new.register(id, TenantId::new("bodo").unwrap(), case, number, self.journaled).unwrap()
    }

    pub(super) fn with_document(document: Document) -> impl FnOnce(&mut NewEntry) {
        move |new| new.documents = vec![NewDocument::main(document)]
    }
}
