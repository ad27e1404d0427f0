//! Random letters to random recipients, by SvarUt and by Altinn, while services fail, receiver systems come and go and the
//! office dies and starts again: no content ever reaches a mailbox that it must not lie in. Where everything came to is asked
//! of the simulators; where it may lie is said by an oracle that knows the requirements and nothing of the routing.
//!
//! `SAKARKIV_SEEDS=5000 cargo test --release -p sakarkiv-tests clearance` plays more towns than the short form does.

pub(crate) mod chance;
mod flaws;
mod oracle;
mod plan;
mod town;

use std::collections::BTreeMap;

use sakarkiv_core::routing::MailboxKind as M;

use self::{
    flaws::Flaw,
    oracle::{Landed, objections},
    town::{Played, play},
};

/// Towns in the short form; about ten letters each.
const SEEDS: u64 = 30;

fn seeds() -> u64 {
    std::env::var("SAKARKIV_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(SEEDS)
}

/// Whether it shows, in some town, that an office has a flaw.
fn shows(flaw: Flaw, by: &str) -> bool {
    (1..=SEEDS).any(|seed| objections(&play(seed, flaw)).iter().any(|objection| objection.contains(by)))
}

#[test]
fn no_content_ever_reaches_a_mailbox_that_it_must_not_lie_in() {
    let (mut letters, mut arrived, mut kills) = (0, 0, 0);
    let mut landings: BTreeMap<(bool, M), usize> = BTreeMap::new();
    for seed in 1..=seeds() {
        let played = play(seed, Flaw::None);
        let found = objections(&played);
        assert!(found.is_empty(), "{}", found.join("\n"));
        letters += played.plan.letters.len();
        kills += played.kills;
        for letter in &played.plan.letters {
            let mut landed = played.landed.iter().filter(|landed| landed.letter == Some(letter.number)).peekable();
            arrived += usize::from(landed.peek().is_some());
            landed.for_each(|landed| *landings.entry((letter.is_sensitive(), landed.mailbox)).or_default() += 1);
        }
    }
    println!(
        "{letters} letters, {arrived} arrived, {kills} deaths of the office; by sensitivity and mailbox {landings:?}"
    );
    assert!(arrived * 4 >= letters * 3, "most letters arrive in the end: {arrived} of {letters}");
    assert!(kills >= seeds() * 2, "the office dies often: {kills}");
    for kind in [M::ReceiverSystem, M::ConfidentialInbox, M::CitizenMailbox, M::Paper] {
        assert!(landings.contains_key(&(true, kind)), "no sensitive letter came to {kind:?}");
    }
    assert!(landings.contains_key(&(false, M::OrganisationInbox)), "the open inbox is there to be used wrongly");
}

#[test]
fn a_channel_that_forgets_how_sensitive_letters_are_is_caught() {
    assert!(shows(Flaw::ForgetsSensitivity, "every holder of a register role could open it"));
}

#[test]
fn a_look_up_that_says_somebody_could_open_what_nobody_can_is_caught() {
    assert!(shows(Flaw::InventsAccess, "we knew that nobody there could open it"));
}

#[test]
fn a_channel_that_sends_the_next_letter_to_the_last_recipient_is_caught() {
    assert!(shows(Flaw::MixesRecipientsUp, "it is another's mailbox"));
}

#[test]
fn a_seed_is_played_the_same_way_again() {
    let seen = |played: &Played| {
        played.landed.iter().map(|Landed { letter, mailbox, at, .. }| (*letter, *mailbox, *at)).collect::<Vec<_>>()
    };
    let (first, again) = (play(3, Flaw::None), play(3, Flaw::None));
    assert!(first.kills == again.kills && !first.landed.is_empty());
    assert_eq!(seen(&first), seen(&again));
}
