//! GeoIntegrasjon: a client calls the façade before the office.

use std::sync::Arc;

use http::StatusCode;
use sakarkiv_core::{
    case::{CaseKind, CaseStatus},
    identity::{ActorId, SignOffId},
};
use sakarkiv_geointegrasjon::{GeoIntegrasjon, GeoIntegrasjonSettings};
use sakarkiv_testkit::{
    doubles::SeededEntropy,
    simulators::geointegrasjon::{GeoAnswer, GeoCall, GeoClient, GeoLogin},
};

use super::world::{Archive, System};

struct World {
    archive: Archive,
    router: axum::Router,
    client: GeoClient,
}

impl World {
    fn both() -> [Self; 2] {
        let mut system = System::new("landmaaling", "oppmaaling", CaseKind::Ordinary);
        system.rules.usual.units = [("OPPM".to_owned(), system.unit.clone())].into();
        system.rules.usual.entry.without_documents = true;
        Archive::both(&system).map(|archive| {
            let (clock, entropy) = (archive.clock.port(), Arc::new(SeededEntropy::new(3)));
            let facade = GeoIntegrasjon::builder(clock, entropy, GeoIntegrasjonSettings::default())
                .with_user("landmaaling", &"hemmelig".into(), archive.desk())
                .build();
            let client = GeoClient::new("Landmåling", GeoLogin::Basic, "landmaaling", "hemmelig");
            Self { archive, router: facade.router(), client }
        })
    }

    async fn call(&self, call: &GeoCall) -> GeoAnswer {
        let answer = self.client.send(&self.router, call).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer
    }
}

#[tokio::test]
async fn a_survey_goes_from_case_to_document_to_its_end_in_the_archive() {
    for world in World::both() {
        let client = &world.client;
        let opened = world.call(&client.open_case("sak/1", "Oppmålingsforretning")).await;
        assert_eq!((opened.text("saksaar"), opened.text("sakssekvensnummer")), (Some("2026"), Some("1")));
        let registered = world.call(&client.register("sak/1", "dok/1", "Rekvisisjon")).await;
        let entry = registered.text("systemID").unwrap().to_owned();
        let attached = world.call(&client.attach(&entry, "Målebrev", "målebrev.pdf", b"%PDF-1.7 brev")).await;
        assert_eq!(attached.text("filnavn"), Some("målebrev.pdf"));

        let found = world.call(&client.find_case("sak/1")).await;
        assert_eq!((found.count("liste"), found.text("gaardsnummer")), (2, Some("138")), "{}", found.body);
        assert_eq!(world.call(&client.find_case("sak/9")).await.count("liste"), 0);
        assert_eq!(world.call(&client.find_entry("dok/1")).await.text("tittel"), Some("Rekvisisjon"));
        assert_eq!(world.call(&client.find_entries(2026, 1)).await.text("tittel"), Some("Rekvisisjon"));
        let documents = world.call(&client.find_documents("dok/1")).await;
        assert_eq!((documents.count("liste"), documents.text("base64")), (1, Some("JVBERi0xLjcgYnJldg==")));

        world.call(&client.sign_off("dok/1")).await;
        world.call(&client.move_case("sak/1", "A")).await;
        let (case, entries) = world.archive.only_case().await;
        assert_eq!(case.status(), CaseStatus::HandlerClosed, "the archive closes it for good");
        assert!(!entries[0].is_outstanding());
        assert_eq!(world.archive.content(&entries[0], 0).await, b"%PDF-1.7 brev");
    }
}

#[tokio::test]
async fn what_comes_to_a_case_and_an_entry_later_is_kept_in_the_archive() {
    for world in World::both() {
        let client = &world.client;
        world.call(&client.open_case("sak/1", "Deling")).await;
        let registered = world.call(&client.register("sak/1", "dok/1", "Rekvisisjon")).await;
        let entry = registered.text("systemID").unwrap().to_owned();
        world.call(&client.attach(&entry, "Kart", "kart.pdf", b"%PDF kart")).await;
        let mut counted = None;
        for _ in 0..2 {
            for call in [
                client.property("sak/1", 12, 3, false),
                client.property("sak/1", 138, 2211, true),
                client.building("sak/1", 139_838, false),
                client.add_party("dok/1", "EK", "Prøve og Sønn"),
                client.sign_off("dok/1"),
            ] {
                world.call(&call).await;
            }
            let now = world.archive.changes().await;
            assert_eq!(*counted.get_or_insert(now), now, "repeating changes nothing");
        }
        let handed = world.call(&client.hand_over("dok/1", "OPPM", "KNO")).await;
        assert_eq!(handed.text("tittel"), Some("Rekvisisjon"));

        let (_, entries) = world.archive.only_case().await;
        assert_eq!(entries[0].unit().map(|unit| unit.as_str()), Some("oppmaaling"), "the source's code is mapped");
        assert_eq!(entries[0].case_handler(), Some(&ActorId::new("kno").unwrap()));
        let found = world.call(&client.find_case("sak/1")).await;
        assert_eq!((found.texts("gaardsnummer"), found.texts("bygningsNummer")), (vec!["12"], vec!["139838"]));
        let shown = world.call(&client.find_entry_with("dok/1", true, true)).await;
        assert_eq!(shown.texts("navn"), ["Prøvedal Bygg AS", "Prøve og Sønn"]);
        assert_eq!(shown.text("avskrevetAv"), Some("svc-landmaaling"));
        let documents = world.call(&client.find_case_documents("sak/1", true)).await;
        assert_eq!(documents.texts("base64"), ["JVBERiBrYXJ0"]);
        let file = world.call(&client.file(documents.text("systemID").unwrap())).await;
        assert_eq!((file.text("filnavn"), file.text("base64")), (Some("kart.pdf"), Some("JVBERiBrYXJ0")));
        assert_eq!(world.call(&client.document_types()).await.count("liste"), 4);

        let sign_off = SignOffId::of(entries[0].id(), &entries[0].sign_offs()[0]).uuid().to_string();
        world.call(&client.undo_sign_off("dok/1", &sign_off)).await;
        let (_, entries) = world.archive.only_case().await;
        assert!(entries[0].is_outstanding(), "it waits for an answer again");

        let party = entries[0].parties()[1].id().uuid().to_string();
        world.call(&client.remove_party("dok/1", &party)).await;
        let (_, entries) = world.archive.only_case().await;
        assert_eq!(entries[0].parties().len(), 1);
    }
}

#[tokio::test]
async fn calls_under_a_key_and_the_same_bytes_count_once() {
    for world in World::both() {
        let client = &world.client;
        let mut counted = None;
        for _ in 0..2 {
            world.call(&client.open_case("sak/1", "Deling")).await;
            let registered = world.call(&client.register("sak/1", "dok/1", "Rekvisisjon")).await;
            let entry = registered.text("systemID").unwrap().to_owned();
            world.call(&client.attach(&entry, "Kart", "kart.pdf", b"%PDF kart")).await;
            world.call(&client.move_case("sak/1", "F")).await;
            world.call(&client.sign_off("dok/1")).await;
            let now = (world.archive.cases().await, world.archive.changes().await);
            assert_eq!(*counted.get_or_insert(now.clone()), now);
        }
    }
}

#[tokio::test]
async fn a_document_that_was_attached_was_attached_by_the_service_user() {
    for world in World::both() {
        world.call(&world.client.open_case("sak/1", "Deling")).await;
        let registered = world.call(&world.client.register("sak/1", "dok/1", "Rekvisisjon")).await;
        let entry = registered.text("systemID").unwrap().to_owned();
        world.call(&world.client.attach(&entry, "Kart", "kart.pdf", b"%PDF kart")).await;
        let (_, entries) = world.archive.only_case().await;
        let version = entries[0].documents()[0].document.current().unwrap();
        assert_eq!(version.created_by, ActorId::new("svc-landmaaling").unwrap());
    }
}
