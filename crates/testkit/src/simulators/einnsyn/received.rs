use bytes::Bytes;
use sakarkiv_core::identity::Timestamp;

/// Everything that one call sent, also when it was turned away, an armed fault struck it or its body broke off. Headers are
/// left out: they carry the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When it came.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// The path as it came.
    pub path: String,
    /// The query as it came.
    pub query: Option<String>,
    /// The body, as far as it came.
    pub body: Bytes,
}

impl Received {
    /// Path, query and body as one text, percent-encoding undone, for a search after what must never have left.
    #[must_use]
    pub fn text(&self) -> String {
        let address = format!("{}?{}", self.path, self.query.as_deref().unwrap_or_default());
        format!("{}\n{}", decoded(&address), String::from_utf8_lossy(&self.body))
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        at += if escaped.is_some() { 3 } else { 1 };
        plain.push(escaped.unwrap_or(if *byte == b'+' { b' ' } else { *byte }));
    }
    String::from_utf8_lossy(&plain).into_owned()
}
