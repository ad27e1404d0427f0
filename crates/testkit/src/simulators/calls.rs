use std::sync::{Mutex, MutexGuard, PoisonError};

use sakarkiv_core::identity::Timestamp;

use super::Operation;

/// One request as the simulator saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// What it asked for.
    pub operation: Operation,
    /// HTTP method.
    pub method: String,
    /// The path with names in braces in place of values; as it came, when the interface has no such path.
    pub path: String,
    /// Whose it was: a SvarUt account id, a SvarInn user name, a Maskinporten client id or, at Altinn, the organisation the
    /// token speaks for, as far as it told.
    pub account: Option<String>,
    /// The sender's reference of a letter that was sent, when the request came so far.
    pub reference: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it changed anything at the simulator.
    pub effect: bool,
    /// Whether an armed fault struck it.
    pub fault: bool,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Still under way.
    Open,
    /// Answered with this status code.
    Answered(u16),
    /// The simulator broke the connection.
    Dropped,
    /// The client left before the answer.
    Abandoned,
}

/// Everything that was asked of one simulator, in order.
#[derive(Debug, Default)]
pub(crate) struct CallLog {
    calls: Mutex<Vec<Call>>,
}

impl CallLog {
    pub(crate) fn all(&self) -> Vec<Call> {
        self.lock().clone()
    }

    pub(crate) fn push(&self, call: Call) -> usize {
        let mut calls = self.lock();
        calls.push(call);
        calls.len() - 1
    }

    pub(crate) fn change(&self, index: usize, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.lock().get_mut(index) {
            change(call);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
