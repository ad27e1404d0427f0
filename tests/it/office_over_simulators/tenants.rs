//! Two municipalities in one office, with units, accounts, inboxes and keys of callers that have the same names.

use std::collections::BTreeSet;

use sakarkiv_core::{
    delivery::Recipient,
    document::BlobRef,
    identity::OrganisationNumber,
    ports::{Blobs, IntakeState, Store},
    sensitivity::SensitivityClass as C,
};
use sakarkiv_engine::DeskError;
use sakarkiv_testkit::{
    conformance::company,
    simulators::{Mail, MailFile, Registration},
};
use uuid::Uuid;

use super::world::{World, minutes, tenant};
use crate::outside::{EKSEMPELVIK, Municipality, Outside, PROVEDAL, monday};

const BOTH: [Municipality; 2] = [PROVEDAL, EKSEMPELVIK];

fn world() -> World {
    World::with(Outside::new(monday(), &BOTH), BOTH.to_vec())
}

fn other(one: &Municipality) -> &'static Municipality {
    if one.name == PROVEDAL.name { &EKSEMPELVIK } else { &PROVEDAL }
}

#[tokio::test]
async fn mail_goes_to_the_municipality_that_it_was_sent_to_and_the_other_cannot_see_it() {
    let world = world();
    let mut arrived = Vec::new();
    for municipality in &BOTH {
        let content = format!("%PDF-1.7 til {}", municipality.name).into_bytes();
        let mail = Mail::new("Søknad", municipality.organisation).with_file(MailFile::pdf("brev.pdf", content.clone()));
        arrived.push((municipality, world.outside.svarinn.deliver(municipality.name, mail), BlobRef::of(&content)));
    }
    world.idle().await;
    for (municipality, mail, document) in arrived {
        let stranger = other(municipality);
        let intake = world.intake(municipality, mail).await.unwrap();
        let IntakeState::Acknowledged { case, entry } = intake.state else { panic!("{intake:?}") };
        assert!(world.intake(stranger, mail).await.is_none());
        let desk = world.desk(stranger);
        assert!(matches!(desk.case(case).await, Err(DeskError::NotFound)));
        assert!(matches!(desk.entry(entry).await, Err(DeskError::NotFound)));
        assert!(world.store().open(&tenant(municipality), &document).await.is_ok());
        assert!(world.store().open(&tenant(stranger), &document).await.is_err(), "not even by its hash");
        let log = world.store().audit_log(&tenant(stranger), 0, 1000).await.unwrap();
        let log = format!("{log:?}");
        assert!(!log.contains(&mail.to_string()) && !log.contains(&entry.to_string()), "{log}");
    }
}

#[tokio::test]
async fn letters_leave_by_their_own_municipality_s_account_and_credentials() {
    let world = world();
    for municipality in &BOTH {
        let letter = world.submit_with(municipality, company(0), C::Open, |_| ()).await;
        world.idle().await;
        world.pass(minutes(10), minutes(5)).await;
        let sent = world.sent(letter);
        assert_eq!(sent.iter().map(|shipment| shipment.account).collect::<Vec<_>>(), [municipality.accounts[0].1]);
        assert!(matches!(world.desk(other(municipality)).delivery(letter).await, Err(DeskError::NotFound)));
        assert!(matches!(world.desk(other(municipality)).letter(letter).await, Err(DeskError::NotFound)));
    }
    let clients: BTreeSet<_> = world.outside.maskinporten.calls().into_iter().filter_map(|call| call.account).collect();
    assert_eq!(clients, BOTH.map(|municipality| municipality.name.to_owned()).into(), "each asked for itself");
}

#[tokio::test]
async fn one_municipality_s_wrong_password_stops_its_own_letters_only() {
    let world = world();
    world.outside.grant(&PROVEDAL, "et annet");
    let stopped = world.submit_with(&PROVEDAL, company(0), C::Open, |_| ()).await;
    let goes = world.submit_with(&EKSEMPELVIK, company(0), C::Open, |_| ()).await;
    world.idle().await;
    world.pass(minutes(60), minutes(5)).await;
    assert_eq!((world.sent(stopped).len(), world.sent(goes).len()), (0, 1));
    let told: Vec<_> = world.notifier.told().into_iter().map(|notice| notice.tenant).collect();
    assert_eq!(told, [tenant(&PROVEDAL)]);
}

#[tokio::test]
async fn a_letter_from_one_to_the_other_is_outgoing_here_and_incoming_there() {
    let world = world();
    let everything = Registration::everything(Uuid::from_u128(1), EKSEMPELVIK.name, EKSEMPELVIK.organisation);
    world.outside.svarut.connect(&world.outside.svarinn, [everything]);
    let to = Recipient::Organisation {
        number: OrganisationNumber::parse(EKSEMPELVIK.organisation).unwrap(),
        name: "Eksempelvik kommune".to_owned().into(),
        address: None,
    };
    let letter = world.submit_with(&PROVEDAL, to, C::StrictlyConfidential, |_| ()).await;
    world.idle().await;
    world.pass(minutes(120), minutes(5)).await;
    let [sent] = world.sent(letter).try_into().unwrap();
    let entries = world.filed(&EKSEMPELVIK, sent.id).await;
    assert_eq!(entries.len(), 1);
    let content = format!("%PDF-1.7 {}", "letter-0");
    let document = BlobRef::of(content.as_bytes());
    assert!(world.store().open(&tenant(&EKSEMPELVIK), &document).await.is_ok(), "decrypted and unchanged");
    assert!(world.intake(&PROVEDAL, sent.id).await.is_none());
    assert_eq!(world.state(letter).await, "opened");
}
