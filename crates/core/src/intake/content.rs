//! What is checked of files before anything else: they are there, whole, named apart and not too much.

use std::collections::{BTreeSet, HashSet};

use super::{Consignment, ContentRule, DocumentFacts, EntryFacts, Fault, FaultCode, FileFacts, IntakeRules, Place};
use crate::{document::MediaType, journal::DocumentRole};

/// Every fault of the files and keys of a consignment. A way in may ask before it puts the bytes: sizes and names are known
/// then.
#[must_use]
pub fn content_faults(consignment: &Consignment, rules: &IntakeRules) -> Vec<Fault> {
    let mut faults = Vec::new();
    whole(consignment, &rules.content, &mut faults);
    let mut keys = HashSet::new();
    for (entry, facts) in consignment.entries.iter().enumerate() {
        if facts.key.as_ref().is_some_and(|key| !keys.insert(key)) {
            faults.push(Fault::new(FaultCode::EqualEntryKeys, Place::Entry { entry }));
        }
        let rule = rules.entry_rule(facts.sort.as_deref());
        main_document(entry, facts, rule.without_documents, &mut faults);
        if !rules.content.numbers_equal_names {
            names(entry, facts, &mut faults);
        }
        for (document, facts) in facts.documents.iter().enumerate() {
            files(entry, document, facts, &rules.content, &mut faults);
        }
    }
    faults
}

fn whole(consignment: &Consignment, rule: &ContentRule, faults: &mut Vec<Fault>) {
    let sizes: Vec<u64> = all_files(consignment).map(|file| file.blob.size).collect();
    let total = sizes.iter().fold(0_u64, |sum, size| sum.saturating_add(*size));
    if sizes.len() > rule.max_files {
        let detail = format!("at most {} files", rule.max_files);
        faults.push(Fault::new(FaultCode::TooMuch, Place::Consignment).because(detail));
    }
    if total > rule.max_total {
        let detail = format!("at most {} bytes together", rule.max_total);
        faults.push(Fault::new(FaultCode::TooMuch, Place::Consignment).because(detail));
    }
}

fn all_files(consignment: &Consignment) -> impl Iterator<Item = &FileFacts> {
    consignment.entries.iter().flat_map(|entry| &entry.documents).flat_map(|document| &document.files)
}

fn main_document(entry: usize, facts: &EntryFacts, without: bool, faults: &mut Vec<Fault>) {
    let mains = facts.documents.iter().filter(|document| document.role == DocumentRole::Main).count();
    let code = match mains {
        1 => return,
        0 if facts.documents.is_empty() && without => return,
        0 => FaultCode::MainDocumentMissing,
        _ => FaultCode::SeveralMainDocuments,
    };
    faults.push(Fault::new(code, Place::Entry { entry }));
}

/// File systems and channels that the documents go to later do not tell names apart by case.
fn names(entry: usize, facts: &EntryFacts, faults: &mut Vec<Fault>) {
    let mut seen = BTreeSet::new();
    for (document, facts) in facts.documents.iter().enumerate() {
        for (file, facts) in facts.files.iter().enumerate() {
            if !seen.insert(facts.name.as_str().to_lowercase()) {
                faults.push(Fault::new(FaultCode::EqualFileNames, Place::File { entry, document, file }));
            }
        }
    }
}

fn files(entry: usize, document: usize, facts: &DocumentFacts, rule: &ContentRule, faults: &mut Vec<Fault>) {
    let variants: BTreeSet<_> = facts.files.iter().map(|file| file.variant).collect();
    if facts.files.is_empty() || variants.len() < facts.files.len() {
        faults.push(Fault::new(FaultCode::FileMissing, Place::Document { entry, document }));
    }
    for (file, facts) in facts.files.iter().enumerate() {
        let place = Place::File { entry, document, file };
        faults
            .extend(file_faults(facts, rule).into_iter().map(|(code, detail)| Fault::new(code, place).because(detail)));
    }
}

fn file_faults(file: &FileFacts, rule: &ContentRule) -> Vec<(FaultCode, String)> {
    let mut faults = untaken(file.blob.size, &file.media_type, rule);
    if !file.is_as_stated() {
        faults.push((FaultCode::ChecksumMismatch, String::new()));
    }
    faults
}

/// Why a file of this size and media type is not taken.
pub(super) fn untaken(size: u64, media_type: &MediaType, rule: &ContentRule) -> Vec<(FaultCode, String)> {
    let mut faults = Vec::new();
    if size == 0 {
        faults.push((FaultCode::EmptyFile, String::new()));
    }
    if size > rule.max_file {
        faults.push((FaultCode::FileTooLarge, format!("at most {} bytes", rule.max_file)));
    }
    if !rule.media_types.is_empty() && !rule.media_types.contains(media_type) {
        faults.push((FaultCode::FormatNotTaken, media_type.to_string()));
    }
    faults
}
