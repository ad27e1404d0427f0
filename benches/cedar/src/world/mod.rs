//! A municipality of 1,000 users, 100,000 cases with three entries each, and 70,000 grants; and 200,000 requests. The same
//! for the same seeds.

mod grants;
mod people;
mod random;
mod records;

pub use random::Random;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta};
use sakarkiv_core::{
    identity::{ActorId, TenantId, Timestamp},
    screening::Private,
};

use crate::{
    Failed,
    access::{AccessPolicy, Action, Actor, Grant, Object, RecordRef, Subject},
};
use people::People;

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Cases.
    pub cases: usize,
    /// Grants.
    pub grants: usize,
    /// Requests.
    pub requests: usize,
}

impl Size {
    /// All of it.
    pub const FULL: Self = Self { cases: 100_000, grants: 70_000, requests: 200_000 };
}

/// Everything there is, compiled as far as it can be before somebody asks.
#[derive(Debug)]
pub struct World {
    /// Every user.
    pub subjects: Vec<Subject>,
    /// Every case, then every entry.
    pub objects: Vec<Object>,
    /// How many of the objects are cases.
    pub cases: usize,
    /// How many grants there are.
    pub grants: usize,
    /// What is asked.
    pub requests: Vec<Asking>,
    /// What the subjects are compiled from.
    pub register: Register,
}

/// Somebody who asks for something: places in [`World::subjects`] and [`World::objects`].
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// Who.
    pub subject: usize,
    /// On which record.
    pub object: usize,
    /// For what.
    pub action: Action,
}

/// The users and grants of the tenant.
#[derive(Debug)]
pub struct Register {
    policy: AccessPolicy,
    people: People,
    grants: Vec<Vec<Grant>>,
}

const WORLD_SEED: u64 = 20_260_101;
const REQUEST_SEED: u64 = 20_260_102;
const CASE_ENTRIES: usize = 3;
const GROUPS: usize = 50;
const UNITS: usize = 20;

impl World {
    /// The world of a size.
    ///
    /// # Errors
    /// When the model does not take what it is made of.
    pub fn new(size: Size) -> Result<Self, Failed> {
        let mut random = Random(WORLD_SEED);
        let policy = AccessPolicy::standard(TenantId::new("bodo")?, actor("admin")?, long_ago());
        let people = People::new(&mut random, policy.tenant.clone())?;
        let objects = records::all(&mut random, size.cases, &people)?;
        let given = grants::all(&mut random, size, &objects, &people, &policy)?;
        let holders = given.holders;
        let register = Register { policy, people, grants: given.by_user };
        let subjects = (0..register.people.users.len()).map(|n| register.subject(n)).collect::<Result<_, Failed>>()?;
        let mut world =
            Self { subjects, objects, cases: size.cases, grants: given.count, requests: Vec::new(), register };
        let mut random = Random(REQUEST_SEED);
        world.requests = (0..size.requests).map(|_| world.request(&mut random, &holders)).collect();
        Ok(world)
    }

    /// What is asked 40 times of 100 for a case and else for an entry, 70 times for reading; by anybody, by a member of the
    /// record's group, by the one responsible or by one who holds a grant on it or on its case.
    fn request(&self, random: &mut Random, holders: &HashMap<RecordRef, Vec<usize>>) -> Asking {
        let object = if random.percent(40) {
            random.below(self.cases)
        } else {
            self.cases + random.below(self.objects.len() - self.cases)
        };
        let action = if random.percent(70) { Action::Read } else { Action::Write };
        let people = &self.register.people;
        let chosen = self.objects.get(object).and_then(|record| match random.below(100) {
            0..40 => None,
            40..70 => random.pick(people.members(record.group.as_ref()?)).copied(),
            70..80 => people.place(record.handler.as_ref()?),
            _ => {
                let case = holders.get(&RecordRef::Case(record.case));
                let either = holders.get(&record.record).into_iter().chain(case).flatten();
                random.pick(&either.copied().collect::<Vec<_>>()).copied()
            }
        });
        let subject = chosen.unwrap_or_else(|| random.below(self.subjects.len()));
        Asking { subject, object, action }
    }
}

impl Register {
    /// Compiles what a user may.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn subject(&self, user: usize) -> Result<Subject, Failed> {
        let person = self.people.users.get(user).ok_or("there is no such user")?;
        let actor = Actor::new(self.policy.tenant.clone(), person.id.clone());
        let grants = self.grants.get(user).map_or(&[][..], Vec::as_slice);
        Ok(Subject::compile(&actor, &self.policy, person.user.as_ref(), grants, now()))
    }
}

fn actor(name: &str) -> Result<ActorId, Failed> {
    Ok(ActorId::new(name)?)
}

fn why() -> Private<String> {
    "Tjenstlig behov".into()
}

/// The moment at which everything is asked: 2026-01-01.
fn now() -> Timestamp {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_454)
}

fn long_ago() -> Timestamp {
    now() - TimeDelta::days(2_000)
}
