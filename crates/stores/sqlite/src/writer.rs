//! The one thread that writes. Whatever waits when it is free becomes one SQLite transaction with one flush of the log
//! (group commit), so that the rate of letters is not bound to the rate of flushes.

use std::{
    fmt,
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use rusqlite::{Connection, ErrorCode};
use sakarkiv_core::ports::StoreError;
use tokio::sync::oneshot;

use crate::{
    error::{closed, database},
    work::Queue,
};

/// Most operations that share a flush. More would make the first one wait without saving anything worth it.
const MOST_AT_ONCE: usize = 256;

/// Something to be done inside a transaction. It may be run again after the transaction it was in was lost.
pub(crate) trait Job: Send {
    /// Does it and keeps the outcome; `false` when it failed and has to be rolled back.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the outcome to whoever waits for it.
    fn answer(self: Box<Self>, fate: &Fate);
}

/// What became of the transaction a job was in.
#[derive(Debug)]
pub(crate) enum Fate {
    /// The kept outcome is true and durable.
    Settled,
    /// Nothing was changed.
    Unavailable(String),
    /// COMMIT failed.
    Unknown(String),
}

/// A job from a closure.
pub(crate) struct Ask<T, F> {
    work: F,
    outcome: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Ask<T, F>
where
    T: Send,
    F: Work<T> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        self.outcome.insert(self.work.run(connection)).is_ok()
    }

    fn answer(mut self: Box<Self>, fate: &Fate) {
        let outcome = match (fate, self.outcome.take()) {
            (Fate::Settled, Some(outcome)) => outcome,
            (Fate::Settled, None) => Err(closed()),
            // A job that failed by itself changed nothing, but what it saw may be gone as well.
            (Fate::Unavailable(why), _) | (Fate::Unknown(why), Some(Err(_))) => {
                Err(StoreError::Unavailable(why.clone()))
            }
            (Fate::Unknown(why), _) => Err(StoreError::Unknown(why.clone())),
        };
        if outcome.is_ok() {
            self.work.committed();
        }
        // Whoever does not wait any more does not want to know.
        let _ = self.answer.send(outcome);
    }
}

/// What a job does.
pub(crate) trait Work<T> {
    /// Inside a savepoint.
    fn run(&self, connection: &Connection) -> Result<T, StoreError>;
    /// After COMMIT, before the caller is answered.
    fn committed(&self) {}
}

impl<T, F: Fn(&Connection) -> Result<T, StoreError>> Work<T> for F {
    fn run(&self, connection: &Connection) -> Result<T, StoreError> {
        self(connection)
    }
}

/// The writing thread. Ends when dropped, after what was waiting.
pub(crate) struct Writer {
    queue: Arc<Queue<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(connection: Connection) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new());
        let work = Arc::clone(&queue);
        let thread = Builder::new().name("sakarkiv-writer".to_owned()).spawn(move || {
            // Also when this thread panics, nobody may wait for it for ever.
            let _closes = Closes(Arc::clone(&work));
            let mut pen = Pen { connection, broken: None };
            while let Some(batch) = work.take(MOST_AT_ONCE) {
                pen.write(batch);
            }
        })?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Has it written, and answers when it is durable.
    pub(crate) async fn write<T: Send + 'static>(&self, work: impl Work<T> + Send + 'static) -> Result<T, StoreError> {
        let (answer, outcome) = oneshot::channel();
        self.queue.push(Box::new(Ask { work, outcome: None, answer })).map_err(|_| closed())?;
        outcome.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writing thread ended".to_owned())))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("queue", &self.queue).finish_non_exhaustive()
    }
}

struct Closes(Arc<Queue<Box<dyn Job>>>);

impl Drop for Closes {
    fn drop(&mut self) {
        self.0.close();
        // What waits is dropped, which its callers notice.
        while self.0.take(MOST_AT_ONCE).is_some() {}
    }
}

struct Pen {
    connection: Connection,
    /// Why nothing is written any more.
    broken: Option<String>,
}

enum End {
    /// As far as each job's own outcome goes.
    Committed,
    /// SQLite gave up the whole transaction because of one job.
    Torn,
    Failed(Fate),
}

impl Pen {
    fn write(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let fate = match &self.broken {
            Some(why) => Fate::Unavailable(why.clone()),
            None => match self.transact(&mut batch) {
                End::Committed => Fate::Settled,
                End::Failed(fate) => fate,
                // Alone, the outcome that the job kept is the whole truth.
                End::Torn if batch.len() == 1 => Fate::Settled,
                End::Torn => return batch.into_iter().for_each(|job| self.write(vec![job])),
            },
        };
        batch.into_iter().for_each(|job| job.answer(&fate));
    }

    fn transact(&mut self, batch: &mut [Box<dyn Job>]) -> End {
        if let Err(error) = self.execute("BEGIN IMMEDIATE") {
            return End::Failed(Fate::Unavailable(error.to_string()));
        }
        for job in batch {
            if let Err(end) = self.step(job.as_mut()) {
                self.roll_back();
                return end;
            }
        }
        match self.execute("COMMIT") {
            Ok(()) => End::Committed,
            Err(error) => {
                let text = error.to_string();
                match error.sqlite_error_code() {
                    // The transaction is still open and is rolled back, or the log had no room for it.
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DiskFull) => {}
                    // What a failed flush has left on the disk nobody knows: nothing is built on top of it.
                    _ => self.broken = Some(format!("writing failed, mend the disk and open the store anew: {text}")),
                }
                self.roll_back();
                End::Failed(Fate::Unknown(text))
            }
        }
    }

    /// Runs one job in its own savepoint.
    fn step(&self, job: &mut dyn Job) -> Result<(), End> {
        let lost = |error: rusqlite::Error| End::Failed(Fate::Unavailable(database(error).to_string()));
        self.execute("SAVEPOINT job").map_err(lost)?;
        if !job.run(&self.connection) && (self.connection.is_autocommit() || self.execute("ROLLBACK TO job").is_err()) {
            return Err(End::Torn);
        }
        self.execute("RELEASE job").map_err(lost)
    }

    fn roll_back(&mut self) {
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.execute("ROLLBACK") {
            self.broken = Some(format!("a failed change cannot be undone, open the store anew: {error}"));
        }
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::{Barrier, mpsc},
        task::{Context, Poll, Waker},
        thread,
    };

    use super::*;

    fn wait<T>(outcome: impl Future<Output = T>) -> T {
        let mut outcome = pin!(outcome);
        loop {
            if let Poll::Ready(outcome) = outcome.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return outcome;
            }
            thread::yield_now();
        }
    }

    fn database_file() -> (tempfile::TempDir, impl Fn() -> Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let open = move || Connection::open(&path).unwrap();
        open().execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE a (x);").unwrap();
        (folder, open)
    }

    fn insert(x: i64) -> impl Fn(&Connection) -> Result<i64, StoreError> {
        move |db| db.execute("INSERT INTO a VALUES (?1)", [x]).map(|_| x).map_err(database)
    }

    fn rows(db: &Connection) -> i64 {
        db.query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap()
    }

    type Change<T> = Box<dyn Fn(&Connection) -> Result<T, StoreError> + Send>;

    /// Gives the writer all of these at once: it is kept busy until they wait.
    fn together<T: Send + 'static>(writer: &Writer, jobs: Vec<Change<T>>) -> Vec<Result<T, StoreError>> {
        let started = Arc::new(Barrier::new(2));
        let (go, gate) = mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let at_work = Arc::clone(&started);
        let mut busy = Box::pin(writer.write(move |_: &Connection| {
            at_work.wait();
            gate.lock().unwrap().recv().unwrap();
            Ok(())
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(busy.as_mut().poll(&mut context).is_pending());
        started.wait();
        let mut waiting: Vec<_> = jobs.into_iter().map(|job| Box::pin(writer.write(job))).collect();
        assert!(waiting.iter_mut().all(|job| job.as_mut().poll(&mut context).is_pending()));
        go.send(()).unwrap();
        wait(busy).unwrap();
        waiting.into_iter().map(wait).collect()
    }

    #[test]
    fn what_waits_shares_a_transaction_and_is_seen_only_when_all_of_it_is_durable() {
        let (_folder, open) = database_file();
        let writer = Writer::start(open()).unwrap();
        let reader = std::sync::Mutex::new(open());
        let seen_from_outside = move |_: &Connection| Ok(rows(&reader.lock().unwrap()));
        let outcomes = together(&writer, vec![Box::new(insert(1)), Box::new(seen_from_outside), Box::new(insert(2))]);
        let outcomes: Vec<i64> = outcomes.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes, [1, 0, 2], "the second saw nothing of the first");
        assert_eq!(rows(&open()), 2);
    }

    #[test]
    fn one_that_fails_is_rolled_back_alone() {
        let (_folder, open) = database_file();
        let writer = Writer::start(open()).unwrap();
        let fails = |db: &Connection| {
            insert(9)(db)?;
            Err(StoreError::Fenced)
        };
        let outcomes = together(&writer, vec![Box::new(insert(1)), Box::new(fails), Box::new(insert(2))]);
        assert!(matches!(*outcomes, [Ok(1), Err(StoreError::Fenced), Ok(2)]), "{outcomes:?}");
        assert_eq!(rows(&open()), 2);
    }

    #[test]
    fn one_that_makes_sqlite_give_up_the_transaction_takes_no_other_along() {
        let (_folder, open) = database_file();
        let writer = Writer::start(open()).unwrap();
        let tears = |db: &Connection| {
            db.execute_batch("ROLLBACK").unwrap();
            Err(StoreError::Unavailable("disk full".to_owned()))
        };
        let outcomes = together(&writer, vec![Box::new(insert(1)), Box::new(tears), Box::new(insert(2))]);
        assert!(matches!(*outcomes, [Ok(1), Err(StoreError::Unavailable(_)), Ok(2)]), "{outcomes:?}");
        assert_eq!(rows(&open()), 2);
    }

    #[test]
    fn after_a_commit_that_failed_the_outcome_is_unknown_and_nothing_more_is_written() {
        let (_folder, open) = database_file();
        let connection = open();
        // A reference that is checked at COMMIT stands in for a disk that fails there.
        connection
            .execute_batch(
                "PRAGMA foreign_keys = ON; CREATE TABLE p (id INTEGER PRIMARY KEY);
                 CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED);",
            )
            .unwrap();
        let writer = Writer::start(connection).unwrap();
        let fails_late = |db: &Connection| db.execute("INSERT INTO c VALUES (7)", []).map(|_| 7).map_err(database);
        let fails_itself = |_: &Connection| Err(StoreError::Duplicate { what: "x" });
        let outcomes = together(&writer, vec![Box::new(insert(1)), Box::new(fails_late), Box::new(fails_itself)]);
        assert!(
            matches!(
                *outcomes,
                [Err(StoreError::Unknown(_)), Err(StoreError::Unknown(_)), Err(StoreError::Unavailable(_))]
            ),
            "{outcomes:?}"
        );
        for _ in 0..2 {
            assert!(matches!(wait(writer.write(insert(2))), Err(StoreError::Unavailable(_))));
        }
        assert_eq!(rows(&open()), 0);
    }

    #[test]
    fn a_thread_that_dies_leaves_nobody_waiting() {
        let (_folder, open) = database_file();
        let writer = Writer::start(open()).unwrap();
        let dies = |_: &Connection| -> Result<i64, StoreError> { panic!("a fault of ours") };
        let outcomes = together(&writer, vec![Box::new(dies), Box::new(insert(1))]);
        assert!(matches!(*outcomes, [Err(StoreError::Unknown(_)), Err(StoreError::Unknown(_))]), "{outcomes:?}");
        assert!(wait(writer.write(insert(2))).is_err());
    }
}
