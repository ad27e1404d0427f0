use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_audit::{CheckpointSink, Note, Origin};
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy, Notice, Notifier, PortError, PortErrorKind},
};

/// The operating system's time; waits on tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest single wait, so that a clock that was set is noticed.
const LONGEST_NAP: Duration = Duration::from_secs(60);

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's time enters")]
    fn now(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        while let Ok(left) = (moment - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_NAP)).await;
        }
    }
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        // The generator of a running system does not fail; should it, the process must not go on with guessable ids.
        getrandom::u64().unwrap_or_else(|_| std::process::abort())
    }
}

/// Writes notices to the log, at warning level. The least a service can do; most will send e-mail instead.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        tracing::warn!(tenant = %notice.tenant, notice = %notice.id, audience = ?notice.audience, subject = ?notice.subject, "{}", notice.text);
        Ok(())
    }
}

/// Holds checkpoints of the logs in a file, one after the other, each ended by a line with `--`. It is worth something where
/// whoever can write to the database cannot write to the file: on another machine, or on storage that only grows.
#[derive(Debug, Clone)]
pub struct CheckpointFile {
    path: PathBuf,
}

impl CheckpointFile {
    /// A file; made with the first checkpoint.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The checkpoints of a file, oldest first. What was cut off while it was written is left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Vec<Note>> {
        let text = std::fs::read_to_string(path)?;
        Ok(text.split(BETWEEN).filter_map(|note| Note::parse(note).ok()).collect())
    }

    fn append(&self, note: &Note) -> io::Result<()> {
        let mut file: File = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(format!("{note}{BETWEEN}").as_bytes())?;
        file.sync_data()
    }
}

const BETWEEN: &str = "--\n";

#[async_trait]
impl CheckpointSink for CheckpointFile {
    async fn publish(&self, _: &Origin, checkpoint: &Note) -> Result<(), PortError> {
        self.append(checkpoint).map_err(|error| {
            PortError::new(PortErrorKind::Transient, "checkpoint_file.publish", "the file cannot be written")
                .with_source(error)
        })
    }
}

#[cfg(test)]
mod tests {
    use sakarkiv_audit::{Checkpoint, Ed25519Signer, Frontier};
    use sakarkiv_core::{audit::LogClass, identity::TenantId};

    use super::*;

    #[test]
    fn a_file_gives_back_the_checkpoints_it_was_given_but_for_one_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let file = CheckpointFile::new(folder.path().join("checkpoints"));
        let signer = Ed25519Signer::from_seed("arkiv.test/log", &[1; 32]).unwrap();
        let origin = |tenant| Origin::new("arkiv.test", TenantId::new(tenant).unwrap(), LogClass::Security).unwrap();
        let notes =
            ["bodo", "rost"].map(|tenant| Checkpoint::of(origin(tenant), &Frontier::new()).sign(&signer).unwrap());
        for note in &notes {
            file.append(note).unwrap();
        }
        assert_eq!(CheckpointFile::read(&file.path).unwrap(), notes);
        let mut whole = std::fs::read(&file.path).unwrap();
        whole.truncate(whole.len() - 20);
        std::fs::write(&file.path, whole).unwrap();
        assert_eq!(CheckpointFile::read(&file.path).unwrap(), notes[..1]);
    }
}
