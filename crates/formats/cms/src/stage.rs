//! Where plaintext waits until the message has proved to be whole.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;

use zeroize::Zeroizing;

/// Takes plaintext while a message is being decrypted and hands it out only when the message proved whole.
///
/// Decryption yields plaintext long before the last byte of the message can be checked. So what is written here is
/// not content yet: [`decrypt`](crate::decrypt()) calls [`release`](Stage::release) after the last padding or tag was
/// good and the message ended where it must, and only then the content can be had. On every error the stage is
/// dropped instead; an implementation must see to it that nothing then remains that could be taken for content
/// (no file under its final name, no half upload completed).
pub trait Stage: Write {
    /// What the caller gets when all is well.
    type Content;

    /// Turns what was written into content. Called at most once, after the last write.
    ///
    /// # Errors
    /// When the content cannot be handed out; it then counts as not decrypted.
    fn release(self) -> io::Result<Self::Content>;
}

/// Keeps the plaintext in memory, wiped when dropped (but for what growing leaves behind). For small messages: it becomes
/// as large as the content.
#[derive(Default)]
pub struct InMemory(Zeroizing<Vec<u8>>);

impl InMemory {
    /// An empty stage.
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for InMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InMemory({} bytes)", self.0.len())
    }
}

impl Write for InMemory {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for InMemory {
    type Content = Zeroizing<Vec<u8>>;

    fn release(self) -> io::Result<Self::Content> {
        Ok(self.0)
    }
}

/// Keeps the plaintext in a temporary file without a name, which the operating system removes when it is closed, also
/// after a crash. The content is that file, readable from its beginning.
///
/// The plaintext does lie on the disk while the file is open: choose a folder on an encrypted or memory-backed file
/// system where that matters.
#[derive(Debug)]
pub struct Spool(File);

impl Spool {
    /// A file in the system's folder for temporary files.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn new() -> io::Result<Self> {
        tempfile::tempfile().map(Self)
    }

    /// A file in the given folder.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn in_folder(folder: impl AsRef<Path>) -> io::Result<Self> {
        tempfile::tempfile_in(folder).map(Self)
    }
}

impl Write for Spool {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stage for Spool {
    type Content = File;

    fn release(mut self) -> io::Result<File> {
        self.0.rewind()?;
        Ok(self.0)
    }
}

/// Keeps nothing: to check that a message can be decrypted, or to measure.
#[derive(Debug, Default, Clone, Copy)]
pub struct Discard;

impl Write for Discard {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Discard {
    type Content = ();

    fn release(self) -> io::Result<()> {
        Ok(())
    }
}
