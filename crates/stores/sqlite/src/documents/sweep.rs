//! Documents that no record names: set aside, kept for some time, then removed.
//!
//! A file that no record names is what a dying process left behind, or what a database that was put back from a backup does
//! not know yet. The one is litter, the other is what the newer database will ask for, so neither goes at once.

use std::{
    fs::{self, DirEntry, File, OpenOptions},
    io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use sakarkiv_core::{identity::TenantId, ports::StoreError};

use super::{Content, Documents, Folder};
use crate::{codec::unhex, records::blobs, work::lock};

/// What a sweep found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// How many document files it looked at.
    pub seen: u64,
    /// How many it set aside, because no record names them and no one in this process has put them.
    pub set_aside: u64,
    /// How many it removed, because they had been set aside for thirty days.
    pub removed: u64,
}

/// How long what was set aside is kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Folder {
    /// Removes what a process left half written. Only while nobody writes.
    pub(crate) fn clear_arrivals(&self) -> io::Result<()> {
        fs::read_dir(self.arrivals())?.try_for_each(|entry| fs::remove_file(entry?.path()))
    }

    /// Whether any document of a tenant is here.
    pub(crate) fn has_documents(store: &Path) -> io::Result<bool> {
        let documents = store.join("documents");
        if !documents.exists() {
            return Ok(false);
        }
        for tenant in folders(&documents)? {
            for shelf in folders(&tenant.path())? {
                if fs::read_dir(shelf.path())?.next().is_some() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The moment by the clock that dates the files.
    fn now(&self) -> io::Result<SystemTime> {
        let path = self.arrivals().join("now");
        let now = File::create(&path)?.metadata()?.modified();
        fs::remove_file(path)?;
        now
    }
}

impl Documents {
    /// Sets the files of documents aside that no transaction came to name, and removes what was set aside long ago. Those
    /// that were put in the life of this process stay: whoever put them may still name them.
    pub(crate) fn sweep(self: &Arc<Self>) -> Result<Swept, StoreError> {
        let _alone = lock(&self.sweeping);
        let mut swept = Swept::default();
        let now = self.folder.now().map_err(failed)?;
        self.remove_old(now, &mut swept).map_err(failed)?;
        for tenant in folders(&self.folder.0).map_err(failed)? {
            // Also leaves out the folder of arrivals.
            let Ok(id) = TenantId::new(tenant.file_name().to_string_lossy().replace('+', ":")) else { continue };
            for shelf in folders(&tenant.path()).map_err(failed)? {
                if self.hands.is_closed() {
                    return Ok(swept);
                }
                self.sweep_shelf((&id, &tenant), &shelf.path(), now, &mut swept)?;
            }
        }
        Ok(swept)
    }

    /// Puts documents back to their places that records name after all.
    pub(crate) fn bring_back(&self) -> Result<(), StoreError> {
        for tenant in folders(&self.folder.aside()).map_err(failed)? {
            let Ok(id) = TenantId::new(tenant.file_name().to_string_lossy().replace('+', ":")) else { continue };
            for entry in fs::read_dir(tenant.path()).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let Some(digest) = entry.file_name().to_str().and_then(unhex::<32>) else { continue };
                let share = self.share(&digest);
                let size = entry.metadata().map_err(failed)?.len();
                let key = (id.clone(), Content { digest, size });
                let place = self.folder.file(&key);
                if blobs::find(&share, &id, key.1, false)?.is_some() && !place.exists() {
                    self.prepare(&id).and_then(|()| fs::rename(entry.path(), place)).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn remove_old(&self, now: SystemTime, swept: &mut Swept) -> io::Result<()> {
        for tenant in folders(&self.folder.aside())? {
            for entry in fs::read_dir(tenant.path())? {
                let entry = entry?;
                let since = entry.metadata()?.modified()?;
                if now.duration_since(since).is_ok_and(|age| age >= KEPT) {
                    fs::remove_file(entry.path())?;
                    swept.removed = swept.removed.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    fn sweep_shelf(
        &self,
        (tenant, folder): (&TenantId, &DirEntry),
        shelf: &Path,
        now: SystemTime,
        swept: &mut Swept,
    ) -> Result<(), StoreError> {
        let aside = self.folder.aside().join(folder.file_name());
        for entry in fs::read_dir(shelf).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Some(digest) = entry.file_name().to_str().and_then(unhex::<32>) else { continue };
            swept.seen = swept.seen.saturating_add(1);
            // Whoever writes a file to its place holds its share: its size counts only once the share is ours.
            let share = self.share(&digest);
            let Ok(found) = entry.metadata() else { continue };
            let key = (tenant.clone(), Content { digest, size: found.len() });
            // First whether it is staged, then whether it is named: a commit in between takes it from the one to the other.
            if lock(&self.staging).has(&key) {
                continue;
            }
            // By digest, whatever the size: a named document that was cut off is not garbage but damage.
            if blobs::find(&share, tenant, key.1, false)?.is_some() {
                continue;
            }
            match set_aside(&entry, &aside, now) {
                Ok(()) => swept.set_aside = swept.set_aside.saturating_add(1),
                // Whoever put it has taken it back.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}

/// From now on it counts how long the file has lain aside.
fn set_aside(entry: &DirEntry, aside: &Path, now: SystemTime) -> io::Result<()> {
    fs::create_dir_all(aside)?;
    OpenOptions::new().write(true).open(entry.path())?.set_modified(now)?;
    fs::rename(entry.path(), aside.join(entry.file_name()))
}

#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
fn failed(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("the documents cannot be swept: {error}"))
}

fn folders(path: &Path) -> io::Result<Vec<DirEntry>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry);
        }
    }
    Ok(found)
}
