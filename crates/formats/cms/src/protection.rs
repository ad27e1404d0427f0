//! Password protection of keys: PBES2 (RFC 8018), the old PKCS#12 way with 3DES (RFC 7292 appendix B), and the older
//! way of OpenSSL's PEM files.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{digest, hmac, pbkdf2};
use des::TdesEde3;
use des::cipher::{Block, BlockCipherDecrypt, KeyInit};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use crate::der::{Der, Malformed, tag};
use crate::{KeyError, ber, oid};

/// More rounds than any sensible key file asks for; a file that asks for more would only keep us busy.
const MAX_ROUNDS: u64 = 20_000_000;

/// Removes the protection an algorithm identifier describes; gives the structure inside, in definite lengths.
pub(crate) fn open(algorithm: &[u8], encrypted: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut fields = Der::new(algorithm).inside(tag::SEQUENCE).map_err(unreadable)?;
    let name = fields.take(tag::OID).map_err(unreadable)?;
    let parameters = fields.inside(tag::SEQUENCE).map_err(unreadable)?;
    let opened = if name == oid::PBES2 {
        pbes2(parameters, encrypted, password)?
    } else if name == oid::PBE_SHA1_3DES {
        let (salt, rounds) = salt_and_rounds(parameters).map_err(unreadable)?;
        let password = Pkcs12Kdf::new(&digest::SHA1_FOR_LEGACY_USE_ONLY, password, salt, rounds);
        let (key, iv) = (password.derive(1, 24), password.derive(2, 8));
        triple_des_cbc(&key, &iv, encrypted)?
    } else {
        return Err(KeyError::Unsupported { what: "password protection", oid: oid::dotted(name) });
    };
    // With a wrong password the padding looks right once in 256 times; what comes out is no structure then.
    ber::normalise(&opened).map_err(|_| KeyError::WrongPassword)
}

/// Removes the protection of an old OpenSSL PEM file; `dek_info` is `cipher,iv in hexadecimal`.
pub(crate) fn open_traditional(
    dek_info: &str,
    encrypted: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (cipher, iv) = dek_info.split_once(',').ok_or(KeyError::Unreadable)?;
    let iv = unhex(iv).ok_or(KeyError::Unreadable)?;
    let salt = iv.get(..8).ok_or(KeyError::Unreadable)?;
    match cipher {
        "DES-EDE3-CBC" => triple_des_cbc(&traditional_key(password, salt, 24), &iv, encrypted),
        "AES-128-CBC" => aes_cbc(&AES_128, &traditional_key(password, salt, 16), &iv, encrypted),
        "AES-192-CBC" => aes_cbc(&AES_192, &traditional_key(password, salt, 24), &iv, encrypted),
        "AES-256-CBC" => aes_cbc(&AES_256, &traditional_key(password, salt, 32), &iv, encrypted),
        other => Err(KeyError::Unsupported { what: "cipher of a protected PEM key", oid: other.to_owned() }),
    }
}

/// Checks the message authentication code of a PKCS#12 file.
pub(crate) fn check_pkcs12_mac(mac_data: &[u8], protected: &[u8], password: &str) -> Result<(), KeyError> {
    let mut fields = Der::new(mac_data);
    let mut digest_info = fields.inside(tag::SEQUENCE).map_err(unreadable)?;
    let mut algorithm = digest_info.inside(tag::SEQUENCE).map_err(unreadable)?;
    let name = algorithm.take(tag::OID).map_err(unreadable)?;
    let expected = digest_info.take(tag::OCTET_STRING).map_err(unreadable)?;
    let (hash, hmac) = [
        (oid::SHA1, &digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        (oid::SHA256, &digest::SHA256, hmac::HMAC_SHA256),
        (oid::SHA384, &digest::SHA384, hmac::HMAC_SHA384),
        (oid::SHA512, &digest::SHA512, hmac::HMAC_SHA512),
    ]
    .into_iter()
    .find_map(|(oid, hash, hmac)| (oid == name).then_some((hash, hmac)))
    .ok_or_else(|| KeyError::Unsupported { what: "integrity check of a PKCS#12 file", oid: oid::dotted(name) })?;
    let (salt, rounds) = salt_and_rounds(fields).map_err(unreadable)?;
    let key = Pkcs12Kdf::new(hash, password, salt, rounds).derive(3, hash.output_len());
    hmac::verify(&hmac::Key::new(hmac, &key), protected, expected).map_err(|_| KeyError::WrongPassword)
}

fn pbes2(mut parameters: Der<'_>, encrypted: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut derivation = parameters.inside(tag::SEQUENCE).map_err(unreadable)?;
    let name = derivation.take(tag::OID).map_err(unreadable)?;
    if name != oid::PBKDF2 {
        return Err(KeyError::Unsupported { what: "key derivation of a protected key", oid: oid::dotted(name) });
    }
    let mut settings = derivation.inside(tag::SEQUENCE).map_err(unreadable)?;
    let salt = settings.take(tag::OCTET_STRING).map_err(unreadable)?;
    let rounds = rounds(settings.small().map_err(unreadable)?).map_err(unreadable)?;
    settings.optional(tag::INTEGER).map_err(unreadable)?;
    let hash = pbkdf2_hash(settings)?;

    let mut encryption = parameters.inside(tag::SEQUENCE).map_err(unreadable)?;
    let cipher = encryption.take(tag::OID).map_err(unreadable)?;
    let iv = encryption.take(tag::OCTET_STRING).map_err(unreadable)?;
    let derive = |length| {
        let mut key = Zeroizing::new(vec![0; length]);
        pbkdf2::derive(hash, rounds, salt, password.as_bytes(), &mut key);
        key
    };
    match cipher {
        cipher if cipher == oid::AES128_CBC => aes_cbc(&AES_128, &derive(16), iv, encrypted),
        cipher if cipher == oid::AES192_CBC => aes_cbc(&AES_192, &derive(24), iv, encrypted),
        cipher if cipher == oid::AES256_CBC => aes_cbc(&AES_256, &derive(32), iv, encrypted),
        cipher if cipher == oid::DES_EDE3_CBC => triple_des_cbc(&derive(24), iv, encrypted),
        other => Err(KeyError::Unsupported { what: "cipher of a protected key", oid: oid::dotted(other) }),
    }
}

fn pbkdf2_hash(mut settings: Der<'_>) -> Result<pbkdf2::Algorithm, KeyError> {
    if settings.is_empty() {
        return Ok(pbkdf2::PBKDF2_HMAC_SHA1);
    }
    let mut function = settings.inside(tag::SEQUENCE).map_err(unreadable)?;
    match function.take(tag::OID).map_err(unreadable)? {
        name if name == oid::HMAC_SHA1 => Ok(pbkdf2::PBKDF2_HMAC_SHA1),
        name if name == oid::HMAC_SHA256 => Ok(pbkdf2::PBKDF2_HMAC_SHA256),
        name if name == oid::HMAC_SHA384 => Ok(pbkdf2::PBKDF2_HMAC_SHA384),
        name if name == oid::HMAC_SHA512 => Ok(pbkdf2::PBKDF2_HMAC_SHA512),
        name => Err(KeyError::Unsupported { what: "hash of a protected key", oid: oid::dotted(name) }),
    }
}

fn salt_and_rounds<'a>(mut fields: Der<'a>) -> Result<(&'a [u8], NonZeroU32), Malformed> {
    let salt = fields.take(tag::OCTET_STRING)?;
    let count = if fields.is_empty() { 1 } else { fields.small()? };
    Ok((salt, rounds(count)?))
}

fn rounds(count: u64) -> Result<NonZeroU32, Malformed> {
    if count > MAX_ROUNDS {
        return Err(Malformed);
    }
    u32::try_from(count).ok().and_then(NonZeroU32::new).ok_or(Malformed)
}

fn aes_cbc(
    algorithm: &'static Algorithm,
    key: &[u8],
    iv: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let iv: [u8; 16] = iv.try_into().map_err(|_| KeyError::Unreadable)?;
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = UnboundCipherKey::new(algorithm, key)
        .and_then(PaddedBlockDecryptingKey::cbc_pkcs7)
        .and_then(|key| key.decrypt(&mut plain, context).map(|plain| plain.len()))
        .map_err(|_| KeyError::WrongPassword)?;
    plain.truncate(length);
    Ok(plain)
}

fn triple_des_cbc(key: &[u8], iv: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let cipher = TdesEde3::new_from_slice(key).map_err(|_| KeyError::Unreadable)?;
    let mut previous: [u8; 8] = iv.try_into().map_err(|_| KeyError::Unreadable)?;
    let (blocks, rest) = encrypted.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(KeyError::Unreadable);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(encrypted.len()));
    for encrypted in blocks {
        let mut block = Block::<TdesEde3>::from(*encrypted);
        cipher.decrypt_block(&mut block);
        plain.extend(block.iter().zip(previous).map(|(byte, before)| byte ^ before));
        previous = *encrypted;
    }
    let padding = plain.last().copied().filter(|padding| (1..=8).contains(padding)).ok_or(KeyError::WrongPassword)?;
    let length = plain.len().saturating_sub(usize::from(padding));
    if plain.iter().skip(length).any(|byte| *byte != padding) {
        return Err(KeyError::WrongPassword);
    }
    plain.truncate(length);
    Ok(plain)
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round.
fn traditional_key(password: &str, salt: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut previous: Zeroizing<Vec<u8>> = Zeroizing::default();
    while key.len() < length {
        let hash = Md5::new().chain_update(&*previous).chain_update(password).chain_update(salt).finalize();
        previous = Zeroizing::new(hash.to_vec());
        key.extend_from_slice(&previous);
    }
    key.truncate(length);
    key
}

/// The key derivation of PKCS#12 (RFC 7292 appendix B.2).
struct Pkcs12Kdf {
    hash: &'static digest::Algorithm,
    /// Salt and password, each repeated to whole blocks.
    input: Zeroizing<Vec<u8>>,
    rounds: NonZeroU32,
}

impl Pkcs12Kdf {
    fn new(hash: &'static digest::Algorithm, password: &str, salt: &[u8], rounds: NonZeroU32) -> Self {
        let mut characters = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
        for unit in password.encode_utf16().chain([0]) {
            characters.extend(unit.to_be_bytes());
        }
        let mut input = Zeroizing::new(Vec::new());
        for part in [salt, &characters] {
            let length = part.len().next_multiple_of(hash.block_len());
            input.extend(part.iter().cycle().take(length));
        }
        Self { hash, input, rounds }
    }

    /// `purpose` is 1 for a key, 2 for an initialisation vector, 3 for authentication.
    fn derive(&self, purpose: u8, length: usize) -> Zeroizing<Vec<u8>> {
        let block = self.hash.block_len();
        let mut input = self.input.clone();
        let mut out = Zeroizing::new(Vec::with_capacity(length + self.hash.output_len()));
        while out.len() < length {
            let first = [vec![purpose; block].as_slice(), &input].concat();
            let mut hash = digest::digest(self.hash, &Zeroizing::new(first));
            for _ in 1..self.rounds.get() {
                hash = digest::digest(self.hash, hash.as_ref());
            }
            out.extend_from_slice(hash.as_ref());
            for chunk in input.chunks_exact_mut(block) {
                add_one_more_than(chunk, hash.as_ref());
            }
        }
        out.truncate(length);
        out
    }
}

/// `number + repeated + 1`, big-endian, what overflows is dropped.
fn add_one_more_than(number: &mut [u8], repeated: &[u8]) {
    let addend: Vec<u8> = repeated.iter().copied().cycle().take(number.len()).collect();
    let mut carry = 1;
    for (byte, addend) in number.iter_mut().rev().zip(addend.into_iter().rev()) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        let [high, low] = sum.to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = pairs.iter().map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
    if rest.is_empty() { bytes.collect() } else { None }
}

fn unreadable(_: Malformed) -> KeyError {
    KeyError::Unreadable
}
