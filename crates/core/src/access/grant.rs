use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use super::Period;
use crate::{
    access::RecordRef,
    identity::{ActorId, CaseId, DocumentId, EntryId, GrantId, RequestId, TenantId, Timestamp, UnitId},
    screening::Private,
};

/// A right that one person was given by a decision of its own.
///
/// It says what it is on and nothing more: a grant on a case has no field for a group or for entries, so there is nothing it
/// could hand down (R2.3). What it reaches within the case is the rule `folder_grant`.
///
/// Made only by a [judgement](super::AccessRequest::judge) or by [emergency access](super::break_glass), and
/// changed only by the steps below; JSON form: the accessors' names as keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Grant(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    tenant: TenantId,
    id: GrantId,
    version: u64,
    changed: Timestamp,
    changed_by: ActorId,
    holder: ActorId,
    right: GrantRight,
    scope: GrantScope,
    period: Period,
    reason: Private<String>,
    granted_by: ActorId,
    basis: GrantBasis,
    #[serde(default)]
    confirmation: Option<Confirmation>,
    #[serde(default)]
    notified: Option<Timestamp>,
    state: GrantState,
}

/// What a grant gives: writing includes reading. Two rights, so that reading alone can be given (R2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantRight {
    /// To read.
    Read,
    /// To read and to write.
    Write,
}

/// What a grant is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantScope {
    /// The whole tenant, as far as a unit's official need goes: no group, no code.
    Tenant,
    /// A unit, in the same way.
    Unit {
        /// The unit.
        unit: UnitId,
        /// And those below it.
        with_sub_units: bool,
    },
    /// A series, in the same way.
    Series(String),
    /// A case.
    Case(CaseId),
    /// A journal entry.
    Entry(EntryId),
    /// A document.
    Document(DocumentId),
    /// The log, for reading.
    Log,
}

/// Where a grant comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantBasis {
    /// A request that was judged.
    Request {
        /// The request.
        id: RequestId,
        /// Request and grant must be archived before it counts (R2.5).
        extended: bool,
    },
    /// An emergency, before anybody judged it.
    Emergency,
}

/// The journal entries that an extended request and its grant were archived as (R2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Confirmation {
    /// The written request stating the need.
    pub request: EntryId,
    /// The decision.
    pub decision: EntryId,
}

/// How far a grant has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Judged, but not yet archived: it gives nothing.
    Pending,
    /// It counts, within its period.
    Active,
    /// Its period is over.
    Ended,
    /// Taken back.
    Withdrawn {
        /// By whom.
        by: ActorId,
        /// Why.
        reason: Private<String>,
    },
}

/// Why a step of a grant was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The step does not follow on the grant's state.
    #[error("the grant has already been confirmed, has ended or was withdrawn; ask for a new one")]
    NoSuchStep,
    /// The period of the grant is not over.
    #[error("the period of the grant is not over; withdraw the grant to end it before its time")]
    NotOver,
    /// Nobody writes the log.
    #[error("a grant on the log is for reading; nobody may write the log")]
    WritesLog,
    /// An extended grant that counts without being archived.
    #[error("an extended grant needs the journal entries of its request and its decision before it counts (R2.5)")]
    NotConfirmed,
    /// No reason.
    #[error("a grant or its withdrawal needs a reason; state the need")]
    NoReason,
}

/// What a new grant is made of.
#[derive(Debug, Clone)]
pub(super) struct NewGrant {
    pub(super) tenant: TenantId,
    pub(super) id: GrantId,
    pub(super) holder: ActorId,
    pub(super) right: GrantRight,
    pub(super) scope: GrantScope,
    pub(super) period: Period,
    pub(super) reason: Private<String>,
    pub(super) granted_by: ActorId,
    pub(super) basis: GrantBasis,
}

impl Grant {
    /// A grant at its beginning: one that must be archived waits, others count at once.
    pub(super) fn begin(new: NewGrant, at: Timestamp) -> Result<Self, GrantError> {
        let waits = matches!(new.basis, GrantBasis::Request { extended: true, .. });
        Self::try_from(Fields {
            tenant: new.tenant,
            id: new.id,
            version: 0,
            changed: at,
            changed_by: new.granted_by.clone(),
            holder: new.holder,
            right: new.right,
            scope: new.scope,
            period: new.period,
            reason: new.reason,
            granted_by: new.granted_by,
            basis: new.basis,
            confirmation: None,
            notified: None,
            state: if waits { GrantState::Pending } else { GrantState::Active },
        })
    }

    /// Makes a waiting grant count, now that request and decision are archived (R2.5).
    ///
    /// # Errors
    /// [`GrantError::NoSuchStep`] unless it waits.
    pub fn confirm(mut self, confirmation: Confirmation, by: &ActorId, at: Timestamp) -> Result<Self, GrantError> {
        if self.0.state != GrantState::Pending {
            return Err(GrantError::NoSuchStep);
        }
        self.0.confirmation = Some(confirmation);
        Ok(self.changed_to(GrantState::Active, by, at))
    }

    /// Notes that holder and manager were told. Telling them again notes nothing new.
    ///
    /// # Errors
    /// [`GrantError::NoSuchStep`] unless it counts.
    pub fn notify(mut self, by: &ActorId, at: Timestamp) -> Result<Self, GrantError> {
        if self.0.state != GrantState::Active {
            return Err(GrantError::NoSuchStep);
        }
        self.0.notified.get_or_insert(at);
        Ok(self.changed_to(GrantState::Active, by, at))
    }

    /// Notes that its period is over. It gave nothing from that moment on, noted or not. One that still waits for its
    /// archiving ends in the same way.
    ///
    /// # Errors
    /// [`GrantError::NotOver`] before its time, [`GrantError::NoSuchStep`] when it ended or was withdrawn already.
    pub fn end(self, by: &ActorId, at: Timestamp) -> Result<Self, GrantError> {
        if self.is_closed() {
            return Err(GrantError::NoSuchStep);
        }
        if !self.0.period.is_over(at) {
            return Err(GrantError::NotOver);
        }
        Ok(self.changed_to(GrantState::Ended, by, at))
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`GrantError::NoReason`] without a reason, [`GrantError::NoSuchStep`] when it ended or was withdrawn already.
    pub fn withdraw(self, by: &ActorId, reason: Private<String>, at: Timestamp) -> Result<Self, GrantError> {
        if self.is_closed() {
            return Err(GrantError::NoSuchStep);
        }
        if reason.expose().trim().is_empty() {
            return Err(GrantError::NoReason);
        }
        let state = GrantState::Withdrawn { by: by.clone(), reason };
        Ok(self.changed_to(state, by, at))
    }

    /// Whether it gives anything at a moment.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.0.state == GrantState::Active && self.0.period.is_in_force(now)
    }

    /// The first moment after `now` at which it begins or stops giving anything by itself.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        if self.0.state == GrantState::Active { self.0.period.next_change(now) } else { None }
    }

    /// When it ends by itself and is to be [ended](Self::end); nothing when it has no end or is closed.
    #[must_use]
    pub const fn due(&self) -> Option<Timestamp> {
        if self.is_closed() { None } else { self.0.period.until }
    }

    const fn is_closed(&self) -> bool {
        matches!(self.0.state, GrantState::Ended | GrantState::Withdrawn { .. })
    }

    fn changed_to(mut self, state: GrantState, by: &ActorId, at: Timestamp) -> Self {
        self.0.state = state;
        self.0.changed = at;
        self.0.changed_by = by.clone();
        self
    }

    /// In which tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Which grant.
    #[must_use]
    pub const fn id(&self) -> GrantId {
        self.0.id
    }

    /// How many times the stored grant was changed.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.0.version
    }

    /// The same grant as stored after a change: for stores.
    #[must_use]
    pub const fn with_version(mut self, version: u64) -> Self {
        self.0.version = version;
        self
    }

    /// When it was last changed.
    #[must_use]
    pub const fn changed(&self) -> Timestamp {
        self.0.changed
    }

    /// By whom it was last changed.
    #[must_use]
    pub const fn changed_by(&self) -> &ActorId {
        &self.0.changed_by
    }

    /// Whose right it is.
    #[must_use]
    pub const fn holder(&self) -> &ActorId {
        &self.0.holder
    }

    /// What it gives.
    #[must_use]
    pub const fn right(&self) -> GrantRight {
        self.0.right
    }

    /// What it is on.
    #[must_use]
    pub const fn scope(&self) -> &GrantScope {
        &self.0.scope
    }

    /// The record it is on, when it is on one.
    #[must_use]
    pub const fn record(&self) -> Option<RecordRef> {
        self.0.scope.record()
    }

    /// When it counts.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.0.period
    }

    /// Why it was given.
    #[must_use]
    pub const fn reason(&self) -> &Private<String> {
        &self.0.reason
    }

    /// Who gave it.
    #[must_use]
    pub const fn granted_by(&self) -> &ActorId {
        &self.0.granted_by
    }

    /// Where it comes from.
    #[must_use]
    pub const fn basis(&self) -> GrantBasis {
        self.0.basis
    }

    /// The journal entry with the decision, once archived.
    #[must_use]
    pub fn decision(&self) -> Option<EntryId> {
        self.0.confirmation.map(|confirmation| confirmation.decision)
    }

    /// The journal entries that request and decision were archived as.
    #[must_use]
    pub const fn confirmation(&self) -> Option<Confirmation> {
        self.0.confirmation
    }

    /// When holder and manager were told.
    #[must_use]
    pub const fn notified(&self) -> Option<Timestamp> {
        self.0.notified
    }

    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> &GrantState {
        &self.0.state
    }
}

impl GrantScope {
    /// The record it is, when it is one.
    #[must_use]
    pub const fn record(&self) -> Option<RecordRef> {
        match *self {
            Self::Case(id) => Some(RecordRef::Case(id)),
            Self::Entry(id) => Some(RecordRef::Entry(id)),
            Self::Document(id) => Some(RecordRef::Document(id)),
            Self::Tenant | Self::Unit { .. } | Self::Series(_) | Self::Log => None,
        }
    }
}

impl From<RecordRef> for GrantScope {
    fn from(record: RecordRef) -> Self {
        match record {
            RecordRef::Case(id) => Self::Case(id),
            RecordRef::Entry(id) => Self::Entry(id),
            RecordRef::Document(id) => Self::Document(id),
        }
    }
}

impl Serialize for Grant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for Grant {
    type Error = GrantError;
    fn try_from(fields: Fields) -> Result<Self, GrantError> {
        if fields.scope == GrantScope::Log && fields.right == GrantRight::Write {
            return Err(GrantError::WritesLog);
        }
        if fields.reason.expose().trim().is_empty() {
            return Err(GrantError::NoReason);
        }
        let extended = matches!(fields.basis, GrantBasis::Request { extended: true, .. });
        if fields.state == GrantState::Active && extended && fields.confirmation.is_none() {
            return Err(GrantError::NotConfirmed);
        }
        Ok(Self(fields))
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
