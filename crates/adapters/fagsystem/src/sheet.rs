//! The sheet that lies beside scanned documents (R8.5): what the scanner's operator knows of them.

use std::{collections::BTreeMap, fmt};

use sakarkiv_core::{
    identity::Timestamp,
    intake::{ConsignmentKey, Fault, FaultCode, Place, Rejection},
    screening::Private,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;

use crate::forms::Form;

/// The name of the sheet in a folder. Written last.
pub const SHEET_NAME: &str = "skann.json";

/// A sheet: a form, and the files it belongs to. JSON:
///
/// ```
/// use sakarkiv_fagsystem::Sheet;
///
/// let sheet = Sheet::parse(r#"{
///     "skjema": "innkommet-brev", "id": "skann-2026-09-14-0017", "skannet": "2026-09-14T08:00:00+02:00",
///     "felt": {"Tittel": "Klage", "Avsender": "Prøve Testesen", "Sider": 3},
///     "filer": ["brev.pdf"]
/// }"#.as_bytes())?;
/// assert_eq!(sheet.form.field("Sider"), Some("3"));
/// # Ok::<(), sakarkiv_core::intake::Rejection>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The form, without its files.
    pub form: Form,
    /// The files beside it by their paths, the main document first.
    pub files: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    skjema: String,
    id: ConsignmentKey,
    skannet: Timestamp,
    felt: Fields,
    filer: Vec<String>,
}

/// Fields by their names, none of them twice: which one is meant is never guessed.
struct Fields(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce).map(Self)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = BTreeMap<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if fields.insert(name.trim().to_owned(), value).is_some() {
                return Err(A::Error::custom("a field twice"));
            }
        }
        Ok(fields)
    }
}

impl Sheet {
    /// Reads a sheet.
    ///
    /// # Errors
    /// A [`Rejection`] says where it is not as it should be, never what stands there.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| {
            fault(format!("the sheet cannot be read at line {}, column {}", error.line(), error.column()))
        })?;
        if wire.filer.is_empty() {
            return Err(Fault::new(FaultCode::MainDocumentMissing, Place::Consignment).into());
        }
        let mut form = Form::new(wire.skjema, wire.id, wire.skannet);
        for (name, value) in wire.felt.0 {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return Err(fault("a field of the sheet is no plain value".to_owned()).into());
                }
            };
            form.fields.insert(name, Private::new(text));
        }
        Ok(Self { form, files: wire.filer })
    }
}

fn fault(detail: String) -> Fault {
    Fault::new(FaultCode::InvalidContent, Place::Consignment).because(detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sheet(felt: &str, filer: &str) -> Result<Sheet, Rejection> {
        let text = format!(
            r#"{{"skjema": "brev", "id": "s-1", "skannet": "2026-09-14T08:00:00+02:00", "felt": {felt}, "filer": {filer}}}"#
        );
        Sheet::parse(text.as_bytes())
    }

    #[test]
    fn plain_values_are_fields_and_what_is_absent_is_none() {
        let read =
            sheet(r#"{"Tittel": "Klage", "Sider": 3, "Farge": false, "Merknad": null}"#, r#"["brev.pdf"]"#).unwrap();
        let fields = ["Tittel", "Sider", "Farge", "Merknad"].map(|name| read.form.field(name).map(str::to_owned));
        assert_eq!(fields, [Some("Klage".to_owned()), Some("3".to_owned()), Some("false".to_owned()), None]);
    }

    #[test]
    fn a_sheet_that_is_not_as_it_should_be_is_refused_without_telling_what_stands_there() {
        assert!(sheet(r#"{"Navn": ["hemmelig"]}"#, r#"["brev.pdf"]"#).is_err());
        assert!(sheet("{}", "[]").unwrap_err().has(FaultCode::MainDocumentMissing));
        assert!(sheet(r#"{"Tittel": "hemmelig", " Tittel": "Klage"}"#, r#"["brev.pdf"]"#).is_err(), "a field twice");
        for wrong in [r#""hemmelig""#, "{", r#"{"skjema": "hemmelig"}"#, ""] {
            let told = Sheet::parse(wrong.as_bytes()).unwrap_err().to_string();
            assert!(!told.contains("hemmelig"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Sheet::parse(&bytes);
        }
    }
}
