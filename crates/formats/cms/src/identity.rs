//! New keys with a certificate made by themselves.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::certificate::customary_key_id;
use crate::der::{self, tag};
use crate::{KeyError, oid};

/// A new private key and a self-signed certificate for it, as SvarInn accepts for a receiving system
/// (mottakersystem): the certificate only carries the public key and the name under which messages mention it.
///
/// The certificate has no end date (RFC 5280 4.1.2.5: `99991231235959Z`); keys are replaced by decision, not by chance.
pub struct Identity {
    private_key: Zeroizing<Vec<u8>>,
    certificate: Vec<u8>,
}

impl Identity {
    /// Makes an RSA key of 2048 bits, the size KS asks for, and a certificate with this common name and a random
    /// serial number. Takes some tenths of a second.
    ///
    /// # Errors
    /// When the library cannot make a key.
    pub fn generate(common_name: &str) -> Result<Self, KeyError> {
        let key = KeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generation)?;
        let pkcs8 = AsDer::<Pkcs8V1Der<'_>>::as_der(&key).map_err(|_| KeyError::Generation)?;
        let certificate = self_signed(&key, common_name)?;
        Ok(Self { private_key: Zeroizing::new(pkcs8.as_ref().to_vec()), certificate })
    }

    /// The private key, PKCS#8.
    pub fn private_key_der(&self) -> &[u8] {
        &self.private_key
    }

    /// The private key, PKCS#8 in PEM.
    pub fn private_key_pem(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.private_key)
    }

    /// The certificate, X.509.
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate).to_string()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

fn self_signed(key: &KeyPair, common_name: &str) -> Result<Vec<u8>, KeyError> {
    let mut serial = [0; 16];
    rand::fill(&mut serial).map_err(|_| KeyError::Generation)?;
    // Positive and not zero.
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    let public = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(key.public_key())
        .map_err(|_| KeyError::Generation)?;
    let algorithm = der::sequence(&[&der::oid(oid::SHA256_WITH_RSA), der::NULL]);
    let common_name = der::element(tag::UTF8_STRING, &[common_name.as_bytes()]);
    let name =
        der::sequence(&[&der::element(tag::SET, &[&der::sequence(&[&der::oid(oid::COMMON_NAME), &common_name])])]);
    let validity = der::sequence(&[
        &der::element(tag::UTC_TIME, &[b"000101000000Z"]),
        &der::element(tag::GENERALIZED_TIME, &[b"99991231235959Z"]),
    ]);
    let key_id = customary_key_id(public.as_ref()).ok_or(KeyError::Generation)?;
    let key_id = der::element(tag::OCTET_STRING, &[&der::element(tag::OCTET_STRING, &[&key_id])]);
    let extensions = der::sequence(&[&der::sequence(&[&der::oid(oid::SUBJECT_KEY_IDENTIFIER), &key_id])]);
    let to_be_signed = der::sequence(&[
        &der::element(tag::context_constructed(0), &[&der::element(tag::INTEGER, &[&[2]])]),
        &der::element(tag::INTEGER, &[&serial]),
        &algorithm,
        &name,
        &validity,
        &name,
        public.as_ref(),
        &der::element(tag::context_constructed(3), &[&extensions]),
    ]);
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &to_be_signed, &mut signature)
        .map_err(|_| KeyError::Generation)?;
    Ok(der::sequence(&[&to_be_signed, &algorithm, &der::element(tag::BIT_STRING, &[&[0], &signature])]))
}

fn pem(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(STANDARD.encode(bytes));
    let mut text = Zeroizing::new(String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 40));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    for (position, character) in body.char_indices() {
        if position > 0 && position % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}
