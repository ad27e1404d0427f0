use std::{
    collections::BTreeMap,
    future::{self, Future},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use sakarkiv_core::{identity::Timestamp, ports::Clock};

/// A clock that moves only when the test moves it.
///
/// Whoever sleeps on it is woken when the clock is set to the awaited moment or beyond. A simulation asks
/// [`next_wake`](Self::next_wake) when nothing else can run, and jumps there: hours of back-off cost nothing.
///
/// ```
/// use std::time::Duration;
/// use sakarkiv_core::ports::Clock;
/// use sakarkiv_testkit::doubles::ManualClock;
///
/// let clock = ManualClock::at("2026-09-14T08:00:00Z");
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().to_rfc3339(), "2026-09-14T08:01:00+00:00");
/// assert_eq!(clock.sleepers(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    next_key: u64,
    /// By moment, then by the order in which they went to sleep.
    sleepers: BTreeMap<(Timestamp, u64), Waker>,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self { state: Arc::new(Mutex::new(State { now, next_key: 0, sleepers: BTreeMap::new() })) })
    }

    /// A clock that shows a moment written as in RFC 3339. For literals in tests.
    ///
    /// # Panics
    /// When the text is no such moment: a mistake in the test itself.
    #[must_use]
    pub fn at(moment: &str) -> Arc<Self> {
        Self::new(parse(moment))
    }

    /// The same clock as the port that everything else takes.
    #[must_use]
    pub fn port(self: &Arc<Self>) -> Arc<dyn Clock> {
        Arc::<Self>::clone(self)
    }

    /// Sets the clock, forward or back, and wakes whoever waited for a moment up to then.
    pub fn set(&self, now: Timestamp) {
        let due = {
            let mut state = self.lock();
            state.now = now;
            let later = state.sleepers.split_off(&(now, u64::MAX));
            std::mem::replace(&mut state.sleepers, later)
        };
        // Woken outside the lock: a waker may run code that asks the clock.
        due.into_values().for_each(Waker::wake);
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let now = self.lock().now;
        self.set(after(now, by));
    }

    /// How many wait for a moment that has not come.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// The earliest moment somebody waits for.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.lock().sleepers.keys().next().map(|(moment, _)| *moment)
    }

    /// Jumps to the earliest moment somebody waits for, and tells which it was. `None`: nobody waits, nothing changed.
    pub fn advance_to_next_wake(&self) -> Option<Timestamp> {
        let moment = self.next_wake()?;
        let now = self.lock().now;
        self.set(moment.max(now));
        Some(moment)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    async fn sleep_until(&self, moment: Timestamp) {
        Sleep { clock: self, moment, key: None }.await;
    }
}

/// Registered from its first poll until its moment has come or it is dropped.
struct Sleep<'a> {
    clock: &'a ManualClock,
    moment: Timestamp,
    key: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let moment = self.moment;
        let mut state = self.clock.lock();
        if state.now >= moment {
            return Poll::Ready(());
        }
        let key = self.key.unwrap_or_else(|| {
            state.next_key += 1;
            state.next_key
        });
        state.sleepers.insert((moment, key), context.waker().clone());
        drop(state);
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.lock().sleepers.remove(&(self.moment, key));
        }
    }
}

/// A clock that stands still for ever: who waits for a later moment waits in vain. For tests in which nothing may depend
/// on time passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoppedClock(Timestamp);

impl StoppedClock {
    /// A clock that always shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(now)
    }

    /// A clock that always shows a moment written as in RFC 3339. For literals in tests.
    ///
    /// # Panics
    /// When the text is no such moment: a mistake in the test itself.
    #[must_use]
    pub fn at(moment: &str) -> Self {
        Self(parse(moment))
    }
}

#[async_trait]
impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn sleep_until(&self, moment: Timestamp) {
        if moment > self.0 {
            future::pending::<()>().await;
        }
    }
}

/// A moment later by `by`, or the last moment there is.
pub(crate) fn after(moment: Timestamp, by: Duration) -> Timestamp {
    chrono::Duration::from_std(by).ok().and_then(|by| moment.checked_add_signed(by)).unwrap_or(Timestamp::MAX_UTC)
}

#[expect(clippy::panic, reason = "a wrong literal in a test has no other sensible end")]
fn parse(moment: &str) -> Timestamp {
    match moment.parse() {
        Ok(moment) => moment,
        Err(_) => panic!("`{moment}` is not a moment; write it as 2026-09-14T08:00:00Z"),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::join};

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_its_moment_comes_and_not_before() {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(after(clock.now(), seconds(10))).await }
        });
        tokio::task::yield_now().await;
        assert_eq!((clock.sleepers(), clock.next_wake()), (1, Some(after(clock.now(), seconds(10)))));
        clock.advance(seconds(9));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(seconds(1));
        sleeper.await.unwrap();
        assert_eq!(clock.sleepers(), 0);
    }

    #[test]
    fn a_dropped_sleep_is_forgotten() {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let mut sleep = clock.sleep_until(after(clock.now(), seconds(10)));
        assert!((&mut sleep).now_or_never().is_none());
        assert_eq!(clock.sleepers(), 1);
        drop(sleep);
        assert_eq!((clock.sleepers(), clock.next_wake()), (0, None));
    }

    #[test]
    fn jumping_from_wake_to_wake_visits_every_sleeper_once() {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        let start = clock.now();
        let (early, late) = (after(start, seconds(5)), after(start, seconds(50)));
        let mut both = Box::pin(join(clock.sleep_until(late), clock.sleep_until(early)));
        assert!((&mut both).now_or_never().is_none());
        assert_eq!(clock.advance_to_next_wake(), Some(early));
        assert!((&mut both).now_or_never().is_none());
        assert_eq!(clock.advance_to_next_wake(), Some(late));
        assert!((&mut both).now_or_never().is_some());
        assert_eq!(clock.advance_to_next_wake(), None);
    }

    #[test]
    fn a_moment_that_has_passed_needs_no_waiting() {
        let clock = ManualClock::at("2026-09-14T08:00:00Z");
        assert!(clock.sleep_until(clock.now()).now_or_never().is_some());
        let stopped = StoppedClock::at("2026-09-14T08:00:00Z");
        assert!(stopped.sleep_until(stopped.now()).now_or_never().is_some());
        assert!(stopped.sleep_until(after(stopped.now(), seconds(1))).now_or_never().is_none());
    }
}
