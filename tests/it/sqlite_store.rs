//! Our SQLite store held to the contract of a store, closed and opened again on the same folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use sakarkiv_core::{document::BlobRef, identity::TenantId, ports::Store};
use sakarkiv_sqlite::SqliteStore;
use sakarkiv_testkit::conformance::{AuditHarness, Audited, StoreHarness, run_audit_log, run_store};
use tempfile::TempDir;

/// A store in a folder that is new for each case.
#[derive(Debug, Default)]
struct SqliteHarness {
    folder: Mutex<Option<TempDir>>,
}

impl SqliteHarness {
    fn path(&self) -> PathBuf {
        self.folder.lock().unwrap().as_ref().unwrap().path().to_owned()
    }
}

#[async_trait]
impl StoreHarness for SqliteHarness {
    fn name(&self) -> String {
        "SqliteStore".to_owned()
    }

    async fn fresh(&self) -> Arc<dyn Store> {
        *self.folder.lock().unwrap() = Some(tempfile::tempdir().unwrap());
        Arc::new(SqliteStore::open(self.path()).unwrap())
    }

    async fn reopen(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        assert_eq!(Arc::strong_count(&store), 1, "nobody else holds the store");
        drop(store);
        Arc::new(SqliteStore::open(self.path()).unwrap())
    }

    async fn spoil(&self, tenant: &TenantId, blob: &BlobRef) -> bool {
        let file = found(&self.path().join("documents").join(tenant.as_str()), &blob.hash.to_string());
        let Some(file) = file else { return false };
        let mut bytes = fs::read(&file).unwrap();
        bytes[0] ^= 1;
        fs::write(&file, bytes).unwrap();
        true
    }
}

#[async_trait]
impl AuditHarness for SqliteHarness {
    fn name(&self) -> String {
        "SqliteStore".to_owned()
    }

    async fn fresh(&self) -> Audited {
        *self.folder.lock().unwrap() = Some(tempfile::tempdir().unwrap());
        Audited::new(SqliteStore::open(self.path()).unwrap())
    }

    async fn reopen(&self, store: Audited) -> Audited {
        drop(store);
        Audited::new(SqliteStore::open(self.path()).unwrap())
    }
}

/// The file of this name, however deep.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).ok()?.filter_map(Result::ok).find_map(|entry| {
        let path = entry.path();
        if path.is_dir() { found(&path, name) } else { path.ends_with(name).then_some(path) }
    })
}

#[tokio::test]
async fn it_keeps_the_contract_of_a_store() {
    let report = run_store(&SqliteHarness::default()).await;
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 0);
}

#[tokio::test]
async fn it_keeps_the_contract_of_an_audit_log() {
    let report = run_audit_log(&SqliteHarness::default()).await;
    println!("{report}");
    report.assert_conforms();
    assert_eq!(report.not_applicable(), 0);
}
