use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::identity::{
    ActorId, CaseId, ChannelId, EntryId, InboxId, LetterId, MeetingId, NoticeId, SourceId, TenantId, Timestamp, UnitId,
};

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to", content = "unit")]
#[non_exhaustive]
pub enum Audience {
    /// The mail room (postmottak), R4.2.
    MailRoom,
    /// Those who run the service.
    Operations,
    /// The unit that owns the matter.
    Unit(UnitId),
    /// The archivists, who decide requests for access (R2.4).
    Archive,
    /// The head archivist (arkivleder), who decides extended requests and hears of emergencies (R2.5).
    HeadArchivist,
    /// One user.
    User(ActorId),
}

/// What a notice is about. No personal data: it travels by e-mail and chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "about")]
#[non_exhaustive]
pub enum Subject {
    /// Incoming mail that could not be taken in and was set aside (R4.2).
    MailSetAside {
        /// Where it waits.
        inbox: InboxId,
        /// The other side's id of it.
        item: String,
    },
    /// Incoming mail was registered without all of it: the other side could not give the rest any more (R4.2).
    MailIncomplete {
        /// Where it came in.
        inbox: InboxId,
        /// The other side's id of it.
        item: String,
        /// The entry it became.
        entry: EntryId,
    },
    /// What a specialist system handed in was rejected; its sender has been told too (R8.1).
    ConsignmentRejected {
        /// Which source.
        source: SourceId,
        /// The source's own id of it.
        consignment: String,
    },
    /// What a specialist system handed in could not be taken in for now and was set aside (R8.1).
    ConsignmentSetAside {
        /// Which source.
        source: SourceId,
        /// The source's own id of the item.
        item: String,
    },
    /// A source is set up and not live: nothing that it hands in is taken in (R10.1).
    SourceNotLive {
        /// Which source.
        source: SourceId,
    },
    /// An inbox answers with its cap: newer mail may be hidden behind what is never acknowledged.
    InboxFull {
        /// Which inbox.
        inbox: InboxId,
    },
    /// A letter will not go out without a person's help (R4.3).
    LetterFailed {
        /// Which letter.
        letter: LetterId,
    },
    /// A document was to be signed, and will not be (R4.4).
    NotSigned {
        /// The letter that it was sent with.
        letter: LetterId,
    },
    /// Confidential mail lies unopened, sent by or addressed to one owner (R5.3, R5.4).
    Unopened {
        /// How many pieces of mail somebody has to do something about.
        urgent: usize,
        /// How many there are in all.
        all: usize,
    },
    /// A report was due and could not be handed out (R5.3).
    ReportLost,
    /// Checkpoints of the log reach nobody outside: whoever cuts off its end would not be found out (R3.6).
    CheckpointNotHeld,
    /// Credentials or configuration of an account are at fault; everything on it waits.
    AccountStopped {
        /// Which channel, inbox, source or publisher, by name; `register` for the register of recipients.
        channel: ChannelId,
    },
    /// The implementation of a channel panicked: its maker has to mend it.
    ConnectorFault {
        /// Which channel.
        channel: ChannelId,
    },
    /// Something about access: a request to judge, a judgement, an emergency, a review that is overdue, an end (R2.4–R2.8).
    Access {
        /// Which request, grant, review or user, by its id.
        record: String,
    },
    /// The leak check holds entries of a case back from the public journal (R7.7).
    PublicationHeld {
        /// Which case.
        case: CaseId,
    },
    /// A publisher turns an entry down, and nobody reads it there until somebody mends it.
    PublicationRefused {
        /// Which publisher, by name.
        publisher: ChannelId,
        /// Which entry.
        entry: EntryId,
    },
    /// A meeting of a committee is not shown as it was handed in: a publisher turns it down, or it was taken down (R7.9).
    MeetingPublication {
        /// Which meeting.
        meeting: MeetingId,
    },
    /// A public journal differed from what shall stand there, and was healed (R7.1).
    PublicationDrift {
        /// Which publisher, by name.
        publisher: ChannelId,
    },
    /// A request for access to documents (innsynskrav) came in, cannot be taken in, or waits for an answer past its deadline
    /// (R7.8).
    DocumentRequest {
        /// Where it came in, by name.
        source: InboxId,
        /// The other side's id of it.
        request: String,
        /// The entry it became, once it has.
        entry: Option<EntryId>,
    },
    /// Reconciliation after an outage found a difference (R4.5).
    ReconciliationDifference {
        /// Which letter.
        letter: LetterId,
    },
}

/// Something people must be told, kept in the store until it has been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Identifies the notice; the same notice is told once as far as the notifier can.
    pub id: NoticeId,
    /// Whose matter it is.
    pub tenant: TenantId,
    /// When it arose.
    pub at: Timestamp,
    /// Who is told.
    pub audience: Audience,
    /// What about.
    pub subject: Subject,
    /// What happened and what to do, in plain words and free of personal data.
    pub text: String,
}

/// Tells people.
///
/// *Behaviour*: called at least once for every notice, in no set order, until it returns `Ok`; an implementation that can
/// should use [`Notice::id`] to drop repeats. Cancellation-safe as far as a message can be: a cancelled call is repeated.
#[async_trait]
pub trait Notifier: Debug + Send + Sync {
    /// Hands the notice over.
    ///
    /// # Errors
    /// Any; the engine tries again later whatever the kind.
    async fn notify(&self, notice: &Notice) -> Result<(), PortError>;
}
