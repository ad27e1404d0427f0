//! A night's bulk out of a folder, and the death of the process at any moment of it.

use std::{collections::BTreeSet, fs, path::Path};

use sakarkiv_core::document::ContentHash;
use sakarkiv_fagsystem::FolderSource;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use super::{
    folder::school,
    world::{Archive, cut_off},
};

/// The folder in which a specialist system leaves deliveries.
pub(super) struct Drop {
    root: TempDir,
}

/// Two entries about a pupil, each with a file.
pub(super) fn manifest(n: usize, pupil: usize) -> Value {
    let entry = |place: usize| {
        let hash = ContentHash::of(content(n, place).as_bytes()).to_string();
        json!({
            "eksternNoekkel": format!("{n}/{place}"), "tittel": format!("Vurdering {place}"), "journalposttype": "X",
            "filer": [{"sti": format!("{n}-{place}.pdf"), "type": "H", "sha256": hash}],
        })
    };
    json!({
        "kontrakt": "mappeslipp/v1", "fagsystem": "skole", "leveranseId": format!("natt/{n}"),
        "tidspunkt": "2026-03-02T02:10:44+01:00",
        "mappe": {"eksternNoekkel": format!("elev/{pupil}"), "tittel": format!("Elevmappe {pupil}")},
        "registreringer": [entry(1), entry(2)],
    })
}

pub(super) fn content(n: usize, place: usize) -> String {
    format!("%PDF {n}/{place}")
}

impl Drop {
    pub(super) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub(super) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Leaves a delivery, the manifest last.
    pub(super) fn leave(&self, name: &str, manifest: &Value, n: usize) {
        let folder = self.root().join("inn").join(name);
        fs::create_dir_all(&folder).unwrap();
        for place in 1..=2 {
            fs::write(folder.join(format!("{n}-{place}.pdf")), content(n, place)).unwrap();
        }
        fs::write(folder.join("manifest.del"), manifest.to_string()).unwrap();
        fs::rename(folder.join("manifest.del"), folder.join("manifest.json")).unwrap();
    }

    /// The answers beside the deliveries that ended so, by their ids.
    pub(super) fn answers(&self, ending: &str) -> Vec<Value> {
        let folders = fs::read_dir(self.root().join(ending)).unwrap();
        let answers = folders.map(|folder| fs::read(folder.unwrap().path().join("svar.json")).unwrap());
        let mut answers: Vec<Value> = answers.map(|answer| serde_json::from_slice(&answer).unwrap()).collect();
        answers.sort_by_key(|answer| answer["leveranseId"].to_string());
        answers
    }

    fn count(&self, place: &str) -> usize {
        fs::read_dir(self.root().join(place)).unwrap().count()
    }
}

/// A night of deliveries, every tenth of which is faulty; up to three are about the same pupil.
struct Night {
    drop: Drop,
    deliveries: usize,
    archive: Archive,
    chance: Chance,
}

/// What one process left.
struct Left {
    entries: usize,
    ended: bool,
}

impl Night {
    fn new(deliveries: usize, seed: u64) -> Self {
        let drop = Drop::new();
        for n in 0..deliveries {
            drop.leave(&format!("levering-{n:05}"), &manifest(n, n / 3), n);
            if is_faulty(n) {
                fs::write(drop.root().join(format!("inn/levering-{n:05}/{n}-2.pdf")), "noe annet").unwrap();
            }
        }
        Self { drop, deliveries, archive: Archive::on_disk(school()), chance: Chance(seed) }
    }

    /// A process works until it ends by itself, or dies after so many steps.
    fn life(&mut self, steps: usize) -> Left {
        let runtime = runtime();
        let left = runtime.block_on(async {
            self.archive.ask(FolderSource::open(school().id, self.drop.root(), 1 << 20).unwrap());
            let ended = cut_off(self.archive.office().run_until_idle(), steps).await.is_some();
            Left { entries: self.demand_whole_deliveries().await, ended }
        });
        // What has begun on the disk ends before the next process begins.
        drop(runtime);
        self.archive.end();
        left
    }

    /// Each delivery is there with all its entries or not at all; no entry and no pupil's case is there twice. Tells how many
    /// entries there are.
    async fn demand_whole_deliveries(&self) -> usize {
        let cases = self.archive.cases().await;
        let titles: BTreeSet<&str> = cases.iter().map(|(case, _)| case.title().expose().as_str()).collect();
        assert_eq!(titles.len(), cases.len(), "a pupil has two cases");
        assert!(cases.iter().all(|(_, entries)| !entries.is_empty()), "a case was opened without its entries");
        let entries = || cases.iter().flat_map(|(_, entries)| entries);
        let keys: Vec<&str> = entries().map(|entry| entry.external_keys()[0].value.expose().as_str()).collect();
        let distinct: BTreeSet<&str> = keys.iter().copied().collect();
        assert_eq!(distinct.len(), keys.len(), "an entry is there twice");
        for key in &keys {
            let n = key.split('/').next().unwrap();
            assert!(distinct.contains(format!("{n}/1").as_str()), "half of delivery {n} is there");
            assert!(distinct.contains(format!("{n}/2").as_str()), "half of delivery {n} is there");
            assert!(!is_faulty(n.parse().unwrap()), "something of a faulty delivery is there");
        }
        assert!(entries().all(|entry| entry.documents().len() == 1), "an entry came without its document");
        keys.len()
    }

    /// Every folder has ended with its answer, and all that is sound is in the archive.
    fn demand_done(&self, left: &Left) {
        let faulty = (0..self.deliveries).filter(|n| is_faulty(*n)).count();
        assert_eq!(left.entries, 2 * (self.deliveries - faulty));
        assert_eq!((self.drop.count("inn"), self.drop.count("arbeid")), (0, 0));
        assert_eq!(self.drop.answers("arkivert").len(), self.deliveries - faulty);
        let refused = self.drop.answers("avvist");
        assert_eq!(refused.len(), faulty);
        assert!(refused.iter().all(|answer| answer["feil"][0]["kode"] == "sjekksum-avvik"));
        let numbered = |answer: &Value| answer["saksnummer"].as_str().is_some_and(|number| number.starts_with("2026/"));
        assert!(self.drop.answers("arkivert").iter().all(numbered));
    }
}

const fn is_faulty(n: usize) -> bool {
    n % 10 == 9
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// Numbers from a seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound).unwrap()
    }
}

#[test]
fn a_process_that_dies_at_any_moment_of_the_night_leaves_whole_deliveries_and_the_next_adds_none_twice() {
    let mut first = Night::new(60, 1);
    let whole = first.life(usize::MAX);
    first.demand_done(&whole);
    let mut dead = 0;
    for seed in 2..6 {
        let mut night = Night::new(60, seed);
        loop {
            let steps = 1 + night.chance.below(120);
            let left = night.life(steps);
            dead += usize::from(!left.ended);
            if left.ended {
                night.demand_done(&left);
                break;
            }
        }
    }
    assert!(dead > 0, "no process died");
}

/// The long form: `SAKARKIV_LONG=1`.
#[test]
fn a_night_of_thousands_with_dying_processes_comes_to_the_same_end() {
    if std::env::var_os("SAKARKIV_LONG").is_none() {
        eprintln!("skipped: SAKARKIV_LONG is not set");
        return;
    }
    let mut night = Night::new(5_000, 7);
    let mut lives = 0;
    loop {
        let steps = 1 + night.chance.below(3_000);
        let left = night.life(steps);
        lives += 1;
        if left.ended {
            night.demand_done(&left);
            break;
        }
    }
    println!("5000 deliveries: {lives} processes, {} of which died", lives - 1);
    assert!(lives > 3);
}
