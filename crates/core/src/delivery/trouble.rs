//! What is wrong with a letter, and what to do about it: the daily check of everything that failed or hangs in transfer
//! ("overføring feilet", R4.3), signing orders included. One pure function gives cause and remedy for every delivery.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Delivery, DeliveryState, FailureCause, SigningStage};
use crate::{identity::Timestamp, reason::Reason};

/// What kind of trouble a letter is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// It failed, and nobody has sent it again.
    Failed,
    /// It is on its way to the channel, and something is in the way.
    Hanging,
    /// The channel has it and says nothing of it that we understand, or nothing any more.
    Silent,
    /// It lies in a mailbox, unopened for longer than the limit.
    Unopened,
    /// It was to be signed, and was not.
    Unsigned,
}

impl TroubleKind {
    /// Every kind, the most urgent first.
    pub const ALL: [Self; 5] = [Self::Failed, Self::Unsigned, Self::Hanging, Self::Silent, Self::Unopened];
}

/// How long something may take before it counts as trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TroubleLimits {
    /// Lying unopened in a mailbox.
    pub unopened: Duration,
    /// One attempt to send.
    pub attempt: Duration,
    /// Taken over by the channel, and not yet in any mailbox.
    pub accepted: Duration,
    /// A signing order whose time is over, without the channel saying how it ended.
    pub signing_grace: Duration,
}

impl Default for TroubleLimits {
    /// Four days unopened, half an hour for an attempt, three days on its way at the channel, a day after a signing order's
    /// time.
    fn default() -> Self {
        Self { unopened: days(4), attempt: Duration::from_secs(30 * 60), accepted: days(3), signing_grace: days(1) }
    }
}

/// What is wrong with one letter. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind.
    pub kind: TroubleKind,
    /// What it is, by a stable code.
    pub cause: Reason,
    /// The channel's own word or the failure in technical words; empty when there is none.
    pub detail: String,
    /// What to do.
    pub remedy: &'static str,
    /// Since when.
    pub since: Timestamp,
}

/// What is wrong with a letter at a moment, if anything. A letter that both lies unopened and was not signed is in the more
/// urgent of the two troubles. What a person stopped is no trouble.
///
/// ```
/// use sakarkiv_core::delivery::{TroubleLimits, trouble};
/// # use sakarkiv_core::{delivery::*, identity::*};
/// # fn of(mut delivery: Delivery, now: Timestamp) {
/// delivery.state = DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".to_owned() });
/// let trouble = trouble(&delivery, now, &TroubleLimits::default()).unwrap();
/// assert_eq!((trouble.cause.code, trouble.detail.as_str()), ("returned", "AVVIST"));
/// # }
/// ```
#[must_use]
pub fn trouble(delivery: &Delivery, now: Timestamp, limits: &TroubleLimits) -> Option<Trouble> {
    failed(delivery).or_else(|| unsigned(delivery, now, limits)).or_else(|| under_way(delivery, now, limits))
}

/// What to do about a failed letter, in plain words.
#[must_use]
pub const fn remedy_of(cause: &FailureCause) -> &'static str {
    match cause {
        FailureCause::NotCleared(_) => {
            "find another way by hand, or change what the letter contains, then send it again"
        }
        FailureCause::Rejected { .. } => "mend what the channel objects to, then send it again",
        FailureCause::SentBefore { .. } => {
            "the recipient has the same from another letter: if this one is needed too, change its title or a document, then \
             send it again"
        }
        FailureCause::Returned { .. } => {
            "the channel took it and turned it away: check recipient and content, then send it again"
        }
        FailureCause::Expired { .. } => "the channel could not take it in time: see to the channel, then send it again",
        FailureCause::Incomplete { .. } => "restore what is missing, then send it again",
        FailureCause::Stopped => "a person stopped it: send it again if that was a mistake",
    }
}

/// What to do about a signing order that ended without a signature; nothing for one that did not.
#[must_use]
pub const fn remedy_of_signing(stage: SigningStage) -> Option<&'static str> {
    match stage {
        SigningStage::Declined => Some("the recipient will not sign: talk to the recipient, then send a new order"),
        SigningStage::Expired => Some("nobody signed in time: reach the recipient, then send a new order"),
        SigningStage::Rejected => Some(
            "the channel turned the order away: check that the account may ask for signatures and that the document is a PDF",
        ),
        SigningStage::Waiting | SigningStage::Signed | SigningStage::Unrecognised => None,
    }
}

fn failed(delivery: &Delivery) -> Option<Trouble> {
    let DeliveryState::Failed(cause) = &delivery.state else { return None };
    let (reason, detail) = match cause {
        FailureCause::Stopped => return None,
        FailureCause::NotCleared(refused) => (NOT_CLEARED, refused.codes.join(" ")),
        FailureCause::Rejected { detail, remote_code: Some(code) } => (REJECTED, format!("{detail} ({code})")),
        FailureCause::Rejected { detail, remote_code: None } => (REJECTED, detail.clone()),
        FailureCause::SentBefore { detail } => (SENT_BEFORE, detail.clone()),
        FailureCause::Returned { raw } => (RETURNED, raw.clone()),
        FailureCause::Expired { last } => (LIFE_TIME_OVER, last.clone()),
        FailureCause::Incomplete { what } => (INCOMPLETE, what.clone()),
    };
    let since = delivery.ended.unwrap_or(delivery.queued);
    Some(Trouble { kind: TroubleKind::Failed, cause: reason, detail, remedy: remedy_of(cause), since })
}

fn unsigned(delivery: &Delivery, now: Timestamp, limits: &TroubleLimits) -> Option<Trouble> {
    let signing = delivery.signing.as_ref().filter(|_| delivery.state.can_be_signed())?;
    let status = signing.status.as_ref();
    let detail = status.map(|status| status.raw.clone()).unwrap_or_default();
    let trouble = |cause, remedy, since| Trouble { kind: TroubleKind::Unsigned, cause, detail, remedy, since };
    let since = status.and_then(|status| status.since).unwrap_or(signing.expires);
    let stage = signing.stage();
    if let Some(remedy) = remedy_of_signing(stage) {
        let cause = match stage {
            SigningStage::Declined => SIGNING_DECLINED,
            SigningStage::Rejected => SIGNING_REJECTED,
            _ => SIGNING_EXPIRED,
        };
        return Some(trouble(cause, remedy, since));
    }
    if stage == SigningStage::Unrecognised {
        let remedy = "read the channel's word for it and look the order up there; tell whoever maintains this program";
        return Some(trouble(SIGNING_UNRECOGNISED, remedy, since));
    }
    let late = later(signing.expires, limits.signing_grace);
    let open = stage == SigningStage::Waiting && late <= now;
    open.then(|| trouble(SIGNING_OVERDUE, "its time is over: look the order up at the channel", signing.expires))
}

fn under_way(delivery: &Delivery, now: Timestamp, limits: &TroubleLimits) -> Option<Trouble> {
    let last = || delivery.last_error.clone().unwrap_or_default();
    let raw = || delivery.remote.as_ref().map(|remote| remote.raw.clone()).unwrap_or_default();
    let trouble = |kind, cause, detail, remedy, since| Some(Trouble { kind, cause, detail, remedy, since });
    let overdue = |since: Timestamp, limit| later(since, limit) <= now;
    match &delivery.state {
        DeliveryState::Queued if delivery.last_error.is_some() => {
            let remedy = "nothing yet: it is tried again by itself until its life time is over";
            trouble(TroubleKind::Hanging, RETRIED, last(), remedy, delivery.queued)
        }
        DeliveryState::Attempting { since } if overdue(*since, limits.attempt) => {
            trouble(TroubleKind::Hanging, ATTEMPT_OPEN, last(), "nothing yet: it is looked up by itself", *since)
        }
        DeliveryState::Unknown { since, .. } => {
            let remedy =
                "nothing yet: the channel is asked by itself; if that lasts, ask its operator for our reference";
            trouble(TroubleKind::Hanging, FATE_UNKNOWN, last(), remedy, *since)
        }
        DeliveryState::Accepted | DeliveryState::Delivered { .. } | DeliveryState::SentToPrint
            if delivery.due.is_none() && delivery.accepted.is_some() =>
        {
            let remedy =
                "it is not asked for any more: look it up at the channel, and reach the recipient if it is unopened";
            trouble(TroubleKind::Silent, NOT_FOLLOWED, raw(), remedy, delivery.accepted?)
        }
        DeliveryState::Accepted if overdue(delivery.accepted?, limits.accepted) => {
            let remedy = "ask the channel's operator what it waits for; send it another way if it matters";
            trouble(TroubleKind::Silent, NOT_DELIVERED, raw(), remedy, delivery.accepted?)
        }
        DeliveryState::Delivered { .. } if overdue(delivery.delivered?, limits.unopened) => {
            let since = later(delivery.delivered?, limits.unopened);
            trouble(TroubleKind::Unopened, UNOPENED, raw(), "reach the recipient in another way, or print it", since)
        }
        _ => None,
    }
}

fn later(moment: Timestamp, wait: Duration) -> Timestamp {
    chrono::Duration::from_std(wait).ok().and_then(|wait| moment.checked_add_signed(wait)).unwrap_or(Timestamp::MAX_UTC)
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

const fn reason(code: &'static str, text: &'static str, source: &'static str) -> Reason {
    Reason { code, text, source }
}

const NOT_CLEARED: Reason = reason("not_cleared", "no way is safe for it", "R5.1");
const SENT_BEFORE: Reason = reason("sent_before", "the channel has the same from another letter", "R4.3");
const REJECTED: Reason = reason("rejected", "the channel does not take it", "R4.3");
const RETURNED: Reason = reason("returned", "the channel took it and then turned it away", "R4.3");
const LIFE_TIME_OVER: Reason = reason("life_time_over", "the channel did not take it in time", "R4.3");
const INCOMPLETE: Reason = reason("incomplete", "something that it needs is missing from the store", "R4.3");
const RETRIED: Reason = reason("retried", "the last attempt did not succeed", "R4.3");
const ATTEMPT_OPEN: Reason = reason("attempt_open", "the attempt has not ended", "R4.3");
const FATE_UNKNOWN: Reason = reason("fate_unknown", "it is not known whether the channel took it", "R4.5");
const NOT_FOLLOWED: Reason =
    reason("not_followed", "the channel has been asked for so long that it is asked no more", "R4.3");
const NOT_DELIVERED: Reason = reason("not_delivered", "the channel has it and has not delivered it", "R4.3");
const UNOPENED: Reason = reason("unopened", "nobody has opened it", "R5.3");
const SIGNING_DECLINED: Reason = reason("signing_declined", "the recipient declined to sign", "R4.4");
const SIGNING_EXPIRED: Reason = reason("signing_expired", "nobody signed before the time was over", "R4.4");
const SIGNING_REJECTED: Reason = reason("signing_rejected", "the channel turned the signing order away", "R4.4");
const SIGNING_OVERDUE: Reason =
    reason("signing_overdue", "the time is over, and the channel has not said how it ended", "R4.4");
const SIGNING_UNRECOGNISED: Reason =
    reason("signing_unrecognised", "the channel says of the order what this version does not know", "R4.4");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::{
        delivery::{Priority, RemoteId, Signing, SigningStatus},
        identity::{AccountId, ChannelId, LetterId, TenantId},
        ports::{RemoteStatus, Stage},
        routing::{MailboxKind, Refused},
    };

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_timestamp(1_789_459_200 + hours * 3600, 0).unwrap()
    }

    fn delivery(state: DeliveryState) -> Delivery {
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
            signing: None,
            remote_id: Some(RemoteId("1".into())),
            remote: Some(RemoteStatus { stage: Stage::Accepted, raw: "SENDT_SDP".into(), since: None }),
            accepted: Some(at(0)),
            delivered: Some(at(1)),
            ended: Some(at(2)),
            last_error: None,
            version: 1,
        }
    }

    fn to_sign(state: DeliveryState, stage: Option<SigningStage>) -> Delivery {
        let status = stage.map(|stage| SigningStatus { stage, raw: format!("{stage:?}"), since: Some(at(3)) });
        Delivery { signing: Some(Signing { expires: at(48), status }), ..delivery(state) }
    }

    fn code(delivery: &Delivery, hours: i64) -> Option<&'static str> {
        trouble(delivery, at(hours), &TroubleLimits::default()).map(|trouble| trouble.cause.code)
    }

    fn causes() -> Vec<FailureCause> {
        vec![
            FailureCause::NotCleared(Refused::at_once("nothing_safe")),
            FailureCause::Rejected { detail: "bad".into(), remote_code: Some("17".into()) },
            FailureCause::SentBefore { detail: "400".into() },
            FailureCause::Returned { raw: "AVVIST".into() },
            FailureCause::Expired { last: "away".into() },
            FailureCause::Incomplete { what: "the letter".into() },
            FailureCause::Stopped,
        ]
    }

    #[test]
    fn every_failure_has_its_cause_and_its_remedy_and_only_what_a_person_stopped_is_no_trouble() {
        let mut remedies = BTreeSet::new();
        for cause in causes() {
            remedies.insert(remedy_of(&cause));
            let found = trouble(&delivery(DeliveryState::Failed(cause.clone())), at(5), &TroubleLimits::default());
            assert_eq!(found.is_none(), cause == FailureCause::Stopped);
            if let Some(found) = found {
                assert_eq!((found.kind, found.since, found.remedy), (TroubleKind::Failed, at(2), remedy_of(&cause)));
                assert!(!found.detail.is_empty());
            }
        }
        assert_eq!(remedies.len(), causes().len(), "each failure is mended in its own way");
    }

    #[test]
    fn what_goes_well_is_no_trouble() {
        for state in [DeliveryState::Opened, DeliveryState::Printed, DeliveryState::Closed, DeliveryState::Withdrawn] {
            assert_eq!(code(&delivery(state), 10_000), None);
        }
        for state in [DeliveryState::Queued, DeliveryState::Accepted] {
            assert_eq!(code(&delivery(state), 2), None);
        }
        assert_eq!(code(&delivery(DeliveryState::Attempting { since: at(2) }), 2), None);
    }

    #[test]
    fn what_hangs_is_told_with_what_is_in_the_way() {
        let mut retried = delivery(DeliveryState::Queued);
        retried.last_error = Some("503".into());
        assert_eq!(code(&retried, 1), Some("retried"));
        assert_eq!(code(&delivery(DeliveryState::Attempting { since: at(0) }), 1), Some("attempt_open"));
        let unknown = DeliveryState::Unknown { since: at(0), settles: at(1), sent_before: false };
        assert_eq!(code(&delivery(unknown), 1), Some("fate_unknown"));
    }

    #[test]
    fn what_the_channel_keeps_to_itself_for_days_is_told() {
        let accepted = delivery(DeliveryState::Accepted);
        assert_eq!((code(&accepted, 71), code(&accepted, 72)), (None, Some("not_delivered")));
        let mailbox = MailboxKind::ConfidentialInbox;
        let unopened = delivery(DeliveryState::Delivered { mailbox });
        assert_eq!((code(&unopened, 96), code(&unopened, 97)), (None, Some("unopened")));
        let given_up = Delivery { due: None, ..unopened };
        assert_eq!(code(&given_up, 98), Some("not_followed"));
    }

    #[test]
    fn a_signing_order_is_in_trouble_when_it_ends_without_a_signature_whatever_became_of_the_letter() {
        let mailbox = MailboxKind::CitizenMailbox;
        for state in [DeliveryState::Delivered { mailbox }, DeliveryState::Opened, DeliveryState::Printed] {
            for (stage, expected) in [
                (SigningStage::Signed, None),
                (SigningStage::Waiting, None),
                (SigningStage::Declined, Some("signing_declined")),
                (SigningStage::Expired, Some("signing_expired")),
                (SigningStage::Rejected, Some("signing_rejected")),
                (SigningStage::Unrecognised, Some("signing_unrecognised")),
            ] {
                assert_eq!(code(&to_sign(state.clone(), Some(stage)), 4), expected, "{state:?} {stage:?}");
            }
            assert_eq!(
                (code(&to_sign(state.clone(), None), 71), code(&to_sign(state, None), 72)),
                (None, Some("signing_overdue"))
            );
        }
    }

    #[test]
    fn a_failed_letter_is_told_as_failed_though_it_was_to_be_signed() {
        let failed = DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".into() });
        assert_eq!(code(&to_sign(failed, Some(SigningStage::Expired)), 100), Some("returned"));
    }
}
