//! Every call of SvarUt that does not send.

use std::collections::HashMap;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use sakarkiv_core::identity::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    SvarUtSim,
    access::{forbidden, unauthorised},
    rules::is_organisation,
    settings::Integration,
    shipment::{Shipment, ShipmentStatus},
    upload::Received,
};
use crate::simulators::{
    gate::{Noted, Refusal, basic_credentials, json_answer, moment},
    keys,
};

/// The most ids one status call takes.
const STATUS_CAP: usize = 1000;

type Answer = Result<Response, Refusal>;

#[derive(Deserialize)]
struct StatusQuery {
    id: Vec<Uuid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusQueryV2 {
    forsendelse_ids: Vec<Uuid>,
}

pub(crate) async fn status(
    State(sim): State<SvarUtSim>,
    Extension(noted): Extension<Noted>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = sim.account(&headers, &account)?;
    let StatusQuery { id } = read(&body)?;
    sim.statuses(account, &id, &noted, ShipmentStatus::word)
}

pub(crate) async fn status_v2(
    State(sim): State<SvarUtSim>,
    Extension(noted): Extension<Noted>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = sim.account(&headers, &account)?;
    let StatusQueryV2 { forsendelse_ids } = read(&body)?;
    if forsendelse_ids.is_empty() {
        return Err(Refusal::bad("forsendelseIds kan ikke være tom"));
    }
    sim.statuses(account, &forsendelse_ids, &noted, ShipmentStatus::word_v2)
}

impl SvarUtSim {
    fn statuses(&self, account: Uuid, ids: &[Uuid], noted: &Noted, word: fn(&ShipmentStatus) -> &str) -> Answer {
        if ids.len() > STATUS_CAP {
            return Err(Refusal::bad("for mange id-er"));
        }
        let now = self.inner.gate.now();
        let as_of =
            chrono::Duration::from_std(noted.lag).ok().and_then(|lag| now.checked_sub_signed(lag)).unwrap_or(now);
        let mut world = self.world();
        let lines: Vec<Value> = ids
            .iter()
            .filter_map(|id| {
                let shipment = world.find(*id, now).filter(|shipment| shipment.account == account)?;
                let (since, status) =
                    shipment.standing_at(as_of).or_else(|| shipment.standing_at(shipment.received))?;
                Some(json!({"id": id, "sisteStatusEndring": moment(since), "status": word(status)}))
            })
            .collect();
        Ok(json_answer(&json!({"statuser": lines})))
    }

    fn found(
        &self,
        headers: &HeaderMap,
        account: &str,
        query: &HashMap<String, String>,
        line: impl Fn(&Shipment) -> Value,
    ) -> Result<Vec<Value>, Refusal> {
        let account = self.account(headers, account)?;
        let reference = query.get("eksternRef").filter(|reference| !reference.is_empty());
        let reference = reference.ok_or_else(|| Refusal::bad("eksternRef mangler"))?;
        let now = self.inner.gate.now();
        let mut world = self.world();
        let found = world.find_by_reference(reference, now);
        Ok(found.into_iter().filter(|shipment| shipment.account == account).map(line).collect())
    }
}

pub(crate) async fn find(
    State(sim): State<SvarUtSim>,
    Path(account): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let found = sim.found(&headers, &account, &query, |shipment| json!(shipment.id))?;
    Ok(json_answer(&json!({"forsendelseIds": found})))
}

pub(crate) async fn find_with_metadata(
    State(sim): State<SvarUtSim>,
    Path(account): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let found = sim.found(&headers, &account, &query, |shipment| {
        let mut line = json!({
            "id": shipment.id,
            "dato": moment(shipment.received),
            "status": shipment.status().word(),
        });
        if let (Some(system), Some(members)) = (&shipment.sending.avgivende_system, line.as_object_mut()) {
            members.insert("avgivendeSystem".to_owned(), json!(system));
        }
        line
    })?;
    Ok(json_answer(&json!({"forsendelser": found})))
}

pub(crate) async fn history(State(sim): State<SvarUtSim>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let (id, mut lines) = sim.with_shipment(&headers, &id, |shipment| Ok((shipment.id, shipment.events.clone())))?;
    let svarinn = sim.world().svarinn.clone();
    let failures = svarinn.and_then(|svarinn| svarinn.peek(id)).map(|mail| mail.failures).unwrap_or_default();
    lines.extend(failures.into_iter().map(|failure| (failure.at, format!("Mottak feilet: {}", failure.text))));
    lines.sort_by_key(|(at, _)| *at);
    let lines: Vec<Value> =
        lines.iter().map(|(at, text)| json!({"tidspunkt": moment(*at), "hendelse": text})).collect();
    Ok(json_answer(&json!({"hendelser": lines})))
}

pub(crate) async fn signing_history(
    State(sim): State<SvarUtSim>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let lines = sim.with_shipment(&headers, &id, |shipment| Ok(shipment.signing.clone()))?;
    let lines: Vec<Value> = lines
        .iter()
        .map(|(at, status, text)| json!({"tidspunkt": moment(*at), "status": status, "hendelse": text}))
        .collect();
    Ok(json_answer(&json!({"hendelser": lines})))
}

pub(crate) async fn metadata(State(sim): State<SvarUtSim>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let documents = sim.with_shipment(&headers, &id, |shipment| Ok(described(shipment)))?;
    Ok(json_answer(&json!({"dokumenter": documents})))
}

fn described(shipment: &Shipment) -> Vec<Value> {
    if shipment.documents_deleted {
        return Vec::new();
    }
    let documents = shipment.sending.documents();
    let line = |(index, file): (usize, &Received)| {
        let document = documents.get(index).cloned().unwrap_or_default();
        let url = format!("https://svarut.ks.no/forsendelse/{}/{index}", shipment.id);
        let mut line = json!({
            "filnavn": file.name,
            "mimeType": document.mime_type,
            "dokumentType": document.dokument_type.unwrap_or_default(),
            "storrelse": file.facts.size,
            "sha256Hash": file.facts.hash,
            "nedlasningUrl": url,
            "kanSigneres": document.skal_signeres == Some(true),
        });
        if let Some(members) = line.as_object_mut() {
            if document.skal_signeres == Some(true) {
                members.insert("signeringUrl".to_owned(), json!(format!("{url}/signering")));
            }
            if let Some(extra) = document.ekstra_metadata {
                members.insert("ekstraMetadata".to_owned(), extra);
            }
            if let Some(sensitive) = document.inneholder_personsensitiv_informasjon {
                members.insert("inneholderPersonsensitivInformasjon".to_owned(), json!(sensitive));
            }
        }
        line
    };
    shipment.files.iter().enumerate().map(line).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadBy {
    fnr: String,
    tidspunkt: Timestamp,
    #[serde(rename = "eksterntSystemnavn")]
    _system: Option<String>,
}

pub(crate) async fn mark_read(
    State(sim): State<SvarUtSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let now = sim.inner.gate.now();
    sim.with_shipment(&headers, &id, |shipment| {
        let by: ReadBy = read(&body)?;
        if by.fnr.len() != 11 || !by.fnr.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::bad("fnr må ha 11 siffer"));
        }
        if *shipment.status() != ShipmentStatus::Read {
            shipment.enter(now, ShipmentStatus::Read, "Lest i eksternt system");
            shipment.opened = Some(by.tidspunkt);
        }
        Ok(())
    })?;
    noted.effect();
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn delete_documents(
    State(sim): State<SvarUtSim>,
    Extension(noted): Extension<Noted>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let kind = query.get("slettetype").map_or("ORIGINALDOKUMENTER", String::as_str);
    if !matches!(kind, "ORIGINALDOKUMENTER" | "ALLE") {
        return Err(Refusal::bad("slettetype har ugyldig verdi"));
    }
    sim.with_shipment(&headers, &id, |shipment| {
        shipment.documents_deleted = true;
        Ok(())
    })?;
    noted.effect();
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(crate) async fn message_types(State(sim): State<SvarUtSim>, headers: HeaderMap) -> Answer {
    sim.integration(&headers)?;
    Ok(json_answer(&json!({"forsendelsestyper": sim.world().settings.message_types})))
}

pub(crate) async fn receiver_systems(
    State(sim): State<SvarUtSim>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    sim.integration(&headers)?;
    let organisation = query.get("organisasjonsnummer");
    if organisation.is_some_and(|number| !is_organisation(number)) {
        return Err(Refusal::bad("organisasjonsnummer har ugyldig verdi"));
    }
    let kind = query.get("forsendelseType");
    if kind.is_some_and(|kind| kind.is_empty() || kind.chars().count() > 100) {
        return Err(Refusal::bad("forsendelseType har ugyldig verdi"));
    }
    let level = query.get("niva").map(|level| level.parse::<u8>().ok().filter(|level| *level <= 9));
    if level == Some(None) {
        return Err(Refusal::bad("niva har ugyldig verdi"));
    }
    let level = level.flatten();
    let world = sim.world();
    let registered = world.registrations.iter().filter(|registration| {
        organisation.is_none_or(|number| registration.organisation == *number)
            && kind.is_none_or(|kind| registration.message_type.as_ref().is_none_or(|registered| registered == kind))
    });
    let lines: Vec<Value> = registered
        .flat_map(|registration| {
            let levels = registration.level.map_or_else(|| vec![3, 4], |level| vec![level]);
            levels.into_iter().filter(move |one| level.is_none_or(|wanted| wanted == *one)).map(move |level| {
                json!({
                    "id": registration.id,
                    "navn": registration.system,
                    "organisasjonsnummer": registration.organisation,
                    "forsendelseType": registration.message_type.as_deref().unwrap_or_default(),
                    "niva": level,
                })
            })
        })
        .collect();
    Ok(json_answer(&json!({"mottakersystemer": lines})))
}

pub(crate) async fn reply_metadata(State(sim): State<SvarUtSim>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let organisation = sim.organisation(&headers)?;
    let id = Uuid::try_parse(&id).map_err(|_| Refusal::bad("forsendelseId må være en UUID"))?;
    let now = sim.inner.gate.now();
    let mut world = sim.world();
    let shipment =
        world.find(id, now).ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "forsendelsen finnes ikke"))?;
    if shipment.sending.recipient_number() != Some(organisation.as_str()) {
        return Err(forbidden("ikke mottaker av forsendelsen"));
    }
    let sending = &shipment.sending;
    let address = |party: &super::shipment::Party| {
        let place = party.adresse.clone().unwrap_or_default();
        json!({
            "orgnr": party.digital_id,
            "navn": party.navn,
            "adresse1": place.adresselinje1.unwrap_or_default(),
            "postnr": place.postnummer.unwrap_or_default(),
            "poststed": place.poststed.unwrap_or_default(),
        })
    };
    let mut answer = json!({
        "avsenderKonto": {"id": shipment.account, "fiksOrganisasjonId": shipment.account, "aktiv": true},
        "forsendelseId": shipment.id,
        "tittel": sending.tittel,
        "mottaker": sending.mottaker.as_ref().map(address),
        "kanSvarePaaForsendelse": sending.svar_sendes_til.is_some(),
    });
    if let (Some(reply_to), Some(members)) = (&sending.svar_sendes_til, answer.as_object_mut()) {
        members.insert("svarSendesTil".to_owned(), address(reply_to));
    }
    Ok(json_answer(&answer))
}

pub(crate) async fn certificate() -> Answer {
    let pem = keys::svarut().certificate_pem();
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Migration {
    maskinporten_token: String,
    #[serde(rename = "systemkatalogProduktId")]
    _product: Option<Uuid>,
}

pub(crate) async fn migrate(
    State(sim): State<SvarUtSim>,
    Extension(noted): Extension<Noted>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wrong = || unauthorised("feil brukernavn eller passord");
    let (user, password) = basic_credentials(&headers).ok_or_else(wrong)?;
    let known = sim.world().old_credentials.get(&user).filter(|(known, _)| *known == password).cloned();
    let (_, account) = known.ok_or_else(wrong)?;
    let Migration { maskinporten_token, .. } = read(&body)?;
    let grant = sim.inner.maskinporten.check(&maskinporten_token).ok_or_else(|| Refusal::bad("tokenet er ugyldig"))?;
    let new_password = sim.inner.gate.uuid().simple().to_string();
    let mut world = sim.world();
    // One integration for each account: a repeated call only changes its password.
    let migrated = world.integrations.values().find(|known| known.accounts == [account]).map(|known| known.id);
    let id = migrated.unwrap_or_else(|| sim.inner.gate.uuid());
    world.integrations.insert(
        id,
        Integration { id, password: new_password.clone(), organisation: grant.organisation, accounts: vec![account] },
    );
    noted.effect();
    Ok(json_answer(&json!({"id": id, "passord": new_password, "kontoId": account})))
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad("innholdet har feil form"))
}
