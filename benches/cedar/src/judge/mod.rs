//! The access decision as Cedar takes it, from the policy and the schema that stand beside the library's own.

mod compare;
mod facts;
mod table;

pub use compare::{Answers, differs};
pub use facts::{FACTS, Fact, Places, Value, context, places};
pub use table::Tables;

use std::{collections::BTreeSet, str::FromStr};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicyId, PolicySet, Request, Response, Schema,
    ValidationMode, Validator,
};

use crate::{Failed, access::Rule};

/// The policy, as the library ships it.
pub const POLICY: &str = include_str!("../../../../crates/core/src/access/access.cedar");
/// Its schema.
pub const SCHEMA: &str = include_str!("../../../../crates/core/src/access/access.cedarschema");

/// What Cedar is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Whether the existence of a record may be known.
    See,
    /// Whether all of it may be read.
    Read,
    /// Whether it may be changed.
    Write,
}

impl Asked {
    /// All there is to ask.
    pub const ALL: [Self; 3] = [Self::See, Self::Read, Self::Write];
}

/// Cedar with one policy text.
#[derive(Debug)]
pub struct Judge {
    authorizer: Authorizer,
    schema: Schema,
    entities: Entities,
    policies: PolicySet,
    names: Vec<Name>,
    user: EntityUid,
    record: EntityUid,
    actions: [EntityUid; 3],
}

/// The name of a policy: the rule it states, and whether it forbids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) id: PolicyId,
    pub(crate) rule: Rule,
    pub(crate) forbids: bool,
}

impl Judge {
    /// With the policy as it is shipped.
    ///
    /// # Errors
    /// When Cedar does not take it.
    pub fn new() -> Result<Self, Failed> {
        Self::of(POLICY)
    }

    /// With another policy over the same facts.
    ///
    /// # Errors
    /// When Cedar does not take it, strictly validated against the schema; or when a policy is not named after a rule.
    pub fn of(policy: &str) -> Result<Self, Failed> {
        let (schema, warnings) = Schema::from_cedarschema_str(SCHEMA)?;
        if let Some(warning) = warnings.into_iter().next() {
            return Err(format!("the schema: {warning}").into());
        }
        let mut names = Vec::new();
        let mut policies = PolicySet::new();
        for policy in PolicySet::from_str(policy)?.policies() {
            let name = name(policy)?;
            policies.add(policy.new_id(name.id.clone()))?;
            names.push(name);
        }
        names.sort_by(|one, other| (one.rule, &one.id).cmp(&(other.rule, &other.id)));
        let found = Validator::new(schema.clone()).validate(&policies, ValidationMode::Strict);
        if !found.validation_passed() {
            return Err(format!("the policy: {found}").into());
        }
        let action = |name: &str| EntityUid::from_str(&format!("Action::\"{name}\""));
        Ok(Self {
            authorizer: Authorizer::new(),
            entities: Entities::from_entities([], Some(&schema))?,
            schema,
            policies,
            names,
            user: EntityUid::from_str("User::\"user\"")?,
            record: EntityUid::from_str("Record::\"record\"")?,
            actions: [action("see")?, action("read")?, action("write")?],
        })
    }

    /// A request, checked against the schema.
    ///
    /// # Errors
    /// When facts and schema differ.
    pub fn request(&self, asked: Asked, context: Context) -> Result<Request, Failed> {
        let action = self.action(asked);
        Ok(Request::new(self.user.clone(), action, self.record.clone(), context, Some(&self.schema))?)
    }

    /// A request as it comes.
    ///
    /// # Errors
    /// None that Cedar names for a request without a schema.
    pub fn unchecked_request(&self, asked: Asked, context: Context) -> Result<Request, Failed> {
        Ok(Request::new(self.user.clone(), self.action(asked), self.record.clone(), context, None)?)
    }

    /// Whether Cedar allows it.
    #[must_use]
    pub fn allows(&self, request: &Request) -> bool {
        self.respond(request).decision() == Decision::Allow
    }

    /// What Cedar answers to everything there is to ask about some facts.
    ///
    /// # Errors
    /// When facts and schema differ, or a policy fails at run time.
    pub fn answers(&self, places: &Places) -> Result<Answers, Failed> {
        let context = context(places)?;
        let mut answers = Answers::default();
        for asked in Asked::ALL {
            let response = self.respond(&self.request(asked, context.clone())?);
            if let Some(error) = response.diagnostics().errors().next() {
                return Err(format!("the policy fails: {error}").into());
            }
            let reasons: BTreeSet<&PolicyId> = response.diagnostics().reason().collect();
            let because = self.names.iter().filter(|name| reasons.contains(&name.id)).map(|name| name.rule);
            answers.set(asked, response.decision() == Decision::Allow, because);
        }
        Ok(answers)
    }

    fn respond(&self, request: &Request) -> Response {
        self.authorizer.is_authorized(request, &self.policies, &self.entities)
    }

    fn action(&self, asked: Asked) -> EntityUid {
        let [see, read, write] = &self.actions;
        match asked {
            Asked::See => see.clone(),
            Asked::Read => read.clone(),
            Asked::Write => write.clone(),
        }
    }
}

/// The name of a policy: its `@id`, which is the code of a rule, with `_write` behind it where the policy is for writing.
fn name(policy: &Policy) -> Result<Name, Failed> {
    let id = policy.annotation("id").ok_or("a policy has no @id")?;
    let code = id.strip_suffix("_write").unwrap_or(id);
    let rule = Rule::ALL.into_iter().find(|rule| rule.code() == code).ok_or_else(|| format!("no rule `{code}`"))?;
    Ok(Name { id: PolicyId::new(id), rule, forbids: policy.effect() == cedar_policy::Effect::Forbid })
}
