//! Capabilities, reach, send and check.

use std::time::Duration;

use futures_util::poll;
use sakarkiv_core::{
    delivery::Reference,
    document::BlobRef,
    ports::PortErrorKind::{Misconfigured, Rejected, Transient, Unauthorised, Unknown},
    routing::MailboxKind,
};

use super::{
    ChannelCase, case,
    harness::{ChannelFault, ChannelHarness, PeerLetter},
    situation::{Situation, id_of, mailbox_of, query_for, secrets_of},
};
use crate::conformance::{
    privacy::{fails_as, tells_nothing},
    report::{Violation, demand, demand_eq, granted, violated},
};

type Outcome = Result<(), Violation>;
type Harness = dyn ChannelHarness;

pub(super) fn all() -> Vec<ChannelCase> {
    vec![
        case!("channel.capabilities", capabilities, "what it can do is constant for the life of the value"),
        case!("channel.reach.no-effect", reach_has_no_effect, "reach has no effect on the other side"),
        case!("channel.reach.answers", reach_answers, "reach tells every mailbox kind the channel can deliver to"),
        case!("channel.reach.unknown", reach_of_nobody, "an unknown recipient is an empty answer, not an error",
            needs "a recipient that the other side does not know" =>
            |h| h.unknown_recipient().is_none().then(|| "nobody is unknown to this channel".to_owned())),
        case!("channel.reach.account", reach_by_no_account, "an account that is not configured is Misconfigured"),
        case!("channel.send.taken", taken, "Ok means the channel can be asked for it by the id and by the reference"),
        case!("channel.send.once", once, "one send has its effect once"),
        case!("channel.send.mailbox", right_mailbox, "it lands in the mailbox kind it was cleared for and no other"),
        case!("channel.send.content", content, "the other side gets the documents of the letter, unchanged"),
        case!("channel.send.gone", gone, "where the channel cannot promise the mailbox kind it refuses",
            needs "fault: the receiver system disappears" => |h| without(h, ChannelFault::ReceiverSystemGone)),
        case!("channel.send.lost-answer", lost_answer, "Unknown for every failure after the first byte may have arrived",
            needs "fault: the answer is lost" => |h| without(h, ChannelFault::DropAnswer)),
        case!("channel.send.lost-request", lost_request, "Transient only when certainly nothing happened",
            needs "fault: the request is lost" => |h| without(h, ChannelFault::DropRequest)),
        case!("channel.send.slow", slow, "an answer that comes too late is Unknown",
            needs "fault: slow" => |h| without(h, ChannelFault::Slow)),
        case!("channel.send.refused", refused, "Rejected as the other side says, and the recipient gets nothing",
            needs "fault: refusal" => |h| without(h, ChannelFault::Refuse)),
        case!("channel.send.busy", busy, "the wait that the other side asks for is handed on, with Transient or Unknown",
            needs "fault: busy" => |h| without(h, ChannelFault::Busy(Duration::from_secs(30)))),
        case!("channel.send.unauthorised", unauthorised, "Unauthorised as the other side says, without effect",
            needs "fault: credentials" => |h| without(h, ChannelFault::Unauthorised)),
        case!("channel.send.account", send_by_no_account, "an account that is not configured is Misconfigured"),
        case!("channel.send.repeat", repeat, "a repeat that the channel recognises is Unknown, not Rejected"),
        case!("channel.send.dropped", dropped, "every call may be dropped at any await"),
        case!("channel.errors.private", private, "neither Display nor Debug of an error carries personal data",
            needs "fault: refusal" => |h| without(h, ChannelFault::Refuse)),
        case!("channel.check", check, "check tests one account without sending anything"),
        case!("channel.check.account", check_of_no_account, "check says what is wrong"),
    ]
}

pub(super) fn without(harness: &Harness, fault: ChannelFault) -> Option<String> {
    (!harness.offers(fault)).then(|| format!("the harness cannot arrange {fault:?}"))
}

async fn capabilities(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (id, before) = (id_of(&it.channel), it.channel.capabilities());
    demand(before.status_batch > 0, "a status batch of at least one", before.status_batch)?;
    demand(before.concurrency > 0, "at least one call at once", before.concurrency)?;
    demand(before.send_timeout > Duration::ZERO, "a send time-out above nothing", before.send_timeout)?;
    it.send().await?;
    demand_eq("capabilities after use are", &it.channel.capabilities(), &before)?;
    demand_eq("the name after use is", &id_of(&it.channel), &id)
}

async fn reach_has_no_effect(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        granted("reach", it.channel.reach(&it.account, &query_for(&to.recipient, &letter)).await)?;
    }
    demand_eq("letters on the other side:", &harness.received_in_all().await, &0)
}

async fn reach_answers(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        let reach = granted("reach", it.channel.reach(&it.account, &query_for(&to.recipient, &letter)).await)?;
        let expected = format!("{:?} among the mailboxes", to.mailbox);
        demand(reach.mailboxes.contains(&to.mailbox), &expected, &reach.mailboxes)?;
    }
    Ok(())
}

async fn reach_of_nobody(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let Some(nobody) = harness.unknown_recipient() else { return Ok(()) };
    let reach = granted("reach", it.channel.reach(&it.account, &query_for(&nobody, &letter)).await)?;
    demand_eq("mailboxes of somebody unknown:", &reach.mailboxes, &Vec::new())
}

async fn reach_by_no_account(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let query = query_for(&letter.recipient, &letter);
    let outcome = it.channel.reach(&Situation::unknown_account()?, &query).await;
    fails_as("reach", outcome, &[Misconfigured]).map(drop)
}

async fn taken(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (reference, accepted) = it.send().await?;
    let ids: Vec<_> = harness.received(&reference).await.into_iter().map(|letter| letter.remote_id).collect();
    demand_eq("ids on the other side", &ids, &vec![accepted.remote_id.clone()])?;
    let found = granted("find", it.channel.find(&it.account, &reference).await)?;
    let found: Vec<_> = found.into_iter().map(|hit| hit.remote_id).collect();
    demand_eq("find by the reference gives", &found, &vec![accepted.remote_id.clone()])?;
    let lines = granted("status", it.channel.status(&it.account, std::slice::from_ref(&accepted.remote_id)).await)?;
    let lines: Vec<_> = lines.into_iter().map(|line| line.remote_id).collect();
    demand_eq("status by the id gives", &lines, &vec![accepted.remote_id])
}

async fn once(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        let reference = Reference::of(letter.id);
        granted("send", it.try_send(letter).await?)?;
        it.demand_effective(&reference, 1).await?;
    }
    demand_eq("letters on the other side:", &harness.received_in_all().await, &harness.recipients().len())
}

async fn right_mailbox(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        let reference = Reference::of(letter.id);
        let dispatch = it.clear(letter).await?;
        let cleared = dispatch.letter.mailbox();
        demand_eq("the rules clear it for", &cleared, &to.mailbox)?;
        granted("send", it.channel.send(&it.account, dispatch).await)?;
        let landed = mailbox_of(&it.effective(&reference).await);
        demand_eq("it landed in", &landed, &vec![cleared])?;
    }
    Ok(())
}

async fn content(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        let reference = Reference::of(letter.id);
        let sent: Vec<BlobRef> = letter.documents.iter().map(|document| document.blob).collect();
        granted("send", it.try_send(letter).await?)?;
        let seen = it.effective(&reference).await.into_iter().find_map(|letter| letter.documents);
        if let Some(seen) = seen {
            demand_eq("documents on the other side:", &seen, &sent)?;
        }
    }
    Ok(())
}

async fn gone(harness: &Harness) -> Outcome {
    for to in harness.recipients().into_iter().filter(|to| to.mailbox == MailboxKind::ReceiverSystem) {
        let mut it = Situation::new(harness).await?;
        let letter = it.letter_to(&to).await?;
        let reference = Reference::of(letter.id);
        let dispatch = it.clear(letter).await?;
        harness.arm(ChannelFault::ReceiverSystemGone).await;
        // Refusing, turning it away later and asking for another decision are all right; what counts is where it lands.
        let outcome = it.channel.send(&it.account, dispatch).await;
        if let Err(error) = &outcome {
            demand(matches!(error.kind(), Rejected | Unknown | Transient), "Rejected, Unknown or Transient", error)?;
        }
        let taken = it.effective(&reference).await;
        if outcome.is_err_and(|error| error.kind() == Transient) {
            demand(taken.is_empty(), "nothing on the other side after a Transient", mailbox_of(&taken))?;
        }
        let elsewhere = |letter: &PeerLetter| letter.mailbox != MailboxKind::ReceiverSystem;
        let strays: Vec<_> = taken.into_iter().filter(elsewhere).collect();
        demand(strays.is_empty(), "no letter in a mailbox that it was not cleared for", mailbox_of(&strays))?;
    }
    Ok(())
}

async fn lost_answer(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::DropAnswer).await;
    fails_as("send", it.channel.send(&it.account, dispatch).await, &[Unknown])?;
    let found = granted("find", it.channel.find(&it.account, &reference).await)?;
    let ids: Vec<_> = harness.received(&reference).await.into_iter().map(|letter| letter.remote_id).collect();
    demand_eq("ids found by reference:", &found.into_iter().map(|hit| hit.remote_id).collect::<Vec<_>>(), &ids)?;
    demand_eq("letters on the other side:", &ids.len(), &1)
}

async fn lost_request(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::DropRequest).await;
    fails_as("send", it.channel.send(&it.account, dispatch).await, &[Unknown, Transient])?;
    it.demand_effective(&reference, 0).await?;
    let found = granted("find", it.channel.find(&it.account, &reference).await)?;
    demand(found.is_empty(), "find has no hit", found)
}

async fn slow(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::Slow).await;
    fails_as("send", it.channel.send(&it.account, dispatch).await, &[Unknown]).map(drop)
}

async fn refused(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::Refuse).await;
    fails_as("send", it.channel.send(&it.account, dispatch).await, &[Rejected])?;
    it.demand_effective(&reference, 0).await
}

async fn busy(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let again = letter.clone();
    let dispatch = it.clear(letter).await?;
    let wait = Duration::from_secs(30);
    harness.arm(ChannelFault::Busy(wait)).await;
    // Some cannot tell a refusal for want of time from one after the letter was taken.
    let error = fails_as("send", it.channel.send(&it.account, dispatch).await, &[Transient, Unknown])?;
    demand_eq("the wait asked for is", &error.retry_after(), &Some(wait))?;
    it.demand_effective(&reference, 0).await?;
    granted("the same send later", it.try_send(again).await?)?;
    it.demand_effective(&reference, 1).await
}

async fn unauthorised(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::Unauthorised).await;
    fails_as("send", it.channel.send(&it.account, dispatch).await, &[Unauthorised])?;
    it.demand_effective(&reference, 0).await
}

async fn send_by_no_account(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let dispatch = it.clear(letter).await?;
    let outcome = it.channel.send(&Situation::unknown_account()?, dispatch).await;
    fails_as("send", outcome, &[Misconfigured])?;
    demand_eq("letters on the other side:", &harness.received_in_all().await, &0)
}

async fn repeat(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let again = letter.clone();
    granted("send", it.try_send(letter).await?)?;
    match it.try_send(again).await? {
        Err(error) if error.kind() != Unknown => Err(violated("Ok or Unknown for a repeat", error)),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn dropped(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let dispatch = it.clear(letter).await?;
    {
        let mut call = it.channel.send(&it.account, dispatch);
        // Whether it finishes at the first poll does not matter: it is given no second one.
        let _ = poll!(&mut call);
    }
    let count = it.effective(&reference).await.len();
    demand(count <= 1, "at most one letter on the other side", count)?;
    let (reference, _) = it.send().await?;
    it.demand_effective(&reference, 1).await
}

async fn private(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    for to in harness.recipients() {
        let letter = it.letter_to(&to).await?;
        let secrets = secrets_of(&letter);
        let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
        let dispatch = it.clear(letter).await?;
        harness.arm(ChannelFault::Refuse).await;
        let outcome = it.channel.send(&it.account, dispatch).await;
        let error = outcome.err().ok_or_else(|| violated("an error", "success"))?;
        tells_nothing(&error, &secrets)?;
    }
    Ok(())
}

async fn check(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    granted("check", it.channel.check(&it.account).await)?;
    demand_eq("letters on the other side:", &harness.received_in_all().await, &0)?;
    if harness.offers(ChannelFault::Unauthorised) {
        harness.arm(ChannelFault::Unauthorised).await;
        fails_as("check", it.channel.check(&it.account).await, &[Unauthorised])?;
    }
    Ok(())
}

async fn check_of_no_account(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await?;
    let outcome = it.channel.check(&Situation::unknown_account()?).await;
    fails_as("check", outcome, &[Misconfigured, Unauthorised]).map(drop)
}
