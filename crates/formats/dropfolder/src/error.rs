use std::io;

use thiserror::Error;

/// Why a folder or a file in it cannot be used. Names nothing of what is in it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DropError {
    /// The disk fails. Try again later.
    #[error("the drop folder cannot be read or written; check the disk and the rights on the folder")]
    Disk(#[from] io::Error),
    /// No such delivery waits.
    #[error("no such delivery is waiting")]
    Gone,
    /// The manifest is larger than allowed.
    #[error("the manifest is larger than {limit} bytes; share the delivery among several folders")]
    ManifestTooLarge {
        /// The limit, in bytes.
        limit: u64,
    },
    /// The manifest or a file is a link, a device or a folder.
    #[error("the delivery has something in it that is no plain file; deliver files and folders alone, no links")]
    NoPlainFile,
    /// A file has a name that cannot be taken.
    #[error("a file has a name that cannot be taken; use plain names without `..`, backslashes and control characters")]
    Name,
    /// Two files have names that cannot be told apart.
    #[error("two files have names that are the same text written in two ways; rename one")]
    EqualNames,
    /// Too many files, or too deep.
    #[error("the delivery has more than {files} files or is deeper than {depth} folders; share it among several")]
    TooMuch {
        /// The most files.
        files: usize,
        /// The deepest folder.
        depth: usize,
    },
    /// A file that was asked for is not there.
    #[error("a file is missing; write the files first and the manifest last")]
    FileMissing,
}

impl DropError {
    /// Whether the sender must mend the delivery; otherwise the disk or the moment is at fault.
    #[must_use]
    pub const fn is_the_senders(&self) -> bool {
        !matches!(self, Self::Disk(_) | Self::Gone)
    }
}
