//! Whether the day went well: what the store says, held against what the other side saw.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use sakarkiv::core::{
    calendar::oslo_date,
    delivery::{Delivery, DeliveryState, FailureCause, Recipient, Reference},
    document::{ContentHash, DocumentType},
    identity::{CaseId, InboxId, LetterId, TenantId, Timestamp},
    journal::{EntryKind, EntryStatus, JournalEntry},
    ports::{Intake, IntakeState, ItemId, Store, StoreError},
    routing::MailboxKind,
};
use sakarkiv_testkit::simulators::{MailRecord, ShipmentRecord, ShipmentStatus};

use super::{
    confidential, content,
    figures::Figures,
    plan::{LetterPlan, MailPlan, MailShape, Plan},
    town::{Matter, Tenant, Town},
    world::World,
};

/// What the director knows was handed in, by what the office answered.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) letters: BTreeMap<LetterId, LetterPlan>,
    pub(crate) notes: BTreeMap<(TenantId, CaseId), usize>,
}

/// The outcome of the day. Each list names what is wrong, by technical ids.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Accepted letters or delivered mail that are nowhere.
    pub(crate) lost: Vec<String>,
    /// Letters the recipient got twice, or mail registered twice.
    pub(crate) doubled: Vec<String>,
    /// Sensitive letters that landed in an open inbox.
    pub(crate) leaked: Vec<String>,
    /// Statuses that say something else than what happened.
    pub(crate) untrue: Vec<String>,
}

impl Verdict {
    pub(crate) fn is_ok(&self) -> bool {
        [&self.lost, &self.doubled, &self.leaked, &self.untrue].into_iter().all(Vec::is_empty)
    }

    /// The last line of the day.
    pub(crate) fn line(&self) -> String {
        let (lost, doubled, leaked) = (self.lost.len(), self.doubled.len(), self.leaked.len());
        if self.is_ok() {
            format!("day: ok lost={lost} doubled={doubled} leaked={leaked}")
        } else {
            format!("day: FAILED lost={lost} doubled={doubled} leaked={leaked} untrue={}", self.untrue.len())
        }
    }

    /// Everything that is wrong, for people.
    pub(crate) fn complaints(&self) -> impl Iterator<Item = String> + '_ {
        let named =
            [("lost", &self.lost), ("doubled", &self.doubled), ("leaked", &self.leaked), ("untrue", &self.untrue)];
        named.into_iter().flat_map(|(name, list)| list.iter().map(move |what| format!("{name}: {what}")))
    }
}

/// The archives have their reports of each working day, and no report tells of another archive or names a person.
pub(crate) fn reports(folder: &Path, town: &Town, plan: &Plan, verdict: &mut Verdict) {
    let people: Vec<&str> = town
        .contacts
        .iter()
        .filter(|contact| !matches!(contact.recipient, Recipient::Organisation { .. }))
        .map(|contact| contact.recipient.name().expose().as_str())
        .collect();
    for tenant in town.tenants.iter().filter(|tenant| tenant.mail) {
        let own = |account: &str| tenant.every_unit().any(|unit| unit.account.as_str() == account);
        let others = town.tenants.iter().flat_map(Tenant::every_unit).map(|unit| unit.account.as_str());
        let foreign: BTreeSet<&str> = others.filter(|account| !own(account)).collect();
        for day in oslo_date(plan.begins).iter_days().take_while(|day| *day <= oslo_date(plan.ends)) {
            for name in ["uapnet.csv", "uapnet.html", "overforing-feilet.csv", "overforing-feilet.html"] {
                let file = folder.join(tenant.id.as_str()).join(format!("{day}-{name}"));
                let Ok(text) = std::fs::read_to_string(&file) else {
                    verdict.lost.push(format!("the report {} was not made", file.display()));
                    continue;
                };
                let mut fields = text.split([';', '\n']).map(|field| field.trim_matches(['"', '\r']));
                let names_people = people.iter().any(|name| text.contains(name));
                if names_people || (name.ends_with("csv") && fields.any(|field| foreign.contains(field))) {
                    verdict.leaked.push(format!("the report {} tells too much", file.display()));
                }
            }
        }
    }
}

/// Compares everything.
pub(crate) async fn judge(
    ledger: &Ledger,
    figures: &Figures,
    world: &World,
    store: &dyn Store,
    inbox: &InboxId,
    begins: Timestamp,
) -> Result<Verdict, StoreError> {
    let mut verdict = Verdict::default();
    letters(ledger, figures, world, begins, &mut verdict);
    entries(figures, store, &mut verdict).await?;
    mail(figures, world, store, inbox, &mut verdict).await?;
    notes(ledger, store, &mut verdict).await?;
    Ok(verdict)
}

fn letters(ledger: &Ledger, figures: &Figures, world: &World, begins: Timestamp, verdict: &mut Verdict) {
    let (shipments, messages) = (world.svarut.shipments(), world.altinn.messages());
    confidential::judge_story(&messages, verdict);
    let mut by_reference: BTreeMap<&str, Vec<&ShipmentRecord>> = BTreeMap::new();
    for shipment in shipments.iter().filter(|shipment| !shipment.status.is_rejected()) {
        by_reference.entry(shipment.reference.as_deref().unwrap_or_default()).or_default().push(shipment);
    }
    let deliveries: BTreeMap<_, _> = figures.deliveries.iter().map(|delivery| (delivery.letter, delivery)).collect();
    for (id, plan) in &ledger.letters {
        let Some(delivery) = deliveries.get(id) else {
            verdict.lost.push(format!("letter {id} was accepted and is not in the store"));
            continue;
        };
        if delivery.channel.as_str() == "altinn" {
            confidential::judge(*id, plan, delivery, &messages, verdict);
            confidential::judge_waiting(plan, delivery, begins, verdict);
            continue;
        }
        if delivery.accepted.is_some_and(|at| at >= confidential::outage_ends(begins)) {
            verdict.untrue.push(format!("letter {id} by {} waited for Altinn", delivery.channel));
        }
        let sent = by_reference.remove(Reference::of(*id).as_str()).unwrap_or_default();
        letter(*id, plan, delivery, &sent, verdict);
    }
    for (reference, unknown) in by_reference {
        verdict.untrue.push(format!("{} shipments under {reference}, which nobody handed in", unknown.len()));
    }
    for (id, delivery) in deliveries.iter().filter(|(id, _)| !ledger.letters.contains_key(id)) {
        if confidential::is_reminder(delivery) {
            confidential::judge_reminder(delivery, world.reminder_name(), &messages, verdict);
            continue;
        }
        verdict.doubled.push(format!("letter {id} is in the store and was not handed in"));
    }
}

fn letter(id: LetterId, plan: &LetterPlan, delivery: &Delivery, sent: &[&ShipmentRecord], verdict: &mut Verdict) {
    let state = delivery.state.name();
    let sensitive = matches!(plan.matter, Matter::ChildWelfare | Matter::Health);
    for shipment in sent {
        if sensitive && shipment.landings.iter().any(|landing| landing.mailbox == MailboxKind::OrganisationInbox) {
            verdict.leaked.push(format!("letter {id} landed in an ordinary inbox"));
        }
        let wanted: Vec<_> = content::hashes(plan.seed, &plan.documents);
        let got: Vec<_> = shipment.files.iter().filter_map(|file| ContentHash::parse(&file.sha256).ok()).collect();
        if wanted != got {
            verdict.lost.push(format!("letter {id} arrived with other documents than were handed in"));
        }
    }
    match (&delivery.state, sent) {
        (DeliveryState::Failed(_), []) => {}
        // Taken over by the channel, which then found no way to the recipient.
        (DeliveryState::Failed(FailureCause::Returned { .. }), [one]) if one.status == ShipmentStatus::NotDelivered => {
        }
        (DeliveryState::Failed(_), _) => verdict.untrue.push(format!("letter {id} is called failed and was sent")),
        (_, []) => verdict.lost.push(format!("letter {id} is {state} and the other side has nothing")),
        (_, [one]) => {
            if !agrees(&delivery.state, &one.status) {
                verdict.untrue.push(format!("letter {id} is called {state} and is {}", one.status.word()));
            }
        }
        (_, many) => verdict.doubled.push(format!("letter {id} was sent {} times", many.len())),
    }
}

/// Whether our word for it is true by the end of the day, when all that moves has come to rest.
const fn agrees(ours: &DeliveryState, theirs: &ShipmentStatus) -> bool {
    use ShipmentStatus as S;
    match ours {
        DeliveryState::Opened => matches!(theirs, S::Read | S::Deleted),
        DeliveryState::Printed => matches!(theirs, S::Printed | S::Deleted),
        DeliveryState::Delivered { .. } => matches!(
            theirs,
            S::DeliveredInAltinn | S::DeliveredInMailbox | S::SentDigitally | S::ReadyForReceiverSystem
        ),
        DeliveryState::Accepted => matches!(theirs, S::Received | S::Accepted | S::SentToAltinn | S::SentToMailbox),
        DeliveryState::SentToPrint => matches!(theirs, S::SentToPrint),
        DeliveryState::Closed => matches!(theirs, S::HandledManually | S::Deleted),
        DeliveryState::Queued
        | DeliveryState::Attempting { .. }
        | DeliveryState::Unknown { .. }
        | DeliveryState::Failed(_)
        | DeliveryState::Withdrawn => false,
    }
}

/// The journal agrees with the deliveries: dispatched is what a channel took over, and nothing else.
async fn entries(figures: &Figures, store: &dyn Store, verdict: &mut Verdict) -> Result<(), StoreError> {
    for delivery in &figures.deliveries {
        let Some(letter) = store.letter(&delivery.tenant, delivery.letter).await? else { continue };
        let entry = store.entry(&delivery.tenant, letter.entry).await?;
        let dispatched =
            entry.is_some_and(|entry| matches!(entry.status(), EntryStatus::Dispatched | EntryStatus::Journaled));
        if dispatched != delivery.accepted.is_some() {
            let (id, state) = (letter.id, delivery.state.name());
            verdict.untrue.push(format!("letter {id} is {state} and its entry says otherwise"));
        }
    }
    Ok(())
}

async fn mail(
    figures: &Figures,
    world: &World,
    store: &dyn Store,
    inbox: &InboxId,
    verdict: &mut Verdict,
) -> Result<(), StoreError> {
    for record in world.svarinn.records() {
        let id = record.id;
        let Ok(tenant) = TenantId::new(&record.system) else { continue };
        let plan = world.mail.get(&id);
        let intake = store.intake(&tenant, inbox, &ItemId(id.to_string())).await?;
        match (plan.map(|plan| plan.shape), intake.map(|intake| intake.state)) {
            (_, None) => verdict.lost.push(format!("mail {id} never came into the store")),
            (Some(MailShape::Undecryptable), Some(IntakeState::SetAside { .. })) => undecryptable(&record, verdict),
            (Some(MailShape::Undecryptable), Some(_)) => {
                verdict.untrue.push(format!("mail {id}, which nobody can read, was registered"));
            }
            (_, Some(IntakeState::Acknowledged { entry, .. })) => {
                let entry = store.entry(&tenant, entry).await?;
                received(&record, plan, entry.as_ref(), verdict);
            }
            (_, Some(IntakeState::SetAside { problem, .. })) => {
                verdict.lost.push(format!("mail {id} was set aside: {problem}"));
            }
            (_, Some(IntakeState::Registered { .. })) => {
                verdict.untrue.push(format!("mail {id} is registered and the other side was not told"));
            }
        }
    }
    registered_once(&figures.intakes, store, verdict).await
}

fn undecryptable(record: &MailRecord, verdict: &mut Verdict) {
    let id = record.id;
    if !record.waiting || !record.acknowledged.is_empty() {
        verdict.lost.push(format!("mail {id}, which nobody can read, was acknowledged"));
    }
    if record.failures.iter().any(|failure| failure.permanent) {
        verdict.lost.push(format!("mail {id} was given up for good without a person's word"));
    }
    if record.failures.is_empty() {
        verdict.untrue.push(format!("mail {id}, which nobody can read, was not reported to the other side"));
    }
}

fn received(record: &MailRecord, plan: Option<&MailPlan>, entry: Option<&JournalEntry>, verdict: &mut Verdict) {
    let id = record.id;
    let Some(entry) = entry else {
        verdict.lost.push(format!("mail {id} is acknowledged and its entry is not there"));
        return;
    };
    if record.waiting || record.acknowledged.is_empty() {
        verdict.untrue.push(format!("mail {id} is called acknowledged and still waits"));
    }
    let Some(plan) = plan else { return };
    let documents = entry.documents().iter().map(|attached| &attached.document);
    let (told, sent): (Vec<_>, Vec<_>) =
        documents.partition(|document| *document.kind() == DocumentType::SendersParticulars);
    let got: Vec<_> =
        sent.iter().filter_map(|document| document.current()).map(|version| version.content.hash).collect();
    if got != content::hashes(plan.seed, &plan.documents) {
        verdict.lost.push(format!("mail {id} has other documents than were sent"));
    }
    if told.len() != 1 {
        verdict.lost.push(format!("mail {id} is on record without what was told beside its documents"));
    }
    if plan.confidential && entry.screening().is_none() {
        verdict.untrue.push(format!("mail {id} is confidential and its entry is not screened"));
    }
}

/// Each incoming entry belongs to one item, and each item to one entry.
async fn registered_once(intakes: &[Intake], store: &dyn Store, verdict: &mut Verdict) -> Result<(), StoreError> {
    let mut expected = BTreeMap::<_, usize>::new();
    for intake in intakes {
        if let IntakeState::Registered { case, .. } | IntakeState::Acknowledged { case, .. } = &intake.state {
            *expected.entry((intake.tenant.clone(), *case)).or_default() += 1;
        }
    }
    for ((tenant, case), expected) in expected {
        let entries = store.entries(&tenant, case).await?;
        let incoming = entries.iter().filter(|entry| entry.kind() == EntryKind::Incoming).count();
        if incoming > expected {
            verdict.doubled.push(format!("case {case} of {tenant} has {incoming} entries for {expected} items"));
        }
    }
    Ok(())
}

async fn notes(ledger: &Ledger, store: &dyn Store, verdict: &mut Verdict) -> Result<(), StoreError> {
    for ((tenant, case), expected) in &ledger.notes {
        let entries = store.entries(tenant, *case).await?;
        let numbers: BTreeSet<_> = entries.iter().map(|entry| entry.number().number()).collect();
        match entries.len() {
            found if found < *expected => verdict.lost.push(format!("{} notes of case {case}", expected - found)),
            found if found > *expected => verdict.doubled.push(format!("{} notes of case {case}", found - expected)),
            found if numbers.len() != found => verdict.untrue.push(format!("case {case} gave a number twice")),
            _ => {}
        }
    }
    Ok(())
}
