use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{TILE_HEIGHT, empty_root, node};
use crate::Hash;

/// The right edge of a tree: all that is needed to append to it and to know its root. At most 64 hashes, some 20 for a
/// million entries.
///
/// It is also what stays of a pruned beginning: the tree goes on from it, and no hash above the cut changes.
///
/// JSON form: `{"size": 6, "peaks": ["…", "…"]}`; for a store's column see [`to_bytes`](Self::to_bytes).
///
/// ```
/// use sakarkiv_audit::{Frontier, Hash};
///
/// let mut frontier = Frontier::new();
/// frontier.append(Hash::from_bytes([1; 32]));
/// assert_eq!((frontier.size(), frontier.root()), (1, Hash::from_bytes([1; 32])));
/// assert_eq!(Frontier::from_bytes(&frontier.to_bytes())?, frontier);
/// # Ok::<(), sakarkiv_audit::FrontierError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Frontier {
    size: u64,
    /// Hashes of the complete subtrees the leaves fall into, the largest first: one for each bit of the size.
    peaks: Vec<Hash>,
}

/// A complete subtree of 256, 65,536, … leaves, which a store keeps so that proofs need few reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileNode {
    /// It has 256 to the power of this many leaves; 1 or more.
    pub level: u8,
    /// Its place among those of its level, from 0.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

/// Something that is no frontier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a frontier must have one hash for each bit of its size that is set")]
pub struct FrontierError;

impl Frontier {
    /// That of an empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Takes a size and the hashes of the complete subtrees, the largest first.
    ///
    /// # Errors
    /// [`FrontierError`] when their number does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Result<Self, FrontierError> {
        if peaks.len() == size.count_ones() as usize { Ok(Self { size, peaks }) } else { Err(FrontierError) }
    }

    /// How many leaves the tree has; the index of the next.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Hashes of the complete subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root of the tree (RFC 6962: Merkle Tree Hash).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let smallest = peaks.next().unwrap_or_else(empty_root);
        peaks.fold(smallest, |right, left| node(&left, &right))
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Hash) {
        self.append_with(leaf, |_| {});
    }

    /// Appends a leaf and gives the nodes that a store must keep from now on: most often none, one after each 256th leaf,
    /// two after each 65,536th.
    #[must_use = "the nodes are needed for proofs"]
    pub fn append_recording(&mut self, leaf: Hash) -> Vec<TileNode> {
        let mut nodes = Vec::new();
        self.append_with(leaf, |node| nodes.push(node));
        nodes
    }

    fn append_with(&mut self, leaf: Hash, mut record: impl FnMut(TileNode)) {
        let mut hash = leaf;
        for height in 1..=self.size.trailing_ones() {
            let left = self.peaks.pop().unwrap_or_default();
            hash = node(&left, &hash);
            if height % TILE_HEIGHT == 0 {
                let level = u8::try_from(height / TILE_HEIGHT).unwrap_or(u8::MAX);
                record(TileNode { level, index: self.size >> height, hash });
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Size (8 bytes, the highest first) and hashes, for a store's column.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.peaks.iter().for_each(|peak| bytes.extend_from_slice(peak.as_bytes()));
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`FrontierError`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (size, peaks) = bytes.split_first_chunk::<8>().ok_or(FrontierError)?;
        let (peaks, []) = peaks.as_chunks::<32>() else { return Err(FrontierError) };
        Self::from_parts(u64::from_be_bytes(*size), peaks.iter().copied().map(Hash::from_bytes).collect())
    }

    /// The hash of a complete subtree that is one of the peaks.
    pub(super) fn peak(&self, height: u32, index: u64) -> Option<Hash> {
        let bit = 1_u64.checked_shl(height)?;
        let above = self.size.checked_shr(height).unwrap_or_default();
        // The peak of this height begins where the bits above it end.
        let fits = self.size & bit != 0 && above ^ 1 == index;
        let place = self.size.checked_shr(height + 1).unwrap_or_default().count_ones() as usize;
        if fits { self.peaks.get(place).copied() } else { None }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    size: u64,
    peaks: Vec<Hash>,
}

impl TryFrom<Form> for Frontier {
    type Error = FrontierError;
    fn try_from(form: Form) -> Result<Self, FrontierError> {
        Self::from_parts(form.size, form.peaks)
    }
}

impl From<Frontier> for Form {
    fn from(frontier: Frontier) -> Self {
        Self { size: frontier.size, peaks: frontier.peaks }
    }
}
