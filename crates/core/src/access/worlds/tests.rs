use std::collections::BTreeMap;

use super::{World, naive::Judge, random};
use crate::{
    access::{Action, Actor, Object, Outcome, Rule, Subject, View, decide},
    identity::Timestamp,
    sensitivity::CodeTable,
};

/// Compares compiled decisions with the naive ones over whole worlds; tells how many decisions there were, and how many each
/// rule settled.
fn compare(seeds: std::ops::Range<u64>) -> (usize, BTreeMap<&'static str, usize>) {
    let table = CodeTable::standard();
    let (mut count, mut rules) = (0, BTreeMap::new());
    for seed in seeds {
        let world = random::world(seed);
        let things: Vec<_> = world.things().into_iter().map(|thing| (thing, thing.object(&table))).collect();
        for (n, user) in world.users.iter().enumerate() {
            let actor = Actor::new(user.tenant.clone(), user.id.clone());
            for now in world.moments().into_iter().skip(n % 2).step_by(2) {
                let subject = compile(&world, &actor, now);
                for (thing, object) in &things {
                    let judge = Judge { world: &world, actor: &actor, thing: *thing, now, table: &table };
                    let (view, writes) = judge.verdict();
                    let read = decide(&subject, Action::Read, object);
                    let write = decide(&subject, Action::Write, object);
                    let told = || format!("seed {seed}, {} at {now}, {object:?}: {:?}", actor.id, read.reasons);
                    assert_eq!(read.view, view, "{}", told());
                    assert_eq!(write.outcome == Outcome::Allowed, writes, "{}", told());
                    assert_eq!((subject.sees(object), write.view), (view, view), "{}", told());
                    assert_eq!(read.outcome == Outcome::Allowed, view == View::Full, "{}", told());
                    let opens = read.permit().is_some_and(|permit| permit.covers(&object.tenant, &object.record));
                    assert!(opens == (view == View::Full) && write.permit().is_none(), "{}", told());
                    for rule in [read.rule(), write.rule()] {
                        *rules.entry(rule).or_default() += 1;
                    }
                    count += 2;
                }
            }
        }
    }
    (count, rules)
}

fn compile(world: &World, actor: &Actor, now: Timestamp) -> Subject {
    let same = |user: &&crate::access::User| user.tenant == actor.tenant && user.id == actor.id;
    let user = world.users.iter().find(same);
    // All grants of the world: what belongs to others or to another tenant must be left out.
    Subject::compile(actor, world.policy(&actor.tenant), user, &world.grants, now)
}

#[test]
fn random_worlds_are_decided_as_the_naive_judge_decides_them() {
    let (count, rules) = compare(0..60);
    assert!(count >= 500_000, "{count}");
    let people = Rule::ALL.into_iter().filter(|rule| !matches!(rule, Rule::SystemJob | Rule::UnknownUser));
    for rule in people {
        assert!(rules.get(rule.code()).is_some_and(|times| *times > 20), "{rule:?} {rules:?}");
    }
}

/// The long form: `cargo test -p sakarkiv-core --release --lib -- --ignored many_random_worlds`, with `ACCESS_WORLDS` and
/// `ACCESS_SEED` for more worlds or others.
#[test]
#[ignore = "takes a minute"]
fn many_random_worlds_are_decided_as_the_naive_judge_decides_them() {
    let number =
        |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (seed, worlds) = (number("ACCESS_SEED", 1_000_000), number("ACCESS_WORLDS", 2_000));
    let (count, rules) = compare(seed..seed + worlds);
    println!("{count} decisions in {worlds} worlds: {rules:?}");
    assert!(count > 1_000 || worlds == 0);
}

#[test]
fn a_list_filtered_by_what_is_seen_is_the_list_of_what_is_decided() {
    let table = CodeTable::standard();
    let mut pairs = 0;
    for seed in 5_000..5_095 {
        let world = random::world(seed);
        let objects: Vec<Object> = world.things().iter().map(|thing| thing.object(&table)).collect();
        for user in &world.users {
            let actor = Actor::new(user.tenant.clone(), user.id.clone());
            for now in world.moments() {
                let subject = compile(&world, &actor, now);
                for object in &objects {
                    let view = decide(&subject, Action::Read, object).view;
                    assert_eq!(subject.sees(object), view);
                    assert!(view == View::None || object.tenant == actor.tenant);
                    pairs += 1;
                }
            }
        }
    }
    assert!(pairs >= 1_000_000, "{pairs}");
}

#[test]
fn a_compiled_subject_says_the_same_until_the_moment_it_is_valid() {
    let table = CodeTable::standard();
    let mut ended = 0;
    for seed in 7_000..7_020 {
        let world = random::world(seed);
        let objects: Vec<Object> = world.things().iter().map(|thing| thing.object(&table)).collect();
        for user in &world.users {
            let actor = Actor::new(user.tenant.clone(), user.id.clone());
            let views = |subject: &Subject| objects.iter().map(|object| subject.sees(object)).collect::<Vec<_>>();
            for now in world.moments() {
                let subject = compile(&world, &actor, now);
                let before = views(&subject);
                assert!(subject.valid_until().is_none_or(|end| end > now));
                for later in world.moments().into_iter().filter(|later| *later > now) {
                    let still = subject.valid_until().is_none_or(|end| later < end);
                    let same = views(&compile(&world, &actor, later)) == before;
                    assert!(same || !still, "seed {seed}, {} from {now} to {later}", actor.id);
                    ended += usize::from(!same);
                }
            }
        }
    }
    assert!(ended > 1_000, "{ended}");
}
