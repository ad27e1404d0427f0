use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{
    facts::{AgeBand, Direction},
    line::Line,
};
use crate::routing::Coverage;

/// How much lay unopened on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Point {
    /// What we had sent.
    pub sent: u32,
    /// What we had received.
    pub received: u32,
    /// How much of both was past its deadline, critical or not.
    pub overdue: u32,
    /// How much of both nobody could open.
    pub nobody_can_open: u32,
}

impl Point {
    /// The numbers of a day's lines.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Self {
        lines.into_iter().fold(Self::default(), |point, line| Self {
            sent: point.sent + u32::from(line.direction() == Direction::Sent),
            received: point.received + u32::from(line.direction() == Direction::Received),
            overdue: point.overdue + u32::from(line.age >= AgeBand::Overdue),
            nobody_can_open: point.nobody_can_open + u32::from(line.coverage == Coverage::NotHeld),
        })
    }
}

/// The numbers over time, one point a day. Small enough to be kept as one mark of the store: some 100 bytes a day.
///
/// ```
/// use sakarkiv_core::unopened::{History, Point};
///
/// let mut history = History::default();
/// history.record("2026-09-15".parse()?, Point { sent: 4, ..Point::default() }, 400);
/// history.record("2026-09-15".parse()?, Point { sent: 3, ..Point::default() }, 400);
/// assert_eq!(history.points().map(|(_, point)| point.sent).collect::<Vec<_>>(), [3]);
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History {
    days: BTreeMap<NaiveDate, Point>,
}

impl History {
    /// Keeps a day's numbers, in place of those of the same day, and drops what is older than `keep_days` before it.
    pub fn record(&mut self, day: NaiveDate, point: Point, keep_days: u32) {
        self.days.insert(day, point);
        if let Some(first) = day.checked_sub_days(Days::new(keep_days.into())) {
            self.days.retain(|day, _| *day >= first);
        }
    }

    /// The days with their numbers, oldest first.
    pub fn points(&self) -> impl Iterator<Item = (NaiveDate, Point)> + '_ {
        self.days.iter().map(|(day, point)| (*day, *point))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_kept_in_order_and_not_for_ever() {
        let mut history = History::default();
        for (date, sent) in [("2026-09-16", 2), ("2026-09-15", 1), ("2026-09-26", 3)] {
            history.record(day(date), Point { sent, ..Point::default() }, 10);
        }
        let kept: Vec<_> = history.points().map(|(day, point)| (day.to_string(), point.sent)).collect();
        assert_eq!(kept, [("2026-09-16".to_owned(), 2), ("2026-09-26".to_owned(), 3)]);
    }

    #[test]
    fn it_survives_being_stored_and_a_number_added_later_is_none() {
        let mut history = History::default();
        history.record(day("2026-09-15"), Point { sent: 4, received: 1, overdue: 2, nobody_can_open: 1 }, 400);
        let json = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&json).unwrap(), history);
        let old: History = serde_json::from_str(r#"{"2026-09-15": {"sent": 4}}"#).unwrap();
        assert_eq!(old.points().next().unwrap().1, Point { sent: 4, ..Point::default() });
    }
}
