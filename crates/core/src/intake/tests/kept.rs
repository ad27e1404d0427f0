//! What is kept from the public stays so when its source sends it again without saying so.

use super::world::*;
use crate::{
    document::{DocumentMarks, Variant},
    identity::{GroupId, NationalIdentityNumber, PostalAddress},
    intake::{
        ArchiveFacts, Consignment, DocumentFacts, EntryFacts, EntryRule, FaultCode, IntakeRules, PartyFacts,
        PlannedEntry, ScreeningWish,
    },
    journal::{Change, DocumentRole, EntryStatus, JournalEntry, NewEntry},
    party::{Party, PartyIdentity, PartyRole},
    screening::Screening,
};

const KARI: &str = "01819000553";
const OLA: &str = "15819001283";

fn person(name: &str, number: Option<&str>) -> PartyFacts {
    let mut party = PartyFacts::new(PartyRole::Sender, name.into());
    party.identity = number.map(|number| PartyIdentity::Person(NationalIdentityNumber::parse(number).unwrap()));
    party
}

fn about(parties: Vec<PartyFacts>) -> Consignment {
    let mut consignment = consignment();
    consignment.entries.truncate(1);
    consignment.entries[0].parties = parties;
    consignment
}

/// The entry after a correction of it.
fn corrected(archive: &ArchiveFacts, changed: &Consignment, rules: &IntakeRules) -> JournalEntry {
    match &todo(changed, archive, rules).entries[0] {
        PlannedEntry::Amend { entry, changes, .. } => {
            changes.iter().fold((**entry).clone(), |entry, change| entry.amend(change.clone().into()).unwrap())
        }
        PlannedEntry::Keep { entry, .. } => (**entry).clone(),
        PlannedEntry::Register { .. } => panic!("registered anew"),
    }
}

fn renewed(archive: &ArchiveFacts, changed: &Consignment) -> NewEntry {
    let plan = todo(changed, archive, &correcting());
    let PlannedEntry::Register { entry, renews: true, .. } = &plan.entries[0] else { panic!("not renewed") };
    (**entry).clone()
}

fn amend(archive: &mut ArchiveFacts, change: Change) {
    archive.entries[0] = archive.entries[0].amend(change.into()).unwrap();
}

#[test]
fn a_hidden_party_stays_hidden_however_a_correction_writes_of_it() {
    let mut hidden = person("Kåri Prøvesen", Some(KARI));
    hidden.screened = true;
    let archive = taken_in(&about(vec![hidden]));
    let stored = archive.entries[0].parties()[0].clone();
    let mut moved = person("Kåri Prøvesen", Some(KARI));
    moved.address = Some(PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap());
    let mut as_recipient = person("Kåri Prøvesen", Some(KARI));
    as_recipient.role = PartyRole::Recipient;
    for (again, same) in [
        (moved, true),
        (person("Kåri Testesen", Some(KARI)), true),
        (person("KA\u{30a}RI  PRØVESEN", None), true),
        (person("Kåri Prøvesen", Some(OLA)), false),
        (person("Kari Prøvesen", None), false),
        (as_recipient, false),
    ] {
        let entry = corrected(&archive, &about(vec![again.clone()]), &correcting());
        assert!(entry.parties().iter().all(Party::is_screened), "{again:?}");
        assert_eq!(entry.parties()[0].id() == stored.id(), same, "{again:?}");
    }
}

#[test]
fn only_who_may_be_a_hidden_party_is_hidden_with_it() {
    let mut hidden = person("Kari Prøvesen", Some(KARI));
    hidden.screened = true;
    let namesake = || person("Kari Prøvesen", Some(OLA));
    let archive = taken_in(&about(vec![hidden, namesake()]));
    let mut agency = PartyFacts::new(PartyRole::Recipient, "Prøveetaten".into());
    let again = about(vec![namesake(), person("Kari Prøvesen", Some(KARI)), agency.clone()]);
    let marks = |entry: JournalEntry| entry.parties().iter().map(Party::is_screened).collect::<Vec<_>>();
    assert_eq!(marks(corrected(&archive, &again, &correcting())), [false, true, false]);
    // Who was hidden is gone, and only somebody on its side may have come in its place.
    agency.role = PartyRole::CopyRecipient;
    let gone = about(vec![namesake(), agency, person("Test Testesen", None)]);
    assert_eq!(marks(corrected(&archive, &gone, &correcting())), [false, false, true]);
}

#[test]
fn a_party_that_a_rule_hides_stays_hidden_when_it_comes_as_another_sort() {
    let mut rules = correcting();
    rules.entries.insert("klage".to_owned(), EntryRule { screens_parties: true, ..EntryRule::default() });
    let mut first = about(vec![person("Kari Prøvesen", Some(KARI))]);
    first.entries[0].sort = Some("klage".to_owned());
    let (mut archive, receipt) = after(&todo(&first, &archive(), &rules));
    archive.earlier = Some(crate::intake::Earlier::Changed(receipt));
    let entry = corrected(&archive, &about(vec![person("Kari Testesen", Some(KARI))]), &rules);
    assert!(entry.parties()[0].is_screened() && entry.parties()[0].name().expose() == "Kari Testesen");
}

#[test]
fn what_a_correction_does_not_say_of_a_party_stays() {
    let archive = {
        let mut archive = taken_in(&about(vec![person("Kari Prøvesen", None)]));
        let party = archive.entries[0].parties()[0].clone();
        let number = NationalIdentityNumber::parse(KARI).unwrap();
        let address = PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap();
        let known = party.identified_by(PartyIdentity::Person(number)).living_at(address);
        amend(&mut archive, Change::Parties(vec![known]));
        archive
    };
    let mut again = about(vec![person("Kari Prøvesen", None)]);
    assert!(matches!(&todo(&again, &archive, &correcting()).entries[0], PlannedEntry::Keep { .. }));
    again.entries[0].parties[0].contact.email = Some("kari@example.no".into());
    let entry = corrected(&archive, &again, &correcting());
    let (before, party) = (&archive.entries[0].parties()[0], &entry.parties()[0]);
    assert_eq!((party.id(), party.identity(), party.address()), (before.id(), before.identity(), before.address()));
    assert!(party.contact().email.is_some());
}

#[test]
fn marks_of_a_document_that_come_later_are_added_and_none_is_taken_away() {
    let marked = |sensitive_personal_data, few_may_read| {
        let mut consignment = about(vec![person("Kari Prøvesen", None)]);
        consignment.entries[0].documents[0].marks = DocumentMarks { sensitive_personal_data, few_may_read };
        consignment
    };
    let archive = taken_in(&marked(false, true));
    for (again, both) in [((true, false), true), ((false, false), false), ((false, true), false)] {
        let entry = corrected(&archive, &marked(again.0, again.1), &correcting());
        let kept = entry.documents()[0].document.marks();
        assert_eq!(kept, DocumentMarks { sensitive_personal_data: both, few_may_read: true }, "{again:?}");
    }
}

#[test]
fn a_newer_entry_is_as_hidden_as_the_one_that_it_renews() {
    let mut first = about(vec![person("Kari Prøvesen", Some(KARI)), person("Test Testesen", Some(OLA))]);
    let attachment = || DocumentFacts::new(DocumentRole::Attachment, file("kart.pdf", b"kart"));
    first.entries[0].documents.push(attachment());
    let mut archive = taken_in(&first);
    let party = archive.entries[0].parties()[0].id();
    let [main, kart] = [0, 1].map(|nth| archive.entries[0].documents()[nth].document.clone());
    let few = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
    amend(&mut archive, Change::ScreenParty(party, true));
    amend(&mut archive, Change::Screening(Some(screening("UO"))));
    amend(&mut archive, Change::AccessGroup(GroupId::new("barnevern").ok()));
    amend(&mut archive, Change::Document(main.screened(Some(screening("P")))));
    amend(&mut archive, Change::Document(kart.marked(few)));
    let mut changed = about(vec![person("Test Testesen", Some(OLA)), person("Kari Prøvesen", Some(KARI))]);
    changed.entries[0].documents =
        vec![DocumentFacts::new(DocumentRole::Main, file("ny.pdf", b"en annen")), attachment()];
    let new = renewed(&archive, &changed);
    assert_eq!(new.parties.iter().map(Party::is_screened).collect::<Vec<_>>(), [false, true]);
    assert_eq!(new.screening, Some(screening("UO")));
    assert_eq!(new.access_group, GroupId::new("barnevern").ok());
    assert_eq!(new.documents[0].document.screening(), Some(&screening("P")));
    assert_eq!(new.documents[1].document.marks(), few);
    // What the source wants hidden besides is hidden too.
    changed.entries[0].screening = Some(wish("A", &["Vurdering"]));
    let both = renewed(&archive, &changed).screening.unwrap();
    assert_eq!(both, screening("UO").with_words(["Vurdering"]).unwrap());
}

#[test]
fn a_newer_entry_never_shows_in_its_title_what_screened_words_no_longer_cover() {
    let mut first = about(vec![person("Prøveskolen", None)]);
    first.entries[0].title = "Klage fra Kari".into();
    let mut archive = taken_in(&first);
    amend(&mut archive, Change::Screening(Some(words(&["Kari"]))));
    let mut changed = first.clone();
    changed.entries[0].documents = vec![DocumentFacts::new(DocumentRole::Main, file("ny.pdf", b"en annen"))];
    assert_eq!(renewed(&archive, &changed).title.expose(), "Klage fra Kari");
    changed.entries[0].title = "Klage fra Ola".into();
    assert_eq!(codes(&refused(&changed, &archive, &correcting())), [FaultCode::Locked]);
}

#[test]
fn an_entry_that_the_archive_voided_stays_void_until_something_else_comes() {
    let first = about(vec![person("Kari Prøvesen", Some(KARI))]);
    let mut archive = taken_in(&first);
    let party = archive.entries[0].parties()[0].id();
    amend(&mut archive, Change::ScreenParty(party, true));
    let journaled = archive.entries[0].move_to(EntryStatus::Journaled, &service(), now()).unwrap();
    archive.entries[0] = journaled.move_to(EntryStatus::Void, &service(), now()).unwrap();
    let mut again = first.clone();
    again.facts.title = Some("Elevmappe 1".into());
    let plan = todo(&again, &archive, &correcting());
    assert!(matches!(&plan.entries[0], PlannedEntry::Keep { .. }));
    assert!(notes_of(&plan).contains(&"entry_void"));
    again.entries[0].title = "Vurdering, rettet".into();
    assert!(renewed(&archive, &again).parties[0].is_screened());
    // The archive asked for it once more.
    archive.earlier = None;
    again.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    again.entries = first.entries;
    assert!(renewed(&archive, &again).parties[0].is_screened());
}

#[test]
fn another_title_of_a_document_is_taken_unless_it_shows_what_screened_words_no_longer_cover() {
    let titled = |title: Option<&str>| {
        let mut consignment = about(vec![person("Prøveskolen", None)]);
        consignment.entries[0].documents[0].title = title.map(Into::into);
        consignment
    };
    let mut archive = taken_in(&titled(Some("Klage fra Kari")));
    let title = |entry: JournalEntry| entry.documents()[0].document.title().expose().clone();
    assert_eq!(title(corrected(&archive, &titled(Some("Klage fra Ola")), &correcting())), "Klage fra Ola");
    assert_eq!(title(corrected(&archive, &titled(None), &correcting())), "Klage fra Kari", "a file name is no title");
    let open = archive.entries[0].documents()[0].document.clone();
    let screens: [&dyn Fn(Screening) -> Change; 2] = [&|screening| Change::Screening(Some(screening)), &|screening| {
        Change::Document(open.clone().screened(Some(screening)))
    }];
    for screen in screens {
        let before = archive.clone();
        amend(&mut archive, screen(words(&["Kari"])));
        assert_eq!(codes(&refused(&titled(Some("Klage fra Ola")), &archive, &correcting())), [FaultCode::Locked]);
        archive = before;
    }
}

#[test]
fn an_entry_gets_the_keys_it_lacks_whoever_sends_them() {
    let mut archive = taken_in(&consignment());
    archive.earlier = None;
    let mut again = consignment();
    again.key = crate::intake::ConsignmentKey::new("natt/2").unwrap();
    again.entries[0].external_keys = vec![key("saksbehandling", "7")];
    let plan = todo(&again, &archive, &correcting());
    let PlannedEntry::Amend { changes, .. } = &plan.entries[0] else { panic!("not amended") };
    assert_eq!(*changes, [Change::ExternalKeys(vec![key("dokument", "1"), key("saksbehandling", "7")])]);
}

#[test]
fn what_not_even_a_correction_changes_is_remarked() {
    let archive = taken_in(&consignment());
    let entry = |change: fn(&mut EntryFacts)| {
        let mut changed = consignment();
        change(&mut changed.entries[1]);
        changed
    };
    for changed in [
        entry(|entry| entry.kind = Some(crate::journal::EntryKind::InternalFollowUp)),
        entry(|entry| entry.received = Some(chrono::DateTime::UNIX_EPOCH)),
        entry(|entry| entry.unit = Some("annet".to_owned())),
        entry(|entry| entry.case_handler = Some("annen".to_owned())),
    ] {
        let remarks = todo(&changed, &archive, &correcting()).remarks();
        let [remark] = &remarks[..] else { panic!("{remarks:?}") };
        assert_eq!(
            (remark.place.to_string().as_str(), remark.code.norwegian_code()),
            ("/entries/1", "opplysninger-beholdt")
        );
    }
    let case = |change: fn(&mut crate::intake::CaseFacts)| {
        let mut changed = consignment();
        change(&mut changed.facts);
        changed
    };
    for changed in [
        case(|facts| facts.kind = Some(crate::case::CaseKind::Building)),
        case(|facts| facts.date = Some(chrono::NaiveDate::MIN)),
        case(|facts| facts.unit = Some("annet".to_owned())),
        case(|facts| facts.case_handler = Some("annen".to_owned())),
        case(|facts| facts.series = Some("ARK".to_owned())),
    ] {
        let remarks = todo(&changed, &archive, &correcting()).remarks();
        assert_eq!(remarks.iter().map(|remark| remark.code.reason().code).collect::<Vec<_>>(), ["facts_left"]);
    }
    assert_eq!(todo(&consignment(), &archive, &correcting()).remarks(), []);
}

#[test]
fn a_screening_that_is_left_is_remarked_once_for_each_place() {
    let mut first = consignment();
    first.entries[0].screening = Some(ScreeningWish::new("A"));
    first.entries[0].documents[0].files[0].variant = Variant::Archive;
    let archive = taken_in(&first);
    first.entries[0].screening = Some(ScreeningWish::new("B"));
    let remarks = todo(&first, &archive, &correcting()).remarks();
    assert_eq!(
        serde_json::to_string(&remarks).unwrap(),
        r#"[{"code":"screening_left","place":{"in":"entry","entry":0}}]"#
    );
}

#[test]
fn a_receipt_that_was_stored_before_there_were_remarks_is_read() {
    let (_, receipt) = after(&todo(&consignment(), &archive(), &rules()));
    let stored = serde_json::to_string(&receipt).unwrap();
    assert!(!stored.contains("remarks"));
    assert_eq!(serde_json::from_str::<crate::intake::Receipt>(&stored).unwrap(), receipt);
}
