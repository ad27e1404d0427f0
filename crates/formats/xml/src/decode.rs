//! Bytes to characters: the encodings in which messages come.

use crate::XmlError;

/// The text of a message, without its byte order mark.
///
/// UTF-8 and UTF-16 by their marks or by how `<` is written, else by the declaration: UTF-8, US-ASCII, ISO 8859-1.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, XmlError> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest),
        [0xfe, 0xff, rest @ ..] | rest @ [0, b'<', ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] | rest @ [b'<', 0, ..] => utf_16(rest, u16::from_le_bytes),
        _ => by_declaration(bytes),
    }?;
    if text.chars().all(is_character) { Ok(text) } else { Err(XmlError::Encoding) }
}

/// Whether XML 1.0 can hold the character at all.
pub(crate) const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn by_declaration(bytes: &[u8]) -> Result<String, XmlError> {
    match declared(bytes).as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => utf_8(bytes),
        Some("iso-8859-1" | "iso8859-1" | "latin1") => Ok(bytes.iter().copied().map(char::from).collect()),
        Some(_) => Err(XmlError::Encoding),
    }
}

/// The encoding that the declaration names, in lower case.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(200))?;
    let head: String = head.iter().copied().map(char::from).collect();
    let (declaration, _) = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value.strip_prefix(quote)?.split_once(quote)?.0.to_ascii_lowercase())
}

fn utf_8(bytes: &[u8]) -> Result<String, XmlError> {
    str::from_utf8(bytes).map(str::to_owned).map_err(|_| XmlError::Encoding)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, XmlError> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(XmlError::Encoding) };
    char::decode_utf16(pairs.iter().copied().map(unit)).collect::<Result<_, _>>().map_err(|_| XmlError::Encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<t>Prøvedal 𝕜</t>";

    #[test]
    fn the_same_text_comes_out_of_every_encoding() {
        let be: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let le: Vec<u8> = TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", TEXT.as_bytes()),
            marked(b"\xfe\xff", &be),
            marked(b"\xff\xfe", &le),
            be.clone(),
            le.clone(),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(TEXT));
        }
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><t>Pr\xf8vedal</t>";
        assert!(decode(latin).is_ok_and(|text| text.contains("Prøvedal")));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [
            &b"<t>\xf8</t>"[..],
            b"\xfe\xff\x00",
            b"\xfe\xff\xd8\x00",
            b"<t>\x01</t>",
            b"<?xml encoding='ebcdic'?><t/>",
        ] {
            assert_eq!(decode(bytes), Err(XmlError::Encoding));
        }
    }
}
