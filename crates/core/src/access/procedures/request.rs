use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::{
    access::{
        AccessPolicy, DutyKind, DutyPermit, Grant, GrantBasis, GrantError, GrantRight, GrantScope, Period,
        grant::NewGrant,
    },
    case::CaseKind,
    identity::{ActorId, GrantId, RequestId, TenantId, Timestamp},
    screening::Private,
};

/// A request for access (R2.4). Anybody may ask; each request is judged singly, with a reason, by somebody entitled who is
/// neither the one who asks nor the one it is for.
///
/// Changed only by [`judge`](Self::judge) and [`withdraw`](Self::withdraw), which consume it. JSON form: the accessors' names
/// as keys.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct AccessRequest(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fields {
    tenant: TenantId,
    id: RequestId,
    version: u64,
    changed: Timestamp,
    ask: Ask,
    extended: bool,
    asked: Timestamp,
    state: RequestState,
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Who asks.
    pub by: ActorId,
    /// For whom: oneself, or an employee when a manager asks.
    pub holder: ActorId,
    /// To read, or to read and write.
    pub right: GrantRight,
    /// On what.
    pub scope: GrantScope,
    /// The kind of the case it is about, where it is about one.
    pub kind: Option<CaseKind>,
    /// What the access is for.
    pub purpose: Purpose,
    /// When it is wanted.
    pub period: Period,
    /// The need, in writing.
    pub need: Private<String>,
}

/// What access is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To get at it.
    Access,
    /// To become its case handler (saksansvarlig).
    Ownership,
}

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It waits to be judged.
    Open,
    /// It was granted: the one grant that came of it.
    Granted {
        /// The judgement.
        judgement: Judgement,
        /// The grant.
        grant: GrantId,
    },
    /// It was refused.
    Refused(Judgement),
    /// Whoever asked took it back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// Who judged a request, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Private<String>,
}

/// How a request is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Granted. A judge may give less than was asked for, never more.
    Grant {
        /// The id of the grant that comes of it.
        id: GrantId,
        /// What is given.
        right: GrantRight,
        /// When it counts.
        period: Period,
    },
    /// Refused.
    Refuse,
}

/// A judged request with the grant that came of it, if any. Both are stored in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Judged {
    /// The request.
    pub request: AccessRequest,
    /// The grant: one for a positive judgement, none for a negative one.
    pub grant: Option<Grant>,
}

/// Why a request was not taken, judged or withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No need or no reason is stated.
    #[error("a request needs a written need and its judgement a reason; state it")]
    NoReason,
    /// The request is not open.
    #[error("the request is judged or withdrawn already; a new need is a new request")]
    NotOpen,
    /// The judge has no duty to decide this request.
    #[error("this request is decided by somebody with the duty `{0:?}`; send it there")]
    NotEntitled(DutyKind),
    /// The judge is the one who asks or the one it is for.
    #[error("nobody judges a request of their own or for themselves; let somebody else decide")]
    OwnRequest,
    /// The judgement gives more than was asked for.
    #[error("a judgement gives what was asked for or less; ask anew for more")]
    MoreThanAsked,
    /// Somebody else than the one who asked wants to withdraw it.
    #[error("a request is withdrawn by the one who asked; judge it instead")]
    NotTheirs,
    /// A request for another tenant.
    #[error("the judge belongs to another tenant; nothing crosses from one to another")]
    OtherTenant,
    /// To become a case handler is asked for one case, with writing.
    #[error("ownership is asked for a single case, with the right to write")]
    OwnershipOfNoCase,
    /// The grant that would come of it cannot be.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

impl AccessRequest {
    /// Takes a request. Whether it is *extended*, so that a written request and its grant must be archived, follows from
    /// what is asked: when a manager asks for an employee, and when a case of a confirmed kind gets another handler or
    /// somebody wants to write in it (R2.5).
    ///
    /// # Errors
    /// [`RequestError::NoReason`] without a stated need, [`RequestError::OwnershipOfNoCase`] when ownership is asked of
    /// anything but a case with writing, [`RequestError::Grant`] when nobody could be given this.
    pub fn open(id: RequestId, ask: Ask, policy: &AccessPolicy, at: Timestamp) -> Result<Self, RequestError> {
        let confirmed_kind = ask.kind.is_some_and(|kind| policy.confirmed_kinds.contains(&kind));
        let extended = ask.by != ask.holder || (confirmed_kind && ask.right == GrantRight::Write);
        let tenant = policy.tenant.clone();
        Self::try_from(Fields {
            tenant,
            id,
            version: 0,
            changed: at,
            ask,
            extended,
            asked: at,
            state: RequestState::Open,
        })
    }

    /// Judges it, once. The permit proves that the judge may decide requests: the head archivist's own duty where the
    /// request is extended.
    ///
    /// # Errors
    /// [`RequestError`] names what stands against it; the request is then as it was, to be loaded again.
    pub fn judge(
        self,
        judge: &DutyPermit,
        verdict: Verdict,
        reason: Private<String>,
        at: Timestamp,
    ) -> Result<Judged, RequestError> {
        let (duty, by) = (self.decided_by(), judge.actor());
        if *judge.tenant() != self.0.tenant {
            return Err(RequestError::OtherTenant);
        }
        if judge.duty() != duty {
            return Err(RequestError::NotEntitled(duty));
        }
        if *by == self.0.ask.by || *by == self.0.ask.holder {
            return Err(RequestError::OwnRequest);
        }
        if self.0.state != RequestState::Open {
            return Err(RequestError::NotOpen);
        }
        if reason.expose().trim().is_empty() {
            return Err(RequestError::NoReason);
        }
        let judgement = Judgement { by: by.clone(), at, reason };
        match verdict {
            Verdict::Refuse => {
                Ok(Judged { request: self.changed_to(RequestState::Refused(judgement), at), grant: None })
            }
            Verdict::Grant { id, right, period } => self.granted(judgement, id, right, period, at),
        }
    }

    /// Takes it back.
    ///
    /// # Errors
    /// [`RequestError::NotTheirs`] for anybody else, [`RequestError::NotOpen`] once it is judged.
    pub fn withdraw(self, by: &ActorId, at: Timestamp) -> Result<Self, RequestError> {
        if *by != self.0.ask.by {
            return Err(RequestError::NotTheirs);
        }
        if self.0.state != RequestState::Open {
            return Err(RequestError::NotOpen);
        }
        Ok(self.changed_to(RequestState::Withdrawn { at }, at))
    }

    /// The duty somebody needs to judge it.
    #[must_use]
    pub const fn decided_by(&self) -> DutyKind {
        if self.0.extended { DutyKind::DecideExtendedRequests } else { DutyKind::DecideRequests }
    }

    /// In which tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Which request.
    #[must_use]
    pub const fn id(&self) -> RequestId {
        self.0.id
    }

    /// How many times the stored request was changed.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.0.version
    }

    /// The same request as stored after a change: for stores.
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

    /// What is asked for.
    #[must_use]
    pub const fn ask(&self) -> &Ask {
        &self.0.ask
    }

    /// When it was asked.
    #[must_use]
    pub const fn asked(&self) -> Timestamp {
        self.0.asked
    }

    /// Whether request and grant must be archived as journal entries (R2.5).
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.0.extended
    }

    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> &RequestState {
        &self.0.state
    }

    fn granted(
        self,
        judgement: Judgement,
        id: GrantId,
        right: GrantRight,
        period: Period,
        at: Timestamp,
    ) -> Result<Judged, RequestError> {
        let ask = &self.0.ask;
        if right > ask.right || !is_within(&period, &ask.period) {
            return Err(RequestError::MoreThanAsked);
        }
        let new = NewGrant {
            tenant: self.0.tenant.clone(),
            id,
            holder: ask.holder.clone(),
            right,
            scope: ask.scope.clone(),
            period,
            reason: judgement.reason.clone(),
            granted_by: judgement.by.clone(),
            basis: GrantBasis::Request { id: self.0.id, extended: self.0.extended },
        };
        let grant = Grant::begin(new, at)?;
        Ok(Judged { request: self.changed_to(RequestState::Granted { judgement, grant: id }, at), grant: Some(grant) })
    }

    fn changed_to(mut self, state: RequestState, at: Timestamp) -> Self {
        self.0.state = state;
        self.0.changed = at;
        self
    }
}

/// Whether one period lies within another.
fn is_within(inner: &Period, outer: &Period) -> bool {
    let ends_in_time = match (inner.until, outer.until) {
        (_, None) => true,
        (Some(inner), Some(outer)) => inner <= outer,
        (None, Some(_)) => false,
    };
    inner.from >= outer.from && ends_in_time
}

impl Serialize for AccessRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl TryFrom<Fields> for AccessRequest {
    type Error = RequestError;
    fn try_from(fields: Fields) -> Result<Self, RequestError> {
        let ask = &fields.ask;
        if ask.need.expose().trim().is_empty() {
            return Err(RequestError::NoReason);
        }
        if ask.scope == GrantScope::Log && ask.right == GrantRight::Write {
            return Err(GrantError::WritesLog.into());
        }
        let one_case = matches!(ask.scope, GrantScope::Case(_)) && ask.right == GrantRight::Write;
        if ask.purpose == Purpose::Ownership && !one_case {
            return Err(RequestError::OwnershipOfNoCase);
        }
        Ok(Self(fields))
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
