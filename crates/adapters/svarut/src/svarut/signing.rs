//! Signing orders (signeringsoppdrag): what is sent with the letter, and how SvarUt's words for them are read (R4.4).

use chrono::{SecondsFormat, TimeDelta};
use sakarkiv_core::{
    delivery::{Letter, SignatureStrength, SigningOrder, SigningStage, SigningStatus},
    identity::Timestamp,
    ports::PortError,
    routing::MailboxKind,
};

use super::{
    extras::SigningState,
    shipment::{File, is_pdf, rejected},
    wire,
};
use crate::config::AccountConfig;

/// What SvarUt is told of the letter's signing order, if it has one, with every rule of the interface checked.
pub(super) fn order(
    letter: &Letter,
    files: &[File],
    account: &AccountConfig,
    now: Timestamp,
) -> Result<Option<wire::Signing>, PortError> {
    let Some(SigningOrder { document, strength, expires }) = &letter.options.signing else { return Ok(None) };
    if !account.signing {
        return Err(rejected(
            "the account may not ask for signatures (`signing = false`); have it activated at KS first",
        ));
    }
    let to_sign = files.get(*document).ok_or_else(|| rejected("the document to be signed is not in the letter"))?;
    if !is_pdf(to_sign) {
        return Err(rejected("the document to be signed must be a PDF; convert it"));
    }
    if now.checked_add_signed(LEAST_TIME).is_none_or(|least| *expires < least) {
        return Err(rejected("a signing order must be open for at least a day; give it a later end"));
    }
    Ok(Some(wire::Signing {
        signering_utloper: expires.to_rfc3339_opts(SecondsFormat::Secs, true),
        signatur_type: match strength {
            SignatureStrength::Authenticated => "AUTENTISERT_SIGNATUR",
            SignatureStrength::Advanced => "AVANSERT_SIGNATUR",
        },
    }))
}

/// A letter with a signing order leaves for a person's mailbox or not at all: no other endpoint takes one.
pub(super) fn check_endpoint(letter: &Letter, mailbox: MailboxKind) -> Result<(), PortError> {
    if letter.options.signing.is_some() && mailbox != MailboxKind::CitizenMailbox {
        return Err(rejected("only a person can be asked to sign, in the person's own mailbox; clear it anew"));
    }
    Ok(())
}

/// Where an order stands by what has happened to it: its end, if it has come to one, else the latest word. Nothing when
/// SvarUt knows of no order.
pub(super) fn status(events: &[wire::Event]) -> Option<SigningStatus> {
    let read = |event: &wire::Event| {
        let raw = event.status.clone().unwrap_or_default();
        SigningStatus { stage: stage(&SigningState::of(&raw)), raw, since: Some(event.tidspunkt) }
    };
    events.iter().map(read).max_by_key(|status| (status.stage.is_final(), status.since))
}

fn stage(state: &SigningState) -> SigningStage {
    match state {
        SigningState::RefusedBySvarUt => SigningStage::Rejected,
        SigningState::Waiting => SigningStage::Waiting,
        SigningState::Signed => SigningStage::Signed,
        SigningState::RefusedByRecipient => SigningStage::Declined,
        SigningState::Expired => SigningStage::Expired,
        SigningState::Other(_) => SigningStage::Unrecognised,
    }
}

const LEAST_TIME: TimeDelta = TimeDelta::days(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn event(hour: u32, status: Option<&str>) -> wire::Event {
        let tidspunkt = format!("2026-09-15T{hour:02}:00:00Z").parse().unwrap();
        wire::Event { tidspunkt, status: status.map(str::to_owned), hendelse: "tekst".to_owned() }
    }

    #[test]
    fn every_word_has_its_stage_and_is_kept() {
        for (word, expected) in [
            ("VENTER_SIGNERING", SigningStage::Waiting),
            ("SIGNERT_AV_MOTTAKER", SigningStage::Signed),
            ("AVVIST_AV_MOTTAKER", SigningStage::Declined),
            ("AVVIST_AV_SVARUT", SigningStage::Rejected),
            ("UTLOPT", SigningStage::Expired),
            ("PAUSET", SigningStage::Unrecognised),
        ] {
            let status = status(&[event(8, Some(word))]).unwrap();
            assert_eq!((status.stage, status.raw.as_str()), (expected, word));
        }
    }

    #[test]
    fn the_end_counts_whatever_the_order_of_the_lines_and_no_line_means_no_order() {
        let lines = [event(9, Some("SIGNERT_AV_MOTTAKER")), event(8, Some("VENTER_SIGNERING")), event(10, None)];
        let told = status(&lines).unwrap();
        assert_eq!((told.stage, told.since), (SigningStage::Signed, Some("2026-09-15T09:00:00Z".parse().unwrap())));
        assert_eq!(
            status(&lines[1..]).unwrap().stage,
            SigningStage::Unrecognised,
            "the latest word, though it is none"
        );
        assert_eq!(status(&[]), None);
    }
}
