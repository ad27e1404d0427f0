use super::out::Out;
use crate::MessageKind;

/// Which of the three error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The request cannot be met as it is.
    Invalid,
    /// What it names is not there.
    NotFound,
    /// The archive failed; the same request may pass later.
    Server,
}

impl FaultKind {
    pub(crate) const fn kind(self) -> MessageKind {
        match self {
            Self::Invalid => MessageKind::Invalid,
            Self::NotFound => MessageKind::NotFound,
            Self::Server => MessageKind::ServerError,
        }
    }

    const fn root(self) -> &'static str {
        match self {
            Self::Invalid => "ugyldigforespoersel",
            Self::NotFound => "ikkefunnet",
            Self::Server => "serverfeil",
        }
    }
}

/// An error message: an id by which operators find it in the log, and what the sender can do.
pub(crate) fn fault(kind: FaultKind, id: &str, words: &str) -> String {
    let root = kind.root();
    let mut out = Out::message_with_records(root, &format!("feil/{root}/v1"), "feil/feilmelding/v1");
    out.text("feilId", id);
    out.text("feilmelding", words);
    out.finish()
}
