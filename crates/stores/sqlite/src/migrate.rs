//! The schema and its history. Forward only: a store is brought up to date when it is opened, and never back.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use sakarkiv_core::ports::{Entropy, StoreError};
use sha2::{Digest as _, Sha256};

use crate::{audit::seal_old_rows, error::OpenError, records::entry_documents::note_all};

/// What SQL cannot do.
type Conversion = fn(&Connection, &dyn Entropy) -> Result<(), StoreError>;

/// One step of the schema. A released one is never changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) sql: &'static str,
    /// What comes after it.
    pub(crate) then: Option<Conversion>,
}

/// In the order of their versions.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, sql: include_str!("../migrations/0001_start.sql"), then: None },
    Migration { version: 2, sql: include_str!("../migrations/0002_unacknowledged.sql"), then: None },
    Migration { version: 3, sql: include_str!("../migrations/0003_lists.sql"), then: None },
    Migration { version: 4, sql: include_str!("../migrations/0004_access.sql"), then: None },
    Migration { version: 5, sql: include_str!("../migrations/0005_audit.sql"), then: Some(seal_old_rows) },
    Migration { version: 6, sql: include_str!("../migrations/0006_kept.sql"), then: None },
    Migration { version: 7, sql: include_str!("../migrations/0007_external_keys.sql"), then: None },
    Migration { version: 8, sql: include_str!("../migrations/0008_entry_documents.sql"), then: Some(note_all) },
];

/// Brings the schema up to date, all steps or none.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
    entropy: &dyn Entropy,
) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, sha256 BLOB NOT NULL) STRICT",
    )?;
    let newest: Option<i64> =
        transaction.query_row("SELECT max(version) FROM migrations", [], |row| row.get(0)).optional()?.flatten();
    let known = migrations.last().map_or(0, |migration| migration.version);
    if let Some(found) = newest.filter(|newest| *newest > known) {
        return Err(OpenError::Newer { found, known });
    }
    for migration in migrations {
        let sha256 = fingerprint(migration.sql);
        let sql = "SELECT sha256 FROM migrations WHERE version = ?1";
        let done: Option<[u8; 32]> = transaction.query_row(sql, [migration.version], |row| row.get(0)).optional()?;
        match done {
            Some(done) if done == sha256 => {}
            Some(_) => return Err(OpenError::Altered { version: migration.version }),
            None => {
                transaction.execute_batch(migration.sql)?;
                if let Some(then) = migration.then {
                    let failed = |source| OpenError::Upgrade { version: migration.version, source };
                    then(&transaction, entropy).map_err(failed)?;
                }
                let sql = "INSERT INTO migrations (version, sha256) VALUES (?1, ?2)";
                transaction.execute(sql, params![migration.version, sha256])?;
            }
        }
    }
    Ok(transaction.commit()?)
}

/// SHA-256 of a step, whatever line ends a checkout has given it.
fn fingerprint(sql: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for line in sql.lines() {
        hasher.update(line);
        hasher.update("\n");
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::SystemEntropy;

    const FIRST: Migration = Migration { version: 1, sql: "CREATE TABLE a (x); INSERT INTO a VALUES (1);", then: None };
    const SECOND: Migration =
        Migration { version: 2, sql: "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1;", then: None };
    const BROKEN: Migration =
        Migration { version: 3, sql: "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);", then: None };

    fn y(connection: &Connection) -> i64 {
        connection.query_row("SELECT y FROM a", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn steps_are_taken_once_and_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[FIRST], &SystemEntropy::default()).unwrap();
        migrate(&mut connection, &[FIRST, SECOND], &SystemEntropy::default()).unwrap();
        migrate(&mut connection, &[FIRST, SECOND], &SystemEntropy::default()).unwrap();
        assert_eq!(y(&connection), 2);
    }

    #[test]
    fn a_step_that_fails_leaves_the_schema_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(migrate(&mut connection, &[FIRST, SECOND, BROKEN], &SystemEntropy::default()).is_err());
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn a_newer_schema_and_an_altered_step_are_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[FIRST, SECOND], &SystemEntropy::default()).unwrap();
        assert!(matches!(
            migrate(&mut connection, &[FIRST], &SystemEntropy::default()),
            Err(OpenError::Newer { found: 2, known: 1 })
        ));
        let altered = Migration { sql: "CREATE TABLE a (x, y);", ..FIRST };
        assert!(matches!(
            migrate(&mut connection, &[altered, SECOND], &SystemEntropy::default()),
            Err(OpenError::Altered { version: 1 })
        ));
    }

    #[test]
    fn line_ends_do_not_make_another_step() {
        assert_eq!(fingerprint("a\r\nb\r\n"), fingerprint("a\nb\n"));
        assert_ne!(fingerprint("a\nb\n"), fingerprint("ab\n"));
    }

    #[test]
    fn the_released_steps_are_what_they_were() {
        let fingerprints: Vec<_> =
            MIGRATIONS.iter().map(|step| (step.version, crate::codec::hex(&fingerprint(step.sql)))).collect();
        let released = [
            (1, "a2a250b28e93da8d59c6a5fadb218e206a2c9a73ccfb75721db277666ad5d070"),
            (2, "3949656334514bf20249e5ee96f81a5c824068148c2b6fe44f3b60a2f23031a8"),
            (3, "2025958813adcfbbe3c33eeb6bfd3926d301e5da4caef000c82c78c06db4a71c"),
            (4, "eb91f4add0cb85ba50bea1bf2f59db80a16d4e6d7d115027a08f8d02aa4bf77f"),
            (5, "d53748d547f1b917af7d261193f67c26b298cda3ad7e728f4611aa4bfb179db4"),
            (6, "d2753dc1ea2a32efaa9045a510699d95abe7c9789ce329c1d98d86d59812277d"),
            (7, "94b9af8db3307da7bbc59f2553049685b297f49239b17ca8413a8953cdf6f494"),
            (8, "556d345538f6c4876c7b2aed7676b2c991d88ca9aef8258b162c45da186ba6fc"),
        ];
        assert_eq!(fingerprints, released.map(|(version, hex)| (version, hex.to_owned())));
    }
}
