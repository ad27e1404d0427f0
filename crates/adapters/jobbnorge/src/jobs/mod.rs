//! The public list of vacancies: no login, no personal data, three versions.
//!
//! What an advert says about a vacancy (its deadline, its place of work) may be looked up here. It is never the source of
//! what is archived: that comes by the [delivery contract](crate::contract).
//!
//! | version | answer |
//! |---|---|
//! | 1 | a bare list; and the number of open **positions**, which is not the number of postings |
//! | 2 | a bare list |
//! | 3 | an object with the list and totals |
//!
//! What the vendor's own definition says wins over what is read here: this follows what public clients of the interface
//! read. Unknown members are left out. A posting with a wrong member is told in [`JobList::faults`] and hides no other.

mod dates;
mod posting;

use std::{sync::Arc, time::Duration};

use http::{Method, Request, header};
use sakarkiv_core::ports::{Clock, PortError, PortErrorKind};
use sakarkiv_http::{Answer, BaseUrl, Body, Client, Effect, HttpService, Operation};
use serde::Deserialize;
use serde_json::Value;

pub use self::{
    dates::Deadline,
    posting::{JobDuration, JobScope, Posting, PostingFault, Workplace},
};

/// Where the public list is and how patiently it is asked. JSON and TOML form: the field names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicJobsConfig {
    /// Usually `https://publicapi.jobbnorge.no`.
    pub base_url: BaseUrl,
    /// The longest a call may take, in seconds.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// The largest answer taken, in bytes. Without paging, version 3 answers with every open posting at once.
    #[serde(default = "default_answer")]
    pub answer_bytes: u64,
}

const fn default_timeout() -> u64 {
    30
}

const fn default_answer() -> u64 {
    32 * 1024 * 1024
}

impl PublicJobsConfig {
    /// A configuration with the usual limits: 30 s and 32 MiB.
    #[must_use]
    pub const fn new(base_url: BaseUrl) -> Self {
        Self { base_url, timeout_seconds: default_timeout(), answer_bytes: default_answer() }
    }
}

/// A version of the public interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `/v1/Jobs`.
    V1,
    /// `/v2/Jobs`.
    V2,
    /// `/v3/Jobs`, the newest.
    V3,
}

impl ApiVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V1, Self::V2, Self::V3];

    const fn segment(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobOrder {
    /// Those that close first come first.
    Deadline,
    /// By the day of publication.
    Published,
}

/// The language of the postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Language {
    /// Norwegian bokmål.
    Bokmaal,
    /// English.
    English,
}

/// What to ask for. Empty: everything that is open.
///
/// Paging together with employers was found to be unreliable at the service: ask for all and page yourself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobQuery {
    /// Employer numbers, as the customer has them from JobbNorge.
    pub employers: Vec<u64>,
    /// A department's number.
    pub department: Option<u64>,
    /// County (fylke).
    pub county: Option<String>,
    /// Municipality (kommune).
    pub municipality: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Free text.
    pub term: Option<String>,
    /// The order.
    pub order: Option<JobOrder>,
    /// Also postings whose deadline has passed (`period=All`).
    pub all_periods: bool,
    /// How many for each page.
    pub results: Option<u32>,
    /// Which page, from 1.
    pub page: Option<u32>,
    /// Whether positions abroad are listed.
    pub abroad: Option<bool>,
    /// The language.
    pub language: Option<Language>,
}

impl JobQuery {
    /// The query in the names of the interface.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> =
            self.employers.iter().map(|number| ("employer", number.to_string())).collect();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("department", self.department.map(|number| number.to_string()));
        add("county", self.county.clone());
        add("municipality", self.municipality.clone());
        add("category", self.category.clone());
        add("term", self.term.clone());
        add(
            "orderBy",
            self.order.map(|order| match order {
                JobOrder::Deadline => "Deadline".to_owned(),
                JobOrder::Published => "Published".to_owned(),
            }),
        );
        add("period", self.all_periods.then(|| "All".to_owned()));
        add("results", self.results.map(|number| number.to_string()));
        add("page", self.page.map(|number| number.to_string()));
        add("abroad", self.abroad.map(|flag| flag.to_string()));
        add(
            "language",
            self.language.map(|language| match language {
                Language::Bokmaal => "1".to_owned(),
                Language::English => "2".to_owned(),
            }),
        );
        pairs
    }
}

/// A list of postings. That a posting is missing from one page does not mean that it was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobList {
    /// The postings that could be read.
    pub postings: Vec<Posting>,
    /// Those that could not, and why.
    pub faults: Vec<PostingFault>,
    /// How many postings there are in all, where the version tells (3).
    pub total: Option<u64>,
    /// How many employers there are in all, where the version tells (3).
    pub employers: Option<u64>,
}

/// The client of the public list.
///
/// ```
/// use std::sync::Arc;
/// use sakarkiv_core::ports::{Clock, PortError};
/// use sakarkiv_http::HttpService;
/// use sakarkiv_jobbnorge::jobs::{ApiVersion, JobQuery, PublicJobs, PublicJobsConfig};
///
/// async fn titles(http: Arc<dyn HttpService>, clock: Arc<dyn Clock>) -> Result<Vec<String>, Box<dyn std::error::Error>> {
///     let config = PublicJobsConfig::new("https://publicapi.jobbnorge.no".parse()?);
///     let jobs = PublicJobs::new(config, http, clock);
///     let query = JobQuery { employers: vec![4711], ..JobQuery::default() };
///     let list = jobs.list(ApiVersion::V3, &query).await?;
///     Ok(list.postings.into_iter().map(|posting| posting.title).collect())
/// }
/// ```
#[derive(Debug)]
pub struct PublicJobs {
    client: Client,
    config: PublicJobsConfig,
}

impl PublicJobs {
    /// A client over a transport.
    #[must_use]
    pub fn new(config: PublicJobsConfig, http: Arc<dyn HttpService>, clock: Arc<dyn Clock>) -> Self {
        Self { client: Client::new(http, clock).with_answer_limit(config.answer_bytes), config }
    }

    /// The postings that fit a query.
    ///
    /// # Errors
    /// `Transient` when there is no answer or it is no list of this version; `Rejected` when the service refuses the query.
    pub async fn list(&self, version: ApiVersion, query: &JobQuery) -> Result<JobList, PortError> {
        let operation = self.operation("jobbnorge.jobs");
        let answer = self.ask(&[version.segment(), "Jobs"], &query.pairs(), &operation).await?;
        let value: Value = answer.json(&operation)?;
        read_list(version, &value).map_err(|detail| PortError::new(PortErrorKind::Transient, operation.name, detail))
    }

    /// The number of open positions (not postings).
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn position_count(&self) -> Result<u64, PortError> {
        let operation = self.operation("jobbnorge.count");
        self.ask(&["v1", "jobs", "count"], &[], &operation).await?.json(&operation)
    }

    async fn ask(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
        operation: &Operation,
    ) -> Result<Answer, PortError> {
        let wrong = |detail: &str| PortError::new(PortErrorKind::Rejected, operation.name, detail);
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let uri = self.config.base_url.endpoint(segments, &query).map_err(|_| wrong("the query makes no address"))?;
        let request = Request::builder()
            .method(Method::GET)
            .uri(uri)
            .header(header::ACCEPT, "application/json")
            .body(Body::empty())
            .map_err(|_| wrong("the query makes no request"))?;
        let answer = self.client.call(operation, request).await?;
        if answer.is_success() { Ok(answer) } else { Err(answer.refusal(operation)) }
    }

    const fn operation(&self, name: &'static str) -> Operation {
        Operation { name, effect: Effect::None, timeout: Duration::from_secs(self.config.timeout_seconds) }
    }
}

/// Reads the answer of a version.
pub(crate) fn read_list(version: ApiVersion, value: &Value) -> Result<JobList, &'static str> {
    let (jobs, meta) = match version {
        ApiVersion::V1 | ApiVersion::V2 => (value.as_array(), None),
        ApiVersion::V3 => (value.get("jobs").and_then(Value::as_array), value.get("meta")),
    };
    let jobs = jobs.ok_or(match version {
        ApiVersion::V1 | ApiVersion::V2 => "the answer is not a list of postings; check the version asked for",
        ApiVersion::V3 => "the answer has no list of postings under `jobs`; check the version asked for",
    })?;
    let total = |name: &str| meta.and_then(|meta| meta.get(name)).and_then(Value::as_u64);
    let mut list =
        JobList { total: total("jobCountTotal"), employers: total("employerCountTotal"), ..JobList::default() };
    for (index, job) in jobs.iter().enumerate() {
        match Posting::read(job) {
            Ok(posting) => list.postings.push(posting),
            Err(member) => list.faults.push(PostingFault { index, member }),
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_version_has_its_own_form_and_no_other_is_taken() {
        let job = json!({"id": 1, "title": "Rektor"});
        let (bare, wrapped) = (json!([job]), json!({"jobs": [job], "meta": {"jobCountTotal": 9}}));
        for version in ApiVersion::ALL {
            let (right, wrong) = if version == ApiVersion::V3 { (&wrapped, &bare) } else { (&bare, &wrapped) };
            let list = read_list(version, right).unwrap();
            assert_eq!(list.postings.len(), 1);
            assert_eq!(list.total, (version == ApiVersion::V3).then_some(9));
            assert!(read_list(version, wrong).is_err());
        }
    }

    #[test]
    fn a_posting_with_a_wrong_member_is_told_and_hides_no_other() {
        let list = read_list(
            ApiVersion::V2,
            &json!([{"title": "uten id"}, {"id": "7", "title": 5}, {"id": 8, "title": "Lærer", "ukjent": [1]}, 4]),
        )
        .unwrap();
        assert_eq!(list.postings.len(), 1);
        let told: Vec<_> = list.faults.iter().map(|fault| (fault.index, fault.member)).collect();
        assert_eq!(told, [(0, "id"), (1, "title"), (3, "id")]);
    }

    #[test]
    fn a_query_repeats_the_employer_and_names_all_else_once() {
        let query = JobQuery {
            employers: vec![1, 2],
            order: Some(JobOrder::Deadline),
            all_periods: true,
            language: Some(Language::English),
            abroad: Some(false),
            ..JobQuery::default()
        };
        let text: Vec<String> = query.pairs().iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(text.join("&"), "employer=1&employer=2&orderBy=Deadline&period=All&abroad=false&language=2");
        assert!(JobQuery::default().pairs().is_empty());
    }
}
