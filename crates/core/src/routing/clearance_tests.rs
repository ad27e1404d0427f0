use chrono::NaiveDate;
use uuid::Uuid;

use super::*;
use crate::{
    delivery::{Letter, LetterOptions, Priority, Recipient, Sender},
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, LetterId, OrganisationNumber, PostalAddress, TenantId,
        Timestamp, UnitId,
    },
    ports::Reach,
    screening::Private,
    sensitivity::SensitivityClass,
};

fn channel(name: &str) -> ChannelId {
    ChannelId::new(name).unwrap()
}

fn letter(sensitivity: SensitivityClass) -> Letter {
    let address = PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap();
    let number = OrganisationNumber::parse("312000342").unwrap();
    let tenant = TenantId::new("bodo").unwrap();
    let id = Uuid::from_u128(7);
    Letter {
        id: LetterId::from_uuid(id),
        tenant,
        case: CaseId::from_uuid(id),
        entry: EntryId::from_uuid(id),
        submitted_by: ActorId::new("saksbehandler-1").unwrap(),
        submitted: Timestamp::UNIX_EPOCH,
        sender: Sender {
            account: AccountId::new("barnevern").unwrap(),
            unit: UnitId::new("barnevern").unwrap(),
            name: "Prøvedal kommune".to_owned(),
            organisation: number.clone(),
            address: address.clone(),
        },
        recipient: Recipient::Organisation {
            number,
            name: Private::new("Eksempel AS".to_owned()),
            address: Some(address),
        },
        title: Private::new("Brev".to_owned()),
        sensitivity,
        priority: Priority::General,
        options: LetterOptions::default(),
        documents: Vec::new(),
    }
}

fn route(name: &str, mailboxes: &[MailboxKind], print: PrintSetting) -> Route {
    let account = AccountId::new("barnevern").unwrap();
    Route { channel: channel(name), account, reach: Reach { mailboxes: mailboxes.to_vec(), print } }
}

/// SvarUt's confidential flag and Altinn direct, both of which reach the same mailbox, and a printer.
fn ways() -> Vec<Route> {
    use MailboxKind as M;
    vec![
        route("svarut", &[M::OrganisationInbox, M::ConfidentialInbox, M::Paper], PrintSetting::PrintWhenUnopened),
        route("altinn", &[M::OrganisationInbox, M::ConfidentialInbox], PrintSetting::DigitalOnly),
    ]
}

fn inquiry<'a>(routes: &'a [Route], policy: &'a RoutingPolicy) -> Inquiry<'a> {
    Inquiry {
        routes,
        never_report_opened: &[],
        recipient: AnswerSource::Register,
        protected_address: false,
        sensitivity: AnswerSource::Records,
        coverage: Answer::new(Coverage::Held, AnswerSource::CoverageService),
        policy,
        today: NaiveDate::from_ymd_opt(2026, 9, 15).unwrap(),
    }
}

fn codes(cleared: &Cleared<Letter>) -> Vec<&'static str> {
    cleared.reasons().iter().map(|reason| reason.code).collect()
}

#[test]
fn confidential_mail_goes_by_the_channel_that_the_tenant_prefers_and_else_by_the_first_at_hand() {
    for (preference, expected) in [
        (vec![], "svarut"),
        (vec!["altinn"], "altinn"),
        (vec!["svarut", "altinn"], "svarut"),
        (vec!["altinn", "svarut"], "altinn"),
        (vec!["print", "altinn"], "altinn"),
        (vec!["print"], "svarut"),
    ] {
        let policy = RoutingPolicy::default().confidential_by(preference.iter().map(|name| channel(name)));
        let routes = ways();
        let (chosen, cleared) =
            clear_by(letter(SensitivityClass::StrictlyConfidential), &inquiry(&routes, &policy)).unwrap();
        assert_eq!((chosen.channel.as_str(), cleared.mailbox()), (expected, MailboxKind::ConfidentialInbox));
        assert!(codes(&cleared).contains(&"confidential_channel_chosen"), "{preference:?}");
    }
}

#[test]
fn the_preference_for_confidential_mail_moves_no_other_letter() {
    let (routes, policy) = (ways(), RoutingPolicy::default().confidential_by([channel("altinn")]));
    let (chosen, cleared) = clear_by(letter(SensitivityClass::Open), &inquiry(&routes, &policy)).unwrap();
    assert_eq!((chosen.channel.as_str(), cleared.mailbox()), ("svarut", MailboxKind::OrganisationInbox));
    assert!(!codes(&cleared).contains(&"confidential_channel_chosen"));
}

#[test]
fn a_channel_that_never_tells_of_an_opening_carries_confidential_mail_only_when_it_is_preferred_or_alone() {
    let (routes, blind) = (ways(), [channel("svarut")]);
    let take = |policy: &RoutingPolicy, routes: &[Route]| {
        let inquiry = Inquiry { never_report_opened: &blind, ..inquiry(routes, policy) };
        clear_by(letter(SensitivityClass::Confidential), &inquiry).unwrap().0.channel
    };
    assert_eq!(take(&RoutingPolicy::default(), &routes), channel("altinn"));
    assert_eq!(take(&RoutingPolicy::default().confidential_by([channel("svarut")]), &routes), channel("svarut"));
    assert_eq!(take(&RoutingPolicy::default(), &routes[..1]), channel("svarut"));
}

#[test]
fn the_consequence_told_is_that_of_the_channel_it_goes_by() {
    for (preferred, code) in [("svarut", "printed_when_unopened"), ("altinn", "stays_unopened")] {
        let (routes, policy) = (ways(), RoutingPolicy::default().confidential_by([channel(preferred)]));
        let (_, cleared) = clear_by(letter(SensitivityClass::Confidential), &inquiry(&routes, &policy)).unwrap();
        assert!(codes(&cleared).contains(&code), "{preferred}");
        assert_eq!(cleared.questions().print.source, AnswerSource::Channel(channel(preferred)));
    }
}

#[test]
fn each_answer_names_who_gave_it() {
    let (routes, policy) = (ways(), RoutingPolicy::default());
    let (_, cleared) = clear_by(letter(SensitivityClass::Confidential), &inquiry(&routes, &policy)).unwrap();
    let questions = cleared.questions();
    assert!(questions.all_yes());
    assert_eq!(questions.organisation, Answer::new(true, AnswerSource::Register));
    assert_eq!(questions.open_inbox, Answer::new(true, AnswerSource::Channel(channel("svarut"))));
    assert_eq!(questions.few_readers, Answer::new(true, AnswerSource::Records));
    assert_eq!(questions.coverage, Answer::new(Coverage::Held, AnswerSource::CoverageService));
}

#[test]
fn the_channel_that_knows_a_receiver_system_answers_the_second_question() {
    let routes = [
        route("altinn", &[MailboxKind::OrganisationInbox, MailboxKind::ConfidentialInbox], PrintSetting::DigitalOnly),
        route("svarut", &[MailboxKind::ReceiverSystem], PrintSetting::DigitalOnly),
    ];
    let policy = RoutingPolicy::default();
    let (chosen, cleared) = clear_by(letter(SensitivityClass::Confidential), &inquiry(&routes, &policy)).unwrap();
    assert_eq!((chosen.channel.as_str(), cleared.mailbox()), ("svarut", MailboxKind::ReceiverSystem));
    assert_eq!(cleared.questions().open_inbox, Answer::new(false, AnswerSource::Channel(channel("svarut"))));
    assert!(cleared.protection().confidential_service, "should that system be gone by then");
}

#[test]
fn a_refusal_tells_what_was_asked_too() {
    let routes = [route("svarut", &[MailboxKind::OrganisationInbox], PrintSetting::DigitalOnly)];
    let policy = RoutingPolicy::default();
    let refused = clear_by(letter(SensitivityClass::Confidential), &inquiry(&routes, &policy)).unwrap_err();
    assert!(refused.questions.as_ref().unwrap().all_yes());
    let nothing = clear_by(letter(SensitivityClass::Confidential), &inquiry(&[], &policy)).unwrap_err();
    assert_eq!(nothing.questions.unwrap().open_inbox.source, AnswerSource::Nobody);
    assert_eq!(nothing.codes, ["sensitive", "nothing_safe"]);
}

#[test]
fn under_the_rules_of_2021_the_same_letter_is_printed() {
    let routes = ways();
    let policy = RoutingPolicy::default();
    let then = Inquiry { today: NaiveDate::from_ymd_opt(2021, 11, 1).unwrap(), ..inquiry(&routes, &policy) };
    let (chosen, cleared) = clear_by(letter(SensitivityClass::Confidential), &then).unwrap();
    assert_eq!((chosen.channel.as_str(), cleared.mailbox()), ("svarut", MailboxKind::Paper));
    assert_eq!(cleared.explanation().rules, RuleSet::BeforeConfidentialService);
}

#[test]
fn what_was_put_on_record_before_the_questions_were_kept_can_still_be_read() {
    let old: Refused = serde_json::from_str(r#"{"codes": ["nothing_safe"]}"#).unwrap();
    assert_eq!(old, Refused::at_once("nothing_safe"));
    let (routes, policy) = (ways(), RoutingPolicy::default());
    let (_, cleared) = clear_by(letter(SensitivityClass::Confidential), &inquiry(&routes, &policy)).unwrap();
    let json = serde_json::to_string(&cleared.explanation()).unwrap();
    assert!(json.contains(r#""open_inbox":{"value":true,"source":{"by":"channel","name":"svarut"}}"#), "{json}");
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), cleared.explanation());
}

#[test]
fn nothing_goes_on_paper_to_an_address_that_the_register_protects() {
    let policy = RoutingPolicy::default();
    for sensitivity in [SensitivityClass::Open, SensitivityClass::StrictlyConfidential] {
        let digital = ways();
        let protected = Inquiry { protected_address: true, ..inquiry(&digital, &policy) };
        let (_, cleared) = clear_by(letter(sensitivity), &protected).unwrap();
        assert!(cleared.protection().digital_only, "not even when nobody opens it");
        assert!(codes(&cleared).contains(&"protected_address"));
        let paper = [route("print", &[MailboxKind::Paper], PrintSetting::Unknown)];
        let refused = clear_by(letter(sensitivity), &Inquiry { protected_address: true, ..inquiry(&paper, &policy) });
        assert!(refused.unwrap_err().codes.contains(&"protected_address".to_owned()));
        clear_by(letter(sensitivity), &inquiry(&paper, &policy)).unwrap();
    }
}
