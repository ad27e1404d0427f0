//! Fiks Arkiv for sakarkiv (R8.5): the messages by which specialist systems archive, read and answered.
//!
//! [`FiksArkiv`] takes messages of version 1 of the protocol from a [`FiksTransport`], does what they ask at an
//! [`ArchiveDesk`](sakarkiv_core::ports::ArchiveDesk), and answers with a receipt, a result or one of the three error messages.
//! What is read is taken leniently, by root element and local names; what is written keeps to the published schemas.
//!
//! | request | done |
//! |---|---|
//! | `arkivmelding.opprett` | a case, an entry with documents, or both, whole or not at all; keys of the sender find what is there |
//! | `arkivmelding.oppdater` | titles, screening, dates, unit, handler and status of a case or an entry, and its parties; with anything else, refused whole |
//! | `avskrivning.opprett`, `avskrivning.slett` | an entry is signed off, or its sign-off taken back; internal entries party by party. Of several sign-offs of one part none is taken back, because the message cannot say which |
//! | `mappe.hent`, `registrering.hent`, `sok`, `kodeliste.hent` | as far as the service user may see; a search counts 1,000 hits, or as far as it shows |
//! | `dokumentobjekt.opprett` | a file is added to a document, which is named by its id: another variant of its latest version, or, while it is under way, the next version |
//! | `dokumentfil.hent` | the file of an id of a `dokumentobjekt`, or the one to show of a document's, under the name that answers refer to it by |
//!
//! ```
//! use std::sync::Arc;
//! use sakarkiv_core::{identity::Timestamp, ports::Clock};
//! use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, Handled, Incoming, MemoryTransport, MessageKind};
//! use uuid::Uuid;
//!
//! # #[derive(Debug)]
//! # struct Noon;
//! # #[async_trait::async_trait]
//! # impl Clock for Noon {
//! #     fn now(&self) -> Timestamp { Timestamp::default() }
//! #     async fn sleep_until(&self, _: Timestamp) {}
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Arc::new(MemoryTransport::new());
//! let archive = FiksArkiv::new(Arc::clone(&transport) as _, Arc::new(Noon), FiksArkivSettings::default());
//!
//! let question = Incoming::new(Uuid::from_u128(1), MessageKind::GetCodeList, Uuid::from_u128(2));
//! transport.deliver(question, []);
//! let handled = archive.step().await?;
//! assert_eq!(handled, Handled::Answered { message: Uuid::from_u128(1), with: MessageKind::Invalid });
//! assert_eq!(transport.sent()[0].answers, Some(Uuid::from_u128(1)), "nobody has let this account write yet");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod answer;
mod change;
mod error;
mod handle;
mod kinds;
mod message;
mod rendering;
mod service;
mod transport;

pub use error::MessageError;
pub use kinds::MessageKind;
pub use service::{FiksArkiv, FiksArkivSettings, Handled, Health};
pub use transport::{FiksTransport, FolderTransport, Incoming, MemoryTransport, Outgoing, OutgoingFile, SentMessage};
