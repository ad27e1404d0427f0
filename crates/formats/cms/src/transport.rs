//! Key transport: how the content key comes to a recipient, under the recipient's RSA key.

use std::fmt;

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OAEP_SHA384_MGF1SHA384, OAEP_SHA512_MGF1SHA512, OaepAlgorithm,
    OaepPrivateDecryptingKey, OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::der::{self, Der, Malformed, tag};
use crate::{CmsError, oid};

/// How the content key is encrypted for a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyTransport {
    /// RSAES-OAEP with SHA-1 in both places, the default of the standard and of many tools.
    OaepSha1,
    /// RSAES-OAEP with SHA-256 in both places, as KS writes it.
    OaepSha256,
    /// RSAES-OAEP with SHA-384 in both places.
    OaepSha384,
    /// RSAES-OAEP with SHA-512 in both places.
    OaepSha512,
    /// RSAES-PKCS1-v1_5. Old and open to attacks when a service answers how decryption failed; read it, but write it
    /// only for recipients that know nothing better.
    Pkcs1v15,
}

impl fmt::Display for KeyTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OaepSha1 => "RSAES-OAEP SHA-1",
            Self::OaepSha256 => "RSAES-OAEP SHA-256",
            Self::OaepSha384 => "RSAES-OAEP SHA-384",
            Self::OaepSha512 => "RSAES-OAEP SHA-512",
            Self::Pkcs1v15 => "RSAES-PKCS1-v1_5",
        })
    }
}

impl KeyTransport {
    fn oaep(self) -> Option<(&'static OaepAlgorithm, &'static [u8])> {
        match self {
            Self::OaepSha1 => Some((&OAEP_SHA1_MGF1SHA1, oid::SHA1)),
            Self::OaepSha256 => Some((&OAEP_SHA256_MGF1SHA256, oid::SHA256)),
            Self::OaepSha384 => Some((&OAEP_SHA384_MGF1SHA384, oid::SHA384)),
            Self::OaepSha512 => Some((&OAEP_SHA512_MGF1SHA512, oid::SHA512)),
            Self::Pkcs1v15 => None,
        }
    }

    fn with_hash(hash: &[u8]) -> Option<Self> {
        [Self::OaepSha1, Self::OaepSha256, Self::OaepSha384, Self::OaepSha512]
            .into_iter()
            .find(|transport| transport.oaep().is_some_and(|(_, oid)| oid == hash))
    }

    /// The algorithm identifier as it stands in the message.
    pub(crate) fn encode(self) -> Vec<u8> {
        let Some((_, hash)) = self.oaep() else {
            return der::sequence(&[&der::oid(oid::RSA_ENCRYPTION), der::NULL]);
        };
        let parameters = if self == Self::OaepSha1 {
            // All parameters have their default values, and defaults are left out.
            der::sequence(&[])
        } else {
            let hash = der::sequence(&[&der::oid(hash), der::NULL]);
            let mask = der::sequence(&[&der::oid(oid::MGF1), &hash]);
            der::sequence(&[
                &der::element(tag::context_constructed(0), &[&hash]),
                &der::element(tag::context_constructed(1), &[&mask]),
            ])
        };
        der::sequence(&[&der::oid(oid::RSAES_OAEP), &parameters])
    }

    /// Encrypts the content key for the recipient's public key.
    pub(crate) fn seal(self, public: &PublicEncryptingKey, content_key: &[u8]) -> Result<Vec<u8>, CipherFault> {
        let mut sealed = vec![0; public.key_size_bytes()];
        let length = match self.oaep() {
            Some((algorithm, _)) => {
                OaepPublicEncryptingKey::new(public.clone())?.encrypt(algorithm, content_key, &mut sealed, None)?.len()
            }
            None => Pkcs1PublicEncryptingKey::new(public.clone())?.encrypt(content_key, &mut sealed)?.len(),
        };
        sealed.truncate(length);
        Ok(sealed)
    }
}

/// Key transport as read from a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransportParameters {
    pub(crate) transport: KeyTransport,
    /// OAEP label, normally empty.
    label: Vec<u8>,
}

impl TransportParameters {
    /// Reads an algorithm identifier; what is not supported is an error that names it.
    pub(crate) fn parse(identifier: &[u8]) -> Result<Self, CmsError> {
        let mut fields = Der::new(identifier).inside(tag::SEQUENCE).map_err(damaged)?;
        let name = fields.take(tag::OID).map_err(damaged)?;
        if name == oid::RSA_ENCRYPTION {
            return Ok(Self { transport: KeyTransport::Pkcs1v15, label: Vec::new() });
        }
        if name != oid::RSAES_OAEP {
            return Err(unsupported("key transport", name));
        }
        let mut parameters = match fields.peek() {
            None | Some(tag::NULL) => Der::new(&[]),
            Some(_) => fields.inside(tag::SEQUENCE).map_err(damaged)?,
        };
        let hash = explicit_algorithm(&mut parameters, 0).map_err(damaged)?.map_or(oid::SHA1, |(name, _)| name);
        let mask_hash = match explicit_algorithm(&mut parameters, 1).map_err(damaged)? {
            None => oid::SHA1,
            Some((name, mut rest)) if name == oid::MGF1 => {
                let mut hash = rest.inside(tag::SEQUENCE).map_err(damaged)?;
                hash.take(tag::OID).map_err(damaged)?
            }
            Some((name, _)) => return Err(unsupported("mask generation of OAEP", name)),
        };
        let label = match explicit_algorithm(&mut parameters, 2).map_err(damaged)? {
            None => Vec::new(),
            Some((name, mut rest)) if name == oid::P_SPECIFIED => {
                rest.take(tag::OCTET_STRING).map_err(damaged)?.to_vec()
            }
            Some((name, _)) => return Err(unsupported("label source of OAEP", name)),
        };
        let transport = KeyTransport::with_hash(hash).ok_or_else(|| unsupported("hash of OAEP", hash))?;
        if mask_hash != hash {
            // The cryptographic library takes one hash for both places.
            return Err(unsupported("hash of OAEP mask generation, other than the main hash,", mask_hash));
        }
        Ok(Self { transport, label })
    }

    /// Tries to get the content key back. `None`: this key does not fit or the piece was changed.
    pub(crate) fn open(&self, private: &PrivateDecryptingKey, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if sealed.len() != private.key_size_bytes() {
            return None;
        }
        let mut opened = Zeroizing::new(vec![0; private.key_size_bytes()]);
        let length = match self.transport.oaep() {
            Some((algorithm, _)) => OaepPrivateDecryptingKey::new(private.clone())
                .and_then(|key| key.decrypt(algorithm, sealed, &mut opened, Some(&self.label)).map(|out| out.len())),
            None => Pkcs1PrivateDecryptingKey::new(private.clone())
                .and_then(|key| key.decrypt(sealed, &mut opened).map(|out| out.len())),
        }
        .ok()?;
        opened.truncate(length);
        Some(opened)
    }
}

/// `[number] EXPLICIT AlgorithmIdentifier`, if present: the name and what follows it.
fn explicit_algorithm<'a>(parameters: &mut Der<'a>, number: u8) -> Result<Option<(&'a [u8], Der<'a>)>, Malformed> {
    let Some(explicit) = parameters.optional(tag::context_constructed(number))? else {
        return Ok(None);
    };
    let mut fields = Der::new(explicit).inside(tag::SEQUENCE)?;
    Ok(Some((fields.take(tag::OID)?, fields)))
}

fn damaged(_: Malformed) -> CmsError {
    CmsError::Damaged
}

fn unsupported(what: &'static str, name: &[u8]) -> CmsError {
    CmsError::Unsupported { what, oid: oid::dotted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transport_we_write_is_read_back_with_its_parameters() {
        for transport in [
            KeyTransport::OaepSha1,
            KeyTransport::OaepSha256,
            KeyTransport::OaepSha384,
            KeyTransport::OaepSha512,
            KeyTransport::Pkcs1v15,
        ] {
            assert_eq!(TransportParameters::parse(&transport.encode()).unwrap().transport, transport);
        }
    }

    #[test]
    fn absent_parameters_mean_sha_1() {
        let bare = der::sequence(&[&der::oid(oid::RSAES_OAEP)]);
        assert_eq!(TransportParameters::parse(&bare).unwrap().transport, KeyTransport::OaepSha1);
    }

    #[test]
    fn an_oaep_label_is_read_and_mixed_hashes_are_named_as_unsupported() {
        let hash = der::sequence(&[&der::oid(oid::SHA256), der::NULL]);
        let hash_field = der::element(tag::context_constructed(0), &[&hash]);
        let label = der::sequence(&[&der::oid(oid::P_SPECIFIED), &der::element(tag::OCTET_STRING, &[b"label"])]);
        let mask = der::sequence(&[&der::oid(oid::MGF1), &hash]);
        let identifier = |parts: &[&[u8]]| der::sequence(&[&der::oid(oid::RSAES_OAEP), &der::sequence(parts)]);

        let labelled = identifier(&[
            &hash_field,
            &der::element(tag::context_constructed(1), &[&mask]),
            &der::element(tag::context_constructed(2), &[&label]),
        ]);
        assert_eq!(TransportParameters::parse(&labelled).unwrap().label, b"label");
        let error = TransportParameters::parse(&identifier(&[&hash_field])).unwrap_err();
        assert!(error.to_string().contains("1.3.14.3.2.26"), "{error}");
    }
}
