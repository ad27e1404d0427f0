//! Rights at the desk: what is decided, what is stored, who is told, and what the log says.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use sakarkiv_core::{
    access::{
        AccessPolicy, AccessRecord, Actor, ChannelRight, Consultancy, DutyKind, GrantRight, GrantScope, Period,
        Purpose as For, Reading, RecordRef, ReviewOutcome, Role, RoleRights, RoleScope, ServiceAllowance,
        ServiceRights, UnitScope, User, UserKind, Writing,
    },
    audit::{Activity, AuditOutcome},
    case::{CaseChange, CaseKind, NewCase},
    identity::{ActorId, CaseId, EntryId},
    journal::{EntryKind, NewEntry},
    ports::{Assigned, Audience, Clock, Op, Store, StoreError, Transaction},
    screening::{AccessCode, Hides, Screening},
    sensitivity::SensitivityClass,
};
use sakarkiv_engine::{
    AccessError, ChangeError, Desk, DeskError, DocumentError, Judgement, RecordsOffice, SubmitError, TenantSetup, Wish,
};
use sakarkiv_testkit::{
    doubles::{ManualClock, RecordingNotifier, SeededEntropy},
    memory::{HookedStore, StoreHook},
};

use crate::world::{World, account, archivist, employee, head_archivist, hours, minutes, person, tenant, unit};

pub(crate) fn handler(id: &str) -> User {
    let scope = RoleScope::Unit { unit: unit(), with_sub_units: false };
    employee(id).with_role(Role::CaseHandler, scope).with_account(account("byplan"), ChannelRight::Send)
}

pub(crate) fn actor(id: &str) -> ActorId {
    ActorId::new(id).unwrap()
}

pub(crate) fn desk<'a>(world: &'a World, id: &str) -> Desk<'a> {
    world.office.as_user(&person(id)).unwrap()
}

/// A case of a kind with an entry in it, opened by the head archivist for a case handler.
pub(crate) fn case(world: &World, kind: CaseKind, handler: Option<&str>) -> (CaseId, EntryId) {
    let mut case = NewCase::new(kind, "Berg, Kari: oppfølging".into(), unit(), archivist().id);
    case.case_handler = handler.map(actor);
    let (case, _) = world.run(world.desk().open_case(case)).unwrap();
    let mut entry = NewEntry::new(EntryKind::Internal, "Notat om Kari Berg".into(), archivist().id);
    entry.unit = Some(unit());
    (case, world.run(world.desk().register(case, entry)).unwrap().0)
}

pub(crate) fn screened() -> Option<Screening> {
    let code = AccessCode::new("UO").unwrap();
    let screening = Screening::new(code, "offl. § 13", [Hides::TitleWords, Hides::Document]).unwrap();
    Some(screening.with_words(["Kari", "Berg"]).unwrap())
}

pub(crate) fn wish(holder: &str, right: GrantRight, case: CaseId, world: &World) -> Wish {
    let now = world.clock.now();
    Wish {
        holder: actor(holder),
        right,
        scope: GrantScope::Case(case),
        purpose: For::Access,
        period: Period::between(now, now + TimeDelta::days(30)),
        need: "vikariat i saken".into(),
    }
}

fn told(world: &World, audience: &Audience) -> usize {
    world.idle();
    world.notifier.told().iter().filter(|notice| notice.audience == *audience).count()
}

fn logged(world: &World, activity: &Activity) -> Vec<(String, AuditOutcome)> {
    let log = world.log();
    let events = log.into_iter().filter(|record| record.event.activity == *activity);
    events.map(|record| (record.event.actor.to_string(), record.event.outcome)).collect()
}

#[test]
fn a_case_handler_writes_own_cases_and_reads_the_units_open_ones() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (mine, _) = case(&world, CaseKind::Building, Some("u1"));
    let note = || NewEntry::new(EntryKind::Internal, "Notat".into(), actor("u1"));
    assert!(world.run(desk(&world, "u1").register(mine, note())).is_ok());
    assert!(world.run(desk(&world, "u2").case(mine)).is_ok());
    let refused = world.run(desk(&world, "u2").register(mine, note()));
    assert!(matches!(refused, Err(DeskError::Refused { .. })), "{refused:?}");
    assert_eq!(logged(&world, &Activity::AccessRefused), [("u2".to_owned(), AuditOutcome::Refused)]);
}

#[test]
fn asking_again_under_a_key_tells_nothing_to_whoever_could_not_have_asked_first() {
    let world = World::of([handler("u1"), employee("u2").with_role(Role::Reader, RoleScope::Tenant)]);
    let case = || NewCase::new(CaseKind::Building, "Sak".into(), unit(), actor("u1"));
    let opened = world.run(desk(&world, "u1").open_case_once("a", case())).unwrap();
    assert_eq!(world.run(desk(&world, "u1").open_case_once("a", case())).unwrap(), opened);
    let refused = world.run(desk(&world, "u2").open_case_once("a", case()));
    assert!(matches!(refused, Err(DeskError::Refused { .. })), "{refused:?}");
}

#[test]
fn only_users_in_force_put_documents_and_a_refusal_is_logged() {
    let world = World::of([handler("u1")]);
    let put = |id: &str| {
        let content = stream::iter([Ok(bytes::Bytes::from_static(b"vedtak"))]).boxed();
        world.run(desk(&world, id).put_document(content, 100))
    };
    assert!(put("u1").is_ok());
    assert!(matches!(put("ukjent"), Err(DocumentError::Desk(DeskError::Refused { .. }))));
    assert_eq!(logged(&world, &Activity::AccessRefused), [("ukjent".to_owned(), AuditOutcome::Refused)]);
}

#[test]
fn letters_are_sent_only_by_those_who_were_given_the_sender_account() {
    let world = World::of([handler("u1"), employee("u2").with_role(Role::Archivist, RoleScope::Tenant)]);
    let letter = world.letter("a", "byplan", SensitivityClass::Open);
    let refused = world.run(desk(&world, "u2").submit(letter.clone()));
    assert!(matches!(refused, Err(SubmitError::Desk(DeskError::Refused { .. }))), "{refused:?}");
    let not_their_case = world.run(desk(&world, "u1").submit(letter.clone()));
    assert!(matches!(not_their_case, Err(SubmitError::Desk(DeskError::Refused { .. }))), "{not_their_case:?}");
    assert!(world.run(world.desk().submit(letter)).is_ok());
}

#[test]
fn access_to_a_folder_is_not_handed_down_to_what_is_screened_or_grouped_in_it() {
    let world = World::of([handler("u1"), handler("u2")]);
    let mut new = NewCase::new(CaseKind::Ordinary, "Klage fra Kari Berg".into(), unit(), archivist().id);
    new.screening = screened();
    let (id, _) = world.run(world.desk().open_case(new)).unwrap();
    let entry = |screening| {
        let mut entry = NewEntry::new(EntryKind::Internal, "Notat".into(), archivist().id);
        entry.unit = Some(unit());
        entry.screening = screening;
        world.run(world.desk().register(id, entry)).unwrap().0
    };
    let (plain, own) = (entry(None), entry(screened()));
    let request = world.run(desk(&world, "u1").access().request(wish("u1", GrantRight::Read, id, &world))).unwrap();
    let judgement =
        Judgement::Grant { right: GrantRight::Read, period: wish("u1", GrantRight::Read, id, &world).period };
    world.run(world.desk().access().judge(request, judgement, "trengs i saken".into())).unwrap();
    let desk = desk(&world, "u1");
    assert!(world.run(desk.case(id)).is_ok() && world.run(desk.entry(plain)).is_ok());
    assert!(matches!(world.run(desk.entry(own)), Err(DeskError::Refused { .. })));
    let readable = world.run(desk.entries(id)).unwrap();
    assert_eq!(readable.iter().map(|entry| entry.id()).collect::<Vec<_>>(), [plain]);
}

#[test]
fn anybody_may_ask_and_nobody_judges_their_own_request() {
    let world = World::of([handler("u1"), employee("u3").with_role(Role::Archivist, RoleScope::Tenant)]);
    let (id, _) = case(&world, CaseKind::Ordinary, None);
    let request = world.run(desk(&world, "u3").access().request(wish("u3", GrantRight::Write, id, &world))).unwrap();
    assert_eq!(told(&world, &Audience::Archive), 1);
    let own = world.run(desk(&world, "u3").access().judge(request, Judgement::Refuse, "nei".into()));
    assert!(matches!(own, Err(AccessError::Request(_))), "{own:?}");
    let unentitled = world.run(desk(&world, "u1").access().judge(request, Judgement::Refuse, "nei".into()));
    assert!(matches!(unentitled, Err(AccessError::Desk(DeskError::Refused { .. }))), "{unentitled:?}");
    assert_eq!(world.run(world.desk().access().judge(request, Judgement::Refuse, "ikke behov".into())).unwrap(), None);
    assert_eq!(told(&world, &Audience::User(actor("u3"))), 1);
    assert_eq!(logged(&world, &Activity::AccessDecided), [("arkivar-1".to_owned(), AuditOutcome::Refused)]);
    let again = world.run(world.desk().access().judge(request, Judgement::Refuse, "nei".into()));
    assert!(matches!(again, Err(AccessError::Request(_))), "judged once");
}

#[test]
fn what_a_manager_asks_for_an_employee_counts_only_with_request_and_decision_archived() {
    let boss = employee("boss").with_role(Role::Manager, RoleScope::Unit { unit: unit(), with_sub_units: true });
    let world = World::of([boss, handler("u1")]);
    let (id, _) = case(&world, CaseKind::PersonnelFile, None);
    let request = world.run(desk(&world, "boss").access().request(wish("u1", GrantRight::Write, id, &world))).unwrap();
    assert_eq!(told(&world, &Audience::HeadArchivist), 1);
    assert!(matches!(world.run(desk(&world, "u1").case(id)), Err(DeskError::NotFound)));
    let period = wish("u1", GrantRight::Write, id, &world).period;
    let judgement = Judgement::Grant { right: GrantRight::Write, period };
    let grant = world.run(world.desk().access().judge(request, judgement, "vikarierer".into())).unwrap().unwrap();
    assert!(world.run(desk(&world, "u1").case(id)).is_ok());
    let (_, grants) = world.run(world.desk().access().rights_of(&actor("u1"))).unwrap();
    let archived = grants.iter().find(|held| held.id() == grant).unwrap().confirmation().unwrap();
    for entry in [archived.request, archived.decision] {
        let entry = world.run(world.desk().entry(entry)).unwrap();
        let (document, id) = (entry.documents()[0].document.id(), entry.id());
        let opened = world.run(world.desk().document(id, document, sakarkiv_engine::Purpose::Show)).unwrap();
        assert_eq!(opened.media_type.as_str(), "text/plain");
        assert!(matches!(world.run(desk(&world, "u1").entry(id)), Err(DeskError::Refused { .. })), "only few read it");
    }
    let owner = CaseChange::CaseHandler(Some(actor("u1"))).into();
    assert!(world.run(world.desk().amend_case(id, owner)).is_ok());
    let other = CaseChange::CaseHandler(Some(actor("boss"))).into();
    let unconfirmed = world.run(world.desk().amend_case(id, other));
    assert!(matches!(unconfirmed, Err(ChangeError::Desk(DeskError::Refused { .. }))), "{unconfirmed:?}");
    assert_eq!(logged(&world, &Activity::AccessRefused).last().unwrap().0, "arkivar-1");
}

#[test]
fn a_grant_gives_nothing_from_its_last_second_on_and_its_holder_is_told() {
    let world = World::of([handler("u1")]);
    let (id, _) = case(&world, CaseKind::PupilFile, None);
    let mut asked = wish("u1", GrantRight::Read, id, &world);
    asked.period.until = Some(world.clock.now() + hours(1));
    let judgement = Judgement::Grant { right: GrantRight::Read, period: asked.period };
    let request = world.run(desk(&world, "u1").access().request(asked)).unwrap();
    world.run(world.desk().access().judge(request, judgement, "ok".into())).unwrap();
    world.clock.advance(hours(1) - minutes(1));
    assert!(world.run(desk(&world, "u1").case(id)).is_ok());
    world.clock.advance(minutes(1));
    assert!(matches!(world.run(desk(&world, "u1").case(id)), Err(DeskError::NotFound)), "to the second");
    assert_eq!(told(&world, &Audience::User(actor("u1"))), 2);
    assert_eq!(logged(&world, &Activity::GrantEnded).len(), 1);
    world.idle();
    assert_eq!(logged(&world, &Activity::GrantEnded).len(), 1, "noted once");
}

#[test]
fn a_consultant_needs_an_archived_agreement_and_is_out_when_it_is_over() {
    let world = World::new();
    let (id, agreement) = case(&world, CaseKind::Ordinary, Some("k1"));
    let until = world.clock.now() + hours(24);
    let consultant = |agreement| {
        let terms = Consultancy { agreement, ordered_by: actor("boss"), until };
        User::new(tenant(), actor("k1"), UserKind::Consultant(terms), archivist().id, world.clock.now())
    };
    let missing = world.run(world.desk().access().put_user(consultant(EntryId::from_uuid(uuid::Uuid::from_u128(9)))));
    assert!(matches!(missing, Err(AccessError::NoAgreement)), "{missing:?}");
    world.run(world.desk().access().put_user(consultant(agreement))).unwrap();
    assert!(world.run(desk(&world, "k1").case(id)).is_ok());
    world.clock.advance(hours(24));
    assert!(matches!(world.run(desk(&world, "k1").case(id)), Err(DeskError::NotFound)));
    assert_eq!(told(&world, &Audience::User(actor("k1"))), 1);
    assert_eq!(logged(&world, &Activity::PermissionChanged).last().unwrap().0, "records-office");
}

#[test]
fn emergency_access_is_loud_short_reading_and_reviewed_by_somebody_else() {
    let world = World::of([handler("u1")]);
    let (id, _) = case(&world, CaseKind::ChildFile, None);
    let unexplained = world.run(desk(&world, "u1").access().break_glass(RecordRef::Case(id), " ".into()));
    assert!(matches!(unexplained, Err(AccessError::Emergency(_))), "{unexplained:?}");
    world.run(desk(&world, "u1").access().break_glass(RecordRef::Case(id), "barn i fare".into())).unwrap();
    assert_eq!(told(&world, &Audience::HeadArchivist), 1);
    assert!(world.run(desk(&world, "u1").case(id)).is_ok());
    let note = NewEntry::new(EntryKind::Internal, "Notat".into(), actor("u1"));
    assert!(matches!(world.run(desk(&world, "u1").register(id, note)), Err(DeskError::Refused { .. })));
    assert_eq!(logged(&world, &Activity::EmergencyAccess).len(), 1);
    world.clock.advance(hours(1));
    assert!(matches!(world.run(desk(&world, "u1").case(id)), Err(DeskError::NotFound)));
    world.clock.advance(hours(24 * 7));
    world.idle();
    let reviews = world.run(world.desk().access().open_reviews()).unwrap();
    assert!(reviews[0].is_overdue(world.clock.now()));
    assert_eq!(logged(&world, &Activity::ReviewOverdue).len(), 1);
    let (review, evidence) = (reviews[0].id(), "snakket med vakta".into());
    world.run(world.desk().access().finish_review(review, ReviewOutcome::Kept, evidence, None)).unwrap();
    assert_eq!(logged(&world, &Activity::ReviewDone).len(), 1);
}

#[test]
fn rights_of_administrators_and_channels_fall_due_for_review_by_themselves() {
    let world = World::new();
    let open = || world.run(world.desk().access().open_reviews()).unwrap().len();
    world.idle();
    assert_eq!(open(), 0);
    world.clock.advance(hours(24 * 62));
    world.idle();
    assert_eq!(open(), 1, "the head archivist's channels, a month before the quarter is over");
    world.clock.advance(hours(24 * 365));
    world.idle();
    assert_eq!(open(), 2, "and the roles after a year");
    world.clock.advance(hours(24));
    world.idle();
    assert_eq!((open(), logged(&world, &Activity::ReviewOverdue).len()), (2, 2), "asked for once, and overdue");
}

/// Lets another process do its work in the moment before the first review is stored.
#[derive(Debug)]
struct Overtaken(Mutex<Option<RecordsOffice>>);

#[async_trait]
impl StoreHook for Overtaken {
    async fn commit(&self, inner: &dyn Store, transaction: Transaction) -> Result<Vec<Assigned>, StoreError> {
        let asks = transaction.ops.iter().any(|op| matches!(op, Op::PutAccess(AccessRecord::Review(_))));
        let other = if asks { self.0.lock().unwrap().take() } else { None };
        if let Some(other) = other {
            other.run_until_idle().await;
        }
        inner.commit(transaction).await
    }
}

#[test]
fn two_processes_that_plan_reviews_at_once_ask_for_each_once() {
    let world = World::new();
    world.clock.advance(hours(24 * 62));
    let store = HookedStore::new(Arc::new(world.store()), Overtaken(Mutex::new(Some(world.office.clone()))));
    let overtaken = RecordsOffice::builder()
        .store(Arc::new(store))
        .clock(Arc::<ManualClock>::clone(&world.clock))
        .entropy(Arc::new(SeededEntropy::new(8)))
        .notifier(Arc::<RecordingNotifier>::clone(&world.notifier))
        .node("another")
        .tenant(TenantSetup::new(tenant()).user(head_archivist()))
        .build();
    world.run(overtaken.unwrap().run_until_idle());
    assert_eq!(world.run(world.desk().access().open_reviews()).unwrap().len(), 1);
}

#[test]
fn nobody_changes_their_own_rights_and_what_was_changed_stays_in_the_history() {
    let world = World::of([handler("u1")]);
    let (me, _) = world.run(world.desk().access().rights_of(&archivist().id)).unwrap();
    assert!(matches!(world.run(world.desk().access().put_user(me)), Err(AccessError::OwnRights)));
    let (mut user, _) = world.run(world.desk().access().rights_of(&actor("u1"))).unwrap();
    for _ in 0..2 {
        user.roles.clear();
        world.run(world.desk().access().put_user(user.clone())).unwrap();
        user = world.run(world.desk().access().rights_of(&actor("u1"))).unwrap().0;
    }
    assert_eq!(user.version, 2);
    assert!(matches!(world.run(desk(&world, "u1").access().put_user(user)), Err(AccessError::Desk(_))));
}

#[test]
fn a_service_user_does_what_is_on_its_list_and_nothing_else() {
    let rights = ServiceRights {
        integration: "byggesak".to_owned(),
        owner: actor("boss"),
        records: vec![ServiceAllowance {
            right: GrantRight::Write,
            kinds: [CaseKind::Building].into(),
            units: UnitScope::Unit { unit: unit(), with_sub_units: false },
            series: None,
            up_to: SensitivityClass::Open,
        }],
        opens: [CaseKind::Building].into(),
    };
    let robot = User::founding(tenant(), actor("robot"), UserKind::Service(rights));
    let world = World::of([robot]);
    let open = |kind| NewCase::new(kind, "Sak".into(), unit(), actor("robot"));
    let (mine, _) = world.run(desk(&world, "robot").open_case(open(CaseKind::Building))).unwrap();
    assert!(world.run(desk(&world, "robot").case(mine)).is_ok());
    assert!(matches!(
        world.run(desk(&world, "robot").open_case(open(CaseKind::Ordinary))),
        Err(DeskError::Refused { .. })
    ));
    let (other, _) = case(&world, CaseKind::Ordinary, None);
    assert!(matches!(world.run(desk(&world, "robot").case(other)), Err(DeskError::NotFound)));
    let letter = world.letter("a", "byplan", SensitivityClass::Open);
    assert!(matches!(
        world.run(desk(&world, "robot").submit(letter)),
        Err(SubmitError::Desk(DeskError::Refused { .. }))
    ));
}

#[test]
fn it_can_be_told_who_sees_a_record_and_by_which_rule() {
    let world = World::of([handler("u1"), handler("u2")]);
    let (id, _) = case(&world, CaseKind::ChildFile, Some("u1"));
    let holders = world.run(world.desk().access().who_sees(RecordRef::Case(id))).unwrap();
    let told: Vec<_> = holders.iter().map(|holder| (holder.user.as_str(), holder.writes, holder.rule)).collect();
    assert_eq!(told, [("arkivar-1", true, "archive"), ("u1", true, "responsible")]);
    assert!(matches!(
        world.run(desk(&world, "u1").access().who_sees(RecordRef::Case(id))),
        Err(DeskError::Refused { .. })
    ));
}

#[test]
fn every_reading_stands_in_the_log_with_client_and_rule_before_anything_is_shown() {
    let world = World::of([handler("u1")]);
    let (id, entry) = case(&world, CaseKind::ChildFile, Some("u1"));
    let me: Actor = person("u1").from_client("ws-12");
    let desk = world.office.as_user(&me).unwrap();
    world.run(desk.case(id)).unwrap();
    let last = world.log().pop().unwrap().event;
    assert_eq!(
        (last.activity, last.client.as_deref(), last.rule.as_deref()),
        (Activity::Read, Some("ws-12"), Some("responsible"))
    );
    assert!(matches!(world.run(desk.entry(entry)), Err(DeskError::NotFound)), "its entries are not handed down");
    let last = world.log().pop().unwrap().event;
    assert_eq!((last.activity, last.outcome), (Activity::AccessRefused, AuditOutcome::Refused));
}

#[test]
fn a_tenants_own_policy_counts_at_once() {
    let world = World::of([handler("u1")]);
    let (id, _) = case(&world, CaseKind::Building, None);
    assert!(world.run(desk(&world, "u1").case(id)).is_ok());
    let mut policy: AccessPolicy = world.run(world.desk().access().access_policy()).unwrap();
    policy.roles.insert(Role::CaseHandler, RoleRights::default());
    world.run(world.desk().access().put_policy(policy)).unwrap();
    assert!(matches!(world.run(desk(&world, "u1").case(id)), Err(DeskError::NotFound)));
}

#[test]
fn no_administrator_settles_a_policy_that_gives_themselves_more() {
    let admin = |id| employee(id).with_role(Role::SystemAdministrator, RoleScope::Tenant);
    let world = World::of([admin("sys")]);
    let (id, _) = case(&world, CaseKind::ChildFile, None);
    let standard = world.run(world.desk().access().access_policy()).unwrap();
    let mut policy = standard.clone();
    let all = RoleRights::new(Reading::Strict, Writing::All, [DutyKind::ManageUsers]);
    policy.roles.insert(Role::SystemAdministrator, all);
    let sys = desk(&world, "sys");
    let own = world.run(sys.access().put_policy(policy.clone()));
    assert!(matches!(own, Err(AccessError::OwnRights)), "{own:?}");
    assert!(matches!(world.run(sys.case(id)), Err(DeskError::NotFound)));
    let mut reviewed = standard;
    reviewed.reviews.role_months = 6;
    world.run(sys.access().put_policy(reviewed)).unwrap();
    policy.version = world.run(sys.access().access_policy()).unwrap().version;
    world.run(world.desk().access().put_policy(policy)).unwrap();
    assert!(world.run(sys.case(id)).is_ok(), "another administrator may");
}
