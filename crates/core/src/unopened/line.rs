use chrono::{NaiveDate, TimeDelta};
use serde::Serialize;

use super::{
    facts::{AgeBand, Direction, Facts, Knowledge, Place},
    limits::{Limits, Terms},
    recommend::{Recommendation, recommend},
};
use crate::{
    calendar::{Calendar, oslo_date},
    delivery::{Delivery, DeliveryState, Letter, Recipient},
    identity::{AccountId, ChannelId, InboxId, LetterId, OrganisationNumber, Timestamp, UnitId},
    ports::{ItemId, Stage},
    routing::{Coverage, MailboxKind, PrintSetting, RecipientKind},
    screening::Private,
    sensitivity::SensitivityClass,
};

/// One piece of confidential mail that nobody is known to have opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// Which piece of mail.
    pub item: Item,
    /// The other side: to whom it was sent, or from whom it came, as far as we may know.
    pub counterpart: Option<Counterpart>,
    /// The kind of mailbox, when it lies in one.
    pub mailbox: Option<MailboxKind>,
    /// Where that is.
    pub place: Place,
    /// Since when it lies there.
    pub since: Timestamp,
    /// For how many Norwegian working days.
    pub working_days: i64,
    /// What that means by the tenant's limits.
    pub age: AgeBand,
    /// The day by whose end it should have been opened.
    pub deadline: NaiveDate,
    /// What the sender account does with unopened mail.
    pub print: PrintSetting,
    /// What that leads to.
    pub consequence: Consequence,
    /// Whether somebody could open it.
    pub coverage: Coverage,
    /// How often the recipient, or those of us who can open it, have been reminded.
    pub reminders: usize,
    /// When last.
    pub reminded: Option<Timestamp>,
    /// How many reminders failed on their way.
    pub failed_reminders: usize,
    /// What to do.
    pub recommendation: Recommendation,
    /// What we know it from.
    pub evidence: Evidence,
}

/// Which piece of mail a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "direction")]
pub enum Item {
    /// A letter of ours.
    Sent {
        /// The letter.
        letter: LetterId,
        /// The channel it went by.
        channel: ChannelId,
        /// The sender account.
        account: AccountId,
        /// The unit that owns it.
        unit: UnitId,
    },
    /// Mail to one of our organisation numbers.
    Received {
        /// The organisation number.
        organisation: OrganisationNumber,
        /// The inbox.
        inbox: InboxId,
        /// The other side's id; nothing when it only tells that there is something.
        item: Option<ItemId>,
    },
}

/// The other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counterpart {
    /// What it is.
    pub kind: RecipientKind,
    /// Its organisation number, when it has one.
    pub organisation: Option<OrganisationNumber>,
    /// Its name.
    pub name: Private<String>,
}

/// What happens to it when nobody does anything (R4.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "on")]
pub enum Consequence {
    /// It is printed and posted on about this day.
    Printed(NaiveDate),
    /// It should have been printed on this day, and lies there still.
    NotPrinted(NaiveDate),
    /// It stays there until somebody opens it.
    Stays,
    /// Not known; expect that it stays.
    Unknown,
}

/// What a line is known from, for whoever doubts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The other side's own word for the status; empty when it has given none.
    pub raw: String,
    /// When the other side says that status began.
    pub since: Option<Timestamp>,
    /// The other side's id of the mail.
    pub remote_id: Option<String>,
    /// How well that is known.
    pub knowledge: Knowledge,
    /// The moment at which all this was looked at.
    pub as_of: Timestamp,
}

/// Other ways that are open for a letter at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OtherWays {
    /// The recipient has a system of its own that would take it.
    pub system: bool,
    /// It can be printed and posted.
    pub paper: bool,
}

impl OtherWays {
    /// What the letter itself tells: paper, when the recipient's address is known. Whether the recipient has got a system of
    /// its own takes a question to the channel.
    #[must_use]
    pub const fn of(letter: &Letter) -> Self {
        Self { system: false, paper: letter.recipient.address().is_some() }
    }
}

/// The rules of one tenant.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Its limits.
    pub limits: &'a Limits,
    /// Its working days.
    pub calendar: &'a Calendar,
}

/// A letter of ours, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// The letter.
    pub letter: &'a Letter,
    /// How far it has come.
    pub delivery: &'a Delivery,
    /// Whether somebody at the recipient could open it now.
    pub coverage: Coverage,
    /// What other ways are open now.
    pub ways: OtherWays,
    /// When the recipient was reminded or called, in any order.
    pub contacts: &'a [Timestamp],
    /// How many reminders failed on their way: nobody got them, and they stand in no list of contacts.
    pub failed_reminders: usize,
}

/// Mail to one of our organisation numbers, as its inbox tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingMail {
    /// The organisation number.
    pub organisation: OrganisationNumber,
    /// The inbox.
    pub inbox: InboxId,
    /// The other side's id; nothing when it only tells that there is something.
    pub item: Option<ItemId>,
    /// Who sent it, as far as that is told before it is opened.
    pub from: Option<Counterpart>,
    /// When it came.
    pub arrived: Timestamp,
    /// When it must have been dealt with, if the sender said so.
    pub due: Option<Timestamp>,
    /// Where it lies.
    pub place: Place,
    /// Whether one of us could open it.
    pub coverage: Coverage,
    /// The other side's word for its status.
    pub raw: String,
    /// How well that is known.
    pub knowledge: Knowledge,
    /// When those who can open it were told.
    pub contacts: Vec<Timestamp>,
}

/// The line of a letter of ours; nothing when it is not confidential, was opened, went on paper, failed, or was closed so
/// long ago that it is shown no more. What failed is told by [`trouble`](crate::delivery::trouble).
#[must_use]
pub fn sent(mail: &OutgoingMail<'_>, now: Timestamp, rules: &Rules<'_>) -> Option<Line> {
    let OutgoingMail { letter, delivery, .. } = *mail;
    let class = class_of(letter, delivery);
    if class < SensitivityClass::Confidential {
        return None;
    }
    let (place, mailbox) = place_of(delivery)?;
    let since = delivery.delivered.or(delivery.accepted)?;
    let terms = match class {
        SensitivityClass::StrictlyConfidential => rules.limits.sent_strictly,
        _ => rules.limits.sent,
    };
    let print = delivery.explanation.as_ref().map_or(PrintSetting::Unknown, |why| why.questions.print.value);
    let recipient = RecipientKind::from(&letter.recipient);
    let seen = Seen {
        direction: Direction::Sent,
        recipient,
        place,
        since,
        due: letter.options.due,
        coverage: mail.coverage,
        // What is printed when unopened is mail to organisations; a person's own mailbox is not printed again.
        print: if recipient == RecipientKind::Organisation { print } else { PrintSetting::DigitalOnly },
        digital_only: letter.options.digital_only,
        knowledge: knowledge_of(delivery, now, rules.limits),
        ways: mail.ways,
        failed_reminders: mail.failed_reminders,
    };
    let evidence = Evidence {
        raw: delivery.remote.as_ref().map(|remote| remote.raw.clone()).unwrap_or_default(),
        since: delivery.remote.as_ref().and_then(|remote| remote.since),
        remote_id: delivery.remote_id.as_ref().map(|id| id.0.clone()),
        knowledge: seen.knowledge,
        as_of: now,
    };
    let item = Item::Sent {
        letter: letter.id,
        channel: delivery.channel.clone(),
        account: delivery.account.clone(),
        unit: letter.sender.unit.clone(),
    };
    line(item, Some(counterpart(&letter.recipient)), mailbox, &seen, mail.contacts, evidence, (terms, now), rules)
}

/// The line of mail to one of our organisation numbers; nothing when it was closed so long ago that it is shown no more.
#[must_use]
pub fn received(mail: &IncomingMail, now: Timestamp, rules: &Rules<'_>) -> Option<Line> {
    let seen = Seen {
        direction: Direction::Received,
        recipient: RecipientKind::Organisation,
        place: mail.place,
        since: mail.arrived,
        due: mail.due,
        coverage: mail.coverage,
        print: PrintSetting::Unknown,
        digital_only: false,
        knowledge: mail.knowledge,
        ways: OtherWays::default(),
        failed_reminders: 0,
    };
    let evidence = Evidence {
        raw: mail.raw.clone(),
        since: Some(mail.arrived),
        remote_id: mail.item.as_ref().map(|item| item.0.clone()),
        knowledge: mail.knowledge,
        as_of: now,
    };
    let item =
        Item::Received { organisation: mail.organisation.clone(), inbox: mail.inbox.clone(), item: mail.item.clone() };
    let mailbox = (mail.place == Place::Altinn).then_some(MailboxKind::ConfidentialInbox);
    let terms = rules.limits.received;
    line(item, mail.from.clone(), mailbox, &seen, &mail.contacts, evidence, (terms, now), rules)
}

impl Line {
    /// How urgent it is, see [`Action::urgency`](super::Action::urgency).
    #[must_use]
    pub fn urgency(&self) -> u8 {
        self.recommendation.urgency()
    }

    /// Which way it went.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        match self.item {
            Item::Sent { .. } => Direction::Sent,
            Item::Received { .. } => Direction::Received,
        }
    }

    /// The sender account, or our organisation number.
    #[must_use]
    pub fn account(&self) -> &str {
        match &self.item {
            Item::Sent { account, .. } => account.as_str(),
            Item::Received { organisation, .. } => organisation.as_str(),
        }
    }

    /// The channel or inbox, by name.
    #[must_use]
    pub fn channel(&self) -> &str {
        match &self.item {
            Item::Sent { channel, .. } => channel.as_str(),
            Item::Received { inbox, .. } => inbox.as_str(),
        }
    }
}

/// What both directions have in common before it is measured.
struct Seen {
    direction: Direction,
    recipient: RecipientKind,
    place: Place,
    since: Timestamp,
    due: Option<Timestamp>,
    coverage: Coverage,
    print: PrintSetting,
    digital_only: bool,
    knowledge: Knowledge,
    ways: OtherWays,
    failed_reminders: usize,
}

#[expect(
    clippy::too_many_arguments,
    reason = "puts together what its two callers found out, and nothing else calls it"
)]
fn line(
    item: Item,
    counterpart: Option<Counterpart>,
    mailbox: Option<MailboxKind>,
    seen: &Seen,
    contacts: &[Timestamp],
    evidence: Evidence,
    (terms, now): (Terms, Timestamp),
    rules: &Rules<'_>,
) -> Option<Line> {
    let (today, from) = (oslo_date(now), oslo_date(seen.since));
    let shown = i64::from(rules.limits.gone_shown_days);
    if seen.place == Place::Gone && today.signed_duration_since(from).num_days() > shown {
        return None;
    }
    let days_since = |moment: Timestamp| rules.calendar.working_days_between(oslo_date(moment), today);
    let working_days = days_since(seen.since).max(0);
    let past_due = seen.due.is_some_and(|due| due <= now);
    let age = if past_due { terms.band(working_days).max(AgeBand::Overdue) } else { terms.band(working_days) };
    let limit = rules.calendar.add_working_days(from, terms.overdue);
    let reminded = contacts.iter().copied().max();
    let facts = Facts {
        direction: seen.direction,
        recipient: seen.recipient,
        place: seen.place,
        age,
        coverage: seen.coverage,
        print: seen.print,
        digital_only: seen.digital_only,
        contacted: rules.limits.contacted(contacts.len(), seen.failed_reminders, reminded.map(days_since)),
        knowledge: seen.knowledge,
        system_at_hand: seen.ways.system,
        paper_at_hand: seen.ways.paper,
    };
    Some(Line {
        item,
        counterpart,
        mailbox,
        place: seen.place,
        since: seen.since,
        working_days,
        age,
        deadline: seen.due.map_or(limit, |due| oslo_date(due).min(limit)),
        print: seen.print,
        consequence: consequence(&facts, rules.calendar.add_working_days(from, rules.limits.print_after), today),
        coverage: seen.coverage,
        reminders: contacts.len(),
        reminded,
        failed_reminders: seen.failed_reminders,
        recommendation: recommend(&facts),
        evidence,
    })
}

fn consequence(facts: &Facts, print_day: NaiveDate, today: NaiveDate) -> Consequence {
    if facts.prints_by_itself() {
        return if today > print_day { Consequence::NotPrinted(print_day) } else { Consequence::Printed(print_day) };
    }
    let not_told = facts.direction == Direction::Sent && facts.place == Place::Altinn && !facts.digital_only;
    if not_told && facts.print == PrintSetting::Unknown { Consequence::Unknown } else { Consequence::Stays }
}

/// The class at which it was sent: what was screened later and weighed at dispatch counts too.
fn class_of(letter: &Letter, delivery: &Delivery) -> SensitivityClass {
    let weighed = delivery.explanation.as_ref().is_some_and(|why| why.questions.few_readers.value);
    if weighed { letter.sensitivity.max(SensitivityClass::Confidential) } else { letter.sensitivity }
}

fn place_of(delivery: &Delivery) -> Option<(Place, Option<MailboxKind>)> {
    let mailbox = match &delivery.state {
        DeliveryState::Delivered { mailbox } => *mailbox,
        // Some channels never confirm that it lies there; it may lie there unopened all the same.
        DeliveryState::Accepted => delivery.cleared_for?,
        DeliveryState::Closed => return delivery.cleared_for.and_then(Place::of).map(|_| (Place::Gone, None)),
        _ => return None,
    };
    Place::of(mailbox).map(|place| (place, Some(mailbox)))
}

fn knowledge_of(delivery: &Delivery, now: Timestamp, limits: &Limits) -> Knowledge {
    let patience = TimeDelta::hours(limits.stale_after_hours.into());
    let silent = delivery.due.is_none_or(|due| due.checked_add_signed(patience).is_some_and(|limit| limit < now));
    match delivery.remote.as_ref().map(|remote| remote.stage) {
        _ if silent => Knowledge::Stale,
        Some(Stage::Unrecognised) => Knowledge::Unrecognised,
        Some(Stage::Delivered(_)) => Knowledge::Confirmed,
        _ => Knowledge::Unconfirmed,
    }
}

fn counterpart(recipient: &Recipient) -> Counterpart {
    let organisation = match recipient {
        Recipient::Organisation { number, .. } => Some(number.clone()),
        Recipient::Person { .. } | Recipient::Addressee { .. } => None,
    };
    Counterpart { kind: RecipientKind::from(recipient), organisation, name: recipient.name().clone() }
}
