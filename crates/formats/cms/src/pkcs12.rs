//! PKCS#12 key stores (RFC 7292): the bags with private keys and certificates.
//!
//! Done: password integrity with SHA-1 or SHA-2, PBES2 with AES or 3DES, the old PBE with 3DES, plain bags. Not done:
//! RC2 and RC4 (certificates under them are passed over; a key under them is reported), PBMAC1, public-key modes.

use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::der::{Der, Malformed, tag};
use crate::{KeyError, ber, oid, protection};

/// Safe bags inside each other that we follow.
const MAX_NESTING: usize = 4;

/// What a store holds: private keys as PKCS#8, and certificates.
#[derive(Default)]
pub(crate) struct Contents {
    pub(crate) keys: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) certificates: Vec<Certificate>,
    /// The first part that had to be passed over.
    pub(crate) passed_over: Option<KeyError>,
}

/// Opens a store whose lengths are already definite.
pub(crate) fn open(store: &[u8], password: &str) -> Result<Contents, KeyError> {
    let mut fields = Der::new(store).inside(tag::SEQUENCE).map_err(unreadable)?;
    fields.small().map_err(unreadable)?;
    let safe = content(&mut fields).map_err(unreadable)?;
    if safe.0 != oid::DATA {
        return Err(KeyError::Unsupported { what: "integrity mode of a PKCS#12 file", oid: oid::dotted(safe.0) });
    }
    let safe = Der::new(safe.1).take(tag::OCTET_STRING).map_err(unreadable)?;
    if let Some(mac) = fields.optional(tag::SEQUENCE).map_err(unreadable)? {
        protection::check_pkcs12_mac(mac, safe, password)?;
    }
    let safe = ber::normalise(safe).map_err(unreadable)?;
    let mut parts = Der::new(&safe).inside(tag::SEQUENCE).map_err(unreadable)?;
    let mut contents = Contents::default();
    while !parts.is_empty() {
        let (name, part) = content(&mut parts).map_err(unreadable)?;
        let bags = if name == oid::DATA {
            Der::new(part).take(tag::OCTET_STRING).map(|bags| Zeroizing::new(bags.to_vec())).map_err(unreadable)
        } else if name == oid::ENCRYPTED_DATA {
            encrypted_data(part, password)
        } else {
            Err(KeyError::Unsupported { what: "part of a PKCS#12 file", oid: oid::dotted(name) })
        };
        match bags {
            Ok(bags) => {
                let bags = ber::normalise(&bags).map_err(unreadable)?;
                let bags = Der::new(&bags).inside(tag::SEQUENCE).map_err(unreadable)?;
                contents.take(bags, password, MAX_NESTING)?;
            }
            Err(error @ KeyError::Unsupported { .. }) => {
                contents.passed_over.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(contents)
}

/// Opens an EncryptedPrivateKeyInfo.
pub(crate) fn open_shrouded_key(encoded: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut fields = Der::new(encoded).inside(tag::SEQUENCE).map_err(unreadable)?;
    let algorithm = fields.element(tag::SEQUENCE).map_err(unreadable)?.raw;
    let encrypted = fields.take(tag::OCTET_STRING).map_err(unreadable)?;
    protection::open(algorithm, encrypted, password)
}

impl Contents {
    fn take(&mut self, mut bags: Der<'_>, password: &str, nesting: usize) -> Result<(), KeyError> {
        while !bags.is_empty() {
            let mut bag = bags.inside(tag::SEQUENCE).map_err(unreadable)?;
            let name = bag.take(tag::OID).map_err(unreadable)?;
            let value = bag.take(tag::context_constructed(0)).map_err(unreadable)?;
            if name == oid::KEY_BAG {
                self.keys.push(Zeroizing::new(value.to_vec()));
            } else if name == oid::SHROUDED_KEY_BAG {
                self.keys.push(open_shrouded_key(value, password)?);
            } else if name == oid::CERT_BAG {
                let mut bag = Der::new(value).inside(tag::SEQUENCE).map_err(unreadable)?;
                if bag.take(tag::OID).map_err(unreadable)? == oid::X509_CERTIFICATE {
                    let explicit = bag.take(tag::context_constructed(0)).map_err(unreadable)?;
                    let certificate = Der::new(explicit).take(tag::OCTET_STRING).map_err(unreadable)?;
                    self.certificates.push(Certificate::parse(certificate)?);
                }
            } else if name == oid::SAFE_CONTENTS_BAG {
                let nesting = nesting.checked_sub(1).ok_or(KeyError::Unreadable)?;
                self.take(Der::new(value).inside(tag::SEQUENCE).map_err(unreadable)?, password, nesting)?;
            }
        }
        Ok(())
    }
}

/// A ContentInfo: its type and what is inside `[0]`.
fn content<'a>(fields: &mut Der<'a>) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let mut info = fields.inside(tag::SEQUENCE)?;
    Ok((info.take(tag::OID)?, info.take(tag::context_constructed(0))?))
}

fn encrypted_data(part: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut fields = Der::new(part).inside(tag::SEQUENCE).map_err(unreadable)?;
    fields.small().map_err(unreadable)?;
    let mut info = fields.inside(tag::SEQUENCE).map_err(unreadable)?;
    info.take(tag::OID).map_err(unreadable)?;
    let algorithm = info.element(tag::SEQUENCE).map_err(unreadable)?.raw;
    let encrypted = match info.any().map_err(unreadable)? {
        whole if whole.tag == tag::context(0) => whole.contents.to_vec(),
        pieces if pieces.tag == tag::context_constructed(0) => {
            let mut joined = Vec::new();
            let mut pieces = Der::new(pieces.contents);
            while !pieces.is_empty() {
                joined.extend_from_slice(pieces.take(tag::OCTET_STRING).map_err(unreadable)?);
            }
            joined
        }
        _ => return Err(KeyError::Unreadable),
    };
    protection::open(algorithm, &encrypted, password)
}

fn unreadable(_: Malformed) -> KeyError {
    KeyError::Unreadable
}
