use chrono::{Days, Months};
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::{
    access::{AccessPolicy, DutyKind, DutyPermit, User},
    identity::{ActorId, EntryId, GrantId, ReviewId, TenantId, Timestamp},
    screening::Private,
};

/// A review of somebody's rights (R2.8): a task with a due date, done with evidence, or overdue and shown as such.
///
/// Changed only by [`mark_overdue`](Self::mark_overdue) and [`finish`](Self::finish). JSON form: the accessors' names as keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Fields")]
pub struct Review(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    tenant: TenantId,
    id: ReviewId,
    version: u64,
    changed: Timestamp,
    user: ActorId,
    subject: ReviewSubject,
    due: Timestamp,
    state: ReviewState,
}

/// What is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewSubject {
    /// Somebody's roles, yearly where they are administrators or archivists.
    Roles,
    /// Somebody's channel accesses, quarterly.
    Channels,
    /// A use of emergency access, once, afterwards.
    Emergency(GrantId),
}

/// How far a review has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// It waits to be done.
    Open,
    /// Its due date passed; it waits all the same.
    Overdue {
        /// When that was noted.
        since: Timestamp,
    },
    /// It was done.
    Done(ReviewReport),
}

/// What a review came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewReport {
    /// Who did it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// What it came to.
    pub outcome: ReviewOutcome,
    /// What it was founded on: who was asked, what was compared.
    pub evidence: Private<String>,
    /// The journal entry it is archived as, where it is.
    #[serde(default)]
    pub entry: Option<EntryId>,
}

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewOutcome {
    /// The rights are needed and stay; or the emergency was one.
    Kept,
    /// Some or all rights were taken away.
    Withdrawn,
    /// The emergency was none; it is to be followed up.
    Misused,
}

/// A review that somebody must be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededReview {
    /// Of whose rights.
    pub user: ActorId,
    /// What is reviewed.
    pub subject: ReviewSubject,
    /// Until when.
    pub due: Timestamp,
}

/// Why a review was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// It is done already.
    #[error("the review is done already; the next one comes by itself")]
    Done,
    /// It is not overdue, or is known to be.
    #[error("the review is not due yet or is marked as overdue already")]
    NotDue,
    /// Without evidence it is none.
    #[error("a review needs evidence; say what it was founded on")]
    NoEvidence,
    /// Somebody without the duty.
    #[error("reviews are done by somebody with the duty `Review` in this tenant; send it there")]
    NotEntitled,
    /// Somebody reviews their own rights.
    #[error("nobody reviews their own rights; let somebody else do it")]
    OwnRights,
}

impl Review {
    /// A review that waits to be done.
    #[must_use]
    pub fn open(tenant: TenantId, id: ReviewId, needed: NeededReview, at: Timestamp) -> Self {
        let NeededReview { user, subject, due } = needed;
        Self(Fields { tenant, id, version: 0, changed: at, user, subject, due, state: ReviewState::Open })
    }

    /// Notes that its due date passed, once: the event that makes it show.
    ///
    /// # Errors
    /// [`ReviewError::NotDue`] before its date or when it is noted already, [`ReviewError::Done`] when it is done.
    pub fn mark_overdue(self, at: Timestamp) -> Result<Self, ReviewError> {
        match self.0.state {
            ReviewState::Done(_) => Err(ReviewError::Done),
            ReviewState::Open if at >= self.0.due => Ok(self.changed_to(ReviewState::Overdue { since: at }, at)),
            ReviewState::Open | ReviewState::Overdue { .. } => Err(ReviewError::NotDue),
        }
    }

    /// Does it, in time or late.
    ///
    /// # Errors
    /// [`ReviewError`] when it is done already, without evidence, or by somebody who may not.
    pub fn finish(
        self,
        by: &DutyPermit,
        outcome: ReviewOutcome,
        evidence: Private<String>,
        entry: Option<EntryId>,
        at: Timestamp,
    ) -> Result<Self, ReviewError> {
        if by.duty() != DutyKind::Review || *by.tenant() != self.0.tenant {
            return Err(ReviewError::NotEntitled);
        }
        if *by.actor() == self.0.user {
            return Err(ReviewError::OwnRights);
        }
        if matches!(self.0.state, ReviewState::Done(_)) {
            return Err(ReviewError::Done);
        }
        if evidence.expose().trim().is_empty() {
            return Err(ReviewError::NoEvidence);
        }
        let report = ReviewReport { by: by.actor().clone(), at, outcome, evidence, entry };
        Ok(self.changed_to(ReviewState::Done(report), at))
    }

    /// Whether it waits to be done, in time or late.
    #[must_use]
    pub const fn waits(&self) -> bool {
        !matches!(self.0.state, ReviewState::Done(_))
    }

    /// Whether its due date has passed without it being done, noted or not.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.waits() && now >= self.0.due
    }

    /// In which tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Which review.
    #[must_use]
    pub const fn id(&self) -> ReviewId {
        self.0.id
    }

    /// How many times the stored review was changed.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.0.version
    }

    /// The same review as stored after a change: for stores.
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.0.version = version;
        self
    }

    /// When it was last changed.
    #[must_use]
    pub const fn changed(&self) -> Timestamp {
        self.0.changed
    }

    /// Whose rights are reviewed.
    #[must_use]
    pub const fn user(&self) -> &ActorId {
        &self.0.user
    }

    /// What is reviewed.
    #[must_use]
    pub const fn subject(&self) -> ReviewSubject {
        self.0.subject
    }

    /// Until when it is to be done.
    #[must_use]
    pub const fn due_date(&self) -> Timestamp {
        self.0.due
    }

    /// When it falls overdue by itself and is to be [marked](Self::mark_overdue); nothing once it is marked or done.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        if matches!(self.0.state, ReviewState::Open) { Some(self.0.due) } else { None }
    }

    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> &ReviewState {
        &self.0.state
    }

    fn finished(&self, subject: ReviewSubject) -> Option<Timestamp> {
        match &self.0.state {
            ReviewState::Done(report) if self.0.subject == subject => Some(report.at),
            ReviewState::Done(_) | ReviewState::Open | ReviewState::Overdue { .. } => None,
        }
    }

    fn changed_to(mut self, state: ReviewState, at: Timestamp) -> Self {
        self.0.state = state;
        self.0.changed = at;
        self
    }
}

/// The reviews of a user's roles and channel accesses that must be put before somebody now (R2.8), given every review of
/// that user so far. None is needed while one waits, nor earlier than the policy's notice before it is due.
#[must_use]
pub fn needed_reviews(user: &User, reviews: &[Review], policy: &AccessPolicy, now: Timestamp) -> Vec<NeededReview> {
    let terms = &policy.reviews;
    let roles = user.roles.iter().filter(|role| terms.roles.contains(&role.role)).map(|role| role.period);
    let channels = user.channels.iter().map(|channel| channel.period);
    let mut needed = Vec::new();
    for (subject, months, periods) in [
        (ReviewSubject::Roles, terms.role_months, roles.collect::<Vec<_>>()),
        (ReviewSubject::Channels, terms.channel_months, channels.collect()),
    ] {
        if reviews.iter().any(|review| review.waits() && review.subject() == subject) {
            continue;
        }
        let last = reviews.iter().filter_map(|review| review.finished(subject)).max();
        let held = periods.iter().filter(|period| period.is_in_force(now));
        let unreviewed_since = held.map(|period| last.map_or(period.from, |last| last.max(period.from))).min();
        let due = unreviewed_since.and_then(|since| since.checked_add_months(Months::new(months)));
        let shown = due.and_then(|due| due.checked_sub_days(Days::new(u64::from(terms.notice_days))));
        if let (Some(due), Some(shown)) = (due, shown)
            && shown <= now
        {
            needed.push(NeededReview { user: user.id.clone(), subject, due });
        }
    }
    needed
}

impl Serialize for Review {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl From<Fields> for Review {
    fn from(fields: Fields) -> Self {
        Self(fields)
    }
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
