//! The list of waiting mail, read so that no element can hide another.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, error::Category, value::RawValue};

use super::shipment::Shipment;

/// What a list held, by id.
pub(super) struct Listing {
    /// A shipment, or why its element cannot be used, in technical words.
    pub(super) elements: BTreeMap<String, Result<Shipment, &'static str>>,
    /// Elements without an id that can be read.
    pub(super) without_id: usize,
    /// Elements in all, repeated ones included.
    pub(super) length: usize,
}

/// Why a list cannot be read at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ListFault {
    /// It ends before its end.
    CutOff,
    /// It is something else.
    NoList(&'static str),
}

impl Listing {
    /// Reads the body of the answer. Each element is looked at on its own: numbers beyond all ranges, broken escapes or deep
    /// nesting in one of them do not touch the others, and bytes that are no UTF-8 are replaced.
    pub(super) fn read(body: &[u8]) -> Result<Self, ListFault> {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        let elements = match serde_json::from_str::<Option<Vec<&RawValue>>>(text) {
            Ok(elements) => elements.unwrap_or_default(),
            Err(_) if text.starts_with('<') => return Err(ListFault::NoList("a web page")),
            Err(error) if error.classify() == Category::Eof => return Err(ListFault::CutOff),
            Err(error) if error.classify() == Category::Data => return Err(ListFault::NoList("JSON, but no list")),
            Err(_) => return Err(ListFault::NoList("not JSON")),
        };
        let mut listing = Self { elements: BTreeMap::new(), without_id: 0, length: elements.len() };
        for element in elements {
            listing.add(element);
        }
        Ok(listing)
    }

    fn add(&mut self, element: &RawValue) {
        let Some(id) = id_of(element) else {
            self.without_id += 1;
            return;
        };
        let read = serde_json::from_str::<Value>(element.get())
            .map_err(|_| "its element in the list is malformed JSON")
            .and_then(|value| Shipment::read(id.clone(), &value));
        let known = self.elements.get(&id).is_some_and(Result::is_ok);
        if !known {
            self.elements.insert(id, read);
        }
    }
}

/// The id, if there is one that can stand in an address. SvarInn's are UUIDs.
fn id_of(element: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Id {
        id: Box<RawValue>,
    }
    let raw = serde_json::from_str::<Id>(element.get()).ok()?.id;
    let id = serde_json::from_str::<String>(raw.get()).ok()?;
    is_sound(&id).then_some(id)
}

/// Whether a text can be an id: letters, digits, `-` and `_` only, so that it changes no address and no log.
pub(super) fn is_sound(id: &str) -> bool {
    (1..=100).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(body: &str) -> (Vec<(String, bool)>, usize) {
        let listing = Listing::read(body.as_bytes()).unwrap_or_else(|fault| panic!("{fault:?}"));
        (listing.elements.iter().map(|(id, read)| (id.clone(), read.is_ok())).collect(), listing.without_id)
    }

    #[test]
    fn no_malformed_element_hides_another() {
        let deep = format!("{{\"id\":\"deep\",\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
        let body = format!(
            r#"[{{"id":"a"}}, 7, null, "x", [], {{}}, {{"id":null}}, {{"id":5}}, {{"id":"../b"}}, {{"id":""}},
                {{"id":"huge","date":1e999}}, {{"id":"escape","tittel":"\ud800"}}, {deep},
                {{"id":"files","filer":"none"}}, {{"id":"file","filer":[null]}}, {{"id":"z"}}]"#
        );
        let (found, without_id) = ids(&body);
        let expected = [
            ("a", true),
            ("deep", false),
            ("escape", false),
            ("file", false),
            ("files", false),
            ("huge", false),
            ("z", true),
        ];
        assert_eq!(found, expected.map(|(id, read)| (id.to_owned(), read)));
        assert_eq!(without_id, 9);
    }

    #[test]
    fn the_same_id_twice_is_one_item_and_the_readable_element_counts() {
        let (found, _) = ids(r#"[{"id":"a","date":1e999},{"id":"a"},{"id":"a","filer":0}]"#);
        assert_eq!(found, [("a".to_owned(), true)]);
    }

    #[test]
    fn an_empty_list_has_many_spellings() {
        for body in ["[]", " [ ] ", "null", "\u{feff}[]"] {
            assert_eq!(ids(body), (Vec::new(), 0), "{body:?}");
        }
    }

    #[test]
    fn what_is_no_list_is_told_from_a_list_cut_off() {
        let fault = |body: &[u8]| Listing::read(body).err();
        for cut in ["", "[", "[{\"id\":\"a\"}", "[{\"id\":\"a"] {
            assert_eq!(fault(cut.as_bytes()), Some(ListFault::CutOff), "{cut}");
        }
        assert_eq!(fault(b"<!DOCTYPE html><html>"), Some(ListFault::NoList("a web page")));
        assert_eq!(fault(b"{\"feil\":1}"), Some(ListFault::NoList("JSON, but no list")));
        assert_eq!(fault(b"oops"), Some(ListFault::NoList("not JSON")));
        assert_eq!(fault(b"[1 2]"), Some(ListFault::NoList("not JSON")));
    }

    #[test]
    fn bytes_that_are_no_utf8_spoil_one_title_only() {
        let listing =
            Listing::read(b"[{\"id\":\"a\",\"tittel\":\"p\xe5\"},{\"id\":\"b\"}]").unwrap_or_else(|_| panic!());
        assert_eq!(listing.elements.len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_and_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Listing::read(&body);
        }

        #[test]
        fn any_values_in_any_known_place_are_answered(
            name in proptest::sample::select(&NAMES[..]), inner in proptest::sample::select(&NAMES[..]),
            value in proptest::sample::select(&VALUES[..]),
        ) {
            let body = format!("[{{\"id\":\"a\",\"{name}\":{value}}},{{\"id\":\"b\",\"{name}\":{{\"{inner}\":[{value}]}}}},{{\"id\":\"c\"}}]");
            let listing = Listing::read(body.as_bytes()).unwrap_or_else(|fault| panic!("{fault:?}"));
            prop_assert_eq!(listing.elements.len(), if name == "id" { 1 } else { 3 });
        }
    }

    const NAMES: [&str; 16] = [
        "id",
        "tittel",
        "dato",
        "date",
        "avsender",
        "postadresse",
        "mottaker",
        "svarSendesTil",
        "filer",
        "filmetadata",
        "metadataForImport",
        "mappeId",
        "ekstraMetadata",
        "lenker",
        "taushetsbelagtPost",
        "niva",
    ];
    const VALUES: [&str; 12] = [
        "null",
        "0",
        "-1",
        "1e400",
        "18446744073709551616",
        "true",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "\"\\udfff\"",
    ];
}
