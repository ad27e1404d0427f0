use sakarkiv_core::{
    access::{Actor, Role, RoleScope},
    audit::Activity,
    identity::TenantId,
    ports::Stage,
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{DeskError, OrderError, ProblemKind, UnknownTenant};
use sakarkiv_testkit::conformance::company;

use crate::{
    moody::Moody,
    world::{World, archivist, employee, hours, minutes, person},
};

#[test]
fn a_failed_letter_is_driven_again_when_what_was_wrong_is_mended() {
    let world = World::new();
    for post in [world.svarut.post(), world.print.post()] {
        post.set_reach(&company(1), []);
    }
    let letter = world.submit("a");
    world.idle();
    let problems = world.run(world.desk().problems(ProblemKind::Failed, None, 10)).unwrap();
    assert_eq!((problems.len(), problems[0].letter), (1, letter));
    assert!(problems[0].cause.contains("nothing_safe") && !problems[0].remedy.is_empty());
    world.svarut.post().set_reach(&company(1), [MailboxKind::ReceiverSystem]);
    world.run(world.desk().redrive(letter)).unwrap();
    world.idle();
    assert_eq!(world.logged_states(letter), ["queued", "failed", "queued", "attempting", "accepted"]);
    let again = world.run(world.desk().redrive(letter));
    assert!(matches!(again, Err(OrderError::NotPossible { state: "accepted", .. })), "{again:?}");
    assert!(world.run(world.desk().problems(ProblemKind::Failed, None, 10)).unwrap().is_empty());
}

#[test]
fn what_waits_can_be_stopped_and_what_is_under_way_only_withdrawn() {
    let world = World::new();
    let (early, late) = (world.submit("early"), world.submit("late"));
    world.run(world.desk().withdraw(early)).unwrap();
    world.idle();
    assert_eq!((world.state(early), world.svarut.post().count()), ("failed", 1));
    assert!(matches!(world.run(world.desk().stop(late)), Err(OrderError::NotPossible { .. })));
    world.run(world.desk().withdraw(late)).unwrap();
    assert_eq!(world.state(late), "withdrawn");
    assert!(world.svarut.post().letters()[0].withdrawn);
    assert!(world.run(world.desk().problems(ProblemKind::Failed, None, 10)).unwrap().is_empty(), "nobody need care");
}

#[test]
fn a_letter_that_was_opened_cannot_be_withdrawn() {
    let world = World::new();
    let letter = world.submit("a");
    world.idle();
    world.svarut.post().set_status(&world.delivery(letter).remote_id.unwrap(), Stage::Opened, "LEST");
    assert!(matches!(world.run(world.desk().withdraw(letter)), Err(OrderError::Channel(_))));
    assert_eq!(world.state(letter), "accepted");
}

#[test]
fn letters_that_hang_or_lie_unopened_are_listed_with_what_to_do() {
    let world = World::new();
    let lying = world.submit("lying");
    world.idle();
    let id = world.delivery(lying).remote_id.unwrap();
    world.svarut.post().set_status(&id, Stage::Delivered(None), "LEVERT");
    world.pass(hours(1));
    Moody::set(&world.svarut.away, true);
    let submission = world.letter("hanging", "skole", SensitivityClass::Open);
    let hanging = world.run(world.desk().submit(submission)).unwrap().letter;
    world.pass(minutes(5));
    let list = |kind| world.run(world.desk().problems(kind, None, 10)).unwrap();
    assert_eq!(list(ProblemKind::Hanging).iter().map(|p| p.letter).collect::<Vec<_>>(), [hanging]);
    assert!(list(ProblemKind::Unopened).is_empty());
    world.pass(hours(24 * 5));
    assert_eq!(list(ProblemKind::Unopened).iter().map(|p| p.letter).collect::<Vec<_>>(), [lying]);
}

#[test]
fn whoever_has_no_need_of_a_letter_does_not_read_it_and_the_log_tells() {
    let world = World::of([employee("u9").with_role(Role::Reader, RoleScope::Tenant)]);
    let submission = world.letter("a", "byplan", SensitivityClass::Confidential);
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    let stranger = person("u9");
    let desk = world.office.as_user(&stranger).unwrap();
    let refused = world.run(desk.letter(letter));
    assert!(matches!(&refused, Err(DeskError::Refused { reasons }) if !reasons.is_empty()), "{refused:?}");
    let last = world.log().pop().unwrap().event;
    assert_eq!((last.activity, last.actor.as_str()), (Activity::AccessRefused, "u9"));
    let unheard_of = person("u10");
    let hidden = world.run(world.office.as_user(&unheard_of).unwrap().letter(letter));
    assert!(matches!(hidden, Err(DeskError::NotFound)), "whom nobody registered does not learn that it exists");
    assert!(world.run(world.desk().letter(letter)).is_ok());
    let elsewhere = Actor { tenant: TenantId::new("rost").unwrap(), ..archivist() };
    assert_eq!(world.office.as_user(&elsewhere).err(), Some(UnknownTenant(elsewhere.tenant)));
}
