//! Sound and odd inputs to begin with.

use std::{
    io::{Cursor, Write as _},
    sync::{Arc, OnceLock},
};

use chrono::TimeDelta;
use sakarkiv_audit::{
    Checkpoint, CheckpointSigner as _, Ed25519Signer, ExportHeader, ExportWriter, Frontier, Note, Origin, Salt,
    SealedEntry, VerifierKey,
};
use sakarkiv_cms::ContentCipher;
use sakarkiv_core::{
    audit::{Activity, AuditEvent, LogClass, ObjectRef},
    case::CaseNumber,
    delivery::{Letter, LetterDocument, LetterOptions, Priority, Recipient, Reference, Sender},
    document::{BlobRef, FileName, MediaType},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, LetterId, OrganisationNumber, PostalAddress, TenantId,
        Timestamp, UnitId,
    },
    journal::{EntryKind, EntryNumber, NewEntry},
    ports::{Dispatch, Reach},
    routing::{Coverage, MailboxKind, PrintSetting, Route, clear},
    sensitivity::SensitivityClass,
};
use sakarkiv_svarut::svarinn::SvarInnConfig;
use serde_json::{Value, json};
use uuid::Uuid;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{other_side::Sink, ours, sealed};

pub(crate) const SHIPMENT: &str = "2d0b7a55-2c61-4c0f-9f0e-3f0a6c1b7e10";
pub(crate) const PDF: &[u8] = b"%PDF-1.7 uttalelse";

const BASE: &str = "https://test.svarut.ks.no/tjenester";

pub(crate) const SVARUT_CONFIG: &str = r#"{
    "base_url": "https://test.svarut.ks.no/api",
    "integration_id": "0f9f3c0e-6a1b-4f0e-8a37-2a7f1fd5d6e2",
    "accounts": {"byplan": {"konto": "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11", "print": "print_when_unopened"}}
}"#;

pub(crate) const MASKINPORTEN_CONFIG: &str = r#"{
    "token_url": "https://test.maskinporten.no/token",
    "audience": "https://test.maskinporten.no/",
    "client_id": "5d1f0ac4-0000-4000-8000-000000000001"
}"#;

/// CMS messages.
pub fn cms() -> Vec<Vec<u8>> {
    let sorts = [ContentCipher::Aes128Cbc, ContentCipher::Aes256Cbc, ContentCipher::Aes256Gcm];
    let mut seeds: Vec<Vec<u8>> = sorts
        .into_iter()
        .flat_map(|cipher| [sealed(PDF, cipher, false), sealed(&[7; 3000], cipher, true), sealed(b"", cipher, false)])
        .collect();
    // Indefinite lengths without end, lengths beyond all memory, and no message at all.
    seeds.push([0x30, 0x80].repeat(200));
    seeds.push(vec![0x30, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    seeds.push(b"-----BEGIN CMS-----\n".to_vec());
    seeds
}

/// Edits of a sound message.
pub fn edits() -> Vec<Vec<u8>> {
    let edits: [&[u8]; 5] = [&[], &[0, 40, 0, 0x80], &[1, 0, 1, 7], &[0, 9, 2, 0], &[1, 90, 3, 0]];
    (0..4).flat_map(|kind| edits.map(|edit| [&[kind + 64], edit].concat())).collect()
}

/// Key files.
pub fn key_files() -> Vec<Vec<u8>> {
    vec![
        ours().private_key_der().to_vec(),
        ours().private_key_pem().as_bytes().to_vec(),
        ours().certificate_der().to_vec(),
        ours().certificate_pem().into_bytes(),
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n".to_vec(),
        b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n"
            .to_vec(),
        // A PKCS#12 envelope without content, and PBES2 with a great many rounds.
        vec![0x30, 0x05, 0x02, 0x01, 0x03, 0x30, 0x00],
        PBES2_MANY_ROUNDS.to_vec(),
    ]
}

/// EncryptedPrivateKeyInfo under PBES2 with PBKDF2 (2^31 - 1 rounds, HMAC-SHA-256) and AES-256-CBC.
const PBES2_MANY_ROUNDS: &[u8] = &[
    0x30, 0x6a, 0x30, 0x57, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d, 0x30, 0x4a, 0x30, 0x29,
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c, 0x30, 0x1c, 0x04, 0x08, 1, 2, 3, 4, 5, 6, 7, 8,
    0x02, 0x04, 0x7f, 0xff, 0xff, 0xff, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09, 0x30,
    0x1d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a, 0x04, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0x04, 0x0f, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
];

/// File names and media types.
pub fn names() -> Vec<Vec<u8>> {
    let long = format!("{}.pdf", "ø".repeat(300));
    let texts = [
        "vedtak.pdf",
        "../../etc/passwd",
        r"C:\Users\x\brev.docx",
        "nul",
        "com1.txt",
        "a\0b.pdf",
        "a\u{30a}r.pdf",
        "..",
        " . ",
        "fdp.\u{202e}exe",
        &long,
        "application/pdf; charset=utf-8",
        "text/PLAIN",
        "e\u{200b}\u{301}.x",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Numbers of people, organisations and cases.
pub fn identities() -> Vec<Vec<u8>> {
    ["018190 00553", "01819000553", "310000027", "310 000 043", "2026/123", "26/1", "NO", "٣١٠٠٠٠٠٢٧", "419190 00553"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
}

/// SvarInn's lists, after the byte that chooses the version.
pub fn svarinn_lists() -> Vec<Vec<u8>> {
    let (two, one) = (json!([v2()]), json!([v1()]));
    let odd = json!([null, 7, {}, {"id": 7}, {"id": SHIPMENT, "filer": "x"}, v2(), v1()]);
    let lists = [(0, two.to_string()), (1, one.to_string()), (0, odd.to_string()), (1, odd.to_string())];
    let broken = [(0, "[".to_owned()), (1, "{}".to_owned()), (0, "[".repeat(2000))];
    lists.into_iter().chain(broken).map(|(version, text)| [&[version], text.as_bytes()].concat()).collect()
}

/// Archives and a document alone.
pub fn svarinn_contents() -> Vec<Vec<u8>> {
    vec![
        zipped(&[("uttalelse.pdf", PDF)]),
        zipped(&[]),
        zipped(&[("../uttalelse.pdf", PDF), ("uttalelse.pdf", b"")]),
        zipped(&[("uttalelse.pdf", &[0; 100_000])]),
        PDF.to_vec(),
        Vec::new(),
    ]
}

/// SvarUt's answers, after the bytes that choose call and status.
pub fn svarut_answers() -> Vec<Vec<u8>> {
    let hits = json!({"forsendelser": [{"id": SHIPMENT, "eksternRef": "x", "status": "LEST", "sistEndret": "2026-09-15T08:00:00Z"}]});
    let statuses =
        json!({"statuser": [{"forsendelsesId": SHIPMENT, "status": "LEST", "sistEndret": 1_789_459_200_000_i64}]});
    let history = json!({"hendelser": [{"tidspunkt": "2026-09-15T08:00:00Z", "tekst": "Lest", "status": "LEST"}]});
    let systems = json!([{"mottakerSystem": {"id": SHIPMENT, "nivaa": 4}, "forsendelseType": null, "niva": 4}]);
    let sent = json!({"id": SHIPMENT});
    let refusal = json!({"timestamp": 1, "status": 400, "error": "x", "errorId": "a", "errorCode": "b", "errorJson": {"c": 1},
        "message": "Duplikat"});
    let bodies = [hits, statuses, history, systems, sent, refusal, json!([]), json!(null)];
    let all = (0..6).flat_map(|call| {
        bodies.iter().flat_map(move |body| [0, 4].map(|status| [&[call, status], body.to_string().as_bytes()].concat()))
    });
    all.collect()
}

/// Maskinporten's answers, after the byte that chooses the status.
pub fn maskinporten_answers() -> Vec<Vec<u8>> {
    let bodies = [
        r#"{"access_token":"abc.def.ghi","token_type":"Bearer","expires_in":119,"scope":"ks:fiks"}"#,
        r#"{"access_token":"a\nb","expires_in":-1}"#,
        r#"{"access_token":"a","expires_in":99999999999999999999}"#,
        r#"{"access_token":"a","expires_in":9223372036854775807}"#,
        r#"{"error":"invalid_grant","error_description":"x"}"#,
        "",
    ];
    bodies.iter().flat_map(|body| [0, 4].map(|status| [&[status], body.as_bytes()].concat())).collect()
}

/// Exports of audit logs: whole, pruned, with an erased field, and what only looks like one.
pub fn audit_exports() -> Vec<Vec<u8>> {
    let log = AuditLog::new();
    let mut erased = log.entries.clone();
    erased[1].erase("query");
    let whole = log.export(&log.entries, 0, vec![log.note(3, 0)]);
    let mut odd = whole.clone();
    odd.extend_from_slice(b"{}\n");
    let peaks = br#"{"format":"sakarkiv-audit-log","version":1,"origin":"a/bodo/security","tenant":"bodo","class":"security","start":18446744073709551615,"frontier":{"size":18446744073709551615,"peaks":[]},"checkpoints":[]}"#;
    vec![
        log.export(&erased, 0, Vec::new()),
        log.export(&log.entries, 2, vec![log.note(3, 2)]),
        log.export(&log.entries, 0, Vec::new()),
        whole,
        odd,
        [&peaks[..], b"\n"].concat(),
    ]
}

/// Signed checkpoints, verifier keys, names of logs.
pub fn audit_notes() -> Vec<Vec<u8>> {
    let log = AuditLog::new();
    let texts = [
        log.note(3, 0).to_string(),
        log.note(2, 0).to_string(),
        "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— k AAAAAAAA\n".to_owned(),
        audit_key().to_string(),
        "a/bodo/security".to_owned(),
    ];
    texts.map(String::into_bytes).to_vec()
}

pub(crate) fn audit_key() -> VerifierKey {
    AuditLog::signer().key().clone()
}

/// The checkpoints of the whole log and of a part of it that were ever signed.
pub(crate) fn audit_checkpoints() -> (Checkpoint, Checkpoint) {
    static SIGNED: OnceLock<(Checkpoint, Checkpoint)> = OnceLock::new();
    let signed = SIGNED.get_or_init(|| {
        let log = AuditLog::new();
        let opened = |note: Note| note.open(&[audit_key()]).expect("our own note");
        (opened(log.note(3, 0)), opened(log.note(2, 0)))
    });
    signed.clone()
}

/// An audit log of three entries.
struct AuditLog {
    entries: Vec<SealedEntry>,
}

impl AuditLog {
    fn new() -> Self {
        let event = |number: i64| {
            let (tenant, actor) = (TenantId::new("bodo").expect("a name"), ActorId::new("u-42").expect("a name"));
            AuditEvent::new(now() + TimeDelta::seconds(number), tenant, actor, Activity::LogRead, ObjectRef::Log)
                .from_client("ws-12")
                .with_detail("query", "actor = u-7")
        };
        let sealed = (0..3).map(|number: u8| {
            SealedEntry::seal_with(&event(number.into()), number.into(), |_| Salt::from_bytes([number; 32]))
        });
        Self { entries: sealed.map(|entry| entry.expect("a small event")).collect() }
    }

    fn frontier(&self, size: usize) -> Frontier {
        let mut frontier = Frontier::new();
        self.entries.iter().take(size).for_each(|entry| frontier.append(entry.leaf));
        frontier
    }

    fn note(&self, size: usize, start: u64) -> Note {
        let checkpoint = Checkpoint::of(Self::origin(), &self.frontier(size)).pruned_to(start);
        checkpoint.sign(&Self::signer()).expect("memory does not fail")
    }

    fn export(&self, entries: &[SealedEntry], start: usize, checkpoints: Vec<Note>) -> Vec<u8> {
        let header = ExportHeader::new(Self::origin(), self.frontier(start), checkpoints);
        let mut writer = ExportWriter::new(Vec::new(), &header).expect("memory does not fail");
        entries.iter().skip(start).for_each(|entry| writer.entry(entry).expect("the next entry"));
        writer.finish().expect("memory does not fail")
    }

    fn origin() -> Origin {
        Origin::new("a", TenantId::new("bodo").expect("a name"), LogClass::Security).expect("a name")
    }

    fn signer() -> Ed25519Signer {
        Ed25519Signer::from_seed("k", &[7; 32]).expect("a key")
    }
}

/// A sound V2 list whose one shipment has one file, without a hash.
pub(crate) fn list_of_one_file() -> String {
    let mut element = v2();
    element["filer"] = json!([{"filnavn": "uttalelse.pdf", "mimeType": "application/pdf"}]);
    json!([element]).to_string()
}

pub(crate) fn svarinn_config() -> SvarInnConfig {
    let base = BASE.parse().expect("an address");
    let mut config = SvarInnConfig::new(base, "arkiv", "passord".into());
    config.limits.total_bytes = 8 << 20;
    config.limits.file_bytes = 8 << 20;
    config
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_timestamp(1_789_459_200, 0).expect("a moment")
}

/// A letter to be sent.
pub(crate) fn dispatch() -> Dispatch {
    let address = || PostalAddress::new(["Rådhusgata 2"], "0151", "Oslo").expect("an address");
    let number = |text| OrganisationNumber::parse(text).expect("a test number");
    let account = AccountId::new("byplan").expect("a name");
    let (tenant, actor) = (TenantId::new("bodo").expect("a name"), ActorId::new("u-42").expect("a name"));
    let (case, entry) = (CaseId::from_uuid(Uuid::from_u128(2)), EntryId::from_uuid(Uuid::from_u128(3)));
    let letter = Letter {
        id: LetterId::from_uuid(Uuid::from_u128(1)),
        tenant: tenant.clone(),
        case,
        entry,
        submitted_by: actor.clone(),
        submitted: now(),
        sender: Sender {
            account: account.clone(),
            unit: UnitId::new("byplan").expect("a name"),
            name: "Prøvedal kommune".to_owned(),
            organisation: number("310000043"),
            address: address(),
        },
        recipient: Recipient::Organisation {
            number: number("310000027"),
            name: "Eksempelvik kommune".into(),
            address: Some(address()),
        },
        title: "Svar på søknad".into(),
        sensitivity: SensitivityClass::Open,
        priority: Priority::General,
        options: LetterOptions::default(),
        documents: vec![LetterDocument {
            file_name: FileName::sanitize("brev.pdf"),
            media_type: MediaType::pdf(),
            blob: BlobRef::of(PDF),
            sensitive_personal_data: false,
        }],
    };
    let new = NewEntry::new(EntryKind::Outgoing, "Intern tittel".into(), actor);
    let number = CaseNumber::new(2026, 417).ok().and_then(|case| EntryNumber::new(case, 3, 2026, 1093).ok());
    let entry = new.register(entry, tenant, case, number.expect("a number"), now()).expect("a sound entry");
    let reach = Reach { mailboxes: vec![MailboxKind::OrganisationInbox], print: PrintSetting::PrintWhenUnopened };
    let route = Route { channel: ChannelId::new("svarut").expect("a name"), account, reach };
    let reference = Reference::of(letter.id);
    let letter = clear(letter, &[route], Coverage::Held).expect("the rules allow it").1;
    Dispatch { letter, entry, reference, blobs: Arc::new(Sink) }
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).expect("memory does not fail");
        zip.write_all(content).expect("memory does not fail");
    }
    zip.finish().expect("memory does not fail").into_inner()
}

fn v2() -> Value {
    json!({
        "id": SHIPMENT,
        "avsender": {"organisasjonsnummer": "310000043", "postadresse": {"navn": "Prøvedal kommune",
            "adresselinje1": "Postboks 10", "postnummer": "5003", "poststed": "Bergen"}},
        "mottaker": {"organisasjonsnummer": "310000027", "postadresse": {"navn": "Eksempelvik kommune", "poststed": "Oslo"}},
        "tittel": "Uttalelse til reguleringsplan", "dato": "2026-09-15T08:00:00Z", "sikkerhetsniva": "HOYESTE",
        "taushetsbelagtPost": true,
        "metadataFraAvleverendeSystem": {"mappeId": {"saksaar": 2026, "sakssekvensnummer": 417},
            "journalpostId": {"journalaar": 2026, "journalpostnummer": 3}, "journalposttype": "U",
            "dokumentetsDato": "2026-09-14T00:00:00+02:00",
            "virksomhetsspesifikkeMetadata": [{"key": "planid", "value": "2026-04"}]},
        "metadataForImport": {"mappeId": {"saksaar": 2025, "sakssekvensnummer": 12}},
        "filer": [{"filnavn": "uttalelse.pdf", "mimeType": "application/pdf"}],
        "svarPaForsendelse": "5b0e0f6a-6f0c-4c0e-9a53-0d4e3f1f7c11", "eksternRef": "sak-2026-000417-jp-3",
        "lenker": [{"lenke": "https://example.no/kart", "tekst": "Kart"}],
        "nedlastingslenke": format!("{BASE}/svarinn/forsendelse/{SHIPMENT}"), "avgivendeSystem": "sakarkiv 0.1"
    })
}

fn v1() -> Value {
    json!({
        "id": SHIPMENT, "tittel": "Uttalelse til reguleringsplan", "date": 1_789_459_200_000_i64, "niva": "3",
        "avsender": {"navn": "Prøvedal kommune", "adresselinje1": "", "postnr": "5003", "poststed": "Bergen"},
        "mottaker": {"navn": "Eksempelvik kommune", "postnr": "0151", "poststed": "Oslo", "orgnr": "310000027", "fnr": null},
        "svarSendesTil": {"navn": "Prøvedal kommune", "adresse1": "Postboks 10", "postnr": "5003", "poststed": "Bergen",
            "land": "", "orgnr": "310000043", "fnr": null},
        "metadataFraAvleverendeSystem": {"sakssekvensnummer": 417, "saksaar": 2026, "journalaar": 2026,
            "journalsekvensnummer": 0, "journalposttype": "U", "journaldato": 1_789_336_800_000_i64},
        "metadataForImport": {"sakssekvensnummer": 0, "saksaar": 0},
        "filmetadata": [{"filnavn": "uttalelse.pdf", "mimetype": "application/pdf", "size": 0}],
        "forsendelseType": null, "eksternRef": "x", "lenker": [],
        "downloadUrl": format!("{BASE}/svarinn/forsendelse/{SHIPMENT}")
    })
}

/// XML as partners write it: prefixes, types, comments, several encodings, and what is refused.
pub fn xml_documents() -> Vec<Vec<u8>> {
    let text = FIKS[0].1;
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    vec![
        text.as_bytes().to_vec(),
        wide,
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a b='&amp;'><!-- c --><![CDATA[ <d> ]]>&#229;</a>".to_vec(),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>".to_vec(),
    ]
}

/// Fiks Arkiv messages, each behind the number of its kind among the requests.
pub fn fiks_messages() -> Vec<Vec<u8>> {
    FIKS.iter().map(|(kind, xml)| [&[*kind][..], xml.as_bytes()].concat()).collect()
}

/// Calls to the GeoIntegrasjon façade.
pub fn geo_calls() -> Vec<Vec<u8>> {
    let envelope = |body: &str| {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' xmlns='urn:x' \
             xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><s:Body>{body}</s:Body></s:Envelope>"
        )
        .into_bytes()
    };
    vec![
        envelope(
            "<NySaksmappe><mappe><tittel>Sak</tittel><saksdato>2026-03-02T00:00:00</saksdato><Matrikkelnummer><liste><kommunenummer>1804</kommunenummer><gaardsnummer>1</gaardsnummer><bruksnummer>2</bruksnummer></liste></Matrikkelnummer><referanseEksternNoekkel><fagsystem>a</fagsystem><noekkel>1</noekkel></referanseEksternNoekkel></mappe></NySaksmappe>",
        ),
        envelope(
            "<NyJournalpost><journalpost><journalposttype><kodeverdi>I</kodeverdi></journalposttype><tittel>Brev</tittel><saksnr><saksaar>2026</saksaar><sakssekvensnummer>1</sakssekvensnummer></saksnr><korrespondansepart><liste><korrespondanseparttype><kodeverdi>EA</kodeverdi></korrespondanseparttype><Kontakt><navn>A</navn></Kontakt></liste></korrespondansepart></journalpost></NyJournalpost>",
        ),
        envelope(
            "<NyDokument><dokument><tittel>Brev</tittel><referanseJournalpostSystemID>00000000-0000-0000-0000-000000000001</referanseJournalpostSystemID><Fil><filnavn>a.pdf</filnavn><mimeType>application/pdf</mimeType><base64>JVBERg==</base64></Fil></dokument></NyDokument>",
        ),
        envelope(
            "<FinnSaksmapperGittNoekkel><nokkel xsi:type='SakEksternNoekkel'><eksternnoekkel><fagsystem>a</fagsystem><noekkel>1</noekkel></eksternnoekkel></nokkel></FinnSaksmapperGittNoekkel>",
        ),
        envelope(
            "<SlettKorrespondansepart><systemID><liste>00000000-0000-0000-0000-000000000001</liste></systemID><journalpostnokkel xsi:type='Dokumentnummer'><saksaar>2026</saksaar><sakssekvensnummer>1</sakssekvensnummer><journalpostnummer>1</journalpostnummer></journalpostnokkel></SlettKorrespondansepart>",
        ),
        envelope(
            "<NyMatrikkelnummer><matrikkelnr><liste><kommunenummer>1804</kommunenummer><gaardsnummer>1</gaardsnummer><bruksnummer>2</bruksnummer></liste></matrikkelnr><saksnokkel><saksaar>2026</saksaar><sakssekvensnummer>1</sakssekvensnummer></saksnokkel></NyMatrikkelnummer>",
        ),
        envelope("<HentFil><systemid><id>00000000-0000-0000-0000-000000000001</id></systemid></HentFil>"),
        envelope("<HentKodeliste><kodelistenavn>saksstatus</kodelistenavn></HentKodeliste>"),
    ]
}

const FIKS: [(u8, &str); 9] = [
    (
        0,
        "<arkivmelding xmlns='urn:x' xmlns:m='urn:y' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><system>a</system><antallFiler>1</antallFiler><mappe xsi:type='saksmappe'><tittel>Sak</tittel><klassifikasjon><klasseID>411</klasseID></klassifikasjon><referanseEksternNoekkel><m:fagsystem>a</m:fagsystem><m:noekkel>1</m:noekkel></referanseEksternNoekkel><matrikkelnummer><kommunenummer>1804</kommunenummer><gardsnummer>1</gardsnummer><bruksnummer>2</bruksnummer></matrikkelnummer></mappe><registrering xsi:type='journalpost'><dokumentbeskrivelse><tittel>Brev</tittel><tilknyttetRegistreringSom><m:kode>H</m:kode></tilknyttetRegistreringSom><dokumentobjekt><filnavn>a.pdf</filnavn><referanseDokumentfil>melding.xml</referanseDokumentfil><filstoerrelse>4</filstoerrelse></dokumentobjekt></dokumentbeskrivelse><tittel>Brev</tittel><korrespondansepart><korrespondanseparttype><m:kode>EA</m:kode></korrespondanseparttype><korrespondansepartNavn>A</korrespondansepartNavn><postadresse>Gata 1</postadresse><postnummer>8000</postnummer><poststed>Prove</poststed></korrespondansepart><journalposttype><m:kode>I</m:kode></journalposttype><mottattDato>2026-03-02T08:00:00</mottattDato></registrering></arkivmelding>",
    ),
    (
        1,
        "<arkivmeldingOppdatering xmlns:m='urn:y'><mappeOppdateringer><referanseTilMappe><m:saksnummer><m:saksaar>2026</m:saksaar><m:sakssekvensnummer>1</m:sakssekvensnummer></m:saksnummer></referanseTilMappe><skjermingOppdateringer><slett>true</slett></skjermingOppdateringer><saksstatus><m:kode>A</m:kode></saksstatus></mappeOppdateringer></arkivmeldingOppdatering>",
    ),
    (
        2,
        "<dokumentobjektOpprett xmlns:m='urn:y'><referanseTilDokumentbeskrivelse><m:systemID>00000000-0000-0000-0000-000000000001</m:systemID></referanseTilDokumentbeskrivelse><dokumentobjekt><versjonsnummer>1</versjonsnummer><variantformat><m:kode>O</m:kode></variantformat><filnavn>a.pdf</filnavn><referanseDokumentfil>melding.xml</referanseDokumentfil><filstoerrelse>4</filstoerrelse></dokumentobjekt></dokumentobjektOpprett>",
    ),
    (
        3,
        "<nyAvskrivning><avskrivning><avskrivningsmaate><kode>TE</kode></avskrivningsmaate></avskrivning><referanseTilJournalpost><registreringsID>2026/1-1</registreringsID></referanseTilJournalpost><korrespondansepartID>1</korrespondansepartID></nyAvskrivning>",
    ),
    (
        4,
        "<slettAvskrivning><referanseTilJournalpost><saksJournalpostnummer><saksaar>2026</saksaar><sakssekvensnummer>1</sakssekvensnummer><journalpostnummer>1</journalpostnummer></saksJournalpostnummer></referanseTilJournalpost><korrespondansepartID>00000000-0000-0000-0000-000000000001</korrespondansepartID></slettAvskrivning>",
    ),
    (
        5,
        "<mappeHent><system>a</system><referanseTilMappe><mappeID>2026/1</mappeID></referanseTilMappe><inkluder>klasse</inkluder></mappeHent>",
    ),
    (
        7,
        "<dokumentfilHent><system>a</system><dokumentfilNoekkel><systemID>00000000-0000-0000-0000-000000000001</systemID></dokumentfilNoekkel></dokumentfilHent>",
    ),
    (
        8,
        "<sok xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><system>a</system><take>10</take><skip>0</skip><sokdefinisjon xsi:type='saksmappeSokdefinisjon'><responstype>utvidet</responstype><parametere><operator>equal</operator><sokVerdier><intvalues><value>2026</value></intvalues></sokVerdier><felt>sakSaksaar</felt></parametere></sokdefinisjon></sok>",
    ),
    (9, "<HentKodeliste><kodelistenavn>saksstatus</kodelistenavn></HentKodeliste>"),
];
