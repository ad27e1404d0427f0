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
    /// Began, or came back: a user without any right.
    Joined(User),
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
        "the people feed would take the rights of {leavers} who left and {movers} in another unit, of {employees} \
         employees: more than {percent} percent; check that it is complete and names units as the register does, or raise \
         `max_leavers_percent` for this run"
    )]
    TooMany {
        /// How many would leave.
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
        let working = people.get(&user.id).filter(|person| !person.employed.is_over(now));
        let active = !user.active.is_over(now);
        here += usize::from(active);
        match working {
            None if active => {
                leavers += 1;
                changes.push(PeopleChange::Left(user.clone().left(by, now)));
            }
            Some(person) if !active => {
                let back = User { active: person.employed, ..user.clone() };
                changes.push(PeopleChange::Joined(back.moved(person.unit.clone(), by, now)));
            }
            Some(person) if person.unit != user.unit => {
                movers += 1;
                changes.push(PeopleChange::Moved(user.clone().moved(person.unit.clone(), by, now)));
            }
            None | Some(_) => {}
        }
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
            Self::Joined(user) | Self::Left(user) | Self::Moved(user) => user,
        }
    }

    /// Whether the person's grants are to be withdrawn with it.
    #[must_use]
    pub const fn ends_grants(&self) -> bool {
        matches!(self, Self::Left(_) | Self::Moved(_))
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
