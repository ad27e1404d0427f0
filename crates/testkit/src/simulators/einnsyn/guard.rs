//! The guard against national identity numbers in texts, with the reach and the gaps of the real one.

use sakarkiv_core::identity::NationalIdentityNumber;

/// The ways in which a number may be written, as digits (`9`), blanks (` `), and a full stop or blank (`.`).
const SHAPES: [&[u8]; 3] = [b"99999999999", b"999999 99999", b"9999.99.99999"];

/// Whether the text holds something that reads as a national identity number or D-number. Numbers of test populations count
/// only when `synthetic` says so.
pub(crate) fn finds_number(text: &str, synthetic: bool) -> bool {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        let Some(length) = candidate(bytes, start) else {
            start += 1;
            continue;
        };
        let end = start + length;
        let digits: String = bytes
            .iter()
            .take(end)
            .skip(start)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| char::from(*byte))
            .collect();
        if NationalIdentityNumber::parse(&digits).is_ok_and(|number| synthetic || !number.is_synthetic()) {
            return true;
        }
        start = end;
    }
    false
}

/// The length of what looks like a number at this place, with word boundaries on both sides.
fn candidate(bytes: &[u8], start: usize) -> Option<usize> {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    if is_word(start.checked_sub(1)) {
        return None;
    }
    let fits = |shape: &[u8]| {
        shape.iter().enumerate().all(|(offset, wanted)| match (wanted, bytes.get(start + offset)) {
            (b'9', Some(byte)) => byte.is_ascii_digit(),
            (b' ', Some(byte)) => matches!(byte, b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r'),
            (_, Some(byte)) => matches!(byte, b'.' | b' '),
            (_, None) => false,
        })
    };
    SHAPES.iter().find(|shape| fits(shape) && !is_word(Some(start + shape.len()))).map(|shape| shape.len())
}
