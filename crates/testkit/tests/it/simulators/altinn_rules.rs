//! What Altinn takes and refuses of a new correspondence: one rule a line.

use sakarkiv_testkit::simulators::altinn::{PartyFacts, Resource, ResourceKind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::altinn_support::{
    CONFIDENTIAL, OTHER, OWNER, PERSON, RECEIVER, World, code, confidential, first_id, letter, with, with_files,
};

fn organisation(number: &str) -> String {
    format!("urn:altinn:organization:identifier-no:{number}")
}

/// The letter with one member below `correspondence` set.
fn changed(member: &str, value: Value) -> Value {
    with(letter(), &format!("/correspondence/{member}"), value)
}

async fn answer(letter: &Value) -> (u16, u64) {
    let world = World::new();
    world.altinn.set_party("312000091", PartyFacts::unknown());
    world.altinn.set_party("312000105", PartyFacts::without_key_role());
    world.altinn.set_party(PERSON, PartyFacts::reserved());
    world.altinn.add_resource(Resource {
        resource_type: "GenericAccessResource".to_owned(),
        ..Resource::ordinary("annen", OWNER)
    });
    world.altinn.add_resource(Resource { level: 3, ..Resource::ordinary("streng", OWNER) });
    world.altinn.add_resource(Resource::new("eksplisitt", OWNER, ResourceKind::Explicit));
    world.altinn.add_resource(Resource::ordinary("andres", OTHER));
    let reply = world.send(letter).await;
    let refused = reply.status != 200;
    assert_eq!(refused, world.altinn.messages().is_empty(), "refused means nothing is kept");
    (reply.status, if refused { code(&reply) } else { 0 })
}

#[tokio::test]
async fn each_rule_of_a_new_correspondence_has_its_number() {
    let due = |at: &str| changed("dueDateTime", json!(at));
    for (spoilt, status, number) in [
        (letter(), 200, 0),
        (changed("resourceId", json!("urn:altinn:resource:arkiv-brev")), 200, 0),
        (changed("resourceId", json!("ukjent")), 400, 1036),
        (changed("resourceId", json!("andres")), 401, 4001),
        (changed("resourceId", json!("annen")), 400, 4010),
        (changed("resourceId", json!(CONFIDENTIAL)), 400, 1060),
        (changed("isConfidential", json!(true)), 400, 1061),
        (confidential(), 200, 0),
        (changed("resourceId", json!("eksplisitt")), 200, 0),
        (with(changed("resourceId", json!("eksplisitt")), "/correspondence/isConfidential", json!(true)), 200, 0),
        (with(changed("resourceId", json!("streng")), "/correspondence/allowForwarding", json!(true)), 400, 1068),
        (with(letter(), "/recipients", json!(["0192:312000342", organisation(RECEIVER)])), 400, 1006),
        (with(letter(), "/recipients", json!(["0192:312000091"])), 404, 1029),
        (with(confidential(), "/recipients", json!(["0192:312000105"])), 400, 1044),
        (with(letter(), "/recipients", json!(["0192:312000105"])), 200, 0),
        (changed("isConfirmationNeeded", json!(true)), 400, 1016),
        (with(letter(), "/recipients", json!([PERSON])), 422, 1030),
        (with(changed("ignoreReservation", json!(true)), "/recipients", json!([PERSON])), 200, 0),
        (with(letter(), "/recipients", json!([PERSON, "0192:312000342"])), 200, 0),
        (due("2026-09-14T07:59:59Z"), 400, 1008),
        (due("2026-09-14T08:00:00Z"), 200, 0),
        (
            with(due("2026-09-20T08:00:00Z"), "/correspondence/requestedPublishTime", json!("2026-09-21T08:00:00Z")),
            400,
            1009,
        ),
        (changed("requestedPublishTime", json!("2020-01-01T00:00:00Z")), 200, 0),
        (changed("content/messageTitle", json!("  ")), 400, 1020),
        (changed("content/messageTitle", json!("<b>Svar</b>")), 400, 1002),
        (changed("content/messageTitle", json!("**Svar**")), 400, 1002),
        (changed("content/messageTitle", json!("a".repeat(256))), 400, 1037),
        (changed("content/messageTitle", json!("å".repeat(255))), 200, 0),
        (changed("content/messageSummary", json!("a".repeat(256))), 400, 1042),
        (changed("content/messageSummary", json!("**bare advarsel**")), 200, 0),
        (changed("content/messageBody", json!("<p>Hei</p>")), 400, 1003),
        (changed("content/messageBody", json!("")), 400, 1021),
        (changed("content/messageBody", json!("a".repeat(30_001))), 400, 1022),
        (changed("content/language", json!("se")), 400, 1023),
        (changed("content/language", json!("NN")), 200, 0),
        (changed("messageSender", json!("# Kommune")), 400, 1039),
        (changed("replyOptions", json!([{"linkURL": "http://a.example"}])), 400, 1035),
        (changed("replyOptions", json!([{"linkURL": format!("https://a.example/{}", "a".repeat(255))}])), 400, 1035),
        (with(letter(), "/existingAttachments", json!([Uuid::from_u128(1)])), 400, 1007),
        // Without a form there are no files for what is described.
        (with_files(&["brev.pdf"]), 400, 1005),
        (with_files(&["brev.exe"]), 400, 2013),
        (with_files(&["br|ev.pdf"]), 400, 2012),
        (with_files(&["CON.pdf"]), 400, 2021),
        (with_files(&["a.pdf"; 101]), 400, 1038),
        // What nobody knows vanishes without complaint, also a misspelling.
        (changed("isConfidental", json!(true)), 200, 0),
        (changed("allowSystemDeleteAfter", json!("2026-12-01T00:00:00Z")), 200, 0),
    ] {
        assert_eq!(answer(&spoilt).await, (status, number), "{spoilt}");
    }
}

#[tokio::test]
async fn the_framework_checks_shapes_before_any_rule_and_says_so_without_a_number() {
    let reference = |kind: &str| json!([{"referenceType": kind, "referenceValue": "x"}]);
    for spoilt in [
        changed("resourceId", json!("a:b")),
        changed("resourceId", Value::Null),
        changed("sendersReference", json!("")),
        changed("sendersReference", json!("a".repeat(4097))),
        changed("messageSender", json!("a".repeat(256))),
        changed("content", Value::Null),
        changed("content/language", json!("n")),
        changed("content/messageTitle", Value::Null),
        changed("content/attachments", json!([{"fileName": "a.pdf"}])),
        changed(
            "content/attachments",
            json!([{"fileName": "a.pdf", "sendersReference": "x", "checksum": "A".repeat(32)}]),
        ),
        changed("externalReferences", reference("DialogportenTransmissionId")),
        changed("externalReferences", reference("Ukjent")),
        changed("externalReferences", Value::Array(vec![json!({"referenceType": 0, "referenceValue": "x"}); 11])),
        changed("propertyList", json!({"k".repeat(51): "v"})),
        changed("propertyList", json!({"k": "v".repeat(301)})),
        changed("propertyList", (0..11).map(|n| (n.to_string(), json!("v"))).collect::<serde_json::Map<_, _>>().into()),
        changed("notification", json!({"notificationTemplate": 1})),
        changed("notification", json!({"notificationChannel": "Due"})),
        changed("notification", json!({"notificationChannel": 0, "smsBody": "a".repeat(2145)})),
        changed("dueDateTime", json!("i morgen")),
        changed("isConfidential", Value::Null),
        with(letter(), "/recipients", json!([])),
        with(letter(), "/recipients", json!(["312000342"])),
        with(letter(), "/recipients", json!(["01819000554"])),
        with(letter(), "/recipients", vec![json!("0192:312000342"); 501].into()),
        with(letter(), "/idempotentKey", json!(Uuid::nil())),
        with(letter(), "/idempotentKey", json!("ikke en GUID")),
    ] {
        let world = World::new();
        let reply = world.send(&spoilt).await;
        assert_eq!((reply.status, code(&reply)), (400, 0), "{spoilt}");
        assert_eq!(reply.json()["code"], "STD-00000");
        assert!(!reply.json()["validationErrors"].as_array().unwrap().is_empty());
        assert_eq!(world.altinn.messages().len(), 0);
    }
}

#[tokio::test]
async fn names_are_read_in_any_case_and_words_as_names_or_numbers() {
    let world = World::new();
    let text = letter().to_string().replace("messageTitle", "MESSAGETITLE").replace("recipients", "Recipients");
    let letter: Value = serde_json::from_str(&text).unwrap();
    let letter = with(
        letter,
        "/correspondence/notification",
        json!({"notificationTemplate": 1, "notificationChannel": "EMAIL"}),
    );
    let id = first_id(&world.send(&letter).await);
    assert_eq!(world.altinn.message(id).unwrap().title, "Svar på høring");
}

#[tokio::test]
async fn the_first_rule_that_fails_is_the_answer() {
    let world = World::new();
    let key = json!(Uuid::from_u128(7));
    first_id(&world.send(&with(letter(), "/idempotentKey", key.clone())).await);
    let mut wrong = with(changed("content/messageTitle", json!("<b>")), "/idempotentKey", key);
    wrong = with(wrong, "/correspondence/replyOptions", json!([{"linkURL": "x"}]));
    wrong = with(wrong, "/correspondence/resourceId", json!("ukjent"));
    for (number, repair) in [
        (1034, ("/idempotentKey", Value::Null)),
        (1036, ("/correspondence/resourceId", json!("arkiv-brev"))),
        (1002, ("/correspondence/content/messageTitle", json!("Svar"))),
        (1035, ("/correspondence/replyOptions", json!([]))),
    ] {
        assert_eq!(code(&world.send(&wrong).await), number);
        wrong = with(wrong, repair.0, repair.1);
    }
    assert_eq!(world.send(&wrong).await.status, 200);
}

#[tokio::test]
async fn notifications_need_the_texts_of_their_channels() {
    let notification = |value: Value| changed("notification", value);
    let texts = json!({
        "notificationTemplate": "CustomMessage", "emailSubject": "Ny post", "emailBody": "Logg inn", "smsBody": "Ny post",
        "sendReminder": true, "reminderEmailSubject": "Ulest", "reminderEmailBody": "Logg inn", "reminderSmsBody": "Ulest",
    });
    let set = |changes: &[(&str, Value)]| {
        let mut value = texts.clone();
        changes.iter().for_each(|(name, change)| value[*name] = change.clone());
        notification(value)
    };
    let none = Value::Null;
    for (channel, main, reminder) in [
        ("Email", vec![("emailSubject", 3002), ("emailBody", 3002)], vec![("reminderEmailBody", 3003)]),
        ("Sms", vec![("smsBody", 3004)], vec![("reminderSmsBody", 3005)]),
        ("EmailPreferred", vec![("emailBody", 3006), ("smsBody", 3006)], vec![("reminderSmsBody", 3007)]),
        ("SmsPreferred", vec![("emailSubject", 3006), ("smsBody", 3006)], vec![("reminderEmailSubject", 3007)]),
        ("EmailAndSms", vec![("emailSubject", 3024), ("smsBody", 3024)], vec![("reminderEmailBody", 3025)]),
    ] {
        let channel = ("notificationChannel", json!(channel));
        assert_eq!(answer(&set(std::slice::from_ref(&channel))).await, (200, 0), "{channel:?}");
        for (missing, number) in main.into_iter().chain(reminder) {
            let spoilt = set(&[channel.clone(), (missing, none.clone())]);
            assert_eq!(answer(&spoilt).await, (400, number), "{channel:?} {missing}");
        }
        let generic =
            [channel, ("notificationTemplate", json!(1)), ("emailBody", none.clone()), ("smsBody", none.clone())];
        assert_eq!(answer(&set(&generic)).await, (200, 0), "the standard text needs none");
    }
}

#[tokio::test]
async fn custom_recipients_of_notifications_have_rules_of_their_own() {
    let generic = json!({"notificationTemplate": "GenericAltinnMessage", "notificationChannel": "Email"});
    let custom = |recipients: Value| changed("notification", with(generic.clone(), "/customRecipients", recipients));
    let mail = json!([{"emailAddress": "post@prove.example"}]);
    let override_alone = with(generic.clone(), "/overrideRegisteredContactInformation", json!(true));
    let named =
        with(with(generic.clone(), "/customRecipients", mail.clone()), "/emailBody", json!("Hei $recipientName$"));
    for (spoilt, number) in [
        (custom(mail.clone()), 0),
        (changed("notification", override_alone), 3022),
        (with(custom(mail.clone()), "/recipients", json!(["0192:312000342", "0192:312000008"])), 3017),
        (custom(json!([{"emailAddress": "post@prove.example", "mobileNumber": "+4799999999"}])), 3018),
        (custom(json!([{}])), 3019),
        (changed("notification", named), 3015),
        (custom(json!([{"emailAddress": "post"}])), 3011),
        (custom(json!([{"mobileNumber": "99999999"}])), 3012),
        (changed("notification", with(generic.clone(), "/customRecipient", json!({}))), 3019),
        (
            changed(
                "notification",
                with(generic.clone(), "/customNotificationRecipients", json!([{"recipients": [{}]}])),
            ),
            3019,
        ),
    ] {
        assert_eq!(answer(&spoilt).await.1, number, "{spoilt}");
    }
    let world = World::new();
    let reply =
        world.send(&changed("notification", json!({"notificationTemplate": 7, "notificationChannel": 0}))).await;
    assert_eq!(reply.status, 400);
    assert!(reply.json().is_string(), "a template that does not exist is told by a bare string");
}

#[tokio::test]
async fn a_letter_can_be_part_of_a_dialog_under_strict_rules() {
    let (ours, foreign, elsewhere) = (Uuid::from_u128(21), Uuid::from_u128(22), Uuid::from_u128(23));
    let part_of = |dialog: &str| json!([{"referenceType": "DialogportenDialogId", "referenceValue": dialog}]);
    let typed = |kinds: &[&str]| -> Value {
        kinds
            .iter()
            .map(|kind| json!({"referenceType": "DialogportenTransmissionType", "referenceValue": kind}))
            .collect()
    };
    let of = |dialog: Uuid| changed("externalReferences", part_of(&dialog.to_string()));
    for (spoilt, number) in [
        (of(ours), 0),
        (changed("externalReferences", part_of("x")), 1048),
        (of(foreign), 1050),
        (of(elsewhere), 1046),
        (of(Uuid::from_u128(9)), 1054),
        (with(of(ours), "/recipients", json!(["0192:312000342", "0192:312000008"])), 1045),
        (with(of(ours), "/correspondence/replyOptions", json!([{"linkURL": "https://a.example"}])), 1051),
        (changed("externalReferences", typed(&["Decision"])), 1053),
        (changed("externalReferences", typed(&["Decision", "Alert"])), 1052),
    ] {
        let world = World::new();
        world.altinn.add_dialog(ours, OWNER, organisation(RECEIVER));
        world.altinn.add_dialog(foreign, OTHER, organisation(RECEIVER));
        world.altinn.add_dialog(elsewhere, OWNER, organisation(OTHER));
        let reply = world.send(&spoilt).await;
        assert_eq!(code(&reply), number, "{spoilt}");
        if number == 0 {
            let id = first_id(&reply);
            assert_eq!(code(&world.purge(OWNER, super::altinn_support::WRITE, id).await), 1043);
        }
    }
}

#[tokio::test]
async fn an_idempotency_key_serves_once_for_one_recipient_and_never_again() {
    let world = World::new();
    let keyed = with(letter(), "/idempotentKey", json!(Uuid::from_u128(5)));
    let several = with(keyed.clone(), "/recipients", json!(["0192:312000342", "0192:312000008"]));
    assert_eq!(code(&world.send(&several).await), 1047);
    let failing = with(keyed.clone(), "/correspondence/content/messageTitle", json!("<b>"));
    assert_eq!(code(&world.send(&failing).await), 1002);
    let id = world.sent_id(&keyed).await;
    let again = world.send(&keyed).await;
    assert_eq!((again.status, code(&again)), (409, 1034));
    assert!(!again.json().to_string().contains(&id.to_string()), "the answer does not tell which");
    let query = format!("/correspondence?resourceId=noe&role=Sender&idempotentKey={}", Uuid::from_u128(5));
    assert_eq!(code(&world.sent(&query).await), 4001, "the resource must be one the caller may ask for");
    let query = query.replace("noe", "arkiv-brev");
    assert_eq!(world.sent(&query).await.json()["ids"], json!([id]));
    assert_eq!(world.purge(OWNER, super::altinn_support::WRITE, id).await.status, 200);
    assert_eq!(world.send(&keyed).await.status, 409, "a purge does not give the key back");
}
