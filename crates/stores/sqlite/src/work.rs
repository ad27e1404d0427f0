//! Threads that block so that callers need not: SQLite and the file system know no async. They are the store's own, which
//! is why it works under any executor.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{Builder, JoinHandle},
};

use tokio::sync::oneshot;

/// A value behind a lock, also after a holder panicked: each holder here leaves it whole at every step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What waits to be done, first in, first out, until closed.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) const fn new() -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), closed: false }), changed: Condvar::new() }
    }

    /// Adds work; gives it back when the queue was closed.
    pub(crate) fn push(&self, item: T) -> Result<(), T> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(item);
        }
        state.waiting.push_back(item);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for work and takes up to `most` of it; nothing once closed and drained.
    pub(crate) fn take(&self, most: usize) -> Option<Vec<T>> {
        let mut state = lock(&self.state);
        loop {
            if !state.waiting.is_empty() {
                let count = state.waiting.len().min(most);
                return Some(state.waiting.drain(..count).collect());
            }
            if state.closed {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more; what waits is still done.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }

    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("Queue").field("waiting", &state.waiting.len()).field("closed", &state.closed).finish()
    }
}

type Task<C> = Box<dyn FnOnce(&mut C) + Send>;

/// Hands work to a set of threads, each with a `C` of its own (a connection, or nothing).
pub(crate) struct Hands<C>(Arc<Queue<Task<C>>>);

/// The threads are gone.
#[derive(Debug)]
pub(crate) struct Gone;

impl<C> Hands<C> {
    /// Has `work` done and waits for its result. When the caller does not wait any more, the result is dropped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut C) -> T + Send + 'static,
    ) -> Result<T, Gone> {
        let (answer, result) = oneshot::channel();
        let task: Task<C> = Box::new(move |context| drop(answer.send(work(context))));
        self.0.push(task).map_err(|_| Gone)?;
        result.await.map_err(|_| Gone)
    }

    /// Has it done some time. When the store is closing, it is dropped.
    pub(crate) fn post(&self, work: impl FnOnce(&mut C) + Send + 'static) {
        let _ = self.0.push(Box::new(work));
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl<C> Clone for Hands<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C> fmt::Debug for Hands<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Threads that end when this is dropped, after what was waiting.
pub(crate) struct Crew<C> {
    hands: Hands<C>,
    threads: Vec<JoinHandle<()>>,
}

impl<C: Send + 'static> Crew<C> {
    /// Starts one thread for each context.
    pub(crate) fn start(name: &str, contexts: impl IntoIterator<Item = C>) -> std::io::Result<Self> {
        let mut crew = Self { hands: Hands(Arc::new(Queue::new())), threads: Vec::new() };
        for mut context in contexts {
            let queue = Arc::clone(&crew.hands.0);
            let thread = Builder::new().name(name.to_owned()).spawn(move || {
                while let Some(tasks) = queue.take(1) {
                    tasks.into_iter().for_each(|task| task(&mut context));
                }
            })?;
            crew.threads.push(thread);
        }
        Ok(crew)
    }

    pub(crate) const fn hands(&self) -> &Hands<C> {
        &self.hands
    }
}

impl<C> Drop for Crew<C> {
    fn drop(&mut self) {
        self.hands.0.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}

impl<C> fmt::Debug for Crew<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("hands", &self.hands).field("threads", &self.threads.len()).finish()
    }
}
