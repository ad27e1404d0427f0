//! A correspondence from its making to its end, as its sender sees it.

use std::time::Duration;

use http::Method;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{
    Opens,
    altinn::{Holder, Kind, MessageStatus as S, PartyFacts, Resource, Verdict},
};
use serde_json::{Value, json};

use super::altinn_support::{
    ORDINARY, OTHER, OWNER, PERSON, READ, RECEIVER, WRITE, World, code, first_id, letter, with, with_files,
};

#[tokio::test]
async fn a_letter_without_new_files_is_ready_at_once_and_published_soon_after() {
    let world = World::new();
    let reply = world.send(&with(letter(), "/correspondence/notification", Value::Null)).await;
    let first = &reply.json()["correspondences"][0];
    assert_eq!((first["status"].clone(), first["notifications"].clone()), (json!("ReadyForPublish"), Value::Null));
    let id = first_id(&reply);
    let early = world.sent(&format!("/correspondence/{id}")).await.json();
    assert_eq!(early["content"]["messageTitle"], "Svar på høring", "before publication the sender sees what it sent");
    world.pass(5);
    assert_eq!(world.history(id), [S::Initialized, S::ReadyForPublish, S::Published]);
    let overview = world.sent(&format!("/correspondence/{id}")).await.json();
    let blank =
        json!({"language": "no", "messageTitle": "", "messageSummary": "", "messageBody": "", "attachments": []});
    assert_eq!(overview["content"], blank, "afterwards not any more");
    assert_eq!((overview["status"].clone(), overview["read"].clone()), (json!("Published"), Value::Null));
    assert_eq!(overview["externalReferences"][0]["referenceType"], "DialogportenDialogId");
    assert_eq!(overview["messageSender"], "", "unset is an empty text");
    assert_eq!(world.history(id).len(), 3, "a sender's look leaves no trace");
}

#[tokio::test]
async fn a_letter_waits_for_its_publish_time() {
    let world = World::new();
    let id = world
        .sent_id(&with(letter(), "/correspondence/requestedPublishTime", json!("2026-09-14T10:00:00+02:00")))
        .await;
    world.pass(10);
    assert!(world.altinn.message(id).unwrap().published().is_some(), "the offset counts: it was eight already");
    let id =
        world.sent_id(&with(letter(), "/correspondence/requestedPublishTime", json!("2026-09-14T09:00:00Z"))).await;
    world.pass(1800);
    assert_eq!(world.status(id).await, "ReadyForPublish");
    assert_eq!(code(&world.got(&format!("/correspondence/{id}")).await), 1001, "the recipient does not see it");
    world.pass(1800);
    assert_eq!(world.status(id).await, "Published");
}

#[tokio::test]
async fn a_recipient_who_asks_between_time_and_job_makes_it_published() {
    let world = World::new();
    let id =
        world.sent_id(&with(letter(), "/correspondence/requestedPublishTime", json!("2026-09-14T09:00:00Z"))).await;
    world.pass(3600);
    assert_eq!(world.got(&format!("/correspondence/{id}")).await.status, 200);
    world.pass(60);
    assert_eq!(world.history(id).iter().filter(|status| **status == S::Published).count(), 1);
}

#[tokio::test]
async fn many_recipients_get_a_correspondence_each() {
    let world = World::new();
    world.altinn.set_party(PERSON, PartyFacts::reserved());
    let reply = world.send(&with(letter(), "/recipients", json!(["0192:312000342", "0192:312000008", PERSON]))).await;
    let statuses: Vec<Value> =
        reply.json()["correspondences"].as_array().unwrap().iter().map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, ["ReadyForPublish", "ReadyForPublish", "Reserved"]);
    world.pass(10);
    let ends: Vec<S> = world.altinn.messages().iter().map(|message| message.status).collect();
    assert_eq!(ends, [S::Published, S::Published, S::Failed], "the reserved one is tried and fails");
    assert_eq!(world.altinn.mailbox(OTHER).len(), 1);
    let events = world.altinn.events();
    assert_eq!(events.iter().filter(|event| event.kind == Kind::Initialized).count(), 2, "not for the reserved one");
}

#[tokio::test]
async fn what_changed_in_the_registers_meanwhile_fails_the_publication() {
    for (facts, recipient, confidential) in [
        (PartyFacts::unknown(), "0192:312000342", false),
        (PartyFacts::reserved(), PERSON, false),
        (PartyFacts::without_key_role(), "0192:312000342", true),
    ] {
        let world = World::new();
        let mut letter = with(letter(), "/recipients", json!([recipient]));
        letter = with(letter, "/correspondence/requestedPublishTime", json!("2026-09-14T12:00:00Z"));
        if confidential {
            letter = with(letter, "/correspondence/resourceId", json!("arkiv-taushetsbelagt"));
            letter = with(letter, "/correspondence/isConfidential", json!(true));
        }
        let id = world.sent_id(&letter).await;
        world.altinn.set_party(recipient.trim_start_matches("0192:"), facts);
        world.pass(6 * 3600);
        let overview = world.sent(&format!("/correspondence/{id}")).await.json();
        assert_eq!(overview["status"], "Failed");
        assert!(!overview["statusText"].as_str().unwrap().is_empty(), "says why");
        assert_eq!(world.altinn.events().last().unwrap().kind, Kind::PublishFailed);
    }
}

#[tokio::test]
async fn a_subunit_has_the_roles_of_its_main_unit() {
    let world = World::new();
    world.altinn.set_party(RECEIVER, PartyFacts::subunit_of(OTHER));
    let confidential = super::altinn_support::confidential();
    assert_eq!(world.send(&confidential).await.status, 200);
    world.altinn.set_party(OTHER, PartyFacts::without_key_role());
    assert_eq!(code(&world.send(&confidential).await), 1044);
}

#[tokio::test]
async fn files_of_a_form_are_scanned_before_the_letter_is_published() {
    let world = World::new();
    let reply = world.send_form(&with_files(&["a.pdf", "b.txt"]), &[("a.pdf", b"%PDF en"), ("b.txt", b"to")]).await;
    assert_eq!(reply.json()["correspondences"][0]["status"], "Initialized");
    assert_eq!(reply.json()["attachmentIds"].as_array().unwrap().len(), 2);
    let id = first_id(&reply);
    world.pass(4);
    assert_eq!(world.history(id), [S::Initialized]);
    world.pass(6);
    assert_eq!(world.history(id), [S::Initialized, S::ReadyForPublish, S::Published], "ready just before");
    let files = world.altinn.message(id).unwrap().attachments;
    assert_eq!(files[0].bytes().unwrap(), b"%PDF en");
}

#[tokio::test]
async fn files_and_descriptions_must_fit_each_other() {
    let one = with_files(&["a.pdf"]);
    for (letter, files, number) in [
        (one.clone(), vec![("a.pdf", &b"x"[..])], 0),
        (one.clone(), vec![], 1005),
        (one.clone(), vec![("A.pdf", b"x")], 1005),
        (one.clone(), vec![("a.pdf", b"x"), ("b.pdf", b"y")], 1005),
        (with_files(&["b.pdf", "a.pdf"]), vec![("a.pdf", b"x"), ("b.pdf", b"y")], 0),
        (with_files(&["a.pdf", "a.pdf"]), vec![("a.pdf", b"x"), ("a.pdf", b"y")], 0),
        (with_files(&["b.pdf", "a.pdf", "c.pdf"]), vec![("a.pdf", b"x"), ("a.pdf", b"x"), ("b.pdf", b"y")], 1005),
        (one.clone(), vec![("a.pdf", b"")], 2004),
        (one.clone(), vec![("a.pdf", b"12345678901")], 2004),
    ] {
        let world = World::new();
        world.altinn.configure(|settings| settings.form_file_limit = 10);
        assert_eq!(code(&world.send_form(&letter, &files).await), number, "{letter} {files:?}");
        assert_eq!(world.altinn.messages().len(), usize::from(number == 0));
    }
}

#[tokio::test]
async fn a_wrong_checksum_leaves_failed_attachments_behind_but_no_letter_and_keeps_the_key() {
    let world = World::new();
    let mut letter = with_files(&["a.pdf", "b.pdf"]);
    letter = with(letter, "/correspondence/content/attachments/1/checksum", json!("0".repeat(32)));
    letter = with(letter, "/idempotentKey", json!(uuid::Uuid::from_u128(3)));
    let files: [(&str, &[u8]); 2] = [("a.pdf", b"en"), ("b.pdf", b"to")];
    assert_eq!(code(&world.send_form(&letter, &files).await), 2008);
    assert_eq!(world.altinn.messages().len(), 0);
    let left: Vec<&str> = world.altinn.attachments().iter().map(|attachment| attachment.status.word()).collect();
    assert_eq!(left, ["Failed", "Failed"]);
    letter = with(letter, "/correspondence/content/attachments/1/checksum", Value::Null);
    assert_eq!(world.send_form(&letter, &files).await.status, 200);
}

#[tokio::test]
async fn one_malicious_file_fails_every_letter_that_uses_it_and_says_nothing_of_the_letters() {
    let world = World::new();
    world.altinn.set_verdict("virus.pdf", Verdict::Malicious);
    let id = first_id(&world.send_form(&with_files(&["virus.pdf"]), &[("virus.pdf", b"x")]).await);
    world.pass(10);
    assert_eq!(world.history(id), [S::Initialized, S::Failed]);
    let kinds: Vec<Kind> = world.altinn.events().iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [Kind::Initialized, Kind::AttachmentUploadFailed], "no event of a failed publication");
    // Found clean at first, malicious before the publish time.
    let shared = world.shared("a.pdf", b"x").await;
    let waiting = with(
        with(letter(), "/existingAttachments", json!([shared])),
        "/correspondence/requestedPublishTime",
        json!("2026-09-15T08:00:00Z"),
    );
    let (first, second) = (world.sent_id(&waiting).await, world.sent_id(&waiting).await);
    world.altinn.scan(shared, Verdict::Malicious);
    for id in [first, second] {
        assert_eq!(world.status(id).await, "Failed");
    }
}

#[tokio::test]
async fn a_scan_that_never_ends_holds_the_letter_until_somebody_ends_it() {
    let world = World::new();
    world.altinn.set_verdict("treg.pdf", Verdict::Never);
    let id = first_id(&world.send_form(&with_files(&["treg.pdf"]), &[("treg.pdf", b"x")]).await);
    world.pass(86_400);
    assert_eq!(world.status(id).await, "Initialized");
    let file = world.altinn.message(id).unwrap().attachments[0].id;
    let result = json!([{
        "eventType": "Microsoft.Security.MalwareScanningResult",
        "data": {"blobUri": format!("https://lager.example/attachments/{file}"), "scanResultType": "No threats found"},
    }]);
    assert_eq!(world.post("/webhooks/malwarescanresults", &result).await.status, 200);
    world.pass(10);
    assert_eq!(world.status(id).await, "Published");
    assert_eq!(world.post("/webhooks/malwarescanresults", &json!([{"eventType": "annet"}])).await.status, 400);
    let trial =
        json!({"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "k"}});
    assert_eq!(world.post("/webhooks/malwarescanresults", &trial).await.json(), json!({"validationResponse": "k"}));
}

#[tokio::test]
async fn the_status_is_the_highest_number_and_not_the_latest() {
    let world = World::new();
    let shared = world.shared("a.pdf", b"x").await;
    let due = with(letter(), "/correspondence/dueDateTime", json!("2026-10-01T08:00:00Z"));
    let due = with(due, "/correspondence/isConfirmationNeeded", json!(true));
    let id = world.published(&with(due, "/existingAttachments", json!([shared]))).await;
    world.got(&format!("/correspondence/{id}")).await;
    assert_eq!(world.status(id).await, "Published", "fetched never shows");
    world.got(&format!("/correspondence/{id}/attachment/{shared}/download")).await;
    world.act(&format!("/correspondence/{id}/markasread")).await;
    world.act(&format!("/correspondence/{id}/confirm")).await;
    world.pass(10);
    assert_eq!(world.status(id).await, "AttachmentsDownloaded", "which hides that it was read and confirmed");
    let details = world.sent(&format!("/correspondence/{id}/details")).await.json();
    let words: Vec<&str> =
        details["statusHistory"].as_array().unwrap().iter().map(|e| e["status"].as_str().unwrap()).collect();
    let expected =
        ["Initialized", "ReadyForPublish", "Published", "Fetched", "AttachmentsDownloaded", "Read", "Confirmed"];
    assert_eq!(words, expected);
    assert_eq!(world.purge(RECEIVER, READ, id).await.status, 200);
    assert_eq!(world.got(&format!("/correspondence/{id}")).await.status, 404);
    assert_eq!(
        world.got(&format!("/correspondence/{id}/details")).await.status,
        200,
        "the download hides the purge too"
    );
    assert_eq!(world.purge(RECEIVER, READ, id).await.status, 200, "and lets it be purged again");
}

#[tokio::test]
async fn a_sender_withdraws_only_what_is_not_published() {
    let world = World::new();
    let published = world.published(&letter()).await;
    assert_eq!(code(&world.purge(OWNER, WRITE, published).await), 1013);
    let waiting =
        world.sent_id(&with(letter(), "/correspondence/requestedPublishTime", json!("2026-09-15T08:00:00Z"))).await;
    assert_eq!(world.purge(OWNER, WRITE, waiting).await.status, 200);
    assert_eq!(code(&world.purge(OWNER, WRITE, waiting).await), 1014);
    assert_eq!(world.altinn.message(waiting).unwrap().status, S::PurgedByAltinn, "the name misleads");
    assert_eq!(code(&world.sent(&format!("/correspondence/{waiting}")).await), 1001, "as if it had never been");
    world.pass(2 * 86_400);
    assert!(world.altinn.message(waiting).unwrap().published().is_none());
    assert!(world.altinn.mailbox(RECEIVER).iter().all(|message| message.id != waiting));
}

#[tokio::test]
async fn notifications_are_ordered_at_publication_and_reminded_of_until_read() {
    let world = World::new();
    let notification = json!({
        "notificationTemplate": 0, "notificationChannel": "EmailAndSms", "emailSubject": "Post fra $sendersName$",
        "emailBody": "$messageTitle$", "smsBody": "Ny post", "sendReminder": true, "reminderNotificationChannel": "Email",
        "reminderEmailSubject": "Ulest", "reminderEmailBody": "Logg inn",
        "customRecipients": [{"emailAddress": "postmottak@prove.example"}],
    });
    let letter = with(
        with(letter(), "/correspondence/notification", notification),
        "/correspondence/messageSender",
        json!("Prøvedal"),
    );
    let unread = world.published(&letter).await;
    let read = world.published(&letter).await;
    let overview = world.sent(&format!("/correspondence/{unread}")).await.json();
    assert_eq!(overview["notifications"].as_array().unwrap().len(), 2);
    world.pass(60);
    let orders = world.altinn.notifications();
    assert_eq!(orders[0].email, ("Post fra Prøvedal".to_owned(), "Svar på høring".to_owned()));
    assert_eq!(orders[0].recipients, ["varsel@part.example", "+4799999999", "postmottak@prove.example"]);
    assert!(orders[0].sent.is_some() && orders[1].sent.is_none());
    assert!(world.altinn.open(read, &Holder::Anybody));
    world.pass(8 * 86_400);
    let reminders: Vec<_> = world.altinn.notifications().into_iter().filter(|order| order.reminder).collect();
    assert!(reminders[0].message == unread && reminders[0].sent.is_some());
    assert!(reminders[1].message == read && reminders[1].sent.is_none() && reminders[1].withheld.is_some());
    let details = world.sent(&format!("/correspondence/{unread}/details")).await.json();
    assert_eq!(details["notifications"][0]["processingStatus"]["status"], "Order_Completed");
    assert_eq!(details["notifications"][0]["sendersReference"], "corr-2026/417-3");
    assert_eq!(details["notifications"][0]["notificationStatusDetails"]["emails"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn events_tell_the_sender_of_reading_and_of_due_dates_that_passed_without() {
    let world = World::new();
    let due = with(letter(), "/correspondence/dueDateTime", json!("2026-09-20T08:00:00Z"));
    let due = with(due, "/correspondence/isConfirmationNeeded", json!(true));
    world.altinn.set_opens(RECEIVER, Opens::After(Duration::from_secs(3600)));
    let opened = world.published(&due).await;
    world.altinn.set_opens(RECEIVER, Opens::Never);
    let unopened = world.published(&due).await;
    world.pass(8 * 86_400);
    let events = world.altinn.events();
    let of = |id, kind| events.iter().find(|event| event.instance == id && event.kind == kind);
    let read = of(opened, Kind::ReceiverRead).unwrap();
    assert_eq!(read.subject, format!("urn:altinn:organization:identifier-no:{OWNER}"));
    assert!(of(opened, Kind::ReceiverNeverRead).is_none() && of(opened, Kind::ReceiverNeverConfirmed).is_some());
    let never = of(unopened, Kind::ReceiverNeverRead).unwrap();
    assert_eq!(never.at.to_rfc3339(), "2026-09-20T08:00:00+00:00");
    assert_eq!(
        never.subject,
        format!("urn:altinn:organization:identifier-no:{RECEIVER}"),
        "addressed to the recipient"
    );
}

#[tokio::test]
async fn placeholders_and_long_lists_of_links_are_written_out_for_the_recipient() {
    let world = World::new();
    world.altinn.set_party(RECEIVER, PartyFacts::default().named("EKSEMPELVIK KOMMUNE"));
    let options: Vec<Value> =
        (0..4).map(|n| json!({"linkURL": format!("https://a.example/{n}"), "linkText": "Svar"})).collect();
    let letter = with(letter(), "/correspondence/content/messageBody", json!("Hei {{recipientName}}."));
    let id = world.published(&with(letter, "/correspondence/replyOptions", json!(options))).await;
    let body = world.got(&format!("/correspondence/{id}")).await.json()["content"]["messageBody"].clone();
    let body = body.as_str().unwrap();
    assert!(body.starts_with("Hei Eksempelvik Kommune.") && body.contains("https://a.example/3"), "{body}");
}

#[tokio::test]
async fn lists_are_bounded_strict_in_time_and_know_only_the_id_without_prefix() {
    let world = World::new();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.published(&letter()).await);
    }
    ids.reverse();
    let list = |query: &str| format!("/correspondence?resourceId={ORDINARY}&role=Sender{query}");
    assert_eq!(world.sent(&list("")).await.json()["ids"], json!(ids), "newest first");
    let times: Vec<String> =
        ids.iter().map(|id| world.altinn.message(*id).unwrap().publish_time.to_rfc3339().replace('+', "%2B")).collect();
    let between = list(&format!("&from={}&to={}", times[2], times[0]));
    assert_eq!(world.sent(&between).await.json()["ids"], json!([ids[1]]), "both ends are left out");
    let upside_down = list(&format!("&from={}&to={}", times[0], times[2]));
    assert_eq!(code(&world.sent(&upside_down).await), 1027);
    assert_eq!(world.sent(&list("&sendersReference=2026/417-3")).await.json()["ids"].as_array().unwrap().len(), 3);
    assert_eq!(world.sent(&list("&sendersReference=annet")).await.json()["ids"], json!([]));
    let prefixed = list("").replace(ORDINARY, &format!("urn:altinn:resource:{ORDINARY}"));
    assert_eq!(world.sent(&prefixed).await.json()["ids"], json!([]), "no error, and nothing found");
    for missing in
        ["/correspondence?role=Sender", "/correspondence?resourceId=x", "/correspondence?resourceId=x&role=Alle"]
    {
        assert_eq!((world.sent(missing).await.status, code(&world.sent(missing).await)), (400, 0), "{missing}");
    }
    for _ in 0..1000 {
        world.sent_id(&letter()).await;
    }
    assert_eq!(world.sent(&list("")).await.json()["ids"].as_array().unwrap().len(), 1000);
}

#[tokio::test]
async fn the_status_of_a_list_means_that_it_ever_was() {
    let world = World::new();
    let shared = world.shared("a.pdf", b"x").await;
    let id = world.published(&with(letter(), "/existingAttachments", json!([shared]))).await;
    world.got(&format!("/correspondence/{id}")).await;
    world.act(&format!("/correspondence/{id}/markasread")).await;
    let waiting =
        world.sent_id(&with(letter(), "/correspondence/requestedPublishTime", json!("2026-09-15T08:00:00Z"))).await;
    let sender = |status: &str| format!("/correspondence?resourceId={ORDINARY}&role=1&status={status}");
    let recipient = |status: &str| format!("/correspondence?resourceId={ORDINARY}&role=recipient&status={status}");
    for (status, sent, received) in [
        ("Published", json!([id]), json!([id])),
        ("2", json!([id]), json!([id])),
        ("Read", json!([id]), json!([id])),
        ("ReadyForPublish", json!([waiting, id]), json!([])),
        ("Fetched", json!([]), json!([])),
        ("Confirmed", json!([]), json!([])),
    ] {
        assert_eq!(world.sent(&sender(status)).await.json()["ids"], sent, "{status}");
        assert_eq!(world.got(&recipient(status)).await.json()["ids"], received, "{status}");
    }
    let all = format!("/correspondence?resourceId={ORDINARY}&role=Recipient");
    assert_eq!(world.got(&all).await.json()["ids"], json!([id]), "what waits is not the recipient's yet");
    let both = format!("/correspondence?resourceId={ORDINARY}&role=RecipientAndSender&status=Confirmed");
    assert_eq!(world.sent(&both).await.json()["ids"].as_array().unwrap().len(), 2, "the filter on status is lost");
    assert_eq!(world.sent(&sender("Ukjent")).await.status, 400);
}

#[tokio::test]
async fn somebody_let_in_by_the_owner_sends_in_the_owners_name() {
    let world = World::new();
    world.altinn.add_resource(Resource::ordinary("felles", OTHER).open_to_sender(OWNER));
    let id = world.published(&with(letter(), "/correspondence/resourceId", json!("felles"))).await;
    let message = world.altinn.message(id).unwrap();
    assert_eq!((message.sender.as_str(), message.owner.as_str()), (OWNER, OTHER));
    let seen = world.got(&format!("/correspondence/{id}")).await.json();
    assert_eq!(seen["sender"], format!("urn:altinn:organization:identifier-no:{OTHER}"));
    let unknown = world.request(OWNER, WRITE, Method::GET, "/correspondence/ikke-guid", Body::empty());
    assert_eq!(world.call(unknown).await.unwrap().status, 400);
}
