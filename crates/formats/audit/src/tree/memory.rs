use std::{collections::BTreeMap, convert::Infallible};

use super::{Frontier, NodeSource, TILE_HEIGHT};
use crate::Hash;

/// The nodes of a log in memory: for stores that keep nothing, and for tests.
#[derive(Debug, Clone, Default)]
pub struct MemoryNodes {
    nodes: BTreeMap<(u8, u64), Hash>,
}

impl MemoryNodes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf to the tree and keeps its nodes.
    pub fn append(&mut self, frontier: &mut Frontier, leaf: Hash) {
        self.nodes.insert((0, frontier.size()), leaf);
        for node in frontier.append_recording(leaf) {
            self.nodes.insert((node.level, node.index), node.hash);
        }
    }

    /// Forgets what a log cut at `start` no longer needs.
    pub fn prune(&mut self, start: u64) {
        self.nodes.retain(|(level, index), _| {
            let height = u32::from(*level) * TILE_HEIGHT;
            (index + 1).checked_shl(height).is_none_or(|end| end > start)
        });
    }

    /// How many hashes are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
}

impl NodeSource for &MemoryNodes {
    type Error = Infallible;

    fn hashes(&mut self, level: u8, first: u64, count: usize) -> Result<Vec<Hash>, Infallible> {
        let wanted = first..first.saturating_add(count as u64);
        Ok(wanted.map_while(|index| self.nodes.get(&(level, index)).copied()).collect())
    }
}
