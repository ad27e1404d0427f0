use sakarkiv_core::{
    document::DocumentVersion,
    identity::FileId,
    intake::{CaseOutcome, CaseReceipt, EntryOutcome, EntryReceipt, Receipt},
    text::ExternalKey,
};

use super::out::Out;
use crate::message::{CaseForm, Create, EntryForm};

/// `arkivmeldingKvittering`: what the case and the entry of a message became.
pub(crate) fn create_receipt(create: &Create, receipt: &Receipt) -> String {
    let mut out = Out::message("arkivmeldingKvittering", "arkivmelding/opprett/kvittering/v1");
    if let Some(form) = create.case {
        case(&mut out, form, create.consignment.facts.external_keys.first(), &receipt.case);
    }
    if let (Some(form), Some(entry)) = (create.entry, receipt.entries.first()) {
        registered(&mut out, form, &create.numbers, entry);
    }
    out.finish()
}

/// `dokumentobjektOpprettKvittering`: what a file that was added is stored as.
pub(crate) fn file_receipt(id: FileId, version: &DocumentVersion) -> String {
    let mut out = Out::message("dokumentobjektOpprettKvittering", "dokumentobjekt/opprett/kvittering/v1");
    out.text("systemID", &id.to_string());
    out.moment("opprettetDato", version.created);
    out.text("opprettetAv", version.created_by.as_str());
    out.finish()
}

fn case(out: &mut Out, form: CaseForm, key: Option<&ExternalKey>, receipt: &CaseReceipt) {
    out.open_as("mappeKvittering", matches!(form, CaseForm::Case).then_some("saksmappeKvittering"));
    out.text("systemID", &receipt.id.uuid().to_string());
    out.text("mappeID", &receipt.number.to_string());
    out.key(key.filter(|key| key.kind == sakarkiv_core::intake::reference::CASE));
    out.text("opprettetEllerEksisterende", made(receipt.outcome == CaseOutcome::Opened));
    if form == CaseForm::Case {
        out.number("saksaar", receipt.number.year());
        out.number("sakssekvensnummer", receipt.number.sequence());
    }
    out.close();
}

fn registered(out: &mut Out, form: EntryForm, numbers: &[i32], receipt: &EntryReceipt) {
    let journal = form == EntryForm::JournalEntry;
    out.open_as("registreringKvittering", journal.then_some("journalpostKvittering"));
    out.text("systemID", &receipt.id.uuid().to_string());
    for (document, number) in receipt.documents.iter().zip(numbers) {
        out.part("dokumentbeskrivelseKvittering");
        out.text("systemID", &document.uuid().to_string());
        out.number("dokumentnummer", *number);
        out.close();
    }
    out.text("registreringsID", &receipt.number.to_string());
    out.key(receipt.key.as_ref());
    out.text(
        "opprettetEllerEksisterende",
        made(matches!(receipt.outcome, EntryOutcome::Registered | EntryOutcome::Renewed)),
    );
    if journal {
        out.number("journalaar", receipt.number.journal_year());
        out.number("journalsekvensnummer", receipt.number.journal_sequence());
        out.number("journalpostnummer", receipt.number.number());
    }
    out.close();
}

const fn made(now: bool) -> &'static str {
    if now { "Opprettet" } else { "Eksisterende" }
}
