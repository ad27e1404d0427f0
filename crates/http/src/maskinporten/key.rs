use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use thiserror::Error;

/// The key that signs grants, and how Maskinporten knows whose it is. `Debug` shows nothing of the key.
pub struct GrantKey {
    key: EncodingKey,
    header: Header,
}

/// A key or certificate that cannot be used. Shows nothing of it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not an RSA private key in PEM.
    #[error(
        "the private key is not an RSA key of at least 2048 bits in PEM (PKCS#8 or PKCS#1), unencrypted; convert it"
    )]
    Key,
    /// Not a certificate in PEM.
    #[error("the certificate is not in PEM; it begins with `-----BEGIN CERTIFICATE-----`")]
    Certificate,
    /// The key id is blank.
    #[error("the key id (kid) is blank; take it from the client's registration")]
    KeyId,
}

impl GrantKey {
    /// An enterprise certificate (virksomhetssertifikat) and its RSA private key, both PEM. Of a chain only the first
    /// certificate, the organisation's own, is sent (`x5c`).
    ///
    /// # Errors
    /// [`KeyError`] when one of them cannot be used.
    pub fn with_certificate(private_key: &SecretString, certificate: &str) -> Result<Self, KeyError> {
        let block = pem_block(certificate, |label| label == "CERTIFICATE").ok_or(KeyError::Certificate)?;
        let encoded = block.lines().filter(|line| !line.starts_with("-----")).flat_map(str::chars);
        let encoded = encoded.filter(|c| !c.is_whitespace()).collect::<String>();
        STANDARD.decode(&encoded).map_err(|_| KeyError::Certificate)?;
        let mut header = Header::new(Algorithm::RS256);
        header.x5c = Some(vec![encoded]);
        Self::checked(private_key, header)
    }

    /// A key of our own, registered with Digdir under a key id (`kid`).
    ///
    /// # Errors
    /// [`KeyError`] when it cannot be used.
    pub fn with_key_id(private_key: &SecretString, key_id: &str) -> Result<Self, KeyError> {
        let key_id = key_id.trim();
        if key_id.is_empty() {
            return Err(KeyError::KeyId);
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key_id.to_owned());
        Self::checked(private_key, header)
    }

    /// A signed JWT with these claims.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<SecretString, KeyError> {
        jsonwebtoken::encode(&self.header, claims, &self.key).map(SecretString::from).map_err(|_| KeyError::Key)
    }

    /// Signs once, so that a wrong key is found when it is configured and not when the first letter leaves.
    fn checked(private_key: &SecretString, header: Header) -> Result<Self, KeyError> {
        let pem = private_key.expose_secret();
        let block = pem_block(pem, |label| matches!(label, "PRIVATE KEY" | "RSA PRIVATE KEY")).ok_or(KeyError::Key)?;
        let key = EncodingKey::from_rsa_pem(block.as_bytes()).map_err(|_| KeyError::Key)?;
        let signer = Self { key, header };
        signer.sign(&serde_json::json!({}))?;
        Ok(signer)
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named_by = if self.header.kid.is_some() { "kid" } else { "x5c" };
        f.debug_struct("GrantKey").field("named_by", &named_by).finish_non_exhaustive()
    }
}

/// The first PEM block whose label is wanted, its marks included. Files often hold key and certificates together.
fn pem_block(text: &str, wanted: impl Fn(&str) -> bool) -> Option<&str> {
    let mut rest = text;
    loop {
        let (_, from_begin) = rest.split_once(BEGIN)?;
        let (label, after_label) = from_begin.split_once("-----")?;
        let end = format!("-----END {label}-----");
        let (_, after_block) = after_label.split_once(end.as_str())?;
        if wanted(label) {
            let start = text.len() - from_begin.len() - BEGIN.len();
            return text.get(start..text.len() - after_block.len());
        }
        rest = after_block;
    }
}

const BEGIN: &str = "-----BEGIN ";
