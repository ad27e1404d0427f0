//! Cases: handed over, and found by properties and buildings.

use http::StatusCode;
use sakarkiv_core::intake::reference;

use super::World;

#[tokio::test]
async fn a_case_is_handed_over_by_codes_in_capitals_as_well() {
    let world = World::new();
    world.call(&world.client.open_case("sak/1", "Deling")).await;
    let case = "<saksnokkel><eksternnoekkel><fagsystem>Landmåling</fagsystem><noekkel>sak/1</noekkel></eksternnoekkel></saksnokkel>";
    let to =
        "<nyAdministrativEnhetKode>DELING</nyAdministrativEnhetKode><nySaksbehandlerInit>KNO</nySaksbehandlerInit>";
    let handed = world.call(&world.client.update("OppdaterMappeAnsvarlig", &format!("{case}{to}"))).await;
    assert_eq!(handed.status, StatusCode::OK, "{}", handed.body);
    let case = world.desk.all_cases().remove(0);
    assert_eq!((case.unit().as_str(), case.case_handler().map(|user| user.as_str())), ("deling", Some("kno")));
}

#[tokio::test]
async fn the_properties_and_buildings_of_a_case_come_and_go_and_are_kept_as_those_it_was_opened_with() {
    let world = World::new();
    let client = &world.client;
    world.call(&client.open_case("sak/1", "Deling")).await;
    for _ in 0..2 {
        world.done(&client.property("sak/1", 12, 3, false)).await;
        world.done(&client.building("sak/1", 139_838, false)).await;
    }
    assert_eq!(world.desk.changes(), 3, "opened, a property and a building, each once");
    let found = world.call(&client.find_case("sak/1")).await;
    assert_eq!((found.texts("gaardsnummer"), found.texts("bygningsNummer")), (vec!["138", "12"], vec!["139838"]));
    assert!(found.body.find("ByggIdent") < found.body.find("referanseEksternNoekkel"), "in the order of the type");
    let kept = world.desk.all_cases().remove(0);
    assert!(kept.external_keys().contains(&reference::matrikkel("1804", 12, 3, 0, 0)));

    for _ in 0..2 {
        world.done(&client.property("sak/1", 138, 2211, true)).await;
        world.done(&client.building("sak/1", 139_838, true)).await;
    }
    assert_eq!(world.desk.changes(), 5);
    let found = world.call(&client.find_case("sak/1")).await;
    assert_eq!((found.texts("gaardsnummer"), found.count("ByggIdent")), (vec!["12"], 0), "{}", found.body);
    assert_eq!(found.text("noekkel"), Some("sak/1"), "its other keys stay");
}

#[tokio::test]
async fn a_case_refers_to_so_many_properties_and_no_more() {
    let world = World::new();
    world.call(&world.client.open_case("sak/1", "Områdeplan")).await;
    let case = "<saksnokkel><eksternnoekkel><fagsystem>Landmåling</fagsystem><noekkel>sak/1</noekkel></eksternnoekkel></saksnokkel>";
    let add = |from: u32, to: u32| {
        let property = |title: u32| {
            format!(
                "<liste><kommunenummer>1804</kommunenummer><gaardsnummer>1</gaardsnummer><bruksnummer>{title}</bruksnummer></liste>"
            )
        };
        let list: String = (from..=to).map(property).collect();
        world.client.update("NyMatrikkelnummer", &format!("<matrikkelnr>{list}</matrikkelnr>{case}"))
    };
    world.refused(&add(1, 4_999), "ApplicationFault").await;
    world.done(&add(1, 4_998)).await;
    world.refused(&add(4_998, 4_999), "ApplicationFault").await;
    world.done(&add(4_997, 4_998)).await;
}

#[tokio::test]
async fn a_reference_that_cannot_be_read_or_a_list_that_is_missing_is_told() {
    let world = World::new();
    world.call(&world.client.open_case("sak/1", "Deling")).await;
    for list in ["", "<matrikkelnr><liste><kommunenummer>1804</kommunenummer></liste></matrikkelnr>"] {
        for operation in ["NyMatrikkelnummer", "SlettMatrikkelnummer", "NyBygning", "SlettBygning"] {
            world.refused(&world.client.update(operation, list), "ValidationFault").await;
        }
    }
    world.refused(&world.client.property("sak/ukjent", 1, 2, false), "FinderFault").await;
    world.refused(&world.client.building("sak/ukjent", 1, true), "FinderFault").await;
}
