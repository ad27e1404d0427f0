//! What was handed in is found, read and changed.

use sakarkiv_core::{
    case::{CaseChange, CaseNumber, CaseStatus},
    document::{DocumentVersion, Variant},
    identity::{ActorId, CaseId, DocumentId, EntryId, FileId, SignOffId},
    intake::{CaseName, CodeList, EntryName, EntryReceipt, PartyFacts},
    journal::{Change, EntryKind, JournalEntry, SignOff, SignOffKind},
    party::PartyRole,
    ports::{ArchiveError, CaseFilter, SignOffWish},
};
use uuid::Uuid;

use super::{
    DeskCase, DeskHarness,
    cases::without_hidden,
    situation::{SECRET, Situation, case_key, content, entry_key, not_allowed, not_found, read, refused},
};
use crate::conformance::{
    channel::case,
    report::{Violation, demand, demand_eq, granted, violated},
    samples::known,
};

type Outcome = Result<(), Violation>;
type Harness = dyn DeskHarness;

pub(super) fn all() -> Vec<DeskCase> {
    vec![
        case!("desk.case", found_case, "a case is found by its id, its number, its key and by what it is like"),
        case!("desk.case.unknown", unknown_case, "NotFound for what is not there"),
        case!("desk.case.several", several_cases, "Several when more than one fits"),
        case!("desk.case.hidden", hidden_case, "what the service user may not know of is not there",
            needs "hidden cases" => without_hidden),
        case!(
            "desk.cases",
            pages_of_cases,
            "cases come in the order of their numbers, after a number, no more than asked for"
        ),
        case!("desk.entries", entries, "the entries of a case come in the order of their numbers"),
        case!("desk.entry", found_entry, "an entry is found by its id, its key, its number and its document"),
        case!(
            "desk.open",
            open,
            "a document's file comes whole, by its document's id and its own; NotFound for another"
        ),
        case!("desk.amend-case", amend_case, "a case is changed, and NotFound for none"),
        case!("desk.move-case", move_case, "a case takes the steps of its life cycle and no others"),
        case!("desk.amend-entry", amend_entry, "an entry is changed, and NotFound for none"),
        case!(
            "desk.amend-document",
            amend_document,
            "a rendering is added by the service user and found by its own id"
        ),
        case!("desk.sign-off", sign_off, "an entry is signed off once"),
        case!(
            "desk.undo-sign-off",
            undo_sign_off,
            "a sign-off is taken back alone and once, and then the entry waits again; NotFound for one that is not there"
        ),
        case!(
            "desk.undo-sign-off.part",
            undo_sign_off_of_a_part,
            "an internal entry is signed off and taken back for one recipient alone"
        ),
        case!("desk.codes", codes, "a code list has each code once"),
    ]
}

async fn found_case(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    it.filed("b", 1).await?;
    let mut like = CaseFilter::default();
    like.title = Some(format!("mappe a {SECRET}").as_str().into());
    let names = [
        CaseName::Id(receipt.case.id),
        CaseName::Number(receipt.case.number),
        CaseName::Key(case_key("a")),
        CaseName::Like(Box::new(like)),
    ];
    for name in names {
        let case = granted("finding the case", it.desk.case(&name).await)?;
        demand_eq("the case:", &case.id(), &receipt.case.id)?;
    }
    Ok(())
}

async fn unknown_case(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    it.filed("a", 1).await?;
    let nobody = CaseId::from_uuid(Uuid::from_u128(9));
    let names = [
        CaseName::Id(nobody),
        CaseName::Number(known(CaseNumber::new(1999, 999_999))),
        CaseName::Key(case_key("finnes-ikke")),
    ];
    for name in names {
        refused("a case that is not there", it.desk.case(&name).await, not_found)?;
    }
    refused("its entries", it.desk.entries(nobody).await, not_found).map(drop)
}

async fn several_cases(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    it.filed("b", 1).await?;
    let mut like = CaseFilter::default();
    like.year = Some(receipt.case.number.year().into());
    let answer = it.desk.case(&CaseName::Like(Box::new(like))).await;
    refused("what two are like", answer, |error| matches!(error, ArchiveError::Several { .. })).map(drop)
}

async fn hidden_case(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let hidden = harness.hide().await.ok_or_else(|| violated("a hidden case", "none"))?;
    let receipt = it.filed("a", 1).await?;
    for name in [CaseName::Id(hidden.id), CaseName::Number(hidden.number)] {
        refused("a hidden case", it.desk.case(&name).await, not_found)?;
    }
    refused("its entries", it.desk.entries(hidden.id).await, not_found)?;
    let title = CaseChange::Title("Ny tittel".into());
    refused("changing it", it.desk.amend_case(hidden.id, title.into()).await, not_found)?;
    let listed = granted("listing", it.desk.cases(&CaseFilter::default(), None, 10).await)?;
    demand_eq("what is listed:", &listed.iter().map(|case| case.id()).collect(), &vec![receipt.case.id])
}

async fn pages_of_cases(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut numbers = Vec::new();
    for key in ["c", "a", "b"] {
        numbers.push(it.filed(key, 1).await?.case.number);
    }
    numbers.sort();
    let mut seen = Vec::new();
    while let Some(case) =
        granted("listing", it.desk.cases(&CaseFilter::default(), seen.last().copied(), 1).await)?.pop()
    {
        demand(seen.len() < numbers.len(), "an end of the list", "cases that come again")?;
        seen.push(case.number());
    }
    demand_eq("the cases, one at a time:", &seen, &numbers)?;
    let two = granted("listing", it.desk.cases(&CaseFilter::default(), None, 2).await)?;
    demand_eq("how many of three there are on a page of two:", &two.len(), &2)
}

async fn entries(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 3).await?;
    let entries = granted("reading the entries", it.desk.entries(receipt.case.id).await)?;
    let ids: Vec<_> = entries.iter().map(|entry| entry.id()).collect();
    demand_eq("the entries:", &ids, &receipt.entries.iter().map(|entry| entry.id).collect())
}

async fn found_entry(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 2).await?;
    for (nth, filed) in (1..).zip(&receipt.entries) {
        let number = EntryName::Number { case: receipt.case.number, number: filed.number.number() };
        let document = EntryName::Document(document_of(filed)?.into());
        for name in [EntryName::Id(filed.id), EntryName::Key(entry_key("a", nth)), number, document] {
            let entry = granted("finding the entry", it.desk.entry(&name).await)?;
            demand_eq("the entry:", &entry.id(), &filed.id)?;
        }
    }
    let nobody = EntryName::Id(EntryId::from_uuid(Uuid::from_u128(9)));
    let unnumbered = EntryName::Number { case: receipt.case.number, number: 999 };
    let elsewhere = EntryName::Document(unknown_document().into());
    for name in [nobody, unnumbered, EntryName::Key(entry_key("b", 1)), elsewhere] {
        refused("an entry that is not there", it.desk.entry(&name).await, not_found)?;
    }
    Ok(())
}

async fn open(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 2).await?;
    for (nth, filed) in (1..).zip(&receipt.entries) {
        let document = document_of(filed)?;
        let own_id = FileId::of(document, 1, Variant::Production);
        for name in [document.into(), own_id.into()] {
            let file = granted("opening the document", it.desk.open(name).await)?;
            demand_eq("its size:", &file.version.content.size, &(content("a", nth).len() as u64))?;
            demand_eq("its bytes:", &read(file).await?, &content("a", nth))?;
        }
        let never_stored = FileId::of(document, 2, Variant::Production);
        for name in [unknown_document().into(), never_stored.into()] {
            refused("another document", it.desk.open(name).await, not_found)?;
        }
    }
    Ok(())
}

fn document_of(filed: &EntryReceipt) -> Result<DocumentId, Violation> {
    filed.documents.first().copied().ok_or_else(|| violated("a document", "none"))
}

const fn unknown_document() -> DocumentId {
    DocumentId::from_uuid(Uuid::from_u128(9))
}

async fn amend_case(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let change = || CaseChange::Title("Ny tittel".into());
    granted("changing the case", it.desk.amend_case(receipt.case.id, change().into()).await)?;
    let (case, _) = it.the_record().await?;
    demand(case.title().expose() == "Ny tittel", "the new title", "another")?;
    let nobody = CaseId::from_uuid(Uuid::from_u128(9));
    refused("changing none", it.desk.amend_case(nobody, change().into()).await, not_found).map(drop)
}

async fn move_case(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let entry = it.the_entry(&receipt).await?;
    refused("closing it at once", it.desk.move_case(receipt.case.id, CaseStatus::Closed).await, not_allowed)?;
    granted("signing off", it.desk.sign_off(entry.id(), noted()).await)?;
    granted("finishing it", it.desk.move_case(receipt.case.id, CaseStatus::HandlerDone).await)?;
    demand_eq("its status:", &it.the_record().await?.0.status(), &CaseStatus::HandlerDone)
}

async fn amend_entry(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let entry = it.the_entry(&receipt).await?;
    let change = || Change::Title("Ny tittel".into());
    granted("changing the entry", it.desk.amend_entry(entry.id(), change().into()).await)?;
    demand(it.the_entry(&receipt).await?.title().expose() == "Ny tittel", "the new title", "another")?;
    let nobody = EntryId::from_uuid(Uuid::from_u128(9));
    refused("changing none", it.desk.amend_entry(nobody, change().into()).await, not_found).map(drop)
}

async fn amend_document(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let entry = it.the_entry(&receipt).await?;
    let first = |entry: &JournalEntry| {
        let attached = entry.documents().first().ok_or_else(|| violated("a document", "none"))?;
        Ok::<_, Violation>(attached.document.clone())
    };
    let document = first(&entry)?;
    let shown = document.current().ok_or_else(|| violated("a file", "none"))?;
    let rendering = DocumentVersion {
        variant: Variant::Redacted,
        content: it.put("%PDF-1.4 sladdet").await?,
        created_by: known(ActorId::new("somebody-else")),
        ..shown.clone()
    };
    let id = FileId::of(document.id(), rendering.number, rendering.variant);
    let more = known(document.clone().with_version(rendering));
    granted("adding a rendering", it.desk.amend_entry(entry.id(), Change::Document(more).into()).await)?;
    let kept = first(&it.the_entry(&receipt).await?)?;
    demand_eq("the files it had:", &kept.versions().first(), &document.versions().first())?;
    let by = kept.named(id.into()).map(|version| &version.created_by);
    demand_eq("who stored the rendering:", &by, &Some(&shown.created_by))?;
    let file = granted("opening the rendering", it.desk.open(id.into()).await)?;
    demand_eq("its bytes:", &read(file).await?, &"%PDF-1.4 sladdet".to_owned())?;
    let file = granted("opening the document", it.desk.open(document.id().into()).await)?;
    demand_eq("the file to show:", &read(file).await?, &content("a", 1))
}

const fn noted() -> SignOffWish {
    SignOffWish { how: SignOffKind::Noted, answered_by: None, party: None }
}

async fn sign_off(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let entry = it.the_entry(&receipt).await?;
    demand(entry.is_outstanding(), "an incoming entry that waits for an answer", "one that does not")?;
    granted("signing off", it.desk.sign_off(entry.id(), noted()).await)?;
    demand(!it.the_entry(&receipt).await?.is_outstanding(), "it waits no more", "it still does")?;
    refused("signing off again", it.desk.sign_off(entry.id(), noted()).await, not_allowed).map(drop)
}

async fn undo_sign_off(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let entry = it.the_entry(&receipt).await?.id();
    granted("signing off", it.desk.sign_off(entry, noted()).await)?;
    granted("signing off", it.desk.sign_off(entry, SignOffWish { how: SignOffKind::Email, ..noted() }).await)?;
    for left in [&[SignOffKind::Noted][..], &[]] {
        let signed = it.the_entry(&receipt).await?;
        demand(!signed.is_outstanding(), "an entry that is signed off", "one that waits")?;
        let last = signed.sign_offs().last().map(|sign_off| SignOffId::of(entry, sign_off));
        let last = last.ok_or_else(|| violated("a sign-off", "none"))?;
        granted("taking it back", it.desk.undo_sign_off(entry, last).await)?;
        let kinds: Vec<_> = it.the_entry(&receipt).await?.sign_offs().iter().map(SignOff::how).collect();
        demand_eq("the sign-offs that are left:", &kinds.as_slice(), &left)?;
        refused("taking it back again", it.desk.undo_sign_off(entry, last).await, not_found)?;
    }
    demand(it.the_entry(&receipt).await?.is_outstanding(), "an entry that waits again", "one that does not")?;
    let nobody = EntryId::from_uuid(Uuid::from_u128(9));
    let none = SignOffId::from_uuid(Uuid::from_u128(9));
    refused("taking back one of none", it.desk.undo_sign_off(nobody, none).await, not_found).map(drop)
}

async fn undo_sign_off_of_a_part(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut consignment = it.consignment("a", 1).await?;
    for entry in &mut consignment.entries {
        entry.kind = Some(EntryKind::InternalFollowUp);
        entry.parties = vec![PartyFacts::new(PartyRole::InternalRecipient, SECRET.into()); 2];
    }
    let receipt = it.hand_in(&consignment).await?;
    let entry = it.the_entry(&receipt).await?;
    refused("signing it off as a whole", it.desk.sign_off(entry.id(), noted()).await, not_allowed)?;
    for party in entry.parties() {
        let part = SignOffWish { party: Some(party.id()), ..noted() };
        granted("signing a part off", it.desk.sign_off(entry.id(), part).await)?;
    }
    let signed = it.the_entry(&receipt).await?;
    demand(!signed.is_outstanding(), "an entry whose every part is signed off", "one that waits")?;
    let [first, last] = signed.sign_offs() else { return Err(violated("two sign-offs", signed.sign_offs().len())) };
    let undone = it.desk.undo_sign_off(entry.id(), SignOffId::of(entry.id(), last)).await;
    granted("taking one back", undone)?;
    let waiting = it.the_entry(&receipt).await?;
    demand_eq("the sign-offs that are left:", &waiting.sign_offs(), &std::slice::from_ref(first))?;
    demand(waiting.is_outstanding(), "an entry that waits for one recipient", "one that does not")
}

async fn codes(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    for list in [CodeList::CaseKinds, CodeList::EntryKinds, CodeList::DocumentTypes, CodeList::Units] {
        let values = granted("asking for a code list", it.desk.codes(list).await)?;
        demand(!values.is_empty(), "some codes", "none")?;
        let mut codes: Vec<_> = values.iter().map(|value| value.code.as_str()).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        demand_eq("how many different codes there are:", &codes.len(), &all)?;
    }
    Ok(())
}
