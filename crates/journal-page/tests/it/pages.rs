use axum::Router;
use sakarkiv_core::{
    document::{FileName, MediaType},
    journal::EntryKind,
    publication::{PublicScreening, PublicText},
};
use sakarkiv_journal_page::{Language, PageSettings};

use crate::world::{PDF, World, case_id, document, document_id, entry_id, get, record, tenant};

#[tokio::test]
async fn the_list_goes_three_months_back_and_cases_and_search_further() {
    let world = World::new().await;
    world.publish(record(1, "2026-06-14")).await;
    world.publish(record(2, "2026-06-15")).await;
    world.publish(record(3, "2026-09-14")).await;
    assert_eq!(world.status("/dag/2026-06-14").await, 404);
    assert!(world.read("/dag/2026-06-15").await.contains("Søknad nummer 2"));
    let front = world.read("/").await;
    assert!(front.contains("Listen går 3 måneder tilbake.") && front.contains("Mandag 15. juni 2026"));
    assert!(!front.contains("Søndag 14. juni 2026"));
    assert!(world.read("/maned/2026-06").await.contains("1 journalpost<"));
    assert!(world.read(&format!("/sak/{}", case_id(1))).await.contains("Søknad nummer 1"));
    assert_eq!(world.find("q=nummer").await, ["2026/318-3", "2026/318-2", "2026/318-1"]);
}

#[tokio::test]
async fn an_entry_is_shown_nowhere_before_its_time() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.journal.accessible_after = "2026-09-16T00:00:00Z".parse().unwrap();
    world.publish(entry).await;
    for path in [format!("/journalpost/{}", entry_id(1)), format!("/sak/{}", case_id(1)), "/dag/2026-09-14".into()] {
        assert_eq!(world.status(&path).await, 404, "{path}");
    }
    for path in ["/", "/sok?q=nummer", "/saker", "/journal.atom", "/journal.json"] {
        assert!(!world.read(path).await.contains("Søknad nummer 1"), "{path}");
    }
    world.clock.set("2026-09-16T00:00:00Z".parse().unwrap());
    assert!(world.read(&format!("/journalpost/{}", entry_id(1))).await.contains("Søknad nummer 1"));
}

#[tokio::test]
async fn a_document_opens_at_its_moment_and_not_before() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.documents = vec![document(1, world.blobs.insert(&tenant(), PDF), "2026-09-17T22:00:00Z")];
    world.publish(entry).await;
    let (page, file) =
        (format!("/journalpost/{}", entry_id(1)), format!("/dokument/{}/{}.pdf", entry_id(1), document_id(1)));
    world.clock.set("2026-09-17T21:59:59Z".parse().unwrap());
    assert!(world.read(&page).await.contains("Åpnes 18.09.2026"));
    assert_eq!(world.status(&file).await, 404);
    world.clock.set("2026-09-17T22:00:00Z".parse().unwrap());
    assert!(world.read(&page).await.contains("2026-318-1 hoveddokument.pdf"));
    let answer = get(&world.page.router(), &file).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, PDF));
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(answer.header("content-length"), PDF.len().to_string());
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    let disposition = answer.header("content-disposition");
    assert_eq!(
        disposition,
        "inline; filename=\"2026-318-1_hoveddokument.pdf\"; filename*=UTF-8''2026-318-1%20hoveddokument.pdf"
    );
}

#[tokio::test]
async fn a_file_that_a_browser_would_run_is_saved_instead() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.documents = vec![document(1, world.blobs.insert(&tenant(), PDF), "2026-09-01T00:00:00Z")];
    let file = entry.documents[0].file.as_mut().unwrap();
    file.media_type = MediaType::parse("text/html").unwrap();
    file.name = FileName::sanitize("side.html");
    world.publish(entry).await;
    let address = |suffix| format!("/dokument/{}/{}.{suffix}", entry_id(1), document_id(1));
    let answer = get(&world.page.router(), &address("bin")).await;
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert!(answer.header("content-disposition").starts_with("attachment;"));
    assert_eq!(world.status(&address("pdf")).await, 404);
}

#[tokio::test]
async fn a_document_whose_bytes_are_lost_is_an_error_page_and_never_an_empty_file() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.documents = vec![document(1, sakarkiv_core::document::BlobRef::of(b"never stored"), "2026-09-01T00:00:00Z")];
    world.publish(entry).await;
    assert_eq!(world.status(&format!("/dokument/{}/{}.pdf", entry_id(1), document_id(1))).await, 404);
}

#[tokio::test]
async fn the_entry_view_tells_what_is_kept_back_by_which_law_and_how_to_ask() {
    let settings = PageSettings { access_email: Some("innsyn@provedal.example".into()), ..PageSettings::default() };
    let world = World::with(settings).await;
    let mut entry = record(1, "2026-09-14");
    entry.journal.screening =
        Some(PublicScreening { code: "UO".into(), legal_basis: "offl. § 13 jf. fvl. § 13".into() });
    entry.journal.kind = EntryKind::Outgoing;
    world.publish(entry).await;
    let text = world.read(&format!("/journalpost/{}", entry_id(1))).await;
    for told in [
        "Unntatt offentlighet: offl. § 13 jf. fvl. § 13 (UO)",
        "Utgående",
        "4001/2026",
        "mandag 14. september 2026",
        "Be om innsyn",
        "mailto:innsyn@provedal.example",
    ] {
        assert!(text.contains(told), "{told}");
    }
}

#[tokio::test]
async fn long_lists_are_turned_page_by_page_and_no_entry_is_lost() {
    let world = World::with(PageSettings { per_page: 10, ..PageSettings::default() }).await;
    for number in 1..=25 {
        world.publish(record(number, "2026-09-14")).await;
    }
    for base in ["/dag/2026-09-14".to_owned(), format!("/sak/{}", case_id(1))] {
        let mut seen = 0;
        for page in ["", "_2", "_3"] {
            let text = world.read(&format!("{base}{page}")).await;
            seen += (1..=25).filter(|number| text.contains(&format!(">Søknad nummer {number}<"))).count();
        }
        assert_eq!(seen, 25, "{base}");
        assert_eq!(world.status(&format!("{base}_4")).await, 404);
    }
    assert_eq!(world.find("q=nummer&side=3").await.len(), 5);
    assert_eq!(world.status("/sok?q=nummer&side=4").await, 404);
}

#[tokio::test]
async fn nynorsk_stands_in_a_folder_of_its_own_and_can_be_the_first_language() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    let text = world.read("/nn/dag/2026-09-14").await;
    assert!(text.contains("<html lang=\"nn\">") && text.contains("Måndag 14. september 2026"));
    assert!(text.contains("href=\"../../dag/2026-09-14\" lang=\"nb\""));
    assert_eq!(world.status("/nb/").await, 404, "the first language has no folder");

    let world = World::with(PageSettings { languages: vec![Language::Nynorsk], ..PageSettings::default() }).await;
    assert!(world.read("/").await.contains("Offentleg postjournal"));
    assert_eq!(world.status("/nn/").await, 404);
}

#[tokio::test]
async fn the_pages_can_be_mounted_under_any_path_with_or_without_a_slash() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    let nested = Router::new().nest("/tjenester/journal", world.page.router());
    let service = Router::new().nest_service("/tjenester/journal", world.page.router::<()>());
    for (path, link) in [
        ("/tjenester/journal", "href=\"./journal/dag/2026-09-14\""),
        ("/tjenester/journal/forside", "href=\"./dag/2026-09-14\""),
        ("/tjenester/journal/maned/2026-09", "href=\"../dag/2026-09-14\""),
        ("/tjenester/journal/nn", "href=\"./nn/dag/2026-09-14\""),
        ("/tjenester/journal/nn/", "href=\"../nn/dag/2026-09-14\""),
    ] {
        for app in [&nested, &service] {
            let answer = get(app, path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.text().contains(link), "{path}");
        }
    }
    assert!(get(&service, "/tjenester/journal/").await.text().contains("href=\"./dag/2026-09-14\""));
    for app in [&nested, &service] {
        assert_eq!(get(app, "/tjenester/journal/dag/2026-09-14").await.status, 200);
        assert_eq!(get(app, "/tjenester/ingenting").await.status, 404);
    }
}

#[tokio::test]
async fn every_page_has_one_first_heading_landmarks_and_labels_for_its_fields() {
    let world = World::new().await;
    let mut entry = record(1, "2026-09-14");
    entry.journal.title = PublicText::nameless("Tittel");
    entry.documents = vec![document(1, world.blobs.insert(&tenant(), PDF), "2026-09-01T00:00:00Z")];
    world.publish(entry).await;
    let (case, entry) = (format!("/sak/{}", case_id(1)), format!("/journalpost/{}", entry_id(1)));
    for path in ["/", "/dag/2026-09-14", "/maned/2026-09", "/sok?q=tittel", "/saker", "/saker/s", &case, &entry] {
        let text = world.read(path).await;
        assert_eq!(text.matches("<h1>").count(), 1, "{path}");
        for mark in ["<header>", "<main id=\"innhold\"", "<footer>", "<a class=\"skip\" href=\"#innhold\">", "<title>"]
        {
            assert_eq!(text.matches(mark).count(), 1, "{path}: {mark}");
        }
        for id in ["q", "fra", "til", "type"] {
            let fields = text.matches(&format!("id=\"{id}\"")).count();
            assert_eq!(text.matches(&format!("<label for=\"{id}\">")).count(), fields, "{path}: {id}");
        }
        let tables = text.matches("<table>").count();
        assert_eq!(text.matches("<caption>").count(), tables, "{path}");
        for outside in ["<script", "http://", "https://", "@import", "url(", "onclick", "set-cookie"] {
            assert!(!text.contains(outside), "{path}: {outside}");
        }
    }
}
