use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::{Calendar, oslo_date, oslo_datetime, oslo_day_start},
    identity::Timestamp,
};

/// When reports are made. Only on working days: a report that nobody reads is none.
///
/// JSON form: `"off"`, `{"daily": {"hour": 8}}`, `{"weekly": {"day": "Mon", "hour": 8}}`.
///
/// ```
/// use chrono::Weekday;
/// use sakarkiv_core::{calendar::Calendar, unopened::ReportSchedule};
///
/// let weekly = ReportSchedule::Weekly { day: Weekday::Mon, hour: 8 };
/// let friday = "2026-04-03T12:00:00Z".parse()?;
/// // The Monday after is Easter Monday: the report comes on the Tuesday, at eight o'clock Norwegian summer time.
/// assert_eq!(weekly.next_due(friday, &Calendar::new()), Some("2026-04-07T06:00:00Z".parse()?));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReportSchedule {
    /// Never by itself.
    Off,
    /// Each working day.
    Daily {
        /// The hour in Norway, 0 to 23.
        hour: u8,
    },
    /// Once a week; when that day is none of work, on the next one that is.
    Weekly {
        /// The day.
        day: Weekday,
        /// The hour in Norway, 0 to 23.
        hour: u8,
    },
}

impl Default for ReportSchedule {
    /// Each working day at eight: unopened confidential mail is somebody's case.
    fn default() -> Self {
        Self::Daily { hour: 8 }
    }
}

impl ReportSchedule {
    /// The first moment after `after` at which a report is due; nothing when none ever is.
    #[must_use]
    pub fn next_due(&self, after: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        let today = oslo_date(after);
        match *self {
            Self::Off => None,
            Self::Daily { hour } => {
                let days = today.iter_days().take(LONGEST_WAIT);
                first_after(days.filter(|day| calendar.is_working_day(*day)), hour, after)
            }
            Self::Weekly { day, hour } => {
                let into_week = u64::from(today.weekday().days_since(day));
                // Begin a week early: what was put off from last week may still be ahead.
                let start = today.checked_sub_days(Days::new(into_week + 7)).unwrap_or(today);
                let weeks = start.iter_weeks().take(LONGEST_WAIT / 7);
                first_after(weeks.map(|date| calendar.add_working_days(date, 0)), hour, after)
            }
        }
    }
}

fn first_after(mut days: impl Iterator<Item = NaiveDate>, hour: u8, after: Timestamp) -> Option<Timestamp> {
    days.find_map(|day| Some(moment(day, hour)).filter(|moment| *moment > after))
}

/// An hour of a day in Norway. On the two days a year on which the clocks change, the hour by the clock counts.
fn moment(day: NaiveDate, hour: u8) -> Timestamp {
    let wanted = i64::from(hour.min(23));
    let guess = plus(oslo_day_start(day), wanted);
    let shown: DateTime<_> = oslo_datetime(guess);
    plus(guess, wanted - i64::from(shown.hour()))
}

fn plus(moment: Timestamp, hours: i64) -> Timestamp {
    moment.checked_add_signed(TimeDelta::hours(hours)).unwrap_or(moment)
}

/// In days. No calendar keeps closed for longer than a year.
const LONGEST_WAIT: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(schedule: ReportSchedule, after: &str) -> String {
        schedule.next_due(at(after), &Calendar::new()).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn daily_reports_skip_weekends_and_holidays() {
        let daily = ReportSchedule::Daily { hour: 8 };
        for (after, due) in [
            ("2026-09-15T05:59:00Z", "2026-09-15T06:00:00Z"),
            ("2026-09-15T06:00:00Z", "2026-09-16T06:00:00Z"),
            ("2026-09-18T12:00:00Z", "2026-09-21T06:00:00Z"),
            ("2026-04-01T12:00:00Z", "2026-04-07T06:00:00Z"),
            ("2026-12-24T12:00:00Z", "2026-12-28T07:00:00Z"),
        ] {
            assert_eq!(next(daily, after), due, "after {after}");
        }
    }

    #[test]
    fn weekly_reports_come_once_a_week_also_when_they_were_put_off() {
        let weekly = ReportSchedule::Weekly { day: Weekday::Thu, hour: 14 };
        // Maundy Thursday: put off to the Tuesday after Easter, and the next is in time again.
        assert_eq!(next(weekly, "2026-03-27T12:00:00Z"), "2026-04-07T12:00:00Z");
        assert_eq!(next(weekly, "2026-04-06T12:00:00Z"), "2026-04-07T12:00:00Z");
        assert_eq!(next(weekly, "2026-04-07T12:00:00Z"), "2026-04-09T12:00:00Z");
    }

    #[test]
    fn the_hour_is_that_of_the_clock_in_norway_all_year_round() {
        let early = ReportSchedule::Daily { hour: 8 };
        assert_eq!(next(early, "2026-03-27T12:00:00Z"), "2026-03-30T06:00:00Z", "the clocks went forward that Sunday");
        assert_eq!(next(early, "2026-10-23T12:00:00Z"), "2026-10-26T07:00:00Z", "and back");
        let sunday = Calendar::new();
        let changing = "2026-03-29".parse().unwrap();
        assert!(!sunday.is_working_day(changing));
        assert_eq!(moment(changing, 8), at("2026-03-29T06:00:00Z"));
        assert_eq!(moment("2026-10-25".parse().unwrap(), 8), at("2026-10-25T07:00:00Z"));
    }

    #[test]
    fn off_is_never_and_the_standard_is_each_working_day() {
        assert_eq!(ReportSchedule::Off.next_due(at("2026-09-15T06:00:00Z"), &Calendar::new()), None);
        assert_eq!(next(ReportSchedule::default(), "2026-09-15T06:00:00Z"), "2026-09-16T06:00:00Z");
    }

    #[test]
    fn the_configuration_reads_as_documented() {
        let read = |text: &str| serde_json::from_str::<ReportSchedule>(text).unwrap();
        assert_eq!(read(r#""off""#), ReportSchedule::Off);
        assert_eq!(read(r#"{"daily": {"hour": 8}}"#), ReportSchedule::Daily { hour: 8 });
        assert_eq!(
            read(r#"{"weekly": {"day": "Mon", "hour": 8}}"#),
            ReportSchedule::Weekly { day: Weekday::Mon, hour: 8 }
        );
    }
}
