//! Tamper-evident audit log: sealed entries, Merkle tree, signed checkpoints.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod entry;
pub mod format;
mod hash;
mod log;
mod time;
mod tree;

pub use entry::{
    EntryFault, Header, Limit, LoggedObject, Opening, SCHEMA, Salt, SealError, SealedEntry, SealedField, UnknownObject,
};
pub use hash::Hash;
pub use log::{
    AuditCursor, AuditLog, AuditPage, AuditQuery, Erasure, FoundEntry, KeptCheckpoint, LogState, Prune, Pruned,
    SearchOrder,
};
pub use tree::{
    ConsistencyProof, Frontier, FrontierError, InclusionProof, MemoryNodes, NodeSource, ProofError, ProveError, Prover,
    TileNode,
};
