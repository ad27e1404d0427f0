//! The format, precise enough for a second implementation. `verify.py` beside this crate's manifest is one: it shares no line
//! with this code, and the tests hold both against the same vectors.
//!
//! # Notation
//!
//! - `u8`, `u16`, `u32`, `u64`, `i64`: whole numbers of that many bits, the highest byte first.
//! - `text(x)`: the length of `x` in bytes as `u32`, then the bytes. Text is UTF-8, taken as it is: no normal form is made.
//! - `maybe(x)`: one byte 0 when there is nothing; else one byte 1 and `text(x)`.
//! - `H`: SHA-256. Hashes and salts are 32 bytes, in JSON as base64 (RFC 4648 section 4) of exactly 44 characters: with
//!   padding, and with unused bits zero.
//!
//! # Entries
//!
//! A tenant has four logs, one for each class: `security`, `access_and_processing`, `administration`, `channel`. Each is a
//! tree of its own. An entry has a header, which stays, and any number of fields, which can be erased.
//!
//! The header is encoded as these parts, one after the other:
//!
//! | part | encoding | what it is |
//! |---|---|---|
//! | schema | `u16` | 1 |
//! | sequence | `u64` | place in the log from 0, without gaps: the index of the leaf |
//! | seconds | `i64` | of the moment in UTC, since 1970, leap seconds not counted |
//! | nanoseconds | `u32` | of that second, below 1,000,000,000 |
//! | tenant | `text` | 1 to 64 characters `a-z 0-9 - _ . :` |
//! | class | `text` | one of the four words above |
//! | actor | `text` | like the tenant |
//! | client | `maybe` | from where |
//! | activity | `text` | a word such as `read` |
//! | object kind | `text` | a word such as `case` |
//! | object id | `maybe` | which |
//! | outcome | `text` | `done`, `refused` or `failed` |
//! | rule | `maybe` | code of the rule that allowed or refused it |
//!
//! A field has a name, a salt of 32 random bytes that no other field has, and a value. What stands for it is
//!
//! ```text
//! commitment = H( text("field") || text(name) || text(salt) || text(value) )
//! ```
//!
//! and the entry's leaf, the leaf hash of RFC 6962 over header and commitments, with fields ordered by the bytes of their
//! names and no name twice, is
//!
//! ```text
//! leaf = H( 0x00 || text(header) || u32(number of fields) || for each field: text(name) || commitment )
//! ```
//!
//! Erasing a field takes away salt and value. Name and commitment stay, and with them leaf and tree. Without its salt a
//! commitment tells nothing of the value, however few values there may be.
//!
//! In JSON an entry is one object, here in lines for the reader:
//!
//! ```json
//! {"header": {"schema": 1, "sequence": 41, "at": "2026-09-15T08:00:00.120000000Z", "tenant": "bodo",
//!             "class": "access_and_processing", "actor": "u-42", "client": "ws-12", "activity": "read",
//!             "object": {"kind": "case", "id": "00000000-0000-0000-0000-000000000003"}, "outcome": "done",
//!             "rule": "responsible"},
//!  "fields": [{"name": "purpose", "commitment": "<44>", "salt": "<44>", "value": "Klagebehandling"},
//!             {"name": "title", "commitment": "<44>"}],
//!  "leaf": "<44>"}
//! ```
//!
//! Nothing else may stand in it and no name twice. `client`, `rule`, `id` and an empty `fields` are left out where there is
//! nothing. The moment always has nine digits behind the point and is of the years 0 to 9999. The second field above is
//! erased.
//!
//! # Tree
//!
//! RFC 6962 section 2.1: the root over no leaves is `H()`, over one its leaf, over more
//! `H( 0x01 || root of the first k || root of the rest )` with `k` the largest power of two below their number. Inclusion and
//! consistency proofs are those of RFC 6962 as well.
//!
//! A *frontier* of the first `n` entries is `n` and the roots of the complete subtrees that they fall into, the largest
//! first, one for each bit of `n` that is 1: `{"size": 6, "peaks": ["<44>", "<44>"]}`. The root over the first `n` entries
//! follows from it: begin with the last peak and, going to the first, take `H( 0x01 || peak || what you have )`. So does
//! every later root, given the later leaves.
//!
//! # Checkpoints
//!
//! A C2SP checkpoint in a C2SP signed note (c2sp.org/tlog-checkpoint, c2sp.org/signed-note). The text has these lines, each
//! ended by a line feed, then an empty line and the signatures:
//!
//! ```text
//! arkiv.example.no/bodo/access_and_processing
//! 42
//! <root over the first 42 entries, base64>
//! start 6
//! time 2026-09-15T08:00:00.120000000Z
//!
//! — arkiv.example.no/log <base64 of key id and signature>
//! ```
//!
//! The first line, the origin, ends with tenant and class. `start` says how many entries at the beginning were pruned when
//! the checkpoint was signed, and is left out for none; `time` says when that was, and may be left out. Other extension lines
//! are passed over. Signatures are Ed25519 over the text up to the empty line, without it; the key id is the first four
//! bytes of `H( name || 0x0A || 0x01 || public key )`. A verifier key is written `name+<key id, 8 hexadecimal
//! digits>+<base64 of 0x01 and the public key>`.
//!
//! Signatures by other keys, of witnesses for example, are passed over; one by a known key that does not hold spoils the
//! note; and one by a known key must be there.
//!
//! Where a file holds several notes, of one log or of many, each is ended by a line `--`. Pieces that are no notes were cut
//! off while they were written, and are left out.
//!
//! # Pruning
//!
//! A log is pruned from its beginning: entries below `start` go, the frontier of the first `start` entries stays, and a new
//! checkpoint says `start`. Sequences and the tree go on as before.
//!
//! # Exports
//!
//! JSON Lines: each line one JSON object without blanks around it, ended by one line feed and at most
//! 8 MiB (8,388,608 bytes) with it. Three kinds, in this order:
//!
//! ```json
//! {"format": "sakarkiv-audit-log", "version": 1, "origin": "arkiv.example.no/bodo/access_and_processing",
//!  "tenant": "bodo", "class": "access_and_processing", "start": 6, "frontier": {"size": 6, "peaks": ["<44>", "<44>"]},
//!  "checkpoints": ["<signed note>"]}
//! ```
//!
//! one line for each entry from `start` on, as [above](#entries), and
//!
//! ```json
//! {"end": {"size": 42, "root": "<44>"}}
//! ```
//!
//! with the size of the tree behind the last entry and its root.
//!
//! # Verification
//!
//! Keys come from outside the archive. So do earlier checkpoints: those in the export prove nothing against somebody who
//! rolled the whole archive back to an older state.
//!
//! 1. Origin, tenant, class, start and the frontier's size in the first line must agree. Every checkpoint, in the export and
//!    from outside, must be signed and have the same origin.
//! 2. With `start` above that of the newest checkpoint (the one of the largest size; among those, of the largest start),
//!    entries were taken away that nobody signed for.
//! 3. Each entry must have the next sequence, the export's tenant and class, openings that fit their commitments, and the
//!    leaf that follows from it. Append the leaf to the frontier.
//! 4. Wherever the tree has the size of a checkpoint, its root must be that of the checkpoint. A checkpoint of a size below
//!    `start` cannot be compared; one beyond the last entry means that entries are missing.
//! 5. The last line must be there, with size and root of the tree.
//!
//! Entries behind the largest checkpoint are bound to nothing but the last line: their number is told. So is an export for
//! which there is no checkpoint at or above its start: that is no proof of anything, and fails.
