//! What is logged about every change, deletion, read, export and refusal (R3.1).

mod retention;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    access::RecordRef,
    identity::{ActorId, CaseId, ChannelId, DocumentId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    screening::Private,
};

pub use retention::{Retention, RetentionError, RetentionProposal, RetentionTerms};

/// One event of a tenant's log: when, who, which information, what was done, from which client, and how it ended (R3.1).
///
/// Everything but `details` is header: it is searched and shown in overviews and therefore holds no personal data, only
/// pseudonymous ids. Old and new values belong in `details`.
///
/// JSON form: `{"at": "…", "tenant": "bodo", "actor": "u1", "client": null, "activity": "changed",
/// "object": {"kind": "case", "id": "…"}, "outcome": "done", "details": {}}`.
///
/// ```
/// use chrono::DateTime;
/// use sakarkiv_core::{audit::{Activity, AuditEvent, ObjectRef}, identity::{ActorId, TenantId}};
///
/// let (tenant, actor) = (TenantId::new("bodo")?, ActorId::new("u1")?);
/// let event = AuditEvent::new(DateTime::UNIX_EPOCH, tenant, actor, Activity::LogRead, ObjectRef::Log)
///     .with_detail("query", "activity = read");
/// assert!(!format!("{event:?}").contains("query"));
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// In whose archive.
    pub tenant: TenantId,
    /// Who, as a pseudonym.
    pub actor: ActorId,
    /// From which client: a workstation, an address, a program.
    #[serde(default)]
    pub client: Option<String>,
    /// What was done.
    pub activity: Activity,
    /// With which information.
    pub object: ObjectRef,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The rule that allowed or refused it: the code of the access decision. Nothing where no rule was asked, and in
    /// events of versions before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Old and new values and whatever else explains it. May hold personal data.
    #[serde(default)]
    pub details: Private<BTreeMap<String, String>>,
}

impl AuditEvent {
    /// Something that was done, without details.
    #[must_use]
    pub fn new(at: Timestamp, tenant: TenantId, actor: ActorId, activity: Activity, object: ObjectRef) -> Self {
        let details = Private::default();
        Self { at, tenant, actor, client: None, activity, object, outcome: AuditOutcome::Done, rule: None, details }
    }

    /// Says from which client.
    #[must_use]
    pub fn from_client(mut self, client: impl Into<String>) -> Self {
        self.client = Some(client.into());
        self
    }

    /// Says how it ended.
    #[must_use]
    pub const fn ended(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Says which rule allowed or refused it.
    #[must_use]
    pub fn under_rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = Some(rule.into());
        self
    }

    /// Adds a detail; the same name again replaces it.
    #[must_use]
    pub fn with_detail(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.details = self.details.map(|mut details| {
            details.insert(name.into(), value.into());
            details
        });
        self
    }
}

/// How a logged act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused: no right, a lock, a rule.
    Refused,
    /// It was tried and failed.
    Failed,
}

impl AuditOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Which information an event is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
#[non_exhaustive]
pub enum ObjectRef {
    /// A case.
    Case(CaseId),
    /// A journal entry.
    Entry(EntryId),
    /// A document.
    Document(DocumentId),
    /// A letter and its delivery.
    Letter(LetterId),
    /// A user or service user.
    Actor(ActorId),
    /// A channel's settings or operation.
    Channel(ChannelId),
    /// An inbox's settings or operation.
    Inbox(InboxId),
    /// The log itself.
    Log,
    /// The tenant as a whole.
    Tenant,
}

impl ObjectRef {
    /// What sort of object it is, as the word `kind` in JSON.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Entry(_) => "entry",
            Self::Document(_) => "document",
            Self::Letter(_) => "letter",
            Self::Actor(_) => "actor",
            Self::Channel(_) => "channel",
            Self::Inbox(_) => "inbox",
            Self::Log => "log",
            Self::Tenant => "tenant",
        }
    }

    /// Its identifier as text, as `id` in JSON; nothing for what there is one of in each tenant.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Case(id) => Some(id.to_string()),
            Self::Entry(id) => Some(id.to_string()),
            Self::Document(id) => Some(id.to_string()),
            Self::Letter(id) => Some(id.to_string()),
            Self::Actor(id) => Some(id.to_string()),
            Self::Channel(id) => Some(id.to_string()),
            Self::Inbox(id) => Some(id.to_string()),
            Self::Log | Self::Tenant => None,
        }
    }

    /// The object of that kind and identifier; nothing when this version knows no such kind or the identifier does not
    /// fit it.
    #[must_use]
    pub fn from_parts(kind: &str, id: Option<&str>) -> Option<Self> {
        Some(match (kind, id) {
            ("case", Some(id)) => Self::Case(id.parse().ok()?),
            ("entry", Some(id)) => Self::Entry(id.parse().ok()?),
            ("document", Some(id)) => Self::Document(id.parse().ok()?),
            ("letter", Some(id)) => Self::Letter(id.parse().ok()?),
            ("actor", Some(id)) => Self::Actor(id.parse().ok()?),
            ("channel", Some(id)) => Self::Channel(id.parse().ok()?),
            ("inbox", Some(id)) => Self::Inbox(id.parse().ok()?),
            ("log", None) => Self::Log,
            ("tenant", None) => Self::Tenant,
            _ => return None,
        })
    }
}

impl From<RecordRef> for ObjectRef {
    fn from(record: RecordRef) -> Self {
        match record {
            RecordRef::Case(id) => Self::Case(id),
            RecordRef::Entry(id) => Self::Entry(id),
            RecordRef::Document(id) => Self::Document(id),
        }
    }
}

macro_rules! activities {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $class:ident;)+) => {
        /// What was done. Open: an activity that another version wrote is kept and shown. JSON form: a word such as
        /// `permission_changed`.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        #[non_exhaustive]
        pub enum Activity {
            $($(#[$doc])* $variant,)+
            /// Another one, by its word.
            Other(String),
        }

        impl Activity {
            /// Every activity this version knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant),+];

            /// Its word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(word) => word,
                }
            }

            /// In which of a tenant's logs it is written. One that this version does not know goes where things are kept
            /// longest.
            #[must_use]
            pub const fn log_class(&self) -> LogClass {
                match self {
                    $(Self::$variant => LogClass::$class,)+
                    Self::Other(_) => LogClass::KEPT_LONGEST,
                }
            }
        }

        impl From<String> for Activity {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }
    };
}

activities! {
    /// Registered.
    Created = "created" in AccessAndProcessing;
    /// Changed.
    Changed = "changed" in AccessAndProcessing;
    /// Moved to another status.
    StatusChanged = "status_changed" in AccessAndProcessing;
    /// Deleted.
    Deleted = "deleted" in AccessAndProcessing;
    /// Read.
    Read = "read" in AccessAndProcessing;
    /// Printed.
    Printed = "printed" in AccessAndProcessing;
    /// Exported.
    Exported = "exported" in AccessAndProcessing;
    /// Given, changed or taken away a right.
    PermissionChanged = "permission_changed" in Administration;
    /// Gave somebody a right (R2.4).
    GrantGiven = "grant_given" in Administration;
    /// Ended somebody's right: taken back, or its time was over (R2.6).
    GrantEnded = "grant_ended" in Administration;
    /// Asked for access (R2.4).
    AccessRequested = "access_requested" in Administration;
    /// Decided on a request for access, for or against (R2.5).
    AccessDecided = "access_decided" in Administration;
    /// Reviewed roles or accesses (R2.8).
    ReviewDone = "review_done" in Administration;
    /// Let the due date of a review pass (R2.8).
    ReviewOverdue = "review_overdue" in Administration;
    /// Took access in an emergency, before anybody decided.
    EmergencyAccess = "emergency_access" in Security;
    /// Logged in.
    LoggedIn = "logged_in" in Security;
    /// Logged out.
    LoggedOut = "logged_out" in Security;
    /// Failed to log in.
    LoginFailed = "login_failed" in Security;
    /// Attempted what was not allowed.
    AccessRefused = "access_refused" in Security;
    /// Did what breaks the rules of use, found afterwards.
    RulesViolated = "rules_violated" in Security;
    /// Accepted for dispatch.
    Accepted = "accepted" in Channel;
    /// Sent.
    Sent = "sent" in Channel;
    /// A delivery moved on.
    DeliveryChanged = "delivery_changed" in Channel;
    /// Received.
    Received = "received" in Channel;
    /// Set aside in reception.
    SetAside = "set_aside" in Channel;
    /// Contacted somebody about unopened mail: a reminder, a call (R5.6).
    Reminded = "reminded" in Channel;
    /// Made a report of what lies unopened and what failed (R5.3).
    Reported = "reported" in Channel;
    /// Published.
    Published = "published" in AccessAndProcessing;
    /// Withdrawn from publication.
    Withdrawn = "withdrawn" in AccessAndProcessing;
    /// Kept from the public journal by a person's word, an entry or a file of it (R7.1).
    PublicationStopped = "publication_stopped" in AccessAndProcessing;
    /// Let into the public journal again after such a word.
    PublicationResumed = "publication_resumed" in AccessAndProcessing;
    /// Released a finding of the leak check (R7.7).
    FindingReleased = "finding_released" in AccessAndProcessing;
    /// Compared the public journal with what shall stand there, and found differences.
    PublicationCompared = "publication_compared" in Channel;
    /// Changed settings.
    Configured = "configured" in Administration;
    /// Read or searched the log (R3.5).
    LogRead = "log_read" in Security;
    /// Exported the log (R3.5).
    LogExported = "log_exported" in Security;
    /// Erased the content of a field of the log.
    LogFieldErased = "log_field_erased" in Security;
    /// Changed how long the log is kept (R3.3).
    RetentionChanged = "retention_changed" in Security;
    /// Signed a checkpoint of the log (R3.6).
    CheckpointSigned = "checkpoint_signed" in Security;
    /// Pruned the log by retention (R3.6).
    LogPruned = "log_pruned" in Security;
}

/// The logs a tenant has: one for each kind of keeping, so that each can be pruned from its beginning. JSON form: a word
/// such as `access_and_processing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogClass {
    /// Log-ins, refusals, emergency access, and what is done with the log itself.
    Security,
    /// Who read, changed, printed or exported which record.
    AccessAndProcessing,
    /// Rights, reviews and settings.
    Administration,
    /// What came in and went out.
    Channel,
}

impl LogClass {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Security, Self::AccessAndProcessing, Self::Administration, Self::Channel];

    /// The class that must be kept at least as long as any other. What this version cannot place goes here, so that it is
    /// never lost too early.
    pub const KEPT_LONGEST: Self = Self::AccessAndProcessing;

    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::AccessAndProcessing => "access_and_processing",
            Self::Administration => "administration",
            Self::Channel => "channel",
        }
    }

    /// The class of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

impl fmt::Display for LogClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Activity> for String {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::Other(word) => word,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn event() -> AuditEvent {
        let case = ObjectRef::Case(CaseId::from_uuid(Uuid::from_u128(3)));
        let (tenant, actor) = (TenantId::new("bodo").unwrap(), ActorId::new("u1").unwrap());
        AuditEvent::new(DateTime::UNIX_EPOCH, tenant, actor, Activity::Changed, case)
            .from_client("ws-12")
            .ended(AuditOutcome::Refused)
            .with_detail("title", "Klage fra Kari")
    }

    #[test]
    fn the_json_form_is_stable() {
        let json = concat!(
            r#"{"at":"1970-01-01T00:00:00Z","tenant":"bodo","actor":"u1","client":"ws-12","activity":"changed","#,
            r#""object":{"kind":"case","id":"00000000-0000-0000-0000-000000000003"},"outcome":"refused","#,
            r#""details":{"title":"Klage fra Kari"}}"#
        );
        assert_eq!(serde_json::to_string(&event()).unwrap(), json);
        assert_eq!(serde_json::from_str::<AuditEvent>(json).unwrap(), event());
        assert_eq!(serde_json::to_string(&ObjectRef::Log).unwrap(), r#"{"kind":"log"}"#);
    }

    #[test]
    fn details_are_not_shown_in_debug() {
        assert!(!format!("{:?}", event()).contains("Kari"));
    }

    #[test]
    fn the_rule_is_written_only_where_there_is_one() {
        let json = serde_json::to_string(&event().under_rule("no_need")).unwrap();
        assert!(json.contains(r#""outcome":"refused","rule":"no_need","details""#), "{json}");
        assert_eq!(serde_json::from_str::<AuditEvent>(&json).unwrap().rule.as_deref(), Some("no_need"));
    }

    #[test]
    fn words_are_those_of_the_json_form() {
        for class in LogClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
            assert_eq!(LogClass::from_word(class.as_str()), Some(class));
        }
        for outcome in AuditOutcome::ALL {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
        assert_eq!(LogClass::from_word("other"), None);
    }

    #[test]
    fn an_object_round_trips_through_its_parts_and_those_are_of_the_json_form() {
        let uuid = Uuid::from_u128(3);
        let objects = [
            ObjectRef::Case(CaseId::from_uuid(uuid)),
            ObjectRef::Entry(EntryId::from_uuid(uuid)),
            ObjectRef::Document(DocumentId::from_uuid(uuid)),
            ObjectRef::Letter(LetterId::from_uuid(uuid)),
            ObjectRef::Actor(ActorId::new("u1").unwrap()),
            ObjectRef::Channel(ChannelId::new("svarut").unwrap()),
            ObjectRef::Inbox(InboxId::new("svarinn").unwrap()),
            ObjectRef::Log,
            ObjectRef::Tenant,
        ];
        for object in objects {
            let json = serde_json::to_value(&object).unwrap();
            assert_eq!(json["kind"], object.kind());
            assert_eq!(json["id"].as_str().map(str::to_owned), object.id());
            assert_eq!(ObjectRef::from_parts(object.kind(), object.id().as_deref()), Some(object));
        }
        assert_eq!(ObjectRef::from_parts("case", None), None);
        assert_eq!(ObjectRef::from_parts("log", Some("x")), None);
    }

    #[test]
    fn every_activity_has_its_log_and_unknown_ones_go_where_things_are_kept_longest() {
        assert_eq!(Activity::Read.log_class(), LogClass::AccessAndProcessing);
        assert_eq!(Activity::LoginFailed.log_class(), LogClass::Security);
        assert_eq!(Activity::GrantGiven.log_class(), LogClass::Administration);
        assert_eq!(Activity::Sent.log_class(), LogClass::Channel);
        assert_eq!(Activity::Other("counted".into()).log_class(), LogClass::KEPT_LONGEST);
        for class in LogClass::ALL {
            assert!(Activity::KNOWN.iter().any(|activity| activity.log_class() == class), "{class} is never written");
        }
    }

    #[test]
    fn every_activity_round_trips_and_unknown_ones_are_kept() {
        for activity in Activity::KNOWN.iter().cloned().chain([Activity::Other("counted".into())]) {
            let json = serde_json::to_string(&activity).unwrap();
            assert_eq!(serde_json::from_str::<Activity>(&json).unwrap(), activity);
        }
        assert_eq!(Activity::from("sent".to_owned()), Activity::Sent);
    }
}
