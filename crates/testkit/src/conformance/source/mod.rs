mod cases;
mod harness;

pub use harness::{PeerConsignment, SampleConsignment, SourceFault, SourceHarness};

use super::report::{Case, CaseInfo, Report, run_all};

type SourceCase = Case<dyn SourceHarness>;

/// Runs the suite for [`ConsignmentSource`](sakarkiv_core::ports::ConsignmentSource).
pub async fn run_source(harness: &(dyn SourceHarness + 'static)) -> Report {
    run_all("source", harness.name(), &cases::all(), harness).await
}

/// Every case of the suite for [`ConsignmentSource`](sakarkiv_core::ports::ConsignmentSource), in the order in which they run.
#[must_use]
pub fn source_cases() -> Vec<CaseInfo> {
    cases::all().iter().map(|case| case.info).collect()
}
