use std::collections::BTreeMap;

use super::{
    facts::Direction,
    line::{Item, Line},
    summary::Tally,
};
use crate::{
    calendar::oslo_date,
    identity::UnitId,
    ports::{Audience, Subject},
};

/// What one owner of unopened mail is told. No personal data: it travels by e-mail and chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerNotice {
    /// Who is told: the unit whose letters they are, or the mail room for what we received.
    pub audience: Audience,
    /// What about, with its numbers.
    pub subject: Subject,
    /// What it is and what to do, in plain words.
    pub text: String,
}

/// One notice for each owner who has something to do about unopened mail. An owner whose mail only waits is left in peace.
#[must_use]
pub fn owner_notices(lines: &[Line]) -> Vec<OwnerNotice> {
    let mut owners: BTreeMap<Option<UnitId>, Tally> = BTreeMap::new();
    for line in lines {
        let owner = match &line.item {
            Item::Sent { unit, .. } => Some(unit.clone()),
            Item::Received { .. } => None,
        };
        owners.entry(owner).or_default().count(line);
    }
    let owners = owners.into_iter().filter(|(_, tally)| tally.to_do > 0);
    owners.map(|(unit, tally)| notice(unit, &tally)).collect()
}

fn notice(unit: Option<UnitId>, tally: &Tally) -> OwnerNotice {
    let direction = if unit.is_some() { Direction::Sent } else { Direction::Received };
    let oldest = tally.oldest.map(|oldest| oslo_date(oldest).to_string()).unwrap_or_default();
    let what = match direction {
        Direction::Sent => "confidential letters from the unit lie unopened at their recipients",
        Direction::Received => "confidential messages to our organisation numbers lie unopened",
    };
    let text = format!(
        "{} {what}, the oldest since {oldest}; {} of them need somebody to act, {} cannot be opened by anybody: see the \
         report on unopened mail",
        tally.all, tally.to_do, tally.nobody_can_open
    );
    OwnerNotice {
        audience: unit.map_or(Audience::MailRoom, Audience::Unit),
        subject: Subject::Unopened { urgent: tally.to_do, all: tally.all },
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        routing::Coverage,
        unopened::{
            IncomingMail, OtherWays, OutgoingMail, Rules, received, sent,
            test_lines::{at, incoming, outgoing, rules},
        },
    };

    #[test]
    fn each_owner_with_something_to_do_is_told_once_without_a_name_or_title() {
        let (limits, calendar) = rules();
        let rules = Rules { limits: &limits, calendar: &calendar };
        let now = at("2026-09-21T08:00:00Z");
        let (letter, delivery) = outgoing();
        let mail = OutgoingMail {
            letter: &letter,
            delivery: &delivery,
            coverage: Coverage::NotHeld,
            ways: OtherWays::default(),
            contacts: &[],
            failed_reminders: 0,
        };
        let lines = [sent(&mail, now, &rules), sent(&mail, now, &rules), received(&incoming(), now, &rules)]
            .map(Option::unwrap);
        let told = owner_notices(&lines);
        assert_eq!(told.len(), 2);
        assert_eq!(told[0].audience, Audience::MailRoom);
        assert_eq!(told[1].audience, Audience::Unit(letter.sender.unit.clone()));
        assert_eq!(told[1].subject, Subject::Unopened { urgent: 2, all: 2 });
        for notice in &told {
            assert!(!notice.text.contains("Prøvedal") && !notice.text.contains("Oppfølging"), "{}", notice.text);
        }
    }

    #[test]
    fn whose_mail_only_waits_is_left_in_peace() {
        let (limits, calendar) = rules();
        let rules = Rules { limits: &limits, calendar: &calendar };
        let mail = IncomingMail { arrived: at("2026-09-21T07:00:00Z"), ..incoming() };
        let fresh = received(&mail, at("2026-09-21T08:00:00Z"), &rules).unwrap();
        assert_eq!(owner_notices(&[fresh]), []);
    }
}
