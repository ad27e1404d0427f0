//! `sok`: what a partner looks for, as far as this archive can look for it.

use std::collections::BTreeMap;

use sakarkiv_core::{
    case::{CaseNumber, CaseStatus},
    identity::{ActorId, UnitId},
    intake::{CaseName, EntryName, reference},
    ports::CaseFilter,
    screening::Private,
    text::ExternalKey,
};
use sakarkiv_xml::{
    Element,
    fields::{required, required_number, text, value, within},
};

use crate::MessageError;

/// A search.
#[derive(Debug)]
pub(crate) struct Search {
    /// The system that asks, repeated in the answer.
    pub(crate) system: String,
    /// At most so many.
    pub(crate) take: usize,
    /// After so many.
    pub(crate) skip: usize,
    /// What kind of record.
    pub(crate) subject: Subject,
    /// How much of each.
    pub(crate) response: Response,
    /// Where to look.
    pub(crate) found: Found,
}

/// What is looked for, and what the answer calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    Folder,
    Case,
    JournalEntry,
}

/// How much of each record an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Response {
    Keys,
    Minimum,
    Extended,
}

/// How the records are found.
#[derive(Debug)]
pub(crate) enum Found {
    /// One case.
    Case(CaseName),
    /// Cases that are like this.
    Cases(Box<CaseFilter>),
    /// One entry.
    Entry(EntryName),
    /// The entries of a case.
    EntriesOf(CaseNumber),
}

/// The most records that one answer shows.
const MAX_TAKE: usize = 500;

impl Search {
    /// Reads a `sok`.
    pub(crate) fn read(root: &Element) -> Result<Self, MessageError> {
        let definition = within(root, "sokdefinisjon")?;
        let subject = match definition.xsi_type() {
            Some("mappeSokdefinisjon") => Subject::Folder,
            Some("saksmappeSokdefinisjon") => Subject::Case,
            Some("journalpostSokdefinisjon") => Subject::JournalEntry,
            Some(_) => return Err(MessageError::Unsupported { what: "a search by free text, or for documents" }),
            None => return Err(value(root, "sokdefinisjon", "of a type (xsi:type)").into()),
        };
        let response = match text(definition, "responstype") {
            None | Some("minimum") => Response::Minimum,
            Some("noekler") => Response::Keys,
            Some("utvidet") => Response::Extended,
            Some(_) => return Err(value(definition, "responstype", "noekler, minimum or utvidet").into()),
        };
        let conditions = Conditions::read(definition)?;
        let found = match subject {
            Subject::Folder | Subject::Case => conditions.cases(definition)?,
            Subject::JournalEntry => conditions.entries(definition)?,
        };
        let bounded =
            |name| required_number::<u32>(root, name).map(|number| usize::try_from(number).unwrap_or(usize::MAX));
        Ok(Self {
            system: required(root, "system")?.to_owned(),
            take: bounded("take")?.min(MAX_TAKE),
            skip: bounded("skip")?,
            subject,
            response,
            found,
        })
    }
}

/// What each field must be equal to.
struct Conditions<'a>(BTreeMap<&'a str, Wanted<'a>>);

enum Wanted<'a> {
    Text(&'a str),
    Key(&'a str, &'a str),
}

impl<'a> Conditions<'a> {
    fn read(definition: &'a Element) -> Result<Self, MessageError> {
        let mut conditions = BTreeMap::new();
        for parameter in definition.all("parametere") {
            if text(parameter, "operator") != Some("equal") {
                return Err(MessageError::Unsupported { what: "a search by another operator than equal" });
            }
            let values = within(parameter, "sokVerdier")?;
            let wanted = match values.children() {
                [key] if key.name() == "eksternNoekkel" => {
                    Wanted::Key(required(key, "fagsystem")?, required(key, "noekkel")?)
                }
                [list] if list.children().len() <= 1 => Wanted::Text(required(list, "value")?),
                _ => return Err(value(parameter, "sokVerdier", "one value").into()),
            };
            if conditions.insert(required(parameter, "felt")?, wanted).is_some() {
                return Err(MessageError::Unsupported { what: "a search with several conditions on one field" });
            }
        }
        Ok(Self(conditions))
    }

    fn text(&mut self, definition: &Element, field: &str) -> Result<Option<&'a str>, MessageError> {
        match self.0.remove(field) {
            Some(Wanted::Text(text)) => Ok(Some(text)),
            Some(Wanted::Key(..)) => Err(value(definition, "parametere", "a text where the field is one").into()),
            None => Ok(None),
        }
    }

    fn key(&mut self, definition: &Element, field: &str, kind: &str) -> Result<Option<ExternalKey>, MessageError> {
        match self.0.remove(field) {
            Some(Wanted::Key(system, value)) => Ok(Some(reference::key(system, kind, value))),
            Some(Wanted::Text(_)) => {
                Err(value(definition, "parametere", "an eksternNoekkel where the field is one").into())
            }
            None => Ok(None),
        }
    }

    fn number<T: std::str::FromStr>(&mut self, definition: &Element, field: &str) -> Result<Option<T>, MessageError> {
        let Some(text) = self.text(definition, field)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| value(definition, "parametere", "a number where the field is one").into())
    }

    fn cases(mut self, definition: &Element) -> Result<Found, MessageError> {
        let fault = |_| value(definition, "parametere", "a code that the archive knows");
        let year = self.number(definition, "sakSaksaar")?;
        let sequence = self.number(definition, "sakSaksekvensnummer")?;
        let mut filter = CaseFilter::default();
        filter.key = match (self.key(definition, "mappeEksternNoekkel", reference::CASE)?, self.property(definition)?) {
            (Some(_), Some(_)) => {
                return Err(MessageError::Unsupported { what: "a search by a key and a property at once" });
            }
            (key, property) => key.or(property),
        };
        filter.title = self.text(definition, "mappeTittel")?.map(Private::from);
        filter.series = self.text(definition, "mappeArkivdel")?.map(str::to_owned);
        filter.class = self.text(definition, "mappeKlasseKlasseID")?.map(Private::from);
        filter.unit = self.text(definition, "sakAdministrativenhet")?.map(UnitId::new).transpose().map_err(fault)?;
        filter.handler = self.text(definition, "sakSaksansvarlig")?.map(ActorId::new).transpose().map_err(fault)?;
        filter.status = self
            .text(definition, "sakSaksstatus")?
            .map(|code| {
                CaseStatus::from_noark(code).ok_or_else(|| value(definition, "parametere", "a status of the list"))
            })
            .transpose()?;
        self.nothing_left()?;
        match (year, sequence) {
            (Some(_), Some(_)) if filter != CaseFilter::default() => {
                Err(MessageError::Unsupported { what: "a search by a case number and something else" })
            }
            (Some(year), Some(sequence)) => {
                let number = CaseNumber::new(year, sequence);
                number
                    .map(|number| Found::Case(CaseName::Number(number)))
                    .map_err(|_| value(definition, "parametere", "a case number").into())
            }
            (None, Some(_)) => Err(MessageError::Unsupported { what: "a search by sequence number without a year" }),
            (year, None) => {
                filter.year = year.map(i32::from);
                if filter == CaseFilter::default() {
                    return Err(value(definition, "parametere", "at least one").into());
                }
                Ok(Found::Cases(Box::new(filter)))
            }
        }
    }

    /// A property of the land register, when its numbers are among the conditions.
    fn property(&mut self, definition: &Element) -> Result<Option<ExternalKey>, MessageError> {
        let Some(municipality) = self.text(definition, "sakMatrikkelnummerKommunenummer")? else { return Ok(None) };
        let farm = self.number(definition, "sakMatrikkelnummerGaardsnummer")?;
        let title = self.number(definition, "sakMatrikkelnummerBruksnummer")?;
        let lease = self.number(definition, "sakMatrikkelnummerFestenummer")?.unwrap_or(0);
        let section = self.number(definition, "sakMatrikkelnummerSeksjonsnummer")?.unwrap_or(0);
        let (Some(farm), Some(title)) = (farm, title) else {
            return Err(value(definition, "parametere", "a whole property: municipality, farm and title number").into());
        };
        Ok(Some(reference::matrikkel(municipality, farm, title, lease, section)))
    }

    fn entries(mut self, definition: &Element) -> Result<Found, MessageError> {
        let key = self.key(definition, "registreringEksternId", reference::ENTRY)?;
        let year = self.number(definition, "journalpostSaksaar")?;
        let sequence = self.number(definition, "journalpostSakssekvensnummer")?;
        let number = self.number(definition, "journalpostJournalpostnummer")?;
        self.nothing_left()?;
        let case = match (year, sequence) {
            (Some(year), Some(sequence)) => {
                Some(CaseNumber::new(year, sequence).map_err(|_| value(definition, "parametere", "a case number"))?)
            }
            (None, None) => None,
            _ => return Err(value(definition, "parametere", "a whole case number").into()),
        };
        match (key, case, number) {
            (Some(key), None, None) => Ok(Found::Entry(EntryName::Key(key))),
            (None, Some(case), None) => Ok(Found::EntriesOf(case)),
            (None, Some(case), Some(number)) => Ok(Found::Entry(EntryName::Number { case, number })),
            _ => Err(MessageError::Unsupported {
                what: "a search for entries by other than a key, a case or a number in it",
            }),
        }
    }

    fn nothing_left(&self) -> Result<(), MessageError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(MessageError::Unsupported { what: "a search by one of these fields" })
        }
    }
}
