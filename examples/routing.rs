//! The three questions that are put before a letter leaves (R5.1, R5.2), answered with reasons.
//!
//! `cargo run -p sakarkiv-examples --example routing`

use sakarkiv::core::{
    routing::{Coverage, Facts, MailboxKind, MailboxSet, PrintSetting, RecipientKind, RuleSet, decide},
    sensitivity::SensitivityClass,
};

fn main() {
    let altinn = MailboxSet::EMPTY
        .with(MailboxKind::OrganisationInbox)
        .with(MailboxKind::ConfidentialInbox)
        .with(MailboxKind::Paper);
    let company = Facts {
        recipient: RecipientKind::Organisation,
        sensitivity: SensitivityClass::Open,
        reachable: altinn,
        coverage: Coverage::Unknown,
        print: PrintSetting::DigitalOnly,
        known_person: false,
        digital_only: false,
        signing: false,
        rules: RuleSet::ConfidentialService,
    };
    tell("an open letter to a company", &company);
    let child_welfare = Facts { sensitivity: SensitivityClass::StrictlyConfidential, ..company };
    tell("a child welfare letter to the same company", &child_welfare);
    tell("the same, where nobody holds the access", &Facts { coverage: Coverage::NotHeld, ..child_welfare });
    tell(
        "the same, under the rules from before the confidential service",
        &Facts { rules: RuleSet::BeforeConfidentialService, ..child_welfare },
    );
    tell(
        "the same, to an organisation with a receiver system",
        &Facts { reachable: altinn.with(MailboxKind::ReceiverSystem), ..child_welfare },
    );
    tell(
        "the same, where nothing but the ordinary inbox is left",
        &Facts { reachable: MailboxSet::EMPTY.with(MailboxKind::OrganisationInbox), ..child_welfare },
    );
}

fn tell(what: &str, facts: &Facts) {
    let decision = decide(facts);
    println!("{what}: {:?}", decision.outcome);
    for reason in decision.reasons {
        println!("    {} ({}): {}", reason.code, reason.source, reason.text);
    }
}
