//! The log against whoever has the database file in their hands.

use std::{fs, path::Path};

use rusqlite::{Connection, types::Value};
use sakarkiv_audit::{
    AuditLog as _, Checkpoint, CheckpointSigner as _, Ed25519Signer, ExportHeader, ExportWriter, Note, Origin, Verdict,
    verify,
};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
    identity::TenantId,
    ports::{Op, Store as _, Transaction},
};
use sakarkiv_sqlite::SqliteStore;
use tempfile::TempDir;

use crate::support::*;

pub(crate) const LOG: LogClass = LogClass::AccessAndProcessing;

pub(crate) fn signer() -> Ed25519Signer {
    Ed25519Signer::from_seed("arkiv.example.no/log", &[7; 32]).unwrap()
}

pub(crate) fn origin(tenant: &TenantId, class: LogClass) -> Origin {
    Origin::new("arkiv.example.no", tenant.clone(), class).unwrap()
}

pub(crate) fn read_event(tenant: &TenantId, minute: i64) -> AuditEvent {
    let object = ObjectRef::Case(case_id(u128::try_from(minute % 7).unwrap()));
    let mut event = AuditEvent::new(at(minute), tenant.clone(), clerk(), Activity::Read, object)
        .with_detail("title", format!("Søknad fra Kari Testperson {minute}"))
        .with_detail("why", "case handling");
    event.client = (minute % 3 > 0).then(|| format!("ws-{}", minute % 5));
    event.rule = (minute % 4 > 0).then(|| "unit_need".to_owned());
    event
}

pub(crate) fn login_event(tenant: &TenantId, minute: i64) -> AuditEvent {
    AuditEvent::new(at(minute), tenant.clone(), clerk(), Activity::LoginFailed, ObjectRef::Tenant)
        .ended(AuditOutcome::Failed)
}

pub(crate) async fn write(store: &SqliteStore, tenant: &TenantId, minutes: std::ops::Range<i64>) {
    let events = minutes.flat_map(|minute| [read_event(tenant, minute), login_event(tenant, minute)]);
    let ops = events.map(Op::Audit).collect();
    store.commit(Transaction { tenant: tenant.clone(), ops }).await.unwrap();
}

/// Signs the log as it is, as it is published.
pub(crate) async fn sign(store: &SqliteStore, tenant: &TenantId, class: LogClass) -> Note {
    let state = store.state(tenant, class).await.unwrap();
    let checkpoint = Checkpoint::of(origin(tenant, class), &state.frontier).pruned_to(state.first());
    checkpoint.sign(&signer()).unwrap()
}

/// A database that was closed, with what had been published of it.
pub(crate) struct Published {
    pub(crate) folder: TempDir,
    pub(crate) notes: Vec<Note>,
}

pub(crate) const TENANT: fn() -> TenantId = bodo;

/// Two tenants with two logs each; checkpoints of all of them, then some more entries, then checkpoints again.
pub(crate) fn published() -> Published {
    let Office { store, folder } = Office::new();
    let mut notes = Vec::new();
    wait(async {
        for minutes in [0..30, 30..40] {
            for tenant in [bodo(), fire()] {
                write(&store, &tenant, minutes.clone()).await;
                for class in [LOG, LogClass::Security] {
                    notes.push(sign(&store, &tenant, class).await);
                }
            }
        }
    });
    drop(store);
    Published { folder, notes }
}

pub(crate) fn copy(from: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(from.join("sakarkiv.db"), folder.path().join("sakarkiv.db")).unwrap();
    folder
}

/// Exports a log as it is in that folder, and has somebody outside verify it, who holds what was published. An export that
/// cannot be made is one that nobody can pass off as whole.
pub(crate) fn is_sound(folder: &Path, tenant: &TenantId, class: LogClass, notes: &[Note]) -> bool {
    let store = open(folder);
    let export = wait(async {
        let state = store.state(tenant, class).await.ok()?;
        let entries = store.sealed(tenant, class, 0, usize::MAX).await.ok()?;
        let header = ExportHeader::new(origin(tenant, class), state.cut, Vec::new());
        let mut writer = ExportWriter::new(Vec::new(), &header).ok()?;
        entries.iter().try_for_each(|entry| writer.entry(entry)).ok()?;
        let export = writer.finish().ok()?;
        let end = format!("\"root\":\"{}\"", state.frontier.root());
        let size = format!("\"size\":{}", state.frontier.size());
        let text = String::from_utf8(export.clone()).ok()?;
        let last = text.lines().last()?;
        // What the store goes on from must be what it has.
        (last.contains(&end) && last.contains(&size)).then_some(export)
    });
    let Some(export) = export else { return false };
    let keys = [signer().key().clone()];
    let held: Vec<_> = notes.iter().map(|note| note.open(&keys).unwrap()).collect();
    let held: Vec<_> = held.into_iter().filter(|held| held.origin == origin(tenant, class)).collect();
    matches!(verify(&export[..], &keys, &held).unwrap(), Verdict::Sound(_))
}

/// Whether all logs of a folder are as they were published.
pub(crate) fn all_sound(folder: &Path, notes: &[Note]) -> bool {
    [bodo(), fire()]
        .iter()
        .all(|tenant| [LOG, LogClass::Security].iter().all(|class| is_sound(folder, tenant, *class, notes)))
}

pub(crate) fn bend(folder: &Path, sql: &str) {
    let db = Connection::open(folder.join("sakarkiv.db")).unwrap();
    db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(db.changes() > 0 || sql.contains("DROP"), "{sql} changed nothing");
}

#[test]
fn a_log_that_nobody_touched_is_sound() {
    let Published { folder, notes } = published();
    assert!(all_sound(folder.path(), &notes));
    let copy = copy(folder.path());
    assert!(all_sound(copy.path(), &notes));
}

#[test]
fn whatever_is_done_to_the_file_is_found() {
    let Published { folder, notes } = published();
    let one = "log = 1 AND sequence = 13";
    let mut ways: Vec<(String, String)> = [
        ("actor = 'somebody'", "another actor"),
        ("client = 'elsewhere'", "another client"),
        ("client = NULL", "no client"),
        ("activity = 'printed'", "another activity"),
        ("outcome = 1", "another outcome"),
        ("rule = 'another'", "another rule"),
        ("rule = NULL", "no rule"),
        ("at = at + 1", "a nanosecond later"),
        ("object = x'0100000010000000000000000000000099'", "another case"),
        ("object = CAST('log' AS BLOB)", "another kind of object"),
        ("layout = 2", "another layout"),
        ("leaf = zeroblob(32)", "another leaf"),
        ("fields = NULL", "no fields"),
        ("fields = fields + 1", "the fields of another"),
    ]
    .map(|(set, what)| (format!("UPDATE audit_entries SET {set} WHERE {one}"), what.to_owned()))
    .to_vec();
    let fields = "(SELECT fields FROM audit_entries WHERE log = 1 AND sequence = 13)";
    let others = [
        (
            format!(
                "UPDATE audit_fields SET fields = CAST(replace(CAST(fields AS TEXT), 'Kari', 'Kaja') AS BLOB)
                 WHERE id = {fields}"
            ),
            "another value",
        ),
        (format!("UPDATE audit_fields SET fields = zeroblob(0) WHERE id = {fields}"), "no field"),
        (format!("DELETE FROM audit_fields WHERE id = {fields}"), "the fields removed"),
        (format!("DELETE FROM audit_entries WHERE {one}"), "an entry removed"),
        ("DELETE FROM audit_entries WHERE log = 1 AND sequence = 0".to_owned(), "the first removed"),
        ("DELETE FROM audit_entries WHERE log = 1 AND sequence = 39".to_owned(), "the last removed"),
        ("DELETE FROM audit_entries WHERE log = 1".to_owned(), "all removed"),
        (
            format!(
                "DELETE FROM audit_entries WHERE {one};
                 UPDATE audit_entries SET sequence = -sequence WHERE log = 1 AND sequence > 13;
                 UPDATE audit_entries SET sequence = -sequence - 1 WHERE log = 1 AND sequence < 0;"
            ),
            "an entry removed and the gap closed",
        ),
        (
            "UPDATE audit_entries SET sequence = -1 WHERE log = 1 AND sequence = 12;
             UPDATE audit_entries SET sequence = 12 WHERE log = 1 AND sequence = 13;
             UPDATE audit_entries SET sequence = 13 WHERE log = 1 AND sequence = -1;"
                .to_owned(),
            "two entries in each other's place",
        ),
        (
            "INSERT INTO audit_entries SELECT id + 1000000, owner, log, 40, at, actor, client, activity, object, outcome,
                 rule, layout, leaf, fields FROM audit_entries WHERE log = 1 AND sequence = 39;"
                .to_owned(),
            "an entry added behind the last",
        ),
        (
            "UPDATE audit_entries SET sequence = -sequence WHERE log = 1 AND sequence > 12;
             UPDATE audit_entries SET sequence = -sequence + 1 WHERE log = 1 AND sequence < 0;
             INSERT INTO audit_entries SELECT id + 1000000, owner, log, 13, at, actor, client, activity, object, outcome,
                 rule, layout, leaf, fields FROM audit_entries WHERE log = 1 AND sequence = 12;"
                .to_owned(),
            "an entry put in between",
        ),
        (
            "UPDATE audit_logs SET tenant = 'other' WHERE tenant = 'bodo';
             UPDATE audit_logs SET tenant = 'bodo' WHERE tenant = 'salten:brann';
             UPDATE audit_logs SET tenant = 'salten:brann' WHERE tenant = 'other';"
                .to_owned(),
            "the tenants in each other's place",
        ),
        (
            "UPDATE audit_logs SET class = 'administration' WHERE id = 1;
             UPDATE audit_logs SET class = 'access_and_processing' WHERE id = 2;
             UPDATE audit_logs SET class = 'security' WHERE id = 1;"
                .to_owned(),
            "two logs of a tenant in each other's place",
        ),
        (
            "UPDATE audit_entries SET log = 1, owner = 1, sequence = 40 WHERE log = 3 AND sequence = 39;".to_owned(),
            "an entry moved to another tenant",
        ),
        ("DELETE FROM audit_logs WHERE id = 1".to_owned(), "a log forgotten"),
        ("UPDATE audit_logs SET tree = cut WHERE id = 1".to_owned(), "a tree forgotten"),
    ];
    ways.extend(others.map(|(sql, what)| (sql, what.to_owned())));
    for (sql, what) in ways {
        let bent = copy(folder.path());
        bend(bent.path(), &sql);
        assert!(!all_sound(bent.path(), &notes), "{what} was not found");
    }
}

#[test]
fn a_tail_that_was_cut_off_with_its_traces_is_found_by_what_was_published() {
    let Published { folder, notes } = published();
    // As if the last ten had never been written: a state that the store itself once had.
    let earlier = copy(folder.path());
    let state = wait(async {
        let store = open(earlier.path());
        store.frontier(&TENANT(), LOG, 30).await.unwrap()
    });
    let db = Connection::open(earlier.path().join("sakarkiv.db")).unwrap();
    db.execute("DELETE FROM audit_entries WHERE log = 1 AND sequence >= 30", []).unwrap();
    db.execute("UPDATE audit_logs SET tree = ?1 WHERE id = 1", [state.to_bytes()]).unwrap();
    drop(db);
    let (old, new) = notes.split_at(4);
    assert!(is_sound(earlier.path(), &TENANT(), LOG, old), "the file by itself is a log that was");
    assert!(!is_sound(earlier.path(), &TENANT(), LOG, new), "and not the one that was published");
}

#[test]
fn an_older_database_file_put_back_is_found() {
    let Office { store, folder } = Office::new();
    let (older, then) = wait(async {
        write(&store, &TENANT(), 0..10).await;
        let to = tempfile::tempdir().unwrap();
        store.backup(to.path()).await.unwrap();
        let then = sign(&store, &TENANT(), LOG).await;
        write(&store, &TENANT(), 10..12).await;
        (to, then)
    });
    let now = wait(sign(&store, &TENANT(), LOG));
    drop(store);
    let (then, all) = ([then.clone()], [then, now]);
    assert!(is_sound(folder.path(), &TENANT(), LOG, &all));
    assert!(is_sound(older.path(), &TENANT(), LOG, &then), "nothing in the file tells");
    assert!(!is_sound(older.path(), &TENANT(), LOG, &all));
    // Going on from there makes a tree of that size again, and another one.
    wait(async { write(&open(older.path()), &TENANT(), 20..30).await });
    assert!(is_sound(older.path(), &TENANT(), LOG, &then));
    assert!(!is_sound(older.path(), &TENANT(), LOG, &all));
}

#[test]
fn a_history_written_anew_with_all_its_hashes_is_found() {
    let Published { folder: _kept, notes } = published();
    let Office { store, folder } = Office::new();
    wait(async {
        for tenant in [bodo(), fire()] {
            let events = (0..40).flat_map(|minute| [read_event(&tenant, minute), login_event(&tenant, minute)]);
            let bent = events.map(|event| if event.at == at(12) { event.ended(AuditOutcome::Refused) } else { event });
            let ops = bent.map(Op::Audit).collect();
            store.commit(Transaction { tenant: tenant.clone(), ops }).await.unwrap();
        }
    });
    let forged = [wait(sign(&store, &TENANT(), LOG))];
    drop(store);
    assert!(is_sound(folder.path(), &TENANT(), LOG, &forged), "for whoever has the key, it is a log as good as any");
    assert!(!is_sound(folder.path(), &TENANT(), LOG, &notes));
}

/// Repeatable chance.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Columns that a log is made of. Places, owners and kept checkpoints are for finding things, not part of what is signed.
const SEALED: [&str; 12] =
    ["log", "sequence", "at", "actor", "client", "activity", "object", "outcome", "rule", "layout", "leaf", "fields"];

/// Does one thing by chance to one or two entries; `None` when it would change nothing, or the file does not allow it.
fn by_chance(db: &Connection, chance: &mut Chance) -> Option<String> {
    let ids: Vec<i64> = {
        let mut query = db.prepare("SELECT id FROM audit_entries ORDER BY id").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let (one, other) = (ids[chance.below(ids.len())], ids[chance.below(ids.len())]);
    let column = SEALED[chance.below(SEALED.len())];
    let value = |id: i64| -> Value {
        db.query_row(&format!("SELECT {column} FROM audit_entries WHERE id = ?1"), [id], |row| row.get(0)).unwrap()
    };
    let set = |id: i64, value: &Value| {
        db.execute(&format!("UPDATE audit_entries SET {column} = ?2 WHERE id = ?1"), rusqlite::params![id, value])
    };
    match chance.below(5) {
        4 => {
            let sql = "SELECT id, fields FROM audit_fields ORDER BY id LIMIT 1 OFFSET ?1";
            let offset = i64::try_from(chance.below(ids.len() / 2)).unwrap();
            let (id, mut bytes) =
                db.query_row(sql, [offset], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
            let place = chance.below(bytes.len());
            bytes[place] ^= 1 << chance.below(8);
            db.execute("UPDATE audit_fields SET fields = ?2 WHERE id = ?1", rusqlite::params![id, bytes]).unwrap();
            Some(format!("byte {place} of the fields {id} bent"))
        }
        0 => {
            db.execute("DELETE FROM audit_entries WHERE id = ?1", [one]).unwrap();
            Some(format!("{one} removed"))
        }
        1 if value(one) != value(other) => {
            let (first, second) = (value(one), value(other));
            let parked = matches!(column, "log" | "sequence").then_some(Value::Integer(-7));
            if let Some(parked) = parked {
                set(one, &parked).ok()?;
                set(other, &first).ok()?;
            } else {
                set(other, &first).ok()?;
            }
            set(one, &second).ok()?;
            Some(format!("{column} of {one} and {other} in each other's place"))
        }
        2 if value(one) != value(other) => {
            set(one, &value(other)).ok()?;
            Some(format!("{column} of {other} also in {one}"))
        }
        3 => {
            let bent = match value(one) {
                Value::Integer(number) => Value::Integer(number ^ (1 << chance.below(20))),
                Value::Text(mut text) => {
                    text.push('x');
                    Value::Text(text)
                }
                Value::Blob(mut bytes) if !bytes.is_empty() => {
                    let place = chance.below(bytes.len());
                    bytes[place] ^= 1 << chance.below(8);
                    Value::Blob(bytes)
                }
                _ => return None,
            };
            set(one, &bent).ok()?;
            Some(format!("{column} of {one} bent"))
        }
        _ => None,
    }
}

#[test]
fn hundreds_of_random_tamperings_are_all_found() {
    let Published { folder, notes } = published();
    let mut chance = Chance(7);
    let (goal, mut done) = (if long() { 3_000 } else { 250 }, 0);
    while done < goal {
        let bent = copy(folder.path());
        let db = Connection::open(bent.path().join("sakarkiv.db")).unwrap();
        let what = by_chance(&db, &mut chance);
        drop(db);
        if let Some(what) = what {
            assert!(!all_sound(bent.path(), &notes), "{what}: not found");
            done += 1;
        }
    }
    println!("{done} tamperings, all found");
}

#[test]
fn a_proof_from_a_bent_tree_proves_nothing() {
    let Office { store, folder } = Office::new();
    wait(async { write(&store, &TENANT(), 0..600).await });
    let state = wait(store.state(&TENANT(), LOG)).unwrap();
    let leaf = wait(store.sealed(&TENANT(), LOG, 5, 1)).unwrap()[0].leaf;
    let proof = wait(store.inclusion(&TENANT(), LOG, 5, 600)).unwrap();
    assert_eq!(proof.verify(leaf, state.root()), Ok(()));
    bend(folder.path(), "UPDATE audit_nodes SET hash = zeroblob(32) WHERE log = 1 AND level = 1 AND place = 1");
    let proof = wait(store.inclusion(&TENANT(), LOG, 5, 600)).unwrap();
    assert!(proof.verify(leaf, state.root()).is_err());
    bend(folder.path(), "DELETE FROM audit_nodes WHERE log = 1 AND level = 1 AND place = 1");
    let missing = wait(store.inclusion(&TENANT(), LOG, 5, 600));
    assert!(matches!(missing, Err(sakarkiv_core::ports::StoreError::Corrupt(_))), "{missing:?}");
}
