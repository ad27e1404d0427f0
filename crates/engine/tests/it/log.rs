//! The log as people read, export and keep it, and as it leaves the house by itself.

use std::{
    fmt,
    future::pending,
    pin::pin,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use futures_util::future::select;
use sakarkiv_audit::{
    AuditQuery, Checkpoint, CheckpointSigner, CheckpointSink, CsvOptions, Ed25519Signer, Note, Origin, SearchOrder,
    SignError, Verdict, VerifierKey, verify,
};
use sakarkiv_core::{
    access::{Role, RoleScope},
    audit::{Activity, AuditOutcome, LogClass, RetentionTerms},
    identity::ActorId,
    ports::{Audience, CaseFilter, Clock, Notice, PortError, PortErrorKind, Subject},
};
use sakarkiv_engine::{DeskError, LogError, Login, RecordsOffice, TenantSetup};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::MemoryStore,
};

use crate::world::{World, drive, employee, hours, minutes, morning, person, tenant};

/// Somebody outside who keeps every checkpoint.
#[derive(Default)]
pub(crate) struct Witness {
    notes: Mutex<Vec<(Origin, Note)>>,
    /// The logs whose checkpoints it does not take.
    away: Mutex<Vec<LogClass>>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Witness")
    }
}

#[async_trait]
impl CheckpointSink for Witness {
    async fn publish(&self, origin: &Origin, checkpoint: &Note) -> Result<(), PortError> {
        if self.away.lock().unwrap().contains(&origin.class()) {
            return Err(PortError::new(PortErrorKind::Transient, "witness.publish", "away"));
        }
        self.notes.lock().unwrap().push((origin.clone(), checkpoint.clone()));
        Ok(())
    }
}

impl Witness {
    fn refuse(&self, classes: &[LogClass]) {
        *self.away.lock().unwrap() = classes.to_vec();
    }

    pub(crate) fn last(&self, class: LogClass) -> Option<Note> {
        self.notes
            .lock()
            .unwrap()
            .iter()
            .rev()
            .find(|(origin, _)| origin.class() == class)
            .map(|(_, note)| note.clone())
    }
}

pub(crate) fn signer() -> Arc<Ed25519Signer> {
    Arc::new(Ed25519Signer::from_seed("arkiv.test/log", &[7; 32]).unwrap())
}

fn admin(id: &str) -> sakarkiv_core::access::User {
    employee(id).with_role(Role::SystemAdministrator, RoleScope::Tenant)
}

#[test]
fn reading_and_exporting_the_log_each_take_a_right_and_stand_in_it() {
    let world = World::of([admin("drift"), employee("u1").with_role(Role::CaseHandler, RoleScope::Tenant)]);
    let query = AuditQuery::default();
    let log = |id: &str| world.office.as_user(&person(id)).unwrap();
    let refused = world.run(log("u1").log().search(&query, SearchOrder::NewestFirst, None, 10));
    assert!(matches!(refused, Err(LogError::Desk(DeskError::Refused { .. }))), "{refused:?}");
    assert!(world.run(log("drift").log().search(&query, SearchOrder::NewestFirst, None, 10)).is_ok());
    let refused = world.run(log("drift").log().export(LogClass::Security, Vec::new()));
    assert!(matches!(refused, Err(LogError::Desk(DeskError::Refused { .. }))), "to read is not to export");
    let page = world.run(world.desk().log().search(&query, SearchOrder::OldestFirst, None, 10)).unwrap();
    let told: Vec<_> = page
        .entries
        .iter()
        .map(|found| {
            (found.entry.header.actor.as_str(), found.entry.header.activity.clone(), found.entry.header.outcome)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("u1", Activity::AccessRefused, AuditOutcome::Refused),
            ("drift", Activity::LogRead, AuditOutcome::Done),
            ("drift", Activity::AccessRefused, AuditOutcome::Refused),
            ("arkivar-1", Activity::LogRead, AuditOutcome::Done),
        ]
    );
}

#[test]
fn logins_and_failed_ones_are_told_by_the_embedding_service() {
    let world = World::new();
    let visitor = person("ukjent").from_client("10.0.0.7");
    world.run(world.office.tell_login(&visitor, Login::Failed, Some("kari@example.no".to_owned()))).unwrap();
    let last = world.log().pop().unwrap().event;
    assert_eq!(
        (last.activity, last.outcome, last.client.as_deref()),
        (Activity::LoginFailed, AuditOutcome::Refused, Some("10.0.0.7"))
    );
}

#[test]
fn checkpoints_leave_the_house_and_an_export_is_proven_against_them_from_outside() {
    let world = World::new();
    world.submit("a");
    world.pass(minutes(2));
    let note = world.witness.last(LogClass::Channel).unwrap();
    let export = world.run(world.desk().log().export(LogClass::Channel, Vec::new())).unwrap();
    assert!(proves(&export, &note));
    let mut bent = export;
    let place = bent.iter().position(|byte| *byte == b'q').unwrap();
    bent[place] = b'x';
    assert!(!proves(&bent, &note));
}

#[test]
fn a_thousand_entries_are_signed_before_the_minute_is_over() {
    let world = World::new();
    let signed = || world.witness.last(LogClass::AccessAndProcessing).map_or(0, |note| opened(&note).size);
    let soon = world.clock.now() + minutes(1) / 2;
    let filter = CaseFilter::default();
    let reading = pin!(async {
        for _ in 0..1000 {
            world.desk().cases(&filter, None, 1).await.unwrap();
        }
        world.clock.sleep_until(soon).await;
    });
    // An office that closes in good order signs what is left; this one is cut off.
    world.run(select(pin!(world.office.run(pending())), reading));
    assert!(signed() >= 1000, "{} are signed", signed());
}

#[test]
fn a_witness_that_is_away_gets_the_next_checkpoint() {
    let world = World::new();
    world.witness.refuse(&LogClass::ALL);
    world.submit("a");
    world.pass(minutes(2));
    let state = |class| world.run(world.desk().log().state(class)).unwrap();
    assert!(state(LogClass::Channel).checkpoint.is_none(), "nobody outside has it, so it does not count");
    world.witness.refuse(&[]);
    world.pass(minutes(2));
    let kept = state(LogClass::Channel).checkpoint.unwrap();
    assert_eq!(kept.note, world.witness.last(LogClass::Channel).unwrap().to_string());
}

#[test]
fn checkpoints_that_nobody_takes_are_told_once_until_they_are_held_again() {
    let mut world = World::new();
    world.witness.refuse(&LogClass::ALL);
    world.submit("a");
    world.pass(minutes(5));
    assert_eq!(told_unheld(&world.notifier), 1);
    world.restart();
    world.pass(minutes(5));
    assert_eq!(told_unheld(&world.notifier), 1, "a restart tells nothing new");
    world.witness.refuse(&[]);
    world.pass(minutes(2));
    // One log that stays behind is an outage, however well the others do.
    world.witness.refuse(&[LogClass::Channel]);
    world.submit("b");
    for _ in 0..3 {
        world.run(world.office.tell_login(&person("ukjent"), Login::Failed, None)).unwrap();
        world.pass(minutes(2));
    }
    assert_eq!(told_unheld(&world.notifier), 2);
}

#[test]
fn a_key_that_does_not_sign_is_told_and_one_witness_of_two_is_enough() {
    let away = Arc::<Witness>::default();
    away.refuse(&LogClass::ALL);
    for (signer, told) in [(Arc::new(Locked(signer())) as Arc<dyn CheckpointSigner>, 1), (signer() as _, 0)] {
        let (clock, notifier) = (ManualClock::new(morning()), Arc::new(RecordingNotifier::new()));
        let store = Arc::new(MemoryStore::default());
        let office = RecordsOffice::builder()
            .store(Arc::clone(&store) as _)
            .clock(Arc::clone(&clock) as _)
            .entropy(Arc::new(SeededEntropy::new(1)))
            .notifier(Arc::clone(&notifier) as _)
            .node("n1")
            .audit_log(store, "arkiv.test")
            .checkpoints(signer, [Arc::clone(&away) as _, Arc::<Witness>::default() as _])
            .tenant(TenantSetup::new(tenant()))
            .build()
            .unwrap();
        drive(&clock, office.tell_login(&person("ukjent"), Login::Failed, None)).unwrap();
        let end = clock.now() + minutes(3);
        drive(&clock, office.run(clock.sleep_until(end)));
        assert_eq!(told_unheld(&notifier), told);
    }
}

#[test]
fn personal_content_is_erased_and_the_log_still_proves() {
    let world = World::new();
    let visitor = person("ukjent");
    world.run(world.office.tell_login(&visitor, Login::Failed, Some("kari@example.no".to_owned()))).unwrap();
    world.pass(minutes(2));
    let note = world.witness.last(LogClass::Security).unwrap();
    assert!(world.run(world.desk().log().erase(LogClass::Security, 0, "name", "logget ved en feil".into())).unwrap());
    let export = world.run(world.desk().log().export(LogClass::Security, Vec::new())).unwrap();
    assert!(!String::from_utf8(export.clone()).unwrap().contains("kari@"));
    assert!(proves(&export, &note));
}

#[test]
fn a_shorter_keeping_takes_two_administrators_and_old_entries_go_by_themselves() {
    let world = World::of([admin("drift-1"), admin("drift-2")]);
    world.submit("a");
    world.pass(minutes(2));
    let desk = |id: &str| world.office.as_user(&person(id)).unwrap();
    let longer = RetentionTerms::standard().keeping(LogClass::Channel, 15);
    world.run(desk("drift-1").log().settle_retention(longer)).unwrap();
    world.run(desk("drift-1").log().settle_retention(RetentionTerms::standard())).unwrap();
    assert!(matches!(world.run(desk("drift-1").log().confirm_retention()), Err(LogError::Retention(_))));
    let first = || world.run(world.desk().log().state(LogClass::Channel)).unwrap().first();
    world.clock.advance(hours(24 * 366 * 11));
    world.pass(minutes(5));
    assert_eq!(first(), 0, "fifteen years are not over");
    world.run(desk("drift-2").log().confirm_retention()).unwrap();
    world.clock.advance(hours(24));
    world.pass(minutes(5));
    assert!(first() > 0);
    let export = world.run(world.desk().log().export(LogClass::Channel, Vec::new())).unwrap();
    assert!(proves(&export, &world.witness.last(LogClass::Channel).unwrap()));
    let now = world.clock.now();
    let mut pruned = query();
    pruned.activity = Some(Activity::LogPruned);
    let page = world.run(world.desk().log().search(&pruned, SearchOrder::NewestFirst, None, 10)).unwrap();
    assert!(page.entries.iter().any(|found| found.entry.header.at <= now));
    assert_eq!(page.entries[0].entry.header.actor, ActorId::new("records-office").unwrap());
}

#[test]
fn a_clock_that_jumps_ahead_deletes_nothing_and_holds_up_nothing_when_it_is_set_back() {
    let world = World::new();
    world.submit("a");
    world.pass(minutes(2));
    let first = || world.run(world.desk().log().state(LogClass::Channel)).unwrap().first();
    let right = world.clock.now();
    world.clock.advance(hours(24 * 366 * 11));
    world.pass(minutes(5));
    assert_eq!(first(), 0, "the clock may be wrong");
    world.clock.set(right);
    world.pass(hours(48));
    assert_eq!(first(), 0);
    world.clock.advance(hours(24 * 366 * 11));
    for _ in 0..2 {
        world.clock.advance(hours(24));
        world.pass(minutes(5));
    }
    assert!(first() > 0, "it went on for a day");
}

#[test]
fn the_log_is_handed_out_as_a_table_for_people() {
    let world = World::new();
    world.submit("a");
    let table = world.run(world.desk().log().export_table(&query(), CsvOptions::default(), Vec::new())).unwrap();
    let table = String::from_utf8(table).unwrap();
    assert!(table.starts_with("sequence,at,tenant") && table.contains("accepted"), "{table}");
}

/// A key that its store does not give out.
#[derive(Debug)]
struct Locked(Arc<Ed25519Signer>);

impl CheckpointSigner for Locked {
    fn key(&self) -> &VerifierKey {
        self.0.key()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        Err(SignError::new("locked"))
    }
}

/// How often operations were told that checkpoints reach nobody.
fn told_unheld(notifier: &RecordingNotifier) -> usize {
    let told = notifier.told();
    let of_this =
        |notice: &&Notice| (&notice.subject, &notice.audience) == (&Subject::CheckpointNotHeld, &Audience::Operations);
    told.iter().filter(of_this).count()
}

/// Whether an export is what the archive signed and what somebody outside has held.
fn proves(export: &[u8], held: &Note) -> bool {
    matches!(verify(export, &[signer().key().clone()], &[opened(held)]).unwrap(), Verdict::Sound(_))
}

fn opened(note: &Note) -> Checkpoint {
    note.open(&[signer().key().clone()]).unwrap()
}

fn query() -> AuditQuery {
    AuditQuery::default()
}
