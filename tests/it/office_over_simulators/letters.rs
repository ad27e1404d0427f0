//! Letters, when SvarUt answers late, oddly or not at all.

use std::sync::Arc;

use chrono::TimeDelta;
use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause, LetterOptions},
    ports::{Clock, Stage, Subject},
    sensitivity::SensitivityClass as C,
};
use sakarkiv_testkit::{
    conformance::{company, person},
    simulators::{DuplicateRule, Fault, Opens, Operation, Outcome, Registration, ShipmentStatus, Tamper, Target, When},
};
use uuid::Uuid;

use super::world::{World, minutes};
use crate::{
    outside::{Outside, PROVEDAL, monday},
    svarut_channel::number_of,
};

#[tokio::test]
async fn a_letter_whose_answer_was_lost_after_svarut_took_it_is_sent_exactly_once() {
    let world = World::new();
    for fault in [Fault::DropAfter, Fault::StallAfter(minutes(18)), Fault::LateEffect(minutes(10))] {
        world.outside.svarut.faults().arm(Target::Sends, When::Next(1), fault.clone());
        let letter = world.submit(company(0), C::Open).await;
        world.idle().await;
        world.hours(1).await;
        assert_eq!((world.sent(letter).len(), world.attempts(letter).len()), (1, 1), "{fault:?}");
        assert_eq!(world.state(letter).await, "delivered", "{fault:?}");
    }
    assert!(world.notifier.told().is_empty(), "nobody has to do anything");
}

#[tokio::test]
async fn a_letter_that_was_lost_before_svarut_took_it_is_sent_again_when_it_can_no_longer_appear() {
    let world = World::new();
    for fault in [Fault::DropBefore, Fault::StallBefore(minutes(18)), Fault::outage()] {
        world.outside.svarut.faults().arm(Target::Sends, When::Next(1), fault.clone());
        let letter = world.submit(company(0), C::Open).await;
        world.idle().await;
        world.hours(1).await;
        let attempts = world.attempts(letter);
        assert_eq!(world.sent(letter).len(), 1, "{fault:?}");
        let at: Vec<_> = world.outside.svarut.calls().iter().filter(|c| c.operation.is_send()).map(|c| c.at).collect();
        let (lost, again) = (at[at.len() - 2], at[at.len() - 1]);
        assert!(again - lost >= TimeDelta::minutes(20), "{fault:?}: {attempts:?}");
    }
}

#[tokio::test]
async fn a_letter_that_svarut_calls_a_repetition_is_adopted_and_not_failed() {
    for rule in [DuplicateRule::NullCode, DuplicateRule::Coded] {
        let world = World::new();
        world.outside.svarut.configure(|settings| settings.duplicates = rule);
        // It appears later than anybody could expect, so it is sent again, and refused as sent before.
        world.outside.svarut.faults().arm(Target::Sends, When::Next(1), Fault::LateEffect(minutes(25)));
        let letter = world.submit(company(0), C::Open).await;
        world.idle().await;
        world.hours(2).await;
        let attempts: Vec<_> = world.attempts(letter).iter().map(|call| call.outcome).collect();
        assert_eq!(attempts, [Outcome::Dropped, Outcome::Answered(400)], "{rule:?}");
        assert_eq!((world.sent(letter).len(), world.state(letter).await), (1, "delivered"), "{rule:?}");
        let id = world.sent(letter)[0].id.to_string();
        assert_eq!(world.delivery(letter).await.remote_id.map(|id| id.0), Some(id));
        assert!(world.notifier.told().is_empty(), "{rule:?}");
    }
}

#[tokio::test]
async fn a_wait_that_svarut_asks_for_is_kept_by_the_clock() {
    let world = World::new();
    let start = world.outside.clock.now();
    let faults = world.outside.svarut.faults();
    faults.arm(Target::Sends, When::Next(1), Fault::too_many_requests(minutes(10)));
    faults.arm(Operation::FindWithMetadata, When::Next(1), Fault::too_many_requests(minutes(15)));
    let letter = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.pass(minutes(120), minutes(1)).await;
    let asked: Vec<_> = world
        .outside
        .svarut
        .calls()
        .iter()
        .filter(|call| call.operation.is_send() || call.operation == Operation::FindWithMetadata)
        .map(|call| (call.at - start).num_minutes())
        .collect();
    assert_eq!(asked[0], 0);
    assert!((10..12).contains(&asked[1]), "{asked:?}");
    assert!(asked[2] - asked[1] >= 15, "{asked:?}");
    assert_eq!(world.sent(letter).len(), 1);
}

#[tokio::test]
async fn answers_that_cannot_be_read_lose_and_double_nothing() {
    let world = World::new();
    world.outside.svarut.set_opens(number_of(&company(0)), Opens::After(minutes(60)));
    for tamper in [
        Tamper::Truncated,
        Tamper::Garbage,
        Tamper::Oversized(17 << 20),
        Tamper::UnknownMembers,
        Tamper::Reordered,
        Tamper::Duplicated,
    ] {
        let faults = world.outside.svarut.faults();
        // One letter must be looked up, for want of an answer; of the other the answer itself is spoilt.
        faults.arm(Operation::SendOrganisation, When::Next(1), Fault::DropAfter);
        for operation in [
            Operation::ReceiverSystems,
            Operation::SendOrganisation,
            Operation::FindWithMetadata,
            Operation::Status,
            Operation::Certificate,
        ] {
            faults.arm(operation, When::Next(2), Fault::Tamper(tamper.clone()));
        }
        world.outside.maskinporten.faults().arm(Operation::Token, When::Next(1), Fault::Tamper(tamper.clone()));
        let letters = [world.submit(company(0), C::Open).await, world.submit(company(0), C::Confidential).await];
        world.idle().await;
        world.hours(3).await;
        for letter in letters {
            assert_eq!((world.sent(letter).len(), world.state(letter).await), (1, "opened"), "{tamper:?}");
        }
        assert!(world.notifier.told().is_empty(), "{tamper:?}: {:?}", world.notifier.told());
        faults.clear();
    }
}

#[tokio::test]
async fn a_status_that_nobody_knows_is_kept_raw_and_shown_and_asked_again() {
    let world = World::new();
    let letter = world.submit(person(0), C::Open).await;
    world.idle().await;
    let id = world.sent(letter)[0].id;
    assert!(world.outside.svarut.force_status(id, ShipmentStatus::Other("LEST_AV_NABOEN".to_owned())));
    world.hours(1).await;
    let delivery = world.delivery(letter).await;
    let remote = delivery.remote.unwrap();
    assert_eq!((remote.stage, remote.raw.as_str()), (Stage::Unrecognised, "LEST_AV_NABOEN"));
    assert_eq!(delivery.state.name(), "accepted", "nothing is guessed from it");
    assert!(world.outside.svarut.force_status(id, ShipmentStatus::Read));
    world.pass(minutes(60 * 12), minutes(30)).await;
    let delivery = world.delivery(letter).await;
    assert_eq!((delivery.state.name(), delivery.remote.unwrap().raw.as_str()), ("opened", "LEST"));
}

#[tokio::test]
async fn letters_are_followed_to_whoever_gets_them_in_the_end() {
    let world = World::new();
    world.outside.svarinn.add_system("mottaker", "passord", &[]).unwrap();
    let everything = Registration::everything(Uuid::from_u128(1), "mottaker", number_of(&company(1)));
    world.outside.svarut.connect(&world.outside.svarinn, [everything]);
    world.outside.svarut.set_opens(number_of(&company(0)), Opens::After(minutes(90)));
    let mut letters = Vec::new();
    for (to, end) in
        [(company(0), "opened"), (company(1), "delivered"), (company(2), "delivered"), (person(0), "printed")]
    {
        letters.push((world.submit(to, C::Open).await, end));
    }
    world.idle().await;
    world.pass(minutes(60 * 24 * 6), minutes(60)).await;
    for (letter, end) in letters {
        assert_eq!(world.state(letter).await, end);
        assert_eq!(world.sent(letter).len(), 1);
    }
}

#[tokio::test]
async fn a_svarut_whose_clock_is_wrong_changes_nothing_but_its_own_times() {
    for skew in [TimeDelta::hours(-3), TimeDelta::hours(3)] {
        let (ours, theirs) = (monday(), monday());
        theirs.set(ours.now() + skew);
        let outside = Outside::with_svarut_at(Arc::clone(&theirs), Arc::clone(&ours), &[PROVEDAL]);
        outside.svarut.set_opens(number_of(&company(0)), Opens::After(minutes(30)));
        let world = World::with(outside, vec![PROVEDAL]);
        let faults = world.outside.svarut.faults();
        faults.arm(Target::Sends, When::Next(1), Fault::DropAfter);
        faults.arm(Target::Sends, When::Later { skip: 1, strike: 1 }, Fault::DropBefore);
        let letters = [world.submit(company(0), C::Open).await, world.submit(company(0), C::Open).await];
        world.idle().await;
        world.hours(3).await;
        for letter in letters {
            assert_eq!((world.sent(letter).len(), world.state(letter).await), (1, "opened"), "{skew}");
            let delivery = world.delivery(letter).await;
            assert!(delivery.accepted <= Some(ours.now()) && delivery.ended <= Some(ours.now()), "{delivery:?}");
        }
    }
}

#[tokio::test]
async fn the_same_letter_a_second_time_fails_once_and_people_are_told_why() {
    let world = World::new();
    world.outside.svarut.configure(|settings| settings.duplicates = DuplicateRule::NullCode);
    let first = world.submit_saying("Innvilget", company(0)).await;
    world.idle().await;
    let second = world.submit_saying("Innvilget", company(0)).await;
    world.idle().await;
    world.hours(1).await;
    let delivery = world.delivery(second).await;
    assert!(matches!(&delivery.state, DeliveryState::Failed(FailureCause::SentBefore { .. })), "{:?}", delivery.state);
    assert_eq!((delivery.attempts, world.attempts(second).len(), world.sent(first).len()), (1, 1, 1));
    world.hours(12).await;
    let told = world.notifier.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(matches!(told[0].subject, Subject::LetterFailed { letter } if letter == second));
    assert!(told[0].text.contains("the same from another letter"), "{}", told[0].text);
}

#[tokio::test]
async fn a_letter_that_may_not_be_seen_before_a_day_is_with_svarut_no_sooner() {
    let world = World::new();
    let publish = world.outside.clock.now() + TimeDelta::days(2);
    let change = |options: &mut LetterOptions| options.publish_at = Some(publish);
    let letter = world.submit_with(&PROVEDAL, company(0), C::Open, change).await;
    let other = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.pass(minutes(60 * 47), minutes(60)).await;
    assert_eq!((world.attempts(letter).len(), world.state(letter).await), (0, "queued"));
    assert_eq!(world.sent(other).len(), 1, "it holds up no other");
    world.hours(2).await;
    assert_eq!((world.sent(letter).len(), world.state(letter).await), (1, "delivered"));
    assert!(world.attempts(letter)[0].at >= publish);
    assert!(world.notifier.told().is_empty());
}
