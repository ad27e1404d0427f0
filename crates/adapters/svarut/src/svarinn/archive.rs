//! The ZIP archive that a shipment's documents come in. The only place that knows the archive library.
//!
//! Names from an archive are compared, never used as paths. Nothing an archive says of itself is believed: sizes are counted
//! while unpacking, and the counts are capped.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    rc::Rc,
};

use sha2::{Digest, Sha256};
use zip::{
    ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

use super::{ContentLimits, opening::Fault};

/// An archive whose table of contents was read.
pub(super) struct Archive {
    zip: ZipArchive<Metered<BufReader<File>>>,
    bytes: u64,
    /// Which entries are documents, and what they are called.
    places: Vec<usize>,
    names: Vec<String>,
}

/// Where the bytes of an unpacked document lie, and what they hash to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) hash: [u8; 32],
}

impl Archive {
    /// Reads the table of contents of a file of `bytes` bytes.
    pub(super) fn open(file: File, bytes: u64, limits: &ContentLimits) -> Result<Self, Fault> {
        let left = Rc::new(Cell::new(table_bytes(limits.entries)));
        let reader = Metered { inner: BufReader::new(file), left: Rc::clone(&left) };
        // The content begins with the archive, so no time is spent on looking for where it begins.
        let config = Config { archive_offset: ArchiveOffset::Known(0) };
        let too_many = || Fault::Broken(format!("the archive has more than {} entries", limits.entries));
        let zip = match ZipArchive::with_config(config, reader) {
            Ok(zip) => zip,
            Err(_) if left.get() == 0 => return Err(too_many()),
            Err(error) => return Err(broken(error)),
        };
        left.set(u64::MAX);
        if zip.len() > limits.entries {
            return Err(too_many());
        }
        if zip.has_duplicate_names() {
            return Err(Fault::Broken("the archive has two entries of the same name".to_owned()));
        }
        let mut archive = Self { zip, bytes, places: Vec::new(), names: Vec::new() };
        archive.look_through(limits)?;
        Ok(archive)
    }

    /// The names of the documents, in the archive's order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Folders, which are no documents.
    pub(super) fn folders(&self) -> usize {
        self.zip.len() - self.places.len()
    }

    /// Unpacks all documents one after the other.
    pub(super) fn unpack(mut self, mut into: impl Write, limits: &ContentLimits) -> Result<Vec<Piece>, Fault> {
        let most = limits.total_bytes.min(self.bytes.saturating_mul(limits.compression_ratio).max(SMALL));
        let mut offset = 0_u64;
        let mut pieces = Vec::with_capacity(self.places.len());
        for place in self.places {
            let mut content = self.zip.by_index(place).map_err(broken)?;
            let room = most.saturating_sub(offset);
            let piece = copy(&mut content, &mut into, offset, room.min(limits.file_bytes))?;
            let piece = piece.ok_or_else(|| too_large(limits))?;
            offset = offset.saturating_add(piece.length);
            pieces.push(piece);
        }
        into.flush().map_err(Fault::Spool)?;
        Ok(pieces)
    }

    fn look_through(&mut self, limits: &ContentLimits) -> Result<(), Fault> {
        let mut announced = 0_u64;
        for place in 0..self.zip.len() {
            let entry = self.zip.by_index_data(place).map_err(broken)?;
            if entry.is_dir() {
                continue;
            }
            if entry.is_symlink() || entry.encrypted() {
                return Err(Fault::Broken("the archive has an entry that is a link or encrypted".to_owned()));
            }
            announced = announced.saturating_add(entry.size());
            // Some writers forget to mark names as UTF-8, and other encodings practically never look like it.
            let name = match std::str::from_utf8(entry.name_raw()) {
                Ok(name) => name.to_owned(),
                Err(_) => entry.name().map_err(broken)?.into_owned(),
            };
            self.places.push(place);
            self.names.push(name);
        }
        if announced > limits.total_bytes { Err(too_large(limits)) } else { Ok(()) }
    }
}

/// Reads no more than a set number of bytes, which can be raised from outside. Without it an archive of a few hundred
/// megabytes could bring a table of contents that fills the memory.
struct Metered<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let count = self.inner.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left.set(self.left.get().saturating_sub(count as u64));
        Ok(count)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// What reading a table of contents may take: the search for its end, and a generous line for each entry.
fn table_bytes(entries: usize) -> u64 {
    u64::try_from(entries).unwrap_or(u64::MAX).saturating_mul(1 << 10).saturating_add(1 << 20)
}

/// Copies and hashes at most `most` bytes; nothing when there are more.
fn copy(content: &mut impl Read, into: &mut impl Write, offset: u64, most: u64) -> Result<Option<Piece>, Fault> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0_u64;
    loop {
        let count = content.read(&mut buffer).map_err(|error| broken(ZipError::Io(error)))?;
        let piece = buffer.get(..count).unwrap_or_default();
        if piece.is_empty() {
            return Ok(Some(Piece { offset, length, hash: hasher.finalize().into() }));
        }
        length = length.saturating_add(piece.len() as u64);
        if length > most {
            return Ok(None);
        }
        hasher.update(piece);
        into.write_all(piece).map_err(Fault::Spool)?;
    }
}

/// The library's texts may quote names, so they are not passed on.
fn broken(error: ZipError) -> Fault {
    match error {
        // The operating system could not read our own file; everything else is about what the file holds.
        ZipError::Io(error) if error.raw_os_error().is_some() => Fault::Spool(error),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) | ZipError::InvalidPassword => {
            Fault::Broken("the archive uses a feature that is not supported".to_owned())
        }
        _ => Fault::Broken("the archive is damaged".to_owned()),
    }
}

fn too_large(limits: &ContentLimits) -> Fault {
    Fault::Broken(format!(
        "the documents are beyond the limits of {} bytes each, {} in all and {} times the size of the archive",
        limits.file_bytes, limits.total_bytes, limits.compression_ratio
    ))
}

/// Up to here the ratio does not matter: short texts pack very well.
const SMALL: u64 = 1 << 20;
