//! Single stories; what must hold of every event in every state is in `tests`.

use std::time::Duration;

use sakarkiv_core::ports::{RemoteStatus, Stage};

use super::{
    tests::{SETTLE, at, every_state, hit, line, ours, queued, status, theirs},
    *,
};
use crate::policy::{back_off, later};

#[test]
fn an_attempt_without_an_answer_is_looked_up_at_once_and_until_the_settle_time_is_over() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let mut delivery = Delivery { state: DeliveryState::Attempting { since: at(0) }, attempts: 1, ..queued() };
    let lost = Event::SendFailed(Failure::new(PortErrorKind::Unknown, "time-out"));
    delivery = step(&delivery, lost, at(60), &rules, 0).delivery;
    assert_eq!((delivery.state.name(), delivery.due), ("unknown", Some(at(60))));
    let mut looks = Vec::new();
    while delivery.state.name() == "unknown" {
        let now = delivery.due.unwrap();
        looks.push(now);
        delivery = step(&delivery, Event::FoundHits(vec![]), now, &rules, u64::MAX).delivery;
    }
    assert_eq!(delivery.state, DeliveryState::Queued);
    assert_eq!(looks.last(), Some(&at(960)), "the last look is when the settle time is over");
    let gaps: Vec<_> = looks.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.len() > 2 && gaps[0] < gaps[gaps.len() - 2], "{gaps:?}");
}

#[test]
fn a_channel_that_asks_for_time_is_not_asked_before_it_is_over() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let attempting = Delivery { state: DeliveryState::Attempting { since: at(0) }, attempts: 1, ..queued() };
    for (wait, due) in [(90, at(150)), (86_400 * 30, later(at(60), policy.retry_after_cap))] {
        let failure = Failure {
            retry_after: Some(Duration::from_secs(wait)),
            ..Failure::new(PortErrorKind::Unknown, "too many requests")
        };
        let lost = step(&attempting, Event::SendFailed(failure), at(60), &rules, 0).delivery;
        assert_eq!((lost.state.name(), lost.due), ("unknown", Some(due)));
    }
}

#[test]
fn of_several_letters_under_our_reference_the_oldest_is_taken_and_people_are_told() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let unknown = &every_state()[2];
    let with = |id: &str, received: Option<i64>, stage| Found {
        received: received.map(at),
        ..hit(RemoteId(id.into()), stage)
    };
    let hits = vec![
        with("newest", Some(50), Stage::Accepted),
        with("oldest", Some(20), Stage::Delivered(None)),
        with("refused", Some(10), Stage::Rejected),
    ];
    let taken = step(unknown, Event::FoundHits(hits), at(60), &rules, 0);
    assert_eq!(taken.delivery.remote_id, Some(RemoteId("oldest".into())));
    assert_eq!((taken.delivery.state.name(), taken.delivery.accepted), ("delivered", Some(at(20))));
    assert_eq!((taken.alarm, taken.finding), (Some(Alarm::Doubled), Some(Finding::Doubled)));
    let undated = vec![with("newer", None, Stage::Accepted), with("older", None, Stage::Accepted)];
    let taken = step(unknown, Event::FoundHits(undated), at(60), &rules, 0);
    assert_eq!(taken.delivery.remote_id, Some(RemoteId("older".into())), "they come newest first");
}

#[test]
fn a_look_up_that_tells_of_the_same_letter_twice_tells_of_one() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    for delivery in every_state().into_iter().filter(|delivery| delivery.state.work().is_some()) {
        let twice = vec![hit(ours(), Stage::Accepted), hit(ours(), Stage::Accepted)];
        let told = step(&delivery, Event::FoundHits(twice), at(60), &rules, 0);
        assert_eq!(told.alarm, None, "{:?}", delivery.state);
        assert_ne!(told.finding, Some(Finding::Doubled), "{:?}", delivery.state);
    }
}

#[test]
fn a_rejection_from_before_a_re_drive_is_not_taken_for_that_of_the_new_attempt() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let redriven = Delivery { queued: at(20_000), ..every_state()[2].clone() };
    let old = Found { received: Some(at(10)), ..hit(theirs(), Stage::Rejected) };
    let new = Found { received: Some(at(20_010)), ..hit(ours(), Stage::Rejected) };
    let answer = |hits| step(&redriven, Event::FoundHits(hits), at(30_000), &rules, 0).delivery.state;
    assert_eq!(answer(vec![old.clone()]).name(), "queued");
    assert_eq!(answer(vec![new, old]), DeliveryState::Failed(FailureCause::Returned { raw: "Rejected".into() }));
}

#[test]
fn the_other_sides_wish_to_wait_is_honoured_up_to_a_limit() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let attempting = &every_state()[1];
    let due_after = |wait: Option<u64>, failures: u32| {
        let failure =
            Failure { retry_after: wait.map(Duration::from_secs), ..Failure::new(PortErrorKind::Transient, "busy") };
        let delivery = Delivery { failures, ..attempting.clone() };
        let due = step(&delivery, Event::SendFailed(failure), at(0), &rules, 0).delivery.due.unwrap();
        (due - at(0)).to_std().unwrap()
    };
    assert_eq!(due_after(Some(3600), 0), Duration::from_secs(3600));
    assert_eq!(due_after(Some(86_400 * 30), 0), policy.retry_after_cap);
    assert_eq!(due_after(None, 3), back_off(policy.back_off_first, policy.back_off_cap, 3, 0));
    assert!(due_after(None, 60) <= policy.back_off_cap);
}

#[test]
fn a_letter_that_was_moved_between_mailboxes_is_shown_in_the_last_one() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let seen = |delivery: &Delivery, kind, since: i64| {
        let stage = Stage::Delivered(Some(kind));
        let status = RemoteStatus { since: Some(at(since)), ..status(stage) };
        step(delivery, Event::Status(StatusLine { remote_id: ours(), status }), at(500), &rules, 0).delivery
    };
    let accepted = &every_state()[3];
    let first = seen(accepted, MailboxKind::ReceiverSystem, 100);
    let second = seen(&first, MailboxKind::ConfidentialInbox, 200);
    assert_eq!(second.state, DeliveryState::Delivered { mailbox: MailboxKind::ConfidentialInbox });
    let late = seen(&second, MailboxKind::ReceiverSystem, 100);
    assert_eq!((&late.state, &late.remote), (&second.state, &second.remote));
    assert_eq!(late.delivered, Some(at(100)));
}

#[test]
fn an_unknown_status_word_is_kept_and_changes_nothing_else() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let step = step(&every_state()[4], line(ours(), Stage::Unrecognised), at(200), &rules, 0);
    assert_eq!((step.change, step.alarm), (None, None));
    assert_eq!(step.delivery.remote.unwrap().raw, "Unrecognised");
}

#[test]
fn questions_for_a_status_grow_rarer_and_end() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let mut delivery = Delivery { accepted: Some(at(0)), ..every_state()[3].clone() };
    let (mut now, mut asked) = (at(0), 0);
    while let Some(due) = step(&delivery, Event::NoStatus, now, &rules, u64::MAX).delivery.due {
        assert!(due > now);
        (now, asked) = (due, asked + 1);
        delivery.due = Some(due);
    }
    assert!(now >= at(100 * 86_400) && asked < 1500, "{asked} questions");
}

#[test]
fn a_person_is_told_once_when_a_letters_fate_stays_unknown() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let (mut delivery, mut told) = (every_state()[2].clone(), 0);
    for _ in 0..100 {
        let failure = Event::FindFailed(Failure::new(PortErrorKind::Transient, "away"));
        let step = step(&delivery, failure, delivery.due.unwrap(), &rules, 0);
        told += u32::from(step.alarm == Some(Alarm::FateUnknown));
        delivery = step.delivery;
    }
    assert_eq!((told, delivery.state.name()), (1, "unknown"), "and it is never given up or sent again");
}

#[test]
fn a_letter_that_keeps_changing_channels_without_an_attempt_slows_down() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let to = |name: &str| Event::Reroute {
        channel: ChannelId::new(name).unwrap(),
        account: AccountId::new("byplan").unwrap(),
    };
    let first = step(&queued(), to("print"), at(10), &rules, 0).delivery;
    assert_eq!((first.channel.as_str(), first.due), ("print", Some(at(10))));
    let second = step(&first, to("svarut"), at(10), &rules, 0).delivery;
    assert!(second.due > Some(at(10)));
}

#[test]
fn a_letter_that_the_channel_has_from_another_is_looked_for_and_then_given_up() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let attempting = Delivery { state: DeliveryState::Attempting { since: at(0) }, attempts: 1, ..queued() };
    let refused = Failure { sent_before: true, ..Failure::new(PortErrorKind::Unknown, "sent before") };
    let lost = step(&attempting, Event::SendFailed(refused), at(10), &rules, 0).delivery;
    let away = Event::FindFailed(Failure::new(PortErrorKind::Transient, "503"));
    let asked = step(&lost, away, at(20), &rules, 0).delivery;
    let waiting = step(&asked, Event::FoundHits(vec![]), at(30), &rules, 0).delivery;
    assert_eq!(waiting.state.name(), "unknown", "ours may still turn up");
    let found = step(&waiting, Event::FoundHits(vec![hit(ours(), Stage::Accepted)]), at(40), &rules, 0);
    assert_eq!(found.delivery.state.name(), "accepted");
    let given_up = step(&waiting, Event::FoundHits(vec![]), at(10_000), &rules, 0);
    let cause = FailureCause::SentBefore { detail: "sent before".into() };
    assert_eq!((given_up.delivery.state, given_up.alarm), (DeliveryState::Failed(cause), Some(Alarm::Failed)));
}

#[test]
fn a_letter_that_is_put_off_lives_as_long_from_then_on() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let until = at(20 * 86_400);
    let put_off = step(&queued(), Event::PutOff { until }, at(10), &rules, 0).delivery;
    assert_eq!((put_off.state.name(), put_off.due, put_off.failures), ("queued", Some(until), 0));
    assert_eq!(put_off.expires, policy.expires(until, put_off.priority));
    let again = step(&put_off, Event::PutOff { until: at(60) }, at(20), &rules, 0).delivery;
    assert_eq!((again.due, again.expires), (Some(at(60)), put_off.expires));
}
