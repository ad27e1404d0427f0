use bytes::Bytes;
use futures_util::{StreamExt, stream};
use sakarkiv_core::ports::Entropy;
use sakarkiv_http::Body;

/// A `multipart/form-data` body (RFC 7578) as SvarUt wants it: the metadata first, then one part for each document in the
/// order of the metadata. Documents pass through as streams.
pub(super) struct Multipart {
    boundary: String,
    parts: Vec<Body>,
}

impl Multipart {
    /// Begins with the metadata.
    pub(super) fn new(metadata: Vec<u8>, entropy: &dyn Entropy) -> Self {
        // 128 random bits: nobody can write a document that holds the boundary.
        let boundary = format!("sakarkiv-{:016x}{:016x}", entropy.next_u64(), entropy.next_u64());
        let head = "Content-Disposition: form-data; name=\"forsendelse\"\r\nContent-Type: application/json\r\n\r\n";
        let mut parts = Self { boundary, parts: Vec::new() };
        parts.push(head, Body::from(metadata));
        parts
    }

    /// Adds a document. `name` has no quotes, backslashes or control characters and `media_type` is plain ASCII: the
    /// shipment has seen to that. Letters beyond ASCII go as UTF-8.
    pub(super) fn add(&mut self, name: &str, media_type: &str, content: Body) {
        let number = self.parts.len().saturating_sub(FIRST_DOCUMENT) / PIECES;
        let head = format!(
            "Content-Disposition: form-data; name=\"filer_{number}\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
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
        let boundary = &self.boundary;
        self.parts.push(Body::from(format!("--{boundary}\r\n{head}")));
        self.parts.push(content);
        self.parts.push(Body::from(Bytes::from_static(b"\r\n")));
    }
}

/// Each part is its head, its content and the line end after it.
const PIECES: usize = 3;
const FIRST_DOCUMENT: usize = PIECES;
