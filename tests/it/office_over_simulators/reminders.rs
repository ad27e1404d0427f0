//! Reminders of letters that nobody opens.

use sakarkiv_core::{routing::MailboxKind, sensitivity::SensitivityClass};
use sakarkiv_testkit::{conformance::company, simulators::DuplicateRule};

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

#[tokio::test]
async fn every_reminder_leaves_though_svarut_refuses_what_it_has_had_before() {
    let world = World::new();
    world.outside.svarut.configure(|settings| settings.duplicates = DuplicateRule::NullCode);
    let mut letters = Vec::new();
    for _ in 0..2 {
        letters.push(world.submit(company(0), SensitivityClass::StrictlyConfidential).await);
    }
    world.idle().await;
    world.pass(minutes(60 * 24 * 4), minutes(120)).await;
    let mut reminders = Vec::new();
    for letter in letters {
        reminders.push(world.desk(&PROVEDAL).remind(letter).await.unwrap().letter);
    }
    world.hours(2).await;
    for reminder in reminders {
        assert_eq!((world.sent(reminder).len(), world.attempts(reminder).len()), (1, 1));
    }
}
