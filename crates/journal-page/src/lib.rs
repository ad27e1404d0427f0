//! A public journal page (offentlig postjournal, R7.2): to mount as a router under any path, or to export as files.
//!
//! [`JournalPage`] is a [`JournalPublisher`](sakarkiv_core::ports::JournalPublisher) and a
//! [`MeetingPublisher`](sakarkiv_core::ports::MeetingPublisher) over its own memory, a [`PageStore`]: the office publishes and
//! withdraws, readers get a list by day, search, cases, entries, meetings of committees with decisions and votes (R7.9),
//! documents when they are open (R7.5), and feeds. The pages work without scripts, set no cookies, ask nothing of other servers and are made for keyboards, screen
//! readers, telephones and paper (WCAG 2.1 AA, which the regulation on universal design of ICT demands). Texts stand in Bokmål
//! and Nynorsk.
//!
//! What the law says about names (offentlegforskrifta § 6): a name search gives no hit in entries more than a year old. So
//! search looks in [`PublicText::searchable`](sakarkiv_core::publication::PublicText) after a record's
//! `names_searchable_until`, and every answer asks search engines not to index it.
//!
//! ```
//! use std::sync::Arc;
//! use sakarkiv_core::{identity::TenantId, ports::{Blobs, Clock}};
//! use sakarkiv_journal_page::{FolderStore, JournalPage, PagePorts, PageSettings};
//!
//! # async fn example(blobs: Arc<dyn Blobs>, clock: Arc<dyn Clock>) -> Result<(), Box<dyn std::error::Error>> {
//! let store = Arc::new(FolderStore::open("/var/lib/postjournal")?);
//! let ports = PagePorts { store, blobs, clock };
//! let page = JournalPage::open(TenantId::new("bodo")?, PageSettings::new("Prøvedal kommune"), ports).await?;
//! let app = axum::Router::<()>::new().nest("/postjournal", page.router());
//! page.export("/srv/www/postjournal").await?;
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod address;
mod export;
mod feeds;
mod journal;
mod ledger;
mod lists;
mod meeting_words;
mod meetings;
mod page;
mod query;
mod settings;
mod signature;
mod store;
mod views;
mod web;
mod words;

pub use export::{ExportError, Exported};
pub use page::{JournalPage, PagePorts};
pub use settings::{Language, PageSettings};
pub use store::{FolderStore, MemoryPageStore, PageStore, PageStoreError, StoredEntry, StoredFormat, StoredMeeting};
