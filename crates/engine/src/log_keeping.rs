//! Keeping the log by itself: checkpoints go outside every minute or thousand entries, and what is older than its time goes
//! once a day (R3.3, R3.6).

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::NaiveDate;
use sakarkiv_audit::{
    AuditLog, Checkpoint, CheckpointSigner, CheckpointSink, KeptCheckpoint, LogState, Note, Origin, Prune,
};
use sakarkiv_core::{
    audit::{Activity, LogClass, ObjectRef, Retention},
    calendar::oslo_date,
    identity::Timestamp,
    ports::{Audience, Op, StoreError, Subject, Transaction},
};

use crate::{
    call::question,
    notices::notice,
    office::{Office, Tenant},
    policy::later,
    rights,
    schedule::{Turn, rest},
    signal::Halt,
};

/// The log and those who hold its checkpoints.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) log: Arc<dyn AuditLog>,
    /// The name that the origins of all logs begin with.
    pub(crate) archive: String,
    pub(crate) witness: Option<Witnessing>,
}

/// Who signs checkpoints and who takes them.
#[derive(Debug)]
pub(crate) struct Witnessing {
    pub(crate) signer: Arc<dyn CheckpointSigner>,
    pub(crate) sinks: Vec<Arc<dyn CheckpointSink>>,
}

/// Keeps the logs of one tenant.
pub(crate) async fn log_loop(office: &Office, tenant: &Tenant, halt: &Halt, turn: Turn) -> bool {
    let Some(keeping) = &office.keeping else { return false };
    let mut signed: Option<Timestamp> = None;
    let mut failures = 0;
    loop {
        let mark = tenant.log.mark();
        let now = office.clock.now();
        let much = tenant.unsigned.swap(0, Ordering::SeqCst) >= CHECKPOINT_ENTRIES;
        let minute_over = signed.is_none_or(|signed| later(signed, CHECKPOINT_EVERY) <= now);
        let leaving = turn == Turn::Once || halt.is_asked();
        let round = keep(office, tenant, keeping, much || minute_over || leaving).await;
        if leaving {
            return false;
        }
        let until = match round {
            Ok(()) => {
                failures = 0;
                if minute_over {
                    signed = Some(now);
                }
                later(now, CHECKPOINT_EVERY)
            }
            Err(error) => {
                tracing::warn!(tenant = %tenant.id, %error, "the log cannot be kept");
                failures += 1;
                office.store_retry(failures)
            }
        };
        rest(office, halt, &tenant.log, mark, until).await;
    }
}

/// Prunes and signs. What fails for one log holds up no other: whoever damages one must not thereby keep the rest unsigned.
async fn keep(office: &Office, tenant: &Tenant, keeping: &Keeping, sign: bool) -> Result<(), StoreError> {
    let mut round = prune_daily(office, tenant, keeping).await;
    let Some(witness) = &keeping.witness else { return round };
    let (mut held, mut unheld) = (false, false);
    for class in LogClass::ALL {
        match signed(office, tenant, (keeping, witness), class, sign).await {
            Ok(None) => {}
            Ok(Some(taken)) => {
                held |= taken;
                unheld |= !taken;
            }
            Err(error) => {
                unheld |= matches!(error, StoreError::Invalid(_) | StoreError::Corrupt(_));
                round = round.and(Err(error));
            }
        }
    }
    let told = match (held, unheld) {
        (_, true) => tell_unheld(office, tenant).await,
        (true, false) => held_again(office, tenant).await,
        (false, false) => Ok(()),
    };
    round.and(told)
}

/// Whether a checkpoint of a log that had to be signed is kept; nothing when none had to be.
async fn signed(
    office: &Office,
    tenant: &Tenant,
    (keeping, witness): (&Keeping, &Witnessing),
    class: LogClass,
    sign: bool,
) -> Result<Option<bool>, StoreError> {
    let state = keeping.log.state(&tenant.id, class).await?;
    let covered = state.checkpoint.as_ref().map_or(0, |kept| kept.size);
    let waiting = state.size().saturating_sub(covered);
    if (sign && waiting > 0) || was_cut(witness, &state) {
        return checkpoint(office, tenant, (keeping, witness), class, &state).await.map(Some);
    }
    Ok(None)
}

/// Whether the log was cut after its last checkpoint, which therefore does not say so yet.
fn was_cut(witness: &Witnessing, state: &LogState) -> bool {
    let Some(kept) = &state.checkpoint else { return false };
    let keys = [witness.signer.key().clone()];
    let signed = Note::parse(&kept.note).and_then(|note| note.open(&keys));
    signed.map_or(true, |checkpoint| checkpoint.start != state.first())
}

/// Signs how far a log has come and hands that to everybody who holds checkpoints. It counts as kept when one of them has it;
/// the others get the next. Tells whether it is kept.
async fn checkpoint(
    office: &Office,
    tenant: &Tenant,
    (keeping, witness): (&Keeping, &Witnessing),
    class: LogClass,
    state: &LogState,
) -> Result<bool, StoreError> {
    let origin = Origin::new(&keeping.archive, tenant.id.clone(), class);
    let origin = origin.map_err(|error| StoreError::Invalid(error.to_string()))?;
    let checkpoint =
        Checkpoint::of(origin.clone(), &state.frontier).pruned_to(state.first()).signed_at(office.clock.now());
    let note = match checkpoint.sign(&*witness.signer) {
        Ok(note) => note,
        Err(error) => {
            tracing::warn!(%origin, %error, "a checkpoint was not signed");
            return Ok(false);
        }
    };
    let mut held = witness.sinks.is_empty();
    for sink in &witness.sinks {
        let call = sink.publish(&origin, &note);
        match question(&*office.clock, office.policy.call_timeout, "checkpoint_sink.publish", call).await {
            Ok(()) => held = true,
            Err(error) => tracing::warn!(%origin, %error, "a checkpoint was not taken"),
        }
    }
    if held {
        let kept = KeptCheckpoint { size: state.size(), root: state.root(), note: note.to_string() };
        keeping.log.keep_checkpoint(&tenant.id, class, kept).await?;
    }
    Ok(held)
}

/// Tells once that checkpoints reach nobody outside, until all that are handed out are held again.
async fn tell_unheld(office: &Office, tenant: &Tenant) -> Result<(), StoreError> {
    if office.store.mark(&tenant.id, UNHELD).await?.is_some() {
        return Ok(());
    }
    let now = office.clock.now();
    let text = "checkpoints of the log reach nobody outside, who could tell if its end were cut off: mend the key that signs \
                them, or what takes them; if both are well, the log is damaged: examine an export with sakarkiv-audit";
    let notice = notice(office, &tenant.id, now, Audience::Operations, Subject::CheckpointNotHeld, text.to_owned());
    let told = Op::PutMark { name: UNHELD.to_owned(), value: Some(now.to_rfc3339()) };
    office.commit(Transaction::new(tenant.id.clone()).with(told).with(Op::AddNotice(notice))).await?;
    tenant.notices.raise();
    Ok(())
}

async fn held_again(office: &Office, tenant: &Tenant) -> Result<(), StoreError> {
    if office.store.mark(&tenant.id, UNHELD).await?.is_none() {
        return Ok(());
    }
    let held = Op::PutMark { name: UNHELD.to_owned(), value: None };
    office.commit(Transaction::new(tenant.id.clone()).with(held)).await.map(drop)
}

/// Once a day: deletes the beginning of each log as far as its time is over. A clock that has jumped is not believed until it
/// has gone on for a day: what was deleted does not come back.
async fn prune_daily(office: &Office, tenant: &Tenant, keeping: &Keeping) -> Result<(), StoreError> {
    let now = office.clock.now();
    let today = oslo_date(now);
    let pruned = office.store.mark(&tenant.id, PRUNED).await?;
    let days = pruned.and_then(|day| day.parse::<NaiveDate>().ok()).map(|day| (today - day).num_days());
    if days == Some(0) {
        return Ok(());
    }
    let believed = days.is_none_or(|days| (1..=BELIEVED_DAYS).contains(&days));
    let retention = retention(office, tenant).await?;
    let mut outcome = Ok(());
    for class in LogClass::ALL.into_iter().filter(|_| believed) {
        let event = rights::event(&office.acting(&tenant.id), Activity::LogPruned, ObjectRef::Log, now);
        let order = Prune {
            tenant: tenant.id.clone(),
            class,
            before: retention.may_go_before(class, now),
            floor: retention.floor(now),
            most: PRUNED_AT_ONCE,
            event,
        };
        outcome = outcome.and(prune(keeping, &order).await);
    }
    outcome?;
    let mark = Op::PutMark { name: PRUNED.to_owned(), value: Some(today.to_string()) };
    office.commit(Transaction::new(tenant.id.clone()).with(mark)).await.map(drop)
}

async fn prune(keeping: &Keeping, order: &Prune) -> Result<(), StoreError> {
    while keeping.log.prune(order.clone()).await?.more {}
    Ok(())
}

/// How long a tenant keeps its logs.
pub(crate) async fn retention(office: &Office, tenant: &Tenant) -> Result<Retention, StoreError> {
    match office.store.mark(&tenant.id, RETENTION).await? {
        Some(text) => serde_json::from_str(&text).map_err(|error| StoreError::Corrupt(error.to_string())),
        None => Ok(Retention::standard()),
    }
}

/// The name under which the store keeps how long the logs are kept.
pub(crate) const RETENTION: &str = "log:retention";
/// How many entries go in one transaction.
pub(crate) const PRUNED_AT_ONCE: u64 = 10_000;
/// Since when people know that checkpoints reach nobody outside.
const UNHELD: &str = "log:unheld";
/// So many days may lie between two runs of a clock that is believed.
const BELIEVED_DAYS: i64 = 7;
/// The day on which the logs were last pruned.
const PRUNED: &str = "log:pruned";
/// What may be lost unseen at most: so much time, or so many entries.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);
pub(crate) const CHECKPOINT_ENTRIES: u64 = 1000;
