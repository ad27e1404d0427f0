//! Records: versions, intakes, keys, marks, notices, the log, listings.

use sakarkiv_core::{
    case::CaseStatus,
    delivery::DeliveryState,
    identity::{ActorId, InboxId, NoticeId, TenantId},
    ports::{
        Assigned, Audience, DeliveryFilter, Intake, IntakeState, ItemId, Kept, KeptFilter, Notice, Op, Remembered,
        StoreError, Subject, Transaction,
    },
};

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, accepted, after, refused},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand, demand_eq, granted, violated},
    samples::{MOMENT, Samples, known},
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!("store.case.version", case_version, "a changed case is stored only over the version it was read at"),
        case!("store.case.step", case_step, "a case is taken on in its life as what is in it at that moment allows"),
        case!(
            "store.case.closed",
            closed_case,
            "a case that is closed or void takes no entries, and one that is reopened does"
        ),
        case!("store.entry.version", entry_version, "a changed entry is stored only over the version it was read at"),
        case!("store.entries.order", entries_order, "the entries of a case by their number in it"),
        case!("store.letter", letter, "a letter is accepted once, together with its delivery"),
        case!("store.letter.entry", letter_needs_entry, "a letter belongs to an entry that is there"),
        case!("store.intake", intake, "an item's fate is stored once, and replaced when the version fits"),
        case!(
            "store.unacknowledged",
            unacknowledged,
            "intakes of an inbox that are registered and whose acknowledgement is not recorded"
        ),
        case!("store.intakes.pages", intakes, "intakes of an inbox in the order of their item ids"),
        case!("store.remember", remember, "the same key again is a Duplicate, for the life of the store"),
        case!("store.marks", marks, "a piece of engine state is kept under a name, and None removes it"),
        case!("store.kept", kept, "a small record is stored only over the version it was read at, and removed"),
        case!(
            "store.kept.pages",
            kept_pages,
            "small records of a kind in the order of their keys, all or the due ones"
        ),
        case!("store.notices", notices, "a notice is kept until people have been told; oldest first"),
        case!("store.audit", audit, "the log has places from 1 without gaps"),
        case!(
            "store.deliveries.pages",
            deliveries,
            "deliveries in the order of their letter ids, narrowed by the filter"
        ),
        case!("store.deliveries.counts", counts, "how many deliveries stand where"),
    ]
}

async fn case_step(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (id, open) = it.open_case();
    let (_, add) = it.add_entry(id);
    let by = known(ActorId::new("arkivar-1"));
    let step = |to| Op::MoveCase { id, to, by: by.clone(), at: MOMENT };
    it.commit(vec![open, add, step(CaseStatus::HandlerDone)]).await?;
    let tenant = it.samples.tenant().clone();
    let invalid = |error: &StoreError| matches!(error, StoreError::Invalid(_));
    let closing = Transaction::new(tenant.clone()).with(step(CaseStatus::Closed));
    refused("closing a case with an entry under way", it.store.commit(closing), invalid).await?;
    let stranger = Samples::new("annen");
    let theirs = Transaction::new(stranger.tenant().clone()).with(step(CaseStatus::Open));
    let unknown = |error: &StoreError| matches!(error, StoreError::NotFound { .. });
    refused("moving another tenant's case", it.store.commit(theirs), unknown).await?;
    let it = it.restart().await;
    let stored = granted("case", it.store.case(&tenant, id).await)?.ok_or_else(|| violated("the case", "none"))?;
    demand_eq("its status:", &stored.status(), &CaseStatus::HandlerDone)?;
    demand_eq("its version:", &stored.version(), &1)
}

async fn case_version(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (id, open) = it.open_case();
    it.commit(vec![open]).await?;
    let tenant = it.samples.tenant().clone();
    let read = granted("case", it.store.case(&tenant, id).await)?.ok_or_else(|| violated("the case", "none"))?;
    it.commit(vec![Op::PutCase(read.clone())]).await?;
    let stored = granted("case", it.store.case(&tenant, id).await)?.ok_or_else(|| violated("the case", "none"))?;
    demand_eq("the stored version is", &stored.version(), &read.version().saturating_add(1))?;
    let again = it.try_commit(vec![Op::PutCase(read)]);
    refused("Conflict for the old version", again, |error| matches!(error, StoreError::Conflict { .. })).await
}

async fn closed_case(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    for last in [CaseStatus::Closed, CaseStatus::Void] {
        let (id, mut case) = (it.samples.case_id(), it.samples.new_case());
        case.class = Some("B31".into());
        let step = |to| Op::MoveCase { id, to, by: known(ActorId::new("arkivar-1")), at: MOMENT };
        it.commit(vec![Op::OpenCase { id, case, year: 2026, at: MOMENT }, step(last)]).await?;
        let (_, add) = it.add_entry(id);
        let closed = |error: &StoreError| matches!(error, StoreError::Invalid(_));
        refused("an entry in a case that is over", it.try_commit(vec![add]), closed).await?;
        if last == CaseStatus::Closed {
            let (_, add) = it.add_entry(id);
            let assigned = it.commit(vec![step(CaseStatus::Open), add]).await?;
            let number = assigned.iter().find_map(|assigned| match assigned {
                Assigned::Entry(number) => Some(number.number()),
                _ => None,
            });
            demand_eq("the number of the first entry it took:", &number, &Some(1))?;
        }
    }
    Ok(())
}

async fn entry_version(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (_, id) = it.registered().await?;
    let tenant = it.samples.tenant().clone();
    let read = granted("entry", it.store.entry(&tenant, id).await)?.ok_or_else(|| violated("the entry", "none"))?;
    it.commit(vec![Op::PutEntry(read.clone())]).await?;
    let stored = granted("entry", it.store.entry(&tenant, id).await)?.ok_or_else(|| violated("the entry", "none"))?;
    demand_eq("the stored version is", &stored.version(), &read.version().saturating_add(1))?;
    let again = it.try_commit(vec![Op::PutEntry(read)]);
    refused("Conflict for the old version", again, |error| matches!(error, StoreError::Conflict { .. })).await
}

async fn entries_order(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, first) = it.registered().await?;
    let mut expected = vec![first];
    for _ in 0..11 {
        let (id, add) = it.add_entry(case);
        it.commit(vec![add]).await?;
        expected.push(id);
    }
    it.registered().await?;
    let entries = granted("entries", it.store.entries(it.samples.tenant(), case).await)?;
    demand_eq("the entries are", &entries.iter().map(|entry| entry.id()).collect(), &expected)
}

async fn letter(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (letter, delivery) = it.letter().await?;
    let add = Op::AddLetter { letter: letter.clone(), delivery: delivery.clone() };
    it.commit(vec![add.clone()]).await?;
    let stored = granted("letter", it.store.letter(it.samples.tenant(), letter.id).await)?;
    demand(stored.as_ref() == Some(&letter), "the letter as it was given", "another or none")?;
    demand_eq("the delivery is", &it.delivery(letter.id).await?, &delivery)?;
    refused("Duplicate", it.try_commit(vec![add]), |error| matches!(error, StoreError::Duplicate { .. })).await
}

async fn letter_needs_entry(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (mut letter, delivery) = it.letter().await?;
    letter.entry = it.samples.entry_id();
    let commit = it.try_commit(vec![Op::AddLetter { letter, delivery }]);
    refused("NotFound", commit, |error| matches!(error, StoreError::NotFound { .. })).await
}

fn item(it: &Situation<'_>, name: &str) -> Intake {
    Intake {
        tenant: it.samples.tenant().clone(),
        inbox: known(InboxId::new("svarinn")),
        item: ItemId(name.to_owned()),
        kind: None,
        seen: MOMENT,
        state: IntakeState::SetAside { problem: "ingen noekkel".to_owned(), tries: 1, due: after(MOMENT, 60) },
        version: 0,
    }
}

async fn intake(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, entry) = it.registered().await?;
    let new = item(&it, "post-1");
    it.commit(vec![Op::PutIntake(new.clone())]).await?;
    let again = it.try_commit(vec![Op::PutIntake(new.clone())]);
    refused("Duplicate", again, |error| matches!(error, StoreError::Duplicate { .. })).await?;
    let read = granted("intake", it.store.intake(it.samples.tenant(), &new.inbox, &new.item).await)?;
    let mut read = read.ok_or_else(|| violated("the intake", "none"))?;
    demand_eq("the version of a new one is", &read.version, &1)?;
    read.state = IntakeState::Registered { case, entry };
    it.commit(vec![Op::PutIntake(read.clone())]).await?;
    let stale = it.try_commit(vec![Op::PutIntake(read.clone())]);
    refused("an error for the old version", stale, |error| {
        matches!(error, StoreError::Conflict { .. } | StoreError::Duplicate { .. })
    })
    .await?;
    let it = it.restart().await;
    let stored = granted("intake", it.store.intake(it.samples.tenant(), &new.inbox, &new.item).await)?;
    read.version = read.version.saturating_add(1);
    demand_eq("the stored intake is", &stored, &Some(read))
}

async fn intakes(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for name in ["c", "a", "d", "b"] {
        it.commit(vec![Op::PutIntake(item(&it, name))]).await?;
    }
    let mut elsewhere = item(&it, "a");
    elsewhere.inbox = known(InboxId::new("altinn"));
    it.commit(vec![Op::PutIntake(elsewhere)]).await?;
    let inbox = known(InboxId::new("svarinn"));
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = granted("intakes", it.store.intakes(it.samples.tenant(), &inbox, after.clone(), 3).await)?;
        let Some(last) = page.last() else { break };
        after = Some(last.item.clone());
        seen.extend(page.into_iter().map(|intake| intake.item.0));
    }
    demand_eq("items:", &seen, &["a", "b", "c", "d"].map(str::to_owned).to_vec())
}

async fn unacknowledged(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, entry) = it.registered().await?;
    for (name, state) in [
        ("a", None),
        ("b", Some(IntakeState::Registered { case, entry })),
        ("c", Some(IntakeState::Acknowledged { case, entry })),
        ("d", Some(IntakeState::Registered { case, entry })),
    ] {
        let new = item(&it, name);
        let state = state.unwrap_or_else(|| new.state.clone());
        it.commit(vec![Op::PutIntake(Intake { state, ..new })]).await?;
    }
    let it = it.restart().await;
    let inbox = known(InboxId::new("svarinn"));
    let found = granted("unacknowledged", it.store.unacknowledged(it.samples.tenant(), &inbox, 10).await)?;
    let mut names: Vec<_> = found.into_iter().map(|intake| intake.item.0).collect();
    names.sort_unstable();
    demand_eq("items:", &names, &["b", "d"].map(str::to_owned).to_vec())?;
    let first = granted("unacknowledged", it.store.unacknowledged(it.samples.tenant(), &inbox, 1).await)?;
    demand_eq("as many as asked for:", &first.len(), &1)
}

async fn remember(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let (case, entry) = it.registered().await?;
    let first = Op::Remember { key: "noekkel".to_owned(), object: Remembered::Entry(entry) };
    it.commit(vec![first]).await?;
    let it = it.restart().await;
    let second = Op::Remember { key: "noekkel".to_owned(), object: Remembered::Case(case) };
    let again = it.try_commit(vec![second]);
    refused("Duplicate", again, |error| matches!(error, StoreError::Duplicate { .. })).await?;
    let stored = granted("remembered", it.store.remembered(it.samples.tenant(), "noekkel").await)?;
    demand_eq("the key stands for", &stored, &Some(Remembered::Entry(entry)))
}

async fn marks(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for value in [Some("en"), Some("to"), None, None, Some("tre")] {
        let value = value.map(str::to_owned);
        it.commit(vec![Op::PutMark { name: "merke".to_owned(), value: value.clone() }]).await?;
        let stored = granted("mark", it.store.mark(it.samples.tenant(), "merke").await)?;
        demand_eq("the mark is", &stored, &value)?;
    }
    Ok(())
}

async fn kept(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let first = Kept::new("prøve.slag", "nøkkel", r#"{"en":1}"#).due_at(MOMENT);
    it.commit(vec![Op::Keep(first.clone())]).await?;
    let it = it.restart().await;
    let read = granted("kept", it.store.kept(&tenant, "prøve.slag", "nøkkel").await)?;
    demand_eq("the kept record is", &read, &Some(Kept { version: 1, ..first.clone() }))?;
    let again = it.try_commit(vec![Op::Keep(first.clone())]);
    refused("Conflict for a new one that is there", again, |error| matches!(error, StoreError::Conflict { .. }))
        .await?;
    let ahead = it.try_commit(vec![Op::Keep(Kept { key: "annen".to_owned(), version: 1, ..first.clone() })]);
    refused("Conflict for one that is not there", ahead, |error| matches!(error, StoreError::Conflict { .. })).await?;
    let second = Kept { value: "{}".to_owned(), due: None, version: 1, ..first };
    it.commit(vec![Op::Keep(second.clone())]).await?;
    let read = granted("kept", it.store.kept(&tenant, "prøve.slag", "nøkkel").await)?;
    demand_eq("the changed record is", &read, &Some(Kept { version: 2, ..second }))?;
    let other = granted("kept", it.store.kept(&known(TenantId::new("fremmed")), "prøve.slag", "nøkkel").await)?;
    demand_eq("another tenant's record is", &other, &None)?;
    for _ in 0..2 {
        let discard = Op::Discard { kind: "prøve.slag".to_owned(), key: "nøkkel".to_owned() };
        it.commit(vec![discard]).await?;
    }
    let gone = granted("kept", it.store.kept(&tenant, "prøve.slag", "nøkkel").await)?;
    demand_eq("the removed record is", &gone, &None)
}

async fn kept_pages(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let tenant = it.samples.tenant().clone();
    let mut ops = Vec::new();
    for nth in (0..7_u64).rev() {
        let record = Kept::new("slag", format!("nr-{nth}"), nth.to_string());
        ops.push(Op::Keep(if nth % 2 == 0 { record.due_at(after(MOMENT, nth)) } else { record }));
        ops.push(Op::Keep(Kept::new("slag2", format!("nr-{nth}"), "")));
    }
    it.commit(ops).await?;
    let keys = |records: Vec<Kept>| records.into_iter().map(|record| record.key).collect::<Vec<_>>();
    let (mut seen, mut last) = (Vec::new(), None);
    loop {
        let page = it.store.kept_list(&tenant, &KeptFilter::of("slag"), last.clone(), 3).await;
        let page = keys(granted("kept list", page)?);
        let Some(end) = page.last() else { break };
        last = Some(end.clone());
        seen.extend(page);
    }
    let all: Vec<_> = (0..7).map(|nth| format!("nr-{nth}")).collect();
    demand_eq("the keys are", &seen, &all)?;
    let due = KeptFilter::of("slag").due_by(after(MOMENT, 4));
    let listed = granted("kept list", it.store.kept_list(&tenant, &due, Some("nr-0".to_owned()), 9).await)?;
    demand_eq("what is due after the first", &keys(listed), &vec!["nr-2".to_owned(), "nr-4".to_owned()])
}

fn notice(it: &Situation<'_>, nth: u64) -> Notice {
    Notice {
        id: NoticeId::from_uuid(uuid::Uuid::from_u64_pair(1, nth)),
        tenant: it.samples.tenant().clone(),
        at: after(MOMENT, 1000_u64.saturating_sub(nth)),
        audience: Audience::MailRoom,
        subject: Subject::InboxFull { inbox: known(InboxId::new("svarinn")) },
        text: "innboksen er full".to_owned(),
    }
}

async fn notices(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let all: Vec<_> = (1..=4).map(|nth| notice(&it, nth)).collect();
    it.commit(all.iter().cloned().map(Op::AddNotice).collect()).await?;
    let mut expected: Vec<_> = all.iter().rev().map(|notice| notice.id).collect();
    let ids = async |limit| {
        let open = granted("open notices", it.store.open_notices(it.samples.tenant(), limit).await)?;
        Ok::<_, Violation>(open.into_iter().map(|notice| notice.id).collect::<Vec<_>>())
    };
    demand_eq("notices, oldest first,", &ids(10).await?, &expected)?;
    demand_eq("at most two:", &ids(2).await?, &expected.iter().take(2).copied().collect())?;
    let told = expected.remove(1);
    it.commit(vec![Op::NoticeTold(told)]).await?;
    it.commit(vec![Op::NoticeTold(told)]).await?;
    demand_eq("notices after one was told:", &ids(10).await?, &expected)
}

async fn audit(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let event = |nth| Op::Audit(it.samples.event(after(MOMENT, nth)));
    it.commit(vec![event(1), event(2)]).await?;
    let taken = Op::PutIntake(item(&it, "post-1"));
    it.commit(vec![taken.clone()]).await?;
    let failing = it.try_commit(vec![event(9), taken]);
    refused("Duplicate", failing, |error| matches!(error, StoreError::Duplicate { .. })).await?;
    it.commit(vec![event(3)]).await?;
    let places = |records: Vec<sakarkiv_core::ports::AuditRecord>| -> Vec<_> {
        records.into_iter().map(|record| (record.sequence, record.event.at)).collect()
    };
    let all = granted("log", it.store.audit_log(it.samples.tenant(), 0, 10).await)?;
    let expected: Vec<_> = (1..=3).map(|nth| (nth, after(MOMENT, nth))).collect();
    demand_eq("the log is", &places(all), &expected)?;
    let one = granted("log", it.store.audit_log(it.samples.tenant(), 1, 1).await)?;
    demand_eq("one after the first:", &places(one), &vec![(2, after(MOMENT, 2))])
}

async fn deliveries(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(it.accept(|_| {}).await?);
    }
    let claim = it.claim_one("a", MOMENT).await?;
    let moved = claim.delivery.letter;
    let mut delivery = accepted(&claim);
    delivery.accepted = Some(after(MOMENT, 100));
    it.commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]).await?;
    ids.sort();
    let list = async |filter: DeliveryFilter, from, limit| {
        let page = granted("deliveries", it.store.deliveries(it.samples.tenant(), &filter, from, limit).await)?;
        Ok::<_, Violation>(page.into_iter().map(|delivery| delivery.letter).collect::<Vec<_>>())
    };
    let mut seen = list(DeliveryFilter::default(), None, 3).await?;
    seen.extend(list(DeliveryFilter::default(), seen.last().copied(), 3).await?);
    demand_eq("two pages are", &seen, &ids)?;
    let mut filter = DeliveryFilter::default();
    filter.state = Some(DeliveryState::Accepted.name());
    demand_eq("those accepted are", &list(filter.clone(), None, 10).await?, &vec![moved])?;
    filter.account = Some(known(sakarkiv_core::identity::AccountId::new("annen")));
    demand_eq("those of another account are", &list(filter, None, 10).await?, &Vec::new())
}

async fn counts(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    for _ in 0..3 {
        it.accept(|_| {}).await?;
    }
    let claim = it.claim_one("a", MOMENT).await?;
    let delivery = accepted(&claim);
    it.commit(vec![Op::PutDelivery { delivery, fence: claim.fence, keep: false }]).await?;
    let counts = granted("counts", it.store.delivery_counts(it.samples.tenant()).await)?;
    let mut seen: Vec<_> = counts.iter().map(|line| (line.state.as_str(), line.count)).collect();
    seen.sort_unstable();
    demand(seen == [("accepted", 1), ("queued", 2)], "one accepted and two queued", seen)
}
