use super::{Facts, Listed, Membership, Named, Object, Owner, Protection, Reading, ScreenedBy, Subject, Writing};
use crate::{access::RecordRef, sensitivity::SensitivityClass};

/// How the facts come from subject and object: everything that is not a rule.
impl Subject {
    /// What is the case between this subject and a record, as far as the rules ask.
    #[must_use]
    pub fn facts(&self, object: &Object) -> Facts {
        let unit = object.unit.as_ref();
        let (mut reading, mut writing) = (Reading::None, Writing::None);
        for reach in self.rights.at(unit, object.series.as_deref()) {
            reading = reading.max(reach.reading);
            writing = writing.max(reach.writing);
        }
        let (terms, protection, owner) =
            (self.terms.kinds.of(object.kind), self.protection(object), self.owner(object));
        Facts {
            same_tenant: self.tenant == object.tenant,
            standing: self.standing,
            barred: self.is_barred(object),
            listed: self.listed(object),
            reading,
            writing,
            protection,
            few: object.class == SensitivityClass::StrictlyConfidential,
            concealed: object.hidden || terms.concealed,
            screened: object.screened_by != ScreenedBy::Nothing,
            group: self.membership(object),
            authorised: (protection >= Protection::Authorised || owner == Owner::SelfUnconfirmed)
                && self.is_authorised(object),
            owner,
            named: self.named(object),
            folder: self.has_folder(object),
        }
    }

    /// A bar on a case reaches what belongs to it, one on an entry its documents.
    fn is_barred(&self, object: &Object) -> bool {
        let barred = |record| self.bars.contains(&record);
        barred(object.record)
            || barred(RecordRef::Case(object.case))
            || object.entry.is_some_and(|entry| barred(RecordRef::Entry(entry)))
    }

    fn listed(&self, object: &Object) -> Listed {
        let fits = self.service.records.iter().filter(|(allowance, units)| {
            let in_series = |wanted: &std::collections::BTreeSet<String>| {
                object.series.as_ref().is_some_and(|series| wanted.contains(series))
            };
            allowance.kinds.contains(&object.kind)
                && object.class <= allowance.up_to
                && units.covers(object.unit.as_ref())
                && allowance.series.as_ref().is_none_or(in_series)
        });
        fits.map(|(allowance, _)| Listed::of(allowance.right)).max().unwrap_or(Listed::No)
    }

    /// The most that class, codes, kind and series ask for.
    fn protection(&self, object: &Object) -> Protection {
        let closed = object.series.as_ref().is_some_and(|series| self.terms.closed_series.contains(series));
        let by_series = if closed { Protection::Unit } else { Protection::Open };
        let by_kind = self.terms.kinds.of(object.kind).protection;
        let by_codes = object.codes.iter().filter_map(|code| self.terms.codes.get(code).copied());
        by_codes.fold(Protection::of_class(object.class).max(by_series).max(by_kind), Protection::max)
    }

    fn membership(&self, object: &Object) -> Membership {
        object
            .group
            .as_ref()
            .map_or(Membership::NoGroup, |group| self.memberships.get(group).copied().unwrap_or(Membership::Outside))
    }

    /// Authorised for every code the record is under and for its kind, where the kind asks for it. What is sensitive by
    /// neither takes an authorisation for its class.
    fn is_authorised(&self, object: &Object) -> bool {
        let unit = object.unit.as_ref();
        let kind_asks = self.terms.kinds.of(object.kind).protection >= Protection::Authorised;
        if !kind_asks && object.codes.is_empty() {
            return self.classes.iter().any(|(class, units)| *class >= object.class && units.covers(unit));
        }
        let for_kind = || self.kinds.get(&object.kind).is_some_and(|units| units.covers(unit));
        (!kind_asks || for_kind())
            && object.codes.iter().all(|code| self.codes.get(code).is_some_and(|units| units.covers(unit)))
    }

    fn owner(&self, object: &Object) -> Owner {
        if !self.terms.responsible_has_access || object.handler.as_ref() != Some(&self.id) {
            Owner::Other
        } else if self.terms.kinds.of(object.kind).confirmed {
            Owner::SelfUnconfirmed
        } else {
            Owner::SelfResponsible
        }
    }

    /// A grant on the record itself. One on an entry is for its letter, so it reaches the documents; but none that is screened
    /// by itself.
    fn named(&self, object: &Object) -> Named {
        let on = |record| self.grants.get(&record).copied().unwrap_or(Named::None);
        let own = on(object.record);
        match (object.record, object.entry) {
            (RecordRef::Document(_), Some(entry)) if object.screened_by != ScreenedBy::Itself => {
                own.max(on(RecordRef::Entry(entry)))
            }
            (RecordRef::Case(_) | RecordRef::Entry(_) | RecordRef::Document(_), _) => own,
        }
    }

    fn has_folder(&self, object: &Object) -> bool {
        let below_case = match object.record {
            RecordRef::Case(_) => false,
            RecordRef::Entry(_) | RecordRef::Document(_) => true,
        };
        below_case && self.grants.contains_key(&RecordRef::Case(object.case))
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
