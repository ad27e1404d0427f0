//! How partners name cases, entries and documents that the archive has.

use sakarkiv_core::{
    case::CaseNumber,
    identity::{CaseId, EntryId},
    intake::{CaseName, EntryName, reference},
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{missing, number, required, required_number, text, uuid, value},
};

use crate::MessageError;

/// Which case a `referanseTilMappe` names: by system id, external key, case number or folder id, in this order.
pub(crate) fn case_name(reference: &Element) -> Result<CaseName, MessageError> {
    if let Some(id) = uuid(reference, "systemID")? {
        return Ok(CaseName::Id(CaseId::from_uuid(id)));
    }
    if let Some(key) = external_key(reference, reference::CASE)? {
        return Ok(CaseName::Key(key));
    }
    if let Some(number) = reference.child("saksnummer") {
        return case_number(number, "saksaar", "sakssekvensnummer").map(CaseName::Number);
    }
    let text = text(reference, "mappeID").ok_or_else(|| missing(reference, "systemID"))?;
    let number = CaseNumber::parse(text).map_err(|_| value(reference, "mappeID", "a case number like 2026/318"))?;
    Ok(CaseName::Number(number))
}

/// Which entry a `referanseTilRegistrering` names: by system id, external key, or its number in its case.
pub(crate) fn entry_name(reference: &Element) -> Result<EntryName, MessageError> {
    if let Some(id) = uuid(reference, "systemID")? {
        return Ok(EntryName::Id(EntryId::from_uuid(id)));
    }
    if let Some(key) = external_key(reference, reference::ENTRY)? {
        return Ok(EntryName::Key(key));
    }
    if let Some(numbers) = reference.child("saksJournalpostnummer") {
        let case = case_number(numbers, "saksaar", "sakssekvensnummer")?;
        return Ok(EntryName::Number { case, number: required_number(numbers, "journalpostnummer")? });
    }
    match text(reference, "registreringsID") {
        Some(text) => by_number(text)
            .ok_or_else(|| value(reference, "registreringsID", "the number of an entry like 2026/318-3").into()),
        None if reference.child("journalnummer").is_some() => {
            Err(MessageError::Unsupported { what: "a reference by journal number alone" })
        }
        None => Err(missing(reference, "systemID").into()),
    }
}

/// The key in `referanseEksternNoekkel`, if there is one.
pub(crate) fn external_key(element: &Element, kind: &str) -> Result<Option<ExternalKey>, MessageError> {
    let Some(key) = element.child("referanseEksternNoekkel") else { return Ok(None) };
    Ok(Some(reference::key(required(key, "fagsystem")?, kind, required(key, "noekkel")?)))
}

/// A case number in two elements.
pub(crate) fn case_number(
    element: &Element,
    year: &'static str,
    sequence: &'static str,
) -> Result<CaseNumber, MessageError> {
    CaseNumber::new(required_number(element, year)?, required_number(element, sequence)?)
        .map_err(|_| value(element, sequence, "a number from 1").into())
}

/// A case number in two elements, where neither need be.
pub(crate) fn optional_case_number(element: &Element) -> Result<Option<CaseNumber>, MessageError> {
    match number::<u32>(element, "sakssekvensnummer")? {
        Some(_) => case_number(element, "saksaar", "sakssekvensnummer").map(Some),
        None => Ok(None),
    }
}

fn by_number(text: &str) -> Option<EntryName> {
    let (case, number) = text.rsplit_once('-')?;
    Some(EntryName::Number { case: CaseNumber::parse(case).ok()?, number: number.trim().parse().ok()? })
}
