//! The library's access decision against the Cedar policy that specifies it.
//!
//! The whole domain is judged in each run, policy by policy, and a sample of it by Cedar as a whole. With `SAKARKIV_LONG=1`
//! Cedar as a whole judges every combination.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sakarkiv_cedar::{
    access::{Facts, Rule},
    judge::{FACTS, Judge, POLICY, Tables, differs, places},
    world::Random,
};

/// How many combinations Cedar as a whole judges in the short form.
const SAMPLE: usize = 250_000;

static JUDGE: LazyLock<Judge> = LazyLock::new(|| Judge::new().unwrap());

/// In how many combinations the policies, each known by itself, come to something else than the library.
fn differences(tables: &Tables) -> usize {
    Facts::every().filter(|facts| differs(&tables.answers(&places(facts)), facts.rule())).count()
}

fn any_difference(tables: &Tables) -> bool {
    Facts::every().any(|facts| differs(&tables.answers(&places(&facts)), facts.rule()))
}

/// In how many of some combinations Cedar as a whole says something else than the library. On all processors.
fn differences_of_cedar(combinations: &[usize]) -> usize {
    let (next, found) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let judge = || {
        while let Some(part) = combinations.chunks(1_000).nth(next.fetch_add(1, Ordering::Relaxed)) {
            for number in part {
                let facts = Facts::nth(*number).unwrap();
                if differs(&JUDGE.answers(&places(&facts)).unwrap(), facts.rule()) {
                    found.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(judge);
        }
    });
    found.into_inner()
}

#[test]
fn cedar_is_told_every_fact() {
    let size = FACTS.iter().map(|fact| fact.values.len()).product();
    let mut met = vec![false; size];
    for facts in Facts::every() {
        let number = places(&facts).iter().zip(&FACTS).fold(0, |number, (place, fact)| {
            assert!(*place < fact.values.len(), "{} has a value that Cedar does not know", fact.name);
            number * fact.values.len() + place
        });
        assert!(!met[number], "Cedar cannot tell these facts from others: {facts:?}");
        met[number] = true;
    }
}

#[test]
fn the_policies_come_to_what_the_library_decides_in_every_combination() {
    let tables = Tables::of(&JUDGE).unwrap();
    let found = differences(&tables);
    println!("{} combinations; Cedar was asked {} times; {found} differ", Facts::COUNT, tables.asked());
    assert_eq!(found, 0);
}

#[test]
fn cedar_as_a_whole_decides_as_the_library_does() {
    let long = std::env::var_os("SAKARKIV_LONG").is_some_and(|value| value != "0");
    let mut random = Random(20_260_103);
    let combinations: Vec<usize> =
        if long { (0..Facts::COUNT).collect() } else { (0..SAMPLE).map(|_| random.below(Facts::COUNT)).collect() };
    let found = differences_of_cedar(&combinations);
    println!("{} of {} combinations, each for three actions; {found} differ", combinations.len(), Facts::COUNT);
    assert_eq!(found, 0);
}

#[test]
fn no_policy_could_be_left_out() {
    let tables = Tables::of(&JUDGE).unwrap();
    assert_eq!(tables.policies().len(), POLICY.matches("@id(").count());
    for policy in tables.policies() {
        let without = tables.clone().without(&policy);
        assert!(any_difference(&without), "without `{policy}` the policies come to the same");
    }
}

#[test]
fn a_slip_in_the_policy_is_seen() {
    let slips = [
        ("unless { context.same_tenant }", "unless { true }"),
        ("context.barred && context.standing", "context.barred && context.few && context.standing"),
        ("context.listed >= 1", "context.listed >= 2"),
        ("[\"read\", \"write\"].contains(context.named)", "[\"write\"].contains(context.named)"),
        ("context.owner == \"unconfirmed\" && context.authorised", "context.owner == \"unconfirmed\""),
        ("context.writing >= 1", "context.writing >= 2"),
        ("context.protection <= 1", "context.protection <= 2"),
        ("context.reading == 4 && !context.few", "context.reading == 4"),
        ("context.protection == 0 && context.reading >= 2", "context.protection == 0 && context.reading >= 1"),
        ("context.protection == 1 && context.reading >= 3", "context.protection == 1 && context.reading >= 2"),
        ("context.protection == 2 && context.authorised", "context.protection == 2"),
        ("context.folder && !context.screened", "context.folder"),
        ("context.folder && !context.screened && context.group == \"none\"", "context.folder && !context.screened"),
        ("context.reading >= 1 && !context.concealed", "context.reading >= 1"),
    ];
    for (right, wrong) in slips {
        assert!(POLICY.contains(right), "the policy has no `{right}`");
        let judge = Judge::of(&POLICY.replacen(right, wrong, 1)).unwrap();
        assert!(any_difference(&Tables::of(&judge).unwrap()), "nobody sees `{wrong}` for `{right}`");
    }
}

#[test]
fn every_rule_that_gives_something_has_a_policy() {
    let giving: Vec<Rule> =
        Facts::every().step_by(97).flat_map(|facts| [Some(facts.rule().by), facts.rule().write]).flatten().collect();
    for rule in Rule::ALL.into_iter().filter(|rule| giving.contains(rule)) {
        let told_by_silence = matches!(
            rule,
            Rule::UnknownUser
                | Rule::Inactive
                | Rule::ConsultancyOver
                | Rule::ServiceUnlisted
                | Rule::NoRole
                | Rule::NoNeed
        );
        assert_eq!(POLICY.contains(&format!("@id(\"{}\")", rule.code())), !told_by_silence, "{rule:?}");
    }
}
