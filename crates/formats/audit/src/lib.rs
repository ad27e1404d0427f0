//! The audit log nobody can bend (R3.6): sealed entries, a Merkle tree over them, signed checkpoints for somebody outside to
//! hold, exports, and their verification without the archive.
//!
//! A chain of hashes inside a database proves only that what is left is a beginning of something: who can write to the
//! database can write the chain anew, and a lost tail goes unnoticed. What makes this log trustworthy is outside: the
//! key of its checkpoints ([`CheckpointSigner`]), and checkpoints published where the archive's own staff cannot change them.
//!
//! | part | what it does |
//! |---|---|
//! | [`SealedEntry`] | an event as a header that stays and fields that can be erased, each with its own salt |
//! | [`Frontier`], [`Prover`] | the tree of RFC 6962: appending, roots, proofs, also above a pruned beginning |
//! | [`Checkpoint`], [`Note`] | size and root of a log, signed as C2SP notes |
//! | [`ExportWriter`], [`CsvWriter`] | a log as a file that can be verified, and as a table for people |
//! | [`verify()`], [`Verifier`] | whether a log is as it was written and signed, and if not, where |
//! | [`AuditLog`] | what a store does with all this |
//!
//! [`mod@format`] describes everything that is hashed, signed and written, for a second implementation. The program
//! `sakarkiv-audit` (feature `cli`) verifies exports on the command line.
//!
//! ```
//! use chrono::DateTime;
//! use sakarkiv_audit::*;
//! use sakarkiv_core::{audit::{Activity, AuditEvent, LogClass, ObjectRef}, identity::{ActorId, TenantId}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let salts = |_: &str| Salt::from_bytes([7; 32]);
//! // The archive seals what happens and grows the tree with it ...
//! let (tenant, actor) = (TenantId::new("bodo")?, ActorId::new("u1")?);
//! let event = AuditEvent::new(DateTime::UNIX_EPOCH, tenant.clone(), actor, Activity::LogRead, ObjectRef::Log)
//!     .with_detail("query", "activity = read");
//! let mut frontier = Frontier::new();
//! let entry = SealedEntry::seal_with(&event, frontier.size(), salts)?; // in earnest: `seal`, with the operating system's chance
//! frontier.append(entry.leaf);
//!
//! // ... and hands a signed checkpoint to somebody outside.
//! let signer = Ed25519Signer::from_seed("arkiv.example.no/log", &[7; 32])?;
//! let origin = Origin::new("arkiv.example.no", tenant, LogClass::Security)?;
//! let published = Checkpoint::of(origin.clone(), &frontier).sign(&signer)?;
//!
//! // Years later an auditor gets an export, and knows the key and the checkpoint from elsewhere.
//! let mut writer = ExportWriter::new(Vec::new(), &ExportHeader::new(origin, Frontier::new(), vec![published.clone()]))?;
//! writer.entry(&entry)?;
//! let export = writer.finish()?;
//! let keys = [signer.key().clone()];
//! let verdict = verify(&export[..], &keys, &[published.open(&keys)?])?;
//! assert!(matches!(verdict, Verdict::Sound(report) if report.attested == 1));
//!
//! let edited = String::from_utf8(export)?.replace("activity = read", "activity = sent");
//! let Verdict::Tampered(finding) = verify(edited.as_bytes(), &keys, &[])? else { unreachable!() };
//! assert_eq!(finding.to_string(), "the field \"query\" was edited, at entry 0, in line 2 (from byte 385)");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod checkpoint;
mod entry;
mod export;
pub mod format;
mod hash;
mod log;
mod sink;
mod time;
mod tree;
mod verify;

pub use checkpoint::{
    Checkpoint, CheckpointSigner, Ed25519Signer, KeyError, Note, NoteError, Origin, OriginError, SignError, VerifierKey,
};
pub use entry::{
    EntryFault, Header, Limit, LoggedObject, Opening, SCHEMA, Salt, SealError, SealedEntry, SealedField, UnknownObject,
};
pub use export::{
    CsvOptions, CsvWriter, ExportEnd, ExportError, ExportHeader, ExportLine, ExportReader, ExportWriter, MAX_LINE,
    Place, ReadError,
};
pub use hash::Hash;
pub use log::{
    AuditCursor, AuditLog, AuditPage, AuditQuery, Erasure, FoundEntry, KeptCheckpoint, LogState, Prune, Pruned,
    SearchOrder,
};
pub use sink::CheckpointSink;
pub use tree::{
    ConsistencyProof, Frontier, FrontierError, InclusionProof, MemoryNodes, NodeSource, ProofError, ProveError, Prover,
    TileNode,
};
pub use verify::{Finding, Report, Verdict, Verifier, What, verify};
