use chrono::{Days, TimeDelta};
use thiserror::Error;

use super::{NeededReview, Review, ReviewSubject};
use crate::{
    access::{
        AccessPolicy, DutyKind, DutyPermit, Grant, GrantBasis, GrantError, GrantRight, GrantScope, Period, RecordRef,
        grant::NewGrant,
    },
    identity::{GrantId, ReviewId, Timestamp},
    screening::Private,
};

/// Emergency access (nødrett, break-glass) that was taken: what is stored in one transaction, together with a loud event in
/// the log and a notice to the head archivist.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Emergency {
    /// The grant: to read one record, at once and for a short while.
    pub grant: Grant,
    /// The review of its use that must follow.
    pub review: Review,
}

/// Why emergency access was not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EmergencyError {
    /// The permit is for something else.
    #[error("emergency access is for those with the duty `BreakGlass` in this tenant; request access instead")]
    NotEntitled,
    /// No reason.
    #[error("emergency access needs a reason; say what cannot wait")]
    NoReason,
    /// The policy's terms lead beyond what dates can hold.
    #[error("the terms of emergency access are out of range; correct the tenant's access policy")]
    Terms,
}

/// Takes emergency access to one record: reading only, for as long as the policy says (60 minutes unless it says otherwise),
/// with a review that falls due by itself. It cannot be prolonged; a new emergency is a new reason.
///
/// # Errors
/// [`EmergencyError`] without the duty or without a reason.
pub fn break_glass(
    permit: &DutyPermit,
    record: RecordRef,
    reason: Private<String>,
    (grant, review): (GrantId, ReviewId),
    policy: &AccessPolicy,
    now: Timestamp,
) -> Result<Emergency, EmergencyError> {
    if permit.duty() != DutyKind::BreakGlass || *permit.tenant() != policy.tenant {
        return Err(EmergencyError::NotEntitled);
    }
    let terms = policy.emergency;
    let until = now.checked_add_signed(TimeDelta::minutes(i64::from(terms.minutes))).ok_or(EmergencyError::Terms)?;
    let due = now.checked_add_days(Days::new(u64::from(terms.review_days))).ok_or(EmergencyError::Terms)?;
    let holder = permit.actor().clone();
    let new = NewGrant {
        tenant: policy.tenant.clone(),
        id: grant,
        holder: holder.clone(),
        right: GrantRight::Read,
        scope: GrantScope::from(record),
        period: Period::between(now, until),
        reason,
        granted_by: holder.clone(),
        basis: GrantBasis::Emergency,
    };
    let given = Grant::begin(new, now).map_err(|error| match error {
        GrantError::NoReason => EmergencyError::NoReason,
        _ => EmergencyError::NotEntitled,
    })?;
    let needed = NeededReview { user: holder, subject: ReviewSubject::Emergency(grant), due };
    Ok(Emergency { grant: given, review: Review::open(policy.tenant.clone(), review, needed, now) })
}

#[cfg(test)]
#[path = "emergency_tests.rs"]
mod tests;
