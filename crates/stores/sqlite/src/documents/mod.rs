//! Documents: small ones are rows, large ones files at `documents/<tenant>/ab/abcdef…`, named by the SHA-256 of their bytes.
//!
//! What was put but not named yet is *staged*: small content in memory, large content as a file that nobody trusts. A file
//! counts only once the table of named documents has it, which is the case after it was flushed; so a file that a dying
//! process left behind, whole or torn, is never taken for content but written anew or swept aside.

mod read;
mod staging;
mod sweep;
mod upload;

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use sakarkiv_core::{
    document::{BlobRef, ContentHash},
    identity::TenantId,
    ports::StoreError,
};

pub(crate) use read::{check_file, open};
pub use sweep::Swept;

use self::staging::{Staged, Staging};
use crate::{
    codec::hex,
    records::blobs,
    work::{Hands, lock},
};

/// Documents up to this many bytes are rows. A file costs two flushes of its own; a row of this size costs a few pages of
/// the log that is flushed anyway, but is written twice, to the log and to the database.
pub(crate) const SMALL: u64 = 16 * 1024;

/// What a document is, whoever has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Content {
    pub(crate) digest: [u8; 32],
    pub(crate) size: u64,
}

impl From<&BlobRef> for Content {
    fn from(blob: &BlobRef) -> Self {
        Self { digest: *blob.hash.bytes(), size: blob.size }
    }
}

impl From<Content> for BlobRef {
    fn from(content: Content) -> Self {
        Self { hash: ContentHash::new(content.digest), size: content.size }
    }
}

/// A tenant's document. The same bytes of two tenants are two documents.
pub(crate) type Key = (TenantId, Content);

/// The folder of documents and what is staged.
pub(crate) struct Documents {
    folder: Folder,
    staging: Mutex<Staging>,
    /// One connection for each share of the hashes. Whoever decides whether a document is there holds its share's lock, so
    /// that two who bring the same bytes do not replace each other's file.
    lookups: [Mutex<Connection>; 4],
    /// Writes and reads files.
    hands: Hands<()>,
    /// Finishes and flushes files: more threads than disks, because the file system joins flushes that wait at the same
    /// time.
    flushers: Hands<()>,
    /// The tenants whose folders are there and flushed.
    prepared: Mutex<BTreeSet<TenantId>>,
    uploads: AtomicU64,
    /// One sweep at a time.
    sweeping: Mutex<()>,
}

impl Documents {
    pub(crate) fn new(folder: Folder, lookups: [Connection; 4], hands: Hands<()>, flushers: Hands<()>) -> Self {
        Self {
            folder,
            staging: Mutex::default(),
            lookups: lookups.map(Mutex::new),
            hands,
            flushers,
            prepared: Mutex::default(),
            uploads: AtomicU64::new(0),
            sweeping: Mutex::default(),
        }
    }

    /// Keeps staged documents from going away while a transaction that names them is under way.
    pub(crate) fn hold(self: &Arc<Self>, tenant: &TenantId, named: BTreeSet<Content>) -> Hold {
        let keys: Vec<Key> = named.into_iter().map(|content| (tenant.clone(), content)).collect();
        lock(&self.staging).hold(&keys);
        Hold { documents: Arc::clone(self), keys }
    }

    fn share(&self, digest: &[u8; 32]) -> MutexGuard<'_, Connection> {
        let [first, ..] = digest;
        let [a, b, c, d] = &self.lookups;
        lock(match first % 4 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        })
    }

    fn prepare(&self, tenant: &TenantId) -> io::Result<()> {
        let mut prepared = lock(&self.prepared);
        if !prepared.contains(tenant) {
            self.folder.prepare(tenant)?;
            prepared.insert(tenant.clone());
        }
        Ok(())
    }

    fn next_upload(&self) -> PathBuf {
        self.folder.arrivals().join(self.uploads.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The documents that a transaction names.
#[derive(Debug)]
pub(crate) struct Hold {
    documents: Arc<Documents>,
    keys: Vec<Key>,
}

impl Hold {
    /// Waits until those that are files are flushed.
    pub(crate) async fn flushed(&self) -> Result<(), StoreError> {
        let flushes = lock(&self.documents.staging).flushes(&self.keys);
        for flush in flushes {
            let failed = |_| StoreError::Unavailable("a document could not be flushed: put it again".to_owned());
            flush.await.map_err(failed)?;
        }
        Ok(())
    }

    /// Makes sure that every document is in the table, inside the transaction that names it.
    pub(crate) fn enter(&self, db: &Connection) -> Result<(), StoreError> {
        for (tenant, content) in &self.keys {
            if let Some(named) = blobs::find(db, tenant, *content, false)? {
                if named.size != content.size {
                    return Err(StoreError::MissingBlob);
                }
                continue;
            }
            let staged = lock(&self.documents.staging).find(&(tenant.clone(), *content));
            match staged {
                Some(Staged::Memory(bytes)) => blobs::add(db, tenant, *content, Some(&bytes))?,
                Some(Staged::File { flushed: true }) => blobs::add(db, tenant, *content, None)?,
                _ => return Err(StoreError::MissingBlob),
            }
        }
        Ok(())
    }

    /// They are named and durable now.
    pub(crate) fn named(&self) {
        lock(&self.documents.staging).named(&self.keys);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.documents.staging).let_go(&self.keys);
    }
}

/// Where the files are.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of a store; made when it is not there.
    pub(crate) fn of_store(store: &Path) -> io::Result<Self> {
        let folder = Self(store.join("documents"));
        fs::create_dir_all(folder.arrivals())?;
        fs::create_dir_all(folder.aside())?;
        flush(&folder.0)?;
        Ok(folder)
    }

    /// Where documents are while they are written. No tenant's name begins with a dot.
    pub(crate) fn arrivals(&self) -> PathBuf {
        self.0.join(".arriving")
    }

    /// Where documents are that no record names.
    pub(crate) fn aside(&self) -> PathBuf {
        self.0.join(".aside")
    }

    /// The place of a document. No tenant's name has a plus sign, and some file systems take no colon.
    pub(crate) fn file(&self, (tenant, content): &Key) -> PathBuf {
        let name = hex(&content.digest);
        let shelf: String = name.chars().take(2).collect();
        self.tenant(tenant.as_str()).join(shelf).join(name)
    }

    fn tenant(&self, name: &str) -> PathBuf {
        self.0.join(name.replace(':', "+"))
    }

    /// Makes the 256 folders of a tenant and flushes them, so that no document has to wait for that. For a tenant's first
    /// document in the life of a process.
    pub(crate) fn prepare(&self, tenant: &TenantId) -> io::Result<()> {
        let own = self.tenant(tenant.as_str());
        for shelf in 0..=u8::MAX {
            fs::create_dir_all(own.join(hex(&[shelf])))?;
        }
        flush(&own)?;
        flush(&self.0)
    }
}

/// Has the disk take over a file or folder for good.
pub(crate) fn flush(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
