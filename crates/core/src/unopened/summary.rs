use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    facts::{AgeBand, Direction},
    line::Line,
    recommend::Action,
};
use crate::{identity::Timestamp, routing::Coverage};

/// Lines counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Tally {
    /// How many there are.
    pub all: usize,
    /// How many have not lain long.
    pub fresh: usize,
    /// How many have lain long enough to remind of.
    pub to_remind: usize,
    /// How many are past their deadline, without the critical ones.
    pub overdue: usize,
    /// How many must reach the recipient in another way.
    pub critical: usize,
    /// How many nobody could open.
    pub nobody_can_open: usize,
    /// How many somebody has to do something about.
    pub to_do: usize,
    /// Since when the oldest lies.
    pub oldest: Option<Timestamp>,
}

impl Tally {
    /// Counts one line in.
    pub fn count(&mut self, line: &Line) {
        self.all += 1;
        match line.age {
            AgeBand::Fresh => self.fresh += 1,
            AgeBand::ToRemind => self.to_remind += 1,
            AgeBand::Overdue => self.overdue += 1,
            AgeBand::Critical => self.critical += 1,
        }
        self.nobody_can_open += usize::from(line.coverage == Coverage::NotHeld);
        self.to_do += usize::from(line.urgency() > 0);
        self.oldest = Some(self.oldest.map_or(line.since, |oldest| oldest.min(line.since)));
    }
}

/// All lines of a report, counted by what people ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Everything.
    pub all: Tally,
    /// What we sent, by sender account.
    pub sent: BTreeMap<String, Tally>,
    /// What we received, by organisation number.
    pub received: BTreeMap<String, Tally>,
    /// By channel or inbox.
    pub channels: BTreeMap<String, Tally>,
    /// By what is to be done.
    pub actions: BTreeMap<Action, usize>,
}

impl Summary {
    /// Counts lines.
    #[must_use]
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let mut summary = Self::default();
        for line in lines {
            let by_account = match line.direction() {
                Direction::Sent => &mut summary.sent,
                Direction::Received => &mut summary.received,
            };
            by_account.entry(line.account().to_owned()).or_default().count(line);
            summary.channels.entry(line.channel().to_owned()).or_default().count(line);
            *summary.actions.entry(line.recommendation.action).or_default() += 1;
            summary.all.count(line);
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unopened::{
        OtherWays, OutgoingMail, Rules, received, sent,
        test_lines::{at, incoming, outgoing, rules},
    };

    #[test]
    fn every_line_is_counted_once_in_each_table() {
        let (limits, calendar) = rules();
        let rules = Rules { limits: &limits, calendar: &calendar };
        let (letter, delivery) = outgoing();
        let mut lines = Vec::new();
        for now in ["2026-09-16T08:00:00Z", "2026-09-18T08:00:00Z", "2026-09-25T08:00:00Z", "2026-10-08T08:00:00Z"] {
            let mail = OutgoingMail {
                letter: &letter,
                delivery: &delivery,
                coverage: Coverage::NotHeld,
                ways: OtherWays::default(),
                contacts: &[],
                failed_reminders: 0,
            };
            lines.extend(sent(&mail, at(now), &rules));
            lines.extend(received(&incoming(), at(now), &rules));
        }
        let summary = Summary::of(&lines);
        assert_eq!(summary.all.all, 8);
        assert_eq!(summary.actions.values().sum::<usize>(), 8);
        let ours = summary.sent.get("barnevern").unwrap();
        assert_eq!((ours.fresh, ours.to_remind, ours.overdue, ours.critical, ours.nobody_can_open), (1, 1, 1, 1, 4));
        assert_eq!(summary.received.get("312000342").unwrap().all, 4);
        assert_eq!(summary.channels.values().map(|tally| tally.all).sum::<usize>(), 8);
        assert_eq!(summary.all.oldest, Some(at("2026-09-15T08:00:00Z")));
    }
}
