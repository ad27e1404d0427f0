use std::sync::Arc;

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Reference, RemoteId, SigningStage, SigningStatus},
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, PortError, PortErrorKind, Reach,
        ReachQuery, Stage, StatusLine,
    },
    routing::MailboxKind,
};
use sakarkiv_testkit::{
    conformance::{MemoryChannelHarness, run_channel},
    memory::MemoryChannel,
};

use super::{at_once, failed};

/// What is wrong with a channel, and the cases that must say so.
const FAULTS: [(&str, &[&str]); 18] = [
    ("takes nothing as unknown: an empty reach is an error", &["channel.reach.unknown"]),
    (
        "sends twice to be sure",
        &[
            "channel.send.taken",
            "channel.send.once",
            "channel.send.mailbox",
            "channel.send.busy",
            "channel.send.dropped",
            "channel.find.rejected",
            "channel.withdraw",
        ],
    ),
    ("calls a refusal temporary", &["channel.send.refused"]),
    ("calls a lost answer temporary", &["channel.send.lost-answer"]),
    ("calls a lost answer a refusal", &["channel.send.lost-answer", "channel.send.lost-request"]),
    ("falls back to the open inbox", &["channel.send.gone"]),
    (
        "makes a new reference for each attempt",
        &[
            "channel.send.taken",
            "channel.send.once",
            "channel.send.mailbox",
            "channel.send.lost-answer",
            "channel.send.busy",
            "channel.send.dropped",
            "channel.find.rejected",
        ],
    ),
    ("takes a look-up without an answer for no hit", &["channel.find.errors"]),
    ("hides what was turned away", &["channel.find.rejected"]),
    ("finds only the newest attempt", &["channel.find.every-attempt"]),
    ("fails a whole batch for one odd word", &["channel.status.stages", "channel.status.unrecognised"]),
    ("reports the status of another letter", &["channel.status.unrecognised", "channel.status.own"]),
    ("forgets how long to wait", &["channel.send.busy"]),
    ("tells the recipient's name in errors", &["channel.errors.private"]),
    ("says of every letter that it waits for a signature", &["channel.signing", "channel.signing.stages"]),
    ("takes an order that ran out for one that was declined", &["channel.signing.stages"]),
    (
        "claims to ask for signatures and does not",
        &["channel.signing", "channel.signing.stages", "channel.signing.own", "channel.signing.errors"],
    ),
    ("takes a question about an order without an answer for no order", &["channel.signing.errors"]),
];

#[derive(Debug)]
struct Broken {
    inner: MemoryChannel,
    fault: usize,
}

pub(super) fn broken<const FAULT: usize>(inner: MemoryChannel) -> Arc<dyn Channel> {
    Arc::new(Broken { inner, fault: FAULT })
}

fn as_kind(error: &PortError, kind: PortErrorKind) -> PortError {
    let made = PortError::new(kind, error.operation(), error.detail());
    match error.retry_after() {
        Some(wait) => made.with_retry_after(wait),
        None => made,
    }
}

#[async_trait]
impl Channel for Broken {
    fn id(&self) -> &ChannelId {
        self.inner.id()
    }

    fn capabilities(&self) -> ChannelCapabilities {
        self.inner.capabilities()
    }

    async fn reach(&self, account: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        let reach = self.inner.reach(account, query).await?;
        if self.fault == 0 && reach.mailboxes.is_empty() {
            return Err(PortError::new(PortErrorKind::Rejected, "broken.reach", "unknown"));
        }
        Ok(reach)
    }

    async fn send(&self, account: &AccountId, mut dispatch: Dispatch) -> Result<Accepted, PortError> {
        use PortErrorKind::{Rejected, Transient, Unknown};
        let recipient = dispatch.letter.get().recipient.clone();
        let name = recipient.name().expose().clone();
        match self.fault {
            1 => {
                let first = self.inner.send(account, dispatch.clone()).await?;
                self.inner.send(account, dispatch).await?;
                return Ok(first);
            }
            5 if !self.inner.office().reach_of(&recipient).contains(&dispatch.letter.mailbox()) => {
                let letter = dispatch.letter.get().clone();
                self.inner.office().post(account, &dispatch.reference, MailboxKind::OrganisationInbox, &letter)?;
            }
            6 => dispatch.reference = Reference::of(another(&dispatch)),
            _ => {}
        }
        self.inner.send(account, dispatch).await.map_err(|error| match (self.fault, error.kind()) {
            (2, Rejected) | (3, Unknown) => as_kind(&error, Transient),
            (4, Unknown) => as_kind(&error, Rejected),
            (12, Transient) => PortError::new(error.kind(), error.operation(), error.detail()),
            (13, Rejected) => PortError::new(Rejected, error.operation(), name),
            _ => error,
        })
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        let mut found = match (self.inner.find(account, reference).await, self.fault) {
            (Err(error), 7) if error.kind() == PortErrorKind::Transient => Vec::new(),
            (outcome, _) => outcome?,
        };
        match self.fault {
            8 => found.retain(Found::is_effective),
            9 => found.truncate(1),
            _ => {}
        }
        Ok(found)
    }

    async fn status(&self, account: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        let mut lines = self.inner.status(account, ids).await?;
        if self.fault == 10 && lines.iter().any(|line| line.status.stage == Stage::Unrecognised) {
            return Err(PortError::new(PortErrorKind::Transient, "broken.status", "an odd word"));
        }
        if self.fault == 11 {
            let newest = self.inner.office().letters().pop();
            let newest = newest.map(|letter| letter.remote_id).into_iter().collect::<Vec<_>>();
            let other = self.inner.status(account, &newest).await?;
            for (line, other) in lines.iter_mut().zip(other) {
                line.status = other.status;
            }
        }
        Ok(lines)
    }

    async fn signing(&self, account: &AccountId, id: &RemoteId) -> Result<Option<SigningStatus>, PortError> {
        let told = self.inner.signing(account, id).await;
        match (self.fault, told) {
            (14, Ok(_)) => {
                Ok(Some(SigningStatus { stage: SigningStage::Waiting, raw: "WAITS".to_owned(), since: None }))
            }
            (15, Ok(Some(order))) if order.stage == SigningStage::Expired => {
                Ok(Some(SigningStatus { stage: SigningStage::Declined, ..order }))
            }
            (16, _) => Err(PortError::unsupported("broken.signing")),
            (17, Err(error)) if error.kind() == PortErrorKind::Transient => Ok(None),
            (_, told) => told,
        }
    }

    async fn withdraw(&self, account: &AccountId, id: &RemoteId) -> Result<(), PortError> {
        self.inner.withdraw(account, id).await
    }

    async fn history(&self, account: &AccountId, id: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        self.inner.history(account, id).await
    }

    async fn check(&self, account: &AccountId) -> Result<(), PortError> {
        self.inner.check(account).await
    }
}

/// The id of a letter that is not the one being sent.
fn another(dispatch: &Dispatch) -> sakarkiv_core::identity::LetterId {
    sakarkiv_core::identity::LetterId::from_uuid(uuid::Uuid::from_u128(
        dispatch.letter.get().id.uuid().as_u128().wrapping_add(1 << 100),
    ))
}

fn check<const FAULT: usize>() {
    let report = at_once(run_channel(&MemoryChannelHarness::wrapped(broken::<FAULT>)));
    let (what, expected) = FAULTS[FAULT];
    assert_eq!(
        failed(&report),
        expected,
        "a channel that {what}:
{report}"
    );
}

#[test]
fn each_broken_channel_fails_the_cases_that_are_about_its_fault() {
    check::<0>();
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
    check::<5>();
    check::<6>();
    check::<7>();
    check::<8>();
    check::<9>();
    check::<10>();
    check::<11>();
    check::<12>();
    check::<13>();
    check::<14>();
    check::<15>();
    check::<16>();
    check::<17>();
}
