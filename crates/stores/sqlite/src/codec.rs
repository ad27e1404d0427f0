//! How values stand in columns.

use std::fmt::Write as _;

use chrono::DateTime;
use sakarkiv_core::{identity::Timestamp, ports::StoreError};
use serde::{Serialize, de::DeserializeOwned};

/// The form of `body` that this version writes. A change of a record's JSON that older programs cannot read gets a new one.
pub(crate) const FORMAT: i64 = 1;

/// A record as it stands in `body`.
pub(crate) fn to_body<T: Serialize>(what: &'static str, record: &T) -> Result<String, StoreError> {
    serde_json::to_string(record).map_err(|_| StoreError::Invalid(format!("the {what} has no JSON form")))
}

/// Reads what [`to_body`] wrote. The parser's own message may quote the record, so only its place is told.
pub(crate) fn from_body<T: DeserializeOwned>(what: &'static str, format: i64, body: &str) -> Result<T, StoreError> {
    if format != FORMAT {
        return Err(StoreError::Corrupt(format!("a {what} is in form {format}, this program reads form {FORMAT}")));
    }
    serde_json::from_str(body)
        .map_err(|error| StoreError::Corrupt(format!("a {what} cannot be read at byte {} of its body", error.column())))
}

/// A value whose JSON form is a word, as it stands in a column.
pub(crate) fn word<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(StoreError::Invalid(format!("the {what} is no word"))),
    }
}

/// Reads what [`word`] wrote.
pub(crate) fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T, StoreError> {
    let value = serde_json::from_value(serde_json::Value::String(word));
    value.map_err(|_| StoreError::Corrupt(format!("the {what} of a record is none")))
}

/// A moment as nanoseconds since 1970. Those before 1677 and after 2262 become the earliest and the latest.
pub(crate) fn nanos(moment: Timestamp) -> i64 {
    let outside = if moment < Timestamp::UNIX_EPOCH { i64::MIN } else { i64::MAX };
    moment.timestamp_nanos_opt().unwrap_or(outside)
}

/// The moment that [`nanos`] was made of.
pub(crate) const fn moment(nanos: i64) -> Timestamp {
    DateTime::from_timestamp_nanos(nanos)
}

/// A count or limit as SQLite takes it.
pub(crate) fn int(value: impl TryInto<i64>) -> i64 {
    value.try_into().unwrap_or(i64::MAX)
}

/// A stored count, which is never negative.
pub(crate) fn count(what: &'static str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("a {what} is negative")))
}

/// Lower-case hexadecimal, the name of a document's file.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads what [`hex`] wrote; nothing for any other text.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_nanoseconds() {
        let exact = DateTime::from_timestamp(1_789_459_200, 123_456_789).unwrap();
        assert_eq!(moment(nanos(exact)), exact);
        assert!(nanos(Timestamp::MIN_UTC) < nanos(exact) && nanos(exact) < nanos(Timestamp::MAX_UTC));
    }

    #[test]
    fn file_names_are_read_back_and_nothing_else_is() {
        assert_eq!(unhex(&hex(&[0, 171, 255])), Some([0, 171, 255]));
        for bad in ["00ABff", "00abf", "00abff00", "zz0000", ""] {
            assert_eq!(unhex::<3>(bad), None, "{bad} was taken");
        }
    }

    #[test]
    fn an_unreadable_body_is_reported_without_its_content() {
        let error = from_body::<u32>("case", FORMAT, "\"Kari Testperson\"").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("Kari"));
        assert!(matches!(from_body::<u32>("case", 2, "1"), Err(StoreError::Corrupt(_))));
    }
}
