//! Why something was decided: the same shape for access, routing, publication and sensitivity.

use serde::Serialize;

/// One reason of a decision. A decision without a reason cannot be explained to the archivist who has to defend it, so
/// every outcome carries at least one.
///
/// The three parts are fixed texts of the library, so a reason never holds personal data and may be logged and shown.
///
/// ```
/// use sakarkiv_core::reason::Reason;
///
/// const NO_ROLE: Reason = Reason { code: "no_role", text: "no role covers this record", source: "R2.1" };
/// assert_eq!(NO_ROLE.to_string(), "no role covers this record (no_role, R2.1)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Reason {
    /// Stable code in `snake_case`, for programs, statistics and translations.
    pub code: &'static str,
    /// What it means, for people.
    pub text: &'static str,
    /// Where the rule comes from: a requirement id, a law or an interface.
    pub source: &'static str,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.text, self.code, self.source)
    }
}
