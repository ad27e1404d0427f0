//! Taking the text out of a document's file, bounded in bytes, parts and depth.

mod office;
mod pdf;
mod xml;

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use sakarkiv_core::{document::MediaType, publication::Leak};

use crate::Limits;

/// The text of a file, and what is in doubt about it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// The text that readers see.
    pub text: String,
    /// What the file says about itself: title, author, remarks, names of what is inside, addresses of links.
    pub data: String,
    /// Why the text may not be all there is.
    pub doubts: Vec<Leak>,
}

impl fmt::Debug for Extracted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, data, doubts } = self;
        write!(f, "Extracted({} bytes of text, {} of data, {doubts:?})", text.len(), data.len())
    }
}

impl Extracted {
    /// A file of which nothing is known but that there is a doubt.
    #[must_use]
    pub fn doubtful(doubt: Leak) -> Self {
        Self { doubts: vec![doubt], ..Self::default() }
    }

    fn doubt(&mut self, doubt: Leak) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }

    /// Adds to the text; a doubt when it gets too long.
    fn add_text(&mut self, text: &str, limits: Limits) {
        if self.text.len().saturating_add(text.len()) > limits.text {
            self.doubt(Leak::TooLarge);
        } else {
            self.text.push_str(text);
        }
    }

    /// Adds a line of what the file says about itself.
    fn add_data(&mut self, line: &str, limits: Limits) {
        if self.data.len().saturating_add(line.len()) > limits.text {
            self.doubt(Leak::TooLarge);
        } else if !line.trim().is_empty() {
            self.data.push_str(line);
            self.data.push('\n');
        }
    }
}

/// Takes the text out of a file. What it is is told by its first bytes, and only where these say nothing by its media type.
///
/// Never fails: what cannot be read is a doubt. Reads PDF, the office formats (docx, xlsx, pptx, odt, ods, odp), HTML, XML and
/// plain text.
///
/// ```
/// use sakarkiv_core::{document::MediaType, publication::Leak};
/// use sakarkiv_leakcheck::{Limits, extract};
///
/// let text = MediaType::parse("text/plain")?;
/// assert_eq!(extract("Hei på deg".as_bytes(), &text, Limits::default()).text, "Hei på deg");
/// assert_eq!(extract(b"\x89PNG\r\n", &text, Limits::default()).doubts, [Leak::UnknownFormat]);
/// # Ok::<(), sakarkiv_core::document::MediaTypeError>(())
/// ```
#[must_use]
pub fn extract(bytes: &[u8], kind: &MediaType, limits: Limits) -> Extracted {
    if bytes.len() > limits.file {
        return Extracted::doubtful(Leak::TooLarge);
    }
    // The readers are other people's code, and what they read is anybody's.
    catch_unwind(AssertUnwindSafe(|| by_kind(bytes, kind, limits)))
        .unwrap_or_else(|_| Extracted::doubtful(Leak::Unreadable))
}

fn by_kind(bytes: &[u8], kind: &MediaType, limits: Limits) -> Extracted {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    if head.windows(5).any(|window| window == b"%PDF-") {
        return pdf::read(bytes, limits);
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return office::read(bytes, limits);
    }
    let texts = kind.as_str().starts_with("text/")
        || matches!(kind.as_str(), "application/xml" | "application/json" | "application/xhtml+xml");
    if !texts || bytes.contains(&0) && !is_utf_16(bytes) {
        return Extracted::doubtful(Leak::UnknownFormat);
    }
    let Some(text) = decode(bytes) else { return Extracted::doubtful(Leak::UnknownFormat) };
    let mut extracted = Extracted::default();
    if matches!(kind.as_str(), "text/html" | "text/xml" | "application/xml" | "application/xhtml+xml") {
        xml::read(&text, &mut extracted, limits);
    } else {
        extracted.add_text(&text, limits);
    }
    extracted
}

/// A text in UTF-8, UTF-16 or Windows-1252. Nothing when it has signs that no text has.
fn decode(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => {
            std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().map(|b| windows_1252(*b)).collect(), str::to_owned)
        }
    };
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    (odd * 100 <= text.chars().count()).then_some(text)
}

fn is_utf_16(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80 => '€',
        0x91 | 0x92 => '\'',
        0x93 | 0x94 => '"',
        0x96 | 0x97 => '–',
        byte => char::from(byte),
    }
}
