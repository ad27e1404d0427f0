use chrono::DateTime;
use uuid::Uuid;

use super::*;
use crate::{
    case::{CaseNumber, NewCase},
    identity::{DocumentId, PartyId},
    journal::{EntryKind, EntryNumber, NewDocument, NewEntry},
    party::PartyRole,
};

fn screening(code: &str, hides: Hides) -> Option<Screening> {
    Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", [hides]).ok()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn group(name: &str) -> Option<GroupId> {
    GroupId::new(name).ok()
}

fn case(change: impl FnOnce(&mut NewCase)) -> Case {
    let mut new = NewCase::new(CaseKind::PupilFile, "Sak".into(), UnitId::new("skole").unwrap(), actor("u0"));
    new.access_group = group("sak");
    new.case_handler = Some(actor("u1"));
    new.series = Some("elev".into());
    change(&mut new);
    let number = CaseNumber::new(2026, 1).unwrap();
    new.open(CaseId::from_uuid(id(1)), TenantId::new("bodo").unwrap(), number, DateTime::UNIX_EPOCH).unwrap()
}

fn entry(case: &Case, change: impl FnOnce(&mut NewEntry)) -> JournalEntry {
    let mut new = NewEntry::new(EntryKind::Incoming, "Brev".into(), actor("u0"));
    change(&mut new);
    let number = EntryNumber::new(case.number(), 1, 2026, 1).unwrap();
    let entry = EntryId::from_uuid(id(2));
    new.register(entry, case.tenant().clone(), case.id(), number, DateTime::UNIX_EPOCH).unwrap()
}

fn document(n: u128) -> Document {
    Document::new(DocumentId::from_uuid(id(n)), "Brev".into()).unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

const CLASS: SensitivityClass = SensitivityClass::Confidential;

#[test]
fn a_case_is_its_own_case_with_its_own_group() {
    let case = case(|new| new.screening = screening("uo", Hides::TitleWords));
    let object = Object::of_case(&case, CLASS);
    assert_eq!((object.record, object.case, object.entry), (RecordRef::Case(case.id()), case.id(), None));
    assert_eq!(
        (object.group, object.handler, object.unit.as_ref()),
        (group("sak"), Some(actor("u1")), Some(case.unit()))
    );
    assert_eq!((object.codes, object.series.as_deref()), (vec![AccessCode::new("UO").unwrap()], Some("elev")));
    assert_eq!((object.screened_by, object.hidden, object.class), (ScreenedBy::Itself, false, CLASS));
}

#[test]
fn an_entry_takes_unit_series_and_codes_of_its_case_but_neither_group_nor_handler() {
    let case = case(|new| new.screening = screening("UO", Hides::Everything));
    let object = Object::of_entry(&entry(&case, |_| {}), &case, CLASS);
    assert_eq!((object.group, object.handler, object.screened_by), (None, None, ScreenedBy::Nothing));
    assert_eq!((object.unit.as_ref(), object.series.as_deref()), (Some(case.unit()), Some("elev")));
    assert_eq!((object.codes.len(), object.hidden, object.kind), (1, true, CaseKind::PupilFile));
    let own = entry(&case, |new| {
        new.access_group = group("brev");
        new.case_handler = Some(actor("u2"));
        new.unit = UnitId::new("byplan").ok();
    });
    let object = Object::of_entry(&own, &case, CLASS);
    assert_eq!((object.group, object.handler), (group("brev"), Some(actor("u2"))));
    assert_eq!((object.unit, object.entry), (UnitId::new("byplan").ok(), Some(own.id())));
}

#[test]
fn an_entry_is_screened_by_itself_its_parties_and_its_documents() {
    let case = case(|new| new.screening = screening("UO", Hides::Document));
    let with = |change: &dyn Fn(&mut NewEntry)| Object::of_entry(&entry(&case, change), &case, CLASS);
    let party = || Party::new(PartyId::from_uuid(id(7)), PartyRole::Sender, "Kari".into()).unwrap();
    let holds =
        |document: Document| move |new: &mut NewEntry| new.documents = vec![NewDocument::main(document.clone())];
    let marked = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
    let plain = [with(&|_| {}), with(&|new| new.parties = vec![party()]), with(&holds(document(3)))];
    assert!(plain.iter().all(|object| object.screened_by == ScreenedBy::Nothing));
    let screened = [
        with(&|new| new.screening = screening("P", Hides::TitleWords)),
        with(&|new| new.parties = vec![party().screened(true)]),
        with(&holds(document(3).screened(screening("P", Hides::Document)))),
        with(&holds(document(3).marked(marked))),
    ];
    assert!(screened.iter().all(|object| object.screened_by == ScreenedBy::Itself));
    assert_eq!(screened.map(|object| object.codes.len()), [2, 1, 2, 1]);
}

#[test]
fn a_document_tells_its_own_screening_from_that_of_its_entry() {
    let case = case(|_| {});
    let plain = entry(&case, |new| new.access_group = group("brev"));
    let screened = entry(&case, |new| new.screening = screening("P", Hides::Everything));
    let hidden = document(4).screened(screening("13", Hides::Everything));
    let of = |document: &Document, entry: &JournalEntry| Object::of_document(document, entry, &case, CLASS);
    let told = |object: &Object| (object.screened_by, object.hidden, object.codes.len());
    assert_eq!(told(&of(&document(3), &plain)), (ScreenedBy::Nothing, false, 0));
    assert_eq!(told(&of(&document(3), &screened)), (ScreenedBy::Entry, true, 1));
    assert_eq!(told(&of(&hidden, &plain)), (ScreenedBy::Itself, true, 1));
    assert_eq!(told(&of(&hidden, &screened)), (ScreenedBy::Itself, true, 2));
    let object = of(&document(3), &plain);
    assert_eq!((object.record, object.group), (RecordRef::Document(DocumentId::from_uuid(id(3))), group("brev")));
    assert_eq!((object.entry, object.case), (Some(plain.id()), case.id()));
}
