//! Files by themselves: added to documents, and asked for.

use sakarkiv_core::{
    document::{Document, FileName, Variant},
    identity::{DocumentId, FileId},
    journal::{Change, NewDocument},
    ports::ArchiveDesk,
};
use sakarkiv_testkit::simulators::fiks_arkiv::Attachment;
use uuid::Uuid;

use crate::world::World;

const ADDED: &str = "arkivering.dokumentobjekt.opprett.kvittering";
const FILE: &str = "innsyn.dokumentfil.hent.resultat";

fn letter() -> Attachment {
    Attachment::new("Søknad, tiltak.pdf", "dok-1.pdf", &b"%PDF-1.7 sak"[..])
}

fn redacted() -> Attachment {
    Attachment::new("../Søknad <sladdet>.pdf", "dok-2.pdf", &b"%PDF-1.7 sladdet"[..])
}

fn document(world: &World) -> Document {
    world.desk.all_entries()[0].documents().last().unwrap().document.clone()
}

/// A world with an entry of one document.
async fn filed() -> World {
    let world = World::new();
    world.system.file_case_and_entry("sak/1", "dok/1", "Søknad", &[letter()]);
    world.settle().await;
    world
}

/// The name and the bytes of the file that an answer is.
fn file(world: &World, asked: Uuid) -> (String, Vec<u8>) {
    let answer = world.system.outcome(asked).unwrap();
    assert_eq!(answer.tail(), FILE);
    (answer.files[0].0.clone(), answer.files[0].1.to_vec())
}

#[tokio::test]
async fn a_variant_is_added_once_and_given_by_its_id() {
    let world = filed().await;
    let id = document(&world).id().to_string();
    let added = world.system.add_file(&id, "O", None, &redacted());
    world.system.lose_answers(2);
    world.settle().await;
    world.system.repeat(added);
    let stated = world.system.add_file(&id, "O", Some(1), &redacted());
    world.settle().await;
    let receipt = world.system.outcome(added).unwrap();
    assert_eq!((receipt.tail(), world.outcome(stated).as_str()), (ADDED, ADDED));
    assert_eq!(world.system.answers(added)[0].tail(), "arkivering.dokumentobjekt.opprett.mottatt");
    assert_eq!(world.desk.changes(), 2, "filed and added to, each once");
    let stored = document(&world);
    let version = stored.version(1, Variant::Redacted).unwrap();
    assert_eq!(version.file_name, FileName::sanitize("Søknad sladdet.pdf"));
    assert_eq!(receipt.text("systemID"), Some(FileId::of(stored.id(), 1, Variant::Redacted).to_string().as_str()));
    assert_eq!(receipt.text("opprettetAv"), Some("ebyggesak"));

    let given = world.system.ask_for_file(receipt.text("systemID").unwrap());
    let shown = world.system.ask_for_file(&id);
    world.settle().await;
    assert_eq!(file(&world, given), ("Søknad sladdet.pdf".to_owned(), b"%PDF-1.7 sladdet".to_vec()));
    assert_eq!(file(&world, shown), ("Søknad, tiltak.pdf".to_owned(), b"%PDF-1.7 sak".to_vec()));
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_file_is_asked_for_by_the_id_that_its_entry_shows_it_with() {
    let world = filed().await;
    let asked = world.system.ask_for_entry("dok/1");
    world.settle().await;
    let shown = world.system.outcome(asked).unwrap();
    let object = shown.xml().unwrap().split_once("dokumentobjekt>").unwrap().1.to_owned();
    let element = |name: &str| object.split_once(&format!("{name}>")).unwrap().1.split_once('<').unwrap().0.to_owned();
    assert_ne!(element("systemID"), document(&world).id().to_string());
    let given = world.system.ask_for_file(&element("systemID"));
    world.settle().await;
    assert_eq!(file(&world, given), (element("referanseDokumentfil"), b"%PDF-1.7 sak".to_vec()));
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_there_is_neither_given_nor_added_to() {
    let world = filed().await;
    let nobody = Uuid::from_u128(9).to_string();
    let asked = world.system.ask_for_file(&nobody);
    let added = world.system.add_file(&nobody, "O", None, &redacted());
    world.settle().await;
    assert_eq!([world.outcome(asked), world.outcome(added)], ["feilmelding.ikkefunnet"; 2]);
    assert_eq!((world.desk.changes(), world.system.complaints()), (1, Vec::new()));
}

#[tokio::test]
async fn a_finished_document_takes_variants_only_and_no_bytes_but_those_that_are_stated() {
    let world = filed().await;
    let id = document(&world).id().to_string();
    let mut refused = vec![
        world.system.add_file(&id, "P", None, &redacted()),
        world.system.add_file(&id, "P", Some(2), &redacted()),
        world.system.add_file(&id, "O", Some(3), &redacted()),
        world.system.add_file(&id, "O", None, &Attachment::new("Tom.pdf", "dok-2.pdf", &b""[..])),
    ];
    let whole = world.system.add_file(&id, "O", None, &redacted());
    let xml = world.system.file(whole, "dokumentobjekt-opprett.xml").unwrap();
    let other = ("dok-2.pdf".to_owned(), bytes::Bytes::from_static(b"%PDF-1.7 annet"));
    let kind = "arkivering.dokumentobjekt.opprett";
    let by_number = str::from_utf8(&xml).unwrap().replace("systemID", "journalpostDokumentnummer");
    let main = |xml: bytes::Bytes| ("dokumentobjekt-opprett.xml".to_owned(), xml);
    let torn = world.system.send(kind, vec![main(xml.clone()), other.clone()]);
    refused.push(torn);
    refused.push(world.system.send(kind, vec![main(xml)]));
    refused.push(world.system.send(kind, vec![main(by_number.into()), other]));
    world.settle().await;
    assert_eq!(world.outcome(whole), ADDED);
    assert!(world.system.outcome(torn).unwrap().text("feilmelding").unwrap().contains("checksum"));
    for message in refused {
        assert_eq!(world.outcome(message), "feilmelding.ugyldigforespoersel");
    }
    assert_eq!(document(&world).versions().len(), 2);
    assert_eq!(world.system.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_document_under_way_takes_the_next_version() {
    let world = World::new();
    world.note().await;
    let entry = &world.desk.all_entries()[0];
    let draft = Document::new(DocumentId::from_uuid(Uuid::from_u128(7)), "Utkast".into()).unwrap();
    let (at, by) = (entry.created(), entry.created_by().clone());
    let attached = Change::Attach { document: NewDocument::attachment(draft), at, by };
    world.desk.amend_entry(entry.id(), attached.into()).await.unwrap();
    let id = Uuid::from_u128(7).to_string();
    for (file, variant) in [(letter(), "P"), (redacted(), "P"), (redacted(), "O")] {
        world.system.add_file(&id, variant, None, &file);
        world.settle().await;
    }
    let stored: Vec<(u32, Variant)> = document(&world).versions().iter().map(|v| (v.number, v.variant)).collect();
    assert_eq!(stored, [(1, Variant::Production), (2, Variant::Production), (2, Variant::Redacted)]);
    assert_eq!(world.system.complaints(), [""; 0]);
}
