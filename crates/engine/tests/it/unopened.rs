//! What lies unopened: the overview by its readers, contacts and reminders, and the report that comes by itself.

mod by_itself;
mod mishaps;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use futures_util::TryStreamExt;
use proptest::prelude::*;
use sakarkiv_core::{
    access::{Actor, Role, RoleScope, User},
    audit::Activity,
    delivery::{Language, Recipient, Sender},
    document::Variant,
    identity::{LetterId, OrganisationNumber, PostalAddress, TenantId, Timestamp, UnitId},
    journal::JournalEntry,
    ports::{AccessCoverage, Audience, Blobs, Inbox, PortError, PortErrorKind, Stage, Store, Subject},
    routing::{Coverage, MailboxKind},
    screening::{AccessCode, Hides, Private, Screening},
    sensitivity::SensitivityClass,
    unopened::{Action, Item, ReportSchedule},
};
use sakarkiv_engine::{
    Blind, BlindReason, ContactAbout, ContactKind, DeskError, Dispatches, FollowUp, NotedContact, OfficeReport,
    RemindError, ReminderLetters, ReportSink, Submission,
};
use sakarkiv_testkit::{
    conformance::{company, person as citizen},
    memory::{Flaw, Parcel},
};

use crate::world::{Extras, World, account, archivist, employee, hours, minutes, now, person, tenant, unit};

/// Takes reports, or does not.
#[derive(Debug, Default)]
struct Desktop {
    reports: Mutex<Vec<OfficeReport>>,
    refuses: AtomicBool,
    /// Takes the report and is never heard of again.
    hangs: AtomicBool,
}

impl Desktop {
    fn reports(&self) -> Vec<OfficeReport> {
        self.reports.lock().unwrap().clone()
    }
}

#[async_trait]
impl ReportSink for Desktop {
    async fn take(&self, report: &OfficeReport) -> Result<(), PortError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(PortError::new(PortErrorKind::Transient, "desktop", "the disk is full"));
        }
        self.reports.lock().unwrap().push(report.clone());
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

/// Says who has access, and counts how often it is asked.
#[derive(Debug, Default)]
struct Register {
    answers: Mutex<BTreeMap<String, Coverage>>,
    asked: AtomicUsize,
}

#[async_trait]
impl AccessCoverage for Register {
    async fn coverage(&self, organisation: &OrganisationNumber) -> Result<Coverage, PortError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let known = self.answers.lock().unwrap().get(organisation.as_str()).copied();
        known.ok_or_else(|| PortError::new(PortErrorKind::Transient, "register", "away"))
    }
}

fn follow_up(schedule: ReportSchedule, by_itself: bool) -> FollowUp {
    let mut follow_up = FollowUp::default();
    follow_up.name = "Prøvedal kommune".to_owned();
    follow_up.schedule = schedule;
    follow_up.reminders = Some(ReminderLetters {
        sender: Sender {
            account: account("skole"),
            unit: UnitId::new("postmottak").unwrap(),
            name: "Prøvedal kommune".to_owned(),
            organisation: OrganisationNumber::parse("310000027").unwrap(),
            address: PostalAddress::new(["Prøveveien 1"], "8003", "Bodø").unwrap(),
        },
        contact: "55 00 00 00".to_owned(),
        language: Language::Bokmaal,
        by_itself,
    });
    follow_up
}

const DAILY: ReportSchedule = ReportSchedule::Daily { hour: 12 };

fn extras(schedule: ReportSchedule, by_itself: bool) -> (Extras, Arc<Desktop>) {
    let desktop = Arc::<Desktop>::default();
    let sink: Arc<dyn ReportSink> = Arc::<Desktop>::clone(&desktop);
    let follow_up = Some(follow_up(schedule, by_itself));
    (Extras { follow_up, sink: Some(sink), ..Extras::default() }, desktop)
}

fn world(extras: Extras) -> World {
    let world = World::build(|inbox| inbox, extras);
    for post in [world.svarut.post(), world.print.post()] {
        for nth in 0..3 {
            post.set_reach(&company(nth), [MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox]);
        }
    }
    world
}

/// Hands in a confidential letter that lies in its recipient's confidential inbox an hour later.
fn lying(world: &World, submission: Submission) -> LetterId {
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.idle();
    arrived(world, letter);
    letter
}

fn arrived(world: &World, letter: LetterId) {
    let id = world.delivery(letter).remote_id.unwrap();
    world.svarut.post().set_status(&id, Stage::Delivered(None), "LEVERT");
    world.pass(hours(1));
    assert_eq!(world.state(letter), "delivered");
}

fn secret(world: &World, key: &str, to: Recipient) -> Submission {
    let mut submission = world.letter_to(key, "byplan", SensitivityClass::Confidential, to);
    submission.options.digital_only = true;
    submission
}

/// Some days on, each at the same hour, with everything done that is due then.
fn days(world: &World, count: u32) {
    for _ in 0..count {
        world.clock.set(now(world) + chrono::TimeDelta::days(1));
        world.idle();
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn logged(world: &World, activity: &Activity) -> usize {
    world.log().iter().filter(|record| record.event.activity == *activity).count()
}

fn store_of(world: &World, letter: LetterId) -> (sakarkiv_core::delivery::Letter, JournalEntry) {
    let store = world.store();
    let letter = world.run(store.letter(&tenant(), letter)).unwrap().unwrap();
    let entry = world.run(store.entry(&tenant(), letter.entry)).unwrap().unwrap();
    (letter, entry)
}

#[test]
fn a_confidential_letter_stands_in_the_overview_until_it_is_opened_and_an_open_one_never() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let letter = lying(&world, secret(&world, "a", company(1)));
    lying(&world, world.letter_to("b", "byplan", SensitivityClass::Open, company(1)));
    let overview = world.run(world.desk().unopened()).unwrap();
    assert_eq!(overview.lines.len(), 1);
    let line = &overview.lines[0];
    assert!(matches!(&line.item, Item::Sent { letter: of, .. } if *of == letter));
    assert_eq!((line.recommendation.action, line.evidence.raw.as_str()), (Action::Wait, "LEVERT"));
    days(&world, 5);
    assert_eq!(world.run(world.desk().unopened()).unwrap().lines[0].recommendation.action, Action::Remind);
    world.svarut.post().set_status(&world.delivery(letter).remote_id.unwrap(), Stage::Opened, "LEST");
    days(&world, 1);
    assert!(world.run(world.desk().unopened()).unwrap().lines.is_empty());
}

#[test]
fn who_can_open_it_is_asked_once_for_each_organisation_and_no_answer_is_not_known() {
    let register = Arc::<Register>::default();
    let (mut extras, _) = extras(ReportSchedule::Off, false);
    extras.coverage = Some(Arc::<Register>::clone(&register));
    let world = world(extras);
    for (key, nth) in [("a", 1), ("b", 1), ("c", 2)] {
        lying(&world, secret(&world, key, company(nth)));
    }
    let Recipient::Organisation { number, .. } = company(1) else { panic!("a company is an organisation") };
    register.answers.lock().unwrap().insert(number.to_string(), Coverage::NotHeld);
    register.asked.store(0, Ordering::SeqCst);
    let lines = world.run(world.desk().unopened()).unwrap().lines;
    let coverage = lines.iter().map(|line| line.coverage).collect::<Vec<_>>();
    assert_eq!(coverage, [Coverage::NotHeld, Coverage::NotHeld, Coverage::Unknown], "the most urgent first");
    assert_eq!(register.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn each_reader_sees_the_lines_of_letters_they_may_see_and_names_only_where_they_may_read() {
    let user = |id: &str, role| employee(id).with_role(role, RoleScope::Tenant);
    let people: Vec<User> = vec![
        user("drift", Role::Operator),
        user("leser", Role::Reader),
        user("leder", Role::LeadArchivist),
        employee("utenfor"),
    ];
    let (mut extras, _) = extras(ReportSchedule::Off, false);
    extras.people = people;
    let world = world(extras);
    lying(&world, secret(&world, "a", company(1)));
    let seen = |id: &str| {
        let overview = world.run(world.office.as_user(&person(id)).unwrap().unopened()).unwrap();
        overview.lines.iter().map(|line| line.counterpart.is_some()).collect::<Vec<_>>()
    };
    assert_eq!(seen("leder"), [true], "who reads the entry sees whom it is for");
    assert_eq!(seen("drift"), [false], "who operates the channel sees that it lies there");
    assert_eq!(seen("utenfor"), [] as [bool; 0]);
    assert_eq!(seen("ukjent"), [] as [bool; 0]);
    assert!(seen("leser").iter().all(|named| !named));
    let refused = world.run(world.office.as_user(&person("leser")).unwrap().failed_letters());
    assert!(matches!(refused, Err(DeskError::Refused { .. })), "{refused:?}");
    assert!(logged(&world, &Activity::Read) >= 5, "looking is logged");
}

#[test]
fn a_report_comes_when_it_is_due_and_owners_are_told_what_they_have_to_do() {
    let (extras, desktop) = extras(DAILY, false);
    let world = world(extras);
    let letter = lying(&world, secret(&world, "a", company(1)));
    world.pass(hours(2));
    let reports = desktop.reports();
    assert_eq!(reports.iter().map(|report| report.due).collect::<Vec<_>>(), [at("2026-09-14T10:00:00Z")]);
    assert_eq!((reports[0].unopened.lines.len(), reports[0].name.as_str()), (1, "Prøvedal kommune"));
    days(&world, 4);
    let reports = desktop.reports();
    assert_eq!(reports.len(), 5, "one each working day");
    let told = world.notifier.told();
    let unopened = told.iter().filter(|notice| matches!(notice.subject, Subject::Unopened { .. })).collect::<Vec<_>>();
    assert_eq!(unopened.len(), 2, "from the day on which the recipient is to be reminded");
    assert!(unopened.iter().all(|notice| notice.audience == Audience::Unit(unit())));
    assert!(!unopened[0].text.contains("Proevebedriften"), "{}", unopened[0].text);
    let history = world.run(world.desk().unopened_history()).unwrap();
    assert_eq!(history.points().map(|(_, point)| point.sent).collect::<Vec<_>>(), [1, 1, 1, 1, 1]);
    assert_eq!(logged(&world, &Activity::Reported), 5);
    let Item::Sent { letter: of, .. } = &reports[4].unopened.lines[0].item else { panic!("it was sent") };
    assert_eq!(*of, letter);
}

#[test]
fn a_restart_between_making_and_storing_neither_loses_nor_doubles_a_report() {
    let (extras, desktop) = extras(DAILY, false);
    let mut world = world(extras);
    lying(&world, secret(&world, "a", company(1)));
    days(&world, 3);
    let before = desktop.reports().len();
    desktop.hangs.store(true, Ordering::SeqCst);
    world.crash_after(hours(1) + minutes(1) / 6);
    desktop.hangs.store(false, Ordering::SeqCst);
    let handed_out = desktop.reports().len();
    assert!(handed_out > before, "it was handed out before the crash");
    let told = world.notifier.told().len();
    let counted = logged(&world, &Activity::Reported);
    world.restart();
    world.pass(hours(1));
    let reports = desktop.reports();
    assert_eq!(reports[reports.len() - 1].due, reports[handed_out - 1].due, "under the same name as before");
    assert_eq!(logged(&world, &Activity::Reported), counted + 1);
    assert_eq!(world.notifier.told().len(), told + 1);
    world.restart();
    world.pass(hours(1));
    assert_eq!(desktop.reports().len(), reports.len(), "and not once more");
}

#[test]
fn what_was_due_while_the_office_was_closed_is_made_up_for_once() {
    let (extras, desktop) = extras(DAILY, false);
    let mut world = world(extras);
    world.pass(hours(3));
    let before = desktop.reports().len();
    world.clock.set(now(&world) + chrono::TimeDelta::days(4));
    world.restart();
    world.pass(hours(1));
    assert_eq!(desktop.reports().len(), before + 1);
}

#[test]
fn a_report_that_nobody_takes_is_tried_for_an_hour_and_then_people_are_told() {
    let (extras, desktop) = extras(DAILY, false);
    let world = world(extras);
    lying(&world, secret(&world, "a", company(1)));
    desktop.refuses.store(true, Ordering::SeqCst);
    world.pass(hours(3));
    let lost = world.notifier.told().iter().filter(|notice| notice.subject == Subject::ReportLost).count();
    assert_eq!((lost, desktop.reports().len(), logged(&world, &Activity::Reported)), (1, 0, 1));
    desktop.refuses.store(false, Ordering::SeqCst);
    days(&world, 1);
    assert_eq!(desktop.reports().len(), 1, "the next comes as planned");
}

#[test]
fn no_report_shows_a_line_of_another_tenant() {
    let (mut extras, desktop) = extras(DAILY, false);
    let other = TenantId::new("rost").unwrap();
    extras.neighbour = Some(other.clone());
    let world = world(extras);
    let mine = lying(&world, secret(&world, "a", company(1)));
    world.pass(hours(2));
    let lines = |tenant: &TenantId| {
        let reports = desktop.reports();
        let of = reports.iter().filter(|report| report.tenant == *tenant);
        of.flat_map(|report| report.unopened.lines.clone()).collect::<Vec<_>>()
    };
    assert!(
        matches!(&lines(&tenant())[..], [line] if matches!(&line.item, Item::Sent { letter, .. } if *letter == mine))
    );
    assert!(desktop.reports().iter().any(|report| report.tenant == other) && lines(&other).is_empty());
    let stranger = Actor::new(other, archivist().id);
    let desk = world.office.as_user(&stranger).unwrap();
    assert!(world.run(desk.unopened()).unwrap().lines.is_empty());
    assert!(matches!(world.run(desk.remind(mine)), Err(RemindError::Desk(_))));
}

#[test]
fn a_reminder_is_an_open_letter_in_the_same_case_and_the_next_waits_for_its_time() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let letter = lying(&world, secret(&world, "a", company(1)));
    let early = world.run(world.desk().remind(letter));
    assert!(matches!(early, Err(RemindError::NotCalledFor(Action::Wait))), "{early:?}");
    days(&world, 4);
    let reminded = world.run(world.desk().remind(letter)).unwrap();
    assert_eq!((reminded.number, reminded.repeated), (1, false));
    world.idle();
    let posted = world.svarut.post().letters();
    assert_eq!(posted.last().unwrap().mailbox, MailboxKind::OrganisationInbox, "where the recipient looks");
    let ((original, _), (reminder, entry)) = (store_of(&world, letter), store_of(&world, reminded.letter));
    assert_eq!((entry.case(), reminder.sensitivity), (original.case, SensitivityClass::Open));
    assert_eq!(reminder.recipient, original.recipient);
    let kept = entry.documents()[0].document.current().unwrap();
    assert!(kept.variant == Variant::Archive && kept.format.is_archive_format(), "{kept:?}");
    let contacts = world.run(world.desk().contacts(&ContactAbout::Letter(letter))).unwrap();
    assert!(matches!(contacts[0].how, ContactKind::Reminder { number: 1, letter } if letter == reminded.letter));
    let again = world.run(world.desk().remind(letter));
    assert!(matches!(again, Err(RemindError::NotCalledFor(Action::Wait))), "{again:?}");
    assert_eq!(logged(&world, &Activity::Reminded), 1);
    let lines = world.run(world.desk().unopened()).unwrap().lines;
    assert_eq!((lines.len(), lines[0].reminders), (1, 1), "the reminder itself is nothing to remind of");
}

#[test]
fn what_the_case_is_about_sends_no_reminder_to_the_inbox_that_nobody_opens_and_screening_stays() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let mut submission = secret(&world, "a", company(1));
    let Dispatches::NewEntry { entry, .. } = &mut submission.dispatches else { panic!("it is a new one") };
    let code = AccessCode::new("UO").unwrap();
    let basis = "offl. § 13 jf. barnevernsloven § 13-1";
    entry.screening = Some(Screening::new(code, basis, [Hides::Document]).unwrap().with_words(["garasje"]).unwrap());
    let letter = lying(&world, submission);
    days(&world, 4);
    let reminded = world.run(world.desk().remind(letter)).unwrap();
    world.idle();
    assert_eq!(world.svarut.post().letters().last().unwrap().mailbox, MailboxKind::OrganisationInbox);
    let (_, entry) = store_of(&world, reminded.letter);
    let screening = entry.screening().unwrap();
    assert_eq!((screening.legal_basis(), screening.words().len()), (basis, 0));
    assert!(entry.parties().iter().all(|party| party.public_name() == "*****"));
}

#[test]
fn a_call_that_was_made_is_waited_for() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let letter = lying(&world, secret(&world, "a", company(1)));
    days(&world, 4);
    world.run(world.desk().note_contact(&ContactAbout::Letter(letter), NotedContact::Call)).unwrap();
    let line = world.run(world.desk().unopened()).unwrap().lines.remove(0);
    assert_eq!((line.recommendation.action, line.reminders), (Action::Wait, 1));
}

#[test]
fn a_tenant_without_follow_up_has_the_overview_and_sends_no_reminder() {
    let world = world(Extras::default());
    let letter = lying(&world, secret(&world, "a", company(1)));
    days(&world, 4);
    assert_eq!(world.run(world.desk().unopened()).unwrap().lines.len(), 1);
    assert!(matches!(world.run(world.desk().remind(letter)), Err(RemindError::NotSetUp)));
}

#[test]
fn a_letter_to_a_person_is_reminded_of_in_the_persons_own_words() {
    let world = world(extras(ReportSchedule::Off, false).0);
    let letter = lying(&world, secret(&world, "a", citizen(0)));
    days(&world, 4);
    let reminded = world.run(world.desk().remind(letter)).unwrap();
    let (reminder, _) = store_of(&world, reminded.letter);
    assert_eq!(reminder.title.expose(), "Du har ulest post fra Prøvedal kommune");
}

#[test]
fn our_own_unopened_mail_is_told_of_and_an_inbox_that_cannot_tell_is_named() {
    let (silent, _) = extras(ReportSchedule::Off, false);
    let overview = {
        let world = world(silent);
        world.run(world.desk().unopened()).unwrap()
    };
    assert!(matches!(&overview.blind[..], [Blind { why: BlindReason::CannotTell, .. }]), "{:?}", overview.blind);
    let (telling, _) = extras(ReportSchedule::Off, false);
    let number = OrganisationNumber::parse("310000027").unwrap();
    let world = World::build(|inbox| inbox.telling_unopened(number), telling);
    let parcel = Parcel::new("Hemmelig", "x").confidential_since(now(&world)).with_flaw(Flaw::Undecryptable);
    let item = world.room.drop_in(parcel);
    days(&world, 2);
    let overview = world.run(world.desk().unopened()).unwrap();
    let line = &overview.lines[0];
    assert!(matches!(&line.item, Item::Received { item: Some(of), .. } if *of == item));
    assert_eq!((line.recommendation.action, line.counterpart.is_none()), (Action::Open, true));
    let about = ContactAbout::Received { inbox: world.inbox.id().clone(), item: Some(item) };
    world.run(world.desk().note_contact(&about, NotedContact::Message)).unwrap();
    assert_eq!(world.run(world.desk().unopened()).unwrap().lines[0].reminders, 1);
}

#[test]
fn the_daily_check_has_each_letter_in_trouble_once() {
    let world = world(extras(ReportSchedule::Off, false).0);
    for post in [world.svarut.post(), world.print.post()] {
        post.set_reach(&company(2), []);
    }
    let failed =
        world.run(world.desk().submit(world.letter_to("f", "byplan", SensitivityClass::Open, company(2)))).unwrap();
    let lying = lying(&world, secret(&world, "a", company(1)));
    days(&world, 6);
    let found = world.run(world.desk().failed_letters()).unwrap();
    let codes = found.iter().map(|one| (one.delivery.letter, one.trouble.cause.code)).collect::<Vec<_>>();
    assert_eq!(codes, [(failed.letter, "not_cleared"), (lying, "unopened")]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Whatever a letter, its entry and its recipient are called, nothing of it is in the reminder or its entry.
    #[test]
    fn a_reminder_reveals_nothing(words in proptest::collection::vec("[A-Z][a-z]{9,14}", 4)) {
        let world = world(extras(ReportSchedule::Off, false).0);
        let mut submission = secret(&world, "a", company(1));
        submission.title = Private::new(format!("Melding om {}", words[0]));
        submission.sender.name.clone_from(&words[1]);
        if let Dispatches::NewEntry { entry, .. } = &mut submission.dispatches {
            entry.title = Private::new(format!("Undersøkelse {}", words[2]));
        }
        if let Recipient::Organisation { name, .. } = &mut submission.recipient {
            *name = Private::new(words[3].clone());
        }
        let letter = lying(&world, submission);
        days(&world, 4);
        let reminded = world.run(world.desk().remind(letter)).unwrap();
        let (reminder, entry) = store_of(&world, reminded.letter);
        let store = world.store();
        let document = world.run(async {
            let stream = store.open(&tenant(), &reminder.documents[0].blob).await.unwrap();
            stream.try_collect::<Vec<_>>().await.unwrap().concat()
        });
        let message = reminder.options.message.as_ref().unwrap();
        let shown = [
            reminder.title.expose().clone(),
            message.body.expose().clone(),
            format!("{:?}", message.summary.as_ref().map(Private::expose)),
            reminder.sender.name.clone(),
            reminder.documents[0].file_name.as_str().to_owned(),
            String::from_utf8_lossy(&document).into_owned(),
            entry.title().expose().clone(),
            entry.public_title(),
            entry.parties().iter().map(|party| party.public_name()).collect::<String>(),
            entry.documents().iter().map(|one| one.document.title().expose().clone()).collect::<String>(),
        ];
        let unit = unit();
        let case = world.run(store.case(&tenant(), reminder.case)).unwrap().unwrap();
        let case_title = case.title().expose().clone();
        for word in words.iter().map(String::as_str).chain([unit.as_str(), "garasje", case_title.as_str()]) {
            prop_assert!(shown.iter().all(|text| !text.to_lowercase().contains(&word.to_lowercase())), "`{word}` in {shown:?}");
        }
    }
}
