//! Placeholder names that the ports rest on; the domain modules of `core-domain` replace this file.
use serde::{Deserialize, Serialize};

use crate::identity::{TenantId, Timestamp};

/// An event of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Whose.
    pub tenant: TenantId,
}
