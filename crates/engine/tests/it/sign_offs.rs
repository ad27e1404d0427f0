//! Signing journal entries off, and taking sign-offs back.

use sakarkiv_core::{
    access::{Role, RoleScope},
    audit::{Activity, AuditOutcome},
    case::{CaseKind, CaseStatus, NewCase},
    identity::{CaseId, EntryId, PartyId, SignOffId},
    journal::{EntryKind, EntryStatus, JournalEntry, NewEntry, SignOffError, SignOffKind},
    party::{Party, PartyRole},
    ports::{Clock, Op, SignOffWish, Store, StoreError, Transaction},
};
use sakarkiv_engine::{ChangeError, Desk, DeskError};
use uuid::Uuid;

use crate::world::{World, archivist, employee, person, tenant, unit};

/// A world with an incoming entry on record that is signed off as taken note of, in a case that may be closed.
struct Office {
    world: World,
    case: CaseId,
    entry: EntryId,
}

impl Office {
    fn new() -> Self {
        let world = World::of([employee("u2").with_role(Role::Reader, RoleScope::Tenant)]);
        let mut case = NewCase::new(CaseKind::Building, "Storgata 1".into(), unit(), archivist().id);
        case.class = Some("L42".into());
        let (case, _) = world.run(world.desk().open_case(case)).unwrap();
        let mut entry = NewEntry::new(EntryKind::Incoming, "Klage".into(), archivist().id);
        entry.status = EntryStatus::Journaled;
        let sender = PartyId::from_uuid(Uuid::from_u128(1));
        entry.parties = vec![Party::new(sender, PartyRole::Sender, "Prøvedal Bygg AS".into()).unwrap()];
        let (entry, _) = world.run(world.desk().register(case, entry)).unwrap();
        let wish = SignOffWish { how: SignOffKind::Noted, answered_by: None, party: None };
        world.run(world.desk().sign_off(entry, wish)).unwrap();
        world.run(world.desk().move_entry(entry, EntryStatus::Archived)).unwrap();
        Self { world, case, entry }
    }

    fn stored(&self) -> JournalEntry {
        self.world.run(self.world.store().entry(&tenant(), self.entry)).unwrap().unwrap()
    }

    fn undo(&self, desk: &Desk<'_>) -> Result<(), ChangeError> {
        let sign_off = self.stored().sign_offs().first().map(|sign_off| SignOffId::of(self.entry, sign_off));
        self.world.run(desk.undo_sign_off(self.entry, sign_off.unwrap()))
    }
}

#[test]
fn a_sign_off_is_taken_back_in_an_archived_entry_and_the_log_tells_what_it_said() {
    let office = Office::new();
    office.undo(&office.world.desk()).unwrap();
    assert!(office.stored().is_outstanding());
    let log = office.world.log();
    let event = &log.last().unwrap().event;
    assert_eq!((&event.activity, &event.actor), (&Activity::StatusChanged, &archivist().id));
    assert_eq!(event.details.expose()["sign_off_undone"], "TE 2026-09-14 arkivar-1");
    let closed = office.world.run(office.world.desk().move_case(office.case, CaseStatus::Closed));
    assert!(matches!(closed, Err(DeskError::Store(StoreError::Invalid(_)))), "it waits for an answer: {closed:?}");
}

#[test]
fn who_may_only_read_takes_nothing_back() {
    let office = Office::new();
    let refused = office.undo(&office.world.office.as_user(&person("u2")).unwrap());
    assert!(matches!(refused, Err(ChangeError::Desk(DeskError::Refused { .. }))), "{refused:?}");
    assert!(!office.stored().is_outstanding());
    let log = office.world.log();
    let event = &log.last().unwrap().event;
    assert_eq!((&event.activity, event.outcome), (&Activity::AccessRefused, AuditOutcome::Refused));
}

#[test]
fn in_a_closed_case_nothing_comes_to_wait_not_even_when_it_is_closed_at_that_moment() {
    let office = Office::new();
    let at = office.world.clock.now();
    let close = Op::MoveCase { id: office.case, to: CaseStatus::Closed, by: archivist().id, at };
    let undoes = |op: &Op| matches!(op, Op::PutEntry(_));
    office.world.doubts.meanwhile(undoes, Transaction::new(tenant()).with(close));
    let late = office.undo(&office.world.desk());
    assert!(matches!(late, Err(ChangeError::Desk(DeskError::Store(StoreError::Conflict { .. })))), "{late:?}");
    assert!(!office.stored().is_outstanding());
    let refused = office.undo(&office.world.desk());
    assert!(matches!(refused, Err(ChangeError::SignOff(SignOffError::CaseClosed))), "{refused:?}");
    office.world.run(office.world.desk().move_case(office.case, CaseStatus::Open)).unwrap();
    office.undo(&office.world.desk()).unwrap();
}
