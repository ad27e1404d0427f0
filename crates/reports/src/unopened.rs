use std::collections::BTreeMap;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use maud::{Markup, PreEscaped, html};
use sakarkiv_core::{
    identity::{InboxId, Timestamp},
    ports::PortErrorKind,
    routing::{Coverage, RecipientKind},
    unopened::{Action, AgeBand, Counterpart, Direction, History, Line, Summary, Tally},
};

use crate::{
    csv::csv,
    curve::{ChartError, Curve, Series, svg},
    page, words,
};

/// Whether a report shows the names of people. Names of organisations are public and always shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Names {
    /// People are left out: the report may travel by e-mail.
    #[default]
    Hidden,
    /// People are named: only for readers with an official need.
    Shown,
}

/// The report on confidential mail that nobody has opened, sent and received (R5.3–R5.5).
#[derive(Debug, Clone, Copy)]
pub struct UnopenedReport<'a> {
    /// Whose mail it is, by name.
    pub tenant: &'a str,
    /// When the lines were collected.
    pub made: Timestamp,
    /// The lines, in any order.
    pub lines: &'a [Line],
    /// The inboxes of which nothing is known. That nothing lies unopened is only said when there is none of them.
    pub blind: &'a [BlindInbox],
    /// The numbers over time; may be empty.
    pub history: &'a History,
    /// Whether people are named.
    pub names: Names,
}

/// An inbox of which it is not known what lies there unopened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindInbox {
    /// Which inbox.
    pub inbox: InboxId,
    /// How the question to it ended; nothing when the other side has no way to tell.
    pub error: Option<PortErrorKind>,
}

impl UnopenedReport<'_> {
    /// Every line with everything that is known, and a row for each inbox of which nothing is, for a spreadsheet.
    #[must_use]
    pub fn csv(&self) -> String {
        let lines = self.sorted().map(|line| self.csv_row(line));
        let rows: Vec<Vec<String>> = lines.chain(self.blind.iter().map(blind_row)).collect();
        csv(&CSV_HEAD, rows.iter().map(Vec::as_slice))
    }

    /// The lines that somebody has to do something about, and the sums, for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["Hva bør gjøres", "Motpart", "Konto", "Kanal", "Siden", "Virkedager", "Frist", "Tilgang"]);
        for line in self.sorted() {
            table.add_row([
                recommended(line),
                self.counterpart(line),
                line.account().to_owned(),
                line.channel().to_owned(),
                words::day_of(line.since),
                line.working_days.to_string(),
                words::date(line.deadline),
                words::coverage(line.coverage).to_owned(),
            ]);
        }
        if let Some(days) = table.column_mut(5) {
            days.set_cell_alignment(CellAlignment::Right);
        }
        let all = Summary::of(self.lines).all;
        format!(
            "Uåpnet taushetsbelagt post, {}, {}\n{table}\n{} uåpnet, {} må følges opp, {} over fristen, {} kan ingen åpne\n",
            self.tenant,
            words::moment(self.made),
            all.all,
            all.to_do,
            all.overdue + all.critical,
            all.nobody_can_open
        ) + &self.blind.iter().map(|one| format!("{}: {}\n", one.inbox, words::blind(one.error))).collect::<String>()
    }

    /// One self-contained page for people.
    ///
    /// # Errors
    /// [`ChartError`] when the curve cannot be drawn.
    pub fn html(&self) -> Result<String, ChartError> {
        let summary = Summary::of(self.lines);
        let all = summary.all;
        let content = html! {
            h1 { "Uåpnet taushetsbelagt post" }
            p.made { (self.tenant) ". Laget " (words::moment(self.made)) "." }
            ul.figures {
                (page::figure(all.all, "uåpnet i alt", false))
                (page::figure(all.to_do, "må følges opp nå", true))
                (page::figure(all.overdue + all.critical, "ligger over fristen", true))
                (page::figure(all.nobody_can_open, "kan ingen åpne", true))
            }
            (self.unknown())
            @if self.lines.is_empty() && self.blind.is_empty() {
                p { "Ingen taushetsbelagt post ligger uåpnet, verken sendt eller mottatt." }
            }
            @if !self.lines.is_empty() {
                h2 { "Hva bør gjøres" }
                (to_do(&summary.actions))
            }
            (self.development()?)
            (self.section("Sendt fra oss", "Brev som mottakeren ikke har åpnet", Direction::Sent))
            (self.section("Mottatt av oss", "Post til våre organisasjonsnumre som vi ikke har åpnet", Direction::Received))
            @if !self.lines.is_empty() {
                h2 { "Fordelt på konto" }
                (by_account("Avsenderkontoer", &summary.sent))
                (by_account("Egne organisasjonsnumre", &summary.received))
            }
            h2 { "Slik leses rapporten" }
            p {
                "Alder telles i norske virkedager fra posten ble lagt der den ligger. Fristen er den dagen posten senest skulle vært \
                 åpnet. «Grunnlag» viser ordet kanalen selv bruker, og når det sist ble endret, slik at alle kan kontrollere linjen hos \
                 SvarUt eller Altinn. En linje forsvinner når kanalen melder at posten er åpnet eller skrevet ut."
            }
        };
        Ok(page(&format!("Uåpnet taushetsbelagt post – {}", self.tenant), &content).into_string())
    }

    /// What nobody could look into, before the reader takes what is missing for nothing.
    fn unknown(&self) -> Markup {
        let rows: Vec<Vec<Markup>> =
            self.blind.iter().map(|one| vec![html! { (one.inbox) }, html! { (words::blind(one.error)) }]).collect();
        html! {
            @if !rows.is_empty() {
                h2 { "Ikke kjent" }
                p { "Det kan ligge uåpnet post i disse innboksene uten at den står i rapporten." }
                (page::table("Innbokser vi ikke vet noe om", &["Innboks", "Hvorfor"], &rows))
            }
        }
    }

    /// The most urgent first, and the oldest first among them.
    fn sorted(&self) -> impl Iterator<Item = &Line> {
        let mut lines: Vec<&Line> = self.lines.iter().collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.urgency()), line.since));
        lines.into_iter()
    }

    fn counterpart(&self, line: &Line) -> String {
        line.counterpart.as_ref().map_or_else(|| "Ikke oppgitt".to_owned(), |party| self.name(party))
    }

    fn name(&self, party: &Counterpart) -> String {
        let shown = party.kind == RecipientKind::Organisation || self.names == Names::Shown;
        let name = if shown { party.name.expose().clone() } else { "Privatperson".to_owned() };
        match &party.organisation {
            Some(number) => format!("{name} ({number})"),
            None => name,
        }
    }

    fn csv_row(&self, line: &Line) -> Vec<String> {
        let direction = match line.direction() {
            Direction::Sent => "Sendt",
            Direction::Received => "Mottatt",
        };
        let evidence = &line.evidence;
        vec![
            direction.to_owned(),
            line.channel().to_owned(),
            line.account().to_owned(),
            self.counterpart(line),
            words::place(line.place, line.mailbox).to_owned(),
            words::day_of(line.since),
            line.working_days.to_string(),
            words::age(line.age).to_owned(),
            words::date(line.deadline),
            words::print(line.print).to_owned(),
            words::consequence(line.consequence),
            words::coverage(line.coverage).to_owned(),
            line.reminders.to_string(),
            line.reminded.map(words::day_of).unwrap_or_default(),
            words::action(line.recommendation.action).to_owned(),
            line.recommendation.then.map(words::action).unwrap_or_default().to_owned(),
            line.recommendation.reasons.iter().map(words::why).collect::<Vec<_>>().join(" "),
            evidence.raw.clone(),
            evidence.since.map(words::moment).unwrap_or_default(),
            words::knowledge(evidence.knowledge).to_owned(),
            evidence.remote_id.clone().unwrap_or_default(),
        ]
    }

    fn section(&self, title: &str, caption: &str, direction: Direction) -> Markup {
        let rows: Vec<Vec<Markup>> =
            self.sorted().filter(|line| line.direction() == direction).map(|line| self.row(line)).collect();
        let head = match direction {
            Direction::Sent => [
                "Mottaker",
                "Avsenderkonto",
                "Ligger i",
                "Siden",
                "Frist",
                "Skjer av seg selv",
                "Tilgang",
                "Hva bør gjøres",
                "Grunnlag",
            ],
            Direction::Received => [
                "Avsender",
                "Vårt org.nr.",
                "Ligger i",
                "Siden",
                "Frist",
                "Skjer av seg selv",
                "Tilgang",
                "Hva bør gjøres",
                "Grunnlag",
            ],
        };
        let known = direction == Direction::Sent || self.blind.is_empty();
        let none = if known { "Ingenting ligger uåpnet." } else { "Ingenting er meldt." };
        html! {
            h2 { (title) }
            @if rows.is_empty() { p { (none) } } @else { (page::table(caption, &head, &rows)) }
        }
    }

    fn row(&self, line: &Line) -> Vec<Markup> {
        let late = line.age >= AgeBand::Overdue;
        let days = if line.working_days == 1 { "virkedag" } else { "virkedager" };
        vec![
            html! { (self.counterpart(line)) },
            html! { (line.account()) },
            html! { span { (words::place(line.place, line.mailbox)) br; span.small { (line.channel()) } } },
            html! { span { (words::day_of(line.since)) br; span.small { (line.working_days) " " (days) } } },
            html! { span.late[late] { (words::date(line.deadline)) @if late { br; (words::age(line.age)) } } },
            html! { (words::consequence(line.consequence)) },
            html! { span.late[line.coverage == Coverage::NotHeld] { (words::coverage(line.coverage)) } },
            html! {
                div {
                    span.act { (recommended(line)) }
                    @if let Some(reminded) = line.reminded {
                        br; span.small { "Påminnet " (line.reminders) " g., sist " (words::day_of(reminded)) }
                    }
                    @if line.failed_reminders > 0 {
                        br; span.small.late { (words::failed_reminders(line.failed_reminders)) }
                    }
                    details {
                        summary { "Hvorfor" }
                        @for reason in &line.recommendation.reasons { div.small { (words::why(reason)) } }
                    }
                }
            },
            html! {
                span.small {
                    @if line.evidence.raw.is_empty() { "Ingen status" } @else { (line.evidence.raw) }
                    @if let Some(since) = line.evidence.since { ", " (words::moment(since)) }
                    ", " (words::knowledge(line.evidence.knowledge))
                }
            },
        ]
    }

    fn development(&self) -> Result<Markup, ChartError> {
        let points: Vec<_> = self.history.points().collect();
        let (Some((first, _)), Some((last, now)), true) = (points.first(), points.last(), points.len() > 1) else {
            return Ok(html! {});
        };
        let line = |name, colour, value: fn(&sakarkiv_core::unopened::Point) -> u32| Series {
            name,
            colour,
            values: points.iter().map(|(_, point)| value(point)).collect(),
        };
        let curve = Curve {
            days: points.iter().map(|(day, _)| *day).collect(),
            series: vec![
                line("Sendt, uåpnet", (0x0b, 0x4f, 0x8a), |point| point.sent),
                line("Mottatt, uåpnet", (0x2e, 0x7d, 0x32), |point| point.received),
                line("Over fristen", (0xb7, 0x1c, 0x1c), |point| point.overdue),
                line("Kan ingen åpne", (0x6a, 0x1b, 0x9a), |point| point.nobody_can_open),
            ],
        };
        let cells = points.iter().rev().map(|(day, point)| {
            let numbers = [point.sent, point.received, point.overdue, point.nobody_can_open];
            let numbers = numbers.into_iter().map(|number| html! { (number) });
            std::iter::once(html! { (words::date(*day)) }).chain(numbers).collect::<Vec<_>>()
        });
        let head = ["Dag", "Sendt, uåpnet", "Mottatt, uåpnet", "Over fristen", "Kan ingen åpne"];
        Ok(html! {
            h2 { "Utviklingen" }
            figure {
                (PreEscaped(svg(&curve)?))
                figcaption id="kurve-tekst" {
                    "Antall uåpnede hver dag fra " (words::date(*first)) " til " (words::date(*last)) ". Siste dag: "
                    (now.sent) " sendt og " (now.received) " mottatt, " (now.overdue) " over fristen, "
                    (now.nobody_can_open) " som ingen kan åpne."
                }
            }
            details { summary { "Tallene i en tabell" } (page::table("Uåpnet post dag for dag", &head, &cells.collect::<Vec<_>>())) }
        })
    }
}

/// What is to be done now, and after that.
fn recommended(line: &Line) -> String {
    let action = words::action(line.recommendation.action);
    match line.recommendation.then {
        Some(then) if then.urgency() > 0 => format!("{action}, deretter: {}", words::action(then).to_lowercase()),
        _ => action.to_owned(),
    }
}

/// The row of an inbox of which nothing is known: its name, why, and nothing where a line has its facts.
fn blind_row(blind: &BlindInbox) -> Vec<String> {
    let field = |head| match head {
        "Retning" => "Mottatt".to_owned(),
        "Kanal" => blind.inbox.to_string(),
        "Hva bør gjøres" => words::action(Action::CheckStatus).to_owned(),
        "Hvorfor" => words::blind(blind.error).to_owned(),
        "Hvor sikkert" => "ikke kjent".to_owned(),
        _ => String::new(),
    };
    CSV_HEAD.into_iter().map(field).collect()
}

fn to_do(actions: &BTreeMap<Action, usize>) -> Markup {
    html! {
        ul.todo {
            @for (action, count) in actions.iter().rev() {
                li { span.act { (words::action(*action)) ": " (count) } br; (words::how(*action)) }
            }
        }
    }
}

fn by_account(caption: &str, accounts: &BTreeMap<String, Tally>) -> Markup {
    let row = |(account, tally): (&String, &Tally)| {
        let numbers = [tally.all, tally.to_do, tally.to_remind, tally.overdue, tally.critical, tally.nobody_can_open];
        let numbers = numbers.into_iter().map(|number| html! { (number) });
        let oldest = tally.oldest.map(words::day_of).unwrap_or_default();
        std::iter::once(html! { (account) }).chain(numbers).chain([html! { (oldest) }]).collect::<Vec<_>>()
    };
    let rows: Vec<_> = accounts.iter().map(row).collect();
    let head =
        ["Konto", "Uåpnet", "Må følges opp", "Bør purres", "Over fristen", "Kritisk", "Kan ingen åpne", "Eldste"];
    html! { @if !rows.is_empty() { (page::table(caption, &head, &rows)) } }
}

const CSV_HEAD: [&str; 21] = [
    "Retning",
    "Kanal",
    "Konto eller organisasjonsnummer",
    "Motpart",
    "Ligger i",
    "Siden",
    "Virkedager",
    "Alder",
    "Frist",
    "Utskriftsinnstilling",
    "Skjer av seg selv",
    "Tilgang",
    "Påminnelser",
    "Sist påminnet",
    "Hva bør gjøres",
    "Deretter",
    "Hvorfor",
    "Kanalens status",
    "Status siden",
    "Hvor sikkert",
    "Kanalens id",
];
