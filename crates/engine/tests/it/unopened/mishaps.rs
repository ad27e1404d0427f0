//! What goes wrong while mail lies unopened, and what is told of it all the same.

use std::sync::atomic::Ordering;

use sakarkiv_core::{
    routing::MailboxKind,
    unopened::{Action, ReportSchedule},
};
use sakarkiv_testkit::conformance::company;

use super::{days, extras, lying, secret, world};

#[test]
fn a_reminder_that_never_arrived_is_not_waited_for_and_counts_among_those_that_were_made() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let letter = lying(&world, secret(&world, "a", company(1)));
    days(&world, 4);
    world.svarut.post().set_reach(&company(1), []);
    let first = world.run(world.desk().remind(letter)).unwrap();
    world.idle();
    assert_eq!((first.number, world.state(first.letter)), (1, "failed"));
    let line = world.run(world.desk().unopened()).unwrap().lines.remove(0);
    assert_eq!((line.recommendation.action, line.reminders, line.reminded), (Action::Remind, 0, None));
    world.svarut.post().set_reach(&company(1), [MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]);
    let second = world.run(world.desk().remind(letter)).unwrap();
    world.idle();
    assert_eq!((second.number, second.repeated, world.state(second.letter)), (2, false, "accepted"));
    let line = world.run(world.desk().unopened()).unwrap().lines.remove(0);
    assert_eq!((line.recommendation.action, line.reminders), (Action::Wait, 1));
}

#[test]
fn a_letter_that_arrives_while_it_is_looked_for_stands_in_the_overview_once() {
    let world = world(extras(ReportSchedule::Off, false).0);
    lying(&world, secret(&world, "a", company(1)));
    world.doubts.on_the_move.store(true, Ordering::SeqCst);
    let lines = world.run(world.desk().unopened()).unwrap().lines;
    assert_eq!(lines.iter().map(|line| line.evidence.raw.as_str()).collect::<Vec<_>>(), ["LEVERT"]);
}
