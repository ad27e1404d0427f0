//! Checkpoints: what the archive once said of its log, signed, for somebody outside to hold.

mod key;
mod note;
mod origin;

use sakarkiv_core::identity::Timestamp;

pub use key::{CheckpointSigner, Ed25519Signer, KeyError, SignError, VerifierKey};
pub use note::{Note, NoteError};
pub use origin::{Origin, OriginError};

use crate::{Frontier, Hash, time};

/// Size and root of a log at one moment (c2sp.org/tlog-checkpoint). Signed and handed to somebody who keeps it, it makes every
/// later change to what it covers visible, and every loss.
///
/// ```
/// use sakarkiv_audit::{Checkpoint, CheckpointSigner as _, Ed25519Signer, Frontier, Origin};
/// use sakarkiv_core::{audit::LogClass, identity::TenantId};
///
/// let origin = Origin::new("arkiv.example.no", TenantId::new("bodo")?, LogClass::Security)?;
/// let signer = Ed25519Signer::from_seed("arkiv.example.no/log", &[7; 32])?; // in earnest: from the host's key store
/// let note = Checkpoint::of(origin, &Frontier::new()).sign(&signer)?;
///
/// let opened = note.open(&[signer.key().clone()])?;
/// assert_eq!(opened.size, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Of which log.
    pub origin: Origin,
    /// How many entries it has had, pruned ones among them.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// How many of them were pruned.
    pub start: u64,
    /// When it was signed.
    pub at: Option<Timestamp>,
    /// Further lines, which mean nothing to this version.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// The most lines of a checkpoint that are read.
    pub const MAX_LINES: usize = 64;

    /// Of a log that ends with this frontier and has not been pruned.
    #[must_use]
    pub fn of(origin: Origin, frontier: &Frontier) -> Self {
        Self { origin, size: frontier.size(), root: frontier.root(), start: 0, at: None, extensions: Vec::new() }
    }

    /// Says that the log begins at `start` since it was pruned.
    #[must_use]
    pub const fn pruned_to(mut self, start: u64) -> Self {
        self.start = start;
        self
    }

    /// Says when. A moment outside the years 0 to 9999 is left out.
    #[must_use]
    pub fn signed_at(mut self, at: Timestamp) -> Self {
        self.at = time::plain(at);
        self
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be used now.
    pub fn sign(&self, signer: &dyn CheckpointSigner) -> Result<Note, SignError> {
        let mut note = Note::unsigned(self.text());
        note.add_signature(signer)?;
        Ok(note)
    }

    fn text(&self) -> String {
        let mut lines = vec![self.origin.to_string(), self.size.to_string(), self.root.to_string()];
        if self.start > 0 {
            lines.push(format!("{START}{}", self.start));
        }
        lines.extend(self.at.map(|at| format!("{TIME}{}", time::text(at))));
        lines.extend(self.extensions.iter().cloned());
        lines.push(String::new());
        lines.join("\n")
    }

    fn parse(text: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::NotCheckpoint;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        if lines.clone().any(str::is_empty) || lines.clone().count() > Self::MAX_LINES {
            return Err(malformed("it has empty lines or too many"));
        }
        let origin = lines.next().and_then(|line| Origin::parse(line).ok());
        let size = lines.next().and_then(number);
        let root = lines.next().and_then(Hash::from_base64);
        let (Some(origin), Some(size), Some(root)) = (origin, size, root) else {
            return Err(malformed("origin, size or root is not such"));
        };
        let mut checkpoint = Self { origin, size, root, start: 0, at: None, extensions: Vec::new() };
        for line in lines {
            if let Some(start) = line.strip_prefix(START) {
                let start = number(start).filter(|start| *start > 0 && *start <= size && checkpoint.start == 0);
                checkpoint.start = start.ok_or(malformed("its start is not such, or stands twice"))?;
            } else if let Some(at) = line.strip_prefix(TIME) {
                let at = time::parse(at).filter(|_| checkpoint.at.is_none());
                checkpoint.at = Some(at.ok_or(malformed("its time is not such, or stands twice"))?);
            } else {
                checkpoint.extensions.push(line.to_owned());
            }
        }
        Ok(checkpoint)
    }
}

const START: &str = "start ";
const TIME: &str = "time ";

/// A number in decimal digits, without zeroes in front.
fn number(text: &str) -> Option<u64> {
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
