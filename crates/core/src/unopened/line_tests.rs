use chrono::NaiveDate;

use super::{
    test_lines::{at, incoming, outgoing, rules},
    *,
};
use crate::{
    delivery::{Delivery, DeliveryState, FailureCause, Letter},
    ports::Stage,
    routing::{Coverage, MailboxKind, PrintSetting},
    sensitivity::SensitivityClass,
};

#[test]
fn confidential_mail_that_lies_in_a_mailbox_is_a_line_and_opened_printed_failed_or_open_mail_is_none() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let now = at("2026-09-17T08:00:00Z");
    let (letter, delivery) = outgoing();
    let shown = |letter: &Letter, delivery: &Delivery| {
        let ways = OtherWays::default();
        let mail =
            OutgoingMail { letter, delivery, coverage: Coverage::Held, ways, contacts: &[], failed_reminders: 0 };
        sent(&mail, now, &rules).is_some()
    };
    assert!(shown(&letter, &delivery));
    for state in [
        DeliveryState::Queued,
        DeliveryState::Opened,
        DeliveryState::SentToPrint,
        DeliveryState::Printed,
        DeliveryState::Withdrawn,
        DeliveryState::Failed(FailureCause::Stopped),
    ] {
        assert!(!shown(&letter, &Delivery { state, ..delivery.clone() }));
    }
    let open = Letter { sensitivity: SensitivityClass::Restricted, ..letter.clone() };
    assert!(shown(&open, &delivery), "it was weighed as confidential when it left");
    assert!(!shown(&open, &Delivery { explanation: None, ..delivery.clone() }));
    let paper = Delivery { state: DeliveryState::Delivered { mailbox: MailboxKind::Paper }, ..delivery };
    assert!(!shown(&letter, &paper));
}

#[test]
fn what_a_channel_never_confirmed_is_shown_all_the_same() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let (letter, delivery) = outgoing();
    let mut remote = delivery.remote.clone().unwrap();
    remote.stage = Stage::Accepted;
    remote.raw = "SENDT_ALTINN".to_owned();
    let handed_on = Delivery {
        state: DeliveryState::Accepted,
        delivered: None,
        remote: Some(remote),
        due: Some(at("2026-09-17T10:00:00Z")),
        ..delivery
    };
    let mail = OutgoingMail {
        letter: &letter,
        delivery: &handed_on,
        coverage: Coverage::Unknown,
        ways: OtherWays::default(),
        contacts: &[],
        failed_reminders: 0,
    };
    let line = sent(&mail, at("2026-09-17T08:00:00Z"), &rules).unwrap();
    assert_eq!((line.place, line.evidence.knowledge), (Place::Altinn, Knowledge::Unconfirmed));
    assert_eq!(line.evidence.raw, "SENDT_ALTINN");
}

#[test]
fn age_is_counted_in_norwegian_working_days() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    // From the Wednesday before Easter 2026 to the Tuesday after it lie no working days but the Tuesday itself.
    let mail = IncomingMail { arrived: at("2026-04-01T08:00:00Z"), ..incoming() };
    let line = received(&mail, at("2026-04-07T08:00:00Z"), &rules).unwrap();
    assert_eq!((line.working_days, line.age), (1, AgeBand::ToRemind));
    assert_eq!(line.deadline, "2026-04-08".parse::<NaiveDate>().unwrap());
}

#[test]
fn the_senders_own_deadline_counts_when_it_is_earlier() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let mail = IncomingMail { due: Some(at("2026-09-15T10:00:00Z")), ..incoming() };
    let line = received(&mail, at("2026-09-15T11:00:00Z"), &rules).unwrap();
    assert_eq!((line.age, line.deadline), (AgeBand::Overdue, "2026-09-15".parse().unwrap()));
}

#[test]
fn what_is_printed_by_itself_says_when_and_what_should_have_been_says_so() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let (letter, mut delivery) = outgoing();
    let explanation = delivery.explanation.as_mut().unwrap();
    explanation.questions.print.value = PrintSetting::PrintWhenUnopened;
    let look = |now: &str| {
        let mail = OutgoingMail {
            letter: &letter,
            delivery: &delivery,
            coverage: Coverage::Held,
            ways: OtherWays::default(),
            contacts: &[],
            failed_reminders: 0,
        };
        sent(&mail, at(now), &rules).unwrap().consequence
    };
    let day = "2026-09-17".parse().unwrap();
    assert_eq!(look("2026-09-16T08:00:00Z"), Consequence::Printed(day));
    assert_eq!(look("2026-09-18T08:00:00Z"), Consequence::NotPrinted(day));
}

#[test]
fn a_status_that_is_asked_for_no_more_is_looked_into_before_anything_is_sent_again() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let (letter, delivery) = outgoing();
    let silent = Delivery { due: None, ..delivery };
    let mail = OutgoingMail {
        letter: &letter,
        delivery: &silent,
        coverage: Coverage::Held,
        ways: OtherWays { system: false, paper: true },
        contacts: &[],
        failed_reminders: 0,
    };
    let line = sent(&mail, at("2026-12-17T08:00:00Z"), &rules).unwrap();
    assert_eq!(line.evidence.knowledge, Knowledge::Stale);
    assert_eq!(
        (line.recommendation.action, line.recommendation.then),
        (Action::CheckStatus, Some(Action::SendOnPaper))
    );
}

#[test]
fn mail_that_the_channel_deleted_unread_is_shown_for_a_while() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let (letter, delivery) = outgoing();
    let deleted = Delivery { state: DeliveryState::Closed, due: None, ..delivery };
    let mail = OutgoingMail {
        letter: &letter,
        delivery: &deleted,
        coverage: Coverage::Held,
        ways: OtherWays::default(),
        contacts: &[],
        failed_reminders: 0,
    };
    let line = sent(&mail, at("2026-12-20T08:00:00Z"), &rules).unwrap();
    assert_eq!((line.place, line.recommendation.action), (Place::Gone, Action::Escalate));
    assert_eq!(sent(&mail, at("2027-09-15T08:00:00Z"), &rules), None);
}

#[test]
fn nothing_of_a_line_shows_a_name_by_accident() {
    let (limits, calendar) = rules();
    let rules = Rules { limits: &limits, calendar: &calendar };
    let line = received(&incoming(), at("2026-09-15T11:00:00Z"), &rules).unwrap();
    assert!(!format!("{line:?}").contains("Prøvedal"));
}
