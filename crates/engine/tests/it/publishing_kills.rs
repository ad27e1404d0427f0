//! The process is killed at each step of a day of publication, before the step and after it, and what the public sees in the
//! end is the same.

use sakarkiv_core::{
    identity::EntryId,
    journal::{Amendment, Change, EntryStatus},
};

use crate::publishing_world::{Call, Town};

/// What happens in the day, up to a moment when something is about to be done.
fn prepared(part: Part) -> (Town, [EntryId; 3]) {
    let town = Town::new();
    town.look.forbid("Hemmelig");
    let case = town.case("Storgata 1: ny garasje");
    let entries = ["Søknad", "Nabovarsel", "Hemmelig klage"].map(|title| town.entry(case, title));
    if part == Part::Evening {
        town.idle();
    } else if part == Part::Night {
        town.evening();
        town.run(town.desk().move_entry(entries[0], EntryStatus::Void)).unwrap();
        let title = Amendment::new(Change::Title("Nytt nabovarsel".into()));
        town.run(town.desk().amend_entry(entries[1], title)).unwrap();
    }
    (town, entries)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Morning,
    Evening,
    Night,
}

#[test]
fn killed_at_any_step_nothing_is_forgotten_leaked_or_left_standing() {
    let mut killed = 0;
    for part in [Part::Morning, Part::Evening, Part::Night] {
        for after in [false, true] {
            for step in 0.. {
                let (mut town, entries) = prepared(part);
                town.axe.raise(step, after);
                if part == Part::Evening {
                    town.clock.set("2026-09-14T16:00:00Z".parse().unwrap());
                }
                let lived = town.idle();
                town.restart();
                town.until("2026-09-15T17:00:00Z");
                judge(&town, entries, part, (step, after));
                if lived {
                    break;
                }
                killed += 1;
            }
        }
    }
    assert!(killed > 50, "{killed} steps");
}

fn judge(town: &Town, [first, second, held]: [EntryId; 3], part: Part, at: (usize, bool)) {
    for board in [&town.einnsyn, &town.page] {
        let calls = board.calls();
        assert!(!calls.iter().any(|call| matches!(call, Call::Publish(entry, _) if *entry == held)), "{part:?} {at:?}");
        let shown = board.shown();
        if part == Part::Night {
            assert_eq!(shown, [second].into(), "{part:?} {at:?}");
            assert_eq!(board.record(second).unwrap().journal.title.shown, "Nytt nabovarsel");
        } else {
            assert_eq!(shown, [first, second].into(), "{part:?} {at:?}");
        }
        let usual = if part == Part::Night { 4 } else { 2 };
        assert!(calls.len() <= usual + 1, "one call may be repeated: {part:?} {at:?} {calls:?}");
    }
    let list = town.run(town.desk().publication().held(None, 10)).unwrap();
    assert_eq!(list.iter().map(|entry| entry.entry).collect::<Vec<_>>(), [held], "{part:?} {at:?}");
    let told = town.notifier.told();
    assert!(!told.is_empty(), "the archivists were not told: {part:?} {at:?}");
}
