//! Names, links, sizes and numbers that somebody made to do harm.

use std::fs;

use proptest::prelude::*;
use sakarkiv_dropfolder::{DropError, DropLimits};

use crate::{MANIFEST, Place};

fn refused(place: &Place) -> DropError {
    let taken = place.folder.take(&place.only());
    taken.and_then(|taken| taken.files().map(|_| ())).unwrap_err()
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    use std::os::unix::fs::symlink;

    let place = Place::new();
    fs::write(place.path("hemmelig"), "hemmelig").unwrap();
    fs::create_dir(place.path("annet")).unwrap();
    fs::write(place.path("annet").join(MANIFEST), "{}").unwrap();

    symlink(place.path("annet"), place.path("inn/lenke")).unwrap();
    assert!(place.ids().is_empty(), "a link to a folder is no delivery");

    place.drop("fil", "{}", &[]);
    symlink(place.path("hemmelig"), place.path("inn/fil/a.pdf")).unwrap();
    assert!(matches!(refused(&place), DropError::NoPlainFile));
    let id = place.only();
    let taken = place.folder.take(&id).unwrap();
    assert!(taken.open("a.pdf").is_err());
    place.folder.finish(&id, sakarkiv_dropfolder::Ending::Refused, b"{}").unwrap();

    fs::create_dir(place.path("inn/manifest")).unwrap();
    symlink(place.path("annet").join(MANIFEST), place.path("inn/manifest").join(MANIFEST)).unwrap();
    assert!(matches!(refused(&place), DropError::NoPlainFile));
    let id = place.only();
    place.folder.finish(&id, sakarkiv_dropfolder::Ending::Refused, b"{}").unwrap();
    assert_eq!(fs::read_to_string(place.path("annet").join(MANIFEST)).unwrap(), "{}");
}

#[cfg(unix)]
#[test]
fn an_answer_is_never_written_through_a_link() {
    use std::os::unix::fs::symlink;

    let place = Place::new();
    fs::write(place.path("offer"), "urørt").unwrap();
    place.drop("a", "{}", &[]);
    symlink(place.path("offer"), place.path("inn/a/svar.json")).unwrap();
    symlink(place.path("offer"), place.path("inn/a/.svar.json.ny")).unwrap();
    let id = place.only();
    place.folder.finish(&id, sakarkiv_dropfolder::Ending::TakenIn, b"svar").unwrap();
    assert_eq!(fs::read_to_string(place.path("offer")).unwrap(), "urørt");
    assert_eq!(fs::read(place.path("arkivert").join(&id).join("svar.json")).unwrap(), b"svar");
}

#[test]
fn a_manifest_that_is_a_folder_or_too_large_is_shown_and_refused() {
    let place = Place::with(DropLimits { manifest_bytes: 10, ..DropLimits::default() });
    place.drop("a", "{\"mange\": \"tegn\"}", &[]);
    assert!(matches!(refused(&place), DropError::ManifestTooLarge { limit: 10 }));
    place.folder.finish(&place.only(), sakarkiv_dropfolder::Ending::Refused, b"{}").unwrap();
    fs::create_dir_all(place.path("inn/b").join(MANIFEST)).unwrap();
    assert!(matches!(refused(&place), DropError::NoPlainFile));
}

#[test]
fn too_many_files_and_too_deep_folders_are_refused() {
    let few = || Place::with(DropLimits { files: 2, depth: 1, ..DropLimits::default() });
    let place = few();
    place.drop("a", "{}", &["1", "2", "3"]);
    assert!(matches!(refused(&place), DropError::TooMuch { files: 2, depth: 1 }));
    let place = few();
    place.drop("a", "{}", &["b/c/d"]);
    assert!(matches!(refused(&place), DropError::TooMuch { .. }));
}

#[test]
fn two_ways_of_writing_the_same_name_are_refused() {
    let place = Place::new();
    place.drop("a", "{}", &["å.pdf", "a\u{30a}.pdf"]);
    assert!(matches!(refused(&place), DropError::EqualNames));
}

#[test]
fn a_folder_with_any_name_is_taken_up_under_a_plain_one() {
    let place = Place::new();
    for name in ["mappe med æøå og blanke", "..rare", "-rf", "a;b$(c)"] {
        place.drop(name, "{}", &["b.pdf"]);
    }
    let ids = place.ids();
    assert_eq!(ids.len(), 3, "one is hidden by its first dot");
    for id in ids {
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)), "{id}");
        assert_eq!(place.folder.take(&id).unwrap().files().unwrap(), ["b.pdf"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]
    #[test]
    fn no_path_leads_out_of_a_delivery(path in "([a-c./\\\\\u{0}æ~]|\\.\\./){0,12}") {
        let place = Place::new();
        fs::write(place.path("a"), "utenfor").unwrap();
        fs::write(place.path("inn/a"), "utenfor").unwrap();
        place.drop("d", "{}", &["b"]);
        let taken = place.folder.take(&place.only()).unwrap();
        prop_assert_eq!(taken.open(&path).is_ok(), path == "b");
    }
}
