use uuid::Uuid;

use super::*;
use crate::access::{
    EmergencyTerms, GrantState, Role,
    samples::{at, case, permit, permit_elsewhere, policy, who, why},
};

fn ids() -> (GrantId, ReviewId) {
    (GrantId::from_uuid(Uuid::from_u128(1)), ReviewId::from_uuid(Uuid::from_u128(2)))
}

fn record() -> RecordRef {
    RecordRef::Case(case(1))
}

fn handler() -> DutyPermit {
    permit("u1", Role::CaseHandler, DutyKind::BreakGlass)
}

#[test]
fn an_emergency_gives_an_hour_of_reading_one_record_and_a_review_in_a_week() {
    let Emergency { grant, review } = break_glass(&handler(), record(), why(), ids(), &policy(), at(100)).unwrap();
    assert_eq!((grant.holder(), grant.record(), grant.right()), (&who("u1"), Some(record()), GrantRight::Read));
    assert_eq!((grant.basis(), grant.state()), (GrantBasis::Emergency, &GrantState::Active));
    let live = |second| grant.is_live(at(second));
    assert_eq!([99, 100, 3_699, 3_700].map(live), [false, true, true, false]);
    assert_eq!((review.user(), review.subject()), (&who("u1"), ReviewSubject::Emergency(grant.id())));
    assert_eq!(review.due(), Some(at(100 + 7 * 24 * 3_600)));
}

#[test]
fn the_policy_sets_how_long_it_lasts() {
    let terms = EmergencyTerms { minutes: 5, review_days: 1 };
    let short = AccessPolicy { emergency: terms, ..policy() };
    let taken = break_glass(&handler(), record(), why(), ids(), &short, at(0)).unwrap();
    assert_eq!((taken.grant.period().until, taken.review.due_date()), (Some(at(300)), at(24 * 3_600)));
    let endless = AccessPolicy { emergency: EmergencyTerms { review_days: u32::MAX, ..terms }, ..policy() };
    let refused = break_glass(&handler(), record(), why(), ids(), &endless, at(0));
    assert_eq!(refused, Err(EmergencyError::Terms));
}

#[test]
fn it_takes_the_duty_in_this_tenant_and_a_reason() {
    let take = |permit: &DutyPermit, reason: &str| {
        break_glass(permit, record(), reason.into(), ids(), &policy(), at(0)).map(|_| ())
    };
    assert_eq!(take(&handler(), "Liv og helse"), Ok(()));
    assert_eq!(take(&handler(), " "), Err(EmergencyError::NoReason));
    let other = permit("u1", Role::HeadArchivist, DutyKind::Review);
    assert_eq!(take(&other, "Liv og helse"), Err(EmergencyError::NotEntitled));
    let elsewhere = permit_elsewhere("u1", DutyKind::BreakGlass);
    assert_eq!(take(&elsewhere, "Liv og helse"), Err(EmergencyError::NotEntitled));
}
