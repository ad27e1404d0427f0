//! Tokens at Altinn: the exchange, and which of them opens what.

use std::time::Duration;

use http::{Method, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sakarkiv_cms::Identity;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{
    Client,
    altinn::{Access, Holder, PartyFacts},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    altinn_support::{
        CONFIDENTIAL, ORDINARY, OTHER, OWNER, READ, RECEIVER, ROOT, WRITE, World, code, confidential, letter,
    },
    support::Reply,
};

const EXCHANGE: &str = "https://platform.altinn.test/authentication/api/v1/exchange/maskinporten";

async fn with_token(world: &World, method: Method, uri: &str, token: &str) -> Reply {
    let uri = if uri.starts_with("https:") { uri.to_owned() } else { format!("{ROOT}{uri}") };
    let request = Request::builder().method(method).uri(uri).header("Authorization", format!("Bearer {token}"));
    world.call(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn exchanged(world: &World, raw: &str) -> String {
    let reply = with_token(world, Method::GET, EXCHANGE, raw).await;
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.bytes).unwrap().trim_matches('"').to_owned()
}

fn claims(token: &str) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn list(role: &str) -> String {
    format!("/correspondence?resourceId={ORDINARY}&role={role}")
}

#[tokio::test]
async fn a_maskinporten_token_becomes_one_of_altinns_own() {
    let world = World::new();
    world.altinn.configure(|settings| settings.token_life = Duration::from_secs(1800));
    let raw = world.maskinporten.token_with(RECEIVER, "altinn:correspondence.read altinn:serviceowner");
    let token = exchanged(&world, &raw).await;
    let claims = claims(&token);
    assert_eq!(claims["iss"], "https://platform.altinn.test/authentication/api/v1/openid/");
    assert_eq!(claims["urn:altinn:orgNumber"], RECEIVER);
    assert_eq!(claims["scope"], "altinn:correspondence.read altinn:serviceowner");
    assert_eq!(claims["consumer"]["ID"], format!("0192:{RECEIVER}"));
    assert!(claims["aud"].is_null() && claims["client_amr"].is_null() && !claims["urn:altinn:org"].is_null());
    assert_eq!(with_token(&world, Method::GET, &list("Recipient"), &token).await.status, 200);
    world.pass(1799);
    assert_eq!(with_token(&world, Method::GET, &list("Recipient"), &token).await.status, 200);
    world.pass(1);
    let late = with_token(&world, Method::GET, &list("Recipient"), &token).await;
    assert_eq!((late.status, late.bytes.len()), (401, 0), "no skew, and no problem document");
    assert!(late.headers["WWW-Authenticate"].to_str().unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn the_exchange_takes_only_what_maskinporten_signed_and_what_still_lives() {
    let world = World::new();
    let raw = world.maskinporten.token_with(RECEIVER, READ);
    let other = World::new().altinn.token_for(RECEIVER, READ);
    for token in ["", "x", "a.b.c", other.as_str()] {
        assert_eq!(with_token(&world, Method::GET, EXCHANGE, token).await.status, 401);
    }
    assert_eq!(world.altinn.tokens(), 0);
    world.pass(121);
    assert_eq!(with_token(&world, Method::GET, EXCHANGE, &raw).await.status, 401);
    let enterprise =
        Request::get(EXCHANGE).header("X-Altinn-EnterpriseUser-Authentication", "x").body(Body::empty()).unwrap();
    assert_eq!(world.call(enterprise).await.unwrap().status, 410);
    world.altinn.configure(|settings| settings.quoted_tokens = true);
    let raw = world.maskinporten.token_with(RECEIVER, READ);
    let quoted = with_token(&world, Method::GET, EXCHANGE, &raw).await.bytes;
    assert!(quoted.starts_with(b"\"") && quoted.ends_with(b"\""), "both forms are met");
}

#[tokio::test]
async fn each_address_asks_for_its_scope_and_kind_of_token() {
    let world = World::new();
    let raw = |scopes: &str| world.maskinporten.token_with(OWNER, scopes);
    let own = |scopes: &str| world.altinn.token_for(OWNER, scopes);
    let id = Uuid::from_u128(1);
    let sender = "/attachment/00000000-0000-0000-0000-000000000001";
    let recipient = format!("/correspondence/{id}/content");
    let download = format!("/correspondence/{id}/attachment/{id}/download");
    let either = format!("/correspondence/{id}");
    for (token, at_sender, at_recipient, at_either, at_download) in [
        (own(WRITE), 404, 403, 404, 403),
        (own(READ), 403, 404, 404, 404),
        (own("altinn:serviceowner"), 403, 403, 403, 403),
        (own("altinn:portal/enduser"), 403, 403, 403, 404),
        (raw(WRITE), 403, 403, 403, 403),
        (raw("altinn:correspondence.write altinn:serviceowner"), 404, 403, 404, 403),
        (raw(READ), 403, 403, 404, 403),
        ("x".to_owned(), 401, 401, 401, 401),
    ] {
        let mut found = Vec::new();
        for path in [sender, &recipient, &either, &download] {
            found.push(with_token(&world, Method::GET, path, &token).await.status);
        }
        assert_eq!(found, [at_sender, at_recipient, at_either, at_download]);
    }
    let raw_reader = with_token(&world, Method::GET, &recipient, &raw(READ)).await;
    assert!(raw_reader.json()["detail"].as_str().unwrap().contains("issuer"), "says that it must be exchanged");
}

#[tokio::test]
async fn without_a_token_a_call_is_refused_and_a_download_sent_to_the_login() {
    let world = World::new();
    let id = Uuid::from_u128(1);
    let bare = |path: String| world.call(Request::get(format!("{ROOT}{path}")).body(Body::empty()).unwrap());
    assert_eq!(bare(format!("/correspondence/{id}")).await.unwrap().status, 401);
    let reply = bare(format!("/correspondence/{id}/attachment/{id}/download")).await.unwrap();
    assert_eq!(reply.status, 302);
    assert!(reply.headers["Location"].to_str().unwrap().starts_with("https://login.test"));
}

#[tokio::test]
async fn a_refusal_by_the_decision_point_is_401_with_a_number_and_a_dead_token_401_without() {
    let world = World::new();
    let id = world.published(&letter()).await;
    let stranger = world.request(OTHER, READ, Method::GET, &format!("/correspondence/{id}"), Body::empty());
    let refused = world.call(stranger).await.unwrap();
    assert_eq!((refused.status, code(&refused)), (401, 4001));
    assert_eq!(refused.json()["code"], "CORR-04001");
    world.altinn.expire_tokens();
    let dead = world.got(&format!("/correspondence/{id}")).await;
    assert_eq!((dead.status, dead.bytes.len()), (401, 0));
    world.pass(1);
    let fresh = world.altinn.token_for(RECEIVER, READ);
    assert_eq!(with_token(&world, Method::GET, &format!("/correspondence/{id}"), &fresh).await.status, 200);
}

#[tokio::test]
async fn a_token_that_may_also_write_counts_as_a_senders_and_leaves_no_trace() {
    let world = World::new();
    let id = world.published(&letter()).await;
    let both = format!("{READ} {WRITE}");
    let call = |method, path: String| world.call(world.request(RECEIVER, &both, method, &path, Body::empty()));
    assert_eq!(call(Method::GET, format!("/correspondence/{id}")).await.unwrap().status, 200);
    assert!(world.altinn.message(id).unwrap().opened_by().is_empty());
    assert_eq!(code(&call(Method::POST, format!("/correspondence/{id}/markasread")).await.unwrap()), 1024);
    assert_eq!(code(&call(Method::POST, format!("/correspondence/{id}/confirm")).await.unwrap()), 1025);
}

#[tokio::test]
async fn the_owner_with_the_scope_of_a_service_owner_sees_content_after_publication() {
    let world = World::new();
    let id = world.published(&confidential()).await;
    let path = format!("/correspondence/{id}");
    assert_eq!(world.sent(&path).await.json()["content"]["messageTitle"], "");
    let owner = world.request(OWNER, &format!("{WRITE} altinn:serviceowner"), Method::GET, &path, Body::empty());
    assert_eq!(world.call(owner).await.unwrap().json()["content"]["messageTitle"], "Svar på høring");
}

#[tokio::test]
async fn a_caller_whom_the_register_does_not_know_cannot_send() {
    let world = World::new();
    world.altinn.set_party(OWNER, PartyFacts::unknown());
    assert_eq!(code(&world.send(&letter()).await), 4002);
}

#[tokio::test]
async fn media_types_are_compared_word_for_word() {
    let world = World::new();
    let id = world.published(&letter()).await;
    for (accept, path, status) in [
        ("application/json", format!("/correspondence/{id}"), 200),
        ("text/html, application/json;q=0.5", format!("/correspondence/{id}"), 200),
        ("*/*", format!("/correspondence/{id}"), 200),
        ("application/*", format!("/correspondence/{id}"), 406),
        ("text/plain", format!("/correspondence/{id}"), 406),
        ("application/json", format!("/correspondence/{id}/content"), 406),
        ("text/*", format!("/correspondence/{id}/content"), 406),
        ("text/plain", format!("/correspondence/{id}/content"), 200),
    ] {
        let mut request = world.request(RECEIVER, READ, Method::GET, &path, Body::empty());
        request.headers_mut().insert("Accept", accept.parse().unwrap());
        let reply = world.call(request).await.unwrap();
        assert_eq!(reply.status, status, "{accept} {path}");
        if status == 406 {
            assert!(
                reply.headers["Content-Type"].to_str().unwrap().starts_with("text/plain"),
                "a sentence, no problem document"
            );
        }
    }
    for (path, kind) in [("/correspondence", "text/json"), ("/correspondence/upload", "application/json")] {
        let mut request = world.request(OWNER, WRITE, Method::POST, path, letter().to_string());
        request.headers_mut().insert("Content-Type", kind.parse().unwrap());
        assert_eq!(world.call(request).await.unwrap().status, 415, "{path}");
    }
}

/// The whole way of a vendor that reads on a customer's behalf.
#[tokio::test]
async fn a_system_user_speaks_for_the_customer_that_approved_it_with_what_the_customer_gave_it() {
    let world = World::new();
    let vendor = Identity::generate("Leverandør").unwrap();
    let reference = Some("arkiv-postmottak");
    world.maskinporten.add_client(
        Client::new("leverandor", OTHER)
            .with_key("nokkel", vendor.certificate_der())
            .with_scope(READ)
            .with_system_user(RECEIVER, reference, Uuid::from_u128(77)),
    );
    let key = EncodingKey::from_rsa_pem(vendor.private_key_pem().as_bytes()).unwrap();
    let header = Header { kid: Some("nokkel".to_owned()), ..Header::new(Algorithm::RS256) };
    let assertion = |customer: &str, jti: &str| {
        let issued = 1_789_372_800;
        let claims = json!({
            "iss": "leverandor", "aud": "https://maskinporten.test/", "scope": READ, "iat": issued, "exp": issued + 120, "jti": jti,
            "authorization_details": [{
                "type": "urn:altinn:systemuser", "externalRef": "arkiv-postmottak",
                "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{customer}")},
            }],
        });
        encode(&header, &claims, &key).unwrap()
    };
    let network = sakarkiv_testkit::simulators::InProcess::new(world.maskinporten.router());
    let ask = |assertion: String| {
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let request = Request::post("https://maskinporten.test/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let network = network.clone();
        async move {
            let (parts, body) = sakarkiv_http::HttpService::call(&network, request).await.unwrap().into_parts();
            let bytes = body.collect_limited(1 << 20).await.unwrap();
            (parts.status.as_u16(), serde_json::from_slice::<Value>(&bytes).unwrap())
        }
    };
    let (status, refused) = ask(assertion(OWNER, "1")).await;
    assert_eq!(status, 400);
    assert!(refused["error_description"].as_str().unwrap().contains("MP-303"));
    let (_, granted) = ask(assertion(RECEIVER, "2")).await;
    let token = exchanged(&world, granted["access_token"].as_str().unwrap()).await;
    let ordinary = world.published(&letter()).await;
    let secret = world.published(&confidential()).await;
    let holder = Holder::SystemUser("arkiv-postmottak".to_owned());
    for (id, access) in [(ordinary, Access::ordinary()), (secret, Access::confidential())] {
        let path = format!("/correspondence/{id}");
        let before = with_token(&world, Method::GET, &path, &token).await;
        assert_eq!((before.status, code(&before)), (401, 4001), "not even ordinary mail before it was given");
        world.altinn.delegate(RECEIVER, access.clone(), holder.clone());
        assert_eq!(with_token(&world, Method::GET, &path, &token).await.status, 200);
        assert_eq!(world.altinn.message(id).unwrap().opened_by(), std::slice::from_ref(&holder));
        world.altinn.withdraw(RECEIVER, &access, &holder);
        assert_eq!(with_token(&world, Method::GET, &path, &token).await.status, 401);
    }
    let listed = format!("/correspondence?resourceId={CONFIDENTIAL}&role=Recipient");
    assert_eq!(code(&with_token(&world, Method::GET, &listed, &token).await), 4001);
}
