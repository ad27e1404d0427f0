//! What ways there are for a letter at this moment.

use futures_util::future::join_all;
use sakarkiv_core::{
    delivery::{Letter, Recipient},
    identity::ChannelId,
    ports::{PortError, PortErrorKind, ReachQuery},
    routing::{Answer, AnswerSource, Coverage, Route},
};

use crate::{
    account::{Account, Health},
    call::question,
    machine::Failure,
    office::{Office, Tenant},
};

/// The ways that could be asked for, in the tenant's order of preference, and those that could not.
pub(crate) struct Ways {
    pub(crate) routes: Vec<Route>,
    /// The channels among them that never tell whether a letter was opened.
    pub(crate) never_report_opened: Vec<ChannelId>,
    pub(crate) unreachable: Vec<(ChannelId, Failure)>,
}

/// Asks every channel of the tenant that knows the letter's account what it reaches.
pub(crate) async fn ways(office: &Office, tenant: &Tenant, own: &Account, letter: &Letter) -> Ways {
    let query = ReachQuery {
        recipient: letter.recipient.clone(),
        sensitivity: letter.sensitivity,
        message_type: letter.options.message_type.clone(),
    };
    // A letter to be signed is offered only to channels that can ask for a signature (R4.4).
    let can_sign = |account: &&Account| letter.options.signing.is_none() || account.capabilities.signing;
    let asked = || tenant.accounts.iter().filter(|account| account.id == letter.sender.account).filter(can_sign);
    let answers = join_all(asked().map(|account| reach(office, own, account, &query))).await;
    let silent = asked().filter(|account| !account.capabilities.reports_opened);
    let never_report_opened = silent.map(|account| account.channel_id.clone()).collect();
    let mut ways = Ways { routes: Vec::new(), never_report_opened, unreachable: Vec::new() };
    for answer in answers {
        match answer {
            Ok(route) => ways.routes.push(route),
            Err((channel, Some(failure))) => ways.unreachable.push((channel, failure)),
            Err((_, None)) => {}
        }
    }
    ways
}

/// Whether the recipient could open confidential mail. Not known is a safe answer.
pub(crate) async fn coverage(office: &Office, tenant: &Tenant, letter: &Letter) -> Answer<Coverage> {
    let (Some(source), Recipient::Organisation { number, .. }) = (&tenant.coverage, &letter.recipient) else {
        return Answer::new(Coverage::Unknown, AnswerSource::Nobody);
    };
    let answer = question(&*office.clock, office.policy.call_timeout, "coverage", source.coverage(number)).await;
    Answer::new(answer.unwrap_or(Coverage::Unknown), AnswerSource::CoverageService)
}

/// A channel that answered "no such thing" is no way; one that did not answer might be one later.
async fn reach(
    office: &Office,
    own: &Account,
    account: &Account,
    query: &ReachQuery,
) -> Result<Route, (ChannelId, Option<Failure>)> {
    let is_own = std::ptr::eq(own, account);
    let name = || account.channel_id.clone();
    if !is_own && account.is_out() {
        let failure = Failure::new(PortErrorKind::Transient, format!("{} does not answer at present", name()));
        return Err((name(), Some(failure)));
    }
    let began = office.clock.now();
    let call = account.channel.reach(&account.id, query);
    let answer = question(&*office.clock, office.policy.call_timeout, "channel.reach", call).await;
    if let health @ (Health::Failed | Health::Refused) = Health::of(&answer, false) {
        account.note(office, health, began);
    }
    match answer {
        Ok(reach) => Ok(Route { channel: name(), account: account.id.clone(), reach }),
        Err(error) if is_no_way(&error) => Err((name(), None)),
        Err(error) => Err((name(), Some(Failure::from(&error)))),
    }
}

fn is_no_way(error: &PortError) -> bool {
    matches!(error.kind(), PortErrorKind::Rejected | PortErrorKind::Unsupported)
}
