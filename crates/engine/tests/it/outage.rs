use sakarkiv_core::{
    delivery::{DeliveryState, RemoteId},
    identity::{ChannelId, LetterId},
    ports::{Op, Store, Subject, Transaction},
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::BreakerState;

use crate::{
    moody::Moody,
    world::{World, account, hours, minutes, now, subjects, tenant},
};

fn breaker(world: &World, channel: &str, name: &str) -> BreakerState {
    let activity = world.office.activity();
    let found = activity.accounts.iter().find(|a| a.channel.as_str() == channel && a.account == account(name));
    found.unwrap().breaker
}

/// SvarUt takes letters without an answer, until it is away altogether.
fn silent_then_away(world: &World) -> Vec<LetterId> {
    Moody::set(&world.svarut.mute, true);
    let letters = (0..6).map(|n| world.submit(&format!("letter-{n}"))).collect();
    world.crash_after(std::time::Duration::from_millis(1));
    Moody::set(&world.svarut.away, true);
    world.pass(minutes(30));
    letters
}

#[test]
fn after_an_outage_sending_resumes_by_itself_and_everything_is_compared() {
    let world = World::new();
    let svarut = ChannelId::new("svarut").unwrap();
    let before = world.submit("before");
    world.idle();
    // The other side takes letters and does not answer; then it is away altogether.
    Moody::set(&world.svarut.hangs, true);
    let during: Vec<_> = (0..6).map(|n| world.submit(&format!("during-{n}"))).collect();
    world.pass(std::time::Duration::from_secs(50));
    Moody::set(&world.svarut.away, true);
    Moody::set(&world.svarut.hangs, false);
    world.pass(minutes(50));
    assert!(matches!(breaker(&world, "svarut", "byplan"), BreakerState::Open { .. }));
    assert!(world.run(world.store().mark(&tenant(), "outage:svarut:byplan")).unwrap().is_some());
    Moody::set(&world.svarut.away, false);
    world.pass(hours(2));
    assert_eq!(breaker(&world, "svarut", "byplan"), BreakerState::Closed);
    assert_eq!(world.state(before), "accepted");
    assert!(during.iter().all(|letter| world.state(*letter) == "accepted"));
    assert_eq!(world.svarut.post().count(), 7, "nothing lost, nothing twice");
    let report = world.run(world.desk().reconciliation(&svarut, &account("byplan"))).unwrap().unwrap();
    assert!(report.done.is_some() && report.checked >= 4, "{report:?}");
    assert_eq!((report.missing, report.doubled, report.contradicted), (0, 0, 0), "{report:?}");
    assert!(world.run(world.store().mark(&tenant(), "outage:svarut:byplan")).unwrap().is_none());
}

#[test]
fn an_outage_that_outlasts_the_process_is_reconciled_by_the_next() {
    let mut world = World::new();
    Moody::set(&world.svarut.hangs, true);
    for n in 0..6 {
        world.submit(&format!("letter-{n}"));
    }
    world.pass(std::time::Duration::from_secs(70));
    Moody::set(&world.svarut.away, true);
    world.crash_after(hours(1));
    world.restart();
    world.pass(minutes(1));
    assert!(matches!(breaker(&world, "svarut", "byplan"), BreakerState::Open { .. }), "it is known from the start");
    Moody::set(&world.svarut.away, false);
    Moody::set(&world.svarut.hangs, false);
    world.pass(hours(2));
    assert_eq!(world.svarut.post().count(), 6);
    let svarut = ChannelId::new("svarut").unwrap();
    assert!(world.run(world.desk().reconciliation(&svarut, &account("byplan"))).unwrap().is_some());
}

#[test]
fn what_the_channel_lost_or_has_twice_is_told_of_after_an_outage() {
    let world = World::new();
    let svarut = ChannelId::new("svarut").unwrap();
    // One letter is sent by hand as well meanwhile.
    let letters = silent_then_away(&world);
    assert!(matches!(breaker(&world, "svarut", "byplan"), BreakerState::Open { .. }));
    let twice = world.delivery(letters[0]);
    let copy = world.run(world.desk().letter(letters[0])).unwrap();
    world.svarut.post().post(&account("byplan"), &twice.reference(), twice.cleared_for.unwrap(), &copy).unwrap();
    // Another process had a letter taken that is not there any more.
    let lost = world.submit("lost");
    let mut taken = world.delivery(lost);
    (taken.state, taken.attempts) = (DeliveryState::Accepted, 1);
    (taken.accepted, taken.remote_id) = (Some(now(&world)), Some(RemoteId("gone".into())));
    world.run(world.store().commit(Transaction::new(tenant()).with(Op::ForceDelivery(taken)))).unwrap();
    Moody::set(&world.svarut.away, false);
    Moody::set(&world.svarut.mute, false);
    world.pass(hours(2));
    let report = world.run(world.desk().reconciliation(&svarut, &account("byplan"))).unwrap().unwrap();
    assert!(report.done.is_some(), "{report:?}");
    assert_eq!((report.missing, report.doubled), (1, 1), "{report:?}");
    let told: Vec<_> = world.notifier.told().into_iter().map(|notice| notice.subject).collect();
    for letter in [letters[0], lost] {
        assert!(told.contains(&Subject::ReconciliationDifference { letter }), "{told:?}");
    }
}

#[test]
fn a_dead_account_stops_no_other_account_and_no_other_channel() {
    let world = World::new();
    Moody::set(&world.svarut.away, true);
    for n in 0..10 {
        world.submit(&format!("dead-{n}"));
    }
    world.pass(minutes(10));
    assert!(matches!(breaker(&world, "svarut", "byplan"), BreakerState::Open { .. }));
    assert_eq!(breaker(&world, "print", "byplan"), BreakerState::Closed);
    assert_eq!(breaker(&world, "svarut", "skole"), BreakerState::Closed, "nothing was tried there");
    assert!(!subjects(&world).contains(&"letter failed"));
}

#[test]
fn an_account_whose_credentials_are_refused_is_stopped_told_once_and_resumes_by_itself() {
    let world = World::new();
    Moody::set(&world.svarut.refuses, true);
    let letters: Vec<_> = (0..5)
        .map(|n| {
            let submission = world.letter(&format!("letter-{n}"), "skole", SensitivityClass::Open);
            world.run(world.desk().submit(submission)).unwrap().letter
        })
        .collect();
    world.pass(hours(3));
    assert!(matches!(breaker(&world, "svarut", "skole"), BreakerState::Stopped { .. }));
    assert_eq!(subjects(&world), ["account stopped"]);
    let told = world.notifier.told();
    assert!(matches!(&told[0].subject, Subject::AccountStopped { channel } if channel.as_str() == "svarut"));
    assert_eq!(world.svarut.sends(), 0, "no letter is burnt on it");
    Moody::set(&world.svarut.refuses, false);
    world.pass(hours(1));
    assert!(letters.iter().all(|letter| world.state(*letter) == "accepted"));
    assert_eq!(world.svarut.post().count(), 5);
}

#[test]
fn one_letter_that_the_channel_never_answers_for_keeps_no_other_from_being_compared() {
    let world = World::new();
    let svarut = ChannelId::new("svarut").unwrap();
    let letters = silent_then_away(&world);
    let poisonous = world.delivery(letters[2]).reference();
    *world.svarut.unseen.lock().unwrap() = vec![poisonous];
    Moody::set(&world.svarut.away, false);
    Moody::set(&world.svarut.mute, false);
    world.pass(hours(4));
    let report = world.run(world.desk().reconciliation(&svarut, &account("byplan"))).unwrap().unwrap();
    assert!(report.done.is_some(), "{report:?}");
    assert_eq!(report.left, 1, "{report:?}");
    assert_eq!(breaker(&world, "svarut", "byplan"), BreakerState::Closed);
    let others = letters.iter().filter(|letter| **letter != letters[2]);
    assert!(others.map(|letter| world.state(*letter)).all(|state| state == "accepted"));
    assert!(!subjects(&world).contains(&"account stopped"), "{:?}", subjects(&world));
    world.svarut.unseen.lock().unwrap().clear();
    world.pass(hours(4));
    assert_eq!((world.state(letters[2]), world.svarut.post().count()), ("accepted", 6));
}

#[test]
fn letters_that_may_not_be_followed_up_stop_no_sending_while_the_account_works_by_its_check() {
    let world = World::new();
    let before = world.submit("before");
    world.idle();
    Moody::set(&world.svarut.veiled, true);
    world.pass(hours(5));
    assert_eq!(breaker(&world, "svarut", "byplan"), BreakerState::Closed);
    let after = world.submit("after");
    world.pass(minutes(5));
    assert_eq!((world.state(before), world.state(after)), ("accepted", "accepted"));
    assert!(subjects(&world).is_empty(), "{:?}", subjects(&world));
}
