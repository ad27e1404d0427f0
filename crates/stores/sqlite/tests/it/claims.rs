//! Claims, leases, fences, order keys.

use sakarkiv_core::{
    delivery::{DeliveryState, Letter, Priority, WorkKind},
    ports::{Claim, Op, Store as _, StoreError},
};

use crate::support::*;

fn with(number: u128, change: impl FnOnce(&mut Letter)) -> Letter {
    let mut letter = letter(&bodo(), number, &[]);
    change(&mut letter);
    letter
}

fn letters(claims: &[Claim]) -> Vec<sakarkiv_core::identity::LetterId> {
    claims.iter().map(|claim| claim.delivery.letter).collect()
}

/// An office with letters accepted in this order.
fn office(waiting: impl IntoIterator<Item = Letter>) -> Office {
    let office = Office::new();
    wait(async {
        register(&office.store, &bodo()).await;
        for letter in waiting {
            accept(&office.store, letter).await;
        }
    });
    office
}

async fn done(office: &Office, claim: &Claim, state: DeliveryState) {
    let mut delivery = claim.delivery.clone();
    delivery.state = state;
    let op = Op::PutDelivery { delivery, fence: claim.fence, keep: false };
    commit(&office.store, &bodo(), op).await.unwrap();
}

#[test]
fn the_most_urgent_is_claimed_first_then_the_longest_due_then_the_first_accepted() {
    let office = office([
        with(1, |l| l.submitted = at(3)),
        with(2, |l| l.submitted = at(2)),
        with(3, |l| l.submitted = at(2)),
        with(4, |l| {
            l.submitted = at(4);
            l.priority = Priority::Health;
        }),
        with(5, |l| l.submitted = at(9)),
    ]);
    wait(async {
        let claims = office.store.claim(request(&bodo(), "a", 5, 3)).await.unwrap();
        assert_eq!(letters(&claims), [4, 2, 3].map(letter_id), "5 is not due, 1 is beyond the limit");
        let claims = office.store.claim(request(&bodo(), "a", 5, 3)).await.unwrap();
        assert_eq!(letters(&claims), [letter_id(1)]);
        assert!(office.store.claim(request(&bodo(), "a", 9, 0)).await.unwrap().is_empty());
    });
}

#[test]
fn a_claim_is_for_one_channel_account_and_kind_of_work() {
    let office = office([with(1, |_| ())]);
    wait(async {
        let mut other = request(&bodo(), "a", 5, 9);
        other.work = WorkKind::FollowUp;
        assert!(office.store.claim(other).await.unwrap().is_empty());
        let claim = office.store.claim(request(&bodo(), "a", 5, 9)).await.unwrap().remove(0);
        done(&office, &claim, DeliveryState::Accepted).await;
        assert!(office.store.claim(request(&bodo(), "a", 5, 9)).await.unwrap().is_empty());
        let mut other = request(&bodo(), "a", 5, 9);
        other.work = WorkKind::FollowUp;
        assert_eq!(office.store.claim(other.clone()).await.unwrap().len(), 1);
        other.account = sakarkiv_core::identity::AccountId::new("skole").unwrap();
        assert!(office.store.claim(other).await.unwrap().is_empty());
    });
}

#[test]
fn what_is_held_is_nobody_elses_until_the_lease_ends_and_then_the_old_holder_is_refused() {
    let office = office([with(1, |_| ())]);
    wait(async {
        let store = &office.store;
        let old = store.claim(request(&bodo(), "a", 0, 1)).await.unwrap().remove(0);
        for owner in ["a", "b"] {
            assert!(store.claim(request(&bodo(), owner, 4, 1)).await.unwrap().is_empty(), "{owner}");
        }
        let new = store.claim(request(&bodo(), "b", 5, 1)).await.unwrap().remove(0);
        assert!(new.fence > old.fence);
        let put = |claim: &Claim| Op::PutDelivery { delivery: claim.delivery.clone(), fence: claim.fence, keep: true };
        assert!(matches!(commit(store, &bodo(), put(&old)).await, Err(StoreError::Fenced)));
        commit(store, &bodo(), put(&new)).await.unwrap();
        assert!(matches!(commit(store, &bodo(), put(&new)).await, Err(StoreError::Fenced)), "the version has moved on");
        let stored = store.delivery(&bodo(), letter_id(1)).await.unwrap().unwrap();
        assert_eq!(stored.version, 1);
    });
}

#[test]
fn fences_rise_with_every_claim_also_across_a_restart() {
    let mut office = office((1..=3).map(|number| with(number, |_| ())));
    let mut fences = Vec::new();
    for round in 0..3 {
        let claims = wait(office.store.claim(request(&bodo(), "a", round * 10, 2))).unwrap();
        fences.extend(claims.iter().map(|claim| claim.fence));
        office = office.reopen();
    }
    assert_eq!(fences.len(), 6);
    assert!(fences.is_sorted_by(|a, b| a < b), "{fences:?}");
}

#[test]
fn a_kept_claim_stays_and_one_given_up_is_free_at_once() {
    let office = office([with(1, |_| ())]);
    wait(async {
        let store = &office.store;
        let claim = store.claim(request(&bodo(), "a", 0, 1)).await.unwrap().remove(0);
        let put = |version, keep| {
            let mut delivery = claim.delivery.clone();
            delivery.version = version;
            Op::PutDelivery { delivery, fence: claim.fence, keep }
        };
        commit(store, &bodo(), put(0, true)).await.unwrap();
        assert!(store.claim(request(&bodo(), "b", 1, 1)).await.unwrap().is_empty());
        commit(store, &bodo(), put(1, false)).await.unwrap();
        assert!(matches!(commit(store, &bodo(), put(2, false)).await, Err(StoreError::Fenced)));
        assert_eq!(store.claim(request(&bodo(), "b", 1, 1)).await.unwrap().len(), 1);
    });
}

#[test]
fn a_process_that_starts_anew_ends_the_claims_of_the_one_before_and_no_others() {
    let office = office((1..=2).map(|number| with(number, |_| ())));
    wait(async {
        let store = &office.store;
        store.claim(request(&bodo(), "a", 0, 1)).await.unwrap();
        store.claim(request(&bodo(), "b", 0, 1)).await.unwrap();
        store.release_claims(&node("a")).await.unwrap();
        let claims = store.claim(request(&bodo(), "a", 0, 9)).await.unwrap();
        assert_eq!(letters(&claims), [letter_id(1)]);
    });
}

#[test]
fn letters_of_one_key_leave_one_after_the_other() {
    let keyed = |number| with(number, |letter| letter.options.order_key = Some("to-kari".to_owned()));
    let office = office([
        with(1, |letter| {
            letter.options.order_key = Some("to-kari".to_owned());
            letter.submitted = at(50);
        }),
        keyed(2),
        keyed(3),
        with(4, |_| ()),
    ]);
    wait(async {
        let store = &office.store;
        let claims = store.claim(request(&bodo(), "a", 0, 9)).await.unwrap();
        assert_eq!(letters(&claims), [letter_id(4)], "the first of the key is not due, so the others wait");
        assert_eq!(store.next_due(&request(&bodo(), "a", 0, 9)).await.unwrap(), Some(at(5)));
        done(&office, &claims[0], DeliveryState::Accepted).await;
        assert_eq!(store.next_due(&request(&bodo(), "a", 0, 9)).await.unwrap(), Some(at(50)));
        for number in 1..=3 {
            let claims = store.claim(request(&bodo(), "a", 50, 9)).await.unwrap();
            assert_eq!(letters(&claims), [letter_id(number)]);
            done(&office, &claims[0], DeliveryState::Accepted).await;
        }
        assert_eq!(store.next_due(&request(&bodo(), "a", 0, 9)).await.unwrap(), None);
    });
}

#[test]
fn the_next_is_due_at_its_time_or_when_its_lease_ends() {
    let office = office([with(1, |l| l.submitted = at(20)), with(2, |l| l.submitted = at(10))]);
    wait(async {
        let store = &office.store;
        let next = |minute| async move { store.next_due(&request(&bodo(), "x", minute, 0)).await.unwrap() };
        assert_eq!(next(0).await, Some(at(10)));
        store.claim(request(&bodo(), "a", 10, 1)).await.unwrap();
        assert_eq!(next(10).await, Some(at(15)));
        assert_eq!(store.claim(request(&bodo(), "b", 15, 1)).await.unwrap().len(), 1);
        assert_eq!(next(15).await, Some(at(20)));
        assert_eq!(store.next_due(&request(&fire(), "x", 0, 0)).await.unwrap(), None);
    });
}
