//! Transactions: whole or not at all, durable, tenants apart, numbers without gaps.

use futures_util::{future::join_all, poll};
use sakarkiv_core::{
    identity::TenantId,
    ports::{Assigned, Op, Remembered, StoreError, Transaction},
};

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, YEAR, refused},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand, demand_eq, granted, violated},
    samples::{MOMENT, Samples},
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!("store.commit.durable", durable, "commit returns Ok only when everything in it survives"),
        case!("store.commit.whole", whole, "a transaction happens whole or not at all"),
        case!("store.commit.assigned", assigned, "one answer for each operation, in their order"),
        case!("store.commit.dropped", dropped, "dropping a commit leaves the outcome open, but never half done"),
        case!("store.numbers.gaps", no_gaps, "numbers have no gaps, also after a transaction that failed"),
        case!("store.numbers.years", years, "each year has its own series"),
        case!("store.numbers.at-once", at_once, "transactions of one store happen one after the other"),
        case!(
            "store.tenants",
            tenants_apart,
            "every call is bound to one tenant and never shows or touches another's records"
        ),
        case!("store.empty", empty, "a transaction without operations is nothing"),
    ]
}

fn key(name: &str, id: sakarkiv_core::identity::CaseId) -> Op {
    Op::Remember { key: name.to_owned(), object: Remembered::Case(id) }
}

async fn durable(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let (case, open) = it.open_case();
    let (entry, add) = it.add_entry(case);
    let event = Op::Audit(it.samples.event(MOMENT));
    let mark = Op::PutMark { name: "merke".to_owned(), value: Some("ja".to_owned()) };
    it.commit(vec![open, add, key("noekkel", case), mark, event]).await?;
    let it = it.restart().await;
    let (store, tenant) = (&it.store, it.samples.tenant());
    let seen = [
        granted("letter", store.letter(tenant, id).await)?.is_some(),
        granted("delivery", store.delivery(tenant, id).await)?.is_some(),
        granted("case", store.case(tenant, case).await)?.is_some(),
        granted("entry", store.entry(tenant, entry).await)?.is_some(),
        granted("key", store.remembered(tenant, "noekkel").await)? == Some(Remembered::Case(case)),
        granted("mark", store.mark(tenant, "merke").await)?.as_deref() == Some("ja"),
        granted("log", store.audit_log(tenant, 0, 10).await)?.len() == 1,
    ];
    demand_eq("letter, delivery, case, entry, key, mark and event after a restart:", &seen, &[true; 7])
}

async fn whole(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (letter, delivery) = it.letter().await?;
    let (case, open) = it.open_case();
    let (entry, add) = it.add_entry(case);
    it.commit(vec![key("brukt", letter.case)]).await?;
    let id = letter.id;
    let event = Op::Audit(it.samples.event(MOMENT));
    let mark = Op::PutMark { name: "merke".to_owned(), value: Some("ja".to_owned()) };
    let ops = vec![open, add, Op::AddLetter { letter, delivery }, mark, event, key("ny", case), key("brukt", case)];
    refused("Duplicate for the last operation", it.try_commit(ops), |error| {
        matches!(error, StoreError::Duplicate { .. })
    })
    .await?;
    let (store, tenant) = (&it.store, it.samples.tenant());
    let seen = [
        granted("letter", store.letter(tenant, id).await)?.is_some(),
        granted("delivery", store.delivery(tenant, id).await)?.is_some(),
        granted("case", store.case(tenant, case).await)?.is_some(),
        granted("entry", store.entry(tenant, entry).await)?.is_some(),
        granted("key", store.remembered(tenant, "ny").await)?.is_some(),
        granted("mark", store.mark(tenant, "merke").await)?.is_some(),
        !granted("log", store.audit_log(tenant, 0, 10).await)?.is_empty(),
    ];
    demand_eq("letter, delivery, case, entry, key, mark and event of a failed transaction:", &seen, &[false; 7])
}

async fn assigned(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, open) = it.open_case();
    let (entry, add) = it.add_entry(case);
    let answers = it.commit(vec![open, key("noekkel", case), add]).await?;
    let [Assigned::Case(number), Assigned::Nothing, Assigned::Entry(entry_number)] = answers.as_slice() else {
        return Err(violated("a case number, nothing, and entry numbers", answers));
    };
    let stored = granted("case by number", it.store.case_by_number(it.samples.tenant(), *number).await)?;
    let by_id = granted("case", it.store.case(it.samples.tenant(), case).await)?;
    demand(stored.is_some() && stored == by_id, "the case under its number", "another one or none")?;
    let stored = granted("entry", it.store.entry(it.samples.tenant(), entry).await)?;
    let stored = stored.map(|entry| entry.number());
    demand_eq("the stored entry's numbers are", &stored, &Some(*entry_number))
}

async fn dropped(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, open) = it.open_case();
    let transaction = Transaction { ops: vec![open, key("noekkel", case)], ..it.transaction() };
    {
        let mut commit = it.store.commit(transaction);
        // Whether it finishes at the first poll does not matter: it is given no second one.
        let _ = poll!(&mut commit);
    }
    // A later commit of the same store is answered after the dropped one has happened, or never will.
    let (_, open) = it.open_case();
    it.commit(vec![open]).await?;
    let seen = granted("case", it.store.case(it.samples.tenant(), case).await)?.is_some();
    let key = granted("key", it.store.remembered(it.samples.tenant(), "noekkel").await)?.is_some();
    demand(seen == key, "both operations or neither", (seen, key))
}

/// Case number, journal number and number in the case, of a case opened with one entry.
async fn numbers(it: &mut Situation<'_>, year: i32) -> Result<(u32, u32, u32), Violation> {
    let id = it.samples.case_id();
    let open = Op::OpenCase { id, case: it.samples.new_case(), year, at: MOMENT };
    let entry = it.samples.entry_id();
    let add = Op::AddEntry { id: entry, case: id, entry: it.samples.new_entry(), year, at: MOMENT };
    let answers = it.commit(vec![open, add]).await?;
    match answers.as_slice() {
        [Assigned::Case(case), Assigned::Entry(entry)] => {
            Ok((case.sequence(), entry.journal_sequence(), entry.number()))
        }
        _ => Err(violated("a case number and entry numbers", answers)),
    }
}

async fn no_gaps(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    demand_eq("the first numbers are", &numbers(&mut it, YEAR).await?, &(1, 1, 1))?;
    let (case, open) = it.open_case();
    let (_, add) = it.add_entry(case);
    it.commit(vec![key("brukt", case)]).await?;
    let failing = it.try_commit(vec![open, add, key("brukt", case)]);
    refused("Duplicate", failing, |error| matches!(error, StoreError::Duplicate { .. })).await?;
    demand_eq("the numbers after a failure are", &numbers(&mut it, YEAR).await?, &(2, 2, 1))?;
    let mut it = it.restart().await;
    demand_eq("the numbers after a restart are", &numbers(&mut it, YEAR).await?, &(3, 3, 1))?;
    let (case, open) = it.open_case();
    let (_, one) = it.add_entry(case);
    let (_, two) = it.add_entry(case);
    let answers = it.commit(vec![open, one, two]).await?;
    let entries = answers.iter().filter_map(|answer| match answer {
        Assigned::Entry(number) => Some((number.journal_sequence(), number.number())),
        _ => None,
    });
    demand_eq("two entries of one case get", &entries.collect(), &vec![(4, 1), (5, 2)])
}

async fn years(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    demand_eq("the first numbers of a year are", &numbers(&mut it, YEAR).await?, &(1, 1, 1))?;
    demand_eq("the first numbers of the next are", &numbers(&mut it, YEAR + 1).await?, &(1, 1, 1))?;
    demand_eq("the second numbers of the first are", &numbers(&mut it, YEAR).await?, &(2, 2, 1))
}

async fn at_once(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let ops: Vec<_> = (0..20).map(|_| it.open_case().1).collect();
    let answers = join_all(ops.into_iter().map(|op| it.try_commit(vec![op]))).await;
    let mut given = Vec::new();
    for answer in answers {
        match granted("commit", answer)?.as_slice() {
            [Assigned::Case(number)] => given.push(number.sequence()),
            other => return Err(violated("one case number", other)),
        }
    }
    given.sort_unstable();
    demand_eq("numbers given to twenty at once:", &given, &(1..=20).collect())
}

async fn tenants_apart(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = it.accept(|_| {}).await?;
    let (case, open) = it.open_case();
    it.commit(vec![open, key("noekkel", case)]).await?;
    let event = Op::Audit(it.samples.event(MOMENT));
    it.commit(vec![event]).await?;
    let mut other = Samples::new("annen");
    let stranger: TenantId = other.tenant().clone();
    let store = &it.store;
    let seen = [
        granted("letter", store.letter(&stranger, id).await)?.is_some(),
        granted("delivery", store.delivery(&stranger, id).await)?.is_some(),
        granted("case", store.case(&stranger, case).await)?.is_some(),
        granted("key", store.remembered(&stranger, "noekkel").await)?.is_some(),
        !granted("log", store.audit_log(&stranger, 0, 10).await)?.is_empty(),
        !granted("counts", store.delivery_counts(&stranger).await)?.is_empty(),
    ];
    demand_eq("letter, delivery, case, key, log and counts seen by another:", &seen, &[false; 6])?;
    let entry = other.entry_id();
    let ops = vec![Op::AddEntry { id: entry, case, entry: other.new_entry(), year: YEAR, at: MOMENT }];
    let commit = store.commit(Transaction { tenant: stranger.clone(), ops });
    refused("NotFound for another's case", commit, |error| matches!(error, StoreError::NotFound { .. })).await?;
    let mut request = it.request("a", MOMENT);
    request.tenant = stranger.clone();
    let claims = granted("claim", store.claim(request).await)?;
    demand(claims.is_empty(), "no claim on another's delivery", claims.len())?;
    let mine = it.delivery(id).await?;
    let commit = store.commit(Transaction { tenant: stranger, ops: vec![Op::ForceDelivery(mine)] });
    refused("NotFound for another's delivery", commit, |error| matches!(error, StoreError::NotFound { .. })).await
}

async fn empty(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    demand_eq("answers:", &it.commit(Vec::new()).await?, &Vec::new())
}
