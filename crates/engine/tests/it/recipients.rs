//! Recipients are looked up in a register before each attempt to send (R8.7).

use std::sync::Arc;

use sakarkiv_core::{
    delivery::{DeliveryState, FailureCause, Recipient},
    identity::LetterId,
    ports::{DirectoryEntry, PortErrorKind},
    routing::{AnswerSource, MailboxKind},
    sensitivity::SensitivityClass,
};
use sakarkiv_testkit::{
    conformance::{addressee, company, person},
    doubles::MemoryRegister,
};

use crate::{
    moody::Moody,
    world::{Extras, World, hours, minutes, subjects},
};

fn world_with(register: MemoryRegister) -> (World, Arc<MemoryRegister>) {
    let register = Arc::new(register);
    let extras = Extras { directory: Some(Arc::clone(&register) as _), ..Extras::default() };
    (World::build(|inbox| inbox, extras), register)
}

fn enter(register: &MemoryRegister, who: &Recipient, change: impl FnOnce(&mut DirectoryEntry)) {
    let mut entry = DirectoryEntry::new(who.name().clone(), who.address().cloned());
    change(&mut entry);
    match who {
        Recipient::Person { number, .. } => register.enter_person(number.clone(), entry),
        Recipient::Organisation { number, .. } => register.enter_organisation(number.clone(), entry),
        Recipient::Addressee { .. } => {}
    }
}

fn send(world: &World, key: &str, class: SensitivityClass, to: Recipient) -> LetterId {
    let submission = world.letter_to(key, "byplan", class, to);
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.idle();
    letter
}

fn refusal(world: &World, letter: LetterId) -> Vec<String> {
    match world.delivery(letter).state {
        DeliveryState::Failed(FailureCause::NotCleared(refused)) => refused.codes,
        _ => Vec::new(),
    }
}

fn sent(world: &World) -> usize {
    world.svarut.sends() + world.print.sends()
}

#[test]
fn nothing_leaves_to_the_dead_the_struck_off_and_those_the_register_does_not_know() {
    for (nth, who) in [person(1), company(1)].into_iter().enumerate() {
        let (world, register) = world_with(MemoryRegister::new());
        let unknown = send(&world, "a", SensitivityClass::Open, who.clone());
        assert_eq!(refusal(&world, unknown), ["recipient_not_in_register"], "{nth}");
        enter(&register, &who, |entry| entry.gone = true);
        let gone = send(&world, "b", SensitivityClass::Open, who.clone());
        assert_eq!(refusal(&world, gone), ["recipient_gone"], "{nth}");
        assert_eq!((sent(&world), subjects(&world)), (0, vec!["letter failed"; 2]));
        enter(&register, &who, |_| {});
        let known = send(&world, "c", SensitivityClass::Open, who);
        assert_eq!((world.state(known), sent(&world)), ("accepted", 1));
        let explanation = world.delivery(known).explanation.unwrap();
        assert_eq!(explanation.questions.organisation.source, AnswerSource::Register);
    }
}

#[test]
fn nothing_goes_on_paper_to_a_protected_address() {
    let (world, register) = world_with(MemoryRegister::new());
    enter(&register, &person(1), |entry| entry.protected_address = true);
    for post in [world.svarut.post(), world.print.post()] {
        post.set_reach(&person(1), [MailboxKind::Paper]);
    }
    let by_paper = send(&world, "a", SensitivityClass::Open, person(1));
    assert!(refusal(&world, by_paper).contains(&"protected_address".to_owned()));
    assert_eq!(sent(&world), 0);
    world.svarut.post().set_reach(&person(1), [MailboxKind::Paper, MailboxKind::CitizenMailbox]);
    let by_mailbox = send(&world, "b", SensitivityClass::Open, person(1));
    assert_eq!(world.delivery(by_mailbox).cleared_for, Some(MailboxKind::CitizenMailbox));
    assert!(world.delivery(by_mailbox).explanation.unwrap().codes.contains(&"protected_address".to_owned()));
}

#[test]
fn while_the_register_is_silent_only_what_few_may_read_waits_for_it() {
    for kind in [PortErrorKind::Transient, PortErrorKind::Unknown, PortErrorKind::Unauthorised] {
        let (world, register) = world_with(MemoryRegister::new());
        enter(&register, &person(1), |_| {});
        register.fail_as(Some(kind));
        let open = send(&world, "a", SensitivityClass::Open, person(1));
        let secret = send(&world, "b", SensitivityClass::StrictlyConfidential, person(1));
        assert_eq!((world.state(open), world.state(secret), sent(&world)), ("accepted", "queued", 1), "{kind:?}");
        register.fail_as(None);
        world.pass(hours(2));
        assert_eq!((world.state(secret), sent(&world)), ("accepted", 2), "{kind:?}");
    }
}

#[test]
fn a_register_that_refuses_us_is_told_of_once_until_it_answers_again() {
    for kind in [PortErrorKind::Unauthorised, PortErrorKind::Misconfigured] {
        let (world, register) = world_with(MemoryRegister::new());
        enter(&register, &person(1), |_| {});
        enter(&register, &company(1), |_| {});
        register.fail_as(Some(kind));
        for (key, to) in [("a", person(1)), ("b", company(1)), ("c", person(1))] {
            send(&world, key, SensitivityClass::Open, to);
        }
        assert_eq!(subjects(&world), ["account stopped"], "{kind:?}");
        register.fail_as(None);
        send(&world, "d", SensitivityClass::Open, person(1));
        assert_eq!(subjects(&world).len(), 1, "{kind:?}");
        register.fail_as(Some(kind));
        send(&world, "e", SensitivityClass::Open, person(1));
        assert_eq!(subjects(&world), ["account stopped"; 2], "{kind:?}");
    }
}

#[test]
fn a_register_that_answers_for_organisations_alone_is_told_of_once() {
    let (world, register) = world_with(MemoryRegister::new());
    enter(&register, &company(1), |_| {});
    for (n, to) in [person(1), company(1), person(1), company(1)].into_iter().enumerate() {
        let refuses = matches!(to, Recipient::Person { .. }).then_some(PortErrorKind::Unauthorised);
        register.fail_as(refuses);
        send(&world, &n.to_string(), SensitivityClass::Open, to);
    }
    assert_eq!(subjects(&world), ["account stopped"]);
}

#[test]
fn a_register_that_is_merely_silent_is_told_to_nobody() {
    let (world, register) = world_with(MemoryRegister::new());
    register.fail_as(Some(PortErrorKind::Transient));
    send(&world, "a", SensitivityClass::Open, person(1));
    assert_eq!(subjects(&world), [""; 0]);
}

#[test]
fn whoever_the_register_cannot_be_asked_for_gets_mail_as_without_one() {
    let (world, register) = world_with(MemoryRegister::of_people());
    let to_company = send(&world, "a", SensitivityClass::StrictlyConfidential, company(1));
    assert_eq!((world.state(to_company), register.lookups()), ("accepted", 1));
    let by_paper = send(&world, "b", SensitivityClass::Open, addressee(1));
    assert_eq!((world.state(by_paper), register.lookups()), ("accepted", 1), "there is no number to ask for");
}

#[test]
fn whoever_died_before_the_next_attempt_gets_nothing() {
    let (world, register) = world_with(MemoryRegister::new());
    enter(&register, &person(1), |_| {});
    Moody::set(&world.svarut.deaf, true);
    let letter = send(&world, "a", SensitivityClass::StrictlyConfidential, person(1));
    enter(&register, &person(1), |entry| entry.gone = true);
    Moody::set(&world.svarut.deaf, false);
    world.pass(minutes(30));
    assert_eq!(refusal(&world, letter), ["recipient_gone"]);
    assert_eq!((world.svarut.sends(), world.svarut.post().count()), (1, 0));
}

#[test]
fn what_can_go_no_other_way_is_shared_with_a_person_we_know() {
    let world = World::new();
    world.svarut.post().set_reach(&company(1), [MailboxKind::OrganisationInbox]);
    world.print.post().set_reach(&company(1), [MailboxKind::DocumentShare]);
    let stranger = send(&world, "a", SensitivityClass::StrictlyConfidential, company(1));
    assert!(refusal(&world, stranger).contains(&"not_known".to_owned()));
    let mut submission = world.letter_to("b", "byplan", SensitivityClass::StrictlyConfidential, company(1));
    submission.options.known_person = true;
    let letter = world.run(world.desk().submit(submission)).unwrap().letter;
    world.idle();
    assert_eq!(world.delivery(letter).cleared_for, Some(MailboxKind::DocumentShare));
    assert_eq!((world.svarut.sends(), world.print.post().count()), (0, 1));
}
