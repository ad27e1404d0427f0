use serde::{Deserialize, Serialize};

use crate::identity::{CaseId, DocumentId, EntryId, TenantId};

/// A record that rights are held on. Each level has its own rights: nothing is handed down (R2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordRef {
    /// A case (saksmappe).
    Case(CaseId),
    /// A journal entry (journalpost).
    Entry(EntryId),
    /// A document description (dokumentbeskrivelse).
    Document(DocumentId),
}

/// What somebody wants to do with a record. Read and write are separate rights (R2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Read it.
    Read,
    /// Change it.
    Write,
}

/// Whether somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is allowed.
    Allowed,
    /// It is refused.
    Refused,
}

/// Leave to read the screened content of one record of one tenant. Only the access decision makes one; it cannot be
/// copied, stored or sent.
#[derive(Debug)]
pub struct ReadPermit {
    tenant: TenantId,
    record: RecordRef,
}

impl ReadPermit {
    pub(crate) const fn new(tenant: TenantId, record: RecordRef) -> Self {
        Self { tenant, record }
    }

    /// Whether the permit is for this record of this tenant.
    #[must_use]
    pub fn covers(&self, tenant: &TenantId, record: &RecordRef) -> bool {
        self.tenant == *tenant && self.record == *record
    }
}
