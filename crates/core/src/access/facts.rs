use super::{Protection, Reading, Writing};

/// All that a decision about a record depends on. Finite by construction: what the record, the register and the time come
/// to is settled before. Only [`Subject::facts`](super::Subject::facts) and [`Facts::every`] make them, so none is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Facts {
    /// Who acts and the record belong to the same tenant.
    pub same_tenant: bool,
    /// What sort of user it is, and whether it is in force.
    pub standing: Standing,
    /// Kept from the record, its entry or its case (inhabilitet).
    pub barred: bool,
    /// What the list of a service user says about the record.
    pub listed: Listed,
    /// How far roles and broad grants read where the record belongs.
    pub reading: Reading,
    /// What roles and broad grants write where the record belongs.
    pub writing: Writing,
    /// What it takes to read the record.
    pub protection: Protection,
    /// Only few may read it.
    pub few: bool,
    /// Those without access do not learn that it exists.
    pub concealed: bool,
    /// It is screened beside its case: itself, or for a document its entry.
    pub screened: bool,
    /// Its own access group.
    pub group: Membership,
    /// Authorised in its unit for all that asks for it; false where nothing does.
    pub authorised: bool,
    /// Who is responsible for it.
    pub owner: Owner,
    /// A grant on the record itself; for a document that is not screened by itself, a grant on its entry too.
    pub named: Named,
    /// A grant on its case, when it is not the case.
    pub folder: bool,
}

/// What sort of user acts, and whether it is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The register does not know them.
    Unknown,
    /// Not active: left, or has not begun.
    Inactive,
    /// A consultant whose agreed period is over.
    Lapsed,
    /// A person employed by the tenant.
    Employee,
    /// An external consultant within the agreed period.
    Consultant,
    /// The service user of an integration.
    Service,
    /// A job of the records office itself.
    System,
}

/// What the list of a service user says about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listed {
    /// It is not in it.
    No,
    /// To read.
    Read,
    /// To read and write.
    Write,
}

/// What somebody is to the record's own access group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Membership {
    /// The record has no group.
    NoGroup,
    /// Not a member.
    Outside,
    /// A member who reads.
    Reads,
    /// A member who reads and writes.
    Writes,
}

/// Who is responsible for a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Somebody else, or nobody.
    Other,
    /// The one who acts; but of a case kind whose handler gets access only by a confirmed request (R2.5).
    SelfUnconfirmed,
    /// The one who acts.
    SelfResponsible,
}

/// A grant on the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// None.
    None,
    /// To read, in an emergency.
    Emergency,
    /// To read.
    Read,
    /// To read and write.
    Write,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 7] =
        [Self::Unknown, Self::Inactive, Self::Lapsed, Self::Employee, Self::Consultant, Self::Service, Self::System];
}

impl Listed {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::No, Self::Read, Self::Write];
}

impl Membership {
    /// Every membership.
    pub const ALL: [Self; 4] = [Self::NoGroup, Self::Outside, Self::Reads, Self::Writes];
}

impl Owner {
    /// Every answer.
    pub const ALL: [Self; 3] = [Self::Other, Self::SelfUnconfirmed, Self::SelfResponsible];
}

impl Named {
    /// Every grant.
    pub const ALL: [Self; 4] = [Self::None, Self::Emergency, Self::Read, Self::Write];
}

impl Facts {
    /// How many combinations there are.
    pub const COUNT: usize = 2 * WHO.len() * 2 * 6 * 4 * GUARD.len() * 2 * 2 * 4 * 2 * 3 * 4 * 2;

    /// Every combination, each once: for showing that a property holds without exception. Only service users have a list,
    /// and what few may read always takes an authorisation; all else is combined with all else.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).filter_map(Self::nth)
    }

    /// The combination with a number below [`COUNT`](Self::COUNT).
    #[must_use]
    pub fn nth(number: usize) -> Option<Self> {
        let mut digits = Digits(number);
        let (standing, listed) = digits.pick(&WHO)?;
        let (protection, few) = digits.pick(&GUARD)?;
        let facts = Self {
            same_tenant: digits.pick(&YES_NO)?,
            standing,
            barred: digits.pick(&YES_NO)?,
            listed,
            reading: digits.pick(&Reading::ALL)?,
            writing: digits.pick(&Writing::ALL)?,
            protection,
            few,
            concealed: digits.pick(&YES_NO)?,
            screened: digits.pick(&YES_NO)?,
            group: digits.pick(&Membership::ALL)?,
            authorised: digits.pick(&YES_NO)?,
            owner: digits.pick(&Owner::ALL)?,
            named: digits.pick(&Named::ALL)?,
            folder: digits.pick(&YES_NO)?,
        };
        (digits.0 == 0).then_some(facts)
    }
}

const WHO: [(Standing, Listed); 9] = [
    (Standing::Unknown, Listed::No),
    (Standing::Inactive, Listed::No),
    (Standing::Lapsed, Listed::No),
    (Standing::Employee, Listed::No),
    (Standing::Consultant, Listed::No),
    (Standing::Service, Listed::No),
    (Standing::Service, Listed::Read),
    (Standing::Service, Listed::Write),
    (Standing::System, Listed::No),
];

const GUARD: [(Protection, bool); 6] = [
    (Protection::Open, false),
    (Protection::Unit, false),
    (Protection::Authorised, false),
    (Protection::Authorised, true),
    (Protection::AuthorisedMember, false),
    (Protection::AuthorisedMember, true),
];

const YES_NO: [bool; 2] = [false, true];

/// A number taken apart digit by digit, each in its own base.
struct Digits(usize);

impl Digits {
    fn pick<T: Copy>(&mut self, values: &[T]) -> Option<T> {
        let value = values.get(self.0.checked_rem(values.len())?);
        self.0 = self.0.checked_div(values.len())?;
        value.copied()
    }
}
