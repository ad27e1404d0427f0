//! What stands in the public journals, when, and by whose word (R7).

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use chrono::NaiveDate;
use sakarkiv_core::{
    access::{Role, RoleScope},
    audit::{Activity, AuditOutcome, ObjectRef},
    calendar::oslo_date,
    identity::{EntryId, Timestamp},
    journal::{Amendment, Change, EntryStatus, JournalEntry},
    ports::{Audience, Clock, Op, Store, Subject, Transaction},
    publication::{Fingerprint, PublicRecord},
    screening::{AccessCode, Hides, Screening},
};
use sakarkiv_engine::{DeskError, PublicationError};

use crate::{
    publishing_world::{Board, Call, Town},
    world::{archivist, employee, hours, minutes, person, tenant},
};

pub(crate) fn title(record: &PublicRecord) -> &str {
    &record.journal.title.shown
}

pub(crate) fn retitle(town: &Town, entry: EntryId, title: &str) {
    town.run(town.desk().amend_entry(entry, Amendment::new(Change::Title(title.into())))).unwrap();
}

fn notices(town: &Town) -> Vec<(Audience, Subject, String)> {
    town.notifier.told().into_iter().map(|notice| (notice.audience, notice.subject, notice.text)).collect()
}

pub(crate) fn stored(town: &Town, entry: EntryId) -> JournalEntry {
    town.run(town.store().entry(&tenant(), entry)).unwrap().unwrap()
}

#[test]
fn what_is_new_waits_for_the_evening_and_is_then_published_once() {
    let town = Town::new();
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Søknad om garasje");
    town.until("2026-09-14T15:59:00Z");
    assert!(town.einnsyn.calls().is_empty() && town.page.calls().is_empty());
    town.evening();
    assert_eq!(town.einnsyn.calls(), [Call::Publish(entry, 1)]);
    assert_eq!(town.page.calls(), [Call::Publish(entry, 1)]);
    assert_eq!(title(&town.page.record(entry).unwrap()), "Søknad om garasje");
    town.pass(hours(20));
    assert_eq!(town.einnsyn.calls().len(), 1, "nothing changed");
    let published = town.log().into_iter().filter(|record| record.event.activity == Activity::Published);
    assert!(published.clone().all(|record| record.event.object == ObjectRef::Entry(entry)));
    assert_eq!(published.count(), 2, "once for each journal");
}

#[test]
fn corrections_and_withdrawals_go_out_at_once_and_withdrawals_first() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let (kept, gone, new) = (town.entry(case, "Søknad"), town.entry(case, "Nabovarsel"), "Ettersendt tegning");
    town.evening();
    let new = town.entry(case, new);
    retitle(&town, kept, "Søknad om garasje");
    town.run(town.desk().move_entry(gone, EntryStatus::Void)).unwrap();
    town.pass(minutes(1));
    let calls = town.einnsyn.calls().split_off(2);
    assert_eq!(calls, [Call::Withdraw(gone), Call::Publish(kept, 2)]);
    assert_eq!(title(&town.einnsyn.record(kept).unwrap()), "Søknad om garasje");
    assert!(!town.einnsyn.shown().contains(&new), "what is new waits for the next evening");
    town.pass(hours(24));
    assert!(town.einnsyn.shown().contains(&new));
    let withdrawn = town.log().into_iter().filter(|record| record.event.activity == Activity::Withdrawn).count();
    assert_eq!(withdrawn, 2, "once from each journal");
}

#[test]
fn a_name_that_one_entry_screens_is_not_shown_by_what_was_cleared_before() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let entry = town.entry(case, "Klage fra Ola Nabo");
    town.until("2026-09-14T15:59:30Z");
    // Another process on the same store screens the name a moment before the evening; this one was not told.
    town.clock.set("2026-09-14T15:59:59Z".parse().unwrap());
    let screening = Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", [Hides::TitleWords]).unwrap();
    let screening = screening.with_words(["Ola Nabo"]).unwrap();
    let screened = stored(&town, entry).amend(Change::Screening(Some(screening)).into()).unwrap();
    let event = sakarkiv_core::audit::AuditEvent::new(
        town.clock.now(),
        tenant(),
        archivist().id,
        Activity::Changed,
        ObjectRef::Entry(entry),
    );
    let transaction = Transaction::new(tenant()).with(Op::PutEntry(screened)).with(Op::Audit(event));
    town.run(town.store().commit(transaction)).unwrap();
    town.clock.set("2026-09-14T16:00:00Z".parse().unwrap());
    town.idle();
    for board in [&town.einnsyn, &town.page] {
        assert!(board.record(entry).is_none_or(|record| title(&record) == "Klage fra *****"));
    }
    town.pass(minutes(3));
    assert_eq!(title(&town.page.record(entry).unwrap()), "Klage fra *****");
    assert_eq!(town.page.calls().len(), 1);
}

#[test]
fn a_journal_that_is_down_delays_no_other_and_is_caught_up_with() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let entries: Vec<EntryId> = (0..20).map(|n| town.entry(case, &format!("Søknad {n}"))).collect();
    Board::set(&town.einnsyn.away, true);
    town.until("2026-09-14T16:00:10Z");
    assert_eq!((town.page.shown().len(), town.einnsyn.shown().len()), (20, 0));
    town.run(town.desk().move_entry(entries[3], EntryStatus::Void)).unwrap();
    town.pass(hours(5));
    assert_eq!((town.page.shown().len(), town.einnsyn.shown().len()), (19, 0));
    Board::set(&town.einnsyn.away, false);
    town.pass(hours(1));
    assert_eq!(town.einnsyn.shown(), town.page.shown());
}

#[test]
fn a_journal_that_refuses_us_is_told_once_and_one_that_turns_an_entry_down_too() {
    let town = Town::new();
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    Board::set(&town.einnsyn.shut, true);
    Board::set(&town.page.picky, true);
    town.evening();
    town.pass(hours(3));
    let told = notices(&town);
    let stopped = told.iter().filter(|(_, about, _)| matches!(about, Subject::AccountStopped { .. })).count();
    let refused = told
        .iter()
        .filter(|(_, about, _)| matches!(about, Subject::PublicationRefused { entry: of, .. } if *of == entry));
    assert_eq!((stopped, refused.count()), (1, 1), "{told:?}");
    Board::set(&town.einnsyn.shut, false);
    Board::set(&town.page.picky, false);
    town.pass(hours(7));
    assert_eq!((town.einnsyn.shown().len(), town.page.shown().len()), (1, 1));
}

#[test]
fn a_doubt_holds_an_entry_back_until_an_archivist_releases_it_with_a_reason() {
    let town = Town::of([employee("u1").with_role(Role::CaseHandler, RoleScope::Tenant)]);
    town.look.forbid("Hemmelig");
    let case = town.case("Storgata 1: ny garasje");
    let (held, open) = (town.entry(case, "Hemmelig søknad"), town.entry(case, "Nabovarsel"));
    town.evening();
    assert_eq!(town.einnsyn.shown(), [open].into());
    let told = notices(&town);
    assert!(matches!(&told[..], [(Audience::Archive, Subject::PublicationHeld { case: of }, _)] if *of == case));
    assert!(!told[0].2.contains("Hemmelig") && !told[0].2.contains("Kari"), "{}", told[0].2);

    let desk = town.desk();
    let list = town.run(desk.publication().held(None, 10)).unwrap();
    assert_eq!(list.iter().map(|held| held.entry).collect::<Vec<_>>(), [held]);
    let finding = list[0].findings[0].fingerprint;
    let handler = town.office.as_user(&person("u1")).unwrap();
    let refused = town.run(handler.publication().release(held, finding, "Ja"));
    assert!(matches!(refused, Err(PublicationError::Desk(DeskError::Refused { .. }))), "{refused:?}");
    assert_eq!(town.log().last().unwrap().event.outcome, AuditOutcome::Refused);
    let silent = town.run(desk.publication().release(held, finding, "  "));
    assert!(matches!(silent, Err(PublicationError::NoReason)));
    let other = town.run(desk.publication().release(held, Fingerprint::new([9; 32]), "Feil"));
    assert!(matches!(other, Err(PublicationError::NoSuchFinding)));

    town.run(desk.publication().release(held, finding, "Ordet er navnet på gata")).unwrap();
    let released = town.log().pop().unwrap().event;
    assert_eq!((released.activity, released.actor), (Activity::FindingReleased, archivist().id));
    town.pass(hours(24));
    assert_eq!(town.einnsyn.shown(), [held, open].into());
    assert!(town.run(desk.publication().held(None, 10)).unwrap().is_empty());
    let looks = town.look.looks.load(Ordering::SeqCst);
    retitle(&town, held, "Hemmelig søknad, rettet");
    town.pass(minutes(5));
    assert!(town.look.looks.load(Ordering::SeqCst) > looks);
    assert_eq!(town.einnsyn.shown(), [open].into(), "another text is another finding, and what is in doubt comes down");
}

#[test]
fn what_cannot_be_checked_is_not_shown_until_it_can() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let entry = town.entry(case, "Søknad");
    town.evening();
    town.look.fails.store(true, Ordering::SeqCst);
    retitle(&town, entry, "Søknad om garasje");
    town.pass(minutes(2));
    assert!(town.page.shown().is_empty());
    town.look.fails.store(false, Ordering::SeqCst);
    town.pass(hours(24));
    assert_eq!(title(&town.page.record(entry).unwrap()), "Søknad om garasje");
}

#[test]
fn a_file_that_opens_is_published_again_and_names_grow_old() {
    let town = Town::new();
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Klage");
    town.evening();
    assert_eq!(town.page.calls(), [Call::Publish(entry, 1)]);
    let (_, file) = town.page.record(entry).unwrap().files().map(|(id, file)| (id, file.clone())).next().unwrap();
    assert_eq!(oslo_date(file.accessible_after).to_string(), "2026-09-18", "four days");
    town.until("2026-09-18T00:00:00Z");
    assert_eq!(
        town.page.calls().last(),
        Some(&Call::Publish(entry, 2)),
        "a journal may have left the file out until then"
    );
    let name = |town: &Town| town.page.record(entry).unwrap().parties[0].name.shown.clone();
    assert_eq!(name(&town), "Kari Testperson");
    town.clock.set("2027-09-14T12:00:00Z".parse().unwrap());
    town.idle();
    assert_eq!(name(&town), "Kari Testperson");
    town.clock.set("2027-09-15T12:00:00Z".parse().unwrap());
    town.idle();
    assert_eq!(name(&town), "*****", "after a year");
}

#[test]
fn an_archivist_withdraws_an_entry_or_a_file_and_lets_it_out_again() {
    let town = Town::of([employee("u1").with_role(Role::CaseHandler, RoleScope::Tenant)]);
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    let document = stored(&town, entry).documents()[0].document.id();
    town.evening();
    let desk = town.desk();
    let handler = town.office.as_user(&person("u1")).unwrap();
    assert!(town.run(handler.publication().withdraw(entry, "Feil")).is_err());
    town.run(desk.publication().withdraw_file(entry, document, "Bilde av barn")).unwrap();
    town.pass(minutes(2));
    assert_eq!(town.page.record(entry).unwrap().files().count(), 0);
    town.run(desk.publication().withdraw(entry, "Navn i tittelen")).unwrap();
    town.pass(minutes(2));
    assert!(town.page.shown().is_empty() && town.einnsyn.shown().is_empty());
    let standing = town.run(desk.publication().standing(entry)).unwrap();
    assert!(standing.withdrawn && !standing.cleared && standing.publishers.values().all(|at| !at.wanted && !at.shown));
    town.run(desk.publication().restore(entry, "Vurdert på nytt")).unwrap();
    town.run(desk.publication().restore_file(entry, document, "Vurdert på nytt")).unwrap();
    town.pass(hours(24));
    let record = town.page.record(entry).unwrap();
    assert_eq!((record.files().count(), record.revision > 2), (1, true));
    let said: Vec<Activity> = town.log().into_iter().map(|record| record.event.activity).collect();
    for (activity, times) in [(Activity::PublicationStopped, 2), (Activity::PublicationResumed, 2)] {
        assert_eq!(said.iter().filter(|said| **said == activity).count(), times, "{activity}");
    }
}

#[test]
fn what_differs_at_a_journal_is_healed_and_told_and_what_is_not_ours_is_left_to_people() {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let [lost, bent, back, fine] = ["Søknad", "Svar", "Klage", "Vedtak"].map(|title| town.entry(case, title));
    town.evening();
    let record = |entry| town.page.record(entry).unwrap();
    let (old, template) = (record(back), record(bent));
    town.run(town.desk().publication().withdraw(back, "Feil")).unwrap();
    town.pass(minutes(2));
    town.page.put(old);
    town.page.lose(lost);
    town.page.put(template.clone().with_revision(0));
    let stranger = EntryId::from_uuid(uuid::Uuid::from_u128(5));
    town.page.put(PublicRecord { entry: stranger, ..template });
    town.pass(hours(24));
    assert_eq!(town.page.shown(), [lost, bent, fine, stranger].into());
    assert!(record(bent).revision > 1);
    let told = notices(&town);
    let drift: Vec<&str> = told
        .iter()
        .filter(|(_, about, _)| matches!(about, Subject::PublicationDrift { .. }))
        .map(|told| told.2.as_str())
        .collect();
    assert!(
        drift.len() == 2 && drift.iter().any(|text| text.contains("2 entries are published again, 1 are")),
        "{drift:?}"
    );
    assert!(drift.iter().any(|text| text.starts_with("1 entries stand with page that the archive does not have")));
    assert_eq!(town.einnsyn.calls().len(), 5, "the other journal had nothing to heal");
}

/// A town that shows some entries on its page, which takes a while for each page of what it shows.
fn paged(entries: usize, nap: Duration) -> (Town, Vec<EntryId>) {
    let town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    let entries = (0..entries).map(|n| town.entry(case, &format!("Søknad {n}"))).collect();
    town.evening();
    town.page.nap.set(nap);
    town.page.nap.asked.lock().unwrap().clear();
    (town, entries)
}

#[test]
fn a_comparison_of_many_pages_holds_up_no_withdrawal() {
    let (town, entries) = paged(20, Duration::from_secs(50));
    let (start, desk) = ("2026-09-14T22:00:00Z".parse::<Timestamp>().unwrap(), town.desk());
    let after = |minute| town.clock.sleep_until(start + minutes(minute));
    let mut meanwhile = BTreeSet::new();
    town.run(town.office.run(async {
        after(3).await;
        // One that was compared already, and one that was not.
        desk.publication().withdraw(entries[0], "Feil").await.unwrap();
        desk.publication().withdraw(entries[19], "Feil").await.unwrap();
        after(5).await;
        meanwhile = town.page.shown();
    }));
    let left: BTreeSet<EntryId> = entries[1..19].iter().copied().collect();
    assert_eq!(meanwhile, left);
    let asked = town.page.nap.asked.lock().unwrap().len();
    assert!((3..10).contains(&asked), "it was still being compared: {asked} pages");
    town.pass(hours(2));
    assert_eq!(town.page.shown(), left);
    let drift = notices(&town).into_iter().filter(|(_, about, _)| matches!(about, Subject::PublicationDrift { .. }));
    assert_eq!(drift.count(), 0, "nobody meddled");
}

#[test]
fn a_comparison_keeps_the_pace_of_its_journal() {
    let mut town = Town::new();
    let case = town.case("Storgata 1: ny garasje");
    for n in 0..6 {
        town.entry(case, &format!("Søknad {n}"));
    }
    *town.page.pace.lock().unwrap() = minutes(1);
    town.restart();
    town.until("2026-09-14T16:10:00Z");
    assert_eq!(town.page.shown().len(), 6);
    town.page.nap.asked.lock().unwrap().clear();
    town.until("2026-09-14T22:10:00Z");
    let asked = town.page.nap.asked.lock().unwrap();
    assert_eq!(asked.len(), 4, "three pages and the end");
    assert!(asked.windows(2).all(|calls| calls[1] - calls[0] >= chrono::TimeDelta::minutes(1)), "{asked:?}");
}

#[test]
fn a_comparison_that_a_shutdown_cuts_short_is_begun_anew() {
    let (town, entries) = paged(20, Duration::from_secs(20));
    town.page.lose(entries[0]);
    let halt = "2026-09-14T22:02:00Z";
    town.until(halt);
    let halt: Timestamp = halt.parse().unwrap();
    let asked = town.page.nap.asked.lock().unwrap().clone();
    assert!(asked.len() > 1 && asked.iter().all(|call| *call <= halt), "{asked:?}");
    town.pass(hours(1));
    assert_eq!(town.page.shown(), entries.into_iter().collect());
}

#[test]
fn what_somebody_else_is_at_keeps_nothing_else_from_being_healed() {
    let (town, entries) = paged(5, Duration::ZERO);
    let (busy, lost) = (entries[0], entries[1]);
    town.page.lose(busy);
    town.page.lose(lost);
    *town.page.meddling.lock().unwrap() = Some((town.disk.clone(), busy));
    town.until("2026-09-14T22:02:00Z");
    assert_eq!(town.page.shown(), entries[1..].iter().copied().collect());
    town.until("2026-09-14T22:30:00Z");
    assert_eq!(town.page.shown(), entries.into_iter().collect(), "the day does not count as compared before");
    let drift = notices(&town).into_iter().filter(|(_, about, _)| matches!(about, Subject::PublicationDrift { .. }));
    assert!(drift.map(|told| told.2).all(|text| text.contains("1 entries are published again, 0 are withdrawn")));
}

#[test]
fn a_stricter_policy_takes_down_what_it_no_longer_shows() {
    let mut town = Town::new();
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    town.evening();
    assert!(town.einnsyn.shown().contains(&entry));
    town.policy.never.insert(sakarkiv_core::case::CaseKind::Building);
    town.policy.revision += 1;
    town.restart();
    town.idle();
    assert!(town.einnsyn.shown().is_empty() && town.page.shown().is_empty());
}

#[test]
fn the_dry_run_shows_what_tomorrow_brings_and_what_is_held_back_and_why() {
    let town = Town::new();
    town.look.forbid("Hemmelig");
    let case = town.case("Storgata 1: ny garasje");
    let (shown, held) = (town.entry(case, "Søknad"), town.entry(case, "Hemmelig klage"));
    let mut internal = town.new_entry("Notat");
    internal.kind = sakarkiv_core::journal::EntryKind::Internal;
    internal.parties.clear();
    internal.documents.clear();
    internal.status = EntryStatus::Reserved;
    let internal = town.run(town.desk().register(case, internal)).unwrap().0;
    town.idle();
    let day = NaiveDate::from_ymd_opt(2026, 9, 15).unwrap();
    let run = town.run(town.desk().publication().dry_run(day, day)).unwrap();
    assert_eq!(run.shown().map(|plan| plan.entry).collect::<Vec<_>>(), [shown]);
    assert_eq!(run.held_by_doubt().map(|(plan, _)| plan.entry).collect::<Vec<_>>(), [held]);
    assert!(
        run.held_by_rules().all(|plan| plan.entry != internal),
        "an entry that is not on record is no business of tomorrow"
    );
    assert!(town.einnsyn.calls().is_empty());
    let handler = town.office.as_user(&person("nobody")).unwrap();
    assert!(town.run(handler.publication().dry_run(day, day)).is_err());
}
