//! E-mail and scanned documents in folders.

use std::{fs, path::Path, sync::Arc};

use sakarkiv_core::{
    case::CaseNumber,
    identity::{TenantId, Timestamp},
    intake::{CaseName, CaseWish, Consignment, FaultCode, Place, Rejection},
    ports::{Answer, Blobs, ConsignmentSource, Fetched, ItemId},
};
use sakarkiv_fagsystem::{FormFolder, MAIL_NAME, SHEET_NAME, forms::FormTables, tables_of};
use sakarkiv_testkit::doubles::MemoryBlobs;
use tempfile::TempDir;

struct Folder {
    root: TempDir,
    source: FormFolder,
    blobs: Arc<MemoryBlobs>,
}

impl Folder {
    fn mail() -> Self {
        Self::of("e-post", |root, tables| FormFolder::mail(root, tables).unwrap())
    }

    fn scans() -> Self {
        Self::of("skann", |root, tables| FormFolder::scans(root, tables, 1_000).unwrap())
    }

    fn of(source: &str, open: impl FnOnce(&Path, Arc<FormTables>) -> FormFolder) -> Self {
        let root = tempfile::tempdir().unwrap();
        let tables = Arc::new(FormTables::from_toml(tables_of(source).unwrap()).unwrap());
        let source = open(root.path(), tables);
        Self { root, source, blobs: Arc::default() }
    }

    fn write(&self, path: &str, content: &[u8]) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    async fn ids(&self) -> Vec<ItemId> {
        self.source.list().await.unwrap().into_iter().map(|waiting| waiting.id).collect()
    }

    async fn fetch(&self, id: &ItemId) -> Result<Consignment, Rejection> {
        let tenant = TenantId::new("bodo").unwrap();
        match self.source.fetch(&tenant, id, Arc::clone(&self.blobs) as Arc<dyn Blobs>).await.unwrap() {
            Fetched::Consignment(consignment) => Ok(*consignment),
            Fetched::Faulty(rejection) => Err(rejection),
            other => panic!("{other:?}"),
        }
    }

    async fn only(&self) -> Result<Consignment, Rejection> {
        let mut ids = self.ids().await;
        assert_eq!(ids.len(), 1, "{ids:?}");
        self.fetch(&ids.remove(0)).await
    }
}

const MAIL: &[u8] =
    b"From: Prove Testesen <prove@example.no>\r\nSubject: SV: Klage [2026/123]\r\nMessage-ID: <a@b>\r\n\r\nHei\r\n";

#[tokio::test]
async fn a_loose_e_mail_is_taken_up_when_it_has_not_changed_between_two_looks() {
    let folder = Folder::mail();
    folder.write("post/svar.eml", &MAIL[..40]);
    folder.write("post/notat.txt", b"ikke e-post");
    assert_eq!(folder.ids().await, []);
    folder.write("post/svar.eml", MAIL);
    assert_eq!(folder.ids().await, [], "it grew since the last look");
    folder.source.check().await.unwrap();
    assert!(folder.root.path().join("post/svar.eml").exists(), "to test the folder takes nothing up");
    assert_eq!(folder.ids().await, [], "it has a folder of its own, and is looked at there");
    let consignment = folder.only().await.unwrap();
    assert_eq!(consignment.key.as_str(), "a@b");
    let number = CaseNumber::new(2026, 123).unwrap();
    assert_eq!(consignment.case, CaseWish::FindOrNew(CaseName::Number(number)));
    let file = &consignment.entries[0].documents[0].files[0];
    assert_eq!((file.name.as_str(), file.blob.size), (MAIL_NAME, MAIL.len() as u64));
    assert!(folder.root.path().join("post/notat.txt").exists());
    assert!(!folder.root.path().join("post/svar.eml").exists());
}

#[tokio::test]
async fn two_e_mails_of_one_name_are_two_deliveries_and_one_cut_off_by_a_crash_is_found_again() {
    let folder = Folder::mail();
    folder.write("post/svar.eml", MAIL);
    folder.ids().await;
    assert_eq!((folder.ids().await.len(), folder.ids().await.len()), (0, 1));
    folder.write("post/svar.eml", &[MAIL, b"og mer"].concat());
    // As it lies when the process dies after the first of the two renames.
    folder.write("post/.tredje.eml/melding.eml", &[MAIL, b"og enda mer"].concat());
    folder.ids().await;
    folder.ids().await;
    assert_eq!(folder.ids().await.len(), 3);
}

#[tokio::test]
async fn an_e_mail_that_is_still_being_copied_into_a_folder_of_its_own_is_not_taken_in_by_half() {
    let folder = Folder::mail();
    let (first, rest) = MAIL.split_at(MAIL.len() - 3);
    folder.write("inn/svar/melding.eml", first);
    assert_eq!(folder.ids().await, []);
    folder.source.check().await.unwrap();
    folder.write("inn/svar/melding.eml", &[first, rest].concat());
    folder.source.check().await.unwrap();
    assert_eq!(folder.ids().await, [], "it grew since the last look");
    assert_eq!(folder.only().await.unwrap().entries[0].documents[0].files[0].blob.size, MAIL.len() as u64);
}

#[tokio::test]
async fn an_e_mail_was_received_when_its_file_was_written_whatever_date_its_sender_wrote() {
    let folder = Folder::mail();
    for (head, dated) in [
        ("", "2026-09-14"),
        ("Date: Fri, 01 Jan 1999 12:00:00 +0000\r\n", "1999-01-01"),
        ("Date: Fri, 01 Jan 2049 12:00:00 +0000\r\n", "2049-01-01"),
    ] {
        folder.write("inn/svar/melding.eml", &[head.as_bytes(), MAIL].concat());
        let written = "2026-09-14T08:00:00.5Z".parse::<Timestamp>().unwrap();
        let file = fs::File::options().write(true).open(folder.root.path().join("inn/svar/melding.eml")).unwrap();
        file.set_modified(written.into()).unwrap();
        folder.ids().await;
        let id = folder.ids().await.remove(0);
        let consignment = folder.fetch(&id).await.unwrap();
        let entry = &consignment.entries[0];
        assert_eq!((entry.received, entry.document_date), (Some(written), Some(dated.parse().unwrap())));
        assert_eq!(folder.fetch(&id).await.unwrap(), consignment, "however often it is fetched");
        folder.source.answer(&id, &Answer::Rejected(Rejection::new(FaultCode::Locked, Place::Case))).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_e_mail_goes_to_quarantine_with_the_reason() {
    let folder = Folder::mail();
    folder.write("inn/feil/melding.eml", b"bare tekst");
    folder.ids().await;
    let id = folder.ids().await.remove(0);
    let rejection = folder.fetch(&id).await.unwrap_err();
    folder.source.answer(&id, &Answer::Rejected(rejection)).await.unwrap();
    assert_eq!(folder.ids().await, []);
    let told = fs::read_to_string(folder.root.path().join("avvist").join(&id.0).join("svar.json")).unwrap();
    assert!(told.contains("ugyldig-innhold"), "{told}");
}

const SHEET: &str = r#"{"skjema": "brev", "id": "s-17", "skannet": "2026-09-14T08:00:00+02:00",
    "felt": {"Tittel": "Klage", "Dokumentdato": "11.09.2026", "Avsender": "Prøve Testesen"}, "filer": ["brev.pdf", "kart.pdf"]}"#;

#[tokio::test]
async fn scanned_documents_come_with_what_their_sheet_says() {
    let folder = Folder::scans();
    folder.write("inn/s17/brev.pdf", b"%PDF brev");
    folder.write("inn/s17/kart.pdf", b"%PDF kart");
    assert_eq!(folder.ids().await, [], "without its sheet it is still being written");
    folder.write(&format!("inn/s17/{SHEET_NAME}"), SHEET.as_bytes());
    let consignment = folder.only().await.unwrap();
    assert_eq!(consignment.entries[0].title.expose(), "Klage");
    assert_eq!(consignment.entries[0].parties.len(), 1);
    let names: Vec<_> =
        consignment.entries[0].documents.iter().map(|document| document.files[0].name.as_str()).collect();
    assert_eq!(names, ["brev.pdf", "kart.pdf"]);
}

#[tokio::test]
async fn a_file_that_is_missing_unnamed_or_too_large_refuses_the_whole() {
    for (files, code) in [
        (vec![("brev.pdf", 9)], FaultCode::FileMissing),
        (vec![("brev.pdf", 9), ("kart.pdf", 9), ("annet.pdf", 9)], FaultCode::InvalidContent),
        (vec![("brev.pdf", 1_001), ("kart.pdf", 9)], FaultCode::FileTooLarge),
    ] {
        let folder = Folder::scans();
        for (name, size) in files {
            folder.write(&format!("inn/s17/{name}"), &vec![b'x'; size]);
        }
        folder.write(&format!("inn/s17/{SHEET_NAME}"), SHEET.as_bytes());
        let rejection = folder.only().await.unwrap_err();
        assert!(rejection.has(code), "{rejection}");
    }
}

#[tokio::test]
async fn a_file_that_is_named_twice_hides_no_other() {
    let folder = Folder::scans();
    folder.write("inn/s17/brev.pdf", b"%PDF brev");
    folder.write("inn/s17/annet.pdf", b"%PDF annet");
    folder.write(&format!("inn/s17/{SHEET_NAME}"), SHEET.replace("kart.pdf", "brev.pdf").as_bytes());
    let rejection = folder.only().await.unwrap_err();
    assert!(rejection.to_string().contains("not named in it"), "{rejection}");
}

#[cfg(unix)]
#[tokio::test]
async fn an_e_mail_whose_file_name_is_in_another_encoding_is_taken_up() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = Folder::mail();
    let name = std::ffi::OsStr::from_bytes(b"S\xf8knad.eml");
    fs::write(folder.root.path().join("post").join(name), MAIL).unwrap();
    folder.ids().await;
    folder.ids().await;
    assert_eq!(folder.only().await.unwrap().key.as_str(), "a@b");
}
