//! Reminders that the office sends by itself.

use std::sync::atomic::Ordering;

use sakarkiv_core::{
    audit::Activity,
    unopened::{Limits, ReportSchedule},
};
use sakarkiv_testkit::conformance::company;

use super::{DAILY, days, extras, logged, lying, secret, world};
use crate::world::hours;

#[test]
fn the_office_reminds_by_itself_only_when_told_to_and_never_more_than_the_limit() {
    for by_itself in [false, true] {
        let (extras, _) = extras(DAILY, by_itself);
        let mut world = world(extras);
        lying(&world, secret(&world, "a", company(1)));
        for _ in 0..5 {
            days(&world, 6);
            world.restart();
        }
        let expected = if by_itself { Limits::default().most_reminders as usize } else { 0 };
        let sent = world.svarut.post().letters().len() - 1;
        assert!(sent <= expected && (sent > 0) == by_itself, "{sent} reminders");
        assert_eq!(logged(&world, &Activity::Reminded), sent);
    }
}

#[test]
fn reminders_that_go_by_themselves_wait_for_no_report() {
    let weekly = ReportSchedule::Weekly { day: chrono::Weekday::Mon, hour: 12 };
    for (schedule, taken) in [(ReportSchedule::Off, true), (weekly, true), (DAILY, false)] {
        let (extras, desktop) = extras(schedule, true);
        desktop.refuses.store(!taken, Ordering::SeqCst);
        let mut world = world(extras);
        lying(&world, secret(&world, "a", company(1)));
        days(&world, 2);
        assert_eq!(logged(&world, &Activity::Reminded), 0, "{schedule:?}: it has not lain long");
        world.restart();
        days(&world, 2);
        assert_eq!(logged(&world, &Activity::Reminded), 1, "{schedule:?}");
        world.pass(hours(5));
        assert_eq!(logged(&world, &Activity::Reminded), 1, "{schedule:?}: once each day");
        days(&world, 3);
        assert_eq!(logged(&world, &Activity::Reminded), 1, "{schedule:?}: it waits between two, and rests on days off");
    }
}
