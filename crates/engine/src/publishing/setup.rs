use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{Days, NaiveTime, TimeDelta, Timelike};
use sakarkiv_core::{
    calendar::{oslo_date, oslo_datetime, oslo_day_start},
    document::ContentHash,
    identity::{ChannelId, Timestamp},
    ports::{JournalPublisher, LeakCheck, MeetingPublisher},
    publication::PublicationPolicy,
};

use super::state;
use crate::{breaker::Breaker, signal::Signal};

/// What a tenant publishes, by which rules and when, and where (R7).
///
/// When settings of the leak check change, raise the policy's revision: then everything is looked at anew.
#[derive(Debug, Clone)]
#[must_use]
pub struct Publication {
    pub(crate) policy: PublicationPolicy,
    pub(crate) leak_check: Arc<dyn LeakCheck>,
    pub(crate) rhythm: Rhythm,
    pub(crate) publishers: Vec<PublisherTarget>,
}

/// A public journal under the name by which the tenant knows it.
#[derive(Debug, Clone)]
#[must_use]
pub struct PublisherTarget {
    pub(crate) name: ChannelId,
    pub(crate) publisher: Arc<dyn JournalPublisher>,
    pub(crate) meetings: Option<Arc<dyn MeetingPublisher>>,
    pub(crate) pace: Duration,
}

/// When what is new is published. Corrections and withdrawals never wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Once a day, at this time in Norway.
    Daily(NaiveTime),
    /// Again and again after so much time, counted from midnight in Norway.
    Every(Duration),
}

impl Publication {
    /// Publication by a policy, past a leak check, every evening at six.
    pub fn new(policy: PublicationPolicy, leak_check: Arc<dyn LeakCheck>) -> Self {
        let rhythm = Rhythm::Daily(NaiveTime::from_hms_opt(18, 0, 0).unwrap_or(NaiveTime::MIN));
        Self { policy, leak_check, rhythm, publishers: Vec::new() }
    }

    /// Says when what is new is published.
    pub const fn rhythm(mut self, rhythm: Rhythm) -> Self {
        self.rhythm = rhythm;
        self
    }

    /// Adds a public journal. Withdraw what stands in one before leaving it out again.
    pub fn publisher(mut self, target: PublisherTarget) -> Self {
        self.publishers.push(target);
        self
    }
}

impl PublisherTarget {
    /// A public journal. Its name must stay: what stands there is remembered under it.
    pub fn new(name: ChannelId, publisher: Arc<dyn JournalPublisher>) -> Self {
        Self { name, publisher, meetings: None, pace: Duration::ZERO }
    }

    /// Shows the meetings of committees there as well (R7.9). Withdraw them before leaving this out again.
    pub fn meetings(mut self, publisher: Arc<dyn MeetingPublisher>) -> Self {
        self.meetings = Some(publisher);
        self
    }

    /// The time between one call and the next.
    pub const fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }
}

impl Rhythm {
    /// The next moment of the rhythm, now or later.
    #[must_use]
    pub fn next(self, now: Timestamp) -> Timestamp {
        let today = oslo_date(now);
        match self {
            Self::Daily(time) => {
                let days = (0..=1).filter_map(|days| today.checked_add_days(Days::new(days)));
                days.map(|day| on(oslo_day_start(day), time)).find(|moment| *moment >= now).unwrap_or(now)
            }
            Self::Every(wait) => {
                let start = oslo_day_start(today);
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1);
                let passed = now.signed_duration_since(start).num_milliseconds();
                let next = passed.saturating_add(wait - 1).div_euclid(wait).saturating_mul(wait);
                start.checked_add_signed(TimeDelta::milliseconds(next)).unwrap_or(now)
            }
        }
    }
}

/// A time of the day that began at `start`, in Norway, also on the days when the clocks change.
fn on(start: Timestamp, time: NaiveTime) -> Timestamp {
    let seconds = i64::from(time.num_seconds_from_midnight());
    let moment = start.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(start);
    let shown = i64::from(oslo_datetime(moment).time().num_seconds_from_midnight());
    moment.checked_add_signed(TimeDelta::seconds(seconds - shown)).unwrap_or(moment)
}

/// A tenant's publication at work.
#[derive(Debug)]
pub(crate) struct Publishing {
    pub(crate) policy: PublicationPolicy,
    pub(crate) leak_check: Arc<dyn LeakCheck>,
    pub(crate) rhythm: Rhythm,
    /// Raised when something changed that may concern what is published.
    pub(crate) editor: Signal,
    pub(crate) publishers: Vec<Publisher>,
    /// Changes with the policy and the publishers: then everything is looked at anew.
    pub(crate) stamp: ContentHash,
}

/// One public journal at work.
#[derive(Debug)]
pub(crate) struct Publisher {
    pub(crate) name: ChannelId,
    pub(crate) port: Arc<dyn JournalPublisher>,
    pub(crate) meetings: Option<Arc<dyn MeetingPublisher>>,
    pub(crate) pace: Duration,
    /// The kind of its stands in the store.
    pub(crate) kind: String,
    /// The kind of its stands of meetings.
    pub(crate) meeting_kind: String,
    /// Raised when there may be something to do.
    pub(crate) work: Signal,
    /// Raised when something must go or be corrected.
    pub(crate) urgent: Signal,
    live: Mutex<Live>,
}

/// What sort of thing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    Entries,
    Meetings,
}

impl Sort {
    /// What one of them is called.
    pub(crate) const fn one(self) -> &'static str {
        match self {
            Self::Entries => "entry",
            Self::Meetings => "meeting",
        }
    }

    /// What several of them are called.
    pub(crate) const fn several(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Meetings => "meetings",
        }
    }
}

/// What a publisher knows of itself while it runs.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) breaker: Breaker,
    /// People have been told that it refuses us.
    pub(crate) told_refused: bool,
    /// How often in a row comparing did not come to its end, and when it is tried again.
    pub(crate) comparing: (u32, Option<Timestamp>),
}

impl Publishing {
    pub(crate) fn new(publication: Publication) -> Self {
        let Publication { policy, leak_check, rhythm, publishers } = publication;
        let publishers: Vec<Publisher> = publishers.into_iter().map(Publisher::new).collect();
        let names: Vec<&ChannelId> = publishers.iter().map(|publisher| &publisher.name).collect();
        let of_meetings = publishers.iter().filter(|publisher| publisher.meetings.is_some());
        let of_meetings: Vec<&ChannelId> = of_meetings.map(|publisher| &publisher.name).collect();
        // Where no meetings are shown, the stamp is the one of the time before there were any.
        let stamp = match &of_meetings[..] {
            [] => serde_json::to_vec(&(&policy, names)),
            shown => serde_json::to_vec(&(&policy, names, shown)),
        };
        let stamp = ContentHash::of(&stamp.unwrap_or_default());
        Self { policy, leak_check, rhythm, editor: Signal::default(), publishers, stamp }
    }

    /// Tells every publisher that something must go.
    pub(crate) fn hurry(&self) {
        for publisher in &self.publishers {
            publisher.urgent.raise();
            publisher.work.raise();
        }
    }
}

impl Publisher {
    fn new(target: PublisherTarget) -> Self {
        Self {
            kind: state::at(&target.name),
            meeting_kind: state::meetings_at(&target.name),
            name: target.name,
            port: target.publisher,
            meetings: target.meetings,
            pace: target.pace,
            work: Signal::default(),
            urgent: Signal::default(),
            live: Mutex::default(),
        }
    }

    /// The kind of its stands of one sort.
    pub(crate) fn kind_of(&self, sort: Sort) -> &str {
        match sort {
            Sort::Entries => &self.kind,
            Sort::Meetings => &self.meeting_kind,
        }
    }

    /// What it can show.
    pub(crate) fn sorts(&self) -> impl Iterator<Item = Sort> + use<> {
        [Some(Sort::Entries), self.meetings.as_ref().map(|_| Sort::Meetings)].into_iter().flatten()
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_evening_is_the_same_on_the_clock_all_year() {
        let evening = Rhythm::Daily(NaiveTime::from_hms_opt(18, 0, 0).unwrap());
        for (now, next) in [
            ("2026-09-14T08:00:00Z", "2026-09-14T16:00:00Z"),
            ("2026-09-14T16:00:00Z", "2026-09-14T16:00:00Z"),
            ("2026-09-14T16:00:01Z", "2026-09-15T16:00:00Z"),
            ("2026-12-14T08:00:00Z", "2026-12-14T17:00:00Z"),
            ("2026-03-29T00:30:00Z", "2026-03-29T16:00:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-25T17:00:00Z"),
        ] {
            assert_eq!(evening.next(moment(now)), moment(next), "{now}");
        }
    }

    #[test]
    fn an_interval_counts_from_midnight() {
        let hourly = Rhythm::Every(Duration::from_secs(3600));
        assert_eq!(hourly.next(moment("2026-09-14T08:00:00Z")), moment("2026-09-14T08:00:00Z"));
        assert_eq!(hourly.next(moment("2026-09-14T08:00:01Z")), moment("2026-09-14T09:00:00Z"));
        assert!(Rhythm::Every(Duration::ZERO).next(moment("2026-09-14T08:00:01Z")) >= moment("2026-09-14T08:00:01Z"));
    }
}
