use std::{
    fs::{self, DirEntry},
    io,
    path::Path,
    sync::Arc,
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
    /// How many it removed, because no record names them and no one in this process has put them.
    pub removed: u64,
}

impl Folder {
    /// Removes what a process left half written. Only while nobody writes.
    pub(crate) fn clear_arrivals(&self) -> io::Result<()> {
        fs::read_dir(self.arrivals())?.try_for_each(|entry| fs::remove_file(entry?.path()))
    }
}

impl Documents {
    /// Removes the files of documents that no transaction came to name. Those that were put in the life of this process
    /// stay: whoever put them may still name them.
    pub(crate) fn sweep(self: &Arc<Self>) -> Result<Swept, StoreError> {
        let failed = |error: io::Error| StoreError::Unavailable(format!("the documents cannot be swept: {error}"));
        let mut swept = Swept::default();
        for tenant in folders(&self.folder.0).map_err(failed)? {
            // Also leaves out the folder of arrivals.
            let Ok(id) = TenantId::new(tenant.file_name().to_string_lossy().replace('+', ":")) else { continue };
            for shelf in folders(&tenant.path()).map_err(failed)? {
                if self.hands.is_closed() {
                    return Ok(swept);
                }
                self.sweep_shelf(&id, &shelf.path(), &mut swept)?;
            }
        }
        Ok(swept)
    }

    fn sweep_shelf(&self, tenant: &TenantId, shelf: &Path, swept: &mut Swept) -> Result<(), StoreError> {
        let failed = |error: io::Error| StoreError::Unavailable(format!("the documents cannot be swept: {error}"));
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
            match fs::remove_file(entry.path()) {
                Ok(()) => swept.removed = swept.removed.saturating_add(1),
                // Another sweep was here.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
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
