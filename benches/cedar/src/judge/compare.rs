use super::Asked;
use crate::access::{Rule, Ruling, View};

/// What Cedar says to seeing, reading and writing, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    see: Answer,
    read: Answer,
    write: Answer,
}

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Answer {
    allowed: bool,
    /// The rules of all policies that settled it: those that forbid, or else those that permit. A bit for each.
    because: u32,
}

impl Answers {
    /// Notes the answer to what was asked, with the rules of the policies that settled it.
    pub(super) fn set(&mut self, asked: Asked, allowed: bool, because: impl IntoIterator<Item = Rule>) {
        let because = because.into_iter().fold(0, |bits, rule| bits | bit(rule));
        let answer = match asked {
            Asked::See => &mut self.see,
            Asked::Read => &mut self.read,
            Asked::Write => &mut self.write,
        };
        *answer = Answer { allowed, because };
    }
}

/// Whether Cedar and the library say different things: to what is asked, or about the rule that settles it. Where several
/// policies permit, the library names the first in the order of its rules. Where none does, Cedar names none.
#[must_use]
pub fn differs(cedar: &Answers, ours: Ruling) -> bool {
    let read = Answer::given_by((ours.view == View::Full).then_some(ours.by));
    let write = Answer::given_by(ours.write);
    let see = match ours.view {
        View::None => None,
        View::Metadata | View::Full => Some(ours.by),
    };
    cedar.read.differs(read, ours.by)
        || cedar.write.differs(write, ours.by)
        || cedar.see.differs(Answer::given_by(see), ours.by)
}

impl Answer {
    fn given_by(rule: Option<Rule>) -> Self {
        Self { allowed: rule.is_some(), because: rule.map_or(0, bit) }
    }

    fn differs(self, ours: Self, settled_by: Rule) -> bool {
        if self.allowed != ours.allowed {
            return true;
        }
        if self.allowed {
            // The lowest bit is the first rule.
            return self.because & self.because.wrapping_neg() != ours.because;
        }
        // Between tenants and under a bar Cedar must say so; what stands before the bar need not be told by Cedar.
        let says = |rule| self.because & bit(rule) != 0;
        (settled_by == Rule::OtherTenant) != says(Rule::OtherTenant)
            || settled_by == Rule::Barred && !says(Rule::Barred)
            || self.because & !(bit(Rule::OtherTenant) | bit(Rule::Barred)) != 0
    }
}

const fn bit(rule: Rule) -> u32 {
    1 << rule as u32
}
