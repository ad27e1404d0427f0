//! Moments as fixed text, so that one moment has one text.

use chrono::{Datelike as _, NaiveDate, Timelike as _};
use sakarkiv_core::identity::Timestamp;
use serde::{Deserializer, Serializer, de};

/// The text `YYYY-MM-DDThh:mm:ss.nnnnnnnnnZ`, for years 0 to 9999.
pub(crate) fn text(at: Timestamp) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.nanosecond()
    )
}

/// The moment of exactly such a text.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text: &[u8; 30] = text.as_bytes().try_into().ok()?;
    let signs = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (29, b'Z')];
    if signs.iter().any(|&(at, sign)| text.get(at) != Some(&sign)) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text.get(from..to)?
            .iter()
            .try_fold(0_u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    // No leap second: 23:59:60 is not taken, because nobody writes it.
    Some(date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 29)?)?.and_utc())
}

/// The moment without a leap second, if it is of the years 0 to 9999.
pub(crate) fn plain(at: Timestamp) -> Option<Timestamp> {
    let plain = Timestamp::from_timestamp(at.timestamp(), at.timestamp_subsec_nanos().min(999_999_999))?;
    (0..=9999).contains(&plain.year()).then_some(plain)
}

pub(crate) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*at))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    struct Visitor;
    impl de::Visitor<'_> for Visitor {
        type Value = Timestamp;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a moment such as 2026-09-15T08:00:00.000000000Z")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
            parse(text).ok_or_else(|| E::custom("expected a moment such as 2026-09-15T08:00:00.000000000Z"))
        }
    }
    deserializer.deserialize_str(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_has_one_text() {
        let at = Timestamp::from_timestamp(1_789_459_200, 120_000_007).unwrap();
        assert_eq!(text(at), "2026-09-15T08:00:00.120000007Z");
        assert_eq!(parse(&text(at)), Some(at));
        for other in [
            "2026-09-15t08:00:00.120000007Z",
            "2026-09-15T08:00:00.120000007z",
            "2026-09-15T08:00:00.12Z",
            "2026-09-15T08:00:60.120000007Z",
            "2026-13-15T08:00:00.120000007Z",
            "2026-09-15T08:00:00.12000000 Z",
            "+026-09-15T08:00:00.120000007Z",
            "",
        ] {
            assert_eq!(parse(other), None, "{other:?} was taken");
        }
    }

    #[test]
    fn leap_seconds_are_folded_and_far_years_refused() {
        let leap = Timestamp::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        assert_eq!(text(plain(leap).unwrap()), "2016-12-31T23:59:59.999999999Z");
        assert_eq!(plain(Timestamp::MAX_UTC), None);
        assert_eq!(plain(Timestamp::MIN_UTC), None);
    }
}
