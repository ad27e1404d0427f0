//! The records office (arkivtjeneste): gets letters out, takes mail in, follows up, and reconciles after an outage.
//!
//! It needs no runtime of its own: everything happens inside the future that [`RecordsOffice::run`] returns. It spawns
//! nothing, starts no thread and reads no system clock, so the same office runs under any executor, and under a simulated
//! clock it does the same thing for the same seed.
//!
//! ```
//! use std::sync::Arc;
//!
//! use sakarkiv_core::{
//!     access::Actor,
//!     identity::{AccountId, TenantId},
//!     ports::{Channel, Clock, Entropy, Inbox, Notifier, Store},
//! };
//! use sakarkiv_engine::{InboxTarget, RecordsOffice, SetupError, Submission, TenantSetup};
//!
//! fn build(
//!     store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, notifier: Arc<dyn Notifier>,
//!     svarut: Arc<dyn Channel>, svarinn: Arc<dyn Inbox>, bodo: TenantId, byplan: AccountId, target: InboxTarget,
//! ) -> Result<RecordsOffice, SetupError> {
//!     let tenant = TenantSetup::new(bodo).channel(svarut, [byplan]).inbox(svarinn, target);
//!     RecordsOffice::builder()
//!         .store(store).clock(clock).entropy(entropy).notifier(notifier).node("node-1")
//!         .tenant(tenant)
//!         .build()
//! }
//!
//! // Spawn this, or await it: it needs nothing but an executor. It ends some time after `shutdown`.
//! async fn serve(office: RecordsOffice, shutdown: impl Future<Output = ()> + Send) {
//!     office.run(shutdown).await;
//! }
//!
//! async fn hand_in(office: &RecordsOffice, me: &Actor, letter: Submission) -> Result<(), Box<dyn std::error::Error>> {
//!     let accepted = office.as_user(me)?.submit(letter).await?;
//!     println!("{} will go out, or somebody will be told", accepted.letter);
//!     Ok(())
//! }
//! ```
//!
//! # What holds
//! - **Nothing lost, nothing sent twice.** The intent to send is durable before a call leaves. A time-out, a lost answer or a
//!   crash makes an attempt's outcome unknown: the channel is asked by our reference, and only when its settle time is over
//!   without a hit is the letter sent again.
//! - **One failing part stops no other.** Each account of each channel has pools, a circuit breaker and an outage of its
//!   own; each inbox item is handled apart; a panic in a connector is one failed call.
//! - **Every change of state stands in the log**, in the same transaction.
//! - **Decided when sent.** Whether and by which way a letter may leave is decided anew at each attempt.
//!
//! - [`machine`] holds the rules by which a delivery moves, pure.
//! - [`RecordsOffice::builder`] puts an office together, [`RecordsOffice::as_user`] gives the desk at which people work.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accept;
mod access_upkeep;
mod account;
mod activity;
mod audit;
mod breaker;
mod builder;
mod call;
mod consignments;
mod desk;
mod dispatch;
mod document_requests;
mod follow_up;
mod inbox;
mod intake;
mod job;
mod journal;
mod log_keeping;
mod notices;
mod office;
mod once;
mod overview;
mod particulars;
mod policy;
mod polled;
mod publishing;
mod recipients;
mod reconcile;
mod registration;
mod rights;
mod routes;
mod schedule;
mod signal;
mod standing;
mod tenant_setup;
mod unopened;

pub mod machine;

pub use accept::{Dispatches, Submission, SubmitError, Submitted};
pub use activity::{AccountActivity, Activity, InboxActivity, SourceActivity};
pub use breaker::BreakerState;
pub use builder::{OfficeBuilder, SetupError};
pub use desk::{
    AccessDesk, AccessError, CaseCard, ChangeError, Desk, DeskError, DocumentError, EntryCard, HeldEntry, Holder,
    IntegrationDesk, IntegrationError, Judgement, LogDesk, LogError, MeetingRelease, MeetingStanding, NotedContact,
    OpenDocument, OrderError, PeopleReport, PublicationDesk, PublicationError, PublicationStanding, PublisherStanding,
    Purpose, RegisterLine, ServiceDesk, Wish,
};
pub use document_requests::RequestSource;
pub use office::{Login, RecordsOffice, UnknownTenant};
pub use overview::{FailedLetter, Problem, ProblemKind};
pub use policy::Policy;
pub use publishing::{Publication, PublisherTarget, Rhythm};
pub use reconcile::Reconciliation;
pub use registration::InboxTarget;
pub use tenant_setup::TenantSetup;
pub use unopened::{
    Blind, BlindReason, Contact, ContactAbout, ContactKind, FollowUp, OfficeReport, RemindError, Reminded,
    ReminderLetters, ReportSink, UnopenedOverview,
};
