//! Making a failing plan smaller while it still fails in the same way.

use super::{Plan, Violation, run::run, watch::Broken};

/// How many plans are tried to find a smaller one.
const TRIES: usize = 400;

pub(super) fn shrink(plan: &Plan, broken: &Broken) -> Violation {
    let mut smaller = Smaller { best: plan.clone(), broken: broken.clone(), tries: 0 };
    smaller.fewer_letters();
    smaller.fewer_kinds();
    smaller.fewer_crashes();
    smaller.fewer_faults();
    let Smaller { best, .. } = smaller;
    let last = run(&best, true);
    let Broken { invariant, detail } = last.broken.unwrap_or_else(|| broken.clone());
    Violation { invariant, detail, plan: Box::new(best), trace: last.lines }
}

struct Smaller {
    best: Plan,
    broken: Broken,
    tries: usize,
}

impl Smaller {
    /// Keeps a plan that still fails. Tells whether it does.
    fn keep(&mut self, plan: Plan) -> bool {
        self.tries += 1;
        if self.tries > TRIES {
            return false;
        }
        let fails = run(&plan, false).broken.is_some_and(|broken| broken.invariant == self.broken.invariant);
        if fails {
            self.best = plan;
        }
        fails
    }

    fn fewer_letters(&mut self) {
        for size in 1..=MOST {
            if self.keep(Plan { size, ..self.best.clone() }) {
                return;
            }
        }
    }

    fn fewer_kinds(&mut self) {
        for fault in self.best.faults.iter().collect::<Vec<_>>() {
            self.keep(Plan { faults: self.best.faults.without(fault), ..self.best.clone() });
        }
    }

    fn fewer_crashes(&mut self) {
        for point in self.best.crash_at.clone() {
            let mut plan = self.best.clone();
            plan.crash_at.remove(&point);
            self.keep(plan);
        }
    }

    fn fewer_faults(&mut self) {
        for budget in 0..=MOST_FAULTS {
            if self.keep(Plan { budget, ..self.best.clone() }) {
                return;
            }
        }
    }
}

const MOST: usize = 24;
const MOST_FAULTS: u64 = 60;
