use serde::{Deserialize, Serialize};

use crate::identity::{ActorId, GroupId, TenantId, Timestamp};

/// An access group (tilgangsgruppe) as the tenant describes it. Who is in it stands with each [`User`](super::User), so that
/// one look-up tells all that somebody may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Whose group.
    pub tenant: TenantId,
    /// Which group.
    pub id: GroupId,
    /// How many times the stored group was changed.
    #[serde(default)]
    pub version: u64,
    /// When it was last changed.
    pub changed: Timestamp,
    /// By whom.
    pub changed_by: ActorId,
    /// What it is for, without the name of any person.
    pub purpose: String,
    /// Who answers for who is in it.
    pub owner: ActorId,
}
