use std::time::Duration;

use chrono::DateTime;
use http::{HeaderMap, StatusCode, header};
use sakarkiv_core::{identity::Timestamp, ports::PortErrorKind};

/// Whether a call changes something on the other side. Decides what a lost or unclear answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It only reads: a lost answer costs nothing, ask again.
    None,
    /// It changes something: after a lost answer it is not known whether it did.
    MayHaveHappened,
}

impl Effect {
    /// What a missing or unreadable answer means: `Transient` for reading, `Unknown` for changing.
    #[must_use]
    pub const fn unclear(self) -> PortErrorKind {
        match self {
            Self::None => PortErrorKind::Transient,
            Self::MayHaveHappened => PortErrorKind::Unknown,
        }
    }
}

/// What a status that is not a success means, when nothing else is known of the service.
///
/// | status | reading | changing | because |
/// |---|---|---|---|
/// | 301, 307, 308 | `Misconfigured` | `Misconfigured` | the address has moved; redirects are not followed |
/// | 401, 403 | `Unauthorised` | `Unauthorised` | refused before anything was done |
/// | 407 | `Misconfigured` | `Misconfigured` | a proxy on the way wants its own credentials |
/// | 408, 425, 429, 5xx | `Transient` | `Unknown` | the request may have been taken before the failure |
/// | 409 | `Rejected` | `Unknown` | what is in conflict may be an earlier attempt of our own |
/// | other 4xx | `Rejected` | `Rejected` | looked at and refused |
/// | anything else | `Transient` | `Unknown` | not an answer of the service that was asked |
///
/// A service whose 404 means an account that is not there changes that one itself.
///
/// ```
/// use http::StatusCode;
/// use sakarkiv_core::ports::PortErrorKind;
/// use sakarkiv_http::{Effect, kind_of};
///
/// assert_eq!(kind_of(StatusCode::SERVICE_UNAVAILABLE, Effect::None), PortErrorKind::Transient);
/// assert_eq!(kind_of(StatusCode::SERVICE_UNAVAILABLE, Effect::MayHaveHappened), PortErrorKind::Unknown);
/// ```
#[must_use]
pub fn kind_of(status: StatusCode, effect: Effect) -> PortErrorKind {
    match status.as_u16() {
        301 | 307 | 308 | 407 => PortErrorKind::Misconfigured,
        401 | 403 => PortErrorKind::Unauthorised,
        408 | 425 | 429 => effect.unclear(),
        409 if effect == Effect::MayHaveHappened => PortErrorKind::Unknown,
        400..=499 => PortErrorKind::Rejected,
        _ => effect.unclear(),
    }
}

/// The longest wait that a server can ask of us. A greater one is cut, so that no answer can stop an account for good.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// How long the other side asks us to wait (`Retry-After`, RFC 9110 section 10.2.3): seconds, or a date from which `now` is
/// taken away. At most [`LONGEST_RETRY_AFTER`]; nothing when it is missing, unreadable or past.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - now).to_std().ok()?
    };
    Some(wait.min(LONGEST_RETRY_AFTER)).filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use sakarkiv_core::ports::PortErrorKind as K;

    use super::*;

    #[test]
    fn an_unclear_status_never_claims_that_nothing_happened() {
        for code in 100..1000 {
            let Ok(status) = StatusCode::from_u16(code) else { continue };
            if status.is_success() {
                continue;
            }
            assert_ne!(kind_of(status, Effect::MayHaveHappened), K::Transient, "{code}");
            assert_ne!(kind_of(status, Effect::None), K::Unknown, "{code}");
        }
    }

    #[test]
    fn the_table_holds() {
        for (code, reading, changing) in [
            (302, K::Transient, K::Unknown),
            (308, K::Misconfigured, K::Misconfigured),
            (400, K::Rejected, K::Rejected),
            (401, K::Unauthorised, K::Unauthorised),
            (403, K::Unauthorised, K::Unauthorised),
            (404, K::Rejected, K::Rejected),
            (407, K::Misconfigured, K::Misconfigured),
            (408, K::Transient, K::Unknown),
            (409, K::Rejected, K::Unknown),
            (413, K::Rejected, K::Rejected),
            (429, K::Transient, K::Unknown),
            (500, K::Transient, K::Unknown),
            (503, K::Transient, K::Unknown),
        ] {
            let status = StatusCode::from_u16(code).unwrap();
            assert_eq!(kind_of(status, Effect::None), reading, "{code}");
            assert_eq!(kind_of(status, Effect::MayHaveHappened), changing, "{code}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = DateTime::from_timestamp(1_789_459_200, 0).unwrap();
        let wait = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, now)
        };
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait("Tue, 15 Sep 2026 08:00:30 GMT"), Some(Duration::from_secs(30)));
        assert_eq!(wait("Tue, 15 Sep 2026 07:00:00 GMT"), None, "past");
        assert_eq!(wait("99999999999999999999999"), Some(LONGEST_RETRY_AFTER));
        assert_eq!(wait("Fri, 15 Sep 2028 08:00:30 GMT"), Some(LONGEST_RETRY_AFTER));
        for junk in ["", "soon", "-5", "1.5", "0"] {
            assert_eq!(wait(junk), None, "{junk}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
