mod cases;
mod harness;
mod keeping_cases;
mod situation;

pub use harness::{AuditHarness, Audited};

use super::report::{Case, CaseInfo, Report, run_all};

type AuditCase = Case<dyn AuditHarness>;

/// Runs the suite for [`AuditLog`](sakarkiv_audit::AuditLog) and the events of a [`Store`](sakarkiv_core::ports::Store).
pub async fn run_audit_log(harness: &(dyn AuditHarness + 'static)) -> Report {
    run_all("audit log", harness.name(), &all(), harness).await
}

/// Every case of the suite for [`AuditLog`](sakarkiv_audit::AuditLog), in the order in which they run.
#[must_use]
pub fn audit_log_cases() -> Vec<CaseInfo> {
    all().iter().map(|case| case.info).collect()
}

fn all() -> Vec<AuditCase> {
    let mut cases = cases::all();
    cases.extend(keeping_cases::all());
    cases
}
