use std::io::{self, Write};

use serde::Serialize;
use thiserror::Error;

use super::{EndLine, ExportEnd, ExportHeader, MAX_LINE};
use crate::{Frontier, Origin, SealedEntry};

/// Writes an export line by line, in memory for one line. See [the format](crate::format#exports).
///
/// Exporting a log is an act with its own permission and is itself logged, before the first byte leaves (R3.5): that is for
/// whoever calls this.
#[derive(Debug)]
pub struct ExportWriter<W> {
    out: W,
    origin: Origin,
    frontier: Frontier,
    line: Vec<u8>,
}

/// An export that was not written to its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Writing failed.
    #[error("the export could not be written")]
    Io(#[from] io::Error),
    /// The entry is not the next one.
    #[error("the export goes on with entry {expected}, not {found}: give every entry from its start on, in order")]
    OutOfOrder {
        /// Which sequence comes next.
        expected: u64,
        /// Which was given.
        found: u64,
    },
    /// The entry is of another log.
    #[error("entry {0} is of another log than the export: give those of its tenant and class")]
    Foreign(u64),
    /// The line is longer than readers take.
    #[error("a line of the export would be longer than readers take: leave out checkpoints")]
    TooLong,
    /// The export's first line does not agree with itself.
    #[error("origin, start and frontier of the export do not agree")]
    Disagrees,
}

impl<W: Write> ExportWriter<W> {
    /// Writes the first line. Each line is one `write_all`: give a buffered writer for files.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn new(out: W, header: &ExportHeader) -> Result<Self, ExportError> {
        if !header.agrees() {
            return Err(ExportError::Disagrees);
        }
        let (origin, frontier) = (header.origin.clone(), header.frontier.clone());
        let mut writer = Self { out, origin, frontier, line: Vec::new() };
        writer.write(header)?;
        Ok(writer)
    }

    /// Writes the next entry.
    ///
    /// # Errors
    /// [`ExportError`]; nothing of the entry was written, unless it is [`ExportError::Io`].
    pub fn entry(&mut self, entry: &SealedEntry) -> Result<(), ExportError> {
        let header = &entry.header;
        let expected = self.frontier.size();
        if header.sequence != expected {
            return Err(ExportError::OutOfOrder { expected, found: header.sequence });
        }
        if header.tenant != *self.origin.tenant() || header.class != self.origin.class() {
            return Err(ExportError::Foreign(header.sequence));
        }
        self.write(entry)?;
        self.frontier.append(entry.leaf);
        Ok(())
    }

    /// Writes the last line and gives back what was written to, flushed.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn finish(mut self) -> Result<W, ExportError> {
        let end = ExportEnd { size: self.frontier.size(), root: self.frontier.root() };
        self.write(&EndLine { end })?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), ExportError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(io::Error::from)?;
        self.line.push(b'\n');
        if self.line.len() > MAX_LINE {
            return Err(ExportError::TooLong);
        }
        Ok(self.out.write_all(&self.line)?)
    }
}
