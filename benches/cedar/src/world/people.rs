use std::collections::{BTreeSet, HashMap};

use chrono::TimeDelta;
use sakarkiv_core::{
    case::CaseKind,
    identity::{ActorId, EntryId, GroupId, TenantId, UnitId},
    screening::AccessCode,
    sensitivity::SensitivityClass,
};

use super::{GROUPS, Random, UNITS, actor, long_ago, now, why};
use crate::{
    Failed,
    access::{
        Authorisation, Consultancy, GrantRight, GroupMembership, Period, Protected, Role, RoleAssignment, RoleScope,
        ServiceAllowance, ServiceRights, UnitScope, User, UserKind,
    },
};

const USERS: usize = 1_000;

/// Everybody, and the groups they are in.
#[derive(Debug)]
pub(super) struct People {
    pub(super) users: Vec<Person>,
    pub(super) groups: Vec<GroupId>,
    pub(super) units: Vec<UnitId>,
    pub(super) tenant: TenantId,
    members: HashMap<GroupId, Vec<usize>>,
    places: HashMap<ActorId, usize>,
}

/// Somebody who asks. A consultant without an agreement cannot be registered, so the register does not know them.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: ActorId,
    pub(super) user: Option<User>,
}

/// The kinds of case there are, each with the code that its screened records are under and the class of the code.
pub(super) const KINDS: [(CaseKind, &str, SensitivityClass); 4] = [
    (CaseKind::Ordinary, "UO", SensitivityClass::Restricted),
    (CaseKind::PersonnelFile, "P", SensitivityClass::Confidential),
    (CaseKind::PupilFile, "EL", SensitivityClass::Confidential),
    (CaseKind::ChildFile, "BV", SensitivityClass::StrictlyConfidential),
];

/// An access group: what its members are authorised for, and whether they write.
struct Terms {
    id: GroupId,
    kinds: Vec<(CaseKind, &'static str)>,
    right: GrantRight,
}

impl People {
    pub(super) fn new(random: &mut Random, tenant: TenantId) -> Result<Self, Failed> {
        let groups = (0..GROUPS).map(|n| terms(random, n)).collect::<Result<Vec<_>, Failed>>()?;
        let units = (0..UNITS).map(|n| Ok(UnitId::new(format!("enhet-{n}"))?)).collect::<Result<Vec<_>, Failed>>()?;
        let mut people = Self {
            users: Vec::with_capacity(USERS),
            groups: groups.iter().map(|group| group.id.clone()).collect(),
            units,
            tenant,
            members: HashMap::new(),
            places: HashMap::new(),
        };
        for n in 0..USERS {
            let person = people.person(random, n, &groups)?;
            people.places.insert(person.id.clone(), n);
            for membership in person.user.iter().flat_map(|user| &user.memberships) {
                people.members.entry(membership.group.clone()).or_default().push(n);
            }
            people.users.push(person);
        }
        Ok(people)
    }

    pub(super) fn members(&self, group: &GroupId) -> &[usize] {
        self.members.get(group).map_or(&[], Vec::as_slice)
    }

    pub(super) fn place(&self, id: &ActorId) -> Option<usize> {
        self.places.get(id).copied()
    }

    fn person(&self, random: &mut Random, n: usize, groups: &[Terms]) -> Result<Person, Failed> {
        let id = actor(&format!("u{n}"))?;
        let (kind, agreed) = match n % 100 {
            0..94 => (UserKind::Employee, true),
            94..99 => (consultant(random)?, !random.percent(10)),
            _ => (service(random)?, true),
        };
        let mut user = User::new(self.tenant.clone(), id.clone(), kind, actor("admin")?, long_ago());
        if random.percent(2) {
            user.active = Period::between(long_ago(), now() - TimeDelta::days(30));
        }
        if let UserKind::Employee | UserKind::Consultant(_) = user.kind {
            self.add_rights(random, &mut user, n, groups)?;
        }
        Ok(Person { id, user: Some(user).filter(|_| agreed) })
    }

    /// Everybody reads what is open. An employee handles cases in one unit; one in a hundred keeps the archive.
    fn add_rights(&self, random: &mut Random, user: &mut User, n: usize, groups: &[Terms]) -> Result<(), Failed> {
        let unit = random.pick(&self.units).cloned().ok_or("no units")?;
        user.unit = Some(unit.clone());
        let own = RoleScope::Unit { unit, with_sub_units: true };
        user.roles = vec![role(Role::Reader, RoleScope::Tenant)?, role(Role::CaseHandler, own)?];
        if n % 100 == 7 {
            user.roles.push(role(Role::Archivist, RoleScope::Tenant)?);
        }
        for _ in 0..=random.below(3) {
            let group = random.pick(groups).ok_or("no groups")?;
            let (period, granted_by) = (Period::starting(long_ago()), actor("admin")?);
            let subjects = group.kinds.iter().map(|(kind, code)| Ok([Protected::Kind(*kind), code_of(code)?]));
            for subject in subjects.collect::<Result<Vec<_>, Failed>>()?.into_iter().flatten() {
                let (granted_by, units) = (granted_by.clone(), UnitScope::Tenant);
                user.authorisations.push(Authorisation { subject, units, period, granted_by, reason: why() });
            }
            let (right, group) = (group.right, group.id.clone());
            user.memberships.push(GroupMembership { group, right, period, granted_by, reason: why() });
        }
        Ok(())
    }
}

fn terms(random: &mut Random, n: usize) -> Result<Terms, Failed> {
    let kinds = KINDS.iter().filter(|_| random.percent(60)).map(|(kind, code, _)| (*kind, *code)).collect();
    let right = if random.percent(60) { GrantRight::Write } else { GrantRight::Read };
    Ok(Terms { id: GroupId::new(format!("gruppe-{n}"))?, kinds, right })
}

fn code_of(code: &str) -> Result<Protected, Failed> {
    Ok(Protected::Code(AccessCode::new(code)?))
}

fn role(role: Role, scope: RoleScope) -> Result<RoleAssignment, Failed> {
    let (period, granted_by) = (Period::starting(long_ago()), actor("admin")?);
    Ok(RoleAssignment { role, scope, period, granted_by, reason: why(), decision: None })
}

fn consultant(random: &mut Random) -> Result<UserKind, Failed> {
    let until = now() + TimeDelta::days(i64::try_from(random.below(401))? - 100);
    let agreement = EntryId::from_uuid(random.id());
    Ok(UserKind::Consultant(Consultancy { agreement, ordered_by: actor("admin")?, until }))
}

fn service(random: &mut Random) -> Result<UserKind, Failed> {
    let kinds: BTreeSet<CaseKind> = KINDS.iter().filter(|_| random.percent(50)).map(|(kind, ..)| *kind).collect();
    let allowance = ServiceAllowance {
        right: if random.percent(50) { GrantRight::Write } else { GrantRight::Read },
        kinds,
        units: UnitScope::Tenant,
        series: None,
        up_to: SensitivityClass::StrictlyConfidential,
    };
    let (owner, records) = (actor("admin")?, vec![allowance]);
    Ok(UserKind::Service(ServiceRights { integration: "fagsystem".into(), owner, records, opens: BTreeSet::new() }))
}
