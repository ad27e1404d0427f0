//! Changes of records that the archive has, by the rules of the source that wants them.

use uuid::Uuid;

use super::world::{codes, entry, rules, screening, stored_case};
use crate::{
    case::{Case, CaseAmendment, CaseChange},
    document::{BlobRef, Document, DocumentMarks, DocumentVersion, FileFormat, FileName, MediaType, Variant},
    identity::{ActorId, DocumentId, NationalIdentityNumber, PartyId, SourceId, UnitId},
    intake::{FaultCode, Rejection, RuleBook, ScreeningRule},
    journal::{Amendment, Change, EntryKind, NewDocument, NewEntry},
    party::{Party, PartyIdentity, PartyRole},
    screening::{AccessCode, Hides, Screening},
    sensitivity::CodeTable,
};

fn book(screening: ScreeningRule) -> RuleBook {
    let mut rules = rules();
    rules.case.screening = screening.clone();
    rules.entry.screening = screening;
    rules.units.insert("BYGG 1".to_owned(), unit("byggesak"));
    rules.handlers.insert("KN".to_owned(), actor("kari.nordmann"));
    rules.codes.insert("25".to_owned(), screening_of("P", [Hides::Document]));
    RuleBook::new(SourceId::new("skole").unwrap(), rules)
}

fn unit(name: &str) -> UnitId {
    UnitId::new(name).unwrap()
}

fn actor(name: &str) -> ActorId {
    ActorId::new(name).unwrap()
}

fn screening_of(code: &str, hides: impl IntoIterator<Item = Hides>) -> Screening {
    Screening::new(AccessCode::new(code).unwrap(), "offl. § 13", hides).unwrap()
}

fn screened(screening: Screening) -> Case {
    stored_case(1).amend(CaseChange::Screening(Some(screening)).into()).unwrap()
}

fn changed(book: &RuleBook, case: &Case, change: CaseChange) -> Result<Case, Rejection> {
    let amendment = book.case_amendment(case, &CaseAmendment::new(change), &CodeTable::standard())?;
    Ok(case.amend(amendment).unwrap())
}

#[test]
fn units_handlers_and_access_codes_of_the_source_become_the_archives_own() {
    let (mut book, case) = (book(ScreeningRule::AsSent), stored_case(1));
    book.usual.units.insert("bygg".to_owned(), unit("byggesak"));
    for code in ["bygg", "byggesak"] {
        let moved = changed(&book, &case, CaseChange::Unit(unit(code))).unwrap();
        assert_eq!(moved.unit(), &unit("byggesak"), "{code}");
    }
    let handed = changed(&book, &case, CaseChange::CaseHandler(Some(actor("kn")))).unwrap();
    assert_eq!(handed.case_handler(), Some(&actor("kari.nordmann")));
    let wish = screening_of("25", [Hides::PartyNames]);
    let kept = changed(&book, &case, CaseChange::Screening(Some(wish))).unwrap();
    let kept = kept.screening().unwrap();
    assert!(kept.code().as_str() == "P" && kept.hides(Hides::Document) && kept.hides(Hides::PartyNames));
    for (change, code) in [
        (CaseChange::Unit(unit("ukjent")), FaultCode::UnknownUnit),
        (CaseChange::CaseHandler(Some(actor("ukjent"))), FaultCode::InvalidContent),
        (CaseChange::Screening(Some(screening_of("X", [Hides::Document]))), FaultCode::UnknownAccessCode),
    ] {
        assert_eq!(codes(&changed(&book, &case, change).unwrap_err()), [code]);
    }
}

#[test]
fn a_screening_that_a_rule_asks_for_is_not_taken_away() {
    let case = screened(screening("UO"));
    for (rule, goes) in [
        (ScreeningRule::AsSent, true),
        (ScreeningRule::Never, true),
        (ScreeningRule::Default(screening("UO")), false),
        (ScreeningRule::Always(screening("UO")), false),
        (ScreeningRule::Required, false),
    ] {
        let usual = book(rule.clone());
        assert_eq!(changed(&usual, &case, CaseChange::Screening(None)).is_ok(), goes, "{rule:?}");
        let mut named = book(ScreeningRule::AsSent);
        named.named.insert("B".to_owned(), usual.usual);
        assert_eq!(changed(&named, &case, CaseChange::Screening(None)).is_ok(), goes, "{rule:?} by name");
    }
}

#[test]
fn a_source_never_loosens_a_screening() {
    let before = screening_of("P", [Hides::TitleWords, Hides::PartyNames]);
    let case = screened(before.clone());
    let mut open = book(ScreeningRule::AsSent);
    open.usual.open_codes = true;
    let less = screening_of("P", [Hides::TitleWords]).with_words(["Prøve"]).unwrap();
    let kept = changed(&open, &case, CaseChange::Screening(Some(less))).unwrap();
    assert_eq!(kept.screening(), Some(&before), "the whole title and the names stay hidden");
    let table = CodeTable::standard();
    let weaker = screening_of("UO", [Hides::Document]);
    assert!(table.class_of(weaker.code()) < table.class_of(before.code()), "else this tests nothing");
    let refused = changed(&open, &case, CaseChange::Screening(Some(weaker.clone()))).unwrap_err();
    assert_eq!(codes(&refused), [FaultCode::Locked]);
    let always = book(ScreeningRule::Always(weaker));
    let kept = changed(&always, &case, CaseChange::Screening(Some(screening_of("25", [Hides::Document])))).unwrap();
    assert_eq!(kept.screening().unwrap().code().as_str(), "P");
}

#[test]
fn a_source_lets_no_screening_end_before_its_day() {
    let day = |text: &str| -> chrono::NaiveDate { text.parse().unwrap() };
    let until = |text: &str| screening_of("P", [Hides::Document]).until(day(text));
    let mut open = book(ScreeningRule::AsSent);
    open.usual.open_codes = true;
    let case = screened(until("2080-01-01"));
    let refused = changed(&open, &case, CaseChange::Screening(Some(until("2027-01-01")))).unwrap_err();
    assert_eq!(codes(&refused), [FaultCode::Locked]);
    let kept = changed(&open, &case, CaseChange::Screening(Some(until("2090-01-01")))).unwrap();
    assert_eq!(kept.screening().unwrap().last_day(), Some(day("2090-01-01")));
    let always = book(ScreeningRule::Always(until("2027-01-01")));
    let kept = changed(&always, &case, CaseChange::Screening(Some(until("2027-01-01")))).unwrap();
    assert_eq!(kept.screening().unwrap().last_day(), Some(day("2080-01-01")));
}

#[test]
fn the_rule_screens_whatever_the_source_says_and_what_the_law_wants_open_is_not_screened() {
    let always = book(ScreeningRule::Always(screening("P")));
    let wish = CaseChange::Screening(Some(screening("hva som helst")));
    let kept = changed(&always, &stored_case(1), wish).unwrap();
    assert_eq!(kept.screening(), Some(&screening("P")));
    let never = changed(&book(ScreeningRule::Never), &stored_case(1), CaseChange::Screening(Some(screening("P"))));
    assert_eq!(codes(&never.unwrap_err()), [FaultCode::ScreeningForbidden]);
}

#[test]
fn entries_are_changed_by_the_same_rules_whatever_their_sort() {
    let mut book = book(ScreeningRule::AsSent);
    let sort = crate::intake::EntryRule { screening: ScreeningRule::Required, ..Default::default() };
    book.usual.entries.insert("klage".to_owned(), sort);
    let mut new = NewEntry::new(EntryKind::Incoming, entry("1", b"en").title, actor("svc-skole"));
    new.screening = Some(screening("P"));
    let stored = super::world::store(&new, &stored_case(1), 1);
    let amended = |change: Change| book.entry_amendment(&stored, &Amendment::new(change), &CodeTable::standard());
    assert_eq!(codes(&amended(Change::Screening(None)).unwrap_err()), [FaultCode::ScreeningMissing]);
    let handed = amended(Change::CaseHandler(Some(actor("kn")))).unwrap();
    assert_eq!(handed.changes(), [Change::CaseHandler(Some(actor("kari.nordmann")))]);
    let moved = amended(Change::Unit(Some(unit("ukjent")))).unwrap_err();
    assert_eq!(codes(&moved), [FaultCode::UnknownUnit]);
    let titled = Change::Title("Ny tittel".into());
    assert_eq!(amended(titled.clone()).unwrap().changes(), [titled], "all else is as it was wished");
}

#[test]
fn what_was_hidden_of_documents_and_parties_stays_so() {
    let mut book = book(ScreeningRule::AsSent);
    book.usual.open_codes = true;
    let party = |n: u128, name: &str| {
        Party::new(PartyId::from_uuid(Uuid::from_u128(n)), PartyRole::Sender, name.into()).unwrap()
    };
    let document = |n: u128, screening: Option<Screening>| {
        Document::new(DocumentId::from_uuid(Uuid::from_u128(n)), "Brev".into()).unwrap().screened(screening)
    };
    let mut new = NewEntry::new(EntryKind::Incoming, "Klage".into(), actor("svc-skole"));
    new.parties = vec![party(1, "Prøve Prøvesen").screened(true), party(2, "Test Testesen")];
    new.documents = vec![NewDocument::main(document(3, Some(screening("P"))))];
    let stored = super::world::store(&new, &stored_case(1), 1);
    let amended = |change: Change| book.entry_amendment(&stored, &Amendment::new(change), &CodeTable::standard());

    let shown = amended(Change::ScreenParty(PartyId::from_uuid(Uuid::from_u128(1)), false)).unwrap_err();
    assert_eq!(codes(&shown), [FaultCode::Locked]);
    let again = amended(Change::Parties(vec![party(9, "Prøve Prøvesen"), party(2, "Test Testesen")])).unwrap();
    let hidden = vec![party(9, "Prøve Prøvesen").screened(true), party(2, "Test Testesen")];
    assert_eq!(again.changes(), [Change::Parties(hidden)]);

    let kari = PartyIdentity::Person(NationalIdentityNumber::parse("01819000553").unwrap());
    let renamed =
        amended(Change::Parties(vec![party(9, "Prøve Testesen").identified_by(kari), party(2, "Test Testesen")]));
    assert!(matches!(renamed.unwrap().changes(), [Change::Parties(parties)] if parties[0].is_screened()));

    let open = amended(Change::Document(document(3, None))).unwrap_err();
    assert_eq!(codes(&open), [FaultCode::ScreeningMissing]);
    let weaker = amended(Change::Document(document(3, Some(screening("UO"))))).unwrap_err();
    assert_eq!(codes(&weaker), [FaultCode::Locked]);
    let same = Change::Document(document(3, Some(screening("P"))));
    assert_eq!(amended(same.clone()).unwrap().changes(), std::slice::from_ref(&same));
    let few = DocumentMarks { few_may_read: true, ..DocumentMarks::default() };
    let marked = stored.amend(Change::Document(stored.documents()[0].document.clone().marked(few)).into()).unwrap();
    let unmarked = Amendment::new(same);
    let unmarked = book.entry_amendment(&marked, &unmarked, &CodeTable::standard()).unwrap();
    assert!(matches!(unmarked.changes(), [Change::Document(document)] if document.marks() == few));
    let attach = |document: Document| Change::Attach {
        document: NewDocument::attachment(document),
        at: super::world::now(),
        by: actor("svc-skole"),
    };
    assert_eq!(
        amended(attach(document(4, Some(screening("25"))))).unwrap().changes(),
        [attach(document(4, Some(screening("P"))))]
    );
}

#[test]
fn a_party_that_comes_later_is_filed_by_the_rules_as_well() {
    let mut book = book(ScreeningRule::AsSent);
    let sort = crate::intake::EntryRule { screens_parties: true, ..Default::default() };
    let party = |n: u128, unit_of: Option<&str>, handler: Option<&str>| {
        let party = Party::new(PartyId::from_uuid(Uuid::from_u128(n)), PartyRole::InternalRecipient, "Enheten".into());
        party.and_then(|party| party.within(unit_of.map(unit), handler.map(actor))).unwrap()
    };
    let mut new = NewEntry::new(EntryKind::Incoming, "Klage".into(), actor("svc-skole"));
    new.parties = vec![party(1, Some("nedlagt"), None)];
    let stored = super::world::store(&new, &stored_case(1), 1);
    let amended = |book: &RuleBook, party: Party| {
        let wish = Amendment::new(Change::Parties(vec![new.parties[0].clone(), party]));
        book.entry_amendment(&stored, &wish, &CodeTable::standard())
    };
    let filed = |party: Party| [Change::Parties(vec![new.parties[0].clone(), party])];

    book.usual.units.insert("b1".to_owned(), unit("byggesak"));
    let mapped = amended(&book, party(2, Some("b1"), Some("kn"))).unwrap();
    assert_eq!(mapped.changes(), filed(party(2, Some("byggesak"), Some("kari.nordmann"))), "one who was there stays");
    for (party, code) in [
        (party(2, Some("ukjent"), None), FaultCode::UnknownUnit),
        (party(2, None, Some("ukjent")), FaultCode::InvalidContent),
    ] {
        assert_eq!(codes(&amended(&book, party).unwrap_err()), [code]);
    }
    book.usual.entries.insert("klage".to_owned(), sort);
    let hidden = amended(&book, party(2, None, None)).unwrap();
    assert_eq!(hidden.changes(), filed(party(2, None, None).screened(true)));
}

#[test]
fn a_title_whose_screened_words_no_longer_cover_it_is_left_to_a_person() {
    let book = book(ScreeningRule::AsSent);
    let words = screening_of("P", [Hides::TitleWords]).with_words(["Prøvesen"]).unwrap();
    let case = stored_case(1).amend(CaseChange::Title("Klage fra Prøvesen".into()).into()).unwrap();
    let case = case.amend(CaseChange::Screening(Some(words.clone())).into()).unwrap();
    let renamed = changed(&book, &case, CaseChange::Title("Klage fra Testesen".into())).unwrap_err();
    assert_eq!(codes(&renamed), [FaultCode::Locked]);
    assert!(changed(&book, &case, CaseChange::Title("Klage fra Prøvesen".into())).is_ok());

    let mut new = NewEntry::new(EntryKind::Incoming, "Klage fra Prøvesen".into(), actor("svc-skole"));
    new.screening = Some(words);
    let stored = super::world::store(&new, &stored_case(1), 1);
    let amended = |change: Change| book.entry_amendment(&stored, &Amendment::new(change), &CodeTable::standard());
    for change in [Change::Title("Klage fra Testesen".into()), Change::PublicTitle(Some("Klage fra Testesen".into()))] {
        assert_eq!(codes(&amended(change).unwrap_err()), [FaultCode::Locked]);
    }
    assert!(amended(Change::Due(None)).is_ok());
}

#[test]
fn a_file_that_is_added_is_such_as_the_source_may_hand_in() {
    let mut book = book(ScreeningRule::AsSent);
    book.usual.content.max_file = 5;
    book.usual.content.media_types = [MediaType::pdf()].into();
    let version = |number: u32, content: &[u8], media_type: MediaType| DocumentVersion {
        number,
        variant: Variant::Production,
        format: FileFormat::unknown(),
        media_type,
        file_name: FileName::sanitize("brev.pdf"),
        content: BlobRef::of(content),
        created: super::world::now(),
        created_by: actor("svc-skole"),
    };
    let id = DocumentId::from_uuid(Uuid::from_u128(3));
    let document =
        Document::new(id, "Brev".into()).unwrap().with_version(version(1, b"", MediaType::unknown())).unwrap();
    let mut new = NewEntry::new(EntryKind::Incoming, "Klage".into(), actor("svc-skole"));
    new.documents = vec![NewDocument::main(document.clone())];
    let stored = super::world::store(&new, &stored_case(1), 1);
    let added = |book: &RuleBook, file: DocumentVersion| {
        let change = Change::Document(document.clone().with_version(file).unwrap());
        book.entry_amendment(&stored, &change.into(), &CodeTable::standard()).map_err(|rejection| codes(&rejection))
    };
    assert!(added(&book, version(2, b"12345", MediaType::pdf())).is_ok(), "what it had before is not asked about");
    assert_eq!(added(&book, version(2, b"", MediaType::pdf())).unwrap_err(), [FaultCode::EmptyFile]);
    assert_eq!(added(&book, version(2, b"123456", MediaType::pdf())).unwrap_err(), [FaultCode::FileTooLarge]);
    assert_eq!(added(&book, version(2, b"1", MediaType::unknown())).unwrap_err(), [FaultCode::FormatNotTaken]);
    let mut taking = book.usual.clone();
    taking.content.media_types.clear();
    book.named.insert("vedlegg".to_owned(), taking);
    assert!(added(&book, version(2, b"1", MediaType::unknown())).is_ok(), "one of its rules takes it");
}
