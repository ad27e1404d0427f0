//! Changes of records that the archive has. Each is looked at before it is made, so that a message that comes again changes
//! nothing more.

use sakarkiv_core::{
    case::{Case, CaseAmendment, CaseChange, CaseStatus},
    identity::{ActorId, UnitId},
    intake::ScreeningWish,
    journal::{Amendment, Change, JournalEntry},
    ports::{ArchiveDesk, ArchiveError},
    screening::{AccessCode, Hides, Screening},
    text::ExternalKey,
};
use uuid::Uuid;

use crate::message::{Update, UpdateOf};

/// Makes the changes of an `arkivmeldingOppdatering` that came in this message.
pub(crate) async fn apply(desk: &dyn ArchiveDesk, message: Uuid, update: Update) -> Result<(), ArchiveError> {
    match &update.of {
        UpdateOf::Case { name, status, .. } => {
            let (case, status) = (desk.case(name).await?, *status);
            if let Some(amendment) = case_amendment(&case, update)? {
                desk.amend_case(case.id(), amendment).await?;
            }
            match status.map(allowed) {
                Some(status) if status != case.status() && case.status() != CaseStatus::Closed => {
                    desk.move_case(case.id(), status).await
                }
                _ => Ok(()),
            }
        }
        UpdateOf::Entry { name, status, .. } => {
            let (entry, status) = (desk.entry(name).await?, *status);
            if let Some(amendment) = entry_amendment(&entry, message, update)? {
                desk.amend_entry(entry.id(), amendment).await?;
            }
            match status {
                Some(status) if status != entry.status() => desk.move_entry(entry.id(), status).await,
                _ => Ok(()),
            }
        }
    }
}

/// A specialist system says that it is done with a case; the archive closes it.
const fn allowed(status: CaseStatus) -> CaseStatus {
    match status {
        CaseStatus::Closed => CaseStatus::HandlerClosed,
        other => other,
    }
}

fn case_amendment(case: &Case, update: Update) -> Result<Option<CaseAmendment>, ArchiveError> {
    let mut changes = Vec::new();
    changes.extend(update.title.filter(|title| title != case.title()).map(CaseChange::Title));
    let public = update.public_title.map(|title| CaseChange::PublicTitle(Some(title)));
    let stored = |change: &CaseChange| case.amend(change.clone().into()).is_ok_and(|same| same == *case);
    changes.extend(public.filter(|change| !stored(change)));
    if let Some(wish) = update.screening {
        let screening = screening(wish, case.screening())?;
        changes.extend((screening.as_ref() != case.screening()).then_some(CaseChange::Screening(screening)));
    }
    let keys = with_key(case.external_keys(), update.key);
    changes.extend(keys.map(CaseChange::ExternalKeys));
    if let UpdateOf::Case { unit, handler, date, .. } = update.of {
        let unit =
            unit.map(|unit| UnitId::new(unit.to_lowercase())).transpose().map_err(|_| unknown("administrativEnhet"))?;
        changes.extend(unit.filter(|unit| unit != case.unit()).map(CaseChange::Unit));
        let handler = handler
            .map(|handler| ActorId::new(handler.to_lowercase()))
            .transpose()
            .map_err(|_| unknown("saksansvarlig"))?;
        let handler = handler.filter(|handler| Some(handler) != case.case_handler());
        changes.extend(handler.map(|handler| CaseChange::CaseHandler(Some(handler))));
        changes.extend(date.filter(|date| *date != case.date()).map(CaseChange::Date));
    }
    let mut changes = changes.into_iter();
    Ok(changes.next().map(|first| changes.fold(CaseAmendment::new(first), CaseAmendment::and)))
}

fn entry_amendment(entry: &JournalEntry, message: Uuid, update: Update) -> Result<Option<Amendment>, ArchiveError> {
    let mut changes = Vec::new();
    changes.extend(update.title.filter(|title| title != entry.title()).map(Change::Title));
    let public = update.public_title.map(|title| Change::PublicTitle(Some(title)));
    let stored = |change: &Change| entry.amend(change.clone().into()).is_ok_and(|same| same == *entry);
    changes.extend(public.filter(|change| !stored(change)));
    if let Some(wish) = update.screening {
        let screening = screening(wish, entry.screening())?;
        changes.extend((screening.as_ref() != entry.screening()).then_some(Change::Screening(screening)));
    }
    changes.extend(with_key(entry.external_keys(), update.key).map(Change::ExternalKeys));
    if let UpdateOf::Entry { kind, document_date, received, sent, due, parties, .. } = update.of {
        changes.extend(kind.filter(|kind| *kind != entry.kind()).map(Change::Kind));
        let other = document_date.filter(|_| document_date != entry.document_date());
        changes.extend(other.map(|date| Change::DocumentDate(Some(date))));
        changes.extend(received.filter(|_| received != entry.received()).map(|at| Change::Received(Some(at))));
        changes.extend(sent.filter(|_| sent != entry.sent()).map(|at| Change::Sent(Some(at))));
        changes.extend(due.filter(|_| due != entry.due()).map(|date| Change::Due(Some(date))));
        changes.extend(parties.apply(entry, message)?.map(Change::Parties));
    }
    let mut changes = changes.into_iter();
    Ok(changes.next().map(|first| changes.fold(Amendment::new(first), Amendment::and)))
}

/// A screening as it is wished for. What it hides is what the one before it hid; without one, all that may tell something.
fn screening(wish: Option<ScreeningWish>, before: Option<&Screening>) -> Result<Option<Screening>, ArchiveError> {
    let Some(wish) = wish else { return Ok(None) };
    let hides: Vec<Hides> = match before {
        Some(before) => before.marks().collect(),
        None => vec![Hides::TitleWords, Hides::PartyNames, Hides::DocumentTitles, Hides::Document],
    };
    let code = AccessCode::new(&wish.code).map_err(|_| unknown("tilgangsrestriksjon"))?;
    let basis = wish.legal_basis.unwrap_or_default();
    let screening = Screening::new(code, &basis, hides).map_err(|_| unknown("skjermingshjemmel"))?;
    let words = before.map(Screening::words).unwrap_or_default();
    let screening = screening
        .with_words(words.iter().map(|word| word.expose().as_str()))
        .map_err(|_| unknown("skjermingshjemmel"))?;
    Ok(Some(match wish.until {
        Some(last_day) => screening.until(last_day),
        None => screening,
    }))
}

/// The keys with one more; nothing when it is there already.
fn with_key(keys: &[ExternalKey], key: Option<ExternalKey>) -> Option<Vec<ExternalKey>> {
    let key = key.filter(|key| !keys.contains(key))?;
    Some(keys.iter().cloned().chain([key]).collect())
}

fn unknown(element: &str) -> ArchiveError {
    ArchiveError::NotAllowed(format!("`{element}` is not one that the archive knows"))
}
