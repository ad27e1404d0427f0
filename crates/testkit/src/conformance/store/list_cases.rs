//! Lists of cases and of the journal.

use sakarkiv_core::{
    case::{CaseKind, CaseNumber, CaseStatus, NewCase},
    document::{BlobRef, Document, DocumentName, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, CaseId, EntryId, FileId, UnitId},
    journal::{Change, DocumentRole, NewDocument},
    ports::{CaseFilter, Op},
    text::ExternalKey,
};

use super::{
    StoreCase,
    harness::StoreHarness,
    situation::{Situation, YEAR},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand_eq, granted, violated},
    samples::{MOMENT, Samples, known},
};

type Outcome = Result<(), Violation>;
type Harness = dyn StoreHarness;

pub(super) fn all() -> Vec<StoreCase> {
    vec![
        case!("store.cases.pages", pages, "cases in the order of their numbers, after a number, at most so many"),
        case!("store.cases.filter", narrowed, "a listing of cases is narrowed by each part of its filter and by all"),
        case!("store.cases.changed", changed, "a changed case is listed by what it is now"),
        case!("store.journal.pages", journal, "the journal of a year in the order of its numbers, after a number"),
        case!("store.cases.key", by_key, "cases are found by another system's key, class and title, as they are now"),
        case!(
            "store.entries.document",
            entries_by_document,
            "entries are found by a document and by each of its files, newest first"
        ),
        case!("store.entries.key", entries_by_key, "entries are found by another system's key, newest first"),
        case!("store.lists.tenants", tenants_apart, "lists never show another tenant's records"),
    ]
}

async fn open(it: &mut Situation<'_>, year: i32, change: impl FnOnce(&mut NewCase)) -> Result<CaseId, Violation> {
    let id = it.samples.case_id();
    let mut case = it.samples.new_case();
    change(&mut case);
    it.commit(vec![Op::OpenCase { id, case, year, at: MOMENT }]).await?;
    Ok(id)
}

async fn listed(
    it: &Situation<'_>,
    filter: &CaseFilter,
    after: Option<CaseNumber>,
    limit: usize,
) -> Result<Vec<CaseId>, Violation> {
    let page = granted("cases", it.store.cases(it.samples.tenant(), filter, after, limit).await)?;
    Ok(page.into_iter().map(|case| case.id()).collect())
}

fn filter(change: impl FnOnce(&mut CaseFilter)) -> CaseFilter {
    let mut filter = CaseFilter::default();
    change(&mut filter);
    filter
}

async fn pages(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let late = open(&mut it, YEAR + 1, |_| {}).await?;
    let mut expected = Vec::new();
    for _ in 0..11 {
        expected.push(open(&mut it, YEAR, |_| {}).await?);
    }
    expected.push(late);
    let it = it.restart().await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = granted("cases", it.store.cases(it.samples.tenant(), &CaseFilter::default(), after, 4).await)?;
        let Some(last) = page.last() else { break };
        after = Some(last.number());
        seen.push(page.iter().map(|case| case.id()).collect::<Vec<_>>());
    }
    let pages: Vec<_> = expected.chunks(4).map(<[_]>::to_vec).collect();
    demand_eq("pages by number:", &seen, &pages)?;
    demand_eq("none asked for:", &listed(&it, &CaseFilter::default(), None, 0).await?, &Vec::new())
}

async fn narrowed(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let unit = known(UnitId::new("barnevern"));
    let handler = known(ActorId::new("saksbehandler-2"));
    let plain = open(&mut it, YEAR, |_| {}).await?;
    let elsewhere = open(&mut it, YEAR, |case| case.unit = unit.clone()).await?;
    let child = open(&mut it, YEAR, |case| case.kind = CaseKind::ChildFile).await?;
    let reserved = open(&mut it, YEAR, |case| case.status = CaseStatus::Reserved).await?;
    let handled = open(&mut it, YEAR, |case| case.case_handler = Some(handler.clone())).await?;
    let series = open(&mut it, YEAR, |case| case.series = Some("personal".to_owned())).await?;
    let next_year = open(&mut it, YEAR + 1, |_| {}).await?;
    let every = open(&mut it, YEAR + 1, |case| {
        case.unit = unit.clone();
        case.kind = CaseKind::ChildFile;
        case.status = CaseStatus::Reserved;
        case.case_handler = Some(handler.clone());
        case.series = Some("personal".to_owned());
    })
    .await?;
    let all = vec![plain, elsewhere, child, reserved, handled, series, next_year, every];
    let one = |change: fn(&mut CaseFilter)| filter(change);
    let by_unit = filter(|filter| filter.unit = Some(unit.clone()));
    let by_handler = filter(|filter| filter.handler = Some(handler.clone()));
    let by_all = filter(|filter| {
        filter.unit = Some(unit.clone());
        filter.kind = Some(CaseKind::ChildFile);
        filter.status = Some(CaseStatus::Reserved);
        filter.handler = Some(handler.clone());
        filter.series = Some("personal".to_owned());
        filter.year = Some(YEAR + 1);
    });
    let this_year = all.iter().take(6).copied().collect();
    let expected = [
        ("no filter", CaseFilter::default(), all.clone()),
        ("unit", by_unit.clone(), vec![elsewhere, every]),
        ("kind", one(|filter| filter.kind = Some(CaseKind::ChildFile)), vec![child, every]),
        ("status", one(|filter| filter.status = Some(CaseStatus::Reserved)), vec![reserved, every]),
        ("handler", by_handler, vec![handled, every]),
        ("series", one(|filter| filter.series = Some("personal".to_owned())), vec![series, every]),
        ("year", one(|filter| filter.year = Some(YEAR)), this_year),
        ("another year", one(|filter| filter.year = Some(YEAR + 2)), Vec::new()),
        ("all", by_all, vec![every]),
    ];
    for (what, filter, cases) in &expected {
        demand_eq(&format!("cases by {what}:"), &listed(&it, filter, None, 100).await?, cases)?;
    }
    let number = granted("case", it.store.case(it.samples.tenant(), elsewhere).await)?.map(|case| case.number());
    demand_eq("the second page by unit:", &listed(&it, &by_unit, number, 1).await?, &vec![every])?;
    let next = filter(|filter| filter.year = Some(YEAR + 1));
    demand_eq("a later year after a number of the one before:", &listed(&it, &next, number, 1).await?, &vec![next_year])
}

async fn changed(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let id = open(&mut it, YEAR, |_| {}).await?;
    let case = granted("case", it.store.case(it.samples.tenant(), id).await)?;
    let case = case.ok_or_else(|| violated("the case", "none"))?;
    let (before, unit) = (case.unit().clone(), known(UnitId::new("barnevern")));
    let moved = known(case.amend(sakarkiv_core::case::CaseChange::Unit(unit.clone()).into()));
    it.commit(vec![Op::PutCase(moved)]).await?;
    let by = |unit| filter(|filter| filter.unit = Some(unit));
    demand_eq("cases of the unit before:", &listed(&it, &by(before), None, 9).await?, &Vec::new())?;
    demand_eq("cases of the unit now:", &listed(&it, &by(unit), None, 9).await?, &vec![id])
}

async fn journal(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut expected = Vec::new();
    for nth in 0..4 {
        let case = open(&mut it, YEAR, |_| {}).await?;
        for year in [YEAR, YEAR + 1] {
            let id = it.samples.entry_id();
            let entry = it.samples.new_entry();
            it.commit(vec![Op::AddEntry { id, case, entry, year, at: MOMENT }]).await?;
            if year == YEAR {
                expected.push((nth + 1, id));
            }
        }
    }
    let it = it.restart().await;
    let page = async |year, after, limit| {
        let page = granted("journal", it.store.journal(it.samples.tenant(), year, after, limit).await)?;
        let line = |entry: sakarkiv_core::journal::JournalEntry| (entry.number().journal_sequence(), entry.id());
        Ok::<_, Violation>(page.into_iter().map(line).collect::<Vec<(u32, EntryId)>>())
    };
    let mut seen = page(YEAR, 0, 3).await?;
    demand_eq("as many as asked for:", &seen.len(), &3)?;
    seen.extend(page(YEAR, 3, 3).await?);
    demand_eq("the journal of a year is", &seen, &expected)?;
    demand_eq("after the last:", &page(YEAR, 4, 3).await?, &Vec::new())?;
    demand_eq("after the highest number there can be:", &page(YEAR, u32::MAX, 3).await?, &Vec::new())?;
    demand_eq("a year without entries:", &page(YEAR + 2, 0, 3).await?, &Vec::new())
}

fn key(kind: &str, value: &str) -> ExternalKey {
    ExternalKey { system: "skole".to_owned(), kind: kind.to_owned(), value: value.into() }
}

async fn by_key(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let keyed = |value: &str| vec![key("sak", value), key("matrikkel", "1804-1/2/0/0"), key("sak", value)];
    let first = open(&mut it, YEAR, |case| case.external_keys = keyed("1")).await?;
    let second = open(&mut it, YEAR, |case| {
        case.external_keys = keyed("2");
        case.class = Some("B31".into());
        case.title = "Søknad om ØYE".into();
    })
    .await?;
    let stored = granted("case", it.store.case(it.samples.tenant(), first).await)?;
    let stored = stored.ok_or_else(|| violated("the case", "none"))?;
    let change = sakarkiv_core::case::CaseChange::ExternalKeys(vec![key("sak", "3")]);
    it.commit(vec![Op::PutCase(known(stored.amend(change.into())))]).await?;
    let it = it.restart().await;
    let of = |wanted: ExternalKey| filter(|filter| filter.key = Some(wanted));
    let title = filter(|filter| filter.title = Some(" søknad OM øye".into()));
    let all = filter(|filter| {
        filter.key = Some(key("sak", "2"));
        filter.class = Some("B31".into());
        filter.year = Some(YEAR);
    });
    let expected = [
        ("a key it no longer has", of(key("sak", "1")), Vec::new()),
        ("its new key", of(key("sak", "3")), vec![first]),
        ("a key of another kind", of(key("dokument", "2")), Vec::new()),
        ("a reference", of(key("matrikkel", "1804-1/2/0/0")), vec![second]),
        ("its class", filter(|filter| filter.class = Some("B31".into())), vec![second]),
        ("its title in other letters", title, vec![second]),
        ("part of its title", filter(|filter| filter.title = Some("øye".into())), Vec::new()),
        ("all of these", all, vec![second]),
    ];
    for (what, filter, cases) in &expected {
        demand_eq(&format!("cases by {what}:"), &listed(&it, filter, None, 9).await?, cases)?;
    }
    let stranger = Samples::new("annen");
    let theirs = it.store.cases(stranger.tenant(), &of(key("sak", "3")), None, 9).await;
    demand_eq("cases of another by our key:", &granted("cases", theirs)?, &Vec::new())
}

async fn entries_by_key(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let mut added = Vec::new();
    for value in ["1", "1", "2"] {
        let (case, id) = (open(&mut it, YEAR, |_| {}).await?, it.samples.entry_id());
        let mut entry = it.samples.new_entry();
        entry.external_keys = vec![key("dokument", value), key("dokument", value)];
        it.commit(vec![Op::AddEntry { id, case, entry, year: YEAR, at: MOMENT }]).await?;
        added.push(id);
    }
    let found = async |it: &Situation<'_>, value, limit| {
        let wanted = key("dokument", value);
        let found = granted("entries by key", it.store.entries_by_key(it.samples.tenant(), &wanted, limit).await)?;
        Ok::<_, Violation>(found.into_iter().map(|entry| entry.id()).collect::<Vec<_>>())
    };
    let newest_first: Vec<EntryId> = added.iter().take(2).rev().copied().collect();
    demand_eq("entries by key:", &found(&it, "1", 9).await?, &newest_first)?;
    demand_eq("one of them:", &found(&it, "1", 1).await?.len(), &1)?;
    demand_eq("by no key:", &found(&it, "3", 9).await?, &Vec::new())?;
    let last = added.last().copied().ok_or_else(|| violated("entries", "none"))?;
    let stored = granted("entry", it.store.entry(it.samples.tenant(), last).await)?;
    let stored = stored.ok_or_else(|| violated("the entry", "none"))?;
    let change = Change::ExternalKeys(vec![key("dokument", "3")]);
    it.commit(vec![Op::PutEntry(known(stored.amend(change.into())))]).await?;
    let it = it.restart().await;
    demand_eq("by the key it had:", &found(&it, "2", 9).await?, &Vec::new())?;
    demand_eq("by the key it has:", &found(&it, "3", 9).await?, &vec![last])?;
    let stranger = Samples::new("annen");
    let theirs = it.store.entries_by_key(stranger.tenant(), &key("dokument", "3"), 9).await;
    demand_eq("entries of another by our key:", &granted("entries by key", theirs)?, &Vec::new())
}

async fn entries_by_document(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    let content = it.stage(b"%PDF-1.4").await?;
    let [shared, other, nobodys] = [(); 3].map(|()| it.samples.document_id());
    let draft = |id, number| {
        let document = known(Document::new(id, "Vedtak".into()));
        known(document.with_version(file(number, content)))
    };
    let mut added = Vec::new();
    for id in [shared, shared, other] {
        let (case, entry_id) = (open(&mut it, YEAR, |_| {}).await?, it.samples.entry_id());
        let mut entry = it.samples.new_entry();
        entry.documents = vec![NewDocument { role: DocumentRole::Main, document: draft(id, 1) }];
        it.commit(vec![Op::AddEntry { id: entry_id, case, entry, year: YEAR, at: MOMENT }]).await?;
        added.push(entry_id);
    }
    let found = async |it: &Situation<'_>, name: DocumentName, limit| {
        let found = it.store.entries_by_document(it.samples.tenant(), name, limit).await;
        let found = granted("entries by document", found)?;
        Ok::<_, Violation>(found.into_iter().map(|entry| entry.id()).collect::<Vec<_>>())
    };
    let of = |id, number| DocumentName::from(FileId::of(id, number, Variant::Production));
    let newest_first: Vec<EntryId> = added.iter().take(2).rev().copied().collect();
    demand_eq("entries by document:", &found(&it, shared.into(), 9).await?, &newest_first)?;
    demand_eq("by its file:", &found(&it, of(shared, 1), 9).await?, &newest_first)?;
    demand_eq("one of them:", &found(&it, shared.into(), 1).await?.len(), &1)?;
    demand_eq("by no document:", &found(&it, nobodys.into(), 9).await?, &Vec::new())?;
    demand_eq("by no file:", &found(&it, of(shared, 2), 9).await?, &Vec::new())?;
    let last = added.last().copied().ok_or_else(|| violated("entries", "none"))?;
    let stored = granted("entry", it.store.entry(it.samples.tenant(), last).await)?;
    let stored = stored.ok_or_else(|| violated("the entry", "none"))?;
    it.commit(vec![Op::PutEntry(known(stored.amend(Change::Document(draft(other, 2)).into())))]).await?;
    let it = it.restart().await;
    demand_eq("by the document still:", &found(&it, other.into(), 9).await?, &vec![last])?;
    demand_eq("by the file it had:", &found(&it, of(other, 1), 9).await?, &Vec::new())?;
    demand_eq("by the file it has:", &found(&it, of(other, 2), 9).await?, &vec![last])?;
    let stranger = Samples::new("annen");
    let theirs = it.store.entries_by_document(stranger.tenant(), other.into(), 9).await;
    demand_eq("entries of another by our document:", &granted("entries by document", theirs)?, &Vec::new())
}

fn file(number: u32, content: BlobRef) -> DocumentVersion {
    DocumentVersion {
        number,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type: MediaType::pdf(),
        file_name: FileName::sanitize("vedtak.pdf"),
        content,
        created: MOMENT,
        created_by: known(ActorId::new("saksbehandler-1")),
    }
}

async fn tenants_apart(harness: &Harness) -> Outcome {
    let mut it = Situation::new(harness).await;
    it.registered().await?;
    let stranger = Samples::new("annen");
    let cases = it.store.cases(stranger.tenant(), &CaseFilter::default(), None, 9).await;
    demand_eq("cases seen by another:", &granted("cases", cases)?, &Vec::new())?;
    let entries = it.store.journal(stranger.tenant(), YEAR, 0, 9).await;
    demand_eq("entries seen by another:", &granted("journal", entries)?, &Vec::new())
}
