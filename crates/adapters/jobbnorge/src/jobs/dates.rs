//! The dates of postings, which are text of three kinds.

use chrono::NaiveDate;

/// The last day to apply.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Deadline {
    /// A day.
    Day(NaiveDate),
    /// Applications are taken all the time (`Løpende`).
    Continuous,
    /// Not told.
    Untold,
    /// Told in a way that is not known, as it stands. A date that cannot be read spoils no list.
    Unread(String),
}

impl Deadline {
    /// Reads `01.03.2026`, `2026-03-01`, `søndag 1. mars 2026` and `Løpende`.
    ///
    /// ```
    /// use sakarkiv_jobbnorge::jobs::Deadline;
    ///
    /// assert_eq!(Deadline::read("01.03.2026"), Deadline::read("søndag 1. mars 2026"));
    /// assert_eq!(Deadline::read("Løpende"), Deadline::Continuous);
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Untold;
        }
        if text.to_lowercase().starts_with("løpende") {
            return Self::Continuous;
        }
        day(text).map_or_else(|| Self::Unread(text.chars().take(LONGEST).collect()), Self::Day)
    }
}

/// More than this is no date.
const LONGEST: usize = 60;

/// A day in one of the forms.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let plain = text.split('T').next().unwrap_or(text);
    ["%d.%m.%Y", "%Y-%m-%d"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(plain, form).ok())
        .or_else(|| in_words(text))
        .filter(|day| (1900..=2999).contains(&chrono::Datelike::year(day)))
}

/// `søndag 1. mars 2026`, with or without the weekday.
fn in_words(text: &str) -> Option<NaiveDate> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [.., day, month, year] = words.as_slice() else { return None };
    if words.len() > 4 {
        return None;
    }
    let month = month.to_lowercase();
    let number = MONTHS.iter().position(|known| *known == month)?;
    let day = day.trim_end_matches('.').parse().ok()?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(number).ok()? + 1, day)
}

const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_every_form_that_has_been_seen() {
        let first = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        for text in ["01.03.2026", "2026-03-01", "2026-03-01T23:59:00", "søndag 1. mars 2026", " 1. Mars 2026 "] {
            assert_eq!(Deadline::read(text), Deadline::Day(first), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_kept_as_it_stands() {
        for text in ["snarest", "31.02.2026", "1. mars", "søndag den 1. mars 2026 kl 12", "01.03.0026"] {
            assert_eq!(Deadline::read(text), Deadline::Unread(text.to_owned()), "{text}");
        }
        assert_eq!(Deadline::read("  "), Deadline::Untold);
        assert_eq!(Deadline::read("LØPENDE"), Deadline::Continuous);
    }
}
