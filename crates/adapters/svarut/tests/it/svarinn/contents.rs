use std::{path::PathBuf, sync::Arc};

use sakarkiv_cms::{Identity, Keyring};
use sakarkiv_core::ports::{Inbox as _, PortErrorKind as Kind};
use sakarkiv_svarut::svarinn::ContentLimits;
use serde_json::{Value, json};

use super::doubles::*;

fn desk_limited(change: impl FnOnce(&mut ContentLimits)) -> Desk {
    let mut config = config();
    change(&mut config.limits);
    desk_with(config, keyring(), Arc::new(Still))
}

async fn refused(because: &str, desk: Desk, files: Value, plain: &[u8]) {
    let outcome = desk.opened(files, plain).await;
    let told = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
    assert_eq!(kind(outcome), Kind::Rejected);
    assert!(told.contains(because), "{told}");
    assert!(desk.shelf.is_empty(), "something was staged");
}

/// A ZIP archive with two entries of the same name, which no library writes.
fn zip_with_repeated_name() -> Vec<u8> {
    let zip = zipped(&[("aa.pdf", PDF), ("ab.pdf", PDF)]);
    let mut bytes = zip.clone();
    for at in 0..zip.len() - 6 {
        if zip[at..].starts_with(b"ab.pdf") {
            bytes[at + 1] = b'a';
        }
    }
    bytes
}

#[tokio::test]
async fn documents_are_staged_in_the_order_of_the_list() {
    let desk = desk();
    let (first, second) = (b"%PDF main".as_slice(), b"<kart/>".as_slice());
    let mut map = file("kart.xml", second);
    map["mimeType"] = json!(null);
    let plain = zipped(&[("kart.xml", second), ("brev.pdf", first)]);
    let mail = desk.opened(json!([file("brev.pdf", first), map]), &plain).await.unwrap();
    let found =
        mail.documents.iter().map(|d| (d.file_name.as_str(), d.media_type.as_str(), desk.shelf.content(&d.blob)));
    let expected = [("brev.pdf", "application/pdf", first.into()), ("kart.xml", "application/xml", second.into())];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(mail.documents[0].blob.size, first.len() as u64);
    assert_eq!(mail.remarks, Vec::<String>::new());
}

#[tokio::test]
async fn large_documents_pass_through_whole() {
    let desk = desk();
    let large = (0..750_001_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect::<Vec<_>>();
    let mail = desk.opened(json!([file("stor.bin", &large)]), &zipped(&[("stor.bin", &large)])).await.unwrap();
    assert!(desk.shelf.content(&mail.documents[0].blob) == large);
}

#[tokio::test]
async fn a_pdf_alone_is_taken_without_an_archive() {
    let mail = desk().opened(json!([file("brev.pdf", PDF)]), PDF).await.unwrap();
    assert_eq!(mail.documents[0].file_name.as_str(), "brev.pdf");
    refused("does not tell of one document", desk(), json!([file("a.pdf", PDF), file("b.pdf", PDF)]), PDF).await;
    refused("does not tell of one document", desk(), json!([]), PDF).await;
}

#[tokio::test]
async fn an_office_document_alone_is_known_by_its_hash_though_it_is_an_archive() {
    let office = zipped(&[("word/document.xml", b"<w/>")]);
    let desk = desk();
    let mail = desk.opened(json!([file("brev.docx", &office)]), &office).await.unwrap();
    assert_eq!(desk.shelf.content(&mail.documents[0].blob), office);
}

#[tokio::test]
async fn other_content_alone_needs_a_hash_or_the_same_name_or_type_in_the_download() {
    let text = b"bare tekst".as_slice();
    assert!(desk().opened(json!([file("a.txt", text)]), text).await.is_ok());
    let unhashed = json!({"filnavn": "råd.txt", "mimeType": "text/plain"});
    refused("neither an archive nor", desk(), json!([unhashed.clone()]), text).await;
    for (name, value) in [
        ("content-type", "text/plain; charset=utf-8"),
        ("CONTENT-DISPOSITION".to_ascii_lowercase().leak() as &str, "attachment; filename*=UTF-8''r%C3%A5d.txt"),
    ] {
        let desk = desk();
        desk.wire.answer(V2_LIST, Canned::list(&[with(v2(), "filer", json!([unhashed.clone()]))]));
        desk.wire.answer(DOWNLOAD, Canned::new(200, encrypted(text)).with(name, value));
        assert_eq!(desk.fetch().await.unwrap().documents[0].file_name.as_str(), "råd.txt");
    }
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::list(&[with(v2(), "filer", json!([file("a.txt", text)]))]));
    desk.wire.answer(DOWNLOAD, Canned::new(200, encrypted(text)).with("content-type", "application/zip"));
    assert_eq!(kind(desk.fetch().await), Kind::Rejected);
}

#[tokio::test]
async fn a_document_without_a_name_is_named_by_the_download() {
    let desk = desk();
    let nameless = json!([{"filnavn": null, "hash": hex(PDF)}]);
    desk.wire.answer(V2_LIST, Canned::list(&[with(v2(), "filer", nameless)]));
    let answer = Canned::new(200, encrypted(PDF)).with("content-disposition", "attachment; FILENAME=\"brev 1.pdf\"");
    desk.wire.answer(DOWNLOAD, answer);
    let mail = desk.fetch().await.unwrap();
    assert_eq!(mail.documents[0].file_name.as_str(), "brev 1.pdf");
    assert_eq!(mail.documents[0].media_type.as_str(), "application/pdf");
}

#[tokio::test]
async fn an_empty_archive_is_mail_without_documents() {
    for plain in [zipped(&[]), Vec::new(), zipped(&[("mappe/", b"")])] {
        let mail = desk().opened(json!([]), &plain).await.unwrap();
        assert!(mail.documents.is_empty() && !mail.remarks.is_empty());
    }
    refused("0 document(s) are not the 1", desk(), json!([file("a.pdf", PDF)]), &zipped(&[])).await;
    refused("SHA-256", desk(), json!([file("a.pdf", PDF)]), b"").await;
}

#[tokio::test]
async fn the_archive_must_hold_exactly_what_the_list_tells_of() {
    refused(
        "2 document(s) are not the 1",
        desk(),
        json!([file("a.pdf", PDF)]),
        &zipped(&[("a.pdf", PDF), ("b.pdf", PDF)]),
    )
    .await;
    refused(
        "1 document(s) are not the 2",
        desk(),
        json!([file("a.pdf", PDF), file("b.pdf", PDF)]),
        &zipped(&[("a.pdf", PDF)]),
    )
    .await;
    refused("are not the 1", desk(), json!([file("a.pdf", PDF)]), &zipped(&[("b.pdf", PDF)])).await;
    refused("are not the 0", desk(), json!([]), &zipped(&[("a.pdf", PDF)])).await;
    refused("are not the 0", desk(), json!(null), &zipped(&[("a.pdf", PDF)])).await;
    refused(
        "two entries of the same name",
        desk(),
        json!([file("aa.pdf", PDF), file("aa.pdf", PDF)]),
        &zip_with_repeated_name(),
    )
    .await;
    refused("two entries of the same name", desk(), json!([file("aa.pdf", PDF)]), &zip_with_repeated_name()).await;
}

#[tokio::test]
async fn names_may_differ_in_composition_and_case_and_are_those_of_the_list() {
    let plain = zipped(&[("RA\u{30a}D.PDF", PDF)]);
    let mail = desk().opened(json!([file("råd.pdf", PDF)]), &plain).await.unwrap();
    assert_eq!(mail.documents[0].file_name.as_str(), "råd.pdf");
    assert_eq!(mail.remarks, ["document 1 is spelt differently in the archive"]);
}

#[tokio::test]
async fn a_hostile_name_is_never_a_path() {
    let spool = tempfile::tempdir().unwrap();
    let mut config = config();
    config.spool_directory = Some(spool.path().to_owned());
    let desk = desk_with(config, keyring(), Arc::new(Still));
    let name = "../../rømt.pdf";
    desk.opened(json!([file(name, PDF)]), &zipped(&[(name, PDF)])).await.unwrap();
    assert!(!spool.path().join(name).exists() && !PathBuf::from(name).exists());
    assert_eq!(spool.path().read_dir().unwrap().count(), 0);
    refused("are not the 1", self::desk(), json!([file("a.pdf", PDF)]), &zipped(&[("../a.pdf", PDF)])).await;
}

#[tokio::test]
async fn names_that_become_the_same_when_they_are_made_safe_are_numbered() {
    let names = ["a/brev.pdf", "b/BREV.pdf", "brev (2).pdf"];
    let files = names.map(|name| file(name, PDF));
    let mail = desk().opened(json!(files), &zipped(&names.map(|name| (name, PDF)))).await.unwrap();
    let found = mail.documents.iter().map(|document| document.file_name.as_str()).collect::<Vec<_>>();
    assert_eq!(found, ["brev.pdf", "BREV (2).pdf", "brev (2) (2).pdf"]);
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_list_are_never_staged() {
    let sound = file("b.pdf", PDF);
    for (name, value, because) in
        [("hash", json!(hex(b"other")), "SHA-256"), ("storrelse", json!(PDF.len() + 1), "the size")]
    {
        let files = json!([sound.clone(), with(file("a.pdf", PDF), name, value)]);
        refused(because, desk(), files, &zipped(&[("a.pdf", PDF), ("b.pdf", PDF)])).await;
    }
    let upper = with(file("a.pdf", PDF), "hash", json!(hex(PDF).to_uppercase()));
    assert!(desk().opened(json!([upper]), &zipped(&[("a.pdf", PDF)])).await.is_ok());
}

#[tokio::test]
async fn without_hash_and_size_the_mail_is_taken_with_a_remark() {
    for (hash, size) in [(json!(null), json!(null)), (json!(""), json!(0)), (json!("md5:1234"), json!(-1))] {
        let files = json!([with(with(file("a.pdf", PDF), "hash", hash), "storrelse", size)]);
        let mail = desk().opened(files, &zipped(&[("a.pdf", PDF)])).await.unwrap();
        assert_eq!(
            mail.remarks,
            ["the list gives no SHA-256 for 1 of 1 document(s)", "the list gives no size for 1 of 1 document(s)"]
        );
    }
}

#[tokio::test]
async fn bombs_are_refused_by_size_number_and_ratio() {
    let zeros = vec![0; 3 << 20];
    let files = json!([file("a.bin", &zeros)]);
    let plain = zipped(&[("a.bin", &zeros)]);
    refused("200 times", desk(), files.clone(), &plain).await;
    refused(
        "beyond the limits",
        desk_limited(|l| (l.compression_ratio, l.file_bytes) = (5000, 1 << 20)),
        files.clone(),
        &plain,
    )
    .await;
    refused(
        "beyond the limits",
        desk_limited(|l| (l.compression_ratio, l.total_bytes) = (5000, 1 << 20)),
        files.clone(),
        &plain,
    )
    .await;
    let roomy = desk_limited(|l| l.compression_ratio = 5000);
    assert!(roomy.opened(files, &plain).await.is_ok());
    let two = json!([file("a.pdf", PDF), file("b.pdf", PDF)]);
    refused("more than 1 entries", desk_limited(|l| l.entries = 1), two, &zipped(&[("a.pdf", PDF), ("b.pdf", PDF)]))
        .await;
    refused("larger than the limit", desk_limited(|l| l.file_bytes = 3), json!([file("a.pdf", PDF)]), PDF).await;
}

#[tokio::test]
async fn a_table_of_contents_that_would_fill_the_memory_is_not_read() {
    let names = (0..30_000).map(|n| format!("{n:0>60}")).collect::<Vec<_>>();
    let entries = names.iter().map(|name| (name.as_str(), b"".as_slice())).collect::<Vec<_>>();
    refused("more than 1 entries", desk_limited(|l| l.entries = 1), json!([]), &zipped(&entries)).await;
}

#[tokio::test]
async fn an_entry_that_lies_about_its_size_is_refused() {
    let zeros = vec![0; 3 << 20];
    let mut plain = zipped(&[("a.bin", &zeros)]);
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    for at in 0..plain.len() - 4 {
        if plain[at..].starts_with(&size) {
            plain[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
        }
    }
    let files = json!([{"filnavn": "a.bin"}]);
    refused("is damaged", desk_limited(|l| l.compression_ratio = 5000), files, &plain).await;
}

#[tokio::test]
async fn damaged_archives_are_refused() {
    let sound = zipped(&[("a.pdf", PDF)]);
    let files = || json!([file("a.pdf", PDF)]);
    refused("is damaged", desk(), files(), &sound[..sound.len() - 10]).await;
    refused("is damaged", desk(), files(), &sound[..40]).await;
    refused("is damaged", desk(), files(), b"PK\x03\x04").await;
    refused("SHA-256", desk(), files(), b"garbage of a wrong key").await;
    let mut changed = sound;
    changed[40] ^= 1;
    refused("is damaged", desk(), files(), &changed).await;
}

#[tokio::test]
async fn a_message_for_another_key_is_our_configuration_s_fault() {
    let other = Identity::generate("En annen").unwrap();
    for keyring in [Keyring::new(), Keyring::new().with(other.private_key_pem().as_bytes(), None).unwrap()] {
        let desk = desk_with(config(), keyring, Arc::new(Still));
        assert_eq!(kind(desk.opened(json!([file("a.pdf", PDF)]), PDF).await), Kind::Misconfigured);
    }
    let both = keyring().with(other.private_key_pem().as_bytes(), None).unwrap();
    let desk = desk_with(config(), both, Arc::new(Still));
    assert!(desk.opened(json!([file("a.pdf", PDF)]), PDF).await.is_ok());
}

#[tokio::test]
async fn a_message_that_is_cut_changed_or_no_message_is_refused() {
    let whole = encrypted(&zipped(&[("uttalelse.pdf", PDF)]));
    let mut changed = whole.clone();
    let middle = changed.len() - 20;
    changed[middle] ^= 0xff;
    for body in [whole[..whole.len() - 30].to_vec(), whole[..100].to_vec(), Vec::new(), b"<html>".to_vec(), changed] {
        let desk = desk();
        desk.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(DOWNLOAD, Canned::new(200, body));
        assert_eq!(kind(desk.fetch().await), Kind::Rejected);
        assert!(desk.shelf.is_empty());
    }
}

#[tokio::test]
async fn a_download_that_breaks_off_or_does_not_come_is_tried_again() {
    let whole = encrypted(PDF);
    for canned in [
        Canned::Broken(whole[..200].to_vec()),
        Canned::new(200, whole[..200].to_vec()).with("content-length", "9999"),
        Canned::NoConnection,
        Canned::new(503, "<html>"),
        Canned::new(429, ""),
    ] {
        let told = format!("{canned:?}");
        let desk = desk();
        let unsized_body = matches!(canned, Canned::Answer(200, ..));
        desk.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(DOWNLOAD, canned);
        let expected = if unsized_body { Kind::Rejected } else { Kind::Transient };
        assert_eq!(kind(desk.fetch().await), expected, "{told}");
    }
    let slow = desk_with(config(), keyring(), Arc::new(Hasty));
    slow.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(DOWNLOAD, Canned::Silence);
    assert_eq!(kind(slow.fetch().await), Kind::Transient);
}

#[tokio::test]
async fn refused_downloads_tell_what_can_be_done() {
    for (status, expected) in
        [(401, Kind::Unauthorised), (403, Kind::Unauthorised), (404, Kind::Rejected), (410, Kind::Rejected)]
    {
        let desk = desk();
        desk.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(DOWNLOAD, Canned::new(status, "Uttalelse"));
        assert_eq!(kind(desk.fetch().await), expected, "{status}");
    }
    let large = desk_limited(|l| l.download_bytes = 100);
    large.wire.answer(V2_LIST, Canned::list(&[v2()])).answer(DOWNLOAD, Canned::new(200, vec![0; 101]));
    assert_eq!(kind(large.fetch().await), Kind::Rejected);
}

#[tokio::test]
async fn a_spool_folder_that_is_gone_is_our_trouble_not_the_mail_s() {
    let mut config = config();
    config.spool_directory = Some("/nonexistent/spool".into());
    let desk = desk_with(config, keyring(), Arc::new(Still));
    assert_eq!(kind(desk.opened(json!([file("a.pdf", PDF)]), PDF).await), Kind::Transient);
}

#[tokio::test]
async fn links_are_followed_on_the_configured_host_only() {
    for link in [DOWNLOAD.trim_start_matches("GET "), &format!("svarinn/forsendelse/{ID}")] {
        let desk = desk();
        desk.mail_of(with(v2(), "nedlastingslenke", json!(link))).await;
        assert_eq!(desk.wire.lines(), [V2_LIST, DOWNLOAD], "{link}");
    }
    for link in [
        "https://evil.example/svarinn/forsendelse/1",
        "//evil.example/x",
        "http://test.svarut.ks.no/tjenester/x",
        "https://test.svarut.ks.no@evil.example/",
        "https://test.svarut.ks.no:444/",
        "\\\\evil.example",
        "javascript:alert(1)",
    ] {
        let desk = desk();
        desk.wire.answer(V2_LIST, Canned::list(&[with(v2(), "nedlastingslenke", json!(link))]));
        assert_eq!(kind(desk.fetch().await), Kind::Rejected, "{link}");
        assert_eq!(desk.wire.lines(), [V2_LIST], "{link}");
    }
}

#[tokio::test]
async fn an_item_of_the_last_list_is_fetched_without_listing_again() {
    let desk = desk();
    desk.wire.answer(V2_LIST, Canned::list(&[v2()]));
    desk.wire.answer(DOWNLOAD, Canned::new(200, encrypted(&zipped(&[("uttalelse.pdf", PDF)]))));
    desk.inbox.list().await.unwrap();
    let first = desk.fetch().await.unwrap();
    assert_eq!(desk.fetch().await.unwrap(), first);
    assert_eq!(desk.wire.lines(), [V2_LIST, DOWNLOAD, DOWNLOAD]);
}

#[test]
fn everything_works_without_a_runtime_too() {
    let desk = desk();
    let mail = futures_util::FutureExt::now_or_never(desk.mail_of(v2())).unwrap();
    assert_eq!(mail.documents.len(), 1);
}
