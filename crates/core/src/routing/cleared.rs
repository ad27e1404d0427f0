use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    decide::{Decision, Outcome, decide, is_sensitive},
    facts::{Coverage, Facts, MailboxKind, MailboxSet, PrintSetting, RecipientKind},
    policy::{RoutingPolicy, RuleSet},
    questions::{Answer, AnswerSource, Explanation, Questions, Sources, questions},
};
use crate::{
    delivery::Letter,
    identity::{AccountId, ChannelId},
    ports::Reach,
    reason::Reason,
};

/// What the channel must do to keep a cleared letter safe on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Protection {
    /// The reader must log in at the highest level, and the documents travel encrypted.
    pub highest_level: bool,
    /// Should the channel have to use Altinn after all, it must use the confidential service. Set for every sensitive letter
    /// to an organisation, also when it is meant for a receiver system that might be gone by the time it arrives.
    pub confidential_service: bool,
    /// Never on paper.
    pub digital_only: bool,
}

/// A letter with the clearance to go to one mailbox kind. Only [`clear`] and [`clear_by`] make one, so nothing is sent without a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared<T> {
    inner: T,
    mailbox: MailboxKind,
    protection: Protection,
    reasons: Vec<Reason>,
    questions: Questions,
    rules: RuleSet,
}

impl<T> Cleared<T> {
    /// What was cleared.
    pub const fn get(&self) -> &T {
        &self.inner
    }

    /// The only mailbox kind it may land in.
    pub const fn mailbox(&self) -> MailboxKind {
        self.mailbox
    }

    /// What keeps it safe on its way.
    pub const fn protection(&self) -> Protection {
        self.protection
    }

    /// Why.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// What was asked before it was cleared, and who answered.
    pub const fn questions(&self) -> &Questions {
        &self.questions
    }

    /// Everything that explains the clearance, to be kept on record.
    #[must_use]
    pub fn explanation(&self) -> Explanation {
        Explanation::new(self.questions.clone(), self.rules, &self.reasons)
    }

    /// Gives the letter back and ends the clearance.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

/// Why a letter was not cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("no way is safe for this letter ({}): find another way by hand, or change what it contains", .codes.join(", "))]
pub struct Refused {
    /// The codes of the reasons, see [`decide`].
    pub codes: Vec<String>,
    /// What was asked, and who answered; nothing when it was refused before the questions were put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questions: Option<Box<Questions>>,
}

impl Refused {
    /// Refused for one reason, before the questions were put.
    #[must_use]
    pub fn at_once(code: impl Into<String>) -> Self {
        Self { codes: vec![code.into()], questions: None }
    }
}

/// What one channel offers for the recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The channel.
    pub channel: ChannelId,
    /// The account by which it would go.
    pub account: AccountId,
    /// What it reaches.
    pub reach: Reach,
}

/// What was found out about a letter's ways before it leaves, and by whom.
#[derive(Debug, Clone)]
pub struct Inquiry<'a> {
    /// The ways at hand, in the tenant's order of preference.
    pub routes: &'a [Route],
    /// The channels among them that never tell whether a letter was opened: confidential mail takes one of them only when
    /// there is no other.
    pub never_report_opened: &'a [ChannelId],
    /// Who says what kind of recipient it is.
    pub recipient: AnswerSource,
    /// A register protects the recipient's address: no address of the sender's is put on an envelope, now or when nobody
    /// opens the letter (R8.7).
    pub protected_address: bool,
    /// Who says how sensitive it is.
    pub sensitivity: AnswerSource,
    /// Whether confidential mail would be opened.
    pub coverage: Answer<Coverage>,
    /// The tenant's policy.
    pub policy: &'a RoutingPolicy,
    /// The date in Norway.
    pub today: NaiveDate,
}

/// Decides over all routes at hand and clears the letter for one of them, by the usual policy and the rules of today. Where
/// several channels reach the same mailbox kind the first in `routes` gets it.
///
/// # Errors
/// [`Refused`] when no way is safe.
pub fn clear(letter: Letter, routes: &[Route], coverage: Coverage) -> Result<(Route, Cleared<Letter>), Refused> {
    let inquiry = Inquiry {
        routes,
        never_report_opened: &[],
        recipient: AnswerSource::Sender,
        protected_address: false,
        sensitivity: AnswerSource::Sender,
        coverage: Answer::new(coverage, AnswerSource::CoverageService),
        policy: &RoutingPolicy::default(),
        today: NaiveDate::MAX,
    };
    clear_by(letter, &inquiry)
}

/// Decides over all routes at hand and clears the letter for one of them.
///
/// Where several channels reach the same mailbox kind the first in [`Inquiry::routes`] gets it; confidential mail goes by the
/// channel that the policy prefers, else by one that tells when it was opened.
///
/// # Errors
/// [`Refused`] when no way is safe.
pub fn clear_by(letter: Letter, inquiry: &Inquiry<'_>) -> Result<(Route, Cleared<Letter>), Refused> {
    let recipient = RecipientKind::from(&letter.recipient);
    let digital_only = letter.options.digital_only || inquiry.protected_address;
    let mut facts = Facts {
        recipient,
        sensitivity: letter.sensitivity,
        reachable: inquiry
            .routes
            .iter()
            .flat_map(|route| route.reach.mailboxes.iter().copied())
            .collect::<MailboxSet>(),
        coverage: inquiry.coverage.value,
        print: PrintSetting::Unknown,
        known_person: letter.options.known_person,
        digital_only,
        signing: letter.options.signing.is_some(),
        rules: inquiry.policy.rules_on(inquiry.today),
    };
    let chosen = match decide(&facts).outcome {
        Outcome::Cleared(kind) => choose(kind, inquiry).map(|route| (kind, route)),
        Outcome::Refused => None,
    };
    // What happens to it unopened is the chosen channel's setting, and has no say in the choice.
    facts.print = chosen.map_or(PrintSetting::Unknown, |(_, route)| route.reach.print);
    let sources = Sources {
        recipient: &inquiry.recipient,
        sensitivity: &inquiry.sensitivity,
        coverage: &inquiry.coverage.source,
        routes: inquiry.routes,
        chosen: chosen.map(|(_, route)| route),
    };
    let questions = questions(&facts, &sources);
    let Decision { mut reasons, .. } = decide(&facts);
    if inquiry.protected_address {
        reasons.insert(0, PROTECTED_ADDRESS);
    }
    let Some((mailbox, route)) = chosen else {
        let codes = reasons.iter().map(|reason| reason.code.to_owned()).collect();
        return Err(Refused { codes, questions: Some(Box::new(questions)) });
    };
    if mailbox == MailboxKind::ConfidentialInbox && alternatives(mailbox, inquiry).count() > 1 {
        reasons.push(CHOSEN_CHANNEL);
    }
    let sensitive = is_sensitive(letter.sensitivity);
    let protection = Protection {
        highest_level: sensitive && mailbox != MailboxKind::Paper,
        confidential_service: sensitive && recipient == RecipientKind::Organisation,
        digital_only,
    };
    let cleared = Cleared { inner: letter, mailbox, protection, reasons, questions, rules: facts.rules };
    Ok((route.clone(), cleared))
}

fn alternatives<'a>(kind: MailboxKind, inquiry: &Inquiry<'a>) -> impl Iterator<Item = &'a Route> {
    inquiry.routes.iter().filter(move |route| route.reach.mailboxes.contains(&kind))
}

/// One of several channels to the same mailbox kind.
fn choose<'a>(kind: MailboxKind, inquiry: &Inquiry<'a>) -> Option<&'a Route> {
    let mut routes = alternatives(kind, inquiry);
    if kind != MailboxKind::ConfidentialInbox {
        return routes.next();
    }
    routes.min_by_key(|route| {
        let blind = inquiry.never_report_opened.contains(&route.channel);
        (inquiry.policy.rank(&route.channel), blind)
    })
}

const PROTECTED_ADDRESS: Reason = Reason {
    code: "protected_address",
    text: "the register protects the recipient's address: nothing is put on paper",
    source: "R8.7",
};
const CHOSEN_CHANNEL: Reason = Reason {
    code: "confidential_channel_chosen",
    text: "several channels reach the confidential service: the preferred one was taken",
    source: "R5.2",
};
