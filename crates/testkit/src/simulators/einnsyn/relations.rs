//! How objects hang together, and what eInnsyn works out by itself: units, old words, addresses.

use serde_json::{Map, Value};

use super::{
    checks::text_of,
    entity::Entity,
    fields::{self, Form},
    ids,
    problem::Problem,
    store::Record,
    world::World,
};

/// What an object is to the one that refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Lives elsewhere.
    Named,
    /// Belongs to it alone.
    Owned,
    /// May belong to several, and goes with the last.
    Shared,
}

pub(crate) const fn role(target: Entity) -> Role {
    match target {
        Entity::Skjerming | Entity::Moetedeltaker | Entity::Identifikator => Role::Shared,
        Entity::Utredning | Entity::Vedtak | Entity::Moetesaksbeskrivelse | Entity::Behandlingsprotokoll => Role::Owned,
        _ => Role::Named,
    }
}

/// The member by which a child names its parent; nothing when the parent names the child.
pub(crate) fn back(parent: Entity, child: Entity) -> Option<&'static str> {
    if (parent, child) == (Entity::Enhet, Entity::Enhet) {
        return Some("parent");
    }
    fields::find(child, parent.path()).filter(|field| field.form == Form::One(parent)).map(|field| field.name)
}

/// The kinds that go when an object goes, other than those in its own lists.
pub(crate) const fn below(parent: Entity) -> &'static [Entity] {
    match parent {
        Entity::Arkiv => &[Entity::Arkiv, Entity::Arkivdel],
        Entity::Arkivdel => &[Entity::Klasse, Entity::Klassifikasjonssystem, Entity::Saksmappe, Entity::Moetemappe],
        Entity::Klassifikasjonssystem | Entity::Klasse => &[Entity::Klasse],
        Entity::Enhet => &[Entity::ApiKey],
        _ => &[],
    }
}

const PARTY_KINDS: [&str; 7] = [
    "avsender",
    "mottaker",
    "kopimottaker",
    "gruppemottaker",
    "intern_avsender",
    "intern_mottaker",
    "intern_kopimottaker",
];
const PARTY_NAMESPACE: &str = "http://www.arkivverket.no/standarder/noark5/arkivstruktur/";

/// Old codes and addresses for the words of today.
pub(crate) fn translate_old_words(record: &mut Record, body: &Map<String, Value>) {
    let sent = |name: &str| body.get(name).and_then(text_of);
    match record.entity {
        Entity::Journalpost => {
            if let Some(old) = sent("legacyJournalposttype") {
                record.set("journalposttype", entry_kind(&old));
            } else if record.text("legacyJournalposttype").is_none() {
                let kind = record.text("journalposttype").unwrap_or_default().to_owned();
                record.set("legacyJournalposttype", kind);
            }
        }
        Entity::Moetesak => {
            if let Some(old) = sent("legacyMoetesakstype") {
                record.set("moetesakstype", matter_kind(&old));
            } else if record.text("legacyMoetesakstype").is_none() {
                let kind = record.text("moetesakstype").unwrap_or_default().to_owned();
                record.set("legacyMoetesakstype", kind);
            }
        }
        Entity::Korrespondansepart => {
            if let Some(kind) = sent("korrespondanseparttype") {
                record.set("korrespondanseparttype", party_kind(&kind));
            }
        }
        _ => {}
    }
}

fn party_kind(text: &str) -> String {
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let word = text.strip_prefix(PARTY_NAMESPACE).unwrap_or(text);
    PARTY_KINDS.into_iter().find(|kind| plain(kind) == plain(word)).unwrap_or(text).to_owned()
}

fn entry_kind(text: &str) -> &'static str {
    let text = without_norwegian_letters(text);
    let has = |word: &str| text.contains(word);
    if has("organinternt") && has("uten") {
        "organinternt_dokument_uten_oppfoelging"
    } else if has("organinternt") {
        "organinternt_dokument_for_oppfoelging"
    } else if has("inngaaende") || has("innkommende") {
        "inngaaende_dokument"
    } else if has("utgaaende") {
        "utgaaende_dokument"
    } else {
        let known = ["saksframlegg", "sakskart", "moeteprotokoll", "moetebok"];
        known.into_iter().find(|word| has(word)).unwrap_or("ukjent")
    }
}

fn matter_kind(text: &str) -> &'static str {
    let text = without_norwegian_letters(text);
    let known = ["politisk", "delegert", "interpellasjon", "godkjenning", "orientering", "referat", "moete"];
    known.into_iter().find(|word| text.contains(word)).unwrap_or("annet")
}

fn without_norwegian_letters(text: &str) -> String {
    text.to_lowercase().replace('å', "aa").replace('ø', "oe").replace('æ', "ae")
}

impl World {
    /// Which unit handles a case, entry or meeting: by its code, by the folder it lies in, else the unit that owns it.
    pub(crate) fn settle_units(&mut self, id: &str, body: &Map<String, Value>) -> Result<(), Problem> {
        let mut record = Record::clone(self.store.get(id).ok_or_else(Problem::not_found)?);
        let (code, unit, folder) = match record.entity {
            Entity::Saksmappe => ("administrativEnhet", "administrativEnhetObjekt", None),
            Entity::Moetemappe => ("utvalg", "utvalgObjekt", None),
            Entity::Journalpost => ("administrativEnhet", "administrativEnhetObjekt", Some("saksmappe")),
            Entity::Moetesak => ("utvalg", "utvalgObjekt", Some("moetemappe")),
            _ => return Ok(()),
        };
        let folder = folder.and_then(|member| self.store.one(id, member)).and_then(|id| self.store.get(&id).cloned());
        let folder_unit = folder.as_ref().and_then(|folder| self.store.one(&folder.id, unit));
        let sent_code = body.get(code).and_then(text_of);
        if let (Some(sent), true) = (&sent_code, !body.contains_key(unit)) {
            let found = self.unit_by_code(sent, &record.owner).or_else(|| folder_unit.clone());
            if let Some(found) = found {
                self.store.link_only(id, unit, &found);
            }
        }
        if self.store.one(id, unit).is_none() {
            let fallback = folder_unit.unwrap_or_else(|| record.owner.clone());
            self.store.link_only(id, unit, &fallback);
            let folder_code = folder.as_ref().and_then(|folder| folder.text(code));
            if let (None, Some(folder_code)) = (record.text(code), folder_code) {
                record.set(code, folder_code);
            }
        }
        if let (Entity::Moetesak, None, Some(folder)) = (record.entity, record.number("moetesaksaar"), &folder) {
            let year = folder.text("moetedato").and_then(|at| at.get(..4)).and_then(|year| year.parse::<i64>().ok());
            if let Some(year) = year {
                record.set("moetesaksaar", year);
            }
        }
        self.store.put(record).map_err(|_| Problem::integrity())
    }

    /// The party that is responsible for an entry says which unit handles it.
    pub(crate) fn settle_units_from_parties(&mut self, id: &str) -> Result<(), Problem> {
        let mut record = Record::clone(self.store.get(id).ok_or_else(Problem::not_found)?);
        if record.entity == Entity::Korrespondansepart {
            let entry = self.store.one(id, "journalpost");
            return entry.map_or(Ok(()), |entry| self.settle_units_from_parties(&entry));
        }
        if record.entity != Entity::Journalpost {
            return Ok(());
        }
        let code = self.parties(id).into_iter().find_map(|party| {
            let code = party.text("administrativEnhet").map(str::to_owned);
            code.filter(|_| party.flag("erBehandlingsansvarlig"))
        });
        let Some(code) = code else { return Ok(()) };
        let folder = self.store.one(id, "saksmappe");
        let unit = self
            .unit_by_code(&code, &record.owner)
            .or_else(|| folder.and_then(|folder| self.store.one(&folder, "administrativEnhetObjekt")))
            .unwrap_or_else(|| record.owner.clone());
        self.store.link_only(id, "administrativEnhetObjekt", &unit);
        record.set("administrativEnhet", code);
        self.store.put(record).map_err(|_| Problem::integrity())
    }

    /// The parties of an entry, in the order of their making.
    pub(crate) fn parties(&self, entry: &str) -> Vec<Record> {
        let linking = self.store.linking(entry, "journalpost").into_iter();
        linking
            .filter_map(|id| self.store.get(&id))
            .filter(|record| record.entity == Entity::Korrespondansepart)
            .map(|record| Record::clone(record))
            .collect()
    }

    /// The readable address, made once and kept whatever the title becomes. One that is taken gets a suffix.
    pub(crate) fn settle_slug(&mut self, id: &str) -> Result<(), Problem> {
        let mut record = Record::clone(self.store.get(id).ok_or_else(Problem::not_found)?);
        if record.text("slug").is_some() {
            return Ok(());
        }
        let Some(base) = self.slug_base(&record) else { return Ok(()) };
        let Some(slug) = ids::slug(&base) else { return Ok(()) };
        let taken = self.store.holder(record.entity, "slug", &slug).is_some();
        let suffix: String = id.chars().skip(id.len().saturating_sub(12)).take(6).collect();
        record.set("slug", if taken { format!("{slug}-{suffix}") } else { slug });
        self.store.put(record).map_err(|_| Problem::integrity())
    }

    fn slug_base(&self, record: &Record) -> Option<String> {
        let number = |record: &Record, name: &str| record.number(name).map(|number| number.to_string());
        let folder = |member| self.store.one(&record.id, member).and_then(|id| self.store.get(&id).cloned());
        let mut parts: Vec<Option<String>> = Vec::new();
        match record.entity {
            Entity::Saksmappe => parts.extend(["saksaar", "sakssekvensnummer"].map(|name| number(record, name))),
            Entity::Journalpost => {
                if let Some(case) = folder("saksmappe") {
                    parts.extend(["saksaar", "sakssekvensnummer"].map(|name| number(&case, name)));
                }
                parts.push(number(record, "journalsekvensnummer"));
            }
            Entity::Moetemappe => {
                parts.push(record.text("moetedato").and_then(|at| at.get(..4)).map(str::to_owned));
                parts.push(record.text("moetenummer").map(str::to_owned));
            }
            Entity::Moetesak => {
                parts.extend(["moetesaksaar", "moetesakssekvensnummer"].map(|name| number(record, name)));
            }
            Entity::Moetedokument => {}
            Entity::Enhet => return record.text("navn").map(str::to_owned),
            _ => return None,
        }
        parts.push(record.text("offentligTittel").map(str::to_owned));
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join("-"))
    }
}
