//! Sensitive letters, whatever the other side does with its mailboxes.

use sakarkiv_core::{routing::MailboxKind as M, sensitivity::SensitivityClass as C};
use sakarkiv_testkit::{
    conformance::{addressee, company, person},
    simulators::{Fault, Operation, OrganisationFacts, Registration, When},
};
use uuid::Uuid;

use super::world::{World, minutes};
use crate::{
    outside::{EKSEMPELVIK, Outside, PROVEDAL, monday},
    svarut_channel::number_of,
};

const RECEIVER: &str = "mottaker";

/// The companies 1 and 2 have systems of their own, 2 only for what is not sensitive.
fn with_receiver_systems(world: &World) {
    world.outside.svarinn.add_system(RECEIVER, "passord", &[]).unwrap();
    let everything = |n: u128, to| Registration::everything(Uuid::from_u128(n), RECEIVER, number_of(&company(to)));
    world.outside.svarut.connect(&world.outside.svarinn, [everything(1, 1), everything(2, 2).only_level(3)]);
}

fn landings(world: &World, mailbox: M) -> usize {
    world.outside.svarut.landed_in(mailbox).len()
}

#[tokio::test]
async fn a_receiver_system_that_disappears_before_the_letter_leaves_never_puts_it_into_the_open_inbox() {
    // While the last look at the recipient's systems is under way, and while the letter itself is.
    for (operation, skip) in [(Operation::ReceiverSystems, 1), (Operation::SendOrganisation, 0)] {
        let world = World::new();
        with_receiver_systems(&world);
        let strike = When::Later { skip, strike: 1 };
        world.outside.svarut.faults().arm(operation, strike, Fault::Slow(minutes(1) / 2));
        let letter = world.submit(company(1), C::StrictlyConfidential).await;
        world.idle_with(|| world.outside.svarut.disconnect(RECEIVER)).await;
        world.hours(2).await;
        assert_eq!((world.sent(letter).len(), world.attempts(letter).len()), (1, 1), "{operation:?}");
        assert_eq!(landings(&world, M::OrganisationInbox), 0, "{operation:?}");
        assert_eq!(landings(&world, M::ConfidentialInbox), 1, "{operation:?}");
        assert_eq!(world.state(letter).await, "delivered");
    }
}

#[tokio::test]
async fn no_sensitive_letter_of_any_kind_ever_lies_in_an_open_inbox() {
    let municipalities = [PROVEDAL, EKSEMPELVIK];
    let world = World::with(Outside::new(monday(), &municipalities), municipalities.to_vec());
    with_receiver_systems(&world);
    let nobody = OrganisationFacts { exists: true, confidential_access: false };
    world.outside.svarut.set_organisation(number_of(&company(3)), nobody);
    let mut open = Vec::new();
    for by in &municipalities {
        for to in [company(0), company(1), company(2), company(3), person(0), addressee(0)] {
            for class in [C::Open, C::Restricted, C::Confidential, C::StrictlyConfidential] {
                for digital_only in [false, true] {
                    let sensitive = class >= C::Confidential;
                    let change =
                        |options: &mut sakarkiv_core::delivery::LetterOptions| options.digital_only = digital_only;
                    let letter = world.submit_with(by, to.clone(), class, change).await;
                    if !sensitive {
                        open.push(sakarkiv_core::delivery::Reference::of(letter).as_str().to_owned());
                    }
                }
            }
        }
    }
    world.idle().await;
    world.outside.svarut.disconnect(RECEIVER);
    // Long enough for whatever is printed or given up when nobody opens it.
    world.pass(minutes(60 * 24 * 7), minutes(120)).await;
    let in_open_inbox = world.outside.svarut.landed_in(M::OrganisationInbox);
    assert!(in_open_inbox.len() >= 8, "some letters do go there: {}", in_open_inbox.len());
    for shipment in &in_open_inbox {
        assert!(open.contains(shipment.reference.as_ref().unwrap()), "{shipment:?}");
        assert!(!shipment.highest_level && !shipment.confidential);
    }
    let elsewhere = world.outside.svarut.shipments();
    let sensitive = elsewhere.iter().filter(|shipment| !open.contains(shipment.reference.as_ref().unwrap()));
    let (paper, digital): (Vec<_>, Vec<_>) =
        sensitive.partition(|shipment| shipment.landings.first().is_some_and(|first| first.mailbox == M::Paper));
    assert!(!paper.is_empty() && digital.len() >= 20, "{} {}", paper.len(), digital.len());
    assert!(digital.iter().all(|shipment| shipment.highest_level && shipment.encrypted), "all travel protected");
}
