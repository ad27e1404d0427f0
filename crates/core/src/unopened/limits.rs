use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::facts::{AgeBand, Contacted};

/// A tenant's limits for unopened mail, in Norwegian working days unless another unit is named.
///
/// JSON form, for configuration; everything may be left out:
/// `{"sent": {"remind": 3, "overdue": 7, "critical": 14}, "most_reminders": 2}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// For sent mail that holds confidential personal data.
    pub sent: Terms,
    /// For sent mail that only few may read, such as child welfare: time matters more.
    pub sent_strictly: Terms,
    /// For received mail.
    pub received: Terms,
    /// How long an answer to a reminder is waited for.
    pub between_contacts: u32,
    /// After so many reminders another one is of no use, whether they arrived or not.
    pub most_reminders: u32,
    /// After so many hours beyond the time for the next question a status counts as not known any more.
    pub stale_after_hours: u32,
    /// When SvarUt prints unopened mail, where the account is set to it.
    pub print_after: u32,
    /// For how many days, all days counted, mail that the channel closed unopened is shown.
    pub gone_shown_days: u32,
}

/// When unopened mail gets older bands, in working days since it lay where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// From then on the recipient is reminded.
    pub remind: u32,
    /// From then on it should have been opened.
    pub overdue: u32,
    /// From then on it must get there another way.
    pub critical: u32,
}

/// Limits that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the limits `{0}` must grow: remind, then overdue, then critical")]
pub struct LimitsError(pub &'static str);

impl Limits {
    /// Checks that the bands follow each other.
    ///
    /// # Errors
    /// [`LimitsError`] names the limits that do not.
    pub fn check(&self) -> Result<(), LimitsError> {
        let named = [("sent", self.sent), ("sent_strictly", self.sent_strictly), ("received", self.received)];
        match named.into_iter().find(|(_, terms)| terms.remind > terms.overdue || terms.overdue > terms.critical) {
            Some((name, _)) => Err(LimitsError(name)),
            None => Ok(()),
        }
    }

    /// What a number of contacts, the last so many working days ago, amounts to, beside reminders that never arrived.
    #[must_use]
    pub fn contacted(&self, count: usize, failed_reminders: usize, last_days_ago: Option<i64>) -> Contacted {
        let made = u32::try_from(count.saturating_add(failed_reminders)).unwrap_or(u32::MAX);
        let no_more = made >= self.most_reminders;
        match last_days_ago {
            None if failed_reminders == 0 => Contacted::Never,
            None if no_more => Contacted::Unreachable,
            None => Contacted::Failed,
            Some(days) if days < i64::from(self.between_contacts) => Contacted::Recently,
            Some(_) if no_more => Contacted::Enough,
            Some(_) => Contacted::InVain,
        }
    }
}

impl Default for Limits {
    /// Reminders after 3 working days, overdue after 7, critical after 14; 2, 4 and 8 for what only few may read; 1, 2 and 5
    /// for what we received ourselves.
    fn default() -> Self {
        Self {
            sent: Terms { remind: 3, overdue: 7, critical: 14 },
            sent_strictly: Terms { remind: 2, overdue: 4, critical: 8 },
            received: Terms { remind: 1, overdue: 2, critical: 5 },
            between_contacts: 3,
            most_reminders: 2,
            stale_after_hours: 48,
            print_after: 2,
            gone_shown_days: 180,
        }
    }
}

impl Terms {
    /// The band that so many working days fall into.
    #[must_use]
    pub fn band(&self, working_days: i64) -> AgeBand {
        let reached = |limit: u32| working_days >= i64::from(limit);
        if reached(self.critical) {
            AgeBand::Critical
        } else if reached(self.overdue) {
            AgeBand::Overdue
        } else if reached(self.remind) {
            AgeBand::ToRemind
        } else {
            AgeBand::Fresh
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bands_begin_on_their_day() {
        let terms = Limits::default().sent;
        for (days, band) in [
            (-1, AgeBand::Fresh),
            (2, AgeBand::Fresh),
            (3, AgeBand::ToRemind),
            (6, AgeBand::ToRemind),
            (7, AgeBand::Overdue),
            (13, AgeBand::Overdue),
            (14, AgeBand::Critical),
            (1000, AgeBand::Critical),
        ] {
            assert_eq!(terms.band(days), band, "{days}");
        }
    }

    #[test]
    fn contradicting_limits_are_named() {
        let mut limits = Limits::default();
        assert_eq!(limits.check(), Ok(()));
        limits.received.overdue = 9;
        assert_eq!(limits.check(), Err(LimitsError("received")));
    }

    #[test]
    fn a_tenant_names_only_what_it_wants_otherwise() {
        let limits: Limits = serde_json::from_str(r#"{"most_reminders": 1}"#).unwrap();
        assert_eq!(limits, Limits { most_reminders: 1, ..Limits::default() });
        assert!(serde_json::from_str::<Limits>(r#"{"reminders": 1}"#).is_err());
    }

    #[test]
    fn a_reminder_is_given_time_and_not_repeated_for_ever() {
        let limits = Limits::default();
        for (count, failed, last_days_ago, expected) in [
            (0, 0, None, Contacted::Never),
            (0, 1, None, Contacted::Failed),
            (0, 2, None, Contacted::Unreachable),
            (1, 0, Some(2), Contacted::Recently),
            (1, 0, Some(3), Contacted::InVain),
            (2, 0, Some(3), Contacted::Enough),
            (1, 1, Some(3), Contacted::Enough),
            (9, 0, Some(0), Contacted::Recently),
        ] {
            assert_eq!(
                limits.contacted(count, failed, last_days_ago),
                expected,
                "{count}, {failed}, {last_days_ago:?}"
            );
        }
    }
}
