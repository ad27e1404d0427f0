use std::collections::BTreeSet;

use cedar_policy::{Decision, PolicySet};
use serde_json::Value as Json;

use super::{Answers, Asked, FACTS, Judge, Name, Places, context};
use crate::Failed;

/// What each policy by itself says to every combination of the facts that it asks for.
///
/// Cedar has no state: whether a policy holds depends on nothing but what its text names. So a policy that names four facts
/// is known for all combinations of fifteen when Cedar was asked for all combinations of those four. What follows from all
/// policies is Cedar's own law: allowed when a permit holds and no forbid does. That the law holds, a sample that goes
/// through Cedar as a whole must show.
#[derive(Debug, Clone)]
pub struct Tables {
    tables: Vec<Table>,
    asked: usize,
}

/// When one policy holds.
#[derive(Debug, Clone)]
struct Table {
    name: Name,
    asked: Asked,
    /// The facts it names, each with how far apart its values lie in `holds`.
    strides: Vec<(usize, usize)>,
    holds: Vec<bool>,
}

impl Tables {
    /// Asks Cedar about every policy.
    ///
    /// # Errors
    /// When a policy asks for something else than facts by their names, or fails.
    pub fn of(judge: &Judge) -> Result<Self, Failed> {
        let mut tables = Self { tables: Vec::new(), asked: 0 };
        for name in &judge.names {
            let policy = judge.policies.policy(&name.id).ok_or("a policy is gone")?;
            let facts = facts_named(&policy.to_json()?)?;
            let alone = PolicySet::from_policies([policy.clone()])?;
            for asked in Asked::ALL {
                let holds = combinations(&facts)
                    .map(|places| judge.holds(&alone, name, asked, &places))
                    .collect::<Result<Vec<bool>, Failed>>()?;
                tables.asked += holds.len();
                if holds.contains(&true) {
                    tables.tables.push(Table { name: name.clone(), asked, strides: strides(&facts), holds });
                }
            }
        }
        Ok(tables)
    }

    /// How many times Cedar was asked.
    #[must_use]
    pub const fn asked(&self) -> usize {
        self.asked
    }

    /// The names of the policies, each once.
    #[must_use]
    pub fn policies(&self) -> BTreeSet<String> {
        self.tables.iter().map(|table| table.name.id.to_string()).collect()
    }

    /// The same without one policy.
    #[must_use]
    pub fn without(mut self, policy: &str) -> Self {
        self.tables.retain(|table| table.name.id.to_string() != policy);
        self
    }

    /// What follows from all policies for some facts.
    #[must_use]
    pub fn answers(&self, places: &Places) -> Answers {
        let mut answers = Answers::default();
        for asked in Asked::ALL {
            let holding = |forbids: bool| {
                let of_kind = move |table: &&Table| table.asked == asked && table.name.forbids == forbids;
                self.tables.iter().filter(of_kind).filter(|table| table.holds(places)).map(|table| table.name.rule)
            };
            let mut forbidding = holding(true).peekable();
            if forbidding.peek().is_some() {
                answers.set(asked, false, forbidding);
            } else {
                let mut permitting = holding(false).peekable();
                answers.set(asked, permitting.peek().is_some(), permitting);
            }
        }
        answers
    }
}

impl Table {
    fn holds(&self, places: &Places) -> bool {
        let at = |(fact, stride): &(usize, usize)| places.get(*fact).map_or(0, |place| place * stride);
        self.holds.get(self.strides.iter().map(at).sum::<usize>()).copied().unwrap_or(false)
    }
}

impl Judge {
    /// Whether a policy that stands alone holds: Cedar then names it as the reason.
    fn holds(&self, alone: &PolicySet, name: &Name, asked: Asked, places: &Places) -> Result<bool, Failed> {
        let request = self.request(asked, context(places)?)?;
        let response = self.authorizer.is_authorized(&request, alone, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(format!("the policy fails: {error}").into());
        }
        let holds = response.diagnostics().reason().any(|reason| *reason == name.id);
        if (response.decision() == Decision::Allow) != (holds && !name.forbids) {
            return Err(format!("`{}` alone does not settle what it is asked", name.id).into());
        }
        Ok(holds)
    }
}

/// Every combination of the values of some facts; all other facts have their first value.
fn combinations(facts: &[usize]) -> impl Iterator<Item = Places> {
    let strides = strides(facts);
    let count = facts.iter().map(|fact| size(*fact)).product();
    (0..count).map(move |number: usize| {
        let mut places = Places::default();
        for (fact, stride) in &strides {
            if let Some(place) = places.get_mut(*fact) {
                *place = number / stride % size(*fact);
            }
        }
        places
    })
}

fn strides(facts: &[usize]) -> Vec<(usize, usize)> {
    let mut stride = 1;
    let next = |fact: &usize| {
        let own = stride;
        stride *= size(*fact);
        (*fact, own)
    };
    facts.iter().map(next).collect()
}

fn size(fact: usize) -> usize {
    FACTS.get(fact).map_or(1, |fact| fact.values.len())
}

/// The facts that a policy names, by their places. It may name nothing else: neither user nor record, nor the context whole.
fn facts_named(policy: &Json) -> Result<Vec<usize>, Failed> {
    let mut named = BTreeSet::new();
    collect(policy.get("conditions").ok_or("a policy without conditions")?, &mut named)?;
    let place = |name: &str| FACTS.iter().position(|fact| fact.name == name);
    named.iter().map(|name| place(name).ok_or_else(|| format!("no fact `{name}`").into())).collect()
}

fn collect(part: &Json, named: &mut BTreeSet<String>) -> Result<(), Failed> {
    match part {
        Json::Object(parts) => {
            if let Some(name) = fact_named(part) {
                named.insert(name.to_owned());
                return Ok(());
            }
            if parts.keys().any(|key| key == "Var" || key == "Slot" || key == "has") {
                return Err(format!("a policy asks for more than facts by their names: {part}").into());
            }
            parts.values().try_for_each(|part| collect(part, named))
        }
        Json::Array(parts) => parts.iter().try_for_each(|part| collect(part, named)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}

/// The name in `context.name`.
fn fact_named(part: &Json) -> Option<&str> {
    let access = part.get(".")?;
    let of_context = access.get("left")?.get("Var")?.as_str() == Some("context");
    access.get("attr")?.as_str().filter(|_| of_context)
}
