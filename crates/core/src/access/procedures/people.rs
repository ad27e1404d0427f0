use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::{
    access::{AccessPolicy, Actor, Duty, DutyKind, Period, Subject, User, UserKind},
    identity::{ActorId, Timestamp, UnitId},
};

/// A person as the people feed (HR system) has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who, by the pseudonym the register uses.
    pub id: ActorId,
    /// Where the person works.
    pub unit: Option<UnitId>,
    /// From when to when the person is employed.
    pub employed: Period,
}

/// What a feed changes in the register. Each comes to one new version of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleChange {
    /// Began: a user without any right.
    Joined(User),
    /// Came back after the employment was over: a user without any right. What grants are left from before are to be
    /// withdrawn.
    Returned(User),
    /// Stays in the unit for longer or shorter than the register had it: the same user, with the same rights.
    OtherEnd(User),
    /// Left: no longer active, without any right. The person's grants are to be withdrawn.
    Left(User),
    /// Changed jobs: in the new unit, without the rights that went with the old job. The person's grants are to be
    /// withdrawn.
    Moved(User),
}

/// Why a feed was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FeedError {
    /// It would take the rights of more people than the policy lets one feed take.
    #[error(
        "the people feed would take the rights of {leavers} who left or end sooner and {movers} in another unit, of \
         {employees} employees: more than {percent} percent; check that it is complete and names units as the register does, or raise \
         `max_leavers_percent` for this run"
    )]
    TooMany {
        /// How many would leave, now or sooner than the register has it.
        leavers: usize,
        /// How many would change units.
        movers: usize,
        /// Of how many.
        employees: usize,
        /// The most a feed may take.
        percent: u32,
    },
    /// Nobody could give rights any more, nor take the next feed.
    #[error(
        "the people feed would leave nobody who may manage users; check it, or first give somebody who stays a role with \
         that duty in the whole tenant"
    )]
    NoAdministrator,
    /// A person stands in it twice.
    #[error("the people feed has the same person twice; send each once")]
    Twice,
}

/// Compares a complete feed with the register (R2.8): who left or changed jobs loses access, who began gets a user without
/// rights. Consultants and service users are not in the feed and are left alone. Running it again changes nothing.
///
/// How long an employee is active is what the feed says: whoever stays for longer keeps all rights. Whose time ran out left,
/// though nothing they had was in force any more, so that none of it counts again when they come back. To keep an employee out
/// before the employment is over, take their rights.
///
/// Everybody who changes units counts against [`max_leavers_percent`](AccessPolicy::max_leavers_percent) beside those who
/// left, since a feed without units, or with new codes for them, takes as much as one without people.
///
/// # Errors
/// [`FeedError`] when the feed looks broken; then nothing is changed.
pub fn compare_people(
    feed: &[Person],
    users: &[User],
    policy: &AccessPolicy,
    by: &ActorId,
    now: Timestamp,
) -> Result<Vec<PeopleChange>, FeedError> {
    let people: BTreeMap<&ActorId, &Person> = feed.iter().map(|person| (&person.id, person)).collect();
    if people.len() != feed.len() {
        return Err(FeedError::Twice);
    }
    let employees = users.iter().filter(|user| user.kind == UserKind::Employee && user.tenant == policy.tenant);
    let mut changes = Vec::new();
    let (mut here, mut leavers, mut movers) = (0_usize, 0_usize, 0_usize);
    for user in employees {
        let active = !user.active.is_over(now);
        here += usize::from(active);
        let Some(change) = change_of(user, people.get(&user.id).copied(), by, now) else { continue };
        match &change {
            PeopleChange::Left(_) => leavers += usize::from(active),
            PeopleChange::Moved(_) => movers += 1,
            PeopleChange::OtherEnd(stays) => leavers += usize::from(ends_sooner(stays.active, user.active)),
            PeopleChange::Joined(_) | PeopleChange::Returned(_) => {}
        }
        changes.push(change);
    }
    if too_many(leavers.saturating_add(movers), here, policy.max_leavers_percent) {
        return Err(FeedError::TooMany { leavers, movers, employees: here, percent: policy.max_leavers_percent });
    }
    if takes_last_administrator(users, &changes, policy, now) {
        return Err(FeedError::NoAdministrator);
    }
    let known: BTreeSet<&ActorId> = users.iter().map(|user| &user.id).collect();
    let new = feed.iter().filter(|person| !known.contains(&person.id) && !person.employed.is_over(now));
    changes.extend(new.map(|person| {
        let user = User::new(policy.tenant.clone(), person.id.clone(), UserKind::Employee, by.clone(), now);
        PeopleChange::Joined(User { active: person.employed, unit: person.unit.clone(), ..user })
    }));
    Ok(changes)
}

/// What a feed changes for an employee of the register; `person` is what it has under the same id.
fn change_of(user: &User, person: Option<&Person>, by: &ActorId, now: Timestamp) -> Option<PeopleChange> {
    let active = !user.active.is_over(now);
    let Some(person) = person.filter(|person| !person.employed.is_over(now)) else {
        return (active || user.has_something()).then(|| PeopleChange::Left(user.clone().left(by, now)));
    };
    if !active {
        let back = User { active: person.employed, ..user.clone() };
        return Some(PeopleChange::Returned(back.moved(person.unit.clone(), by, now)));
    }
    let active = Period { until: person.employed.until, ..user.active };
    let stays = User { active, changed: now, changed_by: by.clone(), ..user.clone() };
    if person.unit != user.unit {
        Some(PeopleChange::Moved(stays.moved(person.unit.clone(), by, now)))
    } else if active != user.active {
        Some(PeopleChange::OtherEnd(stays))
    } else {
        None
    }
}

fn ends_sooner(period: Period, than: Period) -> bool {
    period.until.is_some_and(|end| !than.is_over(end))
}

/// One is never too many: a small tenant loses people too.
fn too_many(losers: usize, employees: usize, percent: u32) -> bool {
    let allowed = usize::try_from(percent).unwrap_or(usize::MAX);
    losers > 1 && losers.saturating_mul(100) > employees.saturating_mul(allowed)
}

/// Whether somebody may manage users now and nobody after the changes.
fn takes_last_administrator(users: &[User], changes: &[PeopleChange], policy: &AccessPolicy, now: Timestamp) -> bool {
    let changed: BTreeMap<&ActorId, &User> = changes.iter().map(|change| (&change.user().id, change.user())).collect();
    let manages = |user: &User| {
        let actor = Actor::new(policy.tenant.clone(), user.id.clone());
        let subject = Subject::compile(&actor, policy, Some(user), &[], now);
        subject.may(Duty::General(DutyKind::ManageUsers)).permit().is_some()
    };
    users.iter().any(manages) && !users.iter().any(|user| manages(changed.get(&user.id).copied().unwrap_or(user)))
}

impl PeopleChange {
    /// The user as it is to be stored.
    #[must_use]
    pub const fn user(&self) -> &User {
        match self {
            Self::Joined(user) | Self::Returned(user) | Self::OtherEnd(user) | Self::Left(user) | Self::Moved(user) => {
                user
            }
        }
    }

    /// Whether the person's grants are to be withdrawn with it.
    #[must_use]
    pub const fn ends_grants(&self) -> bool {
        matches!(self, Self::Returned(_) | Self::Left(_) | Self::Moved(_))
    }
}

impl User {
    /// The user as of one who left: over at `at`, without any right. What they had stands in the history.
    #[must_use]
    pub fn left(self, by: &ActorId, at: Timestamp) -> Self {
        let active = self.active.ended_by(at);
        Self { active, unit: None, ..self.without_rights(by, at) }
    }

    /// The user in another unit, without the rights that went with the old job. What the user is kept from stays.
    #[must_use]
    pub fn moved(self, to: Option<UnitId>, by: &ActorId, at: Timestamp) -> Self {
        Self { unit: to, ..self.without_rights(by, at) }
    }

    /// Whether there is something that [`left`](Self::left) would take.
    const fn has_something(&self) -> bool {
        self.unit.is_some()
            || !self.roles.is_empty()
            || !self.memberships.is_empty()
            || !self.authorisations.is_empty()
            || !self.channels.is_empty()
    }

    fn without_rights(self, by: &ActorId, at: Timestamp) -> Self {
        Self {
            changed: at,
            changed_by: by.clone(),
            roles: Vec::new(),
            memberships: Vec::new(),
            authorisations: Vec::new(),
            channels: Vec::new(),
            ..self
        }
    }
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
