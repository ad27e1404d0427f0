//! Making a message.

use std::io::{ErrorKind, Read, Write};

use aws_lc_rs::rand;
use aws_lc_rs::rsa::PublicEncryptingKey;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, RecipientId, customary_key_id};
use crate::cipher::{CipherFault, CipherParameters, ContentCipher, ContentEncryptor, OVERHANG, TAG, TAG_LENGTH};
use crate::decrypt::PIECE;
use crate::der::{self, tag};
use crate::keyring::certificates;
use crate::{CmsError, KeyError, KeyTransport, oid};

/// Somebody the message is encrypted for: the holder of the private key to a certificate.
#[derive(Debug, Clone)]
pub struct Recipient {
    certificate: Certificate,
    public_key: PublicEncryptingKey,
    id: RecipientId,
}

impl Recipient {
    /// From an X.509 certificate, PEM or DER. Of several in one file the first is taken, as in a chain the holder's
    /// own comes first. The certificate is not checked: make sure that it came from the recipient.
    ///
    /// # Errors
    /// When there is no certificate or its key is not an RSA key of 2048 to 8192 bits.
    pub fn from_certificate(file: &[u8]) -> Result<Self, KeyError> {
        let certificate = certificates(file)?.into_iter().next().ok_or(KeyError::Missing { wanted: "certificate" })?;
        let public_key = certificate.public_key()?;
        let id = certificate.issuer_and_serial();
        Ok(Self { certificate, public_key, id })
    }

    /// Names the recipient by subject key identifier instead of issuer and serial number.
    #[must_use]
    pub fn named_by_key_identifier(mut self) -> Self {
        let key_id = self.certificate.key_id.clone();
        if let Some(key_id) = key_id.or_else(|| customary_key_id(&self.certificate.public_key_info)) {
            self.id = RecipientId::SubjectKeyId(key_id);
        }
        self
    }
}

/// How a message is written. The default is what KS' SvarUt and SvarInn write themselves: AES-256-CBC, the content key
/// under RSAES-OAEP with SHA-256, indefinite lengths, ciphertext in pieces of 1000 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncryptOptions {
    /// How the content is encrypted.
    pub cipher: ContentCipher,
    /// How the content key is encrypted.
    pub key_transport: KeyTransport,
    /// Ciphertext bytes per piece of an indefinite-length message; 1 to 1 MiB (values beyond are brought within).
    pub segment_bytes: usize,
    /// The exact length of the content, if known: then all lengths are definite (DER), the ciphertext is one piece and
    /// strict readers are content. `None`: indefinite lengths.
    pub content_length: Option<u64>,
}

impl Default for EncryptOptions {
    fn default() -> Self {
        Self {
            cipher: ContentCipher::Aes256Cbc,
            key_transport: KeyTransport::OaepSha256,
            segment_bytes: 1000,
            content_length: None,
        }
    }
}

impl EncryptOptions {
    /// Another content cipher.
    #[must_use]
    pub fn with_cipher(mut self, cipher: ContentCipher) -> Self {
        self.cipher = cipher;
        self
    }

    /// Another key transport.
    #[must_use]
    pub fn with_key_transport(mut self, key_transport: KeyTransport) -> Self {
        self.key_transport = key_transport;
        self
    }

    /// Another length of pieces, in bytes.
    #[must_use]
    pub fn with_segment_bytes(mut self, bytes: usize) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// Definite lengths for content of exactly so many bytes.
    #[must_use]
    pub fn with_content_length(mut self, bytes: u64) -> Self {
        self.content_length = Some(bytes);
        self
    }
}

/// Encrypts all of `source` for the recipients into `destination`, in memory that does not depend on its size. Gives
/// the length of the content in bytes.
///
/// Blocking. On error what was written so far is no message: no reader takes it for one.
///
/// # Errors
/// When there is no recipient, the content has another length than announced, or reading or writing fails.
pub fn encrypt<R: Read, W: Write>(
    mut source: R,
    recipients: &[Recipient],
    mut destination: W,
    options: &EncryptOptions,
) -> Result<u64, CmsError> {
    let mut encryptor = Encryptor::new(recipients, options)?;
    let mut plain = Zeroizing::new(vec![0; PIECE]);
    let mut out = Vec::with_capacity(PIECE * 2);
    loop {
        let read = match source.read(&mut plain) {
            Ok(0) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        };
        encryptor.update(plain.get(..read).unwrap_or_default(), &mut out)?;
        destination.write_all(&out)?;
        out.clear();
    }
    let bytes = encryptor.content_bytes();
    encryptor.finish(&mut out)?;
    destination.write_all(&out)?;
    destination.flush()?;
    Ok(bytes)
}

/// Encrypts piece by piece, for bodies that come and go asynchronously: hand content to [`update`](Self::update) as it
/// comes, send what it appends, and end with [`finish`](Self::finish). Does no I/O and holds at most one piece.
///
/// Without `finish` there is no message: readers find it cut short.
pub struct Encryptor {
    cipher: ContentEncryptor,
    cutter: Cutter,
    /// Bytes that are to go out before the next ciphertext.
    head: Vec<u8>,
    scratch: Vec<u8>,
    content_bytes: u64,
    max_content: u64,
}

impl Encryptor {
    /// Draws a content key and encrypts it for every recipient.
    ///
    /// # Errors
    /// When there is no recipient.
    pub fn new(recipients: &[Recipient], options: &EncryptOptions) -> Result<Self, CmsError> {
        if recipients.is_empty() {
            return Err(CmsError::CannotEncrypt { reason: "no recipient: give at least one certificate" });
        }
        let cipher = options.cipher;
        let mut content_key = Zeroizing::new(vec![0; cipher.key_length()]);
        rand::fill(&mut content_key).map_err(|_| cipher_failed(CipherFault))?;
        let parameters = fresh_parameters(cipher).map_err(cipher_failed)?;
        let infos = recipient_infos(recipients, options.key_transport, &content_key).map_err(cipher_failed)?;
        let named_by_key = recipients.iter().any(|recipient| matches!(recipient.id, RecipientId::SubjectKeyId(_)));
        let head = Head { cipher, algorithm: parameters.encode(cipher), recipient_infos: infos, named_by_key };
        let layout = match options.content_length {
            Some(content_length) => Layout::Definite { content_length },
            None => Layout::Segments { bytes: options.segment_bytes.clamp(1, 1 << 20) },
        };
        Ok(Self {
            cipher: ContentEncryptor::new(cipher, &content_key, &parameters).map_err(cipher_failed)?,
            cutter: Cutter { layout, pending: Vec::new() },
            head: head.encode(options.content_length)?,
            scratch: vec![0; PIECE + OVERHANG],
            content_bytes: 0,
            max_content: options.content_length.unwrap_or(u64::MAX).min(cipher.max_content()),
        })
    }

    /// Encrypts the next part of the content and appends what can be sent already.
    ///
    /// # Errors
    /// When the content grows beyond its announced length or what the cipher may take.
    pub fn update(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), CmsError> {
        out.append(&mut self.head);
        self.content_bytes = self.content_bytes.saturating_add(content.len() as u64);
        if self.content_bytes > self.max_content {
            return Err(CmsError::TooLarge { what: "content bytes", limit: self.max_content });
        }
        for piece in content.chunks(PIECE) {
            let written = self.cipher.update(piece, &mut self.scratch).map_err(cipher_failed)?;
            self.cutter.cut(self.scratch.get(..written).unwrap_or_default(), out);
        }
        Ok(())
    }

    /// Ends the message and appends the rest of it.
    ///
    /// # Errors
    /// When the content is shorter than announced.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), CmsError> {
        let Self { cipher, mut cutter, head, content_bytes, .. } = self;
        out.extend(head);
        if let Layout::Definite { content_length } = cutter.layout
            && content_length != content_bytes
        {
            return Err(CmsError::CannotEncrypt {
                reason: "content is shorter than announced: announce its real length",
            });
        }
        let (last, mac) = cipher.finish().map_err(cipher_failed)?;
        cutter.cut(&last, out);
        cutter.end(mac, out);
        Ok(())
    }

    /// Bytes of content taken so far.
    pub fn content_bytes(&self) -> u64 {
        self.content_bytes
    }
}

impl std::fmt::Debug for Encryptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encryptor")
            .field("layout", &self.cutter.layout)
            .field("content_bytes", &self.content_bytes)
            .finish_non_exhaustive()
    }
}

/// Reads content from a source and gives the encrypted message, for interfaces that take a [`Read`].
#[derive(Debug)]
pub struct EncryptingReader<R> {
    source: R,
    encryptor: Option<Encryptor>,
    plain: Zeroizing<Vec<u8>>,
    out: Vec<u8>,
    taken: usize,
}

impl<R: Read> EncryptingReader<R> {
    /// Encrypts what `source` gives.
    ///
    /// # Errors
    /// As [`Encryptor::new`].
    pub fn new(source: R, recipients: &[Recipient], options: &EncryptOptions) -> Result<Self, CmsError> {
        let encryptor = Some(Encryptor::new(recipients, options)?);
        Ok(Self { source, encryptor, plain: Zeroizing::new(vec![0; PIECE]), out: Vec::new(), taken: 0 })
    }

    fn refill(&mut self) -> std::io::Result<()> {
        self.out.clear();
        self.taken = 0;
        while self.out.is_empty() {
            let Some(encryptor) = &mut self.encryptor else { return Ok(()) };
            let read = self.source.read(&mut self.plain)?;
            let result = match self.plain.get(..read) {
                Some(content) if read > 0 => encryptor.update(content, &mut self.out),
                _ => self.encryptor.take().map_or(Ok(()), |encryptor| encryptor.finish(&mut self.out)),
            };
            result.map_err(std::io::Error::other)?;
        }
        Ok(())
    }
}

impl<R: Read> Read for EncryptingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.out.len() {
            self.refill()?;
        }
        let mut rest = self.out.get(self.taken..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// How the ciphertext is cut.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Definite { content_length: u64 },
    Segments { bytes: usize },
}

/// Cuts the ciphertext into pieces of equal length, or leaves it whole.
struct Cutter {
    layout: Layout,
    /// Ciphertext too short for a piece.
    pending: Vec<u8>,
}

impl Cutter {
    fn cut(&mut self, mut encrypted: &[u8], out: &mut Vec<u8>) {
        let Layout::Segments { bytes } = self.layout else {
            out.extend_from_slice(encrypted);
            return;
        };
        if !self.pending.is_empty() {
            let (head, rest) = encrypted.split_at(encrypted.len().min(bytes.saturating_sub(self.pending.len())));
            self.pending.extend_from_slice(head);
            encrypted = rest;
            if self.pending.len() < bytes {
                return;
            }
            push_segment(&self.pending, out);
            self.pending.clear();
        }
        let mut segments = encrypted.chunks_exact(bytes);
        for segment in &mut segments {
            push_segment(segment, out);
        }
        self.pending.extend_from_slice(segments.remainder());
    }

    /// Appends what stands behind the ciphertext.
    fn end(self, mac: Option<[u8; TAG]>, out: &mut Vec<u8>) {
        let mac = mac.map(|mac| der::element(tag::OCTET_STRING, &[&mac])).unwrap_or_default();
        match self.layout {
            Layout::Definite { .. } => out.extend(mac),
            Layout::Segments { .. } => {
                if !self.pending.is_empty() {
                    push_segment(&self.pending, out);
                }
                // Ends of: encryptedContent, EncryptedContentInfo; the tag; EnvelopedData, `[0]`, ContentInfo.
                out.extend([0; 4]);
                out.extend(mac);
                out.extend([0; 6]);
            }
        }
    }
}

/// What stands before the ciphertext.
struct Head {
    cipher: ContentCipher,
    algorithm: Vec<u8>,
    recipient_infos: Vec<u8>,
    named_by_key: bool,
}

impl Head {
    fn encode(&self, content_length: Option<u64>) -> Result<Vec<u8>, CmsError> {
        let content_type = if self.cipher.is_authenticated() { oid::AUTH_ENVELOPED_DATA } else { oid::ENVELOPED_DATA };
        // RFC 5652 6.1: version 0 unless a recipient is named by key; RFC 5083: always 0.
        let version = u8::from(self.named_by_key && !self.cipher.is_authenticated()) * 2;
        let version = der::element(tag::INTEGER, &[&[version]]);
        let data = der::oid(oid::DATA);
        let inner = [data.as_slice(), &self.algorithm];
        let middle = [version.as_slice(), &self.recipient_infos];
        let outer = der::oid(content_type);
        let Some(content_length) = content_length else {
            return Ok(join(&[
                &[tag::SEQUENCE, 0x80],
                &outer,
                &[tag::context_constructed(0), 0x80, tag::SEQUENCE, 0x80],
                &middle.concat(),
                &[tag::SEQUENCE, 0x80],
                &inner.concat(),
                &[tag::context_constructed(0), 0x80],
            ]));
        };
        if content_length > self.cipher.max_content() {
            return Err(CmsError::TooLarge { what: "content bytes", limit: self.cipher.max_content() });
        }
        // From the inside out: every head needs the length of what follows it within its element.
        let encrypted = self.cipher.encrypted_length(content_length);
        let mac = if self.cipher.is_authenticated() { TAG as u64 + 2 } else { 0 };
        let content = definite(tag::context(0), encrypted, &[]);
        let info_body = join(&[&inner.concat(), &content]);
        let info = definite(tag::SEQUENCE, info_body.len() as u64 + encrypted, &info_body);
        let enveloped_body = join(&[&middle.concat(), &info]);
        let enveloped = definite(tag::SEQUENCE, enveloped_body.len() as u64 + encrypted + mac, &enveloped_body);
        let explicit = definite(tag::context_constructed(0), enveloped.len() as u64 + encrypted + mac, &enveloped);
        let body = join(&[&outer, &explicit]);
        Ok(definite(tag::SEQUENCE, body.len() as u64 + encrypted + mac, &body))
    }
}

/// The head of an element of the given length, followed by the part of its inside that is known.
fn definite(tag: u8, length: u64, beginning: &[u8]) -> Vec<u8> {
    join(&[&[tag], &der::length(length), beginning])
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn push_segment(segment: &[u8], out: &mut Vec<u8>) {
    out.push(tag::OCTET_STRING);
    out.extend(der::length(segment.len() as u64));
    out.extend_from_slice(segment);
}

fn fresh_parameters(cipher: ContentCipher) -> Result<CipherParameters, CipherFault> {
    if cipher.is_authenticated() {
        let mut nonce = [0; 12];
        rand::fill(&mut nonce)?;
        return Ok(CipherParameters::Gcm { nonce, tag_length: TAG_LENGTH });
    }
    let mut iv = [0; 16];
    rand::fill(&mut iv)?;
    Ok(CipherParameters::Cbc { iv })
}

fn recipient_infos(
    recipients: &[Recipient],
    transport: KeyTransport,
    content_key: &[u8],
) -> Result<Vec<u8>, CipherFault> {
    let mut infos = Vec::with_capacity(recipients.len());
    for recipient in recipients {
        let (version, id) = match &recipient.id {
            RecipientId::IssuerAndSerial { issuer, serial } => {
                (0, der::sequence(&[issuer, &der::element(tag::INTEGER, &[serial])]))
            }
            RecipientId::SubjectKeyId(key_id) => (2, der::element(tag::context(0), &[key_id])),
        };
        let sealed = transport.seal(&recipient.public_key, content_key)?;
        infos.push(der::sequence(&[
            &der::element(tag::INTEGER, &[&[version]]),
            &id,
            &transport.encode(),
            &der::element(tag::OCTET_STRING, &[&sealed]),
        ]));
    }
    // The order of a SET in DER.
    infos.sort();
    Ok(der::element(tag::SET, &[&infos.concat()]))
}

fn cipher_failed(_: CipherFault) -> CmsError {
    CmsError::CannotEncrypt { reason: "the cryptographic library refused: check the recipients' keys" }
}
