//! CMS EnvelopedData and AuthEnvelopedData, streaming both ways in flat memory.
//!
//! KS' SvarInn hands out every shipment (forsendelse) as one CMS message (RFC 5652), encrypted for the receiving
//! system's certificate; files for SvarUt can be encrypted the same way. A message can be gigabytes long and comes in
//! BER with indefinite lengths, which strict DER readers refuse. This crate reads and writes such messages as streams:
//! the memory needed, some 250 KiB, does not depend on the length.
//!
//! ```
//! use sakarkiv_cms::{EncryptOptions, Identity, InMemory, Keyring, Limits, Recipient, decrypt, encrypt};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::generate("Eksempel kommune mottak")?;
//!
//! // The sender knows the certificate.
//! let recipient = Recipient::from_certificate(identity.certificate_pem().as_bytes())?;
//! let mut message = Vec::new();
//! encrypt(&b"%PDF-1.7 ..."[..], &[recipient], &mut message, &EncryptOptions::default())?;
//!
//! // The receiver holds the private key, and perhaps older ones.
//! let keyring = Keyring::new().with(identity.private_key_pem().as_bytes(), None)?;
//! let opened = decrypt(&message[..], &keyring, InMemory::new(), &Limits::default())?;
//! assert_eq!(opened.content.as_slice(), b"%PDF-1.7 ...");
//! # Ok(())
//! # }
//! ```
//!
//! # What is done
//!
//! | | read | written |
//! |---|---|---|
//! | message | EnvelopedData, AuthEnvelopedData | both |
//! | encoding | BER (indefinite, nested pieces, any length form) and DER | indefinite with pieces, or definite when the length is known |
//! | content | AES-128/192/256 in CBC and GCM | the same |
//! | key transport | RSAES-OAEP with SHA-1/256/384/512 and label, RSAES-PKCS1-v1_5 | the same, without label |
//! | recipients | several, by issuer and serial number or key identifier; kinds other than key transport are passed over | several |
//! | keys | PEM, PKCS#8, PKCS#1, PKCS#12, with or without password | [`Identity`] makes new ones |
//!
//! Not done: OAEP with two different hashes, messages without their ciphertext (detached), key agreement, signatures,
//! RC2/3DES content. Such messages end as [`CmsError::Unsupported`], which names what it was.
//!
//! # What can be relied on
//!
//! - **Nothing half.** Plaintext goes into a [`Stage`], which hands it out only when the message ended as it must:
//!   [`Spool`] for a temporary file, [`InMemory`], [`Discard`], or one of your own.
//! - **No oracle.** Everything that depends on a secret fails as [`CmsError::Damaged`], after the whole message was
//!   read. PKCS#1 v1.5 failures go on with a random key.
//! - **CBC has no integrity.** SvarUt's cipher does not notice a change inside the content: compare the content with
//!   the hash that came with the metadata. [`ContentCipher::is_authenticated`] tells the difference.
//! - **Bounded.** [`Limits`] caps the message, its header, recipients and nesting; bytes after the message are refused.
//!
//! # Streaming
//!
//! [`decrypt()`] and [`encrypt()`] block and take [`Read`](std::io::Read) and [`Write`](std::io::Write); under an
//! asynchronous runtime call them where blocking is allowed. [`Encryptor`] does no I/O and fits an asynchronous body:
//!
//! ```
//! # use sakarkiv_cms::{CmsError, EncryptOptions, Encryptor, Recipient};
//! fn body(recipient: Recipient, pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, CmsError> {
//!     let mut encryptor = Encryptor::new(&[recipient], &EncryptOptions::default())?;
//!     let mut frames = Vec::new();
//!     for piece in pieces {
//!         let mut frame = Vec::new();
//!         encryptor.update(piece, &mut frame)?;
//!         frames.push(frame);
//!     }
//!     let mut last = Vec::new();
//!     encryptor.finish(&mut last)?;
//!     frames.push(last);
//!     Ok(frames)
//! }
//! ```
//!
//! # Fuzzing
//!
//! [`decrypt()`] with [`Discard`] is the entry for a fuzzer: it takes any bytes and never panics.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod ber;
mod certificate;
mod cipher;
mod decrypt;
mod der;
mod encrypt;
mod envelope;
mod error;
mod gcm;
mod identity;
mod keyring;
mod oid;
mod pem;
mod pkcs12;
mod protection;
mod stage;
mod transport;

pub use cipher::ContentCipher;
pub use decrypt::{Decrypted, Limits, decrypt};
pub use encrypt::{EncryptOptions, EncryptingReader, Encryptor, Recipient, encrypt};
pub use error::{CmsError, KeyError};
pub use identity::Identity;
pub use keyring::{KeyFingerprint, Keyring};
pub use stage::{Discard, InMemory, Spool, Stage};
pub use transport::KeyTransport;
