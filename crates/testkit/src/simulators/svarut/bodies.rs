//! What the bodies of SvarUt v3, and of v2 send, must look like.

use serde_json::{Map, Value, json};

use super::shape::{
    Kind::{Flag, Id, List, Moment, Object, OneOf, Set, Text, TextOf, Whole},
    Member, omit, opt, req,
};

const ANY: usize = usize::MAX;
const KEY_VALUE: &[Member] = &[req("key", Text(1, 100)), req("value", Text(1, 500))];

const ADDRESS: &[Member] = &[
    req("adresselinje1", Text(1, 70)),
    opt("adresselinje2", Text(1, 70)),
    opt("adresselinje3", Text(1, 70)),
    req("poststed", Text(1, 70)),
    opt("postnummer", Text(1, 20)),
    opt("landkode", TextOf(2, 2, |c| c.is_ascii_uppercase())),
];

const RECIPIENT: &[Member] =
    &[req("navn", Text(1, 100)), req("digitalId", Text(9, 11)), omit("adresse", Object(ADDRESS))];

const REPLY_TO: &[Member] = &[
    req("navn", Text(1, 100)),
    req("type", OneOf(&["PERSON", "ORGANISASJON", "NHN_MOTTAKER"])),
    req("digitalId", TextOf(1, 11, |c| c.is_ascii_digit())),
    req("adresse", Object(ADDRESS)),
];

const LINK: &[Member] = &[req("url", Text(1, 1000)), req("tekst", Text(1, 100)), opt("ledetekst", Text(1, 100))];

const SENDER_CASE: &[Member] = &[
    opt("mappeId", Text(1, 100)),
    opt("mappeSystemId", Text(1, 100)),
    opt("saksaar", Whole(1000, 3000)),
    opt("sakssekvensnummer", Whole(1, i64::MAX)),
    opt("systemId", Text(1, 100)),
    opt("registreringsId", Text(1, 100)),
    opt("journalpostnummer", Whole(1, i64::MAX)),
    opt("journalaar", Whole(1000, 3000)),
    opt("journalsekvensnummer", Whole(1, i64::MAX)),
    opt("journalposttype", Text(1, 100)),
    opt("journalstatus", Text(1, 100)),
    opt("journaldato", Moment),
    opt("dokumentetsDato", Moment),
    opt("tittel", Text(1, 1000)),
    opt("saksbehandler", Text(1, 100)),
    opt("ekstraMetadata", Set(20, &Object(KEY_VALUE))),
];

const OUR_CASE: &[Member] = &[
    opt("mappeId", Text(1, 100)),
    opt("mappeSystemId", Text(1, 100)),
    opt("saksaar", Whole(1000, 3000)),
    opt("sakssekvensnummer", Whole(1, i64::MAX)),
    opt("systemId", Text(1, 100)),
    opt("registreringsId", Text(1, 100)),
    opt("journalpostnummer", Whole(1, i64::MAX)),
    opt("journalaar", Whole(1000, 3000)),
    opt("journalsekvensnummer", Whole(1, i64::MAX)),
    opt("journalposttype", Text(1, 100)),
    opt("journalstatus", Text(1, 100)),
    opt("dokumentetsDato", Moment),
    opt("tittel", Text(1, 1000)),
];

const SYSTEM: Member = opt("avgivendeSystem", Text(1, 100));
const SYSTEM_ACTOR: Member = opt("avgivendeSystemAktor", Text(1, 100));
const BILLING: Member = opt("konteringskode", TextOf(1, 20, billing_character));
const ENCRYPTED: Member = opt("kryptert", Flag);
const PRINTING: Member = opt("utskriftskonfigurasjon", Object(&[opt("tosidig", Flag)]));
const ANSWERS: Member = opt("svarPaForsendelseId", Id);
const REFERENCE: Member = opt("eksternReferanse", Text(1, 100));
const CORRELATION: Member = opt("korrelasjonsid", Text(1, 100));
const DIGITAL_ONLY: Member = opt("kunDigitalLevering", Flag);
const EXPOSED: Member = opt("eksponertFor", Set(ANY, &Text(0, ANY)));
const LEVEL: Member = opt("sikkerhetsniva", OneOf(&["BETYDELIG", "HOYESTE"]));
const REPLY: Member = opt("svarSendesTil", Object(REPLY_TO));
const LINKS: Member = opt("lenker", List(5, &Object(LINK)));
const DIALOGUE: Member = opt("kanSvareViaEdialog", Flag);

/// Maximum of `int32`, which the definition gives for some members.
const INT32: i64 = i32::MAX as i64;

pub(crate) const PERSON: &[Member] = &[
    req("tittel", Text(1, 1000)),
    req("mottaker", Object(RECIPIENT)),
    EXPOSED,
    SYSTEM,
    SYSTEM_ACTOR,
    BILLING,
    DIGITAL_ONLY,
    ENCRYPTED,
    PRINTING,
    LEVEL,
    REPLY,
    ANSWERS,
    opt(
        "dokumenter",
        List(
            ANY,
            &Object(&[
                req("filnavn", Text(1, 226)),
                req("mimeType", Text(1, 127)),
                opt("giroarkSide", Whole(1, INT32)),
                opt("skalSigneres", Flag),
                opt("skalEkskluderesFraUtskrift", Flag),
            ]),
        ),
    ),
    LINKS,
    REFERENCE,
    DIALOGUE,
    CORRELATION,
    opt(
        "signering",
        Object(&[
            req("signeringUtloper", Moment),
            req("signaturType", OneOf(&["AUTENTISERT_SIGNATUR", "AVANSERT_SIGNATUR"])),
        ]),
    ),
];

pub(crate) const ORGANISATION: &[Member] = &[
    req("tittel", Text(1, 1000)),
    req("mottaker", Object(RECIPIENT)),
    EXPOSED,
    SYSTEM,
    SYSTEM_ACTOR,
    BILLING,
    DIGITAL_ONLY,
    ENCRYPTED,
    PRINTING,
    LEVEL,
    opt("metadataFraAvleverendeSystem", Object(SENDER_CASE)),
    opt("metadataForImport", Object(OUR_CASE)),
    REPLY,
    ANSWERS,
    opt(
        "dokumenter",
        List(
            ANY,
            &Object(&[
                req("filnavn", Text(1, 226)),
                req("mimeType", Text(1, 127)),
                opt("dokumentType", Text(1, 100)),
                opt("giroarkSide", Whole(1, INT32)),
                opt("skalEkskluderesFraUtskrift", Flag),
                opt("ekstraMetadata", Set(20, &Object(KEY_VALUE))),
                opt("inneholderPersonsensitivInformasjon", Flag),
            ]),
        ),
    ),
    LINKS,
    opt("forsendelsestype", Text(1, 100)),
    REFERENCE,
    CORRELATION,
    DIALOGUE,
    opt("taushetsbelagtPost", Flag),
];

pub(crate) const PRINT: &[Member] = &[
    req("tittel", Text(1, 1000)),
    req("mottaker", Object(&[req("navn", Text(1, 100)), req("adresse", Object(ADDRESS))])),
    SYSTEM,
    SYSTEM_ACTOR,
    BILLING,
    ENCRYPTED,
    PRINTING,
    REPLY,
    ANSWERS,
    opt(
        "dokumenter",
        List(
            ANY,
            &Object(&[req("filnavn", Text(1, 226)), req("mimeType", Text(1, 50)), opt("giroarkSide", Whole(1, INT32))]),
        ),
    ),
    REFERENCE,
    CORRELATION,
];

pub(crate) const HEALTH_NETWORK: &[Member] = &[
    req("tittel", Text(1, 200)),
    opt("beskrivelse", Text(1, 5000)),
    req("mottakertype", OneOf(&["FASTLEGE", "HER_ID"])),
    opt("mottakerHerId", Whole(1, INT32)),
    req(
        "avsenderKontakt",
        Object(&[
            req("fornavn", Text(1, 30)),
            opt("mellomnavn", Text(1, 30)),
            req("etternavn", Text(1, 30)),
            req("telefonnummer", Text(1, 20)),
        ]),
    ),
    req(
        "pasient",
        Object(&[
            req("fodselsnummer", TextOf(11, 11, |c| c.is_ascii_digit())),
            req("fornavn", Text(1, 30)),
            opt("mellomnavn", Text(1, 30)),
            req("etternavn", Text(1, 30)),
        ]),
    ),
    EXPOSED,
    SYSTEM,
    SYSTEM_ACTOR,
    BILLING,
    DIGITAL_ONLY,
    ENCRYPTED,
    PRINTING,
    ANSWERS,
    REFERENCE,
    CORRELATION,
];

const ADDRESS_V2: &[Member] = &[
    req("navn", Text(1, ANY)),
    opt("digitalId", Text(9, 11)),
    opt("adresselinje1", Text(0, ANY)),
    opt("adresselinje2", Text(0, ANY)),
    opt("adresselinje3", Text(0, ANY)),
    opt("poststed", Text(1, ANY)),
    opt("postnummer", Text(1, ANY)),
    opt("land", Text(0, ANY)),
];

pub(crate) const SEND_V2: &[Member] = &[
    req("tittel", Text(1, 1000)),
    req("mottaker", Object(ADDRESS_V2)),
    EXPOSED,
    SYSTEM,
    opt("avgivendeSystemAktor", Text(0, ANY)),
    opt("konteringskode", TextOf(0, 20, billing_character)),
    DIGITAL_ONLY,
    ENCRYPTED,
    opt("utskriftskonfigurasjon", Object(&[opt("utskriftMedFarger", Flag), opt("tosidig", Flag)])),
    opt("krevNiva4Innlogging", Flag),
    opt("metadataFraAvleverendeSystem", Object(SENDER_CASE)),
    opt("metadataForImport", Object(OUR_CASE)),
    opt("svarSendesTil", Object(ADDRESS_V2)),
    opt("svarPaForsendelse", Id),
    opt(
        "dokumenter",
        List(
            ANY,
            &Object(&[
                req("filnavn", Text(1, 226)),
                req("mimeType", Text(1, ANY)),
                opt("skalSigneres", Flag),
                opt("dokumentType", Text(0, ANY)),
                opt("giroarkSider", Set(ANY, &Whole(1, INT32))),
                opt("skalEkskluderesFraUtskrift", Flag),
                opt("ekstraMetadata", Set(ANY, &Object(KEY_VALUE))),
                opt("inneholderPersonsensitivInformasjon", Flag),
            ]),
        ),
    ),
    opt("lenker", List(5, &Object(LINK))),
    opt("forsendelsestype", Text(0, 100)),
    REFERENCE,
    CORRELATION,
    opt("svarPaForsendelseLink", Flag),
    opt("signeringUtloper", Moment),
    opt("signaturType", OneOf(&["AUTENTISERT_SIGNATUR", "AVANSERT_SIGNATUR"])),
    opt("taushetsbelagtPost", Flag),
];

/// A v2 body in the form of v3, so that everything after the shape is one and the same.
pub(crate) fn v2_as_v3(mut body: Map<String, Value>) -> Map<String, Value> {
    for party in ["mottaker", "svarSendesTil"] {
        if let Some(Value::Object(flat)) = body.remove(party) {
            body.insert(party.to_owned(), nested(flat));
        }
    }
    for (from, to) in [("svarPaForsendelse", "svarPaForsendelseId"), ("svarPaForsendelseLink", "kanSvareViaEdialog")] {
        if let Some(value) = body.remove(from) {
            body.insert(to.to_owned(), value);
        }
    }
    if let Some(high) = body.remove("krevNiva4Innlogging") {
        let level = if high == Value::Bool(true) { "HOYESTE" } else { "BETYDELIG" };
        body.insert("sikkerhetsniva".to_owned(), level.into());
    }
    if let (Some(until), Some(kind)) = (body.remove("signeringUtloper"), body.remove("signaturType")) {
        body.insert("signering".to_owned(), json!({"signeringUtloper": until, "signaturType": kind}));
    }
    body
}

fn nested(mut flat: Map<String, Value>) -> Value {
    let name = flat.remove("navn");
    let number = flat.remove("digitalId");
    let kind = number.as_ref().and_then(Value::as_str).map(|number| match number.len() {
        9 => "ORGANISASJON",
        _ => "PERSON",
    });
    json!({"navn": name, "digitalId": number, "type": kind, "adresse": flat})
}

fn billing_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.øæåØÆÅ".contains(c)
}
