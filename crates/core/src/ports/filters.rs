use serde::{Deserialize, Serialize};

use crate::{
    access::{AccessKind, AccessRecord, RecordRef},
    case::{Case, CaseKind, CaseStatus},
    identity::{AccountId, ActorId, ChannelId, Timestamp, UnitId},
    ports::Kept,
    screening::Private,
    text::ExternalKey,
};

/// Narrows a listing of deliveries; empty means all of the tenant's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryFilter {
    /// Only this channel.
    pub channel: Option<ChannelId>,
    /// Only this account.
    pub account: Option<AccountId>,
    /// Only states of this [`name`](crate::delivery::DeliveryState::name).
    pub state: Option<&'static str>,
    /// Only those whose sending was begun (or that were accepted) at or after this moment, by last change.
    pub changed_since: Option<Timestamp>,
}

/// Narrows a listing of cases; empty means all of the tenant's.
///
/// It says which cases are wanted, never which may be seen: whoever lists for a person decides about each one that comes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CaseFilter {
    /// Only those of this responsible unit (administrativEnhet, M305).
    pub unit: Option<UnitId>,
    /// Only this kind.
    pub kind: Option<CaseKind>,
    /// Only this status (saksstatus, M052).
    pub status: Option<CaseStatus>,
    /// Only those of this case handler (saksansvarlig, M306).
    pub handler: Option<ActorId>,
    /// Only this series (arkivdel).
    pub series: Option<String>,
    /// Only numbers of this year (saksår, M011).
    pub year: Option<i32>,
    /// Only those that another system knows by this key (R8.6).
    pub key: Option<ExternalKey>,
    /// Only those filed under this class (klasse, M002).
    pub class: Option<Private<String>>,
    /// Only those with this very title (tittel, M020), without regard to case.
    pub title: Option<Private<String>>,
}

impl CaseFilter {
    /// Whether a case is wanted.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        self.unit.as_ref().is_none_or(|unit| unit == case.unit())
            && self.kind.is_none_or(|kind| kind == case.kind())
            && self.status.is_none_or(|status| status == case.status())
            && self.handler.as_ref().is_none_or(|handler| case.case_handler() == Some(handler))
            && self.series.as_deref().is_none_or(|series| case.series() == Some(series))
            && self.year.is_none_or(|year| year == i32::from(case.number().year()))
            && self.key.as_ref().is_none_or(|key| case.external_keys().contains(key))
            && self.class.as_ref().is_none_or(|class| case.class() == Some(class))
            && self.title.as_ref().is_none_or(|title| same_title(title, case.title().expose()))
    }

    /// Whether a case is wanted by somebody who sees [`View::Metadata`](crate::access::View::Metadata) of it: what that does
    /// not show is not asked about, so a hit tells nothing more than the view.
    #[must_use]
    pub fn takes_metadata(&self, case: &Case) -> bool {
        let Self { unit: _, kind: _, status: _, year: _, handler, series, key, class, title } = self;
        let shown = handler.is_none() && series.is_none() && key.is_none() && class.is_none();
        shown && title.as_ref().is_none_or(|title| same_title(title, &case.public_title())) && self.takes(case)
    }
}

fn same_title(wanted: &Private<String>, title: &str) -> bool {
    wanted.expose().trim().to_lowercase() == title.trim().to_lowercase()
}

/// Narrows a listing of the access register; empty means all of the tenant's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessFilter {
    /// Only this sort of record.
    pub kind: Option<AccessKind>,
    /// Only what is [about](AccessRecord::holder) this person or service.
    pub holder: Option<ActorId>,
    /// Only what is [about](AccessRecord::object) this record of the archive.
    pub object: Option<RecordRef>,
    /// Only where something [happens by itself](AccessRecord::due) before this moment.
    pub due_before: Option<Timestamp>,
}

impl AccessFilter {
    /// Whether a record is wanted.
    #[must_use]
    pub fn takes(&self, record: &AccessRecord) -> bool {
        self.kind.is_none_or(|kind| kind == record.kind())
            && self.holder.as_ref().is_none_or(|holder| record.holder() == Some(holder))
            && self.object.is_none_or(|object| record.object() == Some(object))
            && self.due_before.is_none_or(|moment| record.due().is_some_and(|due| due < moment))
    }
}

/// Says which small records are wanted: those of one kind, all or the due ones.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptFilter {
    /// The kind.
    pub kind: String,
    /// Only those that are [due](Kept::due) at or before this moment.
    pub due_by: Option<Timestamp>,
}

impl KeptFilter {
    /// All of one kind.
    #[must_use]
    pub fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), due_by: None }
    }

    /// Only those that are due by then.
    #[must_use]
    pub const fn due_by(mut self, moment: Timestamp) -> Self {
        self.due_by = Some(moment);
        self
    }

    /// Whether a record is wanted.
    #[must_use]
    pub fn takes(&self, record: &Kept) -> bool {
        self.kind == record.kind && self.due_by.is_none_or(|moment| record.due.is_some_and(|due| due <= moment))
    }
}
