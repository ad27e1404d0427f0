//! Requests and their judgement (R2.4, R2.5), and access in an emergency.

use sakarkiv_core::{
    access::{
        AccessKey, AccessKind, AccessRecord, AccessRequest, Ask, Duty, DutyKind, Grant, GrantRight, GrantScope, Judged,
        Period, Purpose, RecordRef, RequestState, Verdict, break_glass,
    },
    audit::{Activity, AuditOutcome, ObjectRef},
    case::CaseKind,
    identity::{ActorId, GrantId, RequestId, ReviewId},
    ports::{Audience, Op, Subject as About},
    screening::Private,
};

use super::{AccessDesk, AccessError, because};
use crate::{desk::DeskError, rights};

/// What somebody asks for (R2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// For whom: oneself, or an employee when a manager asks.
    pub holder: ActorId,
    /// To read, or to read and write.
    pub right: GrantRight,
    /// On what.
    pub scope: GrantScope,
    /// What the access is for.
    pub purpose: Purpose,
    /// When it is wanted.
    pub period: Period,
    /// The need, in writing.
    pub need: Private<String>,
}

/// How somebody judges a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Granted: what was asked for, or less.
    Grant {
        /// What is given.
        right: GrantRight,
        /// When it counts.
        period: Period,
    },
    /// Refused.
    Refuse,
}

impl AccessDesk<'_, '_> {
    /// Asks for access, for oneself or for an employee. Those who decide are told.
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged.
    pub async fn request(&self, wish: Wish) -> Result<RequestId, AccessError> {
        self.permit(DutyKind::RequestAccess).await?;
        let kind = self.kind_of(&wish.scope).await?;
        let Wish { holder, right, scope, purpose, period, need } = wish;
        let ask =
            Ask { by: self.desk.actor.id.clone(), holder: holder.clone(), right, scope, kind, purpose, period, need };
        let id = RequestId::from_uuid(self.uuid());
        let request = AccessRequest::open(id, ask, &self.policy().await?, self.desk.now())?;
        let event = self.desk.event(Activity::AccessRequested, ObjectRef::Actor(holder));
        let event = because(event.with_detail("request", id.to_string()), &request.ask().need);
        let audience = if request.is_extended() { Audience::HeadArchivist } else { Audience::Archive };
        let text = format!("access was asked for: judge request {id}");
        let told = self.notice(audience, About::Access { record: id.to_string() }, text);
        self.commit(vec![Op::PutAccess(AccessRecord::Request(request)), Op::Audit(event), Op::AddNotice(told)]).await?;
        Ok(id)
    }

    /// Requests that wait to be judged, oldest first.
    ///
    /// # Errors
    /// [`DeskError`]; a refusal is logged.
    pub async fn open_requests(&self) -> Result<Vec<AccessRequest>, DeskError> {
        self.permit_any(&[DutyKind::DecideRequests, DutyKind::DecideExtendedRequests]).await?;
        let filter = rights::of(AccessKind::Request, None);
        let records = rights::all(self.desk.office, self.desk.tenant, &filter).await?;
        let open = records.into_iter().filter_map(|record| match record {
            AccessRecord::Request(request) if *request.state() == RequestState::Open => Some(request),
            _ => None,
        });
        Ok(open.collect())
    }

    /// Judges one request, with a reason. An extended one (R2.5) is archived together with the decision: both journal entries,
    /// the grant and the judgement are one transaction, so no such grant ever counts without them. The holder is told.
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged.
    pub async fn judge(
        &self,
        id: RequestId,
        judgement: Judgement,
        reason: Private<String>,
    ) -> Result<Option<GrantId>, AccessError> {
        let request = self.open_request(id).await?;
        let permit = self.permit(request.decided_by()).await?;
        let (at, holder, extended) = (self.desk.now(), request.ask().holder.clone(), request.is_extended());
        let grant_id = GrantId::from_uuid(self.uuid());
        let verdict = match judgement {
            Judgement::Grant { right, period } => Verdict::Grant { id: grant_id, right, period },
            Judgement::Refuse => Verdict::Refuse,
        };
        let Judged { request, grant } = request.judge(&permit, verdict, reason.clone(), at)?;
        let mut ops = Vec::new();
        let confirmation = if extended {
            Some(self.archive_decision(&request, grant.as_ref(), &reason, &mut ops).await?)
        } else {
            None
        };
        let grant = grant.map(|grant| self.counting(grant, confirmation)).transpose()?;
        let outcome = if grant.is_some() { AuditOutcome::Done } else { AuditOutcome::Refused };
        let event = self.desk.event(Activity::AccessDecided, ObjectRef::Actor(holder.clone())).ended(outcome);
        ops.push(Op::Audit(because(event.with_detail("request", id.to_string()), &reason)));
        ops.push(Op::PutAccess(AccessRecord::Request(request)));
        let given = grant.as_ref().map(Grant::id);
        if let Some(grant) = grant {
            let event = self.desk.event(Activity::GrantGiven, ObjectRef::Actor(holder.clone()));
            ops.push(Op::Audit(event.with_detail("grant", grant.id().to_string())));
            ops.push(Op::PutAccess(AccessRecord::Grant(grant)));
        }
        let answer = if given.is_some() { "granted" } else { "refused" };
        let text = format!("request {id} for access was {answer}");
        ops.push(Op::AddNotice(self.notice(Audience::User(holder), About::Access { record: id.to_string() }, text)));
        self.commit(ops).await?;
        Ok(given)
    }

    /// Takes back a request of one's own that is not judged yet.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn withdraw_request(&self, id: RequestId) -> Result<(), AccessError> {
        let request = self.open_request(id).await?.withdraw(&self.desk.actor.id, self.desk.now())?;
        let event = self.desk.event(Activity::AccessRequested, ObjectRef::Actor(request.ask().holder.clone()));
        let event = event.with_detail("request", id.to_string()).with_detail("withdrawn", "yes");
        self.commit(vec![Op::PutAccess(AccessRecord::Request(request)), Op::Audit(event)]).await
    }

    /// Takes access to one case or entry in an emergency: at once, for reading, for as long as the tenant's policy says. The
    /// head archivist is told in the same transaction, and a review of its use falls due by itself.
    ///
    /// # Errors
    /// [`AccessError`]; a refusal is logged.
    pub async fn break_glass(&self, record: RecordRef, reason: Private<String>) -> Result<GrantId, AccessError> {
        let permit = self.desk.permit(Duty::General(DutyKind::BreakGlass)).await?;
        self.object(record).await?;
        let ids = (GrantId::from_uuid(self.uuid()), ReviewId::from_uuid(self.uuid()));
        let event = because(self.desk.event(Activity::EmergencyAccess, record.into()), &reason);
        let taken = break_glass(&permit, record, reason, ids, &self.policy().await?, self.desk.now())?;
        let id = taken.grant.id();
        let text = format!("{} took emergency access {id}: review whether it was one", self.desk.actor.id);
        let told = self.notice(Audience::HeadArchivist, About::Access { record: id.to_string() }, text);
        let ops = vec![
            Op::Audit(event.with_detail("grant", id.to_string())),
            Op::PutAccess(AccessRecord::Grant(taken.grant)),
            Op::PutAccess(AccessRecord::Review(taken.review)),
            Op::AddNotice(told),
        ];
        self.commit(ops).await?;
        Ok(id)
    }

    async fn open_request(&self, id: RequestId) -> Result<AccessRequest, DeskError> {
        match self.record(&AccessKey::new(AccessKind::Request, &id)).await? {
            AccessRecord::Request(request) => Ok(request),
            _ => Err(DeskError::NotFound),
        }
    }

    /// The kind of the case that is asked about, where it is about one; the rules of R2.5 hang on it.
    async fn kind_of(&self, scope: &GrantScope) -> Result<Option<CaseKind>, DeskError> {
        match scope.record() {
            Some(record @ (RecordRef::Case(_) | RecordRef::Entry(_))) => Ok(Some(self.object(record).await?.kind)),
            _ => Ok(None),
        }
    }
}
