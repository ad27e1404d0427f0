use super::{Facts, Listed, Membership, Named, Object, Owner, Protection, Reading, Rule, Standing, Subject, Writing};
use crate::{
    access::{Action, Outcome, ReadPermit},
    reason::Reason,
};

/// How much of a record somebody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Nothing: not even that it exists.
    None,
    /// Number, date, status, unit and public title. No party, no document, nothing that is screened.
    Metadata,
    /// All of it.
    Full,
}

/// An access decision with its reasons and, when reading was asked for and all of it may be seen, the permit that opens the
/// record's screened content.
#[derive(Debug)]
#[must_use]
pub struct Decision {
    /// Whether what was asked for is allowed: reading needs [`View::Full`].
    pub outcome: Outcome,
    /// How much may be seen, whatever was asked for.
    pub view: View,
    /// Why; never empty. The first is the rule that settled what was asked for.
    pub reasons: Vec<Reason>,
    permit: Option<ReadPermit>,
}

/// What the rules come to for one combination of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Ruling {
    /// How much may be seen.
    pub view: View,
    /// The rule that settled it.
    pub by: Rule,
    /// The rule that lets it be changed, if any.
    pub write: Option<Rule>,
}

/// Decides by the rules of the [module](super). Pure and total; what no rule allows is refused.
pub fn decide(subject: &Subject, action: Action, object: &Object) -> Decision {
    let ruling = subject.facts(object).rule();
    let (outcome, reasons) = match action {
        Action::Read if ruling.view == View::Full => (Outcome::Allowed, vec![ruling.by.reason()]),
        Action::Read => (Outcome::Refused, vec![ruling.by.reason()]),
        Action::Write => match ruling.write {
            Some(rule) => (Outcome::Allowed, vec![rule.reason()]),
            None if ruling.view == View::Full => (Outcome::Refused, vec![Rule::ReadOnly.reason(), ruling.by.reason()]),
            None => (Outcome::Refused, vec![ruling.by.reason()]),
        },
    };
    let may_read = action == Action::Read && outcome == Outcome::Allowed;
    let permit = may_read.then(|| ReadPermit::new(object.tenant.clone(), object.record));
    Decision { outcome, view: ruling.view, reasons, permit }
}

impl Decision {
    /// The permit, when reading was asked for and allowed.
    #[must_use]
    pub const fn permit(&self) -> Option<&ReadPermit> {
        self.permit.as_ref()
    }

    /// The permit to keep, when reading was asked for and allowed.
    #[must_use]
    pub fn into_permit(self) -> Option<ReadPermit> {
        self.permit
    }

    /// The rule that settled what was asked for: what the log tells.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.reasons.first().map_or("no_need", |reason| reason.code)
    }
}

impl Subject {
    /// How much of a record is seen: what [`decide`] says, without reasons and without an allocation. Lists and searches are
    /// filtered by it **before** anything is counted.
    #[must_use]
    pub fn sees(&self, object: &Object) -> View {
        self.facts(object).rule().view
    }
}

impl Facts {
    /// What the rules come to: the first that settles the view, and the first that lets the record be changed.
    pub fn rule(&self) -> Ruling {
        if !self.same_tenant {
            return Ruling::none(Rule::OtherTenant);
        }
        let kept_out = self.barred.then(|| Ruling::none(Rule::Barred));
        match self.standing {
            Standing::System => Ruling { view: View::Full, by: Rule::SystemJob, write: Some(Rule::SystemJob) },
            Standing::Unknown => Ruling::none(Rule::UnknownUser),
            Standing::Inactive => Ruling::none(Rule::Inactive),
            Standing::Lapsed => Ruling::none(Rule::ConsultancyOver),
            Standing::Service => kept_out.unwrap_or_else(|| self.service()),
            Standing::Employee | Standing::Consultant => kept_out.unwrap_or_else(|| self.person()),
        }
    }

    /// A service user has what is on its list and nothing else.
    const fn service(&self) -> Ruling {
        let listed = Rule::ServiceListed;
        match self.listed {
            Listed::No => Ruling::none(Rule::ServiceUnlisted),
            Listed::Read => Ruling { view: View::Full, by: listed, write: None },
            Listed::Write => Ruling { view: View::Full, by: listed, write: Some(listed) },
        }
    }

    fn person(&self) -> Ruling {
        let routes = [
            self.named(),
            self.responsible(),
            self.member(),
            self.archive(),
            self.open_record(),
            self.unit_need(),
            self.authorised_role(),
            self.folder(),
        ];
        let reads = routes.iter().flatten().map(|route| route.rule).next();
        let write = routes.iter().flatten().find(|route| route.writes).map(|route| route.rule);
        if let Some(by) = reads {
            return Ruling { view: View::Full, by, write };
        }
        if self.standing == Standing::Employee && self.reading == Reading::None {
            Ruling::none(Rule::NoRole)
        } else if self.standing == Standing::Employee && !self.concealed {
            Ruling { view: View::Metadata, by: Rule::Journal, write: None }
        } else {
            Ruling::none(Rule::NoNeed)
        }
    }

    fn named(&self) -> Option<Route> {
        match self.named {
            Named::None => None,
            Named::Emergency => Some(Route { rule: Rule::Emergency, writes: false }),
            Named::Read => Some(Route { rule: Rule::NamedGrant, writes: false }),
            Named::Write => Some(Route { rule: Rule::NamedGrant, writes: true }),
        }
    }

    fn responsible(&self) -> Option<Route> {
        let counts = match self.owner {
            Owner::Other => false,
            Owner::SelfUnconfirmed => self.authorised,
            Owner::SelfResponsible => true,
        };
        counts.then_some(Route { rule: Rule::Responsible, writes: self.writing >= Writing::Own })
    }

    /// Membership is the official need; where a code or kind asks for it, only together with the authorisation.
    fn member(&self) -> Option<Route> {
        let member = matches!(self.group, Membership::Reads | Membership::Writes);
        let counts = member && (self.protection <= Protection::Unit || self.authorised);
        counts.then_some(Route { rule: Rule::GroupMember, writes: self.group == Membership::Writes })
    }

    fn archive(&self) -> Option<Route> {
        let reads = if self.few { self.reading == Reading::Strict } else { self.reading >= Reading::All };
        (self.is_employee() && reads).then_some(Route { rule: Rule::Archive, writes: self.writing == Writing::All })
    }

    fn open_record(&self) -> Option<Route> {
        self.by_role(Rule::OpenRecord, self.protection == Protection::Open && self.reading >= Reading::Open)
    }

    fn unit_need(&self) -> Option<Route> {
        self.by_role(Rule::UnitNeed, self.protection == Protection::Unit && self.reading >= Reading::Screened)
    }

    fn authorised_role(&self) -> Option<Route> {
        let counts = self.protection == Protection::Authorised && self.authorised;
        self.by_role(Rule::Authorised, counts && self.reading >= Reading::Screened)
    }

    /// A role of an employee, for a record without a group: the breadth of a role never passes a group.
    fn by_role(&self, rule: Rule, counts: bool) -> Option<Route> {
        let counts = counts && self.is_employee() && self.group == Membership::NoGroup;
        counts.then_some(Route { rule, writes: self.writing >= Writing::Unit })
    }

    /// The one thing a grant on a case reaches within it (R2.3).
    fn folder(&self) -> Option<Route> {
        let reaches = self.folder && !self.screened && self.group == Membership::NoGroup;
        reaches.then_some(Route { rule: Rule::FolderGrant, writes: false })
    }

    fn is_employee(&self) -> bool {
        self.standing == Standing::Employee
    }
}

/// A way by which somebody reads a record, and whether it lets them write.
#[derive(Debug, Clone, Copy)]
struct Route {
    rule: Rule,
    writes: bool,
}

impl Ruling {
    const fn none(by: Rule) -> Self {
        Self { view: View::None, by, write: None }
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
