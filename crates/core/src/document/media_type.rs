use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A media type (mimeType), `type/subtype` in small letters without parameters.
///
/// ```
/// use sakarkiv_core::document::MediaType;
///
/// let pdf = MediaType::parse("Application/PDF; name=x.pdf")?;
/// assert_eq!(pdf.as_str(), "application/pdf");
/// assert_eq!(MediaType::of_extension("PDF"), pdf);
/// # Ok::<(), sakarkiv_core::document::MediaTypeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(Box<str>);

/// A text that is not a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a media type is written `type/subtype`, such as `application/pdf`; use `application/octet-stream` if unknown")]
pub struct MediaTypeError;

impl MediaType {
    /// Reads `type/subtype`; parameters are dropped.
    ///
    /// # Errors
    /// [`MediaTypeError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, MediaTypeError> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_token = |part: &str| {
            (1..=127).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
                && part.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        };
        match essence.split_once('/') {
            Some((main, sub)) if is_token(main) && is_token(sub) => Ok(Self(essence.into())),
            _ => Err(MediaTypeError),
        }
    }

    /// Makes a media type of what a sender declared: [`unknown`](Self::unknown) when it is none.
    #[must_use]
    pub fn sanitize(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self::unknown())
    }

    /// `application/pdf`.
    #[must_use]
    pub fn pdf() -> Self {
        Self("application/pdf".into())
    }

    /// `application/octet-stream`: bytes of an unknown kind.
    #[must_use]
    pub fn unknown() -> Self {
        Self("application/octet-stream".into())
    }

    /// The usual media type of a file extension; [`unknown`](Self::unknown) for one we do not know.
    #[must_use]
    pub fn of_extension(extension: &str) -> Self {
        let extension = extension.to_ascii_lowercase();
        KNOWN.iter().find(|(known, _)| *known == extension).map_or_else(Self::unknown, |(_, kind)| Self((*kind).into()))
    }

    /// The media type as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is PDF, the form most channels ask for.
    #[must_use]
    pub fn is_pdf(&self) -> bool {
        &*self.0 == "application/pdf"
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;
    fn from_str(text: &str) -> Result<Self, MediaTypeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for MediaType {
    type Error = MediaTypeError;
    fn try_from(text: String) -> Result<Self, MediaTypeError> {
        Self::parse(&text)
    }
}

impl From<MediaType> for String {
    fn from(kind: MediaType) -> Self {
        kind.0.into()
    }
}

const KNOWN: &[(&str, &str)] = &[
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("rtf", "application/rtf"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("txt", "text/plain"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_type_slash_subtype_is_taken() {
        for bad in ["", "pdf", "application/", "/pdf", "a/b/c", "text/pl ain", "text/\r\nX: y", "te\u{301}xt/plain"] {
            assert_eq!(MediaType::parse(bad), Err(MediaTypeError), "{bad:?}");
            assert_eq!(MediaType::sanitize(bad), MediaType::unknown());
        }
        assert_eq!(MediaType::parse(" text/plain ;charset=utf-8").unwrap().as_str(), "text/plain");
    }

    #[test]
    fn every_known_extension_has_a_media_type_that_parses() {
        for (extension, kind) in KNOWN {
            assert_eq!(MediaType::parse(kind).unwrap(), MediaType::of_extension(extension));
        }
        assert_eq!(MediaType::of_extension("exe"), MediaType::unknown());
    }
}
