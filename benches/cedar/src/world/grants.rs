use std::collections::HashMap;

use chrono::TimeDelta;
use sakarkiv_core::identity::{EntryId, GrantId, RequestId};

use super::{Random, Size, actor, long_ago, now, people::People, why};
use crate::{
    Failed,
    access::{
        AccessPolicy, AccessRequest, Actor, Ask, Confirmation, Duty, DutyKind, DutyPermit, Grant, GrantRight, Object,
        Period, Purpose, RecordRef, Role, RoleAssignment, RoleScope, Subject, User, UserKind, Verdict,
    },
};

/// Grants, by the places of their holders, and who holds them.
pub(super) struct Given {
    pub(super) by_user: Vec<Vec<Grant>>,
    pub(super) holders: HashMap<RecordRef, Vec<usize>>,
    pub(super) count: usize,
}

/// Four in seven are on cases, the others on entries. Each was asked for, judged and, where it must be, archived.
pub(super) fn all(
    random: &mut Random,
    size: Size,
    objects: &[Object],
    people: &People,
    policy: &AccessPolicy,
) -> Result<Given, Failed> {
    let judges = Judges::new(policy)?;
    let (cases, entries) = objects.split_at(size.cases.min(objects.len()));
    let mut given = Given { by_user: vec![Vec::new(); people.users.len()], holders: HashMap::new(), count: 0 };
    for n in 0..size.grants {
        let object = random.pick(if n % 7 < 4 { cases } else { entries }).ok_or("no records")?;
        let holder = random.below(people.users.len());
        let holders = given.holders.entry(object.record).or_default();
        if holders.contains(&holder) {
            continue;
        }
        holders.push(holder);
        let person = people.users.get(holder).ok_or("no such user")?;
        let period = period(random)?;
        let ask = Ask {
            by: person.id.clone(),
            holder: person.id.clone(),
            right: if random.percent(40) { GrantRight::Write } else { GrantRight::Read },
            scope: object.record.into(),
            kind: Some(object.kind),
            purpose: Purpose::Access,
            period,
            need: why(),
        };
        let grant = judges.grant(random, ask, policy)?;
        given.by_user.get_mut(holder).ok_or("no such user")?.push(grant);
        given.count += 1;
    }
    Ok(given)
}

/// One in four has run out.
fn period(random: &mut Random) -> Result<Period, Failed> {
    let from = now() - TimeDelta::days(i64::try_from(random.below(200))? + 101);
    let days = i64::try_from(random.below(100))?;
    let until = if random.percent(25) { now() - TimeDelta::days(days) } else { now() + TimeDelta::days(days + 1) };
    Ok(Period::between(from, until))
}

/// What the head archivist may decide.
struct Judges {
    ordinary: DutyPermit,
    extended: DutyPermit,
}

impl Judges {
    fn new(policy: &AccessPolicy) -> Result<Self, Failed> {
        let head = actor("head")?;
        let mut user = User::new(policy.tenant.clone(), head.clone(), UserKind::Employee, head.clone(), long_ago());
        user.roles.push(RoleAssignment {
            role: Role::HeadArchivist,
            scope: RoleScope::Tenant,
            period: Period::starting(long_ago()),
            granted_by: head.clone(),
            reason: why(),
            decision: None,
        });
        let subject = Subject::compile(&Actor::new(policy.tenant.clone(), head), policy, Some(&user), &[], long_ago());
        let permit = |duty| subject.may(Duty::General(duty)).into_permit().ok_or("the head archivist may not decide");
        Ok(Self { ordinary: permit(DutyKind::DecideRequests)?, extended: permit(DutyKind::DecideExtendedRequests)? })
    }

    fn grant(&self, random: &mut Random, ask: Ask, policy: &AccessPolicy) -> Result<Grant, Failed> {
        let (right, period) = (ask.right, ask.period);
        let request = AccessRequest::open(RequestId::from_uuid(random.id()), ask, policy, long_ago())?;
        let extended = request.is_extended();
        let judge = if extended { &self.extended } else { &self.ordinary };
        let verdict = Verdict::Grant { id: GrantId::from_uuid(random.id()), right, period };
        let grant = request.judge(judge, verdict, why(), long_ago())?.grant.ok_or("nothing was granted")?;
        if !extended {
            return Ok(grant);
        }
        let archived = EntryId::from_uuid(random.id());
        let confirmation = Confirmation { request: archived, decision: archived };
        Ok(grant.confirm(confirmation, judge.actor(), long_ago())?)
    }
}
