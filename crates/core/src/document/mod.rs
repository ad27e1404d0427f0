//! Documents (dokumentbeskrivelser) and their stored versions (dokumentobjekter): what they are called, what they contain
//! and where their bytes are.

mod content;
mod description;
mod file_name;
mod media_type;
mod version;

pub use content::{BlobRef, ContentHash, ContentHashError};
pub use description::{Document, DocumentError, DocumentMarks, DocumentStatus, DocumentType};
pub use file_name::{FileName, FileNameError};
pub use media_type::{MediaType, MediaTypeError};
pub use version::{DocumentName, DocumentVersion, FileFormat, Variant};
