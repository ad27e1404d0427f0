//! Signing off by messages, and taking sign-offs back.

use sakarkiv_core::{
    journal::{JournalEntry, SignOffKind},
    ports::{ArchiveDesk, SignOffWish},
};
use sakarkiv_testkit::simulators::fiks_arkiv::Attachment;

use crate::world::World;

const UNDONE: &str = "arkivering.avskrivning.slett.kvittering";

fn letter() -> Attachment {
    Attachment::new("Søknad.pdf", "dok-1.pdf", &b"%PDF-1.7"[..])
}

fn entry(world: &World) -> JournalEntry {
    world.desk.all_entries().remove(0)
}

#[tokio::test]
async fn a_sign_off_is_taken_back_and_taking_it_back_again_changes_nothing() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &[letter()]);
    world.system.sign_off("dok/1");
    world.settle().await;
    assert!(!entry(&world).is_outstanding());
    let undone = world.system.undo_sign_off("dok/1", "1");
    world.system.lose_answers(2);
    world.settle().await;
    world.system.repeat(undone);
    let nobody = world.system.undo_sign_off("dok/finnes-ikke", "1");
    world.settle().await;
    assert_eq!([world.outcome(undone), world.outcome(nobody)], [UNDONE, "feilmelding.ikkefunnet"]);
    let announced = world.system.answers(undone);
    assert_eq!(announced[0].tail(), "arkivering.avskrivning.slett.mottatt");
    assert!(entry(&world).is_outstanding());
    assert_eq!(world.desk.changes(), 3, "filed, signed off, taken back, each once");
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn an_internal_entry_is_signed_off_and_taken_back_party_by_party() {
    let world = World::new();
    let [first, second] = world.note().await;
    for party in [&first, &second] {
        world.system.sign_off_part("notat/1", party);
    }
    world.settle().await;
    assert!(!entry(&world).is_outstanding());
    let nobody = ["1", "00000000-0000-0000-0000-000000000001"].map(|id| world.system.undo_sign_off("notat/1", id));
    let undone = world.system.undo_sign_off("notat/1", &second);
    world.settle().await;
    assert_eq!(nobody.map(|message| world.outcome(message)), ["feilmelding.ikkefunnet"; 2]);
    assert_eq!(world.outcome(undone), UNDONE);
    let left: Vec<_> = entry(&world).sign_offs().iter().map(|done| done.party().unwrap().to_string()).collect();
    assert_eq!(left, [first]);
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn of_several_sign_offs_none_is_taken_back_because_the_message_cannot_say_which() {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &[letter()]);
    world.system.sign_off("dok/1");
    world.settle().await;
    let by_somebody = SignOffWish { how: SignOffKind::Email, answered_by: None, party: None };
    world.desk.sign_off(entry(&world).id(), by_somebody).await.unwrap();
    let refused = world.system.undo_sign_off("dok/1", "1");
    world.settle().await;
    assert_eq!(world.outcome(refused), "feilmelding.ugyldigforespoersel");
    assert_eq!(entry(&world).sign_offs().len(), 2);
    assert_eq!(world.system.complaints(), [""; 0]);
}
