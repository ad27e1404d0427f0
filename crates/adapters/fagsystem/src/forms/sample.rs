use std::collections::BTreeMap;

use sakarkiv_core::{
    document::{BlobRef, FileName, MediaType},
    identity::Timestamp,
    intake::{CaseWish, Consignment, ConsignmentKey, FileFacts, Rejection},
    journal::DocumentRole,
    screening::Private,
};
use serde::{Deserialize, Serialize};

use super::{Form, FormFile, FormTables};

/// A delivery to try tables out on, and what it should become. What is left out may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// What it shows.
    pub name: String,
    /// The source's own key of it.
    pub id: ConsignmentKey,
    /// The kind of form.
    pub form: String,
    /// When it was sent.
    pub sent: Timestamp,
    /// Its fields. Invented ones: a table is shown to many.
    pub fields: BTreeMap<String, Private<String>>,
    /// The names of its files, the form itself first.
    #[serde(default)]
    pub files: Vec<String>,
    /// The version of the table that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// The case's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The key by which the case is found: its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_key: Option<String>,
    /// Whether a case is always opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens: Option<bool>,
    /// The titles of the entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<String>>,
    /// References of the case, as `kind=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// It is turned away.
    #[serde(default)]
    pub rejected: bool,
}

/// What a sample became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried<'a> {
    /// The sample.
    pub sample: &'a Sample,
    /// What it became.
    pub outcome: Result<Consignment, Rejection>,
    /// What is not as it should be; none when all is well.
    pub faults: Vec<SampleFault>,
}

/// Where a sample became something else than it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFault {
    /// What of it.
    pub what: &'static str,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl FormTables {
    /// Tries the tables out on their samples, before they count.
    #[must_use]
    pub fn try_out(&self) -> Vec<Tried<'_>> {
        self.samples.iter().map(|sample| self.try_one(sample)).collect()
    }

    fn try_one<'a>(&self, sample: &'a Sample) -> Tried<'a> {
        let form = sample.form();
        let outcome = self.map(&form);
        let mut faults = Faults(Vec::new());
        faults.compare("turned away", Some(&sample.rejected), &outcome.is_err());
        let version = self.pick(&form).map(|table| table.version);
        faults.compare("version", sample.version.map(Some).as_ref(), &version);
        if let Ok(consignment) = &outcome {
            let title = consignment.facts.title.as_ref().map(|title| title.expose().clone());
            faults.compare("title", sample.title.clone().map(Some).as_ref(), &title);
            let keys = &consignment.facts.external_keys;
            let key = keys.first().map(|key| key.value.expose().clone());
            faults.compare("case key", sample.case_key.clone().map(Some).as_ref(), &key);
            faults.compare("opens", sample.opens.as_ref(), &(consignment.case == CaseWish::New));
            let titles: Vec<String> = consignment.entries.iter().map(|entry| entry.title.expose().clone()).collect();
            faults.compare("entries", sample.entries.as_ref(), &titles);
            let held: Vec<String> = keys.iter().map(|key| format!("{}={}", key.kind, key.value.expose())).collect();
            for wanted in sample.references.iter().filter(|wanted| !held.contains(wanted)) {
                faults.0.push(SampleFault { what: "reference", expected: wanted.clone(), found: held.join(", ") });
            }
        }
        Tried { sample, outcome, faults: faults.0 }
    }
}

struct Faults(Vec<SampleFault>);

impl Faults {
    fn compare<T: PartialEq + std::fmt::Debug>(&mut self, what: &'static str, expected: Option<&T>, found: &T) {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            self.0.push(SampleFault { what, expected: format!("{expected:?}"), found: format!("{found:?}") });
        }
    }
}

impl Sample {
    /// The form that it stands for. Its files have names and no bytes behind them.
    fn form(&self) -> Form {
        let files = self.files.iter().enumerate().map(|(nth, name)| {
            let name = FileName::sanitize(name);
            let media_type = name.extension().map_or_else(MediaType::unknown, MediaType::of_extension);
            let blob = BlobRef::of(name.as_str().as_bytes());
            let role = if nth == 0 { DocumentRole::Main } else { DocumentRole::Attachment };
            FormFile { role, title: None, file: FileFacts::new(name, media_type, blob) }
        });
        let mut form = Form::new(&self.form, self.id.clone(), self.sent);
        (form.fields, form.files) = (self.fields.clone(), files.collect());
        form
    }
}
