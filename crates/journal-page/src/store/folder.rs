use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use sakarkiv_core::identity::EntryId;

use super::{PageStore, PageStoreError, StoredEntry};

/// One JSON file for each entry that is or was published, in a folder of the page's own.
///
/// A file is written beside, flushed and renamed into place, so that a kill at any moment leaves the old or the new one. Names
/// are made of entry ids and nothing else. One process writes at a time; others may read.
///
/// ```
/// use sakarkiv_journal_page::{FolderStore, PageStore};
///
/// let folder = tempfile::tempdir()?;
/// assert!(FolderStore::open(folder.path().join("journal"))?.all()?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FolderStore {
    entries: PathBuf,
    staging: PathBuf,
}

impl FolderStore {
    /// Opens a folder, which is made when it is not there. What a killed process left half written is removed.
    ///
    /// # Errors
    /// [`PageStoreError::Io`] when the folder cannot be made or read.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, PageStoreError> {
        let (entries, staging) = (folder.as_ref().join("entries"), folder.as_ref().join("staging"));
        fs::create_dir_all(&entries)?;
        fs::create_dir_all(&staging)?;
        for left in fs::read_dir(&staging)? {
            fs::remove_file(left?.path())?;
        }
        Ok(Self { entries, staging })
    }

    /// Where an entry is kept: in one of 256 folders, by the last two digits of its id.
    fn path(&self, entry: EntryId) -> PathBuf {
        let id = entry.to_string();
        let shelf: String = id.chars().skip(id.len().saturating_sub(2)).collect();
        self.entries.join(shelf).join(format!("{id}.json"))
    }
}

impl PageStore for FolderStore {
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError> {
        let mut kept = Vec::new();
        for shelf in fs::read_dir(&self.entries)? {
            for file in fs::read_dir(shelf?.path())? {
                let path = file?.path();
                let name = || path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let entry: StoredEntry =
                    serde_json::from_slice(&fs::read(&path)?).map_err(|_| PageStoreError::Damaged { entry: name() })?;
                if self.path(entry.entry) != path
                    || entry.record.as_ref().is_some_and(|record| record.entry != entry.entry)
                {
                    return Err(PageStoreError::Damaged { entry: name() });
                }
                kept.push(entry);
            }
        }
        Ok(kept)
    }

    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError> {
        let id = entry.entry;
        let json = serde_json::to_vec(entry).map_err(|_| PageStoreError::Form(id))?;
        let mut file = tempfile::NamedTempFile::new_in(&self.staging)?;
        file.write_all(&json)?;
        file.as_file().sync_all()?;
        let path = self.path(id);
        let shelf = path.parent().unwrap_or(&self.entries);
        if !shelf.exists() {
            fs::create_dir_all(shelf)?;
            flush(&self.entries)?;
        }
        file.persist(&path).map_err(|refused| refused.error)?;
        Ok(flush(shelf)?)
    }
}

/// Makes the names in a folder durable.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
