//! Telling people: notices are stored with what they tell of, and told from the store until that has succeeded.

use std::collections::BTreeMap;

use sakarkiv_core::{
    delivery::{Delivery, DeliveryState, Signing, remedy_of, remedy_of_signing},
    identity::{ChannelId, NoticeId, TenantId, Timestamp, UnitId},
    ports::{Audience, Notice, Op, StoreError, Subject, Transaction, new_uuid},
};

use crate::{
    call::question,
    machine::Alarm,
    office::{Office, Tenant},
    policy::{back_off, later},
    schedule::{Turn, rest},
    signal::Halt,
};

/// Tells one tenant's notices.
pub(crate) async fn notice_loop(office: &Office, tenant: &Tenant, halt: &Halt, turn: Turn) -> bool {
    let mut waits = Waits::default();
    let mut worked = false;
    loop {
        let mark = tenant.notices.mark();
        let round = tell_all(office, &tenant.id, &mut waits, halt).await;
        worked |= round.told;
        if turn == Turn::Once || halt.is_asked() {
            return worked;
        }
        let limit = later(office.clock.now(), office.policy.max_sleep);
        rest(office, halt, &tenant.notices, mark, round.again.map_or(limit, |again| again.min(limit))).await;
    }
}

/// A notice about a delivery.
pub(crate) fn about_delivery(
    office: &Office,
    delivery: &Delivery,
    alarm: Alarm,
    unit: Option<UnitId>,
    now: Timestamp,
) -> Notice {
    let letter = delivery.letter;
    let (audience, subject) = match alarm {
        Alarm::Failed => (unit.map_or(Audience::MailRoom, Audience::Unit), Subject::LetterFailed { letter }),
        Alarm::NotSigned => (unit.map_or(Audience::MailRoom, Audience::Unit), Subject::NotSigned { letter }),
        Alarm::FateUnknown => (Audience::Operations, Subject::LetterFailed { letter }),
        Alarm::Doubled | Alarm::Missing | Alarm::Contradicts => {
            (Audience::Operations, Subject::ReconciliationDifference { letter })
        }
    };
    notice(office, &delivery.tenant, now, audience, subject, text(alarm, delivery))
}

/// A notice with an id of its own.
pub(crate) fn notice(
    office: &Office,
    tenant: &TenantId,
    at: Timestamp,
    audience: Audience,
    subject: Subject,
    text: String,
) -> Notice {
    let id = NoticeId::from_uuid(new_uuid(at, &*office.entropy));
    Notice { id, tenant: tenant.clone(), at, audience, subject, text }
}

/// Tells operations that another side does not let us in.
pub(crate) async fn tell_stopped(
    office: &Office,
    tenant: &Tenant,
    channel: ChannelId,
    text: String,
) -> Result<(), StoreError> {
    let subject = Subject::AccountStopped { channel };
    let notice = notice(office, &tenant.id, office.clock.now(), Audience::Operations, subject, text);
    office.commit(Transaction::new(tenant.id.clone()).with(Op::AddNotice(notice))).await?;
    tenant.notices.raise();
    Ok(())
}

struct Round {
    told: bool,
    again: Option<Timestamp>,
}

/// Failures of notices that could not be told yet, by notice. Lost with the process, which only means an earlier retry.
type Waits = BTreeMap<NoticeId, (u32, Timestamp)>;

async fn tell_all(office: &Office, tenant: &TenantId, waits: &mut Waits, halt: &Halt) -> Round {
    let mut round = Round { told: false, again: None };
    let open = match office.store.open_notices(tenant, PAGE).await {
        Ok(open) => open,
        Err(error) => {
            tracing::warn!(%tenant, %error, "notices cannot be read");
            round.again = Some(office.store_retry(0));
            return round;
        }
    };
    waits.retain(|id, _| open.iter().any(|notice| notice.id == *id));
    for notice in open {
        if halt.is_asked() {
            break;
        }
        let (tries, due) = waits.get(&notice.id).copied().unwrap_or((0, notice.at));
        if tries == 0 || due <= office.clock.now() {
            if tell(office, &notice).await {
                waits.remove(&notice.id);
                round.told = true;
                continue;
            }
            let policy = &office.policy;
            let wait = back_off(policy.back_off_first, policy.back_off_cap, tries, office.entropy.next_u64());
            waits.insert(notice.id, (tries.saturating_add(1), later(office.clock.now(), wait)));
        }
        let due = waits.get(&notice.id).map_or(due, |(_, due)| *due);
        round.again = Some(round.again.map_or(due, |again| again.min(due)));
    }
    round
}

async fn tell(office: &Office, notice: &Notice) -> bool {
    let call = question(&*office.clock, office.policy.call_timeout, "notifier.notify", office.notifier.notify(notice));
    if let Err(error) = call.await {
        tracing::warn!(tenant = %notice.tenant, notice = %notice.id, %error, "a notice could not be told");
        return false;
    }
    let told = Transaction::new(notice.tenant.clone()).with(Op::NoticeTold(notice.id));
    office.commit(told).await.is_ok()
}

fn text(alarm: Alarm, delivery: &Delivery) -> String {
    let (letter, channel) = (delivery.letter, &delivery.channel);
    match alarm {
        Alarm::Failed => {
            let cause = match &delivery.state {
                DeliveryState::Failed(cause) => remedy_of(cause),
                _ => "look into the cause",
            };
            format!("letter {letter} did not go out by {channel}: {cause}")
        }
        Alarm::FateUnknown => {
            format!("{channel} does not tell whether it has letter {letter}: ask its operator for our reference")
        }
        Alarm::Doubled => {
            format!("{channel} has letter {letter} more than once: withdraw one there, or tell the recipient")
        }
        Alarm::Missing => {
            format!("{channel} took letter {letter} and does not know it any more: ask its operator for our reference")
        }
        Alarm::NotSigned => {
            let stage = delivery.signing.as_ref().map(Signing::stage);
            let remedy = stage.and_then(remedy_of_signing).unwrap_or("look into the order");
            format!("the document in letter {letter} will not be signed: {remedy}")
        }
        Alarm::Contradicts => {
            format!(
                "letter {letter} is on record as failed, and {channel} has it: do not send it again before asking there"
            )
        }
    }
}

/// How many notices one look shows.
const PAGE: usize = 1000;
