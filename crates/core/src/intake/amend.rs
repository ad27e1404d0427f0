//! What a source changes in records that the archive has: by its rules, as what it hands in.
//!
//! A record does not tell by which of the source's rules it was filed. So a code is known when any of them knows it, or it is
//! the archive's own where the usual rules map none; and a screening stays when any of them asks for one.

use chrono::NaiveDate;

use super::{
    EntryRule, Fault, FaultCode, IntakeRules, Place, Rejection, RuleBook, ScreeningRule,
    compare::{retitling_shows_more, shows_more},
    content::untaken,
    file_case::TITLE_SCREENED,
    kept::{self, joined},
    plan::mapped,
};
use crate::{
    case::{Case, CaseAmendment, CaseChange},
    document::{Document, DocumentVersion},
    identity::{ActorId, UnitId},
    journal::{Amendment, Change, JournalEntry, NewDocument},
    party::Party,
    screening::Screening,
    sensitivity::{CodeTable, SensitivityClass},
};

impl RuleBook {
    /// The changes that this source may make of a case: its codes of units, case handlers and access as the archive's own, and
    /// no screening taken away that a rule asks for, or weaker than the one before it. `codes` tells which access code is the
    /// stronger.
    ///
    /// # Errors
    /// A [`Rejection`] with every fault that was found; then nothing is to be changed.
    pub fn case_amendment(
        &self,
        case: &Case,
        amendment: &CaseAmendment,
        codes: &CodeTable,
    ) -> Result<CaseAmendment, Rejection> {
        let screening = |wish: &Option<Screening>| {
            let rules = self.all().map(|rules| &rules.case.screening).collect::<Vec<_>>();
            self.screening(&rules, case.screening(), wish.as_ref(), codes)
        };
        let changes = amendment.changes().iter().map(|change| match change {
            CaseChange::Unit(unit) => self.unit(unit).map(CaseChange::Unit),
            CaseChange::CaseHandler(Some(handler)) => {
                self.handler(handler).map(|handler| CaseChange::CaseHandler(Some(handler)))
            }
            CaseChange::Screening(wish) => screening(wish).map(CaseChange::Screening),
            other => Ok(other.clone()),
        });
        let mut changes = all_or_faults(changes, Place::Case)?.into_iter();
        let amendment = changes
            .next()
            .map_or_else(|| amendment.clone(), |first| changes.fold(CaseAmendment::new(first), CaseAmendment::and));
        let shown = case.amend(amendment.clone()).map(|amended| amended.public_title());
        if shown.is_ok_and(|shown| shows_more(case.screening(), None, (case.public_title(), shown))) {
            return Err(Fault::new(FaultCode::Locked, Place::Case).because(TITLE_SCREENED).into());
        }
        Ok(amendment)
    }

    /// The same for the changes of a journal entry.
    ///
    /// # Errors
    /// A [`Rejection`] with every fault that was found; then nothing is to be changed.
    pub fn entry_amendment(
        &self,
        entry: &JournalEntry,
        amendment: &Amendment,
        codes: &CodeTable,
    ) -> Result<Amendment, Rejection> {
        let screening = |wish: &Option<Screening>| {
            let rules = self.entry_rules().map(|rule| &rule.screening).collect::<Vec<_>>();
            self.screening(&rules, entry.screening(), wish.as_ref(), codes)
        };
        let changes = amendment.changes().iter().map(|change| match change {
            Change::Unit(Some(unit)) => self.unit(unit).map(|unit| Change::Unit(Some(unit))),
            Change::CaseHandler(Some(handler)) => {
                self.handler(handler).map(|handler| Change::CaseHandler(Some(handler)))
            }
            Change::Screening(wish) => screening(wish).map(Change::Screening),
            Change::ScreenParty(id, false)
                if entry.parties().iter().any(|party| party.id() == *id && party.is_screened()) =>
            {
                Err((FaultCode::Locked, Some(NAMED)))
            }
            Change::Parties(parties) => kept::parties(entry.parties(), parties)
                .into_iter()
                .map(|party| self.party(party, entry))
                .collect::<Result<_, _>>()
                .map(Change::Parties),
            Change::Document(document) => {
                self.document(document, entry.document(document.id()), codes).map(Change::Document)
            }
            Change::Attach { document: NewDocument { role, document }, at, by } => {
                self.document(document, None, codes).map(|document| Change::Attach {
                    document: NewDocument { role: *role, document },
                    at: *at,
                    by: by.clone(),
                })
            }
            other => Ok(other.clone()),
        });
        let place = Place::Entry { entry: 0 };
        let mut changes = all_or_faults(changes, place)?.into_iter();
        let amendment = changes
            .next()
            .map_or_else(|| amendment.clone(), |first| changes.fold(Amendment::new(first), Amendment::and));
        let shown = entry.amend(amendment.clone());
        if shown.is_ok_and(|amended| retitling_shows_more(entry, amendment.changes(), &amended, None)) {
            return Err(Fault::new(FaultCode::Locked, place).because(TITLE_SCREENED).into());
        }
        Ok(amendment)
    }

    /// The usual rules first.
    fn all(&self) -> impl Iterator<Item = &IntakeRules> + Clone {
        std::iter::once(&self.usual).chain(self.named.values())
    }

    fn entry_rules(&self) -> impl Iterator<Item = &EntryRule> {
        self.all().flat_map(|rules| std::iter::once(&rules.entry).chain(rules.entries.values()))
    }

    /// A party as it is wished for, with our unit and case handler. Its name is kept from the public where it was before, and
    /// that of one who comes to the entry also where a rule keeps those of all parties.
    fn party(&self, wish: Party, entry: &JournalEntry) -> Result<Party, Why> {
        let before = entry.parties().iter().find(|party| party.id() == wish.id());
        let unit = match wish.unit() {
            Some(unit) if before.and_then(Party::unit) != Some(unit) => Some(self.unit(unit)?),
            unit => unit.cloned(),
        };
        let handler = match wish.case_handler() {
            Some(handler) if before.and_then(Party::case_handler) != Some(handler) => Some(self.handler(handler)?),
            handler => handler.cloned(),
        };
        let hidden = wish.is_screened() || before.is_none() && self.entry_rules().any(|rule| rule.screens_parties);
        let party = wish.screened(hidden).within(unit, handler);
        party.map_err(|_| (FaultCode::InvalidContent, Some("a party within the organisation needs an internal role")))
    }

    /// Our unit of a source's code. What is unknown is refused also where a consignment would go to the rule's unit: a record
    /// must not be moved to where nobody wanted it.
    fn unit(&self, code: &UnitId) -> Result<UnitId, Why> {
        let mapped = self.all().find_map(|rules| mapped(&rules.units, code.as_str())).cloned();
        let known = || {
            let ours = self.all().flat_map(|rules| rules.units.values().chain(&rules.case.unit));
            ours.into_iter().any(|ours| ours == code).then(|| code.clone())
        };
        let own = || self.usual.unit_of(code.as_str());
        mapped.or_else(known).or_else(own).ok_or((FaultCode::UnknownUnit, None))
    }

    /// Our user of a source's user name. What is unknown is refused: the source would be told that it was done.
    fn handler(&self, name: &ActorId) -> Result<ActorId, Why> {
        let mapped = self.all().find_map(|rules| mapped(&rules.handlers, name.as_str())).cloned();
        let known = || self.all().any(|rules| rules.handlers.values().any(|ours| ours == name)).then(|| name.clone());
        let own = || self.usual.handler_of(name.as_str());
        mapped
            .or_else(known)
            .or_else(own)
            .ok_or((FaultCode::InvalidContent, Some("the case handler is not known here")))
    }

    /// A document with its screening as ours. No rule asks for one of a document by itself, and one that is there stays, as
    /// does what was said about its content. Of its files, those that it had not before are such as the source may hand in.
    fn document(&self, wish: &Document, before: Option<&Document>, codes: &CodeTable) -> Result<Document, Why> {
        let known = before.map_or(&[][..], Document::versions);
        wish.versions().iter().filter(|file| !known.contains(file)).try_for_each(|file| self.takes(file))?;
        let screened = before.and_then(Document::screening);
        let screening = self.screening(&[&ScreeningRule::Required], screened, wish.screening(), codes)?;
        let marks = before.map_or(wish.marks(), |before| wish.marks().or(before.marks()));
        Ok(wish.clone().marked(marks).screened(screening))
    }

    fn takes(&self, file: &DocumentVersion) -> Result<(), Why> {
        let fault = |rules: &IntakeRules| {
            let faults = untaken(file.content.size, &file.media_type, &rules.content);
            faults.into_iter().next().map_or(Ok(()), |(code, _)| Err((code, None)))
        };
        let usual = fault(&self.usual);
        if self.named.values().any(|rules| fault(rules).is_ok()) { Ok(()) } else { usual }
    }

    fn screening(
        &self,
        rules: &[&ScreeningRule],
        before: Option<&Screening>,
        wish: Option<&Screening>,
        codes: &CodeTable,
    ) -> Result<Option<Screening>, Why> {
        let Some(wish) = wish else {
            let open = |rule: &&ScreeningRule| matches!(rule, ScreeningRule::AsSent | ScreeningRule::Never);
            let stays = before.is_some() && !rules.iter().all(open);
            return if stays { Err((FaultCode::ScreeningMissing, Some(ASKED_FOR))) } else { Ok(None) };
        };
        if before == Some(wish) {
            return Ok(before.cloned());
        }
        let class =
            |screening: &Screening| codes.class_of(screening.code()).unwrap_or(SensitivityClass::StrictlyConfidential);
        let weaker = |new: &Screening| before.is_some_and(|before| class(new) < class(before));
        let new = match (rules.first(), before) {
            (Some(ScreeningRule::Always(ours)), Some(before)) if weaker(ours) => before.clone(),
            (Some(ScreeningRule::Always(ours)), _) => ours.clone(),
            (Some(ScreeningRule::Never), None) => return Err((FaultCode::ScreeningForbidden, None)),
            _ => {
                let new = self.ours(wish, before)?;
                if weaker(&new) || before.is_some_and(|before| last_day(&new) < last_day(before)) {
                    return Err((FaultCode::Locked, Some(WEAKER)));
                }
                new
            }
        };
        let new = before.map_or_else(|| Ok(new.clone()), |before| joined(&new, before));
        new.map(Some).map_err(|_| (FaultCode::InvalidContent, Some("the screening cannot be read")))
    }

    /// A screening by the source's code as one by ours. A code of ours is one that the source was shown.
    fn ours(&self, wish: &Screening, before: Option<&Screening>) -> Result<Screening, Why> {
        let code = wish.code();
        if let Some(ours) = self.all().find_map(|rules| mapped(&rules.codes, code.as_str())) {
            let both = Screening::new(ours.code().clone(), wish.legal_basis(), wish.marks())
                .and_then(|named| named.with_words(wish.words().iter().map(|word| word.expose().as_str())))
                .and_then(|named| joined(&named, ours));
            let both = both.map_err(|_| (FaultCode::InvalidContent, Some("the screening cannot be read")))?;
            let until = wish.last_day().or(ours.last_day());
            return Ok(until.map_or(both.clone(), |day| both.until(day)));
        }
        let shown = before.into_iter().chain(self.all().flat_map(|rules| rules.codes.values()));
        let known = shown.map(Screening::code).any(|shown| shown == code);
        if known || self.all().any(|rules| rules.open_codes) {
            return Ok(wish.clone());
        }
        Err((FaultCode::UnknownAccessCode, None))
    }
}

/// A fault without its place.
type Why = (FaultCode, Option<&'static str>);

fn all_or_faults<C>(changes: impl Iterator<Item = Result<C, Why>>, place: Place) -> Result<Vec<C>, Rejection> {
    let (mut made, mut faults) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Ok(change) => made.push(change),
            Err((code, None)) => faults.push(Fault::new(code, place)),
            Err((code, Some(why))) => faults.push(Fault::new(code, place).because(why)),
        }
    }
    Rejection::of(faults).map_or(Ok(made), Err)
}

/// The day a screening ends; one that does not end ends last.
fn last_day(screening: &Screening) -> NaiveDate {
    screening.last_day().unwrap_or(NaiveDate::MAX)
}

const ASKED_FOR: &str = "a rule of the source asks for a screening, so a source does not take it away";
const NAMED: &str = "the name is kept from the public; only people make it public";
const WEAKER: &str =
    "the screening is weaker than the one before it, or ends before it; only people loosen a screening";
