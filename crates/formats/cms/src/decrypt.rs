//! Opening a message.

use std::io::Read;

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::ber::{BerReader, Budget, Segments};
use crate::cipher::{CipherFault, CipherParameters, ContentCipher, Decryptor, OVERHANG};
use crate::envelope::{Head, KeyTransRecipient, Tail};
use crate::keyring::PrivateKey;
use crate::oid;
use crate::{CmsError, KeyFingerprint, KeyTransport, Keyring, Stage};

/// Ciphertext decrypted at a time, and thereby the largest piece a stage gets (plus one cipher block).
pub(crate) const PIECE: usize = 64 * 1024;

/// What an incoming message may cost. The defaults let everything pass that SvarUt carries.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the whole message; the content is always shorter. Default 8 GiB.
    pub message_bytes: u64,
    /// Bytes of everything but the ciphertext together, which are held in memory. Default 256 KiB.
    pub header_bytes: usize,
    /// Recipients named in the message; each may cost one RSA operation per private key. Default 64.
    pub recipients: usize,
    /// Elements inside each other, whether in the header or as nested pieces of ciphertext. Default 24.
    pub nesting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 8 << 30, header_bytes: 256 << 10, recipients: 64, nesting: 24 }
    }
}

impl Limits {
    /// Another limit for the whole message, in bytes.
    #[must_use]
    pub fn with_message_bytes(mut self, bytes: u64) -> Self {
        self.message_bytes = bytes;
        self
    }
}

/// A message that was opened and proved whole.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Decrypted<C> {
    /// The content, as the stage hands it out.
    pub content: C,
    /// Length of the content in bytes.
    pub bytes: u64,
    /// How the content was encrypted. Without [`ContentCipher::is_authenticated`], compare the content with a hash
    /// that came another way before relying on it.
    pub cipher: ContentCipher,
    /// How the content key was encrypted.
    pub key_transport: KeyTransport,
    /// Which of our keys opened it: tells when an old key is no longer used.
    pub key: KeyFingerprint,
    /// Kind of content as a dotted object identifier; `1.2.840.113549.1.7.1` (data) for plain files.
    pub content_type: String,
}

/// Decrypts a message from `source` into `stage`, in memory that does not depend on its size.
///
/// The source is read to its end; anything after the message is refused. The stage's content is handed out only when
/// the message was whole (see [`Stage`]); on error the stage is dropped and with it all that was written.
///
/// Keys are tried in this order: those whose certificate or key identifier the message names, then all others, since a
/// renewed certificate for an old key has another serial number.
///
/// Blocking: call it from a thread that may wait, as with `tokio::task::spawn_blocking`.
///
/// # Errors
/// See [`CmsError`]. A wrong key and a cut are always noticed, with GCM ciphers every change as well. With CBC ciphers a
/// change of the ciphertext may go unnoticed, which is why SvarInn's metadata carry a hash of every file.
pub fn decrypt<R: Read, S: Stage>(
    source: R,
    keyring: &Keyring,
    mut stage: S,
    limits: &Limits,
) -> Result<Decrypted<S::Content>, CmsError> {
    let mut reader = BerReader::new(source, limits.message_bytes, limits.nesting);
    let mut budget = Budget::new(limits.header_bytes);
    let head = Head::read(&mut reader, limits, &mut budget)?;
    let opened = content_key(&head, keyring)?;
    let mut decryptor = Decryptor::new(head.cipher, &opened.content_key, &head.parameters).map_err(damaged)?;

    let mut segments = Segments::enter(&mut reader)?;
    let mut encrypted = vec![0; PIECE];
    let mut plain = Zeroizing::new(vec![0; PIECE + OVERHANG]);
    let mut bytes = 0;
    loop {
        let filled = segments.fill(&mut reader, &mut encrypted)?;
        let piece = encrypted.get(..filled).unwrap_or_default();
        let written = decryptor.update(piece, &mut plain).map_err(damaged)?;
        stage.write_all(plain.get(..written).unwrap_or_default())?;
        bytes += written as u64;
        if filled < PIECE {
            break;
        }
    }

    let tail = Tail::read(&mut reader, &head, &mut budget)?;
    if let CipherParameters::Gcm { tag_length, .. } = head.parameters
        && tail.mac.len() != usize::from(tag_length)
    {
        return Err(CmsError::Damaged);
    }
    let written = decryptor.finish(&tail.attributes, &tail.mac, &mut plain).map_err(damaged)?;
    if opened.stand_in {
        // The content key was a random one. That the padding looked right was chance.
        return Err(CmsError::Damaged);
    }
    stage.write_all(plain.get(..written).unwrap_or_default())?;
    bytes += written as u64;
    stage.flush()?;
    Ok(Decrypted {
        content: stage.release()?,
        bytes,
        cipher: head.cipher,
        key_transport: opened.transport,
        key: opened.key,
        content_type: oid::dotted(&head.content_type),
    })
}

/// The content key and how we came by it.
struct Opened {
    content_key: Zeroizing<Vec<u8>>,
    /// The key is a random one, because PKCS#1 v1.5 gave none.
    stand_in: bool,
    transport: KeyTransport,
    key: KeyFingerprint,
}

/// Finds the content key.
///
/// With PKCS#1 v1.5 it must not show whether the padding was good, or an attacker can use the answers to decrypt other
/// messages (Bleichenbacher's attack). So a failure goes on with a random content key through the whole message
/// (RFC 3218), and ends where a damaged message ends. OAEP does not need this.
fn content_key(head: &Head, keyring: &Keyring) -> Result<Opened, CmsError> {
    let mut named = Vec::new();
    let mut others = Vec::new();
    let mut unsupported = None;
    for recipient in &head.recipients {
        match &recipient.transport {
            Err(CmsError::Unsupported { what, oid }) => unsupported = Some((*what, oid.clone())),
            Err(_) => {}
            Ok(_) => {
                for key in keyring.keys() {
                    let pairs = if keyring.is_named(key, &recipient.id) { &mut named } else { &mut others };
                    pairs.push((recipient, key));
                }
            }
        }
    }
    for pairs in [&named, &others] {
        if let Some(opened) = try_oaep(pairs, head.cipher).or_else(|| try_pkcs1(pairs, head.cipher)) {
            return Ok(opened);
        }
    }
    match unsupported {
        _ if !named.is_empty() => Err(CmsError::Damaged),
        Some((what, oid)) => Err(CmsError::Unsupported { what, oid }),
        None => Err(CmsError::NotForUs { recipients: head.recipient_count, keys: keyring.len() }),
    }
}

type Pair<'a> = (&'a KeyTransRecipient, &'a PrivateKey);

fn try_oaep(pairs: &[Pair<'_>], cipher: ContentCipher) -> Option<Opened> {
    pairs.iter().filter(|pair| transport(pair) != Some(KeyTransport::Pkcs1v15)).find_map(|pair| {
        let content_key = open(pair, cipher)?;
        Some(Opened { content_key, stand_in: false, transport: transport(pair)?, key: pair.1.fingerprint() })
    })
}

/// Does the same work whether keys fit or not; always gives a key if there is a PKCS#1 v1.5 recipient at all.
fn try_pkcs1(pairs: &[Pair<'_>], cipher: ContentCipher) -> Option<Opened> {
    let mut stand_in = Zeroizing::new(vec![0; cipher.key_length()]);
    rand::fill(&mut stand_in).ok()?;
    let mut found: Option<Opened> = None;
    for pair in pairs.iter().filter(|pair| transport(pair) == Some(KeyTransport::Pkcs1v15)) {
        let opened = open(pair, cipher);
        let key = pair.1.fingerprint();
        if found.as_ref().is_none_or(|found| found.stand_in) {
            let is_stand_in = opened.is_none();
            let content_key = opened.unwrap_or_else(|| stand_in.clone());
            found = Some(Opened { content_key, stand_in: is_stand_in, transport: KeyTransport::Pkcs1v15, key });
        }
    }
    found
}

fn transport((recipient, _): &Pair<'_>) -> Option<KeyTransport> {
    recipient.transport.as_ref().ok().map(|parameters| parameters.transport)
}

fn open((recipient, key): &Pair<'_>, cipher: ContentCipher) -> Option<Zeroizing<Vec<u8>>> {
    let parameters = recipient.transport.as_ref().ok()?;
    parameters.open(key.rsa(), &recipient.encrypted_key).filter(|opened| opened.len() == cipher.key_length())
}

fn damaged(_: CipherFault) -> CmsError {
    CmsError::Damaged
}

#[cfg(test)]
mod tests;
