//! Search: filters and words over entries, cases, meetings and matters.

use std::cmp::Ordering;

use chrono::Months;
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    checks::text_of,
    entity::Entity,
    paging::{Query, invalid},
    problem::Problem,
    store::Record,
    time,
    world::{Caller, World},
};

const KINDS: [Entity; 4] = [Entity::Journalpost, Entity::Moetemappe, Entity::Moetesak, Entity::Saksmappe];
const SORTS: [&str; 16] = [
    "administrativEnhetNavn",
    "dokumentetsDato",
    "entity",
    "fulltekst",
    "id",
    "journaldato",
    "journalpostnummer",
    "journalposttype",
    "korrespondansepartNavn",
    "moetedato",
    "oppdatertDato",
    "publisertDato",
    "sakssekvensnummer",
    "score",
    "standardDato",
    "tittel",
];
const DATES: [&str; 6] =
    ["publisertDato", "oppdatertDato", "journaldato", "dokumentetsDato", "moetedato", "standardDato"];
const NUMBERS: [&str; 7] = [
    "saksaar",
    "sakssekvensnummer",
    "journalpostnummer",
    "journalsekvensnummer",
    "moetesaksaar",
    "moetesakssekvensnummer",
    "saksnummer",
];

/// The words of one object by which it is found.
struct Words {
    titles: Vec<String>,
    parties: Vec<String>,
    bases: Vec<String>,
}

impl World {
    /// One page of what fits a query.
    pub(crate) fn search(&self, caller: &Caller, query: &Query) -> Result<Value, Problem> {
        let (limit, ascending, expand) = (query.limit()?, query.ascending()?, query.expand()?);
        let sort = query.one("sortBy").unwrap_or("score");
        if !SORTS.contains(&sort) {
            return Err(invalid("sortBy", sort, "must be one of the allowed values"));
        }
        let mut found = Vec::new();
        for record in KINDS.into_iter().flat_map(|kind| self.store.all(kind)) {
            if self.shows(caller, record) && !self.is_hidden(record) && self.fits(caller, record, query)? {
                found.push((self.sort_value(record, sort), record));
            }
        }
        let order =
            |a: &(String, &Record), b: &(String, &Record)| compare(&a.0, &b.0).then_with(|| a.1.id.cmp(&b.1.id));
        let mut sorted: Vec<(String, &Record)> = found.into_iter().map(|(value, record)| (value, &**record)).collect();
        sorted.sort_by(|a, b| if ascending { order(a, b) } else { order(b, a) });
        let after = cursor(query, "startingAfter")?;
        let before = cursor(query, "endingBefore")?;
        let position = |(value, id): &(String, String)| {
            sorted.iter().position(|(other, record)| {
                let order = compare(other, value).then_with(|| record.id.cmp(id));
                order == Ordering::Equal || (order == Ordering::Greater) == ascending
            })
        };
        let exact = |cursor: &(String, String)| sorted.iter().any(|(_, record)| record.id == cursor.1);
        let (start, end) = match (&after, &before) {
            (Some(cursor), _) => {
                let start = position(cursor).map_or(sorted.len(), |at| at + usize::from(exact(cursor)));
                (start, sorted.len().min(start + limit))
            }
            (None, Some(cursor)) => {
                let end = position(cursor).unwrap_or(sorted.len());
                (end.saturating_sub(limit), end)
            }
            (None, None) => (0, sorted.len().min(limit)),
        };
        let page = sorted.get(start..end).unwrap_or_default();
        let mut answer = Map::new();
        let items: Vec<Value> = page.iter().map(|(_, record)| self.show(caller, record, &expand)).collect();
        answer.insert("items".to_owned(), json!(items));
        if let (true, Some((value, record))) = (end < sorted.len(), page.last()) {
            let link = query.link("startingAfter", "endingBefore", &[value, &record.id]);
            answer.insert("next".to_owned(), json!(link));
        }
        if let (true, Some((value, record))) = (start > 0, page.first()) {
            let link = query.link("endingBefore", "startingAfter", &[value, &record.id]);
            answer.insert("previous".to_owned(), json!(link));
        }
        Ok(Value::Object(answer))
    }

    /// Whether the unit that handles it is hidden from searches.
    fn is_hidden(&self, record: &Record) -> bool {
        self.unit_of(record).and_then(|unit| self.store.get(&unit)).is_some_and(|unit| unit.flag("skjult"))
    }

    fn unit_of(&self, record: &Record) -> Option<String> {
        let handling = ["administrativEnhetObjekt", "utvalgObjekt"];
        handling.into_iter().find_map(|member| self.store.one(&record.id, member))
    }

    fn fits(&self, caller: &Caller, record: &Record, query: &Query) -> Result<bool, Problem> {
        let kinds = query.all("entity");
        if let Some(unknown) = kinds.iter().find(|name| KINDS.iter().all(|kind| kind.name() != **name)) {
            return Err(invalid("entity", unknown, "must be one of the allowed values"));
        }
        let words = self.words(record, caller.now);
        let any = |given: &[&str], has: &dyn Fn(&str) -> bool| given.is_empty() || given.iter().any(|one| has(one));
        let every = |name: &str, texts: &[String]| query.all(name).iter().all(|wanted| is_in(wanted, texts));
        let all_texts: Vec<String> =
            [&words.titles, &words.parties, &words.bases].into_iter().flatten().cloned().collect();
        let plain = any(&kinds, &|name| record.entity.name() == name)
            && any(&query.all("ids"), &|id| record.id == id || record.text("systemId") == Some(id))
            && any(&query.all("externalIds"), &|id| record.text("externalId") == Some(id))
            && any(&query.all("journalposttype"), &|kind| record.text("journalposttype") == Some(kind))
            && NUMBERS
                .iter()
                .all(|name| any(&query.all(name), &|wanted| self.number(record, name).as_deref() == Some(wanted)))
            && every("tittel", &words.titles)
            && every("korrespondansepartNavn", &words.parties)
            && every("skjermingshjemmel", &words.bases)
            && query.one("query").is_none_or(|text| says(text, &all_texts))
            && query.one("fulltext").is_none_or(|wanted| (wanted == "true") == self.has_full_text(record));
        Ok(plain && self.fits_units(record, query)? && fits_dates(record, query, caller.now)?)
    }

    fn fits_units(&self, record: &Record, query: &Query) -> Result<bool, Problem> {
        let unit = self.unit_of(record).unwrap_or_default();
        let concerned = |name: &str, exact: bool| {
            let mut hit = None;
            for wanted in query.all(name) {
                let wanted = self.resolve(Entity::Enhet, wanted).ok_or_else(|| Problem::bad("Unknown Enhet"))?;
                let one = if exact { wanted == unit } else { self.is_above(&wanted, &unit) };
                hit = Some(hit.unwrap_or(false) || one);
            }
            Ok::<_, Problem>(hit)
        };
        let among = [concerned("administrativEnhet", false)?, concerned("administrativEnhetExact", true)?];
        let not_among =
            [concerned("excludeAdministrativEnhet", false)?, concerned("excludeAdministrativEnhetExact", true)?];
        Ok(among.into_iter().all(|hit| hit != Some(false)) && not_among.into_iter().all(|hit| hit != Some(true)))
    }

    /// Texts with names count only in the first year after publication.
    fn words(&self, record: &Record, now: Timestamp) -> Words {
        let published = record.text("publisertDato").and_then(time::moment);
        let fresh = published.is_some_and(|at| now.checked_sub_months(Months::new(12)).is_some_and(|year| at > year));
        let both = |record: &Record, plain: &str| {
            let with_names = record.text(&format!("{plain}Sensitiv")).filter(|_| fresh);
            record.text(plain).into_iter().chain(with_names).map(str::to_owned).collect::<Vec<_>>()
        };
        let documents = self.store.linked(&record.id, "dokumentbeskrivelse");
        let mut titles = both(record, "offentligTittel");
        titles
            .extend(documents.iter().filter_map(|id| self.store.get(id)).flat_map(|document| both(document, "tittel")));
        let parties = self.parties(&record.id).iter().flat_map(|party| both(party, "korrespondansepartNavn")).collect();
        let screening = self.store.one(&record.id, "skjerming").and_then(|id| self.store.get(&id));
        let basis = screening.and_then(|screening| screening.text("skjermingshjemmel"));
        Words { titles, parties, bases: basis.into_iter().map(str::to_owned).collect() }
    }

    fn has_full_text(&self, record: &Record) -> bool {
        let documents = self.store.linked(&record.id, "dokumentbeskrivelse");
        documents.iter().any(|document| {
            !self
                .store
                .linking(document, "dokumentbeskrivelse")
                .iter()
                .all(|from| Entity::of_id(from) != Some(Entity::Dokumentobjekt))
        })
    }

    fn number(&self, record: &Record, name: &str) -> Option<String> {
        let case = self.store.one(&record.id, "saksmappe").and_then(|id| self.store.get(&id));
        let of = |name: &str| {
            let own = record.members.get(name);
            own.or_else(|| case.and_then(|case| case.members.get(name))).and_then(text_of)
        };
        if name == "saksnummer" {
            return Some(format!("{}/{}", of("saksaar")?, of("sakssekvensnummer")?));
        }
        of(name)
    }

    fn sort_value(&self, record: &Record, sort: &str) -> String {
        match sort {
            "id" => record.id.clone(),
            "entity" => record.entity.name().to_owned(),
            "tittel" => record.text("offentligTittel").unwrap_or_default().to_lowercase(),
            "standardDato" => standard_date(record).unwrap_or_default(),
            "fulltekst" => self.has_full_text(record).to_string(),
            "korrespondansepartNavn" => {
                let first = self.parties(&record.id).into_iter().next();
                first.and_then(|party| party.text("korrespondansepartNavn").map(str::to_lowercase)).unwrap_or_default()
            }
            "administrativEnhetNavn" => {
                let unit = self.unit_of(record).and_then(|id| self.store.get(&id));
                unit.and_then(|unit| unit.text("navn")).unwrap_or_default().to_lowercase()
            }
            // No text weighs more than another here, so the date decides.
            "score" => record.text("publisertDato").unwrap_or_default().to_owned(),
            other => self.number(record, other).unwrap_or_default(),
        }
    }
}

fn standard_date(record: &Record) -> Option<String> {
    let own = match record.entity {
        Entity::Journalpost => record.text("journaldato"),
        Entity::Moetemappe => record.text("moetedato"),
        Entity::Saksmappe => record.text("saksdato"),
        _ => None,
    };
    own.or_else(|| record.text("publisertDato")).map(str::to_owned)
}

fn fits_dates(record: &Record, query: &Query, now: Timestamp) -> Result<bool, Problem> {
    for name in DATES {
        let own = if name == "standardDato" { standard_date(record) } else { record.text(name).map(str::to_owned) };
        let own = own.and_then(|text| time::bound(&text, false, now));
        for (suffix, upper) in [("From", false), ("To", true)] {
            let parameter = format!("{name}{suffix}");
            let Some(text) = query.one(&parameter) else { continue };
            let limit =
                time::bound(text, upper, now).ok_or_else(|| invalid(&parameter, text, "must be a date or a moment"))?;
            if own.is_none_or(|own| if upper { own > limit } else { own < limit }) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn cursor(query: &Query, name: &str) -> Result<Option<(String, String)>, Problem> {
    match query.all(name).as_slice() {
        [] => Ok(None),
        [value, id] => Ok(Some(((*value).to_owned(), (*id).to_owned()))),
        other => Err(invalid(name, &format!("{} values", other.len()), "size must be between 2 and 2")),
    }
}

fn compare(a: &str, b: &str) -> Ordering {
    match (a.parse::<i64>(), b.parse::<i64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

fn is_in(wanted: &str, texts: &[String]) -> bool {
    let wanted = wanted.trim_matches('"').to_lowercase();
    texts.iter().any(|text| text.to_lowercase().contains(&wanted))
}

/// Alternatives between `|`; within one every word or phrase must be there, and none with a minus before it.
fn says(query: &str, texts: &[String]) -> bool {
    query.split('|').any(|alternative| {
        let mut terms = Vec::new();
        for (index, part) in alternative.split('"').enumerate() {
            if index % 2 == 1 {
                terms.push((part.to_owned(), false));
                continue;
            }
            let words = part.split([' ', '(', ')', '+']).filter(|word| !word.is_empty());
            terms.extend(
                words.map(|word| {
                    word.strip_prefix('-').map_or((word.to_owned(), false), |word| (word.to_owned(), true))
                }),
            );
        }
        !terms.is_empty() && terms.iter().all(|(term, excluded)| is_in(term, texts) != *excluded)
    })
}
