//! What the configuration says about the public journal and about requests for access to documents.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use chrono::NaiveTime;
use sakarkiv::{
    core::{
        identity::{InboxId, UnitId},
        publication::PublicationPolicy,
    },
    engine::Rhythm,
    journal_page::PageSettings,
};
use sakarkiv_leakcheck::LeakConfig;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error};
use toml::Value;

use super::Slip;

/// What an archive publishes: to eInnsyn when it has a section of that name, and on a page of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublicationSection {
    /// The rules: a table, or the content of a file in TOML. Raise its revision when settings of the leak check change.
    #[serde(deserialize_with = "policy")]
    pub(crate) policy: PublicationPolicy,
    /// 64 random hexadecimal digits, kept for ever: with others nothing that was released stays so.
    pub(crate) fingerprint_key: SecretString,
    /// What is looked for before anything leaves; what the law keeps back when left out.
    #[serde(default)]
    pub(crate) leak_check: LeakConfig,
    /// When what is new is published; every evening at six when left out.
    #[serde(default)]
    pub(crate) rhythm: Option<RhythmSection>,
    #[serde(default)]
    pub(crate) page: Option<PageSection>,
}

/// `{ daily = "18:00:00" }`, or `{ every_minutes = 60 }`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RhythmSection {
    /// Once a day, at this time in Norway.
    Daily(NaiveTime),
    /// Again and again, counted from midnight in Norway.
    EveryMinutes(u32),
}

impl From<RhythmSection> for Rhythm {
    fn from(section: RhythmSection) -> Self {
        match section {
            RhythmSection::Daily(time) => Self::Daily(time),
            RhythmSection::EveryMinutes(minutes) => Self::Every(Duration::from_secs(u64::from(minutes) * 60)),
        }
    }
}

/// The archive's own journal page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageSection {
    /// The folder of what is published, for the page alone.
    pub(crate) folder: PathBuf,
    /// The folder the pages are written to as files, every hour, for a web server to serve.
    #[serde(default)]
    pub(crate) export: Option<PathBuf>,
    /// How it presents itself; how far its list goes stands in the policy.
    #[serde(default)]
    pub(crate) settings: PageSettings,
}

/// Requests for access to documents that come in by eInnsyn.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestsSection {
    /// The name of this way in, which stays; `einnsyn` when left out.
    #[serde(default)]
    pub(crate) id: Option<InboxId>,
    /// The unit that gets those which name nothing we know.
    pub(crate) unit: UnitId,
    /// Within how many working days they are answered.
    #[serde(default = "three")]
    pub(crate) answer_within: u32,
    /// How often it is asked for new ones.
    #[serde(default = "fifteen")]
    pub(crate) poll_minutes: u32,
}

/// Where the journal pages of all archives are served, each below its id.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JournalPageSection {
    /// The address to listen at, behind whatever speaks HTTPS with the world.
    pub(crate) listen: SocketAddr,
}

fn policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PublicationPolicy, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(file) => toml::from_str(&file).map_err(|error| D::Error::custom(Slip::of(&file, &error))),
        table => table.try_into().map_err(D::Error::custom),
    }
}

const fn three() -> u32 {
    3
}

const fn fifteen() -> u32 {
    15
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "fingerprint_key = \"00\"\n";

    #[test]
    fn a_policy_is_a_table_or_the_content_of_a_file() {
        let table: PublicationSection = toml::from_str(&format!("{KEY}policy = {{ list_months = 6 }}")).unwrap();
        let file: PublicationSection = toml::from_str(&format!("{KEY}policy = \"list_months = 6\"")).unwrap();
        assert_eq!((table.policy.list_months, &table.policy), (6, &file.policy));
    }

    #[test]
    fn a_misspelt_rule_is_refused_rather_than_ignored() {
        for policy in ["{ list_mnths = 6 }", "\"list_mnths = 6\""] {
            let error = toml::from_str::<PublicationSection>(&format!("{KEY}policy = {policy}")).unwrap_err();
            assert!(error.to_string().contains("list_mnths"), "{error}");
        }
    }

    #[test]
    fn new_entries_are_published_at_an_hour_or_at_intervals() {
        let rhythm = |text: &str| -> Rhythm {
            let text = format!("{KEY}policy = {{}}\nrhythm = {text}");
            toml::from_str::<PublicationSection>(&text).unwrap().rhythm.unwrap().into()
        };
        assert_eq!(rhythm(r#"{ daily = "18:00:00" }"#), Rhythm::Daily(NaiveTime::from_hms_opt(18, 0, 0).unwrap()));
        assert_eq!(rhythm("{ every_minutes = 60 }"), Rhythm::Every(Duration::from_secs(3600)));
    }
}
