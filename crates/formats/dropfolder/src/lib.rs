//! Folders in which other systems leave what they deliver: one folder is one delivery, and a manifest, written last, says
//! what is in it.
//!
//! ```text
//! <root>/inn/<name>/…          left by the sender; without a manifest it is still being written
//! <root>/arbeid/<id>/…         taken up, in one rename, so that nobody else takes it
//! <root>/arkivert/<id>/…       taken in; the answer lies beside the manifest
//! <root>/avvist/<id>/…         refused (quarantine); the answer says why
//! <root>/mottak/, <root>/indeks/   deliveries that come over a network, until they are whole
//! ```
//!
//! Nothing is deleted: what was taken in or refused is moved, and the owner of the folder clears it when the time for
//! complaints and tests is over. All state lies in the folder itself, so a crash at any moment loses nothing and does
//! nothing twice.
//!
//! # What senders may do wrong, or on purpose
//!
//! - A manifest that ends too early may be still being written: it counts only when it has not changed between two looks.
//!   JSON tells by itself whether it is whole; any other last file, such as an e-mail, is always looked at twice.
//! - Names are never paths: `..`, absolute paths, backslashes, control characters and links are refused, in every part.
//! - Names are compared in the same Unicode form (NFC), since systems write `å` in two ways.
//! - Sizes, numbers and depth are bounded before anything is read.
//! - The sender may still write into a folder that was taken up. Whoever reads a file compares its checksum with the
//!   manifest's, so that cannot bring in anything that the manifest does not name.
//!
//! The functions that touch the disk block; [`blocking`] runs them where that does no harm.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
mod folder;
mod names;
mod staging;
mod stream;
mod taken;

pub use error::DropError;
pub use folder::{DropFolder, DropLimits, Ending, Waiting, could_write, open_plain, sync_folder, write_whole};
pub use staging::{Place, Staged, came_by_network, file_name};
pub use stream::{blocking, file_stream};
pub use taken::{OpenedFile, Taken};
