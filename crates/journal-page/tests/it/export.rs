use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use sakarkiv_core::{
    document::BlobRef,
    identity::TenantId,
    ports::{Blobs, ByteStream, JournalPublisher, MeetingPublisher, PortError},
    publication::{PublicMeeting, PublicText, clear_meeting},
};
use sakarkiv_journal_page::{ExportError, JournalPage, MemoryPageStore, PagePorts, PageSettings};
use sakarkiv_testkit::{
    conformance::Samples,
    doubles::{ManualClock, MemoryBlobs},
};

use crate::world::{NOW, PDF, World, case_id, cleared, document, document_id, entry_id, record, tenant};

async fn world() -> World {
    let world = World::with(PageSettings { per_page: 10, ..PageSettings::new("Prøvedal kommune") }).await;
    for number in 1..=12 {
        let mut entry = record(number, if number < 12 { "2026-09-14" } else { "2026-01-05" });
        let opens = if number == 2 { "2026-09-20T00:00:00Z" } else { "2026-09-01T00:00:00Z" };
        entry.documents = vec![document(number, world.blobs.insert(&tenant(), PDF), opens)];
        world.publish(entry).await;
    }
    let meeting = meeting(world.blobs.insert(&tenant(), PDF));
    let report = meeting.clean_report();
    world.page.publish_meeting(&clear_meeting(meeting, &report, &[]).unwrap()).await.unwrap();
    world
}

/// A meeting with an open document.
fn meeting(content: BlobRef) -> PublicMeeting {
    let mut meeting = Samples::new(tenant().as_str()).public_meeting();
    meeting.items[0].documents = vec![document(50, content, "2026-09-01T00:00:00Z")];
    meeting
}

/// Every file below a folder but our own corner, by its path from there.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for item in fs::read_dir(next).unwrap() {
            let path = item.unwrap().path();
            if path.ends_with(".postjournal") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().into());
            }
        }
    }
    found
}

/// What the links of a page name, as paths from the folder's root.
fn links(page: &Path, text: &str) -> BTreeSet<PathBuf> {
    let targets = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let inside = targets.filter(|target| !target.starts_with(['#']) && !target.starts_with("data:"));
    let resolve = |target: &str| {
        let mut path = page.parent().unwrap().to_owned();
        for step in target.split('/') {
            match step {
                "." => {}
                ".." => assert!(path.pop(), "{target} leaves the folder"),
                name => path.push(name),
            }
        }
        path
    };
    inside.map(resolve).collect()
}

#[tokio::test]
async fn every_link_of_every_page_leads_to_a_file_and_every_file_is_led_to() {
    let folder = tempfile::tempdir().unwrap();
    let done = world().await.page.export(folder.path()).await.unwrap();
    let files = files(folder.path());
    assert_eq!(files.len(), done.pages + done.documents + 1);
    let mut led_to = BTreeSet::new();
    for page in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "html")) {
        for link in links(page, &fs::read_to_string(folder.path().join(page)).unwrap()) {
            assert!(files.contains(&link), "{} names {}", page.display(), link.display());
            led_to.insert(link);
        }
    }
    let lonely: Vec<_> = files.difference(&led_to).collect();
    assert_eq!(lonely, [Path::new("robots.txt")]);
}

#[tokio::test]
async fn the_files_hold_days_months_cases_entries_feeds_and_open_documents_only() {
    let folder = tempfile::tempdir().unwrap();
    let done = world().await.page.export(folder.path()).await.unwrap();
    let files = files(folder.path());
    for path in [
        "index.html".to_owned(),
        "dag/2026-09-14.html".to_owned(),
        "dag/2026-09-14_2.html".to_owned(),
        "maned/2026-09.html".to_owned(),
        format!("sak/{}_2.html", case_id(1)),
        format!("journalpost/{}.html", entry_id(12)),
        "saker/s.html".to_owned(),
        "journal.atom".to_owned(),
        "nn/journal.json".to_owned(),
        "nn/moter.html".to_owned(),
        format!("nn/journalpost/{}.html", entry_id(1)),
    ] {
        assert!(files.contains(Path::new(&path)), "{path}");
    }
    assert!(!files.contains(Path::new("dag/2026-01-05.html")), "outside of the list");
    assert_eq!(done.documents, 12, "eleven of entries, one of a meeting");
    let document = |number| PathBuf::from(format!("dokument/{}/{}.pdf", entry_id(number), document_id(number)));
    assert!(!files.contains(&document(2)), "not open yet");
    assert_eq!(fs::read(folder.path().join(document(1))).unwrap(), PDF);
}

#[tokio::test]
async fn what_is_withdrawn_leaves_the_folder_with_its_document_and_the_files_of_others_stay() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    fs::write(folder.path().join("om.html"), "en annens").unwrap();
    world.page.export(folder.path()).await.unwrap();
    for number in [1, 3] {
        world.page.withdraw(entry_id(number)).await.unwrap();
    }
    let done = world.page.export(folder.path()).await.unwrap();
    for path in files(folder.path()) {
        let name = path.display().to_string();
        assert!(!name.contains(&entry_id(1).to_string()), "{name}");
        let text = String::from_utf8_lossy(&fs::read(folder.path().join(&path)).unwrap()).into_owned();
        assert!(!text.contains(&entry_id(1).to_string()) && !text.contains(">Søknad nummer 1<"), "{name}");
    }
    assert!(done.removed >= 6 && folder.path().join("om.html").exists());
}

#[tokio::test]
async fn a_second_export_writes_only_what_has_changed() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let first = world.page.export(folder.path()).await.unwrap();
    let again = world.page.export(folder.path()).await.unwrap();
    assert_eq!((again.written, again.removed, again.pages), (0, 0, first.pages));
    world.clock.set("2026-09-20T00:00:00Z".parse().unwrap());
    let opened = world.page.export(folder.path()).await.unwrap();
    assert_eq!((opened.documents, first.documents), (13, 12));
    assert!((1..first.written).contains(&opened.written));
}

#[tokio::test]
async fn an_export_that_was_cut_off_is_mended_by_the_next_one() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    world.page.export(folder.path()).await.unwrap();
    let page = folder.path().join("dag/2026-09-14.html");
    fs::remove_file(&page).unwrap();
    fs::write(folder.path().join(".postjournal/staging/.half"), "halv").unwrap();
    assert_eq!(world.page.export(folder.path()).await.unwrap().written, 1);
    assert!(page.exists() && fs::read_dir(folder.path().join(".postjournal/staging")).unwrap().next().is_none());
}

#[tokio::test]
async fn what_is_withdrawn_or_masked_is_in_no_file_though_a_new_document_cannot_be_written() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    world.page.export(folder.path()).await.unwrap();
    let document_of = |number| format!("dokument/{}/{}.pdf", entry_id(number), document_id(number));
    assert!([4, 5].iter().all(|number| said_anywhere(folder.path(), &format!("Søknad nummer {number}"))));
    world.page.withdraw(entry_id(4)).await.unwrap();
    let mut masked = record(5, "2026-09-14").with_revision(2);
    masked.journal.title = PublicText::masked();
    masked.documents = vec![document(5, world.blobs.insert(&tenant(), "%PDF sladdet"), "2026-09-01T00:00:00Z")];
    world.publish(masked).await;
    let mut new = record(20, "2026-09-14");
    new.documents = vec![document(20, world.blobs.insert(&tenant(), "%PDF nytt"), "2026-09-01T00:00:00Z")];
    world.publish(new).await;
    fs::create_dir_all(folder.path().join(document_of(20))).unwrap();
    for time in ["first", "second"] {
        assert!(matches!(world.page.export(folder.path()).await, Err(ExportError::Io(_))));
        for number in [4, 5] {
            assert!(!said_anywhere(folder.path(), &format!("Søknad nummer {number}")), "{number}, the {time} time");
        }
        let before = fs::read(folder.path().join(document_of(5))).is_ok_and(|bytes| bytes == PDF);
        assert!(!before, "nor does the document stand as it was before");
    }
    let page = fs::read_to_string(folder.path().join(format!("journalpost/{}.html", entry_id(20)))).unwrap();
    assert!(page.contains("Søknad nummer 20") && page.contains("Ikke åpent"), "its document waits");
    fs::remove_dir(folder.path().join(document_of(20))).unwrap();
    let done = world.page.export(folder.path()).await.unwrap();
    assert_eq!((done.documents, done.unreadable), (12, 0));
    let page = fs::read_to_string(folder.path().join(format!("journalpost/{}.html", entry_id(20)))).unwrap();
    assert!(!page.contains("Ikke åpent"));
    assert_eq!(fs::read(folder.path().join(document_of(5))).unwrap(), b"%PDF sladdet");
}

/// The bytes of documents, under a process that is killed when it comes to them.
#[derive(Debug)]
struct KilledHere;

#[async_trait]
impl Blobs for KilledHere {
    async fn put(&self, _: &TenantId, _: ByteStream, _: u64) -> Result<BlobRef, PortError> {
        panic!("nothing is put")
    }

    async fn open(&self, _: &TenantId, _: &BlobRef) -> Result<ByteStream, PortError> {
        panic!("killed")
    }
}

#[tokio::test]
async fn a_page_of_an_export_that_was_killed_is_not_taken_for_what_it_was_before() {
    let (store, folder) = (Arc::new(MemoryPageStore::new()), tempfile::tempdir().unwrap());
    let open = |blobs: Arc<dyn Blobs>| {
        let ports =
            PagePorts { store: Arc::<MemoryPageStore>::clone(&store), blobs, clock: ManualClock::at(NOW).port() };
        JournalPage::open(tenant(), PageSettings::new("Prøvedal kommune"), ports)
    };
    let mut masked = record(1, "2026-09-14");
    masked.journal.title = PublicText::masked();
    let page = open(Arc::new(MemoryBlobs::new())).await.unwrap();
    page.publish(&cleared(masked.clone())).await.unwrap();
    page.export(folder.path()).await.unwrap();
    let killed = open(Arc::new(KilledHere)).await.unwrap();
    let mut named = record(1, "2026-09-14").with_revision(2);
    named.documents = vec![document(1, BlobRef::of(PDF), "2026-09-01T00:00:00Z")];
    killed.publish(&cleared(named)).await.unwrap();
    killed.export(folder.path()).await.unwrap_err();
    assert!(said_anywhere(folder.path(), "Søknad nummer 1"));
    page.reload().await.unwrap();
    page.publish(&cleared(masked.with_revision(3))).await.unwrap();
    page.export(folder.path()).await.unwrap();
    assert!(!said_anywhere(folder.path(), "Søknad nummer 1"));
}

/// Whether a text stands in any file of an export.
fn said_anywhere(folder: &Path, text: &str) -> bool {
    let read = |path: &PathBuf| String::from_utf8_lossy(&fs::read(folder.join(path)).unwrap()).contains(text);
    files(folder).iter().any(read)
}

#[tokio::test]
async fn an_account_that_names_files_elsewhere_is_refused_and_nothing_is_removed_by_it() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    let (inside, victim) = (folder.path().join("journal"), folder.path().join("andres.txt"));
    fs::write(&victim, "en annens").unwrap();
    world.page.export(&inside).await.unwrap();
    let account = inside.join(".postjournal/files.json");
    let text = fs::read_to_string(&account).unwrap();
    for path in ["../andres.txt", "/etc/passwd", ".postjournal/files.json", "a//b"] {
        fs::write(&account, text.replacen("\"dag/2026-09-14.html\"", &format!("\"{path}\""), 1)).unwrap();
        assert!(matches!(world.page.export(&inside).await, Err(ExportError::Damaged)), "{path}");
    }
    assert!(victim.exists());
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_shown_as_closed_and_stops_nothing() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let mut entry = record(1, "2026-09-14");
    entry.documents = vec![document(1, BlobRef::of(b"never stored"), "2026-09-01T00:00:00Z")];
    world.publish(entry).await;
    let done = world.page.export(folder.path()).await.unwrap();
    assert_eq!((done.documents, done.unreadable), (0, 1));
    let page = folder.path().join(format!("journalpost/{}.html", entry_id(1)));
    assert!(fs::read_to_string(page).unwrap().contains("Ikke åpent"));
}
