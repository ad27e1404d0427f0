//! Content ciphers: which there are, how they are named in a message, and their work piece by piece.

use std::fmt;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext, StreamingDecryptingKey,
    StreamingEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;

use crate::der::{self, Der, Malformed, tag};
use crate::gcm::{self, Gcm};
use crate::oid;

/// Room an output buffer needs beyond the length of the input.
pub(crate) const OVERHANG: usize = 16;
/// Length of the authentication tag we write, and the longest there is.
pub(crate) const TAG_LENGTH: u8 = 16;
pub(crate) const TAG: usize = TAG_LENGTH as usize;
/// Shortest tag RFC 5084 permits.
const MIN_TAG: u64 = 12;

/// How the content is encrypted.
///
/// The CBC ciphers give **no integrity**: somebody who can change the message can change the content without being
/// noticed. They are what KS' SvarUt and SvarInn use; compare the hash from the metadata. The GCM ciphers (RFC 5084,
/// in an AuthEnvelopedData by RFC 5083) notice every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContentCipher {
    /// AES-128 in CBC mode.
    Aes128Cbc,
    /// AES-192 in CBC mode.
    Aes192Cbc,
    /// AES-256 in CBC mode, as KS writes it.
    Aes256Cbc,
    /// AES-128 in GCM mode.
    Aes128Gcm,
    /// AES-192 in GCM mode.
    Aes192Gcm,
    /// AES-256 in GCM mode.
    Aes256Gcm,
}

impl ContentCipher {
    pub(crate) const ALL: [Self; 6] =
        [Self::Aes128Cbc, Self::Aes192Cbc, Self::Aes256Cbc, Self::Aes128Gcm, Self::Aes192Gcm, Self::Aes256Gcm];

    /// Whether a change of the message is always noticed.
    pub fn is_authenticated(self) -> bool {
        matches!(self, Self::Aes128Gcm | Self::Aes192Gcm | Self::Aes256Gcm)
    }

    pub(crate) fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|cipher| cipher.oid() == oid)
    }

    pub(crate) fn oid(self) -> &'static [u8] {
        match self {
            Self::Aes128Cbc => oid::AES128_CBC,
            Self::Aes192Cbc => oid::AES192_CBC,
            Self::Aes256Cbc => oid::AES256_CBC,
            Self::Aes128Gcm => oid::AES128_GCM,
            Self::Aes192Gcm => oid::AES192_GCM,
            Self::Aes256Gcm => oid::AES256_GCM,
        }
    }

    pub(crate) fn key_length(self) -> usize {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => 16,
            Self::Aes192Cbc | Self::Aes192Gcm => 24,
            Self::Aes256Cbc | Self::Aes256Gcm => 32,
        }
    }

    /// Length of the ciphertext, without the tag, for so much content.
    pub(crate) fn encrypted_length(self, content: u64) -> u64 {
        if self.is_authenticated() { content } else { (content / 16).saturating_add(1).saturating_mul(16) }
    }

    /// The most content one message may have.
    pub(crate) fn max_content(self) -> u64 {
        if self.is_authenticated() { gcm::MAX_CONTENT } else { u64::MAX >> 8 }
    }

    fn algorithm(self) -> &'static Algorithm {
        match self {
            Self::Aes128Cbc | Self::Aes128Gcm => &AES_128,
            Self::Aes192Cbc | Self::Aes192Gcm => &AES_192,
            Self::Aes256Cbc | Self::Aes256Gcm => &AES_256,
        }
    }

    fn bind(self, key: &[u8]) -> Result<UnboundCipherKey, CipherFault> {
        Ok(UnboundCipherKey::new(self.algorithm(), key)?)
    }
}

impl fmt::Display for ContentCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes128Cbc => "AES-128-CBC",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::Aes192Gcm => "AES-192-GCM",
            Self::Aes256Gcm => "AES-256-GCM",
        })
    }
}

/// A cipher operation failed; for decryption: the message or key is wrong. No detail by design.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CipherFault;

impl From<Unspecified> for CipherFault {
    fn from(_: Unspecified) -> Self {
        Self
    }
}

/// What stands beside the cipher's name: initialisation vector, or nonce and length of the tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CipherParameters {
    Cbc { iv: [u8; 16] },
    Gcm { nonce: [u8; gcm::NONCE], tag_length: u8 },
}

impl CipherParameters {
    /// Reads what follows the object identifier.
    pub(crate) fn parse(cipher: ContentCipher, mut parameters: Der<'_>) -> Result<Self, Malformed> {
        if !cipher.is_authenticated() {
            let iv = parameters.take(tag::OCTET_STRING)?.try_into().map_err(|_| Malformed)?;
            parameters.finish()?;
            return Ok(Self::Cbc { iv });
        }
        let mut fields = parameters.inside(tag::SEQUENCE)?;
        parameters.finish()?;
        let nonce = fields.take(tag::OCTET_STRING)?.try_into().map_err(|_| Malformed)?;
        let tag_length = if fields.is_empty() { MIN_TAG } else { fields.small()? };
        fields.finish()?;
        if !(MIN_TAG..=u64::from(TAG_LENGTH)).contains(&tag_length) {
            return Err(Malformed);
        }
        Ok(Self::Gcm { nonce, tag_length: u8::try_from(tag_length).map_err(|_| Malformed)? })
    }

    /// The whole algorithm identifier.
    pub(crate) fn encode(&self, cipher: ContentCipher) -> Vec<u8> {
        let parameters = match self {
            Self::Cbc { iv } => der::element(tag::OCTET_STRING, &[iv]),
            Self::Gcm { nonce, tag_length } => der::sequence(&[
                &der::element(tag::OCTET_STRING, &[nonce]),
                &der::element(tag::INTEGER, &[&[*tag_length]]),
            ]),
        };
        der::sequence(&[&der::oid(cipher.oid()), &parameters])
    }
}

/// Decrypts content piece by piece.
pub(crate) enum Decryptor {
    Cbc(StreamingDecryptingKey),
    Gcm(Box<Gcm>),
}

impl Decryptor {
    pub(crate) fn new(cipher: ContentCipher, key: &[u8], parameters: &CipherParameters) -> Result<Self, CipherFault> {
        Ok(match parameters {
            CipherParameters::Cbc { iv } => {
                let context = DecryptionContext::Iv128(FixedLength::from(iv));
                Self::Cbc(StreamingDecryptingKey::cbc_pkcs7(cipher.bind(key)?, context)?)
            }
            CipherParameters::Gcm { nonce, .. } => {
                Self::Gcm(Box::new(Gcm::new([cipher.bind(key)?, cipher.bind(key)?], nonce)?))
            }
        })
    }

    /// Decrypts into `out`, which must be longer than `encrypted` by [`OVERHANG`]; gives the number of bytes.
    pub(crate) fn update(&mut self, encrypted: &[u8], out: &mut [u8]) -> Result<usize, CipherFault> {
        match self {
            Self::Cbc(key) => Ok(key.update(encrypted, out)?.written().len()),
            Self::Gcm(gcm) => gcm.decrypt(encrypted, out),
        }
    }

    /// Checks padding or tag and gives the number of bytes of the last piece.
    pub(crate) fn finish(self, associated: &[u8], mac: &[u8], out: &mut [u8]) -> Result<usize, CipherFault> {
        match self {
            Self::Cbc(key) => Ok(key.finish(out)?.written().len()),
            Self::Gcm(gcm) => {
                let tag = gcm.tag(associated);
                verify_slices_are_equal(tag.get(..mac.len()).ok_or(CipherFault)?, mac)?;
                Ok(0)
            }
        }
    }
}

/// Encrypts content piece by piece.
pub(crate) enum ContentEncryptor {
    Cbc(StreamingEncryptingKey),
    Gcm(Box<Gcm>),
}

impl ContentEncryptor {
    pub(crate) fn new(cipher: ContentCipher, key: &[u8], parameters: &CipherParameters) -> Result<Self, CipherFault> {
        Ok(match parameters {
            CipherParameters::Cbc { iv } => {
                let context = EncryptionContext::Iv128(FixedLength::from(iv));
                Self::Cbc(StreamingEncryptingKey::less_safe_cbc_pkcs7(cipher.bind(key)?, context)?)
            }
            CipherParameters::Gcm { nonce, .. } => {
                Self::Gcm(Box::new(Gcm::new([cipher.bind(key)?, cipher.bind(key)?], nonce)?))
            }
        })
    }

    /// Encrypts into `out`, which must be longer than `plain` by [`OVERHANG`]; gives the number of bytes.
    pub(crate) fn update(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, CipherFault> {
        match self {
            Self::Cbc(key) => Ok(key.update(plain, out)?.written().len()),
            Self::Gcm(gcm) => gcm.encrypt(plain, out),
        }
    }

    /// The last piece of ciphertext and, for the authenticated ciphers, the tag.
    pub(crate) fn finish(self) -> Result<(Vec<u8>, Option<[u8; TAG]>), CipherFault> {
        match self {
            Self::Cbc(key) => {
                let mut last = [0; OVERHANG];
                let (_, update) = key.finish(&mut last)?;
                Ok((update.written().to_vec(), None))
            }
            Self::Gcm(gcm) => Ok((Vec::new(), Some(gcm.tag(&[])))),
        }
    }
}
