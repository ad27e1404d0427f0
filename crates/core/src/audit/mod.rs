//! What is logged about every change, deletion, read, export and refusal (R3.1).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    access::RecordRef,
    identity::{ActorId, CaseId, ChannelId, DocumentId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    screening::Private,
};

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
    /// Old and new values and whatever else explains it. May hold personal data.
    #[serde(default)]
    pub details: Private<BTreeMap<String, String>>,
}

impl AuditEvent {
    /// Something that was done, without details.
    #[must_use]
    pub fn new(at: Timestamp, tenant: TenantId, actor: ActorId, activity: Activity, object: ObjectRef) -> Self {
        let details = Private::default();
        Self { at, tenant, actor, client: None, activity, object, outcome: AuditOutcome::Done, details }
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
    ($($(#[$doc:meta])* $variant:ident = $text:literal;)+) => {
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
    Created = "created";
    /// Changed.
    Changed = "changed";
    /// Moved to another status.
    StatusChanged = "status_changed";
    /// Deleted.
    Deleted = "deleted";
    /// Read.
    Read = "read";
    /// Printed.
    Printed = "printed";
    /// Exported.
    Exported = "exported";
    /// Given, changed or taken away a right.
    PermissionChanged = "permission_changed";
    /// Logged in.
    LoggedIn = "logged_in";
    /// Failed to log in.
    LoginFailed = "login_failed";
    /// Attempted what was not allowed.
    AccessRefused = "access_refused";
    /// Accepted for dispatch.
    Accepted = "accepted";
    /// Sent.
    Sent = "sent";
    /// A delivery moved on.
    DeliveryChanged = "delivery_changed";
    /// Received.
    Received = "received";
    /// Set aside in reception.
    SetAside = "set_aside";
    /// Published.
    Published = "published";
    /// Withdrawn from publication.
    Withdrawn = "withdrawn";
    /// Changed settings.
    Configured = "configured";
    /// Read or searched the log (R3.5).
    LogRead = "log_read";
    /// Pruned the log by retention (R3.6).
    LogPruned = "log_pruned";
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
    fn every_activity_round_trips_and_unknown_ones_are_kept() {
        for activity in Activity::KNOWN.iter().cloned().chain([Activity::Other("counted".into())]) {
            let json = serde_json::to_string(&activity).unwrap();
            assert_eq!(serde_json::from_str::<Activity>(&json).unwrap(), activity);
        }
        assert_eq!(Activity::from("sent".to_owned()), Activity::Sent);
    }
}
