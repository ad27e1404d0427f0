//! The file name in `Content-Disposition` (RFC 6266), with the encoded form of RFC 5987.

use http::{HeaderMap, header};

/// What the answer says of the content it carries encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Declared {
    /// The media type without parameters, in lower case.
    pub(super) media_type: Option<String>,
    /// The file name.
    pub(super) file_name: Option<String>,
}

impl Declared {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).map(|value| text_of(value.as_bytes()));
        let media_type = text(header::CONTENT_TYPE)
            .map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            .filter(|media_type| !media_type.is_empty());
        Self { media_type, file_name: text(header::CONTENT_DISPOSITION).as_deref().and_then(file_name) }
    }

    /// Whether the content is said to be an archive of documents.
    pub(super) fn is_archive(&self) -> bool {
        let by_type = matches!(self.media_type.as_deref(), Some("application/zip" | "application/x-zip-compressed"));
        let by_name = self.file_name.as_deref().is_some_and(|name| name.to_lowercase().ends_with(".zip"));
        by_type || by_name
    }
}

/// Header bytes as UTF-8 where they are, else as Latin-1, which is what old servers send.
fn text_of(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned)
}

/// `filename*` before `filename`, as RFC 6266 wants it.
fn file_name(value: &str) -> Option<String> {
    let parameters = parameters(value);
    let find = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    find("filename*")
        .and_then(|value| encoded(value))
        .or_else(|| find("filename").cloned())
        .filter(|name| !name.is_empty())
}

/// Parameters with names in lower case. A semicolon inside quotes divides nothing.
fn parameters(value: &str) -> Vec<(String, String)> {
    let mut parts = vec![String::new()];
    let mut characters = value.chars();
    let mut quoted = false;
    while let Some(c) = characters.next() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => parts.push(String::new()),
            _ => {
                let kept = if quoted && c == '\\' { characters.next() } else { Some(c) };
                if let Some(part) = parts.last_mut() {
                    part.extend(kept);
                }
            }
        }
    }
    let pair = |part: &String| {
        let (name, value) = part.split_once('=')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    };
    parts.iter().filter_map(pair).collect()
}

/// `charset'language'percent-encoded`.
fn encoded(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn file_names_are_read_in_every_spelling() {
        for (value, name) in [
            ("attachment; filename=brev.pdf", Some("brev.pdf")),
            ("attachment; FileName=\"brev; nr 2.pdf\"", Some("brev; nr 2.pdf")),
            (r#"attachment; filename="a\"b.pdf""#, Some("a\"b.pdf")),
            ("attachment; filename=x.pdf; filename*=UTF-8''r%C3%A5d.pdf", Some("råd.pdf")),
            ("attachment; filename*=iso-8859-1'no'r%E5d.pdf", Some("råd.pdf")),
            ("attachment; filename=x.pdf; filename*=utf-7''r", Some("x.pdf")),
            ("attachment; filename=x.pdf; filename*=UTF-8''%zz", Some("x.pdf")),
            ("attachment; filename=\"åpen", Some("åpen")),
            ("attachment; filename=\"\"", None),
            ("inline", None),
            ("", None),
        ] {
            assert_eq!(file_name(value).as_deref(), name, "{value}");
        }
    }

    #[test]
    fn the_media_type_loses_its_parameters() {
        let mut headers = HeaderMap::new();
        headers.insert("CONTENT-TYPE", "Application/ZIP; charset=binary".parse().unwrap());
        let declared = Declared::read(&headers);
        assert_eq!(declared.media_type.as_deref(), Some("application/zip"));
        assert!(declared.is_archive());
        assert!(!Declared::default().is_archive());
    }

    #[test]
    fn header_bytes_that_are_no_utf8_are_latin_1() {
        assert_eq!(text_of(b"r\xe5d"), "råd");
        assert_eq!(text_of("råd".as_bytes()), "råd");
    }

    proptest! {
        #[test]
        fn any_header_is_answered(value in "\\PC{0,80}") {
            let _ = file_name(&value);
        }
    }
}
