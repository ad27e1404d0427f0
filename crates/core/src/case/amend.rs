use chrono::NaiveDate;
use thiserror::Error;

use super::{Case, CaseError, CaseKind, CaseStatus};
use crate::{
    identity::{ActorId, GroupId, UnitId},
    screening::{Private, Screening},
    text::ExternalKey,
};

/// One change of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are those of the case's accessors")]
pub enum CaseChange {
    Title(Private<String>),
    PublicTitle(Option<Private<String>>),
    Kind(CaseKind),
    Class(Option<Private<String>>),
    Series(Option<String>),
    Unit(UnitId),
    CaseHandler(Option<ActorId>),
    Date(NaiveDate),
    Screening(Option<Screening>),
    AccessGroup(Option<GroupId>),
    ExternalKeys(Vec<ExternalKey>),
}

/// Changes of a case that are made together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAmendment(Vec<CaseChange>);

/// A part of a case, for telling what is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the case's accessors")]
pub enum CaseField {
    Title,
    PublicTitle,
    Kind,
    Class,
    Series,
    Unit,
    CaseHandler,
    Date,
    Screening,
    AccessGroup,
    ExternalKeys,
}

/// Why a case was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CaseAmendError {
    /// The field is locked in this status.
    #[error("`{field:?}` of the case is locked by {rule}; reopen the case first")]
    Locked {
        /// The field.
        field: CaseField,
        /// The rule.
        rule: &'static str,
    },
    /// The changed case would not be valid.
    #[error(transparent)]
    Invalid(#[from] CaseError),
}

impl CaseStatus {
    /// The rule that locks a field in this status, if any. A closed case keeps its title (krav 3.2.2), date, unit and case
    /// handler (krav 3.2.10), kind and place in the archive; its screening and its access group may always be corrected, and are logged.
    #[must_use]
    pub const fn lock(self, field: CaseField) -> Option<&'static str> {
        use CaseField as F;
        match (self, field) {
            (_, F::Screening | F::AccessGroup | F::PublicTitle | F::ExternalKeys) => None,
            (Self::Closed, F::Title) => Some("krav 3.2.2"),
            (Self::Closed, _) => Some("krav 3.2.10"),
            (Self::Void, _) => Some("status Utgår"),
            _ => None,
        }
    }
}

impl Case {
    /// The same case with the changes made; the only way to change one beside its status. The version stays: the store
    /// raises it.
    ///
    /// # Errors
    /// [`CaseAmendError`] when a field is locked or a value not valid; then nothing is changed.
    pub fn amend(&self, amendment: CaseAmendment) -> Result<Self, CaseAmendError> {
        let mut fields = self.0.clone();
        for change in amendment.0 {
            let field = change.field();
            if let Some(rule) = self.status().lock(field) {
                return Err(CaseAmendError::Locked { field, rule });
            }
            match change {
                CaseChange::Title(title) => fields.title = title,
                CaseChange::PublicTitle(title) => fields.public_title = title,
                CaseChange::Kind(kind) => fields.kind = kind,
                CaseChange::Class(class) => fields.class = class,
                CaseChange::Series(series) => fields.series = series,
                CaseChange::Unit(unit) => fields.unit = unit,
                CaseChange::CaseHandler(handler) => fields.case_handler = handler,
                CaseChange::Date(date) => fields.date = date,
                CaseChange::Screening(screening) => fields.screening = screening,
                CaseChange::AccessGroup(group) => fields.access_group = group,
                CaseChange::ExternalKeys(keys) => fields.external_keys = keys,
            }
        }
        Ok(Self::try_from(fields)?)
    }
}

impl CaseAmendment {
    /// One change.
    #[must_use]
    pub fn new(change: CaseChange) -> Self {
        Self(vec![change])
    }

    /// And another.
    #[must_use]
    pub fn and(mut self, change: CaseChange) -> Self {
        self.0.push(change);
        self
    }

    /// The changes, in the order they are made.
    #[must_use]
    pub fn changes(&self) -> &[CaseChange] {
        &self.0
    }
}

impl From<CaseChange> for CaseAmendment {
    fn from(change: CaseChange) -> Self {
        Self::new(change)
    }
}

impl CaseChange {
    /// What it changes.
    #[must_use]
    pub const fn field(&self) -> CaseField {
        match self {
            Self::Title(_) => CaseField::Title,
            Self::PublicTitle(_) => CaseField::PublicTitle,
            Self::Kind(_) => CaseField::Kind,
            Self::Class(_) => CaseField::Class,
            Self::Series(_) => CaseField::Series,
            Self::Unit(_) => CaseField::Unit,
            Self::CaseHandler(_) => CaseField::CaseHandler,
            Self::Date(_) => CaseField::Date,
            Self::Screening(_) => CaseField::Screening,
            Self::AccessGroup(_) => CaseField::AccessGroup,
            Self::ExternalKeys(_) => CaseField::ExternalKeys,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::case::{
        CaseContents, NewCase,
        model::tests::{actor, new_case, open},
    };

    #[test]
    fn a_closed_case_keeps_its_title_but_its_screening_may_be_corrected() {
        let case = open(NewCase { class: Some("L42".into()), ..new_case() });
        let renamed = case.amend(CaseChange::Title("Ny tittel".into()).into()).unwrap();
        assert_eq!(renamed.title().expose(), "Ny tittel");
        let closed =
            renamed.move_to(CaseStatus::Closed, &CaseContents::default(), &actor(), DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            closed.amend(CaseChange::Title("Igjen".into()).into()),
            Err(CaseAmendError::Locked { field: CaseField::Title, rule: "krav 3.2.2" })
        );
        assert!(closed.amend(CaseChange::Screening(None).into()).is_ok());
        let group = GroupId::new("plan-innsyn").ok();
        let grouped = closed.amend(CaseChange::AccessGroup(group.clone()).into()).unwrap();
        assert_eq!(grouped.access_group(), group.as_ref());
    }

    #[test]
    fn changes_are_made_together_or_not_at_all() {
        let case = open(new_case());
        let amendment = CaseAmendment::new(CaseChange::Title("Ny".into())).and(CaseChange::Class(Some(" ".into())));
        assert!(matches!(case.amend(amendment), Err(CaseAmendError::Invalid(_))));
    }
}
