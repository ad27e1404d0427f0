//! What SvarUt refuses about a letter whose metadata have the right shape.

use std::collections::BTreeSet;

use chrono::Duration;
use sakarkiv_core::identity::{NationalIdentityNumber, OrganisationNumber, Timestamp};

use super::{
    settings::{Account, OrganisationFacts, Settings},
    shipment::{Document, Endpoint, Sending},
    upload::Received,
};

/// The most a document into the health network may hold, in bytes.
const HEALTH_NETWORK_LIMIT: u64 = 18_000_000;
const PDF: &str = "application/pdf";

/// What a judgement rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) sending: &'a Sending,
    pub(crate) files: &'a [Received],
    pub(crate) settings: &'a Settings,
    pub(crate) account: &'a Account,
    pub(crate) recipient: OrganisationFacts,
    pub(crate) now: Timestamp,
}

/// Everything that is wrong with a letter.
pub(crate) fn problems(facts: &Facts<'_>) -> Vec<String> {
    let mut found = Vec::new();
    metadata(facts, &mut found);
    signing(facts, &mut found);
    documents(facts, &mut found);
    uploads(facts, &mut found);
    found
}

fn metadata(facts: &Facts<'_>, found: &mut Vec<String>) {
    let sending = facts.sending;
    let mut refuse = |wrong: bool, text: &str| {
        if wrong {
            found.push(text.to_owned());
        }
    };
    let number = sending.mottaker.as_ref().and_then(|party| party.digital_id.as_deref()).unwrap_or_default();
    match facts.endpoint {
        Endpoint::Person => refuse(!is_person(number), "mottaker.digitalId er ikke et gyldig fødsels- eller d-nummer"),
        Endpoint::Organisation => {
            refuse(!is_organisation(number), "mottaker.digitalId er ikke et gyldig organisasjonsnummer");
            refuse(!facts.recipient.exists, "mottaker.digitalId finnes ikke i Enhetsregisteret");
        }
        Endpoint::HealthNetwork => {
            let her_id_missing = sending.mottakertype.as_deref() == Some("HER_ID") && sending.mottaker_her_id.is_none();
            refuse(her_id_missing, "mottakerHerId er påkrevd for HER_ID");
        }
        Endpoint::Print => {}
    }
    refuse(sending.highest_level() && !sending.encrypted(), "sikkerhetsniva HOYESTE krever krypterte dokumenter");
    let reply = sending.svar_sendes_til.as_ref();
    if let Some(reply) = reply {
        let number = reply.digital_id.as_deref().unwrap_or_default();
        let fits = match reply.kind.as_deref() {
            Some("PERSON") => is_person(number),
            Some("ORGANISASJON") => is_organisation(number),
            _ => true,
        };
        refuse(!fits, "svarSendesTil.digitalId passer ikke til type");
    }
    let organisation_reply = reply.is_some_and(|reply| reply.kind.as_deref() == Some("ORGANISASJON"));
    refuse(
        sending.kan_svare_via_edialog == Some(true) && !organisation_reply,
        "kanSvareViaEdialog krever svarSendesTil med organisasjonsnummer",
    );
    let unknown_type =
        sending.forsendelsestype.as_ref().is_some_and(|kind| !facts.settings.message_types.contains(kind));
    refuse(unknown_type, "forsendelsestype er ikke en av de predefinerte");
    let exposed = sending.eksponert_for.as_deref().unwrap_or_default();
    refuse(
        exposed.iter().any(|number| !is_person(number) && !is_organisation(number)),
        "eksponertFor har et ugyldig nummer",
    );
}

fn signing(facts: &Facts<'_>, found: &mut Vec<String>) {
    let to_sign: Vec<&Document> =
        facts.sending.documents().iter().filter(|document| document.skal_signeres == Some(true)).collect();
    let Some(signing) = &facts.sending.signering else {
        if !to_sign.is_empty() {
            found.push("signering mangler for dokumentet som skal signeres".to_owned());
        }
        return;
    };
    let organisation_reply =
        facts.sending.svar_sendes_til.as_ref().is_some_and(|reply| reply.kind.as_deref() == Some("ORGANISASJON"));
    for (wrong, text) in [
        (to_sign.len() != 1, "akkurat ett dokument skal signeres"),
        (to_sign.iter().any(|document| document.mime_type != PDF), "dokumentet som skal signeres må være PDF"),
        (
            signing.signering_utloper < facts.now + Duration::days(1),
            "signering.signeringUtloper må være minst én dag frem i tid",
        ),
        (!organisation_reply, "signering krever svarSendesTil med organisasjonsnummer"),
        (!facts.account.signing, "kontoen er ikke aktivert for signering"),
    ] {
        if wrong {
            found.push(text.to_owned());
        }
    }
}

fn documents(facts: &Facts<'_>, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for document in facts.sending.documents() {
        let name = &document.filnavn;
        let excluded = document.skal_ekskluderes_fra_utskrift == Some(true);
        for (wrong, text) in [
            (!seen.insert(name.to_lowercase()), "er brukt flere ganger"),
            (name.contains(['*', ':', '"', '\\', '/', '<', '>', '|', '?']), "har ugyldige tegn i filnavnet"),
            (facts.endpoint == Endpoint::Print && document.mime_type != PDF, "må være PDF"),
            (
                document.mime_type != PDF && !excluded && !facts.sending.digital_only(),
                "er ikke PDF og må ekskluderes fra utskrift",
            ),
        ] {
            if wrong {
                found.push(format!("dokumentet {name} {text}"));
            }
        }
    }
}

fn uploads(facts: &Facts<'_>, found: &mut Vec<String>) {
    if facts.endpoint == Endpoint::HealthNetwork {
        health_network_upload(facts.files, found);
    } else {
        same_order(facts, found);
    }
    let printable = !facts.sending.digital_only();
    let mut printable_bytes = 0;
    for (file, document) in facts.files.iter().zip(described(facts)) {
        let name = &file.name;
        let content = &file.facts;
        let printed = printable && document.mime_type == PDF && document.skal_ekskluderes_fra_utskrift != Some(true);
        if file.not_decrypted {
            found.push(format!("dokumentet {name} er ikke kryptert med CMS for SvarUts sertifikat"));
            continue;
        }
        let giro = document.giroark_side.into_iter().chain(document.giroark_sider.iter().flatten().copied()).max();
        for (wrong, text) in [
            (content.size == 0, "er tomt"),
            (printed && content.size > 0 && !content.is_pdf, "er ikke en gyldig PDF"),
            (printed && content.password_protected, "er passordbeskyttet"),
            (giro.zip(content.pages).is_some_and(|(page, pages)| page > pages), "har ikke giroarkSide"),
        ] {
            if wrong {
                found.push(format!("dokumentet {name} {text}"));
            }
        }
        if printed {
            printable_bytes += content.size;
        }
    }
    if printable_bytes >= facts.settings.printable_limit {
        found.push("samlet størrelse på dokumentene er for stor for utskrift".to_owned());
    }
}

fn health_network_upload(files: &[Received], found: &mut Vec<String>) {
    if files.len() > 1 {
        found.push("bare ett vedlegg er tillatt til NHN".to_owned());
    }
    if files.iter().any(|file| file.facts.size > HEALTH_NETWORK_LIMIT) {
        found.push("vedlegget er over 18 MB".to_owned());
    }
    if files.iter().any(|file| !file.not_decrypted && !file.facts.is_pdf) {
        found.push("vedlegget må være PDF".to_owned());
    }
}

/// File parts must be the documents of the metadata, in the same order.
fn same_order(facts: &Facts<'_>, found: &mut Vec<String>) {
    let wanted: Vec<&str> = facts.sending.documents().iter().map(|document| document.filnavn.as_str()).collect();
    let got: Vec<&str> = facts.files.iter().map(|file| file.name.as_str()).collect();
    if wanted == got {
        return;
    }
    let sorted = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    found.push(if sorted(&wanted) == sorted(&got) && wanted.len() == got.len() {
        "dokumentene har en annen rekkefølge enn metadata".to_owned()
    } else {
        "dokumentene er ikke de samme som i metadata".to_owned()
    });
}

/// The metadata of each file part; a health network attachment has none and counts as a PDF that is never printed.
fn described(facts: &Facts<'_>) -> Vec<Document> {
    if facts.endpoint == Endpoint::HealthNetwork {
        let attachment =
            Document { mime_type: PDF.to_owned(), skal_ekskluderes_fra_utskrift: Some(true), ..Document::default() };
        return vec![attachment; facts.files.len()];
    }
    facts.sending.documents().to_vec()
}

pub(crate) fn is_person(number: &str) -> bool {
    number.len() == 11 && NationalIdentityNumber::parse(number).is_ok()
}

pub(crate) fn is_organisation(number: &str) -> bool {
    number.len() == 9 && OrganisationNumber::parse(number).is_ok()
}
