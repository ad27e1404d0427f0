//! Mail that comes in, whole and broken, once and twice.

use sakarkiv_core::{
    journal::EntryKind,
    ports::{Audience, IntakeState, Subject},
};
use sakarkiv_testkit::simulators::{Fault, Mail, MailFile, Oddity, Operation, Package, Tamper, Target, When};
use serde_json::json;
use uuid::Uuid;

use super::world::{World, minutes};
use crate::outside::{PASSWORD, PROVEDAL};

fn letter(title: &str) -> Mail {
    Mail::new(title, PROVEDAL.organisation)
        .with_file(MailFile::pdf("brev.pdf", format!("%PDF-1.7 {title}").into_bytes()))
}

fn deliver(world: &World, mail: Mail) -> Uuid {
    world.outside.svarinn.deliver(PROVEDAL.name, mail)
}

#[tokio::test]
async fn mail_that_cannot_be_opened_is_set_aside_with_one_word_to_the_mail_room_and_holds_up_nothing() {
    let world = World::new();
    let broken = [
        deliver(&world, letter("Feil nøkkel").packed(Package::WrongKey)),
        deliver(&world, letter("Avkuttet").packed(Package::CutShort)),
        deliver(&world, letter("Byttet").packed(Package::OtherBytes)),
        deliver(&world, letter("Mangler").packed(Package::FileMissing)),
    ];
    let sound = [deliver(&world, letter("Søknad")), deliver(&world, letter("Klage"))];
    world.idle().await;
    world.pass(minutes(60 * 30), minutes(15)).await;
    for mail in sound {
        assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 2);
    }
    for mail in broken {
        let intake = world.intake(&PROVEDAL, mail).await.unwrap();
        assert!(matches!(intake.state, IntakeState::SetAside { tries, .. } if tries > 3), "{intake:?}");
        let record = world.outside.svarinn.record(mail).unwrap();
        assert!(record.waiting && record.acknowledged.is_empty());
        assert_eq!(record.failures.iter().map(|failure| failure.permanent).collect::<Vec<_>>(), [false]);
    }
    let told = world.notifier.told();
    assert_eq!(told.len(), broken.len(), "one word for each");
    assert!(told.iter().all(|notice| notice.audience == Audience::MailRoom));
    assert!(told.iter().all(|notice| matches!(notice.subject, Subject::MailSetAside { .. })));
}

#[tokio::test]
async fn mail_that_is_listed_twice_or_again_is_registered_once() {
    let world = World::new();
    let mail = deliver(&world, letter("Søknad").odd(Oddity::ListedTwice));
    world.idle().await;
    assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 1);
    // SvarInn has forgotten that it was told.
    assert!(world.outside.svarinn.redeliver(mail));
    world.pass(minutes(60), minutes(15)).await;
    let entries = world.filed(&PROVEDAL, mail).await;
    assert_eq!(entries.iter().map(|entry| entry.kind()).collect::<Vec<_>>(), [EntryKind::Incoming]);
    let record = world.outside.svarinn.record(mail).unwrap();
    assert_eq!((record.downloads, record.acknowledged.len(), record.waiting), (1, 2, false));
}

#[tokio::test]
async fn a_process_killed_between_registering_and_acknowledging_registers_once_and_acknowledges() {
    let mut world = World::new();
    let mail = deliver(&world, letter("Søknad"));
    world.outside.svarinn.faults().arm(Operation::Acknowledge, When::Next(1), Fault::StallBefore(minutes(30)));
    world.kill_at_stall().await;
    assert!(world.outside.svarinn.record(mail).unwrap().waiting);
    world.restart();
    let intake = world.intake(&PROVEDAL, mail).await.unwrap();
    assert!(matches!(intake.state, IntakeState::Registered { .. }), "{intake:?}");
    world.idle().await;
    assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 1);
    let record = world.outside.svarinn.record(mail).unwrap();
    assert_eq!((record.downloads, record.acknowledged.len(), record.waiting), (1, 1, false));
}

#[tokio::test]
async fn a_process_killed_before_it_heard_that_its_acknowledgement_was_taken_finishes_the_mail_all_the_same() {
    let mut world = World::new();
    let mail = deliver(&world, letter("Søknad"));
    world.outside.svarinn.faults().arm(Operation::Acknowledge, When::Next(1), Fault::StallAfter(minutes(30)));
    world.kill_at_stall().await;
    assert!(!world.outside.svarinn.record(mail).unwrap().waiting, "it will not be listed again");
    world.restart();
    world.idle().await;
    world.pass(minutes(60), minutes(15)).await;
    assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 1);
    assert_eq!(world.outside.svarinn.record(mail).unwrap().downloads, 1);
}

#[tokio::test]
async fn an_acknowledgement_whose_answer_is_lost_is_said_again() {
    let world = World::new();
    let mail = deliver(&world, letter("Søknad"));
    world.outside.svarinn.faults().arm(Operation::Acknowledge, When::Next(1), Fault::DropAfter);
    world.idle().await;
    world.pass(minutes(60), minutes(15)).await;
    assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 1);
}

#[tokio::test]
async fn lists_that_cannot_be_read_hide_mail_only_until_they_can() {
    let world = World::new();
    for tamper in
        [Tamper::Truncated, Tamper::Garbage, Tamper::Oversized(65 << 20), Tamper::UnknownMembers, Tamper::Reordered]
    {
        let mail = [deliver(&world, letter("Søknad")), deliver(&world, letter("Klage"))];
        world.outside.svarinn.faults().arm(Operation::List, When::Next(2), Fault::Tamper(tamper.clone()));
        world.pass(minutes(60), minutes(5)).await;
        for mail in mail {
            world.filed(&PROVEDAL, mail).await;
            assert_eq!(world.outside.svarinn.record(mail).unwrap().downloads, 1, "{tamper:?}");
        }
    }
    let mail = deliver(&world, letter("Søknad"));
    let entry = json!({"id": Uuid::from_u128(77), "filer": 5});
    let odd = deliver(&world, letter("Rar").odd(Oddity::Malformed(entry)));
    world.pass(minutes(30), minutes(5)).await;
    world.filed(&PROVEDAL, mail).await;
    assert!(world.intake(&PROVEDAL, odd).await.is_none(), "it is known by the id that the list gives");
    let told = world.told(|subject| matches!(subject, Subject::MailSetAside { .. }));
    assert_eq!(told.len(), 1, "{told:?}");
}

#[tokio::test]
async fn an_inbox_that_refuses_us_is_told_once_and_taken_up_again() {
    let world = World::new();
    let mail = deliver(&world, letter("Søknad"));
    let refused = world.outside.svarinn.faults().arm(Target::Any, When::Always, Fault::status(401));
    world.idle().await;
    world.pass(minutes(180), minutes(5)).await;
    let told = world.notifier.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(matches!(&told[0].subject, Subject::AccountStopped { channel } if channel.as_str() == "svarinn"));
    assert!(!told[0].text.contains(PASSWORD));
    world.outside.svarinn.faults().disarm(refused);
    world.pass(minutes(60), minutes(5)).await;
    assert_eq!(world.filed(&PROVEDAL, mail).await.len(), 1);
}
