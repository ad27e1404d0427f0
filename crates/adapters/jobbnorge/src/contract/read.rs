//! From bytes to a delivery.

use sakarkiv_core::{
    case::CaseNumber,
    document::{ContentHash, MediaType},
    identity::{NationalIdentityNumber, OrganisationNumber},
    screening::Private,
};
use serde_json::Value;

use super::{
    Applicant, ApplicantStatus, AskedScreening, CONTRACT, DeliveredDocument, Delivery, Direction, DocumentKind,
    Employer, Event, Exemption, Fault, FileRef, Gender, MOST_APPLICANTS, MOST_DOCUMENTS, Responsible, Vacancy,
    VacancyDeadline,
    reader::{Faults, Members, Node},
};

impl Delivery {
    /// Reads a delivery and checks its form: everything the schema `rekruttering-leveranse-v1` demands, and that numbers
    /// and dates are real ones. What the documents and applicants must be to each other is checked by
    /// [`check`](Self::check).
    ///
    /// # Errors
    /// Every fault at once, each with its place. No fault shows anything of the content.
    pub fn read(bytes: &[u8]) -> Result<Self, Vec<Fault>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            vec![Fault::invalid("", format!("is no JSON: the reading stopped at line {line}, column {column}"))]
        })?;
        Self::from_json(&value)
    }

    /// As [`read`](Self::read), of JSON that was read already.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_json(value: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::default();
        let read = delivery(value, &mut faults);
        match read {
            Some(delivery) if faults.0.is_empty() => Ok(delivery),
            _ if faults.0.is_empty() => Err(vec![Fault::invalid("", "cannot be read")]),
            _ => Err(faults.0),
        }
    }
}

fn delivery(value: &Value, faults: &mut Faults) -> Option<Delivery> {
    let known =
        ["kontrakt", "leveranseId", "hendelse", "sekvens", "tidspunkt", "virksomhet", "sak", "soekere", "dokumenter"];
    let root = Node::root(value).members(&known, faults)?;
    let contract = root.need_parsed("kontrakt", CONTRACT, |text| (text == CONTRACT).then_some(()), faults);
    let id = root.need_text("leveranseId", 128, faults);
    let event = root.need_parsed("hendelse", "one of the contract's events", Event::of_word, faults);
    let sequence = root.number("sekvens", 1, u64::MAX, faults);
    let at = root.need_moment("tidspunkt", faults);
    let employer = root.required("virksomhet", faults).and_then(|node| employer(&node, faults));
    let vacancy = root.required("sak", faults).and_then(|node| vacancy(&node, faults));
    let applicants = root.items("soekere", MOST_APPLICANTS, faults);
    let applicants = applicants.iter().map(|node| applicant(node, faults)).collect::<Vec<_>>();
    let documents = root.items("dokumenter", MOST_DOCUMENTS, faults);
    let documents = documents.iter().map(|node| document(node, faults)).collect::<Vec<_>>();
    let brings = matches!(event, Some(Event::DocumentReady | Event::DocumentReplaced | Event::DocumentWithdrawn));
    if brings && documents.is_empty() {
        faults.add("/dokumenter", "must have at least one document at this event");
    }
    contract?;
    Some(Delivery {
        id: id?,
        event: event?,
        sequence,
        at: at?,
        employer: employer?,
        vacancy: vacancy?,
        applicants: applicants.into_iter().collect::<Option<_>>()?,
        documents: documents.into_iter().collect::<Option<_>>()?,
    })
}

fn employer(node: &Node<'_>, faults: &mut Faults) -> Option<Employer> {
    let members = node.members(&["organisasjonsnummer", "enhetskode", "enhetsnavn"], faults)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| OrganisationNumber::parse(text).ok().filter(|_| digits(text));
    let number = members.need_parsed("organisasjonsnummer", "an organisation number of nine digits", number, faults);
    let unit_code = members.text("enhetskode", 100, faults);
    let unit_name = members.text("enhetsnavn", 500, faults);
    Some(Employer { number: number?, unit_code, unit_name })
}

fn vacancy(node: &Node<'_>, faults: &mut Faults) -> Option<Vacancy> {
    let known = [
        "eksternId",
        "referanse",
        "stillingstittel",
        "antallStillinger",
        "arbeidssted",
        "soeknadsfrist",
        "publisertFra",
        "saksansvarlig",
        "arkivSaksnummer",
    ];
    let members = node.members(&known, faults)?;
    let external_id = members.need_text("eksternId", 128, faults);
    let reference = members.text("referanse", 64, faults);
    let title = members.need_text("stillingstittel", 500, faults);
    let positions = members.number("antallStillinger", 1, 100_000, faults);
    let workplace = members.text("arbeidssted", 500, faults);
    let deadline = deadline(&members, faults);
    let published = members.date("publisertFra", faults);
    let responsible = members.node("saksansvarlig").and_then(|node| responsible(&node, faults));
    let case_number = members.parsed("arkivSaksnummer", "a case number such as 2026/318", case_number, faults);
    let (external_id, title) = (external_id?, title?);
    Some(Vacancy { external_id, reference, title, positions, workplace, deadline, published, responsible, case_number })
}

fn deadline(members: &Members<'_>, faults: &mut Faults) -> VacancyDeadline {
    if members.is_null("soeknadsfrist") {
        return VacancyDeadline::Continuous;
    }
    members.date("soeknadsfrist", faults).map_or(VacancyDeadline::Untold, VacancyDeadline::Day)
}

/// Only the plain form of the contract: a year of four digits and a number, without blanks or zeros in front.
fn case_number(text: &str) -> Option<CaseNumber> {
    CaseNumber::parse(text).ok().filter(|number| number.to_string() == text)
}

fn responsible(node: &Node<'_>, faults: &mut Faults) -> Option<Responsible> {
    let members = node.members(&["navn", "brukernavn", "epost"], faults)?;
    Some(Responsible {
        user: members.text("brukernavn", 100, faults),
        name: members.text("navn", 500, faults).map(Private::new),
        email: members.text("epost", 500, faults).map(Private::new),
    })
}

fn applicant(node: &Node<'_>, faults: &mut Faults) -> Option<Applicant> {
    let known = [
        "soekerId",
        "navn",
        "foedselsnummer",
        "alder",
        "kjoenn",
        "naavaerendeStilling",
        "kommune",
        "unntakOffentlighet",
        "status",
    ];
    let members = node.members(&known, faults)?;
    let id = members.need_text("soekerId", 128, faults);
    let eleven = |text: &str| text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| NationalIdentityNumber::parse(text).ok().filter(|_| eleven(text));
    let number = members.parsed("foedselsnummer", "a national identity number of eleven digits", number, faults);
    let age = members.number("alder", 0, 120, faults).and_then(|age| u8::try_from(age).ok());
    let gender = members.parsed("kjoenn", "a gender of the contract", Gender::of_word, faults);
    let exemption = members.parsed("unntakOffentlighet", "an exemption of the contract", Exemption::of_word, faults);
    let status = members.parsed("status", "a status of the contract", ApplicantStatus::of_word, faults);
    Some(Applicant {
        id: id?,
        name: members.text("navn", 500, faults).map(Private::new),
        number,
        age,
        gender: gender.unwrap_or(Gender::Unknown),
        position: members.text("naavaerendeStilling", 500, faults).map(Private::new),
        municipality: members.text("kommune", 500, faults).map(Private::new),
        exemption: exemption.unwrap_or(Exemption::NotAsked),
        status: status.unwrap_or(ApplicantStatus::Active),
    })
}

fn document(node: &Node<'_>, faults: &mut Faults) -> Option<DeliveredDocument> {
    let known = [
        "dokumentId",
        "versjon",
        "erstatterVersjon",
        "dokumenttype",
        "tittel",
        "offentligTittel",
        "retning",
        "dokumentdato",
        "soekerId",
        "hoveddokumentId",
        "skjerming",
        "fil",
    ];
    let members = node.members(&known, faults)?;
    let id = members.need_text("dokumentId", 128, faults);
    members.required("versjon", faults);
    let version = members.number("versjon", 1, u64::from(u32::MAX), faults);
    let replaces = members.number("erstatterVersjon", 1, u64::from(u32::MAX), faults);
    let kind = members.need_parsed("dokumenttype", "a kind of the contract", DocumentKind::of_word, faults);
    let title = members.need_text("tittel", 2_000, faults);
    let public_title = members.full_text("offentligTittel", 2_000, faults);
    let direction = members.parsed("retning", "`inn`, `ut` or `internt`", Direction::of_word, faults);
    let date = members.date("dokumentdato", faults);
    let applicant = members.full_text("soekerId", 128, faults);
    let attached_to = members.full_text("hoveddokumentId", 128, faults);
    let screening = members.node("skjerming").and_then(|node| screening(&node, faults));
    let file = members.node("fil").and_then(|node| file(&node, faults));
    Some(DeliveredDocument {
        id: id?,
        version: version?,
        replaces,
        kind: kind?,
        title: Private::new(title?),
        public_title: public_title.map(Private::new),
        direction,
        date,
        applicant,
        attached_to,
        screening,
        file,
    })
}

fn screening(node: &Node<'_>, faults: &mut Faults) -> Option<AskedScreening> {
    let members = node.members(&["tilgangskode", "hjemmel", "opphoerer"], faults)?;
    let code = members.need_text("tilgangskode", 70, faults);
    let legal_basis = members.need_text("hjemmel", 500, faults);
    let until = members.date("opphoerer", faults);
    Some(AskedScreening { code: code?, legal_basis: legal_basis?, until })
}

fn file(node: &Node<'_>, faults: &mut Faults) -> Option<FileRef> {
    let members = node.members(&["filnavn", "mimetype", "stoerrelse", "sha256", "del", "hentUrl"], faults)?;
    let name = members.need_text("filnavn", 255, faults);
    let media_type = members.need_parsed("mimetype", "a media type in small letters", media_type, faults);
    members.required("stoerrelse", faults);
    let size = members.number("stoerrelse", 1, u64::MAX, faults);
    let hash = members.need_parsed("sha256", "64 hexadecimal digits in small letters", hash, faults);
    let part = members.text("del", 255, faults);
    let url = members.text("hentUrl", 2_000, faults);
    Some(FileRef { name: Private::new(name?), media_type: media_type?, size: size?, hash: hash?, part, url })
}

/// `type/subtype` with the few characters that the contract allows.
fn media_type(text: &str) -> Option<MediaType> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'/');
    MediaType::parse(text).ok().filter(|kind| kind.as_str() == text && text.bytes().all(allowed))
}

fn hash(text: &str) -> Option<ContentHash> {
    let small = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    ContentHash::parse(text).ok().filter(|_| small)
}
