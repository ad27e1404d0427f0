//! GeoIntegrasjon Arkiv 1.1 (GI-arkiv) for sakarkiv (R8.5): a SOAP façade for specialist systems that speak it.
//!
//! [`GeoIntegrasjon`] is an axum router to mount. Calls are SOAP 1.1, as the definition has it, or 1.2; callers log in with
//! Basic or with a WS-Security `UsernameToken`; what goes wrong is answered with the interface's own faults. The façade does
//! the [operations](Operation) of the usual flow: open a case, register entries, attach documents, find by key, move on.
//!
//! An entry comes before its documents here, so the rules of a source that uses the façade must take
//! [entries without documents](sakarkiv_core::intake::EntryRule::without_documents).
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod desk;
mod fault;
mod names;
mod read;
mod service;
mod soap;
mod write;

pub use names::Operation;
pub use service::{GeoIntegrasjon, GeoIntegrasjonBuilder, GeoIntegrasjonSettings, INNSYN_PATH, OPPDATERING_PATH};
