//! JobbNorge: the public list of vacancies, and a recruitment system that delivers by the project's own contract.
//!
//! How the vendor's own system delivers to archives is not public. What is simulated here is a system that keeps to the
//! contract `rekruttering-leveranse/v1`, by all three ways: it can be asked (pull), it can push, and it can leave folders.
//! Receipts are checked as strictly as their schema.

mod receipts;
mod service;

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::Router;
use sakarkiv_core::{document::ContentHash, ports::Clock};
use serde_json::{Value, json};

use super::{
    calls::Call,
    faults::Faults,
    gate::{ErrorStyle, Gate},
};

/// A JobbNorge with a public list and a recruitment system behind a bearer token. Cloning gives another handle to the same.
///
/// ```
/// use sakarkiv_testkit::{doubles::ManualClock, simulators::JobbNorgeSim};
///
/// let jobbnorge = JobbNorgeSim::new(ManualClock::at("2026-03-02T08:00:00Z").port(), "hemmelig");
/// let vacancy = jobbnorge.vacancy("4711", "Barnehagelærer", "310000027");
/// let delivery = vacancy.opening();
/// jobbnorge.deliver(delivery);
/// assert_eq!(jobbnorge.waiting(), 1);
/// ```
#[derive(Debug, Clone)]
pub struct JobbNorgeSim {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    gate: Arc<Gate>,
    token: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    postings: Vec<Value>,
    deliveries: Vec<Kept>,
    /// Bytes by the address they are fetched from.
    files: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug)]
struct Kept {
    id: String,
    body: Value,
    waiting: bool,
    receipts: Vec<Value>,
}

/// A delivery with the bytes of its files, in the order of its documents.
#[derive(Debug, Clone, PartialEq)]
pub struct SimDelivery {
    /// The delivery, without `del` and `hentUrl`: each way adds its own.
    pub body: Value,
    /// The bytes of each document's file.
    pub files: Vec<Vec<u8>>,
}

/// A vacancy whose deliveries follow each other: a builder that counts the sequence.
#[derive(Debug, Clone)]
pub struct SimVacancy {
    id: String,
    title: String,
    employer: String,
    at: String,
    next: Arc<Mutex<u64>>,
    applicants: Vec<Value>,
}

impl JobbNorgeSim {
    /// A JobbNorge without vacancies, whose recruitment system knows one token.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, token: impl Into<String>) -> Self {
        let gate = Gate::new(clock, 0x6a6f_6262, ErrorStyle::Fiks);
        Self { inner: Arc::new(Inner { gate, token: token.into(), state: Mutex::default() }) }
    }

    /// Adds a posting to the public list, in the form of version 3.
    pub fn publish(&self, posting: Value) {
        self.lock().postings.push(posting);
    }

    /// A vacancy of an employer, to make deliveries of.
    #[must_use]
    pub fn vacancy(&self, id: &str, title: &str, employer: &str) -> SimVacancy {
        SimVacancy {
            id: id.to_owned(),
            title: title.to_owned(),
            employer: employer.to_owned(),
            at: self.inner.gate.now().to_rfc3339(),
            next: Arc::new(Mutex::new(1)),
            applicants: Vec::new(),
        }
    }

    /// Lets a delivery wait to be asked for (pull).
    pub fn deliver(&self, delivery: SimDelivery) {
        let mut body = delivery.body;
        let id = text(&body, "leveranseId");
        let mut state = self.lock();
        for (index, content) in delivery.files.into_iter().enumerate() {
            let address = format!("/arkiv/v1/filer/{}-{index}", state.files.len());
            if let Some(file) = body.pointer_mut(&format!("/dokumenter/{index}/fil")).and_then(Value::as_object_mut) {
                file.insert("hentUrl".to_owned(), json!(address));
                state.files.insert(address, content);
            }
        }
        state.deliveries.push(Kept { id, body, waiting: true, receipts: Vec::new() });
    }

    /// Leaves a delivery in a drop folder, files first and the delivery itself last. Tells the name of its folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn leave(&self, root: &Path, delivery: &SimDelivery) -> io::Result<String> {
        let name = text(&delivery.body, "leveranseId").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let folder = root.join("inn").join(&name);
        fs::create_dir_all(&folder)?;
        for (index, content) in delivery.files.iter().enumerate() {
            let file = delivery.body.pointer(&format!("/dokumenter/{index}/fil/filnavn")).and_then(Value::as_str);
            fs::write(folder.join(file.unwrap_or("fil")), content)?;
        }
        let unfinished = folder.join(".leveranse.json.del");
        fs::write(&unfinished, delivery.body.to_string())?;
        fs::rename(unfinished, folder.join("leveranse.json"))?;
        Ok(name)
    }

    /// A delivery as a form to push: its content type and its bytes.
    #[must_use]
    pub fn form(&self, delivery: &SimDelivery) -> (String, Vec<u8>) {
        let mut body = delivery.body.clone();
        for index in 0..delivery.files.len() {
            if let Some(file) = body.pointer_mut(&format!("/dokumenter/{index}/fil")).and_then(Value::as_object_mut) {
                file.insert("del".to_owned(), json!(format!("fil-{index}")));
            }
        }
        let mut form = part("leveranse", "application/json", body.to_string().as_bytes());
        for (index, content) in delivery.files.iter().enumerate() {
            form.extend(part(&format!("fil-{index}"), "application/octet-stream", content));
        }
        form.extend(format!("--{BOUNDARY}--\r\n").bytes());
        (format!("multipart/form-data; boundary={BOUNDARY}"), form)
    }

    /// The receipts that came for a delivery, oldest first.
    #[must_use]
    pub fn receipts(&self, id: &str) -> Vec<Value> {
        let state = self.lock();
        let of_id = state.deliveries.iter().filter(|kept| kept.id == id);
        of_id.flat_map(|kept| kept.receipts.clone()).collect()
    }

    /// How many deliveries have no receipt that ends them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().deliveries.iter().filter(|kept| kept.waiting).count()
    }

    /// The faults that can be armed.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.gate.faults
    }

    /// Every request so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.inner.gate.log.all()
    }

    /// The service: the public list under `/v1`, `/v2`, `/v2.0` and `/v3`, the recruitment system under `/arkiv/v1`.
    pub fn router(&self) -> Router {
        self.inner.gate.close(service::routes(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimVacancy {
    /// Adds an applicant; the members are those of the contract.
    #[must_use]
    pub fn applicant(mut self, applicant: Value) -> Self {
        self.applicants.push(applicant);
        self
    }

    /// Replaces an applicant's member, for example the status when somebody is hired.
    #[must_use]
    pub fn changed(mut self, applicant: usize, member: &str, value: impl Into<Value>) -> Self {
        if let Some(object) = self.applicants.get_mut(applicant).and_then(Value::as_object_mut) {
            object.insert(member.to_owned(), value.into());
        }
        self
    }

    /// The delivery that opens the case.
    #[must_use]
    pub fn opening(&self) -> SimDelivery {
        self.delivery("sak.opprettet", &[])
    }

    /// A delivery of an event, with documents: id, kind, applicant and bytes.
    #[must_use]
    pub fn delivery(&self, event: &str, documents: &[(&str, &str, Option<&str>, &[u8])]) -> SimDelivery {
        let number = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            *next += 1;
            *next - 1
        };
        let mut body = json!({
            "kontrakt": "rekruttering-leveranse/v1",
            "leveranseId": format!("jn-{}-{number:06}", self.id),
            "hendelse": event,
            "sekvens": number,
            "tidspunkt": self.at,
            "virksomhet": {"organisasjonsnummer": self.employer, "enhetskode": "oppvekst", "enhetsnavn": "Oppvekst"},
            "sak": {"eksternId": format!("stilling/{}", self.id), "referanse": self.id, "stillingstittel": self.title},
        });
        if let Some(root) = body.as_object_mut() {
            if !self.applicants.is_empty() {
                root.insert("soekere".to_owned(), json!(self.applicants));
            }
            if !documents.is_empty() {
                root.insert("dokumenter".to_owned(), documents.iter().map(document).collect());
            }
        }
        SimDelivery { body, files: documents.iter().map(|(_, _, _, content)| content.to_vec()).collect() }
    }
}

fn document((id, kind, applicant, content): &(&str, &str, Option<&str>, &[u8])) -> Value {
    let mut document = json!({
        "dokumentId": id, "versjon": 1, "dokumenttype": kind, "tittel": format!("{kind} {id}"),
        "fil": {
            "filnavn": format!("{id}.pdf"), "mimetype": "application/pdf", "stoerrelse": content.len(),
            "sha256": ContentHash::of(content).to_string(),
        },
    });
    if let (Some(applicant), Some(object)) = (applicant, document.as_object_mut()) {
        object.insert("soekerId".to_owned(), json!(applicant));
    }
    document
}

fn part(name: &str, media_type: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// Stands in no sample.
const BOUNDARY: &str = "sakarkiv-7d9f1c3e5b";

fn text(body: &Value, name: &str) -> String {
    body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
