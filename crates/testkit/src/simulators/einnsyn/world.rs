//! Everything the simulated eInnsyn knows, and who may see and do what.

use std::collections::BTreeMap;

use sakarkiv_core::identity::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    entity::Entity,
    ids::{self, Ids},
    orders::{Message, OrderState},
    problem::Problem,
    received::Received,
    settings::{Settings, Unit},
    store::{self, Record, Store},
};

/// Units are followed upwards no further.
const DEPTH: usize = 20;

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) store: Store,
    pub(crate) ids: Ids,
    pub(crate) root: String,
    /// By secret.
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) orders: BTreeMap<String, OrderState>,
    /// How many deliveries to a unit fail yet.
    pub(crate) failing: BTreeMap<String, u32>,
    pub(crate) messages: Vec<Message>,
    pub(crate) received: Vec<Received>,
    /// What secrets are made of.
    secrets: u64,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The object that stands for it; none for the root's own.
    pub(crate) id: Option<String>,
    pub(crate) unit: String,
    pub(crate) expires: Option<Timestamp>,
}

/// On whose behalf something is done, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) unit: Option<String>,
    pub(crate) admin: bool,
    pub(crate) now: Timestamp,
}

impl Caller {
    /// A member of the public.
    pub(crate) const fn anybody(now: Timestamp) -> Self {
        Self { unit: None, admin: false, now }
    }
}

impl World {
    /// A service with its root unit and the root's key.
    pub(crate) fn new(now: Timestamp) -> Self {
        let mut world = Self {
            settings: Settings::default(),
            store: Store::default(),
            ids: Ids::default(),
            root: String::new(),
            keys: BTreeMap::new(),
            orders: BTreeMap::new(),
            failing: BTreeMap::new(),
            messages: Vec::new(),
            received: Vec::new(),
            secrets: 0,
        };
        world.root = world.unit(&Unit::new("Rot", "000000000"), "DUMMYENHET", now).unwrap_or_default();
        world
    }

    /// Adds a unit without asking anybody.
    pub(crate) fn unit(&mut self, unit: &Unit, kind: &str, now: Timestamp) -> Result<String, Problem> {
        let id = self.ids.make(Entity::Enhet, now);
        let mut record = Record {
            id: id.clone(),
            entity: Entity::Enhet,
            owner: id.clone(),
            accessible_after: now,
            members: serde_json::Map::new(),
        };
        for (name, value) in [
            ("navn", json!(unit.name)),
            ("orgnummer", json!(unit.organisation)),
            ("kontaktpunktEpost", json!(format!("kontakt@{}.example.org", unit.organisation))),
            ("innsynskravEpost", json!(format!("innsyn@{}.example.org", unit.organisation))),
            ("enhetstype", json!(kind)),
            ("eFormidling", json!(unit.e_formidling)),
            ("enhetskode", json!(unit.code)),
            ("orderXmlVersjon", json!(unit.order_version)),
            ("externalId", json!(format!("http://{id}"))),
            ("slug", json!(ids::slug(&format!("{}-{}", unit.name, unit.organisation)))),
        ] {
            if !value.is_null() {
                record.set(name, value);
            }
        }
        self.store.put(record).map_err(|_| Problem::integrity())?;
        let parent = unit.parent.clone().unwrap_or_else(|| self.root.clone());
        if !parent.is_empty() {
            self.store.link(&id, "parent", &parent);
        }
        Ok(id)
    }

    /// A new key for a unit.
    pub(crate) fn new_key(&mut self, unit: &str, id: Option<String>, expires: Option<Timestamp>) -> String {
        let secret = self.secret("secret");
        self.keys.insert(secret.clone(), Key { id, unit: unit.to_owned(), expires });
        secret
    }

    /// A secret that nobody guesses, and that is the same in every run.
    pub(crate) fn secret(&mut self, prefix: &str) -> String {
        self.secrets += 1;
        let digest = Sha256::digest(self.secrets.to_be_bytes());
        let (high, low) = digest.split_at(16);
        let block = |bytes: &[u8]| ids::base32(bytes.iter().fold(0, |bits, byte| (bits << 8) | u128::from(*byte)));
        format!("{prefix}_{}{}", block(high), block(low))
    }

    /// Whose a key is, acting as another unit when that is asked for.
    pub(crate) fn caller(&self, key: Option<&str>, acting_as: Option<&str>, now: Timestamp) -> Result<Caller, Problem> {
        let Some(key) = key else {
            return if acting_as.is_some() { Err(Problem::unauthenticated()) } else { Ok(Caller::anybody(now)) };
        };
        let known = self.keys.get(key).filter(|key| key.expires.is_none_or(|expires| expires > now));
        let own = known.map(|key| key.unit.clone()).ok_or_else(Problem::unauthenticated)?;
        let unit = match acting_as {
            None => own,
            Some(wanted) => {
                let target = self.resolve(Entity::Enhet, wanted);
                let handled = target.as_ref().is_some_and(|target| {
                    *target == wanted && self.store.one(target, "handteresAv").as_ref() == Some(&own)
                });
                target.filter(|target| handled || self.is_above(&own, target)).ok_or_else(Problem::unauthenticated)?
            }
        };
        let admin = self.store.one(&unit, "parent").is_none();
        Ok(Caller { unit: Some(unit), admin, now })
    }

    /// The eInnsyn id behind an id, system id, slug, external id or organisation number.
    pub(crate) fn resolve(&self, entity: Entity, text: &str) -> Option<String> {
        if Entity::of_id(text) == Some(entity) {
            return self.store.get(text).map(|record| record.id.clone());
        }
        if store::is_per_owner(entity) {
            return None;
        }
        let names = ["orgnummer", "systemId", "slug", "externalId"];
        names.into_iter().find_map(|name| self.store.holder(entity, name, text)).cloned()
    }

    /// Whether a unit is another one or stands above it.
    pub(crate) fn is_above(&self, above: &str, below: &str) -> bool {
        let mut unit = Some(below.to_owned());
        for _ in 0..DEPTH {
            match unit {
                Some(one) if one == above => return true,
                Some(one) => unit = self.store.one(&one, "parent"),
                None => return false,
            }
        }
        false
    }

    /// Whether the caller's unit owns an object or stands above its owner.
    pub(crate) fn owns(&self, caller: &Caller, record: &Record) -> bool {
        caller.unit.as_ref().is_some_and(|unit| !record.owner.is_empty() && self.is_above(unit, &record.owner))
    }

    /// Refuses changes to what belongs to others.
    pub(crate) fn may_change(&self, caller: &Caller, id: &str) -> Result<(), Problem> {
        let record = self.store.get(id).ok_or_else(Problem::not_found)?;
        if self.owns(caller, record) {
            Ok(())
        } else {
            Err(Problem::forbidden(format!("Not authorized to change {id}")))
        }
    }

    /// Whether an object is there for the caller: not held back, or the caller's own.
    pub(crate) fn shows(&self, caller: &Caller, record: &Record) -> bool {
        let held_back = record.accessible_after > caller.now;
        if held_back && !caller.admin && !self.owns(caller, record) {
            return false;
        }
        let folder = match record.entity {
            Entity::Journalpost => "saksmappe",
            Entity::Moetesak => "moetemappe",
            _ => return true,
        };
        let parent = self.store.one(&record.id, folder).and_then(|id| self.store.get(&id).cloned());
        parent.is_none_or(|parent| self.shows(caller, &parent))
    }

    /// The unit of a code, among a unit and those below it.
    pub(crate) fn unit_by_code(&self, code: &str, owner: &str) -> Option<String> {
        let has_code = |record: &Record| {
            record.text("enhetskode").is_some_and(|codes| codes.split(';').any(|one| one.trim() == code))
        };
        let mut found = self.store.all(Entity::Enhet).filter(|unit| has_code(unit) && self.is_above(owner, &unit.id));
        found.next().map(|unit| unit.id.clone())
    }
}
