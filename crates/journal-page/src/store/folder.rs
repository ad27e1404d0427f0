use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{PageStore, PageStoreError, StoredEntry, StoredMeeting};

/// One JSON file for each entry and meeting that is or was published, in a folder of the page's own.
///
/// A file is written beside, flushed and renamed into place, so that a kill at any moment leaves the old or the new one. When
/// that fails, for a disk that is full, the old one is removed, which takes no room. Names are made of ids and nothing else. One
/// process writes at a time; others may read.
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
    meetings: PathBuf,
    staging: PathBuf,
    /// Whether what a killed process left in `staging` was removed.
    swept: AtomicBool,
}

impl FolderStore {
    /// Opens a folder, which is made when it is not there. What a killed process left half written is never read, and removed at
    /// the first write: until then this may be a reader beside the one that writes.
    ///
    /// # Errors
    /// [`PageStoreError::Io`] when the folder cannot be made or read.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, PageStoreError> {
        let [entries, meetings, staging] = ["entries", "meetings", "staging"].map(|name| folder.as_ref().join(name));
        for each in [&entries, &meetings, &staging] {
            fs::create_dir_all(each)?;
        }
        Ok(Self { entries, meetings, staging, swept: AtomicBool::new(false) })
    }

    /// Removes what a killed process left half written, once.
    fn sweep(&self) -> io::Result<()> {
        if self.swept.load(Ordering::Acquire) {
            return Ok(());
        }
        for left in fs::read_dir(&self.staging)? {
            match fs::remove_file(left?.path()) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.swept.store(true, Ordering::Release);
        Ok(())
    }

    /// Keeps something in place of what was kept of it, which goes in any case.
    fn replace(&self, folder: &Path, id: &str, kept: &impl Serialize) -> Result<(), PageStoreError> {
        self.write(folder, id, kept).or_else(|failed| {
            remove(&path(folder, id)).map_err(PageStoreError::Stale)?;
            Err(failed)
        })
    }

    fn write(&self, folder: &Path, id: &str, kept: &impl Serialize) -> Result<(), PageStoreError> {
        let json = serde_json::to_vec(kept).map_err(|_| PageStoreError::Form(id.to_owned()))?;
        self.sweep()?;
        let mut file = tempfile::NamedTempFile::new_in(&self.staging)?;
        file.write_all(&json)?;
        file.as_file().sync_all()?;
        let path = path(folder, id);
        let shelf = path.parent().unwrap_or(folder);
        if !shelf.exists() {
            fs::create_dir_all(shelf)?;
            flush(folder)?;
        }
        file.persist(&path).map_err(|refused| refused.error)?;
        Ok(flush(shelf)?)
    }
}

impl PageStore for FolderStore {
    fn all(&self) -> Result<Vec<StoredEntry>, PageStoreError> {
        read(&self.entries, |kept: &StoredEntry| {
            let own = kept.record.as_ref().is_none_or(|record| record.entry == kept.entry);
            own.then(|| kept.entry.to_string())
        })
    }

    fn put(&self, entry: &StoredEntry) -> Result<(), PageStoreError> {
        self.replace(&self.entries, &entry.entry.to_string(), entry)
    }

    fn all_meetings(&self) -> Result<Vec<StoredMeeting>, PageStoreError> {
        read(&self.meetings, |kept: &StoredMeeting| {
            let own = kept.record.as_ref().is_none_or(|record| record.meeting == kept.meeting);
            own.then(|| kept.meeting.to_string())
        })
    }

    fn put_meeting(&self, meeting: &StoredMeeting) -> Result<(), PageStoreError> {
        self.replace(&self.meetings, &meeting.meeting.to_string(), meeting)
    }
}

/// Everything in a folder. `id_of` tells the id that it says it has, or nothing when it contradicts itself.
fn read<T: DeserializeOwned>(folder: &Path, id_of: impl Fn(&T) -> Option<String>) -> Result<Vec<T>, PageStoreError> {
    let mut all = Vec::new();
    for shelf in fs::read_dir(folder)? {
        for file in fs::read_dir(shelf?.path())? {
            let found = file?.path();
            let damaged = || {
                let name = found.file_stem().unwrap_or_default().to_string_lossy();
                PageStoreError::Damaged { entry: name.into_owned() }
            };
            let bytes = match fs::read(&found) {
                // Removed by the process that writes, since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                bytes => bytes?,
            };
            let kept: T = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
            if id_of(&kept).is_none_or(|id| path(folder, &id) != found) {
                return Err(damaged());
            }
            all.push(kept);
        }
    }
    Ok(all)
}

/// Where something is kept: in one of 256 folders, by the last two digits of its id.
fn path(folder: &Path, id: &str) -> PathBuf {
    let shelf: String = id.chars().skip(id.len().saturating_sub(2)).collect();
    folder.join(shelf).join(format!("{id}.json"))
}

/// Removes a file for good, if it is there.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed.and_then(|()| file.parent().map_or(Ok(()), flush)),
    }
}

/// Makes the names in a folder durable.
fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
