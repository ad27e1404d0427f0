#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "reports")]
mod report_folder;
mod system;

#[cfg(feature = "reports")]
pub use report_folder::ReportFolder;
#[cfg(feature = "altinn")]
#[doc(inline)]
pub use sakarkiv_altinn as altinn;
#[doc(inline)]
pub use sakarkiv_audit as audit;
#[doc(inline)]
pub use sakarkiv_core as core;
#[cfg(feature = "einnsyn")]
#[doc(inline)]
pub use sakarkiv_einnsyn as einnsyn;
#[doc(inline)]
pub use sakarkiv_engine as engine;
#[cfg(feature = "fagsystem")]
#[doc(inline)]
pub use sakarkiv_fagsystem as fagsystem;
#[cfg(feature = "fiks-arkiv")]
#[doc(inline)]
pub use sakarkiv_fiks_arkiv as fiks_arkiv;
#[cfg(feature = "geointegrasjon")]
#[doc(inline)]
pub use sakarkiv_geointegrasjon as geointegrasjon;
#[cfg(any(feature = "svarut", feature = "altinn", feature = "einnsyn", feature = "jobbnorge"))]
#[doc(inline)]
pub use sakarkiv_http as http;
#[cfg(feature = "jobbnorge")]
#[doc(inline)]
pub use sakarkiv_jobbnorge as jobbnorge;
#[cfg(feature = "journal-page")]
#[doc(inline)]
pub use sakarkiv_journal_page as journal_page;
#[cfg(feature = "leakcheck")]
#[doc(inline)]
pub use sakarkiv_leakcheck as leakcheck;
#[cfg(feature = "reports")]
#[doc(inline)]
pub use sakarkiv_reports as reports;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use sakarkiv_sqlite as sqlite;
#[cfg(feature = "svarut")]
#[doc(inline)]
pub use sakarkiv_svarut as svarut;
pub use system::{CheckpointFile, LogNotifier, SystemClock, SystemEntropy};
