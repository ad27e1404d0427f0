//! The audit log on the embedded store: entries a second, durable, against plain inserts of as many bytes with the same
//! flushes; and how long a search takes.
//!
//! *Plain* is what a table without any of it costs: one row of the same bytes for each entry, no index, no hash, no tree, in
//! the same number of durable transactions on the same disk.

use std::{fs, ops::Range, path::Path, time::Duration};

use chrono::TimeDelta;
use rusqlite::Connection;
use sakarkiv::{
    core::{
        audit::{Activity, AuditEvent, LogClass, ObjectRef},
        identity::{ActorId, CaseId, TenantId, Timestamp},
        ports::{Op, Store as _, Transaction},
    },
    sqlite::SqliteStore,
};
use sakarkiv_audit::{AuditLog as _, AuditQuery, SearchOrder};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use crate::support::{Failed, Ratio, Setting, head, median, now};

/// Entries for each commit.
const STEPS: [usize; 4] = [1, 10, 100, 1_000];
const LEAST_RATE: f64 = 10_000.0;
const USERS: u64 = 1_000;
const CLIENTS: u64 = 700;
const CASES: u64 = 100_000;
/// The days that the searched log tells of.
const DAYS: u64 = 347;

pub(crate) fn measure(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (rounds, time) = if setting.quick { (3, 400) } else { (5, 2_000) };
    head(&format!("audit log: {rounds} rounds of {time} ms for each number of entries a commit"));
    let runtime = Builder::new_current_thread().build()?;
    let bytes = stored_bytes(setting, &runtime)?;
    println!("  an entry is {bytes} bytes in its rows; plain rows have as many");
    let time = Duration::from_millis(time);
    let mut ratios = Vec::new();
    for many in STEPS {
        let (mut ours, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            plain.push(plain_inserts(setting, many, bytes, time)?);
            ours.push(appends(setting, &runtime, many, time)?);
        }
        ratios.push(append_ratio(many, &ours, &plain));
    }
    Ok(ratios)
}

fn append_ratio(many: usize, ours: &[f64], plain: &[f64]) -> Ratio {
    let (rate, theirs) = (median(ours.iter().copied()), median(plain.iter().copied()));
    println!("  {many:>5} a commit: {rate:>9.0} entries/s sealed, {theirs:>9.0} rows/s plain");
    Ratio {
        work: match many {
            1 => "audit entries, 1 a commit",
            10 => "audit entries, 10 a commit",
            100 => "audit entries, 100 a commit",
            _ => "audit entries, 1,000 a commit",
        },
        ours: format!("{rate:.0}/s"),
        theirs: format!("plain inserts {theirs:.0}/s"),
        ratio: Some(median(ours.iter().zip(plain).map(|(ours, plain)| ours / plain))),
        aim: if many == 100 { "10,000/s" } else { "" },
        reached: (many == 100).then_some(rate >= LEAST_RATE),
    }
}

fn tenant() -> Result<TenantId, Failed> {
    Ok(TenantId::new("bodo")?)
}

/// The event of that number: who, from where, what and when follow from it, so that a search knows what to expect.
fn event(number: u64, of: u64) -> Result<AuditEvent, Failed> {
    let shuffled = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let activity = match shuffled % 100 {
        0..60 => Activity::Read,
        60..80 => Activity::Changed,
        80..90 => Activity::DeliveryChanged,
        90..95 => Activity::Printed,
        95..98 => Activity::LoggedIn,
        _ => Activity::AccessRefused,
    };
    let second = i64::try_from(number * DAYS * 86_400 / of.max(1))?;
    let at = Timestamp::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second);
    let actor = ActorId::new(format!("u{}", shuffled / 7 % USERS))?;
    let object = ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(u128::from(shuffled / 11 % CASES) << 64)));
    let client = format!("ws-{}", shuffled / 13 % CLIENTS);
    let event = AuditEvent::new(at, tenant()?, actor, activity, object).from_client(client).under_rule("unit_need");
    Ok(event.with_detail("title", format!("Søknad om tiltak {number}")).with_detail("why", "saksbehandling i byggesak"))
}

fn transaction(numbers: Range<u64>, of: u64) -> Result<Transaction, Failed> {
    let ops = numbers.map(|number| event(number, of).map(Op::Audit)).collect::<Result<_, _>>()?;
    Ok(Transaction { tenant: tenant()?, ops })
}

/// Entries sealed and durable a second.
fn appends(setting: &Setting, runtime: &Runtime, many: usize, time: Duration) -> Result<f64, Failed> {
    let folder = setting.new_folder()?;
    let store = SqliteStore::open(folder.path())?;
    let many = many as u64;
    // Made before the clock starts: whoever hands events in has them.
    let prepared: Vec<_> =
        (0..64).map(|nth| transaction(nth * many..(nth + 1) * many, 1_000_000)).collect::<Result<_, _>>()?;
    let (start, mut entries) = (now(), 0_u64);
    for next in prepared.iter().cycle() {
        runtime.block_on(store.commit(next.clone()))?;
        entries += many;
        if start.elapsed() >= time {
            break;
        }
    }
    Ok(entries as f64 / start.elapsed().as_secs_f64())
}

/// Plain rows durable a second.
fn plain_inserts(setting: &Setting, many: usize, bytes: usize, time: Duration) -> Result<f64, Failed> {
    let folder = setting.new_folder()?;
    let mut db = Connection::open(folder.path().join("plain.db"))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.execute_batch("CREATE TABLE plain (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT")?;
    let row = crate::support::noise(7, bytes);
    let (start, mut rows) = (now(), 0_usize);
    while start.elapsed() < time {
        let transaction = db.transaction()?;
        for _ in 0..many {
            transaction.prepare_cached("INSERT INTO plain (bytes) VALUES (?1)")?.execute([&row])?;
        }
        transaction.commit()?;
        rows += many;
    }
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}

/// What one entry takes in its rows, without indexes.
fn stored_bytes(setting: &Setting, runtime: &Runtime) -> Result<usize, Failed> {
    let folder = setting.new_folder()?;
    let store = SqliteStore::open(folder.path())?;
    runtime.block_on(store.commit(transaction(0..1, 1)?))?;
    let db = Connection::open(folder.path().join("sakarkiv.db"))?;
    let sql = "SELECT sum(payload) FROM dbstat WHERE name IN ('audit_entries', 'audit_fields')";
    let bytes: i64 = db.query_row(sql, [], |row| row.get(0))?;
    Ok(usize::try_from(bytes)?)
}

type Narrow = fn(&mut AuditQuery, u64);

const SEARCHES: [(&str, u64, Narrow); 6] = [
    ("by user, 30 days", 30, |query, nth| query.actor = ActorId::new(format!("u{}", nth % USERS)).ok()),
    ("by client, one day", 1, |query, nth| query.client = Some(format!("ws-{}", nth % CLIENTS))),
    ("by activity, one day", 1, |query, nth| {
        let activities = [Activity::Read, Activity::Changed, Activity::AccessRefused];
        query.activity = activities.into_iter().cycle().nth(usize::try_from(nth % 3).unwrap_or_default());
    }),
    ("by user and activity, 30 days", 30, |query, nth| {
        query.actor = ActorId::new(format!("u{}", nth % USERS)).ok();
        query.activity = Some(Activity::Printed);
    }),
    ("by object", DAYS, |query, nth| {
        query.object = Some(ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(u128::from(nth % CASES) << 64))));
    }),
    ("of one log, one day", 1, |query, _| query.class = Some(LogClass::Security)),
];

/// How long a search of a log takes: of `SAKARKIV_BENCH_ENTRIES` entries where that is given.
pub(crate) fn measure_searches(setting: &Setting) -> Result<Vec<Ratio>, Failed> {
    let (entries, repeats) = if setting.quick { (50_000, 200) } else { (1_000_000, 1_000) };
    let entries = setting.entries.unwrap_or(entries);
    head(&format!("searches: a log of {entries} entries"));
    let runtime = Builder::new_current_thread().build()?;
    let folder = setting.new_folder()?;
    let store = SqliteStore::open(folder.path())?;
    let start = now();
    for from in (0..entries).step_by(1_000) {
        runtime.block_on(store.commit(transaction(from..from + 1_000, entries)?))?;
    }
    let rate = entries as f64 / start.elapsed().as_secs_f64();
    let size = size_of(folder.path())?;
    println!("  written at {rate:.0}/s, {:.0} bytes an entry", size / entries as f64);
    let mut worst: f64 = 0.0;
    for (what, days, narrow) in SEARCHES {
        let mut times = Vec::new();
        let mut found = 0;
        for nth in 0..repeats {
            let day = i64::try_from(nth * 7_919 % (DAYS - days + 1))?;
            let from = Timestamp::UNIX_EPOCH + TimeDelta::days(20_000 + day);
            let mut query = AuditQuery::default();
            (query.from, query.until) = (Some(from), Some(from + TimeDelta::days(i64::try_from(days)?)));
            narrow(&mut query, nth * 104_729);
            let start = now();
            let page = runtime.block_on(store.search(&tenant()?, &query, SearchOrder::NewestFirst, None, 100))?;
            times.push(start.elapsed().as_secs_f64() * 1e6);
            found += page.entries.len();
        }
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or(f64::NAN);
        let each = found as f64 / repeats as f64;
        println!("    {what:<30} p50 {:>7.0} us, p99 {:>7.0} us, {each:.0} found", at(50), at(99));
        worst = worst.max(at(99));
    }
    Ok(vec![Ratio {
        work: "search of the log, slowest p99",
        ours: format!("{:.1} ms", worst / 1e3),
        theirs: format!("{entries} entries"),
        ratio: None,
        aim: "5 ms",
        reached: Some(worst <= 5e3),
    }])
}

fn size_of(folder: &Path) -> Result<f64, Failed> {
    Ok(fs::metadata(folder.join("sakarkiv.db"))?.len() as f64)
}
