//! Sensitive letters in Altinn: checked at the simulator, not in our code.

use std::time::Duration;

use sakarkiv_core::{
    delivery::{Letter, Notification, NotificationChannel, NotificationRecipient, NotificationText, Reminder},
    ports::{Channel, PortErrorKind, ReachQuery, Stage},
    routing::MailboxKind,
    sensitivity::SensitivityClass as C,
};
use sakarkiv_testkit::{
    conformance::{company, person},
    simulators::altinn::{Access, Holder, Resource},
};
use serde_json::json;

use super::{
    channel::to,
    world::{CONFIDENTIAL, Desk, LETTERS, SENDER, World, byplan},
};
use crate::{outside::drive, svarut_channel::number_of};

const SECRET: &str = "barnets beste";

#[test]
fn a_sensitive_letter_is_open_to_nobody_until_somebody_is_given_access() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let recipient = to(company(0), C::StrictlyConfidential, MailboxKind::ConfidentialInbox);
        let dispatch = desk.letter(&recipient, SECRET.as_bytes(), |letter| letter.title = SECRET.into()).await;
        let sent = channel.send(&byplan(), dispatch).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        let message = world.altinn.message(sent.remote_id.0.parse().unwrap()).unwrap();
        assert_eq!((message.resource.as_str(), message.confidential), (CONFIDENTIAL, true));
        assert!(message.due.is_some(), "without a deadline Altinn never tells that it was not read");
        assert!(!world.altinn.open(message.id, &Holder::Anybody));
        assert!(world.altinn.leaks(SECRET).is_empty(), "{:?}", world.altinn.leaks(SECRET));
        let told = format!("{:?}", world.altinn.notifications());
        assert!(told.contains("Taushetsbelagt post") && !told.contains(SECRET), "{told}");

        let clerk = Holder::Person("01819000553".to_owned());
        world.altinn.delegate(&number_of(&company(0)), Access::confidential(), clerk.clone());
        assert!(world.altinn.open(message.id, &clerk));
        let lines = channel.status(&byplan(), &[sent.remote_id]).await.unwrap();
        assert_eq!(lines[0].status.stage, Stage::Opened);
        assert!(world.altinn.leaks(SECRET).is_empty());
    });
}

#[test]
fn a_service_whose_policy_is_not_as_it_is_set_up_is_found_before_and_refused_at_sending() {
    let world = World::new();
    world.altinn.add_resource(Resource::ordinary(CONFIDENTIAL, SENDER));
    let channel = world.channel();
    drive(&world.clock, async {
        let error = channel.check(&byplan()).await.unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Misconfigured, "{error}");
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
        let dispatch = desk.letter(&recipient, SECRET.as_bytes(), |_| ()).await;
        let error = channel.send(&byplan(), dispatch).await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Misconfigured, Some("1061")));
        assert!(world.altinn.readable().is_empty());
    });
}

#[test]
fn a_confidential_service_set_up_as_ordinary_takes_no_ordinary_letter() {
    let world = World::new();
    world.altinn.add_resource(Resource::confidential(LETTERS, SENDER));
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Open, MailboxKind::OrganisationInbox);
        let error = channel.send(&byplan(), desk.letter(&recipient, b"%PDF", |_| ()).await).await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (PortErrorKind::Misconfigured, Some("1060")));
    });
}

#[test]
fn an_explicit_service_is_good_for_sensitive_letters_too() {
    let world = World::new();
    world.altinn.add_resource(Resource::new(
        CONFIDENTIAL,
        SENDER,
        sakarkiv_testkit::simulators::altinn::ResourceKind::Explicit,
    ));
    let channel = world.channel_with(world.http(), |config| {
        config["accounts"]["byplan"]["confidential"]["access"] = json!("explicit");
    });
    drive(&world.clock, async {
        channel.check(&byplan()).await.unwrap();
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
        channel.send(&byplan(), desk.letter(&recipient, SECRET.as_bytes(), |_| ()).await).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        assert!(world.altinn.messages()[0].confidential);
        assert!(world.altinn.leaks(SECRET).is_empty());
    });
}

#[test]
fn services_that_are_not_safe_enough_get_nothing() {
    let world = World::new();
    let mut desk = Desk::new();
    let sensitive = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
    let citizen = to(person(0), C::Confidential, MailboxKind::CitizenMailbox);
    for (path, recipient) in [("confidential", &sensitive), ("persons", &citizen)] {
        let channel = world.channel_with(world.http(), |config| {
            config["accounts"]["byplan"][path]["highest_level"] = json!(false);
        });
        drive(&world.clock, async {
            let error = channel.send(&byplan(), desk.letter(recipient, b"%PDF", |_| ()).await).await.unwrap_err();
            assert_eq!(error.kind(), PortErrorKind::Rejected, "no other letter of the account is to suffer");
            assert!(error.to_string().contains("highest_level"), "{error}");
        });
        let without = world.channel_with(world.http(), |config| {
            config["accounts"]["byplan"].as_object_mut().unwrap().remove(path);
        });
        drive(&world.clock, async {
            let error = without.send(&byplan(), desk.letter(recipient, b"%PDF", |_| ()).await).await.unwrap_err();
            assert_eq!(error.kind(), PortErrorKind::Rejected, "{error}");
        });
    }
    assert!(world.altinn.calls().is_empty(), "nothing was even asked");
}

#[test]
fn a_service_that_is_not_safe_enough_for_a_letter_is_no_way_for_it() {
    let world = World::new();
    for (path, recipient, mailbox) in [
        ("confidential", company(0), MailboxKind::ConfidentialInbox),
        ("persons", person(0), MailboxKind::CitizenMailbox),
    ] {
        for highest_level in [false, true] {
            let channel = world.channel_with(world.http(), |config| {
                config["accounts"]["byplan"][path]["highest_level"] = json!(highest_level);
            });
            for sensitivity in [C::Open, C::Restricted, C::Confidential, C::StrictlyConfidential] {
                let query = ReachQuery { recipient: recipient.clone(), sensitivity, message_type: None };
                let reach = drive(&world.clock, channel.reach(&byplan(), &query)).unwrap();
                let safe = highest_level || sensitivity < C::Confidential;
                assert_eq!(reach.mailboxes.contains(&mailbox), safe, "{path} {highest_level} {sensitivity:?}");
            }
        }
    }
}

#[test]
fn a_sensitive_letter_is_neither_forwarded_nor_told_of_by_its_title() {
    let world = World::new();
    let channel = world.channel();
    let revealing = NotificationText { sms: Some("$messageTitle$".into()), ..NotificationText::default() };
    let changes: [fn(&mut Letter, &NotificationText); 2] = [
        |letter, _| letter.options.allow_forwarding = true,
        |letter, text| {
            letter.options.notification = Some(Notification {
                channel: NotificationChannel::Sms,
                text: Some(text.clone()),
                ..Notification::default()
            });
        },
    ];
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
        for change in changes {
            let dispatch = desk.letter(&recipient, b"%PDF", |letter| change(letter, &revealing)).await;
            assert_eq!(channel.send(&byplan(), dispatch).await.unwrap_err().kind(), PortErrorKind::Rejected);
        }
    });
    assert!(world.altinn.calls().is_empty());
}

#[test]
fn those_named_are_notified_and_reminded_and_nobody_else() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
        let notify = |letter: &mut Letter| {
            letter.options.notification = Some(Notification {
                channel: NotificationChannel::Email,
                recipients: vec![NotificationRecipient::Email("postmottak@eksempel.example".into())],
                only_these: true,
                reminder: Some(Reminder::default()),
                ..Notification::default()
            });
        };
        channel.send(&byplan(), desk.letter(&recipient, b"%PDF", notify).await).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        let told = format!("{:?}", world.altinn.notifications());
        assert!(told.contains("postmottak@eksempel.example") && !told.contains("varsel@part.example"), "{told}");
    });
}

#[test]
fn what_lists_show_of_a_sensitive_letter_names_its_case_only_where_that_may_be_known() {
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let recipient = to(company(0), C::Confidential, MailboxKind::ConfidentialInbox);
        for without in [false, true] {
            let change = |letter: &mut Letter| letter.options.without_case_numbers = without;
            let dispatch = desk.letter(&recipient, b"%PDF", change).await;
            let case = dispatch.entry.number().case();
            let sent = channel.send(&byplan(), dispatch).await.unwrap();
            let message = world.altinn.message(sent.remote_id.0.parse().unwrap()).unwrap();
            let named = if without { String::new() } else { format!(" i sak {case}") };
            assert_eq!(message.title, format!("Taushetsbelagt post{named}"));
        }
    });
}
