//! The people register: who begins, changes jobs and leaves.

use sakarkiv_core::{
    access::{FeedError, GrantRight, Period, Person, Role, RoleScope},
    audit::{Activity, ObjectRef},
    case::CaseKind,
    identity::UnitId,
    ports::Clock,
};
use sakarkiv_engine::{AccessError, DeskError, Judgement};

use crate::{
    access::{actor, case, desk, handler, wish},
    world::{World, employee, hours, morning, unit},
};

fn elsewhere() -> UnitId {
    UnitId::new("skole").unwrap()
}

fn works(id: &str, unit: UnitId) -> Person {
    Person { id: actor(id), unit: Some(unit), employed: Period::starting(morning() - hours(1000)) }
}

#[test]
fn whoever_left_or_changed_jobs_loses_everything_at_once() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (id, _) = case(&world, CaseKind::PupilFile, None);
    for holder in ["u1", "u2"] {
        let asked = wish(holder, GrantRight::Read, id, &world);
        let judgement = Judgement::Grant { right: GrantRight::Read, period: asked.period };
        let request = world.run(desk(&world, holder).access().request(asked)).unwrap();
        world.run(world.desk().access().judge(request, judgement, "ok".into())).unwrap();
        assert!(world.run(desk(&world, holder).case(id)).is_ok());
    }
    let feed = [works("arkivar-1", unit()), works("u2", unit())];
    let report = world.run(world.desk().access().take_people(&feed)).unwrap();
    assert_eq!((report.left, report.moved, report.joined, report.grants_withdrawn), (1, 0, 0, 1));
    let feed = [works("arkivar-1", unit()), works("u2", elsewhere())];
    let report = world.run(world.desk().access().take_people(&feed)).unwrap();
    assert_eq!((report.left, report.moved, report.joined, report.grants_withdrawn), (0, 1, 0, 1));
    for gone in ["u1", "u2"] {
        assert!(matches!(world.run(desk(&world, gone).case(id)), Err(DeskError::NotFound)));
    }
    assert_eq!(world.run(world.desk().access().take_people(&feed)).unwrap(), Default::default());
    let history = world.run(world.desk().access().history(&sakarkiv_core::access::AccessKey::user(&actor("u1"))));
    assert_eq!(history.unwrap().len(), 1);
}

#[test]
fn a_feed_that_would_take_the_rights_of_too_many_or_of_the_last_administrator_changes_nothing() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (id, _) = case(&world, CaseKind::Building, None);
    let everybody = |unit: fn() -> UnitId| ["arkivar-1", "u1", "u2"].map(|id| works(id, unit()));
    let reorganised = world.run(world.desk().access().take_people(&everybody(elsewhere)));
    let too_many = FeedError::TooMany { leavers: 0, movers: 3, employees: 3, percent: 10 };
    assert!(matches!(&reorganised, Err(AccessError::Feed(error)) if *error == too_many), "{reorganised:?}");
    let without_the_last = [works("u1", unit()), works("u2", unit())];
    let last = world.run(world.desk().access().take_people(&without_the_last));
    assert!(matches!(last, Err(AccessError::Feed(FeedError::NoAdministrator))), "{last:?}");
    assert!(world.run(desk(&world, "u1").case(id)).is_ok());
    assert_eq!(world.run(world.desk().access().take_people(&everybody(unit))).unwrap(), Default::default());
}

#[test]
fn what_becomes_of_whoever_brings_the_feed_comes_last_so_that_it_can_be_brought_again() {
    let other_head = employee("b").with_role(Role::HeadArchivist, RoleScope::Tenant);
    let world = World::of([other_head, handler("u1")]);
    let mut policy = world.run(world.desk().access().access_policy()).unwrap();
    policy.max_leavers_percent = 100;
    world.run(world.desk().access().put_policy(policy)).unwrap();
    let feed = [works("arkivar-1", elsewhere()), works("b", unit()), works("u1", elsewhere())];
    assert_eq!(world.run(world.desk().access().take_people(&feed)).unwrap().moved, 2);
    let events = world.log().into_iter().map(|record| record.event);
    let moved = events.filter(|event| event.activity == Activity::PermissionChanged).map(|event| event.object);
    assert_eq!(moved.skip(1).collect::<Vec<_>>(), ["u1", "arkivar-1"].map(|id| ObjectRef::Actor(actor(id))));
}

#[test]
fn a_temp_who_stays_longer_keeps_all_rights_and_one_who_comes_back_has_none_of_the_old_grants() {
    let world = World::of([handler("u1"), handler("u2"), handler("u3")]);
    let (id, _) = case(&world, CaseKind::PupilFile, None);
    let (open, _) = case(&world, CaseKind::Building, None);
    for holder in ["u1", "u2", "u3"] {
        let asked = wish(holder, GrantRight::Read, id, &world);
        let judgement = Judgement::Grant { right: GrantRight::Read, period: asked.period };
        let request = world.run(desk(&world, holder).access().request(asked)).unwrap();
        world.run(world.desk().access().judge(request, judgement, "ok".into())).unwrap();
    }
    let mut policy = world.run(world.desk().access().access_policy()).unwrap();
    policy.max_leavers_percent = 100;
    world.run(world.desk().access().put_policy(policy)).unwrap();
    let until = |id, hours_on| {
        let employed = Period { until: Some(morning() + hours(hours_on)), ..works(id, unit()).employed };
        Person { employed, ..works(id, unit()) }
    };
    let take = |people: Vec<Person>| {
        let feed = [vec![works("arkivar-1", unit())], people].concat();
        let report = world.run(world.desk().access().take_people(&feed)).unwrap();
        assert_eq!(world.run(world.desk().access().take_people(&feed)).unwrap(), Default::default());
        (report.joined, report.left, report.moved, report.other_end, report.grants_withdrawn)
    };
    assert_eq!(take(["u1", "u2", "u3"].map(|id| until(id, 100)).into()), (0, 0, 0, 3, 0));
    assert_eq!(take(vec![until("u1", 500), until("u2", 100), until("u3", 100)]), (0, 0, 0, 1, 0));
    world.clock.advance(hours(200));
    assert!(world.run(desk(&world, "u1").case(id)).is_ok() && world.run(desk(&world, "u1").case(open)).is_ok());
    let back = |id| Person { employed: Period::starting(world.clock.now()), ..works(id, elsewhere()) };
    assert_eq!(take(vec![until("u1", 500), back("u3")]), (1, 1, 0, 0, 2));
    assert_eq!(take(vec![until("u1", 500), back("u2"), back("u3")]), (1, 0, 0, 0, 0));
    for returned in ["u2", "u3"] {
        assert!(matches!(world.run(desk(&world, returned).case(id)), Err(DeskError::NotFound)));
    }
}
