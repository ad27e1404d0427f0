//! What stands in a field, read leniently: people fill in forms.

use chrono::{DateTime, NaiveDate};
use sakarkiv_core::{
    calendar::oslo_date,
    identity::{NationalIdentityNumber, OrganisationNumber},
    party::PartyIdentity,
};

/// A day as ISO 8601 or as Norwegians write it, with or without a time after it. A moment with its offset is on the day that
/// it was here.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(oslo_date(moment.to_utc()));
    }
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"].iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok())
}

/// A birth number or an organisation number.
pub(super) fn identity(text: &str) -> Option<PartyIdentity> {
    let person = || NationalIdentityNumber::parse(text).ok().map(PartyIdentity::Person);
    OrganisationNumber::parse(text).ok().map(PartyIdentity::Organisation).or_else(person)
}

/// A number of a property; 0 for a blank.
pub(super) fn number(text: &str) -> Option<u32> {
    if text.is_empty() { Some(0) } else { text.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_on_the_day_that_it_was_here() {
        for (text, read) in [
            ("2026-12-31T23:30:00Z", Some("2027-01-01")),
            ("2026-06-30T21:59:59Z", Some("2026-06-30")),
            ("2026-06-30T22:00:00Z", Some("2026-07-01")),
            ("2027-01-01T00:30:00+01:00", Some("2027-01-01")),
            ("2026-12-31T23:30:00", Some("2026-12-31")),
            ("31.12.2026 23:30", Some("2026-12-31")),
            ("31/12/2026", Some("2026-12-31")),
            ("31.13.2026", None),
            ("", None),
        ] {
            assert_eq!(day(text), read.map(|read| read.parse().unwrap()), "{text}");
        }
    }
}
