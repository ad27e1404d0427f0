mod cases;
mod harness;
mod signing_cases;
mod situation;
mod status_cases;

pub use harness::{ChannelFault, ChannelHarness, PeerLetter, SampleRecipient, SampleSigner};

use super::report::{Case, CaseInfo, Report, run_all};

type ChannelCase = Case<dyn ChannelHarness>;

/// Runs the suite for [`Channel`](sakarkiv_core::ports::Channel).
pub async fn run_channel(harness: &(dyn ChannelHarness + 'static)) -> Report {
    run_all("channel", harness.name(), &all(), harness).await
}

/// Every case of the suite for [`Channel`](sakarkiv_core::ports::Channel), in the order in which they run.
#[must_use]
pub fn channel_cases() -> Vec<CaseInfo> {
    all().iter().map(|case| case.info).collect()
}

fn all() -> Vec<ChannelCase> {
    let mut cases = cases::all();
    cases.extend(status_cases::all());
    cases.extend(signing_cases::all());
    cases
}

/// A line of the list: rule, sentence, what it needs, and the function that checks it.
macro_rules! case {
    ($rule:literal, $check:path, $sentence:literal) => {
        case!($rule, $check, $sentence, needs "" => |_| None)
    };
    ($rule:literal, $check:path, $sentence:literal, needs $needs:literal => $missing:expr) => {
        $crate::conformance::report::Case {
            info: $crate::conformance::report::CaseInfo { rule: $rule, sentence: $sentence, needs: $needs },
            missing: $missing,
            run: |harness| Box::pin($check(harness)),
        }
    };
}
pub(in crate::conformance) use case;
