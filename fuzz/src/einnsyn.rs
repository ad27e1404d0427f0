//! eInnsyn's answers, and its orders of access.

use std::sync::Arc;

use sakarkiv_core::{
    identity::{EntryId, TenantId},
    ports::{AccessRequests as _, JournalPublisher as _, Kept, MockStore},
    publication::{ClearedRecord, LeakReport, PublicRecord, clear},
};
use sakarkiv_einnsyn::{EInnsynConfig, EInnsynPublisher, EInnsynRequests, Surroundings, parse_order};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    STATUSES,
    other_side::{Answer, OtherSide, Still},
    wait,
};

const ENTRY: Uuid = Uuid::from_u128(0x0198_f0ab_2222_7abc_8def_0000_0000_0002);
const UNIT: &str = "enh_01k5abcdefghjkmnpqrstvwxyz";

/// eInnsyn's answer: the first byte chooses the call, the second the status. Who we are is always answered soundly, but when
/// that is asked.
pub fn einnsyn_answer(data: &[u8]) {
    let [call, status, body @ ..] = data else { return };
    let call = call % 5;
    let answer = Answer::new(STATUSES[usize::from(*status) % STATUSES.len()], body);
    let me = Answer::new(200, me().to_string().as_bytes());
    let side = OtherSide::new(move |path| if path == "/me" && call != 4 { me.clone() } else { answer.clone() });
    let surroundings = Surroundings { service: Arc::new(side), clock: Arc::new(Still), store: Arc::new(store()) };
    let config: EInnsynConfig = serde_json::from_value(json!({
        "base_url": "https://api.einnsyn.test", "api_key": "secret_abc", "organisation": "310000027", "pause_ms": 0,
    }))
    .expect("a sound configuration");
    let tenant = TenantId::new("bodo").expect("a name");
    let requests = EInnsynRequests::new(&tenant, config.clone(), &surroundings).expect("a sound configuration");
    let publisher = EInnsynPublisher::new(tenant, config, &surroundings).expect("a sound configuration");
    let error = wait(async {
        match call {
            0 => publisher.publish(&record()).await.err(),
            1 => publisher.withdraw(EntryId::from_uuid(ENTRY)).await.err(),
            2 => publisher.published(None).await.err(),
            3 => requests.list().await.err(),
            _ => publisher.check().await.err(),
        }
    });
    if let Some(error) = error {
        assert!(!format!("{error} {error:?}").contains("Testperson"), "an error told what stood in an answer");
    }
}

/// An order of access.
pub fn einnsyn_order(data: &[u8]) {
    let Ok(request) = parse_order(data, crate::seeds::now()) else { return };
    assert!(!request.wanted.is_empty(), "an order that asks for nothing was taken");
    assert_eq!(parse_order(data, crate::seeds::now()).ok().map(|again| again.id), Some(request.id));
}

/// Answers of each kind, to each call.
pub(crate) fn answers() -> Vec<Vec<u8>> {
    let named = "Kari Testperson";
    let entry = json!({"id": "jp_1", "systemId": ENTRY, "offentligTittel": named, "publisertDato": "2026-09-14T08:00:00Z",
        "saksmappe": {"id": "sm_1", "systemId": Uuid::nil(), "klasse": "kla_1"}, "skjerming": {"id": "skj_1"},
        "korrespondansepart": [{"id": "kp_1"}], "dokumentbeskrivelse": [{"id": "db_1", "dokumentobjekt": [{"id": "do_1"}]}]});
    let request = json!({"id": "ikd_1", "sent": "2026-09-14T08:00:00.12Z", "email": "kari@example.org",
        "innsynskravBestilling": "ik_1", "journalpost": {"id": "jp_1", "systemId": ENTRY, "journalpostnummer": 1,
        "saksmappe": {"saksnummer": "2026/318"}}});
    let list = |item: &Value| json!({"items": [item], "next": "/enhet/x/innsynskrav?startingAfter=ikd_1"});
    let refusal =
        json!({"type": "validationError", "message": named, "fieldError": [{"fieldName": named, "value": named}]});
    let gone = json!({"type": "notFound", "message": "Not found"});
    let bodies = [list(&entry), list(&request), entry, me(), refusal, gone, json!([]), json!(null)];
    let all = (0..5_u8).flat_map(|call| {
        bodies
            .iter()
            .flat_map(move |body| [0, 4, 7].map(|status| [&[call, status], body.to_string().as_bytes()].concat()))
    });
    all.collect()
}

/// Orders of both versions, and what only looks like one.
pub(crate) fn orders() -> Vec<Vec<u8>> {
    let first = "<?xml version='1.0' encoding='UTF-8'?><bestilling><id>ik_1</id><kontaktinfo><e-post>a&#43;b@example.com</e-post>\
        </kontaktinfo><dokumenter><dokument><saksnr>2026/318</saksnr><dokumentnr>3</dokumentnr><journalnr>1/26</journalnr>\
        </dokument></dokumenter></bestilling>";
    let second = format!(
        "<n:bestilling xmlns:n='http://einnsyn.no/schema/order/v2'><id>http://ik_1</id><kontaktinfo><språk>nb_NO</språk>\
         </kontaktinfo><dokumenter><dokument><fagsysteminfo><id>a</id></fagsysteminfo><id>http://jp_1</id>\
         <systemId>{ENTRY}</systemId><saksbehandler>[Ufordelt]</saksbehandler></dokument></dokumenter></n:bestilling>"
    );
    let entities = "<!DOCTYPE b [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><bestilling><id>&b;</id></bestilling>";
    let deep = "<bestilling>".repeat(200);
    [first, &second, entities, &deep].map(|xml| xml.as_bytes().to_vec()).into()
}

fn me() -> Value {
    json!({"authType": "ApiKey", "type": "Enhet", "id": UNIT, "orgnummer": "310000027"})
}

/// A store that knows of one entry and forgets everything else.
fn store() -> MockStore {
    let mut store = MockStore::new();
    store.expect_kept().returning(|_, _, _| Ok(None));
    store.expect_kept_list().returning(|_, filter, after, _| {
        let value = r#"{"revision":1,"shows":"00","case":null,"withdrawn":false,"changed":null}"#;
        let known = filter.kind == "einnsyn.entry" && after.is_none();
        Ok(known.then(|| Kept::new("einnsyn.entry", ENTRY.to_string(), value)).into_iter().collect())
    });
    store.expect_commit().returning(|_| Ok(Vec::new()));
    store
}

fn record() -> ClearedRecord {
    let text = |text: &str| json!({"shown": text, "searchable": text});
    let unit = json!({"id": "byggesak", "name": null});
    let record: PublicRecord = serde_json::from_value(json!({
        "tenant": "bodo", "entry": ENTRY, "revision": 1, "policy": 1,
        "archive": {"title": "Sakarkiv", "series": null, "series_title": null, "class": "L42"},
        "case": {"id": Uuid::nil(), "number": "2026/318", "title": text("Garasje"), "date": "2026-09-01", "unit": unit,
            "screening": null},
        "journal": {"number": {"case": "2026/318", "number": 1, "journal_year": 2026, "journal_sequence": 7},
            "kind": "incoming", "title": text("Klage"), "journal_date": "2026-09-01", "document_date": null, "unit": unit,
            "screening": {"code": "UO", "legal_basis": "offl. § 13"}, "accessible_after": "2026-09-01T00:00:00Z",
            "bare": false},
        "parties": [{"id": Uuid::from_u128(1), "role": "sender", "name": text("Prøve AS"), "unit": null}],
        "documents": [{"id": Uuid::from_u128(2), "number": 1, "role": "main", "kind": "Brev", "title": text("Klage"),
            "screening": null, "file": null}],
        "names_searchable_until": "2027-09-01",
    }))
    .expect("a sound record");
    let report = LeakReport::clean(&record);
    clear(record, &report, &[]).expect("nothing was found")
}
