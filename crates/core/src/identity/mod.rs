//! Who and what: identifiers of tenants, people, organisations and records (R1.4, R1.6).

mod ids;

pub use ids::{
    AccountId, ActorId, CaseId, ChannelId, DocumentId, EntryId, IdError, InboxId, LetterId, NoticeId, PartyId, TenantId,
    UnitId,
};

/// A moment in time, always UTC. Local (Norwegian) time is a matter of display and of the calendar.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
