//! From a message to the mail that the engine registers, but for its documents.

use sakarkiv_core::{
    case::CaseNumber,
    document::{FileName, MediaType},
    identity::{NationalIdentityNumber, OrganisationNumber},
    party::PartyIdentity,
    ports::{Correspondent, ItemId, ReceivedMail},
    screening::Private,
};

use crate::wire::{AttachmentLine, MessageContent, Overview};

/// The mail as far as the message tells of it.
///
/// - The correspondent is the organisation that owns the service, under the name that the message gives its sender.
/// - It is confidential when the message says so or came by a confidential service.
pub(super) fn mail_of(message: &Overview, content: &MessageContent, confidential_service: bool) -> ReceivedMail {
    let id = ItemId(message.correspondence_id.to_string());
    let mut mail = ReceivedMail::new(id, Private::new(content.message_title.clone().unwrap_or_default()));
    if content.message_title.is_none() {
        mail.remarks.push("it has no title".to_owned());
    }
    mail.received = message.published;
    mail.from = correspondent(message);
    mail.to = message.recipient.as_deref().and_then(organisation);
    if mail.to.is_none() {
        mail.remarks.push("it does not tell which organisation number it is addressed to".to_owned());
    }
    mail.confidential = message.is_confidential || confidential_service;
    mail.their_case = their_case(message);
    mail.external_reference.clone_from(&message.senders_reference);
    mail.extra = on_record(message, content);
    let listed =
        message.property_list.iter().flatten().count().max(message.external_references.iter().flatten().count());
    if listed > MOST_LISTED {
        mail.missing.push(format!("properties or references beyond the first {MOST_LISTED} were left out"));
    }
    mail
}

/// The number of an organisation in one of the forms that Altinn writes.
pub(super) fn organisation(urn: &str) -> Option<OrganisationNumber> {
    let number = urn.strip_prefix("urn:altinn:organization:identifier-no:").or_else(|| urn.strip_prefix("0192:"))?;
    OrganisationNumber::parse(number).ok()
}

pub(super) fn correspondent(message: &Overview) -> Option<Correspondent> {
    let sender = message.sender.as_deref();
    let person = sender.and_then(|urn| urn.strip_prefix("urn:altinn:person:identifier-no:"));
    let identity = sender
        .and_then(organisation)
        .map(PartyIdentity::Organisation)
        .or_else(|| NationalIdentityNumber::parse(person?).ok().map(PartyIdentity::Person));
    let number = match &identity {
        Some(PartyIdentity::Organisation(number)) => Some(number.to_string()),
        _ => None,
    };
    // A message without a name of its own shows the registered one to people; here only the number is known.
    let name = message.message_sender.clone().or(number)?;
    Some(Correspondent { name: Private::new(name), identity, address: None })
}

/// The sender's own case, where it is among the properties under a usual name.
fn their_case(message: &Overview) -> Option<CaseNumber> {
    let properties = message.property_list.iter().flatten();
    let named = |name: &str| CASE_NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    properties.filter(|(name, _)| named(name)).find_map(|(_, value)| CaseNumber::parse(value.as_str()?).ok())
}

fn on_record(message: &Overview, content: &MessageContent) -> Vec<(String, Private<String>)> {
    let mut extra = Vec::new();
    let mut add = |name: &str, value: Option<String>| extra.extend(value.map(|value| (name.to_owned(), value.into())));
    add("altinn.resource", message.resource_id.clone());
    add("altinn.summary", content.message_summary.clone());
    add("altinn.due", message.due_date_time.map(|moment| moment.to_rfc3339()));
    for (name, value) in message.property_list.iter().flatten().take(MOST_LISTED) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        add(&format!("altinn.property.{name}"), Some(value));
    }
    for reference in message.external_references.iter().flatten().take(MOST_LISTED) {
        add(&format!("altinn.reference.{}", reference.reference_type), Some(reference.reference_value.clone()));
    }
    extra
}

/// Name and format of an attachment, the `n`th from 1.
pub(super) fn description(attachment: &AttachmentLine, n: usize) -> (FileName, MediaType) {
    let name = attachment.file_name.as_deref().map_or_else(|| format!("vedlegg-{n}"), str::to_owned);
    let name = FileName::sanitize(&name);
    let declared = attachment.data_type.as_deref().filter(|text| text.contains('/')).map(MediaType::sanitize);
    let format = declared.unwrap_or_else(|| MediaType::of_extension(name.extension().unwrap_or_default()));
    (name, format)
}

const CASE_NAMES: [&str; 4] = ["saksnummer", "saksnr", "arkivsak", "caseNumber"];
const MOST_LISTED: usize = 50;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mail(more: &serde_json::Value, confidential_service: bool) -> ReceivedMail {
        let mut message = json!({
            "correspondenceId": "0198f0ab-2222-7abc-8def-000000000002", "resourceId": "brev",
            "sender": "urn:altinn:organization:identifier-no:310000043", "sendersReference": "2026/1234-5",
            "recipient": "urn:altinn:organization:identifier-no:310000027", "published": "2026-09-01T06:00:03.4",
            "content": {"messageTitle": "Vedtak", "messageBody": "Tekst", "attachments": []},
        });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let message = serde_json::from_value::<Overview>(message).unwrap();
        mail_of(&message, message.content.as_ref().unwrap(), confidential_service)
    }

    #[test]
    fn who_it_is_from_and_to_is_read_from_the_numbers() {
        let named = mail(&json!({"messageSender": "Eksempelvik kommune, byggesak"}), false);
        let from = named.from.unwrap();
        assert_eq!(from.name.expose(), "Eksempelvik kommune, byggesak");
        assert_eq!(from.identity, Some(PartyIdentity::Organisation(OrganisationNumber::parse("310000043").unwrap())));
        assert_eq!(named.to.unwrap().as_str(), "310000027");
        assert_eq!(mail(&json!({}), false).from.unwrap().name.expose(), "310000043");
        let nobody = mail(&json!({"sender": null, "recipient": "urn:altinn:ufo:1"}), false);
        assert!(nobody.from.is_none() && nobody.to.is_none() && nobody.remarks.len() == 1);
    }

    #[test]
    fn it_is_confidential_by_its_own_word_or_by_its_service() {
        for (word, service, confidential) in [
            (json!(false), false, false),
            (json!(true), false, true),
            (json!(false), true, true),
            (json!("ja"), false, true),
        ] {
            assert_eq!(mail(&json!({"isConfidential": word}), service).confidential, confidential);
        }
    }

    #[test]
    fn what_else_it_says_goes_on_record() {
        let mail = mail(
            &json!({
                "propertyList": {"Saksnummer": "2026/417", "rar": 5}, "dueDateTime": "2026-09-22T06:00:00Z",
                "externalReferences": [{"referenceType": "Generic", "referenceValue": "x"}],
            }),
            false,
        );
        assert_eq!(mail.their_case, CaseNumber::parse("2026/417").ok());
        assert_eq!(mail.external_reference.as_deref(), Some("2026/1234-5"));
        let names = mail.extra.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        let expected = [
            "altinn.resource",
            "altinn.due",
            "altinn.property.Saksnummer",
            "altinn.property.rar",
            "altinn.reference.Generic",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn an_attachment_has_a_safe_name_and_a_format_whatever_it_says() {
        let line = |more: &serde_json::Value| {
            let mut line = json!({"id": "0198f0aa-1111-7abc-8def-000000000001"});
            line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let (name, format) = description(&serde_json::from_value(line).unwrap(), 3);
            (name.as_str().to_owned(), format.as_str().to_owned())
        };
        assert_eq!(
            line(&json!({"fileName": "../a.pdf", "dataType": "application/pdf"})),
            ("a.pdf".into(), "application/pdf".into())
        );
        assert_eq!(line(&json!({"fileName": "a.pdf", "dataType": "binary_octet_stream"})).1, "application/pdf");
        assert_eq!(line(&json!({})).0, "vedlegg-3");
    }
}
