//! KS SvarUt and SvarInn for sakarkiv: letters out to every recipient in Norway, mail in from all who write by SvarUt.
//!
//! [`SvarUtChannel`] is the way out, described here. The way in is [`svarinn`].
//!
//! # Sending
//!
//! | cleared for | endpoint | made sure of |
//! |---|---|---|
//! | receiver system, organisation inbox, confidential inbox | `organisasjon` | confidential letters carry `taushetsbelagtPost`, whichever way they take |
//! | citizen's mailbox | `person` | |
//! | paper | `print` | PDF only, name and address whole |
//! | health network | `nhn` | by [`SvarUtChannel::send_to_health_network`], because it needs more facts |
//!
//! Confidential letters ask for the highest login level (`HOYESTE`) and have each document encrypted for SvarUt. What the
//! interface would refuse is refused here, before anything is sent: empty documents, too much to print, unknown message
//! types, names and texts out of bounds. Titles and names shown to people are cut where they are too long. File names are
//! made allowed and unique. Documents pass through as streams.
//!
//! # What a failure means
//!
//! SvarUt takes no id of ours and has no way to repeat a call safely, so everything after the first byte that is not a clear
//! no is `Unknown`, the answer "sent before" too, and is looked up by our reference. See the table of
//! [`kind_of`](sakarkiv_http::kind_of); a 404 on an account is `Misconfigured`. Error texts of the server may name people
//! and are not passed on; its error id is.
//!
//! # Setting it up
//!
//! ```
//! use sakarkiv_core::identity::ChannelId;
//! use sakarkiv_svarut::{Surroundings, SvarUtChannel, SvarUtConfig};
//!
//! fn channel(surroundings: Surroundings, password: String) -> Result<SvarUtChannel, Box<dyn std::error::Error>> {
//!     let config: SvarUtConfig = toml::from_str(
//!         r#"
//!         base_url = "https://test.svarut.ks.no/api"
//!         integration_id = "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2"
//!
//!         [accounts.byplan]
//!         konto = "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11"
//!         print = "print_when_unopened"
//!
//!         [accounts.barnevern]
//!         konto = "6c0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c12"
//!         print = "digital_only"
//!         paper = false
//!         "#,
//!     )?;
//!     Ok(SvarUtChannel::new(ChannelId::new("svarut")?, config, password.into(), surroundings)?)
//! }
//! ```
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
