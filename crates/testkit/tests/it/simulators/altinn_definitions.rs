//! The simulated Altinn against the published definition with its known differences: what it answers, and what it takes.

use http::Method;
use sakarkiv_http::Body;
use sakarkiv_testkit::{
    definitions::{Definition, Exchange, Interface},
    simulators::altinn::{Access, Holder},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    altinn_support::{CONFIDENTIAL, OWNER, READ, RECEIVER, WRITE, World, confidential, first_id, letter, with},
    support::Reply,
};

/// A letter with everything that a letter can have.
fn full() -> Value {
    let mut full = letter();
    full["existingAttachments"] = json!([]);
    full["idempotentKey"] = json!(Uuid::from_u128(11));
    let base = json!({
        "messageSender": "Prøvedal kommune", "requestedPublishTime": "2026-09-14T08:00:00Z", "dueDateTime": "2026-10-01T08:00:00Z",
        "externalReferences": [{"referenceType": "Generic", "referenceValue": "jp:1"}], "propertyList": {"saksnummer": "2026/417"},
        "replyOptions": [{"linkURL": "https://svar.example", "linkText": "Svar"}], "ignoreReservation": false,
        "isConfirmationNeeded": true, "isConfidential": false, "allowForwarding": false,
        "notification": {
            "notificationTemplate": "CustomMessage", "notificationChannel": "EmailAndSms", "emailSubject": "Ny post",
            "emailBody": "Logg inn", "emailContentType": "Plain", "smsBody": "Ny post", "sendReminder": true,
            "reminderNotificationChannel": "Email", "reminderEmailSubject": "Ulest", "reminderEmailBody": "Logg inn",
            "customRecipients": [{"emailAddress": "post@prove.example"}], "overrideRegisteredContactInformation": false,
        },
    });
    base.as_object().unwrap().iter().for_each(|(name, value)| full["correspondence"][name] = value.clone());
    full
}

fn assert_fits(definition: &Definition, name: &str, value: &Value) {
    assert_eq!(definition.problems(name, value), [""; 0], "{value}");
}

#[tokio::test]
async fn what_is_taken_fits_the_definition_as_json_and_as_the_form_that_stands_for_it() {
    let Some(definition) = Definition::altinn_correspondence() else { return };
    let world = World::new();
    first_id(&world.send(&full()).await);
    let described = json!([{
        "fileName": "a.pdf", "displayName": "A", "sendersReference": "x", "isEncrypted": false, "expirationInDays": 14,
        "dataLocationType": "NewCorrespondenceAttachment",
    }]);
    let form = with(
        with(full(), "/correspondence/content/attachments", described),
        "/idempotentKey",
        json!(Uuid::from_u128(12)),
    );
    first_id(&world.send_form(&form, &[("a.pdf", b"x")]).await);
    let accepted = world.altinn.accepted_requests();
    assert_eq!(accepted.len(), 2);
    for request in &accepted {
        assert_fits(&definition, "InitializeCorrespondencesExt", request);
    }
    let mut sent = form;
    sent.as_object_mut().unwrap().remove("existingAttachments");
    assert_eq!(accepted[1], sent, "a form says the same as the JSON, an empty list left out");
}

#[tokio::test]
async fn every_answer_about_a_letter_fits_the_definition() {
    let Some(definition) = Definition::altinn_correspondence() else { return };
    let interface = Interface::of([Some(definition.clone())]);
    let world = World::new();
    let shared = world.shared("a.pdf", b"x").await;
    let reply = world.send(&with(full(), "/existingAttachments", json!([shared]))).await;
    assert_fits(&definition, "InitializeCorrespondencesResponseExt", &nulls_as_lists(reply.json()));
    let id = first_id(&reply);
    world.pass(60);
    let secret = world.published(&confidential()).await;
    world.altinn.delegate(RECEIVER, Access::confidential(), Holder::OwnClient);
    for (who, scope, method, path) in [
        (OWNER, WRITE, Method::GET, format!("/correspondence/{id}")),
        (OWNER, WRITE, Method::GET, format!("/correspondence/{id}/details")),
        (RECEIVER, READ, Method::GET, format!("/correspondence/{id}")),
        (RECEIVER, READ, Method::GET, format!("/correspondence/{id}/details")),
        (RECEIVER, READ, Method::GET, format!("/correspondence/{secret}")),
        (RECEIVER, READ, Method::GET, format!("/correspondence/{id}/attachment/{shared}/download")),
        (RECEIVER, READ, Method::POST, format!("/correspondence/{id}/markasread")),
        (RECEIVER, READ, Method::POST, format!("/correspondence/{id}/confirm")),
        (RECEIVER, READ, Method::POST, format!("/correspondence/{secret}/confirm")),
        (RECEIVER, READ, Method::DELETE, format!("/correspondence/{id}/purge")),
        (RECEIVER, READ, Method::DELETE, format!("/correspondence/{secret}/purge")),
        (RECEIVER, READ, Method::GET, format!("/correspondence/{secret}")),
        (OWNER, WRITE, Method::GET, format!("/attachment/{shared}")),
        (OWNER, WRITE, Method::GET, format!("/attachment/{shared}/details")),
        (OWNER, WRITE, Method::GET, format!("/attachment/{}", Uuid::from_u128(1))),
        (
            RECEIVER,
            READ,
            Method::GET,
            format!("/correspondence?resourceId={CONFIDENTIAL}&role=Recipient&status=Published"),
        ),
        (
            OWNER,
            WRITE,
            Method::GET,
            format!("/correspondence?resourceId={CONFIDENTIAL}&role=Sender&idempotentKey={id}"),
        ),
        (OWNER, READ, Method::GET, format!("/correspondence?resourceId={CONFIDENTIAL}&role=Recipient")),
    ] {
        let reply = world.call(world.request(who, scope, method.clone(), &path, Body::empty())).await.unwrap();
        compare(&interface, &method, &path, &reply);
    }
}

/// Compares one exchange.
fn compare(interface: &Interface, method: &Method, path: &str, reply: &Reply) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let names: Vec<String> =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name.to_owned()).collect();
    let answer = serde_json::from_slice(&reply.bytes).ok();
    let exchange = Exchange {
        method: &method.as_str().to_lowercase(),
        path: &format!("/correspondence/api/v1{path}"),
        query: &names,
        request: None,
        status: reply.status,
        answer: answer.as_ref(),
    };
    assert_eq!(interface.problems(&exchange), [""; 0], "{answer:?}");
}

/// Where the definition wants a list the service writes null today.
fn nulls_as_lists(mut reply: Value) -> Value {
    for one in reply["correspondences"].as_array_mut().unwrap() {
        assert!(one["notifications"].is_null());
        one["notifications"] = json!([]);
    }
    reply
}

#[tokio::test]
async fn every_kind_of_refusal_fits_the_definition() {
    let Some(definition) = Definition::altinn_correspondence() else { return };
    let world = World::new();
    for spoilt in
        [with(letter(), "/correspondence/resourceId", json!("ukjent")), with(letter(), "/recipients", json!(["x"]))]
    {
        assert_fits(&definition, "ProblemDetails", &world.send(&spoilt).await.json());
    }
}
