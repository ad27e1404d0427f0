use std::{collections::BTreeSet, hash::Hash};

use super::{
    AccessPolicy, Actor, ChannelRight, DutyKind, Grant, GrantBasis, GrantRight, GrantScope, Listed, Membership, Named,
    Protected, Protection, Reading, RoleScope, ServiceAllowance, Standing, UnitScope, UnitTree, User, UserKind,
    Writing,
    period::earliest,
    quick::{ByKind, QuickMap, QuickSet},
};
use crate::{
    access::RecordRef,
    case::CaseKind,
    identity::{AccountId, ActorId, GroupId, TenantId, Timestamp, UnitId},
    screening::AccessCode,
    sensitivity::SensitivityClass,
};

/// All that one actor may at one moment, compiled so that a decision only looks things up: grants, groups, bars and units by
/// key. What is not in force is left out, so a period that is over gives nothing.
///
/// Compile it anew for each call of a user and let it go afterwards; it says the same until [`valid_until`](Self::valid_until)
/// as long as the register does not change.
#[derive(Debug, Clone)]
pub struct Subject {
    pub(super) tenant: TenantId,
    pub(super) id: ActorId,
    client: Option<String>,
    pub(super) standing: Standing,
    pub(super) rights: Scoped,
    pub(super) memberships: QuickMap<GroupId, Membership>,
    pub(super) codes: QuickMap<AccessCode, UnitCover>,
    pub(super) kinds: QuickMap<CaseKind, UnitCover>,
    pub(super) classes: QuickMap<SensitivityClass, UnitCover>,
    pub(super) grants: QuickMap<RecordRef, Named>,
    pub(super) bars: QuickSet<RecordRef>,
    pub(super) channels: QuickMap<AccountId, ChannelRight>,
    pub(super) reads_log: bool,
    pub(super) service: Service,
    pub(super) terms: Terms,
    valid_until: Option<Timestamp>,
}

/// What roles and broad grants give, by where they give it.
#[derive(Debug, Clone, Default)]
pub(super) struct Scoped {
    everywhere: Reach,
    units: QuickMap<UnitId, Reach>,
    series: QuickMap<String, Reach>,
}

/// What roles and broad grants give in one place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    pub(super) reading: Reading,
    pub(super) writing: Writing,
    pub(super) duties: Duties,
}

/// A set of duties, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Duties(u16);

/// Some units, or all and what has none.
#[derive(Debug, Clone, Default)]
pub(super) struct UnitCover {
    everywhere: bool,
    units: QuickSet<UnitId>,
}

/// What a service user may do.
#[derive(Debug, Clone, Default)]
pub(super) struct Service {
    pub(super) records: Vec<(ServiceAllowance, UnitCover)>,
    pub(super) opens: BTreeSet<CaseKind>,
}

/// What the policy says about a kind of case.
#[derive(Debug, Clone, Copy)]
pub(super) struct KindTerms {
    pub(super) protection: Protection,
    pub(super) concealed: bool,
    pub(super) confirmed: bool,
}

/// What the policy says about records.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) codes: QuickMap<AccessCode, Protection>,
    pub(super) kinds: ByKind<KindTerms>,
    pub(super) closed_series: BTreeSet<String>,
    pub(super) responsible_has_access: bool,
}

impl Subject {
    /// Compiles what an actor may do now. `user` is what the register has under the actor's id, `grants` those it holds;
    /// anything of another tenant or of somebody else is left out. Whom the register does not know gets nothing.
    #[must_use]
    pub fn compile(
        actor: &Actor,
        policy: &AccessPolicy,
        user: Option<&User>,
        grants: &[Grant],
        now: Timestamp,
    ) -> Self {
        let mut subject = Self::bare(actor.tenant.clone(), actor.id.clone(), Terms::of(policy));
        subject.client.clone_from(&actor.client);
        let known = user.filter(|user| user.tenant == actor.tenant && user.id == actor.id);
        let Some(user) = known.filter(|_| policy.tenant == actor.tenant) else {
            return subject;
        };
        subject.standing = standing(user, now);
        let theirs = || grants.iter().filter(|grant| *grant.tenant() == actor.tenant && *grant.holder() == actor.id);
        subject.valid_until = earliest(theirs().map(|grant| grant.next_change(now)).chain([user.next_change(now)]));
        if !matches!(subject.standing, Standing::Employee | Standing::Consultant | Standing::Service) {
            return subject;
        }
        subject.add_user(user, policy, now);
        for grant in theirs().filter(|grant| grant.is_live(now)) {
            subject.add_grant(grant, &policy.units);
        }
        subject
    }

    /// A job of the records office itself, such as dispatch or intake. For the engine, which runs them; never for what comes
    /// from a caller.
    #[must_use]
    pub fn system(tenant: TenantId, id: ActorId) -> Self {
        Self { standing: Standing::System, ..Self::bare(tenant, id, Terms::none()) }
    }

    /// In which tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Who.
    #[must_use]
    pub const fn id(&self) -> &ActorId {
        &self.id
    }

    /// From which client.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.client.as_deref()
    }

    /// What sort of user it is, and whether it is in force.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// The first moment at which it may say something else by itself, because a period in it begins or ends; nothing when
    /// none does.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// Whether it has by roles, broad grants and authorisations what another subject of the same person has not, somewhere.
    pub(super) fn exceeds(&self, other: &Self) -> bool {
        self.rights.exceeds(&other.rights)
            || covers_more(&self.codes, &other.codes)
            || covers_more(&self.kinds, &other.kinds)
            || covers_more(&self.classes, &other.classes)
    }

    fn bare(tenant: TenantId, id: ActorId, terms: Terms) -> Self {
        Self {
            tenant,
            id,
            client: None,
            standing: Standing::Unknown,
            rights: Scoped::default(),
            memberships: QuickMap::default(),
            codes: QuickMap::default(),
            kinds: QuickMap::default(),
            classes: QuickMap::default(),
            grants: QuickMap::default(),
            bars: QuickSet::default(),
            channels: QuickMap::default(),
            reads_log: false,
            service: Service::default(),
            terms,
            valid_until: None,
        }
    }

    fn add_user(&mut self, user: &User, policy: &AccessPolicy, now: Timestamp) {
        let tree = &policy.units;
        let bars = user.bars.iter().filter(|bar| bar.period.is_in_force(now));
        self.bars.extend(bars.map(|bar| bar.record));
        for channel in user.channels.iter().filter(|channel| channel.period.is_in_force(now)) {
            raise(&mut self.channels, channel.account.clone(), channel.right);
        }
        if let UserKind::Service(service) = &user.kind {
            let covered = |allowance: &ServiceAllowance| (allowance.clone(), UnitCover::of(&allowance.units, tree));
            self.service.records = service.records.iter().map(covered).collect();
            self.service.opens.clone_from(&service.opens);
            return;
        }
        for role in user.roles.iter().filter(|role| role.period.is_in_force(now)) {
            let rights = policy.rights_of(role.role);
            let duties = rights.duties.into_iter().fold(Duties::default(), Duties::with);
            let reach = Reach { reading: rights.reading, writing: rights.writing, duties };
            self.rights.add(&role.scope, &reach, tree);
        }
        for membership in user.memberships.iter().filter(|membership| membership.period.is_in_force(now)) {
            let right = match membership.right {
                GrantRight::Read => Membership::Reads,
                GrantRight::Write => Membership::Writes,
            };
            raise(&mut self.memberships, membership.group.clone(), right);
        }
        for authorisation in user.authorisations.iter().filter(|authorisation| authorisation.period.is_in_force(now)) {
            let cover = match &authorisation.subject {
                Protected::Code(code) => self.codes.entry(code.in_capitals()).or_default(),
                Protected::Kind(kind) => self.kinds.entry(*kind).or_default(),
                Protected::Class(class) => self.classes.entry(*class).or_default(),
            };
            cover.add(&authorisation.units, tree);
        }
    }

    /// A service user has no grants: what it may stands in its list, and nowhere else.
    fn add_grant(&mut self, grant: &Grant, tree: &UnitTree) {
        if self.standing == Standing::Service {
            return;
        }
        if let Some(record) = grant.record() {
            let named = match (grant.basis(), grant.right()) {
                (GrantBasis::Emergency, _) => Named::Emergency,
                (GrantBasis::Request { .. }, GrantRight::Read) => Named::Read,
                (GrantBasis::Request { .. }, GrantRight::Write) => Named::Write,
            };
            raise(&mut self.grants, record, named);
            return;
        }
        let scope = match grant.scope() {
            GrantScope::Tenant => RoleScope::Tenant,
            GrantScope::Unit { unit, with_sub_units } => {
                RoleScope::Unit { unit: unit.clone(), with_sub_units: *with_sub_units }
            }
            GrantScope::Series(series) => RoleScope::Series(series.clone()),
            GrantScope::Log => {
                self.reads_log = true;
                return;
            }
            GrantScope::Case(_) | GrantScope::Entry(_) | GrantScope::Document(_) => return,
        };
        let writing = match grant.right() {
            GrantRight::Read => Writing::None,
            GrantRight::Write => Writing::Unit,
        };
        self.rights.add(&scope, &Reach { reading: Reading::Screened, writing, duties: Duties::default() }, tree);
    }
}

impl Scoped {
    fn add(&mut self, scope: &RoleScope, reach: &Reach, tree: &UnitTree) {
        match scope {
            RoleScope::Tenant => self.everywhere.add(reach),
            RoleScope::Unit { unit, with_sub_units: false } => self.units.entry(unit.clone()).or_default().add(reach),
            RoleScope::Unit { unit, with_sub_units: true } => {
                for below in tree.within(unit) {
                    self.units.entry(below.clone()).or_default().add(reach);
                }
            }
            RoleScope::Series(series) => self.series.entry(series.clone()).or_default().add(reach),
        }
    }

    fn exceeds(&self, other: &Self) -> bool {
        let more = |here: &Reach, there: Option<&Reach>| {
            let mut had = other.everywhere;
            had.add(there.unwrap_or(&Reach::default()));
            here.exceeds(&had)
        };
        more(&self.everywhere, None)
            || self.units.iter().any(|(unit, reach)| more(reach, other.units.get(unit)))
            || self.series.iter().any(|(series, reach)| more(reach, other.series.get(series)))
    }

    /// What counts in the whole tenant.
    pub(super) const fn everywhere(&self) -> &Reach {
        &self.everywhere
    }

    /// Every reach, wherever it counts.
    pub(super) fn anywhere(&self) -> impl Iterator<Item = &Reach> {
        std::iter::once(&self.everywhere).chain(self.units.values()).chain(self.series.values())
    }

    /// Every reach that counts for what belongs to a unit and a series.
    pub(super) fn at<'a>(&'a self, unit: Option<&UnitId>, series: Option<&str>) -> impl Iterator<Item = &'a Reach> {
        let unit = unit.and_then(|unit| self.units.get(unit));
        let series = series.and_then(|series| self.series.get(series));
        [Some(&self.everywhere), unit, series].into_iter().flatten()
    }
}

impl Reach {
    fn add(&mut self, more: &Self) {
        self.reading = self.reading.max(more.reading);
        self.writing = self.writing.max(more.writing);
        self.duties = Duties(self.duties.0 | more.duties.0);
    }

    fn exceeds(&self, other: &Self) -> bool {
        self.reading > other.reading || self.writing > other.writing || self.duties.0 & !other.duties.0 != 0
    }
}

impl Duties {
    const fn with(self, duty: DutyKind) -> Self {
        Self(self.0 | 1 << duty as u16)
    }

    pub(super) const fn has(self, duty: DutyKind) -> bool {
        self.0 & (1 << duty as u16) != 0
    }
}

impl UnitCover {
    pub(super) fn of(scope: &UnitScope, tree: &UnitTree) -> Self {
        let mut cover = Self::default();
        cover.add(scope, tree);
        cover
    }

    fn add(&mut self, scope: &UnitScope, tree: &UnitTree) {
        match scope {
            UnitScope::Tenant => self.everywhere = true,
            UnitScope::Unit { unit, with_sub_units: false } => {
                self.units.insert(unit.clone());
            }
            UnitScope::Unit { unit, with_sub_units: true } => self.units.extend(tree.within(unit).cloned()),
        }
    }

    pub(super) fn covers(&self, unit: Option<&UnitId>) -> bool {
        self.everywhere || unit.is_some_and(|unit| self.units.contains(unit))
    }

    fn exceeds(&self, other: &Self) -> bool {
        !other.everywhere && (self.everywhere || !self.units.is_subset(&other.units))
    }
}

impl Terms {
    fn of(policy: &AccessPolicy) -> Self {
        let mut codes = QuickMap::default();
        for (code, protection) in &policy.codes {
            raise(&mut codes, code.in_capitals(), *protection);
        }
        Self {
            codes,
            kinds: ByKind::new(|kind| KindTerms {
                protection: policy.kinds.get(&kind).copied().unwrap_or(Protection::Open),
                concealed: policy.concealed_kinds.contains(&kind),
                confirmed: policy.confirmed_kinds.contains(&kind),
            }),
            closed_series: policy.need_to_know_series.clone(),
            responsible_has_access: policy.responsible_has_access,
        }
    }

    fn none() -> Self {
        Self {
            codes: QuickMap::default(),
            kinds: ByKind::new(|_| KindTerms { protection: Protection::Open, concealed: false, confirmed: false }),
            closed_series: BTreeSet::new(),
            responsible_has_access: false,
        }
    }
}

impl Listed {
    pub(super) const fn of(right: GrantRight) -> Self {
        match right {
            GrantRight::Read => Self::Read,
            GrantRight::Write => Self::Write,
        }
    }
}

fn standing(user: &User, now: Timestamp) -> Standing {
    if !user.active.is_in_force(now) {
        return Standing::Inactive;
    }
    match &user.kind {
        UserKind::Employee => Standing::Employee,
        UserKind::Service(_) => Standing::Service,
        UserKind::Consultant(terms) if terms.until <= now => Standing::Lapsed,
        UserKind::Consultant(_) => Standing::Consultant,
    }
}

/// Whether one of the authorisations reaches units that the others do not reach.
fn covers_more<K: Eq + Hash>(these: &QuickMap<K, UnitCover>, those: &QuickMap<K, UnitCover>) -> bool {
    these.iter().any(|(subject, units)| those.get(subject).is_none_or(|others| units.exceeds(others)))
}

/// Keeps the stronger of what is there and what comes.
fn raise<K: Eq + Hash, V: Copy + Ord>(map: &mut QuickMap<K, V>, key: K, value: V) {
    map.entry(key).and_modify(|present| *present = value.max(*present)).or_insert(value);
}
