//! KS SvarUt and SvarInn.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod config;
mod error;
pub mod svarinn;
mod svarut;

pub use config::{AccountConfig, Encrypt, Keep, SvarUtConfig, SvarUtConfigError, Timeouts, TokenSettings};
pub use svarut::{
    Deletion, DocumentInfo, HealthContact, HealthDetails, HealthReceiver, ReceiverSystem, SigningEvent, SigningState,
    Surroundings, SvarUtChannel,
};
