use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Response;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use sakarkiv_core::{
    identity::{NationalIdentityNumber, OrganisationNumber},
    ports::{Clock as _, PortErrorKind as K},
};
use sakarkiv_http::{
    AccessToken, GrantKey, KeyError, Maskinporten, MaskinportenConfig, SystemUser, TokenRequest, TokenSource,
};
use secrecy::SecretString;
use serde_json::Value;

use crate::doubles::{Canned, Counting, Reply, TestClock, answer};

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

fn pkcs8() -> Vec<u8> {
    AsDer::<Pkcs8V1Der<'_>>::as_der(&*KEY).unwrap().as_ref().to_vec()
}

fn pem(label: &str, der: &[u8]) -> String {
    let lines = STANDARD.encode(der).into_bytes();
    let lines = lines.chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

fn private_key() -> SecretString {
    pem("PRIVATE KEY", &pkcs8()).into()
}

struct Rig {
    source: Maskinporten,
    service: Arc<Canned>,
    clock: Arc<TestClock>,
}

fn rig(replies: impl IntoIterator<Item = Reply>) -> Rig {
    rig_with(replies, GrantKey::with_key_id(&private_key(), "our-key").unwrap(), TestClock::still())
}

fn rig_with(replies: impl IntoIterator<Item = Reply>, key: GrantKey, clock: TestClock) -> Rig {
    let config = MaskinportenConfig {
        token_url: "https://test.maskinporten.no/token".parse().unwrap(),
        audience: "https://test.maskinporten.no/".to_owned(),
        client_id: "our-client".to_owned(),
        margin_seconds: 90,
        timeout_seconds: 10,
    };
    let (service, clock) = (Arc::new(Canned::new(replies)), Arc::new(clock));
    let source = Maskinporten::new(
        config,
        key,
        Arc::clone(&service) as _,
        Arc::clone(&clock) as _,
        Arc::new(Counting::default()),
    );
    Rig { source, service, clock }
}

fn granted(token: &str, expires_in: u32) -> Reply {
    answer(200, format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{expires_in},"scope":"x"}}"#))
}

fn fiks() -> TokenRequest {
    TokenRequest::scopes(["ks:fiks"])
}

fn shown(token: &AccessToken) -> String {
    token.bearer().unwrap().to_str().unwrap().to_owned()
}

/// Header and claims of the assertion in a request, its signature checked.
fn assertion(body: &[u8]) -> (jsonwebtoken::Header, Value) {
    let body = std::str::from_utf8(body).unwrap();
    let jwt = body
        .strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        .expect("the form begins with the grant type");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.validate_aud = false;
    let key = DecodingKey::from_rsa_der(KEY.public_key().as_ref());
    let token = jsonwebtoken::decode::<Value>(jwt, &key, &rules).unwrap();
    (token.header, token.claims)
}

#[tokio::test]
async fn the_grant_says_who_asks_for_what_and_holds_two_minutes() {
    let rig = rig([granted("t1", 120)]);
    let organisation = OrganisationNumber::parse("310000027").unwrap();
    let person = (0..100)
        .find_map(|k| NationalIdentityNumber::parse(&format!("018190005{k:02}")).ok())
        .expect("a synthetic number");
    let request = TokenRequest::scopes(["ks:fiks", "a:b"])
        .on_behalf_of(Some(organisation))
        .for_resource("https://api.example")
        .for_person(person.clone());
    assert_eq!(shown(&rig.source.token(&request).await.unwrap()), "Bearer t1");
    let seen = rig.service.seen();
    assert_eq!(seen[0].uri, "https://test.maskinporten.no/token");
    assert_eq!(seen[0].headers["content-type"], "application/x-www-form-urlencoded");
    let (header, claims) = assertion(&seen[0].body);
    assert_eq!((header.kid.as_deref(), header.x5c), (Some("our-key"), None));
    let now = rig.clock.now().timestamp();
    let jti = claims["jti"].as_str().unwrap();
    assert_eq!(jti.len(), 36);
    let expected = serde_json::json!({
        "iss": "our-client", "aud": "https://test.maskinporten.no/", "scope": "a:b ks:fiks", "iat": now,
        "exp": now + 120, "jti": jti, "consumer_org": "310000027", "resource": "https://api.example",
        "pid": person.digits(),
    });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn optional_claims_are_left_out_and_an_enterprise_certificate_goes_along_alone() {
    let chain = format!("{}{}", pem("CERTIFICATE", b"leaf"), pem("CERTIFICATE", b"issuer"));
    let key = GrantKey::with_certificate(&private_key(), &chain).unwrap();
    let rig = rig_with([granted("t1", 120)], key, TestClock::still());
    rig.source.token(&fiks()).await.unwrap();
    let (header, claims) = assertion(&rig.service.seen()[0].body);
    assert_eq!((header.kid, header.x5c), (None, Some(vec![STANDARD.encode(b"leaf")])));
    let members = claims.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(members, ["aud", "exp", "iat", "iss", "jti", "scope"]);
}

#[tokio::test]
async fn a_token_is_kept_until_the_margin_before_its_end() {
    let rig = rig([granted("t1", 600), granted("t2", 600)]);
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t1");
    rig.clock.pass(Duration::from_secs(509));
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t1");
    rig.clock.pass(Duration::from_secs(1));
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t2");
}

#[tokio::test]
async fn a_short_lived_token_is_kept_for_half_its_life_and_one_without_a_life_is_used_once() {
    let rig = rig([granted("t1", 100), answer(200, r#"{"access_token":"t2"}"#), granted("t3", 100)]);
    rig.source.token(&fiks()).await.unwrap();
    rig.clock.pass(Duration::from_secs(49));
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t1");
    rig.clock.pass(Duration::from_secs(1));
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t2");
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t3");
}

#[tokio::test]
async fn tokens_for_different_organisations_are_never_mixed() {
    let rig = rig([granted("own", 600), granted("a", 600), granted("b", 600), granted("resource", 600)]);
    let organisation = |text| fiks().on_behalf_of(Some(OrganisationNumber::parse(text).unwrap()));
    let requests =
        [fiks(), organisation("310000027"), organisation("310000078"), fiks().for_resource("https://api.example")];
    for _ in 0..2 {
        for (request, token) in requests.iter().zip(["own", "a", "b", "resource"]) {
            assert_eq!(shown(&rig.source.token(request).await.unwrap()), format!("Bearer {token}"));
        }
    }
    assert_eq!(rig.service.seen().len(), 4);
}

#[tokio::test]
async fn those_who_wait_for_the_same_token_share_one_request_and_its_failure() {
    let rig = rig([granted("t1", 600)]);
    let requests = [fiks(), fiks(), fiks()];
    let tokens = futures_util::future::join_all(requests.iter().map(|request| rig.source.token(request))).await;
    assert!(tokens.into_iter().all(|token| shown(&token.unwrap()) == "Bearer t1"));
    assert_eq!(rig.service.seen().len(), 1);

    let failing = self::rig([answer(503, ""), granted("t2", 600)]);
    let outcomes = futures_util::future::join_all(requests.iter().map(|request| failing.source.token(request))).await;
    assert!(outcomes.into_iter().all(|outcome| outcome.unwrap_err().kind() == K::Transient));
    assert_eq!(failing.service.seen().len(), 1);
    assert!(failing.source.token(&fiks()).await.is_ok(), "the next who comes asks anew");
}

#[tokio::test]
async fn whoever_gives_up_leaves_the_request_to_the_next() {
    let rig = rig([granted("lost", 600), granted("t2", 600)]);
    let request = fiks();
    let mut first = Box::pin(rig.source.token(&request));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    assert!(rig.source.token(&fiks()).await.is_ok());
}

#[tokio::test]
async fn a_refused_token_is_forgotten_but_not_the_one_that_has_replaced_it() {
    let rig = rig([granted("t1", 600), granted("t2", 600)]);
    let first = rig.source.token(&fiks()).await.unwrap();
    rig.source.invalidate(&fiks(), &first).await;
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t2");
    rig.source.invalidate(&fiks(), &first).await;
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer t2");
}

#[tokio::test]
async fn our_own_fault_is_told_from_theirs_and_nothing_secret_is_shown() {
    let invalid = r#"{"error":"invalid_grant","error_description":"Kari is not known"}"#;
    for (reply, kind, code) in [
        (answer(400, invalid), K::Unauthorised, Some("invalid_grant")),
        (answer(401, r#"{"error":"Kari Testperson"}"#), K::Unauthorised, None),
        (answer(403, "<html>"), K::Unauthorised, None),
        (answer(429, ""), K::Transient, None),
        (answer(500, ""), K::Transient, None),
        (answer(503, ""), K::Transient, None),
        (answer(200, "<html>"), K::Transient, None),
        (answer(200, r#"{"access_token":"a\nb","expires_in":1}"#), K::Transient, None),
        (answer(308, ""), K::Misconfigured, None),
        (Reply::NoConnection, K::Transient, None),
        (Reply::LostAnswer, K::Transient, None),
    ] {
        let rig = rig([reply]);
        let error = rig.source.token(&fiks()).await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (kind, code), "{error}");
        let jwt = String::from_utf8(rig.service.seen()[0].body.to_vec()).unwrap();
        let shown = format!("{error} {error:?} {:?}", rig.source);
        assert!(!shown.contains("Kari") && !shown.contains(jwt.split('.').next_back().unwrap()), "{shown}");
    }
}

#[tokio::test]
async fn the_server_may_ask_for_time_and_silence_ends_with_the_time_out() {
    let later = Response::builder().status(503).header("retry-after", "45").body("".into()).unwrap();
    let error = rig([Reply::Answer(later)]).source.token(&fiks()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(45)));
    let key = GrantKey::with_key_id(&private_key(), "k").unwrap();
    let error = rig_with([Reply::Silence], key, TestClock::hurrying()).source.token(&fiks()).await.unwrap_err();
    assert_eq!(error.kind(), K::Transient);
}

#[test]
fn both_key_formats_are_read_also_beside_certificates_and_nothing_else_is() {
    let pkcs8 = pkcs8();
    let both = format!("{}{}", pem("CERTIFICATE", b"x"), pem("PRIVATE KEY", &pkcs8));
    // PKCS#8 of an RSA 2048 key is 26 bytes around the PKCS#1 form.
    let pkcs1 = pem("RSA PRIVATE KEY", &pkcs8[26..]);
    for good in [both.clone(), pkcs1] {
        let key = GrantKey::with_key_id(&good.into(), "k").unwrap();
        assert_eq!(format!("{key:?}"), "GrantKey { named_by: \"kid\", .. }");
    }
    let cut = both.chars().take(400).collect();
    for bad in [String::new(), "key".into(), pem("PRIVATE KEY", b"junk"), pem("ENCRYPTED PRIVATE KEY", &pkcs8), cut] {
        assert!(matches!(GrantKey::with_key_id(&bad.into(), "k"), Err(KeyError::Key)));
    }
    assert!(matches!(GrantKey::with_key_id(&private_key(), " "), Err(KeyError::KeyId)));
    assert!(matches!(GrantKey::with_certificate(&private_key(), "x"), Err(KeyError::Certificate)));
}

#[tokio::test]
async fn a_grant_for_a_system_user_names_one_organisation_and_is_kept_apart() {
    let rig = rig([granted("own", 120), granted("theirs", 120)]);
    let organisation = OrganisationNumber::parse("310000027").unwrap();
    let user = SystemUser { organisation, reference: Some("arkiv-postmottak".to_owned()) };
    assert_eq!(shown(&rig.source.token(&fiks()).await.unwrap()), "Bearer own");
    assert_eq!(shown(&rig.source.token(&fiks().as_system_user(Some(user))).await.unwrap()), "Bearer theirs");
    let seen = rig.service.seen();
    assert!(assertion(&seen[0].body).1.get("authorization_details").is_none());
    let details = &assertion(&seen[1].body).1["authorization_details"];
    assert_eq!(
        *details,
        serde_json::json!([{
            "type": "urn:altinn:systemuser",
            "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": "0192:310000027"},
            "externalRef": "arkiv-postmottak",
        }])
    );
}
