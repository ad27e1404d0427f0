use std::io::{self, BufRead, Read as _};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{EndLine, ExportEnd, ExportHeader, MAX_LINE};
use crate::SealedEntry;

/// Reads an export line by line, in memory for one line of at most [`MAX_LINE`] bytes. It checks the form only; what the lines
/// say is for the [`Verifier`](crate::Verifier).
#[derive(Debug)]
pub struct ExportReader<R> {
    input: R,
    line: Vec<u8>,
    /// Where the line in `line` begins.
    place: Place,
    next_byte: u64,
}

/// A line behind the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportLine {
    /// An entry.
    Entry(SealedEntry),
    /// The last line.
    End(ExportEnd),
}

/// Where a line stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Place {
    /// Its number, from 1.
    pub line: u64,
    /// The byte it begins at, from 0.
    pub byte: u64,
}

/// A file that cannot be read as an export. Says nothing of what stands in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Reading failed.
    #[error("the export could not be read")]
    Io(#[from] io::Error),
    /// The file ends inside a line, or has no first line.
    #[error("the export ends inside a line: a part of the file is missing")]
    CutShort(Place),
    /// A line is longer than [`MAX_LINE`].
    #[error("a line of the export is longer than any that is written")]
    TooLong(Place),
    /// A line is not what the format says.
    #[error("a line of the export is not of the format (column {column})")]
    Malformed {
        /// Which line.
        place: Place,
        /// The column in it from 1, where something was found wrong; 0 for the line as a whole.
        column: usize,
    },
    /// The file is of another format or version.
    #[error("the file is not an audit log export of a version that is known: use a newer verifier")]
    Unknown,
}

impl<R: BufRead> ExportReader<R> {
    /// Reads the first line.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn new(input: R) -> Result<(ExportHeader, Self), ReadError> {
        let mut reader = Self { input, line: Vec::new(), place: Place::default(), next_byte: 0 };
        if !reader.read_line()? {
            return Err(ReadError::CutShort(reader.place));
        }
        let header: ExportHeader = reader.parse()?;
        if header.is_known() { Ok((header, reader)) } else { Err(ReadError::Unknown) }
    }

    /// The next line; nothing behind the last.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn next_line(&mut self) -> Result<Option<ExportLine>, ReadError> {
        if !self.read_line()? {
            return Ok(None);
        }
        let line = if self.line.starts_with(br#"{"end""#) {
            ExportLine::End(self.parse::<EndLine>()?.end)
        } else {
            ExportLine::Entry(self.parse()?)
        };
        Ok(Some(line))
    }

    /// Where the line that was read last stands.
    pub const fn place(&self) -> Place {
        self.place
    }

    /// Whether there was a line.
    fn read_line(&mut self) -> Result<bool, ReadError> {
        self.line.clear();
        self.place = Place { line: self.place.line + 1, byte: self.next_byte };
        let read = self.input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut self.line)?;
        self.next_byte += read as u64;
        match self.line.pop() {
            None => Ok(false),
            Some(_) if read > MAX_LINE => Err(ReadError::TooLong(self.place)),
            Some(b'\n') => Ok(true),
            Some(_) => Err(ReadError::CutShort(self.place)),
        }
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, ReadError> {
        let malformed = |column| ReadError::Malformed { place: self.place, column };
        if !(self.line.starts_with(b"{") && self.line.ends_with(b"}")) {
            return Err(malformed(0));
        }
        // What the JSON reader says may quote the line, and the line may hold personal data: only the column is told.
        serde_json::from_slice(&self.line).map_err(|error| malformed(error.column()))
    }
}
