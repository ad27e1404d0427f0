use std::collections::BTreeSet;

use sakarkiv_core::identity::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(crate) struct Sent {
    pub(crate) id: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct StatusQuery {
    pub(crate) id: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Statuses {
    /// Each line is read by itself, so that an odd one stops no other.
    pub(crate) statuser: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusLine {
    pub(crate) id: String,
    pub(crate) status: Option<String>,
    pub(crate) siste_status_endring: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Hits {
    pub(crate) forsendelser: Vec<Hit>,
}

/// A shipment under our reference. Only the id is needed: a hit that cannot be read must not pass for none.
#[derive(Debug, Deserialize)]
pub(crate) struct Hit {
    pub(crate) id: String,
    pub(crate) dato: Option<Value>,
    pub(crate) status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Events {
    pub(crate) hendelser: Vec<Event>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) tidspunkt: Timestamp,
    pub(crate) status: Option<String>,
    pub(crate) hendelse: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MessageTypes {
    pub(crate) forsendelsestyper: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReceiverSystems {
    pub(crate) mottakersystemer: Vec<ReceiverSystemLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReceiverSystemLine {
    pub(crate) id: Option<String>,
    pub(crate) navn: Option<String>,
    pub(crate) organisasjonsnummer: Option<String>,
    pub(crate) forsendelse_type: Option<String>,
    pub(crate) niva: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DocumentList {
    pub(crate) dokumenter: Vec<DocumentLine>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DocumentLine {
    pub(crate) filnavn: String,
    pub(crate) mime_type: Option<String>,
    pub(crate) storrelse: Option<u64>,
    pub(crate) sha256_hash: Option<String>,
    /// Spelt like this by the interface.
    pub(crate) nedlasning_url: Option<String>,
    #[serde(default)]
    pub(crate) kan_signeres: bool,
    pub(crate) signering_url: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadElsewhere<'a> {
    pub(crate) fnr: &'a str,
    pub(crate) tidspunkt: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) eksternt_systemnavn: Option<&'a str>,
}
