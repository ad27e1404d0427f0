//! From a shipment to the mail that the engine registers, but for its documents.

use sakarkiv_core::{
    identity::{CountryCode, NationalIdentityNumber, OrganisationNumber, PostalAddress},
    party::PartyIdentity,
    ports::{Correspondent, ItemId, MailKind, ReceivedMail},
    screening::Private,
};

use super::{
    DialogueRule,
    json::Flag,
    shipment::{Extra, FileData, Party, RecordData, Shipment},
};

/// The mail as far as the list tells of it. What is odd but can be lived with becomes a remark, in technical words.
///
/// - The title is the shipment's own; the title of the sender's record goes on record beside it.
/// - The correspondent is the reply address if it has a name, else the sender.
/// - Anything that could mean "confidential" does: the mark itself, the highest level, and values of either that are unknown.
pub(super) fn mail_of(shipment: &Shipment, rule: &DialogueRule) -> ReceivedMail {
    let mut remarks = Vec::new();
    let mut mail = ReceivedMail::new(ItemId(shipment.id.clone()), Private::new(title_of(shipment, &mut remarks)));
    mail.kind = kind_of(shipment, rule);
    mail.received = shipment.received;
    mail.from = correspondent(shipment, &mut remarks);
    mail.to = addressee(shipment, &mut remarks);
    mail.confidential = is_confidential(shipment, &mut remarks);
    mail.our_case = shipment.for_import.case;
    mail.their_case = shipment.theirs.case;
    for (odd, whose) in [(shipment.for_import.odd_case, "our"), (shipment.theirs.odd_case, "the sender's")] {
        if odd {
            remarks.push(format!("the number given for {whose} case is incomplete or out of range"));
        }
    }
    mail.external_reference.clone_from(&shipment.external_reference);
    mail.answers.clone_from(&shipment.answers);
    mail.document_date = shipment.for_import.document_date.or(shipment.theirs.document_date);
    let record = on_record(shipment);
    remarks.extend(record.remarks());
    mail.missing = record.missing().collect();
    mail.extra = record.pairs;
    mail.remarks = remarks;
    mail
}

/// After the rule told at [`DialogueRule`].
fn kind_of(shipment: &Shipment, rule: &DialogueRule) -> MailKind {
    let message_type = shipment.message_type.as_deref();
    let system = shipment.sending_system.as_deref();
    if is_among(message_type, &rule.signed_types) {
        return MailKind::SignedReturn;
    }
    if is_among(message_type, &rule.types) || is_among(system, &rule.systems) {
        return MailKind::Dialogue;
    }
    if let Some(other) = message_type {
        return MailKind::Other(cut(other, LONGEST_TYPE));
    }
    let to_a_person = shipment.reply_to.person.is_some() && shipment.reply_to.organisation.is_none();
    if system.is_none() && shipment.answers.is_some() && to_a_person {
        return MailKind::Dialogue;
    }
    MailKind::Letter
}

fn is_among(text: Option<&str>, known: &[String]) -> bool {
    text.is_some_and(|text| known.iter().any(|one| one.trim().to_lowercase() == text.to_lowercase()))
}

fn title_of(shipment: &Shipment, remarks: &mut Vec<String>) -> String {
    let title = shipment.title.as_deref().or(shipment.theirs.title.as_deref());
    if shipment.title.is_none() {
        remarks.push("it has no title".to_owned());
    }
    let title = title.unwrap_or_default();
    let short = cut(title, LONGEST_TITLE);
    if short.len() < title.len() {
        remarks.push(format!("the title was cut to {LONGEST_TITLE} characters"));
    }
    short
}

fn is_confidential(shipment: &Shipment, remarks: &mut Vec<String>) -> bool {
    let marked = match shipment.confidential_mail {
        Flag::Is(marked) => marked,
        Flag::Absent => false,
        Flag::Unclear => {
            remarks.push("the mark for confidential mail is unreadable and taken as set".to_owned());
            true
        }
    };
    let highest = match shipment.security_level.as_deref() {
        Some("4") => true,
        Some("3") | None => false,
        Some(level) if level.eq_ignore_ascii_case("HOYESTE") => true,
        Some(level) if level.eq_ignore_ascii_case("BETYDELIG") => false,
        Some(_) => {
            remarks.push("the security level is unknown and taken as the highest".to_owned());
            true
        }
    };
    marked || highest
}

fn addressee(shipment: &Shipment, remarks: &mut Vec<String>) -> Option<OrganisationNumber> {
    let number = shipment.addressee_number.as_deref().map(OrganisationNumber::parse);
    match number {
        Some(Ok(number)) => Some(number),
        Some(Err(_)) => {
            remarks.push("the addressee's organisation number is malformed".to_owned());
            None
        }
        None => {
            remarks.push("it does not tell which organisation number it is addressed to".to_owned());
            None
        }
    }
}

/// The reply address if it has a name, else the sender.
///
/// A reply address with a number alone (eDialog from a person) lends its number to a sender who has none: replies are to go
/// to that number. A sender with a number of its own is somebody else, and stays as it is.
fn correspondent(shipment: &Shipment, remarks: &mut Vec<String>) -> Option<Correspondent> {
    let (reply_to, sender) = (&shipment.reply_to, &shipment.sender);
    if reply_to.name.is_some() {
        return contact(reply_to, identity(reply_to, remarks), remarks);
    }
    let own = identity(sender, remarks);
    let lent = if own.is_none() { identity(reply_to, remarks) } else { None };
    if lent.is_some() {
        remarks.push("the reply address has a number but no name; the sender's name stands with it".to_owned());
    }
    contact(sender, own.or(lent), remarks)
}

fn contact(party: &Party, identity: Option<PartyIdentity>, remarks: &mut Vec<String>) -> Option<Correspondent> {
    if party.name.is_none() && identity.is_none() {
        remarks.push("it names no sender".to_owned());
        return None;
    }
    let name = Private::new(cut(party.name.as_deref().unwrap_or_default(), LONGEST_NAME));
    Some(Correspondent { name, identity, address: address(party, remarks) })
}

fn identity(party: &Party, remarks: &mut Vec<String>) -> Option<PartyIdentity> {
    if let Some(number) = &party.organisation {
        match OrganisationNumber::parse(number) {
            Ok(number) => return Some(PartyIdentity::Organisation(number)),
            Err(_) => remarks.push("the correspondent's organisation number is malformed".to_owned()),
        }
    }
    let number = NationalIdentityNumber::parse(party.person.as_deref()?);
    if number.is_err() {
        remarks.push("the correspondent's national identity number is malformed".to_owned());
    }
    number.ok().map(PartyIdentity::Person)
}

/// The address, if it has at least a line and a city. Many have a city only, which is no reason for a remark.
fn address(party: &Party, remarks: &mut Vec<String>) -> Option<PostalAddress> {
    if party.lines.is_empty() {
        return None;
    }
    let city = party.city.as_deref().unwrap_or_default();
    let usable = country(party.country.as_deref())
        .and_then(|country| PostalAddress::foreign(&party.lines, party.postal_code.as_deref(), city, country).ok());
    if usable.is_none() {
        remarks.push("the correspondent's address is incomplete or too long".to_owned());
    }
    usable
}

/// A country by its code or one of its usual names. Nothing told is Norway.
fn country(text: Option<&str>) -> Option<CountryCode> {
    const NAMES: [(&str, &str); 14] = [
        ("NORGE", "NO"),
        ("NOREG", "NO"),
        ("NORWAY", "NO"),
        ("NOR", "NO"),
        ("SVERIGE", "SE"),
        ("SWEDEN", "SE"),
        ("DANMARK", "DK"),
        ("DENMARK", "DK"),
        ("FINLAND", "FI"),
        ("ISLAND", "IS"),
        ("TYSKLAND", "DE"),
        ("STORBRITANNIA", "GB"),
        ("POLEN", "PL"),
        ("USA", "US"),
    ];
    let Some(text) = text else { return Some(CountryCode::norway()) };
    let upper = text.to_uppercase();
    let code = NAMES.iter().find(|(name, _)| *name == upper).map_or(upper.as_str(), |(_, code)| *code);
    CountryCode::new(code).ok()
}

/// Everything else that was told, so that nothing is lost: the sender's own keys as given, ours beginning with `svarinn.`.
fn on_record(shipment: &Shipment) -> OnRecord {
    let mut record = OnRecord::default();
    let is_cut = |title: &&str| title.chars().nth(LONGEST_TITLE).is_some();
    let titles_differ = shipment.theirs.title.is_some() && shipment.theirs.title != shipment.title;
    record.add("svarinn.tittel", shipment.title.as_deref().filter(is_cut));
    record.add("svarinn.type", shipment.message_type.as_deref());
    record.add("svarinn.korrelasjonsid", shipment.correlation.as_deref());
    record.add("svarinn.avgivendeSystem", shipment.sending_system.as_deref());
    record.add("svarinn.avgivendeSystemAktor", shipment.sending_actor.as_deref());
    record.add("svarinn.avleverendeSystem.tittel", shipment.theirs.title.as_deref().filter(|_| titles_differ));
    record.add("svarinn.import.tittel", shipment.for_import.title.as_deref());
    record.add_data("svarinn.avleverendeSystem", &shipment.theirs);
    record.add_data("svarinn.import", &shipment.for_import);
    for (n, (text, address)) in shipment.links.iter().enumerate() {
        record.add(&format!("svarinn.lenke.{}", n + 1), Some(address));
        record.add(&format!("svarinn.lenke.{}.tekst", n + 1), text.as_deref());
    }
    for (n, file) in shipment.files.iter().enumerate() {
        record.add_file(n + 1, file);
    }
    record.add_extras("", shipment.theirs.extra.iter().chain(&shipment.for_import.extra));
    record
}

#[derive(Default)]
struct OnRecord {
    pairs: Vec<(String, Private<String>)>,
    odd_keys: usize,
    left_out: usize,
    cut: usize,
}

impl OnRecord {
    fn add(&mut self, key: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        if self.pairs.len() >= MOST_PAIRS {
            self.left_out += 1;
            return;
        }
        let short = cut(value, LONGEST_VALUE);
        self.cut += usize::from(short.len() < value.len());
        self.pairs.push((key.to_owned(), Private::new(short)));
    }

    fn add_data(&mut self, prefix: &str, data: &RecordData) {
        for (name, value) in &data.others {
            self.add(&format!("{prefix}.{name}"), Some(value));
        }
    }

    fn add_file(&mut self, number: usize, file: &FileData) {
        let prefix = format!("svarinn.dokument.{number}.");
        self.add(&format!("{prefix}type"), file.document_type.as_deref());
        self.add_extras(&prefix, file.extra.iter());
    }

    /// Keys that are missing or would be no XML name are mended; the value is kept either way.
    fn add_extras<'a>(&mut self, prefix: &str, extras: impl Iterator<Item = &'a Extra>) {
        for extra in extras {
            let given = extra.key.as_deref().unwrap_or_default();
            let key = key_of(given);
            self.odd_keys += usize::from(key != given);
            self.add(&format!("{prefix}{key}"), Some(extra.value.as_deref().unwrap_or_default()));
        }
    }

    fn remarks(&self) -> impl Iterator<Item = String> {
        counted([(self.odd_keys, "keys of further metadata were missing or malformed and have been mended")])
    }

    fn missing(&self) -> impl Iterator<Item = String> {
        counted([
            (self.left_out, "further metadata beyond the limit were left out"),
            (self.cut, "values of further metadata were cut"),
        ])
    }
}

fn counted<const N: usize>(told: [(usize, &'static str); N]) -> impl Iterator<Item = String> {
    told.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"))
}

/// A key that may stand in logs and be an XML name.
fn key_of(given: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mended = given.chars().take(LONGEST_KEY).map(|c| if allowed(c) { c } else { '_' }).collect::<String>();
    match mended.chars().next() {
        None => "uten-navn".to_owned(),
        Some(first) if first.is_alphabetic() || first == '_' => mended,
        Some(_) => format!("_{mended}"),
    }
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim_end().to_owned()
}

/// SvarUt's own limit for titles.
const LONGEST_TITLE: usize = 1000;
const LONGEST_NAME: usize = 300;
const LONGEST_TYPE: usize = 100;
const LONGEST_KEY: usize = 100;
const LONGEST_VALUE: usize = 4000;
const MOST_PAIRS: usize = 400;
