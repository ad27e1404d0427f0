use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::StatusCode;
use sakarkiv_core::identity::Timestamp;

use super::{einnsyn::Action, operation::Operation};

/// Which calls a fault concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Every call.
    Any,
    /// Every call that sends a letter.
    Sends,
    /// Every call that is to change something at eInnsyn.
    EInnsynWrites,
    /// One operation.
    One(Operation),
}

impl Target {
    fn covers(self, operation: Operation) -> bool {
        match self {
            Self::Any => true,
            Self::Sends => operation.is_send(),
            Self::EInnsynWrites => matches!(operation, Operation::EInnsyn(action) if action.is_write()),
            Self::One(one) => one == operation,
        }
    }
}

impl From<Action> for Target {
    fn from(action: Action) -> Self {
        Self::One(Operation::EInnsyn(action))
    }
}

impl From<Operation> for Target {
    fn from(operation: Operation) -> Self {
        Self::One(operation)
    }
}

/// When an armed fault strikes. Calls are counted from the arming, and only those that no fault armed earlier took: two
/// faults with [`Next`](Self::Next) strike one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Each time.
    Always,
    /// The next so many calls.
    Next(u32),
    /// After the next `skip` calls, so many.
    Later {
        /// Calls that pass unharmed.
        skip: u32,
        /// Calls that are struck then.
        strike: u32,
    },
    /// Every k-th call: with 3 the third, sixth, ninth.
    Every(u32),
    /// From one moment until, but not including, another, by the clock.
    Window {
        /// First moment.
        from: Timestamp,
        /// First moment after.
        until: Timestamp,
    },
}

impl When {
    /// From now until a moment.
    #[must_use]
    pub const fn until(until: Timestamp) -> Self {
        Self::Window { from: Timestamp::MIN_UTC, until }
    }

    const fn strikes(self, call: u32) -> bool {
        match self {
            Self::Always | Self::Window { .. } => true,
            Self::Next(count) => call <= count,
            Self::Later { skip, strike } => call > skip && call - skip <= strike,
            Self::Every(k) => k > 0 && call.is_multiple_of(k),
        }
    }
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The call waits so long on the clock without having any effect, then fails with 503. Clients usually leave before.
    StallBefore(Duration),
    /// The call has its effect, then waits so long on the clock, then answers as if nothing were wrong.
    StallAfter(Duration),
    /// The connection breaks before the call has any effect.
    DropBefore,
    /// The call has its effect, then the connection breaks before an answer.
    DropAfter,
    /// The connection breaks at once, and the effect of a sending comes so much later all the same: what makes a look-up
    /// straight after a lost answer misleading. Other calls are as for [`DropBefore`](Self::DropBefore).
    LateEffect(Duration),
    /// Another answer, without any effect.
    Answer(Answer),
    /// The call has its effect, then answers something else.
    AnswerAfter(Answer),
    /// The call takes so long by the clock and is otherwise sound.
    Slow(Duration),
    /// The call is sound, but its JSON answer is changed.
    Tamper(Tamper),
    /// Status answers tell how things stood so long ago: late, and out of order with others.
    Stale(Duration),
}

impl Fault {
    /// An answer with a status code and the service's error body.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Self::Answer(Answer::new(code))
    }

    /// 503 with a web page instead of the service's error body, as a proxy gives it.
    #[must_use]
    pub fn outage() -> Self {
        Self::Answer(Answer::new(503).with_body(AnswerBody::Html))
    }

    /// 429 with `Retry-After` in seconds.
    #[must_use]
    pub fn too_many_requests(retry_after: Duration) -> Self {
        Self::Answer(Answer::new(429).with_retry_after(retry_after))
    }
}

/// An answer that a fault gives in place of the sound one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: AnswerBody,
    pub(crate) code: Option<String>,
}

impl Answer {
    /// A status code with the service's error body. A number that is no status code becomes 500.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, retry_after: None, body: AnswerBody::Error(ErrorJson::Null), code: None }
    }

    /// Another body.
    #[must_use]
    pub const fn with_body(mut self, body: AnswerBody) -> Self {
        self.body = body;
        self
    }

    /// With the header `Retry-After`, in whole seconds.
    #[must_use]
    pub const fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// With `errorCode` in the error body.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }
}

/// The body of an answer that a fault gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerBody {
    /// The service's error body.
    Error(ErrorJson),
    /// A web page, as a proxy in front of the service gives it.
    Html,
    /// Nothing.
    Empty,
}

/// The forms in which the member `errorJson` of the error body is met: declared as a string, documented as an object,
/// usually null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorJson {
    /// `null`.
    #[default]
    Null,
    /// The member is left out.
    Absent,
    /// A string.
    Text,
    /// An object.
    Object,
}

/// What is done to a JSON answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tamper {
    /// Cut in the middle.
    Truncated,
    /// Not JSON at all, under the same content type.
    Garbage,
    /// Padded with blanks to at least so many bytes.
    Oversized(usize),
    /// Every object gets a member nobody has heard of.
    UnknownMembers,
    /// Every `status` gets this value.
    UnknownStatus(String),
    /// Every list is turned round.
    Reordered,
    /// Every list has each element twice.
    Duplicated,
}

/// Names an armed fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId(u64);

/// The faults armed at one simulator. Of several that fit a call the one armed first strikes.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    id: FaultId,
    target: Target,
    account: Option<String>,
    when: When,
    fault: Fault,
    calls: u32,
    struck: u32,
}

impl Faults {
    /// Arms a fault for some calls.
    ///
    /// ```
    /// use sakarkiv_testkit::simulators::{Fault, Faults, Operation, When};
    ///
    /// let faults = Faults::default();
    /// // Twice out of order, then a letter whose answer is lost, then sound again.
    /// faults.arm(Operation::SendPerson, When::Next(2), Fault::outage());
    /// let lost = faults.arm(Operation::SendPerson, When::Next(1), Fault::DropAfter);
    /// assert_eq!(faults.struck(lost), 0);
    /// ```
    pub fn arm(&self, target: impl Into<Target>, when: When, fault: Fault) -> FaultId {
        self.add(target.into(), None, when, fault)
    }

    /// Arms a fault for the calls of one account: a SvarUt account id, a SvarInn user name or, at Altinn, an
    /// organisation number.
    pub fn arm_for(&self, account: impl Into<String>, target: impl Into<Target>, when: When, fault: Fault) -> FaultId {
        self.add(target.into(), Some(account.into()), when, fault)
    }

    /// Takes a fault away again.
    pub fn disarm(&self, id: FaultId) {
        self.lock().armed.retain(|armed| armed.id != id);
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.lock().armed.clear();
    }

    /// How often a fault that is still armed has struck.
    #[must_use]
    pub fn struck(&self, id: FaultId) -> u32 {
        self.lock().armed.iter().find(|armed| armed.id == id).map_or(0, |armed| armed.struck)
    }

    /// The fault that strikes this call, if any.
    pub(crate) fn strike(&self, operation: Operation, account: Option<&str>, now: Timestamp) -> Option<Fault> {
        let mut state = self.lock();
        for armed in &mut state.armed {
            let concerned =
                armed.target.covers(operation) && armed.account.as_deref().is_none_or(|wanted| account == Some(wanted));
            let in_time = match armed.when {
                When::Window { from, until } => from <= now && now < until,
                _ => true,
            };
            if !concerned || !in_time {
                continue;
            }
            armed.calls = armed.calls.saturating_add(1);
            if armed.when.strikes(armed.calls) {
                armed.struck += 1;
                return Some(armed.fault.clone());
            }
        }
        None
    }

    fn add(&self, target: Target, account: Option<String>, when: When, fault: Fault) -> FaultId {
        let mut state = self.lock();
        state.next_id += 1;
        let id = FaultId(state.next_id);
        state.armed.push(Armed { id, target, account, when, fault, calls: 0, struck: 0 });
        id
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn strikes(faults: &Faults, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.strike(Operation::Status, None, at(0)).is_some()).collect()
    }

    #[test]
    fn next_every_and_later_count_calls_from_the_arming() {
        for (when, expected) in [
            (When::Always, [true, true, true, true, true, true]),
            (When::Next(2), [true, true, false, false, false, false]),
            (When::Every(3), [false, false, true, false, false, true]),
            (When::Later { skip: 1, strike: 2 }, [false, true, true, false, false, false]),
        ] {
            let faults = Faults::default();
            faults.arm(Operation::Status, when, Fault::DropBefore);
            assert_eq!(strikes(&faults, 6), expected, "{when:?}");
        }
    }

    #[test]
    fn a_window_is_open_at_its_start_and_closed_at_its_end() {
        let faults = Faults::default();
        faults.arm(Target::Any, When::Window { from: at(10), until: at(20) }, Fault::outage());
        let open: Vec<i64> = [9, 10, 19, 20]
            .into_iter()
            .filter(|second| faults.strike(Operation::List, None, at(*second)).is_some())
            .collect();
        assert_eq!(open, [10, 19]);
    }

    #[test]
    fn faults_armed_one_after_the_other_strike_one_after_the_other() {
        let faults = Faults::default();
        faults.arm(Target::Sends, When::Next(2), Fault::outage());
        faults.arm(Operation::SendPrint, When::Next(1), Fault::DropAfter);
        let struck: Vec<_> = (0..4).map(|_| faults.strike(Operation::SendPrint, None, at(0))).collect();
        assert_eq!(struck, [Some(Fault::outage()), Some(Fault::outage()), Some(Fault::DropAfter), None]);
    }

    #[test]
    fn a_fault_of_one_account_or_operation_leaves_the_others_alone() {
        let faults = Faults::default();
        let id = faults.arm_for("byplan", Operation::Status, When::Always, Fault::DropBefore);
        assert_eq!(faults.strike(Operation::Status, Some("skole"), at(0)), None);
        assert_eq!(faults.strike(Operation::Find, Some("byplan"), at(0)), None);
        assert!(faults.strike(Operation::Status, Some("byplan"), at(0)).is_some());
        assert_eq!(faults.struck(id), 1);
        faults.disarm(id);
        assert_eq!(faults.strike(Operation::Status, Some("byplan"), at(0)), None);
    }
}
