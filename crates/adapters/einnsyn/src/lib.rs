//! eInnsyn for sakarkiv: publishes the public journal (offentlig journal) and fetches requests for access (innsynskrav).
//!
//! [`EInnsynPublisher`] shows journal entries with their cases, and meetings of committees; [`EInnsynRequests`] brings in what
//! the public asks for, by eInnsyn's interface and by the orders that it sends.
//!
//! # Publishing
//!
//! | in the record | in eInnsyn |
//! |---|---|
//! | archive, series, class | `Arkiv`, `Arkivdel`, `Klasse` right below the series |
//! | case, entry | `Saksmappe`, `Journalpost` under their own system ids |
//! | parties, documents | `Korrespondansepart`, `Dokumentbeskrivelse` under ids made of the entry's and theirs |
//! | screening of the entry | `Skjerming` |
//! | open file | `Dokumentobjekt` with the address it has with us; eInnsyn keeps no files |
//! | meeting, its documents and cases | `Moetemappe`, `Moetedokument`, `Moetesak` with report, recommendation, decision, votes |
//!
//! A title that can be searched for ever goes where eInnsyn searches for ever, the one with names where it searches for a year.
//! Where eInnsyn has one place for a text, it gets the one without names. An entry that comes so late that the year would end
//! more than a month after names may be found gets no names at all, nor does a meeting that comes more than a year after it.
//!
//! What eInnsyn shows is looked up and compared before it is changed: members that differ are set, what is not in the record any
//! more is taken away first, and what is missing is added, a whole case with its entry in one call. Everything has an id of ours,
//! so nothing is published twice however often a call is repeated. A case goes with its last entry, and its title with the last
//! one that gives it a title as the case is screened now.
//!
//! eInnsyn makes the readable address (slug) of a case, entry or meeting of its first title, and keeps it. When that title
//! changes, the address becomes our id, so that it tells nothing that was taken out of the title.
//!
//! A date that was published cannot be cleared, only replaced; nor can the series of a case be changed. Joint senders are shown
//! as senders. Before a body leaves it is looked through for national identity numbers once more, synthetic ones included.
//!
//! # What a failure means
//!
//! eInnsyn repeats refused texts in its messages, so they are not passed on; the kind of an error and the names of members are.
//! A lost answer is `Transient`: repeating is safe. A key that was refused is `Unauthorised`, one of another organisation
//! `Misconfigured`, before anything is published with it.
//!
//! # Setting it up
//!
//! ```
//! use std::sync::Arc;
//!
//! use sakarkiv_core::{
//!     identity::TenantId,
//!     ports::{Clock, Store},
//! };
//! use sakarkiv_einnsyn::{EInnsynConfig, EInnsynPublisher, EInnsynRequests, Surroundings};
//! use sakarkiv_http::HttpService;
//!
//! fn einnsyn(
//!     service: Arc<dyn HttpService>,
//!     clock: Arc<dyn Clock>,
//!     store: Arc<dyn Store>,
//! ) -> Result<(EInnsynPublisher, EInnsynRequests), Box<dyn std::error::Error>> {
//!     let config: EInnsynConfig = toml::from_str(
//!         r#"
//!         base_url = "https://api.einnsyn.no"
//!         api_key = "secret_abc"
//!         organisation = "310000027"
//!         "#,
//!     )?;
//!     let (tenant, surroundings) = (TenantId::new("bodo")?, Surroundings { service, clock, store });
//!     let requests = EInnsynRequests::new(&tenant, config.clone(), &surroundings)?;
//!     Ok((EInnsynPublisher::new(tenant, config, &surroundings)?, requests))
//! }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod config;
mod error;
mod guard;
mod ids;
mod ledger;
mod publish;
mod requests;
mod text;

pub use api::Surroundings;
pub use config::{EInnsynConfig, EInnsynConfigError};
pub use publish::EInnsynPublisher;
pub use requests::{EInnsynRequests, OrderError, parse_order};
