use std::{fs, sync::Arc};

use sakarkiv_core::ports::{JournalPublisher, PortErrorKind};
use sakarkiv_journal_page::{
    FolderStore, JournalPage, PagePorts, PageSettings, PageStore, PageStoreError, StoredEntry,
};
use sakarkiv_testkit::doubles::{ManualClock, MemoryBlobs};

use crate::world::{NOW, cleared, entry_id, record, tenant};

async fn open(folder: &std::path::Path) -> Result<JournalPage, PageStoreError> {
    let store = Arc::new(FolderStore::open(folder)?);
    let ports = PagePorts { store, blobs: Arc::new(MemoryBlobs::new()), clock: ManualClock::at(NOW).port() };
    JournalPage::open(tenant(), PageSettings::new("Prøvedal kommune"), ports).await
}

#[tokio::test]
async fn what_was_published_before_a_restart_is_published_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = open(folder.path()).await.unwrap();
    for number in 1..=3 {
        page.publish(&cleared(record(number, "2026-09-14"))).await.unwrap();
    }
    page.withdraw(entry_id(2)).await.unwrap();
    let before = page.published(None).await.unwrap();
    drop(page);
    let after = open(folder.path()).await.unwrap().published(None).await.unwrap();
    assert_eq!(after, before);
    assert_eq!(after.len(), 2);
}

#[tokio::test]
async fn nothing_of_what_an_entry_said_is_kept_after_its_withdrawal_but_its_revision_is() {
    let folder = tempfile::tempdir().unwrap();
    let page = open(folder.path()).await.unwrap();
    page.publish(&cleared(record(1, "2026-09-14").with_revision(5))).await.unwrap();
    page.withdraw(entry_id(1)).await.unwrap();
    let kept = FolderStore::open(folder.path()).unwrap().all().unwrap();
    assert_eq!(kept, [StoredEntry::withdrawn(entry_id(1), 5, NOW.parse().unwrap())]);
    let again = open(folder.path()).await.unwrap();
    again.publish(&cleared(record(1, "2026-09-14").with_revision(4))).await.unwrap();
    assert!(again.published(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_page_sees_what_another_process_published_when_it_reads_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (office, reader) = (open(folder.path()).await.unwrap(), open(folder.path()).await.unwrap());
    office.publish(&cleared(record(1, "2026-09-14"))).await.unwrap();
    assert!(reader.published(None).await.unwrap().is_empty());
    reader.reload().await.unwrap();
    assert_eq!(reader.published(None).await.unwrap().len(), 1);
}

/// Keeps anything from being written in a folder: nothing can be staged any more.
fn fill(folder: &std::path::Path) {
    fs::remove_dir_all(folder.join("staging")).unwrap();
    fs::write(folder.join("staging"), "").unwrap();
}

#[tokio::test]
async fn what_is_withdrawn_or_corrected_while_nothing_can_be_written_is_not_shown_after_a_restart_either() {
    let folder = tempfile::tempdir().unwrap();
    let page = open(folder.path()).await.unwrap();
    for number in 1..=3 {
        page.publish(&cleared(record(number, "2026-09-14"))).await.unwrap();
    }
    fill(folder.path());
    let refused = page.withdraw(entry_id(1)).await.unwrap_err();
    assert_eq!(refused.kind(), PortErrorKind::Transient, "it is asked for again, until it was written");
    page.publish(&cleared(record(2, "2026-09-14").with_revision(2))).await.unwrap_err();
    let shown = page.published(None).await.unwrap().into_iter().map(|one| (one.entry, one.revision));
    assert_eq!(shown.collect::<Vec<_>>(), [(entry_id(2), 2), (entry_id(3), 1)]);
    drop(page);
    fs::remove_file(folder.path().join("staging")).unwrap();
    let page = open(folder.path()).await.unwrap();
    let shown: Vec<_> = page.published(None).await.unwrap().into_iter().map(|one| one.entry).collect();
    assert_eq!(shown, [entry_id(3)], "neither what was withdrawn nor what the corrected one said before");
    page.withdraw(entry_id(1)).await.unwrap();
    page.publish(&cleared(record(2, "2026-09-14").with_revision(2))).await.unwrap();
    assert_eq!(page.published(None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_withdraws_is_told_when_not_even_that_can_be_done_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let page = open(folder.path()).await.unwrap();
    page.publish(&cleared(record(1, "2026-09-14"))).await.unwrap();
    fill(folder.path());
    let id = entry_id(1).to_string();
    let file = folder.path().join("entries").join(id.get(34..).unwrap()).join(format!("{id}.json"));
    let kept = fs::read(&file).unwrap();
    // A folder in its place is what no file can take and nobody removes as one.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let refused = page.withdraw(entry_id(1)).await.unwrap_err();
    assert_eq!(refused.kind(), PortErrorKind::Misconfigured);
    assert!(refused.to_string().contains("make the folder writable"), "{refused}");
    fs::remove_dir(&file).unwrap();
    fs::write(&file, kept).unwrap();
    page.reload().await.unwrap();
    assert!(page.published(None).await.unwrap().is_empty(), "hidden as long as this page is open");
}

#[test]
fn what_a_killed_process_left_half_written_is_no_entry() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    store.put(&StoredEntry::published(record(1, "2026-09-14"), NOW.parse().unwrap())).unwrap();
    fs::write(folder.path().join("staging/.half"), "{\"format\":1,\"rec").unwrap();
    let again = FolderStore::open(folder.path()).unwrap();
    assert_eq!(again.all().unwrap(), store.all().unwrap());
    let staged = || fs::read_dir(folder.path().join("staging")).unwrap().count();
    assert_eq!(staged(), 1, "it may be of a process that is writing, and this one only reads");
    again.put(&StoredEntry::published(record(2, "2026-09-14"), NOW.parse().unwrap())).unwrap();
    assert_eq!(staged(), 0);
    assert_eq!(again.all().unwrap().len(), 2);
}

#[test]
fn a_damaged_or_misplaced_entry_is_told_rather_than_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    store.put(&StoredEntry::published(record(1, "2026-09-14"), NOW.parse().unwrap())).unwrap();
    let id = entry_id(1).to_string();
    let file = folder.path().join("entries").join(id.get(34..).unwrap()).join(format!("{id}.json"));
    let whole = fs::read_to_string(&file).unwrap();
    let mut wrong = vec![whole.chars().take(100).collect(), whole.replace("\"format\":1", "\"format\":2")];
    wrong.push(whole.replace(&id, &entry_id(2).to_string()));
    for text in wrong {
        fs::write(&file, text).unwrap();
        let error = store.all().unwrap_err();
        assert!(matches!(&error, PageStoreError::Damaged { entry } if *entry == id), "{error}");
    }
}
