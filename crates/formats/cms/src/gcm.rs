//! AES-GCM piece by piece (NIST SP 800-38D): the cryptographic library offers it only for a whole message in memory.
//!
//! Counter mode comes from the library, the authenticating hash from `ghash`, both constant in time. Only 96-bit
//! nonces are done, which all known writers use; with them the counter cannot wrap within the longest message.

use aws_lc_rs::cipher::{EncryptionContext, StreamingEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;

/// Longest content one key and nonce may encrypt: 2^32 - 2 blocks.
pub(crate) const MAX_CONTENT: u64 = ((1 << 32) - 2) * BLOCK as u64;
pub(crate) const NONCE: usize = 12;
const BLOCK: usize = 16;

/// One message being encrypted or decrypted.
pub(crate) struct Gcm {
    keystream: StreamingEncryptingKey,
    hash_key: Zeroizing<[u8; BLOCK]>,
    tag_mask: Zeroizing<[u8; BLOCK]>,
    hash: GHash,
    partial: Vec<u8>,
    length: u64,
}

impl Gcm {
    /// `key` twice, because the library's key type cannot be copied.
    pub(crate) fn new(keys: [UnboundCipherKey; 2], nonce: &[u8; NONCE]) -> Result<Self, CipherFault> {
        let [hash_key_maker, key] = keys;
        let mut hash_key = Zeroizing::new([0; BLOCK]);
        encrypt_zeros(&mut counter_mode(hash_key_maker, [0; BLOCK])?, &mut hash_key)?;

        let mut first_counter = [0; BLOCK];
        let (head, tail) = first_counter.split_at_mut(NONCE);
        head.copy_from_slice(nonce);
        tail.copy_from_slice(&1_u32.to_be_bytes());
        let mut keystream = counter_mode(key, first_counter)?;
        let mut tag_mask = Zeroizing::new([0; BLOCK]);
        encrypt_zeros(&mut keystream, &mut tag_mask)?;

        let hash = GHash::new(&Block::from(*hash_key));
        Ok(Self { keystream, hash_key, tag_mask, hash, partial: Vec::with_capacity(BLOCK), length: 0 })
    }

    /// Encrypts `plain` into `out`, which must have room for another block, and hashes what came out.
    pub(crate) fn encrypt(&mut self, plain: &[u8], out: &mut [u8]) -> Result<usize, CipherFault> {
        let written = self.keystream.update(plain, out)?.written().len();
        self.absorb(out.get(..written).unwrap_or_default())?;
        Ok(written)
    }

    /// Hashes `encrypted` and decrypts it into `out`, which must have room for another block. What comes out is not
    /// to be trusted before the tag was compared.
    pub(crate) fn decrypt(&mut self, encrypted: &[u8], out: &mut [u8]) -> Result<usize, CipherFault> {
        self.absorb(encrypted)?;
        Ok(self.keystream.update(encrypted, out)?.written().len())
    }

    /// The authentication tag over the content and `associated` data.
    ///
    /// CMS puts the associated data (authenticated attributes) *after* the content, whereas the hash takes it first.
    /// The hash is linear: the part of the associated data is its own hash moved on by one multiplication with the
    /// hash key for every block of content, and so it can be added at the end.
    pub(crate) fn tag(mut self, associated: &[u8]) -> [u8; BLOCK] {
        self.hash.update_padded(&self.partial);
        let mut last = Block::from([0; BLOCK]);
        let (associated_bits, content_bits) = last.split_at_mut(BLOCK / 2);
        associated_bits.copy_from_slice(&(associated.len() as u64 * 8).to_be_bytes());
        content_bits.copy_from_slice(&(self.length * 8).to_be_bytes());
        if !associated.is_empty() {
            let mut alone = GHash::new(&Block::from(*self.hash_key));
            alone.update_padded(associated);
            let moved = times_power(alone.finalize(), Block::from(*self.hash_key), self.length.div_ceil(BLOCK as u64));
            xor(&mut last, &moved);
        }
        self.hash.update(&[last]);
        let mut tag = self.hash.finalize();
        xor(&mut tag, &*self.tag_mask);
        tag.into()
    }

    fn absorb(&mut self, mut encrypted: &[u8]) -> Result<(), CipherFault> {
        self.length = self.length.saturating_add(encrypted.len() as u64);
        if self.length > MAX_CONTENT {
            return Err(CipherFault);
        }
        if !self.partial.is_empty() {
            let (head, rest) = encrypted.split_at(encrypted.len().min(BLOCK - self.partial.len()));
            self.partial.extend_from_slice(head);
            encrypted = rest;
            if self.partial.len() < BLOCK {
                return Ok(());
            }
            self.hash.update_padded(&self.partial);
            self.partial.clear();
        }
        let (blocks, rest) = Block::slice_as_chunks(encrypted);
        self.hash.update(blocks);
        self.partial.extend_from_slice(rest);
        Ok(())
    }
}

fn counter_mode(key: UnboundCipherKey, counter: [u8; BLOCK]) -> Result<StreamingEncryptingKey, CipherFault> {
    let context = EncryptionContext::Iv128(FixedLength::from(counter));
    Ok(StreamingEncryptingKey::less_safe_ctr(key, context)?)
}

fn encrypt_zeros(keystream: &mut StreamingEncryptingKey, block: &mut [u8; BLOCK]) -> Result<(), CipherFault> {
    let mut out = Zeroizing::new([0; 2 * BLOCK]);
    keystream.update(&[0; BLOCK], &mut *out)?;
    block.copy_from_slice(out.first_chunk::<BLOCK>().ok_or(CipherFault)?);
    Ok(())
}

/// `value` multiplied `exponent` times by `base` in the field of GHASH; the exponent is no secret.
fn times_power(mut value: Block, mut base: Block, mut exponent: u64) -> Block {
    while exponent > 0 {
        if exponent & 1 == 1 {
            value = product(value, &base);
        }
        base = product(base, &base);
        exponent >>= 1;
    }
    value
}

fn product(left: Block, right: &Block) -> Block {
    let mut hash = GHash::new(right);
    hash.update(&[left]);
    hash.finalize()
}

fn xor(into: &mut Block, other: &[u8]) {
    for (byte, other) in into.iter_mut().zip(other) {
        *byte ^= other;
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
    use aws_lc_rs::cipher::AES_256;

    use super::*;

    #[test]
    fn agrees_with_the_librarys_own_gcm_for_all_lengths_pieces_and_associated_data() {
        let (key, nonce) = ([7; 32], [9; NONCE]);
        let whole = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).unwrap());
        for (length, piece, associated) in [
            (0, 1, ""),
            (1, 1, "a"),
            (15, 4, "sixteen octets.."),
            (16, 16, ""),
            (17, 5, "seventeen octets."),
            (1000, 33, "attributes"),
            (4096, 1000, ""),
            (100_000, 65_536, &*"x".repeat(777)),
        ] {
            let plain: Vec<u8> = (0..length).map(|n: u32| (n % 251) as u8).collect();
            let mut expected = plain.clone();
            let expected_tag = whole
                .seal_in_place_separate_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(associated.as_bytes()),
                    &mut expected,
                )
                .unwrap();
            let keys = || [(); 2].map(|()| UnboundCipherKey::new(&AES_256, &key).unwrap());
            let (mut sealing, mut opening) = (Gcm::new(keys(), &nonce).unwrap(), Gcm::new(keys(), &nonce).unwrap());
            let (mut sealed, mut opened, mut out) = (Vec::new(), Vec::new(), vec![0; piece + BLOCK]);
            for chunk in plain.chunks(piece) {
                let count = sealing.encrypt(chunk, &mut out).unwrap();
                sealed.extend_from_slice(&out[..count]);
            }
            for chunk in sealed.chunks(piece) {
                let count = opening.decrypt(chunk, &mut out).unwrap();
                opened.extend_from_slice(&out[..count]);
            }
            assert_eq!((sealed, opened), (expected, plain), "{length} octets");
            assert_eq!(sealing.tag(associated.as_bytes()), expected_tag.as_ref(), "{length} octets");
            assert_eq!(opening.tag(associated.as_bytes()), expected_tag.as_ref(), "{length} octets");
        }
    }
}
