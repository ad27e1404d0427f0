use serde::{Deserialize, Serialize};

use crate::identity::{ActorId, TenantId};

/// Who acts, in which tenant and from which client, as the embedding service authenticated them. What they may do is not
/// theirs to say: it comes from the tenant's access register.
///
/// JSON form: `{"tenant": "bodo", "id": "u1", "client": "10.0.0.7"}`; `client` may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// In which tenant; an actor acts in one only.
    pub tenant: TenantId,
    /// Who, as a pseudonym.
    pub id: ActorId,
    /// From which client: a workstation, an address, a program.
    #[serde(default)]
    pub client: Option<String>,
}

impl Actor {
    /// Somebody in a tenant, from a client that is not known.
    #[must_use]
    pub const fn new(tenant: TenantId, id: ActorId) -> Self {
        Self { tenant, id, client: None }
    }

    /// Says from which client.
    #[must_use]
    pub fn from_client(mut self, client: impl Into<String>) -> Self {
        self.client = Some(client.into());
        self
    }
}
