use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::screening::{AccessCode, Hides, Screening, ScreeningError};

/// What a tenant's access codes mean for publication. The codes are local, so this is configuration; a code that is not in
/// the table is unknown, and what that shows says [`UnknownCode`](super::UnknownCode).
///
/// JSON form: `{"UO": {"shows": "masked"}, "P": {"shows": "masked", "hides": ["party_names"]}, "BA": {"shows": "nothing"}}`.
/// Case does not matter.
///
/// ```
/// use sakarkiv_core::{publication::{CodeRule, CodeRules, CodeShows}, screening::AccessCode};
///
/// let codes = CodeRules::standard().with("Q", CodeRule::new(CodeShows::Bare))?;
/// assert_eq!(codes.rule(&AccessCode::new("q")?).map(|rule| rule.shows), Some(CodeShows::Bare));
/// assert!(codes.rule(&AccessCode::new("??")?).is_none());
/// # Ok::<(), sakarkiv_core::screening::ScreeningError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, CodeRule>", into = "BTreeMap<String, CodeRule>")]
pub struct CodeRules(BTreeMap<String, CodeRule>);

/// What an access code means for publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRule {
    /// What is shown of an entry or case with this code.
    pub shows: CodeShows,
    /// What the code hides at the least, whatever the single screening marks.
    #[serde(default)]
    pub hides: BTreeSet<Hides>,
    /// The legal basis to show in place of the screening's own, which may tell too much.
    #[serde(default)]
    pub public_basis: Option<String>,
}

/// What is shown of something with an access code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeShows {
    /// All but what the screening and the code hide.
    Masked,
    /// Numbers, dates and kind.
    Bare,
    /// Nothing.
    Nothing,
    /// Nothing until somebody has assessed it and set another code (midlertidig unntatt).
    NothingYet,
}

impl CodeRule {
    /// A rule that hides no more than each screening says.
    #[must_use]
    pub const fn new(shows: CodeShows) -> Self {
        Self { shows, hides: BTreeSet::new(), public_basis: None }
    }

    /// Hides this too, whatever the single screening marks.
    #[must_use]
    pub fn hiding(mut self, hides: impl IntoIterator<Item = Hides>) -> Self {
        self.hides.extend(hides);
        self
    }
}

impl CodeRules {
    /// A table that knows no code.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Codes commonly met in municipalities: general exemption and the sections of offentleglova mask what they mark and keep
    /// documents back, codes for personal matters hide the parties too, codes of child welfare, health and other clients show
    /// nothing, temporary codes wait.
    #[must_use]
    pub fn standard() -> Self {
        let rule = |shows, hides: &[Hides]| CodeRule::new(shows).hiding(hides.iter().copied());
        let groups = [
            (GENERAL, rule(CodeShows::Masked, &[Hides::Document])),
            (PERSONAL, rule(CodeShows::Masked, &[Hides::Document, Hides::PartyNames, Hides::ClassId])),
            (CLIENTS, rule(CodeShows::Nothing, &[Hides::Everything])),
            (TEMPORARY, rule(CodeShows::NothingYet, &[Hides::Everything])),
        ];
        let rules = groups.iter().flat_map(|(codes, rule)| codes.iter().map(move |code| (key(code), rule.clone())));
        Self(rules.collect())
    }

    /// Says what a code means; a later word replaces an earlier one.
    ///
    /// # Errors
    /// [`ScreeningError::Code`] when it is no access code.
    pub fn with(mut self, code: &str, rule: CodeRule) -> Result<Self, ScreeningError> {
        self.0.insert(key(AccessCode::new(code)?.as_str()), rule);
        Ok(self)
    }

    /// What a code means; nothing for an unknown one.
    #[must_use]
    pub fn rule(&self, code: &AccessCode) -> Option<&CodeRule> {
        self.0.get(&key(code.as_str()))
    }

    /// A screening with what its code hides at the least. The screening itself when that adds nothing.
    pub(super) fn widened(&self, screening: &Screening) -> Screening {
        let Some(rule) = self.rule(screening.code()) else { return screening.clone() };
        if rule.hides.iter().all(|what| screening.hides(*what)) {
            return screening.clone();
        }
        let marks = screening.marks().chain(rule.hides.iter().copied());
        let words = screening.words().iter().map(|word| word.expose().as_str());
        let wider = Screening::new(screening.code().clone(), screening.legal_basis(), marks);
        // What a sound screening holds makes a sound screening again, so the other answer is never given.
        wider.and_then(|wider| wider.with_words(words)).unwrap_or_else(|_| screening.clone())
    }
}

impl TryFrom<BTreeMap<String, CodeRule>> for CodeRules {
    type Error = ScreeningError;
    fn try_from(rules: BTreeMap<String, CodeRule>) -> Result<Self, ScreeningError> {
        rules.into_iter().try_fold(Self::none(), |table, (code, rule)| table.with(&code, rule))
    }
}

impl From<CodeRules> for BTreeMap<String, CodeRule> {
    fn from(rules: CodeRules) -> Self {
        rules.0
    }
}

fn key(code: &str) -> String {
    code.trim().to_uppercase()
}

const GENERAL: &[&str] = &["Unntatt offentlighet", "U", "UO", "5", "14", "15", "16", "23", "24", "25", "26"];
const PERSONAL: &[&str] = &["13", "P", "PT", "PX", "Personalsaker"];
const CLIENTS: &[&str] = &["BA", "B", "K", "H", "F", "SF", "KL", "Klientsaker", "E", "G"];
const TEMPORARY: &[&str] = &["XX", "MU", "M"];

#[cfg(test)]
mod tests {
    use super::*;

    fn screening(code: &str, hides: &[Hides]) -> Screening {
        Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", hides.iter().copied()).unwrap()
    }

    #[test]
    fn a_code_hides_what_it_hides_though_the_screening_forgot_it() {
        let screening = screening("p", &[Hides::TitleWords]).with_words(["nabokrangel"]).unwrap();
        let wider = CodeRules::standard().widened(&screening);
        assert!(wider.hides(Hides::PartyNames) && wider.hides(Hides::Document) && wider.hides(Hides::TitleWords));
        assert_eq!(wider.words(), screening.words());
        assert!(!wider.hides(Hides::Everything));
    }

    #[test]
    fn what_a_screening_hides_is_never_less_with_its_code() {
        for hides in Hides::ALL {
            for code in ["UO", "13", "BA", "XX", "??"] {
                let screening = screening(code, &[hides]);
                let wider = CodeRules::standard().widened(&screening);
                assert!(Hides::ALL.into_iter().all(|what| !screening.hides(what) || wider.hides(what)), "{code}");
            }
        }
    }

    #[test]
    fn rules_are_read_from_configuration_whatever_the_case_of_the_code() {
        let json = r#"{"uo":{"shows":"masked"},"xx":{"shows":"nothing_yet","hides":["everything"]}}"#;
        let rules: CodeRules = serde_json::from_str(json).unwrap();
        assert_eq!(rules.rule(&AccessCode::new("XX").unwrap()).unwrap().shows, CodeShows::NothingYet);
        let again: CodeRules = serde_json::from_str(&serde_json::to_string(&rules).unwrap()).unwrap();
        assert_eq!(again, rules);
        assert!(serde_json::from_str::<CodeRules>(r#"{"":{"shows":"masked"}}"#).is_err());
        assert!(serde_json::from_str::<CodeRules>(r#"{"U":{"shows":"all"}}"#).is_err());
    }
}
