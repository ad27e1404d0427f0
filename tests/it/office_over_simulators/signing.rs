//! Letters with a document to be signed, from the order to the signed document's return (R4.4).

use std::time::Duration;

use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause, Reference, SignatureStrength, SigningOrder, SigningStage},
    identity::LetterId,
    ports::Subject,
    sensitivity::SensitivityClass as C,
};
use sakarkiv_engine::ProblemKind;
use sakarkiv_testkit::{
    conformance::{company, person},
    simulators::{Contact, Opens, Registration},
};
use uuid::Uuid;

use super::world::{World, minutes};
use crate::{outside::PROVEDAL, svarut_channel::number_of};

const DAYS: u32 = 24;

/// A letter to a person who has a digital mailbox and reads it after an hour, with its document to be signed in three days.
async fn ordered(world: &World) -> (LetterId, Uuid) {
    world.outside.svarut.set_contact(number_of(&person(0)), Contact::DigitalMailbox);
    world.outside.svarut.set_opens(number_of(&person(0)), Opens::After(minutes(60)));
    let now = sakarkiv_core::ports::Clock::now(world.outside.clock.as_ref());
    let expires = now + chrono::Duration::days(3);
    let order = SigningOrder { document: 0, strength: SignatureStrength::Advanced, expires };
    let letter = world.submit_with(&PROVEDAL, person(0), C::Open, |options| options.signing = Some(order)).await;
    world.hours(3).await;
    let id = world.sent(letter).first().expect("it was sent").id;
    (letter, id)
}

async fn stage(world: &World, letter: LetterId) -> SigningStage {
    world.delivery(letter).await.signing.expect("it is to be signed").stage()
}

async fn unsigned(world: &World) -> Vec<(LetterId, &'static str)> {
    let problems = world.desk(&PROVEDAL).problems(ProblemKind::Unsigned, None, 10).await.unwrap();
    problems.into_iter().map(|problem| (problem.letter, problem.code)).collect()
}

#[tokio::test]
async fn a_letter_that_was_read_is_followed_until_it_is_signed_and_the_signed_document_names_its_order() {
    let world = World::new();
    // The municipality's own receiver system, for what comes back.
    let registration = Registration::everything(Uuid::from_u128(1), PROVEDAL.name, PROVEDAL.organisation);
    world.outside.svarut.connect(&world.outside.svarinn, [registration]);
    let (letter, id) = ordered(&world).await;
    let read = world.delivery(letter).await;
    assert_eq!((&read.state, stage(&world, letter).await), (&DeliveryState::Opened, SigningStage::Waiting));
    assert!(read.due.is_some(), "it is asked about all the same");
    assert!(world.outside.svarut.sign(id));
    world.hours(8).await;
    let signed = world.delivery(letter).await;
    assert_eq!((stage(&world, letter).await, signed.due), (SigningStage::Signed, None));
    assert_eq!(signed.signing.unwrap().status.unwrap().raw, "SIGNERT_AV_MOTTAKER");
    assert!(world.told(|subject| matches!(subject, Subject::NotSigned { .. })).is_empty());
    assert_eq!(unsigned(&world).await, []);
    let returned = world.outside.svarinn.records();
    let [returned] = returned.as_slice() else { panic!("one signed document comes back: {returned:?}") };
    let entry = world.filed(&PROVEDAL, returned.id).await.into_iter().next().expect("it is registered");
    let key = |kind: &str| {
        let key = entry.external_keys().iter().find(|key| key.kind == kind).expect("it names its order");
        key.value.expose().clone()
    };
    assert_eq!(Some(key("answers")), world.delivery(letter).await.remote_id.map(|id| id.0));
    assert_eq!(Reference::letter_of(&key("reference")), Some(letter));
}

#[tokio::test]
async fn an_order_that_is_declined_or_runs_out_is_told_to_the_unit_and_stays_on_the_list() {
    for (declined, expected, code) in
        [(true, SigningStage::Declined, "signing_declined"), (false, SigningStage::Expired, "signing_expired")]
    {
        let world = World::new();
        let (letter, id) = ordered(&world).await;
        if declined {
            assert!(world.outside.svarut.refuse_signature(id));
        }
        world.pass(minutes(60) * DAYS * 4, minutes(60)).await;
        assert_eq!(stage(&world, letter).await, expected);
        let told = world.told(|subject| matches!(subject, Subject::NotSigned { .. }));
        assert_eq!(told.len(), 1, "{expected:?}");
        assert!(told[0].text.contains("send a new order"), "{}", told[0].text);
        assert_eq!(unsigned(&world).await, [(letter, code)]);
        assert_eq!(world.sent(letter).len(), 1, "nothing is sent again by itself");
    }
}

#[tokio::test]
async fn an_organisation_is_asked_for_no_signature() {
    let world = World::new();
    let now = sakarkiv_core::ports::Clock::now(world.outside.clock.as_ref());
    let order = SigningOrder {
        document: 0,
        strength: SignatureStrength::Authenticated,
        expires: now + chrono::Duration::days(3),
    };
    let letter = world.submit_with(&PROVEDAL, company(0), C::Open, |options| options.signing = Some(order)).await;
    world.pass(Duration::from_secs(600), minutes(5)).await;
    let DeliveryState::Failed(FailureCause::NotCleared(refused)) = world.delivery(letter).await.state else {
        panic!("it must not leave")
    };
    assert!(refused.codes.contains(&"not_signed_there".to_owned()), "{refused:?}");
    assert!(world.attempts(letter).is_empty());
}
