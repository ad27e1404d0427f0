//! What happens in a day and when: made from the seed alone, before anything runs.

use chrono::{Duration, TimeZone, Utc};
use sakarkiv::core::{
    delivery::{Priority, Recipient},
    identity::{AccountId, TenantId, Timestamp, UnitId},
};
use serde::{Deserialize, Serialize};

use super::{
    confidential, publication,
    random::Random,
    rights::Step,
    specialists::{self, Act},
    town::{Matter, Tenant, Town, TownError, Unit},
};

/// One thing that happens.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// Mail arrives for a tenant.
    Mail(MailPlan),
    /// Somebody hands in a letter.
    Letter(LetterPlan),
    /// Somebody registers an internal note.
    Note(NotePlan),
    /// Something about access happens in the archive with the child files.
    Rights(Step),
    /// A specialist system hands something in, or is dealt with.
    Specialists(Act),
    /// Something about the public journal happens, in the office or outside.
    Public(publication::Moment),
    /// SvarUt goes down, first by losing answers, then altogether.
    OutageBegins,
    /// SvarUt is back.
    OutageEnds,
    /// Confidential mail comes to the municipality by Altinn, where nobody of its people can open it.
    OwnConfidentialMail,
    /// Altinn goes down for a day and a half.
    AltinnOutage,
    /// Whoever got a reminder gives somebody the access, and the mail is opened.
    ReminderIsRead,
    /// The process of the office is killed and started again.
    Kill,
}

/// Incoming mail.
#[derive(Debug, Clone)]
pub(crate) struct MailPlan {
    pub(crate) tenant: TenantId,
    pub(crate) shape: MailShape,
    pub(crate) documents: Vec<usize>,
    pub(crate) confidential: bool,
    pub(crate) seed: u64,
}

/// What is special about incoming mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailShape {
    /// A ZIP of documents, as the definition says.
    Ordinary,
    /// A single PDF without an archive around it.
    BarePdf,
    /// A shipment without documents.
    Empty,
    /// A message from the dialogue form.
    Dialogue,
    /// Encrypted to a key that is not ours.
    Undecryptable,
}

/// An outgoing letter, as the case handler hands it in. Crosses to the office's process as JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LetterPlan {
    /// The caller's key: handing it in twice must make one letter.
    pub(crate) key: String,
    pub(crate) tenant: TenantId,
    pub(crate) unit: UnitId,
    pub(crate) account: AccountId,
    pub(crate) priority: Priority,
    pub(crate) matter: Matter,
    pub(crate) recipient: Recipient,
    /// Sizes of the documents in bytes.
    pub(crate) documents: Vec<usize>,
    pub(crate) digital_only: bool,
    pub(crate) seed: u64,
}

/// An internal note (N or X).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NotePlan {
    pub(crate) key: String,
    pub(crate) tenant: TenantId,
    pub(crate) unit: UnitId,
}

/// A whole day, in order.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) begins: Timestamp,
    pub(crate) ends: Timestamp,
    pub(crate) events: Vec<(Timestamp, Event)>,
}

/// Monday 23 November 2026, 06:00 in Norway. An ordinary working day, so that terms in working days are easy to follow.
fn morning() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 23, 5, 0, 0).single().unwrap_or_default()
}

/// How long the clock runs, so that what nobody opens is printed and everything comes to its end: until Friday at nine, after
/// the report at eight.
const HOURS: i64 = 99;

impl Plan {
    pub(crate) fn new(seed: u64, town: &Town, kills: u32) -> Result<Self, TownError> {
        let mut random = Random::new(seed);
        let begins = morning();
        let mut events = Vec::new();
        let mut at = |minutes: u64, event| events.push((begins + Duration::minutes(minutes.cast_signed()), event));
        for (tenant, n) in town.tenants.iter().zip(0_u32..) {
            if tenant.mail {
                for mail in mails(&mut random, &tenant.id, if n == 0 { 36 } else { 8 }) {
                    at(random.between(0, 600), Event::Mail(mail));
                }
                for (unit, m) in tenant.units.iter().zip(0_u32..) {
                    for k in 0..if n == 0 { 28 } else { 12 } {
                        let key = format!("{}-{m}-{k}", tenant.id);
                        if let Some(letter) = letter(&mut random, town, tenant, unit, key) {
                            at(random.between(90, 600), Event::Letter(letter));
                        }
                    }
                }
            } else if let Some(unit) = tenant.units.first() {
                for k in 0..6 {
                    let key = format!("{}-note-{k}", tenant.id);
                    let note = NotePlan { key, tenant: tenant.id.clone(), unit: unit.id.clone() };
                    at(random.between(90, 600), Event::Note(note));
                }
            }
        }
        let story = [
            (200, Step::RefusedRead),
            (215, Step::GrantedRequest),
            (230, Step::Consultant),
            (390, Step::LateConsultant),
            (500, Step::BreakGlass),
        ];
        for (minutes, step) in story {
            at(minutes, Event::Rights(step));
        }
        for (minutes, event) in publication::story() {
            at(minutes, event);
        }
        at(360, Event::OutageBegins);
        at(410, Event::OutageEnds);
        at(425, Event::Kill);
        for _ in 0..kills {
            at(random.between(30, 700), Event::Kill);
        }
        for tenant in &town.tenants {
            for (minutes, event) in tenant
                .altinn
                .iter()
                .map(|unit| confidential::story(&mut random, tenant, unit))
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
            {
                at(minutes, event);
            }
        }
        for (minutes, event) in specialists::story(&mut random, town.with_specialists()?) {
            at(minutes, event);
        }
        events.sort_by_key(|(when, _)| *when);
        Ok(Self { begins, ends: begins + Duration::hours(HOURS), events })
    }
}

fn mails(random: &mut Random, tenant: &TenantId, count: usize) -> Vec<MailPlan> {
    let special = [MailShape::Undecryptable, MailShape::Dialogue, MailShape::BarePdf, MailShape::Empty];
    (0..count)
        .map(|n| {
            let shape = special.get(n).copied().unwrap_or(MailShape::Ordinary);
            let files = match shape {
                MailShape::Empty => 0,
                MailShape::BarePdf => 1,
                _ => random.between(1, 4),
            };
            MailPlan {
                tenant: tenant.clone(),
                shape,
                documents: (0..files).map(|_| size(random)).collect(),
                confidential: random.one_in(4),
                seed: random.next(),
            }
        })
        .collect()
}

fn letter(random: &mut Random, town: &Town, tenant: &Tenant, unit: &Unit, key: String) -> Option<LetterPlan> {
    let is_self = |recipient: &Recipient| matches!(recipient, Recipient::Organisation { number, .. } if *number == tenant.organisation);
    let others: Vec<_> = town.contacts.iter().filter(|contact| !is_self(&contact.recipient)).collect();
    let recipient = random.pick(&others)?.recipient.clone();
    let matter = if unit.matter == Matter::General && random.one_in(5) { Matter::Health } else { unit.matter };
    Some(LetterPlan {
        key,
        tenant: tenant.id.clone(),
        unit: unit.id.clone(),
        account: unit.account.clone(),
        priority: unit.priority,
        matter,
        recipient,
        documents: (0..random.between(1, 4)).map(|_| size(random)).collect(),
        digital_only: random.one_in(10),
        seed: random.next(),
    })
}

/// Mostly some tens of kilobytes, now and then some megabytes.
fn size(random: &mut Random) -> usize {
    let bytes = if random.one_in(40) { random.between(2_000_000, 8_000_000) } else { random.between(2_000, 120_000) };
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
