//! Altinn 3 Correspondence (Altinn melding) for sakarkiv: letters into the inboxes of organisations and persons, mail in from
//! all who write by Altinn, and what can be known of who may open confidential mail.
//!
//! [`AltinnChannel`] is the way out, [`AltinnInbox`] the way in, one for each organisation number, and [`AltinnCoverage`]
//! answers who holds the access to confidential mail. All three work with [`AltinnTokens`].
//!
//! # Sending
//!
//! | cleared for | goes by | made sure of |
//! |---|---|---|
//! | organisation inbox | the account's service for organisations | not sensitive |
//! | confidential inbox | the account's confidential service | marked as confidential; lists show the case number and not the title; a notification that tells which service to give access to; a deadline, without which Altinn tells of no unread mail |
//! | citizen's mailbox | the account's service for persons | sensitive letters need a service that demands the highest login level, as does the confidential inbox; without one it is no way for them |
//!
//! Documents pass through as streams and travel over TLS; Altinn keeps them and scans them for viruses, so there is no
//! encryption from end to end. Small letters go in one call and are scanned afterwards; the documents of large ones are
//! uploaded and scanned first. What the interface would refuse is refused here, before anything is sent. Titles and senders'
//! names are made plain text and cut where they are too long.
//!
//! # What a failure means
//!
//! Altinn's errors have numbers, and only those are looked at; their texts may name people and are not passed on. An answer
//! that is unclear after the first byte is `Unknown` and is looked up by the key that is made from our reference. 401 with
//! the number 4001 means that access was not given: the account is `Unauthorised`, and no new token is asked for. Any other
//! 401 is a token that has ended. Where it concerns one message only, no other suffers: when statuses are asked for, a message
//! that may not be seen is left out, and an attachment that may not be had is a fault of its own message.
//!
//! # Setting it up
//!
//! ```
//! use std::sync::Arc;
//!
//! use sakarkiv_altinn::{AltinnChannel, AltinnConfig, AltinnTokens, Surroundings};
//! use sakarkiv_core::{
//!     identity::ChannelId,
//!     ports::{Clock, Entropy},
//! };
//! use sakarkiv_http::{HttpService, TokenSource};
//!
//! fn channel(
//!     maskinporten: Arc<dyn TokenSource>,
//!     service: Arc<dyn HttpService>,
//!     clock: Arc<dyn Clock>,
//!     entropy: Arc<dyn Entropy>,
//! ) -> Result<AltinnChannel, Box<dyn std::error::Error>> {
//!     let config: AltinnConfig = toml::from_str(
//!         r#"
//!         base_url = "https://platform.tt02.altinn.no"
//!         [accounts.byplan]
//!         organisations = { id = "eksempel-brev" }
//!         "#,
//!     )?;
//!     let tokens = AltinnTokens::new(config.base_url.clone(), maskinporten, Arc::clone(&service), Arc::clone(&clock));
//!     let surroundings = Surroundings { service, tokens: Arc::new(tokens), clock, entropy };
//!     Ok(AltinnChannel::new(ChannelId::new("altinn")?, config, surroundings)?)
//! }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod channel;
mod config;
mod coverage;
mod error;
mod inbox;
mod policy;
mod text;
mod tokens;
mod wire;

pub use channel::{AltinnChannel, MessageDetails, NotificationOutcome, Surroundings};
pub use config::{
    AccountConfig, AltinnConfig, AltinnConfigError, AltinnInboxConfig, ConfidentialAccess, ConfidentialConfig,
    InboxServiceConfig, ServiceConfig, Timeouts,
};
pub use coverage::{AltinnCoverage, AltinnCoverageConfig, CoverageSource, CoveredOrganisation};
pub use inbox::{AltinnInbox, ServiceAccess, UnreadConfidential, UnreadMessage};
pub use tokens::AltinnTokens;
