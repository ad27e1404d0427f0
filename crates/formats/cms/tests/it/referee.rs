//! Messages exchanged with `openssl cms`, both ways.

use sakarkiv_cms::{CmsError, ContentCipher, EncryptOptions, KeyTransport, Keyring, Recipient};

use crate::support::{OpenSsl, content, open, seal};

const CIPHERS: [(&str, ContentCipher); 6] = [
    ("-aes-128-cbc", ContentCipher::Aes128Cbc),
    ("-aes-192-cbc", ContentCipher::Aes192Cbc),
    ("-aes-256-cbc", ContentCipher::Aes256Cbc),
    ("-aes-128-gcm", ContentCipher::Aes128Gcm),
    ("-aes-192-gcm", ContentCipher::Aes192Gcm),
    ("-aes-256-gcm", ContentCipher::Aes256Gcm),
];

const OAEP: &str = "-keyopt rsa_padding_mode:oaep";
const TRANSPORTS: [(&str, &str, KeyTransport); 5] = [
    ("", "", KeyTransport::Pkcs1v15),
    (OAEP, "", KeyTransport::OaepSha1),
    (OAEP, "-keyopt rsa_oaep_md:sha256", KeyTransport::OaepSha256),
    (OAEP, "-keyopt rsa_oaep_md:sha384", KeyTransport::OaepSha384),
    (OAEP, "-keyopt rsa_oaep_md:sha512", KeyTransport::OaepSha512),
];

fn recipient(openssl: &OpenSsl, certificate: &str) -> Recipient {
    Recipient::from_certificate(&openssl.read(certificate)).unwrap()
}

/// `openssl cms -encrypt` with further options, split at spaces.
fn encrypt_with_openssl(openssl: &OpenSsl, content: &[u8], options: &str) -> Vec<u8> {
    openssl.write("plain", content);
    let command = format!("cms -encrypt -binary -outform DER -in plain -out message {options}");
    openssl.run(command.split_whitespace());
    openssl.read("message")
}

fn decrypt_with_openssl(openssl: &OpenSsl, message: &[u8], options: &str) -> Vec<u8> {
    openssl.write("message", message);
    let command = format!("cms -decrypt -binary -inform DER -in message -out plain {options}");
    openssl.run(command.split_whitespace());
    openssl.read("plain")
}

#[test]
fn what_openssl_encrypts_we_read() {
    let Some(openssl) = OpenSsl::start("what_openssl_encrypts_we_read") else { return };
    let keyring = Keyring::new().with(&openssl.read("key.pem"), None).unwrap();
    let content = content(100_000);
    for (cipher_option, cipher) in CIPHERS {
        for (padding, hash, transport) in TRANSPORTS {
            // Streamed: indefinite lengths and pieces. Otherwise: DER.
            for form in ["-stream", "", "-stream -keyid"] {
                let options = format!("{cipher_option} {form} -recip cert.pem {padding} {hash}");
                let message = encrypt_with_openssl(&openssl, &content, &options);
                let opened = open(&message, &keyring).unwrap_or_else(|error| panic!("{options}: {error}"));
                assert!(*opened.content == content, "{options}");
                assert_eq!((opened.cipher, opened.key_transport), (cipher, transport), "{options}");
            }
        }
    }
}

#[test]
fn what_we_encrypt_openssl_reads() {
    let Some(openssl) = OpenSsl::start("what_we_encrypt_openssl_reads") else { return };
    let content = content(100_001);
    for (_, cipher) in CIPHERS {
        for (_, _, transport) in TRANSPORTS {
            let indefinite = EncryptOptions::default().with_cipher(cipher).with_key_transport(transport);
            let definite = indefinite.clone().with_content_length(content.len() as u64);
            let message = seal(&content, &[recipient(&openssl, "cert.pem")], &indefinite);
            assert!(decrypt_with_openssl(&openssl, &message, "-inkey key.pem") == content, "{indefinite:?}");
            let by_key = recipient(&openssl, "cert.pem").named_by_key_identifier();
            let message = seal(&content, &[by_key], &definite);
            let options = "-recip cert.pem -inkey key.pem";
            assert!(decrypt_with_openssl(&openssl, &message, options) == content, "{definite:?}");
        }
    }
}

#[test]
fn content_around_the_block_borders_agrees_with_openssl() {
    let Some(openssl) = OpenSsl::start("content_around_the_block_borders_agrees_with_openssl") else { return };
    let keyring = Keyring::new().with(&openssl.read("key.pem"), None).unwrap();
    for length in [0, 1, 15, 16, 17, 1023, 1024] {
        let content = content(length);
        for (option, cipher) in [CIPHERS[2], CIPHERS[5]] {
            // OpenSSL itself fails to stream nothing through GCM.
            let form = if length == 0 { "" } else { "-stream" };
            let message = encrypt_with_openssl(&openssl, &content, &format!("{option} {form} -recip cert.pem"));
            assert_eq!(*open(&message, &keyring).unwrap().content, content, "{cipher} {length}");
            let options = EncryptOptions::default().with_cipher(cipher);
            let message = seal(&content, &[recipient(&openssl, "cert.pem")], &options);
            assert_eq!(decrypt_with_openssl(&openssl, &message, "-inkey key.pem"), content, "{cipher} {length}");
        }
    }
}

#[test]
fn several_recipients_and_replaced_keys_work_with_openssl() {
    let Some(openssl) = OpenSsl::start("several_recipients_and_replaced_keys_work_with_openssl") else { return };
    openssl.make_key("old.key", "old.pem");
    openssl.make_key("other.key", "other.pem");
    let load = |names: &[&str]| {
        names.iter().try_fold(Keyring::new(), |ring, name| ring.with(&openssl.read(name), None)).unwrap()
    };

    let for_both = encrypt_with_openssl(&openssl, b"to both", "-aes-256-cbc -stream cert.pem old.pem");
    for ring in
        [load(&["key.pem"]), load(&["old.key", "old.pem"]), load(&["old.pem", "key.pem", "old.key", "cert.pem"])]
    {
        assert_eq!(open(&for_both, &ring).unwrap().content.as_slice(), b"to both");
    }
    let ring = load(&["old.key", "old.pem", "key.pem", "cert.pem"]);
    for (certificate, position) in [("old.pem", 0), ("cert.pem", 1)] {
        let message = encrypt_with_openssl(&openssl, b"mail", &format!("-aes-256-cbc -recip {certificate} {OAEP}"));
        assert_eq!(Some(open(&message, &ring).unwrap().key), ring.fingerprints().nth(position));
    }
    let for_other = encrypt_with_openssl(&openssl, b"mail", &format!("-aes-256-cbc -recip other.pem {OAEP}"));
    assert!(matches!(open(&for_other, &ring), Err(CmsError::NotForUs { recipients: 1, keys: 2 })));

    let ours = seal(
        b"from us",
        &[recipient(&openssl, "cert.pem"), recipient(&openssl, "old.pem").named_by_key_identifier()],
        &EncryptOptions::default(),
    );
    for options in ["-recip cert.pem -inkey key.pem", "-recip old.pem -inkey old.key", "-inkey old.key"] {
        assert_eq!(decrypt_with_openssl(&openssl, &ours, options), b"from us", "{options}");
    }
}

#[test]
fn a_renewed_certificate_for_the_same_key_does_not_matter() {
    let Some(openssl) = OpenSsl::start("a_renewed_certificate_for_the_same_key_does_not_matter") else { return };
    openssl.run("req -x509 -key key.pem -batch -subj /CN=fornyet -days 30 -out renewed.pem".split(' '));
    let ring = Keyring::new().with(&openssl.read("key.pem"), None).unwrap();
    let ring = ring.with(&openssl.read("cert.pem"), None).unwrap();
    for padding in ["", OAEP] {
        let message = encrypt_with_openssl(&openssl, b"mail", &format!("-aes-256-cbc -recip renewed.pem {padding}"));
        assert_eq!(open(&message, &ring).unwrap().content.as_slice(), b"mail");
    }
}
