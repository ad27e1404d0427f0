//! Correspondence as its recipient meets it, and confidential mail above all.

use std::{io::Read, time::Duration};

use http::Method;
use sakarkiv_core::routing::MailboxKind;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{
    Opens,
    altinn::{Access, Audience, Holder, Mail, MessageStatus as S, Part, PartyFacts, Resource, ResourceKind},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::altinn_support::{
    CONFIDENTIAL, ORDINARY, OTHER, OWNER, PERSON, READ, RECEIVER, World, code, confidential, letter, with,
};

const REMINDERS: &str = "/confidential-reminders?languageCode=nb";

fn clerk() -> Holder {
    Holder::Person("02819000533".to_owned())
}

#[tokio::test]
async fn mail_of_another_sender_is_listed_fetched_downloaded_read_and_confirmed() {
    let world = World::new();
    let due = "2026-10-01T08:00:00Z".parse().unwrap();
    let mail = Mail::new("nav-brev", RECEIVER, "Henvendelse").from("991825827").signed("NAV").saying("Se *vedlegg*.");
    let mail = mail.referring("nav-1").with_property("saksnummer", "17").with_file("brev å.pdf", &b"%PDF et brev"[..]);
    let id = world.altinn.put(mail.to_confirm_by(due));
    let list = world.got("/correspondence?resourceId=nav-brev&role=Recipient&status=Published").await.json();
    assert_eq!(list["ids"], json!([id]));
    let seen = world.got(&format!("/correspondence/{id}")).await.json();
    assert_eq!(
        (seen["messageSender"].clone(), seen["propertyList"]["saksnummer"].clone()),
        (json!("NAV"), json!("17"))
    );
    let file = &seen["content"]["attachments"][0];
    assert_eq!((file["dataType"].clone(), file["status"].clone()), (json!("application/pdf"), json!("Published")));
    let path = format!("/correspondence/{id}/attachment/{}/download", file["id"].as_str().unwrap());
    let downloaded = world.got(&path).await;
    assert_eq!(downloaded.bytes, b"%PDF et brev");
    assert_eq!(downloaded.headers["Content-Disposition"], "inline; filename*=UTF-8''brev%20%C3%A5.pdf");
    assert_eq!(code(&world.purge(RECEIVER, READ, id).await), 1026, "not before it is confirmed");
    assert_eq!(world.act(&format!("/correspondence/{id}/markasread")).await.json(), json!(id));
    assert_eq!(code(&world.act(&format!("/correspondence/{id}/markasread")).await), 1040);
    assert_eq!(world.act(&format!("/correspondence/{id}/confirm")).await.status, 200);
    assert_eq!(world.act(&format!("/correspondence/{id}/confirm")).await.status, 200, "still under way");
    assert!(world.altinn.message(id).unwrap().confirmed().is_none());
    let asked = "2026-09-14T08:00:00Z".parse().unwrap();
    world.pass(5);
    assert_eq!(world.altinn.message(id).unwrap().confirmed(), Some(asked), "of effect later, with the time of asking");
    assert_eq!(code(&world.act(&format!("/correspondence/{id}/confirm")).await), 1041);
    assert_eq!(world.altinn.mailbox(RECEIVER).len(), 1);
    assert_eq!(world.purge(RECEIVER, READ, id).await.status, 200);
    assert_eq!(world.altinn.mailbox(RECEIVER).len(), 0);
}

#[tokio::test]
async fn nothing_is_read_or_confirmed_before_it_was_fetched() {
    let world = World::new();
    let id = world.published(&letter()).await;
    assert_eq!(code(&world.act(&format!("/correspondence/{id}/markasread")).await), 1024);
    assert_eq!(code(&world.act(&format!("/correspondence/{id}/confirm")).await), 1025);
    world.got(&format!("/correspondence/{id}/details")).await;
    assert_eq!(
        world.act(&format!("/correspondence/{id}/confirm")).await.status,
        200,
        "also without need, and without reading"
    );
}

#[tokio::test]
async fn an_overview_leaves_one_trace_in_fifteen_seconds_and_details_one_each() {
    let world = World::new();
    let id = world.published(&letter()).await;
    let fetched = || world.history(id).iter().filter(|status| **status == S::Fetched).count();
    world.got(&format!("/correspondence/{id}")).await;
    world.pass(14);
    world.got(&format!("/correspondence/{id}")).await;
    assert_eq!(fetched(), 1);
    world.pass(1);
    world.got(&format!("/correspondence/{id}")).await;
    assert_eq!(fetched(), 2);
    world.got(&format!("/correspondence/{id}/details")).await;
    world.got(&format!("/correspondence/{id}/details")).await;
    assert_eq!(fetched(), 4);
}

#[tokio::test]
async fn the_body_by_itself_is_plain_text_and_marks_as_read() {
    let world = World::new();
    let id = world.published(&letter()).await;
    let body = world.got(&format!("/correspondence/{id}/content")).await;
    assert_eq!(body.bytes, "Hei.\n\nSe **vedlegg**.".as_bytes());
    assert!(world.altinn.message(id).unwrap().read().is_some());
    assert!(!world.sent(&format!("/correspondence/{id}")).await.json()["read"].is_null(), "which the sender sees");
}

#[tokio::test]
async fn all_attachments_come_as_one_archive() {
    let world = World::new();
    let mail =
        Mail::new("brev", RECEIVER, "Vedtak i Sak Å").with_file("a.txt", &b"en"[..]).with_file("a.txt", &b"to"[..]);
    let id = world.altinn.put(mail);
    let path = format!("/correspondence/{id}/attachments/downloadall");
    let reply = world.got(&path).await;
    assert!(reply.headers["Content-Disposition"].to_str().unwrap().contains("vedtak-i-sak-.zip"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(reply.bytes)).unwrap();
    let mut second = String::new();
    archive.by_name("a(1).txt").unwrap().read_to_string(&mut second).unwrap();
    assert_eq!(second, "to");
    world.altinn.configure(|settings| settings.archive_limit = 3);
    assert_eq!(code(&world.got(&path).await), 2023);
    world.altinn.configure(|settings| settings.download_all = false);
    let disabled = world.got(&path).await;
    assert_eq!((disabled.status, disabled.bytes.len()), (404, 0));
    let empty = world.published(&letter()).await;
    world.altinn.configure(|settings| settings.download_all = true);
    assert_eq!(code(&world.got(&format!("/correspondence/{empty}/attachments/downloadall")).await), 2001);
    let unknown = format!("/correspondence/{empty}/attachment/{}/download", Uuid::from_u128(4));
    assert_eq!(code(&world.got(&unknown).await), 2001);
}

#[tokio::test]
async fn forwarding_has_its_rules() {
    let world = World::new();
    let allowed = world.published(&with(letter(), "/correspondence/allowForwarding", json!(true))).await;
    let forbidden = world.published(&letter()).await;
    let forward = |id: Uuid, body: Value| {
        let path = format!("/correspondence/{id}/forward");
        world.call(world.request(RECEIVER, READ, Method::POST, &path, body.to_string()))
    };
    let to = |address: &str| json!({"forwardTo": address, "forwardingText": "Til orientering"});
    assert_eq!(code(&forward(allowed, to("post")).await.unwrap()), 3011);
    assert_eq!(code(&forward(forbidden, to("post@prove.example")).await.unwrap()), 1063);
    assert_eq!(
        code(&forward(allowed, json!({"forwardTo": "a@b.no", "forwardingText": "a".repeat(201)})).await.unwrap()),
        1066
    );
    assert_eq!(code(&forward(allowed, json!({"forwardTo": "a@b.no", "forwardingText": "<b>"})).await.unwrap()), 1067);
    assert_eq!(code(&forward(allowed, to("post@prove.example")).await.unwrap()), 1065);
    world.got(&format!("/correspondence/{allowed}/content")).await;
    assert!(forward(allowed, to("post@prove.example")).await.unwrap().json().is_string());
    assert_eq!(code(&forward(allowed, to("POST@prove.example")).await.unwrap()), 1064);
    world.pass(120);
    assert_eq!(world.altinn.message(allowed).unwrap().status, S::Forwarded);
}

#[tokio::test]
async fn a_main_unit_lists_its_subunits_ordinary_mail_when_it_asks_on_their_behalf() {
    let world = World::new();
    world.altinn.set_party(OTHER, PartyFacts::subunit_of(RECEIVER));
    let id = world.altinn.put(Mail::new(ORDINARY, OTHER, "Til underenheten"));
    let list = format!("/correspondence?resourceId={ORDINARY}&role=Recipient");
    assert_eq!(world.got(&list).await.json()["ids"], json!([]));
    assert_eq!(world.got(&format!("{list}&onBehalfOf=0192:{OTHER}")).await.json()["ids"], json!([id]));
    assert_eq!(code(&world.got(&format!("{list}&onBehalfOf=0192:{OWNER}")).await), 4001);
    assert_eq!(world.got(&format!("{list}&onBehalfOf={OTHER}")).await.status, 400, "neither form of a party");
}

#[tokio::test]
async fn confidential_mail_is_open_to_nobody_until_somebody_is_given_access() {
    let world = World::new();
    let id = world.published(&confidential()).await;
    let path = format!("/correspondence/{id}");
    for path in [
        path.clone(),
        format!("{path}/details"),
        format!("{path}/content"),
        format!("/correspondence?resourceId={CONFIDENTIAL}&role=Recipient"),
    ] {
        let reply = world.got(&path).await;
        assert_eq!((reply.status, code(&reply)), (401, 4001), "{path}");
    }
    for holder in [Holder::Anybody, clerk(), Holder::OwnClient] {
        assert!(!world.altinn.open(id, &holder));
    }
    assert!(world.altinn.message(id).unwrap().opened_by().is_empty());
    world.altinn.delegate(RECEIVER, Access::ordinary(), clerk());
    assert!(!world.altinn.open(id, &clerk()), "the ordinary package does not open it");
    world.altinn.delegate(OTHER, Access::confidential(), clerk());
    assert!(!world.altinn.open(id, &clerk()), "nor the package of another organisation");
    world.altinn.delegate(RECEIVER, Access::confidential(), clerk());
    assert_eq!(world.altinn.holders(RECEIVER, &Access::confidential()), [clerk()]);
    assert!(world.altinn.open(id, &clerk()) && !world.altinn.open(id, &Holder::Anybody));
    assert!(world.altinn.confirm(id, &clerk()));
    world.pass(5);
    assert!(world.altinn.message(id).unwrap().confirmed().is_some());
    world.altinn.delegate(RECEIVER, Access::confidential(), Holder::OwnClient);
    assert_eq!(world.got(&path).await.status, 200);
    assert_eq!(
        world.got(&format!("/correspondence?resourceId={CONFIDENTIAL}&role=Recipient")).await.json()["ids"],
        json!([id])
    );
}

#[tokio::test]
async fn a_single_resource_or_a_single_message_can_be_given_too() {
    let world = World::new();
    world.altinn.add_resource(Resource::new("eksplisitt", OWNER, ResourceKind::Explicit));
    let (first, second) = (world.published(&confidential()).await, world.published(&confidential()).await);
    let explicit = world.published(&with(confidential(), "/correspondence/resourceId", json!("eksplisitt"))).await;
    world.altinn.delegate(RECEIVER, Access::Message(first), clerk());
    assert!(world.altinn.open(first, &clerk()) && !world.altinn.open(second, &clerk()));
    world.altinn.delegate(RECEIVER, Access::Resource(CONFIDENTIAL.to_owned()), clerk());
    assert!(world.altinn.open(second, &clerk()));
    world.altinn.delegate(RECEIVER, Access::confidential(), clerk());
    assert!(!world.altinn.open(explicit, &clerk()), "no package opens an explicit resource");
    world.altinn.delegate(RECEIVER, Access::Resource("eksplisitt".to_owned()), clerk());
    assert!(world.altinn.open(explicit, &clerk()));
}

#[tokio::test]
async fn who_opens_by_habit_opens_confidential_mail_only_once_access_was_given() {
    let world = World::new();
    world.altinn.set_opens(RECEIVER, Opens::After(Duration::from_secs(3600)));
    let (ordinary, secret) = (world.published(&letter()).await, world.published(&confidential()).await);
    world.pass(86_400);
    assert!(world.altinn.message(ordinary).unwrap().read().is_some());
    assert!(world.altinn.message(secret).unwrap().read().is_none());
    world.altinn.delegate(RECEIVER, Access::confidential(), clerk());
    assert_eq!(world.altinn.message(secret).unwrap().opened_by(), [clerk()]);
}

#[tokio::test]
async fn the_recipient_learns_that_unread_confidential_mail_waits_without_access_to_it() {
    let world = World::new();
    assert_eq!(code(&world.got(REMINDERS).await), 1062);
    let letter = with(confidential(), "/correspondence/messageSender", json!("Prøvedal kommune"));
    let first = world.published(&letter).await;
    world.published(&letter).await;
    assert_eq!(code(&world.got(REMINDERS).await), 1062, "not in the first seven days");
    world.pass(7 * 86_400);
    let text = String::from_utf8(world.got(REMINDERS).await.bytes).unwrap();
    assert!(text.contains("\n\n1. Prøvedal kommune, 14.09.2026, Melding arkiv-taushetsbelagt\n\n2. "), "{text}");
    assert!(!text.contains("Svar på høring"), "never the title");
    let mut json_only = world.request(RECEIVER, READ, Method::GET, REMINDERS, Body::empty());
    json_only.headers_mut().insert("Accept", "application/json".parse().unwrap());
    assert_eq!(world.call(json_only).await.unwrap().status, 406);
    assert_eq!(world.altinn.reminders().len(), 1, "Altinn's own reminder: one for the recipient");
    for message in world.altinn.messages() {
        world.altinn.delegate(RECEIVER, Access::Message(message.id), clerk());
    }
    assert!(world.altinn.open(first, &clerk()));
    assert!(!String::from_utf8(world.got(REMINDERS).await.bytes).unwrap().contains("2. "));
    assert!(world.altinn.reminders()[0].withdrawn.is_none());
    assert!(world.altinn.messages().iter().all(|message| world.altinn.open(message.id, &clerk())));
    assert_eq!(code(&world.got(REMINDERS).await), 1062);
    assert!(world.altinn.reminders()[0].withdrawn.is_some(), "gone with the last unread one");
}

#[tokio::test]
async fn outside_of_production_the_reminder_comes_after_a_minute() {
    let world = World::new();
    world.altinn.configure(|settings| settings.production = false);
    world.published(&confidential()).await;
    assert_eq!(code(&world.got(REMINDERS).await), 1062);
    world.pass(60);
    assert_eq!(world.got(REMINDERS).await.status, 200);
}

#[tokio::test]
async fn the_evidence_tells_what_became_readable_by_whom() {
    let world = World::new();
    let notification = json!({"notificationTemplate": 0, "notificationChannel": "Email", "emailSubject": "Post", "emailBody": "$messageTitle$"});
    let shared = world.shared("hemmelig-navn.pdf", b"%PDF hemmelig innhold").await;
    let secret = with(confidential(), "/correspondence/content/messageBody", json!("hemmelig brev"));
    let secret =
        with(with(secret, "/existingAttachments", json!([shared])), "/correspondence/notification", notification);
    let waiting = world
        .sent_id(&with(secret.clone(), "/correspondence/requestedPublishTime", json!("2027-01-01T00:00:00Z")))
        .await;
    let id = world.published(&secret).await;
    world.pass(60);
    assert!(world.altinn.leaks("hemmelig").is_empty(), "those with access alone can read it");
    assert!(
        world.altinn.readable().iter().all(|part| part.message != waiting),
        "what is not published is not readable"
    );
    let leaks = world.altinn.leaks("Svar på høring");
    let parts: Vec<Part> = leaks.iter().map(|leak| leak.part).collect();
    assert_eq!(
        parts,
        [Part::Heading, Part::Notification, Part::Notification],
        "a title is seen by more, and was notified"
    );
    assert_eq!(leaks[1].audience, Audience::Outside("varsel@part.example".to_owned()));
    world.altinn.delegate(RECEIVER, Access::confidential(), clerk());
    let file = world.altinn.readable().into_iter().find(|part| part.message == id && part.part == Part::File).unwrap();
    assert!(file.contains("hemmelig innhold"));
    assert_eq!(file.audience, Audience::Holders(vec![clerk()]));
    assert_eq!(world.altinn.landed_in(MailboxKind::ConfidentialInbox).len(), 1);
    // The same text in an ordinary message is open to everybody, also after it was deleted.
    let open = world.published(&with(letter(), "/existingAttachments", json!([shared]))).await;
    assert_eq!(world.purge(RECEIVER, READ, open).await.status, 200);
    let leaks = world.altinn.leaks("hemmelig");
    assert!(leaks.iter().all(|leak| leak.message == open && leak.audience == Audience::Everybody));
    assert_eq!(leaks.iter().map(|leak| leak.part).collect::<Vec<_>>(), [Part::FileName, Part::File]);
}

#[tokio::test]
async fn a_persons_mail_is_the_persons_own() {
    let world = World::new();
    let id = world.published(&with(letter(), "/recipients", json!([PERSON]))).await;
    assert_eq!(world.altinn.message(id).unwrap().mailbox, Some(MailboxKind::CitizenMailbox));
    assert!(!world.altinn.open(id, &Holder::Anybody) && !world.altinn.open(id, &clerk()));
    assert!(world.altinn.open(id, &Holder::Person(PERSON.to_owned())));
    assert!(world.altinn.leaks("Svar").is_empty(), "nobody else can read it");
    assert_eq!(code(&world.got(&format!("/correspondence/{id}")).await), 4001);
}

#[tokio::test]
async fn an_attachment_of_another_resource_asks_for_access_to_that_too() {
    let world = World::new();
    world.altinn.delegate(RECEIVER, Access::Resource("vedlegg".to_owned()), clerk());
    world.altinn.add_resource(Resource::new("vedlegg", OWNER, ResourceKind::Explicit));
    let described = json!({"resourceId": "vedlegg", "fileName": "a.pdf", "sendersReference": "x"});
    let file: Uuid = world.post("/attachment", &described).await.json().as_str().unwrap().parse().unwrap();
    world.upload(file, b"x").await;
    world.pass(10);
    let id = world.published(&with(letter(), "/existingAttachments", json!([file]))).await;
    assert_eq!(world.got(&format!("/correspondence/{id}")).await.status, 200, "the letter itself is open");
    let download = format!("/correspondence/{id}/attachment/{file}/download");
    assert_eq!(code(&world.got(&download).await), 4001);
    world.altinn.delegate(RECEIVER, Access::Resource("vedlegg".to_owned()), Holder::OwnClient);
    assert_eq!(world.got(&download).await.status, 200);
}

#[tokio::test]
async fn older_versions_write_times_without_a_zone() {
    let world = World::new();
    let id = world.published(&letter()).await;
    let created = |reply: Value| reply["created"].as_str().unwrap().to_owned();
    let path = format!("/correspondence/{id}");
    assert!(created(world.sent(&path).await.json()).ends_with("+00:00"));
    world.altinn.configure(|settings| settings.zoneless_times = true);
    assert_eq!(created(world.sent(&path).await.json()), "2026-09-14T08:00:00.000000");
}
