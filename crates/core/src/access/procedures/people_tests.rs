use super::*;
use crate::access::{
    Bar, RecordRef, Role, RoleScope,
    samples::{at, case, consultant, employee, policy, role, who, why, with_role},
};
use crate::identity::TenantId;

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

/// As [`compare`], where a feed may take whom it likes.
fn compare_all(feed: &[Person], users: &[User]) -> Result<Vec<PeopleChange>, FeedError> {
    let policy = AccessPolicy { max_leavers_percent: 100, ..policy() };
    compare_people(feed, users, &policy, &who("job"), at(NOW))
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
            let back = matches!(change, PeopleChange::Returned(_));
            assert!(back || matches!(change, PeopleChange::Joined(_)));
            assert_eq!((back, change.ends_grants()), (change.user().id == who("b"), back));
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
    for change in compare_all(&feed, &users).unwrap() {
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
    let refused = FeedError::TooMany { leavers: 3, movers: 0, employees: 20, percent: 10 };
    assert_eq!(compare(&feed(17), &users), Err(refused));
    assert_eq!(compare(&[], &users[..1]).unwrap().len(), 1, "one leaver is never too many");
    // Those who left before do not count as employees.
    let long_gone: Vec<User> = users.iter().map(|user| user.clone().left(&who("job"), at(5))).collect();
    let few = [&users[..2], &long_gone[2..]].concat();
    let refused = FeedError::TooMany { leavers: 2, movers: 0, employees: 2, percent: 10 };
    assert_eq!(compare(&[], &few), Err(refused));
    assert_eq!(compare(&[person("a", "byplan"), person("a", "skole")], &[]), Err(FeedError::Twice));
}

#[test]
fn a_feed_whose_units_are_others_takes_nobodys_rights() {
    let names: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    let users: Vec<User> = names.iter().map(|name| working(name, "byplan")).collect();
    let refused = |leavers, movers| Err(FeedError::TooMany { leavers, movers, employees: 20, percent: 10 });
    let without: Vec<Person> = names.iter().map(|name| Person { unit: None, ..person(name, "byplan") }).collect();
    assert_eq!(compare(&without, &users), refused(0, 20));
    let renamed: Vec<Person> = names.iter().map(|name| person(name, "31-byplan")).collect();
    assert_eq!(compare(&renamed, &users), refused(0, 20));
    let still = |count: usize| names.iter().skip(20 - count).map(|name| person(name, "byplan"));
    let one_left_and = |movers: usize| -> Vec<Person> {
        renamed.iter().skip(1).take(movers).cloned().chain(still(19 - movers)).collect()
    };
    assert_eq!(compare(&one_left_and(2), &users), refused(1, 2), "who left and who moved count together");
    assert_eq!(compare(&one_left_and(1), &users).unwrap().len(), 2);
    assert_eq!(compare_all(&renamed, &users).unwrap().len(), 20, "a real reorganisation");
    assert_eq!(compare(&renamed[..1], &users[..1]).unwrap().len(), 1, "one is never too many");
}

#[test]
fn a_feed_never_takes_the_last_who_may_manage_users() {
    let head = |name: &str| User { unit: unit("arkiv"), ..with_role(name, Role::HeadArchivist) };
    let users = [head("h"), working("a", "byplan")];
    let without = [person("a", "byplan")];
    let moved = [person("h", "skole"), person("a", "byplan")];
    for feed in [&without[..], &moved[..], &[]] {
        assert_eq!(compare_all(feed, &users), Err(FeedError::NoAdministrator));
    }
    let over = User { active: Period::between(at(0), at(NOW)), ..head("over") };
    let guest = User { roles: head("k").roles, ..consultant("k", at(NOW * 2)) };
    let somewhere = RoleScope::Unit { unit: unit("arkiv").unwrap(), with_sub_units: true };
    let local = User {
        roles: vec![role(Role::HeadArchivist, somewhere, Period::starting(at(0)))],
        ..working("local", "byplan")
    };
    let others = [&users[..], &[over, guest, local]].concat();
    let feed = [&without[..], &[person("local", "byplan")]].concat();
    assert_eq!(compare_all(&feed, &others), Err(FeedError::NoAdministrator), "none of them may");
    let another = [&users[..], &[head("i")]].concat();
    let feed = [&moved[..], &[person("i", "arkiv")]].concat();
    assert_eq!(compare_all(&feed, &another).unwrap().len(), 1);
}

fn until(end: i64, user: User) -> User {
    User { active: Period::between(at(0), at(end)), ..user }
}

fn employed_until(end: i64, person: Person) -> Person {
    Person { employed: Period::between(at(0), at(end)), ..person }
}

#[test]
fn whoever_stays_longer_or_shorter_keeps_every_right_until_the_new_end() {
    let temp = || until(2_000, working("a", "byplan"));
    for (feed, end) in [
        (employed_until(5_000, person("a", "byplan")), Some(at(5_000))),
        (employed_until(1_500, person("a", "byplan")), Some(at(1_500))),
        (person("a", "byplan"), None),
    ] {
        let changes = compare(std::slice::from_ref(&feed), &[temp()]).unwrap();
        let [PeopleChange::OtherEnd(user)] = changes.as_slice() else { panic!("{changes:?}") };
        let same = User { active: Period { until: end, ..temp().active }, changed: at(NOW), ..temp() };
        assert_eq!(*user, User { changed_by: who("job"), ..same });
        assert!(!changes[0].ends_grants());
        assert_eq!(compare(&[feed], std::slice::from_ref(user)), Ok(vec![]));
    }
    let elsewhere = employed_until(5_000, person("a", "skole"));
    let changes = compare(std::slice::from_ref(&elsewhere), &[temp()]).unwrap();
    let [PeopleChange::Moved(user)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(user.active.until, Some(at(5_000)));
    assert_eq!(compare(&[elsewhere], std::slice::from_ref(user)), Ok(vec![]));
}

#[test]
fn whose_time_ran_out_by_itself_left_and_comes_back_with_nothing() {
    let lapsed = until(500, working("a", "byplan"));
    let over = employed_until(500, person("a", "byplan"));
    for feed in [vec![], vec![over]] {
        let changes = compare(&feed, std::slice::from_ref(&lapsed)).unwrap();
        let [PeopleChange::Left(user)] = changes.as_slice() else { panic!("{changes:?}") };
        assert!(user.roles.is_empty() && user.unit.is_none() && user.active.until == Some(at(500)));
        assert_eq!(compare(&feed, std::slice::from_ref(user)), Ok(vec![]), "left once");
    }
    let back = Person { employed: Period::starting(at(NOW)), ..person("a", "byplan") };
    let changes = compare(&[back], &[lapsed]).unwrap();
    let [PeopleChange::Returned(user)] = changes.as_slice() else { panic!("{changes:?}") };
    assert!(user.roles.is_empty() && user.active.is_in_force(at(NOW)) && changes[0].ends_grants());
}

#[test]
fn a_feed_in_which_everybody_ends_sooner_looks_broken_and_those_whose_time_ran_out_do_not_count() {
    let names: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    let users: Vec<User> = names.iter().map(|name| working(name, "byplan")).collect();
    let feed = |end: i64| names.iter().map(|name| employed_until(end, person(name, "byplan"))).collect::<Vec<_>>();
    let refused = FeedError::TooMany { leavers: 20, movers: 0, employees: 20, percent: 10 };
    assert_eq!(compare(&feed(2_000), &users), Err(refused));
    let temps: Vec<User> = users.iter().map(|user| until(2_000, user.clone())).collect();
    assert_eq!(compare(&feed(5_000), &temps).unwrap().len(), 20, "to stay longer is never too much");
    let lapsed: Vec<User> = users.iter().skip(1).map(|user| until(500, user.clone())).collect();
    let changes = compare(&[person("u0", "byplan")], &[&users[..1], &lapsed].concat());
    assert_eq!(changes.unwrap().len(), 19);
}
