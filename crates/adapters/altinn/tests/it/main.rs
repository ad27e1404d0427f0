//! Whatever the other side answers: our Altinn comes to an end without a panic, tells nothing of what stood there, and keeps
//! within bounds.
#![expect(clippy::unwrap_used, reason = "in tests a surprise ends the test")]

mod doubles;

use std::sync::Arc;

use doubles::{Network, Shelf, Still};
use futures_util::FutureExt;
use proptest::prelude::*;
use sakarkiv_altinn::{
    AltinnChannel, AltinnConfig, AltinnCoverage, AltinnCoverageConfig, AltinnInbox, AltinnInboxConfig, AltinnTokens,
    Surroundings,
};
use sakarkiv_core::{
    delivery::{Language, Reference, RemoteId},
    identity::{AccountId, ChannelId, InboxId, LetterId, OrganisationNumber, TenantId},
    ports::{AccessCoverage, Channel, Inbox, ItemId, PortError, PortErrorKind},
};
use sakarkiv_http::{HttpService, TokenRequest, TokenSource};
use serde_json::{Value, json};
use uuid::Uuid;

const ID: &str = "0198f0ab-2222-7abc-8def-000000000002";
const SECRET: &str = "Kari Testperson";

fn surroundings(network: &Arc<Network>) -> Surroundings {
    let service = Arc::clone(network) as Arc<dyn HttpService>;
    Surroundings {
        service,
        tokens: Arc::new(doubles::OneToken),
        clock: Arc::<Still>::default(),
        entropy: Arc::new(doubles::Counting::default()),
    }
}

fn channel(network: &Arc<Network>) -> AltinnChannel {
    let config = json!({
        "base_url": "https://platform.altinn.test",
        "accounts": {"byplan": {"confidential": {"id": "hemmelig", "service_name": "Taushetsbelagt post"}}},
    });
    let config: AltinnConfig = serde_json::from_value(config).unwrap();
    AltinnChannel::new(ChannelId::new("altinn").unwrap(), config, surroundings(network)).unwrap()
}

fn inbox(network: &Arc<Network>) -> AltinnInbox {
    let config = json!({
        "base_url": "https://platform.altinn.test", "organisation": "310000027", "services": [{"id": "brev"}],
        "document_bytes": 1000,
    });
    let config: AltinnInboxConfig = serde_json::from_value(config).unwrap();
    AltinnInbox::new(InboxId::new("altinn").unwrap(), config, surroundings(network)).unwrap()
}

/// Asks everything that can be asked; gives the errors.
fn ask_everything(network: &Arc<Network>) -> Vec<PortError> {
    let (channel, inbox) = (channel(network), inbox(network));
    let (byplan, id) = (AccountId::new("byplan").unwrap(), RemoteId(ID.to_owned()));
    let reference = Reference::of(LetterId::from_uuid(Uuid::from_u128(1)));
    let (tenant, item) = (TenantId::new("mottaker").unwrap(), ItemId(ID.to_owned()));
    let organisation = OrganisationNumber::parse("310000027").unwrap();
    let coverage: AltinnCoverageConfig = serde_json::from_value(json!({
        "base_url": "https://platform.altinn.test", "organisations": [{"number": "310000027"}], "services": ["brev"],
    }))
    .unwrap();
    let coverage = AltinnCoverage::new(coverage, surroundings(network));
    let all = async {
        let ids = std::slice::from_ref(&id);
        vec![
            channel.find(&byplan, &reference).await.err(),
            channel.status(&byplan, ids).await.err(),
            channel.history(&byplan, &id).await.err(),
            channel.details(&byplan, &id).await.err(),
            channel.withdraw(&byplan, &id).await.err(),
            channel.check(&byplan).await.err(),
            inbox.list().await.err(),
            inbox.fetch(&tenant, &item, Arc::new(Shelf)).await.err(),
            inbox.acknowledge(&item).await.err(),
            inbox.unread_confidential(Language::English).await.err(),
            inbox.access().await.err(),
            inbox.check().await.err(),
            coverage.coverage(&organisation).await.err(),
        ]
    };
    all.now_or_never().unwrap().into_iter().flatten().collect()
}

fn tells_nothing(errors: &[PortError]) {
    for error in errors {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Kari") && !shown.contains("Testperson"), "{shown}");
    }
}

/// Answers that are nearly sound.
fn sound() -> Value {
    json!({
        "correspondenceId": ID, "status": "Published", "published": "2026-09-01T06:00:03.4", "recipient": "0192:310000027",
        "sender": "0192:310000043", "messageSender": SECRET, "isConfirmationNeeded": true, "statusText": SECRET,
        "content": {"messageTitle": SECRET, "messageBody": SECRET, "attachments": [{"id": ID, "fileName": SECRET, "checksum": SECRET}]},
        "statusHistory": [{"status": "Published", "statusText": SECRET, "statusChanged": "2026-09-01T06:00:03Z"}],
        "ids": [ID, SECRET], "errorCode": 1001, "detail": SECRET, "errors": {SECRET: [SECRET]}, "traceId": SECRET,
        "data": [[{"organizationNumber": "310000027", "partyUuid": ID, "name": SECRET, "authorizedResources": [SECRET]}]],
    })
}

/// A member of the sound answer replaced by something else.
fn spoilt(path: usize, by: Value) -> Value {
    let mut answer = sound();
    let members = answer.as_object_mut().unwrap();
    let name = members.keys().nth(path % members.len()).unwrap().clone();
    members.insert(name, by);
    answer
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(Value::from(ID)),
        Just(json!(1034)),
        Just(json!(4001)),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{0,12}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_under_any_status_are_survived(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        tells_nothing(&ask_everything(&Network::answering(status, body)));
    }

    #[test]
    fn any_json_is_survived(status in prop::sample::select(vec![200_u16, 400, 401, 404, 409, 500]), body in any_json()) {
        tells_nothing(&ask_everything(&Network::answering(status, body.to_string())));
    }

    #[test]
    fn nearly_sound_answers_are_survived(
        status in prop::sample::select(vec![200_u16, 400, 401, 404, 500]),
        path in any::<usize>(),
        by in any_json(),
    ) {
        tells_nothing(&ask_everything(&Network::answering(status, spoilt(path, by).to_string())));
    }

    #[test]
    fn any_answer_of_the_exchange_gives_a_token_or_an_error(status in 100_u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let network = Network::answering(status, body);
        let clock = Arc::<Still>::default();
        let base = "https://platform.altinn.test".parse().unwrap();
        let tokens = AltinnTokens::new(base, Arc::new(doubles::OneToken), Arc::clone(&network) as _, clock);
        if let Ok(token) = tokens.token(&TokenRequest::scopes(["a"])).now_or_never().unwrap() {
            prop_assert!(token.bearer().is_some());
        }
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let network = Network::answering(200, vec![b' '; 20 << 20]);
    let errors = ask_everything(&network);
    assert!(errors.len() >= 11, "{errors:?}");
    assert!(errors.iter().all(|error| error.kind() != PortErrorKind::Unauthorised));
    let tokens = AltinnTokens::new(
        "https://platform.altinn.test".parse().unwrap(),
        Arc::new(doubles::OneToken),
        Network::answering(200, "x".repeat(1 << 20)),
        Arc::<Still>::default(),
    );
    let error = tokens.token(&TokenRequest::scopes(["a"])).now_or_never().unwrap().unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Transient, "{error}");
}
