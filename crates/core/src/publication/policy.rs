use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::CodeRules;
use crate::{calendar::Calendar, case::CaseKind, identity::UnitId};

/// What a tenant publishes, as data (R7.3–R7.6). One for each tenant; what differs between its units stands by the unit.
///
/// The default is the careful one: nothing of personnel, child and pupil files, no internal entries, no document files, no
/// screened entries (no access code is known), and names out of search after a year. Everything beyond is added by name.
///
/// JSON form, for configuration: the fields' names; whatever is left out has its default, what is not known is refused.
///
/// ```
/// use sakarkiv_core::{identity::UnitId, publication::{PublicationPolicy, UnitPolicy}};
///
/// let mut policy = PublicationPolicy::default();
/// let building = UnitPolicy { internal_entries: true, full_text: true, ..UnitPolicy::default() };
/// policy.units.insert(UnitId::new("byggesak")?, building);
/// let json = serde_json::to_string(&policy).unwrap();
/// assert_eq!(serde_json::from_str::<PublicationPolicy>(&json).unwrap(), policy);
/// # Ok::<(), sakarkiv_core::identity::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PublicationPolicy {
    /// The form of this data; another form is refused rather than guessed at.
    pub format: PolicyFormat,
    /// Counts the tenant's own changes of the policy; every record tells under which it was made.
    pub revision: u32,
    /// The archive's title, as readers see it (arkiv).
    pub archive: String,
    /// Titles of the series (arkivdeler) by their names in the cases; one without a title is shown by its name.
    pub series_titles: BTreeMap<String, String>,
    /// Further case kinds that are never published. Personnel, child and pupil files never are, whatever stands here (R7.3).
    pub never: BTreeSet<CaseKind>,
    /// Series of which nothing is published.
    pub withheld_series: BTreeSet<String>,
    /// What units have chosen for themselves; a unit that is not here has chosen nothing.
    pub units: BTreeMap<UnitId, UnitPolicy>,
    /// What the access codes mean for publication.
    pub codes: CodeRules,
    /// What is shown of an entry whose access code nobody has explained.
    pub unknown_code: UnknownCode,
    /// Whether an entry waits until somebody has assessed its publicity (offentlighetsvurdertDato, M110).
    pub only_assessed: bool,
    /// How long after its journal date an entry is shown; by default at once.
    pub entry_delay: Delay,
    /// How long after its journal date documents are open: four days (R7.5).
    pub document_delay: Delay,
    /// The first journal date of which documents are published in full text (R7.5).
    pub full_text_from: NaiveDate,
    /// How many months back the journal list goes (R7.6).
    pub list_months: u32,
    /// How many months names of people can be found by search. More than twelve is taken as twelve: the law allows no more
    /// (offentlegforskrifta § 6).
    pub names_searchable_months: u32,
    /// What becomes of names in what is published after that.
    pub old_names: OldNames,
    /// Whether the class (klasse) of a case is shown. It may be a birth number, so not by default.
    pub show_class: bool,
    /// Words that tell a party without a number from a person: `AS`, `kommune`.
    pub organisation_words: BTreeSet<String>,
    /// The tenant's working days.
    pub calendar: Calendar,
}

/// The form of a policy's data: 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum PolicyFormat {
    /// The first.
    #[default]
    One,
}

/// What one unit has chosen. The default is to have chosen nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnitPolicy {
    /// The unit's name, as readers see it.
    pub name: Option<String>,
    /// Whether its internal entries, kinds X and N, are published (R7.4).
    pub internal_entries: bool,
    /// Whether its documents are published in full text (R7.5).
    pub full_text: bool,
    /// Its own first journal date for full text; never before the tenant's.
    pub full_text_from: Option<NaiveDate>,
    /// Its own delay for documents.
    pub document_delay: Option<Delay>,
}

/// A number of days after the journal date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// How many.
    pub days: u32,
    /// Which days count.
    #[serde(default)]
    pub count: DayCount,
}

/// Which days a delay counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Every day.
    #[default]
    Calendar,
    /// The tenant's working days.
    Working,
}

/// What is shown of an entry whose access code is not among the tenant's.
///
/// Publishing on the Internet is voluntary for municipalities; the duty in offentlegforskrifta § 6 is that of mainly state
/// bodies. What the law demands of everybody is a journal that is given on request (offentleglova §§ 3 and 10), and that is
/// not this. So by default nothing is published; a body with the duty shows the bare line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownCode {
    /// Nothing.
    #[default]
    Withhold,
    /// Numbers, dates and kind, everything else as stars.
    Bare,
}

/// What becomes of names of people in what is published when they may no longer be found by search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OldNames {
    /// They are masked. Safe with every publisher, whatever it does with what it is given.
    #[default]
    Masked,
    /// They stay visible but are not searchable, for publishers that keep the two apart.
    NotSearchable,
}

impl Default for PublicationPolicy {
    fn default() -> Self {
        Self {
            format: PolicyFormat::One,
            revision: 0,
            archive: "Sakarkiv".to_owned(),
            series_titles: BTreeMap::new(),
            never: BTreeSet::new(),
            withheld_series: BTreeSet::new(),
            units: BTreeMap::new(),
            codes: CodeRules::none(),
            unknown_code: UnknownCode::Withhold,
            only_assessed: false,
            entry_delay: Delay::calendar(0),
            document_delay: Delay::calendar(4),
            full_text_from: APRIL_2017,
            list_months: 3,
            names_searchable_months: MOST_NAME_MONTHS,
            old_names: OldNames::Masked,
            show_class: false,
            organisation_words: ORGANISATION_WORDS.iter().map(|word| (*word).to_owned()).collect(),
            calendar: Calendar::new(),
        }
    }
}

impl PublicationPolicy {
    /// What a unit has chosen.
    #[must_use]
    pub fn unit(&self, unit: &UnitId) -> UnitPolicy {
        self.units.get(unit).cloned().unwrap_or_default()
    }

    /// The first day an entry is shown.
    #[must_use]
    pub fn entry_shown_from(&self, journal_date: NaiveDate) -> NaiveDate {
        self.entry_delay.after(journal_date, &self.calendar)
    }

    /// The first day a document of a unit is open (R7.5).
    #[must_use]
    pub fn documents_open_from(&self, unit: &UnitId, journal_date: NaiveDate) -> NaiveDate {
        let own = self.units.get(unit).and_then(|unit| unit.document_delay);
        own.unwrap_or(self.document_delay).after(journal_date, &self.calendar)
    }

    /// The first journal date of a unit's documents in full text; nothing when it has not chosen full text (R7.5).
    #[must_use]
    pub fn full_text_from(&self, unit: &UnitId) -> Option<NaiveDate> {
        let unit = self.units.get(unit).filter(|unit| unit.full_text)?;
        Some(unit.full_text_from.map_or(self.full_text_from, |own| own.max(self.full_text_from)))
    }

    /// The first journal date that the journal list shows on a day (R7.6). The case view is not bound by it.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use sakarkiv_core::publication::PublicationPolicy;
    ///
    /// let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    /// assert_eq!(PublicationPolicy::default().list_starts(day(2026, 5, 31)), day(2026, 2, 28));
    /// ```
    #[must_use]
    pub fn list_starts(&self, today: NaiveDate) -> NaiveDate {
        today.checked_sub_months(Months::new(self.list_months)).unwrap_or(today)
    }

    /// The last day names of people in an entry can be found by search (R7.6).
    #[must_use]
    pub fn names_searchable_until(&self, journal_date: NaiveDate) -> NaiveDate {
        let months = Months::new(self.names_searchable_months.min(MOST_NAME_MONTHS));
        journal_date.checked_add_months(months).unwrap_or(journal_date)
    }
}

impl Delay {
    /// Days of every kind.
    #[must_use]
    pub const fn calendar(days: u32) -> Self {
        Self { days, count: DayCount::Calendar }
    }

    /// Working days.
    #[must_use]
    pub const fn working(days: u32) -> Self {
        Self { days, count: DayCount::Working }
    }

    /// The first day when the delay is over. No delay ends on the date itself, also on a day off.
    #[must_use]
    pub fn after(self, date: NaiveDate, calendar: &Calendar) -> NaiveDate {
        match self.count {
            _ if self.days == 0 => date,
            DayCount::Calendar => date.checked_add_days(Days::new(u64::from(self.days))).unwrap_or(NaiveDate::MAX),
            DayCount::Working => calendar.add_working_days(date, self.days),
        }
    }
}

impl TryFrom<u32> for PolicyFormat {
    type Error = String;
    fn try_from(format: u32) -> Result<Self, String> {
        match format {
            1 => Ok(Self::One),
            other => {
                Err(format!("publication policies have format 1, not {other}; use a newer version of the library"))
            }
        }
    }
}

impl From<PolicyFormat> for u32 {
    fn from(format: PolicyFormat) -> Self {
        match format {
            PolicyFormat::One => 1,
        }
    }
}

const MOST_NAME_MONTHS: u32 = 12;

/// From when the first municipality of this library publishes full text (R7.5).
const APRIL_2017: NaiveDate = match NaiveDate::from_ymd_opt(2017, 4, 1) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

const ORGANISATION_WORDS: &[&str] = &[
    "AS",
    "ASA",
    "ANS",
    "DA",
    "SA",
    "BA",
    "KF",
    "FKF",
    "IKS",
    "HF",
    "RHF",
    "NUF",
    "SE",
    "kommune",
    "fylkeskommune",
    "departementet",
    "direktoratet",
    "statsforvalteren",
    "fylkesmannen",
    "politidistrikt",
    "universitet",
    "advokatfirma",
    "borettslag",
    "sameie",
    "velforening",
    "idrettslag",
    "forening",
    "stiftelsen",
    "stiftelse",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_chooses_nothing_for_any_unit() {
        let policy = PublicationPolicy::default();
        let unit = policy.unit(&UnitId::new("byggesak").unwrap());
        assert!(!unit.internal_entries && !unit.full_text);
        assert_eq!(policy.full_text_from(&UnitId::new("byggesak").unwrap()), None);
        assert_eq!(policy.unknown_code, UnknownCode::Withhold);
    }

    #[test]
    fn documents_open_four_days_after_journaling_counted_as_configured() {
        let unit = UnitId::new("geodata").unwrap();
        let mut policy = PublicationPolicy::default();
        assert_eq!(policy.documents_open_from(&unit, day("2026-04-01")), day("2026-04-05"));
        policy.document_delay = Delay::working(4);
        assert_eq!(policy.documents_open_from(&unit, day("2026-04-01")), day("2026-04-10"));
        let own = UnitPolicy { document_delay: Some(Delay::calendar(0)), ..UnitPolicy::default() };
        policy.units.insert(unit.clone(), own);
        assert_eq!(policy.documents_open_from(&unit, day("2026-04-01")), day("2026-04-01"));
    }

    #[test]
    fn full_text_begins_in_april_2017_and_a_unit_can_only_begin_later() {
        let unit = UnitId::new("byplan").unwrap();
        let mut policy = PublicationPolicy::default();
        for (own, from) in
            [(None, "2017-04-01"), (Some(day("2020-01-01")), "2020-01-01"), (Some(day("2010-01-01")), "2017-04-01")]
        {
            let chosen = UnitPolicy { full_text: true, full_text_from: own, ..UnitPolicy::default() };
            policy.units.insert(unit.clone(), chosen);
            assert_eq!(policy.full_text_from(&unit), Some(day(from)));
        }
    }

    #[test]
    fn names_are_searchable_for_a_year_and_no_configuration_makes_it_longer() {
        let mut policy = PublicationPolicy { names_searchable_months: 120, ..PublicationPolicy::default() };
        assert_eq!(policy.names_searchable_until(day("2024-02-29")), day("2025-02-28"));
        policy.names_searchable_months = 0;
        assert_eq!(policy.names_searchable_until(day("2024-02-29")), day("2024-02-29"));
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_not_known_is_refused() {
        assert_eq!(serde_json::from_str::<PublicationPolicy>("{}").unwrap(), PublicationPolicy::default());
        assert!(serde_json::from_str::<PublicationPolicy>(r#"{"never_publish":[]}"#).is_err());
        assert!(serde_json::from_str::<PublicationPolicy>(r#"{"format":2}"#).is_err());
        let json = r#"{"units":{"byggesak":{"internal_entries":true}},"document_delay":{"days":2,"count":"working"}}"#;
        let policy: PublicationPolicy = serde_json::from_str(json).unwrap();
        assert!(policy.unit(&UnitId::new("byggesak").unwrap()).internal_entries);
        assert_eq!(policy.document_delay, Delay::working(2));
    }

    #[test]
    fn the_ends_of_time_are_answered() {
        let policy = PublicationPolicy { list_months: u32::MAX, ..PublicationPolicy::default() };
        assert_eq!(policy.list_starts(day("2026-01-01")), day("2026-01-01"));
        assert_eq!(policy.names_searchable_until(NaiveDate::MAX), NaiveDate::MAX);
        assert_eq!(Delay::calendar(u32::MAX).after(day("2026-01-01"), &Calendar::new()), NaiveDate::MAX);
    }
}
