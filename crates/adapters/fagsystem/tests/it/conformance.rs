//! The folder drop against the contract of every source of consignments.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use sakarkiv_core::{
    document::ContentHash,
    identity::SourceId,
    ports::{ConsignmentSource, ItemId},
};
use sakarkiv_fagsystem::{ANSWER_NAME, FolderSource, MANIFEST_NAME};
use sakarkiv_testkit::conformance::{PeerConsignment, SampleConsignment, SourceFault, SourceHarness, run_source};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A drop folder, and how many deliveries were left in it.
#[derive(Debug, Default)]
struct Folder(Mutex<Option<(TempDir, Arc<FolderSource>, usize)>>);

impl Folder {
    fn with<T>(&self, work: impl FnOnce(&Path, &Arc<FolderSource>, &mut usize) -> T) -> T {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (root, source, left) = state.as_mut().unwrap();
        work(root.path(), source, left)
    }
}

#[async_trait]
impl SourceHarness for Folder {
    fn name(&self) -> String {
        "folder drop".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn ConsignmentSource> {
        let root = tempfile::tempdir().unwrap();
        let source = Arc::new(FolderSource::open(SourceId::new("proeve").unwrap(), root.path(), 1 << 20).unwrap());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((root, Arc::clone(&source), 0));
        source
    }

    async fn offer(&self, sample: &SampleConsignment) -> ItemId {
        let source = self.with(|_, source, _| Arc::clone(source));
        let before = waiting(&source).await;
        self.with(|root, _, left| {
            *left += 1;
            leave(&root.join("inn").join(format!("levering-{left}")), sample);
        });
        waiting(&source).await.into_iter().find(|id| !before.contains(id)).unwrap()
    }

    async fn peer(&self, id: &ItemId) -> Option<PeerConsignment> {
        let source = self.with(|_, source, _| Arc::clone(source));
        let waiting = waiting(&source).await;
        self.with(|root, _, _| {
            let told = |ending: &str| fs::read(root.join(ending).join(&id.0).join(ANSWER_NAME)).ok();
            let receipt = told("arkivert").map(|told| serde_json::from_slice::<Value>(&told).unwrap());
            let number = receipt.and_then(|receipt| receipt.get("saksnummer")?.as_str().map(str::to_owned));
            Some(PeerConsignment::new(waiting.contains(id), number, told("avvist").is_some()))
        })
    }

    fn offers(&self, _: SourceFault) -> bool {
        false
    }

    async fn arm(&self, _: SourceFault) {}
}

async fn waiting(source: &FolderSource) -> Vec<ItemId> {
    source.list().await.unwrap().into_iter().map(|waiting| waiting.id).collect()
}

fn leave(folder: &Path, sample: &SampleConsignment) {
    fs::create_dir_all(folder).unwrap();
    let files = sample.documents.iter().enumerate().map(|(nth, (name, content))| {
        fs::write(folder.join(name), content).unwrap();
        let kind = if nth == 0 { "H" } else { "V" };
        json!({"sti": name, "type": kind, "mimetype": "application/pdf", "sha256": ContentHash::of(content).to_string()})
    });
    let mut manifest = json!({
        "kontrakt": "mappeslipp/v1", "fagsystem": "Proeve", "leveranseId": sample.key,
        "tidspunkt": "2026-03-02T02:10:44+01:00", "mappe": {"eksternNoekkel": sample.key, "tittel": sample.case_title},
        "registreringer": [{"eksternNoekkel": sample.key, "tittel": sample.title, "filer": files.collect::<Vec<_>>()}],
    });
    if sample.faulty {
        manifest.as_object_mut().unwrap().insert("ukjent".to_owned(), json!(sample.title));
    }
    fs::write(folder.join(MANIFEST_NAME), manifest.to_string()).unwrap();
}

#[tokio::test]
async fn the_folder_drop_keeps_the_contract_of_a_source() {
    let report = run_source(&Folder::default()).await;
    report.assert_conforms();
}
