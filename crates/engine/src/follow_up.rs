//! Asking how far letters have come, in batches, the less often the older they are.

use futures_util::{StreamExt, future::BoxFuture, stream};
use sakarkiv_core::{
    delivery::{RemoteId, WorkKind},
    identity::Timestamp,
    ports::{Claim, ClaimRequest, PortError, StatusLine, StoreError, Transaction},
};

use crate::{
    account::{Account, Health},
    call::question,
    job::{Hold, Job, Written},
    machine::{Alarm, Event},
    office::{Office, Tenant},
    policy::later,
    schedule::{Turn, rest},
    signal::Halt,
};

/// Follows up one account's letters. Independent of sending: a status service that is down stops no letter.
pub(crate) async fn follow_up_pool(
    office: &Office,
    tenant: &Tenant,
    account: &Account,
    halt: &Halt,
    turn: Turn,
) -> bool {
    let (mut worked, mut trouble) = (false, 0);
    loop {
        let mark = account.follow_up.mark();
        if halt.is_asked() {
            return worked;
        }
        let request = request(office, account);
        let again = match office.store.claim(request.clone()).await {
            Ok(claims) if claims.is_empty() => {
                let due = office.store.next_due(&request).await.unwrap_or_else(|_| Some(office.store_retry(trouble)));
                due.map(|due| due.max(office.store_retry(0)))
            }
            Ok(claims) => {
                worked = true;
                let answered = batch(office, tenant, account, claims, request.lease_until).await;
                trouble = if answered { 0 } else { trouble + 1 };
                if answered {
                    continue;
                }
                Some(office.outside_retry(trouble))
            }
            Err(error) => {
                tracing::warn!(channel = %account.channel_id, account = %account.id, %error, "nothing can be claimed now");
                trouble += 1;
                Some(office.store_retry(trouble))
            }
        };
        if turn == Turn::Once {
            return worked;
        }
        let limit = later(office.clock.now(), office.policy.max_sleep);
        rest(office, halt, &account.follow_up, mark, again.map_or(limit, |again| again.min(limit))).await;
    }
}

fn request(office: &Office, account: &Account) -> ClaimRequest {
    let now = office.clock.now();
    ClaimRequest {
        tenant: account.tenant.clone(),
        channel: account.channel_id.clone(),
        account: account.id.clone(),
        work: WorkKind::FollowUp,
        owner: office.node.clone(),
        now,
        // One call for the statuses and one for a signing order, or for a check of the account when they are refused.
        lease_until: later(now, (office.policy.call_timeout * 2).saturating_add(office.policy.lease_margin)),
        limit: account.capabilities.status_batch.clamp(1, LARGEST_BATCH),
    }
}

/// Asks for one batch and records the answers. Tells whether the channel answered.
async fn batch(office: &Office, tenant: &Tenant, account: &Account, claims: Vec<Claim>, lease: Timestamp) -> bool {
    let ids: Vec<RemoteId> = claims.iter().filter_map(|claim| claim.delivery.remote_id.clone()).collect();
    let began = office.clock.now();
    let call = account.channel.status(&account.id, &ids);
    let answer = question(&*office.clock, office.policy.call_timeout, "channel.status", call).await;
    if Health::of(&answer, false) == Health::Refused {
        account.note_question(office, Health::Refused, began).await;
    }
    let answered = answer.is_ok();
    let lines = answer.unwrap_or_else(|error: PortError| {
        tracing::info!(channel = %account.channel_id, account = %account.id, %error, "no statuses now");
        Vec::new()
    });
    let jobs = claims.into_iter().map(|claim| Job::new(office, account, claim, lease));
    let (mut to_sign, mut plain): (Vec<_>, Vec<_>) = jobs.partition(|job| job.delivery.awaits_signature());
    record(office, tenant, &mut plain, &lines).await;
    let mut asked: Vec<BoxFuture<'_, ()>> = Vec::with_capacity(to_sign.len());
    for job in &mut to_sign {
        asked.push(Box::pin(signing(job, &lines)));
    }
    stream::iter(asked).buffer_unordered(account.capabilities.concurrency.max(1)).collect::<()>().await;
    answered
}

/// Records the status of a letter that is to be signed, and then how far its signing has come, which is asked for one by
/// one. What cannot be asked before the claim ends is asked the next time.
async fn signing(job: &mut Job<'_>, lines: &[StatusLine]) {
    let (office, account) = (job.office, job.account);
    let status = event(job, lines);
    if job.put(status, Hold::Keep).await == Written::Lost {
        return;
    }
    let asked = match &job.delivery.remote_id {
        Some(id) if later(office.clock.now(), office.policy.call_timeout) <= job.lease_until => {
            let call = account.channel.signing(&account.id, id);
            question(&*office.clock, office.policy.call_timeout, "channel.signing", call).await
        }
        _ => Ok(None),
    };
    let told = asked.unwrap_or_else(|error| {
        tracing::info!(letter = %job.delivery.letter, channel = %account.channel_id, %error, "no word of a signing order now");
        None
    });
    let event = told.map_or(Event::NoStatus, Event::Signing);
    if matches!(event, Event::Signing(_)) {
        // For the notice to reach the unit that owns the letter.
        job.letter = office.store.letter(&job.delivery.tenant, job.delivery.letter).await.ok().flatten();
    }
    job.put(event, Hold::GiveUp).await;
}

async fn record(office: &Office, tenant: &Tenant, jobs: &mut [Job<'_>], lines: &[StatusLine]) {
    let mut transaction = Transaction::new(tenant.id.clone());
    let mut alarmed = false;
    for job in &mut *jobs {
        let step = job.step(event(job, lines));
        if step.alarm == Some(Alarm::Failed) {
            // For the notice to reach the unit that owns the letter.
            job.letter = office.store.letter(&tenant.id, job.delivery.letter).await.ok().flatten();
        }
        alarmed |= step.alarm.is_some();
        transaction.ops.extend(job.ops(&step, Hold::GiveUp));
    }
    match office.commit(transaction).await {
        Ok(_) if alarmed => tenant.notices.raise(),
        Ok(_) => {}
        // One of them was changed by somebody else: the others must not suffer for it.
        Err(StoreError::Fenced | StoreError::Conflict { .. } | StoreError::NotFound { .. }) => {
            for job in jobs {
                let event = event(job, lines);
                job.put(event, Hold::GiveUp).await;
            }
        }
        // The claims end by themselves, and then the channel is asked again.
        Err(error) => tracing::warn!(tenant = %tenant.id, %error, "statuses were not stored"),
    }
}

fn event(job: &Job<'_>, lines: &[StatusLine]) -> Event {
    let ours = lines.iter().find(|line| Some(&line.remote_id) == job.delivery.remote_id.as_ref());
    ours.map_or(Event::NoStatus, |line| Event::Status(line.clone()))
}

/// More than this in one transaction would hold up those who hand letters in.
const LARGEST_BATCH: usize = 500;
