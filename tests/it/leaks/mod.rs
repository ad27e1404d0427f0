//! Thousands of generated cases full of screened names, words and identity numbers, through the real rules and the real leak
//! check, to eInnsyn by our adapter and to the journal page: none of it stands in anything that eInnsyn received, on any page
//! or in any file (R7.7). That the search would see it is proven by rules and by a check that are broken on purpose.
//!
//! `SAKARKIV_SEEDS=50000 cargo test --release -p sakarkiv-tests leaks` plays more cases than the short form does.

mod gossip;
#[path = "../../../crates/formats/leakcheck/tests/it/pdfs.rs"]
mod pdfs;

use std::{fs, ops::Range, path::Path, sync::Arc};

use http::Request;
use sakarkiv_core::{
    document::MediaType,
    journal::JournalEntry,
    ports::{JournalPublisher, LeakCheck},
    publication::{
        CodeRules, Holds, LeakReport, PublicRecord, PublicationPolicy, Secrets, UnitPolicy, clear, plan_with,
    },
};
use sakarkiv_http::{Body, HttpService};
use sakarkiv_journal_page::{JournalPage, MemoryPageStore, PagePorts, PageSettings};
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker, LeakConfig, Limits, extract};
use sakarkiv_testkit::{
    doubles::{ManualClock, MemoryBlobs},
    simulators::InProcess,
};
use tokio::runtime::{Builder, Runtime};

use self::gossip::{Folder, Marks};
use crate::einnsyn::world::{World, tenant};

/// Cases in the short form; about two entries each.
const CASES: u64 = 2_000;
/// Cases of one municipality.
const BATCH: u64 = 100;

fn cases() -> u64 {
    std::env::var("SAKARKIV_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(CASES)
}

/// What is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// The leak check lets everything through that the rules leave.
    NoCheck,
    /// The rules know nothing of the case's other entries, and there is no check either.
    NoSecrets,
}

/// What came of some cases.
#[derive(Debug, Default)]
struct Played {
    entries: usize,
    shown: usize,
    held: usize,
    files: usize,
    /// Secrets that somebody can read, each with where.
    told: Vec<String>,
}

impl Played {
    fn add(&mut self, other: Self) {
        self.entries += other.entries;
        self.shown += other.shown;
        self.held += other.held;
        self.files += other.files;
        self.told.extend(other.told);
    }

    fn tells(&self, place: &str) -> bool {
        self.told.iter().any(|told| told.starts_with(place))
    }
}

/// A municipality that publishes to both journals.
struct Town {
    flaw: Flaw,
    runtime: Runtime,
    einnsyn: World,
    blobs: Arc<MemoryBlobs>,
    page: JournalPage,
    policy: PublicationPolicy,
    checker: LeakChecker,
    marks: Marks,
    played: Played,
}

#[test]
fn nothing_that_is_screened_reaches_einnsyn_or_the_journal_page() {
    let mut all = Played::default();
    let cases = cases();
    for first in (0..cases).step_by(usize::try_from(BATCH).unwrap()) {
        let played = play(first..(first + BATCH).min(cases), Flaw::None);
        assert!(played.told.is_empty(), "cases from {first}: {:?}", played.told);
        all.add(played);
    }
    let Played { entries, shown, held, files, .. } = all;
    println!("{cases} cases, {entries} entries: {shown} shown with {files} open files, {held} held back by the check");
    let enough = shown > entries / 5 && held > entries / 5 && files > entries / 50;
    assert!(enough, "{shown} shown and {held} held back of {entries}, {files} files");
}

#[test]
fn without_the_leak_check_it_would_be_read_in_einnsyn_on_pages_and_in_files() {
    let played = play(0..BATCH, Flaw::NoCheck);
    for place in ["eInnsyn", "a page", "a file"] {
        assert!(played.tells(place), "nothing told in {place}");
    }
}

#[test]
fn rules_that_forget_what_another_entry_screens_would_be_seen() {
    let (forgetful, unchecked) = (play(0..BATCH, Flaw::NoSecrets), play(0..BATCH, Flaw::NoCheck));
    assert!(forgetful.told.len() > unchecked.told.len(), "{} and {}", forgetful.told.len(), unchecked.told.len());
}

fn play(seeds: Range<u64>, flaw: Flaw) -> Played {
    let mut town = Town::new(flaw);
    let mut folders = Vec::new();
    for seed in seeds {
        let folder = Folder::new(seed, &town.blobs);
        town.publish(&folder);
        folders.push(folder);
    }
    town.read(folders)
}

impl Town {
    fn new(flaw: Flaw) -> Self {
        // Long after everything was journaled: what opens is open.
        let clock = ManualClock::at("2026-09-25T10:00:00Z");
        let runtime = Builder::new_current_thread().build().unwrap();
        let blobs = Arc::new(MemoryBlobs::new());
        let ports = PagePorts {
            store: Arc::new(MemoryPageStore::new()),
            blobs: Arc::<MemoryBlobs>::clone(&blobs),
            clock: clock.port(),
        };
        let settings = PageSettings::new("Prøvedal kommune");
        let page = runtime.block_on(JournalPage::open(tenant(), settings, ports)).unwrap();
        let mut policy = PublicationPolicy { codes: CodeRules::standard(), ..PublicationPolicy::default() };
        policy.units.insert(gossip::unit(), UnitPolicy { full_text: true, ..UnitPolicy::default() });
        let checker = LeakChecker::new(LeakConfig::default(), FingerprintKey::new([7; 32]));
        let (marks, played) = (Marks::default(), Played::default());
        Self { flaw, runtime, einnsyn: World::at(clock, |_| {}), blobs, page, policy, checker, marks, played }
    }

    fn publish(&mut self, folder: &Folder) {
        let secrets = match self.flaw {
            Flaw::NoSecrets => Secrets::none(),
            _ => Secrets::of(&folder.case, &folder.entries, &self.policy),
        };
        let secrets = Arc::new(secrets);
        for entry in &folder.entries {
            self.played.entries += 1;
            if let Some(record) = self.plan(folder, entry, &secrets) {
                self.publish_record(record, &secrets);
            }
        }
    }

    fn plan(&self, folder: &Folder, entry: &JournalEntry, secrets: &Secrets) -> Option<PublicRecord> {
        let today = "2026-09-25".parse().unwrap();
        let plan = plan_with(&folder.case, entry, secrets, &Holds::default(), &self.policy, today);
        Some(plan.record?.with_revision(1))
    }

    fn publish_record(&mut self, record: PublicRecord, secrets: &Arc<Secrets>) {
        let report = match self.flaw {
            Flaw::None => {
                let blobs = Arc::<MemoryBlobs>::clone(&self.blobs);
                self.runtime.block_on(self.checker.check(&record, secrets, blobs)).unwrap()
            }
            _ => LeakReport::clean(&record),
        };
        let files = record.files().count();
        let Ok(cleared) = clear(record, &report, &[]) else {
            self.played.held += 1;
            return;
        };
        self.runtime.block_on(self.page.publish(&cleared)).unwrap();
        let sent = self.einnsyn.run(self.einnsyn.publisher.publish(&cleared));
        // eInnsyn has a check of its own for identity numbers, which is none of ours.
        assert!(sent.is_ok() || self.flaw != Flaw::None, "{sent:?}");
        self.played.shown += 1;
        self.played.files += files;
    }

    /// Reads everything that anybody can read, and all that eInnsyn was sent.
    fn read(mut self, folders: Vec<Folder>) -> Played {
        let mut paths = vec!["/".to_owned(), "/saker".to_owned(), "/journal.atom".to_owned(), "/sok?q=2026".to_owned()];
        for folder in &folders {
            paths.push(format!("/sak/{}", folder.case.id()));
            paths.extend(folder.entries.iter().map(|entry| format!("/nn/journalpost/{}", entry.id())));
        }
        folders.into_iter().for_each(|folder| self.marks.extend(folder.marks));
        for received in self.einnsyn.einnsyn.received() {
            self.seek("eInnsyn", &received.text());
        }
        self.seek("eInnsyn", &self.einnsyn.einnsyn.public_text());
        let folder = tempfile::tempdir().unwrap();
        self.runtime.block_on(self.page.export(folder.path())).unwrap();
        self.seek_folder(folder.path());
        let network = InProcess::hosts([("journal.test", self.page.router())]);
        for path in paths {
            let text = self.runtime.block_on(get(&network, &path));
            self.seek("a page", &text);
        }
        if self.flaw == Flaw::None {
            self.search(&network);
        }
        self.played
    }

    /// Nothing is found by what nobody may read.
    fn search(&mut self, network: &InProcess) {
        for secret in self.marks.words.iter().chain(&self.marks.numbers) {
            let text = self.runtime.block_on(get(network, &format!("/sok?q={secret}")));
            if !text.contains("Ingenting i journalen passer med søket") {
                self.played.told.push(format!("a search finds {secret}"));
            }
        }
    }

    fn seek_folder(&mut self, folder: &Path) {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                self.seek_folder(&path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            let place = if path.components().any(|part| part.as_os_str() == "dokument") { "a file" } else { "a page" };
            self.seek(place, &String::from_utf8_lossy(&bytes));
            if path.extension().is_some_and(|ending| ending == "pdf") {
                let read = extract(&bytes, &MediaType::pdf(), Limits::default());
                self.seek(place, &format!("{}\n{}", read.text, read.data));
            }
        }
    }

    fn seek(&mut self, place: &str, text: &str) {
        let told = self.marks.told(text).into_iter().map(|secret| format!("{place} tells {secret}"));
        self.played.told.extend(told);
    }
}

async fn get(network: &InProcess, path: &str) -> String {
    let request = Request::builder().uri(format!("https://journal.test{path}")).body(Body::empty()).unwrap();
    let answer = network.call(request).await.unwrap().into_body();
    String::from_utf8(answer.collect_limited(10_000_000).await.unwrap().to_vec()).unwrap()
}
