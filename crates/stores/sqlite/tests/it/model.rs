//! Deliveries and claims against a model so plain that one sees it is right.

use proptest::prelude::*;
use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, Priority, WorkKind},
    identity::Timestamp,
    ports::{Claim, ClaimRequest, Fence, NodeId, Op, Store as _, StoreError},
};

use crate::support::*;

#[derive(Debug, Clone)]
enum Step {
    Accept {
        priority: usize,
        due: i64,
        key: Option<u8>,
    },
    Claim {
        owner: usize,
        minute: i64,
        limit: usize,
        follow_up: bool,
    },
    /// Writes with one of the claims handed out so far.
    Put {
        claim: usize,
        state: usize,
        due: Option<i64>,
        keep: bool,
    },
    Force {
        letter: u128,
        state: usize,
    },
    Release {
        owner: usize,
    },
    NextDue {
        follow_up: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..8_usize, 0..20_i64, prop::option::of(0..2_u8))
            .prop_map(|(priority, due, key)| Step::Accept { priority, due, key }),
        4 => (0..2_usize, 0..30_i64, 0..4_usize, any::<bool>())
            .prop_map(|(owner, minute, limit, follow_up)| Step::Claim { owner, minute, limit, follow_up }),
        4 => (any::<prop::sample::Index>(), 0..4_usize, prop::option::of(0..30_i64), any::<bool>())
            .prop_map(|(claim, state, due, keep)| Step::Put { claim: claim.index(1_000), state, due, keep }),
        1 => (1..6_u128, 0..4_usize).prop_map(|(letter, state)| Step::Force { letter, state }),
        1 => (0..2_usize).prop_map(|owner| Step::Release { owner }),
        2 => any::<bool>().prop_map(|follow_up| Step::NextDue { follow_up }),
    ]
}

const OWNERS: [&str; 2] = ["a", "b"];

fn state(number: usize) -> DeliveryState {
    match number {
        0 => DeliveryState::Queued,
        1 => DeliveryState::Attempting { since: at(1) },
        2 => DeliveryState::Accepted,
        _ => DeliveryState::Opened,
    }
}

fn ask(owner: &str, minute: i64, limit: usize, follow_up: bool) -> ClaimRequest {
    let mut request = request(&bodo(), owner, minute, limit);
    request.work = if follow_up { WorkKind::FollowUp } else { WorkKind::Dispatch };
    request
}

/// A delivery and who holds it, in the order of acceptance.
#[derive(Debug)]
struct Row {
    delivery: Delivery,
    fence: u64,
    held: Option<(NodeId, Timestamp)>,
}

#[derive(Debug, Default)]
struct Model {
    rows: Vec<Row>,
    fences: u64,
}

impl Model {
    fn candidates(&self, request: &ClaimRequest) -> Vec<usize> {
        let waits = |place: usize| {
            let row = &self.rows[place].delivery;
            request.work == WorkKind::Dispatch
                && row.order_key.is_some()
                && self.rows[..place].iter().any(|earlier| {
                    earlier.delivery.order_key == row.order_key
                        && earlier.delivery.state.work() == Some(WorkKind::Dispatch)
                })
        };
        (0..self.rows.len())
            .filter(|place| {
                let row = &self.rows[*place].delivery;
                row.work() == Some(request.work) && row.due.is_some() && !waits(*place)
            })
            .collect()
    }

    fn claim(&mut self, request: &ClaimRequest) -> Vec<Claim> {
        let mut due = self.candidates(request);
        due.retain(|place| {
            let row = &self.rows[*place];
            row.delivery.due <= Some(request.now) && row.held.as_ref().is_none_or(|(_, until)| *until <= request.now)
        });
        due.sort_by_key(|place| (self.rows[*place].delivery.priority, self.rows[*place].delivery.due, *place));
        due.truncate(request.limit);
        due.into_iter()
            .map(|place| {
                self.fences += 1;
                let row = &mut self.rows[place];
                row.fence = self.fences;
                row.held = Some((request.owner.clone(), request.lease_until));
                Claim { delivery: row.delivery.clone(), fence: Fence(row.fence) }
            })
            .collect()
    }

    fn next_due(&self, request: &ClaimRequest) -> Option<Timestamp> {
        let claimable = self.candidates(request).into_iter().filter_map(|place| {
            let row = &self.rows[place];
            let due = row.delivery.due?;
            Some(row.held.as_ref().map_or(due, |(_, until)| due.max(*until)))
        });
        claimable.min()
    }

    fn put(&mut self, delivery: &Delivery, fence: Option<Fence>, keep: bool) -> &'static str {
        let Some(row) = self.rows.iter_mut().find(|row| row.delivery.letter == delivery.letter) else {
            return "not found";
        };
        let stale = row.delivery.version != delivery.version;
        match fence {
            Some(fence) if row.held.is_none() || row.fence != fence.0 || stale => return "fenced",
            None if row.held.is_some() => return "fenced",
            None if stale => return "conflict",
            _ => {}
        }
        row.delivery = delivery.clone();
        row.delivery.version += 1;
        row.held = row.held.take().filter(|_| keep);
        "ok"
    }
}

fn word<T>(outcome: Result<T, StoreError>) -> &'static str {
    match outcome {
        Ok(_) => "ok",
        Err(StoreError::Fenced) => "fenced",
        Err(StoreError::Conflict { .. }) => "conflict",
        Err(StoreError::NotFound { .. }) => "not found",
        Err(other) => panic!("{other:?}"),
    }
}

async fn take(office: &Office, model: &mut Model, claims: &mut Vec<Claim>, step: &Step) {
    let store = &office.store;
    match step {
        Step::Accept { priority, due, key } => {
            let mut letter = letter(&bodo(), model.rows.len() as u128 + 1, &[]);
            letter.priority = Priority::ALL[*priority];
            letter.submitted = at(*due);
            letter.options.order_key = key.map(|key| key.to_string());
            model.rows.push(Row { delivery: queue(&letter), fence: 0, held: None });
            accept(store, letter).await;
        }
        Step::Claim { owner, minute, limit, follow_up } => {
            let request = ask(OWNERS[*owner], *minute, *limit, *follow_up);
            let got = store.claim(request.clone()).await.unwrap();
            assert_eq!(got, model.claim(&request));
            claims.extend(got);
        }
        Step::Put { claim, state: to, due, keep } => {
            let Some(place) = claim.checked_rem(claims.len()) else { return };
            let claim = &mut claims[place];
            let mut delivery = claim.delivery.clone();
            delivery.state = state(*to);
            delivery.due = due.map(at);
            let op = Op::PutDelivery { delivery: delivery.clone(), fence: claim.fence, keep: *keep };
            let outcome = word(commit(store, &bodo(), op).await);
            assert_eq!(outcome, model.put(&delivery, Some(claim.fence), *keep));
            if outcome == "ok" {
                delivery.version += 1;
                claim.delivery = delivery;
            }
        }
        Step::Force { letter, state: to } => {
            let stored = store.delivery(&bodo(), letter_id(*letter)).await.unwrap();
            let Some(mut delivery) = stored else { return };
            delivery.state = state(*to);
            let outcome = word(commit(store, &bodo(), Op::ForceDelivery(delivery.clone())).await);
            assert_eq!(outcome, model.put(&delivery, None, false));
        }
        Step::Release { owner } => {
            store.release_claims(&node(OWNERS[*owner])).await.unwrap();
            for row in &mut model.rows {
                row.held = row.held.take().filter(|(holder, _)| holder.0 != OWNERS[*owner]);
            }
        }
        Step::NextDue { follow_up } => {
            let request = ask("x", 0, 0, *follow_up);
            assert_eq!(store.next_due(&request).await.unwrap(), model.next_due(&request));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if long() { 2_000 } else { 48 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn deliveries_go_as_in_the_model(steps in prop::collection::vec(step(), 1..60)) {
        let office = Office::new();
        wait(async {
            register(&office.store, &bodo()).await;
            let (mut model, mut claims) = (Model::default(), Vec::new());
            for step in &steps {
                take(&office, &mut model, &mut claims, step).await;
            }
            for row in &model.rows {
                let stored = office.store.delivery(&bodo(), row.delivery.letter).await.unwrap();
                assert_eq!(stored.as_ref(), Some(&row.delivery));
            }
        });
    }
}
