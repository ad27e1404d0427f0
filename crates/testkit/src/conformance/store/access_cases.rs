//! The access register: versions, history, listings.

use sakarkiv_core::{
    access::{
        AccessKey, AccessKind, AccessPolicy, AccessRecord, AccessRequest, Ask, GrantRight, GrantScope, Group,
        NeededReview, Period, Purpose, RecordRef, Review, ReviewSubject, User, UserKind,
    },
    identity::{ActorId, CaseId, GroupId, RequestId, ReviewId, TenantId},
    ports::{AccessFilter, Op, StoreError},
};
use uuid::Uuid;

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, after, refused},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand_eq, granted, violated},
    samples::{MOMENT, Samples, known},
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!(
            "store.access.version",
            version,
            "a record of the register is stored only over the version it was read at"
        ),
        case!("store.access.history", history, "every version is kept, the oldest first and the present one last"),
        case!("store.access.pages", pages, "records of the register by id and kind, after a key, at most so many"),
        case!("store.access.filter", narrowed, "a listing of the register is narrowed by each part of its filter"),
        case!("store.access.tenants", tenants_apart, "nobody sees or changes another tenant's register"),
    ]
}

fn actor(name: &str) -> ActorId {
    known(ActorId::new(name))
}

fn user(tenant: &TenantId, id: &str) -> AccessRecord {
    AccessRecord::User(User::new(tenant.clone(), actor(id), UserKind::Employee, actor("leder"), MOMENT))
}

fn group(tenant: &TenantId, id: &str, purpose: &str) -> AccessRecord {
    AccessRecord::Group(Group {
        tenant: tenant.clone(),
        id: known(GroupId::new(id)),
        version: 0,
        changed: MOMENT,
        changed_by: actor("leder"),
        purpose: purpose.to_owned(),
        owner: actor("leder"),
    })
}

fn review(tenant: &TenantId, nth: u128, user: &str, due: u64) -> AccessRecord {
    let needed = NeededReview { user: actor(user), subject: ReviewSubject::Roles, due: after(MOMENT, due) };
    AccessRecord::Review(Review::open(tenant.clone(), ReviewId::from_uuid(Uuid::from_u128(nth)), needed, MOMENT))
}

fn request(tenant: &TenantId, nth: u128, holder: &str, case: CaseId) -> AccessRecord {
    let ask = Ask {
        by: actor(holder),
        holder: actor(holder),
        right: GrantRight::Read,
        scope: GrantScope::Case(case),
        kind: None,
        purpose: Purpose::Access,
        period: Period::starting(MOMENT),
        need: "vikar for saksbehandler".into(),
    };
    let policy = AccessPolicy::standard(tenant.clone(), actor("leder"), MOMENT);
    let id = RequestId::from_uuid(Uuid::from_u128(nth));
    AccessRecord::Request(known(AccessRequest::open(id, ask, &policy, MOMENT)))
}

fn is_conflict(error: &StoreError) -> bool {
    matches!(error, StoreError::Conflict { .. })
}

async fn read(it: &Situation<'_>, key: &AccessKey) -> Result<AccessRecord, Violation> {
    let stored = granted("access", it.store.access(it.samples.tenant(), key).await)?;
    stored.ok_or_else(|| violated("the record of the register", "none"))
}

/// The record with another purpose, changed so many seconds later.
fn renamed(record: &AccessRecord, purpose: &str, seconds: u64) -> AccessRecord {
    match record.clone() {
        AccessRecord::Group(group) => {
            AccessRecord::Group(Group { purpose: purpose.to_owned(), changed: after(MOMENT, seconds), ..group })
        }
        other => other,
    }
}

async fn version(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let new = group(&tenant, "barnevern", "barnevernssaker");
    let newer = new.clone().with_version(1);
    refused("Conflict where nothing is stored", it.try_commit(vec![Op::PutAccess(newer)]), is_conflict).await?;
    it.commit(vec![Op::PutAccess(new.clone())]).await?;
    let it = it.restart().await;
    let stored = read(&it, &new.key()).await?;
    demand_eq("the stored record is", &stored, &new.clone().with_version(1))?;
    refused("Conflict for another new one", it.try_commit(vec![Op::PutAccess(new.clone())]), is_conflict).await?;
    it.commit(vec![Op::PutAccess(stored.clone())]).await?;
    demand_eq("the version after a change is", &read(&it, &new.key()).await?.version(), &2)?;
    refused("Conflict for the old version", it.try_commit(vec![Op::PutAccess(stored)]), is_conflict).await
}

async fn history(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let first = group(&tenant, "barnevern", "barnevernssaker");
    let key = first.key();
    it.commit(vec![Op::PutAccess(first.clone())]).await?;
    // A user of the same name is another record.
    it.commit(vec![Op::PutAccess(user(&tenant, "barnevern"))]).await?;
    let mut expected = vec![first.with_version(1)];
    for (nth, purpose) in (2..).zip(["barnevern og barnehage", "barnevern"]) {
        let changed = renamed(&read(&it, &key).await?, purpose, nth);
        it.commit(vec![Op::PutAccess(changed.clone())]).await?;
        expected.push(changed.with_version(nth));
    }
    // What does not happen leaves no version.
    let changed = read(&it, &key).await?;
    let failing = it.try_commit(vec![Op::PutAccess(changed), Op::PutAccess(user(&tenant, "barnevern"))]);
    refused("Conflict", failing, is_conflict).await?;
    let it = it.restart().await;
    let versions = granted("history", it.store.access_history(&tenant, &key).await)?;
    demand_eq("the versions are", &versions, &expected)?;
    let versions = it.store.access_history(&tenant, &AccessKey::policy()).await;
    demand_eq("versions of what was never stored:", &granted("history", versions)?, &Vec::new())
}

async fn pages(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let mut expected = Vec::new();
    for id in ["e", "c", "a", "d", "b"] {
        for record in [user(&tenant, id), group(&tenant, id, "saker")] {
            expected.push((record.key().id, record.key().kind.as_str()));
            it.commit(vec![Op::PutAccess(record)]).await?;
        }
    }
    expected.sort_unstable();
    let (mut seen, mut last) = (Vec::new(), None);
    loop {
        let page = it.store.access_list(&tenant, &AccessFilter::default(), last.clone(), 3).await;
        let keys: Vec<_> = granted("access list", page)?.iter().map(AccessRecord::key).collect();
        let Some(key) = keys.last() else { break };
        last = Some(key.clone());
        seen.push(keys.into_iter().map(|key| (key.id, key.kind.as_str())).collect::<Vec<_>>());
    }
    demand_eq("pages by id and kind:", &seen, &expected.chunks(3).map(<[_]>::to_vec).collect())
}

async fn narrowed(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let (case, other) = (it.samples.case_id(), it.samples.case_id());
    let policy = AccessRecord::Policy(AccessPolicy::standard(tenant.clone(), actor("leder"), MOMENT));
    let records = [
        policy,
        user(&tenant, "u1"),
        user(&tenant, "u2"),
        review(&tenant, 1, "u1", 100),
        review(&tenant, 2, "u2", 200),
        request(&tenant, 3, "u1", case),
        request(&tenant, 4, "u2", other),
    ];
    it.commit(records.iter().cloned().map(Op::PutAccess).collect()).await?;
    let filter = |change: &dyn Fn(&mut AccessFilter)| {
        let mut filter = AccessFilter::default();
        change(&mut filter);
        filter
    };
    let filters = [
        filter(&|_| {}),
        filter(&|filter| filter.kind = Some(AccessKind::Review)),
        filter(&|filter| filter.kind = Some(AccessKind::Group)),
        filter(&|filter| filter.holder = Some(actor("u1"))),
        filter(&|filter| filter.object = Some(RecordRef::Case(case))),
        filter(&|filter| filter.due_before = Some(after(MOMENT, 101))),
        filter(&|filter| filter.due_before = Some(after(MOMENT, 100))),
        filter(&|filter| {
            filter.kind = Some(AccessKind::Request);
            filter.holder = Some(actor("u2"));
            filter.object = Some(RecordRef::Case(other));
        }),
    ];
    for filter in filters {
        let mut expected: Vec<_> =
            records.iter().filter(|record| filter.takes(record)).map(AccessRecord::key).collect();
        expected.sort_by(|one, two| (&one.id, one.kind.as_str()).cmp(&(&two.id, two.kind.as_str())));
        let found = granted("access list", it.store.access_list(&tenant, &filter, None, 100).await)?;
        let found: Vec<_> = found.iter().map(AccessRecord::key).collect();
        demand_eq(&format!("records by {filter:?}:"), &found, &expected)?;
    }
    // When the review of a user was marked or moved, it is found by what it is now.
    let AccessRecord::Review(waiting) = read(&it, &AccessKey::new(AccessKind::Review, &Uuid::from_u128(1))).await?
    else {
        return Err(violated("a review", "another record"));
    };
    let overdue = AccessRecord::Review(known(waiting.mark_overdue(after(MOMENT, 150))));
    it.commit(vec![Op::PutAccess(overdue.clone())]).await?;
    let due = filter(&|filter| filter.due_before = Some(after(MOMENT, 101)));
    let found = granted("access list", it.store.access_list(&tenant, &due, None, 100).await)?;
    demand_eq("what is due after the review was marked:", &found.len(), &usize::from(due.takes(&overdue)))
}

async fn tenants_apart(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mine = group(it.samples.tenant(), "barnevern", "barnevernssaker");
    it.commit(vec![Op::PutAccess(mine.clone())]).await?;
    let stranger = Samples::new("annen").tenant().clone();
    let store = &it.store;
    let seen = granted("access", store.access(&stranger, &mine.key()).await)?;
    demand_eq("seen by another:", &seen, &None)?;
    let listed = granted("list", store.access_list(&stranger, &AccessFilter::default(), None, 9).await)?;
    demand_eq("listed for another:", &listed, &Vec::new())?;
    let versions = granted("history", store.access_history(&stranger, &mine.key()).await)?;
    demand_eq("history seen by another:", &versions, &Vec::new())?;
    let put = |record| {
        let transaction = sakarkiv_core::ports::Transaction::new(stranger.clone()).with(Op::PutAccess(record));
        store.commit(transaction)
    };
    refused("NotFound for another's record", put(mine), is_not_found).await?;
    granted("the same id in another tenant", put(group(&stranger, "barnevern", "noe annet")).await)?;
    let theirs = group(&stranger, "barnevern", "").key();
    demand_eq("mine is still", &read(&it, &theirs).await?.version(), &1)
}

fn is_not_found(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound { .. })
}
