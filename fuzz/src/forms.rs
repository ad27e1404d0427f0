//! What comes by the general ways in: manifests, forms, e-mail, sheets, and the tables that map them.

use std::collections::BTreeMap;

use bytes::Bytes;
use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    identity::{SourceId, Timestamp},
    intake::FileFacts,
};
use sakarkiv_fagsystem::{Manifest, STANDARD_TABLES, Sheet, acos::Instance, forms::FormTables, read_mail, tables_of};

/// The manifest of a delivery, on to what the archive would be handed.
pub fn manifest(data: &[u8]) {
    let Ok(manifest) = Manifest::parse(data) else { return };
    let facts = |path: &str| FileFacts::new(FileName::sanitize(path), MediaType::pdf(), BlobRef::of(path.as_bytes()));
    let files: BTreeMap<String, FileFacts> =
        manifest.files().map(|file| (file.path.to_owned(), facts(file.path))).collect();
    for path in files.keys() {
        assert!(!path.starts_with('/') && !path.contains("..") && !path.contains('\\'), "a path stays inside");
    }
    let source = SourceId::new("visma-flyt-skole").expect("a source");
    let _ = manifest.consignment(&source, &files);
}

/// A form of Acos Interact, mapped by the standard table.
pub fn acos_form(data: &[u8]) {
    if let Ok(instance) = Instance::parse(data) {
        let loose = instance.into_form(Timestamp::UNIX_EPOCH);
        let _ = standard("acos-interact").map(loose.form());
    }
}

/// An e-mail, mapped by the standard table.
pub fn mail(data: &[u8]) {
    if let Ok(loose) = read_mail(&Bytes::copy_from_slice(data), Timestamp::UNIX_EPOCH) {
        let whole = loose.files().next().expect("the message itself");
        assert_eq!(whole.2.as_ref(), data, "the message is kept as it came");
        let _ = standard("e-post").map(loose.form());
    }
}

/// The sheet beside scanned documents, mapped by the standard table.
pub fn sheet(data: &[u8]) {
    if let Ok(sheet) = Sheet::parse(data) {
        assert!(!sheet.files.is_empty());
        let _ = standard("skann").map(&sheet.form);
    }
}

/// The tables themselves, tried out on their samples.
pub fn form_tables(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(tables) = FormTables::from_toml(text) {
        assert_eq!(tables.try_out().len(), tables.samples.len());
    }
}

fn standard(source: &str) -> FormTables {
    FormTables::from_toml(tables_of(source).expect("a table")).expect("the standard tables are sound")
}

pub(crate) fn manifests() -> Vec<Vec<u8>> {
    let hash = "0".repeat(64);
    let text = format!(
        r#"{{"kontrakt":"mappeslipp/v1","fagsystem":"X","leveranseId":"1","tidspunkt":"2026-09-14T02:10:44+02:00","mappe":{{"eksternNoekkel":"e","mappetype":"elev","klassering":[{{"system":"FNR","verdi":"1"}}]}},"registreringer":[{{"eksternNoekkel":"d","tittel":"t","journalposttype":"X","parter":[{{"rolle":"mottaker","navn":"n"}}],"filer":[{{"sti":"a/b.pdf","type":"H","sha256":"{hash}"}}]}}]}}"#
    );
    vec![text.into_bytes(), b"{}".to_vec()]
}

pub(crate) fn acos_forms() -> Vec<Vec<u8>> {
    vec![
        br#"{"metadata":{"formId":"KOMM0042","instanceId":"9"},"elements":[{"id":"BarnetsNavn","value":"B"},{"id":"BarnetsFnr","value":"1"},{"id":"Opptaksaar","value":"2027"}],"formPdfBase64":"JVBERi0xLjQK","documents":[{"name":"k.png","type":"image/png","base64":"iVBORw0KGgo="}]}"#
            .to_vec(),
    ]
}

pub(crate) fn mails() -> Vec<Vec<u8>> {
    vec![
        b"From: A B <a@example.no>\r\nTo: post@example.no\r\nSubject: =?utf-8?q?SV=3A_S=C3=B8knad_[2026/123]?=\r\nDate: Mon, 14 Sep 2026 10:00:00 +0200\r\nMessage-ID: <x@example.no>\r\nContent-Type: multipart/mixed; boundary=g\r\n\r\n--g\r\nContent-Type: text/plain\r\n\r\nHei\r\n--g\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"k.pdf\"\r\n\r\nJVBERi0=\r\n--g--\r\n".to_vec(),
        b"From: a@example.no\n\nHei".to_vec(),
    ]
}

pub(crate) fn sheets() -> Vec<Vec<u8>> {
    vec![
        br#"{"skjema":"brev","id":"s","skannet":"2026-09-14T08:00:00Z","felt":{"Tittel":"T","Dokumentdato":"11.09.2026","Saksnummer":"2026/1"},"filer":["b.pdf"]}"#
            .to_vec(),
    ]
}

pub(crate) fn tables() -> Vec<Vec<u8>> {
    STANDARD_TABLES.iter().map(|(_, text)| text.as_bytes().to_vec()).collect()
}
