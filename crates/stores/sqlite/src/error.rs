use std::{io, path::PathBuf};

use rusqlite::ErrorCode;
use sakarkiv_core::ports::{PortError, PortErrorKind, StoreError};
use thiserror::Error;

/// Why a store could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another store of this or another process has it open.
    #[error("the store in `{}` is in use: stop the other process first", .0.display())]
    InUse(PathBuf),
    /// It was written by a newer version of this program.
    #[error("the store has schema version {found}, this program knows up to {known}: use a newer program")]
    Newer {
        /// The version of the stored schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Its schema was not made by the migrations of this program.
    #[error("the store's migration {version} is not the one of this program: use the program that made it")]
    Altered {
        /// Which migration differs.
        version: i64,
    },
    /// A step of the schema could not be taken; the store is as it was.
    #[error("the store cannot be brought to schema version {version}: check the disk, else restore a backup")]
    Upgrade {
        /// Which step.
        version: i64,
        /// Why.
        source: StoreError,
    },
    /// The file is a database of something else.
    #[error("`{}` is not a store of this program: choose another folder", .0.display())]
    Foreign(PathBuf),
    /// There are documents and no database that knows them.
    #[error("`{}` has documents but no database: put `sakarkiv.db` back first, or choose another folder", .0.display())]
    NoDatabase(PathBuf),
    /// Documents that had been set aside could not be put back to their places.
    #[error("documents that the database names cannot be put back to their places: check the disk")]
    Documents(#[source] StoreError),
    /// A file or folder could not be used.
    #[error("cannot use `{}`: check that it exists and may be written", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("the database cannot be opened: check the disk, else restore a backup")]
    Database(#[source] rusqlite::Error),
}

impl OpenError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// A failure before COMMIT: nothing was changed. SQLite's own text is left out where it could quote a statement.
#[expect(clippy::needless_pass_by_value, reason = "made for `map_err`")]
pub(crate) fn database(error: rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(failure.to_string()),
            ErrorCode::ConstraintViolation => StoreError::Invalid(failure.to_string()),
            _ => StoreError::Unavailable(failure.to_string()),
        },
        rusqlite::Error::FromSqlConversionFailure(column, ..)
        | rusqlite::Error::InvalidColumnType(column, ..)
        | rusqlite::Error::IntegralValueOutOfRange(column, _) => {
            StoreError::Corrupt(format!("column {column} of a row has another type than it should"))
        }
        _ => StoreError::Unavailable("the database refused a statement".to_owned()),
    }
}

/// The store has been closed, or the thread that would have done it is gone.
pub(crate) fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// Storage failed under a document.
pub(crate) fn storage(operation: &'static str, detail: impl Into<String>) -> PortError {
    PortError::new(PortErrorKind::Transient, operation, detail)
}

/// As [`storage`], of a file. The system's message holds no file name.
pub(crate) fn file(operation: &'static str) -> impl FnOnce(io::Error) -> PortError {
    move |error| storage(operation, error.to_string())
}
