//! Documents: listed and shown with their files.

use std::sync::Arc;

use http::StatusCode;
use sakarkiv_core::ports::{ArchiveError, MockArchiveDesk};
use sakarkiv_geointegrasjon::GeoIntegrasjonSettings;

use super::World;

#[tokio::test]
async fn an_answer_shows_files_only_up_to_its_bound() {
    let mut settings = GeoIntegrasjonSettings::default();
    (settings.max_shown_file, settings.max_shown) = (8, 12);
    let world = World::with(settings);
    world.call(&world.client.open_case("sak/1", "Deling")).await;
    let registered = world.call(&world.client.register("sak/1", "dok/1", "Rekvisisjon")).await;
    let entry = registered.text("systemID").unwrap();
    for content in [&b"1234567"[..], b"for lang1", b"123456", b"12345", b"1"] {
        let attached = world.call(&world.client.attach(entry, "Kart", "kart.pdf", content)).await;
        assert_eq!(attached.status, StatusCode::OK, "{}", attached.body);
    }
    let documents = world.call(&world.client.find_documents("dok/1")).await;
    assert_eq!((documents.count("liste"), documents.count("base64")), (5, 2), "{}", documents.body);
    assert!(documents.body.contains("MTIzNDU2Nw==") && documents.body.contains("MTIzNDU="));
}

#[tokio::test]
async fn the_documents_of_all_entries_of_a_case_are_shown_within_one_bound() {
    let mut settings = GeoIntegrasjonSettings::default();
    (settings.max_shown_file, settings.max_shown) = (8, 12);
    let world = World::with(settings).with_entry("sak/1", "dok/1").await;
    world.call(&world.client.register("sak/1", "dok/2", "Klage")).await;
    let entries: Vec<String> = world.desk.all_entries().iter().map(|entry| entry.id().uuid().to_string()).collect();
    for (entry, content) in [(0, &b"1234567"[..]), (1, b"123456"), (1, b"12345")] {
        world.call(&world.client.attach(&entries[entry], "Kart", "kart.pdf", content)).await;
    }
    let shown = world.call(&world.client.find_case_documents("sak/1", true)).await;
    assert_eq!(shown.texts("base64"), ["MTIzNDU2Nw==", "MTIzNDU="], "{}", shown.body);
    assert_eq!(shown.texts("referanseJournalpostSystemID"), [&entries[0], &entries[1], &entries[1]]);
    let listed = world.call(&world.client.find_case_documents("sak/1", false)).await;
    assert_eq!((listed.texts("filnavn").len(), listed.count("base64")), (3, 0));
    world.refused(&world.client.find_case_documents("sak/ukjent", true), "FinderFault").await;
}

#[tokio::test]
async fn a_document_that_is_closed_to_the_caller_is_shown_without_its_file() {
    let world = World::new().with_entry("sak/1", "dok/1").await;
    let entry = world.desk.all_entries()[0].id().uuid().to_string();
    world.call(&world.client.attach(&entry, "Kart", "kart.pdf", b"kart")).await;
    let entry = world.desk.all_entries().remove(0);
    for (error, status) in [
        (|| ArchiveError::Refused { reasons: Vec::new() }, StatusCode::OK),
        (|| ArchiveError::Unavailable, StatusCode::INTERNAL_SERVER_ERROR),
    ] as [(fn() -> ArchiveError, StatusCode); 2]
    {
        let (mut desk, entry) = (MockArchiveDesk::new(), entry.clone());
        desk.expect_entry().returning(move |_| Ok(entry.clone()));
        desk.expect_open().returning(move |_| Err(error()));
        let router = super::facade_of(Arc::new(desk)).router();
        let answer = world.client.send(&router, &world.client.find_documents("dok/1")).await.unwrap();
        assert_eq!((answer.status, answer.count("base64")), (status, 0), "{}", answer.body);
        assert_eq!(answer.count("filnavn") == 1, status == StatusCode::OK);
    }
}

#[tokio::test]
async fn a_file_is_fetched_by_the_id_that_its_document_is_shown_with() {
    let mut settings = GeoIntegrasjonSettings::default();
    (settings.max_shown_file, settings.max_shown) = (8, 4);
    let world = World::with(settings).with_entry("sak/1", "dok/1").await;
    let entry = world.desk.all_entries()[0].id().uuid().to_string();
    for (name, content) in [("kart.pdf", &b"12345678"[..]), ("stort kart.pdf", b"123456789")] {
        world.call(&world.client.attach(&entry, "Kart", name, content)).await;
    }
    let listed = world.call(&world.client.find_documents("dok/1")).await;
    let ids = listed.texts("systemID");
    let (kart, large) = (ids[0], ids[1]);
    let fetched = world.call(&world.client.file(kart)).await;
    assert_eq!((fetched.status, fetched.text("base64")), (StatusCode::OK, Some("MTIzNDU2Nzg=")), "{}", fetched.body);
    assert_eq!((fetched.text("filnavn"), fetched.text("mimeType")), (Some("kart.pdf"), Some("application/pdf")));
    let (_, returned) = fetched.body.split_once("<o:return ").unwrap();
    assert!(returned.split('>').next().unwrap().contains("xsi:type=\"d:Filinnhold\""), "{}", fetched.body);

    let refused = world.call(&world.client.file(large)).await;
    assert!(refused.body.contains("larger than the 8 bytes"), "{}", refused.body);
    world.refused(&world.client.file(large), "ApplicationFault").await;
    world.refused(&world.client.file(&entry), "FinderFault").await;
    world.refused(&world.client.file("ikke-en-id"), "ValidationFault").await;
    world.refused(&world.client.ask("HentFil", ""), "ValidationFault").await;
}

#[tokio::test]
async fn the_types_of_documents_are_those_of_the_code_list() {
    let world = World::new();
    let types = world.call(&world.client.document_types()).await;
    assert!(types.texts("kodeverdi").contains(&"Brev"), "{}", types.body);
    let listed = world.call(&world.client.codes("dokumenttype")).await;
    assert_eq!(types.texts("kodeverdi"), listed.texts("kodeverdi"));
    assert_eq!(types.body.matches("<d:liste>").count(), listed.count("liste"), "in a list of its own namespace");
}
