use std::{fs, path::Path, sync::Arc};

use futures_util::TryStreamExt as _;
use sakarkiv_core::ports::PortErrorKind;
use sakarkiv_fiks_arkiv::{FiksArkiv, FiksArkivSettings, FiksTransport, FolderTransport, Handled, MessageKind};
use sakarkiv_testkit::doubles::{ManualClock, MemoryDesk, SeededEntropy};
use uuid::Uuid;

const QUESTION: &str = r#"<HentKodeliste xmlns="https://ks-no.github.io/standarder/fiks-protokoll/fiks-arkiv/kodeliste/hent/v1"><kodelistenavn>saksstatus</kodelistenavn></HentKodeliste>"#;

#[tokio::test]
async fn a_message_in_a_folder_is_answered_in_another_and_put_away() {
    let root = tempfile::tempdir().unwrap();
    let (id, sender, ours) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let inbox = root.path().join("inn").join(id.to_string());
    fs::create_dir_all(&inbox).unwrap();
    fs::write(inbox.join("0"), QUESTION).unwrap();
    let transport = Arc::new(FolderTransport::new(root.path(), ours, Arc::new(SeededEntropy::new(1))));
    let clock = ManualClock::at("2026-03-02T08:15:00Z");
    let desk = Arc::new(MemoryDesk::new("skole", "skole", clock.port()));
    let archive =
        FiksArkiv::new(Arc::clone(&transport) as _, clock.port(), FiksArkivSettings::default()).with_desk(sender, desk);
    assert_eq!(archive.step().await.unwrap(), Handled::Nothing, "without its manifest it is not whole");

    let manifest = format!(
        r#"{{"id":"{id}","type":"no.ks.fiks.arkiv.v1.innsyn.kodeliste.hent","fra":"{sender}","filer":["../hent.xml"]}}"#
    );
    fs::write(inbox.join("melding.json"), manifest).unwrap();
    let handled = archive.step().await.unwrap();
    assert_eq!(handled, Handled::Answered { message: id, with: MessageKind::CodeListResult });
    assert_eq!(archive.step().await.unwrap(), Handled::Nothing);
    assert!(!inbox.exists() && root.path().join("ferdig").join(id.to_string()).exists());

    let outbox: Vec<_> = fs::read_dir(root.path().join("ut")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(outbox.len(), 1);
    let manifest = fs::read_to_string(outbox[0].join("melding.json")).unwrap();
    assert!(
        manifest.contains(&format!("\"svarPaMelding\":\"{id}\""))
            && manifest.contains(&format!("\"til\":\"{sender}\""))
    );
    assert!(fs::read_to_string(outbox[0].join("0")).unwrap().contains("Avsluttet"));
}

/// Leaves a question with one file, which stands there as it is made.
fn leave(root: &Path, id: u128, sender: Uuid, make: impl FnOnce(&Path)) {
    let id = Uuid::from_u128(id);
    let inbox = root.join("inn").join(id.to_string());
    fs::create_dir_all(&inbox).unwrap();
    make(&inbox.join("0"));
    let kind = "no.ks.fiks.arkiv.v1.innsyn.kodeliste.hent";
    let manifest = format!(r#"{{"id":"{id}","type":"{kind}","fra":"{sender}","filer":["hent.xml"]}}"#);
    fs::write(inbox.join("melding.json"), manifest).unwrap();
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_answered_and_holds_none_up() {
    let root = tempfile::tempdir().unwrap();
    let sender = Uuid::from_u128(0xf);
    leave(root.path(), 1, sender, |file| fs::create_dir(file).unwrap());
    leave(root.path(), 2, sender, |_| {});
    leave(root.path(), 3, sender, |file| fs::write(file, QUESTION).unwrap());
    let transport = Arc::new(FolderTransport::new(root.path(), sender, Arc::new(SeededEntropy::new(1))));
    let clock = ManualClock::at("2026-03-02T08:15:00Z");
    let desk = Arc::new(MemoryDesk::new("skole", "skole", clock.port()));
    let archive = FiksArkiv::new(transport, clock.port(), FiksArkivSettings::default()).with_desk(sender, desk);
    for (id, with) in [(1, MessageKind::Invalid), (2, MessageKind::Invalid), (3, MessageKind::CodeListResult)] {
        assert_eq!(archive.step().await.unwrap(), Handled::Answered { message: Uuid::from_u128(id), with });
    }
    assert_eq!(archive.step().await.unwrap(), Handled::Nothing);
    assert_eq!(fs::read_dir(root.path().join("ut")).unwrap().count(), 3);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let root = tempfile::tempdir().unwrap();
    let sender = Uuid::from_u128(0xf);
    fs::write(root.path().join("hemmelig.xml"), QUESTION).unwrap();
    let secret = root.path().join("hemmelig.xml");
    leave(root.path(), 1, sender, |file| std::os::unix::fs::symlink(&secret, file).unwrap());
    leave(root.path(), 2, sender, |file| fs::write(file, QUESTION).unwrap());
    let inbox = root.path().join("inn");
    let (second, elsewhere) = (inbox.join(Uuid::from_u128(2).to_string()), root.path().join("annet"));
    fs::rename(&second, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &second).unwrap();
    let transport = FolderTransport::new(root.path(), sender, Arc::new(SeededEntropy::new(1)));
    assert_eq!(transport.receive().await.unwrap().unwrap().id, Uuid::from_u128(1));
    assert_eq!(transport.receive().await.unwrap(), None, "a folder elsewhere is no message");
    let opened = transport.open(Uuid::from_u128(1), "hent.xml").await.map(|_| ());
    assert_eq!(opened.unwrap_err().kind(), PortErrorKind::Rejected);
}

#[tokio::test]
async fn a_message_put_back_comes_after_the_others() {
    let root = tempfile::tempdir().unwrap();
    let sender = Uuid::from_u128(0xf);
    for id in 1..=3 {
        leave(root.path(), id, sender, |file| fs::write(file, QUESTION).unwrap());
    }
    let transport = FolderTransport::new(root.path(), sender, Arc::new(SeededEntropy::new(1)));
    let mut order = Vec::new();
    for _ in 0..7 {
        let message = transport.receive().await.unwrap().unwrap();
        order.push(message.id.as_u128());
        if message.id.as_u128() == 3 {
            transport.acknowledge(message.id).await.unwrap();
        } else {
            transport.put_back(message.id).await.unwrap();
        }
    }
    assert_eq!(order, [1, 2, 3, 1, 2, 1, 2]);
}

#[tokio::test]
async fn a_message_put_back_comes_again_and_a_file_is_read_by_its_name_alone() {
    let root = tempfile::tempdir().unwrap();
    let id = Uuid::from_u128(1);
    let inbox = root.path().join("inn").join(id.to_string());
    fs::create_dir_all(&inbox).unwrap();
    fs::write(inbox.join("0"), "innhold").unwrap();
    let manifest = format!(r#"{{"id":"{id}","type":"x","fra":"{id}","filer":["../../a"]}}"#);
    fs::write(inbox.join("melding.json"), manifest).unwrap();
    let transport = FolderTransport::new(root.path(), id, Arc::new(SeededEntropy::new(1)));
    assert_eq!(transport.receive().await.unwrap().unwrap().id, id);
    assert_eq!(transport.receive().await.unwrap(), None, "it is being worked on");
    transport.put_back(id).await.unwrap();
    assert_eq!(transport.receive().await.unwrap().unwrap().files, ["../../a"]);
    let content: Vec<bytes::Bytes> = transport.open(id, "../../a").await.unwrap().try_collect().await.unwrap();
    assert_eq!(content.concat(), b"innhold");
    assert!(transport.open(id, "0").await.is_err(), "that is no name of the message's");
    transport.acknowledge(id).await.unwrap();
    transport.acknowledge(id).await.unwrap();
}
