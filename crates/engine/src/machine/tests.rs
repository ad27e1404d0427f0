use std::time::Duration;

use proptest::prelude::*;
use sakarkiv_core::{
    delivery::Priority,
    identity::{LetterId, TenantId},
    ports::{RemoteStatus, Stage},
};
use uuid::Uuid;

use super::*;

pub(super) const SETTLE: Duration = Duration::from_secs(900);

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_789_459_200 + seconds, 0).unwrap()
}

pub(super) fn ours() -> RemoteId {
    RemoteId("ours".into())
}

pub(super) fn theirs() -> RemoteId {
    RemoteId("theirs".into())
}

pub(super) fn status(stage: Stage) -> RemoteStatus {
    RemoteStatus { stage, raw: format!("{stage:?}"), since: None }
}

pub(super) fn hit(id: RemoteId, stage: Stage) -> Found {
    Found { remote_id: id, received: None, status: status(stage) }
}

pub(super) fn line(id: RemoteId, stage: Stage) -> Event {
    Event::Status(StatusLine { remote_id: id, status: status(stage) })
}

pub(super) fn queued() -> Delivery {
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
pub(super) fn every_state() -> Vec<Delivery> {
    let mailbox = MailboxKind::ReceiverSystem;
    let begun = Delivery { attempts: 1, cleared_for: Some(mailbox), ..queued() };
    let taken = Delivery { remote_id: Some(ours()), accepted: Some(at(10)), due: Some(at(100)), ..begun.clone() };
    let ended = |state| Delivery { state, due: None, ended: Some(at(50)), ..taken.clone() };
    let failed =
        |cause| Delivery { state: DeliveryState::Failed(cause), due: None, ended: Some(at(50)), ..begun.clone() };
    vec![
        queued(),
        Delivery { state: DeliveryState::Attempting { since: at(5) }, ..begun.clone() },
        Delivery {
            state: DeliveryState::Unknown { since: at(5), settles: at(905), sent_before: false },
            ..begun.clone()
        },
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
        failed(FailureCause::SentBefore { detail: "400".into() }),
        Delivery {
            state: DeliveryState::Unknown { since: at(5), settles: at(905), sent_before: true },
            ..begun.clone()
        },
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
        ("put off".into(), Event::PutOff { until: at(200_000) }),
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
    let repetition = Failure { sent_before: true, ..Failure::new(PortErrorKind::Unknown, "sent before") };
    events.push(("send failed Unknown".into(), Event::SendFailed(repetition)));
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
        "found none, sent before" => settled && from == "unknown" && to == "failed",
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
        Event::FoundHits(hits)
            if hits.is_empty() && matches!(delivery.state, DeliveryState::Unknown { sent_before: true, .. }) =>
        {
            format!("{name}, sent before")
        }
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
