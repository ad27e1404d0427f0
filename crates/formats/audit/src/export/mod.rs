//! Exports: a log as a file that can be verified without the archive, and as a table for people.

mod csv;
mod read;
mod write;

use sakarkiv_core::{audit::LogClass, identity::TenantId};
use serde::{Deserialize, Serialize};

pub use csv::{CsvOptions, CsvWriter};
pub use read::{ExportLine, ExportReader, Place, ReadError};
pub use write::{ExportError, ExportWriter};

use crate::{Frontier, Hash, Note, Origin};

/// The longest line of an export, in bytes, with its line feed: room for the largest entry that can be sealed, should every
/// character need an escape.
pub const MAX_LINE: usize = 8 << 20;

/// What the first line's `format` says.
const FORMAT: &str = "sakarkiv-audit-log";
/// The version of the format that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    format: String,
    version: u32,
    /// Which log.
    pub origin: Origin,
    /// Whose, as the origin says.
    pub tenant: TenantId,
    /// Which of its logs, as the origin says.
    pub class: LogClass,
    /// The sequence of the first entry.
    pub start: u64,
    /// The frontier of what is below it.
    pub frontier: Frontier,
    /// Checkpoints of this log. They can be of any size; the newest should be of the whole log.
    pub checkpoints: Vec<Note>,
}

impl ExportHeader {
    /// Of a log from the end of `frontier` on.
    #[must_use]
    pub fn new(origin: Origin, frontier: Frontier, checkpoints: Vec<Note>) -> Self {
        let (tenant, class, start) = (origin.tenant().clone(), origin.class(), frontier.size());
        Self { format: FORMAT.to_owned(), version: VERSION, origin, tenant, class, start, frontier, checkpoints }
    }

    /// Whether its parts say the same.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.tenant == *self.origin.tenant() && self.class == self.origin.class() && self.start == self.frontier.size()
    }

    fn is_known(&self) -> bool {
        self.format == FORMAT && self.version == VERSION
    }
}

/// The last line of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportEnd {
    /// How many entries the tree has, pruned ones among them.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndLine {
    end: ExportEnd,
}

#[cfg(test)]
mod tests;
