//! Deliveries that come over a network.

use std::{fs, io::Write as _, sync::Barrier, thread};

use sakarkiv_core::document::ContentHash;
use sakarkiv_dropfolder::{DropFolder, DropLimits, Ending, came_by_network, could_write};

use crate::{ANSWER, MANIFEST, Place, names};

fn deliver(place: &Place, key: &str, mark: u64, manifest: &[u8]) -> bool {
    let staged = place.folder.stage(key, mark).unwrap();
    staged.file(1).unwrap().write_all(b"bytes").unwrap();
    assert_eq!(staged.reopen(1).unwrap().1, 5);
    staged.hand_over(manifest).unwrap()
}

#[test]
fn nothing_waits_until_it_is_whole_and_a_broken_one_leaves_nothing() {
    let place = Place::new();
    let staged = place.folder.stage("jn-1", 1).unwrap();
    staged.file(1).unwrap();
    assert!(place.ids().is_empty());
    drop(staged);
    assert!(names(&place.path("mottak")).is_empty());
    assert_eq!(place.folder.place("jn-1").unwrap(), None);
}

#[test]
fn what_a_dead_program_left_half_is_cleared_at_the_next_start() {
    let place = Place::new();
    std::mem::forget(place.folder.stage("jn-1", 1).unwrap());
    assert_eq!(names(&place.path("mottak")).len(), 1);
    DropFolder::open(place.root.path(), MANIFEST, ANSWER, DropLimits::default()).unwrap();
    assert!(names(&place.path("mottak")).is_empty());
}

#[test]
fn a_folder_that_is_only_looked_at_stays_as_it_is() {
    let root = tempfile::tempdir().unwrap();
    let looked_at = || DropFolder::at(root.path(), MANIFEST, ANSWER, DropLimits::default());
    looked_at().check().unwrap();
    assert_eq!(looked_at().waiting().unwrap(), []);
    assert!(names(root.path()).is_empty());
    let coming = root.path().join("mottak/p-1");
    fs::create_dir_all(&coming).unwrap();
    let delivery = root.path().join("inn/levering-1");
    fs::create_dir_all(&delivery).unwrap();
    fs::write(delivery.join(MANIFEST), "{}").unwrap();
    assert_eq!(looked_at().waiting().unwrap().len(), 1);
    assert!(coming.is_dir() && delivery.is_dir());
    let gone = DropFolder::at(root.path().join("gone"), MANIFEST, ANSWER, DropLimits::default());
    gone.check().unwrap_err();
}

#[test]
fn a_look_tells_what_opening_the_folder_would_fail_with() {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("arkivert"), "in the way").unwrap();
    DropFolder::at(root.path(), MANIFEST, ANSWER, DropLimits::default()).check().unwrap_err();
    DropFolder::open(root.path(), MANIFEST, ANSWER, DropLimits::default()).unwrap_err();
}

#[test]
fn whether_a_folder_can_be_made_and_written_to_shows_without_trying() {
    let root = tempfile::tempdir().unwrap();
    let (file, shut) = (root.path().join("file"), root.path().join("shut"));
    fs::write(&file, "").unwrap();
    could_write(root.path()).unwrap();
    could_write(&root.path().join("a/b")).unwrap();
    assert!(!root.path().join("a").exists(), "nothing is made");
    for wrong in [file.clone(), file.join("a"), file.join("a/b")] {
        could_write(&wrong).unwrap_err();
    }
    fs::create_dir(&shut).unwrap();
    let mut rights = fs::metadata(&shut).unwrap().permissions();
    rights.set_readonly(true);
    fs::set_permissions(&shut, rights).unwrap();
    // Some accounts may write everywhere.
    assert_eq!(could_write(&shut).is_ok(), fs::write(shut.join("tried"), "").is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_in_the_way() {
    let root = tempfile::tempdir().unwrap();
    let link = root.path().join("link");
    std::os::unix::fs::symlink(root.path().join("gone"), &link).unwrap();
    could_write(&link.join("a")).unwrap_err();
    fs::create_dir_all(link.join("a")).unwrap_err();
}

#[test]
fn its_place_is_known_by_the_senders_key_all_its_life() {
    let place = Place::new();
    assert!(deliver(&place, "jn/1 æ", 1, b"{\"a\":1}"));
    let lying = place.folder.place("jn/1 æ").unwrap().unwrap();
    assert_eq!((lying.manifest, lying.ending, lying.answer), (ContentHash::of(b"{\"a\":1}"), None, None));
    let id = place.only();
    assert!(came_by_network(&id) && !came_by_network("p-1.0123456789abcdef"));
    assert_eq!(place.folder.take(&id).unwrap().files().unwrap(), ["fil-1"]);
    place.folder.note(&id, b"venter").unwrap();
    assert_eq!(place.folder.place("jn/1 æ").unwrap().unwrap().answer.as_deref(), Some(&b"venter"[..]));
    place.folder.finish(&id, Ending::Refused, b"feil").unwrap();
    let done = place.folder.place("jn/1 æ").unwrap().unwrap();
    assert_eq!((done.ending, done.answer.as_deref()), (Some(Ending::Refused), Some(&b"feil"[..])));
    assert_eq!(place.folder.place("jn/2").unwrap(), None);
}

#[test]
fn the_second_of_two_that_come_at_once_is_not_taken() {
    let place = Place::new();
    assert!(deliver(&place, "jn-1", 1, b"{}"));
    assert!(!deliver(&place, "jn-1", 2, b"{}"));
    assert_eq!(place.ids().len(), 1);
    assert!(names(&place.path("mottak")).is_empty());
}

#[test]
fn of_many_that_come_at_once_one_is_taken_and_the_index_names_that_one() {
    for round in 0..5 {
        let place = Place::new();
        let start = Barrier::new(8);
        let send = |mark: u64| {
            let staged = place.folder.stage("jn-1", mark).unwrap();
            let manifest = format!("{{\"nr\":{mark}}}");
            start.wait();
            staged.hand_over(manifest.as_bytes()).unwrap().then(|| ContentHash::of(manifest.as_bytes()))
        };
        let taken: Vec<ContentHash> = thread::scope(|scope| {
            let sent: Vec<_> = (0..8).map(|mark| scope.spawn(move || send(mark))).collect();
            sent.into_iter().filter_map(|sent| sent.join().unwrap()).collect()
        });
        let lying = place.folder.place("jn-1").unwrap().unwrap();
        assert_eq!(taken, [lying.manifest], "round {round}");
        assert_eq!(
            lying.manifest,
            ContentHash::of(place.folder.take(&place.only()).unwrap().manifest()),
            "round {round}"
        );
    }
}

#[test]
fn one_that_was_taken_up_or_ended_meanwhile_is_not_taken_again() {
    let place = Place::new();
    let late = [1, 2, 3].map(|mark| place.folder.stage("jn-1", mark).unwrap());
    assert!(deliver(&place, "jn-1", 4, b"{}"));
    let [waiting, working, done] = late;
    assert!(!waiting.hand_over(b"{}").unwrap());
    let id = place.only();
    place.folder.take(&id).unwrap();
    assert!(!working.hand_over(b"{}").unwrap());
    place.folder.finish(&id, Ending::TakenIn, b"ferdig").unwrap();
    assert!(!done.hand_over(b"{}").unwrap());
    assert!(place.ids().is_empty());
    assert_eq!(place.folder.place("jn-1").unwrap().unwrap().answer.as_deref(), Some(&b"ferdig"[..]));
}

#[test]
fn an_index_without_its_delivery_is_as_if_it_had_never_come() {
    let place = Place::new();
    assert!(deliver(&place, "jn-1", 1, b"{}"));
    let id = place.only();
    fs::remove_dir_all(place.path("inn").join(id.rsplit_once('.').unwrap().0)).unwrap();
    assert_eq!(place.folder.place("jn-1").unwrap(), None);
    assert!(deliver(&place, "jn-1", 2, b"{}"));
}
