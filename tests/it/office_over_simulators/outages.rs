//! SvarUt and Maskinporten away, busy, or refusing us.

use sakarkiv_core::{
    identity::{ChannelId, LetterId},
    ports::{Audience, Clock, Subject},
    sensitivity::SensitivityClass as C,
};
use sakarkiv_engine::BreakerState;
use sakarkiv_testkit::{
    conformance::company,
    simulators::{Fault, Operation, Target, When},
};

use super::world::{World, minutes};
use crate::outside::{PASSWORD, PROVEDAL, account};

fn breaker(world: &World) -> BreakerState {
    let activity = world.office().activity();
    activity.accounts.iter().find(|a| a.account == account("byplan")).unwrap().breaker
}

async fn assert_each_sent_once(world: &World, letters: &[LetterId]) {
    for letter in letters {
        assert_eq!(world.sent(*letter).len(), 1);
        assert_eq!(world.state(*letter).await, "delivered");
    }
}

#[tokio::test]
async fn after_an_outage_every_letter_has_gone_once_and_the_comparison_says_so() {
    let mut world = World::new();
    let mut letters = vec![world.submit(company(0), C::Open).await];
    world.idle().await;
    // First answers get lost, then letters, then everything.
    let now = world.outside.clock.now();
    let faults = world.outside.svarut.faults();
    faults.arm(Target::Sends, When::Next(2), Fault::DropAfter);
    faults.arm(Target::Sends, When::Next(2), Fault::DropBefore);
    let (from, until) = (now + chrono::TimeDelta::minutes(2), now + chrono::TimeDelta::minutes(52));
    faults.arm(Target::Any, When::Window { from, until }, Fault::outage());
    for round in 0..4 {
        for _ in 0..3 {
            letters.push(world.submit(company(0), C::Open).await);
        }
        world.idle().await;
        world.pass(minutes(10), minutes(1)).await;
        if round == 2 {
            assert!(matches!(breaker(&world), BreakerState::Open { .. }), "{:?}", breaker(&world));
            world.restart();
        }
    }
    world.hours(3).await;
    assert_eq!(breaker(&world), BreakerState::Closed);
    assert_each_sent_once(&world, &letters).await;
    let svarut = ChannelId::new("svarut").unwrap();
    let report = world.desk(&PROVEDAL).reconciliation(&svarut, &account("byplan")).await.unwrap().unwrap();
    assert!(report.done.is_some() && report.checked >= 4, "{report:?}");
    assert_eq!((report.missing, report.doubled, report.contradicted), (0, 0, 0), "{report:?}");
    assert!(world.notifier.told().is_empty(), "{:?}", world.notifier.told());
}

#[tokio::test]
async fn tokens_that_were_revoked_are_replaced_and_nobody_notices() {
    let world = World::new();
    let before = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.outside.maskinporten.revoke_all();
    let after = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.hours(1).await;
    assert_each_sent_once(&world, &[before, after]).await;
    assert_eq!(world.attempts(after).len(), 1, "the token was found to be refused before the letter was read");
    assert!(world.notifier.told().is_empty());
}

#[tokio::test]
async fn an_account_whose_password_was_changed_is_stopped_told_once_and_goes_on_when_it_is_right_again() {
    let world = World::new();
    world.outside.grant(&PROVEDAL, "et annet");
    let letters = [world.submit(company(0), C::Open).await, world.submit(company(0), C::Open).await];
    world.idle().await;
    world.hours(5).await;
    assert!(matches!(breaker(&world), BreakerState::Stopped { .. }));
    for letter in letters {
        assert_eq!((world.sent(letter).len(), world.state(letter).await), (0, "queued"));
    }
    let told = world.notifier.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].audience, Audience::Operations);
    assert!(matches!(&told[0].subject, Subject::AccountStopped { channel } if channel.as_str() == "svarut"));
    world.outside.grant(&PROVEDAL, PASSWORD);
    world.hours(2).await;
    assert_eq!(breaker(&world), BreakerState::Closed);
    assert_each_sent_once(&world, &letters).await;
    assert_eq!(world.notifier.told().len(), 1);
}

#[tokio::test]
async fn a_401_in_the_middle_of_the_day_burns_no_letter() {
    let world = World::new();
    world.outside.svarut.faults().arm(Target::Sends, When::Next(2), Fault::status(401));
    let letter = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.hours(3).await;
    assert_each_sent_once(&world, &[letter]).await;
    assert!(world.told(|subject| matches!(subject, Subject::LetterFailed { .. })).is_empty());
}

#[tokio::test]
async fn without_maskinporten_nothing_leaves_and_nothing_is_lost() {
    let world = World::new();
    let until = world.outside.clock.now() + chrono::TimeDelta::minutes(50);
    world.outside.maskinporten.faults().arm(Operation::Token, When::until(until), Fault::outage());
    let letters = [world.submit(company(0), C::Open).await, world.submit(company(0), C::Confidential).await];
    world.idle().await;
    world.pass(minutes(45), minutes(3)).await;
    assert_eq!(world.outside.svarut.calls().iter().filter(|call| call.operation.is_send()).count(), 0);
    world.hours(2).await;
    assert_each_sent_once(&world, &letters).await;
    assert!(world.notifier.told().is_empty());
}

#[tokio::test]
async fn a_network_that_is_gone_and_comes_back_delays_letters_and_does_nothing_else() {
    let world = World::new();
    world.outside.network.disconnect("svarut.test");
    let letter = world.submit(company(0), C::Open).await;
    world.idle().await;
    world.hours(1).await;
    world.outside.network.reconnect("svarut.test");
    world.hours(1).await;
    assert_each_sent_once(&world, &[letter]).await;
}
