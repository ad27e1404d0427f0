//! One posting, as the versions of the interface write it.

use chrono::NaiveDate;
use serde_json::Value;

use super::dates::{self, Deadline};

/// How much of a position it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobScope {
    /// Full time (Heltid).
    FullTime,
    /// Part time (Deltid).
    PartTime,
    /// A fixed percentage (Fast prosent).
    FixedPercentage,
    /// Another one, by its name.
    Other(String),
}

/// For how long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobDuration {
    /// Permanent (Fast).
    Permanent,
    /// Substitute or temporary (Vikariat/Midlertidig).
    Temporary,
    /// For a term of years (Åremål).
    Term,
    /// Another one, by its name.
    Other(String),
}

/// A place of work.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Workplace {
    /// Street and number.
    pub address: Option<String>,
    /// The area, as people call it.
    pub area: Option<String>,
    /// Post code.
    pub zip_code: Option<String>,
    /// Municipality (kommune).
    pub municipality: Option<String>,
    /// County (fylke).
    pub county: Option<String>,
    /// Whether it lies in Norway, if told.
    pub domestic: Option<bool>,
    /// Whether it is the main one, if told.
    pub primary: Option<bool>,
}

/// A vacancy (stilling) as advertised.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Posting {
    /// The number of the posting, as text.
    pub id: String,
    /// The title; empty when the posting has none.
    pub title: String,
    /// A short text.
    pub summary: Option<String>,
    /// The employer's name.
    pub employer: Option<String>,
    /// The employer's number at JobbNorge.
    pub employer_id: Option<String>,
    /// The department's name.
    pub department: Option<String>,
    /// The department shall be shown as the employer.
    pub department_is_employer: bool,
    /// How much of a position.
    pub scope: Option<JobScope>,
    /// For how long.
    pub duration: Option<JobDuration>,
    /// The kind of job, as named.
    pub kind: Option<String>,
    /// How many positions.
    pub positions: Option<u64>,
    /// Shown before others.
    pub promoted: bool,
    /// The day it was published.
    pub published: Option<NaiveDate>,
    /// The last day to apply.
    pub deadline: Deadline,
    /// The advert's public address.
    pub link: Option<String>,
    /// Where.
    pub places: Vec<Workplace>,
}

/// A posting that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PostingFault {
    /// Where in the list, from 0.
    pub index: usize,
    /// The member that is missing or of another type.
    pub member: &'static str,
}

impl Posting {
    /// Reads one posting of any version.
    ///
    /// # Errors
    /// The member that is missing or of another type.
    pub(super) fn read(job: &Value) -> Result<Self, &'static str> {
        let id = match job.get("id") {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) if !text.trim().is_empty() => text.trim().to_owned(),
            _ => return Err("id"),
        };
        let kind = job.get("jobType").filter(|kind| !kind.is_null());
        let kind = kind.map(|kind| if kind.is_object() { text(kind, "name") } else { Err("jobType") }).transpose()?;
        let deadline = text(job, "deadline")?.or(text(job, "deadlineDate")?);
        Ok(Self {
            id,
            title: text(job, "title")?.unwrap_or_default(),
            summary: text(job, "summary")?,
            employer: text(job, "employer")?,
            employer_id: number_or_text(job, "employerID")?,
            department: text(job, "department")?,
            department_is_employer: flag(job, "regardDepartmentAsEmployer")?.unwrap_or(false),
            scope: text(job, "jobScope")?.map(scope),
            duration: text(job, "jobDuration")?.map(duration),
            kind: kind.flatten(),
            positions: count(job, "positionCount")?,
            promoted: flag(job, "promoted")?.unwrap_or(false),
            published: text(job, "publicationDate")?.as_deref().and_then(dates::day),
            deadline: deadline.as_deref().map_or(Deadline::Untold, Deadline::read),
            link: text(job, "link")?,
            places: places(job)?,
        })
    }
}

/// The places of version 3, or the one in words of version 1.
fn places(job: &Value) -> Result<Vec<Workplace>, &'static str> {
    if let Some(area) = text(job, "location")? {
        return Ok(vec![Workplace { area: Some(area), ..Workplace::default() }]);
    }
    let Some(list) = job.get("locations").filter(|list| !list.is_null()) else { return Ok(Vec::new()) };
    let list = list.as_array().ok_or("locations")?;
    list.iter().map(|place| workplace(place).map_err(|_| "locations")).collect()
}

fn workplace(place: &Value) -> Result<Workplace, &'static str> {
    if !place.is_object() {
        return Err("locations");
    }
    Ok(Workplace {
        address: text(place, "address")?,
        area: text(place, "area")?,
        zip_code: text(place, "zipCode")?,
        municipality: text(place, "municipality")?,
        county: text(place, "county")?,
        domestic: flag(place, "isDomestic")?,
        primary: flag(place, "isPrimary")?,
    })
}

fn scope(name: String) -> JobScope {
    match name.to_lowercase().as_str() {
        "heltid" => JobScope::FullTime,
        "deltid" => JobScope::PartTime,
        "fast prosent" => JobScope::FixedPercentage,
        _ => JobScope::Other(name),
    }
}

fn duration(name: String) -> JobDuration {
    match name.to_lowercase().as_str() {
        "fast" => JobDuration::Permanent,
        "vikariat/midlertidig" | "vikariat" | "midlertidig" => JobDuration::Temporary,
        "åremål" => JobDuration::Term,
        _ => JobDuration::Other(name),
    }
}

/// A text without blanks around it; nothing for an empty one or null.
fn text(job: &Value, name: &'static str) -> Result<Option<String>, &'static str> {
    match job.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
        Some(_) => Err(name),
    }
}

fn number_or_text(job: &Value, name: &'static str) -> Result<Option<String>, &'static str> {
    match job.get(name) {
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        _ => text(job, name),
    }
}

fn count(job: &Value, name: &'static str) -> Result<Option<u64>, &'static str> {
    match job.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or(name),
    }
}

fn flag(job: &Value, name: &'static str) -> Result<Option<bool>, &'static str> {
    match job.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn full() -> Value {
        json!({"id": 123456, "title": "Barnehagelærer", "summary": "Kort", "employer": "Eksempel kommune", "employerID": 7,
            "department": "Solbakken barnehage", "regardDepartmentAsEmployer": true, "jobScope": "Heltid",
            "jobDuration": "Åremål", "jobType": {"name": "Pedagogikk"}, "positionCount": 2, "promoted": true,
            "publicationDate": "02.02.2026", "deadline": "Løpende", "link": "https://example.no/1",
            "locations": [{"address": "Storgata 1", "municipality": "Eksempel", "isDomestic": true, "isPrimary": true}]})
    }

    #[test]
    fn every_known_member_is_read() {
        let posting = Posting::read(&full()).unwrap();
        assert_eq!((posting.id.as_str(), posting.employer_id.as_deref()), ("123456", Some("7")));
        assert_eq!(posting.scope, Some(JobScope::FullTime));
        assert_eq!(posting.duration, Some(JobDuration::Term));
        assert_eq!(posting.deadline, Deadline::Continuous);
        assert_eq!(posting.published.unwrap().to_string(), "2026-02-02");
        assert_eq!(posting.places[0].municipality.as_deref(), Some("Eksempel"));
        assert!(posting.department_is_employer && posting.promoted);
    }

    #[test]
    fn every_member_of_another_type_is_named() {
        for name in full().as_object().unwrap().keys() {
            let mut job = full();
            job[name.as_str()] = json!([[]]);
            assert_eq!(Posting::read(&job).err(), Some(name.as_str()), "{name}");
            job[name.as_str()] = Value::Null;
            assert_eq!(Posting::read(&job).is_err(), name == "id", "{name}");
        }
    }

    #[test]
    fn unknown_words_are_kept_and_an_unread_date_spoils_nothing() {
        let posting = Posting::read(&json!({"id": "a", "jobScope": "Sommerjobb", "publicationDate": "i går",
            "deadlineDate": "søndag 1. mars 2026", "location": "Drammen"}))
        .unwrap();
        assert_eq!(posting.scope, Some(JobScope::Other("Sommerjobb".to_owned())));
        assert_eq!(posting.published, None);
        assert!(matches!(posting.deadline, Deadline::Day(_)));
        assert_eq!(posting.places[0].area.as_deref(), Some("Drammen"));
    }
}
