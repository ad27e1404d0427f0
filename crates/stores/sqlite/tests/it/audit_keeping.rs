//! What is erased and pruned by order, where salts come from, and logs of older stores.

use std::{fs, sync::Arc};

use rusqlite::Connection;
use sakarkiv_audit::{AuditLog as _, Erasure, KeptCheckpoint, Prune};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, LogClass, ObjectRef},
    ports::{Entropy, Op, Store as _},
};
use sakarkiv_sqlite::{Options, SqliteStore};

use crate::audit::*;
use crate::support::*;

#[test]
fn what_was_erased_or_pruned_is_in_no_file_any_more() {
    let Office { store, folder } = Office::new();
    let marks =
        [b"Kari Testperson 3\0".as_slice(), b"Kari Testperson 12"].map(|mark| mark.strip_suffix(b"\0").unwrap_or(mark));
    let in_files = |mark: &[u8]| {
        files_below(folder.path())
            .iter()
            .any(|file| fs::read(file).unwrap().windows(mark.len()).any(|bytes| bytes == mark))
    };
    wait(async {
        write(&store, &TENANT(), 3..4).await;
        for minute in 12..30 {
            // Side by side, so that pages are split and what is on them moves.
            write(&store, &TENANT(), minute..minute + 1).await;
            write(&store, &fire(), 4_000 + 20 * minute..4_020 + 20 * minute).await;
        }
        assert!(marks.iter().all(|mark| in_files(mark)), "the test looks for the wrong thing");
        let event = AuditEvent::new(at(99), TENANT(), clerk(), Activity::LogFieldErased, ObjectRef::Log);
        let field = "title".to_owned();
        let order = Erasure { tenant: TENANT(), class: LOG, sequence: 1, field, event: event.clone() };
        assert!(store.erase(order).await.unwrap());
        assert!(in_files(marks[0]) && !in_files(marks[1]), "only the erased one is gone");
        let state = store.state(&TENANT(), LOG).await.unwrap();
        let checkpoint = KeptCheckpoint { size: state.size(), root: state.root(), note: String::new() };
        store.keep_checkpoint(&TENANT(), LOG, checkpoint).await.unwrap();
        let order = Prune { tenant: TENANT(), class: LOG, before: at(4), floor: at(99), most: 100, event };
        assert_eq!(store.prune(order).await.unwrap().count, 1);
        assert!(!in_files(marks[0]), "what was pruned is gone");
    });
}

#[test]
fn a_pruned_log_is_sound_against_what_was_published_before_and_after() {
    let Published { folder, mut notes } = published();
    let store = open(folder.path());
    wait(async {
        let state = store.state(&TENANT(), LOG).await.unwrap();
        let checkpoint = KeptCheckpoint { size: state.size(), root: state.root(), note: String::new() };
        store.keep_checkpoint(&TENANT(), LOG, checkpoint).await.unwrap();
        let event = AuditEvent::new(at(99), TENANT(), clerk(), Activity::LogPruned, ObjectRef::Log);
        let order = Prune { tenant: TENANT(), class: LOG, before: at(25), floor: at(99), most: 100, event };
        assert_eq!(store.prune(order).await.unwrap().count, 25);
        write(&store, &TENANT(), 40..45).await;
        notes.push(sign(&store, &TENANT(), LOG).await);
    });
    drop(store);
    assert!(all_sound(folder.path(), &notes));
    bend(folder.path(), "UPDATE audit_entries SET actor = 'somebody' WHERE log = 1 AND sequence = 30");
    assert!(!all_sound(folder.path(), &notes));
}

/// The same numbers for every store that has it.
#[derive(Debug)]
struct Always;

impl Entropy for Always {
    fn next_u64(&self) -> u64 {
        7
    }
}

#[test]
fn salts_come_from_where_they_are_told_to_and_from_chance_otherwise() {
    let root = |entropy: Option<Arc<dyn Entropy>>| {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        options.entropy = entropy.unwrap_or(options.entropy);
        let store = SqliteStore::open_with(folder.path(), &options).unwrap();
        wait(async {
            write(&store, &TENANT(), 0..3).await;
            store.state(&TENANT(), LOG).await.unwrap().root()
        })
    };
    assert_eq!(root(Some(Arc::new(Always))), root(Some(Arc::new(Always))));
    assert_ne!(root(None), root(None));
}

#[test]
fn the_log_of_an_older_store_is_sealed_in_its_order_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sakarkiv.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(include_str!("fixtures/v2.sql")).unwrap();
    // One that nobody could read back: it stays where it was.
    db.execute("INSERT INTO audit VALUES (8, 'bodo', 6, 1, '{}')", []).unwrap();
    db.execute("UPDATE counters SET value = 6 WHERE tenant = 'bodo' AND name = 'audit'", []).unwrap();
    drop(db);
    for _ in 0..2 {
        let store = open(folder.path());
        wait(async {
            let log = store.audit_log(&bodo(), 0, 99).await.unwrap();
            let words: Vec<_> = log.iter().map(|record| (record.sequence, record.event.activity.as_str())).collect();
            let expected =
                [(1, "log_read"), (2, "created"), (3, "access_refused"), (4, "delivery_changed"), (5, "counted")];
            assert_eq!(words, expected);
            assert_eq!(log[2].event.details.expose()["reasons"], "no_need");
            assert_eq!(store.audit_log(&fire(), 0, 99).await.unwrap().len(), 2);
            let sizes = LogClass::ALL.map(|class| wait(store.state(&bodo(), class)).unwrap().size());
            assert_eq!(sizes, [2, 2, 0, 1]);
        });
        for class in LogClass::ALL {
            let note = wait(sign(&store, &bodo(), class));
            let copy = tempfile::tempdir().unwrap();
            wait(store.backup(copy.path())).unwrap();
            assert!(is_sound(copy.path(), &bodo(), class, &[note]));
        }
    }
    let store = open(folder.path());
    wait(commit(&store, &bodo(), Op::Audit(read_event(&bodo(), 50)))).unwrap();
    assert_eq!(wait(store.audit_log(&bodo(), 5, 9)).unwrap()[0].sequence, 7, "places go on");
    let db = Connection::open(&path).unwrap();
    let kept: i64 = db.query_row("SELECT count(*) FROM audit_unsealed", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}
