//! Confidential mail by Altinn in the day: who gets it, who can open it, what the municipality itself gets and cannot open,
//! an outage of a day and a half, and what the other side saw of all that.

use std::time::Duration as Wait;

use chrono::Duration;
use sakarkiv::core::{
    delivery::{Delivery, DeliveryState, Language, Recipient, Reference},
    document::ContentHash,
    identity::{AccountId, IdError, LetterId, PostalAddress, Timestamp, UnitId},
    routing::MailboxKind,
    screening::Private,
    unopened::{ReminderKind, SenderFace, reminder},
};
use sakarkiv_testkit::simulators::{
    Fault, Opens, Target, When,
    altinn::{Access, AltinnSim, Holder, Mail, MessageRecord, Resource},
};
use serde_json::{Value, json};

use super::{
    content,
    plan::{Event, LetterPlan},
    random::{Random, test_organisation},
    town::{Matter, Tenant, TownError, Unit},
    verdict::Verdict,
};

/// What an organisation that gets confidential mail by Altinn does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody has the access and opens it within the hour.
    Quick,
    /// Nobody was ever given the access.
    Nobody,
    /// Nobody has the access until a reminder comes.
    WhenReminded,
}

impl Reader {
    const ALL: [Self; 3] = [Self::Quick, Self::Nobody, Self::WhenReminded];

    pub(crate) fn recipient(self) -> Result<Recipient, TownError> {
        let (n, name) = match self {
            Self::Quick => (110, "Rask Klinikk AS"),
            Self::Nobody => (111, "Lukket Luke AS"),
            Self::WhenReminded => (112, "Sen Svarer AS"),
        };
        Ok(Recipient::Organisation {
            number: test_organisation(n).ok_or(TownError::Number)?,
            name: Private::new(name.to_owned()),
            address: Some(PostalAddress::new(["Prøveveien 2"], "8006", "Bodø")?),
        })
    }

    fn number(self) -> Option<String> {
        match self.recipient().ok()? {
            Recipient::Organisation { number, .. } => Some(number.to_string()),
            _ => None,
        }
    }
}

/// The letters and what else happens, by minutes since the day began.
pub(crate) fn story(random: &mut Random, tenant: &Tenant, unit: &Unit) -> Result<Vec<(u64, Event)>, TownError> {
    let letters = [
        (40, "rask", Reader::Quick),
        (42, "luke", Reader::Nobody),
        (44, "sen", Reader::WhenReminded),
        (OUTAGE_BEGINS + 60, IN_THE_OUTAGE, Reader::Quick),
    ];
    let mut events = vec![
        (50, Event::OwnConfidentialMail),
        (OUTAGE_BEGINS, Event::AltinnOutage),
        (AFTER_THE_REMINDER, Event::ReminderIsRead),
    ];
    for (minutes, name, reader) in letters {
        let letter = LetterPlan {
            key: format!("{}-altinn-{name}", tenant.id),
            tenant: tenant.id.clone(),
            unit: unit.id.clone(),
            account: unit.account.clone(),
            priority: unit.priority,
            matter: unit.matter,
            recipient: reader.recipient()?,
            documents: vec![usize::try_from(random.between(5_000, 60_000)).unwrap_or(5_000)],
            digital_only: false,
            seed: random.next(),
        };
        events.push((minutes, Event::Letter(letter)));
    }
    Ok(events)
}

/// The unit that sends by Altinn alone.
pub(crate) fn unit(konto: uuid::Uuid) -> Result<Unit, IdError> {
    Ok(Unit {
        id: UnitId::new("ppt")?,
        account: AccountId::new("ppt")?,
        name: "Pedagogisk-psykologisk tjeneste",
        konto,
        priority: sakarkiv::core::delivery::Priority::Health,
        matter: Matter::Health,
    })
}

/// Sets up services and accesses.
pub(crate) fn people(altinn: &AltinnSim, ours: &str) {
    // The reminder of unread mail comes at once instead of after a week.
    altinn.configure(|settings| settings.production = false);
    for (id, owner) in [(LETTERS, ours), (INCOMING, STATE)] {
        altinn.add_resource(Resource::ordinary(id, owner));
    }
    for (id, owner) in [(CONFIDENTIAL, ours), (INCOMING_CONFIDENTIAL, STATE)] {
        altinn.add_resource(Resource::confidential(id, owner));
    }
    for access in [Access::ordinary(), Access::Package("hovedadministrator".to_owned())] {
        altinn.delegate(ours, access, Holder::OwnClient);
    }
    if let Some(quick) = Reader::Quick.number() {
        give_access(altinn, &quick, Wait::from_secs(30 * 60));
    }
}

fn give_access(altinn: &AltinnSim, organisation: &str, opens_after: Wait) {
    altinn.set_opens(organisation, Opens::After(opens_after));
    altinn.delegate(organisation, Access::confidential(), Holder::Person(EMPLOYEE.to_owned()));
}

/// The part of a tenant's configuration that is about Altinn, but for its keys.
pub(crate) fn section(tenant: &Tenant, unit: &Unit, platform: &str) -> Value {
    let confidential = json!({ "id": CONFIDENTIAL, "service_name": "Taushetsbelagt post", "highest_level": true });
    let ordinary = json!({ "id": LETTERS });
    let persons = json!({ "id": LETTERS, "highest_level": true });
    let number = tenant.organisation.as_str();
    json!({
        "channel": {
            "base_url": platform,
            "accounts": {
                (unit.account.as_str()): { "organisations": ordinary, "persons": persons, "confidential": confidential },
                REMINDERS: { "organisations": ordinary, "persons": persons },
            },
        },
        "inboxes": [{
            "id": INBOX,
            "unit": REMINDERS,
            "registration": {
                "base_url": platform,
                "organisation": number,
                "services": [{ "id": INCOMING }, { "id": INCOMING_CONFIDENTIAL, "confidential": true }],
            },
        }],
        "coverage": {
            "base_url": platform, "organisations": [{ "number": number }], "services": [INCOMING_CONFIDENTIAL],
        },
    })
}

/// How a tenant follows up; with reminders by Altinn when it sends by it.
pub(crate) fn follow_up(tenant: &Tenant) -> Result<Value, serde_json::Error> {
    let mut section = json!({ "name": name(tenant), "schedule": { "daily": { "hour": 8 } } });
    if let (Some(_), Some(section)) = (&tenant.altinn, section.as_object_mut()) {
        let sender = json!({
            "account": REMINDERS, "unit": REMINDERS, "name": name(tenant), "organisation": tenant.organisation,
            "address": serde_json::to_value(&tenant.address)?,
        });
        section.insert("reminders".to_owned(), json!({ "sender": sender, "contact": CONTACT, "by_itself": true }));
    }
    Ok(section)
}

pub(crate) fn name(tenant: &Tenant) -> String {
    format!("{} kommune", tenant.name)
}

/// Altinn is gone for a day and a half.
pub(crate) fn outage(altinn: &AltinnSim, from: Timestamp) {
    let until = from + Duration::hours(OUTAGE_HOURS);
    altinn.faults().arm(Target::Any, When::Window { from, until }, Fault::outage());
}

/// When Altinn is back.
pub(crate) fn outage_ends(begins: Timestamp) -> Timestamp {
    begins + Duration::minutes(OUTAGE_BEGINS.cast_signed()) + Duration::hours(OUTAGE_HOURS)
}

/// Somebody writes to the municipality by the confidential service that nobody there has access to.
pub(crate) fn own_mail(altinn: &AltinnSim, ours: &str) {
    altinn.put(Mail::new(INCOMING_CONFIDENTIAL, ours, "Brev om en elev").signed("Statens prøvekontor"));
}

/// Whoever got a reminder gives somebody the access, and it is opened.
pub(crate) fn read_reminder(altinn: &AltinnSim) {
    let Some(number) = Reader::WhenReminded.number() else { return };
    let reminded =
        altinn.messages().iter().any(|message| message.recipient.ends_with(&number) && message.resource == LETTERS);
    if reminded {
        give_access(altinn, &number, Wait::from_secs(20 * 60));
    }
}

/// Holds a letter that went by Altinn against what Altinn saw.
pub(crate) fn judge(
    id: LetterId,
    plan: &LetterPlan,
    delivery: &Delivery,
    messages: &[MessageRecord],
    verdict: &mut Verdict,
) {
    let state = delivery.state.name();
    match under(id, messages).as_slice() {
        [] => verdict.lost.push(format!("letter {id} is {state} and Altinn has nothing")),
        [message] => {
            if message.mailbox != Some(MailboxKind::ConfidentialInbox) || !message.confidential {
                verdict.leaked.push(format!("letter {id} lies in Altinn where too many can open it"));
            }
            let got: Vec<_> = message
                .attachments
                .iter()
                .filter_map(|file| file.bytes())
                .map(|bytes| ContentHash::of(&bytes))
                .collect();
            if got != content::hashes(plan.seed, &plan.documents) {
                verdict.lost.push(format!("letter {id} arrived with other documents than were handed in"));
            }
            let opened = delivery.state == DeliveryState::Opened;
            if opened != message.read().is_some() {
                verdict.untrue.push(format!("letter {id} is called {state}, and Altinn says otherwise"));
            }
            let nobody = Reader::Nobody.recipient().is_ok_and(|nobody| nobody == plan.recipient);
            if opened == nobody {
                verdict.untrue.push(format!("letter {id} is {state}, which its story does not tell"));
            }
        }
        many => verdict.doubled.push(format!("letter {id} was sent {} times", many.len())),
    }
}

/// What is handed in while Altinn is away leaves when it is back, and not before.
pub(crate) fn judge_waiting(plan: &LetterPlan, delivery: &Delivery, begins: Timestamp, verdict: &mut Verdict) {
    let waited = delivery.accepted.is_some_and(|at| at >= outage_ends(begins));
    if waited != plan.key.ends_with(IN_THE_OUTAGE) {
        verdict.untrue.push(format!("letter {} and the outage of Altinn do not fit together", delivery.letter));
    }
}

/// Whether a delivery is a reminder that the office wrote itself.
pub(crate) fn is_reminder(delivery: &Delivery) -> bool {
    delivery.account.as_str() == REMINDERS
}

/// A reminder went out once, to where people look, and says nothing but what every reminder says.
pub(crate) fn judge_reminder(delivery: &Delivery, name: &str, messages: &[MessageRecord], verdict: &mut Verdict) {
    let id = delivery.letter;
    let found = under(id, messages);
    let [message] = found.as_slice() else {
        let list = if found.is_empty() { &mut verdict.lost } else { &mut verdict.doubled };
        list.push(format!("reminder {id} was sent {} times", found.len()));
        return;
    };
    let texts = ReminderKind::ALL.map(|kind| reminder(kind, Language::Bokmaal, SenderFace { name, contact: CONTACT }));
    let known = texts.iter().any(|text| text.title == message.title && message.body.contains(text.body.as_str()));
    if !known || message.attachments.len() != 1 {
        verdict.leaked.push(format!("reminder {id} says more than a reminder says"));
    }
    if message.confidential {
        verdict.untrue.push(format!("reminder {id} lies where nobody looks"));
    }
}

fn under(id: LetterId, messages: &[MessageRecord]) -> Vec<&MessageRecord> {
    let reference = Reference::of(id);
    messages.iter().filter(|message| message.reference.as_deref() == Some(reference.as_str())).collect()
}

/// Every organisation of the story has its letter, and the reminded one was reminded before it opened.
pub(crate) fn judge_story(messages: &[MessageRecord], verdict: &mut Verdict) {
    for reader in Reader::ALL {
        let Some(number) = reader.number() else { continue };
        let reminded =
            messages.iter().any(|message| message.recipient.ends_with(&number) && message.resource == LETTERS);
        if reminded == (reader == Reader::Quick) {
            verdict.untrue.push(format!("{reader:?} was reminded: {reminded}"));
        }
    }
}

/// The account of reminders, which is the mail room's.
pub(crate) const REMINDERS: &str = "postmottak";
/// The name of the inbox by Altinn.
const INBOX: &str = "altinn";
const LETTERS: &str = "kommune-brev";
const CONFIDENTIAL: &str = "kommune-taushetsbelagt";
const INCOMING: &str = "stat-brev";
const INCOMING_CONFIDENTIAL: &str = "stat-taushetsbelagt";
const STATE: &str = "991825827";
const CONTACT: &str = "75 00 00 00";
/// Somebody employed by a recipient; a synthetic number.
const EMPLOYEE: &str = "01819000553";
/// Minutes after the day began.
const OUTAGE_BEGINS: u64 = 120;
const IN_THE_OUTAGE: &str = "under-avbrudd";
const OUTAGE_HOURS: i64 = 36;
/// Thursday at nine: reminders go out with the report at eight.
const AFTER_THE_REMINDER: u64 = 3 * 1440 + 180;
