//! Norwegian local time. One rule in one place: Norway has followed the common European summer time since 1996, and the
//! same with an end in September from 1981. Earlier moments are taken as standard time.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Weekday};

use crate::identity::Timestamp;

/// The date in Norway at a moment. The year of case and journal numbers and all dates of the journal are local dates.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use sakarkiv_core::calendar::oslo_date;
///
/// let new_year = Utc.with_ymd_and_hms(2025, 12, 31, 23, 30, 0).unwrap();
/// assert_eq!(oslo_date(new_year).to_string(), "2026-01-01");
/// ```
#[must_use]
pub fn oslo_date(at: Timestamp) -> NaiveDate {
    let local = at.naive_utc();
    local.checked_add_signed(offset(at)).unwrap_or(local).date()
}

/// The local time in Norway at a moment, with its offset.
#[must_use]
pub fn oslo_datetime(at: Timestamp) -> DateTime<FixedOffset> {
    let seconds = i32::try_from(offset(at).num_seconds()).unwrap_or(0);
    FixedOffset::east_opt(seconds).map_or_else(|| at.fixed_offset(), |zone| at.with_timezone(&zone))
}

/// The moment a date begins in Norway: local midnight, which no change of the clocks ever touches.
#[must_use]
pub fn oslo_day_start(date: NaiveDate) -> Timestamp {
    let midnight = date.and_time(NaiveTime::MIN).and_utc();
    // Clocks change at 01:00 UTC, so the offset two hours before midnight UTC is that of local midnight.
    let before = midnight.checked_sub_signed(TimeDelta::hours(2)).unwrap_or(midnight);
    midnight.checked_sub_signed(offset(before)).unwrap_or(midnight)
}

fn offset(at: Timestamp) -> TimeDelta {
    if is_summer(at) { TimeDelta::hours(2) } else { TimeDelta::hours(1) }
}

fn is_summer(at: Timestamp) -> bool {
    let last_month = match at.year() {
        1996.. => 10,
        1981..=1995 => 9,
        _ => return false,
    };
    match (change(at.year(), 3), change(at.year(), last_month)) {
        (Some(start), Some(end)) => (start..end).contains(&at),
        _ => false,
    }
}

/// 01:00 UTC on the last Sunday of a month with 30 or 31 days.
fn change(year: i32, month: u32) -> Option<Timestamp> {
    let last = NaiveDate::from_ymd_opt(year, month, 31).or_else(|| NaiveDate::from_ymd_opt(year, month, 30))?;
    let sunday = last.checked_sub_days(Days::new(u64::from(last.weekday().days_since(Weekday::Sun))))?;
    Some(sunday.and_hms_opt(1, 0, 0)?.and_utc())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn local(y: i32, mo: u32, d: u32, h: u32, mi: u32) -> String {
        oslo_datetime(Utc.with_ymd_and_hms(y, mo, d, h, mi, 0).unwrap()).to_rfc3339()
    }

    #[test]
    fn clocks_change_at_one_utc_on_the_last_sundays() {
        assert_eq!(local(2026, 3, 29, 0, 59), "2026-03-29T01:59:00+01:00");
        assert_eq!(local(2026, 3, 29, 1, 0), "2026-03-29T03:00:00+02:00");
        assert_eq!(local(2026, 10, 25, 0, 59), "2026-10-25T02:59:00+02:00");
        assert_eq!(local(2026, 10, 25, 1, 0), "2026-10-25T02:00:00+01:00");
        assert_eq!(local(1995, 9, 24, 1, 0), "1995-09-24T02:00:00+01:00");
        assert_eq!(local(1975, 7, 1, 12, 0), "1975-07-01T13:00:00+01:00");
    }

    #[test]
    fn the_ends_of_time_are_answered() {
        for at in [Timestamp::MIN_UTC, Timestamp::MAX_UTC] {
            let _ = (oslo_date(at), oslo_day_start(at.date_naive()));
            assert_eq!(oslo_datetime(at).to_utc(), at);
        }
    }

    proptest! {
        #[test]
        fn a_day_starts_at_the_first_moment_of_its_date(days in 0u64..80_000) {
            let date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days);
            let start = oslo_day_start(date);
            prop_assert_eq!(oslo_date(start), date);
            prop_assert_eq!(oslo_date(start - TimeDelta::seconds(1)), date.pred_opt().unwrap());
        }

        #[test]
        fn date_and_datetime_agree(seconds in -2_000_000_000i64..8_000_000_000) {
            let at = Utc.timestamp_opt(seconds, 0).unwrap();
            prop_assert_eq!(oslo_datetime(at).date_naive(), oslo_date(at));
            prop_assert_eq!(oslo_datetime(at).to_utc(), at);
        }
    }
}
