//! Every way in which Altinn can fail us.

use std::{sync::Arc, time::Duration};

use sakarkiv_core::{
    delivery::Letter,
    ports::{Channel, Inbox, ItemId, PortErrorKind as K},
    routing::MailboxKind,
    sensitivity::SensitivityClass,
};
use sakarkiv_testkit::{
    conformance::company,
    memory::MemoryStore,
    simulators::{Answer, AnswerBody, Fault, Operation, Tamper, Target, When, altinn::Mail},
};

use super::{
    channel::{openly, to},
    world::{Desk, INCOMING, RECEIVER, World, byplan},
};
use crate::outside::drive;

#[test]
fn each_answer_has_its_class_for_sending_and_for_asking() {
    for (status, sends, asks) in [
        (400, K::Rejected, K::Rejected),
        (403, K::Unauthorised, K::Unauthorised),
        (404, K::Misconfigured, K::Misconfigured),
        (408, K::Unknown, K::Transient),
        (409, K::Unknown, K::Rejected),
        (415, K::Rejected, K::Rejected),
        (429, K::Unknown, K::Transient),
        (500, K::Unknown, K::Transient),
        (502, K::Unknown, K::Transient),
        (503, K::Unknown, K::Transient),
        (302, K::Unauthorised, K::Unauthorised),
    ] {
        for body in [AnswerBody::Html, AnswerBody::Empty] {
            let world = World::new();
            let channel = world.channel();
            drive(&world.clock, async {
                let mut desk = Desk::new();
                channel.check(&byplan()).await.unwrap();
                let sent = channel.send(&byplan(), desk.letter(&openly(), b"%PDF", |_| ()).await).await.unwrap();
                let answer = Answer::new(status).with_body(body);
                world.altinn.faults().arm(Target::Any, When::Next(1), Fault::Answer(answer.clone()));
                let error =
                    channel.send(&byplan(), desk.letter(&openly(), b"%PDF to", |_| ()).await).await.unwrap_err();
                assert_eq!(error.kind(), sends, "{status} {error}");
                world.altinn.faults().arm(Target::Any, When::Next(1), Fault::Answer(answer));
                let error = channel.status(&byplan(), &[sent.remote_id]).await.unwrap_err();
                assert_eq!(error.kind(), asks, "{status} {error}");
            });
        }
    }
}

#[test]
fn numbers_decide_over_statuses_while_sending() {
    for (status, code, kind) in [
        (401, "4001", K::Unauthorised),
        (500, "1032", K::Transient),
        (502, "2002", K::Transient),
        (408, "2022", K::Transient),
        (400, "2008", K::Transient),
        (400, "1036", K::Misconfigured),
        (400, "4010", K::Misconfigured),
        (400, "2013", K::Rejected),
        (400, "3001", K::Rejected),
    ] {
        let world = World::new();
        let channel = world.channel();
        drive(&world.clock, async {
            let mut desk = Desk::new();
            channel.check(&byplan()).await.unwrap();
            let tokens = world.altinn.tokens();
            let fault = Fault::Answer(Answer::new(status).with_code(code));
            world.altinn.faults().arm(Target::Sends, When::Next(1), fault);
            let error = channel.send(&byplan(), desk.letter(&openly(), b"%PDF", |_| ()).await).await.unwrap_err();
            assert_eq!((error.kind(), error.remote_code()), (kind, Some(code)), "{error}");
            assert_eq!(world.altinn.tokens(), tokens, "no token is to blame");
        });
        assert!(world.altinn.messages().is_empty());
    }
}

#[test]
fn one_message_that_is_not_to_be_seen_hides_no_other() {
    let no_access = || Fault::Answer(Answer::new(401).with_code("4001"));
    for fault in [no_access(), Fault::Answer(Answer::new(500).with_code("9999")), Fault::Tamper(Tamper::Garbage)] {
        let world = World::new();
        let channel = world.channel();
        drive(&world.clock, async {
            let mut desk = Desk::new();
            let mut ids = Vec::new();
            for _ in 0..3 {
                let dispatch = desk.letter(&openly(), b"%PDF", |_| ()).await;
                ids.push(channel.send(&byplan(), dispatch).await.unwrap().remote_id);
            }
            world.altinn.faults().arm(Operation::Overview, When::Later { skip: 1, strike: 1 }, fault);
            let lines = channel.status(&byplan(), &ids).await.unwrap();
            let told = lines.iter().map(|line| line.remote_id.clone()).collect::<Vec<_>>();
            assert_eq!(told, [ids[0].clone(), ids[2].clone()]);
        });
    }
    let world = World::new();
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let dispatch = desk.letter(&openly(), b"%PDF", |_| ()).await;
        let id = channel.send(&byplan(), dispatch).await.unwrap().remote_id;
        world.altinn.faults().arm(Operation::Overview, When::Next(1), no_access());
        let error = channel.status(&byplan(), &[id]).await.unwrap_err();
        assert_eq!((error.kind(), error.remote_code()), (K::Unauthorised, Some("4001")), "none could be seen");
    });
}

#[test]
fn a_look_up_that_fails_after_a_used_key_leaves_the_outcome_open() {
    for fault in [Fault::outage(), Fault::Tamper(Tamper::Garbage), Fault::DropBefore, Fault::status(403)] {
        let world = World::new();
        let channel = world.channel();
        drive(&world.clock, async {
            let mut desk = Desk::new();
            let dispatch = desk.letter(&openly(), b"%PDF", |_| ()).await;
            let first = channel.send(&byplan(), dispatch.clone()).await.unwrap();
            world.altinn.faults().arm(Operation::Correspondences, When::Next(1), fault.clone());
            assert_eq!(channel.send(&byplan(), dispatch.clone()).await.unwrap_err().kind(), K::Unknown, "{fault:?}");
            assert_eq!(channel.send(&byplan(), dispatch).await.unwrap(), first);
        });
    }
}

#[test]
fn the_exchange_of_tokens_can_fail_without_anything_being_sent() {
    for (status, kind) in [
        (400, K::Unauthorised),
        (401, K::Unauthorised),
        (403, K::Unauthorised),
        (404, K::Misconfigured),
        (410, K::Unauthorised),
        (429, K::Transient),
        (503, K::Transient),
    ] {
        let world = World::new();
        let channel = world.channel();
        world.altinn.faults().arm(Operation::TokenExchange, When::Always, Fault::status(status));
        drive(&world.clock, async {
            let mut desk = Desk::new();
            let error = channel.send(&byplan(), desk.letter(&openly(), b"%PDF", |_| ()).await).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{status} {error}");
        });
        assert!(world.altinn.messages().is_empty());
    }
}

#[test]
fn a_token_is_exchanged_once_for_many_calls_and_again_before_it_ends() {
    let world = World::new();
    world.altinn.configure(|settings| settings.quoted_tokens = true);
    let channel = world.channel();
    drive(&world.clock, async {
        for _ in 0..5 {
            channel.check(&byplan()).await.unwrap();
            world.clock.advance(Duration::from_secs(5 * 60));
        }
        assert_eq!(world.altinn.tokens(), 1);
        world.clock.advance(Duration::from_secs(5 * 60));
        channel.check(&byplan()).await.unwrap();
        assert_eq!(world.altinn.tokens(), 2);
    });
}

#[test]
fn unreadable_answers_are_survived() {
    for tamper in [Tamper::Truncated, Tamper::Garbage] {
        let world = World::new();
        world.let_receiver_read();
        let (channel, inbox) = (world.channel(), world.inbox());
        drive(&world.clock, async {
            let mut desk = Desk::new();
            world.altinn.faults().arm(Target::Sends, When::Next(1), Fault::Tamper(tamper.clone()));
            let dispatch = desk.letter(&openly(), b"%PDF", |_| ()).await;
            let error = channel.send(&byplan(), dispatch.clone()).await.unwrap_err();
            assert_eq!(error.kind(), K::Unknown, "{error}");
            let found = channel.find(&byplan(), &dispatch.reference).await.unwrap();
            assert_eq!(found.len(), 1, "it was taken");

            let id = ItemId(world.altinn.put(Mail::new(INCOMING, RECEIVER, "Brev")).to_string());
            world.altinn.faults().arm(Operation::Overview, When::Next(1), Fault::Tamper(tamper.clone()));
            let tenant = sakarkiv_core::identity::TenantId::new("mottaker").unwrap();
            let error = inbox.fetch(&tenant, &id, Arc::<MemoryStore>::default()).await.unwrap_err();
            assert_eq!(error.kind(), K::Transient, "{error}");
        });
    }
    // Members that nobody has heard of, and moments without a zone, change nothing.
    let world = World::new();
    world.altinn.configure(|settings| settings.zoneless_times = true);
    world.altinn.faults().arm(Target::Any, When::Always, Fault::Tamper(Tamper::UnknownMembers));
    let channel = world.channel();
    drive(&world.clock, async {
        let mut desk = Desk::new();
        let sent = channel.send(&byplan(), desk.letter(&openly(), b"%PDF", |_| ()).await).await.unwrap();
        world.clock.advance(Duration::from_secs(60));
        let lines = channel.status(&byplan(), &[sent.remote_id]).await.unwrap();
        let since = lines[0].status.since.unwrap();
        assert!((world_now(&world) - since).num_seconds() < 120);
    });
}

fn world_now(world: &World) -> sakarkiv_core::identity::Timestamp {
    sakarkiv_core::ports::Clock::now(world.clock.as_ref())
}

/// A word of the refusal, and what it is refused for.
type Change = (&'static str, fn(&mut Letter));

#[test]
fn what_altinn_would_refuse_is_refused_before_it_is_asked() {
    let world = World::new();
    let channel = world.channel();
    let changes: [Change; 13] = [
        ("blank", |letter| letter.title = "  ".into()),
        ("deadline", |letter| letter.options.due = Some("2026-09-01T08:00:00Z".parse().unwrap())),
        ("properties", |letter| {
            letter.options.properties = (0..11).map(|n| (format!("p{n}"), "x".into())).collect();
        }),
        ("property", |letter| {
            letter.options.properties = std::iter::once(("a.b".to_owned(), "x".into())).collect();
        }),
        ("kind of reference", |letter| letter.options.external_references = vec![reference("Ukjent")]),
        ("external references", |letter| letter.options.external_references = vec![reference("Generic"); 11]),
        ("no value", |letter| {
            let mut blank = reference("Generic");
            blank.value = " ".to_owned();
            letter.options.external_references = vec![blank];
        }),
        ("at least 14 days", |letter| letter.options.documents_expire_days = Some(13)),
        ("https", |letter| letter.options.reply_links = vec![link("http://a.example")]),
        ("convert", |letter| letter.documents[0].file_name = sakarkiv_core::document::FileName::sanitize("brev.exe")),
        ("empty", |letter| letter.documents[0].blob.size = 0),
        ("100 documents", |letter| letter.documents = vec![letter.documents[0].clone(); 101]),
        ("sender", |letter| letter.sender.name = " ".to_owned()),
    ];
    drive(&world.clock, async {
        let mut desk = Desk::new();
        for (word, change) in changes {
            let error = channel.send(&byplan(), desk.letter(&openly(), b"%PDF", change).await).await.unwrap_err();
            assert_eq!(error.kind(), K::Rejected, "{word}: {error}");
            assert!(error.to_string().contains(word), "{word}: {error}");
        }
        let elsewhere = to(company(0), SensitivityClass::Open, MailboxKind::ReceiverSystem);
        let error = channel.send(&byplan(), desk.letter(&elsewhere, b"%PDF", |_| ()).await).await.unwrap_err();
        assert_eq!(error.kind(), K::Rejected, "{error}");
    });
    assert!(world.altinn.calls().is_empty());
}

fn reference(kind: &str) -> sakarkiv_core::delivery::ExternalReference {
    sakarkiv_core::delivery::ExternalReference { kind: kind.to_owned(), value: "x".to_owned() }
}

fn link(url: &str) -> sakarkiv_core::delivery::ReplyLink {
    sakarkiv_core::delivery::ReplyLink { url: url.to_owned(), text: None }
}
