use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use sakarkiv_core::ports::{Notice, Notifier, PortError, PortErrorKind};

/// Keeps every notice it was handed, repeats included, and can be told to fail first.
#[derive(Debug, Default)]
pub struct RecordingNotifier {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    told: Vec<Notice>,
    failures_left: usize,
    calls: usize,
}

impl RecordingNotifier {
    /// A notifier that was told nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Fails the next `calls` calls as temporary failures.
    pub fn fail_next(&self, calls: usize) {
        self.lock().failures_left = calls;
    }

    /// Every notice that was taken, in order; one that was handed over twice is in it twice.
    #[must_use]
    pub fn told(&self) -> Vec<Notice> {
        self.lock().told.clone()
    }

    /// How often it was called, failures included.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        let mut state = self.lock();
        state.calls += 1;
        if let Some(left) = state.failures_left.checked_sub(1) {
            state.failures_left = left;
            return Err(PortError::new(PortErrorKind::Transient, "recording_notifier.notify", "told to fail"));
        }
        state.told.push(notice.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use sakarkiv_core::{
        identity::{LetterId, NoticeId, TenantId, Timestamp},
        ports::{Audience, Subject},
    };

    use super::*;

    #[test]
    fn a_notice_that_failed_first_is_kept_when_it_is_taken() {
        let notifier = RecordingNotifier::new();
        let notice = Notice {
            id: NoticeId::from_uuid(uuid::Uuid::nil()),
            tenant: TenantId::new("provedal").unwrap(),
            at: Timestamp::UNIX_EPOCH,
            audience: Audience::MailRoom,
            subject: Subject::LetterFailed { letter: LetterId::from_uuid(uuid::Uuid::nil()) },
            text: "a letter needs help".to_owned(),
        };
        notifier.fail_next(1);
        let outcome = notifier.notify(&notice).now_or_never().unwrap();
        assert_eq!(outcome.unwrap_err().kind(), PortErrorKind::Transient);
        notifier.notify(&notice).now_or_never().unwrap().unwrap();
        assert_eq!((notifier.calls(), notifier.told()), (2, vec![notice]));
    }
}
