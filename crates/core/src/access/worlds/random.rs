use chrono::{DateTime, TimeDelta};
use uuid::Uuid;

use super::World;
use crate::{
    access::{
        AccessPolicy, Authorisation, Bar, Confirmation, Consultancy, Grant, GrantBasis, GrantRight, GrantScope,
        GroupMembership, Period, Protected, Protection, Reading, RecordRef, Role, RoleAssignment, RoleRights,
        RoleScope, ServiceAllowance, ServiceRights, UnitScope, User, UserKind, Writing, grant::NewGrant,
    },
    case::{Case, CaseKind, CaseNumber, NewCase},
    document::{Document, DocumentMarks},
    identity::{
        ActorId, CaseId, DocumentId, EntryId, GrantId, GroupId, PartyId, RequestId, TenantId, Timestamp, UnitId,
    },
    journal::{EntryKind, EntryNumber, JournalEntry, NewDocument, NewEntry},
    party::{Party, PartyRole},
    screening::{AccessCode, Hides, Private, Screening},
    sensitivity::SensitivityClass,
};

const TENANTS: [&str; 2] = ["bodo", "rost"];
const UNITS: [&str; 5] = ["teknisk", "byplan", "byggesak", "skole", "barnevern"];
const SERIES: [&str; 2] = ["sak", "personal"];
const GROUPS: [&str; 2] = ["inntak", "ledelse"];
const CODES: [&str; 5] = ["UO", "uo", "P", "13", "ZZ"];
const USERS: u128 = 8;
const CASES: u128 = 5;
const HOURS: i64 = 4;

/// `SplitMix64`: small, fast, and the same everywhere.
#[derive(Debug)]
pub(in crate::access) struct Random(pub(in crate::access) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())].clone()
    }

    fn id(&mut self, limit: u128) -> Uuid {
        Uuid::from_u128(u128::from(self.next()) % limit + 1)
    }
}

fn hour(hour: i64) -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

pub(super) fn moments() -> Vec<Timestamp> {
    (0..=HOURS).flat_map(|at| [-1, 0, 1].map(|second| hour(at) + TimeDelta::seconds(second))).collect()
}

/// A world of its seed. Both tenants use the same ids for everything, so that whatever crosses is seen.
pub(super) fn world(seed: u64) -> World {
    let mut random = Random(seed);
    let mut world =
        World { policies: Vec::new(), users: Vec::new(), grants: Vec::new(), cases: Vec::new(), entries: Vec::new() };
    for name in TENANTS {
        let tenant = TenantId::new(name).unwrap();
        world.policies.push(policy(&mut random, &tenant));
        for n in 0..USERS {
            let user = user(&mut random, &tenant, n);
            let held = random.below(5);
            world.grants.extend((0..held).map(|_| grant(&mut random, &tenant, &user.id)));
            world.users.push(user);
        }
        for n in 1..=CASES {
            let case = case(&mut random, &tenant, n);
            for m in 0..2 {
                world.entries.push(entry(&mut random, &case, 2 * n - m));
            }
            world.cases.push(case);
        }
    }
    world
}

pub(super) fn actor(n: u128) -> ActorId {
    ActorId::new(format!("u{n}")).unwrap()
}

fn unit(random: &mut Random) -> UnitId {
    UnitId::new(random.pick(&UNITS)).unwrap()
}

fn why() -> Private<String> {
    "Tjenstlig behov".into()
}

fn period(random: &mut Random) -> Period {
    let from = hour(if random.one_in(3) { i64::try_from(random.below(3)).unwrap() } else { -1 });
    let until = random.one_in(3).then(|| hour(i64::try_from(random.below(5)).unwrap()));
    Period { from, until }
}

fn right(random: &mut Random) -> GrantRight {
    random.pick(&[GrantRight::Read, GrantRight::Write])
}

fn role_scope(random: &mut Random) -> RoleScope {
    match random.below(4) {
        0 => RoleScope::Tenant,
        1 => RoleScope::Series(random.pick(&SERIES).to_owned()),
        _ => RoleScope::Unit { unit: unit(random), with_sub_units: random.one_in(2) },
    }
}

fn unit_scope(random: &mut Random) -> UnitScope {
    if random.one_in(2) {
        UnitScope::Tenant
    } else {
        UnitScope::Unit { unit: unit(random), with_sub_units: random.one_in(2) }
    }
}

fn policy(random: &mut Random, tenant: &TenantId) -> AccessPolicy {
    let id = |text: &str| UnitId::new(text).unwrap();
    let mut policy = AccessPolicy::standard(tenant.clone(), actor(0), hour(-2));
    policy.units = policy.units.with(id("teknisk"), None).with(id("byplan"), Some(id("teknisk")));
    policy.units = policy.units.with(id("byggesak"), Some(id("byplan"))).with(id("skole"), None);
    if random.one_in(4) {
        // A tree that somebody tied into a circle.
        policy.units = policy.units.with(id("teknisk"), Some(id("byggesak")));
    }
    for code in CODES {
        if random.one_in(3) {
            policy.codes.insert(AccessCode::new(code).unwrap(), random.pick(&Protection::ALL));
        }
    }
    if random.one_in(2) {
        policy.kinds.insert(random.pick(&CaseKind::ALL), random.pick(&Protection::ALL));
    }
    if random.one_in(2) {
        policy.need_to_know_series.insert(random.pick(&SERIES).to_owned());
        policy.concealed_kinds.remove(&CaseKind::PupilFile);
    }
    policy.responsible_has_access = !random.one_in(4);
    if random.one_in(3) {
        let rights = RoleRights::new(random.pick(&Reading::ALL), random.pick(&Writing::ALL), []);
        policy.roles.insert(random.pick(&Role::ALL), rights);
    }
    policy
}

fn user(random: &mut Random, tenant: &TenantId, n: u128) -> User {
    let kind = match random.below(8) {
        0 | 1 => UserKind::Consultant(Consultancy {
            agreement: EntryId::from_uuid(Uuid::from_u128(900)),
            ordered_by: actor(0),
            until: hour(i64::try_from(random.below(6)).unwrap()),
        }),
        2 => UserKind::Service(service(random)),
        _ => UserKind::Employee,
    };
    let mut user = User::new(tenant.clone(), actor(n), kind, actor(0), hour(-2));
    if random.one_in(4) {
        user.active = period(random);
    }
    let (roles, authorisations) = (random.below(3), random.below(4));
    user.roles = (0..roles)
        .map(|_| RoleAssignment {
            role: random.pick(&Role::ALL),
            scope: role_scope(random),
            period: period(random),
            granted_by: actor(0),
            reason: why(),
            decision: None,
        })
        .collect();
    user.authorisations = (0..authorisations)
        .map(|_| Authorisation {
            subject: protected(random),
            units: unit_scope(random),
            period: period(random),
            granted_by: actor(0),
            reason: why(),
        })
        .collect();
    for group in GROUPS {
        if random.one_in(2) {
            let (right, period) = (right(random), period(random));
            let group = GroupId::new(group).unwrap();
            user.memberships.push(GroupMembership { group, right, period, granted_by: actor(0), reason: why() });
        }
    }
    if random.one_in(4) {
        user.bars.push(Bar { record: record(random), period: period(random), set_by: actor(0), reason: why() });
    }
    user
}

fn protected(random: &mut Random) -> Protected {
    match random.below(4) {
        0 | 1 => Protected::Code(AccessCode::new(random.pick(&CODES)).unwrap()),
        2 => Protected::Kind(random.pick(&CaseKind::ALL)),
        _ => Protected::Class(random.pick(&SensitivityClass::ALL)),
    }
}

fn service(random: &mut Random) -> ServiceRights {
    let allowances = random.below(3) + 1;
    let records = (0..allowances).map(|_| ServiceAllowance {
        right: right(random),
        kinds: (0..4).map(|_| random.pick(&CaseKind::ALL)).collect(),
        units: unit_scope(random),
        series: random.one_in(2).then(|| [random.pick(&SERIES).to_owned()].into()),
        up_to: random.pick(&SensitivityClass::ALL),
    });
    ServiceRights { integration: "acos".into(), owner: actor(0), records: records.collect(), opens: [].into() }
}

fn record(random: &mut Random) -> RecordRef {
    match random.below(3) {
        0 => RecordRef::Case(CaseId::from_uuid(random.id(CASES))),
        1 => RecordRef::Entry(EntryId::from_uuid(random.id(2 * CASES))),
        _ => RecordRef::Document(DocumentId::from_uuid(random.id(4 * CASES))),
    }
}

fn grant(random: &mut Random, tenant: &TenantId, holder: &ActorId) -> Grant {
    let scope = match random.below(10) {
        0 => GrantScope::Tenant,
        1 => GrantScope::Unit { unit: unit(random), with_sub_units: random.one_in(2) },
        2 => GrantScope::Series(random.pick(&SERIES).to_owned()),
        3 => GrantScope::Log,
        _ => record(random).into(),
    };
    let emergency = scope.record().is_some() && random.one_in(4);
    let extended = random.one_in(3);
    let request = GrantBasis::Request { id: RequestId::from_uuid(Uuid::from_u128(1)), extended };
    let right = if emergency || scope == GrantScope::Log { GrantRight::Read } else { right(random) };
    let new = NewGrant {
        tenant: tenant.clone(),
        id: GrantId::from_uuid(Uuid::from_u128(u128::from(random.next()))),
        holder: holder.clone(),
        right,
        scope,
        period: period(random),
        reason: why(),
        granted_by: actor(0),
        basis: if emergency { GrantBasis::Emergency } else { request },
    };
    let mut grant = Grant::begin(new, hour(-1)).unwrap();
    let archived = EntryId::from_uuid(Uuid::from_u128(901));
    if extended && !emergency && !random.one_in(3) {
        let confirmation = Confirmation { request: archived, decision: archived };
        grant = grant.confirm(confirmation, &actor(0), hour(-1)).unwrap();
    }
    if random.one_in(6) { grant.withdraw(&actor(0), why(), hour(-1)).unwrap() } else { grant }
}

fn screening(random: &mut Random) -> Option<Screening> {
    random.one_in(3).then(|| {
        let hides = if random.one_in(5) { Hides::Everything } else { Hides::TitleWords };
        Screening::new(AccessCode::new(random.pick(&CODES)).unwrap(), "offl. § 14", [hides]).unwrap()
    })
}

fn group(random: &mut Random) -> Option<GroupId> {
    random.one_in(3).then(|| GroupId::new(random.pick(&GROUPS)).unwrap())
}

fn handler(random: &mut Random) -> Option<ActorId> {
    random.one_in(2).then(|| actor(u128::from(random.next()) % USERS))
}

fn case(random: &mut Random, tenant: &TenantId, n: u128) -> Case {
    let kind = if random.one_in(2) { CaseKind::Ordinary } else { random.pick(&CaseKind::ALL) };
    let mut new = NewCase::new(kind, "Sak".into(), unit(random), actor(0));
    new.series = random.one_in(2).then(|| random.pick(&SERIES).to_owned());
    new.screening = screening(random);
    new.access_group = group(random);
    new.case_handler = handler(random);
    let number = CaseNumber::new(2026, u32::try_from(n).unwrap()).unwrap();
    new.open(CaseId::from_uuid(Uuid::from_u128(n)), tenant.clone(), number, hour(-2)).unwrap()
}

fn entry(random: &mut Random, case: &Case, n: u128) -> JournalEntry {
    let mut new = NewEntry::new(EntryKind::Incoming, "Brev".into(), actor(0));
    new.unit = random.one_in(2).then(|| unit(random));
    new.screening = screening(random);
    new.access_group = group(random);
    new.case_handler = handler(random);
    if random.one_in(4) {
        let party = Party::new(PartyId::from_uuid(Uuid::from_u128(n)), PartyRole::Sender, "Kari".into()).unwrap();
        new.parties.push(party.screened(random.one_in(2)));
    }
    let documents = random.below(3);
    for m in 0..documents as u128 {
        let document = document(random, 2 * n - m);
        new.documents.push(if m == 0 { NewDocument::main(document) } else { NewDocument::attachment(document) });
    }
    let number = u32::try_from(n).unwrap();
    let numbers = EntryNumber::new(case.number(), number, 2026, number).unwrap();
    let id = EntryId::from_uuid(Uuid::from_u128(n));
    new.register(id, case.tenant().clone(), case.id(), numbers, hour(-2)).unwrap()
}

fn document(random: &mut Random, n: u128) -> Document {
    let document = Document::new(DocumentId::from_uuid(Uuid::from_u128(n)), "Brev".into()).unwrap();
    let marks = if random.one_in(5) { random.pick(&DocumentMarks::ALL) } else { DocumentMarks::default() };
    document.marked(marks).screened(screening(random).filter(|_| random.one_in(2)))
}
