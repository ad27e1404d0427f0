//! Objects as they are answered: to whom, and with what expanded.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    checks::text_of,
    entity::Entity,
    fields::{self, Check, Form},
    relations,
    store::Record,
    time,
    world::{Caller, World},
};

/// Which references are answered as whole objects: dotted paths, each with the paths it goes through.
pub(crate) type Expand = BTreeSet<String>;

/// The paths of a list of them. `a.b` implies `a`.
pub(crate) fn expand_list<'a>(paths: impl IntoIterator<Item = &'a str>) -> Expand {
    let mut found = Expand::new();
    for path in paths {
        found.extend(path.match_indices('.').filter_map(|(dot, _)| path.get(..dot)).map(str::to_owned));
        found.insert(path.to_owned());
    }
    found
}

/// The paths of the objects that came nested in a body: an answer expands what the request did.
pub(crate) fn expand_as_sent(body: &Map<String, Value>) -> Expand {
    fn walk(body: &Map<String, Value>, at: &str, found: &mut Expand) {
        for (name, value) in body {
            let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for nested in items.iter().filter_map(Value::as_object) {
                found.insert(path.clone());
                walk(nested, &path, found);
            }
        }
    }
    let mut found = Expand::new();
    walk(body, "", &mut found);
    found
}

impl World {
    /// One object as the caller may see it.
    pub(crate) fn show(&self, caller: &Caller, record: &Record, expand: &Expand) -> Value {
        self.show_at(caller, record, expand, "")
    }

    fn show_at(&self, caller: &Caller, record: &Record, expand: &Expand, at: &str) -> Value {
        let mut shown = Map::new();
        shown.insert("id".to_owned(), json!(record.id));
        shown.insert("entity".to_owned(), json!(record.entity.name()));
        if record.accessible_after > caller.now {
            shown.insert("accessibleAfter".to_owned(), json!(time::oslo(record.accessible_after)));
        }
        let own = caller.admin || self.owns(caller, record);
        for field in fields::of(record.entity) {
            if is_private(record.entity, field.name) && !own {
                continue;
            }
            let value = match field.form {
                Form::One(_) => {
                    self.referred(record, field.name).map(|id| self.show_reference(caller, &id, field.name, expand, at))
                }
                Form::Many(target) => self.show_list(caller, record, field.name, target, expand, at),
                Form::Text(Check::Moment) => {
                    record.text(field.name).map(|at| json!(moment(record.entity, field.name, at)))
                }
                _ => self.plain(record, field.name),
            };
            if let Some(value) = value {
                shown.insert(field.name.to_owned(), value);
            }
        }
        Value::Object(shown)
    }

    fn show_reference(&self, caller: &Caller, id: &str, name: &str, expand: &Expand, at: &str) -> Value {
        let path = if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        match self.store.get(id) {
            Some(record) if expand.contains(&path) => self.show_at(caller, record, expand, &path),
            _ => json!(id),
        }
    }

    /// The id behind a reference.
    fn referred(&self, record: &Record, name: &'static str) -> Option<String> {
        match name {
            "journalenhet" => Some(record.owner.clone()),
            "utvalgObjekt" if record.entity == Entity::Moetesak => {
                let meeting = self.store.one(&record.id, "moetemappe");
                self.store.one(meeting.as_ref().unwrap_or(&record.id), name)
            }
            _ => self.store.one(&record.id, name),
        }
    }

    fn show_list(
        &self,
        caller: &Caller,
        record: &Record,
        name: &'static str,
        target: Entity,
        expand: &Expand,
        at: &str,
    ) -> Option<Value> {
        // Only to be written; its own address lists it.
        if (record.entity, name) == (Entity::Saksmappe, "journalpost") {
            return None;
        }
        let ids = match relations::back(record.entity, target) {
            Some(back) => self.store.linking(&record.id, back),
            None => self.store.linked(&record.id, name),
        };
        let visible = |id: &&String| {
            Entity::of_id(id) == Some(target) && self.store.get(id).is_some_and(|child| self.shows(caller, child))
        };
        Some(ids.iter().filter(visible).map(|id| self.show_reference(caller, id, name, expand, at)).collect())
    }

    fn plain(&self, record: &Record, name: &str) -> Option<Value> {
        let number = |name: &str| record.members.get(name).and_then(text_of);
        match (record.entity, name) {
            (Entity::Saksmappe, "saksnummer") => {
                Some(json!(format!("{}/{}", number("saksaar")?, number("sakssekvensnummer")?)))
            }
            (Entity::Dokumentobjekt, "url") => {
                let address = format!("{}/dokumentobjekt/{}/download", self.settings.base_url, record.id);
                self.settings.download_addresses.then(|| json!(address))
            }
            (Entity::Moetesak, "utvalg") => {
                let meeting = self.store.one(&record.id, "moetemappe").and_then(|id| self.store.get(&id));
                meeting.map_or(record, |meeting| meeting).members.get(name).cloned()
            }
            (Entity::Innsynskrav, "email") => {
                let order = self.store.one(&record.id, "innsynskravBestilling")?;
                self.store.get(&order)?.members.get("email").cloned()
            }
            _ => record.members.get(name).cloned(),
        }
    }
}

/// What only the owner gets to see.
fn is_private(entity: Entity, name: &str) -> bool {
    matches!(
        (entity, name),
        (Entity::Journalpost, "journalsekvensnummer")
            | (Entity::Korrespondansepart, "saksbehandler" | "epostadresse" | "postnummer")
            | (Entity::Dokumentobjekt, "referanseDokumentfil")
    )
}

/// Moments come in UTC or with the offset of Oslo, depending on where they stand.
fn moment(entity: Entity, name: &str, at: &str) -> String {
    let oslo = match name {
        "publisertDato" | "oppdatertDato" => matches!(entity, Entity::Saksmappe | Entity::Moetemappe),
        "expiresAt" => true,
        _ => false,
    };
    if oslo { time::moment(at).map_or_else(|| at.to_owned(), time::oslo) } else { at.to_owned() }
}
