//! Attachments by themselves.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use sakarkiv_http::{Body, BodyError};
use sakarkiv_testkit::simulators::altinn::{Resource, Verdict};
use serde_json::json;
use uuid::Uuid;

use super::altinn_support::{ORDINARY, OTHER, OWNER, WRITE, World, code, letter, with};

#[tokio::test]
async fn an_attachment_is_made_uploaded_scanned_and_used() {
    let world = World::new();
    let id = world.made("vedtak.pdf").await;
    let see = format!("/attachment/{id}");
    assert_eq!(world.sent(&see).await.json()["status"], "Initialized");
    assert_eq!(
        code(&world.send(&with(letter(), "/existingAttachments", json!([id]))).await),
        1018,
        "not published yet"
    );
    let uploaded = world.upload(id, b"%PDF").await.json();
    assert_eq!(
        (uploaded["status"].as_str(), uploaded["isEncrypted"].as_bool()),
        (Some("UploadProcessing"), Some(false))
    );
    assert_eq!(uploaded["checksum"].as_str().unwrap().len(), 32, "computed where none was declared");
    assert_eq!(code(&world.upload(id, b"%PDF").await), 2005, "one shot");
    world.pass(10);
    assert_eq!(world.sent(&see).await.json()["status"], "Published");
    assert_eq!(world.sent(&format!("{see}/download")).await.bytes, b"%PDF");
    let letter = world.sent_id(&with(letter(), "/existingAttachments", json!([id]))).await;
    let details = world.sent(&format!("{see}/details")).await.json();
    assert_eq!(details["correspondenceIds"], json!([letter]));
    assert_eq!(details["statusHistory"].as_array().unwrap().len(), 3);
    assert_eq!(code(&world.upload(id, b"%PDF").await), 2003, "bound to a letter");
    world.pass(10);
    assert_eq!(code(&world.sent(&format!("{see}/download")).await), 2016, "a recipient may have it by now");
}

#[tokio::test]
async fn each_rule_of_a_new_attachment_has_its_number() {
    let world = World::new();
    world.altinn.add_resource(Resource { resource_type: "AltinnApp".to_owned(), ..Resource::ordinary("app", OWNER) });
    world.altinn.add_resource(Resource {
        resource_type: "GenericAccessResource".to_owned(),
        ..Resource::ordinary("felles", OWNER)
    });
    world.altinn.add_resource(Resource::ordinary("andres", OTHER));
    let sound = json!({"resourceId": ORDINARY, "fileName": "a.pdf", "sendersReference": "x"});
    for (member, value, status, number) in [
        ("fileName", json!("b.pdf"), 200, 0),
        ("resourceId", json!("felles"), 200, 0),
        ("resourceId", json!("ukjent"), 400, 1036),
        ("resourceId", json!("andres"), 401, 4001),
        ("resourceId", json!("app"), 400, 4009),
        ("resourceId", json!(""), 400, 0),
        ("fileName", json!(""), 400, 0),
        ("fileName", json!(" "), 400, 2010),
        ("fileName", json!("a.exe"), 400, 2013),
        ("fileName", json!("a?.pdf"), 400, 2012),
        ("fileName", json!("NUL.pdf"), 400, 2021),
        ("expirationInDays", json!(13), 400, 2017),
        ("expirationInDays", json!(14), 200, 0),
        ("checksum", json!("x"), 400, 0),
        ("sendersReference", json!(""), 400, 0),
    ] {
        let mut described = sound.clone();
        described[member] = value;
        let reply = world.post("/attachment", &described).await;
        let found = if status == 200 { 0 } else { code(&reply) };
        assert_eq!((reply.status, found), (status, number), "{described}");
    }
    world.altinn.configure(|settings| settings.production = false);
    let short = json!({"resourceId": ORDINARY, "fileName": "a.pdf", "sendersReference": "x", "expirationInDays": 1});
    assert_eq!(world.post("/attachment", &short).await.status, 200, "outside of production a day is enough");
}

#[tokio::test]
async fn an_upload_that_fails_leaves_nothing_to_try_again() {
    let world = World::new();
    assert_eq!(code(&world.upload(Uuid::from_u128(1), b"x").await), 2001);
    let described =
        json!({"resourceId": ORDINARY, "fileName": "a.pdf", "sendersReference": "x", "checksum": "0".repeat(32)});
    let wrong: Uuid = world.post("/attachment", &described).await.json().as_str().unwrap().parse().unwrap();
    assert_eq!(code(&world.upload(wrong, b"x").await), 2008);
    assert_eq!(code(&world.upload(wrong, b"x").await), 2005);
    world.altinn.configure(|settings| settings.upload_limit = 4);
    let large = world.made("a.pdf").await;
    assert_eq!(code(&world.upload(large, b"12345").await), 2004);
    let empty = world.made("a.pdf").await;
    assert_eq!(code(&world.upload(empty, b"").await), 2004);
    let broken = world.made("a.pdf").await;
    let pieces = stream::iter([Ok(Bytes::from_static(b"x")), Err(BodyError::broken("brutt"))]);
    let path = format!("/attachment/{broken}/upload");
    let mut request = world.request(OWNER, WRITE, Method::POST, &path, Body::from_stream(pieces));
    request.headers_mut().insert("Content-Type", "application/octet-stream".parse().unwrap());
    assert!(world.call(request).await.is_err());
    assert_eq!(code(&world.upload(broken, b"x").await), 2005);
    let failed = world.altinn.attachments().iter().filter(|attachment| attachment.status.word() == "Failed").count();
    assert_eq!(failed, 4);
}

#[tokio::test]
async fn large_files_pass_through_without_being_kept_in_memory() {
    let world = World::new();
    world.altinn.configure(|settings| settings.keep_bytes = 1000);
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let id = world.shared("stor.pdf", &bytes).await;
    assert_eq!(world.sent(&format!("/attachment/{id}/download")).await.bytes, bytes);
}

#[tokio::test]
async fn only_an_unused_attachment_can_be_deleted() {
    let world = World::new();
    let delete =
        |id: Uuid| world.call(world.request(OWNER, WRITE, Method::DELETE, &format!("/attachment/{id}"), Body::empty()));
    let unused = world.shared("a.pdf", b"x").await;
    let reply = delete(unused).await.unwrap();
    assert_eq!((reply.status, reply.bytes.len()), (200, 0));
    assert_eq!(code(&delete(unused).await.unwrap()), 2006);
    assert_eq!(code(&world.sent(&format!("/attachment/{unused}/download")).await), 2019);
    let used = world.shared("a.pdf", b"x").await;
    world.sent_id(&with(letter(), "/existingAttachments", json!([used]))).await;
    assert_eq!(code(&delete(used).await.unwrap()), 2007);
}

#[tokio::test]
async fn an_attachment_expires_after_its_last_use_and_the_letter_remains() {
    let world = World::new();
    let described =
        json!({"resourceId": ORDINARY, "fileName": "a.pdf", "sendersReference": "x", "expirationInDays": 14});
    let id: Uuid = world.post("/attachment", &described).await.json().as_str().unwrap().parse().unwrap();
    world.upload(id, b"x").await;
    world.pass(10);
    let using = with(letter(), "/existingAttachments", json!([id]));
    world.sent_id(&using).await;
    world.pass(10 * 86_400);
    let later = world.sent_id(&using).await;
    world.pass(5 * 86_400);
    let download = format!("/correspondence/{later}/attachment/{id}/download");
    assert_eq!(world.got(&download).await.status, 200, "the later use counts");
    world.pass(9 * 86_400 - 3 * 3600);
    assert_eq!(code(&world.send(&using).await), 1055, "too close to its end for one more use");
    world.pass(3 * 3600);
    assert_eq!(code(&world.got(&download).await), 2020);
    assert_eq!(world.got(&format!("/correspondence/{later}")).await.status, 200);
}

#[tokio::test]
async fn a_resource_may_be_spared_the_scan() {
    let world = World::new();
    world.altinn.configure(|settings| settings.scan = None);
    let scanned = world.shared("a.pdf", b"x").await;
    world.pass(3600);
    assert_eq!(world.sent(&format!("/attachment/{scanned}")).await.json()["status"], "UploadProcessing");
    world.altinn.add_resource(Resource { unscanned: true, ..Resource::ordinary(ORDINARY, OWNER) });
    let spared = world.made("a.pdf").await;
    assert_eq!(world.upload(spared, b"x").await.json()["status"], "Published");
    world.altinn.scan(scanned, Verdict::Clean);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.sent(&format!("/attachment/{scanned}")).await.json()["status"], "Published");
}

#[tokio::test]
async fn another_organisation_sees_nothing_of_it() {
    let world = World::new();
    let id = world.shared("a.pdf", b"x").await;
    let path = format!("/attachment/{id}");
    let foreign = world.request(OTHER, WRITE, Method::GET, &path, Body::empty());
    let reply = world.call(foreign).await.unwrap();
    assert_eq!((reply.status, code(&reply)), (401, 4001));
    world.altinn.add_resource(Resource::ordinary("andres", OTHER));
    let theirs =
        with(with(letter(), "/correspondence/resourceId", json!("andres")), "/existingAttachments", json!([id]));
    let request = world.request(OTHER, WRITE, Method::POST, "/correspondence", theirs.to_string());
    assert_eq!(code(&world.call(request).await.unwrap()), 1017);
}
