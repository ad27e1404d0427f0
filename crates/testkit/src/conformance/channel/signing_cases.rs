//! Signing orders, followed to their end.

use sakarkiv_core::{
    delivery::{RemoteId, SignatureStrength, SigningOrder, SigningStage, SigningStatus},
    ports::PortErrorKind::{Misconfigured, Rejected, Transient, Unauthorised, Unsupported},
};

use super::{
    ChannelCase, case,
    cases::without,
    harness::{ChannelFault, ChannelHarness},
    situation::Situation,
    status_cases::busy,
};
use crate::conformance::{
    privacy::fails_as,
    report::{Violation, demand, demand_eq, granted, violated},
};

type Outcome = Result<(), Violation>;
type Harness = dyn ChannelHarness;

pub(super) fn all() -> Vec<ChannelCase> {
    vec![
        case!(
            "channel.signing",
            no_order,
            "a letter without an order has none, and an id it does not know is Rejected; Unsupported unless claimed"
        ),
        case!("channel.signing.stages", stages, "an order is followed to its end: the stage says what the channel says, and its word is kept",
            needs "somebody who can be asked for a signature" => without_signer),
        case!("channel.signing.own", own, "the order of a letter is its own",
            needs "somebody who can be asked for a signature" => without_signer),
        case!("channel.signing.errors", errors, "a question without an answer is an error and never no order",
            needs "somebody who can be asked for a signature, and fault: busy" =>
            |h| without_signer(h).or_else(|| without(h, busy()))),
    ]
}

fn without_signer(harness: &Harness) -> Option<String> {
    harness.signer().is_none().then(|| "the harness knows nobody who can be asked for a signature".to_owned())
}

async fn no_order(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let (_, accepted) = it.send().await?;
    let outcome = it.channel.signing(&it.account, &accepted.remote_id).await;
    if !it.channel.capabilities().signing {
        demand(harness.signer().is_none(), "nobody to be asked by a channel that claims no signing", "somebody")?;
        return fails_as("signing", outcome, &[Unsupported]).map(drop);
    }
    let order = granted("signing", outcome)?;
    demand(order.is_none(), "no order for a letter without one", order)?;
    let nobody = RemoteId("0198f3c0-0000-7000-8000-00000000dead".to_owned());
    fails_as("signing", it.channel.signing(&it.account, &nobody).await, &[Rejected])?;
    let outcome = it.channel.signing(&Situation::unknown_account()?, &accepted.remote_id).await;
    fails_as("signing", outcome, &[Misconfigured]).map(drop)
}

async fn stages(harness: &Harness) -> Outcome {
    let stages = harness.signing_stages();
    let ends = [SigningStage::Signed, SigningStage::Declined, SigningStage::Expired];
    let all = ends.iter().all(|end| stages.contains(end));
    demand(all, "a harness that can bring an order to each of its ends", &stages)?;
    for stage in stages {
        let mut it = Situation::new(harness).await?;
        let id = order(&mut it).await?;
        harness.bring_signing_to(&id, stage).await;
        let told = demand_order(&it, &id).await?;
        demand_eq("the stage of the order is", &told.stage, &stage)?;
        demand(!told.raw.is_empty(), "the channel's own word beside it", &told.raw)?;
        demand_eq("asked a second time it is", &demand_order(&it, &id).await?, &told)?;
    }
    Ok(())
}

async fn own(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let first = order(&mut it).await?;
    let second = order(&mut it).await?;
    let before = demand_order(&it, &first).await?;
    demand_eq("an order that nobody has touched is", &before.stage, &SigningStage::Waiting)?;
    harness.bring_signing_to(&second, SigningStage::Signed).await;
    demand_eq("the first order after the second was signed is", &demand_order(&it, &first).await?, &before)
}

async fn errors(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await?;
    let id = order(&mut it).await?;
    harness.arm(busy()).await;
    fails_as("signing", it.channel.signing(&it.account, &id).await, &[Transient])?;
    if harness.offers(ChannelFault::Unauthorised) {
        harness.arm(ChannelFault::Unauthorised).await;
        fails_as("signing", it.channel.signing(&it.account, &id).await, &[Unauthorised])?;
    }
    Ok(())
}

/// Sends a letter to be signed.
async fn order(it: &mut Situation<'_>) -> Result<RemoteId, Violation> {
    let signer = it.harness.signer().ok_or_else(|| violated("somebody who can be asked for a signature", "nobody"))?;
    let mut letter = it.letter_to(&signer.to).await?;
    let strength = SignatureStrength::Authenticated;
    letter.options.signing = Some(SigningOrder { document: 0, strength, expires: signer.expires });
    let accepted = granted("send", it.try_send(letter).await?)?;
    Ok(accepted.remote_id)
}

async fn demand_order(it: &Situation<'_>, id: &RemoteId) -> Result<SigningStatus, Violation> {
    let told = granted("signing", it.channel.signing(&it.account, id).await)?;
    told.ok_or_else(|| violated("the order of the letter", "none"))
}
