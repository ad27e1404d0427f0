//! What the members of each object must look like: required, optional or not to be sent, and how they are checked.

use super::entity::Entity;

use self::{
    Check::{Date, Digits, Email, Free, Guarded, Moment, OneOf, Slug, Url},
    Form::{Flag, Many, One, Text, Texts, Whole},
};

/// One member.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) create: Rule,
    pub(crate) update: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Text(Check),
    /// A number, not below a bound.
    Whole(Option<i64>),
    Flag,
    One(Entity),
    Many(Entity),
    Texts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Free,
    /// At most so long, and no national identity number.
    Guarded(usize),
    Email,
    Url,
    Date,
    Moment,
    OneOf(&'static [&'static str]),
    Slug,
    /// So many digits.
    Digits(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Required,
    Optional,
    Forbidden,
}

impl Field {
    /// Whether a blank text is refused when the object is made.
    pub(crate) const fn not_blank(self) -> bool {
        matches!(self.create, Rule::Required) && matches!(self.form, Text(Guarded(_) | Email | Url | Digits(_)))
    }
}

const GUARDED: Form = Text(Guarded(500));

const fn req(name: &'static str, form: Form) -> Field {
    Field { name, form, create: Rule::Required, update: Rule::Optional }
}

const fn opt(name: &'static str, form: Form) -> Field {
    Field { name, form, create: Rule::Optional, update: Rule::Optional }
}

const fn later(name: &'static str, form: Form) -> Field {
    Field { name, form, create: Rule::Forbidden, update: Rule::Optional }
}

const fn never(name: &'static str, form: Form) -> Field {
    Field { name, form, create: Rule::Forbidden, update: Rule::Forbidden }
}

/// The members of an object, those of its base first.
pub(crate) fn of(entity: Entity) -> impl Iterator<Item = &'static Field> {
    tables(entity).iter().flat_map(|table| table.iter())
}

/// One member of an object.
pub(crate) fn find(entity: Entity, name: &str) -> Option<&'static Field> {
    of(entity).find(|field| field.name == name)
}

const fn tables(entity: Entity) -> &'static [&'static [Field]] {
    match entity {
        Entity::ApiKey => &[BASE, API_KEY],
        Entity::Arkiv => &[BASE, ARKIV_BASE, ARKIV],
        Entity::Arkivdel => &[BASE, ARKIV_BASE, ARKIVDEL],
        Entity::Behandlingsprotokoll => &[BASE, ARKIV_BASE, BEHANDLINGSPROTOKOLL],
        Entity::Dokumentbeskrivelse => &[BASE, ARKIV_BASE, DOKUMENTBESKRIVELSE],
        Entity::Dokumentobjekt => &[BASE, ARKIV_BASE, DOKUMENTOBJEKT],
        Entity::Enhet => &[BASE, ENHET],
        Entity::Identifikator => &[BASE, ARKIV_BASE, IDENTIFIKATOR],
        Entity::Innsynskrav => &[BASE, INNSYNSKRAV],
        Entity::InnsynskravBestilling => &[BASE, INNSYNSKRAV_BESTILLING],
        Entity::Journalpost => &[BASE, ARKIV_BASE, REGISTRERING, JOURNALPOST],
        Entity::Klasse => &[BASE, ARKIV_BASE, KLASSE],
        Entity::Klassifikasjonssystem => &[BASE, ARKIV_BASE, KLASSIFIKASJONSSYSTEM],
        Entity::Korrespondansepart => &[BASE, ARKIV_BASE, KORRESPONDANSEPART],
        Entity::Matrikkelnummer => &[BASE, ARKIV_BASE, MATRIKKELNUMMER],
        Entity::Moetedeltaker => &[BASE, ARKIV_BASE, MOETEDELTAKER],
        Entity::Moetedokument => &[BASE, ARKIV_BASE, REGISTRERING, MOETEDOKUMENT],
        Entity::Moetemappe => &[BASE, ARKIV_BASE, MAPPE, MOETEMAPPE],
        Entity::Moetesak => &[BASE, ARKIV_BASE, REGISTRERING, MOETESAK],
        Entity::Moetesaksbeskrivelse => &[BASE, ARKIV_BASE, MOETESAKSBESKRIVELSE],
        Entity::Saksmappe => &[BASE, ARKIV_BASE, MAPPE, SAKSMAPPE],
        Entity::Skjerming => &[BASE, ARKIV_BASE, SKJERMING],
        Entity::Utredning => &[BASE, ARKIV_BASE, UTREDNING],
        Entity::Vedtak => &[BASE, ARKIV_BASE, VEDTAK],
        Entity::Votering => &[BASE, ARKIV_BASE, VOTERING],
    }
}

pub(crate) const UNIT_KINDS: &[&str] = &[
    "ADMINISTRATIVENHET",
    "AVDELING",
    "BYDEL",
    "DUMMYENHET",
    "FYLKE",
    "KOMMUNE",
    "ORGAN",
    "SEKSJON",
    "UTVALG",
    "VIRKSOMHET",
];
pub(crate) const ENTRY_KINDS: &[&str] = &[
    "inngaaende_dokument",
    "utgaaende_dokument",
    "organinternt_dokument_for_oppfoelging",
    "organinternt_dokument_uten_oppfoelging",
    "saksframlegg",
    "sakskart",
    "moeteprotokoll",
    "moetebok",
    "ukjent",
];
pub(crate) const MATTER_KINDS: &[&str] =
    &["moete", "politisk", "delegert", "interpellasjon", "godkjenning", "orientering", "referat", "annet"];
pub(crate) const VOTES: &[&str] = &["Ja", "Nei", "Blankt"];
pub(crate) const LANGUAGES: &[&str] = &["nb", "nn", "en", "se"];

const BASE: &[Field] = &[
    never("id", Text(Free)),
    never("deleted", Flag),
    opt("externalId", GUARDED),
    opt("accessibleAfter", Text(Moment)),
];

const ARKIV_BASE: &[Field] = &[opt("systemId", Text(Free)), opt("journalenhet", One(Entity::Enhet))];

const ENHET: &[Field] = &[
    opt("slug", Text(Slug)),
    req("navn", GUARDED),
    opt("navnNynorsk", GUARDED),
    opt("navnEngelsk", GUARDED),
    opt("navnSami", GUARDED),
    req("orgnummer", Text(Digits(9))),
    opt("enhetskode", GUARDED),
    opt("kontaktpunktAdresse", GUARDED),
    req("kontaktpunktEpost", Text(Email)),
    opt("kontaktpunktTelefon", GUARDED),
    req("innsynskravEpost", Text(Email)),
    req("enhetstype", Text(OneOf(UNIT_KINDS))),
    opt("avsluttetDato", Text(Date)),
    opt("skjult", Flag),
    opt("eFormidling", Flag),
    opt("teknisk", Flag),
    opt("skalKonvertereId", Flag),
    opt("skalMottaKvittering", Flag),
    opt("visToppnode", Flag),
    opt("orderXmlVersjon", Whole(None)),
    opt("underenhet", Many(Entity::Enhet)),
    opt("handteresAv", One(Entity::Enhet)),
    opt("parent", One(Entity::Enhet)),
];

const API_KEY: &[Field] = &[
    opt("name", GUARDED),
    never("secretKey", GUARDED),
    opt("enhet", One(Entity::Enhet)),
    opt("bruker", Text(Free)),
    opt("expiresAt", Text(Moment)),
];

const ARKIV: &[Field] = &[req("tittel", GUARDED), opt("arkiv", One(Entity::Arkiv))];

const ARKIVDEL: &[Field] = &[req("tittel", GUARDED), never("arkiv", One(Entity::Arkiv))];

const KLASSIFIKASJONSSYSTEM: &[Field] = &[req("tittel", GUARDED), never("arkivdel", One(Entity::Arkivdel))];

const KLASSE: &[Field] = &[
    req("tittel", GUARDED),
    opt("klassifikasjonssystem", One(Entity::Klassifikasjonssystem)),
    opt("klasse", One(Entity::Klasse)),
    opt("arkivdel", One(Entity::Arkivdel)),
];

const MAPPE: &[Field] = &[
    opt("slug", Text(Slug)),
    req("offentligTittel", GUARDED),
    req("offentligTittelSensitiv", GUARDED),
    opt("beskrivelse", Text(Guarded(1000))),
    opt("noekkelord", GUARDED),
    opt("publisertDato", Text(Moment)),
    opt("oppdatertDato", Text(Moment)),
    opt("klasse", One(Entity::Klasse)),
    never("saksmappe", One(Entity::Saksmappe)),
    never("moetemappe", One(Entity::Moetemappe)),
    never("arkivdel", One(Entity::Arkivdel)),
    opt("matrikkelnummer", Many(Entity::Matrikkelnummer)),
];

const SAKSMAPPE: &[Field] = &[
    req("saksaar", Whole(Some(1700))),
    req("sakssekvensnummer", Whole(Some(0))),
    never("saksnummer", GUARDED),
    opt("saksdato", Text(Date)),
    opt("journalpost", Many(Entity::Journalpost)),
    opt("administrativEnhet", GUARDED),
    never("administrativEnhetObjekt", One(Entity::Enhet)),
];

const MOETEMAPPE: &[Field] = &[
    req("moetenummer", GUARDED),
    req("utvalg", GUARDED),
    never("utvalgObjekt", One(Entity::Enhet)),
    req("moetedato", Text(Moment)),
    opt("moetested", GUARDED),
    opt("videoLink", Text(Guarded(5000))),
    opt("referanseForrigeMoete", One(Entity::Moetemappe)),
    opt("referanseNesteMoete", One(Entity::Moetemappe)),
    opt("moetedokument", Many(Entity::Moetedokument)),
    opt("moetesak", Many(Entity::Moetesak)),
];

const REGISTRERING: &[Field] = &[
    opt("slug", Text(Slug)),
    req("offentligTittel", GUARDED),
    req("offentligTittelSensitiv", GUARDED),
    opt("beskrivelse", Text(Guarded(1000))),
    opt("publisertDato", Text(Moment)),
    opt("oppdatertDato", Text(Moment)),
    opt("korrespondansepart", Many(Entity::Korrespondansepart)),
    opt("dokumentbeskrivelse", Many(Entity::Dokumentbeskrivelse)),
    opt("matrikkelnummer", Many(Entity::Matrikkelnummer)),
    opt("avhendetTil", One(Entity::Enhet)),
];

const JOURNALPOST: &[Field] = &[
    req("journalaar", Whole(Some(1700))),
    req("journalsekvensnummer", Whole(Some(0))),
    req("journalpostnummer", Whole(Some(0))),
    req("journalposttype", Text(OneOf(ENTRY_KINDS))),
    req("journaldato", Text(Date)),
    opt("dokumentetsDato", Text(Date)),
    opt("skjerming", One(Entity::Skjerming)),
    opt("legacyJournalposttype", GUARDED),
    opt("legacyFoelgsakenReferanse", Texts),
    opt("administrativEnhet", GUARDED),
    opt("administrativEnhetObjekt", One(Entity::Enhet)),
    later("saksmappe", One(Entity::Saksmappe)),
];

const MOETESAK: &[Field] = &[
    req("moetesakstype", Text(OneOf(MATTER_KINDS))),
    opt("moetesaksaar", Whole(Some(1700))),
    opt("moetesakssekvensnummer", Whole(Some(0))),
    opt("utvalg", GUARDED),
    never("utvalgObjekt", One(Entity::Enhet)),
    opt("videoLink", GUARDED),
    opt("utredning", One(Entity::Utredning)),
    opt("innstilling", One(Entity::Moetesaksbeskrivelse)),
    opt("vedtak", One(Entity::Vedtak)),
    opt("moetemappe", One(Entity::Moetemappe)),
    opt("legacyMoetesakstype", GUARDED),
    opt("legacyReferanseTilMoetesak", GUARDED),
];

const MOETEDOKUMENT: &[Field] = &[
    req("moetedokumenttype", GUARDED),
    opt("saksbehandler", GUARDED),
    opt("saksbehandlerSensitiv", GUARDED),
    opt("moetemappe", One(Entity::Moetemappe)),
];

const KORRESPONDANSEPART: &[Field] = &[
    req("korrespondansepartNavn", GUARDED),
    req("korrespondansepartNavnSensitiv", GUARDED),
    req("korrespondanseparttype", GUARDED),
    opt("saksbehandler", GUARDED),
    opt("epostadresse", GUARDED),
    opt("postnummer", GUARDED),
    opt("erBehandlingsansvarlig", Flag),
    opt("administrativEnhet", GUARDED),
    never("journalpost", One(Entity::Journalpost)),
    never("moetedokument", One(Entity::Moetedokument)),
    never("moetesak", One(Entity::Moetesak)),
];

const SKJERMING: &[Field] = &[req("tilgangsrestriksjon", GUARDED), opt("skjermingshjemmel", GUARDED)];

const DOKUMENTBESKRIVELSE: &[Field] = &[
    req("tittel", GUARDED),
    req("tittelSensitiv", GUARDED),
    req("dokumentnummer", Whole(None)),
    opt("dokumenttype", GUARDED),
    req("tilknyttetRegistreringSom", GUARDED),
    opt("dokumentobjekt", Many(Entity::Dokumentobjekt)),
];

const DOKUMENTOBJEKT: &[Field] = &[
    req("referanseDokumentfil", Text(Url)),
    opt("format", GUARDED),
    opt("sjekksum", GUARDED),
    opt("sjekksumAlgoritme", GUARDED),
    opt("dokumentbeskrivelse", One(Entity::Dokumentbeskrivelse)),
    never("url", Text(Url)),
];

const MATRIKKELNUMMER: &[Field] = &[
    req("kommunenummer", Text(Digits(4))),
    req("gaardsnummer", Whole(Some(0))),
    req("bruksnummer", Whole(Some(0))),
    opt("festenummer", Whole(Some(0))),
    opt("seksjonsnummer", Whole(Some(0))),
    never("saksmappe", One(Entity::Saksmappe)),
    never("moetemappe", One(Entity::Moetemappe)),
    never("journalpost", One(Entity::Journalpost)),
    never("moetesak", One(Entity::Moetesak)),
    never("moetedokument", One(Entity::Moetedokument)),
];

const UTREDNING: &[Field] = &[
    req("saksbeskrivelse", One(Entity::Moetesaksbeskrivelse)),
    req("innstilling", One(Entity::Moetesaksbeskrivelse)),
    opt("utredningsdokument", Many(Entity::Dokumentbeskrivelse)),
];

const MOETESAKSBESKRIVELSE: &[Field] = &[req("tekstInnhold", GUARDED), req("tekstFormat", GUARDED)];

const VEDTAK: &[Field] = &[
    req("vedtakstekst", One(Entity::Moetesaksbeskrivelse)),
    opt("votering", Many(Entity::Votering)),
    opt("behandlingsprotokoll", One(Entity::Behandlingsprotokoll)),
    opt("vedtaksdokument", Many(Entity::Dokumentbeskrivelse)),
    req("dato", Text(Date)),
];

const VOTERING: &[Field] = &[
    req("moetedeltaker", One(Entity::Moetedeltaker)),
    req("stemme", Text(OneOf(VOTES))),
    opt("representerer", One(Entity::Identifikator)),
];

const MOETEDELTAKER: &[Field] = &[req("moetedeltakerNavn", GUARDED), opt("moetedeltakerFunksjon", GUARDED)];

const IDENTIFIKATOR: &[Field] =
    &[req("navn", GUARDED), req("identifikator", GUARDED), req("initialer", GUARDED), req("epostadresse", Text(Email))];

const BEHANDLINGSPROTOKOLL: &[Field] = &[req("tekstInnhold", GUARDED), req("tekstFormat", GUARDED)];

const INNSYNSKRAV_BESTILLING: &[Field] = &[
    req("email", Text(Email)),
    req("innsynskrav", Many(Entity::Innsynskrav)),
    never("verified", Flag),
    never("bruker", Text(Free)),
    opt("language", Text(OneOf(LANGUAGES))),
];

const INNSYNSKRAV: &[Field] = &[
    opt("innsynskravBestilling", One(Entity::InnsynskravBestilling)),
    req("journalpost", One(Entity::Journalpost)),
    opt("enhet", One(Entity::Enhet)),
    never("email", Text(Email)),
    opt("sent", Text(Moment)),
];

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use serde_json::Value;

    use super::*;

    /// What the published rules say of one member, in the words of this table.
    fn form_of(field: &Value, enums: &Value) -> Form {
        let text = |name: &str| field.get(name).and_then(Value::as_str);
        let number = |name: &str| field.get(name).and_then(Value::as_i64);
        let list = field.get("list").is_some();
        match (text("type").unwrap(), text("target")) {
            (_, Some("Bruker")) => Text(Free),
            ("ref", Some(target)) => {
                let entity = Entity::ALL.into_iter().find(|entity| entity.name() == target).unwrap();
                if list { Many(entity) } else { One(entity) }
            }
            ("bool", _) => Flag,
            ("int", _) => Whole(number("minimum")),
            _ if list => Texts,
            _ => Text(match (text("format"), text("pattern"), text("enum")) {
                (_, _, Some(name)) => {
                    let words = enums[name].as_array().unwrap();
                    let all = [UNIT_KINDS, ENTRY_KINDS, MATTER_KINDS, VOTES, LANGUAGES];
                    OneOf(all.into_iter().find(|known| *known == words.as_slice()).unwrap())
                }
                (Some("e-mail"), _, _) => Email,
                (Some("URL"), _, _) => Url,
                (Some("date"), _, _) => Date,
                (Some("date-time"), _, _) => Moment,
                (_, Some("^[0-9]{9}$"), _) => Digits(9),
                (_, Some("^[0-9]{4}$"), _) => Digits(4),
                (_, Some(_), _) => Slug,
                _ => number("maxLength").map_or(Free, |most| Guarded(usize::try_from(most).unwrap())),
            }),
        }
    }

    fn rule(word: &Value) -> Rule {
        match word.as_str().unwrap() {
            "required" => Rule::Required,
            "optional" => Rule::Optional,
            _ => Rule::Forbidden,
        }
    }

    #[test]
    fn the_table_says_what_the_published_field_rules_say() {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/einnsyn/entities.json");
        let Ok(text) = fs::read_to_string(file) else {
            eprintln!("skipped: the published definition einnsyn/entities.json is not beside the workspace");
            return;
        };
        let published: Value = serde_json::from_str(&text).unwrap();
        let entities = published["entities"].as_array().unwrap();
        let named = |name: &str| entities.iter().find(|entity| entity["name"] == name);
        for entity in Entity::ALL {
            let mut levels = Vec::new();
            let mut level = named(entity.name());
            assert_eq!(level.unwrap()["idPrefix"], entity.prefix());
            while let Some(one) = level {
                levels.push(one);
                level = one["parent"].as_str().and_then(named);
            }
            let published_fields: Vec<&Value> = levels
                .into_iter()
                .rev()
                .flat_map(|level| level["fields"].as_array().unwrap())
                .filter(|field| field["type"] != "const")
                .collect();
            assert_eq!(of(entity).count(), published_fields.len(), "{entity:?}");
            for (ours, theirs) in of(entity).zip(published_fields) {
                assert_eq!(ours.name, theirs["name"], "{entity:?}");
                assert_eq!(ours.form, form_of(theirs, &published["enums"]), "{entity:?}.{}", ours.name);
                assert_eq!((ours.create, ours.update), (rule(&theirs["create"]), rule(&theirs["update"])));
                let not_blank = theirs.get("notBlankOnCreate").is_some();
                assert_eq!(ours.not_blank(), not_blank, "{entity:?}.{}", ours.name);
            }
        }
    }
}
