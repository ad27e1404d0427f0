//! Finding out what lies unopened: first from the store alone, then with what is asked of those outside.

use std::{collections::BTreeMap, future::Future};

use chrono::TimeDelta;
use sakarkiv_core::{
    delivery::{Delivery, Letter, Recipient},
    identity::{AccountId, InboxId, OrganisationNumber, Timestamp},
    party::PartyIdentity,
    ports::{Correspondent, DeliveryFilter, PortError, PortErrorKind, StoreError, UnopenedMail},
    routing::{Coverage, MailboxKind, RecipientKind},
    unopened::{self, AgeBand, Counterpart, IncomingMail, Item, Line, OtherWays, OutgoingMail, Place},
};

use super::{ContactAbout, Contacts, FollowUp};
use crate::{
    call::question,
    office::{Office, Tenant},
    routes::ways,
};

/// What lies unopened, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnopenedOverview {
    /// When it was looked at.
    pub made: Timestamp,
    /// The mail, the most urgent first and the oldest first among them.
    pub lines: Vec<Line>,
    /// The inboxes of which nothing is known: that they have no line does not mean that nothing lies there.
    pub blind: Vec<Blind>,
}

/// An inbox of which it is not known what lies there unopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blind {
    /// Which inbox.
    pub inbox: InboxId,
    /// Why.
    pub why: BlindReason,
}

/// Why it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlindReason {
    /// The other side has no way to tell.
    CannotTell,
    /// The other side was asked and gave no answer.
    NoAnswer(PortErrorKind),
}

impl Blind {
    /// How the question ended; nothing when the other side has no way to tell.
    #[must_use]
    pub const fn error(&self) -> Option<PortErrorKind> {
        match self.why {
            BlindReason::CannotTell => None,
            BlindReason::NoAnswer(kind) => Some(kind),
        }
    }
}

impl UnopenedOverview {
    pub(crate) fn new(made: Timestamp, mut lines: Vec<Line>, blind: Vec<Blind>) -> Self {
        in_order(&mut lines);
        Self { made, lines, blind }
    }
}

/// A letter of ours that may lie unopened, with what was found out about it.
#[derive(Debug, Clone)]
pub(crate) struct Unopened {
    pub(crate) letter: Letter,
    pub(crate) delivery: Delivery,
    pub(crate) contacts: Contacts,
    pub(crate) coverage: Coverage,
    pub(crate) ways: OtherWays,
}

impl Unopened {
    /// What the store tells; nothing of those outside.
    pub(crate) async fn of(
        office: &Office,
        tenant: &Tenant,
        letter: Letter,
        delivery: Delivery,
    ) -> Result<Self, StoreError> {
        let contacts = Contacts::of(office, &tenant.id, &ContactAbout::Letter(letter.id)).await?;
        let ways = OtherWays::of(&letter);
        Ok(Self { letter, delivery, contacts, coverage: Coverage::Unknown, ways })
    }

    pub(crate) fn line(&self, follow_up: &FollowUp, now: Timestamp) -> Option<Line> {
        let times = self.contacts.times();
        let (letter, delivery) = (&self.letter, &self.delivery);
        let mail = OutgoingMail {
            letter,
            delivery,
            coverage: self.coverage,
            ways: self.ways,
            contacts: &times,
            failed_reminders: self.contacts.failed_reminders(),
        };
        unopened::sent(&mail, now, &follow_up.rules())
    }
}

/// Every letter of a tenant that lies unopened, from the store alone. Nobody outside is asked.
pub(crate) async fn letters_lying(
    office: &Office,
    tenant: &Tenant,
    follow_up: &FollowUp,
) -> Result<Vec<Unopened>, StoreError> {
    let now = office.clock.now();
    // A letter that moves on between two of the lists is in both: what was seen last counts.
    let mut found = BTreeMap::new();
    for state in ["accepted", "delivered", "closed"] {
        let mut filter = DeliveryFilter::default();
        filter.state = Some(state);
        if state == "closed" {
            filter.changed_since = now.checked_sub_signed(TimeDelta::days(follow_up.limits.gone_shown_days.into()));
        }
        let mut after = None;
        loop {
            let page = office.store.deliveries(&tenant.id, &filter, after, PAGE).await?;
            after = page.last().map(|delivery| delivery.letter);
            let last = page.len() < PAGE;
            for delivery in page.into_iter().filter(may_be_confidential) {
                let Some(letter) = office.store.letter(&tenant.id, delivery.letter).await? else { continue };
                let unopened = Unopened::of(office, tenant, letter, delivery).await?;
                let id = unopened.letter.id;
                if unopened.line(follow_up, now).is_some() {
                    found.insert(id, unopened);
                } else {
                    found.remove(&id);
                }
            }
            if last {
                break;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// Whether the letter may be one of those; from how it was cleared, without reading it.
fn may_be_confidential(delivery: &Delivery) -> bool {
    delivery.explanation.as_ref().is_none_or(|why| why.questions.few_readers.value)
}

/// What those outside are asked for one report: each thing once, and not for ever.
#[derive(Debug)]
pub(crate) struct Questions<'a> {
    office: &'a Office,
    tenant: &'a Tenant,
    left: usize,
    /// Unanswered questions in a row about access.
    silence: u32,
    coverage: BTreeMap<OrganisationNumber, Coverage>,
    systems: BTreeMap<(AccountId, OrganisationNumber), bool>,
}

impl<'a> Questions<'a> {
    pub(crate) const fn new(office: &'a Office, tenant: &'a Tenant, follow_up: &FollowUp) -> Self {
        let left = follow_up.questions;
        Self { office, tenant, left, silence: 0, coverage: BTreeMap::new(), systems: BTreeMap::new() }
    }

    /// Finds out what there is to know about letters beyond the store.
    pub(crate) async fn ask(&mut self, letters: &mut [Unopened], follow_up: &FollowUp) {
        let now = self.office.clock.now();
        for unopened in letters {
            let Recipient::Organisation { number, .. } = &unopened.letter.recipient else { continue };
            let number = number.clone();
            let Some(line) = unopened.line(follow_up, now) else { continue };
            if line.place == Place::Altinn {
                unopened.coverage = self.coverage(&number).await;
            }
            // Where else it could go matters only when it has to go another way.
            if line.age == AgeBand::Critical && matches!(line.place, Place::Altinn | Place::OwnMailbox) {
                unopened.ways.system = self.has_system(&unopened.letter, &unopened.delivery, number).await;
            }
        }
    }

    /// Whether somebody could open confidential mail there. No answer is "unknown", and after some silence nobody is asked
    /// any more.
    pub(crate) async fn coverage(&mut self, organisation: &OrganisationNumber) -> Coverage {
        if let Some(known) = self.coverage.get(organisation) {
            return *known;
        }
        let Some(source) = self.tenant.coverage.as_ref().filter(|_| self.left > 0 && self.silence < MOST_SILENCE)
        else {
            return Coverage::Unknown;
        };
        self.left -= 1;
        let answer = self.put("coverage", source.coverage(organisation)).await;
        self.silence = if answer.is_ok() { 0 } else { self.silence + 1 };
        let coverage = answer.unwrap_or(Coverage::Unknown);
        self.coverage.insert(organisation.clone(), coverage);
        coverage
    }

    /// Whether the recipient has a system of its own by now. Asked as before sending, so an account that is out is left
    /// alone.
    async fn has_system(&mut self, letter: &Letter, delivery: &Delivery, number: OrganisationNumber) -> bool {
        let key = (letter.sender.account.clone(), number);
        if let Some(known) = self.systems.get(&key) {
            return *known;
        }
        let own = self.tenant.account(&delivery.channel, &delivery.account).filter(|own| !own.is_out());
        let Some(own) = own.filter(|_| self.left > 0) else { return false };
        self.left -= 1;
        let routes = ways(self.office, self.tenant, own, letter).await.routes;
        let mut mailboxes = routes.iter().flat_map(|route| &route.reach.mailboxes);
        let has = mailboxes.any(|mailbox| matches!(mailbox, MailboxKind::ReceiverSystem | MailboxKind::HealthNetwork));
        self.systems.insert(key, has);
        has
    }

    async fn put<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, PortError>> + Send,
    ) -> Result<T, PortError> {
        question(&*self.office.clock, self.office.policy.call_timeout, operation, call).await
    }
}

/// What lies unopened at our own organisation numbers (R5.4), and the inboxes that cannot or did not tell.
pub(crate) async fn received(
    questions: &mut Questions<'_>,
    follow_up: &FollowUp,
) -> Result<(Vec<Line>, Vec<Blind>), StoreError> {
    let (office, tenant) = (questions.office, questions.tenant);
    let (mut lines, mut blind) = (Vec::new(), Vec::new());
    for letterbox in &tenant.letterboxes {
        let mut hide = |why| blind.push(Blind { inbox: letterbox.id.clone(), why });
        if !letterbox.capabilities.tells_unopened {
            hide(BlindReason::CannotTell);
            continue;
        }
        match questions.put("inbox.unopened", letterbox.inbox.unopened()).await {
            Ok(told) => {
                for mail in told {
                    let about = ContactAbout::Received { inbox: letterbox.id.clone(), item: mail.item.clone() };
                    let contacts = Contacts::of(office, &tenant.id, &about).await?.times_about(&mail);
                    let coverage = match mail.access {
                        Coverage::Unknown => questions.coverage(&mail.organisation).await,
                        known => known,
                    };
                    let mail = incoming(mail, letterbox.id.clone(), coverage, contacts);
                    lines.extend(unopened::received(&mail, office.clock.now(), &follow_up.rules()));
                }
            }
            Err(error) => {
                tracing::warn!(inbox = %letterbox.id, %error, "what lies unopened is not known");
                hide(BlindReason::NoAnswer(error.kind()));
            }
        }
    }
    Ok((lines, blind))
}

fn incoming(mail: UnopenedMail, inbox: InboxId, coverage: Coverage, contacts: Vec<Timestamp>) -> IncomingMail {
    IncomingMail {
        organisation: mail.organisation,
        inbox,
        item: mail.item,
        from: mail.from.map(counterpart),
        arrived: mail.arrived,
        due: mail.due,
        place: mail.place,
        coverage,
        raw: mail.raw,
        knowledge: mail.knowledge,
        contacts,
    }
}

/// Whoever gives no organisation number may be a person.
fn counterpart(from: Correspondent) -> Counterpart {
    let (kind, organisation) = match from.identity {
        Some(PartyIdentity::Organisation(number)) => (RecipientKind::Organisation, Some(number)),
        Some(PartyIdentity::Person(_)) => (RecipientKind::Person, None),
        None => (RecipientKind::Addressee, None),
    };
    Counterpart { kind, organisation, name: from.name }
}

/// The most urgent first, the oldest first among them, and never in another order for the same mail.
fn in_order(lines: &mut [Line]) {
    let id = |line: &Line| match &line.item {
        Item::Sent { letter, .. } => letter.to_string(),
        Item::Received { organisation, item, .. } => {
            format!("{organisation}{}", item.as_ref().map_or("", |item| item.0.as_str()))
        }
    };
    lines.sort_by_cached_key(|line| (std::cmp::Reverse(line.urgency()), line.since, id(line)));
}

const PAGE: usize = 500;
/// After so many questions without an answer the source counts as away.
const MOST_SILENCE: u32 = 3;
