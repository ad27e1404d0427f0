//! The log at the end of the day, proven from outside: by its exports, the public key and the checkpoints that left the
//! house during the day. Neither the store nor the office is asked.

use std::{io, path::PathBuf};

use sakarkiv::{
    audit::{Checkpoint, ExportLine, ExportReader, Note, ReadError, Verdict as Proof, VerifierKey, verify},
    core::audit::{Activity, AuditOutcome},
};
use thiserror::Error;

use super::verdict::Verdict;

/// The log could not be looked at.
#[derive(Debug, Error)]
pub(crate) enum ProofError {
    #[error("a file of the log cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("an export of the log cannot be read: {0}")]
    Export(#[from] ReadError),
}

/// What the proof came to, for people.
#[derive(Debug, Default)]
pub(crate) struct LogProof {
    entries: u64,
    logs: usize,
    checkpoints: u64,
    /// Where the flipped byte was found.
    found: String,
    told: Vec<(Activity, AuditOutcome)>,
}

/// What must stand in the log of a day with the story about access in it.
const EXPECTED: [(Activity, AuditOutcome, &str); 9] = [
    (Activity::AccessRefused, AuditOutcome::Refused, "a refused read"),
    (Activity::AccessRequested, AuditOutcome::Done, "a request for access"),
    (Activity::AccessDecided, AuditOutcome::Done, "a judgement"),
    (Activity::GrantGiven, AuditOutcome::Done, "a grant"),
    (Activity::PermissionChanged, AuditOutcome::Done, "a consultant who came and went"),
    (Activity::EmergencyAccess, AuditOutcome::Done, "access in an emergency"),
    (Activity::FindingReleased, AuditOutcome::Done, "a finding of the leak check that was released"),
    (Activity::PublicationStopped, AuditOutcome::Done, "an entry withdrawn from the public journal"),
    (Activity::ReviewOverdue, AuditOutcome::Done, "an overdue review"),
];

/// Proves each export, then flips one byte of one and has that found.
pub(crate) fn prove(
    exports: &[PathBuf],
    held: &[Note],
    key: &VerifierKey,
    verdict: &mut Verdict,
) -> Result<LogProof, ProofError> {
    let keys = [key.clone()];
    let held: Vec<Checkpoint> = held.iter().filter_map(|note| note.open(&keys).ok()).collect();
    let mut proof = LogProof::default();
    for file in exports {
        let export = std::fs::read(file)?;
        let of_this = checkpoints_of(&export, &held)?;
        match verify(export.as_slice(), &keys, &of_this)? {
            Proof::Sound(report) => {
                proof.entries += report.entries;
                proof.checkpoints += report.checkpoints;
                proof.logs += 1;
            }
            Proof::Tampered(finding) => {
                verdict.untrue.push(format!("the log {} does not prove: {finding}", file.display()))
            }
        }
        proof.read(&export)?;
        if proof.found.is_empty() {
            proof.found = flipped(export, &of_this, &keys)?.unwrap_or_default();
        }
    }
    if proof.found.is_empty() {
        verdict.untrue.push("a flipped byte in the log was not found".to_owned());
    }
    for (activity, outcome, what) in EXPECTED {
        if !proof.told.contains(&(activity, outcome)) {
            verdict.untrue.push(format!("the log does not tell of {what}"));
        }
    }
    Ok(proof)
}

impl LogProof {
    /// For people.
    pub(crate) fn line(&self) -> String {
        format!(
            "{} entries in {} logs proven from outside against {} checkpoints; one flipped byte: {}",
            self.entries, self.logs, self.checkpoints, self.found
        )
    }

    fn read(&mut self, export: &[u8]) -> Result<(), ProofError> {
        let (_, mut reader) = ExportReader::new(export)?;
        while let Some(line) = reader.next_line()? {
            if let ExportLine::Entry(entry) = line {
                self.told.push((entry.header.activity.clone(), entry.header.outcome));
            }
        }
        Ok(())
    }
}

/// Those of the checkpoints held that are of this log.
fn checkpoints_of(export: &[u8], held: &[Checkpoint]) -> Result<Vec<Checkpoint>, ProofError> {
    let (header, _) = ExportReader::new(export)?;
    Ok(held.iter().filter(|checkpoint| checkpoint.origin == header.origin).cloned().collect())
}

/// Flips the lowest bit of the byte in the middle, and tells where that is found.
fn flipped(mut export: Vec<u8>, held: &[Checkpoint], keys: &[VerifierKey]) -> Result<Option<String>, ProofError> {
    let middle = export.len() / 2;
    if let Some(byte) = export.get_mut(middle) {
        *byte ^= 1;
    }
    Ok(match verify(export.as_slice(), keys, held)? {
        Proof::Tampered(finding) => Some(finding.to_string()),
        Proof::Sound(_) => None,
    })
}
