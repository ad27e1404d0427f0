use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::kind::{CLEARABLE, Kind, MOMENTS};

/// An object as it shall stand in eInnsyn, with all that hangs below it.
#[derive(Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Its system id; none for what eInnsyn shares by its content.
    pub(crate) id: Option<Uuid>,
    /// From when it may be seen.
    pub(crate) from: Option<Timestamp>,
    pub(crate) members: BTreeMap<&'static str, Value>,
    pub(crate) ones: BTreeMap<&'static str, Self>,
    pub(crate) lists: BTreeMap<&'static str, Vec<Self>>,
}

/// One call that brings eInnsyn nearer to what it shall show. Addresses are segments.
#[derive(Clone, PartialEq)]
pub(crate) enum Change {
    /// Sets what is given.
    Patch(Vec<String>, Value),
    /// Makes something below something else.
    Post(Vec<String>, Value),
    /// Takes something away.
    Delete(Vec<String>),
}

impl Node {
    pub(crate) fn new(kind: Kind, id: Option<Uuid>) -> Self {
        Self { kind, id, from: None, members: BTreeMap::new(), ones: BTreeMap::new(), lists: BTreeMap::new() }
    }

    /// Sets one of its members.
    pub(crate) fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.members.insert(member, value.into());
        self
    }

    /// Sets one of its members, when there is something to set.
    pub(crate) fn with_some(self, member: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(member, value),
            None => self,
        }
    }

    pub(crate) fn with_one(mut self, member: &'static str, node: Option<Self>) -> Self {
        if let Some(node) = node {
            self.ones.insert(member, node);
        }
        self
    }

    pub(crate) fn with_list(mut self, member: &'static str, nodes: Vec<Self>) -> Self {
        self.lists.insert(member, nodes);
        self
    }

    /// Keeps it, and all below it, from being seen before a moment.
    pub(crate) fn seen_from(mut self, moment: Timestamp) -> Self {
        self.hide_until(moment);
        self
    }

    fn hide_until(&mut self, moment: Timestamp) {
        // What is shared by its content is nobody's to hide.
        if self.kind != Kind::Skjerming {
            self.from = Some(self.from.map_or(moment, |from| from.max(moment)));
        }
        let below = self.ones.values_mut().chain(self.lists.values_mut().flatten());
        below.for_each(|node| node.hide_until(moment));
    }

    /// What is sent to make it, with all that hangs below it.
    pub(crate) fn body(&self, now: Timestamp) -> Map<String, Value> {
        let mut body: Map<String, Value> =
            self.members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        if let Some(id) = self.id {
            body.insert("systemId".to_owned(), json!(id.to_string()));
        }
        if let Some(from) = self.from.filter(|from| *from > now) {
            body.insert("accessibleAfter".to_owned(), json!(moment(from)));
        }
        for (name, node) in &self.ones {
            body.insert((*name).to_owned(), Value::Object(node.body(now)));
        }
        for (name, nodes) in self.lists.iter().filter(|(_, nodes)| !nodes.is_empty()) {
            let all = nodes.iter().map(|node| Value::Object(node.body(now)));
            body.insert((*name).to_owned(), all.collect());
        }
        body
    }

    /// A digest of all that it shows, equal to that of [`digest_of`] when eInnsyn shows the same.
    pub(crate) fn digest(&self) -> String {
        let whole: Value = Value::Object(self.body(Timestamp::MAX_UTC));
        digest_of(self.kind, &whole)
    }

    /// The calls that make of what eInnsyn shows (with everything expanded) this object. First what takes away or hides,
    /// then what adds, so that nothing is shown longer than it must be.
    pub(crate) fn changes(&self, remote: &Value, now: Timestamp) -> Vec<Change> {
        let (mut first, mut then) = (Vec::new(), Vec::new());
        self.compare(remote, now, &mut first, &mut then);
        first.append(&mut then);
        first
    }

    fn compare(&self, remote: &Value, now: Timestamp, first: &mut Vec<Change>, then: &mut Vec<Change>) {
        let shape = self.kind.shape();
        let address = [shape.path.to_owned(), text(remote, "id").to_owned()];
        let mut patch = self.changed_members(remote, now);
        for (name, kind) in shape.ones {
            let theirs = remote.get(*name).filter(|one| one.is_object());
            match (self.ones.get(name), theirs) {
                (Some(ours), Some(theirs)) if ours.is_same(theirs) => ours.compare(theirs, now, first, then),
                (Some(ours), Some(theirs)) if ours.id.is_none() && digest_of(*kind, theirs) == ours.digest() => {}
                (Some(ours), _) => {
                    patch.insert((*name).to_owned(), Value::Object(ours.body(now)));
                }
                (None, Some(theirs)) => first.push(Change::Delete(self.removal(&address, name, *kind, theirs))),
                (None, None) => {}
            }
        }
        if !patch.is_empty() {
            first.push(Change::Patch(address.to_vec(), Value::Object(patch)));
        }
        for (name, kind) in shape.lists {
            let ours = self.lists.get(name).map_or(&[][..], Vec::as_slice);
            let theirs = remote.get(*name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            for remote in theirs.iter().filter(|theirs| !ours.iter().any(|ours| ours.is_same(theirs))) {
                first.push(Change::Delete(self.removal(&address, name, *kind, remote)));
            }
            for node in ours {
                match theirs.iter().find(|theirs| node.is_same(theirs)) {
                    Some(theirs) => node.compare(theirs, now, first, then),
                    None => {
                        let [parent, id] = address.clone();
                        let below = vec![parent, id, (*name).to_owned()];
                        then.push(Change::Post(below, Value::Object(node.body(now))));
                    }
                }
            }
        }
    }

    fn changed_members(&self, remote: &Value, now: Timestamp) -> Map<String, Value> {
        let mut patch = Map::new();
        for name in self.kind.shape().members {
            let theirs = remote.get(*name).filter(|value| !value.is_null());
            match self.members.get(name) {
                Some(ours) if theirs.is_some_and(|theirs| is_same_value(name, ours, theirs)) => {}
                Some(ours) => drop(patch.insert((*name).to_owned(), ours.clone())),
                None if CLEARABLE.contains(name) && theirs.is_some_and(|theirs| theirs != "") => {
                    patch.insert((*name).to_owned(), json!(""));
                }
                None => {}
            }
        }
        // eInnsyn makes the readable address of the first title and keeps it, so it would tell what that title told.
        let slug = text(remote, "slug");
        let address = self.id.map(|id| id.to_string()).filter(|id| slug != id && slug.contains(char::is_alphabetic));
        if let Some(address) = address.filter(|_| patch.contains_key("offentligTittel")) {
            patch.insert("slug".to_owned(), json!(address));
        }
        // Shown only while it lies ahead.
        let theirs = remote.get("accessibleAfter").and_then(instant);
        let ours = self.from.filter(|from| *from > now);
        if theirs.map(|at| at.timestamp()) != ours.map(|at| at.timestamp()) {
            patch.insert("accessibleAfter".to_owned(), json!(moment(self.from.unwrap_or(now))));
        }
        patch
    }

    fn is_same(&self, remote: &Value) -> bool {
        self.id.is_some_and(|id| text(remote, "systemId") == id.to_string())
    }

    /// The address by which something below it is taken away: what may hang in several places is taken off this one.
    fn removal(&self, address: &[String], name: &str, kind: Kind, child: &Value) -> Vec<String> {
        let id = text(child, "id").to_owned();
        if matches!(kind, Kind::Skjerming | Kind::Dokumentbeskrivelse) {
            return address.iter().cloned().chain([name.to_owned(), id]).collect();
        }
        vec![kind.shape().path.to_owned(), id]
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("kind", &self.kind).field("id", &self.id).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Patch(path, _) => write!(f, "PATCH /{}", path.join("/")),
            Self::Post(path, _) => write!(f, "POST /{}", path.join("/")),
            Self::Delete(path) => write!(f, "DELETE /{}", path.join("/")),
        }
    }
}

/// A digest of all that an object shows, in whatever order its parts stand. What a server says on its own is left out.
pub(crate) fn digest_of(kind: Kind, object: &Value) -> String {
    let hash = Sha256::digest(plain(kind, object).to_string());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn plain(kind: Kind, object: &Value) -> Value {
    let shape = kind.shape();
    let mut plain = Map::new();
    // A date that was taken away cannot be cleared; that is no difference anybody could mend.
    for name in shape.members.iter().filter(|name| **name != "dokumentetsDato") {
        let value = object.get(*name).filter(|value| !value.is_null() && *value != "");
        if let Some(value) = value {
            let moment = MOMENTS.contains(name).then(|| instant(value)).flatten();
            plain.insert((*name).to_owned(), moment.map_or_else(|| value.clone(), |at| json!(at.timestamp())));
        }
    }
    if let Some(id) = object.get("systemId") {
        plain.insert("systemId".to_owned(), id.clone());
    }
    for (name, kind) in shape.ones {
        if let Some(one) = object.get(*name).filter(|one| one.is_object()) {
            plain.insert((*name).to_owned(), self::plain(*kind, one));
        }
    }
    for (name, kind) in shape.lists {
        let all = object.get(*name).and_then(Value::as_array).into_iter().flatten();
        let mut all: Vec<Value> = all.map(|one| self::plain(*kind, one)).collect();
        all.sort_by_key(ToString::to_string);
        if !all.is_empty() {
            plain.insert((*name).to_owned(), Value::Array(all));
        }
    }
    Value::Object(plain)
}

/// A member that is a text, or nothing.
pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A moment as eInnsyn takes it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A moment as eInnsyn gives it, with whatever offset.
pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|at| at.to_utc())
}

fn is_same_value(name: &str, ours: &Value, theirs: &Value) -> bool {
    match (MOMENTS.contains(&name).then(|| instant(ours)).flatten(), instant(theirs)) {
        (Some(ours), Some(theirs)) => ours.timestamp() == theirs.timestamp(),
        _ => ours == theirs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + chrono::Duration::hours(hours)
    }

    fn entry() -> Node {
        let screening = Node::new(Kind::Skjerming, None).with("tilgangsrestriksjon", "UO");
        let party = Node::new(Kind::Korrespondansepart, Some(Uuid::from_u128(2))).with("korrespondansepartNavn", "Ola");
        let file = Node::new(Kind::Dokumentobjekt, Some(Uuid::from_u128(4))).with("referanseDokumentfil", "https://x");
        let document = Node::new(Kind::Dokumentbeskrivelse, Some(Uuid::from_u128(3)))
            .with("tittel", "Klage")
            .with("dokumenttype", "Brev")
            .with_list("dokumentobjekt", vec![file]);
        Node::new(Kind::Journalpost, Some(Uuid::from_u128(1)))
            .with("offentligTittel", "Klage")
            .with_one("skjerming", Some(screening))
            .with_list("korrespondansepart", vec![party])
            .with_list("dokumentbeskrivelse", vec![document])
    }

    /// What eInnsyn shows of an object that was made: the same, with ids of its own at every step.
    fn shown(node: &Node) -> Value {
        fn named(value: &mut Value, next: &mut u32) {
            match value {
                Value::Object(members) => {
                    members.insert("id".to_owned(), json!(format!("x_{next}")));
                    *next += 1;
                    members.values_mut().for_each(|member| named(member, next));
                }
                Value::Array(items) => items.iter_mut().for_each(|item| named(item, next)),
                _ => {}
            }
        }
        let mut value = Value::Object(node.body(at(0)));
        named(&mut value, &mut 1);
        value
    }

    fn calls(node: &Node, remote: &Value) -> Vec<String> {
        node.changes(remote, at(0)).iter().map(|change| format!("{change:?}")).collect()
    }

    #[test]
    fn what_is_shown_as_it_shall_be_needs_no_call_and_has_the_same_digest() {
        let node = entry();
        assert_eq!(calls(&node, &shown(&node)), [""; 0]);
        assert_eq!(digest_of(Kind::Journalpost, &shown(&node)), node.digest());
        let other = node.clone().with("offentligTittel", "Nabomerknad");
        assert_ne!(other.digest(), node.digest());
    }

    #[test]
    fn what_takes_away_or_hides_goes_before_what_adds() {
        let remote = shown(&entry());
        let added =
            Node::new(Kind::Korrespondansepart, Some(Uuid::from_u128(9))).with("korrespondansepartNavn", "Kari");
        let node = Node { ones: BTreeMap::new(), ..entry() }
            .with("offentligTittel", "*****")
            .with_list("korrespondansepart", vec![added])
            .with_list("dokumentbeskrivelse", Vec::new());
        let remote_id = |path: &str| remote.pointer(path).and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(
            calls(&node, &remote),
            [
                format!("DELETE /journalpost/x_1/skjerming/{}", remote_id("/skjerming/id")),
                "PATCH /journalpost/x_1".to_owned(),
                format!("DELETE /korrespondansepart/{}", remote_id("/korrespondansepart/0/id")),
                format!("DELETE /journalpost/x_1/dokumentbeskrivelse/{}", remote_id("/dokumentbeskrivelse/0/id")),
                "POST /journalpost/x_1/korrespondansepart".to_owned(),
            ]
        );
    }

    #[test]
    fn what_cannot_be_cleared_is_emptied() {
        let node = entry();
        let mut remote = shown(&node);
        remote["dokumentbeskrivelse"][0]["dokumenttype"] = json!("Fortrolig notat");
        let mut bare = node;
        bare.lists.get_mut("dokumentbeskrivelse").unwrap()[0].members.remove("dokumenttype");
        let changes = bare.changes(&remote, at(0));
        let [Change::Patch(_, body)] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!(body, &json!({"dokumenttype": ""}));
    }

    #[test]
    fn all_of_a_tree_is_held_back_and_let_go_again() {
        let hidden = entry().seen_from(at(5));
        let body = Value::Object(hidden.body(at(0)));
        for path in ["", "/korrespondansepart/0", "/dokumentbeskrivelse/0", "/dokumentbeskrivelse/0/dokumentobjekt/0"] {
            let held = body.pointer(&format!("{path}/accessibleAfter")).and_then(instant);
            assert_eq!(held, Some(at(5)), "{path}");
        }
        assert!(body.pointer("/skjerming/accessibleAfter").is_none(), "what is shared is nobody's to hide");
        let mut remote = shown(&hidden);
        assert_eq!(calls(&hidden, &remote), [""; 0]);
        assert_eq!(calls(&entry(), &remote).len(), 4, "each is let go");
        remote["accessibleAfter"] = json!("1970-01-01T06:00:00+01:00");
        assert_eq!(calls(&hidden, &remote), [""; 0], "the same moment with another offset");
    }

    #[test]
    fn debug_shows_no_content() {
        let node = entry();
        let changes = node.changes(&json!({"id": "jp_1"}), at(0));
        assert!(!format!("{node:?} {changes:?}").contains("Klage"));
    }
}
