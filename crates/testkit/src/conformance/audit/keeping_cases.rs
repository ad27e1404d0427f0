//! Checkpoints, pruning and erasure.

use sakarkiv_audit::{AuditQuery, Erasure, KeptCheckpoint, Prune, Pruned, SearchOrder};
use sakarkiv_core::{
    audit::{Activity, AuditEvent, LogClass},
    identity::TenantId,
    ports::StoreError,
};

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
        case!("audit.checkpoint", checkpoint, "a checkpoint is kept in place of the one before"),
        case!("audit.checkpoint.other", other_log, "a checkpoint that is not of this log is refused"),
        case!("audit.prune", prune, "pruning cuts a beginning, and what is left goes on from what was signed"),
        case!("audit.prune.floor", floor, "nothing goes that must be kept, or that no kept checkpoint covers"),
        case!("audit.prune.pieces", pieces, "a long prefix is cut in pieces"),
        case!("audit.prune.order", up_to_the_first_later, "only entries before the first later one go"),
        case!("audit.erase", erase, "erasure takes value and salt and leaves the tree as it was"),
        case!("audit.erase.missing", erase_missing, "what is not there, or is another's, is not erased"),
    ]
}

const LOG: LogClass = LogClass::Channel;

async fn checkpoint(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    demand(it.state(LOG).await?.checkpoint.is_none(), "no checkpoint", "one")?;
    it.fill(0..3).await?;
    let first = it.checkpoint(LOG).await?;
    let again = it.audited.log.keep_checkpoint(&it.tenant, LOG, first.clone()).await;
    granted("the same again", again)?;
    demand(it.state(LOG).await?.checkpoint.as_ref() == Some(&first), "the checkpoint", "another or none")?;
    it.fill(3..300).await?;
    let second = it.checkpoint(LOG).await?;
    let it = it.restart().await;
    demand(it.state(LOG).await?.checkpoint.as_ref() == Some(&second), "the later checkpoint", "another or none")?;
    let earlier = it.audited.log.keep_checkpoint(&it.tenant, LOG, first);
    refused("Invalid for an earlier one", earlier, is_invalid).await?;
    demand(it.state(LogClass::Security).await?.checkpoint.is_none(), "none for another log", "one")
}

async fn other_log(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..3).await?;
    let state = it.state(LOG).await?;
    let note = "note".to_owned();
    let wrong = [
        KeptCheckpoint { size: 3, root: sakarkiv_audit::Hash::from_bytes([7; 32]), note: note.clone() },
        KeptCheckpoint { size: 2, root: state.root(), note: note.clone() },
        KeptCheckpoint { size: 4, root: state.root(), note },
    ];
    for checkpoint in wrong {
        let kept = it.audited.log.keep_checkpoint(&it.tenant, LOG, checkpoint);
        refused("Invalid for another log's checkpoint", kept, is_invalid).await?;
    }
    demand(it.state(LOG).await?.checkpoint.is_none(), "no checkpoint", "one")
}

fn order(it: &Situation<'_>, before: i64, most: u64) -> Prune {
    Prune {
        tenant: it.tenant.clone(),
        class: LOG,
        before: second(before),
        floor: second(100_000),
        most,
        event: it.event(Activity::LogPruned, 200_000),
    }
}

async fn cut(it: &Situation<'_>, before: i64, most: u64) -> Result<Pruned, Violation> {
    granted("prune", it.audited.log.prune(order(it, before, most)).await)
}

fn detail<'a>(event: &'a AuditEvent, name: &str) -> Option<&'a str> {
    event.details.expose().get(name).map(String::as_str)
}

async fn prune(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..700).await?;
    let signed = it.checkpoint(LOG).await?;
    it.fill(700..720).await?;
    let (before, entries) = (it.state(LOG).await?, it.sealed(LOG).await?);
    let pruned = cut(&it, 301, 10_000).await?;
    demand_eq("pruned:", &pruned, &Pruned { count: 301, first: 301, more: false })?;
    let it = it.restart().await;
    let state = it.state(LOG).await?;
    demand_eq("first, size and root:", &(state.first(), state.size(), state.root()), &(301, 720, before.root()))?;
    demand(state.checkpoint_at_cut.as_ref() == Some(&signed), "the checkpoint at the cut", "another or none")?;
    demand(
        it.sealed(LOG).await? == entries.into_iter().skip(301).collect::<Vec<_>>(),
        "the rest as it was",
        "another",
    )?;
    it.is_sound(LOG).await?;
    let (log, tenant) = (&it.audited.log, &it.tenant);
    let proof = granted("consistency", log.consistency(tenant, LOG, signed.size, state.size()).await)?;
    granted("the rest against what was signed", proof.verify(signed.root, state.root()))?;
    refused("Invalid for a pruned entry", log.inclusion(tenant, LOG, 300, state.size()), is_invalid).await?;
    let found = it.found(&AuditQuery::default(), SearchOrder::OldestFirst, 1_000).await?;
    demand_eq("found after pruning:", &found.first().map(|event| event.at), &Some(second(301)))?;
    let event = it.last(LogClass::Security).await?.event().map_err(|error| violated("an event", error))?;
    let told = ["class", "from", "to", "count"].map(|name| detail(&event, name));
    demand_eq("the log tells of it:", &told, &[Some("channel"), Some("0"), Some("300"), Some("301")])?;
    it.is_sound(LogClass::Security).await?;
    it.fill(720..900).await?;
    it.is_sound(LOG).await?;
    // And again, from one cut to the next.
    it.checkpoint(LOG).await?;
    demand_eq("pruned again:", &cut(&it, 600, 10_000).await?, &Pruned { count: 299, first: 600, more: false })?;
    it.is_sound(LOG).await
}

async fn floor(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..10).await?;
    let nothing = Pruned { count: 0, first: 0, more: false };
    demand_eq("without a checkpoint:", &cut(&it, 5, 100).await?, &nothing)?;
    it.checkpoint(LOG).await?;
    it.fill(10..20).await?;
    let too_much = Prune { floor: second(4), ..order(&it, 5, 100) };
    refused("Invalid for less than the minimum", it.audited.log.prune(too_much), is_invalid).await?;
    let foreign = AuditEvent { tenant: known(TenantId::new("annen")), ..it.event(Activity::LogPruned, 1) };
    let foreign = Prune { event: foreign, ..order(&it, 5, 100) };
    refused("NotFound for another's event", it.audited.log.prune(foreign), is_not_found).await?;
    demand_eq("nothing old enough:", &cut(&it, 0, 100).await?, &nothing)?;
    demand_eq("entries of the security log:", &it.sealed(LogClass::Security).await?.len(), &0)?;
    let covered = Pruned { count: 10, first: 10, more: false };
    demand_eq("no further than the checkpoint:", &cut(&it, 15, 100).await?, &covered)?;
    demand_eq("and not twice:", &cut(&it, 15, 100).await?, &Pruned { first: 10, ..nothing })?;
    it.is_sound(LOG).await
}

async fn pieces(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..25).await?;
    it.checkpoint(LOG).await?;
    let mut seen = Vec::new();
    loop {
        let pruned = cut(&it, 20, 8).await?;
        seen.push((pruned.count, pruned.first));
        it.is_sound(LOG).await?;
        if !pruned.more {
            break;
        }
    }
    demand_eq("pieces:", &seen, &vec![(8, 8), (8, 16), (4, 20)])?;
    demand_eq("each told of:", &it.sealed(LogClass::Security).await?.len(), &3)
}

async fn up_to_the_first_later(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for moment in [1, 2, 90, 3, 4] {
        it.fill(moment..moment + 1).await?;
    }
    it.checkpoint(LOG).await?;
    let pruned = cut(&it, 10, 100).await?;
    demand_eq("pruned:", &pruned, &Pruned { count: 2, first: 2, more: false })?;
    it.is_sound(LOG).await
}

fn erasure(it: &Situation<'_>, sequence: u64, field: &str) -> Erasure {
    let event = it.event(Activity::LogFieldErased, 500).with_detail("grunn", "feil loggført");
    Erasure { tenant: it.tenant.clone(), class: LOG, sequence, field: field.to_owned(), event }
}

async fn erase(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let named = it.event(Activity::Sent, 1).with_detail("tittel", "Kari Testperson").with_detail("kanal", "svarut");
    it.write(vec![it.event(Activity::Sent, 0), named]).await?;
    let (state, before) = (it.state(LOG).await?, it.last(LOG).await?);
    let erased = granted("erase", it.audited.log.erase(erasure(&it, 1, "tittel")).await)?;
    demand_eq("something was erased:", &erased, &true)?;
    let it = it.restart().await;
    let after = it.last(LOG).await?;
    let mut expected = before;
    expected.erase("tittel");
    demand(after == expected, "the entry without value and salt of the field", "another")?;
    demand(it.state(LOG).await? == state, "the same tree", "another")?;
    it.is_sound(LOG).await?;
    let all = granted("audit_log", it.audited.store.audit_log(&it.tenant, 0, 9).await)?;
    let titles = all.iter().filter_map(|record| detail(&record.event, "tittel")).count();
    demand_eq("events that still tell the title:", &titles, &0)?;
    let event = it.last(LogClass::Security).await?.event().map_err(|error| violated("an event", error))?;
    let told = ["class", "sequence", "field", "grunn"].map(|name| detail(&event, name));
    demand_eq("the log tells of it:", &told, &[Some("channel"), Some("1"), Some("tittel"), Some("feil loggført")])?;
    let again = granted("erase", it.audited.log.erase(erasure(&it, 1, "tittel")).await)?;
    demand_eq("erased again:", &again, &false)?;
    demand_eq("told of once:", &it.sealed(LogClass::Security).await?.len(), &1)
}

async fn erase_missing(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.fill(0..2).await?;
    let log = &it.audited.log;
    let missing = |order| refused("NotFound", log.erase(order), is_not_found as fn(&StoreError) -> bool);
    missing(erasure(&it, 2, "nr")).await?;
    missing(erasure(&it, 1, "tittel")).await?;
    missing(Erasure { class: LogClass::Administration, ..erasure(&it, 1, "nr") }).await?;
    let other = known(TenantId::new("annen"));
    let event = AuditEvent { tenant: other.clone(), ..it.event(Activity::LogFieldErased, 1) };
    missing(Erasure { event: event.clone(), ..erasure(&it, 1, "nr") }).await?;
    missing(Erasure { tenant: other, event, ..erasure(&it, 1, "nr") }).await?;
    demand_eq("entries of the security log:", &it.sealed(LogClass::Security).await?.len(), &0)?;
    it.is_sound(LOG).await
}
