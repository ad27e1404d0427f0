//! Requests for access to documents (innsynskrav), R7.8: fetched, registered as incoming entries in the cases they ask about,
//! marked, in this order and each only once; then followed until they are answered.

mod filing;
mod taking;
mod watch;

use std::{sync::Arc, time::Duration};

use sakarkiv_core::{
    calendar::Calendar,
    identity::{CaseId, EntryId, InboxId, Timestamp, UnitId},
    ports::AccessRequests,
    screening::Screening,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::taking::requests_loop;
use crate::{polled::Polled, registration::InboxTarget};

/// A place where requests for access to documents come in, and what is done with them.
///
/// A request becomes one incoming entry in each case that it asks about. What names no open case of ours goes to the unit's
/// distribution case of the year. Whoever asks is a screened party without a name; the name stands with the request's own words
/// in a document that is never published.
#[derive(Debug, Clone)]
#[must_use]
pub struct RequestSource {
    pub(crate) name: InboxId,
    pub(crate) port: Arc<dyn AccessRequests>,
    pub(crate) target: InboxTarget,
    pub(crate) calendar: Calendar,
    pub(crate) answer_within: u32,
    pub(crate) refused_after: u32,
    pub(crate) poll: Duration,
}

impl RequestSource {
    /// Requests under a name that stays, with the unit that gets those which name nothing we know. They are to be answered
    /// within three working days, and every quarter of an hour it is asked for new ones.
    pub fn new(name: InboxId, port: Arc<dyn AccessRequests>, unit: UnitId) -> Self {
        let target =
            InboxTarget { unit, distribution_title: "Innsynskrav til fordeling".to_owned(), confidential: None };
        let (calendar, poll) = (Calendar::new(), Duration::from_secs(15 * 60));
        Self { name, port, target, calendar, answer_within: 3, refused_after: 5, poll }
    }

    /// The working days that count.
    pub fn calendar(mut self, calendar: Calendar) -> Self {
        self.calendar = calendar;
        self
    }

    /// Within how many working days an answer is due. The law says without undue delay (offentleglova § 29); no answer within
    /// five working days can be complained about as a refusal (§ 32).
    pub const fn answer_within(mut self, working_days: u32) -> Self {
        self.answer_within = working_days;
        self
    }

    /// How often it is asked for new ones.
    pub const fn poll(mut self, every: Duration) -> Self {
        self.poll = every;
        self
    }

    /// The screening of the document with the request's own words, which decides who may read them; it hides the document from
    /// the public whatever it says of that. Without one the document is marked as sensitive.
    pub fn screening(mut self, screening: Screening) -> Self {
        self.target.confidential = Some(screening);
        self
    }
}

/// A source at work.
#[derive(Debug)]
pub(crate) struct RequestDesk {
    pub(crate) source: RequestSource,
    /// The kind of its records in the store.
    pub(crate) kind: String,
    pub(crate) polled: Polled,
}

impl RequestDesk {
    pub(crate) fn new(source: RequestSource) -> Self {
        Self { kind: format!("request.{}", source.name), source, polled: Polled::default() }
    }
}

/// What became of a request, by the source's id of it. JSON form: at rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// When it was sent; when it was first seen, for one that could not be fetched.
    pub(crate) sent: Timestamp,
    pub(crate) stage: Stage,
    pub(crate) registered: Vec<Registered>,
}

/// How far a request has come here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// It could not be fetched or registered; people have been told, and it is tried again when due.
    Aside,
    /// It is on record; the source has not been told yet. Due at once.
    Registered,
    /// The source knows, or took no word of it until the answer was due. Due when the answer is.
    Marked,
    /// The unit has been told that the deadline is over. Due when silence counts as a refusal.
    Overdue,
    /// There is nothing more to say about it.
    Closed,
}

/// An entry that a request became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registered {
    pub(crate) case: CaseId,
    pub(crate) entry: EntryId,
}
