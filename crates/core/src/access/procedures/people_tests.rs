use super::*;
use crate::access::{
    Bar, Role,
    samples::{at, case, consultant, employee, policy, who, why, with_role},
};
use crate::{access::RecordRef, identity::TenantId};

const NOW: i64 = 1_000;

fn unit(name: &str) -> Option<UnitId> {
    UnitId::new(name).ok()
}

fn person(name: &str, at_unit: &str) -> Person {
    Person { id: who(name), unit: unit(at_unit), employed: Period::starting(at(0)) }
}

fn working(name: &str, at_unit: &str) -> User {
    let bar =
        Bar { record: RecordRef::Case(case(1)), period: Period::starting(at(0)), set_by: who("admin"), reason: why() };
    User { unit: unit(at_unit), bars: vec![bar], ..with_role(name, Role::CaseHandler) }
}

fn compare(feed: &[Person], users: &[User]) -> Result<Vec<PeopleChange>, FeedError> {
    compare_people(feed, users, &policy(), &who("job"), at(NOW))
}

#[test]
fn who_left_is_inactive_and_without_rights_from_that_moment() {
    let users = [working("a", "byplan"), working("b", "byplan")];
    let gone = Person { employed: Period::between(at(0), at(NOW)), ..person("b", "byplan") };
    for feed in [vec![person("a", "byplan")], vec![person("a", "byplan"), gone]] {
        let changes = compare(&feed, &users).unwrap();
        let [PeopleChange::Left(user)] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((&user.id, user.changed, &user.changed_by, &user.unit), (&who("b"), at(NOW), &who("job"), &None));
        assert!(user.roles.is_empty() && user.active.is_in_force(at(NOW - 1)) && !user.active.is_in_force(at(NOW)));
        assert!(changes[0].ends_grants() && changes[0].user() == user);
    }
}

#[test]
fn who_changed_jobs_loses_the_rights_of_the_old_one_but_not_the_bars() {
    let changes = compare(&[person("a", "skole")], &[working("a", "byplan")]).unwrap();
    let [PeopleChange::Moved(user)] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(user.roles.is_empty() && user.active.is_in_force(at(NOW)) && user.bars.len() == 1);
    assert_eq!((user.unit.clone(), changes[0].ends_grants()), (unit("skole"), true));
}

#[test]
fn who_begins_or_comes_back_has_no_rights_yet() {
    let left = working("b", "byplan").left(&who("job"), at(5));
    let soon = Person { employed: Period::starting(at(NOW + 1)), ..person("c", "skole") };
    let over = Person { employed: Period::between(at(0), at(NOW)), ..person("d", "skole") };
    let feed = [person("a", "byplan"), person("b", "skole"), soon, over];
    let changes = compare(&feed, &[working("a", "byplan"), left]).unwrap();
    let joined: Vec<(&str, bool, Option<UnitId>)> = changes
        .iter()
        .map(|change| {
            assert!(matches!(change, PeopleChange::Joined(_)) && !change.ends_grants());
            assert!(change.user().roles.is_empty() && change.user().kind == UserKind::Employee);
            let user = change.user();
            (user.id.as_str(), user.active.is_in_force(at(NOW)), user.unit.clone())
        })
        .collect();
    assert_eq!(joined, [("b", true, unit("skole")), ("c", false, unit("skole"))]);
}

#[test]
fn the_same_feed_again_changes_nothing() {
    let feed = [person("a", "byplan"), person("b", "skole")];
    let mut users = vec![working("a", "skole"), employee("c")];
    for change in compare(&feed, &users).unwrap() {
        users.retain(|user| user.id != change.user().id);
        users.push(change.user().clone());
    }
    assert_eq!(users.len(), 3);
    assert_eq!(compare(&feed, &users), Ok(vec![]));
}

#[test]
fn consultants_and_other_tenants_are_left_alone() {
    let elsewhere = User { tenant: TenantId::new("rost").unwrap(), ..working("x", "byplan") };
    let users = [working("a", "byplan"), consultant("k", at(NOW * 2)), elsewhere];
    assert_eq!(compare(&[person("a", "byplan")], &users), Ok(vec![]));
}

#[test]
fn a_feed_that_looks_broken_takes_nobody_away() {
    let names: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    let users: Vec<User> = names.iter().map(|name| working(name, "byplan")).collect();
    let feed = |count: usize| names.iter().take(count).map(|name| person(name, "byplan")).collect::<Vec<_>>();
    assert_eq!(compare(&feed(18), &users).unwrap().len(), 2);
    let refused = FeedError::TooManyLeave { leavers: 3, employees: 20, percent: 10 };
    assert_eq!(compare(&feed(17), &users), Err(refused));
    assert_eq!(compare(&[], &users[..1]).unwrap().len(), 1, "one leaver is never too many");
    // Those who left before do not count as employees.
    let long_gone: Vec<User> = users.iter().map(|user| user.clone().left(&who("job"), at(5))).collect();
    let few = [&users[..2], &long_gone[2..]].concat();
    let refused = FeedError::TooManyLeave { leavers: 2, employees: 2, percent: 10 };
    assert_eq!(compare(&[], &few), Err(refused));
    assert_eq!(compare(&[person("a", "byplan"), person("a", "skole")], &[]), Err(FeedError::Twice));
}
