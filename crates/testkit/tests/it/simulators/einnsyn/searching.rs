//! Search, with the year after which names no longer count.

use sakarkiv_testkit::simulators::einnsyn::Unit;
use serde_json::json;

use super::office::{Office, case, case_with, id, ids, refused, whole_entry};

#[tokio::test]
async fn names_are_found_for_a_year_and_titles_without_them_for_ever() {
    let office = Office::new().await;
    office.publish(case_with(1, [whole_entry(1)])).await;
    let hits = async |query: &str| ids(&office.look(&format!("/search?{query}")).await.with(200)).len();
    assert_eq!((hits("query=prøve").await, hits("korrespondansepartNavn=ola").await), (1, 1));
    assert_eq!((hits("tittel=eksempel").await, hits("tittel=klage").await), (1, 2));
    office.pass(24 * 366);
    assert_eq!((hits("query=prøve").await, hits("korrespondansepartNavn=ola").await), (0, 0));
    assert_eq!((hits("tittel=eksempel").await, hits("tittel=klage").await), (0, 2));
    let read = office.look("/journalpost/jp-1").await.with(200);
    assert_eq!(read["offentligTittelSensitiv"], "Klage fra nabo – Ola Prøve", "it can be read all the same");
}

#[tokio::test]
async fn every_filter_narrows_and_wrong_ones_are_refused() {
    let office = Office::new().await;
    let school = office.einnsyn.add_unit(&Unit::new("Skole", "314111223").below(&office.unit.id).with_code("SKOLE"));
    let mut body = case_with(1, [whole_entry(1)]);
    body["journalpost"][0]["administrativEnhet"] = json!("SKOLE");
    office.publish(body).await;
    office.publish(case(2)).await;
    for (query, expected) in [
        ("".to_owned(), 3),
        ("entity=Journalpost".to_owned(), 1),
        ("entity=Journalpost&entity=Saksmappe".to_owned(), 3),
        ("saksnummer=2026/1".to_owned(), 2),
        ("sakssekvensnummer=2".to_owned(), 1),
        ("journalposttype=utgaaende_dokument".to_owned(), 0),
        ("fulltext=true".to_owned(), 1),
        ("fulltext=false".to_owned(), 2),
        ("skjermingshjemmel=fvl".to_owned(), 1),
        ("journaldatoFrom=2026-02-05&journaldatoTo=2026-02-05".to_owned(), 1),
        ("journaldatoFrom=2026-02-06".to_owned(), 0),
        ("publisertDatoFrom=now-1d".to_owned(), 3),
        ("ids=sak-1".to_owned(), 1),
        (format!("administrativEnhet={}", office.unit.id), 3),
        (format!("administrativEnhetExact={}", office.unit.id), 2),
        (format!("excludeAdministrativEnhet={}", school.id), 2),
        ("query=klage+-nabo".to_owned(), 2),
        ("query=%22fra+nabo%22".to_owned(), 1),
        ("query=nabo|byggetillatelse".to_owned(), 3),
    ] {
        let found = office.look(&format!("/search?{query}")).await.with(200);
        assert_eq!(ids(&found).len(), expected, "{query}");
    }
    for query in ["sortBy=farge", "entity=Enhet", "journaldatoFrom=snart", "startingAfter=bare-ett", "limit=0"] {
        assert_eq!(
            office.look(&format!("/search?{query}")).await.refusal(),
            refused(400, "validationError"),
            "{query}"
        );
    }
    assert_eq!(office.look("/search?administrativEnhet=999999999").await.status, 400);
    office.patch(&format!("/enhet/{}", school.id), json!({"skjult": true})).await.with(200);
    assert!(ids(&office.look("/search?entity=Journalpost").await.with(200)).is_empty(), "the unit is hidden");
}

#[tokio::test]
async fn search_pages_have_cursors_of_two_values() {
    let office = Office::new().await;
    let mut made = Vec::new();
    for number in 1..=5 {
        made.push(id(&office.publish(case(number)).await));
    }
    let mut path = "/search?limit=2&sortBy=sakssekvensnummer&sortOrder=asc".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = office.look(&path).await.with(200);
        seen.extend(ids(&page));
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, made);
    let last = office.look(&path).await.with(200);
    let back = office.look(last["previous"].as_str().unwrap()).await.with(200);
    assert_eq!(ids(&back), made[2..4]);
}
