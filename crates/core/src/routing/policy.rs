use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::identity::ChannelId;

/// Which rules on sensitive mail to organisations apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleSet {
    /// The advice of 2021: nothing in Altinn is safe for content that only few may read, so it goes to the recipient's own
    /// system, through a document share with a person we know, or on paper.
    BeforeConfidentialService,
    /// Since confidential mail (taushetsbelagt post) can be sent: it is a way as well, where somebody can open it.
    ConfidentialService,
}

impl RuleSet {
    /// Every set of rules, oldest first.
    pub const ALL: [Self; 2] = [Self::BeforeConfidentialService, Self::ConfidentialService];
}

/// How one tenant (base) wants letters routed, within what the rules allow: when it took the confidential service into use,
/// and by which channel it prefers to reach it.
///
/// JSON form, for configuration; all may be left out:
/// `{"confidential_service_from": "2022-10-01", "confidential_by": ["altinn", "svarut"]}`.
///
/// ```
/// use chrono::NaiveDate;
/// use sakarkiv_core::routing::{RoutingPolicy, RuleSet};
///
/// let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
/// let policy = RoutingPolicy::default();
/// assert_eq!(policy.rules_on(day(2021, 11, 1)), RuleSet::BeforeConfidentialService);
/// assert_eq!(policy.rules_on(day(2026, 9, 15)), RuleSet::ConfidentialService);
/// assert_eq!(RoutingPolicy::without_confidential_service().rules_on(day(2026, 9, 15)), RuleSet::BeforeConfidentialService);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RoutingPolicy {
    /// From which date, by Norwegian time, the tenant sends confidential mail; never when absent. A tenant's specialist
    /// systems get it at different times, so this is the tenant's own date.
    pub confidential_service_from: Option<NaiveDate>,
    /// The channels by which confidential mail is preferably sent, the most preferred first. Channels that are not named
    /// come after these.
    pub confidential_by: Vec<ChannelId>,
}

impl RoutingPolicy {
    /// A tenant that does not send confidential mail: sensitive letters to organisations go another way.
    #[must_use]
    pub const fn without_confidential_service() -> Self {
        Self { confidential_service_from: None, confidential_by: Vec::new() }
    }

    /// Names the channels by which confidential mail is preferably sent.
    #[must_use]
    pub fn confidential_by(mut self, channels: impl IntoIterator<Item = ChannelId>) -> Self {
        self.confidential_by = channels.into_iter().collect();
        self
    }

    /// Takes the confidential service into use from a date.
    #[must_use]
    pub const fn confidential_service_from(mut self, date: NaiveDate) -> Self {
        self.confidential_service_from = Some(date);
        self
    }

    /// The rules that apply on a date.
    #[must_use]
    pub fn rules_on(&self, date: NaiveDate) -> RuleSet {
        match self.confidential_service_from {
            Some(from) if from <= date => RuleSet::ConfidentialService,
            _ => RuleSet::BeforeConfidentialService,
        }
    }

    /// A channel's place in the preference for confidential mail; the smaller, the sooner it is taken.
    pub(super) fn rank(&self, channel: &ChannelId) -> usize {
        self.confidential_by.iter().position(|named| named == channel).unwrap_or(usize::MAX)
    }
}

impl Default for RoutingPolicy {
    /// The confidential service from 1 October 2022: SvarUt could send to it from that autumn; no source names a day.
    fn default() -> Self {
        Self { confidential_service_from: NaiveDate::from_ymd_opt(2022, 10, 1), confidential_by: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_may_be_left_out_of_a_configuration_in_whole_or_in_part() {
        let read = |text: &str| serde_json::from_str::<RoutingPolicy>(text);
        assert_eq!(read("{}").unwrap(), RoutingPolicy::default());
        let altinn = ChannelId::new("altinn").unwrap();
        assert_eq!(
            read(r#"{"confidential_by": ["altinn"]}"#).unwrap(),
            RoutingPolicy::default().confidential_by([altinn])
        );
        let never = read(r#"{"confidential_service_from": null}"#).unwrap();
        assert_eq!(never, RoutingPolicy::without_confidential_service());
        assert!(read(r#"{"confidential_from": "2022-10-01"}"#).is_err(), "a misspelt setting is no silent default");
    }

    #[test]
    fn the_service_is_used_from_its_first_day_on() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let policy = RoutingPolicy::default().confidential_service_from(day("2023-08-18"));
        assert_eq!(policy.rules_on(day("2023-08-17")), RuleSet::BeforeConfidentialService);
        assert_eq!(policy.rules_on(day("2023-08-18")), RuleSet::ConfidentialService);
    }
}
