use std::{error::Error, fmt};

use super::{ConsistencyProof, Frontier, InclusionProof, TILE_HEIGHT, empty_root, node};
use crate::Hash;

/// Where a store's nodes are read from.
///
/// **Layout.** As in C2SP tlog-tiles: level 0 are the hashes of the leaves, which stand in the entries' own rows; level 1 the
/// hashes of complete subtrees of 256 leaves, level 2 of 65,536, and so on. A store writes what
/// [`Frontier::append_recording`] gives, one row for each 256 entries (1/255 rows for each entry, all levels together), and
/// a proof reads some 8 short ranges of each level.
///
/// **Pruning.** With a log cut at `start`, leaves from `start` on and nodes that end after `start` must be there; what ends
/// at or before it can be deleted.
pub trait NodeSource {
    /// Why reading failed.
    type Error;

    /// `count` hashes of a level from `first` on, in order. Never more than 128 and never beyond one tile of 256.
    ///
    /// # Errors
    /// What the store says. Fewer hashes than asked for make the proof fail.
    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, Self::Error>;
}

/// A proof that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProveError<E> {
    /// The index or size is not of such a tree.
    OutOfRange,
    /// It needs nodes that were pruned.
    Pruned,
    /// A node that must be there is not: the store lost or changed something.
    Missing {
        /// Its level.
        level: u8,
        /// Its place in it.
        index: u64,
    },
    /// Reading failed.
    Source(E),
}

impl<E> fmt::Display for ProveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange => f.write_str("the index or size is beyond the tree"),
            Self::Pruned => f.write_str("the proof needs entries that were pruned: ask for one above the cut"),
            Self::Missing { level, index } => {
                write!(f, "the tree's node {index} of level {level} is missing: verify the log")
            }
            Self::Source(_) => f.write_str("the tree's nodes could not be read"),
        }
    }
}

impl<E: Error + 'static> Error for ProveError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Source(error) => Some(error),
            _ => None,
        }
    }
}

/// Makes roots and proofs from a store's nodes.
///
/// Sizes are the caller's to know: asking beyond what was written gives [`ProveError::Missing`].
#[derive(Debug)]
pub struct Prover<'a, S> {
    source: S,
    cut: &'a Frontier,
}

impl<'a, S: NodeSource> Prover<'a, S> {
    /// Over a source, for a log that begins at `cut`: an empty frontier where nothing was pruned.
    pub const fn new(source: S, cut: &'a Frontier) -> Self {
        Self { source, cut }
    }

    /// The root of the first `size` leaves.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn root(&mut self, size: u64) -> Result<Hash, ProveError<S::Error>> {
        if size == 0 { Ok(empty_root()) } else { self.range(0, size) }
    }

    /// The frontier of the first `size` leaves: for a cut, and for an export that begins there.
    ///
    /// # Errors
    /// [`ProveError`].
    pub fn frontier(&mut self, size: u64) -> Result<Frontier, ProveError<S::Error>> {
        let mut peaks = Vec::new();
        for height in (0..u64::BITS).rev().filter(|height| size >> height & 1 == 1) {
            peaks.push(self.complete(height, (size >> height) - 1)?);
        }
        Frontier::from_parts(size, peaks).map_err(|_| ProveError::OutOfRange)
    }

    /// Proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// [`ProveError`]; [`ProveError::Pruned`] for an index below the cut.
    pub fn inclusion(&mut self, index: u64, size: u64) -> Result<InclusionProof, ProveError<S::Error>> {
        if index >= size {
            return Err(ProveError::OutOfRange);
        }
        if index < self.cut.size() {
            return Err(ProveError::Pruned);
        }
        let (mut from, mut to) = (0, size);
        let mut hashes = Vec::new();
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                hashes.push(self.range(middle, to)?);
                to = middle;
            } else {
                hashes.push(self.range(from, middle)?);
                from = middle;
            }
        }
        hashes.reverse();
        Ok(InclusionProof { index, size, hashes })
    }

    /// Proof that the tree of `from` leaves is the beginning of that of `to` leaves.
    ///
    /// # Errors
    /// [`ProveError`]; [`ProveError::Pruned`] for an earlier tree that ends below the cut.
    pub fn consistency(&mut self, from: u64, to: u64) -> Result<ConsistencyProof, ProveError<S::Error>> {
        if from > to {
            return Err(ProveError::OutOfRange);
        }
        let mut hashes = Vec::new();
        if from == 0 || from == to {
            return Ok(ConsistencyProof { from, to, hashes });
        }
        let (mut start, mut end) = (0, to);
        while end != from {
            let middle = start + split(end - start);
            if from <= middle {
                hashes.push(self.range(middle, end)?);
                end = middle;
            } else {
                hashes.push(self.range(start, middle)?);
                start = middle;
            }
        }
        // What is left is the last complete part of the earlier tree; the whole of it is known to whoever verifies.
        if start > 0 {
            hashes.push(self.range(start, end)?);
        }
        hashes.reverse();
        Ok(ConsistencyProof { from, to, hashes })
    }

    /// The root of the leaves `from..to`, a node of some tree: `from` is a multiple of the power of two at or above the
    /// length.
    fn range(&mut self, from: u64, to: u64) -> Result<Hash, ProveError<S::Error>> {
        let length = to - from;
        if length.is_power_of_two() {
            let height = length.trailing_zeros();
            return self.complete(height, from >> height);
        }
        let middle = from + split(length);
        let left = self.range(from, middle)?;
        let right = self.range(middle, to)?;
        Ok(node(&left, &right))
    }

    /// The hash of a complete subtree of `2^height` leaves.
    fn complete(&mut self, height: u32, index: u64) -> Result<Hash, ProveError<S::Error>> {
        let start = index << height;
        let last = start + ((1_u64 << height) - 1);
        let cut = self.cut.size();
        if last < cut {
            return self.cut.peak(height, index).ok_or(ProveError::Pruned);
        }
        let within = height % TILE_HEIGHT;
        if start >= cut || within == 0 {
            return self.stored(height / TILE_HEIGHT, within, index);
        }
        let left = self.complete(height - 1, index * 2)?;
        let right = self.complete(height - 1, index * 2 + 1)?;
        Ok(node(&left, &right))
    }

    /// The hash of a subtree `within` steps above stored nodes of a level.
    fn stored(&mut self, level: u32, within: u32, index: u64) -> Result<Hash, ProveError<S::Error>> {
        let level = u8::try_from(level).map_err(|_| ProveError::OutOfRange)?;
        let (first, count) = (index << within, 1_usize << within);
        let mut hashes = self.source.hashes(level, first, count).map_err(ProveError::Source)?;
        if hashes.len() != count {
            return Err(ProveError::Missing { level, index: first + hashes.len() as u64 });
        }
        while hashes.len() > 1 {
            let (pairs, _) = hashes.as_chunks::<2>();
            hashes = pairs.iter().map(|[left, right]| node(left, right)).collect();
        }
        hashes.first().copied().ok_or(ProveError::Missing { level, index: first })
    }
}

/// The largest power of two below a length of 2 or more (RFC 6962: k).
const fn split(length: u64) -> u64 {
    1 << (length - 1).ilog2()
}
