//! Which case it is, and what happens to it.

use super::{
    CaseFacts, CaseName, CaseWish, DesiredClass, FaultCode, KEPT_CLASSES, Place, PlannedCase, RemarkCode,
    compare::shows_more,
    plan::{Planner, amended},
};
use crate::{
    case::{Case, CaseChange, CaseContents, CaseStatus, NewCase},
    reason::Reason,
    screening::{Hides, Private, Screening},
    text::ExternalKey,
};

impl Planner<'_> {
    pub(super) fn case(&mut self) -> Option<PlannedCase> {
        let mut fitting = self.facts.cases.iter().filter(|case| case.status() != CaseStatus::Void);
        let found = (fitting.next(), fitting.next());
        let again = self.facts.earlier.is_some();
        match (&self.consignment.case, found) {
            (_, (Some(_), Some(_))) => self.no_case(FaultCode::SeveralCases),
            (_, (Some(case), None)) if again => self.used(case),
            (CaseWish::New, (Some(_), None)) => self.no_case(FaultCode::CaseExists),
            (CaseWish::Existing(_) | CaseWish::FindOrNew(_), (Some(case), None)) => self.used(case),
            (CaseWish::Existing(_), (None, _)) => self.no_case(FaultCode::UnknownCase),
            _ if again => self.no_case(FaultCode::UnknownCase),
            (CaseWish::New | CaseWish::FindOrNew(_), (None, _)) => self.opened(),
        }
    }

    fn no_case(&mut self, code: FaultCode) -> Option<PlannedCase> {
        self.fault(code, Place::Case);
        None
    }

    fn opened(&mut self) -> Option<PlannedCase> {
        let (rule, facts) = (&self.rules.case, &self.consignment.facts);
        if !rule.may_open {
            return self.no_case(FaultCode::MayNotOpen);
        }
        let kind = facts.kind.unwrap_or(rule.kind);
        if !rule.kinds.is_empty() && !rule.kinds.contains(&kind) {
            self.fault(FaultCode::KindNotTaken, Place::Case);
        }
        let title = facts.title.clone().or_else(|| rule.title.clone().map(Private::new));
        if title.is_none() {
            self.fault(FaultCode::TitleMissing, Place::Case);
        }
        let unit = self.unit(facts.unit.as_deref(), rule.unit.as_ref(), Place::Case);
        if unit.is_none() && facts.unit.is_none() {
            self.fault(FaultCode::UnitMissing, Place::Case);
        }
        let case_handler = self.handler(facts.case_handler.as_deref(), rule.handler.as_ref(), Place::Case);
        let public_title = facts.public_title.clone().or_else(|| rule.public_title.clone().map(Private::new));
        let screening = self.screening(&rule.screening, facts.screening.as_ref(), public_title.is_some(), Place::Case);
        let (class, others) = self.classes(facts);
        let screening = self.screened_class(class, screening);
        let mut new = NewCase::new(kind, title?, unit?, self.facts.by.clone());
        new.status = rule.status;
        new.public_title = public_title;
        new.class = class.map(|class| class.value.clone()).or_else(|| rule.class.clone().map(Private::new));
        new.series = rule.series.clone().or_else(|| facts.series.clone());
        new.case_handler = case_handler;
        new.date = facts.date;
        new.screening = screening;
        new.access_group = rule.access_group.clone();
        new.external_keys = merged(&facts.external_keys, others);
        // Else the next one would not find it.
        if let CaseWish::FindOrNew(CaseName::Key(key)) = &self.consignment.case
            && !new.external_keys.contains(key)
        {
            new.external_keys.push(key.clone());
        }
        match new.check() {
            Ok(()) => Some(PlannedCase::Open(Box::new(new))),
            Err(error) => {
                self.invalid(Place::Case, error);
                None
            }
        }
    }

    /// The class that is taken, and the others.
    fn classes<'c>(&mut self, facts: &'c CaseFacts) -> (Option<&'c DesiredClass>, Vec<&'c DesiredClass>) {
        let taken = self.taken_class(facts);
        if taken.is_none() && !facts.classes.is_empty() {
            self.note(Place::Case, CLASS_NOT_TAKEN);
        }
        let others = facts.classes.iter().filter(|class| taken.is_none_or(|taken| !std::ptr::eq(*class, taken)));
        (taken, others.collect())
    }

    fn taken_class<'c>(&self, facts: &'c CaseFacts) -> Option<&'c DesiredClass> {
        let systems = &self.rules.case.class_systems;
        if systems.is_empty() {
            return facts.classes.first();
        }
        let named = |system: &String| facts.classes.iter().find(|class| class.system.eq_ignore_ascii_case(system));
        systems.iter().find_map(named)
    }

    /// A class id that is kept from the public takes a screening to say so.
    fn screened_class(&mut self, class: Option<&DesiredClass>, screening: Option<Screening>) -> Option<Screening> {
        if !class.is_some_and(|class| class.screened) {
            return screening;
        }
        let Some(screening) = screening else {
            self.fault(FaultCode::ScreeningMissing, Place::Case);
            return None;
        };
        Some(screening.hiding(Hides::ClassId))
    }

    /// An existing case gets the keys it lacks, and in a correction what changed; what people decided in it stays.
    fn used(&mut self, case: &Case) -> Option<PlannedCase> {
        let facts = &self.consignment.facts;
        let mut changes = Vec::new();
        let keys = merged(case.external_keys(), Vec::new());
        let all = facts.external_keys.iter().fold(keys.clone(), |mut all, key| {
            if !all.contains(key) {
                all.push(key.clone());
            }
            all
        });
        if all.len() > keys.len() {
            changes.push(CaseChange::ExternalKeys(all));
        }
        let corrects = self.corrects();
        let wanted = if corrects { self.corrected(case, &mut changes) } else { None };
        if self.case_says_otherwise(case) || !corrects && self.would_correct(case) {
            self.remark(Place::Case, RemarkCode::FactsLeft);
        }
        let titles = |amended: &Case| (case.public_title(), amended.public_title());
        match amended(case, &changes) {
            Ok(amended) if shows_more(case.screening(), wanted.as_ref(), titles(&amended)) => {
                self.locked(Place::Case, TITLE_SCREENED);
                None
            }
            Ok(_) => Some(PlannedCase::Use { case: Box::new(case.clone()), changes }),
            Err(error) => {
                self.locked(Place::Case, error);
                None
            }
        }
    }

    /// Whether the source says something otherwise of the case that not even a correction changes, as far as it says it.
    fn case_says_otherwise(&self, case: &Case) -> bool {
        let (rule, facts) = (&self.rules.case, &self.consignment.facts);
        let unit = facts.unit.as_deref().and_then(|code| self.rules.unit_of(code));
        let handler = facts.case_handler.as_deref().and_then(|name| self.rules.handler_of(name));
        let series = facts.series.as_deref().filter(|_| rule.series.is_none());
        facts.kind.is_some_and(|kind| kind != case.kind())
            || facts.date.is_some_and(|date| date != case.date())
            || unit.is_some_and(|unit| unit != *case.unit())
            || handler.is_some() && handler.as_ref() != case.case_handler()
            || series.is_some() && series != case.series()
            || self.taken_class(facts).is_some_and(|class| case.class() != Some(&class.value))
    }

    /// Whether a correction would change something of the case.
    fn would_correct(&self, case: &Case) -> bool {
        let facts = &self.consignment.facts;
        facts.title.as_ref().is_some_and(|title| title != case.title())
            || (facts.screening.is_some() && case.screening().is_none())
            || (secret_class(facts, case).is_some() && !hides_class(case.screening()))
    }

    /// The changes of a correction, and the screening that the source wants.
    fn corrected(&mut self, case: &Case, changes: &mut Vec<CaseChange>) -> Option<Screening> {
        let facts = &self.consignment.facts;
        if let Some(title) = facts.title.as_ref().filter(|title| *title != case.title()) {
            changes.push(CaseChange::Title(title.clone()));
        }
        if let Some(title) = &facts.public_title {
            let change = CaseChange::PublicTitle(Some(title.clone()));
            let differs = amended(case, std::slice::from_ref(&change));
            if differs.is_ok_and(|other| other.public_title() != case.public_title()) {
                changes.push(change);
            }
        }
        let wanted = self.wanted(case);
        match (case.screening(), &wanted) {
            (None, Some(screening)) => changes.push(CaseChange::Screening(Some(screening.clone()))),
            (Some(ours), Some(theirs)) if ours != theirs => self.remark(Place::Case, RemarkCode::ScreeningLeft),
            (Some(_), None) if secret_class(facts, case).is_some() && !hides_class(case.screening()) => {
                self.remark(Place::Case, RemarkCode::ScreeningLeft);
            }
            _ => {}
        }
        wanted
    }

    /// The screening that the source wants for a case that is there, if it wants one.
    fn wanted(&mut self, case: &Case) -> Option<Screening> {
        let (rule, facts) = (&self.rules.case.screening, &self.consignment.facts);
        let class = secret_class(facts, case);
        if facts.screening.is_none() && (class.is_none() || case.screening().is_some()) {
            return None;
        }
        let screening = self.screening(rule, facts.screening.as_ref(), facts.public_title.is_some(), Place::Case);
        self.screened_class(class, screening)
    }

    /// The status the case gets afterwards, if it can get it.
    pub(super) fn finish(&mut self, case: &PlannedCase) -> Option<CaseStatus> {
        let wanted = self.consignment.finish?;
        if !matches!(wanted, CaseStatus::HandlerDone | CaseStatus::HandlerClosed) {
            self.invalid(
                Place::Case,
                "a source finishes a case as done or closed by its handler; the archive closes it",
            );
            return None;
        }
        let from = match case {
            PlannedCase::Open(new) => new.status,
            PlannedCase::Use { case, .. } => case.status(),
        };
        if from == wanted || from.step(wanted, &CaseContents::default()).is_err() {
            self.note(Place::Case, NOT_FINISHED);
            return None;
        }
        Some(wanted)
    }
}

/// The class of the case, when the source keeps its id from the public.
fn secret_class<'c>(facts: &'c CaseFacts, case: &Case) -> Option<&'c DesiredClass> {
    facts.classes.iter().find(|class| class.screened && case.class() == Some(&class.value))
}

fn hides_class(screening: Option<&Screening>) -> bool {
    screening.is_some_and(|screening| screening.hides(Hides::ClassId))
}

fn merged(keys: &[ExternalKey], classes: Vec<&DesiredClass>) -> Vec<ExternalKey> {
    let classes = classes.into_iter().map(|class| ExternalKey {
        system: KEPT_CLASSES.to_owned(),
        kind: class.system.clone(),
        value: class.value.clone(),
    });
    keys.iter().cloned().chain(classes).collect()
}

pub(super) const TITLE_SCREENED: &str =
    "the words that are screened are those of the title before; a person changes it together with its screening";
const CLASS_NOT_TAKEN: Reason = Reason {
    code: "class_not_taken",
    text: "the rule takes no class of these systems; they are kept as external keys",
    source: "R8.3",
};
const NOT_FINISHED: Reason = Reason {
    code: "not_finished",
    text: "the case has that status or cannot get it from the one it has",
    source: "Noark 5, M052",
};
