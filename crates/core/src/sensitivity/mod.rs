//! How sensitive a record is (R1.5): one class for every document, entry and case.

mod codes;
mod derive;

pub use codes::{BasisFact, CodeFact, CodeTable};
pub use derive::{Derived, Facts, derive, of_case, of_document, of_entry};

use serde::{Deserialize, Serialize};

/// The sensitivity class of a document, an entry or a case. A higher class is more sensitive, so comparison and
/// [`combine`](Self::combine) work as one expects. JSON form: `open`, `restricted`, `confidential`,
/// `strictly_confidential`.
///
/// ```
/// use sakarkiv_core::sensitivity::SensitivityClass::{Confidential, Open, StrictlyConfidential};
///
/// assert!(Open < Confidential && Confidential < StrictlyConfidential);
/// assert_eq!(Open.combine(Confidential), Confidential);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitivityClass {
    /// Anybody may read it.
    Open,
    /// Ordinary screening or internal matters: withheld from the public, without confidential personal data.
    Restricted,
    /// Confidential personal data (taushetsbelagt, forvaltningsloven § 13).
    Confidential,
    /// Only few may read it: child welfare, health, security, hidden addresses (adressesperre, codes 6 and 7).
    StrictlyConfidential,
}

impl SensitivityClass {
    /// Every class, from the least to the most sensitive.
    pub const ALL: [Self; 4] = [Self::Open, Self::Restricted, Self::Confidential, Self::StrictlyConfidential];

    /// The more sensitive of two: how a whole gets its class from its parts and how inheritance never lowers one.
    #[must_use]
    pub fn combine(self, other: Self) -> Self {
        self.max(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combining_never_lowers_a_class() {
        for a in SensitivityClass::ALL {
            for b in SensitivityClass::ALL {
                let both = a.combine(b);
                assert!(both >= a && both >= b && (both == a || both == b));
                assert_eq!(both, b.combine(a));
            }
        }
    }

    #[test]
    fn the_json_names_are_stable() {
        let json = serde_json::to_string(&SensitivityClass::ALL).unwrap();
        assert_eq!(json, r#"["open","restricted","confidential","strictly_confidential"]"#);
        assert_eq!(serde_json::from_str::<[SensitivityClass; 4]>(&json).unwrap(), SensitivityClass::ALL);
        assert!(serde_json::from_str::<SensitivityClass>("\"secret\"").is_err());
    }
}
