//! A copy of the store while it works.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, backup::Backup};
use sakarkiv_core::{identity::TenantId, ports::StoreError};

use crate::{
    documents::{Folder, check_file, flush},
    error::{OpenError, database},
    files::{DATABASE, lock_folder},
    records::blobs,
};

/// What a backup holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackupSummary {
    /// How many document files.
    pub documents: u64,
    /// Their bytes together.
    pub bytes: u64,
}

/// How many documents are listed at a time.
const PAGE: usize = 1_000;

/// Copies the database as it is at one moment, then the documents that this copy names. Documents are never changed or
/// removed once named, so they can be copied while others are added. The copy gets its name last: a folder in which it has
/// it is whole.
pub(crate) fn back_up(source: &Connection, from: &Folder, to: &Path) -> Result<BackupSummary, StoreError> {
    let target = to.join(DATABASE);
    let _lock = lock_folder(to).map_err(|error| match error {
        OpenError::InUse(_) => StoreError::Invalid("that folder is in use: choose another one".to_owned()),
        error => StoreError::Unavailable(format!("the backup cannot be written: {error}")),
    })?;
    if target.exists() {
        return Err(StoreError::Invalid("there is a store in that folder already: choose another one".to_owned()));
    }
    let folder = Folder::of_store(to).map_err(unwritable)?;
    let part = to.join("sakarkiv.db.part");
    // Logs of an earlier copy would be played back over this one.
    for left in ["sakarkiv.db-wal", "sakarkiv.db-shm", "sakarkiv.db.part", "sakarkiv.db.part-journal"] {
        remove(&to.join(left)).map_err(unwritable)?;
    }
    let mut copy = Connection::open(&part).map_err(database)?;
    copy_database(source, &mut copy).map_err(database)?;
    let summary = copy_documents(&copy, from, &folder)?;
    copy.close().map_err(|(_, error)| database(error))?;
    flush(&part).and_then(|()| fs::rename(&part, &target)).and_then(|()| flush(to)).map_err(unwritable)?;
    Ok(summary)
}

fn copy_database(source: &Connection, copy: &mut Connection) -> rusqlite::Result<()> {
    // All pages in one step: in WAL mode this holds up nobody, and what is written meanwhile does not make it start over.
    Backup::new(source, copy)?.step(-1).map(drop)
}

fn copy_documents(copy: &Connection, from: &Folder, to: &Folder) -> Result<BackupSummary, StoreError> {
    let mut summary = BackupSummary::default();
    let mut shelves: BTreeSet<PathBuf> = BTreeSet::new();
    let mut prepared = BTreeSet::new();
    let mut last = 0;
    loop {
        let page = blobs::files(copy, last, PAGE)?;
        let Some((seq, ..)) = page.last() else { break };
        last = *seq;
        for (_, tenant, content) in page {
            let tenant = TenantId::new(tenant)
                .map_err(|_| StoreError::Corrupt("a document has an owner that is no tenant".to_owned()))?;
            if prepared.insert(tenant.clone()) {
                to.prepare(&tenant).map_err(unwritable)?;
            }
            let key = (tenant, content);
            let place = to.file(&key);
            // A backup into the documents of an earlier one copies only what is new.
            if !check_file(&place, content).map_err(unwritable)? {
                copy_file(&from.file(&key), &place, to)?;
                if !check_file(&place, content).map_err(unwritable)? {
                    return Err(StoreError::Corrupt("a document does not match its hash".to_owned()));
                }
            }
            shelves.extend(place.parent().map(Path::to_owned));
            summary.documents = summary.documents.saturating_add(1);
            summary.bytes = summary.bytes.saturating_add(content.size);
        }
    }
    shelves.iter().try_for_each(|shelf| flush(shelf)).map_err(unwritable)?;
    Ok(summary)
}

fn copy_file(from: &Path, place: &Path, to: &Folder) -> Result<(), StoreError> {
    let mut source = match fs::File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Corrupt("a document is missing from the folder".to_owned()));
        }
        other => other.map_err(unwritable)?,
    };
    let part = to.arrivals().join("backup");
    let mut write = || -> io::Result<()> {
        let mut target = OpenOptions::new().write(true).create(true).truncate(true).open(&part)?;
        io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        fs::rename(&part, place)
    };
    write().map_err(unwritable)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn unwritable(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("the backup cannot be written: {error}"))
}
