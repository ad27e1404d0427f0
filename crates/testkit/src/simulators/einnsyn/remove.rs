//! Deletion, with everything that goes along.

use super::{
    entity::Entity,
    fields::{self, Form},
    problem::Problem,
    relations::{self, Role},
    store::Record,
    world::{Caller, World},
};

impl World {
    /// Deletes an object and what belongs to it. Everything on the way must be the caller's own.
    pub(crate) fn delete(&mut self, caller: &Caller, id: &str) -> Result<(), Problem> {
        self.may_change(caller, id)?;
        let record = Record::clone(self.store.get(id).ok_or_else(Problem::not_found)?);
        if record.entity == Entity::Enhet {
            self.refuse_unit_in_use(id)?;
        }
        for child in self.children(&record) {
            if self.store.get(&child).is_some() {
                self.delete(caller, &child)?;
            }
        }
        let shared = self.shared(&record);
        self.keys.retain(|_, key| key.id.as_deref() != Some(id));
        self.store.remove(id);
        for (child, always) in shared {
            if always {
                self.delete(caller, &child)?;
            } else {
                self.delete_if_unused(caller, &child)?;
            }
        }
        Ok(())
    }

    /// Deletes a shared object that nothing refers to any more.
    pub(crate) fn delete_if_unused(&mut self, caller: &Caller, id: &str) -> Result<(), Problem> {
        if self.store.get(id).is_some() && !self.is_used(id) {
            return self.delete(caller, id);
        }
        Ok(())
    }

    /// Whether something still refers to a shared object.
    fn is_used(&self, id: &str) -> bool {
        self.store.all_linking(id).iter().any(|(_, from)| Entity::of_id(from) != Some(Entity::Dokumentobjekt))
    }

    /// What belongs to an object alone.
    fn children(&self, record: &Record) -> Vec<String> {
        let mut found = Vec::new();
        let mut naming = |child: Entity| {
            let back = relations::back(record.entity, child);
            let linking = back.map(|back| self.store.linking(&record.id, back)).unwrap_or_default();
            found.extend(linking.into_iter().filter(|id| Entity::of_id(id) == Some(child)));
        };
        for field in fields::of(record.entity) {
            if let Form::Many(child) = field.form {
                naming(child);
            }
        }
        relations::below(record.entity).iter().copied().for_each(naming);
        found
    }

    /// What an object refers to and may take along: always, or when nothing else refers to it.
    fn shared(&self, record: &Record) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        for field in fields::of(record.entity) {
            let always = match field.form {
                Form::One(target) if relations::role(target) == Role::Owned => true,
                Form::One(target) if relations::role(target) == Role::Shared => false,
                // Documents of a decision go with it, even when they are used elsewhere.
                Form::Many(target) if relations::back(record.entity, target).is_none() => {
                    matches!(field.name, "vedtaksdokument" | "votering")
                }
                _ => continue,
            };
            found.extend(self.store.linked(&record.id, field.name).into_iter().map(|id| (id, always)));
        }
        found
    }

    fn refuse_unit_in_use(&self, id: &str) -> Result<(), Problem> {
        let owns = |entity| self.store.all(entity).any(|record| self.is_above(id, &record.owner));
        if [Entity::Saksmappe, Entity::Moetemappe, Entity::Moetesak].into_iter().any(owns) {
            return Err(Problem::forbidden("Not authorized to delete an Enhet that has content"));
        }
        Ok(())
    }
}
