//! Who comes to own a case whose kind asks for a granted and archived request first (R2.5).

use sakarkiv_core::{
    access::GrantRight,
    audit::Activity,
    case::{CaseAmendment, CaseChange, CaseKind},
    identity::CaseId,
};
use sakarkiv_engine::{ChangeError, DeskError, Judgement};

use crate::{
    access::{actor, case, desk, handler, wish},
    world::World,
};

fn owner(id: &str) -> CaseChange {
    CaseChange::CaseHandler(Some(actor(id)))
}

fn kind(kind: CaseKind) -> CaseChange {
    CaseChange::Kind(kind)
}

fn amend(world: &World, id: CaseId, amendment: impl Into<CaseAmendment>) -> Result<(), ChangeError> {
    world.run(world.desk().amend_case(id, amendment.into()))
}

#[track_caller]
fn refused(world: &World, answer: &Result<(), ChangeError>) {
    assert!(matches!(answer, Err(ChangeError::Desk(DeskError::Refused { .. }))), "{answer:?}");
    let last = world.log().pop().unwrap().event;
    assert_eq!((last.activity, last.rule.as_deref()), (Activity::AccessRefused, Some("ownership_unconfirmed")));
}

#[test]
fn a_case_becomes_a_personnel_file_with_its_handler_only_after_a_request() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (id, _) = case(&world, CaseKind::Ordinary, None);
    let both = CaseAmendment::new(kind(CaseKind::PersonnelFile)).and(owner("u1"));
    refused(&world, &amend(&world, id, both));
    amend(&world, id, owner("u1")).unwrap();
    refused(&world, &amend(&world, id, kind(CaseKind::PersonnelFile)));
    let without = CaseAmendment::new(kind(CaseKind::PersonnelFile)).and(CaseChange::CaseHandler(None));
    amend(&world, id, without).unwrap();
}

#[test]
fn a_personnel_file_gets_no_other_handler_on_its_way_to_another_kind() {
    let world = World::of([handler("u1")]);
    let (id, _) = case(&world, CaseKind::PersonnelFile, None);
    refused(&world, &amend(&world, id, CaseAmendment::new(kind(CaseKind::Ordinary)).and(owner("u1"))));
    amend(&world, id, kind(CaseKind::Ordinary)).unwrap();
    amend(&world, id, owner("u1")).unwrap();
    refused(&world, &amend(&world, id, kind(CaseKind::PersonnelFile)));
}

#[test]
fn a_grant_that_was_never_archived_makes_nobody_the_owner_of_a_personnel_file() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (id, _) = case(&world, CaseKind::Ordinary, None);
    let granted = || {
        let asked = wish("u1", GrantRight::Write, id, &world);
        let judgement = Judgement::Grant { right: GrantRight::Write, period: asked.period };
        let request = world.run(desk(&world, "u1").access().request(asked)).unwrap();
        world.run(world.desk().access().judge(request, judgement, "trengs".into())).unwrap();
    };
    granted();
    amend(&world, id, kind(CaseKind::PersonnelFile)).unwrap();
    refused(&world, &amend(&world, id, owner("u1")));
    granted();
    amend(&world, id, owner("u1")).unwrap();
    amend(&world, id, CaseChange::Title("Personalmappe".into())).unwrap();
}
