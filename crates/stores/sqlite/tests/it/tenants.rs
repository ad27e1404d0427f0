//! Two tenants with the same ids.

use proptest::prelude::*;
use sakarkiv_core::{
    delivery::DeliveryState,
    document::BlobRef,
    identity::{NoticeId, TenantId},
    ports::{Blobs as _, CaseFilter, DeliveryFilter, Op, Remembered, Store as _, StoreError, Transaction},
};

use crate::support::*;

/// One step of one tenant, with ids from so few that the tenants meet on them.
#[derive(Debug, Clone)]
enum Step {
    Open(u128),
    Enter(u128, u128),
    Letter(u128, u64),
    Claim(u8),
    Send,
    Intake(u8, u64),
    Key(u8),
    Mark(u8, Option<u8>),
    Notice(u128),
    Told(u128),
    Log(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 1..4_u128;
    prop_oneof![
        id().prop_map(Step::Open),
        (id(), id()).prop_map(|(entry, case)| Step::Enter(entry, case)),
        (id(), 0..3_u64).prop_map(|(letter, seed)| Step::Letter(letter, seed)),
        (1..3_u8).prop_map(Step::Claim),
        Just(Step::Send),
        (0..2_u8, 0..3_u64).prop_map(|(item, version)| Step::Intake(item, version)),
        (0..3_u8).prop_map(Step::Key),
        (0..2_u8, prop::option::of(0..3_u8)).prop_map(|(name, value)| Step::Mark(name, value)),
        id().prop_map(Step::Notice),
        id().prop_map(Step::Told),
        (0..9_i64).prop_map(Step::Log),
    ]
}

/// Takes a step and tells what came of it.
async fn take(office: &Office, tenant: &TenantId, step: &Step) -> String {
    let store = &office.store;
    let op = match step {
        Step::Open(id) => open_case(*id, 2026),
        Step::Enter(id, case) => add_entry(*id, *case, 2026),
        Step::Letter(id, seed) => {
            let size = if *seed == 0 { 20_000 } else { 20 };
            let blob = put(store, tenant, &bytes(*seed, size)).await;
            add_letter(letter(tenant, *id, &[blob]))
        }
        Step::Claim(limit) => {
            return format!("{:?}", store.claim(request(tenant, "a", 5, usize::from(*limit))).await.unwrap());
        }
        Step::Send => {
            let Some(mut delivery) = store.delivery(tenant, letter_id(1)).await.unwrap() else { return String::new() };
            delivery.state = DeliveryState::Accepted;
            Op::ForceDelivery(delivery)
        }
        Step::Intake(name, version) => Op::PutIntake(intake(tenant, &name.to_string(), *version)),
        Step::Key(key) => Op::Remember { key: key.to_string(), object: Remembered::Letter(letter_id(1)) },
        Step::Mark(name, value) => Op::PutMark { name: name.to_string(), value: value.map(|value| value.to_string()) },
        Step::Notice(id) => Op::AddNotice(notice(tenant, *id, 1)),
        Step::Told(id) => Op::NoticeTold(NoticeId::from_uuid(uuid(*id))),
        Step::Log(minute) => Op::Audit(event(tenant, *minute)),
    };
    format!("{:?}", store.commit(Transaction::new(tenant.clone()).with(op)).await)
}

/// Everything a tenant can see.
async fn view(office: &Office, tenant: &TenantId) -> Vec<String> {
    let store = &office.store;
    let mut seen = Vec::new();
    for id in 1..4 {
        seen.push(format!("{:?}", store.case(tenant, case_id(id)).await.unwrap()));
        seen.push(format!("{:?}", store.entries(tenant, case_id(id)).await.unwrap()));
        seen.push(format!("{:?}", store.entry(tenant, entry_id(id)).await.unwrap()));
        seen.push(format!("{:?}", store.letter(tenant, letter_id(id)).await.unwrap()));
        seen.push(format!("{:?}", store.delivery(tenant, letter_id(id)).await.unwrap()));
        seen.push(format!("{:?}", store.mark(tenant, &id.to_string()).await.unwrap()));
        seen.push(format!("{:?}", store.remembered(tenant, &id.to_string()).await.unwrap()));
    }
    seen.push(format!("{:?}", store.cases(tenant, &CaseFilter::default(), None, 9).await.unwrap()));
    seen.push(format!("{:?}", store.journal(tenant, 2026, 0, 9).await.unwrap()));
    seen.push(format!("{:?}", store.deliveries(tenant, &DeliveryFilter::default(), None, 9).await.unwrap()));
    seen.push(format!("{:?}", store.delivery_counts(tenant).await.unwrap()));
    seen.push(format!("{:?}", store.next_due(&request(tenant, "a", 5, 1)).await.unwrap()));
    seen.push(format!("{:?}", store.intakes(tenant, &inbox(), None, 9).await.unwrap()));
    seen.push(format!("{:?}", store.open_notices(tenant, 9).await.unwrap()));
    seen.push(format!("{:?}", store.audit_log(tenant, 0, 99).await.unwrap()));
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the fire brigade does, the municipality sees and gets what it would alone.
    #[test]
    fn a_tenant_is_as_if_it_were_alone(steps in prop::collection::vec((any::<bool>(), step()), 1..40)) {
        let (shared, alone) = (Office::new(), Office::new());
        wait(async {
            for (ours, step) in &steps {
                if *ours {
                    assert_eq!(take(&shared, &bodo(), step).await, take(&alone, &bodo(), step).await, "{step:?}");
                } else {
                    take(&shared, &fire(), step).await;
                }
            }
            assert_eq!(view(&shared, &bodo()).await, view(&alone, &bodo()).await);
        });
    }
}

#[test]
fn an_operation_on_another_tenants_record_is_refused() {
    let office = Office::new();
    wait(async {
        let store = &office.store;
        for tenant in [bodo(), fire()] {
            register(store, &tenant).await;
        }
        accept(store, letter(&bodo(), 1, &[])).await;
        let delivery = store.delivery(&bodo(), letter_id(1)).await.unwrap().unwrap();
        let claim = store.claim(request(&bodo(), "a", 5, 1)).await.unwrap().remove(0);
        let ops = [
            add_letter(letter(&bodo(), 2, &[])),
            Op::ForceDelivery(delivery),
            Op::PutDelivery { delivery: claim.delivery, fence: claim.fence, keep: false },
            Op::PutIntake(intake(&bodo(), "x", 0)),
            Op::AddNotice(notice(&bodo(), 1, 1)),
            Op::Audit(event(&bodo(), 1)),
            add_entry(5, 7, 2026),
        ];
        for op in ops {
            let outcome = commit(store, &fire(), op.clone()).await;
            assert!(matches!(outcome, Err(StoreError::NotFound { .. })), "{op:?} gave {outcome:?}");
        }
    });
}

#[test]
fn a_file_of_one_tenant_is_not_in_the_folder_of_another() {
    let office = Office::new();
    let blobs: Vec<BlobRef> = [bodo(), fire()]
        .iter()
        .map(|tenant| wait(office.store.put(tenant, stream_of(&bytes(1, 20_000)), 20_000)).unwrap())
        .collect();
    assert_eq!(blobs[0], blobs[1]);
    let mut folders: Vec<_> = office
        .files()
        .iter()
        .map(|file| {
            let place = file.strip_prefix(office.folder.path().join("documents")).unwrap();
            place.iter().next().unwrap().to_string_lossy().into_owned()
        })
        .collect();
    folders.sort();
    assert_eq!(folders, ["bodo", "salten+brann"]);
}
