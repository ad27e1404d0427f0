//! One field of an element at a time, leniently read, as messages of Norwegian archive interfaces have them.
//!
//! An error names the element and what holds it, never what was in it.
//!
//! ```
//! use sakarkiv_xml::{Limits, fields, parse};
//!
//! let sak = parse(b"<sak><aar>2026</aar><status><kode>B</kode></status></sak>", &Limits::default())?;
//! assert_eq!(fields::required_number::<u16>(&sak, "aar")?, 2026);
//! assert_eq!(fields::code(&sak, "status"), Some("B"));
//! assert_eq!(fields::required(&sak, "tittel").unwrap_err().to_string(), "`tittel` is missing in `sak`; it is required");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use sakarkiv_core::{
    calendar::{oslo_date, oslo_datetime, oslo_day_start},
    identity::Timestamp,
    screening::Private,
};
use thiserror::Error;
use uuid::Uuid;

use crate::Element;

/// Why a field cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A required element is missing or empty.
    #[error("`{element}` is missing in `{within}`; it is required")]
    Missing {
        /// The element.
        element: &'static str,
        /// What should have held it.
        within: String,
    },
    /// The content of an element is not what it must be.
    #[error("`{element}` in `{within}` must be {wanted}")]
    Value {
        /// The element.
        element: &'static str,
        /// What holds it.
        within: String,
        /// What it must be.
        wanted: &'static str,
    },
}

/// The text of a child, unless it is empty.
#[must_use]
pub fn text<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.child(name).map(Element::text).filter(|text| !text.is_empty())
}

/// The text of a child that must be there.
///
/// # Errors
/// [`FieldError::Missing`].
pub fn required<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, FieldError> {
    text(element, name).ok_or_else(|| missing(element, name))
}

/// The text of a child, as personal or screened content.
#[must_use]
pub fn private(element: &Element, name: &str) -> Option<Private<String>> {
    text(element, name).map(Private::from)
}

/// A child that must be there.
///
/// # Errors
/// [`FieldError::Missing`].
pub fn within<'a>(element: &'a Element, name: &'static str) -> Result<&'a Element, FieldError> {
    element.child(name).ok_or_else(|| missing(element, name))
}

/// The code of a child whose type is a code with its name (`kode` or `kodeverdi`). Older partners write the code right into
/// the element.
#[must_use]
pub fn code<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    let child = element.child(name)?;
    text(child, "kode")
        .or_else(|| text(child, "kodeverdi"))
        .or_else(|| Some(child.text()))
        .filter(|code| !code.is_empty())
}

/// The code of a child that must be there.
///
/// # Errors
/// [`FieldError::Missing`].
pub fn required_code<'a>(element: &'a Element, name: &'static str) -> Result<&'a str, FieldError> {
    code(element, name).ok_or_else(|| missing(element, name))
}

/// A code of a closed list, read by one of the functions that read codes and Norwegian names.
///
/// # Errors
/// [`FieldError::Value`].
pub fn listed<T>(element: &Element, name: &'static str, read: fn(&str) -> Option<T>) -> Result<Option<T>, FieldError> {
    let Some(code) = code(element, name) else { return Ok(None) };
    read(code).map(Some).ok_or_else(|| value(element, name, "a code of the archive's list"))
}

/// A whole number.
///
/// # Errors
/// [`FieldError::Value`].
pub fn number<T: std::str::FromStr>(element: &Element, name: &'static str) -> Result<Option<T>, FieldError> {
    let Some(text) = text(element, name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| value(element, name, "a whole number"))
}

/// A whole number that must be there.
///
/// # Errors
/// [`FieldError`].
pub fn required_number<T: std::str::FromStr>(element: &Element, name: &'static str) -> Result<T, FieldError> {
    number(element, name)?.ok_or_else(|| missing(element, name))
}

/// A truth value; false when it is not there.
///
/// # Errors
/// [`FieldError::Value`].
pub fn flag(element: &Element, name: &'static str) -> Result<bool, FieldError> {
    match text(element, name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(value(element, name, "true or false")),
    }
}

/// An id.
///
/// # Errors
/// [`FieldError::Value`].
pub fn uuid(element: &Element, name: &'static str) -> Result<Option<Uuid>, FieldError> {
    let Some(text) = text(element, name) else { return Ok(None) };
    Uuid::parse_str(text).map(Some).map_err(|_| value(element, name, "a UUID"))
}

/// A date. A moment counts as the date in Norway, and a time zone behind a date says nothing.
///
/// # Errors
/// [`FieldError::Value`].
pub fn date(element: &Element, name: &'static str) -> Result<Option<NaiveDate>, FieldError> {
    let Some(text) = text(element, name) else { return Ok(None) };
    let of_moment = DateTime::parse_from_rfc3339(text).ok().map(|moment| oslo_date(moment.to_utc()));
    let date = of_moment.or_else(|| text.get(..10).and_then(|date| date.parse().ok()));
    date.map(Some).ok_or_else(|| value(element, name, "a date like 2026-03-02"))
}

/// A moment. One without a time zone is taken as Norwegian, a date alone as its first moment there. Of an hour that comes
/// twice, when the clocks are set back, the first counts; one that never is, when they are set forward, is as long after
/// midnight as it says.
///
/// # Errors
/// [`FieldError::Value`].
pub fn moment(element: &Element, name: &'static str) -> Result<Option<Timestamp>, FieldError> {
    let Some(text) = text(element, name) else { return Ok(None) };
    let moment =
        DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc)).ok().or_else(|| local(text));
    moment.map(Some).ok_or_else(|| value(element, name, "a moment like 2026-03-02T08:15:00+01:00"))
}

fn local(text: &str) -> Option<Timestamp> {
    if let Ok(date) = text.parse() {
        return Some(oslo_day_start(date));
    }
    let local: NaiveDateTime = text.parse().ok()?;
    let in_summer = local.and_utc().checked_sub_signed(TimeDelta::hours(2))?;
    let in_winter = local.and_utc().checked_sub_signed(TimeDelta::hours(1))?;
    let is_it = |at: &Timestamp| oslo_datetime(*at).naive_local() == local;
    Some([in_summer, in_winter].into_iter().find(is_it).unwrap_or(in_winter))
}

/// The error for a child that must be there and is not.
#[must_use]
pub fn missing(element: &Element, name: &'static str) -> FieldError {
    FieldError::Missing { element: name, within: element.name().to_owned() }
}

/// The error for a child whose content is not what it must be.
#[must_use]
pub fn value(element: &Element, name: &'static str, wanted: &'static str) -> FieldError {
    FieldError::Value { element: name, within: element.name().to_owned(), wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, parse};

    #[test]
    fn moments_and_dates_are_taken_as_partners_write_them() {
        let read = |text: &str| {
            let element = parse(format!("<a><b>{text}</b></a>").as_bytes(), &Limits::default()).unwrap();
            (
                moment(&element, "b").unwrap().map(|moment| moment.to_rfc3339()),
                date(&element, "b").unwrap().map(|d| d.to_string()),
            )
        };
        let day = Some("2026-07-02".to_owned());
        assert_eq!(read("2026-07-02T08:15:00+02:00"), (Some("2026-07-02T06:15:00+00:00".to_owned()), day.clone()));
        assert_eq!(read("2026-07-02T08:15:00.25"), (Some("2026-07-02T06:15:00.250+00:00".to_owned()), day.clone()));
        assert_eq!(read("2026-07-01T22:00:00Z"), (Some("2026-07-01T22:00:00+00:00".to_owned()), day.clone()));
        assert_eq!(read("2026-07-02"), (Some("2026-07-01T22:00:00+00:00".to_owned()), day));
        assert_eq!(read(""), (None, None));
    }

    #[test]
    fn an_hour_without_a_zone_is_right_on_the_days_when_clocks_change() {
        for (local, utc) in [
            ("2026-03-29T01:59:59", "2026-03-29T00:59:59+00:00"),
            ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),
            ("2026-03-29T03:00:00", "2026-03-29T01:00:00+00:00"),
            ("2026-03-29T12:00:00", "2026-03-29T10:00:00+00:00"),
            ("2026-10-25T01:30:00", "2026-10-24T23:30:00+00:00"),
            ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
            ("2026-10-25T03:00:00", "2026-10-25T02:00:00+00:00"),
            ("2026-10-25T23:30:00", "2026-10-25T22:30:00+00:00"),
        ] {
            let element = parse(format!("<a><b>{local}</b></a>").as_bytes(), &Limits::default()).unwrap();
            assert_eq!(moment(&element, "b").unwrap().unwrap().to_rfc3339(), utc, "{local}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_by_its_element_and_never_shown() {
        let element = parse(b"<mappe><saksaar>hemmelig</saksaar></mappe>", &Limits::default()).unwrap();
        let error = required_number::<i32>(&element, "saksaar").unwrap_err();
        assert_eq!(error.to_string(), "`saksaar` in `mappe` must be a whole number");
        assert_eq!(
            required(&element, "tittel").unwrap_err().to_string(),
            "`tittel` is missing in `mappe`; it is required"
        );
    }
}
