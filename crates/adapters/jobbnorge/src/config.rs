//! How deliveries of a recruitment system are taken.

use std::collections::BTreeSet;

use chrono::{NaiveTime, Timelike as _};
use sakarkiv_core::{
    calendar,
    document::MediaType,
    identity::{OrganisationNumber, Timestamp},
};
use serde::Deserialize;

use crate::screening::ScreeningPolicy;

/// How deliveries are taken. TOML and JSON form: the field names; everything but the employers may be left out.
///
/// ```
/// use sakarkiv_jobbnorge::{ApplicationPolicy, RecruitmentConfig};
///
/// let config: RecruitmentConfig = toml::from_str(
///     r#"
///     employers = ["310000027"]
///     applications = "hired"
///
///     [screening]
///     code = "UO"
///     open = ["innstilling"]
///
///     [mode]
///     from = "22:00:00"
///     to = "05:00:00"
///     "#,
/// )?;
/// assert_eq!(config.applications, ApplicationPolicy::Hired);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecruitmentConfig {
    /// The organisation numbers whose vacancies are archived here.
    pub employers: BTreeSet<OrganisationNumber>,
    /// The name of the source system in the keys of cases and entries.
    #[serde(default = "default_system")]
    pub system: String,
    /// Which applications are archived.
    #[serde(default)]
    pub applications: ApplicationPolicy,
    /// How documents are screened.
    #[serde(default)]
    pub screening: ScreeningPolicy,
    /// The media types that are taken.
    #[serde(default = "default_media_types")]
    pub media_types: BTreeSet<MediaType>,
    /// The largest file, in bytes.
    #[serde(default = "default_file_bytes")]
    pub file_bytes: u64,
    /// When deliveries are taken.
    #[serde(default)]
    pub mode: Mode,
}

/// Which applications come into the archive.
///
/// The application of the person hired is to be preserved. The recruitment system may keep the others, if it can at any time
/// tell that they came in and can produce a public journal; the choice belongs in the archive plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationPolicy {
    /// All of them.
    All,
    /// Those of applicants who were hired.
    #[default]
    Hired,
    /// None.
    None,
}

/// When deliveries are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(untagged)]
pub enum Mode {
    /// As they come.
    #[default]
    Live,
    /// At night, in Norwegian time. The end may be after midnight; one at the beginning is that of the next day.
    Nightly {
        /// From when.
        from: NaiveTime,
        /// Until, but not including.
        to: NaiveTime,
    },
}

impl RecruitmentConfig {
    /// The usual settings for these employers.
    #[must_use]
    pub fn new(employers: impl IntoIterator<Item = OrganisationNumber>) -> Self {
        Self {
            employers: employers.into_iter().collect(),
            system: default_system(),
            applications: ApplicationPolicy::default(),
            screening: ScreeningPolicy::default(),
            media_types: default_media_types(),
            file_bytes: default_file_bytes(),
            mode: Mode::Live,
        }
    }
}

impl Mode {
    /// Whether deliveries are taken at a moment.
    #[must_use]
    pub fn is_open(&self, at: Timestamp) -> bool {
        let Self::Nightly { from, to } = self else { return true };
        let seconds = |time: NaiveTime| time.num_seconds_from_midnight();
        let (now, from, to) = (seconds(calendar::oslo_datetime(at).time()), seconds(*from), seconds(*to));
        if from < to { (from..to).contains(&now) } else { now >= from || now < to }
    }
}

fn default_system() -> String {
    "JobbNorge".to_owned()
}

fn default_media_types() -> BTreeSet<MediaType> {
    ["pdf", "docx", "odt", "txt", "jpg", "png", "tif"].map(MediaType::of_extension).into()
}

const fn default_file_bytes() -> u64 {
    256 * 1024 * 1024
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_night_goes_past_midnight_in_norwegian_time() {
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let night = Mode::Nightly { from: time(22), to: time(5) };
        for (moment, open) in [
            ("2026-01-10T20:59:59Z", false),
            ("2026-01-10T21:00:00Z", true),
            ("2026-01-11T03:59:59Z", true),
            ("2026-01-11T04:00:00Z", false),
            ("2026-07-11T20:00:00Z", true),
            ("2026-07-11T03:00:00Z", false),
        ] {
            assert_eq!(night.is_open(at(moment)), open, "{moment}");
            assert!(Mode::Live.is_open(at(moment)));
        }
        let always = Mode::Nightly { from: time(0), to: time(0) };
        assert!(always.is_open(at("2026-01-10T11:00:00Z")) && always.is_open(at("2026-01-10T23:00:00Z")));
        let evening = Mode::Nightly { from: time(18), to: time(20) };
        assert!(evening.is_open(at("2026-01-10T17:30:00Z")) && !evening.is_open(at("2026-01-10T19:00:00Z")));
    }

    #[test]
    fn a_configuration_without_settings_is_live_and_archives_the_hired_alone() {
        let config: RecruitmentConfig = serde_json::from_str(r#"{"employers": ["310000027"]}"#).unwrap();
        assert_eq!(config, RecruitmentConfig::new([OrganisationNumber::parse("310000027").unwrap()]));
        assert!(serde_json::from_str::<RecruitmentConfig>(r#"{"employers": [], "nightly": true}"#).is_err());
    }
}
