//! The addresses of the pages: one list for links, router and export, so that none of them can name what another lacks.

use std::{fmt, str::FromStr};

use chrono::{Datelike, NaiveDate};
use sakarkiv_core::{
    document::MediaType,
    identity::{CaseId, DocumentId, EntryId, MeetingId},
};

use crate::settings::Language;

/// What stands under an address. Numbers of pages count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    Front,
    Day(NaiveDate, u32),
    Month(Month),
    Case(CaseId, u32),
    Entry(EntryId),
    Document(Holder, DocumentId, Suffix),
    Meetings(u32),
    Meeting(MeetingId),
    Search,
    Cases,
    Letter(Letter, u32),
    Atom,
    JsonFeed,
}

/// What a document is published with. The same one may lie in several, each with a word of its own on whether it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Entry(EntryId),
    Meeting(MeetingId),
}

/// Whether pages are answered by a router or lie as files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Live,
    Files,
}

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month {
    year: i32,
    month: u32,
}

/// A letter of the list of cases; nothing for titles that begin with none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Letter(Option<char>);

/// The ending of a document's address, from a closed list: what a file is called elsewhere never stands in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Suffix(&'static str);

impl Address {
    /// The address below the page's root, without the language.
    pub(crate) fn path(self, mode: Mode) -> String {
        let page = |path: String| match mode {
            Mode::Live => path,
            Mode::Files => format!("{path}.html"),
        };
        match self {
            Self::Front => match mode {
                // A name of its own: a mounted router may not be asked for the bare path with a slash at its end.
                Mode::Live => "forside".to_owned(),
                Mode::Files => "index.html".to_owned(),
            },
            Self::Day(day, number) => page(format!("dag/{day}{}", Numbered(number))),
            Self::Month(month) => page(format!("maned/{month}")),
            Self::Case(case, number) => page(format!("sak/{case}{}", Numbered(number))),
            Self::Entry(entry) => page(format!("journalpost/{entry}")),
            Self::Document(Holder::Entry(entry), document, suffix) => {
                format!("dokument/{entry}/{document}.{}", suffix.0)
            }
            Self::Document(Holder::Meeting(meeting), document, suffix) => {
                format!("motedokument/{meeting}/{document}.{}", suffix.0)
            }
            Self::Meetings(number) => page(format!("{MEETINGS}{}", Numbered(number))),
            Self::Meeting(meeting) => page(format!("mote/{meeting}")),
            Self::Search => page("sok".to_owned()),
            Self::Cases => page("saker".to_owned()),
            Self::Letter(letter, number) => page(format!("saker/{letter}{}", Numbered(number))),
            Self::Atom => "journal.atom".to_owned(),
            Self::JsonFeed => "journal.json".to_owned(),
        }
    }

    /// Reads a live address. Every address has one way to be written; another one is none. The front page also is what stands
    /// under no name.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        if path.is_empty() {
            return Some(Self::Front);
        }
        let address = match path.split_once('/') {
            None => match path {
                "forside" => Self::Front,
                "sok" => Self::Search,
                "saker" => Self::Cases,
                "journal.atom" => Self::Atom,
                "journal.json" => Self::JsonFeed,
                _ => numbered(path, |text| (text == MEETINGS).then_some(()), |(), number| Self::Meetings(number))?,
            },
            Some(("dag", rest)) => numbered(rest, |text| text.parse().ok(), Self::Day)?,
            Some(("maned", rest)) => Self::Month(rest.parse().ok()?),
            Some(("sak", rest)) => numbered(rest, |text| text.parse().ok(), Self::Case)?,
            Some(("journalpost", rest)) => Self::Entry(rest.parse().ok()?),
            Some(("dokument", rest)) => document(rest, |entry| Some(Holder::Entry(entry.parse().ok()?)))?,
            Some(("motedokument", rest)) => document(rest, |meeting| Some(Holder::Meeting(meeting.parse().ok()?)))?,
            Some(("mote", rest)) => Self::Meeting(rest.parse().ok()?),
            Some(("saker", rest)) => numbered(rest, Letter::parse, Self::Letter)?,
            Some(_) => return None,
        };
        (address.path(Mode::Live) == path).then_some(address)
    }

    /// The same page by another number.
    pub(crate) const fn numbered(self, number: u32) -> Self {
        match self {
            Self::Day(day, _) => Self::Day(day, number),
            Self::Case(case, _) => Self::Case(case, number),
            Self::Letter(letter, _) => Self::Letter(letter, number),
            Self::Meetings(_) => Self::Meetings(number),
            other => other,
        }
    }
}

/// Where a page stands: enough to link to every other one by relative addresses.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) mode: Mode,
    /// From this page to the root of all: `./`, `../`, …
    pub(crate) root: String,
    pub(crate) language: Language,
    /// The language without a folder of its own.
    pub(crate) first: Language,
    pub(crate) address: Address,
}

impl Place {
    /// A link to another page in the same language.
    pub(crate) fn link(&self, to: Address) -> String {
        self.link_in(to, self.language)
    }

    /// A link to another page in a language. Documents have none.
    pub(crate) fn link_in(&self, to: Address, language: Language) -> String {
        let folder = match to {
            Address::Document(..) => String::new(),
            _ => folder(language, self.first),
        };
        let path = to.path(self.mode);
        format!("{}{folder}{path}", self.root)
    }
}

/// The name of the list of meetings.
const MEETINGS: &str = "moter";

/// The folder of a language: none for the first.
pub(crate) fn folder(language: Language, first: Language) -> String {
    if language == first { String::new() } else { format!("{}/", language.tag()) }
}

/// The number of a page as it stands in its address.
struct Numbered(u32);

impl fmt::Display for Numbered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > 1 { write!(f, "_{}", self.0) } else { Ok(()) }
    }
}

fn numbered<T>(text: &str, parse: impl Fn(&str) -> Option<T>, make: fn(T, u32) -> Address) -> Option<Address> {
    let (key, number) = match text.split_once('_') {
        Some((key, number)) => (key, number.parse().ok()?),
        None => (text, 1),
    };
    Some(make(parse(key)?, number))
}

fn document(text: &str, holder: impl Fn(&str) -> Option<Holder>) -> Option<Address> {
    let (held_by, file) = text.split_once('/')?;
    let (document, suffix) = file.split_once('.')?;
    Some(Address::Document(holder(held_by)?, document.parse().ok()?, Suffix::parse(suffix)?))
}

impl Month {
    pub(crate) fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    pub(crate) fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MIN)
    }

    pub(crate) fn has(self, day: NaiveDate) -> bool {
        Self::of(day) == self
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, month) = text.split_once('-').ok_or(())?;
        let (year, month) = (year.parse().map_err(|_| ())?, month.parse().map_err(|_| ())?);
        NaiveDate::from_ymd_opt(year, month, 1).map(Self::of).ok_or(())
    }
}

impl Letter {
    /// The letter a title stands under.
    pub(crate) fn of(title: &str) -> Self {
        let first = title.trim_start().chars().next().and_then(|c| c.to_lowercase().next());
        Self(match first {
            Some('ä') => Some('æ'),
            Some('ö') => Some('ø'),
            Some('é' | 'è' | 'ê') => Some('e'),
            Some(letter @ ('a'..='z' | 'æ' | 'ø' | 'å')) => Some(letter),
            _ => None,
        })
    }

    /// As readers see it.
    pub(crate) fn shown(self) -> Option<String> {
        Some(self.0?.to_uppercase().collect())
    }

    /// Its place in the Norwegian alphabet, what is no letter last.
    pub(crate) const fn rank(self) -> u32 {
        match self.0 {
            Some('æ') => 'z' as u32 + 1,
            Some('ø') => 'z' as u32 + 2,
            Some('å') => 'z' as u32 + 3,
            Some(letter) => letter as u32,
            None => u32::MAX,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "ae" => Some(Self(Some('æ'))),
            "oe" => Some(Self(Some('ø'))),
            "aa" => Some(Self(Some('å'))),
            "andre" => Some(Self(None)),
            _ => {
                let mut letters = text.chars();
                let letter = letters.next().filter(char::is_ascii_lowercase)?;
                letters.next().is_none().then_some(Self(Some(letter)))
            }
        }
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some('æ') => f.write_str("ae"),
            Some('ø') => f.write_str("oe"),
            Some('å') => f.write_str("aa"),
            Some(letter) => write!(f, "{letter}"),
            None => f.write_str("andre"),
        }
    }
}

const SUFFIXES: &[(&str, &str)] = &[
    ("application/pdf", "pdf"),
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/tiff", "tif"),
    ("text/plain", "txt"),
    ("application/zip", "zip"),
];

const OTHER_SUFFIX: &str = "bin";

impl Suffix {
    pub(crate) fn of(media_type: &MediaType) -> Self {
        let known = SUFFIXES.iter().find(|(kind, _)| *kind == media_type.as_str());
        Self(known.map_or(OTHER_SUFFIX, |(_, suffix)| suffix))
    }

    fn parse(text: &str) -> Option<Self> {
        let known = SUFFIXES.iter().map(|(_, suffix)| *suffix).chain([OTHER_SUFFIX]);
        known.into_iter().find(|suffix| *suffix == text).map(Self)
    }

    /// The media type it is sent as; never one that a browser runs.
    pub(crate) fn media_type(self) -> &'static str {
        match SUFFIXES.iter().find(|(_, suffix)| *suffix == self.0) {
            Some(("text/plain", _)) => "text/plain; charset=utf-8",
            Some((kind, _)) => kind,
            None => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn addresses() -> impl Strategy<Value = Address> {
        let day = (1900i32..2200, 1u32..366).prop_map(|(year, day)| NaiveDate::from_yo_opt(year, day).unwrap());
        let id = any::<u128>().prop_map(Uuid::from_u128);
        let suffix = prop::sample::select(vec!["application/pdf", "image/png", "text/html", "text/plain"]);
        let suffix = suffix.prop_map(|kind| Suffix::of(&MediaType::sanitize(kind)));
        prop_oneof![
            Just(Address::Front),
            (day.clone(), 1u32..).prop_map(|(day, number)| Address::Day(day, number)),
            day.prop_map(|day| Address::Month(Month::of(day))),
            (id.clone(), 1u32..).prop_map(|(id, number)| Address::Case(CaseId::from_uuid(id), number)),
            id.clone().prop_map(|id| Address::Entry(EntryId::from_uuid(id))),
            id.clone().prop_map(|id| Address::Meeting(MeetingId::from_uuid(id))),
            (1u32..).prop_map(Address::Meetings),
            (id.clone(), id, suffix, any::<bool>()).prop_map(|(holder, document, suffix, of_meeting)| {
                let holder = if of_meeting {
                    Holder::Meeting(MeetingId::from_uuid(holder))
                } else {
                    Holder::Entry(EntryId::from_uuid(holder))
                };
                Address::Document(holder, DocumentId::from_uuid(document), suffix)
            }),
            (".", 1u32..).prop_map(|(title, number)| Address::Letter(Letter::of(&title), number)),
            Just(Address::Search),
            Just(Address::Cases),
            Just(Address::Atom),
            Just(Address::JsonFeed),
        ]
    }

    proptest! {
        #[test]
        fn an_address_is_read_as_it_is_written(address in addresses()) {
            prop_assert_eq!(Address::parse(&address.path(Mode::Live)), Some(address));
        }

        #[test]
        fn whatever_is_asked_for_the_address_of_a_file_stays_below_its_root(text in "[ -~]{0,40}") {
            if let Some(address) = Address::parse(&text) {
                let path = address.path(Mode::Files);
                let tame = |part: &str| !part.is_empty() && !part.starts_with('.');
                prop_assert!(path.split('/').all(tame), "{}", path);
            }
        }
    }

    #[test]
    fn an_address_has_one_way_to_be_written() {
        for other in [
            "dag/2026-9-14",
            "dag/2026-09-14_1",
            "dag/2026-09-14_01",
            "dag/2026-09-14/",
            "dag/+2026-09-14",
            "dag/2026-02-30",
            "maned/2026-9",
            "maned/2026-13",
            "sak/{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "sak/67E55044-10B1-426F-9247-BB680E5FE0C8",
            "journalpost/../../etc/passwd",
            "dokument/67e55044-10b1-426f-9247-bb680e5fe0c8/67e55044-10b1-426f-9247-bb680e5fe0c8.html",
            "saker/A",
            "saker/..",
            "/",
            "sok/",
        ] {
            assert_eq!(Address::parse(other), None, "{other}");
        }
    }

    #[test]
    fn cases_stand_by_the_norwegian_alphabet() {
        let mut letters: Vec<_> = ["Åkra", "Ørsta", "zoo", "Ærlig", "Asker", "7 hus"].map(Letter::of).to_vec();
        letters.sort_by_key(|letter| letter.rank());
        let shown: Vec<_> = letters.into_iter().map(|letter| letter.shown().unwrap_or_default()).collect();
        assert_eq!(shown, ["A", "Z", "Æ", "Ø", "Å", ""]);
    }
}
