//! Mail for this module's tests.

use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::{
    calendar::Calendar,
    delivery::{Delivery, DeliveryState, Letter, LetterOptions, Priority, Recipient, RemoteId, Sender},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, InboxId, LetterId, OrganisationNumber, PostalAddress, TenantId,
        Timestamp, UnitId,
    },
    ports::{ItemId, Reach, RemoteStatus, Stage},
    routing::{
        Answer, AnswerSource, Coverage, Inquiry, MailboxKind, PrintSetting, RecipientKind, Route, RoutingPolicy,
        clear_by,
    },
    screening::Private,
    sensitivity::SensitivityClass,
};

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn rules() -> (Limits, Calendar) {
    (Limits::default(), Calendar::new())
}

/// A confidential letter to a company, in its confidential inbox since Tuesday 15 September 2026.
pub(super) fn outgoing() -> (Letter, Delivery) {
    let letter = letter();
    let reach = Reach { mailboxes: vec![MailboxKind::ConfidentialInbox], print: PrintSetting::DigitalOnly };
    let channel = ChannelId::new("svarut").unwrap();
    let routes = [Route { channel: channel.clone(), account: letter.sender.account.clone(), reach }];
    let policy = RoutingPolicy::default();
    let inquiry = Inquiry {
        routes: &routes,
        never_report_opened: &[],
        recipient: AnswerSource::Sender,
        protected_address: false,
        sensitivity: AnswerSource::Records,
        coverage: Answer::new(Coverage::Held, AnswerSource::CoverageService),
        policy: &policy,
        today: NaiveDate::from_ymd_opt(2026, 9, 15).unwrap(),
    };
    let (_, cleared) = clear_by(letter.clone(), &inquiry).unwrap();
    let since = at("2026-09-15T08:00:00Z");
    let mut delivery = Delivery::queue(&letter, channel, since);
    delivery.state = DeliveryState::Delivered { mailbox: MailboxKind::ConfidentialInbox };
    delivery.cleared_for = Some(MailboxKind::ConfidentialInbox);
    delivery.explanation = Some(Box::new(cleared.explanation()));
    delivery.remote_id = Some(RemoteId("5b0e0f6a".to_owned()));
    let stage = Stage::Delivered(None);
    delivery.remote = Some(RemoteStatus { stage, raw: "LEVERT_ALTINN".to_owned(), since: Some(since) });
    delivery.accepted = Some(since);
    delivery.delivered = Some(since);
    delivery.due = Some(at("2026-10-30T08:00:00Z"));
    (letter, delivery)
}

fn letter() -> Letter {
    let number = OrganisationNumber::parse("312000342").unwrap();
    let address = PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap();
    let id = Uuid::from_u128(7);
    Letter {
        id: LetterId::from_uuid(id),
        tenant: TenantId::new("bodo").unwrap(),
        case: CaseId::from_uuid(id),
        entry: EntryId::from_uuid(id),
        submitted_by: ActorId::new("saksbehandler-1").unwrap(),
        submitted: at("2026-09-15T07:00:00Z"),
        sender: Sender {
            account: AccountId::new("barnevern").unwrap(),
            unit: UnitId::new("barnevern").unwrap(),
            name: "Eksempelvik kommune".to_owned(),
            organisation: number.clone(),
            address: address.clone(),
        },
        recipient: Recipient::Organisation {
            number,
            name: Private::new("Prøvedal barnehage".to_owned()),
            address: Some(address),
        },
        title: Private::new("Oppfølging".to_owned()),
        sensitivity: SensitivityClass::Confidential,
        priority: Priority::ChildWelfare,
        options: LetterOptions::default(),
        documents: Vec::new(),
    }
}

/// Confidential mail to the municipality itself, in Altinn since Tuesday 15 September 2026.
pub(super) fn incoming() -> IncomingMail {
    IncomingMail {
        organisation: OrganisationNumber::parse("312000342").unwrap(),
        inbox: InboxId::new("altinn").unwrap(),
        item: Some(ItemId("9c1d".to_owned())),
        from: Some(Counterpart {
            kind: RecipientKind::Organisation,
            organisation: None,
            name: Private::new("Prøvedal kommune".to_owned()),
        }),
        arrived: at("2026-09-15T08:00:00Z"),
        due: None,
        place: Place::Altinn,
        coverage: Coverage::Held,
        raw: "Published".to_owned(),
        knowledge: Knowledge::Confirmed,
        contacts: Vec::new(),
    }
}
