//! Requests for access to documents (innsynskrav), from the counter to the answer (R7.8).

use std::sync::atomic::Ordering;

use futures_util::TryStreamExt;
use sakarkiv_core::{
    access::{Actor, Role, RoleScope},
    audit::{Activity, ObjectRef},
    identity::{EntryId, SignOffId},
    journal::{EntryKind, EntryStatus, JournalEntry, SignOffKind},
    ports::{AccessRequest, Audience, CaseFilter, Requester, SignOffWish, Store, Subject, Wanted},
    publication::{CodeRule, CodeShows},
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_engine::Purpose;

use crate::{
    publishing_world::Town,
    world::{archivist, employee, hours, minutes, person, tenant, unit},
};

const ASKER: &str = "nysgjerrig@example.org";

fn request(town: &Town, id: &str, wanted: Vec<Wanted>) -> AccessRequest {
    let mut request = AccessRequest::new(
        id,
        sakarkiv_core::ports::Clock::now(&*town.clock),
        wanted,
        Requester { name: Some("Nina Nysgjerrig".into()), ..Requester::by_email(ASKER) },
    );
    request.order = Some("ik_1".to_owned());
    request.text = Some("Jeg er naboen og vil se tegningene.".into());
    request
}

fn entries(town: &Town) -> Vec<JournalEntry> {
    let store = town.store();
    let cases = town.run(store.cases(&tenant(), &CaseFilter::default(), None, 100)).unwrap();
    cases.iter().flat_map(|case| town.run(store.entries(&tenant(), case.id())).unwrap()).collect()
}

fn registered(town: &Town) -> Vec<JournalEntry> {
    entries(town).into_iter().filter(|entry| entry.title().expose().starts_with("Krav om innsyn")).collect()
}

/// The document with the request's own words, as somebody reads it.
fn words(town: &Town, reader: &Actor, entry: &JournalEntry) -> String {
    let desk = town.office.as_user(reader).unwrap();
    let document = entry.documents().first().unwrap().document.id();
    let open = town.run(desk.document(entry.id(), document, Purpose::Show)).unwrap();
    let bytes: Vec<bytes::Bytes> = town.run(open.content.try_collect()).unwrap();
    String::from_utf8(bytes.concat()).unwrap()
}

fn told(town: &Town) -> Vec<(Audience, Option<EntryId>, String)> {
    let requests = town.notifier.told().into_iter().filter_map(|notice| match notice.subject {
        Subject::DocumentRequest { entry, .. } => Some((notice.audience, entry, notice.text)),
        _ => None,
    });
    requests.collect()
}

#[test]
fn a_request_becomes_an_entry_in_each_case_it_asks_about_with_the_asker_screened() {
    let town = Town::new();
    let (garage, pier) = (town.case("Storgata 1: ny garasje"), town.case("Kaiveien 2: brygge"));
    let (first, second, third) =
        (town.entry(garage, "Søknad"), town.entry(garage, "Klage"), town.entry(pier, "Søknad"));
    let wanted = [first, second, third].map(Wanted::entry).to_vec();
    town.counter.hand_in(request(&town, "ikd_1", wanted));
    town.pass(minutes(20));
    let registered = registered(&town);
    let cases: Vec<_> = registered.iter().map(JournalEntry::case).collect();
    assert_eq!(cases, [garage, pier]);
    let entry = &registered[0];
    assert_eq!(entry.title().expose(), "Krav om innsyn i 2026/1-1, 2026/1-2");
    assert_eq!((entry.kind(), entry.due().unwrap().to_string().as_str()), (EntryKind::Incoming, "2026-09-17"));
    let asker = &entry.parties()[0];
    assert!(asker.is_screened() && asker.public_name() == "*****");
    assert_eq!(asker.contact().email.as_ref().unwrap().expose(), ASKER);
    assert_eq!(*town.counter.marked.lock().unwrap(), ["ikd_1"]);
    let told = told(&town);
    let of: std::collections::BTreeSet<Option<EntryId>> = told.iter().map(|(_, entry, _)| *entry).collect();
    let all: std::collections::BTreeSet<Option<EntryId>> = registered.iter().map(|entry| Some(entry.id())).collect();
    assert_eq!((of, told.len()), (all, 2));
    assert!(told.iter().all(|(audience, _, _)| *audience == Audience::Unit(unit())), "{told:?}");
    assert!(told.iter().all(|(_, _, text)| !text.contains("Nina") && !text.contains(ASKER)), "{told:?}");
    let received = town.log().into_iter().filter(|record| record.event.activity == Activity::Received);
    let received: Vec<_> = received.map(|record| record.event.object).collect();
    assert_eq!(received, [ObjectRef::Entry(registered[0].id()), ObjectRef::Entry(registered[1].id())]);
}

#[test]
fn what_the_public_reads_of_a_request_does_not_tell_who_asked() {
    let town = Town::new();
    let first = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.pass(minutes(20));
    let entry = registered(&town).remove(0);
    town.run(town.desk().move_entry(entry.id(), EntryStatus::Journaled)).unwrap();
    town.pass(hours(24 * 6));
    let record = town.page.record(entry.id()).unwrap();
    let bytes = serde_json::to_string(&record).unwrap();
    assert!(!["Nina", "Nysgjerrig", ASKER, "naboen"].iter().any(|secret| bytes.contains(secret)), "{bytes}");
    assert_eq!(record.files().count(), 0, "its own words are nobody else's business");
}

#[test]
fn whoever_asks_under_a_name_that_is_shown_changes_nothing_that_is_published() {
    let town = Town::new();
    town.look.thorough.store(true, Ordering::SeqCst);
    let case = town.case("Storgata 1: ny garasje");
    let shown = ["Søknad om ny garasje", "Svar til innsynskrever"].map(|title| {
        let mut entry = town.new_entry(title);
        entry.documents.clear();
        town.run(town.desk().register(case, entry)).unwrap().0
    });
    town.evening();
    let records = || shown.map(|entry| town.page.record(entry).unwrap());
    let before = records();
    assert_eq!(before[0].parties[0].name.shown, "Kari Testperson");
    for (id, name, organisation) in [("ikd_1", "Kari Testperson", None), ("ikd_2", "Ny Garasje", Some("Søknad"))] {
        let mut request = request(&town, id, vec![Wanted::entry(shown[0])]);
        request.order = None;
        request.requester.name = Some(name.into());
        request.requester.organisation = organisation.map(Into::into);
        town.counter.hand_in(request);
    }
    town.pass(minutes(20));
    for entry in registered(&town) {
        town.run(town.desk().move_entry(entry.id(), EntryStatus::Journaled)).unwrap();
    }
    town.pass(hours(48));
    assert_eq!(records(), before);
    assert_eq!(town.page.shown().len(), 4, "the requests are shown too");
    let words: Vec<String> = registered(&town).iter().map(|entry| words(&town, &archivist(), entry)).collect();
    assert!(words[0].contains("Navn: Kari Testperson"), "{words:?}");
    assert!(words[1].contains("Navn: Ny Garasje\nVirksomhet: Søknad"), "{words:?}");
}

#[test]
fn the_screening_of_its_words_says_who_reads_them_and_shows_them_to_nobody_else() {
    let handler = employee("u1").with_role(Role::CaseHandler, RoleScope::Tenant);
    let mut town = Town::of([handler]);
    // Neither the code nor the screening says anything of documents.
    town.policy.codes = std::mem::take(&mut town.policy.codes).with("UO", CodeRule::new(CodeShows::Masked)).unwrap();
    let screening = Screening::new(AccessCode::new("UO").unwrap(), "offl. § 26", [Hides::TitleWords]).unwrap();
    *town.counter.screening.lock().unwrap() = Some(screening);
    town.restart();
    let first = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.pass(minutes(20));
    let entry = registered(&town).remove(0);
    assert!(words(&town, &person("u1"), &entry).contains("Jeg er naboen"));
    town.run(town.desk().move_entry(entry.id(), EntryStatus::Journaled)).unwrap();
    town.pass(hours(24 * 6));
    assert_eq!(town.page.record(first).unwrap().files().count(), 1);
    assert_eq!(town.page.record(entry.id()).unwrap().files().count(), 0);
}

#[test]
fn the_same_request_by_another_way_and_the_same_id_again_become_nothing_new() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let (first, second) = (town.entry(case, "Søknad"), town.entry(case, "Klage"));
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.pass(minutes(20));
    town.counter.marked.lock().unwrap().clear();
    let by_number = |entry: u32| {
        let case = Some(sakarkiv_core::case::CaseNumber::new(2026, 1).unwrap());
        Wanted { case, number: Some(entry), ..Wanted::default() }
    };
    town.counter.hand_in(request(&town, "order.xml", vec![by_number(1), by_number(2)]));
    town.pass(minutes(20));
    let titles: Vec<String> = registered(&town).iter().map(|entry| entry.title().expose().clone()).collect();
    assert_eq!(titles, ["Krav om innsyn i 2026/1-1", "Krav om innsyn i 2026/1-2"]);
    assert_eq!(town.counter.marked.lock().unwrap().len(), 2);
    assert_ne!(first, second);
}

#[test]
fn what_names_nothing_we_know_goes_to_the_units_distribution_case() {
    let town = Town::new();
    let unknown = Wanted { running_number: Some("15/26".to_owned()), ..Wanted::default() };
    town.counter.hand_in(request(&town, "ikd_1", vec![unknown]));
    let mut nothing = request(&town, "ikd_2", Vec::new());
    nothing.order = None;
    town.counter.hand_in(nothing);
    town.pass(minutes(20));
    let registered = registered(&town);
    let titles: Vec<&str> = registered.iter().map(|entry| entry.title().expose().as_str()).collect();
    assert_eq!(titles, ["Krav om innsyn i 15/26", "Krav om innsyn"]);
    assert_eq!(registered[0].case(), registered[1].case(), "one such case a year");
    let case = town.run(town.store().case(&tenant(), registered[0].case())).unwrap().unwrap();
    assert_eq!(
        (case.title().expose().as_str(), case.unit().as_str()),
        ("Innsynskrav til fordeling 2026", "postmottak")
    );
}

#[test]
fn an_answer_signs_a_request_off_and_what_is_not_answered_in_time_or_no_more_is_told() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let (first, second) = (town.entry(case, "Søknad"), town.entry(case, "Klage"));
    let mut late = request(&town, "ikd_2", vec![Wanted::entry(second)]);
    late.order = Some("ik_2".to_owned());
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.counter.hand_in(late);
    town.pass(minutes(20));
    let [answered, silent] = [0, 1].map(|n| registered(&town)[n].id());
    let reply = town.entry(case, "Svar på innsynskrav");
    let wish = SignOffWish { how: SignOffKind::Letter, answered_by: Some(reply), party: None };
    town.run(town.desk().sign_off(answered, wish)).unwrap();
    let signed = town.run(town.store().entry(&tenant(), answered)).unwrap().unwrap();
    assert_eq!(signed.sign_offs()[0].answer(), Some(reply));
    town.run(town.desk().sign_off(silent, wish)).unwrap();
    let mistaken = town.run(town.store().entry(&tenant(), silent)).unwrap().unwrap();
    let mistaken = SignOffId::of(silent, &mistaken.sign_offs()[0]);
    town.run(town.desk().undo_sign_off(silent, mistaken)).unwrap();
    let before = told(&town).len();
    town.until("2026-09-17T21:00:00Z");
    assert_eq!(told(&town).len(), before, "three working days are not over");
    town.until("2026-09-18T01:00:00Z");
    let overdue = told(&town).split_off(before);
    assert!(matches!(&overdue[..], [(Audience::Unit(_), Some(entry), _)] if *entry == silent), "{overdue:?}");
    town.pass(hours(24 * 9));
    let refusal = told(&town).split_off(before + 1);
    assert!(
        matches!(&refusal[..], [(_, Some(entry), text)] if *entry == silent && text.contains("§ 32")),
        "{refusal:?}"
    );
}

#[test]
fn a_deadline_is_watched_though_the_counter_takes_no_mark() {
    let town = Town::new();
    let first = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    town.counter.deaf.store(true, Ordering::SeqCst);
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.pass(minutes(20));
    let before = told(&town).len();
    town.until("2026-09-17T21:00:00Z");
    assert_eq!(told(&town).len(), before, "three working days are not over");
    town.until("2026-09-18T01:00:00Z");
    assert_eq!(told(&town).len(), before + 1);
    town.counter.deaf.store(false, Ordering::SeqCst);
    town.pass(minutes(20));
    assert_eq!(*town.counter.marked.lock().unwrap(), ["ikd_1"]);
    town.pass(hours(24 * 9));
    assert_eq!(told(&town).len(), before + 2, "silence counts as a refusal");
}

#[test]
fn what_came_in_as_one_entry_before_is_told_once_when_its_deadline_is_over() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let wanted = || ["Søknad", "Klage"].map(|title| Wanted::entry(town.entry(case, title))).to_vec();
    let wanted = wanted();
    town.counter.hand_in(request(&town, "ikd_1", wanted.clone()));
    town.pass(minutes(20));
    town.counter.hand_in(request(&town, "order.xml", wanted));
    town.until("2026-09-18T01:00:00Z");
    let overdue =
        town.notifier.told().into_iter().filter(
            |notice| matches!(&notice.subject, Subject::DocumentRequest { request, .. } if request == "order.xml"),
        );
    assert_eq!(overdue.count(), 1);
}

#[test]
fn a_counter_that_lists_and_hands_nothing_out_is_told_of_once() {
    let town = Town::new();
    let first = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    let refused = || {
        let told = town.notifier.told().into_iter();
        told.filter(|notice| matches!(notice.subject, Subject::AccountStopped { .. })).count()
    };
    town.counter.shut.store(true, Ordering::SeqCst);
    town.counter.hand_in(request(&town, "ikd_1", vec![Wanted::entry(first)]));
    town.pass(hours(3));
    assert_eq!(refused(), 1);
    town.counter.shut.store(false, Ordering::SeqCst);
    town.pass(hours(1));
    assert_eq!(registered(&town).len(), 1);
    town.counter.shut.store(true, Ordering::SeqCst);
    let mut next = request(&town, "ikd_2", vec![Wanted::entry(first)]);
    next.order = None;
    town.counter.hand_in(next);
    town.pass(hours(1));
    assert_eq!(refused(), 2, "it let us in between");
}

#[test]
fn killed_at_any_step_a_request_is_registered_once_and_marked() {
    for after in [false, true] {
        for step in 0.. {
            let mut town = Town::new();
            let (garage, pier) = (town.case("Storgata 1: ny garasje"), town.case("Kaiveien 2: brygge"));
            let wanted = vec![
                Wanted::entry(town.entry(garage, "Søknad")),
                Wanted::entry(town.entry(pier, "Søknad")),
                Wanted::default(),
            ];
            town.idle();
            town.counter.hand_in(request(&town, "ikd_1", wanted));
            town.office.look_now();
            town.axe.raise(step, after);
            let lived = town.idle();
            town.restart();
            town.pass(hours(1));
            assert_eq!(registered(&town).len(), 3, "step {step}, after: {after}");
            assert_eq!(entries(&town).len(), 5);
            assert!(town.counter.marked.lock().unwrap().contains(&"ikd_1".to_owned()), "step {step}, after: {after}");
            let told: std::collections::BTreeSet<_> =
                told(&town).into_iter().filter_map(|(_, entry, _)| entry).collect();
            assert_eq!(told.len(), 3);
            if lived {
                break;
            }
        }
    }
}
