//! One claimed letter on its way out: what is decided, recorded, sent and recorded again, in this order.

use std::sync::Arc;

use sakarkiv_core::{
    calendar::oslo_date,
    case::Case,
    delivery::Letter,
    identity::Timestamp,
    journal::JournalEntry,
    ports::{Claim, Dispatch, PortErrorKind, StoreError},
    routing::{AnswerSource, Cleared, Inquiry, Refused, clear_by},
    sensitivity::{SensitivityClass, of_entry},
};

use crate::{
    account::{Account, Health},
    call::{CallError, bounded, question},
    job::{Hold, Job, Written},
    machine::{self, Command, Event, Failure},
    office::{Office, Tenant},
    policy::later,
    recipients,
    routes::{coverage, ways},
    signal::Halt,
    standing::hindrance,
    unopened::reveals_nothing,
};

/// Does what a claimed delivery waits for.
pub(crate) async fn work(
    office: &Office,
    tenant: &Tenant,
    account: &Account,
    halt: &Halt,
    claim: Claim,
    lease_until: Timestamp,
) {
    let mut job = Job::new(office, account, claim, lease_until);
    match machine::next(&job.delivery, office.clock.now()) {
        Command::Expire => {
            load_letter(&mut job).await;
            job.put(Event::Expired, Hold::GiveUp).await;
        }
        Command::Recover => {
            if job.put(Event::LeaseRecovered, Hold::Keep).await == Written::Done {
                look_up(&mut job).await;
            }
        }
        Command::LookUp => look_up(&mut job).await,
        // When the office stops, what has not begun stays as it is; its claim is given up with all others.
        Command::Send if halt.is_asked() => {}
        Command::Send => send(&mut job, tenant).await,
        Command::FollowUp | Command::Nothing => {}
    }
}

/// Asks the channel what became of an attempt.
async fn look_up(job: &mut Job<'_>) {
    let (office, account) = (job.office, job.account);
    let began = office.clock.now();
    let reference = job.delivery.reference();
    let call = account.channel.find(&account.id, &reference);
    let answer = question(&*office.clock, office.policy.call_timeout, "channel.find", call).await;
    account.note_question(office, Health::of(&answer, false), began).await;
    load_letter(job).await;
    match answer {
        Ok(hits) => job.insist(Event::FoundHits(hits), Hold::GiveUp).await,
        Err(error) => job.put(Event::FindFailed(Failure::from(&error)), Hold::GiveUp).await,
    };
    account.moved_on(office);
}

async fn send(job: &mut Job<'_>, tenant: &Tenant) {
    match prepare(job, tenant).await {
        Verdict::Send { letter, entry } => attempt(job, *letter, *entry).await,
        Verdict::Otherwise(event) => {
            job.put(event, Hold::GiveUp).await;
            tenant.wake(&job.delivery.channel, &job.delivery.account);
        }
        Verdict::Leave => {}
    }
}

/// What is decided about a letter just before it leaves.
enum Verdict {
    Send {
        letter: Box<Cleared<Letter>>,
        entry: Box<JournalEntry>,
    },
    Otherwise(Event),
    /// The store cannot be read: the claim ends by itself.
    Leave,
}

/// Decides anew at every attempt: what was safe when the letter was handed in may not be safe any more (I10).
async fn prepare(job: &mut Job<'_>, tenant: &Tenant) -> Verdict {
    let (office, account) = (job.office, job.account);
    if load_letter(job).await == Loaded::Failed {
        return Verdict::Leave;
    }
    let Some(mut letter) = job.letter.clone() else {
        return Verdict::Otherwise(Event::Incomplete { what: "the letter".to_owned() });
    };
    let entry = match office.store.entry(&letter.tenant, letter.entry).await {
        Ok(Some(entry)) => entry,
        Ok(None) => return Verdict::Otherwise(Event::Incomplete { what: "its journal entry".to_owned() }),
        Err(_) => return Verdict::Leave,
    };
    if let Some(hindrance) = hindrance(&entry) {
        return Verdict::Otherwise(Event::NotCleared(Refused::at_once(hindrance.code)));
    }
    let case = match office.store.case(&letter.tenant, letter.case).await {
        Ok(Some(case)) => case,
        Ok(None) => return Verdict::Otherwise(Event::Incomplete { what: "its case".to_owned() }),
        Err(_) => return Verdict::Leave,
    };
    // What was screened since the letter was handed in counts too.
    let Ok(recorded) = recorded_class(office, tenant, &letter, &entry, &case).await else { return Verdict::Leave };
    let class_of = if recorded >= letter.sensitivity { AnswerSource::Records } else { AnswerSource::Sender };
    letter.sensitivity = letter.sensitivity.combine(recorded);
    let recipient = match recipients::found(office, tenant, &letter).await {
        Ok(found) => found,
        Err(event) => return Verdict::Otherwise(event),
    };
    let ways = ways(office, tenant, account, &letter).await;
    let coverage = coverage(office, tenant, &letter).await;
    // A disturbance of its own channel puts no letter on paper: it waits until the channel can be asked.
    if let Some((_, failure)) = ways.unreachable.iter().find(|(channel, _)| *channel == account.channel_id) {
        return Verdict::Otherwise(Event::Postponed(failure.clone()));
    }
    let inquiry = Inquiry {
        routes: &ways.routes,
        never_report_opened: &ways.never_report_opened,
        recipient: recipient.source,
        protected_address: recipient.protected_address,
        sensitivity: class_of,
        coverage,
        policy: &tenant.routing,
        today: oslo_date(office.clock.now()),
    };
    match clear_by(letter, &inquiry) {
        Ok((route, cleared)) if route.channel == account.channel_id && route.account == account.id => {
            if let Some(until) = too_early(account, cleared.get(), office.clock.now()) {
                return Verdict::Otherwise(Event::PutOff { until });
            }
            if later(office.clock.now(), account.capabilities.send_timeout) > job.lease_until {
                let failure =
                    Failure::new(PortErrorKind::Transient, "deciding the way took longer than the claim lasts");
                return Verdict::Otherwise(Event::Postponed(failure));
            }
            Verdict::Send { letter: Box::new(cleared), entry: Box::new(entry) }
        }
        Ok((route, _)) => Verdict::Otherwise(Event::Reroute { channel: route.channel, account: route.account }),
        // What could not be asked might have been a safe way.
        Err(refused) => Verdict::Otherwise(match ways.unreachable.into_iter().next() {
            Some((_, failure)) => Event::Postponed(failure),
            None => Event::NotCleared(refused),
        }),
    }
}

/// When the letter may leave, if its recipient would see it too early by a channel that cannot wait with it.
fn too_early(account: &Account, letter: &Letter, now: Timestamp) -> Option<Timestamp> {
    letter.options.publish_at.filter(|moment| *moment > now && !account.capabilities.publishes_later)
}

/// The class of what a letter dispatches. A reminder of our own stands in the case it reminds of and says nothing of it.
async fn recorded_class(
    office: &Office,
    tenant: &Tenant,
    letter: &Letter,
    entry: &JournalEntry,
    case: &Case,
) -> Result<SensitivityClass, StoreError> {
    let recorded = of_entry(entry, case, &tenant.codes).class;
    let lower = recorded > letter.sensitivity && reveals_nothing(office, letter).await?;
    Ok(if lower { letter.sensitivity } else { recorded })
}

/// Intent before effect: nothing leaves before the attempt is durable.
async fn attempt(job: &mut Job<'_>, letter: Cleared<Letter>, entry: JournalEntry) {
    let (office, account) = (job.office, job.account);
    let limit = account.capabilities.send_timeout;
    let explanation = Some(Box::new(letter.explanation()));
    if job.put(Event::Begin { mailbox: letter.mailbox(), explanation }, Hold::Keep).await == Written::Lost {
        return;
    }
    let began = office.clock.now();
    if later(began, limit) > job.lease_until {
        let failure = Failure::new(PortErrorKind::Transient, "recording the attempt took longer than the claim lasts");
        job.insist(Event::SendFailed(failure), Hold::GiveUp).await;
        return;
    }
    let reference = job.delivery.reference();
    let blobs = Arc::clone(&office.store);
    let call = account.channel.send(&account.id, Dispatch { letter, entry, reference, blobs });
    let answer = bounded(&*office.clock, limit, call).await;
    let answer = answer.map_err(|error| {
        if matches!(error, CallError::Panicked) {
            account.tell_fault();
        }
        error.into_port("channel.send", PortErrorKind::Unknown)
    });
    account.note(office, Health::of(&answer, true), began);
    let event = match answer {
        Ok(accepted) => Event::SendAccepted(accepted.remote_id),
        Err(error) => {
            tracing::info!(letter = %job.delivery.letter, channel = %account.channel_id, %error, "a letter was not taken");
            Event::SendFailed(Failure::from(&error))
        }
    };
    job.insist(event, Hold::GiveUp).await;
    account.moved_on(office);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loaded {
    Read,
    Failed,
}

async fn load_letter(job: &mut Job<'_>) -> Loaded {
    match job.office.store.letter(&job.delivery.tenant, job.delivery.letter).await {
        Ok(letter) => {
            job.letter = letter;
            Loaded::Read
        }
        Err(_) => Loaded::Failed,
    }
}
