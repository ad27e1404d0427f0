use super::{ChannelRight, DutyKind, Rule, Standing, Subject};
use crate::{
    access::Outcome,
    case::CaseKind,
    identity::{AccountId, ActorId, TenantId, UnitId},
    reason::Reason,
};

/// An act that is not about one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Duty<'a> {
    /// Open a case.
    OpenCase {
        /// In which unit.
        unit: &'a UnitId,
        /// In which series.
        series: Option<&'a str>,
        /// Of which kind.
        kind: CaseKind,
    },
    /// Hand in letters for a sender account.
    SendLetters(&'a AccountId),
    /// Operate the deliveries of a sender account, or of all channels.
    OperateChannels(Option<&'a AccountId>),
    /// Any act that has no object: see [`DutyKind`]. The kinds above, given so, are refused.
    General(DutyKind),
}

/// Whether somebody may do an act that is not about one record, with the permit that proves it.
#[derive(Debug)]
#[must_use]
pub struct DutyDecision {
    /// The answer.
    pub outcome: Outcome,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    permit: Option<DutyPermit>,
}

/// Proof that somebody may do an act in a tenant. Only [`Subject::may`] makes one; it cannot be copied, stored or sent.
#[derive(Debug)]
pub struct DutyPermit {
    tenant: TenantId,
    actor: ActorId,
    duty: DutyKind,
}

/// All that a decision about an act depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DutyFacts {
    /// What sort of user it is, and whether it is in force.
    pub standing: Standing,
    /// Which act.
    pub duty: DutyKind,
    /// A role gives the act where it is to be done; for what has no place, in the whole tenant.
    pub by_role: bool,
    /// The person's or service user's own list of accounts, cases to open or log grants has it.
    pub by_list: bool,
}

impl Subject {
    /// Whether an act that is not about one record is allowed. Pure and total; what no rule allows is refused.
    pub fn may(&self, duty: Duty<'_>) -> DutyDecision {
        let facts = self.duty_facts(duty);
        let (outcome, reason) = facts.rule();
        let permit = (outcome == Outcome::Allowed).then(|| DutyPermit {
            tenant: self.tenant.clone(),
            actor: self.id.clone(),
            duty: facts.duty,
        });
        DutyDecision { outcome, reasons: vec![reason], permit }
    }

    /// What is the case between this subject and an act, as far as the rules ask.
    #[must_use]
    pub fn duty_facts(&self, duty: Duty<'_>) -> DutyFacts {
        let kind = duty.kind();
        let everywhere = self.rights.everywhere().duties.has(kind);
        let (by_role, by_list) = match duty {
            Duty::OpenCase { unit, series, kind: case } => {
                (self.rights.at(Some(unit), series).any(|reach| reach.duties.has(kind)), self.opens(unit, series, case))
            }
            Duty::SendLetters(account) => (false, self.channels.contains_key(account)),
            Duty::OperateChannels(Some(account)) => {
                (everywhere, self.channels.get(account) == Some(&ChannelRight::Operate))
            }
            Duty::OperateChannels(None) => (everywhere, false),
            Duty::General(DutyKind::OpenCases | DutyKind::SendLetters | DutyKind::OperateChannels) => (false, false),
            Duty::General(DutyKind::ReadLog) => (everywhere, self.reads_log),
            // An emergency does not ask to which unit the record belongs.
            Duty::General(DutyKind::BreakGlass) => (self.rights.anywhere().any(|reach| reach.duties.has(kind)), false),
            Duty::General(_) => (everywhere, false),
        };
        DutyFacts { standing: self.standing, duty: kind, by_role, by_list }
    }

    fn opens(&self, unit: &UnitId, series: Option<&str>, kind: CaseKind) -> bool {
        let writes_there = |(allowance, units): &(super::ServiceAllowance, super::subject::UnitCover)| {
            allowance.right == super::GrantRight::Write
                && allowance.kinds.contains(&kind)
                && units.covers(Some(unit))
                && allowance.series.as_ref().is_none_or(|wanted| series.is_some_and(|series| wanted.contains(series)))
        };
        self.service.opens.contains(&kind) && self.service.records.iter().any(writes_there)
    }
}

impl Duty<'_> {
    /// Which kind of act it is.
    #[must_use]
    pub const fn kind(&self) -> DutyKind {
        match self {
            Self::OpenCase { .. } => DutyKind::OpenCases,
            Self::SendLetters(_) => DutyKind::SendLetters,
            Self::OperateChannels(_) => DutyKind::OperateChannels,
            Self::General(kind) => *kind,
        }
    }
}

impl DutyFacts {
    /// Every combination, each once.
    pub fn every() -> impl Iterator<Item = Self> {
        Standing::ALL.into_iter().flat_map(|standing| {
            DutyKind::ALL.into_iter().flat_map(move |duty| {
                [(false, false), (false, true), (true, false), (true, true)].map(|(by_role, by_list)| Self {
                    standing,
                    duty,
                    by_role,
                    by_list,
                })
            })
        })
    }

    /// What the rules come to.
    #[must_use]
    pub const fn rule(&self) -> (Outcome, Reason) {
        match self.standing {
            Standing::Unknown => (Outcome::Refused, Rule::UnknownUser.reason()),
            Standing::Inactive => (Outcome::Refused, Rule::Inactive.reason()),
            Standing::Lapsed => (Outcome::Refused, Rule::ConsultancyOver.reason()),
            Standing::System if self.is_daily_work() => (Outcome::Allowed, Rule::SystemJob.reason()),
            Standing::System => (Outcome::Refused, FOR_PEOPLE),
            Standing::Service if self.by_list && self.is_sending_or_opening() => (Outcome::Allowed, LISTED),
            Standing::Service => (Outcome::Refused, UNLISTED),
            Standing::Employee | Standing::Consultant => self.person(),
        }
    }

    const fn person(&self) -> (Outcome, Reason) {
        let employee = matches!(self.standing, Standing::Employee);
        if matches!(self.duty, DutyKind::RequestAccess) {
            (Outcome::Allowed, ANYBODY)
        } else if self.by_list && matches!(self.duty, DutyKind::SendLetters | DutyKind::OperateChannels) {
            (Outcome::Allowed, ACCOUNT)
        } else if self.by_list && matches!(self.duty, DutyKind::ReadLog) {
            (Outcome::Allowed, LOG_GRANT)
        } else if self.by_role && (employee || matches!(self.duty, DutyKind::OpenCases)) {
            (Outcome::Allowed, ROLE)
        } else if self.by_role {
            (Outcome::Refused, NOT_FOR_CONSULTANTS)
        } else {
            (Outcome::Refused, NO_DUTY)
        }
    }

    /// What the office does by itself. Whatever judges people or the log is for people.
    const fn is_daily_work(&self) -> bool {
        matches!(self.duty, DutyKind::OpenCases | DutyKind::SendLetters | DutyKind::OperateChannels)
    }

    const fn is_sending_or_opening(&self) -> bool {
        matches!(self.duty, DutyKind::OpenCases | DutyKind::SendLetters)
    }
}

impl DutyDecision {
    /// The permit, when it is allowed.
    #[must_use]
    pub const fn permit(&self) -> Option<&DutyPermit> {
        self.permit.as_ref()
    }

    /// The permit to keep, when it is allowed.
    #[must_use]
    pub fn into_permit(self) -> Option<DutyPermit> {
        self.permit
    }
}

impl DutyPermit {
    /// In which tenant.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Who.
    #[must_use]
    pub const fn actor(&self) -> &ActorId {
        &self.actor
    }

    /// Which act.
    #[must_use]
    pub const fn duty(&self) -> DutyKind {
        self.duty
    }
}

const fn reason(code: &'static str, text: &'static str, source: &'static str) -> Reason {
    Reason { code, text, source }
}

const FOR_PEOPLE: Reason = reason("for_people", "this is decided by people, not by a job", "R2.4");
const LISTED: Reason = reason("duty_listed", "the act is in the list of the service user", "R2.7");
const UNLISTED: Reason = reason("duty_unlisted", "the act is not in the list of the service user", "R2.7");
const ANYBODY: Reason = reason("anybody_may_ask", "anybody may ask for access", "R2.4");
const ACCOUNT: Reason = reason("channel_access", "the user was given this sender account", "R2.8");
const LOG_GRANT: Reason = reason("log_grant", "a grant lets its holder read the log", "R3.5");
const ROLE: Reason = reason("duty_by_role", "a role gives this duty here", "R2.9");
const NOT_FOR_CONSULTANTS: Reason =
    reason("not_for_consultants", "external consultants do not administer the archive", "R2.6");
const NO_DUTY: Reason = reason("no_duty", "no role gives this duty here", "R2.9");

#[cfg(test)]
#[path = "duty_tests.rs"]
mod tests;
