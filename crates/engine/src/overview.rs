//! What needs somebody's eye (R4.3).

use sakarkiv_core::{
    delivery::{Delivery, Trouble, TroubleKind, TroubleLimits, trouble},
    identity::{AccountId, ChannelId, LetterId, Timestamp},
    ports::{DeliveryFilter, StoreError},
};

use crate::office::{Office, Tenant};

/// Which letters are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// Failed, and nobody has sent them again. Those that a person stopped are no problem.
    Failed,
    /// On their way to the channel, and something is in the way.
    Hanging,
    /// Taken over by the channel, which has not delivered them for days or is asked no more.
    Silent,
    /// To be signed, and not signed: declined, expired, turned away, or overdue (R4.4).
    Unsigned,
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
    /// The cause, by a stable code.
    pub code: &'static str,
    /// The cause, in technical words.
    pub cause: String,
    /// What to do.
    pub remedy: &'static str,
}

/// A letter in trouble, as the daily check shows it (R4.3). Holds no personal data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FailedLetter {
    /// How far it has come.
    pub delivery: Delivery,
    /// What is wrong with it.
    pub trouble: Trouble,
}

pub(crate) async fn problems(
    office: &Office,
    tenant: &Tenant,
    kind: ProblemKind,
    after: Option<LetterId>,
    limit: usize,
) -> Result<Vec<Problem>, StoreError> {
    let found = troubled(office, tenant, kind, after, limit).await?;
    Ok(found.iter().map(problem).collect())
}

/// Everything that failed, hangs, is not heard of, lies unopened or was not signed; each letter once, in its most urgent
/// trouble.
pub(crate) async fn failed_letters(office: &Office, tenant: &Tenant) -> Result<Vec<FailedLetter>, StoreError> {
    let mut found = Vec::new();
    for kind in TroubleKind::ALL {
        found.extend(troubled(office, tenant, kind.into(), None, usize::MAX).await?);
    }
    Ok(found)
}

/// The letters in trouble of one kind, in the order of their ids after `after`, at most `limit`.
async fn troubled(
    office: &Office,
    tenant: &Tenant,
    kind: ProblemKind,
    after: Option<LetterId>,
    limit: usize,
) -> Result<Vec<FailedLetter>, StoreError> {
    let now = office.clock.now();
    let mut found = Vec::new();
    for state in states(kind) {
        let mut filter = DeliveryFilter::default();
        filter.state = Some(state);
        if kind == ProblemKind::Unsigned {
            // Orders lie among all letters that ever ended; those older than this are asked for no more either.
            filter.changed_since = chrono::Duration::from_std(office.policy.follow_up_for)
                .ok()
                .and_then(|span| now.checked_sub_signed(span));
        }
        let (mut cursor, mut of_state) = (after, 0);
        loop {
            let page = office.store.deliveries(&tenant.id, &filter, cursor, PAGE).await?;
            cursor = page.last().map(|delivery| delivery.letter);
            let last = page.len() < PAGE;
            let before = found.len();
            let letters = page.into_iter().filter_map(|delivery| in_trouble(office, delivery, kind, now));
            found.extend(letters.take(limit.saturating_sub(of_state)));
            of_state += found.len() - before;
            if last || of_state >= limit {
                break;
            }
        }
    }
    found.sort_by_key(|letter: &FailedLetter| letter.delivery.letter);
    found.truncate(limit);
    Ok(found)
}

impl From<TroubleKind> for ProblemKind {
    fn from(kind: TroubleKind) -> Self {
        match kind {
            TroubleKind::Failed => Self::Failed,
            TroubleKind::Hanging => Self::Hanging,
            TroubleKind::Silent => Self::Silent,
            TroubleKind::Unopened => Self::Unopened,
            TroubleKind::Unsigned => Self::Unsigned,
        }
    }
}

const fn states(kind: ProblemKind) -> &'static [&'static str] {
    match kind {
        ProblemKind::Failed => &["failed"],
        ProblemKind::Hanging => &["queued", "attempting", "unknown"],
        ProblemKind::Silent => &["accepted", "delivered", "sent_to_print"],
        ProblemKind::Unopened => &["delivered"],
        ProblemKind::Unsigned => &["accepted", "delivered", "sent_to_print", "opened", "printed", "closed"],
    }
}

fn in_trouble(office: &Office, delivery: Delivery, kind: ProblemKind, now: Timestamp) -> Option<FailedLetter> {
    let trouble = trouble(&delivery, now, &limits(office)).filter(|found| ProblemKind::from(found.kind) == kind)?;
    Some(FailedLetter { delivery, trouble })
}

fn problem(FailedLetter { delivery, trouble: found }: &FailedLetter) -> Problem {
    Problem {
        letter: delivery.letter,
        channel: delivery.channel.clone(),
        account: delivery.account.clone(),
        state: delivery.state.name(),
        since: found.since,
        attempts: delivery.attempts,
        code: found.cause.code,
        cause: if found.detail.is_empty() {
            found.cause.text.to_owned()
        } else {
            format!("{}: {}", found.cause.text, found.detail)
        },
        remedy: found.remedy,
    }
}

fn limits(office: &Office) -> TroubleLimits {
    TroubleLimits {
        unopened: office.policy.unopened_after,
        // An attempt that has lasted longer than this has lasted longer than any call may.
        attempt: office.policy.lease_margin,
        ..TroubleLimits::default()
    }
}

const PAGE: usize = 500;
