//! Deliveries that come over a network, kept apart until they are whole.

use std::{
    fs::{self, File},
    io,
    path::PathBuf,
    sync::Arc,
};

use sakarkiv_core::document::ContentHash;

use crate::{
    DropError, DropFolder, Ending,
    folder::{IN, INDEX, STAGING, WORK, metadata, open_plain, sync_folder, write_whole},
    names::{fingerprint, id_of},
};

/// A delivery under way. Dropped without being handed over, it leaves nothing.
#[derive(Debug)]
pub struct Staged {
    folder: Arc<DropFolder>,
    path: PathBuf,
    name: String,
}

/// Where a delivery that came over a network is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The SHA-256 of its manifest: the same key with another one is another content.
    pub manifest: ContentHash,
    /// How it ended; nothing while it waits.
    pub ending: Option<Ending>,
    /// The answer that lies beside it.
    pub answer: Option<Vec<u8>>,
}

impl DropFolder {
    /// Begins a delivery with a key of the sender's. `mark` tells deliveries of the same key that come at the same time
    /// apart, for example a random number.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn stage(self: &Arc<Self>, key: &str, mark: u64) -> Result<Staged, DropError> {
        let name = name_of(key);
        let path = self.root().join(STAGING).join(format!("{name}.{mark:016x}"));
        fs::create_dir(&path)?;
        Ok(Staged { folder: Arc::clone(self), path, name })
    }

    /// Where the delivery of a sender's key is; nothing when it never came whole.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn place(&self, key: &str) -> Result<Option<Place>, DropError> {
        self.place_of(&name_of(key))
    }

    fn place_of(&self, name: &str) -> Result<Option<Place>, DropError> {
        let index = match fs::read_to_string(self.root().join(INDEX).join(name)) {
            Ok(index) => index,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some((hash, id)) = index.trim().split_once(' ') else { return Ok(None) };
        let Ok(manifest) = ContentHash::parse(hash) else { return Ok(None) };
        // In the order in which it moves, so that it is not missed while it does.
        for (place, ending) in [
            (self.root().join(IN).join(name), None),
            (self.root().join(WORK).join(id), None),
            (self.root().join(Ending::TakenIn.folder()).join(id), Some(Ending::TakenIn)),
            (self.root().join(Ending::Refused.folder()).join(id), Some(Ending::Refused)),
        ] {
            if metadata(&place)?.is_some() {
                let answer = match fs::read(place.join(self.answer_name())) {
                    Ok(answer) => Some(answer),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    Err(error) => return Err(error.into()),
                };
                return Ok(Some(Place { manifest, ending, answer }));
            }
        }
        Ok(None)
    }
}

impl Staged {
    /// A new file of the delivery. Number it yourself: no name from outside is used.
    ///
    /// # Errors
    /// [`DropError::Disk`]; also when there is one of this number already.
    pub fn file(&self, number: usize) -> Result<File, DropError> {
        Ok(File::create_new(self.path.join(file_name(number)))?)
    }

    /// Opens a file of the delivery again.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn reopen(&self, number: usize) -> Result<(File, u64), DropError> {
        open_plain(&self.path.join(file_name(number)))
    }

    /// Hands the delivery over with its manifest: from now on it waits in `inn`, and nothing more can be added. Tells `false`,
    /// and hands nothing over, when one of the same key came before, be it a moment ago.
    ///
    /// # Errors
    /// [`DropError::Disk`].
    pub fn hand_over(&self, manifest: &[u8]) -> Result<bool, DropError> {
        for entry in fs::read_dir(&self.path)? {
            File::open(entry?.path())?.sync_all()?;
        }
        write_whole(&self.path, self.folder.manifest_name(), manifest)?;
        let written = fs::metadata(self.path.join(self.folder.manifest_name()))?.modified()?;
        let id = id_of(self.name.as_ref(), manifest, written);
        let target = self.folder.root().join(IN).join(&self.name);
        // Of two that come at once the second sees the first, and neither writes over the other's index.
        let _alone = self.folder.alone();
        if metadata(&target)?.is_some() || self.folder.place_of(&self.name)?.is_some() {
            return Ok(false);
        }
        let index = format!("{} {id}\n", ContentHash::of(manifest));
        write_whole(&self.folder.root().join(INDEX), &self.name, index.as_bytes())?;
        fs::rename(&self.path, &target)?;
        sync_folder(&self.folder.root().join(IN));
        Ok(true)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // Handed over, it is not there any more; otherwise what cannot be cleared now is cleared at the next start.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The name of a file of a delivery that came over a network.
#[must_use]
pub fn file_name(number: usize) -> String {
    format!("fil-{number}")
}

/// Whether the delivery of an id came over a network, so that its files have numbers for names. People who leave folders by
/// hand leave such names alone.
#[must_use]
pub fn came_by_network(id: &str) -> bool {
    let digits = id.strip_prefix("p-").and_then(|rest| rest.rsplit_once('.')).map(|(digits, _)| digits);
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Two fingerprints, so that no two keys ever share a name.
fn name_of(key: &str) -> String {
    format!("p-{}{}", fingerprint(key.as_bytes()), fingerprint(format!("{key}\u{0}").as_bytes()))
}
