use std::collections::BTreeSet;

use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause},
    identity::Timestamp,
    ports::Found,
};

use super::{Alarm, Failure, Finding, Turn};
use crate::policy::{back_off, between, later};

impl Turn<'_> {
    pub(super) fn found(&mut self, hits: &[Found]) {
        match self.delivery.state {
            DeliveryState::Queued | DeliveryState::Attempting { .. } => {
                self.adopt(hits);
            }
            DeliveryState::Unknown { settles, sent_before, .. } => {
                if !self.adopt(hits) {
                    self.not_found(hits, settles, sent_before);
                }
            }
            DeliveryState::Failed(_) => {
                if hits.iter().any(Found::is_effective) {
                    self.report(Finding::Contradicts, Alarm::Contradicts);
                }
            }
            DeliveryState::Withdrawn => {}
            DeliveryState::Accepted
            | DeliveryState::Delivered { .. }
            | DeliveryState::SentToPrint
            | DeliveryState::Opened
            | DeliveryState::Printed
            | DeliveryState::Closed => self.compare(hits),
        }
    }

    pub(super) fn find_failed(&mut self, failure: &Failure) {
        let DeliveryState::Unknown { sent_before, .. } = self.delivery.state else { return };
        // That it was sent before is what people have to know in the end.
        if !sent_before {
            self.delivery.last_error = Some(failure.detail.clone());
        }
        let asked = failure.retry_after.unwrap_or_default().min(self.rules.policy.retry_after_cap);
        let own = self.next_look_up();
        self.due_in(own.max(asked));
        self.count_look_up();
    }

    /// Takes over the oldest letter that the channel has under our reference, if it has one.
    fn adopt(&mut self, hits: &[Found]) -> bool {
        let effective = || hits.iter().filter(|hit| hit.is_effective());
        // Newest first, so that the last of those that came in at the same or at no known time is the oldest.
        let oldest = effective().rev().min_by_key(|hit| hit.received.unwrap_or(Timestamp::MAX_UTC));
        let Some(oldest) = oldest else { return false };
        let taken = oldest.received.filter(|at| *at <= self.now).unwrap_or(self.now);
        self.take_over(oldest.remote_id.clone(), taken);
        self.apply(&oldest.status);
        self.finding = Some(Finding::Adopted);
        if is_doubled(hits) {
            self.report(Finding::Doubled, Alarm::Doubled);
        }
        true
    }

    fn not_found(&mut self, hits: &[Found], settles: Timestamp, sent_before: bool) {
        if self.now < settles {
            // A send may still be open on the other side, so a hit that was turned away proves nothing yet.
            let wait = self.next_look_up().min(between(self.now, settles));
            self.due_in(wait);
            self.count_look_up();
            return;
        }
        // Hits from before a person's re-drive belong to an earlier life of the letter.
        let queued = self.delivery.queued;
        let turned_away = hits.iter().find(|hit| hit.received.is_none_or(|at| later(at, CLOCK_TOLERANCE) >= queued));
        if let Some(hit) = turned_away {
            self.delivery.remote_id = Some(hit.remote_id.clone());
            self.delivery.remote = Some(hit.status.clone());
            self.end(DeliveryState::Failed(FailureCause::Returned { raw: hit.status.raw.clone() }), self.now);
        } else if sent_before {
            // Another letter says the same: this one would be refused for ever.
            let detail = self.delivery.last_error.clone().unwrap_or_default();
            self.end(DeliveryState::Failed(FailureCause::SentBefore { detail }), self.now);
        } else {
            self.delivery.state = DeliveryState::Queued;
            self.delivery.failures = 0;
            self.delivery.due = Some(self.now);
        }
    }

    /// Compares a letter that is on record as taken with what the channel has.
    fn compare(&mut self, hits: &[Found]) {
        let ours = hits.iter().find(|hit| Some(&hit.remote_id) == self.delivery.remote_id.as_ref());
        if let Some(ours) = ours {
            self.apply(&ours.status);
        } else {
            self.report(Finding::Missing, Alarm::Missing);
        }
        if is_doubled(hits) {
            self.report(Finding::Doubled, Alarm::Doubled);
        }
    }

    fn report(&mut self, finding: Finding, alarm: Alarm) {
        self.finding = Some(finding);
        self.alarm = Some(alarm);
    }

    fn next_look_up(&self) -> std::time::Duration {
        let policy = self.rules.policy;
        back_off(policy.look_up_first, policy.look_up_cap, self.delivery.failures, self.jitter)
    }

    fn count_look_up(&mut self) {
        self.delivery.failures = self.delivery.failures.saturating_add(1);
        if self.delivery.failures == self.rules.policy.look_up_alarm {
            self.alarm = Some(Alarm::FateUnknown);
        }
    }
}

/// Whether the channel has the letter more than once. An answer that tells of the same one twice says nothing of the kind.
fn is_doubled(hits: &[Found]) -> bool {
    let ids: BTreeSet<_> = hits.iter().filter(|hit| hit.is_effective()).map(|hit| &hit.remote_id).collect();
    ids.len() > 1
}

/// How far the other side's clock may be off ours when a hit is told from one of an earlier life of the letter.
const CLOCK_TOLERANCE: std::time::Duration = std::time::Duration::from_secs(3600);
