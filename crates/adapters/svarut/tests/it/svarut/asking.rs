use std::time::Duration;

use sakarkiv_core::{
    delivery::{Recipient, Reference, RemoteId, SigningStage},
    ports::{Channel, PortErrorKind as K, Reach, ReachQuery, Stage},
    routing::{MailboxKind as M, PrintSetting},
    sensitivity::SensitivityClass as S,
};
use sakarkiv_svarut::{Deletion, SigningState, SvarUtConfig, SvarUtConfigError};
use serde_json::{Value, json};

use super::{
    doubles::{Desk, Reply, SHIPMENT, answer, byplan, ok},
    letters::{Draft, address, now, number, organisation, person},
};

const SYSTEMS: &str = "GET v2/mottakersystem?organisasjonsnummer=310000027";
const STATUS: &str = "POST v3/kontoer/{konto}/forsendelser/status/sok";
const FIND: &str =
    "GET v2/kontoer/{konto}/forsendelser/metadata?eksternRef=sakarkiv-00000000-0000-0000-0000-000000000001";
const OTHER: &str = "7c0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e11";

fn query(recipient: Recipient, sensitivity: S, message_type: Option<&str>) -> ReachQuery {
    ReachQuery { recipient, sensitivity, message_type: message_type.map(str::to_owned) }
}

async fn reach(desk: &Desk, query: ReachQuery) -> Reach {
    desk.channel.reach(&byplan(), &query).await.unwrap()
}

fn id() -> RemoteId {
    RemoteId(SHIPMENT.to_owned())
}

#[tokio::test]
async fn an_organisation_without_a_system_of_its_own_has_two_inboxes_and_paper() {
    let desk = Desk::new();
    desk.expect(SYSTEMS, ok(&json!({"mottakersystemer": []})));
    let reach = reach(&desk, query(organisation(), S::Open, None)).await;
    assert_eq!(reach.mailboxes, [M::OrganisationInbox, M::ConfidentialInbox, M::Paper]);
    assert_eq!(reach.print, PrintSetting::PrintWhenUnopened);
}

#[tokio::test]
async fn a_receiver_system_gets_what_its_type_and_level_say() {
    let archive =
        json!({"id": "1", "navn": "Arkiv", "organisasjonsnummer": "310000027", "forsendelseType": "", "niva": 3});
    let with = |name: &str, value: Value| {
        let mut line = archive.clone();
        line[name] = value;
        line
    };
    let taken = [M::ReceiverSystem, M::Paper].as_slice();
    let altinn = [M::OrganisationInbox, M::ConfidentialInbox, M::Paper].as_slice();
    for (line, sensitivity, message_type, expected) in [
        (archive.clone(), S::Open, None, taken),
        (archive.clone(), S::Restricted, Some("ks.byggesak"), taken),
        (archive.clone(), S::Confidential, None, altinn),
        (with("niva", 4.into()), S::Confidential, None, taken),
        (with("niva", "4".into()), S::StrictlyConfidential, None, taken),
        (with("niva", 4.into()), S::Open, None, altinn),
        (with("niva", Value::Null), S::Confidential, None, taken),
        (with("niva", "høyt".into()), S::Open, None, altinn),
        (with("forsendelseType", "ks.byggesak".into()), S::Open, Some("ks.byggesak"), taken),
        (with("forsendelseType", "ks.byggesak".into()), S::Open, Some("ks.byggesak.x"), altinn),
        (with("forsendelseType", "ks.byggesak".into()), S::Open, None, altinn),
        (with("forsendelseType", Value::Null), S::Open, Some("x"), taken),
        (with("organisasjonsnummer", "310000043".into()), S::Open, None, altinn),
    ] {
        let desk = Desk::new();
        desk.expect(SYSTEMS, ok(&json!({"mottakersystemer": [line], "ny": 1})));
        let reach = reach(&desk, query(organisation(), sensitivity, message_type)).await;
        assert_eq!(reach.mailboxes, expected, "{line} {sensitivity:?} {message_type:?}");
    }
}

#[tokio::test]
async fn receiver_systems_are_asked_for_once_in_a_quarter_of_an_hour() {
    let desk = Desk::new();
    desk.expect(SYSTEMS, ok(&json!({"mottakersystemer": []})));
    reach(&desk, query(organisation(), S::Open, None)).await;
    desk.clock.pass(Duration::from_secs(899));
    reach(&desk, query(organisation(), S::Confidential, Some("x"))).await;
    assert_eq!(desk.sent().len(), 1);
    desk.clock.pass(Duration::from_secs(1));
    desk.expect(SYSTEMS, answer(503, ""));
    let error = desk.channel.reach(&byplan(), &query(organisation(), S::Open, None)).await.unwrap_err();
    assert_eq!(error.kind(), K::Transient, "an old answer is no answer");
}

#[tokio::test]
async fn people_have_a_mailbox_and_paper_and_others_paper_alone() {
    let desk = Desk::new();
    assert_eq!(reach(&desk, query(person(), S::Open, None)).await.mailboxes, [M::CitizenMailbox, M::Paper]);
    let nowhere = Recipient::Person { number: number(), name: "Kari Testperson".into(), address: None };
    assert_eq!(reach(&desk, query(nowhere, S::Open, None)).await.mailboxes, [M::CitizenMailbox]);
    let addressee = || Recipient::Addressee { name: "Kari Testperson".into(), address: address() };
    assert_eq!(reach(&desk, query(addressee(), S::Open, None)).await.mailboxes, [M::Paper]);
    let no_paper = Desk::with(|config| config["accounts"]["byplan"] = json!({"konto": OTHER, "paper": false}));
    let reach = reach(&no_paper, query(addressee(), S::Open, None)).await;
    assert_eq!((reach.mailboxes, reach.print), (Vec::new(), PrintSetting::Unknown));
}

#[tokio::test]
async fn hits_come_newest_first_and_those_turned_away_are_among_them() {
    let desk = Desk::new();
    let hits = json!({"forsendelser": [
        {"id": SHIPMENT, "dato": "2026-09-14T08:00:00+02:00", "status": "AVVIST", "avgivendeSystem": "x"},
        {"id": OTHER, "dato": "2026-09-15T08:00:00Z", "status": "SENDT_ALTINN", "nytt": true},
    ]});
    desk.expect(FIND, ok(&hits));
    let found = desk.channel.find(&byplan(), &Reference::of(Draft::person().letter.id)).await.unwrap();
    assert_eq!(found.iter().map(|hit| hit.remote_id.0.as_str()).collect::<Vec<_>>(), [OTHER, SHIPMENT]);
    assert_eq!(found.iter().map(|hit| hit.is_effective()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(found[1].received.map(|at| at.to_rfc3339()).as_deref(), Some("2026-09-14T06:00:00+00:00"));
}

#[tokio::test]
async fn a_hit_without_a_status_is_asked_for_it() {
    let desk = Desk::new();
    desk.expect(FIND, ok(&json!({"forsendelser": [{"id": SHIPMENT, "dato": "2026-09-14T08:00:00Z"}]})));
    desk.expect(STATUS, ok(&json!({"statuser": [{"id": SHIPMENT, "status": "AVVIST"}]})));
    let found = desk.channel.find(&byplan(), &Reference::of(Draft::person().letter.id)).await.unwrap();
    assert_eq!((found[0].status.stage, found[0].is_effective()), (Stage::Rejected, false));
    assert_eq!(desk.sent()[1].json(), json!({"id": [SHIPMENT]}));
}

#[tokio::test]
async fn no_hit_is_an_empty_list() {
    let desk = Desk::new();
    desk.expect(FIND, ok(&json!({"forsendelser": []})));
    assert!(desk.channel.find(&byplan(), &Reference::of(Draft::person().letter.id)).await.unwrap().is_empty());
    desk.sent();
}

#[tokio::test]
async fn one_odd_status_line_never_stops_the_others() {
    let desk = Desk::new();
    let lines = json!({"statuser": [
        null, 7, {"status": "LEST"}, {"id": 5, "status": "LEST"},
        {"id": "11111111-2c61-4c0f-9f0e-3f0a6c1b7e10", "status": "LEST"},
        {"id": OTHER, "sisteStatusEndring": "i går", "status": "HELT_NY"},
        {"id": SHIPMENT.to_uppercase(), "sisteStatusEndring": "2026-09-15T08:00:00Z", "status": "LEVERT_ALTINN"},
    ]});
    desk.expect(STATUS, ok(&lines));
    let ids = [id(), RemoteId(OTHER.to_owned()), RemoteId("22222222-2c61-4c0f-9f0e-3f0a6c1b7e10".to_owned())];
    let lines = desk.channel.status(&byplan(), &ids).await.unwrap();
    assert_eq!(lines.len(), 2, "what was not asked for or not answered is left out");
    assert_eq!((lines[0].status.stage, lines[0].status.raw.as_str()), (Stage::Unrecognised, "HELT_NY"));
    assert_eq!((lines[1].remote_id.clone(), lines[1].status.stage), (id(), Stage::Delivered(None)));
    assert_eq!(lines[1].status.since, Some(now()));
}

#[tokio::test]
async fn statuses_are_asked_for_in_batches_and_what_is_no_id_of_svaruts_not_at_all() {
    let desk = Desk::with(|config| config["status_batch"] = 2.into());
    assert_eq!(desk.channel.capabilities().status_batch, 2);
    for _ in 0..2 {
        desk.expect(STATUS, ok(&json!({"statuser": []})));
    }
    let uuid = |n: u32| RemoteId(format!("{n:08}-2c61-4c0f-9f0e-3f0a6c1b7e10"));
    let ids = [uuid(1), RemoteId("ikke-en-uuid".to_owned()), uuid(2), uuid(3)];
    desk.channel.status(&byplan(), &ids).await.unwrap();
    let sizes = desk.sent().iter().map(|sent| sent.json()["id"].as_array().unwrap().len()).collect::<Vec<_>>();
    assert_eq!(sizes, [2, 1]);
    assert!(desk.channel.status(&byplan(), &[]).await.unwrap().is_empty());
    assert!(desk.sent().is_empty());
}

#[tokio::test]
async fn the_log_of_a_letter_is_handed_on_unread() {
    let line = "GET v2/forsendelser/{id}/hendelser";
    let desk = Desk::new();
    desk.expect(line, ok(&json!({"hendelser": [{"tidspunkt": "2026-09-15T08:00:00Z", "hendelse": "Sendt til Kari"}]})));
    let history = desk.channel.history(&byplan(), &id()).await.unwrap();
    assert_eq!((history[0].at, history[0].text.expose().as_str()), (now(), "Sendt til Kari"));
    desk.expect(line, answer(404, ""));
    assert_eq!(desk.channel.history(&byplan(), &id()).await.unwrap_err().kind(), K::Rejected, "no such letter");
    let other = RemoteId("../../kontoer".to_owned());
    assert_eq!(desk.channel.history(&byplan(), &other).await.unwrap_err().kind(), K::Rejected);
    desk.sent();
}

#[tokio::test]
async fn a_check_tells_wrong_credentials_from_a_network_fault() {
    let line = "GET v2/kontoer/{konto}/forsendelser?eksternRef=sakarkiv-check";
    let outcome = async |replies: Vec<Reply>| {
        let desk = Desk::new();
        for reply in replies {
            desk.expect(line, reply);
        }
        desk.channel.check(&byplan()).await.map_err(|error| error.kind())
    };
    assert_eq!(outcome(vec![ok(&json!({"forsendelseIds": []}))]).await, Ok(()));
    assert_eq!(outcome(vec![answer(401, ""), answer(401, "")]).await, Err(K::Unauthorised));
    assert_eq!(outcome(vec![answer(403, "")]).await, Err(K::Unauthorised));
    assert_eq!(outcome(vec![answer(404, "")]).await, Err(K::Misconfigured));
    assert_eq!(outcome(vec![Reply::NoConnection]).await, Err(K::Transient));
    assert_eq!(outcome(vec![answer(200, "<html>velkommen</html>")]).await, Err(K::Transient));
}

#[tokio::test]
async fn withdrawal_is_not_promised() {
    let desk = Desk::new();
    assert!(!desk.channel.capabilities().withdraw);
    assert_eq!(desk.channel.withdraw(&byplan(), &id()).await.unwrap_err().kind(), K::Unsupported);
}

#[tokio::test]
async fn documents_can_be_looked_at_and_deleted() {
    let desk = Desk::new();
    let documents = json!({"dokumenter": [
        {"filnavn": "brev.pdf", "mimeType": "application/pdf", "storrelse": 12, "sha256Hash": "ab", "kanSigneres": true,
         "nedlasningUrl": "https://svarut.ks.no/forsendelse/1/0", "dokumentType": "", "nytt": 1},
        {"filnavn": "kart.pdf"},
    ]});
    desk.expect("GET v2/forsendelser/{id}/metadata", ok(&documents));
    let info = desk.channel.document_info(&byplan(), &id()).await.unwrap();
    assert_eq!((info[0].size, info[0].can_be_signed, info[1].size), (Some(12), true, None));
    for (what, word) in [(Deletion::Originals, "ORIGINALDOKUMENTER"), (Deletion::Everything, "ALLE")] {
        desk.expect(&format!("DELETE v2/forsendelser/{{id}}/dokumenter?slettetype={word}"), answer(204, ""));
        desk.channel.delete_documents(&byplan(), &id(), what).await.unwrap();
    }
    desk.expect("DELETE v2/forsendelser/{id}/dokumenter?slettetype=ALLE", Reply::LostAnswer);
    let error = desk.channel.delete_documents(&byplan(), &id(), Deletion::Everything).await.unwrap_err();
    assert_eq!(error.kind(), K::Unknown);
}

#[tokio::test]
async fn reading_elsewhere_is_told_with_the_readers_number_and_moment() {
    let desk = Desk::new();
    desk.expect("POST v2/forsendelser/{id}/lest", answer(204, ""));
    desk.channel.mark_read(&byplan(), &id(), &number(), now()).await.unwrap();
    let expected = json!({"fnr": number().digits(), "tidspunkt": "2026-09-15T08:00:00.000Z", "eksterntSystemnavn": "sakarkiv 0.1"});
    assert_eq!(desk.sent()[0].json(), expected);
}

#[tokio::test]
async fn a_refused_signature_is_seen_and_a_new_word_kept() {
    let desk = Desk::new();
    let event = |status: &str| json!({"tidspunkt": "2026-09-15T08:00:00Z", "status": status, "hendelse": "x"});
    let events = ["VENTER_SIGNERING", "SIGNERT_AV_MOTTAKER", "AVVIST_AV_MOTTAKER", "AVVIST_AV_SVARUT", "UTLOPT", "NY"];
    let events = json!({"hendelser": events.map(event)});
    desk.expect("GET v2/forsendelser/{id}/signeringshendelser", ok(&events));
    let events = desk.channel.signing_events(&byplan(), &id()).await.unwrap();
    assert_eq!(
        events.into_iter().map(|event| event.state).collect::<Vec<_>>(),
        [
            SigningState::Waiting,
            SigningState::Signed,
            SigningState::RefusedByRecipient,
            SigningState::RefusedBySvarUt,
            SigningState::Expired,
            SigningState::Other("NY".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_signing_order_is_followed_by_its_own_words() {
    let desk = Desk::new();
    let event = |hour: u32, status: &str| json!({"tidspunkt": format!("2026-09-15T{hour:02}:00:00Z"), "status": status, "hendelse": "x"});
    let declined = json!({"hendelser": [event(9, "AVVIST_AV_MOTTAKER"), event(8, "VENTER_SIGNERING")]});
    let missing = json!({"status": 404, "message": "finnes ikke"});
    desk.expect("GET v2/forsendelser/{id}/signeringshendelser", ok(&declined));
    desk.expect("GET v2/forsendelser/{id}/signeringshendelser", ok(&json!({"hendelser": []})));
    desk.expect("GET v2/forsendelser/{id}/signeringshendelser", answer(404, missing.to_string()));
    assert!(desk.channel.capabilities().signing);
    let status = desk.channel.signing(&byplan(), &id()).await.unwrap().unwrap();
    assert_eq!((status.stage, status.raw.as_str()), (SigningStage::Declined, "AVVIST_AV_MOTTAKER"));
    assert_eq!(status.since, Some("2026-09-15T09:00:00Z".parse().unwrap()));
    assert_eq!(desk.channel.signing(&byplan(), &id()).await.unwrap(), None, "a letter without an order");
    assert_eq!(desk.channel.signing(&byplan(), &id()).await.unwrap_err().kind(), K::Rejected);
}

#[test]
fn settings_that_cannot_work_are_named() {
    let config = |name: &str, value: Value| {
        let mut config = json!({
            "base_url": "https://test.svarut.ks.no/api", "accounts": {},
            "integration_id": "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2",
        });
        config[name] = value;
        serde_json::from_value::<SvarUtConfig>(config).map(|config| config.check())
    };
    assert_eq!(config("sending_system", " ".into()).unwrap(), Err(SvarUtConfigError::SendingSystem));
    assert_eq!(config("status_batch", 0.into()).unwrap(), Err(SvarUtConfigError::StatusBatch));
    assert_eq!(config("status_batch", 1001.into()).unwrap(), Err(SvarUtConfigError::StatusBatch));
    assert_eq!(config("concurrency", 0.into()).unwrap(), Err(SvarUtConfigError::Concurrency));
    assert_eq!(config("timeouts", json!({"read_seconds": 0})).unwrap(), Err(SvarUtConfigError::Timeout));
    assert!(config("passord", "x".into()).is_err(), "unknown settings are typing errors");
    assert!(config("base_url", "http://svarut.ks.no".into()).is_err());
}

#[test]
fn nothing_secret_is_shown() {
    let desk = Desk::new();
    assert!(!format!("{:?}", desk.channel).contains("hemmelig"));
}
