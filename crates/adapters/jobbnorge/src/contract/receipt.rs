//! A receipt (kvittering): what became of a delivery.

use sakarkiv_core::{case::CaseNumber, identity::Timestamp};
use serde_json::{Value, json};

use super::{
    CaseResult, Delivery, DeliveryState, DocumentState, Fault,
    write::{Object, moment},
};

/// The answer to a delivery, `rekruttering-kvittering/v1`. Has no personal data in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which delivery (leveranseId).
    pub delivery: String,
    /// What became of it.
    pub state: DeliveryState,
    /// When.
    pub at: Timestamp,
    /// The case, once it is there.
    pub case: Option<CaseAnswer>,
    /// Each document.
    pub documents: Vec<DocumentAnswer>,
    /// What is wrong with the whole.
    pub fault: Option<Fault>,
}

/// The case in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAnswer {
    /// The archive's own id.
    pub system_id: Option<String>,
    /// The case number.
    pub number: CaseNumber,
    /// What became of it.
    pub result: CaseResult,
}

/// A document in a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentAnswer {
    /// Which (dokumentId).
    pub id: String,
    /// Its version.
    pub version: u64,
    /// What became of it.
    pub state: DocumentState,
    /// The journal entry's number.
    pub entry: Option<String>,
    /// The archive's own id of the entry.
    pub system_id: Option<String>,
    /// What is wrong with it.
    pub fault: Option<Fault>,
}

impl Receipt {
    /// A receipt that tells only the state of the whole.
    #[must_use]
    pub const fn new(delivery: String, state: DeliveryState, at: Timestamp) -> Self {
        Self { delivery, state, at, case: None, documents: Vec::new(), fault: None }
    }

    /// A refusal of a delivery that could be read: each fault with the document it is about, the first with the whole.
    #[must_use]
    pub fn refusing(delivery: &Delivery, faults: &[Fault], at: Timestamp) -> Self {
        let documents = delivery.documents.iter().enumerate().map(|(index, document)| {
            let fault = faults.iter().find(|fault| fault.document() == Some(index));
            DocumentAnswer {
                id: document.id.clone(),
                version: document.version,
                state: if fault.is_some() { DocumentState::Refused } else { DocumentState::Waiting },
                entry: None,
                system_id: None,
                fault: fault.cloned(),
            }
        });
        let documents = documents.collect();
        Self { documents, ..Self::refusing_unread(delivery.id.clone(), faults, at) }
    }

    /// A refusal of a delivery of which nothing but the id is known. All faults are told in one message when there are
    /// several.
    #[must_use]
    pub fn refusing_unread(delivery: String, faults: &[Fault], at: Timestamp) -> Self {
        let retry = faults.iter().all(|fault| fault.code.retry());
        let state = if retry { DeliveryState::Failed } else { DeliveryState::Refused };
        let first = faults.iter().find(|fault| retry || !fault.code.retry()).cloned();
        let fault = first.map(|mut first| {
            let others = faults.iter().filter(|fault| **fault != first).take(20);
            let others: Vec<String> = others.map(|fault| format!("{} {}", fault.pointer, fault.message)).collect();
            if !others.is_empty() {
                first.message = format!("{}; also: {}", first.message, others.join("; "));
            }
            first
        });
        Self { fault, ..Self::new(delivery, state, at) }
    }

    /// The wire form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut root = Object::default();
        root.put("leveranseId", self.delivery.as_str());
        root.put("status", self.state.word());
        root.put("tidspunkt", moment(self.at));
        root.some(
            "sak",
            self.case.as_ref().map(|case| {
                let mut object = Object::default();
                object.some("systemId", case.system_id.as_deref());
                object.put("saksnummer", case.number.to_string());
                object.put("resultat", case.result.word());
                Value::Object(object.0)
            }),
        );
        if !self.documents.is_empty() {
            root.put("dokumenter", self.documents.iter().map(document).collect::<Vec<_>>());
        }
        root.some("feil", self.fault.as_ref().map(Fault::to_json));
        Value::Object(root.0)
    }
}

fn document(document: &DocumentAnswer) -> Value {
    let mut object = Object::default();
    object.put("dokumentId", document.id.as_str());
    object.put("versjon", json!(document.version));
    object.put("status", document.state.word());
    object.some("journalpost", document.entry.as_deref());
    object.some("systemId", document.system_id.as_deref());
    object.some("feil", document.fault.as_ref().map(Fault::to_json));
    Value::Object(object.0)
}
