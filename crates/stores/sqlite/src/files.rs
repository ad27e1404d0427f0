//! The folder of a store: the lock, the database, its connections.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};
use sakarkiv_core::ports::Entropy;

use crate::{audit::SECURE_DELETE, documents::flush, error::OpenError, migrate};

/// The database's name in the folder of a store.
pub(crate) const DATABASE: &str = "sakarkiv.db";

/// Tells our files from other databases (`PRAGMA application_id`): the letters `SAKA`.
const APPLICATION: i64 = 0x5341_4B41;

/// How long SQLite waits for a lock of its own connections. Only a checkpoint holds one, and not for long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the folder when it is not there and keeps everybody else out until dropped. The system gives the lock up when the
/// process ends, however it ends.
pub(crate) fn lock_folder(folder: &Path) -> Result<FolderLock, OpenError> {
    fs::create_dir_all(folder).map_err(OpenError::io(folder))?;
    let path = folder.join("sakarkiv.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::io(path)(error)),
    }
}

/// Keeps others out of a folder until dropped.
#[derive(Debug)]
pub(crate) struct FolderLock(File);

impl Drop for FolderLock {
    /// Closing the file is not enough: a program this process starts holds a copy of every open file for a moment, and
    /// with it the lock.
    fn drop(&mut self) {
        // A lock that cannot be given up ends with the last copy of the file.
        self.0.unlock().ok();
    }
}

/// Whether there is no database yet.
pub(crate) fn is_new(folder: &Path) -> io::Result<bool> {
    match fs::metadata(folder.join(DATABASE)) {
        Ok(found) => Ok(found.len() == 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Opens the database for writing, with its schema up to date.
pub(crate) fn open_writer(folder: &Path, entropy: &dyn Entropy) -> Result<Connection, OpenError> {
    let path = folder.join(DATABASE);
    let mut connection = Connection::open(&path)?;
    recognise(&connection, &path)?;
    connection.busy_timeout(PATIENCE)?;
    // WAL: readers go on while the writer writes, and a commit flushes one file once.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL: the log is flushed before COMMIT returns. NORMAL would lose the last commits with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Where the system's plain flush stops at the drive's cache (macOS), ask for more. Nothing elsewhere.
    connection.pragma_update(None, "fullfsync", "ON")?;
    // 8 MiB of log between checkpoints instead of 4: a page that changes often is copied back half as often.
    connection.pragma_update(None, "wal_autocheckpoint", 2_000)?;
    // A log that a long reader let grow is cut again.
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    // 16 MiB, enough for the inner pages of the indexes of millions of records.
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    // What was erased from the log must not stay in the file until its place is used again.
    connection.pragma_update_and_check(None, "secure_delete", SECURE_DELETE, |_| Ok(()))?;
    spare_work(&connection)?;
    connection.set_prepared_statement_cache_capacity(128);
    migrate::migrate(&mut connection, migrate::MIGRATIONS, entropy)?;
    flush(folder).map_err(OpenError::io(folder))?;
    Ok(connection)
}

/// Opens the database for reading only.
pub(crate) fn open_reader(folder: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(folder.join(DATABASE), flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "query_only", "ON")?;
    spare_work(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Turns off what SQLite does by default and nobody here needs. Together a tenth of the processor time of a letter.
fn spare_work(connection: &Connection) -> Result<(), OpenError> {
    // What a savepoint would put back is kept in memory. In a file it costs three more writes for each changed page.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A prepared statement stays prepared: else one whose plan looked at a parameter is prepared anew for each value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// Refuses to make a store of somebody else's database, and marks a new one as ours.
fn recognise(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let foreign = || OpenError::Foreign(path.to_owned());
    let found: i64 = match connection.pragma_query_value(None, "application_id", |row| row.get(0)) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => return Err(foreign()),
        other => other?,
    };
    if found == APPLICATION {
        return Ok(());
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if found != 0 || tables != 0 {
        return Err(foreign());
    }
    connection.pragma_update(None, "application_id", APPLICATION)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_being_started_does_not_keep_the_folder_of_a_store_that_was_closed() {
        let folder = tempfile::tempdir().unwrap();
        let lock = lock_folder(folder.path()).unwrap();
        let held_by_the_new_program = lock.0.try_clone().unwrap();
        assert!(matches!(lock_folder(folder.path()), Err(OpenError::InUse(_))));
        drop(lock);
        lock_folder(folder.path()).unwrap();
        drop(held_by_the_new_program);
    }
}
