use serde_json::{Value, json};

use super::*;

fn sender(change: impl FnOnce(&mut Value)) -> Result<(), AltinnConfigError> {
    let mut config = json!({
        "base_url": "https://platform.tt02.altinn.no",
        "accounts": {"byplan": {
            "organisations": {"id": "brev"},
            "confidential": {"id": "hemmelig", "service_name": "Taushetsbelagt post", "highest_level": true},
        }},
    });
    change(&mut config);
    serde_json::from_value::<AltinnConfig>(config).unwrap().check()
}

fn recipient(change: impl FnOnce(&mut Value)) -> Result<(), AltinnConfigError> {
    let mut config = json!({
        "base_url": "https://platform.tt02.altinn.no", "organisation": "310000027", "services": [{"id": "brev"}],
    });
    change(&mut config);
    serde_json::from_value::<AltinnInboxConfig>(config).unwrap().check()
}

#[test]
fn reading_and_writing_are_never_mixed() {
    let both = json!("altinn:correspondence.read altinn:correspondence.write");
    assert!(matches!(sender(|c| c["scope"] = both.clone()), Err(AltinnConfigError::Scope { wanted: WRITE, .. })));
    assert!(matches!(recipient(|c| c["scope"] = both.clone()), Err(AltinnConfigError::Scope { wanted: READ, .. })));
    assert!(matches!(sender(|c| c["scope"] = json!(READ)), Err(AltinnConfigError::Scope { .. })));
    assert!(matches!(recipient(|c| c["scope"] = json!("altinn:serviceowner")), Err(AltinnConfigError::Scope { .. })));
    assert_eq!(sender(|c| c["scope"] = json!("eformidling:dpv")), Ok(()), "a proxy has its own");
    assert_eq!((sender(|_| ()), recipient(|_| ())), (Ok(()), Ok(())));
}

#[test]
fn a_resource_is_ordinary_or_confidential_and_named_without_its_prefix() {
    use AltinnConfigError as E;
    let account = |path: &'static str, value: Value| {
        move |c: &mut Value| *c["accounts"]["byplan"].pointer_mut(path).unwrap() = value
    };
    assert_eq!(
        sender(account("/organisations/id", json!("urn:altinn:resource:brev"))),
        Err(E::Resource("urn:altinn:resource:brev".to_owned()))
    );
    assert_eq!(sender(account("/confidential/id", json!("brev"))), Err(E::TwoKinds("brev".to_owned())));
    assert_eq!(
        sender(account("/confidential/service_name", json!("x".repeat(61)))),
        Err(E::ServiceName("hemmelig".to_owned()))
    );
    assert_eq!(sender(|c| c["accounts"]["byplan"] = json!({})), Err(E::NoService("byplan".to_owned())));
    assert_eq!(recipient(|c| c["services"] = json!([])), Err(E::NoService("310000027".to_owned())));
    let twice = json!([{"id": "brev"}, {"id": "brev", "confidential": true}]);
    assert_eq!(recipient(|c| c["services"] = twice), Err(E::TwoKinds("brev".to_owned())));
}

#[test]
fn numbers_are_in_range_and_keys_can_be_sent() {
    use AltinnConfigError as E;
    for (name, bad) in [
        ("status_batch", json!(101)),
        ("concurrency", json!(0)),
        ("due_days", json!(0)),
        ("least_expiry_days", json!(0)),
        ("message", json!(" ")),
    ] {
        assert_eq!(sender(|c| c[name] = bad), Err(E::Range(name)), "{name}");
    }
    for name in
        ["look_back_days", "unopened_look_back_days", "poll_seconds", "read_seconds", "fetch_seconds", "document_bytes"]
    {
        assert_eq!(recipient(|c| c[name] = json!(0)), Err(E::Range(name)), "{name}");
    }
    assert_eq!(sender(|c| c["subscription_key"] = json!("a\nb")), Err(E::SubscriptionKey));
    let config = serde_json::from_value::<AltinnInboxConfig>(json!({
        "base_url": "https://h.example", "organisation": "310000027", "services": [{"id": "a"}], "subscription_key": "hemmelig",
    }));
    assert!(!format!("{:?}", config.unwrap()).contains("hemmelig"));
}
