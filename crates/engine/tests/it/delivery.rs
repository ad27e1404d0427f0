use std::sync::{OnceLock, atomic::Ordering};

use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause},
    journal::EntryStatus,
    ports::{Clock, Op, Stage, Store, Transaction},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{Dispatches, SubmitError};
use sakarkiv_testkit::{conformance::company, memory::PostFault};

use crate::{
    moody::Moody,
    world::{World, archivist, hours, minutes, now, subjects, tenant},
};

#[test]
fn a_letter_is_sent_at_once_and_followed_until_it_is_opened() {
    let world = World::new();
    let letter = world.submit("a");
    world.idle();
    assert_eq!(world.state(letter), "accepted");
    let id = world.delivery(letter).remote_id.unwrap();
    world.svarut.post().set_status(&id, Stage::Delivered(None), "KLAR_FOR_MOTTAK");
    world.pass(minutes(10));
    let seen = world.delivery(letter);
    assert_eq!(seen.state, DeliveryState::Delivered { mailbox: MailboxKind::ReceiverSystem });
    assert_eq!(seen.remote.unwrap().raw, "KLAR_FOR_MOTTAK");
    world.svarut.post().set_status(&id, Stage::Opened, "LEST");
    world.pass(hours(24));
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "accepted", "delivered", "opened"]);
    assert_eq!(world.svarut.sends(), 1);
}

#[test]
fn the_entry_is_dispatched_together_with_the_letter_and_not_before() {
    let world = World::new();
    Moody::set(&world.svarut.mute, true);
    let letter = world.submit("a");
    let entry = |world: &World| {
        let entry = world.run(world.desk().letter(letter)).unwrap().entry;
        world.run(world.desk().entry(entry)).unwrap()
    };
    assert_eq!((entry(&world).status(), entry(&world).sent()), (EntryStatus::Finished, None));
    let start = now(&world);
    world.idle();
    // The answer was lost; it was the look-up that told.
    assert_eq!(world.state(letter), "accepted");
    assert_eq!((entry(&world).status(), entry(&world).sent()), (EntryStatus::Dispatched, Some(start)));
    world.pass(hours(48));
    let times = entry(&world).history().iter().filter(|change| change.status == EntryStatus::Dispatched).count();
    assert_eq!(times, 1, "dispatched once");
}

#[test]
fn a_running_office_sends_a_new_letter_without_waiting_for_its_next_look() {
    let world = World::new();
    let submission = world.letter("a", "byplan", SensitivityClass::Open);
    let start = now(&world);
    let handed_in = OnceLock::new();
    world.run(world.office.run(async {
        world.clock.sleep_until(start + minutes(5)).await;
        let letter = world.desk().submit(submission).await.unwrap().letter;
        handed_in.set(letter).unwrap();
        world.clock.sleep_until(start + minutes(6)).await;
    }));
    let letter = *handed_in.get().unwrap();
    assert_eq!(world.state(letter), "accepted");
    assert_eq!(world.delivery(letter).accepted, Some(start + minutes(5)));
}

#[test]
fn when_the_answer_is_lost_the_letter_is_looked_up_and_not_sent_again() {
    let world = World::new();
    Moody::set(&world.svarut.mute, true);
    let letter = world.submit("a");
    world.idle();
    assert_eq!(world.state(letter), "accepted");
    assert_eq!((world.svarut.post().count(), world.svarut.sends()), (1, 1));
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "unknown", "accepted"]);
}

#[test]
fn a_call_that_never_ends_is_cut_off_and_looked_up() {
    let world = World::new();
    Moody::set(&world.svarut.hangs, true);
    let letter = world.submit("a");
    world.pass(minutes(5));
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "unknown", "accepted"]);
    assert_eq!(world.svarut.post().count(), 1);
}

#[test]
fn a_lost_request_is_sent_again_only_when_the_settle_time_is_over() {
    let world = World::new();
    Moody::set(&world.svarut.deaf, true);
    let letter = world.submit("a");
    world.pass(minutes(9));
    assert_eq!((world.state(letter), world.svarut.sends()), ("unknown", 1));
    Moody::set(&world.svarut.deaf, false);
    world.pass(minutes(3));
    assert_eq!((world.state(letter), world.svarut.sends(), world.svarut.post().count()), ("accepted", 2, 1));
    let states = world.logged_states(letter);
    assert_eq!(states, ["queued", "attempting", "unknown", "queued", "attempting", "accepted"]);
}

#[test]
fn handing_in_twice_under_one_key_gives_one_letter() {
    let world = World::new();
    let submission = world.letter("a", "byplan", SensitivityClass::Open);
    let first = world.run(world.desk().submit(submission.clone())).unwrap();
    let second = world.run(world.desk().submit(submission.clone())).unwrap();
    assert_eq!((first.letter, first.repeated, second.repeated), (second.letter, false, true));
    let mut other = submission;
    other.recipient = company(2);
    let refused = world.run(world.desk().submit(other));
    assert!(matches!(refused, Err(SubmitError::KeyTaken)), "{refused:?}");
    world.idle();
    assert_eq!(world.svarut.post().count(), 1);
}

#[test]
fn an_entry_that_is_still_written_is_not_sent() {
    let world = World::new();
    let mut submission = world.letter("a", "byplan", SensitivityClass::Open);
    if let Dispatches::NewEntry { entry, .. } = &mut submission.dispatches {
        entry.status = EntryStatus::Reserved;
    }
    let refused = world.run(world.desk().submit(submission));
    assert!(matches!(refused, Err(SubmitError::Entry(_))), "{refused:?}");
}

#[test]
fn what_is_made_void_before_it_leaves_does_not_leave() {
    let world = World::new();
    let letter = world.submit("a");
    let entry = world.run(world.desk().letter(letter)).unwrap().entry;
    let stored = world.run(world.desk().entry(entry)).unwrap();
    let void = stored.move_to(EntryStatus::Void, &archivist().id, now(&world)).unwrap();
    let store = world.store();
    world.run(store.commit(Transaction::new(tenant()).with(Op::PutEntry(void)))).unwrap();
    world.idle();
    let DeliveryState::Failed(FailureCause::NotCleared(refused)) = world.delivery(letter).state else {
        panic!("it is {}", world.state(letter))
    };
    assert_eq!(refused.codes, ["entry_void"]);
    assert_eq!((world.svarut.sends(), subjects(&world)), (0, vec!["letter failed"]));
}

#[test]
fn confidential_mail_never_goes_to_an_open_inbox_by_any_channel() {
    let world = World::new();
    for post in [world.svarut.post(), world.print.post()] {
        post.set_reach(&company(1), [MailboxKind::OrganisationInbox]);
    }
    let submission = world.letter("a", "byplan", SensitivityClass::Confidential);
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.pass(hours(30));
    assert_eq!(world.state(letter), "failed");
    assert_eq!(world.svarut.post().count() + world.print.post().count(), 0);
    assert_eq!(subjects(&world), ["letter failed"]);
}

#[test]
fn a_letter_goes_by_the_channel_that_reaches_a_safe_mailbox() {
    let world = World::new();
    world.svarut.post().set_reach(&company(1), [MailboxKind::OrganisationInbox]);
    world.print.post().set_reach(&company(1), [MailboxKind::Paper]);
    let submission = world.letter("a", "byplan", SensitivityClass::StrictlyConfidential);
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.idle();
    assert_eq!(world.delivery(letter).channel.as_str(), "print");
    assert_eq!(world.print.post().letters()[0].mailbox, MailboxKind::Paper);
    assert_eq!(world.svarut.post().count(), 0);
}

#[test]
fn a_disturbance_puts_no_letter_on_paper() {
    let world = World::new();
    world.print.post().set_reach(&company(1), [MailboxKind::Paper]);
    Moody::set(&world.svarut.away, true);
    let letter = world.submit("a");
    world.pass(hours(5));
    assert_eq!((world.state(letter), world.print.post().count()), ("queued", 0));
    Moody::set(&world.svarut.away, false);
    world.pass(minutes(15));
    assert_eq!((world.svarut.post().count(), world.print.post().count()), (1, 0));
}

#[test]
fn a_rejected_letter_fails_at_once_and_somebody_is_told() {
    let world = World::new();
    let letter = world.submit("a");
    // The recipient's mailbox is gone between the question and the sending.
    world.svarut.post().set_reach(&company(1), [MailboxKind::ReceiverSystem]);
    world.idle();
    let id = world.delivery(letter).remote_id.unwrap();
    world.svarut.post().set_status(&id, Stage::Rejected, "AVVIST");
    world.pass(minutes(10));
    let delivery = world.delivery(letter);
    assert_eq!(delivery.state, DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".into() }));
    assert_eq!(subjects(&world), ["letter failed"]);
}

#[test]
fn a_letter_that_finds_no_way_in_its_life_time_fails_and_is_told() {
    let world = World::new();
    Moody::set(&world.svarut.away, true);
    let submission = world.letter("a", "skole", SensitivityClass::Open);
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.pass(hours(24 * 11));
    assert!(matches!(world.delivery(letter).state, DeliveryState::Failed(FailureCause::Expired { .. })));
    assert_eq!(subjects(&world), ["letter failed"]);
}

#[test]
fn a_crash_while_sending_is_found_out_by_the_next_process() {
    let mut world = World::new();
    Moody::set(&world.svarut.hangs, true);
    let letter = world.submit("a");
    world.crash_after(minutes(0) + std::time::Duration::from_secs(1));
    assert_eq!(world.state(letter), "attempting");
    Moody::set(&world.svarut.hangs, false);
    world.restart();
    world.idle();
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "unknown", "accepted"]);
    assert_eq!((world.svarut.post().count(), world.svarut.sends()), (1, 1));
}

#[test]
fn shutdown_lets_a_running_call_finish_within_the_grace_period_and_leaves_what_has_not_begun() {
    let world = World::new();
    Moody::set(&world.svarut.hangs, true);
    let letters: Vec<_> = (0..8).map(|n| world.submit(&format!("letter-{n}"))).collect();
    world.pass(std::time::Duration::from_secs(5));
    let begun = letters.iter().filter(|letter| world.state(**letter) == "attempting").count();
    let waiting = letters.iter().filter(|letter| world.state(**letter) == "queued").count();
    assert_eq!((begun, waiting, world.svarut.sends()), (4, 4, 4));
    Moody::set(&world.svarut.hangs, false);
    world.pass(hours(1));
    assert!(letters.iter().all(|letter| world.state(*letter) == "accepted"));
    assert_eq!(world.svarut.post().count(), 8);
}

#[test]
fn a_panic_in_a_connector_stops_nothing_but_that_call() {
    let world = World::new();
    Moody::set(&world.svarut.panics, true);
    let letter = world.submit("a");
    world.pass(std::time::Duration::from_secs(1));
    assert_eq!(world.logged_states(letter), ["queued", "attempting", "unknown", "accepted"]);
    assert_eq!(subjects(&world), ["connector fault"]);
}

#[test]
fn the_same_seed_gives_the_same_log() {
    let play = || {
        let world = World::new();
        for n in 0..20 {
            world.submit(&format!("letter-{n}"));
            if n % 3 == 0 {
                world.svarut.post().arm(PostFault::DropAnswer);
            }
        }
        world.pass(hours(12));
        (world.log(), world.svarut.finds.load(Ordering::SeqCst))
    };
    assert_eq!(play(), play());
}
