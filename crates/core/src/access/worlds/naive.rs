use super::{Thing, World};
use crate::{
    access::{
        AccessPolicy, Actor, Grant, GrantBasis, GrantRight, GrantScope, GrantState, Period, Protected, Protection,
        Reading, RecordRef, RoleScope, UnitScope, User, UserKind, View, Writing,
    },
    case::CaseKind,
    document::{Document, DocumentMarks},
    identity::{ActorId, GroupId, TenantId, Timestamp, UnitId},
    screening::{Hides, Screening},
    sensitivity::{CodeTable, SensitivityClass},
};

/// Somebody before a record at a moment.
pub(super) struct Judge<'a> {
    pub(super) world: &'a World,
    pub(super) actor: &'a Actor,
    pub(super) thing: Thing<'a>,
    pub(super) now: Timestamp,
    pub(super) table: &'a CodeTable,
}

impl Judge<'_> {
    /// What is seen, and whether it may be changed.
    pub(super) fn verdict(&self) -> (View, bool) {
        let nothing = (View::None, false);
        if *self.thing.case.tenant() != self.actor.tenant {
            return nothing;
        }
        let same = |user: &&User| user.tenant == self.actor.tenant && user.id == self.actor.id;
        let Some(user) = self.world.users.iter().find(same) else { return nothing };
        if !self.holds(user.active) || user.bars.iter().any(|bar| self.holds(bar.period) && self.touches(bar.record)) {
            return nothing;
        }
        match &user.kind {
            UserKind::Service(service) => {
                let mut best = nothing;
                for allowed in &service.records {
                    let series = allowed.series.as_ref();
                    let in_series =
                        series.is_none_or(|list| list.iter().any(|one| Some(one.as_str()) == self.series()));
                    let in_class = self.class() <= allowed.up_to;
                    if allowed.kinds.contains(&self.kind()) && in_series && in_class && self.in_units(&allowed.units) {
                        best = (View::Full, best.1 || allowed.right == GrantRight::Write);
                    }
                }
                best
            }
            UserKind::Consultant(terms) if self.now >= terms.until => nothing,
            UserKind::Consultant(_) => self.person(user, false),
            UserKind::Employee => self.person(user, true),
        }
    }

    fn person(&self, user: &User, employee: bool) -> (View, bool) {
        let (readings, writings) = self.role_rights(user);
        let reads = |least: Reading| readings.iter().any(|reading| *reading >= least);
        let writes = |least: Writing| writings.iter().any(|writing| *writing >= least);
        let authorised = self.authorised(user);
        let (mut full, mut change) = (false, false);

        // Named for this record (R2.1), and R2.3 for what a grant on the folder reaches.
        for grant in self.grants() {
            let write = grant.right() == GrantRight::Write && grant.basis() != GrantBasis::Emergency;
            if self.names(grant.scope()) {
                full = true;
                change |= write;
            } else if *grant.scope() == GrantScope::Case(self.thing.case.id())
                && self.thing.entry.is_some()
                && self.group().is_none()
                && !self.is_screened_beside_its_case()
            {
                full = true;
            }
        }

        // The one responsible; of a personnel file only with authorisation (R2.5).
        let policy = self.policy();
        let handler = self.handler() == Some(&self.actor.id) && policy.responsible_has_access;
        if handler && (!policy.confirmed_kinds.contains(&self.kind()) || authorised) {
            full = true;
            change |= writes(Writing::Own);
        }

        // Members of the record's own group.
        for membership in &user.memberships {
            let own = Some(&membership.group) == self.group() && self.holds(membership.period);
            if own && (authorised || !self.takes_authorisation()) {
                full = true;
                change |= membership.right == GrantRight::Write;
            }
        }

        if employee {
            // The archive.
            if reads(Reading::Strict) || (reads(Reading::All) && self.class() < SensitivityClass::StrictlyConfidential)
            {
                full = true;
                change |= writes(Writing::All);
            }
            // Openness and the need of the unit.
            if self.group().is_none() && !self.takes_membership() {
                let enough = if self.takes_authorisation() {
                    authorised && reads(Reading::Screened)
                } else if self.takes_unit_need() {
                    reads(Reading::Screened)
                } else {
                    reads(Reading::Open)
                };
                full |= enough;
                change |= enough && writes(Writing::Unit);
            }
        }
        match (full, employee && reads(Reading::Journal) && !self.is_concealed()) {
            (true, _) => (View::Full, change),
            (false, true) => (View::Metadata, false),
            (false, false) => (View::None, false),
        }
    }

    fn role_rights(&self, user: &User) -> (Vec<Reading>, Vec<Writing>) {
        let (mut readings, mut writings) = (Vec::new(), Vec::new());
        for role in &user.roles {
            let here = match &role.scope {
                RoleScope::Tenant => true,
                RoleScope::Series(series) => self.series() == Some(series),
                RoleScope::Unit { unit, with_sub_units } => self.is_in(unit, *with_sub_units),
            };
            if here && self.holds(role.period) {
                let rights = self.policy().rights_of(role.role);
                readings.push(rights.reading);
                writings.push(rights.writing);
            }
        }
        for grant in self.grants() {
            let here = match grant.scope() {
                GrantScope::Tenant => true,
                GrantScope::Series(series) => self.series() == Some(series),
                GrantScope::Unit { unit, with_sub_units } => self.is_in(unit, *with_sub_units),
                GrantScope::Case(_) | GrantScope::Entry(_) | GrantScope::Document(_) | GrantScope::Log => false,
            };
            if here {
                readings.push(Reading::Screened);
                writings.push(if grant.right() == GrantRight::Write { Writing::Unit } else { Writing::None });
            }
        }
        (readings, writings)
    }

    fn grants(&self) -> impl Iterator<Item = &Grant> {
        let theirs = |grant: &&Grant| *grant.tenant() == self.actor.tenant && *grant.holder() == self.actor.id;
        let counts = |grant: &&Grant| *grant.state() == GrantState::Active && self.holds(grant.period());
        self.world.grants.iter().filter(theirs).filter(counts)
    }

    fn names(&self, scope: &GrantScope) -> bool {
        match (self.thing.entry, self.thing.document) {
            (None, _) => *scope == GrantScope::Case(self.thing.case.id()),
            (Some(entry), None) => *scope == GrantScope::Entry(entry.id()),
            (Some(entry), Some(document)) => {
                let plain = document.screening().is_none() && document.marks() == DocumentMarks::default();
                *scope == GrantScope::Document(document.id()) || (plain && *scope == GrantScope::Entry(entry.id()))
            }
        }
    }

    fn authorised(&self, user: &User) -> bool {
        let has = |wanted: &dyn Fn(&Protected) -> bool| {
            user.authorisations.iter().any(|a| wanted(&a.subject) && self.holds(a.period) && self.in_units(&a.units))
        };
        let asked = self.policy().kinds.get(&self.kind());
        let kind_asks = asked.is_some_and(|asked| *asked != Protection::Open && *asked != Protection::Unit);
        let codes = self.codes();
        if codes.is_empty() && !kind_asks {
            return has(&|subject| matches!(subject, Protected::Class(class) if *class >= self.class()));
        }
        let kind_ok = !kind_asks || has(&|subject| *subject == Protected::Kind(self.kind()));
        let code_ok = |code: &String| {
            has(&|subject| matches!(subject, Protected::Code(own) if own.as_str().to_uppercase() == *code))
        };
        kind_ok && codes.iter().all(code_ok)
    }

    fn takes_unit_need(&self) -> bool {
        let closed = self.series().is_some_and(|series| self.policy().need_to_know_series.contains(series));
        self.class() != SensitivityClass::Open || closed || self.asked_at_least(Protection::Unit)
    }

    fn takes_authorisation(&self) -> bool {
        self.class() >= SensitivityClass::Confidential || self.asked_at_least(Protection::Authorised)
    }

    fn takes_membership(&self) -> bool {
        self.asked_at_least(Protection::AuthorisedMember)
    }

    fn asked_at_least(&self, least: Protection) -> bool {
        let policy = self.policy();
        let codes = self.codes();
        let by_code = policy
            .codes
            .iter()
            .any(|(code, asked)| *asked >= least && codes.iter().any(|own| *own == code.as_str().to_uppercase()));
        by_code || policy.kinds.get(&self.kind()).is_some_and(|asked| *asked >= least)
    }

    fn codes(&self) -> Vec<String> {
        self.screenings().into_iter().map(|screening| screening.code().as_str().to_uppercase()).collect()
    }

    /// Its own screening, those of what it belongs to, and for an entry those of its documents.
    fn screenings(&self) -> Vec<&Screening> {
        let mut found: Vec<Option<&Screening>> = vec![self.thing.case.screening()];
        found.extend(self.thing.entry.map(|entry| entry.screening()));
        match (self.thing.entry, self.thing.document) {
            (_, Some(document)) => found.push(document.screening()),
            (Some(entry), None) => found.extend(entry.documents().iter().map(|a| a.document.screening())),
            (None, None) => {}
        }
        found.into_iter().flatten().collect()
    }

    fn is_screened_beside_its_case(&self) -> bool {
        let Some(entry) = self.thing.entry else { return self.thing.case.screening().is_some() };
        let marked = |document: &Document| {
            let marks = document.marks();
            document.screening().is_some() || marks.few_may_read || marks.sensitive_personal_data
        };
        let letter = entry.screening().is_some() || entry.parties().iter().any(|party| party.is_screened());
        match self.thing.document {
            Some(document) => letter || marked(document),
            None => letter || entry.documents().iter().any(|attached| marked(&attached.document)),
        }
    }

    fn is_concealed(&self) -> bool {
        let mut above = vec![self.thing.case.screening()];
        above.extend(self.thing.entry.map(|entry| entry.screening()));
        above.extend(self.thing.document.map(|document| document.screening()));
        let wholly = above.into_iter().flatten().any(|screening| screening.marks().any(|m| m == Hides::Everything));
        wholly || self.policy().concealed_kinds.contains(&self.kind())
    }

    fn touches(&self, barred: RecordRef) -> bool {
        match barred {
            RecordRef::Case(case) => case == self.thing.case.id(),
            RecordRef::Entry(id) => self.thing.entry.is_some_and(|entry| entry.id() == id),
            RecordRef::Document(id) => self.thing.document.is_some_and(|document| document.id() == id),
        }
    }

    fn in_units(&self, scope: &UnitScope) -> bool {
        match scope {
            UnitScope::Tenant => true,
            UnitScope::Unit { unit, with_sub_units } => self.is_in(unit, *with_sub_units),
        }
    }

    /// Whether the record is of a unit, or of one below it: goes up the tree, no further than there are units.
    fn is_in(&self, unit: &UnitId, or_below: bool) -> bool {
        let own = match self.thing.entry {
            Some(entry) => entry.unit().unwrap_or_else(|| self.thing.case.unit()),
            None => self.thing.case.unit(),
        };
        let mut chain = vec![own.clone()];
        for _ in 0..10 {
            let last = chain.last().cloned();
            chain.extend(last.and_then(|last| self.policy().units.0.get(&last).cloned().flatten()));
        }
        own == unit || (or_below && chain.contains(unit))
    }

    fn holds(&self, period: Period) -> bool {
        self.now >= period.from && period.until.is_none_or(|until| self.now < until)
    }

    fn policy(&self) -> &AccessPolicy {
        self.world.policy(self.tenant())
    }

    fn tenant(&self) -> &TenantId {
        &self.actor.tenant
    }

    fn kind(&self) -> CaseKind {
        self.thing.case.kind()
    }

    fn series(&self) -> Option<&str> {
        self.thing.case.series()
    }

    fn class(&self) -> SensitivityClass {
        self.thing.class(self.table)
    }

    fn group(&self) -> Option<&GroupId> {
        self.thing.entry.map_or_else(|| self.thing.case.access_group(), |entry| entry.access_group())
    }

    fn handler(&self) -> Option<&ActorId> {
        self.thing.entry.map_or_else(|| self.thing.case.case_handler(), |entry| entry.case_handler())
    }
}
