//! What is wrong with a delivery, told to the sender.

use serde_json::{Map, Value, json};

use super::FaultCode;

/// One fault: what, where, and what to do. No text of the delivery is ever part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Fault {
    /// What, for programs.
    pub code: FaultCode,
    /// What, for people, with the remedy.
    pub message: String,
    /// Where, as a JSON Pointer into the delivery; empty for the whole.
    pub pointer: String,
}

impl Fault {
    /// A fault at a place.
    #[must_use]
    pub fn new(code: FaultCode, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), pointer: pointer.into() }
    }

    pub(crate) fn invalid(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(FaultCode::InvalidContent, pointer, message)
    }

    /// Which document of the delivery it is about, by its place in the list; nothing when it is about the whole.
    #[must_use]
    pub fn document(&self) -> Option<usize> {
        self.pointer.strip_prefix("/dokumenter/")?.split('/').next()?.parse().ok()
    }

    /// The wire form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("kode".to_owned(), json!(self.code.word()));
        object.insert("melding".to_owned(), json!(self.message));
        object.insert("proevIgjen".to_owned(), json!(self.code.retry()));
        if !self.pointer.is_empty() {
            object.insert("felt".to_owned(), json!(self.pointer));
        }
        Value::Object(object)
    }
}
