//! The list entries of SvarInn V1 and V2.

use chrono::DateTime;
use sakarkiv_core::identity::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::mail::{Mail, Oddity, Sender};
use crate::simulators::gate::moment;

/// A document as the list describes it.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) hash: String,
    pub(crate) size: u64,
}

/// What an entry is made from.
pub(crate) struct Entry<'a> {
    pub(crate) id: Uuid,
    pub(crate) received: Timestamp,
    pub(crate) mail: &'a Mail,
    pub(crate) files: &'a [Described],
    pub(crate) link: String,
}

impl Entry<'_> {
    /// As V1 writes it: empty texts and nulls for what is not known, moments in milliseconds.
    pub(crate) fn v1(&self) -> Value {
        if let Some(malformed) = self.malformed() {
            return malformed;
        }
        let mail = self.mail;
        let mut entry = json!({
            "id": self.id,
            "tittel": mail.title,
            "date": self.date_v1(),
            "status": "Klar for mottak",
            "niva": if mail.highest_level { "4" } else { "3" },
            "avsender": {
                "navn": mail.sender.name, "adresselinje1": mail.sender.address, "adresselinje2": "",
                "adresselinje3": "", "postnr": mail.sender.place.0, "poststed": mail.sender.place.1,
            },
            "mottaker": {
                "navn": mail.recipient_name, "adresse1": null, "adresse2": null, "adresse3": null, "postnr": "0151",
                "poststed": "Oslo", "land": null, "orgnr": mail.recipient, "fnr": null,
            },
            "metadataFraAvleverendeSystem": self.sender_case_v1(),
            "metadataForImport": self.our_case_v1(),
            "filmetadata": self.files.iter().map(|file| self.file_v1(file)).collect::<Vec<_>>(),
            "svarPaForsendelse": mail.answers,
            "forsendelseType": mail.message_type,
            "eksternRef": mail.reference,
            "korrelasjonsid": mail.correlation,
            "lenker": [],
            "downloadUrl": self.link(),
            "taushetsbelagtPost": mail.confidential,
        });
        if let Some(reply_to) = &mail.reply_to {
            put(&mut entry, "svarSendesTil", self.reply_v1(reply_to));
        }
        if let Some(system) = &mail.sending_system {
            put(&mut entry, "avgivendeSystem", json!(system));
        }
        self.finish(entry)
    }

    /// As V2 writes it: what is not known is left out, moments in ISO 8601.
    pub(crate) fn v2(&self) -> Value {
        if let Some(malformed) = self.malformed() {
            return malformed;
        }
        let mail = self.mail;
        let mut entry = json!({
            "id": self.id,
            "avsender": party_v2(&mail.sender, "organisasjonsnummer", mail.sender.organisation.as_deref()),
            "mottaker": {
                "organisasjonsnummer": mail.recipient,
                "postadresse": {"navn": mail.recipient_name, "poststed": "Oslo"},
            },
            "tittel": mail.title,
            "dato": if self.has(&Oddity::AncientDate) { "-0001-01-01T00:00:00Z".to_owned() } else { moment(self.received) },
            "sikkerhetsniva": if mail.highest_level { "HOYESTE" } else { "BETYDELIG" },
            "taushetsbelagtPost": mail.confidential,
            "filer": self.files.iter().map(|file| self.file_v2(file)).collect::<Vec<_>>(),
            "nedlastingslenke": self.link(),
            "svarPaForsendelse": mail.answers,
            "type": mail.message_type,
            "eksternRef": mail.reference,
            "avgivendeSystem": mail.sending_system,
        });
        if let Some(reply_to) = &mail.reply_to {
            let reply = match &reply_to.person {
                Some(person) => party_v2(reply_to, "fodselsnummer", Some(person)),
                None => party_v2(reply_to, "organisasjonsnummer", reply_to.organisation.as_deref()),
            };
            put(&mut entry, "svarSendesTil", reply);
        }
        if !mail.sender_case.is_empty() || self.has(&Oddity::NullMetadataKey) {
            let mut case = case_v2(&mail.sender_case);
            let extra = self.extra_metadata();
            if !extra.is_empty() {
                put(&mut case, "virksomhetsspesifikkeMetadata", Value::Array(extra));
            }
            put(&mut entry, "metadataFraAvleverendeSystem", case);
        }
        if !mail.our_case.is_empty() {
            put(&mut entry, "metadataForImport", case_v2(&mail.our_case));
        }
        without_nulls(&mut entry);
        self.finish(entry)
    }

    fn has(&self, oddity: &Oddity) -> bool {
        self.mail.oddities.contains(oddity)
    }

    fn malformed(&self) -> Option<Value> {
        self.mail.oddities.iter().find_map(|oddity| match oddity {
            Oddity::Malformed(value) => Some(value.clone()),
            _ => None,
        })
    }

    fn finish(&self, mut entry: Value) -> Value {
        if self.has(&Oddity::AbsentMembers) {
            without_nulls(&mut entry);
        }
        if self.has(&Oddity::UnknownMembers) {
            add_unknown(&mut entry);
        }
        entry
    }

    fn link(&self) -> String {
        let foreign = self.mail.oddities.iter().find_map(|oddity| match oddity {
            Oddity::ForeignLink(host) => Some(format!("https://{host}/svarinn/forsendelse/{}", self.id)),
            _ => None,
        });
        match foreign {
            Some(foreign) => foreign,
            None if self.has(&Oddity::RelativeLink) => format!("svarinn/forsendelse/{}", self.id),
            None => self.link.clone(),
        }
    }

    fn date_v1(&self) -> Value {
        if self.has(&Oddity::AncientDate) {
            json!(-62_135_769_600_000_i64)
        } else if self.has(&Oddity::TextDate) {
            json!(moment(self.received))
        } else {
            json!(self.received.timestamp_millis())
        }
    }

    /// What stands for a number that is not known.
    fn no_number(&self) -> Value {
        if self.has(&Oddity::NegativeNumbers) {
            json!(-1)
        } else if self.has(&Oddity::ZeroNumbers) {
            json!(0)
        } else if self.has(&Oddity::NullNumbers) {
            Value::Null
        } else {
            json!(0)
        }
    }

    fn number(&self, case: &Map<String, Value>, name: &str) -> Value {
        case.get(name).filter(|value| value.is_number()).cloned().unwrap_or_else(|| self.no_number())
    }

    fn sender_case_v1(&self) -> Value {
        let case = &self.mail.sender_case;
        json!({
            "sakssekvensnummer": self.number(case, "sakssekvensnummer"),
            "saksaar": self.number(case, "saksaar"),
            "journalaar": self.number(case, "journalaar"),
            "journalsekvensnummer": self.number(case, "journalsekvensnummer"),
            "journalpostnummer": self.number(case, "journalpostnummer"),
            "journalposttype": case.get("journalposttype"),
            "journalstatus": case.get("journalstatus"),
            "journaldato": millis(case, "journaldato"),
            "dokumentetsDato": millis(case, "dokumentetsDato"),
            "tittel": case.get("tittel"),
            "saksBehandler": case.get("saksbehandler"),
            "ekstraMetadata": self.extra_metadata(),
        })
    }

    fn our_case_v1(&self) -> Value {
        let case = &self.mail.our_case;
        json!({
            "sakssekvensnummer": self.number(case, "sakssekvensnummer"),
            "saksaar": self.number(case, "saksaar"),
            "journalposttype": case.get("journalposttype"),
            "journalstatus": case.get("journalstatus"),
            "dokumentetsDato": millis(case, "dokumentetsDato"),
            "tittel": case.get("tittel"),
        })
    }

    fn extra_metadata(&self) -> Vec<Value> {
        let given = self.mail.sender_case.get("ekstraMetadata").and_then(Value::as_array).cloned();
        let mut entries = given.unwrap_or_default();
        if self.has(&Oddity::NullMetadataKey) {
            entries.push(json!({"key": null, "value": "uten navn"}));
        }
        entries
    }

    fn file_v1(&self, file: &Described) -> Value {
        let mut entry = json!({"filnavn": file.name, "mimetype": file.media_type, "dokumentType": null});
        if !self.has(&Oddity::NoHashes) {
            put(&mut entry, "sha256hash", json!(file.hash));
            put(&mut entry, "size", json!(if self.has(&Oddity::UnknownSizes) { 0 } else { file.size }));
        }
        entry
    }

    fn file_v2(&self, file: &Described) -> Value {
        let mut entry = json!({"filnavn": file.name, "mimeType": file.media_type});
        if !self.has(&Oddity::NoHashes) {
            put(&mut entry, "hash", json!(file.hash));
            put(&mut entry, "storrelse", json!(if self.has(&Oddity::UnknownSizes) { 0 } else { file.size }));
        }
        entry
    }

    fn reply_v1(&self, reply_to: &Sender) -> Value {
        let organisation = match &reply_to.organisation {
            None if self.has(&Oddity::EmptyReplyOrganisation) => Some(""),
            other => other.as_deref(),
        };
        json!({
            "navn": reply_to.name, "adresse1": reply_to.address, "adresse2": null, "adresse3": null,
            "postnr": reply_to.place.0, "poststed": reply_to.place.1, "land": "",
            "orgnr": organisation, "fnr": reply_to.person,
        })
    }
}

fn party_v2(party: &Sender, number_name: &str, number: Option<&str>) -> Value {
    let (postcode, place) = &party.place;
    let mut entry = json!({"postadresse": {
        "navn": party.name, "adresselinje1": party.address, "postnummer": postcode, "poststed": place
    }});
    if let Some(number) = number {
        put(&mut entry, number_name, json!(number));
    }
    entry
}

/// Case data nested as V2 has it.
fn case_v2(case: &Map<String, Value>) -> Value {
    let pick = |names: &[(&str, &str)]| -> Map<String, Value> {
        names.iter().filter_map(|(from, to)| Some(((*to).to_owned(), case.get(*from)?.clone()))).collect()
    };
    let mut entry = pick(&[
        ("journalposttype", "journalposttype"),
        ("journalstatus", "journalstatus"),
        ("journaldato", "journaldato"),
        ("dokumentetsDato", "dokumentetsDato"),
        ("tittel", "tittel"),
        ("saksbehandler", "saksbehandler"),
    ]);
    let folder = pick(&[
        ("mappeId", "mappeId"),
        ("mappeSystemId", "systemId"),
        ("saksaar", "saksaar"),
        ("sakssekvensnummer", "sakssekvensnummer"),
    ]);
    let record = pick(&[
        ("systemId", "systemId"),
        ("registreringsId", "registreringsId"),
        ("journalaar", "journalaar"),
        ("journalpostnummer", "journalpostnummer"),
        ("journalsekvensnummer", "journalsekvensnummer"),
    ]);
    for (name, group) in [("mappeId", folder), ("journalpostId", record)] {
        if !group.is_empty() {
            entry.insert(name.to_owned(), Value::Object(group));
        }
    }
    Value::Object(entry)
}

fn millis(case: &Map<String, Value>, name: &str) -> Option<i64> {
    let text = case.get(name)?.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}

fn put(entry: &mut Value, name: &str, value: Value) {
    if let Some(members) = entry.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

fn add_unknown(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.values_mut().for_each(add_unknown);
            members.insert("nyttFelt".to_owned(), json!({"verdi": [1, null]}));
        }
        Value::Array(items) => items.iter_mut().for_each(add_unknown),
        _ => {}
    }
}
