//! Names from outside, which never become paths by themselves.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use sakarkiv_core::document::ContentHash;
use unicode_normalization::UnicodeNormalization as _;

/// What an id is made of: a name, and a fingerprint of the manifest and of when it was written. So a delivery that is
/// mended and left again under the same name is another one.
pub(crate) fn id_of(name: &OsStr, manifest: &[u8], written: SystemTime) -> String {
    let nanos = written.duration_since(UNIX_EPOCH).map_or(0, |age| age.as_nanos());
    let mut content = nanos.to_be_bytes().to_vec();
    content.extend_from_slice(manifest);
    format!("{}.{}", plain(name), fingerprint(&content))
}

/// A folder's name where it is plain, else a fingerprint of it.
pub(crate) fn plain(name: &OsStr) -> String {
    match name.to_str() {
        Some(text) if is_plain(text) && !text.starts_with(HASHED) => text.to_owned(),
        _ => format!("{HASHED}{}", fingerprint(name.as_encoded_bytes())),
    }
}

/// What the plain name of a folder with another name begins with.
pub(crate) const HASHED: &str = "x-";

/// Whether a text is a name that means the same everywhere.
pub(crate) fn is_plain(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// Whether a text can be an id: a plain name and a fingerprint.
pub(crate) fn is_id(text: &str) -> bool {
    text.rsplit_once('.').is_some_and(|(name, print)| {
        is_plain(name) && print.len() == 16 && print.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

/// The first 64 bits of the SHA-256, in hexadecimal digits.
pub(crate) fn fingerprint(content: &[u8]) -> String {
    ContentHash::of(content).bytes().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A path within a delivery in one Unicode form, when every part of it is a name and nothing else.
pub(crate) fn inner_path(text: &str) -> Option<String> {
    let composed: String = text.nfc().collect();
    let sound = |part: &str| {
        !part.is_empty() && part != "." && part != ".." && !part.contains(|c: char| c.is_control() || c == '\\')
    };
    (composed.len() <= 1_000 && composed.split('/').all(sound)).then_some(composed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_plain_becomes_a_fingerprint() {
        assert_eq!(plain(OsStr::new("jn-4711.3")), "jn-4711.3");
        for odd in ["mappe æ", "a b", ".skjult", "x-1", "..", "", "a\nb"] {
            let name = plain(OsStr::new(odd));
            assert!(name.starts_with(HASHED) && is_plain(&name), "{odd}: {name}");
        }
    }

    #[test]
    fn an_id_tells_a_mended_delivery_from_the_first() {
        let at = |seconds| UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        let first = id_of(OsStr::new("a"), b"{}", at(1));
        assert!(is_id(&first));
        assert_ne!(first, id_of(OsStr::new("a"), b"{} ", at(1)));
        assert_ne!(first, id_of(OsStr::new("a"), b"{}", at(2)));
        assert!(!is_id("../../etc.0123456789abcdef") && !is_id("a"));
    }

    #[test]
    fn a_path_stays_inside_and_is_composed() {
        for bad in ["", "/a", "a/", "../a", "a/../b", "a//b", "./a", "a\\b", "a\u{0}b", "a/\u{7}"] {
            assert_eq!(inner_path(bad), None, "{bad:?}");
        }
        assert_eq!(inner_path("mappe/a\u{30a}r.pdf").as_deref(), Some("mappe/år.pdf"));
    }
}
