use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::SystemTime,
};

use crate::{DropError, DropLimits, folder::open_plain, names::inner_path};

/// A file and its size in bytes.
pub type OpenedFile = (File, u64);

/// A delivery that was taken up.
#[derive(Debug)]
pub struct Taken {
    folder: PathBuf,
    manifest: Vec<u8>,
    written: SystemTime,
    limits: DropLimits,
    own: [&'static str; 2],
    /// What lies in it, once somebody has looked.
    index: OnceLock<BTreeMap<String, PathBuf>>,
}

impl Taken {
    pub(crate) const fn new(
        folder: PathBuf,
        manifest: Vec<u8>,
        written: SystemTime,
        limits: DropLimits,
        own: [&'static str; 2],
    ) -> Self {
        Self { folder, manifest, written, limits, own, index: OnceLock::new() }
    }

    /// The bytes of the manifest.
    #[must_use]
    pub fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    /// When the manifest was written, by the file system: the same however often the delivery is taken up.
    #[must_use]
    pub const fn written(&self) -> SystemTime {
        self.written
    }

    /// The files beside the manifest, as paths with `/` in one Unicode form, in order.
    ///
    /// # Errors
    /// [`DropError`] when there is anything that is no plain file, with a name that is none, or too much.
    pub fn files(&self) -> Result<Vec<String>, DropError> {
        Ok(self.index()?.keys().cloned().collect())
    }

    /// Opens a file by its path in the delivery and tells its size. Opening several, use [`open_all`](Self::open_all).
    ///
    /// # Errors
    /// [`DropError::FileMissing`], or what else is wrong with the folder.
    pub fn open(&self, path: &str) -> Result<(File, u64), DropError> {
        let path = inner_path(path).ok_or(DropError::Name)?;
        open_plain(self.index()?.get(&path).ok_or(DropError::FileMissing)?)
    }

    /// Opens files by their paths, in the order given; a few at a time, since a program may have few files open. What the
    /// sender must mend is told for each by itself.
    ///
    /// # Errors
    /// What is wrong with the folder as a whole, and what fails for a reason that is not the sender's.
    pub fn open_all<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Result<OpenedFile, DropError>>, DropError> {
        let index = self.index()?;
        let open = |path: &str| {
            let path = inner_path(path).ok_or(DropError::Name)?;
            open_plain(index.get(&path).ok_or(DropError::FileMissing)?)
        };
        let told = |opened: Result<OpenedFile, DropError>| match opened {
            Err(error) if !error.is_the_senders() => Err(error),
            opened => Ok(opened),
        };
        paths.into_iter().map(|path| told(open(path))).collect()
    }

    /// Every file by its path in one Unicode form, as it was when somebody first asked.
    fn index(&self) -> Result<&BTreeMap<String, PathBuf>, DropError> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let mut index = BTreeMap::new();
        self.walk(&self.folder, "", 0, &mut index)?;
        Ok(self.index.get_or_init(|| index))
    }

    fn walk(
        &self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        index: &mut BTreeMap<String, PathBuf>,
    ) -> Result<(), DropError> {
        let too_much = DropError::TooMuch { files: self.limits.files, depth: self.limits.depth };
        if depth > self.limits.depth {
            return Err(too_much);
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().ok_or(DropError::Name)?;
            if depth == 0 && (self.own.contains(&name) || self.own.iter().any(|own| name == format!(".{own}.ny"))) {
                continue;
            }
            let path = inner_path(&format!("{prefix}{name}")).ok_or(DropError::Name)?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), depth + 1, index)?;
            } else if !kind.is_file() {
                return Err(DropError::NoPlainFile);
            } else if index.insert(path, entry.path()).is_some() {
                return Err(DropError::EqualNames);
            }
            if index.len() > self.limits.files {
                return Err(too_much);
            }
        }
        Ok(())
    }
}
