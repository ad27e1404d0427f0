//! What Maskinporten checks of an assertion.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Method, Request};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use sakarkiv_cms::Identity;
use sakarkiv_http::Body;
use sakarkiv_testkit::simulators::{Client, Fault, Operation, When};
use serde_json::{Value, json};

use super::support::{Reply, SENDER, World};

const ISSUED: i64 = 1_789_372_800;

struct Signer {
    key: EncodingKey,
    identity: Identity,
}

fn signer() -> Signer {
    let identity = Identity::generate("Prøvedal kommune").unwrap();
    let key = EncodingKey::from_rsa_pem(identity.private_key_pem().as_bytes()).unwrap();
    Signer { key, identity }
}

fn by_key(kid: &str) -> Header {
    Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) }
}

fn claims(jti: &str) -> Value {
    json!({
        "iss": "klient", "aud": "https://maskinporten.test/", "scope": "ks:fiks",
        "iat": ISSUED, "exp": ISSUED + 120, "jti": jti,
    })
}

fn changed(jti: &str, member: &str, value: Value) -> Value {
    let mut claims = claims(jti);
    claims[member] = value;
    claims
}

async fn ask(world: &World, assertion: &str) -> Reply {
    let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
    let request = Request::builder()
        .method(Method::POST)
        .uri("https://maskinporten.test/token")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    world.call(request).await.unwrap()
}

#[tokio::test]
async fn a_sound_assertion_gets_a_token_and_every_flaw_is_refused() {
    let world = World::new();
    let ours = signer();
    world.maskinporten.set_token_life(std::time::Duration::from_secs(300));
    world.maskinporten.add_client(
        Client::new("klient", SENDER)
            .with_key("nøkkel", ours.identity.certificate_der())
            .with_certificate(ours.identity.certificate_der())
            .acting_for("312000342"),
    );
    let sign = |header: &Header, claims: &Value| encode(header, claims, &ours.key).unwrap();
    let kid = by_key("nøkkel");
    let x5c =
        Header { x5c: Some(vec![STANDARD.encode(ours.identity.certificate_der())]), ..Header::new(Algorithm::RS256) };
    let stranger = Identity::generate("en annen").unwrap();
    let foreign_key = EncodingKey::from_rsa_pem(stranger.private_key_pem().as_bytes()).unwrap();
    let foreign_x5c =
        Header { x5c: Some(vec![STANDARD.encode(stranger.certificate_der())]), ..Header::new(Algorithm::RS256) };

    for (what, assertion) in [
        ("by key id", sign(&kid, &claims("a"))),
        ("by certificate", sign(&x5c, &claims("b"))),
        ("for another", sign(&kid, &changed("c", "consumer_org", json!("312000342")))),
    ] {
        let reply = ask(&world, &assertion).await;
        assert_eq!((reply.status, &reply.json()["expires_in"]), (200, &json!(300)), "{what}: {}", reply.json());
    }
    for (what, assertion) in [
        ("used before", sign(&kid, &claims("a"))),
        ("another key", encode(&kid, &claims("d"), &foreign_key).unwrap()),
        ("an unknown key id", sign(&by_key("ukjent"), &claims("e"))),
        ("a foreign certificate", encode(&foreign_x5c, &claims("f"), &foreign_key).unwrap()),
        ("key id and certificate", sign(&Header { kid: kid.kid.clone(), ..x5c.clone() }, &claims("g"))),
        ("another audience", sign(&kid, &changed("h", "aud", json!("https://maskinporten.test")))),
        ("expired", sign(&kid, &changed("i", "exp", json!(ISSUED)))),
        ("too long a life", sign(&kid, &changed("j", "exp", json!(ISSUED + 121)))),
        ("another scope", sign(&kid, &changed("k", "scope", json!("ks:fiks annet:scope")))),
        ("no right to act", sign(&kid, &changed("l", "consumer_org", json!("310000027")))),
        ("an unknown client", sign(&kid, &changed("m", "iss", json!("ukjent")))),
        ("no jti", sign(&kid, &changed("n", "jti", Value::Null))),
        ("no JWT", "abc".to_owned()),
    ] {
        let reply = ask(&world, &assertion).await;
        assert!((400..402).contains(&reply.status), "{what}: {}", reply.status);
        assert!(reply.json()["error"].is_string(), "{what}");
    }
    assert_eq!(world.maskinporten.issued(), 3);
}

#[tokio::test]
async fn a_token_names_its_consumer_and_ends_by_the_clock() {
    let world = World::new();
    world.maskinporten.set_token_life(std::time::Duration::from_secs(60));
    let mut request = world.request(Method::GET, "/api/v2/forsendelsestyper", Body::empty());
    let token = request.headers()["authorization"].to_str().unwrap().to_owned();
    let token = token.strip_prefix("Bearer ").unwrap();
    let told: Value = jsonwebtoken::dangerous::insecure_decode(token).map(|data| data.claims).unwrap();
    assert_eq!(told["consumer"], json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{SENDER}")}));
    assert_eq!(world.call(request).await.unwrap().status, 200);
    request = world.request(Method::GET, "/api/v2/forsendelsestyper", Body::empty());
    world.pass(60);
    assert_eq!(world.call(request).await.unwrap().status, 401);
}

#[tokio::test]
async fn faults_of_the_token_service_speak_its_own_language() {
    let world = World::new();
    world.maskinporten.faults().arm(Operation::Token, When::Next(1), Fault::status(503));
    let reply = ask(&world, "x").await;
    assert_eq!((reply.status, &reply.json()["error"]), (503, &json!("temporarily_unavailable")));
    let client_fault = Fault::Answer(sakarkiv_testkit::simulators::Answer::new(400).with_code("invalid_grant"));
    world.maskinporten.faults().arm(Operation::Token, When::Next(1), client_fault);
    assert_eq!(ask(&world, "x").await.json()["error"], "invalid_grant");
}
