//! From what a source says about screening to a screening of the archive. The answer to a doubt is the stricter one, or a
//! refusal: never an open record that somebody wanted screened.

use std::collections::BTreeSet;

use super::{
    FaultCode, Place, ScreeningRule, ScreeningWish,
    plan::{Planner, mapped},
};
use crate::{
    reason::Reason,
    screening::{AccessCode, Hides, Private, Screening},
};

impl Planner<'_> {
    /// The screening of a record. `public_title` tells whether it has a public title of its own wording.
    pub(super) fn screening(
        &mut self,
        rule: &ScreeningRule,
        wish: Option<&ScreeningWish>,
        public_title: bool,
        place: Place,
    ) -> Option<Screening> {
        match (rule, wish) {
            (ScreeningRule::Always(screening), wish) => {
                self.note(place, BY_RULE);
                self.with_words(screening.clone(), wish.map_or(&[], |wish| &wish.words), place)
            }
            (ScreeningRule::Default(screening), None) => {
                self.note(place, BY_DEFAULT);
                Some(screening.clone())
            }
            (ScreeningRule::Never, Some(_)) => {
                self.fault(FaultCode::ScreeningForbidden, place);
                None
            }
            (ScreeningRule::Required, None) => {
                self.fault(FaultCode::ScreeningMissing, place);
                None
            }
            (ScreeningRule::AsSent | ScreeningRule::Never, None) => None,
            (ScreeningRule::AsSent | ScreeningRule::Default(_) | ScreeningRule::Required, Some(wish)) => {
                self.wished(wish, public_title, place)
            }
        }
    }

    fn wished(&mut self, wish: &ScreeningWish, public_title: bool, place: Place) -> Option<Screening> {
        let screening = if let Some(ours) = mapped(&self.rules.codes, &wish.code) {
            let basis = wish.legal_basis.as_deref().unwrap_or(ours.legal_basis());
            let hides: BTreeSet<Hides> = ours.marks().chain(wish.hides.iter().copied()).collect();
            let words: Vec<Private<String>> = ours.words().to_vec();
            Screening::new(ours.code().clone(), basis, hides)
                .and_then(|screening| screening.with_words(words.iter().map(|word| word.expose().as_str())))
                .map(|screening| ours.last_day().map_or(screening.clone(), |day| screening.until(day)))
        } else if let Some(basis) = wish.legal_basis.as_deref().filter(|_| self.rules.open_codes) {
            self.note(place, OPEN_CODE);
            AccessCode::new(&wish.code).and_then(|code| Screening::new(code, basis, own_hides(wish, public_title)))
        } else {
            self.fault(FaultCode::UnknownAccessCode, place);
            return None;
        };
        match screening {
            Ok(screening) => {
                let screening = self.with_words(screening, &wish.words, place)?;
                Some(wish.until.map_or(screening.clone(), |day| screening.until(day)))
            }
            Err(error) => {
                self.invalid(place, error);
                None
            }
        }
    }

    fn with_words(&mut self, screening: Screening, words: &[Private<String>], place: Place) -> Option<Screening> {
        match screening.with_words(words.iter().map(|word| word.expose().as_str())) {
            Ok(screening) => Some(screening),
            Err(error) => {
                self.invalid(place, error);
                None
            }
        }
    }
}

/// What a source's own screening hides when the archive knows nothing of its code: what the source says, else the documents
/// and the names; and the title as a whole unless it is told apart which of it is secret.
fn own_hides(wish: &ScreeningWish, public_title: bool) -> BTreeSet<Hides> {
    let mut hides = wish.hides.clone();
    if hides.is_empty() {
        hides.extend([Hides::Document, Hides::DocumentTitles, Hides::PartyNames]);
        if !public_title && wish.words.is_empty() {
            hides.insert(Hides::TitleWords);
        }
    }
    hides
}

const BY_RULE: Reason =
    Reason { code: "screened_by_rule", text: "the rule screens it, whatever the source says", source: "R8.1" };
const BY_DEFAULT: Reason = Reason {
    code: "screened_by_default",
    text: "the source said nothing about screening, so the rule's counts",
    source: "R8.1",
};
const OPEN_CODE: Reason = Reason {
    code: "code_taken_as_sent",
    text: "the access code is not in the rule's list and was taken as it is",
    source: "R8.5",
};
