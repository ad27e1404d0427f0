//! XML messages of other systems: read into a small tree within bounds, and written in the order that a schema asks for.
//!
//! [`parse`] takes what partners really send (byte order marks, UTF-16, any prefix for a namespace) and nothing that is
//! dangerous: document type definitions and entities of their own are refused, size, depth and number of elements are
//! bounded by [`Limits`]. Elements are found by their local name, because specialist systems disagree about prefixes and
//! versions of a namespace; what nobody asks for is passed over.
//!
//! ```
//! use sakarkiv_xml::{Limits, Writer, parse};
//!
//! let sak = parse(b"<s:sak xmlns:s='urn:x'><s:tittel>Byggesak &amp; plan</s:tittel><s:ukjent/></s:sak>", &Limits::default())?;
//! assert_eq!((sak.name(), sak.namespace()), ("sak", Some("urn:x")));
//! assert_eq!(sak.child("tittel").map(|title| title.text()), Some("Byggesak & plan"));
//!
//! let mut answer = Writer::new();
//! answer.open("svar", &[("xmlns", "urn:y")]);
//! answer.leaf("tittel", "Byggesak & plan");
//! assert_eq!(
//!     answer.finish(),
//!     "<?xml version=\"1.0\" encoding=\"UTF-8\"?><svar xmlns=\"urn:y\"><tittel>Byggesak &amp; plan</tittel></svar>",
//! );
//! # Ok::<(), sakarkiv_xml::XmlError>(())
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod decode;
mod element;
pub mod fields;
mod read;
mod writer;

pub use element::Element;
pub use read::{Limits, XmlError, parse};
pub use writer::Writer;
