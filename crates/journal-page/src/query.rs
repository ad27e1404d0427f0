//! What readers ask for in an address, which anybody can write anything into.

use chrono::NaiveDate;
use sakarkiv_core::journal::EntryKind;

use crate::journal::folded;

/// A search. Everything that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// As it was written.
    pub(crate) text: String,
    /// The words in it, as they are compared.
    pub(crate) terms: Vec<String>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
    pub(crate) kind: Option<EntryKind>,
    /// Which page of the answer, from 1.
    pub(crate) page: u32,
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryFault {
    /// It is longer than anybody writes.
    TooLong,
    /// It is no text, or says the same thing twice.
    Malformed,
    /// The first date is none.
    From,
    /// The last date is none.
    To,
    /// The first date comes after the last.
    Order,
    /// No such kind of entry.
    Kind,
    /// No such page.
    Page,
}

/// The longest query string, in bytes.
const MAX_RAW: usize = 2048;
/// The longest text to look for, in characters.
pub(crate) const MAX_TEXT: usize = 200;
/// The most words to look for.
const MAX_TERMS: usize = 16;
const MAX_PAGE: u32 = 100_000;

impl Query {
    /// Reads what a form sent. Fields that are not ours are nobody's fault: others add theirs to links.
    pub(crate) fn parse(raw: &str) -> Result<Self, QueryFault> {
        if raw.len() > MAX_RAW {
            return Err(QueryFault::TooLong);
        }
        let mut query = Self { page: 1, ..Self::default() };
        let mut seen = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !FIELDS.contains(&name) {
                continue;
            }
            if seen.contains(&name) {
                return Err(QueryFault::Malformed);
            }
            seen.push(name);
            query.take(name, decode(value).ok_or(QueryFault::Malformed)?.trim())?;
        }
        if let (Some(from), Some(to)) = (query.from, query.to)
            && from > to
        {
            return Err(QueryFault::Order);
        }
        Ok(query)
    }

    /// Whether nothing is asked for.
    pub(crate) const fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.from.is_none() && self.to.is_none() && self.kind.is_none()
    }

    /// The query string of another page of the answer.
    pub(crate) fn to_page(&self, page: u32) -> String {
        let mut parts = vec![format!("q={}", encode(&self.text))];
        parts.extend(self.from.map(|day| format!("fra={day}")));
        parts.extend(self.to.map(|day| format!("til={day}")));
        parts.extend(self.kind.map(|kind| format!("type={}", kind.code())));
        if page > 1 {
            parts.push(format!("side={page}"));
        }
        parts.join("&")
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), QueryFault> {
        match name {
            "q" => {
                if value.chars().count() > MAX_TEXT {
                    return Err(QueryFault::TooLong);
                }
                if value.chars().any(char::is_control) {
                    return Err(QueryFault::Malformed);
                }
                self.terms = folded(value).split_whitespace().take(MAX_TERMS).map(str::to_owned).collect();
                value.clone_into(&mut self.text);
            }
            "fra" => self.from = date(value).ok_or(QueryFault::From)?,
            "til" => self.to = date(value).ok_or(QueryFault::To)?,
            "type" if value.is_empty() => {}
            "type" => {
                let kind = EntryKind::ALL.iter().find(|kind| kind.code() == value);
                self.kind = Some(*kind.ok_or(QueryFault::Kind)?);
            }
            _ => {
                let page = value.parse().ok().filter(|page| (1..=MAX_PAGE).contains(page));
                self.page = page.ok_or(QueryFault::Page)?;
            }
        }
        Ok(())
    }
}

const FIELDS: [&str; 5] = ["q", "fra", "til", "type", "side"];

/// A date as a form sends it or as people write it; an empty one is none.
fn date(text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() {
        return Some(None);
    }
    if text.len() > 10 {
        return None;
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d.%m.%Y"));
    day.ok().map(Some)
}

/// Undoes the encoding of forms. Nothing when it is no UTF-8 or an escape is broken.
fn decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

/// Percent-encodes everything but the plainest characters (RFC 3986, unreserved).
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_form_is_read_field_by_field() {
        let query = Query::parse("q=Gar%C3%A5sje+NABO&fra=2026-01-05&til=31.01.2026&type=U&side=2&utm=x").unwrap();
        assert_eq!((query.text.as_str(), query.page), ("Garåsje NABO", 2));
        assert_eq!(query.terms, ["garåsje", "nabo"]);
        assert_eq!(query.to.map(|day| day.to_string()).as_deref(), Some("2026-01-31"));
        assert_eq!(query.kind, Some(EntryKind::Outgoing));
        assert!(Query::parse("q=&fra=&til=&type=").unwrap().is_empty());
    }

    #[test]
    fn letters_written_in_two_ways_are_the_same() {
        assert_eq!(Query::parse("q=A%CC%8AS").unwrap().terms, Query::parse("q=%C3%A5s").unwrap().terms);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_its_field() {
        let long = format!("q={}", "a".repeat(MAX_RAW));
        let wordy = format!("q={}", "a".repeat(MAX_TEXT + 1));
        for (raw, fault) in [
            (long.as_str(), QueryFault::TooLong),
            (wordy.as_str(), QueryFault::TooLong),
            ("q=%FF%FE", QueryFault::Malformed),
            ("q=%4", QueryFault::Malformed),
            ("q=a%00b", QueryFault::Malformed),
            ("q=a&q=b", QueryFault::Malformed),
            ("fra=2026-02-30", QueryFault::From),
            ("fra=igår", QueryFault::From),
            ("til=99999999999-01-01", QueryFault::To),
            ("fra=2026-02-02&til=2026-02-01", QueryFault::Order),
            ("type=Q", QueryFault::Kind),
            ("side=0", QueryFault::Page),
            ("side=-1", QueryFault::Page),
            ("side=99999999999999999999", QueryFault::Page),
        ] {
            assert_eq!(Query::parse(raw), Err(fault), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn nothing_in_a_query_is_a_surprise(raw in "\\PC{0,200}") {
            let _ = Query::parse(&raw);
        }

        #[test]
        fn a_query_survives_its_own_link(text in "[a-zæøå&=%+ \"<>]{0,40}", page in 2u32..MAX_PAGE) {
            let query = Query::parse(&format!("q={}", encode(text.trim()))).unwrap();
            let again = Query::parse(&query.to_page(page)).unwrap();
            prop_assert_eq!((again.text, again.terms, again.page), (query.text, query.terms, page));
        }
    }
}
