use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause, RemoteId},
    identity::{AccountId, ChannelId, Timestamp},
    ports::PortErrorKind,
    routing::{Explanation, MailboxKind},
};

use super::{Alarm, Failure, Finding, Turn};
use crate::policy::{back_off, later};

impl Turn<'_> {
    pub(super) fn begin(&mut self, mailbox: MailboxKind, explanation: Option<Box<Explanation>>) {
        if self.is_queued() {
            self.delivery.state = DeliveryState::Attempting { since: self.now };
            self.delivery.attempts = self.delivery.attempts.saturating_add(1);
            self.delivery.cleared_for = Some(mailbox);
            self.delivery.explanation = explanation;
            // Due at once for whoever comes upon it after this worker's lease: the attempt was then cut off.
            self.delivery.due = Some(self.now);
        }
    }

    /// A queued delivery has no open attempt on its present channel, so it may change over. Changing over again and again
    /// without an attempt in between backs off.
    pub(super) fn reroute(&mut self, channel: ChannelId, account: AccountId) {
        if !self.is_queued() {
            return;
        }
        if self.delivery.failures == 0 {
            self.delivery.due = Some(self.now);
        } else {
            self.wait_after_failure(None);
        }
        self.delivery.failures = self.delivery.failures.saturating_add(1);
        self.delivery.channel = channel;
        self.delivery.account = account;
    }

    pub(super) fn postpone(&mut self, failure: &Failure) {
        if self.is_queued() {
            self.wait_after_failure(failure.retry_after);
            self.delivery.failures = self.delivery.failures.saturating_add(1);
            self.delivery.last_error = Some(failure.detail.clone());
        }
    }

    /// It rests until it may be seen, and its life time counts from then.
    pub(super) fn put_off(&mut self, until: Timestamp) {
        if self.is_queued() {
            self.delivery.due = Some(until);
            self.delivery.expires = self.delivery.expires.max(self.rules.policy.expires(until, self.delivery.priority));
        }
    }

    pub(super) fn accepted(&mut self, id: RemoteId) {
        match self.delivery.state {
            // An answer that comes after we gave up waiting is still the truth.
            DeliveryState::Queued | DeliveryState::Attempting { .. } | DeliveryState::Unknown { .. } => {
                self.take_over(id, self.now);
            }
            DeliveryState::Failed(_) => {
                self.alarm = Some(Alarm::Contradicts);
                self.finding = Some(Finding::Contradicts);
            }
            _ if self.delivery.remote_id.as_ref() != Some(&id) => {
                self.alarm = Some(Alarm::Doubled);
                self.finding = Some(Finding::Doubled);
            }
            _ => {}
        }
    }

    pub(super) fn send_failed(&mut self, failure: Failure) {
        if !matches!(self.delivery.state, DeliveryState::Attempting { .. }) {
            return;
        }
        self.delivery.last_error = Some(failure.detail.clone());
        match failure.kind {
            PortErrorKind::Unknown => self.lose_sight(failure.retry_after, failure.sent_before),
            PortErrorKind::Transient => {
                self.wait_after_failure(failure.retry_after);
                self.delivery.state = DeliveryState::Queued;
                self.delivery.failures = self.delivery.failures.saturating_add(1);
            }
            // The account is at fault, not the letter: it waits its turn, and the account is stopped elsewhere.
            PortErrorKind::Unauthorised | PortErrorKind::Misconfigured => {
                self.delivery.state = DeliveryState::Queued;
                self.due_in(self.rules.policy.back_off_first);
            }
            PortErrorKind::Rejected | PortErrorKind::Unsupported => {
                let cause = FailureCause::Rejected { detail: failure.detail, remote_code: failure.remote_code };
                self.end(DeliveryState::Failed(cause), self.now);
            }
        }
    }

    pub(super) fn recover(&mut self) {
        if matches!(self.delivery.state, DeliveryState::Attempting { .. }) {
            self.delivery.last_error = Some("the attempt was cut off before its outcome was recorded".to_owned());
            self.lose_sight(None, false);
        }
    }

    pub(super) fn expire(&mut self) {
        if self.is_queued() && self.now >= self.delivery.expires {
            let last = self.delivery.last_error.clone().unwrap_or_else(|| "no attempt was made".to_owned());
            self.end(DeliveryState::Failed(FailureCause::Expired { last }), self.now);
        }
    }

    /// The channel has it under this id.
    pub(super) fn take_over(&mut self, id: RemoteId, at: Timestamp) {
        self.delivery.state = DeliveryState::Accepted;
        self.delivery.remote_id = Some(id);
        self.delivery.accepted = Some(at);
        self.delivery.failures = 0;
        self.delivery.last_error = None;
        self.follow_up_later();
    }

    /// Never "failed", never "again": first the channel is asked, at once or when the wait that it asked for is over.
    fn lose_sight(&mut self, retry_after: Option<std::time::Duration>, sent_before: bool) {
        let settles = later(self.now, self.rules.settle_time);
        self.delivery.state = DeliveryState::Unknown { since: self.now, settles, sent_before };
        self.delivery.failures = 0;
        self.due_in(retry_after.unwrap_or_default().min(self.rules.policy.retry_after_cap));
    }

    fn wait_after_failure(&mut self, retry_after: Option<std::time::Duration>) {
        let policy = self.rules.policy;
        let own = back_off(policy.back_off_first, policy.back_off_cap, self.delivery.failures, self.jitter);
        let asked = retry_after.unwrap_or_default().min(policy.retry_after_cap);
        self.due_in(own.max(asked));
    }
}
