//! A signing order goes its own way beside the letter's (R4.4).

use std::time::Duration;

use sakarkiv_core::{
    delivery::{Priority, Signing, WorkKind},
    identity::{LetterId, TenantId},
    ports::{RemoteStatus, Stage},
};
use uuid::Uuid;

use super::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::from_timestamp(1_789_459_200 + hours * 3600, 0).unwrap()
}

fn to_sign(state: DeliveryState) -> Delivery {
    Delivery {
        letter: LetterId::from_uuid(Uuid::from_u128(1)),
        tenant: TenantId::new("bodo").unwrap(),
        channel: ChannelId::new("svarut").unwrap(),
        account: AccountId::new("byplan").unwrap(),
        state,
        attempts: 1,
        failures: 0,
        due: Some(at(1)),
        priority: Priority::General,
        order_key: None,
        queued: at(0),
        expires: at(240),
        cleared_for: Some(MailboxKind::CitizenMailbox),
        explanation: None,
        signing: Some(Signing { expires: at(72), status: None }),
        remote_id: Some(RemoteId("1".into())),
        remote: None,
        accepted: Some(at(0)),
        delivered: Some(at(0)),
        ended: None,
        last_error: None,
        version: 1,
    }
}

fn delivered() -> DeliveryState {
    DeliveryState::Delivered { mailbox: MailboxKind::CitizenMailbox }
}

fn told(stage: SigningStage) -> Event {
    Event::Signing(SigningStatus { stage, raw: format!("{stage:?}"), since: Some(at(2)) })
}

fn letter(stage: Stage) -> Event {
    let status = RemoteStatus { stage, raw: format!("{stage:?}"), since: None };
    Event::Status(StatusLine { remote_id: RemoteId("1".into()), status })
}

fn follow(delivery: &Delivery, event: Event, hours: i64) -> Step {
    let policy = Policy::default();
    let rules = Rules { policy: &policy, settle_time: Duration::from_secs(900) };
    step(delivery, event, at(hours), &rules, 7)
}

#[test]
fn a_letter_that_was_read_or_printed_is_asked_about_until_its_signing_is_over() {
    for end in [Stage::Opened, Stage::Printed, Stage::Closed] {
        let read = follow(&to_sign(delivered()), letter(end), 2).delivery;
        assert!(read.ended.is_some() && read.due.is_some(), "{end:?}");
        assert_eq!((read.work(), next(&read, at(3))), (Some(WorkKind::FollowUp), Command::FollowUp));
        for stage in [SigningStage::Waiting, SigningStage::Unrecognised] {
            let waits = follow(&read, told(stage), 3);
            assert!(waits.delivery.due.is_some() && waits.alarm.is_none(), "{end:?} {stage:?}");
        }
        let signed = follow(&read, told(SigningStage::Signed), 3);
        assert_eq!((signed.delivery.due, signed.delivery.work(), signed.alarm), (None, None, None));
        assert_eq!((signed.signing, signed.change), (Some(SigningStage::Signed), None));
        assert_eq!(signed.delivery.state, read.state, "the letter's own end stays what it was");
    }
}

#[test]
fn a_signature_before_the_letter_was_reported_as_read_leaves_the_letter_to_be_followed_up() {
    let signed = follow(&to_sign(delivered()), told(SigningStage::Signed), 2).delivery;
    assert!(signed.due.is_some() && !signed.awaits_signature());
    let read = follow(&signed, letter(Stage::Opened), 3).delivery;
    assert_eq!((read.state, read.due), (DeliveryState::Opened, None));
}

#[test]
fn people_are_told_when_nobody_will_sign_and_only_then() {
    for stage in SigningStage::ALL {
        let step = follow(&to_sign(delivered()), told(stage), 2);
        let lost = matches!(stage, SigningStage::Declined | SigningStage::Expired | SigningStage::Rejected);
        assert_eq!(step.alarm == Some(Alarm::NotSigned), lost, "{stage:?}");
        assert_eq!(step.signing, Some(stage), "each word is put on record once");
        assert_eq!(follow(&step.delivery, told(stage), 3).signing, None, "{stage:?}");
    }
}

#[test]
fn how_a_signing_order_ended_is_never_unsaid() {
    for end in [SigningStage::Signed, SigningStage::Declined, SigningStage::Expired, SigningStage::Rejected] {
        let ended = follow(&to_sign(DeliveryState::Opened), told(end), 2).delivery;
        for late in SigningStage::ALL {
            assert_eq!(follow(&ended, told(late), 3).delivery, ended, "{end:?} then {late:?}");
        }
    }
}

#[test]
fn a_letter_that_never_got_there_waits_for_no_signature() {
    for state in [DeliveryState::Queued, DeliveryState::Failed(FailureCause::Stopped), DeliveryState::Withdrawn] {
        let before = to_sign(state);
        assert_eq!(follow(&before, told(SigningStage::Signed), 2).delivery, before);
    }
    let turned_away = follow(&to_sign(delivered()), letter(Stage::Rejected), 2).delivery;
    assert_eq!((turned_away.work(), turned_away.due), (None, None));
}

#[test]
fn a_letter_without_an_order_knows_nothing_of_signing() {
    let plain = Delivery { signing: None, ..to_sign(delivered()) };
    assert_eq!(follow(&plain, told(SigningStage::Signed), 2).delivery, plain);
    assert_eq!(follow(&plain, letter(Stage::Opened), 2).delivery.due, None);
}

#[test]
fn no_answer_about_a_read_letter_puts_the_next_question_off() {
    let read = Delivery { ended: Some(at(1)), ..to_sign(DeliveryState::Opened) };
    let later = follow(&read, Event::NoStatus, 5).delivery;
    assert!(later.due > Some(at(5)) && later.awaits_signature());
    assert_eq!(follow(&read, Event::NoStatus, 24 * 200).delivery.due, None, "and not for ever");
}

#[test]
fn a_redriven_letter_asks_anew() {
    let failed = Delivery {
        state: DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".into() }),
        ..follow(&to_sign(delivered()), told(SigningStage::Rejected), 2).delivery
    };
    let again = follow(&failed, Event::Redrive, 5).delivery;
    assert_eq!(again.signing.unwrap().status, None);
}
