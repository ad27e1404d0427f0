mod cases;
mod harness;

pub use harness::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail};

use super::report::{Case, CaseInfo, Report, run_all};

type InboxCase = Case<dyn InboxHarness>;

/// Runs the suite for [`Inbox`](sakarkiv_core::ports::Inbox).
pub async fn run_inbox(harness: &(dyn InboxHarness + 'static)) -> Report {
    run_all("inbox", harness.name(), &cases::all(), harness).await
}

/// Every case of the suite for [`Inbox`](sakarkiv_core::ports::Inbox), in the order in which they run.
#[must_use]
pub fn inbox_cases() -> Vec<CaseInfo> {
    cases::all().iter().map(|case| case.info).collect()
}
