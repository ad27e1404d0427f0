use std::collections::BTreeSet;

use sakarkiv_core::{
    intake::ScreeningRule,
    ports::Answer,
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_testkit::memory::{Parcel, Ware};

use super::world::{delivery, school, school_rules};
use crate::world::World;

/// Seven deliveries about four pupils, some of them about the same one.
fn offer_night(world: &World) {
    for (n, pupil) in [1, 2, 1, 3, 4, 1, 2].into_iter().enumerate() {
        world.warehouse.offer(Ware::new(delivery(&format!("natt/{n}"), pupil, 1 + n % 3)));
    }
}

fn entries_of_night() -> usize {
    (0..7).map(|n| 1 + n % 3).sum()
}

/// The entries of each delivery are all there or none is, and no entry, and no pupil's case, is there twice.
fn demand_whole(world: &World) -> usize {
    let cases = world.school_cases();
    let titles: BTreeSet<&str> = cases.iter().map(|(case, _)| case.title().expose().as_str()).collect();
    assert_eq!(titles.len(), cases.len(), "a pupil has two cases");
    let keys: Vec<String> = cases
        .iter()
        .flat_map(|(_, entries)| entries)
        .flat_map(|entry| entry.external_keys())
        .map(|key| key.value.expose().clone())
        .collect();
    let distinct: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(distinct.len(), keys.len(), "an entry is there twice");
    for n in 0..7 {
        let of_delivery = keys.iter().filter(|key| key.starts_with(&format!("natt/{n}/"))).count();
        assert!(of_delivery == 0 || of_delivery == 1 + n % 3, "half of delivery {n} is there");
    }
    for (case, entries) in &cases {
        assert!(!entries.is_empty(), "case {} was opened without what it was opened for", case.number());
    }
    keys.len()
}

fn demand_done(world: &World) {
    assert_eq!(demand_whole(world), entries_of_night());
    assert_eq!(world.school_cases().len(), 4);
    for item in world.warehouse.ids() {
        let ware = world.warehouse.ware(&item).unwrap();
        let numbers: BTreeSet<String> = ware
            .answers
            .iter()
            .map(|answer| match answer {
                Answer::Received(receipt) => receipt.case.number.to_string(),
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(numbers.len(), 1, "the source was told other things than one case number: {numbers:?}");
        assert!(numbers.iter().all(|number| number.starts_with("2026/")), "{numbers:?}");
    }
    assert_eq!(world.warehouse.waiting(), []);
}

#[test]
fn a_nights_bulk_is_taken_in_and_answered() {
    let world = World::with_school();
    offer_night(&world);
    world.idle();
    demand_done(&world);
    world.clock.advance(crate::world::hours(1));
    world.idle();
    demand_done(&world);
}

#[test]
fn a_process_that_dies_at_any_moment_leaves_whole_deliveries_and_the_next_adds_none_twice() {
    let mut points = 0;
    for steps in 1..10_000 {
        let mut world = World::with_school();
        offer_night(&world);
        let ended = world.steps(world.office.run_until_idle(), steps);
        demand_whole(&world);
        world.restart();
        // What the first one began to wait for may have to pass.
        world.clock.advance(crate::world::hours(1));
        world.idle();
        demand_done(&world);
        if ended {
            points = steps;
            break;
        }
    }
    assert!(points > 30, "there were only {points} moments to die at");
}

#[test]
fn a_process_that_dies_twice_leaves_whole_deliveries_too() {
    for (first, second) in (1..60).step_by(7).flat_map(|a| (1..60).step_by(5).map(move |b| (a, b))) {
        let mut world = World::with_school();
        offer_night(&world);
        world.steps(world.office.run_until_idle(), first);
        world.restart();
        world.steps(world.office.run_until_idle(), second);
        demand_whole(&world);
        world.restart();
        world.clock.advance(crate::world::hours(1));
        world.idle();
        demand_done(&world);
    }
}

/// Runs the office through a bulk of 200 until ten of it are there, has something done, and runs it on.
fn after_ten_of_two_hundred(world: &World, done: impl FnOnce()) {
    for n in 0..200 {
        world.warehouse.offer(Ware::new(delivery(&format!("natt/{n}"), n, 1)));
    }
    let mut run = std::pin::pin!(world.office.run(std::future::pending()));
    let mut steps = 0;
    while world.school_cases().len() < 10 {
        world.steps(run.as_mut(), 1);
        steps += 1;
        assert!(steps < 10_000, "the bulk is not taken in");
    }
    done();
    world.steps(run.as_mut(), steps * 30);
}

#[test]
fn a_source_that_is_stopped_in_the_midst_of_a_bulk_is_stopped_at_once() {
    let world = World::with_school();
    let (desk, source) = (world.desk(), school());
    after_ten_of_two_hundred(&world, || world.run(desk.integrations().stop(&source, "feil i fila".into())).unwrap());
    let taken = world.school_cases().len();
    assert!((10..15).contains(&taken), "{taken} were taken in");
    world.run(desk.integrations().go_live(&source, None)).unwrap();
    world.clock.advance(crate::world::hours(1));
    world.idle();
    assert_eq!((world.school_cases().len(), world.warehouse.waiting()), (200, vec![]));
}

#[test]
fn rules_that_are_changed_in_the_midst_of_a_bulk_count_for_the_rest_of_it() {
    let world = World::with_school();
    let mut book = school_rules();
    let code = AccessCode::new("UO").unwrap();
    let screening = Screening::new(code, "offl. § 13", [Hides::Document]).unwrap();
    book.usual.entry.screening = ScreeningRule::Default(screening);
    let desk = world.desk();
    after_ten_of_two_hundred(&world, || assert_eq!(world.run(desk.integrations().change_rules(book)).unwrap(), 1));
    let cases = world.school_cases();
    let open = cases.iter().flat_map(|(_, entries)| entries).filter(|entry| entry.screening().is_none()).count();
    assert!(cases.len() == 200 && (10..15).contains(&open), "{open} of {} are open", cases.len());
}

#[test]
fn mail_goes_on_beside_a_nights_bulk() {
    let world = World::with_school();
    for n in 0..200 {
        world.warehouse.offer(Ware::new(delivery(&format!("natt/{n}"), n, 1)));
    }
    let mail = world.room.drop_in(Parcel::new("Søknad", "%PDF søknad"));
    let letter = world.submit("brev-1");
    let taken_in = |world: &World| world.school_cases().len();
    let mut steps = 0;
    let run = world.office.run(std::future::pending());
    let mut run = std::pin::pin!(run);
    while world.room.parcel(&mail).unwrap().acknowledged == 0 || world.state(letter) == "queued" {
        steps += 1;
        world.steps(run.as_mut(), 1);
        assert!(steps < 2_000, "mail waits for the bulk");
    }
    assert!(taken_in(&world) < 100, "the bulk was nearly done before any mail: {}", taken_in(&world));
    while !world.warehouse.waiting().is_empty() {
        world.steps(run.as_mut(), 10);
    }
    assert_eq!(taken_in(&world), 200);
}
