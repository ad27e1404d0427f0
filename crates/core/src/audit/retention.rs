use std::collections::BTreeMap;

use chrono::Months;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::LogClass;
use crate::identity::{ActorId, Timestamp};

/// How long a tenant keeps its logs (R3.3): ten years at least, longer where the tenant says so. Keeping longer is one
/// person's decision; keeping for a shorter time takes two.
///
/// ```
/// use chrono::DateTime;
/// use sakarkiv_core::{audit::{LogClass, Retention, RetentionTerms}, identity::ActorId};
///
/// let (one, two) = (ActorId::new("u1")?, ActorId::new("u2")?);
/// let kept = Retention::standard();
/// assert_eq!(kept.years(LogClass::Security), 10);
///
/// let now = DateTime::UNIX_EPOCH;
/// let longer = kept.settle(RetentionTerms::standard().keeping(LogClass::Security, 25), &one, now)?;
/// assert_eq!(longer.years(LogClass::Security), 25);
///
/// let asked = longer.settle(RetentionTerms::standard(), &one, now)?;
/// assert_eq!(asked.years(LogClass::Security), 25);
/// assert!(asked.confirm(&one).is_err());
/// assert_eq!(asked.confirm(&two)?.years(LogClass::Security), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Retention {
    terms: RetentionTerms,
    proposal: Option<RetentionProposal>,
}

#[derive(Deserialize)]
struct Fields {
    terms: RetentionTerms,
    #[serde(default)]
    proposal: Option<RetentionProposal>,
}

/// For how many years the logs are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionTerms {
    /// The legal minimum by which the tenant is bound, in years; never below [`Retention::LEAST_YEARS`].
    pub floor_years: u32,
    /// Logs that are kept for another time than the minimum, in years.
    #[serde(default)]
    pub years: BTreeMap<LogClass, u32>,
}

/// Shorter terms that wait for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionProposal {
    /// What is proposed.
    pub terms: RetentionTerms,
    /// By whom.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
}

/// Why the keeping of logs was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RetentionError {
    /// Shorter than the law or the tenant's own minimum allows.
    #[error("a log is kept for at least {0} years: choose that or longer")]
    TooShort(u32),
    /// Nothing is proposed.
    #[error("no shorter time is proposed: propose it first")]
    NothingProposed,
    /// The same person twice.
    #[error("a shorter time takes two persons: let another administrator confirm it")]
    SamePerson,
}

impl RetentionTerms {
    /// Ten years for all.
    #[must_use]
    pub const fn standard() -> Self {
        Self { floor_years: Retention::LEAST_YEARS, years: BTreeMap::new() }
    }

    /// The same, with one log kept for so many years.
    #[must_use]
    pub fn keeping(mut self, class: LogClass, years: u32) -> Self {
        self.years.insert(class, years);
        self
    }

    /// What this version cannot place goes into one log, which therefore is never kept for less than any other.
    fn of(&self, class: LogClass) -> u32 {
        if class == LogClass::KEPT_LONGEST {
            return self.years.values().copied().fold(self.floor_years, u32::max);
        }
        self.years.get(&class).copied().unwrap_or(self.floor_years)
    }

    fn check(&self) -> Result<(), RetentionError> {
        let floor = self.floor_years.max(Retention::LEAST_YEARS);
        let shortest = self.years.values().copied().chain([self.floor_years]).min().unwrap_or(floor);
        if shortest < floor { Err(RetentionError::TooShort(floor)) } else { Ok(()) }
    }
}

impl Retention {
    /// The least that logs are kept, in years (R3.3).
    pub const LEAST_YEARS: u32 = 10;

    /// Ten years for all.
    #[must_use]
    pub const fn standard() -> Self {
        Self { terms: RetentionTerms::standard(), proposal: None }
    }

    /// What is in force.
    #[must_use]
    pub const fn terms(&self) -> &RetentionTerms {
        &self.terms
    }

    /// What waits for a second person.
    #[must_use]
    pub const fn proposal(&self) -> Option<&RetentionProposal> {
        self.proposal.as_ref()
    }

    /// For how many years a log is kept.
    #[must_use]
    pub fn years(&self, class: LogClass) -> u32 {
        self.terms.of(class)
    }

    /// The moment before which entries of a log may go.
    #[must_use]
    pub fn may_go_before(&self, class: LogClass, now: Timestamp) -> Timestamp {
        years_before(now, self.years(class))
    }

    /// The moment to which the legal minimum reaches back: nothing later may go, whatever is settled.
    #[must_use]
    pub fn floor(&self, now: Timestamp) -> Timestamp {
        years_before(now, self.terms.floor_years)
    }

    /// Settles other terms: at once when nothing is kept for a shorter time than before, else as a proposal.
    ///
    /// # Errors
    /// [`RetentionError::TooShort`].
    pub fn settle(&self, terms: RetentionTerms, by: &ActorId, at: Timestamp) -> Result<Self, RetentionError> {
        terms.check()?;
        let shorter = terms.floor_years < self.terms.floor_years
            || LogClass::ALL.into_iter().any(|class| terms.of(class) < self.terms.of(class));
        if shorter {
            let proposal = RetentionProposal { terms, by: by.clone(), at };
            return Ok(Self { proposal: Some(proposal), ..self.clone() });
        }
        Ok(Self { terms, proposal: None })
    }

    /// Puts a proposal into force, by somebody else than who proposed it.
    ///
    /// # Errors
    /// [`RetentionError::NothingProposed`], [`RetentionError::SamePerson`].
    pub fn confirm(&self, by: &ActorId) -> Result<Self, RetentionError> {
        let proposal = self.proposal.as_ref().ok_or(RetentionError::NothingProposed)?;
        if proposal.by == *by {
            return Err(RetentionError::SamePerson);
        }
        Ok(Self { terms: proposal.terms.clone(), proposal: None })
    }
}

impl TryFrom<Fields> for Retention {
    type Error = RetentionError;
    fn try_from(fields: Fields) -> Result<Self, RetentionError> {
        fields.terms.check()?;
        if let Some(proposal) = &fields.proposal {
            proposal.terms.check()?;
        }
        Ok(Self { terms: fields.terms, proposal: fields.proposal })
    }
}

fn years_before(now: Timestamp, years: u32) -> Timestamp {
    now.checked_sub_months(Months::new(years.saturating_mul(12))).unwrap_or(Timestamp::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn person(id: &str) -> ActorId {
        ActorId::new(id).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn nothing_is_ever_kept_for_less_than_ten_years_or_the_tenants_own_minimum() {
        let kept = Retention::standard();
        let (by, now) = (person("u1"), DateTime::UNIX_EPOCH);
        for (floor_years, years, least) in [(9, 10, 10), (10, 9, 10), (15, 14, 15), (0, 0, 10)] {
            let terms = RetentionTerms { floor_years, years: [(LogClass::Channel, years)].into() };
            assert_eq!(kept.settle(terms.clone(), &by, now), Err(RetentionError::TooShort(least)));
            let json = serde_json::json!({ "terms": terms });
            assert!(serde_json::from_value::<Retention>(json).is_err(), "not from a file either");
        }
        let terms = RetentionTerms { floor_years: 15, years: [(LogClass::Channel, 15)].into() };
        assert_eq!(kept.settle(terms, &by, now).unwrap().years(LogClass::Security), 15);
    }

    #[test]
    fn a_shorter_time_takes_two_persons_for_each_log_and_for_the_minimum() {
        let long = RetentionTerms { floor_years: 12, years: LogClass::ALL.map(|class| (class, 20)).into() };
        let kept = Retention::standard().settle(long.clone(), &person("u1"), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(kept.proposal(), None, "longer is one person's decision");
        let floor = RetentionTerms { floor_years: 11, ..long.clone() };
        // The log that is kept as long as any stays at twenty whatever it is set to.
        let others = LogClass::ALL.into_iter().filter(|class| *class != LogClass::KEPT_LONGEST);
        for shorter in others.map(|class| long.clone().keeping(class, 19)).chain([floor]) {
            let asked = kept.settle(shorter.clone(), &person("u1"), DateTime::UNIX_EPOCH).unwrap();
            assert_eq!(asked.terms(), &long);
            assert_eq!(asked.confirm(&person("u1")), Err(RetentionError::SamePerson));
            let confirmed = asked.confirm(&person("u2")).unwrap();
            assert_eq!((confirmed.terms(), confirmed.proposal()), (&shorter, None));
        }
        assert_eq!(kept.confirm(&person("u2")), Err(RetentionError::NothingProposed));
    }

    #[test]
    fn the_log_of_what_nobody_can_place_is_kept_as_long_as_any() {
        let terms = RetentionTerms::standard().keeping(LogClass::Channel, 30);
        let kept = Retention::standard().settle(terms, &person("u1"), DateTime::UNIX_EPOCH).unwrap();
        let years = LogClass::ALL.map(|class| (class, kept.years(class)));
        assert!(years.iter().all(|(_, years)| *years <= kept.years(LogClass::KEPT_LONGEST)), "{years:?}");
        assert_eq!(kept.years(LogClass::Security), 10);
    }

    #[test]
    fn what_may_go_is_older_than_its_years_to_the_second() {
        let kept = Retention::standard().settle(
            RetentionTerms::standard().keeping(LogClass::Security, 12),
            &person("u1"),
            DateTime::UNIX_EPOCH,
        );
        let (kept, now) = (kept.unwrap(), at("2026-02-28T12:00:01Z"));
        assert_eq!(kept.may_go_before(LogClass::Security, now), at("2014-02-28T12:00:01Z"));
        assert_eq!(kept.may_go_before(LogClass::Channel, now), at("2016-02-28T12:00:01Z"));
        assert_eq!(kept.floor(now), at("2016-02-28T12:00:01Z"));
    }
}
