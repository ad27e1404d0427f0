use sakarkiv_core::identity::{AccountId, ChannelId, InboxId, SourceId, TenantId, Timestamp};

use crate::breaker::BreakerState;

/// What the office is doing at this moment: for health pages, demonstrations and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Activity {
    /// How many of the office's loops are doing something, rather than waiting for something to do.
    pub awake: usize,
    /// Every account, by tenant and in the tenant's order of preference.
    pub accounts: Vec<AccountActivity>,
    /// Every inbox, by tenant.
    pub inboxes: Vec<InboxActivity>,
    /// Every source of consignments, by tenant.
    pub sources: Vec<SourceActivity>,
}

impl Activity {
    /// Whether everything that could be done has been done: all that is left waits for its time.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.awake == 0 && self.in_flight() == 0
    }

    /// How many letters are being worked on.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.accounts.iter().map(|account| account.in_flight).sum()
    }
}

/// What one sender account is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountActivity {
    /// Whose.
    pub tenant: TenantId,
    /// The channel.
    pub channel: ChannelId,
    /// The account.
    pub account: AccountId,
    /// How it stands with its channel.
    pub breaker: BreakerState,
    /// How many of its letters are being worked on.
    pub in_flight: usize,
    /// When the next of its letters is due to be sent or looked up, as far as it has been asked.
    pub next_due: Option<Timestamp>,
    /// An outage is over and its letters are being compared with the channel's.
    pub reconciling: bool,
}

/// What one inbox is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboxActivity {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub inbox: InboxId,
    /// When it is listed next; nothing before the first time.
    pub next_poll: Option<Timestamp>,
    /// How often in a row it could not be listed.
    pub failures: u32,
}

/// What one source of consignments is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceActivity {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub source: SourceId,
    /// When it is listed next; nothing before the first time.
    pub next_poll: Option<Timestamp>,
    /// How often in a row it could not be listed.
    pub failures: u32,
}
