//! Messages put together by hand, in forms that neither our writer nor `openssl cms` makes.

use std::sync::LazyLock;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::*;
use crate::cipher::{ContentEncryptor, TAG_LENGTH};
use crate::der::{self, tag};
use crate::{Discard, Identity, InMemory, Recipient};

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::generate("mottak").unwrap());
const CONTENT_KEY: [u8; 32] = [0x42; 32];
const IV: [u8; 16] = [0x24; 16];
const CONTENT: &[u8] = b"thirty-nine octets of a letter's text..";

fn keyring() -> Keyring {
    Keyring::new().with(IDENTITY.private_key_der(), None).unwrap()
}

/// One recipient named by nothing we know, so that all keys are tried.
fn recipient(transport: KeyTransport, content_key: &[u8]) -> Vec<u8> {
    let certificate = crate::keyring::certificates(IDENTITY.certificate_der()).unwrap().remove(0);
    let sealed = transport.seal(&certificate.public_key().unwrap(), content_key).unwrap();
    recipient_with(&transport.encode(), &sealed)
}

fn recipient_with(transport: &[u8], sealed: &[u8]) -> Vec<u8> {
    let id = der::element(tag::context(0), &[b"nobody we know"]);
    der::sequence(&[&[2, 1, 2], &id, transport, &der::element(tag::OCTET_STRING, &[sealed])])
}

fn cbc_ciphertext() -> (Vec<u8>, Vec<u8>) {
    let (cipher, parameters) = (ContentCipher::Aes256Cbc, CipherParameters::Cbc { iv: IV });
    let mut encryptor = ContentEncryptor::new(cipher, &CONTENT_KEY, &parameters).unwrap();
    let mut out = vec![0; CONTENT.len() + OVERHANG];
    let count = encryptor.update(CONTENT, &mut out).unwrap();
    out.truncate(count);
    out.extend(encryptor.finish().unwrap().0);
    (parameters.encode(cipher), out)
}

/// Everything inside EnvelopedData given piece by piece.
fn enveloped(before: &[u8], recipients: &[&[u8]], encrypted_content: &[u8], after: &[u8]) -> Vec<u8> {
    let info = der::sequence(&[&der::oid(oid::DATA), &cbc_ciphertext().0, encrypted_content]);
    let body = der::sequence(&[&[2, 1, 2], before, &der::element(tag::SET, recipients), &info, after]);
    der::sequence(&[&der::oid(oid::ENVELOPED_DATA), &der::element(tag::context_constructed(0), &[&body])])
}

fn open_message(message: &[u8]) -> Result<Vec<u8>, CmsError> {
    decrypt(message, &keyring(), InMemory::new(), &Limits::default()).map(|opened| opened.content.to_vec())
}

fn octets(piece: &[u8]) -> Vec<u8> {
    der::element(tag::OCTET_STRING, &[piece])
}

#[test]
fn ciphertext_is_accepted_whole_in_pieces_and_in_nested_pieces() {
    let recipient = recipient(KeyTransport::OaepSha256, &CONTENT_KEY);
    let (_, encrypted) = cbc_ciphertext();
    let (first, second) = encrypted.split_at(7);
    let constructed = tag::context_constructed(0);
    let nested = [&[0x24, 0x80], octets(first).as_slice(), &[0x24], &[0x80], &octets(&[]), &[0; 4]].concat();
    for (form, encoded) in [
        ("primitive", der::element(tag::context(0), &[&encrypted])),
        ("definite pieces", der::element(constructed, &[&octets(first), &octets(second)])),
        ("indefinite pieces", [&[constructed, 0x80], &*octets(first), &octets(second), &[0, 0]].concat()),
        ("nested pieces", [&[constructed, 0x80], &*nested, &octets(second), &[0, 0]].concat()),
    ] {
        assert_eq!(open_message(&enveloped(&[], &[&recipient], &encoded, &[])).unwrap(), CONTENT, "{form}");
    }
}

#[test]
fn originator_and_unprotected_attributes_and_foreign_recipients_are_passed_over() {
    let certificates = der::element(tag::context_constructed(0), &[IDENTITY.certificate_der()]);
    let originator = der::element(tag::context_constructed(0), &[&certificates]);
    let attributes = der::element(tag::context_constructed(1), &[&der::sequence(&[&der::oid(oid::DATA), &[0x31, 0]])]);
    let key_agreement = der::element(tag::context_constructed(1), &[&[2, 1, 3]]);
    let ours = recipient(KeyTransport::OaepSha1, &CONTENT_KEY);
    let content = der::element(tag::context(0), &[&cbc_ciphertext().1]);
    let message = enveloped(&originator, &[&ours, &key_agreement], &content, &attributes);
    assert_eq!(open_message(&message).unwrap(), CONTENT);

    let error = open_message(&enveloped(&[], &[&key_agreement], &content, &[])).unwrap_err();
    assert!(matches!(error, CmsError::NotForUs { recipients: 1, keys: 1 }), "{error}");
}

#[test]
fn a_failed_pkcs1_transport_ends_exactly_as_damaged_content_does() {
    let content = der::element(tag::context(0), &[&cbc_ciphertext().1]);
    let transport = KeyTransport::Pkcs1v15.encode();
    let good = recipient(KeyTransport::Pkcs1v15, &CONTENT_KEY);
    assert_eq!(open_message(&enveloped(&[], &[&good], &content, &[])).unwrap(), CONTENT);

    let cases = [
        ("no padding inside", recipient_with(&transport, &[0x17; 256])),
        ("key of another length", recipient(KeyTransport::Pkcs1v15, &[1; 16])),
        ("another key", recipient(KeyTransport::Pkcs1v15, &[1; 32])),
    ];
    for (case, recipient) in cases {
        let error = open_message(&enveloped(&[], &[&recipient], &content, &[])).unwrap_err();
        assert!(matches!(error, CmsError::Damaged), "{case}: {error}");
    }
}

#[test]
fn a_stand_in_key_never_yields_content_even_when_the_padding_looks_right() {
    // About one in 256 random keys leaves something that looks padded; among these messages there are some.
    let recipient = recipient_with(&KeyTransport::Pkcs1v15.encode(), &[0x17; 256]);
    let content = der::element(tag::context(0), &[&cbc_ciphertext().1]);
    let message = enveloped(&[], &[&recipient], &content, &[]);
    let keyring = keyring();
    for _ in 0..600 {
        assert!(decrypt(&message[..], &keyring, Discard, &Limits::default()).is_err());
    }
}

#[test]
fn unsupported_parts_are_named() {
    let content = der::element(tag::context(0), &[&cbc_ciphertext().1]);
    let transport = der::sequence(&[&der::oid(oid::SHA1)]);
    let error = open_message(&enveloped(&[], &[&recipient_with(&transport, &[0; 256])], &content, &[])).unwrap_err();
    assert!(matches!(error, CmsError::Unsupported { ref oid, .. } if oid == "1.3.14.3.2.26"), "{error}");

    let signed = der::sequence(&[&der::oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]), &[0xa0, 0]]);
    let error = open_message(&signed).unwrap_err();
    assert!(matches!(error, CmsError::Unsupported { ref oid, .. } if oid == "1.2.840.113549.1.7.2"), "{error}");

    let ours = recipient(KeyTransport::OaepSha256, &CONTENT_KEY);
    let error = open_message(&enveloped(&[], &[&ours], &[], &[])).unwrap_err();
    assert!(matches!(error, CmsError::Unsupported { ref oid, .. } if oid == "detached"), "{error}");
}

#[test]
fn authenticated_attributes_behind_the_content_take_part_in_the_tag() {
    let nonce = [5; 12];
    let attribute = der::sequence(&[&der::oid(oid::DATA), &der::element(tag::SET, &[&octets(b"value")])]);
    let mut encrypted = CONTENT.to_vec();
    let mac = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &CONTENT_KEY).unwrap())
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(der::element(tag::SET, &[&attribute])),
            &mut encrypted,
        )
        .unwrap();
    let message = |attribute: &[u8], mac: &[u8]| {
        let algorithm = CipherParameters::Gcm { nonce, tag_length: TAG_LENGTH }.encode(ContentCipher::Aes256Gcm);
        let info = der::sequence(&[&der::oid(oid::DATA), &algorithm, &der::element(tag::context(0), &[&encrypted])]);
        let body = der::sequence(&[
            &[2, 1, 0],
            &der::element(tag::SET, &[&recipient(KeyTransport::OaepSha256, &CONTENT_KEY)]),
            &info,
            &der::element(tag::context_constructed(1), &[attribute]),
            &octets(mac),
            &der::element(tag::context_constructed(2), &[attribute]),
        ]);
        der::sequence(&[&der::oid(oid::AUTH_ENVELOPED_DATA), &der::element(tag::context_constructed(0), &[&body])])
    };
    assert_eq!(open_message(&message(&attribute, mac.as_ref())).unwrap(), CONTENT);
    let changed = der::sequence(&[&der::oid(oid::DATA), &der::element(tag::SET, &[&octets(b"other")])]);
    assert!(matches!(open_message(&message(&changed, mac.as_ref())), Err(CmsError::Damaged)));
    // A shorter tag than the message announces would be easier to forge.
    assert!(matches!(open_message(&message(&attribute, &mac.as_ref()[..12])), Err(CmsError::Damaged)));
    assert!(matches!(open_message(&message(&attribute, &[])), Err(CmsError::Damaged)));
}

#[test]
fn the_number_of_recipients_is_limited() {
    let foreign = recipient_with(&KeyTransport::OaepSha1.encode(), &[0; 8]);
    let content = der::element(tag::context(0), &[&cbc_ciphertext().1]);
    let error = open_message(&enveloped(&[], &vec![&*foreign; 65], &content, &[])).unwrap_err();
    assert!(matches!(error, CmsError::TooLarge { what: "recipients", limit: 64 }), "{error}");
}

#[test]
fn a_certificate_is_needed_only_to_write() {
    assert!(Recipient::from_certificate(IDENTITY.private_key_pem().as_bytes()).is_err());
}
