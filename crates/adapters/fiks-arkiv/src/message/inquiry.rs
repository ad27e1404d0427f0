//! `mappeHent`, `registreringHent`, `HentKodeliste`.

use std::collections::BTreeSet;

use sakarkiv_core::intake::CodeList;
use sakarkiv_xml::{
    Element,
    fields::{missing, text},
};

use crate::MessageError;

/// What an inquiry wants beside the record itself (`inkluder`).
pub(crate) fn included(root: &Element) -> BTreeSet<&str> {
    root.all("inkluder").map(Element::text).collect()
}

/// The code list that a `HentKodeliste` asks for.
pub(crate) fn asked_for_code_list(root: &Element) -> Result<CodeList, MessageError> {
    let name = text(root, "kodelistenavn").ok_or_else(|| missing(root, "kodelistenavn"))?;
    CodeList::of_field(name).ok_or(MessageError::Unsupported { what: "a code list of this name" })
}
