//! SvarInn: what waits, what is fetched, what is acknowledged.

use std::io::{Cursor, Read};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, Request};
use sakarkiv_cms::{Identity, InMemory, Keyring, Limits, decrypt};
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{Content, Mail, MailFile, Oddity, Package, Sender};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::support::{Letter, PDF, PERSON, RECEIVER, Reply, World};

const BASES: [&str; 2] = ["/tjenester", "/api"];

fn request(method: Method, path: &str, password: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(format!("https://svarinn.test{path}"))
        .header("Authorization", format!("Basic {}", STANDARD.encode(format!("arkiv:{password}"))))
        .header("Content-Type", "application/json")
        .body(body.into())
        .unwrap()
}

async fn call(world: &World, method: Method, path: &str, body: impl Into<Body>) -> Reply {
    world.call(request(method, path, "passord", body)).await.unwrap()
}

async fn list(world: &World, version: u8) -> Vec<Value> {
    let path =
        if version == 1 { "/tjenester/svarinn/mottaker/hentNyeForsendelser" } else { "/api/svarinn/v2/forsendelser" };
    let reply = call(world, Method::GET, path, Body::empty()).await;
    assert_eq!(reply.status, 200);
    reply.json().as_array().unwrap().clone()
}

async fn download(world: &World, id: Uuid) -> Reply {
    call(world, Method::GET, &format!("/api/svarinn/v2/forsendelser/{id}"), Body::empty()).await
}

fn opened(identity: &Identity, message: &[u8]) -> Result<Vec<u8>, sakarkiv_cms::CmsError> {
    let keyring = Keyring::new().with(identity.private_key_der(), None).unwrap();
    decrypt(message, &keyring, InMemory::new(), &Limits::default()).map(|opened| opened.content.to_vec())
}

/// Names and contents of an archive.
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), content)
        })
        .collect()
}

fn mail() -> Mail {
    Mail::new("Uttalelse til reguleringsplan", RECEIVER)
        .with_file(MailFile::pdf("uttalelse.pdf", "%PDF-1.7 uttalelse"))
        .with_file(MailFile::new("kart.txt", "text/plain", "kart"))
}

#[tokio::test]
async fn mail_waits_until_it_is_acknowledged_and_fetching_does_not_acknowledge() {
    for base in BASES {
        let world = World::new();
        let key = world.with_receiver_system();
        let id = world.svarinn.deliver("arkiv", mail());
        assert_eq!(list(&world, 1).await[0]["id"], json!(id));
        for path in [format!("{base}/svarinn/forsendelse/{id}"), format!("{base}/svarinn/v2/forsendelser/{id}")] {
            let reply = call(&world, Method::GET, &path, Body::empty()).await;
            assert_eq!(reply.headers["content-type"], "application/zip");
            assert!(reply.headers["content-disposition"].to_str().unwrap().contains(".zip"));
            let files = unpacked(&opened(&key, &reply.bytes).unwrap());
            assert_eq!(files[1], ("kart.txt".to_owned(), b"kart".to_vec()));
        }
        assert_eq!((list(&world, 2).await.len(), world.svarinn.waiting("arkiv")), (1, 1));
        let path = format!("{base}/svarinn/v2/forsendelser/{id}/status");
        assert_eq!(call(&world, Method::PATCH, &path, r#"{"status":"MOTTATT"}"#).await.status, 200);
        assert_eq!((list(&world, 1).await.len(), list(&world, 2).await.len()), (0, 0));
        assert!(world.svarinn.redeliver(id));
        assert_eq!(list(&world, 2).await.len(), 1);
        let acknowledge = format!("{base}/svarinn/kvitterMottak/forsendelse/{id}");
        assert_eq!(call(&world, Method::POST, &acknowledge, Body::empty()).await.status, 200);
        let record = world.svarinn.record(id).unwrap();
        assert_eq!((record.downloads, record.acknowledged.len(), record.waiting), (2, 2, false));
    }
}

#[tokio::test]
async fn the_message_is_ber_of_indefinite_length_in_pieces_of_a_thousand_bytes() {
    let world = World::new();
    let _key = world.with_receiver_system();
    let id = world.svarinn.deliver(
        "arkiv",
        Mail::new("Stor", RECEIVER)
            .with_file(MailFile::new("stor.pdf", "application/pdf", Content::Generated(50_000)))
            .packed(Package::Bare),
    );
    let message = download(&world, id).await.bytes;
    assert_eq!(message[..2], [0x30, 0x80], "indefinite length");
    let piece = [0x04, 0x82, 0x03, 0xE8];
    assert!(message.windows(4).filter(|window| *window == piece).count() >= 45, "pieces of 1000 bytes");
}

#[tokio::test]
async fn a_list_shows_two_hundred_at_most_and_the_rest_after_them() {
    let world = World::new();
    let _key = world.with_receiver_system();
    let ids: Vec<Uuid> =
        (0..201).map(|n| world.svarinn.deliver("arkiv", Mail::new(format!("nr {n}"), RECEIVER))).collect();
    let shown = list(&world, 2).await;
    assert_eq!(shown.len(), 200);
    assert!(!shown.iter().any(|entry| entry["id"] == json!(ids[200])));
    let path = format!("/tjenester/svarinn/kvitterMottak/forsendelse/{}", ids[0]);
    call(&world, Method::POST, &path, Body::empty()).await;
    let shown = list(&world, 1).await;
    assert_eq!((shown.len(), &shown[199]["id"]), (200, &json!(ids[200])));
}

#[tokio::test]
async fn a_sent_letter_arrives_encrypted_and_its_acknowledgement_is_read_mail() {
    let world = World::new();
    let key = world.with_receiver_system();
    let letter = Letter::to_organisation()
        .with("/taushetsbelagtPost", json!(true))
        .with("/metadataForImport", json!({"saksaar": 2025, "sakssekvensnummer": 12}));
    let id = world.send(&letter).await.id();
    assert!(list(&world, 2).await.is_empty(), "not there yet");
    world.pass(120);
    let entry = &list(&world, 2).await[0];
    assert_eq!((&entry["id"], &entry["taushetsbelagtPost"]), (&json!(id), &json!(true)));
    assert_eq!(entry["metadataForImport"]["mappeId"], json!({"saksaar": 2025, "sakssekvensnummer": 12}));
    assert_eq!(entry["metadataFraAvleverendeSystem"]["journalpostId"]["journalpostnummer"], 3);
    let files = unpacked(&opened(&key, &download(&world, id).await.bytes).unwrap());
    assert_eq!(files, [("brev.pdf".to_owned(), PDF.to_vec())]);
    assert_eq!(world.status(id).await, "KLAR_FOR_MOTTAK");
    let path = format!("/api/svarinn/v2/forsendelser/{id}/status");
    call(&world, Method::PATCH, &path, r#"{"status":"MOTTATT"}"#).await;
    assert_eq!(world.status(id).await, "LEST");
}

#[tokio::test]
async fn a_letter_longer_than_the_cap_still_arrives_whole() {
    let world = World::new();
    let key = world.with_receiver_system();
    world.svarut.configure(|settings| settings.keep_bytes = 10);
    let id = world.send(&Letter::to_organisation()).await.id();
    world.pass(120);
    assert_eq!(list(&world, 2).await.len(), 1);
    assert_eq!(unpacked(&opened(&key, &download(&world, id).await.bytes).unwrap())[0].1, PDF);
    assert_eq!(world.svarut.shipment(id).unwrap().files[0].content, None, "only the hash is kept for inspection");
}

#[tokio::test]
async fn a_temporary_failure_is_logged_and_a_permanent_one_sends_the_mail_to_altinn() {
    let world = World::new();
    let _key = world.with_receiver_system();
    let id = world.send(&Letter::to_organisation()).await.id();
    world.pass(120);
    assert_eq!(list(&world, 1).await.len(), 1);
    let refuse = format!("/tjenester/svarinn/mottakFeilet/forsendelse/{id}");
    let temporary = json!({"feilmelding": "arkivet er nede", "permanent": false}).to_string();
    assert_eq!(call(&world, Method::POST, &refuse, temporary).await.status, 200);
    assert_eq!((list(&world, 1).await.len(), world.status(id).await), (1, "KLAR_FOR_MOTTAK".into()));
    let log = world.get(&format!("/api/v2/forsendelser/{id}/hendelser")).await.json().to_string();
    assert!(log.contains("arkivet er nede"), "{log}");
    let permanent = json!({"status": "FEILET", "feil": {"feilmelding": "ukjent sak", "permanent": true}}).to_string();
    let path = format!("/api/svarinn/v2/forsendelser/{id}/status");
    assert_eq!(call(&world, Method::PATCH, &path, permanent).await.status, 200);
    assert_eq!((list(&world, 1).await.len(), world.status(id).await), (0, "SENDT_ALTINN".into()));
}

#[tokio::test]
async fn wrong_credentials_and_malformed_reports_are_refused() {
    let world = World::new();
    let _key = world.with_receiver_system();
    world.svarinn.add_system("bygg", "passord", &[]).unwrap();
    let id = world.svarinn.deliver("arkiv", mail());
    let others = world.svarinn.deliver("bygg", mail());
    let status = format!("/api/svarinn/v2/forsendelser/{id}/status");
    for (what, request, expected) in [
        ("a wrong password", request(Method::GET, "/api/svarinn/v2/forsendelser", "feil", Body::empty()), 401),
        (
            "another system's mail",
            request(Method::GET, &format!("/api/svarinn/v2/forsendelser/{others}"), "passord", Body::empty()),
            404,
        ),
        ("FEILET without feil", request(Method::PATCH, &status, "passord", r#"{"status":"FEILET"}"#), 400),
        ("an unknown status", request(Method::PATCH, &status, "passord", r#"{"status":"LEST"}"#), 400),
        (
            "an empty text",
            request(
                Method::PATCH,
                &status,
                "passord",
                r#"{"status":"FEILET","feil":{"feilmelding":"","permanent":true}}"#,
            ),
            400,
        ),
        ("no UUID", request(Method::GET, "/api/svarinn/v2/forsendelser/17", "passord", Body::empty()), 400),
    ] {
        assert_eq!(world.call(request).await.unwrap().status, expected, "{what}");
    }
    assert!(world.svarinn.record(id).unwrap().waiting);
}

#[tokio::test]
async fn packages_come_whole_bare_empty_or_spoilt_as_ordered() {
    let world = World::new();
    let key = world.with_receiver_system();
    let deliver = |package| world.svarinn.deliver("arkiv", mail().packed(package));
    let whole = opened(&key, &download(&world, deliver(Package::Zip)).await.bytes).unwrap();
    assert_eq!(unpacked(&whole).len(), 2);
    let bare = download(&world, deliver(Package::Bare)).await;
    assert_eq!(bare.headers["content-type"], "application/pdf");
    assert_eq!(opened(&key, &bare.bytes).unwrap(), b"%PDF-1.7 uttalelse");
    let empty = world.svarinn.deliver("arkiv", Mail::new("Uten vedlegg", RECEIVER));
    assert_eq!(opened(&key, &download(&world, empty).await.bytes).unwrap().len(), 22);
    let names = |bytes: &[u8]| unpacked(bytes).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    for (package, expected) in [
        (Package::FileMissing, vec!["uttalelse.pdf"]),
        (Package::FileTooMany, vec!["uttalelse.pdf", "kart.txt", "ukjent.pdf"]),
        (Package::ClimbingNames, vec!["../../uttalelse.pdf", "../../kart.txt"]),
    ] {
        assert_eq!(names(&opened(&key, &download(&world, deliver(package)).await.bytes).unwrap()), expected);
    }
    for package in [Package::WrongKey, Package::Plain, Package::CutShort] {
        assert!(opened(&key, &download(&world, deliver(package)).await.bytes).is_err(), "{package:?}");
    }
    let other = deliver(Package::OtherBytes);
    let files = unpacked(&opened(&key, &download(&world, other).await.bytes).unwrap());
    let listed = list(&world, 2).await.into_iter().find(|entry| entry["id"] == json!(other)).unwrap();
    let hash: String = Sha256::digest(&files[0].1).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_ne!(listed["filer"][0]["hash"], hash.as_str());
}

#[tokio::test]
async fn odd_entries_look_as_the_real_ones_did() {
    let world = World::new();
    let _key = world.with_receiver_system();
    for (oddity, pointer, expected) in [
        (Oddity::NullNumbers, "/metadataFraAvleverendeSystem/journalaar", Some(Value::Null)),
        (Oddity::ZeroNumbers, "/metadataFraAvleverendeSystem/saksaar", Some(json!(0))),
        (Oddity::NegativeNumbers, "/metadataForImport/sakssekvensnummer", Some(json!(-1))),
        (Oddity::AncientDate, "/date", Some(json!(-62_135_769_600_000_i64))),
        (Oddity::TextDate, "/date", Some(json!("2026-09-14T08:00:00.000Z"))),
        (Oddity::UnknownSizes, "/filmetadata/0/size", Some(json!(0))),
        (Oddity::NoHashes, "/filmetadata/0/sha256hash", None),
        (Oddity::NullMetadataKey, "/metadataFraAvleverendeSystem/ekstraMetadata/0/key", Some(Value::Null)),
        (Oddity::EmptyReplyOrganisation, "/svarSendesTil/orgnr", Some(json!(""))),
        (Oddity::AbsentMembers, "/svarPaForsendelse", None),
        (Oddity::ForeignLink("ond.test".to_owned()), "/nothing", None),
        (Oddity::Malformed(json!(17)), "", Some(json!(17))),
    ] {
        let dialogue = Mail::dialogue("Spørsmål", RECEIVER, Sender::person("Kari Testperson", PERSON))
            .with_file(MailFile::pdf("brev.pdf", PDF));
        let id = world.svarinn.deliver("arkiv", dialogue.odd(oddity.clone()));
        let entries = list(&world, 1).await;
        assert_eq!(entries[0].pointer(pointer).cloned(), expected, "{oddity:?}");
        let path = format!("/tjenester/svarinn/kvitterMottak/forsendelse/{id}");
        call(&world, Method::POST, &path, Body::empty()).await;
    }
    let plain = world.svarinn.deliver("arkiv", mail());
    let entry = &list(&world, 1).await[0];
    assert_eq!(entry["downloadUrl"], format!("https://svarinn.test/tjenester/svarinn/forsendelse/{plain}"));
    world.svarinn.set_public_base("https://post.test");
    assert!(list(&world, 2).await[0]["nedlastingslenke"].as_str().unwrap().starts_with("https://post.test/api/"));
}

#[tokio::test]
async fn a_mail_of_many_megabytes_is_made_while_it_is_read() {
    const SIZE: u64 = 8 << 20;
    let world = World::new();
    let key = world.with_receiver_system();
    let file = MailFile::new("stor.pdf", "application/pdf", Content::Generated(SIZE));
    let id = world.svarinn.deliver("arkiv", Mail::new("Stor", RECEIVER).with_file(file).packed(Package::Bare));
    let content = opened(&key, &download(&world, id).await.bytes).unwrap();
    assert_eq!(u64::try_from(content.len()).unwrap(), SIZE);
    assert!(content.starts_with(b"%PDF-1.7 sidetal"));
}

#[tokio::test]
async fn both_services_can_share_a_host() {
    use sakarkiv_testkit::simulators::InProcess;

    let mut world = World::new();
    let _key = world.with_receiver_system();
    world.network = InProcess::new(world.svarut.router_with(&world.svarinn));
    world.send(&Letter::to_organisation()).await.id();
    world.pass(120);
    assert_eq!(list(&world, 2).await.len(), 1);
    assert_eq!(world.get("/api/svarinn/v3/forsendelser").await.status, 404);
}
