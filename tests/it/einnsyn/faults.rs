//! Whatever goes wrong at whichever call: nothing is doubled, nothing is lost, nothing that was taken out stays.

use std::time::Duration;

use sakarkiv_core::{
    case::CaseNumber,
    ports::{JournalPublisher, MeetingPublisher, PortError},
    publication::{PublicRecord, PublicText, clear_meeting},
};
use sakarkiv_testkit::simulators::{Answer, Fault, Tamper, Target, When, einnsyn::Entity};
use serde_json::Value;

use super::world::{World, texts};

/// What can go wrong with a call.
fn faults() -> Vec<Fault> {
    vec![
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::StallBefore(Duration::from_secs(600)),
        Fault::StallAfter(Duration::from_secs(600)),
        Fault::status(500),
        Fault::outage(),
        Fault::too_many_requests(Duration::from_secs(7)),
        Fault::AnswerAfter(Answer::new(502)),
        Fault::Tamper(Tamper::Truncated),
        Fault::Tamper(Tamper::Garbage),
        Fault::status(401),
        Fault::status(409),
    ]
}

/// Repeats a call until it is `Ok`, as an office does.
fn until_ok(world: &World, mut call: impl FnMut() -> Result<(), PortError>) -> usize {
    for failures in 0..10 {
        match call() {
            Ok(()) => return failures,
            Err(error) => world.clock.advance(error.retry_after().unwrap_or(Duration::from_secs(1))),
        }
    }
    panic!("never done");
}

fn assert_shown_once(world: &World, record: &PublicRecord, what: &str) {
    let all = world.einnsyn.public(Entity::Journalpost);
    let copies: Vec<&Value> = all.iter().filter(|one| one["systemId"] == record.entry.to_string().as_str()).collect();
    assert_eq!(copies.len(), 1, "{what}");
    let copy = copies[0];
    assert_eq!(copy["offentligTittelSensitiv"], record.journal.title.shown.as_str(), "{what}");
    let mut parties = texts(&copy["korrespondansepart"], "korrespondansepartNavnSensitiv");
    let mut expected: Vec<String> = record.parties.iter().map(|party| party.name.shown.clone()).collect();
    parties.sort();
    expected.sort();
    assert_eq!(parties, expected, "{what}");
    assert_eq!(texts(&copy["dokumentbeskrivelse"], "tittel").len(), record.documents.len(), "{what}");
    for (entity, most) in [
        (Entity::Arkiv, 1),
        (Entity::Arkivdel, 1),
        (Entity::Saksmappe, 1),
        (Entity::Korrespondansepart, expected.len()),
    ] {
        assert_eq!(world.einnsyn.objects(entity).len(), most, "{what}: {entity:?}");
    }
}

#[test]
fn a_fault_at_any_call_neither_doubles_nor_loses_an_entry_its_change_or_its_withdrawal() {
    for fault in faults() {
        for skip in 0..8 {
            let what = format!("{fault:?} after {skip} calls");
            let mut world = World::new();
            let record = world.record(1);
            let arm = |world: &World| {
                world.einnsyn.faults().clear();
                world.einnsyn.faults().arm(Target::Any, When::Later { skip, strike: 1 }, fault.clone());
            };
            arm(&world);
            until_ok(&world, || world.try_publish(&record));
            assert_shown_once(&world, &record, &what);
            let mut newer = record.clone().with_revision(2);
            newer.journal.title = PublicText::nameless("Nabomerknad");
            newer.parties.truncate(1);
            newer.parties[0].name = PublicText::masked();
            newer.documents.push(world.samples.public_document(2, "Kart"));
            newer.journal.screening = None;
            arm(&world);
            until_ok(&world, || world.try_publish(&newer));
            assert_shown_once(&world, &newer, &what);
            assert!(!world.einnsyn.public_text().contains("Ola Testperson"), "{what}");
            arm(&world);
            until_ok(&world, || world.run(world.publisher.withdraw(record.entry)));
            assert_eq!(world.einnsyn.objects(Entity::Journalpost).len(), 0, "{what}");
            assert_eq!(world.einnsyn.objects(Entity::Saksmappe).len(), 0, "{what}");
        }
    }
}

#[test]
fn a_fault_at_any_call_of_a_move_leaves_no_empty_case_whether_it_is_repeated_or_withdrawn() {
    for fault in faults() {
        for (skip, withdrawn) in (0..8).flat_map(|skip| [(skip, false), (skip, true)]) {
            let what = format!("{fault:?} after {skip} calls, withdrawn: {withdrawn}");
            let mut world = World::new();
            let record = world.record(1);
            world.publish(&record);
            let mut moved = record.clone().with_revision(2);
            (moved.case.id, moved.case.number) = (world.samples.case_id(), CaseNumber::new(2026, 319).unwrap());
            world.einnsyn.faults().arm(Target::Any, When::Later { skip, strike: 1 }, fault.clone());
            if withdrawn {
                if let Err(error) = world.try_publish(&moved) {
                    world.clock.advance(error.retry_after().unwrap_or(Duration::from_secs(1)));
                }
                until_ok(&world, || world.run(world.publisher.withdraw(record.entry)));
            } else {
                until_ok(&world, || world.try_publish(&moved));
            }
            let cases = world.einnsyn.objects(Entity::Saksmappe);
            let numbers: Vec<&str> = cases.iter().map(|case| case["saksnummer"].as_str().unwrap()).collect();
            assert_eq!(numbers, if withdrawn { vec![] } else { vec!["2026/319"] }, "{what}");
        }
    }
}

#[test]
fn a_fault_at_any_call_neither_doubles_nor_loses_a_meeting() {
    for fault in faults() {
        for skip in 0..9 {
            let what = format!("{fault:?} after {skip} calls");
            let mut world = World::new();
            let mut meeting = world.samples.public_meeting();
            let publish = |world: &World, meeting: &sakarkiv_core::publication::PublicMeeting| {
                world.einnsyn.faults().clear();
                world.einnsyn.faults().arm(Target::Any, When::Later { skip, strike: 1 }, fault.clone());
                let cleared = clear_meeting(meeting.clone(), &meeting.clean_report(), &[]).unwrap();
                until_ok(world, || world.run(world.publisher.publish_meeting(&cleared)));
            };
            publish(&world, &meeting);
            meeting.revision = 2;
            let decision = meeting.items[0].decision.as_mut().unwrap();
            decision.text = PublicText::nameless("Planen er avvist");
            decision.votes.truncate(1);
            decision.proceedings = None;
            meeting.items[0].report = None;
            publish(&world, &meeting);
            let shown = world.public(Entity::Moetemappe, &meeting.meeting).unwrap();
            let item = &shown["moetesak"][0];
            assert_eq!(item["vedtak"]["vedtakstekst"]["tekstInnhold"], "Planen er avvist", "{what}");
            assert!(item["utredning"].is_null() && item["vedtak"]["behandlingsprotokoll"].is_null(), "{what}: {item}");
            for (entity, count) in [
                (Entity::Moetemappe, 1),
                (Entity::Moetesak, 1),
                (Entity::Moetedokument, 1),
                (Entity::Vedtak, 1),
                (Entity::Utredning, 0),
                (Entity::Votering, 1),
                (Entity::Moetedeltaker, 1),
                (Entity::Behandlingsprotokoll, 0),
            ] {
                assert_eq!(world.einnsyn.objects(entity).len(), count, "{what}: {entity:?}");
            }
        }
    }
}

#[test]
fn while_einnsyn_wants_to_be_left_alone_nothing_is_asked_of_it() {
    let mut world = World::new();
    let record = world.record(1);
    let wait = Duration::from_secs(30);
    world.einnsyn.faults().arm(Target::Any, When::Next(1), Fault::too_many_requests(wait));
    assert_eq!(world.try_publish(&record).unwrap_err().retry_after(), Some(wait));
    let calls = world.einnsyn.calls().len();
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(world.try_publish(&record).unwrap_err().retry_after(), Some(Duration::from_secs(20)));
    assert_eq!(world.einnsyn.calls().len(), calls);
    world.clock.advance(Duration::from_secs(20));
    world.publish(&record);
}
