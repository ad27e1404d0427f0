//! The few fields of an X.509 certificate that say which key it is about. Nothing here judges trust or validity:
//! the certificate is only the envelope of a public key and of the name under which senders know it.

use aws_lc_rs::digest;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicEncryptingKey;

use crate::KeyError;
use crate::ber;
use crate::der::{Der, Malformed, tag};
use crate::oid;

/// How a message names the key it is meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecipientId {
    /// Issuer (a whole Name) and serial number (contents of the INTEGER) of the recipient's certificate.
    IssuerAndSerial { issuer: Vec<u8>, serial: Vec<u8> },
    /// The subject key identifier.
    SubjectKeyId(Vec<u8>),
}

/// What we take from a certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) key_id: Option<Vec<u8>>,
    pub(crate) public_key_info: Vec<u8>,
}

impl Certificate {
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, KeyError> {
        let encoded = ber::normalise(encoded).map_err(|_| KeyError::Unreadable)?;
        parse(&encoded).map_err(|_| KeyError::Unreadable)
    }

    /// The RSA public key; certificates of other keys are refused.
    pub(crate) fn public_key(&self) -> Result<PublicEncryptingKey, KeyError> {
        PublicEncryptingKey::from_der(&self.public_key_info).map_err(|_| KeyError::Rejected)
    }

    /// Whether a message that names `id` means this certificate.
    pub(crate) fn is(&self, id: &RecipientId) -> bool {
        match id {
            RecipientId::IssuerAndSerial { issuer, serial } => *issuer == self.issuer && *serial == self.serial,
            RecipientId::SubjectKeyId(key_id) => self.key_id.as_ref() == Some(key_id),
        }
    }

    /// The name by issuer and serial number.
    pub(crate) fn issuer_and_serial(&self) -> RecipientId {
        RecipientId::IssuerAndSerial { issuer: self.issuer.clone(), serial: self.serial.clone() }
    }
}

/// The public key in its one canonical form, for comparison.
pub(crate) fn canonical(key: &PublicEncryptingKey) -> Result<Vec<u8>, KeyError> {
    Ok(key.as_der().map_err(|_| KeyError::Rejected)?.as_ref().to_vec())
}

/// The customary subject key identifier: SHA-1 of the public key's bits (RFC 5280 4.2.1.2 method 1).
pub(crate) fn customary_key_id(public_key_info: &[u8]) -> Option<Vec<u8>> {
    let mut fields = Der::new(public_key_info).inside(tag::SEQUENCE).ok()?;
    fields.take(tag::SEQUENCE).ok()?;
    let bits = fields.take(tag::BIT_STRING).ok()?.get(1..)?;
    Some(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bits).as_ref().to_vec())
}

fn parse(encoded: &[u8]) -> Result<Certificate, Malformed> {
    let mut signed = Der::new(encoded).inside(tag::SEQUENCE)?;
    let mut fields = signed.inside(tag::SEQUENCE)?;
    fields.optional(tag::context_constructed(0))?;
    let serial = fields.take(tag::INTEGER)?.to_vec();
    fields.take(tag::SEQUENCE)?;
    let issuer = fields.element(tag::SEQUENCE)?.raw.to_vec();
    for _validity_and_subject in 0..2 {
        fields.take(tag::SEQUENCE)?;
    }
    let public_key_info = fields.element(tag::SEQUENCE)?.raw.to_vec();
    let mut key_id = None;
    while !fields.is_empty() {
        let field = fields.any()?;
        if field.tag == tag::context_constructed(3) {
            key_id = key_id_extension(Der::new(field.contents).inside(tag::SEQUENCE)?)?;
        }
    }
    Ok(Certificate { issuer, serial, key_id, public_key_info })
}

fn key_id_extension(mut extensions: Der<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    while !extensions.is_empty() {
        let mut extension = extensions.inside(tag::SEQUENCE)?;
        if extension.take(tag::OID)? != oid::SUBJECT_KEY_IDENTIFIER {
            continue;
        }
        const BOOLEAN: u8 = 0x01;
        extension.optional(BOOLEAN)?;
        return Ok(Some(Der::new(extension.take(tag::OCTET_STRING)?).take(tag::OCTET_STRING)?.to_vec()));
    }
    Ok(None)
}
