//! Private keys to open messages with.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::rsa::PrivateDecryptingKey;
use zeroize::Zeroizing;

use crate::KeyError;
use crate::certificate::{Certificate, RecipientId, canonical, customary_key_id};
use crate::der::{self, Der, tag};
use crate::{ber, oid, pem, pkcs12, protection};

/// Which private key: SHA-256 over its public half (SubjectPublicKeyInfo). No secret; fit for logs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyFingerprint([u8; 32]);

impl KeyFingerprint {
    /// The hash itself.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Private keys, and the certificates under which senders know them.
///
/// While keys are being replaced a ring holds the old and the new one: mail encrypted before the change keeps coming
/// for a while. A certificate lets the right key be found at once; without it every key is tried.
///
/// Key material lies in memory that the cryptographic library wipes when it is freed; `Debug` shows fingerprints only.
#[derive(Default, Clone)]
pub struct Keyring {
    keys: Vec<PrivateKey>,
    certificates: Vec<(Certificate, KeyFingerprint)>,
}

#[derive(Clone)]
pub(crate) struct PrivateKey {
    rsa: PrivateDecryptingKey,
    fingerprint: KeyFingerprint,
    key_id: Option<Vec<u8>>,
}

impl PrivateKey {
    pub(crate) fn rsa(&self) -> &PrivateDecryptingKey {
        &self.rsa
    }

    pub(crate) fn fingerprint(&self) -> KeyFingerprint {
        self.fingerprint
    }
}

impl Keyring {
    /// An empty ring.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a file holds: the kind of file is found out from its bytes.
    ///
    /// | file | |
    /// |---|---|
    /// | PEM | any number of `PRIVATE KEY` (PKCS#8), `RSA PRIVATE KEY` (PKCS#1), `ENCRYPTED PRIVATE KEY` (PBES2), old protected keys (`DEK-Info`), `CERTIFICATE`; other blocks are passed over |
    /// | DER | PKCS#8, PKCS#1, encrypted PKCS#8, PKCS#12, X.509 certificate |
    ///
    /// `password` is for the protected ones and ignored for the others. Certificates and keys find each other by the
    /// public key, also over several calls and in any order. Gives the number of private keys in the file; a key that
    /// is in the ring already counts but is not added again.
    ///
    /// # Errors
    /// See [`KeyError`]; the ring is then unchanged.
    pub fn add(&mut self, file: &[u8], password: Option<&str>) -> Result<usize, KeyError> {
        let mut found = Found::default();
        found.read(file, password)?;
        if found.keys.is_empty() && found.certificates.is_empty() {
            return Err(found.passed_over.unwrap_or(KeyError::Missing { wanted: "private key or certificate" }));
        }
        let count = found.keys.len();
        for key in found.keys {
            if self.keys.iter().all(|other| other.fingerprint != key.fingerprint) {
                self.keys.push(key);
            }
        }
        self.certificates.extend(found.certificates);
        Ok(count)
    }

    /// The same, for building a ring in one expression.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn with(mut self, file: &[u8], password: Option<&str>) -> Result<Self, KeyError> {
        self.add(file, password)?;
        Ok(self)
    }

    /// Number of private keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no private key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys in the order they were added.
    pub fn fingerprints(&self) -> impl Iterator<Item = KeyFingerprint> + '_ {
        self.keys.iter().map(PrivateKey::fingerprint)
    }

    pub(crate) fn keys(&self) -> &[PrivateKey] {
        &self.keys
    }

    /// Whether a message that names `id` means this key.
    pub(crate) fn is_named(&self, key: &PrivateKey, id: &RecipientId) -> bool {
        let by_certificate = self
            .certificates
            .iter()
            .any(|(certificate, fingerprint)| *fingerprint == key.fingerprint && certificate.is(id));
        by_certificate || matches!(id, RecipientId::SubjectKeyId(key_id) if key.key_id.as_ref() == Some(key_id))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.fingerprints().collect::<Vec<_>>())
            .field("certificates", &self.certificates.len())
            .finish()
    }
}

/// The certificates of a PEM or DER file; keys and other things are passed over.
pub(crate) fn certificates(file: &[u8]) -> Result<Vec<Certificate>, KeyError> {
    if !pem::is_pem(file) {
        return Ok(vec![Certificate::parse(file)?]);
    }
    pem::blocks(file)?
        .iter()
        .filter(|block| is_certificate(&block.label))
        .map(|block| Certificate::parse(&block.der))
        .collect()
}

fn is_certificate(label: &str) -> bool {
    matches!(label, "CERTIFICATE" | "X509 CERTIFICATE")
}

/// What was found in a file so far.
#[derive(Default)]
struct Found {
    keys: Vec<PrivateKey>,
    certificates: Vec<(Certificate, KeyFingerprint)>,
    passed_over: Option<KeyError>,
}

impl Found {
    fn read(&mut self, file: &[u8], password: Option<&str>) -> Result<(), KeyError> {
        if !pem::is_pem(file) {
            return self.read_der(file, password);
        }
        for block in pem::blocks(file)? {
            match (block.label.as_str(), &block.dek_info) {
                ("RSA PRIVATE KEY", Some(dek_info)) => {
                    let password = password.ok_or(KeyError::PasswordNeeded)?;
                    let key = protection::open_traditional(dek_info, &block.der, password)?;
                    self.add_pkcs1(&key).map_err(|_| KeyError::WrongPassword)?;
                }
                ("PRIVATE KEY" | "RSA PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "PKCS12", _) => {
                    self.read_der(&block.der, password)?;
                }
                (label, _) if is_certificate(label) => self.add_certificate(Certificate::parse(&block.der)?),
                _ => {}
            }
        }
        Ok(())
    }

    fn read_der(&mut self, file: &[u8], password: Option<&str>) -> Result<(), KeyError> {
        let encoded = ber::normalise(file).map_err(|_| KeyError::Unreadable)?;
        let mut fields = Der::new(&encoded).inside(tag::SEQUENCE).map_err(|_| KeyError::Unreadable)?;
        let first = fields.any().map_err(|_| KeyError::Unreadable)?;
        let second = fields.any().map_err(|_| KeyError::Unreadable)?;
        const PKCS12_VERSION: &[u8] = &[3];
        match (first.tag, second.tag) {
            (tag::INTEGER, tag::SEQUENCE) if first.contents == PKCS12_VERSION => {
                let contents = pkcs12::open(&encoded, password.ok_or(KeyError::PasswordNeeded)?)?;
                for key in &contents.keys {
                    self.add_pkcs8(key)?;
                }
                for certificate in contents.certificates {
                    self.add_certificate(certificate);
                }
                self.passed_over = contents.passed_over;
                if self.keys.is_empty() {
                    let missing = KeyError::Missing { wanted: "private key" };
                    return Err(self.passed_over.take().unwrap_or(missing));
                }
                Ok(())
            }
            (tag::INTEGER, tag::SEQUENCE) => self.add_pkcs8(&encoded),
            (tag::INTEGER, tag::INTEGER) => self.add_pkcs1(&encoded),
            (tag::SEQUENCE, tag::OCTET_STRING) => {
                let password = password.ok_or(KeyError::PasswordNeeded)?;
                self.add_pkcs8(&pkcs12::open_shrouded_key(&encoded, password)?)
            }
            (tag::SEQUENCE, tag::SEQUENCE) => {
                self.add_certificate(Certificate::parse(&encoded)?);
                Ok(())
            }
            _ => Err(KeyError::Unreadable),
        }
    }

    fn add_pkcs8(&mut self, key: &[u8]) -> Result<(), KeyError> {
        let rsa = PrivateDecryptingKey::from_pkcs8(key).map_err(|_| KeyError::Rejected)?;
        let public = canonical(&rsa.public_key())?;
        self.keys.push(PrivateKey { rsa, fingerprint: fingerprint(&public), key_id: customary_key_id(&public) });
        Ok(())
    }

    /// Puts PKCS#1 into PKCS#8, which is all the library takes.
    fn add_pkcs1(&mut self, key: &[u8]) -> Result<(), KeyError> {
        let version = der::element(tag::INTEGER, &[&[0]]);
        let algorithm = der::sequence(&[&der::oid(oid::RSA_ENCRYPTION), der::NULL]);
        let key = Zeroizing::new(der::element(tag::OCTET_STRING, &[key]));
        self.add_pkcs8(&Zeroizing::new(der::sequence(&[&version, &algorithm, &key])))
    }

    /// Certificates of other than RSA keys can be no recipient of ours (an authority's in the chain, say).
    fn add_certificate(&mut self, certificate: Certificate) {
        if let Ok(public) = certificate.public_key().and_then(|key| canonical(&key)) {
            self.certificates.push((certificate, fingerprint(&public)));
        }
    }
}

fn fingerprint(public_key_info: &[u8]) -> KeyFingerprint {
    let mut bytes = [0; 32];
    bytes.iter_mut().zip(digest::digest(&digest::SHA256, public_key_info).as_ref()).for_each(|(to, from)| *to = *from);
    KeyFingerprint(bytes)
}
