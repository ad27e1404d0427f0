use sakarkiv_core::{
    audit::{Activity, AuditOutcome},
    intake::{FaultCode, Place, Rejection, ScreeningWish, Sequence},
    ports::{Answer, Audience, Subject},
};
use sakarkiv_testkit::memory::{PostFault, Ware};

use super::world::{delivery, school};
use crate::world::{World, archivist, hours, minutes};

fn rejections(world: &World) -> Vec<(Audience, String)> {
    let told = world.notifier.told();
    let about = told.into_iter().filter_map(|notice| match notice.subject {
        Subject::ConsignmentRejected { consignment, .. } => Some((notice.audience, consignment)),
        _ => None,
    });
    about.collect()
}

fn numbered(name: &str, number: u64) -> Ware {
    let mut consignment = delivery(name, 1, 1);
    consignment.sequence = Some(Sequence { row: "elev/1".to_owned(), number });
    Ware::new(consignment)
}

#[test]
fn a_rejected_delivery_is_told_to_both_sides_and_a_mended_one_is_taken() {
    let world = World::with_school();
    let mut bad = delivery("natt/1", 1, 2);
    bad.entries[1].screening = Some(ScreeningWish::new("ukjent"));
    let first = world.warehouse.offer(Ware::new(bad));
    let other = world.warehouse.offer(Ware::new(delivery("natt/2", 2, 1)));
    world.idle();
    let answers = world.warehouse.ware(&first).unwrap().answers;
    let [Answer::Rejected(rejection)] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(
        rejection.faults().map(|fault| (fault.code, fault.place)).collect::<Vec<_>>(),
        [(FaultCode::UnknownAccessCode, Place::Entry { entry: 1 })]
    );
    assert_eq!(rejections(&world), [(Audience::User(archivist().id), "natt/1".to_owned())]);
    assert!(matches!(world.warehouse.ware(&other).unwrap().answers[..], [Answer::Received(_)]));
    assert_eq!(world.school_cases().len(), 1, "nothing of the rejected one is there");
    let logged = world.log();
    let refused = logged.iter().filter(|record| record.event.outcome == AuditOutcome::Refused);
    assert!(refused.into_iter().any(|record| record.event.activity == Activity::Received));
    let mended = world.warehouse.offer(Ware::new(delivery("natt/1", 1, 2)));
    world.clock.advance(hours(1));
    world.idle();
    assert!(matches!(world.warehouse.ware(&mended).unwrap().answers[..], [Answer::Received(_)]));
    assert_eq!(world.school_cases().len(), 2);
    assert_eq!(rejections(&world).len(), 1);
}

#[test]
fn what_cannot_be_read_is_rejected_with_what_the_source_says_of_it() {
    let world = World::with_school();
    let rejection = Rejection::new(FaultCode::InvalidContent, Place::Consignment);
    let item = world.warehouse.offer(Ware::new(delivery("natt/1", 1, 1)).faulty(rejection.clone()));
    world.idle();
    assert_eq!(world.warehouse.ware(&item).unwrap().answers, [Answer::Rejected(rejection)]);
}

#[test]
fn a_row_is_taken_in_its_order_whatever_order_it_is_listed_in() {
    let world = World::with_school();
    for number in [3, 1, 2] {
        world.warehouse.offer(numbered(&format!("natt/{number}"), number));
    }
    world.idle();
    let cases = world.school_cases();
    let [(_, entries)] = cases.as_slice() else { panic!("{} cases", cases.len()) };
    let keys: Vec<&str> = entries.iter().map(|entry| entry.external_keys()[0].value.expose().as_str()).collect();
    assert_eq!(keys, ["natt/1/1", "natt/2/1", "natt/3/1"]);
}

#[test]
fn a_gap_in_a_row_waits_and_is_told_once() {
    let world = World::with_school();
    world.warehouse.offer(numbered("natt/1", 1));
    let late = world.warehouse.offer(numbered("natt/3", 3));
    world.idle();
    assert!(matches!(world.warehouse.ware(&late).unwrap().answers[..], [Answer::SetAside { .. }]));
    world.pass(hours(8));
    let set_aside = |world: &World| {
        let told = world.notifier.told();
        told.iter().filter(|notice| matches!(notice.subject, Subject::ConsignmentSetAside { .. })).count()
    };
    assert_eq!((set_aside(&world), world.school_cases()[0].1.len()), (1, 1));
    world.warehouse.offer(numbered("natt/2", 2));
    world.pass(hours(24));
    assert_eq!(world.school_cases()[0].1.len(), 3);
    assert_eq!(world.warehouse.waiting(), []);
}

#[test]
fn a_lost_answer_is_given_again_with_the_same_numbers() {
    let world = World::with_school();
    let item = world.warehouse.offer(Ware::new(delivery("natt/1", 1, 1)));
    for fault in [None, None, Some(PostFault::DropAnswer)] {
        match fault {
            Some(fault) => world.warehouse.arm(fault),
            None => world.warehouse.arm(PostFault::Busy(minutes(1))),
        }
        world.pass(hours(1));
    }
    world.pass(hours(12));
    let answers = world.warehouse.ware(&item).unwrap().answers;
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Received(_))), "{answers:?}");
    assert_eq!(world.school_cases().len(), 1);
}

#[test]
fn a_source_that_is_away_or_shut_stops_no_other() {
    let world = World::with_school();
    world.warehouse.offer(Ware::new(delivery("natt/1", 1, 1)));
    world.warehouse.arm(PostFault::Unauthorised);
    let letter = world.submit("brev-1");
    world.idle();
    assert_ne!(world.state(letter), "queued");
    let stopped = |notice: &sakarkiv_core::ports::Notice| matches!(&notice.subject, Subject::AccountStopped { channel } if channel.as_str() == school().as_str());
    assert_eq!(world.notifier.told().iter().filter(|notice| stopped(notice)).count(), 1);
    world.pass(hours(1));
    assert_eq!(world.school_cases().len(), 1);
}
