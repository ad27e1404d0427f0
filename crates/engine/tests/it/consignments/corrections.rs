//! Corrections and additions, one after the other and while others work on the same records.

use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    case::CaseChange,
    document::{DocumentMarks, FileName, MediaType},
    identity::{NationalIdentityNumber, PostalAddress},
    intake::{
        Consignment, ConsignmentKey, DocumentFacts, EntryOutcome, FaultCode, FileFacts, Receipt, Relation, Remark,
        RemarkCode,
    },
    journal::{Change, DocumentRole, EntryStatus, JournalEntry},
    party::{Party, PartyIdentity},
    ports::{ArchiveDesk, ArchiveError, Op, Transaction},
};

use super::world::{delivery, school_unit};
use crate::world::{World, tenant, unit};

/// A delivery of so many entries, each with a document of these bytes.
fn filled(world: &World, name: &str, entries: usize, content: &str) -> Consignment {
    let mut consignment = delivery(name, 1, entries);
    for entry in &mut consignment.entries {
        let content = stream::iter([Ok(bytes::Bytes::from(content.to_owned()))]).boxed();
        let blob = world.run(world.service().put(content, 1000)).unwrap();
        let file = FileFacts::new(FileName::sanitize("vurdering.pdf"), MediaType::pdf(), blob);
        entry.documents = vec![DocumentFacts::new(DocumentRole::Main, file)];
    }
    consignment
}

fn taken_in(world: &World, consignment: &Consignment) -> Receipt {
    world.run(world.service().hand_in(consignment)).unwrap()
}

fn relating(mut consignment: Consignment, key: &str, to: impl FnOnce(ConsignmentKey) -> Relation) -> Consignment {
    consignment.relation = to(consignment.key.clone());
    consignment.key = ConsignmentKey::new(key).unwrap();
    consignment
}

fn outcomes(receipt: &Receipt) -> Vec<EntryOutcome> {
    receipt.entries.iter().map(|entry| entry.outcome).collect()
}

/// The only case's entries.
fn entries(world: &World) -> Vec<JournalEntry> {
    let mut cases = world.school_cases();
    assert_eq!(cases.len(), 1);
    cases.remove(0).1
}

#[test]
fn corrections_and_additions_build_on_each_other() {
    let world = World::with_school();
    let first = filled(&world, "a", 2, "en");
    taken_in(&world, &first);
    let mut correction = relating(first, "b", Relation::Corrects);
    correction.entries[0].title = "Rettet".into();
    assert_eq!(outcomes(&taken_in(&world, &correction)), [EntryOutcome::Amended, EntryOutcome::Unchanged]);
    // An addition to the correction, which itself is corrected, under its own key and under another.
    let mut addition = relating(correction.clone(), "c", Relation::AddsTo);
    addition.entries = filled(&world, "c", 1, "to").entries;
    assert_eq!(outcomes(&taken_in(&world, &addition)), [EntryOutcome::Registered]);
    addition.entries[0].title = "Tillegg, rettet".into();
    assert_eq!(outcomes(&taken_in(&world, &addition)), [EntryOutcome::Amended]);
    let mut last = relating(addition.clone(), "d", Relation::Corrects);
    last.entries[0].documents = filled(&world, "d", 1, "tre").entries.remove(0).documents;
    last.entries.extend(correction.entries);
    let expected = [EntryOutcome::Renewed, EntryOutcome::Unchanged, EntryOutcome::Unchanged];
    assert_eq!(outcomes(&taken_in(&world, &last)), expected);
    // The newest entry of a key is the one that a later correction is about.
    last.entries[0].title = "Tillegg, rettet igjen".into();
    assert_eq!(outcomes(&taken_in(&world, &last))[0], EntryOutcome::Amended);
    let titles: Vec<String> = entries(&world).iter().map(|entry| entry.title().expose().clone()).collect();
    assert_eq!(titles, ["Rettet", "Vurdering 2", "Tillegg, rettet", "Tillegg, rettet igjen"]);
}

#[test]
fn an_empty_correction_changes_nothing_and_is_answered() {
    let world = World::with_school();
    let first = filled(&world, "a", 1, "en");
    taken_in(&world, &first);
    let mut nothing = relating(first, "b", Relation::Corrects);
    nothing.entries.clear();
    assert!(taken_in(&world, &nothing).entries.is_empty());
    assert_eq!(entries(&world).len(), 1);
}

#[test]
fn a_correction_while_another_is_stored_is_planned_with_it() {
    let world = World::with_school();
    let first = filled(&world, "a", 2, "en");
    let receipt = taken_in(&world, &first);
    let stored = entries(&world);
    let theirs = stored[0].amend(Change::Due("2026-12-01".parse().ok()).into()).unwrap();
    world.doubts.meanwhile(|op| matches!(op, Op::PutEntry(_)), Transaction::new(tenant()).with(Op::PutEntry(theirs)));
    let mut correction = relating(first, "b", Relation::Corrects);
    correction.entries[0].title = "Rettet".into();
    assert_eq!(taken_in(&world, &correction).entries[0].id, receipt.entries[0].id);
    let entry = entries(&world).remove(0);
    assert!(entry.due().is_some() && entry.title().expose() == "Rettet");
}

#[test]
fn a_person_and_a_document_stay_kept_from_others_through_every_correction() {
    let world = World::with_school();
    let mut first = filled(&world, "a", 1, "en");
    let number = NationalIdentityNumber::parse("01819000553").unwrap();
    let kari = &mut first.entries[0].parties[0];
    (kari.name, kari.identity) = ("Kari Prøvesen".into(), Some(PartyIdentity::Person(number)));
    let receipt = taken_in(&world, &first);
    let (entry, party) = (receipt.entries[0].id, receipt.entries[0].parties[0]);
    world.run(world.desk().amend_entry(entry, Change::ScreenParty(party, true).into())).unwrap();
    let mut moved = relating(first.clone(), "b", Relation::Corrects);
    moved.entries[0].parties[0].address = PostalAddress::new(["Storgata 1"], "8001", "Bodø").ok();
    moved.entries[0].documents[0].marks = DocumentMarks { sensitive_personal_data: true, few_may_read: true };
    let mut again = relating(moved.clone(), "c", Relation::Corrects);
    again.entries[0].documents[0].marks = DocumentMarks::default();
    let mut renewed = relating(again.clone(), "d", Relation::Corrects);
    renewed.entries[0].documents = filled(&world, "d", 1, "to").entries.remove(0).documents;
    for correction in [moved, again, renewed] {
        taken_in(&world, &correction);
        for entry in entries(&world) {
            assert!(entry.parties().iter().all(Party::is_screened), "{}", correction.key);
            let marks = entry.documents()[0].document.marks();
            assert!(marks.sensitive_personal_data && marks.few_may_read, "{}", correction.key);
        }
    }
    assert_eq!(entries(&world).len(), 2);
}

#[test]
fn a_receipt_tells_what_was_left_also_when_it_is_given_again() {
    let world = World::with_school();
    let first = filled(&world, "a", 1, "en");
    assert!(taken_in(&world, &first).remarks.is_empty());
    let mut addition = relating(first, "b", Relation::AddsTo);
    addition.facts.title = Some("Noe annet".into());
    let told = taken_in(&world, &addition);
    let place = sakarkiv_core::intake::Place::Case;
    assert_eq!(told.remarks, [Remark { code: RemarkCode::FactsLeft, place }]);
    assert_eq!(taken_in(&world, &addition), told.clone().again());
    assert_eq!(world.run(world.service().receipt(&addition.key)).unwrap(), Some(told));
}

#[test]
fn an_entry_that_the_archive_voided_is_not_registered_again_by_what_is_the_same() {
    let world = World::with_school();
    let first = filled(&world, "a", 2, "en");
    let receipt = taken_in(&world, &first);
    let void = receipt.entries[0].id;
    for status in [EntryStatus::Journaled, EntryStatus::Void] {
        world.run(world.desk().move_entry(void, status)).unwrap();
    }
    let mut correction = relating(first, "b", Relation::Corrects);
    correction.entries[1].title = "Rettet".into();
    let told = taken_in(&world, &correction);
    assert_eq!(outcomes(&told), [EntryOutcome::Unchanged, EntryOutcome::Amended]);
    assert_eq!(told.remarks.iter().map(|remark| remark.code).collect::<Vec<_>>(), [RemarkCode::EntryVoid]);
    correction.entries[0].title = "Rettet, den også".into();
    assert_eq!(outcomes(&taken_in(&world, &correction)), [EntryOutcome::Renewed, EntryOutcome::Unchanged]);
    assert_eq!(entries(&world).len(), 3);
}

#[test]
fn a_correction_follows_a_case_that_people_changed_and_stops_at_one_that_is_out_of_its_reach() {
    let world = World::with_school();
    let first = filled(&world, "a", 1, "en");
    let case = taken_in(&world, &first).case.id;
    let desk = world.desk();
    world.run(desk.amend_case(case, CaseChange::Title("Flyttet".into()).into())).unwrap();
    let mut correction = relating(first, "b", Relation::Corrects);
    correction.facts.title = None;
    correction.entries[0].title = "Rettet".into();
    assert_eq!(outcomes(&taken_in(&world, &correction)), [EntryOutcome::Amended]);
    assert_eq!(world.school_cases()[0].0.title().expose(), "Flyttet");
    world.run(desk.amend_case(case, CaseChange::Unit(unit()).into())).unwrap();
    let faults = |consignment: &Consignment| match world.run(world.service().hand_in(consignment)) {
        Err(ArchiveError::Rejected(rejection)) => rejection.faults().map(|fault| fault.code).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let mut later = relating(correction.clone(), "c", Relation::Corrects);
    later.entries[0].title = "Rettet igjen".into();
    assert_eq!(faults(&later), [FaultCode::UnknownCase]);
    world.run(desk.amend_case(case, CaseChange::Unit(school_unit()).into())).unwrap();
    assert_eq!(outcomes(&taken_in(&world, &later)), [EntryOutcome::Amended], "it came back");
}
