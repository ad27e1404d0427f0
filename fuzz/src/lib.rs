//! What is fuzzed, as plain functions: each takes any bytes, must come back without a panic, and checks what must hold of the
//! outcome. `README.md` says how they are run.
#![forbid(unsafe_code)]

mod altinn;
mod closed_desk;
mod einnsyn;
mod forms;
mod other_side;
mod recruitment;
pub mod seeds;
mod specialist;

use std::{
    cell::OnceCell,
    future::Future,
    sync::{Arc, OnceLock},
};

use sakarkiv_audit::{CsvOptions, CsvWriter, ExportLine, ExportReader, Note, Origin, Verdict, VerifierKey, verify};
use sakarkiv_cms::{
    CmsError, ContentCipher, Discard, EncryptOptions, Identity, InMemory, Keyring, Limits, Recipient, decrypt, encrypt,
};
use sakarkiv_core::{
    case::CaseNumber,
    delivery::{Recipient as Receiver, Reference, RemoteId},
    document::{FileName, MediaType},
    identity::{
        AccountId, ChannelId, ControlDigits, CountryCode, InboxId, LetterId, NationalIdentityNumber,
        OrganisationNumber, TenantId,
    },
    ports::{Channel as _, Inbox as _, ItemId, ReachQuery},
    sensitivity::SensitivityClass,
};
use sakarkiv_http::{GrantKey, Maskinporten, TokenRequest, TokenSource as _};
use sakarkiv_svarut::{Surroundings, SvarUtChannel, svarinn::SvarInn};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

pub use altinn::{altinn_answer, altinn_token};
pub use einnsyn::{einnsyn_answer, einnsyn_order};
pub use forms::{acos_form, form_tables, mail, manifest, sheet};
use other_side::{Answer, Counting, OneToken, OtherSide, Sink, Still};
pub use recruitment::{jobs_answer, recruitment_delivery};
pub use specialist::{fiks_message, geo_call, xml};

/// A target, its name and its seeds.
pub struct Target {
    /// As cargo-fuzz knows it.
    pub name: &'static str,
    /// The target.
    pub run: fn(&[u8]),
    /// Where to begin.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: [Target; 25] = [
    Target { name: "cms", run: cms, seeds: seeds::cms },
    Target { name: "cms_edited", run: cms_edited, seeds: seeds::edits },
    Target { name: "key_file", run: key_file, seeds: seeds::key_files },
    Target { name: "names", run: names, seeds: seeds::names },
    Target { name: "identity", run: identity, seeds: seeds::identities },
    Target { name: "svarinn_list", run: svarinn_list, seeds: seeds::svarinn_lists },
    Target { name: "svarinn_content", run: svarinn_content, seeds: seeds::svarinn_contents },
    Target { name: "svarut_answer", run: svarut_answer, seeds: seeds::svarut_answers },
    Target { name: "einnsyn_answer", run: einnsyn_answer, seeds: einnsyn::answers },
    Target { name: "einnsyn_order", run: einnsyn_order, seeds: einnsyn::orders },
    Target { name: "maskinporten_answer", run: maskinporten_answer, seeds: seeds::maskinporten_answers },
    Target { name: "altinn_answer", run: altinn_answer, seeds: altinn::altinn_answers },
    Target { name: "altinn_token", run: altinn_token, seeds: altinn::altinn_tokens },
    Target { name: "audit_export", run: audit_export, seeds: seeds::audit_exports },
    Target { name: "audit_note", run: audit_note, seeds: seeds::audit_notes },
    Target { name: "jobs_answer", run: jobs_answer, seeds: recruitment::job_lists },
    Target { name: "recruitment_delivery", run: recruitment_delivery, seeds: recruitment::deliveries },
    Target { name: "xml", run: xml, seeds: seeds::xml_documents },
    Target { name: "fiks_message", run: fiks_message, seeds: seeds::fiks_messages },
    Target { name: "geo_call", run: geo_call, seeds: seeds::geo_calls },
    Target { name: "manifest", run: manifest, seeds: forms::manifests },
    Target { name: "acos_form", run: acos_form, seeds: forms::acos_forms },
    Target { name: "mail", run: mail, seeds: forms::mails },
    Target { name: "sheet", run: sheet, seeds: forms::sheets },
    Target { name: "form_tables", run: form_tables, seeds: forms::tables },
];

/// A CMS message.
pub fn cms(data: &[u8]) {
    // Whatever it is, it ends.
    let _ = decrypt(data, keyring(), Discard, &limits());
}

/// A sound CMS message after edits. The first byte chooses the message; of the rest each four bytes are one edit: where (two
/// bytes), what, and with which value.
pub fn cms_edited(data: &[u8]) {
    let Some((kind, edits)) = data.split_first() else { return };
    let cipher = if kind & 1 == 0 { ContentCipher::Aes256Cbc } else { ContentCipher::Aes256Gcm };
    let content: Vec<u8> = (0..=255).cycle().take(usize::from(*kind) * 16).collect();
    let mut message = sealed(&content, cipher, kind & 2 != 0);
    let sound = message.clone();
    for edit in edits.chunks_exact(4) {
        let [high, low, what, value] = *edit else { continue };
        let at = usize::from(u16::from_be_bytes([high, low])) % message.len().max(1);
        match what % 4 {
            0 => message.iter_mut().skip(at).take(1).for_each(|byte| *byte = value),
            1 => message.insert(at.min(message.len()), value),
            2 => drop((at < message.len()).then(|| message.remove(at))),
            _ => message.truncate(at),
        }
    }
    match decrypt(&message[..], keyring(), InMemory::new(), &limits()) {
        Ok(opened) if opened.cipher.is_authenticated() => assert_eq!(opened.content.as_slice(), &content[..]),
        Ok(opened) => assert_eq!(opened.bytes, opened.content.len() as u64),
        Err(CmsError::Io(error)) => panic!("memory does not fail: {error}"),
        Err(_) => assert_ne!(message, sound, "an untouched message was refused"),
    }
}

/// A file of keys, with and without a password.
pub fn key_file(data: &[u8]) {
    for password in [None, Some("passord")] {
        let mut ring = Keyring::new();
        let added = ring.add(data, password);
        assert!(added.is_ok() || ring.is_empty(), "a file that was refused left a key behind");
    }
    let _ = Recipient::from_certificate(data);
}

/// Names of files and of their formats.
pub fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let name = FileName::sanitize(&text);
    let plain = name.as_str();
    assert!(!plain.is_empty() && plain.len() <= FileName::MAX_BYTES);
    assert!(!plain.contains(['/', '\\', '\0', ':']) && plain != "." && plain != "..");
    assert_eq!(FileName::parse(plain).as_ref(), Ok(&name), "sanitizing twice changed something");
    let numbered = name.numbered(2);
    assert_eq!(FileName::parse(numbered.as_str()).as_ref(), Ok(&numbered));
    assert_ne!(numbered, name);
    let kind = MediaType::sanitize(&text);
    assert_eq!(MediaType::sanitize(kind.as_str()), kind);
}

/// Numbers of people, organisations and cases.
pub fn identity(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for rule in [ControlDigits::Modulus11, ControlDigits::From2032] {
        if let Ok(number) = NationalIdentityNumber::parse_with(&text, rule) {
            assert_eq!(NationalIdentityNumber::parse_with(number.digits(), rule).as_ref(), Ok(&number));
            assert!(!format!("{number} {number:?}").contains(|c: char| c.is_ascii_digit()));
        }
    }
    if let Ok(number) = OrganisationNumber::parse(&text) {
        assert_eq!(OrganisationNumber::parse(number.as_str()), Ok(number));
    }
    if let Ok(number) = text.parse::<CaseNumber>() {
        assert_eq!(number.to_string().parse(), Ok(number));
    }
    let _ = CountryCode::new(&text);
}

/// SvarInn's list, and the mail that its first readable element becomes. The first byte chooses the version.
pub fn svarinn_list(data: &[u8]) {
    let Some((version, list)) = data.split_first() else { return };
    let list = Answer::new(200, list);
    let list_v2 = if version & 1 == 0 { list.clone() } else { Answer::new(404, b"") };
    let document = sealed(b"%PDF-1.7 uttalelse", ContentCipher::Aes256Cbc, false);
    let side = OtherSide::new(move |path| match path {
        _ if path.ends_with("/v2/forsendelser") => list_v2.clone(),
        _ if path.ends_with("/hentNyeForsendelser") => list.clone(),
        _ => Answer::new(200, &document),
    });
    let inbox = inbox(side);
    wait(async {
        let Ok(waiting) = inbox.list().await else { return };
        let _ = inbox.remarks();
        if let Some(item) = waiting.iter().find(|item| item.problem.is_none()) {
            fetch(&inbox, &item.id).await;
        }
    });
}

/// What is inside a shipment: an archive, or a document alone.
pub fn svarinn_content(data: &[u8]) {
    let inbox = inbox(one_shipment(data));
    wait(async {
        let waiting = inbox.list().await.expect("the list is sound");
        for item in waiting {
            fetch(&inbox, &item.id).await;
        }
    });
}

/// A SvarInn where one shipment waits, with this content.
fn one_shipment(content: &[u8]) -> OtherSide {
    let shipment = sealed(content, ContentCipher::Aes256Cbc, false);
    OtherSide::new(move |path| match path {
        _ if path.ends_with("/v2/forsendelser") => Answer::new(200, seeds::list_of_one_file().as_bytes()),
        _ => Answer::new(200, &shipment),
    })
}

/// SvarUt's answer: the first byte chooses the call, the second the status.
pub fn svarut_answer(data: &[u8]) {
    let [call, status, body @ ..] = data else { return };
    let answer = Answer::new(STATUSES[usize::from(*status) % STATUSES.len()], body);
    let config = serde_json::from_str(seeds::SVARUT_CONFIG).expect("a sound configuration");
    let surroundings = Surroundings {
        service: Arc::new(OtherSide::new(move |_| answer.clone())),
        tokens: Arc::new(OneToken),
        clock: Arc::new(Still),
        entropy: Arc::new(Counting::default()),
    };
    let id = ChannelId::new("svarut").expect("a name");
    let channel = SvarUtChannel::new(id, config, "passord".into(), surroundings).expect("a sound configuration");
    let account = AccountId::new("byplan").expect("a name");
    let remote = RemoteId(seeds::SHIPMENT.to_owned());
    wait(async {
        match call % 6 {
            0 => drop(channel.find(&account, &Reference::of(LetterId::from_uuid(Uuid::nil()))).await),
            1 => drop(channel.status(&account, &[remote]).await),
            2 => drop(channel.history(&account, &remote).await),
            3 => drop(channel.reach(&account, &query()).await),
            4 => drop(channel.check(&account).await),
            _ => drop(channel.send(&account, seeds::dispatch()).await),
        }
    });
}

/// Maskinporten's answer: the first byte chooses the status.
pub fn maskinporten_answer(data: &[u8]) {
    let Some((status, body)) = data.split_first() else { return };
    let answer = Answer::new(STATUSES[usize::from(*status) % STATUSES.len()], body);
    let config = serde_json::from_str(seeds::MASKINPORTEN_CONFIG).expect("a sound configuration");
    let key = ours().private_key_pem().to_string().into();
    let key = GrantKey::with_key_id(&key, "kid").expect("our key");
    let service = Arc::new(OtherSide::new(move |_| answer.clone()));
    let source = Maskinporten::new(config, key, service, Arc::new(Still), Arc::new(Counting::default()));
    let request = TokenRequest::scopes(["ks:fiks"]);
    wait(async {
        for _ in 0..2 {
            if let Ok(token) = source.token(&request).await {
                assert!(token.bearer().is_some(), "a token that no header carries was kept");
                source.invalidate(&request, &token).await;
            }
        }
    });
}

/// An export of an audit log.
pub fn audit_export(data: &[u8]) {
    let keys = [seeds::audit_key()];
    let (whole, part) = seeds::audit_checkpoints();
    for published in [&[][..], &[part.clone()], &[whole.clone()]] {
        let Verdict::Sound(report) = verify(data, &keys, published).expect("memory does not fail") else { continue };
        // Whoever has not the key cannot make a sound log of another content.
        if report.attested == whole.size {
            assert_eq!(report.root, whole.root, "another log was taken for the signed one");
        }
    }
    let Ok((_, mut reader)) = ExportReader::new(data) else { return };
    let mut table = CsvWriter::new(Vec::new(), CsvOptions::new()).expect("memory does not fail");
    while let Ok(Some(line)) = reader.next_line() {
        let ExportLine::Entry(entry) = line else { continue };
        table.entry(&entry).expect("memory does not fail");
        let json = serde_json::to_vec(&entry).expect("an entry can be written");
        assert_eq!(serde_json::from_slice(&json).ok().as_ref(), Some(&entry), "an entry came back as another");
        let _ = (entry.check(), entry.event());
    }
}

/// A signed checkpoint, a verifier key, the name of a log.
pub fn audit_note(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(note) = Note::parse(&text) {
        assert_eq!(note.to_string(), text, "a note came back as another");
        if let Ok(opened) = note.open(&[seeds::audit_key()]) {
            let (whole, part) = seeds::audit_checkpoints();
            assert!([whole, part].contains(&opened), "a checkpoint that was never signed was taken for one");
        }
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string().parse(), Ok(key));
    }
    if let Ok(origin) = Origin::parse(&text) {
        assert_eq!(origin.as_str(), text);
    }
}

const STATUSES: [u16; 14] = [200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503];

fn query() -> ReachQuery {
    let number = OrganisationNumber::parse("310000027").expect("a test number");
    let recipient = Receiver::Organisation { number, name: "Eksempelvik kommune".into(), address: None };
    ReachQuery { recipient, sensitivity: SensitivityClass::Confidential, message_type: None }
}

fn inbox(side: OtherSide) -> SvarInn {
    let config = seeds::svarinn_config();
    let id = InboxId::new("svarinn").expect("a name");
    let keyring = Keyring::new().with(ours().private_key_der(), None).expect("our key");
    SvarInn::new(id, config, keyring, Arc::new(side), Arc::new(Still)).expect("a sound configuration")
}

/// How many documents came, if the mail was taken in.
async fn fetch(inbox: &SvarInn, item: &ItemId) -> Option<usize> {
    let tenant = TenantId::new("bodo").expect("a name");
    let mail = inbox.fetch(&tenant, item, Arc::new(Sink)).await.ok()?;
    assert_eq!(mail.id, *item);
    for document in &mail.documents {
        assert!(FileName::parse(document.file_name.as_str()).is_ok(), "a document has a name that is none");
    }
    Some(mail.documents.len())
}

/// A message to us.
fn sealed(content: &[u8], cipher: ContentCipher, whole: bool) -> Vec<u8> {
    let mut options = EncryptOptions::default().with_cipher(cipher);
    if whole {
        options = options.with_content_length(content.len() as u64);
    }
    let recipient = Recipient::from_certificate(ours().certificate_der()).expect("our certificate");
    let mut message = Vec::new();
    encrypt(content, &[recipient], &mut message, &options).expect("memory does not fail");
    message
}

/// Our key, made once a process: a key in the repository would be taken for a secret.
fn ours() -> &'static Identity {
    static OURS: OnceLock<Identity> = OnceLock::new();
    OURS.get_or_init(|| Identity::generate("Prøve kommune").expect("the machine makes keys"))
}

fn keyring() -> &'static Keyring {
    static KEYRING: OnceLock<Keyring> = OnceLock::new();
    KEYRING.get_or_init(|| Keyring::new().with(ours().private_key_der(), None).expect("our key"))
}

fn limits() -> Limits {
    Limits::default().with_message_bytes(16 << 20)
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: OnceCell<Runtime> = const { OnceCell::new() };
    }
    RUNTIME.with(|runtime| {
        let runtime = runtime.get_or_init(|| Builder::new_current_thread().build().expect("a runtime"));
        runtime.block_on(work)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_content_comes_through_and_hostile_names_do_not() {
        let documents = |content: &[u8]| {
            let inbox = inbox(one_shipment(content));
            wait(async {
                let waiting = inbox.list().await.expect("the list is sound");
                fetch(&inbox, &waiting[0].id).await
            })
        };
        let seeds = seeds::svarinn_contents();
        assert_eq!(documents(&seeds[0]), Some(1), "an archive");
        assert_eq!(documents(seeds::PDF), Some(1), "a document alone");
        assert_eq!(documents(&seeds[2]), None, "an archive with a path in it");
    }
}
