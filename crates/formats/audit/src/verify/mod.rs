//! Verification without the archive: nothing but a file, keys, and checkpoints from outside.

mod finding;
mod verifier;

use std::io::{self, BufRead};

use serde::Serialize;

pub use finding::{Finding, What};
pub use verifier::{Report, Verifier};

use crate::{Checkpoint, ExportLine, ExportReader, VerifierKey};

/// What became of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Everything is as it was written and signed.
    Sound(Report),
    /// Something is not: the first that was found.
    Tampered(Finding),
}

/// Verifies an export, in memory that does not grow with it.
///
/// `keys` are those of the archive, and `published` checkpoints that somebody outside has held; both must not come from whoever
/// made the export. Without published checkpoints an archive that was rolled back as a whole, checkpoints and all, goes
/// unnoticed.
///
/// # Errors
/// Only when the file cannot be read. What is wrong with the log is a [`Verdict`].
pub fn verify(export: impl BufRead, keys: &[VerifierKey], published: &[Checkpoint]) -> io::Result<Verdict> {
    match run(export, keys, published) {
        Ok(report) => Ok(Verdict::Sound(report)),
        Err(Stop::Finding(finding)) => Ok(Verdict::Tampered(finding)),
        Err(Stop::Io(error)) => Err(error),
    }
}

enum Stop {
    Finding(Finding),
    Io(io::Error),
}

impl From<crate::ReadError> for Stop {
    fn from(error: crate::ReadError) -> Self {
        match finding::of_read(error) {
            Ok(finding) => Self::Finding(finding),
            Err(error) => Self::Io(error),
        }
    }
}

fn run(export: impl BufRead, keys: &[VerifierKey], published: &[Checkpoint]) -> Result<Report, Stop> {
    let (header, mut reader) = ExportReader::new(export)?;
    let seen = |place| move |finding: Finding| Stop::Finding(finding.seen_at(place));
    let mut verifier = Verifier::new(&header, keys, published).map_err(seen(reader.place()))?;
    while let Some(line) = reader.next_line()? {
        match line {
            ExportLine::Entry(entry) => {
                verifier.reads(reader.place());
                verifier.entry(&entry).map_err(seen(reader.place()))?;
            }
            ExportLine::End(end) => {
                let report = verifier.finish(Some(&end)).map_err(seen(reader.place()))?;
                return match reader.next_line()? {
                    None => Ok(report),
                    Some(_) => Err(Stop::Finding(Finding::new(What::BehindEnd).seen_at(reader.place()))),
                };
            }
        }
    }
    let what = verifier.finish(None).err().unwrap_or(Finding::new(What::NoEnd));
    Err(Stop::Finding(what.seen_at(reader.place())))
}
