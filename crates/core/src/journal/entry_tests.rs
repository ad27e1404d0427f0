use chrono::{DateTime, TimeZone, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    case::{CaseNumber, CaseStatus},
    document::{BlobRef, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{NationalIdentityNumber, OrganisationNumber, PartyId, SignOffId},
    journal::{AmendError, Amendment, Change, EntryField, NewDocument, NewEntry},
    party::{PartyIdentity, PartyRole},
    screening::{AccessCode, Hides},
};

pub(crate) fn actor() -> ActorId {
    ActorId::new("u1").unwrap()
}

pub(crate) fn new_entry(kind: EntryKind) -> NewEntry {
    NewEntry::new(kind, "Klage fra Kari Testperson".into(), actor())
}

pub(crate) fn register(new: NewEntry) -> JournalEntry {
    try_register(new).unwrap()
}

fn try_register(new: NewEntry) -> Result<JournalEntry, EntryError> {
    let number = EntryNumber::new(CaseNumber::new(2026, 7).unwrap(), 3, 2026, 55).unwrap();
    let (id, case) = (EntryId::from_uuid(Uuid::from_u128(2)), CaseId::from_uuid(Uuid::from_u128(1)));
    new.register(id, TenantId::new("bodo").unwrap(), case, number, now())
}

fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 3, 1, 23, 30, 0).unwrap()
}

fn party(n: u128, role: PartyRole, name: &str) -> Party {
    Party::new(PartyId::from_uuid(Uuid::from_u128(n)), role, name.into()).unwrap()
}

fn document(n: u128) -> Document {
    Document::new(DocumentId::from_uuid(Uuid::from_u128(n)), "Klagebrev".into()).unwrap()
}

fn version(number: u32, variant: Variant) -> DocumentVersion {
    DocumentVersion {
        number,
        variant,
        format: FileFormat::new("fmt/95"),
        media_type: MediaType::pdf(),
        file_name: FileName::sanitize("brev.pdf"),
        content: BlobRef::of(b"pdf"),
        created: DateTime::UNIX_EPOCH,
        created_by: actor(),
    }
}

/// Every step from registered to the status, on an entry that has what they demand.
fn entry_in(kind: EntryKind, status: EntryStatus) -> JournalEntry {
    let steps: &[EntryStatus] = match (kind.is_own(), status) {
        (_, EntryStatus::Journaled) => &[EntryStatus::Journaled],
        (_, EntryStatus::Archived) => &[EntryStatus::Journaled, EntryStatus::Archived],
        (true, EntryStatus::Dispatched) => &[EntryStatus::Finished, EntryStatus::Dispatched],
        (true, EntryStatus::Finished) => &[EntryStatus::Finished],
        _ => &[],
    };
    let parties = vec![party(8, PartyRole::Sender, "Kari Testperson"), party(9, PartyRole::Recipient, "Byplan")];
    let documents =
        vec![NewDocument::main(document(5).with_version(version(1, Variant::Production)).unwrap().finished())];
    let new = NewEntry { parties, documents, ..new_entry(kind) };
    steps.iter().fold(register(new), |entry, to| entry.move_to(*to, &actor(), now()).unwrap())
}

fn screening(hides: &[Hides]) -> Screening {
    Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", hides.iter().copied()).unwrap()
}

#[test]
fn journaling_sets_the_norwegian_date_and_archiving_tells_by_whom() {
    let entry = entry_in(EntryKind::Incoming, EntryStatus::Archived);
    assert_eq!(entry.journal_date().unwrap().to_string(), "2026-03-02");
    assert_eq!(entry.archived().unwrap().by, actor());
    assert!(!entry.may_be_deleted());
    assert!(entry_in(EntryKind::Incoming, EntryStatus::Temporary).may_be_deleted());
}

#[test]
fn dispatching_sets_when_it_was_sent() {
    assert_eq!(entry_in(EntryKind::Outgoing, EntryStatus::Dispatched).sent(), Some(now()));
}

#[test]
fn an_entry_on_record_needs_a_party_and_finished_documents() {
    let journal = |new| register(new).move_to(EntryStatus::Journaled, &actor(), now());
    let bare = new_entry(EntryKind::Incoming);
    assert_eq!(journal(bare.clone()), Err(TransitionError::Invalid(EntryError::NoParty)));
    let parties = vec![party(8, PartyRole::Sender, "Kari")];
    let draft = NewEntry { parties, documents: vec![NewDocument::main(document(5))], ..bare };
    assert_eq!(journal(draft.clone()), Err(TransitionError::Invalid(EntryError::UnfinishedDocument)));
    let at_once = NewEntry { status: EntryStatus::Journaled, ..draft };
    assert_eq!(at_once.check(), Err(EntryError::UnfinishedDocument));
    let finished = NewEntry { documents: vec![NewDocument::main(document(5).finished())], ..at_once };
    assert_eq!(register(finished).journal_date().unwrap().to_string(), "2026-03-02");
}

#[test]
fn steps_outside_the_life_cycle_are_refused() {
    let archived = entry_in(EntryKind::Incoming, EntryStatus::Archived);
    assert!(matches!(
        archived.move_to(EntryStatus::Journaled, &actor(), now()),
        Err(TransitionError::NoSuchStep { from: EntryStatus::Archived, .. })
    ));
}

#[test]
fn what_is_journaled_is_locked_as_the_matrix_says() {
    let incoming = entry_in(EntryKind::Incoming, EntryStatus::Journaled);
    assert_eq!(
        incoming.amend(Change::Received(None).into()),
        Err(AmendError::Locked { field: EntryField::Received, rule: "krav 3.2.22" })
    );
    assert_eq!(incoming.amend(Change::Title("Ny".into()).into()).unwrap().title().expose(), "Ny");
    let outgoing = entry_in(EntryKind::Outgoing, EntryStatus::Journaled);
    for change in [
        Change::Title("Ny".into()),
        Change::Kind(EntryKind::Internal),
        Change::Sent(None),
        Change::DocumentDate(None),
        Change::Parties(Vec::new()),
        Change::Unit(None),
        Change::CaseHandler(None),
    ] {
        let refused = outgoing.amend(change.into());
        assert!(matches!(refused, Err(AmendError::Locked { rule: "krav 3.2.24", .. })), "{refused:?}");
    }
}

#[test]
fn an_amendment_is_made_as_a_whole_or_not_at_all() {
    let entry = entry_in(EntryKind::Incoming, EntryStatus::Journaled);
    let both = Amendment::new(Change::Title("Ny".into())).and(Change::Received(None));
    assert!(entry.amend(both).is_err());
    let kind = Change::Kind(EntryKind::Outgoing);
    let temporary = entry_in(EntryKind::Incoming, EntryStatus::Temporary);
    assert!(matches!(temporary.amend(kind.into()), Err(AmendError::Invalid(EntryError::Status { .. }))));
    let date = Change::JournalDate(NaiveDate::MIN);
    assert_eq!(temporary.amend(date.into()), Err(AmendError::Invalid(EntryError::JournalDate)));
}

#[test]
fn screening_and_access_group_are_never_locked() {
    for status in [EntryStatus::Journaled, EntryStatus::Dispatched, EntryStatus::Archived] {
        let entry = entry_in(EntryKind::Outgoing, status);
        let id = entry.parties()[0].id();
        let change = Amendment::new(Change::Screening(Some(screening(&[Hides::Document]))))
            .and(Change::ScreenParty(id, true))
            .and(Change::AccessGroup(GroupId::new("plan-innsyn").ok()))
            .and(Change::PublicTitle(Some("Klage".into())));
        let amended = entry.amend(change).unwrap();
        assert!(amended.parties()[0].is_screened() && amended.access_group().is_some());
    }
}

#[test]
fn an_archived_entry_takes_new_variants_but_no_documents_and_no_new_content() {
    let entry = entry_in(EntryKind::Incoming, EntryStatus::Archived);
    let old = entry.documents()[0].document.clone();
    let attach = Change::Attach { document: NewDocument::attachment(document(6).finished()), at: now(), by: actor() };
    assert!(matches!(entry.amend(attach.into()), Err(AmendError::Locked { field: EntryField::Documents, .. })));
    let redacted = old.with_version(version(1, Variant::Redacted)).unwrap();
    let amended = entry.amend(Change::Document(redacted.clone()).into()).unwrap();
    assert_eq!(amended.document(redacted.id()).unwrap().versions().len(), 2);
    let rewritten = document(5).with_version(version(2, Variant::Production)).unwrap().finished();
    assert_eq!(entry.amend(Change::Document(rewritten).into()), Err(AmendError::FrozenDocument));
    assert_eq!(entry.amend(Change::Document(document(7)).into()), Err(AmendError::UnknownDocument));
}

#[test]
fn documents_keep_their_order_with_one_main_document_first() {
    let with = |documents| try_register(NewEntry { documents, ..new_entry(EntryKind::Outgoing) });
    let (one, two) = (document(5), document(6));
    let entry = with(vec![NewDocument::main(one.clone()), NewDocument::attachment(two.clone())]).unwrap();
    assert_eq!(entry.documents().iter().map(|a| a.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(
        with(vec![NewDocument::attachment(one.clone()), NewDocument::main(two)]),
        Err(EntryError::DocumentOrder)
    );
    assert_eq!(with(vec![NewDocument::main(one.clone()), NewDocument::attachment(one)]), Err(EntryError::Twice));
}

#[test]
fn names_of_screened_parties_do_not_stand_in_the_public_title() {
    let parties = |identity: Option<PartyIdentity>, name: &str| {
        let party = party(8, PartyRole::Sender, name).screened(true);
        vec![identity.into_iter().fold(party, Party::identified_by)]
    };
    let title = |parties| register(NewEntry { parties, ..new_entry(EntryKind::Incoming) }).public_title();
    let person = PartyIdentity::Person(NationalIdentityNumber::parse("01819000553").unwrap());
    assert_eq!(title(parties(Some(person), "TESTPERSON, Kari Marie")), "Klage fra ***** *****");
    assert_eq!(title(parties(None, "Ola Fra")), "Klage ***** Kari Testperson");
    let organisation = PartyIdentity::Organisation(OrganisationNumber::parse("310000027").unwrap());
    assert_eq!(title(parties(Some(organisation), "Klage fra AS")), "Klage fra Kari Testperson");
}

#[test]
fn the_public_sees_what_the_screening_leaves() {
    let entry = entry_in(EntryKind::Incoming, EntryStatus::Journaled);
    let names = entry.amend(Change::Screening(Some(screening(&[Hides::PartyNames]))).into()).unwrap();
    assert_eq!(names.public_party_name(&names.parties()[0]), "*****");
    assert_eq!(names.public_title(), "Klage fra *****");
    let all = entry.amend(Change::Screening(Some(screening(&[Hides::Everything]))).into()).unwrap();
    let shown = [all.public_title(), all.public_document_title(&all.documents()[0].document)];
    assert_eq!(shown, ["*****", "*****"]);
}

#[test]
fn the_json_form_is_stable_and_checked_when_read() {
    let parties = vec![party(8, PartyRole::Sender, "Kari Testperson")];
    let entry = register(NewEntry { parties, status: EntryStatus::Journaled, ..new_entry(EntryKind::Incoming) });
    let json = concat!(
        r#"{"id":"00000000-0000-0000-0000-000000000002","tenant":"bodo","case":"00000000-0000-0000-0000-000000000001","#,
        r#""number":{"case":"2026/7","number":3,"journal_year":2026,"journal_sequence":55},"kind":"incoming","#,
        r#""status":"journaled","history":[{"status":"journaled","at":"2026-03-01T23:30:00Z","by":"u1"}],"#,
        r#""title":"Klage fra Kari Testperson","public_title":null,"document_date":null,"received":null,"sent":null,"#,
        r#""journal_date":"2026-03-02","due":null,"assessed":null,"unit":null,"case_handler":null,"parties":["#,
        r#"{"id":"00000000-0000-0000-0000-000000000008","role":"sender","name":"Kari Testperson","contact":{},"#,
        r#""screened":false}],"documents":[],"sign_offs":[],"screening":null,"external_keys":[],"#,
        r#""created":"2026-03-01T23:30:00Z","created_by":"u1","version":0}"#
    );
    assert_eq!(serde_json::to_string(&entry).unwrap(), json);
    assert_eq!(serde_json::from_str::<JournalEntry>(json).unwrap(), entry);
    assert!(!format!("{entry:?}").contains("Kari"));
    for (good, bad) in [
        (r#""kind":"incoming""#, r#""kind":"outgoing","#.trim_end_matches(',')),
        (r#""status":"journaled","history""#, r#""status":"archived","history""#),
        (r#""journal_date":"2026-03-02""#, r#""journal_date":null"#),
        (r#""title":"Klage fra Kari Testperson""#, r#""title":"""#),
    ] {
        let changed = json.replacen(good, bad, 1);
        assert_ne!(changed, json);
        let legal = bad.contains("outgoing");
        assert_eq!(serde_json::from_str::<JournalEntry>(&changed).is_ok(), legal, "{bad}");
    }
}

fn some_date() -> impl Strategy<Value = Option<NaiveDate>> {
    proptest::option::of((0i32..40_000).prop_map(|days| NaiveDate::from_epoch_days(days).unwrap()))
}

fn some_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        "[a-zæøå ]{0,12}".prop_map(|title| Change::Title(title.into())),
        "[a-zæøå ]{1,12}".prop_map(|title| Change::PublicTitle(Some(title.into()))),
        proptest::sample::select(EntryKind::ALL).prop_map(Change::Kind),
        some_date().prop_map(Change::DocumentDate),
        some_date().prop_map(Change::Due),
        some_date().prop_map(|date| Change::JournalDate(date.unwrap_or_default())),
        proptest::option::of(0i64..4_000_000_000)
            .prop_map(|at| Change::Received(at.map(|at| Utc.timestamp_opt(at, 0).unwrap()))),
        (1u128..12, proptest::sample::select(PartyRole::ALL))
            .prop_map(|(n, role)| Change::Parties(vec![party(n, role, "Part")])),
        (1u128..12, any::<bool>())
            .prop_map(|(n, screened)| Change::ScreenParty(PartyId::from_uuid(Uuid::from_u128(n)), screened)),
        proptest::sample::select(Hides::ALL.to_vec()).prop_map(|hides| Change::Screening(Some(screening(&[hides])))),
        (4u128..8).prop_map(|n| Change::Attach {
            document: NewDocument::attachment(document(n).finished()),
            at: now(),
            by: actor()
        }),
    ]
}

#[derive(Debug, Clone)]
enum Act {
    Move(EntryStatus),
    Amend(Box<Change>),
    SignOff,
    UndoSignOff,
}

fn some_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        proptest::sample::select(EntryStatus::ALL).prop_map(Act::Move),
        some_change().prop_map(|change| Act::Amend(Box::new(change))),
        Just(Act::SignOff),
        Just(Act::UndoSignOff),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_to_an_entry_it_stays_valid_and_its_locks_hold(
        kind in proptest::sample::select(EntryKind::ALL),
        acts in proptest::collection::vec(some_act(), 0..25),
    ) {
        let start = [EntryStatus::Temporary, EntryStatus::Reserved][usize::from(kind.is_own())];
        let mut entry = entry_in(kind, start);
        for act in acts {
            let next = match act {
                Act::Move(to) => entry.move_to(to, &actor(), now()).ok(),
                Act::Amend(change) => entry.amend((*change).into()).ok(),
                Act::SignOff => {
                    let how = crate::journal::SignOffKind::Noted;
                    entry.sign_off(SignOff::new(how, actor(), now())).ok()
                }
                Act::UndoSignOff => entry.sign_offs().first().and_then(|sign_off| {
                    entry.undo_sign_off(SignOffId::of(entry.id(), sign_off), CaseStatus::Open).ok()
                }),
            };
            let Some(next) = next else { continue };
            let locked = |field| crate::journal::lock(entry.kind(), entry.status(), field).is_some();
            prop_assert!(!locked(EntryField::Title) || next.title() == entry.title());
            prop_assert!(!locked(EntryField::Kind) || next.kind() == entry.kind());
            prop_assert!(!locked(EntryField::DocumentDate) || next.document_date() == entry.document_date());
            prop_assert!(!locked(EntryField::Received) || next.received() == entry.received());
            prop_assert!(!locked(EntryField::JournalDate) || next.journal_date() == entry.journal_date());
            prop_assert!(!locked(EntryField::Documents) || next.documents().len() == entry.documents().len());
            prop_assert_eq!(next.number(), entry.number());
            prop_assert!(next.history().starts_with(entry.history()));
            let json = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(&serde_json::from_str::<JournalEntry>(&json).unwrap(), &next);
            entry = next;
        }
    }
}
