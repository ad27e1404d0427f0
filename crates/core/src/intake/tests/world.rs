use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeZone as _, Utc};
use uuid::Uuid;

use crate::{
    case::{Case, CaseKind, CaseNumber, NewCase},
    document::{BlobRef, FileName, MediaType},
    identity::{ActorId, CaseId, EntryId, SourceId, TenantId, Timestamp, UnitId},
    intake::{
        ArchiveFacts, CaseName, CaseOutcome, CaseReceipt, CaseWish, Consignment, ConsignmentKey, DocumentFacts,
        Earlier, EntryFacts, FaultCode, FileFacts, IntakePlan, IntakeRules, PartyFacts, Planned, PlannedEntry, Receipt,
        Rejection, ScreeningWish, plan, reference,
    },
    journal::{DocumentRole, EntryNumber, JournalEntry, NewEntry},
    party::PartyRole,
    ports::Entropy,
    screening::{AccessCode, Hides, Screening},
    text::ExternalKey,
};

/// No two give the same.
#[derive(Debug)]
pub(super) struct Counting(AtomicU64);

impl Default for Counting {
    fn default() -> Self {
        static BEGUN: AtomicU64 = AtomicU64::new(0);
        Self(AtomicU64::new(BEGUN.fetch_add(0x0bad_cafe_0123_4567, Ordering::Relaxed)))
    }
}

impl Entropy for Counting {
    fn next_u64(&self) -> u64 {
        self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

pub(super) fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 22, 2, 0, 0).unwrap()
}

pub(super) fn service() -> ActorId {
    ActorId::new("svc-skole").unwrap()
}

pub(super) fn key(kind: &str, value: &str) -> ExternalKey {
    reference::key("skole", kind, value)
}

pub(super) fn case_key() -> ExternalKey {
    key(reference::CASE, "elev/1")
}

pub(super) fn rules() -> IntakeRules {
    IntakeRules::for_unit(UnitId::new("skole").unwrap())
}

pub(super) fn screening(code: &str) -> Screening {
    Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", [Hides::Document]).unwrap()
}

pub(super) fn file(name: &str, bytes: &[u8]) -> FileFacts {
    FileFacts::new(FileName::sanitize(name), MediaType::pdf(), BlobRef::of(bytes))
}

pub(super) fn entry(key_value: &str, bytes: &[u8]) -> EntryFacts {
    let mut entry = EntryFacts::new("Vurdering".into());
    entry.key = Some(key(reference::ENTRY, key_value));
    entry.parties = vec![PartyFacts::new(PartyRole::Sender, "Prøveskolen".into())];
    entry.documents = vec![DocumentFacts::new(DocumentRole::Main, file("vurdering.pdf", bytes))];
    entry
}

pub(super) fn consignment() -> Consignment {
    let source = SourceId::new("skole").unwrap();
    let mut consignment = Consignment::new(source, ConsignmentKey::new("natt/1").unwrap());
    consignment.case = CaseWish::FindOrNew(CaseName::Key(case_key()));
    consignment.facts.title = Some("Elevmappe".into());
    consignment.facts.external_keys = vec![case_key()];
    consignment.entries = vec![entry("1", b"en"), entry("2", b"to")];
    consignment
}

pub(super) fn archive() -> ArchiveFacts {
    ArchiveFacts::new(now(), service())
}

pub(super) fn stored_case(sequence: u32) -> Case {
    let mut new = NewCase::new(CaseKind::PupilFile, "Elevmappe".into(), UnitId::new("skole").unwrap(), service());
    new.external_keys = vec![case_key()];
    let id = CaseId::from_uuid(Uuid::from_u128(u128::from(sequence)));
    let number = CaseNumber::new(2026, sequence).unwrap();
    new.open(id, TenantId::new("bodo").unwrap(), number, DateTime::UNIX_EPOCH).unwrap()
}

pub(super) fn store(new: &NewEntry, case: &Case, place: u32) -> JournalEntry {
    let number = EntryNumber::new(case.number(), place, 2026, place).unwrap();
    let id = EntryId::from_uuid(Uuid::from_u128(1000 + u128::from(place)));
    new.clone().register(id, TenantId::new("bodo").unwrap(), case.id(), number, now()).unwrap()
}

/// An archive in which a plan was carried out, and the receipt for it.
pub(super) fn after(done: &IntakePlan) -> (ArchiveFacts, Receipt) {
    let case = stored_case(1);
    let new = done.entries.iter().filter_map(|planned| match planned {
        PlannedEntry::Register { entry, .. } => Some(entry),
        _ => None,
    });
    let entries = (1..).zip(new).map(|(place, new)| store(new, &case, place)).collect();
    let number = CaseReceipt { id: case.id(), number: case.number(), outcome: CaseOutcome::Opened };
    let receipt = Receipt::new(consignment().source, consignment().key, now(), number, Vec::new());
    let mut archive = archive();
    archive.cases = vec![case];
    archive.entries = entries;
    (archive, receipt)
}

pub(super) fn todo(consignment: &Consignment, archive: &ArchiveFacts, rules: &IntakeRules) -> IntakePlan {
    match plan(consignment, archive, rules, &Counting::default()) {
        Ok(Planned::Todo(plan)) => *plan,
        other => panic!("no plan: {other:?}"),
    }
}

pub(super) fn refused(consignment: &Consignment, archive: &ArchiveFacts, rules: &IntakeRules) -> Rejection {
    plan(consignment, archive, rules, &Counting::default()).unwrap_err()
}

pub(super) fn codes(rejection: &Rejection) -> Vec<FaultCode> {
    rejection.faults().map(|fault| fault.code).collect()
}

pub(super) fn correcting() -> IntakeRules {
    let mut rules = IntakeRules { corrects_by_key: true, ..rules() };
    rules.codes.insert("A".to_owned(), screening("UO"));
    rules.codes.insert("B".to_owned(), screening("P"));
    rules
}

/// The archive after a consignment that may come again changed.
pub(super) fn taken_in(first: &Consignment) -> ArchiveFacts {
    let (mut archive, receipt) = after(&todo(first, &archive(), &correcting()));
    archive.earlier = Some(Earlier::Changed(receipt));
    archive
}

pub(super) fn notes_of(plan: &IntakePlan) -> Vec<&'static str> {
    plan.notes.iter().map(|note| note.reason.code).collect()
}

pub(super) fn words(screened: &[&str]) -> Screening {
    screening("UO").with_words(screened).unwrap()
}

pub(super) fn wish(code: &str, screened: &[&str]) -> ScreeningWish {
    let words = screened.iter().map(|word| (*word).into()).collect();
    ScreeningWish { words, ..ScreeningWish::new(code) }
}
