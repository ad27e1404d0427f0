//! No answer tells a source of a case that is kept from it.

use sakarkiv_core::{
    audit::{Activity, AuditOutcome},
    case::{CaseChange, CaseKind, CaseStatus, NewCase},
    identity::{CaseId, UnitId},
    intake::{
        CaseName, CaseOutcome, CaseWish, Consignment, ConsignmentKey, EntryName, FaultCode, Receipt, Rejection,
        StepKind, reference,
    },
    journal::Change,
    ports::{ArchiveDesk, ArchiveError, CaseFilter},
    text::ExternalKey,
};

use super::world::{delivery, pupil, school_rules, school_unit};
use crate::world::{World, archivist, unit};

fn property() -> ExternalKey {
    reference::matrikkel("1804", 138, 2211, 0, 0)
}

/// A case with a key that somebody opened in a unit.
fn opened(world: &World, kind: CaseKind, unit: UnitId, key: ExternalKey) -> CaseId {
    let mut new = NewCase::new(kind, "Storgata 1".into(), unit, archivist().id);
    new.class = Some("L42".into());
    new.external_keys = vec![key];
    world.run(world.desk().open_case(new)).unwrap().0
}

/// Without entries, so that only the case counts.
fn wishing(wish: CaseWish, key: ExternalKey) -> Consignment {
    let mut consignment = delivery("kall/1", 1, 0);
    consignment.case = wish;
    consignment.facts.external_keys = vec![key];
    consignment
}

fn wishes(name: &CaseName) -> [CaseWish; 3] {
    [CaseWish::New, CaseWish::Existing(name.clone()), CaseWish::FindOrNew(name.clone())]
}

fn refusal(answer: Result<impl std::fmt::Debug, ArchiveError>) -> Rejection {
    let rejected = |error| match error {
        ArchiveError::Rejected(rejection) => Some(rejection),
        _ => None,
    };
    answer.err().and_then(rejected).unwrap()
}

#[test]
fn of_two_cases_with_a_key_the_one_that_the_source_may_know_of_is_meant() {
    let world = World::with_school();
    for _ in 0..30 {
        opened(&world, CaseKind::Building, unit(), property());
    }
    let ours = opened(&world, CaseKind::PupilFile, school_unit(), property());
    let mut like = CaseFilter::default();
    like.title = Some("storgata 1".into());
    for (n, name) in [CaseName::Key(property()), CaseName::Like(Box::new(like))].into_iter().enumerate() {
        let mut consignment = wishing(CaseWish::FindOrNew(name), property());
        consignment.key = ConsignmentKey::new(&format!("kall/{n}")).unwrap();
        let receipt = world.run(world.service().hand_in(&consignment)).unwrap();
        assert_eq!(receipt.case.id, ours);
    }
}

#[test]
fn a_case_and_an_entry_are_found_behind_any_number_that_are_kept_from_the_source() {
    let mut rules = school_rules();
    rules.usual.entry.without_documents = true;
    let world = World::with_school_rules(rules);
    let desk = world.service();
    let name = CaseName::Key(property());
    let about = |n: usize| {
        let mut consignment = delivery(&format!("kall/{n}"), n, 1);
        consignment.entries[0].key = Some(reference::key("skole", reference::ENTRY, "karakterutskrift"));
        consignment.facts.external_keys.push(property());
        world.run(world.service().hand_in(&consignment)).unwrap()
    };
    let ours = about(0);
    let hidden: Vec<Receipt> = (1..45).map(about).collect();
    let away = |receipt: &Receipt| {
        let (case, entry) = (CaseChange::Unit(unit()), Change::Unit(Some(unit())));
        world.run(world.desk().amend_case(receipt.case.id, case.into())).unwrap();
        world.run(world.desk().amend_entry(receipt.entries[0].id, entry.into())).unwrap();
    };
    let entry = EntryName::Key(reference::key("skole", reference::ENTRY, "karakterutskrift"));
    assert!(matches!(world.run(desk.case(&name)), Err(ArchiveError::Several { .. })));
    hidden.iter().for_each(away);
    assert_eq!(world.run(desk.case(&name)).unwrap().id(), ours.case.id);
    assert_eq!(world.run(desk.entry(&entry)).unwrap().id(), ours.entries[0].id, "the newest ones are kept from it");
    let last = about(45);
    assert!(matches!(world.run(desk.case(&name)), Err(ArchiveError::Several { .. })), "the first and the last");
    away(&ours);
    assert_eq!(world.run(desk.case(&name)).unwrap().id(), last.case.id);
    away(&last);
    assert!(matches!(world.run(desk.case(&name)), Err(ArchiveError::NotFound { .. })));
    assert!(world.run(desk.entry(&entry)).is_err());
}

#[test]
fn an_answer_is_the_same_whether_a_hidden_case_is_there_open_closed_or_several_times_or_not_at_all() {
    let worlds = [0, 1, 1, 2].map(|count| {
        let world = World::with_school();
        let cases = (0..count).map(|_| opened(&world, CaseKind::Building, unit(), property())).collect::<Vec<_>>();
        (world, cases)
    });
    let (closed, cases) = &worlds[2];
    closed.run(closed.desk().move_case(cases[0], CaseStatus::Closed)).unwrap();
    let mut like = CaseFilter::default();
    like.key = Some(property());
    for name in [CaseName::Key(property()), CaseName::Like(Box::new(like))] {
        for wish in wishes(&name) {
            let consignment = wishing(wish, property());
            let answers = worlds.each_ref().map(|(world, _)| {
                let answer = world.run(world.service().dry_run(&consignment));
                answer.map(|run| run.steps[0].action).map_err(|error| error.to_string())
            });
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{:?}: {answers:?}", consignment.case);
            let opens = !matches!(consignment.case, CaseWish::Existing(_));
            assert_eq!(answers[0] == Ok(StepKind::OpenCase), opens);
        }
    }
}

#[test]
fn a_case_of_its_own_that_is_kept_from_the_source_is_not_opened_twice() {
    let world = World::with_school();
    opened(&world, CaseKind::Building, unit(), pupil(1));
    // Opened by the source itself, under the key of another system, and moved out of its reach.
    let moved = wishing(CaseWish::New, property());
    let receipt = world.run(world.service().hand_in(&moved)).unwrap();
    assert_eq!(receipt.case.outcome, CaseOutcome::Opened);
    let away = CaseChange::Unit(unit());
    world.run(world.desk().amend_case(receipt.case.id, away.into())).unwrap();
    let mut like = CaseFilter::default();
    like.key = Some(property());
    for (name, key) in [
        (CaseName::Key(pupil(1)), pupil(1)),
        (CaseName::Key(property()), property()),
        (CaseName::Like(Box::new(like)), property()),
        (CaseName::Number(receipt.case.number), property()),
    ] {
        for wish in wishes(&name) {
            let mut consignment = wishing(wish, key.clone());
            consignment.key = ConsignmentKey::new("kall/2").unwrap();
            let rejection = refusal(world.run(world.service().hand_in(&consignment)));
            let codes: Vec<FaultCode> = rejection.faults().map(|fault| fault.code).collect();
            assert_eq!(codes, [FaultCode::NotAllowed], "{:?}", consignment.case);
        }
    }
}

#[test]
fn a_trial_that_is_refused_stands_in_the_log() {
    let world = World::with_school();
    opened(&world, CaseKind::Building, unit(), property());
    let consignment = wishing(CaseWish::Existing(CaseName::Key(property())), property());
    assert!(refusal(world.run(world.service().dry_run(&consignment))).has(FaultCode::UnknownCase));
    let log = world.log();
    let refused = log.iter().map(|record| &record.event).filter(|event| event.outcome == AuditOutcome::Refused);
    let refused: Vec<_> =
        refused.map(|event| (event.activity.clone(), event.details.expose().contains_key("dry_run"))).collect();
    assert_eq!(refused, [(Activity::AccessRefused, false), (Activity::Received, true)]);
    assert!(world.notifier.told().is_empty(), "who tries asks, and nobody else is told");
}
