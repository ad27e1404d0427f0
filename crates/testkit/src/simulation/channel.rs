//! A channel between the office and the other side, with everything that can go wrong on the way.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use sakarkiv_core::{
    delivery::{Reference, RemoteId},
    identity::{AccountId, ChannelId},
    ports::{
        Accepted, Channel, ChannelCapabilities, Dispatch, Found, HistoryLine, PortError, PortErrorKind, Reach,
        ReachQuery, RemoteStatus, Stage, StatusLine,
    },
    routing::{MailboxKind, PrintSetting},
};

use super::{
    Fault, Scenario,
    kernel::{Core, Kernel, Life},
    world::{Event, Posted, Sending, key_of},
};

#[derive(Debug)]
pub(super) struct SimChannel {
    pub(super) kernel: Arc<Kernel>,
    pub(super) life: Arc<Life>,
    pub(super) id: ChannelId,
    /// 0 is the one that trouble comes to.
    pub(super) index: usize,
}

/// What becomes of a send.
struct Fate {
    /// When the letter arrives, after this many milliseconds, if it does.
    arrives: Option<u64>,
    /// When the caller gets its answer.
    answers: u64,
    /// The answer, if it is not what happened.
    answer: Option<PortError>,
}

impl SimChannel {
    fn error(kind: PortErrorKind, detail: &str) -> PortError {
        PortError::new(kind, "simulated.channel", detail)
    }

    /// A question without effect: takes its time and may fail.
    async fn ask(&self, what: &'static str) -> Result<(), PortError> {
        self.kernel.point(&self.life, what).await;
        let (wait, trouble) = self.kernel.with(|core| {
            let wait = core.rng.between(20, 300);
            (wait, self.trouble(core))
        });
        self.kernel.wait(wait).await;
        match trouble {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What keeps every call from its answer.
    fn trouble(&self, core: &mut Core) -> Option<PortError> {
        if core.world.is_expired(self.index, core.now) && core.budget_left() {
            core.struck(Fault::Unauthorised);
            return Some(Self::error(PortErrorKind::Unauthorised, "the credentials have expired"));
        }
        // Where the outage is the scenario, it is there whatever faults may happen.
        let staged = matches!(core.plan.scenario, Scenario::Outage | Scenario::Expiry);
        if core.world.is_out(self.index, core.now) && (staged || core.budget_left()) {
            core.struck(Fault::Outage);
            return Some(Self::error(PortErrorKind::Transient, "nobody answers"));
        }
        if self.index == 0 && core.strikes(Fault::Transient, 60) {
            let error = Self::error(PortErrorKind::Transient, "busy");
            let wait = core.rng.between(0, 120);
            return Some(if wait > 60 { error.with_retry_after(Duration::from_secs(wait)) } else { error });
        }
        None
    }

    fn fate(&self, core: &mut Core) -> Fate {
        let soon = core.rng.between(20, 900);
        if let Some(error) = self.trouble(core) {
            // Some of what is refused for want of an answer cannot be told from what was taken.
            let unclear = error.kind() == PortErrorKind::Transient
                && core.world.is_out(self.index, core.now)
                && soon.is_multiple_of(2);
            let error = if unclear { Self::error(PortErrorKind::Unknown, "connection lost") } else { error };
            return Fate { arrives: None, answers: soon, answer: Some(error) };
        }
        let unknown = || Some(Self::error(PortErrorKind::Unknown, "no answer"));
        let late = core.rng.between(5_000, 20_000);
        if self.index != 0 {
            return Fate { arrives: Some(soon), answers: soon + 50, answer: None };
        }
        if core.strikes(Fault::LostRequest, 70) {
            return Fate { arrives: None, answers: late, answer: unknown() };
        }
        if core.strikes(Fault::LostReply, 70) {
            return Fate { arrives: Some(soon), answers: late, answer: unknown() };
        }
        if core.strikes(Fault::LateEffect, 50) {
            let arrives = core.rng.between(20_000, 100_000);
            return Fate { arrives: Some(arrives), answers: late, answer: unknown() };
        }
        if core.strikes(Fault::Refusal, 60) {
            let error = Self::error(PortErrorKind::Rejected, "refused").with_remote_code("E17");
            return Fate { arrives: None, answers: soon, answer: Some(error) };
        }
        if core.strikes(Fault::Slow, 50) {
            return Fate { arrives: Some(late), answers: core.rng.between(61_000, 90_000), answer: unknown() };
        }
        Fate { arrives: Some(soon), answers: soon + 50, answer: None }
    }

    /// The mailbox that was there when the channel was asked may be gone when the letter comes.
    fn may_vanish(&self, core: &mut Core, recipient: &str, mailbox: MailboxKind) {
        let may = matches!(mailbox, MailboxKind::ReceiverSystem | MailboxKind::ConfidentialInbox) && self.index == 0;
        if may && core.strikes(Fault::ReachGone, 40) {
            let left = vec![MailboxKind::OrganisationInbox, MailboxKind::Paper];
            core.world.reach.insert(recipient.to_owned(), left);
        }
    }

    fn line(core: &mut Core, index: usize, id: &RemoteId) -> Option<StatusLine> {
        let place = core.world.by_id.get(id).copied()?;
        let stale = core.strikes(Fault::StaleStatus, 80);
        let odd = core.strikes(Fault::UnrecognisedStatus, 60);
        let earlier = core.rng.next();
        let posted = core.world.posted.get(place).filter(|posted| posted.channel == index)?;
        let (stage, raw) = if odd {
            (Stage::Unrecognised, "NY_STATUS")
        } else if stale {
            let nth = usize::try_from(earlier % posted.stages.len() as u64).unwrap_or_default();
            posted.stages.get(nth).copied().unwrap_or_else(|| posted.stage())
        } else {
            posted.stage()
        };
        Some(StatusLine { remote_id: id.clone(), status: status(stage, raw) })
    }
}

fn status(stage: Stage, raw: &str) -> RemoteStatus {
    RemoteStatus { stage, raw: raw.to_owned(), since: None }
}

fn found(posted: &Posted) -> Found {
    let (stage, raw) = posted.stage();
    Found { remote_id: posted.remote_id.clone(), received: None, status: status(stage, raw) }
}

#[async_trait]
impl Channel for SimChannel {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    fn capabilities(&self) -> ChannelCapabilities {
        let mut capabilities = ChannelCapabilities::new(Duration::from_secs(60), Duration::from_secs(600));
        capabilities.status_batch = 20;
        capabilities.reports_opened = true;
        capabilities
    }

    async fn reach(&self, _: &AccountId, query: &ReachQuery) -> Result<Reach, PortError> {
        self.ask("channel.reach").await?;
        Ok(self.kernel.with(|core| {
            let mailboxes = core.world.reach_of(&query.recipient, self.index);
            for mailbox in &mailboxes {
                core.world.asked.insert((self.index, key_of(&query.recipient), *mailbox), core.now);
            }
            Reach { mailboxes, print: PrintSetting::PrintWhenUnopened }
        }))
    }

    async fn send(&self, account: &AccountId, dispatch: Dispatch) -> Result<Accepted, PortError> {
        self.kernel.point(&self.life, "channel.send").await;
        let letter = dispatch.letter.get();
        let id = letter.id;
        let (nth, fate) = self.kernel.with(|core| {
            let recipient = key_of(&letter.recipient);
            let mailbox = dispatch.letter.mailbox();
            self.may_vanish(core, &recipient, mailbox);
            let ordinal = core.watch.ordinal(id);
            core.note(self.life.node, "sends", ordinal);
            core.saw_send(self.index, id, &recipient, mailbox);
            let now = core.now;
            core.world.open.insert(id, now);
            let fate = self.fate(core);
            let nth = core.world.sendings.len();
            core.world.sendings.push(Sending {
                channel: self.index,
                account: account.clone(),
                letter: id,
                reference: dispatch.reference.clone(),
                recipient,
                mailbox,
                sensitivity: letter.sensitivity,
                arrived: None,
            });
            if let Some(wait) = fate.arrives {
                core.world.schedule(now + wait, Event::Arrive(nth));
            }
            (nth, fate)
        });
        self.kernel.wait(fate.answers).await;
        self.kernel.point(&self.life, "channel.send answered").await;
        if let Some(error) = fate.answer {
            if error.kind() != PortErrorKind::Unknown {
                self.kernel.with(|core| core.world.open.remove(&id));
            }
            return Err(error);
        }
        let arrived = self.kernel.with(|core| {
            core.world.open.remove(&id);
            core.world.sendings.get(nth).and_then(|sending| sending.arrived.clone())
        });
        match arrived {
            Some(Some(remote_id)) => Ok(Accepted { remote_id }),
            Some(None) => Err(Self::error(PortErrorKind::Rejected, "the recipient has no such mailbox any more")),
            None => Err(Self::error(PortErrorKind::Unknown, "no answer")),
        }
    }

    async fn find(&self, account: &AccountId, reference: &Reference) -> Result<Vec<Found>, PortError> {
        self.ask("channel.find").await?;
        Ok(self.kernel.with(|core| {
            let now = core.now;
            let of = core.world.sendings.iter().rev().find(|sending| sending.reference == *reference);
            if let Some(letter) = of.map(|sending| sending.letter) {
                core.world.looked_up.insert(letter, now);
            }
            let ours = |posted: &&Posted| {
                posted.reference == *reference && posted.channel == self.index && posted.account == *account
            };
            let hits: Vec<_> = core.world.posted.iter().rev().filter(ours).map(found).collect();
            core.note(self.life.node, "looked up, hits", hits.len() as u64);
            hits
        }))
    }

    async fn status(&self, _: &AccountId, ids: &[RemoteId]) -> Result<Vec<StatusLine>, PortError> {
        self.ask("channel.status").await?;
        Ok(self.kernel.with(|core| {
            let mut lines = Vec::new();
            if core.strikes(Fault::ForeignStatus, 80) {
                let nth = core.rng.next() % core.world.posted.len().max(1) as u64;
                let other = usize::try_from(nth).ok().and_then(|nth| core.world.posted.get(nth));
                lines.extend(other.map(|other| {
                    let (stage, raw) = other.stage();
                    StatusLine { remote_id: other.remote_id.clone(), status: status(stage, raw) }
                }));
                lines.push(StatusLine {
                    remote_id: RemoteId("r-unknown".to_owned()),
                    status: status(Stage::Opened, "LEST"),
                });
            }
            for id in ids {
                if core.strikes(Fault::MissingStatus, 50) {
                    continue;
                }
                let Some(line) = Self::line(core, self.index, id) else { continue };
                if core.strikes(Fault::DuplicateStatus, 80) {
                    lines.push(line.clone());
                }
                lines.push(line);
            }
            lines
        }))
    }

    async fn withdraw(&self, _: &AccountId, _: &RemoteId) -> Result<(), PortError> {
        Err(PortError::unsupported("simulated.withdraw"))
    }

    async fn history(&self, _: &AccountId, _: &RemoteId) -> Result<Vec<HistoryLine>, PortError> {
        Err(PortError::unsupported("simulated.history"))
    }

    async fn check(&self, _: &AccountId) -> Result<(), PortError> {
        self.ask("channel.check").await
    }
}
