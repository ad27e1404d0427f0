//! Whatever is asked for, the answer is a page.

use axum::http::Method;
use proptest::prelude::*;

use crate::world::{World, ask, entry_id, get, record};

#[tokio::test]
async fn what_cannot_be_meant_gets_a_clear_page_and_nothing_of_it_back() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    let long = format!("/sok?q={}", "a".repeat(10_000));
    for (path, status) in [
        (long.as_str(), 400),
        ("/sok?q=%FF%FE", 400),
        ("/sok?q=a&q=b", 400),
        ("/sok?fra=2026-02-30", 400),
        ("/sok?fra=2026-09-14&til=2026-09-01", 400),
        ("/sok?type=%3Cscript%3E", 400),
        ("/sok?side=0", 400),
        ("/sok?q=nummer&side=99999", 404),
        ("/dag/2026-02-30", 404),
        ("/dag/9999999-01-01", 404),
        ("/dag/2026-09-14_0", 404),
        ("/dag/2026-09-14_99999999999999999999", 404),
        ("/..%2f..%2fetc%2fpasswd", 404),
        ("/journalpost/../../../etc/passwd", 404),
        ("/dokument/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/%00", 404),
        ("/%FF", 404),
        ("//fremmed.example/", 404),
        ("/sok/%3Cscript%3Ealert(1)%3C/script%3E", 404),
        ("/a/b/c/d/e/f/g/h/i/j/k", 404),
    ] {
        let answer = get(&world.page.router(), path).await;
        assert_eq!(answer.status, status, "{path}");
        let text = answer.text();
        assert!(text.contains("<h1>") && text.contains("Offentlig postjournal"), "{path}");
        assert!(!text.contains("<script") && !text.contains("passwd") && !text.contains("fremmed"), "{path}");
        assert!(text.len() < 20_000, "{path}: {}", text.len());
    }
}

#[tokio::test]
async fn nothing_but_reading_is_allowed_and_asking_for_the_head_alone_is_reading() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
        let answer = ask(&world.page.router(), method.clone(), "/").await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"), "{method}");
    }
    let head = ask(&world.page.router(), Method::HEAD, &format!("/journalpost/{}", entry_id(1))).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}

#[tokio::test]
async fn no_answer_sets_a_cookie_or_lets_a_page_load_or_run_anything() {
    let world = World::new().await;
    world.publish(record(1, "2026-09-14")).await;
    for path in ["/", "/sok?q=x", "/ingenting", "/journal.atom", "/journal.json", "/sok?side=x"] {
        let answer = get(&world.page.router(), path).await;
        assert!(answer.headers.get("set-cookie").is_none(), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_address_that_a_client_can_send_is_answered(path in "/[!-~&&[^#]]{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            // What is no address at all never reaches the router.
            if path.parse::<axum::http::Uri>().is_ok() {
                let status = world.status(&path).await;
                assert!(matches!(status.as_u16(), 200 | 400 | 404), "{path}: {status}");
            }
        });
    }
}
