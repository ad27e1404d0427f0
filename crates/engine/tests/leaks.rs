//! Thousands of generated cases full of what must not be told, through the office and the real leak check: none of it reaches
//! a public journal, neither in a record, nor in a file it may fetch, nor on a page that anybody reads (R7.7).
#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use futures_util::{StreamExt, TryStreamExt, stream};
use sakarkiv_core::{
    access::{Actor, Role, RoleScope, User, UserKind},
    case::{CaseKind, NewCase},
    document::{Document, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, ChannelId, DocumentId, EntryId, NationalIdentityNumber, PartyId, TenantId, Timestamp, UnitId},
    journal::{EntryKind, EntryStatus, NewDocument, NewEntry},
    party::{Party, PartyIdentity, PartyRole},
    ports::{Blobs, Clock, JournalPublisher, PortError, Published, PublisherCapabilities},
    publication::{ClearedRecord, CodeRules, PublicationPolicy, UnitPolicy},
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_engine::{Desk, Publication, PublisherTarget, RecordsOffice, TenantSetup};
use sakarkiv_journal_page::{JournalPage, MemoryPageStore, PagePorts, PageSettings};
use sakarkiv_leakcheck::{FingerprintKey, LeakChecker, LeakConfig};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{MemoryDisk, MemoryStore},
};
use uuid::Uuid;

const CASES: u32 = 2_000;

#[test]
fn nothing_that_is_screened_reaches_anybody() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let mut secrets = Secrets::default();
        for nth in 0..CASES {
            world.case(nth, &mut dice, &mut secrets).await;
        }
        world.office.run_until_idle().await;
        world.clock.set("2026-09-14T16:00:00Z".parse().unwrap());
        world.office.run_until_idle().await;
        world.clock.set("2026-09-19T12:00:00Z".parse().unwrap());
        world.office.run_until_idle().await;

        let shown = world.listener.shown.lock().unwrap().clone();
        let folder = tempfile::tempdir().unwrap();
        world.page.export(folder.path()).await.unwrap();
        let (mut files, mut pages) = (0, 0);
        for record in &shown {
            secrets.seek("a record", &String::from_utf8_lossy(record));
            let record: sakarkiv_core::publication::PublicRecord = serde_json::from_slice(record).unwrap();
            for (_, file) in record.files() {
                files += 1;
                let bytes = world.store.open(&tenant(), &file.content).await.unwrap().try_collect::<Vec<_>>().await;
                secrets.seek("a file", &String::from_utf8_lossy(&bytes.unwrap().concat()));
            }
        }
        read_all(folder.path(), &mut |bytes| {
            pages += 1;
            secrets.seek("a page", &String::from_utf8_lossy(bytes));
        });
        let entries = secrets.entries;
        println!("{entries} entries, {} records, {files} files and {pages} pages hold no secret", shown.len());
        assert!(shown.len() > entries / 5 && shown.len() < entries * 2, "{} of {entries}", shown.len());
        assert!(files > 100 && pages > 500, "{files} files, {pages} pages");
    });
}

fn read_all(folder: &Path, look: &mut impl FnMut(&[u8])) {
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            read_all(&path, look);
        } else {
            look(&std::fs::read(path).unwrap());
        }
    }
}

/// Everything that nobody may read: surnames that stand nowhere else, words, numbers.
#[derive(Default)]
struct Secrets {
    texts: HashSet<String>,
    entries: usize,
}

impl Secrets {
    fn add(&mut self, text: &str) {
        self.texts.insert(text.to_lowercase());
    }

    fn seek(&self, place: &str, text: &str) {
        let text = text.to_lowercase();
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            let told = self.texts.contains(word) || self.texts.contains(word.trim_end_matches('s'));
            assert!(!told, "{place} tells a secret: {word}");
        }
    }
}

/// A repeatable choice.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let place = self.roll(of.len() as u64);
        of.get(usize::try_from(place).unwrap()).copied().unwrap()
    }
}

/// A surname that nobody has, of letters alone.
fn surname(nth: u32, part: u32) -> String {
    let mut rest = nth * 8 + part;
    let mut name = "Zq".to_owned();
    for _ in 0..5 {
        name.push(char::from(b'a' + u8::try_from(rest % 5).unwrap()));
        rest /= 5;
        name.push(char::from(b'k' + u8::try_from(rest % 10).unwrap()));
        rest /= 10;
    }
    name
}

/// A synthetic identity number (month + 80).
fn number(nth: u32) -> Option<NationalIdentityNumber> {
    let (day, month, year, rest) = (1 + nth % 28, 81 + nth % 12, nth % 40, nth % 500);
    let nine = format!("{day:02}{month:02}{year:02}{rest:03}");
    (0..100).find_map(|check| NationalIdentityNumber::parse(&format!("{nine}{check:02}")).ok())
}

/// The ways in which people write a text.
fn written(text: &str, dice: &mut Dice) -> String {
    match dice.roll(4) {
        0 => text.to_uppercase(),
        1 => format!("{text}s"),
        2 => text.replace(' ', "  "),
        _ => text.to_owned(),
    }
}

struct World {
    clock: Arc<ManualClock>,
    store: Arc<MemoryStore>,
    office: RecordsOffice,
    listener: Arc<Listener>,
    page: JournalPage,
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::new("2026-09-14T08:00:00Z".parse().unwrap());
        let store = Arc::new(MemoryStore::open(&MemoryDisk::default()));
        let listener = Arc::<Listener>::default();
        let ports = PagePorts {
            store: Arc::new(MemoryPageStore::new()),
            blobs: Arc::<MemoryStore>::clone(&store),
            clock: Arc::<ManualClock>::clone(&clock),
        };
        let page = JournalPage::open(tenant(), PageSettings::new("Prøvedal kommune"), ports).await.unwrap();
        let mut policy = PublicationPolicy { codes: CodeRules::standard(), ..PublicationPolicy::default() };
        policy.units.insert(unit(), UnitPolicy { full_text: true, ..UnitPolicy::default() });
        let leak_check = LeakChecker::new(LeakConfig::default(), FingerprintKey::new([7; 32]));
        let publication = Publication::new(policy, Arc::new(leak_check))
            .publisher(PublisherTarget::new(ChannelId::new("einnsyn").unwrap(), Arc::<Listener>::clone(&listener)))
            .publisher(PublisherTarget::new(ChannelId::new("page").unwrap(), Arc::new(page.clone())));
        let archivist = User::founding(tenant(), actor().id, UserKind::Employee)
            .since(clock.now())
            .in_unit(unit())
            .with_role(Role::HeadArchivist, RoleScope::Tenant);
        let office = RecordsOffice::builder()
            .store(Arc::<MemoryStore>::clone(&store))
            .clock(Arc::<ManualClock>::clone(&clock))
            .entropy(Arc::new(SeededEntropy::new(7)))
            .notifier(Arc::new(RecordingNotifier::new()))
            .node("n1")
            .tenant(TenantSetup::new(tenant()).user(archivist).publication(publication))
            .build()
            .unwrap();
        Self { clock, store, office, listener, page }
    }

    /// A case with some entries, in which something is screened and the rest of it gossips.
    async fn case(&self, nth: u32, dice: &mut Dice, secrets: &mut Secrets) {
        let actor = actor();
        let desk = self.office.as_user(&actor).unwrap();
        let hidden = format!("Kari {}", surname(nth, 0));
        let word = surname(nth, 1);
        let person = number(nth * 7 + 3);
        secrets.add(&surname(nth, 0));
        secrets.add(&word);
        secrets.texts.extend(person.as_ref().map(|number| number.digits().to_owned()));
        let gossip = |dice: &mut Dice| -> String {
            match dice.roll(7) {
                0 => format!("Klage fra {}", written(&hidden, dice)),
                1 => format!("Om {} i saken", written(&word, dice)),
                2 => person.as_ref().map_or("Søknad".to_owned(), |number| format!("Skjema {}", number.digits())),
                _ => dice.pick(&["Søknad om garasje", "Nabovarsel", "Svar på høring", "Tegninger"]).to_owned(),
            }
        };
        let mut case = NewCase::new(CaseKind::Building, gossip(dice).as_str().into(), unit(), actor.id.clone());
        if dice.roll(5) == 0 {
            case.screening = Some(screening(Hides::TitleWords).with_words([word.as_str()]).unwrap());
        }
        let case = desk.open_case(case).await.unwrap().0;
        for part in 0..=dice.roll(3) {
            let title = gossip(dice);
            let mut entry = NewEntry::new(EntryKind::Incoming, title.as_str().into(), actor.id.clone());
            entry.status = EntryStatus::Journaled;
            let id = PartyId::from_uuid(Uuid::from_u64_pair(u64::from(nth), part));
            let screened = Party::new(id, PartyRole::Sender, hidden.as_str().into()).unwrap().screened(true);
            let screened = match &person {
                Some(number) => screened.identified_by(PartyIdentity::Person(number.clone())),
                None => screened,
            };
            let open = Party::new(id, PartyRole::Sender, "Prøvebedriften AS".into()).unwrap();
            // The first entry says what is screened; the others only know.
            if part == 0 {
                entry.parties = vec![screened];
                entry.screening = Some(screening(Hides::TitleWords).with_words([word.as_str()]).unwrap());
            } else {
                entry.parties = vec![open];
            }
            let told = gossip(dice);
            let document = self.document(&desk, (nth, part), &gossip(dice), &told).await;
            entry.documents = vec![NewDocument::main(document)];
            desk.register(case, entry).await.unwrap();
            secrets.entries += 1;
        }
    }

    async fn document(&self, desk: &Desk<'_>, (nth, part): (u32, u64), title: &str, text: &str) -> Document {
        let content = format!("Til kommunen.\n{text}\nMed hilsen avsender");
        let content = stream::iter([Ok(bytes::Bytes::from(content.into_bytes()))]).boxed();
        let content = desk.put_document(content, 1_000).await.unwrap();
        let version = DocumentVersion {
            number: 1,
            variant: Variant::Production,
            format: FileFormat::unknown(),
            media_type: MediaType::parse("text/plain").unwrap(),
            file_name: FileName::sanitize(&format!("{title}.txt")),
            content,
            created: self.clock.now(),
            created_by: actor().id,
        };
        let id = DocumentId::from_uuid(Uuid::from_u64_pair(u64::from(nth), part));
        Document::new(id, title.into()).unwrap().with_version(version).unwrap().finished()
    }
}

fn screening(hides: Hides) -> Screening {
    Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13 jf. fvl. § 13", [hides]).unwrap()
}

fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

fn unit() -> UnitId {
    UnitId::new("byplan").unwrap()
}

fn actor() -> Actor {
    Actor::new(tenant(), ActorId::new("arkivar-1").unwrap())
}

/// A public journal that keeps the bytes of everything it is given.
#[derive(Debug, Default)]
struct Listener {
    shown: Mutex<Vec<Vec<u8>>>,
    newest: Mutex<BTreeMap<EntryId, (u64, Timestamp)>>,
}

#[async_trait]
impl JournalPublisher for Listener {
    fn capabilities(&self) -> PublisherCapabilities {
        PublisherCapabilities::new(100)
    }

    async fn publish(&self, record: &ClearedRecord) -> Result<(), PortError> {
        let record = record.record();
        self.shown.lock().unwrap().push(serde_json::to_vec(record).unwrap());
        self.newest.lock().unwrap().insert(record.entry, (record.revision, record.journal.accessible_after));
        Ok(())
    }

    async fn withdraw(&self, entry: EntryId) -> Result<(), PortError> {
        self.newest.lock().unwrap().remove(&entry);
        Ok(())
    }

    async fn published(&self, after: Option<EntryId>) -> Result<Vec<Published>, PortError> {
        let newest = self.newest.lock().unwrap();
        let rest = newest.iter().filter(|(entry, _)| after.is_none_or(|after| **entry > after)).take(100);
        let published = rest.map(|(entry, (revision, since))| Published {
            entry: *entry,
            remote_id: entry.to_string(),
            revision: *revision,
            changed: Some(*since),
        });
        Ok(published.collect())
    }
}
