//! What the tests of the register share: one tenant, a clock of seconds, people with a role, and permits come by honestly.

use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::{
    AccessPolicy, Actor, Ask, Consultancy, Duty, DutyKind, DutyPermit, Grant, GrantBasis, GrantRight, GrantScope,
    Period, Purpose, Role, RoleAssignment, RoleScope, Subject, User, UserKind, grant::NewGrant,
};
use crate::{
    identity::{ActorId, CaseId, EntryId, GrantId, RequestId, TenantId, Timestamp},
    screening::Private,
};

pub(super) fn at(seconds: i64) -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

pub(super) fn tenant() -> TenantId {
    TenantId::new("bodo").unwrap()
}

pub(super) fn who(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

pub(super) fn why() -> Private<String> {
    "Tjenstlig behov".into()
}

pub(super) fn policy() -> AccessPolicy {
    AccessPolicy::standard(tenant(), who("admin"), at(0))
}

pub(super) fn case(n: u128) -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(n))
}

pub(super) fn entry(n: u128) -> EntryId {
    EntryId::from_uuid(Uuid::from_u128(n))
}

pub(super) fn employee(name: &str) -> User {
    User::new(tenant(), who(name), UserKind::Employee, who("admin"), at(0))
}

pub(super) fn consultant(name: &str, until: Timestamp) -> User {
    let terms = Consultancy { agreement: entry(900), ordered_by: who("admin"), until };
    User { kind: UserKind::Consultant(terms), ..employee(name) }
}

pub(super) fn role(role: Role, scope: RoleScope, period: Period) -> RoleAssignment {
    RoleAssignment { role, scope, period, granted_by: who("admin"), reason: why(), decision: None }
}

pub(super) fn with_role(name: &str, given: Role) -> User {
    let roles = vec![role(given, RoleScope::Tenant, Period::starting(at(0)))];
    User { roles, ..employee(name) }
}

pub(super) fn compile(user: &User, grants: &[Grant], now: Timestamp) -> Subject {
    compile_under(&policy(), user, grants, now)
}

pub(super) fn compile_under(policy: &AccessPolicy, user: &User, grants: &[Grant], now: Timestamp) -> Subject {
    Subject::compile(&Actor::new(tenant(), user.id.clone()), policy, Some(user), grants, now)
}

pub(super) fn permit(name: &str, given: Role, duty: DutyKind) -> DutyPermit {
    compile(&with_role(name, given), &[], at(0)).may(Duty::General(duty)).into_permit().unwrap()
}

pub(super) fn permit_elsewhere(name: &str, duty: DutyKind) -> DutyPermit {
    let elsewhere = TenantId::new("rost").unwrap();
    let user = User { tenant: elsewhere.clone(), ..with_role(name, Role::HeadArchivist) };
    let policy = AccessPolicy { tenant: elsewhere.clone(), ..policy() };
    let subject = Subject::compile(&Actor::new(elsewhere, who(name)), &policy, Some(&user), &[], at(0));
    subject.may(Duty::General(duty)).into_permit().unwrap()
}

pub(super) fn ask(by: &str, holder: &str) -> Ask {
    Ask {
        by: who(by),
        holder: who(holder),
        right: GrantRight::Write,
        scope: GrantScope::Case(case(1)),
        kind: None,
        purpose: Purpose::Access,
        period: Period::between(at(10), at(20)),
        need: why(),
    }
}

pub(super) fn new_grant(holder: &str, scope: GrantScope, right: GrantRight, extended: bool) -> NewGrant {
    NewGrant {
        tenant: tenant(),
        id: GrantId::from_uuid(Uuid::from_u128(1)),
        holder: who(holder),
        right,
        scope,
        period: Period::between(at(10), at(20)),
        reason: why(),
        granted_by: who("head"),
        basis: GrantBasis::Request { id: RequestId::from_uuid(Uuid::from_u128(1)), extended },
    }
}

pub(super) fn grant(holder: &str, scope: GrantScope, right: GrantRight) -> Grant {
    Grant::begin(new_grant(holder, scope, right, false), at(0)).unwrap()
}
