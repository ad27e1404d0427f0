mod cases;
mod harness;
mod meeting_cases;

pub use harness::{JournalFault, JournalHarness, ShownEntry, ShownMeeting};

use super::report::{Case, CaseInfo, Report, run_all};

type JournalCase = Case<dyn JournalHarness>;

/// Runs the suite for [`JournalPublisher`](sakarkiv_core::ports::JournalPublisher) and, where there are meetings,
/// [`MeetingPublisher`](sakarkiv_core::ports::MeetingPublisher).
pub async fn run_journal(harness: &(dyn JournalHarness + 'static)) -> Report {
    run_all("journal", harness.name(), &all(), harness).await
}

/// Every case of the suite for publishers, in the order in which they run.
#[must_use]
pub fn journal_cases() -> Vec<CaseInfo> {
    all().iter().map(|case| case.info).collect()
}

fn all() -> Vec<JournalCase> {
    let mut cases = cases::all();
    cases.extend(meeting_cases::all());
    cases
}
