use std::{collections::BTreeSet, fmt};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{MASK, Mask, Private, Whole};
use crate::{calendar, identity::Timestamp};

/// An access code (tilgangskode; tilgangsrestriksjon, M500), as the tenant's own list has it: `UO`, `P`, `13`.
/// Which codes there are is the tenant's business; what they mean for sensitivity says its
/// [`CodeTable`](crate::sensitivity::CodeTable).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessCode(Box<str>);

/// What a screening hides (skjermingMetadata, M502, and skjermingDokument, M503).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hides {
    /// The words of the title that are marked (TMO, TRO). When no word is marked, the whole title.
    TitleWords,
    /// All but the first line of the title (TM1, TR1).
    TitleAfterFirstLine,
    /// The names of all parties (NPS, NA, NM). A single party can be screened by itself.
    PartyNames,
    /// The titles of the documents (TD).
    DocumentTitles,
    /// The documents as a whole (H).
    Document,
    /// Parts of the documents (D); a redacted variant can be shown (M700 `O`).
    DocumentParts,
    /// The class id (KID), which may be a birth number.
    ClassId,
    /// The whole case or entry: nothing of it is shown but that it exists.
    Everything,
}

impl Hides {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::TitleWords,
        Self::TitleAfterFirstLine,
        Self::PartyNames,
        Self::DocumentTitles,
        Self::Document,
        Self::DocumentParts,
        Self::ClassId,
        Self::Everything,
    ];
}

/// The screening (skjerming) of a case, an entry or a document: by which code and law, what is hidden, and until when.
///
/// JSON form: `{"code": "UO", "legal_basis": "offl. § 13", "hides": ["title_words"], "words": ["…"], "until": "2080-01-01"}`;
/// `words` and `until` may be left out. It is the form at rest: the words are in it.
///
/// ```
/// use sakarkiv_core::screening::{AccessCode, Hides, Screening};
///
/// let screening = Screening::new(AccessCode::new("UO")?, "offl. § 13 jf. fvl. § 13", [Hides::TitleWords])?
///     .with_words(["Testperson"])?;
/// assert_eq!(screening.public_title("Klage fra Kari Testperson"), "Klage fra Kari *****");
/// # Ok::<(), sakarkiv_core::screening::ScreeningError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ScreeningForm")]
pub struct Screening {
    code: AccessCode,
    legal_basis: String,
    hides: BTreeSet<Hides>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    words: Vec<Private<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
}

/// Why a screening was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScreeningError {
    /// The code is blank, too long or has control characters.
    #[error("an access code has 1 to 70 printable characters; take it from the tenant's list")]
    Code,
    /// The legal basis is blank or too long.
    #[error("a screening needs a legal basis (skjermingshjemmel) of 1 to 500 printable characters")]
    LegalBasis,
    /// Nothing is hidden.
    #[error("a screening must hide something; otherwise leave it out")]
    HidesNothing,
    /// A screened word has no letter or digit.
    #[error("a screened word must have a letter or a digit")]
    Word,
}

impl AccessCode {
    /// Takes 1 to 70 printable characters; blanks around them are dropped.
    ///
    /// # Errors
    /// [`ScreeningError::Code`] for anything else.
    pub fn new(text: &str) -> Result<Self, ScreeningError> {
        printable(text, 70).map(|text| Self(text.into())).ok_or(ScreeningError::Code)
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code in capitals: how codes are compared, since people write them either way.
    pub(crate) fn in_capitals(&self) -> Self {
        Self(self.0.to_uppercase().into())
    }
}

impl fmt::Display for AccessCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AccessCode {
    type Error = ScreeningError;
    fn try_from(text: String) -> Result<Self, ScreeningError> {
        Self::new(&text)
    }
}

impl From<AccessCode> for String {
    fn from(code: AccessCode) -> Self {
        code.0.into()
    }
}

impl Screening {
    /// A screening by a code and its legal basis (skjermingshjemmel, M501).
    ///
    /// # Errors
    /// [`ScreeningError`] when the legal basis is blank or nothing is hidden.
    pub fn new(
        code: AccessCode,
        legal_basis: &str,
        hides: impl IntoIterator<Item = Hides>,
    ) -> Result<Self, ScreeningError> {
        let hides: BTreeSet<Hides> = hides.into_iter().collect();
        if hides.is_empty() {
            return Err(ScreeningError::HidesNothing);
        }
        let legal_basis = printable(legal_basis, 500).ok_or(ScreeningError::LegalBasis)?;
        Ok(Self { code, legal_basis, hides, words: Vec::new(), until: None })
    }

    /// The screening of mail that its sender marked as confidential, until somebody has assessed it: code `UO`, by the duty of
    /// confidentiality (taushetsplikt), hiding the title, the names of all parties, and the documents with their titles (R1.5).
    ///
    /// ```
    /// use sakarkiv_core::screening::{MASK, Screening};
    ///
    /// let screening = Screening::of_confidential_mail();
    /// assert_eq!((screening.code().as_str(), screening.legal_basis()), ("UO", "offl. § 13 jf. fvl. § 13"));
    /// assert_eq!(screening.public_title("Bekymringsmelding"), MASK);
    /// ```
    #[must_use]
    pub fn of_confidential_mail() -> Self {
        Self {
            code: AccessCode("UO".into()),
            legal_basis: "offl. § 13 jf. fvl. § 13".to_owned(),
            hides: BTreeSet::from([Hides::TitleWords, Hides::PartyNames, Hides::DocumentTitles, Hides::Document]),
            words: Vec::new(),
            until: None,
        }
    }

    /// Marks words or phrases of the title as screened; implies [`Hides::TitleWords`].
    ///
    /// # Errors
    /// [`ScreeningError::Word`] when one has neither letter nor digit.
    pub fn with_words<W: AsRef<str>>(mut self, words: impl IntoIterator<Item = W>) -> Result<Self, ScreeningError> {
        for word in words {
            if !Mask::is_maskable(word.as_ref()) {
                return Err(ScreeningError::Word);
            }
            self.words.push(Private::from(word.as_ref().trim()));
            self.hides.insert(Hides::TitleWords);
        }
        Ok(self)
    }

    /// Hides something more.
    #[must_use]
    pub fn hiding(mut self, what: Hides) -> Self {
        self.hides.insert(what);
        self
    }

    /// Ends the screening after a day (skjermingOpphørerDato, M505).
    #[must_use]
    pub const fn until(mut self, last_day: NaiveDate) -> Self {
        self.until = Some(last_day);
        self
    }

    /// The access code (tilgangsrestriksjon, M500).
    #[must_use]
    pub const fn code(&self) -> &AccessCode {
        &self.code
    }

    /// The legal basis (skjermingshjemmel, M501).
    #[must_use]
    pub fn legal_basis(&self) -> &str {
        &self.legal_basis
    }

    /// Whether something is hidden, by itself or because everything is.
    #[must_use]
    pub fn hides(&self, what: Hides) -> bool {
        self.hides.contains(&what) || self.hides.contains(&Hides::Everything)
    }

    /// What is hidden, as it was marked.
    pub fn marks(&self) -> impl Iterator<Item = Hides> + '_ {
        self.hides.iter().copied()
    }

    /// The screened words of the title.
    #[must_use]
    pub fn words(&self) -> &[Private<String>] {
        &self.words
    }

    /// The last day of the screening; nothing when it has no end.
    #[must_use]
    pub const fn last_day(&self) -> Option<NaiveDate> {
        self.until
    }

    /// Whether the last day has passed in Norway.
    ///
    /// An expired screening goes on hiding: that a day has passed means that somebody must look, not that the secret is out.
    /// It is lifted by an amendment, which is logged.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|last| calendar::oslo_date(now) > last)
    }

    /// The public title (offentligTittel, M025) of a title: without anything the screening hides.
    #[must_use]
    pub fn public_title(&self, title: &str) -> String {
        self.public_title_and(title, Mask::new())
    }

    /// As [`public_title`](Self::public_title), hiding what `mask` hides too.
    pub(crate) fn public_title_and(&self, title: &str, mask: Mask) -> String {
        if self.hides(Hides::Everything) || (self.hides(Hides::TitleWords) && self.words.is_empty()) {
            return MASK.to_owned();
        }
        let mask = self.words.iter().fold(mask, |mask, word| mask.with(word.expose(), Whole::No));
        if !self.hides(Hides::TitleAfterFirstLine) {
            return mask.apply(title);
        }
        let first = title.lines().next().unwrap_or_default();
        mask.apply(first)
    }
}

/// What is read before it is checked.
#[derive(Deserialize)]
struct ScreeningForm {
    code: AccessCode,
    legal_basis: String,
    hides: BTreeSet<Hides>,
    #[serde(default)]
    words: Vec<Private<String>>,
    #[serde(default)]
    until: Option<NaiveDate>,
}

impl TryFrom<ScreeningForm> for Screening {
    type Error = ScreeningError;
    fn try_from(form: ScreeningForm) -> Result<Self, ScreeningError> {
        let words = form.words.iter().map(|word| word.expose().as_str());
        let screening = Self::new(form.code, &form.legal_basis, form.hides)?.with_words(words)?;
        Ok(Self { until: form.until, ..screening })
    }
}

fn printable(text: &str, max: usize) -> Option<String> {
    let text = text.trim();
    let sound = !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
    sound.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    fn screening(hides: &[Hides]) -> Screening {
        Screening::new(AccessCode::new("UO").unwrap(), "offl. § 13", hides.iter().copied()).unwrap()
    }

    #[test]
    fn a_screening_needs_a_code_a_law_and_something_to_hide() {
        let code = AccessCode::new(" UO ").unwrap();
        assert_eq!(code.as_str(), "UO");
        assert_eq!(AccessCode::new(" "), Err(ScreeningError::Code));
        assert_eq!(Screening::new(code.clone(), "", [Hides::Document]), Err(ScreeningError::LegalBasis));
        assert_eq!(Screening::new(code, "offl. § 13", []), Err(ScreeningError::HidesNothing));
        assert_eq!(screening(&[Hides::Document]).with_words(["-"]), Err(ScreeningError::Word));
    }

    #[test]
    fn the_public_title_follows_what_is_hidden() {
        let title = "Klage fra Kari\nGjelder barnehage";
        assert_eq!(screening(&[Hides::Document]).public_title(title), title);
        assert_eq!(screening(&[Hides::Everything]).public_title(title), MASK);
        assert_eq!(screening(&[Hides::TitleAfterFirstLine]).public_title(title), "Klage fra Kari");
        let words = screening(&[Hides::TitleAfterFirstLine]).with_words(["kari"]).unwrap();
        assert_eq!(words.public_title(title), "Klage fra *****");
    }

    #[test]
    fn title_words_without_a_marked_word_hide_the_whole_title() {
        assert_eq!(screening(&[Hides::TitleWords]).public_title("Klage fra Kari"), MASK);
    }

    #[test]
    fn the_screening_of_confidential_mail_is_one_that_is_taken() {
        let made = Screening::of_confidential_mail();
        let taken = Screening::new(AccessCode::new("UO").unwrap(), made.legal_basis(), made.marks());
        assert_eq!(taken, Ok(made));
    }

    #[test]
    fn hiding_everything_hides_each_part() {
        assert!(Hides::ALL.into_iter().all(|what| screening(&[Hides::Everything]).hides(what)));
        assert!(!screening(&[Hides::Document]).hides(Hides::PartyNames));
    }

    #[test]
    fn a_screening_lasts_through_its_last_day_in_norway() {
        let last = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
        let screening = screening(&[Hides::Document]).until(last);
        assert!(!screening.has_expired(Utc.with_ymd_and_hms(2026, 6, 30, 21, 59, 59).unwrap()));
        assert!(screening.has_expired(Utc.with_ymd_and_hms(2026, 6, 30, 22, 0, 0).unwrap()));
    }

    #[test]
    fn the_json_form_is_stable_and_debug_shows_no_word() {
        let full = screening(&[Hides::Document])
            .with_words(["Kari"])
            .unwrap()
            .until(NaiveDate::from_ymd_opt(2086, 1, 1).unwrap());
        let json = r#"{"code":"UO","legal_basis":"offl. § 13","hides":["title_words","document"],"words":["Kari"],"until":"2086-01-01"}"#;
        assert_eq!(serde_json::to_string(&full).unwrap(), json);
        assert_eq!(serde_json::from_str::<Screening>(json).unwrap(), full);
        assert!(!format!("{full:?}").contains("Kari"));
        assert!(serde_json::from_str::<Screening>(r#"{"code":"UO","legal_basis":"x","hides":[]}"#).is_err());
    }

    proptest! {
        #[test]
        fn every_screening_round_trips(hides in proptest::sample::subsequence(Hides::ALL.to_vec(), 1..=8),
                                       words in proptest::collection::vec("[a-zæøå]{1,8}", 0..3)) {
            let value = screening(&hides).with_words(words).unwrap();
            let json = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(serde_json::from_str::<Screening>(&json).unwrap(), value);
        }
    }
}
