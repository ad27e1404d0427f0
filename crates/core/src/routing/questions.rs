use serde::{Deserialize, Serialize};

use super::{
    Route,
    decide::is_sensitive,
    facts::{Coverage, Facts, MailboxKind, PrintSetting, RecipientKind},
    policy::RuleSet,
};
use crate::{identity::ChannelId, reason::Reason};

/// Who gave an answer that a decision rests on, so that one who doubts the decision knows whom to ask. JSON form:
/// `{"by": "channel", "name": "svarut"}`, `{"by": "sender"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "name")]
#[non_exhaustive]
pub enum AnswerSource {
    /// Who handed the letter in: the number it is addressed to, or a mark.
    Sender,
    /// A register of people or organisations (folkeregisteret, Enhetsregisteret).
    Register,
    /// The archive itself: screening, access code, case kind or document marks of what is sent (R1.5).
    Records,
    /// A channel's look-up for this recipient and account.
    Channel(ChannelId),
    /// The look-up of who holds the confidential service's access (R5.5).
    CoverageService,
    /// Nobody: it was not asked, or could not be found out. The careful reading counts.
    Nobody,
}

/// One answer and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// Who gave it.
    pub source: AnswerSource,
}

impl<T> Answer<T> {
    /// An answer of a source.
    pub const fn new(value: T, source: AnswerSource) -> Self {
        Self { value, source }
    }
}

/// The three questions that are put before dispatch (R5.1), as answered for one letter, and the two answers that say what
/// would become of it where it lands (R5.5, R4.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Questions {
    /// Is the recipient an organisation?
    pub organisation: Answer<bool>,
    /// Would it land in the organisation's ordinary Altinn inbox, and not in a receiver system?
    pub open_inbox: Answer<bool>,
    /// Does it contain sensitive personal data that only few may read?
    pub few_readers: Answer<bool>,
    /// Could somebody open confidential mail there?
    pub coverage: Answer<Coverage>,
    /// What happens to it when nobody opens it?
    pub print: Answer<PrintSetting>,
}

impl Questions {
    /// Whether all three are answered by yes: then the ordinary inbox is closed to it.
    #[must_use]
    pub const fn all_yes(&self) -> bool {
        self.organisation.value && self.open_inbox.value && self.few_readers.value
    }
}

/// Why a letter went the way it went, kept with its delivery: what was answered by whom, which rules applied and what was
/// weighed. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The questions and their answers.
    pub questions: Questions,
    /// The rules that applied.
    pub rules: RuleSet,
    /// The codes of the reasons, see [`decide`](super::decide), in the order in which they were weighed.
    pub codes: Vec<String>,
}

impl Explanation {
    pub(super) fn new(questions: Questions, rules: RuleSet, reasons: &[Reason]) -> Self {
        Self { questions, rules, codes: reasons.iter().map(|reason| reason.code.to_owned()).collect() }
    }
}

/// Who answered what, before the answers are put together.
pub(super) struct Sources<'a> {
    pub(super) recipient: &'a AnswerSource,
    pub(super) sensitivity: &'a AnswerSource,
    pub(super) coverage: &'a AnswerSource,
    pub(super) routes: &'a [Route],
    /// The route that was chosen, if one was.
    pub(super) chosen: Option<&'a Route>,
}

/// The questions as the facts answer them, with the source of each answer.
pub(super) fn questions(facts: &Facts, sources: &Sources<'_>) -> Questions {
    let organisation = facts.recipient == RecipientKind::Organisation;
    let open_inbox = organisation && would_land_in_open_inbox(facts);
    let print_source = match (facts.print, sources.chosen.or(sources.routes.first())) {
        (PrintSetting::Unknown, _) | (_, None) => AnswerSource::Nobody,
        (_, Some(route)) => AnswerSource::Channel(route.channel.clone()),
    };
    let coverage_source = match facts.coverage {
        Coverage::Unknown => AnswerSource::Nobody,
        Coverage::Held | Coverage::NotHeld => sources.coverage.clone(),
    };
    Questions {
        organisation: Answer::new(organisation, sources.recipient.clone()),
        open_inbox: Answer::new(open_inbox, inbox_source(facts, sources)),
        few_readers: Answer::new(is_sensitive(facts.sensitivity), sources.sensitivity.clone()),
        coverage: Answer::new(facts.coverage, coverage_source),
        print: Answer::new(facts.print, print_source),
    }
}

/// The second question: an ordinary inbox is what is at hand, and no system of the recipient's own.
pub(super) const fn would_land_in_open_inbox(facts: &Facts) -> bool {
    facts.reachable.contains(MailboxKind::OrganisationInbox) && !facts.reachable.contains(MailboxKind::ReceiverSystem)
}

/// Who says where it would land: the channel that knows a system of the recipient's own, else the one that reaches the
/// inbox, else any that was asked. For a person or an addressee the recipient's kind alone says it.
fn inbox_source(facts: &Facts, sources: &Sources<'_>) -> AnswerSource {
    if facts.recipient != RecipientKind::Organisation {
        return sources.recipient.clone();
    }
    let offering = |kind| sources.routes.iter().find(|route| route.reach.mailboxes.contains(&kind));
    offering(MailboxKind::ReceiverSystem)
        .or_else(|| offering(MailboxKind::OrganisationInbox))
        .or_else(|| sources.routes.first())
        .map_or(AnswerSource::Nobody, |route| AnswerSource::Channel(route.channel.clone()))
}
