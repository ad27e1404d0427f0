//! Calls to what others wrote: bounded in time by the clock, and a panic in them is a failed call.

use std::{future::Future, panic::AssertUnwindSafe, pin::pin, time::Duration};

use futures_util::{
    FutureExt,
    future::{Either, select},
};
use sakarkiv_core::ports::{Clock, PortError, PortErrorKind};

use crate::policy::later;

/// Why a call gave nothing.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The other side's own answer.
    Port(PortError),
    /// It took longer than allowed and was dropped.
    TimedOut(Duration),
    /// The implementation panicked.
    Panicked,
}

impl CallError {
    /// The failure as a port error, `kind` standing for a call that was cut off.
    pub(crate) fn into_port(self, operation: &'static str, kind: PortErrorKind) -> PortError {
        match self {
            Self::Port(error) => error,
            Self::TimedOut(limit) => PortError::new(kind, operation, format!("no answer within {} s", limit.as_secs())),
            Self::Panicked => PortError::new(kind, operation, "the implementation panicked: report it to its maker"),
        }
    }
}

/// Makes a call without effect, or one that may be repeated: cut off means try again.
pub(crate) async fn question<T>(
    clock: &dyn Clock,
    limit: Duration,
    operation: &'static str,
    call: impl Future<Output = Result<T, PortError>> + Send,
) -> Result<T, PortError> {
    bounded(clock, limit, call).await.map_err(|error| error.into_port(operation, PortErrorKind::Transient))
}

/// Makes a call, at most for as long as `limit`.
pub(crate) async fn bounded<T>(
    clock: &dyn Clock,
    limit: Duration,
    call: impl Future<Output = Result<T, PortError>> + Send,
) -> Result<T, CallError> {
    let call = pin!(AssertUnwindSafe(call).catch_unwind());
    let end = pin!(clock.sleep_until(later(clock.now(), limit)));
    match select(call, end).await {
        Either::Left((Ok(answer), _)) => answer.map_err(CallError::Port),
        Either::Left((Err(_panic), _)) => Err(CallError::Panicked),
        Either::Right(((), _)) => Err(CallError::TimedOut(limit)),
    }
}
