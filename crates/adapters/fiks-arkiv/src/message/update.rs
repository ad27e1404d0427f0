//! `arkivmeldingOppdatering`: what a partner wants changed.

use chrono::NaiveDate;
use sakarkiv_core::{
    case::CaseStatus,
    identity::Timestamp,
    intake::{CaseName, EntryName, ScreeningWish, reference},
    journal::{EntryKind, EntryStatus},
    screening::Private,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{date, flag, listed, missing, moment, private, within},
};

use super::{
    create::{identifier, screening_wish},
    parties::PartyChanges,
    references::{case_name, entry_name, external_key},
};
use crate::MessageError;

/// Change a case or an entry.
#[derive(Debug)]
pub(crate) struct Update {
    /// Which record, and what is changed of its kind alone.
    pub(crate) of: UpdateOf,
    /// Another title.
    pub(crate) title: Option<Private<String>>,
    /// Another public title.
    pub(crate) public_title: Option<Private<String>>,
    /// Another screening, or none any more.
    pub(crate) screening: Option<Option<ScreeningWish>>,
    /// The partner's key, to be added.
    pub(crate) key: Option<ExternalKey>,
}

/// The record that is changed, with what only its kind has.
#[derive(Debug)]
pub(crate) enum UpdateOf {
    Case {
        name: CaseName,
        unit: Option<String>,
        handler: Option<String>,
        date: Option<NaiveDate>,
        status: Option<CaseStatus>,
    },
    Entry {
        name: EntryName,
        kind: Option<EntryKind>,
        document_date: Option<NaiveDate>,
        received: Option<Timestamp>,
        sent: Option<Timestamp>,
        due: Option<NaiveDate>,
        status: Option<EntryStatus>,
        parties: PartyChanges,
    },
}

/// What is changed of any record. What this archive does not change must not be passed over.
const OF_ANY: [&str; 4] = ["tittel", "offentligTittel", "skjermingOppdateringer", "referanseEksternNoekkel"];
/// What is changed of a case, and which.
const OF_CASES: [&str; 5] = ["referanseTilMappe", "saksdato", "administrativEnhet", "saksansvarlig", "saksstatus"];
/// What is changed of an entry, and which.
const OF_ENTRIES: [&str; 8] = [
    "referanseTilRegistrering",
    "korrespondansepartOppdateringer",
    "journalposttype",
    "journalstatus",
    "dokumentetsDato",
    "mottattDato",
    "sendtDato",
    "forfallsdato",
];

impl Update {
    /// Reads an `arkivmeldingOppdatering`.
    pub(crate) fn read(root: &Element) -> Result<Self, MessageError> {
        if root.children().iter().filter(|change| change.is_filled_in()).count() > 1 {
            return Err(MessageError::Unsupported { what: "a change of several records in one message" });
        }
        if let Some(case) = root.child("mappeOppdateringer") {
            return Self::of_case(case);
        }
        if let Some(entry) = root.child("registreringOppdateringer") {
            return Self::of_entry(entry);
        }
        if root.child("dokumentbeskrivelseOppdateringer").is_some() {
            return Err(MessageError::Unsupported { what: "a change of a document (dokumentbeskrivelse)" });
        }
        Err(missing(root, "mappeOppdateringer").into())
    }

    fn of_case(case: &Element) -> Result<Self, MessageError> {
        changes_only(case, &OF_CASES)?;
        let of = UpdateOf::Case {
            name: case_name(within(case, "referanseTilMappe")?)?,
            unit: case.child("administrativEnhet").and_then(identifier).map(str::to_owned),
            handler: case.child("saksansvarlig").and_then(identifier).map(str::to_owned),
            date: date(case, "saksdato")?,
            status: listed(case, "saksstatus", CaseStatus::from_noark)?,
        };
        Self::with(case, of, reference::CASE)
    }

    fn of_entry(entry: &Element) -> Result<Self, MessageError> {
        changes_only(entry, &OF_ENTRIES)?;
        let of = UpdateOf::Entry {
            name: entry_name(within(entry, "referanseTilRegistrering")?)?,
            kind: listed(entry, "journalposttype", EntryKind::from_noark)?,
            document_date: date(entry, "dokumentetsDato")?,
            received: moment(entry, "mottattDato")?,
            sent: moment(entry, "sendtDato")?,
            due: date(entry, "forfallsdato")?,
            status: listed(entry, "journalstatus", EntryStatus::from_noark)?,
            parties: entry
                .child("korrespondansepartOppdateringer")
                .map(PartyChanges::read)
                .transpose()?
                .unwrap_or_default(),
        };
        Self::with(entry, of, reference::ENTRY)
    }

    fn with(record: &Element, of: UpdateOf, kind: &str) -> Result<Self, MessageError> {
        Ok(Self {
            of,
            title: private(record, "tittel"),
            public_title: private(record, "offentligTittel"),
            screening: record.child("skjermingOppdateringer").map(screening).transpose()?.flatten(),
            key: external_key(record, kind)?,
        })
    }
}

/// Whether a record is changed in these fields alone.
fn changes_only(record: &Element, own: &[&str]) -> Result<(), MessageError> {
    let is_known = |name: &str| OF_ANY.contains(&name) || own.contains(&name);
    if record.children().iter().all(|child| is_known(child.name()) || !child.is_filled_in()) {
        return Ok(());
    }
    Err(MessageError::Unsupported {
        what: "a change of anything but titles, screening, key, dates, unit, handler, type, status and parties of an entry",
    })
}

fn screening(update: &Element) -> Result<Option<Option<ScreeningWish>>, MessageError> {
    if flag(update, "slett")? {
        return Ok(Some(None));
    }
    update.child("oppdatering").map(screening_wish).transpose().map(|wish| wish.map(Some))
}
