//! A public record as the objects of eInnsyn.

use chrono::Months;
use sakarkiv_core::{
    calendar::oslo_date,
    identity::Timestamp,
    journal::{DocumentRole, EntryKind},
    party::PartyRole,
    publication::{PublicDocument, PublicFile, PublicParty, PublicRecord, PublicText, PublicUnit},
};
use serde_json::json;
use uuid::Uuid;

use super::{kind::Kind, node::Node};
use crate::{
    config::EInnsynConfig,
    ids::part_of,
    text::{LONGEST, fitted, fitted_some},
};

/// How texts with names of people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// As the record shows them; eInnsyn lets them be found for a year from the day it got the entry.
    Shown,
    /// Not at all: that year would end too late.
    Left,
}

impl Names {
    /// eInnsyn counts its year from the day it got an entry. Where it got one so late that its year would end more than a month
    /// after the time in which names may be found, it gets no names (offentlegforskrifta § 6). The month is for what lies between
    /// the journal date and the publication of any entry.
    pub(crate) fn of(record: &PublicRecord, got: Timestamp) -> Self {
        let found_until = oslo_date(got).checked_add_months(Months::new(12));
        let at_the_latest = record.names_searchable_until.checked_add_months(Months::new(1));
        match (found_until, at_the_latest) {
            (Some(found), Some(latest)) if found > latest => Self::Left,
            _ => Self::Shown,
        }
    }

    /// The text that is shown.
    fn of_text(self, text: &PublicText) -> &str {
        match self {
            Self::Shown => &text.shown,
            Self::Left => &text.searchable,
        }
    }
}

/// Makes the objects of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maker<'a> {
    pub(crate) config: &'a EInnsynConfig,
    pub(crate) names: Names,
}

impl Maker<'_> {
    /// The case, without its entries.
    pub(crate) fn case(self, record: &PublicRecord) -> Node {
        let case = &record.case;
        self.titled(Node::new(Kind::Saksmappe, Some(case.id.uuid())), &case.title)
            .with("saksaar", case.number.year())
            .with("sakssekvensnummer", case.number.sequence())
            .with("saksdato", case.date.to_string())
            .with("administrativEnhet", self.code(&case.unit))
            .seen_from(record.journal.accessible_after)
    }

    /// The entry with its parties and documents.
    pub(crate) fn entry(self, record: &PublicRecord) -> Node {
        let journal = &record.journal;
        let number = journal.number;
        let screening = journal.screening.as_ref().map(|screening| {
            Node::new(Kind::Skjerming, None)
                .with("tilgangsrestriksjon", fitted(&screening.code, LONGEST))
                .with("skjermingshjemmel", fitted(&screening.legal_basis, LONGEST))
        });
        let responsible =
            record.parties.iter().find(|party| party.unit.as_ref().is_some_and(|unit| unit.id == journal.unit.id));
        let whole = record.entry.uuid();
        let party = |party: &PublicParty| self.party(whole, party, responsible.map(|one| one.id) == Some(party.id));
        self.titled(Node::new(Kind::Journalpost, Some(whole)), &journal.title)
            .with("journalaar", number.journal_year())
            .with("journalsekvensnummer", number.journal_sequence())
            .with("journalpostnummer", number.number())
            .with("journalposttype", kind(journal.kind))
            .with("journaldato", journal.journal_date.to_string())
            .with_some("dokumentetsDato", journal.document_date.map(|date| date.to_string()))
            .with("administrativEnhet", self.code(&journal.unit))
            .with_one("skjerming", screening)
            .with_list("korrespondansepart", record.parties.iter().map(party).collect())
            .with_list("dokumentbeskrivelse", self.documents(whole, &record.documents))
            .seen_from(journal.accessible_after)
    }

    /// Documents below something, which makes them its own.
    pub(crate) fn documents(self, whole: Uuid, documents: &[PublicDocument]) -> Vec<Node> {
        documents.iter().map(|document| self.document(whole, document)).collect()
    }

    /// The two titles of something.
    pub(crate) fn titled(self, node: Node, title: &PublicText) -> Node {
        node.with("offentligTittel", fitted(&title.searchable, LONGEST))
            .with("offentligTittelSensitiv", fitted(self.names.of_text(title), LONGEST))
    }

    /// The code of a unit, as eInnsyn knows it.
    pub(crate) fn code(self, unit: &PublicUnit) -> String {
        self.config.units.get(&unit.id).cloned().unwrap_or_else(|| unit.id.as_str().to_owned())
    }

    fn party(self, whole: Uuid, party: &PublicParty, responsible: bool) -> Node {
        Node::new(Kind::Korrespondansepart, Some(part_of(whole, "party", party.id.uuid().as_bytes())))
            .with("korrespondansepartNavn", fitted(&party.name.searchable, LONGEST))
            .with("korrespondansepartNavnSensitiv", fitted(self.names.of_text(&party.name), LONGEST))
            .with("korrespondanseparttype", role(party.role))
            .with_some("administrativEnhet", party.unit.as_ref().map(|unit| self.code(unit)))
            .with("erBehandlingsansvarlig", responsible)
    }

    fn document(self, whole: Uuid, document: &PublicDocument) -> Node {
        let id = part_of(whole, "document", document.id.uuid().as_bytes());
        let role = match document.role {
            DocumentRole::Main => "hoveddokument",
            DocumentRole::Attachment => "vedlegg",
        };
        let file = document.file.as_ref().and_then(|file| self.file(whole, id, document, file));
        Node::new(Kind::Dokumentbeskrivelse, Some(id))
            .with("tittel", fitted(&document.title.searchable, LONGEST))
            .with("tittelSensitiv", fitted(self.names.of_text(&document.title), LONGEST))
            .with("dokumentnummer", document.number)
            .with_some("dokumenttype", fitted_some(Some(&document.kind), LONGEST))
            .with("tilknyttetRegistreringSom", role)
            .with_list("dokumentobjekt", file.into_iter().collect())
    }

    /// The file, by the address it has with us; none where no address is configured.
    fn file(self, whole: Uuid, described: Uuid, document: &PublicDocument, file: &PublicFile) -> Option<Node> {
        let address = self.config.file_address(whole, document.id, file.name.as_str())?;
        let format = file.name.extension().map(str::to_ascii_lowercase);
        let node = Node::new(Kind::Dokumentobjekt, Some(part_of(described, "file", &[])))
            .with("referanseDokumentfil", address)
            .with("format", format.unwrap_or_else(|| file.media_type.as_str().to_owned()))
            .with("sjekksum", json!(file.content.hash.to_string()))
            .with("sjekksumAlgoritme", "SHA-256");
        Some(node.seen_from(file.accessible_after))
    }
}

const fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Incoming => "inngaaende_dokument",
        EntryKind::Outgoing => "utgaaende_dokument",
        EntryKind::InternalFollowUp => "organinternt_dokument_for_oppfoelging",
        EntryKind::Internal => "organinternt_dokument_uten_oppfoelging",
        EntryKind::Proposal => "saksframlegg",
    }
}

/// eInnsyn knows no joint sender; to readers it is a sender.
const fn role(role: PartyRole) -> &'static str {
    match role {
        PartyRole::Sender | PartyRole::CoSender => "avsender",
        PartyRole::Recipient => "mottaker",
        PartyRole::CopyRecipient => "kopimottaker",
        PartyRole::GroupRecipient => "gruppemottaker",
        PartyRole::InternalSender => "intern_avsender",
        PartyRole::InternalRecipient => "intern_mottaker",
        PartyRole::InternalCopyRecipient => "intern_kopimottaker",
    }
}
