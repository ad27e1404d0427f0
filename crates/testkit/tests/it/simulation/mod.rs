//! The whole office under simulated time, chance and death.
//!
//! `SAKARKIV_SEEDS=2000000 cargo test -p sakarkiv-testkit --test it simulation -- --nocapture` is the long form.
#![expect(clippy::panic, clippy::print_stdout, reason = "a failing test may panic, and the figures are worth reading")]

use sakarkiv_testkit::simulation::{
    Exploration, Fault, Invariant, Plan, Scenario, Violation, Wrong, breaks, every_crash_point, every_pair, seeds,
    simulate, simulate_plan,
};

/// Shows the whole violation, seed and shortest trace included, instead of its debug form.
fn holds<T>(outcome: Result<T, Box<Violation>>) -> T {
    outcome.unwrap_or_else(|violation| panic!("{violation}"))
}

fn show(what: &str, sum: &Exploration) {
    let faults: u64 = sum.faults.values().sum();
    let hours = sum.simulated / 3_600_000;
    println!(
        "{what}: {} runs, {} letters, {} crash points, {faults} faults, {hours} simulated hours",
        sum.runs, sum.letters, sum.crash_points
    );
}

#[test]
fn a_calm_day_ends_well_in_every_scenario() {
    for scenario in Scenario::ALL {
        let outcome = holds(simulate_plan(&Plan::calm(*scenario)).map_err(Box::new));
        assert!(outcome.crash_points > 0, "{}", scenario.name());
    }
}

#[test]
fn every_invariant_holds_over_many_seeds_and_every_kind_of_trouble() {
    let count = std::env::var("SAKARKIV_SEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let sum = holds(seeds(0..count, 2));
    show("seeds", &sum);
    for fault in Fault::ALL {
        let times = sum.faults.get(fault).copied().unwrap_or_default();
        println!("  {times:8} {fault}");
        assert!(times >= count / 100, "{fault} happened only {times} times");
    }
}

/// Seeds that once broke something, in the office or in the simulation itself.
const ONCE_BROKEN: &[u64] = &[57_204];

#[test]
fn what_broke_once_stays_mended() {
    for seed in ONCE_BROKEN {
        holds(simulate(*seed, None).map_err(Box::new));
    }
}

#[test]
fn a_process_may_die_at_any_call_in_any_scenario() {
    for scenario in Scenario::ALL {
        show(scenario.name(), &holds(every_crash_point(*scenario, 3)));
    }
}

#[test]
fn a_process_may_die_at_any_two_calls() {
    for (scenario, size) in [(Scenario::OneLetter, 1), (Scenario::Inbound, 1), (Scenario::InOrder, 1)] {
        show(scenario.name(), &holds(every_pair(scenario, size)));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..200 {
        let hash = || holds(simulate(seed, None).map_err(Box::new)).hash;
        assert_eq!(hash(), hash(), "seed {seed}");
    }
    let different: std::collections::BTreeSet<_> =
        (0..200).map(|seed| holds(simulate(seed, None).map_err(Box::new)).hash).collect();
    assert_eq!(different.len(), 200);
}

#[test]
fn randomness_that_no_seed_gives_is_noticed() {
    let plan = Plan::of_seed(3, Some(Scenario::Mixed)).with_wrong(Wrong::OwnRandomness);
    let hash = || simulate_plan(&plan).map(|outcome| outcome.hash);
    assert_ne!(hash(), hash());
}

/// Each way of being wrong and the invariants that may be the first to break by it.
const NOTICED_BY: &[(Wrong, &[Invariant])] = {
    use Invariant as I;
    use Wrong as W;
    &[
        (W::AcknowledgesBeforeCommit, &[I::NothingLost]),
        (W::LosesAudit, &[I::EveryChangeLogged]),
        (W::AuditsApart, &[I::EveryChangeLogged]),
        (W::RecordsApart, &[I::RecordsAgree]),
        (W::GoesBack, &[I::OnlyForward]),
        (W::LeasesNeverEnd, &[I::NothingLost]),
        (W::IgnoresFences, &[I::OneHolder, I::EveryChangeLogged, I::OnlyForward]),
        (W::ForgetsOrder, &[I::InOrder]),
        (W::ForgetsNotices, &[I::NothingLost]),
        (W::GivesUpSilently, &[I::NothingLost]),
        (W::ForgetsIntakes, &[I::NothingLost]),
        (W::UnknownIsTransient, &[I::SentOnce]),
        (W::UnknownIsRejected, &[I::TruthfulOutcome]),
        (W::NewReferences, &[I::SentOnce]),
        (W::FallsBack, &[I::NothingLeaked]),
        (W::BelievesForeignStatus, &[I::TruthfulOutcome]),
        (W::GuessesStatus, &[I::TruthfulOutcome]),
        (W::LookUpFailsOpen, &[I::SentOnce, I::TruthfulOutcome]),
        (W::DecidesOnce, &[I::DecidedAtSending]),
        (W::SaysSentBeforeSending, &[I::TruthfulOutcome]),
        (W::HurriesOn, &[I::SentOnce]),
        (W::AcknowledgesOnFetch, &[I::NothingLost]),
    ]
};

#[test]
fn every_office_that_is_wrong_on_purpose_is_found_out() {
    assert_eq!(NOTICED_BY.len() + 1, Wrong::ALL.len(), "all but the one that needs two runs of a seed");
    for (wrong, by) in NOTICED_BY {
        let row = [0_u64, 1_000_000, 2_000_000].map(|start| {
            let found = (0..20_000).find_map(|nth| {
                let broken = breaks(&Plan::of_seed(start + nth, None).with_wrong(*wrong))?;
                Some((nth + 1, broken))
            });
            let Some((seeds, broken)) = found else { panic!("an office that is wrong ({}) passes", wrong.name()) };
            assert!(by.contains(&broken), "{}: {broken} broke at seed {}", wrong.name(), start + seeds - 1);
            format!("{seeds:6} seeds ({broken})")
        });
        println!("{:42} {}", wrong.name(), row.join("  "));
    }
}

#[test]
fn a_failure_shows_its_seed_and_a_short_trace() {
    let seed = (0..1000)
        .find(|seed| breaks(&Plan::of_seed(*seed, None).with_wrong(Wrong::UnknownIsTransient)).is_some())
        .unwrap_or_else(|| panic!("nothing broke"));
    let plan = Plan::of_seed(seed, None).with_wrong(Wrong::UnknownIsTransient);
    let Err(violation) = simulate_plan(&plan) else { panic!("nothing broke") };
    assert_eq!(violation.invariant, Invariant::SentOnce);
    assert!(violation.plan.budget <= 2 && violation.plan.faults.iter().count() <= 2, "{violation}");
    assert!(violation.trace.len() < 60, "{violation}");
    let text = violation.to_string();
    assert!(text.contains(&format!("seed {seed}")) && text.contains("arrived twice") || text.contains("leaves again"));
}
