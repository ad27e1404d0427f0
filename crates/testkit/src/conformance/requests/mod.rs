mod cases;
mod harness;

pub use harness::{AskableEntry, RequestsFault, RequestsHarness};

use super::report::{Case, CaseInfo, Report, run_all};

type RequestsCase = Case<dyn RequestsHarness>;

/// Runs the suite for [`AccessRequests`](sakarkiv_core::ports::AccessRequests).
pub async fn run_requests(harness: &(dyn RequestsHarness + 'static)) -> Report {
    run_all("requests", harness.name(), &cases::all(), harness).await
}

/// Every case of the suite for [`AccessRequests`](sakarkiv_core::ports::AccessRequests), in the order in which they run.
#[must_use]
pub fn requests_cases() -> Vec<CaseInfo> {
    cases::all().iter().map(|case| case.info).collect()
}
