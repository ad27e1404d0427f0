use serde::{Deserialize, Serialize};

use crate::identity::Timestamp;

/// From when to when something is in force. It begins with `from` and is over **at** `until`: a right that lasts until
/// midnight gives nothing at midnight.
///
/// JSON form: `{"from": "2026-01-01T00:00:00Z", "until": null}`.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use sakarkiv_core::access::Period;
///
/// let start = DateTime::UNIX_EPOCH;
/// let hour = Period::between(start, start + TimeDelta::hours(1));
/// assert!(hour.is_in_force(start) && !hour.is_in_force(start + TimeDelta::hours(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    /// The first moment.
    pub from: Timestamp,
    /// The moment at which it is over; without one it lasts until somebody ends it.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

impl Period {
    /// From a moment on, without an end.
    #[must_use]
    pub const fn starting(from: Timestamp) -> Self {
        Self { from, until: None }
    }

    /// From one moment to another. When the second is not after the first, it is never in force.
    #[must_use]
    pub const fn between(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until: Some(until) }
    }

    /// Whether it is in force at a moment.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.from <= now && !self.is_over(now)
    }

    /// Whether it is over at a moment, so that it will never be in force again.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// The first moment after `now` at which it begins or ends; nothing when it goes on as it is.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let begins = (self.from > now).then_some(self.from);
        let ends = self.until.filter(|until| *until > now);
        earliest([begins, ends])
    }

    /// The same period, over at `moment` at the latest.
    #[must_use]
    pub fn ended_by(self, moment: Timestamp) -> Self {
        Self { until: Some(self.until.map_or(moment, |until| until.min(moment))), ..self }
    }
}

/// The earliest of some moments.
pub(super) fn earliest(moments: impl IntoIterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    moments.into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_period_begins_at_its_first_second_and_is_over_at_its_last() {
        let period = Period::between(at(10), at(20));
        let in_force: Vec<i64> = (0..30).filter(|second| period.is_in_force(at(*second))).collect();
        assert_eq!(in_force, (10..20).collect::<Vec<_>>());
        let over: Vec<i64> = (0..30).filter(|second| period.is_over(at(*second))).collect();
        assert_eq!(over, (20..30).collect::<Vec<_>>());
        assert!(Period::starting(at(10)).is_in_force(at(1_000_000)) && !Period::starting(at(10)).is_in_force(at(9)));
    }

    #[test]
    fn a_period_whose_end_is_not_after_its_beginning_is_never_in_force() {
        for until in [5, 10] {
            assert!((0..30).all(|second| !Period::between(at(10), at(until)).is_in_force(at(second))));
        }
    }

    #[test]
    fn the_next_change_is_the_beginning_then_the_end_then_none() {
        let period = Period::between(at(10), at(20));
        let changes: Vec<_> = [0, 9, 10, 19, 20].map(|second| period.next_change(at(second))).to_vec();
        assert_eq!(changes, [Some(at(10)), Some(at(10)), Some(at(20)), Some(at(20)), None]);
    }

    #[test]
    fn ending_a_period_never_makes_it_longer() {
        assert_eq!(Period::starting(at(10)).ended_by(at(15)).until, Some(at(15)));
        assert_eq!(Period::between(at(10), at(20)).ended_by(at(15)).until, Some(at(15)));
        assert_eq!(Period::between(at(10), at(20)).ended_by(at(25)).until, Some(at(20)));
    }
}
