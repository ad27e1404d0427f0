use std::fmt::Debug;

use async_trait::async_trait;
use uuid::Uuid;

use crate::identity::Timestamp;

/// Time, passed in so that a whole office can run under a simulated clock.
///
/// *Behaviour*
/// - `now` never fails. It may jump, both ways: the engine compares moments, it does not count on them to rise.
/// - `sleep_until` returns at once for a moment that has passed, and is cancellation-safe: dropping it does nothing.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;

    /// Waits until `moment`.
    async fn sleep_until(&self, moment: Timestamp);
}

/// Randomness, passed in for the same reason: identifiers, and jitter that keeps retries apart.
pub trait Entropy: Debug + Send + Sync {
    /// 64 random bits. Must come from the operating system's generator outside simulations.
    fn next_u64(&self) -> u64;
}

/// A new identifier in time order (UUID version 7, RFC 9562), from a clock's moment and an entropy source.
///
/// ```
/// use sakarkiv_core::{identity::{LetterId, Timestamp}, ports::{Entropy, new_uuid}};
///
/// #[derive(Debug)]
/// struct Fixed;
/// impl Entropy for Fixed {
///     fn next_u64(&self) -> u64 { 7 }
/// }
/// let moment = Timestamp::from_timestamp_millis(1_789_459_200_000).unwrap_or_default();
/// let id = LetterId::from_uuid(new_uuid(moment, &Fixed));
/// assert_eq!(id.uuid().get_version_num(), 7);
/// ```
#[must_use]
pub fn new_uuid(now: Timestamp, entropy: &dyn Entropy) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let [a, b, c, d, e, f, g, h] = entropy.next_u64().to_be_bytes();
    let [i, j, ..] = entropy.next_u64().to_be_bytes();
    uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid()
}
