use std::{collections::BTreeMap, time::Duration};

use sakarkiv_core::{delivery::Priority, identity::Timestamp};

/// The times and limits the office works by. All have defaults that fit a municipality; change single fields.
///
/// ```
/// use sakarkiv_engine::Policy;
/// use std::time::Duration;
///
/// let mut policy = Policy::default();
/// policy.life_time = Duration::from_secs(5 * 24 * 3600);
/// assert!(policy.back_off_first < policy.back_off_cap);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// The wait after the first temporary failure; doubled with each further one.
    pub back_off_first: Duration,
    /// The longest wait between two attempts.
    pub back_off_cap: Duration,
    /// The longest wait that another side may ask for (`Retry-After`).
    pub retry_after_cap: Duration,
    /// The wait after the first look-up without a hit; doubled with each further one.
    pub look_up_first: Duration,
    /// The longest wait between two look-ups.
    pub look_up_cap: Duration,
    /// After so many look-ups without an answer a person is told that a letter's fate is not known.
    pub look_up_alarm: u32,
    /// How soon after acceptance the first status is asked for.
    pub follow_up_first: Duration,
    /// The longest wait between two questions for a status.
    pub follow_up_cap: Duration,
    /// How long after acceptance statuses are asked for at all.
    pub follow_up_for: Duration,
    /// How long the office tries to get a letter to a channel.
    pub life_time: Duration,
    /// Other life times by kind of letter.
    pub life_times: BTreeMap<Priority, Duration>,
    /// Lying in a mailbox for longer than this is reported as unopened past its deadline. Two working days are the term
    /// after which SvarUt prints, so the default is four days.
    pub unopened_after: Duration,
    /// The longest a call other than `send` and `fetch` may take.
    pub call_timeout: Duration,
    /// What a claim lasts beyond the calls made under it.
    pub lease_margin: Duration,
    /// How long running calls may go on after shutdown was asked for.
    pub grace: Duration,
    /// The longest sleep of an idle pool. Letters handed in by this process wake it at once; this bounds the delay of those
    /// handed in by another process on the same store.
    pub max_sleep: Duration,
    /// So many failures in a row on one account stop it for a while.
    pub breaker_threshold: u32,
    /// The first pause of an account that does not answer; doubled with each further one.
    pub breaker_first: Duration,
    /// The longest such pause.
    pub breaker_cap: Duration,
    /// The wait after the first failure to fetch an inbox item; doubled with each further one.
    pub fetch_retry_first: Duration,
    /// The longest such wait.
    pub fetch_retry_cap: Duration,
    /// How many items of one inbox are fetched at once.
    pub fetch_concurrency: usize,
    /// How many consignments of one source are taken in at once.
    pub consignment_concurrency: usize,
    /// After so many consignments of one source there is a pause, so that a night's bulk leaves room for mail. 0: never.
    pub consignment_batch: usize,
    /// How long that pause is.
    pub consignment_pause: Duration,
}

impl Policy {
    /// When trying to send a letter of this priority ends.
    #[must_use]
    pub fn expires(&self, from: Timestamp, priority: Priority) -> Timestamp {
        later(from, self.life_times.get(&priority).copied().unwrap_or(self.life_time))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            back_off_first: seconds(30),
            back_off_cap: minutes(30),
            retry_after_cap: hours(6),
            look_up_first: seconds(30),
            look_up_cap: minutes(30),
            look_up_alarm: 12,
            follow_up_first: minutes(2),
            follow_up_cap: hours(6),
            follow_up_for: hours(100 * 24),
            life_time: hours(10 * 24),
            life_times: BTreeMap::new(),
            unopened_after: hours(4 * 24),
            call_timeout: seconds(60),
            lease_margin: seconds(60),
            grace: seconds(30),
            max_sleep: seconds(60),
            breaker_threshold: 5,
            breaker_first: seconds(30),
            breaker_cap: minutes(10),
            fetch_retry_first: minutes(5),
            fetch_retry_cap: hours(6),
            fetch_concurrency: 4,
            consignment_concurrency: 2,
            consignment_batch: 50,
            consignment_pause: Duration::from_millis(100),
        }
    }
}

/// `moment` and `wait` later; the end of time when there is no such moment.
pub(crate) fn later(moment: Timestamp, wait: Duration) -> Timestamp {
    chrono::Duration::from_std(wait).ok().and_then(|wait| moment.checked_add_signed(wait)).unwrap_or(Timestamp::MAX_UTC)
}

/// How long from `start` to `end`; nothing when the clock went back.
pub(crate) fn between(start: Timestamp, end: Timestamp) -> Duration {
    end.signed_duration_since(start).to_std().unwrap_or_default()
}

/// Exponential back-off with jitter: between half and all of `first` doubled `times` times, at most `cap`.
pub(crate) fn back_off(first: Duration, cap: Duration, times: u32, jitter: u64) -> Duration {
    let whole = first.saturating_mul(1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX)).min(cap);
    let half = u64::try_from(whole.as_millis() / 2).unwrap_or(u64::MAX / 2);
    Duration::from_millis(half.saturating_add(jitter % half.saturating_add(1)))
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3600)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_letter_kind_may_have_a_life_time_of_its_own() {
        let mut policy = Policy::default();
        policy.life_times.insert(Priority::Health, hours(24));
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(policy.expires(start, Priority::Health), later(start, hours(24)));
        assert_eq!(policy.expires(start, Priority::General), later(start, policy.life_time));
    }

    proptest! {
        #[test]
        fn waits_grow_to_the_cap_and_keep_at_least_half(times in 0_u32..100, jitter: u64) {
            let policy = Policy::default();
            let wait = back_off(policy.back_off_first, policy.back_off_cap, times, jitter);
            let whole = policy.back_off_first.saturating_mul(2_u32.saturating_pow(times)).min(policy.back_off_cap);
            prop_assert!(wait <= whole && wait >= whole / 2);
        }

        #[test]
        fn moments_never_overflow(secs: u64) {
            prop_assert!(later(Timestamp::UNIX_EPOCH, Duration::from_secs(secs)) >= Timestamp::UNIX_EPOCH);
        }
    }
}
