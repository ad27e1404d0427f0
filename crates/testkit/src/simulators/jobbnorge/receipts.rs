//! Whether a receipt keeps to its contract: no member too many, no word of one's own.

use serde_json::Value;

const STATES: [&str; 6] = ["mottatt", "paa-vent", "arkivert", "delvis-arkivert", "avvist", "feilet"];
const DOCUMENT_STATES: [&str; 4] = ["arkivert", "eksisterende", "avvist", "venter"];
const RESULTS: [&str; 3] = ["opprettet", "eksisterende", "oppdatert"];
const CODES: [&str; 12] = [
    "ugyldig-innhold",
    "ukjent-sak",
    "ukjent-virksomhet",
    "konflikt",
    "sjekksum-avvik",
    "fil-mangler",
    "format-ikke-tillatt",
    "virus",
    "skjerming-mangler",
    "arkiv-utilgjengelig",
    "sekvensbrudd",
    "intern-feil",
];

/// Whether the receipt is sound and for this delivery.
pub(super) fn is_sound(receipt: &Value, delivery: &str) -> bool {
    only(receipt, &["leveranseId", "status", "tidspunkt", "sak", "dokumenter", "feil"])
        && receipt.get("leveranseId").and_then(Value::as_str) == Some(delivery)
        && word(receipt, "status", &STATES)
        && receipt
            .get("tidspunkt")
            .and_then(Value::as_str)
            .is_some_and(|at| at.parse::<chrono::DateTime<chrono::Utc>>().is_ok())
        && receipt.get("sak").is_none_or(case)
        && receipt.get("dokumenter").is_none_or(|list| list.as_array().is_some_and(|list| list.iter().all(document)))
        && receipt.get("feil").is_none_or(fault)
}

/// Whether a receipt ends the delivery.
pub(super) fn ends(receipt: &Value) -> bool {
    !matches!(receipt.get("status").and_then(Value::as_str), Some("mottatt" | "paa-vent"))
}

fn case(case: &Value) -> bool {
    let number = case.get("saksnummer").is_none_or(|number| {
        let parts = number.as_str().and_then(|number| number.split_once('/'));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        parts.is_some_and(|(year, sequence)| year.len() == 4 && digits(year) && digits(sequence))
    });
    only(case, &["systemId", "saksnummer", "resultat"])
        && texts(case, &["systemId"])
        && number
        && case.get("resultat").is_none_or(|_| word(case, "resultat", &RESULTS))
}

fn document(document: &Value) -> bool {
    only(document, &["dokumentId", "versjon", "status", "journalpost", "systemId", "feil"])
        && document.get("dokumentId").is_some_and(Value::is_string)
        && document.get("versjon").and_then(Value::as_u64).is_some_and(|version| version >= 1)
        && word(document, "status", &DOCUMENT_STATES)
        && texts(document, &["journalpost", "systemId"])
        && document.get("feil").is_none_or(fault)
}

fn fault(fault: &Value) -> bool {
    only(fault, &["kode", "melding", "feilId", "proevIgjen", "felt"])
        && word(fault, "kode", &CODES)
        && fault.get("melding").is_some_and(Value::is_string)
        && fault.get("proevIgjen").is_some_and(Value::is_boolean)
        && texts(fault, &["feilId", "felt"])
}

fn only(value: &Value, known: &[&str]) -> bool {
    value.as_object().is_some_and(|object| object.keys().all(|name| known.contains(&name.as_str())))
}

fn word(value: &Value, name: &str, words: &[&str]) -> bool {
    value.get(name).and_then(Value::as_str).is_some_and(|word| words.contains(&word))
}

fn texts(value: &Value, names: &[&str]) -> bool {
    names.iter().all(|name| value.get(*name).is_none_or(Value::is_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_receipt_is_taken_only_when_every_part_of_it_is_sound() {
        let sound = json!({"leveranseId": "a", "status": "arkivert", "tidspunkt": "2026-03-02T08:15:07+01:00",
            "sak": {"systemId": "x", "saksnummer": "2026/318", "resultat": "opprettet"},
            "dokumenter": [{"dokumentId": "d", "versjon": 1, "status": "arkivert", "journalpost": "2026/318-3"}],
            "feil": {"kode": "konflikt", "melding": "m", "proevIgjen": false, "felt": "/sak"}});
        assert!(is_sound(&sound, "a") && !is_sound(&sound, "b"));
        for (place, bad) in [
            ("/status", json!("ferdig")),
            ("/tidspunkt", json!("i dag")),
            ("/sak/saksnummer", json!("318")),
            ("/sak/resultat", json!("funnet")),
            ("/dokumenter/0/versjon", json!(0)),
            ("/dokumenter/0/status", json!("ok")),
            ("/feil/kode", json!("feil")),
            ("/feil/proevIgjen", json!("nei")),
            ("/dokumenter", json!({})),
            ("/feil", json!({"kode": "konflikt", "melding": "m", "proevIgjen": false, "navn": "x"})),
        ] {
            let mut spoilt = sound.clone();
            *spoilt.pointer_mut(place).unwrap() = bad;
            assert!(!is_sound(&spoilt, "a"), "{place}");
        }
    }
}
