//! Orders of access requests, from the requester to the unit.

use http::Method;
use sakarkiv_testkit::simulators::einnsyn::{Entity, OrderChannel, Unit};
use serde_json::{Value, json};

use super::office::{Office, case, case_with, entry, id, ids, party, refused, whole_entry};

const REQUESTER: &str = "sporrer@example.org";

impl Office {
    async fn requests(&self) -> Value {
        self.get(&format!("/enhet/{}/innsynskrav?sortOrder=asc", self.unit.id)).await.with(200)
    }
}

#[tokio::test]
async fn an_order_is_sent_on_only_when_its_requester_has_confirmed_it() {
    let office = Office::new().await;
    office.publish(case_with(318, [whole_entry(1), whole_entry(2)])).await;
    let body = json!({"email": REQUESTER, "innsynskrav": [{"journalpost": "jp-2"}, {"journalpost": "jp-1"}]});
    let reply = office.call(Method::POST, "/innsynskravBestilling", None, Some(body)).await;
    let location = reply.headers["location"].to_str().unwrap().to_owned();
    let order = reply.with(201);
    assert_eq!((&order["verified"], &order["language"]), (&json!(false), &json!("nb")));
    assert_eq!(location, format!("/innsynskravbestilling/{}", id(&order)));
    assert_eq!(office.get(&location).await.status, 404, "no address has these letters");
    let polled = office.requests().await;
    let (unsent, email) = (polled["items"][0]["sent"].is_null(), &polled["items"][0]["email"]);
    assert_eq!((ids(&polled).len(), unsent, email), (2, true, &json!(REQUESTER)), "there, but not to be acted on");
    assert!(office.einnsyn.messages().is_empty());

    let wrong = format!("/innsynskravBestilling/{}/verify/issec_feil", id(&order));
    assert_eq!(office.call(Method::PATCH, &wrong, None, None).await.refusal(), refused(403, "authorizationError"));
    office.pass(3);
    let placed = office.einnsyn.place_order("annen@example.org", &["jp-1"]).unwrap();
    office.einnsyn.verify_order(&placed).unwrap();
    let path = format!("/innsynskravBestilling/{}/verify/{}", placed.id, placed.secret);
    assert_eq!(office.call(Method::PATCH, &path, None, None).await.with(200)["verified"], true, "again is no harm");
    assert_eq!(office.einnsyn.messages().len(), 1, "and sends nothing twice");
    let sent = office.get(&format!("/innsynskrav/{}", placed.requests[0])).await.with(200);
    assert_eq!(sent["sent"], "2026-09-14T11:00:00Z");
}

#[tokio::test]
async fn the_first_version_of_the_order_says_what_is_asked_for() {
    let office = Office::new().await;
    let mut body = case_with(318, [entry(2), entry(1)]);
    let mut clerk = party(1);
    clerk["korrespondanseparttype"] = json!("mottaker");
    clerk["saksbehandler"] = json!("Siri O'Saksbehandler");
    body["journalpost"][1]["korrespondansepart"] = json!([clerk]);
    office.publish(body).await;
    let order = office.einnsyn.place_order(REQUESTER, &["jp-2", "jp-1"]).unwrap();
    office.einnsyn.verify_order(&order).unwrap();
    let message = office.einnsyn.messages().pop().unwrap();
    assert_eq!((message.channel, message.to.as_str()), (OrderChannel::Email, "innsyn@314111222.example.org"));
    assert_eq!((message.subject.as_str(), &message.order), ("Innsynskrav", &order.id));
    assert!(
        message.text.contains("Saksnr: 2026/318 | Dok nr. : 1 | Sekvensnr.: 1501/26")
            && message.text.contains(REQUESTER)
    );
    let expected = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<bestilling>
    <id>{}</id>
    <bestillingsdato>14.09.2026</bestillingsdato>
    <til>
        <enhet>Prøvedal kommune</enhet>
        <enhetepost>kontakt@314111222.example.org</enhetepost>
    </til>
    <innsynskravepost>innsyn@314111222.example.org</innsynskravepost>
    <kontaktinfo>
        <forsendelsesmåte>e-post</forsendelsesmåte>
        <navn></navn>
        <organisasjon></organisasjon>
        <land></land>
        <e-post>{REQUESTER}</e-post>
    </kontaktinfo>
    <dokumenter>
        <dokument>
            <saksnr>2026/318</saksnr>
            <dokumentnr>1</dokumentnr>
            <journalnr>1501/26</journalnr>
            <saksbehandler>Siri O&#39;Saksbehandler</saksbehandler>
        </dokument>
        <dokument>
            <saksnr>2026/318</saksnr>
            <dokumentnr>2</dokumentnr>
            <journalnr>1502/26</journalnr>
            <saksbehandler>[Ufordelt]</saksbehandler>
        </dokument>
    </dokumenter>
</bestilling>
"#,
        order.id
    );
    assert_eq!(message.order_xml, expected);
}

#[tokio::test]
async fn the_second_version_also_says_where_it_belongs() {
    let office = Office::new().await;
    office.einnsyn.set_order_version(&office.unit.id, 2);
    let mut body = case_with(318, [entry(1)]);
    let mut responsible = party(1);
    responsible["erBehandlingsansvarlig"] = json!(true);
    responsible["administrativEnhet"] = json!("BYGG");
    body["journalpost"][0]["korrespondansepart"] = json!([responsible]);
    office.publish(body).await;
    let order = office.einnsyn.place_order(REQUESTER, &["jp-1"]).unwrap();
    office.einnsyn.verify_order(&order).unwrap();
    let xml = office.einnsyn.messages().pop().unwrap().order_xml;
    let external = office.get("/journalpost/jp-1").await.with(200)["externalId"].as_str().unwrap().to_owned();
    for part in [
        "<ein:bestilling xmlns:ein=\"http://einnsyn.no/schema/order/v2\">\n    <id>ik_",
        "    <bestillingsdato>2026-09-14</bestillingsdato>\n    <til>\n        <virksomhet>Prøvedal kommune</virksomhet>\n        <orgnr>314111222</orgnr>",
        "        <språk>nb_NO</språk>\n",
        "            <fagsysteminfo>\n                <id>arkiv-1</id>\n                <delId>del-1</delId>\n            </fagsysteminfo>",
        &format!(
            "            <id>{external}</id>\n            <systemId>jp-1</systemId>\n            <saksnr>2026/318</saksnr>"
        ),
        "            <saksbehandler></saksbehandler>\n            <admEnhet>BYGG</admEnhet>\n",
        "</ein:bestilling>\n",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[tokio::test]
async fn entries_of_several_owners_make_several_messages_and_handed_over_ones_go_elsewhere() {
    let office = Office::new().await;
    let archive = office.einnsyn.add_unit(&Unit::new("Arkivdepot", "314111299").by_e_formidling());
    let neighbour = office.neighbour();
    let mut body = case_with(1, [entry(1), entry(2)]);
    body["journalpost"][1]["avhendetTil"] = json!(archive.id);
    office.publish(body).await;
    office.call(Method::POST, "/saksmappe/sak-1/journalpost", Some(&neighbour.key), Some(entry(3))).await.with(201);
    let order = office.einnsyn.place_order(REQUESTER, &["jp-1", "jp-2", "jp-3"]).unwrap();
    office.einnsyn.verify_order(&order).unwrap();
    let mut sent: Vec<_> =
        office.einnsyn.messages().into_iter().map(|message| (message.unit, message.channel, message.to)).collect();
    sent.sort();
    let mut expected = vec![
        (office.unit.id.clone(), OrderChannel::Email, "innsyn@314111222.example.org".to_owned()),
        (archive.id.clone(), OrderChannel::EFormidling, "314111299".to_owned()),
        (neighbour.id.clone(), OrderChannel::Email, "innsyn@312000342.example.org".to_owned()),
    ];
    expected.sort();
    assert_eq!(sent, expected);
    assert_eq!(ids(&office.requests().await), order.requests[..2], "the list goes by owner, whoever got the order");
    let theirs =
        office.call(Method::GET, &format!("/enhet/{}/innsynskrav", archive.id), Some(&archive.key), None).await;
    assert!(ids(&theirs.with(200)).is_empty());
}

#[tokio::test]
async fn failed_deliveries_are_repeated_hourly_and_given_up_after_the_sixth() {
    for (failures, hours, expected) in [
        (2, 2, Some((OrderChannel::EFormidling, "2026-09-14T10:00:00+00:00"))),
        (3, 3, Some((OrderChannel::Email, "2026-09-14T11:00:00+00:00"))),
        (6, 24, None),
    ] {
        let office = Office::new().await;
        let unit = office.einnsyn.add_unit(&Unit::new("Depot", "314111299").by_e_formidling());
        let mut body = case_with(1, [entry(1)]);
        body["journalpost"][0]["avhendetTil"] = json!(unit.id);
        office.publish(body).await;
        office.einnsyn.fail_deliveries(&unit.id, failures);
        let order = office.einnsyn.place_order(REQUESTER, &["jp-1"]).unwrap();
        office.einnsyn.verify_order(&order).unwrap();
        assert!(office.einnsyn.messages().is_empty());
        office.pass(hours);
        let sent = office.einnsyn.messages().pop().map(|message| (message.channel, message.at.to_rfc3339()));
        assert_eq!(sent, expected.map(|(channel, at)| (channel, at.to_owned())), "{failures} failures");
        let request = office.einnsyn.object(Entity::Innsynskrav, &order.requests[0]).unwrap();
        assert_eq!(request["sent"].is_null(), expected.is_none());
    }
}

#[tokio::test]
async fn a_class_that_names_no_archive_part_stops_its_orders() {
    let office = Office::new().await;
    let system = office
        .post(&format!("/arkivdel/{}/klassifikasjonssystem", office.part), json!({"tittel": "Emne"}))
        .await
        .with(201);
    let class = office.post(&format!("/klassifikasjonssystem/{}/klasse", id(&system)), json!({"tittel": "L42"})).await;
    let class = id(&class.with(201));
    let mut body = case_with(1, [entry(1)]);
    body["klasse"] = json!(class);
    office.publish(body).await;
    assert_eq!(ids(&office.look(&format!("/klasse/{class}/saksmappe")).await.with(200)).len(), 1);
    let order = office.einnsyn.place_order(REQUESTER, &["jp-1"]).unwrap();
    office.einnsyn.verify_order(&order).unwrap();
    assert!(office.einnsyn.messages().is_empty(), "the trap");
    office.patch(&format!("/klasse/{class}"), json!({"arkivdel": office.part})).await.with(200);
    office.pass(1);
    assert_eq!(office.einnsyn.messages().len(), 1);
}

#[tokio::test]
async fn orders_are_refused_for_too_many_entries_unknown_ones_and_too_many_unverified_orders() {
    let office = Office::new().await;
    let mut held_back = case_with(1, [entry(1)]);
    held_back["accessibleAfter"] = json!("2027-01-01T00:00:00Z");
    office.publish(held_back).await;
    office.publish(case_with(2, [entry(2)])).await;
    let refusal = |entries: &[&str]| office.einnsyn.place_order(REQUESTER, entries).unwrap_err();
    assert_eq!(refusal(&["jp-1"]).status, 400, "the public does not see it");
    assert_eq!(refusal(&["jp-9"]).fields, ["innsynskrav[0].expandedObject.journalpost"]);
    assert_eq!(refusal(&["jp-2"; 51]).message, "Too many Innsynskrav in a single InnsynskravBestilling. Maximum is 50");
    let by_id = json!({"email": REQUESTER, "innsynskrav": ["ikd_00000000000000000000000000"]});
    assert_eq!(office.call(Method::POST, "/innsynskravBestilling", None, Some(by_id)).await.status, 400);
    assert!(office.einnsyn.objects(Entity::InnsynskravBestilling).is_empty());
    office.einnsyn.place_order(REQUESTER, &["jp-2"; 50]).unwrap();
    let again = refusal(&["jp-2"]);
    assert_eq!((again.status, again.kind.as_str()), (429, "tooManyUnverifiedOrders"));
    office.einnsyn.place_order("annen@example.org", &["jp-2"]).unwrap();
    office.pass(1);
    office.einnsyn.place_order(REQUESTER, &["jp-2"]).unwrap();
}

#[tokio::test]
async fn requests_are_for_their_unit_and_orders_for_nobody() {
    let office = Office::new().await;
    let neighbour = office.neighbour();
    let school = office.einnsyn.add_unit(&Unit::new("Skole", "314111223").below(&office.unit.id).with_code("SKOLE"));
    let mut body = case_with(1, [entry(1)]);
    body["journalpost"][0]["administrativEnhet"] = json!("SKOLE");
    office.publish(body).await;
    let order = office.einnsyn.place_order(REQUESTER, &["jp-1"]).unwrap();
    let request = format!("/innsynskrav/{}", order.requests[0]);
    assert_eq!(office.get(&request).await.with(200)["enhet"], json!(school.id), "the unit that handles it");
    let polling = format!("/enhet/{}/innsynskrav", office.unit.id);
    for (key, path, status) in [
        (Some(&school.key), &request, 200),
        (Some(&neighbour.key), &request, 403),
        (None, &request, 403),
        (Some(&school.key), &polling, 403),
        (Some(&neighbour.key), &polling, 403),
        (Some(&office.unit.key), &format!("/enhet/{}/innsynskrav", school.id), 200),
        (Some(&office.unit.key), &format!("/innsynskravBestilling/{}", order.id), 403),
        (Some(&office.unit.key), &format!("/innsynskravBestilling/{}/innsynskrav", order.id), 403),
        (Some(&office.unit.key), &"/innsynskrav".to_owned(), 403),
    ] {
        let answer = office.call(Method::GET, path, key.map(String::as_str), None).await;
        assert_eq!(answer.status, status, "{path}");
    }
    let of_school = office.get(&format!("/enhet/{}/innsynskrav", school.id)).await.with(200);
    assert!(ids(&of_school).is_empty(), "sub-units own no entries here");
    assert_eq!(office.patch(&request, json!({"sent": "2026-09-14T08:00:00Z"})).await.status, 403, "locked");
    let chosen =
        office.get(&format!("{polling}?ids={}&expand=journalpost.saksmappe", order.requests[0])).await.with(200);
    assert_eq!(chosen["items"][0]["journalpost"]["saksmappe"]["saksnummer"], "2026/1");
    assert!(office.einnsyn.public(Entity::Innsynskrav).is_empty() && !office.einnsyn.public_text().contains(REQUESTER));
}

#[tokio::test]
async fn requests_for_deleted_entries_vanish_from_the_list_and_old_orders_lose_their_requester() {
    let office = Office::new().await;
    office.publish(case_with(1, [entry(1), entry(2)])).await;
    let order = office.einnsyn.place_order(REQUESTER, &["jp-1", "jp-2"]).unwrap();
    office.delete("/journalpost/jp-1").await.with(200);
    office.einnsyn.verify_order(&order).unwrap();
    let left = office.requests().await;
    assert_eq!(ids(&left), order.requests[1..]);
    let xml = office.einnsyn.messages().pop().unwrap().order_xml;
    assert_eq!(xml.matches("<dokument>").count(), 1, "nor is it sent");
    office.pass(24 * 181);
    let old = office.requests().await["items"][0].clone();
    assert_eq!((&old["email"], &old["innsynskravBestilling"]), (&Value::Null, &Value::Null));
    assert!(!old["sent"].is_null());
    office.publish(case(2)).await;
}
