//! Reports for archivists and operations, made of plain data: what lies unopened ([`UnopenedReport`], R5.3–R5.5) and what
//! failed or hangs in transfer ([`FailureReport`], R4.3).
//!
//! Each report comes as data for a spreadsheet (CSV), as a table for the terminal, and as one self-contained HTML page that
//! a person who is no programmer can read, in Norwegian (Bokmål), with nothing loaded from elsewhere. Names of people are
//! left out unless the caller decides to show them ([`Names`]): reports travel.
//!
//! Nothing here reads a clock, a store or a network. An office collects the lines and says when the report was made.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod csv;
mod curve;
mod failures;
mod integrations;
mod page;
mod unopened;
mod words;

pub use curve::{ChartError, Curve, Series, svg};
pub use failures::{FailureLine, FailureReport};
pub use integrations::{IntegrationLine, integrations_csv};
pub use page::{STYLE, page};
pub use unopened::{BlindInbox, Names, UnopenedReport};
