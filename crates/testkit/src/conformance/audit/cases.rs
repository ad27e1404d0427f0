//! Writing, finding, proving.

use std::collections::BTreeSet;

use sakarkiv_audit::{AuditQuery, Header, LogState, SearchOrder};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
    identity::{ActorId, CaseId, TenantId},
    ports::{Op, Transaction},
};
use uuid::Uuid;

use super::{
    AuditCase,
    harness::AuditHarness,
    situation::{Situation, is_invalid, is_not_found, refused, second},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand, demand_eq, granted, violated},
    samples::known,
};

type Outcome = Result<(), Violation>;
type Harness = dyn AuditHarness;

pub(super) fn all() -> Vec<AuditCase> {
    vec![
        case!("audit.seal", seal, "an event is sealed with fresh salts at the end of the log of its class"),
        case!("audit.gaps", no_gaps, "sequences run from 0 without gaps; a transaction that fails leaves none"),
        case!("audit.durable", durable, "what was committed is there, and hangs together, after the process died"),
        case!("audit.merged", merged, "the tenant's logs as one, in the order of writing"),
        case!("audit.search.parts", parts, "a search is narrowed by each part of its query and by all"),
        case!("audit.search.order", order, "by time, and of one moment by the order of writing, both ways, in pages"),
        case!("audit.proofs", proofs, "every entry and every earlier size can be proven against the root"),
        case!("audit.proofs.beyond", beyond, "what was never written cannot be proven"),
        case!("audit.tenants", tenants_apart, "nobody sees or touches another tenant's logs"),
        case!("audit.empty", empty, "a log into which nothing was written is empty, not missing"),
    ]
}

const LOG: LogClass = LogClass::Channel;

async fn seal(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let events = vec![
        it.event(Activity::Sent, 1).with_detail("tittel", "Klage").with_detail("kanal", "svarut"),
        it.event(Activity::LoginFailed, 2).from_client("ws-12").ended(AuditOutcome::Failed),
        it.event(Activity::Sent, 3).with_detail("tittel", "Klage").under_rule("need"),
        it.event(Activity::Other("talt".to_owned()), 4),
    ];
    it.write(events.clone()).await?;
    let mut salts = BTreeSet::new();
    for class in LogClass::ALL {
        let of_class: Vec<_> = events.iter().filter(|event| event.activity.log_class() == class).collect();
        let entries = it.sealed(class).await?;
        demand_eq(&format!("entries of {class}:"), &entries.len(), &of_class.len())?;
        for ((entry, event), sequence) in entries.iter().zip(of_class).zip(0..) {
            demand_eq("the header is", &entry.header, &known(Header::of(event, sequence)))?;
            let read = entry.event().map_err(|error| violated("the event", error))?;
            demand(read == *event, "the event as it was written", "another")?;
            salts.extend(entry.fields.iter().filter_map(|field| Some(*field.opening.as_ref()?.salt.as_bytes())));
        }
        it.is_sound(class).await?;
    }
    demand_eq("salts, each used once:", &salts.len(), &3)
}

async fn no_gaps(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..3).await?;
    let foreign = AuditEvent { tenant: known(TenantId::new("annen")), ..it.event(Activity::Sent, 9) };
    let failing = it.try_write(vec![it.event(Activity::Sent, 8), foreign]);
    refused("NotFound for another tenant's event", failing, is_not_found).await?;
    let unnamed = it.event(Activity::Sent, 9).with_detail("", "uten navn");
    let failing = it.try_write(vec![it.event(Activity::Sent, 8), unnamed]);
    refused("Invalid for what cannot be sealed", failing, is_invalid).await?;
    let far = it.event(Activity::Sent, 9);
    let far = AuditEvent { at: sakarkiv_core::identity::Timestamp::MAX_UTC, ..far };
    refused("Invalid for a moment that no log has", it.try_write(vec![far]), is_invalid).await?;
    it.fill(3..5).await?;
    let seconds: Vec<_> = it.sealed(LOG).await?.iter().map(|entry| entry.header.at).collect();
    demand_eq("moments:", &seconds, &(0..5).map(second).collect())?;
    it.is_sound(LOG).await
}

async fn durable(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..300).await?;
    let (state, entries) = (it.state(LOG).await?, it.sealed(LOG).await?);
    let it = it.restart().await;
    demand(it.state(LOG).await? == state, "the same state", "another")?;
    demand(it.sealed(LOG).await? == entries, "the same entries", "others")?;
    it.fill(300..302).await?;
    it.is_sound(LOG).await
}

async fn merged(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let activities = [Activity::Sent, Activity::Read, Activity::LoginFailed, Activity::Configured, Activity::Sent];
    // Time does not rise; the order of writing counts.
    let events: Vec<_> = (0..).zip(&activities).map(|(nth, activity)| it.event(activity.clone(), 9 - nth)).collect();
    it.write(events.clone()).await?;
    let all = granted("audit_log", it.audited.store.audit_log(&it.tenant, 0, 100).await)?;
    let seen: Vec<_> = all.iter().map(|record| (record.sequence, record.event.clone())).collect();
    demand(seen == (1..).zip(events).collect::<Vec<_>>(), "every event at its place", "another")?;
    let page = granted("audit_log", it.audited.store.audit_log(&it.tenant, 2, 2).await)?;
    demand_eq("a page:", &page.iter().map(|record| record.sequence).collect(), &vec![3, 4])
}

async fn parts(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let case = |nth| ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(nth)));
    let mut events = Vec::new();
    // Every combination of two of each.
    for bits in 0..64_u32 {
        let one = |bit: u32| bits >> bit & 1 == 1;
        let actor = known(ActorId::new(if one(0) { "u1" } else { "u2" }));
        let activity = if one(1) { Activity::Read } else { Activity::AccessRefused };
        let object = if one(2) { case(1) } else { case(2) };
        let outcome = if one(3) { AuditOutcome::Done } else { AuditOutcome::Refused };
        let mut event = AuditEvent::new(second(bits.into()), it.tenant.clone(), actor, activity, object).ended(outcome);
        event.client = one(4).then(|| "ws-12".to_owned());
        event.rule = one(5).then(|| "need".to_owned());
        events.push(event);
    }
    it.write(events.clone()).await?;
    let parts: [fn(&mut AuditQuery); 9] = [
        |query| query.class = Some(LogClass::Security),
        |query| query.from = Some(second(20)),
        |query| query.until = Some(second(50)),
        |query| query.actor = ActorId::new("u1").ok(),
        |query| query.client = Some("ws-12".to_owned()),
        |query| query.activity = Some(Activity::AccessRefused),
        |query| query.object = Some(ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(1)))),
        |query| query.outcome = Some(AuditOutcome::Refused),
        |query| query.rule = Some("need".to_owned()),
    ];
    for choice in 0..1_usize << parts.len() {
        let mut query = AuditQuery::default();
        for part in parts.iter().enumerate().filter(|(nth, _)| choice >> nth & 1 == 1).map(|(_, part)| part) {
            part(&mut query);
        }
        let wanted = |event: &&AuditEvent| query.takes(&known(Header::of(event, 0)));
        let expected: Vec<_> = events.iter().filter(wanted).cloned().collect();
        let found = it.found(&query, SearchOrder::OldestFirst, 100).await?;
        demand(found == expected, &format!("{} events by {query:?}", expected.len()), found.len())?;
    }
    let mut query = AuditQuery::default();
    query.activity = Some(Activity::Printed);
    demand_eq("what never happened:", &it.found(&query, SearchOrder::NewestFirst, 10).await?.len(), &0)
}

async fn order(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    // Two logs, each moment three times, later moments first.
    let mut events = Vec::new();
    for moment in (0..8).rev() {
        for (nth, activity) in [Activity::Sent, Activity::Read, Activity::Sent].into_iter().enumerate() {
            events.push(it.event(activity, moment).with_detail("nr", nth.to_string()));
        }
    }
    it.write(events.clone()).await?;
    events.sort_by_key(|event| event.at);
    let by_actor = AuditQuery::default();
    let mut queries = vec![by_actor.clone(), by_actor.clone(), by_actor];
    for (query, nth) in queries.iter_mut().zip(0..) {
        query.actor = if nth == 1 { ActorId::new("saksbehandler-1").ok() } else { None };
        query.class = if nth == 2 { Some(LOG) } else { None };
    }
    for query in queries {
        let mut expected: Vec<_> =
            events.iter().filter(|event| query.takes(&known(Header::of(event, 0)))).cloned().collect();
        for limit in [1, 4, 100] {
            let found = it.found(&query, SearchOrder::OldestFirst, limit).await?;
            demand(found == expected, &format!("the earliest first, {limit} a page, by {query:?}"), found)?;
        }
        expected.reverse();
        for limit in [1, 4, 100] {
            let found = it.found(&query, SearchOrder::NewestFirst, limit).await?;
            demand(found == expected, &format!("the latest first, {limit} a page, by {query:?}"), found)?;
        }
    }
    Ok(())
}

async fn proofs(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..260).await?;
    it.fill(260..600).await?;
    it.is_sound(LOG).await?;
    let (state, log) = (it.state(LOG).await?, &it.audited.log);
    let mut earlier = sakarkiv_audit::Frontier::new();
    for entry in it.sealed(LOG).await? {
        earlier.append(entry.leaf);
        let size = earlier.size();
        // Around complete subtrees, and some between.
        if size.is_multiple_of(61) || size % 256 <= 1 || size == 512 {
            let frontier = granted("frontier", log.frontier(&it.tenant, LOG, size).await)?;
            demand(frontier == earlier, &format!("the frontier of {size}"), "another")?;
            let proof = granted("consistency", log.consistency(&it.tenant, LOG, size, state.size()).await)?;
            granted(&format!("the proof from {size}"), proof.verify(earlier.root(), state.root()))?;
            let (index, leaf) = (entry.header.sequence, entry.leaf);
            let proof = granted("inclusion", log.inclusion(&it.tenant, LOG, index, size).await)?;
            granted(&format!("the proof of {index} in {size}"), proof.verify(leaf, earlier.root()))?;
        }
    }
    Ok(())
}

async fn beyond(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..3).await?;
    let (log, tenant) = (&it.audited.log, &it.tenant);
    refused("Invalid for an entry after the last", log.inclusion(tenant, LOG, 3, 3), is_invalid).await?;
    refused("Invalid for a larger tree", log.inclusion(tenant, LOG, 0, 4), is_invalid).await?;
    refused("Invalid for a larger tree", log.consistency(tenant, LOG, 1, 4), is_invalid).await?;
    refused("Invalid for the wrong way round", log.consistency(tenant, LOG, 3, 2), is_invalid).await?;
    refused("Invalid for a larger frontier", log.frontier(tenant, LOG, 4), is_invalid).await?;
    let after = granted("sealed", log.sealed(tenant, LOG, 3, 9).await)?;
    demand_eq("entries after the last:", &after.len(), &0)?;
    let some = granted("sealed", log.sealed(tenant, LOG, 1, 1).await)?;
    demand_eq("one from 1 on:", &some.iter().map(|entry| entry.header.sequence).collect(), &vec![1])
}

async fn tenants_apart(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let other = known(TenantId::new("annen"));
    for nth in 0..4 {
        it.fill(nth..nth + 1).await?;
        let event = AuditEvent { tenant: other.clone(), ..it.event(Activity::Sent, 100 + nth) };
        let transaction = Transaction::new(other.clone()).with(Op::Audit(event));
        granted("commit", it.audited.store.commit(transaction).await)?;
    }
    let all = granted("audit_log", it.audited.store.audit_log(&it.tenant, 0, 100).await)?;
    let seen = all.iter().map(|record| (record.sequence, record.event.at)).collect();
    demand_eq("places and moments of one tenant:", &seen, &(1..).zip((0..4).map(second)).collect::<Vec<(u64, _)>>())?;
    let found = it.found(&AuditQuery::default(), SearchOrder::OldestFirst, 3).await?;
    demand_eq("found by one tenant:", &found.len(), &4)?;
    it.is_sound(LOG).await?;
    let theirs = it.of_tenant(other);
    let found = theirs.found(&AuditQuery::default(), SearchOrder::OldestFirst, 3).await?;
    let moments: Vec<_> = found.iter().map(|event| event.at).collect();
    demand_eq("found by the other:", &moments, &(100..104).map(second).collect())?;
    theirs.is_sound(LOG).await
}

async fn empty(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    demand(it.state(LOG).await? == LogState::default(), "an empty state", "another")?;
    it.is_sound(LOG).await?;
    demand_eq("found:", &it.found(&AuditQuery::default(), SearchOrder::NewestFirst, 9).await?.len(), &0)?;
    // Nor when another log of the tenant has entries.
    it.write(vec![it.event(Activity::Read, 1)]).await?;
    it.is_sound(LOG).await?;
    let mut query = AuditQuery::default();
    query.class = Some(LOG);
    demand_eq("found in the empty log:", &it.found(&query, SearchOrder::NewestFirst, 9).await?.len(), &0)?;
    let none = granted("search", it.audited.log.search(&it.tenant, &query, SearchOrder::NewestFirst, None, 0).await)?;
    demand_eq("none asked for:", &none.entries.len(), &0)
}
