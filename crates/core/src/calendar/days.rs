use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};

/// A Norwegian public holiday (helligdag or høytidsdag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the documentation")]
pub enum Holiday {
    NewYearsDay,
    MaundyThursday,
    GoodFriday,
    EasterSunday,
    EasterMonday,
    LabourDay,
    ConstitutionDay,
    AscensionDay,
    WhitSunday,
    WhitMonday,
    ChristmasDay,
    SecondChristmasDay,
}

/// Which days are working days: Monday to Friday but for public holidays and the days the tenant keeps closed.
///
/// Christmas Eve and New Year's Eve are ordinary working days by law; a tenant that keeps them closed says so. JSON form, for
/// configuration: `{"closed": ["2026-05-15"], "closed_every_year": [[12, 24]]}`; both may be left out.
///
/// ```
/// use chrono::NaiveDate;
/// use sakarkiv_core::calendar::Calendar;
///
/// let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
/// let calendar = Calendar::new().closed_every_year(12, 24);
/// assert_eq!(calendar.add_working_days(day(2026, 12, 23), 1), day(2026, 12, 28));
/// assert_eq!(Calendar::new().add_working_days(day(2026, 12, 23), 1), day(2026, 12, 24));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calendar {
    closed: BTreeSet<NaiveDate>,
    closed_every_year: BTreeSet<(u32, u32)>,
}

impl Calendar {
    /// The common calendar, without days closed locally.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps one date closed.
    #[must_use]
    pub fn closed(mut self, date: NaiveDate) -> Self {
        self.closed.insert(date);
        self
    }

    /// Keeps a day of the year closed, for example Christmas Eve: month 12, day 24.
    #[must_use]
    pub fn closed_every_year(mut self, month: u32, day: u32) -> Self {
        self.closed_every_year.insert((month, day));
        self
    }

    /// Whether people are at work.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
            && holiday(date).is_none()
            && !self.closed.contains(&date)
            && !self.closed_every_year.contains(&(date.month(), date.day()))
    }

    /// The `count`th working day after a date; the date itself does not count. With 0 the date itself when it is a working
    /// day, else the next one: the rule for a deadline that falls on a day off.
    ///
    /// When ten years have no further working day, the answer is the date where the search ended.
    #[must_use]
    pub fn add_working_days(&self, date: NaiveDate, count: u32) -> NaiveDate {
        self.walk(date, count, |day| day.succ_opt())
    }

    /// The `count`th working day before a date; with 0 the date itself when it is a working day, else the one before.
    #[must_use]
    pub fn subtract_working_days(&self, date: NaiveDate, count: u32) -> NaiveDate {
        self.walk(date, count, |day| day.pred_opt())
    }

    /// How many working days lie after `from`, up to and with `to`; negative the other way round.
    #[must_use]
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let days = first.iter_days().skip(1).take_while(|day| *day <= last).filter(|day| self.is_working_day(*day));
        sign * i64::try_from(days.count()).unwrap_or(i64::MAX)
    }

    fn walk(&self, date: NaiveDate, count: u32, step: impl Fn(NaiveDate) -> Option<NaiveDate>) -> NaiveDate {
        let mut day = date;
        let mut left = count;
        let mut idle = 0;
        while left > 0 || !self.is_working_day(day) {
            let Some(next) = step(day) else { return day };
            day = next;
            idle += 1;
            if self.is_working_day(day) {
                left = left.saturating_sub(1);
                idle = 0;
            }
            if idle > LONGEST_CLOSURE {
                return day;
            }
        }
        day
    }
}

/// The public holiday a date is, if any. 1 and 17 May may fall on a movable one; then the movable one is told.
#[must_use]
pub fn holiday(date: NaiveDate) -> Option<Holiday> {
    let from_easter = date.signed_duration_since(easter_sunday(date.year())?).num_days();
    let movable = match from_easter {
        -3 => Some(Holiday::MaundyThursday),
        -2 => Some(Holiday::GoodFriday),
        0 => Some(Holiday::EasterSunday),
        1 => Some(Holiday::EasterMonday),
        39 => Some(Holiday::AscensionDay),
        49 => Some(Holiday::WhitSunday),
        50 => Some(Holiday::WhitMonday),
        _ => None,
    };
    movable.or(match (date.month(), date.day()) {
        (1, 1) => Some(Holiday::NewYearsDay),
        (5, 1) => Some(Holiday::LabourDay),
        (5, 17) => Some(Holiday::ConstitutionDay),
        (12, 25) => Some(Holiday::ChristmasDay),
        (12, 26) => Some(Holiday::SecondChristmasDay),
        _ => None,
    })
}

/// Easter Sunday of a year by the Gregorian calendar; nothing before 1583 and beyond what dates can hold.
///
/// ```
/// use sakarkiv_core::calendar::easter_sunday;
/// assert_eq!(easter_sunday(2026).unwrap().to_string(), "2026-04-05");
/// ```
#[must_use]
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    if year < 1583 {
        return None;
    }
    // The paschal full moon is 21 March + `moon` days (Gauss, with the corrections for the two late moons); Easter is the
    // Sunday after it.
    let golden = year % 19;
    let century = year / 100;
    let epact = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    let late = epact / 28 * (1 - epact / 28 * (29 / (epact + 1)) * ((21 - golden) / 11));
    let full_moon =
        NaiveDate::from_ymd_opt(year, 3, 21)?.checked_add_signed(TimeDelta::days(i64::from(epact - late)))?;
    let to_sunday = 7 - u64::from(full_moon.weekday().num_days_from_sunday());
    full_moon.checked_add_days(Days::new(to_sunday))
}

const LONGEST_CLOSURE: u32 = 3_660;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_on_the_known_dates() {
        for known in [
            "1818-03-22",
            "1900-04-15",
            "1943-04-25",
            "1954-04-18",
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2011-04-24",
            "2019-04-21",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2028-04-16",
            "2030-04-21",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
            "2285-03-22",
        ] {
            assert_eq!(easter_sunday(day(known).year()), Some(day(known)));
        }
    }

    #[test]
    fn the_holidays_of_2026_are_all_there() {
        let found: Vec<String> = day("2026-01-01")
            .iter_days()
            .take(365)
            .filter(|date| holiday(*date).is_some())
            .map(|date| date.format("%m-%d").to_string())
            .collect();
        assert_eq!(
            found,
            [
                "01-01", "04-02", "04-03", "04-05", "04-06", "05-01", "05-14", "05-17", "05-24", "05-25", "12-25",
                "12-26"
            ]
        );
    }

    #[test]
    fn the_eves_are_working_days_unless_the_tenant_closes_them() {
        assert!(Calendar::new().is_working_day(day("2026-12-24")) && Calendar::new().is_working_day(day("2026-12-31")));
        let closed = Calendar::new().closed_every_year(12, 24).closed(day("2026-12-31"));
        assert!(!closed.is_working_day(day("2026-12-24")) && !closed.is_working_day(day("2026-12-31")));
        assert!(closed.is_working_day(day("2027-12-31")));
    }

    #[test]
    fn closed_days_are_read_from_configuration() {
        let json = r#"{"closed":["2026-12-31"],"closed_every_year":[[12,24]]}"#;
        let calendar = Calendar::new().closed_every_year(12, 24).closed(day("2026-12-31"));
        assert_eq!(serde_json::to_string(&calendar).unwrap(), json);
        assert_eq!(serde_json::from_str::<Calendar>(json).unwrap(), calendar);
        assert_eq!(serde_json::from_str::<Calendar>("{}").unwrap(), Calendar::new());
        assert!(serde_json::from_str::<Calendar>(r#"{"close":[]}"#).is_err());
    }

    #[test]
    fn deadlines_step_over_easter() {
        let calendar = Calendar::new();
        assert_eq!(calendar.add_working_days(day("2026-04-01"), 1), day("2026-04-07"));
        assert_eq!(calendar.add_working_days(day("2026-04-04"), 0), day("2026-04-07"));
        assert_eq!(calendar.subtract_working_days(day("2026-04-07"), 1), day("2026-04-01"));
        assert_eq!(calendar.working_days_between(day("2026-04-01"), day("2026-04-07")), 1);
        assert_eq!(calendar.working_days_between(day("2026-04-07"), day("2026-04-01")), -1);
    }

    #[test]
    fn a_calendar_that_is_always_closed_still_answers() {
        let calendar =
            (1..=12).fold(Calendar::new(), |c, month| (1..=31).fold(c, |c, day| c.closed_every_year(month, day)));
        assert!(calendar.add_working_days(day("2026-01-01"), 5) > day("2026-01-01"));
        assert_eq!(calendar.working_days_between(day("2026-01-01"), day("2027-01-01")), 0);
    }

    proptest! {
        #[test]
        fn adding_working_days_lands_on_one_and_counts_back(offset in 0u64..60_000, count in 0u32..300) {
            let calendar = Calendar::new().closed_every_year(12, 24);
            let start = day("1900-01-01") + Days::new(offset);
            let end = calendar.add_working_days(start, count);
            prop_assert!(calendar.is_working_day(end));
            if count > 0 {
                prop_assert_eq!(calendar.working_days_between(start, end), i64::from(count));
                prop_assert!(calendar.subtract_working_days(end, count) <= start || calendar.is_working_day(start));
            }
        }

        #[test]
        fn easter_is_a_sunday_between_22_march_and_25_april(year in 1583i32..9000) {
            let easter = easter_sunday(year).unwrap();
            prop_assert_eq!(easter.weekday(), Weekday::Sun);
            prop_assert!((322..=425).contains(&(easter.month() * 100 + easter.day())));
        }
    }
}
