//! General ways in for specialist systems (fagsystemer): a folder with manifests, REST, e-mail, and the tables that map
//! what they deliver to cases.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod acos;
mod folder;
mod form_folder;
pub mod forms;
mod mail;
mod manifest;
pub mod rest;
mod sheet;

pub use folder::{ANSWER_NAME, FolderSource};
pub use form_folder::{FormFolder, MAIL_NAME};
pub use mail::{MAIL, read_mail};
pub use manifest::{MANIFEST_NAME, MAX_MANIFEST, Manifest, Named};
pub use sheet::{SHEET_NAME, Sheet};

/// Tables to start from, by the source they are for: Acos Interact, Visma Flyt Skole, GIS-line, Komtek, eByggesak, e-mail and
/// scanned documents. Made for what these systems are known to hand over; a municipality copies one and makes it its own.
pub const STANDARD_TABLES: [(&str, &str); 7] = [
    ("acos-interact", include_str!("../tables/acos-interact.toml")),
    ("visma-flyt-skole", include_str!("../tables/visma-flyt-skole.toml")),
    ("gis-line", include_str!("../tables/gis-line.toml")),
    ("komtek", include_str!("../tables/komtek.toml")),
    ("ebyggesak", include_str!("../tables/ebyggesak.toml")),
    ("e-post", include_str!("../tables/e-post.toml")),
    ("skann", include_str!("../tables/skann.toml")),
];

/// The standard tables of a source, as TOML.
#[must_use]
pub fn tables_of(source: &str) -> Option<&'static str> {
    STANDARD_TABLES.iter().find(|(name, _)| *name == source).map(|(_, tables)| *tables)
}
