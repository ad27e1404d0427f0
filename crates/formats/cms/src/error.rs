use std::io;

/// Why a message could not be opened or made. Each variant asks for another action of the caller.
///
/// Everything that depends on a secret (key transport, padding, authentication tag) ends as the one variant
/// [`CmsError::Damaged`] without detail, so that an answer sent back to the sender tells nothing about our keys
/// or the content (no padding oracle). No variant carries content, names or key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// The bytes do not begin like a CMS message. They may be plain, cut off at the very start, or PEM.
    #[error("not a CMS message: check whether the sender encrypted it at all")]
    NotCms,
    /// The message is whole as far as can be seen, but no private key in the ring opens it.
    #[error(
        "none of the {keys} private key(s) fits any of the {recipients} recipient(s): add the key that belongs to the \
         certificate the sender holds"
    )]
    NotForUs {
        /// Recipients the message names.
        recipients: usize,
        /// Private keys in the ring.
        keys: usize,
    },
    /// Cut short, changed on the way, followed by foreign bytes, or encrypted with a key other than the one named.
    #[error("message is cut short, changed or does not fit the key: fetch it again or ask the sender to send it again")]
    Damaged,
    /// A well-formed message that uses something this crate does not do.
    #[error("unsupported {what} `{oid}`: ask the sender for AES with RSA-OAEP")]
    Unsupported {
        /// Which part of the message it concerns, in words.
        what: &'static str,
        /// Dotted object identifier or, where there is none, a short description.
        oid: String,
    },
    /// A limit of [`Limits`](crate::Limits) was passed, or more content given than a cipher may take.
    #[error("{what} beyond the limit of {limit}: raise the limit if the message is to be trusted")]
    TooLarge {
        /// What was too much.
        what: &'static str,
        /// The limit, in bytes or pieces as `what` says.
        limit: u64,
    },
    /// The caller asked for a message that cannot be made (no recipients, length differs from the one announced).
    #[error("cannot encrypt: {reason}")]
    CannotEncrypt {
        /// What is wrong, with the remedy.
        reason: &'static str,
    },
    /// Reading the source or writing the destination failed. Says nothing about the message.
    #[error("reading or writing failed while handling a CMS message: {0}")]
    Io(#[from] io::Error),
}

/// Why a key, certificate or key store could not be loaded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// Neither PEM nor a DER form this crate knows, or broken inside.
    #[error("not a readable key or certificate: give PEM, PKCS#8, PKCS#1, PKCS#12 or X.509")]
    Unreadable,
    /// Nothing of the wanted kind in an otherwise readable file.
    #[error("no {wanted} in the file: check that the right file is configured")]
    Missing {
        /// What was looked for.
        wanted: &'static str,
    },
    /// The file is protected and no password was given.
    #[error("the key is password protected: configure its password")]
    PasswordNeeded,
    /// The password does not open the file (or the protected part is damaged, which looks the same).
    #[error("the password does not open the key: check the configured password")]
    WrongPassword,
    /// A well-formed file that uses something this crate does not do.
    #[error("unsupported {what} `{oid}`: convert the key with `openssl pkcs8 -topk8` or `openssl pkcs12 -export`")]
    Unsupported {
        /// Which part of the file it concerns.
        what: &'static str,
        /// Dotted object identifier or short description.
        oid: String,
    },
    /// The cryptographic library refuses the key: not RSA, outside 2048 to 8192 bits, or inconsistent.
    #[error("the RSA key is refused: it must have 2048 to 8192 bits and be consistent")]
    Rejected,
    /// The library could not make a key or signature.
    #[error("a new key could not be generated: check the machine's source of randomness")]
    Generation,
}
