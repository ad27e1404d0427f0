//! Reminders of letters that nobody opens.

use sakarkiv_core::{routing::MailboxKind, sensitivity::SensitivityClass};
use sakarkiv_testkit::conformance::company;

use super::world::{World, minutes};
use crate::outside::PROVEDAL;

#[tokio::test]
async fn a_reminder_tells_the_ordinary_mailbox_nothing_of_the_case_that_it_belongs_to() {
    let world = World::new();
    let letter = world.submit(company(0), SensitivityClass::StrictlyConfidential).await;
    world.idle().await;
    world.pass(minutes(60 * 24 * 4), minutes(120)).await;
    let reminded = world.desk(&PROVEDAL).remind(letter).await.unwrap();
    world.hours(1).await;
    let shown = |letter| {
        let shipments = world.sent(letter).into_iter();
        shipments.map(|one| (one.landings[0].mailbox, one.sender_case.is_some())).collect::<Vec<_>>()
    };
    assert_eq!(shown(letter), [(MailboxKind::ConfidentialInbox, true)]);
    assert_eq!(shown(reminded.letter), [(MailboxKind::OrganisationInbox, false)]);
}
