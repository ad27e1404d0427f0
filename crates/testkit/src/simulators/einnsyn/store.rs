//! Everything the simulated eInnsyn keeps: objects, what links them, and what must be unique. A call that fails leaves
//! nothing behind.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value};

use super::entity::Entity;

/// One object, without what it links to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) entity: Entity,
    /// The unit that may change it (`journalenhet`); a unit owns itself; empty for what no unit owns.
    pub(crate) owner: String,
    /// Nobody but the owner sees it before.
    pub(crate) accessible_after: Timestamp,
    /// Texts, numbers and flags by name; moments in UTC.
    pub(crate) members: Map<String, Value>,
}

impl Record {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name).and_then(Value::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.members.get(name).and_then(Value::as_i64)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.members.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    /// What must not occur twice, by the name of the member that a conflict is blamed on.
    fn unique(&self) -> Vec<Unique> {
        let mut found = Vec::new();
        let mut add = |name: &'static str, value: Option<String>| {
            found.extend(value.map(|value| (self.entity, name, value)));
        };
        let text = |name: &str| self.text(name).map(str::to_owned);
        let per_owner = is_per_owner(self.entity);
        if !per_owner {
            add("systemId", text("systemId"));
        }
        add("slug", text("slug"));
        add("externalId", text("externalId").map(|id| if per_owner { scoped(&id, &self.owner) } else { id }));
        if self.entity == Entity::Enhet {
            add("orgnummer", text("orgnummer"));
        }
        if self.entity == Entity::Skjerming {
            let (basis, code) = (self.text("skjermingshjemmel"), self.text("tilgangsrestriksjon"));
            add(SCREENING, Some(screening(basis, code, &self.owner)));
        }
        found
    }
}

/// How a conflict over access code, basis and unit names the members.
pub(crate) const SCREENING: &str = "[skjermingshjemmel, tilgangsrestriksjon, journalenhet]";

type Unique = (Entity, &'static str, String);

/// Those whose external ids need to be unique within one unit only, and whose system ids are not unique at all.
pub(crate) const fn is_per_owner(entity: Entity) -> bool {
    matches!(entity, Entity::Arkiv | Entity::Arkivdel | Entity::Klasse)
}

/// An external id within one unit.
pub(crate) fn scoped(external: &str, owner: &str) -> String {
    format!("{external}\n{owner}")
}

/// Access code, basis and unit as one text.
pub(crate) fn screening(basis: Option<&str>, code: Option<&str>, owner: &str) -> String {
    format!("{}\n{}\n{owner}", basis.unwrap_or("\t"), code.unwrap_or("\t"))
}

type Link = (String, &'static str, String);

#[derive(Debug, Default)]
pub(crate) struct Store {
    records: BTreeMap<String, Arc<Record>>,
    unique: BTreeMap<Unique, String>,
    forward: BTreeSet<Link>,
    backward: BTreeSet<Link>,
    undo: Vec<Undo>,
}

#[derive(Debug)]
enum Undo {
    Record(String, Option<Arc<Record>>),
    Linked(Link),
    Unlinked(Link),
}

/// A unique value that another object has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken;

impl Store {
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Record>> {
        self.records.get(id)
    }

    /// All of a kind, oldest first.
    pub(crate) fn all(&self, entity: Entity) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        let from = format!("{}_", entity.prefix());
        // The character after the underscore.
        let until = format!("{}`", entity.prefix());
        self.records.range(from..until).map(|(_, record)| record)
    }

    /// Who has a unique value.
    pub(crate) fn holder(&self, entity: Entity, name: &'static str, value: &str) -> Option<&String> {
        self.unique.get(&(entity, name, value.to_owned()))
    }

    /// What an object links to under a member, oldest first.
    pub(crate) fn linked(&self, from: &str, member: &'static str) -> Vec<String> {
        range(&self.forward, from, member)
    }

    /// The one object that an object links to under a member.
    pub(crate) fn one(&self, from: &str, member: &'static str) -> Option<String> {
        self.linked(from, member).into_iter().next()
    }

    /// What links to an object under a member, oldest first.
    pub(crate) fn linking(&self, to: &str, member: &'static str) -> Vec<String> {
        range(&self.backward, to, member)
    }

    /// Everything that links to an object, with the member.
    pub(crate) fn all_linking(&self, to: &str) -> Vec<(&'static str, String)> {
        let from = Bound::Included((to.to_owned(), "", String::new()));
        self.backward
            .range((from, Bound::Unbounded))
            .take_while(|(target, _, _)| target == to)
            .map(|(_, member, source)| (*member, source.clone()))
            .collect()
    }

    /// Adds an object or changes it.
    pub(crate) fn put(&mut self, record: Record) -> Result<(), Taken> {
        let keys = record.unique();
        if keys.iter().any(|key| self.unique.get(key).is_some_and(|holder| *holder != record.id)) {
            return Err(Taken);
        }
        let id = record.id.clone();
        self.undo.push(Undo::Record(id.clone(), self.records.get(&id).cloned()));
        self.replace(&id, Some(Arc::new(record)));
        Ok(())
    }

    /// Removes an object and every link to and from it.
    pub(crate) fn remove(&mut self, id: &str) {
        let from = Bound::Included((id.to_owned(), "", String::new()));
        let outgoing: Vec<Link> =
            self.forward.range((from, Bound::Unbounded)).take_while(|(source, _, _)| source == id).cloned().collect();
        for (source, member, target) in outgoing {
            self.unlink(&source, member, &target);
        }
        for (member, source) in self.all_linking(id) {
            self.unlink(&source, member, id);
        }
        self.undo.push(Undo::Record(id.to_owned(), self.records.get(id).cloned()));
        self.replace(id, None);
    }

    pub(crate) fn link(&mut self, from: &str, member: &'static str, to: &str) {
        let link = (from.to_owned(), member, to.to_owned());
        if self.set_link(&link, true) {
            self.undo.push(Undo::Linked(link));
        }
    }

    pub(crate) fn unlink(&mut self, from: &str, member: &'static str, to: &str) {
        let link = (from.to_owned(), member, to.to_owned());
        if self.set_link(&link, false) {
            self.undo.push(Undo::Unlinked(link));
        }
    }

    /// Links to this object alone under a member.
    pub(crate) fn link_only(&mut self, from: &str, member: &'static str, to: &str) {
        for old in self.linked(from, member) {
            if old != to {
                self.unlink(from, member, &old);
            }
        }
        self.link(from, member, to);
    }

    /// From here on can be taken back.
    pub(crate) fn begin(&mut self) {
        self.undo.clear();
    }

    /// Takes back everything since the beginning.
    pub(crate) fn roll_back(&mut self) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Record(id, before) => self.replace(&id, before),
                Undo::Linked(link) => {
                    self.set_link(&link, false);
                }
                Undo::Unlinked(link) => {
                    self.set_link(&link, true);
                }
            }
        }
    }

    fn set_link(&mut self, link: &Link, present: bool) -> bool {
        let (from, member, to) = link;
        let mirrored = (to.clone(), *member, from.clone());
        if present {
            self.backward.insert(mirrored);
            self.forward.insert(link.clone())
        } else {
            self.backward.remove(&mirrored);
            self.forward.remove(link)
        }
    }

    fn replace(&mut self, id: &str, record: Option<Arc<Record>>) {
        let keys = record.as_ref().map(|record| record.unique()).unwrap_or_default();
        let before = match record {
            Some(record) => self.records.insert(id.to_owned(), record),
            None => self.records.remove(id),
        };
        for key in before.map(|before| before.unique()).unwrap_or_default() {
            self.unique.remove(&key);
        }
        for key in keys {
            self.unique.insert(key, id.to_owned());
        }
    }
}

fn range(links: &BTreeSet<Link>, end: &str, member: &'static str) -> Vec<String> {
    links
        .range((Bound::Included((end.to_owned(), member, String::new())), Bound::Unbounded))
        .take_while(|(first, name, _)| first == end && *name == member)
        .map(|(_, _, other)| other.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, system_id: &str) -> Record {
        let mut members = Map::new();
        members.insert("systemId".to_owned(), system_id.into());
        let accessible_after = Timestamp::UNIX_EPOCH;
        Record { id: id.to_owned(), entity: Entity::Saksmappe, owner: "enh".to_owned(), accessible_after, members }
    }

    #[test]
    fn what_fails_is_taken_back_whole() {
        let mut store = Store::default();
        store.put(record("sm_1", "a")).unwrap();
        store.link("sm_1", "arkivdel", "arkd_1");
        store.begin();
        store.put(record("sm_1", "b")).unwrap();
        store.put(record("sm_2", "a")).unwrap();
        store.link_only("sm_1", "arkivdel", "arkd_2");
        assert_eq!(store.put(record("sm_3", "a")), Err(Taken));
        store.remove("sm_1");
        store.roll_back();
        assert_eq!(store.get("sm_1").unwrap().text("systemId"), Some("a"));
        assert_eq!(store.holder(Entity::Saksmappe, "systemId", "a").unwrap(), "sm_1");
        assert_eq!(store.holder(Entity::Saksmappe, "systemId", "b"), None);
        assert_eq!((store.linked("sm_1", "arkivdel"), store.get("sm_2")), (vec!["arkd_1".to_owned()], None));
        assert_eq!(store.linking("arkd_1", "arkivdel"), ["sm_1"]);
        assert_eq!(store.all_linking("arkd_2"), []);
    }
}
