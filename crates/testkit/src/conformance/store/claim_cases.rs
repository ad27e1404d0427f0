//! Claims: who may work on what, in what order, and what a worker that lost its claim can no longer do.

use sakarkiv_core::{
    delivery::{Delivery, Priority, WorkKind},
    identity::AccountId,
    ports::{NodeId, Op, StoreError},
};

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, accepted, after, begun, letters_of, refused},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand, demand_eq, granted},
    samples::{MOMENT, known},
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!("store.claim.order", order, "highest priority first, then longest due"),
        case!("store.claim.due", due, "only what is due is claimed"),
        case!("store.claim.limit", limit, "at most so many as asked for"),
        case!("store.claim.pool", pool, "only of the channel, account and kind of work asked for"),
        case!("store.claim.held", held, "what somebody holds is not claimed until the lease ends"),
        case!("store.claim.kept", kept, "a claim stays with its worker, or is given up, as the worker says"),
        case!(
            "store.claim.order-key",
            order_key,
            "one with an order key waits while an earlier one of the same key waits to be sent"
        ),
        case!("store.claim.release", release, "release ends the claims of one owner and no other's"),
        case!(
            "store.claim.restart",
            restart,
            "claims outlive the process, and each has a higher fence than the one before"
        ),
        case!("store.claim.next-due", next_due, "when the next delivery of a pool becomes claimable"),
        case!("store.delivery.fence", fence, "a worker that lost its claim can write nothing"),
        case!("store.delivery.version", version, "a delivery is stored only over the version that was claimed"),
        case!("store.delivery.force", force, "a person's order changes a delivery only while nobody holds it"),
    ]
}

async fn order(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut put = async |priority, due| {
        it.accept(|delivery: &mut Delivery| {
            delivery.priority = priority;
            delivery.due = Some(after(MOMENT, due));
        })
        .await
    };
    let late = put(Priority::General, 30).await?;
    let early = put(Priority::General, 10).await?;
    let urgent = put(Priority::Health, 40).await?;
    let middle = put(Priority::Building, 20).await?;
    let claims = it.claim("a", after(MOMENT, 100)).await?;
    demand_eq("claims in this order:", &letters_of(&claims), &vec![urgent, middle, early, late])
}

async fn due(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let now = it.accept(|delivery| delivery.due = Some(after(MOMENT, 10))).await?;
    it.accept(|delivery| delivery.due = Some(after(MOMENT, 11))).await?;
    it.accept(|delivery| delivery.due = None).await?;
    let claims = it.claim("a", after(MOMENT, 10)).await?;
    demand_eq("claims:", &letters_of(&claims), &vec![now])
}

async fn limit(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    for _ in 0..3 {
        it.accept(|_| {}).await?;
    }
    let mut request = it.request("a", MOMENT);
    request.limit = 2;
    let first = granted("claim", it.store.claim(request.clone()).await)?;
    let second = granted("claim", it.store.claim(request).await)?;
    demand_eq("claims at first and then:", &(first.len(), second.len()), &(2, 1))?;
    let all = letters_of(&first).into_iter().chain(letters_of(&second)).collect::<std::collections::BTreeSet<_>>();
    demand_eq("different letters:", &all.len(), &3)
}

async fn pool(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mine = it.accept(|_| {}).await?;
    let other: AccountId = known(AccountId::new("helse"));
    it.accept(|delivery| delivery.account = other.clone()).await?;
    let channel = known(sakarkiv_core::identity::ChannelId::new("altinn"));
    it.accept(|delivery| delivery.channel = channel).await?;
    let mut request = it.request("a", MOMENT);
    request.work = WorkKind::FollowUp;
    let claims = granted("claim", it.store.claim(request.clone()).await)?;
    demand_eq("claims for follow-up:", &letters_of(&claims), &Vec::new())?;
    let claim = it.claim("a", MOMENT).await?;
    demand_eq("claims for dispatch:", &letters_of(&claim), &vec![mine])?;
    if let Some(claim) = claim.first() {
        let delivery = accepted(claim);
        it.commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]).await?;
    }
    let claims = granted("claim", it.store.claim(request).await)?;
    demand_eq("claims for follow-up of what was taken:", &letters_of(&claims), &vec![mine])
}

async fn held(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let first = it.claim_one("a", MOMENT).await?;
    for owner in ["a", "b"] {
        let claims = it.claim(owner, after(MOMENT, 59)).await?;
        demand_eq("claims while it is held:", &letters_of(&claims), &Vec::new())?;
    }
    let second = it.claim("b", after(MOMENT, 60)).await?;
    demand_eq("claims when the lease has ended:", &letters_of(&second), &vec![id])?;
    let higher = second.iter().all(|claim| claim.fence > first.fence);
    demand(higher, "a higher fence than the one before", (first.fence, second.first().map(|claim| claim.fence)))
}

async fn kept(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let claim = it.claim_one("a", MOMENT).await?;
    it.commit(vec![Op::PutDelivery { delivery: begun(&claim), fence: claim.fence, keep: true }]).await?;
    demand_eq("claims while it is kept:", &it.claim("b", MOMENT).await?.len(), &0)?;
    let mut delivery = it.delivery(id).await?;
    delivery.failures = 1;
    it.commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]).await?;
    let mut delivery = it.delivery(id).await?;
    delivery.failures = 2;
    let late = it.try_commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]);
    refused("Fenced for a claim that was given up", late, |error| matches!(error, StoreError::Fenced)).await?;
    demand_eq("claims when it was given up:", &letters_of(&it.claim("b", MOMENT).await?), &vec![id])
}

async fn order_key(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let keyed = |key: &'static str, due| {
        move |delivery: &mut Delivery| {
            delivery.order_key = Some(key.to_owned());
            delivery.due = Some(after(MOMENT, due));
        }
    };
    let first = it.accept(keyed("sak-1", 50)).await?;
    let second = it.accept(keyed("sak-1", 0)).await?;
    let other = it.accept(keyed("sak-2", 0)).await?;
    let claims = it.claim("a", after(MOMENT, 10)).await?;
    demand_eq("claims while the first is not due:", &letters_of(&claims), &vec![other])?;
    let claims = it.claim("a", after(MOMENT, 50)).await?;
    demand_eq("claims when the first is due:", &letters_of(&claims), &vec![first])?;
    if let Some(claim) = claims.first() {
        let delivery = accepted(claim);
        it.commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]).await?;
    }
    let claims = it.claim("a", after(MOMENT, 50)).await?;
    demand_eq("claims when the first was taken:", &letters_of(&claims), &vec![second])
}

async fn release(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mine = it.accept(|_| {}).await?;
    let claim = it.claim_one("a", MOMENT).await?;
    it.accept(|_| {}).await?;
    it.claim_one("b", MOMENT).await?;
    granted("release", it.store.release_claims(&NodeId("a".to_owned())).await)?;
    let claims = it.claim("c", MOMENT).await?;
    demand_eq("claims after release:", &letters_of(&claims), &vec![mine])?;
    let late = it.try_commit(vec![Op::PutDelivery { delivery: begun(&claim), fence: claim.fence, keep: true }]);
    refused("Fenced", late, |error| matches!(error, StoreError::Fenced)).await
}

async fn restart(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let first = it.claim_one("a", MOMENT).await?;
    let it = it.restart().await;
    demand_eq("claims after a restart:", &it.claim("b", MOMENT).await?.len(), &0)?;
    let second = it.claim_one("b", after(MOMENT, 60)).await?;
    demand_eq("the letter claimed is", &second.delivery.letter, &id)?;
    demand(second.fence > first.fence, "a higher fence than before the restart", (first.fence, second.fence))
}

async fn next_due(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let ask = async |it: &Situation<'_>| granted("next due", it.store.next_due(&it.request("a", MOMENT)).await);
    demand_eq("of an empty pool:", &ask(&it).await?, &None)?;
    it.accept(|delivery| delivery.due = Some(after(MOMENT, 70))).await?;
    it.accept(|delivery| delivery.due = Some(after(MOMENT, 40))).await?;
    demand_eq("of two:", &ask(&it).await?, &Some(after(MOMENT, 40)))?;
    it.claim_one("a", after(MOMENT, 40)).await?;
    demand_eq("when the first is held:", &ask(&it).await?, &Some(after(MOMENT, 70)))
}

async fn fence(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let stale = it.claim_one("a", MOMENT).await?;
    let newer = it.claim_one("b", after(MOMENT, 60)).await?;
    let event = Op::Audit(it.samples.event(MOMENT));
    let put = Op::PutDelivery { delivery: begun(&stale), fence: stale.fence, keep: true };
    refused("Fenced", it.try_commit(vec![event, put]), |error| matches!(error, StoreError::Fenced)).await?;
    demand_eq("the delivery is still", &it.delivery(id).await?, &stale.delivery)?;
    let log = granted("log", it.store.audit_log(it.samples.tenant(), 0, 10).await)?;
    demand_eq("events of the refused transaction:", &log.len(), &0)?;
    it.commit(vec![Op::PutDelivery { delivery: begun(&newer), fence: newer.fence, keep: true }]).await.map(drop)
}

async fn version(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let claim = it.claim_one("a", MOMENT).await?;
    let put = Op::PutDelivery { delivery: begun(&claim), fence: claim.fence, keep: true };
    it.commit(vec![put.clone()]).await?;
    let stored = it.delivery(id).await?;
    demand_eq("the stored version is", &stored.version, &claim.delivery.version.saturating_add(1))?;
    refused("Fenced for the old version", it.try_commit(vec![put]), |error| matches!(error, StoreError::Fenced)).await
}

async fn force(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let claim = it.claim_one("a", MOMENT).await?;
    let forced = it.try_commit(vec![Op::ForceDelivery(claim.delivery.clone())]);
    refused("Fenced while it is held", forced, |error| matches!(error, StoreError::Fenced)).await?;
    let put = Op::PutDelivery { delivery: claim.delivery.clone(), fence: claim.fence, keep: false };
    it.commit(vec![put]).await?;
    let mut delivery = it.delivery(id).await?;
    delivery.failures = 7;
    it.commit(vec![Op::ForceDelivery(delivery.clone())]).await?;
    demand_eq("failures on record:", &it.delivery(id).await?.failures, &7)?;
    let stale = it.try_commit(vec![Op::ForceDelivery(delivery)]);
    refused("an error for the old version", stale, |error| {
        matches!(error, StoreError::Conflict { .. } | StoreError::Fenced)
    })
    .await
}
