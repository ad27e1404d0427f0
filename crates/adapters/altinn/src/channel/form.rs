use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::ports::Entropy;
use sakarkiv_http::Body;
use serde_json::Value;

/// A `multipart/form-data` body as Altinn reads it: a request's members as fields, nested ones with dots and lists with
/// numbers in brackets, then the documents as parts named `attachments`. Documents pass through as streams.
pub(super) struct Form {
    boundary: String,
    parts: Vec<Body>,
}

impl Form {
    /// Begins with the fields of a request.
    pub(super) fn new(request: &Value, entropy: &dyn Entropy) -> Self {
        // 128 random bits: nobody can write a document that holds the boundary.
        let boundary = format!("sakarkiv-{:016x}{:016x}", entropy.next_u64(), entropy.next_u64());
        let mut form = Self { boundary, parts: Vec::new() };
        for (name, value) in fields(request) {
            form.push(&format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n"), Body::from(value));
        }
        form
    }

    /// Adds a document. `name` has no quotes, backslashes or control characters: it is a [`FileName`].
    ///
    /// [`FileName`]: sakarkiv_core::document::FileName
    pub(super) fn add(&mut self, name: &str, content: Body) {
        let head = format!(
            "Content-Disposition: form-data; name=\"attachments\"; filename=\"{name}\"\r\nContent-Type: \
             application/octet-stream\r\n\r\n"
        );
        self.push(&head, content);
    }

    pub(super) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The body, of exact length when every part's is known.
    pub(super) fn into_body(mut self) -> Body {
        self.parts.push(Body::from(format!("--{}--\r\n", self.boundary)));
        let length = self.parts.iter().map(Body::exact_length).try_fold(0_u64, |sum, part| sum.checked_add(part?));
        let chunks = stream::iter(self.parts.into_iter().map(Body::into_stream)).flatten();
        match length {
            Some(length) => Body::from_sized_stream(chunks, length),
            None => Body::from_stream(chunks),
        }
    }

    fn push(&mut self, head: &str, content: Body) {
        self.parts.push(Body::from(format!("--{}\r\n{head}", self.boundary)));
        self.parts.push(content);
        self.parts.push(Body::from(Bytes::from_static(b"\r\n")));
    }
}

/// Every value of a request with its place in it. Members without a value have no field.
fn fields(request: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(String::new(), request, &mut found);
    found
}

fn collect(place: String, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                collect(place, member, found);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                collect(format!("{place}[{n}]"), item, found);
            }
        }
        Value::String(text) => found.push((place, text.clone())),
        Value::Bool(_) | Value::Number(_) => found.push((place, value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_becomes_fields_by_their_places() {
        let request = json!({
            "correspondence": {"resourceId": "brev", "content": {"attachments": [{"fileName": "a.pdf"}, {"fileName": "b.pdf"}]},
                "propertyList": {"saksnummer": "2026/1"}, "isConfidential": false, "dueDateTime": null},
            "recipients": ["urn:a"],
        });
        let mut seen = fields(&request);
        seen.sort();
        let expected = [
            ("correspondence.content.attachments[0].fileName", "a.pdf"),
            ("correspondence.content.attachments[1].fileName", "b.pdf"),
            ("correspondence.isConfidential", "false"),
            ("correspondence.propertyList.saksnummer", "2026/1"),
            ("correspondence.resourceId", "brev"),
            ("recipients[0]", "urn:a"),
        ];
        assert_eq!(seen, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
