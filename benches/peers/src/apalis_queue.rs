//! The other side: apalis on SQLite with the same promise of durability.

use std::{
    error::Error,
    fs,
    path::Path,
    time::{Duration, Instant},
};

use apalis::prelude::*;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

use crate::{DOCUMENT_BYTES, SUBMITTERS, Took};

pub(crate) async fn run(folder: &Path, round: usize, letters: usize) -> Result<Took, Box<dyn Error>> {
    let folder = folder.join(format!("apalis-{round}"));
    fs::create_dir(&folder)?;
    let accepted = once(&folder.join("accepted.db"), letters, false).await?;
    let done = once(&folder.join("done.db"), letters, true).await?;
    Ok(Took { accepted, done })
}

/// One connection: SQLite has one writer, and waiting for it in the pool's queue is cheaper than by its lock. Not by its own
/// `setup`, which would turn flushing off.
async fn open(database: &Path) -> Result<SqlitePool, Box<dyn Error>> {
    let options = SqliteConnectOptions::new()
        .filename(database)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(60))
        .pragma("temp_store", "MEMORY")
        .pragma("cache_size", "-64000")
        .pragma("wal_autocheckpoint", "2000");
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(600));
    let pool = pool.connect_with(options).await?;
    SqliteStorage::migrations().run(&pool).await?;
    Ok(pool)
}

async fn once(database: &Path, letters: usize, with_worker: bool) -> Result<Duration, Box<dyn Error>> {
    let pool = open(database).await?;
    let config = Config::default().queue("letters").batch_size(100);
    let storage = SqliteStorage::<String>::new(&pool).with_config(config);
    let worker = with_worker.then(|| {
        let backend = storage.clone().poll_with_interval(Duration::from_millis(5));
        let worker = WorkerBuilder::new("post").backend(backend).concurrency(2 * SUBMITTERS).build(post);
        tokio::spawn(async move { worker.run().await.map_err(|error| error.to_string()) })
    });
    let start = Instant::now();
    let submitters: Vec<_> = (0..SUBMITTERS)
        .map(|submitter| {
            let mut storage = storage.clone();
            tokio::spawn(async move {
                for number in (submitter..letters).step_by(SUBMITTERS) {
                    storage.push(document(number)).await.map_err(|error| error.to_string())?;
                }
                Ok::<(), String>(())
            })
        })
        .collect();
    for submitter in submitters {
        submitter.await??;
    }
    let state = if with_worker { "Done" } else { "Pending" };
    while count(&pool, state).await? < i64::try_from(letters)? {
        if start.elapsed() > LONGEST {
            return Err(format!("not all letters came to {state}").into());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = start.elapsed();
    if let Some(worker) = worker {
        worker.abort();
    }
    pool.close().await;
    Ok(took)
}

/// The work: nothing but looking at the whole document, as our channel does.
async fn post(document: String) -> Result<(), BoxDynError> {
    if document.len() == DOCUMENT_BYTES { Ok(()) } else { Err("another document".into()) }
}

/// Plain letters and digits, which JSON leaves as they are.
fn document(number: usize) -> String {
    let mut text = format!("{number:020}");
    text.extend(
        (0..DOCUMENT_BYTES - text.len()).map(|at| char::from(b'a' + u8::try_from(at % 26).unwrap_or_default())),
    );
    text
}

async fn count(pool: &SqlitePool, state: &str) -> Result<i64, Box<dyn Error>> {
    Ok(sqlx::query_scalar("SELECT count(*) FROM Jobs WHERE status = ?").bind(state).fetch_one(pool).await?)
}

const LONGEST: Duration = Duration::from_secs(600);
