//! Senders who do it right, by half, late, twice and with ill intent.
#![expect(clippy::unwrap_used, reason = "in tests a surprise ends the test")]

mod hostile;
mod network;

use std::{
    fs,
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use sakarkiv_dropfolder::{DropError, DropFolder, DropLimits, Ending};
use tempfile::TempDir;

const MANIFEST: &str = "manifest.json";
const ANSWER: &str = "svar.json";

/// A drop folder in a place of its own.
struct Place {
    root: TempDir,
    folder: Arc<DropFolder>,
}

impl Place {
    fn new() -> Self {
        Self::with(DropLimits::default())
    }

    fn with(limits: DropLimits) -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = Arc::new(DropFolder::open(root.path(), MANIFEST, ANSWER, limits).unwrap());
        Self { root, folder }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.root.path().join(path)
    }

    fn drop(&self, name: &str, manifest: &str, files: &[&str]) {
        let folder = self.path("inn").join(name);
        fs::create_dir_all(&folder).unwrap();
        for file in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        fs::write(folder.join(MANIFEST), manifest).unwrap();
    }

    fn ids(&self) -> Vec<String> {
        self.folder.waiting().unwrap().into_iter().map(|waiting| waiting.id).collect()
    }

    fn only(&self) -> String {
        let mut ids = self.ids();
        assert_eq!(ids.len(), 1, "{ids:?}");
        ids.remove(0)
    }
}

fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_folder_without_a_manifest_is_still_being_written() {
    let place = Place::new();
    fs::create_dir(place.path("inn/a")).unwrap();
    fs::write(place.path("inn/a/brev.pdf"), "x").unwrap();
    assert!(place.ids().is_empty());
}

#[test]
fn a_manifest_that_ends_too_early_is_shown_when_it_has_stopped_growing() {
    let place = Place::new();
    place.drop("a", "{\"halv", &[]);
    assert!(place.ids().is_empty(), "it may be being written");
    place.drop("a", "{\"halv\":", &[]);
    assert!(place.ids().is_empty(), "it grew");
    assert_eq!(place.ids().len(), 1, "it stands still: its sender shall hear of it");
}

#[test]
fn a_look_that_only_tests_the_folder_does_not_count_as_one_of_the_two() {
    let place = Place::new();
    place.drop("a", "{\"halv", &[]);
    place.folder.check().unwrap();
    assert!(place.ids().is_empty());
    place.folder.check().unwrap();
    assert_eq!(place.ids().len(), 1);
    fs::remove_dir_all(place.path("inn")).unwrap();
    assert!(place.folder.check().is_err());
}

#[test]
fn a_last_file_that_cannot_tell_that_it_is_cut_off_counts_when_it_has_not_changed_between_two_looks() {
    let root = tempfile::tempdir().unwrap();
    let folder = DropFolder::open(root.path(), "melding.eml", ANSWER, DropLimits::default()).unwrap();
    let waiting = || folder.waiting().unwrap();
    let mail = root.path().join("inn/a/melding.eml");
    fs::create_dir(root.path().join("inn/a")).unwrap();
    fs::write(&mail, "Subject: Klage\n\nHal").unwrap();
    assert!(waiting().is_empty(), "it may be being copied");
    fs::File::options().append(true).open(&mail).unwrap().write_all(b"ve og hele").unwrap();
    assert!(waiting().is_empty(), "it grew");
    let first = waiting().remove(0);
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
    let taken = folder.take(&first.id).unwrap();
    assert_eq!((taken.manifest(), taken.written()), (&b"Subject: Klage\n\nHalve og hele"[..], first.written));
    // Another under the same name begins anew, be it as long and as old.
    for look in [0, 1] {
        fs::create_dir_all(root.path().join("inn/a")).unwrap();
        fs::write(&mail, "Subject: Svar\n\nHei").unwrap();
        fs::File::options().write(true).open(&mail).unwrap().set_modified(written).unwrap();
        assert_eq!(waiting().len(), 1, "look {look}: the first alone, which lies in work");
        let second = waiting().into_iter().find(|waiting| waiting.id != first.id).unwrap();
        folder.take(&second.id).unwrap();
        folder.finish(&second.id, Ending::TakenIn, b"").unwrap();
    }
}

#[test]
fn taken_up_it_waits_under_the_same_id_until_it_is_finished_also_after_a_restart() {
    let place = Place::new();
    place.drop("a", "{}", &["b.pdf", "mappe/c.pdf"]);
    let id = place.only();
    let taken = place.folder.take(&id).unwrap();
    assert_eq!(taken.manifest(), b"{}");
    assert_eq!(taken.files().unwrap(), ["b.pdf", "mappe/c.pdf"]);
    assert!(names(&place.path("inn")).is_empty());
    let again = DropFolder::open(place.root.path(), MANIFEST, ANSWER, DropLimits::default()).unwrap();
    assert_eq!(again.waiting().unwrap()[0].id, id);
    again.note(&id, b"venter").unwrap();
    assert_eq!(
        again.take(&id).unwrap().files().unwrap(),
        ["b.pdf", "mappe/c.pdf"],
        "our own answer is none of its files"
    );
    again.finish(&id, Ending::TakenIn, b"ferdig").unwrap();
    assert!(again.waiting().unwrap().is_empty());
    let done = place.path("arkivert").join(&id);
    assert_eq!(names(&done), ["b.pdf", MANIFEST, "mappe", ANSWER]);
    assert_eq!(fs::read(done.join(ANSWER)).unwrap(), b"ferdig");
    again.finish(&id, Ending::TakenIn, b"en gang til").unwrap();
    assert_eq!(fs::read(done.join(ANSWER)).unwrap(), b"ferdig");
}

#[test]
fn a_refused_delivery_lies_in_quarantine_with_its_reasons_and_its_name_may_be_used_again() {
    let place = Place::new();
    place.drop("a", "{}", &["b.pdf"]);
    let first = place.only();
    place.folder.take(&first).unwrap();
    place.folder.finish(&first, Ending::Refused, b"feil").unwrap();
    assert_eq!(fs::read(place.path("avvist").join(&first).join(ANSWER)).unwrap(), b"feil");
    place.drop("a", "{\"rettet\": true}", &["b.pdf"]);
    assert_ne!(place.only(), first, "a mended delivery is a new one");
}

#[test]
fn a_delivery_can_be_refused_without_ever_having_been_taken_up() {
    let place = Place::new();
    place.drop("a", "{}", &[]);
    let id = place.only();
    place.folder.finish(&id, Ending::Refused, b"feil").unwrap();
    assert_eq!(names(&place.path("avvist")), [id]);
}

#[test]
fn the_oldest_come_first_and_no_more_than_asked_for() {
    let place = Place::with(DropLimits { listed: 2, ..DropLimits::default() });
    for (name, second) in [("a", 3), ("b", 1), ("c", 2)] {
        place.drop(name, "{}", &[]);
        let manifest = fs::File::options().write(true).open(place.path("inn").join(name).join(MANIFEST)).unwrap();
        manifest.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(second)).unwrap();
    }
    let first: Vec<String> = place.ids().iter().map(|id| id.chars().take(1).collect()).collect();
    assert_eq!(first, ["b", "c"]);
}

#[test]
fn an_id_that_is_none_or_gone_is_told_and_changes_nothing() {
    let place = Place::new();
    for id in ["", "..", "a", "../../etc.0123456789abcdef", "a.0123456789abcdef"] {
        assert_eq!(place.folder.take(id).unwrap_err().to_string(), "no such delivery is waiting", "{id}");
        place.folder.finish(id, Ending::TakenIn, b"x").unwrap();
        place.folder.note(id, b"x").unwrap();
    }
}

#[test]
fn a_file_is_found_in_whichever_way_its_letters_were_written() {
    let place = Place::new();
    place.drop("a", "{}", &["a\u{30a}rsmelding.pdf"]);
    let taken = place.folder.take(&place.only()).unwrap();
    assert_eq!(taken.files().unwrap(), ["årsmelding.pdf"]);
    for path in ["årsmelding.pdf", "a\u{30a}rsmelding.pdf"] {
        assert_eq!(taken.open(path).unwrap().1, 16, "{path}");
    }
    assert!(taken.open("annet.pdf").is_err_and(|error| error.is_the_senders()));
}

#[test]
fn what_the_disk_fails_to_open_ends_the_whole_and_is_never_told_of_the_sender() {
    let place = Place::new();
    place.drop("a", "{}", &["a.pdf", "b.pdf"]);
    let taken = place.folder.take(&place.only()).unwrap();
    let opened = taken.open_all(["a.pdf", "mangler.pdf", "../b.pdf"]).unwrap();
    let senders: Vec<bool> =
        opened.iter().flat_map(|file| file.as_ref().err()).map(DropError::is_the_senders).collect();
    assert_eq!((opened[0].is_ok(), senders), (true, vec![true, true]));
    // It was there a moment ago: what the disk says now is not that the sender left it out.
    fs::remove_file(place.path("arbeid").join(place.only()).join("b.pdf")).unwrap();
    assert!(taken.open_all(["a.pdf", "mangler.pdf", "b.pdf"]).is_err_and(|error| !error.is_the_senders()));
}
