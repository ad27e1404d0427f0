use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::access::{
    ChannelAccess, ChannelRight, Period, Role, RoleScope,
    samples::{at, employee, entry, permit, permit_elsewhere, policy, role, who, why, with_role},
};
use crate::identity::AccountId;

const DAY: i64 = 24 * 3_600;

fn reviewer() -> DutyPermit {
    permit("leder", Role::HeadArchivist, DutyKind::Review)
}

fn open(due: Timestamp) -> Review {
    let needed = NeededReview { user: who("u1"), subject: ReviewSubject::Roles, due };
    Review::open(policy().tenant, ReviewId::from_uuid(Uuid::from_u128(1)), needed, at(0))
}

fn finish(review: Review, when: Timestamp) -> Result<Review, ReviewError> {
    review.finish(&reviewer(), ReviewOutcome::Kept, "Leder bekrefter".into(), Some(entry(3)), when)
}

fn channel(from: i64) -> ChannelAccess {
    let account = AccountId::new("byplan").unwrap();
    let period = Period::starting(at(from));
    ChannelAccess { account, right: ChannelRight::Send, period, granted_by: who("admin"), reason: why() }
}

#[test]
fn every_step_from_every_state_leads_where_the_table_says() {
    let overdue = open(at(10)).mark_overdue(at(10)).unwrap();
    assert_eq!((overdue.state(), overdue.changed()), (&ReviewState::Overdue { since: at(10) }, at(10)));
    let done = finish(open(at(10)), at(5)).unwrap();
    let name = |review: Result<Review, ReviewError>| match review.map(|review| review.state().clone()) {
        Ok(ReviewState::Open) => "open",
        Ok(ReviewState::Overdue { .. }) => "overdue",
        Ok(ReviewState::Done(_)) => "done",
        Err(ReviewError::Done) => "is done",
        Err(ReviewError::NotDue) => "not due",
        Err(_) => "error",
    };
    let table = [open(at(10)), overdue.clone(), done.clone()].map(|review| {
        let overdue = [9, 10, 11].map(|second| review.clone().mark_overdue(at(second)));
        let steps: Vec<&str> = overdue.into_iter().chain([finish(review, at(12))]).map(name).collect();
        steps.join(", ")
    });
    assert_eq!(
        table,
        ["not due, overdue, overdue, done", "not due, not due, not due, done", "is done, is done, is done, is done"]
    );
    assert_eq!([&open(at(10)), &overdue, &done].map(Review::due), [Some(at(10)), None, None]);
    assert_eq!([&open(at(10)), &overdue, &done].map(Review::waits), [true, true, false]);
    assert_eq!([9, 10].map(|second| open(at(10)).is_overdue(at(second))), [false, true]);
    assert!(overdue.is_overdue(at(11)) && !done.is_overdue(at(11)));
}

#[test]
fn a_review_is_done_by_somebody_entitled_else_with_evidence() {
    let try_finish = |by: &DutyPermit, evidence: &str| {
        open(at(10)).finish(by, ReviewOutcome::Withdrawn, evidence.into(), None, at(5)).map(|review| review.0.state)
    };
    let report = ReviewReport {
        by: who("leder"),
        at: at(5),
        outcome: ReviewOutcome::Withdrawn,
        evidence: "Sluttet".into(),
        entry: None,
    };
    assert_eq!(try_finish(&reviewer(), "Sluttet"), Ok(ReviewState::Done(report)));
    assert_eq!(try_finish(&reviewer(), " "), Err(ReviewError::NoEvidence));
    let own = permit("u1", Role::HeadArchivist, DutyKind::Review);
    assert_eq!(try_finish(&own, "Sluttet"), Err(ReviewError::OwnRights));
    let other = permit("leder", Role::HeadArchivist, DutyKind::ReadLog);
    assert_eq!(try_finish(&other, "Sluttet"), Err(ReviewError::NotEntitled));
    assert_eq!(try_finish(&permit_elsewhere("leder", DutyKind::Review), "Sluttet"), Err(ReviewError::NotEntitled));
}

#[test]
fn a_review_is_read_back_as_it_was_stored_and_shows_no_evidence() {
    let done = finish(open(at(10)), at(5)).unwrap().with_version(2);
    let json = serde_json::to_string(&done).unwrap();
    assert_eq!(serde_json::from_str::<Review>(&json).unwrap(), done);
    assert!(!format!("{done:?}").contains("bekrefter"));
    assert_eq!((done.version(), done.due_date(), done.user()), (2, at(10), &who("u1")));
}

#[test]
fn roles_are_reviewed_after_a_year_and_channels_after_a_quarter_with_a_months_notice() {
    let mut user = with_role("u1", Role::Archivist);
    user.channels = vec![channel(0)];
    let needed = |reviews: &[Review], day: i64| needed_reviews(&user, reviews, &policy(), at(day * DAY));
    let subjects = |day: i64| needed(&[], day).into_iter().map(|n| n.subject).collect::<Vec<_>>();
    assert_eq!(subjects(59), []);
    assert_eq!(subjects(60), [ReviewSubject::Channels]);
    assert_eq!(subjects(334), [ReviewSubject::Channels]);
    assert_eq!(subjects(335), [ReviewSubject::Roles, ReviewSubject::Channels]);
    let due: Vec<Timestamp> = needed(&[], 335).into_iter().map(|needed| needed.due).collect();
    assert_eq!(due, [at(365 * DAY), at(90 * DAY)]);
    assert_eq!(needed(&[], 335)[0].user, who("u1"));
    // One that waits is enough; one of the other sort is not.
    assert_eq!(needed(&[open(at(365 * DAY))], 335).len(), 1);
}

#[test]
fn roles_that_are_not_reviewed_and_rights_that_are_over_need_no_review() {
    let late = at(5_000 * DAY);
    assert_eq!(needed_reviews(&with_role("u1", Role::CaseHandler), &[], &policy(), late), []);
    assert_eq!(needed_reviews(&employee("u1"), &[], &policy(), late), []);
    let mut over = with_role("u1", Role::Archivist);
    over.roles[0].period = Period::between(at(0), late);
    assert_eq!(needed_reviews(&over, &[], &policy(), late), []);
}

#[test]
fn a_review_counts_for_its_own_sort_and_only_when_done_after_the_right_was_given() {
    let mut user = with_role("u1", Role::Archivist);
    let reviewed = [finish(open(at(200 * DAY)), at(200 * DAY)).unwrap()];
    let due = |user: &User, reviews: &[Review]| {
        needed_reviews(user, reviews, &policy(), at(3_000 * DAY)).iter().map(|n| (n.subject, n.due)).collect::<Vec<_>>()
    };
    assert_eq!(due(&user, &[]), [(ReviewSubject::Roles, at(365 * DAY))]);
    assert_eq!(due(&user, &reviewed), [(ReviewSubject::Roles, at(565 * DAY))]);
    user.roles.push(role(Role::HeadArchivist, RoleScope::Tenant, Period::starting(at(300 * DAY))));
    assert_eq!(due(&user, &reviewed), [(ReviewSubject::Roles, at(565 * DAY))]);
    user.roles.remove(0);
    assert_eq!(due(&user, &reviewed), [(ReviewSubject::Roles, at(665 * DAY))]);
    user.roles.clear();
    user.channels = vec![channel(0)];
    assert_eq!(due(&user, &reviewed), [(ReviewSubject::Channels, at(90 * DAY))]);
}

/// Three years, day by day, with a reviewer who is late now and then: nothing that is reviewed goes beyond its period without
/// being marked as overdue on that very day.
#[test]
fn over_three_years_nothing_stays_unreviewed_without_an_overdue_event() {
    for delay in [0, 1, 20, 30, 45, 400] {
        let mut user = with_role("u1", Role::SystemAdministrator);
        user.channels = vec![channel(40 * DAY)];
        let mut reviews: Vec<Review> = Vec::new();
        let mut finished = 0;
        for day in 0..3 * 365 {
            let now = at(day * DAY);
            for needed in needed_reviews(&user, &reviews, &policy(), now) {
                assert!(needed.due >= now, "asked for too late: {needed:?}");
                let id = ReviewId::from_uuid(Uuid::from_u128(reviews.len() as u128));
                reviews.push(Review::open(policy().tenant, id, needed, now));
            }
            for review in &mut reviews {
                let asked = review.due_date() - TimeDelta::days(30);
                if review.waits() && now >= asked + TimeDelta::days(delay) {
                    *review = finish(review.clone(), now).unwrap();
                    finished += 1;
                } else if review.due().is_some_and(|due| due <= now) {
                    *review = review.clone().mark_overdue(now).unwrap();
                }
            }
            for (subject, from, days) in [(ReviewSubject::Roles, 0, 366), (ReviewSubject::Channels, 40, 92)] {
                let last = reviews.iter().filter_map(|review| review.finished(subject)).max().unwrap_or(at(from * DAY));
                let overdue = |review: &Review| review.waits() && matches!(review.state(), ReviewState::Overdue { .. });
                let shown = reviews.iter().any(|review| review.subject() == subject && overdue(review));
                assert!(shown || now <= last + TimeDelta::days(days), "{subject:?} on day {day}, {delay} days late");
            }
        }
        assert!(finished >= if delay == 400 { 2 } else { 10 }, "{finished} finished, {delay} days late");
    }
}
