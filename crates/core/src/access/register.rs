use serde::{Deserialize, Serialize};

use super::{
    AccessPolicy, Grant, Group, User,
    procedures::{AccessRequest, Review},
};
use crate::{
    access::RecordRef,
    identity::{ActorId, TenantId, Timestamp},
};

/// What the access register of a tenant consists of. The store keeps every version.
///
/// JSON form: the record with what sort it is, such as `{"record": "group", "id": "…", …}`; `kind` is a field of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "record")]
#[non_exhaustive]
pub enum AccessRecord {
    /// The tenant's policy; there is one.
    Policy(AccessPolicy),
    /// A user.
    User(User),
    /// An access group.
    Group(Group),
    /// A grant.
    Grant(Grant),
    /// A request for access.
    Request(AccessRequest),
    /// A review of rights.
    Review(Review),
}

/// What sort of record of the register it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the records")]
pub enum AccessKind {
    Policy,
    User,
    Group,
    Grant,
    Request,
    Review,
}

/// Names one record of a tenant's register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccessKey {
    /// What sort of record.
    pub kind: AccessKind,
    /// Its identifier as text; `policy` for the policy.
    pub id: String,
}

impl AccessKey {
    /// The key of the tenant's policy.
    #[must_use]
    pub fn policy() -> Self {
        Self { kind: AccessKind::Policy, id: "policy".to_owned() }
    }

    /// The key of a user.
    #[must_use]
    pub fn user(id: &ActorId) -> Self {
        Self::new(AccessKind::User, id)
    }

    /// The key of a record.
    pub fn new(kind: AccessKind, id: &impl ToString) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl AccessKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [Self::Policy, Self::User, Self::Group, Self::Grant, Self::Request, Self::Review];

    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::User => "user",
            Self::Group => "group",
            Self::Grant => "grant",
            Self::Request => "request",
            Self::Review => "review",
        }
    }

    /// The kind of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl AccessRecord {
    /// Names it within its tenant.
    #[must_use]
    pub fn key(&self) -> AccessKey {
        match self {
            Self::Policy(_) => AccessKey::policy(),
            Self::User(user) => AccessKey::user(&user.id),
            Self::Group(group) => AccessKey::new(AccessKind::Group, &group.id),
            Self::Grant(grant) => AccessKey::new(AccessKind::Grant, &grant.id()),
            Self::Request(request) => AccessKey::new(AccessKind::Request, &request.id()),
            Self::Review(review) => AccessKey::new(AccessKind::Review, &review.id()),
        }
    }

    /// What sort of record it is.
    #[must_use]
    pub const fn kind(&self) -> AccessKind {
        match self {
            Self::Policy(_) => AccessKind::Policy,
            Self::User(_) => AccessKind::User,
            Self::Group(_) => AccessKind::Group,
            Self::Grant(_) => AccessKind::Grant,
            Self::Request(_) => AccessKind::Request,
            Self::Review(_) => AccessKind::Review,
        }
    }

    /// Whose register it stands in.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        match self {
            Self::Policy(policy) => &policy.tenant,
            Self::User(user) => &user.tenant,
            Self::Group(group) => &group.tenant,
            Self::Grant(grant) => grant.tenant(),
            Self::Request(request) => request.tenant(),
            Self::Review(review) => review.tenant(),
        }
    }

    /// How many times the stored record was changed; a store refuses a change that starts from another version.
    #[must_use]
    pub const fn version(&self) -> u64 {
        match self {
            Self::Policy(policy) => policy.version,
            Self::User(user) => user.version,
            Self::Group(group) => group.version,
            Self::Grant(grant) => grant.version(),
            Self::Request(request) => request.version(),
            Self::Review(review) => review.version(),
        }
    }

    /// The same record as stored after a change: for stores.
    #[must_use]
    pub fn with_version(self, version: u64) -> Self {
        match self {
            Self::Policy(policy) => Self::Policy(AccessPolicy { version, ..policy }),
            Self::User(user) => Self::User(User { version, ..user }),
            Self::Group(group) => Self::Group(Group { version, ..group }),
            Self::Grant(grant) => Self::Grant(grant.with_version(version)),
            Self::Request(request) => Self::Request(request.with_version(version)),
            Self::Review(review) => Self::Review(review.with_version(version)),
        }
    }

    /// When it was last changed.
    #[must_use]
    pub const fn changed(&self) -> Timestamp {
        match self {
            Self::Policy(policy) => policy.changed,
            Self::User(user) => user.changed,
            Self::Group(group) => group.changed,
            Self::Grant(grant) => grant.changed(),
            Self::Request(request) => request.changed(),
            Self::Review(review) => review.changed(),
        }
    }

    /// Whom it is about: whose rights it holds, who is to get access, whose rights are reviewed.
    #[must_use]
    pub const fn holder(&self) -> Option<&ActorId> {
        match self {
            Self::Policy(_) | Self::Group(_) => None,
            Self::User(user) => Some(&user.id),
            Self::Grant(grant) => Some(grant.holder()),
            Self::Request(request) => Some(&request.ask().holder),
            Self::Review(review) => Some(review.user()),
        }
    }

    /// The record of the archive it is about, when it is about one.
    #[must_use]
    pub const fn object(&self) -> Option<RecordRef> {
        match self {
            Self::Grant(grant) => grant.record(),
            Self::Request(request) => request.ask().scope.record(),
            Self::Policy(_) | Self::User(_) | Self::Group(_) | Self::Review(_) => None,
        }
    }

    /// The next moment at which something happens by itself: a period ends, a review falls overdue. For a user, the first
    /// end after its last change.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match self {
            Self::User(user) => user.next_end(user.changed),
            Self::Grant(grant) => grant.due(),
            Self::Review(review) => review.due(),
            Self::Policy(_) | Self::Group(_) | Self::Request(_) => None,
        }
    }
}

#[cfg(test)]
#[path = "register_tests.rs"]
mod tests;
