//! What is logged about every change, deletion, read, export and refusal (R3.1).

mod activity;
mod retention;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    access::RecordRef,
    identity::{ActorId, CaseId, ChannelId, DocumentId, EntryId, InboxId, LetterId, TenantId, Timestamp},
    screening::Private,
};

pub use activity::{Activity, LogClass};
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
