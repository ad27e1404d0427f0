//! What is handed in: whole, once, answered.

use futures_util::poll;
use sakarkiv_core::{
    case::CaseNumber,
    intake::{CaseName, CaseOutcome, CaseWish, Consignment, ConsignmentKey, EntryOutcome, Place, StepKind},
    ports::ArchiveError,
};

use super::{
    DeskCase, DeskHarness,
    situation::{LIMIT, SECRET, Situation, bytes_of, case_key, not_allowed, refused, rejected},
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
        case!("desk.itself", itself, "tenant and source are constant for the life of the value"),
        case!("desk.put.limit", put_limit, "NotAllowed when the stream is longer than its limit"),
        case!(
            "desk.hand-in.receipt",
            receipt,
            "a consignment is answered with numbers and ids, in the order handed in"
        ),
        case!("desk.hand-in.stored", stored, "what the receipt names is stored as it was handed in"),
        case!("desk.hand-in.repeat", repeat, "the same one again gets the same receipt, marked as repeated"),
        case!("desk.hand-in.correction", correction, "other content under the key changes what was registered"),
        case!("desk.hand-in.rejected", nothing_of_it, "of a rejected consignment nothing is registered"),
        case!("desk.hand-in.all-faults", all_faults, "a rejection names all that is wrong"),
        case!("desk.hand-in.other-source", other_source, "Rejected when it names another source"),
        case!("desk.hand-in.dropped", dropped, "a call may be dropped at any await, and handing in again is harmless"),
        case!("desk.hand-in.away", away, "while the archive is away nothing is changed, and the same call works later",
            needs "an archive that goes away" => without_outage),
        case!("desk.hand-in.hidden", hidden, "what the service user may not know of is not there to hand in to",
            needs "hidden cases" => without_hidden),
        case!("desk.dry-run", dry_run, "a dry run tells what handing in would do, and does nothing"),
        case!("desk.dry-run.rejected", dry_run_rejected, "a dry run is rejected for what handing in is rejected for"),
        case!(
            "desk.receipt",
            kept_receipt,
            "the receipt of what was handed in is there for ever; of else there is none"
        ),
        case!("desk.errors.private", private, "neither Display nor Debug of an error carries personal data"),
    ]
}

pub(super) fn without_hidden(harness: &Harness) -> Option<String> {
    (!harness.hides()).then(|| "the service user may know of everything".to_owned())
}

fn without_outage(harness: &Harness) -> Option<String> {
    (!harness.take_away(false)).then(|| "the harness cannot take the archive away".to_owned())
}

fn nowhere() -> CaseWish {
    CaseWish::Existing(CaseName::Number(known(CaseNumber::new(1999, 999_999))))
}

async fn itself(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let (tenant, source) = (it.desk.tenant().clone(), it.desk.source().clone());
    it.filed("a", 1).await?;
    demand_eq("its tenant:", it.desk.tenant(), &tenant)?;
    demand_eq("its source:", it.desk.source(), &source)
}

async fn put_limit(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    refused("more than the limit", it.desk.put(bytes_of("12345"), 4).await, not_allowed)?;
    let blob = granted("as much as the limit", it.desk.put(bytes_of("12345"), 5).await)?;
    demand_eq("its size:", &blob.size, &5)
}

async fn receipt(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 2).await?;
    let receipt = it.hand_in(&consignment).await?;
    demand_eq("it is for:", &(&receipt.source, &receipt.key), &(&consignment.source, &consignment.key))?;
    demand_eq("its case:", &receipt.case.outcome, &CaseOutcome::Opened)?;
    demand(!receipt.repeated, "the first time", "a repetition")?;
    let keys: Vec<_> = receipt.entries.iter().map(|entry| entry.key.clone()).collect();
    let wanted: Vec<_> = consignment.entries.iter().map(|entry| entry.key.clone()).collect();
    demand_eq("its entries:", &keys, &wanted)?;
    let complete = receipt.entries.iter().all(|entry| {
        let in_case = entry.number.case() == receipt.case.number;
        in_case && entry.outcome == EntryOutcome::Registered && entry.documents.len() == 1 && entry.parties.len() == 1
    });
    demand(complete, "numbers of the case and ids of every document and party", &receipt.entries)
}

async fn stored(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 2).await?;
    let receipt = it.hand_in(&consignment).await?;
    let (case, entries) = it.the_record().await?;
    demand_eq("the case:", &(case.id(), case.number()), &(receipt.case.id, receipt.case.number))?;
    let has_title = consignment.facts.title.as_ref().is_some_and(|title| title.expose() == case.title().expose());
    demand(has_title, "the case's title", "another")?;
    let stored: Vec<_> = entries.iter().map(|entry| (entry.id(), entry.title().clone())).collect();
    let titles = consignment.entries.iter().map(|entry| entry.title.clone());
    let wanted: Vec<_> = receipt.entries.iter().map(|entry| entry.id).zip(titles).collect();
    demand(stored == wanted, "every entry with its title", "others")
}

async fn repeat(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 2).await?;
    let first = it.hand_in(&consignment).await?;
    let before = harness.records().await;
    for _ in 0..2 {
        demand_eq("the receipt:", &it.hand_in(&consignment).await?, &first.clone().again())?;
    }
    demand(harness.records().await == before, "nothing registered again", "changed records")
}

async fn correction(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 1).await?;
    let first = it.hand_in(&consignment).await?;
    let mut corrected = it.consignment("a", 2).await?;
    if let Some(entry) = corrected.entries.first_mut() {
        entry.title = "Vurdering, rettet".into();
    }
    let second = it.hand_in(&corrected).await?;
    let outcomes: Vec<_> = second.entries.iter().map(|entry| entry.outcome).collect();
    demand_eq("what became of its entries:", &outcomes, &vec![EntryOutcome::Amended, EntryOutcome::Registered])?;
    demand_eq("its case:", &second.case.id, &first.case.id)?;
    let (_, entries) = it.the_record().await?;
    let titles: Vec<_> = entries.iter().map(|entry| entry.title().expose() == "Vurdering, rettet").collect();
    demand_eq("which entries have the new title:", &titles, &vec![true, false])
}

async fn nothing_of_it(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut untitled = it.consignment("a", 2).await?;
    if let Some(entry) = untitled.entries.last_mut() {
        entry.title = " ".into();
    }
    let mut lost = it.consignment("b", 1).await?;
    lost.case = nowhere();
    for consignment in [untitled, lost] {
        refused("a faulty consignment", it.desk.hand_in(&consignment).await, rejected)?;
        demand_eq("how many cases there are:", &harness.records().await.len(), &0)?;
        let kept = granted("asking for its receipt", it.desk.receipt(&consignment.key).await)?;
        demand(kept.is_none(), "no receipt", "one")?;
    }
    Ok(())
}

async fn all_faults(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut consignment = it.consignment("a", 2).await?;
    for entry in &mut consignment.entries {
        entry.title = String::new().into();
    }
    match it.desk.hand_in(&consignment).await {
        Err(ArchiveError::Rejected(rejection)) => {
            let places: Vec<_> = rejection.faults().map(|fault| fault.place).collect();
            demand_eq("where:", &places, &vec![Place::Entry { entry: 0 }, Place::Entry { entry: 1 }])
        }
        other => Err(violated("a rejection", other)),
    }
}

async fn other_source(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut consignment = it.consignment("a", 1).await?;
    consignment.source = known(sakarkiv_core::identity::SourceId::new("en-annen-kilde"));
    refused("another's consignment", it.desk.hand_in(&consignment).await, rejected)?;
    refused("a dry run of it", it.desk.dry_run(&consignment).await, rejected)?;
    demand_eq("how many cases there are:", &harness.records().await.len(), &0)
}

async fn dropped(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 2).await?;
    for polls in 1..=3 {
        let mut call = Box::pin(it.desk.hand_in(&consignment));
        for _ in 0..polls {
            if poll!(&mut call).is_ready() {
                break;
            }
        }
    }
    let receipt = it.hand_in(&consignment).await?;
    let (case, entries) = it.the_record().await?;
    demand_eq("the case:", &receipt.case.id, &case.id())?;
    demand_eq("how many entries there are:", &entries.len(), &2)
}

async fn away(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 1).await?;
    harness.take_away(true);
    let (answer, put) = (it.desk.hand_in(&consignment).await, it.desk.put(bytes_of("x"), LIMIT).await);
    let read = it.desk.case(&CaseName::Key(case_key("a"))).await;
    harness.take_away(false);
    refused("handing in", answer, ArchiveError::may_pass)?;
    refused("putting a document", put, ArchiveError::may_pass)?;
    refused("reading", read, ArchiveError::may_pass)?;
    demand_eq("how many cases there are:", &harness.records().await.len(), &0)?;
    it.hand_in(&consignment).await.map(drop)
}

async fn hidden(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let hidden = harness.hide().await.ok_or_else(|| violated("a hidden case", "none"))?;
    let before = harness.records().await;
    let consignment = it.consignment("a", 1).await?;
    let to_none = it.desk.hand_in(&to(nowhere(), &consignment)).await;
    let unknown = refused("handing in to none", to_none, rejected)?.to_string();
    for name in [CaseName::Id(hidden.id), CaseName::Number(hidden.number)] {
        let answer = it.desk.hand_in(&to(CaseWish::Existing(name), &consignment)).await;
        demand_eq("the refusal:", &refused("handing in to it", answer, rejected)?.to_string(), &unknown)?;
    }
    demand(harness.records().await == before, "nothing changed", "changed records")
}

fn to(case: CaseWish, consignment: &Consignment) -> Consignment {
    let mut consignment = consignment.clone();
    consignment.case = case;
    consignment
}

async fn dry_run(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let consignment = it.consignment("a", 1).await?;
    let run = granted("a dry run", it.desk.dry_run(&consignment).await)?;
    let steps: Vec<_> = run.steps.iter().map(|step| step.action).collect();
    demand_eq("what it would do:", &steps, &vec![StepKind::OpenCase, StepKind::RegisterEntry])?;
    demand(!run.repeated, "the first time", "a repetition")?;
    demand_eq("how many cases there are:", &harness.records().await.len(), &0)?;
    let kept = granted("asking for its receipt", it.desk.receipt(&consignment.key).await)?;
    demand(kept.is_none(), "no receipt", "one")?;
    it.hand_in(&consignment).await?;
    let again = granted("a dry run of what is there", it.desk.dry_run(&consignment).await)?;
    demand(again.repeated, "a repetition", "the first time")
}

async fn dry_run_rejected(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut consignment = it.consignment("a", 1).await?;
    consignment.case = nowhere();
    let run = refused("a dry run", it.desk.dry_run(&consignment).await, rejected)?;
    let real = refused("handing in", it.desk.hand_in(&consignment).await, rejected)?;
    demand_eq("why:", &run.to_string(), &real.to_string())
}

async fn kept_receipt(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let receipt = it.filed("a", 1).await?;
    let kept = granted("asking for a receipt", it.desk.receipt(&receipt.key).await)?;
    demand_eq("the receipt:", &kept, &Some(receipt))?;
    let other = known(ConsignmentKey::new("b"));
    demand_eq("another:", &granted("asking for a receipt", it.desk.receipt(&other).await)?, &None)
}

async fn private(harness: &Harness) -> Outcome {
    let it = Situation::new(harness).await;
    let mut consignment = it.consignment("a", 1).await?;
    consignment.case = nowhere();
    let error = refused("handing in", it.desk.hand_in(&consignment).await, rejected)?;
    demand(!format!("{error} {error:?}").contains(SECRET), "an error without names and titles", "one that tells them")
}
