mod access_cases;
mod blob_cases;
mod claim_cases;
mod harness;
mod list_cases;
mod record_cases;
mod situation;
mod transaction_cases;

pub use harness::StoreHarness;

use super::report::{Case, CaseInfo, Report, run_all};

type StoreCase = Case<dyn StoreHarness>;

/// Runs the suite for [`Store`](sakarkiv_core::ports::Store) and [`Blobs`](sakarkiv_core::ports::Blobs).
pub async fn run_store(harness: &(dyn StoreHarness + 'static)) -> Report {
    run_all("store", harness.name(), &all(), harness).await
}

/// Every case of the suite for [`Store`](sakarkiv_core::ports::Store), in the order in which they run.
#[must_use]
pub fn store_cases() -> Vec<CaseInfo> {
    all().iter().map(|case| case.info).collect()
}

fn all() -> Vec<StoreCase> {
    let mut cases = blob_cases::all();
    cases.extend(transaction_cases::all());
    cases.extend(record_cases::all());
    cases.extend(list_cases::all());
    cases.extend(access_cases::all());
    cases.extend(claim_cases::all());
    cases
}
