//! Stateful simulators of the services on the other side, as strict as those are.
//!
//! Each is a handle (clone it freely) with three faces: the test *configures and drives* it, the program under test *calls*
//! its router, and the test *inspects* what the other side got. They share the test's clock: shipments move, tokens expire
//! and stalled calls wait as it goes on, never by themselves.
//!
//! | simulator | speaks |
//! |---|---|
//! | [`MaskinportenSim`] | the token endpoint: assertions are really verified, tokens really signed |
//! | [`SvarUtSim`] | REST v3 send and status, REST v2 look-ups, certificate, migration |
//! | [`EInnsynSim`] | the publisher's and the reader's side of eInnsyn's API, orders of access requests as XML |
//! | [`FiksArkivSim`](fiks_arkiv::FiksArkivSim) | Fiks Arkiv as a specialist system does; messages, no HTTP |
//! | [`GeoClient`](geointegrasjon::GeoClient) | GeoIntegrasjon Arkiv as a specialist system does: a client |
//! | [`JobbNorgeSim`] | the public list of vacancies, and a recruitment system that delivers by three ways |
//! | [`SvarInnSim`] | V1 and V2 under both base paths, content in CMS |
//! | [`AltinnSim`](altinn::AltinnSim) | Altinn 3 Correspondence, both sides, and the platform around it |
//!
//! A router is called in-process ([`InProcess`], for whole offices under a simulated clock) or over a socket of this machine
//! ([`serve`]). What shall go wrong is armed beforehand ([`Faults`]): which call, when, and what.
//!
//! ```
//! use sakarkiv_http::{Body, HttpService};
//! use sakarkiv_testkit::{
//!     doubles::ManualClock,
//!     simulators::{Account, Fault, InProcess, Integration, MaskinportenSim, Operation, SvarUtSim, When},
//! };
//! use uuid::Uuid;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = ManualClock::at("2026-09-14T08:00:00Z");
//! let maskinporten = MaskinportenSim::new(clock.port());
//! let svarut = SvarUtSim::new(clock.port(), &maskinporten);
//! let account = Uuid::from_u128(1);
//! svarut.add_account(Account::new(account, "Prøvedal kommune", "314111222"));
//! svarut.add_integration(Integration {
//!     id: Uuid::from_u128(2),
//!     password: "hemmelig".to_owned(),
//!     organisation: "314111222".to_owned(),
//!     accounts: vec![account],
//! });
//! svarut.faults().arm(Operation::MessageTypes, When::Next(1), Fault::outage());
//!
//! let network = InProcess::hosts([("svarut.test", svarut.router())]);
//! let call = || http::Request::get("https://svarut.test/api/v2/forsendelsestyper")
//!     .header("Authorization", format!("Bearer {}", maskinporten.token_for("314111222")))
//!     .header("IntegrasjonId", Uuid::from_u128(2).to_string())
//!     .header("IntegrasjonPassord", "hemmelig")
//!     .body(Body::empty());
//! assert_eq!(network.call(call()?).await?.status(), 503);
//! assert_eq!(network.call(call()?).await?.status(), 200);
//! assert_eq!(svarut.calls().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! What no source tells of the real services (codes of refusals, the duplicate window, how v2 shows newer states) is a
//! choice, and where it matters a setting: see [`Settings`].

pub mod altinn;
mod calls;
mod der;
pub mod einnsyn;
mod faults;
pub mod fiks_arkiv;
mod gate;
pub mod geointegrasjon;
mod in_process;
mod jobbnorge;
mod keys;
mod maskinporten;
mod operation;
mod server;
mod svarinn;
mod svarut;
mod tamper;

pub use calls::{Call, Outcome};
pub use einnsyn::EInnsynSim;
pub use faults::{Answer, AnswerBody, ErrorJson, Fault, FaultId, Faults, Tamper, Target, When};
pub use in_process::InProcess;
pub use jobbnorge::{JobbNorgeSim, SimDelivery, SimVacancy};
pub use maskinporten::{Client, MaskinportenSim};
pub use operation::Operation;
pub use server::{Server, serve};
pub use svarinn::{Content, Mail, MailFile, MailRecord, Oddity, Package, ReportedFailure, Sender, SvarInnSim};
pub use svarut::{
    Account, AltinnWord, Contact, DuplicateRule, Endpoint, FileRecord, Integration, Landing, Opens, OrganisationFacts,
    Registration, Settings, ShipmentRecord, ShipmentStatus, SvarUtSim, Timings,
};
