//! The Merkle tree of RFC 6962 over the leaves of a log.

mod frontier;
mod memory;
mod proof;
mod prover;

pub use frontier::{Frontier, FrontierError, TileNode};
pub use memory::MemoryNodes;
pub use proof::{ConsistencyProof, InclusionProof, ProofError};
pub use prover::{NodeSource, ProveError, Prover};

use crate::Hash;

/// How many levels of the tree one level of stored nodes spans, as in C2SP tlog-tiles: nodes of 2^8, 2^16, … leaves.
const TILE_HEIGHT: u32 = 8;

/// The hash of a node (RFC 6962 section 2.1).
pub(crate) fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    let (one, two) = bytes.split_at_mut(33);
    if let Some(one) = one.get_mut(1..) {
        one.copy_from_slice(left.as_bytes());
    }
    two.copy_from_slice(right.as_bytes());
    Hash::of(&bytes)
}

/// The hash of the tree without leaves: SHA-256 of nothing.
pub(crate) fn empty_root() -> Hash {
    Hash::of(b"")
}

#[cfg(test)]
mod tests;
