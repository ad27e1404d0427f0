use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::intake::Consignment;
use sakarkiv_core::{
    audit::{Activity, AuditOutcome},
    case::{CaseChange, CaseKind, CaseStatus, NewCase},
    document::{Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, CaseId, DocumentId, SignOffId, UnitId},
    intake::{
        CaseName, CaseOutcome, CaseWish, CodeList, ConsignmentKey, DocumentFacts, EntryName, EntryOutcome, FaultCode,
        FileFacts, Relation, ScreeningRule, ScreeningWish, StepKind,
    },
    journal::{Change, DocumentRole, EntryKind, NewDocument, NewEntry, SignOffKind},
    ports::{ArchiveDesk, ArchiveError, AuditRecord, CaseFilter, Clock, Kept, Op, SignOffWish, Transaction},
    screening::{AccessCode, Hides, Screening},
};

use uuid::Uuid;

use super::world::{delivery, key, pupil, school, school_rules, school_unit};
use crate::world::{World, archivist, tenant, unit};

/// With one document for each entry, put by the service user.
fn filled(world: &World, mut consignment: Consignment) -> Consignment {
    let name = consignment.key.to_string();
    for (n, entry) in consignment.entries.iter_mut().enumerate() {
        let content = bytes::Bytes::from(format!("%PDF {name} {n}"));
        let content = stream::iter([Ok(content)]).boxed();
        let blob = world.run(world.service().put(content, 1000)).unwrap();
        let file = FileFacts::new(FileName::sanitize("vurdering.pdf"), MediaType::pdf(), blob);
        entry.documents = vec![DocumentFacts::new(DocumentRole::Main, file)];
    }
    consignment
}

#[test]
fn a_consignment_is_answered_with_numbers_and_the_same_one_again_with_the_same() {
    let world = World::with_school();
    let consignment = filled(&world, delivery("kall/1", 1, 2));
    let first = world.run(world.service().hand_in(&consignment)).unwrap();
    assert_eq!((first.case.number.to_string().as_str(), first.case.outcome), ("2026/1", CaseOutcome::Opened));
    let numbers: Vec<String> = first.entries.iter().map(|entry| entry.number.to_string()).collect();
    assert_eq!(numbers, ["2026/1-1", "2026/1-2"]);
    assert!(first.entries.iter().all(|entry| entry.documents.len() == 1 && entry.parties.len() == 1));
    let again = world.run(world.service().hand_in(&consignment)).unwrap();
    assert_eq!(again, first.clone().again());
    assert_eq!(world.run(world.service().receipt(&consignment.key)).unwrap(), Some(first));
    assert_eq!(world.school_cases().len(), 1);
}

#[test]
fn a_dry_run_says_what_would_happen_and_does_nothing() {
    let world = World::with_school();
    let consignment = filled(&world, delivery("kall/1", 1, 1));
    let run = world.run(world.service().dry_run(&consignment)).unwrap();
    let actions: Vec<StepKind> = run.steps.iter().map(|step| step.action).collect();
    assert_eq!(actions, [StepKind::OpenCase, StepKind::RegisterEntry]);
    assert!(world.school_cases().is_empty());
    world.run(world.service().hand_in(&consignment)).unwrap();
    assert!(world.run(world.service().dry_run(&consignment)).unwrap().repeated);
}

#[test]
fn other_content_under_a_key_is_a_correction_or_refused_as_the_rule_says() {
    let world = World::with_school();
    let first = filled(&world, delivery("kall/1", 1, 1));
    world.run(world.service().hand_in(&first)).unwrap();
    let mut corrected = filled(&world, delivery("kall/1", 1, 2));
    corrected.entries[0].title = "Vurdering, rettet".into();
    let receipt = world.run(world.service().hand_in(&corrected)).unwrap();
    let outcomes: Vec<EntryOutcome> = receipt.entries.iter().map(|entry| entry.outcome).collect();
    assert_eq!(outcomes, [EntryOutcome::Amended, EntryOutcome::Registered]);
    assert_eq!(world.school_cases()[0].1[0].title().expose(), "Vurdering, rettet");
    let mut strict = filled(&world, delivery("kall/1", 1, 1));
    strict.rule = Some("STRENG".to_owned());
    let refused = world.run(world.service().hand_in(&strict));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::KeyReused)));
    let mut unknown = filled(&world, delivery("kall/2", 1, 1));
    unknown.rule = Some("FINNES-IKKE".to_owned());
    let refused = world.run(world.service().hand_in(&unknown));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::UnknownRule)));
}

#[test]
fn an_addition_goes_to_the_case_of_the_consignment_it_names_and_finishes_it() {
    let world = World::with_school();
    let mut first = filled(&world, delivery("kall/1", 1, 1));
    first.facts.external_keys.clear();
    first.case = CaseWish::New;
    let case = world.run(world.service().hand_in(&first)).unwrap().case;
    let mut addition = filled(&world, delivery("kall/2", 9, 1));
    addition.relation = Relation::AddsTo(ConsignmentKey::new("kall/1").unwrap());
    addition.facts.external_keys.clear();
    addition.finish = Some(CaseStatus::HandlerDone);
    let receipt = world.run(world.service().hand_in(&addition)).unwrap();
    assert_eq!((receipt.case.id, receipt.case.outcome), (case.id, CaseOutcome::Existing));
    assert_eq!(world.school_cases()[0].0.status(), CaseStatus::HandlerDone);
    assert_eq!(world.school_cases()[0].1.len(), 2);
}

#[test]
fn a_case_that_is_closed_while_a_consignment_is_planned_takes_no_entry() {
    let world = World::with_school();
    let mut new = NewCase::new(CaseKind::PupilFile, "Elevmappe 1".into(), school_unit(), archivist().id);
    new.class = Some("B31".into());
    new.external_keys = vec![pupil(1)];
    let (case, _) = world.run(world.desk().open_case(new)).unwrap();
    let consignment = filled(&world, delivery("kall/1", 1, 1));
    let close = Op::MoveCase { id: case, to: CaseStatus::Closed, by: archivist().id, at: world.clock.now() };
    let registers = |op: &Op| matches!(op, Op::AddEntry { .. });
    world.doubts.meanwhile(registers, Transaction::new(tenant()).with(close));
    let refused = world.run(world.service().hand_in(&consignment));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::CaseClosed)));
    let cases = world.school_cases();
    assert!(matches!(&cases[..], [(case, entries)] if case.status() == CaseStatus::Closed && entries.is_empty()));
}

#[test]
fn an_entry_is_known_by_its_key_in_its_case_however_many_others_have_the_same() {
    let world = World::with_school();
    let about = |n: usize, name: &str| {
        let mut consignment = delivery(name, n, 1);
        consignment.entries[0].key = Some(key("dokument", "karakterutskrift"));
        consignment
    };
    let first = filled(&world, about(1, "kall/1"));
    world.run(world.service().hand_in(&first)).unwrap();
    for n in 2..30 {
        let other = filled(&world, about(n, &format!("kall/{n}")));
        world.run(world.service().hand_in(&other)).unwrap();
    }
    let mut again = first;
    again.key = ConsignmentKey::new("kall/30").unwrap();
    let receipt = world.run(world.service().hand_in(&again)).unwrap();
    assert_eq!(receipt.entries[0].outcome, EntryOutcome::Unchanged);
}

#[test]
fn a_rejection_is_logged_also_when_somebody_else_tells_of_it_at_that_moment() {
    let world = World::with_school();
    let mut consignment = delivery("kall/1", 1, 1);
    consignment.rule = Some("FINNES-IKKE".to_owned());
    let theirs = Kept::new("intake.rejected:skole", "kall/1", "{}");
    let tells = |op: &Op| matches!(op, Op::AddNotice(_));
    world.doubts.meanwhile(tells, Transaction::new(tenant()).with(Op::Keep(theirs)));
    assert!(world.run(world.service().hand_in(&consignment)).is_err());
    let logged = |record: &&AuditRecord| {
        record.event.activity == Activity::Received && record.event.outcome == AuditOutcome::Refused
    };
    assert_eq!(world.log().iter().filter(logged).count(), 1);
}

#[test]
fn a_service_user_stays_within_its_rights_and_a_refusal_leaves_nothing() {
    let world = World::with_school();
    let elsewhere = |consignment: &mut Consignment| consignment.facts.unit = Some("byplan".to_owned());
    let other_kind = |consignment: &mut Consignment| consignment.facts.kind = Some(CaseKind::PersonnelFile);
    for (n, change) in [elsewhere as fn(&mut Consignment), other_kind].into_iter().enumerate() {
        let mut consignment = filled(&world, delivery(&format!("kall/{n}"), n, 1));
        change(&mut consignment);
        let refused = world.run(world.service().hand_in(&consignment));
        assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::NotAllowed)));
    }
    let building = NewCase::new(CaseKind::Building, "Storgata 1".into(), unit(), archivist().id);
    let (building, number) = world.run(world.desk().open_case(building)).unwrap();
    let mut there = filled(&world, delivery("kall/9", 1, 1));
    there.case = CaseWish::Existing(CaseName::Number(number));
    let refused = world.run(world.service().hand_in(&there));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::UnknownCase)));
    assert!(matches!(world.run(world.service().case(&CaseName::Number(number))), Err(ArchiveError::NotFound { .. })));
    let drawing = document_in(&world, building);
    let opened = world.run(world.service().open(drawing.into()));
    assert!(matches!(opened, Err(ArchiveError::NotFound { .. } | ArchiveError::Refused { .. })), "{opened:?}");
    let found = world.run(world.service().entry(&EntryName::Document(drawing.into())));
    assert!(matches!(found, Err(ArchiveError::NotFound { .. } | ArchiveError::Refused { .. })), "{found:?}");
    assert!(world.school_cases().is_empty());
    let service = ActorId::new("svc-skole").unwrap();
    let log = world.log();
    let refusals = log.iter().filter(|record| {
        let event = &record.event;
        event.actor == service && event.activity == Activity::AccessRefused && event.outcome == AuditOutcome::Refused
    });
    assert!(refusals.count() >= 4);
}

#[test]
fn what_was_handed_in_is_found_read_changed_and_signed_off() {
    let world = World::with_school();
    let consignment = filled(&world, delivery("kall/1", 1, 1));
    let receipt = world.run(world.service().hand_in(&consignment)).unwrap();
    let desk = world.service();
    let case = world.run(desk.case(&CaseName::Key(pupil(1)))).unwrap();
    assert_eq!(case.id(), receipt.case.id);
    let mut filter = CaseFilter::default();
    filter.title = Some("elevmappe 1".into());
    assert_eq!(world.run(desk.cases(&filter, None, 9)).unwrap(), std::slice::from_ref(&case));
    let name = EntryName::Key(key("dokument", "kall/1/1"));
    let entry = world.run(desk.entry(&name)).unwrap();
    let by_number = EntryName::Number { case: case.number(), number: 1 };
    assert_eq!(world.run(desk.entry(&by_number)).unwrap(), entry);
    assert_eq!(world.run(desk.entries(case.id())).unwrap(), std::slice::from_ref(&entry));
    let open = world.run(desk.open(receipt.entries[0].documents[0].into())).unwrap();
    let chunks: Vec<_> = world.run(open.content.try_collect()).unwrap();
    assert_eq!(chunks.concat(), b"%PDF kall/1 0");
    world.run(desk.amend_entry(entry.id(), Change::Title("Vurdering våren".into()).into())).unwrap();
    let wish = SignOffWish { how: SignOffKind::Noted, answered_by: None, party: None };
    world.run(desk.sign_off(entry.id(), wish)).unwrap();
    let signed = world.run(desk.entry(&name)).unwrap();
    assert!(!signed.is_outstanding() && signed.title().expose() == "Vurdering våren");
    assert!(matches!(world.run(desk.sign_off(entry.id(), wish)), Err(ArchiveError::NotAllowed(_))));
    let sign_off = SignOffId::of(entry.id(), &signed.sign_offs()[0]);
    world.run(desk.undo_sign_off(entry.id(), sign_off)).unwrap();
    let again = world.run(desk.undo_sign_off(entry.id(), sign_off));
    assert!(matches!(again, Err(ArchiveError::NotFound { what: "sign-off" })), "{again:?}");
    assert!(world.run(desk.entry(&name)).unwrap().is_outstanding());
    world.run(desk.sign_off(entry.id(), wish)).unwrap();
    world.run(desk.move_case(case.id(), CaseStatus::HandlerDone)).unwrap();
    assert!(matches!(world.run(desk.move_case(case.id(), CaseStatus::Closed)), Err(ArchiveError::NotAllowed(_))));
    let units = world.run(desk.codes(CodeList::Units)).unwrap();
    assert!(units.iter().any(|value| value.code == school_unit().as_str()));
}

#[test]
fn a_change_by_call_keeps_to_the_rules_of_the_source() {
    let mut book = school_rules();
    book.usual.case.screening = ScreeningRule::Required;
    book.usual.codes.insert("25".to_owned(), screening("UO"));
    book.usual.units.insert("skolen".to_owned(), school_unit());
    let world = World::with_school_rules(book);
    let mut consignment = filled(&world, delivery("kall/1", 1, 1));
    consignment.facts.screening = Some(ScreeningWish::new("25"));
    let receipt = world.run(world.service().hand_in(&consignment)).unwrap();
    let amend = |change: CaseChange| world.run(world.service().amend_case(receipt.case.id, change.into()));
    let refused = amend(CaseChange::Screening(None));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::ScreeningMissing)));
    let refused = amend(CaseChange::Unit(UnitId::new("ukjent").unwrap()));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::UnknownUnit)));
    amend(CaseChange::Unit(UnitId::new("skolen").unwrap())).unwrap();
    amend(CaseChange::Screening(Some(screening("25")))).unwrap();
    let case = &world.school_cases()[0].0;
    assert_eq!((case.unit(), case.screening()), (&school_unit(), Some(&screening("UO"))));
    let entry = receipt.entries[0].id;
    let moved = Change::Unit(Some(UnitId::new("ukjent").unwrap()));
    let refused = world.run(world.service().amend_entry(entry, moved.into()));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::UnknownUnit)));
    let moved = Change::Unit(Some(UnitId::new("skolen").unwrap()));
    world.run(world.service().amend_entry(entry, moved.into())).unwrap();
    assert_eq!(world.school_cases()[0].1[0].unit(), Some(&school_unit()));
}

/// A document with a file in an entry of a case that is not the service user's.
fn document_in(world: &World, case: CaseId) -> DocumentId {
    let id = DocumentId::from_uuid(Uuid::from_u128(7));
    let content = stream::iter([Ok(bytes::Bytes::from_static(b"%PDF tegning"))]).boxed();
    let version = DocumentVersion {
        number: 1,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: MediaType::pdf(),
        file_name: FileName::sanitize("tegning.pdf"),
        content: world.run(world.desk().put_document(content, 1000)).unwrap(),
        created: world.clock.now(),
        created_by: archivist().id,
    };
    let document = Document::new(id, "Tegning".into()).unwrap().with_version(version).unwrap();
    let mut entry = NewEntry::new(EntryKind::Internal, "Tegning".into(), archivist().id);
    entry.documents = vec![NewDocument { role: DocumentRole::Main, document }];
    world.run(world.desk().register(case, entry)).unwrap();
    id
}

fn screening(code: &str) -> Screening {
    Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", [Hides::Document]).unwrap()
}

#[test]
fn what_is_not_live_neither_hands_in_nor_reads() {
    let world = World::with_school();
    let consignment = filled(&world, delivery("kall/1", 1, 1));
    let desk = world.desk();
    world.run(desk.integrations().stop(&school(), "feil i leveransene".into())).unwrap();
    let refused = world.run(world.service().hand_in(&consignment));
    assert!(matches!(refused, Err(ArchiveError::Rejected(r)) if r.has(FaultCode::UnknownSource) && r.may_pass()));
    assert!(world.run(world.service().case(&CaseName::Key(pupil(1)))).is_err());
    let log = world.log();
    let not_live = log.iter().filter(|record| record.event.rule.as_deref() == Some("not_live"));
    let clients: Vec<_> = not_live.map(|record| record.event.client.as_deref()).collect();
    assert_eq!(clients, [Some("10.0.0.7"); 2], "who came while it was stopped stands in the log");
    world.run(desk.integrations().go_live(&school(), None)).unwrap();
    assert!(world.run(world.service().hand_in(&consignment)).is_ok());
}
