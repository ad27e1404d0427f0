//! A drop folder with manifests.

use std::fs;

use sakarkiv_core::{case::CaseKind, journal::JournalEntry, ports::Subject};
use sakarkiv_fagsystem::FolderSource;
use serde_json::json;

use super::{
    night::{Drop, manifest},
    world::{Archive, System},
};

pub(super) fn school() -> System {
    System::new("skole", "skole", CaseKind::PupilFile)
}

fn asking(archive: Archive, drop: &Drop) -> Archive {
    archive.asking(FolderSource::open(school().id, drop.root(), 1 << 20).unwrap())
}

#[tokio::test]
async fn what_lies_in_a_folder_becomes_cases_and_its_sender_finds_the_numbers_beside_it() {
    for archive in Archive::both(&school()) {
        let drop = Drop::new();
        drop.leave("a", &manifest(1, 7), 1);
        drop.leave("b", &manifest(2, 7), 2);
        let archive = asking(archive, &drop);
        archive.work(0).await;
        let (case, entries) = archive.only_case().await;
        assert_eq!(case.title().expose(), "Elevmappe 7");
        assert_eq!((case.kind(), entries.len()), (CaseKind::PupilFile, 4));
        let key = |entry: &&JournalEntry| entry.external_keys().iter().any(|key| key.value.expose() == "1/1");
        assert_eq!(archive.content(entries.iter().find(key).unwrap(), 0).await, b"%PDF 1/1");
        let answers = drop.answers("arkivert");
        assert_eq!(answers.len(), 2);
        assert!(answers.iter().all(|answer| answer["saksnummer"] == "2026/1"));
        let entries = answers.iter().flat_map(|answer| answer["registreringer"].as_array().unwrap());
        let mut numbers: Vec<&str> = entries.map(|entry| entry["journalpostnummer"].as_str().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["2026/1-1", "2026/1-2", "2026/1-3", "2026/1-4"]);
    }
}

#[tokio::test]
async fn the_same_delivery_left_again_counts_once_and_other_content_under_its_id_is_refused() {
    for archive in Archive::both(&school()) {
        let drop = Drop::new();
        drop.leave("a", &manifest(1, 7), 1);
        drop.leave("a-igjen", &manifest(1, 7), 1);
        let archive = asking(archive, &drop);
        archive.work(1).await;
        let mut other = manifest(1, 7);
        other["registreringer"][0]["tittel"] = json!("Noe annet");
        drop.leave("a-endret", &other, 1);
        archive.work(1).await;
        assert_eq!(archive.only_case().await.1.len(), 2);
        assert_eq!(drop.answers("arkivert").len(), 2);
        let refused = drop.answers("avvist");
        assert_eq!((refused.len(), refused[0]["avvist"].as_bool()), (1, Some(true)));
    }
}

#[tokio::test]
async fn a_faulty_delivery_is_put_aside_with_its_reasons_the_owner_hears_and_the_mended_one_comes_in() {
    for archive in Archive::both(&school()) {
        let drop = Drop::new();
        drop.leave("a", &manifest(1, 7), 1);
        fs::write(drop.root().join("inn/a/1-2.pdf"), "noe annet").unwrap();
        drop.leave("b", &manifest(2, 8), 2);
        let archive = asking(archive, &drop);
        archive.work(1).await;
        assert_eq!(archive.only_case().await.0.title().expose(), "Elevmappe 8", "nothing of the faulty one is there");
        let refused = drop.answers("avvist");
        assert_eq!(refused[0]["feil"][0]["kode"], "sjekksum-avvik", "{refused:?}");
        let rejected = |subject: &Subject| matches!(subject, Subject::ConsignmentRejected { .. });
        assert_eq!(archive.told().iter().filter(|notice| rejected(&notice.subject)).count(), 1);
        drop.leave("a", &manifest(1, 7), 1);
        archive.work(1).await;
        assert_eq!(archive.cases().await.len(), 2);
        assert_eq!(drop.answers("arkivert").len(), 2);
    }
}
