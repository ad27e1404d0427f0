//! Takes a letter in: reads it as a stream, judges it, and only then keeps it.

use axum::{extract::Multipart, response::Response};
use http::HeaderMap;
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    SvarUtSim, bodies, progress,
    rules::{self, Facts},
    settings::DuplicateRule,
    shape::{self, Member},
    shipment::{Endpoint, Sending, Shipment, ShipmentStatus},
    upload::{self, Reading, Received},
    world::World,
};
use crate::{
    doubles::after,
    simulators::gate::{Noted, Refusal, json_answer},
};

/// Up to how many bytes a document for a receiver system is kept in memory; longer ones lie on disk.
const FORWARDED_IN_MEMORY: usize = 1024 * 1024;

/// A letter that was read to its end.
struct Letter {
    endpoint: Endpoint,
    sending: Sending,
    files: Vec<Received>,
    /// What is wrong with the shape of its metadata.
    misshapen: Vec<String>,
}

impl SvarUtSim {
    /// The whole of a sending. `endpoint` is not known beforehand in v2.
    pub(crate) async fn send(
        &self,
        noted: &Noted,
        headers: &HeaderMap,
        account: &str,
        mut form: Multipart,
        endpoint: Option<Endpoint>,
    ) -> Result<Response, Refusal> {
        let account = self.account(headers, account)?;
        let read = self.read(noted, &mut form, endpoint).await;
        if read.is_err() {
            upload::drain(&mut form).await;
        }
        let id = self.keep(noted, account, read?)?;
        Ok(json_answer(&json!({"id": id})))
    }

    async fn read(&self, noted: &Noted, form: &mut Multipart, endpoint: Option<Endpoint>) -> Result<Letter, Refusal> {
        let text = upload::metadata(form).await?;
        let body: Map<String, Value> =
            serde_json::from_slice(&text).map_err(|_| Refusal::bad("metadata er ikke gyldig JSON"))?;
        if let Some(reference) = body.get("eksternReferanse").and_then(Value::as_str) {
            noted.reference(reference);
        }
        let endpoint_or_v2 = endpoint;
        let closed = self.world().settings.unknown_members_refused;
        let misshapen = shape::problems(&body, members(endpoint_or_v2), closed);
        let body = if endpoint.is_some() { body } else { bodies::v2_as_v3(body) };
        let endpoint = endpoint.unwrap_or_else(|| endpoint_of(&body));
        let sending: Sending = match serde_json::from_value(Value::Object(body)) {
            Ok(sending) => sending,
            Err(_) => return Err(Refusal::bad(text_of(&misshapen, "metadata har feil form"))),
        };
        let reading = self.reading(endpoint, &sending);
        let mut files = Vec::new();
        while let Some(file) = upload::document(form, reading).await? {
            files.push(file);
        }
        Ok(Letter { endpoint, sending, files, misshapen })
    }

    /// Documents for a receiver system must be kept whole, all others only up to the cap.
    fn reading(&self, endpoint: Endpoint, sending: &Sending) -> Reading {
        let world = self.world();
        let number = sending.recipient_number().unwrap_or_default();
        let level = if sending.highest_level() { 4 } else { 3 };
        let kind = sending.forsendelsestype.as_deref();
        let handed_on = endpoint == Endpoint::Organisation
            && progress::receiver(&world.registrations, number, kind, level).is_some();
        let forward = handed_on.then_some(FORWARDED_IN_MEMORY);
        Reading { encrypted: sending.encrypted(), keep: world.settings.keep_bytes, forward }
    }

    /// Judges the letter and keeps it: from here to the end nothing waits, so that a letter is kept wholly or not at all.
    fn keep(&self, noted: &Noted, account: Uuid, letter: Letter) -> Result<Uuid, Refusal> {
        let id = self.inner.gate.uuid();
        let now = self.inner.gate.now();
        let mut world = self.world();
        let mut problems = letter.misshapen.clone();
        if problems.is_empty() {
            problems = world.problems(account, &letter, now);
        }
        let received = after(now, noted.delay);
        if !problems.is_empty() {
            let refusal = Refusal::bad(text_of(&problems, ""));
            if world.settings.rejected_are_found {
                world.add(shipment(id, account, letter, received, problems));
            }
            return Err(refusal);
        }
        let mark = mark_of(account, &letter);
        let repeated = !world.sent.insert(mark);
        match world.settings.duplicates {
            DuplicateRule::NullCode if repeated => return Err(repeated_letter()),
            DuplicateRule::Coded if repeated => return Err(repeated_letter().with_code("GJENTAGENDE_FORSENDELSE")),
            _ => {}
        }
        world.add(shipment(id, account, letter, received, Vec::new()));
        noted.effect();
        Ok(id)
    }
}

impl World {
    fn problems(&self, account: Uuid, letter: &Letter, now: Timestamp) -> Vec<String> {
        let Some(account) = self.accounts.get(&account) else {
            return vec!["kontoen finnes ikke".to_owned()];
        };
        rules::problems(&Facts {
            endpoint: letter.endpoint,
            sending: &letter.sending,
            files: &letter.files,
            settings: &self.settings,
            account,
            recipient: self.organisation(letter.sending.recipient_number().unwrap_or_default()),
            now,
        })
    }
}

fn shipment(id: Uuid, account: Uuid, letter: Letter, received: Timestamp, problems: Vec<String>) -> Shipment {
    let mut shipment = Shipment {
        id,
        account,
        endpoint: letter.endpoint,
        sending: letter.sending,
        files: letter.files,
        received,
        history: Vec::new(),
        landings: Vec::new(),
        opened: None,
        events: Vec::new(),
        signing: Vec::new(),
        problems,
        receiver: None,
        documents_deleted: false,
    };
    shipment.enter(received, ShipmentStatus::Received, format!("Forsendelse mottatt og tildelt id {id}"));
    if !shipment.problems.is_empty() {
        shipment.enter(received, ShipmentStatus::Rejected, "Avvist i validering");
    } else if let Some(signing) = &shipment.sending.signering {
        let line = format!(
            "Signeringsoppdrag av type {} registrert og utløper {}",
            signing.signatur_type,
            signing.signering_utloper.format("%d.%m.%Y")
        );
        shipment.signing.push((received, "VENTER_SIGNERING", line));
    }
    shipment
}

/// What makes two letters the same: sender, recipient, title and files.
fn mark_of(account: Uuid, letter: &Letter) -> String {
    let recipient = letter.sending.mottaker.as_ref();
    let hashes: Vec<&str> = letter.files.iter().map(|file| file.facts.hash.as_str()).collect();
    let place = recipient.and_then(|party| party.adresse.as_ref());
    format!(
        "{account}|{:?}|{:?}|{:?}|{:?}|{}|{}",
        letter.endpoint,
        letter.sending.recipient_number(),
        recipient.map(|party| &party.navn),
        place,
        letter.sending.tittel,
        hashes.join(",")
    )
}

fn repeated_letter() -> Refusal {
    Refusal::bad("En forsendelse med samme mottaker, tittel, avsender og filer er allerede forsøkt sendt")
}

fn members(endpoint: Option<Endpoint>) -> &'static [Member] {
    match endpoint {
        Some(Endpoint::Person) => bodies::PERSON,
        Some(Endpoint::Organisation) => bodies::ORGANISATION,
        Some(Endpoint::HealthNetwork) => bodies::HEALTH_NETWORK,
        Some(Endpoint::Print) => bodies::PRINT,
        None => bodies::SEND_V2,
    }
}

/// v2 has one address for all; the number tells the recipients apart.
fn endpoint_of(body: &Map<String, Value>) -> Endpoint {
    let number = body.get("mottaker").and_then(|party| party.get("digitalId")).and_then(Value::as_str);
    match number.map(str::len) {
        Some(9) => Endpoint::Organisation,
        Some(_) => Endpoint::Person,
        None => Endpoint::Print,
    }
}

fn text_of(problems: &[String], otherwise: &str) -> String {
    if problems.is_empty() { otherwise.to_owned() } else { problems.join("; ") }
}
