//! Waking those who sleep, without a runtime.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// Something that happens now and then. Whoever waits first takes a [`mark`](Self::mark), looks at what there is to do, and
/// then waits for what happens after the mark: nothing is missed in between.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    count: u64,
    next_waiter: u64,
    waiters: BTreeMap<u64, Waker>,
}

impl Signal {
    pub(crate) fn mark(&self) -> u64 {
        self.lock().count
    }

    pub(crate) fn raise(&self) {
        let waiters = {
            let mut state = self.lock();
            state.count = state.count.wrapping_add(1);
            std::mem::take(&mut state.waiters)
        };
        waiters.into_values().for_each(Waker::wake);
    }

    /// Waits until it was raised after `mark`.
    pub(crate) const fn after(&self, mark: u64) -> After<'_> {
        After { signal: self, mark, waiter: None }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct After<'a> {
    signal: &'a Signal,
    mark: u64,
    waiter: Option<u64>,
}

impl Future for After<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let signal = self.signal;
        let mut state = signal.lock();
        if state.count != self.mark {
            return Poll::Ready(());
        }
        let waiter = self.waiter.unwrap_or(state.next_waiter);
        if self.waiter.is_none() {
            state.next_waiter = state.next_waiter.wrapping_add(1);
        }
        state.waiters.insert(waiter, context.waker().clone());
        drop(state);
        self.waiter = Some(waiter);
        Poll::Pending
    }
}

impl Drop for After<'_> {
    fn drop(&mut self) {
        if let Some(waiter) = self.waiter {
            self.signal.lock().waiters.remove(&waiter);
        }
    }
}

/// Counts what is going on.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts one more, until the returned value is dropped.
    pub(crate) fn count(&self) -> Counted<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Counted(&self.0)
    }
}

#[derive(Debug)]
pub(crate) struct Counted<'a>(&'a AtomicUsize);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A door that closes once.
#[derive(Debug, Default)]
pub(crate) struct Halt {
    asked: AtomicBool,
    signal: Signal,
}

impl Halt {
    pub(crate) fn ask(&self) {
        self.asked.store(true, Ordering::SeqCst);
        self.signal.raise();
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    pub(crate) async fn asked(&self) {
        let mark = self.signal.mark();
        if !self.is_asked() {
            self.signal.after(mark).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn what_happens_between_looking_and_waiting_is_not_missed() {
        let signal = Signal::default();
        let mark = signal.mark();
        assert!(signal.after(mark).now_or_never().is_none());
        signal.raise();
        assert!(signal.after(mark).now_or_never().is_some());
        assert!(signal.after(signal.mark()).now_or_never().is_none());
    }

    #[test]
    fn whoever_stops_waiting_leaves_nothing_behind() {
        let signal = Signal::default();
        assert!(signal.after(signal.mark()).now_or_never().is_none());
        assert!(signal.lock().waiters.is_empty());
    }

    #[test]
    fn a_halt_stays_asked() {
        let halt = Halt::default();
        assert!(halt.asked().now_or_never().is_none());
        halt.ask();
        assert!(halt.asked().now_or_never().is_some());
        assert!(halt.asked().now_or_never().is_some());
    }
}
