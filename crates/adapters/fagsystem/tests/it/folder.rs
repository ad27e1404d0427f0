//! The folder drop.

use std::{fs, path::PathBuf, sync::Arc};

use sakarkiv_core::{
    case::CaseNumber,
    document::ContentHash,
    identity::{CaseId, EntryId, SourceId, TenantId},
    intake::{
        CaseOutcome, CaseReceipt, Consignment, EntryOutcome, EntryReceipt, FaultCode, IntakeRules, Place, Receipt,
        Rejection, Remark, RemarkCode, content_faults,
    },
    journal::EntryNumber,
    ports::{Answer, ConsignmentSource as _, Fetched, ItemId, PortErrorKind},
};
use sakarkiv_fagsystem::{ANSWER_NAME, FolderSource, MANIFEST_NAME};
use sakarkiv_testkit::{definitions::Definition, doubles::MemoryBlobs};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

struct Drop {
    root: TempDir,
    source: FolderSource,
    blobs: Arc<MemoryBlobs>,
}

fn open() -> Drop {
    let root = tempfile::tempdir().unwrap();
    let source = FolderSource::open(SourceId::new("gis-line").unwrap(), root.path(), 1_000).unwrap();
    Drop { root, source, blobs: Arc::default() }
}

fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

/// A manifest that names a main document and an attachment with equal names in folders of their own.
fn manifest() -> Value {
    let file = |path: &str, kind: &str| {
        json!({"sti": path, "type": kind, "mimetype": "application/pdf",
        "sha256": ContentHash::of(path.as_bytes()).to_string()})
    };
    json!({
        "kontrakt": "mappeslipp/v1", "fagsystem": "GISLINE", "leveranseId": "2026/17", "tidspunkt": "2026-03-02T02:10:44+01:00",
        "mappe": {"eksternNoekkel": "sak/17", "tittel": "Oppmåling", "strategi": "finn-eller-ny"},
        "registreringer": [{"eksternNoekkel": "brev/1", "tittel": "Målebrev", "journalposttype": "X",
            "filer": [file("målebrev.pdf", "H"), file("vedlegg/kart.pdf", "V")]}],
    })
}

impl Drop {
    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Leaves a delivery whose files hold their own paths.
    fn leave(&self, name: &str, manifest: &Value, files: &[&str]) {
        let folder = self.path("inn").join(name);
        for file in files {
            fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
            fs::write(folder.join(file), file).unwrap();
        }
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(MANIFEST_NAME), manifest.to_string()).unwrap();
    }

    async fn ids(&self) -> Vec<ItemId> {
        self.source.list().await.unwrap().into_iter().map(|waiting| waiting.id).collect()
    }

    async fn fetch(&self, id: &ItemId) -> Fetched {
        self.source.fetch(&tenant(), id, Arc::clone(&self.blobs) as _).await.unwrap()
    }

    async fn only(&self) -> (ItemId, Fetched) {
        let mut ids = self.ids().await;
        assert_eq!(ids.len(), 1, "{ids:?}");
        let id = ids.remove(0);
        let fetched = self.fetch(&id).await;
        (id, fetched)
    }

    async fn consignment(&self) -> Consignment {
        match self.only().await {
            (_, Fetched::Consignment(consignment)) => *consignment,
            (_, other) => panic!("{other:?}"),
        }
    }

    async fn rejection(&self) -> Rejection {
        match self.only().await {
            (id, Fetched::Faulty(rejection)) => {
                self.source.answer(&id, &Answer::Rejected(rejection.clone())).await.unwrap();
                rejection
            }
            (_, other) => panic!("{other:?}"),
        }
    }

    fn told(&self, ending: &str, id: &ItemId) -> Value {
        serde_json::from_slice(&fs::read(self.path(ending).join(&id.0).join(ANSWER_NAME)).unwrap()).unwrap()
    }
}

const FILES: [&str; 2] = ["målebrev.pdf", "vedlegg/kart.pdf"];

fn receipt(consignment: &Consignment) -> Receipt {
    let number = CaseNumber::new(2026, 318).unwrap();
    let case = CaseReceipt { id: CaseId::from_uuid(Uuid::nil()), number, outcome: CaseOutcome::Opened };
    let entry = EntryReceipt {
        key: None,
        id: EntryId::from_uuid(Uuid::from_u128(1)),
        number: EntryNumber::new(number, 1, 2026, 7).unwrap(),
        outcome: EntryOutcome::Registered,
        documents: Vec::new(),
        parties: Vec::new(),
    };
    let at = "2026-03-02T02:11:00Z".parse().unwrap();
    let left = Remark { code: RemarkCode::FactsLeft, place: Place::Case };
    Receipt::new(consignment.source.clone(), consignment.key.clone(), at, case, vec![entry]).remarking(vec![left])
}

#[test]
fn the_manifests_of_these_tests_keep_to_the_schema() {
    let schema = Definition::published_schema("fagsystem", "mappeslipp-manifest-v1.schema.json", "manifest");
    if let Some(definition) = schema {
        assert_eq!(definition.problems("manifest", &manifest()), [""; 0]);
    }
}

#[tokio::test]
async fn a_delivery_comes_in_with_its_files_and_its_sender_reads_the_case_number() {
    let drop = open();
    drop.leave("levering 17", &manifest(), &FILES);
    let consignment = drop.consignment().await;
    let documents = &consignment.entries[0].documents;
    let names: Vec<&str> = documents.iter().map(|document| document.files[0].name.as_str()).collect();
    assert_eq!(names, ["målebrev.pdf", "kart.pdf"]);
    assert_eq!(drop.blobs.content(&tenant(), &documents[1].files[0].blob).unwrap(), "vedlegg/kart.pdf");
    assert!(content_faults(&consignment, &IntakeRules::default()).is_empty());
    let id = drop.ids().await.remove(0);
    let answer = Answer::Received(Box::new(receipt(&consignment)));
    drop.source.answer(&id, &answer).await.unwrap();
    drop.source.answer(&id, &answer).await.unwrap();
    let told = drop.told("arkivert", &id);
    assert_eq!(told["saksnummer"], "2026/318");
    assert_eq!(told["registreringer"][0]["journalpostnummer"], "2026/318-1");
    assert_eq!(
        (&told["merknader"][0]["kode"], &told["merknader"][0]["sted"]),
        (&json!("opplysninger-beholdt"), &json!("/mappe"))
    );
    assert!(drop.ids().await.is_empty());
}

#[tokio::test]
async fn a_crash_between_taking_up_and_answering_shows_the_same_delivery_again() {
    let drop = open();
    drop.leave("a", &manifest(), &FILES);
    let (id, first) = drop.only().await;
    let again = FolderSource::open(SourceId::new("gis-line").unwrap(), drop.root.path(), 1_000).unwrap();
    assert_eq!(again.list().await.unwrap()[0].id, id);
    assert_eq!(again.fetch(&tenant(), &id, Arc::clone(&drop.blobs) as _).await.unwrap(), first);
}

#[tokio::test]
async fn what_is_put_off_is_shown_again_with_a_word_to_its_sender() {
    let drop = open();
    drop.leave("a", &manifest(), &FILES);
    let (id, before) = drop.only().await;
    drop.source.answer(&id, &Answer::SetAside { reason: "sekvensbrudd".to_owned() }).await.unwrap();
    assert_eq!(drop.told("arbeid", &id)["melding"], "sekvensbrudd");
    assert_eq!(drop.only().await, (id, before));
}

#[tokio::test]
async fn a_folder_that_is_not_what_its_manifest_says_goes_to_quarantine_with_the_reason() {
    for (files, code) in [
        (&FILES[..1], FaultCode::FileMissing),
        (&["målebrev.pdf", "vedlegg/kart.pdf", "fremmed.pdf"][..], FaultCode::InvalidContent),
    ] {
        let drop = open();
        drop.leave("a", &manifest(), files);
        let id = drop.ids().await.remove(0);
        let rejection = drop.rejection().await;
        assert!(rejection.has(code), "{rejection}");
        let told = drop.told("avvist", &id);
        assert_eq!(
            (told["avvist"].as_bool(), told["feil"][0]["kode"].as_str()),
            (Some(true), Some(code.norwegian_code()))
        );
        assert!(drop.ids().await.is_empty());
    }
}

#[tokio::test]
async fn bytes_with_another_checksum_are_found_before_anything_is_registered() {
    let drop = open();
    drop.leave("a", &manifest(), &FILES);
    fs::write(drop.path("inn/a/målebrev.pdf"), "noe annet").unwrap();
    let faults = content_faults(&drop.consignment().await, &IntakeRules::default());
    assert!(faults.iter().any(|fault| fault.code == FaultCode::ChecksumMismatch), "{faults:?}");
}

#[tokio::test]
async fn a_manifest_cut_off_or_hostile_is_refused_once_it_stands_still() {
    let drop = open();
    drop.leave("a", &manifest(), &FILES);
    let whole = manifest().to_string();
    fs::write(drop.path("inn/a").join(MANIFEST_NAME), whole.get(..whole.len() / 2).unwrap()).unwrap();
    assert!(drop.ids().await.is_empty(), "it may be being written");
    assert!(drop.rejection().await.has(FaultCode::InvalidContent));
    for path in ["../hemmelig", "/etc/passwd", "a\\b", "vedlegg/../../x"] {
        let mut bad = manifest();
        bad["registreringer"][0]["filer"][0]["sti"] = json!(path);
        drop.leave("b", &bad, &FILES);
        let rejection = drop.rejection().await;
        assert!(rejection.has(FaultCode::InvalidContent), "{path}");
        assert!(!rejection.to_string().contains("hemmelig"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_a_delivery_is_never_followed() {
    let drop = open();
    fs::write(drop.path("hemmelig"), "målebrev.pdf").unwrap();
    drop.leave("a", &manifest(), &FILES);
    fs::remove_file(drop.path("inn/a/målebrev.pdf")).unwrap();
    std::os::unix::fs::symlink(drop.path("hemmelig"), drop.path("inn/a/målebrev.pdf")).unwrap();
    assert!(drop.rejection().await.has(FaultCode::InvalidContent));
    assert_eq!(drop.blobs.count(), 0, "nothing was read");
}

#[tokio::test]
async fn a_manifest_or_a_file_without_bound_is_refused() {
    let drop = open();
    let mut large = manifest();
    large["registreringer"][0]["tittel"] = json!("x".repeat(5 << 20));
    drop.leave("a", &large, &FILES);
    assert!(drop.rejection().await.has(FaultCode::TooMuch));
    drop.leave("b", &manifest(), &FILES);
    fs::write(drop.path("inn/b/målebrev.pdf"), vec![b'x'; 1_001]).unwrap();
    assert!(drop.rejection().await.has(FaultCode::FileTooLarge));
}

#[tokio::test]
async fn the_same_delivery_left_twice_is_two_items_with_one_key() {
    let drop = open();
    drop.leave("a", &manifest(), &FILES);
    drop.leave("b", &manifest(), &FILES);
    let ids = drop.ids().await;
    let mut keys = Vec::new();
    for id in &ids {
        let Fetched::Consignment(consignment) = drop.fetch(id).await else { panic!("sound") };
        keys.push(consignment.key.clone());
    }
    assert_eq!((ids.len(), &keys[0]), (2, &keys[1]));
}

#[tokio::test]
async fn what_never_waited_is_told_by_fetching_and_is_fine_to_answer() {
    let drop = open();
    let id = ItemId("a.0123456789abcdef".to_owned());
    let error = drop.source.fetch(&tenant(), &id, Arc::clone(&drop.blobs) as _).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Rejected);
    let rejection = Rejection::new(FaultCode::TooMuch, Place::Consignment);
    drop.source.answer(&id, &Answer::Rejected(rejection)).await.unwrap();
    drop.source.check().await.unwrap();
}
