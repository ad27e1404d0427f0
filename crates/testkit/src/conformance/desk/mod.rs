mod cases;
mod harness;
mod record_cases;
mod situation;

pub use harness::{DeskHarness, HiddenCase};

use super::report::{Case, CaseInfo, Report, run_all};

type DeskCase = Case<dyn DeskHarness>;

fn all() -> Vec<DeskCase> {
    cases::all().into_iter().chain(record_cases::all()).collect()
}

/// Runs the suite for [`ArchiveDesk`](sakarkiv_core::ports::ArchiveDesk).
pub async fn run_desk(harness: &(dyn DeskHarness + 'static)) -> Report {
    run_all("desk", harness.name(), &all(), harness).await
}

/// Every case of the suite for [`ArchiveDesk`](sakarkiv_core::ports::ArchiveDesk), in the order in which they run.
#[must_use]
pub fn desk_cases() -> Vec<CaseInfo> {
    all().iter().map(|case| case.info).collect()
}
