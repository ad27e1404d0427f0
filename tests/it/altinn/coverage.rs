//! What can be known of who may open confidential mail.

use sakarkiv_altinn::CoverageSource;
use sakarkiv_core::{
    identity::OrganisationNumber,
    ports::{AccessCoverage, PortErrorKind},
    routing::Coverage,
};
use sakarkiv_testkit::simulators::{
    Fault, Operation, When,
    altinn::{Access, Holder},
};

use super::world::{INCOMING_CONFIDENTIAL, RECEIVER, SENDER, World};
use crate::outside::drive;

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).unwrap()
}

fn asked(world: &World) -> (Coverage, CoverageSource) {
    drive(&world.clock, world.coverage().evidence(&number(RECEIVER))).unwrap()
}

fn administrator() -> Access {
    Access::Package("hovedadministrator".to_owned())
}

#[test]
fn without_leave_to_see_the_holders_nothing_is_known_but_our_own_access() {
    let world = World::new();
    assert_eq!(asked(&world), (Coverage::Unknown, CoverageSource::Nothing));
    world.altinn.delegate(RECEIVER, Access::confidential(), Holder::Person("01819000553".to_owned()));
    assert_eq!(asked(&world), (Coverage::Unknown, CoverageSource::Nothing), "somebody may, and we cannot see it");
    world.altinn.delegate(RECEIVER, Access::Resource(INCOMING_CONFIDENTIAL.to_owned()), Holder::OwnClient);
    assert_eq!(asked(&world), (Coverage::Held, CoverageSource::OwnAccess));
}

#[test]
fn with_leave_to_see_the_holders_it_is_known_either_way() {
    let world = World::new();
    world.altinn.delegate(RECEIVER, administrator(), Holder::OwnClient);
    assert_eq!(asked(&world), (Coverage::NotHeld, CoverageSource::Holders));
    let clerk = Holder::Person("01819000553".to_owned());
    for access in [Access::confidential(), Access::Resource(INCOMING_CONFIDENTIAL.to_owned())] {
        world.altinn.delegate(RECEIVER, access.clone(), clerk.clone());
        assert_eq!(asked(&world), (Coverage::Held, CoverageSource::Holders), "{access:?}");
        world.altinn.withdraw(RECEIVER, &access, &clerk);
        assert_eq!(asked(&world), (Coverage::NotHeld, CoverageSource::Holders));
    }
}

#[test]
fn of_others_nothing_is_known_and_nothing_is_asked() {
    let world = World::new();
    let coverage = drive(&world.clock, world.coverage().coverage(&number(SENDER))).unwrap();
    assert_eq!(coverage, Coverage::Unknown);
    assert!(world.altinn.calls().is_empty());
}

#[test]
fn an_outage_is_an_error_and_not_an_answer() {
    let world = World::new();
    world.altinn.faults().arm(Operation::AccessManagement, When::Always, Fault::outage());
    let error = drive(&world.clock, world.coverage().coverage(&number(RECEIVER))).unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Transient);
}
