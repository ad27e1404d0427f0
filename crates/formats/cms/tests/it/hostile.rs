//! Cut, changed and senseless input.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use sakarkiv_cms::{CmsError, ContentCipher, Discard, EncryptOptions, KeyTransport, Keyring, Limits, Stage, decrypt};

use crate::support::{bare_keys, content, keys, open, recipient, seal};

fn small_message(cipher: ContentCipher, transport: KeyTransport) -> Vec<u8> {
    let options = EncryptOptions::default().with_cipher(cipher).with_key_transport(transport).with_segment_bytes(20);
    seal(&content(50), &[recipient(0)], &options)
}

#[test]
fn every_cut_of_a_message_is_refused() {
    let keyring = keys(&[0]);
    // The content type ends at byte 13 or 15; before that it might as well be some other file.
    for (cipher, type_end) in [(ContentCipher::Aes256Cbc, 13), (ContentCipher::Aes256Gcm, 15)] {
        let message = small_message(cipher, KeyTransport::OaepSha256);
        for length in 0..message.len() {
            let error = open(&message[..length], &keyring).unwrap_err();
            let at_the_start = length < type_end;
            assert!(
                if at_the_start { matches!(error, CmsError::NotCms) } else { matches!(error, CmsError::Damaged) },
                "{cipher} cut to {length}: {error}"
            );
        }
        assert!(open(&message, &keyring).is_ok());
    }
}

#[test]
fn anything_after_the_message_is_refused() {
    for more in [&b"\0"[..], b"\n", b"30"] {
        let mut message = small_message(ContentCipher::Aes256Gcm, KeyTransport::OaepSha256);
        message.extend(more);
        assert!(matches!(open(&message, &keys(&[0])), Err(CmsError::Damaged)));
    }
}

#[test]
fn a_changed_byte_never_gives_other_content_with_an_authenticated_cipher() {
    let keyring = keys(&[0]);
    for transport in [KeyTransport::OaepSha256, KeyTransport::Pkcs1v15] {
        let message = small_message(ContentCipher::Aes128Gcm, transport);
        for position in 0..message.len() {
            let mut changed = message.clone();
            changed[position] ^= 1 << (position % 8);
            if let Ok(opened) = open(&changed, &keyring) {
                assert_eq!(*opened.content, content(50), "byte {position}");
            }
        }
    }
}

#[test]
fn with_cbc_only_a_change_of_vector_or_ciphertext_gives_other_content() {
    let keyring = keys(&[0]);
    let message = small_message(ContentCipher::Aes256Cbc, KeyTransport::OaepSha256);
    const CIPHER_NAME: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
    let vector = message.windows(9).position(|window| window == CIPHER_NAME).unwrap() + 9;
    let mut unnoticed = 0;
    for position in 0..message.len() {
        let mut changed = message.clone();
        changed[position] ^= 1 << (position % 8);
        match open(&changed, &keyring) {
            Ok(opened) if *opened.content == content(50) => {}
            Ok(_) => {
                assert!(position > vector, "byte {position} gave other content");
                unnoticed += 1;
            }
            Err(error) => assert!(matches!(error, CmsError::Damaged) || position < vector, "byte {position}: {error}"),
        }
    }
    assert!(unnoticed > 0, "CBC notices everything after all: then the docs are wrong");
}

#[test]
fn all_failures_behind_the_key_are_the_same() {
    let keyring = keys(&[0]);
    let wrong_transport = |transport| {
        let mut message = small_message(ContentCipher::Aes256Cbc, transport);
        // Inside the encrypted content key, which begins after the name of the recipient.
        message[200] ^= 1;
        message
    };
    let mut wrong_padding = small_message(ContentCipher::Aes256Cbc, KeyTransport::OaepSha256);
    // The last byte but one block of the ciphertext, which turns the last byte of the padding: pieces of 20, 20, 20 and
    // 4 bytes, then ten bytes of ends.
    let turns_padding = wrong_padding.len() - 10 - 6 - 20 + 7;
    wrong_padding[turns_padding] ^= 0x55;
    let mut wrong_tag = small_message(ContentCipher::Aes256Gcm, KeyTransport::OaepSha256);
    let last_of_tag = wrong_tag.len() - 7;
    wrong_tag[last_of_tag] ^= 1;
    let texts: Vec<String> =
        [wrong_transport(KeyTransport::OaepSha256), wrong_transport(KeyTransport::Pkcs1v15), wrong_padding, wrong_tag]
            .iter()
            .map(|message| format!("{:?}", open(message, &keyring).unwrap_err()))
            .collect();
    assert_eq!(texts, ["Damaged"; 4]);
}

#[test]
fn a_stage_is_released_only_when_the_message_was_whole() {
    struct Flagged<'a>(&'a AtomicBool);
    impl Write for Flagged<'_> {
        fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
            Ok(piece.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Stage for Flagged<'_> {
        type Content = ();
        fn release(self) -> io::Result<()> {
            self.0.store(true, Ordering::Relaxed);
            Ok(())
        }
    }
    let options = EncryptOptions::default().with_cipher(ContentCipher::Aes256Gcm);
    let message = seal(&content(300_000), &[recipient(0)], &options);
    for (length, whole) in [(message.len() - 1, false), (200_000, false), (message.len(), true)] {
        let released = AtomicBool::new(false);
        let result = decrypt(&message[..length], &keys(&[0]), Flagged(&released), &Limits::default());
        assert_eq!((result.is_ok(), released.into_inner()), (whole, whole));
    }
}

#[test]
fn endless_input_ends_at_the_limit() {
    let message = small_message(ContentCipher::Aes256Cbc, KeyTransport::OaepSha256);
    // Cut before the ends, then empty pieces of ciphertext for ever.
    let head = &message[..message.len() - 10];
    let limits = Limits::default().with_message_bytes(3_000_000);
    let result = decrypt(head.chain(Cycle(&[4, 0], 0)), &keys(&[0]), Discard, &limits);
    assert!(matches!(result, Err(CmsError::TooLarge { .. })));
    let deeper = decrypt(head.chain(Cycle(&[0x24, 0x80], 0)), &keys(&[0]), Discard, &limits);
    assert!(matches!(deeper, Err(CmsError::TooLarge { .. })));
}

/// The same few bytes over and over.
struct Cycle(&'static [u8], usize);

impl Read for Cycle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.0[self.1 % self.0.len()];
            self.1 += 1;
        }
        Ok(buffer.len())
    }
}

#[test]
fn plain_files_are_no_cms() {
    for file in [&b""[..], b"PK\x03\x04", b"%PDF-1.7", b"-----BEGIN CMS-----", &[0x30, 0x80], &[0x30, 3, 2, 1, 5]] {
        assert!(matches!(open(file, &keys(&[0])), Err(CmsError::NotCms)), "{file:x?}");
    }
}

#[test]
fn senseless_bytes_and_torn_messages_never_open_and_never_panic() {
    let mut random = Random(0x5eed);
    let keyring = bare_keys(&[0]);
    let message = small_message(ContentCipher::Aes256Gcm, KeyTransport::OaepSha256);
    for _ in 0..3_000 {
        let mut bytes = message.clone();
        // Keep a beginning of any length, so that every part of the reader is reached, and fill up with noise.
        let keep = random.below(bytes.len());
        for byte in &mut bytes[keep..] {
            // Mostly bytes that mean something.
            const MEANINGFUL: [u8; 12] = [0, 0, 2, 4, 5, 6, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xff];
            *byte = MEANINGFUL[random.below(MEANINGFUL.len())];
        }
        bytes.truncate(keep + random.below(bytes.len() - keep) + 1);
        assert!(open(&bytes, &keyring).is_err() || bytes == message);
    }
}

#[test]
fn senseless_key_files_never_panic() {
    let mut random = Random(7);
    let key = crate::support::IDENTITIES[0].private_key_der();
    let certificate = crate::support::IDENTITIES[0].certificate_der();
    for _ in 0..2_000 {
        for file in [key, certificate] {
            let mut bytes = file.to_vec();
            bytes.truncate(1 + random.below(60));
            let position = random.below(bytes.len());
            bytes[position] = u8::try_from(random.below(256)).unwrap();
            assert!(Keyring::new().add(&bytes, Some("secret")).is_err());
        }
    }
}

/// Repeatable noise (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
}
