use std::{error::Error, fmt, time::Duration};

/// What a caller can do about a failed call to a port. The engine decides from this alone, never from text.
///
/// Closed on purpose: whoever handles a failure must handle every kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortErrorKind {
    /// Nothing happened on the other side and the same call may work later. Retry, not before
    /// [`PortError::retry_after`] when that is given.
    Transient,
    /// The other side looked at this very thing and said no. Retrying the same is useless: mend the input.
    Rejected,
    /// The call may have taken effect: a time-out, a lost answer, a crash in between. **Never repeat it blindly**; ask by
    /// reference (`find`) first.
    Unknown,
    /// The credentials are missing, wrong or lack the right. Concerns the whole account, not this letter: stop the account
    /// and tell somebody.
    Unauthorised,
    /// Our own configuration is at fault: a key that fits nothing, an account that is not there. Concerns the account.
    Misconfigured,
    /// This implementation does not do that; its `capabilities()` says so too.
    Unsupported,
}

impl PortErrorKind {
    /// Every kind, for tests that must cover all.
    pub const ALL: [Self; 6] =
        [Self::Transient, Self::Rejected, Self::Unknown, Self::Unauthorised, Self::Misconfigured, Self::Unsupported];

    /// Whether the fault lies with the account rather than with one item, so that the rest of the queue must wait too.
    #[must_use]
    pub const fn concerns_account(self) -> bool {
        matches!(self, Self::Unauthorised | Self::Misconfigured)
    }
}

impl fmt::Display for PortErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Transient => "temporary failure, retry later",
            Self::Rejected => "rejected, mend the input",
            Self::Unknown => "outcome unknown, look it up before anything else",
            Self::Unauthorised => "credentials refused, renew them",
            Self::Misconfigured => "configuration is wrong, mend it",
            Self::Unsupported => "not supported here",
        })
    }
}

/// The error of every port: a kind to act on, and what a person needs to understand it.
///
/// Neither `Display` nor `Debug` may carry personal data: `detail` is for codes, limits and technical facts. What a remote
/// server wrote for people goes through [`PortError::with_remote_code`] as a code, or is left out.
///
/// ```
/// use sakarkiv_core::ports::{PortError, PortErrorKind};
/// use std::time::Duration;
///
/// let error = PortError::new(PortErrorKind::Transient, "svarut.send", "server answered 503")
///     .with_retry_after(Duration::from_secs(30));
/// assert_eq!(error.to_string(), "svarut.send: temporary failure, retry later: server answered 503");
/// ```
pub struct PortError {
    kind: PortErrorKind,
    operation: &'static str,
    detail: String,
    remote_code: Option<String>,
    retry_after: Option<Duration>,
    sent_before: bool,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// An error of `kind` in `operation` (`adapter.method`), with a technical detail free of personal data.
    #[must_use]
    pub fn new(kind: PortErrorKind, operation: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind,
            operation,
            detail: detail.into(),
            remote_code: None,
            retry_after: None,
            sent_before: false,
            source: None,
        }
    }

    /// The usual answer of a method that an implementation does not have.
    #[must_use]
    pub fn unsupported(operation: &'static str) -> Self {
        Self::new(PortErrorKind::Unsupported, operation, "see capabilities()")
    }

    /// Adds the other side's own code or error id, the handle its support asks for.
    #[must_use]
    pub fn with_remote_code(mut self, code: impl Into<String>) -> Self {
        self.remote_code = Some(code.into());
        self
    }

    /// Adds the earliest sensible time for another try, as the other side gave it.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds that the other side has such a letter already, and takes this one for its repetition. Goes with `Unknown`: whether
    /// it was this one or another that says the same, a look-up by reference tells.
    #[must_use]
    pub const fn as_sent_before(mut self) -> Self {
        self.sent_before = true;
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What the caller can do.
    #[must_use]
    pub const fn kind(&self) -> PortErrorKind {
        self.kind
    }

    /// Which call failed, as `adapter.method`.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// The technical detail.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The other side's code or error id.
    #[must_use]
    pub fn remote_code(&self) -> Option<&str> {
        self.remote_code.as_deref()
    }

    /// Whether the other side takes the letter for a repetition of one that it has.
    #[must_use]
    pub const fn is_sent_before(&self) -> bool {
        self.sent_before
    }

    /// How long the other side asked us to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        if let Some(code) = &self.remote_code {
            write!(f, " (remote code `{code}`)")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortError")
            .field("kind", &self.kind)
            .field("operation", &self.operation)
            .field("detail", &self.detail)
            .field("remote_code", &self.remote_code)
            .field("retry_after", &self.retry_after)
            .field("sent_before", &self.sent_before)
            .finish_non_exhaustive()
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
