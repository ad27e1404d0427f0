use super::world::*;
use crate::{
    document::{BlobRef, MediaType, Variant},
    intake::{DocumentFacts, FaultCode, FileFacts, IntakeRules, PlannedEntry, content_faults},
    journal::DocumentRole,
};

fn faults_of(documents: Vec<DocumentFacts>, rules: &IntakeRules) -> Vec<FaultCode> {
    let mut consignment = consignment();
    consignment.entries.truncate(1);
    consignment.entries[0].documents = documents;
    content_faults(&consignment, rules).into_iter().map(|fault| fault.code).collect()
}

fn main(file: FileFacts) -> DocumentFacts {
    DocumentFacts::new(DocumentRole::Main, file)
}

fn attachment(file: FileFacts) -> DocumentFacts {
    DocumentFacts::new(DocumentRole::Attachment, file)
}

#[test]
fn an_entry_has_one_main_document_unless_its_rule_takes_none() {
    let mut without = rules();
    without.entry.without_documents = true;
    for mains in 0..4_usize {
        for attachments in 0..3_usize {
            let names = |kind: &str, n| file(&format!("{kind}{n}.pdf"), b"x");
            let documents: Vec<DocumentFacts> = (0..mains)
                .map(|n| main(names("h", n)))
                .chain((0..attachments).map(|n| attachment(names("v", n))))
                .collect();
            let wanted = match mains {
                0 => vec![FaultCode::MainDocumentMissing],
                1 => vec![],
                _ => vec![FaultCode::SeveralMainDocuments],
            };
            assert_eq!(faults_of(documents.clone(), &rules()), wanted);
            let wanted = if mains + attachments == 0 { vec![] } else { wanted };
            assert_eq!(faults_of(documents, &without), wanted);
        }
    }
}

#[test]
fn equal_names_are_refused_whatever_their_case_or_numbered_where_the_rule_says_so() {
    let documents = vec![main(file("Kart.pdf", b"a")), attachment(file("KART.PDF", b"b"))];
    assert_eq!(faults_of(documents.clone(), &rules()), [FaultCode::EqualFileNames]);
    let mut numbering = rules();
    numbering.content.numbers_equal_names = true;
    let mut consignment = consignment();
    consignment.entries[0].documents = documents;
    let plan = todo(&consignment, &archive(), &numbering);
    let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("not registered") };
    let names: Vec<&str> = entry.documents.iter().map(|new| new.document.versions()[0].file_name.as_str()).collect();
    assert_eq!(names, ["Kart.pdf", "KART (2).PDF"]);
}

#[test]
fn bytes_that_are_not_those_that_were_stated_are_refused() {
    let mut wrong_hash = file("a.pdf", b"sendt");
    wrong_hash.stated_hash = Some(BlobRef::of(b"annet").hash);
    let mut wrong_size = file("a.pdf", b"sendt");
    wrong_size.stated_size = Some(4);
    let mut right = file("a.pdf", b"sendt");
    right.stated_hash = Some(BlobRef::of(b"sendt").hash);
    right.stated_size = Some(5);
    assert_eq!(faults_of(vec![main(wrong_hash)], &rules()), [FaultCode::ChecksumMismatch]);
    assert_eq!(faults_of(vec![main(wrong_size)], &rules()), [FaultCode::ChecksumMismatch]);
    assert_eq!(faults_of(vec![main(right)], &rules()), []);
}

#[test]
fn limits_count_to_the_last_byte_and_file() {
    let mut rules = rules();
    rules.content.max_files = 2;
    rules.content.max_file = 3;
    rules.content.max_total = 5;
    let sizes = |first: usize, second: usize| {
        vec![main(file("a.pdf", &vec![b'x'; first])), attachment(file("b.pdf", &vec![b'y'; second]))]
    };
    assert_eq!(faults_of(sizes(3, 2), &rules), []);
    assert_eq!(faults_of(sizes(3, 3), &rules), [FaultCode::TooMuch]);
    assert_eq!(faults_of(sizes(4, 1), &rules), [FaultCode::FileTooLarge]);
    assert_eq!(faults_of(sizes(0, 1), &rules), [FaultCode::EmptyFile]);
    let mut three = sizes(1, 1);
    three.push(attachment(file("c.pdf", b"z")));
    assert_eq!(faults_of(three, &rules), [FaultCode::TooMuch]);
}

#[test]
fn only_the_formats_of_the_rule_are_taken_where_it_names_any() {
    let mut rules = rules();
    rules.content.media_types = [MediaType::pdf()].into();
    let mut executable = file("a.exe", b"x");
    executable.media_type = MediaType::unknown();
    assert_eq!(faults_of(vec![main(executable)], &rules), [FaultCode::FormatNotTaken]);
}

#[test]
fn a_document_has_each_variant_once() {
    let mut archive_variant = file("a (arkiv).pdf", b"arkiv");
    archive_variant.variant = Variant::Archive;
    let mut both = main(file("a.pdf", b"x"));
    both.files.push(archive_variant.clone());
    assert_eq!(faults_of(vec![both.clone()], &rules()), []);
    let mut consignment = consignment();
    consignment.entries[0].documents = vec![both.clone()];
    let plan = todo(&consignment, &archive(), &rules());
    let PlannedEntry::Register { entry, .. } = &plan.entries[0] else { panic!("not registered") };
    assert_eq!(entry.documents[0].document.current().unwrap().variant, Variant::Archive);
    archive_variant.name = crate::document::FileName::sanitize("b.pdf");
    both.files.push(archive_variant);
    assert_eq!(faults_of(vec![both.clone()], &rules()), [FaultCode::FileMissing]);
    both.files.clear();
    assert_eq!(faults_of(vec![both], &rules()), [FaultCode::FileMissing]);
}

#[test]
fn entries_of_one_consignment_have_keys_of_their_own() {
    let mut consignment = consignment();
    consignment.entries[1].key = consignment.entries[0].key.clone();
    let codes: Vec<FaultCode> = content_faults(&consignment, &rules()).into_iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [FaultCode::EqualEntryKeys]);
}
