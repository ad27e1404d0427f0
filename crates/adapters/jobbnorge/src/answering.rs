//! What became of a consignment, in the words of the contract.

use sakarkiv_core::{
    identity::Timestamp,
    intake::{self, CaseOutcome, EntryOutcome, Place, Rejection},
};

use crate::{
    contract::{
        CaseAnswer, CaseResult, Delivery, DeliveryState, DocumentAnswer, DocumentState, Event, Fault, FaultCode,
        Receipt,
    },
    mapping::Prepared,
};

impl Prepared<'_> {
    /// The receipt for a delivery that was taken in.
    ///
    /// A document that stays in the recruitment system by the archive's policy is told as waiting: it is taken when it comes
    /// again and the applicant was hired.
    #[must_use]
    pub fn receipt(&self, taken: &intake::Receipt) -> Receipt {
        let answer = |index: usize| {
            let document = self.delivery().documents.get(index)?;
            let entry = self.entries().iter().position(|documents| documents.contains(&index));
            // A withdrawal has one remark for each document.
            let place = entry.or_else(|| (self.delivery().event == Event::DocumentWithdrawn).then_some(index));
            let found = place.and_then(|place| taken.entries.get(place));
            Some(DocumentAnswer {
                id: document.id.clone(),
                version: document.version,
                state: found.map_or(DocumentState::Waiting, |entry| state_of(entry.outcome)),
                entry: found.map(|entry| entry.number.to_string()),
                system_id: found.map(|entry| entry.id.to_string()),
                fault: None,
            })
        };
        let documents = (0..self.delivery().documents.len()).filter_map(answer).collect();
        let case = CaseAnswer {
            system_id: Some(taken.case.id.to_string()),
            number: taken.case.number,
            result: match taken.case.outcome {
                CaseOutcome::Opened => CaseResult::Opened,
                CaseOutcome::Existing => CaseResult::Existing,
                CaseOutcome::Amended => CaseResult::Updated,
            },
        };
        let whole = Receipt::new(self.delivery().id.clone(), DeliveryState::Archived, taken.at);
        Receipt { case: Some(case), documents, ..whole }
    }

    /// The receipt for a delivery that the archive refused.
    #[must_use]
    pub fn refusal(&self, rejection: &Rejection, at: Timestamp) -> Receipt {
        let faults: Vec<Fault> = rejection.faults().map(|fault| self.translated(fault)).collect();
        Receipt::refusing(self.delivery(), &faults, at)
    }

    fn translated(&self, fault: &intake::Fault) -> Fault {
        let document = |entry: usize, document: usize| self.entries().get(entry)?.get(document).copied();
        let pointer = match fault.place {
            Place::Case => "/sak".to_owned(),
            Place::Entry { entry } | Place::Party { entry, .. } => pointer_to(document(entry, 0), ""),
            Place::Document { entry, document: of } => pointer_to(document(entry, of), ""),
            Place::File { entry, document: of, .. } => pointer_to(document(entry, of), "/fil"),
            _ => return own(fault),
        };
        Fault::new(code_of(fault.code), pointer, words(fault))
    }
}

fn pointer_to(document: Option<usize>, member: &str) -> String {
    document.map(|index| format!("/dokumenter/{index}{member}")).unwrap_or_default()
}

const fn state_of(outcome: EntryOutcome) -> DocumentState {
    match outcome {
        EntryOutcome::Registered | EntryOutcome::Renewed => DocumentState::Archived,
        EntryOutcome::Amended | EntryOutcome::Unchanged => DocumentState::Existing,
    }
}

/// The receipt for a delivery that is taken up again later.
#[must_use]
pub(crate) fn set_aside(delivery: &str, reason: &str, at: Timestamp) -> Receipt {
    let code = if reason.contains(intake::FaultCode::SequenceGap.norwegian_code()) {
        FaultCode::SequenceBroken
    } else {
        FaultCode::ArchiveUnavailable
    };
    let fault = Some(Fault::new(code, "", reason));
    Receipt { fault, ..Receipt::new(delivery.to_owned(), DeliveryState::Waiting, at) }
}

/// The receipt for a delivery that could not be read so far that its parts are known.
#[must_use]
pub(crate) fn refusal_unread(delivery: &str, rejection: &Rejection, at: Timestamp) -> Receipt {
    let faults: Vec<Fault> = rejection.faults().map(own).collect();
    Receipt::refusing_unread(delivery.to_owned(), &faults, at)
}

/// As [`refusal_unread`], of a delivery whose form is sound.
#[must_use]
pub(crate) fn refusal_of(delivery: &Delivery, rejection: &Rejection, at: Timestamp) -> Receipt {
    let faults: Vec<Fault> = rejection.faults().map(own).collect();
    Receipt::refusing(delivery, &faults, at)
}

/// Our faults as a rejection: the place in the delivery goes before the words, since the archive knows no such places.
#[must_use]
pub(crate) fn rejection_of(faults: &[Fault]) -> Option<Rejection> {
    Rejection::of(faults.iter().map(|fault| {
        let place = if fault.pointer.is_empty() { "/" } else { &fault.pointer };
        intake::Fault::new(core_code(fault.code), Place::Consignment).because(format!("{place} {}", fault.message))
    }))
}

/// A fault of ours that came back, or one of the archive about the consignment as a whole.
fn own(fault: &intake::Fault) -> Fault {
    let told = fault.detail.strip_prefix('/').and_then(|detail| detail.split_once(' '));
    match told {
        Some((place, message)) => {
            let pointer = if place.is_empty() { String::new() } else { format!("/{place}") };
            Fault::new(code_of(fault.code), pointer, message)
        }
        None => Fault::new(code_of(fault.code), "", words(fault)),
    }
}

fn words(fault: &intake::Fault) -> String {
    let remedy = fault.code.remedy();
    if fault.detail.is_empty() { remedy.to_owned() } else { format!("{remedy} ({})", fault.detail) }
}

/// The contract's code for one of the archive's.
fn code_of(code: intake::FaultCode) -> FaultCode {
    use intake::FaultCode as C;
    match code {
        C::KeyReused | C::SeveralCases | C::CaseExists | C::CaseClosed | C::Locked => FaultCode::Conflict,
        C::UnknownSource | C::NotAllowed => FaultCode::UnknownOrganisation,
        C::UnknownConsignment | C::SequenceGap => FaultCode::SequenceBroken,
        C::UnknownCase => FaultCode::UnknownCase,
        other => FaultCode::of_word(other.norwegian_code()).unwrap_or(FaultCode::InvalidContent),
    }
}

/// The archive's code for one of the contract.
const fn core_code(code: FaultCode) -> intake::FaultCode {
    use intake::FaultCode as C;
    match code {
        FaultCode::InvalidContent | FaultCode::ArchiveUnavailable | FaultCode::Internal => C::InvalidContent,
        FaultCode::UnknownCase => C::UnknownCase,
        FaultCode::UnknownOrganisation => C::NotAllowed,
        FaultCode::Conflict => C::KeyReused,
        FaultCode::ChecksumDiffers => C::ChecksumMismatch,
        FaultCode::FileMissing => C::FileMissing,
        FaultCode::FormatRefused => C::FormatNotTaken,
        FaultCode::Virus => C::Harmful,
        FaultCode::ScreeningMissing => C::ScreeningMissing,
        FaultCode::SequenceBroken => C::SequenceGap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_comes_back_from_the_archive_as_it_was() {
        for code in FaultCode::ALL.iter().copied() {
            for pointer in ["", "/dokumenter/3/fil", "/sak"] {
                let fault = Fault::new(code, pointer, "is wrong; mend it");
                let rejection = rejection_of(std::slice::from_ref(&fault)).unwrap();
                let back = own(rejection.faults().next().unwrap());
                let kept = !matches!(code, FaultCode::ArchiveUnavailable | FaultCode::Internal);
                assert_eq!(back.code == code, kept, "{code}");
                assert_eq!((back.pointer.as_str(), back.message.as_str()), (pointer, "is wrong; mend it"));
            }
        }
        assert_eq!(rejection_of(&[]), None);
    }

    #[test]
    fn every_code_of_the_archive_has_one_of_the_contract_that_agrees_on_trying_again() {
        for code in intake::FaultCode::ALL.iter().copied() {
            let ours = code_of(code);
            assert!(!ours.retry() || code.may_pass(), "{code:?}");
        }
        assert_eq!(code_of(intake::FaultCode::Harmful), FaultCode::Virus);
        assert_eq!(code_of(intake::FaultCode::ScreeningMissing), FaultCode::ScreeningMissing);
    }
}
