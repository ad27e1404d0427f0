use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SensitivityClass::{self, Confidential, Restricted, StrictlyConfidential};
use crate::screening::{AccessCode, Screening, ScreeningError};

/// What a tenant's access codes mean for sensitivity. The codes are local; [`standard`](Self::standard) knows those commonly
/// met, and a tenant adds or changes its own.
///
/// It fails closed: a code that is not in the table is taken as [`StrictlyConfidential`](SensitivityClass::StrictlyConfidential),
/// because nobody has said that more than few may read what it stands on.
///
/// JSON form, for configuration: `{"UO": "restricted", "BA": "strictly_confidential"}`. Case does not matter.
///
/// ```
/// use sakarkiv_core::{screening::AccessCode, sensitivity::{CodeTable, SensitivityClass}};
///
/// let table = CodeTable::standard().with("XYZ", SensitivityClass::Confidential)?;
/// assert_eq!(table.class_of(&AccessCode::new("xyz")?), Some(SensitivityClass::Confidential));
/// assert_eq!(table.class_of(&AccessCode::new("??")?), None);
/// # Ok::<(), sakarkiv_core::screening::ScreeningError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, SensitivityClass>", into = "BTreeMap<String, SensitivityClass>")]
pub struct CodeTable(BTreeMap<String, SensitivityClass>);

impl CodeTable {
    /// A table that knows no code: everything screened is strictly confidential.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The codes commonly met in municipalities and in the standard's examples (M500).
    #[must_use]
    pub fn standard() -> Self {
        Self(STANDARD.iter().map(|(code, class)| (key(code), *class)).collect())
    }

    /// Says what a code means; a later word replaces an earlier one.
    ///
    /// # Errors
    /// [`ScreeningError::Code`] when it is no access code.
    pub fn with(mut self, code: &str, class: SensitivityClass) -> Result<Self, ScreeningError> {
        self.0.insert(key(AccessCode::new(code)?.as_str()), class);
        Ok(self)
    }

    /// What a code means; nothing for one that is not in the table.
    #[must_use]
    pub fn class_of(&self, code: &AccessCode) -> Option<SensitivityClass> {
        self.0.get(&key(code.as_str())).copied()
    }

    /// The fact that a screening's code is for [`derive`](super::derive).
    #[must_use]
    pub fn fact(&self, screening: Option<&Screening>) -> CodeFact {
        match screening.map(|screening| self.class_of(screening.code())) {
            None => CodeFact::NotScreened,
            Some(Some(class)) => CodeFact::Known(class),
            Some(None) => CodeFact::Unknown,
        }
    }
}

impl TryFrom<BTreeMap<String, SensitivityClass>> for CodeTable {
    type Error = ScreeningError;
    fn try_from(codes: BTreeMap<String, SensitivityClass>) -> Result<Self, ScreeningError> {
        codes.into_iter().try_fold(Self::empty(), |table, (code, class)| table.with(&code, class))
    }
}

impl From<CodeTable> for BTreeMap<String, SensitivityClass> {
    fn from(table: CodeTable) -> Self {
        table.0
    }
}

/// What the access code of a screening tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodeFact {
    /// There is no screening.
    NotScreened,
    /// The tenant's table knows the code.
    Known(SensitivityClass),
    /// The tenant's table does not know the code.
    Unknown,
}

impl CodeFact {
    /// Every fact.
    pub const ALL: [Self; 6] = [
        Self::NotScreened,
        Self::Known(SensitivityClass::Open),
        Self::Known(Restricted),
        Self::Known(Confidential),
        Self::Known(StrictlyConfidential),
        Self::Unknown,
    ];
}

/// What the legal basis (skjermingshjemmel, M501) of a screening tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BasisFact {
    /// There is no screening.
    NotScreened,
    /// A provision that says nothing about confidential personal data.
    Ordinary,
    /// The duty of confidentiality (taushetsplikt): offentleglova § 13, forvaltningsloven § 13.
    Confidentiality,
    /// A provision for what only few may read: child welfare, health, social services, security, protected addresses.
    FewMayRead,
}

impl BasisFact {
    /// Every fact.
    pub const ALL: [Self; 4] = [Self::NotScreened, Self::Ordinary, Self::Confidentiality, Self::FewMayRead];

    /// Reads the legal basis of a screening. The text is free, so it is searched for what makes it stricter, never for what
    /// would make it milder.
    ///
    /// ```
    /// use sakarkiv_core::sensitivity::BasisFact;
    ///
    /// assert_eq!(BasisFact::read("Offl. § 13 jf. fvl. § 13 (1) nr. 1"), BasisFact::Confidentiality);
    /// assert_eq!(BasisFact::read("offl. § 15"), BasisFact::Ordinary);
    /// assert_eq!(BasisFact::read("barnevernsloven § 13-1"), BasisFact::FewMayRead);
    /// ```
    #[must_use]
    pub fn read(legal_basis: &str) -> Self {
        let text = legal_basis.to_lowercase();
        if FEW_MAY_READ.iter().any(|word| text.contains(word)) {
            return Self::FewMayRead;
        }
        let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let section_13 = words.clone().any(|word| word == "13");
        let administration = words.any(|word| matches!(word, "fvl" | "forvaltningsloven" | "fvl13"));
        if section_13 || administration || text.contains("taushet") || text.contains("teieplikt") {
            Self::Confidentiality
        } else {
            Self::Ordinary
        }
    }

    /// The fact that a screening's legal basis is for [`derive`](super::derive).
    #[must_use]
    pub fn of(screening: Option<&Screening>) -> Self {
        screening.map_or(Self::NotScreened, |screening| Self::read(screening.legal_basis()))
    }
}

fn key(code: &str) -> String {
    code.trim().to_uppercase()
}

const FEW_MAY_READ: &[&str] = &[
    "barnevern",
    "bvl",
    "helse",
    "hpl",
    "pasient",
    "psykisk",
    "sosialtjeneste",
    "sosiale tjenester",
    "nav-lov",
    "krisesenter",
    "adressesperre",
    "folkeregisterloven § 10",
    "sikkerhetsloven",
    "sikkerhetsinstruks",
    "beskyttelsesinstruks",
    "strengt",
    "kode 6",
    "kode 7",
];

/// Number codes are sections of offentleglova; 5a, 6 and 11 those of the act before it. `XX`, `MU` and `M` keep something
/// back until it is assessed: until then it is taken as confidential.
const STANDARD: &[(&str, SensitivityClass)] = &[
    ("Unntatt offentlighet", Restricted),
    ("U", Restricted),
    ("UO", Restricted),
    ("S", Restricted),
    ("5", Restricted),
    ("6", Restricted),
    ("11", Restricted),
    ("14", Restricted),
    ("15", Restricted),
    ("16", Restricted),
    ("23", Restricted),
    ("24", Restricted),
    ("25", Restricted),
    ("26", Restricted),
    ("A", Restricted),
    ("5a", Confidential),
    ("13", Confidential),
    ("P", Confidential),
    ("PT", Confidential),
    ("PX", Confidential),
    ("E", Confidential),
    ("Personalsaker", Confidential),
    ("XX", Confidential),
    ("MU", Confidential),
    ("M", Confidential),
    ("KL", StrictlyConfidential),
    ("Klientsaker", StrictlyConfidential),
    ("BA", StrictlyConfidential),
    ("B", StrictlyConfidential),
    ("K", StrictlyConfidential),
    ("H", StrictlyConfidential),
    ("F", StrictlyConfidential),
    ("SF", StrictlyConfidential),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_duty_of_confidentiality_is_found_in_its_many_spellings() {
        for text in ["offl § 13", "Off.lova §13", "Fvl. § 13, 1. ledd", "forvaltningsloven", "lovbestemt taushetsplikt"]
        {
            assert_eq!(BasisFact::read(text), BasisFact::Confidentiality, "{text}");
        }
        for text in ["offl. § 131", "offl. § 23 tredje ledd", "offl. § 14", "?"] {
            assert_eq!(BasisFact::read(text), BasisFact::Ordinary, "{text}");
        }
        for text in ["Helsepersonelloven § 21", "fvl. § 13 jf. BVL § 6-7", "Adressesperre, kode 6"] {
            assert_eq!(BasisFact::read(text), BasisFact::FewMayRead, "{text}");
        }
    }

    #[test]
    fn a_table_is_read_from_configuration_without_regard_to_case() {
        let table: CodeTable = serde_json::from_str(r#"{"uo":"restricted"}"#).unwrap();
        assert_eq!(table.class_of(&AccessCode::new("UO").unwrap()), Some(Restricted));
        assert_eq!(serde_json::to_string(&table).unwrap(), r#"{"UO":"restricted"}"#);
        assert!(serde_json::from_str::<CodeTable>(r#"{"":"restricted"}"#).is_err());
        assert!(serde_json::from_str::<CodeTable>(r#"{"UO":"harmless"}"#).is_err());
    }

    #[test]
    fn no_standard_code_is_open_and_none_stands_twice() {
        assert_eq!(CodeTable::standard().0.len(), STANDARD.len());
        assert!(CodeTable::standard().0.values().all(|class| *class >= Restricted));
    }
}
