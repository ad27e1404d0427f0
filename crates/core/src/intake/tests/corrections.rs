use super::world::*;
use crate::{
    intake::{Earlier, FaultCode, IntakeRules, PartyFacts, Planned, PlannedCase, PlannedEntry, Relation, plan},
    journal::{Change, DocumentRole, EntryStatus},
    party::PartyRole,
};

fn correcting() -> IntakeRules {
    IntakeRules { corrects_by_key: true, ..rules() }
}

#[test]
fn the_same_consignment_again_is_answered_and_nothing_is_done() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Same(receipt.clone()));
    let planned = plan(&consignment(), &archive, &rules(), &Counting::default()).unwrap();
    assert_eq!(planned, Planned::Already(Box::new(receipt.again())));
}

#[test]
fn other_content_under_the_same_key_is_refused_or_taken_as_a_correction_by_rule() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].title = "Vurdering, rettet".into();
    assert!(codes(&refused(&changed, &archive, &rules())).contains(&FaultCode::KeyReused));
    let plan = todo(&changed, &archive, &correcting());
    assert!(matches!(&plan.case, PlannedCase::Use { changes, .. } if changes.is_empty()));
    assert!(
        matches!(&plan.entries[0], PlannedEntry::Amend { changes, .. } if matches!(changes[..], [Change::Title(_)]))
    );
    assert!(matches!(&plan.entries[1], PlannedEntry::Keep { .. }));
}

#[test]
fn a_changed_main_document_becomes_a_newer_entry_beside_the_frozen_one() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0] = entry("1", b"en annen");
    let plan = todo(&changed, &archive, &correcting());
    assert!(matches!(&plan.entries[0], PlannedEntry::Register { renews: true, .. }));
    assert!(matches!(&plan.entries[1], PlannedEntry::Keep { .. }));
}

#[test]
fn a_further_attachment_is_attached() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    let attachment = crate::intake::DocumentFacts::new(DocumentRole::Attachment, file("kart.pdf", b"kart"));
    changed.entries[0].documents.push(attachment);
    let plan = todo(&changed, &archive, &correcting());
    assert!(
        matches!(&plan.entries[0], PlannedEntry::Amend { changes, .. } if matches!(changes[..], [Change::Attach { .. }]))
    );
}

#[test]
fn a_correction_that_meets_a_lock_is_refused_whole() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.entries[0] = archive.entries[0].move_to(EntryStatus::Journaled, &service(), now()).unwrap();
    archive.entries[0] = archive.entries[0].move_to(EntryStatus::Archived, &service(), now()).unwrap();
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].title = "Rettet".into();
    assert_eq!(codes(&refused(&changed, &archive, &correcting())), [FaultCode::Locked]);
}

#[test]
fn a_correction_never_shows_a_name_that_somebody_screened_here() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    let party = archive.entries[0].parties()[0].id();
    archive.entries[0] = archive.entries[0].amend(Change::ScreenParty(party, true).into()).unwrap();
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut changed = consignment();
    changed.entries[0].parties.push(PartyFacts::new(PartyRole::CopyRecipient, "Prøveetaten".into()));
    let plan = todo(&changed, &archive, &correcting());
    let PlannedEntry::Amend { changes, .. } = &plan.entries[0] else { panic!("not amended") };
    let [Change::Parties(parties)] = &changes[..] else { panic!("not only parties: {changes:?}") };
    assert!(parties[0].is_screened() && !parties[1].is_screened());
    assert_eq!(parties[0].id(), party);
}

#[test]
fn a_screening_that_is_there_is_left_to_people() {
    let mut first = consignment();
    let mut own = correcting();
    own.codes.insert("A".to_owned(), screening("UO"));
    own.codes.insert("B".to_owned(), screening("P"));
    first.entries[0].screening = Some(crate::intake::ScreeningWish::new("A"));
    let (mut archive, receipt) = after(&todo(&first, &archive(), &own));
    archive.earlier = Some(Earlier::Changed(receipt));
    for code in [None, Some("B")] {
        let mut changed = first.clone();
        changed.entries[0].screening = code.map(crate::intake::ScreeningWish::new);
        assert!(matches!(&todo(&changed, &archive, &own).entries[0], PlannedEntry::Keep { .. }));
    }
}

#[test]
fn an_addition_names_an_earlier_consignment_that_must_be_there() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    let mut addition = consignment();
    addition.relation = Relation::AddsTo(addition.key.clone());
    addition.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    addition.entries = vec![entry("3", b"tre")];
    assert!(codes(&refused(&addition, &archive, &rules())).contains(&FaultCode::UnknownConsignment));
    assert!(refused(&addition, &archive, &rules()).may_pass());
    archive.earlier = Some(Earlier::Named(receipt));
    let plan = todo(&addition, &archive, &rules());
    assert!(matches!(&plan.entries[..], [PlannedEntry::Register { renews: false, .. }]));
}

#[test]
fn other_content_under_the_key_of_an_addition_is_refused_unless_it_says_that_it_corrects() {
    let (mut archive, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    archive.earlier = Some(Earlier::Changed(receipt));
    let mut addition = consignment();
    addition.entries = vec![entry("3", b"tre")];
    let earlier = crate::intake::ConsignmentKey::new("natt/0").unwrap();
    addition.relation = Relation::AddsTo(earlier.clone());
    assert_eq!(codes(&refused(&addition, &archive, &rules())), [FaultCode::KeyReused]);
    addition.relation = Relation::Corrects(earlier);
    assert_eq!(todo(&addition, &archive, &rules()).entries.len(), 1);
    archive.earlier = None;
    assert_eq!(codes(&refused(&addition, &archive, &rules())), [FaultCode::UnknownConsignment]);
}

#[test]
fn what_is_registered_already_is_kept_and_other_content_under_its_key_is_refused() {
    let (archive, _) = after(&todo(&consignment(), &archive(), &rules()));
    let mut overlapping = consignment();
    overlapping.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    overlapping.entries.push(entry("3", b"tre"));
    let plan = todo(&overlapping, &archive, &rules());
    let kept = plan.entries.iter().filter(|planned| matches!(planned, PlannedEntry::Keep { .. })).count();
    assert_eq!((kept, plan.entries.len()), (2, 3));
    overlapping.entries[0] = entry("1", b"noe annet");
    assert_eq!(codes(&refused(&overlapping, &archive, &rules())), [FaultCode::KeyReused]);
}
