use std::time::Duration;

use proptest::prelude::*;
use sakarkiv_core::{
    delivery::Priority,
    identity::{LetterId, TenantId},
    ports::{RemoteStatus, Stage},
};
use uuid::Uuid;

use super::*;
use crate::policy::{back_off, later};

const SETTLE: Duration = Duration::from_secs(900);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_789_459_200 + seconds, 0).unwrap()
}

fn ours() -> RemoteId {
    RemoteId("ours".into())
}

fn theirs() -> RemoteId {
    RemoteId("theirs".into())
}

fn status(stage: Stage) -> RemoteStatus {
    RemoteStatus { stage, raw: format!("{stage:?}"), since: None }
}

fn hit(id: RemoteId, stage: Stage) -> Found {
    Found { remote_id: id, received: None, status: status(stage) }
}

fn line(id: RemoteId, stage: Stage) -> Event {
    Event::Status(StatusLine { remote_id: id, status: status(stage) })
}

fn queued() -> Delivery {
    Delivery {
        letter: LetterId::from_uuid(Uuid::from_u128(1)),
        tenant: TenantId::new("bodo").unwrap(),
        channel: ChannelId::new("svarut").unwrap(),
        account: AccountId::new("byplan").unwrap(),
        state: DeliveryState::Queued,
        attempts: 0,
        failures: 0,
        due: Some(at(0)),
        priority: Priority::General,
        order_key: None,
        queued: at(0),
        expires: at(864_000),
        cleared_for: None,
        explanation: None,
        signing: None,
        remote_id: None,
        remote: None,
        accepted: None,
        delivered: None,
        ended: None,
        last_error: None,
        version: 3,
    }
}

/// One delivery in each state, with what such a delivery has besides.
fn every_state() -> Vec<Delivery> {
    let mailbox = MailboxKind::ReceiverSystem;
    let begun = Delivery { attempts: 1, cleared_for: Some(mailbox), ..queued() };
    let taken = Delivery { remote_id: Some(ours()), accepted: Some(at(10)), due: Some(at(100)), ..begun.clone() };
    let ended = |state| Delivery { state, due: None, ended: Some(at(50)), ..taken.clone() };
    let failed =
        |cause| Delivery { state: DeliveryState::Failed(cause), due: None, ended: Some(at(50)), ..begun.clone() };
    vec![
        queued(),
        Delivery { state: DeliveryState::Attempting { since: at(5) }, ..begun.clone() },
        Delivery { state: DeliveryState::Unknown { since: at(5), settles: at(905) }, ..begun.clone() },
        Delivery { state: DeliveryState::Accepted, ..taken.clone() },
        Delivery { state: DeliveryState::Delivered { mailbox }, delivered: Some(at(20)), ..taken.clone() },
        Delivery { state: DeliveryState::SentToPrint, ..taken.clone() },
        ended(DeliveryState::Opened),
        ended(DeliveryState::Printed),
        ended(DeliveryState::Closed),
        ended(DeliveryState::Withdrawn),
        failed(FailureCause::NotCleared(Refused::at_once("nothing_safe"))),
        failed(FailureCause::Rejected { detail: "bad".into(), remote_code: None }),
        failed(FailureCause::Expired { last: "away".into() }),
        failed(FailureCause::Incomplete { what: "it".into() }),
        failed(FailureCause::Stopped),
        ended(DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".into() })),
    ]
}

fn every_stage() -> Vec<Stage> {
    let kinds = MailboxKind::ALL.into_iter().map(|kind| Stage::Delivered(Some(kind)));
    let others = [
        Stage::Accepted,
        Stage::Delivered(None),
        Stage::SentToPrint,
        Stage::Printed,
        Stage::Opened,
        Stage::Rejected,
        Stage::Undeliverable,
        Stage::Closed,
        Stage::Unrecognised,
    ];
    kinds.chain(others).collect()
}

/// Every event there is, each with a name for the table below.
fn every_event() -> Vec<(String, Event)> {
    let mut events = vec![
        ("begin".to_owned(), Event::Begin { mailbox: MailboxKind::ReceiverSystem, explanation: None }),
        ("not cleared".into(), Event::NotCleared(Refused::at_once("x"))),
        (
            "reroute".into(),
            Event::Reroute { channel: ChannelId::new("print").unwrap(), account: AccountId::new("post").unwrap() },
        ),
        ("postponed".into(), Event::Postponed(Failure::new(PortErrorKind::Transient, "away"))),
        ("incomplete".into(), Event::Incomplete { what: "the letter".into() }),
        ("accepted".into(), Event::SendAccepted(ours())),
        ("accepted as another".into(), Event::SendAccepted(theirs())),
        ("no status".into(), Event::NoStatus),
        ("recovered".into(), Event::LeaseRecovered),
        ("expired".into(), Event::Expired),
        ("redrive".into(), Event::Redrive),
        ("stop".into(), Event::Stop),
        ("withdrawn".into(), Event::Withdrawn),
        ("found none".into(), Event::FoundHits(vec![])),
        ("found two".into(), Event::FoundHits(vec![hit(theirs(), Stage::Accepted), hit(ours(), Stage::Accepted)])),
    ];
    for kind in PortErrorKind::ALL {
        events.push((format!("send failed {kind:?}"), Event::SendFailed(Failure::new(kind, "failed"))));
        events.push((format!("find failed {kind:?}"), Event::FindFailed(Failure::new(kind, "failed"))));
    }
    for stage in every_stage() {
        events.push((format!("status {stage:?}"), line(ours(), stage)));
        events.push((format!("status of another {stage:?}"), line(theirs(), stage)));
        events.push((format!("found {stage:?}"), Event::FoundHits(vec![hit(ours(), stage)])));
    }
    events
}

/// Whether the event may move a delivery from one state to the other, written down independently of the rules: everything
/// that is not here stays where it is.
fn may_move(from: &str, event: &str, to: &str, settled: bool, lapsed: bool) -> bool {
    let stage = event.strip_prefix("status ").or_else(|| event.strip_prefix("found "));
    let reached = |stage: &str| match stage {
        "Accepted" | "Unrecognised" | "two" => "accepted",
        s if s.starts_with("Delivered") => "delivered",
        "SentToPrint" => "sent_to_print",
        "Opened" => "opened",
        "Printed" => "printed",
        "Closed" => "closed",
        "Rejected" | "Undeliverable" => "failed",
        _ => "nowhere",
    };
    let under_way = ["accepted", "delivered", "sent_to_print"].contains(&from);
    let open = ["queued", "attempting", "unknown"].contains(&from);
    match event {
        "begin" => from == "queued" && to == "attempting",
        "not cleared" | "incomplete" | "stop" => from == "queued" && to == "failed",
        "expired" => lapsed && from == "queued" && to == "failed",
        "accepted" | "accepted as another" => open && to == "accepted",
        "send failed Unknown" | "recovered" => from == "attempting" && to == "unknown",
        "send failed Transient" | "send failed Unauthorised" | "send failed Misconfigured" => {
            from == "attempting" && to == "queued"
        }
        "send failed Rejected" | "send failed Unsupported" => from == "attempting" && to == "failed",
        "redrive" => from == "failed" && to == "queued",
        "withdrawn" => under_way && to == "withdrawn",
        "found none" => settled && from == "unknown" && to == "queued",
        "found Rejected" | "found Undeliverable" => to == "failed" && (under_way || (settled && from == "unknown")),
        // Without a mailbox kind, neither told nor cleared for, it counts as taken only.
        "found Delivered(None)" if from == "queued" => ["accepted", "delivered"].contains(&to),
        _ if event.starts_with("status of another") => false,
        _ if event.starts_with("status ") => under_way && stage.is_some_and(|stage| reached(stage) == to),
        _ if event.starts_with("found ") => (open || under_way) && stage.is_some_and(|stage| reached(stage) == to),
        _ => false,
    }
}

/// The name of an event as the delivery in question sees it: a report on the channel's id of another letter is one of
/// another letter, whatever it was called when it was made.
fn seen_by(delivery: &Delivery, name: &str, event: &Event) -> String {
    let is_ours = |id: &RemoteId| delivery.remote_id.as_ref().is_none_or(|ours| ours == id);
    let stage = name.strip_prefix("status of another ").or_else(|| name.strip_prefix("status ")).unwrap_or(name);
    match event {
        Event::Status(line) if is_ours(&line.remote_id) => format!("status {stage}"),
        Event::Status(_) => format!("status of another {stage}"),
        Event::FoundHits(hits) if !hits.is_empty() && !hits.iter().any(|hit| is_ours(&hit.remote_id)) => {
            "found another".to_owned()
        }
        _ => name.to_owned(),
    }
}

fn check(before: &Delivery, name: &str, event: &Event, step: &Step, now: Timestamp) {
    let name = &*seen_by(before, name, event);
    let after = &step.delivery;
    let (from, to) = (before.state.name(), after.state.name());
    let seen = format!("{from} -- {name} -> {to}");
    let settled = matches!(before.state, DeliveryState::Unknown { settles, .. } if now >= settles);
    if from != to {
        assert!(may_move(from, name, to, settled, now >= before.expires), "{seen}");
    }
    // What identifies it never changes, and the store alone counts versions.
    assert_eq!(
        (&before.letter, &before.tenant, before.priority, &before.order_key, before.version),
        (&after.letter, &after.tenant, after.priority, &after.order_key, after.version),
        "{seen}"
    );
    // I7: it only moves forward, but for the ways back that the design names.
    let way_back = name == "redrive"
        || (from == "attempting" && to == "queued")
        || (from == "unknown" && to == "queued" && settled);
    assert!(after.state.rank() >= before.state.rank() || way_back, "{seen}");
    // An attempt is counted when it begins and only then.
    assert_eq!(after.attempts - before.attempts, u32::from(name == "begin" && from == "queued"), "{seen}");
    // It changes channel only while it waits.
    assert!((&before.channel, &before.account) == (&after.channel, &after.account) || from == "queued", "{seen}");
    // I8: a change of state is put on record, and nothing else is.
    let change = (before.state != after.state).then_some(Change { from, to });
    assert_eq!(step.change, change, "{seen}");
    // A failure is told, unless a person wanted it.
    assert_eq!(step.alarm == Some(Alarm::Failed), to == "failed" && from != to && name != "stop", "{seen}");
    // What waits for work is due; what has ended is not.
    if after.state.work().is_none() {
        assert!(after.due.is_none() && after.ended.is_some(), "{seen}");
    } else if before.due.is_some() || name == "redrive" {
        let old = after.state.work() == Some(sakarkiv_core::delivery::WorkKind::FollowUp);
        assert!(after.due.is_some() || old, "{seen}");
    }
    // The channel's id is kept once it is known.
    if before.remote_id.is_some() && name != "redrive" {
        assert_eq!(before.remote_id, after.remote_id, "{seen}");
    }
    // An end stays as it is; only a person can drive a failed letter again.
    if before.state.work().is_none() && name != "redrive" {
        assert_eq!(before, after, "{seen}");
    }
}

#[test]
fn every_event_has_its_answer_in_every_state() {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: SETTLE };
    let mut moved = std::collections::BTreeSet::new();
    for before in every_state() {
        for (name, event) in every_event() {
            for seconds in [60, 904, 905, 863_999, 864_000, 100 * 86_400] {
                let step = step(&before, event.clone(), at(seconds), &rules, 7);
                check(&before, &name, &event, &step, at(seconds));
                moved.extend(step.change.map(|change| (change.from, change.to)));
            }
        }
    }
    // Every arrow of the design is really drawn.
    for arrow in [
        ("queued", "attempting"),
        ("attempting", "accepted"),
        ("attempting", "queued"),
        ("attempting", "failed"),
        ("attempting", "unknown"),
        ("unknown", "accepted"),
        ("unknown", "queued"),
        ("unknown", "failed"),
        ("accepted", "delivered"),
        ("delivered", "sent_to_print"),
        ("sent_to_print", "printed"),
        ("delivered", "opened"),
        ("accepted", "failed"),
        ("queued", "failed"),
        ("failed", "queued"),
        ("delivered", "withdrawn"),
    ] {
        assert!(moved.contains(&arrow), "{arrow:?}");
    }
}

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

proptest! {
    #[test]
    fn whatever_happens_the_rules_hold(
        happenings in prop::collection::vec((0_usize..200, 0_i64..200_000, any::<u64>()), 1..200)
    ) {
        let policy = Policy::default();
        let rules = Rules { policy: &policy, settle_time: SETTLE };
        let events = every_event();
        let mut delivery = queued();
        for (pick, seconds, jitter) in happenings {
            let (name, event) = &events[pick % events.len()];
            // The clock may jump, both ways.
            let now = at(seconds);
            let after = step(&delivery, event.clone(), now, &rules, jitter);
            check(&delivery, name, event, &after, now);
            delivery = Delivery { version: delivery.version + 1, ..after.delivery };
        }
    }

    #[test]
    fn between_two_attempts_of_open_outcome_lies_a_look_up_after_the_settle_time(
        happenings in prop::collection::vec((0_usize..200, 1_i64..600), 1..300)
    ) {
        let policy = Policy::default();
        let rules = Rules { policy: &policy, settle_time: SETTLE };
        let events = every_event();
        let (mut delivery, mut now, mut open_since, mut asked) = (queued(), 0, None, false);
        for (pick, seconds) in happenings {
            now += seconds;
            let (name, event) = &events[pick % events.len()];
            let after = step(&delivery, event.clone(), at(now), &rules, 0).delivery;
            match (delivery.state.name(), after.state.name()) {
                (_, "unknown") => {
                    open_since = open_since.or(Some(now));
                    if delivery.state.name() != "unknown" {
                        (open_since, asked) = (Some(now), false);
                    }
                }
                ("unknown", _) => asked = name.starts_with("found"),
                ("queued", "attempting") => {
                    if let Some(since) = open_since.take() {
                        prop_assert!(asked && now - since >= 900, "begun {} s after an open attempt", now - since);
                    }
                }
                ("attempting" | "failed", _) => open_since = None,
                _ => {}
            }
            delivery = after;
        }
    }
}
