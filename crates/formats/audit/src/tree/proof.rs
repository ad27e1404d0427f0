use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::node;
use crate::Hash;

/// Proof that a leaf is at its place in a tree (RFC 6962 section 2.1.1: audit path). At most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InclusionProof {
    /// Which leaf.
    pub index: u64,
    /// Of a tree of this size.
    pub size: u64,
    /// The siblings on the way up, the lowest first.
    pub hashes: Vec<Hash>,
}

/// Proof that a tree is the beginning of another (RFC 6962 section 2.1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyProof {
    /// Size of the earlier tree.
    pub from: u64,
    /// Size of the later tree.
    pub to: u64,
    /// The nodes, as RFC 6962 orders them.
    pub hashes: Vec<Hash>,
}

/// A proof that does not prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Sizes and indices do not make sense, or the number of hashes is not that of such a proof.
    #[error("the proof has not the form of a proof for these sizes")]
    Form,
    /// The hashes lead to another root.
    #[error("the proof does not lead to the root")]
    Root,
}

impl InclusionProof {
    /// Checks that `leaf` stands at its index in the tree with this root.
    ///
    /// # Errors
    /// [`ProofError`] when that is not proven.
    pub fn verify(&self, leaf: Hash, root: Hash) -> Result<(), ProofError> {
        let last = self.size.checked_sub(1).filter(|last| self.index <= *last).ok_or(ProofError::Form)?;
        let (mut index, mut last, mut hash) = (self.index, last, leaf);
        let mut siblings = self.hashes.iter();
        while last > 0 {
            if index & 1 == 1 {
                hash = node(siblings.next().ok_or(ProofError::Form)?, &hash);
            } else if index < last {
                hash = node(&hash, siblings.next().ok_or(ProofError::Form)?);
            }
            index >>= 1;
            last >>= 1;
        }
        end(siblings.len(), hash == root)
    }
}

impl ConsistencyProof {
    /// Checks that the tree with root `earlier` is the beginning of the one with root `later`.
    ///
    /// # Errors
    /// [`ProofError`] when that is not proven.
    pub fn verify(&self, earlier: Hash, later: Hash) -> Result<(), ProofError> {
        match (self.from, self.to) {
            (from, to) if from > to => return Err(ProofError::Form),
            (from, to) if from == to => return end(self.hashes.len(), earlier == later),
            (0, _) => return end(self.hashes.len(), earlier == super::empty_root()),
            _ => {}
        }
        // The largest complete subtree that ends where the earlier tree ends: for a power of two that tree itself, whose
        // root is not repeated in the proof.
        let height = self.from.trailing_zeros();
        let (mut index, mut last) = ((self.from - 1) >> height, (self.to - 1) >> height);
        let mut rest = self.hashes.iter();
        let start = if self.from.is_power_of_two() { earlier } else { *rest.next().ok_or(ProofError::Form)? };
        let (mut old, mut new) = (start, start);
        while last > 0 {
            if index & 1 == 1 {
                let left = rest.next().ok_or(ProofError::Form)?;
                old = node(left, &old);
                new = node(left, &new);
            } else if index < last {
                new = node(&new, rest.next().ok_or(ProofError::Form)?);
            }
            index >>= 1;
            last >>= 1;
        }
        end(rest.len(), old == earlier && new == later)
    }
}

fn end(left_over: usize, proven: bool) -> Result<(), ProofError> {
    match (left_over, proven) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::Root),
        _ => Err(ProofError::Form),
    }
}
