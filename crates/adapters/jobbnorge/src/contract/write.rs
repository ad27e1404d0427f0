//! From a delivery to its wire form: for translators, and for senders written in Rust.

use chrono::SecondsFormat;
use sakarkiv_core::{identity::Timestamp, screening::Private};
use serde_json::{Map, Value, json};

use super::{Applicant, CONTRACT, DeliveredDocument, Delivery, FileRef, Responsible, Vacancy, VacancyDeadline};

impl Delivery {
    /// The wire form, which has personal data in it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut root = Object::default();
        root.put("kontrakt", CONTRACT);
        root.put("leveranseId", self.id.as_str());
        root.put("hendelse", self.event.word());
        root.some("sekvens", self.sequence);
        root.put("tidspunkt", moment(self.at));
        let mut employer = Object::default();
        employer.put("organisasjonsnummer", self.employer.number.as_str());
        employer.some("enhetskode", self.employer.unit_code.as_deref());
        employer.some("enhetsnavn", self.employer.unit_name.as_deref());
        root.put("virksomhet", employer.0);
        root.put("sak", vacancy(&self.vacancy));
        if !self.applicants.is_empty() {
            root.put("soekere", self.applicants.iter().map(applicant).collect::<Vec<_>>());
        }
        if !self.documents.is_empty() {
            root.put("dokumenter", self.documents.iter().map(document).collect::<Vec<_>>());
        }
        Value::Object(root.0)
    }
}

/// A moment as the contract writes it.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// An object that leaves out what is not there.
#[derive(Default)]
pub(super) struct Object(pub(super) Map<String, Value>);

impl Object {
    pub(super) fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    pub(super) fn some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }
}

fn vacancy(vacancy: &Vacancy) -> Value {
    let mut object = Object::default();
    object.put("eksternId", vacancy.external_id.as_str());
    object.some("referanse", vacancy.reference.as_deref());
    object.put("stillingstittel", vacancy.title.as_str());
    object.some("antallStillinger", vacancy.positions);
    object.some("arbeidssted", vacancy.workplace.as_deref());
    match vacancy.deadline {
        VacancyDeadline::Untold => {}
        VacancyDeadline::Continuous => object.put("soeknadsfrist", Value::Null),
        VacancyDeadline::Day(day) => object.put("soeknadsfrist", day.to_string()),
    }
    object.some("publisertFra", vacancy.published.map(|day| day.to_string()));
    object.some("saksansvarlig", vacancy.responsible.as_ref().map(responsible));
    object.some("arkivSaksnummer", vacancy.case_number.map(|number| number.to_string()));
    Value::Object(object.0)
}

fn responsible(responsible: &Responsible) -> Value {
    let mut object = Object::default();
    object.some("navn", text(responsible.name.as_ref()));
    object.some("brukernavn", responsible.user.as_deref());
    object.some("epost", text(responsible.email.as_ref()));
    Value::Object(object.0)
}

fn applicant(applicant: &Applicant) -> Value {
    let mut object = Object::default();
    object.put("soekerId", applicant.id.as_str());
    object.some("navn", text(applicant.name.as_ref()));
    object.some("foedselsnummer", applicant.number.as_ref().map(|number| number.digits()));
    object.some("alder", applicant.age);
    object.put("kjoenn", applicant.gender.word());
    object.some("naavaerendeStilling", text(applicant.position.as_ref()));
    object.some("kommune", text(applicant.municipality.as_ref()));
    object.put("unntakOffentlighet", applicant.exemption.word());
    object.put("status", applicant.status.word());
    Value::Object(object.0)
}

fn document(document: &DeliveredDocument) -> Value {
    let mut object = Object::default();
    object.put("dokumentId", document.id.as_str());
    object.put("versjon", document.version);
    object.some("erstatterVersjon", document.replaces);
    object.put("dokumenttype", document.kind.word());
    object.put("tittel", document.title.expose().as_str());
    object.some("offentligTittel", text(document.public_title.as_ref()));
    object.some("retning", document.direction.map(super::Direction::word));
    object.some("dokumentdato", document.date.map(|day| day.to_string()));
    object.some("soekerId", document.applicant.as_deref());
    object.some("hoveddokumentId", document.attached_to.as_deref());
    object.some(
        "skjerming",
        document.screening.as_ref().map(|asked| {
            let mut object = Object::default();
            object.put("tilgangskode", asked.code.as_str());
            object.put("hjemmel", asked.legal_basis.as_str());
            object.some("opphoerer", asked.until.map(|day| day.to_string()));
            Value::Object(object.0)
        }),
    );
    object.some("fil", document.file.as_ref().map(file));
    Value::Object(object.0)
}

fn file(file: &FileRef) -> Value {
    let mut object = Object::default();
    object.put("filnavn", file.name.expose().as_str());
    object.put("mimetype", file.media_type.as_str());
    object.put("stoerrelse", json!(file.size));
    object.put("sha256", file.hash.to_string());
    object.some("del", file.part.as_deref());
    object.some("hentUrl", file.url.as_deref());
    Value::Object(object.0)
}

fn text(text: Option<&Private<String>>) -> Option<&str> {
    text.map(|text| text.expose().as_str())
}
