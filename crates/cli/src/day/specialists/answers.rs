//! What senders read in their folders: the answers beside their deliveries.

use std::{fs, io, path::Path};

use serde_json::Value;

use super::SpecialistsError;

/// An answer with the id of the delivery it is about.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) delivery: String,
    pub(super) answer: Value,
}

impl Told {
    /// A text of the answer.
    pub(super) fn text(&self, pointer: &str) -> &str {
        self.answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The codes of all that was wrong.
    pub(super) fn faults(&self) -> impl Iterator<Item = &str> {
        let faults = self.answer.get("feil").and_then(Value::as_array).into_iter().flatten();
        faults.filter_map(|fault| fault.get("kode").and_then(Value::as_str))
    }
}

/// The answers in all folders below one, by the names of the answer and of what it answers. A folder that is not there has
/// none.
pub(super) fn of_folder(folder: &Path, answer: &str, manifest: &str) -> Result<Vec<Told>, SpecialistsError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut told = Vec::new();
    for entry in entries {
        let folder = entry?.path();
        let sent: Value = serde_json::from_slice(&fs::read(folder.join(manifest))?)?;
        let answer: Value = serde_json::from_slice(&fs::read(folder.join(answer))?)?;
        let delivery = sent.get("leveranseId").and_then(Value::as_str).unwrap_or_default().to_owned();
        told.push(Told { delivery, answer });
    }
    told.sort_by(|a, b| a.delivery.cmp(&b.delivery));
    Ok(told)
}
