#![doc = include_str!("../../../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod system;

#[cfg(feature = "altinn")]
#[doc(inline)]
pub use sakarkiv_altinn as altinn;
#[doc(inline)]
pub use sakarkiv_audit as audit;
#[doc(inline)]
pub use sakarkiv_core as core;
#[doc(inline)]
pub use sakarkiv_engine as engine;
#[cfg(any(feature = "svarut", feature = "altinn"))]
#[doc(inline)]
pub use sakarkiv_http as http;
#[cfg(feature = "sqlite")]
#[doc(inline)]
pub use sakarkiv_sqlite as sqlite;
#[cfg(feature = "svarut")]
#[doc(inline)]
pub use sakarkiv_svarut as svarut;
pub use system::{CheckpointFile, LogNotifier, SystemClock, SystemEntropy};
