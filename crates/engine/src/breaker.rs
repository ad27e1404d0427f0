//! The circuit breaker of one account: whoever does not answer is left alone for a while, and nobody else notices.

use sakarkiv_core::identity::Timestamp;

use crate::policy::{Policy, back_off, later};

/// How an account stands with its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// It works.
    Closed,
    /// It did not answer; nothing is sent until it is tried again.
    Open {
        /// Since when.
        since: Timestamp,
        /// When its connection is checked next.
        retry: Timestamp,
    },
    /// Its credentials or its configuration are at fault; nothing is sent until a check succeeds.
    Stopped {
        /// Since when.
        since: Timestamp,
        /// When it is checked next.
        retry: Timestamp,
    },
    /// It answers its check again; one call at a time goes to it until one succeeds.
    HalfOpen {
        /// Since when it had not answered.
        since: Timestamp,
    },
}

impl BreakerState {
    /// Since when the account does not work, if it does not.
    #[must_use]
    pub const fn outage(self) -> Option<Timestamp> {
        match self {
            Self::Closed => None,
            Self::Open { since, .. } | Self::Stopped { since, .. } | Self::HalfOpen { since } => Some(since),
        }
    }
}

/// What may be done with an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permit {
    /// Calls up to its concurrency.
    Free,
    /// One call at a time.
    One,
    /// First a check of its connection.
    Check,
    /// Nothing before this moment.
    Wait(Timestamp),
}

/// What a call did to the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turned {
    No,
    /// It opened: an outage began.
    Opened {
        since: Timestamp,
    },
    /// It opened for want of credentials or configuration.
    Stopped {
        since: Timestamp,
    },
    /// It closed after an outage.
    Closed {
        since: Timestamp,
    },
}

#[derive(Debug)]
pub(crate) struct Breaker {
    state: BreakerState,
    failures: u32,
    first_failure: Option<Timestamp>,
    /// Openings since the last letter that was taken: a channel whose check works while its sending does not is tried less
    /// and less often.
    openings: u32,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { state: BreakerState::Closed, failures: 0, first_failure: None, openings: 0 }
    }
}

impl Breaker {
    /// As it was left by an earlier process: to be checked at once.
    pub(crate) fn reopened(since: Timestamp, stopped: bool, now: Timestamp) -> Self {
        let state = if stopped {
            BreakerState::Stopped { since, retry: now }
        } else {
            BreakerState::Open { since, retry: now }
        };
        Self { state, ..Self::default() }
    }

    pub(crate) const fn state(&self) -> BreakerState {
        self.state
    }

    pub(crate) fn permit(&self, now: Timestamp) -> Permit {
        match self.state {
            BreakerState::Closed => Permit::Free,
            BreakerState::HalfOpen { .. } => Permit::One,
            BreakerState::Open { retry, .. } | BreakerState::Stopped { retry, .. } => {
                if now >= retry {
                    Permit::Check
                } else {
                    Permit::Wait(retry)
                }
            }
        }
    }

    /// The other side answered. Only an answer to a letter (`letter`) proves that letters get through.
    pub(crate) fn answered(&mut self, letter: bool) -> Turned {
        if letter {
            self.failures = 0;
            self.first_failure = None;
            self.openings = 0;
        }
        match self.state {
            BreakerState::HalfOpen { since } => {
                self.state = BreakerState::Closed;
                self.failures = 0;
                self.first_failure = None;
                Turned::Closed { since }
            }
            _ => Turned::No,
        }
    }

    /// A call that began at `began` got no proper answer.
    pub(crate) fn failed(&mut self, began: Timestamp, now: Timestamp, policy: &Policy, jitter: u64) -> Turned {
        self.failures = self.failures.saturating_add(1);
        let first = *self.first_failure.get_or_insert(began);
        match self.state {
            BreakerState::Closed if self.failures >= policy.breaker_threshold => {
                self.open(first.min(began), now, policy, jitter);
                Turned::Opened { since: first.min(began) }
            }
            BreakerState::Closed => Turned::No,
            // Calls that were under way when it opened say nothing new.
            BreakerState::Open { retry, .. } if now < retry => Turned::No,
            BreakerState::HalfOpen { since } | BreakerState::Open { since, .. } => {
                self.open(since, now, policy, jitter);
                Turned::No
            }
            BreakerState::Stopped { since, .. } => {
                self.state = BreakerState::Stopped { since, retry: self.retry(now, policy, jitter) };
                Turned::No
            }
        }
    }

    /// The other side refused the account.
    pub(crate) fn refused(&mut self, began: Timestamp, now: Timestamp, policy: &Policy, jitter: u64) -> Turned {
        let told = matches!(self.state, BreakerState::Stopped { .. });
        let since = self.state.outage().unwrap_or(began);
        self.state = BreakerState::Stopped { since, retry: self.retry(now, policy, jitter) };
        self.openings = self.openings.saturating_add(1);
        if told { Turned::No } else { Turned::Stopped { since } }
    }

    /// A check of the connection succeeded.
    pub(crate) const fn checked(&mut self) {
        if let BreakerState::Open { since, .. } | BreakerState::Stopped { since, .. } = self.state {
            self.state = BreakerState::HalfOpen { since };
        }
    }

    /// Nothing waits that could prove that a half-open account works; the check has to do.
    pub(crate) const fn nothing_waits(&mut self) -> Turned {
        match self.state {
            BreakerState::HalfOpen { since } => {
                self.state = BreakerState::Closed;
                self.failures = 0;
                self.first_failure = None;
                Turned::Closed { since }
            }
            _ => Turned::No,
        }
    }

    fn open(&mut self, since: Timestamp, now: Timestamp, policy: &Policy, jitter: u64) {
        self.state = BreakerState::Open { since, retry: self.retry(now, policy, jitter) };
        self.openings = self.openings.saturating_add(1);
    }

    fn retry(&self, now: Timestamp, policy: &Policy, jitter: u64) -> Timestamp {
        later(now, back_off(policy.breaker_first, policy.breaker_cap, self.openings, jitter))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn opened() -> (Breaker, Policy) {
        let (mut breaker, policy) = (Breaker::default(), Policy::default());
        for n in 0..i64::from(policy.breaker_threshold) {
            assert_eq!(breaker.permit(at(n)), Permit::Free);
            let turned = breaker.failed(at(n), at(n + 1), &policy, 0);
            assert_eq!(turned == Turned::Opened { since: at(0) }, n + 1 == i64::from(policy.breaker_threshold));
        }
        (breaker, policy)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_dates_the_outage_from_the_first() {
        let (breaker, _) = opened();
        assert_eq!(breaker.state().outage(), Some(at(0)));
        assert!(matches!(breaker.permit(at(6)), Permit::Wait(_)));
        assert_eq!(breaker.permit(at(600)), Permit::Check);
    }

    #[test]
    fn a_letter_that_was_answered_starts_the_count_anew_but_an_answered_look_up_does_not() {
        let (mut breaker, policy) = (Breaker::default(), Policy::default());
        for _ in 0..policy.breaker_threshold - 1 {
            breaker.failed(at(0), at(0), &policy, 0);
        }
        breaker.answered(true);
        assert_eq!(breaker.failed(at(0), at(0), &policy, 0), Turned::No);
        for _ in 0..policy.breaker_threshold - 2 {
            breaker.failed(at(0), at(0), &policy, 0);
            breaker.answered(false);
        }
        assert_eq!(breaker.failed(at(0), at(0), &policy, 0), Turned::Opened { since: at(0) });
    }

    #[test]
    fn after_a_check_one_answer_closes_it_and_one_failure_opens_it_for_longer() {
        let (mut breaker, policy) = opened();
        breaker.checked();
        assert_eq!(breaker.permit(at(600)), Permit::One);
        assert_eq!(breaker.failed(at(600), at(601), &policy, u64::MAX - 1), Turned::No);
        let Permit::Wait(retry) = breaker.permit(at(601)) else { panic!("it is not open") };
        assert!(retry >= at(601) + Duration::from_secs(30));
        breaker.checked();
        assert_eq!(breaker.answered(true), Turned::Closed { since: at(0) });
        assert_eq!(breaker.permit(at(700)), Permit::Free);
    }

    #[test]
    fn a_refused_account_is_told_of_once_and_waits_for_a_check() {
        let (mut breaker, policy) = (Breaker::default(), Policy::default());
        assert_eq!(breaker.refused(at(1), at(2), &policy, 0), Turned::Stopped { since: at(1) });
        assert_eq!(breaker.refused(at(3), at(4), &policy, 0), Turned::No);
        assert_eq!(breaker.answered(true), Turned::No);
        assert!(matches!(breaker.state(), BreakerState::Stopped { .. }));
        breaker.checked();
        assert_eq!(breaker.nothing_waits(), Turned::Closed { since: at(1) });
    }
}
