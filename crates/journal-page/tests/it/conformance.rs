//! The page before the suite that every public journal is held to.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{
    identity::{EntryId, MeetingId, TenantId, Timestamp},
    ports::{Clock, JournalPublisher, MeetingPublisher},
    publication::{PublicText, clear_meeting},
};
use sakarkiv_journal_page::{
    JournalPage, MemoryPageStore, PagePorts, PageSettings, PageStore, PageStoreError, StoredEntry, StoredMeeting,
};
use sakarkiv_testkit::{
    conformance::{JournalFault, JournalHarness, Samples, ShownEntry, ShownMeeting, run_journal},
    doubles::{ManualClock, MemoryBlobs},
};

use crate::world::{NOW, cleared, entry_id, get, record, tenant};

/// A store whose disk fails at the next write, before it is done or after.
#[derive(Debug, Default)]
struct FailingStore {
    kept: MemoryPageStore,
    fails: Mutex<Option<Failure>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Before,
    After,
}

impl FailingStore {
    fn write(&self, write: impl FnOnce(&MemoryPageStore) -> Result<(), PageStoreError>) -> Result<(), PageStoreError> {
        let failure = self.fails.lock().unwrap().take();
        if failure != Some(Failure::Before) {
            write(&self.kept)?;
        }
        match failure {
            Some(_) => Err(std::io::Error::other("the disk is full").into()),
            None => Ok(()),
        }
    }
}

impl PageStore for FailingStore {
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError> {
        self.kept.all()
    }

    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError> {
        self.write(|kept| kept.put(entry))
    }

    fn all_meetings(&self) -> Result<Vec<StoredMeeting>, PageStoreError> {
        self.kept.all_meetings()
    }

    fn put_meeting(&self, meeting: &StoredMeeting) -> Result<(), PageStoreError> {
        self.write(|kept| kept.put_meeting(meeting))
    }
}

#[derive(Debug)]
struct Harness {
    clock: Arc<ManualClock>,
    blobs: Arc<MemoryBlobs>,
    now: Mutex<(Arc<FailingStore>, JournalPage)>,
}

impl Harness {
    async fn new() -> Self {
        let (clock, blobs) = (ManualClock::at(NOW), Arc::new(MemoryBlobs::new()));
        // The only file that the suite publishes.
        blobs.insert(&tenant(), "%PDF-1.7 proeve");
        let now = Mutex::new(open(&clock, &blobs).await);
        Self { clock, blobs, now }
    }

    async fn renew(&self) -> JournalPage {
        let opened = open(&self.clock, &self.blobs).await;
        self.now.lock().unwrap().clone_from(&opened);
        opened.1
    }

    fn page(&self) -> JournalPage {
        self.now.lock().unwrap().1.clone()
    }

    fn store(&self) -> Arc<FailingStore> {
        Arc::clone(&self.now.lock().unwrap().0)
    }

    async fn text(&self, path: &str) -> Option<String> {
        let answer = get(&self.page().router(), path).await;
        answer.status.is_success().then(|| answer.text())
    }
}

async fn open(clock: &Arc<ManualClock>, blobs: &Arc<MemoryBlobs>) -> (Arc<FailingStore>, JournalPage) {
    let store = Arc::<FailingStore>::default();
    let ports = PagePorts { store: Arc::clone(&store) as _, blobs: Arc::clone(blobs) as _, clock: clock.port() };
    (store, JournalPage::open(tenant(), PageSettings::new("Prøvedal kommune"), ports).await.unwrap())
}

/// Every text between two others.
fn all<'t>(text: &'t str, start: &str, end: &str) -> Vec<&'t str> {
    text.split(start).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0)).collect()
}

fn owned(texts: Vec<&str>) -> Vec<String> {
    texts.into_iter().map(str::to_owned).collect()
}

#[async_trait]
impl JournalHarness for Harness {
    fn name(&self) -> String {
        "JournalPage".to_owned()
    }

    fn tenant(&self) -> TenantId {
        tenant()
    }

    async fn fresh(&self) -> Arc<dyn JournalPublisher> {
        Arc::new(self.renew().await)
    }

    async fn fresh_for_meetings(&self) -> Option<Arc<dyn MeetingPublisher>> {
        Some(Arc::new(self.renew().await))
    }

    fn shows_meetings(&self) -> bool {
        true
    }

    async fn shown(&self, entry: EntryId) -> Vec<ShownEntry> {
        let Some(text) = self.text(&format!("/journalpost/{entry}")).await else { return Vec::new() };
        let case = all(&text, "<dt>Sak</dt><dd><a href=\"", "</a>")[0].split_once("\">").unwrap().1;
        let mut shown = ShownEntry::new(all(&text, "<h1>", "</h1>")[0].to_owned(), case.replace("2026/318 ", ""));
        for role in ["Avsender", "Mottaker"] {
            shown.parties.extend(owned(all(&text, &format!("<dt>{role}</dt><dd>"), "</dd>")));
        }
        shown.documents = owned(all(&text, "<td class=\"title\" data-label=\"Tittel\">", "</td>"));
        for file in all(&text, "<a class=\"open\" href=\"../", "\"") {
            shown.files += usize::from(self.text(&format!("/{file}")).await.is_some());
        }
        vec![shown]
    }

    async fn shown_meeting(&self, meeting: MeetingId) -> Vec<ShownMeeting> {
        let Some(text) = self.text(&format!("/mote/{meeting}")).await else { return Vec::new() };
        let mut shown = ShownMeeting::new(all(&text, "<h1>", "</h1>")[0].to_owned());
        for part in ["paper", "matter"] {
            shown.items.extend(owned(all(&text, &format!("<section class=\"{part}\"><h3>"), "</h3>")));
        }
        for decided in all(&text, "<div class=\"decided\">", "</div>") {
            shown.decisions.extend(owned(all(decided, "<p class=\"text\">", "</p>")));
        }
        let names = owned(all(&text, "<th scope=\"row\" data-label=\"Navn\">", "</th>"));
        shown.votes = names.into_iter().zip(owned(all(&text, "<td data-label=\"Stemme\">", "</td>"))).collect();
        vec![shown]
    }

    async fn everything(&self) -> String {
        let folder = tempfile::tempdir().unwrap();
        self.page().export(folder.path()).await.unwrap();
        let mut text = read_all(folder.path());
        for path in ["/", "/sok?q=e", "/sok?q=testperson", "/journal.atom", "/journal.json", "/moter"] {
            text += &self.text(path).await.unwrap_or_default();
        }
        // What readers searched for is repeated to them.
        text.replace("value=\"testperson\"", "")
    }

    async fn take_out(&self, entry: EntryId) {
        let (store, now) = (self.store(), self.now());
        for kept in store.all().unwrap().into_iter().filter(|kept| kept.entry == entry) {
            store.put(&StoredEntry::withdrawn(entry, kept.revision, now)).unwrap();
        }
        let meeting = MeetingId::from_uuid(entry.uuid());
        for kept in store.all_meetings().unwrap().into_iter().filter(|kept| kept.meeting == meeting) {
            store.put_meeting(&StoredMeeting::withdrawn(meeting, kept.revision, now)).unwrap();
        }
        self.page().reload().await.unwrap();
    }

    fn now(&self) -> Timestamp {
        Clock::now(&*self.clock)
    }

    fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Nobody refuses the page anything but its disk.
    fn offers(&self, fault: JournalFault) -> bool {
        matches!(fault, JournalFault::DropAnswer | JournalFault::DropRequest)
    }

    async fn arm(&self, fault: JournalFault) {
        let failure = if fault == JournalFault::DropAnswer { Failure::After } else { Failure::Before };
        *self.store().fails.lock().unwrap() = Some(failure);
    }
}

fn read_all(folder: &Path) -> String {
    let paths = fs::read_dir(folder).unwrap().map(|item| item.unwrap().path());
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    paths.map(|path| if path.is_dir() { read_all(&path) } else { read(&path) }).collect()
}

#[tokio::test]
async fn the_page_keeps_the_contract_of_public_journals_for_entries_and_meetings() {
    let report = run_journal(&Harness::new().await).await;
    report.assert_conforms();
    // Four cases are about a server that is busy, refuses, or knows credentials.
    assert_eq!(report.not_applicable(), 4, "{report}");
}

#[tokio::test]
async fn what_the_disk_did_not_take_is_shown_as_it_shall_be_and_kept_when_it_is_repeated() {
    let harness = Harness::new().await;
    let page = harness.page();
    let shown_and_kept = || (harness.store().all().unwrap().len(), page.published(None));
    harness.arm(JournalFault::DropRequest).await;
    assert!(page.publish(&cleared(record(1, "2026-09-14"))).await.is_err());
    let (kept, shown) = shown_and_kept();
    assert_eq!((kept, shown.await.unwrap().len()), (0, 1));
    page.publish(&cleared(record(1, "2026-09-14"))).await.unwrap();
    let (kept, shown) = shown_and_kept();
    assert_eq!((kept, shown.await.unwrap().len()), (1, 1));
    let mut corrected = record(1, "2026-09-14").with_revision(2);
    corrected.journal.title = PublicText::masked();
    harness.arm(JournalFault::DropRequest).await;
    assert!(page.publish(&cleared(corrected)).await.is_err());
    page.reload().await.unwrap();
    assert_eq!(harness.shown(entry_id(1)).await[0].title, "*****", "reading anew tells nothing that was corrected");
}

#[tokio::test]
async fn what_is_withdrawn_while_the_disk_is_full_is_hidden_at_once_and_kept_hidden_when_it_is_repeated() {
    let harness = Harness::new().await;
    let page = harness.page();
    let record = record(1, "2026-09-14");
    let meeting = Samples::new(tenant().as_str()).public_meeting();
    let report = meeting.clean_report();
    page.publish(&cleared(record.clone())).await.unwrap();
    page.publish_meeting(&clear_meeting(meeting.clone(), &report, &[]).unwrap()).await.unwrap();
    for failure in [JournalFault::DropRequest, JournalFault::DropAnswer] {
        harness.arm(failure).await;
        assert!(page.withdraw(record.entry).await.is_err());
        harness.arm(failure).await;
        assert!(page.withdraw_meeting(meeting.meeting).await.is_err());
        assert!(
            harness.shown(record.entry).await.is_empty() && harness.shown_meeting(meeting.meeting).await.is_empty()
        );
        page.reload().await.unwrap();
        assert!(
            harness.shown(record.entry).await.is_empty() && harness.shown_meeting(meeting.meeting).await.is_empty(),
            "reading anew brings nothing back"
        );
    }
    page.withdraw(record.entry).await.unwrap();
    page.withdraw_meeting(meeting.meeting).await.unwrap();
    page.reload().await.unwrap();
    assert!(harness.shown(record.entry).await.is_empty() && harness.shown_meeting(meeting.meeting).await.is_empty());
}
