//! Lists and searches of people: what somebody may not see they neither find nor guess.

use sakarkiv_core::{
    access::View,
    audit::Activity,
    case::{CaseKind, NewCase},
    identity::CaseId,
    ports::CaseFilter,
    text::ExternalKey,
};
use sakarkiv_engine::{Desk, DeskError};

use crate::{
    access::{actor, case, desk, handler, screened},
    world::{World, archivist, unit},
};

#[test]
fn what_somebody_may_not_know_of_is_not_there_in_any_list_search_or_count() {
    let world = World::of([handler("u1")]);
    let (child, entry) = case(&world, CaseKind::ChildFile, None);
    let (open, _) = case(&world, CaseKind::Building, None);
    let desk = desk(&world, "u1");
    let all = world.run(desk.cases(&CaseFilter::default(), None, 10)).unwrap();
    assert_eq!(all.iter().map(|card| card.id).collect::<Vec<_>>(), [open]);
    let hits = world.run(desk.search_cases("berg", &CaseFilter::default(), None, 10)).unwrap();
    assert_eq!(hits.len(), 1);
    for hidden in [
        world.run(desk.case(child)).map(drop),
        world.run(desk.entry(entry)).map(drop),
        world.run(desk.entries(child)).map(drop),
        world.run(desk.entry_cards(child)).map(drop),
    ] {
        assert!(matches!(hidden, Err(DeskError::NotFound)), "{hidden:?}");
    }
    let head = world.run(world.desk().cases(&CaseFilter::default(), None, 10)).unwrap();
    assert_eq!(head.len(), 2);
}

#[test]
fn where_a_title_is_screened_others_see_the_public_one_and_find_nothing_by_the_screened_words() {
    let world = World::of([handler("u1")]);
    let mut new = NewCase::new(CaseKind::Ordinary, "Klage fra Kari Berg".into(), unit(), archivist().id);
    new.screening = screened();
    let (id, _) = world.run(world.desk().open_case(new)).unwrap();
    let desk = desk(&world, "u1");
    let cards = world.run(desk.cases(&CaseFilter::default(), None, 10)).unwrap();
    let card = &cards[0];
    assert_eq!((card.id, card.view, card.title.expose().as_str()), (id, View::Metadata, "Klage fra ***** *****"));
    assert!(world.run(desk.search_cases("kari", &CaseFilter::default(), None, 10)).unwrap().is_empty());
    assert_eq!(world.run(desk.search_cases("klage", &CaseFilter::default(), None, 10)).unwrap().len(), 1);
    assert!(matches!(world.run(desk.case(id)), Err(DeskError::Refused { .. })));
    let found = world.run(world.desk().search_cases("kari", &CaseFilter::default(), None, 10)).unwrap();
    assert_eq!(found[0].title.expose(), "Klage fra Kari Berg");
}

/// A case of whose title, class, series, keys and handler only those with full access learn.
fn complaint(world: &World) -> CaseId {
    let mut new = NewCase::new(CaseKind::Ordinary, "Klage fra Kari Berg".into(), unit(), archivist().id);
    new.screening = screened();
    new.class = Some("13097248022".into());
    new.series = Some("klager".to_owned());
    new.case_handler = Some(actor("u2"));
    new.external_keys = vec![customer()];
    world.run(world.desk().open_case(new)).unwrap().0
}

fn customer() -> ExternalKey {
    ExternalKey { system: "crm".to_owned(), kind: "kunde".to_owned(), value: "13097248022".into() }
}

fn by(ask: impl FnOnce(&mut CaseFilter)) -> CaseFilter {
    let mut filter = CaseFilter::default();
    ask(&mut filter);
    filter
}

#[test]
fn nobody_guesses_by_a_filter_what_the_card_of_a_case_does_not_show() {
    let world = World::of([handler("u1"), handler("u2")]);
    let id = complaint(&world);
    let found = |desk: Desk<'_>, filter: &CaseFilter| -> Vec<CaseId> {
        let cards = world.run(desk.search_cases("klage", filter, None, 10)).unwrap();
        assert_eq!(world.run(desk.cases(filter, None, 10)).unwrap(), cards);
        cards.into_iter().map(|card| card.id).collect()
    };
    let hidden = [
        by(|filter| filter.title = Some("klage fra kari berg".into())),
        by(|filter| filter.class = Some("13097248022".into())),
        by(|filter| filter.series = Some("klager".to_owned())),
        by(|filter| filter.key = Some(customer())),
        by(|filter| filter.handler = Some(actor("u2"))),
    ];
    for filter in &hidden {
        assert_eq!(found(desk(&world, "u1"), filter), [], "{filter:?}");
        assert_eq!(found(desk(&world, "u2"), filter), [id], "its handler sees all of it");
        assert_eq!(found(world.desk(), filter), [id]);
    }
    let shown = [
        by(|filter| filter.unit = Some(unit())),
        by(|filter| filter.kind = Some(CaseKind::Ordinary)),
        by(|filter| filter.year = Some(2026)),
    ];
    for filter in &shown {
        assert_eq!(found(desk(&world, "u1"), filter), [id], "{filter:?}");
    }
}

#[test]
fn a_title_of_which_nothing_is_screened_is_found_by_whoever_sees_the_card() {
    let world = World::of([handler("u1")]);
    let mut new = NewCase::new(CaseKind::Ordinary, "Klage på vedtak".into(), unit(), archivist().id);
    new.screening = screened();
    let (id, _) = world.run(world.desk().open_case(new)).unwrap();
    let filter = by(|filter| filter.title = Some("klage på VEDTAK".into()));
    let cards = world.run(desk(&world, "u1").cases(&filter, None, 10)).unwrap();
    assert_eq!(cards.iter().map(|card| (card.id, card.view)).collect::<Vec<_>>(), [(id, View::Metadata)]);
}

#[test]
fn the_log_tells_what_was_asked_for() {
    let world = World::of([handler("u1")]);
    let desk = desk(&world, "u1");
    let last = || {
        let event = world.log().pop().unwrap().event;
        assert_eq!(event.activity, Activity::Read);
        let details = event.details.expose().clone();
        ["filter", "search", "list"].map(|name| details.get(name).cloned().unwrap_or_default())
    };
    let filter = by(|filter| filter.title = Some("Klage fra Kari Berg".into()));
    world.run(desk.cases(&filter, None, 10)).unwrap();
    let asked = r#"{"title":"Klage fra Kari Berg"}"#;
    assert_eq!(last(), [asked, "", "0"]);
    world.run(desk.search_cases("klage", &filter, None, 10)).unwrap();
    assert_eq!(last(), [asked, "klage", "0"]);
    world.run(desk.readable_cases(&filter, None, 10)).unwrap();
    assert_eq!(last(), [asked, "", "0"]);
    world.run(desk.cases(&CaseFilter::default(), None, 10)).unwrap();
    assert_eq!(last(), ["", "", "0"]);
}
