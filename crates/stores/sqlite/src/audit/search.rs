//! Searches.

use rusqlite::{Connection, params_from_iter, types::Value};
use sakarkiv_audit::{AuditCursor, AuditPage, AuditQuery, SearchOrder};
use sakarkiv_core::{identity::TenantId, ports::StoreError};

use super::{
    log,
    row::{self, COLUMNS, Logs},
};
use crate::{
    codec::{int, nanos},
    error::database,
};

/// How many entries a search looks at before it answers with what it has.
const MOST_LOOKED_AT: usize = 20_000;

/// How many entries of an index are counted to see which of several is the narrowest.
const MOST_COUNTED: i64 = 1_000;

/// A column with an index, and what it must hold.
struct Way {
    index: &'static str,
    column: &'static str,
    value: Value,
}

/// From the first place on and before the second, as moment and id of an entry.
type Span = ((i64, i64), (i64, i64));

pub(super) fn search(
    db: &Connection,
    tenant: &TenantId,
    query: &AuditQuery,
    order: SearchOrder,
    after: Option<AuditCursor>,
    limit: usize,
) -> Result<AuditPage, StoreError> {
    search_among(db, (tenant, query), order, after, (limit, MOST_LOOKED_AT))
}

fn search_among(
    db: &Connection,
    (tenant, query): (&TenantId, &AuditQuery),
    order: SearchOrder,
    after: Option<AuditCursor>,
    (limit, most): (usize, usize),
) -> Result<AuditPage, StoreError> {
    let Some(logs) = log::logs(db, tenant)? else { return Ok(AuditPage::default()) };
    let span = span(query, order, after, logs.owner);
    if limit == 0 || span.0 >= span.1 {
        return Ok(AuditPage::default());
    }
    let (sql, values) = match narrowest(db, ways(query), logs.owner, span)? {
        Some(way) => by_index(way, logs.owner, span, order),
        None => by_time(&logs, query, span, order),
    };
    let mut statement = db.prepare_cached(&sql).map_err(database)?;
    let mut rows = statement.query(params_from_iter(values)).map_err(database)?;
    let (mut page, mut looked_at) = (AuditPage::default(), 0);
    let mut last = None;
    while let Some(row) = rows.next().map_err(database)? {
        // Only now it is known that there is more.
        if page.entries.len() == limit || looked_at == most {
            page.next = last;
            break;
        }
        let bare = row::read(row).map_err(database)?.bare(&logs)?;
        looked_at += 1;
        last = Some(bare.found.cursor());
        if query.takes(&bare.found.entry.header) {
            page.entries.push(bare.with_fields(db)?);
        }
    }
    Ok(page)
}

/// The indexes that lead to what is asked for, the one that is narrowest most often first.
fn ways(query: &AuditQuery) -> Vec<Way> {
    let text = |text: &str| Value::Text(text.to_owned());
    let ways = [
        ("audit_object", "object", query.object.as_ref().map(|object| Value::Blob(row::object_key(object)))),
        ("audit_client", "client", query.client.as_deref().map(text)),
        ("audit_actor", "actor", query.actor.as_ref().map(|actor| text(actor.as_str()))),
        ("audit_activity", "activity", query.activity.as_ref().map(|activity| text(activity.as_str()))),
    ];
    ways.into_iter().filter_map(|(index, column, value)| Some(Way { index, column, value: value? })).collect()
}

/// Of several ways the one with the fewest entries, as far as is worth counting. SQLite itself does not know: a service user
/// has millions of entries and a clerk a hundred.
fn narrowest(db: &Connection, mut ways: Vec<Way>, owner: i64, span: Span) -> Result<Option<Way>, StoreError> {
    if ways.len() < 2 {
        return Ok(ways.pop());
    }
    let mut best = None;
    for way in ways {
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM audit_entries INDEXED BY {} WHERE {SPAN} AND owner = ?5 AND {} = ?6
                                   LIMIT {MOST_COUNTED})",
            way.index, way.column
        );
        let values = of_span(span).into_iter().chain([Value::Integer(owner), way.value.clone()]);
        let count: i64 = db
            .prepare_cached(&sql)
            .and_then(|mut query| query.query_row(params_from_iter(values), |row| row.get(0)))
            .map_err(database)?;
        if best.as_ref().is_none_or(|(fewest, _)| count < *fewest) {
            best = Some((count, way));
        }
    }
    Ok(best.map(|(_, way)| way))
}

/// What [`of_span`] gives the values for.
const SPAN: &str = "(at, id) >= (?1, ?2) AND (at, id) < (?3, ?4)";

fn of_span(((from, first), (until, end)): Span) -> [Value; 4] {
    [from, first, until, end].map(Value::Integer)
}

fn span(query: &AuditQuery, order: SearchOrder, after: Option<AuditCursor>, owner: i64) -> Span {
    let from = (query.from.map_or(i64::MIN, nanos), i64::MIN);
    let until = query.until.map_or((i64::MAX, i64::MAX), |until| (nanos(until), i64::MIN));
    let Some(after) = after else { return (from, until) };
    let at = (nanos(after.at), row::id(owner, int(after.place)));
    match order {
        SearchOrder::NewestFirst => (from, until.min(at)),
        SearchOrder::OldestFirst => (from.max((at.0, at.1.saturating_add(1))), until),
    }
}

fn by_index(way: Way, owner: i64, span: Span, order: SearchOrder) -> (String, Vec<Value>) {
    let Way { index, column, value } = way;
    let sql = format!(
        "SELECT {COLUMNS} FROM audit_entries INDEXED BY {index} WHERE {SPAN} AND owner = ?5 AND {column} = ?6
         ORDER BY {}",
        in_order(order)
    );
    (sql, of_span(span).into_iter().chain([Value::Integer(owner), value]).collect())
}

/// The tenant's logs side by side, or the one that is asked for.
fn by_time(logs: &Logs, query: &AuditQuery, span: Span, order: SearchOrder) -> (String, Vec<Value>) {
    let wanted = logs.numbers.iter().filter(|(class, _)| query.class.is_none_or(|only| only == *class));
    let wanted: Vec<i64> = wanted.map(|(_, log)| *log).collect();
    // A number that no log has stands for a log that was never begun.
    let numbers = if wanted.is_empty() { vec![-1] } else { wanted };
    let arm = |nth: usize| {
        format!("SELECT {COLUMNS} FROM audit_entries INDEXED BY audit_time WHERE {SPAN} AND log = ?{}", nth + 5)
    };
    let arms: Vec<String> = (0..numbers.len()).map(arm).collect();
    let sql = format!("{} ORDER BY {}", arms.join(" UNION ALL "), in_order(order));
    (sql, of_span(span).into_iter().chain(numbers.into_iter().map(Value::Integer)).collect())
}

const fn in_order(order: SearchOrder) -> &'static str {
    match order {
        SearchOrder::NewestFirst => "at DESC, id DESC",
        SearchOrder::OldestFirst => "at, id",
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use sakarkiv_core::{
        audit::{Activity, AuditEvent, AuditOutcome, LogClass, ObjectRef},
        identity::{ActorId, Timestamp},
    };

    use super::*;
    use crate::{audit::SystemEntropy, migrate};

    fn tenant() -> TenantId {
        TenantId::new("bodo").unwrap()
    }

    fn actor(nth: i64) -> ActorId {
        ActorId::new(format!("u{nth}")).unwrap()
    }

    /// Entries a second apart, every tenth of them refused, every hundredth by another.
    fn log(entries: i64) -> Connection {
        let mut db = Connection::open_in_memory().unwrap();
        migrate::migrate(&mut db, migrate::MIGRATIONS, &SystemEntropy::default()).unwrap();
        for nth in 0..entries {
            let at = Timestamp::UNIX_EPOCH + TimeDelta::seconds(nth);
            let outcome = if nth % 10 == 0 { AuditOutcome::Refused } else { AuditOutcome::Done };
            let who = actor(i64::from(nth % 100 == 0));
            let event = AuditEvent::new(at, tenant(), who, Activity::Read, ObjectRef::Log).ended(outcome);
            log::append(&db, &tenant(), &event, &SystemEntropy::default()).unwrap();
        }
        db
    }

    #[test]
    fn a_search_for_the_rare_answers_after_a_while_and_goes_on_to_the_end() {
        let db = log(100);
        let mut query = AuditQuery::default();
        query.outcome = Some(AuditOutcome::Refused);
        let (mut after, mut pages) = (None, Vec::new());
        loop {
            let page = search_among(&db, (&tenant(), &query), SearchOrder::NewestFirst, after, (50, 15)).unwrap();
            pages.push(page.entries.len());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(pages, [1, 2, 1, 2, 1, 2, 1], "ten of a hundred, fifteen looked at for each page");
    }

    #[test]
    fn the_narrowest_of_several_ways_is_taken() {
        let db = log(200);
        let owner = log::logs(&db, &tenant()).unwrap().unwrap().owner;
        let whole = span(&AuditQuery::default(), SearchOrder::NewestFirst, None, owner);
        let mut query = AuditQuery::default();
        query.activity = Some(Activity::Read);
        for (who, index) in [(0, "audit_actor"), (1, "audit_actor"), (2, "audit_actor")] {
            query.actor = Some(actor(who));
            assert_eq!(narrowest(&db, ways(&query), owner, whole).unwrap().unwrap().index, index);
        }
        query.activity = Some(Activity::Printed);
        query.actor = Some(actor(0));
        assert_eq!(narrowest(&db, ways(&query), owner, whole).unwrap().unwrap().index, "audit_activity");
    }

    #[test]
    fn every_search_reads_an_index_in_its_order() {
        let db = log(1);
        let logs = log::logs(&db, &tenant()).unwrap().unwrap();
        let logs = Logs { numbers: LogClass::ALL.into_iter().zip(1..).collect(), ..logs };
        let mut query = AuditQuery::default();
        query.actor = Some(actor(0));
        query.client = Some("ws-12".to_owned());
        query.activity = Some(Activity::Read);
        query.object = Some(ObjectRef::Log);
        for order in [SearchOrder::NewestFirst, SearchOrder::OldestFirst] {
            let whole = span(&query, order, None, logs.owner);
            let mut statements: Vec<_> =
                ways(&query).into_iter().map(|way| by_index(way, logs.owner, whole, order)).collect();
            statements.push(by_time(&logs, &query, whole, order));
            for (sql, values) in statements {
                let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                let plan = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
                let plan: Vec<String> = plan.map(Result::unwrap).collect();
                let plan = plan.join("; ");
                assert!(plan.contains("SEARCH") && !plan.contains("SCAN") && !plan.contains("B-TREE"), "{sql}: {plan}");
                assert!(plan.contains("at>?") && plan.contains("at<?"), "{sql}: {plan}");
            }
        }
    }
}
