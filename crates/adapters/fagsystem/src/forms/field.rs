//! What stands in a field, read leniently: people fill in forms.

use chrono::NaiveDate;
use sakarkiv_core::{
    identity::{NationalIdentityNumber, OrganisationNumber},
    party::PartyIdentity,
};

/// A day as ISO 8601 or as Norwegians write it, with or without a time after it.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
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
