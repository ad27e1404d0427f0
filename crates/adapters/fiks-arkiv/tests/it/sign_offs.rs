//! Signing off by messages, and taking sign-offs back.

use futures_util::{StreamExt as _, stream};
use sakarkiv_core::{
    document::{FileName, MediaType},
    intake::{CaseWish, Consignment, ConsignmentKey, DocumentFacts, EntryFacts, FileFacts, PartyFacts, reference},
    journal::{DocumentRole, EntryKind, JournalEntry, SignOffKind},
    party::PartyRole,
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

/// Registers an internal entry for follow-up under the key `notat/1`, for two recipients, whose ids are given.
async fn note(world: &World) -> [String; 2] {
    let mut note = EntryFacts::new("Notat til oppfølging".into());
    note.key = Some(reference::key("eByggesak", reference::ENTRY, "notat/1"));
    note.kind = Some(EntryKind::InternalFollowUp);
    note.parties = vec![PartyFacts::new(PartyRole::InternalRecipient, "Enheten".into()); 2];
    let content = stream::iter([Ok(letter().content)]).boxed();
    let content = world.desk.put(content, 100).await.unwrap();
    let file = FileFacts::new(FileName::sanitize("notat.pdf"), MediaType::pdf(), content);
    note.documents = vec![DocumentFacts::new(DocumentRole::Main, file)];
    let mut consignment = Consignment::new(world.desk.source().clone(), ConsignmentKey::new("notat").unwrap());
    consignment.case = CaseWish::New;
    consignment.facts.title = Some("Tiltak".into());
    consignment.entries = vec![note];
    let receipt = world.desk.hand_in(&consignment).await.unwrap();
    [0, 1].map(|nth| receipt.entries[0].parties[nth].to_string())
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
    let [first, second] = note(&world).await;
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
