//! Making and changing objects, with everything nested in them.

use serde_json::{Map, Value, json};

use super::{
    checks::{text_of, whole_of},
    entity::Entity,
    fields::{self, Form},
    problem::Problem,
    relations::{self, Role},
    store::{self, Record, SCREENING},
    time,
    world::{Caller, World},
};

/// The object that a new one is made below: the member of the new one that names it, and its id.
pub(crate) type Below<'a> = Option<(&'static str, &'a str)>;

impl World {
    /// A new object of its own. One that has the same unique values already is a conflict.
    pub(crate) fn add(
        &mut self,
        caller: &Caller,
        entity: Entity,
        body: &Map<String, Value>,
        below: Below<'_>,
    ) -> Result<String, Problem> {
        if let Some((field, id)) = self.same(caller, entity, body) {
            return Err(Problem::conflict(&id, field));
        }
        self.create(caller, entity, body, below)
    }

    /// A nested object: an existing one by id, an existing one that the new data then change, or a new one.
    pub(crate) fn find_or_create(
        &mut self,
        caller: &Caller,
        entity: Entity,
        value: &Value,
        below: Below<'_>,
    ) -> Result<String, Problem> {
        let body = value.as_object();
        let existing = match (value, body) {
            (Value::String(id), _) => {
                Some(self.resolve(entity, id).ok_or_else(|| Problem::bad("The given ID was not found."))?)
            }
            (_, Some(body)) => self.same(caller, entity, body).map(|(_, id)| id),
            _ => return Err(Problem::unreadable()),
        };
        let Some(id) = existing else {
            return self.create(caller, entity, body.unwrap_or(&Map::new()), below);
        };
        self.may_change(caller, &id)?;
        if let Some((member, parent)) = below {
            self.store.link_only(&id, member, parent);
        }
        if let Some(body) = body {
            self.fill(caller, &id, body)?;
        }
        Ok(id)
    }

    /// A change of an existing object: what is given is set, what is not stays.
    pub(crate) fn update(&mut self, caller: &Caller, id: &str, body: &Map<String, Value>) -> Result<(), Problem> {
        self.may_change(caller, id)?;
        self.fill(caller, id, body)
    }

    fn create(
        &mut self,
        caller: &Caller,
        entity: Entity,
        body: &Map<String, Value>,
        below: Below<'_>,
    ) -> Result<String, Problem> {
        let unowned = matches!(entity, Entity::Innsynskrav | Entity::InnsynskravBestilling);
        let id = self.ids.make(entity, caller.now);
        let owner = match (&caller.unit, entity) {
            _ if unowned => String::new(),
            (Some(_), Entity::Enhet) => id.clone(),
            (Some(unit), _) => unit.clone(),
            (None, _) => return Err(Problem::forbidden(format!("Not authenticated to add {}.", entity.name()))),
        };
        let mut record = Record { id: id.clone(), entity, owner, accessible_after: caller.now, members: Map::new() };
        if !unowned && entity != Entity::ApiKey {
            record.set("externalId", format!("http://{id}"));
        }
        if fields::find(entity, "publisertDato").is_some() {
            record.set("publisertDato", time::utc(caller.now));
        }
        if entity == Entity::Matrikkelnummer {
            record.set("festenummer", 0);
            record.set("seksjonsnummer", 0);
        }
        // What must not occur twice is set with the rest, so nothing can be taken yet.
        self.store.put(record).map_err(|_| Problem::integrity())?;
        if let Some((member, parent)) = below {
            self.store.link_only(&id, member, parent);
        }
        self.fill(caller, &id, body)?;
        Ok(id)
    }

    /// The existing object that a body means, and the member that tells.
    fn same(&self, caller: &Caller, entity: Entity, body: &Map<String, Value>) -> Option<(&'static str, String)> {
        let text = |name: &str| body.get(name).and_then(text_of);
        let owner = text("journalenhet")
            .and_then(|unit| self.resolve(Entity::Enhet, &unit))
            .or_else(|| caller.unit.clone())
            .unwrap_or_default();
        let per_owner = store::is_per_owner(entity);
        let external = text("externalId").map(|id| if per_owner { store::scoped(&id, &owner) } else { id });
        let screening = (entity == Entity::Skjerming).then(|| {
            let (basis, code) = (text("skjermingshjemmel"), text("tilgangsrestriksjon"));
            store::screening(basis.as_deref(), code.as_deref(), &owner)
        });
        let system_id = text("systemId").filter(|_| !per_owner);
        let candidates = [
            ("systemId", system_id),
            ("externalId", external),
            ("orgnummer", text("orgnummer")),
            (SCREENING, screening),
        ];
        candidates.into_iter().find_map(|(name, value)| {
            let holder = self.store.holder(entity, name, &value?)?;
            Some((name, holder.clone()))
        })
    }

    /// Takes over what a body says.
    fn fill(&mut self, caller: &Caller, id: &str, body: &Map<String, Value>) -> Result<(), Problem> {
        let mut record = Record::clone(self.store.get(id).ok_or_else(Problem::not_found)?);
        let entity = record.entity;
        self.take_owner(caller, &mut record, body)?;
        take_plain(caller, &mut record, body)?;
        relations::translate_old_words(&mut record, body);
        self.store.put(record).map_err(|_| Problem::integrity())?;
        for field in fields::of(entity) {
            let Some(value) = body.get(field.name).filter(|value| !value.is_null()) else { continue };
            if let (Form::One(target), true) = (field.form, field.name != "journalenhet")
                && relations::role(target) == Role::Named
            {
                self.name(caller, id, field.name, target, value)?;
            }
        }
        self.settle_units(id, body)?;
        for field in fields::of(entity) {
            let Some(value) = body.get(field.name).filter(|value| !value.is_null()) else { continue };
            match field.form {
                Form::One(target) if relations::role(target) != Role::Named => {
                    self.replace(caller, id, field.name, target, value)?;
                }
                Form::Many(target) => self.append(caller, id, field.name, target, value)?,
                _ => {}
            }
        }
        self.settle_units_from_parties(id)?;
        self.settle_slug(id)
    }

    /// The unit that owns it, when the body names one.
    fn take_owner(&self, caller: &Caller, record: &mut Record, body: &Map<String, Value>) -> Result<(), Problem> {
        let Some(wanted) = body.get("journalenhet").filter(|value| !value.is_null()) else { return Ok(()) };
        let found = wanted.as_str().and_then(|unit| self.resolve(Entity::Enhet, unit));
        let own = caller.unit.as_ref().zip(found).filter(|(own, wanted)| self.is_above(own, wanted));
        let (_, wanted) = own.ok_or_else(|| Problem::forbidden("Not authorized to set journalenhet"))?;
        record.owner = wanted;
        Ok(())
    }

    /// A reference to something that lives elsewhere.
    fn name(
        &mut self,
        caller: &Caller,
        id: &str,
        member: &'static str,
        target: Entity,
        value: &Value,
    ) -> Result<(), Problem> {
        let text =
            value.as_str().ok_or_else(|| Problem::bad(format!("{member} must be the id of an existing object")))?;
        let found = self.resolve(target, text).ok_or_else(|| Problem::bad("The given ID was not found."))?;
        if matches!(
            (target, member),
            (Entity::Moetemappe, "moetemappe") | (Entity::Enhet, "administrativEnhetObjekt" | "parent")
        ) {
            self.may_change(caller, &found)?;
        }
        if (target, member) == (Entity::Enhet, "parent") && self.is_above(id, &found) {
            return Err(Problem::bad("Enhet cannot be reparented to itself or its own descendant"));
        }
        self.store.link_only(id, member, &found);
        // Meetings name each other.
        match member {
            "referanseForrigeMoete" => self.store.link_only(&found, "referanseNesteMoete", id),
            "referanseNesteMoete" => self.store.link_only(&found, "referanseForrigeMoete", id),
            _ => {}
        }
        Ok(())
    }

    /// The one nested object of a member, in place of the one before.
    fn replace(
        &mut self,
        caller: &Caller,
        id: &str,
        member: &'static str,
        target: Entity,
        value: &Value,
    ) -> Result<(), Problem> {
        let old = self.store.one(id, member);
        let replaced_first = self.store.get(id).is_some_and(|record| record.entity == Entity::Moetesak);
        if let (true, Some(old)) = (replaced_first, &old) {
            self.store.unlink(id, member, old);
            self.delete(caller, old)?;
        }
        if target == Entity::Behandlingsprotokoll {
            self.only_new(caller, target, value)?;
        }
        let new = self.find_or_create(caller, target, value, None)?;
        self.store.link_only(id, member, &new);
        match old {
            Some(old) if !replaced_first && old != new => match relations::role(target) {
                Role::Shared => self.delete_if_unused(caller, &old),
                _ => self.delete(caller, &old),
            },
            _ => Ok(()),
        }
    }

    /// The nested objects of a list, in addition to those before.
    fn append(
        &mut self,
        caller: &Caller,
        id: &str,
        member: &'static str,
        target: Entity,
        value: &Value,
    ) -> Result<(), Problem> {
        let parent = self.store.get(id).ok_or_else(Problem::not_found)?.entity;
        // Never read on the other side, which tells nobody.
        if (parent, target) == (Entity::Moetesak, Entity::Korrespondansepart) {
            return Ok(());
        }
        for item in value.as_array().into_iter().flatten() {
            match target {
                Entity::Matrikkelnummer if item.is_string() => {
                    return Err(Problem::bad("Cannot create a Matrikkelnummer with an ID set"));
                }
                Entity::Enhet if item.is_string() => return Err(Problem::bad("Move not implemented")),
                Entity::Votering | Entity::Innsynskrav => self.only_new(caller, target, item)?,
                _ => {}
            }
            self.attach(caller, id, member, target, item)?;
        }
        Ok(())
    }

    /// One nested object of a list.
    pub(crate) fn attach(
        &mut self,
        caller: &Caller,
        id: &str,
        member: &'static str,
        target: Entity,
        item: &Value,
    ) -> Result<String, Problem> {
        let parent = self.store.get(id).ok_or_else(Problem::not_found)?.entity;
        let Some(back) = relations::back(parent, target) else {
            let child = self.find_or_create(caller, target, item, None)?;
            self.store.link(id, member, &child);
            return Ok(child);
        };
        if let (Entity::Matrikkelnummer, Some(body)) = (target, item.as_object())
            && let Some(same) = self.same_property(id, back, body)
        {
            return Ok(same);
        }
        self.find_or_create(caller, target, item, Some((back, id)))
    }

    /// Refuses a reference to, or the same unique values as, something that exists.
    fn only_new(&self, caller: &Caller, entity: Entity, value: &Value) -> Result<(), Problem> {
        let body = value.as_object().ok_or_else(|| Problem::bad("Cannot create an object with an ID set"))?;
        match self.same(caller, entity, body) {
            Some((field, id)) => Err(Problem::conflict(&id, field)),
            None => Ok(()),
        }
    }

    fn same_property(&self, parent: &str, back: &'static str, body: &Map<String, Value>) -> Option<String> {
        let wanted = |name: &str| body.get(name).and_then(whole_of).or(Some(0));
        let numbers = ["gaardsnummer", "bruksnummer", "festenummer", "seksjonsnummer"];
        self.store.linking(parent, back).into_iter().find(|id| {
            self.store.get(id).is_some_and(|one| {
                one.entity == Entity::Matrikkelnummer
                    && one.text("kommunenummer").map(str::to_owned) == body.get("kommunenummer").and_then(text_of)
                    && numbers.iter().all(|name| one.number(name) == wanted(name))
            })
        })
    }
}

/// Texts, numbers, flags and moments.
fn take_plain(caller: &Caller, record: &mut Record, body: &Map<String, Value>) -> Result<(), Problem> {
    let entity = record.entity;
    if fields::find(entity, "oppdatertDato").is_some() {
        record.set("oppdatertDato", time::utc(caller.now));
    }
    for field in fields::of(entity) {
        let Some(value) = body.get(field.name).filter(|value| !value.is_null()) else { continue };
        let text = text_of(value).unwrap_or_default();
        match (field.form, field.name) {
            (_, "noekkelord") => {}
            // Only the delivery sets it.
            (_, "sent") => {}
            (_, "publisertDato" | "oppdatertDato") if !caller.admin => {
                return Err(Problem::forbidden(format!("{} will be set automatically", field.name)));
            }
            (_, "accessibleAfter") => {
                if let Some(at) = time::moment(&text) {
                    record.accessible_after = at;
                }
            }
            (Form::Text(fields::Check::Moment), name) => {
                if let Some(at) = time::moment(&text) {
                    record.set(name, time::utc(at));
                }
            }
            (Form::Text(_), name) => record.set(name, text),
            (Form::Whole(_), name) => record.set(name, json!(whole_of(value))),
            (Form::Flag, name) => record.set(name, text == "true"),
            (Form::Texts, name) => record.set(name, value.clone()),
            (Form::One(_) | Form::Many(_), _) => {}
        }
    }
    Ok(())
}
