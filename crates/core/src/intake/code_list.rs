use serde::{Deserialize, Serialize};

use super::IntakeRules;
use crate::{
    case::{CaseKind, CaseStatus},
    document::{DocumentStatus, DocumentType, Variant},
    journal::{DocumentRole, EntryKind, EntryStatus, SignOffKind},
    party::PartyRole,
};

/// A code list (kodeliste) that other systems read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CodeList {
    /// Kinds of case (sakstype).
    CaseKinds,
    /// Status of cases (saksstatus, M052).
    CaseStatuses,
    /// Kinds of entry (journalposttype, M082).
    EntryKinds,
    /// Status of entries (journalstatus, M053).
    EntryStatuses,
    /// Kinds of document (dokumenttype, M083).
    DocumentTypes,
    /// Status of documents (dokumentstatus, M054).
    DocumentStatuses,
    /// What a document is to its entry (tilknyttetRegistreringSom, M217).
    DocumentRoles,
    /// Renderings (variantformat, M700).
    Variants,
    /// What a party is to its entry (korrespondanseparttype, M087).
    PartyRoles,
    /// How entries are signed off (avskrivningsmåte, M619).
    SignOffKinds,
    /// Access codes (tilgangsrestriksjon, M500): the tenant's own.
    AccessCodes,
    /// Units (administrativEnhet, M305): the tenant's own.
    Units,
}

/// A value of a code list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeValue {
    /// The code.
    pub code: String,
    /// What it means, in Norwegian.
    pub name: String,
}

impl CodeList {
    /// Every list.
    pub const ALL: [Self; 12] = [
        Self::CaseKinds,
        Self::CaseStatuses,
        Self::EntryKinds,
        Self::EntryStatuses,
        Self::DocumentTypes,
        Self::DocumentStatuses,
        Self::DocumentRoles,
        Self::Variants,
        Self::PartyRoles,
        Self::SignOffKinds,
        Self::AccessCodes,
        Self::Units,
    ];

    /// The list that a field of the standard takes its values from, by the field's name in any case. Units are no code list
    /// there.
    ///
    /// ```
    /// use sakarkiv_core::intake::CodeList;
    ///
    /// assert_eq!(CodeList::of_field("journalposttype"), Some(CodeList::EntryKinds));
    /// assert_eq!(CodeList::of_field("tittel"), None);
    /// ```
    #[must_use]
    pub fn of_field(name: &str) -> Option<Self> {
        Some(match name.to_lowercase().as_str() {
            "mappetype" => Self::CaseKinds,
            "saksstatus" => Self::CaseStatuses,
            "journalposttype" => Self::EntryKinds,
            "journalstatus" => Self::EntryStatuses,
            "dokumenttype" => Self::DocumentTypes,
            "dokumentstatus" => Self::DocumentStatuses,
            "tilknyttetregistreringsom" => Self::DocumentRoles,
            "variantformat" => Self::Variants,
            "korrespondanseparttype" => Self::PartyRoles,
            "avskrivningsmaate" => Self::SignOffKinds,
            "tilgangsrestriksjon" => Self::AccessCodes,
            _ => return None,
        })
    }

    /// The values, where the standard or this library sets them; nothing for lists that are the tenant's own.
    ///
    /// ```
    /// use sakarkiv_core::intake::CodeList;
    ///
    /// let kinds = CodeList::EntryKinds.values().unwrap_or_default();
    /// assert!(kinds.iter().any(|kind| kind.code == "I" && kind.name == "Inngående dokument"));
    /// ```
    #[must_use]
    pub fn values(self) -> Option<Vec<CodeValue>> {
        macro_rules! noark {
            ($list:ty) => {
                <$list>::ALL.iter().map(|value| CodeValue::new(value.code(), value.norwegian_name())).collect()
            };
        }
        Some(match self {
            Self::CaseKinds => {
                CaseKind::ALL.iter().map(|kind| CodeValue::new(kind.norwegian_name(), kind.norwegian_name())).collect()
            }
            Self::CaseStatuses => noark!(CaseStatus),
            Self::EntryKinds => noark!(EntryKind),
            Self::EntryStatuses => noark!(EntryStatus),
            Self::DocumentTypes => DOCUMENT_TYPES.iter().map(document_type).collect(),
            Self::DocumentStatuses => noark!(DocumentStatus),
            Self::DocumentRoles => noark!(DocumentRole),
            Self::Variants => noark!(Variant),
            Self::PartyRoles => noark!(PartyRole),
            Self::SignOffKinds => noark!(SignOffKind),
            Self::AccessCodes | Self::Units => return None,
        })
    }

    /// The values as a source with these rules may use them: of the tenant's own lists what its rules map, each code once.
    pub fn values_under<'a>(self, rules: impl IntoIterator<Item = &'a IntakeRules>) -> Vec<CodeValue> {
        let of_rules: fn(&IntakeRules) -> Vec<CodeValue> = match self {
            Self::AccessCodes => access_codes,
            Self::Units => units,
            _ => return self.values().unwrap_or_default(),
        };
        let mut values: Vec<CodeValue> = rules.into_iter().flat_map(of_rules).collect();
        values.sort_by(|a, b| a.code.cmp(&b.code));
        values.dedup_by(|a, b| a.code == b.code);
        values
    }
}

impl CodeValue {
    /// A value.
    #[must_use]
    pub fn new(code: &str, name: &str) -> Self {
        Self { code: code.to_owned(), name: name.to_owned() }
    }
}

fn access_codes(rules: &IntakeRules) -> Vec<CodeValue> {
    rules.codes.iter().map(|(code, screening)| CodeValue::new(code, screening.legal_basis())).collect()
}

/// Those that the rules map, and their own.
fn units(rules: &IntakeRules) -> Vec<CodeValue> {
    let own = rules.case.unit.iter().map(|unit| CodeValue::new(unit.as_str(), unit.as_str()));
    own.chain(rules.units.iter().map(|(code, unit)| CodeValue::new(code, unit.as_str()))).collect()
}

fn document_type(kind: &DocumentType) -> CodeValue {
    let name = String::from(kind.clone());
    CodeValue { code: name.clone(), name }
}

const DOCUMENT_TYPES: [DocumentType; 4] =
    [DocumentType::Letter, DocumentType::Circular, DocumentType::Invoice, DocumentType::OrderConfirmation];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_but_units_belongs_to_a_field() {
        let fields = [
            "mappetype",
            "saksstatus",
            "journalposttype",
            "journalstatus",
            "dokumenttype",
            "dokumentstatus",
            "tilknyttetRegistreringSom",
            "variantformat",
            "korrespondanseparttype",
            "avskrivningsmaate",
            "tilgangsrestriksjon",
        ];
        let lists: Vec<_> = fields.into_iter().filter_map(CodeList::of_field).chain([CodeList::Units]).collect();
        assert_eq!(lists, CodeList::ALL);
    }

    #[test]
    fn every_list_but_the_tenants_own_has_values_with_codes_that_differ() {
        for list in CodeList::ALL {
            let Some(values) = list.values() else {
                assert!(matches!(list, CodeList::AccessCodes | CodeList::Units));
                continue;
            };
            let codes: std::collections::BTreeSet<&str> = values.iter().map(|value| value.code.as_str()).collect();
            assert!(!values.is_empty() && codes.len() == values.len(), "{list:?}");
        }
    }
}
