use std::cmp::Ordering;

use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause, SigningStage, SigningStatus},
    identity::Timestamp,
    ports::{RemoteStatus, Stage, StatusLine},
    routing::MailboxKind,
};

use super::{Alarm, Turn};
use crate::policy::{back_off, between};

impl Turn<'_> {
    pub(super) fn receipt(&mut self, line: &StatusLine) {
        // A receipt counts for the letter it names and no other (I3).
        if self.delivery.remote_id.as_ref() != Some(&line.remote_id) {
            return;
        }
        if self.is_under_way() {
            self.apply(&line.status);
        } else {
            self.no_status();
        }
    }

    pub(super) fn no_status(&mut self) {
        if self.is_under_way() || self.delivery.awaits_signature() {
            self.follow_up_later();
        }
    }

    /// Moves the signing order on, only ever forward: how it ended is never unsaid.
    pub(super) fn signing(&mut self, status: SigningStatus) {
        if !self.delivery.awaits_signature() {
            return;
        }
        let stage = status.stage;
        if let Some(signing) = &mut self.delivery.signing {
            signing.status = Some(status);
        }
        if matches!(stage, SigningStage::Declined | SigningStage::Expired | SigningStage::Rejected) {
            self.alarm = Some(Alarm::NotSigned);
        }
        if self.delivery.work().is_some() {
            self.follow_up_later();
        } else {
            self.delivery.due = None;
        }
    }

    pub(super) fn withdrawn(&mut self) {
        if self.is_under_way() {
            self.end(DeliveryState::Withdrawn, self.now);
        }
    }

    /// Moves on by what the channel says, only ever forward (I7).
    pub(super) fn apply(&mut self, status: &RemoteStatus) {
        if !self.is_under_way() {
            return;
        }
        let before = self.delivery.remote.as_ref().and_then(|remote| remote.since);
        let order = before.zip(status.since).map(|(before, since)| since.cmp(&before));
        let at = status.since.filter(|at| *at <= self.now).unwrap_or(self.now);
        match status.stage {
            Stage::Delivered(told) => {
                if let Some(mailbox) = told.or(self.delivery.cleared_for) {
                    self.in_mailbox(mailbox, order == Some(Ordering::Greater), at);
                }
            }
            Stage::SentToPrint => self.delivery.state = DeliveryState::SentToPrint,
            Stage::Opened => self.end(DeliveryState::Opened, at),
            Stage::Printed => self.end(DeliveryState::Printed, at),
            Stage::Closed => self.end(DeliveryState::Closed, at),
            Stage::Rejected | Stage::Undeliverable => {
                self.end(DeliveryState::Failed(FailureCause::Returned { raw: status.raw.clone() }), at);
            }
            Stage::Accepted | Stage::Unrecognised => {}
        }
        if order != Some(Ordering::Less) {
            self.delivery.remote = Some(status.clone());
        }
        if !self.has_ended() {
            self.follow_up_later();
        }
    }

    /// The next question comes the later, the older the letter is, and there is none when it is too old.
    pub(super) fn follow_up_later(&mut self) {
        let policy = self.rules.policy;
        let age = between(self.delivery.accepted.unwrap_or(self.now), self.now);
        if age >= policy.follow_up_for {
            self.delivery.due = None;
            return;
        }
        let wait = (age / 8).clamp(policy.follow_up_first, policy.follow_up_cap.max(policy.follow_up_first));
        self.due_in(back_off(wait, wait, 0, self.jitter));
    }

    fn in_mailbox(&mut self, mailbox: MailboxKind, newer: bool, at: Timestamp) {
        match self.delivery.state {
            DeliveryState::Accepted => {
                self.delivery.state = DeliveryState::Delivered { mailbox };
                self.delivery.delivered = Some(at);
            }
            // The channel may move a letter that one mailbox did not take to another; a late report of the first one must
            // not move it back, so it has to be newer by the channel's own time.
            DeliveryState::Delivered { .. } if newer => {
                self.delivery.state = DeliveryState::Delivered { mailbox };
            }
            _ => {}
        }
    }

    const fn is_under_way(&self) -> bool {
        matches!(
            self.delivery.state,
            DeliveryState::Accepted | DeliveryState::Delivered { .. } | DeliveryState::SentToPrint
        )
    }
}
