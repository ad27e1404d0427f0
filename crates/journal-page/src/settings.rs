use chrono::{Months, NaiveDate};
use sakarkiv_core::publication::PublicationPolicy;
use serde::{Deserialize, Serialize};

/// How a journal page presents itself. JSON form: the fields' names; whatever is left out has its default.
///
/// ```
/// use sakarkiv_journal_page::{Language, PageSettings};
///
/// let settings = PageSettings { languages: vec![Language::Nynorsk], ..PageSettings::new("Prøvedal kommune") };
/// assert_eq!(settings.list_months, 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageSettings {
    /// Whose journal it is, as readers see it.
    pub office: String,
    /// The languages of the pages. The first is what a reader meets, the others stand under `nb/` or `nn/`. Empty is Bokmål.
    pub languages: Vec<Language>,
    /// How many months back the journal list goes (R7.6). Search, cases and entries are not bound by it.
    pub list_months: u32,
    /// How many entries stand on one page, from 10 to 1000.
    pub per_page: usize,
    /// The e-mail address that takes requests for access (innsynskrav).
    pub access_email: Option<String>,
    /// Where the page stands for the world, for the feeds, which need whole addresses: `https://…/postjournal/`.
    pub public_url: Option<String>,
}

/// A written form of Norwegian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Bokmål.
    #[serde(rename = "nb")]
    Bokmaal,
    /// Nynorsk.
    #[serde(rename = "nn")]
    Nynorsk,
}

impl PageSettings {
    /// The usual settings of an office: both languages with Bokmål first, three months, a hundred entries on a page.
    #[must_use]
    pub fn new(office: impl Into<String>) -> Self {
        Self { office: office.into(), ..Self::default() }
    }

    /// The same with what the tenant's publication policy says about the list.
    #[must_use]
    pub const fn under(mut self, policy: &PublicationPolicy) -> Self {
        self.list_months = policy.list_months;
        self
    }

    pub(crate) fn language(&self) -> Language {
        self.languages.first().copied().unwrap_or(Language::Bokmaal)
    }

    /// Every language once, the first one first.
    pub(crate) fn every_language(&self) -> Vec<Language> {
        let mut languages = vec![self.language()];
        for language in &self.languages {
            if !languages.contains(language) {
                languages.push(*language);
            }
        }
        languages
    }

    /// The first journal date in the list on a day.
    pub(crate) fn list_starts(&self, today: NaiveDate) -> NaiveDate {
        today.checked_sub_months(Months::new(self.list_months)).unwrap_or(NaiveDate::MIN)
    }

    pub(crate) fn per_page(&self) -> usize {
        self.per_page.clamp(10, 1000)
    }

    /// The public address with a slash at its end.
    pub(crate) fn public_base(&self) -> Option<String> {
        self.public_url.as_ref().map(|url| format!("{}/", url.trim_end_matches('/')))
    }
}

impl Default for PageSettings {
    fn default() -> Self {
        Self {
            office: "Kommunen".to_owned(),
            languages: vec![Language::Bokmaal, Language::Nynorsk],
            list_months: 3,
            per_page: 100,
            access_email: None,
            public_url: None,
        }
    }
}

impl Language {
    /// The language's tag (BCP 47), which is also its name in addresses.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Bokmaal => "nb",
            Self::Nynorsk => "nn",
        }
    }

    pub(crate) const fn own_name(self) -> &'static str {
        match self {
            Self::Bokmaal => "Bokmål",
            Self::Nynorsk => "Nynorsk",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_goes_as_far_back_as_the_policy_says() {
        let policy = PublicationPolicy { list_months: 6, ..PublicationPolicy::default() };
        let today = "2026-08-31".parse().unwrap();
        assert_eq!(PageSettings::new("Prøvedal").list_starts(today).to_string(), "2026-05-31");
        assert_eq!(PageSettings::new("Prøvedal").under(&policy).list_starts(today).to_string(), "2026-02-28");
    }

    #[test]
    fn every_language_is_told_once_and_there_is_always_one() {
        let none = PageSettings { languages: Vec::new(), ..PageSettings::default() };
        assert_eq!(none.every_language(), [Language::Bokmaal]);
        let twice = vec![Language::Nynorsk, Language::Bokmaal, Language::Nynorsk];
        let twice = PageSettings { languages: twice, ..PageSettings::default() };
        assert_eq!(twice.every_language(), [Language::Nynorsk, Language::Bokmaal]);
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_not_known_is_refused() {
        let settings: PageSettings = serde_json::from_str(r#"{"office":"Prøvedal","languages":["nn"]}"#).unwrap();
        assert_eq!((settings.language(), settings.list_months), (Language::Nynorsk, 3));
        assert!(serde_json::from_str::<PageSettings>(r#"{"tracking":true}"#).is_err());
    }
}
