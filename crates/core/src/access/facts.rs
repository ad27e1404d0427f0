use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    document::Document,
    identity::{ActorId, CaseId, DocumentId, EntryId, TenantId, UnitId},
    journal::JournalEntry,
    sensitivity::SensitivityClass,
};

/// A record that rights are held on. Each level has its own rights: nothing is handed down (R2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordRef {
    /// A case (saksmappe).
    Case(CaseId),
    /// A journal entry (journalpost).
    Entry(EntryId),
    /// A document description (dokumentbeskrivelse).
    Document(DocumentId),
}

/// What somebody wants to do with a record. Read and write are separate rights (R2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Read it.
    Read,
    /// Change it.
    Write,
}

/// What sort of actor acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A person employed by the tenant.
    Employee,
    /// The service user of an integration (R2.7).
    Service,
    /// A job of the records office itself.
    System,
}

/// A role an actor can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Head archivist (arkivleder).
    HeadArchivist,
    /// Archivist (arkivar).
    Archivist,
    /// Case handler (saksbehandler).
    CaseHandler,
    /// Reader (lesebruker).
    Reader,
    /// A job of the records office, such as dispatch and intake.
    SystemJob,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::HeadArchivist, Self::Archivist, Self::CaseHandler, Self::Reader, Self::SystemJob];
}

/// A set of roles. JSON form: a list such as `["archivist", "reader"]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(u8);

impl Roles {
    /// No role.
    pub const NONE: Self = Self(0);

    /// And one more.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | Self::bit(role))
    }

    /// Whether a role is among them.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }

    /// Every set of roles.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..1 << Role::ALL.len()).map(Self)
    }

    const fn bit(role: Role) -> u8 {
        1 << role as u8
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<Role>> for Roles {
    fn from(roles: Vec<Role>) -> Self {
        roles.into_iter().collect()
    }
}

impl From<Roles> for Vec<Role> {
    fn from(roles: Roles) -> Self {
        Role::ALL.into_iter().filter(|role| roles.has(*role)).collect()
    }
}

/// Somebody or something that acts in a tenant.
///
/// JSON form: `{"id": "u1", "tenant": "bodo", "kind": "employee", "unit": "byplan", "roles": ["case_handler"]}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Actor {
    /// Who, as a pseudonym.
    pub id: ActorId,
    /// In which tenant; an actor acts in one only.
    pub tenant: TenantId,
    /// What sort of actor.
    pub kind: ActorKind,
    /// The unit it belongs to.
    pub unit: Option<UnitId>,
    /// Its roles.
    pub roles: Roles,
}

/// The record that somebody wants to get at, with all that the rules ask about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whose record.
    pub tenant: TenantId,
    /// Which record.
    pub record: RecordRef,
    /// The unit that is responsible for it.
    pub unit: Option<UnitId>,
    /// The case handler it is assigned to.
    pub handler: Option<ActorId>,
    /// How sensitive it is.
    pub class: SensitivityClass,
}

impl Target {
    /// A case.
    #[must_use]
    pub fn case(case: &Case, class: SensitivityClass) -> Self {
        Self {
            tenant: case.tenant().clone(),
            record: RecordRef::Case(case.id()),
            unit: Some(case.unit().clone()),
            handler: case.case_handler().cloned(),
            class,
        }
    }

    /// A journal entry: its own unit and case handler count, not those of its case (R2.3).
    #[must_use]
    pub fn entry(entry: &JournalEntry, class: SensitivityClass) -> Self {
        Self {
            tenant: entry.tenant().clone(),
            record: RecordRef::Entry(entry.id()),
            unit: entry.unit().cloned(),
            handler: entry.case_handler().cloned(),
            class,
        }
    }

    /// A document of an entry.
    #[must_use]
    pub fn document(document: &Document, entry: &JournalEntry, class: SensitivityClass) -> Self {
        Self { record: RecordRef::Document(document.id()), ..Self::entry(entry, class) }
    }
}

/// All that an access decision depends on. Finite by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Actor and record belong to the same tenant.
    pub same_tenant: bool,
    /// What sort of actor.
    pub kind: ActorKind,
    /// The actor's roles.
    pub roles: Roles,
    /// The record belongs to the actor's unit.
    pub own_unit: bool,
    /// The record is assigned to the actor.
    pub own_record: bool,
    /// How sensitive the record is.
    pub class: SensitivityClass,
    /// What the actor wants.
    pub action: Action,
}

impl Facts {
    /// Gathers the facts. Without a unit nobody is of the same unit.
    #[must_use]
    pub fn gather(actor: &Actor, action: Action, target: &Target) -> Self {
        Self {
            same_tenant: actor.tenant == target.tenant,
            kind: actor.kind,
            roles: actor.roles,
            own_unit: actor.unit.is_some() && actor.unit == target.unit,
            own_record: target.handler.as_ref() == Some(&actor.id),
            class: target.class,
            action,
        }
    }
}
