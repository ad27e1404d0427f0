use std::{
    fs::{File, OpenOptions},
    io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write},
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

/// Holds checkpoints of the logs in a file, one after the other, each ended by the line [`Note::END`]: what `sakarkiv-audit`
/// takes as it is. It is worth something where whoever can write to the database cannot write to the file: on another machine,
/// or on storage that only grows.
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
        let mut file = BufReader::new(File::open(path)?);
        let mut notes = Vec::new();
        while let Some(note) = Note::read_next(&mut file)? {
            notes.extend(note);
        }
        Ok(notes)
    }

    /// Whether a checkpoint could be kept, as far as can be seen without keeping one: nothing is made or changed.
    ///
    /// # Errors
    /// When the file cannot be written, or its folder is not there or is read-only.
    pub fn check(&self) -> io::Result<()> {
        match OpenOptions::new().append(true).open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
                let folder = std::fs::metadata(folder.unwrap_or(Path::new(".")))?;
                if folder.permissions().readonly() { Err(io::ErrorKind::PermissionDenied.into()) } else { Ok(()) }
            }
            opened => opened.map(drop),
        }
    }

    fn append(&self, note: &Note) -> io::Result<()> {
        let mut file: File = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(format!("{}{note}{}", self.end_of_the_last(), Note::END).as_bytes())?;
        file.sync_data()
    }

    /// What the checkpoint before lacks when it was cut off, so that the next does not become a part of it.
    fn end_of_the_last(&self) -> &'static str {
        match self.last_bytes() {
            Ok(last) if last.is_empty() || last == Note::END.as_bytes() => "",
            Ok(last) if last.ends_with(b"\n") => Note::END,
            // The empty line spoils a signature of which a part is there. In a file that may be written and not read, such an
            // end stands for nothing.
            Ok(_) | Err(_) => "\n\n--\n",
        }
    }

    fn last_bytes(&self) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(Note::END.len() as u64)))?;
        let mut last = Vec::new();
        file.read_to_end(&mut last)?;
        Ok(last)
    }
}

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

    fn notes() -> [Note; 3] {
        let signer = Ed25519Signer::from_seed("arkiv.test/log", &[1; 32]).unwrap();
        let origin = |tenant| Origin::new("arkiv.test", TenantId::new(tenant).unwrap(), LogClass::Security).unwrap();
        ["bodo", "rost", "vega"].map(|tenant| Checkpoint::of(origin(tenant), &Frontier::new()).sign(&signer).unwrap())
    }

    #[test]
    fn a_file_gives_back_the_checkpoints_it_was_given() {
        let folder = tempfile::tempdir().unwrap();
        let file = CheckpointFile::new(folder.path().join("checkpoints"));
        let notes = notes();
        for note in &notes {
            file.append(note).unwrap();
        }
        assert_eq!(CheckpointFile::read(&file.path).unwrap(), notes);
        let text = notes.map(|note| format!("{note}--\n")).concat();
        assert_eq!(std::fs::read_to_string(&file.path).unwrap(), text, "with one end each");
    }

    #[test]
    fn a_checkpoint_that_was_cut_off_costs_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = CheckpointFile::new(folder.path().join("checkpoints"));
        let [first, second, third] = notes();
        let torn = format!("{second}{}", Note::END);
        let letter = torn.find('—').unwrap();
        // The last is behind a part of the signature that could be one.
        let cuts = [1, 30, letter - 1, letter, letter + 1, letter + 3, torn.rfind(' ').unwrap() + 1 + 40];
        for cut in cuts.into_iter().chain(torn.len() - 5..torn.len()) {
            let begun = [format!("{first}{}", Note::END).as_bytes(), &torn.as_bytes()[..cut]].concat();
            std::fs::write(&file.path, begun).unwrap();
            file.append(&third).unwrap();
            let mut read = CheckpointFile::read(&file.path).unwrap();
            // Where nothing but its end was cut off, it is there as well.
            read.retain(|note| *note != second || cut < torn.len() - Note::END.len());
            assert_eq!(read, [first.clone(), third.clone()], "cut off behind {cut} bytes");
        }
    }

    #[test]
    fn the_check_tells_where_no_checkpoint_could_be_kept_and_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| CheckpointFile::new(folder.path().join(name));
        at("checkpoints").check().unwrap();
        CheckpointFile::new("checkpoints".into()).check().unwrap();
        assert!(!folder.path().join("checkpoints").exists() && !Path::new("checkpoints").exists());
        at("checkpoints").append(&notes()[0]).unwrap();
        at("checkpoints").check().unwrap();
        assert_eq!(CheckpointFile::read(&folder.path().join("checkpoints")).unwrap().len(), 1);
        for lost in ["no/folder", "checkpoints/in-a-file", "."] {
            assert!(at(lost).check().is_err(), "{lost}");
        }
        let locked = folder.path().join("locked");
        std::fs::create_dir(&locked).unwrap();
        let mut permissions = std::fs::metadata(&locked).unwrap().permissions();
        permissions.set_readonly(true);
        std::fs::set_permissions(&locked, permissions).unwrap();
        assert!(at("locked/checkpoints").check().is_err());
    }
}
