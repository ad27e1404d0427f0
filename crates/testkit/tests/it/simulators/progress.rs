//! The way of a shipment, by the clock.

use std::time::Duration;

use sakarkiv_core::routing::MailboxKind;
use sakarkiv_testkit::simulators::{Account, AltinnWord, Contact, Landing, Opens, OrganisationFacts, ShipmentStatus};
use serde_json::json;
use uuid::Uuid;

use super::support::{ACCOUNT, Letter, PERSON, RECEIVER, SENDER, World};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

fn mailboxes(world: &World, id: Uuid) -> Vec<MailboxKind> {
    world.svarut.shipment(id).unwrap().landings.iter().map(|landing| landing.mailbox).collect()
}

#[tokio::test]
async fn a_person_with_a_digital_mailbox_gets_it_there_and_never_on_paper() {
    let world = World::new();
    world.svarut.set_contact(PERSON, Contact::DigitalMailbox);
    let id = world.send(&Letter::to_person()).await.id();
    assert_eq!(world.status(id).await, "MOTTATT");
    world.pass(10);
    assert_eq!(world.status(id).await, "AKSEPTERT");
    world.pass(MINUTE);
    assert_eq!(world.status(id).await, "SENDT_SDP");
    world.pass(5 * MINUTE);
    assert_eq!(world.status(id).await, "LEVERT_SDP");
    world.pass(30 * DAY);
    assert_eq!(world.status(id).await, "LEVERT_SDP");
    assert_eq!(mailboxes(&world, id), [MailboxKind::CitizenMailbox]);
}

#[tokio::test]
async fn unread_mail_to_a_person_in_altinn_goes_to_print_after_two_working_days() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    world.pass(20 * MINUTE);
    assert_eq!(world.status(id).await, "LEVERT_ALTINN");
    world.pass(2 * DAY - HOUR);
    assert_eq!(world.status(id).await, "LEVERT_ALTINN");
    world.pass(HOUR);
    assert_eq!(world.status(id).await, "SENDT_PRINT");
    world.pass(6 * HOUR);
    assert_eq!(world.status(id).await, "PRINTET");
    assert_eq!(mailboxes(&world, id), [MailboxKind::CitizenMailbox, MailboxKind::Paper]);
    world.pass(90 * DAY);
    assert_eq!(world.status(id).await, "SLETTET");
}

#[tokio::test]
async fn mail_to_an_organisation_is_printed_only_when_the_account_says_so() {
    for (prints, status) in [(false, "LEVERT_ALTINN"), (true, "PRINTET")] {
        let world = World::new();
        let account = Account::new(ACCOUNT, "Prøvedal kommune, byplan", SENDER);
        world.svarut.add_account(if prints { account.printing_for_organisations() } else { account });
        let id = world.send(&Letter::to_organisation()).await.id();
        world.pass(10 * DAY);
        assert_eq!(world.status(id).await, status);
    }
}

#[tokio::test]
async fn mail_that_is_opened_in_time_is_read_and_stays_off_paper() {
    let world = World::new();
    world.svarut.set_opens(PERSON, Opens::After(Duration::from_secs(3 * HOUR)));
    let id = world.send(&Letter::to_person()).await.id();
    world.pass(4 * HOUR);
    assert_eq!(world.status(id).await, "LEST");
    let record = world.svarut.shipment(id).unwrap();
    let Landing { at, mailbox } = record.landings[0];
    assert_eq!(mailbox, MailboxKind::CitizenMailbox);
    assert_eq!(record.opened.unwrap() - at, chrono::Duration::hours(3));
    world.pass(10 * DAY);
    assert!(world.svarut.landed_in(MailboxKind::Paper).is_empty());
}

#[tokio::test]
async fn reserved_and_unknown_people_get_paper_or_nothing() {
    for contact in [Contact::Reserved, Contact::Unknown] {
        let world = World::new();
        world.svarut.set_contact(PERSON, contact);
        let paper = world.send(&Letter::to_person()).await.id();
        let digital = world.send(&Letter::to_person().with("/kunDigitalLevering", json!(true))).await.id();
        world.pass(DAY);
        assert_eq!((world.status(paper).await, world.status(digital).await), ("PRINTET".into(), "IKKE_LEVERT".into()));
        assert_eq!(mailboxes(&world, digital), []);
    }
}

#[tokio::test]
async fn digital_only_mail_is_out_at_once_and_never_printed() {
    let world = World::new();
    let id = world.send(&Letter::to_person().with("/kunDigitalLevering", json!(true))).await.id();
    world.pass(2 * MINUTE);
    assert_eq!(world.status(id).await, "SENDT_DIGITALT");
    world.pass(30 * DAY);
    assert_eq!(world.status(id).await, "SENDT_DIGITALT");
    assert!(world.svarut.open(id));
    assert_eq!(world.status(id).await, "LEST");
}

#[tokio::test]
async fn confidential_mail_lands_apart_and_lies_there_when_nobody_has_access() {
    for access in [true, false] {
        let world = World::new();
        world.svarut.set_organisation(
            RECEIVER,
            OrganisationFacts { confidential_access: access, ..OrganisationFacts::default() },
        );
        world.svarut.set_opens(RECEIVER, Opens::After(Duration::from_secs(HOUR)));
        let letter = Letter::to_organisation().with("/taushetsbelagtPost", json!(true));
        let id = world.send(&letter).await.id();
        world.pass(30 * DAY);
        assert_eq!(world.status(id).await, if access { "LEST" } else { "LEVERT_ALTINN" });
        assert_eq!(mailboxes(&world, id), [MailboxKind::ConfidentialInbox]);
        assert!(world.svarut.landed_in(MailboxKind::OrganisationInbox).is_empty());
        assert!(!world.svarut.open(id), "it cannot be opened, or was already");
    }
}

#[tokio::test]
async fn an_altinn_outage_delays_mail_or_turns_it_to_paper() {
    for (hours, status) in [(2, "LEVERT_ALTINN"), (48, "PRINTET")] {
        let world = World::new();
        let start = "2026-09-14T08:00:00Z".parse().unwrap();
        let end = start + chrono::Duration::hours(hours);
        world.svarut.configure(|settings| settings.altinn_outage = Some((start, end)));
        let id = world.send(&Letter::to_person()).await.id();
        world.pass(HOUR);
        assert_eq!(world.status(id).await, "AKSEPTERT");
        world.pass(DAY + 7 * HOUR);
        assert_eq!(world.status(id).await, status, "an outage of {hours} hours");
    }
}

#[tokio::test]
async fn the_health_network_and_print_have_ways_of_their_own() {
    let world = World::new();
    let health = world.send(&Letter::to_health_network()).await.id();
    let print = world.send(&Letter::to_print()).await.id();
    world.pass(2 * MINUTE);
    assert_eq!(
        (world.status(health).await, world.status(print).await),
        ("SENDT_NHN_MOTTAKER".into(), "SENDT_PRINT".into())
    );
    world.pass(DAY);
    assert_eq!(
        (world.status(health).await, world.status(print).await),
        ("LEVERT_NHN_MOTTAKER".into(), "PRINTET".into())
    );
}

#[tokio::test]
async fn the_older_word_for_altinn_can_be_had() {
    let world = World::new();
    world.svarut.configure(|settings| settings.altinn_word = AltinnWord::Varslet);
    let id = world.send(&Letter::to_person()).await.id();
    world.pass(HOUR);
    assert_eq!(world.status(id).await, "VARSLET");
    world.pass(2 * DAY);
    assert_eq!(world.status(id).await, "SENDT_PRINT");
}

#[tokio::test]
async fn an_operator_can_put_a_shipment_anywhere() {
    let world = World::new();
    let id = world.send(&Letter::to_person()).await.id();
    for status in [ShipmentStatus::Rejected, ShipmentStatus::HandledManually, ShipmentStatus::Other("NY".to_owned())] {
        assert!(world.svarut.force_status(id, status.clone()));
        assert_eq!(world.status(id).await, status.word());
    }
    assert!(!world.svarut.force_status(Uuid::nil(), ShipmentStatus::Read));
}

#[tokio::test]
async fn a_signed_document_comes_back_as_mail_and_a_refusal_does_not() {
    let world = World::new();
    let _key = world.with_receiver_system();
    world.svarinn.add_system("avsender", "passord", &[]).unwrap();
    world.svarut.connect(
        &world.svarinn,
        [sakarkiv_testkit::simulators::Registration::everything(Uuid::from_u128(2), "avsender", SENDER)],
    );
    let order = Letter::to_person().with("/dokumenter/0/skalSigneres", json!(true)).with(
        "/signering",
        json!({"signeringUtloper": "2026-09-20T08:00:00Z", "signaturType": "AUTENTISERT_SIGNATUR"}),
    );
    let signed = world.send(&order).await.id();
    let refused = world.send(&order).await.id();
    let forgotten = world.send(&order).await.id();
    assert!(world.svarut.sign(signed) && !world.svarut.sign(signed));
    assert!(world.svarut.refuse_signature(refused));
    world.pass(7 * DAY);
    for (id, last) in [(signed, "SIGNERT_AV_MOTTAKER"), (refused, "AVVIST_AV_MOTTAKER"), (forgotten, "UTLOPT")] {
        let log = world.get(&format!("/api/v2/forsendelser/{id}/signeringshendelser")).await.json();
        assert_eq!(log["hendelser"][0]["status"], "VENTER_SIGNERING");
        assert_eq!(log["hendelser"][1]["status"], last);
    }
    let titles: Vec<String> = world.svarinn.records().into_iter().map(|mail| mail.title).collect();
    assert_eq!(titles, ["Signert: Vedtak"]);
}
