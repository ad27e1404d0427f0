use std::time::Duration;

use async_trait::async_trait;
use sakarkiv_core::{
    identity::Timestamp,
    ports::{Clock, Entropy, Notice, Notifier, PortError},
};

/// The operating system's time; waits on tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// The longest single wait, so that a clock that was set is noticed.
const LONGEST_NAP: Duration = Duration::from_secs(60);

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's time enters")]
    fn now(&self) -> Timestamp {
        std::time::SystemTime::now().into()
    }

    async fn sleep_until(&self, moment: Timestamp) {
        while let Ok(left) = (moment - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_NAP)).await;
        }
    }
}

/// The operating system's random generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        // The generator of a running system does not fail; should it, the process must not go on with guessable ids.
        getrandom::u64().unwrap_or_else(|_| std::process::abort())
    }
}

/// Writes notices to the log, at warning level. The least a service can do; most will send e-mail instead.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogNotifier;

#[async_trait]
impl Notifier for LogNotifier {
    async fn notify(&self, notice: &Notice) -> Result<(), PortError> {
        tracing::warn!(tenant = %notice.tenant, notice = %notice.id, audience = ?notice.audience, subject = ?notice.subject, "{}", notice.text);
        Ok(())
    }
}
