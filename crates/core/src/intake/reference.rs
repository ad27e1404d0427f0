//! References to the world outside the archive, kept as external keys of cases and entries (R8.4): the one way of writing
//! them that every way in shares, so that a case is found by its property whichever system told of it.

use crate::{screening::Private, text::ExternalKey};

/// The kind of keys that name a property in the land register (matrikkel).
pub const MATRIKKEL: &str = "matrikkel";
/// The kind of keys that name a building in the land register, by its number there (bygningsnummer).
pub const BUILDING: &str = "bygning";
/// The kind of keys that name a place in a municipal map service (kommunekart).
pub const KOMMUNEKART: &str = "kommunekart";
/// The kind of keys by which building cases are reported to the state (eKostra).
pub const EKOSTRA: &str = "ekostra";
/// The kind of keys by which a source knows a case of its own.
pub const CASE: &str = "sak";
/// The kind of keys by which a source knows a document of its own.
pub const ENTRY: &str = "dokument";

/// A property by municipality number (kommunenummer), farm (gårdsnummer), title (bruksnummer), lease (festenummer) and
/// section (seksjonsnummer); the last two are 0 where there are none. Municipality numbers have four digits; a zero before them
/// that was lost on the way, as spreadsheets do, is put back.
///
/// ```
/// use sakarkiv_core::intake::reference;
///
/// assert_eq!(reference::matrikkel("1804", 138, 2211, 0, 0).value.expose(), "1804-138/2211/0/0");
/// assert_eq!(reference::matrikkel("301", 208, 1, 0, 0), reference::matrikkel("0301", 208, 1, 0, 0));
/// ```
#[must_use]
pub fn matrikkel(municipality: &str, farm: u32, title: u32, lease: u32, section: u32) -> ExternalKey {
    key("matrikkel", MATRIKKEL, format!("{municipality:0>4}-{farm}/{title}/{lease}/{section}"))
}

/// A key of any system and kind.
#[must_use]
pub fn key(system: &str, kind: &str, value: impl Into<String>) -> ExternalKey {
    ExternalKey { system: system.to_owned(), kind: kind.to_owned(), value: Private::new(value.into()) }
}
