use cedar_policy::{Context, RestrictedExpression};

use crate::{Failed, access::Facts};

/// A fact as Cedar knows it: its name in the schema, and its values in the order of the library's own.
#[derive(Debug)]
pub struct Fact {
    /// The name of the attribute of `context`.
    pub name: &'static str,
    /// Every value.
    pub values: &'static [Value],
    /// The place among them of the value in some facts.
    of: fn(&Facts) -> usize,
}

/// A value as Cedar knows it.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A step of a ladder.
    Step(i64),
    /// A word.
    Word(&'static str),
}

use Value::{Flag, Step, Word};

/// Every fact.
pub const FACTS: [Fact; 15] = [
    Fact { name: "same_tenant", values: &YES_NO, of: |facts| usize::from(facts.same_tenant) },
    Fact { name: "standing", values: &STANDING, of: |facts| facts.standing as usize },
    Fact { name: "barred", values: &YES_NO, of: |facts| usize::from(facts.barred) },
    Fact { name: "listed", values: &[Step(0), Step(1), Step(2)], of: |facts| facts.listed as usize },
    Fact {
        name: "reading",
        values: &[Step(0), Step(1), Step(2), Step(3), Step(4), Step(5)],
        of: |facts| facts.reading as usize,
    },
    Fact { name: "writing", values: &FOUR_STEPS, of: |facts| facts.writing as usize },
    Fact { name: "protection", values: &FOUR_STEPS, of: |facts| facts.protection as usize },
    Fact { name: "few", values: &YES_NO, of: |facts| usize::from(facts.few) },
    Fact { name: "concealed", values: &YES_NO, of: |facts| usize::from(facts.concealed) },
    Fact { name: "screened", values: &YES_NO, of: |facts| usize::from(facts.screened) },
    Fact {
        name: "group",
        values: &[Word("none"), Word("outside"), Word("reads"), Word("writes")],
        of: |facts| facts.group as usize,
    },
    Fact { name: "authorised", values: &YES_NO, of: |facts| usize::from(facts.authorised) },
    Fact {
        name: "owner",
        values: &[Word("other"), Word("unconfirmed"), Word("responsible")],
        of: |facts| facts.owner as usize,
    },
    Fact {
        name: "named",
        values: &[Word("none"), Word("emergency"), Word("read"), Word("write")],
        of: |facts| facts.named as usize,
    },
    Fact { name: "folder", values: &YES_NO, of: |facts| usize::from(facts.folder) },
];

const YES_NO: [Value; 2] = [Flag(false), Flag(true)];
const FOUR_STEPS: [Value; 4] = [Step(0), Step(1), Step(2), Step(3)];
const STANDING: [Value; 7] = [
    Word("unknown"),
    Word("inactive"),
    Word("lapsed"),
    Word("employee"),
    Word("consultant"),
    Word("service"),
    Word("system"),
];

/// For each fact the place of its value. Unlike [`Facts`] it can also be one that never occurs.
pub type Places = [usize; FACTS.len()];

/// The values of some facts.
#[must_use]
pub fn places(facts: &Facts) -> Places {
    FACTS.map(|fact| (fact.of)(facts))
}

/// Values as Cedar's context.
///
/// # Errors
/// When a fact has a value that Cedar is not told of.
pub fn context(places: &Places) -> Result<Context, Failed> {
    let mut pairs = Vec::with_capacity(FACTS.len());
    for (fact, place) in FACTS.iter().zip(places) {
        let value = fact.values.get(*place).ok_or_else(|| format!("`{}` has no value {place} in Cedar", fact.name))?;
        pairs.push((fact.name.to_owned(), value.expression()));
    }
    Ok(Context::from_pairs(pairs)?)
}

impl Value {
    fn expression(self) -> RestrictedExpression {
        match self {
            Flag(flag) => RestrictedExpression::new_bool(flag),
            Step(step) => RestrictedExpression::new_long(step),
            Word(word) => RestrictedExpression::new_string(word.to_owned()),
        }
    }
}
