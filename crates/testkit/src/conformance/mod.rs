//! Suites that hold an implementation of a port to its contract.
//!
//! Each suite is one static list of cases; each case checks one sentence of the contract, under a rule id, and says what it
//! expected and what it saw. A vendor implements the suite's harness (a fresh adapter, the other side's own view, faults to
//! arm) and adds one test:
//!
//! ```
//! use sakarkiv_core::identity::{AccountId, ChannelId};
//! use sakarkiv_testkit::conformance::{self, MemoryChannelHarness};
//!
//! # futures_executor_of_the_docs::block_on(async {
//! let report = conformance::run_channel(&MemoryChannelHarness::default()).await;
//! report.assert_conforms();
//! println!("{report}");
//! # });
//! # mod futures_executor_of_the_docs {
//! #     pub fn block_on<F: std::future::Future>(future: F) -> F::Output {
//! #         let mut future = std::pin::pin!(future);
//! #         let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #         loop {
//! #             if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) { return output; }
//! #         }
//! #     }
//! # }
//! ```
//!
//! The other side's own view is what makes the suites worth running: without it nobody can tell a letter delivered once from
//! one delivered twice. What a harness cannot arrange is reported as *not applicable*, never as passed; a run in which no
//! case applied is a failure.

mod audit;
mod channel;
mod desk;
mod inbox;
mod journal;
mod memory;
mod privacy;
mod public_memory;
mod public_samples;
mod report;
mod requests;
mod samples;
mod source;
mod store;

pub use audit::{AuditHarness, Audited, audit_log_cases, run_audit_log};
pub use channel::{
    ChannelFault, ChannelHarness, PeerLetter, SampleRecipient, SampleSigner, channel_cases, run_channel,
};
pub use desk::{DeskHarness, HiddenCase, desk_cases, run_desk};
pub use inbox::{InboxFault, InboxHarness, PeerItem, SampleFlaw, SampleMail, inbox_cases, run_inbox};
pub use journal::{JournalFault, JournalHarness, ShownEntry, ShownMeeting, journal_cases, run_journal};
pub use memory::{
    MemoryChannelHarness, MemoryDeskHarness, MemoryInboxHarness, MemorySourceHarness, MemoryStoreHarness,
};
pub use public_memory::{MemoryJournalHarness, MemoryRequestsHarness, WholePublisher};
pub use report::{CaseInfo, CaseResult, Report, Verdict, Violation};
pub use requests::{AskableEntry, RequestsFault, RequestsHarness, requests_cases, run_requests};
pub use samples::{Samples, addressee, company, person};
pub use source::{PeerConsignment, SampleConsignment, SourceFault, SourceHarness, run_source, source_cases};
pub use store::{StoreHarness, run_store, store_cases};
