use serde::Serialize;

/// What the four endpoints share.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Common<'a> {
    pub(crate) tittel: String,
    pub(crate) avgivende_system: &'a str,
    pub(crate) avgivende_system_aktor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) konteringskode: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) kryptert: bool,
    pub(crate) utskriftskonfigurasjon: Printing,
    #[serde(rename = "svarPaForsendelseId", skip_serializing_if = "Option::is_none")]
    pub(crate) answers: Option<String>,
    pub(crate) ekstern_referanse: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) korrelasjonsid: Option<&'a str>,
}

/// What letters to mailboxes share.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mailbox<'a> {
    pub(crate) mottaker: Addressed<'a>,
    pub(crate) sikkerhetsniva: Level,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) kun_digital_levering: bool,
    #[serde(rename = "kanSvareViaEdialog", skip_serializing_if = "is_false")]
    pub(crate) dialogue: bool,
    pub(crate) svar_sendes_til: ReplyTo<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PersonShipment<'a> {
    #[serde(flatten)]
    pub(crate) common: Common<'a>,
    #[serde(flatten)]
    pub(crate) mailbox: Mailbox<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signering: Option<Signing>,
    pub(crate) dokumenter: Vec<PersonDocument<'a>>,
}

/// A signing order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signing {
    pub(crate) signering_utloper: String,
    pub(crate) signatur_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganisationShipment<'a> {
    #[serde(flatten)]
    pub(crate) common: Common<'a>,
    #[serde(flatten)]
    pub(crate) mailbox: Mailbox<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) forsendelsestype: Option<&'a str>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) taushetsbelagt_post: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metadata_fra_avleverende_system: Option<NoarkMetadata>,
    pub(crate) dokumenter: Vec<OrganisationDocument<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PrintShipment<'a> {
    #[serde(flatten)]
    pub(crate) common: Common<'a>,
    pub(crate) mottaker: PaperAddress<'a>,
    pub(crate) svar_sendes_til: ReplyTo<'a>,
    pub(crate) dokumenter: Vec<PaperDocument<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HealthShipment<'a> {
    #[serde(flatten)]
    pub(crate) common: Common<'a>,
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) kun_digital_levering: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) beskrivelse: Option<String>,
    pub(crate) mottakertype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mottaker_her_id: Option<u32>,
    pub(crate) avsender_kontakt: Contact<'a>,
    pub(crate) pasient: Patient<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Level {
    /// Level 3 (BETYDELIG).
    Betydelig,
    /// Level 4 (HOYESTE): documents must be encrypted.
    Hoyeste,
}

#[derive(Debug, Serialize)]
pub(crate) struct Printing {
    pub(crate) tosidig: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Addressed<'a> {
    pub(crate) navn: String,
    pub(crate) digital_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adresse: Option<Address<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct PaperAddress<'a> {
    pub(crate) navn: &'a str,
    pub(crate) adresse: Address<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplyTo<'a> {
    pub(crate) navn: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) digital_id: &'a str,
    pub(crate) adresse: Address<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Address<'a> {
    pub(crate) adresselinje1: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adresselinje2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adresselinje3: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postnummer: Option<&'a str>,
    pub(crate) poststed: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) landkode: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonDocument<'a> {
    pub(crate) filnavn: &'a str,
    pub(crate) mime_type: &'a str,
    #[serde(rename = "skalSigneres", skip_serializing_if = "is_false")]
    pub(crate) to_sign: bool,
    #[serde(rename = "skalEkskluderesFraUtskrift", skip_serializing_if = "is_false")]
    pub(crate) not_printed: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganisationDocument<'a> {
    pub(crate) filnavn: &'a str,
    pub(crate) mime_type: &'a str,
    #[serde(rename = "skalEkskluderesFraUtskrift", skip_serializing_if = "is_false")]
    pub(crate) not_printed: bool,
    #[serde(rename = "inneholderPersonsensitivInformasjon", skip_serializing_if = "is_false")]
    pub(crate) sensitive: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaperDocument<'a> {
    pub(crate) filnavn: &'a str,
    pub(crate) mime_type: &'a str,
}

/// Noark metadata of the sender's own case. Years are from 1000 and numbers from 1 by their own types: the interface takes
/// no zero for "not set".
#[derive(Debug, Serialize)]
pub(crate) struct NoarkMetadata {
    #[serde(rename = "mappeSystemId")]
    pub(crate) folder_system_id: String,
    #[serde(rename = "saksaar")]
    pub(crate) case_year: u16,
    #[serde(rename = "sakssekvensnummer")]
    pub(crate) case_sequence: u32,
    #[serde(rename = "systemId")]
    pub(crate) system_id: String,
    #[serde(rename = "registreringsId")]
    pub(crate) registration_id: String,
    #[serde(rename = "journalaar")]
    pub(crate) journal_year: u16,
    #[serde(rename = "journalsekvensnummer")]
    pub(crate) journal_sequence: u32,
    #[serde(rename = "journalpostnummer")]
    pub(crate) number_in_case: u32,
    #[serde(rename = "journalposttype")]
    pub(crate) kind: &'static str,
    #[serde(rename = "journalstatus")]
    pub(crate) status: &'static str,
    #[serde(rename = "journaldato", skip_serializing_if = "Option::is_none")]
    pub(crate) journal_date: Option<String>,
    #[serde(rename = "dokumentetsDato", skip_serializing_if = "Option::is_none")]
    pub(crate) document_date: Option<String>,
    #[serde(rename = "tittel", skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Contact<'a> {
    pub(crate) fornavn: &'a str,
    pub(crate) etternavn: &'a str,
    pub(crate) telefonnummer: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Patient<'a> {
    pub(crate) fodselsnummer: &'a str,
    pub(crate) fornavn: &'a str,
    pub(crate) etternavn: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
