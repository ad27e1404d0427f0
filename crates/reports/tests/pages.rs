//! The reports as their readers get them.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

use std::path::Path;

use sakarkiv_core::{
    calendar::Calendar,
    delivery::{
        Delivery, DeliveryState, FailureCause, Letter, LetterOptions, Priority, Recipient, RemoteId, Sender, Signing,
        SigningStage, SigningStatus, TroubleLimits, trouble,
    },
    identity::{
        AccountId, ActorId, CaseId, ChannelId, EntryId, InboxId, LetterId, NationalIdentityNumber, OrganisationNumber,
        PostalAddress, TenantId, Timestamp, UnitId,
    },
    ports::{ItemId, PortErrorKind, RemoteStatus, Stage},
    routing::{
        Answer, AnswerSource, Coverage, Explanation, MailboxKind, PrintSetting, Questions, RecipientKind, Refused,
        RuleSet,
    },
    screening::Private,
    sensitivity::SensitivityClass,
    unopened::{
        Counterpart, History, IncomingMail, Knowledge, Limits, Line, OtherWays, OutgoingMail, Place, Point, Rules,
        received, sent,
    },
};
use sakarkiv_reports::{BlindInbox, FailureLine, FailureReport, Names, UnopenedReport};
use uuid::Uuid;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-09-30T06:00:00Z")
}

fn number() -> OrganisationNumber {
    OrganisationNumber::parse("312000342").unwrap()
}

fn company(name: &str) -> Recipient {
    Recipient::Organisation { number: number(), name: Private::new(name.to_owned()), address: Some(address()) }
}

fn person() -> Recipient {
    let number = (0..100).find_map(|k| NationalIdentityNumber::parse(&format!("018190005{k:02}")).ok()).unwrap();
    Recipient::Person { number, name: Private::new("Kari Testperson".to_owned()), address: Some(address()) }
}

fn address() -> PostalAddress {
    PostalAddress::new(["Storgata 1"], "8001", "Bodø").unwrap()
}

fn letter(id: u128, account: &str, recipient: Recipient) -> Letter {
    let id = Uuid::from_u128(id);
    Letter {
        id: LetterId::from_uuid(id),
        tenant: TenantId::new("bodo").unwrap(),
        case: CaseId::from_uuid(id),
        entry: EntryId::from_uuid(id),
        submitted_by: ActorId::new("saksbehandler-1").unwrap(),
        submitted: at("2026-09-01T07:00:00Z"),
        sender: Sender {
            account: AccountId::new(account).unwrap(),
            unit: UnitId::new(account).unwrap(),
            name: "Prøvedal kommune".to_owned(),
            organisation: number(),
            address: address(),
        },
        recipient,
        title: Private::new("Bekymringsmelding".to_owned()),
        sensitivity: SensitivityClass::Confidential,
        priority: Priority::ChildWelfare,
        options: LetterOptions::default(),
        documents: Vec::new(),
    }
}

/// A letter that lies in a mailbox since a moment.
fn lying(letter: &Letter, mailbox: MailboxKind, since: &str, raw: &str, print: PrintSetting) -> Delivery {
    let mut delivery = Delivery::queue(letter, ChannelId::new("svarut").unwrap(), at("2026-10-30T07:00:00Z"));
    let said = |value| Answer::new(value, AnswerSource::Sender);
    delivery.explanation = Some(Box::new(Explanation {
        questions: Questions {
            organisation: said(true),
            open_inbox: said(true),
            few_readers: said(true),
            coverage: Answer::new(Coverage::Unknown, AnswerSource::Nobody),
            print: Answer::new(print, AnswerSource::Sender),
        },
        rules: RuleSet::ConfidentialService,
        codes: Vec::new(),
    }));
    delivery.state = DeliveryState::Delivered { mailbox };
    delivery.cleared_for = Some(mailbox);
    delivery.remote_id = Some(RemoteId(letter.id.to_string()));
    delivery.remote = Some(RemoteStatus { stage: Stage::Delivered(None), raw: raw.to_owned(), since: Some(at(since)) });
    delivery.accepted = Some(at(since));
    delivery.delivered = Some(at(since));
    delivery.due = Some(at("2026-09-30T08:00:00Z"));
    delivery
}

fn lines() -> Vec<Line> {
    use MailboxKind as M;
    let (limits, calendar) = (Limits::default(), Calendar::new());
    let rules = Rules { limits: &limits, calendar: &calendar };
    let mut lines = Vec::new();
    let mut add = |account: &str, to: Recipient, mailbox, since: &str, coverage, print, contacts: &[Timestamp]| {
        let letter = letter(lines.len() as u128 + 1, account, to);
        let delivery = lying(&letter, mailbox, since, "LEVERT_ALTINN", print);
        let ways = OtherWays::of(&letter);
        let mail = OutgoingMail { letter: &letter, delivery: &delivery, coverage, ways, contacts, failed_reminders: 0 };
        lines.extend(sent(&mail, now(), &rules));
    };
    let (digital, prints) = (PrintSetting::DigitalOnly, PrintSetting::PrintWhenUnopened);
    add(
        "barnevern",
        company("Eksempelvik barnehage"),
        M::ConfidentialInbox,
        "2026-09-07T08:00:00Z",
        Coverage::NotHeld,
        digital,
        &[at("2026-09-14T08:00:00Z")],
    );
    add(
        "barnevern",
        company("Solbakken SFO AS"),
        M::ConfidentialInbox,
        "2026-09-28T08:00:00Z",
        Coverage::NotHeld,
        digital,
        &[],
    );
    add(
        "helse",
        company("=HYPERLINK(\"http://x\") Klinikk"),
        M::ConfidentialInbox,
        "2026-09-22T08:00:00Z",
        Coverage::Held,
        digital,
        &[],
    );
    add(
        "byggesak",
        company("Fjordbygg AS"),
        M::ConfidentialInbox,
        "2026-09-29T08:00:00Z",
        Coverage::Unknown,
        prints,
        &[],
    );
    add(
        "nav",
        person(),
        M::CitizenMailbox,
        "2026-09-18T08:00:00Z",
        Coverage::Unknown,
        digital,
        &[at("2026-09-28T08:00:00Z")],
    );
    add(
        "skole",
        company("Nabokommunen kommune"),
        M::ReceiverSystem,
        "2026-09-23T08:00:00Z",
        Coverage::Unknown,
        digital,
        &[],
    );
    for (item, coverage, arrived) in
        [("9c1d", Coverage::Held, "2026-09-25T08:00:00Z"), ("77aa", Coverage::NotHeld, "2026-09-29T08:00:00Z")]
    {
        let from = Counterpart {
            kind: RecipientKind::Organisation,
            organisation: None,
            name: Private::new("Statsforvalteren i Prøve".to_owned()),
        };
        let mail = IncomingMail {
            organisation: number(),
            inbox: InboxId::new("altinn").unwrap(),
            item: Some(ItemId(item.to_owned())),
            from: Some(from),
            arrived: at(arrived),
            due: None,
            place: Place::Altinn,
            coverage,
            raw: "Published".to_owned(),
            knowledge: Knowledge::Confirmed,
            contacts: Vec::new(),
        };
        lines.extend(received(&mail, now(), &rules));
    }
    lines
}

fn history() -> History {
    let mut history = History::default();
    let start: chrono::NaiveDate = "2026-08-31".parse().unwrap();
    for (day, date) in start.iter_days().take(31).enumerate() {
        let day = u32::try_from(day).unwrap();
        let point =
            Point { sent: 12 - day / 4 + day % 3, received: 2 + day % 2, overdue: 6 - day / 7, nobody_can_open: 3 };
        history.record(date, point, 400);
    }
    history
}

/// Keeps a page where a person can look at it.
fn keep(name: &str, page: &str) {
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), page).unwrap();
}

fn report<'a>(lines: &'a [Line], history: &'a History, names: Names) -> UnopenedReport<'a> {
    UnopenedReport { tenant: "Prøvedal kommune", made: now(), lines, blind: &[], history, names }
}

#[test]
fn the_page_says_what_to_do_with_evidence_and_the_numbers_over_time() {
    let (lines, history) = (lines(), history());
    let page = report(&lines, &history, Names::Hidden).html().unwrap();
    keep("uapnet.html", &page);
    for words in [
        "Uåpnet taushetsbelagt post",
        "Laget 30.09.2026 kl. 08.00",
        "Send på nytt på papir",
        "Be mottakeren gi noen tilgang",
        "Gi en ansatt tilgang",
        "LEVERT_ALTINN",
        "Skrives ut omkring 01.10.2026",
        "<svg role=\"img\"",
        "Tallene i en tabell",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn no_report_tells_a_title_and_a_persons_name_only_when_it_is_asked_for() {
    let (lines, history) = (lines(), history());
    let hidden = report(&lines, &history, Names::Hidden);
    let all = [hidden.html().unwrap(), hidden.csv(), hidden.text()];
    for text in &all {
        assert!(!text.contains("Testperson") && !text.contains("Bekymringsmelding"));
        assert!(text.contains("Privatperson"));
    }
    assert!(report(&lines, &history, Names::Shown).csv().contains("Kari Testperson"));
}

#[test]
fn the_spreadsheet_has_every_line_once_and_no_formula() {
    let (lines, history) = (lines(), history());
    let csv = report(&lines, &history, Names::Hidden).csv();
    assert_eq!(csv.lines().count(), lines.len() + 1);
    let fields = |line: &str| line.matches("\";\"").count() + 1;
    assert!(csv.lines().all(|line| fields(line) == 21), "{csv}");
    assert!(csv.contains("\"'=HYPERLINK"));
}

#[test]
fn the_most_urgent_comes_first() {
    let (lines, history) = (lines(), history());
    let text = report(&lines, &history, Names::Hidden).text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} in {text}"));
    assert!(place("på papir") < place("Send påminnelse") || place("papir") < place("påminnelse"));
    assert!(text.contains("8 uåpnet"));
}

#[test]
fn reminders_that_never_arrived_are_told_beside_what_is_to_be_done() {
    let (mut lines, history) = (lines(), history());
    assert!(!report(&lines, &history, Names::Hidden).html().unwrap().contains("kom ikke fram"));
    for (failed, words) in [(1, "En påminnelse kom ikke fram"), (2, "2 påminnelser kom ikke fram")] {
        lines[2].failed_reminders = failed;
        assert!(report(&lines, &history, Names::Hidden).html().unwrap().contains(words), "{words}");
    }
}

#[test]
fn a_day_without_unopened_mail_is_a_short_page() {
    let page = report(&[], &History::default(), Names::Hidden).html().unwrap();
    assert!(page.contains("Ingen taushetsbelagt post ligger uåpnet") && !page.contains("<svg"));
}

#[test]
fn an_inbox_that_nobody_could_look_into_is_named_instead_of_saying_that_nothing_lies_there() {
    let inbox = |id: &str, error| BlindInbox { inbox: InboxId::new(id).unwrap(), error };
    let blind = [inbox("altinn", Some(PortErrorKind::Unauthorised)), inbox("svarinn", None)];
    let history = History::default();
    let report = UnopenedReport { blind: &blind, ..report(&[], &history, Names::Hidden) };
    let all = [report.html().unwrap(), report.text(), report.csv()];
    for text in &all {
        for words in ["altinn", "har ikke tilgang til å spørre", "svarinn", "har ingen måte å fortelle"] {
            assert!(text.contains(words), "{words} in {text}");
        }
    }
    let [page, _, csv] = all;
    assert!(!page.contains("Ingen taushetsbelagt post ligger uåpnet"));
    assert_eq!(page.matches("Ingenting ligger uåpnet").count(), 1, "what we sent is known from the store");
    assert!(csv.lines().all(|line| line.matches("\";\"").count() == 20), "{csv}");
}

fn failures() -> Vec<FailureLine> {
    let signing = |stage, raw: &str| {
        let status = SigningStatus { stage, raw: raw.to_owned(), since: Some(at("2026-09-29T12:00:00Z")) };
        Some(Signing { expires: at("2026-09-29T12:00:00Z"), status: Some(status) })
    };
    let mut made = Vec::new();
    let mut add = |change: &dyn Fn(&mut Delivery)| {
        let letter = letter(made.len() as u128 + 1, "byplan", company("Fjordbygg AS"));
        let mut delivery =
            lying(&letter, MailboxKind::CitizenMailbox, "2026-09-28T08:00:00Z", "LEVERT_SDP", PrintSetting::Unknown);
        delivery.attempts = 1;
        delivery.ended = Some(at("2026-09-29T12:00:00Z"));
        change(&mut delivery);
        let found = trouble(&delivery, now(), &TroubleLimits::default()).expect("it is in trouble");
        made.push(FailureLine::of(&delivery, found));
    };
    add(&|d| d.state = DeliveryState::Failed(FailureCause::Returned { raw: "AVVIST".to_owned() }));
    add(&|d| d.state = DeliveryState::Failed(FailureCause::NotCleared(Refused::at_once("nothing_safe"))));
    add(&|d| {
        let detail = "mottaker.digitalId <er> ikke gyldig".to_owned();
        d.state = DeliveryState::Failed(FailureCause::Rejected { detail, remote_code: None });
    });
    add(&|d| d.signing = signing(SigningStage::Declined, "AVVIST_AV_MOTTAKER"));
    add(&|d| d.signing = signing(SigningStage::Expired, "UTLOPT"));
    add(&|d| {
        d.state = DeliveryState::Unknown {
            since: at("2026-09-30T05:00:00Z"),
            settles: at("2026-09-30T06:30:00Z"),
            sent_before: false,
        }
    });
    made
}

#[test]
fn the_daily_check_tells_cause_and_remedy_of_everything_signing_orders_included() {
    let lines = failures();
    let report = FailureReport { tenant: "Prøvedal kommune", made: now(), lines: &lines };
    let page = report.html();
    keep("feilet.html", &page);
    for words in
        ["Mottakeren har avvist å signere", "Signeringsfristen gikk ut", "AVVIST", "&lt;er&gt;", "send på nytt"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(report.csv().lines().count(), lines.len() + 1);
    let text = report.text();
    assert!(text.contains("Overføring feilet") && !text.contains("Fjordbygg"), "no names of recipients");
}

#[test]
fn a_day_without_failures_says_so() {
    let report = FailureReport { tenant: "Prøvedal kommune", made: now(), lines: &[] };
    assert!(report.html().contains("Ingenting har feilet"));
}
