use std::{collections::BTreeMap, fmt};

use super::{Fault, Invariant, Plan, Scenario, run::run, shrink::shrink};

/// A run in which every invariant held.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Differs when anything in the run differs (I12).
    pub hash: u64,
    /// How many calls to ports were made, each a place where the process could have died.
    pub crash_points: u64,
    /// How often each fault happened.
    pub faults: BTreeMap<Fault, u64>,
    /// How many letters were handed in.
    pub letters: usize,
    /// How much time was simulated, in milliseconds.
    pub simulated: u64,
}

/// A run in which an invariant broke, made as small as it still breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct Violation {
    /// Which one.
    pub invariant: Invariant,
    /// What was seen.
    pub detail: String,
    /// The smallest plan found that still breaks it. Its seed is the seed given.
    pub plan: Box<Plan>,
    /// What happened in that run, in order.
    pub trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { seed, scenario, size, faults, budget, crash_at, .. } = &*self.plan;
        writeln!(f, "{} broken in seed {seed}, scenario `{}`: {}", self.invariant, scenario.name(), self.detail)?;
        if *size < usize::MAX {
            writeln!(f, "  smallest with {size} letters and items")?;
        }
        let kinds: Vec<_> = faults.iter().map(Fault::name).collect();
        writeln!(f, "  with {}", if kinds.is_empty() { "no random faults".to_owned() } else { kinds.join(", ") })?;
        if *budget < u64::MAX {
            writeln!(f, "  of which the first {budget} happen")?;
        }
        if !crash_at.is_empty() {
            writeln!(f, "  dying at {crash_at:?}")?;
        }
        for line in &self.trace {
            writeln!(f, "    {line}")?;
        }
        write!(f, "  again: simulate({seed}, Some(Scenario::{scenario:?}))")
    }
}

/// Simulates the day of a seed.
///
/// # Errors
/// [`Violation`] when an invariant broke, with the shortest trace that could be found.
pub fn simulate(seed: u64, scenario: Option<Scenario>) -> Result<Outcome, Violation> {
    simulate_plan(&Plan::of_seed(seed, scenario))
}

/// Simulates a plan.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_plan(plan: &Plan) -> Result<Outcome, Violation> {
    let run = run(plan, false);
    match run.broken {
        None => Ok(Outcome {
            hash: run.hash,
            crash_points: run.points,
            faults: run.counts,
            letters: run.letters,
            simulated: run.simulated,
        }),
        Some(broken) => Err(shrink(plan, &broken)),
    }
}

/// Which invariant a plan breaks, without looking for the shortest trace.
#[must_use]
pub fn breaks(plan: &Plan) -> Option<Invariant> {
    run(plan, false).broken.map(|broken| broken.invariant)
}
