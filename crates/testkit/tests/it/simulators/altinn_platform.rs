//! What lies around correspondence: resources and their policies, who holds what, events and subscriptions.

use http::{Method, Request};
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::altinn::{Access, CONFIDENTIAL_PACKAGE, Holder, Resource};
use serde_json::{Value, json};

use super::altinn_support::{CONFIDENTIAL, ORDINARY, OWNER, RECEIVER, World, letter};

const PLATFORM: &str = "https://platform.altinn.test";

async fn open(world: &World, method: Method, path: &str, body: Value) -> Value {
    let request = Request::builder().method(method).uri(format!("{PLATFORM}{path}"));
    world.call(request.body(Body::from(body.to_string())).unwrap()).await.unwrap().json()
}

#[tokio::test]
async fn a_resources_policy_tells_whether_it_is_confidential() {
    let world = World::new();
    for (id, package) in [(CONFIDENTIAL, CONFIDENTIAL_PACKAGE), (ORDINARY, "ordinaer-post-til-virksomheten")] {
        let rights =
            open(&world, Method::GET, &format!("/resourceregistry/api/v1/resource/{id}/policy/rights"), Value::Null)
                .await;
        let attribute = &rights[0]["subjects"][0]["subjectAttributes"][0];
        assert_eq!(attribute, &json!({"type": "urn:altinn:accesspackage", "value": package}));
    }
    let subjects = json!([format!("urn:altinn:accesspackage:{CONFIDENTIAL_PACKAGE}")]);
    let found = open(&world, Method::POST, "/resourceregistry/api/v1/resource/bysubjects", subjects).await;
    assert_eq!(found["data"][0]["resources"][0]["value"], CONFIDENTIAL);
    let all =
        open(&world, Method::GET, "/resourceregistry/api/v1/resource/resourcelist?includeApps=false", Value::Null)
            .await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    let one =
        open(&world, Method::GET, &format!("/resourceregistry/api/v1/resource/{CONFIDENTIAL}"), Value::Null).await;
    assert_eq!(
        (one["hasCompetentAuthority"]["organization"].clone(), one["resourceType"].clone()),
        (json!(OWNER), json!("CorrespondenceService"))
    );
}

#[tokio::test]
async fn who_holds_a_package_is_told_to_those_who_manage_access() {
    let world = World::new();
    let id = world.altinn.party_id(RECEIVER);
    let connections = format!("{PLATFORM}/accessmanagement/api/v1/enduser/connections");
    let ask = |last: &str| {
        let path = format!("{connections}/{last}?party={id}&from={id}");
        let scope = "altinn:accessmanagement/enduser:connections:toothers.read";
        world.call(world.request(RECEIVER, scope, Method::GET, &path, Body::empty()))
    };
    assert_eq!(ask("accesspackages").await.unwrap().status, 403, "reading mail is not managing access");
    world.altinn.delegate(RECEIVER, Access::Package("tilgangsstyring".to_owned()), Holder::OwnClient);
    let packages = |reply: Value| -> Vec<String> {
        reply["data"].as_array().unwrap().iter().map(|one| one["package"]["urn"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(packages(ask("accesspackages").await.unwrap().json()), ["urn:altinn:accesspackage:tilgangsstyring"]);
    let clerk = Holder::Person("01819000553".to_owned());
    world.altinn.delegate(RECEIVER, Access::confidential(), clerk.clone());
    world.altinn.delegate(RECEIVER, Access::Resource(CONFIDENTIAL.to_owned()), clerk.clone());
    let held = ask("accesspackages").await.unwrap().json();
    assert_eq!(packages(held.clone())[0], format!("urn:altinn:accesspackage:{CONFIDENTIAL_PACKAGE}"));
    assert_eq!(held["data"][0]["permissions"][0]["to"]["type"], "Person");
    assert_eq!(ask("resources").await.unwrap().json()["data"][0]["resource"]["id"], CONFIDENTIAL);
    world.altinn.withdraw(RECEIVER, &Access::confidential(), &clerk);
    assert_eq!(packages(ask("accesspackages").await.unwrap().json()).len(), 1);
}

#[tokio::test]
async fn a_caller_can_ask_what_it_holds_itself() {
    let world = World::new();
    let path = format!("{PLATFORM}/accessmanagement/api/v1/enduser/authorizedparties?includeAccessPackages=true");
    let scope = "altinn:accessmanagement/authorizedparties";
    world.altinn.delegate(RECEIVER, Access::confidential(), Holder::OwnClient);
    let parties = world.call(world.request(RECEIVER, scope, Method::GET, &path, Body::empty())).await.unwrap().json();
    assert_eq!(parties["data"][0]["organizationNumber"], RECEIVER);
    assert_eq!(parties["data"][0]["authorizedAccessPackages"], json!([CONFIDENTIAL_PACKAGE]));
    let without = world.request(RECEIVER, "altinn:correspondence.read", Method::GET, &path, Body::empty());
    assert_eq!(world.call(without).await.unwrap().status, 403);
}

#[tokio::test]
async fn subscriptions_get_the_events_they_asked_for_once_their_end_point_has_answered() {
    let world = World::new();
    world.altinn.add_resource(Resource::ordinary("annen", OWNER));
    let subscriptions = format!("{PLATFORM}/events/api/v1/subscriptions");
    let call = |method: Method, path: &str, body: Value| {
        let path = format!("{subscriptions}{path}");
        world.call(world.request(RECEIVER, "altinn:events.subscribe", method, &path, body.to_string()))
    };
    let party = format!("urn:altinn:organization:identifier-no:{RECEIVER}");
    let wish = json!({
        "endPoint": "https://mottak.example/hendelser", "resourceFilter": format!("urn:altinn:resource:{ORDINARY}"),
        "subjectFilter": party, "typeFilter": "no.altinn.correspondence.correspondencepublished",
    });
    for (member, value) in [
        ("endPoint", json!("http://mottak.example")),
        ("resourceFilter", Value::Null),
        ("subjectFilter", json!(RECEIVER)),
        ("sourceFilter", json!("https://platform.altinn.test/correspondence")),
        ("alternativeSubjectFilter", json!("/organisation/312000342")),
    ] {
        let mut spoilt = wish.clone();
        spoilt[member] = value;
        assert_eq!(call(Method::POST, "", spoilt).await.unwrap().status, 400, "{member}");
    }
    let mut everybodys = wish.clone();
    everybodys["subjectFilter"] = Value::Null;
    assert_eq!(call(Method::POST, "", everybodys).await.unwrap().status, 403, "others' events are not for it");
    let made = call(Method::POST, "", wish.clone()).await.unwrap();
    assert_eq!((made.status, made.json()["validated"].clone()), (201, json!(false)));
    assert_eq!(call(Method::POST, "", wish).await.unwrap().status, 200, "the same wish again is the same subscription");
    world.published(&letter()).await;
    assert!(world.altinn.take_deliveries().is_empty(), "nothing before the end point has answered");
    let waiting = world.altinn.unvalidated_subscriptions();
    assert_eq!(waiting, [(1, "https://mottak.example/hendelser".to_owned())]);
    world.altinn.validate_subscription(1);
    let id = world.published(&letter()).await;
    let deliveries = world.altinn.take_deliveries();
    assert_eq!(deliveries.len(), 1);
    let event = &deliveries[0].1;
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["type"], "no.altinn.correspondence.correspondencepublished");
    assert_eq!(event["source"], "https://platform.altinn.test/correspondence/api/v1/correspondence");
    assert_eq!(event["resourceinstance"], id.to_string());
    assert_eq!(event["alternativesubject"], format!("/organisation/{RECEIVER}"));
    assert_eq!(call(Method::GET, "", Value::Null).await.unwrap().json()["count"], 1);
    assert_eq!(call(Method::GET, "/1", Value::Null).await.unwrap().json()["id"], 1);
    assert_eq!(call(Method::DELETE, "/1", Value::Null).await.unwrap().status, 200);
    assert_eq!(call(Method::GET, "/1", Value::Null).await.unwrap().status, 404);
    world.published(&letter()).await;
    assert!(world.altinn.take_deliveries().is_empty());
}
