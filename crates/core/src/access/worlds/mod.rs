//! Random worlds, and a second implementation of the decision that judges them: written from the requirements over the raw
//! records, slow and plain, without facts and without a compiled subject.

mod naive;
mod random;
mod tests;

use crate::{
    access::{AccessPolicy, Grant, Object, User},
    case::Case,
    document::Document,
    identity::{TenantId, Timestamp},
    journal::JournalEntry,
    sensitivity::{self, CodeTable, SensitivityClass},
};

/// Everything there is in a few tenants.
#[derive(Debug)]
pub(super) struct World {
    pub(super) policies: Vec<AccessPolicy>,
    pub(super) users: Vec<User>,
    pub(super) grants: Vec<Grant>,
    pub(super) cases: Vec<Case>,
    pub(super) entries: Vec<JournalEntry>,
}

/// A record of a world, with what it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thing<'a> {
    pub(super) case: &'a Case,
    pub(super) entry: Option<&'a JournalEntry>,
    pub(super) document: Option<&'a Document>,
}

impl World {
    pub(super) fn policy(&self, tenant: &TenantId) -> &AccessPolicy {
        self.policies.iter().find(|policy| policy.tenant == *tenant).unwrap()
    }

    pub(super) fn things(&self) -> Vec<Thing<'_>> {
        let mut things: Vec<Thing<'_>> =
            self.cases.iter().map(|case| Thing { case, entry: None, document: None }).collect();
        for entry in &self.entries {
            let own = |case: &&Case| case.id() == entry.case() && case.tenant() == entry.tenant();
            let case = self.cases.iter().find(own).unwrap();
            things.push(Thing { case, entry: Some(entry), document: None });
            let documents = entry.documents().iter().map(|attached| &attached.document);
            things.extend(documents.map(|document| Thing { case, entry: Some(entry), document: Some(document) }));
        }
        things
    }

    /// Every moment at which something in it begins or ends, and a second before and after.
    pub(super) fn moments(&self) -> Vec<Timestamp> {
        random::moments()
    }
}

impl Thing<'_> {
    pub(super) fn class(&self, table: &CodeTable) -> SensitivityClass {
        match (self.entry, self.document) {
            (Some(entry), Some(document)) => sensitivity::of_document(document, entry, self.case, table).class,
            (Some(entry), None) => sensitivity::of_entry(entry, self.case, table).class,
            (None, _) => sensitivity::of_case(self.case, table).class,
        }
    }

    pub(super) fn object(&self, table: &CodeTable) -> Object {
        let class = self.class(table);
        match (self.entry, self.document) {
            (Some(entry), Some(document)) => Object::of_document(document, entry, self.case, class),
            (Some(entry), None) => Object::of_entry(entry, self.case, class),
            (None, _) => Object::of_case(self.case, class),
        }
    }
}
