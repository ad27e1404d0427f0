use uuid::Uuid;

use super::*;
use crate::access::{
    GrantRight, GrantScope, NeededReview, ReviewSubject,
    samples::{ask, at, case, employee, grant, policy, tenant, who},
};
use crate::identity::{GroupId, RequestId, ReviewId};

fn every_sort() -> Vec<AccessRecord> {
    let group = Group {
        tenant: tenant(),
        id: GroupId::new("inntak").unwrap(),
        version: 0,
        changed: at(3),
        changed_by: who("admin"),
        purpose: "Inntak".into(),
        owner: who("sjef"),
    };
    let request = AccessRequest::open(RequestId::from_uuid(Uuid::from_u128(2)), ask("sjef", "u1"), &policy(), at(4));
    let needed = NeededReview { user: who("u3"), subject: ReviewSubject::Roles, due: at(99) };
    let mut user = employee("u1");
    user.active.until = Some(at(50));
    vec![
        AccessRecord::Policy(policy()),
        AccessRecord::User(user),
        AccessRecord::Group(group),
        AccessRecord::Grant(grant("u2", GrantScope::Case(case(1)), GrantRight::Read)),
        AccessRecord::Request(request.unwrap()),
        AccessRecord::Review(Review::open(tenant(), ReviewId::from_uuid(Uuid::from_u128(5)), needed, at(6))),
    ]
}

#[test]
fn every_record_tells_what_a_store_asks() {
    let told: Vec<String> = every_sort()
        .iter()
        .map(|record| {
            let key = record.key();
            let second = |moment: Option<Timestamp>| moment.map_or("-".to_owned(), |at| at.timestamp().to_string());
            let holder = record.holder().map_or("-", ActorId::as_str);
            let object = record.object().map_or("-", |_| "case");
            let (changed, due) = (second(Some(record.changed())), second(record.due()));
            assert_eq!((record.kind(), record.tenant(), record.version()), (key.kind, &tenant(), 0));
            let id = key.id.trim_start_matches(['0', '-']).to_owned();
            format!("{} {id} of {holder} on {object}, changed {changed}, due {due}", key.kind.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            "policy policy of - on -, changed 0, due -",
            "user u1 of u1 on -, changed 0, due 50",
            "group inntak of - on -, changed 3, due -",
            "grant 1 of u2 on case, changed 0, due 20",
            "request 2 of u1 on case, changed 4, due -",
            "review 5 of u3 on -, changed 6, due 99",
        ]
    );
}

#[test]
fn every_record_keeps_its_version_and_is_read_back_as_stored() {
    for record in every_sort() {
        let stored = record.clone().with_version(7);
        assert_eq!((stored.version(), stored.key()), (7, record.key()));
        let json = serde_json::to_string(&stored).unwrap();
        assert!(json.starts_with(&format!("{{\"record\":\"{}\"", record.kind().as_str())), "{json}");
        assert_eq!(serde_json::from_str::<AccessRecord>(&json).unwrap(), stored);
        assert_eq!(stored.with_version(0), record);
    }
}

#[test]
fn every_kind_has_a_word_of_its_own() {
    for kind in AccessKind::ALL {
        assert_eq!(AccessKind::from_word(kind.as_str()), Some(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
    }
    assert_eq!(AccessKind::from_word("role"), None);
}

#[test]
fn a_policy_that_says_little_is_the_standard_one() {
    let json = r#"{"tenant":"bodo","changed":"1970-01-01T00:00:00Z","changed_by":"admin"}"#;
    assert_eq!(serde_json::from_str::<AccessPolicy>(json).unwrap(), policy());
}
