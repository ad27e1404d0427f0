//! Everything that Altinn answers, to its sender, its recipient and whoever asks who holds access.

use std::{fmt::Debug, future::Future, sync::Arc};

use futures_util::FutureExt as _;
use sakarkiv_altinn::{AltinnChannel, AltinnCoverage, AltinnInbox, AltinnTokens, Surroundings};
use sakarkiv_core::{
    delivery::{Language, Reference, RemoteId},
    document::FileName,
    identity::{AccountId, ChannelId, InboxId, LetterId, OrganisationNumber, TenantId},
    ports::{Channel as _, Inbox as _, ItemId, PortError},
};
use sakarkiv_http::{TokenRequest, TokenSource};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    STATUSES,
    other_side::{Answer, Counting, OneToken, OtherSide, Sink, Still},
    query, seeds,
};

/// Altinn's answer: the first byte chooses the call, the second the status.
pub fn altinn_answer(data: &[u8]) {
    let [call, status, body @ ..] = data else { return };
    let answer = Answer::new(STATUSES[usize::from(*status) % STATUSES.len()], body);
    let parts = Surroundings {
        service: Arc::new(OtherSide::new(move |_| answer.clone())),
        tokens: Arc::new(OneToken),
        clock: Arc::new(Still),
        entropy: Arc::new(Counting::default()),
    };
    match call % CALLS {
        0..8 => as_sender(call % CALLS, parts),
        8..13 => as_recipient(call % CALLS, parts),
        _ => {
            let config = serde_json::from_value(coverage_config()).expect("a sound configuration");
            let number = OrganisationNumber::parse(OURS).expect("a test number");
            try_out(AltinnCoverage::new(config, parts).evidence(&number));
        }
    }
}

fn as_sender(call: u8, parts: Surroundings) {
    let id = ChannelId::new("altinn").expect("a name");
    // The last call brings its documents first.
    let config = serde_json::from_value(channel_config(if call == 7 { 1 } else { 1 << 20 })).expect("sound");
    let channel = AltinnChannel::new(id, config, parts).expect("a sound configuration");
    let account = AccountId::new("byplan").expect("a name");
    let remote = RemoteId(MESSAGE.to_owned());
    match call {
        0 => try_out(channel.find(&account, &Reference::of(LetterId::from_uuid(Uuid::nil())))),
        1 => try_out(async {
            let lines = channel.status(&account, std::slice::from_ref(&remote)).await?;
            assert!(lines.iter().all(|line| line.remote_id == remote), "a status of a message that was not asked for");
            Ok(())
        }),
        2 => try_out(channel.history(&account, &remote)),
        3 => try_out(channel.details(&account, &remote)),
        4 => try_out(channel.check(&account)),
        5 => try_out(channel.withdraw(&account, &remote)),
        _ => try_out(async {
            channel.reach(&account, &query()).await?;
            let accepted = channel.send(&account, seeds::dispatch()).await?;
            assert!(Uuid::parse_str(&accepted.remote_id.0).is_ok(), "an id that no look-up takes was kept");
            Ok(())
        }),
    }
}

fn as_recipient(call: u8, parts: Surroundings) {
    let id = InboxId::new("altinn").expect("a name");
    let config = serde_json::from_value(inbox_config()).expect("a sound configuration");
    let inbox = AltinnInbox::new(id, config, parts).expect("a sound configuration");
    let item = ItemId(MESSAGE.to_owned());
    match call {
        8 => try_out(async {
            for waiting in inbox.list().await? {
                assert!(waiting.problem.is_some() || Uuid::parse_str(&waiting.id.0).is_ok(), "an id that is none");
            }
            let _ = inbox.remarks();
            Ok(())
        }),
        9 => try_out(async {
            let tenant = TenantId::new("bodo").expect("a name");
            let mail = inbox.fetch(&tenant, &item, Arc::new(Sink)).await?;
            assert_eq!(mail.id, item, "another mail came than was asked for");
            for document in &mail.documents {
                assert!(FileName::parse(document.file_name.as_str()).is_ok(), "a document has a name that is none");
            }
            Ok(())
        }),
        10 => try_out(inbox.acknowledge(&item)),
        11 => try_out(inbox.unread_confidential(Language::Nynorsk)),
        _ => try_out(inbox.access()),
    }
}

/// The answer to the exchange of a token: the first byte chooses the status.
pub fn altinn_token(data: &[u8]) {
    let Some((status, body)) = data.split_first() else { return };
    let answer = Answer::new(STATUSES[usize::from(*status) % STATUSES.len()], body);
    let service = Arc::new(OtherSide::new(move |_| answer.clone()));
    let base = BASE.parse().expect("an address");
    let source = AltinnTokens::new(base, Arc::new(OneToken), service, Arc::new(Still));
    let request = TokenRequest::scopes(["altinn:correspondence.write"]);
    try_out(async {
        for _ in 0..2 {
            let token = source.token(&request).await?;
            assert!(token.bearer().is_some(), "a token that no header carries was kept");
            source.invalidate(&request, &token).await;
        }
        Ok(())
    });
}

/// Runs a call until it ends or waits for the clock, which stands still. An error passes on no text of the other side's: it
/// may name people.
fn try_out<T: Debug>(call: impl Future<Output = Result<T, PortError>>) {
    if let Some(Err(error)) = call.now_or_never() {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(SOMEBODY), "an error names somebody: {shown}");
    }
}

/// Answers to every call, after the bytes that choose call and status.
pub fn altinn_answers() -> Vec<Vec<u8>> {
    let bodies = [
        json!({"correspondences": [{"correspondenceId": MESSAGE, "status": "Initialized", "recipient": "x"}], "attachmentIds": []}),
        json!({"ids": [MESSAGE, "brev 5", 7, null]}),
        message(),
        json!({"correspondenceId": MESSAGE, "status": 2, "published": "2026-09-01T06:00:03.4", "isConfidential": "ja"}),
        json!({"attachmentId": MESSAGE, "status": "Published", "statusText": "x", "fileName": "../brev.pdf"}),
        json!({"type": "x", "title": SOMEBODY, "status": 400, "detail": SOMEBODY, "traceId": "00-4bf9", "errorCode": 1034,
            "errors": {"Correspondence.Content": [SOMEBODY]}}),
        json!({"errorCode": "1001"}),
        json!({"errorCode": 4001, "title": SOMEBODY}),
        json!([{"subjects": [{"subjectAttributes": [{"type": "urn:altinn:accesspackage",
            "value": "post-til-virksomheten-med-taushetsbelagt-innhold"}]}]}]),
        json!({"data": [{"organizationNumber": OURS, "partyUuid": MESSAGE, "authorizedResources": ["a"], "subunits": [{}]}]}),
        json!([{"package": {"urn": "urn:altinn:accesspackage:post-til-virksomheten-med-taushetsbelagt-innhold"},
            "permissions": [{"to": {"id": MESSAGE}}]}]),
        json!(MESSAGE),
        json!(null),
    ];
    let mut texts: Vec<String> = bodies.iter().map(Value::to_string).collect();
    texts.push("1. Prøvedal kommune, 05.09.2026, hemmelig-brev\n2. Eksempelvik kommune".to_owned());
    texts.push("[".repeat(2000));
    let each = (0..CALLS).flat_map(|call| {
        texts.iter().flat_map(move |text| [0, 4, 5, 8].map(|status| [&[call, status], text.as_bytes()].concat()))
    });
    each.collect()
}

/// Answers to the exchange, after the byte that chooses the status.
pub fn altinn_tokens() -> Vec<Vec<u8>> {
    // Claims: {"iat":1000,"exp":2800} and {"iat":-9223372036854775808,"exp":9223372036854775807}.
    let texts = [
        "e30.eyJpYXQiOjEwMDAsImV4cCI6MjgwMH0.c2ln",
        "\"e30.eyJpYXQiOjEwMDAsImV4cCI6MjgwMH0.c2ln\"",
        "e30.eyJpYXQiOi05MjIzMzcyMDM2ODU0Nzc1ODA4LCJleHAiOjkyMjMzNzIwMzY4NTQ3NzU4MDd9.c2ln",
        "a.b\r\nX: y",
        "\"",
        "",
        "<html>",
        r#"{"title":"Kåre Ø. Navn"}"#,
    ];
    texts.iter().flat_map(|text| [0, 4, 5].map(|status| [&[status], text.as_bytes()].concat())).collect()
}

fn message() -> Value {
    json!({
        "correspondenceId": MESSAGE, "resourceId": "statens-brev", "sender": "0192:310000043", "messageSender": "Prøvedal",
        "recipient": format!("urn:altinn:organization:identifier-no:{OURS}"), "status": "Published",
        "statusText": "Published", "statusChanged": "2026-09-01T06:00:03Z", "created": "2026-09-01T06:00:00Z",
        "published": "2026-09-01T06:00:03Z", "read": null, "dueDateTime": "2026-09-08T06:00:00+02:00",
        "sendersReference": Reference::of(LetterId::from_uuid(Uuid::from_u128(1))).as_str(),
        "isConfirmationNeeded": true, "isConfidential": true,
        "content": {"messageTitle": "Svar", "messageSummary": "", "messageBody": "# Hei\n", "attachments": [
            {"id": MESSAGE, "fileName": "../vedtak.pdf", "checksum": "d41d8cd98f00b204e9800998ecf8427e",
                "dataType": "application/pdf", "status": "Published", "isEncrypted": false}]},
        "propertyList": {"saksnummer": "2026/417", "tall": 7},
        "externalReferences": [{"referenceType": "Generic", "referenceValue": "x"}, {"referenceType": 3}],
        "statusHistory": [{"status": "Published", "statusText": "x", "statusChanged": "2026-09-01T06:00:03Z"},
            {"status": "Failed", "statusText": "Attachment failed scan"}, {"status": "Confirmed"}, {}],
        "notifications": [{"isReminder": true, "processingStatus": {"status": "Completed"},
            "notificationStatusDetails": {"emails": [{"succeeded": true}], "smses": null}}, {"processingStatus": 5}]
    })
}

fn channel_config(one_call_bytes: u64) -> Value {
    json!({
        "base_url": BASE, "one_call_bytes": one_call_bytes,
        "accounts": {"byplan": {
            "organisations": {"id": "eksempel-brev"},
            "confidential": {"id": "eksempel-taushetsbelagt", "service_name": "Taushetsbelagt post", "highest_level": true},
        }},
    })
}

fn inbox_config() -> Value {
    json!({
        "base_url": BASE, "organisation": OURS, "document_bytes": 1 << 20,
        "services": [{"id": "statens-brev"}, {"id": "statens-taushetsbelagt", "confidential": true}],
    })
}

fn coverage_config() -> Value {
    json!({"base_url": BASE, "organisations": [{"number": OURS}], "services": ["statens-taushetsbelagt"]})
}

/// How many calls there are.
const CALLS: u8 = 14;
const BASE: &str = "https://platform.tt02.altinn.no";
const MESSAGE: &str = "0198f0ab-2222-7abc-8def-000000000002";
const OURS: &str = "310000027";
/// A name, as it may stand in a text. No trace and no name of a member has such letters.
const SOMEBODY: &str = "Kåre Ø. Navn";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_answers_reach_the_readers_they_are_for() {
        let answering = |body: Value| Surroundings {
            service: Arc::new(OtherSide::new(move |_| Answer::new(200, body.to_string().as_bytes()))),
            tokens: Arc::new(OneToken),
            clock: Arc::new(Still),
            entropy: Arc::new(Counting::default()),
        };
        let channel = |body| {
            let id = ChannelId::new("altinn").expect("a name");
            let config = serde_json::from_value(channel_config(1 << 20)).expect("sound");
            AltinnChannel::new(id, config, answering(body)).expect("a sound configuration")
        };
        let account = AccountId::new("byplan").expect("a name");
        let remote = RemoteId(MESSAGE.to_owned());
        let details = channel(message()).details(&account, &remote).now_or_never().expect("at once");
        assert!(details.expect("a sound message").confirmation_needed);
        let created = json!({"correspondences": [{"correspondenceId": MESSAGE}]});
        let sent = channel(created).send(&account, seeds::dispatch()).now_or_never().expect("at once");
        assert_eq!(sent.expect("a sound answer").remote_id, remote);
        let id = InboxId::new("altinn").expect("a name");
        let config = serde_json::from_value(inbox_config()).expect("sound");
        let inbox = AltinnInbox::new(id, config, answering(json!({"ids": [MESSAGE]}))).expect("sound");
        assert_eq!(inbox.list().now_or_never().expect("at once").expect("a sound list").len(), 1);
    }
}
