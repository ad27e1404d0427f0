//! Find, status, withdraw and history.

use std::collections::BTreeSet;

use sakarkiv_core::{
    delivery::{Reference, RemoteId},
    ports::{
        PortErrorKind::{Misconfigured, Rejected, Transient, Unauthorised, Unsupported},
        Stage,
    },
};

use super::{
    ChannelCase, case,
    cases::without,
    harness::{ChannelFault, ChannelHarness},
    situation::Situation,
};
use crate::conformance::{
    privacy::fails_as,
    report::{Violation, demand, demand_eq, granted, violated},
};

type Outcome = Result<(), Violation>;
type Harness = dyn ChannelHarness;

pub(super) fn all() -> Vec<ChannelCase> {
    vec![
        case!("channel.find.none", find_none, "no hit is an empty list"),
        case!("channel.find.every-attempt", find_every, "the answer covers every attempt that has had its effect, newest first",
            needs "fault: the answer is lost" => |h| without(h, ChannelFault::DropAnswer)),
        case!("channel.find.rejected", find_rejected, "rejected ones are included, and told apart",
            needs "the stage Rejected" => |h| without_stage(h, Stage::Rejected)),
        case!("channel.find.errors", find_errors, "a look-up without an answer is an error and never an empty list",
            needs "fault: busy" => |h| without(h, busy())),
        case!("channel.find.account", find_by_no_account, "an account that is not configured is Misconfigured"),
        case!("channel.status.stages", stages, "the stage says what the channel says, and its word is kept"),
        case!("channel.status.unrecognised", unrecognised, "a status word it does not know is Unrecognised and never fails the rest",
            needs "the stage Unrecognised" => |h| without_stage(h, Stage::Unrecognised)),
        case!("channel.status.unknown-id", unknown_id, "ids that the channel does not know are left out"),
        case!("channel.status.own", own, "the status of a letter is its own"),
        case!("channel.status.batch", batch, "one call takes as many ids as the capabilities say"),
        case!("channel.status.errors", status_errors, "a question without an answer is an error and never an empty list",
            needs "fault: busy" => |h| without(h, busy())),
        case!(
            "channel.withdraw",
            withdraw,
            "a withdrawn letter can no longer be opened, and withdrawing twice is Ok; Unsupported unless claimed"
        ),
        case!("channel.withdraw.opened", withdraw_opened, "a letter that was opened is Rejected",
            needs "the stage Opened" => |h| without_stage(h, Stage::Opened)),
        case!("channel.history", history, "history is Unsupported unless claimed; Rejected for an id it does not know"),
    ]
}

pub(super) const fn busy() -> ChannelFault {
    ChannelFault::Busy(std::time::Duration::from_secs(30))
}

fn without_stage(harness: &Harness, stage: Stage) -> Option<String> {
    (!harness.stages().contains(&stage)).then(|| format!("the harness cannot bring a letter to {stage:?}"))
}

async fn find_none(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    it.send().await?;
    let letter = it.letter().await?;
    let found = granted("find", it.channel.find(&it.account, &Reference::of(letter.id)).await)?;
    demand(found.is_empty(), "an empty list for a reference that was never sent", found)
}

async fn find_every(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let letter = it.letter().await?;
    let reference = Reference::of(letter.id);
    let again = letter.clone();
    let dispatch = it.clear(letter).await?;
    harness.arm(ChannelFault::DropAnswer).await;
    // Whether the answer is told right is another case's matter.
    let _ = it.channel.send(&it.account, dispatch).await;
    // The engine never does this; it is how to make a second attempt that may have its effect.
    let _ = it.try_send(again).await?;
    let ids: Vec<_> = harness.received(&reference).await.into_iter().rev().map(|letter| letter.remote_id).collect();
    let found = granted("find", it.channel.find(&it.account, &reference).await)?;
    demand_eq("ids, newest first,", &found.into_iter().map(|hit| hit.remote_id).collect::<Vec<_>>(), &ids)
}

async fn find_rejected(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (reference, accepted) = it.send().await?;
    harness.bring_to(&accepted.remote_id, Stage::Rejected).await;
    let found = granted("find", it.channel.find(&it.account, &reference).await)?;
    let seen: Vec<_> = found.iter().map(|hit| (hit.remote_id.clone(), hit.is_effective())).collect();
    demand_eq("hits and whether they are effective:", &seen, &vec![(accepted.remote_id, false)])
}

async fn find_errors(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (reference, _) = it.send().await?;
    harness.arm(busy()).await;
    fails_as("find", it.channel.find(&it.account, &reference).await, &[Transient])?;
    if harness.offers(ChannelFault::Unauthorised) {
        harness.arm(ChannelFault::Unauthorised).await;
        fails_as("find", it.channel.find(&it.account, &reference).await, &[Unauthorised])?;
    }
    Ok(())
}

async fn find_by_no_account(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (reference, _) = it.send().await?;
    let outcome = it.channel.find(&Situation::unknown_account()?, &reference).await;
    fails_as("find", outcome, &[Misconfigured]).map(drop)
}

/// A channel that only says "arrived" may leave the mailbox kind out; it may not name another one.
fn agrees(seen: Stage, expected: Stage) -> bool {
    match (seen, expected) {
        (Stage::Delivered(seen), Stage::Delivered(expected)) => {
            seen.is_none() || expected.is_none() || seen == expected
        }
        _ => seen == expected,
    }
}

async fn stages(harness: &Harness) -> Outcome {
    for stage in harness.stages() {
        let mut it = Situation::new(harness).await?;
        let (_, accepted) = it.send().await?;
        harness.bring_to(&accepted.remote_id, stage).await;
        let ids = [accepted.remote_id];
        let lines = granted("status", it.channel.status(&it.account, &ids).await)?;
        let [line] = lines.as_slice() else { return Err(violated("one line for one id", lines)) };
        demand(agrees(line.status.stage, stage), &format!("the stage {stage:?}"), line.status.stage)?;
        demand(!line.status.raw.is_empty(), "the channel's own word beside it", &line.status.raw)?;
    }
    Ok(())
}

async fn unrecognised(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let mut ids = Vec::new();
    for _ in 0..it.channel.capabilities().status_batch.min(3) {
        ids.push(it.send().await?.1.remote_id);
    }
    let Some(odd) = ids.first() else { return Ok(()) };
    harness.bring_to(odd, Stage::Unrecognised).await;
    let lines = granted("status", it.channel.status(&it.account, &ids).await)?;
    let answered: BTreeSet<_> = lines.iter().map(|line| line.remote_id.clone()).collect();
    demand_eq("ids answered:", &answered, &ids.iter().cloned().collect())?;
    let line = lines.iter().find(|line| line.remote_id == *odd);
    let stage = line.map(|line| line.status.stage);
    demand_eq("the stage of the odd one is", &stage, &Some(Stage::Unrecognised))
}

async fn unknown_id(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (_, accepted) = it.send().await?;
    let nobody = RemoteId("0198f3c0-0000-7000-8000-00000000dead".to_owned());
    let both = [nobody.clone(), accepted.remote_id.clone()];
    let batch = it.channel.capabilities().status_batch;
    let mut seen = Vec::new();
    for ids in both.chunks(batch.max(1)) {
        seen.extend(granted("status", it.channel.status(&it.account, ids).await)?);
    }
    let seen: Vec<_> = seen.into_iter().map(|line| line.remote_id).collect();
    demand_eq("ids answered:", &seen, &vec![accepted.remote_id])
}

async fn own(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (_, first) = it.send().await?;
    let (_, second) = it.send().await?;
    let moved = harness.stages().into_iter().find(|stage| *stage != Stage::Accepted && *stage != Stage::Unrecognised);
    let before = granted("status", it.channel.status(&it.account, std::slice::from_ref(&first.remote_id)).await)?;
    if let Some(stage) = moved {
        harness.bring_to(&second.remote_id, stage).await;
    }
    let after = granted("status", it.channel.status(&it.account, std::slice::from_ref(&first.remote_id)).await)?;
    demand_eq("the status of the first after the second moved is", &after, &before)?;
    demand(after.iter().all(|line| line.remote_id == first.remote_id), "only the letter asked for", after)
}

async fn batch(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let mut ids = Vec::new();
    for _ in 0..it.channel.capabilities().status_batch.min(MANY) {
        ids.push(it.send().await?.1.remote_id);
    }
    let lines = granted("status", it.channel.status(&it.account, &ids).await)?;
    let answered: BTreeSet<_> = lines.into_iter().map(|line| line.remote_id).collect();
    demand_eq("ids answered:", &answered, &ids.into_iter().collect())?;
    let none = granted("status of nothing", it.channel.status(&it.account, &[]).await)?;
    demand(none.is_empty(), "no line for no id", none)
}

const MANY: usize = 25;

async fn status_errors(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let ids = [it.send().await?.1.remote_id];
    harness.arm(busy()).await;
    fails_as("status", it.channel.status(&it.account, &ids).await, &[Transient])?;
    if harness.offers(ChannelFault::Unauthorised) {
        harness.arm(ChannelFault::Unauthorised).await;
        fails_as("status", it.channel.status(&it.account, &ids).await, &[Unauthorised])?;
    }
    let outcome = it.channel.status(&Situation::unknown_account()?, &ids).await;
    fails_as("status", outcome, &[Misconfigured]).map(drop)
}

async fn withdraw(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (reference, accepted) = it.send().await?;
    if !it.channel.capabilities().withdraw {
        let outcome = it.channel.withdraw(&it.account, &accepted.remote_id).await;
        return fails_as("withdraw", outcome, &[Unsupported]).map(drop);
    }
    granted("withdraw", it.channel.withdraw(&it.account, &accepted.remote_id).await)?;
    let readable = harness.received(&reference).await.iter().any(|letter| letter.readable);
    demand(!readable, "the recipient can no longer open it", "it can still be opened")?;
    granted("withdraw again", it.channel.withdraw(&it.account, &accepted.remote_id).await)
}

async fn withdraw_opened(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (_, accepted) = it.send().await?;
    let allowed = if it.channel.capabilities().withdraw { Rejected } else { Unsupported };
    harness.bring_to(&accepted.remote_id, Stage::Opened).await;
    fails_as("withdraw", it.channel.withdraw(&it.account, &accepted.remote_id).await, &[allowed]).map(drop)
}

async fn history(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (_, accepted) = it.send().await?;
    if !it.channel.capabilities().history {
        let outcome = it.channel.history(&it.account, &accepted.remote_id).await;
        return fails_as("history", outcome, &[Unsupported]).map(drop);
    }
    let lines = granted("history", it.channel.history(&it.account, &accepted.remote_id).await)?;
    demand(!lines.is_empty(), "at least one line for a letter that was sent", lines.len())?;
    let nobody = RemoteId("0198f3c0-0000-7000-8000-00000000dead".to_owned());
    fails_as("history", it.channel.history(&it.account, &nobody).await, &[Rejected]).map(drop)
}
