//! Lenient reading of JSON members: whatever the other side writes in place of a value becomes a value or nothing, never an
//! error.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value};

/// The members of an object, or none where there was no object. Each is asked for by all names that it has had; the first
/// that is there and not null is taken.
#[derive(Clone, Copy)]
pub(super) struct Members<'a>(Option<&'a Map<String, Value>>);

/// What stands where true or false was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Absent,
    Is(bool),
    /// Something that is neither.
    Unclear,
}

impl<'a> Members<'a> {
    pub(super) const fn of(value: &'a Value) -> Self {
        Self(if let Value::Object(map) = value { Some(map) } else { None })
    }

    pub(super) fn get(self, names: &[&str]) -> Option<&'a Value> {
        let map = self.0?;
        names.iter().filter_map(|name| map.get(*name)).find(|value| !value.is_null())
    }

    pub(super) fn inside(self, names: &[&str]) -> Self {
        self.get(names).map_or(Self(None), Self::of)
    }

    /// Text without control characters and blanks around it; a number or truth value as it is written. Nothing for an empty
    /// text.
    pub(super) fn text(self, names: &[&str]) -> Option<String> {
        let text = match self.get(names)? {
            Value::String(text) => clean(text),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            _ => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// Text exactly as it is, for what is compared with other text. Nothing for an empty one.
    pub(super) fn exact_text(self, names: &[&str]) -> Option<String> {
        self.get(names)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A number above zero: SvarInn writes 0 or -1 where there is none.
    pub(super) fn number(self, names: &[&str]) -> Option<u64> {
        whole_number(self.get(names)?).and_then(|number| u64::try_from(number).ok()).filter(|number| *number > 0)
    }

    pub(super) fn moment(self, names: &[&str]) -> Option<Timestamp> {
        moment(self.get(names)?)
    }

    pub(super) fn flag(self, names: &[&str]) -> Flag {
        match self.get(names) {
            None => Flag::Absent,
            Some(Value::Bool(flag)) => Flag::Is(*flag),
            Some(Value::String(text)) if text.trim().is_empty() => Flag::Absent,
            Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("true") => Flag::Is(true),
            Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("false") => Flag::Is(false),
            Some(_) => Flag::Unclear,
        }
    }

    /// The elements of a list; none where there is no list.
    pub(super) fn list(self, names: &[&str]) -> &'a [Value] {
        self.get(names).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// Text without control characters and without blanks around it.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
            format!("{number:.0}").parse().ok()
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A moment, written as milliseconds since 1970 (V1) or as ISO 8601 text (V2), each of which turns up in place of the other.
/// Nothing for 0 and -1, and for years that stand for "no date" (before 1000) or cannot be meant (after 9999).
fn moment(value: &Value) -> Option<Timestamp> {
    let moment = match (whole_number(value), value) {
        (Some(0 | -1), _) => None,
        (Some(millis), _) => DateTime::from_timestamp_millis(millis),
        (None, Value::String(text)) => iso_moment(text.trim()),
        _ => None,
    }?;
    (1000..=9999).contains(&moment.year()).then_some(moment)
}

/// A text without a zone is taken as UTC, a date alone as noon, which is the same day in Norway as in UTC.
fn iso_moment(text: &str) -> Option<Timestamp> {
    let zoned =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    if let Ok(moment) = zoned {
        return Some(moment.to_utc());
    }
    if let Ok(moment) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Some(moment.and_utc());
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(date.and_time(NaiveTime::from_hms_opt(12, 0, 0)?).and_utc())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zero_minus_one_and_null_are_no_number() {
        let value =
            json!({"a": 0, "b": -1, "c": null, "d": "417", "e": 2026.0, "f": "x", "g": 417, "h": 1.5, "i": "0"});
        let numbers = |name| Members::of(&value).number(&[name]);
        for none in ["a", "b", "c", "f", "h", "i", "missing"] {
            assert_eq!(numbers(none), None, "{none}");
        }
        assert_eq!((numbers("d"), numbers("e"), numbers("g")), (Some(417), Some(2026), Some(417)));
    }

    #[test]
    fn moments_are_read_from_milliseconds_and_from_text_alike() {
        for same in [
            json!(1_789_459_200_000_i64),
            json!("1789459200000"),
            json!(1_789_459_200_000.0),
            json!("2026-09-15T08:00:00Z"),
            json!("2026-09-15T10:00:00+02:00"),
            json!("2026-09-15T10:00:00.000+0200"),
            json!("2026-09-15T08:00:00"),
        ] {
            assert_eq!(moment(&same).map(|m| m.timestamp_millis()), Some(1_789_459_200_000), "{same}");
        }
        assert_eq!(moment(&json!("2026-09-15")).unwrap().to_rfc3339(), "2026-09-15T12:00:00+00:00");
        assert_eq!(moment(&json!(-86_400_000)).unwrap().to_rfc3339(), "1969-12-31T00:00:00+00:00");
    }

    #[test]
    fn moments_that_stand_for_none_are_none() {
        for none in [
            json!(null),
            json!(0),
            json!(-1),
            json!(-62_135_769_600_000_i64),
            json!(-62_135_596_800_000_i64),
            json!(i64::MIN),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(1e300),
            json!(""),
            json!("0001-01-01T00:00:00Z"),
            json!("i går"),
            json!({}),
            json!(true),
        ] {
            assert_eq!(moment(&none), None, "{none}");
        }
    }

    #[test]
    fn text_loses_control_characters_and_empty_text_is_none() {
        let value = json!({"a": " x\u{0}y\n", "b": "  ", "c": 4, "d": null, "e": []});
        let text = |name| Members::of(&value).text(&[name]);
        assert_eq!(text("a").as_deref(), Some("x y"));
        assert_eq!(text("c").as_deref(), Some("4"));
        assert_eq!([text("b"), text("d"), text("e")], [None, None, None]);
        assert_eq!(Members::of(&json!([1])).text(&["a"]), None);
    }

    #[test]
    fn a_member_that_is_null_gives_way_to_its_other_name() {
        let value = json!({"dato": null, "date": 5, "flag": "TRUE", "odd": "kanskje"});
        let members = Members::of(&value);
        assert_eq!(members.number(&["dato", "date"]), Some(5));
        assert_eq!(members.flag(&["flag"]), Flag::Is(true));
        assert_eq!(members.flag(&["odd"]), Flag::Unclear);
        assert_eq!(members.flag(&["none"]), Flag::Absent);
    }
}
