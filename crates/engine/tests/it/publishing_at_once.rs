//! What must go from the public goes at once, whatever files are being read for the leak check meanwhile.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use sakarkiv_core::{
    identity::EntryId,
    journal::{Amendment, Change, EntryStatus},
    ports::Clock,
    screening::{AccessCode, Hides, Screening},
};

use crate::{
    publishing::{retitle, stored, title},
    publishing_world::{Board, Town},
    world::{hours, minutes},
};

#[test]
fn a_withdrawal_does_not_wait_for_files_that_are_being_read() {
    let town = Town::new();
    let (garage, pier) = (town.case("Storgata 1: ny garasje"), town.case("Kaiveien 2: brygge"));
    let (gone, kept) = (town.entry(garage, "Søknad"), town.entry(pier, "Nabovarsel"));
    town.evening();
    town.look.nap.set(minutes(9));
    // The one that is withdrawn is just being read; after it the other.
    retitle(&town, gone, "Søknad om garasje");
    retitle(&town, kept, "Nabovarsel om brygge");
    let (start, desk) = (town.clock.now(), town.desk());
    let after = |minute| town.clock.sleep_until(start + minutes(minute));
    let (mut meanwhile, mut later) = (BTreeSet::new(), BTreeSet::new());
    town.run(town.office.run(async {
        after(6).await;
        Board::set(&town.einnsyn.away, true);
        desk.publication().withdraw(gone, "Navn i tittelen").await.unwrap();
        after(7).await;
        meanwhile = town.page.shown();
        after(10).await;
        Board::set(&town.einnsyn.away, false);
        after(17).await;
        later = town.einnsyn.shown();
    }));
    assert_eq!(meanwhile, [kept].into());
    assert_eq!(later, [kept].into(), "what was read before the word came gives it no goal again");
    town.pass(hours(24));
    assert_eq!((town.page.shown(), town.einnsyn.shown()), ([kept].into(), [kept].into()));
    assert_eq!(title(&town.page.record(kept).unwrap()), "Nabovarsel om brygge");
}

#[test]
fn a_file_that_is_withdrawn_goes_at_once_and_the_entry_stays_whatever_else_is_being_read() {
    let town = Town::new();
    let (garage, pier) = (town.case("Storgata 1: ny garasje"), town.case("Kaiveien 2: brygge"));
    let (shown, read) = (town.entry(garage, "Søknad"), town.entry(pier, "Nabovarsel"));
    town.until("2026-09-18T00:00:00Z");
    let document = stored(&town, shown).documents()[0].document.id();
    town.look.nap.set(minutes(9));
    retitle(&town, read, "Nabovarsel om brygge");
    let (start, desk, looks) = (town.clock.now(), town.desk(), town.look.looks.load(Ordering::SeqCst));
    let mut meanwhile = Vec::new();
    town.run(town.office.run(async {
        town.clock.sleep_until(start + minutes(2)).await;
        desk.publication().withdraw_file(shown, document, "Bilde av barn").await.unwrap();
        town.clock.sleep_until(start + minutes(4)).await;
        meanwhile = [&town.einnsyn, &town.page].map(|board| board.record(shown).unwrap().files().count()).to_vec();
        town.clock.sleep_until(start + minutes(20)).await;
    }));
    assert_eq!(meanwhile, [0, 0]);
    assert_eq!(title(&town.page.record(shown).unwrap()), "Søknad");
    assert_eq!(town.look.looks.load(Ordering::SeqCst), looks + 1, "what remains was looked at before");
    let standing = town.run(desk.publication().standing(shown)).unwrap();
    assert!(standing.cleared && standing.publishers.values().all(|at| at.shown && at.due.is_none()), "{standing:?}");
}

#[test]
fn a_file_goes_with_its_entry_while_something_else_of_it_waits_for_the_leak_check() {
    let town = Town::new();
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Søknad");
    town.evening();
    let document = stored(&town, entry).documents()[0].document.id();
    town.look.nap.set(minutes(9));
    retitle(&town, entry, "Søknad om garasje");
    let (start, desk) = (town.clock.now(), town.desk());
    let mut meanwhile = BTreeSet::new();
    town.run(town.office.run(async {
        town.clock.sleep_until(start + minutes(2)).await;
        desk.publication().withdraw_file(entry, document, "Bilde av barn").await.unwrap();
        town.clock.sleep_until(start + minutes(4)).await;
        meanwhile = town.page.shown();
    }));
    assert!(meanwhile.is_empty());
    town.look.nap.set(Duration::ZERO);
    town.pass(hours(24));
    for board in [&town.einnsyn, &town.page] {
        let record = board.record(entry).unwrap();
        assert_eq!((title(&record), record.files().count()), ("Søknad om garasje", 0));
    }
}

#[test]
fn what_was_found_in_a_file_that_is_withdrawn_is_looked_for_again_when_it_comes_back() {
    let town = Town::new();
    town.look.forbid("Hemmelig");
    let entry = town.entry(town.case("Storgata 1: ny garasje"), "Hemmelig søknad");
    town.idle();
    let desk = town.desk();
    let finding = town.run(desk.publication().held(None, 10)).unwrap()[0].findings[0].fingerprint;
    town.run(desk.publication().release(entry, finding, "Ordet er navnet på gata")).unwrap();
    town.evening();
    let document = stored(&town, entry).documents()[0].document.id();
    town.run(desk.publication().withdraw_file(entry, document, "Bilde av barn")).unwrap();
    town.pass(minutes(2));
    assert_eq!(town.page.record(entry).unwrap().files().count(), 0, "what was released of the title counts still");
    let looks = town.look.looks.load(Ordering::SeqCst);
    town.run(desk.publication().restore_file(entry, document, "Vurdert på nytt")).unwrap();
    town.pass(minutes(2));
    assert_eq!(town.look.looks.load(Ordering::SeqCst), looks + 1);
    assert_eq!(town.page.record(entry).unwrap().files().count(), 1);
}

#[test]
fn what_the_rules_show_no_more_or_only_masked_goes_while_files_are_being_read_and_comes_back_by_nothing_read_before() {
    let town = Town::new();
    let (garage, pier) = (town.case("Storgata 1: ny garasje"), town.case("Kaiveien 2: brygge"));
    let [void, closed, busy] = ["Søknad", "Klage", "Svar"].map(|title| town.entry(garage, title));
    let other = town.entry(pier, "Nabovarsel");
    town.evening();
    town.look.nap.set(minutes(9));
    for entry in [void, busy, other] {
        retitle(&town, entry, "Rettet");
    }
    let (start, desk) = (town.clock.now(), town.desk());
    let after = |minute| town.clock.sleep_until(start + minutes(minute));
    let shown = || (town.page.shown(), title(&town.page.record(closed).unwrap()).to_owned());
    let (mut meanwhile, mut later) = Default::default();
    town.run(town.office.run(async {
        after(2).await;
        desk.move_entry(void, EntryStatus::Void).await.unwrap();
        let screening = Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", [Hides::Everything]).unwrap();
        desk.amend_entry(closed, Amendment::new(Change::Screening(Some(screening)))).await.unwrap();
        after(4).await;
        meanwhile = shown();
        after(30).await;
        later = shown();
    }));
    let expected: BTreeSet<EntryId> = [closed, busy, other].into();
    assert_eq!(meanwhile, (expected.clone(), "*****".to_owned()));
    assert_eq!(later, meanwhile);
    town.look.nap.set(Duration::ZERO);
    town.pass(hours(24));
    for board in [&town.einnsyn, &town.page] {
        assert_eq!(board.shown(), expected);
        assert_eq!(title(&board.record(busy).unwrap()), "Rettet");
    }
}

#[test]
fn a_look_through_the_whole_archive_holds_up_no_correction() {
    let mut town = Town::new();
    let entries: Vec<EntryId> = (0..12).map(|n| town.entry(town.case(&format!("Sak {n}")), "Søknad")).collect();
    town.evening();
    town.policy.revision += 1;
    town.restart();
    town.look.nap.set(minutes(9));
    let (start, desk, last) = (town.clock.now(), town.desk(), entries[11]);
    let mut meanwhile = None;
    town.run(town.office.run(async {
        town.clock.sleep_until(start + minutes(2)).await;
        let title = Amendment::new(Change::Title("Søknad uten navn".into()));
        desk.amend_entry(last, title).await.unwrap();
        town.clock.sleep_until(start + minutes(25)).await;
        meanwhile = town.page.record(last);
    }));
    assert_eq!(title(&meanwhile.unwrap()), "Søknad uten navn");
    town.look.nap.set(Duration::ZERO);
    town.pass(hours(24));
    let looks = town.look.looks.load(Ordering::SeqCst);
    town.restart();
    town.pass(hours(1));
    assert_eq!(town.look.looks.load(Ordering::SeqCst), looks, "the look through the archive came to its end");
    assert_eq!(town.page.shown(), entries.into_iter().collect());
}
