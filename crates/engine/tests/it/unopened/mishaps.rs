//! What goes wrong while mail lies unopened, and what is told of it all the same.

use std::sync::atomic::Ordering;

use sakarkiv_core::{
    audit::Activity,
    ports::Subject,
    routing::MailboxKind,
    unopened::{Action, ReportSchedule},
};
use sakarkiv_engine::RemindError;
use sakarkiv_testkit::conformance::company;

use super::{DAILY, at, days, extras, logged, lying, secret, world};
use crate::world::{hours, minutes, now};

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
    assert!(
        line.recommendation.reasons.iter().any(|reason| reason.code == "reminder_failed"),
        "and the overview says so"
    );
    world.svarut.post().set_reach(&company(1), [MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]);
    let second = world.run(world.desk().remind(letter)).unwrap();
    world.idle();
    assert_eq!((second.number, second.repeated, world.state(second.letter)), (2, false, "accepted"));
    let line = world.run(world.desk().unopened()).unwrap().lines.remove(0);
    assert_eq!((line.recommendation.action, line.reminders), (Action::Wait, 1));
}

#[test]
fn when_every_reminder_failed_the_overview_says_so_and_calls_for_no_more_of_them() {
    let (mut extras, desktop) = extras(DAILY, true);
    extras.follow_up.as_mut().unwrap().limits.sent.overdue = 20;
    extras.follow_up.as_mut().unwrap().limits.sent.critical = 40;
    let world = world(extras);
    let letter = lying(&world, secret(&world, "a", company(1)));
    world.svarut.post().set_reach(&company(1), []);
    days(&world, 12);
    assert_eq!(logged(&world, &Activity::Reminded), 2);
    let of_report = desktop.reports().pop().unwrap().unopened.lines.remove(0);
    let line = world.run(world.desk().unopened()).unwrap().lines.remove(0);
    for line in [line, of_report] {
        assert_eq!(
            (line.recommendation.action, line.recommendation.reasons[0].code),
            (Action::Call, "reminders_failed")
        );
        assert_eq!((line.reminders, line.failed_reminders), (0, 2));
    }
    let refused = world.run(world.desk().remind(letter));
    assert!(matches!(refused, Err(RemindError::NotCalledFor(Action::Call))), "{refused:?}");
}

#[test]
fn a_letter_that_arrives_while_it_is_looked_for_stands_in_the_overview_once() {
    let world = world(extras(ReportSchedule::Off, false).0);
    lying(&world, secret(&world, "a", company(1)));
    world.doubts.on_the_move.store(true, Ordering::SeqCst);
    let lines = world.run(world.desk().unopened()).unwrap().lines;
    assert_eq!(lines.iter().map(|line| line.evidence.raw.as_str()).collect::<Vec<_>>(), ["LEVERT"]);
}

#[test]
fn a_report_that_was_due_during_an_outage_is_tried_for_an_hour_as_well() {
    let (extras, desktop) = extras(DAILY, false);
    let mut world = world(extras);
    world.pass(hours(3));
    let before = desktop.reports().len();
    let reported = logged(&world, &Activity::Reported);
    world.clock.set(now(&world) + chrono::TimeDelta::days(4));
    desktop.refuses.store(true, Ordering::SeqCst);
    world.restart();
    world.pass(minutes(30));
    // Another outage in between neither ends the hour nor begins it anew.
    world.restart();
    world.pass(minutes(20));
    desktop.refuses.store(false, Ordering::SeqCst);
    world.pass(hours(1));
    let lost = world.notifier.told().iter().filter(|notice| notice.subject == Subject::ReportLost).count();
    let reports = desktop.reports();
    assert_eq!((lost, reports.len(), logged(&world, &Activity::Reported)), (0, before + 1, reported + 1));
    assert_eq!(reports[before].due, at("2026-09-15T10:00:00Z"), "under the day on which it was due");
}
