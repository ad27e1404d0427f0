use std::{collections::BTreeMap, ops::Range, thread};

use super::{Fault, Outcome, Plan, Scenario, Violation, simulate_plan};

/// What many runs together went through.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Exploration {
    /// How many runs.
    pub runs: u64,
    /// How many calls to ports.
    pub crash_points: u64,
    /// How often each fault happened.
    pub faults: BTreeMap<Fault, u64>,
    /// How many letters.
    pub letters: u64,
    /// How much time was simulated, in milliseconds.
    pub simulated: u64,
}

impl Exploration {
    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.crash_points += outcome.crash_points;
        self.letters += outcome.letters as u64;
        self.simulated += outcome.simulated;
        for (fault, count) in &outcome.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }

    fn join(mut self, other: &Self) -> Self {
        self.runs += other.runs;
        self.crash_points += other.crash_points;
        self.letters += other.letters;
        self.simulated += other.simulated;
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        self
    }
}

/// Simulates a range of seeds, over all scenarios, on so many threads.
///
/// # Errors
/// The first [`Violation`] that a thread finds.
pub fn seeds(range: Range<u64>, threads: u64) -> Result<Exploration, Box<Violation>> {
    let threads = threads.max(1);
    let part = |nth: u64| {
        let mut sum = Exploration::default();
        for seed in range.clone().filter(|seed| seed % threads == nth) {
            sum.add(&simulate_plan(&Plan::of_seed(seed, None)).map_err(Box::new)?);
        }
        Ok::<_, Box<Violation>>(sum)
    };
    thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|nth| scope.spawn(move || part(nth))).collect();
        parts.into_iter().try_fold(Exploration::default(), |sum, part| match part.join() {
            Ok(part) => Ok(sum.join(&part?)),
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

/// Lets the process of an otherwise quiet scenario die at every call to a port, one run for each.
///
/// # Errors
/// The first [`Violation`].
pub fn every_crash_point(scenario: Scenario, size: usize) -> Result<Exploration, Box<Violation>> {
    let mut sum = Exploration::default();
    for first in 1..=points(&quiet(scenario, size))? {
        sum.add(&die_at(scenario, size, &[first])?);
    }
    Ok(sum)
}

/// Lets it die at every pair of calls, the second counted on from the first through the new process.
///
/// # Errors
/// The first [`Violation`].
pub fn every_pair(scenario: Scenario, size: usize) -> Result<Exploration, Box<Violation>> {
    let mut sum = Exploration::default();
    for first in 1..=points(&quiet(scenario, size))? {
        let once = die_at(scenario, size, &[first])?;
        for second in first + 1..=once.crash_points {
            sum.add(&die_at(scenario, size, &[first, second])?);
        }
    }
    Ok(sum)
}

fn quiet(scenario: Scenario, size: usize) -> Plan {
    Plan { size, ..Plan::calm(scenario) }
}

fn points(plan: &Plan) -> Result<u64, Box<Violation>> {
    simulate_plan(plan).map(|outcome| outcome.crash_points).map_err(Box::new)
}

fn die_at(scenario: Scenario, size: usize, points: &[u64]) -> Result<Outcome, Box<Violation>> {
    let mut plan = quiet(scenario, size);
    plan.crash_at.extend(points);
    simulate_plan(&plan).map_err(Box::new)
}
