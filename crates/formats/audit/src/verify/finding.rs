use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::{EntryFault, NoteError, Place, ReadError, SCHEMA};

/// What is wrong with a log, and where it was seen. Says nothing of what stands in the log but names of fields and of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is wrong.
    #[serde(flatten)]
    pub what: What,
    /// The entry concerned, by its place in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// The line where it was seen, when a file was read.
    #[serde(flatten)]
    pub place: Option<Place>,
}

/// What is wrong with a log. JSON form: `{"what": "edited_field", "name": "title"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// A field's value or salt was changed.
    #[error("the field {name:?} was edited")]
    EditedField {
        /// Its name.
        name: String,
    },
    /// The header was changed, or the list of fields.
    #[error("the header or the list of fields was edited")]
    EditedHeader,
    /// Entries are not there.
    #[error("entries {first} to {last} are missing")]
    Missing {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// Two entries stand in each other's place.
    #[error("entry {found} stands before entry {expected}: the order was changed")]
    Reordered {
        /// The entry that comes next.
        expected: u64,
        /// The one that stands there.
        found: u64,
    },
    /// An entry stands where its place has been taken already.
    #[error("entry {found} stands behind the place it belongs to, where {expected} comes next: it was put in")]
    Inserted {
        /// The entry that comes next.
        expected: u64,
        /// The one that stands there.
        found: u64,
    },
    /// An entry of another tenant or of another log.
    #[error("an entry is of another tenant's log or of another log of this tenant")]
    ForeignEntry,
    /// The entry has a layout that this version does not know, so nothing can be said of it.
    #[error("an entry has layout {schema} and only {SCHEMA} is known: verify with a newer version")]
    UnknownLayout {
        /// Its layout.
        schema: u16,
    },
    /// The log goes only to `ends`, but its own checkpoint says more.
    #[error("the log ends before entry {ends}, but its own checkpoint has {signed} entries: its tail was cut off")]
    Truncated {
        /// How many there are, pruned ones among them.
        ends: u64,
        /// How many were signed.
        signed: u64,
    },
    /// The log goes only to `ends`, but a published checkpoint says more: this is an older state of it.
    #[error("the log ends before entry {ends}, but a published checkpoint has {published} entries: it was rolled back")]
    RolledBack {
        /// How many there are, pruned ones among them.
        ends: u64,
        /// How many were published.
        published: u64,
    },
    /// The entries fit each other but not what was signed: somewhere from `after` on and before `before` the log is another.
    #[error(
        "the entries from {after} on and before {before} are not those that were signed \
         (or, where the log was pruned, not the ones below them)"
    )]
    Rewritten {
        /// How many entries agree with a checkpoint, or the start of the log.
        after: u64,
        /// How many entries the checkpoint has that does not agree.
        before: u64,
        /// Whether it is a published one.
        published: bool,
    },
    /// Entries at the beginning are gone, and no checkpoint says that they were pruned.
    #[error("the log begins at entry {start}, but its newest checkpoint says {signed}: its beginning was cut off")]
    PrunedBeyond {
        /// Where it begins.
        start: u64,
        /// Where it should.
        signed: u64,
    },
    /// A checkpoint in the file is not signed by the keys, or is none.
    #[error("a checkpoint in the file is not to be trusted: {cause}")]
    UntrustedCheckpoint {
        /// Why.
        cause: String,
    },
    /// A checkpoint of another log.
    #[error("a checkpoint is of another log")]
    ForeignCheckpoint {
        /// Whether it is a published one.
        published: bool,
    },
    /// There is nothing to hold the log against.
    #[error("no checkpoint covers the log: without one it proves nothing")]
    NoCheckpoint,
    /// The first line does not agree with itself.
    #[error("the first line does not agree with itself")]
    Disagrees,
    /// The last line says another size or root than the entries give.
    #[error("the last line does not fit the entries before it")]
    EndDiffers,
    /// The last line is not there.
    #[error("the last line is missing: the file was cut short")]
    NoEnd,
    /// The file ends inside a line.
    #[error("the file ends inside a line: it was cut short")]
    CutShort,
    /// A line is not of the format.
    #[error("{cause}")]
    Unreadable {
        /// How.
        cause: String,
    },
    /// Something stands behind the last line.
    #[error("something stands behind the last line")]
    BehindEnd,
}

impl Finding {
    pub(super) const fn new(what: What) -> Self {
        Self { what, sequence: None, place: None }
    }

    pub(super) const fn of_entry(mut self, sequence: u64) -> Self {
        self.sequence = Some(sequence);
        self
    }

    pub(super) fn seen_at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)?;
        if let Some(sequence) = self.sequence {
            write!(f, ", at entry {sequence}")?;
        }
        if let Some(Place { line, byte }) = self.place {
            write!(f, ", in line {line} (from byte {byte})")?;
        }
        Ok(())
    }
}

impl From<EntryFault> for What {
    fn from(fault: EntryFault) -> Self {
        match fault {
            EntryFault::Field { name } => Self::EditedField { name },
            EntryFault::Header | EntryFault::FieldOrder => Self::EditedHeader,
            EntryFault::Schema(schema) => Self::UnknownLayout { schema },
        }
    }
}

impl From<NoteError> for What {
    fn from(error: NoteError) -> Self {
        Self::UntrustedCheckpoint { cause: error.to_string() }
    }
}

/// What an unreadable file means; the error itself where reading failed.
pub(super) fn of_read(error: ReadError) -> Result<Finding, std::io::Error> {
    let unreadable = |error: &ReadError| What::Unreadable { cause: error.to_string() };
    Ok(match error {
        ReadError::Io(error) => return Err(error),
        ReadError::CutShort(place) => Finding::new(What::CutShort).seen_at(place),
        ReadError::TooLong(place) | ReadError::Malformed { place, .. } => {
            Finding::new(unreadable(&error)).seen_at(place)
        }
        ReadError::Unknown => Finding::new(unreadable(&error)).seen_at(Place { line: 1, byte: 0 }),
    })
}
