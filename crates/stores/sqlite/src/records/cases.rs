//! Cases and their numbers.

use rusqlite::{Connection, named_params, params};
use sakarkiv_core::{
    case::{Case, CaseContents, CaseNumber, CaseStatus, NewCase},
    identity::{ActorId, CaseId, TenantId, Timestamp, UnitId},
    ports::{CaseFilter, StoreError},
};

use super::{
    all, body, change, counters, entries,
    external_keys::{self, Sort},
    invalid, one, own, year_of,
};
use crate::codec::{FORMAT, from_body, from_word, int, to_body, word};

pub(crate) fn open(
    db: &Connection,
    tenant: &TenantId,
    id: CaseId,
    case: &NewCase,
    year: i32,
    at: Timestamp,
) -> Result<CaseNumber, StoreError> {
    if version(db, tenant, id)?.is_some() {
        return Err(StoreError::Duplicate { what: "case" });
    }
    let sequence = counters::take(db, tenant, &format!("case/{year}"), 1)?;
    let sequence = u32::try_from(sequence).map_err(invalid)?;
    let number = CaseNumber::new(year_of(year)?, sequence).map_err(invalid)?;
    let case = case.clone().open(id, tenant.clone(), number, at).map_err(invalid)?;
    let sql = "INSERT INTO cases (tenant, id, year, sequence, version, unit, kind, status, handler, series, format, body)
               VALUES (:tenant, :id, :year, :sequence, :version, :unit, :kind, :status, :handler, :series, :format, :body)";
    let id = id.uuid();
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":id": id.as_bytes(),
        ":year": year,
        ":sequence": sequence,
        ":version": int(case.version()),
        ":unit": case.unit().as_str(),
        ":kind": word("case kind", &case.kind())?,
        ":status": word("case status", &case.status())?,
        ":handler": case.case_handler().map(ActorId::as_str),
        ":series": case.series(),
        ":format": FORMAT,
        ":body": to_body("case", &case)?,
    };
    change(db, sql, row)?;
    external_keys::put(db, tenant, (Sort::Case, id), false, case.external_keys())?;
    Ok(number)
}

pub(crate) fn put(db: &Connection, tenant: &TenantId, case: &Case) -> Result<(), StoreError> {
    own(tenant, case.tenant(), "case")?;
    let stored = version(db, tenant, case.id())?.ok_or(StoreError::NotFound { what: "case" })?;
    if stored != int(case.version()) {
        return Err(StoreError::Conflict { what: "case" });
    }
    let case = case.clone().with_version(case.version().saturating_add(1));
    let sql = "UPDATE cases SET version = :version, unit = :unit, kind = :kind, status = :status, handler = :handler,
                                series = :series, format = :format, body = :body
               WHERE tenant = :tenant AND id = :id";
    let id = case.id().uuid();
    let row = named_params! {
        ":tenant": tenant.as_str(),
        ":id": id.as_bytes(),
        ":version": int(case.version()),
        ":unit": case.unit().as_str(),
        ":kind": word("case kind", &case.kind())?,
        ":status": word("case status", &case.status())?,
        ":handler": case.case_handler().map(ActorId::as_str),
        ":series": case.series(),
        ":format": FORMAT,
        ":body": to_body("case", &case)?,
    };
    change(db, sql, row)?;
    external_keys::put(db, tenant, (Sort::Case, id), true, case.external_keys())
}

/// Takes the stored case a step on, given what is in it at this moment.
pub(crate) fn step(
    db: &Connection,
    tenant: &TenantId,
    id: CaseId,
    to: CaseStatus,
    (by, at): (&ActorId, Timestamp),
) -> Result<(), StoreError> {
    let case = get(db, tenant, id)?.ok_or(StoreError::NotFound { what: "case" })?;
    let contents = CaseContents::count(&entries::of_case(db, tenant, id)?);
    put(db, tenant, &case.move_to(to, &contents, by, at).map_err(invalid)?)
}

pub(crate) fn get(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<Option<Case>, StoreError> {
    let sql = "SELECT format, body FROM cases WHERE tenant = ?1 AND id = ?2";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], body)?;
    row.map(|(format, body)| from_body("case", format, &body)).transpose()
}

pub(crate) fn by_number(db: &Connection, tenant: &TenantId, number: CaseNumber) -> Result<Option<Case>, StoreError> {
    let sql = "SELECT format, body FROM cases WHERE tenant = ?1 AND year = ?2 AND sequence = ?3";
    let row = one(db, sql, params![tenant.as_str(), number.year(), number.sequence()], body)?;
    row.map(|(format, body)| from_body("case", format, &body)).transpose()
}

/// SQLite does not fold letters beyond `a` to `z`, so titles are compared here.
pub(crate) fn list(
    db: &Connection,
    tenant: &TenantId,
    filter: &CaseFilter,
    mut after: Option<CaseNumber>,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    if filter.title.is_none() {
        return page(db, tenant, filter, after, limit);
    }
    let mut found = Vec::new();
    while found.len() < limit {
        let cases = page(db, tenant, filter, after, PAGE)?;
        let last = cases.len() < PAGE;
        after = cases.last().map(Case::number);
        found.extend(cases.into_iter().filter(|case| filter.takes(case)));
        if last {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

fn page(
    db: &Connection,
    tenant: &TenantId,
    filter: &CaseFilter,
    after: Option<CaseNumber>,
    limit: usize,
) -> Result<Vec<Case>, StoreError> {
    // From the later of two places, so that a page of a year does not begin with the years before.
    let from = after.map_or((0, 0), |number| (i32::from(number.year()), number.sequence()));
    let (year, sequence) = filter.year.map_or(from, |year| from.max((year, 0)));
    let sql = page_of(filter);
    let params = named_params! {
        ":tenant": tenant.as_str(),
        ":year": year,
        ":sequence": sequence,
        ":last": filter.year.unwrap_or(i32::MAX),
        ":kind": filter.kind.map(|kind| word("case kind", &kind)).transpose()?,
        ":status": filter.status.map(|status| word("case status", &status)).transpose()?,
        ":series": filter.series,
        ":unit": filter.unit.as_ref().map(UnitId::as_str),
        ":handler": filter.handler.as_ref().map(ActorId::as_str),
        ":class": filter.class.as_ref().map(|class| class.expose().as_str()),
        ":key_system": filter.key.as_ref().map(|key| key.system.as_str()),
        ":key_kind": filter.key.as_ref().map(|key| key.kind.as_str()),
        ":key": filter.key.as_ref().map(|key| key.value.expose().as_str()),
        ":limit": int(limit),
    };
    let rows = all(db, &sql, params, body)?;
    rows.into_iter().map(|(format, body)| from_body("case", format, &body)).collect()
}

/// Unit, handler and key have indexes, which SQLite uses only when the condition is there for certain. Few cases have a key:
/// where one is asked for, the pluses keep SQLite from walking all of a tenant, a unit or a handler in their order instead.
fn page_of(filter: &CaseFilter) -> String {
    let (plus, key) = if filter.key.is_some() { ("+", BY_KEY) } else { ("", NO_KEY) };
    let named = |column: &str, asked: bool| {
        if asked { format!("{plus}{column} = :{column}") } else { format!(":{column} IS NULL") }
    };
    let (unit, handler) = (named("unit", filter.unit.is_some()), named("handler", filter.handler.is_some()));
    format!(
        "SELECT format, body FROM cases
         WHERE tenant = :tenant AND ({plus}year, {plus}sequence) > (:year, :sequence) AND {plus}year <= :last
           AND (:kind IS NULL OR kind = :kind) AND (:status IS NULL OR status = :status)
           AND (:series IS NULL OR series = :series)
           AND (:class IS NULL OR body ->> '$.class' = :class) AND {unit} AND {handler} AND {key}
         ORDER BY {plus}year, {plus}sequence LIMIT :limit"
    )
}

const BY_KEY: &str = "id IN (SELECT record FROM external_keys WHERE tenant = :tenant AND system = :key_system
                                   AND kind = :key_kind AND value = :key AND sort = 0)";
const NO_KEY: &str = ":key_system IS NULL AND :key_kind IS NULL AND :key IS NULL";

/// How many cases are read at once while looking for a title.
const PAGE: usize = 200;

/// Counts one more entry of a case; gives the case's number and the entry's number in it.
pub(crate) fn next_entry(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<(CaseNumber, u32), StoreError> {
    let sql = "UPDATE cases SET entries = entries + 1 WHERE tenant = ?1 AND id = ?2
               RETURNING year, sequence, entries, status";
    let row = one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let (year, sequence, entry, status) = row.ok_or(StoreError::NotFound { what: "case" })?;
    if !from_word::<CaseStatus>("case status", status)?.takes_entries() {
        return Err(invalid("the case is closed: reopen it, or register in another"));
    }
    let unreadable = |_| StoreError::Corrupt("a case has a number that is none".to_owned());
    Ok((CaseNumber::new(year, sequence).map_err(unreadable)?, entry))
}

fn version(db: &Connection, tenant: &TenantId, id: CaseId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT version FROM cases WHERE tenant = ?1 AND id = ?2";
    one(db, sql, params![tenant.as_str(), id.uuid().as_bytes()], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use sakarkiv_core::{screening::Private, text::ExternalKey};

    use super::*;
    use crate::records::tests::plan;

    #[test]
    fn cases_are_found_by_their_key_however_many_there_are() {
        let mut filter = CaseFilter::default();
        let key = ExternalKey { system: "skole".to_owned(), kind: "sak".to_owned(), value: Private::from("elev/1") };
        for key in [None, Some(key)] {
            for unit in [None, UnitId::new("skole").ok()] {
                for handler in [None, ActorId::new("lærer-1").ok()] {
                    filter.key.clone_from(&key);
                    filter.unit.clone_from(&unit);
                    filter.handler = handler;
                    let plan = plan(&page_of(&filter));
                    if key.is_some() {
                        let keys =
                            "external_keys USING PRIMARY KEY (tenant=? AND system=? AND kind=? AND value=? AND sort=?)";
                        assert!(plan.contains("(tenant=? AND id=?)") && plan.contains(keys), "{plan}");
                    } else {
                        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{plan}");
                    }
                }
            }
        }
    }
}
