use sakarkiv_xml::{XmlError, fields::FieldError};
use thiserror::Error;

/// Why a message cannot be understood. Tells which element, never what was in it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The message is not XML that is read here.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// No file of the message has the root element that its kind asks for.
    #[error("no file of the message has the root element `{root}`; send it as XML of version 1")]
    Root {
        /// The root element.
        root: &'static str,
    },
    /// An element is missing, or its content is not what it must be.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Something that is well formed and not taken here.
    #[error("{what} is not taken by this archive")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The message names a file that did not come with it.
    #[error("`referanseDokumentfil` number {number} names a file that did not come with the message")]
    FileMissing {
        /// Which reference, from 1 in the order of the message.
        number: usize,
    },
}
