//! Moments as eInnsyn reads and writes them.

use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Timelike};
use sakarkiv_core::{
    calendar::{oslo_datetime, oslo_day_start},
    identity::Timestamp,
};

/// In UTC.
pub(crate) fn utc(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// With the offset of Oslo.
pub(crate) fn oslo(at: Timestamp) -> String {
    oslo_datetime(at).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A moment that was sent: with an offset, or without one for Oslo's time.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(in_oslo(local))
}

/// A calendar date, which must exist.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

/// A bound of a search: a date, a moment, or `now` with steps and roundings (`now-1M/d`). A plain date as an upper bound is
/// the end of that day.
pub(crate) fn bound(text: &str, upper: bool, now: Timestamp) -> Option<Timestamp> {
    if let Some(day) = date(text) {
        let end = upper.then(|| day.succ_opt()).flatten().map(|next| oslo_day_start(next) - Duration::milliseconds(1));
        return Some(end.unwrap_or_else(|| oslo_day_start(day)));
    }
    match text.strip_prefix("now") {
        Some(steps) if text.len() <= 100 => relative(steps, now),
        _ => moment(text),
    }
}

fn relative(steps: &str, now: Timestamp) -> Option<Timestamp> {
    let mut at = now;
    let mut rest = steps;
    while !rest.is_empty() {
        let mut chars = rest.chars();
        let sign = chars.next()?;
        let digits: String = chars.clone().take_while(char::is_ascii_digit).collect();
        let mut after = chars.as_str().get(digits.len()..)?.chars();
        let unit = after.next()?;
        rest = after.as_str();
        at = match sign {
            '/' if digits.is_empty() => rounded(at, unit)?,
            '+' => stepped(at, digits.parse().ok()?, unit)?,
            '-' => stepped(at, -digits.parse::<i64>().ok()?, unit)?,
            _ => return None,
        };
    }
    Some(at)
}

fn stepped(at: Timestamp, count: i64, unit: char) -> Option<Timestamp> {
    let by = match unit {
        'y' | 'M' => {
            let months =
                Months::new(u32::try_from(count.unsigned_abs()).ok()?.checked_mul(if unit == 'y' { 12 } else { 1 })?);
            return if count < 0 { at.checked_sub_months(months) } else { at.checked_add_months(months) };
        }
        'w' => Duration::try_weeks(count)?,
        'd' => Duration::try_days(count)?,
        'h' | 'H' => Duration::try_hours(count)?,
        'm' => Duration::try_minutes(count)?,
        's' => Duration::try_seconds(count)?,
        _ => return None,
    };
    at.checked_add_signed(by)
}

fn rounded(at: Timestamp, unit: char) -> Option<Timestamp> {
    let local = oslo_datetime(at).naive_local();
    let day = local.date();
    let start = match unit {
        'y' => day.with_ordinal(1)?,
        'M' => day.with_day(1)?,
        'w' => day - Duration::days(i64::from(day.weekday().num_days_from_monday())),
        'd' => day,
        'h' | 'H' => return Some(in_oslo(local.with_nanosecond(0)?.with_second(0)?.with_minute(0)?)),
        'm' => return Some(in_oslo(local.with_nanosecond(0)?.with_second(0)?)),
        's' => return Some(in_oslo(local.with_nanosecond(0)?)),
        _ => return None,
    };
    Some(oslo_day_start(start))
}

/// What Oslo's clocks show, as a moment. In the hour that comes twice the first is meant.
fn in_oslo(local: NaiveDateTime) -> Timestamp {
    let start = oslo_day_start(local.date());
    let since_midnight = local.time() - NaiveTime::MIN;
    let guess = start + since_midnight;
    guess - (oslo_datetime(guess).naive_local() - local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_without_an_offset_are_oslos_on_both_sides_of_summer_time() {
        for (text, expected) in [
            ("2026-02-10T06:00:00+01:00", Some("2026-02-10T05:00:00Z")),
            ("2026-02-10T06:00:00", Some("2026-02-10T05:00:00Z")),
            ("2026-07-10T06:00:00", Some("2026-07-10T04:00:00Z")),
            ("2026-03-29T12:00", Some("2026-03-29T10:00:00Z")),
            ("2026-10-25T12:00", Some("2026-10-25T11:00:00Z")),
            ("2026-02-30T06:00:00Z", None),
            ("10.02.2026", None),
        ] {
            assert_eq!(moment(text).map(utc).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn search_bounds_are_dates_moments_or_relative_to_now() {
        let now = moment("2026-09-14T10:30:15Z").unwrap();
        for (text, upper, expected) in [
            ("2026-09-01", false, Some("2026-08-31T22:00:00Z")),
            ("2026-09-01", true, Some("2026-09-01T21:59:59.999Z")),
            ("now", false, Some("2026-09-14T10:30:15Z")),
            ("now-1M", false, Some("2026-08-14T10:30:15Z")),
            ("now-1d/d", false, Some("2026-09-12T22:00:00Z")),
            ("now+2h/h", false, Some("2026-09-14T12:00:00Z")),
            ("now-1ms", false, None),
            ("now/x", false, None),
            ("igår", false, None),
        ] {
            assert_eq!(bound(text, upper, now).map(utc).as_deref(), expected, "{text}");
        }
    }
}
