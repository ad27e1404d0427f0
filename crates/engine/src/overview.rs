//! What needs somebody's eye (R4.3).

use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, FailureCause},
    identity::{AccountId, ChannelId, LetterId, Timestamp},
    ports::{DeliveryFilter, StoreError},
};

use crate::{
    notices::remedy,
    office::{Office, Tenant},
    policy::later,
};

/// Which letters are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// Failed, and nobody has sent them again. Those that a person stopped are no problem.
    Failed,
    /// On their way to the channel, and something is in the way.
    Hanging,
    /// In a mailbox, unopened past [`Policy::unopened_after`](crate::Policy::unopened_after).
    Unopened,
}

/// A letter that needs somebody's eye. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Which letter.
    pub letter: LetterId,
    /// The channel it is on.
    pub channel: ChannelId,
    /// The account it goes by.
    pub account: AccountId,
    /// Its state's name.
    pub state: &'static str,
    /// Since when it is a problem.
    pub since: Timestamp,
    /// How often sending was begun.
    pub attempts: u32,
    /// The cause, in technical words.
    pub cause: String,
    /// What to do.
    pub remedy: &'static str,
}

pub(crate) async fn problems(
    office: &Office,
    tenant: &Tenant,
    kind: ProblemKind,
    after: Option<LetterId>,
    limit: usize,
) -> Result<Vec<Problem>, StoreError> {
    let now = office.clock.now();
    let mut found = Vec::new();
    for state in states(kind) {
        let mut filter = DeliveryFilter::default();
        filter.state = Some(state);
        let (mut cursor, mut of_state) = (after, 0);
        loop {
            let page = office.store.deliveries(&tenant.id, &filter, cursor, PAGE).await?;
            cursor = page.last().map(|delivery| delivery.letter);
            let last = page.len() < PAGE;
            let problems = page.iter().filter_map(|delivery| problem(office, delivery, now));
            let before = found.len();
            found.extend(problems.take(limit.saturating_sub(of_state)));
            of_state += found.len() - before;
            if last || of_state >= limit {
                break;
            }
        }
    }
    found.sort_by_key(|problem| problem.letter);
    found.truncate(limit);
    Ok(found)
}

const fn states(kind: ProblemKind) -> &'static [&'static str] {
    match kind {
        ProblemKind::Failed => &["failed"],
        ProblemKind::Hanging => &["queued", "attempting", "unknown"],
        ProblemKind::Unopened => &["delivered"],
    }
}

fn problem(office: &Office, delivery: &Delivery, now: Timestamp) -> Option<Problem> {
    let (since, cause, remedy) = match &delivery.state {
        DeliveryState::Failed(FailureCause::Stopped) => return None,
        DeliveryState::Failed(cause) => (delivery.ended?, describe(cause), remedy(cause)),
        DeliveryState::Queued => {
            let cause = delivery.last_error.clone()?;
            (delivery.queued, cause, "nothing yet: it is tried again by itself until its life time is over")
        }
        DeliveryState::Attempting { since } if *since < earlier(office, now) => {
            (*since, "the attempt has not ended".to_owned(), "nothing yet: it is looked up by itself")
        }
        DeliveryState::Unknown { since, .. } => (
            *since,
            delivery.last_error.clone().unwrap_or_default(),
            "nothing yet: the channel is asked by itself; if that lasts, ask its operator for our reference",
        ),
        DeliveryState::Delivered { .. } => {
            let since = later(delivery.delivered?, office.policy.unopened_after);
            if since > now {
                return None;
            }
            let cause = "nobody has opened it".to_owned();
            (since, cause, "reach the recipient in another way, or print it")
        }
        _ => return None,
    };
    Some(Problem {
        letter: delivery.letter,
        channel: delivery.channel.clone(),
        account: delivery.account.clone(),
        state: delivery.state.name(),
        since,
        attempts: delivery.attempts,
        cause,
        remedy,
    })
}

/// An attempt that began before this has lasted longer than any call may.
fn earlier(office: &Office, now: Timestamp) -> Timestamp {
    chrono::Duration::from_std(office.policy.lease_margin)
        .ok()
        .and_then(|span| now.checked_sub_signed(span))
        .unwrap_or(now)
}

fn describe(cause: &FailureCause) -> String {
    match cause {
        FailureCause::NotCleared(refused) => refused.to_string(),
        FailureCause::Rejected { detail, remote_code: Some(code) } => {
            format!("rejected: {detail} (remote code `{code}`)")
        }
        FailureCause::Rejected { detail, remote_code: None } => format!("rejected: {detail}"),
        FailureCause::Returned { raw } => format!("turned away after it was taken: `{raw}`"),
        FailureCause::Expired { last } => format!("its life time was over; last: {last}"),
        FailureCause::Incomplete { what } => format!("missing: {what}"),
        FailureCause::Stopped => "stopped by a person".to_owned(),
        _ => "another cause".to_owned(),
    }
}

const PAGE: usize = 500;
