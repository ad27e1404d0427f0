use sakarkiv_core::ports::{PortError, PortErrorKind};

use super::report::{Violation, demand, violated};

/// Demands a failure of one of these kinds.
pub(super) fn fails_as<T>(
    what: &str,
    outcome: Result<T, PortError>,
    allowed: &[PortErrorKind],
) -> Result<PortError, Violation> {
    let expected = format!("{what} fails as {allowed:?}");
    match outcome {
        Err(error) if allowed.contains(&error.kind()) => Ok(error),
        Err(error) => Err(violated(expected, error)),
        Ok(_) => Err(violated(expected, "success")),
    }
}

/// Demands that none of the texts is found in what an error shows to logs.
pub(super) fn tells_nothing(error: &PortError, secrets: &[&str]) -> Result<(), Violation> {
    let shown = format!("{error} {error:?}");
    let told = secrets.iter().any(|secret| !secret.is_empty() && shown.contains(secret));
    demand(!told, "an error without names, titles or numbers of people", "an error that tells them")
}
