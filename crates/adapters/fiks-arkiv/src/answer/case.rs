use sakarkiv_core::{
    case::{Case, CaseKind},
    identity::ActorId,
    intake::reference::{CASE, MATRIKKEL},
    screening::Screening,
    text::ExternalKey,
};

use super::out::Out;

/// `mappeHentResultat`: one case in full.
pub(crate) fn case_result(case: &Case, with_class: bool) -> String {
    let mut out = Out::message_with_records("mappeHentResultat", "mappe/hent/resultat/v1", "arkivstruktur/v1");
    out.open("saksmappe");
    full(&mut out, case, with_class);
    out.close();
    out.finish()
}

/// The content of a `saksmappe` of the archive structure.
pub(super) fn full(out: &mut Out, case: &Case, with_class: bool) {
    full_folder(out, case, with_class);
    numbered(out, case);
    for property in case.external_keys().iter().filter(|key| key.kind == MATRIKKEL) {
        self::property(out, property.value.expose());
    }
}

/// The content of a `mappe` of the archive structure.
pub(super) fn full_folder(out: &mut Out, case: &Case, with_class: bool) {
    named(out, case);
    out.moment("opprettetDato", case.created());
    out.text("opprettetAv", case.created_by().as_str());
    if let Some(closing) = case.closed() {
        out.moment("avsluttetDato", closing.at);
        out.text("avsluttetAv", closing.by.as_str());
    }
    if let Some(series) = case.series() {
        out.code("arkivdel", series, "");
    }
    if let Some(screening) = case.screening() {
        self::screening(out, screening);
    }
    if let Some(class) = case.class().filter(|_| with_class) {
        out.part("klassifikasjon");
        // The schema asks for a system here, and the archive keeps one class without naming it.
        out.text("klassifikasjonssystemID", "primær");
        out.text("klasseID", class.expose());
        out.close();
    }
    out.key(own_key(case.external_keys(), CASE));
    if case.kind() != CaseKind::Ordinary {
        out.code("mappetype", case.kind().norwegian_name(), "");
    }
}

/// The content of a `saksmappeMinimum`.
pub(super) fn minimum(out: &mut Out, case: &Case) {
    minimum_folder(out, case);
    numbered(out, case);
}

/// The content of a `mappeMinimum`.
pub(super) fn minimum_folder(out: &mut Out, case: &Case) {
    named(out, case);
    if let Some(screening) = case.screening() {
        self::screening(out, screening);
    }
    out.key(own_key(case.external_keys(), CASE));
}

/// The content of `mappeNoekler` and, with its number, of `saksmappeNoekler`.
pub(super) fn keys(out: &mut Out, case: &Case, numbered: bool) {
    out.text("systemID", &case.id().uuid().to_string());
    out.text("mappeID", &case.number().to_string());
    out.key(own_key(case.external_keys(), CASE));
    if numbered {
        out.part("saksnummer");
        out.catalogue("saksaar", &case.number().year().to_string());
        out.catalogue("sakssekvensnummer", &case.number().sequence().to_string());
        out.close();
    }
}

/// The elements that a `saksmappe` has beyond a `mappe`.
pub(super) fn numbered(out: &mut Out, case: &Case) {
    out.number("saksaar", case.number().year());
    out.number("sakssekvensnummer", case.number().sequence());
    out.date("saksdato", case.date());
    out.identified("administrativEnhet", Some(case.unit().as_str()));
    out.identified("saksansvarlig", case.case_handler().map(ActorId::as_str));
    out.code("saksstatus", case.status().code(), case.status().norwegian_name());
}

pub(super) fn screening(out: &mut Out, screening: &Screening) {
    out.part("skjerming");
    out.code("tilgangsrestriksjon", screening.code().as_str(), "");
    out.text("skjermingshjemmel", screening.legal_basis());
    if let Some(last_day) = screening.last_day() {
        out.date("skjermingOpphoererDato", last_day);
    }
    out.close();
}

/// The first key of a kind: the one of the system that the record came from.
pub(super) fn own_key<'a>(keys: &'a [ExternalKey], kind: &str) -> Option<&'a ExternalKey> {
    keys.iter().find(|key| key.kind == kind)
}

fn named(out: &mut Out, case: &Case) {
    out.text("systemID", &case.id().uuid().to_string());
    out.text("mappeID", &case.number().to_string());
    out.text("tittel", case.title().expose());
    out.text("offentligTittel", &case.public_title());
}

/// A property as it is kept: `1804-138/2211/0/0`. One that is written otherwise is left out.
fn property(out: &mut Out, value: &str) {
    let Some((municipality, rest)) = value.split_once('-') else { return };
    let numbers: Vec<u32> = rest.split('/').map_while(|number| number.parse().ok()).collect();
    let [farm, title, lease, section] = numbers.as_slice() else { return };
    out.part("matrikkelnummer");
    out.text("kommunenummer", municipality);
    out.number("gardsnummer", farm);
    out.number("bruksnummer", title);
    out.number("festenummer", lease);
    out.number("seksjonsnummer", section);
    out.close();
}
