use std::{fmt, str::FromStr};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::origin::is_name;

/// Ed25519 in signed notes (c2sp.org/signed-note). Other types, such as those of witnesses and ML-DSA, have other numbers.
const ED25519_TYPE: u8 = 1;

/// The public half of a key that signs checkpoints, with its name. Published where the archive's own staff cannot change it.
///
/// Text form, as other tools for signed notes use it: `name+<key id>+<base64>`.
///
/// ```
/// use sakarkiv_audit::VerifierKey;
///
/// // The key of the Go project's checksum database.
/// let key: VerifierKey = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8".parse()?;
/// assert_eq!((key.name(), key.id()), ("sum.golang.org", 0x033d_e0ae));
/// # Ok::<(), sakarkiv_audit::KeyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    public: [u8; 32],
}

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name has characters that a signed note cannot carry.
    #[error("a key's name must be 1 to 255 bytes without blanks, `+` and control characters")]
    Name,
    /// The text is no verifier key, or its id is not that of name and key: a part was changed or lost.
    #[error("a verifier key must be `name+<8 hexadecimal digits>+<base64>` with the id that follows from the rest")]
    Text,
    /// It is a key of another algorithm.
    #[error("the key is not an Ed25519 key: use one that is")]
    Algorithm,
    /// The private key is damaged or of another kind.
    #[error("the private key must be an Ed25519 key in PKCS#8, as PEM or DER, without a password")]
    Private,
}

impl VerifierKey {
    /// An Ed25519 key.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn ed25519(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        if is_name(name) {
            Ok(Self { id: key_id(name, &public), name: name.to_owned(), public })
        } else {
            Err(KeyError::Name)
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number by which signatures find it: no secret, and no proof of anything.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    pub(super) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text, signature).is_ok()
    }
}

fn key_id(name: &str, public: &[u8; 32]) -> u32 {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519_TYPE]).chain_update(public).finalize();
    hash.first_chunk().copied().map_or(0, u32::from_be_bytes)
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ED25519_TYPE], &self.public[..]].concat());
        write!(f, "{}+{:08x}+{key}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (name, id, key) = match (parts.next(), parts.next(), parts.next()) {
            (Some(name), Some(id), Some(key)) if key.len() <= 8192 => (name, id, key),
            _ => return Err(KeyError::Text),
        };
        let key = STANDARD.decode(key).map_err(|_| KeyError::Text)?;
        let public = match key.split_first() {
            Some((&ED25519_TYPE, public)) => public.try_into().map_err(|_| KeyError::Text)?,
            Some(_) => return Err(KeyError::Algorithm),
            None => return Err(KeyError::Text),
        };
        let key = Self::ed25519(name, public)?;
        if format!("{:08x}", key.id) == id { Ok(key) } else { Err(KeyError::Text) }
    }
}

/// A signature that was not made.
#[derive(Debug, Error)]
#[error("the checkpoint could not be signed: see whether the key store answers")]
pub struct SignError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl SignError {
    /// Wraps what the key store said.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Signs checkpoints. The key lies outside the database, best where it can be used but not read; whoever can write to the
/// database must not be able to sign.
///
/// It blocks: under an asynchronous runtime call it where blocking is allowed.
pub trait CheckpointSigner: fmt::Debug + Send + Sync {
    /// The public half.
    fn key(&self) -> &VerifierKey;

    /// Signs the text of a note with the key's algorithm.
    ///
    /// # Errors
    /// [`SignError`] when the key cannot be used now.
    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A key in memory, from the host's secrets.
pub struct Ed25519Signer {
    key: VerifierKey,
    pair: Ed25519KeyPair,
}

impl Ed25519Signer {
    /// Takes a private key in PKCS#8, PEM or DER, as `openssl genpkey -algorithm ed25519` makes it.
    ///
    /// # Errors
    /// [`KeyError`] for another kind of key and for an unfit name.
    pub fn from_pkcs8(name: &str, private_key: &[u8]) -> Result<Self, KeyError> {
        let der = pem_body(private_key);
        let der = der.as_deref().unwrap_or(private_key);
        Self::of(name, Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| KeyError::Private)?)
    }

    /// Takes the 32 secret bytes of RFC 8032.
    ///
    /// # Errors
    /// [`KeyError::Name`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::of(name, Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Private)?)
    }

    fn of(name: &str, pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Private)?;
        Ok(Self { key: VerifierKey::ed25519(name, public)?, pair })
    }
}

/// What stands between the lines of a PEM file; nothing if it is none.
fn pem_body(bytes: &[u8]) -> Option<Vec<u8>> {
    let (_, rest) = std::str::from_utf8(bytes).ok()?.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

impl fmt::Debug for Ed25519Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ed25519Signer").field("key", &self.key).finish_non_exhaustive()
    }
}

impl CheckpointSigner for Ed25519Signer {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = self.pair.try_sign(text).map_err(|_| SignError::new("the crypto library refused"))?;
        Ok(signature.as_ref().to_vec())
    }
}
