use std::{fmt, panic::AssertUnwindSafe};

use futures_util::{FutureExt, future::BoxFuture};
use serde::Serialize;

/// A sentence of the contract that an implementation does not keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{rule} is not kept ({sentence}): expected {expected}, observed {observed}")]
#[non_exhaustive]
pub struct Violation {
    /// The rule, for example `channel.send.once`.
    pub rule: &'static str,
    /// The sentence of the contract.
    pub sentence: &'static str,
    /// What should have been seen.
    pub expected: String,
    /// What was seen.
    pub observed: String,
}

/// What a case found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// The sentence holds.
    Passed,
    /// It does not.
    Failed(Violation),
    /// The implementation does not claim this ability, or the harness cannot arrange the situation.
    NotApplicable {
        /// Which of the two.
        because: String,
    },
}

/// One line of a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// The rule.
    pub rule: &'static str,
    /// What came of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// One case of a suite, for listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CaseInfo {
    /// The rule id.
    pub rule: &'static str,
    /// The sentence of the contract that it checks.
    pub sentence: &'static str,
    /// What must be there for the case to apply; empty for always.
    pub needs: &'static str,
}

/// What a run of a suite brought to light. `Display` is a table; it serialises for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The suite.
    pub suite: &'static str,
    /// The version of this kit.
    pub kit: &'static str,
    /// What was tested.
    pub subject: String,
    /// The results in the order of the list.
    pub results: Vec<CaseResult>,
}

impl Report {
    /// How many cases passed.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.results.iter().filter(|result| result.verdict == Verdict::Passed).count()
    }

    /// What failed.
    #[must_use]
    pub fn failures(&self) -> Vec<&Violation> {
        let failed = |result: &'_ CaseResult| matches!(result.verdict, Verdict::Failed(_));
        self.results.iter().filter(|result| failed(result)).filter_map(CaseResult::violation).collect()
    }

    /// How many cases did not apply.
    #[must_use]
    pub fn not_applicable(&self) -> usize {
        self.results.len().saturating_sub(self.passed()).saturating_sub(self.failures().len())
    }

    /// Whether nothing failed and at least one case applied.
    #[must_use]
    pub fn conforms(&self) -> bool {
        self.failures().is_empty() && self.passed() > 0
    }

    /// The report as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Fails the calling test with the whole table unless the implementation conforms.
    ///
    /// # Panics
    /// When a case failed or none applied.
    #[expect(clippy::panic, reason = "this is an assertion for tests")]
    pub fn assert_conforms(&self) {
        if !self.conforms() {
            panic!("{self}");
        }
    }
}

impl CaseResult {
    const fn violation(&self) -> Option<&Violation> {
        match &self.verdict {
            Verdict::Failed(violation) => Some(violation),
            _ => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} conformance of {} (kit {})", self.suite, self.subject, self.kit)?;
        for CaseResult { rule, verdict } in &self.results {
            match verdict {
                Verdict::Passed => writeln!(f, "  ok    {rule}")?,
                Verdict::NotApplicable { because } => writeln!(f, "  -     {rule}  ({because})")?,
                Verdict::Failed(violation) => {
                    writeln!(f, "  FAIL  {rule}")?;
                    writeln!(f, "          contract: {}", violation.sentence)?;
                    writeln!(f, "          expected: {}", violation.expected)?;
                    writeln!(f, "          observed: {}", violation.observed)?;
                }
            }
        }
        let (passed, failed, none) = (self.passed(), self.failures().len(), self.not_applicable());
        write!(f, "{passed} passed, {failed} failed, {none} not applicable")?;
        if passed == 0 && failed == 0 {
            write!(f, ": nothing was tested, which counts as a failure")?;
        }
        Ok(())
    }
}

/// How a case is run: a plain function over the harness.
pub(super) type Run<H> = for<'a> fn(&'a H) -> BoxFuture<'a, Result<(), Violation>>;

/// Says why a case does not apply, if it does not.
pub(super) type Need<H> = fn(&H) -> Option<String>;

/// One case of a suite over a harness.
pub(super) struct Case<H: ?Sized> {
    pub(super) info: CaseInfo,
    pub(super) missing: Need<H>,
    pub(super) run: Run<H>,
}

impl<H: ?Sized> Case<H> {
    async fn verdict(&self, harness: &H) -> Verdict {
        if let Some(because) = (self.missing)(harness) {
            return Verdict::NotApplicable { because };
        }
        // An implementation that panics fails this case and not the whole run.
        match AssertUnwindSafe((self.run)(harness)).catch_unwind().await {
            Ok(Ok(())) => Verdict::Passed,
            Ok(Err(violation)) => {
                Verdict::Failed(Violation { rule: self.info.rule, sentence: self.info.sentence, ..violation })
            }
            Err(_) => Verdict::Failed(Violation {
                rule: self.info.rule,
                sentence: self.info.sentence,
                expected: "an answer".to_owned(),
                observed: "a panic".to_owned(),
            }),
        }
    }
}

/// Runs every case of a suite, one after the other.
pub(super) async fn run_all<H: ?Sized>(suite: &'static str, subject: String, cases: &[Case<H>], harness: &H) -> Report {
    let mut results = Vec::with_capacity(cases.len());
    for case in cases {
        results.push(CaseResult { rule: case.info.rule, verdict: case.verdict(harness).await });
    }
    Report { suite, kit: env!("CARGO_PKG_VERSION"), subject, results }
}

/// A violation of the running case; the runner adds rule and sentence.
pub(super) fn violated(expected: impl Into<String>, observed: impl fmt::Debug) -> Violation {
    Violation { rule: "", sentence: "", expected: expected.into(), observed: format!("{observed:?}") }
}

/// Demands a condition.
pub(super) fn demand(holds: bool, expected: &str, observed: impl fmt::Debug) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(violated(expected, observed)) }
}

/// Demands two values to be equal.
pub(super) fn demand_eq<T: PartialEq + fmt::Debug>(what: &str, observed: &T, expected: &T) -> Result<(), Violation> {
    demand(observed == expected, &format!("{what} {expected:?}"), observed)
}

/// Demands a call to succeed.
pub(super) fn granted<T, E: fmt::Display>(what: &str, outcome: Result<T, E>) -> Result<T, Violation> {
    outcome.map_err(|error| Violation {
        rule: "",
        sentence: "",
        expected: format!("{what} succeeds"),
        observed: error.to_string(),
    })
}
