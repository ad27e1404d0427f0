//! Round trips with keys of our own making.

use std::io::{self, Read, Write};

use sakarkiv_cms::{
    CmsError, ContentCipher, Discard, EncryptOptions, EncryptingReader, Encryptor, KeyTransport, Limits, Spool, Stage,
    decrypt, encrypt,
};

use crate::support::{bare_keys, content, keys, open, recipient, seal};

const CIPHERS: [ContentCipher; 6] = [
    ContentCipher::Aes128Cbc,
    ContentCipher::Aes192Cbc,
    ContentCipher::Aes256Cbc,
    ContentCipher::Aes128Gcm,
    ContentCipher::Aes192Gcm,
    ContentCipher::Aes256Gcm,
];

#[test]
fn content_of_every_length_around_the_borders_comes_back_with_every_cipher_and_encoding() {
    let keyring = keys(&[0]);
    for cipher in CIPHERS {
        for length in [0, 1, 15, 16, 17, 999, 1000, 65_535, 65_536, 65_537, 200_000] {
            let content = content(length);
            let indefinite = EncryptOptions::default().with_cipher(cipher);
            let definite = indefinite.clone().with_content_length(length as u64);
            for options in [indefinite, definite] {
                let opened = open(&seal(&content, &[recipient(0)], &options), &keyring).unwrap();
                assert!(*opened.content == content, "{cipher}, {length} bytes, {options:?}");
                assert_eq!((opened.bytes, opened.cipher), (length as u64, cipher));
                assert_eq!(opened.content_type, "1.2.840.113549.1.7.1");
            }
        }
    }
}

#[test]
fn pieces_of_any_length_read_the_same() {
    let (keyring, content) = (keys(&[0]), content(5_000));
    for bytes in [0, 1, 15, 16, 1000, 4096, usize::MAX] {
        let options = EncryptOptions::default().with_segment_bytes(bytes);
        assert_eq!(*open(&seal(&content, &[recipient(0)], &options), &keyring).unwrap().content, content);
    }
}

#[test]
fn the_message_looks_as_ks_writes_it() {
    let message = seal(&content(2_500), &[recipient(0)], &EncryptOptions::default());
    // ContentInfo, `[0]` and EnvelopedData of indefinite length, version 0, recipients.
    assert_eq!(message[..2], [0x30, 0x80]);
    assert_eq!(message[13..21], [0xa0, 0x80, 0x30, 0x80, 2, 1, 0, 0x31]);
    // 2512 bytes of ciphertext in pieces of 1000, 1000 and 512, and five ends.
    let tail = &message[message.len() - 10 - 516..];
    assert_eq!(tail[..4], [4, 0x82, 2, 0]);
    assert_eq!(tail[516..], [0; 10]);
    assert_eq!(message[message.len() - 10 - 516 - 1004..][..4], [4, 0x82, 3, 0xe8]);
}

#[test]
fn each_of_several_recipients_can_open_the_message() {
    let message = seal(b"to both", &[recipient(0), recipient(1).named_by_key_identifier()], &EncryptOptions::default());
    for index in [0, 1] {
        for keyring in [keys(&[index]), bare_keys(&[index])] {
            let opened = open(&message, &keyring).unwrap();
            assert_eq!(opened.content.as_slice(), b"to both");
            assert_eq!(Some(opened.key), keyring.fingerprints().next());
        }
    }
    let error = open(&message, &keys(&[2])).unwrap_err();
    assert!(matches!(error, CmsError::NotForUs { recipients: 2, keys: 1 }), "{error}");
    assert!(matches!(open(&message, &keys(&[])), Err(CmsError::NotForUs { keys: 0, .. })));
}

#[test]
fn while_keys_are_replaced_mail_for_the_old_and_the_new_one_is_opened() {
    for transport in [KeyTransport::OaepSha256, KeyTransport::Pkcs1v15] {
        let options = EncryptOptions::default().with_key_transport(transport);
        for keyring in [keys(&[0, 1]), bare_keys(&[0, 1])] {
            let fingerprints: Vec<_> = keyring.fingerprints().collect();
            for index in [0, 1] {
                let opened = open(&seal(b"mail", &[recipient(index)], &options), &keyring).unwrap();
                assert_eq!((opened.key, opened.key_transport), (fingerprints[index], transport));
            }
        }
    }
}

#[test]
fn every_way_to_write_gives_a_message_that_opens() {
    let (keyring, content) = (keys(&[0]), content(150_000));
    let options = EncryptOptions::default().with_cipher(ContentCipher::Aes256Gcm);
    let mut by_reader = Vec::new();
    EncryptingReader::new(&content[..], &[recipient(0)], &options).unwrap().read_to_end(&mut by_reader).unwrap();
    let mut by_pieces = Vec::new();
    let mut encryptor = Encryptor::new(&[recipient(0)], &options).unwrap();
    for piece in content.chunks(7_001) {
        encryptor.update(piece, &mut by_pieces).unwrap();
    }
    assert_eq!(encryptor.content_bytes(), 150_000);
    encryptor.finish(&mut by_pieces).unwrap();
    for message in [by_reader, by_pieces] {
        assert!(*open(&message, &keyring).unwrap().content == content);
    }
}

#[test]
fn a_spool_is_read_from_its_beginning() {
    let message = seal(b"a file", &[recipient(0)], &EncryptOptions::default());
    let mut text = String::new();
    let opened = decrypt(&message[..], &keys(&[0]), Spool::new().unwrap(), &Limits::default()).unwrap();
    let mut file = opened.content;
    file.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a file");
}

#[test]
fn what_cannot_be_encrypted_is_refused() {
    let announce = |length| EncryptOptions::default().with_content_length(length);
    let error = encrypt(&b""[..], &[], io::sink(), &EncryptOptions::default()).unwrap_err();
    assert!(matches!(error, CmsError::CannotEncrypt { .. }), "{error}");
    let error = encrypt(&b"12345"[..], &[recipient(0)], io::sink(), &announce(6)).unwrap_err();
    assert!(matches!(error, CmsError::CannotEncrypt { .. }), "{error}");
    let error = encrypt(&b"12345"[..], &[recipient(0)], io::sink(), &announce(4)).unwrap_err();
    assert!(matches!(error, CmsError::TooLarge { limit: 4, .. }), "{error}");
    let error = Encryptor::new(&[recipient(0)], &announce(1 << 40).with_cipher(ContentCipher::Aes256Gcm)).unwrap_err();
    assert!(matches!(error, CmsError::TooLarge { .. }), "{error}");
}

/// Remembers the largest piece and checks that the content is nothing but `x`.
#[derive(Default)]
struct Watcher {
    largest: usize,
    bytes: u64,
}

impl Write for Watcher {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        static EXPECTED: [u8; 65 << 10] = [b'x'; 65 << 10];
        assert!(piece == &EXPECTED[..piece.len()], "after {} bytes", self.bytes);
        self.largest = self.largest.max(piece.len());
        self.bytes += piece.len() as u64;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stage for Watcher {
    type Content = Self;

    fn release(self) -> io::Result<Self> {
        Ok(self)
    }
}

#[test]
fn a_large_message_flows_through_in_small_pieces() {
    const LENGTH: u64 = 64 << 20;
    let options = EncryptOptions::default();
    let message = EncryptingReader::new(io::repeat(b'x').take(LENGTH), &[recipient(0)], &options).unwrap();
    let seen = decrypt(message, &keys(&[0]), Watcher::default(), &Limits::default()).unwrap().content;
    assert_eq!(seen.bytes, LENGTH);
    assert!(seen.largest <= 65 << 10, "a piece of {} bytes", seen.largest);
}

#[test]
fn messages_beyond_the_limit_are_refused_while_they_come() {
    let limits = Limits::default().with_message_bytes(100_000);
    let message = EncryptingReader::new(io::repeat(b'x'), &[recipient(0)], &EncryptOptions::default()).unwrap();
    let error = decrypt(message, &keys(&[0]), Discard, &limits).unwrap_err();
    assert!(matches!(error, CmsError::TooLarge { limit: 100_000, .. }), "{error}");
}

#[test]
fn a_failing_source_or_stage_is_told_apart_from_a_bad_message() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Stage for Broken {
        type Content = ();
        fn release(self) -> io::Result<()> {
            Ok(())
        }
    }
    let message = seal(&content(100_000), &[recipient(0)], &EncryptOptions::default());
    for cut in [0, 1, 300, 50_000] {
        let source = message[..cut].chain(Broken);
        assert!(matches!(decrypt(source, &keys(&[0]), Discard, &Limits::default()), Err(CmsError::Io(_))), "{cut}");
    }
    assert!(matches!(decrypt(&message[..], &keys(&[0]), Broken, &Limits::default()), Err(CmsError::Io(_))));
}
