//! Forms as Acos Interact posts them: answers by the name of their element, the form as PDF, and attachments, all in one JSON
//! document. Observed, not published; so unknown fields are overlooked.

use std::{collections::BTreeSet, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use sakarkiv_core::{
    document::{FileName, MediaType},
    identity::Timestamp,
    intake::{ConsignmentKey, Fault, FaultCode, Place, Rejection},
    journal::DocumentRole,
    screening::Private,
};
use serde::Deserialize;

use crate::forms::{Form, Loose};

/// The most elements and the most attachments that one form may have.
const MOST_PARTS: usize = 10_000;

/// A filled-in form (skjemainstans).
#[derive(Debug, Clone)]
pub struct Instance {
    form: String,
    key: ConsignmentKey,
    answers: Vec<(String, Private<String>)>,
    files: Vec<(DocumentRole, FileName, MediaType, Bytes)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    metadata: Metadata,
    elements: Vec<Element>,
    form_pdf_base64: String,
    #[serde(default)]
    documents: Vec<Attachment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    form_id: String,
    instance_id: String,
}

#[derive(Deserialize)]
struct Element {
    id: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    name: String,
    r#type: String,
    base64: String,
}

impl Instance {
    /// Reads a form and checks it: ids that are there and unique, and files in valid Base64.
    ///
    /// # Errors
    /// A [`Rejection`] with everything that is wrong, never with an answer in it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| {
            // The error's own words may quote an answer.
            fault(format_args!("the form cannot be read at line {}, column {}", error.line(), error.column()))
        })?;
        let mut faults = Vec::new();
        let form = wire.metadata.form_id.trim().to_owned();
        if form.is_empty() {
            faults.push(fault("`metadata.formId` is blank"));
        }
        let key = ConsignmentKey::new(&wire.metadata.instance_id);
        if key.is_err() {
            faults.push(fault("`metadata.instanceId` is no key"));
        }
        if wire.elements.is_empty() {
            faults.push(fault("`elements` is empty"));
        }
        if wire.elements.len().max(wire.documents.len()) > MOST_PARTS {
            faults.push(Fault::new(FaultCode::TooMuch, Place::Consignment));
        }
        let mut ids = BTreeSet::new();
        if wire.elements.iter().any(|element| element.id.trim().is_empty() || !ids.insert(element.id.trim())) {
            faults.push(fault("the ids of `elements` must be there and differ"));
        }
        let files = wire.files(&mut faults);
        match (key, Rejection::of(faults)) {
            (Ok(key), None) => Ok(Self { form, key, answers: wire.answers(), files }),
            (_, Some(rejection)) => Err(rejection),
            (Err(error), None) => Err(fault(error).into()),
        }
    }

    /// The kind of form (formId).
    #[must_use]
    pub fn form_id(&self) -> &str {
        &self.form
    }

    /// Its own id (instanceId), by which it is taken in once.
    #[must_use]
    pub const fn key(&self) -> &ConsignmentKey {
        &self.key
    }

    /// The form, sent at this moment, for the [tables](crate::forms::FormTables) to map.
    #[must_use]
    pub fn into_form(self, sent: Timestamp) -> Loose {
        let mut form = Form::new(self.form, self.key, sent);
        form.fields = self.answers.into_iter().collect();
        let mut loose = Loose::new(form);
        for (role, name, media_type, content) in self.files {
            loose.add(role, name, media_type, content);
        }
        loose
    }
}

impl Wire {
    fn answers(self) -> Vec<(String, Private<String>)> {
        let answered = self.elements.into_iter();
        answered.filter_map(|element| Some((element.id.trim().to_owned(), Private::new(element.value?)))).collect()
    }

    fn files(&self, faults: &mut Vec<Fault>) -> Vec<(DocumentRole, FileName, MediaType, Bytes)> {
        let mut files = Vec::new();
        match decode(&self.form_pdf_base64) {
            Some(content) if !content.is_empty() => {
                files.push((DocumentRole::Main, FileName::sanitize("skjema.pdf"), MediaType::pdf(), content));
            }
            _ => faults.push(fault("`formPdfBase64` is not a file in Base64")),
        }
        for (nth, document) in self.documents.iter().enumerate() {
            let (name, media_type) = (FileName::sanitize(&document.name), MediaType::sanitize(&document.r#type));
            match decode(&document.base64) {
                Some(content) => files.push((DocumentRole::Attachment, name, media_type, content)),
                None => faults.push(fault(format_args!("`documents/{nth}/base64` is not a file in Base64"))),
            }
        }
        files
    }
}

/// Base64 as it comes: with or without line breaks.
fn decode(text: &str) -> Option<Bytes> {
    let packed: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(packed).ok().map(Bytes::from)
}

fn fault(detail: impl fmt::Display) -> Fault {
    Fault::new(FaultCode::InvalidContent, Place::Consignment).because(detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn instance() -> Value {
        json!({
            "metadata": {"formId": "KOMM0042", "instanceId": "900123", "instanceUri": null},
            "elements": [{"id": "Fornavn", "value": "Prøve"}, {"id": "Tom", "value": null}],
            "formPdfBase64": "JVBERi0x\nLjQK",
            "documents": [{"name": "../kart.png", "type": "image/png", "encoding": "UTF-8", "base64": "iVBORw0KGgo="}]
        })
    }

    fn with(pointer: &str, value: Value) -> Result<Instance, Rejection> {
        let mut instance = instance();
        *instance.pointer_mut(pointer).unwrap() = value;
        Instance::parse(instance.to_string().as_bytes())
    }

    #[test]
    fn answers_and_files_are_read() {
        let read = Instance::parse(instance().to_string().as_bytes()).unwrap();
        assert_eq!((read.form_id(), read.key().as_str()), ("KOMM0042", "900123"));
        assert_eq!(read.answers, [("Fornavn".to_owned(), Private::new("Prøve".to_owned()))]);
        assert_eq!(read.files[0].3.as_ref(), b"%PDF-1.4\n");
        assert_eq!(read.files[1].0, DocumentRole::Attachment);
        assert!(!read.files[1].1.as_str().contains('/'));
        assert!(!format!("{read:?}").contains("Prøve"));
        assert!(
            Instance::parse(format!("\u{feff}{}", instance()).as_bytes()).is_ok(),
            "with a byte order mark before it"
        );
    }

    #[test]
    fn a_form_that_is_not_whole_is_refused_with_all_that_is_wrong() {
        for (pointer, value) in [
            ("/metadata/formId", json!(" ")),
            ("/metadata/instanceId", json!("")),
            ("/elements", json!([])),
            ("/elements/1/id", json!("Fornavn")),
            ("/elements/1/id", json!("")),
            ("/formPdfBase64", json!("")),
            ("/formPdfBase64", json!("*")),
            ("/documents/0/base64", json!("hemmelig!")),
            ("/elements", json!("hemmelig")),
        ] {
            let rejection = with(pointer, value).unwrap_err();
            assert!(!rejection.to_string().contains("hemmelig"), "{rejection}");
        }
        let mut worse = instance();
        worse["metadata"]["formId"] = json!("");
        worse["formPdfBase64"] = json!("*");
        assert_eq!(Instance::parse(worse.to_string().as_bytes()).unwrap_err().faults().count(), 2);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_stumble(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Instance::parse(&bytes);
        }
    }
}
