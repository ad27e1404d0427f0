//! Placeholder names that the ports rest on; the domain modules of `core-domain` replace this file.
use serde::{Deserialize, Serialize};

use crate::identity::{NationalIdentityNumber, OrganisationNumber};

/// The number of a party.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "number")]
pub enum PartyIdentity {
    /// An organisation.
    Organisation(OrganisationNumber),
    /// A person.
    Person(NationalIdentityNumber),
}
