use std::{
    collections::BTreeMap,
    fs::{self, DirEntry, File, Metadata},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use serde::de::IgnoredAny;

use crate::{
    DropError, Taken,
    names::{HASHED, id_of, is_id, plain},
};

/// How much a delivery may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DropLimits {
    /// The largest manifest, in bytes.
    pub manifest_bytes: u64,
    /// The most files beside it.
    pub files: usize,
    /// The deepest folder in it; 0 for files beside the manifest alone.
    pub depth: usize,
    /// The most deliveries that one look shows, oldest first.
    pub listed: usize,
}

impl Default for DropLimits {
    /// 8 MiB, 2,000 files, 8 folders deep, 1,000 deliveries.
    fn default() -> Self {
        Self { manifest_bytes: 8 << 20, files: 2_000, depth: 8, listed: 1_000 }
    }
}

/// A drop folder.
///
/// ```
/// use sakarkiv_dropfolder::{DropFolder, DropLimits, Ending};
///
/// let root = tempfile::tempdir()?;
/// let folder = DropFolder::open(root.path(), "manifest.json", "svar.json", DropLimits::default())?;
/// std::fs::create_dir(root.path().join("inn/levering-1"))?;
/// std::fs::write(root.path().join("inn/levering-1/brev.pdf"), "%PDF")?;
/// assert!(folder.waiting()?.is_empty(), "without a manifest it is still being written");
///
/// std::fs::write(root.path().join("inn/levering-1/manifest.json"), "{}")?;
/// let id = folder.waiting()?.remove(0).id;
/// assert_eq!(folder.take(&id)?.files()?, ["brev.pdf"]);
/// folder.finish(&id, Ending::TakenIn, b"{}")?;
/// assert!(folder.waiting()?.is_empty());
/// # Ok::<(), sakarkiv_dropfolder::DropError>(())
/// ```
#[derive(Debug)]
pub struct DropFolder {
    root: PathBuf,
    manifest: &'static str,
    answer: &'static str,
    limits: DropLimits,
    /// Whether what belongs into it was made, so that it must be there.
    made: bool,
    /// Held by whatever moves a folder or writes into it: a call that was dropped may still be at work beside the next.
    changing: Mutex<()>,
    /// Length and time of manifests that may have been still being written at the last look.
    unfinished: Mutex<BTreeMap<String, (u64, SystemTime)>>,
}

/// A delivery that waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// When its manifest was written, by the file system.
    pub written: SystemTime,
    /// Its id, for ever its own.
    pub id: String,
}

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Taken in.
    TakenIn,
    /// Refused: it goes to quarantine.
    Refused,
}

impl Ending {
    pub(crate) const fn folder(self) -> &'static str {
        match self {
            Self::TakenIn => "arkivert",
            Self::Refused => "avvist",
        }
    }
}

pub(crate) const IN: &str = "inn";
pub(crate) const WORK: &str = "arbeid";
pub(crate) const STAGING: &str = "mottak";
pub(crate) const INDEX: &str = "indeks";
const PARTS: [&str; 6] = [IN, WORK, Ending::TakenIn.folder(), Ending::Refused.folder(), STAGING, INDEX];

impl DropFolder {
    /// Opens a folder and makes what it lacks. Deliveries over a network that were not whole when the program ended are
    /// cleared away: their senders were never told that they arrived.
    ///
    /// `manifest` is the name of the file that is written last, `answer` that of ours.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn open(
        root: impl Into<PathBuf>,
        manifest: &'static str,
        answer: &'static str,
        limits: DropLimits,
    ) -> Result<Self, DropError> {
        let folder = Self { made: true, ..Self::at(root, manifest, answer, limits) };
        for part in PARTS {
            fs::create_dir_all(folder.root.join(part))?;
        }
        for left in fs::read_dir(folder.root.join(STAGING))? {
            let left = left?;
            if left.file_type()?.is_dir() {
                fs::remove_dir_all(left.path())?;
            }
        }
        Ok(folder)
    }

    /// A folder that is only looked at, beside a program that may have it [open](Self::open): nothing is made or cleared, and
    /// nothing waits in what is not there yet.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>, manifest: &'static str, answer: &'static str, limits: DropLimits) -> Self {
        let (changing, unfinished) = (Mutex::default(), Mutex::default());
        Self { root: root.into(), manifest, answer, limits, made: false, changing, unfinished }
    }

    /// What waits, oldest first: what was taken up and not finished, and what lies in `inn` with a manifest.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn waiting(&self) -> Result<Vec<Waiting>, DropError> {
        let mut all = Vec::new();
        for entry in self.part(WORK)? {
            let Some(id) = entry.file_name().to_str().filter(|id| is_id(id)).map(str::to_owned) else { continue };
            let written = metadata(&entry.path().join(self.manifest))?.and_then(|found| found.modified().ok());
            all.push(Waiting { written: written.unwrap_or(SystemTime::UNIX_EPOCH), id });
        }
        for entry in self.part(IN)? {
            all.extend(self.dropped(&entry)?);
        }
        all.sort();
        all.truncate(self.limits.listed);
        Ok(all)
    }

    /// Tests, by looking alone, that the folder can be read and written to. It is no look in the sense of
    /// [`waiting`](Self::waiting): what is still being written is not taken for standing still because somebody tested the
    /// folder between two looks.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn check(&self) -> Result<(), DropError> {
        for part in [WORK, IN] {
            self.part(part)?;
        }
        Ok(PARTS.iter().try_for_each(|part| could_write(&self.root.join(part)))?)
    }

    /// Takes a delivery up: from now on it lies in `arbeid`, and stays there until it is finished. Taking it up again gives
    /// the same.
    ///
    /// # Errors
    /// [`DropError::Gone`] when it does not wait; [`DropError::Disk`]; what else may be wrong with its manifest.
    pub fn take(&self, id: &str) -> Result<Taken, DropError> {
        if !is_id(id) {
            return Err(DropError::Gone);
        }
        let _alone = self.alone();
        let work = self.root.join(WORK).join(id);
        if metadata(&work)?.is_none() {
            let source = self.lying(id)?.ok_or(DropError::Gone)?;
            fs::rename(&source, &work)?;
            sync_folder(&self.root.join(WORK));
            self.forget(id);
        }
        let written = metadata(&work.join(self.manifest))?.and_then(|found| found.modified().ok());
        let (manifest, written) = (self.read_manifest(&work)?, written.unwrap_or(SystemTime::UNIX_EPOCH));
        Ok(Taken::new(work, manifest, written, self.limits, [self.manifest, self.answer]))
    }

    /// Puts an answer beside a delivery that goes on waiting.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn note(&self, id: &str, answer: &[u8]) -> Result<(), DropError> {
        let _alone = self.alone();
        let work = self.root.join(WORK).join(id);
        if is_id(id) && metadata(&work)?.is_some() { write_whole(&work, self.answer, answer) } else { Ok(()) }
    }

    /// Ends a delivery: puts the answer beside it and moves it. Ending it again does nothing.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn finish(&self, id: &str, ending: Ending, answer: &[u8]) -> Result<(), DropError> {
        if !is_id(id) {
            return Ok(());
        }
        let _alone = self.alone();
        let work = self.root.join(WORK).join(id);
        if metadata(&work)?.is_none() {
            match self.lying(id)? {
                Some(source) => fs::rename(source, &work)?,
                None => return Ok(()),
            }
            self.forget(id);
        }
        write_whole(&work, self.answer, answer)?;
        let to = self.root.join(ending.folder());
        let free = (1..)
            .map(|n| if n == 1 { id.to_owned() } else { format!("{id}-{n}") })
            .map(|name| to.join(name))
            .find(|path| fs::symlink_metadata(path).is_err());
        fs::rename(&work, free.unwrap_or_else(|| to.join(id)))?;
        sync_folder(&to);
        Ok(())
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn alone(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn manifest_name(&self) -> &'static str {
        self.manifest
    }

    pub(crate) fn answer_name(&self) -> &'static str {
        self.answer
    }

    /// The folders in a part of this one. A part that was not made may be missing, but the whole may not.
    fn part(&self, name: &str) -> Result<Vec<DirEntry>, DropError> {
        let path = self.root.join(name);
        if !self.made && fs::metadata(&self.root)?.is_dir() && metadata(&path)?.is_none() {
            return Ok(Vec::new());
        }
        folders(&path)
    }

    /// A folder in `inn` as something that waits, if its manifest is there and whole.
    fn dropped(&self, entry: &DirEntry) -> Result<Option<Waiting>, DropError> {
        let Some(found) = metadata(&entry.path().join(self.manifest))? else { return Ok(None) };
        let written = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let Some(id) = self.id(&entry.path(), &found)? else { return Ok(None) };
        Ok(Some(Waiting { written, id }))
    }

    /// The id of a folder in `inn`; nothing while its manifest may be still being written.
    fn id(&self, folder: &Path, found: &Metadata) -> Result<Option<String>, DropError> {
        let written = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let name = folder.file_name().unwrap_or_default();
        let content = match self.read_manifest(folder) {
            Ok(content) => content,
            Err(DropError::Disk(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(DropError::Disk(error)) => return Err(error.into()),
            // What cannot be read is shown all the same: taking it up tells why.
            Err(_) => found.len().to_be_bytes().to_vec(),
        };
        let key = plain(name);
        let seen = (found.len(), written);
        let mut unfinished = self.unfinished.lock().unwrap_or_else(PoisonError::into_inner);
        let may_grow = self.may_grow(&content);
        if may_grow && found.is_file() && unfinished.insert(key.clone(), seen) != Some(seen) {
            return Ok(None);
        }
        if !may_grow {
            unfinished.remove(&key);
        }
        Ok(Some(id_of(name, &content, written)))
    }

    /// Whether a manifest may be still being written: JSON tells by its end whether it is whole, nothing else does.
    fn may_grow(&self, content: &[u8]) -> bool {
        let is_json = Path::new(self.manifest).extension().is_some_and(|extension| extension == "json");
        !is_json || serde_json::from_slice::<IgnoredAny>(content).is_err_and(|error| error.is_eof())
    }

    /// Another delivery under the name of one that was taken up is looked at twice for itself.
    fn forget(&self, id: &str) {
        let name = id.rsplit_once('.').map_or(id, |(name, _)| name);
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Where in `inn` the delivery of an id lies. Only folders whose own name is not plain must be looked for.
    fn lying(&self, id: &str) -> Result<Option<PathBuf>, DropError> {
        let Some((name, _)) = id.rsplit_once('.') else { return Ok(None) };
        let of_its_name = self.root.join(IN).join(name);
        if self.is(&of_its_name, id)? {
            return Ok(Some(of_its_name));
        }
        if name.starts_with(HASHED) {
            for entry in folders(&self.root.join(IN))?.into_iter().filter(|entry| plain(&entry.file_name()) == name) {
                if self.is(&entry.path(), id)? {
                    return Ok(Some(entry.path()));
                }
            }
        }
        Ok(None)
    }

    /// Whether a folder is the delivery of an id.
    fn is(&self, folder: &Path, id: &str) -> Result<bool, DropError> {
        let Some(kind) = metadata(folder)? else { return Ok(false) };
        let Some(found) = metadata(&folder.join(self.manifest))?.filter(|_| kind.is_dir()) else { return Ok(false) };
        let written = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let content = self.read_manifest(folder).unwrap_or_else(|_| found.len().to_be_bytes().to_vec());
        Ok(id_of(folder.file_name().unwrap_or_default(), &content, written) == id)
    }

    fn read_manifest(&self, folder: &Path) -> Result<Vec<u8>, DropError> {
        let limit = self.limits.manifest_bytes;
        let (file, size) = open_plain(&folder.join(self.manifest))?;
        let mut content = Vec::new();
        if size > limit || file.take(limit + 1).read_to_end(&mut content)? as u64 > limit {
            return Err(DropError::ManifestTooLarge { limit });
        }
        Ok(content)
    }
}

/// The folders in a folder. Links, files and hidden folders are not looked at.
fn folders(path: &Path) -> Result<Vec<DirEntry>, DropError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().first() == Some(&b'.');
        let is_folder = match entry.file_type() {
            Ok(kind) => kind.is_dir(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error.into()),
        };
        if is_folder && !hidden {
            found.push(entry);
        }
    }
    Ok(found)
}

/// What is there, without following a link.
pub(crate) fn metadata(path: &Path) -> Result<Option<Metadata>, DropError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens a plain file and tells its size. A link is not followed, and nothing that could block is opened.
///
/// # Errors
/// [`DropError::NoPlainFile`], [`DropError::Disk`].
pub fn open_plain(path: &Path) -> Result<(File, u64), DropError> {
    if !fs::symlink_metadata(path)?.file_type().is_file() {
        return Err(DropError::NoPlainFile);
    }
    let file = File::open(path)?;
    let found = file.metadata()?;
    if found.is_file() { Ok((file, found.len())) } else { Err(DropError::NoPlainFile) }
}

/// Writes a file so that it is there whole or not at all, also after the loss of power.
///
/// # Errors
/// [`DropError::Disk`].
pub fn write_whole(folder: &Path, name: &str, content: &[u8]) -> Result<(), DropError> {
    let unfinished = folder.join(format!(".{name}.ny"));
    // Whatever lies there is not followed but replaced.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = File::create_new(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    sync_folder(folder);
    Ok(())
}

/// Tells by looking alone whether things can be made in a folder, or the folder itself where it is not there yet.
///
/// # Errors
/// What making them would fail with, as far as it shows: something else is in the way, or rights on the folder lack.
pub fn could_write(folder: &Path) -> io::Result<()> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => may_write(folder),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        // A link that leads nowhere is in the way of a folder.
        Err(error) if error.kind() != io::ErrorKind::NotFound || fs::symlink_metadata(folder).is_ok() => Err(error),
        Err(error) => match folder.parent() {
            Some(here) if here.as_os_str().is_empty() => could_write(Path::new(".")),
            Some(parent) => could_write(parent),
            None => Err(error),
        },
    }
}

#[cfg(unix)]
fn may_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// Elsewhere only an attempt tells.
#[cfg(not(unix))]
fn may_write(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a rename durable. File systems that cannot do so make it durable by themselves.
pub fn sync_folder(folder: &Path) {
    if let Ok(open) = File::open(folder) {
        let _ = open.sync_all();
    }
}
