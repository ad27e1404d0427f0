use sakarkiv_core::{
    audit::Activity,
    intake::{IntakeRules, RuleBook, ScreeningRule},
    integration::Gap,
    ports::Audience,
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_engine::{DeskError, IntegrationError};
use sakarkiv_testkit::memory::Ware;

use super::world::{delivery, planned, ready, school, school_service, school_unit};
use crate::world::{World, archivist, employee, hours, person, subjects};

#[test]
fn an_integration_without_papers_goes_live_only_for_a_reason_that_is_logged() {
    let world = World::with_school();
    let desk = world.desk();
    let register = desk.integrations();
    world.run(register.stop(&school(), "ny leverandør".into())).unwrap();
    world.run(register.register(planned())).unwrap();
    let refused = world.run(register.go_live(&school(), None)).unwrap_err();
    assert!(matches!(refused, IntegrationError::NotReady(not) if not.gaps == [Gap::NoRiskAnalysis, Gap::NotTested]));
    world.warehouse.offer(Ware::new(delivery("natt/1", 1, 1)));
    world.idle();
    assert!(world.school_cases().is_empty(), "what is not live is not asked");
    world.run(register.go_live(&school(), Some("Skolestart; ROS fullføres innen fredag".into()))).unwrap();
    let line = &world.run(register.list()).unwrap()[0];
    assert!(line.integration.is_live() && line.gaps.len() == 2 && line.rights.is_some());
    let log = world.log();
    let told = log.iter().any(|record| {
        record.event.activity == Activity::Configured
            && record.event.details.expose().get("reason").is_some_and(|reason| reason.starts_with("Skolestart"))
    });
    assert!(told, "the reason stands in the log");
    world.clock.advance(hours(1));
    world.idle();
    assert_eq!(world.school_cases().len(), 1);
}

#[test]
fn operations_are_told_once_that_a_source_is_not_live_and_again_when_it_is_so_no_more() {
    let mut world = World::with_school();
    let stop = |world: &World| world.run(world.desk().integrations().stop(&school(), "ny leverandør".into())).unwrap();
    world.idle();
    assert_eq!(subjects(&world), [""; 0], "it is live");
    stop(&world);
    for _ in 0..3 {
        world.clock.advance(hours(1));
        world.idle();
        world.restart();
    }
    assert_eq!(subjects(&world), ["source not live"]);
    let told = world.notifier.told().remove(0);
    assert_eq!(told.audience, Audience::Operations);
    assert!(told.text.contains("source skole") && told.text.contains("it is not live"), "{}", told.text);
    world.run(world.desk().integrations().go_live(&school(), None)).unwrap();
    world.clock.advance(hours(1));
    world.idle();
    stop(&world);
    world.clock.advance(hours(1));
    world.idle();
    assert_eq!(subjects(&world), ["source not live"; 2]);
}

#[test]
fn a_live_integration_keeps_its_service_user_and_one_without_such_a_user_does_not_go_live() {
    let world = World::with_school();
    let desk = world.desk();
    let mut other = ready();
    other.service_user = archivist().id;
    assert!(matches!(world.run(desk.integrations().register(other.clone())), Err(IntegrationError::Live)));
    world.run(desk.integrations().stop(&school(), "bytte".into())).unwrap();
    world.run(desk.integrations().register(other)).unwrap();
    assert!(matches!(world.run(desk.integrations().go_live(&school(), None)), Err(IntegrationError::NoServiceUser)));
}

#[test]
fn the_owners_of_what_a_system_touches_are_listed_before_an_upgrade() {
    let world = World::with_school();
    let desk = world.desk();
    let owners = world.run(desk.integrations().owners_of("prøveskole")).unwrap();
    assert_eq!(owners, [(archivist().id, vec![school()])]);
    assert_eq!(world.run(desk.integrations().owners_of("Komtek")).unwrap(), []);
}

#[test]
fn only_those_who_manage_users_see_and_change_the_register() {
    let world = World::of([school_service(), employee("saksbehandler-1")]);
    let handler = world.office.as_user(&person("saksbehandler-1")).unwrap();
    assert!(matches!(world.run(handler.integrations().list()), Err(IntegrationError::Desk(DeskError::Refused { .. }))));
    assert!(world.run(handler.integrations().stop(&school(), "nei".into())).is_err());
    let service = world.office.as_user(&person("svc-skole")).unwrap();
    assert!(world.run(service.integrations().register(ready())).is_err());
}

#[test]
fn changed_rules_count_for_the_next_delivery_and_have_versions() {
    let world = World::with_school();
    let desk = world.desk();
    let mut rules = IntakeRules::for_unit(school_unit());
    rules.case.kind = sakarkiv_core::case::CaseKind::PupilFile;
    let code = AccessCode::new("UO").unwrap();
    let screening = Screening::new(code, "offl. § 13", [Hides::Document]).unwrap();
    rules.entry.screening = ScreeningRule::Default(screening);
    let book = RuleBook::new(school(), rules);
    assert_eq!(world.run(desk.integrations().change_rules(book.clone())).unwrap(), 1);
    assert_eq!(world.run(desk.integrations().change_rules(book)).unwrap(), 2);
    assert_eq!(world.run(desk.integrations().rules(&school())).unwrap().unwrap().usual.version, 2);
    world.warehouse.offer(Ware::new(delivery("natt/1", 1, 1)));
    world.idle();
    assert!(world.school_cases()[0].1[0].screening().is_some());
    assert_eq!(world.run(desk.integrations().list()).unwrap()[0].rules_version, Some(2));
}

#[test]
fn the_register_is_exported_as_json_without_names_of_contacts_in_debug() {
    let world = World::with_school();
    let desk = world.desk();
    let lines = world.run(desk.integrations().list()).unwrap();
    let json: serde_json::Value = serde_json::to_value(&lines).unwrap();
    assert_eq!(json[0]["integration"]["source"], "skole");
    assert_eq!(json[0]["rights"]["records"][0]["right"], "write");
}
